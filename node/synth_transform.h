/* synth_transform.h - the Fourier transform of the synthetic records, and the phase that lets nothing come
 * early.
 *
 * A plain radix-2 transform in double. The program's spectra (dsp/) are single precision and made for short
 * windows; this one must hold 12 decades over a whole record, and must not be a second user of that library.
 */
#ifndef TOCSIN_NODE_SYNTH_TRANSFORM_H
#define TOCSIN_NODE_SYNTH_TRANSFORM_H

#include <complex.h>
#include <stddef.h>

#include "io/sys.h"

struct synth_transform {
    size_t n;       /* a power of two */
    double *cosine; /* of 2 pi k / n, k in 0..n/2-1 */
    double *sine;
};

/* 0, or -1: memory; n must be a power of two, 4 at least. 8 bytes a point. */
int synth_transform_open(struct synth_transform *t, const struct sys *sys, size_t n);
void synth_transform_close(struct synth_transform *t, const struct sys *sys); /* after a failed open, too */

/* x[n] in place; sign -1 forward, +1 back; neither scales. */
void synth_transform_run(const struct synth_transform *t, double complex *x, int sign);

/* On entry the natural logarithm of a magnitude at the n frequencies k / n of the rate (real, even); on
 * return the spectrum with that magnitude whose impulse response is 0 before time 0 and as early as it can be
 * (minimum phase, from the folded cepstrum). */
void synth_transform_minimum_phase(const struct synth_transform *t, double complex *h);

double complex synth_complex(double re, double im); /* CMPLX, which glibc hides from clang 14 */

#endif
