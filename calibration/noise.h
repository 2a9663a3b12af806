/* noise.h - the noise of a sensor that stands still: power spectral density by Welch, robust against footsteps.
 *
 * Windows of 8 s, half overlapping, Hann, freed of their mean (dsp/spectrum). Each frequency's density is the median
 * over the windows, divided by what the median of so many exponentially distributed periodograms is (ln 2 for very many),
 * so that steps, doors and lorries do not count while they fill less than about a third of the windows: a mean would
 * take them in whole. The mean is kept too: mean over median says how disturbed the sample was.
 *
 * Values in m/s^2, the sensor's own axes. Memory at open: 12 bytes x NOISE_WINDOWS_MAX x 4 s x the rate. Not real-time;
 * one owner. As it plans an FFT, no other thread may open or close one (dsp/spectrum.h) meanwhile. */
#ifndef TOCSIN_CALIBRATION_NOISE_H
#define TOCSIN_CALIBRATION_NOISE_H

#include <stdbool.h>
#include <stddef.h>

#include "io/sys.h"

enum { NOISE_AXES = 3, NOISE_BANDS_MAX = 48, NOISE_WINDOWS_MAX = 128, NOISE_WINDOWS_MIN = 4 };
#define NOISE_WINDOW_S 8.0

struct noise_band {         /* a third of an octave */
    double hz;              /* its middle, 10^(i/10) */
    double psd[NOISE_AXES]; /* (m/s^2)^2/Hz, mean of the medians of its bins */
};

struct noise_result {
    unsigned windows;   /* used; those behind NOISE_WINDOWS_MAX are not looked at */
    unsigned disturbed; /* of them: louder than 3 times the median window on some axis, above 1 Hz */
    /* Level of the sensor's own white noise: the quietest third of the bands from 1 Hz to 0.4 of the rate, as hum
     * and traffic only add; m/s^2 per root hertz. 0: an axis that does not move at all. */
    double floor[NOISE_AXES];
    double rms_mps2[NOISE_AXES];    /* of the medians, 0.25 Hz to 0.45 of the rate, or 40 Hz */
    double disturbance[NOISE_AXES]; /* power of the mean over power of the median, same band; 1: none */
    unsigned bands;
    struct noise_band band[NOISE_BANDS_MAX];
};

enum noise_verdict { NOISE_OK, NOISE_LOUD, NOISE_QUIET, NOISE_DEAD };

struct noise;

/* 0 and *out for noise_close, or *out NULL and -EINVAL (rate not in 4 Hz .. 8 kHz) or -ENOMEM. */
int noise_open(struct noise **out, const struct sys *sys, double rate_hz);
/* Any division into blocks gives the same. */
void noise_add(struct noise *n, const double (*value)[NOISE_AXES], size_t count);
void noise_gap(struct noise *n); /* what follows does not join what was before */
/* False: fewer than NOISE_WINDOWS_MIN windows so far. */
bool noise_measure(struct noise *n, struct noise_result *out);
void noise_close(struct noise *n); /* NULL is fine */

/* An axis against what its data sheet says, m/s^2 per root hertz, and the noise that steps of lsb must have.
 * LOUD: over twice the larger of the two; QUIET: less than a third of the specification (a filter, a wrong scale or the
 * wrong part); DEAD: nothing. spec <= 0: not known, only DEAD is told. */
enum noise_verdict noise_judge(double floor, double spec, double lsb_mps2, double rate_hz);
/* Of ideal rounding to steps: lsb sqrt(1/12) over the root of half the rate. */
double noise_of_steps(double lsb_mps2, double rate_hz);

#endif
