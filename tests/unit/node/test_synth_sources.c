/* Sources that are no point: long ruptures, sequences of aftershocks, earthquakes on the other side. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/synth_rupture.h"
#include "node/synth_sequence.h"
#include "node/synth_tele.h"
#include "tests/unit/fake_sys.h"

static struct synth make(const struct synth_conf *conf)
{
    struct synth s;
    struct error err;

    if (synth_make(&s, &sys_real, conf, &err) != 0)
        fail_msg("%s", err.text);
    return s;
}

/* ---- ruptures ---- */

static const struct {
    const char *name;
    double magnitude;
    enum synth_source source;
    double speed, want_km, least_s,
        most_s; /* the longest way is 0.5 to 0.9 of the length, at speed * 3.5 km/s */
} ruptures[] = {
    {"M 6 is a point", 6.0, SYNTH_AUTO, 0.8, 0.0, 0.0, 0.0},
    {"unless told otherwise", 6.0, SYNTH_FINITE, 0.8, 12.59, 1.4, 4.1},
    {"M 7: 49 km", 7.0, SYNTH_AUTO, 0.8, 48.98, 7.8, 15.8},
    {"M 7.8: 145 km", 7.8, SYNTH_AUTO, 0.8, 145.21, 25.0, 46.7},
    {"a slow M 7.8 takes 2.7 times as long", 7.8, SYNTH_AUTO, 0.3, 145.21, 65.0, 124.5},
    {"M 8.5 as a point, if it must be", 8.5, SYNTH_POINT, 0.8, 0.0, 0.0, 0.0},
};

static void test_ruptures_have_their_length_and_duration(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ruptures / sizeof *ruptures; i++) {
        struct synth_conf conf = synth_default;
        struct synth_rupture r;
        double energy = 0.0;
        int at_hypocentre = 0;

        conf.magnitude = ruptures[i].magnitude;
        conf.source = ruptures[i].source;
        conf.rupture_speed = ruptures[i].speed;
        for (conf.seed = 1; conf.seed <= 20; conf.seed++) {
            synth_rupture_make(&r, &conf);
            energy = 0.0;
            at_hypocentre = 0;
            for (int k = 0; k < r.n; k++) {
                energy += r.sub[k].gain * r.sub[k].gain;
                at_hypocentre +=
                    r.sub[k].delay_s == 0.0 && fabs(r.sub[k].distance_km - conf.distance_km) < 1e-9;
            }
            assert_true(fabs(r.length_km - ruptures[i].want_km) < 0.01);
            assert_true(r.duration_s >= ruptures[i].least_s && r.duration_s <= ruptures[i].most_s);
            assert_int_equal(at_hypocentre, 1);
            assert_true(r.nearest_km <= conf.distance_km + 1e-9);
            assert_true(fabs(energy - 1.0) < 1e-9); /* shares of the whole's spectrum */
            assert_true(fabs(r.magnitude + 2.0 / 3.0 * log10(r.n) - conf.magnitude) < 1e-9);
        }
        print_message("%s: %d parts, %.1f s\n", ruptures[i].name, r.n, r.duration_s);
    }
}

static void test_the_nearest_point_is_geometry(void **state)
{
    struct synth_conf conf = synth_default;
    struct synth_rupture r;

    (void)state;
    conf.magnitude = 7.5; /* 97 km: whatever the beginning, 9.7 km on each side at least */
    conf.distance_km = 30.0;
    conf.back_azimuth_deg = 90.0;
    conf.strike_deg = 0.0; /* passes east of the node */
    synth_rupture_make(&r, &conf);
    assert_true(fabs(r.nearest_km - 30.0) < 1e-9);
    conf.strike_deg = 90.0; /* points at it, and comes past it from 30 km, or 20 km near it */
    synth_rupture_make(&r, &conf);
    assert_true(r.nearest_km < 20.4);
    conf.distance_km = 200.0; /* and ends long before it: 0.9 of its length at most lie on this side */
    synth_rupture_make(&r, &conf);
    assert_true(r.nearest_km >= 200.0 - 0.9 * r.length_km && r.nearest_km <= 200.0 - 0.1 * r.length_km);
}

