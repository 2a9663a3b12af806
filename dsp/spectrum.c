#include "dsp/spectrum.h"

#include <errno.h>
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOWEST_HZ    0.75 /* the onset detector's first octave */
#define TOP_OF_RATE  0.45 /* above it the sensor's own filter rules */
#define LARGEST_MPS2 1e9

enum { PAST = 4 }; /* windows of past that have room: a copy every three windows */

struct spectrum {
    size_t n, bins, hop;
    size_t low, high; /* bins in band: low <= k < high */
    size_t band_from[SPECTRUM_BANDS_MAX + 1];
    double rate_hz, bin_hz, scale, floor_density;
    float noise_gain;

    double *past[3]; /* Z N E: the last samples, the newest before `end`; moved to the front when full */
    size_t end, filled, since_hop;
    bool may_learn;
    uint64_t learnt; /* windows in the noise */

    /* All with room for whole vectors at the end; `row` is the length of an axis' share. */
    size_t row;
    float *window, *time; /* n */
    fftwf_complex *freq;  /* bins */
    fftwf_plan plan;
    float *power, *noise;    /* 3 x row */
    double *sum;             /* row: power over the axes in band, 0 outside of it */
    double *signal, *ground; /* row: signal and noise with the floor, in band */
    struct spectrum_result result;
};

static size_t quick_length(size_t n)
{
    for (;; n++) {
        size_t m = n;

        while (m % 2 == 0)
            m /= 2;
        while (m % 3 == 0)
            m /= 3;
        while (m % 5 == 0)
            m /= 5;
        if (m == 1 && n % 2 == 0)
            return n;
    }
}

static bool conf_ok(const struct spectrum_conf *c)
{
    double n = c->window_s * c->rate_hz, hop = c->hop_s * c->rate_hz;

    return c->rate_hz >= 4.0 && c->rate_hz <= 1e5 && n >= 16.0 && n <= 1048576.0 && hop >= 0.5 && hop <= n &&
           c->memory_s > 0.0 && isfinite(c->memory_s) && c->floor_mps2 > 0.0 && c->floor_mps2 <= LARGEST_MPS2;
}

static void lay_out(struct spectrum *s, const struct spectrum_conf *conf)
{
    double window_power = 0.0;

    s->rate_hz = conf->rate_hz;
    s->n = quick_length((size_t)ceil(conf->window_s * conf->rate_hz - 1e-9));
    s->bins = s->n / 2 + 1;
    s->hop = (size_t)fmax(1.0, round(conf->hop_s * conf->rate_hz));
    s->bin_hz = conf->rate_hz / (double)s->n;
    s->low = (size_t)fmax(1.0, ceil(LOWEST_HZ / s->bin_hz - 1e-9));
    s->high = (size_t)floor(TOP_OF_RATE * conf->rate_hz / s->bin_hz + 1e-9) + 1;
    s->row = (s->bins + 3) / 4 * 4 + 4;
    s->noise_gain = (float)fmin(1.0, conf->hop_s / conf->memory_s);
    for (size_t i = 0; i < s->n; i++) /* periodic Hann */
        window_power += pow(0.5 - 0.5 * cos(2.0 * M_PI * (double)i / (double)s->n), 2.0);
    s->scale = 2.0 / (conf->rate_hz * window_power);
    s->floor_density = conf->floor_mps2 * conf->floor_mps2 / (0.5 * conf->rate_hz);
    for (double f = LOWEST_HZ; f < TOP_OF_RATE * conf->rate_hz && s->result.bands < SPECTRUM_BANDS_MAX;
         f *= 2.0)
        s->result.band_hz[s->result.bands++] = f;
    for (unsigned b = 0; b <= s->result.bands; b++) {
        double edge = b < s->result.bands ? ceil(s->result.band_hz[b] / s->bin_hz - 1e-9) : (double)s->high;
        s->band_from[b] = (size_t)fmin(fmax(edge, (double)s->low), (double)s->high);
    }
}

