#include "node/synth_quiet.h"

#include <math.h>
#include <string.h>

#include "dsp/spectrum.h"

#define WINDOW_S 41.0
#define UP_TO    0.45  /* of the rate: above it the decimation's filter is seen, not the ground */
#define LEAST    1e-40 /* (m/s^2)^2/Hz: digital zeros have no logarithm */
/* The logarithm of a periodogram's bin lies by Euler's constant below that of the power, on average. */
#define BIAS_LN 0.5772156649
enum { LOWEST_BIN = 3 }; /* below it the window, not the ground */

/* Means of the logarithm of power, over windows: a few loud ones move them little. */
struct mean {
    size_t windows, bins;
    double (*sum)[AXES];
};

static void mean_add(struct mean *m, const struct spectrum *s)
{
    for (size_t k = 0; k < m->bins; k++)
        for (int a = 0; a < AXES; a++)
            m->sum[k][a] += log(fmax(LEAST, (double)spectrum_power(s, (unsigned)a)[k]));
    m->windows++;
}

/* Means over bins within steps of equal ratio; every step holds a bin at least. */
static void reduce(struct synth_spectrum *out, const struct mean *m, double df, double rate_hz, bool velocity)
{
    size_t to = (size_t)(UP_TO * rate_hz / df), from = LOWEST_BIN;
    double ratio = pow((double)to / LOWEST_BIN, 2.0 / (SYNTH_SPECTRUM_MAX - 1));

    out->n = 0;
    if (m->windows == 0)
        return;
    while (from <= to && out->n < SYNTH_SPECTRUM_MAX) {
        size_t end = (size_t)fmax((double)from + 1.0, floor((double)from * ratio));
        double f = df * 0.5 * (double)(from + end - 1), w = velocity ? 2.0 * M_PI * f : 1.0;

        for (int a = 0; a < AXES; a++) {
            double sum = 0.0;

            for (size_t k = from; k < end; k++)
                sum += exp(m->sum[k][a] / (double)m->windows + BIAS_LN);
            out->power[out->n][a] = sum / (double)(end - from) * w * w;
        }
        out->f_hz[out->n++] = f;
        from = end;
    }
}

static void fill_missing(struct synth_spectrum *out, unsigned axis_mask)
{
    for (int i = 0; i < out->n; i++) {
        double sum = 0.0;
        int axes = 0;

        for (int a = 0; a < AXES; a++) {
            if (axis_mask >> a & 1u) {
                sum += out->power[i][a];
                axes++;
            }
        }
        for (int a = 0; a < AXES; a++)
            if (!(axis_mask >> a & 1u))
                out->power[i][a] = sum / axes;
    }
}

static int learn(struct mean *m, struct spectrum *s, struct trace *trace, const char *path, struct error *err)
{
    const struct trace_info *info = trace_record(trace, 0);
    struct block block;
    enum source_status status;

    if (trace_start(trace, 0, err) != 0)
        return -1;
    while ((status = trace_read(trace, &block, BLOCK_MAX, err)) == SOURCE_BLOCK) {
        if (block.lost)
            spectrum_reset(s);
        for (size_t i = 0; i < block.n; i++) {
            double zne[AXES];

            for (int a = 0; a < AXES; a++)
                zne[a] = info->to_zne[a][0] * block.value[i][0] + info->to_zne[a][1] * block.value[i][1] +
                         info->to_zne[a][2] * block.value[i][2];
            if (spectrum_step(s, zne, false))
                mean_add(m, s);
        }
    }
    if (status == SOURCE_FAILED)
        return -1;
    return m->windows ? 0
                      : error_set(err, "%s: shorter than %g s: too little to know its noise", path, WINDOW_S);
}

static int read_record(struct synth_spectrum *out, const struct sys *sys, struct trace *trace,
                       const char *path, struct error *err)
{
    const struct trace_info *info = trace_record(trace, 0);
    struct spectrum_conf c = SPECTRUM_CONF_DEFAULT(info->rate_hz);
    struct spectrum *s;
    struct mean m = {0};
    int failed;

    if (info->unit == UNIT_UNKNOWN)
        return error_set(err, "%s: its scale is unknown (say --noise-scale)", path);
    c.window_s = WINDOW_S;
    c.hop_s = WINDOW_S / 2.0;
    if (spectrum_open(&s, &c) != 0)
        return error_set(err, "%s: no spectrum at a rate of %g Hz", path, info->rate_hz);
    m.bins = spectrum_bins(s);
    m.sum = sys_alloc(sys, m.bins * sizeof *m.sum);
    failed = m.sum ? learn(&m, s, trace, path, err) : error_set(err, "%s: out of memory", path);
    if (!failed) {
        reduce(out, &m, spectrum_bin_hz(s), info->rate_hz, info->unit == UNIT_MPS);
        fill_missing(out, info->axis_mask);
    }
    spectrum_close(s);
    sys_free(sys, m.sum);
    return failed;
}

int synth_quiet_read(struct synth_spectrum *out, const struct sys *sys, const char *path,
                     const struct trace_conf *conf, struct error *err)
{
    struct trace *trace;
    int failed;

    if (trace_open(&trace, sys, &path, 1, conf, err) != 0)
        return -1;
    failed = read_record(out, sys, trace, path, err);
    trace_close(trace);
    return failed;
}
