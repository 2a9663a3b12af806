/* Intervals: whole groups are drawn, the seed is fixed, and what never failed has the exact bound. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "node/bootstrap.h"
#include "tests/unit/fake_end.h"
#include "tests/unit/near.h"

#include <math.h>

static void statistics_are_what_they_are_called(void **state)
{
    static const struct {
        const char *name;
        enum bootstrap_statistic what;
        size_t n;
        double value[6], weight[6], want;
    } rows[] = {
        {"a share", BOOTSTRAP_SHARE, 4, {1, 0, 1, 1}, {0}, 0.75},
        {"an odd median", BOOTSTRAP_MEDIAN, 3, {3, 1, 2}, {0}, 2},
        {"an even median", BOOTSTRAP_MEDIAN, 4, {4, 1, 2, 10}, {0}, 3},
        {"90 % of five", BOOTSTRAP_P90, 5, {5, 4, 3, 2, 1}, {0}, 5},
        {"one value", BOOTSTRAP_P90, 1, {7}, {0}, 7},
        {"spread", BOOTSTRAP_MAD, 5, {1, 2, 3, 4, 100}, {0}, 1},
        {"a rate", BOOTSTRAP_RATE, 3, {1, 2, 3}, {0.5, 0.5, 2}, 2},
        {"a rate in no time", BOOTSTRAP_RATE, 1, {1}, {0}, NAN},
        {"nothing", BOOTSTRAP_MEDIAN, 0, {0}, {0}, NAN},
    };
    double scratch[6];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double got =
            bootstrap_statistic(rows[i].what, rows[i].value,
                                rows[i].what == BOOTSTRAP_RATE ? rows[i].weight : NULL, rows[i].n, scratch);
        if (isnan(got) != isnan(rows[i].want) || fabs(got - rows[i].want) > 1e-12)
            fail_msg("%s: %g", rows[i].name, got);
    }
}

static struct bootstrap_figure figure_of(enum bootstrap_statistic what, const double *value,
                                         const double *weight, const size_t *group, size_t n)
{
    struct bootstrap_figure f;

    assert_int_equal(bootstrap(&f, &sys_real, what, value, weight, group, n), 0);
    return f;
}

/* python3: 0.05**(1/10) = 0.7411, -log(0.05)/2 = 1.4979; the rule of three has 0.7 and 1.5. */
static void without_a_failure_the_bound_is_exact(void **state)
{
    double ones[20], zeros[20] = {0}, hours[20];
    size_t group[20];
    struct bootstrap_figure f;

    (void)state;
    for (size_t i = 0; i < 20; i++) {
        ones[i] = 1;
        hours[i] = 0.1;
        group[i] = i / 2;
    }
    f = figure_of(BOOTSTRAP_SHARE, ones, NULL, group, 20);
    assert_true(f.value == 1 && f.high == 1 && f.n == 20 && f.groups == 10);
    assert_near(f.low, 0.741134, 1e-6);
    f = figure_of(BOOTSTRAP_SHARE, zeros, NULL, group, 20);
    assert_true(f.value == 0 && f.low == 0);
    assert_near(f.high, 0.258866, 1e-6);
    f = figure_of(BOOTSTRAP_RATE, zeros, hours, group, 20);
    assert_true(f.value == 0 && f.low == 0);
    assert_near(f.high, 1.497866, 1e-6);
}

/* The share of n coin tosses: the interval is that of the binomial within what 2000 draws resolve. */
static void intervals_have_the_right_width(void **state)
{
    enum { N = 400 };
    static double value[N];
    static size_t alone[N], tens[N];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        value[i] = i / 10 % 4 == 0; /* a quarter, in runs of ten */
        alone[i] = i;
        tens[i] = i / 10;
    }
    struct bootstrap_figure one = figure_of(BOOTSTRAP_SHARE, value, NULL, alone, N);
    struct bootstrap_figure ten = figure_of(BOOTSTRAP_SHARE, value, NULL, tens, N);
    assert_true(one.value == 0.25 && ten.value == 0.25);
    /* 1.96 sqrt(p q / n) = 0.0424, and with 40 groups 0.134 */
    assert_true(fabs(one.high - one.low - 2 * 0.0424) < 0.01);
    assert_true(fabs(ten.high - ten.low - 2 * 0.134) < 0.03);
    assert_int_equal(ten.groups, 40);
}

