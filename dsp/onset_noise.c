#include <string.h>

#include "dsp/onset_parts.h"

/* Blocks older than this enter the slow noise model, so that the rise of an onset does not (0.5 s). */
enum { LEARN_LAG = 2 };

void onset_noise_refresh(struct onset_detector *d)
{
    const struct onset_conf *c = &d->conf;

    for (int b = 0; b < d->bands; b++) {
        struct onset_band *band = &d->band[b];
        for (int a = 0; a < 3; a++) {
            double recent =
                d->in_event ? c->recent_event * band->previous[a] : c->recent_quiet * band->recent[a];
            double noise = band->noise[a] > recent ? band->noise[a] : recent;
            band->inverse[a] = 1 / (noise + d->floor[a]);
        }
    }
}

void onset_noise_forget(struct onset_detector *d)
{
    d->learned = d->rings = d->block_at = 0;
    for (int b = 0; b < d->bands; b++)
        d->band[b].sum = (vec4){0};
}

/* Mean and variance of the band's log power: how much burstier than chi-square noise it is raises the noise.
 */
static double burst_margin(struct onset_detector *d, struct onset_band *band, double log_power, double gain)
{
    const struct onset_conf *c = &d->conf;
    double off = log_power - band->log_mean;

    if (d->learned == 1) {
        band->log_mean = log_power;
        band->log_var = 0;
    } else {
        band->log_mean += gain * off;
        band->log_var += gain * (fmin(off * off, 9) * (1 - gain) - band->log_var);
    }
    double block_s = d->block_length / d->rate_hz;
    double excess = fmax(0, band->log_var - 2 / (6 * band->width_hz * block_s + 1));
    return fmin(exp(c->burst_factor * sqrt(excess)), c->burst_max);
}

static void learn_band(struct onset_detector *d, struct onset_band *band, const vec4 *power, double gain)
{
    double log_power = 0;

    for (int a = 0; a < 3; a++) {
        double p = (*power)[a];
        if (d->learned > 4)
            p = fmin(p, 8 * band->mean[a]);
        band->mean[a] += gain * (p - band->mean[a]);
        log_power += d->weight[a] / 3 * log(p + 1e-3 * d->floor[a] + 1e-30);
    }
    double margin = burst_margin(d, band, log_power, gain);
    band->noise = margin * band->mean;
}

void onset_noise_learn(struct onset_detector *d)
{
    const struct onset_conf *c = &d->conf;
    double block_s = d->block_length / d->rate_hz, decay = exp(-block_s / c->recent_s);
    bool candidate_open = d->candidate >= 0;
    vec4 old[ONSET_BANDS_MAX];
    bool warm = (double)d->n >= c->warm_s * d->rate_hz && d->n >= d->rewarm_until;
    /* From 0.5 s old blocks once warm; the first ones as they come, to be armed soon. */
    int lag = warm && d->learned >= 8 ? LEARN_LAG : 0;

    for (int b = 0; b < d->bands; b++) {
        struct onset_band *band = &d->band[b];
        vec4 power = band->sum / d->block_length;
        band->sum = (vec4){0};
        if (!candidate_open || d->in_event) {
            for (int a = 0; a < 3; a++)
                band->recent[a] = fmax(band->recent[a] * decay, band->lag[4][a]);
            memmove(&band->lag[1], &band->lag[0], (ONSET_NOISE_BLOCKS - 1) * sizeof band->lag[0]);
            band->lag[0] = power;
        }
        vec4 before = band->last_power;
        for (int a = 0; a < 3; a++)
            band->previous[a] = fmax(before[a], band->previous[a] * decay);
        band->older_power[1] = band->older_power[0];
        band->older_power[0] = before;
        band->last_power = power;
        old[b] = lag == 0 ? power : band->older_power[LEARN_LAG - 1];
    }
    if (d->rings < LEARN_LAG + 1)
        d->rings++;
    if (!d->in_event && !candidate_open && d->rings > lag && (double)d->n > 0.4 * d->rate_hz) {
        double gain = fmax(1.0 / ++d->learned, block_s / c->noise_s);
        for (int b = 0; b < d->bands; b++)
            learn_band(d, &d->band[b], &old[b], gain);
    }
    onset_noise_refresh(d);
}
