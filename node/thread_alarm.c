#include "node/thread_alarm.h"

#include <math.h>
#include <string.h>

#include "dsp/intensity.h"
#include "io/latest.h"

enum { TICK_MS = 100, CAUSES = 32 };

/* Which sample an order came from: outputs answer with the order's decided_ns. */
struct cause {
    int64_t decided_ns, received_ns;
};

struct event_name {
    uint32_t event;
    int64_t utc_ns;
    bool trusted;
};

struct alarm {
    const struct sys *sys;
    struct alarm_ways ways;
    struct thread thread;
    struct policy policy[ARBITER_SENSORS_MAX];
    struct arbiter arbiter;
    struct clock_state clock;
    struct cause cause[CAUSES];
    unsigned causes;
    struct event_name name[ARBITER_EVENTS_MAX * 2];
    unsigned names;
    /* events from before the restart; `open` until each has ended */
    struct alarm_resume resume;
    double quiet_since_s[ARBITER_SENSORS_MAX]; /* data time; NAN: not quiet */
    /* scratch, so that the stack stays small */
    struct sensed sensed;
    struct arbiter_input in;
    struct arbiter_out out;
    struct entry entry;
    bool told; /* entries, of which the record thread does not know yet */
    struct alert alert[POLICY_ALERTS_MAX];
    int64_t ticked_ns;

    bool sound_owed, lines_owed; /* the order that stands found its ring full */

    struct alarm_state state;
    struct latest head;
    _Atomic uint64_t word[LATEST_WORDS(struct alarm_state)];
    struct alarm_latency latency;
};

static int64_t now_ns(const struct alarm *a)
{
    return a->sys->mono_ns(a->sys->ctx);
}

static bool push(struct alarm *a, struct ring *ring, const void *slot)
{
    bool done = !ring || ring_push(ring, slot);

    a->state.refused += !done;
    return done;
}

/* The entry at hand. Whoever writes it down is woken once for all of a turn, when nothing more urgent is left. */
static void write_down(struct alarm *a)
{
    push(a, a->ways.record, &a->entry);
    a->told = true;
}

static void wake_record(struct alarm *a)
{
    if (a->told && a->ways.record_wake)
        wake_signal(a->ways.record_wake);
    a->told = false;
}

/* ---- names of events ---- */

static const struct event_name *name_of(const struct alarm *a, uint32_t event)
{
    static const struct event_name none = {0};

    for (size_t i = 0; event && i < sizeof a->name / sizeof *a->name; i++)
        if (a->name[i].event == event)
            return &a->name[i];
    return &none;
}

/* The name is frozen here: whatever the clock does later, the event keeps it. */
static void give_name(struct alarm *a, uint32_t event, int64_t onset_ns)
{
    struct event_name *n = &a->name[a->names++ % (sizeof a->name / sizeof *a->name)];

    clock_state(a->ways.clock, &a->clock);
    n->event = event;
    n->utc_ns = clock_utc_ns(&a->clock, onset_ns);
    n->trusted = a->clock.synchronised;
}

/* ---- telling ---- */

static struct entry *begin_entry(struct alarm *a, enum entry_kind kind, uint32_t event, int64_t at_ns)
{
    const struct event_name *name = name_of(a, event);

    memset(&a->entry, 0, sizeof a->entry);
    a->entry.kind = kind;
    a->entry.at_ns = at_ns;
    a->entry.event = event;
    a->entry.event_utc_ns = name->utc_ns;
    a->entry.event_utc_trusted = name->trusted;
    return &a->entry;
}

static void tell_reasons(struct alarm *a, int64_t at_ns)
{
    for (int i = 0; i < a->out.reasons; i++) {
        const struct arbiter_reason *r = &a->out.reason[i];
        begin_entry(a, ENTRY_REASON, r->event, at_ns)->reason = *r;
        write_down(a);
    }
}

/* What changed, and what found its ring full before: an output that has hung plays and sets in the end what stands. */
static void order(struct alarm *a)
{
    const struct arbiter_out *o = &a->out;

    if (o->has_sound || a->sound_owed)
        a->sound_owed = !push(a, a->ways.sound, &o->sound);
    if ((o->has_lines || a->lines_owed) && a->ways.lines) {
        a->lines_owed = !thread_lines_order(a->ways.lines, &o->lines);
        a->state.refused += a->lines_owed;
    }
}

/* What the last input did: orders first, everything else after. caused: the sample behind it, or NULL. onset_ns:
 * of an event that it began; 0: now. Returns when the orders were out. */
