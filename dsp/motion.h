/* motion.h - ground motion from acceleration, three axes at once, and what an event's motion amounts to.
 *
 * struct motion runs always: acceleration in m/s^2 in (lanes Z N E, gravity may be included), high-passed
 * acceleration, velocity and displacement out. Each is high-passed (causal 2-pole Butterworth, 0.075 Hz by
 * custom: Wu et al. 2007, Shieh et al. 2008); each integral is the trapezoid's. Integral and high-pass are
 * one section, as the integrator's pole cancels one of the high-pass' two zeros: nothing drifts, however long
 * it runs. At 0.075 Hz displacement is settled 30 s after a start; before that an offset still shows.
 *
 * struct motion_peaks is begun at an onset and fed the samples after it.
 *
 * Plain structs (their vectors want an alignment of 32 bytes), no allocation, constant work per sample, no
 * clock: one thread at a time each. A sample with a value that is not finite, or beyond 1e9 m/s^2, is skipped
 * as if it had not been; an axis that does not exist must be fed 0. */
#ifndef TOCSIN_DSP_MOTION_H
#define TOCSIN_DSP_MOTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsp/wide.h"

#define MOTION_CORNER_HZ 0.075
#define MOTION_G_MPS2    9.80665

struct motion_sample {
    vec4 a_mps2, v_mps, d_m; /* Z N E; lane 3 of d_m: vertical velocity below 3 Hz, m/s, for tau_p */
};

struct motion {
    struct wide_band high, integral;
    struct wide second; /* the integral again, and in lane 3 the low-pass of tau_p */
    vec4 offset;        /* m/s^2, removed from each sample so that gravity does not ring */
    bool offset_known;
};

/* False, *m untouched, unless rate_hz is finite and above 6 Hz and 0 < corner_hz < rate_hz / 2. The first
 * sample will be taken as the offset. */
bool motion_init(struct motion *m, double rate_hz, double corner_hz);
/* After a gap: filters at rest. offset_mps2: Z N E to go on with (the long mean, or what motion.offset held),
 * or NULL to take the next sample. */
void motion_reset(struct motion *m, const double offset_mps2[3]);
/* One sample in, *out filled. False, *out and the filters untouched, for a sample that is skipped. */
bool motion_step(struct motion *m, const double accel_mps2[3], struct motion_sample *out);
/* The same for loops over samples that are known to be within 1e9 m/s^2; lane 3 of a sample repeats the
 * vertical. The filters' states are copied before such a loop, and back after it. */
struct motion_state {
    struct wide_state high, integral, second;
};

VEC_INLINE void motion_begin(struct motion *m, struct motion_state *s, const vec4 *first_mps2)
{
    if (!m->offset_known) {
        m->offset = *first_mps2;
        m->offset_known = true;
    }
    s->high = m->high.state;
    s->integral = m->integral.state;
    s->second = m->second.state;
}

VEC_INLINE void motion_filter(const struct motion *m, struct motion_state *s, const vec4 *accel_mps2,
                              struct motion_sample *out)
{
    vec4 x = *accel_mps2 - m->offset;

    wide_high_step(&m->high, &s->high, &x);
    out->a_mps2 = x;
    wide_band_step(&m->integral, &s->integral, &x);
    out->v_mps = x;
    wide_step(&m->second, &s->second, &x);
    out->d_m = x;
}

VEC_INLINE void motion_finish(struct motion *m, const struct motion_state *s)
{
    m->high.state = s->high;
    m->integral.state = s->integral;
    m->second.state = s->second;
}

struct motion_windows { /* how long after the onset each is gathered, s; 0: for ever */
    double p_s;         /* Pa Pv Pd tau_c tau_p; 3 by custom */
    double iv2_s;       /* 4 for a P wave (Festa et al. 2008, from memory) */
};
#define MOTION_WINDOWS_DEFAULT ((struct motion_windows){.p_s = 3.0, .iv2_s = 4.0})

struct motion_peaks { /* everything since the onset; readable at any moment */
    double rate_hz;
    uint64_t n, p_n, iv2_n; /* samples so far / in each window */

    /* the vertical in the P window */
    double pa_mps2, pv_mps, pd_m;
    double v2, d2;      /* sums of squares: see motion_tau_c_s */
    double tau_p_max_s; /* from 0.5 s on; 0 before */
    double iv2_m2ps;    /* integral of vertical velocity squared, m^2/s */

    /* all axes since the onset */
    double pga_mps2, pgv_mps, pgd_m;              /* of the vector's length */
    vec4 axis_pga_mps2, axis_pgv_mps, axis_pgd_m; /* of each axis */
    vec4 cav_mps;                                 /* integral of |a| */
    vec4 cav_std_mps; /* the same over those 1 s windows, counted from the onset, that reach 0.025 g; see
                         below */
    vec4 arias_mps; /* pi/(2 g) integral of a^2; a record's is often quoted as the sum of its two horizontals
                     */

    double tau_p_x, tau_p_d, tau_p_keep, v_low_before; /* tau_p's recursion */
    vec4 window_cav, window_peak;                      /* the 1 s window that is open */
    uint64_t window;                                   /* its number */
};

/* Ready to begin. False, *p untouched, unless rate_hz > 1 is finite and the windows are finite and not
 * negative. */
bool motion_peaks_init(struct motion_peaks *p, double rate_hz, struct motion_windows windows);
void motion_peaks_begin(struct motion_peaks *p); /* at an onset: forget the last one */
/* Feed what motion_step answered with true. */
void motion_peaks_step(struct motion_peaks *p, const struct motion_sample *s);

/* 2 pi sqrt(integral of d^2 / integral of v^2) over the first min(t, window) seconds, vertical (Kanamori
 * 2005); 0 while there was no motion. Half a period or more is needed before it means anything. */
double motion_tau_c_s(const struct motion_peaks *p);
/* CAVstd of one axis including the open window, if that has reached 0.025 g. cav_std_mps has closed windows
 * only. */
double motion_cav_std_mps(const struct motion_peaks *p, unsigned axis);

#endif
