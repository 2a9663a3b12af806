/* synth_sensor.h - what a sensor does to the ground's motion: noise, the end of its range, its steps. */
#ifndef TOCSIN_NODE_SYNTH_SENSOR_H
#define TOCSIN_NODE_SYNTH_SENSOR_H

#include <stddef.h>
#include <stdint.h>

#include "io/block.h"
#include "node/synth_random.h"

#define SYNTH_G_MPS2 9.80665

struct synth_sensor {
    double noise_ug_rthz; /* white, each axis, one-sided density in 1e-6 g per root hertz */
    int bits;             /* of the digitiser, 4..32; 0: none, and no end of the range either */
    double range_g;       /* full scale, + and - */
};

/* The step, m/s^2; 0 without a digitiser. */
double synth_sensor_lsb_mps2(const struct synth_sensor *s);
/* One-sided power density of its noise, (m/s^2)^2/Hz. */
double synth_sensor_density(const struct synth_sensor *s);
/* Adds its noise at that rate. */
void synth_sensor_noise(const struct synth_sensor *s, double rate_hz, double (*value)[AXES], size_t n,
                        struct synth_random *random);
/* Rounds to steps and cuts off at the range; how many values of the 3 n were cut off. */
uint64_t synth_sensor_digitise(const struct synth_sensor *s, double (*value)[AXES], size_t n);

#endif
