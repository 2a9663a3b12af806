#include "dsp/features.h"

#include <string.h>

#include "dsp/butter.h"
#include "dsp/intensity.h"
#include "dsp/vec_log.h"

enum { ENERGY_STEPS = 4, GROWTH_STEPS = 8, TAIL_STEPS = 3 }; /* 0.4, 0.8, 0.3 s */

#define SETTLE_S        10.0 /* the 0.1 Hz high-pass has forgotten its start to 1 % */
#define BUCKET_S        0.5
#define CURRENT_S       10.0
#define BACKGROUND_S    20.0
#define NOISE_S         10.0
#define KNOWN_S         30.0 /* own choice: longer than the strong part of most earthquakes */
#define QUIET_INTENSITY 2.0  /* own choice: not felt */
#define RINGING_S       6.0 /* own choice: by then 0.07 of a blow rings in the 0.1 Hz high-pass of velocity */
#define NOISE_D_S       10.0
#define RAMP_FROM_S     0.6 /* growth counts from here, fully from RAMP_TO_S */
#define RAMP_TO_S       1.2
#define S_FROM_S        0.95 /* the jump of H/V counts from here */
#define NO_RATIO        (-9.0)

static void set_step_end(struct features *f)
{
    f->step_end = f->origin + (int64_t)floor(FEATURES_STEP_S * f->rate_hz * (double)(f->steps + 1) + 1e-9);
}

/* A filter that the rate has no room for hands everything through, or nothing. */
static void init_filters(struct features *f)
{
    double rate = f->rate_hz, top = fmin(10, 0.45 * rate);
    struct biquad band[2], velocity, half, one, integral, section = {0};

    butter_design(band, BUTTER_BANDPASS, 2, rate, 0.1, top);
    for (int i = 0; i < 2; i++)
        wide_band_set(&f->band[i], &band[i], 0, 4);
    butter_design(band, BUTTER_BANDPASS, 2, rate, 1.0, top);
    for (int i = 0; i < 2; i++)
        wide_band_set(&f->middle[i], &band[i], 0, 4);
    butter_design(band, BUTTER_BANDPASS, 2, rate, 0.05, 0.5);
    for (int i = 0; i < 2; i++)
        wide_band_set(&f->slow[i], &band[i], 0, 4);
    f->has_low = rate > 35;
    if (f->has_low)
        butter_design(&section, BUTTER_LOWPASS, 2, rate, fmin(15, 0.45 * rate), 0);
    wide_band_set(&f->low15, &section, 0, 4);
    section = (struct biquad){0};
    f->has_high = rate >= 45;
    if (f->has_high)
        butter_design(&section, BUTTER_HIGHPASS, 2, rate, 15, 0);
    wide_band_set(&f->high15, &section, 0, 4);
    /* Velocity of the band: the sum of its samples, whose pole cancels a zero of the high-pass behind it. */
    butter_design(&velocity, BUTTER_HIGHPASS, 2, rate, 0.1, 0);
    velocity.b0 /= rate;
    velocity.b1 = -velocity.b0;
    velocity.b2 = 0;
    wide_set(&f->velocity, &velocity, 0, 3);
    /* Velocity above 0.5 Hz: high-pass, integral, high-pass. Beside it in lane 3 the vertical above 1 Hz goes
     * the same way, and once more through integral and high-pass to displacement. */
    butter_design(&half, BUTTER_HIGHPASS, 2, rate, 0.5, 0);
    butter_design(&one, BUTTER_HIGHPASS, 2, rate, 1.0, 0);
    wide_band_set(&f->half, &half, 0, 3);
    wide_band_set(&f->half, &one, 3, 4);
    integral = wide_integral(&half, rate);
    wide_band_set(&f->half_integral, &integral, 0, 3);
    integral = wide_integral(&one, rate);
    wide_band_set(&f->half_integral, &integral, 3, 4);
    wide_set(&f->velocity, &integral, 3, 4);
}

