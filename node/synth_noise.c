#include "node/synth_noise.h"

#include <math.h>

#include "node/synth_random.h"
#include "node/synth_transform.h"

enum {
    FRAME = 4096,
    HOP = FRAME / 2,
    STREAM = 0x4e6f6973, /* of the random numbers */
};

/* Peterson (1993), USGS Open-File Report 93-322: the corners of the two models, period in s and decibels
 * relative to 1 (m/s^2)^2/Hz; straight lines over the logarithm of the period between them. */
static const struct corner {
    double period_s, db;
} high[] = {{0.1, -91.5},  {0.22, -97.4}, {0.32, -110.5}, {0.8, -120.0},  {3.8, -98.0},   {4.6, -96.5},
            {6.3, -101.0}, {7.9, -113.5}, {15.4, -120.0}, {20.0, -138.5}, {354.8, -126.0}},
  low[] = {{0.1, -168.0},  {0.17, -166.7}, {0.4, -166.7},  {0.8, -169.2},  {1.24, -163.7},  {2.4, -148.6},
           {4.3, -141.1},  {5.0, -141.1},  {6.0, -149.0},  {10.0, -163.8}, {12.0, -166.2},  {15.6, -162.1},
           {21.9, -177.5}, {31.6, -185.0}, {45.0, -187.5}, {70.0, -187.5}, {101.0, -185.0}, {154.0, -185.0}};

static double corner_db(const struct corner *c, size_t n, double period_s)
{
    if (period_s <= c[0].period_s)
        return c[0].db; /* above 10 Hz, where the models end */
    for (size_t i = 1; i < n; i++)
        if (period_s <= c[i].period_s)
            return c[i - 1].db + (c[i].db - c[i - 1].db) * log(period_s / c[i - 1].period_s) /
                                     log(c[i].period_s / c[i - 1].period_s);
    return c[n - 1].db;
}

void synth_spectrum_peterson(struct synth_spectrum *out, double share)
{
    enum { ROWS = 128 };

    out->n = ROWS;
    for (int i = 0; i < ROWS; i++) { /* 0.005 Hz to 20 Hz */
        double f = 0.005 * pow(4000.0, (double)i / (ROWS - 1));
        double l = corner_db(low, sizeof low / sizeof *low, 1.0 / f);
        double h = corner_db(high, sizeof high / sizeof *high, 1.0 / f);

        out->f_hz[i] = f;
        for (int a = 0; a < AXES; a++)
            out->power[i][a] = pow(10.0, 0.1 * (l + share * (h - l)));
    }
}

double synth_spectrum_at(const struct synth_spectrum *s, int axis, double f_hz)
{
    int i = 1;

    if (f_hz <= s->f_hz[0])
        return s->power[0][axis];
    while (i < s->n && s->f_hz[i] < f_hz)
        i++;
    if (i >= s->n)
        return s->power[s->n - 1][axis];
    double a = s->power[i - 1][axis], b = s->power[i][axis];
    if (a <= 0.0 || b <= 0.0)
        return fmax(a, b);
    return a * pow(b / a, log(f_hz / s->f_hz[i - 1]) / log(s->f_hz[i] / s->f_hz[i - 1]));
}

struct synth_noise {
    const struct sys *sys;
    struct synth_transform transform;
    struct synth_random random;
    double amplitude[HOP + 1][AXES]; /* of each frequency of a frame */
    double window[FRAME];
    double complex zn[FRAME], e[FRAME];
    double ready[HOP][AXES], tail[HOP][AXES];
    size_t at; /* of ready[] */
};

/* A point of the unit circle: 4096 directions are enough for chance, and cost no sine. */
static double complex phase(struct synth_noise *s)
{
    size_t k = (size_t)(synth_random_bits(&s->random) >> 52), half = FRAME / 2;
    double sign = k < half ? 1.0 : -1.0;

    return synth_complex(sign * s->transform.cosine[k % half], sign * s->transform.sine[k % half]);
}

static void frame_make(struct synth_noise *s)
{
    s->zn[0] = s->e[0] = s->zn[HOP] = s->e[HOP] = 0.0;
    for (size_t k = 1; k < HOP; k++) {
        double complex z = s->amplitude[k][AXIS_Z] * phase(s), n = s->amplitude[k][AXIS_N] * phase(s);
        double complex e = s->amplitude[k][AXIS_E] * phase(s);

        s->zn[k] = z + synth_complex(-cimag(n), creal(n));
        s->zn[FRAME - k] = conj(z) + synth_complex(cimag(n), creal(n));
        s->e[k] = e;
        s->e[FRAME - k] = conj(e);
    }
    synth_transform_run(&s->transform, s->zn, 1);
    synth_transform_run(&s->transform, s->e, 1);
}

static void refill(struct synth_noise *s)
{
    frame_make(s);
    for (size_t i = 0; i < HOP; i++) {
        double rise = s->window[i], fall = s->window[i + HOP];
        const double complex *zn = s->zn + i, *e = s->e + i;

        s->ready[i][AXIS_Z] = s->tail[i][AXIS_Z] + rise * creal(*zn);
        s->ready[i][AXIS_N] = s->tail[i][AXIS_N] + rise * cimag(*zn);
        s->ready[i][AXIS_E] = s->tail[i][AXIS_E] + rise * creal(*e);
        s->tail[i][AXIS_Z] = fall * creal(zn[HOP]);
        s->tail[i][AXIS_N] = fall * cimag(zn[HOP]);
        s->tail[i][AXIS_E] = fall * creal(e[HOP]);
    }
    s->at = 0;
}

int synth_noise_open(struct synth_noise **out, const struct sys *sys, const struct synth_noise_conf *c,
                     struct error *err)
{
    struct synth_noise *s = sys_alloc(sys, sizeof *s);
    double df = c->rate_hz / FRAME;

    *out = NULL;
    if (!s || synth_transform_open(&s->transform, sys, FRAME) != 0) {
        if (s)
            synth_transform_close(&s->transform, sys);
        sys_free(sys, s);
        return error_set(err, "no memory for noise");
    }
    s->sys = sys;
    synth_random_seed(&s->random, c->seed, STREAM);
    for (size_t i = 0; i < FRAME; i++)
        s->window[i] = sin(M_PI * ((double)i + 0.5) / FRAME);
    for (size_t k = 1; k <= HOP; k++) /* half of sqrt(2 S df), the amplitude of a sine of that power */
        for (int a = 0; a < AXES; a++)
            s->amplitude[k][a] =
                0.5 * sqrt(2.0 * (synth_spectrum_at(c->spectrum, a, df * (double)k) + c->white) * df);
    refill(s); /* the second half of a frame before the first sample: stationary from the beginning */
    refill(s);
    *out = s;
    return 0;
}

void synth_noise_close(struct synth_noise *s)
{
    if (!s)
        return;
    synth_transform_close(&s->transform, s->sys);
    sys_free(s->sys, s);
}

void synth_noise_add(struct synth_noise *s, double (*value)[AXES], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s->at == HOP)
            refill(s);
        for (int a = 0; a < AXES; a++)
            value[i][a] += s->ready[s->at][a];
        s->at++;
    }
}
