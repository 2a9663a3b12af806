/* Gathers what a replay tells about one record. */
#include "node/page.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "node/page_data.h"
#include "node/page_text.h"

#define MEAN_S 4.0 /* as the summary's PGA and the pictures have it */

enum { RANK_REJECT = 1, RANK_PICK, RANK_ALERT };

const char *const page_step_name[PAGE_COLUMNS] = {
    [PAGE_STA_LTA] = "sta_lta",
    [PAGE_STATISTIC] = "statistic",
    [PAGE_OBSERVED] = "observed",
    [PAGE_SO_FAR] = "so_far",
    [PAGE_PREDICTED] = "predicted",
    [PAGE_MU] = "mu",
    [PAGE_SIGMA] = "sigma",
    [PAGE_P] = "p_0",
    [PAGE_P + 1] = "p_1",
    [PAGE_P + 2] = "p_2",
    [PAGE_P + 3] = "p_3",
    [PAGE_S_PROBABILITY] = "s_probability",
    [PAGE_SNR] = "snr",
    [PAGE_PD_1HZ] = "pd_1hz_m",
    [PAGE_PD] = "pd_m",
    [PAGE_TAU_C] = "tau_c_s",
    [PAGE_TAU_P] = "tau_p_s",
    [PAGE_PA] = "pa_mps2",
    [PAGE_PV] = "pv_mps",
    [PAGE_IV2] = "iv2_m2ps",
    [PAGE_CAV] = "cav_mps",
    [PAGE_ARIAS] = "arias_mps",
    [PAGE_HV] = "hv_log",
    [PAGE_S_GROWTH] = "s_growth",
    [PAGE_HIGH] = "high_ratio_log",
    [PAGE_LOW] = "low_ratio_log",
    [PAGE_SPECTRUM_SNR] = "snr_spectrum",
    [PAGE_CENTROID] = "centroid_hz",
    [PAGE_NOISE] = "noise_mps2",
    [PAGE_JMA] = "jma",
    [PAGE_GUARDS] = "guards",
};

bool page_wanted(const char *path)
{
    size_t n = strlen(path);

    return n > 5 && !strcmp(path + n - 5, ".html");
}

int page_open(struct page **out, const struct sys *sys, const char *path, const struct detection_conf *conf,
              struct error *err)
{
    static const struct track_conf wave = {
        .columns = AXES, .chunk_rows = 256, .chunks = 512, .stretches = 8192, .stretch_s = 1.0 / 32.0};
    static const struct track_conf steps = {
        .columns = PAGE_COLUMNS, .chunk_rows = 64, .chunks = 256, .stretches = 4096, .stretch_s = 0.4};
    struct page *p;
    int result;

    *out = NULL;
    if (page_head_size == 0)
        return error_set(err,
                         "%s: this program was built without the page (npm was missing); "
                         "name a .svg or .png, or build it again with npm",
                         path);
    if (strlen(path) >= sizeof p->path)
        return error_set(err, "%.60s...: the name is too long", path);
    p = sys_alloc(sys, sizeof *p);
    if (!p)
        return error_set(err, "%s: no memory for the page", path);
    p->sys = sys;
    p->fd = -1;
    p->policy = conf->policy;
    p->settle_s = conf->pipeline.settle_s;
    memcpy(p->path, path, strlen(path) + 1);
    p->lines = tmpfile();
    if (!p->lines)
        result = error_set(err, "%s: no temporary file: %s", path, strerror(errno));
    else if (track_open(&p->wave, sys, &wave) != 0 || track_open(&p->steps, sys, &steps) != 0 ||
             !(p->events = events_open(sys, p->lines)))
        result = error_set(err, "%s: no memory or no temporary file for the page", path);
    else if ((p->fd = sys->open_write(sys->ctx, path)) < 0)
        result = error_set(err, "%s: cannot write: %s", path, strerror(errno));
    else
        result = 0;
    if (result != 0) {
        page_close(p);
        return -1;
    }
    p->events_sink = events_sink(p->events);
    *out = p;
    return 0;
}

