#include "dsp/features.h"

#include <string.h>

#include "dsp/butter.h"
#include "dsp/intensity.h"

enum { ENERGY_STEPS = 4, GROWTH_STEPS = 8, TAIL_STEPS = 3 }; /* 0.4, 0.8, 0.3 s */

#define SETTLE_S        10.0 /* the 0.1 Hz high-pass has forgotten its start to 1 % */
#define BUCKET_S        0.5
#define BACKGROUND_S    20.0
#define KNOWN_S         30.0 /* own choice: longer than the strong part of most earthquakes */
#define QUIET_INTENSITY 2.0  /* own choice: not felt */
#define NOISE_D_S       10.0
#define RAMP_FROM_S     0.6 /* growth counts from here, fully from RAMP_TO_S */
#define RAMP_TO_S       1.2
#define S_FROM_S        0.95 /* the jump of H/V counts from here */
#define NO_RATIO        (-9.0)

static void set_step_end(struct features *f)
{
    f->step_end = f->origin + (int64_t)floor(FEATURES_STEP_S * f->rate_hz * (double)(f->steps + 1) + 1e-9);
}

bool features_init(struct features *f, double rate_hz, unsigned axis_mask)
{
    if (!(rate_hz >= 10 && rate_hz <= FEATURES_RATE_MAX_HZ) || !(axis_mask & 7))
        return false;
    memset(f, 0, sizeof *f);
    f->rate_hz = rate_hz;
    f->axis_mask = axis_mask;
    double top = fmin(10, 0.45 * rate_hz);
    butter_design(f->band, BUTTER_BANDPASS, 2, rate_hz, 0.1, top);
    butter_design(&f->integral_high, BUTTER_HIGHPASS, 2, rate_hz, 0.1, 0);
    butter_design(&f->one_hz, BUTTER_HIGHPASS, 2, rate_hz, 1.0, 0);
    butter_design(&f->half_hz, BUTTER_HIGHPASS, 2, rate_hz, 0.5, 0);
    butter_design(f->middle, BUTTER_BANDPASS, 2, rate_hz, 1.0, top);
    butter_design(f->slow, BUTTER_BANDPASS, 2, rate_hz, 0.05, 0.5);
    f->has_low15 = rate_hz > 35;
    if (f->has_low15)
        butter_design(&f->low15, BUTTER_LOWPASS, 2, rate_hz, fmin(15, 0.45 * rate_hz), 0);
    f->has_high = rate_hz >= 45;
    if (f->has_high)
        butter_design(&f->high15, BUTTER_HIGHPASS, 2, rate_hz, 15, 0);
    motion_init(&f->motion, rate_hz, MOTION_CORNER_HZ);
    motion_peaks_init(&f->peaks, rate_hz, MOTION_WINDOWS_DEFAULT);
    f->ring_length = (int)(12 * rate_hz);
    f->bucket_end = (int64_t)(BUCKET_S * rate_hz);
    set_step_end(f);
    return true;
}

