/* onset.h - the streaming P-onset detector: a fast candidate, then confirmation, then the exact time.
 *
 * Feed it the three axes in m/s^2 (or in counts of unknown scale), in runs of samples, gravity included or
 * not. Candidate: octave bands, an adaptive noise model, and a log-likelihood CUSUM in nats a band, so that
 * one threshold serves every rate and band; by configuration the recursive STA/LTA or the FFT's
 * signal-to-noise declare instead. Confirmation (0.12 s to 1 s): the energy must last, on the vertical, in
 * the band of local earthquakes, with a clear change of variance (AIC), and not be a spike, a step, a blow, a
 * line or a clipped sensor; else a named rejection. Refinement: 0.5 s after the declaration AIC on the
 * vertical moves the onset to where the variance changes. Equations and the worth of each ingredient:
 * docs/detection.md, section 2.
 *
 * Constant work a sample, no allocation, no clock; the caller owns the struct (about 150 kB, mostly the
 * history that the refinement needs). One thread. A sample must be finite: the caller turns anything else
 * into a gap. */
#ifndef TOCSIN_DSP_ONSET_H
#define TOCSIN_DSP_ONSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsp/report.h"
#include "dsp/stalta.h"
#include "dsp/wide.h"

enum {
    ONSET_BANDS_MAX = 5,
    ONSET_RATE_MAX_HZ = 255,                    /* a sensor of 250 Hz may be 2 % off: see decimate_factor */
    ONSET_HISTORY_MAX = 14 * ONSET_RATE_MAX_HZ, /* 8 s of candidate, 3 s before, and the waits */
    ONSET_RUN = 50,                             /* samples filtered ahead of what is decided */
    ONSET_HISTORY_RING = 4096,                  /* powers of two: at least the history (half a second for */
    ONSET_NEAR_RING = 256,                      /* the near one) and a run */
    ONSET_NOISE_LAG = 5,                        /* blocks */
    ONSET_ROWS =
        4, /* vectors that hold all bands of all axes: bands 0 to 3 of Z, N and E; the fifth's Z N E */
    ONSET_LANES = 2,             /* vectors that hold the CUSUM of each band and of all together: the bands */
    ONSET_ALL = ONSET_BANDS_MAX, /* from lane 0 on, and all in lane 1 of the second */
};

enum onset_statistic { ONSET_CUSUM, ONSET_STA_LTA, ONSET_SPECTRUM };

struct onset_conf {
    int statistic;                               /* enum onset_statistic */
    double band_low_hz;                          /* lower edge of the first octave band */
    double power_ratio;                          /* R: the power ratio that the likelihood assumes */
    double threshold_nats;                       /* h of a single band */
    double threshold_all_nats;                   /* h of all bands together */
    double threshold_raise;                      /* the peak-adaptive threshold is at most so many times h */
    double peak_factor, peak_s;                  /* it is so many times the decaying peak of the statistic */
    double horizontal_weight;                    /* of N and E against Z */
    double clip_ratio;                           /* a power ratio above it counts as it, per axis */
    double vertical_ratio;                       /* mean clipped vertical power ratio that a P needs */
    double noise_s;                              /* time constant of the noise model */
    double burst_factor, burst_max;              /* how far burstiness raises the noise */
    double recent_quiet, recent_event, recent_s; /* weight of the recent level, and its decay */
    double floor_mps2, floor_lsb;                /* noise floor, quadratic sum */
    double warm_s;                               /* no onset before */
    double hold_s;                               /* none so soon after the last */
    /* declare from here if the energy stands at so much of its peak */
    double confirm_fast_s, confirm_fast_ratio;
    double confirm_slow_s, confirm_slow_ratio;
    double confirm_max_s; /* dropped after so long */
    double impact_mps2, impact_s;
    double step_ratio;     /* a jump within a sample that holds so much of itself: a step */
    double line_share;     /* share of a candidate that repeats with one period above which it is a machine */
    double high_ratio_log; /* log10 amplitude (> 15 Hz)/(1-10 Hz) above which it is not a local earthquake */
    double low_ratio_log;  /* log10 amplitude (0.05-0.5 Hz)/(1-10 Hz) above which it is a teleseism or sway */
    double change_ratio;   /* least variance ratio at the AIC split */
    double flat_s, flat_lsb_mps2; /* an axis finer than flat_lsb is never constant for flat_s */
    double dead_s, freeze_s,
        quiet_ratio; /* event state: shortest, longest, and the power ratio that ends it */
    double refine_before_s, refine_after_s, refine_near_before_s, refine_near_after_s, refine_gain;
    double sta_lta_threshold, spectrum_threshold; /* of the other two statistics */
};

