/* The alarm thread between its rings: reports in, orders and entries out. Waits are bounded and generous: nothing here measures
 * time. */
#include "node/thread_alarm.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/near.h"

enum { SENSORS = 2, WAIT_MS = 20000, HISTORY = 100, ENTRIES = 512, SOUNDS = 64 };
#define SECOND INT64_C(1000000000)

struct ground { /* one sensor's */
    int steps;
    double intensity[HISTORY]; /* of the last 10 s, a ring */
};

struct bench {
    struct sys sys;
    _Atomic int64_t utc_shift_ns; /* how far the system's clock has been set */
    struct policy_conf policy;
    struct arbiter_conf arbiter;
    struct action_conf actions;
    struct contact_table contacts;
    struct clock clock;
    struct wake wake, record_wake;
    struct ring *sensed[SENSORS], *siren_done, *commands, *sound, *record;
    struct alarm_resume resume;
    struct alarm *alarm;
    _Atomic int minute;
    int64_t origin_ns;
    struct ground ground[SENSORS];
    /* what came out so far */
    struct entry entry[ENTRIES];
    int entries;
    struct sound_order order[SOUNDS];
    int orders;
};

static int64_t shifted_utc_ns(void *ctx)
{
    struct bench *b = ctx;

    return sys_real.utc_ns(NULL) + atomic_load(&b->utc_shift_ns);
}

static void pause_ms(long ms)
{
    struct timespec t = {.tv_nsec = ms * 1000000};

    nanosleep(&t, NULL);
}

static void must(int result, const struct error *err)
{
    if (result != 0)
        fail_msg("%s", err->text);
}

static void configure(struct bench *b, const char *set)
{
    struct conf_table tables[3] = {
        {.row = policy_rows, .rows = policy_rows_count, .target = &b->policy},
        {.row = arbiter_rows, .rows = arbiter_rows_count, .target = &b->arbiter},
        action_table(&b->actions),
    };
    struct error err = {""};

    must(conf_load(tables, 3, &sys_real, NULL, &set, set ? 1 : 0, &err), &err);
    must(policy_conf_check(&b->policy, &err), &err);
    must(action_check(&b->actions, NULL, 0, 0, b->policy.threshold, &err), &err);
}

static struct bench *bench_new(const char *set, size_t slots)
{
    struct bench *b = calloc(1, sizeof *b);
    struct error err = {""};

    assert_non_null(b);
    b->sys = sys_real;
    b->sys.ctx = b;
    b->sys.utc_ns = shifted_utc_ns;
    atomic_store(&b->minute, -1);
    configure(b, set);
    clock_init(&b->clock, &b->sys);
    must(wake_open(&b->wake, &err), &err);
    must(wake_open(&b->record_wake, &err), &err);
    for (int i = 0; i < SENSORS; i++)
        must(ring_open(&b->sensed[i], &sys_real, sizeof(struct sensed), 64, &b->wake, &err), &err);
    must(ring_open(&b->siren_done, &sys_real, sizeof(struct output_done), 16, &b->wake, &err), &err);
    must(ring_open(&b->commands, &sys_real, sizeof(struct arbiter_input), 16, &b->wake, &err), &err);
    must(ring_open(&b->sound, &sys_real, sizeof(struct sound_order), slots, NULL, &err), &err);
    must(ring_open(&b->record, &sys_real, sizeof(struct entry), slots, &b->record_wake, &err), &err);
    b->origin_ns = sys_real.mono_ns(NULL) - 100 * SECOND;
    return b;
}

static void start(struct bench *b, int sensors, enum alert_status status)
{
    struct alarm_ways ways = {.sensors = sensors,
                              .status = status,
                              .siren_done = b->siren_done,
                              .commands = b->commands,
                              .sound = b->sound,
                              .record = b->record,
                              .wake = &b->wake,
                              .clock = &b->clock,
                              .minute = &b->minute};
    struct error err = {""};

    memcpy(ways.sensed, b->sensed, sizeof b->sensed);
    must(alarm_open(&b->alarm, &b->sys, &b->policy, &b->arbiter, &b->actions, &b->contacts, &ways, &b->resume,
                    &err),
         &err);
}

static void bench_free(struct bench *b)
{
    alarm_close(b->alarm);
    for (int i = 0; i < SENSORS; i++)
        ring_close(b->sensed[i]);
    ring_close(b->siren_done);
    ring_close(b->commands);
    ring_close(b->sound);
    ring_close(b->record);
    wake_close(&b->wake);
    wake_close(&b->record_wake);
    free(b);
}

