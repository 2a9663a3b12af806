#include "dsp/jma.h"

#include <math.h>
#include <string.h>

#define LARGEST_MPS2 1e9

/* ---- filter ---- */

/* The filter is the product of analog sections, found by least squares of 2 log10 (|H| / F) over 0.04 to 25
 * Hz: within 0.0015 up to 12 Hz (tests/unit/dsp/oracle.py jma_fit). A staircase of real poles and zeros makes
 * the slope of F1, one zero at 0 Hz and a pair of each below 1 Hz make F3, three pairs of poles make F2. Hz;
 * h is the damping. */
static const double real_zero_hz[4] = {0.0, 2.4977, 2.4977, 13.1453};
static const double real_pole_hz[4] = {1.3620, 1.3620, 1.3620, 46.1654};
static const struct pair {
    double f_hz, h;
} low_zero = {0.9896, 0.7629}, low_pole = {0.6374, 0.6976},
  high_pole[3] = {{7.4741, 0.9852}, {15.2878, 0.6800}, {23.9714, 0.5178}};

static double definition(double f_hz)
{
    double x2 = f_hz * f_hz / 100.0, g = f_hz / 0.5;
    double p =
        1.0 + x2 * (0.694 + x2 * (0.241 + x2 * (0.0557 + x2 * (0.009664 + x2 * (0.00134 + x2 * 0.000155)))));

    return sqrt(-expm1(-g * g * g) / (f_hz * p));
}

/* s -> exp(s / rate): stable at every rate as the analog section is, and true at low frequencies. */
static void real_pair(double rate_hz, double f1_hz, double f2_hz, double *c1, double *c2)
{
    double z1 = exp(-2.0 * M_PI * f1_hz / rate_hz), z2 = exp(-2.0 * M_PI * f2_hz / rate_hz);

    *c1 = -(z1 + z2);
    *c2 = z1 * z2;
}

static void complex_pair(double rate_hz, struct pair p, double *c1, double *c2)
{
    double w = 2.0 * M_PI * p.f_hz / rate_hz, r = exp(-p.h * w);

    *c1 = -2.0 * r * cos(w * sqrt(1.0 - p.h * p.h));
    *c2 = r * r;
}

/* |1 + c1 z + c2 z^2|^2 on the unit circle */
static double power(double c0, double c1, double c2, double w)
{
    double re = c0 + c1 * cos(w) + c2 * cos(2.0 * w), im = c1 * sin(w) + c2 * sin(2.0 * w);

    return re * re + im * im;
}

static double cascade_power(const struct biquad *f, double w)
{
    double p = 1.0;

    for (int i = 0; i < JMA_SECTIONS; i++)
        p *= power(f[i].b0, f[i].b1, f[i].b2, w) / power(1.0, f[i].a1, f[i].a2, w);
    return p;
}

enum { GRID = 500 };

/* What the mapping lost towards half the rate is put back by one pair of zeros. Its squared magnitude is
 * linear in the cosines, n0 + n1 cos w + n2 cos 2w, so three unknowns by weighted least squares of the
 * relative error; Gram-Schmidt. */
static void fit_numerator(const struct biquad *f, double rate_hz, double n[3])
{
    double column[3][GRID], wanted[GRID], r[3][3] = {{0}}, top_hz = 0.4995 * rate_hz;

    for (int i = 0; i < GRID; i++) {
        double f_hz = 0.05 * pow(top_hz / 0.05, i / (GRID - 1.0)), w = 2.0 * M_PI * f_hz / rate_hz;
        double weight = f_hz <= 10.5 ? 1.0 : fmax(1e-5, pow(10.5 / f_hz, 4.0));
        double target = definition(f_hz) * definition(f_hz) / cascade_power(f, w);

        for (int k = 0; k < 3; k++)
            column[k][i] = cos(k * w) * weight / target;
        wanted[i] = weight;
    }
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < GRID; i++)
            r[k][k] += column[k][i] * column[k][i];
        r[k][k] = sqrt(r[k][k]);
        n[k] = 0.0;
        for (int i = 0; i < GRID; i++) {
            column[k][i] /= r[k][k];
            n[k] += column[k][i] * wanted[i];
        }
        for (int i = 0; i < GRID; i++)
            wanted[i] -= n[k] * column[k][i];
        for (int l = k + 1; l < 3; l++) {
            for (int i = 0; i < GRID; i++)
                r[k][l] += column[k][i] * column[l][i];
            for (int i = 0; i < GRID; i++)
                column[l][i] -= r[k][l] * column[k][i];
        }
    }
    for (int k = 2; k >= 0; k--) {
        for (int l = k + 1; l < 3; l++)
            n[k] -= r[k][l] * n[l];
        n[k] /= r[k][k];
    }
}

