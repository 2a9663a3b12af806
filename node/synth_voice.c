#include "node/synth_voice.h"

#include <math.h>
#include <string.h>

#include "dsp/butter.h"

#define RAMP_S         1.0  /* of a flat envelope, at most a quarter of the event */
#define GUST_S         12.0 /* mean time between turning points */
#define GUST_SPREAD_LN 0.5
#define MODE_RATIO     2.7 /* second mode over the first: a plate is between 2 and 4 */
#define MODE_LOUD      0.35
#define BLOW_JITTER    0.06 /* standard deviation of the time between blows, share */
#define BLOW_SPREAD    0.2  /* of their strength */
#define NOISE_PEAK     3.0  /* standard deviations that count as the peak */
#define NOISE_BANDWIDTH                                                                                      \
    1.11 /* equivalent over -3 dB, Butterworth of two poles, closed form pi / (2 sqrt 2) */

static double drawn(struct synth_random *r, struct synth_limits l)
{
    return l.to > 0.0 ? synth_random_log_within(r, l.from, l.to) : 0.0;
}

/* Another building: frequencies up to a third away, a size of its own. */
static double moved(struct synth_voice *v, double f_hz)
{
    return v->judge ? f_hz * synth_random_log_within(&v->random, 0.75, 1.33) : f_hz;
}

static void begin_noise(struct synth_voice *v)
{
    double to = fmin(moved(v, v->class->band_hz.to), 0.45 * v->rate_hz);
    double from = fmin(moved(v, v->class->band_hz.from), 0.5 * to);
    double width = NOISE_BANDWIDTH * (to - from);

    if (v->class->noise <= 0.0)
        return;
    butter_design(v->band, BUTTER_BANDPASS, SYNTH_BAND_SECTIONS, v->rate_hz, from, to);
    v->noise = v->class->noise / NOISE_PEAK * sqrt(v->rate_hz / (2.0 * width));
}

static void begin_ring(struct synth_voice *v)
{
    double damping = v->class->damping * (v->judge ? 1.5 : 1.0);

    v->blows_hz = drawn(&v->random, v->class->blows_hz);
    v->ring_hz = fmin(moved(v, drawn(&v->random, v->class->ring_hz)), 0.4 * v->rate_hz);
    v->next_blow = v->ring_hz > 0.0 ? 0.0 : INFINITY;
    for (int m = 0; m < SYNTH_MODES; m++) {
        double f = v->ring_hz * (m ? MODE_RATIO : 1.0), w = 2.0 * M_PI * f / v->rate_hz;

        v->loud[m] = f > 0.4 * v->rate_hz ? 0.0 : m ? MODE_LOUD : 1.0;
        v->turn_re[m] = exp(-damping * w) * cos(w);
        v->turn_im[m] = exp(-damping * w) * sin(w);
    }
}

static void begin_lines(struct synth_voice *v)
{
    double sum = 0.0;

    v->line_hz = drawn(&v->random, v->class->line_hz);
    if (v->class - synth_classes != SYNTH_MAINS) /* the supply is the same everywhere */
        v->line_hz = moved(v, v->line_hz);
    for (int k = 0; k < v->class->harmonics; k++)
        sum += 1.0 / (k + 1);
    for (int k = 0; k < v->class->harmonics; k++) {
        double phase = synth_random_within(&v->random, 0.0, 2.0 * M_PI);
        double w = 2.0 * M_PI * v->line_hz * (k + 1) / v->rate_hz;

        v->line_re[k] = v->class->line / (k + 1) / sum * cos(phase);
        v->line_im[k] = v->class->line / (k + 1) / sum * sin(phase);
        v->step_re[k] = cos(w);
        v->step_im[k] = sin(w);
    }
}

void synth_voice_begin(struct synth_voice *v, const struct synth_event *e, enum synth_model_name model,
                       double rate_hz)
{
    memset(v, 0, sizeof *v);
    v->class = &synth_classes[e->what];
    v->judge = model == SYNTH_JUDGE;
    v->rate_hz = rate_hz;
    v->n = (uint64_t)ceil(e->duration_s * rate_hz);
    synth_random_seed(&v->random, e->seed, 0);
    v->peak = e->peak_mps2;
    for (int a = 0; a < AXES; a++)
        v->gain[a] = v->class->share[a] * (synth_random_uniform(&v->random) < 0.5 ? -1.0 : 1.0);
    if (synth_random_uniform(&v->random) < 0.5) { /* a house stands either way */
        double n = v->gain[AXIS_N];
        v->gain[AXIS_N] = v->gain[AXIS_E];
        v->gain[AXIS_E] = n;
    }
    v->middle = v->judge ? synth_random_within(&v->random, 0.25, 0.75) : 0.5;
    v->gust_from = v->gust_to = 1.0;
    begin_noise(v);
    begin_ring(v);
    begin_lines(v);
}

void synth_voice_offset(const struct synth_voice *v, double offset[AXES])
{
    for (int a = 0; a < AXES; a++)
        offset[a] = v->peak * v->class->offset * v->gain[a];
}

