#include "node/synth_transform.h"

#include <math.h>

double complex synth_complex(double re, double im)
{
    return re + im * I;
}

int synth_transform_open(struct synth_transform *t, const struct sys *sys, size_t n)
{
    t->n = n;
    t->cosine = sys_alloc(sys, n / 2 * sizeof *t->cosine);
    t->sine = sys_alloc(sys, n / 2 * sizeof *t->sine);
    if (!t->cosine || !t->sine)
        return -1;
    for (size_t k = 0; k < n / 2; k++) {
        t->cosine[k] = cos(2.0 * M_PI * (double)k / (double)n);
        t->sine[k] = sin(2.0 * M_PI * (double)k / (double)n);
    }
    return 0;
}

void synth_transform_close(struct synth_transform *t, const struct sys *sys)
{
    sys_free(sys, t->cosine);
    sys_free(sys, t->sine);
    t->cosine = t->sine = NULL;
}

static void reverse_bits(double complex *x, size_t n)
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
}

void synth_transform_run(const struct synth_transform *t, double complex *x, int sign)
{
    double *at = (double *)x; /* re, im, re, im: what C promises of a complex */

    reverse_bits(x, t->n);
    for (size_t half = 1; half < t->n; half *= 2) {
        size_t stride = t->n / (2 * half);

        for (size_t i = 0; i < t->n; i += 2 * half) {
            for (size_t k = 0; k < half; k++) {
                double *a = at + 2 * (i + k), *b = a + 2 * half;
                double wr = t->cosine[k * stride], wi = sign * t->sine[k * stride];
                double br = b[0] * wr - b[1] * wi, bi = b[0] * wi + b[1] * wr;
                b[0] = a[0] - br;
                b[1] = a[1] - bi;
                a[0] += br;
                a[1] += bi;
            }
        }
    }
}

void synth_transform_minimum_phase(const struct synth_transform *t, double complex *h)
{
    size_t n = t->n;

    synth_transform_run(t, h, 1);
    for (size_t k = 0; k < n; k++) {
        double c = creal(h[k]) / (double)n;
        h[k] = k == 0 || k == n / 2 ? c : k < n / 2 ? 2.0 * c : 0.0;
    }
    synth_transform_run(t, h, -1);
    for (size_t k = 0; k < n; k++)
        h[k] = cexp(h[k]);
}
