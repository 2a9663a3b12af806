/* synth.h - a physically based synthetic record of an earthquake on three axes.
 *
 * The stochastic method of Boore (1983, BSSA 73:1865; 2003, PAGEOPH 160:635): Gaussian noise under an
 * envelope is given the spectrum of an omega-squared source, seen through path and site (synth_model.h). P
 * and S have each their own noise, envelope and spectrum. Long ruptures are rows of sub-events
 * (synth_rupture.h), each with its own distance, direction and delay. What is added here: the shaping is
 * causal (minimum phase), so that nothing precedes the onset - the zero-phase original starts up to a second
 * early, which would flatter or mislead a picker - and the arrivals come with their geometry on three axes.
 *
 * For demonstrations, sensitivity studies and tests. Neither a point nor a
 * rupture knows directivity of amplitude, surface waves, layers, or ground that
 * yields. The same configuration gives the same numbers on the same kind of processor; no clock, no system
 * random number. */
#ifndef TOCSIN_NODE_SYNTH_H
#define TOCSIN_NODE_SYNTH_H

#include <stddef.h>
#include <stdint.h>

#include "io/block.h"
#include "io/error.h"
#include "io/sys.h"
#include "node/synth_model.h"
#include "node/synth_sensor.h"

#define SYNTH_FINITE_FROM 6.5 /* magnitude from which SYNTH_AUTO is SYNTH_FINITE */

enum synth_source { SYNTH_AUTO, SYNTH_POINT, SYNTH_FINITE };

struct synth_conf {
    enum synth_model_name model;
    double magnitude;        /* moment magnitude, 0..9 */
    double distance_km;      /* of the epicentre, 0..300 */
    double depth_km;         /* of the hypocentre, 1..200 */
    double back_azimuth_deg; /* from the node to the epicentre, clockwise from north */
    double stress_bar; /* of the source, 1..1000: the level above its corners, as one corner would have it */
    enum synth_source source;
    double strike_deg;    /* of a finite source */
    double rupture_speed; /* over the shear velocity, 0.1..0.95: 0.8 is usual, 0.3 a slow earthquake */
    double ramp;          /* share of the rupture, 0..1, over which it grows from 0.1 to its full strength */
    enum synth_site site;
    double kappa_s;  /* 0: that of the site; else 0.001..0.2 */
    double rate_hz;  /* 20..4000 */
    double before_s; /* quiet in front of the P, 0..86400 */
    double after_s;  /* record behind the S onset of the last sub-event, 1..3600 */
    struct synth_sensor sensor;
    uint64_t seed;
};

/* M 6 at 30 km, 10 km deep, 160 bar, rock, 100 Hz, 30 s in front, 60 s behind, 25 ug/rtHz, no digitiser,
 * model tune, seed 1. */
extern const struct synth_conf synth_default;

struct synth {
    size_t n;
    double (*value)[AXES]; /* m/s^2, gravity removed, up north east */
    double p_s, s_s;       /* onsets after the first sample, each on a sample */
    double origin_s;       /* origin time, usually before the first sample */
    double hypocentral_km;
    double nearest_km;               /* horizontally to the rupture; of a point the distance */
    double length_km;                /* of the rupture; 0: a point */
    double duration_s;               /* of the rupture: from the first sub-event to the last */
    double corner_p_hz, corner_s_hz; /* of the whole moment */
    double peak_mps2;                /* largest on one axis, noise not counted */
    uint64_t clipped;                /* values at the end of the range */
};

/* Are the arguments within their ranges, and is the record no longer than memory may hold? 0, or -1 and err.
 */
int synth_check(const struct synth_conf *conf, struct error *err);
/* 0 and out->value for synth_free, or -1 and err: an argument out of range, memory. Takes up to 130 bytes a
 * sample while it works; about 2 ms a second of record at 100 Hz, for each sub-event. */
int synth_make(struct synth *out, const struct sys *sys, const struct synth_conf *conf, struct error *err);
void synth_free(struct synth *s, const struct sys *sys);

/* What synth_make and synth_tele_make end with: peak_mps2, then the sensor. */
void synth_finish(struct synth *s, const struct synth_conf *conf, struct synth_random *random);

/* What the method aims at for a point: Fourier amplitude of the acceleration in m/s, root of the sum over the
 * three axes. A single record scatters about it as any random process; its mean square is this one's. */
double synth_amplitude(const struct synth_conf *conf, enum synth_wave wave, double f_hz);
double synth_corner_hz(const struct synth_conf *conf, enum synth_wave wave);

#endif
