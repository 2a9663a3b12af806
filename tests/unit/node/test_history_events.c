/* What a journal says of events: gathered, listed, shown, exported; rows read like claims about lines of a journal. */
#include "node/history_event.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/history_check.h"
#include "node/history_line.h"
#include "node/history_list.h"
#include "node/history_show.h"
#include "tests/unit/fake_sys.h"
#include "tests/unit/node/fake_journal.h"

#include <cmocka.h>

/* Onset of event 7: 2024-01-01T00:00:10Z. */
#define ID7                                                                                                  \
    "\"event_id\":\"house-20240101T000010.000Z-7\",\"event_number\":7,\"event_utc_ns\":1704067210000000000,"
#define TRUSTED   "\"event_utc_trusted\":true"
#define AT(s, ns) "\"at\":\"2024-01-01T00:00:" s "Z\",\"mono_ns\":" ns ","
#define REASON(s, ns, why)                                                                                   \
    "{\"type\":\"reason\"," AT(s, ns) ID7 TRUSTED ",\"why\":\"" why "\",\"text\":\"" why ", event 7\""
#define BEGAN(level, source)                                                                                 \
    REASON("11.000", "1000000000", "event began") ",\"level\":\"" level "\",\"source\":\"" source "\"}"
#define ROSE(level) REASON("11.500", "1500000000", "event rose") ",\"level\":\"" level "\"}"
#define END(why)    REASON("50.000", "40000000000", why) "}"
#define ALERT(sensor, level, basis, more)                                                                    \
    "{\"type\":\"alert\"," AT("11.000", "1000000000") ID7 TRUSTED                                            \
        ",\"sensor\":\"" sensor "\",\"sensor_index\":0,\"stages\":{\"received_ms\":2,\"decided_ms\":2.25},"  \
        "\"alert\":{\"revision\":2,"                                                                         \
        "\"phase\":\"update\",\"status\":\"actual\",\"level\":\"" level "\",\"basis\":\"" basis              \
        "\",\"scale\":\"jma\","                                                                              \
        "\"since_onset_s\":1," more "}}"
#define OBSERVED(i) "\"observed\":{\"intensity\":{\"jma\":" i ",\"gbt\":9}}"
#define LEAD                                                                                                 \
    "\"thresholds\":[{\"intensity\":3,\"reached\":true,\"reached_s\":5,\"crossed\":true,\"crossed_s\":6},"   \
    "{\"intensity\":4,\"reached\":true,\"reached_s\":5,\"crossed\":true,\"crossed_s\":9.5},"                 \
    "{\"intensity\":5,\"reached\":true,\"reached_s\":6,\"crossed\":false}]"

static void gather(struct fake_sys *f, struct history_files *files, struct history_events *h)
{
    struct error err = {""};

    history_events_init(h, &f->sys);
    assert_int_equal(history_files_open(files, &f->sys, "j", &err), 0);
    assert_int_equal(history_files_fault(files, &err), 0);
    assert_int_equal(history_files_read(files, history_events_feed, h, &err), 0);
}

static void finish(struct fake_sys *f, struct history_files *files, struct history_events *h)
{
    history_files_close(files);
    history_events_free(h);
    assert_int_equal(f->live_allocs, 0);
    assert_int_equal(f->open_fds, 0);
    fake_sys_done(f);
}

