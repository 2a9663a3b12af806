/* virtual_track.h - a recorded trace as the counts that a sensor would have given.
 *
 * One record of a trace: gaps bridged by straight lines, velocity differentiated, turned to up, north and
 * east, gravity added where the record has none (a sensor at rest shows 1 g), its own mirrored quiet beginning
 * in front, resampled where another rate is asked for, and a way on after its end without a step. Everything
 * in memory: VIRTUAL_TRACK_SAMPLES at the most. */
#ifndef TOCSIN_NODE_VIRTUAL_TRACK_H
#define TOCSIN_NODE_VIRTUAL_TRACK_H

#include "io/trace.h"
#include "io/virtual_sensor.h"

enum { VIRTUAL_TRACK_SAMPLES = 1 << 25 }; /* 37 h at 250 Hz; 400 MB of counts */

#define VIRTUAL_GRAVITY_MPS2 9.80665 /* the conventional g of every driver's scale */
#define VIRTUAL_SEAM_S       2.0     /* over which the end goes over into what follows it */

enum virtual_after {
    AFTER_QUIET, /* the mirrored quiet beginning, for ever */
    AFTER_LOOP,  /* the whole again */
    AFTER_END    /* nothing */
};

struct virtual_track_conf {
    double settle_s, quiet_s; /* so much in front, mirrored from so much of the beginning */
    enum virtual_after after;
    bool gravity; /* add it where it is missing */
};

struct virtual_record { /* acceleration in m/s^2, Z N E, at the record's own rate */
    const struct sys *sys;
    double rate_hz;
    size_t n, room;
    double (*zne)[AXES]; /* owned */
    char id[64];
    unsigned axis_mask;
    uint64_t bridged; /* samples that the record lacks */
    bool has_utc, gravity_added;
    int64_t t0_ns;   /* UTC of the first sample */
    double p_s, s_s; /* analyst's picks in the record's time; NAN: none */
};

/* Reads a record of the trace. 0, or -1 and err; virtual_record_free in either case. */
int virtual_record_read(struct virtual_record *r, const struct sys *sys, struct trace *trace, size_t record,
                        bool gravity, struct error *err);
void virtual_record_free(struct virtual_record *r); /* one that is all zero is fine */

struct virtual_counts {
    struct virtual_track track;
    uint64_t clipped;  /* samples beyond the format's range */
    int64_t record_at; /* where the record's own first sample is */
};

/* The record at rate_hz as counts of that sensor (format, scale, matrix). 0, or -1 and err;
 * virtual_counts_free in the first case. */
int virtual_counts_make(struct virtual_counts *out, const struct virtual_record *r, double rate_hz,
                        const struct virtual_track_conf *conf, const struct virtual_conf *sensor,
                        struct error *err);
void virtual_counts_free(struct virtual_counts *c, const struct sys *sys);

#endif
