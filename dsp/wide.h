/* wide.h - second-order sections widened to a vector: a filter's coefficients and its state, lane by lane.
 *
 * The same equations as dsp/biquad.h, for the loops that every sample goes through. Coefficients stand
 * repeated in memory, so that each is the operand of its multiplication and needs no instruction of its own;
 * each lane may have others. Sections whose numerator is known beforehand leave out what it does not need:
 *
 *   struct wide        any section                                       11 instructions a step with AVX
 *   struct wide_band   b1 = 0, b2 = -b0: every section of a band-pass,     8
 *                      and an integral joined with a high-pass
 *   struct wide_poles  b0 = 1, b1 = b2 = 0                                6
 *
 * A zeroed state is rest. */
#ifndef TOCSIN_DSP_WIDE_H
#define TOCSIN_DSP_WIDE_H

#include "dsp/biquad.h"

struct wide {
    vec4 b0, b1, b2, a1, a2;
    vec4 z1, z2;
};

struct wide_band {
    vec4 b0, a1, a2;
    vec4 m1, m2; /* z1 and z2 of dsp/biquad.h with the sign turned */
};

struct wide_poles {
    vec4 a1, a2;
    vec4 m1, m2;
};

/* Sets coefficients only, in lanes [from, to). */
static inline void wide_set(struct wide *w, const struct biquad *f, int from, int to)
{
    for (int i = from; i < to; i++) {
        w->b0[i] = f->b0;
        w->b1[i] = f->b1;
        w->b2[i] = f->b2;
        w->a1[i] = f->a1;
        w->a2[i] = f->a2;
    }
}

static inline void wide_band_set(struct wide_band *w, const struct biquad *f, int from, int to)
{
    for (int i = from; i < to; i++) {
        w->b0[i] = f->b0;
        w->a1[i] = f->a1;
        w->a2[i] = f->a2;
    }
}

static inline void wide_poles_set(struct wide_poles *w, const struct biquad *f, int from, int to)
{
    for (int i = from; i < to; i++) {
        w->a1[i] = f->a1;
        w->a2[i] = f->a2;
    }
}

/* To rest, the coefficients kept: after a gap. */
static inline void wide_rest(struct wide *w)
{
    w->z1 = w->z2 = (vec4){0};
}

static inline void wide_band_rest(struct wide_band *w)
{
    w->m1 = w->m2 = (vec4){0};
}

static inline void wide_poles_rest(struct wide_poles *w)
{
    w->m1 = w->m2 = (vec4){0};
}

/* *x is replaced by the output. */
VEC_INLINE void wide_step(struct wide *w, vec4 *x)
{
    vec4 y = w->b0 * *x + w->z1;

    w->z1 = w->b1 * *x - w->a1 * y + w->z2;
    w->z2 = w->b2 * *x - w->a2 * y;
    *x = y;
}

VEC_INLINE void wide_band_step(struct wide_band *w, vec4 *x)
{
    vec4 in = w->b0 * *x, y = in - w->m1;

    w->m1 = w->a1 * y + w->m2;
    w->m2 = w->a2 * y + in;
    *x = y;
}

VEC_INLINE void wide_poles_step(struct wide_poles *w, vec4 *x)
{
    vec4 y = *x - w->m1;

    w->m1 = w->a1 * y + w->m2;
    w->m2 = w->a2 * y;
    *x = y;
}

/* A section of the kind of struct wide_band in one: a 2-pole high-pass after an integral by the trapezoid's
 * rule. The integrator's pole cancels one of the high-pass' two zeros, so nothing drifts however long it
 * runs: b0 (1 - z)^2 / A times 1 / (2 rate) (1 + z) / (1 - z), z one sample of delay. */
static inline struct biquad wide_integral(const struct biquad *high, double rate_hz)
{
    double b0 = high->b0 * (0.5 / rate_hz);

    return (struct biquad){.b0 = b0, .b1 = 0.0, .b2 = -b0, .a1 = high->a1, .a2 = high->a2};
}

#endif
