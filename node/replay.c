#include "node/replay.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "alarm/policy.h"
#include "dsp/vec.h"

struct replay {
    const struct detection_conf *conf;
    const struct replay_sink *sink;
    struct plot *plot;
    const struct replay_live *live; /* NULL: none */
    struct policy policy;
    struct pipeline *pipeline;
    struct replay_summary summary;
    uint32_t settled_event; /* began in the settle time, and how far it had come by its end */
    enum alert_level settled_level;
    double predicted; /* intensity, for the plot; NAN: none now */
};

static void note_onset(struct replay *r, const struct report *report)
{
    struct replay_summary *s = &r->summary;

    if (r->sink->onset)
        r->sink->onset(r->sink->ctx, report);
    plot_pick(r->plot, report->onset.onset_s, report->onset.phase == ONSET_P ? 'P' : 'L',
              report->kind == REPORT_REFINED);
    if (report->onset.declared_s < 0)
        return;
    if (report->kind == REPORT_ONSET)
        s->picks++;
    if (isnan(s->first_declared_s))
        s->first_declared_s = report->onset.declared_s;
    if (s->picks == 1)
        s->first_onset_s = report->onset.onset_s;
}

static void note_step(struct replay *r, const struct report *report)
{
    static const double levels[ALERT_THRESHOLDS] = {3, 4, 5, 6};
    struct replay_summary *s = &r->summary;
    const struct step_report *step = &report->step;
    const struct window_report *w = &report->window;

    plot_ratio(r->plot, report->time_s, step->sta_lta);
    if (r->plot)
        plot_statistic(r->plot, report->time_s, onset_level(&pipeline_chain(r->pipeline)->onset));
    if (report->time_s < 0 || !report->scale_known)
        return;
    if (r->plot)
        plot_intensity(r->plot, report->time_s,
                       intensity_gbt_raw(step->current_pga_mps2, step->current_pgv_mps), r->predicted);
    if (!report->armed_observed)
        return;
    s->observed_s += FEATURES_STEP_S;
    bool larger = step->pga_mps2 > s->motion.pga_mps2 || step->pgv_mps > s->motion.pgv_mps;
    if (step->pga_mps2 > s->motion.pga_mps2)
        s->peak_s = report->time_s;
    s->motion.pga_mps2 = vec_max(step->pga_mps2, s->motion.pga_mps2);
    s->motion.pgv_mps = vec_max(step->pgv_mps, s->motion.pgv_mps);
    s->motion.pga_horizontal_mps2 = vec_max(step->pga_horizontal_mps2, s->motion.pga_horizontal_mps2);
    s->motion.pgv_horizontal_mps = vec_max(step->pgv_horizontal_mps, s->motion.pgv_horizontal_mps);
    s->motion.jma = vec_max(step->jma, s->motion.jma);
    /* Most steps are not the largest so far, and have no need of its logarithms. */
    double intensity = larger ? intensity_gbt_raw(s->motion.pga_mps2, s->motion.pgv_mps) : -INFINITY;
    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        if (isnan(s->crossed_s[i]) && intensity >= levels[i])
            s->crossed_s[i] = report->time_s;
    /* The strongest event's parameters: its last report has the largest peak of its window. */
    if (w->onset_id && (w->onset_id == s->window.onset_id || w->pga_mps2 > s->window.pga_mps2))
        s->window = *w;
}

/* The picture names what raised a level: the first reason is the newest and highest. */
static void show_alert(struct plot *plot, const struct alert *a)
{
    const struct alert_reason *why = &a->reason[0];
    char text[80];

    if (a->is_final)
        snprintf(text, sizeof text, "%s", alert_phase_name(a->phase));
    else if (a->reasons > 0 && why->kind == ALERT_REASON_PREDICTED)
        snprintf(text, sizeof text, "predicted, P(I >= %g) %.2f > %.2f", why->threshold, why->value,
                 why->limit);
    else if (a->reasons > 0 && why->kind == ALERT_REASON_OBSERVED)
        snprintf(text, sizeof text, "observed %.1f, from %.1f on for %g", why->value, why->limit,
                 why->threshold);
    else
        snprintf(text, sizeof text, "%s", alert_basis_name(a->basis));
    plot_level(plot, a->time_s, a->is_final ? 0 : (int)a->level, text);
}

static void decide(struct replay *r, const struct report *report)
{
    struct alert alert[POLICY_ALERTS_MAX];
    struct replay_summary *s = &r->summary;
    int n = policy_feed(&r->policy, report, alert, POLICY_ALERTS_MAX);

    for (int i = 0; i < n; i++) {
        const struct alert *a = &alert[i];
        if (r->live)
            alert[i].status = r->live->status;
        if (r->sink->alert)
            r->sink->alert(r->sink->ctx, a);
        show_alert(r->plot, a);
        r->predicted = a->has_prediction && !a->is_final ? a->mu : NAN; /* what decides */
        /* A level reached in the settle time is not the record's, however long it is repeated. */
        if (a->event != r->settled_event)
            r->settled_level = ALERT_NONE;
        if (a->time_s < 0) {
            r->settled_event = a->event;
            r->settled_level = a->level;
            continue;
        }
        s->alerts++;
        for (int l = (int)r->settled_level + 1; l <= (int)a->level; l++)
            if (isnan(s->level_s[l]))
                s->level_s[l] = a->time_s;
    }
}

