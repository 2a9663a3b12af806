/* The life of a building: its noise has the spectrum it is given, each class of nuisance the rate, length,
 * band and size that its row claims, and the whole is the same however it is cut into pieces. */
#include "node/synth_stream.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fake_end.h"

#define RATE 100.0

/* Power of x[n][axis] between two frequencies, Hann window, by plain sums over the bins of the discrete
 * transform: slow, and independent of what is tested. */
static double power_between(double (*x)[AXES], size_t n, int axis, double from_hz, double to_hz)
{
    enum { MOST = 8192 };
    static double tapered[MOST];
    double sum = 0.0, df = RATE / (double)n, mean = 0.0;

    assert_true(n <= MOST);
    for (size_t i = 0; i < n; i++)
        mean += x[i][axis] / (double)n;
    for (size_t i = 0; i < n; i++)
        tapered[i] = (0.5 - 0.5 * cos(2.0 * M_PI * ((double)i + 0.5) / (double)n)) * (x[i][axis] - mean);
    for (size_t k = (size_t)ceil(from_hz / df); df * (double)k < to_hz; k++) {
        double turn = 2.0 * cos(2.0 * M_PI * (double)k / (double)n), a = 0.0, b = 0.0; /* Goertzel */

        for (size_t i = 0; i < n; i++) {
            double next = tapered[i] + turn * a - b;
            b = a;
            a = next;
        }
        sum += (a * a + b * b - turn * a * b) * 2.0 / (RATE * (double)n * 0.375) * df;
    }
    return sum;
}

/* ---- noise ---- */

static struct synth_spectrum spectrum;

/* Peterson's models at periods of his table (decibels), share 0 and 1. */
static const struct {
    const char *name;
    double share, period_s, want_db;
} models[] = {
    {"high, 10 Hz", 1, 0.1, -91.5},      {"high, the quiet of 0.8 s", 1, 0.8, -120.0},
    {"high, microseism", 1, 4.6, -96.5}, {"low, 10 Hz", 0, 0.1, -168.0},
    {"low, microseism", 0, 4.3, -141.1}, {"half way, 0.8 s", 0.5, 0.8, -144.6},
};

static void test_the_default_lies_between_petersons_models(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        double have;

        synth_spectrum_peterson(&spectrum, models[i].share);
        have = 10.0 * log10(synth_spectrum_at(&spectrum, AXIS_E, 1.0 / models[i].period_s));
        print_message("%s: %.1f dB\n", models[i].name, have);
        assert_true(fabs(have - models[i].want_db) < 0.7); /* corners are cut by the table's steps */
    }
}

static double noise_value[1 << 16][AXES];

static void test_noise_has_the_spectrum_it_is_given(void **state)
{
    static const double band[][2] = {{0.2, 0.4}, {1.0, 2.0}, {8.0, 9.0}, {30.0, 31.0}};
    enum { N = 8192, PARTS = 6 };
    struct synth_noise_conf conf = {.spectrum = &spectrum, .white = 1e-9, .rate_hz = RATE, .seed = 3};
    struct synth_noise *noise;
    struct error err;

    (void)state;
    spectrum.n = 3;
    for (int a = 0; a < AXES; a++) { /* a steep bump, another size on each axis */
        spectrum.f_hz[0] = 0.5;
        spectrum.f_hz[1] = 5.0;
        spectrum.f_hz[2] = 20.0;
        spectrum.power[0][a] = 1e-7 * (a + 1);
        spectrum.power[1][a] = 1e-5 * (a + 1);
        spectrum.power[2][a] = 1e-8 * (a + 1);
    }
    assert_int_equal(synth_noise_open(&noise, &sys_real, &conf, &err), 0);
    memset(noise_value, 0, sizeof noise_value);
    synth_noise_add(noise, noise_value, N * PARTS);
    synth_noise_close(noise);
    for (int a = 0; a < AXES; a++) {
        for (int b = 0; b < 4; b++) {
            double want = 0.0, have = 0.0;

            for (int i = 0; i < 100; i++)
                want += (synth_spectrum_at(&spectrum, a,
                                           band[b][0] + (band[b][1] - band[b][0]) * (i + 0.5) / 100) +
                         1e-9) *
                        (band[b][1] - band[b][0]) / 100.0;
            for (int part = 0; part < PARTS; part++)
                have += power_between(noise_value + N * part, N, a, band[b][0], band[b][1]) / PARTS;
            print_message("axis %d, %g..%g Hz: %.2f of the given\n", a, band[b][0], band[b][1], have / want);
            assert_true(have / want > 0.7 && have / want < 1.4);
        }
    }
}

