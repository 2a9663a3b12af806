/* Synthetic sensors of known noise: it is found within 1 dB, and faults are told. */
#include "calibration/noise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "calibration/noise_model.h"
#include "io/sensor_parts.h"

enum { BLOCK = 97 };

static uint64_t seed;

static double uniform(void) /* xorshift64*, (0, 1) */
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return ((double)((seed * UINT64_C(2685821657736338717)) >> 11) + 0.5) * 0x1p-53;
}

static double gauss(void)
{
    return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

static const struct {
    const char *name, *part;
    double rate_hz, seconds, times; /* how much noisier than its data sheet */
    double lsb_mps2;                /* 0: no steps */
    double step_every_s;            /* footsteps: 0.2 s of 8 Hz, 0.05 m/s^2 */
    int dead;                       /* axis, -1: none */
    enum noise_verdict want;
    double bound; /* of the floor, as a ratio; 0: not looked at */
} sensors[] = {
    {"as in its data sheet, 125 Hz", "adxl355", 125, 120, 1, 3.8e-5, 0, -1, NOISE_OK, 1.12},
    {"another part and rate", "lsm6dso", 104, 120, 1, 6e-4, 0, -1, NOISE_OK, 1.12},
    {"a kilohertz", "icm42688", 1000, 60, 1, 6e-4, 0, -1, NOISE_OK, 1.12},
    {"half a minute is enough", "adxl355", 100, 30, 1, 3.8e-5, 0, -1, NOISE_OK, 1.25},
    {"footsteps in a quarter of the windows do not count", "adxl355", 100, 240, 1, 3.8e-5, 32, -1, NOISE_OK,
     1.25},
    {"three times its noise is told", "adxl355", 100, 120, 3, 3.8e-5, 0, -1, NOISE_LOUD, 1.12},
    {"1.5 times is within the spread of parts", "adxl355", 100, 120, 1.5, 3.8e-5, 0, -1, NOISE_OK, 1.12},
    {"a fifth: a filter or the wrong scale", "adxl355", 100, 120, 0.2, 0, 0, -1, NOISE_QUIET, 1.12},
    {"a dead axis", "adxl355", 100, 60, 1, 3.8e-5, 0, 1, NOISE_DEAD, 0},
    {"steps coarser than its noise are no excess", "adxl355", 100, 120, 1, 1e-2, 0, -1, NOISE_OK, 0},
};

static double sample(size_t i, size_t row, int axis, double sigma)
{
    double t = (double)i / sensors[row].rate_hz, x = (axis == 2 ? 9.80665 : 0.123) + sigma * gauss();

    if (axis == sensors[row].dead)
        return 0.5;
    if (sensors[row].step_every_s > 0) {
        double since = fmod(t, sensors[row].step_every_s);
        if (since < 0.2)
            x += 0.05 * sin(6.283185307179586 * 8 * since);
    }
    return sensors[row].lsb_mps2 > 0 ? round(x / sensors[row].lsb_mps2) * sensors[row].lsb_mps2 : x;
}

static void run(size_t row, size_t block, struct noise_result *out)
{
    struct noise *n;
    double value[BLOCK][3], spec = sensor_parts_density(sensor_parts_find(sensors[row].part));
    double sigma = spec * sensors[row].times * sqrt(sensors[row].rate_hz / 2);
    size_t count = (size_t)(sensors[row].rate_hz * sensors[row].seconds), held = 0;

    seed = 88172645463325252u;
    assert_int_equal(noise_open(&n, &sys_real, sensors[row].rate_hz), 0);
    for (size_t i = 0; i < count; i++) {
        for (int a = 0; a < 3; a++)
            value[held][a] = sample(i, row, a, sigma);
        if (++held == block || i + 1 == count) {
            noise_add(n, (const double(*)[3])value, held);
            held = 0;
        }
    }
    assert_true(noise_measure(n, out));
    noise_close(n);
}

static void known_noise_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sensors / sizeof *sensors; i++) {
        struct noise_result r;
        double spec = sensor_parts_density(sensor_parts_find(sensors[i].part));
        enum noise_verdict worst = NOISE_OK;
        run(i, BLOCK, &r);
        for (int a = 0; a < 3; a++) {
            enum noise_verdict v = noise_judge(r.floor[a], spec, sensors[i].lsb_mps2, sensors[i].rate_hz);
            double ratio = r.floor[a] / (spec * sensors[i].times);
            worst = v > worst ? v : worst;
            if (sensors[i].bound > 0 && !(ratio < sensors[i].bound && ratio > 1 / sensors[i].bound))
                fail_msg("%s: axis %d is %.3f of the truth", sensors[i].name, a, ratio);
        }
        if (worst != sensors[i].want)
            fail_msg("%s: verdict %d, floors %g %g %g", sensors[i].name, (int)worst, r.floor[0], r.floor[1],
                     r.floor[2]);
        if (sensors[i].step_every_s > 0 && (r.disturbed == 0 || r.disturbance[0] < 1.1))
            fail_msg("%s: %u disturbed, %g", sensors[i].name, r.disturbed, r.disturbance[0]);
    }
}

static void blocks_do_not_matter(void **state)
{
    struct noise_result a, b;

    (void)state;
    run(3, BLOCK, &a);
    run(3, 1, &b);
    assert_memory_equal(&a, &b, sizeof a);
}

static const struct {
    double hz, low_db, high_db;
} model[] = {
    /* of the tabulation */
    {10, -168.0, -91.5},           {1 / 4.92, -141.10, -97.46},    {1 / 11.27, -165.39, -116.96},
    {1 / 135.5, -185.00, -130.18}, {1 / 1629.0, -172.84, -105.06},
};

static void the_models_are_petersons(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof model / sizeof *model; i++)
        if (!(fabs(noise_model_low_db(model[i].hz) - model[i].low_db) < 0.03 &&
              fabs(noise_model_high_db(model[i].hz) - model[i].high_db) < 0.03))
            fail_msg("%g Hz: %g %g", model[i].hz, noise_model_low_db(model[i].hz),
                     noise_model_high_db(model[i].hz));
    assert_true(isnan(noise_model_low_db(20)));
    assert_true(isnan(noise_model_high_db(0)));
}

static void too_little_is_told(void **state)
{
    struct noise *n;
    struct noise_result r;

    (void)state;
    assert_int_not_equal(noise_open(&n, &sys_real, 1), 0);
    assert_null(n);
    assert_int_equal(noise_open(&n, &sys_real, 100), 0);
    assert_false(noise_measure(n, &r));
    noise_close(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_noise_is_found),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(the_models_are_petersons),
        cmocka_unit_test(too_little_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
