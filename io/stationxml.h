/* stationxml.h - scale, unit and orientation of channels from an FDSN StationXML file.
 *
 * Read once, in one pass, into a table of channel epochs (at most STATIONXML_EPOCHS_MAX; the file may be
 * larger than memory, but not hold more epochs); any schema version 1.x, any namespace prefix. Nothing in the
 * file is trusted: entities are not expanded, nothing is fetched, nesting is bounded (io/xml.h). The object
 * is constant after opening: any number of threads may look things up. */
#ifndef TOCSIN_IO_STATIONXML_H
#define TOCSIN_IO_STATIONXML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/block.h"
#include "io/error.h"
#include "io/input.h"
#include "io/sys.h"

enum { STATIONXML_EPOCHS_MAX = 4096 };

struct stationxml;

struct stationxml_channel {
    double sensitivity;   /* counts per input unit, as stated; negative where polarity is reversed; 0: none
                             stated */
    char input_units[32]; /* as stated, e.g. "M/S**2" */
    enum unit unit;       /* what they mean; UNIT_UNKNOWN where they are no known acceleration or velocity */
    double to_si;         /* SI units in one input unit, e.g. 1e-9 for nm/s; 1 where unknown */
    bool has_orientation; /* azimuth and dip both stated */
    double azimuth_deg;   /* clockwise from north */
    double dip_deg;       /* down from the horizontal: -90 is up */
    bool epoch_matched;   /* an epoch covers the time asked for; false: the nearest one was taken, say so */
    int64_t end_ns;       /* of the epoch taken, UTC since 1970; INT64_MAX: still running */
    char sensor[64];      /* as described; "" where it is not */
};

/* Does a file that begins so look like StationXML? */
bool stationxml_probe(const unsigned char *head, size_t n);
/* Reads a file: 0 and *out for stationxml_close, or -1 and err ("a.xml: line 7: ..."). */
int stationxml_open(struct stationxml **out, const struct sys *sys, const char *path, struct error *err);
/* The same from an input at its start, which stays the caller's: a pipe cannot be opened a second time. */
int stationxml_read(struct stationxml **out, struct input *in, struct error *err);
void stationxml_close(struct stationxml *x); /* NULL is fine */

/* The epoch of that channel which covers t_ns (UTC since 1970); of several the one that starts last; where
 * none does, the one nearest in time, with epoch_matched false. Location "" and "--" are the same. False,
 * *out untouched: the file does not know the channel. Linear in the number of epochs. */
bool stationxml_find(const struct stationxml *x, const char *network, const char *station,
                     const char *location, const char *channel, int64_t t_ns, struct stationxml_channel *out);

#endif
