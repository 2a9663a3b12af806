/* stalta.h - STA/LTA: how much stronger the last moment is than the last minute.
 *
 * Feed band-passed acceleration in m/s^2 (or counts: the ratio has no unit), one sample at a time, in order.
 * The answer is the ratio of the short to the long mean square: near 1 in steady noise, far above it at a P
 * onset. Two forms:
 *   stalta      recursive (exponential) windows: constant work, no storage; the default
 *   stalta_box  classic rectangular windows, the short one at the end of the long one: a ring owned by the
 *               caller
 * Each takes one axis, or the energy summed over several (the "vector"). No allocation, no clock, no globals,
 * so a live node and a replay of its trace compute the same numbers. One thread at a time per struct.
 *
 * A sample that is not finite, or whose square is not, is skipped and answered by the last ratio: a NaN let
 * into a recursive average never leaves it. Zero LTA (digital zeros, a dead axis) is answered by 0, never by
 * 0/0. */
#ifndef TOCSIN_DSP_STALTA_H
#define TOCSIN_DSP_STALTA_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsp/vec.h"

struct stalta { /* plain: embed it, copy it, print it in gdb */
    /* mean squares, (m/s^2)^2; double, as a 60 s window at 1 kHz moves by 1/60000 a sample */
    double sta, lta;
    double sta_gain, lta_gain; /* 1/N of each window */
    double ratio;              /* the last answer */
    uint32_t warmup, left;     /* samples of settling asked for (one long window) / still to go */
};

/* Windows in seconds. False, *s untouched, unless 0 < sta_s < lta_s <= 1e6, each window holds at least one
 * sample at rate_hz and the long one holds more samples. */
bool stalta_init(struct stalta *s, double rate_hz, double sta_s, double lta_s);
void stalta_reset(struct stalta *s); /* after a gap: forget the past, keep the tuning */

/* One sample in, ratio out; 0 while settling. While settling the windows are plain means of all there is, so
 * that the first answer is unbiased; after that  sta += (x^2 - sta) / N. */
double stalta_step(struct stalta *s, double accel_mps2);
/* The same on x^2 summed over the axes whose bit is set in axes (bit 0: x[0]). A non-finite value in one of
 * those skips the whole sample; take a dead axis out of the mask. */
double stalta_step3(struct stalta *s, const double x[3], unsigned axes);

/* Four channels at once: three axes, and in lane 3 the energy of their vector. */
struct stalta4 {
    vec4 sta, lta;
    double sta_gain, lta_gain;
    uint32_t warmup, left;
};

/* What a sample leaves: the ratio is asked for by division only where somebody wants it. While settling, and
 * where there is no energy, sta is 0. */
struct stalta4_sample {
    vec4 sta, lta;
};

bool stalta4_init(struct stalta4 *s, double rate_hz, double sta_s, double lta_s);
void stalta4_reset(struct stalta4 *s);
/* n samples' energies in. A sample whose energy in lane 3 is not finite is skipped on all. */
void stalta4_feed(struct stalta4 *s, const vec4 *energy, struct stalta4_sample *out, size_t n);
/* The same for a loop of the caller's that has other things to wait for; only where stalta4_settled. The state is copied before it.
 * stalta4_finish copies it back; false, and nothing done, where some energy was not finite: then stalta4_feed must be called. */
struct stalta4_state {
    vec4 sta, lta;
    vec4_mask finite;
};

static inline bool stalta4_settled(const struct stalta4 *s)
{
    return s->left == 0;
}

VEC_INLINE void stalta4_begin(const struct stalta4 *s, struct stalta4_state *now)
{
    *now = (struct stalta4_state){s->sta, s->lta, {-1, -1, -1, -1}};
}

VEC_INLINE void stalta4_step(const struct stalta4 *s, struct stalta4_state *now, const vec4 *energy,
                             struct stalta4_sample *out)
{
    now->finite &= (vec4_mask)(*energy <= DBL_MAX);
    now->sta += s->sta_gain * (*energy - now->sta);
    now->lta += s->lta_gain * (*energy - now->lta);
    out->sta = now->sta;
    out->lta = now->lta;
}

VEC_INLINE bool stalta4_finish(struct stalta4 *s, const struct stalta4_state *now)
{
    if (!now->finite[3])
        return false;
    s->sta = now->sta;
    s->lta = now->lta;
    return true;
}

double stalta4_ratio(const struct stalta4_sample *s, int lane);
double stalta4_largest(const struct stalta4_sample *s); /* ratio of the four */
/* *most becomes the larger of both in each lane; {{0}, {1, 1, 1, 1}} is less than any. */
VEC_INLINE void stalta4_larger(struct stalta4_sample *most, const struct stalta4_sample *s)
{
    vec4_mask larger = (vec4_mask)(s->sta * most->lta > most->sta * s->lta);

    most->sta = VEC4_SELECT(larger, s->sta, most->sta);
    most->lta = VEC4_SELECT(larger, s->lta, most->lta);
}

/* A running sum with its rounding error kept beside it: a value added and later subtracted leaves behind less
 * than 1e-30 of itself, so quiet after an earthquake, or after a year, is measured as well as the first. */
struct stalta_sum {
    double high, low;
};

struct stalta_box {
    size_t sta_n, lta_n; /* window lengths, samples */
    size_t at, filled;   /* next place in the ring / squares in it */
    struct stalta_sum sta, lta;
    double ratio;   /* the last answer */
    double *energy; /* ring of lta_n squares, the caller's */
};

/* Doubles of storage that the ring needs; 0 for arguments that stalta_box_init refuses. */
size_t stalta_box_storage(double rate_hz, double sta_s, double lta_s);
/* As stalta_init; storage (stalta_box_storage() doubles) must outlive *s and needs no initialisation. */
bool stalta_box_init(struct stalta_box *s, double rate_hz, double sta_s, double lta_s, double *storage);
void stalta_box_reset(struct stalta_box *s);
/* 0 until the long window is full. */
double stalta_box_step(struct stalta_box *s, double accel_mps2);
double stalta_box_step3(struct stalta_box *s, const double x[3], unsigned axes);

#endif