static const struct {
    const char *name;
    const char *lines[6];
    const char *says; /* the list's line, from the level on */
} rows[] = {
    {"an alarm that was predicted and came",
     {BEGAN("watch", "local"), ALERT("cellar", "watch", "predicted", OBSERVED("-9")), ROSE("alarm"),
      ALERT("cellar", "alarm", "predicted", LEAD "," OBSERVED("5.04")), END("event ended")},
     "alarm predicted shaking-ended 5.0 jma lead 4.5 s actual cellar"},
    {"one that did not come",
     {BEGAN("warning", "local"), ALERT("cellar", "warning", "predicted", OBSERVED("1.2")),
      END("event cancelled")},
     "warning predicted cancel 1.2 jma no lead actual cellar"},
    {"the basis is that of the highest level, not of the first",
     {BEGAN("watch", "local"), ALERT("cellar", "watch", "predicted", OBSERVED("3")), ROSE("alarm"),
      ALERT("cellar", "alarm", "observed", OBSERVED("5.5"))},
     "alarm observed open 5.5 jma no lead actual cellar"},
    {"and stays what it was when it was reached",
     {BEGAN("alarm", "local"), ALERT("cellar", "alarm", "predicted", OBSERVED("3")),
      ALERT("cellar", "alarm", "observed", OBSERVED("5.5"))},
     "alarm predicted open 5.5 jma no lead actual cellar"},
    {"of several sensors the node's level counts, not one sensor's",
     {BEGAN("watch", "local"), ALERT("roof", "alarm", "observed", OBSERVED("6.6")),
      ALERT("cellar", "watch", "observed", OBSERVED("3.3"))},
     "watch observed open 6.6 jma no lead actual roof,cellar"},
    {"an authority's warning has no sensor",
     {BEGAN("alarm", "official"), END("event over: nothing more was heard of it")},
     "alarm official over - no lead actual -"},
    {"a drill says so",
     {BEGAN("alarm", "operator"), REASON("11.000", "1000000000", "drill began") "}", END("drill ended")},
     "alarm operator drill-ended - no lead exercise -"},
    {"a drill that an earthquake ended",
     {BEGAN("alarm", "operator"), REASON("11.000", "1000000000", "drill began") "}",
      END("drill broken off by a real event")},
     "alarm operator drill-broken - no lead exercise -"},
    {"an event that a second shock replaced",
     {BEGAN("watch", "local"), END("event replaced by the next")},
     "watch local replaced - no lead actual -"},
    {"the node stopped within it",
     {BEGAN("alarm", "local"), "{\"type\":\"start\",\"boot\":\"b\"}"},
     "alarm local interrupted - no lead actual -"},
    {"and went on with it",
     {BEGAN("alarm", "local"), "{\"type\":\"stop\"}", "{\"type\":\"start\"}", BEGAN("alarm", "local"),
      END("event ended")},
     "alarm local shaking-ended - no lead actual -"},
    {"numbers that are none are not believed",
     {BEGAN("alarm", "local"), ALERT("cellar", "alarm", "observed", OBSERVED("1e308")),
      ALERT("cellar", "alarm", "observed", OBSERVED("\"6\""))},
     "alarm observed open - no lead actual cellar"},
    {"names that are none do not reach the terminal",
     {BEGAN("alarm", "local"), ALERT("a\\u001b[2Jb,\\u009bc", "alarm", "observed", OBSERVED("5"))},
     "alarm observed open 5.0 jma no lead actual a??2Jb???c"},
    {"words that nobody knows are no words",
     {REASON("11.000", "1", "sang") ",\"level\":\"shout\"}"},
     "none unknown open - no lead actual -"},
};

/* Without the number, the onset and the id, and with one blank between words. */
static void squeeze(const char *line, char *to)
{
    size_t n = 0;
    const char *end = strstr(line, "  house-");

    for (const char *c = line + 34; end && c < end; c++)
        if (*c != ' ' || (n && to[n - 1] != ' '))
            to[n++] = *c;
    to[n] = 0;
}

static void an_event_is_what_its_lines_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct history_files files;
        struct history_events h;
        struct fake_sys f;
        char *text, line[400];
        size_t size;

        print_message("%s\n", rows[i].name);
        fake_sys_init(&f);
        fake_journal(&f, "j", rows[i].lines);
        gather(&f, &files, &h);
        assert_int_equal(h.count, 1);
        FILE *out = open_memstream(&text, &size);
        history_list_text(history_events_at(&h, 0), out);
        fclose(out);
        assert_memory_equal(text, "     7  2024-01-01T00:00:10.000Z  ", 34);
        squeeze(text, line);
        assert_string_equal(line, rows[i].says);
        free(text);
        finish(&f, &files, &h);
    }
}