int spectrum_open(struct spectrum **out, const struct spectrum_conf *conf)
{
    struct spectrum *s;

    *out = NULL;
    if (!conf_ok(conf))
        return -EINVAL;
    if (!(s = calloc(1, sizeof *s)))
        return -ENOMEM;
    lay_out(s, conf);
    for (int c = 0; c < 3; c++)
        s->past[c] = calloc(PAST * s->n, sizeof *s->past[c]);
    s->power = fftwf_malloc(3 * s->row * sizeof *s->power);
    s->noise = fftwf_malloc(3 * s->row * sizeof *s->noise);
    s->sum = calloc(s->row, sizeof *s->sum);
    s->signal = calloc(s->row, sizeof *s->signal);
    s->ground = calloc(s->row, sizeof *s->ground);
    s->window = fftwf_alloc_real(s->n + 4);
    s->time = fftwf_alloc_real(s->n + 4);
    s->freq = fftwf_alloc_complex(s->row);
    if (!s->past[0] || !s->past[1] || !s->past[2] || !s->power || !s->noise || !s->sum || !s->signal ||
        !s->ground || !s->window || !s->time || !s->freq)
        goto fail;
    memset(s->power, 0, 3 * s->row * sizeof *s->power);
    memset(s->freq, 0, s->row * sizeof *s->freq);
    for (size_t i = 0; i < s->n; i++)
        s->window[i] = (float)(0.5 - 0.5 * cos(2.0 * M_PI * (double)i / (double)s->n));
    s->plan = fftwf_plan_dft_r2c_1d((int)s->n, s->time, s->freq, FFTW_ESTIMATE);
    if (!s->plan)
        goto fail;
    spectrum_reset(s);
    spectrum_forget(s);
    *out = s;
    return 0;
fail:
    spectrum_close(s);
    return -ENOMEM;
}

void spectrum_close(struct spectrum *s)
{
    if (!s)
        return;
    if (s->plan)
        fftwf_destroy_plan(s->plan);
    fftwf_free(s->freq);
    fftwf_free(s->time);
    fftwf_free(s->window);
    free(s->ground);
    free(s->signal);
    free(s->sum);
    fftwf_free(s->noise);
    fftwf_free(s->power);
    for (int c = 0; c < 3; c++)
        free(s->past[c]);
    free(s);
}

void spectrum_reset(struct spectrum *s)
{
    s->end = s->filled = s->since_hop = 0;
    s->may_learn = true;
}

void spectrum_forget(struct spectrum *s)
{
    s->learnt = 0;
    memset(s->noise, 0, 3 * s->row * sizeof *s->noise);
}

/* The last window of one axis to s->time, freed of its mean and tapered. The mean goes in double, before the
 * rounding to float: 1 g would hide a microgal. */
VEC_CLONES static void taper(struct spectrum *s, unsigned axis)
{
    const double *x = s->past[axis] + s->end - s->n;
    vec4 sum = {0};
    double mean = 0.0;
    size_t i;

    for (i = 0; i + 4 <= s->n; i += 4)
        sum += *(const vec4_any *)(x + i);
    for (; i < s->n; i++)
        mean += x[i];
    mean = (mean + VEC4_SUM3(sum) + sum[3]) / (double)s->n;
    for (i = 0; i + 4 <= s->n; i += 4) {
        vec4 off = *(const vec4_any *)(x + i) - mean;
        *(vec4f *)(s->time + i) = __builtin_convertvector(off, vec4f) * *(const vec4f *)(s->window + i);
    }
    for (; i < s->n; i++)
        s->time[i] = (float)(x[i] - mean) * s->window[i];
}

VEC_CLONES static void square(struct spectrum *s, unsigned axis)
{
    float *power = s->power + axis * s->row, scale = (float)s->scale;

    for (size_t k = 0; k < s->bins; k += 4) {
        const vec4f *z = (const vec4f *)(s->freq + k);
        vec4f a = z[0] * z[0], b = z[1] * z[1];
        *(vec4f *)(power + k) =
            (__builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7)) * scale;
    }
    /* One-sided: 0 Hz, and half the rate where there is a bin, have no other side. */
    power[0] *= 0.5f;
    if (s->n % 2 == 0)
        power[s->n / 2] *= 0.5f;
}

VEC_CLONES static void learn(struct spectrum *s)
{
    float gain;

    s->learnt++;
    gain = fmaxf(1.0f / (float)s->learnt, s->noise_gain);
    for (size_t i = 0; i < 3 * s->row; i += 4) {
        vec4f *noise = (vec4f *)(s->noise + i);
        *noise += gain * (*(const vec4f *)(s->power + i) - *noise);
    }
}

/* Over the axes, of one bin. */
static double power_at(const struct spectrum *s, size_t k)
{
    return (double)s->power[k] + (double)s->power[s->row + k] + (double)s->power[2 * s->row + k];
}

/* The vertex of the parabola through the logarithms of three bins: for a tone and a Hann window within 0.06
 * bins. */
