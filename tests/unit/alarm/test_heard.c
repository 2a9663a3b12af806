/* The ear of a siren test: it hears the tone through a room's noise, and nothing else passes for it. */
#include "alarm/heard.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/fake_sys.h"

enum { RATE = 48000, BEFORE = RATE * 6 / 10, AFTER = RATE * 4 };

static const double turn = 6.283185307179586;
static const struct heard_conf conf = {
    .rate_hz = RATE, .hz = {520.0, 910.0}, .apart_s = 0.8, .ratio_db = 12.0};

enum kind { TONES, FIRST_ONLY, SECOND_ONLY, SWAPPED, HUM, BANG, VOICE, NOISE, NAN_AMONG };

struct scene {
    const char *claim;
    enum kind kind;
    double level, noise; /* amplitude of the tone; rms of the noise */
    double at_s;         /* when the tone begins, after heard_start */
    bool heard;
};

static const struct scene scenes[] = {
    {"a loud tone in a quiet room", TONES, 0.3, 0.001, 0.1, true},
    {"a faint one, 40 dB below full scale", TONES, 0.01, 0.001, 0.1, true},
    {"in noise as loud as itself", TONES, 0.1, 0.1, 0.1, true},
    {"an amplifier that takes 1.5 s to wake", TONES, 0.1, 0.01, 1.5, true},
    {"a microphone that gives a NaN now and then", NAN_AMONG, 0.1, 0.01, 0.1, true},
    {"buried in noise 26 dB above it", TONES, 0.01, 0.2, 0.1, false},
    {"digital silence", NOISE, 0.0, 0.0, 0.0, false},
    {"noise alone", NOISE, 0.0, 0.3, 0.0, false},
    {"only the lower tone: half a loudspeaker", FIRST_ONLY, 0.3, 0.001, 0.1, false},
    {"only the upper tone", SECOND_ONLY, 0.3, 0.001, 0.1, false},
    {"the two in the wrong order", SWAPPED, 0.3, 0.001, 0.1, false},
    {"a hum at both frequencies that was there before", HUM, 0.3, 0.001, 0.0, false},
    {"bangs", BANG, 0.9, 0.01, 0.3, false},
    {"a voice that glides through both", VOICE, 0.5, 0.01, 0.1, false},
};

static uint64_t dice;

static double noise(void)
{
    double sum = 0.0;

    for (int i = 0; i < 12; i++) {
        dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
        sum += (double)(dice >> 40) / (double)(1 << 24);
    }
    return sum - 6.0;
}

static double sine(double hz, double t)
{
    return sin(turn * hz * t);
}

static double signal(const struct scene *s, double t)
{
    double since = t - s->at_s;
    bool first = since >= 0.0 && since < 0.8, second = since >= 0.8 && since < 1.6;

    switch (s->kind) {
    case TONES:
    case NAN_AMONG:
        return first ? sine(520.0, t) : second ? sine(910.0, t) : 0.0;
    case FIRST_ONLY:
        return first ? sine(520.0, t) : 0.0;
    case SECOND_ONLY:
        return second ? sine(910.0, t) : 0.0;
    case SWAPPED:
        return first ? sine(910.0, t) : second ? sine(520.0, t) : 0.0;
    case HUM:
        return (sine(520.0, t) + sine(910.0, t)) / 2.0;
    case BANG:
        return t >= 0.0 ? noise() / 3.0 * exp(-fmod(t, 0.5) / 0.05) : 0.0;
    case VOICE: /* harmonics of 150 to 250 Hz */
        if (t < 0.0)
            return 0.0;
        for (double k = 1, sum = 0.0, f = 200.0 * t - 50.0 / turn / 0.7 * cos(turn * 0.7 * t);; k++) {
            if (k > 8)
                return sum / 3.0;
            sum += sin(turn * k * f) / k;
        }
    case NOISE:
        return 0.0;
    }
    return 0.0;
}

static void play(struct heard *h, const struct scene *s, size_t block)
{
    float *x = malloc(sizeof *x * (BEFORE + AFTER));

    assert_non_null(x);
    dice = 1;
    for (int i = 0; i < BEFORE + AFTER; i++) {
        double t = (double)(i - BEFORE) / RATE;

        x[i] = (float)(s->level * signal(s, t) + s->noise * noise());
        if (s->kind == NAN_AMONG && i % 3001 == 0)
            x[i] = NAN;
    }
    assert_true(heard_init(h, &conf));
    for (size_t i = 0; i < BEFORE; i += block)
        heard_step(h, x + i, BEFORE - i < block ? BEFORE - i : block);
    heard_start(h);
    for (size_t i = BEFORE; i < BEFORE + AFTER; i += block)
        heard_step(h, x + i, BEFORE + AFTER - i < block ? BEFORE + AFTER - i : block);
    free(x);
}

static void it_hears_the_tone_and_nothing_else(void **state)
{
    static struct heard h;

    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        double after_s;
        bool heard;

        play(&h, &scenes[i], 480);
        heard = heard_answer(&h, &after_s);
        if (heard != scenes[i].heard)
            fail_msg("%s: %s", scenes[i].claim, heard ? "heard" : "not heard");
        if (!heard)
            continue;
        if (fabs(after_s - scenes[i].at_s) > 2 * HEARD_WINDOW_S)
            fail_msg("%s: at %.3f s, was %.3f s", scenes[i].claim, after_s, scenes[i].at_s);
        if (fabs(heard_level_db(&h) - 20.0 * log10(scenes[i].level)) > 3.0)
            fail_msg("%s: %.1f dB", scenes[i].claim, heard_level_db(&h));
    }
}

static void blocks_do_not_matter(void **state)
{
    static struct heard a, b;

    (void)state;
    play(&a, &scenes[2], 1);
    play(&b, &scenes[2], 1000);
    assert_int_equal(a.windows[0], b.windows[0]);
    assert_int_equal(a.first[0], b.first[0]);
    assert_memory_equal(a.power, b.power, sizeof a.power);
}

static void it_refuses_rates_that_cannot_carry_the_tones(void **state)
{
    static struct heard h;
    struct heard_conf bad = conf;

    (void)state;
    bad.rate_hz = 7999;
    assert_false(heard_init(&h, &bad));
    bad = conf;
    bad.hz[1] = 20000.0;
    assert_false(heard_init(&h, &bad));
    bad.hz[1] = NAN;
    assert_false(heard_init(&h, &bad));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_hears_the_tone_and_nothing_else),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(it_refuses_rates_that_cannot_carry_the_tones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