static void test_noise_is_gaussian_and_stationary(void **state)
{
    enum { N = 1 << 16, PARTS = 16 };
    struct synth_noise_conf conf = {.spectrum = &spectrum, .white = 1.0, .rate_hz = RATE, .seed = 9};
    struct synth_noise *noise;
    struct error err;
    double kurtosis = 0.0, correlation = 0.0, all = 0.0;

    (void)state;
    spectrum.n = 1;
    spectrum.f_hz[0] = 1.0;
    spectrum.power[0][0] = spectrum.power[0][1] = spectrum.power[0][2] = 0.0;
    assert_int_equal(synth_noise_open(&noise, &sys_real, &conf, &err), 0);
    memset(noise_value, 0, sizeof noise_value);
    synth_noise_add(noise, noise_value, N);
    synth_noise_close(noise);
    for (int part = 0; part < PARTS; part++) {
        double sum = 0.0;

        for (int i = part * N / PARTS; i < (part + 1) * N / PARTS; i++) {
            double *v = noise_value[i];
            sum += v[0] * v[0];
            kurtosis += v[0] * v[0] * v[0] * v[0] / N;
            correlation += v[0] * v[1] / N;
        }
        sum /= N / PARTS;
        all += sum / PARTS;
        assert_true(fabs(sum / (RATE / 2.0) - 1.0) < 0.1); /* one-sided density 1 to the Nyquist frequency */
    }
    print_message("variance %.3f, kurtosis %.3f, Z with N %.4f\n", all, kurtosis / (all * all),
                  correlation / all);
    assert_true(fabs(kurtosis / (all * all) - 3.0) < 0.1);
    assert_true(fabs(correlation / all) < 0.02);
}

/* ---- the agenda ---- */

static void test_events_come_at_the_stated_rates(void **state)
{
    enum { HOURS = 24 * 365 };
    struct synth_agenda_conf conf = {
        .seed = 5, .model = SYNTH_JUDGE, .activity = 1.0, .classes = SYNTH_ALL_CLASSES};
    struct synth_agenda agenda;
    struct synth_event e;
    double count[SYNTH_NUISANCES] = {0}, log_peak[SYNTH_NUISANCES] = {0}, night = 0.0, last = 0.0;

    (void)state;
    synth_agenda_begin(&agenda, &conf);
    while (synth_agenda_peek(&agenda) < HOURS * 3600.0) {
        const struct synth_class *c;

        synth_agenda_next(&agenda, &e);
        c = &synth_classes[e.what];
        assert_true(e.start_s >= last);
        last = e.start_s;
        assert_true(e.duration_s >= 0.999 * c->duration_s.from && e.duration_s <= 1.001 * c->duration_s.to);
        count[e.what] += 1.0;
        log_peak[e.what] += log(e.peak_mps2 / c->peak_mps2);
        night += e.what == SYNTH_FOOTSTEPS && fmod(e.start_s / 3600.0, 24.0) < 6.0;
    }
    for (int i = 0; i < SYNTH_NUISANCES; i++) {
        double want = HOURS * synth_classes[i].per_hour;
        double spread = synth_classes[i].spread_ln + 0.2;

        print_message("%s: %.0f, expected %.0f\n", synth_classes[i].name, count[i], want);
        assert_true(fabs(count[i] - want) < 4.0 * sqrt(want)); /* Poisson: four standard deviations */
        assert_true(fabs(log_peak[i] / count[i]) < 4.0 * spread / sqrt(count[i]));
    }
    /* 0.2 and 0.1 of the mean rate, six hours in 24: 0.0375 */
    assert_true(fabs(night / count[SYNTH_FOOTSTEPS] - 0.0375) < 0.005);
}

