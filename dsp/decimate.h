/* decimate.h - from a fast sensor's rate to the 100-250 Hz that the rest works at, three axes at once.
 *
 * A linear-phase FIR low-pass (Kaiser window), designed for the factor, then every factor-th sample. With R
 * the new rate: what would alias below 0.4 R is at least 80 dB down, 0 to 0.35 R is flat within 0.1 dB, 0 Hz
 * passes exactly. The price is a delay of 10 output samples (40 ms at 250 Hz), known to the sample: output k
 * is the ground at input k * factor and is known at input k * factor + decimate_delay().
 *
 * Z N E in m/s^2 (or any unit). About 20 multiply-adds of a vector per input sample, in bursts of 20 * factor
 * + 1. No allocation; the struct holds its history, 13 kB, and wants an alignment of 32 bytes. One thread at
 * a time. Sample by sample, so blocks do not matter.
 *
 * A value that is not finite, or beyond 1e9, is replaced by its axis' last good one (0 if there is none),
 * since skipping it would shift time. */
#ifndef TOCSIN_DSP_DECIMATE_H
#define TOCSIN_DSP_DECIMATE_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/vec.h"

enum {
    DECIMATE_FACTOR_MAX = 16,
    DECIMATE_DELAY_OUT = 10,
    DECIMATE_TAPS_MAX = 2 * DECIMATE_DELAY_OUT * DECIMATE_FACTOR_MAX + 1
};

struct decimate {
    unsigned factor, taps; /* taps: 1 for factor 1, else 2 * DECIMATE_DELAY_OUT * factor + 1 */
    double h[DECIMATE_TAPS_MAX];
    vec4 ring[DECIMATE_TAPS_MAX];
    vec4 last; /* good value of each axis */
    unsigned at;
    unsigned phase; /* inputs until the next output */
    bool started;
};

/* The factor for a sensor's rate: 1 up to 250 Hz (and 2 % beyond, for rates that are a little off), else the
 * least that leads to 255 Hz or less, which never leads below 125 Hz. 0 if it would be above
 * DECIMATE_FACTOR_MAX, or no rate. */
unsigned decimate_factor(double rate_hz);
/* False, *d untouched, unless 1 <= factor <= DECIMATE_FACTOR_MAX. Factor 1 hands samples through, with no
 * delay. */
bool decimate_init(struct decimate *d, unsigned factor);
/* After a gap. The next sample is input 0 again, and the ground is taken to have rested at its value before,
 * so that gravity does not ring. */
void decimate_reset(struct decimate *d);
/* One sample in. True and out[] filled at inputs delay, delay + factor, delay + 2 factor... */
bool decimate_step(struct decimate *d, const double in[3], double out[3]);
unsigned decimate_delay(const struct decimate *d); /* input samples */

#endif
