#include "node/events.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "alarm/alert_json.h"
#include "io/json.h"
#include "io/utc.h"

struct events {
    const struct sys *sys;
    FILE *out;
    struct json *line;
    const struct trace_info *info;
    int failed; /* errno of the first failure */
};

struct events *events_open(const struct sys *sys, FILE *out)
{
    struct events *e = sys_alloc(sys, sizeof *e);

    if (!e)
        return NULL;
    e->sys = sys;
    e->out = out;
    e->line = json_new_object(sys);
    if (!e->line) {
        sys_free(sys, e);
        return NULL;
    }
    return e;
}

void events_close(struct events *e)
{
    if (!e)
        return;
    json_free(e->line);
    sys_free(e->sys, e);
}

static void on_record(void *ctx, const struct trace_info *info)
{
    struct events *e = ctx;

    e->info = info;
}

int events_status(const struct events *e)
{
    errno = e->failed;
    return e->failed ? -1 : 0;
}

static void begin(struct events *e, const char *type)
{
    char schema[32];

    json_reset(e->line);
    snprintf(schema, sizeof schema, "tocsin.%s/1", type);
    json_put_text(e->line, "schema", schema);
    json_put_text(e->line, "type", type);
    json_put_text(e->line, "record", e->info->id);
}

static void end(struct events *e)
{
    const char *text;
    size_t n;
    int status = json_write_line(e->line, &text, &n);

    if (status < 0)
        e->failed = e->failed ? e->failed : -status;
    else if (fwrite(text, 1, n, e->out) != n)
        e->failed = e->failed ? e->failed : errno ? errno : EIO;
}

static void put_utc(const struct events *e, struct json *to, const char *key, double time_s)
{
    char text[40];

    if (e->info->has_utc && isfinite(time_s) &&
        utc_format(e->info->t0_ns + (int64_t)llround(time_s * 1e9), text, sizeof text) > 0)
        json_put_text(to, key, text);
    else
        json_put_null(to, key);
}

static void on_onset(void *ctx, const struct report *r)
{
    struct events *e = ctx;
    const struct onset_report *o = &r->onset;

    begin(e, "pick");
    json_put_integer(e->line, "id", o->id);
    json_put_text(e->line, "phase", o->phase == ONSET_P ? "P" : "later");
    json_put_bool(e->line, "refined", r->kind == REPORT_REFINED);
    put_utc(e, e->line, "onset", o->onset_s);
    json_put_number(e->line, "onset_s", o->onset_s, 4);
    json_put_number(e->line, "declared_s", o->declared_s, 4);
    json_put_number(e->line, "known_s", r->time_s, 4);
    json_put_significant(e->line, "snr", o->snr);
    json_put_number(e->line, "frequency_hz", o->frequency_hz, 2);
    json_put_number(e->line, "quality", o->quality, 3);
    json_put_number(e->line, "statistic", o->statistic, 3);
    json_put_number(e->line, "sta_lta", o->sta_lta, 2);
    json_put_number(e->line, "spectrum_snr", o->snr_spectrum, 2);
    json_put_number(e->line, "spectrum_centroid_hz", o->centroid_hz, 2);
    json_put_integer(e->line, "band", o->band);
    end(e);
}

static void on_reject(void *ctx, const struct report *r)
{
    struct events *e = ctx;

    begin(e, "reject");
    json_put_number(e->line, "time_s", r->time_s, 4);
    json_put_number(e->line, "candidate_s", r->reject.candidate_s, 4);
    json_put_text(e->line, "reason", onset_reject_name(r->reject.reason));
    json_put_significant(e->line, "value", r->reject.value);
    json_put_significant(e->line, "limit", r->reject.limit);
    end(e);
}

static void on_alert(void *ctx, const struct alert *a)
{
    struct events *e = ctx;

    begin(e, "alert");
    alert_json_put(e->line, e->sys, a, e->info->has_utc ? &e->info->t0_ns : NULL);
    end(e);
}

static const char *unit_name(enum unit unit)
{
    switch (unit) {
    case UNIT_MPS2:
        return "m/s^2";
    case UNIT_MPS:
        return "m/s";
    case UNIT_UNKNOWN:
        break;
    }
    return "counts";
}

static void put_input(struct events *e, const struct replay_summary *s)
{
    static const char axis[] = "ZNE";
    struct json *components = json_new_array(e->sys);

    json_put_text(e->line, "format", e->info->format);
    put_utc(e, e->line, "start", 0);
    json_put_number(e->line, "duration_s", s->duration_s, 4);
    json_put_number(e->line, "rate_hz", e->info->rate_hz, 4);
    json_put_integer(e->line, "samples", (int64_t)s->peaks.samples);
    json_put_integer(e->line, "lost", (int64_t)s->peaks.lost);
    json_put_integer(e->line, "overlapped", (int64_t)s->overlapped);
    json_put_integer(e->line, "not_finite", (int64_t)s->not_finite);
    json_put_text(e->line, "unit", unit_name(e->info->unit));
    json_put_text(e->line, "note", e->info->note);
    for (int a = 0; a < AXES; a++) {
        const struct trace_component *c = &e->info->component[a];
        if (!c->present)
            continue;
        struct json *one = json_new_object(e->sys);
        json_put_text(one, "axis", (char[]){axis[a], 0});
        json_put_text(one, "channel", c->code);
        json_put_number(one, "scale", c->scale, JSON_DECIMALS_MAX);
        json_put_significant(one, s->scale_known ? "pga_mps2" : "peak_counts", s->peaks.axis_mps2[a]);
        json_add(components, one);
    }
    json_put(e->line, "components", components);
    json_put_bool(e->line, "rotated", e->info->rotate);
    json_put_number(e->line, "header_p_s", e->info->p_s, 4);
    json_put_number(e->line, "header_s_s", e->info->s_s, 4);
}

