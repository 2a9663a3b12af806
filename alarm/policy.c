#include "alarm/policy.h"

#include <math.h>
#include <string.h>

/* Times are multiples of 0.1 s, rounded to samples. */
static const double SLACK_S = 1e-3;

/* What is filled during one report. */
struct sink {
    struct alert *out;
    size_t max, n;
};

void policy_init(struct policy *p, const struct policy_conf *conf)
{
    const struct policy_conf copy = *conf; /* it may lie in *p */

    memset(p, 0, sizeof *p);
    p->conf = copy;
    evidence_init(&p->evidence);
}

static enum intensity_scale scale_of(const struct policy *p)
{
    return (enum intensity_scale)p->conf.scale;
}

/* ---- telling ---- */

static void add_reason(struct alert *a, const struct alert_reason *reason)
{
    if (a->reasons < ALERT_REASONS_MAX)
        a->reason[a->reasons++] = *reason;
}

/* Why, the strongest first: what was decided, what happened to the event, what holds now. */
static void give_reasons(const struct policy *p, const struct evidence *e, const struct alert_reason *final,
                         struct alert *a)
{
    const struct alert_reason gap = {ALERT_REASON_GAP, 0, (double)p->lost, 0, a->time_s};

    a->reasons = 0;
    if (final)
        add_reason(a, final);
    for (int i = a->reached - 1; i >= 0; i--)
        add_reason(a, &p->decided[i]);
    if (p->shock.limit != 0)
        add_reason(a, &p->shock);
    if (p->gap)
        add_reason(a, &gap);
    /* An event that began with a pick stays picked after its window has closed. */
    for (int i = 0; i < e->guards; i++)
        if (a->onset_id == 0 || e->guard[i].kind != ALERT_REASON_NO_ONSET)
            add_reason(a, &e->guard[i]);
}

static void tell(struct policy *p, const struct evidence *e, enum alert_phase phase,
                 const struct alert_reason *final, struct sink *sink)
{
    struct alert *a = &p->alert;

    a->revision++;
    a->phase = phase;
    a->is_final = final != NULL;
    a->time_s = e->time_s;
    give_reasons(p, e, final, a);
    p->told_s = e->time_s;
    p->told_predicted = a->predicted[INTENSITY_GBT];
    p->told_observed = a->observed[INTENSITY_GBT];
    if (sink->n < sink->max)
        sink->out[sink->n++] = *a;
}

static void finish(struct policy *p, const struct evidence *e, enum alert_phase phase,
                   const struct alert_reason *final, struct sink *sink)
{
    tell(p, e, phase, final, sink);
    p->open = false;
}

/* ---- the event ---- */

static void begin(struct policy *p, const struct report *r, const struct evidence *e, double background)
{
    struct alert *a = &p->alert;

    memset(a, 0, sizeof *a);
    p->open = true;
    p->seen = p->gap = p->low = false;
    p->lost = 0;
    memset(&p->lull, 0, sizeof p->lull);
    p->peaks = e->in_window ? e->ok : e->steady;
    p->shock.limit = 0;
    a->sensor = r->sensor;
    a->event = ++p->events;
    a->onset_id = e->onset_id;
    a->onset_s = e->onset_s;
    a->scale = scale_of(p);
    a->status = ALERT_ACTUAL;
    a->background = background;
    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        a->threshold[i].intensity = p->conf.threshold[i];
}

static bool is_own_window(const struct policy *p, const struct evidence *e)
{
    return e->in_window && e->onset_id == p->alert.onset_id;
}

static void observe(struct policy *p, const struct report *r, const struct evidence *e)
{
    const struct window_report *w = &r->window;
    struct evidence_peaks *peaks = &p->peaks;
    struct alert *a = &p->alert;

    peaks->pga_mps2 = fmax(peaks->pga_mps2, r->step.pga_mps2);
    peaks->pgv_mps = fmax(peaks->pgv_mps, r->step.pgv_mps);
    if (isfinite(r->step.jma))
        peaks->jma = fmax(peaks->jma, r->step.jma);
    if (is_own_window(p, e) && isfinite(w->pga_mps2) && isfinite(w->pgv_mps)) {
        peaks->pga_mps2 = fmax(peaks->pga_mps2, w->pga_mps2);
        peaks->pgv_mps = fmax(peaks->pgv_mps, w->pgv_mps);
    }
    a->pga_mps2 = peaks->pga_mps2;
    a->pgv_mps = peaks->pgv_mps;
    for (int i = 0; i < INTENSITY_SCALES; i++)
        a->observed[i] = evidence_intensity((enum intensity_scale)i, peaks);
    for (int i = 0; i < ALERT_THRESHOLDS; i++) {
        struct alert_threshold *t = &a->threshold[i];
        if (!t->crossed && a->observed[a->scale] >= t->intensity) {
            t->crossed = true;
            t->crossed_s = e->time_s;
        }
    }
}

