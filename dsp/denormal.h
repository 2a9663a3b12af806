/* denormal.h - let values too small to matter become zero.
 *
 * A recursive filter fed with digital zeros decays through the subnormal numbers, where many processors take
 * a hundred times longer per operation: the quietest input would be the slowest. Flushing them to zero keeps
 * the time per sample constant; everything below 1e-307 is far beneath any sensor. 32-bit ARM's vector unit
 * flushes by itself. The mode belongs to a thread: call it once at the start of each thread that runs dsp
 * code, live or replay alike, so that both compute the same bits. */
#ifndef TOCSIN_DSP_DENORMAL_H
#define TOCSIN_DSP_DENORMAL_H

#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static inline void denormal_flush(void)
{
#if defined(__SSE2__)
    _mm_setcsr(_mm_getcsr() | 0x8040u); /* FTZ (bit 15): results; DAZ (bit 6): operands */
#elif defined(__aarch64__)
    uint64_t fpcr;

    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr | (UINT64_C(1) << 24))); /* FZ: operands and results */
#endif
}

#endif
