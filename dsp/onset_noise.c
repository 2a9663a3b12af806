#include <string.h>

#include "dsp/onset_parts.h"
#include "dsp/vec_log.h"

/* Blocks older than this enter the slow noise model, so that the rise of an onset does not (0.5 s). */
enum { LEARN_LAG = 2 };

/* One band of the rows: Z N E. */
VEC_INLINE void band_of_rows(vec4 *out, const vec4 *row, int band)
{
    *out = band < 4 ? (vec4){row[0][band], row[1][band], row[2][band], 0} : row[3];
}

VEC_CLONES void onset_noise_refresh(struct onset_detector *d)
{
    const struct onset_conf *c = &d->conf;

    for (int b = 0; b < d->bands; b++) {
        struct onset_band *band = &d->band[b];
        vec4 recent = d->in_event ? c->recent_event * band->previous : c->recent_quiet * band->recent;
        vec4 inverse = 1 / (VEC4_MAX(band->noise, recent) + d->floor);
        for (int a = 0; a < 3 && b < 4; a++)
            d->inverse[a][b] = inverse[a];
        if (b == 4)
            d->inverse[3] = inverse;
    }
}

void onset_noise_forget(struct onset_detector *d)
{
    d->learned = d->rings = d->block_at = 0;
    for (int r = 0; r < ONSET_ROWS; r++)
        d->sum[r] = (vec4){0};
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
        band->log_var += gain * (vec_min(off * off, 9) * (1 - gain) - band->log_var);
    }
    double block_s = d->block_length / d->rate_hz;
    double excess = band->log_var - 2 / (6 * band->width_hz * block_s + 1);
    return fmin(excess > 0 ? exp(c->burst_factor * sqrt(excess)) : 1, c->burst_max);
}

VEC_INLINE void learn_band(struct onset_detector *d, struct onset_band *band, const vec4 *power, double gain)
{
    vec4 p = *power, most = 8 * band->mean, log_power;

    if (d->learned > 4)
        p = VEC4_MIN(p, most);
    band->mean += gain * (p - band->mean);
    log_power = p + 1e-3 * d->floor + 1e-30;
    vec_log(&log_power);
    log_power *= d->weight / 3;
    double margin = burst_margin(d, band, VEC4_SUM3(log_power), gain);
    band->noise = margin * band->mean;
}

VEC_CLONES void onset_noise_learn(struct onset_detector *d)
{
    const struct onset_conf *c = &d->conf;
    double block_s = d->block_length / d->rate_hz, decay = d->block_decay;
    bool candidate_open = d->candidate >= 0;
    vec4 old[ONSET_BANDS_MAX];
    bool warm = d->n >= d->armed_from;
    /* From 0.5 s old blocks once warm; the first ones as they come, to be armed soon. */
    int lag = warm && d->learned >= 8 ? LEARN_LAG : 0;

    for (int b = 0; b < d->bands; b++) {
        struct onset_band *band = &d->band[b];
        vec4 power;
        band_of_rows(&power, d->sum, b);
        power /= d->block_length;
        if (!candidate_open || d->in_event) {
            vec4 fallen = band->recent * decay;
            band->recent = VEC4_MAX(fallen, band->lag[4]);
            memmove(&band->lag[1], &band->lag[0], (ONSET_NOISE_BLOCKS - 1) * sizeof band->lag[0]);
            band->lag[0] = power;
        }
        vec4 before = band->last_power, fallen = band->previous * decay;
        band->previous = VEC4_MAX(before, fallen);
        band->older_power[1] = band->older_power[0];
        band->older_power[0] = before;
        band->last_power = power;
        old[b] = lag == 0 ? power : band->older_power[LEARN_LAG - 1];
    }
    for (int r = 0; r < ONSET_ROWS; r++)
        d->sum[r] = (vec4){0};
    if (d->rings < LEARN_LAG + 1)
        d->rings++;
    if (!d->in_event && !candidate_open && d->rings > lag && (double)d->n > 0.4 * d->rate_hz) {
        double gain = fmax(1.0 / ++d->learned, block_s / c->noise_s);
        for (int b = 0; b < d->bands; b++)
            learn_band(d, &d->band[b], &old[b], gain);
    }
    onset_noise_refresh(d);
}
