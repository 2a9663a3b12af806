#include <math.h>
#include <string.h>

#include "alarm/arbiter_parts.h"

/* The ways that an episode is told by: each joins it once, and begins another the second time. */
enum lane { LANE_OWN, LANE_PEER, LANE_CONTACT, LANE_MESSAGE, LANE_DRILL };

static enum lane lane_of(const struct arbiter_event *e)
{
    if (e->exercise)
        return LANE_DRILL;
    if (e->source == SOURCE_LOCAL)
        return LANE_OWN;
    if (e->source == SOURCE_PEER)
        return LANE_PEER;
    return e->contact >= 0 ? LANE_CONTACT : LANE_MESSAGE;
}

bool arbiter_has_open(const struct arbiter *a, bool exercise)
{
    for (int i = 0; i < ARBITER_EVENTS_MAX; i++)
        if (a->event[i].open && a->event[i].exercise == exercise)
            return true;
    return false;
}

static void close_event(struct arbiter *a, struct arbiter_event *e, enum arbiter_why why, double value,
                        struct arbiter_out *out)
{
    e->open = false;
    arbiter_say(out, why, e->id, -1, -1, value, 0);
    arbiter_act_closed(a, e, why, out);
}

void arbiter_drill_end(struct arbiter *a, enum arbiter_why why, struct arbiter_out *out)
{
    for (int i = 0; i < ARBITER_EVENTS_MAX; i++)
        if (a->event[i].open && a->event[i].exercise)
            close_event(a, &a->event[i], why, 0, out);
}

/* A free slot; the least important event's where there is none, for what is new must be heard. */
static struct arbiter_event *free_slot(struct arbiter *a, struct arbiter_out *out)
{
    struct arbiter_event *least = NULL;

    for (int i = 0; i < ARBITER_EVENTS_MAX; i++) {
        struct arbiter_event *e = &a->event[i];
        if (!e->open)
            return e;
        if (e->source != SOURCE_LOCAL &&
            (!least || e->level < least->level || (e->level == least->level && e->id < least->id)))
            least = e;
    }
    close_event(a, least, ARBITER_EVENT_NO_ROOM, 0, out);
    return least;
}

/* The event that goes on beside the new one and has not been told in this way yet: the same earthquake. */
static void join_episode(struct arbiter *a, struct arbiter_event *e)
{
    struct arbiter_event *other = NULL;
    uint32_t lane = 1u << lane_of(e);

    e->episode = e->id;
    e->lanes = lane;
    if (e->exercise)
        return;
    for (int i = 0; i < ARBITER_EVENTS_MAX; i++) {
        struct arbiter_event *o = &a->event[i];
        if (o->open && o != e && !o->exercise && !(o->lanes & lane) && (!other || o->id > other->id))
            other = o;
    }
    if (!other)
        return;
    e->episode = other->episode;
    for (int i = 0; i < ARBITER_EVENTS_MAX; i++)
        if (a->event[i].open && a->event[i].episode == e->episode && !a->event[i].exercise)
            a->event[i].lanes |= lane;
    e->lanes = other->lanes;
}

static struct arbiter_event *begin(struct arbiter *a, enum sound_source source, bool exercise, int contact,
                                   double lasts_s, struct arbiter_out *out)
{
    struct arbiter_event *e;

    if (!exercise)
        arbiter_drill_end(a, ARBITER_DRILL_BROKEN, out);
    if (a->test_until_ns) {
        a->test_until_ns = 0;
        arbiter_say(out, ARBITER_TEST_ENDED, 0, -1, -1, 0, 0);
    }
    e = free_slot(a, out);
    *e = (struct arbiter_event){.open = true,
                                .id = ++a->events_made,
                                .source = source,
                                .exercise = exercise,
                                .contact = contact,
                                .observed_max = -INFINITY,
                                .countdown_s = NAN,
                                .began_ns = a->now_ns,
                                .heard_ns = a->now_ns,
                                .ends_ns = arbiter_after(a->now_ns, lasts_s)};
    join_episode(a, e);
    return e;
}

static void raise_level(struct arbiter_event *e, enum alert_level level, struct arbiter_out *out)
{
    e->revision++;
    if (level <= e->level)
        return;
    if (e->level == ALERT_NONE)
        arbiter_say(out, ARBITER_EVENT_BEGAN, e->id, -1, -1, level, e->source);
    else
        arbiter_say(out, ARBITER_EVENT_ROSE, e->id, -1, -1, level, e->level);
    e->level = level;
    memset(e->told, 0, sizeof e->told);
}

