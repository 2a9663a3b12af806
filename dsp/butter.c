#include "dsp/butter.h"

#include <complex.h>
#include <math.h>
#include <stdbool.h>

/* One analog section, frequencies as tan(pi f / rate): (n2 s^2 + n1 s + n0) / (s^2 + c1 s + c0), s = (1 - z)
 * / (1 + z), z one sample of delay. */
static struct biquad bilinear(double n2, double n1, double n0, double c1, double c0)
{
    double d = 1.0 + c1 + c0;

    return (struct biquad){.b0 = (n2 + n1 + n0) / d,
                           .b1 = 2.0 * (n0 - n2) / d,
                           .b2 = (n2 - n1 + n0) / d,
                           .a1 = 2.0 * (c0 - 1.0) / d,
                           .a2 = (1.0 - c1 + c0) / d};
}

/* The first-order section of an odd order, at corner w. */
static struct biquad bilinear1(double n1, double n0, double w)
{
    double d = 1.0 + w;

    return (struct biquad){
        .b0 = (n1 + n0) / d, .b1 = (n0 - n1) / d, .b2 = 0.0, .a1 = (w - 1.0) / d, .a2 = 0.0};
}

static size_t low_or_high(struct biquad *out, bool high, unsigned order, double w)
{
    size_t n = 0;

    if (order % 2 != 0)
        out[n++] = high ? bilinear1(1.0, 0.0, w) : bilinear1(0.0, w, w);
    for (unsigned k = order / 2; k-- > 0;) { /* the most damped pair first keeps the numbers inside small */
        double damp = sin(M_PI * (2.0 * k + 1.0) / (2.0 * order));

        out[n++] = high ? bilinear(1.0, 0.0, 0.0, 2.0 * damp * w, w * w)
                        : bilinear(0.0, 0.0, w * w, 2.0 * damp * w, w * w);
    }
    return n;
}

/* s -> (s^2 + w1 w2) / (s (w2 - w1)): each prototype pole p becomes the two roots of s^2 - p b s + w1 w2. A
 * conjugate pair of poles makes two sections, each of one root and its conjugate; the real pole of an odd
 * order makes one. */
static size_t band(struct biquad *out, unsigned order, double w1, double w2)
{
    double b = w2 - w1, w = w1 * w2;
    size_t n = 0;

    if (order % 2 != 0)
        out[n++] = bilinear(0.0, b, 0.0, b, w);
    for (unsigned k = order / 2; k-- > 0;) {
        double theta = M_PI * (2.0 * k + 1.0) / (2.0 * order);
        double complex pb = b * (-sin(theta) + I * cos(theta)), root = csqrt(pb * pb - 4.0 * w);
        double complex s1 = creal(root * conj(pb)) < 0.0 ? (pb - root) / 2.0 : (pb + root) / 2.0;
        double complex s2 = w / s1; /* by subtraction a wide band's low corner would lose digits */

        out[n++] = bilinear(0.0, b, 0.0, -2.0 * creal(s1), creal(s1 * conj(s1)));
        out[n++] = bilinear(0.0, b, 0.0, -2.0 * creal(s2), creal(s2 * conj(s2)));
    }
    return n;
}

size_t butter_design(struct biquad *out, enum butter_kind kind, unsigned order, double rate_hz, double f1_hz,
                     double f2_hz)
{
    double nyquist_hz = rate_hz / 2.0;

    if (order < 1 || order > BUTTER_ORDER_MAX || !isfinite(rate_hz) || !(f1_hz > 0.0 && f1_hz < nyquist_hz))
        return 0;
    switch (kind) {
    case BUTTER_LOWPASS:
    case BUTTER_HIGHPASS:
        return low_or_high(out, kind == BUTTER_HIGHPASS, order, tan(M_PI * f1_hz / rate_hz));
    case BUTTER_BANDPASS:
        if (!(f2_hz > f1_hz && f2_hz < nyquist_hz))
            return 0;
        return band(out, order, tan(M_PI * f1_hz / rate_hz), tan(M_PI * f2_hz / rate_hz));
    }
    return 0;
}
