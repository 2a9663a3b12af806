/* vec.h - three axes as one vector.
 *
 * A recursive filter is bound by its own latency, so three axes side by side cost what one costs. The lanes
 * are Z N E (up, north, east) and one unused lane that stays 0. gcc and clang lower it to what the processor
 * has. */
#ifndef TOCSIN_DSP_VEC_H
#define TOCSIN_DSP_VEC_H

#include <math.h>

typedef double vec4 __attribute__((vector_size(32)));

/* Macros, as passing 32-byte vectors to functions depends on the processor's ABI. */
#define VEC4(x)       ((vec4){(x)[0], (x)[1], (x)[2], 0.0})
#define VEC4_SUM3(v)  ((v)[0] + (v)[1] + (v)[2])
#define VEC4_NORM3(v) (sqrt((v)[0] * (v)[0] + (v)[1] * (v)[1] + (v)[2] * (v)[2]))

#endif
