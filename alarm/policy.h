/* policy.h - from what the ground does to what is told: events, levels, revisions.
 *
 * A pure function of an ordered log of reports of one sensor (a node with several keeps one struct policy for
 * each): same log, same alerts, live and in replay. Data time only, no clock; caller-owned struct, no
 * allocation, constant work, one thread. What reaches a threshold and what holds it back: evidence.h; every
 * constant: policy_conf.h.
 *
 * An event begins when a threshold is reached (a pick alone is none). Its level only rises. A revision is
 * issued when a threshold is reached and on every change of phase, else at most once in revision_interval_s
 * when the predicted or observed intensity has moved by revision_step. It ends
 *   cancelled       when everything it reached was predicted only, observation never reached a threshold,
 *                   what was observed stays cancel_margin below what was predicted, no samples were lost,
 *                   and either cancel_after_s passed since the onset (its S wave would be here), or
 *                   cancel_quiet_s passed and the last 10 s were cancel_fall below the maximum (a P wave
 *                   does not die before its S). Told at once, with the numbers.
 *   shaking-ended   when current intensity stayed below end_below for end_after_s, or when a second shock
 *                   begins.
 * A second shock is a new event, and sounds again: after current intensity had been above second_below and
 * fell below it, a new P onset that reaches a threshold, or sustained shaking that reaches one and exceeds
 * the lull by second_rise.
 *
 * A gap leaves the event open; prediction and what was observed in the window are over, the floor arms again
 * with the reports' armed_observed. Records of unknown scale are never decided upon. */
#ifndef TOCSIN_ALARM_POLICY_H
#define TOCSIN_ALARM_POLICY_H

#include <stddef.h>

#include "alarm/alert.h"
#include "alarm/evidence.h"
#include "alarm/policy_conf.h"
#include "dsp/report.h"

/* Alerts that one report can bring: the end of one event and the start of the next. */
enum { POLICY_ALERTS_MAX = 2 };

struct policy {
    struct policy_conf conf;
    struct evidence_state evidence;
    struct evidence now; /* what the last step said, with what held: for logs and plots */
    uint32_t events;
    /* the open event */
    bool open;
    bool seen; /* observation reached a threshold */
    bool gap, low;
    uint64_t lost;
    double low_since_s;
    struct evidence_lull lull;
    struct evidence_peaks peaks;
    double told_s, told_predicted, told_observed;
    struct alert alert; /* as it stands; revision is the last issued */
    struct alert_reason decided[ALERT_THRESHOLDS];
    struct alert_reason shock; /* of a second shock; limit 0: it is none */
};

/* conf is copied; it has passed policy_conf_check. */
void policy_init(struct policy *p, const struct policy_conf *conf);
/* Takes the next report; fills out[0..n-1], returns n. max is at least POLICY_ALERTS_MAX. */
int policy_feed(struct policy *p, const struct report *report, struct alert *out, size_t max);

#endif