/* b with |b0 + b1 z + b2 z^2|^2 = n0 + n1 cos w + n2 cos 2w and its zeros inside: from the values at w = 0
 * and pi. At high rates the fit may dip a little below zero near half the rate; it becomes a zero on the
 * circle there. */
static void factor(const double n[3], struct biquad *f)
{
    double s = sqrt(fmax(n[0] + n[1] + n[2], 0.0)), d = sqrt(fmax(n[0] - n[1] + n[2], 0.0));
    double w = (s + d) / 2.0;

    f->b0 = (w + sqrt(fmax(w * w - 2.0 * n[2], 0.0))) / 2.0;
    f->b1 = (s - d) / 2.0;
    f->b2 = n[2] / (2.0 * f->b0);
}

bool jma_design(struct biquad out[JMA_SECTIONS], double rate_hz)
{
    struct biquad *f = out;
    double n[3];

    if (!(rate_hz >= 20.0 && rate_hz <= 1000.0))
        return false;
    for (int i = 0; i < JMA_SECTIONS; i++)
        f[i] = (struct biquad){.b0 = 1.0};
    for (int i = 0; i < 2; i++) {
        real_pair(rate_hz, real_zero_hz[2 * i], real_zero_hz[2 * i + 1], &f[i].b1, &f[i].b2);
        real_pair(rate_hz, real_pole_hz[2 * i], real_pole_hz[2 * i + 1], &f[i].a1, &f[i].a2);
    }
    complex_pair(rate_hz, low_zero, &f[2].b1, &f[2].b2);
    complex_pair(rate_hz, low_pole, &f[2].a1, &f[2].a2);
    for (int i = 0; i < 3; i++)
        complex_pair(rate_hz, high_pole[i], &f[3 + i].a1, &f[3 + i].a2);
    fit_numerator(f, rate_hz, n);
    factor(n, &f[3]);
    return true;
}

/* ---- the level exceeded for 0.3 s ---- */

static void level_clear(struct jma_level *l)
{
    uint32_t need = l->need;

    memset(l, 0, sizeof *l);
    l->need = need;
}

/* Counts have changed, and `above` with them: where is the answer now? */
static void level_settle(struct jma_level *l)
{
    while (l->above >= l->need)
        l->above -= l->count[++l->top];
    while (l->top > 0 && l->above + l->count[l->top] < l->need)
        l->above += l->count[l->top--];
}

static int64_t first_bin(void)
{
    return jma_top_bits(JMA_LEAST_GAL2);
}

/* Where a bin begins. */
static double bin_edge(uint32_t bin)
{
    int64_t bits = (int64_t)((uint64_t)(first_bin() + bin) << JMA_BIN_SHIFT);
    double a2_gal2;

    memcpy(&a2_gal2, &bits, sizeof bits);
    return a2_gal2;
}

static double level_value(const struct jma_level *l)
{
    double in_bin = l->count[l->top], rank = l->need - l->above - 0.5;

    if (l->top == 0 || rank > in_bin)
        return JMA_MIN;
    double low = bin_edge(l->top), high = bin_edge(l->top + 1);
    return fmin(log10(low + (1 - rank / in_bin) * (high - low)) + 0.94, JMA_MAX);
}