/* The reported prediction: kept up while the window's features still improve it, then it stands. */
static void foresee(struct policy *p, const struct evidence *e)
{
    const struct prediction *now = &e->prediction;
    struct alert *a = &p->alert;

    if (is_own_window(p, e) && e->trusted) {
        a->has_prediction = true;
        a->mu = now->mu;
        a->sigma = now->sigma;
        a->s_probability = now->s_probability;
        a->pd_m = e->pd_m;
        a->snr = now->snr;
        a->predicted_pga_log = now->pga_log;
        a->predicted_pgv_log = now->pgv_log;
        for (int i = 0; i < ALERT_THRESHOLDS; i++)
            a->threshold[i].p = now->p[i];
        for (int i = 0; i < INTENSITY_SCALES; i++)
            a->predicted[i] = now->value[i];
        a->predicted[INTENSITY_GBT] =
            predict_reported(&p->conf, now, e->s_weight, a->observed[INTENSITY_GBT]);
    }
    for (int i = 0; i < INTENSITY_SCALES && a->has_prediction; i++)
        a->predicted[i] = fmax(a->predicted[i], a->observed[i]);
}

/* Thresholds that are reached now and were not; true when there is one. */
static bool raise_level(struct policy *p, const struct evidence *e)
{
    struct alert *a = &p->alert;
    int observed = e->observed > e->sustained ? e->observed : e->sustained;
    int reached = e->predicted > observed ? e->predicted : observed, before = a->reached;
    const struct evidence_peaks *peaks = e->observed >= e->sustained ? &e->ok : &e->steady;
    double background = e->in_window ? e->background : a->background;

    for (int i = 0; i < reached; i++) {
        struct alert_threshold *t = &a->threshold[i];
        struct alert_reason *why = &p->decided[i];

        if (i < observed && (!t->reached || t->basis == ALERT_PREDICTED)) {
            t->basis = ALERT_OBSERVED;
            *why = (struct alert_reason){
                ALERT_REASON_OBSERVED, t->intensity, evidence_intensity(a->scale, peaks),
                fmax(t->intensity - p->conf.floor_margin, background + p->conf.background_step), e->time_s};
        } else if (!t->reached) {
            t->basis = ALERT_PREDICTED;
            *why = (struct alert_reason){ALERT_REASON_PREDICTED, t->intensity, e->prediction.p[i],
                                         p->conf.p_limit[i], e->time_s};
        }
        if (!t->reached)
            t->reached_s = e->time_s;
        t->reached = true;
    }
    if (reached > a->reached)
        a->reached = reached;
    p->seen |= observed > 0;
    a->level = (enum alert_level)(a->reached < ALERT_ALARM ? a->reached : ALERT_ALARM);
    a->basis = a->level ? a->threshold[a->level - 1].basis : ALERT_PREDICTED;
    return a->reached > before;
}

/* A new event in the coda of the open one: by its own window (*e stays), or by sustained shaking alone (*e
 * loses its window). */
static bool second_shock(struct policy *p, struct evidence *e, struct alert_reason *why)
{
    double rise = evidence_intensity(INTENSITY_GBT, &e->steady), limit = p->lull.trough + p->conf.second_rise;

    *why = (struct alert_reason){ALERT_REASON_SECOND_SHOCK, 0, rise, limit, e->time_s};
    if (!p->lull.fallen)
        return false;
    if (e->in_window && e->onset_id != p->alert.onset_id && e->onset_s > p->lull.fell_s &&
        (e->predicted || e->observed)) {
        why->value = e->so_far;
        return true;
    }
    if (e->time_s - p->alert.onset_s < p->conf.second_after_s || !e->sustained || rise < limit)
        return false;
    e->in_window = e->trusted = false;
    e->predicted = e->observed = 0;
    e->onset_id = 0;
    e->onset_s = e->steady_onset_s;
    return true;
}

/* Predicted, and nothing came. */
static bool is_refuted(const struct policy *p, const struct evidence *e)
{
    const struct alert *a = &p->alert;
    double since = e->time_s - a->onset_s;
    double least = a->threshold[a->reached - 1].intensity - p->conf.cancel_margin;

    if (p->seen || p->gap || a->observed[a->scale] >= least)
        return false;
    return since >= p->conf.cancel_after_s - SLACK_S ||
           (since >= p->conf.cancel_quiet_s - SLACK_S &&
            a->current < a->observed[INTENSITY_GBT] - p->conf.cancel_fall);
}