static void test_waiting_times_are_those_of_chance(void **state)
{
    struct synth_agenda_conf conf = {.seed = 1, .activity = 1.0, .classes = 1u << SYNTH_SPIKE};
    struct synth_agenda agenda;
    struct synth_event e;
    double last = 0.0, sum = 0.0, squares = 0.0;
    enum { N = 4000 };

    (void)state;
    synth_agenda_begin(&agenda, &conf);
    for (int i = 0; i < N; i++) {
        synth_agenda_next(&agenda, &e);
        assert_int_equal(e.what, SYNTH_SPIKE);
        sum += e.start_s - last;
        squares += (e.start_s - last) * (e.start_s - last);
        last = e.start_s;
    }
    /* exponential: the mean of the squares is twice the square of the mean */
    assert_true(fabs(squares / N / (sum / N * sum / N) - 2.0) < 0.25);
}

static void test_leaving_a_class_out_moves_no_other(void **state)
{
    struct synth_agenda_conf conf = {.seed = 8, .activity = 1.0, .classes = SYNTH_ALL_CLASSES};
    struct synth_agenda all, some;
    struct synth_event a, b;

    (void)state;
    synth_agenda_begin(&all, &conf);
    conf.classes &= ~(1u << SYNTH_LORRY);
    synth_agenda_begin(&some, &conf);
    for (int i = 0; i < 200; i++) {
        do
            synth_agenda_next(&all, &a);
        while (a.what == SYNTH_LORRY);
        synth_agenda_next(&some, &b);
        assert_true(a.what == b.what && a.start_s == b.start_s && a.seed == b.seed);
    }
    conf.activity = 0.0;
    synth_agenda_begin(&some, &conf);
    assert_true(isinf(synth_agenda_peek(&some)));
}

/* ---- each class ---- */

static double voice_value[1 << 17][AXES];

/* One event of a class: n samples into voice_value; its largest value. */
static double play(enum synth_nuisance what, double duration_s, uint64_t seed, enum synth_model_name model,
                   size_t *n, int *loudest)
{
    struct synth_event e = {.what = what, .duration_s = duration_s, .peak_mps2 = 1.0, .seed = seed};
    struct synth_voice v;
    double peak = 0.0;

    synth_voice_begin(&v, &e, model, RATE);
    *n = (size_t)ceil(duration_s * RATE);
    memset(voice_value, 0, sizeof voice_value);
    assert_false(synth_voice_add(&v, voice_value, *n + 500));
    for (size_t i = *n; i < *n + 500; i++) /* nothing behind its end */
        for (int a = 0; a < AXES; a++)
            assert_true(voice_value[i][a] == 0.0);
    for (size_t i = 0; i < *n; i++) {
        for (int a = 0; a < AXES; a++) {
            if (fabs(voice_value[i][a]) > peak) {
                peak = fabs(voice_value[i][a]);
                *loudest = a;
            }
        }
    }
    return peak;
}

