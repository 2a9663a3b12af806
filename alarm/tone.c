#include "alarm/tone.h"

#include <math.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* The two notes of the alarm overlap by their edges: one fades into the other, the sum is never silent, and
 * the second's end falls on the first's beginning in the next turn. The lower one, which wakes people, has
 * two thirds. */
static const struct tone_note alarm_note[] = {
    {0.00, 0.42, 520.0, TONE_SQUARE, 0.72, 0.02},
    {0.40, 0.22, 910.0, TONE_SINE, 0.85, 0.02},
};
static const struct tone_note warning_note[] = {
    {0.00, 0.30, 587.0, TONE_SINE, 0.60, 0.02},
    {0.28, 0.45, 784.0, TONE_SINE, 0.60, 0.02},
};
static const struct tone_note exercise_note[] = {
    {0.00, 1.60, 392.0, TONE_SINE, 0.55, 0.6},
};
static const struct tone_note test_note[] = {
    {0.00, 0.80, 520.0, TONE_SQUARE, 0.60, 0.02},
    {0.80, 0.80, 910.0, TONE_SINE, 0.70, 0.02},
};
static const struct tone_note chime_note[] = {
    {0.00, 0.90, 659.0, TONE_BELL, 0.45, 0.005},
    {0.50, 1.00, 440.0, TONE_BELL, 0.50, 0.005},
};
static const struct tone_plan plans[TONE_COUNT] = {
    [TONE_ALARM] = {"alarm", alarm_note, COUNT(alarm_note), 0.60},
    [TONE_WARNING] = {"warning", warning_note, COUNT(warning_note), 1.60},
    [TONE_EXERCISE] = {"exercise", exercise_note, COUNT(exercise_note), 1.60},
    [TONE_TEST] = {"test", test_note, COUNT(test_note), 1.60},
    [TONE_CHIME] = {"chime", chime_note, COUNT(chime_note), 1.50},
};

static const double turn = 6.283185307179586; /* 2 pi */
static const double harmonics_below = 0.45;   /* of the rate */
static const double bell_decay_s = 0.35;

const struct tone_plan *tone_plan(enum tone which)
{
    return &plans[which];
}

/* Odd harmonics of a square wave, each brought down a little towards the top (Lanczos' sigma), so that the
 * edges do not ring above the level. */
static double square(double phase, double hz, double rate_hz)
{
    int top = (int)(harmonics_below * rate_hz / hz);
    double sum = 0.0;

    for (int k = 1; k <= top; k += 2) {
        double x = turn / 2.0 * k / (top + 1);

        sum += sin(phase * k) / k * (sin(x) / x);
    }
    return sum * 4.0 / (turn / 2.0);
}

static double colour(const struct tone_note *note, double t_s, double rate_hz)
{
    double phase = turn * note->hz * t_s;

    switch (note->colour) {
    case TONE_SINE:
        return sin(phase);
    case TONE_SQUARE:
        return square(phase, note->hz, rate_hz);
    case TONE_BELL:
        return exp(-t_s / bell_decay_s) * (0.8 * sin(phase) + 0.2 * sin(2.0 * phase));
    }
    return 0.0;
}

static double edge(const struct tone_note *note, double t_s)
{
    double left = note->length_s - t_s, x = (t_s < left ? t_s : left) / note->edge_s;

    return x >= 1.0 ? 1.0 : 0.5 - 0.5 * cos(turn / 2.0 * x);
}

/* What runs over the end of the turn falls on its beginning: a loop has no seam. */
static void add(float *to, size_t n, const struct tone_note *note, double rate_hz)
{
    size_t from = (size_t)lrint(note->start_s * rate_hz), count = (size_t)(note->length_s * rate_hz);

    for (size_t i = 0; i < count; i++) {
        double t_s = (double)i / rate_hz;

        to[(from + i) % n] += (float)(note->level * edge(note, t_s) * colour(note, t_s, rate_hz));
    }
}

int tone_render(struct clip *c, const struct sys *sys, enum tone which, unsigned rate_hz, struct error *err)
{
    const struct tone_plan *plan = &plans[which];
    size_t n = (size_t)lrint(plan->length_s * rate_hz);
    float *work;
    int failed;

    *c = (struct clip){0};
    if (rate_hz < CLIP_RATE_MIN_HZ || rate_hz > CLIP_RATE_MAX_HZ)
        return error_set(err, "tones at %u Hz: %d to %d Hz are possible", rate_hz, CLIP_RATE_MIN_HZ,
                         CLIP_RATE_MAX_HZ);
    work = sys_alloc(sys, n * sizeof *work);
    if (!work)
        return error_set(err, "no memory for the tone %s", plan->name);
    for (size_t i = 0; i < plan->notes; i++)
        add(work, n, &plan->note[i], rate_hz);
    failed = clip_from(c, sys, work, n, rate_hz, rate_hz, err);
    sys_free(sys, work);
    return failed;
}
