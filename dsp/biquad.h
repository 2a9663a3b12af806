/* biquad.h - second-order sections, for one channel and for three axes at once.
 *
 * y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y'' (transposed direct form II). Coefficients come from dsp/butter.h
 * or a file's own design, for the rate at hand. Double throughout: low corners (0.075 Hz at 1 kHz) have poles
 * within 1e-4 of the unit circle. One multiply-add chain per step, no branch, no allocation. */
#ifndef TOCSIN_DSP_BIQUAD_H
#define TOCSIN_DSP_BIQUAD_H

#include "dsp/vec.h"

struct biquad {
    double b0, b1, b2, a1, a2;
};

struct biquad_state { /* one channel; zero is rest */
    double z1, z2;
};

struct biquad_state3 { /* three axes; zero is rest */
    vec4 z1, z2;
};

static inline double biquad_step(const struct biquad *f, struct biquad_state *s, double x)
{
    double y = f->b0 * x + s->z1;

    s->z1 = f->b1 * x - f->a1 * y + s->z2;
    s->z2 = f->b2 * x - f->a2 * y;
    return y;
}

/* *x is replaced by the output (a pointer, so that no vector crosses a call). */
static inline void biquad_step3(const struct biquad *f, struct biquad_state3 *s, vec4 *x)
{
    vec4 y = f->b0 * *x + s->z1;

    s->z1 = f->b1 * *x - f->a1 * y + s->z2;
    s->z2 = f->b2 * *x - f->a2 * y;
    *x = y;
}

#endif
