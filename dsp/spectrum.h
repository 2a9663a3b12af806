/* spectrum.h - what the last moment is made of: a power spectrum every hop, and the noise it is compared
 * with.
 *
 * Feed three axes in m/s^2 (Z N E, gravity included or not) one sample at a time. Every hop the last window
 * of each is freed of its mean, tapered (Hann) and transformed; the result is a few numbers in which an
 * earthquake, steps, a machine and plain noise differ. Wherever the caller allows it, the spectrum also
 * trains the running noise spectrum.
 *
 * Behind it FFTW, single precision, FFTW_ESTIMATE (a measured plan would differ from run to run). All memory
 * is taken at open; step neither allocates nor waits. An object belongs to one thread at a time, and several
 * may step at once; but spectrum_open and spectrum_close of all objects must not overlap, as FFTW's planner
 * is not thread-safe: open before the threads start.
 *
 * A sample with a value that is not finite, or beyond 1e9 m/s^2, is skipped; an axis that does not exist must
 * be fed 0. After digital zeros everything is 0, never 0/0. */
#ifndef TOCSIN_DSP_SPECTRUM_H
#define TOCSIN_DSP_SPECTRUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsp/vec.h"

enum { SPECTRUM_BANDS_MAX = 10 };

struct spectrum_conf {
    double rate_hz;
    double window_s; /* rounded up to a length that transforms quickly (2^a 3^b 5^c, even) */
    double hop_s;    /* at least a sample */
    double memory_s; /* of the running noise, exponential */
    /* rms that means nothing, spread evenly over frequency: added to signal and noise, > 0 */
    double floor_mps2;
};
#define SPECTRUM_CONF_DEFAULT(rate)                                                                          \
    ((struct spectrum_conf){                                                                                 \
        .rate_hz = (rate), .window_s = 2.0, .hop_s = 0.1, .memory_s = 60.0, .floor_mps2 = 1e-6})

/* Power is summed over the axes. "In band" is 0.75 Hz to 0.45 of the rate. */
struct spectrum_result {
    uint64_t samples;                    /* fed so far, skipped ones not counted: the window ends here */
    bool noise_known;                    /* some window has been learnt; all snr are 0 before */
    unsigned bands;                      /* octaves from 0.75 * 2^b Hz, the last cut at 0.45 of the rate */
    double band_hz[SPECTRUM_BANDS_MAX];  /* lower edge of each */
    double band_snr[SPECTRUM_BANDS_MAX]; /* power over noise power: 1 in noise */
    double snr;         /* mean over the bins in band of power / noise: whitened, as a picker sees it */
    double rms_mps2;    /* vector, in band */
    double centroid_hz; /* power-weighted mean frequency, in band */
    /* geometric over arithmetic mean of the bins in band: 0 for a tone, 0.84 for white noise on three axes */
    double flatness;
    double dominant_hz; /* strongest bin, interpolated */
    /* largest share of the power in band within one bin of one frequency: near 1 for a machine */
    double line;
};

struct spectrum;

/* 0 and *out is the caller's to close, or *out is NULL and -EINVAL (a value out of range: 4 Hz <= rate <=
 * 1e5, at least 16 and at most 2^20 samples in the window, and no hop longer than it), -ENOMEM. */
int spectrum_open(struct spectrum **out, const struct spectrum_conf *conf);
void spectrum_close(struct spectrum *s); /* NULL is fine */
/* After a gap: the window starts anew, the noise is kept. */
void spectrum_reset(struct spectrum *s);
void spectrum_forget(struct spectrum *s); /* the noise, too */
/* One sample in. True when a hop is complete (never before the window is full): spectrum_result is new. The
 * window joins the noise if `learn` was true for every sample since the last hop. */
bool spectrum_step(struct spectrum *s, const double accel_mps2[3], bool learn);
/* The same for a run of n samples within 1e12 m/s^2 (lane 3 is ignored), at most spectrum_run(s): no other
 * than the first of them completes a hop. True when it did. What was fed since the last hop joins the noise
 * unless spectrum_disturbed was called since. */
size_t spectrum_run(const struct spectrum *s);
bool spectrum_feed(struct spectrum *s, const vec4 *accel_mps2, size_t n);
void spectrum_disturbed(struct spectrum *s);
const struct spectrum_result *spectrum_result(const struct spectrum *s);

/* The spectra themselves, one-sided, (m/s^2)^2/Hz, bin k at k * spectrum_bin_hz; valid until the next step. */
size_t spectrum_bins(const struct spectrum *s);
double spectrum_bin_hz(const struct spectrum *s);
const float *spectrum_power(const struct spectrum *s, unsigned axis);
const float *spectrum_noise(const struct spectrum *s, unsigned axis); /* zeros until noise_known */

#endif
