#include "calibration/noise.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/spectrum.h"

#define BAND_FROM_HZ 0.25 /* below, a window of 8 s has no three bins */
#define BAND_TO_HZ   40.0
#define LOUD_WINDOW  3.0
#define LOUD_RATIO   2.0
#define QUIET_RATIO  (1.0 / 3)

struct noise {
    const struct sys *sys;
    struct spectrum *spectrum;
    double rate_hz, bin_hz;
    size_t bins;
    unsigned windows;
    float *power;               /* [windows][axes][bins] */
    double *median[NOISE_AXES]; /* bins */
};

int noise_open(struct noise **out, const struct sys *sys, double rate_hz)
{
    struct spectrum_conf conf = SPECTRUM_CONF_DEFAULT(rate_hz);

    *out = NULL;
    if (!(rate_hz >= 4 && rate_hz <= 8000))
        return -EINVAL;
    struct noise *n = sys_alloc(sys, sizeof *n);
    if (!n)
        return -ENOMEM;
    n->sys = sys;
    n->rate_hz = rate_hz;
    conf.window_s = NOISE_WINDOW_S;
    conf.hop_s = NOISE_WINDOW_S / 2;
    int result = spectrum_open(&n->spectrum, &conf);
    if (result == 0) {
        n->bins = spectrum_bins(n->spectrum);
        n->bin_hz = spectrum_bin_hz(n->spectrum);
        n->power = sys_alloc(sys, NOISE_WINDOWS_MAX * NOISE_AXES * n->bins * sizeof *n->power);
        n->median[0] = sys_alloc(sys, NOISE_AXES * n->bins * sizeof *n->median[0]);
        result = n->power && n->median[0] ? 0 : -ENOMEM;
    }
    if (result != 0) {
        noise_close(n);
        return result;
    }
    for (int a = 1; a < NOISE_AXES; a++)
        n->median[a] = n->median[0] + (size_t)a * n->bins;
    *out = n;
    return 0;
}

void noise_close(struct noise *n)
{
    if (!n)
        return;
    spectrum_close(n->spectrum);
    sys_free(n->sys, n->power);
    sys_free(n->sys, n->median[0]);
    sys_free(n->sys, n);
}

static float *row(const struct noise *n, unsigned window, int axis)
{
    return n->power + (window * (size_t)NOISE_AXES + (size_t)axis) * n->bins;
}

void noise_add(struct noise *n, const double (*value)[NOISE_AXES], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!spectrum_step(n->spectrum, value[i], false) || n->windows == NOISE_WINDOWS_MAX)
            continue;
        for (unsigned a = 0; a < NOISE_AXES; a++)
            memcpy(row(n, n->windows, (int)a), spectrum_power(n->spectrum, a), n->bins * sizeof(float));
        n->windows++;
    }
}

void noise_gap(struct noise *n)
{
    spectrum_reset(n->spectrum);
}

/* ---- statistics ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_size);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

/* The mean of the median of n exponential variables of mean 1: order statistic k has the mean sum of 1/(n - i), i < k. */
static double median_of_exponential(unsigned n)
{
    unsigned half = n / 2;
    double sum = 0;

    for (unsigned i = 0; i < n - half; i++)
        sum += 1.0 / (n - i);
    return n % 2 ? sum : sum + 0.5 / (n - half);
}

static size_t bin_at(const struct noise *n, double hz)
{
    size_t k = (size_t)ceil(hz / n->bin_hz - 1e-6);

    return k < 1 ? 1 : k > n->bins - 1 ? n->bins - 1 : k;
}

static double top_hz(const struct noise *n)
{
    return fmin(BAND_TO_HZ, 0.45 * n->rate_hz);
}

/* Medians of all bins of an axis; returns power of mean over power of median in band, and the rms of the latter. */
static double settle_axis(struct noise *n, int axis, double *rms)
{
    double column[NOISE_WINDOWS_MAX], mean_power = 0, median_power = 0;
    double share = 1 / median_of_exponential(n->windows);
    size_t from = bin_at(n, BAND_FROM_HZ), to = bin_at(n, top_hz(n));

    for (size_t k = 0; k < n->bins; k++) {
        double sum = 0;
        for (unsigned w = 0; w < n->windows; w++)
            sum += column[w] = (double)row(n, w, axis)[k];
        n->median[axis][k] = median(column, n->windows) * share;
        if (k >= from && k <= to) {
            mean_power += sum / n->windows;
            median_power += n->median[axis][k];
        }
    }
    *rms = sqrt(median_power * n->bin_hz);
    return median_power > 0 ? mean_power / median_power : 1;
}

