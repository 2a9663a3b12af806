/* aic.h - where a signal begins: the split into two stretches of different power.
 *
 * Maeda (1985): of all splits of x[0..n) into noise x[0..k) and signal x[k..n), the likeliest has the
 * smallest AIC(k) = k ln V1 + (n - k) ln V2, with V the mean squares of the two stretches plus floor_power.
 * It refines an onset that something else has found: applied to plain noise it still answers with some k.
 * Batch, two logarithms a sample. */
#ifndef TOCSIN_DSP_AIC_H
#define TOCSIN_DSP_AIC_H

#include <stddef.h>

/* x: n samples of one band-passed axis, any unit. floor_power: the smallest mean square that means anything,
 * in that unit squared (resolution, self-noise); keeps runs of digital zeros from winning. scratch: n
 * doubles, overwritten. Returns the index of the first signal sample, 4..n-4, and in *gain the power ratio V2
 * / V1: large for a clear onset, near 1 or below for none. n < 10: n / 2 and gain 1. A sample that is not
 * finite counts as 0. */
size_t aic_split(const double *x, size_t n, double floor_power, double *scratch, double *gain);

#endif
