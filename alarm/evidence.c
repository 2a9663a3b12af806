#include "alarm/evidence.h"

#include <math.h>
#include <string.h>

#include "dsp/vec.h"

/* UNKNOWN: intensity where nothing is known. SLACK: reports come every 0.1 s, rounded to samples. */
static const double UNKNOWN = -9, NEVER = -1e9, SLACK_S = 1e-3, HALF_STEP_S = 0.05;

static const struct evidence_peaks nothing = {0, 0, -9};

double evidence_intensity(enum intensity_scale scale, const struct evidence_peaks *peaks)
{
    struct intensity_motion m = {peaks->pga_mps2, peaks->pgv_mps, peaks->pga_mps2, peaks->pgv_mps,
                                 peaks->jma};

    return intensity_of(scale, &m);
}

static double asked(struct evidence_asked *last, double pga_mps2, double pgv_mps)
{
    if (pga_mps2 != last->pga_mps2 || pgv_mps != last->pgv_mps)
        *last = (struct evidence_asked){pga_mps2, pgv_mps, intensity_gbt_raw(pga_mps2, pgv_mps)};
    return last->intensity;
}

/* A window that opens in the coda of another continues it in two things: what was observed, and the
 * background, which is that before the first of them. */
static void forget_window(struct evidence_state *s, uint32_t id)
{
    bool continues = s->later && s->window_id != 0 && id != 0;

    s->after_blow = continues && (s->after_blow || s->spike);
    s->window_id = id;
    s->opened = true;
    s->spent = s->abrupt = s->spike = false;
    s->spike_tail = 1;
    s->veto_s = s->s_wave_s = NEVER;
    if (continues)
        return;
    s->ok = nothing;
    for (int i = 0; i < EVIDENCE_STEPS; i++)
        s->ok_before[i] = nothing;
    s->window_background = INFINITY;
}

static void forget_stream(struct evidence_state *s)
{
    for (int i = 0; i < EVIDENCE_STEPS; i++) {
        s->step[i] = nothing;
        s->raw_pga[i] = 0;
        s->step_s[i] = NEVER;
    }
    for (int i = 0; i < EVIDENCE_SECONDS; i++)
        s->lowest[i] = INFINITY;
    for (int i = 0; i < EVIDENCE_STEPS; i++)
        s->ok_before[i] = nothing;
    s->floor_veto_s = s->blow_s = NEVER;
    s->second = INT64_MIN;
}

void evidence_init(struct evidence_state *s)
{
    memset(s, 0, sizeof *s);
    s->background = s->current = s->recent = (struct evidence_asked){NAN, NAN, NAN};
    forget_stream(s);
    forget_window(s, 0);
}

void evidence_blow(struct evidence_state *s, double from_s, double now_s)
{
    unsigned at = s->at;

    if (!isfinite(from_s) || !isfinite(now_s))
        return;
    s->blow_s = now_s;
    /* Back to what was known before the step in which it began; what lies further back than the ring stays. */
    for (unsigned i = 0; i < EVIDENCE_STEPS; i++) {
        unsigned k = (s->at + EVIDENCE_STEPS - i) % EVIDENCE_STEPS;
        if (s->step_s[k] < from_s)
            break;
        s->step[k] = nothing;
        s->raw_pga[k] = 0;
        at = (k + EVIDENCE_STEPS - 1) % EVIDENCE_STEPS;
    }
    s->ok = s->ok_before[at];
}

void evidence_gap(struct evidence_state *s)
{
    forget_stream(s);
    s->spent = true;
    s->ok = nothing;
}

void evidence_spend(struct evidence_state *s)
{
    s->spent = true;
    s->ok = nothing;
    for (int i = 0; i < EVIDENCE_STEPS; i++)
        s->step[i] = nothing;
}

