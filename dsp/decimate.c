#include "dsp/decimate.h"

#include <math.h>

#define HIGHEST_HZ 250.0
#define SLACK      0.02
#define STOP_DB    82.0 /* two decibels more than promised */
#define STOP_EDGE  0.6  /* of the new rate: above it would alias below 0.4 */
#define LARGEST    1e9

unsigned decimate_factor(double rate_hz)
{
    double factor = fmax(1.0, ceil(rate_hz / (HIGHEST_HZ * (1.0 + SLACK))));

    return rate_hz > 0.0 && factor <= DECIMATE_FACTOR_MAX ? (unsigned)factor : 0;
}

/* Modified Bessel function of the first kind, order 0, by its series. */
static double bessel_i0(double x)
{
    double sum = 1.0, term = 1.0;

    for (int k = 1; term > 1e-17 * sum; k++) {
        term *= (x / 2.0 / k) * (x / 2.0 / k);
        sum += term;
    }
    return sum;
}

/* Kaiser (1974): beta and the width of the transition from the attenuation. All frequencies in units of the
 * new rate. */
static void design(struct decimate *d)
{
    double beta = 0.1102 * (STOP_DB - 8.7), sum = 0.0;
    double width = (STOP_DB - 7.95) / (14.36 * 2.0 * DECIMATE_DELAY_OUT);
    double cut = STOP_EDGE - width / 2.0;
    int middle = (int)(d->taps / 2);

    for (int i = 0; i < (int)d->taps; i++) {
        double t = (double)(i - middle) / d->factor, u = (double)(i - middle) / (middle == 0 ? 1 : middle);
        double sinc = i == middle ? 2.0 * cut : sin(2.0 * M_PI * cut * t) / (M_PI * t);

        d->h[i] = sinc * bessel_i0(beta * sqrt(fmax(0.0, 1.0 - u * u)));
        sum += d->h[i];
    }
    for (unsigned i = 0; i < d->taps; i++)
        d->h[i] /= sum;
}

bool decimate_init(struct decimate *d, unsigned factor)
{
    if (factor < 1 || factor > DECIMATE_FACTOR_MAX)
        return false;
    d->factor = factor;
    d->taps = factor == 1 ? 1 : 2 * DECIMATE_DELAY_OUT * factor + 1;
    design(d);
    decimate_reset(d);
    return true;
}

void decimate_reset(struct decimate *d)
{
    d->last = (vec4){0};
    d->at = 0;
    d->phase = decimate_delay(d);
    d->started = false;
}

unsigned decimate_delay(const struct decimate *d)
{
    return d->taps / 2;
}

static void filter(const struct decimate *d, double out[3])
{
    vec4 sum = {0};
    const double *h = d->h; /* symmetric, so oldest or newest first is the same */

    for (unsigned i = d->at; i < d->taps; i++)
        sum += *h++ * d->ring[i];
    for (unsigned i = 0; i < d->at; i++)
        sum += *h++ * d->ring[i];
    for (int c = 0; c < 3; c++)
        out[c] = sum[c];
}

bool decimate_step(struct decimate *d, const double in[3], double out[3])
{
    for (int c = 0; c < 3; c++)
        if (fabs(in[c]) <= LARGEST)
            d->last[c] = in[c];
    if (!d->started) {
        for (unsigned i = 0; i < d->taps; i++)
            d->ring[i] = d->last;
        d->started = true;
    }
    d->ring[d->at] = d->last;
    if (++d->at == d->taps)
        d->at = 0;
    if (d->phase > 0) {
        d->phase--;
        return false;
    }
    d->phase = d->factor - 1;
    filter(d, out);
    return true;
}
