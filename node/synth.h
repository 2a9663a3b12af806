/* synth.h - a physically based synthetic record of an earthquake on three axes.
 *
 * The stochastic method of Boore (1983, BSSA 73:1865; 2003, PAGEOPH 160:635): Gaussian noise under an
 * envelope is given the spectrum of an omega-squared point source, seen through path and site. P and S have
 * each their own noise, envelope and spectrum. What is added here: the shaping is causal (minimum phase), so
 * that nothing precedes the onset
 * - the zero-phase original starts up to a second early, which would flatter or mislead a picker - and the
 * arrivals come with their geometry on three axes.
 *
 * For demonstrations, sensitivity studies and tests. A point source: within about one rupture length (M 6: 10
 * km, M 7: 40 km) it is too strong, and it knows no directivity, no surface waves, no layers. The same
 * configuration gives the same numbers on the same kind of processor; no clock, no system random number. */
#ifndef TOCSIN_NODE_SYNTH_H
#define TOCSIN_NODE_SYNTH_H

#include <stddef.h>
#include <stdint.h>

#include "io/block.h"
#include "io/error.h"
#include "io/sys.h"

struct synth_conf {
    double magnitude;        /* moment magnitude, 0..8.5 */
    double distance_km;      /* of the epicentre, 0..300 */
    double depth_km;         /* 1..200 */
    double back_azimuth_deg; /* from the node to the epicentre, clockwise from north */
    double stress_bar;       /* of the Brune source, 1..1000 */
    double rate_hz;          /* 20..4000 */
    double before_s;         /* quiet in front of the P, 0..86400 */
    double after_s;          /* record behind the S onset, 1..3600 */
    double
        noise_ug_rthz; /* white noise of the sensor, each axis, one-sided density in 1e-6 g per root hertz */
    int bits;          /* of the digitiser, 4..32; 0: none */
    double range_g;    /* of the digitiser, +-; beyond it the values are clipped */
    uint64_t seed;
};

/* M 6 at 30 km, 10 km deep, 100 bar, 100 Hz, 30 s in front, 60 s behind, 25 ug/rtHz, no digitiser, seed 1. */
extern const struct synth_conf synth_default;

enum synth_wave { SYNTH_P, SYNTH_S };

struct synth {
    size_t n;
    double (*value)[AXES]; /* m/s^2, gravity removed, up north east */
    double p_s, s_s;       /* onsets after the first sample, each on a sample */
    double origin_s;       /* origin time, usually before the first sample */
    double hypocentral_km;
    double corner_p_hz, corner_s_hz;
};

/* 0 and out->value for synth_free, or -1 and err: an argument out of range, memory. Takes 48 to 96 bytes a
 * sample while it works. */
int synth_make(struct synth *out, const struct sys *sys, const struct synth_conf *conf, struct error *err);
void synth_free(struct synth *s, const struct sys *sys);

/* What the method aims at: Fourier amplitude of the acceleration in m/s, root of the sum over the three axes.
 * A single record scatters about it as any random process; its mean square is this one's. */
double synth_amplitude(const struct synth_conf *conf, enum synth_wave wave, double f_hz);
double synth_corner_hz(const struct synth_conf *conf, enum synth_wave wave);

#endif
