#include "dsp/onset.h"

#include <string.h>

#include "dsp/butter.h"
#include "dsp/onset_parts.h"

#define LONG_AGO (-1000000)
#define RINGING  0.01 /* of a blow's energy: what the filters still ring with a second later lies far below  \
                       */

const char *onset_reject_name(enum onset_reject reason)
{
    static const char *const names[ONSET_REJECTS] = {
        "accepted", "impact",         "spike",     "step",      "clip",  "line",    "horizontal",
        "short",    "high-frequency", "teleseism", "no-change", "burst", "warm-up", "gap",
    };

    return reason < ONSET_REJECTS ? names[reason] : "?";
}

static bool conf_valid(const struct onset_conf *c)
{
    return c->band_low_hz > 0 && c->power_ratio > 1 && c->threshold_nats > 0 && c->threshold_all_nats > 0 &&
           c->threshold_raise >= 1 && c->noise_s > 0 && c->recent_s > 0 && c->peak_s > 0 && c->warm_s >= 1 &&
           c->confirm_max_s > 0 && c->confirm_max_s <= 2 && c->refine_before_s >= 0 &&
           c->refine_before_s <= 3 && c->refine_after_s > 0 && c->refine_after_s <= 1 && c->impact_s > 0 &&
           c->freeze_s >= c->dead_s;
}

static void init_bands(struct onset_detector *d)
{
    double fs = d->rate_hz;

    for (double low = d->conf.band_low_hz; d->bands < ONSET_BANDS_MAX && low < 0.30 * fs; low *= 2) {
        struct onset_band *band = &d->band[d->bands++];
        double high = fmin(2 * low, 0.45 * fs);
        butter_design(&band->filter, BUTTER_BANDPASS, 1, fs, low, high);
        band->width_hz = high - low;
        band->kappa = fmin(1, 2 * (high - low) / fs);
        d->kappa_sum += band->kappa;
    }
}

/* A low-pass that the rate has no room for passes everything. */
static struct biquad lowpass_or_none(double fs, double corner_hz)
{
    struct biquad f = {.b0 = 1};

    if (corner_hz < 0.45 * fs)
        butter_design(&f, BUTTER_LOWPASS, 2, fs, corner_hz, 0);
    return f;
}

bool onset_init(struct onset_detector *d, const struct onset_conf *conf, double rate_hz, unsigned axis_mask,
                const double lsb[3], double range_mps2, bool scale_known)
{
    if (!(rate_hz >= 5 && rate_hz <= ONSET_RATE_MAX_HZ) || !conf_valid(conf) || !(axis_mask & 7))
        return false;
    memset(d, 0, sizeof *d);
    d->conf = *conf;
    d->rate_hz = rate_hz;
    d->axis_mask = axis_mask & 7;
    d->scale_known = scale_known;
    d->range_mps2 = range_mps2;
    /* Without a vertical the first axis there is stands for it: one axis is picked on that axis. */
    d->lead_axis = axis_mask & 1 ? 0 : axis_mask & 2 ? 1 : 2;
    init_bands(d);
    d->log_ratio = log(conf->power_ratio);
    double total = 0;
    for (int a = 0; a < 3; a++) {
        bool there = axis_mask & (1u << a);
        d->weight[a] = !there ? 0 : a == d->lead_axis ? 1 : conf->horizontal_weight;
        total += d->weight[a];
        d->lsb[a] = lsb[a] > 0 ? lsb[a] : 0;
        d->lsb_known[a] = lsb[a] > 0;
    }
    d->weight *= 3 / total;
    if (d->lead_axis != 0) { /* lane 0 is the vertical's: see watch_axes */
        d->weight[0] = d->weight[d->lead_axis];
        d->weight[d->lead_axis] = 0;
    }
    d->gain_energy = 1 - exp(-1 / (0.05 * rate_hz));
    d->gain_mean = 1 - exp(-1 / (2 * rate_hz));
    d->gain_ratio = 1 - exp(-1 / (0.2 * rate_hz));
    d->gain_peak = exp(-1 / (conf->peak_s * rate_hz));
    d->block_length = (int)(0.25 * rate_hz + 0.5);
    if (d->block_length < 4)
        d->block_length = 4;
    d->bucket_length = (int)(conf->impact_s * rate_hz + 1);
    d->deviation_length = (int)(0.5 * rate_hz) + 4;
    d->history_length = (int)(14 * rate_hz);
    butter_design(&d->refine_high, BUTTER_HIGHPASS, 2, rate_hz, 0.5, 0);
    d->refine_low1 = lowpass_or_none(rate_hz, 20);
    d->refine_low2 = lowpass_or_none(rate_hz, 15);
    d->declared = d->rewarm_until = d->last_minor = LONG_AGO;
    d->candidate = d->pending = -1;
    return true;
}

