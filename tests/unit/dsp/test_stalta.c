#include "dsp/stalta.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/near.h"

/* Sample, recursive ratio, box ratio: tests/unit/dsp/oracle.py stalta */
static const struct {
    int n;
    double recursive, box;
} oracle[] = {
    {499, 0.964710072423413, 0.932521920437166}, {1000, 1.01590499741206, 1.02319174891088},
    {1500, 1.90709476462512, 1.88277115078945},  {1520, 8.78385134396424, 12.9241129701056},
    {1999, 1.55423728326372, 1.01984636664903},
};

static void ratios_are_those_of_the_definition(void **state)
{
    struct stalta s;
    struct stalta_box b;
    double ring[500];
    size_t k = 0;

    (void)state;
    assert_true(stalta_init(&s, 100, 0.2, 5));
    assert_int_equal(stalta_box_storage(100, 0.2, 5), 500);
    assert_true(stalta_box_init(&b, 100, 0.2, 5, ring));
    for (int n = 0; n < 2000; n++) {
        double x = sin(0.7 * n) * (n < 1500 ? 1 : 5), r = stalta_step(&s, x), rb = stalta_box_step(&b, x);

        if (n < 499)
            assert_true(r == 0.0 && rb == 0.0); /* settling */
        if (n == oracle[k].n) {
            assert_near(r, oracle[k].recursive, 1e-12);
            assert_near(rb, oracle[k].box, 1e-12);
            k++;
        }
    }
    assert_int_equal(k, sizeof oracle / sizeof *oracle);
}

static const struct {
    const char *name;
    double onset;           /* m/s^2, after 20 s of 1 mm/s^2 noise at 100 Hz */
    int bad_at;             /* sample replaced by NaN, the next by infinity, the next by 1e200; or -1 */
    double quantum;         /* resolution, m/s^2; 0: none */
    int want_from, want_to; /* sample where the ratio first passes 4; -1: never */
} cases[] = {
    {"noise alone stays quiet", 0.001, -1, 0, -1, -1},
    {"strong onset found in 20 ms", 0.1, -1, 0, 2000, 2001},
    {"weak onset found in 200 ms", 0.004, -1, 0, 2000, 2019},
    {"a NaN sample does not blind it", 0.1, 1500, 0, 2000, 2001},
    {"onset out of digital zeros of a coarse sensor", 0.1, -1, 0.004, 2000, 2001},
    {"one flickering bit is an onset only while rare", 0.001, -1, 0.002, -1, -1},
};

static void onset_is_found(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int form = 0; form < 2; form++) {
            struct stalta s;
            struct stalta_box b;
            double ring[1000];
            uint32_t seed = 1;
            int first = -1;

            assert_true(stalta_init(&s, 100, 0.3, 10));
            assert_true(stalta_box_init(&b, 100, 0.3, 10, ring));
            for (int n = 0; n < 3000; n++) {
                double x = near_noise(&seed) * (n < 2000 ? 0.001 : cases[c].onset), r;

                if (cases[c].quantum > 0)
                    x = round(x / cases[c].quantum) * cases[c].quantum;
                if (n == cases[c].bad_at)
                    x = NAN;
                if (cases[c].bad_at >= 0 && n == cases[c].bad_at + 1)
                    x = -INFINITY;
                if (cases[c].bad_at >= 0 && n == cases[c].bad_at + 2)
                    x = 1e200;
                r = form == 0 ? stalta_step(&s, x) : stalta_box_step(&b, x);
                assert_true(isfinite(r) && r >= 0.0);
                if (first < 0 && r > 4.0)
                    first = n;
            }
            if (cases[c].want_from < 0 ? first >= 0 : first < cases[c].want_from || first > cases[c].want_to)
                fail_msg("%s (%s): %d", cases[c].name, form == 0 ? "recursive" : "box", first);
        }
}

static void zeros_are_answered_by_zero(void **state)
{
    struct stalta s;
    struct stalta_box b;
    double ring[100];

    (void)state;
    assert_true(stalta_init(&s, 100, 0.1, 1));
    assert_true(stalta_box_init(&b, 100, 0.1, 1, ring));
    for (int n = 0; n < 500; n++) {
        double x = n == 200 ? 1e-170 : 0.0; /* its square is zero or subnormal */
        double r = stalta_step(&s, x), rb = stalta_box_step(&b, x);

        assert_true(isfinite(r) && isfinite(rb));
        if (n < 200)
            assert_true(r == 0.0 && rb == 0.0);
    }
}