static void put_maxima(struct events *e, const struct replay_summary *s)
{
    struct json *m = json_new_object(e->sys);
    double value[INTENSITY_SCALES];

    for (int i = 0; i < INTENSITY_SCALES; i++)
        value[i] = intensity_of((enum intensity_scale)i, &s->motion);
    json_put_number(m, "observed_for_s", s->observed_s, 1);
    json_put_significant(m, "pga_full_rate_mps2", s->peaks.vector_mps2);
    json_put_significant(m, "pga_mps2", s->motion.pga_mps2);
    json_put_significant(m, "pgv_mps", s->motion.pgv_mps);
    json_put_number(m, "peak_s", s->peak_s, 2);
    json_put(m, "intensity", alert_json_intensities(e->sys, value));
    json_put(e->line, "maxima", m);
}

static void put_parameters(struct events *e, const struct window_report *w)
{
    struct json *p = json_new_object(e->sys);

    json_put_integer(p, "pick", w->onset_id);
    json_put_number(p, "window_s", w->t_s, 2);
    json_put_significant(p, "pa_mps2", w->pa_mps2);
    json_put_significant(p, "pv_mps", w->pv_mps);
    json_put_significant(p, "pd_m", w->pd75_m);
    json_put_significant(p, "pd_1hz_m", w->pd_m);
    json_put_significant(p, "tau_c_s", w->tau_c_s);
    json_put_significant(p, "tau_p_s", w->tau_p_s);
    json_put_significant(p, "iv2_m2ps", w->iv2_m2ps);
    json_put_significant(p, "cav_mps", w->cav_mps);
    json_put_significant(p, "cav_std_mps", w->cav_std_mps);
    json_put_significant(p, "arias_mps", w->arias_mps);
    json_put_significant(p, "pga_mps2", w->pga_mps2);
    json_put_significant(p, "pgv_mps", w->pgv_mps);
    json_put_significant(p, "pgd_m", w->pgd_m);
    json_put_number(p, "jma", w->jma, 2);
    json_put(e->line, "parameters", p);
}

static void put_timing(struct events *e, const struct replay_summary *s)
{
    static const char *const crossed[ALERT_THRESHOLDS] = {"gbt_3_s", "gbt_4_s", "gbt_5_s", "gbt_6_s"};
    struct json *t = json_new_object(e->sys);

    json_put_number(t, "first_onset_s", s->first_onset_s, 4);
    json_put_number(t, "first_declared_s", s->first_declared_s, 4);
    for (int level = ALERT_WATCH; level <= ALERT_ALARM; level++) {
        char key[32];
        snprintf(key, sizeof key, "%s_s", alert_level_name((enum alert_level)level));
        json_put_number(t, key, s->level_s[level], 2);
    }
    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        json_put_number(t, crossed[i], s->crossed_s[i], 2);
    json_put(e->line, "timing", t);
}

static void on_summary(void *ctx, const struct replay_summary *s)
{
    struct events *e = ctx;

    begin(e, "summary");
    put_input(e, s);
    json_put_integer(e->line, "picks", s->picks);
    struct json *rejects = json_new_object(e->sys);
    for (int r = ONSET_ACCEPTED + 1; r < ONSET_REJECTS; r++)
        if (s->rejects[r] > 0)
            json_put_integer(rejects, onset_reject_name((enum onset_reject)r), s->rejects[r]);
    json_put(e->line, "rejects", rejects);
    json_put_integer(e->line, "alerts", s->alerts);
    enum alert_level level = ALERT_NONE;
    for (int l = ALERT_WATCH; l <= ALERT_ALARM; l++)
        if (!isnan(s->level_s[l]))
            level = (enum alert_level)l;
    json_put_text(e->line, "level", alert_level_name(level));
    if (s->scale_known) {
        put_maxima(e, s);
        if (s->window.onset_id)
            put_parameters(e, &s->window);
        else
            json_put_null(e->line, "parameters");
    } else {
        json_put_null(e->line, "maxima");
        json_put_null(e->line, "parameters");
    }
    put_timing(e, s);
    end(e);
}

struct replay_sink events_sink(struct events *e)
{
    return (struct replay_sink){
        .ctx = e,
        .record = on_record,
        .onset = on_onset,
        .reject = on_reject,
        .alert = on_alert,
        .summary = on_summary,
    };
}
