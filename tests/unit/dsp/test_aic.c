#include "dsp/aic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/near.h"

enum { N = 400 };

static const struct {
    const char *name;
    size_t n, onset;
    double before, after, floor_power;
    size_t bad_at; /* sample replaced by NaN and the next by infinity; N for none */
    size_t want_from, want_to;
    double gain_from, gain_to;
} cases[] = {
    {"strong onset to the sample", 400, 250, 0.01, 1.0, 1e-12, N, 249, 251, 3e3, 3e4},
    {"weak onset within three samples", 400, 250, 0.1, 0.4, 1e-12, N, 247, 253, 8, 32},
    {"NaN and infinity do not move it", 400, 250, 0.01, 1.0, 1e-12, 100, 249, 251, 3e3, 3e4},
    {"out of digital zeros", 400, 250, 0.0, 1.0, 1e-6, N, 249, 251, 1e5, 1e7},
    {"out of digital zeros without a floor", 400, 250, 0.0, 1.0, 0.0, N, 249, 251, 1e9, INFINITY},
    {"an onset below the floor has no gain", 400, 250, 1e-6, 1e-5, 1.0, N, 4, 396, 0.99, 1.01},
    {"zeros alone have no gain", 400, 250, 0.0, 0.0, 0.0, N, 4, 396, 1, 1},
    {"never nearer to the end than four samples", 400, 399, 0.01, 1.0, 1e-12, N, 396, 396, 10, 1e5},
    {"ten samples are enough", 10, 5, 0.01, 1.0, 1e-12, N, 4, 6, 100, 1e6},
    {"nine are not", 9, 4, 0.01, 1.0, 1e-12, N, 4, 4, 1, 1},
    {"nor is none", 0, 0, 0.01, 1.0, 1e-12, N, 0, 0, 1, 1},
};

static void onset_is_found(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double x[N], scratch[N], gain;
        uint32_t seed = 7;
        size_t k;

        for (size_t i = 0; i < N; i++)
            x[i] = (i < cases[c].onset ? cases[c].before : cases[c].after) * near_noise(&seed);
        if (cases[c].bad_at < N) {
            x[cases[c].bad_at] = NAN;
            x[cases[c].bad_at + 1] = INFINITY;
        }
        k = aic_split(x, cases[c].n, cases[c].floor_power, scratch, &gain);
        if (k < cases[c].want_from || k > cases[c].want_to ||
            !(gain >= cases[c].gain_from && gain <= cases[c].gain_to))
            fail_msg("%s: %zu, gain %g", cases[c].name, k, gain);
    }
}

/* The definition, without running sums. */
static void the_split_minimises_the_definition(void **state)
{
    double x[60], scratch[60], gain, least = INFINITY;
    uint32_t seed = 3;
    size_t best = 0;

    (void)state;
    for (int i = 0; i < 60; i++)
        x[i] = near_noise(&seed) * (i < 22 ? 1.0 : 2.5);
    for (size_t k = 4; k <= 56; k++) {
        double v1 = 0.0, v2 = 0.0, aic;

        for (size_t i = 0; i < 60; i++)
            *(i < k ? &v1 : &v2) += x[i] * x[i];
        aic = (double)k * log(v1 / (double)k + 0.01) + (double)(60 - k) * log(v2 / (double)(60 - k) + 0.01);
        if (aic < least) {
            least = aic;
            best = k;
        }
    }
    assert_int_equal(aic_split(x, 60, 0.01, scratch, &gain), best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(onset_is_found),
        cmocka_unit_test(the_split_minimises_the_definition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