static unsigned count_disturbed(const struct noise *n)
{
    double power[NOISE_AXES][NOISE_WINDOWS_MAX], sorted[NOISE_WINDOWS_MAX], usual[NOISE_AXES];
    size_t from = bin_at(n, 1), to = bin_at(n, top_hz(n));
    unsigned count = 0;

    for (int a = 0; a < NOISE_AXES; a++) {
        for (unsigned w = 0; w < n->windows; w++) {
            power[a][w] = 0;
            for (size_t k = from; k <= to; k++)
                power[a][w] += (double)row(n, w, a)[k];
        }
        memcpy(sorted, power[a], n->windows * sizeof *sorted);
        usual[a] = median(sorted, n->windows);
    }
    for (unsigned w = 0; w < n->windows; w++) {
        bool loud = false;
        for (int a = 0; a < NOISE_AXES; a++)
            loud = loud || power[a][w] > LOUD_WINDOW * usual[a];
        count += loud;
    }
    return count;
}

static void make_bands(const struct noise *n, struct noise_result *out)
{
    for (int i = (int)ceil(10 * log10(BAND_FROM_HZ)); out->bands < NOISE_BANDS_MAX; i++) {
        double hz = pow(10, i / 10.0), edge = pow(10, 0.05);
        struct noise_band *b = &out->band[out->bands];
        size_t from = bin_at(n, hz / edge), to = bin_at(n, hz * edge);
        if (hz * edge > 0.45 * n->rate_hz)
            return;
        if (to <= from)
            to = from + 1;
        *b = (struct noise_band){.hz = hz};
        for (int a = 0; a < NOISE_AXES; a++) {
            for (size_t k = from; k < to; k++)
                b->psd[a] += n->median[a][k];
            b->psd[a] /= (double)(to - from);
        }
        out->bands++;
    }
}

/* Of the quietest third of the bands where the ground does not rule: their mean. */
static double white(const struct noise *n, const struct noise_result *r, int axis)
{
    double psd[NOISE_BANDS_MAX], sum = 0;
    size_t count = 0;

    for (unsigned b = 0; b < r->bands; b++)
        if (r->band[b].hz >= fmin(1, 0.1 * n->rate_hz) && r->band[b].hz <= 0.4 * n->rate_hz)
            psd[count++] = r->band[b].psd[axis];
    if (count == 0)
        return NAN;
    qsort(psd, count, sizeof *psd, by_size);
    size_t quiet = (count + 2) / 3;
    for (size_t i = 0; i < quiet; i++)
        sum += psd[i];
    return sqrt(sum / (double)quiet);
}

bool noise_measure(struct noise *n, struct noise_result *out)
{
    *out = (struct noise_result){.windows = n->windows};
    if (n->windows < NOISE_WINDOWS_MIN)
        return false;
    for (int a = 0; a < NOISE_AXES; a++)
        out->disturbance[a] = settle_axis(n, a, &out->rms_mps2[a]);
    out->disturbed = count_disturbed(n);
    make_bands(n, out);
    for (int a = 0; a < NOISE_AXES; a++)
        out->floor[a] = white(n, out, a);
    return true;
}

double noise_of_steps(double lsb_mps2, double rate_hz)
{
    return lsb_mps2 / sqrt(12) / sqrt(rate_hz / 2);
}

enum noise_verdict noise_judge(double floor, double spec, double lsb_mps2, double rate_hz)
{
    if (!(floor > 0))
        return NOISE_DEAD;
    if (spec <= 0)
        return NOISE_OK;
    if (floor > LOUD_RATIO * fmax(spec, noise_of_steps(lsb_mps2, rate_hz)))
        return NOISE_LOUD;
    return floor < QUIET_RATIO * spec ? NOISE_QUIET : NOISE_OK;
}
