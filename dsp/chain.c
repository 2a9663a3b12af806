#include "dsp/chain.h"

#include <errno.h>
#include <string.h>

enum { VECTOR = 3 };

int chain_open(struct chain *c, const struct chain_conf *conf, const struct chain_input *input,
               chain_sink sink, void *ctx)
{
    memset(c, 0, sizeof *c);
    c->conf = *conf;
    c->input = *input;
    c->sink = sink;
    c->ctx = ctx;
    if (!onset_init(&c->onset, &conf->onset, input->rate_hz, input->axis_mask, input->lsb, input->range_mps2,
                    input->scale_known) ||
        !features_init(&c->features, input->rate_hz, input->axis_mask) ||
        input->rate_hz < CHAIN_RATE_MIN_HZ || jma_storage(input->rate_hz, JMA_WINDOW_S) > CHAIN_JMA_RING ||
        !jma_init(&c->jma, input->rate_hz, JMA_WINDOW_S, c->jma_ring))
        return -EINVAL;
    for (int i = 0; i <= VECTOR; i++)
        if (!stalta_init(&c->sta_lta[i], input->rate_hz, conf->sta_s, conf->lta_s))
            return -EINVAL;
    struct spectrum_conf spectrum = {
        .rate_hz = input->rate_hz,
        .window_s = conf->spectrum_window_s,
        .hop_s = conf->spectrum_hop_s,
        .memory_s = conf->spectrum_memory_s,
        .floor_mps2 = conf->onset.floor_mps2,
    };
    return spectrum_open(&c->spectrum, &spectrum);
}

void chain_close(struct chain *c)
{
    spectrum_close(c->spectrum);
    c->spectrum = NULL;
}

static struct report *begin_report(struct chain *c, enum report_kind kind)
{
    struct report *r = &c->report;

    memset(r, 0, sizeof *r);
    r->kind = kind;
    r->sensor = c->input.sensor;
    r->sample = c->n;
    r->time_s = (double)c->n / c->input.rate_hz;
    r->scale_known = c->input.scale_known;
    r->armed_observed = features_armed(&c->features);
    r->armed_onset = onset_armed(&c->onset);
    return r;
}

static void step_sta_lta(struct chain *c, const struct features_sample *s)
{
    double middle[3] = {s->middle[0], s->middle[1], s->middle[2]};

    for (int a = 0; a < VECTOR; a++)
        if (c->input.axis_mask & (1u << a))
            c->sta_lta_peak = fmax(c->sta_lta_peak, stalta_step(&c->sta_lta[a], middle[a]));
    c->hint.sta_lta = stalta_step3(&c->sta_lta[VECTOR], middle, c->input.axis_mask);
    c->sta_lta_peak = fmax(c->sta_lta_peak, c->hint.sta_lta);
}

/* The noise spectrum learns only while nothing happens. */
static void step_spectrum(struct chain *c, const double zne[3])
{
    if (!spectrum_step(c->spectrum, zne, !c->onset.in_event && c->onset.candidate < 0))
        return;
    const struct spectrum_result *r = spectrum_result(c->spectrum);
    c->hint.spectrum_snr = r->snr;
}

/* A window opens at the first onset after quiet. It gives way to a new P when the ground has come back to
 * what it was before, or when it has run out; and once its prediction is over to a later phase, which may be
 * the P of a larger shock (a foreshock must not blind the node to its mainshock). Whether that is an S wave
 * is the policy's to judge. */
static bool opens_window(const struct chain *c, const struct onset_report *onset)
{
    const struct features *f = &c->features;
    double since_s = features_window_s(f);

    if (f->onset_id == 0 || since_s >= c->conf.window_max_s)
        return true;
    return since_s >= c->conf.predict_s || (onset->phase == ONSET_P && features_calm(f));
}

static void step_onset(struct chain *c, const double zne[3])
{
    struct onset_report onset;
    struct reject_report reject;
    enum onset_event event = onset_step(&c->onset, zne, &c->hint, &onset, &reject);

    if (event == ONSET_NOTHING)
        return;
    if (event == ONSET_DECLARED && opens_window(c, &onset)) {
        features_open(&c->features, onset.id, onset.onset);
        jma_begin_event(&c->jma);
    } else if (event == ONSET_REFINED && onset.id == c->features.onset_id)
        features_open(&c->features, onset.id, onset.onset);
    struct report *r = begin_report(c, event == ONSET_DECLARED  ? REPORT_ONSET
                                       : event == ONSET_REFINED ? REPORT_REFINED
                                                                : REPORT_REJECT);
    if (event == ONSET_REJECTED)
        r->reject = reject;
    else
        r->onset = onset;
    r->window.onset_id = c->features.onset_id;
    c->sink(c->ctx, r);
}

static void report_step(struct chain *c)
{
    struct report *r = begin_report(c, REPORT_STEP);

    features_step_report(&c->features, r);
    r->step.jma = jma_current(&c->jma);
    r->step.snr_spectrum = c->hint.spectrum_snr;
    r->step.centroid_hz = spectrum_result(c->spectrum)->centroid_hz;
    if (c->features.onset_id)
        r->window.jma = jma_event(&c->jma);
    r->step.sta_lta = c->sta_lta_peak;
    c->sta_lta_peak = 0;
    c->sink(c->ctx, r);
    if (c->features.onset_id && features_window_s(&c->features) >= c->conf.window_max_s)
        features_close(&c->features);
}

void chain_feed(struct chain *c, const double (*zne)[3], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct features_sample *s;
        bool ended = features_step(&c->features, zne[i], &s);
        c->hint.low = s->low;
        c->hint.mid = s->mid;
        c->hint.high = s->high;
        step_sta_lta(c, s);
        jma_step(&c->jma, zne[i]);
        step_spectrum(c, zne[i]);
        int64_t steps = c->features.steps;
        step_onset(c, zne[i]);
        /* A window opened by this very sample has its own grid of steps. */
        if (ended && c->features.steps == steps)
            report_step(c);
        c->n++;
    }
}

void chain_gap(struct chain *c, uint64_t lost)
{
    struct reject_report reject;

    if (onset_gap(&c->onset, lost, &reject) == ONSET_REJECTED) {
        struct report *r = begin_report(c, REPORT_REJECT);
        r->reject = reject;
        c->sink(c->ctx, r);
    }
    features_gap(&c->features, lost);
    jma_reset(&c->jma, NULL);
    spectrum_reset(c->spectrum);
    for (int i = 0; i <= VECTOR; i++)
        stalta_reset(&c->sta_lta[i]);
    c->n += (int64_t)lost;
    struct report *r = begin_report(c, REPORT_GAP);
    r->lost = lost;
    c->sink(c->ctx, r);
}
