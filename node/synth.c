#include "node/synth.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "node/synth_random.h"
#include "node/synth_rupture.h"
#include "node/synth_transform.h"

/* The coda follows where the window ends: 1 / lapse time and Q at 3 Hz (Aki & Chouet 1975). */
#define CODA_HZ 3.0
#define WINDOW  2.0 /* over the duration (Saragoni & Hart 1974, in Boore 2003) [from memory] */

enum { SAMPLES_MAX = 1 << 22 };

const struct synth_conf synth_default = {
    .magnitude = 6.0,
    .distance_km = 30.0,
    .depth_km = 10.0,
    .back_azimuth_deg = 35.0,
    .stress_bar = 160.0,
    .rupture_speed = 0.8,
    .site = SYNTH_ROCK,
    .rate_hz = 100.0,
    .before_s = 30.0,
    .after_s = 60.0,
    .sensor = {.noise_ug_rthz = 25.0, .range_g = 2.0},
    .seed = 1,
};

/* One source on its way: the whole earthquake, or a sub-event of it. */
struct path {
    const struct synth_conf *conf;
    const struct synth_model *model;
    double magnitude; /* of the part: its size and its duration; its spectrum is a share of the whole's */
    double distance_km, r_km, effective_km, back_azimuth_deg, gain, kappa_s;
};

static struct path path_make(const struct synth_conf *c, double magnitude, const struct synth_subevent *s)
{
    return (struct path){
        .conf = c,
        .model = synth_model(c->model),
        .magnitude = magnitude,
        .distance_km = s->distance_km,
        .r_km = hypot(s->distance_km, c->depth_km),
        .effective_km = synth_model_effective_km(magnitude, hypot(s->distance_km, c->depth_km)),
        .back_azimuth_deg = s->back_azimuth_deg,
        .gain = s->gain,
        .kappa_s = c->kappa_s > 0.0 ? c->kappa_s : synth_site_kappa_s(c->site),
    };
}

static struct path path_of_point(const struct synth_conf *c)
{
    struct synth_subevent whole = {0.0, c->distance_km, c->back_azimuth_deg, 1.0};

    return path_make(c, c->magnitude, &whole);
}

static double level_ms(const struct path *p, enum synth_wave wave)
{
    return p->gain * synth_model_level_ms(p->model, wave, p->conf->magnitude, p->effective_km);
}

static struct synth_shape shape_of(const struct path *p, enum synth_wave wave)
{
    return synth_model_shape(p->model, wave, p->conf->magnitude, p->conf->stress_bar);
}

static double log_path(const struct path *p, enum synth_wave wave, double f_hz)
{
    return synth_model_log_path(p->model, wave, f_hz, p->effective_km, p->conf->site, p->kappa_s);
}

double synth_corner_hz(const struct synth_conf *c, enum synth_wave wave)
{
    return synth_model_corner_hz(synth_model(c->model), wave, c->magnitude, c->stress_bar);
}

double synth_amplitude(const struct synth_conf *c, enum synth_wave wave, double f_hz)
{
    struct path p = path_of_point(c);
    struct synth_shape shape = shape_of(&p, wave);
    double w = 2.0 * M_PI * f_hz;

    return level_ms(&p, wave) * w * w *
           exp(synth_model_log_shape(p.model, &shape, f_hz) + log_path(&p, wave, f_hz));
}

/* Natural logarithm of the magnitude, but for two differences (1 - 1/z)^2 that stand for the squared
 * frequency: what they lack towards the Nyquist frequency is made up here. Finite everywhere, so that its
 * cepstrum exists. */
static double log_magnitude(const struct path *p, const struct synth_shape *shape, enum synth_wave wave,
                            double f_hz)
{
    double half = M_PI * f_hz / p->conf->rate_hz;

    return log_path(p, wave, f_hz) + synth_model_log_shape(p->model, shape, f_hz) +
           (half > 0.0 ? 2.0 * log(half / sin(half)) : 0.0);
}

