#include "dsp/differentiate.h"

#include <math.h>

#define LARGEST_MPS 1e9

bool differentiate_init(struct differentiate *d, double rate_hz)
{
    if (!(rate_hz > 0.0 && isfinite(rate_hz)))
        return false;
    *d = (struct differentiate){.rate_hz = rate_hz};
    return true;
}

void differentiate_reset(struct differentiate *d)
{
    *d = (struct differentiate){.rate_hz = d->rate_hz};
}

bool differentiate_step(struct differentiate *d, const double v_mps[3], double accel_mps2[3])
{
    bool first = d->seen == 0, second = d->seen == 1;

    for (int c = 0; c < 3; c++) {
        double v = fabs(v_mps[c]) <= LARGEST_MPS ? v_mps[c] : d->last[c];

        if (second)
            accel_mps2[c] = (v - d->last[c]) * d->rate_hz;
        else if (!first)
            accel_mps2[c] = (v - d->before[c]) * d->rate_hz / 2.0;
        d->before[c] = d->last[c];
        d->last[c] = v;
    }
    if (d->seen < 2)
        d->seen++;
    return !first;
}

bool differentiate_last(const struct differentiate *d, double accel_mps2[3])
{
    if (d->seen < 2)
        return false;
    for (int c = 0; c < 3; c++)
        accel_mps2[c] = (d->last[c] - d->before[c]) * d->rate_hz;
    return true;
}
