/* plot_spectra.h - the two spectra of a plot: the noise, and the strongest two seconds since the last pick.
 *
 * Power of the vector in windows of 2 s. Noise is the mean of the windows that ended before the first pick. A
 * pick is known later than its wave came, so the last 16 s of windows wait with their times until it is clear
 * what they are. Internal to the plot. */
#ifndef TOCSIN_NODE_PLOT_SPECTRA_H
#define TOCSIN_NODE_PLOT_SPECTRA_H

#include <stdbool.h>
#include <stddef.h>

#include "io/block.h"

enum { PLOT_POINTS_MAX = 1024, PLOT_SPECTRA_HELD = 32 };

enum plot_spectrum { PLOT_SPECTRUM_NOISE, PLOT_SPECTRUM_EVENT, PLOT_SPECTRA };

struct plot_spectra {
    struct spectrum *spectrum; /* dsp/spectrum.h; NULL: none */
    size_t bins;
    double bin_hz;
    bool picked;
    size_t windows, noise_windows; /* seen, in the mean */
    double end_s[PLOT_SPECTRA_HELD], event_power;
    float noise[PLOT_POINTS_MAX], event[PLOT_POINTS_MAX], held[PLOT_SPECTRA_HELD][PLOT_POINTS_MAX];
};

/* A rate that the transform cannot serve leaves it empty: a picture without spectra. */
void plot_spectra_open(struct plot_spectra *s, double rate_hz);
void plot_spectra_close(struct plot_spectra *s);
void plot_spectra_sample(struct plot_spectra *s, double time_s, const double value[AXES]);
void plot_spectra_pick(struct plot_spectra *s, double time_s);
/* Number of points; 0: none yet. Density of point k (frequency (k + 1) * bin_hz) in unit/sqrt(Hz). */
size_t plot_spectra_points(const struct plot_spectra *s, enum plot_spectrum which);
double plot_spectra_density(const struct plot_spectra *s, enum plot_spectrum which, size_t k);

#endif
