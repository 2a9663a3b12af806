/* Writes what a page remembers, as one JSON object. Text passes through put_escaped, numbers are our own. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "io/json.h"
#include "node/page_data.h"

struct out {
    const struct sys *sys;
    int fd, failed; /* errno of the first failure */
    size_t n;
    char held[16384];
};

static void flush(struct out *o)
{
    if (o->n > 0 && !o->failed && sys_write_all(o->sys, o->fd, o->held, o->n) != 0)
        o->failed = errno ? errno : EIO;
    o->n = 0;
}

static void put_byte(struct out *o, char c)
{
    if (o->n == sizeof o->held)
        flush(o);
    o->held[o->n++] = c;
}

static void put(struct out *o, const char *text)
{
    for (; *text; text++)
        put_byte(o, *text);
}

static void put_size(struct out *o, size_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%zu", n);
    put(o, text);
}

static void put_number(struct out *o, double value)
{
    char text[32];

    snprintf(text, sizeof text, "%.12g", value); /* finite, by whoever calls */
    put(o, text);
}

static void put_quoted(struct out *o, const char *name) /* one of our own */
{
    put(o, "\"");
    put(o, name);
    put(o, "\"");
}

/* JSON as io/json.h writes it, made fit to stand in a script element: these three can only be inside its
 * strings, where the escape means the same. */
static void put_escaped(struct out *o, const char *json)
{
    for (; *json; json++) {
        if (*json == '<')
            put(o, "\\u003c");
        else if (*json == '>')
            put(o, "\\u003e");
        else if (*json == '&')
            put(o, "\\u0026");
        else if (*json != '\n')
            put_byte(o, *json);
    }
}

static void put_json(struct out *o, struct json *json)
{
    const char *text;
    int status = json_write_line(json, &text, NULL);

    if (status == 0)
        put_escaped(o, text);
    else if (!o->failed)
        o->failed = -status;
    json_free(json);
}

/* ---- numbers in bulk: little-endian floats, base64 ---- */

struct base64 {
    struct out *out;
    unsigned held, n;
};

static const char base64_digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64_byte(struct base64 *b, unsigned byte)
{
    b->held = b->held << 8 | byte;
    if (++b->n < 3)
        return;
    for (int shift = 18; shift >= 0; shift -= 6)
        put_byte(b->out, base64_digit[b->held >> shift & 63u]);
    b->held = b->n = 0;
}

static void base64_end(struct base64 *b)
{
    unsigned bits = b->held << (8 * (3 - b->n));

    for (unsigned i = 0; b->n > 0 && i < 4; i++)
        put_byte(b->out, i <= b->n ? base64_digit[bits >> (18 - 6 * i) & 63u] : '=');
    b->held = b->n = 0;
}

static void base64_float(struct base64 *b, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 4; i++)
        base64_byte(b, bits >> (8 * i) & 255u);
}

static void put_floats(struct out *o, const float *value, size_t n)
{
    struct base64 b = {.out = o};

    put_byte(o, '"');
    for (size_t i = 0; i < n; i++)
        base64_float(&b, value[i]);
    base64_end(&b);
    put_byte(o, '"');
}

/* ---- the parts ---- */

static void put_rows(struct out *o, const struct track *t)
{
    struct base64 b = {.out = o};
    float *row = sys_alloc(o->sys, t->conf.chunk_rows * t->conf.columns * sizeof *row);

    if (!row && !o->failed)
        o->failed = ENOMEM;
    put(o, "],\"rows\":\"");
    for (size_t i = 0; row && i < t->chunks && !o->failed; i++) {
        if (track_rows(t, i, row) != 0)
            o->failed = errno;
        for (size_t k = 0; k < t->chunk[i].rows * t->conf.columns && !o->failed; k++)
            base64_float(&b, row[k]);
    }
    base64_end(&b);
    put(o, "\"");
    sys_free(o->sys, row);
}

static void put_track(struct out *o, const char *name, const struct track *t)
{
    size_t cells = t->stretches * t->conf.columns;

    put(o, ",");
    put_quoted(o, name);
    put(o, ":{\"columns\":");
    put_size(o, t->conf.columns);
    put(o, t->complete ? ",\"complete\":true,\"chunks\":[" : ",\"complete\":false,\"chunks\":[");
    for (size_t i = 0; i < t->chunks; i++) {
        put(o, i ? ",[" : "[");
        put_number(o, t->chunk[i].from_s);
        put(o, ",");
        put_number(o, t->chunk[i].step_s);
        put(o, ",");
        put_size(o, t->chunk[i].rows);
        put(o, "]");
    }
    put_rows(o, t);
    put(o, ",\"stretch_s\":");
    put_number(o, t->stretch_s);
    if (!t->complete) { /* else the rows say it all */
        put(o, ",\"low\":");
        put_floats(o, t->low, cells);
        put(o, ",\"high\":");
        put_floats(o, t->high, cells);
    }
    put(o, "}");
}

static void put_spectra(struct out *o, const struct plot_spectra *s)
{
    static const char *const name[PLOT_SPECTRA] = {"noise", "event"};
    float density[PLOT_POINTS_MAX];

    put(o, ",\"spectra\":{\"bin_hz\":");
    put_number(o, s->bin_hz);
    for (int k = 0; k < PLOT_SPECTRA; k++) {
        size_t n = plot_spectra_points(s, (enum plot_spectrum)k);
        for (size_t i = 0; i < n; i++)
            density[i] = (float)plot_spectra_density(s, (enum plot_spectrum)k, i);
        put(o, ",");
        put_quoted(o, name[k]);
        put(o, ":");
        put_floats(o, density, n);
    }
    put(o, "}");
}

