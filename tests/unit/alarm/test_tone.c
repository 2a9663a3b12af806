/* The tones: their frequencies, no click, and none that could be taken for a fire alarm. */
#include "alarm/tone.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/fake_end.h"

static const double turn = 6.283185307179586;

static struct clip render(enum tone which, unsigned rate_hz)
{
    struct error err;
    struct clip c;

    assert_int_equal(tone_render(&c, &sys_real, which, rate_hz, &err), 0);
    return c;
}

/* Amplitude at hz of n frames from `from`, 0 .. 1. */
static double amplitude(const struct clip *c, size_t from, size_t n, double hz, unsigned rate_hz)
{
    double re = 0.0, im = 0.0, weight = 0.0;

    for (size_t i = 0; i < n; i++) {
        double hann = 1.0 - cos(turn * ((double)i + 0.5) / (double)n), x = c->frame[from + i] / 32767.0;

        re += hann * x * cos(turn * hz * (double)i / rate_hz);
        im += hann * x * sin(turn * hz * (double)i / rate_hz);
        weight += hann;
    }
    return 2.0 * hypot(re, im) / weight;
}

static void each_note_has_its_frequency(void **state)
{
    static const unsigned rates[] = {22050, 44100, 48000, 96000};

    (void)state;
    for (int r = 0; r < 4; r++)
        for (int which = 0; which < TONE_COUNT; which++) {
            const struct tone_plan *plan = tone_plan((enum tone)which);
            struct clip c = render((enum tone)which, rates[r]);

            assert_true(fabs((double)c.frames - plan->length_s * rates[r]) <= 1.0);
            for (size_t i = 0; i < plan->notes; i++) {
                const struct tone_note *note = &plan->note[i];
                double middle_s = note->start_s + note->length_s / 2.0;
                size_t n = (size_t)(0.1 * rates[r]), from = (size_t)((middle_s - 0.05) * rates[r]);
                double here = amplitude(&c, from, n, note->hz, rates[r]);

                assert_true(here > 0.15 * note->level);
                assert_true(here > 20.0 * amplitude(&c, from, n, note->hz * 1.07, rates[r]));
                assert_true(here > 20.0 * amplitude(&c, from, n, note->hz * 0.93, rates[r]));
            }
            clip_free(&c, &sys_real);
        }
}

/* Odd harmonics fall as 1/k, even ones are not there, nothing folds back from above half of the rate. */
static void the_alarm_carries_a_520_hz_square_wave(void **state)
{
    struct clip c = render(TONE_ALARM, 48000);
    size_t from = 4800, n = 9600;
    double first = amplitude(&c, from, n, 520.0, 48000);

    (void)state;
    assert_true(first > 0.8 * 0.72 && first < 0.72 * 1.3);
    for (int k = 3; k <= 15; k += 2) {
        double ratio = amplitude(&c, from, n, 520.0 * k, 48000) / first * k;

        assert_true(ratio > 0.5 && ratio < 1.1);
    }
    for (int k = 2; k <= 16; k += 2)
        assert_true(amplitude(&c, from, n, 520.0 * k, 48000) < 0.002);
    for (double hz = 780.0; hz < 23000.0; hz += 520.0)
        assert_true(amplitude(&c, from, n, hz, 48000) < 0.002);
    clip_free(&c, &sys_real);
}

/* A click is a jump that no wave of these frequencies makes: in the second difference, over two turns. */
static void there_is_no_click_within_a_turn_nor_between_turns(void **state)
{
    (void)state;
    for (int which = 0; which < TONE_COUNT; which++) {
        const struct tone_plan *plan = tone_plan((enum tone)which);
        struct clip c = render((enum tone)which, 48000);

        if (plan->note[0].colour != TONE_SQUARE) /* whose flanks are steep by nature */
            for (size_t i = 0; i < 2 * c.frames; i++) {
                double a = c.frame[i % c.frames], b = c.frame[(i + 1) % c.frames],
                       d = c.frame[(i + 2) % c.frames];

                assert_true(fabs(a - 2 * b + d) / 32767.0 < 0.05);
            }
        else /* a flank of the square itself is the largest step, at most */
            for (size_t i = 0; i < 2 * c.frames; i++)
                assert_true(abs(c.frame[(i + 1) % c.frames] - c.frame[i % c.frames]) < 0.75 * 32767.0);
        clip_free(&c, &sys_real);
    }
}

static double rms(const struct clip *c, double from_s, double length_s)
{
    double sum = 0.0;
    size_t from = (size_t)(from_s * 48000), n = (size_t)(length_s * 48000);

    for (size_t i = 0; i < n; i++)
        sum += pow(c->frame[(from + i) % c->frames] / 32767.0, 2);
    return sqrt(sum / (double)n);
}

/* ISO 8201 temporal-three: three strokes of 0.5 s with pauses of 0.5 s, then 1.5 s; T4: four of 0.1 s, then 5 s.
 * Counted are strokes between pauses of 0.05 s and more, over one turn played for ever. */
static void tone_patterns(void **state)
{
    (void)state;
    for (int which = 0; which < TONE_COUNT; which++) {
        struct clip c = render((enum tone)which, 48000);
        double length_s = (double)c.frames / 48000.0;
        int strokes = 0;
        bool was_on = rms(&c, length_s - 0.05, 0.05) > 0.02;

        for (double t = 0.0; t < length_s - 0.025; t += 0.05) {
            bool on = rms(&c, t, 0.05) > 0.02;

            strokes += on && !was_on;
            was_on = on;
        }
        assert_true(strokes <= 1);
        if (which == TONE_ALARM)
            assert_int_equal(strokes, 0); /* never a pause */
        clip_free(&c, &sys_real);
    }
}

static void the_alarm_is_never_silent(void **state)
{
    struct clip c = render(TONE_ALARM, 48000);

    (void)state;
    for (double t = 0.0; t < 0.6; t += 0.005)
        assert_true(rms(&c, t, 0.01) > 0.3);
    clip_free(&c, &sys_real);
}

static void it_refuses_what_it_cannot_do(void **state)
{
    struct fake_sys fake;
    struct error err;
    struct clip c;

    (void)state;
    fake_sys_init(&fake);
    assert_int_equal(tone_render(&c, &fake.sys, TONE_ALARM, 7999, &err), -1);
    assert_int_equal(tone_render(&c, &fake.sys, TONE_ALARM, 192001, &err), -1);
    for (int at = 1; at <= 2; at++) {
        fake.fail_alloc_at = at;
        assert_int_equal(tone_render(&c, &fake.sys, TONE_ALARM, 48000, &err), -1);
        assert_null(c.frame);
    }
    fake_sys_end(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_note_has_its_frequency),
        cmocka_unit_test(the_alarm_carries_a_520_hz_square_wave),
        cmocka_unit_test(there_is_no_click_within_a_turn_nor_between_turns),
        cmocka_unit_test(tone_patterns),
        cmocka_unit_test(the_alarm_is_never_silent),
        cmocka_unit_test(it_refuses_what_it_cannot_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