/* ---- which lines are whose ---- */

static void lines_find_their_event(void **state)
{
    static const char *const lines[] = {
        BEGAN("watch", "local"),
        /* a node that lost its journal gives the number out again */
        "{\"type\":\"reason\",\"event_id\":\"house-x-7\",\"event_number\":7,\"event_utc_ns\":5}",
        /* one that no longer knows the onset */
        "{\"type\":\"output\",\"event_id\":\"house-19700101T000000.000Z-7\",\"event_number\":7,\"event_utc_"
        "ns\":0,"
        "\"what\":\"siren-written\",\"reaction_ms\":0.5}",
        "{\"type\":\"output\",\"event_number\":0}", "{\"type\":\"output\",\"event_number\":-7}",
        "{\"type\":\"output\",\"event_number\":99999999999}", "{\"type\":\"output\",\"event_number\":7.5}",
        "{\"type\":\"output\",\"event_number\":\"7\"}", "[7]", "nonsense", "{\"event_number\":8}", NULL};
    struct history_files files;
    struct history_events h;
    struct fake_sys f;

    (void)state;
    fake_sys_init(&f);
    fake_journal(&f, "j", lines);
    gather(&f, &files, &h);
    assert_int_equal(h.count, 3);
    assert_int_equal(h.lines, 12); /* and the file's own first */
    assert_int_equal(h.unreadable, 3);
    assert_string_equal(history_events_at(&h, 1)->id, "house-x-7");
    assert_true(isnan(history_events_at(&h, 0)->siren_ms));
    assert_true(history_events_at(&h, 1)->siren_ms == 0.5);
    assert_ptr_equal(history_events_find(&h, "7"), history_events_at(&h, 1)); /* the newest of that number */
    assert_ptr_equal(history_events_find(&h, "house-20240101T000010.000Z-7"), history_events_at(&h, 0));
    assert_null(history_events_find(&h, "9"));
    assert_null(history_events_find(&h, "7x"));
    assert_null(history_events_find(&h, ""));
    assert_null(history_events_find(&h, "-7"));
    assert_null(history_events_find(&h, "99999999999999999999999"));
    finish(&f, &files, &h);
}

static void memory_is_bounded(void **state)
{
    struct history_events h;
    struct fake_sys f;
    char line[200];

    (void)state;
    fake_sys_init(&f);
    history_events_init(&h, &f.sys);
    for (int i = 1; i <= HISTORY_EVENTS_MAX + 5; i++) {
        int n =
            snprintf(line, sizeof line,
                     "{\"type\":\"reason\",\"event_id\":\"a\",\"event_number\":%d,\"event_utc_ns\":1}", i);
        assert_int_equal(history_events_feed(&h, line, (size_t)n), 1);
    }
    assert_int_equal(h.count, HISTORY_EVENTS_MAX);
    assert_int_equal(h.forgotten, 5);
    assert_int_equal(history_events_at(&h, 0)->number, 6);
    assert_int_equal(history_events_at(&h, h.count - 1)->number, HISTORY_EVENTS_MAX + 5);
    assert_true(f.peak_bytes < 12 * 1024 * 1024);
    struct history_filter last = {.since_utc_ns = INT64_MIN, .last = 3};
    assert_int_equal(history_events_choose(&h, &last), 3);
    assert_false(history_events_at(&h, h.count - 4)->chosen);
    assert_true(history_events_at(&h, h.count - 3)->chosen);
    history_events_free(&h);
    f.fail_alloc_at = 1;
    history_events_init(&h, &f.sys);
    assert_int_equal(history_events_feed(&h, line, strlen(line)), 0);
    assert_true(h.failed);
    history_events_free(&h);
    assert_int_equal(f.live_allocs, 0);
    fake_sys_done(&f);
}

