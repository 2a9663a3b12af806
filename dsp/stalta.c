#include "dsp/stalta.h"

#include <math.h>

static bool windows(double rate_hz, double sta_s, double lta_s, uint32_t *sta_n, uint32_t *lta_n)
{
    double s = round(rate_hz * sta_s), l = round(rate_hz * lta_s);

    if (!(sta_s > 0.0 && sta_s < lta_s && lta_s <= 1e6) || !(s >= 1.0 && s < l && l < (double)UINT32_MAX))
        return false;
    *sta_n = (uint32_t)s;
    *lta_n = (uint32_t)l;
    return true;
}

static double energy_of(const double x[3], unsigned axes)
{
    double e = 0.0;

    for (unsigned c = 0; c < 3; c++)
        if (axes & 1u << c)
            e += x[c] * x[c];
    return e;
}

bool stalta_init(struct stalta *s, double rate_hz, double sta_s, double lta_s)
{
    uint32_t sta_n, lta_n;

    if (!windows(rate_hz, sta_s, lta_s, &sta_n, &lta_n))
        return false;
    *s = (struct stalta){.sta_gain = 1.0 / sta_n, .lta_gain = 1.0 / lta_n, .warmup = lta_n};
    stalta_reset(s);
    return true;
}

void stalta_reset(struct stalta *s)
{
    s->sta = s->lta = s->ratio = 0.0;
    s->left = s->warmup;
}

static double step(struct stalta *s, double e)
{
    double sta_gain = s->sta_gain, lta_gain = s->lta_gain;

    if (!isfinite(e))
        return s->ratio;
    if (s->left > 0) {
        lta_gain = 1.0 / (s->warmup - s->left + 1);
        sta_gain = fmax(sta_gain, lta_gain);
        s->left--;
    }
    s->sta += sta_gain * (e - s->sta);
    s->lta += lta_gain * (e - s->lta);
    s->ratio = s->left == 0 && s->lta > 0.0 ? s->sta / s->lta : 0.0;
    return s->ratio;
}

double stalta_step(struct stalta *s, double accel_mps2)
{
    return step(s, accel_mps2 * accel_mps2);
}

double stalta_step3(struct stalta *s, const double x[3], unsigned axes)
{
    return step(s, energy_of(x, axes));
}

bool stalta4_init(struct stalta4 *s, double rate_hz, double sta_s, double lta_s)
{
    uint32_t sta_n, lta_n;

    if (!windows(rate_hz, sta_s, lta_s, &sta_n, &lta_n))
        return false;
    *s = (struct stalta4){.sta_gain = 1.0 / sta_n, .lta_gain = 1.0 / lta_n, .warmup = lta_n};
    stalta4_reset(s);
    return true;
}

void stalta4_reset(struct stalta4 *s)
{
    s->sta = s->lta = (vec4){0};
    s->left = s->warmup;
}

/* Settled, as nearly always; false, and nothing done, where some energy is not finite. */
VEC_INLINE bool feed_settled(struct stalta4 *s, const vec4 *energy, struct stalta4_sample *out, size_t n)
{
    struct stalta4_state now;

    stalta4_begin(s, &now);
    for (size_t i = 0; i < n; i++)
        stalta4_step(s, &now, &energy[i], &out[i]);
    return stalta4_finish(s, &now);
}

VEC_CLONES void stalta4_feed(struct stalta4 *s, const vec4 *energy, struct stalta4_sample *out, size_t n)
{
    static const struct stalta4_sample none = {{0}, {1, 1, 1, 1}};
    vec4 sta = s->sta, lta = s->lta;

    if (s->left == 0 && feed_settled(s, energy, out, n))
        return;
    for (size_t i = 0; i < n; i++) {
        vec4 e = energy[i];
        double sta_gain = s->sta_gain, lta_gain = s->lta_gain;
        if (e[3] <= DBL_MAX) {
            if (s->left > 0) {
                lta_gain = 1.0 / (s->warmup - s->left + 1);
                sta_gain = vec_max(sta_gain, lta_gain);
                s->left--;
            }
            sta += sta_gain * (e - sta);
            lta += lta_gain * (e - lta);
        }
        out[i].sta = sta;
        out[i].lta = lta;
        if (s->left > 0)
            out[i] = none;
    }
    s->sta = sta;
    s->lta = lta;
}

double stalta4_ratio(const struct stalta4_sample *s, int lane)
{
    return s->lta[lane] > 0 ? s->sta[lane] / s->lta[lane] : 0;
}

VEC_CLONES double stalta4_largest(const struct stalta4_sample *s)
{
    vec4 ratio = VEC4_AND(s->lta > 0.0, s->sta / s->lta);

    return vec_max(vec_max(vec_max(vec_max(0, ratio[0]), ratio[1]), ratio[2]), ratio[3]);
}

/* Knuth's two-sum: high + low is exact but for the rounding of low. */
static void sum_add(struct stalta_sum *s, double x)
{
    double t = s->high + x, part = t - s->high;

    s->low += (s->high - (t - part)) + (x - part);
    s->high = t;
}

/* A little under zero is rounding; a mean square is not negative. */
static double sum_mean(const struct stalta_sum *s, size_t n)
{
    return fmax(s->high + s->low, 0.0) / (double)n;
}

size_t stalta_box_storage(double rate_hz, double sta_s, double lta_s)
{
    uint32_t sta_n, lta_n;

    return windows(rate_hz, sta_s, lta_s, &sta_n, &lta_n) ? lta_n : 0;
}

bool stalta_box_init(struct stalta_box *s, double rate_hz, double sta_s, double lta_s, double *storage)
{
    uint32_t sta_n, lta_n;

    if (!windows(rate_hz, sta_s, lta_s, &sta_n, &lta_n))
        return false;
    *s = (struct stalta_box){.sta_n = sta_n, .lta_n = lta_n, .energy = storage};
    return true;
}

void stalta_box_reset(struct stalta_box *s)
{
    s->at = s->filled = 0;
    s->sta = s->lta = (struct stalta_sum){0.0, 0.0};
    s->ratio = 0.0;
}

static double box_step(struct stalta_box *s, double e)
{
    if (!isfinite(e))
        return s->ratio;
    if (s->filled == s->lta_n)
        sum_add(&s->lta, -s->energy[s->at]);
    else
        s->filled++;
    if (s->filled > s->sta_n)
        sum_add(&s->sta, -s->energy[s->at >= s->sta_n ? s->at - s->sta_n : s->at + s->lta_n - s->sta_n]);
    s->energy[s->at] = e;
    sum_add(&s->sta, e);
    sum_add(&s->lta, e);
    if (++s->at == s->lta_n)
        s->at = 0;

    double lta = sum_mean(&s->lta, s->lta_n);

    s->ratio = s->filled == s->lta_n && lta > 0.0 ? sum_mean(&s->sta, s->sta_n) / lta : 0.0;
    return s->ratio;
}

double stalta_box_step(struct stalta_box *s, double accel_mps2)
{
    return box_step(s, accel_mps2 * accel_mps2);
}

double stalta_box_step3(struct stalta_box *s, const double x[3], unsigned axes)
{
    return box_step(s, energy_of(x, axes));
}