static void few_groups_have_no_interval(void **state)
{
    const double value[] = {0, 1, 0, 1, 1, 0};
    const size_t four[] = {0, 1, 2, 3, 3, 3}, five[] = {0, 1, 2, 3, 4, 4};
    struct bootstrap_figure f = figure_of(BOOTSTRAP_SHARE, value, NULL, four, 6);

    (void)state;
    assert_true(f.value == 0.5 && isnan(f.low) && isnan(f.high));
    f = figure_of(BOOTSTRAP_SHARE, value, NULL, five, 6);
    assert_true(f.low >= 0 && f.low < 0.5 && f.high > 0.5 && f.high <= 1);
    f = figure_of(BOOTSTRAP_SHARE, value, NULL, five, 0);
    assert_true(isnan(f.value) && isnan(f.low) && f.n == 0);
}

static void equal_input_gives_equal_output(void **state)
{
    double value[50], shuffled[50];
    size_t group[50], mixed[50];

    (void)state;
    for (size_t i = 0; i < 50; i++) {
        value[i] = (double)(i * 37 % 50);
        group[i] = i / 3;
        shuffled[49 - i] = value[i]; /* groups in another order of items */
        mixed[49 - i] = group[i];
    }
    struct bootstrap_figure a = figure_of(BOOTSTRAP_MEDIAN, value, NULL, group, 50);
    struct bootstrap_figure b = figure_of(BOOTSTRAP_MEDIAN, value, NULL, group, 50);
    struct bootstrap_figure c = figure_of(BOOTSTRAP_MEDIAN, shuffled, NULL, mixed, 50);
    assert_true(a.low == b.low && a.high == b.high);
    assert_true(a.low == c.low && a.high == c.high && a.value == c.value);
}

static void refused_memory_is_told(void **state)
{
    const double value[] = {0, 1, 0, 1, 1, 0};
    const size_t group[] = {0, 1, 2, 3, 4, 5};

    (void)state;
    for (long at = 1; at <= 6; at++) {
        struct fake_sys fake;
        struct bootstrap_figure f;
        fake_sys_init(&fake);
        fake.fail_alloc_at = at;
        assert_int_equal(bootstrap(&f, &fake.sys, BOOTSTRAP_MEDIAN, value, NULL, group, 6), -1);
        fake_sys_end(&fake);
    }
}

/* The first numbers from seed 1234567, as others publish them for splitmix64. */
static void the_generator_is_splitmix64(void **state)
{
    struct bootstrap_random r = {1234567};
    size_t seen[6] = {0};

    (void)state;
    assert_true(bootstrap_next(&r) == UINT64_C(6457827717110365317));
    assert_true(bootstrap_next(&r) == UINT64_C(3203168211198807973));
    for (int i = 0; i < 60000; i++) {
        size_t k = bootstrap_below(&r, 6);
        assert_true(k < 6);
        seen[k]++;
    }
    for (int k = 0; k < 6; k++)
        assert_in_range(seen[k], 9600, 10400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_are_what_they_are_called),
        cmocka_unit_test(without_a_failure_the_bound_is_exact),
        cmocka_unit_test(intervals_have_the_right_width),
        cmocka_unit_test(few_groups_have_no_interval),
        cmocka_unit_test(equal_input_gives_equal_output),
        cmocka_unit_test(refused_memory_is_told),
        cmocka_unit_test(the_generator_is_splitmix64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
