#include "node/synth_tele.h"

#include <math.h>
#include <string.h>

#include "dsp/biquad.h"
#include "dsp/butter.h"
#include "node/synth_random.h"
#include "node/synth_transform.h"

#define KM_A_DEGREE  111.19
#define MANTLE_P_MPS 6000.0 /* at the source */
#define MANTLE_S_MPS 3500.0
#define DENSITY_KGM3 2800.0
#define EARTH_M      6371000.0
/* Geometrical spreading g(degrees) over the radius, between the 0.4 and 0.6 of 30 to 90 degrees (Kanamori &
 * Stewart 1976) [from memory]. */
#define SPREADING       0.5
#define FREE_SURFACE    2.0
#define RADIATION       0.5
#define T_STAR_P_S      1.0 /* attenuation on the way: exp(-pi f t*) */
#define T_STAR_S_S      4.0
#define STRESS_BAR      50.0
#define FAST_KMS        3.8 /* of the surface waves' group velocity */
#define SLOW_KMS        3.0
#define PERIOD_S        20.0
#define SURFACE_FROM_HZ 0.035
#define SURFACE_TO_HZ   0.065

enum { STREAM = 0x54656c65, POINTS_MAX = 1 << 22 };

static const struct {
    double degrees, p_s, s_s;
} table[] = {{30, 372, 670},  {40, 458, 826},  {50, 537, 969},  {60, 609, 1103},
             {70, 674, 1225}, {80, 732, 1335}, {90, 782, 1433}, {95, 805, 1478}};

double synth_tele_travel_s(enum synth_wave wave, double degrees)
{
    enum { ROWS = sizeof table / sizeof *table };
    int i = 1;

    while (i < ROWS - 1 && table[i].degrees < degrees)
        i++;
    double share = (degrees - table[i - 1].degrees) / (table[i].degrees - table[i - 1].degrees);
    double a = wave == SYNTH_P ? table[i - 1].p_s : table[i - 1].s_s;
    double b = wave == SYNTH_P ? table[i].p_s : table[i].s_s;
    return a + share * (b - a);
}

double synth_tele_surface_m(double magnitude, double degrees)
{
    return PERIOD_S * pow(10.0, magnitude - 1.66 * log10(degrees) - 3.3) * 1e-6;
}

struct tele {
    const struct synth_conf *conf;
    double degrees, corner_hz;
    struct synth_transform transform;
    double complex *h, *x;
    struct synth_random random;
};

/* Transfer function of a body wave: acceleration, minimum phase. */
static void transfer(struct tele *t, enum synth_wave wave)
{
    const struct synth_conf *c = t->conf;
    size_t n = t->transform.n;
    double v = wave == SYNTH_P ? MANTLE_P_MPS : MANTLE_S_MPS, df = c->rate_hz / (double)n;
    double t_star = wave == SYNTH_P ? T_STAR_P_S : T_STAR_S_S;
    double level = RADIATION * FREE_SURFACE * pow(10.0, 1.5 * c->magnitude + 9.05) * SPREADING /
                   (4.0 * M_PI * DENSITY_KGM3 * v * v * v * EARTH_M) * c->rate_hz * c->rate_hz;

    for (size_t k = 0; k <= n / 2; k++) {
        double f = df * (double)k, half = M_PI * f / c->rate_hz, corner = f / t->corner_hz;
        /* From 2 Hz on t* is smaller than below [own choice]: no more fall, or the cepstrum would be endless.
         */
        t->h[k] = -M_PI * fmin(f, 2.0) * t_star - log1p(corner * corner) +
                  (half > 0.0 ? 2.0 * log(half / sin(half)) : 0.0);
    }
    for (size_t k = n / 2 + 1; k < n; k++)
        t->h[k] = t->h[n - k];
    synth_transform_minimum_phase(&t->transform, t->h);
    for (size_t k = 0; k < n; k++) {
        double angle = 2.0 * M_PI * (double)k / (double)n;
        double complex difference = synth_complex(1.0 - cos(angle), sin(angle));
        t->h[k] *= level * difference * difference;
    }
}

/* A body wave on one axis: noise for as long as the rupture lasts, then a tail of ten times that. */
static void body(struct tele *t, struct synth *out, size_t from, double gain, int axis)
{
    size_t n = t->transform.n;
    double rate = t->conf->rate_hz, rupture_s = 1.0 / t->corner_hz, energy = 0.0;

    memset(t->x, 0, n * sizeof *t->x);
    for (size_t i = from; i < n / 2; i++) {
        double s = (double)(i - from + 1) / rate;
        double e =
            s < rupture_s ? fmin(1.0, 0.3 + s / rupture_s) : 0.3 * exp(-(s - rupture_s) / (3.0 * rupture_s));
        double v = e * synth_random_normal(&t->random);
        t->x[i] = v;
        energy += v * v;
    }
    synth_transform_run(&t->transform, t->x, -1);
    for (size_t k = 0; k < n; k++)
        t->x[k] *= t->h[k] * (gain * rate / sqrt(energy) / (double)n);
    synth_transform_run(&t->transform, t->x, 1);
    for (size_t i = 0; i < out->n; i++)
        out->value[i][axis] += creal(t->x[i]);
}

