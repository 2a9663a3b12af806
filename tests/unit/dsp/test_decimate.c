#include "dsp/decimate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/near.h"

static struct decimate d, e; /* 13 kB each */

static void factors_lead_to_125_to_255_hz(void **state)
{
    static const struct {
        double rate_hz;
        unsigned factor;
    } cases[] = {
        {1, 1},     {31.25, 1}, {250, 1},  {250.1, 1},  {256, 2},  {400, 2},
        {500, 2},   {800, 4},   {1000, 4}, {1000.3, 4}, {2000, 8}, {4000, 16},
        {4080, 16}, {4081, 0},  {0, 0},    {-100, 0},   {NAN, 0},  {INFINITY, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(decimate_factor(cases[i].rate_hz), cases[i].factor);
    for (double rate = 251; rate < 4080; rate += 0.7) {
        double out = rate / decimate_factor(rate);

        assert_true(out <= 255 && (out >= 125 || rate < 256));
    }
}

/* Factor, outputs 0, 1, 40, 100: tests/unit/dsp/oracle.py decimate */
static const struct {
    unsigned factor;
    double want[4];
} oracle[] = {
    {2, {10.312186318589, 10.306464698925, 9.2160551761668, 9.3103251480606}},
    {4, {10.319896210677, 10.307731756069, 9.2160652168377, 9.3103395566913}},
    {7, {10.321096890293, 10.307874143824, 9.2160737535205, 9.3103493295132}},
    {16, {10.321141269685, 10.307889778073, 9.2160787873269, 9.3103558643214}},
};

static void outputs_are_those_of_scipy_at_the_stated_delay(void **state)
{
    static const int at[] = {0, 1, 40, 100};

    (void)state;
    for (size_t i = 0; i < sizeof oracle / sizeof *oracle; i++) {
        int m = (int)oracle[i].factor, k = 0, checked = 0;

        assert_true(decimate_init(&d, oracle[i].factor));
        assert_int_equal(decimate_delay(&d), 10 * m);
        for (int n = 0; n < 120 * m; n++) {
            double x = 9.81 + sin(0.3 * n / m) + 0.5 * sin(1.7 * n / m + 1) + 0.2 * sin(2.9 * n), out[3];

            if (!decimate_step(&d, (double[]){x, -x, 9.81}, out))
                continue;
            assert_int_equal(n, k * m + (int)decimate_delay(&d));
            if (checked < 4 && k == at[checked]) {
                assert_near(out[0], oracle[i].want[checked], 1e-12);
                assert_near(out[1], -oracle[i].want[checked], 1e-12);
                assert_near(out[2], 9.81, 1e-12);
                checked++;
            }
            k++;
        }
        assert_int_equal(checked, 4);
    }
}

/* dB of the filter at a frequency in units of the new rate */
static double gain_db(double f)
{
    double sum = 0, middle = d.taps / 2;

    for (unsigned i = 0; i < d.taps; i++)
        sum += d.h[i] * cos(2 * M_PI * f * (i - middle) / d.factor);
    return 20 * log10(fabs(sum) + 1e-30);
}

static void pass_band_is_flat_and_aliases_are_80_db_down(void **state)
{
    (void)state;
    for (unsigned factor = 2; factor <= DECIMATE_FACTOR_MAX; factor++) {
        assert_true(decimate_init(&d, factor));
        assert_near(gain_db(0), 0, 1e-9);
        for (double f = 0; f <= 0.35; f += 0.001)
            assert_near(gain_db(f), 0, 0.1);
        for (double f = 0.6; f <= factor / 2.0; f += 0.001)
            if (gain_db(f) > -80)
                fail_msg("factor %u: %.1f dB at %g", factor, gain_db(f), f);
    }
}

static void a_sine_comes_out_at_its_own_time(void **state)
{
    const double rate = 1000;
    int k = 0;

    (void)state;
    assert_true(decimate_init(&d, decimate_factor(rate)));
    for (int n = 0; n < 4000; n++) {
        double out[3], x[3] = {sin(2 * M_PI * 5 * n / rate), cos(2 * M_PI * 60 * n / rate),
                               sin(2 * M_PI * 240 * n / rate)};

        if (!decimate_step(&d, x, out))
            continue;
        double t = k++ * 4 / rate;

        if (k < 20)
            continue; /* the rest assumed before the first sample */
        assert_near(out[0], sin(2 * M_PI * 5 * t), 1e-3);
        assert_near(out[1], cos(2 * M_PI * 60 * t), 1e-3);
        assert_near(out[2], 0, 1e-4); /* would be 10 Hz */
    }
    assert_int_equal(k, (4000 - 40) / 4);
}

static void bad_values_hold_the_last_good_one(void **state)
{
    (void)state;
    assert_true(decimate_init(&d, 4) && decimate_init(&e, 4));
    for (int n = 0; n < 1000; n++) {
        double x[3] = {9.81 + sin(n), cos(n), n}, held[3] = {x[0], x[1], x[2]}, a[3], b[3];

        if (n % 50 == 7) {
            x[0] = n % 100 < 50 ? NAN : INFINITY;
            x[1] = 1e300;
            held[0] = 9.81 + sin(n - 1);
            held[1] = cos(n - 1);
        }
        bool got = decimate_step(&d, x, a);

        assert_int_equal(got, decimate_step(&e, held, b));
        if (got)
            assert_true(a[0] == b[0] && a[1] == b[1] && a[2] == b[2]);
    }
    decimate_reset(&d); /* and a first sample that is bad is 0 */
    for (int n = 0; n <= 40; n++) {
        double out[3] = {1, 1, 1};

        if (decimate_step(&d, (double[]){NAN, NAN, NAN}, out))
            assert_true(n == 40 && out[0] == 0 && out[1] == 0 && out[2] == 0);
    }
}

static void gravity_does_not_ring_after_a_reset(void **state)
{
    int outputs = 0;

    (void)state;
    assert_true(decimate_init(&d, 8));
    for (int n = 0; n < 3000; n++) {
        double out[3];

        if (n == 1000)
            decimate_reset(&d);
        if (decimate_step(&d, (double[]){n < 1000 ? -9.81 : 9.81, 1, 0}, out)) {
            outputs++;
            assert_near(out[0], n < 1000 ? -9.81 : 9.81, 1e-12);
        }
    }
    assert_int_equal(outputs, (1000 - 80 + 7) / 8 + (2000 - 80 + 7) / 8);
}

static void factor_1_hands_through_and_others_are_refused(void **state)
{
    double out[3];

    (void)state;
    assert_true(decimate_init(&d, 1));
    assert_int_equal(decimate_delay(&d), 0);
    for (int n = 0; n < 10; n++) {
        assert_true(decimate_step(&d, (double[]){n, 0.1 * n, -n}, out));
        assert_true(out[0] == n && out[1] == 0.1 * n && out[2] == -n);
    }
    assert_false(decimate_init(&d, 0));
    assert_false(decimate_init(&d, 17));
    assert_int_equal(d.factor, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_lead_to_125_to_255_hz),
        cmocka_unit_test(outputs_are_those_of_scipy_at_the_stated_delay),
        cmocka_unit_test(pass_band_is_flat_and_aliases_are_80_db_down),
        cmocka_unit_test(a_sine_comes_out_at_its_own_time),
        cmocka_unit_test(bad_values_hold_the_last_good_one),
        cmocka_unit_test(gravity_does_not_ring_after_a_reset),
        cmocka_unit_test(factor_1_hands_through_and_others_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