static const struct {
    const char *name;
    enum synth_nuisance what;
    double duration_s, from_hz, to_hz; /* where at least `share` of its power lies; share 0: see below */
    double share, least, most;         /* largest value over what was aimed at, median over seeds */
    int loudest;                       /* axis; -1: a horizontal one */
} claims[] = {
    {"footsteps: a floor rings", SYNTH_FOOTSTEPS, 10, 6, 35, 0.7, 0.6, 1.3, AXIS_Z},
    {"jumping: lower", SYNTH_JUMPING, 10, 4, 25, 0.7, 0.6, 1.4, AXIS_Z},
    {"a door: one blow on the wall", SYNTH_DOOR, 1.2, 10, 49, 0.8, 0.6, 1.4, -1},
    {"a lift: its motor", SYNTH_LIFT, 20, 5, 49, 0.9, 0.5, 1.7, AXIS_Z},
    {"a lorry: axle hop", SYNTH_LORRY, 10, 6, 27, 0.9, 0.6, 1.4, AXIS_Z},
    {"a train: longer and higher", SYNTH_TRAIN, 60, 9, 49, 0.9, 0.6, 1.5, AXIS_Z},
    {"a machine: lines", SYNTH_MACHINE, 300, 6, 49, 0.95, 0.5, 1.3, -1},
    {"washing: drum and tumbling", SYNTH_WASHING, 600, 5, 49, 0.9, 0.5, 2.0, -1},
    {"construction: blow upon blow", SYNTH_CONSTRUCTION, 120, 6, 49, 0.8, 0.5, 2.0, AXIS_Z},
    {"wind: slow and sideways", SYNTH_WIND, 600, 0.2, 4, 0.85, 0.5, 1.5, -1},
    {"thermal: slower than anything", SYNTH_THERMAL, 1000, 0, 0, 0, 0.99, 1.01, AXIS_Z},
    {"mains: half the rate", SYNTH_MAINS, 100, 48, 50.01, 0.8, 0.3, 1.1, AXIS_Z},
    {"a spike: every frequency", SYNTH_SPIKE, 0.1, 0, 0, 0, 0.999, 1.001, AXIS_Z},
    {"a bump: strong, and sideways", SYNTH_BUMP, 2, 8, 49, 0.8, 0.5, 1.3, -1},
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void test_each_class_is_what_it_claims(void **state)
{
    enum { SEEDS = 9 };

    (void)state;
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        double peak[SEEDS], share = 0.0;
        int right = 0;

        for (int seed = 0; seed < SEEDS; seed++) {
            int loudest = AXIS_Z;
            size_t n, cut;

            peak[seed] =
                play(claims[i].what, claims[i].duration_s, (uint64_t)seed + 1, SYNTH_TUNE, &n, &loudest);
            right += claims[i].loudest < 0 ? loudest != AXIS_Z : loudest == claims[i].loudest;
            if (seed >= 3 || claims[i].share <= 0.0)
                continue;
            cut = n > 2000 ? 2000 : n;
            /* through the window's edges a blow at the beginning would not be seen: put quiet in front */
            memmove(voice_value + cut / 2, voice_value, cut * sizeof *voice_value);
            memset(voice_value, 0, cut / 2 * sizeof *voice_value);
            memset(voice_value + cut / 2 + cut, 0, cut / 2 * sizeof *voice_value);
            share += power_between(voice_value, 2 * cut, loudest, claims[i].from_hz, claims[i].to_hz) /
                     power_between(voice_value, 2 * cut, loudest, 0.0, RATE / 2.0) / 3.0;
        }
        qsort(peak, SEEDS, sizeof *peak, by_value);
        print_message("%s: peak %.2f (%.2f to %.2f), %.2f of its power in band\n", claims[i].name,
                      peak[SEEDS / 2], peak[0], peak[SEEDS - 1], share);
        assert_true(peak[SEEDS / 2] >= claims[i].least && peak[SEEDS / 2] <= claims[i].most);
        assert_true(right > SEEDS / 2);
        assert_true(share >= claims[i].share);
    }
}

static void test_a_spike_is_one_sample_and_heat_is_smooth(void **state)
{
    size_t n;
    int loudest = 0, others = 0;

    (void)state;
    play(SYNTH_SPIKE, 0.1, 4, SYNTH_TUNE, &n, &loudest);
    for (size_t i = 1; i < n; i++)
        others += voice_value[i][AXIS_Z] != 0.0;
    assert_true(fabs(voice_value[0][AXIS_Z]) == 1.0);
    assert_int_equal(others, 0);
    play(SYNTH_THERMAL, 1000.0, 4, SYNTH_TUNE, &n, &loudest);
    for (size_t i = 1; i < n;
         i++) /* pi / 2 over half of the time is the steepest: 1.6e-5 a sample and peak 1 */
        assert_true(fabs(voice_value[i][0] - voice_value[i - 1][0]) < 3.2e-5);
}

static void test_footsteps_come_at_a_walking_pace(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct synth_event e = {.what = SYNTH_FOOTSTEPS, .duration_s = 20.0, .peak_mps2 = 1.0, .seed = seed};
        struct synth_voice v;
        double next = -1.0, value[1][AXES];
        int blows = 0;

        synth_voice_begin(&v, &e, SYNTH_TUNE, RATE);
        while (synth_voice_add(&v, value, 1)) {
            blows += v.next_blow != next;
            next = v.next_blow;
        }
        assert_true(blows >= 20 * 1.5 && blows <= 20 * 2.5);
    }
}

