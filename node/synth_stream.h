/* synth_stream.h - hours to years of a sensor's life, in pieces, in constant memory.
 *
 * Noise without end; into it the events of a building (synth_agenda.h) and, or, a mainshock with its
 * aftershocks (synth_sequence.h); at last the digitiser. The samples are a pure function of the
 * configuration, however they are cut into pieces. A nuisance costs memory only within the object; an
 * earthquake holds its own record while it plays, at most STREAM_PLAYING at once (what would be more is left
 * out and counted). */
#ifndef TOCSIN_NODE_SYNTH_STREAM_H
#define TOCSIN_NODE_SYNTH_STREAM_H

#include "node/synth_agenda.h"
#include "node/synth_noise.h"
#include "node/synth_sequence.h"

enum { SYNTH_PLAYING_MAX = 64 };

struct synth_truth {   /* of one event, told when it begins; times in s after the first sample */
    const char *class; /* "quake", "aftershock", or a class of synth_nuisance.h */
    double start_s, end_s;
    double
        peak_mps2; /* largest on one axis, noise not counted: of a quake measured, of the others aimed at */
    const struct synth_conf *quake; /* NULL: a nuisance */
    const struct synth *record;     /* of a quake: its onsets count from the P */
    double p_s, s_s;
};

struct synth_stream_conf {
    struct synth_conf quake; /* rate, sensor, seed, model of all; and the mainshock of a sequence */
    const struct synth_spectrum *spectrum; /* of the ground's noise; read at open only */
    bool building;
    double activity, start_hour; /* of the building */
    unsigned classes;
    bool sequence;
    double main_s;   /* origin time of the mainshock after the first sample */
    double smallest; /* magnitude of an aftershock */
    double end_s;    /* where the record will end: nothing begins after it */
    void (*tell)(void *ctx, const struct synth_truth *truth); /* in order of begin; may be NULL */
    void *ctx;
};

struct synth_stream;

int synth_stream_open(struct synth_stream **out, const struct sys *sys, const struct synth_stream_conf *conf,
                      struct error *err);
void synth_stream_close(struct synth_stream *s); /* NULL is fine */
/* The next n samples, m/s^2. 0, or -1 and err: memory for an earthquake. */
int synth_stream_read(struct synth_stream *s, double (*value)[AXES], size_t n, struct error *err);
uint64_t synth_stream_clipped(const struct synth_stream *s); /* values at the end of the range */
uint64_t synth_stream_dropped(const struct synth_stream *s); /* events left out */

#endif
