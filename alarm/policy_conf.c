#include "alarm/policy_conf.h"

#define ROW(name, type, count, initial, min, max, help, source)                                              \
    {                                                                                                        \
        "policy." #name, type, offsetof(struct policy_conf, name), count, initial, min, max, NULL, help,     \
            source                                                                                           \
    }
#define REAL(name, initial, min, max, help, source) ROW(name, CONF_REAL, 0, initial, min, max, help, source)
#define LIST(name, count, initial, min, max, help, source)                                                   \
    ROW(name, CONF_REAL, count, initial, min, max, help, source)

#define FIT   "fitted on 121 records of 32 events, 13 of them reaching 5: docs/detection.md, section 4"
#define CURVE "read off the leave-event-out curve: docs/detection.md, section 4"
#define GUARD "set between those records and six recordings of vibration: docs/detection.md, section 6"
#define OWN   "own choice"

const struct conf_row policy_rows[] = {
    {"policy.scale", CONF_CHOICE, offsetof(struct policy_conf, scale), 0, "gbt", 0, 0,
     "gbt|jma|mmi|ems98|cwa", "scale of the thresholds; only gbt's probabilities are calibrated",
     "GB/T 17742-2020 by default"},
    LIST(threshold, 4, "[3, 4, 5, 6]", 0.1, 12, "watch, warning, alarm, and one more that is reported", OWN),
    LIST(p_limit, 4, "[0.80, 0.75, 0.60, 0.65]", 0.01, 0.999, "reached when P(I >= threshold) exceeds it",
         CURVE
         "; threshold 3 so too, later: 0.80 before 1.00, kept 0.85, false 0 of 40 (0.75: 1.00, 0.89, 1)"),

    LIST(beta, 5, "[9.6334, 1.3408, 0.4422, 0.6491, 0.3317]", -100, 100,
         "mu = b0 + b1 u + b2 u^2 + (b3 + b4 u) 3 log10 Pd[cm], u = log10 t", FIT),
    LIST(sigma, 2, "[0.3295, -0.8060]", -10, 10, "sigma = exp(s0 + s1 u)", FIT),
    REAL(window_from_s, "0.3", 0.1, 10, "prediction from so long after the onset on",
         "waiting longer costs lead only"),
    REAL(window_to_s, "3.0", 0.1, 60, "prediction ends; afterwards only observed intensity decides",
         "continued to 10 s: 5-7 false alarms instead of 2 in 72 records"),
    REAL(s_centre, "1.4", -10, 10, "evidence at which the S wave is as likely as not, decades",
         "not nested fit, same records"),
    REAL(s_slope, "6.0", 0, 100, "slope of its logistic", "not nested fit, same records"),
    REAL(s_from_s, "0.95", 0, 60, "no S wave is looked for before", "not nested fit, same records"),
    REAL(s_hold_s, "1.0", 0, 60, "prediction held after the S wave became likely",
         "not nested fit, same records"),
    REAL(snr_min, "2.0", 0, 1000, "Pd over the largest of 10 s .. 1 s before the onset, for a prediction",
         GUARD "; earthquakes >= 10.8 when predicted"),
    REAL(quiet_max, "3.5", -9, 12, "largest intensity of 20 s .. 1 s before the onset, for a prediction",
         GUARD "; 2.5 lost one record of background 3.3"),
    REAL(hv_max_log, "0.7", -10, 10, "log10 H/V energy of the first second, for a prediction",
         GUARD "; P 95 % 0.77, S median 0.9"),
    REAL(high_ratio_max, "0.45", -10, 10, "log10 amplitude over 15 Hz / 1-10 Hz, for a prediction",
         GUARD "; earthquakes 95 % < 0.27, chain-saw 0.41-0.73"),
    REAL(low_ratio_max, "0.60", -10, 10, "log10 amplitude 0.05-0.5 Hz / 1-10 Hz, for a prediction",
         GUARD "; earthquakes at most 0.32, lift 0.1-1.5"),
    REAL(blow_s, "1", 0, 10,
         "after a blow on the sensor (impact, spike, step, clip) nothing counts for so long",
         OWN ": the blow's own energy is over; an earthquake goes on"),
    REAL(veto_s, "0.5", 0, 60, "a spectrum veto lasts so long", GUARD),

    REAL(floor_margin, "0.7", 0, 5, "observed intensity counts from threshold - margin on",
         "smaller margins: fewer near misses, later (0.3: before 0.93)"),
    REAL(background_step, "2.0", 0, 12, "observed intensity counts from background + step on",
         GUARD "; washing machine median 0.1, earthquakes 7.4"),
    REAL(high_ratio_floor, "0.35", -10, 10, "log10 amplitude over 15 Hz / 1-10 Hz, for the observed floor",
         GUARD),
    REAL(low_ratio_floor, "-0.2", -10, 10, "log10 amplitude 0.05-0.5 Hz / 1-10 Hz, for the observed floor",
         GUARD "; earthquakes -0.4 at 4.3"),
    REAL(abrupt_intensity, "4.0", -9, 12, "so strong within abrupt_s: wait, it may be a blow", GUARD),
    REAL(abrupt_s, "0.5", 0.1, 10, "see abrupt_intensity", GUARD),
    REAL(spike_wait_s, "0.6", 0.1, 10, "an abrupt beginning waits until then", GUARD),
    REAL(spike_to_s, "1.05", 0.1, 10, "and is watched until then", GUARD),
    REAL(tail_min, "0.12", 0, 1, "it is a blow if rms of 0.3 s over the peak falls below",
         GUARD "; earthquakes min 0.21, blows 0.04-0.08"),
    ROW(sustain_steps, CONF_INT, 0, "3", 1, 6,
        "without a window: intensity reached in so many of the last 6 steps",
        OWN " in place of tail_min, which needs an onset"),
    REAL(sustain_ratio, "0.25", 0, 1, "without a window: and so much of the last 2 s' peak",
         OWN ": tail_min times the usual peak over rms, 2"),
    REAL(floor_background_s, "10", 0, 15, "without a window: the lowest background of so long counts",
         OWN ": an unpicked P raises the background before its S"),
    REAL(later_from_s, "1.0", 0, 3, "a window that opened in a coda: no prediction before, it may be an S",
         OWN
         ": H/V of the first second tells them apart; from 0.4 s on 5 of 66 records below GB/T 4 alarmed"),
    REAL(later_hv_max_log, "-0.1", -9, 9, "... and no more horizontal energy over vertical than this",
         OWN ": S waves have 0.9 (median), P waves -0.1"),

    LIST(report_intensity, 8, "[6.4856, -0.3984, 1.2425, 0.3134, 0.1395, 0.2987, 0.3462, 0.7756]", -100, 100,
         "reported intensity: c0 + c1 u + c2 u^2 + (c3 + c4 u) D + (c5 + c6 u) Iz + c7 G", FIT),
    LIST(report_pgv, 8, "[-1.2621, -0.0216, 0.5851, 0.0938, 0.0731, 0.1029, 0.1247, 0.3970]", -100, 100,
         "the same for log10 PGV in m/s", FIT),
    LIST(report_pga, 8, "[-0.1220, -0.0989, 0.3674, 0.0734, 0.0565, 0.1541, 0.0767, 0.1231]", -100, 100,
         "the same for log10 PGA in m/s^2", FIT),
    LIST(report_jma, 8, "[3.7694, -0.2226, 1.0160, 0.1754, 0.1101, 0.2204, 0.2483, 0.6680]", -100, 100,
         "the same for the JMA intensity", FIT),
    REAL(report_to_s, "4.0", 0.3, 60, "reported prediction stands from then on",
         "it stops improving at 3-4 s"),
    REAL(s_observed_step, "0.5", 0, 5, "after the S wave: observed intensity + step", FIT),
    REAL(s_fall_max, "2.0", 0, 12, "but at most so far below the prediction", FIT),

    REAL(revision_interval_s, "1.0", 0, 60, "least time between updates without a new level", OWN),
    REAL(revision_step, "0.5", 0.01, 12, "an update when an intensity moved so far", OWN),
    REAL(end_below, "2.0", -9, 12, "shaking has ended when current intensity stays below", OWN),
    REAL(end_after_s, "30", 1, 3600, "for so long", OWN),
    REAL(end_background_step, "0.5", 0, 12, "or below background + step, where that is more",
         OWN ": a noisy site would never end an event"),
    REAL(second_below, "3.0", -9, 12, "a second shock: current intensity has fallen below", OWN),
    REAL(second_rise, "1.0", 0.1, 12, "and rises again by", OWN),
    REAL(second_after_s, "20", 0, 600, "unpicked, not so soon after the onset: it may be the S wave",
         OWN ": S - P of 160 km"),
    REAL(cancel_margin, "1.5", 0, 12,
         "predicted only: cancelled if observed stays so far below the threshold", OWN),
    REAL(cancel_after_s, "30", 1, 600, "so long after the onset", OWN ": S - P of 250 km"),
    REAL(cancel_quiet_s, "10", 1, 600, "or earlier, from then on, when the shaking", OWN),
    REAL(cancel_fall, "1.5", 0.1, 12, "has fallen so far below its maximum for 10 s", OWN),
};
const size_t policy_rows_count = sizeof policy_rows / sizeof *policy_rows;

int policy_conf_check(const struct policy_conf *conf, struct error *err)
{
    for (int i = 1; i < ALERT_THRESHOLDS; i++)
        if (!(conf->threshold[i] > conf->threshold[i - 1]))
            return error_set(err, "policy.threshold must rise: %g does not follow %g", conf->threshold[i],
                             conf->threshold[i - 1]);
    if (!(conf->window_to_s > conf->window_from_s))
        return error_set(err, "policy.window_to_s must be larger than policy.window_from_s");
    if (!(conf->spike_to_s > conf->spike_wait_s) || !(conf->spike_wait_s >= conf->abrupt_s))
        return error_set(err, "policy.abrupt_s, spike_wait_s and spike_to_s must follow each other");
    return 0;
}
