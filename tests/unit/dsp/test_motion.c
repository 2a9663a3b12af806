#include "dsp/motion.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/near.h"

/* Z N E: gravity and offsets, a wave packet each from 10 s on, a slow tilt; the same formula as in oracle.py.
 */
static void input(double t, double x[3])
{
    static const double offset[] = {9.81, -0.3, 0.1}, size[] = {0.2, 0.5, 0.7}, f_hz[] = {4.0, 1.5, 0.6};
    double envelope = t < 10 ? 0 : (t - 10) * exp(-(t - 10) / 2);

    for (int c = 0; c < 3; c++)
        x[c] = offset[c] + size[c] * envelope * sin(2 * M_PI * f_hz[c] * (t - 10)) + 1e-3 * sin(0.3 * t + c);
}

/* v north 2 s after the onset, d east at the end, Pa Pv Pd tau_c tau_p IV2, PGA PGV PGD, east's CAV CAVstd
 * Arias: tests/unit/dsp/oracle.py motion */
static const struct {
    double rate_hz, want[14];
} cases[] = {
    {31.25,
     {-0.0385292257256, 0.00098611194422, 0.147262274722, 0.00562731730275, 0.000409693126461, 0.453349521644,
      0.350880032849, 4.3339148071e-05, 0.601012187966, 0.148788783953, 0.0482213464692, 1.78701203652,
      1.41761030581, 0.0785247518655}},
    {100,
     {-0.0387886154916, 0.000979641678848, 0.14680155291, 0.00591436457133, 0.000422429301355, 0.446733797851,
      0.327787018236, 4.78641028269e-05, 0.602364436472, 0.14901777494, 0.0483085166379, 1.78722705574,
      1.41474849303, 0.0785246661059}},
    {1000,
     {-0.0388163595428, 0.000978148356904, 0.147264949073, 0.00595332234761, 0.000424693628076,
      0.444598532178, 0.322661131324, 4.84404012672e-05, 0.602535992817, 0.149038239493, 0.0483173614263,
      1.78721853196, 1.41542231888, 0.0785246568774}},
};

static void the_chain_is_that_of_scipy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double rate = cases[i].rate_hz, v_north = 0.0;
        struct motion m;
        struct motion_peaks p;
        struct motion_sample s;
        int onset = (int)ceil(10 * rate);

        assert_true(motion_init(&m, rate, MOTION_CORNER_HZ));
        assert_true(motion_peaks_init(&p, rate, MOTION_WINDOWS_DEFAULT));
        for (int n = 0; n < (int)(30 * rate); n++) {
            double x[3];

            input(n / rate, x);
            assert_true(motion_step(&m, x, &s));
            if (n == onset)
                motion_peaks_begin(&p);
            motion_peaks_step(&p, &s);
            if (n == onset + (int)(2 * rate))
                v_north = s.v_mps[1];
        }
        double got[14] = {v_north,
                          s.d_m[2],
                          p.pa_mps2,
                          p.pv_mps,
                          p.pd_m,
                          motion_tau_c_s(&p),
                          p.tau_p_max_s,
                          p.iv2_m2ps,
                          p.pga_mps2,
                          p.pgv_mps,
                          p.pgd_m,
                          p.cav_mps[2],
                          motion_cav_std_mps(&p, 2),
                          p.arias_mps[2]};

        for (int k = 0; k < 14; k++)
            if (fabs(got[k] - cases[i].want[k]) > 1e-8 * fabs(cases[i].want[k]))
                fail_msg("%g Hz, number %d: %.12g, not %.12g", rate, k, got[k], cases[i].want[k]);
    }
}

/* A sine of given period straight into the accumulator. */
static void feed_sine(struct motion_peaks *p, double a_mps2, double period_s, double seconds)
{
    double w = 2 * M_PI / period_s;
    int n = (int)round(seconds * p->rate_hz);

    for (int i = 0; i < n; i++) {
        double t = (i + 0.5) / p->rate_hz;
        struct motion_sample s = {.a_mps2 = {a_mps2 * sin(w * t), 0, 0, 0},
                                  .v_mps = {-a_mps2 / w * cos(w * t), 0, 0, 0},
                                  .d_m = {-a_mps2 / w / w * sin(w * t), 0, 0, -a_mps2 / w * cos(w * t)}};

        motion_peaks_step(p, &s);
    }
}