static double peak_between(const struct synth *s, double rate_hz, double from_s, double to_s)
{
    double largest = 0.0;

    for (size_t i = (size_t)(from_s * rate_hz); i < s->n && (double)i < to_s * rate_hz; i++)
        for (int a = 0; a < AXES; a++)
            largest = fmax(largest, fabs(s->value[i][a]));
    return largest;
}

/* Seconds between 5 and 95 % of the squared acceleration. */
static double significant_s(const struct synth *s, double rate_hz)
{
    double all = 0.0, sum = 0.0;
    size_t from = 0, to = 0;

    for (size_t i = 0; i < s->n; i++)
        for (int a = 0; a < AXES; a++)
            all += s->value[i][a] * s->value[i][a];
    for (size_t i = 0; i < s->n; i++) {
        for (int a = 0; a < AXES; a++)
            sum += s->value[i][a] * s->value[i][a];
        from = sum < 0.05 * all ? i : from;
        to = sum < 0.95 * all ? i : to;
    }
    return (double)(to - from) / rate_hz;
}

static void test_a_great_earthquake_is_long_and_begins_quietly(void **state)
{
    struct synth_conf conf = synth_default;
    struct synth usual, slow, ramp;
    double whole;

    (void)state;
    conf.magnitude = 7.8;
    conf.distance_km = 60.0;
    conf.rate_hz = 50.0;
    conf.sensor.noise_ug_rthz = 0.0;
    usual = make(&conf);
    conf.rupture_speed = 0.3;
    slow = make(&conf);
    conf.rupture_speed = 0.8;
    conf.ramp = 1.0;
    ramp = make(&conf);
    print_message("significant %.0f s, slow %.0f s\n", significant_s(&usual, 50.0),
                  significant_s(&slow, 50.0));
    assert_true(significant_s(&usual, 50.0) > 12.0);
    assert_true(significant_s(&slow, 50.0) > 1.6 * significant_s(&usual, 50.0));
    whole = peak_between(&ramp, 50.0, 0.0, 1e9) / peak_between(&usual, 50.0, 0.0, 1e9);
    assert_true(whole > 0.5 && whole < 2.0);
    assert_true(peak_between(&ramp, 50.0, ramp.p_s, ramp.p_s + 3.0) <
                0.5 * peak_between(&usual, 50.0, usual.p_s, usual.p_s + 3.0));
    assert_true(peak_between(&usual, 50.0, 0.0, usual.p_s - 0.04) <
                1e-3 * peak_between(&usual, 50.0, 0.0, 1e9));
    synth_free(&usual, &sys_real);
    synth_free(&slow, &sys_real);
    synth_free(&ramp, &sys_real);
}

static void test_far_away_a_rupture_is_a_point(void **state)
{
    double ratio = 0.0;

    (void)state;
    for (uint64_t seed = 1; seed <= 6;
         seed++) { /* energy in the time domain: durations differ, this must not */
        double energy[2] = {0.0};

        for (int k = 0; k < 2; k++) {
            struct synth_conf conf = synth_default;
            struct synth s;

            conf.seed = seed;
            conf.magnitude = 6.8;
            conf.distance_km = 200.0;
            conf.rate_hz = 50.0;
            conf.source = k ? SYNTH_FINITE : SYNTH_POINT;
            conf.sensor.noise_ug_rthz = 0.0;
            s = make(&conf);
            for (size_t i = 0; i < s.n; i++)
                for (int a = 0; a < AXES; a++)
                    energy[k] += s.value[i][a] * s.value[i][a];
            synth_free(&s, &sys_real);
        }
        ratio += log(energy[1] / energy[0]) / 6.0;
    }
    print_message("finite over point, energy: %.2f\n", exp(ratio));
    assert_true(exp(ratio) > 0.7 && exp(ratio) < 1.4);
}