/* ---- shown ---- */

static char *shown(struct fake_sys *f, const char *const *lines, const char *name)
{
    struct history_files files;
    struct history_events h;
    struct history_show *s = calloc(1, sizeof *s);
    struct error err;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fake_sys_init(f);
    fake_journal(f, "j", lines);
    gather(f, &files, &h);
    history_show_begin(s, &h, history_events_find(&h, name), out);
    assert_int_equal(history_files_read(&files, history_show_feed, s, &err), 0);
    fclose(out);
    free(s);
    finish(f, &files, &h);
    return text;
}

static void a_life_is_shown_in_order_with_times_after_the_onset(void **state)
{
    static const char *const lines[] = {
        "{\"type\":\"note\"," AT("09.000", "0") "\"text\":\"before\"}",
        "{\"type\":\"reason\"," AT("11.000", "1000000000") "\"why\":\"contact\",\"text\":\"its cause\"}",
        BEGAN("alarm", "local"),
        ALERT("cellar", "alarm", "predicted",
              "\"reasons\":[{\"reason\":\"predicted\",\"threshold\":5,\"value\":0.7,\"limit\":0.6}]," LEAD),
        "{\"type\":\"sound\"," AT("11.001", "1001000000") ID7 TRUSTED
        ",\"sound\":\"alarm\",\"siren\":true,\"voice\":false,\"source\":\"local\",\"countdown_s\":4.5}",
        "{\"type\":\"lines\"," AT("11.001", "1001000000") ID7 TRUSTED ",\"asserted\":[\"gas\",\"lift\"]}",
        "{\"type\":\"output\"," AT("11.002", "1002500000") ID7 TRUSTED
        ",\"what\":\"line-set\",\"line\":\"gas\",\"level\":1,\"after_decision_ms\":0.4,\"reaction_ms\":1.5}",
        ALERT("cellar", "alarm", "predicted",
              "\"reasons\":[{\"reason\":\"predicted\",\"threshold\":5,\"value\":0.7,\"limit\":0.6}]," LEAD),
        "{\"type\":\"health\"," AT("12.000", "2000000000") "\"text\":\"\\u001b]0;x\\u0007UNFIT\"}",
        "{\"type\":\"reason\"," AT("12.000",
                                   "2000000000") "\"event_id\":\"o-8\",\"event_number\":8,\"event_utc_ns\":3,"
                                                 "\"text\":\"another's\"}",
        "{\"type\":\"surprise\"," AT("13.000", "3000000000") "\"text\":\"of a later version\"}",
        END("event ended"),
        "{\"type\":\"note\"," AT("55.000", "45000000000") "\"text\":\"after\"}",
        NULL};
    static const char want[] =
        "    +1.000 s  reason    its cause\n"
        "    +1.000 s  reason    event began, event 7\n"
        "    +1.000 s  alert     cellar, revision 2: update, alarm, predicted; decided "
        "0.250 ms after the sample arrived\n"
        "                        3 is observed, 1.00 s after it was decided\n"
        "                        4 is observed, 4.50 s after it was decided\n"
        "                        predicted 5: 0.7, limit 0.6\n"
        "    +1.001 s  sound     alarm, siren, source local, countdown 4.5 s\n"
        "    +1.001 s  lines     gas, lift\n"
        "    +1.002 s  output    gas: line-set on, 1.500 ms after the sample arrived, 0.400 "
        "ms after the decision\n"
        "    +1.000 s  alert     cellar, revision 2: update, alarm, predicted; decided "
        "0.250 ms after the sample arrived\n" /* its reasons have been told */
        "    +2.000 s  health    ?]0;x?UNFIT\n"
        "    +3.000 s  surprise  of a later version\n"
        "   +40.000 s  reason    event ended, event 7\n";
    struct fake_sys f;
    char *text = shown(&f, lines, "7");
    const char *body = strstr(text, "\n\n");

    (void)state;
    assert_non_null(body);
    assert_string_equal(body + 2, want);
    free(text);
}

