#include "dsp/onset.h"

#include <string.h>

#include "dsp/butter.h"
#include "dsp/onset_parts.h"

#define LONG_AGO (-1000000)
#define NEAR     0.99 /* of a threshold: what the vertical gate holds back stays below it */
#define ENERGY   3    /* the lane of `smooth` with the power ratio */
#define RINGING  0.01 /* of a blow's energy: what the filters still ring with a second later is far less */

const char *onset_reject_name(enum onset_reject reason)
{
    static const char *const names[ONSET_REJECTS] = {
        "accepted", "impact",         "spike",     "step",      "clip",  "line",    "horizontal",
        "short",    "high-frequency", "teleseism", "no-change", "burst", "warm-up", "gap",
    };

    return reason < ONSET_REJECTS ? names[reason] : "?";
}

bool onset_is_blow(enum onset_reject reason)
{
    return reason == ONSET_IMPACT || reason == ONSET_SPIKE || reason == ONSET_STEP || reason == ONSET_CLIP;
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
        int b = d->bands++;
        struct onset_band *band = &d->band[b];
        double high = fmin(2 * low, 0.45 * fs);
        struct biquad section;
        butter_design(&section, BUTTER_BANDPASS, 1, fs, low, high);
        for (int r = 0; r < 3 && b < 4; r++)
            wide_band_set(&d->filter[r], &section, b, b + 1);
        if (b == 4)
            wide_band_set(&d->filter[3], &section, 0, 4);
        band->width_hz = high - low;
        band->kappa = fmin(1, 2 * (high - low) / fs);
        d->kappa_sum += band->kappa;
    }
}