static int64_t carry_out(struct alarm *a, const struct sensed *caused, int64_t onset_ns)
{
    const struct arbiter_out *o = &a->out;
    int64_t decided_ns;

    order(a);
    decided_ns = now_ns(a);
    if (caused && (o->has_sound || o->has_lines)) {
        a->cause[a->causes++ % CAUSES] =
            (struct cause){o->has_sound ? o->sound.decided_ns : o->lines.decided_ns, caused->received_ns};
        histogram_add(&a->latency.decided, decided_ns - caused->received_ns);
    }
    for (int i = 0; i < o->reasons; i++)
        if (o->reason[i].why == ARBITER_EVENT_BEGAN && name_of(a, o->reason[i].event)->event == 0)
            give_name(a, o->reason[i].event, onset_ns ? onset_ns : decided_ns);
    if (o->has_sound) {
        a->state.sound = o->sound.sound;
        begin_entry(a, ENTRY_SOUND, o->sound.event, decided_ns)->sound = o->sound;
        write_down(a);
    }
    if (o->has_lines) {
        a->state.asserted = o->lines.asserted;
        begin_entry(a, ENTRY_LINES, o->lines.event, decided_ns)->lines = o->lines;
        write_down(a);
    }
    tell_reasons(a, decided_ns);
    return decided_ns;
}

static void feed(struct alarm *a, const struct sensed *caused)
{
    arbiter_feed(&a->arbiter, &a->in, &a->out);
    (void)carry_out(a, caused, 0);
}

static struct arbiter_input *begin_input(struct alarm *a, enum arbiter_kind kind)
{
    memset(&a->in, 0, sizeof a->in);
    a->in.kind = kind;
    a->in.at_ns = now_ns(a);
    return &a->in;
}

/* ---- reports ---- */

static void tell_alert(struct alarm *a, int sensor, uint32_t event, const struct alert *alert,
                       const struct sensed *s, int64_t decided_ns)
{
    begin_entry(a, ENTRY_ALERT, event, decided_ns);
    a->entry.alert.alert = *alert;
    a->entry.alert.alert.sensor = (uint32_t)sensor;
    a->entry.alert.origin_ns = s->origin_ns;
    a->entry.alert.stages = (struct entry_stages){s->sampled_ns, s->received_ns, s->detected_ns, decided_ns};
    write_down(a);
}

static void decide(struct alarm *a, int sensor, const struct alert *alert, const struct sensed *s)
{
    struct arbiter_input *in = begin_input(a, ARBITER_ALERT);
    uint32_t before = a->arbiter.sensor[sensor].in;
    int64_t decided_ns;

    in->sensor = sensor;
    in->alert = alert;
    arbiter_feed(&a->arbiter, in, &a->out);
    decided_ns = carry_out(a, s, s->origin_ns + (int64_t)llround(alert->onset_s * 1e9));
    /* A final alert leaves the event: it is told under the one that it was part of. */
    tell_alert(a, sensor, a->arbiter.sensor[sensor].in ? a->arbiter.sensor[sensor].in : before, alert, s,
               decided_ns);
}

/* The event from before the restart ends as it would have: quiet for as long as the policy asks. */
static void watch_resumed(struct alarm *a, int sensor, const struct sensed *s)
{
    const struct policy_conf *conf = &a->policy[sensor].conf;
    const struct report *r = &s->report;
    double *since_s = &a->quiet_since_s[sensor];

    if (!a->resume.sensor[sensor].open || r->kind != REPORT_STEP || !r->armed_observed)
        return;
    if (a->policy[sensor].open) { /* a new shock has taken its place */
        a->resume.sensor[sensor].open = false;
        return;
    }
    double current = intensity_gbt_raw(r->step.current_pga_mps2, r->step.current_pgv_mps);
    if (!(current < conf->end_below)) { /* GB/T, as in the policy; what is no number is not quiet */
        *since_s = NAN;
        return;
    }
    if (isnan(*since_s))
        *since_s = r->time_s;
    if (r->time_s - *since_s < conf->end_after_s)
        return;
    struct alert *last = &a->resume.sensor[sensor].alert;
    last->revision++;
    last->phase = ALERT_PHASE_SHAKING_ENDED;
    last->is_final = true;
    last->time_s = r->time_s;
    last->current = current;
    last->reason[0] = (struct alert_reason){ALERT_REASON_QUIET, 0, current, conf->end_below, r->time_s};
    last->reasons = 1;
    a->resume.sensor[sensor].open = false;
    decide(a, sensor, last, s);
}

