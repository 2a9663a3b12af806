/* The synthetic record: repeatable, its onsets where they are said to be, its spectrum the one of the model,
 * its peaks those of real earthquakes. */
#include "node/synth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/cmd.h"
#include "tests/unit/fake_end.h"

static struct synth make(const struct synth_conf *conf)
{
    struct synth s;
    struct error err;

    if (synth_make(&s, &sys_real, conf, &err) != 0)
        fail_msg("%s", err.text);
    return s;
}

static void free_synth(struct synth *s)
{
    synth_free(s, &sys_real);
}

/* Largest |value| of the axes of `mask` between two times. */
static double peak(const struct synth *s, double rate_hz, unsigned mask, double from_s, double to_s)
{
    double largest = 0.0;

    for (size_t i = (size_t)(from_s * rate_hz); i < s->n && (double)i < to_s * rate_hz; i++)
        for (int a = 0; a < AXES; a++)
            if (mask >> a & 1)
                largest = fmax(largest, fabs(s->value[i][a]));
    return largest;
}

/* Geometric mean over seeds of the larger horizontal peak. */
static double pga(struct synth_conf conf)
{
    enum { SEEDS = 8 };
    double sum = 0.0;

    for (conf.seed = 1; conf.seed <= SEEDS; conf.seed++) {
        struct synth s = make(&conf);
        double n = peak(&s, conf.rate_hz, 1u << AXIS_N, 0.0, 1e9),
               e = peak(&s, conf.rate_hz, 1u << AXIS_E, 0.0, 1e9);
        sum += 0.5 * (log(n) + log(e));
        free_synth(&s);
    }
    return exp(sum / SEEDS);
}

static void test_equal_seeds_give_equal_bits(void **state)
{
    struct synth_conf conf = synth_default;
    struct synth a = make(&conf), b = make(&conf), other;
    size_t same = 0;

    (void)state;
    conf.seed = 2;
    other = make(&conf);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.value, b.value, a.n * sizeof *a.value);
    assert_int_equal(a.n, other.n);
    for (size_t i = 0; i < a.n; i++)
        same += a.value[i][AXIS_Z] == other.value[i][AXIS_Z];
    assert_true(same < a.n / 100);
    free_synth(&a);
    free_synth(&b);
    free_synth(&other);
}

/* P after `before`; S later by R (1/3.5 - 1/6.1), closed form. */
static const struct {
    const char *name;
    double distance_km, depth_km, rate_hz, before_s, want_s_minus_p;
} onsets[] = {
    {"30 km at 100 Hz", 30, 10, 100, 30, 31.6228 * 0.121780},
    {"under the node", 0, 10, 100, 30, 10 * 0.121780},
    {"100 km at 31.25 Hz", 100, 10, 31.25, 20, 100.4988 * 0.121780},
    {"a short quiet at 1 kHz", 30, 10, 1000, 1, 31.6228 * 0.121780},
};

static void test_nothing_comes_before_its_onset(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof onsets / sizeof *onsets; i++) {
        struct synth_conf conf = synth_default;
        struct synth s;
        double rate = onsets[i].rate_hz, before, p, horizontal_p, horizontal_s;

        print_message("%s\n", onsets[i].name);
        conf.distance_km = onsets[i].distance_km;
        conf.depth_km = onsets[i].depth_km;
        conf.rate_hz = rate;
        conf.before_s = onsets[i].before_s;
        conf.sensor.noise_ug_rthz = 0.0;
        s = make(&conf);
        assert_true(fabs(s.p_s - onsets[i].before_s) <= 1.0 / rate);
        assert_true(fabs(s.s_s - s.p_s - onsets[i].want_s_minus_p) <= 1.0 / rate);
        assert_true(s.origin_s < s.p_s);
        before = peak(&s, rate, 7u, 0.0, s.p_s - 1.5 / rate);
        p = peak(&s, rate, 1u << AXIS_Z, s.p_s, s.p_s + 0.3);
        horizontal_p = peak(&s, rate, 6u, s.p_s, s.s_s - 1.5 / rate);
        horizontal_s = peak(&s, rate, 6u, s.s_s, s.s_s + 5.0);
        print_message("  before the onset %.1e of what follows\n", before / p);
        assert_true(before < 1e-4 * p); /* the tail of the attenuation, once round the transform */
        assert_true(p > 0.002);
        assert_true(horizontal_s > 2.0 * horizontal_p);
        assert_true(peak(&s, rate, 1u << AXIS_Z, s.p_s, s.s_s - 1.5 / rate) > horizontal_p);
        free_synth(&s);
    }
}

