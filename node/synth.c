#include "node/synth.h"

#include <complex.h>
#include <math.h>
#include <string.h>

/* Crust, generic active region. Boore (2003) uses 3.5 km/s and 2.8 g/cm^3 for California [from memory]; vp /
 * vs = 1.74. */
#define VP_KMS       6.1
#define VS_KMS       3.5
#define DENSITY_KGM3 2800.0
/* Where a ray arrives it has bent upwards: velocities of the uppermost hundred metres of generic rock [own
 * choice]. */
#define VP_TOP_KMS 2.0
#define VS_TOP_KMS 1.0
/* Root mean square over the focal sphere of a double couple: sqrt(4/15) and sqrt(2/5), closed form. */
#define RADIATION_P  0.516
#define RADIATION_S  0.632
#define FREE_SURFACE 2.0
/* Corner of P over corner of S: 1.5 is between the 1.4..1.7 of crack models [from memory: Madariaga 1976]. */
#define CORNER_RATIO 1.5
/* Q(f) = 180 f^0.45 for S in California (Raoof et al. 1999, in Boore 2003) [from memory]. P is attenuated
 * less per cycle: 1.5 times the Q [own choice within the 1..2.3 of observations]. */
#define Q0        180.0
#define Q_SLOPE   0.45
#define Q_RATIO_P 1.5
/* Near-surface attenuation: kappa 0.035 s, generic rock (Boore & Joyner 1997) [from memory]; of P 0.6 of it,
 * as P passes the same layers faster at a higher Q [own choice]. */
#define KAPPA_S       0.035
#define KAPPA_RATIO_P 0.6
/* Duration of the envelope: source 1 / corner plus 0.05 s per km (Boore 1983, 2003). */
#define PATH_DURATION_S_PER_KM 0.05
/* Saragoni & Hart (1974) window as in Boore (2003): at epsilon of its length the peak, at the end eta of the
 * peak, its length twice the duration [from memory]. P begins abruptly: a smaller epsilon [own choice]. */
#define WINDOW_EPSILON_S 0.2
#define WINDOW_EPSILON_P 0.05
#define WINDOW_ETA       0.05
#define WINDOW_STRETCH   2.0
/* The coda follows where the window ends: 1 / lapse time and Q at 3 Hz (Aki & Chouet 1975). */
#define CODA_HZ 3.0
/* Of the P amplitude that the theory of a uniform crust gives, so much is left: with it the vertical's
 * largest in the P window is 0.25 of the horizontals' largest and Pd within a factor 2 of Wu & Zhao (2006).
 * Measured: 0.23, geometric mean of 86 strong-motion records of M 3.5 to 8 within 150 km; the theory alone
 * gives 0.67. */
#define TRANSMITTED_P 0.4
/* Share of the energy that arrives scattered, equally on all axes, rising slowly behind the direct wave. With
 * the incidence the S has 0.5 of a horizontal on the vertical, the P 0.7 of the vertical on a horizontal
 * (same records: 0.55 and 0.8). */
#define SCATTERED_P       0.6
#define SCATTERED_S       0.3
#define SCATTERED_EPSILON 0.25

#define G_MPS2 9.80665
enum { SAMPLES_MAX = 1 << 22 };

const struct synth_conf synth_default = {
    .magnitude = 6.0,
    .distance_km = 30.0,
    .depth_km = 10.0,
    .back_azimuth_deg = 35.0,
    .stress_bar = 100.0,
    .rate_hz = 100.0,
    .before_s = 30.0,
    .after_s = 60.0,
    .noise_ug_rthz = 25.0,
    .range_g = 2.0,
    .seed = 1,
};

/* Random numbers: xoshiro256** started by splitmix64, after the public-domain algorithms of Blackman and
 * Vigna. */
struct random {
    uint64_t s[4];
    double spare;
    int has_spare;
};

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static void random_seed(struct random *r, uint64_t seed)
{
    memset(r, 0, sizeof *r);
    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        r->s[i] = z ^ (z >> 31);
    }
}

static double random_uniform(struct random *r) /* 0 <= x < 1 */
{
    uint64_t *s = r->s, out = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return (double)(out >> 11) * 0x1p-53;
}

