#include "alarm/alert_json.h"

#include <math.h>

#include "io/utc.h"

static void put_utc(struct json *to, const char *key, const int64_t *t0_utc_ns, double time_s)
{
    char text[40];

    if (t0_utc_ns && isfinite(time_s) &&
        utc_format(*t0_utc_ns + (int64_t)llround(time_s * 1e9), text, sizeof text) > 0)
        json_put_text(to, key, text);
    else
        json_put_null(to, key);
}

struct json *alert_json_intensities(const struct sys *sys, const double value[INTENSITY_SCALES])
{
    struct json *to = json_new_object(sys);

    for (int s = 0; s < INTENSITY_SCALES; s++)
        json_put_number(to, intensity_scale_name((enum intensity_scale)s), value[s], 2);
    return to;
}

static struct json *thresholds(const struct sys *sys, const struct alert *a)
{
    struct json *all = json_new_array(sys);

    for (int i = 0; i < ALERT_THRESHOLDS; i++) {
        const struct alert_threshold *t = &a->threshold[i];
        struct json *one = json_new_object(sys);
        json_put_number(one, "intensity", t->intensity, 2);
        json_put_number(one, "p", t->p, 3);
        json_put_bool(one, "reached", t->reached);
        if (t->reached) {
            json_put_text(one, "basis", alert_basis_name(t->basis));
            json_put_number(one, "reached_s", t->reached_s, 2);
        }
        json_put_bool(one, "crossed", t->crossed);
        if (t->crossed)
            json_put_number(one, "crossed_s", t->crossed_s, 2);
        json_add(all, one);
    }
    return all;
}

static struct json *reasons(const struct sys *sys, const struct alert *a)
{
    struct json *all = json_new_array(sys);

    for (int i = 0; i < a->reasons; i++) {
        const struct alert_reason *reason = &a->reason[i];
        struct json *one = json_new_object(sys);
        json_put_text(one, "reason", alert_reason_name(reason->kind));
        if (reason->threshold > 0)
            json_put_number(one, "threshold", reason->threshold, 2);
        json_put_significant(one, "value", reason->value);
        json_put_significant(one, "limit", reason->limit);
        json_put_number(one, "time_s", reason->time_s, 2);
        json_add(all, one);
    }
    return all;
}

void alert_json_put(struct json *line, const struct sys *sys, const struct alert *a, const int64_t *t0_utc_ns)
{
    json_put_integer(line, "event", a->event);
    json_put_integer(line, "revision", a->revision);
    json_put_text(line, "phase", alert_phase_name(a->phase));
    json_put_text(line, "status", alert_status_name(a->status));
    json_put_text(line, "level", alert_level_name(a->level));
    json_put_text(line, "basis", alert_basis_name(a->basis));
    json_put_bool(line, "is_final", a->is_final);
    json_put_number(line, "time_s", a->time_s, 4);
    json_put_number(line, "onset_s", a->onset_s, 4);
    put_utc(line, "onset", t0_utc_ns, a->onset_s);
    json_put_number(line, "since_onset_s", a->t_s, 4);
    json_put_integer(line, "pick", a->onset_id);
    json_put_text(line, "scale", intensity_scale_name(a->scale));
    if (a->has_prediction) {
        struct json *p = json_new_object(sys);
        json_put_number(p, "mu", a->mu, 2);
        json_put_number(p, "sigma", a->sigma, 2);
        json_put_number(p, "s_probability", a->s_probability, 3);
        json_put_significant(p, "pd_m", a->pd_m);
        json_put_significant(p, "snr", a->snr);
        json_put_number(p, "pga_log10_mps2", a->predicted_pga_log, 2);
        json_put_number(p, "pgv_log10_mps", a->predicted_pgv_log, 2);
        json_put(p, "intensity", alert_json_intensities(sys, a->predicted));
        json_put(line, "predicted", p);
    } else {
        json_put_null(line, "predicted");
    }
    struct json *o = json_new_object(sys);
    json_put(o, "intensity", alert_json_intensities(sys, a->observed));
    json_put_number(o, "current", a->current, 2);
    if (a->background > -9)
        json_put_number(o, "background", a->background, 2);
    else
        json_put_null(o, "background");
    json_put_significant(o, "pga_mps2", a->pga_mps2);
    json_put_significant(o, "pgv_mps", a->pgv_mps);
    json_put(line, "observed", o);
    json_put(line, "thresholds", thresholds(sys, a));
    json_put(line, "reasons", reasons(sys, a));
}