static void test_the_judges_building_is_another_one(void **state)
{
    double tune = 0.0, judge = 0.0;
    size_t n;
    int loudest = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        play(SYNTH_DOOR, 1.2, seed, SYNTH_TUNE, &n, &loudest);
        tune += fabs(voice_value[30][AXIS_N]);
        play(SYNTH_DOOR, 1.2, seed, SYNTH_JUDGE, &n, &loudest);
        judge += fabs(voice_value[30][AXIS_N]);
    }
    assert_true(fabs(tune - judge) > 1e-3 * tune);
}

/* ---- the whole ---- */

static struct synth_stream_conf building(void)
{
    synth_spectrum_peterson(&spectrum, 0.9);
    return (struct synth_stream_conf){.quake = synth_default,
                                      .spectrum = &spectrum,
                                      .building = true,
                                      .activity = 20.0,
                                      .start_hour = 12.0,
                                      .classes = SYNTH_ALL_CLASSES,
                                      .end_s = INFINITY};
}

struct told {
    int quakes, nuisances;
    double last_s, loudest;
};

static void tell(void *ctx, const struct synth_truth *t)
{
    struct told *told = ctx;

    if (t->quake) {
        told->quakes++;
        assert_true(t->p_s < t->s_s && t->s_s < t->end_s);
    } else {
        assert_true(t->start_s >= told->last_s && t->end_s > t->start_s);
        told->last_s = t->start_s;
        told->nuisances++;
    }
    told->loudest = fmax(told->loudest, t->peak_mps2);
}

enum { STREAM_N = 120000 }; /* 20 minutes */

static double whole[STREAM_N][AXES], parts[STREAM_N][AXES];

static void read_stream(struct synth_stream_conf conf, double (*to)[AXES], size_t step)
{
    struct synth_stream *s;
    struct error err;

    assert_int_equal(synth_stream_open(&s, &sys_real, &conf, &err), 0);
    for (size_t i = 0; i < STREAM_N; i += step)
        assert_int_equal(synth_stream_read(s, to + i, STREAM_N - i < step ? STREAM_N - i : step, &err), 0);
    assert_int_equal(synth_stream_dropped(s), 0);
    synth_stream_close(s);
}

static void test_pieces_of_any_size_give_the_same_bits(void **state)
{
    static const size_t step[] = {1, 7, 256, 4096};
    struct synth_stream_conf conf = building();
    struct told told = {0};

    (void)state;
    conf.sequence = true;
    conf.main_s = 100.0;
    conf.smallest = 3.0;
    conf.tell = tell;
    conf.ctx = &told;
    read_stream(conf, whole, STREAM_N);
    print_message("%d nuisances, %d earthquakes\n", told.nuisances, told.quakes);
    assert_true(told.nuisances > 50 && told.quakes > 1);
    conf.tell = NULL;
    for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
        read_stream(conf, parts, step[i]);
        assert_memory_equal(whole, parts, sizeof whole);
    }
}

static void test_seed_and_model_are_what_differs(void **state)
{
    struct synth_stream_conf conf = building();
    size_t same = 0;

    (void)state;
    read_stream(conf, whole, 256);
    conf.quake.model = SYNTH_JUDGE;
    read_stream(conf, parts, 256);
    for (size_t i = 0; i < STREAM_N; i++)
        same += whole[i][0] == parts[i][0];
    conf.quake.model = SYNTH_TUNE;
    conf.quake.seed = 2;
    read_stream(conf, parts, 256);
    for (size_t i = 0; i < STREAM_N; i++)
        same += whole[i][0] == parts[i][0];
    assert_true(same < STREAM_N / 1000);
}

static void test_what_steps_leave_behind_stays(void **state)
{
    struct synth_stream_conf conf = building();
    double before = 0.0, after = 0.0, told_sum = 0.0;
    struct told told = {0};

    (void)state;
    conf.classes = 1u << SYNTH_STEP;
    conf.activity = 200.0; /* 4 an hour */
    conf.quake.sensor.noise_ug_rthz = 0.0;
    synth_spectrum_peterson(&spectrum, 0.0);
    conf.tell = tell;
    conf.ctx = &told;
    read_stream(conf, whole, 256);
    assert_true(told.nuisances >= 1);
    for (int i = 0; i < 100; i++)
        before += whole[i][AXIS_Z] / 100.0;
    for (int i = STREAM_N - 100; i < STREAM_N; i++)
        after += whole[i][AXIS_Z] / 100.0;
    told_sum = told.loudest;
    print_message("%d steps, largest %.4f: %.4f to %.4f\n", told.nuisances, told_sum, before, after);
    assert_true(fabs(before) < 1e-4);
    assert_true(told.nuisances > 1 || fabs(fabs(after) / told_sum - 1.0) < 0.01);
    assert_true(fabs(after) > 1e-3);
}