static void update_floor(struct onset_detector *d)
{
    double fixed = d->scale_known ? d->conf.floor_mps2 * d->conf.floor_mps2 : 0;

    for (int a = 0; a < 3; a++) {
        double lsb = d->conf.floor_lsb * d->lsb[a == 0 ? d->lead_axis : a];
        d->floor[a] = fixed + lsb * lsb + 1e-30;
    }
}

static void zero_cusum(struct onset_detector *d)
{
    for (int b = 0; b <= d->bands; b++) {
        d->cusum[b].g = 0;
        d->cusum[b].highest = 0;
        d->cusum[b].gated = false;
    }
}

static void enter_event(struct onset_detector *d)
{
    d->in_event = true;
    d->declared = d->n;
    d->low_run = 0;
    d->candidate = -1;
    zero_cusum(d);
    for (int b = 0; b < d->bands; b++)
        d->band[b].previous = d->band[b].last_power;
    onset_noise_refresh(d);
}

static enum onset_event reject(struct onset_detector *d, struct reject_report *out, enum onset_reject reason,
                               int64_t start, double value, double limit)
{
    out->reason = reason;
    out->candidate_s = (double)start / d->rate_hz;
    out->value = value;
    out->limit = limit;
    d->rejects[reason]++;
    return ONSET_REJECTED;
}

/* Offset, step of the digitiser, stuck axis, and how far the strongest axis stands from its 2 s mean. */
static double watch_axes(struct onset_detector *d, const double zne[3], vec4 *v)
{
    const struct onset_conf *c = &d->conf;
    double fs = d->rate_hz, largest = 0, level = 0;

    for (int a = 0; a < 3; a++) {
        double x = zne[a];
        if (!(d->axis_mask & (1u << a)))
            continue;
        if (d->n == d->history_from) {
            d->first[a] = d->last[a] = x;
            d->mean[a] = 0;
        }
        double change = fabs(x - d->last[a]);
        if (change == 0) {
            d->flat[a]++;
        } else {
            /* The smallest change seen is one LSB; conversion noise of floating-point files lies below 1e-7.
             */
            if (!d->lsb_known[a] && change > 1e-7 && (d->lsb[a] == 0 || change < d->lsb[a]))
                d->lsb[a] = change;
            bool fine = !d->scale_known || d->lsb[a] < c->flat_lsb_mps2;
            if ((double)d->flat[a] > c->flat_s * fs && d->n - d->history_from > d->flat[a] && fine) {
                d->rewarm_until = d->n + (int64_t)fs;
                onset_noise_forget(d);
                zero_cusum(d);
            }
            d->flat[a] = 0;
        }
        d->last[a] = x;
        (*v)[a] = x - d->first[a];
        double since = (double)(d->n - d->history_from);
        d->mean[a] += (since < 2 * fs ? 1 / (since + 1) : d->gain_mean) * ((*v)[a] - d->mean[a]);
        double off = fabs((*v)[a] - d->mean[a]);
        if (off > largest) {
            largest = off;
            level = (*v)[a];
        }
    }
    if (d->lead_axis != 0) { /* lane 0 is the vertical's */
        (*v)[0] = (*v)[d->lead_axis];
        (*v)[d->lead_axis] = 0;
    }
    *onset_at(d->deviation, d->deviation_length, d->n) = largest;
    *onset_at(d->level, d->deviation_length, d->n) = level;
    if (++d->bucket_at >= d->bucket_length) {
        d->bucket_at = 0;
        d->bucket[1] = d->bucket[0];
        d->bucket[0] = 0;
    }
    d->bucket[0] = fmax(d->bucket[0], largest);
    return fmax(d->bucket[0], d->bucket[1]);
}

static void keep_history(struct onset_detector *d, double vertical)
{
    double high = biquad_step(&d->refine_high, &d->state_high, vertical);

    *onset_at(d->history1, d->history_length, d->n) = biquad_step(&d->refine_low1, &d->state_low1, high);
    *onset_at(d->history2, d->history_length, d->n) = biquad_step(&d->refine_low2, &d->state_low2, high);
}

/* Filters, noise-normalised energy, and the increments of the likelihood: increment[], vertical[] a band and
 * for all. */