void evidence_lull_step(struct evidence_lull *lull, const struct policy_conf *conf, double current,
                        double time_s)
{
    if (lull->fallen) {
        lull->trough = fmin(lull->trough, current);
    } else if (current >= conf->second_below) {
        lull->high = true;
    } else if (lull->high) {
        lull->fallen = true;
        lull->fell_s = time_s;
        lull->trough = current;
    }
}

void evidence_onset(struct evidence_state *s, const struct onset_report *onset, bool refined)
{
    if (!isfinite(onset->onset_s))
        return;
    if (refined) {
        if (onset->id == s->onset_id)
            s->onset_s = onset->onset_s;
        return;
    }
    s->onset_id = onset->id;
    s->onset_s = onset->onset_s;
    s->later = onset->phase != ONSET_P;
    memset(&s->lull, 0, sizeof s->lull);
}

/* ---- the stream ---- */

static double background_of(struct evidence_state *s, const struct step_report *step)
{
    if (!(step->background_pga_mps2 > 0) || !(step->background_pgv_mps > 0) ||
        !isfinite(step->background_pga_mps2) || !isfinite(step->background_pgv_mps))
        return UNKNOWN;
    return asked(&s->background, step->background_pga_mps2, step->background_pgv_mps);
}

/* The lowest background of the last floor_background_s; unknown only where none of them is known. */
static double lowest_background(struct evidence_state *s, const struct policy_conf *conf, double now_s,
                                double background)
{
    int64_t second = (int64_t)floor(now_s);

    if (s->second == INT64_MIN || second < s->second || second - s->second >= EVIDENCE_SECONDS)
        s->second = second - EVIDENCE_SECONDS;
    if (s->second < second) {
        while (s->second < second)
            s->lowest[(uint64_t)++s->second % EVIDENCE_SECONDS] = INFINITY;
        s->lowest_before = INFINITY;
        for (int64_t i = 1; i <= (int64_t)conf->floor_background_s; i++)
            s->lowest_before =
                vec_min(s->lowest_before, s->lowest[(uint64_t)(second - i) % EVIDENCE_SECONDS]);
    }
    double *lowest = &s->lowest[(uint64_t)second % EVIDENCE_SECONDS];
    if (background > UNKNOWN)
        *lowest = fmin(*lowest, background);
    double low = vec_min(s->lowest_before, *lowest);
    return low == INFINITY ? UNKNOWN : low;
}

static void push_step(struct evidence_state *s, const struct step_report *step, double now_s, bool vetoed)
{
    s->at = (s->at + 1) % EVIDENCE_STEPS;
    s->raw_pga[s->at] = step->pga_mps2;
    s->step_s[s->at] = now_s;
    s->step[s->at] = vetoed ? nothing
                            : (struct evidence_peaks){step->pga_mps2, step->pgv_mps,
                                                      isfinite(step->jma) ? step->jma : nothing.jma};
}

/* The value that at least n (1..count) of the values reach; sorts them that far. Every step asks three times: by
 * exchanges without branches, as which value is larger cannot be foreseen. */
static double nth_largest(double *value, int count, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < count; j++) {
            double larger = vec_max(value[j], value[i]);
            value[j] = vec_min(value[j], value[i]);
            value[i] = larger;
        }
    return value[n - 1];
}

static struct evidence_peaks steady_peaks(const struct evidence_state *s, const struct policy_conf *conf)
{
    double a[EVIDENCE_RECENT], v[EVIDENCE_RECENT], j[EVIDENCE_RECENT], largest = 0;
    struct evidence_peaks peaks;

    for (unsigned i = 0; i < EVIDENCE_RECENT; i++) {
        const struct evidence_peaks *step = &s->step[(s->at + EVIDENCE_STEPS - i) % EVIDENCE_STEPS];
        a[i] = step->pga_mps2;
        v[i] = step->pgv_mps;
        j[i] = step->jma;
    }
    for (int i = 0; i < EVIDENCE_STEPS; i++)
        largest = vec_max(largest, s->raw_pga[i]);
    peaks.pga_mps2 = nth_largest(a, EVIDENCE_RECENT, conf->sustain_steps);
    peaks.pgv_mps = nth_largest(v, EVIDENCE_RECENT, conf->sustain_steps);
    peaks.jma = nth_largest(j, EVIDENCE_RECENT, conf->sustain_steps);
    return peaks.pga_mps2 >= conf->sustain_ratio * largest ? peaks : nothing;
}