/* Fills h with the transfer function from noise to acceleration: the magnitude is synth_amplitude, the phase
 * the one that belongs to it when nothing may come early. */
static void transfer(double complex *h, const struct synth_transform *t, const struct path *p,
                     enum synth_wave wave)
{
    size_t n = t->n;
    struct synth_shape shape = shape_of(p, wave);
    double rate = p->conf->rate_hz, level = level_ms(p, wave) * rate * rate, df = rate / (double)n;

    for (size_t k = 0; k <= n / 2; k++)
        h[k] = log_magnitude(p, &shape, wave, df * (double)k);
    for (size_t k = n / 2 + 1; k < n; k++)
        h[k] = h[n - k];
    synth_transform_minimum_phase(t, h);
    for (size_t k = 0; k < n; k++) {
        double angle = 2.0 * M_PI * (double)k / (double)n;
        double complex difference = synth_complex(1.0 - cos(angle), sin(angle));

        h[k] *= level * difference * difference;
    }
}

/* How one independent noise of a wave appears on Z N E. */
struct ray {
    enum synth_wave wave;
    bool scattered;
    double gain[AXES];
};

struct envelope {
    double epsilon, eta, length_s, b, travel_s, coda_rate;
};

static double source_s(const struct path *p, enum synth_wave wave)
{
    return 1.0 / synth_model_corner_hz(p->model, wave, p->magnitude, p->conf->stress_bar);
}

static double direct_s(const struct path *p, enum synth_wave wave)
{
    return WINDOW * (source_s(p, wave) + p->model->direct_s_per_km * p->r_km);
}

/* Between P and S, P waves go on being scattered into each other. */
static double scattered_s(const struct path *p, enum synth_wave wave)
{
    const struct synth_model *m = p->model;
    double way =
        m->scattered_duration * synth_model_path_s(p->effective_km) + m->scattered_s_per_km * p->r_km;
    double lapse = wave == SYNTH_P ? p->r_km * (1.0 / m->vs_kms - 1.0 / m->vp_kms) : 0.0;

    return fmax(direct_s(p, wave), WINDOW * (source_s(p, wave) + way + lapse));
}

static struct envelope envelope_make(const struct path *p, const struct ray *ray)
{
    const struct synth_model *m = p->model;
    double length = ray->scattered ? scattered_s(p, ray->wave) : direct_s(p, ray->wave);
    double eta = m->window_eta, epsilon = ray->scattered         ? m->peak_scattered
                                          : ray->wave == SYNTH_P ? m->peak_p
                                                                 : m->peak_s;

    return (struct envelope){
        .epsilon = epsilon,
        .eta = eta,
        .length_s = length,
        .b = -epsilon * log(eta) / (1.0 + epsilon * (log(epsilon) - 1.0)),
        .travel_s = p->r_km / synth_model_velocity_kms(p->model, ray->wave),
        .coda_rate = M_PI * CODA_HZ / synth_model_quality(p->model, ray->wave, CODA_HZ),
    };
}

static double envelope_at(const struct envelope *e, double t_s) /* peak 1; t_s after the onset */
{
    double x = t_s / e->length_s, end = e->travel_s + e->length_s;

    if (x <= 0.0)
        return 0.0;
    if (x <= 1.0)
        return pow(x / e->epsilon * exp(1.0 - x / e->epsilon), e->b);
    return e->eta * end / (e->travel_s + t_s) * exp(-e->coda_rate * (t_s - e->length_s));
}

enum { RAYS = 9 };