static void likelihood(struct onset_detector *d, const vec4 *v, double *increment, double *vertical)
{
    const struct onset_conf *c = &d->conf;
    double gain = 1 - 1 / c->power_ratio, cost = 3 * d->log_ratio, energy = 0;
    int all = d->bands;

    increment[all] = vertical[all] = 0;
    for (int b = 0; b < d->bands; b++) {
        struct onset_band *band = &d->band[b];
        vec4 y = *v;
        biquad_step3(&band->filter, &band->state, &y);
        vec4 e = y * y;
        band->sum += e;
        vec4 ratio = e * band->inverse, weighted = ratio * d->weight;
        double s = VEC4_SUM3(weighted);
        double z = fmin(ratio[0], c->clip_ratio);
        energy += band->kappa * s;
        increment[b] = band->kappa / 2 * (fmin(s, 3 * c->clip_ratio) * gain - cost);
        increment[all] += increment[b];
        vertical[b] = z;
        vertical[all] += band->kappa * z / d->kappa_sum;
    }
    d->energy += d->gain_energy * (energy / d->kappa_sum - d->energy);
}

/* Steps the CUSUM of every band and of all together; the largest over its threshold, and which. */
static double cusum(struct onset_detector *d, const double *increment, const double *vertical, int *which)
{
    const struct onset_conf *c = &d->conf;
    double best = 0;

    *which = -1;
    for (int b = 0; b <= d->bands; b++) {
        struct onset_cusum *s = &d->cusum[b];
        double h = b < d->bands ? c->threshold_nats : c->threshold_all_nats;
        if (s->g <= 0) {
            s->start = d->n;
            s->vertical = 0;
            s->highest = 0;
            s->gated = false;
        }
        s->g = fmin(fmax(s->g + increment[b], 0), 4 * h);
        s->vertical += vertical[b];
        double raised = fmin(fmax(h, c->peak_factor * s->peak), c->threshold_raise * h);
        double over = s->g / raised;
        if (s->vertical < c->vertical_ratio * (double)(d->n - s->start + 1) && over > 0.99) {
            over = 0.99;
            s->gated = true;
        }
        s->highest = fmax(s->highest, s->g);
        if (over > best) {
            best = over;
            *which = b;
        }
        if (!d->in_event)
            s->peak = fmax(s->peak * d->gain_peak, s->g);
    }
    return best;
}

/* The textbook statistics in the same form: over threshold or not, with the start of the rise. */
static double textbook(struct onset_detector *d, const struct onset_hint *hint, int *which)
{
    bool sta_lta = d->conf.statistic == ONSET_STA_LTA;
    double value = sta_lta ? hint->sta_lta : hint->spectrum_snr;
    double over = value / (sta_lta ? d->conf.sta_lta_threshold : d->conf.spectrum_threshold);
    struct onset_cusum *all = &d->cusum[d->bands];

    if (over < 0.4) /* at the background's level: a rise starts here */
        all->start = d->n;
    *which = d->bands;
    return over;
}

static void declare(struct onset_detector *d, double over, struct onset_report *out)
{
    struct onset_report *r = &d->report;

    memset(r, 0, sizeof *r);
    r->id = ++d->count;
    r->phase = d->in_event ? ONSET_SECONDARY : ONSET_P;
    r->onset = d->candidate_start;
    r->onset_s = (double)r->onset / d->rate_hz;
    r->declared = d->n;
    r->declared_s = (double)d->n / d->rate_hz;
    r->snr = d->energy_peak;
    r->statistic = over;
    r->frequency_hz = onset_frequency(d, d->candidate_start);
    r->band = d->candidate_band;
    d->pending = d->n;
    d->pending_start = d->candidate_start;
    *out = *r;
    enter_event(d);
}

/* A candidate is open: confirm, reject, or look at it for longer. */
static enum onset_event examine(struct onset_detector *d, double best, double deviation,
                                struct onset_report *onset, struct reject_report *out)
{
    const struct onset_conf *c = &d->conf;
    double t = (double)(d->n - d->candidate_start) / d->rate_hz, value, limit;

