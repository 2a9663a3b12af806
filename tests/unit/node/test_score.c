/* The judging of a replay: rules of picks, of alarms and of what is false; and which records are one event.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "node/score_run.h"
#include "tests/unit/fake_end.h"

#include <math.h>

#define NO   NAN
#define NEAR 1e-9

static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) < NEAR;
}

static struct score_known quake(double p_s, double end_s)
{
    return (struct score_known){SCORE_QUAKE, p_s, end_s, score_quiet_s(SCORE_QUAKE, p_s, end_s)};
}

static struct score_given nothing(void)
{
    struct score_given g = {.scale_known = true, .observed_s = 100, .intensity = 1};

    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        g.crossed_s[i] = NAN;
    return g;
}

/* A quake of 100 s with its P at 30 s, or a record of noise. */
static const struct {
    const char *name;
    bool noise;
    size_t n;
    struct score_pick pick[3];
    bool hit;
    double error_s, first_error_s, declared_s;
    uint32_t false_picks;
} picks[] = {
    {"no pick is a miss", false, 0, {{0}}, false, NO, NO, NO, 0},
    {"a pick at the P", false, 1, {{1, 30.02, 30.0, 30.2}}, true, 0, 0.02, 0.2, 0},
    {"2 s before it is a hit", false, 1, {{1, 28, 28, 28.5}}, true, -2, -2, -1.5, 0},
    {"earlier is false", false, 1, {{1, 27.99, 27.99, 28.5}}, false, NO, NO, NO, 1},
    {"5 s behind it is a hit", false, 1, {{1, 35, 35, 35.1}}, true, 5, 5, 5.1, 0},
    {"later is a miss, not false", false, 1, {{1, 35.1, 35.1, 35.2}}, false, NO, NO, NO, 0},
    {"the first in the window counts",
     false,
     2,
     {{1, 29, 29, 29.1}, {2, 30, 30, 30.1}},
     true,
     -1,
     -1,
     -0.9,
     0},
    {"a false pick does not hide the hit",
     false,
     2,
     {{1, 10, 10, 10.5}, {2, 30.1, 30.1, 30.4}},
     true,
     0.1,
     0.1,
     0.4,
     1},
    {"refinement moves a pick into the window", false, 1, {{1, 27, 29.5, 30.2}}, true, -0.5, NO, 0.2, 0},
    {"and out of it: then it is false", false, 1, {{1, 29.5, 27, 30.2}}, false, NO, -0.5, NO, 1},
    {"what is declared in the settle time is not there",
     false,
     2,
     {{1, -5, -5, -4}, {2, 30, 30, 30.1}},
     true,
     0,
     0,
     0.1,
     0},
    {"an onset in the settle time, declared behind it, is not false",
     false,
     1,
     {{1, -0.1, -0.1, 0.2}},
     false,
     NO,
     NO,
     NO,
     0},
    {"in noise every pick is false",
     true,
     3,
     {{1, 1, 1, 1.5}, {2, 30, 30, 30.1}, {3, 99, 99, 99.5}},
     false,
     NO,
     NO,
     NO,
     3},
};

static void picks_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof picks / sizeof *picks; i++) {
        struct score_known known = quake(30, 100);
        struct score_given given = nothing();
        struct score_judged j;
        if (picks[i].noise)
            known = (struct score_known){SCORE_NOISE, NAN, 100, 60};
        given.pick = picks[i].pick;
        given.picks = picks[i].n;
        score_judge(&j, &known, &given);
        if (j.picks_why)
            fail_msg("%s: %s", picks[i].name, j.picks_why);
        if (j.refined.hit != picks[i].hit || !same(j.refined.error_s, picks[i].error_s) ||
            !same(j.first.error_s, picks[i].first_error_s) ||
            !same(j.refined.declared_s, picks[i].declared_s) || j.false_picks != picks[i].false_picks)
            fail_msg("%s: hit %d error %g first %g declared %g false %u", picks[i].name, j.refined.hit,
                     j.refined.error_s, j.first.error_s, j.refined.declared_s, j.false_picks);
        assert_true(same(j.exposure_s, picks[i].noise ? 100 : 28));
    }
}