static void take_out(struct bench *b)
{
    while (b->orders < SOUNDS && ring_pop(b->sound, &b->order[b->orders]))
        b->orders++;
    while (b->entries < ENTRIES && ring_pop(b->record, &b->entry[b->entries]))
        b->entries++;
}

/* ---- the ground ---- */

/* So strong in GB/T 17742-2020, by acceleration and by velocity. */
static double pga_of(double intensity)
{
    return pow(10, (intensity - 6.59) / 3.17);
}
static double pgv_of(double intensity)
{
    return pow(10, (intensity - 9.77) / 3.0);
}

static double largest(const struct ground *g, int newest, int oldest)
{
    double max = -9;

    for (int back = newest; back <= oldest && back < g->steps && back < HISTORY; back++)
        max = fmax(max, g->intensity[(g->steps - 1 - back) % HISTORY]);
    return max;
}

static void push(struct bench *b, int sensor, const struct sensed *s)
{
    for (int i = 0; !ring_push(b->sensed[sensor], s); i++) {
        if (i == WAIT_MS)
            fail_msg("the alarm thread takes nothing");
        take_out(b);
        pause_ms(1);
    }
}

/* One step of 0.1 s, as the pipeline reports it outside of a window. */
static void step(struct bench *b, int sensor, double intensity)
{
    struct ground *g = &b->ground[sensor];
    struct sensed s = {.report = {.kind = REPORT_STEP, .sensor = (uint32_t)sensor, .scale_known = true}};
    struct step_report *r = &s.report.step;

    g->intensity[g->steps++ % HISTORY] = intensity;
    s.report.time_s = g->steps * 0.1;
    s.report.armed_observed = s.report.armed_onset = true;
    r->pga_mps2 = pga_of(intensity);
    r->pgv_mps = pgv_of(intensity);
    r->current_pga_mps2 = pga_of(largest(g, 0, HISTORY - 1));
    r->current_pgv_mps = pgv_of(largest(g, 0, HISTORY - 1));
    r->background_pga_mps2 = g->steps > 20 ? pga_of(largest(g, 10, HISTORY - 1)) : 0;
    r->background_pgv_mps = g->steps > 20 ? pgv_of(largest(g, 10, HISTORY - 1)) : 0;
    r->high_ratio_log = r->low_ratio_log = -1;
    r->jma = 0.6 * intensity;
    s.origin_ns = b->origin_ns;
    s.sampled_ns = b->origin_ns + (int64_t)(s.report.time_s * 1e9);
    s.received_ns = sys_real.mono_ns(NULL);
    s.detected_ns = sys_real.mono_ns(NULL);
    push(b, sensor, &s);
}

static void shake(struct bench *b, int sensors, double seconds, double intensity)
{
    for (int k = 0; k < (int)lround(seconds * 10); k++)
        for (int i = 0; i < sensors; i++)
            step(b, i, intensity);
}

/* ---- what came out ---- */

static const struct entry *find(const struct bench *b, enum entry_kind kind, int from)
{
    for (int i = from; i < b->entries; i++)
        if (b->entry[i].kind == kind)
            return &b->entry[i];
    return NULL;
}

static const struct entry *find_alert(const struct bench *b, enum alert_phase phase, int from)
{
    for (int i = from; i < b->entries; i++)
        if (b->entry[i].kind == ENTRY_ALERT && b->entry[i].alert.alert.phase == phase)
            return &b->entry[i];
    return NULL;
}

static const struct sound_order *find_sound(const struct bench *b, enum sound sound, int from)
{
    for (int i = from; i < b->orders; i++)
        if (b->order[i].sound == sound)
            return &b->order[i];
    return NULL;
}

static const struct sound_order *await_sound(struct bench *b, enum sound sound, int from)
{
    for (int i = 0; !find_sound(b, sound, from); i++) {
        if (i == WAIT_MS)
            fail_msg("sound %d was never ordered", sound);
        pause_ms(1);
        take_out(b);
    }
    return find_sound(b, sound, from);
}

static const struct entry *await_alert(struct bench *b, enum alert_phase phase, int from)
{
    for (int i = 0; !find_alert(b, phase, from); i++) {
        if (i == WAIT_MS)
            fail_msg("no alert of phase %d", phase);
        pause_ms(1);
        take_out(b);
    }
    return find_alert(b, phase, from);
}