    d->energy_peak = fmax(d->energy_peak, d->energy);
    if (t <= c->impact_s)
        d->impact = fmax(d->impact, deviation);
    if (d->scale_known && d->range_mps2 > 0 && deviation >= 0.98 * d->range_mps2 && t <= c->impact_s) {
        enum onset_event e = reject(d, out, ONSET_CLIP, d->candidate_start, deviation, d->range_mps2);
        enter_event(d);
        return e;
    }
    if (d->scale_known && d->impact > c->impact_mps2) {
        enum onset_event e = reject(d, out, ONSET_IMPACT, d->candidate_start, d->impact, c->impact_mps2);
        enter_event(d);
        return e;
    }
    bool fast = t >= c->confirm_fast_s && d->energy >= c->confirm_fast_ratio * d->energy_peak;
    bool slow = t >= c->confirm_slow_s && d->energy >= c->confirm_slow_ratio * d->energy_peak;
    if (best >= 1 && (fast || slow)) {
        d->doubt = onset_doubt(d, &value, &limit);
        if (d->doubt == ONSET_ACCEPTED) {
            limit = c->change_ratio;
            value = onset_change(d, d->candidate_start);
            if (!(value >= limit))
                d->doubt = ONSET_NO_CHANGE;
        }
        if (d->doubt == ONSET_ACCEPTED) {
            declare(d, best, onset);
            return ONSET_DECLARED;
        }
        d->doubt_value = value;
        d->doubt_limit = limit;
    }
    if ((double)(d->n - d->candidate) / d->rate_hz <= c->confirm_max_s)
        return ONSET_NOTHING;
    enum onset_reject reason = d->doubt;
    value = d->doubt_value;
    limit = d->doubt_limit;
    if (reason == ONSET_ACCEPTED && d->energy < c->confirm_slow_ratio * d->energy_peak) {
        reason = ONSET_SHORT;
        value = d->energy / d->energy_peak;
        limit = c->confirm_slow_ratio;
    } else if (reason == ONSET_ACCEPTED) { /* it fell below the threshold, or the vertical gate closed */
        bool gated = d->cusum[d->candidate_band].gated;
        reason = gated ? ONSET_HORIZONTAL : ONSET_SHORT;
        value = best;
        limit = 1;
    }
    int64_t start = d->candidate_start;
    d->candidate = -1;
    bool gone = reason == ONSET_SHORT && d->energy < RINGING * d->energy_peak;
    if (reason == ONSET_SPIKE || reason == ONSET_STEP || gone)
        d->artefact = d->n;
    if (reason == ONSET_SPIKE || reason == ONSET_STEP || reason == ONSET_SHORT)
        d->passing = d->n;
    zero_cusum(d);
    return reject(d, out, reason, start, value, limit);
}

/* Above the plain threshold but never a candidate: say so once the statistic has fallen back. */
static enum onset_event explain_minor(struct onset_detector *d, struct reject_report *out)
{
    for (int b = 0; b <= d->bands; b++) {
        struct onset_cusum *s = &d->cusum[b];
        double h = b < d->bands ? d->conf.threshold_nats : d->conf.threshold_all_nats;
        if (s->highest < h || s->g >= 0.5 * s->highest)
            continue;
        double highest = s->highest;
        bool gated = s->gated;
        s->highest = 0;
        s->gated = false;
        if ((double)(d->n - d->last_minor) < d->rate_hz)
            continue;
        d->last_minor = d->n;
        return gated ? reject(d, out, ONSET_HORIZONTAL, s->start, s->vertical / (double)(d->n - s->start + 1),
                              d->conf.vertical_ratio)
                     : reject(d, out, ONSET_BURST, s->start, highest, d->conf.threshold_raise * h);
    }
    return ONSET_NOTHING;
}

/* Back to quiet when every band has been low for a second, or after the longest freeze. */
static void leave_event(struct onset_detector *d)
{
    const struct onset_conf *c = &d->conf;
    bool low = true;

    for (int b = 0; b < d->bands && low; b++) {
        struct onset_band *band = &d->band[b];
        vec4 ratio = d->weight * band->last_power / (band->noise + d->floor);
        low = VEC4_SUM3(ratio) <= 3 * c->quiet_ratio;
    }
    d->low_run = low ? d->low_run + 1 : 0;
    double since = (double)(d->n - d->declared) / d->rate_hz;
    if ((since > c->dead_s && (double)d->low_run > d->rate_hz) || since > c->freeze_s) {
        d->in_event = false;
        onset_noise_refresh(d);
    }
}

static enum onset_event refined(struct onset_detector *d, struct onset_report *out)
{
    struct onset_report *r = &d->report;
    double gain;

    r->onset = onset_refine(d, &gain);
    r->onset_s = (double)r->onset / d->rate_hz;
    r->quality = gain > 1 ? 1 - 1 / sqrt(gain) : 0;
    r->frequency_hz = onset_frequency(d, r->onset);
    *out = *r;
    d->previous_declared = d->pending;
    d->pending = -1;
    return ONSET_REFINED;
}

bool onset_armed(const struct onset_detector *d)
{
    return (double)d->n >= d->conf.warm_s * d->rate_hz && d->n >= d->rewarm_until && d->learned > 3;
}

/* The first seconds, when the noise is being learned: nothing is declared, but what would have been is told.
 */