static void closed_forms_of_a_sine(void **state)
{
    static const double periods_s[] = {0.25, 0.5, 0.75, 1.0, 3.0};

    (void)state;
    for (size_t i = 0; i < sizeof periods_s / sizeof *periods_s; i++) {
        struct motion_peaks p;
        double period = periods_s[i], a = 2.0, w = 2 * M_PI / period;

        assert_true(motion_peaks_init(&p, 200, (struct motion_windows){.p_s = 3.0}));
        feed_sine(&p, a, period, 3.0);
        assert_near(motion_tau_c_s(&p), period, 1e-9);
        assert_near(p.iv2_m2ps, a * a / w / w / 2 * 3.0, 1e-9);
        assert_near(p.cav_mps[0], a * 2 / M_PI * 3.0, 0.002 * a);
        assert_near(p.arias_mps[0], M_PI / 2 / MOTION_G_MPS2 * a * a / 2 * 3.0, 1e-9);
        assert_near(p.pga_mps2, a, 0.001 * a);
        assert_near(p.pgv_mps, a / w, 0.002 * a / w);
        assert_near(p.pgd_m, a / w / w, 0.002 * a / w / w);
        if (period <= 1.0) /* its memory is a second */
            assert_near(p.tau_p_max_s, period, 0.2 * period);
    }
}

static void p_parameters_end_with_their_window(void **state)
{
    struct motion_peaks p;

    (void)state;
    assert_true(motion_peaks_init(&p, 100, MOTION_WINDOWS_DEFAULT));
    feed_sine(&p, 1.0, 0.5, 3.0);
    struct motion_peaks before = p;
    feed_sine(&p, 50.0, 2.0, 5.0);
    assert_true(p.pa_mps2 == before.pa_mps2 && p.pv_mps == before.pv_mps && p.pd_m == before.pd_m);
    assert_true(motion_tau_c_s(&p) == motion_tau_c_s(&before) && p.tau_p_max_s == before.tau_p_max_s);
    assert_true(p.iv2_m2ps > 10 * before.iv2_m2ps && p.pga_mps2 > 40);
    motion_peaks_begin(&p);
    assert_true(p.n == 0 && p.pga_mps2 == 0.0 && p.cav_mps[0] == 0.0 && p.p_n == 300);
}

static void cav_std_counts_only_seconds_that_reach_25_thousandths_of_g(void **state)
{
    static const double level_mps2[] = {0.24, 0.25, 0.1, 0.3}; /* the threshold is 0.2452 */
    struct motion_peaks p;

    (void)state;
    assert_true(motion_peaks_init(&p, 62.5, MOTION_WINDOWS_DEFAULT));
    for (int n = 0; n < 250; n++) {
        double a = level_mps2[(int)(n / 62.5)] * (n % 2 ? 1 : -1);

        motion_peaks_step(&p, &(struct motion_sample){.a_mps2 = {0, a, 0, 0}});
    }
    assert_near(p.cav_mps[1], 0.24 * 63 / 62.5 + 0.25 * 62 / 62.5 + 0.1 * 63 / 62.5 + 0.3 * 62 / 62.5, 1e-12);
    assert_near(p.cav_std_mps[1], 0.25 * 62 / 62.5, 1e-12);
    assert_near(motion_cav_std_mps(&p, 1), (0.25 + 0.3) * 62 / 62.5, 1e-12);
    assert_true(motion_cav_std_mps(&p, 0) == 0.0);
}