/* ---- both together ---- */

size_t jma_storage(double rate_hz, double window_s)
{
    if (!(rate_hz >= 20.0 && rate_hz <= 1000.0) || !(window_s > JMA_EXCEEDED_S && window_s <= 600.0))
        return 0;
    return (size_t)round(rate_hz * window_s);
}

bool jma_init(struct jma *j, double rate_hz, double window_s, uint16_t *storage)
{
    size_t n = jma_storage(rate_hz, window_s);
    struct biquad section[JMA_SECTIONS];

    if (n == 0)
        return false;
    memset(j, 0, sizeof *j);
    jma_design(section, rate_hz);
    for (int i = 0; i < JMA_SECTIONS - JMA_POLES; i++)
        wide_set(&j->section[i], &section[i], 0, 4);
    for (int i = 0; i < JMA_POLES; i++)
        wide_poles_set(&j->poles[i], &section[JMA_SECTIONS - JMA_POLES + i], 0, 4);
    j->in_event = true;
    j->current.need = j->event.need = (uint32_t)round(JMA_EXCEEDED_S * rate_hz);
    j->ring = storage;
    j->ring_n = n;
    return true;
}

void jma_reset(struct jma *j, const double offset_mps2[3])
{
    for (int i = 0; i < JMA_SECTIONS - JMA_POLES; i++)
        wide_rest(&j->section[i].state);
    for (int i = 0; i < JMA_POLES; i++)
        wide_rest(&j->poles[i].state);
    j->offset_known = offset_mps2 != NULL;
    if (offset_mps2)
        j->offset = VEC4(offset_mps2);
    j->at = j->filled = 0;
    level_clear(&j->current);
}

void jma_begin_event(struct jma *j)
{
    level_clear(&j->event);
    j->in_event = true;
}

void jma_end_event(struct jma *j)
{
    j->in_event = false;
}

VEC_CLONES void jma_filter(struct jma *j, const vec4 *accel_mps2, uint16_t *bin, size_t n)
{
    struct jma_state state;
    double a2_gal2 = j->a2_gal2;

    if (n == 0)
        return;
    jma_begin(j, &state, accel_mps2);
    for (size_t i = 0; i < n; i++) {
        a2_gal2 = jma_weigh(j, &state, &accel_mps2[i]);
        bin[i] = jma_bin(a2_gal2);
    }
    jma_finish(j, &state, a2_gal2);
}

static void count_event(struct jma_level *event, const uint16_t *bin, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (event->count[bin[i]] < UINT32_MAX) { /* more: an event of 49 days */
            event->count[bin[i]]++;
            event->above += bin[i] > event->top;
        }
    level_settle(event);
}

void jma_count(struct jma *j, const uint16_t *bin, size_t n)
{
    struct jma_level *now = &j->current;
    size_t at = j->at;

    for (size_t i = 0; i < n; i++) {
        if (j->filled == j->ring_n) {
            uint16_t old = j->ring[at];
            now->count[old]--;
            now->above -= old > now->top;
        } else {
            j->filled++;
        }
        j->ring[at] = bin[i];
        if (++at == j->ring_n)
            at = 0;
        now->count[bin[i]]++;
        now->above += bin[i] > now->top;
    }
    j->at = at;
    level_settle(now);
    if (j->in_event)
        count_event(&j->event, bin, n);
}

double jma_step(struct jma *j, const double accel_mps2[3])
{
    vec4 x = VEC4(accel_mps2);
    uint16_t bin;

    for (int c = 0; c < 3; c++)
        if (!(fabs(x[c]) <= LARGEST_MPS2))
            return jma_current(j);
    jma_filter(j, &x, &bin, 1);
    jma_count(j, &bin, 1);
    return jma_current(j);
}

double jma_current(const struct jma *j)
{
    return level_value(&j->current);
}

double jma_event(const struct jma *j)
{
    return level_value(&j->event);
}
