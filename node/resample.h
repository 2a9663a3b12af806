/* resample.h - a whole record at another rate: band-limited, without delay.
 *
 * A windowed sinc (Kaiser, beta 9: 90 dB by his formula) of 16 zero crossings each side, half way down at 0.45
 * of the lower rate, flat to 0.35 of it and nothing from 0.55 on; its values come from a table, interpolated.
 * Beyond the ends the record is taken as constant. For records that are served as a sensor; detection
 * decimates with dsp/decimate.h. */
#ifndef TOCSIN_NODE_RESAMPLE_H
#define TOCSIN_NODE_RESAMPLE_H

#include <stddef.h>

#include "io/sys.h"

/* Samples that n become. */
size_t resample_count(size_t n, double from_hz, double to_hz);
/* Fills `to` with resample_count of them. 0, or -1: out of memory. */
int resample(const struct sys *sys, const double (*from)[3], size_t n, double from_hz, double to_hz,
             double (*to)[3]);

#endif
