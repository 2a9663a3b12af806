/* reader.h - what a trace format must provide: one file, one row in the table of io/trace.c.
 *
 * A reader turns the bytes of one file into pieces: runs of samples of one channel, in file order, unscaled.
 * It knows nothing of other files, of grouping, of gaps between pieces or of common windows; io/trace.c does
 * that once for all formats. It allocates through input_sys(in), a bounded amount that does not grow with the
 * file. Nothing in a file is trusted: every count, size, rate and time is checked before use, and a refusal
 * says file and position:
 *
 *     "a.sac: byte 632: 4096 samples promised, 1200 there: the file is cut off"
 *     "b.UD: line 13: scale factor 'x' is not NUMBER(gal)/NUMBER"
 */
#ifndef TOCSIN_IO_READER_H
#define TOCSIN_IO_READER_H

#include <math.h>

#include "io/block.h"
#include "io/input.h"

enum {
    READER_CHANNELS_MAX = 256, /* channels of one file; more is refused */
    READER_PIECE_MAX = 65536,  /* samples of one piece; a longer run comes as several */
};
#define READER_RATE_MAX_HZ                                                                                   \
    20000.0 /* 5 times what the fastest MEMS accelerometer gives; above it the header is wrong */
#define READER_RATE_MIN_HZ 1.0 /* below it nothing here can work */

struct channel {    /* one component as the file's header describes it */
    char group[64]; /* channels of one group are components of one instrument: "CI.GR2.01.HN", "AOM001" */
    char code[64];  /* "CI.GR2.01.HNZ": for messages, --select and --axes */
    char axis;     /* 'Z' 'N' 'E' where the format says so; 'X' 'Y', '1' '2' '3' where it only numbers them */
    bool oriented; /* azimuth and dip are known */
    double azimuth_deg; /* of the positive direction, clockwise from north */
    double dip_deg;     /* down from the horizontal: -90 is up (the convention of SEED and StationXML) */
    double rate_hz;     /* READER_RATE_MIN_HZ..MAX; the true rate where the file allows an estimate */
    bool has_time;
    int64_t t0_ns;   /* UTC of the first sample, since 1970; 0 without has_time */
    enum unit unit;  /* of value * scale */
    double scale;    /* finite, not 0; negative where polarity is reversed */
    double lsb;      /* the step of the digitiser in `unit`; 0 where unknown */
    double slack;    /* a piece whose time is off by no more samples than this follows on; 0: 0.6 */
    int64_t samples; /* how many the file promises or holds; -1 where unknown without reading on */
    double p_s, s_s; /* analyst's picks in the header (SAC A and T0), s after the first sample; NAN: none */
    bool outside_epoch; /* set behind the reader: no epoch of StationXML covers all of it */
};

struct channels {
    size_t n;
    struct channel at[READER_CHANNELS_MAX];
    bool multiplexed; /* one cursor serves all channels; else each channel gets a cursor of its own on a file
                       */
};

struct piece {
    size_t channel; /* index into the scanned channels */
    bool has_time;
    int64_t t_ns; /* UTC of the first sample where has_time; else it follows the channel's last piece */
    int64_t lost; /* without has_time: samples missing between the channel's last piece and this one, >= 0 */
    size_t n;     /* 1..READER_PIECE_MAX */
    const double *value; /* unscaled; valid until the next call; NaN or infinite: that sample is missing */
};

struct trace_conf; /* io/trace.h: --format --scale --axes --select and the rest */

struct reader {
    const char *name; /* of --format */
    const char *what; /* one line of help */
    /* Do these first bytes (up to INPUT_PEEK, whole file if shorter) look like this format? Strict: a wrong
     * yes hides another format. Never by name. */
    bool (*probe)(const unsigned char *head, size_t n);
    /* Lists the channels. `in` stands at its start, inside a scan (see input.h); may read all of it. 0, or -1
     * and err. */
    int (*scan)(struct input *in, const struct trace_conf *conf, struct channels *out, struct error *err);
    /* Begins reading at the start of `in`. want[i]: pieces of channel i are asked for; others may be left
     * out. `all` is what scan gave and outlives the cursor. 0 and *cursor for close, or -1 and err. */
    int (*open)(void **cursor, struct input *in, const struct trace_conf *conf, const struct channels *all,
                const bool *want, struct error *err);
    int (*next)(void *cursor, struct piece *out, struct error *err); /* 1 a piece, 0 the end, -1 and err */
    void (*close)(void *cursor); /* NULL is fine; `in` stays the caller's */
};

/* The table's rows, each defined in the file of its name. */
extern const struct reader reader_mseed, reader_sac, reader_knet, reader_openeew, reader_esm, reader_nsmn,
    reader_unam, reader_cwb, reader_rshake, reader_geonet, reader_csmip, reader_cosmos, reader_bhrc,
    reader_smc, reader_csv, reader_columns;

#endif
