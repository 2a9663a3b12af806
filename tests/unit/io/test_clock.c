/* The mapping from the monotonic clock to UTC: what a step, a drift and an event do to it. */
#include "io/clock.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define S     INT64_C(1000000000)
#define Y2026 (INT64_C(1767225600) * S)

struct clocks {
    int64_t mono, utc;
};

static int64_t mono(void *ctx)
{
    return ((struct clocks *)ctx)->mono;
}

static int64_t utc(void *ctx)
{
    return ((struct clocks *)ctx)->utc;
}

static const struct {
    const char *name;
    int64_t moved_ns; /* UTC against monotonic, before the second look */
    bool event;
    uint32_t epoch, steps; /* wanted */
    bool follows;
} rows[] = {
    {"a clock that keeps time is left alone", 0, false, 1, 0, true},
    {"reading noise of 99 us is no revision", 99000, false, 1, 0, false},
    {"steering by 1 ms is followed", 1000000, false, 2, 0, true},
    {"a clock set forward is a step", 3600 * S, false, 2, 1, true},
    {"a clock set back is a step", -3600 * S, false, 2, 1, true},
    {"a leap second is a step of the name, not of the data", -S, false, 2, 1, true},
    {"nothing moves while an event lasts", 3600 * S, true, 1, 0, false},
};

static void a_second_look(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct clocks at = {.mono = 5 * S, .utc = Y2026};
        struct sys sys = sys_real;
        static struct clock c;
        sys.ctx = &at;
        sys.mono_ns = mono;
        sys.utc_ns = utc;
        clock_init(&c, &sys);
        at.mono += S;
        at.utc += S + rows[i].moved_ns;
        clock_look(&c, rows[i].event);
        struct clock_state s = {0};
        clock_state(&c, &s);
        print_message("%s\n", rows[i].name);
        assert_int_equal(s.epoch, rows[i].epoch);
        assert_int_equal(s.steps, rows[i].steps);
        assert_int_equal(clock_utc_ns(&s, at.mono) == at.utc, rows[i].follows);
        assert_true(s.plausible);
        clock_look(&c, false); /* after the event it follows */
        clock_state(&c, &s);
        int64_t apart = at.utc - clock_utc_ns(&s, at.mono);
        assert_true(apart < CLOCK_REVISE_NS && apart > -CLOCK_REVISE_NS);
    }
}

static void a_board_without_a_battery_clock_is_not_plausible(void **state)
{
    struct clocks at = {.mono = 5 * S, .utc = 7 * S};
    struct sys sys = sys_real;
    static struct clock c;

    (void)state;
    sys.ctx = &at;
    sys.mono_ns = mono;
    sys.utc_ns = utc;
    clock_init(&c, &sys);
    struct clock_state s = {0};
    clock_state(&c, &s);
    assert_int_equal(s.epoch, 1);
    assert_false(s.plausible);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_look),
        cmocka_unit_test(a_board_without_a_battery_clock_is_not_plausible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