/* Mean over seeds of the squared Fourier amplitude of all axes from 0.03 to 0.1 Hz. */
static double long_periods(struct synth_conf conf)
{
    double sum = 0.0;

    for (conf.seed = 1; conf.seed <= 8; conf.seed++) {
        struct synth s = make(&conf);

        for (double f = 0.03; f < 0.1; f += 0.005) {
            for (int a = 0; a < AXES; a++) {
                double re = 0.0, im = 0.0;
                for (size_t i = 0; i < s.n; i++) {
                    re += s.value[i][a] * cos(2.0 * M_PI * f * (double)i / conf.rate_hz);
                    im += s.value[i][a] * sin(2.0 * M_PI * f * (double)i / conf.rate_hz);
                }
                sum += re * re + im * im;
            }
        }
        synth_free(&s, &sys_real);
    }
    return sum;
}

static void test_a_rupture_has_the_long_periods_of_the_whole(void **state)
{
    struct synth_conf conf = synth_default;
    double ratio;

    (void)state;
    conf.magnitude = 7.5;
    conf.distance_km = 150.0;
    conf.rate_hz = 20.0;
    conf.after_s = 200.0;
    conf.sensor.noise_ug_rthz = 0.0;
    ratio = long_periods(conf);
    conf.source = SYNTH_POINT;
    ratio /= long_periods(conf);
    print_message("finite over point, energy of 10 to 33 s: %.2f\n", ratio);
    assert_true(ratio > 0.5 && ratio < 2.0); /* sub-events with corners of their own: below 0.1 */
}

/* ---- aftershocks ---- */

static void test_expected_numbers_are_the_integral(void **state)
{
    /* /usr/bin/python3: from scipy.integrate import quad
     * quad(lambda t: 10**(-1.67+.91*(7-3))*(t+.05)**-1.08, 0, 1)[0] */
    (void)state;
    assert_true(fabs(synth_sequence_expected(7.0, 3.0, 86400.0) / 320.47 - 1.0) < 0.001);
}

static void test_a_sequence_follows_omori_and_gutenberg_richter(void **state)
{
    struct synth_conf main = synth_default;
    double first_day = 0.0, month = 0.0, magnitudes = 0.0, last = 0.0, farthest = 0.0;
    enum { RUNS = 8 };

    (void)state;
    main.magnitude = 7.0;
    for (main.seed = 1; main.seed <= RUNS; main.seed++) {
        struct synth_sequence s;
        struct synth_conf q;

        synth_sequence_begin(&s, &main, 3.0);
        last = 0.0;
        while (synth_sequence_peek(&s) < 30.0 * 86400.0) {
            double t = synth_sequence_peek(&s);

            synth_sequence_next(&s, &q);
            assert_true(t >= last && q.magnitude >= 3.0 && q.magnitude <= 7.0);
            assert_true(q.depth_km >= 1.0 && q.sensor.noise_ug_rthz == 0.0 && q.before_s == 0.0);
            last = t;
            first_day += t < 86400.0;
            month += 1.0;
            magnitudes += q.magnitude - 3.0;
            farthest = fmax(farthest, fabs(q.distance_km - main.distance_km));
        }
    }
    print_message("%.0f in a day, %.0f in a month, b %.3f\n", first_day / RUNS, month / RUNS,
                  month / magnitudes / log(10.0));
    assert_true(fabs(first_day / RUNS / synth_sequence_expected(7.0, 3.0, 86400.0) - 1.0) < 0.1);
    assert_true(fabs(month / RUNS / synth_sequence_expected(7.0, 3.0, 30.0 * 86400.0) - 1.0) < 0.1);
    assert_true(fabs(month / magnitudes / log(10.0) - 0.91) < 0.04); /* Aki (1965) */
    assert_true(farthest < 49.0);
}

static void test_a_sequence_without_hope_ends(void **state)
{
    struct synth_conf main = synth_default;
    struct synth_sequence s;
    struct synth_conf q;
    int n = 0;

    (void)state;
    main.magnitude = 4.0; /* 0.02 * 10^0.91 / 0.08 * ... : about two in all eternity */
    synth_sequence_begin(&s, &main, 4.0);
    while (isfinite(synth_sequence_peek(&s)) && n < 100) {
        synth_sequence_next(&s, &q);
        assert_true(q.magnitude == 4.0);
        n++;
    }
    assert_true(n < 10);
    assert_true(isinf(synth_sequence_peek(&s)));
}