/* Where the sustained shaking began: the earliest of the recent steps that has at least a third of what is
 * sustained. */
static double steady_onset_s(const struct evidence_state *s, double steady_pga)
{
    double onset_s = s->step_s[s->at];

    for (int i = 0; i < EVIDENCE_STEPS; i++)
        if (s->raw_pga[i] >= steady_pga / 3 && s->step_s[i] > NEVER)
            onset_s = vec_min(onset_s, s->step_s[i]);
    return onset_s;
}

/* How many thresholds these peaks reach: the margin on the chosen scale, the background in GB/T. Just started
 * and without a background, it may be a machine that shakes: only what reaches the alarm's threshold in full
 * counts. */
static int reached_by(const struct policy_conf *conf, const struct evidence_peaks *peaks, double background)
{
    double gbt = evidence_intensity(INTENSITY_GBT, peaks), value = gbt;
    int n = 0;

    if (gbt < background + conf->background_step)
        return 0;
    if (conf->scale != INTENSITY_GBT)
        value = evidence_intensity((enum intensity_scale)conf->scale, peaks);
    if (background <= UNKNOWN && value < conf->threshold[ALERT_ALARM - 1])
        return 0;
    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        if (value >= conf->threshold[i] - conf->floor_margin)
            n = i + 1;
    return n;
}

/* Even the largest of the recent steps falls short of the background's step: nothing is sustained, and nothing
 * needs to be sorted, which is so in nearly every step. Below 6 GB/T grows with both peaks; above it does not. */
static bool may_be_sustained(struct evidence_state *s, const struct policy_conf *conf, double background)
{
    struct evidence_peaks most = nothing;

    for (unsigned i = 0, k = s->at; i < EVIDENCE_RECENT; i++) {
        most.pga_mps2 = vec_max(most.pga_mps2, s->step[k].pga_mps2);
        most.pgv_mps = vec_max(most.pgv_mps, s->step[k].pgv_mps);
        k = k ? k - 1 : EVIDENCE_STEPS - 1;
    }
    double value = asked(&s->recent, most.pga_mps2, most.pgv_mps);
    return value >= 6 || value >= background + conf->background_step;
}

/* ---- the window ---- */

static void guard(struct evidence *e, enum alert_reason_kind kind, double value, double limit)
{
    if (e->guards < EVIDENCE_GUARDS)
        e->guard[e->guards++] = (struct alert_reason){kind, 0, value, limit, e->time_s};
}

/* The beginning so strong that it may be a blow: true while nothing of this window counts. */
static bool maybe_blow(struct evidence_state *s, const struct policy_conf *conf,
                       const struct window_report *w, struct evidence *e)
{
    /* In a coda the ground shakes already: nothing begins suddenly. After a blow it may be the next one. */
    bool strong = e->so_far >= conf->abrupt_intensity && (!s->later || s->after_blow);
    bool late = w->t_s >= conf->spike_wait_s - SLACK_S;

    if (w->t_s <= conf->abrupt_s + SLACK_S)
        s->abrupt = strong;
    if (!s->spike && s->abrupt && late && w->t_s <= conf->spike_to_s + SLACK_S && w->tail < conf->tail_min) {
        s->spike = true;
        s->spike_tail = w->tail;
    }
    if (s->spike) {
        s->ok = nothing; /* a window that continues this one must not inherit the blow */
        guard(e, ALERT_REASON_HELD_SPIKE, s->spike_tail, conf->tail_min);
    }
    if (!s->spike && strong && !late)
        guard(e, ALERT_REASON_HELD_SPIKE, w->t_s, conf->spike_wait_s);
    return s->spike || (strong && !late);
}

