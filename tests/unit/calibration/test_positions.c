/* Sensors with known faults, placed askew: found again within stated bounds. */
#include "calibration/positions.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define G 9.80665

static const struct {
    const char *name;
    double offset[3], gain[3], lean; /* y follows x by so much */
    double askew_deg;
    double offset_within, gain_within, cross_within;
    const char *refusal;
} cases[] = {
    {"perfect", {0, 0, 0}, {1, 1, 1}, 0, 0, 1e-12, 1e-12, 1e-12, NULL},
    {"offsets", {0.5, -0.3, 0.9}, {1, 1, 1}, 0, 0, 1e-12, 1e-12, 1e-12, NULL},
    {"gains", {0, 0, 0}, {0.95, 1.05, 1.1}, 0, 0, 1e-12, 1e-12, 1e-12, NULL},
    {"a leaning axis", {0, 0, 0}, {1, 1, 1}, 0.02, 0, 1e-12, 1e-12, 1e-12, NULL},
    {"all of it, askew by a degree", {0.5, -0.3, 0.9}, {0.95, 1.05, 1.1}, 0.02, 1, 0.006, 0.0006, 0.02, NULL},
    {"twice the scale is refused", {0, 0, 0}, {0.5, 1, 1}, 0, 0, 0, 0, 0, "gain"},
    {"half a g of offset is refused", {0, 4.9, 0}, {1, 1, 1}, 0, 0, 0, 0, 0, "offset"},
    {"placed anyhow is refused", {0, 0, 0}, {1, 1, 1}, 0, 12, 0, 0, 0, "placed"},
};

static void measure(size_t i, double mean[POSITIONS][3])
{
    double e = cases[i].askew_deg * 3.14159265358979323846 / 180;

    for (int p = 0; p < POSITIONS; p++) {
        double t[3] = {0}, sign = p % 2 ? -1 : 1;
        t[p / 2] = sign * G * cos(e);
        t[(p / 2 + 1) % 3] = G * sin(e); /* always to the same side: no lean of an axis explains it */
        t[1] += cases[i].lean * t[0];
        for (int k = 0; k < 3; k++)
            mean[p][k] = t[k] / cases[i].gain[k] + cases[i].offset[k];
    }
}

static void faults_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double mean[POSITIONS][3];
        struct positions_fit f = {.placed_deg = -1};
        struct error err = {""};
        measure(i, mean);
        int result = positions_fit((const double(*)[3])mean, G, &f, &err);
        if (cases[i].refusal) {
            if (result != -1 || !strstr(err.text, cases[i].refusal) || f.placed_deg != -1)
                fail_msg("%s: %d \"%s\"", cases[i].name, result, err.text);
            continue;
        }
        if (result != 0)
            fail_msg("%s: \"%s\"", cases[i].name, err.text);
        for (int k = 0; k < 3; k++)
            if (fabs(f.offset_mps2[k] - cases[i].offset[k]) > cases[i].offset_within ||
                fabs(f.gain[k] - cases[i].gain[k]) > cases[i].gain_within)
                fail_msg("%s, axis %d: offset %g gain %g", cases[i].name, k, f.offset_mps2[k], f.gain[k]);
        if (fabs(f.cross[1][0] * cases[i].gain[1] - cases[i].lean) > cases[i].cross_within)
            fail_msg("%s: cross %g", cases[i].name, f.cross[1][0]);
    }
}

static void a_mean_that_is_no_number_is_refused(void **state)
{
    double mean[POSITIONS][3];
    struct positions_fit f;
    struct error err = {""};

    (void)state;
    for (int p = 0; p < POSITIONS; p++)
        for (int k = 0; k < 3; k++) {
            measure(0, mean);
            mean[p][k] = NAN;
            assert_int_equal(positions_fit((const double(*)[3])mean, G, &f, &err), -1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_found),
        cmocka_unit_test(a_mean_that_is_no_number_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