bool features_init(struct features *f, double rate_hz, unsigned axis_mask)
{
    if (!(rate_hz >= 10 && rate_hz <= FEATURES_RATE_MAX_HZ) || !(axis_mask & 7))
        return false;
    memset(f, 0, sizeof *f);
    f->rate_hz = rate_hz;
    f->axis_mask = axis_mask;
    init_filters(f);
    motion_init(&f->motion, rate_hz, MOTION_CORNER_HZ);
    motion_peaks_init(&f->peaks, rate_hz, MOTION_WINDOWS_DEFAULT);
    f->ring_length = (int)(12 * rate_hz);
    f->noise_gain = 1 / (NOISE_S * rate_hz);
    f->bucket_end = (int64_t)(BUCKET_S * rate_hz);
    set_step_end(f);
    return true;
}

static void rest(struct features *f)
{
    for (int i = 0; i < 2; i++) {
        wide_rest(&f->band[i].state);
        wide_rest(&f->middle[i].state);
        wide_rest(&f->slow[i].state);
    }
    wide_rest(&f->velocity.state);
    wide_rest(&f->low15.state);
    wide_rest(&f->high15.state);
    wide_rest(&f->half.state);
    wide_rest(&f->half_integral.state);
    motion_reset(&f->motion, NULL);
}

void features_gap(struct features *f, uint64_t lost)
{
    rest(f);
    f->n += (int64_t)lost;
    f->filtered = f->since = f->n;
    f->at = (int)(f->n % f->ring_length);
    /* The half seconds that passed unseen hold nothing; more than the ring holds is all of it. */
    int64_t length = (int64_t)(BUCKET_S * f->rate_hz);
    int64_t passed = f->n > f->bucket_end ? (f->n - f->bucket_end) / length : 0;
    for (int64_t i = 0; i < passed && i < FEATURES_BUCKETS; i++) {
        f->bucket[(f->buckets + 1 + i) % FEATURES_BUCKETS] = (vec4){0};
        f->blown[(f->buckets + 1 + i) % FEATURES_BUCKETS] = false;
    }
    f->buckets += passed;
    f->bucket_end += passed * length;
    if (f->n > f->step_end) { /* the step that was open is given up; the next ends on the grid */
        f->steps = (int64_t)((double)(f->n - f->origin) / (FEATURES_STEP_S * f->rate_hz));
        f->running = (struct features_sums){0};
        memset(f->sums, 0, sizeof f->sums);
        set_step_end(f);
    }
}

bool features_armed(const struct features *f)
{
    return (double)(f->n - f->since) >= SETTLE_S * f->rate_hz;
}

/* What the loops below hand on. Each holds as many filters as there are registers for their states, enough for
 * their latencies to overlap. */
struct filtered {
    vec4 a[FEATURES_RUN], low[FEATURES_RUN], middle[FEATURES_RUN],
        high[FEATURES_RUN]; /* the last three squared */
};

VEC_INLINE struct features_sample *next_slot(struct features *f, struct features_sample *s)
{
    return s + 1 == &f->ring[f->ring_length] ? f->ring : s + 1;
}

VEC_INLINE void filter_motion(struct features *f, const vec4 *zne, size_t n, struct filtered *out)
{
    struct features_sample *slot = &f->ring[f->at];
    struct wide_state band0 = f->band[0].state, band1 = f->band[1].state;
    struct motion_state motion;

    motion_begin(&f->motion, &motion, zne);
    for (size_t i = 0; i < n; i++) {
        vec4 a = zne[i] - f->offset;
        motion_filter(&f->motion, &motion, &zne[i], &slot->motion);
        wide_band_step(&f->band[0], &band0, &a);
        wide_band_step(&f->band[1], &band1, &a);
        slot->a_mps2 = out->a[i] = a;
        slot = next_slot(f, slot);
    }
    motion_finish(&f->motion, &motion);
    f->band[0].state = band0;
    f->band[1].state = band1;
}