static void note_report(struct alarm *a, int sensor, const struct report *r)
{
    struct alarm_sensor_state *s = &a->state.sensor[sensor];

    s->report_ns = a->sensed.detected_ns;
    s->armed_observed = r->armed_observed;
    s->armed_onset = r->armed_onset;
    s->picks += r->kind == REPORT_ONSET;
    s->rejects += r->kind == REPORT_REJECT;
    if (r->kind != REPORT_STEP)
        return;
    struct evidence_peaks peaks = {r->step.current_pga_mps2, r->step.current_pgv_mps, r->step.jma};
    s->current = evidence_intensity((enum intensity_scale)a->policy[sensor].conf.scale, &peaks);
    s->sta_lta = r->step.sta_lta;
    s->noise_mps2 = r->step.noise_mps2;
}

static void take_reports(struct alarm *a, int sensor)
{
    while (ring_pop(a->ways.sensed[sensor], &a->sensed)) {
        const struct sensed *s = &a->sensed;
        histogram_add(&a->latency.detected, s->detected_ns - s->received_ns);
        histogram_add(&a->latency.age, s->received_ns - s->sampled_ns);
        int n = policy_feed(&a->policy[sensor], &s->report, a->alert, POLICY_ALERTS_MAX);
        for (int i = 0; i < n; i++) {
            a->alert[i].status = a->ways.status;
            /* A second shock ends the first: that the shaking is over is not said while it begins again. */
            if (i + 1 < n)
                tell_alert(a, sensor, a->arbiter.sensor[sensor].in, &a->alert[i], s, now_ns(a));
            else
                decide(a, sensor, &a->alert[i], s);
        }
        note_report(a, sensor, &s->report);
        watch_resumed(a, sensor, s);
    }
}

/* ---- everything else ---- */

static void take_contacts(struct alarm *a)
{
    struct contact_change change;

    while (a->ways.lines && thread_lines_contact(a->ways.lines, &change)) {
        begin_input(a, ARBITER_CONTACT)->contact = change;
        feed(a, NULL);
        if (a->ways.siren && change.active && !change.fault &&
            a->arbiter.contacts->contact[change.index].role == CONTACT_CURRENT)
            siren_thread_current(a->ways.siren, change.at_ns);
    }
}

static void take_commands(struct alarm *a)
{
    struct arbiter_input in;

    while (a->ways.commands && ring_pop(a->ways.commands, &in)) {
        a->in = in;
        a->in.at_ns = now_ns(a);
        a->in.alert = NULL;
        feed(a, NULL);
    }
}

static void tell_done(struct alarm *a, const struct output_done *done)
{
    begin_entry(a, ENTRY_DONE, done->event, done->at_ns)->done.done = *done;
    for (int i = 0; i < CAUSES; i++)
        if (a->cause[i].received_ns && a->cause[i].decided_ns == done->decided_ns)
            a->entry.done.received_ns = a->cause[i].received_ns;
    int64_t took = done->at_ns - a->entry.done.received_ns;
    if (a->entry.done.received_ns && done->what == OUTPUT_SIREN_WRITTEN)
        histogram_add(&a->latency.siren, took);
    if (a->entry.done.received_ns && done->what == OUTPUT_LINE_SET)
        histogram_add(&a->latency.line, took);
    if (done->what == OUTPUT_SOUND_FAILED || done->what == OUTPUT_LINE_REFUSED ||
        done->what == OUTPUT_LINE_DIFFERS)
        a->entry.weight = ENTRY_FAULT;
    write_down(a);
}

static void take_done(struct alarm *a)
{
    struct output_done done;

    while (a->ways.siren_done && ring_pop(a->ways.siren_done, &done))
        tell_done(a, &done);
    while (a->ways.lines && thread_lines_done(a->ways.lines, &done))
        tell_done(a, &done);
}

static void tick(struct alarm *a)
{
    int64_t now = now_ns(a);

    if (now - a->ticked_ns < (int64_t)TICK_MS * 1000000)
        return;
    a->ticked_ns = now;
    begin_input(a, ARBITER_TICK)->minute = atomic_load_explicit(a->ways.minute, memory_order_relaxed);
    feed(a, NULL);
}

static void publish(struct alarm *a)
{
    const struct arbiter_event *top = arbiter_top(&a->arbiter);

    a->state.event = top ? top->id : 0;
    a->state.level = top ? top->level : ALERT_NONE;
    a->state.source = top ? top->source : SOURCE_LOCAL;
    a->state.exercise = top && top->exercise;
    a->state.events = a->arbiter.events_made;
    latest_put(&a->head, a->word, &a->state, sizeof a->state);
}

