#include "calibration/level.h"

#include <math.h>
#include <string.h>

#define G_MPS2   9.80665
#define WINDOW_S 0.5
#define DEGREES  (180 / 3.14159265358979323846)
/* Own choice: offsets by data sheets stay below 0.1 g, local gravity within 0.3 % of the standard's. */
static const double gravity_tolerance_mps2 = 0.12 * G_MPS2;
/* Own choice: 0.3 degrees of tilt; traffic in a building averages to less in half a second. */
static const double moved_limit_mps2 = 0.05;

bool level_init(struct level *l, double rate_hz)
{
    if (!(rate_hz > 0 && rate_hz <= 1e6))
        return false;
    memset(l, 0, sizeof *l);
    l->rate_hz = rate_hz;
    l->per_window = fmax(1, floor(WINDOW_S * rate_hz));
    return true;
}

static void merge_pairs(struct level *l)
{
    for (size_t i = 0; i < LEVEL_WINDOWS / 2; i++)
        for (int a = 0; a < 3; a++)
            l->mean[i][a] = (l->mean[2 * i][a] + l->mean[2 * i + 1][a]) / 2;
    l->windows = LEVEL_WINDOWS / 2;
    l->per_window *= 2;
}

static void end_window(struct level *l)
{
    for (int a = 0; a < 3; a++) {
        l->mean[l->windows][a] = l->sum[a] / l->n;
        l->sum[a] = 0;
    }
    l->n = 0;
    if (++l->windows == LEVEL_WINDOWS)
        merge_pairs(l);
}

void level_feed(struct level *l, const double (*xyz_mps2)[3], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double *x = xyz_mps2[i];
        if (!isfinite(x[0]) || !isfinite(x[1]) || !isfinite(x[2])) {
            l->not_finite++;
            continue;
        }
        for (int a = 0; a < 3; a++)
            l->sum[a] += x[a];
        if (++l->n >= l->per_window)
            end_window(l);
    }
}

static double angle_deg(double cosine)
{
    return acos(fmin(1, fmax(-1, cosine))) * DEGREES;
}

static void find_mean(const struct level *l, struct level_result *r)
{
    double n = (double)l->windows, square = 0;

    for (int a = 0; a < 3; a++) {
        for (size_t i = 0; i < l->windows; i++)
            r->mean_mps2[a] += l->mean[i][a] / n;
        square += r->mean_mps2[a] * r->mean_mps2[a];
    }
    r->gravity_mps2 = sqrt(square);
    r->seconds = n * l->per_window / l->rate_hz;
}

/* The window that is farthest from the whole; how far, in *far. */
static size_t find_motion(const struct level *l, const double mean[3], double *far)
{
    size_t which = 0;

    *far = 0;
    for (size_t i = 0; i < l->windows; i++) {
        double square = 0;
        for (int a = 0; a < 3; a++)
            square += (l->mean[i][a] - mean[a]) * (l->mean[i][a] - mean[a]);
        if (sqrt(square) > *far) {
            *far = sqrt(square);
            which = i;
        }
    }
    return which;
}

int level_result(const struct level *l, const double up_should[3], struct level_result *out,
                 struct error *err)
{
    struct level_result r = {.up = 0};
    double along = 0;

    if (l->windows < 2)
        return error_set(err, "%zu half seconds of usable samples; two are needed at least", l->windows);
    find_mean(l, &r);
    size_t which = find_motion(l, r.mean_mps2, &r.moved_mps2);
    if (!(r.moved_mps2 <= moved_limit_mps2))
        return error_set(err,
                         "it was moved: %.3g m/s^2 off its mean about %.1f s after the beginning; leave it "
                         "alone and measure again",
                         r.moved_mps2, ((double)which + 0.5) * l->per_window / l->rate_hz);
    if (!(fabs(r.gravity_mps2 - G_MPS2) <= gravity_tolerance_mps2))
        return error_set(err, "%.3g m/s^2 at rest is not 1 g: wrong scale or range, or no acceleration",
                         r.gravity_mps2);
    for (int a = 1; a < 3; a++)
        if (fabs(r.mean_mps2[a]) > fabs(r.mean_mps2[r.up]))
            r.up = a;
    r.is_down = r.mean_mps2[r.up] < 0;
    r.off_deg = angle_deg(fabs(r.mean_mps2[r.up]) / r.gravity_mps2);
    for (int a = 0; a < 3; a++)
        along += r.mean_mps2[a] * up_should[a];
    r.tilt_deg = angle_deg(along / r.gravity_mps2);
    *out = r;
    return 0;
}
