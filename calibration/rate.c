#include "calibration/rate.h"

#include <math.h>

void rate_line_init(struct rate_line *r, double nominal_hz)
{
    *r = (struct rate_line){.nominal_hz = nominal_hz};
}

void rate_line_add(struct rate_line *r, int64_t index, int64_t time_ns)
{
    if (r->points++ == 0) {
        r->first_index = index;
        r->first_ns = time_ns;
    }
    double x = (double)(index - r->first_index), span_s = (double)(time_ns - r->first_ns) * 1e-9;
    double t = span_s - x / r->nominal_hz;
    double n = (double)r->points, dx = x - r->mean_x, dt = t - r->mean_t;
    r->mean_x += dx / n;
    r->mean_t += dt / n;
    r->xx += dx * (x - r->mean_x);
    r->xt += dx * (t - r->mean_t);
    r->tt += dt * (t - r->mean_t);
    r->span_s = span_s;
}

bool rate_line_measure(const struct rate_line *r, struct rate_found *out)
{
    double period_s = 1 / r->nominal_hz + (r->xx > 0 ? r->xt / r->xx : 0);

    if (r->points < RATE_LINE_MIN || !(r->xx > 0 && period_s * r->nominal_hz > 1e-6 && r->span_s > 0))
        return false;
    double scatter = fmax(0, r->tt - r->xt * r->xt / r->xx);
    *out = (struct rate_found){
        .rate_hz = 1 / period_s, .jitter_s = sqrt(scatter / (double)(r->points - 2)), .span_s = r->span_s};
    out->off_ppm = (out->rate_hz / r->nominal_hz - 1) * 1e6;
    out->uncertainty_ppm = sqrt(12) * out->jitter_s / out->span_s * 1e6;
    return true;
}