/* A line that waits for a person does so after a restart too, however long ago that was. */
static void resume_latches(struct alarm *a)
{
    const struct action_conf *actions = a->arbiter.actions;
    uint32_t mask = 0;

    for (size_t i = 0; i < actions->count; i++)
        for (int l = 0; l < a->resume.lines; l++)
            if (!strncmp(actions->action[i].output, "line:", 5) &&
                !strcmp(actions->action[i].output + 5, a->resume.asserted[l].text))
                mask |= 1u << i;
    arbiter_restore(&a->arbiter, mask);
}

/* The siren state right after a restart: the journal's open events are fed as their sensors' own, under their
 * old numbers and names. */
static void resume(struct alarm *a)
{
    uint32_t last = 0;

    for (int i = 0; i < a->ways.sensors; i++) {
        a->quiet_since_s[i] = NAN;
        uint32_t event = a->resume.sensor[i].open ? a->resume.sensor[i].alert.event : 0;
        last = event > last ? event : last;
    }
    if (last)
        a->arbiter.events_made = last - 1;
    for (int i = 0; i < a->ways.sensors; i++) {
        /* One event of the node's own is open at a time: a sensor that was left in an older one has no part in it. */
        a->resume.sensor[i].open = a->resume.sensor[i].open && a->resume.sensor[i].alert.event == last;
        if (!a->resume.sensor[i].open)
            continue;
        struct arbiter_input *in = begin_input(a, ARBITER_ALERT);
        in->sensor = i;
        in->alert = &a->resume.sensor[i].alert;
        arbiter_feed(&a->arbiter, in, &a->out);
        for (int k = 0; k < a->out.reasons; k++)
            if (a->out.reason[k].why == ARBITER_EVENT_BEGAN)
                a->name[a->names++] =
                    (struct event_name){a->out.reason[k].event, a->resume.sensor[i].onset_utc_ns,
                                        a->resume.sensor[i].utc_trusted};
        (void)carry_out(a, NULL, 0);
    }
    if (a->arbiter.events_made < a->resume.events)
        a->arbiter.events_made = a->resume.events;
}

static void run(struct thread *self, void *ctx)
{
    struct alarm *a = ctx;

    resume_latches(a);
    tick(a); /* the hour is known before anything sounds */
    resume(a);
    wake_record(a);
    while (!thread_stopping(self)) {
        wake_wait(a->ways.wake, TICK_MS);
        thread_beat(self);
        for (int i = 0; i < a->ways.sensors; i++)
            take_reports(a, i);
        take_contacts(a);
        take_commands(a);
        take_done(a);
        tick(a);
        publish(a);
        wake_record(a);
    }
}

int alarm_open(struct alarm **out, const struct sys *sys, const struct policy_conf *policy,
               const struct arbiter_conf *arbiter, const struct action_conf *actions,
               const struct contact_table *contacts, const struct alarm_ways *ways,
               const struct alarm_resume *resume_from, struct error *err)
{
    struct alarm *a = sys_alloc(sys, sizeof *a);

    *out = NULL;
    if (!a)
        return error_set(err, "out of memory");
    a->sys = sys;
    a->ways = *ways;
    if (resume_from)
        a->resume = *resume_from;
    for (int i = 0; i < ways->sensors; i++) {
        policy_init(&a->policy[i], policy);
        /* The numbers of a sensor's events go on too: an old one is never taken for a new one. */
        a->policy[i].events = a->resume.events;
        a->state.sensor[i].current = -9;
    }
    arbiter_init(&a->arbiter, arbiter, actions, contacts, policy->threshold, ways->sensors);
    a->arbiter.events_made = a->resume.events;
    publish(a);
    if (thread_start(&a->thread, "alarm", THREAD_FIFO_ALARM, run, a, err) != 0) {
        sys_free(sys, a);
        return -1;
    }
    *out = a;
    return 0;
}

void alarm_close(struct alarm *a)
{
    if (!a)
        return;
    thread_stop(&a->thread);
    wake_signal(a->ways.wake);
    thread_join(&a->thread);
    sys_free(a->sys, a);
}

void alarm_state(const struct alarm *a, struct alarm_state *state)
{
    (void)latest_get(&a->head, a->word, state, sizeof *state);
}

const struct alarm_latency *alarm_latency(const struct alarm *a)
{
    return &a->latency;
}

struct thread *alarm_thread(struct alarm *a)
{
    return &a->thread;
}
