#include "node/score.h"

#include <math.h>
#include <string.h>

const struct score_alarm score_alarms[SCORE_ALARMS] = {
    {3, 0, ALERT_WATCH, "watch", true}, {4, 1, ALERT_WARNING, "warning", true},
    {5, 2, ALERT_ALARM, "alarm", true}, {6, 3, ALERT_ALARM, "alarm", false},
    {6, 3, ALERT_NONE, "I >= 6", true},
};

enum score_class score_class_of(const char *kind)
{
    static const struct {
        const char *kind;
        enum score_class class;
    } classes[] = {{"quake", SCORE_QUAKE}, {"teleseism", SCORE_TELESEISM}, {"noise", SCORE_NOISE}};

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i].kind, kind) == 0)
            return classes[i].class;
    return SCORE_ACTIVITY;
}

static bool is_quake(enum score_class class)
{
    return class == SCORE_QUAKE || class == SCORE_TELESEISM;
}

double score_quiet_s(enum score_class class, double p_s, double end_s)
{
    if (isnan(p_s) && is_quake(class))
        return 0;
    return fmax(0.1, isnan(p_s) ? fmin(SCORE_SETTLE_MAX_S, end_s)
                     : p_s > 3  ? fmin(p_s - 1, SCORE_SETTLE_MAX_S)
                                : 0.7 * p_s);
}

static const char *why_picks_are_not_judged(const struct score_known *known)
{
    if (!is_quake(known->class))
        return NULL;
    if (known->class == SCORE_TELESEISM)
        return "a teleseism: neither a hit nor a false pick";
    if (isnan(known->p_s))
        return "no P in the catalogue";
    if (known->quiet_s < SCORE_QUIET_MIN_S)
        return "too little quiet before the P";
    if (known->p_s >= known->end_s - SCORE_BEHIND_P_S)
        return "too little behind the P";
    return NULL;
}

static void take_hit(struct score_hit *hit, double p_s, double onset_s, double declared_s)
{
    if (hit->hit || onset_s < p_s - SCORE_BEFORE_P_S || onset_s > p_s + SCORE_BEHIND_P_S)
        return;
    hit->hit = true;
    hit->error_s = onset_s - p_s;
    hit->declared_s = declared_s - p_s;
}

static void judge_picks(struct score_judged *out, const struct score_known *known,
                        const struct score_given *given)
{
    double limit_s = isnan(known->p_s) ? known->end_s : known->p_s - SCORE_BEFORE_P_S;

    out->picks_why = why_picks_are_not_judged(known);
    out->exposure_s = out->picks_why ? 0 : fmax(0, limit_s);
    for (size_t i = 0; i < given->picks; i++) {
        const struct score_pick *pick = &given->pick[i];
        if (pick->declared_s < 0)
            continue;
        out->picks++;
        if (out->picks_why)
            continue;
        out->false_picks += pick->refined_s >= 0 && pick->refined_s < limit_s;
        if (known->class != SCORE_QUAKE)
            continue;
        take_hit(&out->refined, known->p_s, pick->refined_s, pick->declared_s);
        take_hit(&out->first, known->p_s, pick->first_s, pick->declared_s);
    }
}

/* Was the event loud in the settle time, among the first n alerts? Then it is not the record's, however long it
 * lasts. */
static bool is_settled(const struct score_given *given, size_t n, int i, uint32_t event)
{
    for (size_t k = 0; k < n && given->alert[k].time_s < 0; k++)
        if (given->alert[k].loud[i] && given->alert[k].event == event)
            return true;
    return false;
}

static uint32_t count_settled(const struct score_given *given, int i)
{
    uint32_t events = 0;

    for (size_t k = 0; k < given->alerts && given->alert[k].time_s < 0; k++)
        events += given->alert[k].loud[i] && !is_settled(given, k, i, given->alert[k].event);
    return events;
}

/* Events that became loud, and the first alarm that counts for the earthquake. */
static void hear_alerts(struct score_outcome *o, int i, double from_s, const struct score_given *given)
{
    uint32_t last = 0; /* events count from 1 */
    bool any = false;

    for (size_t k = 0; k < given->alerts; k++) {
        const struct score_alert *a = &given->alert[k];
        if (!a->loud[i] || a->time_s < 0 || is_settled(given, given->alerts, i, a->event))
            continue;
        if (!any || a->event != last) {
            o->events++;
            o->early += a->time_s < from_s;
        }
        any = true;
        last = a->event;
        if (isnan(o->alarm_s) && a->time_s >= from_s)
            o->alarm_s = a->time_s;
    }
    o->loud = any;
}

static void judge_alarm(struct score_outcome *o, int i, const struct score_known *known,
                        const struct score_given *given)
{
    const struct score_alarm *alarm = &score_alarms[i];
    double crossed_s = given->crossed_s[alarm->crossed];
    double possible_s = crossed_s - known->p_s; /* the lead of an alarm at the P */

    hear_alerts(o, i, isnan(known->p_s) ? 0 : known->p_s - SCORE_BEFORE_P_S, given);
    if (!is_quake(known->class))
        return;
    if (isnan(crossed_s)) {
        o->below = alarm->own && given->intensity < alarm->intensity - 1;
        o->near = alarm->own && !o->below;
        return;
    }
    if (known->class != SCORE_QUAKE)
        return;
    o->reached = true;
    o->judged = possible_s >= SCORE_LEAD_MIN_S; /* false without a P */
    if (!o->judged)
        return;
    o->before = o->alarm_s < crossed_s;
    o->lead_s = o->before ? crossed_s - o->alarm_s : 0;
    o->kept = o->lead_s / possible_s;
}

void score_judge(struct score_judged *out, const struct score_known *known, const struct score_given *given)
{
    memset(out, 0, sizeof *out);
    out->refined.error_s = out->refined.declared_s = out->first.error_s = out->first.declared_s = NAN;
    for (int i = 0; i < SCORE_ALARMS; i++)
        out->alarm[i].alarm_s = out->alarm[i].lead_s = out->alarm[i].kept = NAN;
    for (int i = 0; i < SCORE_ALARMS; i++)
        out->alarm[i].settled = count_settled(given, i);
    judge_picks(out, known, given);
    if (!given->scale_known)
        out->alarms_why = "unknown scale: picked, never decided upon";
    else if (!(given->observed_s > 0))
        out->alarms_why = "too short for an observed intensity";
    for (int i = 0; i < SCORE_ALARMS && !out->alarms_why; i++)
        judge_alarm(&out->alarm[i], i, known, given);
}

bool score_is_false(const struct score_known *known, const struct score_judged *judged, int i)
{
    const struct score_outcome *o = &judged->alarm[i];

    return score_alarms[i].own && (o->early > 0 || (o->loud && (o->below || !is_quake(known->class))));
}

double score_badness(const struct score_known *known, const struct score_judged *judged)
{
    double bad = 0;

    for (int i = 0; i < SCORE_ALARMS; i++) {
        const struct score_outcome *o = &judged->alarm[i];
        double weight = score_alarms[i].intensity;
        if (o->reached && isnan(o->alarm_s))
            bad += 1000 * weight;
        else if (o->judged && !o->before)
            bad += 10 * weight;
        if (score_is_false(known, judged, i))
            bad += 300 * weight;
    }
    if (known->class == SCORE_QUAKE && !judged->picks_why)
        bad += judged->refined.hit ? 20 * fabs(judged->refined.error_s) : 200;
    return bad + 2 * judged->false_picks;
}