/* Of what comes as a level alone: an authority's word, a peer's, a drill's. */
static void raise_word(struct arbiter_event *e, enum alert_level level, struct arbiter_out *out)
{
    for (int t = 0; t < (int)level && t < ALERT_THRESHOLDS; t++) {
        e->reached[t] = true;
        e->p[t] = 1;
    }
    raise_level(e, level, out);
}

/* ---- the node's own event, of several sensors ---- */

static int fit_sensors(const struct arbiter *a)
{
    int n = 0;

    for (int i = 0; i < a->sensors; i++)
        n += a->sensor[i].fit;
    return n;
}

static bool counts(const struct arbiter_sensor *s, int fit)
{
    return s->fit || fit == 0;
}

static struct arbiter_event *own_event(struct arbiter *a)
{
    for (int i = 0; i < ARBITER_EVENTS_MAX; i++)
        if (a->event[i].open && a->event[i].source == SOURCE_LOCAL)
            return &a->event[i];
    return NULL;
}

static bool is_exercise(const struct arbiter_sensor *s)
{
    return s->alert.status != ALERT_ACTUAL;
}

static bool is_candidate(const struct arbiter_sensor *s, int fit)
{
    return s->open && s->in == 0 && s->alert.level >= ALERT_WATCH && counts(s, fit);
}

/* Sensors whose event is their first in this one. */
static void join_sensors(struct arbiter *a, const struct arbiter_event *e, int fit)
{
    for (int i = 0; i < a->sensors; i++) {
        struct arbiter_sensor *s = &a->sensor[i];
        if (is_candidate(s, fit) && s->was_in != e->id && is_exercise(s) == e->exercise)
            s->in = s->was_in = e->id;
    }
}

static void begin_own(struct arbiter *a, struct arbiter_event *before, int needed, int fit,
                      struct arbiter_out *out)
{
    int candidates = 0;
    bool exercise = true;
    struct arbiter_event *e;

    for (int i = 0; i < a->sensors; i++)
        if (is_candidate(&a->sensor[i], fit)) {
            candidates++;
            exercise = exercise && is_exercise(&a->sensor[i]);
        }
    if (candidates < needed) {
        if (candidates > 0 && !a->was_few)
            arbiter_say(out, ARBITER_SENSORS_FEW, 0, -1, -1, candidates, needed);
        a->was_few = candidates > 0;
        return;
    }
    a->was_few = false;
    if (exercise && arbiter_has_open(a, false)) { /* the real one goes on; an exercise does not mix with it */
        arbiter_say(out, ARBITER_DRILL_REFUSED, 0, -1, -1, 0, 0);
        return;
    }
    if (fit == 0)
        arbiter_say(out, ARBITER_SENSORS_UNFIT, 0, -1, -1, 0, a->sensors);
    if (before)
        close_event(a, before, ARBITER_EVENT_REPLACED, 0, out);
    e = begin(a, SOURCE_LOCAL, exercise, -1, a->conf.event_max_s, out);
    for (int i = 0; i < a->sensors; i++)
        if (is_candidate(&a->sensor[i], fit))
            a->sensor[i].in = a->sensor[i].was_in = e->id;
}

/* The needed-th largest: what so many sensors say at least. */
static double kth_largest(const double *x, int n, int k)
{
    double best = -INFINITY;

    for (int i = 0; i < n; i++) {
        int as_large = 0;
        for (int j = 0; j < n; j++)
            as_large += x[j] >= x[i];
        if (as_large >= k && x[i] > best)
            best = x[i];
    }
    return best;
}

static bool is_reached(const struct alert *a, int t)
{
    return a->threshold[t].reached || t < a->reached;
}

static bool is_observed(const struct alert *a, int t)
{
    return a->threshold[t].crossed || (is_reached(a, t) && a->threshold[t].basis == ALERT_OBSERVED);
}

static void gather_threshold(const struct arbiter *a, struct arbiter_event *e, int t, int needed)
{
    double p[ARBITER_SENSORS_MAX];
    int members = 0, reached = 0, observed = 0;

    for (int i = 0; i < a->sensors; i++) {
        const struct arbiter_sensor *s = &a->sensor[i];
        const struct alert_threshold *at = &s->alert.threshold[t];

        if (s->in != e->id)
            continue;
        reached += is_reached(&s->alert, t);
        observed += is_observed(&s->alert, t);
        p[members++] = isfinite(at->p) ? at->p : 0;
    }
    e->reached[t] = e->reached[t] || reached >= needed;
    e->observed[t] = e->observed[t] || observed >= needed;
    e->p[t] = members >= needed ? kth_largest(p, members, needed) : 0;
}