static void rays_make(struct ray ray[RAYS], const struct path *path)
{
    const struct synth_model *m = path->model;
    double slowness = path->distance_km / path->r_km; /* sine of the angle at the source */
    double sin_p = slowness * m->vp_top_kms / m->vp_kms, sin_s = slowness * m->vs_top_kms / m->vs_kms;
    double cos_p = sqrt(1.0 - sin_p * sin_p), cos_s = sqrt(1.0 - sin_s * sin_s);
    double away = path->back_azimuth_deg * M_PI / 180.0 + M_PI; /* the direction of travel */
    double n = cos(away), e = sin(away);
    double p = sqrt(1.0 - m->scattered_p), s = sqrt((1.0 - m->scattered_s) / 2.0);

    memset(ray, 0, RAYS * sizeof *ray);
    ray[0] = (struct ray){SYNTH_P, false, {p * cos_p, p * sin_p * n, p * sin_p * e}};
    ray[1] = (struct ray){SYNTH_S, false, {-s * sin_s, s * cos_s * n, s * cos_s * e}};
    ray[2] = (struct ray){SYNTH_S, false, {0.0, -s * e, s * n}};
    for (int a = 0; a < AXES; a++) {
        ray[3 + a].wave = SYNTH_P;
        ray[3 + a].scattered = ray[6 + a].scattered = true;
        ray[3 + a].gain[a] = sqrt(m->scattered_p / 3.0);
        ray[6 + a].wave = SYNTH_S;
        ray[6 + a].gain[a] = sqrt(m->scattered_s / 3.0);
    }
}

/* What synth_make works in: the axes Z and N as one complex series, E as another. */
struct work {
    struct synth_transform transform;
    double complex *h, *zn, *e;
    double *noise;
};

static void work_close(struct work *w, const struct sys *sys)
{
    synth_transform_close(&w->transform, sys);
    sys_free(sys, w->h);
    sys_free(sys, w->zn);
    sys_free(sys, w->e);
    sys_free(sys, w->noise);
}

static int work_open(struct work *w, const struct sys *sys, size_t n)
{
    memset(w, 0, sizeof *w);
    w->h = sys_alloc(sys, n * sizeof *w->h);
    w->zn = sys_alloc(sys, n * sizeof *w->zn);
    w->e = sys_alloc(sys, n * sizeof *w->e);
    w->noise = sys_alloc(sys, n * sizeof *w->noise);
    return w->h && w->zn && w->e && w->noise && synth_transform_open(&w->transform, sys, n) == 0 ? 0 : -1;
}

/* Noise under the envelope from sample `from` on, its mean squared Fourier amplitude 1 (Boore's
 * normalisation), added to the axes as the ray has it. */
static void ray_add(struct work *w, const struct ray *ray, size_t from, size_t to, const struct envelope *e,
                    double rate_hz, struct synth_random *random)
{
    double energy = 0.0, scale;

    for (size_t i = from; i < to; i++) {
        double v = envelope_at(e, (double)(i - from + 1) / rate_hz) * synth_random_normal(random);
        w->noise[i] = v;
        energy += v * v;
    }
    scale = energy > 0.0 ? rate_hz / sqrt(energy) : 0.0;
    for (size_t i = from; i < to; i++) {
        double v = w->noise[i] * scale;
        w->zn[i] += synth_complex(v * ray->gain[AXIS_Z], v * ray->gain[AXIS_N]);
        w->e[i] += v * ray->gain[AXIS_E];
    }
}