/* Surface waves on one axis, between two group velocities; `peak` is the acceleration. */
static void surface(struct tele *t, struct synth *out, double origin_s, double peak, int axis)
{
    struct biquad band[2];
    struct biquad_state state[2] = {{0}};
    double rate = t->conf->rate_hz, km = t->degrees * KM_A_DEGREE;
    double from_s = km / FAST_KMS, to_s = km / SLOW_KMS, width = 1.11 * (SURFACE_TO_HZ - SURFACE_FROM_HZ);

    if (butter_design(band, BUTTER_BANDPASS, 2, rate, SURFACE_FROM_HZ, SURFACE_TO_HZ) != 2)
        return;
    for (size_t i = 0; i < out->n; i++) {
        double x = ((double)i / rate + origin_s - from_s) / (to_s - from_s), y;

        if (x <= 0.0)
            continue;
        y = synth_random_normal(&t->random) * sqrt(rate / (2.0 * width));
        for (int k = 0; k < 2; k++)
            y = biquad_step(&band[k], &state[k], y);
        /* a peak is some 2.5 standard deviations of a hundred seconds of it */
        out->value[i][axis] += peak / 2.5 * y * (x < 1.0 ? pow(sin(M_PI * pow(x, 0.7)), 2.0) : 0.0);
    }
}

static int tele_open(struct tele *t, struct synth *out, const struct sys *sys, struct error *err)
{
    size_t n = 4;

    while (n < 2 * out->n)
        n *= 2;
    out->value = sys_alloc(sys, out->n * sizeof *out->value);
    t->h = sys_alloc(sys, n * sizeof *t->h);
    t->x = sys_alloc(sys, n * sizeof *t->x);
    if (synth_transform_open(&t->transform, sys, n) != 0 || !out->value || !t->h || !t->x)
        return error_set(err, "no memory for %zu samples", n);
    return 0;
}

int synth_tele_make(struct synth *out, const struct sys *sys, const struct synth_conf *c, double degrees,
                    struct error *err)
{
    struct tele t = {.conf = c, .degrees = degrees};
    double p = synth_tele_travel_s(SYNTH_P, degrees), s = synth_tele_travel_s(SYNTH_S, degrees), end, peak;
    double away = c->back_azimuth_deg * M_PI / 180.0 + M_PI;
    int failed;

    memset(out, 0, sizeof *out);
    if (synth_check(c, err) != 0)
        return -1;
    if (!(degrees >= 30.0 && degrees <= 95.0))
        return error_set(err, "--degrees %g is not within 30..95", degrees);
    if (c->magnitude < 5.0)
        return error_set(err, "--magnitude %g: a teleseism has 5 at least", c->magnitude);
    end = fmax(degrees * KM_A_DEGREE / SLOW_KMS + 60.0, s + c->after_s);
    out->p_s = ceil(c->before_s * c->rate_hz) / c->rate_hz;
    out->origin_s = out->p_s - p;
    out->s_s = out->p_s + rint((s - p) * c->rate_hz) / c->rate_hz;
    out->n = (size_t)ceil((out->p_s + end - p) * c->rate_hz);
    if (out->n > POINTS_MAX / 4)
        return error_set(err, "%.0f s at %g Hz is too long: lower --rate", out->p_s + end - p, c->rate_hz);
    out->hypocentral_km = out->nearest_km = degrees * KM_A_DEGREE;
    t.corner_hz = synth_model_corner_hz(synth_model(c->model), SYNTH_S, c->magnitude, STRESS_BAR);
    out->corner_p_hz = out->corner_s_hz = t.corner_hz;
    synth_random_seed(&t.random, c->seed, STREAM + (uint64_t)c->model);
    failed = tele_open(&t, out, sys, err);
    if (!failed) {
        size_t at_p = (size_t)rint(out->p_s * c->rate_hz), at_s = (size_t)rint(out->s_s * c->rate_hz);

        /* P comes steeply; S is seen sideways; the vertical of Rayleigh waves is the larger one. */
        transfer(&t, SYNTH_P);
        body(&t, out, at_p, 0.9, AXIS_Z);
        body(&t, out, at_p, 0.4 * fabs(cos(away)) + 0.05, AXIS_N);
        body(&t, out, at_p, 0.4 * fabs(sin(away)) + 0.05, AXIS_E);
        transfer(&t, SYNTH_S);
        body(&t, out, at_s, 0.3, AXIS_Z);
        body(&t, out, at_s, 0.7, AXIS_N);
        body(&t, out, at_s, 0.7, AXIS_E);
        peak = synth_tele_surface_m(c->magnitude, degrees) * pow(2.0 * M_PI / PERIOD_S, 2.0);
        surface(&t, out, p - out->p_s, peak, AXIS_Z);
        surface(&t, out, p - out->p_s, 0.8 * peak, AXIS_N);
        surface(&t, out, p - out->p_s, 0.8 * peak, AXIS_E);
        synth_finish(out, c, &t.random);
    }
    synth_transform_close(&t.transform, sys);
    sys_free(sys, t.h);
    sys_free(sys, t.x);
    if (failed)
        synth_free(out, sys);
    return failed;
}