/* All guards of the prediction but the S wave; each that holds is told. True when none does. */
static bool may_trust(struct evidence_state *s, const struct policy_conf *conf, const struct report *r,
                      struct evidence *e)
{
    const struct window_report *w = &r->window;
    int before = e->guards;

    if (e->background > conf->quiet_max)
        guard(e, ALERT_REASON_UNFIT_BACKGROUND, e->background, conf->quiet_max);
    if (!w->has_background || !(w->pd_noise_m > 0))
        guard(e, ALERT_REASON_NO_QUIET, 0, 0);
    else if (!(e->prediction.snr >= conf->snr_min))
        guard(e, ALERT_REASON_REJECTED_NOISE, e->prediction.snr, conf->snr_min);
    double hv_max = s->later ? conf->later_hv_max_log : conf->hv_max_log;
    if (!(w->hv_log <= hv_max))
        guard(e, ALERT_REASON_REJECTED_HORIZONTAL, w->hv_log, hv_max);
    if (s->later && w->t_s < conf->later_from_s - SLACK_S)
        guard(e, ALERT_REASON_LATER_PHASE, w->t_s, conf->later_from_s);
    if (e->time_s - s->veto_s < conf->veto_s - HALF_STEP_S) {
        if (r->step.low_ratio_log > conf->low_ratio_max)
            guard(e, ALERT_REASON_HELD_SPECTRUM_LOW, r->step.low_ratio_log, conf->low_ratio_max);
        else
            guard(e, ALERT_REASON_HELD_SPECTRUM_HIGH, r->step.high_ratio_log, conf->high_ratio_max);
    }
    return e->guards == before;
}

static int reached_by_prediction(const struct policy_conf *conf, const struct prediction *p)
{
    int n = 0;

    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        if (p->p[i] > conf->p_limit[i])
            n = i + 1;
    return n;
}

static void grow(struct evidence_peaks *to, double pga, double pgv, double jma)
{
    to->pga_mps2 = fmax(to->pga_mps2, pga);
    to->pgv_mps = fmax(to->pgv_mps, pgv);
    to->jma = fmax(to->jma, jma);
}

static void step_window(struct evidence_state *s, const struct policy_conf *conf, const struct report *r,
                        bool floor_vetoed, struct evidence *e)
{
    const struct window_report *w = &r->window;
    const struct step_report *step = &r->step;
    bool blow, closed = w->t_s > conf->window_to_s + SLACK_S, s_wave;

    e->so_far = intensity_gbt_raw(w->pga_mps2, w->pgv_mps);
    if (!floor_vetoed) { /* steps before the declaration count too */
        if (s->opened && isfinite(w->pga_mps2) && isfinite(w->pgv_mps))
            grow(&s->ok, w->pga_mps2, w->pgv_mps, nothing.jma);
        grow(&s->ok, step->pga_mps2, step->pgv_mps, isfinite(step->jma) ? step->jma : nothing.jma);
    }
    s->opened = false;
    if (!(step->high_ratio_log <= conf->high_ratio_max) || !(step->low_ratio_log <= conf->low_ratio_max))
        s->veto_s = e->time_s;
    e->has_prediction = predict_window(conf, w, &e->prediction);
    if (e->has_prediction && e->prediction.s_probability > 0.5)
        s->s_wave_s = e->time_s;
    blow = maybe_blow(s, conf, w, e);
    e->in_window = !blow;
    e->ok = s->ok;
    if (!blow)
        e->observed = reached_by(conf, &s->ok, e->background);
    if (!e->has_prediction)
        return;
    e->pd_m = w->pd_m;
    s_wave = e->time_s - s->s_wave_s < conf->s_hold_s - HALF_STEP_S;
    e->s_weight = s_wave ? 1 : e->prediction.s_probability;
    if (closed)
        guard(e, ALERT_REASON_WINDOW_CLOSED, w->t_s, conf->window_to_s);
    if (w->t_s > fmax(conf->report_to_s, conf->window_to_s) + SLACK_S)
        return;
    e->trusted = may_trust(s, conf, r, e) && !blow;
    if (s_wave && !closed)
        guard(e, ALERT_REASON_HELD_S_WAVE, e->prediction.s_probability, 0.5);
    if (e->trusted && !s_wave && !closed && w->t_s >= conf->window_from_s - SLACK_S)
        e->predicted = reached_by_prediction(conf, &e->prediction);
}

