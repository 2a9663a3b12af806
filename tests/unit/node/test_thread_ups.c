#include "node/thread_ups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/unit/fake_upsd.h"

/* Waits until the state is that; the thread's own wake says when to look again. */
static void await_state(struct thread_ups *t, const struct wake *wake, bool known, bool mains_lost)
{
    for (int i = 0; i < 200; i++) {
        struct ups_state s = thread_ups_state(t);

        if (s.known == known && s.mains_lost == mains_lost)
            return;
        wake_wait(wake, 100);
    }
    fail_msg("never known %d, mains lost %d", known, mains_lost);
}

static void test_the_supply_is_followed(void **state)
{
    struct upsd u;
    struct ups_conf conf = {.period_s = 0.05, .timeout_s = 2};
    struct thread_ups *t;
    struct wake wake;
    struct error err = {""};

    (void)state;
    upsd_start(&u, "VAR rack ups.status \"OL\"\n");
    snprintf(conf.name, sizeof conf.name, "rack@127.0.0.1:%d", u.port);
    assert_int_equal(wake_open(&wake, &err), 0);
    if (thread_ups_open(&t, &sys_real, &conf, &wake, &err) < 0)
        fail_msg("%s", err.text);
    await_state(t, &wake, true, false);
    u.answer = "VAR rack ups.status \"OB DISCHRG\"\n";
    await_state(t, &wake, true, true);
    u.answer = NULL; /* upsd goes away: nothing is known, and nothing is claimed */
    await_state(t, &wake, false, false);
    u.answer = "VAR rack ups.status \"OL\"\n";
    await_state(t, &wake, true, false);
    thread_ups_close(t);
    thread_ups_close(NULL);
    upsd_stop(&u);
    wake_close(&wake);
}

static void test_a_name_that_is_none(void **state)
{
    struct ups_conf conf = {.name = "@nowhere", .period_s = 1, .timeout_s = 1};
    struct thread_ups *t;
    struct error err = {""};

    (void)state;
    assert_int_equal(thread_ups_open(&t, &sys_real, &conf, NULL, &err), -1);
    assert_null(t);
    assert_non_null(strstr(err.text, "ups.name \"@nowhere\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_supply_is_followed),
        cmocka_unit_test(test_a_name_that_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