void features_gap(struct features *f, uint64_t lost)
{
    memset(f->band_state, 0, sizeof f->band_state);
    memset(f->half_state, 0, sizeof f->half_state);
    memset(f->middle_state, 0, sizeof f->middle_state);
    memset(f->slow_state, 0, sizeof f->slow_state);
    memset(f->one_state, 0, sizeof f->one_state);
    f->integral_state = f->low15_state = f->high_state = (struct biquad_state3){0};
    f->velocity_sum = f->half_last = f->half_sum = (vec4){0};
    f->one_last[0] = f->one_last[1] = f->one_sum[0] = f->one_sum[1] = 0;
    motion_reset(&f->motion, NULL);
    f->n += (int64_t)lost;
    f->since = f->n;
    /* The half seconds that passed unseen hold nothing; more than the ring holds is all of it. */
    int64_t length = (int64_t)(BUCKET_S * f->rate_hz);
    int64_t passed = f->n > f->bucket_end ? (f->n - f->bucket_end) / length : 0;
    for (int64_t i = 0; i < passed && i < FEATURES_BUCKETS; i++)
        f->bucket[(f->buckets + 1 + i) % FEATURES_BUCKETS] = (struct features_maxima){0};
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

/* Trapezoid of a high-passed signal, then the same high-pass again: one stage from acceleration towards
 * displacement. */
static double integrate(struct features *f, int stage, double x)
{
    f->one_sum[stage] += (x + f->one_last[stage]) / (2 * f->rate_hz);
    f->one_last[stage] = x;
    return biquad_step(&f->one_hz, &f->one_state[stage + 1], f->one_sum[stage]);
}

static void filter(struct features *f, const double zne[3], struct features_sample *s)
{
    vec4 x = VEC4(zne), y, v;

    if (f->n == f->since)
        f->offset = x;
    x -= f->offset;
    /* intensity band, and its velocity */
    y = x;
    biquad_step3(&f->band[0], &f->band_state[0], &y);
    biquad_step3(&f->band[1], &f->band_state[1], &y);
    f->velocity_sum += y / f->rate_hz;
    v = f->velocity_sum;
    biquad_step3(&f->integral_high, &f->integral_state, &v);
    s->a = VEC4_NORM3(y);
    s->v = VEC4_NORM3(v);
    s->a_z = fabs(y[0]);
    s->v_z = fabs(v[0]);
    s->a_h = fmax(fabs(y[1]), fabs(y[2]));
    s->v_h = fmax(fabs(v[1]), fabs(v[2]));
    /* vertical displacement above 1 Hz */
    vec4 smooth = x;
    if (f->has_low15)
        biquad_step3(&f->low15, &f->low15_state, &smooth);
    double d = biquad_step(&f->one_hz, &f->one_state[0], smooth[0]);
    d = integrate(f, 0, d);
    d = integrate(f, 1, d);
    s->d = fabs(d);
    /* velocity above 0.5 Hz */
    y = smooth;
    biquad_step3(&f->half_hz, &f->half_state[0], &y);
    f->half_sum += (y + f->half_last) / (2 * f->rate_hz);
    f->half_last = y;
    v = f->half_sum;
    biquad_step3(&f->half_hz, &f->half_state[1], &v);
    v = v * v;
    s->vel_z = v[0];
    s->vel_h = v[1] + v[2];
    /* energies */
    y = x;
    biquad_step3(&f->middle[0], &f->middle_state[0], &y);
    biquad_step3(&f->middle[1], &f->middle_state[1], &y);
    s->middle = y;
    y = y * y;
    s->mid = VEC4_SUM3(y);
    if (f->onset_id == 0)
        f->noise_power += (y[0] - f->noise_power) / (10 * f->rate_hz);
    y = x;
    biquad_step3(&f->slow[0], &f->slow_state[0], &y);
    biquad_step3(&f->slow[1], &f->slow_state[1], &y);
    y = y * y;
    s->low = VEC4_SUM3(y);
    s->high = 0;
    if (f->has_high) {
        y = x;
        biquad_step3(&f->high15, &f->high_state, &y);
        y = y * y;
        s->high = VEC4_SUM3(y);
    }
    motion_step(&f->motion, zne, &s->motion);
}

static double log_ratio(double over, double under)
{
    return log10((over + 1e-22) / (under + 1e-22));
}

/* Sums over the last `steps` steps, not beyond those that belong to the window. */
static struct features_sums last_steps(const struct features *f, int steps)
{
    struct features_sums t = {0};

    for (int i = 0; i < steps && i < f->steps; i++) {
        const struct features_sums *s = &f->sums[(f->steps - 1 - i) % FEATURES_STEPS];
        t.vel_z += s->vel_z;
        t.vel_h += s->vel_h;
        t.low += s->low;
        t.mid += s->mid;
        t.high += s->high;
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
    double mean_last = (last.vel_z + last.vel_h) / last.n;
    double mean_before = (f->all_z + f->all_h - last.vel_z - last.vel_h) / before_n;
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

/* What a sample adds to its step and to the open window. True: the step ended with it. */
static bool gather(struct features *f, const struct features_sample *s, int64_t sample)
{
    f->running.vel_z += s->vel_z;
    f->running.vel_h += s->vel_h;
    f->running.low += s->low;
    f->running.mid += s->mid;
    f->running.high += s->high;
    f->running.n++;
    f->step_a = fmax(f->step_a, s->a);
    f->step_v = fmax(f->step_v, s->v);
    f->step_a_h = fmax(f->step_a_h, s->a_h);
    f->step_v_h = fmax(f->step_v_h, s->v_h);
    if (f->onset_id) {
        f->w_a = fmax(f->w_a, s->a);
        f->w_v = fmax(f->w_v, s->v);
        f->w_a_z = fmax(f->w_a_z, s->a_z);
        f->w_v_z = fmax(f->w_v_z, s->v_z);
        f->w_a_h = fmax(f->w_a_h, s->a_h);
        f->w_v_h = fmax(f->w_v_h, s->v_h);
        f->w_d = fmax(f->w_d, s->d);
        f->w_mid = fmax(f->w_mid, s->mid);
        f->all_z += s->vel_z;
        f->all_h += s->vel_h;
        if ((double)(sample - f->onset) <= f->rate_hz) {
            f->first_z += s->vel_z;
            f->first_h += s->vel_h;
        }
        motion_peaks_step(&f->peaks, &s->motion);
    }
    if (sample < f->step_end)
        return false;
    end_step(f, sample);
    return true;
}

bool features_step(struct features *f, const double zne[3], const struct features_sample **now)
{
    struct features_sample *s = &f->ring[f->n % f->ring_length];
    struct features_maxima *m = &f->bucket[f->buckets % FEATURES_BUCKETS];

    if (f->running.n == 0)
        f->step_a = f->step_v = f->step_a_h = f->step_v_h = 0;
    filter(f, zne, s);
    *now = s;
    m->a = fmax(m->a, s->a);
    m->v = fmax(m->v, s->v);
    m->d = fmax(m->d, s->d);
    if (f->n >= f->bucket_end) {
        f->buckets++;
        f->bucket_end += (int64_t)(BUCKET_S * f->rate_hz);
        f->bucket[f->buckets % FEATURES_BUCKETS] = (struct features_maxima){0};
    }
    bool ended = gather(f, s, f->n);
    f->n++;
    return ended;
}

/* Largest values of the half seconds that lie wholly within [from_s, to_s] before sample `at`. */
static struct features_maxima maxima_before(const struct features *f, int64_t at, double from_s, double to_s)
{
    struct features_maxima m = {0};
    double length = floor(BUCKET_S * f->rate_hz), rate = f->rate_hz;
    int64_t begin = f->bucket_end; /* end of the bucket that is filling */

    for (int64_t i = 1; i < FEATURES_BUCKETS && i <= f->buckets; i++) {
        double end_s = ((double)(at - begin) + (double)i * length) / rate;
        double start_s = end_s + length / rate;
        if (end_s < to_s - 0.25 || start_s > from_s + 0.25)
            continue;
        const struct features_maxima *b = &f->bucket[(f->buckets - i) % FEATURES_BUCKETS];
        m.a = fmax(m.a, b->a);
        m.v = fmax(m.v, b->v);
        m.d = fmax(m.d, b->d);
    }
    return m;
}

void features_open(struct features *f, uint32_t onset_id, int64_t onset)
{
    int64_t oldest = f->n - f->ring_length + 1;

    if (onset < oldest)
        onset = oldest;
    if (onset < f->since) /* never across a gap */
        onset = f->since;
    f->onset_id = onset_id;
    f->onset = onset;
    f->w_a = f->w_v = f->w_a_z = f->w_v_z = f->w_a_h = f->w_v_h = f->w_d = f->w_mid = 0;
    f->first_z = f->first_h = f->all_z = f->all_h = 0;
    memset(f->growth, 0, sizeof f->growth);
    struct features_maxima before = maxima_before(f, onset, BACKGROUND_S, 1);
    f->background_a = before.a;
    f->background_v = before.v;
    f->noise_d = maxima_before(f, onset, NOISE_D_S, 1).d;
    /* Five seconds since the start or the last gap: less says nothing about the background. */
    f->has_background = (double)(onset - f->since) > 5 * f->rate_hz;
    motion_peaks_begin(&f->peaks);
    f->origin = onset;
    f->steps = 0;
    f->running = (struct features_sums){0};
    f->step_a = f->step_v = f->step_a_h = f->step_v_h = 0;
    set_step_end(f);
    for (int64_t i = onset; i < f->n; i++) {
        if (f->running.n == 0)
            f->step_a = f->step_v = f->step_a_h = f->step_v_h = 0;
        gather(f, &f->ring[i % f->ring_length], i);
    }
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
    return f->onset_id && f->has_background && maxima_before(f, f->n, 1.5, 0).a <= 2 * f->background_a;
}

static void fill_window(const struct features *f, struct window_report *w)
{
    struct features_sums last = last_steps(f, ENERGY_STEPS), tail = last_steps(f, TAIL_STEPS);

    w->onset_id = f->onset_id;
    w->t_s = features_window_s(f);
    w->pd_m = f->w_d;
    w->pd_noise_m = f->has_background ? f->noise_d : 0;
    w->pga_mps2 = f->w_a;
    w->pgv_mps = f->w_v;
    w->pga_z_mps2 = f->w_a_z;
    w->pgv_z_mps = f->w_v_z;
    w->pga_horizontal_mps2 = f->w_a_h;
    w->pgv_horizontal_mps = f->w_v_h;
    w->hv_log = log_ratio(f->first_h, f->first_z);
    if (f->steps > ENERGY_STEPS && last.n) {
        double n = (double)(f->n - f->onset - last.n);
        double z = last.vel_z / last.n, h = last.vel_h / last.n;
        double z0 = fmax(f->all_z - last.vel_z, 0) / n, h0 = fmax(f->all_h - last.vel_h, 0) / n;
        double jump = w->t_s >= S_FROM_S - 1e-6 ? clip(log_ratio(h, z) - log_ratio(h0, z0), -1.5, 2) : 0;
        w->s_growth = jump + 0.5 * clip(log_ratio(h, h0) * ramp(w->t_s), -1.5, 2);
    }
    for (int i = 0; i < 5; i++)
        w->growth += f->growth[i] / 5;
    if (tail.n)
        w->tail = sqrt(tail.mid / tail.n / fmax(f->w_mid, 1e-24));
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
static bool is_background(const struct features *f, int64_t at, const struct features_maxima *m)
{
    return (double)at > KNOWN_S * f->rate_hz || intensity_gbt_raw(m->a, m->v) < QUIET_INTENSITY;
}

void features_step_report(const struct features *f, struct report *r)
{
    struct features_sums second = last_steps(f, FEATURES_STEPS);
    struct features_maxima current = maxima_before(f, f->n, 10, 0);

    r->armed_observed = features_armed(f);
    r->step.pga_mps2 = f->step_a;
    r->step.pgv_mps = f->step_v;
    r->step.pga_horizontal_mps2 = f->step_a_h;
    r->step.pgv_horizontal_mps = f->step_v_h;
    r->step.current_pga_mps2 = fmax(fmax(current.a, f->step_a), f->bucket[f->buckets % FEATURES_BUCKETS].a);
    r->step.current_pgv_mps = fmax(fmax(current.v, f->step_v), f->bucket[f->buckets % FEATURES_BUCKETS].v);
    struct features_maxima background = {0};
    if (f->onset_id && f->has_background)
        background = (struct features_maxima){.a = f->background_a, .v = f->background_v};
    else if (!f->onset_id && (double)(f->n - f->since) > 5 * f->rate_hz)
        background = maxima_before(f, f->n, BACKGROUND_S, 1);
    if (is_background(f, f->onset_id ? f->onset : f->n, &background)) {
        r->step.background_pga_mps2 = background.a;
        r->step.background_pgv_mps = background.v;
    }
    r->step.high_ratio_log =
        f->has_high ? 0.5 * log10((second.high + 1e-20) / (second.mid + 1e-20)) : NO_RATIO;
    r->step.low_ratio_log = 0.5 * log10((second.low + 1e-20) / (second.mid + 1e-20));
    r->step.noise_mps2 = sqrt(f->noise_power);
    if (f->onset_id)
        fill_window(f, &r->window);
}