static void begin(struct evidence *e, double time_s)
{
    e->time_s = time_s;
    e->onset_id = 0;
    e->onset_s = e->steady_onset_s = 0;
    e->in_window = e->has_prediction = e->trusted = false;
    e->predicted = e->observed = e->sustained = e->guards = 0;
    e->background = e->steady_background = e->s_weight = e->pd_m = 0;
    e->so_far = UNKNOWN;
    e->ok = e->steady = nothing;
}

bool evidence_step(struct evidence_state *s, const struct policy_conf *conf, const struct report *r,
                   double background, struct evidence *e)
{
    const struct step_report *step = &r->step;
    bool vetoed, waiting = false;

    begin(e, r->time_s);
    if (!(fabs(r->time_s) < 1e12) || !isfinite(step->pga_mps2) || !isfinite(step->pgv_mps) ||
        step->pga_mps2 < 0 || step->pgv_mps < 0)
        return false;
    if (r->window.onset_id != s->window_id) {
        forget_window(s, r->window.onset_id);
        if (r->window.onset_id) /* ratios in a window count from its onset */
            s->floor_veto_s = NEVER;
    }
    if (!(step->high_ratio_log <= conf->high_ratio_floor) || !(step->low_ratio_log <= conf->low_ratio_floor))
        s->floor_veto_s = r->time_s;
    vetoed = r->time_s - s->floor_veto_s < conf->veto_s - HALF_STEP_S ||
             r->time_s - s->blow_s < conf->blow_s - HALF_STEP_S;
    push_step(s, step, r->time_s, vetoed || !r->armed_observed);
    e->background = background_of(s, step);
    if (r->window.onset_id)
        e->background = s->window_background = fmin(s->window_background, e->background);
    e->steady_background = lowest_background(s, conf, r->time_s, e->background);
    if (!isnan(background))
        e->steady_background = background;
    e->onset_id = r->window.onset_id;
    e->onset_s = s->onset_s;
    if (isfinite(step->current_pga_mps2) && isfinite(step->current_pgv_mps) && r->armed_observed)
        evidence_lull_step(&s->lull, conf, asked(&s->current, step->current_pga_mps2, step->current_pgv_mps),
                           r->time_s);
    if (!r->armed_observed) {
        s->opened = false; /* the window's maxima are of unsettled filters */
        return true;
    }

    if (e->onset_id == 0) {
        guard(e, ALERT_REASON_NO_ONSET, 0, 0);
    } else if (e->onset_id != s->onset_id || s->spent) {
        guard(e, ALERT_REASON_WINDOW_CLOSED, r->window.t_s, conf->window_to_s);
    } else {
        step_window(s, conf, r, vetoed, e);
        waiting = !e->in_window && !s->spike;
    }
    s->ok_before[s->at] = s->ok;
    if (!waiting && may_be_sustained(s, conf, e->steady_background)) {
        e->steady = steady_peaks(s, conf);
        e->sustained = reached_by(conf, &e->steady, e->steady_background);
        e->steady_onset_s = steady_onset_s(s, e->steady.pga_mps2);
    }
    if (e->sustained && !e->in_window) {
        e->onset_s = e->steady_onset_s;
        e->onset_id = 0;
    }
    return true;
}