static bool is_quiet(struct policy *p, const struct evidence *e, double limit)
{
    if (!(p->alert.current < limit)) {
        p->low = false;
        return false;
    }
    if (!p->low)
        p->low_since_s = e->time_s;
    p->low = true;
    return e->time_s - p->low_since_s >= p->conf.end_after_s - SLACK_S;
}

/* The event's end, or an update when something moved. */
static void live(struct policy *p, const struct evidence *e, bool has_current, struct sink *sink)
{
    const struct policy_conf *c = &p->conf;
    const struct alert *a = &p->alert;
    double limit = fmax(c->end_below, a->background + c->end_background_step);

    if (has_current) {
        evidence_lull_step(&p->lull, c, a->current, e->time_s);
        if (is_refuted(p, e)) {
            const struct alert_reason why = {
                ALERT_REASON_NOT_FOLLOWED, a->threshold[a->reached - 1].intensity, a->observed[a->scale],
                a->threshold[a->reached - 1].intensity - c->cancel_margin, e->time_s};
            finish(p, e, ALERT_PHASE_CANCEL, &why, sink);
            evidence_spend(&p->evidence);
            return;
        }
        if (is_quiet(p, e, limit)) {
            const struct alert_reason why = {ALERT_REASON_QUIET, 0, a->current, limit, e->time_s};
            finish(p, e, ALERT_PHASE_SHAKING_ENDED, &why, sink);
            evidence_spend(&p->evidence);
            return;
        }
    }
    if (e->time_s - p->told_s >= c->revision_interval_s - SLACK_S &&
        (fabs(a->predicted[INTENSITY_GBT] - p->told_predicted) >= c->revision_step ||
         fabs(a->observed[INTENSITY_GBT] - p->told_observed) >= c->revision_step))
        tell(p, e, ALERT_PHASE_UPDATE, NULL, sink);
}

static void step(struct policy *p, const struct report *r, struct sink *sink)
{
    const struct step_report *s = &r->step;
    bool has_current = r->armed_observed && isfinite(s->current_pga_mps2) && isfinite(s->current_pgv_mps);
    double background = p->alert.background;
    struct alert_reason why;

    if (!evidence_step(&p->evidence, &p->conf, r, p->open ? background : NAN, &p->now)) {
        p->now.time_s = NAN; /* of no step */
        return;
    }
    if (!p->open && !p->now.predicted && !p->now.observed && !p->now.sustained)
        return;
    struct evidence e = p->now; /* what follows may change it */
    if (p->open && second_shock(p, &e, &why)) {
        finish(p, &e, ALERT_PHASE_SHAKING_ENDED, &why, sink);
        if (!e.in_window)
            evidence_spend(&p->evidence);
        begin(p, r, &e, background);
        p->shock = why;
    } else if (!p->open) {
        begin(p, r, &e, e.in_window ? e.background : e.steady_background);
    }
    if (p->alert.onset_id == 0 && e.in_window)
        p->alert.onset_id = e.onset_id; /* the pick came after the shaking */
    p->alert.t_s = e.time_s - (is_own_window(p, &e) ? e.onset_s : p->alert.onset_s);
    if (has_current)
        p->alert.current = intensity_gbt_raw(s->current_pga_mps2, s->current_pgv_mps);
    observe(p, r, &e);
    foresee(p, &e);
    if (raise_level(p, &e))
        tell(p, &e, p->alert.revision ? ALERT_PHASE_UPDATE : ALERT_PHASE_ALERT, NULL, sink);
    else
        live(p, &e, has_current, sink);
}

int policy_feed(struct policy *p, const struct report *report, struct alert *out, size_t max)
{
    struct sink sink = {out, max, 0};

    if (!report->scale_known && report->kind != REPORT_GAP)
        return 0;
    switch (report->kind) {
    case REPORT_STEP:
        step(p, report, &sink);
        break;
    case REPORT_ONSET:
    case REPORT_REFINED:
        /* An onset that opened no window of its own is a later phase of the one that is open: it changes
         * nothing. */
        if (report->window.onset_id == 0 || report->window.onset_id == report->onset.id)
            evidence_onset(&p->evidence, &report->onset, report->kind == REPORT_REFINED);
        break;
    case REPORT_GAP:
        evidence_gap(&p->evidence);
        p->gap = p->open;
        p->lost += report->lost;
        p->low = false;
        break;
    case REPORT_REJECT:
        if (onset_is_blow(report->reject.reason))
            evidence_blow(&p->evidence, report->reject.candidate_s, report->time_s);
        break;
    }
    return (int)sink.n;
}
