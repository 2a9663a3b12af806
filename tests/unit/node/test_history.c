/* What a restarted node goes on with: rows read like claims about the journal before it. */
#include "node/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "alarm/journal.h"
#include "tests/unit/fake_sys.h"

#include <cmocka.h>

#define BOOT_PATH "/proc/sys/kernel/random/boot_id"
#define S         INT64_C(1000000000)

static const char start_here[] = "{\"type\":\"start\",\"boot\":\"here\"}";
static const char start_before[] = "{\"type\":\"start\",\"boot\":\"before\"}";

/* One revision; `at_s` is both clocks' seconds after 2024-01-01. */
static void alert_line(char *to, size_t room, int event, const char *sensor, const char *level, int at_s,
                       bool final)
{
    snprintf(
        to, room,
        "{\"type\":\"alert\",\"at\":\"2024-01-01T00:%02d:%02d.000Z\",\"mono_ns\":%lld,\"event_number\":%d,"
        "\"event_utc_ns\":1704067200000000000,\"event_utc_trusted\":true,\"sensor\":\"%s\",\"alert\":{"
        "\"revision\":3,\"level\":\"%s\",\"basis\":\"observed\",\"is_final\":%s,\"scale\":\"gbt\","
        "\"observed\":{\"intensity\":{\"gbt\":5.5},\"pga_mps2\":1.5},"
        "\"thresholds\":[{\"intensity\":3,\"p\":0.9,\"reached\":true,\"basis\":\"predicted\"},"
        "{\"intensity\":4,\"p\":0.8,\"reached\":true,\"basis\":\"observed\"},"
        "{\"intensity\":5,\"p\":0.1,\"reached\":false},{\"intensity\":6,\"p\":0,\"reached\":false}]}}",
        at_s / 60, at_s % 60, (long long)at_s * S, event, sensor, level, final ? "true" : "false");
}

static const struct {
    const char *name;
    const char *start;
    const char *sensor, *level;
    int at_s; /* the restart comes at 100 s */
    bool final;
    bool open;
} rows[] = {
    {"an alarm of 2 s ago goes on", start_here, "cellar", "alarm", 98, false, true},
    {"a warning too", start_here, "cellar", "warning", 98, false, true},
    {"a watch was never heard", start_here, "cellar", "watch", 98, false, false},
    {"one that had ended is over", start_here, "cellar", "alarm", 98, true, false},
    {"one of 61 s ago is too old", start_here, "cellar", "alarm", 39, false, false},
    {"over a reboot UTC tells its age", start_before, "cellar", "alarm", 98, false, true},
    {"and that it is too old", start_before, "cellar", "alarm", 30, false, false},
    {"one of the future is nobody's", start_here, "cellar", "alarm", 300, false, false},
    {"a sensor that is gone took it along", start_here, "attic", "alarm", 98, false, false},
};

static void after(const char *const *lines, int n, struct alarm_resume *resume)
{
    static const char *const names[] = {"roof", "cellar"};
    struct fake_sys f;
    struct error err = {""};
    struct journal *j;

    fake_sys_init(&f);
    fake_file_put_text(&f, BOOT_PATH, "here\n");
    assert_int_equal(journal_open(&j, &f.sys, "journal", NULL, &err), 0);
    for (int i = 0; i < n; i++)
        assert_int_equal(journal_append(j, lines[i], strlen(lines[i])), 0);
    journal_close(j);
    fake_sys_advance(&f, 100 * S);
    if (history_resume(&f.sys, "journal", names, 2, resume, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(f.live_allocs, 0);
    assert_int_equal(f.open_fds, 0);
    fake_sys_done(&f);
}

static void an_event_before_the_restart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct alarm_resume *resume = calloc(1, sizeof *resume);
        char line[1024];
        alert_line(line, sizeof line, 17, rows[i].sensor, rows[i].level, rows[i].at_s, rows[i].final);
        after((const char *const[]){rows[i].start, line}, 2, resume);
        print_message("%s\n", rows[i].name);
        assert_int_equal(resume->sensor[1].open, rows[i].open);
        assert_false(resume->sensor[0].open);
        assert_int_equal(resume->events, 17); /* its number is never given out again */
        free(resume);
    }
}