static void gather(const struct arbiter *a, struct arbiter_event *e, int needed, struct arbiter_out *out)
{
    double level[ARBITER_SENSORS_MAX];
    int members = 0;

    for (int i = 0; i < a->sensors; i++) {
        const struct alert *alert = &a->sensor[i].alert;
        double observed;

        if (a->sensor[i].in != e->id)
            continue;
        level[members++] = alert->level;
        observed = (unsigned)alert->scale < INTENSITY_SCALES ? alert->observed[alert->scale] : NAN;
        if (isfinite(observed) && observed > e->observed_max)
            e->observed_max = observed;
    }
    for (int t = 0; t < ALERT_THRESHOLDS; t++)
        gather_threshold(a, e, t, needed);
    if (members >= needed)
        raise_level(e, (enum alert_level)kth_largest(level, members, needed), out);
}

/* The fit ones decide: one that fell out within the event has no last word. Where it is all there is, it keeps the event. */
static void end_own(struct arbiter *a, struct arbiter_event *e, struct arbiter_out *out)
{
    bool fit_open = false, unfit_open = false, any_fit = false, all_cancelled = true;

    for (int i = 0; i < a->sensors; i++) {
        const struct arbiter_sensor *s = &a->sensor[i];

        if (s->in != e->id)
            continue;
        any_fit = any_fit || s->fit;
        *(s->fit ? &fit_open : &unfit_open) |= s->open;
        /* What it observed before it fell out did happen. */
        all_cancelled = all_cancelled && (s->has_cancelled || (s->open && !is_observed(&s->alert, 0)));
    }
    if (!(any_fit ? fit_open : unfit_open))
        close_event(a, e, all_cancelled ? ARBITER_EVENT_CANCELLED : ARBITER_EVENT_ENDED, e->observed_max,
                    out);
}

static void merge(struct arbiter *a, struct arbiter_out *out)
{
    int fit = fit_sensors(a), needed = fit == 0 ? 1 : a->conf.sensors < fit ? a->conf.sensors : fit;
    struct arbiter_event *e = own_event(a);

    if (e)
        join_sensors(a, e, fit);
    begin_own(a, e, needed, fit, out);
    e = own_event(a);
    if (!e)
        return;
    gather(a, e, needed, out);
    end_own(a, e, out);
}

void arbiter_sensor_fit(struct arbiter *a, const struct arbiter_input *in, struct arbiter_out *out)
{
    if (in->sensor < 0 || in->sensor >= a->sensors || a->sensor[in->sensor].fit == in->fit)
        return;
    a->sensor[in->sensor].fit = in->fit;
    arbiter_say(out, in->fit ? ARBITER_SENSOR_FIT : ARBITER_SENSOR_UNFIT, 0, -1, in->sensor, 0, 0);
    merge(a, out);
}

void arbiter_alert(struct arbiter *a, const struct arbiter_input *in, struct arbiter_out *out)
{
    struct arbiter_sensor *s;
    struct arbiter_event *e;

    if (in->sensor < 0 || in->sensor >= a->sensors || !in->alert)
        return;
    if (in->alert->status == ALERT_TEST) {
        arbiter_say(out, ARBITER_ALERT_TEST, 0, -1, in->sensor, 0, 0);
        return;
    }
    s = &a->sensor[in->sensor];
    if (s->alert.event != in->alert->event || s->alert.status != in->alert->status)
        s->in = 0;
    s->alert = *in->alert;
    s->open = !in->alert->is_final;
    s->has_cancelled = in->alert->phase == ALERT_PHASE_CANCEL;
    e = own_event(a);
    if (e && s->in == e->id) {
        e->heard_ns = a->now_ns;
        e->ends_ns = arbiter_after(a->now_ns, a->conf.event_max_s);
    }
    merge(a, out);
}

/* ---- foreign, official, drill ---- */

