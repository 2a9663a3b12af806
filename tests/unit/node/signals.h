/* signals.h - ground motion for tests, made on the spot: noise, P waves, and what is mistaken for one.
 *
 * Every signal is added to x[n][3] (Z N E, m/s^2) at `rate` samples a second, and is a function of its
 * arguments alone: the noise generator is seeded (splitmix64, Box-Muller), so every run sees the same. Times
 * in seconds; a wave starts at the first sample at or after its time. Header only. */
#ifndef TOCSIN_TESTS_SIGNALS_H
#define TOCSIN_TESTS_SIGNALS_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct signal {
    double rate_hz;
    size_t n;
    double (*x)[3]; /* owned: signal_free */
};

static inline struct signal signal_new(double rate_hz, double seconds)
{
    struct signal s = {.rate_hz = rate_hz, .n = (size_t)(rate_hz * seconds)};

    s.x = calloc(s.n, sizeof *s.x);
    if (!s.x)
        abort();
    return s;
}

static inline void signal_free(struct signal *s)
{
    free(s->x);
    s->x = NULL;
}

static inline uint64_t random_bits(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline double random_uniform(uint64_t *state) /* (0, 1] */
{
    return ((double)(random_bits(state) >> 11) + 1) * 0x1p-53;
}

static inline double random_normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(random_uniform(state)));

    return radius * cos(2 * M_PI * random_uniform(state));
}

/* White, Gaussian, rms on every axis. */
static inline void add_noise(struct signal *s, double rms, uint64_t seed)
{
    for (size_t i = 0; i < s->n; i++)
        for (int a = 0; a < 3; a++)
            s->x[i][a] += rms * random_normal(&seed);
}

static inline void add_offset(struct signal *s, double z, double n, double e)
{
    for (size_t i = 0; i < s->n; i++) {
        s->x[i][0] += z;
        s->x[i][1] += n;
        s->x[i][2] += e;
    }
}

/* f(t after t0) times size[axis], from t0 on. */
static inline void add_wave(struct signal *s, double t0, const double size[3],
                            double (*f)(double t, double f_hz), double f_hz)
{
    for (size_t i = (size_t)ceil(t0 * s->rate_hz - 1e-9); i < s->n; i++) {
        double value = f((double)i / s->rate_hz - t0, f_hz);
        for (int a = 0; a < 3; a++)
            s->x[i][a] += size[a] * value;
    }
}

/* Three tones that never stand still together, full size within 20 ms, decaying over 4 s. */
static inline double wave_p(double t, double f_hz)
{
    double w = 2 * M_PI * f_hz * t;

    return (1 - exp(-t / 0.01)) * exp(-t / 4) *
           (0.7 * cos(w) + 0.5 * sin(1.37 * w) + 0.4 * cos(0.61 * w + 2));
}

static inline void add_p(struct signal *s, double t0, double size, double f_hz)
{
    add_wave(s, t0, (double[]){size, 0.4 * size, 0.3 * size}, wave_p, f_hz);
}

/* One cycle or two, over within a tenth of a second: a foot, a door. */
static inline double wave_short(double t, double f_hz)
{
    return exp(-t / 0.02) * sin(2 * M_PI * f_hz * t);
}

static inline double wave_constant(double t, double f_hz)
{
    (void)t;
    (void)f_hz;
    return 1;
}

static inline double wave_sine(double t, double f_hz)
{
    return sin(2 * M_PI * f_hz * t);
}

static inline void add_spike(struct signal *s, double t0, double size)
{
    size_t i = (size_t)ceil(t0 * s->rate_hz - 1e-9);

    for (int a = 0; a < 3 && i < s->n; a++)
        s->x[i][a] += size;
}

static inline void quantise(struct signal *s, double lsb)
{
    for (size_t i = 0; i < s->n; i++)
        for (int a = 0; a < 3; a++)
            s->x[i][a] = lsb * floor(s->x[i][a] / lsb + 0.5);
}

static inline void clip_at(struct signal *s, double range)
{
    for (size_t i = 0; i < s->n; i++)
        for (int a = 0; a < 3; a++)
            s->x[i][a] = fmax(fmin(s->x[i][a], range), -range);
}

static inline void scale_by(struct signal *s, double factor)
{
    for (size_t i = 0; i < s->n; i++)
        for (int a = 0; a < 3; a++)
            s->x[i][a] *= factor;
}

/* The axis holds one value from..to. */
static inline void freeze_axis(struct signal *s, int axis, double from_s, double to_s)
{
    size_t from = (size_t)(from_s * s->rate_hz);

    for (size_t i = from; i < s->n && (double)i < to_s * s->rate_hz; i++)
        s->x[i][axis] = s->x[from][axis];
}

#endif
