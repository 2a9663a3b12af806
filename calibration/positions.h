/* positions.h - offset, gain and misalignment of three axes from six positions at rest: each axis up once and down once.
 *
 * measured = offset + sensitivity * true, in m/s^2; the true vector is +-g along one axis of the case, as well as it was
 * placed. Offset and gain take what an axis says of its own two positions, so that a case placed askew by an angle e spoils them
 * by e^2 only; misalignment takes the other four, is spoiled by e itself, and what the four say against each other
 * tells how large e was. Plain functions, no allocation; any thread. */
#ifndef TOCSIN_CALIBRATION_POSITIONS_H
#define TOCSIN_CALIBRATION_POSITIONS_H

#include "io/error.h"

enum { POSITIONS = 6 }; /* +x -x +y -y +z -z: 2 * axis + (down) */

struct positions_fit {
    double offset_mps2[3];
    double gain[3];     /* by which an axis is to be multiplied, after the offset is taken off */
    double cross[3][3]; /* of axis k to axis j's motion, as a share; the diagonal is 0 */
    double placed_deg;  /* how far off the six were placed, root mean square of one direction */
    double cross_sigma; /* standard deviations that follow from it */
    double offset_sigma_mps2;
    double gain_sigma;
};

/* mean_mps2: x y z of each position, in the order above; gravity_mps2: the local one. 0, or -1 with err where the result is
 * no sensor's: not finite, an offset over 0.3 g, a gain off by more than 20 %, an axis that leans by more than 10 degrees,
 * placed worse than 5 degrees. */
int positions_fit(const double mean_mps2[POSITIONS][3], double gravity_mps2, struct positions_fit *out,
                  struct error *err);

#endif
