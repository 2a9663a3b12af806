#include "node/resample.h"

#include <math.h>
#include <stdbool.h>

enum { CROSSINGS = 16, STEPS = 512, TABLE = CROSSINGS * STEPS + 2 };

#define CUTOFF 0.45 /* of the lower rate */
#define BETA   9.0

/* The modified Bessel function I0 by its series. */
static double bessel_i0(double x)
{
    double term = 1, sum = 1;

    for (int k = 1; k < 60 && term > sum * 1e-17; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

static void fill(double *table)
{
    for (int i = 0; i < TABLE; i++) {
        double x = (double)i / STEPS, u = x / CROSSINGS; /* x in zero crossings */
        double window = u < 1 ? bessel_i0(BETA * sqrt(1 - u * u)) / bessel_i0(BETA) : 0;
        table[i] = (x > 0 ? sin(M_PI * x) / (M_PI * x) : 1) * window;
    }
}

size_t resample_count(size_t n, double from_hz, double to_hz)
{
    return n ? (size_t)floor((double)(n - 1) / from_hz * to_hz + 1e-9) + 1 : 0;
}

static void one(const double *table, const double (*from)[3], size_t n, double at, double bandwidth,
                double to[3])
{
    double half = CROSSINGS / bandwidth, sum[3] = {0}, weights = 0;
    long first = (long)ceil(at - half), last = (long)floor(at + half);

    for (long i = first; i <= last; i++) {
        double x = fabs((double)i - at) * bandwidth * STEPS;
        size_t k = (size_t)x;
        if (k > TABLE - 2)
            continue;
        double w = table[k] + (x - (double)k) * (table[k + 1] - table[k]);
        size_t j = i < 0 ? 0 : (size_t)i < n ? (size_t)i : n - 1;
        for (int a = 0; a < 3; a++)
            sum[a] += w * from[j][a];
        weights += w;
    }
    for (int a = 0; a < 3; a++)
        to[a] = sum[a] / weights;
}

int resample(const struct sys *sys, const double (*from)[3], size_t n, double from_hz, double to_hz,
             double (*to)[3])
{
    /* Zero crossings of the sinc in samples of `from`: 1 / bandwidth apart. */
    double bandwidth = 2 * CUTOFF * fmin(1, to_hz / from_hz);
    size_t count = resample_count(n, from_hz, to_hz);
    double *table = sys_alloc(sys, TABLE * sizeof *table);

    if (!table)
        return -1;
    fill(table);
    for (size_t k = 0; k < count; k++)
        one(table, from, n, (double)k * from_hz / to_hz, bandwidth, to[k]);
    sys_free(sys, table);
    return 0;
}