static void a_million_samples_with_bursts_leave_no_drift(void **state)
{
    struct stalta_box b;
    static double ring[600];
    double sta = 0.0, lta = 0.0;
    uint32_t seed = 5;

    (void)state;
    assert_true(stalta_box_init(&b, 100, 0.5, 6, ring));
    for (int n = 0; n < 1000000; n++)
        stalta_box_step(&b, near_noise(&seed) * (n % 7919 < 40 ? 1e2 : n >= 990000 ? 1e-6 : 1e-3));
    for (int n = 0; n < 700; n++)
        stalta_box_step(&b, near_noise(&seed) * 1e-6);
    for (size_t i = 0; i < 600; i++)
        lta += ring[i] / 600;
    for (size_t i = 1; i <= 50; i++)
        sta += ring[(b.at + 600 - i) % 600] / 50;
    assert_near(b.ratio, sta / lta, 1e-9);
}

static void axes_outside_the_mask_do_not_count(void **state)
{
    struct stalta v, one;
    struct stalta_box vb, oneb;
    double ring[2][300];
    uint32_t seed = 9;

    (void)state;
    assert_true(stalta_init(&v, 100, 0.5, 3));
    assert_true(stalta_init(&one, 100, 0.5, 3));
    assert_true(stalta_box_init(&vb, 100, 0.5, 3, ring[0]));
    assert_true(stalta_box_init(&oneb, 100, 0.5, 3, ring[1]));
    for (int n = 0; n < 1000; n++) {
        double x[3] = {near_noise(&seed), NAN, near_noise(&seed)}, length = sqrt(x[0] * x[0] + x[2] * x[2]);

        assert_near(stalta_step3(&v, x, 5), stalta_step(&one, length), 1e-12);
        assert_near(stalta_box_step3(&vb, x, 5), stalta_box_step(&oneb, length), 1e-12);
    }
    assert_true(v.ratio > 0.0);
    assert_true(stalta_step3(&v, (double[]){1, NAN, 1}, 7) == v.ratio); /* a NaN within skips the sample */
}

static void reset_forgets_the_past(void **state)
{
    struct stalta s, fresh;

    (void)state;
    assert_true(stalta_init(&s, 50, 0.5, 2));
    fresh = s;
    for (int n = 0; n < 500; n++)
        stalta_step(&s, 1e3 * n);
    stalta_reset(&s);
    for (int n = 0; n < 500; n++)
        assert_true(stalta_step(&s, sin(n)) == stalta_step(&fresh, sin(n)));
}

static void arguments_out_of_range_are_refused(void **state)
{
    static const double bad[][3] = {
        {0, 1, 10},   {-100, 1, 10}, {NAN, 1, 10},   {100, 0, 10},      {100, 10, 10}, {100, 10, 1},
        {1, 0.1, 10}, {100, 1, NAN}, {100, NAN, 10}, {INFINITY, 1, 10}, {1e6, 1, 1e5}, {100, 1, 1.001},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct stalta s = {.sta = 7.0};
        struct stalta_box b = {.ratio = 7.0};

        assert_false(stalta_init(&s, bad[i][0], bad[i][1], bad[i][2]));
        assert_false(stalta_box_init(&b, bad[i][0], bad[i][1], bad[i][2], NULL));
        assert_int_equal(stalta_box_storage(bad[i][0], bad[i][1], bad[i][2]), 0);
        assert_true(s.sta == 7.0 && b.ratio == 7.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_are_those_of_the_definition),
        cmocka_unit_test(onset_is_found),
        cmocka_unit_test(zeros_are_answered_by_zero),
        cmocka_unit_test(a_million_samples_with_bursts_leave_no_drift),
        cmocka_unit_test(axes_outside_the_mask_do_not_count),
        cmocka_unit_test(reset_forgets_the_past),
        cmocka_unit_test(arguments_out_of_range_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