/* Everything pushed has been taken, and what it brought has come out. */
static void settle(struct bench *b)
{
    uint64_t beats;

    for (int i = 0; i < SENSORS; i++)
        for (int k = 0;
             ring_waiting(b->sensed[i]) || ring_waiting(b->commands) || ring_waiting(b->siren_done); k++) {
            if (k == WAIT_MS)
                fail_msg("the alarm thread takes nothing");
            pause_ms(1);
        }
    beats = thread_beats(alarm_thread(b->alarm));
    for (int k = 0; k < WAIT_MS && thread_beats(alarm_thread(b->alarm)) < beats + 2; k++)
        pause_ms(1);
    take_out(b);
}

/* ---- claims ---- */

static void an_event_from_its_first_sample_to_its_end(void **state)
{
    struct bench *b = bench_new(NULL, 256);
    const struct entry *first, *last;
    const struct sound_order *ended;

    (void)state;
    start(b, 1, ALERT_ACTUAL);
    shake(b, 1, 30, -1);
    shake(b, 1, 3, 5.6);
    first = await_alert(b, ALERT_PHASE_ALERT, 0);
    await_sound(b, SOUND_ALARM, 0);
    assert_int_equal(first->alert.alert.status, ALERT_ACTUAL);
    for (const struct entry *e = b->entry; e < b->entry + b->entries; e++) {
        const struct entry_stages *s = &e->alert.stages;
        if (e->kind != ENTRY_ALERT)
            continue;
        assert_true(s->sampled_ns > 0 && s->sampled_ns <= s->received_ns);
        assert_true(s->received_ns <= s->detected_ns && s->detected_ns <= s->decided_ns);
        assert_int_equal(e->event, 1);
        assert_int_equal(e->event_utc_ns, first->event_utc_ns);
    }
    shake(b, 1, 50, -1);
    last = await_alert(b, ALERT_PHASE_SHAKING_ENDED, 0);
    assert_int_equal(last->event, 1); /* a final alert stands under the event that it leaves */
    assert_true(last->alert.alert.is_final);
    ended = await_sound(b, SOUND_ENDED, 0);
    assert_near(ended->maximum, 5.6, 0.05);
    settle(b);
    assert_int_equal(b->orders, 2 + (find_sound(b, SOUND_WARNING, 0) != NULL)); /* no update sounds again */
    bench_free(b);
}

static void a_second_shock_in_the_coda_sounds_again(void **state)
{
    struct bench *b = bench_new(NULL, 256);
    const struct sound_order *again;
    int orders;

    (void)state;
    start(b, 1, ALERT_ACTUAL);
    shake(b, 1, 30, -1);
    shake(b, 1, 3, 5.6);
    await_sound(b, SOUND_ALARM, 0);
    shake(b, 1, 25, 2.5); /* below 3, and not yet over */
    settle(b);
    orders = b->orders;
    shake(b, 1, 3, 5.6);
    again = await_sound(b, SOUND_ALARM, orders);
    assert_int_equal(again->event, 2);
    assert_true(again->siren);
    assert_null(find_sound(b, SOUND_ENDED, 0)); /* nobody is told that it is over when it begins again */
    assert_int_equal(await_alert(b, ALERT_PHASE_SHAKING_ENDED, 0)->event, 1);
    bench_free(b);
}

static void an_exercise_is_one_on_every_output(void **state)
{
    struct bench *b = bench_new(NULL, 256);

    (void)state;
    start(b, 1, ALERT_EXERCISE);
    shake(b, 1, 30, -1);
    shake(b, 1, 3, 5.6);
    assert_true(await_sound(b, SOUND_ALARM, 0)->exercise);
    assert_int_equal(await_alert(b, ALERT_PHASE_ALERT, 0)->alert.alert.status, ALERT_EXERCISE);
    shake(b, 1, 50, -1);
    assert_true(await_sound(b, SOUND_ENDED, 0)->exercise);
    bench_free(b);
}