VEC_INLINE void filter_energies(struct features *f, const vec4 *zne, size_t n, struct filtered *out)
{
    struct wide_state middle0 = f->middle[0].state, middle1 = f->middle[1].state;
    struct wide_state slow0 = f->slow[0].state, slow1 = f->slow[1].state, high15 = f->high15.state;

    for (size_t i = 0; i < n; i++) {
        vec4 x = zne[i] - f->offset, middle = x, low = x, high = x;
        wide_band_step(&f->middle[0], &middle0, &middle);
        wide_band_step(&f->slow[0], &slow0, &low);
        wide_high_step(&f->high15, &high15, &high);
        wide_band_step(&f->middle[1], &middle1, &middle);
        wide_band_step(&f->slow[1], &slow1, &low);
        out->middle[i] = middle * middle;
        out->low[i] = low * low;
        out->high[i] = high * high;
    }
    f->middle[0].state = middle0;
    f->middle[1].state = middle1;
    f->slow[0].state = slow0;
    f->slow[1].state = slow1;
    f->high15.state = high15;
}

/* Velocities, displacement, and everything that is a sum over the axes. */
VEC_INLINE void filter_velocities(struct features *f, const vec4 *zne, size_t n, const struct filtered *in,
                                  vec4 *energy, vec4 *middle)
{
    const vec4_mask vertical = {-1, 0, 0, 0}, horizontal = {0, -1, -1, 0};
    struct features_sample *slot = &f->ring[f->at];
    struct wide_state low15 = f->low15.state, half = f->half.state, integral = f->half_integral.state;
    struct wide_state velocity = f->velocity.state;

    for (size_t i = 0; i < n; i++) {
        vec4 fast = zne[i] - f->offset, a = in->a[i], v, sums, size;
        if (f->has_low)
            wide_low_step(&f->low15, &low15, &fast);
        wide_high_step(&f->half, &half, &fast);
        wide_band_step(&f->half_integral, &integral, &fast);
        v = __builtin_shufflevector(a, fast, 0, 1, 2, 7);
        wide_step(&f->velocity, &velocity, &v);
        slot->v_mps = v;
        fast *= fast;
        a *= a;
        vec4 v2 = v * v, fast_z = VEC4_AND(vertical, fast), fast_h = VEC4_AND(horizontal, fast);
        VEC4_SUMS3(sums, in->low[i], in->middle[i], in->high[i], fast_z);
        VEC4_SUMS3(size, a, v2, fast_h, fast_h);
        v = VEC4_ABS(v);
        slot->energy = energy[i] = sums;
        slot->size = __builtin_shufflevector(size, v, 0, 1, 2, 7);
        middle[i] = __builtin_shufflevector(in->middle[i], sums, 0, 1, 2, 4 + FEATURES_MIDDLE);
        slot = next_slot(f, slot);
    }
    f->low15.state = low15;
    f->half.state = half;
    f->half_integral.state = integral;
    f->velocity.state = velocity;
    f->at = (int)(slot - f->ring);
}

size_t features_run(const struct features *f)
{
    int64_t end = f->step_end < f->bucket_end ? f->step_end : f->bucket_end;

    return (size_t)(end < f->n ? 1 : end - f->n + 1);
}

VEC_CLONES void features_filter(struct features *f, const vec4 *zne, size_t n, vec4 *energy, vec4 *middle)
{
    struct filtered between;

    if (n == 0)
        return;
    if (f->filtered == f->since)
        f->offset = zne[0];
    filter_motion(f, zne, n, &between);
    filter_energies(f, zne, n, &between);
    filter_velocities(f, zne, n, &between, energy, middle);
    f->filtered += (int64_t)n;
}

static double log_ratio(double over, double under)
{
    return log10((over + 1e-22) / (under + 1e-22));
}

/* Sums over the last `steps` steps, not beyond those that belong to the window. */
static struct features_sums last_steps(const struct features *f, int steps)
{
    struct features_sums t = {0};

    int slot = (int)(f->steps % FEATURES_STEPS);
    for (int i = 0; i < steps && i < f->steps; i++) {
        slot = slot ? slot - 1 : FEATURES_STEPS - 1;
        const struct features_sums *s = &f->sums[slot];
        t.energy += s->energy;
        t.vel_h += s->vel_h;
        t.n += s->n;
    }
    return t;
}