static bool warming(const struct onset_detector *d)
{
    return (double)d->n < d->conf.warm_s * d->rate_hz && d->learned > 3;
}

static enum onset_event watch_warm_up(struct onset_detector *d, const double *increment,
                                      const double *vertical, struct reject_report *out)
{
    int which;
    double best = cusum(d, increment, vertical, &which);
    bool last = (double)(d->n + 1) >= d->conf.warm_s * d->rate_hz;

    if (best < 1 && !last)
        return ONSET_NOTHING;
    int64_t start = d->cusum[which < 0 ? 0 : which].start;
    zero_cusum(d);
    for (int b = 0; last && b <= d->bands; b++)
        d->cusum[b].peak = 0;
    if (best < 1 || (double)(d->n - d->last_minor) < d->rate_hz)
        return ONSET_NOTHING;
    d->last_minor = d->n;
    return reject(d, out, ONSET_WARM_UP, start, (double)d->n / d->rate_hz, d->conf.warm_s);
}

double onset_level(const struct onset_detector *d)
{
    double level = 0;

    for (int b = 0; b <= d->bands; b++)
        level =
            fmax(level, d->cusum[b].g / (b < d->bands ? d->conf.threshold_nats : d->conf.threshold_all_nats));
    return level;
}

enum onset_event onset_step(struct onset_detector *d, const double zne[3], const struct onset_hint *hint,
                            struct onset_report *onset, struct reject_report *out)
{
    const struct onset_conf *c = &d->conf;
    double increment[ONSET_BANDS_MAX + 1], vertical[ONSET_BANDS_MAX + 1];
    enum onset_event event = ONSET_NOTHING;
    vec4 v = {0};

    if (d->n == 0 || d->block_at == 0)
        update_floor(d);
    double deviation = watch_axes(d, zne, &v);
    keep_history(d, v[0]);
    d->low += d->gain_ratio * (hint->low - d->low);
    d->mid += d->gain_ratio * (hint->mid - d->mid);
    d->high += d->gain_ratio * (hint->high - d->high);
    likelihood(d, &v, increment, vertical);
    if (warming(d)) {
        event = watch_warm_up(d, increment, vertical, out);
    } else if (onset_armed(d)) {
        int which;
        double best = cusum(d, increment, vertical, &which);
        if (c->statistic != ONSET_CUSUM)
            best = textbook(d, hint, &which);
        if ((double)(d->n - d->declared) <= c->hold_s * d->rate_hz) {
            zero_cusum(d);
            d->candidate = -1;
        } else if (d->candidate < 0 && best >= 1 &&
                   (double)(d->n - d->cusum[which].start) >= 0.02 * d->rate_hz) {
            d->candidate = d->n;
            d->candidate_start = d->cusum[which].start;
            d->candidate_band = which;
            d->energy_peak = d->energy;
            d->impact = deviation;
            d->doubt = ONSET_ACCEPTED;
        }
        if (d->candidate >= 0)
            event = examine(d, best, deviation, onset, out);
        else
            event = explain_minor(d, out);
        if (d->in_event && d->candidate < 0)
            leave_event(d);
    }
    if (event == ONSET_NOTHING && d->pending >= 0 &&
        d->n >= d->pending + (int64_t)(c->refine_after_s * d->rate_hz))
        event = refined(d, onset);
    if (++d->block_at >= d->block_length) {
        d->block_at = 0;
        onset_noise_learn(d);
    }
    d->n++;
    return event;
}

enum onset_event onset_gap(struct onset_detector *d, uint64_t lost, struct reject_report *out)
{
    enum onset_event event = ONSET_NOTHING;

    if (d->candidate >= 0)
        event = reject(d, out, ONSET_GAP, d->candidate_start, (double)(d->n - d->candidate) / d->rate_hz, 0);
    d->candidate = d->pending = -1;
    for (int b = 0; b < d->bands; b++) {
        d->band[b].state = (struct biquad_state3){0};
        d->band[b].sum = (vec4){0};
    }
    d->state_high = d->state_low1 = d->state_low2 = (struct biquad_state){0};
    d->energy = d->low = d->mid = d->high = 0;
    d->bucket[0] = d->bucket[1] = 0;
    d->block_at = 0;
    memset(d->flat, 0, sizeof d->flat);
    memset(d->deviation, 0, sizeof d->deviation);
    memset(d->level, 0, sizeof d->level);
    d->n += (int64_t)lost;
    d->history_from = d->n;
    d->rewarm_until = d->n + (int64_t)d->rate_hz;
    zero_cusum(d);
    return event;
}
