/* vec_log.h - four natural logarithms at once.
 *
 * x = 2^e m with m within a factor of sqrt(2) of 1; ln m = 2 artanh f, f = (m - 1) / (m + 1), |f| <= 0.172,
 * by its series up to f^19: within 3 units in the last place beside libm's (tests/unit/dsp/test_vec.c). About
 * 35 instructions for all four, where libm's take 60 each. */
#ifndef TOCSIN_DSP_VEC_LOG_H
#define TOCSIN_DSP_VEC_LOG_H

#include "dsp/vec.h"

/* In place. Each lane must be a positive normal number. */
VEC_INLINE void vec_log(vec4 *x)
{
    typedef uint64_t bits4 __attribute__((vector_size(32)));
    const uint64_t sqrt_half = 0x3fe6a09e667f3bcd, mantissa = 0x000fffffffffffff, two_52 = 0x4330000000000000;
    const uint64_t bias = 1024; /* so that the exponent is not negative */
    /* Counted from sqrt(1/2), so that the exponent is that of the nearest power of two. */
    bits4 bits = (bits4)*x - sqrt_half;
    /* An integer behind the bits of 2^52 is itself as a double, 2^52 away: AVX2 has no conversion. */
    vec4 e = (vec4)(((bits + (bias << 52)) >> 52) | two_52) - (0x1p52 + (double)bias);
    vec4 m = (vec4)((bits & mantissa) + sqrt_half), f = (m - 1.0) / (m + 1.0), g = f * f, s;

    s = g * (1.0 / 19.0) + 1.0 / 17.0;
    s = g * s + 1.0 / 15.0;
    s = g * s + 1.0 / 13.0;
    s = g * s + 1.0 / 11.0;
    s = g * s + 1.0 / 9.0;
    s = g * s + 1.0 / 7.0;
    s = g * s + 1.0 / 5.0;
    s = g * s + 1.0 / 3.0;
    s = g * s * f + f;
    *x = e * M_LN2 + 2.0 * s;
}

#endif
