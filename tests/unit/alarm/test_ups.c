/* ups against an upsd of a few lines on a loopback port. */
#include "alarm/ups.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/fake_upsd.h"

static struct ups *open_ups(const struct upsd *u)
{
    struct ups_conf conf = {.timeout_s = 1};
    struct error err = {""};
    struct ups *ups;

    snprintf(conf.name, sizeof conf.name, "rack@127.0.0.1:%d", u->port);
    if (ups_open(&ups, &sys_real, &conf, &err) < 0)
        fail_msg("%s", err.text);
    return ups;
}

static const struct {
    const char *claim, *line;
    int result;
    bool mains_lost, battery_low;
} lines[] = {
    {"on line", "VAR rack ups.status \"OL\"", 0, false, false},
    {"charging", "VAR rack ups.status \"OL CHRG\"", 0, false, false},
    {"on battery", "VAR rack ups.status \"OB DISCHRG\"", 0, true, false},
    {"battery low", "VAR rack ups.status \"OB LB\"", 0, true, true},
    {"low while charging", "VAR rack ups.status \"OL LB CHRG\"", 0, false, true},
    {"about to cut the power", "VAR rack ups.status \"FSD OB LB\"", 0, true, true},
    {"words that only begin alike", "VAR rack ups.status \"OL OBX LBX\"", 0, false, false},
    {"a status that says nothing", "VAR rack ups.status \"WAIT\"", -1, false, false},
    {"an empty status", "VAR rack ups.status \"\"", -1, false, false},
    {"a status that does not end", "VAR rack ups.status \"OB", -1, false, false},
    {"another supply", "VAR rack2 ups.status \"OB\"", -1, false, false},
    {"another variable", "VAR rack ups.load \"OB\"", -1, false, false},
    {"an error", "ERR DATA-STALE", -1, false, false},
    {"nothing", "", -1, false, false},
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct ups_state s = {true, true, true};
        struct error err = {""};
        int result = ups_parse(lines[i].line, "rack", &s, &err);

        if (result != lines[i].result || s.mains_lost != lines[i].mains_lost ||
            s.battery_low != lines[i].battery_low || s.known != (result == 0) ||
            (result < 0) != (*err.text != '\0'))
            fail_msg("%s: %d, mains lost %d, battery low %d: %s", lines[i].claim, result, s.mains_lost,
                     s.battery_low, err.text);
    }
}

static void test_it_is_asked_over_one_connection(void **state)
{
    struct upsd u;
    struct ups *ups;
    struct ups_state s;
    struct error err = {""};

    (void)state;
    upsd_start(&u, "VAR rack ups.status \"OL\"\n");
    ups = open_ups(&u);
    assert_int_equal(ups_read(ups, &s, &err), 0);
    assert_true(s.known && !s.mains_lost);
    u.answer = "VAR rack ups.status \"OB LB\"\n";
    assert_int_equal(ups_read(ups, &s, &err), 0);
    assert_true(s.mains_lost && s.battery_low);
    assert_int_equal(u.connections, 1);
    ups_close(ups);
    upsd_stop(&u);
}

static void test_it_recovers(void **state)
{
    struct upsd u;
    struct ups *ups;
    struct ups_state s;
    struct error err = {""};

    (void)state;
    upsd_start(&u, NULL);
    ups = open_ups(&u);
    assert_int_equal(ups_read(ups, &s, &err), -1); /* hung up */
    assert_false(s.known);
    u.answer = "";
    assert_int_equal(ups_read(ups, &s, &err), -1); /* says nothing: ends by timeout */
    u.answer = "VAR rack ups.status \"OL\"\n";
    assert_int_equal(ups_read(ups, &s, &err), 0);
    assert_true(s.known);
    u.answer = "ERR DATA-STALE\n";
    assert_int_equal(ups_read(ups, &s, &err), -1);
    assert_non_null(strstr(err.text, "DATA-STALE"));
    upsd_stop(&u);
    assert_int_equal(ups_read(ups, &s, &err), -1); /* nobody listens */
    ups_close(ups);
}

static void test_names(void **state)
{
    static const char *const bad[] = {"", "ra ck@host", "rack@host:\n1", "rack@host:port", "@host"};
    struct ups *ups;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ups_conf conf = {.timeout_s = 1};

        snprintf(conf.name, sizeof conf.name, "%s", bad[i]);
        if (ups_open(&ups, &sys_real, &conf, &err) != -1)
            fail_msg("\"%s\" is taken for a name", bad[i]);
        assert_null(ups);
    }
    ups_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_it_is_asked_over_one_connection),
        cmocka_unit_test(test_it_recovers),
        cmocka_unit_test(test_names),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
