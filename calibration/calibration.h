/* calibration.h - from what a sensor's axes say to ground motion: offset, gain, orientation.
 *
 * zne = gain * (value - offset): gain carries scale, cross-axis terms and rotation to Z (up) N E at once.
 * Plain data, no allocation, any thread. How it is measured belongs in this folder too, and is not there yet.
 */
#ifndef TOCSIN_CALIBRATION_CALIBRATION_H
#define TOCSIN_CALIBRATION_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>

struct calibration {
    double gain[3][3];
    double offset[3]; /* in the sensor's unit, before the gain */
    bool plain;       /* gain is the unit matrix and offset zero: nothing to do */
};

/* Rotation only (3x3, rows Z N E); NULL: the axes are Z N E already. */
struct calibration calibration_from_rotation(const double to_zne[3][3]);
/* n samples in place. */
void calibration_apply(const struct calibration *c, double (*value)[3], size_t n);

#endif