static double random_normal(struct random *r) /* polar method: two at a time */
{
    double u, v, q, scale;

    if (r->has_spare) {
        r->has_spare = 0;
        return r->spare;
    }
    do {
        u = 2.0 * random_uniform(r) - 1.0;
        v = 2.0 * random_uniform(r) - 1.0;
        q = u * u + v * v;
    } while (q >= 1.0 || q <= 0.0);
    scale = sqrt(-2.0 * log(q) / q);
    r->spare = v * scale;
    r->has_spare = 1;
    return u * scale;
}

static double complex complex_of(double re, double im) /* CMPLX, which glibc hides from clang 14 */
{
    return re + im * I;
}

/* A plain radix-2 transform in double: the program's spectra (dsp/) are single precision and made for short
 * windows, while this one runs once, over a whole record, and must not set off a second user of that library.
 * sign -1 forward, +1 back; neither scales. */
static void transform(double complex *x, size_t n, int sign)
{
    for (size_t i = 1, j = 0; i < n; i++) {
        size_t bit = n >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            double complex swap = x[i];
            x[i] = x[j];
            x[j] = swap;
        }
    }
    for (size_t half = 1; half < n; half *= 2) {
        for (size_t k = 0; k < half; k++) {
            double angle = sign * M_PI * (double)k / (double)half;
            double complex w = complex_of(cos(angle), sin(angle));
            for (size_t i = k; i < n; i += 2 * half) {
                double complex a = x[i], b = x[i + half];
                double br = creal(b) * creal(w) - cimag(b) * cimag(w);
                double bi = creal(b) * cimag(w) + cimag(b) * creal(w);
                x[i] = complex_of(creal(a) + br, cimag(a) + bi);
                x[i + half] = complex_of(creal(a) - br, cimag(a) - bi);
            }
        }
    }
}

static double hypocentral_km(const struct synth_conf *c)
{
    return hypot(c->distance_km, c->depth_km);
}

static double velocity_kms(enum synth_wave wave)
{
    return wave == SYNTH_P ? VP_KMS : VS_KMS;
}

/* 1/R to 70 km, level to 130 km where the reflection from the Moho fills in, then 1/sqrt(R) (Atkinson & Boore
 * 1995) [from memory]. Per metre. */
static double spreading(double r_km)
{
    if (r_km <= 70.0)
        return 1e-3 / r_km;
    if (r_km <= 130.0)
        return 1e-3 / 70.0;
    return 1e-3 / 70.0 * sqrt(130.0 / r_km);
}

static double moment_nm(double magnitude) /* Hanks & Kanamori (1979): log M0[dyne cm] = 1.5 M + 16.05 */
{
    return pow(10.0, 1.5 * magnitude + 16.05 - 7.0);
}

double synth_corner_hz(const struct synth_conf *c, enum synth_wave wave)
{
    /* Brune (1970), in Boore's units: km/s, bar, dyne cm. */
    double fs = 4.9e6 * VS_KMS * cbrt(c->stress_bar / (moment_nm(c->magnitude) * 1e7));

    return wave == SYNTH_P ? CORNER_RATIO * fs : fs;
}

/* Level of the displacement spectrum towards zero frequency, m s. */
static double level_ms(const struct synth_conf *c, enum synth_wave wave)
{
    double v = velocity_kms(wave) * 1e3, radiation = wave == SYNTH_P ? RADIATION_P : RADIATION_S;

    if (wave == SYNTH_P)
        radiation *= TRANSMITTED_P;
    return radiation * FREE_SURFACE * moment_nm(c->magnitude) / (4.0 * M_PI * DENSITY_KGM3 * v * v * v) *
           spreading(hypocentral_km(c));
}

/* Amplification of generic rock by the fall of velocity towards the surface, quarter-wavelength (Boore &
 * Joyner 1997, table 3, vs30 620 m/s) [from memory]. */
static double log_amplification_s(double f_hz)
{
    static const double table[][2] = {
        {0.01, 1.00}, {0.09, 1.10}, {0.16, 1.18}, {0.51, 1.42}, {0.84, 1.58}, {1.25, 1.74},
        {2.26, 2.06}, {3.17, 2.25}, {6.05, 2.58}, {16.6, 3.13}, {61.2, 4.00},
    };
    enum { ROWS = sizeof table / sizeof *table };

    if (f_hz <= table[0][0])
        return 0.0;
    for (int i = 1; i < ROWS; i++) {
        if (f_hz <= table[i][0]) {
            double share = log(f_hz / table[i - 1][0]) / log(table[i][0] / table[i - 1][0]);
            return log(table[i - 1][1]) + share * log(table[i][1] / table[i - 1][1]);
        }
    }
    return log(table[ROWS - 1][1]);
}

