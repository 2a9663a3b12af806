/* level.h - which way is up, how far from level, and whether the sensor stood still meanwhile: from gravity alone.
 *
 * Feed samples in m/s^2 in the sensor's own axes x, y, z; a sensor at rest says +1 g on the axis that points up. Means
 * are kept of windows of half a second; as many as would not fit are merged in pairs, so that memory is constant. Samples that
 * are not finite are counted and left out. Plain data, no allocation, no clock; any thread. */
#ifndef TOCSIN_CALIBRATION_LEVEL_H
#define TOCSIN_CALIBRATION_LEVEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/error.h"

enum { LEVEL_WINDOWS = 256 };

struct level {
    double rate_hz;
    double per_window; /* samples */
    size_t windows;    /* complete ones */
    double mean[LEVEL_WINDOWS][3];
    double n, sum[3]; /* of the window that is being filled */
    uint64_t not_finite;
};

struct level_result {
    double mean_mps2[3];
    double gravity_mps2; /* length of the mean */
    int up;              /* axis 0..2 that is nearest to up; its other end where is_down */
    bool is_down;
    double off_deg;    /* of that axis from the vertical */
    double tilt_deg;   /* of the axis that should be up, by up_should */
    double moved_mps2; /* largest distance of a window's mean from the whole's */
    double seconds;
};

/* False, *l untouched, unless 0 < rate_hz <= 1e6. */
bool level_init(struct level *l, double rate_hz);
void level_feed(struct level *l, const double (*xyz_mps2)[3], size_t n);
/* up_should: unit vector in x, y, z that the installer takes for up. 0, or -1 with err: too few samples (1 s), the sensor
 * was moved, or what it measures is not 1 g. */
int level_result(const struct level *l, const double up_should[3], struct level_result *out,
                 struct error *err);

#endif