/* ---- the other side ---- */

static void test_a_teleseism_is_slow_and_weak(void **state)
{
    struct synth_conf conf = synth_default;
    struct error err;
    struct synth s;
    double fast = 0.0, slow = 0.0, before, p, surface;

    (void)state;
    conf.magnitude = 8.0;
    conf.rate_hz = 20.0;
    conf.sensor.noise_ug_rthz = 0.0;
    assert_int_equal(synth_tele_make(&s, &sys_real, &conf, 60.0, &err), 0);
    assert_true(fabs(s.p_s - 30.0) < 0.051);
    assert_true(fabs(s.s_s - s.p_s - (1103.0 - 609.0)) < 0.051);
    before = peak_between(&s, 20.0, 0.0, s.p_s - 0.1);
    p = peak_between(&s, 20.0, s.p_s, s.p_s + 60.0);
    assert_true(before < 1e-6 * p);
    /* Ms 8 at 60 degrees: 20 s waves of 1.12 mm, 1.1e-4 m/s^2, Vanek et al. (1962), by hand */
    assert_true(fabs(synth_tele_surface_m(8.0, 60.0) / 1.1202e-3 - 1.0) < 0.001);
    surface = peak_between(&s, 20.0, 60.0 * 111.19 / 3.8 - 579.0, 1e9);
    print_message("P %.2g m/s^2, later %.2g\n", p, surface);
    assert_true(p < 0.005 && p > 2e-5);
    assert_true(surface > 5e-5 && surface < 5e-3);
    for (size_t i = 2; i < s.n; i++) { /* differences see high frequencies, the values low ones */
        double second = s.value[i][0] - 2.0 * s.value[i - 1][0] + s.value[i - 2][0];
        fast += second * second;
        slow += s.value[i][0] * s.value[i][0];
    }
    /* the mean frequency, sqrt of sqrt: 4 sin^2(pi f / rate) */
    print_message("mean frequency %.2f Hz\n", 20.0 / M_PI * asin(0.5 * sqrt(sqrt(fast / slow))));
    assert_true(20.0 / M_PI * asin(0.5 * sqrt(sqrt(fast / slow))) < 1.0);
    synth_free(&s, &sys_real);
    assert_int_equal(synth_tele_make(&s, &sys_real, &conf, 100.0, &err), -1);
    conf.magnitude = 4.0;
    assert_int_equal(synth_tele_make(&s, &sys_real, &conf, 60.0, &err), -1);
}

static void test_travel_times_grow_and_slow_down(void **state)
{
    double last = 0.0, step = 1e9;

    (void)state;
    for (double d = 30.0; d <= 90.0; d += 10.0) {
        double t = synth_tele_travel_s(SYNTH_P, d);
        assert_true(t > last && (last == 0.0 || t - last < step));
        step = last == 0.0 ? step : t - last;
        last = t;
    }
    assert_true(fabs(synth_tele_travel_s(SYNTH_S, 65.0) - 0.5 * (1103.0 + 1225.0)) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ruptures_have_their_length_and_duration),
        cmocka_unit_test(test_the_nearest_point_is_geometry),
        cmocka_unit_test(test_a_great_earthquake_is_long_and_begins_quietly),
        cmocka_unit_test(test_far_away_a_rupture_is_a_point),
        cmocka_unit_test(test_a_rupture_has_the_long_periods_of_the_whole),
        cmocka_unit_test(test_expected_numbers_are_the_integral),
        cmocka_unit_test(test_a_sequence_follows_omori_and_gutenberg_richter),
        cmocka_unit_test(test_a_sequence_without_hope_ends),
        cmocka_unit_test(test_a_teleseism_is_slow_and_weak),
        cmocka_unit_test(test_travel_times_grow_and_slow_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