/* P waves are longer at the same frequency, and their velocity falls less: sqrt(6.1 / 2.2) where S has
 * sqrt(3.5 / 0.62), 0.6 in the logarithm [own estimate]. */
static double log_amplification(enum synth_wave wave, double f_hz)
{
    return wave == SYNTH_P ? 0.6 * log_amplification_s(f_hz * VS_KMS / VP_KMS) : log_amplification_s(f_hz);
}

static double quality_factor(enum synth_wave wave, double f_hz)
{
    return Q0 * pow(f_hz, Q_SLOPE) * (wave == SYNTH_P ? Q_RATIO_P : 1.0);
}

/* Natural logarithm of what path and site do to the amplitude. */
static double log_attenuation(const struct synth_conf *c, enum synth_wave wave, double f_hz)
{
    double kappa = KAPPA_S * (wave == SYNTH_P ? KAPPA_RATIO_P : 1.0);

    if (f_hz <= 0.0)
        return 0.0;
    return -M_PI * f_hz * (hypocentral_km(c) / (quality_factor(wave, f_hz) * velocity_kms(wave)) + kappa) +
           log_amplification(wave, f_hz);
}

double synth_amplitude(const struct synth_conf *c, enum synth_wave wave, double f_hz)
{
    double w = 2.0 * M_PI * f_hz, x = f_hz / synth_corner_hz(c, wave);

    return level_ms(c, wave) * w * w / (1.0 + x * x) * exp(log_attenuation(c, wave, f_hz));
}

/* Natural logarithm of the magnitude, but for two differences (1 - 1/z)^2 that stand for the squared
 * frequency: what they lack towards the Nyquist frequency is made up here. Finite everywhere, so that its
 * cepstrum exists. */
static double log_shape(const struct synth_conf *c, enum synth_wave wave, double f_hz)
{
    double x = f_hz / synth_corner_hz(c, wave), half = M_PI * f_hz / c->rate_hz;

    return log_attenuation(c, wave, f_hz) - log1p(x * x) + (half > 0.0 ? 2.0 * log(half / sin(half)) : 0.0);
}

/* Fills h[0..n) with the transfer function from noise to acceleration: the magnitude is synth_amplitude, the
 * phase the one that belongs to it when nothing may come early (minimum phase, from the folded cepstrum). */
static void transfer(double complex *h, size_t n, const struct synth_conf *c, enum synth_wave wave)
{
    double level = level_ms(c, wave) * c->rate_hz * c->rate_hz, df = c->rate_hz / (double)n;

    for (size_t k = 0; k < n; k++)
        h[k] = log_shape(c, wave, df * (double)(k <= n / 2 ? k : n - k)) / (double)n;
    transform(h, n, 1);
    for (size_t k = 1; k < n; k++)
        h[k] = k < n / 2 ? 2.0 * creal(h[k]) : k == n / 2 ? creal(h[k]) : 0.0;
    h[0] = creal(h[0]);
    transform(h, n, -1);
    for (size_t k = 0; k < n; k++) {
        double angle = 2.0 * M_PI * (double)k / (double)n;
        double complex difference = complex_of(1.0 - cos(angle), sin(angle));

        h[k] = level * difference * difference * cexp(h[k]);
    }
}

struct envelope {
    double epsilon, length_s, b, travel_s, coda_rate;
};

static double window_s(const struct synth_conf *c, enum synth_wave wave)
{
    return WINDOW_STRETCH * (1.0 / synth_corner_hz(c, wave) + PATH_DURATION_S_PER_KM * hypocentral_km(c));
}

static struct envelope envelope_make(const struct synth_conf *c, enum synth_wave wave, double epsilon)
{
    return (struct envelope){
        .epsilon = epsilon,
        .length_s = window_s(c, wave),
        .b = -epsilon * log(WINDOW_ETA) / (1.0 + epsilon * (log(epsilon) - 1.0)),
        .travel_s = hypocentral_km(c) / velocity_kms(wave),
        .coda_rate = M_PI * CODA_HZ / quality_factor(wave, CODA_HZ),
    };
}

