/* calibrate_noise_plot.h - the noise of a sensor as a picture, beside its data sheet and the quietest and loudest ground. */
#ifndef TOCSIN_NODE_CALIBRATE_NOISE_PLOT_H
#define TOCSIN_NODE_CALIBRATE_NOISE_PLOT_H

#include "calibration/noise.h"
#include "io/error.h"
#include "io/sys.h"

/* spec: m/s^2 per root hertz, 0: none. path ends in .svg or .png. 0, or -1 with err. Runs gnuplot and waits for it. */
int calibrate_noise_plot(const struct sys *sys, const char *path, const char *title,
                         const struct noise_result *noise, unsigned axis_mask, double spec,
                         struct error *err);

#endif