/* Below the corners acceleration grows with f^2 from M0, between the upper one and kappa it is flat: expected
 * from the constants, /usr/bin/python3: from math import *; x=6-5.744;
 * R=hypot(hypot(30,10),10**(.7497+.43*x-.04875*x*x)); M0=10**(1.5*6+9.05);
 * C=.632*2/(4*pi*2800*3500**3)/(R*1e3); fa=10**(2.181-.496*6); e=10**(.605-.255*6);
 * fc=4.9e6*3.5*(160/(M0*1e7))**(1/3); fb=sqrt((fc**2-(1-e)*fa**2)/e);
 * A=C*M0*(2*pi*f)**2*((1-e)/(1+(f/fa)**2)+e/(1+(f/fb)**2))*exp(-pi*f*(R/(180*f**.45*3.5)+.035))*amp(f)
 * amp(.1)=1.11423 amp(2)=1.98947 */
static const struct {
    const char *name;
    double f_hz, want_mps;
} levels[] = {
    {"S at 0.1 Hz, below the corners", 0.1, 0.0090652},
    {"S at 2 Hz, above them", 2.0, 0.19715},
};

/* Mean square over seeds, axes and a band of the record's Fourier amplitude, over the model's. */
static double spectrum_ratio(struct synth_conf conf, double from_hz, double to_hz)
{
    enum { SEEDS = 6 };
    double have = 0.0, want = 0.0;

    conf.sensor.noise_ug_rthz = 0.0;
    conf.before_s = 1.0;
    conf.after_s = 120.0;
    for (conf.seed = 1; conf.seed <= SEEDS; conf.seed++) {
        struct synth s = make(&conf);
        double step = 2.0 / (double)s.n * conf.rate_hz;

        for (double f = from_hz; f < to_hz; f += fmax(step, (to_hz - from_hz) / 20.0)) {
            double p = synth_amplitude(&conf, SYNTH_P, f), q = synth_amplitude(&conf, SYNTH_S, f);
            for (int a = 0; a < AXES; a++) {
                double re = 0.0, im = 0.0;
                for (size_t i = 0; i < s.n; i++) {
                    double phase = 2.0 * M_PI * f * (double)i / conf.rate_hz;
                    re += s.value[i][a] * cos(phase);
                    im += s.value[i][a] * sin(phase);
                }
                have += (re * re + im * im) / (conf.rate_hz * conf.rate_hz);
            }
            want += p * p + q * q;
        }
        free_synth(&s);
    }
    return have / want;
}

static void test_the_spectrum_is_the_models(void **state)
{
    struct synth_conf conf = synth_default;

    (void)state;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        double have = synth_amplitude(&conf, SYNTH_S, levels[i].f_hz);
        print_message("%s: %.5g m/s\n", levels[i].name, have);
        assert_true(fabs(have / levels[i].want_mps - 1.0) < 0.002);
    }
    /* Six records, three axes, correlated bins: the mean square scatters by some 10 %. */
    const double bands[][2] = {{0.05, 0.2}, {1.0, 3.0}, {5.0, 10.0}};
    for (int i = 0; i < 3; i++) {
        double ratio = spectrum_ratio(conf, bands[i][0], bands[i][1]);
        print_message("%g..%g Hz: energy %.3f of the model's\n", bands[i][0], bands[i][1], ratio);
        assert_true(ratio > 0.7 && ratio < 1.4);
    }
}

/* Boore & Thompson (2014): the table's own corners, and half-way between them. */
static const struct {
    double r_km, want_s;
} ways[] = {{0, 0},      {3.5, 1.2},   {7, 2.4},    {26, 5.4},   {45, 8.4},   {85, 9.65},
            {125, 10.9}, {150, 14.15}, {175, 17.4}, {270, 34.2}, {300, 38.88}};

static void test_the_way_adds_to_the_duration(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        assert_true(fabs(synth_model_path_s(ways[i].r_km) - ways[i].want_s) < 1e-9);
    /* 10^(0.7497 + 0.43 (M - 5.744)) and so on, by hand: 1.0 km at M 4, 7.19 at 6, 33.1 at 8.2 */
    assert_true(fabs(synth_model_effective_km(4.0, 0.0) / 0.9997 - 1.0) < 0.002);
    assert_true(fabs(synth_model_effective_km(6.0, 0.0) / 7.188 - 1.0) < 0.002);
    assert_true(fabs(synth_model_effective_km(8.2, 0.0) / 33.26 - 1.0) < 0.01);
    assert_true(fabs(synth_model_effective_km(6.0, 30.0) - hypot(30.0, 7.188)) < 0.01);
}