static void tell_step(struct replay *r, const struct report *report)
{
    struct replay_step step = {.report = report};

    step.statistic = onset_level(&pipeline_chain(r->pipeline)->onset);
    if (report->scale_known && r->policy.now.time_s == report->time_s)
        step.evidence = &r->policy.now;
    if (r->policy.open)
        step.event = &r->policy.alert;
    r->sink->step(r->sink->ctx, &step);
}

static void on_report(void *ctx, const struct report *report)
{
    struct replay *r = ctx;

    if (r->live && r->live->report)
        r->live->report(r->live->ctx, report);
    switch (report->kind) {
    case REPORT_ONSET:
    case REPORT_REFINED:
        note_onset(r, report);
        break;
    case REPORT_REJECT:
        if (report->time_s >= 0)
            r->summary.rejects[report->reject.reason]++;
        if (r->sink->reject)
            r->sink->reject(r->sink->ctx, report);
        plot_reject(r->plot, report->reject.candidate_s, onset_reject_name(report->reject.reason));
        break;
    case REPORT_STEP:
        note_step(r, report);
        break;
    case REPORT_GAP:
        break;
    }
    decide(r, report);
    if (report->kind == REPORT_STEP && r->sink->step)
        tell_step(r, report);
}

static void begin_summary(struct replay_summary *s, bool scale_known)
{
    memset(s, 0, sizeof *s);
    s->scale_known = scale_known;
    s->motion.jma = JMA_MIN;
    s->first_onset_s = s->first_declared_s = s->peak_s = NAN;
    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        s->crossed_s[i] = NAN;
    for (int i = 0; i < 4; i++)
        s->level_s[i] = NAN;
}

static bool may_go_on(const struct replay *r, const struct block *b)
{
    double end_s = (double)b->t_mono_ns * 1e-9 + (double)b->n / b->rate_hz;

    return !r->live || !r->live->wait || r->live->wait(r->live->ctx, end_s);
}

static int run(struct replay *r, struct trace *trace, size_t block_max,
               const struct replay_progress *progress, struct error *err)
{
    struct block block;
    enum source_status status;
    double told_s = 0, time_s = 0;

    while ((status = trace_read(trace, &block, block_max, err)) == SOURCE_BLOCK && may_go_on(r, &block)) {
        time_s = (double)block.t_mono_ns * 1e-9;
        for (size_t i = 0; r->plot && i < block.n; i++)
            plot_sample(r->plot, time_s + (double)i / block.rate_hz, block.value[i]);
        if (r->sink->block)
            r->sink->block(r->sink->ctx, time_s, &block);
        pipeline_feed(r->pipeline, &block);
        time_s += (double)block.n / block.rate_hz;
        if (progress && progress->tell && time_s - told_s >= 60) {
            progress->tell(progress->ctx, time_s);
            told_s = time_s;
        }
    }
    if (status == SOURCE_FAILED)
        return -1;
    pipeline_end(r->pipeline);
    r->summary.duration_s = time_s;
    return 0;
}

int replay_record(struct trace *trace, size_t record, const struct detection_conf *conf, size_t block_max,
                  const struct sys *sys, const struct replay_sink *sink, struct plot *plot,
                  const struct replay_progress *progress, struct error *err)
{
    const struct trace_info *info = trace_record(trace, record);
    struct pipeline_input input = {
        .rate_hz = info->rate_hz,
        .unit = info->unit,
        .axis_mask = info->axis_mask,
        .calibration = calibration_from_rotation(info->rotate ? info->to_zne : NULL),
    };
    int result = -1;
    struct replay *r = sys_alloc(sys, sizeof *r);

    if (!r)
        return error_set(err, "out of memory");
    for (int a = 0; a < AXES; a++)
        input.lsb[a] = info->component[a].lsb;
    r->conf = conf;
    r->sink = sink;
    r->plot = plot;
    r->live = progress ? progress->live : NULL;
    r->predicted = NAN;
    begin_summary(&r->summary, info->unit != UNIT_UNKNOWN);
    policy_init(&r->policy, &conf->policy);
    if (sink->record)
        sink->record(sink->ctx, info);
    plot_describe(plot,
                  info->unit == UNIT_MPS2  ? "m/s^2"
                  : info->unit == UNIT_MPS ? "m/s"
                                           : "counts",
                  "GB/T", info->axis_mask, info->rate_hz);
    if (trace_start(trace, record, err) == 0 &&
        pipeline_open(&r->pipeline, sys, &conf->pipeline, &input, on_report, r, err) == 0)
        result = run(r, trace, block_max, progress, err);
    if (result == 0) {
        r->summary.peaks = pipeline_peaks(r->pipeline);
        r->summary.overlapped = trace_overlapped(trace);
        r->summary.not_finite = trace_not_finite(trace);
        if (sink->summary)
            sink->summary(sink->ctx, &r->summary);
    }
    pipeline_close(r->pipeline);
    sys_free(sys, r);
    return result;
}
