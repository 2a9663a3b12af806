/* wide.h - second-order sections widened to a vector: a filter's coefficients and its state, lane by lane.
 *
 * The same equations as dsp/biquad.h, for the loops that every sample goes through. Coefficients stand
 * repeated in memory, so that each is the operand of its multiplication and needs no instruction of its own;
 * each lane may have others. Sections whose numerator is known beforehand leave out what it does not need:
 *
 *   struct wide        any section                                       9 instructions a step with AVX
 *                      with b0 = 1                                        8
 *   struct wide_band   b1 = 0, b2 = -b0: every section of a band-pass,    6
 *                      and an integral joined with a high-pass
 *                      b1 = -2 b0, b2 = b0: a high-pass of two poles      8, of which fewer
 *                      b1 =  2 b0, b2 = b0: a low-pass of two poles       read a coefficient
 *   struct wide_poles  b0 = 1, b1 = b2 = 0                                4
 *
 * A zeroed state is rest. */
#ifndef TOCSIN_DSP_WIDE_H
#define TOCSIN_DSP_WIDE_H

#include "dsp/biquad.h"

struct wide_state { /* z1 and z2 of dsp/biquad.h; of the two shorter kinds with the sign turned */
    vec4 z1, z2;
};

struct wide {
    vec4 b0, b1, b2, a1, a2;
    struct wide_state state;
};

struct wide_band {
    vec4 b0, a1, a2;
    struct wide_state state;
};

struct wide_poles {
    vec4 a1, a2;
    struct wide_state state;
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
static inline void wide_rest(struct wide_state *s)
{
    *s = (struct wide_state){{0}, {0}};
}

/* *x is replaced by the output. A loop copies the states that it uses into variables of its own and back at its
 * end: then they stay in registers. */
VEC_INLINE void wide_step(const struct wide *w, struct wide_state *s, vec4 *x)
{
    vec4 y = w->b0 * *x + s->z1;

    s->z1 = w->b1 * *x - w->a1 * y + s->z2;
    s->z2 = w->b2 * *x - w->a2 * y;
    *x = y;
}

VEC_INLINE void wide_unit_step(const struct wide *w, struct wide_state *s, vec4 *x) /* b0 = 1 */
{
    vec4 y = *x + s->z1;

    s->z1 = w->b1 * *x - w->a1 * y + s->z2;
    s->z2 = w->b2 * *x - w->a2 * y;
    *x = y;
}

VEC_INLINE void wide_high_step(const struct wide_band *w, struct wide_state *s, vec4 *x)
{
    vec4 in = w->b0 * *x, y = in - s->z1;

    s->z1 = (in + in + w->a1 * y) + s->z2;
    s->z2 = w->a2 * y - in;
    *x = y;
}

VEC_INLINE void wide_low_step(const struct wide_band *w, struct wide_state *s, vec4 *x)
{
    vec4 in = w->b0 * *x, y = in - s->z1;

    s->z1 = (w->a1 * y - (in + in)) + s->z2;
    s->z2 = w->a2 * y - in;
    *x = y;
}

VEC_INLINE void wide_band_step(const struct wide_band *w, struct wide_state *s, vec4 *x)
{
    vec4 in = w->b0 * *x, y = in - s->z1;

    s->z1 = w->a1 * y + s->z2;
    s->z2 = w->a2 * y + in;
    *x = y;
}

VEC_INLINE void wide_poles_step(const struct wide_poles *w, struct wide_state *s, vec4 *x)
{
    vec4 y = *x - s->z1;

    s->z1 = w->a1 * y + s->z2;
    s->z2 = w->a2 * y;
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