static double ramp(double t_s)
{
    return fmin(fmax((t_s - RAMP_FROM_S) / (RAMP_TO_S - RAMP_FROM_S), 0), 1);
}

static double clip(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

/* Energy growth of the last 0.8 s over what came since the onset before it: kept a step, reported as a mean
 * of five. */
static double growth_now(const struct features *f, int64_t sample)
{
    double t = FEATURES_STEP_S * (double)f->steps;

    if (f->steps <= GROWTH_STEPS)
        return 0;
    struct features_sums last = last_steps(f, GROWTH_STEPS);
    double before_n = (double)(sample - f->onset + 1 - last.n);
    double last_z = last.energy[FEATURES_VEL_Z];
    double mean_last = (last_z + last.vel_h) / last.n;
    double mean_before = (f->all_z + f->all_h - last_z - last.vel_h) / before_n;
    return clip(log_ratio(mean_last, fmax(mean_before, 0)) * ramp(t), -1.5, 2);
}

static void end_step(struct features *f, int64_t sample)
{
    f->sums[f->steps % FEATURES_STEPS] = f->running;
    f->running = (struct features_sums){0};
    f->steps++;
    if (f->onset_id)
        f->growth[f->steps % 5] = growth_now(f, sample);
    set_step_end(f);
}

/* What a sample adds to the open window. */
VEC_INLINE void gather_window(struct features *f, const struct features_sample *s, int64_t sample)
{
    vec4 a = VEC4_ABS(s->a_mps2), v = VEC4_ABS(s->v_mps);

    f->w_size = VEC4_MAX(f->w_size, s->size);
    f->w_a = VEC4_MAX(f->w_a, a);
    f->w_v = VEC4_MAX(f->w_v, v);
    f->w_mid = vec_max(f->w_mid, s->energy[FEATURES_MIDDLE]);
    f->all_z += s->energy[FEATURES_VEL_Z];
    f->all_h += s->size[FEATURES_VEL_H];
    if ((double)(sample - f->onset) <= f->rate_hz) {
        f->first_z += s->energy[FEATURES_VEL_Z];
        f->first_h += s->size[FEATURES_VEL_H];
    }
    motion_peaks_step(&f->peaks, &s->motion);
}

/* What n samples of the ring from slot `at` on add to their step, which they do not go beyond, and to the
 * open window. Their maxima come back in *size. True: the step ended with the last of them. */
VEC_INLINE bool gather(struct features *f, int at, int64_t sample, size_t n, vec4 *size)
{
    const struct features_sample *s = &f->ring[at], *end = &f->ring[f->ring_length];
    vec4 energy = f->running.energy, a = f->step_a, v = f->step_v, all = {0};
    double vel_h = f->running.vel_h;
    bool window = f->onset_id != 0;

    if (f->running.n == 0)
        f->step_size = a = v = all;
    for (size_t i = 0; i < n; i++) {
        vec4 size_a = VEC4_ABS(s->a_mps2), size_v = VEC4_ABS(s->v_mps), largest = s->size;
        energy += s->energy;
        vel_h += s->size[FEATURES_VEL_H];
        all = VEC4_MAX(all, largest);
        a = VEC4_MAX(a, size_a);
        v = VEC4_MAX(v, size_v);
        if (window)
            gather_window(f, s, sample + (int64_t)i);
        if (++s == end)
            s = f->ring;
    }
    f->running.energy = energy;
    f->running.vel_h = vel_h;
    f->running.n += (int)n;
    f->step_a = a;
    f->step_v = v;
    f->step_size = VEC4_MAX(f->step_size, all);
    *size = all;
    sample += (int64_t)n - 1;
    if (sample < f->step_end)
        return false;
    end_step(f, sample);
    return true;
}

VEC_CLONES bool features_gather(struct features *f, const vec4 *middle, size_t n)
{
    int at = f->at - (int)(f->filtered - f->n);
    vec4 size, *bucket = &f->bucket[f->buckets % FEATURES_BUCKETS];
    double noise = f->noise_power;

    for (size_t i = 0; i < n && f->onset_id == 0; i++)
        noise += f->noise_gain * (middle[i][0] - noise);
    f->noise_power = noise;
    bool ended = gather(f, at < 0 ? at + f->ring_length : at, f->n, n, &size);
    *bucket = VEC4_MAX(*bucket, size);
    f->n += (int64_t)n;
    if (f->n > f->bucket_end) {
        f->buckets++;
        f->bucket_end += (int64_t)(BUCKET_S * f->rate_hz);
        f->bucket[f->buckets % FEATURES_BUCKETS] = (vec4){0};
        bool blown = f->blown[f->buckets % FEATURES_BUCKETS] = f->n < f->blown_until;
        if (blown)
            f->last_blown = f->buckets;
    }
    return ended;
}

/* From sample `from` on, step by step. */
VEC_CLONES static void gather_anew(struct features *f, int64_t from)
{
    while (from < f->n) {
        int64_t left = f->n - from, step = f->step_end - from + 1, n = step < left ? step : left;
        vec4 size;
        gather(f, (int)(from % f->ring_length), from, (size_t)n, &size);
        from += n;
    }
}

bool features_step(struct features *f, const double zne[3], const struct features_sample **now)
{
    vec4 x = VEC4Z(zne), energy, middle;

    *now = &f->ring[f->at];
    features_filter(f, &x, 1, &energy, &middle);
    return features_gather(f, &middle, 1);
}

struct maxima {
    double a_mps2, v_mps, d_m;
};

/* Over the `n` half seconds up to `newest`. */
VEC_INLINE void raise_to(const struct features *f, int64_t newest, int n, vec4 *m)
{
    int slot = (int)(newest % FEATURES_BUCKETS), from = slot - n + 1;

    for (int i = from > 0 ? from : 0; i <= slot; i++)
        *m = VEC4_MAX(*m, f->bucket[i]);
    for (int i = from + FEATURES_BUCKETS; i < FEATURES_BUCKETS; i++)
        *m = VEC4_MAX(*m, f->bucket[i]);
}

/* The same without those that a blow shook, unless they are most of them. */
VEC_INLINE void raise_unblown(const struct features *f, int64_t newest, int n, vec4 *m)
{
    vec4 quiet = {0};
    int blown = 0;

    for (int i = 0; i < n; i++) {
        int slot = (int)((newest - i) % FEATURES_BUCKETS);
        if (f->blown[slot])
            blown++;
        else
            quiet = VEC4_MAX(quiet, f->bucket[slot]);
    }
    if (5 * blown <= 3 * n)
        *m = quiet;
    else
        raise_to(f, newest, n, m);
}

/* Largest values of the half seconds that lie wholly within [from_s, to_s] before sample `at`, a quarter of a
 * second of slack at each end. In *kept: what was found last time (a zeroed one knows nothing). */
VEC_CLONES static void find_maxima(const struct features *f, int64_t at, double from_s, double to_s,
                                   struct features_maxima *kept)
{
    double length = floor(BUCKET_S * f->rate_hz), rate = f->rate_hz;
    double since = (double)(at - f->bucket_end); /* the end of the bucket that is filling */
    double first = ceil(((to_s - 0.25) * rate - since) / length);
    double last = floor(((from_s + 0.25) * rate - since) / length) - 1;
    double there = f->buckets < FEATURES_BUCKETS - 1 ? (double)f->buckets : FEATURES_BUCKETS - 1;
    vec4 m = {0};

    first = vec_max(first, 1);
    last = vec_min(last, there);
    int64_t newest = f->buckets - (int64_t)first;
    int n = last < first ? 0 : (int)(last - first) + 1;
    if (newest == kept->newest && n == kept->n)
        return;
    if (to_s > 0 && newest - n < f->last_blown) /* a background, and not one of blows */
        raise_unblown(f, newest, n, &m);
    else
        raise_to(f, newest, n, &m);
    *kept = (struct features_maxima){newest, n, m, sqrt(m[FEATURES_A2]), sqrt(m[FEATURES_V2])};
}

static struct maxima maxima_of(const struct features_maxima *kept)
{
    return (struct maxima){kept->a_mps2, kept->v_mps, kept->size[FEATURES_D]};
}

static struct maxima maxima_before(const struct features *f, int64_t at, double from_s, double to_s)
{
    struct features_maxima kept = {0};

    find_maxima(f, at, from_s, to_s, &kept);
    return maxima_of(&kept);
}

void features_open(struct features *f, uint32_t onset_id, int64_t onset)
{
    int64_t oldest = f->filtered - f->ring_length + 1;

    if (onset < oldest)
        onset = oldest;
    if (onset < f->since) /* never across a gap */
        onset = f->since;
    f->onset_id = onset_id;
    f->onset = onset;
    f->w_size = f->w_a = f->w_v = (vec4){0};
    f->w_mid = 0;
    f->first_z = f->first_h = f->all_z = f->all_h = 0;
    memset(f->growth, 0, sizeof f->growth);
    struct maxima before = maxima_before(f, onset, BACKGROUND_S, 1);
    f->background_a = before.a_mps2;
    f->background_v = before.v_mps;
    f->noise_d = maxima_before(f, onset, NOISE_D_S, 1).d_m;
    /* Five seconds since the start or the last gap: less says nothing about the background. */
    f->has_background = (double)(onset - f->since) > 5 * f->rate_hz;
    motion_peaks_begin(&f->peaks);
    f->origin = onset;
    f->steps = 0;
    f->running = (struct features_sums){0};
    f->step_size = f->step_a = f->step_v = (vec4){0};
    set_step_end(f);
    gather_anew(f, onset);
}

void features_blow(struct features *f, int64_t from)
{
    int64_t length = (int64_t)(BUCKET_S * f->rate_hz), back = (f->bucket_end - from) / length + 1;

    for (int64_t i = 0; i <= back && i < FEATURES_BUCKETS && i <= f->buckets; i++)
        f->blown[(f->buckets - i) % FEATURES_BUCKETS] = true;
    f->last_blown = f->buckets;
    f->blown_until = f->n + (int64_t)(RINGING_S * f->rate_hz);
    f->recent = f->past = (struct features_maxima){0};
}

void features_close(struct features *f)
{
    f->onset_id = 0;
}

double features_window_s(const struct features *f)
{
    return f->onset_id ? (double)(f->n - 1 - f->onset) / f->rate_hz : 0;
}

bool features_calm(const struct features *f)
{
    return f->onset_id && f->has_background && maxima_before(f, f->n, 1.5, 0).a_mps2 <= 2 * f->background_a;
}

static void fill_window(const struct features *f, struct window_report *w)
{
    struct features_sums last = last_steps(f, ENERGY_STEPS), tail = last_steps(f, TAIL_STEPS);

    w->onset_id = f->onset_id;
    w->t_s = features_window_s(f);
    w->pd_m = f->w_size[FEATURES_D];
    w->pd_noise_m = f->has_background ? f->noise_d : 0;
    w->pga_mps2 = sqrt(f->w_size[FEATURES_A2]);
    w->pgv_mps = sqrt(f->w_size[FEATURES_V2]);
    w->pga_z_mps2 = f->w_a[0];
    w->pgv_z_mps = f->w_v[0];
    w->pga_horizontal_mps2 = vec_max(f->w_a[1], f->w_a[2]);
    w->pgv_horizontal_mps = vec_max(f->w_v[1], f->w_v[2]);
    w->hv_log = log_ratio(f->first_h, f->first_z);
    if (f->steps > ENERGY_STEPS && last.n) {
        double n = (double)(f->n - f->onset - last.n);
        double last_z = last.energy[FEATURES_VEL_Z];
        double z = last_z / last.n, h = last.vel_h / last.n;
        double z0 = fmax(f->all_z - last_z, 0) / n, h0 = fmax(f->all_h - last.vel_h, 0) / n;
        double jump = w->t_s >= S_FROM_S - 1e-6 ? clip(log_ratio(h, z) - log_ratio(h0, z0), -1.5, 2) : 0;
        w->s_growth = jump + 0.5 * clip(log_ratio(h, h0) * ramp(w->t_s), -1.5, 2);
    }
    for (int i = 0; i < 5; i++)
        w->growth += f->growth[i] / 5;
    if (tail.n)
        w->tail = sqrt(tail.energy[FEATURES_MIDDLE] / tail.n / fmax(f->w_mid, 1e-24));
    w->has_background = f->has_background;
    w->pa_mps2 = f->peaks.pa_mps2;
    w->pv_mps = f->peaks.pv_mps;
    w->pd75_m = f->peaks.pd_m;
    w->tau_c_s = motion_tau_c_s(&f->peaks);
    w->tau_p_s = f->peaks.tau_p_max_s;
    w->iv2_m2ps = f->peaks.iv2_m2ps;
    w->cav_mps = VEC4_SUM3(f->peaks.cav_mps);
    w->cav_std_mps = VEC4_SUM3(f->peaks.cav_std_mps);
    w->arias_mps = VEC4_SUM3(f->peaks.arias_mps);
    w->pgd_m = f->peaks.pgd_m;
}

/* A node that starts in an earthquake must not take its shaking for the background: so soon after the start
 * only quiet is believed. */
static bool is_background(const struct features *f, int64_t at, const struct maxima *m)
{
    return (double)at > KNOWN_S * f->rate_hz || intensity_gbt_raw(m->a_mps2, m->v_mps) < QUIET_INTENSITY;
}

VEC_CLONES void features_step_report(struct features *f, struct report *r)
{
    struct features_sums second = last_steps(f, FEATURES_STEPS);
    find_maxima(f, f->n, CURRENT_S, 0, &f->recent);
    vec4 now = VEC4_MAX(f->step_size, f->bucket[f->buckets % FEATURES_BUCKETS]);
    now = VEC4_MAX(f->recent.size, now);
    vec4 root = __builtin_shufflevector(f->step_size, now, FEATURES_A2, FEATURES_V2, 4 + FEATURES_A2,
                                        4 + FEATURES_V2);
    for (int i = 0; i < 4; i++)
        root[i] = sqrt(root[i]);

    r->armed_observed = features_armed(f);
    r->step.pga_mps2 = root[0];
    r->step.pgv_mps = root[1];
    r->step.pga_horizontal_mps2 = vec_max(f->step_a[1], f->step_a[2]);
    r->step.pgv_horizontal_mps = vec_max(f->step_v[1], f->step_v[2]);
    r->step.current_pga_mps2 = root[2];
    r->step.current_pgv_mps = root[3];
    r->step.background_pga_mps2 = r->step.background_pgv_mps = 0;
    struct maxima background = {0};
    if (f->onset_id && f->has_background)
        background = (struct maxima){.a_mps2 = f->background_a, .v_mps = f->background_v};
    else if (!f->onset_id && (double)(f->n - f->since) > 5 * f->rate_hz) {
        find_maxima(f, f->n, BACKGROUND_S, 1, &f->past);
        background = maxima_of(&f->past);
    }
    if (is_background(f, f->onset_id ? f->onset : f->n, &background)) {
        r->step.background_pga_mps2 = background.a_mps2;
        r->step.background_pgv_mps = background.v_mps;
    }
    vec4 ratio = (second.energy + 1e-20) / (second.energy[FEATURES_MIDDLE] + 1e-20);
    vec_log(&ratio);
    ratio *= 0.5 * M_LOG10E;
    r->step.high_ratio_log = f->has_high ? ratio[FEATURES_HIGH] : NO_RATIO;
    r->step.low_ratio_log = ratio[FEATURES_LOW];
    r->step.noise_mps2 = sqrt(f->noise_power);
    if (f->onset_id)
        fill_window(f, &r->window);
}
