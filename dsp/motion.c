#include "dsp/motion.h"

#include <math.h>

#include "dsp/butter.h"

#define TAU_P_LOW_HZ   3.0 /* Allen & Kanamori 2003; two poles */
#define TAU_P_SMOOTH_S 1.0 /* the recursion's memory */
#define TAU_P_FROM_S   0.5 /* the ratio of two nearly empty sums says nothing before */
#define CAV_STD_MPS2   (0.025 * MOTION_G_MPS2)
#define LARGEST_MPS2   1e9 /* so that no square or sum can overflow */

bool motion_init(struct motion *m, double rate_hz, double corner_hz)
{
    struct biquad high, low;

    if (butter_design(&high, BUTTER_HIGHPASS, 2, rate_hz, corner_hz, 0.0) != 1 ||
        butter_design(&low, BUTTER_LOWPASS, 2, rate_hz, TAU_P_LOW_HZ, 0.0) != 1)
        return false;
    *m = (struct motion){.offset_known = false};
    struct biquad integral = wide_integral(&high, rate_hz);
    wide_band_set(&m->high, &high, 0, 4);
    wide_band_set(&m->integral, &integral, 0, 4);
    wide_set(&m->second, &integral, 0, 3);
    wide_set(&m->second, &low, 3, 4);
    return true;
}

void motion_reset(struct motion *m, const double offset_mps2[3])
{
    wide_rest(&m->high.state);
    wide_rest(&m->integral.state);
    wide_rest(&m->second.state);
    m->offset_known = offset_mps2 != NULL;
    if (offset_mps2)
        m->offset = VEC4Z(offset_mps2);
}

bool motion_step(struct motion *m, const double accel_mps2[3], struct motion_sample *out)
{
    vec4 x = VEC4Z(accel_mps2);

    for (int c = 0; c < 3; c++)
        if (!(fabs(x[c]) <= LARGEST_MPS2))
            return false;
    struct motion_state s;
    motion_begin(m, &s, &x);
    motion_filter(m, &s, &x, out);
    motion_finish(m, &s);
    return true;
}

static uint64_t samples(double window_s, double rate_hz)
{
    double n = round(window_s * rate_hz);

    return n > 0.0 && n < 1e18 ? (uint64_t)n : UINT64_MAX;
}

bool motion_peaks_init(struct motion_peaks *p, double rate_hz, struct motion_windows windows)
{
    if (!(rate_hz > 1.0 && isfinite(rate_hz)) || !(windows.p_s >= 0.0 && isfinite(windows.p_s)) ||
        !(windows.iv2_s >= 0.0 && isfinite(windows.iv2_s)))
        return false;
    *p = (struct motion_peaks){.rate_hz = rate_hz,
                               .p_n = samples(windows.p_s, rate_hz),
                               .iv2_n = samples(windows.iv2_s, rate_hz),
                               .tau_p_keep = 1.0 - 1.0 / (rate_hz * TAU_P_SMOOTH_S)};
    return true;
}

void motion_peaks_begin(struct motion_peaks *p)
{
    *p = (struct motion_peaks){
        .rate_hz = p->rate_hz, .p_n = p->p_n, .iv2_n = p->iv2_n, .tau_p_keep = p->tau_p_keep};
}

static void tau_p_step(struct motion_peaks *p, double v)
{
    double slope = p->n == 0 ? 0.0 : (v - p->v_low_before) * p->rate_hz;

    p->v_low_before = v;
    p->tau_p_x = p->tau_p_keep * p->tau_p_x + v * v;
    p->tau_p_d = p->tau_p_keep * p->tau_p_d + slope * slope;
    if (p->tau_p_d > 0.0 && (double)p->n >= TAU_P_FROM_S * p->rate_hz)
        p->tau_p_max_s = fmax(p->tau_p_max_s, 2.0 * M_PI * sqrt(p->tau_p_x / p->tau_p_d));
}

static void vertical_step(struct motion_peaks *p, const struct motion_sample *s)
{
    double v = s->v_mps[0], d = s->d_m[0];

    if (p->n < p->iv2_n)
        p->iv2_m2ps += v * v / p->rate_hz;
    if (p->n >= p->p_n)
        return;
    p->pa_mps2 = fmax(p->pa_mps2, fabs(s->a_mps2[0]));
    p->pv_mps = fmax(p->pv_mps, fabs(v));
    p->pd_m = fmax(p->pd_m, fabs(d));
    p->v2 += v * v;
    p->d2 += d * d;
    tau_p_step(p, s->d_m[3]);
}

static void close_window(struct motion_peaks *p)
{
    for (int c = 0; c < 3; c++)
        if (p->window_peak[c] >= CAV_STD_MPS2)
            p->cav_std_mps[c] += p->window_cav[c];
    p->window_cav = p->window_peak = (vec4){0};
}

static void all_axes_step(struct motion_peaks *p, const struct motion_sample *s)
{
    double dt = 1.0 / p->rate_hz;

    p->pga_mps2 = fmax(p->pga_mps2, VEC4_NORM3(s->a_mps2));
    p->pgv_mps = fmax(p->pgv_mps, VEC4_NORM3(s->v_mps));
    p->pgd_m = fmax(p->pgd_m, VEC4_NORM3(s->d_m));
    for (int c = 0; c < 3; c++) {
        double a = fabs(s->a_mps2[c]);

        p->axis_pga_mps2[c] = fmax(p->axis_pga_mps2[c], a);
        p->axis_pgv_mps[c] = fmax(p->axis_pgv_mps[c], fabs(s->v_mps[c]));
        p->axis_pgd_m[c] = fmax(p->axis_pgd_m[c], fabs(s->d_m[c]));
        p->cav_mps[c] += a * dt;
        p->arias_mps[c] += M_PI / (2.0 * MOTION_G_MPS2) * a * a * dt;
        p->window_cav[c] += a * dt;
        p->window_peak[c] = fmax(p->window_peak[c], a);
    }
}

void motion_peaks_step(struct motion_peaks *p, const struct motion_sample *s)
{
    uint64_t window = (uint64_t)((double)p->n / p->rate_hz); /* by time, so that it holds at 31.25 Hz too */

    if (window != p->window) {
        close_window(p);
        p->window = window;
    }
    vertical_step(p, s);
    all_axes_step(p, s);
    p->n++;
}

double motion_tau_c_s(const struct motion_peaks *p)
{
    return p->v2 > 0.0 ? 2.0 * M_PI * sqrt(p->d2 / p->v2) : 0.0;
}

double motion_cav_std_mps(const struct motion_peaks *p, unsigned axis)
{
    return p->cav_std_mps[axis] + (p->window_peak[axis] >= CAV_STD_MPS2 ? p->window_cav[axis] : 0.0);
}