static void test_peaks_grow_with_magnitude_and_fall_with_distance(void **state)
{
    struct synth_conf conf = synth_default;
    double last = 0.0;

    (void)state;
    conf.rate_hz = 50.0; /* half the work */
    for (conf.magnitude = 3.0; conf.magnitude <= 8.0; conf.magnitude += 1.0) {
        double have = pga(conf);
        assert_true(have > 1.5 * last);
        last = have;
    }
    conf.magnitude = 6.0;
    last = INFINITY;
    for (conf.distance_km = 10.0; conf.distance_km <= 300.0; conf.distance_km *= 1.8) {
        double have = pga(conf);
        assert_true(have < 0.8 * last);
        last = have;
    }
}

static const struct {
    const char *name;
    enum synth_site site;
    double kappa_s, from_hz, want; /* amplitude at from_hz over that of generic rock */
} sites[] = {
    /* (620 / vs30)^e: 0.91 at 1 Hz, 0.49 from 10 Hz on; exp(-pi f (kappa - 0.035)), closed form */
    {"soft ground at 1 Hz", SYNTH_SOFT, 0.035, 1.0, 2.2853},
    {"hard rock at 10 Hz", SYNTH_HARD, 0.035, 10.0, 0.6486},
    {"soft ground dampens 10 Hz", SYNTH_SOFT, 0.0, 10.0, 1.1398},
    {"a kappa of its own", SYNTH_ROCK, 0.06, 10.0, 0.4559},
    {"stiff at 0.05 Hz is rock", SYNTH_STIFF, 0.035, 0.05, 1.0},
};

static void test_the_site_amplifies_and_dampens(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
        struct synth_conf rock = synth_default, conf = synth_default;
        double have;

        conf.site = sites[i].site;
        conf.kappa_s = sites[i].kappa_s;
        have = synth_amplitude(&conf, SYNTH_S, sites[i].from_hz) /
               synth_amplitude(&rock, SYNTH_S, sites[i].from_hz);
        print_message("%s: %.4f\n", sites[i].name, have);
        assert_true(fabs(have / sites[i].want - 1.0) < 0.001);
    }
}

static void test_the_sensor_adds_its_noise_and_its_steps(void **state)
{
    struct synth_conf conf = synth_default;
    struct synth s;
    double sum = 0.0, lsb = 0.2 * 9.80665 / 32768.0;
    size_t quiet;

    (void)state;
    conf.sensor.noise_ug_rthz = 100.0;
    s = make(&conf);
    quiet = (size_t)(29.0 * conf.rate_hz);
    for (size_t i = 0; i < quiet; i++)
        sum += s.value[i][AXIS_N] * s.value[i][AXIS_N];
    /* 100e-6 g sqrt(50 Hz) = 6.934e-3 m/s^2; 2900 samples: 1.3 % standard deviation */
    assert_true(fabs(sqrt(sum / (double)quiet) / 6.934e-3 - 1.0) < 0.05);
    free_synth(&s);

    conf.sensor.bits = 16;
    conf.sensor.range_g = 0.2;
    conf.magnitude = 8.0;
    conf.distance_km = 10.0;
    s = make(&conf);
    for (size_t i = 0; i < s.n; i++)
        assert_true(fabs(s.value[i][0] / lsb - rint(s.value[i][0] / lsb)) < 1e-6);
    assert_true(fabs(peak(&s, conf.rate_hz, 7u, 0.0, 1e9) - 0.2 * 9.80665) < 1e-9);
    free_synth(&s);
}

