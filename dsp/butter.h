/* butter.h - Butterworth filters as second-order sections, designed for any rate (bilinear, pre-warped
 * corners).
 *
 * Never a table of coefficients for one rate: a wrong rate would shift every corner silently. */
#ifndef TOCSIN_DSP_BUTTER_H
#define TOCSIN_DSP_BUTTER_H

#include <stddef.h>

#include "dsp/biquad.h"

enum { BUTTER_ORDER_MAX = 8, BUTTER_SECTIONS_MAX = 8 };

enum butter_kind { BUTTER_LOWPASS, BUTTER_HIGHPASS, BUTTER_BANDPASS };

/* Designs an `order`-pole prototype (1..BUTTER_ORDER_MAX); a band-pass has 2 * order poles, as
 * scipy.signal.butter counts. Corners in Hz, 0 < f1 (< f2 for a band-pass, ignored otherwise) < rate / 2.
 * Unit gain in the pass band. Returns the number of sections written to out[] (at most BUTTER_SECTIONS_MAX),
 * or 0 for arguments out of range. */
size_t butter_design(struct biquad *out, enum butter_kind kind, unsigned order, double rate_hz, double f1_hz,
                     double f2_hz);

#endif
