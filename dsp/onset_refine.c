#include "dsp/aic.h"
#include "dsp/onset_parts.h"

int64_t onset_split(struct onset_detector *d, const double *h, int64_t from, int64_t to, double *gain)
{
    int64_t oldest = d->n - d->history_length + 1;
    double lsb = d->lsb[d->lead_axis];
    double *window = d->scratch, *work = d->scratch + ONSET_HISTORY_MAX;

    if (oldest < d->history_from)
        oldest = d->history_from;
    if (from < oldest)
        from = oldest;
    if (to > d->n + 1)
        to = d->n + 1;
    if (to < from)
        to = from;
    size_t n = (size_t)(to - from);
    for (size_t i = 0; i < n; i++)
        window[i] = onset_past(h, from + (int64_t)i);
    /* 0.3 LSB is the power of rounding noise; below it a split means nothing. */
    double floor = d->scale_known ? d->conf.floor_mps2 * d->conf.floor_mps2 : 0;
    return from + (int64_t)aic_split(window, n, floor + 0.09 * lsb * lsb, work, gain);
}

static int64_t refine_after(struct onset_detector *d, int64_t after, double *gain)
{
    const struct onset_conf *c = &d->conf;
    double fs = d->rate_hz;
    int64_t from = d->pending_start - (int64_t)(c->refine_before_s * fs);
    double near_gain;

    if (from < after)
        from = after;
    int64_t wide =
        onset_split(d, d->history1, from, d->pending + (int64_t)(c->refine_after_s * fs) + 1, gain);
    int64_t near = (int64_t)fmax(4, c->refine_near_after_s * fs);
    from = wide - (int64_t)(c->refine_near_before_s * fs);
    if (from < after)
        from = after;
    int64_t fine = onset_split(d, d->history2, from, wide + near, &near_gain);
    if (near_gain > c->refine_gain) {
        *gain = near_gain;
        return fine;
    }
    return wide;
}

/* An earlier phase must not draw the pick to itself, nor a footstep; but where nothing begins behind the
 * footstep it was none, and the onset is there. */
int64_t onset_refine(struct onset_detector *d, double *gain)
{
    int64_t onset;

    if (d->passing > d->previous_declared) {
        onset = refine_after(d, d->passing, gain);
        if (*gain >= d->conf.change_ratio)
            return onset;
    }
    return refine_after(d, d->previous_declared, gain);
}