/* The record ring's wake is a pipe that takes nothing more: the thread is caught at its first entry. */
static void an_order_is_out_before_anything_is_told_of_it(void **state)
{
    struct bench *b = bench_new(NULL, 256);
    struct wake real = b->record_wake;
    char byte = 0, drained[4096];
    int fd[2];

    (void)state;
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(fcntl(fd[1], F_SETFL, O_NONBLOCK), 0);
    while (write(fd[1], drained, sizeof drained) > 0 || write(fd[1], &byte, 1) > 0)
        ;
    assert_int_equal(fcntl(fd[1], F_SETFL, 0), 0);
    b->record_wake.fd = fd[1];
    start(b, 1, ALERT_ACTUAL);
    shake(b, 1, 30, -1);
    shake(b, 1, 1.5, 5.6);
    for (int i = 0; ring_waiting(b->record) == 0; i++) {
        if (i == WAIT_MS)
            fail_msg("nothing was told");
        pause_ms(1);
    }
    assert_int_equal(ring_waiting(b->record), 1);
    assert_int_equal(ring_waiting(b->sound), 1);
    thread_stop(alarm_thread(b->alarm));
    for (int i = 0; i < 200; i++) /* until it no longer has to write */
        if (fcntl(fd[0], F_SETFL, O_NONBLOCK) == 0 && read(fd[0], drained, sizeof drained) <= 0)
            pause_ms(1);
    alarm_close(b->alarm);
    b->alarm = NULL;
    b->record_wake = real;
    close(fd[0]);
    close(fd[1]);
    bench_free(b);
}

static void what_an_output_did_is_told_with_its_cause(void **state)
{
    struct bench *b = bench_new(NULL, 256);
    struct output_done done = {.what = OUTPUT_SIREN_WRITTEN};
    const struct sound_order *order;
    const struct entry *told, *alert;

    (void)state;
    start(b, 1, ALERT_ACTUAL);
    shake(b, 1, 30, -1);
    shake(b, 1, 2, 5.6);
    order = await_sound(b, SOUND_ALARM, 0);
    done.event = order->event;
    done.decided_ns = order->decided_ns;
    done.at_ns = order->decided_ns + 3000000;
    assert_true(ring_push(b->siren_done, &done));
    done.decided_ns = 12345; /* nobody's */
    done.what = OUTPUT_SOUND_FAILED;
    assert_true(ring_push(b->siren_done, &done));
    settle(b);
    told = find(b, ENTRY_DONE, 0);
    assert_non_null(told);
    alert = NULL; /* the revision that reached alarm */
    for (int i = 0; i < b->entries && !alert; i++)
        if (b->entry[i].kind == ENTRY_ALERT && b->entry[i].alert.alert.level == ALERT_ALARM)
            alert = &b->entry[i];
    assert_non_null(alert);
    assert_int_equal(told->done.received_ns, alert->alert.stages.received_ns);
    assert_int_equal(told->event_utc_ns, alert->event_utc_ns);
    assert_int_equal(told->weight, ENTRY_INFO);
    assert_int_equal(histogram_total(&alarm_latency(b->alarm)->siren), 1);
    assert_near(histogram_quantile_s(&alarm_latency(b->alarm)->siren, 1),
                (double)(told->done.done.at_ns - told->done.received_ns) * 1e-9, 1e-9);
    told = find(b, ENTRY_DONE, (int)(told - b->entry) + 1);
    assert_non_null(told);
    assert_int_equal(told->done.received_ns, 0);
    assert_int_equal(told->weight, ENTRY_FAULT);
    bench_free(b);
}

static void a_full_ring_is_counted_and_never_waited_for(void **state)
{
    struct bench *b = bench_new(NULL, 2);
    struct alarm_state now = {0};
    struct arbiter_input drill = {.kind = ARBITER_COMMAND, .command = ARBITER_DRILL, .level = ALERT_ALARM};
    uint64_t beats;

    (void)state;
    start(b, 1, ALERT_ACTUAL);
    for (int i = 0; i < 6; i++) { /* each more than two entries; nobody takes any */
        drill.command = i % 2 ? ARBITER_DRILL_END : ARBITER_DRILL;
        assert_true(ring_push(b->commands, &drill));
    }
    beats = thread_beats(alarm_thread(b->alarm));
    for (int i = 0; thread_beats(alarm_thread(b->alarm)) < beats + 3; i++) {
        if (i == WAIT_MS)
            fail_msg("it stands still");
        pause_ms(1);
    }
    alarm_state(b->alarm, &now);
    assert_true(now.refused > 4);
    assert_true(ring_refused(b->sound) > 0 && ring_refused(b->record) > 0);
    assert_int_equal(now.refused, ring_refused(b->sound) + ring_refused(b->record));
    assert_int_equal(now.events, 3);
    take_out(b); /* what stands comes as soon as there is room, and nobody has to ask again */
    settle(b);
    assert_int_equal(b->order[b->orders - 1].event, 3);
    drill.command = ARBITER_DRILL;
    assert_true(ring_push(b->commands, &drill));
    settle(b);
    assert_true(b->order[b->orders - 1].exercise);
    assert_int_equal(b->order[b->orders - 1].event, 4);
    bench_free(b);
}

