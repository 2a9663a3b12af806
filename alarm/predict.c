#include "alarm/predict.h"

#include <math.h>

static double clip(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

/* Larger numbers than these do not come from the ground; NaN compares false. */
static bool sane(double x)
{
    return fabs(x) < 1e9;
}

static bool usable(const struct window_report *w)
{
    return sane(w->t_s) && sane(w->pd_m) && sane(w->pd_noise_m) && sane(w->pga_z_mps2) &&
           sane(w->pgv_z_mps) && sane(w->s_growth) && sane(w->growth) && sane(w->hv_log) && sane(w->tail) &&
           sane(w->pga_mps2) && sane(w->pgv_mps) && w->pd_m > 0;
}

static double regression(const double c[8], double u, double d, double iz, double g)
{
    return c[0] + c[1] * u + c[2] * u * u + (c[3] + c[4] * u) * d + (c[5] + c[6] * u) * iz + c[7] * g;
}

static void report(const struct policy_conf *conf, const struct window_report *w, double u, double d,
                   struct prediction *out)
{
    double iz = intensity_gbt_raw(w->pga_z_mps2, w->pgv_z_mps);
    struct intensity_motion m;

    out->pgv_log = regression(conf->report_pgv, u, d, iz, w->growth);
    out->pga_log = regression(conf->report_pga, u, d, iz, w->growth);
    m.pga_mps2 = m.pga_horizontal_mps2 = pow(10, out->pga_log);
    m.pgv_mps = m.pgv_horizontal_mps = pow(10, out->pgv_log);
    m.jma = regression(conf->report_jma, u, d, iz, w->growth);
    for (int i = 0; i < INTENSITY_SCALES; i++)
        out->value[i] = intensity_of((enum intensity_scale)i, &m);
    out->value[INTENSITY_GBT] = regression(conf->report_intensity, u, d, iz, w->growth);
}

bool predict_window(const struct policy_conf *conf, const struct window_report *w, struct prediction *out)
{
    const double *b = conf->beta;
    double u, d, mean, scatter;

    if (!usable(w))
        return false;
    u = log10(clip(w->t_s, conf->window_from_s, conf->window_to_s));
    d = 3 * log10(fmax(100 * w->pd_m, 1e-9));
    out->mu = b[0] + b[1] * u + b[2] * u * u + (b[3] + b[4] * u) * d;
    out->sigma = exp(conf->sigma[0] + conf->sigma[1] * u);
    out->s_probability =
        w->t_s < conf->s_from_s ? 0 : 1 / (1 + exp(-conf->s_slope * (w->s_growth - conf->s_centre)));
    out->snr = w->has_background && w->pd_noise_m > 0 ? w->pd_m / w->pd_noise_m : 0;
    report(conf, w, u, d, out);
    mean = conf->scale == INTENSITY_GBT ? out->mu : out->value[conf->scale];
    scatter = conf->scale == INTENSITY_JMA ? out->sigma * 2 / 3 : out->sigma;
    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        out->p[i] = 0.5 * erfc((conf->threshold[i] - mean) / scatter * M_SQRT1_2) * (1 - out->s_probability);
    return true;
}

double predict_reported(const struct policy_conf *conf, const struct prediction *p, double s, double observed)
{
    double mu = p->value[INTENSITY_GBT];
    double after = fmin(mu, fmax(observed + conf->s_observed_step, mu - conf->s_fall_max));

    return fmax((1 - s) * mu + s * after, observed);
}
