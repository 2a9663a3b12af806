/* features.h - the ground's motion in the bands that the decision needs, in steps of 0.1 s and since an
 * onset.
 *
 * Runs always: intensity band (0.1-10 Hz) acceleration and velocity, vertical displacement above 1 Hz,
 * energies in a low, a middle and a high band, velocity energies above 0.5 Hz. Keeps the last 12 s, so that a
 * window can be opened at an onset that is known only later, or moved when the onset is refined. In a window
 * the steps count from the onset. Equations and constants: the decision prototype's findings, section 3.
 * Constant work a sample, no allocation, no clock; the caller owns the struct (about 1 MB, mostly the 12 s).
 * One thread. Samples must be finite. */
#ifndef TOCSIN_DSP_FEATURES_H
#define TOCSIN_DSP_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/motion.h"
#include "dsp/report.h"

#define FEATURES_STEP_S 0.1

enum {
    FEATURES_RATE_MAX_HZ = 255, /* 250 Hz, 2 % off */
    FEATURES_RING = 12 * FEATURES_RATE_MAX_HZ,
    FEATURES_STEPS = 10,   /* of the last second */
    FEATURES_BUCKETS = 72, /* half seconds of maxima, or a little less: 20 s before an onset told 11 s late */
};

struct features_sample {
    double a, v, a_z, v_z, a_h, v_h, d; /* |vector| m/s^2, m/s; |vertical|; larger |horizontal| */
    double vel_z, vel_h;                /* energies of velocity above 0.5 Hz, (m/s)^2 */
    double low, mid, high;              /* energies 0.05-0.5, 1-10, > 15 Hz, (m/s^2)^2, three axes */
    vec4 middle;                        /* 1-10 Hz, Z N E, m/s^2 */
    struct motion_sample motion;        /* high-pass 0.075 Hz */
};

struct features_sums { /* of one step */
    double vel_z, vel_h, low, mid, high;
    int n;
};

struct features_maxima { /* of one half second */
    double a, v, d;
};

struct features {
    double rate_hz;
    unsigned axis_mask;
    int64_t n;     /* samples so far */
    int64_t since; /* first sample after the start or the last gap */
    /* filters */
    vec4 offset;
    bool has_low15, has_high;
    struct biquad band[2], integral_high, low15, one_hz, half_hz, middle[2], slow[2], high15;
    struct biquad_state3 band_state[2], integral_state, low15_state, half_state[2], middle_state[2],
        slow_state[2], high_state;
    struct biquad_state one_state[3];
    vec4 velocity_sum, half_last, half_sum;
    double one_last[2], one_sum[2];
    struct motion motion;
    /* steps */
    int64_t origin, steps; /* a step ends at origin + floor(0.1 rate (steps + 1)) */
    int64_t step_end;
    struct features_sums sums[FEATURES_STEPS], running;
    double step_a, step_v, step_a_h, step_v_h;
    /* half seconds */
    int64_t bucket_end, buckets;
    struct features_maxima bucket[FEATURES_BUCKETS];
    double noise_power; /* vertical, 1-10 Hz, running mean square outside windows */
    /* the window */
    uint32_t onset_id; /* 0: closed */
    int64_t onset;
    double w_a, w_v, w_a_z, w_v_z, w_a_h, w_v_h, w_d, w_mid;
    double first_z, first_h; /* velocity energies of the first second */
    double all_z, all_h;     /* velocity energies since the onset */
    double growth[5];
    double background_a, background_v, noise_d;
    bool has_background;
    struct motion_peaks peaks;
    struct features_sample ring[FEATURES_RING];
    int ring_length;
};

/* rate_hz 10..FEATURES_RATE_MAX_HZ. False, *f untouched, for arguments out of range. */
bool features_init(struct features *f, double rate_hz, unsigned axis_mask);
/* `lost` samples are missing: filters restart, the index runs on; a window stays open, its peaks are kept. */
void features_gap(struct features *f, uint64_t lost);

/* One sample in (m/s^2, Z N E; an absent axis 0). *now: its values, for others that want the bands. True when
 * a step ended: then features_step_report fills a report. */
bool features_step(struct features *f, const double zne[3], const struct features_sample **now);
void features_step_report(const struct features *f, struct report *report);

/* Opens the window of an onset, at most 11 s ago, or moves it: everything since it is gathered anew from the
 * ring. */
void features_open(struct features *f, uint32_t onset_id, int64_t onset);
void features_close(struct features *f);
double features_window_s(const struct features *f); /* time since its onset; 0 when closed */
/* The ground is back at what it was before the window's onset: twice its background at most, in the last
 * second. */
bool features_calm(const struct features *f);
bool features_armed(const struct features *f); /* settled: 10 s after the start or a gap */

#endif
