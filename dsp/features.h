/* features.h - the ground's motion in the bands that the decision needs, in steps of 0.1 s and since an
 * onset.
 *
 * Runs always: intensity band (0.1-10 Hz) acceleration and velocity, vertical displacement above 1 Hz,
 * energies in a low, a middle and a high band, velocity energies above 0.5 Hz. Keeps the last 12 s, so that a
 * window can be opened at an onset that is known only later, or moved when the onset is refined. In a window
 * the steps count from the onset. Equations and constants: docs/detection.md, section 3.
 *
 * Constant work a sample, no allocation, no clock; the caller owns the struct (about 700 kB, mostly the 12 s).
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
    FEATURES_RUN = 50,     /* samples filtered ahead of what is gathered */
    FEATURES_STEPS = 10,   /* of the last second */
    FEATURES_BUCKETS = 72, /* half seconds of maxima, or a little less: 20 s before an onset told 11 s late */
};

/* Lanes of features_sample.energy and .size: what is summed and what is looked for the largest of. */
enum { FEATURES_LOW, FEATURES_MIDDLE, FEATURES_HIGH, FEATURES_VEL_Z };
enum { FEATURES_A2, FEATURES_V2, FEATURES_VEL_H, FEATURES_D };

struct features_sample {
    vec4 a_mps2, v_mps;          /* 0.1-10 Hz, Z N E; lane 3 of v: vertical displacement above 1 Hz, m */
    struct motion_sample motion; /* high-pass 0.075 Hz */
    /* 0.05-0.5, 1-10, > 15 Hz, (m/s^2)^2, three axes; vertical velocity above 0.5 Hz, (m/s)^2 */
    vec4 energy;
    /* squared lengths of a and v; horizontal velocity above 0.5 Hz, (m/s)^2; |displacement|, m */
    vec4 size;
};

struct features_sums { /* of one step */
    vec4 energy;
    double vel_h;
    int n;
};

struct features_maxima { /* over a row of half seconds, kept until the row is another one */
    int64_t newest;
    int n;
    vec4 size;            /* lanes as features_sample.size */
    double a_mps2, v_mps; /* the roots of the first two */
};

struct features {
    double rate_hz;
    unsigned axis_mask;
    int64_t n;        /* samples gathered so far */
    int64_t filtered; /* samples in the ring, up to FEATURES_RUN more */
    int64_t since;    /* first sample after the start or the last gap */
    /* filters; the fourth lane carries the vertical a second time */
    vec4 offset;
    struct wide_band band[2], middle[2], slow[2];
    struct wide velocity; /* the sum of the band, high-passed; lane 3 the last integral of displacement */
    struct wide_band low15, high15;
    struct wide_band half; /* high-pass 0.5 Hz; lane 3 1 Hz */
    struct wide_band half_integral;
    struct motion motion;
    bool has_low, has_high;
    /* steps */
    int64_t origin, steps; /* a step ends at origin + floor(0.1 rate (steps + 1)) */
    int64_t step_end;
    struct features_sums sums[FEATURES_STEPS], running;
    vec4 step_size, step_a, step_v; /* maxima in this step: of size, of each axis */
    /* half seconds */
    int64_t bucket_end, buckets;
    vec4 bucket[FEATURES_BUCKETS];       /* maxima of size */
    bool blown[FEATURES_BUCKETS];        /* a blow rang in it: no background */
    int64_t blown_until, last_blown;     /* sample; half second, of which blown[] tells nothing newer */
    struct features_maxima recent, past; /* of the last 10 s, and of 20 s to 1 s ago */
    double noise_gain, noise_power;      /* vertical, 1-10 Hz, running mean square outside windows */
    /* the window */
    uint32_t onset_id; /* 0: closed */
    int64_t onset;
    vec4 w_size, w_a, w_v; /* maxima since the onset */
    double w_mid;
    double first_z, first_h; /* velocity energies of the first second */
    double all_z, all_h;     /* velocity energies since the onset */
    double growth[5];
    double background_a, background_v, noise_d;
    bool has_background;
    struct motion_peaks peaks;
    struct features_sample ring[FEATURES_RING];
    int ring_length, at; /* at: where the next sample goes */
};

/* rate_hz 10..FEATURES_RATE_MAX_HZ. False, *f untouched, for arguments out of range. */
bool features_init(struct features *f, double rate_hz, unsigned axis_mask);
/* `lost` samples are missing: filters restart, the index runs on; a window stays open, its peaks are kept. */
void features_gap(struct features *f, uint64_t lost);

/* One sample in (m/s^2, Z N E; an absent axis 0). *now: its values. True when a step ended: then
 * features_step_report fills a report. */
bool features_step(struct features *f, const double zne[3], const struct features_sample **now);
/* The same in two halves for a run of samples, so that an onset may open a window between them. First the
 * filters: n samples Z N E Z, so that at most FEATURES_RUN are filtered and not gathered. energy[i] and
 * middle[i] are the caller's, for others that want the bands: features_sample.energy, and of 1-10 Hz each axis
 * squared and their sum. Then gathering, of the n filtered next, at most features_run(): up to the end of a
 * step. */
void features_filter(struct features *f, const vec4 *zne, size_t n, vec4 *energy, vec4 *middle);
size_t features_run(const struct features *f);
bool features_gather(struct features *f, const vec4 *middle, size_t n);
void features_step_report(struct features *f, struct report *report);

/* Opens the window of an onset, at most 11 s ago, or moves it: everything since it is gathered anew from the
 * ring. */
void features_open(struct features *f, uint32_t onset_id, int64_t onset);
void features_close(struct features *f);
/* A blow on the sensor began at this sample: what it shook, and what rings behind it, is no background; else one knock would
 * hide an earthquake that follows it within 20 s. Where blows fill most of the time they are the background. */
void features_blow(struct features *f, int64_t from);
double features_window_s(const struct features *f); /* time since its onset; 0 when closed */
/* The ground is back at what it was before the window's onset: twice its background at most, in the last
 * second. */
bool features_calm(const struct features *f);
bool features_armed(const struct features *f); /* settled: 10 s after the start or a gap */

#endif
