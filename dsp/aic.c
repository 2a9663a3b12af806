#include "dsp/aic.h"

#include <float.h>
#include <math.h>

enum { EDGE = 4, SHORTEST = 10 }; /* samples: a mean square of fewer than four says nothing */

static double square_of(double x)
{
    double y = x * x;

    return isfinite(y) ? y : 0.0;
}

size_t aic_split(const double *x, size_t n, double floor_power, double *scratch, double *gain)
{
    size_t best = n / 2;
    double sum = 0.0, least = INFINITY;

    *gain = 1.0;
    if (n < SHORTEST)
        return best;
    if (!(floor_power > DBL_MIN)) /* also for NaN: the logarithm of zero must not be asked for */
        floor_power = DBL_MIN;
    for (size_t i = 0; i < n; i++) {
        sum += square_of(x[i]);
        scratch[i] = sum;
    }
    for (size_t k = EDGE; k <= n - EDGE; k++) {
        double before = (double)k, after = (double)(n - k);
        double v1 = scratch[k - 1] / before + floor_power;
        double v2 = (sum - scratch[k - 1]) / after + floor_power;
        double aic = before * log(v1) + after * log(v2);

        if (aic < least) {
            least = aic;
            best = k;
            *gain = v2 / v1;
        }
    }
    return best;
}
