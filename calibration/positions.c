#include "calibration/positions.h"

#include <math.h>

#define DEGREES (180 / 3.14159265358979323846)
/* Own choice: beyond what data sheets of usable accelerometers allow. */
static const double offset_max_g = 0.3, gain_off_max = 0.2, cross_max = 0.17, placed_max_deg = 5;

static int check(const struct positions_fit *f, double g, struct error *err)
{
    for (int k = 0; k < 3; k++) {
        if (!(fabs(f->offset_mps2[k]) <= offset_max_g * g))
            return error_set(err, "an offset of %.3g m/s^2 on %c is no sensor's: was each position held?",
                             f->offset_mps2[k], "xyz"[k]);
        if (!(fabs(f->gain[k] - 1) <= gain_off_max))
            return error_set(err, "a gain of %.3g on %c: the scale is wrong", f->gain[k], "xyz"[k]);
        for (int j = 0; j < 3; j++)
            if (!(fabs(f->cross[k][j]) <= cross_max))
                return error_set(err, "%c follows %c by %.0f %%: no sensor leans so; place its case square",
                                 "xyz"[k], "xyz"[j], 100 * f -> cross[k][j]);
    }
    if (!(f->placed_deg <= placed_max_deg))
        return error_set(err, "placed %.1f degrees off: hold its case against something square",
                         f->placed_deg);
    return 0;
}

int positions_fit(const double mean_mps2[POSITIONS][3], double gravity_mps2, struct positions_fit *out,
                  struct error *err)
{
    struct positions_fit f = {.placed_deg = 0};
    double g = gravity_mps2, against = 0;

    for (int k = 0; k < 3; k++) {
        double up = mean_mps2[2 * k][k], down = mean_mps2[2 * k + 1][k];
        f.offset_mps2[k] = (up + down) / 2;
        f.gain[k] = 2 * g / (up - down);
        for (int j = 0; j < 3; j++) {
            if (j == k)
                continue;
            double there = mean_mps2[2 * j][k], back = mean_mps2[2 * j + 1][k];
            double off = (there + back) / 2 - f.offset_mps2[k];
            f.cross[k][j] = (there - back) / (2 * g);
            against += off * off;
        }
    }
    /* Six means of two placements each. */
    double e = sqrt(2 * against / 6) / g;
    f.placed_deg = e * DEGREES;
    f.cross_sigma = e / sqrt(2);
    f.offset_sigma_mps2 = g * e * e;
    f.gain_sigma = e * e;
    if (check(&f, g, err) < 0)
        return -1;
    *out = f;
    return 0;
}
