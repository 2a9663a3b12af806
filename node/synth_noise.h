/* synth_noise.h - the quiet that everything else happens in: endless noise of a given power spectrum.
 *
 * Random-phase surrogates: frames of 4096 samples, each frequency with the spectrum's amplitude and a phase
 * of chance, joined by overlapping sine windows, whose squares sum to one. Gaussian, stationary, and without
 * the events of the record whose spectrum it has. Nothing below 4 periods a frame (0.1 Hz at 100 Hz) is
 * reliable, and below one there is nothing.
 *
 * The spectrum is either taken from a quiet record (synth_quiet.h) or the default: a stated share of the way
 * from Peterson's New Low to his New High Noise Model, in decibels. The sensor's own noise is added to it.
 * About 0.3 us a sample of three axes; memory 220 kB, constant. */
#ifndef TOCSIN_NODE_SYNTH_NOISE_H
#define TOCSIN_NODE_SYNTH_NOISE_H

#include <stddef.h>
#include <stdint.h>

#include "io/block.h"
#include "io/error.h"
#include "io/sys.h"

enum { SYNTH_SPECTRUM_MAX = 512 };

/* One-sided power density of acceleration, (m/s^2)^2/Hz, interpolated in the logarithm of both; the first and
 * last value hold beyond. */
struct synth_spectrum {
    int n; /* >= 1 */
    double f_hz[SYNTH_SPECTRUM_MAX];
    double power[SYNTH_SPECTRUM_MAX][AXES];
};

double synth_spectrum_at(const struct synth_spectrum *s, int axis, double f_hz);
/* share 0 the low model, 1 the high one; a city building lies near or above 1. */
void synth_spectrum_peterson(struct synth_spectrum *out, double share);

struct synth_noise_conf {
    const struct synth_spectrum *spectrum; /* read at open only */
    double white;                          /* added everywhere, (m/s^2)^2/Hz */
    double rate_hz;
    uint64_t seed;
};

struct synth_noise;

int synth_noise_open(struct synth_noise **out, const struct sys *sys, const struct synth_noise_conf *conf,
                     struct error *err);
void synth_noise_close(struct synth_noise *s); /* NULL is fine */
/* Adds the next n samples to value. */
void synth_noise_add(struct synth_noise *s, double (*value)[AXES], size_t n);

#endif
