#include "dsp/spectrum.h"

#include <errno.h>
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOWEST_HZ    0.75 /* the onset detector's first octave */
#define TOP_OF_RATE  0.45 /* above it the sensor's own filter rules */
#define LARGEST_MPS2 1e9

struct spectrum {
    size_t n, bins, hop;
    size_t low, high; /* bins in band: low <= k < high */
    double rate_hz, bin_hz, scale, floor_density;
    float noise_gain;

    vec4 *ring; /* n, the last samples */
    size_t at, filled, since_hop;
    bool may_learn;
    uint64_t learnt; /* windows in the noise */

    float *window, *time; /* n */
    fftwf_complex *freq;  /* bins */
    fftwf_plan plan;
    float *power, *noise; /* 3 x bins */
    double *sum;          /* bins: power over the axes */
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
    s->noise_gain = (float)fmin(1.0, conf->hop_s / conf->memory_s);
    for (size_t i = 0; i < s->n; i++) /* periodic Hann */
        window_power += pow(0.5 - 0.5 * cos(2.0 * M_PI * (double)i / (double)s->n), 2.0);
    s->scale = 2.0 / (conf->rate_hz * window_power);
    s->floor_density = conf->floor_mps2 * conf->floor_mps2 / (0.5 * conf->rate_hz);
    for (double f = LOWEST_HZ; f < TOP_OF_RATE * conf->rate_hz && s->result.bands < SPECTRUM_BANDS_MAX;
         f *= 2.0)
        s->result.band_hz[s->result.bands++] = f;
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
    s->ring = aligned_alloc(sizeof *s->ring, s->n * sizeof *s->ring);
    s->power = calloc(3 * s->bins, sizeof *s->power);
    s->noise = calloc(3 * s->bins, sizeof *s->noise);
    s->sum = calloc(s->bins, sizeof *s->sum);
    s->window = malloc(s->n * sizeof *s->window);
    s->time = fftwf_alloc_real(s->n);
    s->freq = fftwf_alloc_complex(s->bins);
    if (!s->ring || !s->power || !s->noise || !s->sum || !s->window || !s->time || !s->freq)
        goto fail;
    for (size_t i = 0; i < s->n; i++)
        s->window[i] = (float)(0.5 - 0.5 * cos(2.0 * M_PI * (double)i / (double)s->n));
    s->plan = fftwf_plan_dft_r2c_1d((int)s->n, s->time, s->freq, FFTW_ESTIMATE);
    if (!s->plan)
        goto fail;
    spectrum_reset(s);
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
    free(s->window);
    free(s->sum);
    free(s->noise);
    free(s->power);
    free(s->ring);
    free(s);
}

void spectrum_reset(struct spectrum *s)
{
    s->at = s->filled = s->since_hop = 0;
    s->may_learn = true;
}

void spectrum_forget(struct spectrum *s)
{
    s->learnt = 0;
    memset(s->noise, 0, 3 * s->bins * sizeof *s->noise);
}

/* The mean goes in double, before the rounding to float: 1 g would hide a microgal. */
static void transform(struct spectrum *s, unsigned axis)
{
    float *power = s->power + axis * s->bins;
    double mean = 0.0;

    for (size_t i = 0; i < s->n; i++)
        mean += s->ring[i][axis];
    mean /= (double)s->n;
    for (size_t i = 0; i < s->n; i++) {
        size_t k = s->at + i < s->n ? s->at + i : s->at + i - s->n; /* oldest first */

        s->time[i] = (float)(s->ring[k][axis] - mean) * s->window[i];
    }
    fftwf_execute(s->plan);
    for (size_t k = 0; k < s->bins; k++) {
        double re = (double)s->freq[k][0], im = (double)s->freq[k][1];
        double one_sided = k == 0 || 2 * k == s->n ? 0.5 : 1.0;

        power[k] = (float)(one_sided * s->scale * (re * re + im * im));
        s->sum[k] = (double)power[k] + (axis == 0 ? 0.0 : s->sum[k]);
    }
}

static void learn(struct spectrum *s)
{
    float gain;

    s->learnt++;
    gain = fmaxf(1.0f / (float)s->learnt, s->noise_gain);
    for (size_t i = 0; i < 3 * s->bins; i++)
        s->noise[i] += gain * (s->power[i] - s->noise[i]);
}

static double noise_at(const struct spectrum *s, size_t k)
{
    return (double)s->noise[k] + (double)s->noise[s->bins + k] + (double)s->noise[2 * s->bins + k] +
           s->floor_density;
}

static void compare(struct spectrum *s)
{
    struct spectrum_result *r = &s->result;
    double power[SPECTRUM_BANDS_MAX] = {0}, noise[SPECTRUM_BANDS_MAX] = {0}, whitened = 0.0;
    unsigned b = 0;

    for (size_t k = s->low; k < s->high; k++) {
        double p = s->sum[k] + s->floor_density, n = noise_at(s, k);

        while (b + 1 < r->bands && (double)k * s->bin_hz >= r->band_hz[b + 1] - 1e-9)
            b++;
        power[b] += p;
        noise[b] += n;
        whitened += p / n;
    }
    r->noise_known = s->learnt > 0;
    for (b = 0; b < r->bands; b++)
        r->band_snr[b] = r->noise_known && noise[b] > 0.0 ? power[b] / noise[b] : 0.0;
    r->snr = r->noise_known ? whitened / (double)(s->high - s->low) : 0.0;
}

/* The vertex of the parabola through the logarithms of three bins: for a tone and a Hann window within 0.06
 * bins. */
static double peak_bin(const struct spectrum *s, size_t k)
{
    double a = log(s->sum[k - 1] + s->floor_density), b = log(s->sum[k] + s->floor_density);
    double c = log(s->sum[k + 1] + s->floor_density), bend = a - 2.0 * b + c;

    return (double)k + (bend < 0.0 ? fmin(fmax(0.5 * (a - c) / bend, -0.5), 0.5) : 0.0);
}

static void describe(struct spectrum *s)
{
    struct spectrum_result *r = &s->result;
    double total = 0.0, moment = 0.0, logs = 0.0, line = 0.0, count = (double)(s->high - s->low);
    size_t peak = s->low;

    for (size_t k = s->low; k < s->high; k++) {
        double p = s->sum[k];

        total += p;
        moment += p * (double)k;
        logs += log(p + s->floor_density);
        if (p > s->sum[peak])
            peak = k;
        if (k > s->low && k + 1 < s->high)
            line = fmax(line, s->sum[k - 1] + p + s->sum[k + 1]);
    }
    r->rms_mps2 = sqrt(total * s->bin_hz);
    r->centroid_hz = total > 0.0 ? moment / total * s->bin_hz : 0.0;
    r->dominant_hz = total > 0.0 ? peak_bin(s, peak) * s->bin_hz : 0.0;
    r->line = total > 0.0 ? line / total : 0.0;
    r->flatness = total > 0.0 ? exp(logs / count) / (total / count + s->floor_density) : 0.0;
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

static void keep(struct spectrum *s, const vec4 *accel_mps2, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        s->ring[s->at] = accel_mps2[i];
        s->at = s->at + 1 == s->n ? 0 : s->at + 1;
    }
    s->filled = s->filled + n < s->n ? s->filled + n : s->n;
    s->result.samples += n;
    s->since_hop += n;
}

static void analyse(struct spectrum *s)
{
    for (unsigned c = 0; c < 3; c++)
        transform(s, c);
    compare(s);
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
    return s->power + axis * s->bins;
}

const float *spectrum_noise(const struct spectrum *s, unsigned axis)
{
    return s->noise + axis * s->bins;
}
