/* openeew_packet.h - the packets of an OpenEEW file, one after another, as its lines hold them.
 *
 * Internal to io/openeew.c. Checks each packet's shape, times and counts; refusals name file and line. */
#ifndef TOCSIN_IO_OPENEEW_PACKET_H
#define TOCSIN_IO_OPENEEW_PACKET_H

#include <stdbool.h>

#include "io/block.h"
#include "io/input.h"
#include "io/json.h"

enum { PACKET_SAMPLES_MAX = 1024 };
#define PACKET_TIME_MAX_S 7e9 /* the year 2191: a time beyond it is none */

extern const char *const packet_axis[AXES]; /* "x", "y", "z" */

/* One packet inside a parsed line; valid until the next is asked for. */
struct packet_view {
    const char *device;
    double t_s;                          /* of the last sample */
    double cloud_t_s;                    /* NAN: not stated */
    double sr_hz;                        /* likewise */
    size_t n;                            /* 1..PACKET_SAMPLES_MAX, of each axis */
    const struct json_value *axis[AXES]; /* what the elements are is not checked yet */
    bool in_traces;                      /* from a line of several */
};

/* A line and where in it the next packet is. Zero but for `in`; afterwards free `root` with json_value_free.
 */
struct packet_lines {
    struct input *in;
    struct json_value *root;
    size_t next;
    char id[48]; /* of a device whose id is a number */
};

/* 1 a packet, 0 the end (or what a scan may see of a pipe), -1 with err. */
int packet_next(struct packet_lines *l, struct packet_view *out, struct error *err);
/* "FILE: line N: what"; -1. */
int packet_fault(const struct packet_lines *l, struct error *err, const char *what);

#endif