void page_close(struct page *p)
{
    if (!p)
        return;
    track_close(&p->wave);
    track_close(&p->steps);
    plot_spectra_close(&p->spectra);
    events_close(p->events);
    if (p->lines)
        fclose(p->lines);
    if (p->fd >= 0)
        p->sys->close(p->sys->ctx, p->fd);
    sys_free(p->sys, p);
}

/* Rows around an event are kept; `after_s` of those to come. */
static void keep(struct page *p, double time_s, double after_s, int rank)
{
    track_mark(&p->wave, time_s - TRACK_HISTORY_S, time_s + after_s, rank);
    track_mark(&p->steps, time_s - TRACK_HISTORY_S, time_s + after_s, rank);
}

/* ---- what the replay tells ---- */

static void on_record(void *ctx, const struct trace_info *info)
{
    struct page *p = ctx;

    p->info = info;
    plot_spectra_open(&p->spectra, info->rate_hz);
    p->events_sink.record(p->events_sink.ctx, info);
    if (p->next.record)
        p->next.record(p->next.ctx, info);
}

static void on_onset(void *ctx, const struct report *r)
{
    struct page *p = ctx;

    if (p->picks++ < PAGE_PICKS_MAX)
        p->events_sink.onset(p->events_sink.ctx, r);
    keep(p, r->onset.onset_s, 30.0, RANK_PICK);
    if (r->kind == REPORT_ONSET)
        plot_spectra_pick(&p->spectra, r->onset.onset_s);
    if (p->next.onset)
        p->next.onset(p->next.ctx, r);
}

static void on_reject(void *ctx, const struct report *r)
{
    struct page *p = ctx;

    if (p->rejects++ < PAGE_REJECTS_MAX)
        p->events_sink.reject(p->events_sink.ctx, r);
    keep(p, r->reject.candidate_s, 5.0, RANK_REJECT);
    if (p->next.reject)
        p->next.reject(p->next.ctx, r);
}

static void on_alert(void *ctx, const struct alert *a)
{
    struct page *p = ctx;

    if (p->alerts++ < PAGE_ALERTS_MAX)
        p->events_sink.alert(p->events_sink.ctx, a);
    keep(p, a->time_s, a->is_final ? 5.0 : 30.0, RANK_ALERT + (int)a->level);
    if (p->next.alert)
        p->next.alert(p->next.ctx, a);
}

static void on_summary(void *ctx, const struct replay_summary *summary)
{
    struct page *p = ctx;

    p->events_sink.summary(p->events_sink.ctx, summary);
    if (p->next.summary)
        p->next.summary(p->next.ctx, summary);
}

static float over_base(struct page_offset *o, double time_s, double value)
{
    if (!isfinite(value))
        return NAN;
    if (!o->known) {
        o->known = true;
        o->base = value;
    }
    if (time_s < MEAN_S) {
        o->mean_sum += value - o->base;
        o->mean_n++;
    }
    return (float)(value - o->base);
}

static void on_block(void *ctx, double time_s, const struct block *block)
{
    struct page *p = ctx;

    for (size_t i = 0; i < block->n; i++) {
        double t = time_s + (double)i / block->rate_hz;
        float row[AXES], size = 0;
        for (int a = 0; a < AXES; a++) {
            row[a] = over_base(&p->offset[a], t, block->value[i][a]);
            size = fmaxf(size, fabsf(row[a]));
        }
        track_add(&p->wave, t, 1.0 / block->rate_hz, row, size);
        plot_spectra_sample(&p->spectra, t, block->value[i]);
    }
    if (p->next.block)
        p->next.block(p->next.ctx, time_s, block);
}

/* -9 stands for "nothing known" in reports. */
static float known(double value)
{
    return value > -9.0 ? (float)value : NAN;
}