static void quiet_is_mirrored_by_rule(void **state)
{
    static const struct {
        const char *name;
        enum score_class class;
        double p_s, end_s, quiet_s;
        const char *why; /* picks are not judged; NULL: they are */
    } rows[] = {
        {"up to a second before the P", SCORE_QUAKE, 17.5, 100, 16.5, NULL},
        {"a minute at most", SCORE_QUAKE, 100, 200, 60, NULL},
        {"0.7 of a short beginning", SCORE_QUAKE, 3, 100, 2.1, NULL},
        {"less than 1.5 s is no quiet", SCORE_QUAKE, 2.0, 100, 1.4, "too little quiet before the P"},
        {"at least a tenth", SCORE_QUAKE, 0.01, 100, 0.1, "too little quiet before the P"},
        {"nothing where the P is unknown", SCORE_QUAKE, NAN, 100, 0, "no P in the catalogue"},
        {"a record that ends with the P", SCORE_QUAKE, 95, 100, 60, "too little behind the P"},
        {"noise: a minute", SCORE_NOISE, NAN, 100, 60, NULL},
        {"or as long as it lasts", SCORE_ACTIVITY, NAN, 20, 20, NULL},
        {"a teleseism", SCORE_TELESEISM, 50, 300, 49, "a teleseism: neither a hit nor a false pick"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double quiet_s = score_quiet_s(rows[i].class, rows[i].p_s, rows[i].end_s);
        struct score_known known = {rows[i].class, rows[i].p_s, rows[i].end_s, quiet_s};
        struct score_given given = nothing();
        struct score_judged j;
        score_judge(&j, &known, &given);
        if (!same(quiet_s, rows[i].quiet_s))
            fail_msg("%s: %g s", rows[i].name, quiet_s);
        if (rows[i].why ? !j.picks_why || strcmp(j.picks_why, rows[i].why) != 0 : j.picks_why != NULL)
            fail_msg("%s: %s", rows[i].name, j.picks_why ? j.picks_why : "judged");
        if (j.picks_why)
            assert_true(j.exposure_s == 0 && j.false_picks == 0);
    }
}

/* GB/T 5 and its alarm (index 2) of a quake with its P at 30 s. */
static const struct {
    const char *name;
    double crossed_s, intensity;
    size_t n;
    struct {
        double time_s;
        uint32_t event;
    } alarm[3];
    bool reached, judged, before;
    double alarm_s, lead_s, kept;
    bool below, near, loud, wrong;
    uint32_t events, early;
} alarms[] = {
    {"reached and alarmed before it",
     40,
     5.5,
     1,
     {{32, 1}},
     true,
     true,
     true,
     32,
     8,
     0.8,
     false,
     false,
     true,
     false,
     1,
     0},
    {"reached and missed",
     40,
     5.5,
     0,
     {{0, 0}},
     true,
     true,
     false,
     NO,
     0,
     0,
     false,
     false,
     false,
     false,
     0,
     0},
    {"alarmed when it was there is no warning",
     40,
     5.5,
     1,
     {{40, 1}},
     true,
     true,
     false,
     40,
     0,
     0,
     false,
     false,
     true,
     false,
     1,
     0},
    {"later revisions change nothing",
     40,
     5.5,
     3,
     {{33, 1}, {34, 1}, {50, 1}},
     true,
     true,
     true,
     33,
     7,
     0.7,
     false,
     false,
     true,
     false,
     1,
     0},
    {"no room for a lead: not judged",
     30.9,
     5.5,
     1,
     {{30.5, 1}},
     true,
     false,
     false,
     30.5,
     NO,
     NO,
     false,
     false,
     true,
     false,
     1,
     0},
    {"an alarm before P - 2 s is false",
     40,
     5.5,
     1,
     {{20, 1}},
     true,
     true,
     false,
     NO,
     0,
     0,
     false,
     false,
     true,
     true,
     1,
     1},
    {"and does not hide the right one",
     40,
     5.5,
     2,
     {{20, 1}, {35, 2}},
     true,
     true,
     true,
     35,
     5,
     0.5,
     false,
     false,
     true,
     true,
     2,
     1},
    {"the settle time is not scored",
     40,
     5.5,
     2,
     {{-3, 1}, {35, 2}},
     true,
     true,
     true,
     35,
     5,
     0.5,
     false,
     false,
     true,
     false,
     1,
     0},
    {"less than a class below is no fault",
     NO,
     4.2,
     1,
     {{32, 1}},
     false,
     false,
     false,
     32,
     NO,
     NO,
     false,
     true,
     true,
     false,
     1,
     0},
    {"a class below is",
     NO,
     3.9,
     1,
     {{32, 1}},
     false,
     false,
     false,
     32,
     NO,
     NO,
     true,
     false,
     true,
     true,
     1,
     0},
    {"and silence there is right",
     NO,
     3.9,
     0,
     {{0, 0}},
     false,
     false,
     false,
     NO,
     NO,
     NO,
     true,
     false,
     false,
     false,
     0,
     0},
};

static void alarms_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof alarms / sizeof *alarms; i++) {
        struct score_known known = quake(30, 100);
        struct score_given given = nothing();
        struct score_alert alert[3];
        struct score_judged j;
        memset(alert, 0, sizeof alert);
        for (size_t k = 0; k < alarms[i].n; k++) {
            alert[k].time_s = alarms[i].alarm[k].time_s;
            alert[k].event = alarms[i].alarm[k].event;
            alert[k].loud[0] = alert[k].loud[1] = alert[k].loud[2] = true;
        }
        given.alert = alert;
        given.alerts = alarms[i].n;
        given.intensity = alarms[i].intensity;
        given.crossed_s[2] = alarms[i].crossed_s;
        score_judge(&j, &known, &given);
        const struct score_outcome *o = &j.alarm[2];
        if (o->reached != alarms[i].reached || o->judged != alarms[i].judged ||
            o->before != alarms[i].before || !same(o->alarm_s, alarms[i].alarm_s) ||
            !same(o->lead_s, alarms[i].lead_s) || !same(o->kept, alarms[i].kept))
            fail_msg("%s: reached %d judged %d before %d alarm %g lead %g kept %g", alarms[i].name,
                     o->reached, o->judged, o->before, o->alarm_s, o->lead_s, o->kept);
        if (o->below != alarms[i].below || o->near != alarms[i].near || o->loud != alarms[i].loud ||
            score_is_false(&known, &j, 2) != alarms[i].wrong || o->events != alarms[i].events ||
            o->early != alarms[i].early)
            fail_msg("%s: below %d near %d loud %d false %d events %u early %u", alarms[i].name, o->below,
                     o->near, o->loud, score_is_false(&known, &j, 2), o->events, o->early);
    }
}