/* ---- a restart within an event ---- */

static struct bench *bench_resumed(void)
{
    struct bench *b = bench_new(NULL, 256);
    struct alert *a = &b->resume.sensor[0].alert;

    b->resume.events = 3; /* two came after it, and are over */
    b->resume.sensor[0].open = true;
    b->resume.sensor[0].onset_utc_ns = INT64_C(1790000000123000000);
    a->event = 1;
    a->revision = 4;
    a->phase = ALERT_PHASE_UPDATE;
    a->level = ALERT_ALARM;
    a->reached = 3;
    for (int t = 0; t < ALERT_THRESHOLDS; t++)
        a->threshold[t].intensity = 3 + t;
    for (int t = 0; t < 3; t++)
        a->threshold[t].reached = true;
    return b;
}

static void an_event_goes_on_after_a_restart(void **state)
{
    struct bench *b = bench_resumed();
    const struct entry *last;
    int orders;

    (void)state;
    start(b, 1, ALERT_ACTUAL);
    assert_true(await_sound(b, SOUND_ALARM, 0)->siren); /* before any report */
    settle(b);
    assert_int_equal(b->order[0].event, 1);
    assert_int_equal(find(b, ENTRY_SOUND, 0)->event_utc_ns, INT64_C(1790000000123000000));
    orders = b->orders;
    shake(b, 1, b->policy.end_after_s - 1, 1);
    settle(b);
    assert_int_equal(b->orders, orders); /* it has not been quiet for long enough */
    shake(b, 1, 2, 1);
    last = await_alert(b, ALERT_PHASE_SHAKING_ENDED, 0);
    assert_int_equal(last->event, 1);
    assert_int_equal(last->alert.alert.revision, 5);
    await_sound(b, SOUND_ENDED, orders);
    settle(b);
    orders = b->orders;
    shake(b, 1, 60, 1);
    settle(b);
    assert_int_equal(b->orders, orders); /* and nothing is repeated */
    shake(b, 1, 3, 5.6);
    assert_int_equal(await_sound(b, SOUND_ALARM, orders)->event, 4);
    bench_free(b);
}

static void what_is_not_quiet_keeps_it(void **state)
{
    struct bench *b = bench_resumed();
    int orders;

    (void)state;
    start(b, 1, ALERT_ACTUAL);
    await_sound(b, SOUND_ALARM, 0);
    settle(b);
    orders = b->orders;
    for (int i = 0; i < 4; i++) {
        shake(b, 1, b->policy.end_after_s - 12, 1); /* current intensity is of 10 s */
        shake(b, 1, 0.1, 2.5);
    }
    settle(b);
    assert_int_equal(b->orders, orders);
    assert_null(find_alert(b, ALERT_PHASE_SHAKING_ENDED, 0));
    bench_free(b);
}

static void a_new_shock_after_a_restart_takes_a_new_number(void **state)
{
    struct bench *b = bench_resumed();
    const struct entry *first;
    int orders, ends = 0;

    (void)state;
    start(b, 1, ALERT_ACTUAL);
    await_sound(b, SOUND_ALARM, 0);
    shake(b, 1, 15, 1);
    settle(b);
    orders = b->orders;
    shake(b, 1, 3, 5.6);
    assert_int_equal(await_sound(b, SOUND_ALARM, orders)->event, 4);
    first = await_alert(b, ALERT_PHASE_ALERT, 0);
    assert_int_equal(first->event, 4);
    assert_int_not_equal(first->event_utc_ns, INT64_C(1790000000123000000));
    shake(b, 1, 90, -1);
    await_alert(b, ALERT_PHASE_SHAKING_ENDED, 0);
    settle(b);
    for (int i = 0; i < b->entries; i++)
        ends += b->entry[i].kind == ENTRY_ALERT && b->entry[i].alert.alert.is_final;
    assert_int_equal(ends, 1); /* the old one was replaced, and does not end a second time */
    bench_free(b);
}

/* ---- the clock ---- */

