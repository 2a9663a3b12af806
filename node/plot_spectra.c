#include "node/plot_spectra.h"

#include <math.h>
#include <string.h>

#include "dsp/spectrum.h"

#define HOP_S 0.5 /* PLOT_SPECTRA_HELD of them are 16 s */

void plot_spectra_open(struct plot_spectra *s, double rate_hz)
{
    struct spectrum_conf conf = SPECTRUM_CONF_DEFAULT(rate_hz);

    plot_spectra_close(s);
    memset(s, 0, sizeof *s);
    conf.hop_s = HOP_S;
    if (spectrum_open(&s->spectrum, &conf) != 0) {
        s->spectrum = NULL;
        return;
    }
    s->bins = spectrum_bins(s->spectrum) - 1; /* without the mean */
    if (s->bins > PLOT_POINTS_MAX)
        s->bins = PLOT_POINTS_MAX;
    s->bin_hz = spectrum_bin_hz(s->spectrum);
}

void plot_spectra_close(struct plot_spectra *s)
{
    spectrum_close(s->spectrum);
    s->spectrum = NULL;
}

static void learn(struct plot_spectra *s, const float *power)
{
    double share = 1.0 / (double)++s->noise_windows;

    for (size_t k = 0; k < s->bins; k++)
        s->noise[k] += (float)(share * ((double)power[k] - (double)s->noise[k]));
}

static void consider(struct plot_spectra *s, const float *power)
{
    double sum = 0.0;

    for (size_t k = 0; k < s->bins; k++)
        sum += (double)power[k];
    if (sum <= s->event_power)
        return;
    s->event_power = sum;
    memcpy(s->event, power, s->bins * sizeof *power);
}

void plot_spectra_sample(struct plot_spectra *s, double time_s, const double value[AXES])
{
    const float *axis[AXES];
    size_t at = s->windows % PLOT_SPECTRA_HELD;
    float *power = s->held[at];

    if (!s->spectrum || !spectrum_step(s->spectrum, value, false))
        return;
    if (!s->picked && s->windows >= PLOT_SPECTRA_HELD)
        learn(s, power); /* the oldest, before it is overwritten */
    s->windows++;
    s->end_s[at] = time_s;
    for (unsigned a = 0; a < AXES; a++)
        axis[a] = spectrum_power(s->spectrum, a);
    for (size_t k = 0; k < s->bins; k++)
        power[k] = axis[AXIS_Z][k + 1] + axis[AXIS_N][k + 1] + axis[AXIS_E][k + 1];
    if (s->picked)
        consider(s, power);
}

void plot_spectra_pick(struct plot_spectra *s, double time_s)
{
    size_t first = s->windows > PLOT_SPECTRA_HELD ? s->windows - PLOT_SPECTRA_HELD : 0;

    s->event_power = 0.0;
    for (size_t i = first; i < s->windows; i++) {
        const float *power = s->held[i % PLOT_SPECTRA_HELD];
        double end_s = s->end_s[i % PLOT_SPECTRA_HELD];

        if (end_s >= time_s)
            consider(s, power);
        else if (!s->picked && end_s < time_s - 0.2) /* a pick may be a little late */
            learn(s, power);
    }
    s->picked = true;
}

size_t plot_spectra_points(const struct plot_spectra *s, enum plot_spectrum which)
{
    if (which == PLOT_SPECTRUM_NOISE)
        return s->noise_windows > 0 ? s->bins : 0;
    return s->event_power > 0.0 ? s->bins : 0;
}

double plot_spectra_density(const struct plot_spectra *s, enum plot_spectrum which, size_t k)
{
    return sqrt((double)(which == PLOT_SPECTRUM_NOISE ? s->noise[k] : s->event[k]));
}