/* One wave of one source, from sample `from` on, added to the record. */
static void wave_add(struct synth *out, struct work *w, const struct path *p, enum synth_wave wave,
                     size_t from, size_t to, struct synth_random *random)
{
    size_t n = w->transform.n;
    struct ray ray[RAYS];

    memset(w->zn, 0, n * sizeof *w->zn);
    memset(w->e, 0, n * sizeof *w->e);
    rays_make(ray, p);
    for (int i = 0; i < RAYS; i++) {
        struct envelope envelope = envelope_make(p, &ray[i]);

        if (ray[i].wave == wave)
            ray_add(w, &ray[i], from, to, &envelope, p->conf->rate_hz, random);
    }
    transfer(w->h, &w->transform, p, wave);
    synth_transform_run(&w->transform, w->zn, -1);
    synth_transform_run(&w->transform, w->e, -1);
    for (size_t k = 0; k < n; k++) {
        w->zn[k] *= w->h[k] / (double)n;
        w->e[k] *= w->h[k] / (double)n;
    }
    synth_transform_run(&w->transform, w->zn, 1);
    synth_transform_run(&w->transform, w->e, 1);
    for (size_t k = 0; k < out->n; k++) {
        out->value[k][AXIS_Z] += creal(w->zn[k]);
        out->value[k][AXIS_N] += cimag(w->zn[k]);
        out->value[k][AXIS_E] += creal(w->e[k]);
    }
}

/* ---- the record ---- */

static double delay_s(const struct path *first, const struct path *p, double delay, enum synth_wave wave)
{
    return delay + (p->r_km - first->r_km) / synth_model_velocity_kms(p->model, wave);
}

/* Seconds from the first S onset to the last, and to the end of the last envelope. */
static void tail(const struct synth_rupture *r, const struct synth_conf *c, double *last_s, double *full_s)
{
    struct path first = path_of_point(c); /* the rupture begins at the hypocentre */

    *last_s = *full_s = 0.0;
    for (int i = 0; i < r->n; i++) {
        struct path p = path_make(c, r->magnitude, &r->sub[i]);
        double at = fmax(0.0, delay_s(&first, &p, r->sub[i].delay_s, SYNTH_S));

        *last_s = fmax(*last_s, at);
        *full_s = fmax(*full_s, at + scattered_s(&p, SYNTH_S));
    }
}

int synth_check(const struct synth_conf *c, struct error *err)
{
    const struct {
        const char *name;
        double value, min, max;
    } limits[] = {
        {"magnitude", c->magnitude, 0.0, 9.0},       {"distance", c->distance_km, 0.0, 300.0},
        {"depth", c->depth_km, 1.0, 200.0},          {"azimuth", c->back_azimuth_deg, -360.0, 360.0},
        {"stress", c->stress_bar, 1.0, 1000.0},      {"strike", c->strike_deg, -360.0, 360.0},
        {"speed", c->rupture_speed, 0.1, 0.95},      {"ramp", c->ramp, 0.0, 1.0},
        {"rate", c->rate_hz, 20.0, 4000.0},          {"before", c->before_s, 0.0, 86400.0},
        {"after", c->after_s, 1.0, 3600.0},          {"noise", c->sensor.noise_ug_rthz, 0.0, 100000.0},
        {"range", c->sensor.range_g, 0.001, 1000.0},
    };
    struct synth_rupture rupture;
    double last_s, full_s;

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (!(limits[i].value >= limits[i].min && limits[i].value <= limits[i].max))
            return error_set(err, "--%s %g is not within %g..%g", limits[i].name, limits[i].value,
                             limits[i].min, limits[i].max);
    if (c->kappa_s != 0.0 && !(c->kappa_s >= 0.001 && c->kappa_s <= 0.2))
        return error_set(err, "--kappa %g is not within 0.001..0.2", c->kappa_s);
    if (c->sensor.bits != 0 && (c->sensor.bits < 4 || c->sensor.bits > 32))
        return error_set(err, "--bits %d is not within 4..32", c->sensor.bits);
    synth_rupture_make(&rupture, c);
    tail(&rupture, c, &last_s, &full_s);
    if ((c->before_s + fmax(last_s + c->after_s, full_s)) * c->rate_hz > SAMPLES_MAX / 2.0)
        return error_set(
            err, "%.0f s at %g Hz is more than %d samples: shorten --before or --after, or lower --rate",
            c->before_s + fmax(last_s + c->after_s, full_s), c->rate_hz, SAMPLES_MAX / 2);
    return 0;
}

