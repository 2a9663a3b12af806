/* Percentiles of latencies: within a bucket's width of the truth, and honest about the largest. */
#include "node/histogram.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void quantiles_are_within_a_bucket(void **state)
{
    static const double share[] = {0.01, 0.5, 0.9, 0.99, 0.999, 1};
    static struct histogram h;

    (void)state;
    memset(&h, 0, sizeof h);
    assert_true(isnan(histogram_quantile_s(&h, 0.5)));
    for (int i = 1; i <= 100000; i++) /* 1.05 us to 105 ms, evenly */
        histogram_add(&h, (int64_t)i * 1050);
    assert_int_equal(histogram_total(&h), 100000);
    for (size_t i = 0; i < sizeof share / sizeof *share; i++) {
        double got = histogram_quantile_s(&h, share[i]), truth = share[i] * 0.105;
        assert_true(got >= truth * 0.999 && got <= truth * 1.19);
    }
}

static void every_time_falls_into_the_bucket_that_holds_it(void **state)
{
    (void)state;
    for (double ns = 900; ns < 40e9; ns *= 1.01) {
        static struct histogram h;
        memset(&h, 0, sizeof h);
        histogram_add(&h, (int64_t)ns);
        for (int b = 0; b < HISTOGRAM_BUCKETS; b++) {
            if (h.count[b] == 0)
                continue;
            if (b < HISTOGRAM_BUCKETS - 1)
                assert_true(ns <= 1000 * exp2(b / 4.0) * 1.0001);
            if (b > 0)
                assert_true(ns >= 1000 * exp2((b - 1) / 4.0) * 0.9999);
        }
    }
}

static void what_cannot_be_is_counted_at_the_ends(void **state)
{
    static struct histogram h;

    (void)state;
    memset(&h, 0, sizeof h);
    histogram_add(&h, -5);
    histogram_add(&h, INT64_MAX);
    assert_int_equal(h.count[0], 1);
    assert_int_equal(h.count[HISTOGRAM_BUCKETS - 1], 1);
    assert_true(histogram_quantile_s(&h, 1) > 9e9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_within_a_bucket),
        cmocka_unit_test(every_time_falls_into_the_bucket_that_holds_it),
        cmocka_unit_test(what_cannot_be_is_counted_at_the_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
