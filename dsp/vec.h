/* vec.h - three axes as one vector.
 *
 * A recursive filter is bound by its own latency, so three axes side by side cost what one costs. The lanes
 * are Z N E (up, north, east) and one more, which is 0 or whatever its file says. gcc and clang lower it to
 * what the processor has. */
#ifndef TOCSIN_DSP_VEC_H
#define TOCSIN_DSP_VEC_H

#include <math.h>
#include <stdint.h>

typedef double vec4 __attribute__((vector_size(32)));
typedef int64_t vec4_mask __attribute__((vector_size(32))); /* of a comparison: all bits of a lane, or none */

typedef double vec4_any __attribute__((vector_size(32), aligned(8))); /* at any double's address */
typedef float vec4f __attribute__((vector_size(16)));
typedef float vec4f_any __attribute__((vector_size(16), aligned(4)));

/* Macros, as passing 32-byte vectors to functions depends on the processor's ABI. */
#define VEC4(x)       ((vec4){(x)[0], (x)[1], (x)[2], 0.0})
#define VEC4Z(x)      ((vec4){(x)[0], (x)[1], (x)[2], (x)[0]}) /* a second vertical, for a filter of its own */
#define VEC4_ALL(x)   ((vec4){(x), (x), (x), (x)})
#define VEC4_SUM3(v)  ((v)[0] + (v)[1] + (v)[2])
#define VEC4_NORM3(v) (sqrt((v)[0] * (v)[0] + (v)[1] * (v)[1] + (v)[2] * (v)[2]))

#define VEC4_AND(m, a)       ((vec4)((vec4_mask)(m) & (vec4_mask)(a))) /* a where m, else 0 */
#define VEC4_SELECT(m, a, b) ((vec4)(((vec4_mask)(m) & (vec4_mask)(a)) | (~(vec4_mask)(m) & (vec4_mask)(b))))
#define VEC4_MAX(a, b)       VEC4_LANES_(a, b, >)
#define VEC4_MIN(a, b)       VEC4_LANES_(a, b, <)
/* Lane by lane as vec_max and vec_min below: b where one is NaN. So written it is one instruction. */
#define VEC4_LANES_(a, b, op)                                                                                \
    __extension__({                                                                                          \
        vec4 a_ = (a), b_ = (b), m_;                                                                         \
        for (int i_ = 0; i_ < 4; i_++)                                                                       \
            m_[i_] = a_[i_] op b_[i_] ? a_[i_] : b_[i_];                                                     \
        m_;                                                                                                  \
    })
#define VEC4_ABS(a)  VEC4_AND(((vec4_mask){INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}), a)
#define VEC4_ANY(m)  VEC2_ANY_(__builtin_shufflevector(m, m, 0, 1) | __builtin_shufflevector(m, m, 2, 3))
#define VEC2_ANY_(m) (((m)[0] | (m)[1]) != 0)

/* Lanes 0, 1 and 2 of four vectors, each as one vector. */
#define VEC4_TRANSPOSE3(lane0, lane1, lane2, p, q, r, s)                                                     \
    do {                                                                                                     \
        vec4 pq_even = __builtin_shufflevector(p, q, 0, 4, 2, 6);                                            \
        vec4 rs_even = __builtin_shufflevector(r, s, 0, 4, 2, 6);                                            \
        vec4 pq_odd = __builtin_shufflevector(p, q, 1, 5, 3, 7);                                             \
        vec4 rs_odd = __builtin_shufflevector(r, s, 1, 5, 3, 7);                                             \
        lane0 = __builtin_shufflevector(pq_even, rs_even, 0, 1, 4, 5);                                       \
        lane1 = __builtin_shufflevector(pq_odd, rs_odd, 0, 1, 4, 5);                                         \
        lane2 = __builtin_shufflevector(pq_even, rs_even, 2, 3, 6, 7);                                       \
    } while (0)

/* out = the sums over Z N E of four vectors, one a lane, added in the order of VEC4_SUM3: half of what four
 * sums one by one cost. */
#define VEC4_SUMS3(out, p, q, r, s)                                                                          \
    do {                                                                                                     \
        vec4 z_, n_, e_;                                                                                     \
        VEC4_TRANSPOSE3(z_, n_, e_, p, q, r, s);                                                             \
        out = z_ + n_ + e_;                                                                                  \
    } while (0)

/* The same over all four lanes, of three vectors; lane 3 of out is that of the third, again. */
#define VEC4_SUMS4(out, p, q, r)                                                                             \
    do {                                                                                                     \
        vec4 a_, b_, c_, d_;                                                                                 \
        VEC4_TRANSPOSE3(a_, b_, c_, p, q, r, r);                                                             \
        d_ = __builtin_shufflevector(__builtin_shufflevector(p, q, 1, 5, 3, 7),                              \
                                     __builtin_shufflevector(r, r, 1, 5, 3, 7), 2, 3, 6, 7);                 \
        out = a_ + b_ + c_ + d_;                                                                             \
    } while (0)

/* fmin and fmax are calls into libm that mind NaN; in the hot loops none can arrive, and these are one
 * instruction each. */
static inline double vec_max(double a, double b)
{
    return a > b ? a : b;
}

static inline double vec_min(double a, double b)
{
    return a < b ? a : b;
}

/* Loops over samples are compiled twice on x86-64, for processors with 256-bit vectors and for those without,
 * and the program picks at its start. The bits are the same: no multiplication is fused with an addition
 * (-ffp-contract=off). Not under the sanitizers, whose run time is not there yet when the choice is made. */
#if defined(__has_feature)
#define VEC_FEATURE(x) __has_feature(x)
#else
#define VEC_FEATURE(x) 0
#endif
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && !defined(__AVX2__) &&                \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !VEC_FEATURE(address_sanitizer) &&    \
    !VEC_FEATURE(thread_sanitizer) && !VEC_FEATURE(memory_sanitizer)
#define VEC_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define VEC_CLONES
#endif
/* What such a loop calls for every sample must become part of it, or it would not be compiled twice. */
#define VEC_INLINE static inline __attribute__((always_inline))

#endif
