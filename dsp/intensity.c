#include "dsp/intensity.h"

#include <math.h>
#include <stdio.h>
#include <strings.h>

#include "dsp/vec_log.h"

static double limited(double x)
{
    return vec_min(vec_max(x, 1e-9), 1e9); /* 1e-9 where x is a NaN */
}

static double log_of(double x)
{
    return log10(limited(x));
}

static double clamp(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

/* The 1e-9 keeps a sum that should be 5.45, but for its last bit, from becoming 5.4. */
static double one_decimal(double x, enum intensity_rounding rounding)
{
    return floor(10.0 * x + (rounding == INTENSITY_ROUND_HALF_UP ? 0.5 : 0.0) + 1e-9) / 10.0;
}

VEC_CLONES double intensity_gbt_raw(double pga_mps2, double pgv_mps)
{
    vec4 peak = {limited(pga_mps2), limited(pgv_mps), 1, 1};
    vec_log(&peak); /* both at once: this is asked for several times a step */
    double ia = 3.17 * M_LOG10E * peak[0] + 6.59;
    double iv = 3.00 * M_LOG10E * peak[1] + 9.77;

    return ia >= 6.0 && iv >= 6.0 ? iv : (ia + iv) / 2.0;
}

static double gbt_reported(double raw, enum intensity_rounding rounding)
{
    return one_decimal(clamp(raw, 1.0, 12.0), rounding);
}

double intensity_gbt(double pga_mps2, double pgv_mps, enum intensity_rounding rounding)
{
    return gbt_reported(intensity_gbt_raw(pga_mps2, pgv_mps), rounding);
}

double intensity_mmi_pga(double pga_mps2)
{
    double c = log_of(pga_mps2) + 2.0; /* of cm/s^2 */
    double i = c < 0.14 ? 1.71 + 2.08 * c : c < 1.57 ? 1.78 + 1.55 * c : -1.60 + 3.70 * c;

    return clamp(i, 1.0, 10.0);
}

double intensity_mmi_pgv(double pgv_mps)
{
    double c = log_of(pgv_mps) + 2.0; /* of cm/s */
    double i = c < -1.21 ? 4.62 + 2.17 * c : c < 0.53 ? 3.78 + 1.47 * c : 2.89 + 3.16 * c;

    return clamp(i, 1.0, 10.0);
}

double intensity_mmi(double pga_mps2, double pgv_mps)
{
    double a = intensity_mmi_pga(pga_mps2), v = intensity_mmi_pgv(pgv_mps);
    double share = clamp((a - 5.0) / 2.0, 0.0, 1.0);

    return a + share * (v - a);
}

double intensity_ems98_pga(double pga_mps2)
{
    return clamp(2.03 + 2.28 * (log_of(pga_mps2) + 2.0), 1.0, 12.0);
}

double intensity_ems98_pgv(double pgv_mps)
{
    return clamp(4.16 + 1.62 * (log_of(pgv_mps) + 2.0), 1.0, 12.0);
}

double intensity_ems98(double pga_mps2, double pgv_mps)
{
    return (intensity_ems98_pga(pga_mps2) + intensity_ems98_pgv(pgv_mps)) / 2.0;
}

/* How many of the ascending limits x has reached; NaN reaches none. */
static size_t reached(const double *limits, size_t n, double x)
{
    size_t i = 0;

    while (i < n && x >= limits[i])
        i++;
    return i;
}

enum { CLASSES = 10 };
static const char *const class_text[CLASSES] = {"0", "1", "2", "3", "4", "5-", "5+", "6-", "6+", "7"};

double intensity_cwa(double pga_mps2, double pgv_mps)
{
    static const double pga[] = {0.008, 0.025, 0.08, 0.25, 0.80}; /* 1 2 3 4, PGV decides */
    static const double pgv[] = {0.15, 0.30, 0.50, 0.80, 1.40};   /* 5- 5+ 6- 6+ 7 */
    static const double above[] = {4.0, 5.0, 5.5, 6.0, 6.5, 7.0};
    size_t by_pga = reached(pga, 5, pga_mps2);

    return by_pga < 5 ? (double)by_pga : above[reached(pgv, 5, pgv_mps)];
}

double intensity_jma_published(double raw)
{
    return floor(floor(100.0 * raw + 0.5) / 10.0) / 10.0;
}

double intensity_of(enum intensity_scale scale, const struct intensity_motion *m)
{
    switch (scale) {
    case INTENSITY_GBT:
        return intensity_gbt_raw(m->pga_mps2, m->pgv_mps);
    case INTENSITY_JMA:
        return m->jma;
    case INTENSITY_MMI:
        return intensity_mmi(m->pga_horizontal_mps2, m->pgv_horizontal_mps);
    case INTENSITY_EMS98:
        return intensity_ems98(m->pga_mps2, m->pgv_mps);
    case INTENSITY_CWA:
        return intensity_cwa(m->pga_mps2, m->pgv_mps);
    case INTENSITY_SCALES:
        break;
    }
    return 0.0;
}

static const char *const names[INTENSITY_SCALES] = {[INTENSITY_GBT] = "gbt",
                                                    [INTENSITY_JMA] = "jma",
                                                    [INTENSITY_MMI] = "mmi",
                                                    [INTENSITY_EMS98] = "ems98",
                                                    [INTENSITY_CWA] = "cwa"};

const char *intensity_scale_name(enum intensity_scale scale)
{
    return scale < INTENSITY_SCALES ? names[scale] : "?";
}

bool intensity_scale_parse(const char *name, enum intensity_scale *out)
{
    for (unsigned i = 0; i < INTENSITY_SCALES; i++)
        if (strcasecmp(name, names[i]) == 0) {
            *out = (enum intensity_scale)i;
            return true;
        }
    return false;
}

static const char *jma_class(double raw)
{
    static const double limits[] = {0.5, 1.5, 2.5, 3.5, 4.5, 5.0, 5.5, 6.0, 6.5};

    return class_text[reached(limits, CLASSES - 1, intensity_jma_published(raw) + 1e-9)];
}

static const char *cwa_class(double value)
{
    static const double limits[] = {1.0, 2.0, 3.0, 4.0, 5.0, 5.5, 6.0, 6.5, 7.0};

    return class_text[reached(limits, CLASSES - 1, value)];
}

int intensity_format(enum intensity_scale scale, double value, char *out, size_t size)
{
    switch (scale) {
    case INTENSITY_GBT:
        return snprintf(out, size, "%.1f", gbt_reported(value, INTENSITY_ROUND_HALF_UP));
    case INTENSITY_MMI:
    case INTENSITY_EMS98:
        return snprintf(out, size, "%.1f", one_decimal(clamp(value, 1.0, 12.0), INTENSITY_ROUND_HALF_UP));
    case INTENSITY_JMA:
        return snprintf(out, size, "%s", jma_class(value));
    case INTENSITY_CWA:
        return snprintf(out, size, "%s", cwa_class(value));
    case INTENSITY_SCALES:
        break;
    }
    return snprintf(out, size, "?");
}