/* What other parts of the chain know about the samples of a run. */
struct onset_hint {
    const vec4 *energy; /* of each sample: 0.05-0.5 Hz, 1-10 Hz, above 15 Hz (0 where the rate is too low) */
    const struct stalta4_sample *sta_lta; /* of each sample, 1-10 Hz; lane 3: of the vector */
    double spectrum_snr;                  /* of the last FFT window */
};

/* What one step answers: at most one of these a sample. */
enum onset_event {
    ONSET_NOTHING,
    ONSET_DECLARED,
    ONSET_REFINED,
    ONSET_REJECTED,
};

struct onset_band {
    double kappa; /* degrees of freedom a sample */
    double width_hz;
};

struct onset_noise { /* of the bands and axes of a row */
    vec4 floor;
    vec4 mean;  /* noise power, slow */
    vec4 noise; /* noise power raised by burstiness */
    vec4 recent, previous;
    vec4 lag[ONSET_NOISE_LAG];       /* a ring */
    vec4 last_power, older_power[2]; /* block means */
};

struct onset_burst { /* of a band's log power, a lane each */
    vec4 mean, var;
    vec4 usual; /* the variance of noise that is not bursty */
};

struct onset_cusum {            /* of four statistics, a lane each */
    vec4 threshold, near, most; /* nats: h (infinite where there is no band), almost h, and the ceiling */
    vec4 g, peak;               /* nats, and their decaying peak */
    vec4 vertical, highest;     /* since start: sum of clipped vertical ratios, largest of g */
    vec4 start;                 /* last sample at which g was 0 */
    vec4_mask gated;            /* above the threshold, held back by the vertical gate */
};

