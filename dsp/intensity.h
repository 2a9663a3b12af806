/* intensity.h - from peak ground motion to the five intensity scales.
 *
 * Peaks are in m/s^2 and m/s whatever unit an original used; which peak a scale wants (vector, larger
 * horizontal) is said at each. Pure functions, any thread, a few logarithms each. A peak that is below 1e-9
 * or NaN counts as 1e-9 (no shaking), an infinite one as 1e9, so every answer is a finite number that can be
 * compared and printed.
 *
 * Values are numbers that grow with the shaking. GB/T, MMI and EMS-98: the scale's own number. JMA: the
 * instrumental value. CWA knows classes only: 0 1 2 3 4 and then 5.0 for 5-, 5.5 for 5+, 6.0 for 6-, 6.5 for
 * 6+, 7.0 for 7.
 *
 * Sources: GB/T 17742-2020 by agreement of three public programs (the standard's text was not at hand); MMI:
 * Worden et al. 2012 (California); EMS-98: Zanini & Hofer 2019; CWA: the Taiwan scale of 2020 as programmed
 * there; JMA: see dsp/jma.h. What is marked "from memory" has not been read in its source. */
#ifndef TOCSIN_DSP_INTENSITY_H
#define TOCSIN_DSP_INTENSITY_H

#include <stdbool.h>
#include <stddef.h>

enum intensity_scale {
    INTENSITY_GBT,
    INTENSITY_JMA,
    INTENSITY_MMI,
    INTENSITY_EMS98,
    INTENSITY_CWA,
    INTENSITY_SCALES
};

enum intensity_rounding { INTENSITY_ROUND_HALF_UP, INTENSITY_TRUNCATE }; /* to one decimal */

enum { INTENSITY_TEXT_MAX = 8 }; /* bytes for any intensity_format, with its NUL */

/* China, GB/T 17742-2020: peaks of the three-component vector sum in 0.1-10 Hz. IA = 3.17 log10 PGA + 6.59,
 * IV = 3.00 log10 PGV + 9.77; I = IV where both reach 6, else their mean. Raw: neither clamped nor rounded
 * (about -22 for no shaking), for decisions. The reported value is clamped to 1..12 with one decimal; of the
 * three programs two round. */
double intensity_gbt_raw(double pga_mps2, double pgv_mps);
double intensity_gbt(double pga_mps2, double pgv_mps, enum intensity_rounding rounding);

/* MMI after Worden et al. 2012, larger horizontal component, clipped to 1..10; residual scatter 0.66 and
 * 0.63. The combined value takes PGA's below V, PGV's above VII and slides linearly between by PGA's value
 * (ShakeMap practice, from memory). */
double intensity_mmi_pga(double pga_mps2);
double intensity_mmi_pgv(double pgv_mps);
double intensity_mmi(double pga_mps2, double pgv_mps);

/* EMS-98 after Zanini & Hofer 2019 (Italy), clamped to 1..12. Combined: the mean of the two (our choice). */
double intensity_ems98_pga(double pga_mps2);
double intensity_ems98_pgv(double pgv_mps);
double intensity_ems98(double pga_mps2, double pgv_mps);

/* Taiwan, CWA 2020, vector peaks: classes 0..4 by PGA; from 80 gal on by PGV. A PGA of 80 gal with a PGV
 * below that of 5- is class 4 (from memory). */
double intensity_cwa(double pga_mps2, double pgv_mps);

/* JMA: the published instrumental value is the raw one (2 log10 a0 + 0.94) rounded to two decimals, then cut
 * to one. */
double intensity_jma_published(double raw);

struct intensity_motion {                           /* what all five scales together need */
    double pga_mps2, pgv_mps;                       /* vector peaks, 0.1-10 Hz: GB/T, EMS-98, CWA */
    double pga_horizontal_mps2, pgv_horizontal_mps; /* larger horizontal component: MMI */
    double jma;                                     /* raw instrumental value of dsp/jma.h */
};
/* The value on one scale, unrounded; classes stay classes. GB/T is raw, so it may be below 1. */
double intensity_of(enum intensity_scale scale, const struct intensity_motion *m);

const char *
intensity_scale_name(enum intensity_scale scale); /* "gbt" "jma" "mmi" "ems98" "cwa", as in configuration */
/* By that name, case ignored. False, *out untouched, for any other word. */
bool intensity_scale_parse(const char *name, enum intensity_scale *out);
/* A value as people write it: "5.5" (GB/T, rounded and clamped), "6.8" (MMI, EMS-98), "5-" (the class, JMA
 * and CWA). Writes at most size bytes, always terminated if size > 0. Returns the length that was needed, as
 * snprintf does. */
int intensity_format(enum intensity_scale scale, double value, char *out, size_t size);

#endif
