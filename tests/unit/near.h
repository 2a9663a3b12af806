/* near.h - comparisons in double with a stated tolerance (cmocka's assert_float_equal compares floats). */
#ifndef TOCSIN_TESTS_NEAR_H
#define TOCSIN_TESTS_NEAR_H

#include <math.h>
#include <stdint.h>

/* Written so that a NaN fails. */
#define assert_near(got, want, within)                                                                       \
    do {                                                                                                     \
        double got_ = (got), want_ = (want);                                                                 \
        if (!(fabs(got_ - want_) <= (within)))                                                               \
            fail_msg("%s is %.12g, not %.12g within %g", #got, got_, want_, (double)(within));               \
    } while (0)

/* A linear congruential generator, -1..1: the same noise on every machine. */
static inline double near_noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (double)(int32_t)*seed / 2147483648.0;
}

#endif