struct onset_detector {
    struct onset_conf conf;
    double rate_hz;
    unsigned axis_mask;
    bool scale_known;
    int lead_axis; /* the axis that stands for the vertical */
    int64_t n;     /* samples so far */
    vec4 weight, floor;
    int bands;
    double kappa_sum, power_gain, power_cost;               /* of the likelihood: gain * ratio - cost */
    vec4 kappa_half[ONSET_LANES], kappa_share[ONSET_LANES]; /* kappa / 2, and its share of the sum, a band */
    struct onset_band band[ONSET_BANDS_MAX];
    struct wide_band filter[ONSET_ROWS]; /* nothing passes a band that the rate has no room for */
    vec4 sum[ONSET_ROWS];                /* energy of the running block */
    vec4 inverse[ONSET_ROWS];            /* of the noise power */
    struct onset_noise noise[ONSET_ROWS];
    struct onset_burst burst[ONSET_LANES];
    struct onset_cusum cusum[ONSET_LANES];
    /* noise blocks */
    int block_length, block_at, rings, learned, lag_at;
    double block_decay; /* of the recent level */
    /* offset, flat line, deviation; lanes Z N E */
    vec4_mask lanes; /* of the axes that are there */
    vec4 first, last, mean;
    vec4 lsb;             /* 0: not known yet */
    vec4_mask lsb_learns; /* where it is estimated */
    vec4 flat;            /* samples without a change */
    double range_mps2;
    vec4 away[ONSET_NEAR_RING], level[ONSET_NEAR_RING]; /* |distance from the 2 s mean|, and the value */
    int deviation_length;
    vec4 bucket[2]; /* largest of away */
    int bucket_at, bucket_length;
    int64_t armed_from; /* warm, and a second after a gap or a stuck axis */
    /* the run: filtered, and not decided yet from sample n on */
    int64_t filtered;
    vec4 squared[ONSET_RUN][ONSET_ROWS]; /* of each band's output */
    vec4 reach[ONSET_RUN];               /* largest of away within the last impact_s */
    /* candidate */
    vec4 smooth; /* running means of hint.energy, and in lane 3 of the band-averaged power ratio */
    vec4 gain_smooth;
    double energy_peak, impact, gain_mean, gain_peak;
    int64_t candidate, candidate_start;
    int64_t artefact; /* up to here lies a spike, a step or a blow: no witness for what follows */
    int64_t passing;  /* ... or something short: probably not where the next onset is */
    int candidate_lane;
    enum onset_reject doubt;
    double doubt_value, doubt_limit;
    /* event state */
    bool in_event;
    bool disturbed; /* since onset_decide was called: some sample lay in an event or a candidate */
    bool low_known, low;
    int64_t declared, low_run;
    int64_t last_minor; /* last rejection that no candidate led to: they are not repeated within a second */
    /* refinement */
    struct wide_band refine_high;
    struct wide refine_low; /* lane 0 of the low-pass for history1, lane 1 for history2 */
    double history1[ONSET_HISTORY_RING], history2[ONSET_HISTORY_RING], scratch[2 * ONSET_HISTORY_MAX];
    int history_length;
    int64_t history_from; /* first sample whose history is there */
    int64_t pending, pending_start, previous_declared;
    struct onset_report report;
    uint32_t count;
    int64_t rejects[ONSET_REJECTS];
};

/* rate_hz up to ONSET_RATE_MAX_HZ; axis_mask: bit 0 Z, 1 N, 2 E; lsb: one digitiser step an axis in the unit
 * of the samples (0: unknown, then estimated); range_mps2: end of the sensor's range (0: unknown). False,
 * untouched, for arguments or constants out of range. */
bool onset_init(struct onset_detector *d, const struct onset_conf *conf, double rate_hz, unsigned axis_mask,
                const double lsb[3], double range_mps2, bool scale_known);
/* So many samples were lost: the index runs on, filters restart, the noise model is kept, no onset for a
 * second. ONSET_REJECTED if a candidate was open. */
enum onset_event onset_gap(struct onset_detector *d, uint64_t lost, struct reject_report *reject);
/* The stream breaks off, by a gap (call it before onset_gap) or at its end: an onset that waits for its
 * refinement gets it from the samples there are. ONSET_REFINED with *onset, or ONSET_NOTHING. */
enum onset_event onset_finish(struct onset_detector *d, struct onset_report *onset);
/* n samples in (Z N E, lane 3 is ignored), at most onset_run(), all before decided: they go through the
 * filters. Returns how many were taken, at least 1; the rest must come again. */
size_t onset_run(const struct onset_detector *d);
size_t onset_filter(struct onset_detector *d, const vec4 *zne, size_t n);
/* Decides about up to n of the samples filtered, from `from` on in the run (and in *hint), until one brings
 * something. Returns how many are decided; the last of them brought *event: *onset for ONSET_DECLARED and
 * ONSET_REFINED, *reject for ONSET_REJECTED. */
size_t onset_decide(struct onset_detector *d, const struct onset_hint *hint, size_t from, size_t n,
                    enum onset_event *event, struct onset_report *onset, struct reject_report *reject);
bool onset_armed(const struct onset_detector *d);
/* The declaring statistic over its threshold now, for plots. */
double onset_level(const struct onset_detector *d);

#endif
