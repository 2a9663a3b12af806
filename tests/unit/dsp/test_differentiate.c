#include "dsp/differentiate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/near.h"

/* sin(0.2 n) + 0.01 n^2 at 31.25 Hz: tests/unit/dsp/oracle.py differentiate */
static const double gradient[12] = {6.5209165873457, 6.7096615985727, 6.9683303531246, 6.9990273217324,
                                    6.825445490826,  6.4794217979329, 5.9996678934463, 5.4302268292856,
                                    4.8187172014021, 4.2144347466278, 3.6663870772093, 3.4124680310596};

static void a_record_becomes_numpy_gradient(void **state)
{
    struct differentiate d;
    double a[3];

    (void)state;
    assert_true(differentiate_init(&d, 31.25));
    for (int round = 0; round < 2; round++) {
        for (int n = 0; n < 12; n++) {
            double v = sin(0.2 * n) + 0.01 * n * n;

            assert_int_equal(differentiate_step(&d, (double[]){v, 2 * v, -v}, a), n > 0);
            if (n == 0)
                continue;
            assert_near(a[0], gradient[n - 1], 1e-12);
            assert_near(a[1], 2 * gradient[n - 1], 1e-12);
            assert_near(a[2], -gradient[n - 1], 1e-12);
        }
        assert_true(differentiate_last(&d, a));
        assert_near(a[0], gradient[11], 1e-12);
        differentiate_reset(&d);
        assert_false(differentiate_last(&d, a));
    }
}

static void a_ramp_is_a_constant_however_coarse_or_broken(void **state)
{
    struct differentiate d;
    double a[3];

    (void)state;
    assert_true(differentiate_init(&d, 100));
    for (int n = 0; n < 1000; n++) {
        double v = 0.003 * n;

        if (differentiate_step(&d, (double[]){v, n == 500 ? NAN : v, n == 500 ? INFINITY : 5}, a)) {
            assert_near(a[0], 0.3, 1e-9);
            assert_true(isfinite(a[1]) && a[2] == 0);
            if (n < 500 || n > 502)
                assert_near(a[1], 0.3, 1e-9);
        }
    }
}

static void arguments_out_of_range_are_refused(void **state)
{
    struct differentiate d = {.seen = 7};

    (void)state;
    assert_false(differentiate_init(&d, 0));
    assert_false(differentiate_init(&d, -1));
    assert_false(differentiate_init(&d, NAN));
    assert_false(differentiate_init(&d, INFINITY));
    assert_int_equal(d.seen, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_becomes_numpy_gradient),
        cmocka_unit_test(a_ramp_is_a_constant_however_coarse_or_broken),
        cmocka_unit_test(arguments_out_of_range_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