static void what_is_needed_to_go_on_is_read(void **state)
{
    struct alarm_resume *resume = calloc(1, sizeof *resume);
    char line[1024];

    (void)state;
    alert_line(line, sizeof line, 17, "cellar", "warning", 98, false);
    after((const char *const[]){start_here, line, "{\"type\":\"reason\",\"event_number\":19}"}, 3, resume);
    const struct alert *a = &resume->sensor[1].alert;
    assert_int_equal(a->event, 17);
    assert_int_equal(a->revision, 3);
    assert_int_equal(a->level, ALERT_WARNING);
    assert_int_equal(a->basis, ALERT_OBSERVED);
    assert_int_equal(a->reached, 2);
    assert_true(a->threshold[1].reached && a->threshold[1].basis == ALERT_OBSERVED);
    assert_true(a->threshold[0].reached && a->threshold[0].basis == ALERT_PREDICTED);
    assert_false(a->threshold[2].reached);
    assert_true(a->observed[INTENSITY_GBT] == 5.5 && a->pga_mps2 == 1.5);
    assert_false(a->is_final);
    assert_int_equal(resume->events, 19);
    assert_true(resume->sensor[1].onset_utc_ns == INT64_C(1704067200000000000));
    assert_true(resume->sensor[1].utc_trusted);
    free(resume);
}

static void lines_that_make_no_sense_are_passed_over(void **state)
{
    struct alarm_resume *resume = calloc(1, sizeof *resume);

    (void)state;
    after((const char *const[]){"", "[1,2]", "{\"type\":7}", "{\"type\":\"alert\"}", "no json",
                                "{\"type\":\"alert\",\"event_number\":-4,\"sensor\":\"cellar\",\"alert\":{}}",
                                "{\"type\":\"alert\",\"event_number\":99999999999,\"sensor\":\"cellar\"}",
                                "{\"type\":\"alert\",\"event_number\":2,\"sensor\":\"cellar\",\"alert\":[]}"},
          8, resume);
    assert_int_equal(resume->events, 2);
    assert_false(resume->sensor[1].open);
    free(resume);
}

static void the_lines_that_were_called_for(void **state)
{
    struct alarm_resume *resume = calloc(1, sizeof *resume);
    static const char alarm[] = "{\"type\":\"lines\",\"asserted\":[\"gas\",\"strobe\",7]}";
    static const char reset[] = "{\"type\":\"lines\",\"asserted\":[]}";

    (void)state;
    after((const char *const[]){start_before, alarm, start_before}, 3, resume);
    assert_int_equal(resume->lines, 2);
    assert_string_equal(resume->asserted[0].text, "gas");
    assert_string_equal(resume->asserted[1].text, "strobe");
    after((const char *const[]){start_before, alarm, reset}, 3, resume);
    assert_int_equal(resume->lines, 0);
    free(resume);
}

static void no_journal_is_no_past(void **state)
{
    struct alarm_resume *resume = calloc(1, sizeof *resume);
    struct fake_sys f;
    struct error err;

    (void)state;
    fake_sys_init(&f);
    assert_int_equal(history_resume(&f.sys, "journal", NULL, 0, resume, &err), 0);
    assert_int_equal(resume->events, 0);
    fake_sys_done(&f);
    free(resume);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_before_the_restart),
        cmocka_unit_test(what_is_needed_to_go_on_is_read),
        cmocka_unit_test(lines_that_make_no_sense_are_passed_over),
        cmocka_unit_test(the_lines_that_were_called_for),
        cmocka_unit_test(no_journal_is_no_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