/* The same, with what the settle time raised: events count there, and nowhere else. */
static void the_settle_time_is_counted_apart(void **state)
{
    static const struct {
        const char *name;
        bool noise;
        double observed_s;
        size_t n;
        struct {
            double time_s;
            uint32_t event;
        } alarm[6];
        uint32_t settled, events;
        double alarm_s;
    } rows[] = {
        {"nothing there", false, 100, 1, {{32, 1}}, 0, 1, 32},
        {"one event, however often it is told", false, 100, 3, {{-9, 1}, {-8, 1}, {-3, 1}}, 1, 0, NO},
        {"two of them", false, 100, 2, {{-9, 1}, {-3, 2}}, 2, 0, NO},
        {"interleaved they are two", false, 100, 4, {{-9, 1}, {-8, 2}, {-7, 1}, {-6, 2}}, 2, 0, NO},
        {"one that lasts is no hit", false, 100, 2, {{-3, 1}, {32, 1}}, 1, 0, NO},
        {"nor the first of two that last", false, 100, 4, {{-9, 1}, {-3, 2}, {32, 1}, {33, 2}}, 2, 0, NO},
        {"what comes anew is", false, 100, 4, {{-9, 1}, {-3, 2}, {32, 1}, {33, 3}}, 2, 1, 33},
        {"in noise it is not false", true, 100, 3, {{-9, 1}, {-3, 2}, {5, 2}}, 2, 0, NO},
        {"it is told where no alarm is judged", false, 0, 2, {{-9, 1}, {-3, 2}}, 2, 0, NO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct score_known known = quake(30, 100);
        struct score_given given = nothing();
        struct score_alert alert[6];
        struct score_judged j;
        if (rows[i].noise)
            known = (struct score_known){SCORE_NOISE, NAN, 100, 60};
        memset(alert, 0, sizeof alert);
        for (size_t k = 0; k < rows[i].n; k++)
            alert[k] =
                (struct score_alert){rows[i].alarm[k].time_s, rows[i].alarm[k].event, {true, false, true}};
        given.alert = alert;
        given.alerts = rows[i].n;
        given.observed_s = rows[i].observed_s;
        given.intensity = 5.5;
        given.crossed_s[2] = 40;
        score_judge(&j, &known, &given);
        const struct score_outcome *o = &j.alarm[2];
        if (o->settled != rows[i].settled || o->events != rows[i].events ||
            !same(o->alarm_s, rows[i].alarm_s) || score_is_false(&known, &j, 2) ||
            o->loud != (rows[i].events > 0) || j.alarm[1].settled != 0)
            fail_msg("%s: settled %u events %u alarm %g false %d loud %d warnings %u", rows[i].name,
                     o->settled, o->events, o->alarm_s, score_is_false(&known, &j, 2), o->loud,
                     j.alarm[1].settled);
    }
}

static void where_no_alarm_belongs_it_is_false(void **state)
{
    struct score_alert alert = {.time_s = 5, .event = 1, .loud = {true, true, true, true, false}};
    struct score_known known = {SCORE_ACTIVITY, NAN, 100, 60};
    struct score_given given = nothing();
    struct score_judged j;

    (void)state;
    given.alert = &alert;
    given.alerts = 1;
    given.intensity = 6.5; /* a machine that shakes the sensor is no earthquake */
    given.crossed_s[0] = given.crossed_s[1] = given.crossed_s[2] = given.crossed_s[3] = 4;
    score_judge(&j, &known, &given);
    for (int i = 0; i < SCORE_ALARMS; i++) {
        assert_false(j.alarm[i].reached || j.alarm[i].below || j.alarm[i].near);
        assert_int_equal(score_is_false(&known, &j, i), i < 3); /* row 3 is row 2's alarm again */
    }
    given.scale_known = false;
    score_judge(&j, &known, &given);
    assert_non_null(strstr(j.alarms_why, "unknown scale"));
    assert_false(j.alarm[2].loud);
    given.scale_known = true;
    given.observed_s = 0;
    score_judge(&j, &known, &given);
    assert_non_null(strstr(j.alarms_why, "too short"));
}

static void worse_is_worse(void **state)
{
    struct score_known known = quake(30, 100), noise = {SCORE_NOISE, NAN, 100, 60};
    struct score_pick good = {1, 30, 30, 30.1}, bad = {1, 31, 31, 31.1}, early = {1, 3, 3, 3.1};
    struct score_alert alert = {.time_s = 32, .event = 1, .loud = {true, true, true, true, true}};
    struct score_given given = nothing();
    struct score_judged j;
    double missed_alarm, false_alarm, missed, late, false_pick, fine;

    (void)state;
    score_judge(&j, &known, &given);
    missed = score_badness(&known, &j);
    given.picks = 1;
    given.pick = &bad;
    score_judge(&j, &known, &given);
    late = score_badness(&known, &j);
    given.pick = &good;
    score_judge(&j, &known, &given);
    fine = score_badness(&known, &j);
    given.crossed_s[0] = given.crossed_s[1] = given.crossed_s[2] = 40;
    score_judge(&j, &known, &given);
    missed_alarm = score_badness(&known, &j);
    given.crossed_s[0] = given.crossed_s[1] = given.crossed_s[2] = NAN;
    given.alerts = 1;
    given.alert = &alert;
    score_judge(&j, &known, &given);
    false_alarm = score_badness(&known, &j);
    given.alerts = 0;
    given.pick = &early;
    score_judge(&j, &noise, &given);
    false_pick = score_badness(&noise, &j);
    assert_true(missed_alarm > false_alarm && false_alarm > missed && missed > late && late > false_pick &&
                false_pick > fine && fine == 0);
}

static void records_of_one_earthquake_are_one_event(void **state)
{
    static const struct {
        const char *id;
        bool has_origin, has_start;
        int64_t origin_s, start_s;
        size_t event;
    } rows[] = {
        {"first", true, true, 1000, 1020, 0},
        {"no time", false, false, 0, 0, 1},
        {"another day", true, false, 90000, 0, 2},
        {"the first's neighbour, half a minute off", true, false, 1030, 0, 0},
        {"only its start is known", false, true, 0, 1075, 0},
        {"61 s later is another", false, true, 0, 1136, 3},
        {"no time either: on its own", false, false, 0, 0, 4},
    };
    enum { N = sizeof rows / sizeof *rows };
    struct catalogue_row row[N];
    struct score_record record[N];
    struct fake_sys fake;

    (void)state;
    memset(row, 0, sizeof row);
    memset(record, 0, sizeof record);
    for (size_t i = 0; i < N; i++) {
        row[i] = (struct catalogue_row){.id = rows[i].id,
                                        .has_origin = rows[i].has_origin,
                                        .has_start = rows[i].has_start,
                                        .origin_ns = rows[i].origin_s * INT64_C(1000000000),
                                        .start_ns = rows[i].start_s * INT64_C(1000000000)};
        record[i].row = &row[i];
    }
    fake_sys_init(&fake);
    assert_int_equal(score_group(&fake.sys, record, N), 0);
    for (size_t i = 0; i < N; i++)
        if (record[i].event != rows[i].event)
            fail_msg("%s: event %zu", rows[i].id, record[i].event);
    fake.fail_alloc_at = 1;
    assert_int_equal(score_group(&fake.sys, record, N), -1);
    fake_sys_end(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(picks_are_judged),
        cmocka_unit_test(quiet_is_mirrored_by_rule),
        cmocka_unit_test(alarms_are_judged),
        cmocka_unit_test(the_settle_time_is_counted_apart),
        cmocka_unit_test(where_no_alarm_belongs_it_is_false),
        cmocka_unit_test(worse_is_worse),
        cmocka_unit_test(records_of_one_earthquake_are_one_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
