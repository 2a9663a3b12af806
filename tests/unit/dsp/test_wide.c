/* The sections that leave something out, against the one that does not: the same bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "dsp/butter.h"
#include "dsp/wide.h"

enum { SAMPLES = 20000 };

static void step_band(const struct wide_band *w, struct wide_state *s, vec4 *x)
{
    wide_band_step(w, s, x);
}

static void step_high(const struct wide_band *w, struct wide_state *s, vec4 *x)
{
    wide_high_step(w, s, x);
}

static void step_low(const struct wide_band *w, struct wide_state *s, vec4 *x)
{
    wide_low_step(w, s, x);
}

static const struct {
    const char *name;
    void (*step)(const struct wide_band *w, struct wide_state *s, vec4 *x);
    enum butter_kind kind;
    unsigned order;
    double rate_hz, f1_hz, f2_hz;
} kinds[] = {
    {"a band-pass", step_band, BUTTER_BANDPASS, 1, 100, 3, 6},
    {"a high-pass near 0 Hz", step_high, BUTTER_HIGHPASS, 2, 250, 0.075, 0},
    {"a high-pass near half the rate", step_high, BUTTER_HIGHPASS, 2, 45, 15, 0},
    {"a low-pass near 0 Hz", step_low, BUTTER_LOWPASS, 2, 250, 3, 0},
    {"a low-pass near half the rate", step_low, BUTTER_LOWPASS, 2, 36, 15, 0},
};

/* Noise whose size changes by many orders of magnitude, and nothing at all in between. */
static double next(unsigned *seed, int i)
{
    *seed = *seed * 1664525u + 1013904223u;
    double x = ((double)*seed - 2147483648.0) / 2147483648.0;

    return i / 1000 % 5 == 4 ? 0 : x * (i / 1000 % 3 == 0 ? 1e-9 : 1e6);
}

static void shorter_sections_give_the_same_bits(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct biquad f;
        struct wide plain = {.state = {{0}, {0}}};
        struct wide_band shorter = {.state = {{0}, {0}}};
        unsigned seed = 1;
        assert_int_equal(butter_design(&f, kinds[k].kind, kinds[k].order, kinds[k].rate_hz, kinds[k].f1_hz,
                                       kinds[k].f2_hz),
                         1);
        wide_set(&plain, &f, 0, 4);
        wide_band_set(&shorter, &f, 0, 4);
        for (int i = 0; i < SAMPLES; i++) {
            vec4 a = {next(&seed, i), next(&seed, i), next(&seed, i), 1}, b = a;
            wide_step(&plain, &plain.state, &a);
            kinds[k].step(&shorter, &shorter.state, &b);
            if (VEC4_ANY((vec4_mask)(a != b)))
                fail_msg("%s: sample %d: %a and %a", kinds[k].name, i, a[0], b[0]);
        }
    }
}

static void a_numerator_that_begins_with_1_needs_no_multiplication(void **state)
{
    const struct biquad f = {1, -1.9, 0.91, -1.8, 0.82};
    struct wide w = {.state = {{0}, {0}}};
    struct wide_state s = {{0}, {0}};
    unsigned seed = 2;

    (void)state;
    wide_set(&w, &f, 0, 4);
    for (int i = 0; i < SAMPLES; i++) {
        vec4 a = {next(&seed, i), next(&seed, i), 0, 1}, b = a;
        wide_step(&w, &w.state, &a);
        wide_unit_step(&w, &s, &b);
        assert_memory_equal(&a, &b, sizeof a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shorter_sections_give_the_same_bits),
        cmocka_unit_test(a_numerator_that_begins_with_1_needs_no_multiplication),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
