#include "dsp/chain.h"

#include <errno.h>
#include <string.h>

#define LARGEST 1e12

static const struct stalta4_sample no_sta_lta = {{0}, {1, 1, 1, 1}}; /* less than any */

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
    jma_end_event(&c->jma);
    c->sta_lta_peak = no_sta_lta;
    if (!stalta4_init(&c->sta_lta, input->rate_hz, conf->sta_s, conf->lta_s))
        return -EINVAL;
    double hop_s = conf->spectrum_hop_s;
    if (conf->onset.statistic == ONSET_SPECTRUM) /* a hop is how late it may be */
        hop_s = fmin(hop_s, CHAIN_HOP_DECLARES_S);
    struct spectrum_conf spectrum = {
        .rate_hz = input->rate_hz,
        .window_s = conf->spectrum_window_s,
        .hop_s = hop_s,
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

    /* Nearly always a step follows a step without a window, and every step fills the same. */
    if (kind != REPORT_STEP || r->kind != REPORT_STEP || r->window.onset_id != 0)
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

static void tell_onset(struct chain *c, enum onset_event event, const struct onset_report *onset,
                       const struct reject_report *reject)
{
    if (event == ONSET_DECLARED && opens_window(c, onset)) {
        features_open(&c->features, onset->id, onset->onset);
        jma_begin_event(&c->jma);
    } else if (event == ONSET_REFINED && onset->id == c->features.onset_id)
        features_open(&c->features, onset->id, onset->onset);
    if (event == ONSET_REJECTED && (onset_is_blow(reject->reason) || reject->reason == ONSET_SHORT))
        features_blow(&c->features, (int64_t)(reject->candidate_s * c->input.rate_hz));
    struct report *r = begin_report(c, event == ONSET_DECLARED  ? REPORT_ONSET
                                       : event == ONSET_REFINED ? REPORT_REFINED
                                                                : REPORT_REJECT);
    if (event == ONSET_REJECTED)
        r->reject = *reject;
    else
        r->onset = *onset;
    r->onset.sta_lta = stalta4_ratio(&c->sta_lta_peak, 3);
    r->onset.snr_spectrum = c->spectrum_snr;
    r->onset.centroid_hz = spectrum_result(c->spectrum)->centroid_hz;
    r->window.onset_id = c->features.onset_id;
    c->sink(c->ctx, r);
}

static void report_step(struct chain *c)
{
    struct report *r = begin_report(c, REPORT_STEP);

    features_step_report(&c->features, r);
    r->step.jma = jma_current(&c->jma);
    r->step.snr_spectrum = c->spectrum_snr;
    r->step.centroid_hz = spectrum_result(c->spectrum)->centroid_hz;
    if (c->features.onset_id)
        r->window.jma = jma_event(&c->jma);
    r->step.sta_lta = stalta4_largest(&c->sta_lta_peak);
    c->sta_lta_peak = no_sta_lta;
    c->sink(c->ctx, r);
    if (c->features.onset_id && features_window_s(&c->features) >= c->conf.window_max_s) {
        features_close(&c->features);
        jma_end_event(&c->jma);
    }
}

/* What the filters made of a run of samples. */
struct run {
    vec4 energy[CHAIN_RUN], middle[CHAIN_RUN];
    struct stalta4_sample sta_lta[CHAIN_RUN];
    uint16_t jma[CHAIN_RUN];
    size_t n;
};

/* Loads at most n samples: the filters' run of them must not go beyond the end of a hop, nor of a block of
 * noise while the onset detector says so. Returns how many. */
VEC_CLONES static size_t load(struct chain *c, const double (*zne)[3], size_t n, vec4 *x)
{
    vec4_mask wild = {0};

    n = n < CHAIN_RUN ? n : CHAIN_RUN;
    n = n < onset_run(&c->onset) ? n : onset_run(&c->onset);
    n = n < spectrum_run(c->spectrum) ? n : spectrum_run(c->spectrum);
    for (size_t i = 0; i < n; i++) {
        x[i] = VEC4Z(zne[i]);
        vec4 size = VEC4_ABS(x[i]);
        wild |= ~(vec4_mask)(size <= LARGEST);
    }
    for (size_t i = 0; i < n && VEC4_ANY(wild); i++)
        for (int a = 0; a < 4; a++)
            if (!(fabs(x[i][a]) <= LARGEST))
                x[i][a] = i ? x[i - 1][a] : c->last[a];
    return n;
}

/* JMA's cascade keeps the processor busy; the recursion of the STA/LTA waits for its own results most of the time. In one loop it
 * costs a third. */
VEC_CLONES static void filter_jma_sta_lta(struct chain *c, const vec4 *x, struct run *run)
{
    struct jma_state jma;
    struct stalta4_state sta_lta;
    double a2_gal2 = 0;

    jma_begin(&c->jma, &jma, x);
    stalta4_begin(&c->sta_lta, &sta_lta);
    for (size_t i = 0; i < run->n; i++) {
        a2_gal2 = jma_weigh(&c->jma, &jma, &x[i]);
        run->jma[i] = jma_bin(a2_gal2);
        stalta4_step(&c->sta_lta, &sta_lta, &run->middle[i], &run->sta_lta[i]);
    }
    jma_finish(&c->jma, &jma, a2_gal2);
    if (!stalta4_settled(&c->sta_lta) || !stalta4_finish(&c->sta_lta, &sta_lta))
        stalta4_feed(&c->sta_lta, run->middle, run->sta_lta, run->n);
}

/* The filters of one run: they know nothing of events. Returns how many samples they took. */
static size_t filter(struct chain *c, const vec4 *x, size_t n, struct run *run)
{
    run->n = n = onset_filter(&c->onset, x, n);
    features_filter(&c->features, x, n, run->energy, run->middle);
    filter_jma_sta_lta(c, x, run);
    c->last = x[n - 1];
    return n;
}

/* Decisions about the run, sample by sample where there is something to decide. */
VEC_CLONES static void decide(struct chain *c, const struct run *run)
{
    const struct onset_hint hint = {run->energy, run->sta_lta, c->spectrum_snr};
    struct onset_report onset;
    struct reject_report reject;
    enum onset_event event;

    for (size_t i = 0; i < run->n;) {
        size_t n = run->n - i, room = features_run(&c->features);
        n = onset_decide(&c->onset, &hint, i, n < room ? n : room, &event, &onset, &reject);
        bool ended = features_gather(&c->features, run->middle + i, n);
        jma_count(&c->jma, run->jma + i, n);
        for (size_t k = i; k < i + n; k++)
            stalta4_larger(&c->sta_lta_peak, &run->sta_lta[k]);
        if (c->onset.disturbed) /* the noise spectrum learns only while nothing happens */
            spectrum_disturbed(c->spectrum);
        c->n += (int64_t)n - 1; /* the last of them, while something is told */
        int64_t steps = c->features.steps;
        if (event != ONSET_NOTHING)
            tell_onset(c, event, &onset, &reject);
        /* A window opened by this very sample has its own grid of steps. */
        if (ended && c->features.steps == steps)
            report_step(c);
        c->n++;
        i += n;
    }
}

void chain_feed(struct chain *c, const double (*zne)[3], size_t n)
{
    vec4 x[CHAIN_RUN];
    struct run run;

    while (n > 0) {
        size_t taken = filter(c, x, load(c, zne, n, x), &run);
        if (spectrum_feed(c->spectrum, x, taken))
            c->spectrum_snr = spectrum_result(c->spectrum)->snr;
        decide(c, &run);
        zne += taken;
        n -= taken;
    }
}

void chain_end(struct chain *c)
{
    struct onset_report onset;

    if (onset_finish(&c->onset, &onset) == ONSET_REFINED)
        tell_onset(c, ONSET_REFINED, &onset, NULL);
}

void chain_gap(struct chain *c, uint64_t lost)
{
    struct reject_report reject;

    chain_end(c);

    if (onset_gap(&c->onset, lost, &reject) == ONSET_REJECTED) {
        struct report *r = begin_report(c, REPORT_REJECT);
        r->reject = reject;
        c->sink(c->ctx, r);
    }
    features_gap(&c->features, lost);
    jma_reset(&c->jma, NULL);
    spectrum_reset(c->spectrum);
    if (c->onset.in_event)
        spectrum_disturbed(c->spectrum);
    stalta4_reset(&c->sta_lta);
    c->n += (int64_t)lost;
    struct report *r = begin_report(c, REPORT_GAP);
    r->lost = lost;
    c->sink(c->ctx, r);
}