static void init_cusum(struct onset_detector *d)
{
    for (int i = 0; i < 4 * ONSET_LANES; i++) {
        struct onset_cusum *s = &d->cusum[i / 4];
        bool is_band = i < d->bands;
        double h = is_band ? d->conf.threshold_nats : i == ONSET_ALL ? d->conf.threshold_all_nats : INFINITY;
        s->threshold[i % 4] = h;
        s->near[i % 4] = NEAR * h;
        s->most[i % 4] = 4 * h;
        d->kappa_half[i / 4][i % 4] = is_band ? d->band[i].kappa / 2 : 0;
        d->kappa_share[i / 4][i % 4] = is_band ? d->band[i].kappa / d->kappa_sum : 0;
        /* Of the log power of a block of noise, chi-square by nature. */
        double block_s = d->block_length / d->rate_hz;
        d->burst[i / 4].usual[i % 4] = is_band ? 2 / (6 * d->band[i].width_hz * block_s + 1) : 2;
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
    d->block_length = (int)(0.25 * rate_hz + 0.5);
    if (d->block_length < 4)
        d->block_length = 4;
    init_bands(d);
    init_cusum(d);
    d->power_gain = 1 - 1 / conf->power_ratio;
    d->power_cost = 3 * log(conf->power_ratio);
    double total = 0;
    for (int a = 0; a < 3; a++) {
        bool there = axis_mask & (1u << a);
        d->weight[a] = !there ? 0 : a == d->lead_axis ? 1 : conf->horizontal_weight;
        total += d->weight[a];
        d->lanes[a] = there ? -1 : 0;
        d->lsb[a] = lsb[a] > 0 ? lsb[a] : 0;
        d->lsb_learns[a] = there && !(lsb[a] > 0) ? -1 : 0;
    }
    d->weight *= 3 / total;
    if (d->lead_axis != 0) { /* lane 0 is the vertical's: see onset_filter */
        d->weight[0] = d->weight[d->lead_axis];
        d->weight[d->lead_axis] = 0;
    }
    d->gain_mean = 1 - exp(-1 / (2 * rate_hz));
    d->gain_smooth = VEC4_ALL(1 - exp(-1 / (0.2 * rate_hz)));
    d->gain_smooth[ENERGY] = 1 - exp(-1 / (0.05 * rate_hz));
    d->gain_peak = exp(-1 / (conf->peak_s * rate_hz));
    d->block_decay = exp(-d->block_length / rate_hz / conf->recent_s);
    d->bucket_length = (int)(conf->impact_s * rate_hz + 1);
    d->deviation_length = (int)(0.5 * rate_hz) + 4;
    d->history_length = (int)(14 * rate_hz);
    struct biquad section;
    butter_design(&section, BUTTER_HIGHPASS, 2, rate_hz, 0.5, 0);
    wide_band_set(&d->refine_high, &section, 0, 4);
    section = lowpass_or_none(rate_hz, 20);
    wide_set(&d->refine_low, &section, 0, 1);
    section = lowpass_or_none(rate_hz, 15);
    wide_set(&d->refine_low, &section, 1, 2);
    d->declared = d->last_minor = LONG_AGO;
    d->armed_from = (int64_t)ceil(conf->warm_s * rate_hz);
    d->candidate = d->pending = -1;
    return true;
}

static void update_floor(struct onset_detector *d)
{
    double fixed = d->scale_known ? d->conf.floor_mps2 * d->conf.floor_mps2 : 0;

    vec4 lsb = d->conf.floor_lsb * d->lsb;
    lsb[0] = lsb[d->lead_axis];
    d->floor = fixed + lsb * lsb + 1e-30;
    for (int r = 0; r < 3; r++)
        d->noise[r].floor = VEC4_ALL(d->floor[r]);
    d->noise[3].floor = d->floor;
}

static void zero_cusum(struct onset_detector *d)
{
    for (int i = 0; i < ONSET_LANES; i++) {
        d->cusum[i].g = d->cusum[i].highest = (vec4){0};
        d->cusum[i].gated = (vec4_mask){0};
    }
}

static void arm_later(struct onset_detector *d)
{
    int64_t from = d->n + (int64_t)d->rate_hz;

    d->armed_from = from > d->armed_from ? from : d->armed_from;
}

static int64_t start_of(const struct onset_detector *d, int lane)
{
    return (int64_t)d->cusum[lane / 4].start[lane % 4];
}

/* As it is reported: the bands from 0 on, then all together. */
static int band_of(const struct onset_detector *d, int lane)
{
    return lane == ONSET_ALL ? d->bands : lane;
}

static void enter_event(struct onset_detector *d)
{
    d->in_event = true;
    d->declared = d->n;
    d->low_run = 0;
    d->candidate = -1;
    zero_cusum(d);
    for (int r = 0; r < ONSET_ROWS; r++)
        d->noise[r].previous = d->noise[r].last_power;
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

/* ---- filtering a run ---- */

/* While the step of the digitiser is being learned, no run goes beyond a block of noise: the floor of the
 * next one depends on what was seen by its beginning. */
size_t onset_run(const struct onset_detector *d)
{
    int left = d->block_length - d->block_at;

    return (size_t)(left < ONSET_RUN && VEC4_ANY(d->lsb_learns) ? left : ONSET_RUN);
}

/* An axis moves again that stood still for long: was it stuck? A coarse one stands still when all is quiet.
 */
static bool was_stuck(const struct onset_detector *d, const vec4 *flat, const vec4_mask *moves, double since)
{
    const struct onset_conf *c = &d->conf;

    for (int a = 0; a < 3; a++) {
        bool fine = !d->scale_known || d->lsb[a] < c->flat_lsb_mps2;
        if ((*moves)[a] && (*flat)[a] > c->flat_s * d->rate_hz && since > (*flat)[a] && fine)
            return true;
    }
    return false;
}

/* The step of the digitiser, of a sample that changed by `change`: the smallest seen is one LSB; conversion
 * noise of floating-point files lies below 1e-7. */
VEC_INLINE void learn_lsb(struct onset_detector *d, const vec4 *change)
{
    vec4_mask smaller = (vec4_mask)(*change > 1e-7) & d->lsb_learns &
                        ((vec4_mask)(d->lsb == 0) | (vec4_mask)(*change < d->lsb));

    d->lsb = VEC4_SELECT(smaller, *change, d->lsb);
}

/* Offset, step of the digitiser, stuck axis, and how far each axis stands from its 2 s mean: *v is the run
 * without its offset. Returns how many samples were taken: an axis that was stuck begins a run of its own, as
 * the noise is learned anew from there on. */
VEC_INLINE size_t watch(struct onset_detector *d, const vec4 *zne, size_t n, vec4 *v)
{
    double since = (double)(d->filtered - d->history_from), young = 2 * d->rate_hz;
    bool lsb_learns = VEC4_ANY(d->lsb_learns), may_be_stuck = false;
    vec4 last = d->last, flat = d->flat, mean = d->mean, bucket0 = d->bucket[0], bucket1 = d->bucket[1];
    int slot = (int)(d->filtered & (ONSET_NEAR_RING - 1)), left = d->bucket_length - d->bucket_at;
    size_t i;

    for (int a = 0; a < 3; a++)
        may_be_stuck |= flat[a] > d->conf.flat_s * d->rate_hz - (double)n;
    for (i = 0; i < n; i++, since += 1) {
        vec4 x = VEC4_AND(d->lanes, zne[i]), change = x - last, away;
        change = VEC4_ABS(change);
        vec4_mask still = (vec4_mask)(change == 0) & d->lanes;
        if (lsb_learns)
            learn_lsb(d, &change);
        if (may_be_stuck) {
            vec4_mask moves = ~still & d->lanes;
            if (was_stuck(d, &flat, &moves, since)) {
                if (i > 0)
                    break;
                arm_later(d);
                onset_noise_forget(d);
                zero_cusum(d);
            }
        }
        flat = VEC4_AND(still, flat + 1);
        last = x;
        x -= d->first;
        v[i] = x;
        mean += (since < young ? 1 / (since + 1) : d->gain_mean) * (x - mean);
        away = x - mean;
        away = VEC4_ABS(away);
        d->away[slot] = away;
        d->level[slot] = x;
        slot = (slot + 1) & (ONSET_NEAR_RING - 1);
        if (--left == 0) {
            left = d->bucket_length;
            bucket1 = bucket0;
            bucket0 = (vec4){0};
        }
        bucket0 = VEC4_MAX(bucket0, away);
        d->reach[i] = VEC4_MAX(bucket0, bucket1);
    }
    d->last = last;
    d->flat = flat;
    d->mean = mean;
    d->bucket[0] = bucket0;
    d->bucket[1] = bucket1;
    d->bucket_at = d->bucket_length - left;
    return i;
}

VEC_INLINE void filter_row(const struct wide_band *filter, struct wide_state *state, const vec4 *x,
                           vec4 *squared)
{
    vec4 y = *x;

    wide_band_step(filter, state, &y);
    *squared = y * y;
}

/* All bands, and the vertical for the refinement, in one loop, written out, so that their latencies overlap. */
VEC_INLINE void filter_bands(struct onset_detector *d, const vec4 *v, size_t n)
{
    struct wide_band *row = d->filter;
    struct wide_state s0 = row[0].state, s1 = row[1].state, s2 = row[2].state, s3 = row[3].state;
    struct wide_state high = d->refine_high.state, low = d->refine_low.state;
    int slot = (int)(d->filtered & (ONSET_HISTORY_RING - 1));

    for (size_t i = 0; i < n; i++) {
        vec4 *squared = d->squared[i], z = VEC4_ALL(v[i][0]), north = VEC4_ALL(v[i][1]);
        vec4 east = VEC4_ALL(v[i][2]), vertical = z;
        wide_high_step(&d->refine_high, &high, &vertical);
        filter_row(&row[0], &s0, &z, &squared[0]);
        filter_row(&row[1], &s1, &north, &squared[1]);
        wide_step(&d->refine_low, &low, &vertical);
        filter_row(&row[2], &s2, &east, &squared[2]);
        filter_row(&row[3], &s3, &v[i], &squared[3]);
        d->history1[slot] = vertical[0];
        d->history2[slot] = vertical[1];
        slot = (slot + 1) & (ONSET_HISTORY_RING - 1);
    }
    row[0].state = s0;
    row[1].state = s1;
    row[2].state = s2;
    row[3].state = s3;
    d->refine_high.state = high;
    d->refine_low.state = low;
}

VEC_CLONES size_t onset_filter(struct onset_detector *d, const vec4 *zne, size_t n)
{
    vec4 v[ONSET_RUN];

    if (n == 0)
        return 0;
    if (d->block_at == 0)
        update_floor(d);
    if (d->filtered == d->history_from) {
        d->first = d->last = VEC4_AND(d->lanes, zne[0]);
        d->mean = (vec4){0};
    }
    n = watch(d, zne, n, v);
    for (size_t i = 0; i < n && d->lead_axis != 0; i++) { /* lane 0 is the vertical's */
        v[i][0] = v[i][d->lead_axis];
        v[i][d->lead_axis] = 0;
    }
    filter_bands(d, v, n);
    d->filtered += (int64_t)n;
    return n;
}

/* ---- the statistic ---- */

struct evidence { /* of one sample, in the lanes of the CUSUM */
    vec4 increment, increment1, vertical, vertical1;
    vec4 smooth; /* what goes into the running means; lane ENERGY: noise-normalised, mean over the bands */
};

/* The increments of the likelihood from the noise-normalised energies: bands 0 to 3 as one vector, the fifth
 * and all together as scalars of the second. */
VEC_INLINE void weigh(const struct onset_detector *d, const vec4 *squared, const vec4 *hint,
                      struct evidence *e)
{
    double gain = d->power_gain, cost = d->power_cost, clip = d->conf.clip_ratio;
    vec4 z = squared[0] * d->inverse[0], north = squared[1] * d->inverse[1];
    vec4 east = squared[2] * d->inverse[2], r4 = squared[3] * d->inverse[3], s, most = VEC4_ALL(clip);

    s = z * d->weight[0] + north * d->weight[1] + east * d->weight[2];
    z = VEC4_MIN(z, most);
    most *= 3;
    vec4 energy = d->kappa_share[0] * s, up = d->kappa_share[0] * z, limited = VEC4_MIN(s, most);
    vec4 increment = d->kappa_half[0] * (limited * gain - cost);
    double z4 = vec_min(r4[0], clip);
    r4 *= d->weight;
    double s4 = VEC4_SUM3(r4);
    double i4 = d->kappa_half[1][0] * (vec_min(s4, 3 * clip) * gain - cost);
    vec4 all, fifth = {i4, z4, 0, 0}, share = {i4, d->kappa_share[1][0] * z4, d->kappa_share[1][0] * s4, 0};
    VEC4_SUMS4(all, increment, up, energy);
    all += share;
    e->increment = increment;
    e->vertical = z;
    e->increment1 = __builtin_shufflevector(fifth, all, 0, 4, 2, 3);
    e->vertical1 = __builtin_shufflevector(fifth, all, 1, 5, 2, 3);
    e->smooth = __builtin_shufflevector(*hint, all, 0, 1, 2, 6);
}

/* The energy of n samples to the running block of noise. */
VEC_INLINE void add_to_block(struct onset_detector *d, size_t from, size_t n)
{
    vec4 s0 = d->sum[0], s1 = d->sum[1], s2 = d->sum[2], s3 = d->sum[3];

    for (size_t i = from; i < from + n; i++) {
        const vec4 *squared = d->squared[i];
        s0 += squared[0];
        s1 += squared[1];
        s2 += squared[2];
        s3 += squared[3];
    }
    d->sum[0] = s0;
    d->sum[1] = s1;
    d->sum[2] = s2;
    d->sum[3] = s3;
}

VEC_INLINE void cusum_step(struct onset_cusum *s, const vec4 *increment, const vec4 *vertical, double now)
{
    vec4_mask busy = (vec4_mask)(s->g > 0);
    vec4 g = s->g + *increment, start = VEC4_ALL(now), zero = {0};

    s->start = VEC4_SELECT(busy, s->start, start);
    s->vertical = VEC4_AND(busy, s->vertical) + *vertical;
    s->highest = VEC4_AND(busy, s->highest);
    s->gated &= busy;
    g = VEC4_MAX(g, zero);
    s->g = VEC4_MIN(g, s->most);
    s->highest = VEC4_MAX(s->highest, s->g);
}

/* The largest statistic over its threshold, and which: only looked for where one comes near. */
static double over_threshold(struct onset_detector *d, int *which)
{
    const struct onset_conf *c = &d->conf;
    double best = 0;

    for (int i = 0; i <= ONSET_ALL; i++) {
        struct onset_cusum *s = &d->cusum[i / 4];
        int l = i % 4;
        double h = s->threshold[l];
        if (!isfinite(h))
            continue;
        double raised = fmin(fmax(h, c->peak_factor * s->peak[l]), c->threshold_raise * h);
        double over = s->g[l] / raised;
        if (s->vertical[l] < c->vertical_ratio * (double)(d->n - start_of(d, i) + 1) && over > NEAR) {
            over = NEAR;
            s->gated[l] = -1;
        }
        if (over > best) {
            best = over;
            *which = i;
        }
    }
    return best;
}

/* Steps the CUSUM of every band and of all together. True when some has come near its threshold: then *best
 * is the largest over its threshold, and *which. */
VEC_INLINE bool cusum(struct onset_detector *d, const struct evidence *e, double *best, int *which)
{
    struct onset_cusum *s = d->cusum;
    double now = (double)d->n;
    vec4_mask near;

    *best = 0;
    *which = -1;
    cusum_step(&s[0], &e->increment, &e->vertical, now);
    cusum_step(&s[1], &e->increment1, &e->vertical1, now);
    near = (vec4_mask)(s[0].highest >= s[0].near) | (vec4_mask)(s[1].highest >= s[1].near);
    bool is_near = VEC4_ANY(near);
    if (is_near || d->candidate >= 0)
        *best = over_threshold(d, which);
    if (!d->in_event) {
        vec4 peak0 = s[0].peak * d->gain_peak, peak1 = s[1].peak * d->gain_peak;
        s[0].peak = VEC4_MAX(peak0, s[0].g);
        s[1].peak = VEC4_MAX(peak1, s[1].g);
    }
    return is_near;
}

/* Steps the running means and the CUSUM through n samples in which nothing is going on (see is_calm), but
 * only where no statistic comes near its threshold: then there is nothing to decide, nothing is clipped or
 * gated, and `highest`, which so far below the threshold means nothing, need not be kept. Else false, and
 * nothing was done. */
VEC_INLINE bool stay_calm(struct onset_detector *d, const struct evidence *e, size_t n)
{
    struct onset_cusum *s = d->cusum;
    vec4 g0 = s[0].g, start0 = s[0].start, vertical0 = s[0].vertical, peak0 = s[0].peak, near0 = s[0].near;
    vec4 g1 = s[1].g, start1 = s[1].start, vertical1 = s[1].vertical, peak1 = s[1].peak, near1 = s[1].near;
    vec4 smooth = d->smooth, now = VEC4_ALL((double)d->n), zero = {0};
    vec4_mask near = {0};

    for (size_t i = 0; i < n; i++, now += 1.0) {
        vec4_mask busy0 = (vec4_mask)(g0 > 0), busy1 = (vec4_mask)(g1 > 0);
        start0 = VEC4_SELECT(busy0, start0, now);
        start1 = VEC4_SELECT(busy1, start1, now);
        vertical0 = VEC4_AND(busy0, vertical0) + e[i].vertical;
        vertical1 = VEC4_AND(busy1, vertical1) + e[i].vertical1;
        g0 += e[i].increment;
        g1 += e[i].increment1;
        g0 = VEC4_MAX(g0, zero);
        g1 = VEC4_MAX(g1, zero);
        near |= (vec4_mask)(g0 >= near0) | (vec4_mask)(g1 >= near1);
        peak0 *= d->gain_peak;
        peak1 *= d->gain_peak;
        peak0 = VEC4_MAX(peak0, g0);
        peak1 = VEC4_MAX(peak1, g1);
        smooth += d->gain_smooth * (e[i].smooth - smooth);
    }
    if (VEC4_ANY(near))
        return false;
    s[0].g = g0;
    s[1].g = g1;
    s[0].start = start0;
    s[1].start = start1;
    s[0].vertical = vertical0;
    s[1].vertical = vertical1;
    s[0].peak = peak0;
    s[1].peak = peak1;
    d->smooth = smooth;
    return true;
}

/* The textbook statistics in the same form: over threshold or not, with the start of the rise. */
static double textbook(struct onset_detector *d, double sta_lta_ratio, double spectrum_snr, int *which)
{
    bool sta_lta = d->conf.statistic == ONSET_STA_LTA;
    double value = sta_lta ? sta_lta_ratio : spectrum_snr;
    double over = value / (sta_lta ? d->conf.sta_lta_threshold : d->conf.spectrum_threshold);

    if (over < 0.4) /* at the background's level: a rise starts here */
        d->cusum[ONSET_ALL / 4].start[ONSET_ALL % 4] = (double)d->n;
    *which = ONSET_ALL;
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
    r->band = band_of(d, d->candidate_lane);
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

    double energy = d->smooth[ENERGY];
    d->energy_peak = fmax(d->energy_peak, energy);
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
    bool fast = t >= c->confirm_fast_s && energy >= c->confirm_fast_ratio * d->energy_peak;
    bool slow = t >= c->confirm_slow_s && energy >= c->confirm_slow_ratio * d->energy_peak;
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
    if (reason == ONSET_ACCEPTED && energy < c->confirm_slow_ratio * d->energy_peak) {
        reason = ONSET_SHORT;
        value = energy / d->energy_peak;
        limit = c->confirm_slow_ratio;
    } else if (reason == ONSET_ACCEPTED) { /* it fell below the threshold, or the vertical gate closed */
        bool gated = d->cusum[d->candidate_lane / 4].gated[d->candidate_lane % 4];
        reason = gated ? ONSET_HORIZONTAL : ONSET_SHORT;
        value = best;
        limit = 1;
    }
    int64_t start = d->candidate_start;
    d->candidate = -1;
    bool gone = reason == ONSET_SHORT && energy < RINGING * d->energy_peak;
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
    for (int i = 0; i <= ONSET_ALL; i++) {
        struct onset_cusum *s = &d->cusum[i / 4];
        int l = i % 4;
        double h = s->threshold[l];
        if (s->highest[l] < h || s->g[l] >= 0.5 * s->highest[l])
            continue;
        double highest = s->highest[l];
        bool gated = s->gated[l];
        s->highest[l] = 0;
        s->gated[l] = 0;
        if ((double)(d->n - d->last_minor) < d->rate_hz)
            continue;
        d->last_minor = d->n;
        int64_t start = start_of(d, i);
        return gated ? reject(d, out, ONSET_HORIZONTAL, start, s->vertical[l] / (double)(d->n - start + 1),
                              d->conf.vertical_ratio)
                     : reject(d, out, ONSET_BURST, start, highest, d->conf.threshold_raise * h);
    }
    return ONSET_NOTHING;
}

/* Back to quiet when every band has been low for a second, or after the longest freeze. */
static void leave_event(struct onset_detector *d)
{
    const struct onset_conf *c = &d->conf;

    if (!d->low_known) { /* once a block: nothing of it changes in between */
        d->low = onset_noise_low(d);
        d->low_known = true;
    }
    d->low_run = d->low ? d->low_run + 1 : 0;
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

enum onset_event onset_finish(struct onset_detector *d, struct onset_report *onset)
{
    if (d->pending < 0)
        return ONSET_NOTHING;
    d->n--; /* refinement looks back from the last sample that there is */
    enum onset_event event = refined(d, onset);
    d->n++;
    return event;
}

bool onset_armed(const struct onset_detector *d)
{
    return d->n >= d->armed_from && d->learned > 3;
}

/* The first seconds, when the noise is being learned: nothing is declared, but what would have been is told.
 */
static bool warming(const struct onset_detector *d)
{
    return (double)d->n < d->conf.warm_s * d->rate_hz && d->learned > 3;
}

static enum onset_event watch_warm_up(struct onset_detector *d, double best, int which,
                                      struct reject_report *out)
{
    bool last = (double)(d->n + 1) >= d->conf.warm_s * d->rate_hz;

    if (best < 1 && !last)
        return ONSET_NOTHING;
    int64_t start = start_of(d, which < 0 ? 0 : which);
    zero_cusum(d);
    for (int i = 0; last && i < ONSET_LANES; i++)
        d->cusum[i].peak = (vec4){0};
    if (best < 1 || (double)(d->n - d->last_minor) < d->rate_hz)
        return ONSET_NOTHING;
    d->last_minor = d->n;
    return reject(d, out, ONSET_WARM_UP, start, (double)d->n / d->rate_hz, d->conf.warm_s);
}

double onset_level(const struct onset_detector *d)
{
    double level = 0;

    for (int i = 0; i <= ONSET_ALL; i++)
        level = vec_max(level, d->cusum[i / 4].g[i % 4] / d->cusum[i / 4].threshold[i % 4]);
    return level;
}

/* ---- deciding ---- */

static void open_candidate(struct onset_detector *d, int which, double deviation)
{
    d->candidate = d->n;
    d->candidate_start = start_of(d, which);
    d->candidate_lane = which;
    d->energy_peak = d->smooth[ENERGY];
    d->impact = deviation;
    d->doubt = ONSET_ACCEPTED;
}

/* So soon after an onset there is no other. */
static bool is_held(const struct onset_detector *d)
{
    return (double)(d->n - d->declared) <= d->conf.hold_s * d->rate_hz;
}

/* The armed detector at one sample at which there is something to decide. */
static enum onset_event judge(struct onset_detector *d, size_t i, double best, int which,
                              struct onset_report *onset, struct reject_report *out)
{
    enum onset_event event;
    double unused, deviation = onset_farthest(&d->reach[i], &d->reach[i], &unused);

    if (is_held(d)) {
        zero_cusum(d);
        d->candidate = -1;
    } else if (d->candidate < 0 && best >= 1 && (double)(d->n - start_of(d, which)) >= 0.02 * d->rate_hz) {
        open_candidate(d, which, deviation);
    }
    if (d->candidate >= 0)
        event = examine(d, best, deviation, onset, out);
    else
        event = explain_minor(d, out);
    if (d->in_event && d->candidate < 0)
        leave_event(d);
    return event;
}

/* Sample i of the run, with whatever there is to decide. */
VEC_INLINE enum onset_event step(struct onset_detector *d, const struct onset_hint *hint, size_t i,
                                 const struct evidence *e, struct onset_report *onset,
                                 struct reject_report *out)
{
    int64_t refine_after = (int64_t)(d->conf.refine_after_s * d->rate_hz);
    bool plain = d->conf.statistic == ONSET_CUSUM, armed = onset_armed(d), warm = !armed && warming(d);
    enum onset_event event = ONSET_NOTHING;
    double best = 0;
    int which = -1;

    d->smooth += d->gain_smooth * (e->smooth - d->smooth);
    bool near = (armed || warm) && cusum(d, e, &best, &which);
    if (armed) {
        if (!plain)
            best = textbook(d, stalta4_ratio(&hint->sta_lta[i], 3), hint->spectrum_snr, &which);
        if (near || !plain || d->in_event || d->candidate >= 0 || is_held(d))
            event = judge(d, i, best, which, onset, out);
    } else if (warm) {
        event = watch_warm_up(d, best, which, out);
    }
    if (event == ONSET_NOTHING && d->pending >= 0 && d->n >= d->pending + refine_after)
        event = refined(d, onset);
    d->disturbed |= d->in_event || d->candidate >= 0;
    return event;
}

/* Nothing is going on, and nothing will until a statistic comes near its threshold. */
VEC_INLINE bool is_calm(const struct onset_detector *d)
{
    const struct onset_cusum *s = d->cusum;
    vec4_mask near = (vec4_mask)(s[0].highest >= s[0].near) | (vec4_mask)(s[1].highest >= s[1].near) |
                     s[0].gated | s[1].gated;

    return d->conf.statistic == ONSET_CUSUM && onset_armed(d) && !d->in_event && d->candidate < 0 &&
           d->pending < 0 && !is_held(d) && !VEC4_ANY(near);
}

VEC_CLONES size_t onset_decide(struct onset_detector *d, const struct onset_hint *hint, size_t from, size_t n,
                               enum onset_event *event, struct onset_report *onset, struct reject_report *out)
{
    struct evidence e[ONSET_RUN];
    enum onset_event what = ONSET_NOTHING;
    bool calm = is_calm(d);
    size_t i = from;

    d->disturbed = false;
    while (i < from + n && what == ONSET_NOTHING) {
        /* The noise that is weighed against stays the same until the end of its block, or something is decided. */
        size_t left = from + n - i, block = (size_t)(d->block_length - d->block_at);
        size_t part = !calm ? 1 : left < block ? left : block;
        for (size_t k = 0; k < part; k++)
            weigh(d, d->squared[i + k], &hint->energy[i + k], &e[k]);
        if (!calm || !stay_calm(d, e, part)) {
            calm = false; /* for the rest of the run, which may bring more */
            part = 1;
            what = step(d, hint, i, e, onset, out);
        }
        add_to_block(d, i, part);
        i += part;
        d->n += (int64_t)part - 1;
        d->block_at += (int)part;
        if (d->block_at >= d->block_length) {
            d->block_at = 0;
            d->low_known = false;
            onset_noise_learn(d);
        }
        d->n++;
    }
    *event = what;
    return i - from;
}

enum onset_event onset_gap(struct onset_detector *d, uint64_t lost, struct reject_report *out)
{
    enum onset_event event = ONSET_NOTHING;

    if (d->candidate >= 0)
        event = reject(d, out, ONSET_GAP, d->candidate_start, (double)(d->n - d->candidate) / d->rate_hz, 0);
    d->candidate = d->pending = -1;
    for (int r = 0; r < ONSET_ROWS; r++) {
        wide_rest(&d->filter[r].state);
        d->sum[r] = (vec4){0};
    }
    wide_rest(&d->refine_high.state);
    wide_rest(&d->refine_low.state);
    d->smooth = d->flat = d->bucket[0] = d->bucket[1] = (vec4){0};
    d->low_known = false;
    d->block_at = 0;
    memset(d->away, 0, sizeof d->away);
    memset(d->level, 0, sizeof d->level);
    d->n += (int64_t)lost;
    d->filtered = d->history_from = d->n;
    arm_later(d);
    zero_cusum(d);
    return event;
}
