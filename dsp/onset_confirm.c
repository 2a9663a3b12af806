#include "dsp/onset_parts.h"

#define LINE_LAST_S 1.0
#define LINE_FROM_S 0.5 /* own choice: three cycles of 6 Hz */
#define LINE_MAX_HZ 25.0

static double deviation(const struct onset_detector *d, int64_t sample)
{
    double level;

    return onset_farthest(&d->away[sample & (ONSET_NEAR_RING - 1)], &d->level[sample & (ONSET_NEAR_RING - 1)],
                          &level);
}

static double level(const struct onset_detector *d, int64_t sample)
{
    double value;

    onset_farthest(&d->away[sample & (ONSET_NEAR_RING - 1)], &d->level[sample & (ONSET_NEAR_RING - 1)],
                   &value);
    return value;
}

static int64_t oldest_deviation(const struct onset_detector *d, int64_t from)
{
    int64_t oldest = d->n - d->deviation_length + 2;

    return from < oldest ? oldest : from < 0 ? 0 : from;
}

/* A spike has fewer than max(3, 10 ms) samples above a quarter of its own peak. Looks back half a second. */
static bool is_spike(const struct onset_detector *d, double *value, double *limit)
{
    int64_t from = d->candidate_start - 1;
    double peak = 0;
    int count = 0;

    if (from < d->n - d->deviation_length + 2)
        return false;
    from = oldest_deviation(d, from);
    for (int64_t i = from; i <= d->n; i++)
        peak = fmax(peak, deviation(d, i));
    for (int64_t i = from; i <= d->n; i++)
        count += deviation(d, i) >= 0.25 * peak;
    *value = count;
    *limit = fmax(3, 0.01 * d->rate_hz + 0.999);
    return count < (int)*limit;
}

/* A step jumps within a sample and stays: every sample after its largest jump keeps the side and much of the
 * height. */
static bool is_step(const struct onset_detector *d, double *value, double *limit)
{
    int64_t from = oldest_deviation(d, d->candidate_start - 2), jump = from;
    double largest = 0;

    for (int64_t i = from + 1; i <= d->n; i++) {
        double rise = level(d, i) - level(d, i - 1);
        if (fabs(rise) > fabs(largest)) {
            largest = rise;
            jump = i;
        }
    }
    if ((double)(d->n - jump) < 0.1 * d->rate_hz || d->n - jump < 4)
        return false;
    double base = level(d, jump - 1), held = INFINITY, peak = 0;
    for (int64_t i = from; i <= d->n; i++)
        peak = fmax(peak, fabs(level(d, i) - base));
    for (int64_t i = jump; i <= d->n; i++)
        held = fmin(held, (level(d, i) - base) / largest);
    if (fabs(largest) < 0.7 * peak) /* the rise took longer than a sample: a wave */
        return false;
    *value = held;
    *limit = d->conf.step_ratio;
    return held > *limit;
}

/* A machine repeats itself: the largest autocorrelation of the vertical since the candidate, at most of the
 * last second (a candidate may have begun long ago, and every sample may ask), between a 25 Hz period and
 * half of the time there is. A wave train of an earthquake loses its phase within a few cycles. */
static bool is_line(const struct onset_detector *d, double *value, double *limit)
{
    int64_t start = d->n - (int64_t)(LINE_LAST_S * d->rate_hz);
    double best = 0;

    if (start < d->candidate_start)
        start = d->candidate_start;
    int64_t n = d->n - start + 1;
    *limit = d->conf.line_share;
    *value = 0;
    if ((double)n < LINE_FROM_S * d->rate_hz || start < d->history_from)
        return false;
    for (int64_t lag = (int64_t)(d->rate_hz / LINE_MAX_HZ) + 1; lag <= n / 2; lag++) {
        double both = 0, first = 0, second = 0;
        for (int64_t i = start; i + lag <= d->n; i++) {
            double a = onset_past(d->history1, i), b = onset_past(d->history1, i + lag);
            both += a * b;
            first += a * a;
            second += b * b;
        }
        double r = both / sqrt(first * second + 1e-60);
        best = r > best ? r : best;
    }
    *value = best;
    return best > *limit;
}

double onset_frequency(const struct onset_detector *d, int64_t from)
{
    int crossings = 0;
    int64_t oldest = d->n - d->history_length + 2;

    if (from < oldest)
        from = oldest;
    if (from < d->history_from)
        from = d->history_from;
    for (int64_t i = from + 1; i <= d->n; i++)
        crossings += (onset_past(d->history1, i) >= 0) != (onset_past(d->history1, i - 1) >= 0);
    return d->n > from ? crossings * d->rate_hz / (2.0 * (double)(d->n - from)) : 0;
}

double onset_change(struct onset_detector *d, int64_t from)
{
    double gain;

    from -= (int64_t)(d->conf.refine_before_s * d->rate_hz);
    if (from < d->artefact)
        from = d->artefact;
    onset_split(d, d->history1, from, d->n + 1, &gain);
    return gain;
}

static double log_amplitude_ratio(double a, double b)
{
    return 0.5 * log10((a + 1e-30) / (b + 1e-30));
}

enum onset_reject onset_doubt(const struct onset_detector *d, double *value, double *limit)
{
    const struct onset_conf *c = &d->conf;

    if (is_spike(d, value, limit))
        return ONSET_SPIKE;
    if (is_step(d, value, limit))
        return ONSET_STEP;
    double low = d->smooth[0], middle = d->smooth[1], high = d->smooth[2];
    *value = high > 0 ? log_amplitude_ratio(high, middle) : -9;
    *limit = c->high_ratio_log;
    if (*value > *limit)
        return ONSET_HIGH_FREQUENCY;
    *value = log_amplitude_ratio(low, middle);
    *limit = c->low_ratio_log;
    if (*value > *limit)
        return ONSET_TELESEISM;
    if (is_line(d, value, limit))
        return ONSET_LINE;
    return ONSET_ACCEPTED;
}
