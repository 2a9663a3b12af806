/* synth_model.h - the physics of a synthetic earthquake: source, path and site in one table.
 *
 * Two models, so that what tunes the detector and what judges it are not the same earthquakes: `tune` is
 * generic California; `judge` has another crust, path and source shape (and draws from
 * other random streams). Each value states its source; what is said to be from memory was not looked up. */
#ifndef TOCSIN_NODE_SYNTH_MODEL_H
#define TOCSIN_NODE_SYNTH_MODEL_H

enum synth_model_name { SYNTH_TUNE, SYNTH_JUDGE };
enum synth_wave { SYNTH_P, SYNTH_S };
/* By the shear velocity of the upper 30 m: 1500, 620, 360, 250 m/s. */
enum synth_site { SYNTH_HARD, SYNTH_ROCK, SYNTH_STIFF, SYNTH_SOFT, SYNTH_SITES };

struct synth_model {
    const char *name;
    double vp_kms, vs_kms, density_kgm3;   /* at the source */
    double vp_top_kms, vs_top_kms;         /* where a ray arrives it has bent upwards */
    double sharpness;                      /* of a corner: 1 Brune, 2 Boatwright */
    double low_ratio;                      /* of the lower corner over that of Atkinson & Silva */
    double corner_ratio;                   /* of P over that of S */
    double q0, q_slope, q_ratio_p;         /* Q(f) = q0 f^slope of S; that of P is q_ratio_p times it */
    double near_km, far_km;                /* 1/R up to near, level up to far, then 1/sqrt(R) */
    double kappa_ratio_p;                  /* of P over that of S */
    double direct_s_per_km;                /* duration that the way adds to a direct wave */
    double scattered_duration;             /* share of what it adds as published, of the scattered ones */
    double scattered_s_per_km;             /* and what they have besides */
    double peak_p, peak_s, peak_scattered; /* where in its window the envelope of a wave has its peak */
    double window_eta;                     /* amplitude at the end of a window */
    double transmitted_p;                  /* of the P amplitude that the uniform crust gives */
    double scattered_p, scattered_s;       /* share of the energy that comes from everywhere, on all axes */
};

const struct synth_model *synth_model(enum synth_model_name name);
const char *synth_site_name(enum synth_site site); /* hard rock stiff soft */
double synth_site_kappa_s(enum synth_site site);   /* of S, near the surface, where nothing else is said */

/* Everything below is of one wave. Corner: Brune (1970), stress drop in bar. */
double synth_model_corner_hz(const struct synth_model *m, enum synth_wave wave, double magnitude,
                             double stress_bar);
/* Level of the displacement spectrum towards zero frequency at the surface, m s; root of the sum over axes.
 */
double synth_model_level_ms(const struct synth_model *m, enum synth_wave wave, double magnitude, double r_km);
/* The source's shape: two corners, of which the lower is that of the whole rupture's duration, and the upper
 * such that above it the source radiates as one of that stress drop with a single corner would. */
struct synth_shape {
    double low_hz, high_hz, share; /* of the moment that has the upper corner, 0..1 */
};
struct synth_shape synth_model_shape(const struct synth_model *m, enum synth_wave wave, double magnitude,
                                     double stress_bar);
/* Its natural logarithm: 0 below the corners, falling with f^-2 above. */
double synth_model_log_shape(const struct synth_model *m, const struct synth_shape *shape, double f_hz);
/* Natural logarithm of what path and site do to the amplitude. */
double synth_model_log_path(const struct synth_model *m, enum synth_wave wave, double f_hz, double r_km,
                            enum synth_site site, double kappa_s);
/* What the way adds to the duration of the source, s: the whole wave train's, as observed. */
double synth_model_path_s(double r_km);
/* A source is as large as it is: at r_km from a point of it, its waves are as if they came from this far. */
double synth_model_effective_km(double magnitude, double r_km);
double synth_model_velocity_kms(const struct synth_model *m, enum synth_wave wave);
double synth_model_quality(const struct synth_model *m, enum synth_wave wave, double f_hz);

#endif
