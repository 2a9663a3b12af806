/* alert.h - what the policy tells every output: one revision of one event, complete in itself.
 *
 * Plain data, copied by value through rings; holds no pointer. Times are data time, seconds after the
 * stream's first sample, as in struct report; whoever knows the clock turns them into UTC and into the
 * event's id (`<node>-<UTC onset, ms>`, from onset_s of revision 1: it never moves afterwards). Intensities
 * are GB/T 17742-2020 unless said otherwise, not rounded, not clamped. */
#ifndef TOCSIN_ALARM_ALERT_H
#define TOCSIN_ALARM_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/intensity.h"

enum { ALERT_THRESHOLDS = 4, ALERT_REASONS_MAX = 16 };

/* Facts about the ground; what is done about them stands in the action table. */
enum alert_level {
    ALERT_NONE,
    ALERT_WATCH,   /* the first threshold is reached, 3 unless configured */
    ALERT_WARNING, /* the second, 4 */
    ALERT_ALARM,   /* the third, 5; the fourth (6) adds no level, it shows in `reached` */
};
enum alert_phase {
    ALERT_PHASE_ALERT,         /* revision 1 */
    ALERT_PHASE_UPDATE,        /* level, thresholds or an intensity moved */
    ALERT_PHASE_CANCEL,        /* predicted, and it did not come; final */
    ALERT_PHASE_SHAKING_ENDED, /* the ground is quiet again; final */
};
enum alert_status { ALERT_ACTUAL, ALERT_EXERCISE, ALERT_TEST };
enum alert_basis { ALERT_PREDICTED, ALERT_OBSERVED };

/* Value and limit are what was compared: docs/formats.md lists the words. */
enum alert_reason_kind {
    ALERT_REASON_PREDICTED,           /* threshold, P(I >= threshold), its limit, t */
    ALERT_REASON_OBSERVED,            /* threshold, observed intensity, the least that counts */
    ALERT_REASON_HELD_S_WAVE,         /* probability that the S wave has begun */
    ALERT_REASON_HELD_SPECTRUM_HIGH,  /* log10 amplitude ratio */
    ALERT_REASON_HELD_SPECTRUM_LOW,   /* log10 amplitude ratio */
    ALERT_REASON_HELD_SPIKE,          /* strong and sudden: seconds waited; or it was a blow: its tail */
    ALERT_REASON_REJECTED_HORIZONTAL, /* log10 H/V energy at the onset */
    ALERT_REASON_REJECTED_NOISE,      /* signal-to-noise ratio of Pd */
    ALERT_REASON_UNFIT_BACKGROUND,    /* intensity before the onset */
    ALERT_REASON_NO_QUIET,            /* no 5 s of stream before the onset */
    ALERT_REASON_LATER_PHASE,         /* an onset in the coda: seconds since it, when it is believed */
    ALERT_REASON_NO_ONSET,            /* shaking that was not picked */
    ALERT_REASON_WINDOW_CLOSED,       /* seconds since the onset, last second of prediction */
    ALERT_REASON_NOT_FOLLOWED,        /* cancel: largest intensity observed, what it had at least to be */
    ALERT_REASON_GAP,                 /* samples were lost within the event; how many */
    ALERT_REASON_SECOND_SHOCK,        /* a new event in the coda: intensity, what it had to exceed */
    ALERT_REASON_QUIET,               /* shaking-ended: current intensity, the limit it stayed below */
    ALERT_REASON_KINDS
};

struct alert_reason {
    enum alert_reason_kind kind;
    double threshold; /* 0 where it concerns no single one */
    double value, limit;
    double time_s; /* data time; of PREDICTED and OBSERVED that of the decision */
};

struct alert_threshold {
    double intensity;      /* of `scale` */
    double p;              /* P(I >= intensity), last prediction; 0: none */
    bool reached, crossed; /* decided; later really observed */
    enum alert_basis basis;
    double reached_s, crossed_s; /* crossed_s - reached_s is the lead this node had */
};

struct alert {
    uint32_t sensor;
    uint32_t event;    /* counts events that had a level, from 1 */
    uint32_t revision; /* from 1 */
    uint32_t onset_id; /* of struct report; 0: shaking that was not picked */
    enum alert_phase phase;
    enum alert_level level; /* never falls within an event */
    enum alert_status status;
    enum alert_basis basis; /* of the level */
    bool is_final;
    double time_s;  /* when this was decided */
    double onset_s; /* of the event, as known at revision 1 */
    double t_s;     /* time_s since the onset as known now */

    enum intensity_scale scale; /* of the thresholds */
    struct alert_threshold threshold[ALERT_THRESHOLDS];
    int reached; /* how many of them */

    bool has_prediction;  /* the block below; else 0 */
    double mu, sigma;     /* decision model: intensity ~ N(mu, sigma) */
    double s_probability; /* that the S wave has begun */
    double pd_m, snr;
    double predicted[INTENSITY_SCALES];          /* to be reached; never below what is observed */
    double predicted_pga_log, predicted_pgv_log; /* log10 m/s^2, log10 m/s */

    double observed[INTENSITY_SCALES]; /* largest since the onset; never falls */
    double pga_mps2, pgv_mps;          /* the same, vector */
    double current;                    /* of the last 10 s */
    double background;                 /* before the onset; -9: unknown */

    struct alert_reason reason[ALERT_REASONS_MAX];
    int reasons;
};

/* Words of messages; never NULL, "?" for a number that is none of them. */
const char *alert_level_name(enum alert_level level);       /* "none" "watch" "warning" "alarm" */
const char *alert_phase_name(enum alert_phase phase);       /* "alert" "update" "cancel" "shaking-ended" */
const char *alert_status_name(enum alert_status status);    /* "actual" "exercise" "test" */
const char *alert_basis_name(enum alert_basis basis);       /* "predicted" "observed" */
const char *alert_reason_name(enum alert_reason_kind kind); /* "held: S wave", ... */

#endif
