#include "dsp/onset_parts.h"
#include "dsp/vec_log.h"

/* Blocks older than this enter the slow noise model, so that the rise of an onset does not (0.5 s). */
enum { LEARN_LAG = 2 };

VEC_CLONES void onset_noise_refresh(struct onset_detector *d)
{
    const struct onset_conf *c = &d->conf;

    for (int r = 0; r < ONSET_ROWS; r++) {
        const struct onset_noise *row = &d->noise[r];
        vec4 recent = d->in_event ? c->recent_event * row->previous : c->recent_quiet * row->recent;
        d->inverse[r] = 1 / (VEC4_MAX(row->noise, recent) + row->floor);
    }
}

void onset_noise_forget(struct onset_detector *d)
{
    d->learned = d->rings = d->block_at = 0;
    for (int r = 0; r < ONSET_ROWS; r++)
        d->sum[r] = (vec4){0};
}

/* Powers of the rows, weighted and summed over the axes: bands 0 to 3 in the lanes of *sum, the fifth in lane 0 of *fifth. */
VEC_INLINE void sum_axes(const vec4 *row, const vec4 *weight, vec4 *sum, vec4 *fifth)
{
    vec4 last = row[3] * *weight;

    *sum = row[0] * (*weight)[0] + row[1] * (*weight)[1] + row[2] * (*weight)[2];
    *fifth = (vec4){VEC4_SUM3(last)};
}

bool onset_noise_low(const struct onset_detector *d)
{
    double limit = 3 * d->conf.quiet_ratio;
    vec4 ratio[ONSET_ROWS], sum = {0};

    for (int r = 0; r < ONSET_ROWS; r++) {
        vec4 weight = r < 3 ? VEC4_ALL(d->weight[r]) : d->weight;
        ratio[r] = weight * d->noise[r].last_power / (d->noise[r].noise + d->noise[r].floor);
    }
    sum = ratio[0] + ratio[1] + ratio[2];
    vec4_mask high = ~(vec4_mask)(sum <= limit);
    return !VEC4_ANY(high) && VEC4_SUM3(ratio[3]) <= limit;
}

/* Mean and variance of the bands' log power: how much burstier than chi-square noise it is raises the noise. Replaces the log
 * power by the factor. */
VEC_INLINE void burst_margin(const struct onset_detector *d, struct onset_burst *burst, double gain, vec4 *x)
{
    const struct onset_conf *c = &d->conf;
    vec4 off = *x - burst->mean, square = off * off, most = VEC4_ALL(9.0);

    if (d->learned == 1) {
        burst->mean = *x;
        burst->var = (vec4){0};
    } else {
        burst->mean += gain * off;
        burst->var += gain * (VEC4_MIN(square, most) * (1 - gain) - burst->var);
    }
    vec4 excess = burst->var - burst->usual;
    for (int i = 0; i < 4; i++)
        (*x)[i] = vec_min(excess[i] > 0 ? exp(c->burst_factor * sqrt(excess[i])) : 1, c->burst_max);
}

VEC_INLINE void learn(struct onset_detector *d, const vec4 *power, double gain)
{
    const vec4 third = d->weight / 3;
    vec4 logs[ONSET_ROWS], margin[ONSET_LANES];

    for (int r = 0; r < ONSET_ROWS; r++) {
        struct onset_noise *row = &d->noise[r];
        vec4 p = power[r], most = 8 * row->mean;
        if (d->learned > 4)
            p = VEC4_MIN(p, most);
        row->mean += gain * (p - row->mean);
        logs[r] = p + 1e-3 * row->floor + 1e-30;
        vec_log(&logs[r]);
    }
    sum_axes(logs, &third, &margin[0], &margin[1]);
    for (int i = 0; i < ONSET_LANES; i++)
        burst_margin(d, &d->burst[i], gain, &margin[i]);
    for (int r = 0; r < 3; r++)
        d->noise[r].noise = margin[0] * d->noise[r].mean;
    d->noise[3].noise = margin[1][0] * d->noise[3].mean;
}

/* The block that ended takes its place among the last ones. */
VEC_INLINE void end_block(struct onset_noise *row, const vec4 *power, double decay, bool keep, int lag_at)
{
    vec4 before = row->last_power, fallen;

    if (keep) {
        fallen = row->recent * decay;
        row->recent = VEC4_MAX(fallen, row->lag[lag_at]);
        row->lag[lag_at] = *power;
    }
    fallen = row->previous * decay;
    row->previous = VEC4_MAX(before, fallen);
    row->older_power[1] = row->older_power[0];
    row->older_power[0] = before;
    row->last_power = *power;
}

VEC_CLONES void onset_noise_learn(struct onset_detector *d)
{
    const struct onset_conf *c = &d->conf;
    double block_s = d->block_length / d->rate_hz;
    bool candidate_open = d->candidate >= 0, keep = !candidate_open || d->in_event;
    vec4 old[ONSET_ROWS];
    bool warm = d->n >= d->armed_from;
    /* From 0.5 s old blocks once warm; the first ones as they come, to be armed soon. */
    int lag = warm && d->learned >= 8 ? LEARN_LAG : 0;

    for (int r = 0; r < ONSET_ROWS; r++) {
        vec4 power = d->sum[r] / d->block_length;
        end_block(&d->noise[r], &power, d->block_decay, keep, d->lag_at);
        old[r] = lag == 0 ? power : d->noise[r].older_power[LEARN_LAG - 1];
        d->sum[r] = (vec4){0};
    }
    if (keep)
        d->lag_at = (d->lag_at + 1) % ONSET_NOISE_LAG;
    if (d->rings < LEARN_LAG + 1)
        d->rings++;
    if (!d->in_event && !candidate_open && d->rings > lag && (double)d->n > 0.4 * d->rate_hz)
        learn(d, old, fmax(1.0 / ++d->learned, block_s / c->noise_s));
    onset_noise_refresh(d);
}