static struct json *record(const struct page *p)
{
    static const char *const axis[AXES] = {"Z", "N", "E"};
    const struct trace_info *info = p->info;
    struct json *to = json_new_object(p->sys), *components = json_new_array(p->sys);

    json_put_text(to, "id", info->id);
    json_put_text(to, "format", info->format);
    json_put_number(to, "rate_hz", info->rate_hz, 6);
    json_put_text(to, "unit", info->unit == UNIT_MPS2 ? "m/s^2" : info->unit == UNIT_MPS ? "m/s" : "counts");
    if (info->has_utc)
        json_put_integer(to, "t0_ms", info->t0_ns / 1000000);
    json_put_number(to, "header_p_s", info->p_s, 4);
    json_put_number(to, "header_s_s", info->s_s, 4);
    json_put_bool(to, "rotated", info->rotate);
    json_put_number(to, "settle_s", p->settle_s, 3);
    for (int a = 0; a < AXES; a++) {
        const struct page_offset *o = &p->offset[a];
        struct json *one = json_new_object(p->sys);
        json_put_text(one, "axis", axis[a]);
        json_put_bool(one, "present", info->axis_mask >> a & 1u);
        json_put_text(one, "channel", info->component[a].code);
        json_put_number(one, "mean", o->mean_n > 0 ? o->mean_sum / (double)o->mean_n : 0.0, 12);
        json_add(components, one);
    }
    json_put(to, "components", components);
    return to;
}

static struct json *limits(const struct page *p)
{
    const struct policy_conf *c = &p->policy;
    struct json *to = json_new_object(p->sys), *threshold = json_new_array(p->sys),
                *limit = json_new_array(p->sys);

    for (int i = 0; i < ALERT_THRESHOLDS; i++) {
        json_add_number(threshold, c->threshold[i], 3);
        json_add_number(limit, c->p_limit[i], 4);
    }
    json_put_text(to, "scale", intensity_scale_name((enum intensity_scale)c->scale));
    json_put(to, "threshold", threshold);
    json_put(to, "p_limit", limit);
    json_put_number(to, "floor_margin", c->floor_margin, 3);
    json_put_number(to, "background_step", c->background_step, 3);
    json_put_number(to, "window_from_s", c->window_from_s, 3);
    json_put_number(to, "window_to_s", c->window_to_s, 3);
    json_put_number(to, "snr_min", c->snr_min, 3);
    json_put_number(to, "hv_max_log", c->hv_max_log, 3);
    json_put_number(to, "high_ratio_max", c->high_ratio_max, 3);
    json_put_number(to, "low_ratio_max", c->low_ratio_max, 3);
    json_put_number(to, "high_ratio_floor", c->high_ratio_floor, 3);
    json_put_number(to, "low_ratio_floor", c->low_ratio_floor, 3);
    return to;
}

static struct json *left_out(const struct page *p)
{
    struct json *to = json_new_object(p->sys);

    json_put_integer(to, "picks", p->picks > PAGE_PICKS_MAX ? p->picks - PAGE_PICKS_MAX : 0);
    json_put_integer(to, "rejects", p->rejects > PAGE_REJECTS_MAX ? p->rejects - PAGE_REJECTS_MAX : 0);
    json_put_integer(to, "alerts", p->alerts > PAGE_ALERTS_MAX ? p->alerts - PAGE_ALERTS_MAX : 0);
    return to;
}

static void put_names(struct out *o)
{
    put(o, ",\"step_names\":[");
    for (int c = 0; c < PAGE_COLUMNS; c++) {
        put(o, c ? "," : "");
        put_quoted(o, page_step_name[c]);
    }
    put(o, "],\"guard_names\":[");
    for (int k = 0; k < ALERT_REASON_KINDS; k++) {
        put(o, k ? "," : "");
        put_quoted(o, alert_reason_name((enum alert_reason_kind)k));
    }
    put(o, "]");
}

/* The lines as they were printed; each ends in a line break, which becomes the comma. */
static void put_events(struct out *o, struct page *p)
{
    char part[4097];
    size_t n;
    bool between = false;

    if (events_status(p->events) < 0 || fflush(p->lines) != 0)
        o->failed = o->failed ? o->failed : errno ? errno : EIO;
    rewind(p->lines);
    put(o, ",\"events\":[");
    while ((n = fread(part, 1, sizeof part - 1, p->lines)) > 0) {
        for (size_t i = 0; i < n; i++) {
            if (between && part[i] != '\n')
                put_byte(o, ',');
            between = part[i] == '\n';
            put_escaped(o, (char[]){part[i], 0});
        }
    }
    if (ferror(p->lines))
        o->failed = o->failed ? o->failed : EIO;
    put(o, "]");
}

int page_write_data(struct page *p, int fd)
{
    struct out o = {.sys = p->sys, .fd = fd};

    put(&o, "{\"schema\":\"tocsin.page/1\",\"version\":\"" TOCSIN_VERSION "\",\"record\":");
    put_json(&o, record(p));
    put(&o, ",\"limits\":");
    put_json(&o, limits(p));
    put(&o, ",\"left_out\":");
    put_json(&o, left_out(p));
    put_names(&o);
    put_track(&o, "wave", &p->wave);
    put_track(&o, "steps", &p->steps);
    put_spectra(&o, &p->spectra);
    put_events(&o, p);
    put(&o, "}");
    flush(&o);
    errno = o.failed;
    return o.failed ? -1 : 0;
}
