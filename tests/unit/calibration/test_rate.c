/* A wrong rate is found, and within what is said of it. */
#include "calibration/rate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    const char *name;
    double nominal_hz, true_hz, late_s; /* times are late by 0..late_s */
    int block, lost_at;                 /* 10 samples lost there; 0: none */
    double seconds, bound_ppm;
} streams[] = {
    {"a crystal, 20 ppm", 100, 100.002, 0, 10, 0, 60, 0.1},
    {"an oscillator in a chip, 3 %", 104, 107.12, 0.0005, 8, 0, 60, 20},
    {"half the rate", 125, 62.5, 0.001, 5, 0, 60, 40},
    {"lost samples are counted as time", 100, 100, 0.0001, 10, 2000, 60, 10},
    {"millisecond jitter over ten minutes", 250, 249.9, 0.002, 25, 0, 600, 10},
};

static void the_true_rate_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        struct rate_line line;
        struct rate_found f;
        uint32_t random = 1;
        rate_line_init(&line, streams[i].nominal_hz);
        for (int64_t k = 5; (double)k < streams[i].seconds * streams[i].true_hz; k += streams[i].block) {
            random = random * 1664525u + 1013904223u;
            if (streams[i].lost_at && k == streams[i].lost_at + 5)
                k += 10;
            rate_line_add(&line, k,
                          INT64_C(77000000000) + llround((double)k / streams[i].true_hz * 1e9) +
                              llround(streams[i].late_s * 1e9 * random / 4294967296.0));
        }
        assert_true(rate_line_measure(&line, &f));
        double off = (f.rate_hz / streams[i].true_hz - 1) * 1e6;
        double want = (streams[i].true_hz / streams[i].nominal_hz - 1) * 1e6;
        if (!(fabs(off) < streams[i].bound_ppm && fabs(f.off_ppm - want) < 2 * streams[i].bound_ppm))
            fail_msg("%s: off by %g ppm, told %g of %g", streams[i].name, off, f.off_ppm, want);
        if (!(fabs(off) <= 3 * f.uncertainty_ppm + 0.01))
            fail_msg("%s: off by %g ppm, said %g", streams[i].name, off, f.uncertainty_ppm);
        if (!(fabs(f.jitter_s - streams[i].late_s / sqrt(12)) < 0.1 * streams[i].late_s + 2e-9))
            fail_msg("%s: jitter %g", streams[i].name, f.jitter_s);
    }
}

static void too_little_is_told(void **state)
{
    struct rate_line line;
    struct rate_found f;

    (void)state;
    rate_line_init(&line, 100);
    assert_false(rate_line_measure(&line, &f));
    for (int i = 0; i < 20; i++)
        rate_line_add(&line, i, 5);
    assert_false(rate_line_measure(&line, &f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_true_rate_is_found),
        cmocka_unit_test(too_little_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