static void test_the_digitiser_clips_and_counts(void **state)
{
    struct synth_stream_conf conf = building();
    struct synth_stream *s;
    struct error err;
    double lsb = 0.1 * 9.80665 / 32768.0, largest = 0.0;

    (void)state;
    conf.quake.sensor.bits = 16;
    conf.quake.sensor.range_g = 0.1;
    conf.classes = 1u << SYNTH_BUMP | 1u << SYNTH_SPIKE;
    conf.activity = 1000.0;
    assert_int_equal(synth_stream_open(&s, &sys_real, &conf, &err), 0);
    assert_int_equal(synth_stream_read(s, whole, STREAM_N, &err), 0);
    assert_true(synth_stream_clipped(s) > 0);
    synth_stream_close(s);
    for (size_t i = 0; i < STREAM_N; i++) {
        assert_true(fabs(whole[i][1] / lsb - rint(whole[i][1] / lsb)) < 1e-6);
        largest = fmax(largest, fabs(whole[i][1]));
    }
    assert_true(largest <= 0.1 * 9.80665);
}

static void test_memory_does_not_grow_with_the_hours(void **state)
{
    struct synth_stream_conf conf = building();
    struct synth_stream *s;
    struct fake_sys fake;
    struct error err;
    size_t at_start;

    (void)state;
    fake_sys_init(&fake);
    assert_int_equal(synth_stream_open(&s, &fake.sys, &conf, &err), 0);
    at_start = fake.peak_bytes;
    for (int i = 0; i < 20; i++)
        assert_int_equal(synth_stream_read(s, whole, STREAM_N / 4, &err), 0);
    assert_int_equal(fake.peak_bytes, at_start);
    print_message("%zu bytes\n", at_start);
    assert_true(at_start < 1 << 20);
    synth_stream_close(s);
    fake_sys_end(&fake);
}

static void test_refused_memory_is_told(void **state)
{
    struct synth_stream_conf conf = building();

    (void)state;
    conf.sequence = true;
    for (long at = 1; at <= 12; at++) {
        struct synth_stream *s;
        struct fake_sys fake;
        struct error err;

        fake_sys_init(&fake);
        fake.fail_alloc_at = at;
        fake.fail_all_after = true;
        if (synth_stream_open(&s, &fake.sys, &conf, &err) == 0) {
            assert_int_equal(synth_stream_read(s, whole, STREAM_N, &err), -1);
            synth_stream_close(s);
        }
        fake_sys_end(&fake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_default_lies_between_petersons_models),
        cmocka_unit_test(test_noise_has_the_spectrum_it_is_given),
        cmocka_unit_test(test_noise_is_gaussian_and_stationary),
        cmocka_unit_test(test_events_come_at_the_stated_rates),
        cmocka_unit_test(test_waiting_times_are_those_of_chance),
        cmocka_unit_test(test_leaving_a_class_out_moves_no_other),
        cmocka_unit_test(test_each_class_is_what_it_claims),
        cmocka_unit_test(test_a_spike_is_one_sample_and_heat_is_smooth),
        cmocka_unit_test(test_footsteps_come_at_a_walking_pace),
        cmocka_unit_test(test_the_judges_building_is_another_one),
        cmocka_unit_test(test_pieces_of_any_size_give_the_same_bits),
        cmocka_unit_test(test_seed_and_model_are_what_differs),
        cmocka_unit_test(test_what_steps_leave_behind_stays),
        cmocka_unit_test(test_the_digitiser_clips_and_counts),
        cmocka_unit_test(test_memory_does_not_grow_with_the_hours),
        cmocka_unit_test(test_refused_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
