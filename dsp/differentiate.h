/* differentiate.h - acceleration from a velocity sensor, three axes.
 *
 * Central difference a[n] = (v[n+1] - v[n-1]) * rate / 2, so the answer is one sample late; at the first and
 * the last sample of a record the one-sided difference: the whole is numpy.gradient. It is exact for slow
 * motion and weak for fast: 6 % low at a tenth of the rate, 24 % at a fifth, 0 at half.
 *
 * m/s in, m/s^2 out. No allocation, one thread at a time. A value that is not finite, or beyond 1e9, is
 * replaced by its axis' last good one (0 if there is none), since skipping it would shift time. */
#ifndef TOCSIN_DSP_DIFFERENTIATE_H
#define TOCSIN_DSP_DIFFERENTIATE_H

#include <stdbool.h>
#include <stdint.h>

struct differentiate {
    double rate_hz;
    double before[3], last[3]; /* m/s: the last two samples */
    uint32_t seen;             /* 0, 1, 2 for "two or more" */
};

/* False, *d untouched, unless rate_hz is finite and above 0. */
bool differentiate_init(struct differentiate *d, double rate_hz);
void differentiate_reset(struct differentiate *d); /* after a gap: the next sample is a first one */
/* One sample in. True, and in accel_mps2 the acceleration at the sample before; false for a first sample. */
bool differentiate_step(struct differentiate *d, const double v_mps[3], double accel_mps2[3]);
/* At a record's end (or before a gap): the acceleration at the last sample. False unless there were two. */
bool differentiate_last(const struct differentiate *d, double accel_mps2[3]);

#endif