static void put_step(const struct step_report *s, bool scale_known, float *row)
{
    row[PAGE_STA_LTA] = (float)s->sta_lta;
    row[PAGE_SPECTRUM_SNR] = (float)s->snr_spectrum;
    row[PAGE_CENTROID] = (float)s->centroid_hz;
    row[PAGE_NOISE] = (float)s->noise_mps2;
    row[PAGE_HIGH] = known(s->high_ratio_log);
    row[PAGE_LOW] = known(s->low_ratio_log);
    if (!scale_known)
        return;
    row[PAGE_OBSERVED] = known(intensity_gbt_raw(s->current_pga_mps2, s->current_pgv_mps));
    row[PAGE_JMA] = known(s->jma);
}

static void put_window(const struct window_report *w, float *row)
{
    row[PAGE_PD_1HZ] = (float)w->pd_m;
    row[PAGE_PD] = (float)w->pd75_m;
    row[PAGE_TAU_C] = (float)w->tau_c_s;
    row[PAGE_TAU_P] = (float)w->tau_p_s;
    row[PAGE_PA] = (float)w->pa_mps2;
    row[PAGE_PV] = (float)w->pv_mps;
    row[PAGE_IV2] = (float)w->iv2_m2ps;
    row[PAGE_CAV] = (float)w->cav_mps;
    row[PAGE_ARIAS] = (float)w->arias_mps;
    row[PAGE_HV] = (float)w->hv_log;
    row[PAGE_S_GROWTH] = (float)w->s_growth;
}

static void put_evidence(const struct evidence *e, float *row)
{
    unsigned guards = 0;

    for (int i = 0; i < e->guards; i++)
        guards |= 1u << e->guard[i].kind;
    row[PAGE_GUARDS] = (float)guards;
    row[PAGE_SO_FAR] = known(e->so_far);
    if (!e->has_prediction)
        return;
    row[PAGE_MU] = (float)e->prediction.mu;
    row[PAGE_SIGMA] = (float)e->prediction.sigma;
    row[PAGE_S_PROBABILITY] = (float)e->prediction.s_probability;
    row[PAGE_SNR] = (float)e->prediction.snr;
    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        row[PAGE_P + i] = (float)e->prediction.p[i];
}

static void on_step(void *ctx, const struct replay_step *step)
{
    struct page *p = ctx;
    const struct report *r = step->report;
    float row[PAGE_COLUMNS];

    for (int c = 0; c < PAGE_COLUMNS; c++)
        row[c] = NAN;
    put_step(&r->step, r->scale_known, row);
    row[PAGE_STATISTIC] = (float)step->statistic;
    if (r->window.onset_id && r->scale_known)
        put_window(&r->window, row);
    if (step->evidence)
        put_evidence(step->evidence, row);
    if (step->event && step->event->has_prediction)
        row[PAGE_PREDICTED] = (float)step->event->predicted[INTENSITY_GBT];
    track_add(&p->steps, r->time_s, FEATURES_STEP_S, row, row[PAGE_STATISTIC]);
    if (p->next.step)
        p->next.step(p->next.ctx, step);
}

struct replay_sink page_sink(struct page *p, struct replay_sink next)
{
    p->next = next;
    return (struct replay_sink){
        .ctx = p,
        .record = on_record,
        .onset = on_onset,
        .reject = on_reject,
        .alert = on_alert,
        .summary = on_summary,
        .block = on_block,
        .step = on_step,
    };
}

int page_finish(struct page *p, struct error *err)
{
    int result = 0;

    if (sys_write_all(p->sys, p->fd, page_head, page_head_size) != 0 || page_write_data(p, p->fd) != 0 ||
        sys_write_all(p->sys, p->fd, page_tail, page_tail_size) != 0)
        result = error_set(err, "%s: cannot write: %s", p->path, strerror(errno));
    if (p->sys->close(p->sys->ctx, p->fd) != 0 && result == 0)
        result = error_set(err, "%s: cannot write: %s", p->path, strerror(errno));
    p->fd = -1;
    return result;
}