static double peak_bin(const struct spectrum *s, size_t k)
{
    double a = log(power_at(s, k - 1) + s->floor_density), b = log(power_at(s, k) + s->floor_density);
    double c = log(power_at(s, k + 1) + s->floor_density), bend = a - 2.0 * b + c;

    return (double)k + (bend < 0.0 ? fmin(fmax(0.5 * (a - c) / bend, -0.5), 0.5) : 0.0);
}

struct totals { /* over the bins in band */
    double power, moment, whitened, logs, largest;
    size_t peak;
};

/* A product of many numbers as a mantissa in 1..2 and an exponent: its logarithm is the sum of theirs, and
 * one logarithm is enough. */
struct product {
    vec4 mantissa;
    vec4_mask exponent;
};

VEC_INLINE void product_add(struct product *p, const vec4 *factor)
{
    const int64_t fraction = 0x000fffffffffffff, one = 0x3ff0000000000000;
    vec4_mask bits = (vec4_mask)(p->mantissa * *factor);

    p->exponent += (bits >> 52) - 1023; /* no factor is negative */
    p->mantissa = (vec4)((bits & fraction) | one);
}

static double product_log(const struct product *p)
{
    double sum = 0;

    for (int i = 0; i < 4; i++)
        sum += log(p->mantissa[i]) + M_LN2 * (double)p->exponent[i];
    return sum;
}

/* One pass over the bins in band, four at a time; the last ones may be past its end and count nothing. */
VEC_CLONES static void add_up(struct spectrum *s, struct totals *t)
{
    vec4 power = {0}, moment = {0}, whitened = {0}, largest = {0}, peak = {0}, one = VEC4_ALL(1.0);
    vec4 k = {0, 1, 2, 3}, high = VEC4_ALL((double)s->high);
    struct product product = {.mantissa = one};

    k += (double)s->low;
    for (size_t i = s->low; i < s->high; i += 4, k += 4.0) {
        const float *a = s->power + i, *b = s->noise + i;
        vec4f sum =
            *(const vec4f_any *)a + *(const vec4f_any *)(a + s->row) + *(const vec4f_any *)(a + 2 * s->row);
        vec4f quiet =
            *(const vec4f_any *)b + *(const vec4f_any *)(b + s->row) + *(const vec4f_any *)(b + 2 * s->row);
        vec4_mask in = (vec4_mask)(k < high);
        vec4 p = __builtin_convertvector(sum, vec4), n = __builtin_convertvector(quiet, vec4), q, ratio;
        p = VEC4_AND(in, p);
        q = p + s->floor_density;
        n += s->floor_density;
        *(vec4_any *)(s->sum + i) = p;
        *(vec4_any *)(s->signal + i) = q;
        *(vec4_any *)(s->ground + i) = n;
        power += p;
        moment += p * k;
        ratio = q / n;
        whitened += VEC4_AND(in, ratio);
        q = VEC4_SELECT(in, q, one);
        product_add(&product, &q);
        vec4_mask more = (vec4_mask)(p > largest);
        largest = VEC4_SELECT(more, p, largest);
        peak = VEC4_SELECT(more, k, peak);
    }
    *t = (struct totals){.power = VEC4_SUM3(power) + power[3],
                         .moment = VEC4_SUM3(moment) + moment[3],
                         .whitened = VEC4_SUM3(whitened) + whitened[3],
                         .logs = product_log(&product),
                         .peak = s->low};
    for (int i = 0; i < 4; i++)
        if (largest[i] > t->largest ||
            (largest[i] == t->largest && largest[i] > 0 && peak[i] < (double)t->peak)) {
            t->largest = largest[i];
            t->peak = (size_t)peak[i];
        }
}

/* The largest sum of three neighbours: outside of the band stand zeros. */
VEC_CLONES static double strongest_line(const struct spectrum *s)
{
    vec4 largest = {0};

    for (size_t i = s->low; i < s->high; i += 4) {
        vec4 three = *(const vec4_any *)(s->sum + i - 1) + *(const vec4_any *)(s->sum + i) +
                     *(const vec4_any *)(s->sum + i + 1);
        largest = VEC4_MAX(largest, three);
    }
    return vec_max(vec_max(largest[0], largest[1]), vec_max(largest[2], largest[3]));
}

static void compare_bands(struct spectrum *s)
{
    struct spectrum_result *r = &s->result;

    for (unsigned b = 0; b < r->bands; b++) {
        double power = 0.0, noise = 0.0;
        for (size_t k = s->band_from[b]; k < s->band_from[b + 1]; k++) {
            power += s->signal[k];
            noise += s->ground[k];
        }
        r->band_snr[b] = r->noise_known && noise > 0.0 ? power / noise : 0.0;
    }
}