static void a_step_of_the_clock_within_an_event_changes_nothing(void **state)
{
    struct bench *b = bench_new(NULL, 256);
    int64_t name;
    int orders;

    (void)state;
    start(b, 1, ALERT_ACTUAL);
    shake(b, 1, 30, -1);
    shake(b, 1, 3, 5.6);
    name = await_alert(b, ALERT_PHASE_ALERT, 0)->event_utc_ns;
    await_sound(b, SOUND_ALARM, 0);
    settle(b);
    assert_near((double)(name - shifted_utc_ns(b)) * 1e-9, -70, 5); /* the onset's own time, 70 s ago */
    orders = b->orders;
    atomic_store(&b->utc_shift_ns, 3600 * SECOND);
    clock_look(&b->clock, false); /* even where nobody froze it */
    shake(b, 1, 1, 6.2);
    shake(b, 1, 50, -1);
    await_alert(b, ALERT_PHASE_SHAKING_ENDED, 0);
    settle(b);
    for (int i = 0; i < b->entries; i++)
        if (b->entry[i].event == 1)
            assert_int_equal(b->entry[i].event_utc_ns, name);
    for (int i = orders; i < b->orders; i++)
        assert_int_not_equal(b->order[i].sound, SOUND_ALARM);
    bench_free(b);
}

static void without_a_plausible_clock_it_warns(void **state)
{
    struct bench *b = bench_new(NULL, 256);
    struct clock_state now = {0};

    (void)state;
    atomic_store(&b->utc_shift_ns, -sys_real.utc_ns(NULL)); /* 1970: no battery clock */
    clock_init(&b->clock, &b->sys);
    clock_state(&b->clock, &now);
    assert_false(now.plausible);
    start(b, 1, ALERT_ACTUAL);
    shake(b, 1, 30, -1);
    shake(b, 1, 3, 5.6);
    assert_true(await_sound(b, SOUND_ALARM, 0)->siren);
    assert_int_equal(await_alert(b, ALERT_PHASE_ALERT, 0)->event, 1);
    bench_free(b);
}

/* ---- several sensors ---- */

static bool said(const struct bench *b, enum arbiter_why why)
{
    for (int i = 0; i < b->entries; i++)
        if (b->entry[i].kind == ENTRY_REASON && b->entry[i].reason.why == why)
            return true;
    return false;
}

static void one_of_two_alone_is_held_with_its_reason(void **state)
{
    struct bench *b = bench_new("arbiter.sensors=2", 256);
    struct arbiter_input unfit = {.kind = ARBITER_SENSOR, .sensor = 1, .fit = false};

    (void)state;
    start(b, 2, ALERT_ACTUAL);
    shake(b, 2, 30, -1);
    for (int k = 0; k < 30; k++) {
        step(b, 0, 5.6);
        step(b, 1, -1);
    }
    settle(b);
    assert_int_equal(b->orders, 0);
    assert_true(said(b, ARBITER_SENSORS_FEW));
    assert_true(ring_push(b->commands, &unfit)); /* of the fit ones all say so now */
    assert_true(await_sound(b, SOUND_ALARM, 0)->siren);
    bench_free(b);
}

static void both_give_one_event(void **state)
{
    struct bench *b = bench_new("arbiter.sensors=2", 256);
    int alarms = 0;

    (void)state;
    start(b, 2, ALERT_ACTUAL);
    shake(b, 2, 30, -1);
    shake(b, 2, 3, 5.6);
    await_sound(b, SOUND_ALARM, 0);
    shake(b, 2, 50, -1);
    await_sound(b, SOUND_ENDED, 0);
    settle(b);
    for (int i = 0; i < b->orders; i++)
        alarms += b->order[i].sound == SOUND_ALARM;
    assert_int_equal(alarms, 1);
    for (int i = 0; i < b->entries; i++)
        if (b->entry[i].event)
            assert_int_equal(b->entry[i].event, 1);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_from_its_first_sample_to_its_end),
        cmocka_unit_test(a_second_shock_in_the_coda_sounds_again),
        cmocka_unit_test(an_exercise_is_one_on_every_output),
        cmocka_unit_test(an_order_is_out_before_anything_is_told_of_it),
        cmocka_unit_test(what_an_output_did_is_told_with_its_cause),
        cmocka_unit_test(a_full_ring_is_counted_and_never_waited_for),
        cmocka_unit_test(an_event_goes_on_after_a_restart),
        cmocka_unit_test(what_is_not_quiet_keeps_it),
        cmocka_unit_test(a_new_shock_after_a_restart_takes_a_new_number),
        cmocka_unit_test(a_step_of_the_clock_within_an_event_changes_nothing),
        cmocka_unit_test(without_a_plausible_clock_it_warns),
        cmocka_unit_test(one_of_two_alone_is_held_with_its_reason),
        cmocka_unit_test(both_give_one_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