static const struct {
    const char *name;
    const char *arg[6]; /* behind "synth" */
    int want;
} commands[] = {
    {"CSV", {"--seed", "7", "q.csv"}, 0},
    {"SAC", {"--rate", "50", "q.sac"}, 0},
    {"an unknown ending is refused", {"q.wav"}, 64},
    {"no file is refused", {"--seed", "7"}, 64},
    {"two files are refused", {"a.csv", "b.csv"}, 64},
    {"a magnitude out of range is refused", {"--magnitude", "12", "q.csv"}, 64},
    {"nan is no distance", {"--distance", "nan", "q.csv"}, 64},
    {"a negative seed is refused", {"--seed", "-1", "q.csv"}, 64},
    {"half a bit is refused", {"--bits", "8.5", "q.csv"}, 64},
    {"an unknown option is refused", {"--buildings", "q.csv"}, 64},
    {"an unknown class is refused", {"--building", "--only", "ghosts", "q.csv"}, 64},
    {"SAC through a pipe is refused", {"--format", "sac", "-"}, 64},
    {"hours of one earthquake are refused", {"--hours", "2", "q.csv"}, 64},
    {"miniSEED of 32 bits is refused", {"--bits", "32", "q.mseed"}, 64},
    {"no such quiet record", {"--noise-from", "none.csv", "q.csv"}, 2},
    {"a scale of noise may be a quotient",
     {"--noise-scale", "1/384500", "--noise-from", "none.csv", "q.csv"},
     2},
    {"but not by nothing", {"--noise-scale", "1/0", "q.csv"}, 64},
    {"nor with something behind it", {"--noise-scale", "1/3x", "q.csv"}, 64},
    {"a near teleseism is refused", {"--teleseism", "10", "q.csv"}, 64},
    {"miniSEED", {"--after", "5", "q.mseed"}, 0},
    {"a building", {"--building", "--hours", "0.01", "q.csv"}, 0},
    {"a building as SAC", {"--building", "--hours", "0.01", "q.sac"}, 0},
    {"a record too long for memory is refused", {"--rate", "4000", "--before", "80000", "q.csv"}, 64},
};

static int run(struct fake_sys *fake, const char *const *arg)
{
    char text[8][32], *argv[9] = {NULL};
    int argc = 0;

    strcpy(text[argc], "synth");
    argv[argc] = text[argc];
    argc++;
    for (; *arg; arg++, argc++) {
        snprintf(text[argc], sizeof text[argc], "%s", *arg);
        argv[argc] = text[argc];
    }
    return cmd_synth(&fake->sys, argc, argv);
}

static void test_the_command_writes_what_is_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct fake_sys fake;

        print_message("%s\n", commands[i].name);
        fake_sys_init(&fake);
        assert_int_equal(run(&fake, commands[i].arg), commands[i].want);
        assert_int_equal(fake.live_allocs, 0);
        assert_int_equal(fake.open_fds, 0);
        if (i == 0) {
            const struct fake_file *f = fake_file_find(&fake, "q.csv");
            assert_non_null(f);
            assert_memory_equal(f->data, "# tocsin-csv 1\n# rate_hz: 100\n", 30);
            assert_non_null(fake_file_find(&fake, "q.truth.jsonl"));
        }
        if (i == 1) { /* header of 632 bytes, delta 0.02, 4-byte samples */
            const struct fake_file *z = fake_file_find(&fake, "q.Z.sac"),
                                   *e = fake_file_find(&fake, "q.E.sac");
            float delta;
            assert_non_null(z);
            assert_non_null(e);
            memcpy(&delta, z->data, sizeof delta);
            assert_true(fabsf(delta - 0.02f) < 1e-7f);
            assert_int_equal(z->size, 632 + 4 * (1500 + 193 + 3000));
            assert_int_equal(e->size, z->size);
        }
        fake_sys_done(&fake);
    }
}

static void test_a_full_disk_and_refused_memory_are_told(void **state)
{
    static const char *const arg[] = {"q.csv", NULL};
    struct fake_sys fake;

    (void)state;
    fake_sys_init(&fake);
    fake.write_room = 50000;
    assert_int_equal(run(&fake, arg), 1);
    fake_sys_end(&fake);
    for (long at = 1; at <= 10; at++) {
        fake_sys_init(&fake);
        fake.fail_alloc_at = at;
        assert_int_not_equal(run(&fake, arg), 0);
        fake_sys_end(&fake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_seeds_give_equal_bits),
        cmocka_unit_test(test_nothing_comes_before_its_onset),
        cmocka_unit_test(test_the_spectrum_is_the_models),
        cmocka_unit_test(test_the_way_adds_to_the_duration),
        cmocka_unit_test(test_peaks_grow_with_magnitude_and_fall_with_distance),
        cmocka_unit_test(test_the_site_amplifies_and_dampens),
        cmocka_unit_test(test_the_sensor_adds_its_noise_and_its_steps),
        cmocka_unit_test(test_the_command_writes_what_is_asked_for),
        cmocka_unit_test(test_a_full_disk_and_refused_memory_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