static void times_go_on_over_a_restart_and_a_clock_that_nobody_set(void **state)
{
    static const char *const restart[] = {
        BEGAN("alarm", "local"), "{\"type\":\"start\"," AT("15.000", "100") "\"software\":\"1\"}",
        "{\"type\":\"reason\"," AT("16.000", "1000000100") ID7 TRUSTED ",\"text\":\"again\"}", NULL};
    static const char *const unset[] = {
        "{\"type\":\"alert\",\"at\":null,\"mono_ns\":5000000000,\"event_id\":\"h-19700101T000003.500Z-1\","
        "\"event_number\":1,"
        "\"event_utc_ns\":3500000000,\"sensor\":\"s\",\"alert\":{\"level\":\"alarm\",\"since_onset_s\":1.5}}",
        "{\"type\":\"reason\",\"at\":null,\"mono_ns\":5500000000,\"event_id\":\"h-19700101T000003.500Z-1\","
        "\"event_number\":1,"
        "\"event_utc_ns\":3500000000,\"text\":\"later\"}",
        "{\"type\":\"reason\",\"event_number\":1,\"event_utc_ns\":0,\"text\":\"whenever\"}", NULL};
    struct fake_sys f;

    (void)state;
    char *text = shown(&f, restart, "7");
    assert_non_null(strstr(text, "    +5.000 s  start     the node starts, software 1\n"));
    assert_non_null(strstr(text, "    +6.000 s  reason    again\n"));
    free(text);
    text = shown(&f, unset, "1");
    assert_non_null(strstr(text, "    +2.000 s  reason    later\n"));
    assert_non_null(strstr(text, "           ?  reason    whenever\n"));
    free(text);
}

/* ---- for other programs ---- */

static void what_is_exported_is_the_lines_and_nothing_a_terminal_obeys(void **state)
{
    static const char *const lines[] = {
        BEGAN("alarm", "local"),
        "{\"type\":\"note\",\"text\":\"between\x7f\xc2\x9b\xef\xbf\xbf\xe5\x9c\xb0\"}",
        "{\"type\":\"reason\",\"event_id\":\"o-8\",\"event_number\":8,\"event_utc_ns\":3}",
        END("event ended"),
        "{\"type\":\"note\",\"text\":\"after\"}",
        NULL};
    struct history_files files;
    struct history_events h;
    struct fake_sys f;
    struct error err;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    fake_sys_init(&f);
    fake_journal(&f, "j", lines);
    gather(&f, &files, &h);
    history_events_find(&h, "7")->chosen = true;
    struct history_export all = {.events = &h, .out = out};
    assert_int_equal(history_files_read(&files, history_export_feed, &all, &err), 0);
    fclose(out);
    char want[2000];
    snprintf(want, sizeof want,
             "%s\n{\"type\":\"note\",\"text\":\"between\\u007f\\u009b\\uffff\xe5\x9c\xb0\"}\n%s\n", lines[0],
             lines[3]);
    assert_string_equal(text, want);
    free(text);
    finish(&f, &files, &h);
}

static void a_journal_of_several_files_is_read_in_order(void **state)
{
    static const char *const older[] = {BEGAN("watch", "local"), NULL}, *const newer[] = {ROSE("alarm"),
                                                                                          NULL};
    struct history_files files;
    struct history_events h;
    struct fake_sys f;
    struct error err;

    (void)state;
    fake_sys_init(&f);
    fake_journal(&f, "j.1", older);
    fake_journal(&f, "j", newer);
    gather(&f, &files, &h);
    /* The node turns over now: what is open stays what it was. */
    assert_int_equal(f.sys.rename(&f, "j.1", "j.2"), 0);
    assert_int_equal(f.sys.rename(&f, "j", "j.1"), 0);
    history_events_free(&h);
    history_events_init(&h, &f.sys);
    assert_int_equal(history_files_read(&files, history_events_feed, &h, &err), 0);
    assert_int_equal(h.count, 1);
    assert_int_equal(history_events_at(&h, 0)->level, ALERT_ALARM);
    finish(&f, &files, &h);
}

