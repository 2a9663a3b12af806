/* synth_sequence.h - a mainshock and its aftershocks, as events in order of time.
 *
 * How many: Reasenberg & Jones (1989), generic California: the rate of magnitude m or more at t days after a
 * mainshock Mm is 10^(a + b (Mm - m)) (t + c)^-p with a = -1.67, b = 0.91, c = 0.05 d, p = 1.08 [from
 * memory]. How large: Gutenberg & Richter with the same b, between a smallest magnitude and the mainshock's.
 * Where: along the mainshock's rupture, scattered about it, at its depth give or take. Foreshocks there are
 * none. A pure function of the configuration; no allocation. */
#ifndef TOCSIN_NODE_SYNTH_SEQUENCE_H
#define TOCSIN_NODE_SYNTH_SEQUENCE_H

#include "node/synth.h"
#include "node/synth_random.h"

struct synth_sequence {
    struct synth_conf main;
    struct synth_random random;
    double smallest, length_km;
    double total;  /* aftershocks expected so far: the process runs evenly in it */
    double next_s; /* origin time after the mainshock's */
};

/* smallest: magnitude, at most that of the mainshock. */
void synth_sequence_begin(struct synth_sequence *s, const struct synth_conf *main, double smallest);
/* Aftershocks expected within t_s after the mainshock; closed form. */
double synth_sequence_expected(double main_magnitude, double smallest, double t_s);
/* Origin time of the next aftershock, s after the mainshock; infinite when none will come. */
double synth_sequence_peek(const struct synth_sequence *s);
/* Takes it: an earthquake of its own, without noise or digitiser, to be made by synth_make. */
void synth_sequence_next(struct synth_sequence *s, struct synth_conf *out);

#endif