static void gravity_and_bad_samples_leave_no_mark(void **state)
{
    struct motion m, clean;
    struct motion_sample s, want;
    const double offset[3] = {9.81, 0.5, -2.0};

    (void)state;
    assert_true(motion_init(&m, 100, 0.075));
    clean = m;
    for (int n = 0; n < 1000; n++) {
        assert_true(motion_step(&m, offset, &s));
        assert_true(VEC4_NORM3(s.a_mps2) == 0.0 && VEC4_NORM3(s.d_m) == 0.0);
    }
    motion_reset(&m, offset);
    motion_reset(&clean, offset);
    for (int n = 0; n < 1000; n++) {
        double x[3] = {9.81 + sin(0.1 * n), 0.5, -2.0};

        if (n % 100 == 50) {
            struct motion_sample kept = s;

            assert_false(motion_step(&m, (double[]){NAN, 0, 0}, &s));
            assert_false(motion_step(&m, (double[]){0, 0, -INFINITY}, &s));
            assert_false(motion_step(&m, (double[]){0, 1e300, 0}, &s));
            assert_true(kept.d_m[0] == s.d_m[0]);
        }
        assert_true(motion_step(&m, x, &s) && motion_step(&clean, x, &want));
        assert_true(s.a_mps2[0] == want.a_mps2[0] && s.v_mps[0] == want.v_mps[0] && s.d_m[0] == want.d_m[0]);
    }
    motion_reset(&m, NULL); /* the next sample is the offset */
    assert_true(motion_step(&m, (double[]){5, 5, 5}, &s) && VEC4_NORM3(s.a_mps2) == 0.0);
}

static void hours_of_a_leaning_quantised_sensor_leave_no_drift(void **state)
{
    struct motion m;
    struct motion_sample s;
    uint32_t seed = 1;

    (void)state;
    assert_true(motion_init(&m, 100, 0.075));
    for (int n = 0; n < 1000000;
         n++) { /* 2.8 h; 4 mm/s^2 a count, 3 m/s^2 of lean that the first sample lacked */
        double x = n == 0 ? 0.0 : 3.0 + 0.004 * round(near_noise(&seed));

        motion_step(&m, (double[]){x, x, x}, &s);
    }
    for (int n = 0; n < 20000; n++)
        motion_step(&m, (double[]){3.0, 3.0, 3.0}, &s);
    assert_near(VEC4_NORM3(s.a_mps2), 0.0, 1e-10);
    assert_near(VEC4_NORM3(s.v_mps), 0.0, 1e-10);
    assert_near(VEC4_NORM3(s.d_m), 0.0, 1e-10);
}

static void arguments_out_of_range_are_refused(void **state)
{
    static const double bad[][2] = {{0, 0.075}, {6, 0.075}, {NAN, 0.075}, {INFINITY, 0.075},
                                    {100, 0},   {100, 50},  {100, NAN}};
    struct motion m = {.high = {.b0 = {7.0}}};
    struct motion_peaks p = {.n = 7};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(motion_init(&m, bad[i][0], bad[i][1]));
    assert_true(m.high.b0[0] == 7.0);
    assert_false(motion_peaks_init(&p, NAN, MOTION_WINDOWS_DEFAULT));
    assert_false(motion_peaks_init(&p, 0, MOTION_WINDOWS_DEFAULT));
    assert_false(motion_peaks_init(&p, 100, (struct motion_windows){.p_s = -1}));
    assert_false(motion_peaks_init(&p, 100, (struct motion_windows){.iv2_s = NAN}));
    assert_int_equal(p.n, 7);
    assert_true(motion_peaks_init(&p, 100, (struct motion_windows){0}) && p.p_n == UINT64_MAX);
    assert_true(motion_tau_c_s(&p) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chain_is_that_of_scipy),
        cmocka_unit_test(closed_forms_of_a_sine),
        cmocka_unit_test(p_parameters_end_with_their_window),
        cmocka_unit_test(cav_std_counts_only_seconds_that_reach_25_thousandths_of_g),
        cmocka_unit_test(gravity_and_bad_samples_leave_no_mark),
        cmocka_unit_test(hours_of_a_leaning_quantised_sensor_leave_no_drift),
        cmocka_unit_test(arguments_out_of_range_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