void arbiter_foreign(struct arbiter *a, const struct arbiter_foreign *f, struct arbiter_out *out)
{
    struct arbiter_event *e = NULL;

    for (int i = 0; i < ARBITER_EVENTS_MAX; i++)
        if (a->event[i].open && a->event[i].contact < 0 && a->event[i].source == f->source &&
            a->event[i].key == f->key)
            e = &a->event[i];
    if (f->phase == ALERT_PHASE_CANCEL || f->phase == ALERT_PHASE_SHAKING_ENDED) {
        if (e)
            close_event(a, e, f->phase == ALERT_PHASE_CANCEL ? ARBITER_EVENT_CANCELLED : ARBITER_EVENT_ENDED,
                        e->observed_max, out);
        return;
    }
    if (f->level < ALERT_WATCH || f->level > ALERT_ALARM || f->source == SOURCE_LOCAL ||
        f->source == SOURCE_OPERATOR)
        return;
    if (f->exercise && arbiter_has_open(a, false)) {
        arbiter_say(out, ARBITER_DRILL_REFUSED, 0, -1, -1, 0, 0);
        return;
    }
    if (!e) {
        e = begin(a, f->source, f->exercise, -1, 0, out);
        e->key = f->key;
    }
    e->heard_ns = a->now_ns;
    e->ends_ns =
        arbiter_after(a->now_ns, f->until_s > 0 && f->until_s < 86400 ? f->until_s : a->conf.official_s);
    e->countdown_s = f->countdown_s;
    a->countdown_moved = a->countdown_moved || isfinite(f->countdown_s);
    raise_word(e, f->level, out);
}

void arbiter_official_contact(struct arbiter *a, int index, bool closed, enum alert_level level,
                              struct arbiter_out *out)
{
    struct arbiter_event *e = NULL;

    for (int i = 0; i < ARBITER_EVENTS_MAX; i++)
        if (a->event[i].open && a->event[i].contact == index)
            e = &a->event[i];
    if (!closed) {
        if (e && e->closed_contact) {
            e->closed_contact = false;
            e->opened_ns = a->now_ns;
            e->ends_ns = arbiter_after(a->now_ns, a->conf.official_s);
        }
        return;
    }
    if (e && a->now_ns - e->opened_ns >= arbiter_after(0, a->conf.again_s)) {
        close_event(a, e, ARBITER_EVENT_REPLACED, 0, out);
        e = NULL;
    }
    if (!e)
        e = begin(a, SOURCE_OFFICIAL, false, index, 0, out);
    e->heard_ns = a->now_ns;
    e->closed_contact = true;
    e->ends_ns = arbiter_after(a->now_ns, a->conf.official_max_s);
    raise_word(e, level, out);
}

void arbiter_drill(struct arbiter *a, enum alert_level level, double for_s, struct arbiter_out *out)
{
    struct arbiter_event *e = NULL;

    if (arbiter_has_open(a, false) || level < ALERT_WATCH || level > ALERT_ALARM) {
        arbiter_say(out, ARBITER_DRILL_REFUSED, 0, -1, -1, level, 0);
        return;
    }
    for (int i = 0; i < ARBITER_EVENTS_MAX; i++)
        if (a->event[i].open && a->event[i].source == SOURCE_OPERATOR)
            e = &a->event[i];
    if (!(for_s > 0))
        for_s = a->conf.drill_s;
    if (for_s > a->conf.drill_max_s)
        for_s = a->conf.drill_max_s;
    if (!e) {
        e = begin(a, SOURCE_OPERATOR, true, -1, for_s, out);
        arbiter_say(out, ARBITER_DRILL_BEGAN, e->id, -1, -1, level, for_s);
    }
    e->ends_ns = arbiter_after(a->now_ns, for_s);
    raise_word(e, level, out);
}

void arbiter_expire_events(struct arbiter *a, struct arbiter_out *out)
{
    for (int i = 0; i < ARBITER_EVENTS_MAX; i++) {
        struct arbiter_event *e = &a->event[i];

        if (!e->open || a->now_ns < e->ends_ns)
            continue;
        if (e->closed_contact)
            arbiter_say(out, ARBITER_OFFICIAL_STUCK, e->id, -1, e->contact, a->conf.official_max_s, 0);
        if (e->source == SOURCE_LOCAL) /* a sensor that speaks again after all begins another */
            for (int s = 0; s < a->sensors; s++)
                if (a->sensor[s].in == e->id) {
                    a->sensor[s].open = false;
                    a->sensor[s].in = 0;
                }
        close_event(a, e, e->source == SOURCE_OPERATOR ? ARBITER_DRILL_ENDED : ARBITER_EVENT_EXPIRED,
                    (double)(a->now_ns - e->heard_ns) / 1e9, out);
    }
}