/* Points of the transform: it is a circle, and the tail of the longest period must have died before it comes
 * round again. */
static size_t points(const struct synth_conf *c, size_t full)
{
    size_t n = 4;

    while (n < full + (size_t)((20.0 + 2.0 / synth_corner_hz(c, SYNTH_S)) * c->rate_hz))
        n *= 2;
    return n;
}

static void add_all(struct synth *out, struct work *w, const struct synth_conf *c,
                    const struct synth_rupture *r, size_t full, struct synth_random *random)
{
    size_t onset[] = {
        [SYNTH_P] = (size_t)rint(out->p_s * c->rate_hz), [SYNTH_S] = (size_t)rint(out->s_s * c->rate_hz)};
    struct path first = path_of_point(c);

    for (enum synth_wave wave = SYNTH_P; wave <= SYNTH_S; wave++) {
        for (int i = 0; i < r->n; i++) {
            struct path p = path_make(c, r->magnitude, &r->sub[i]);
            double later = rint(fmax(0.0, delay_s(&first, &p, r->sub[i].delay_s, wave)) * c->rate_hz);

            wave_add(out, w, &p, wave, onset[wave] + (size_t)later, full, random);
        }
    }
}

void synth_finish(struct synth *s, const struct synth_conf *c, struct synth_random *random)
{
    s->peak_mps2 = 0.0;
    for (size_t i = 0; i < s->n; i++)
        for (int a = 0; a < AXES; a++)
            s->peak_mps2 = fmax(s->peak_mps2, fabs(s->value[i][a]));
    synth_sensor_noise(&c->sensor, c->rate_hz, s->value, s->n, random);
    s->clipped = synth_sensor_digitise(&c->sensor, s->value, s->n);
}

int synth_make(struct synth *out, const struct sys *sys, const struct synth_conf *c, struct error *err)
{
    const struct synth_model *m = synth_model(c->model);
    struct synth_rupture rupture;
    struct synth_random random;
    struct work work;
    double last_s, full_s;
    size_t p, s, full;

    memset(out, 0, sizeof *out);
    if (synth_check(c, err) != 0)
        return -1;
    synth_rupture_make(&rupture, c);
    tail(&rupture, c, &last_s, &full_s);
    out->hypocentral_km = hypot(c->distance_km, c->depth_km);
    p = (size_t)ceil(c->before_s * c->rate_hz);
    s = p + (size_t)rint(out->hypocentral_km * (1.0 / m->vs_kms - 1.0 / m->vp_kms) * c->rate_hz);
    out->n = s + (size_t)ceil((last_s + c->after_s) * c->rate_hz);
    /* The envelopes are played out even where the record ends before, or its spectrum would depend on
     * --after. */
    full = s + (size_t)(full_s * c->rate_hz);
    full = full > out->n ? full : out->n;
    out->value = sys_alloc(sys, out->n * sizeof *out->value);
    if (work_open(&work, sys, points(c, full)) != 0 || !out->value) {
        work_close(&work, sys);
        synth_free(out, sys);
        return error_set(err, "no memory for %zu samples", full);
    }
    out->p_s = (double)p / c->rate_hz;
    out->s_s = (double)s / c->rate_hz;
    out->origin_s = out->p_s - out->hypocentral_km / m->vp_kms;
    out->nearest_km = rupture.nearest_km;
    out->length_km = rupture.length_km;
    out->duration_s = rupture.duration_s;
    out->corner_p_hz = synth_corner_hz(c, SYNTH_P);
    out->corner_s_hz = synth_corner_hz(c, SYNTH_S);
    synth_random_seed(&random, c->seed, c->model);
    add_all(out, &work, c, &rupture, full, &random);
    work_close(&work, sys);
    synth_finish(out, c, &random);
    return 0;
}

void synth_free(struct synth *s, const struct sys *sys)
{
    sys_free(sys, s->value);
    s->value = NULL;
    s->n = 0;
}