static double envelope_at(const struct envelope *e, double t_s) /* peak 1; t_s after the onset */
{
    double x = t_s / e->length_s, end = e->travel_s + e->length_s;

    if (x <= 0.0)
        return 0.0;
    if (x <= 1.0)
        return pow(x / e->epsilon * exp(1.0 - x / e->epsilon), e->b);
    return WINDOW_ETA * end / (e->travel_s + t_s) * exp(-e->coda_rate * (t_s - e->length_s));
}

/* How one independent noise of a wave appears on Z N E. */
struct ray {
    enum synth_wave wave;
    double epsilon; /* of its envelope */
    double gain[AXES];
};

enum { RAYS = 9 };

static void rays_make(struct ray ray[RAYS], const struct synth_conf *c)
{
    double r = hypocentral_km(c), slowness = c->distance_km / r; /* sine of the angle at the source */
    double sin_p = slowness * VP_TOP_KMS / VP_KMS, sin_s = slowness * VS_TOP_KMS / VS_KMS;
    double cos_p = sqrt(1.0 - sin_p * sin_p), cos_s = sqrt(1.0 - sin_s * sin_s);
    double away = c->back_azimuth_deg * M_PI / 180.0 + M_PI; /* the direction of travel */
    double n = cos(away), e = sin(away);
    double p = sqrt(1.0 - SCATTERED_P), s = sqrt((1.0 - SCATTERED_S) / 2.0);

    memset(ray, 0, RAYS * sizeof *ray);
    ray[0] = (struct ray){SYNTH_P, WINDOW_EPSILON_P, {p * cos_p, p * sin_p * n, p * sin_p * e}};
    ray[1] = (struct ray){SYNTH_S, WINDOW_EPSILON_S, {-s * sin_s, s * cos_s * n, s * cos_s * e}};
    ray[2] = (struct ray){SYNTH_S, WINDOW_EPSILON_S, {0.0, -s * e, s * n}};
    for (int a = 0; a < AXES; a++) {
        ray[3 + a].wave = SYNTH_P;
        ray[3 + a].epsilon = ray[6 + a].epsilon = SCATTERED_EPSILON;
        ray[3 + a].gain[a] = sqrt(SCATTERED_P / 3.0);
        ray[6 + a].wave = SYNTH_S;
        ray[6 + a].gain[a] = sqrt(SCATTERED_S / 3.0);
    }
}

/* Noise under the envelope from sample `from` on, its mean squared Fourier amplitude 1 (Boore's
 * normalisation). */
static void noise_fill(double complex *x, size_t n, size_t from, size_t to, const struct envelope *e,
                       double rate_hz, struct random *random)
{
    double energy = 0.0, scale;

    memset(x, 0, n * sizeof *x);
    for (size_t i = from; i < to; i++) {
        double v = envelope_at(e, (double)(i - from + 1) / rate_hz) * random_normal(random);
        x[i] = v;
        energy += v * v;
    }
    scale = energy > 0.0 ? rate_hz / sqrt(energy) : 0.0;
    for (size_t i = from; i < to; i++)
        x[i] = creal(x[i]) * scale;
}

static void sensor(struct synth *s, const struct synth_conf *c, struct random *random)
{
    double sigma = c->noise_ug_rthz * 1e-6 * G_MPS2 * sqrt(c->rate_hz / 2.0);
    double range = c->range_g * G_MPS2, lsb = c->bits ? range / exp2(c->bits - 1) : 0.0;

    for (size_t i = 0; i < s->n; i++) {
        for (int a = 0; a < AXES; a++) {
            double v = s->value[i][a] + sigma * random_normal(random);
            if (c->bits)
                v = fmin(fmax(lsb * rint(v / lsb), -range), range - lsb);
            s->value[i][a] = v;
        }
    }
}

