/* evidence.h - what one stream of reports says about each threshold, step by step, and which guards hold it
 * back.
 *
 * Three ways to reach a threshold, each with its guards (equations and measured worth: docs/detection.md,
 * sections 5 and 6):
 *   predicted  inside the window of a declared P, window_from_s..window_to_s after its onset: P(I >= T) >
 *              p_limit, unless the background is unknown or loud, Pd near the noise, the S wave has come,
 *              the onset is horizontal, the spectrum is not an earthquake's, or a sudden strong beginning
 *              may be a blow.
 *   observed   inside that window, at any time: intensity so far without steps of a foreign spectrum >=
 *              max(T - margin, background + step), unless the beginning may be a blow.
 *   sustained  at any time, with or without an onset: the same with the value that `sustain_steps` of the
 *              last 6 steps reach. That takes the place of the blow's tail, which needs an onset: a blow
 *              fills one step or two, an earthquake many. Also, at least sustain_ratio of the last two
 *              seconds' largest peak must be sustained, so that the ringing after a violent blow does not
 *              count once the blow itself has left the 6 steps. The background is the lowest that was
 *              reported within floor_background_s: an unpicked P wave raises the background before its own
 *              S wave, and must not hide it.
 * A step that has NaN, infinite or negative peaks is no evidence of anything.
 *
 * Pure function of the reports in their order; caller-owned state, no allocation, constant work. */
#ifndef TOCSIN_ALARM_EVIDENCE_H
#define TOCSIN_ALARM_EVIDENCE_H

#include "alarm/predict.h"

enum { EVIDENCE_STEPS = 20, EVIDENCE_RECENT = 6, EVIDENCE_SECONDS = 16, EVIDENCE_GUARDS = 7 };

/* Current intensity has been above second_below and fell below it again. */
struct evidence_lull {
    bool high, fallen;
    double fell_s, trough; /* when, and the lowest since */
};

struct evidence_peaks {
    double pga_mps2, pgv_mps, jma; /* jma is the real-time value, of 10 s */
};

/* The intensity of peaks that were asked about last: in quiet they are mostly the same from step to step. */
struct evidence_asked {
    double pga_mps2, pgv_mps, intensity;
};

struct evidence_state {
    /* the stream: a ring of steps, newest at [at]; peaks of vetoed steps are 0 */
    struct evidence_peaks step[EVIDENCE_STEPS];
    double raw_pga[EVIDENCE_STEPS], step_s[EVIDENCE_STEPS];
    unsigned at;
    double floor_veto_s;             /* when the spectrum last vetoed the floor */
    double lowest[EVIDENCE_SECONDS]; /* background in each of the last seconds */
    int64_t second;                  /* that the newest of them stands for */
    double lowest_before;            /* of those before it that count */
    struct evidence_asked background, current, recent;
    /* the onset that opened the window */
    uint32_t onset_id;
    double onset_s;
    bool later;                /* in the coda of another: an S wave, or a larger shock */
    struct evidence_lull lull; /* since it */
    /* its window */
    uint32_t window_id;
    bool opened; /* in this step */
    bool spent, abrupt, spike;
    bool after_blow; /* it continues a window that began with one */
    double spike_tail;
    double veto_s, s_wave_s; /* when they last held */
    struct evidence_peaks ok;
    struct evidence_peaks ok_before[EVIDENCE_STEPS]; /* ok after each of the last steps, as step[] */
    double blow_s;                                   /* when the last blow was told */
    double window_background;                        /* lowest of the windows that continue each other */
};

/* One step's answer. */
struct evidence {
    double time_s;
    uint32_t onset_id;                    /* of the open window; 0: none */
    double onset_s, steady_onset_s;       /* of the window; of the sustained shaking */
    bool in_window;                       /* predicted and observed apply */
    int predicted, observed, sustained;   /* how many thresholds each reaches, 0..4 */
    double background, steady_background; /* -9: unknown */
    bool has_prediction, trusted; /* trusted: no guard but the S wave or the end of the window holds it */
    double s_weight, pd_m;
    double so_far; /* intensity of the window's maxima; -9 outside */
    int guards;
    struct evidence_peaks ok, steady;           /* what observed and sustained looked at */
    struct alert_reason guard[EVIDENCE_GUARDS]; /* so many of them hold; the others mean nothing */
    struct prediction prediction;               /* nothing without has_prediction */
};

void evidence_init(struct evidence_state *s);
/* An onset that opened a window, or the same one moved. */
void evidence_onset(struct evidence_state *s, const struct onset_report *onset, bool refined);
/* A blow on the sensor, from from_s to now: its steps do not count, nor do those that follow within blow_s. */
void evidence_blow(struct evidence_state *s, double from_s, double now_s);
void evidence_gap(struct evidence_state *s);
/* The event that the window belongs to is over, or a new one begins in it: only sustained shaking counts from
 * here on. */
void evidence_spend(struct evidence_state *s);
/* background: of the open event, -9 unknown; NAN: none open. False, with nothing counted, where the step's
 * peaks are not numbers. */
bool evidence_step(struct evidence_state *s, const struct policy_conf *conf, const struct report *r,
                   double background, struct evidence *out);

void evidence_lull_step(struct evidence_lull *lull, const struct policy_conf *conf, double current,
                        double time_s);

/* Of peaks, on any scale; MMI's horizontal component is taken as the vector, a little too large. */
double evidence_intensity(enum intensity_scale scale, const struct evidence_peaks *peaks);

#endif