static void describe(struct spectrum *s)
{
    struct spectrum_result *r = &s->result;
    double count = (double)(s->high - s->low);
    struct totals t;

    add_up(s, &t);
    r->noise_known = s->learnt > 0;
    r->snr = r->noise_known ? t.whitened / count : 0.0;
    compare_bands(s);
    bool any = t.power > 0.0;
    r->rms_mps2 = sqrt(t.power * s->bin_hz);
    r->centroid_hz = any ? t.moment / t.power * s->bin_hz : 0.0;
    r->dominant_hz = any ? peak_bin(s, t.peak) * s->bin_hz : 0.0;
    r->line = any ? strongest_line(s) / t.power : 0.0;
    r->flatness = any ? exp(t.logs / count) / (t.power / count + s->floor_density) : 0.0;
}

/* The hop completes at the so-many-th sample from now. */
static size_t until_hop(const struct spectrum *s)
{
    size_t hop = s->since_hop < s->hop ? s->hop - s->since_hop : 1, fill = s->n - s->filled;

    return hop > fill ? hop : fill;
}

size_t spectrum_run(const struct spectrum *s)
{
    return until_hop(s) > 1 ? until_hop(s) - 1 : s->hop;
}

void spectrum_disturbed(struct spectrum *s)
{
    s->may_learn = false;
}

/* Room behind the last window for n samples. */
static void make_room(struct spectrum *s, size_t n)
{
    if (s->end + n <= PAST * s->n)
        return;
    for (int c = 0; c < 3; c++)
        memmove(s->past[c], s->past[c] + s->end - s->n, s->n * sizeof *s->past[c]);
    s->end = s->n;
}

VEC_CLONES static void keep(struct spectrum *s, const vec4 *accel_mps2, size_t n)
{
    double *z, *north, *east;
    size_t i;

    make_room(s, n);
    z = s->past[0] + s->end;
    north = s->past[1] + s->end;
    east = s->past[2] + s->end;
    for (i = 0; i + 4 <= n; i += 4) {
        const vec4 *x = accel_mps2 + i;
        vec4 lane[3];
        VEC4_TRANSPOSE3(lane[0], lane[1], lane[2], x[0], x[1], x[2], x[3]);
        *(vec4_any *)(z + i) = lane[0];
        *(vec4_any *)(north + i) = lane[1];
        *(vec4_any *)(east + i) = lane[2];
    }
    for (; i < n; i++) {
        z[i] = accel_mps2[i][0];
        north[i] = accel_mps2[i][1];
        east[i] = accel_mps2[i][2];
    }
    s->end += n;
    s->filled = s->filled + n < s->n ? s->filled + n : s->n;
    s->result.samples += n;
    s->since_hop += n;
}

static void analyse(struct spectrum *s)
{
    for (unsigned c = 0; c < 3; c++) {
        taper(s, c);
        fftwf_execute(s->plan);
        square(s, c);
    }
    describe(s);
    if (s->may_learn)
        learn(s);
    s->since_hop = 0;
    s->may_learn = true;
}

bool spectrum_feed(struct spectrum *s, const vec4 *accel_mps2, size_t n)
{
    bool due = n > 0 && until_hop(s) == 1;

    keep(s, accel_mps2, due ? 1 : n);
    if (!due)
        return false;
    analyse(s);
    keep(s, accel_mps2 + 1, n - 1);
    return true;
}

bool spectrum_step(struct spectrum *s, const double accel_mps2[3], bool may_learn)
{
    vec4 x = VEC4(accel_mps2);

    for (int c = 0; c < 3; c++)
        if (!(fabs(x[c]) <= LARGEST_MPS2))
            return false;
    if (!may_learn)
        spectrum_disturbed(s);
    return spectrum_feed(s, &x, 1);
}

const struct spectrum_result *spectrum_result(const struct spectrum *s)
{
    return &s->result;
}

size_t spectrum_bins(const struct spectrum *s)
{
    return s->bins;
}

double spectrum_bin_hz(const struct spectrum *s)
{
    return s->bin_hz;
}

const float *spectrum_power(const struct spectrum *s, unsigned axis)
{
    return s->power + axis * s->row;
}

const float *spectrum_noise(const struct spectrum *s, unsigned axis)
{
    return s->noise + axis * s->row;
}
