/* policy_conf.h - every constant of the decision, its range and where it comes from, in one table.
 *
 * Configuration keys "policy.*". The thresholds are values of `scale`; everything else that is an intensity
 * is GB/T 17742-2020, because the guards were measured in it. */
#ifndef TOCSIN_ALARM_POLICY_CONF_H
#define TOCSIN_ALARM_POLICY_CONF_H

#include "alarm/alert.h"
#include "io/conf.h"

struct policy_conf {
    int scale;                          /* enum intensity_scale */
    double threshold[ALERT_THRESHOLDS]; /* rising: watch, warning, alarm, and one more that is reported */
    double p_limit[ALERT_THRESHOLDS];   /* reached when P(I >= threshold) exceeds it */

    double beta[5], sigma[2];              /* decision model, see predict.h */
    double window_from_s, window_to_s;     /* prediction counts between them, since the onset */
    double s_centre, s_slope, s_from_s;    /* logistic of the S evidence, decades; 0 before s_from_s */
    double s_hold_s;                       /* no prediction for so long after the S became likely */
    double snr_min, quiet_max, hv_max_log; /* of Pd; intensity before the onset; energy at the onset */
    double high_ratio_max, low_ratio_max;  /* spectrum, for the prediction */
    double blow_s;                         /* after a blow on the sensor nothing counts for so long */
    double veto_s;                         /* a spectrum veto lasts so long */

    double floor_margin;                      /* observed intensity counts from threshold - margin on */
    double background_step;                   /* and from background + step on */
    double high_ratio_floor, low_ratio_floor; /* spectrum, for the observed floor */
    double abrupt_intensity, abrupt_s;        /* a beginning this strong within that time */
    double spike_wait_s, spike_to_s;          /* waits so long; is a blow when until then ... */
    double tail_min;                          /* ... rms of 0.3 s over the peak falls below it */
    int sustain_steps;                        /* without a window: reached in so many of the last 6 steps */
    double sustain_ratio;                     /* and of the last 2 s' peak at least this part */
    double floor_background_s;                /* without a window: lowest background of so long counts */
    /* the same, of a window that opened in a coda: stricter, as it may be an S */
    double later_from_s, later_hv_max_log;

    double report_intensity[8], report_pgv[8], report_pga[8], report_jma[8]; /* see predict.h */
    double report_to_s;                 /* the reported prediction stands from then on */
    double s_observed_step, s_fall_max; /* after the S: observed + step, at most so far below */

    double revision_interval_s, revision_step;
    double end_below, end_after_s, end_background_step;
    double second_below, second_rise, second_after_s;
    double cancel_margin, cancel_after_s, cancel_quiet_s, cancel_fall;
};

extern const struct conf_row policy_rows[]; /* target: struct policy_conf */
extern const size_t policy_rows_count;

/* What no single row can say: thresholds rise, windows are not empty. 0, or -1 with err naming the keys. */
int policy_conf_check(const struct policy_conf *conf, struct error *err);

#endif
