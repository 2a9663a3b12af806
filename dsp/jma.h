/* jma.h - JMA instrumental intensity in real time, at every rate from 20 Hz to 1 kHz.
 *
 * The definition (JMA; as programmed publicly): filter three components of acceleration in gal by
 *   F = F1 F2 F3,  F1 = sqrt(1/f),  F3 = sqrt(1 - exp(-(f/0.5)^3)),  and with X = f / 10 Hz
 *   F2 = (1 + .694 X^2 + .241 X^4 + .0557 X^6 + .009664 X^8 + .00134 X^10 + .000155 X^12)^(-1/2),
 * take the length of the vector, find the value a0 that it exceeds for 0.3 s in all; then
 *   I = 2 log10 a0 + 0.94.
 *
 * In place of the Fourier transform of a finished record there is a recursive filter, designed for the rate
 * at hand (the usual real-time design is unstable below 77 Hz). For steady sines from 0.1 Hz to the lower of
 * 10 Hz and 0.4 of the rate its intensity is that of F within 0.01 from 30 Hz on (0.003 from 62.5 Hz), within
 * 0.03 from 20 Hz on; from there to 20 Hz within 0.06. As every causal filter it shifts phases, so an
 * earthquake's value differs a little from the definition's: over 94 records of 30 to 250 Hz and intensity 1
 * and more by 0.00 on average, 0.05 standard deviation, 0.20 at most.
 *
 * Acceleration in m/s^2 in, intensity out; six sections and two histograms a sample, a logarithm only where a
 * value is asked for. Values are resolved to 0.007 (interpolated) between JMA_MIN and JMA_MAX; weaker is
 * JMA_MIN. No allocation, no clock; one thread at a time. A sample with a value that is not finite, or beyond 1e9 m/s^2, is skipped; an axis
 * that does not exist must be fed 0. */
#ifndef TOCSIN_DSP_JMA_H
#define TOCSIN_DSP_JMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dsp/wide.h"

#define JMA_MIN        (-4.0)
#define JMA_MAX        10.0
#define JMA_WINDOW_S   10.0 /* for the current intensity */
#define JMA_EXCEEDED_S 0.3
#define JMA_LEAST_GAL2 1.1481536214968827e-5 /* 10^(JMA_MIN - 0.94) */

enum {
    JMA_SECTIONS = 6,
    JMA_POLES = 2,       /* the last sections: without a numerator */
    JMA_BINS = 14 * 213, /* of 1/64 of a doubling of the squared length: 14 units of intensity */
};

struct jma_level { /* how often each intensity occurred, and the one that is exceeded `need` times */
    uint32_t count[JMA_BINS];
    uint32_t need;  /* samples in 0.3 s */
    uint32_t top;   /* bin of the answer */
    uint32_t above; /* samples in higher bins; below need */
};

struct jma {
    struct wide section[JMA_SECTIONS - JMA_POLES];
    struct wide_poles poles[JMA_POLES];
    vec4 offset; /* m/s^2, so that gravity does not ring */
    bool offset_known;
    double a2_gal2;                  /* squared length of the filtered vector, last sample */
    struct jma_level current, event; /* of the window / since jma_begin_event or jma_init */
    bool in_event;
    uint16_t *ring; /* bins in the window, the caller's */
    size_t ring_n, at, filled;
};

/* The filter alone, for rate_hz in 20..1000. False, out[] untouched, otherwise. Some thousand exponentials
 * and cosines. */
bool jma_design(struct biquad out[JMA_SECTIONS], double rate_hz);

/* Elements of uint16_t that the window needs; 0 unless the rate is in 20..1000 Hz and 0.3 < window_s <= 600. */
size_t jma_storage(double rate_hz, double window_s);
/* storage: jma_storage() elements that outlive *j, no initialisation needed. False, *j untouched, for the
 * arguments that jma_storage answers with 0. The first sample is taken as the offset. */
bool jma_init(struct jma *j, double rate_hz, double window_s, uint16_t *storage);
/* After a gap: filter at rest, window empty, the event's value kept. offset_mps2 as for motion_reset. */
void jma_reset(struct jma *j, const double offset_mps2[3]);
void jma_begin_event(struct jma *j); /* the event's value starts anew; filter and window go on */
void jma_end_event(struct jma *j);   /* it stays as it is, at less cost, until an event begins */
/* One sample in; the current intensity out (raw: see intensity_jma_published). */
double jma_step(struct jma *j, const double accel_mps2[3]);
/* The same for n samples within 1e9 m/s^2 (lane 3 is ignored), in two halves, so that an event may begin
 * between them: filter to bins, then count them. bin[] holds n. */
void jma_filter(struct jma *j, const vec4 *accel_mps2, uint16_t *bin, size_t n);
void jma_count(struct jma *j, const uint16_t *bin, size_t n);

/* The filter's half once more, for a loop of the caller's that has other things to wait for: the state is copied before it, and back
 * after it. jma_weigh: a sample in, the filtered vector's squared length out; jma_bin: the bin of that. */
struct jma_state {
    struct wide_state section[JMA_SECTIONS];
};

VEC_INLINE void jma_begin(struct jma *j, struct jma_state *s, const vec4 *first_mps2)
{
    if (!j->offset_known) {
        j->offset = *first_mps2;
        j->offset_known = true;
    }
    for (int i = 0; i < JMA_SECTIONS - JMA_POLES; i++)
        s->section[i] = j->section[i].state;
    for (int i = 0; i < JMA_POLES; i++)
        s->section[JMA_SECTIONS - JMA_POLES + i] = j->poles[i].state;
}

VEC_INLINE double jma_weigh(const struct jma *j, struct jma_state *s, const vec4 *accel_mps2)
{
    vec4 x = (*accel_mps2 - j->offset) * 100.0; /* gal */

    wide_unit_step(&j->section[0], &s->section[0], &x);
    wide_unit_step(&j->section[1], &s->section[1], &x);
    wide_unit_step(&j->section[2], &s->section[2], &x);
    wide_step(&j->section[3], &s->section[3], &x);
    wide_poles_step(&j->poles[0], &s->section[4], &x);
    wide_poles_step(&j->poles[1], &s->section[5], &x);
    x *= x;
    return VEC4_SUM3(x);
}

VEC_INLINE void jma_finish(struct jma *j, const struct jma_state *s, double a2_gal2)
{
    for (int i = 0; i < JMA_SECTIONS - JMA_POLES; i++)
        j->section[i].state = s->section[i];
    for (int i = 0; i < JMA_POLES; i++)
        j->poles[i].state = s->section[JMA_SECTIONS - JMA_POLES + i];
    j->a2_gal2 = a2_gal2;
}

/* The top bits of a double are its logarithm, drawn straight within each doubling: exponent, then 6 bits of
 * mantissa, are the bin. Counted from the bin of JMA_MIN; what is weaker shares that one. */
#define JMA_BIN_SHIFT 46

static inline int64_t jma_top_bits(double x)
{
    int64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits >> JMA_BIN_SHIFT;
}

static inline uint16_t jma_bin(double a2_gal2)
{
    int64_t bin = jma_top_bits(a2_gal2) - jma_top_bits(JMA_LEAST_GAL2);

    bin = bin < 0 ? 0 : bin;
    return (uint16_t)(bin >= JMA_BINS ? JMA_BINS - 1 : bin);
}

double jma_current(const struct jma *j); /* of the last window_s */
/* Of everything between the event's begin and end, as JMA takes a record; never falls. */
double jma_event(const struct jma *j);

#endif