static int check(const struct synth_conf *c, struct error *err)
{
    const struct {
        const char *name;
        double value, min, max;
    } limits[] = {
        {"magnitude", c->magnitude, 0.0, 8.5},      {"distance", c->distance_km, 0.0, 300.0},
        {"depth", c->depth_km, 1.0, 200.0},         {"azimuth", c->back_azimuth_deg, -360.0, 360.0},
        {"stress", c->stress_bar, 1.0, 1000.0},     {"rate", c->rate_hz, 20.0, 4000.0},
        {"before", c->before_s, 0.0, 86400.0},      {"after", c->after_s, 1.0, 3600.0},
        {"noise", c->noise_ug_rthz, 0.0, 100000.0}, {"range", c->range_g, 0.001, 1000.0},
    };

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (!(limits[i].value >= limits[i].min && limits[i].value <= limits[i].max))
            return error_set(err, "--%s %g is not within %g..%g", limits[i].name, limits[i].value,
                             limits[i].min, limits[i].max);
    if (c->bits != 0 && (c->bits < 4 || c->bits > 32))
        return error_set(err, "--bits %d is not within 4..32", c->bits);
    if ((c->before_s + c->after_s + window_s(c, SYNTH_S)) * c->rate_hz > SAMPLES_MAX / 2)
        return error_set(
            err, "%.0f s at %g Hz is more than %d samples: shorten --before or --after, or lower --rate",
            c->before_s + c->after_s, c->rate_hz, SAMPLES_MAX / 2);
    return 0;
}

int synth_make(struct synth *out, const struct sys *sys, const struct synth_conf *c, struct error *err)
{
    struct ray ray[RAYS];
    struct random random;
    double complex *x = NULL, *h = NULL;
    double r, lapse_s;
    size_t p, s, full, n = 1;

    memset(out, 0, sizeof *out);
    if (check(c, err) != 0)
        return -1;
    r = hypocentral_km(c);
    lapse_s = r / VS_KMS - r / VP_KMS;
    p = (size_t)ceil(c->before_s * c->rate_hz);
    s = p + (size_t)rint(lapse_s * c->rate_hz);
    out->n = s + (size_t)ceil(c->after_s * c->rate_hz);
    /* The envelopes are played out even where the record ends before, or its spectrum would depend on
     * --after. */
    full = s + (size_t)(window_s(c, SYNTH_S) * c->rate_hz);
    full = full > out->n ? full : out->n;
    /* The transform is a circle: the tail of the longest period must have died before it comes round again.
     */
    while (n < full + (size_t)((20.0 + 2.0 / synth_corner_hz(c, SYNTH_S)) * c->rate_hz))
        n *= 2;
    out->value = sys_alloc(sys, out->n * sizeof *out->value);
    x = sys_alloc(sys, n * sizeof *x);
    h = sys_alloc(sys, n * sizeof *h);
    if (!out->value || !x || !h) {
        error_set(err, "no memory for %zu samples", n);
        goto fail;
    }
    out->p_s = (double)p / c->rate_hz;
    out->s_s = (double)s / c->rate_hz;
    out->origin_s = out->p_s - r / VP_KMS;
    out->hypocentral_km = r;
    out->corner_p_hz = synth_corner_hz(c, SYNTH_P);
    out->corner_s_hz = synth_corner_hz(c, SYNTH_S);

    random_seed(&random, c->seed);
    rays_make(ray, c);
    for (enum synth_wave wave = SYNTH_P; wave <= SYNTH_S; wave++) {
        transfer(h, n, c, wave);
        for (int i = 0; i < RAYS; i++) {
            struct envelope envelope = envelope_make(c, wave, ray[i].epsilon);

            if (ray[i].wave != wave)
                continue;
            noise_fill(x, n, wave == SYNTH_P ? p : s, full, &envelope, c->rate_hz, &random);
            transform(x, n, -1);
            for (size_t k = 0; k < n; k++)
                x[k] *= h[k] / (double)n;
            transform(x, n, 1);
            for (size_t k = 0; k < out->n; k++)
                for (int a = 0; a < AXES; a++)
                    out->value[k][a] += ray[i].gain[a] * creal(x[k]);
        }
    }
    sensor(out, c, &random);
    sys_free(sys, x);
    sys_free(sys, h);
    return 0;
fail:
    sys_free(sys, x);
    sys_free(sys, h);
    synth_free(out, sys);
    return -1;
}

void synth_free(struct synth *s, const struct sys *sys)
{
    sys_free(sys, s->value);
    s->value = NULL;
    s->n = 0;
}