/* ---- one sample ---- */

/* Relative strength with a median of 0.5 and 1 at most, straight between turning points. */
static double gusts(struct synth_voice *v)
{
    double share;

    if (v->gust_at == v->gust_n) {
        v->gust_from = v->gust_n ? v->gust_to : 0.3;
        v->gust_to = fmin(1.0, 0.5 * exp(GUST_SPREAD_LN * synth_random_normal(&v->random)));
        v->gust_n = 1 + (uint64_t)(GUST_S * synth_random_within(&v->random, 0.3, 1.7) * v->rate_hz);
        v->gust_at = 0;
    }
    share = (double)v->gust_at++ / (double)v->gust_n;
    return v->gust_from + share * (v->gust_to - v->gust_from);
}

static double flat(const struct synth_voice *v)
{
    double ramp = fmin(RAMP_S * v->rate_hz, 0.25 * (double)v->n), left = (double)(v->n - 1 - v->at);

    return fmin(1.0, fmin((double)v->at + 1.0, left + 1.0) / fmax(1.0, ramp));
}

static double envelope(struct synth_voice *v)
{
    double x = ((double)v->at + 0.5) / (double)v->n, y;

    switch (v->class->envelope) {
    case SYNTH_FLAT:
        return flat(v);
    case SYNTH_GUSTS:
        return flat(v) * gusts(v);
    case SYNTH_PASS:
    case SYNTH_HUMP:
        y = x < v->middle ? x / v->middle : (1.0 - x) / (1.0 - v->middle); /* a tent, rounded */
        return v->class->envelope == SYNTH_HUMP ? sin(0.5 * M_PI * y) * sin(0.5 * M_PI * y)
               : v->judge                       ? y
                                                : y * y * (3.0 - 2.0 * y);
    }
    return 0.0;
}

static void blow(struct synth_voice *v, double strength)
{
    double spread = 1.0 + BLOW_SPREAD * synth_random_within(&v->random, -1.0, 1.0);

    for (int m = 0; m < SYNTH_MODES; m++)
        for (int a = 0; a < AXES; a++)
            v->re[m][a] += strength * spread * v->loud[m] * v->gain[a];
    v->next_blow = v->blows_hz > 0.0
                       ? v->next_blow + v->rate_hz / v->blows_hz *
                                            fmax(0.2, 1.0 + BLOW_JITTER * (v->judge ? 2.0 : 1.0) *
                                                                synth_random_normal(&v->random))
                       : INFINITY;
}

static void add_ring(struct synth_voice *v, double *x)
{
    for (int m = 0; m < SYNTH_MODES; m++) {
        for (int a = 0; a < AXES; a++) {
            double re = v->re[m][a] * v->turn_re[m] - v->im[m][a] * v->turn_im[m];
            double im = v->re[m][a] * v->turn_im[m] + v->im[m][a] * v->turn_re[m];
            v->re[m][a] = re;
            v->im[m][a] = im;
            x[a] += im;
        }
    }
}

static void add_noise(struct synth_voice *v, double strength, double *x)
{
    vec4 y = {0};

    for (int a = 0; a < AXES; a++)
        y[a] = v->noise * synth_random_normal(&v->random);
    for (int i = 0; i < SYNTH_BAND_SECTIONS; i++)
        biquad_step3(&v->band[i], &v->band_state[i], &y);
    for (int a = 0; a < AXES; a++)
        x[a] += strength * v->gain[a] * y[a];
}

static void add_lines(struct synth_voice *v, double strength, double *x)
{
    double sum = 0.0;

    for (int k = 0; k < v->class->harmonics; k++) {
        double re = v->line_re[k] * v->step_re[k] - v->line_im[k] * v->step_im[k];
        double im = v->line_re[k] * v->step_im[k] + v->line_im[k] * v->step_re[k];
        v->line_re[k] = re;
        v->line_im[k] = im;
        sum += im;
    }
    for (int a = 0; a < AXES; a++)
        x[a] += strength * v->gain[a] * sum;
}

static void add_one(struct synth_voice *v, double *value)
{
    double x[AXES] = {0.0}, strength = envelope(v);

    if ((double)v->at >= v->next_blow) /* one blow comes at once, many follow the envelope */
        blow(v, v->blows_hz > 0.0 ? strength : 1.0);
    if (v->ring_hz > 0.0)
        add_ring(v, x);
    if (v->noise > 0.0)
        add_noise(v, strength, x);
    if (v->class->harmonics > 0)
        add_lines(v, strength, x);
    for (int a = 0; a < AXES; a++)
        value[a] += v->peak *
                    (x[a] + v->gain[a] * (v->class->swing * strength + (v->at == 0 ? v->class->spike : 0.0)));
    v->at++;
}

bool synth_voice_add(struct synth_voice *v, double (*value)[AXES], size_t n)
{
    for (size_t i = 0; i < n && v->at < v->n; i++)
        add_one(v, value[i]);
    return v->at < v->n;
}
