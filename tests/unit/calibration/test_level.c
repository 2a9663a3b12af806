/* Which way is up, how far from level, and what is refused. */
#include "calibration/level.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/near.h"

enum { RATE = 100 };
static const double z_up[3] = {0, 0, 1};

/* A footstep-like wobble of zero mean on every axis. */
static void feed(struct level *l, const double g[3], double seconds)
{
    for (int i = 0; i < (int)(seconds * RATE); i++) {
        double wobble = 0.02 * sin(0.9 * i);
        double x[1][3] = {{g[0] + wobble, g[1] - wobble, g[2] + wobble}};
        level_feed(l, (const double(*)[3])x, 1);
    }
}

static const struct {
    const char *name;
    double g[3];
    int up;
    bool is_down;
    double off_deg, tilt_deg;
    const char *refusal; /* NULL: none */
} cases[] = {
    {"level, z up", {0, 0, 9.80665}, 2, false, 0, 0, NULL},
    {"hung upside down", {0, 0, -9.80665}, 2, true, 0, 180, NULL},
    {"on a wall, x up", {9.80665, 0, 0}, 0, false, 0, 90, NULL},
    {"5 degrees about x", {0, 0.8547048, 9.7693325}, 2, false, 5, 5, NULL},
    {"an offset of 0.05 g is still a sensor", {0, 0, 10.297}, 2, false, 0, 0, NULL},
    {"twice the scale is refused", {0, 0, 19.6133}, 0, false, 0, 0, "not 1 g"},
    {"no gravity at all is refused", {0, 0, 0}, 0, false, 0, 0, "not 1 g"},
};

static void attitudes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct level l;
        struct level_result r = {.up = 7};
        struct error err = {""};
        assert_true(level_init(&l, RATE));
        feed(&l, cases[i].g, 10);
        int result = level_result(&l, z_up, &r, &err);
        if (cases[i].refusal) {
            if (result != -1 || !strstr(err.text, cases[i].refusal) || r.up != 7)
                fail_msg("%s: %d \"%s\"", cases[i].name, result, err.text);
            continue;
        }
        if (result != 0 || r.up != cases[i].up || r.is_down != cases[i].is_down ||
            fabs(r.off_deg - cases[i].off_deg) > 0.02 || fabs(r.tilt_deg - cases[i].tilt_deg) > 0.02)
            fail_msg("%s: %d \"%s\" axis %d off %g tilt %g", cases[i].name, result, err.text, r.up, r.off_deg,
                     r.tilt_deg);
    }
}

static void one_that_is_moved_is_refused_with_the_time(void **state)
{
    static const double flat[3] = {0, 0, 9.80665}, leaning[3] = {0, 0.342, 9.8007};
    struct level l;
    struct level_result r;
    struct error err = {""};

    (void)state;
    level_init(&l, RATE);
    feed(&l, flat, 9);
    feed(&l, leaning, 1);
    assert_int_equal(level_result(&l, z_up, &r, &err), -1);
    assert_non_null(strstr(err.text, "moved"));
    assert_non_null(strstr(err.text, "about 9."));
}

static void an_hour_fits(void **state)
{
    struct level l;
    struct level_result r;
    struct error err = {""};

    (void)state;
    level_init(&l, RATE);
    feed(&l, cases[3].g, 3600);
    assert_int_equal(level_result(&l, z_up, &r, &err), 0);
    assert_near(r.tilt_deg, 5, 0.01);
    assert_true(r.seconds > 3500);
}

static void too_little_and_not_finite(void **state)
{
    static const double bad[3] = {NAN, 0, 9.8};
    struct level l;
    struct level_result r;
    struct error err = {""};

    (void)state;
    assert_false(level_init(&l, 0));
    assert_false(level_init(&l, NAN));
    level_init(&l, RATE);
    feed(&l, bad, 10);
    assert_int_equal(l.not_finite, 1000);
    assert_int_equal(level_result(&l, z_up, &r, &err), -1);
    feed(&l, z_up, 0.5);
    assert_int_equal(level_result(&l, z_up, &r, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attitudes),
        cmocka_unit_test(one_that_is_moved_is_refused_with_the_time),
        cmocka_unit_test(an_hour_fits),
        cmocka_unit_test(too_little_and_not_finite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