static void a_journal_that_is_not_there_is_said(void **state)
{
    struct history_files files;
    struct fake_sys f;
    struct error err;

    (void)state;
    fake_sys_init(&f);
    assert_int_equal(history_files_open(&files, &f.sys, "j", &err), 0);
    assert_int_equal(history_files_fault(&files, &err), -1);
    assert_string_equal(err.text, "j: there is no journal");
    fake_file_put_text(&f, "j", "");
    fake_file_put_text(&f, "j.3", "")->open_errno = EACCES;
    assert_int_equal(history_files_open(&files, &f.sys, "j", &err), 0);
    assert_int_equal(history_files_fault(&files, &err), -1);
    assert_string_equal(err.text, "j.3: cannot be read: Permission denied");
    history_files_close(&files);
    assert_int_equal(f.open_fds, 0);
    fake_sys_done(&f);
}

/* ---- is it whole ---- */

static const struct {
    const char *name;
    size_t flip;         /* this byte, counted from the end, is another one; 0: none */
    size_t cut;          /* so many bytes are missing at the end */
    const char *replace; /* the whole file */
    bool whole;
    const char *says;
} damages[] = {
    {"a whole one", 0, 0, NULL, true, "3 lines"},
    {"its last line cut", 0, 5, NULL, false, "torn: the last line was being written"},
    {"a line broken in the middle", 80, 0, NULL, false, "1 broken"},
    {"no journal at all", 0, 0, "hello\n", false, "it is no journal"},
    {"of another version", 0, 0, "version", false, "newer version"},
};

static void damage_is_found(void **state)
{
    static const char *const lines[] = {"{\"type\":\"start\",\"boot\":\"somewhere\"}",
                                        "{\"type\":\"stop\",\"text\":\"somebody wanted it\"}", NULL};
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct history_files files;
        struct history_checked c;
        struct fake_sys f;
        struct error err;
        char text[300];

        print_message("%s\n", damages[i].name);
        fake_sys_init(&f);
        fake_journal(&f, "j", lines);
        struct fake_file *file = fake_file_find(&f, "j");
        if (damages[i].flip)
            file->data[file->size - damages[i].flip] ^= 1;
        file->size -= damages[i].cut;
        if (damages[i].replace && !strcmp(damages[i].replace, "version")) {
            static const char frame[] = "00000022 8ffda8dc {\"type\":\"journal\",\"version\":99999}\n";
            fake_file_put_text(&f, "j", frame);
        } else if (damages[i].replace) {
            fake_file_put_text(&f, "j", damages[i].replace);
        }
        assert_int_equal(history_files_open(&files, &f.sys, "j", &err), 0);
        assert_int_equal(history_check(&files, 0, &c, &err), 0);
        assert_int_equal(history_checked_whole(&c), damages[i].whole);
        if (!strstr(history_checked_say(&c, text, sizeof text), damages[i].says))
            fail_msg("%s", text);
        history_files_close(&files);
        assert_int_equal(f.live_allocs, 0);
        fake_sys_done(&f);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_what_its_lines_say),
        cmocka_unit_test(lines_find_their_event),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(a_life_is_shown_in_order_with_times_after_the_onset),
        cmocka_unit_test(times_go_on_over_a_restart_and_a_clock_that_nobody_set),
        cmocka_unit_test(what_is_exported_is_the_lines_and_nothing_a_terminal_obeys),
        cmocka_unit_test(a_journal_of_several_files_is_read_in_order),
        cmocka_unit_test(a_journal_that_is_not_there_is_said),
        cmocka_unit_test(damage_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
