#include "node/history_show.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "io/utc.h"
#include "node/history_line.h"
#include "node/history_list.h"

enum { WIDE = 300, CAUSE_BEFORE = 64 };

/* ---- the head ---- */

static void head_number(FILE *out, const char *before, double value, const char *after)
{
    if (!isnan(value))
        fprintf(out, "%s%.3f%s", before, value, after);
}

static void head(const struct history_event *e, FILE *out)
{
    char time[40], sensors[HISTORY_NAMES];

    fprintf(out, "event     %" PRIu32 "  %s\n", e->number, e->id);
    fprintf(out, "onset     %s%s\n", history_list_time(e->onset_utc_ns, time),
            e->utc_trusted ? "" : "  (the clock was not synchronised)");
    fprintf(out, "level     %s, %s; %s, source %s; %s\n", alert_level_name(e->level), history_basis_name(e),
            history_status_name(e), history_source_name(e), history_end_name(e->end));
    fprintf(out, "sensors   %s\n", history_list_sensors(e, sensors));
    if (!isnan(e->observed) || !isnan(e->predicted)) {
        fprintf(out, "intensity");
        if (!isnan(e->observed))
            fprintf(out, " observed %.1f", e->observed);
        if (!isnan(e->predicted))
            fprintf(out, "%s predicted %.1f", isnan(e->observed) ? "" : ",", e->predicted);
        fprintf(out, " (%s)\n", intensity_scale_name(e->scale));
    }
    if (e->lead_threshold)
        fprintf(out, "lead      %.2f s, from deciding on threshold %d of %d to observing it\n", e->lead_s,
                e->lead_threshold, ALERT_THRESHOLDS);
    if (!isnan(e->siren_ms) || !isnan(e->line_ms)) {
        fprintf(out, "outputs   after the sample arrived:");
        head_number(out, " siren ", e->siren_ms, " ms");
        head_number(out, " voice ", e->voice_ms, " ms");
        head_number(out, " line ", e->line_ms, " ms");
        fputc('\n', out);
    }
    fputc('\n', out);
}

void history_show_begin(struct history_show *s, const struct history_events *events,
                        const struct history_event *event, FILE *out)
{
    memset(s, 0, sizeof *s);
    s->events = events;
    s->event = event;
    s->out = out;
    head(event, out);
}

/* ---- times ---- */

/* Seconds after the onset; NAN: unknown. Within one start of the node by the monotonic clock, which has no steps. */
static double since_onset_s(struct history_show *s, const struct json_value *line)
{
    int64_t mono_ns = history_integer(line, "mono_ns", INT64_MIN), utc_ns;

    if (mono_ns == INT64_MIN)
        return NAN;
    if (!s->anchored) {
        if (utc_parse(history_text(line, "at"), &utc_ns) && s->event->onset_utc_ns != INT64_MIN)
            s->anchor_s = ((double)utc_ns - (double)s->event->onset_utc_ns) * 1e-9;
        else if (history_event_number(line) == s->event->number)
            s->anchor_s = history_number(json_get(line, "alert"), "since_onset_s");
        else
            return NAN;
        s->anchored = !isnan(s->anchor_s);
        s->anchor_mono_ns = mono_ns;
    }
    return s->anchor_s + ((double)mono_ns - (double)s->anchor_mono_ns) * 1e-9;
}

static void say(const struct history_show *s, double at_s, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void say(const struct history_show *s, double at_s, const char *what, const char *format, ...)
{
    char text[2 * WIDE], visible[2 * WIDE], kind[16], when[32] = "?";
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (fabs(at_s) < 0.0005) /* UTC stands in the journal to the millisecond */
        at_s = 0;
    if (fabs(at_s) < 1e7)
        snprintf(when, sizeof when, "%+.3f s", at_s);
    fprintf(s->out, "%12s  %-8s  %s\n", when, history_visible(what, kind, sizeof kind),
            history_visible(text, visible, sizeof visible));
}

static void say_more(const struct history_show *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say_more(const struct history_show *s, const char *format, ...)
{
    char text[WIDE], visible[WIDE];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fprintf(s->out, "%24s%s\n", "", history_visible(text, visible, sizeof visible));
}

/* Behind what stands there already, as far as there is room: numbers of a file can be long. */
static void append(char *to, size_t room, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void append(char *to, size_t room, const char *format, ...)
{
    size_t n = strlen(to);
    va_list list;

    va_start(list, format);
    vsnprintf(to + n, room - n, format, list);
    va_end(list);
}

/* ---- an alert ---- */

static int sensor_slot(const struct json_value *line)
{
    int64_t i = history_integer(line, "sensor_index", 0);

    return i >= 0 && i < HISTORY_SENSORS ? (int)i : 0;
}

/* A revision repeats the reasons of those before it: each is told once. */
static bool is_news(struct history_show *s, int sensor, const struct json_value *reason, int threshold)
{
    for (int k = 0; k < ALERT_REASON_KINDS; k++)
        if (history_is(reason, "reason", alert_reason_name((enum alert_reason_kind)k))) {
            bool *told = &s->told[sensor][k * (ALERT_THRESHOLDS + 1) + threshold];
            bool news = !*told;
            *told = true;
            return news;
        }
    return true;
}

/* 1.. of the alert's thresholds; 0: it is of no single one. */
static int threshold_index(const struct json_value *thresholds, double intensity)
{
    for (size_t i = 0; i < ALERT_THRESHOLDS; i++)
        if (fabs(history_number(json_at(thresholds, i), "intensity") - intensity) < 1e-6)
            return (int)i + 1;
    return 0;
}

static void show_reasons(struct history_show *s, int sensor, const struct json_value *alert)
{
    const struct json_value *all = json_get(alert, "reasons");

    for (size_t i = 0; i < json_count(all) && i < ALERT_REASONS_MAX; i++) {
        const struct json_value *r = json_at(all, i);
        double threshold = history_number(r, "threshold");
        char of[32] = "";
        if (!is_news(s, sensor, r, threshold_index(json_get(alert, "thresholds"), threshold)))
            continue;
        if (!isnan(threshold))
            snprintf(of, sizeof of, " %.4g", threshold);
        say_more(s, "%.80s%s: %.4g, limit %.4g", history_text(r, "reason"), of, history_number(r, "value"),
                 history_number(r, "limit"));
    }
}

static void show_crossings(struct history_show *s, int sensor, const struct json_value *thresholds)
{
    for (size_t i = 0; i < ALERT_THRESHOLDS; i++) {
        const struct json_value *t = json_at(thresholds, i);
        double lead_s = history_number(t, "crossed_s") - history_number(t, "reached_s");
        if (!history_truth(t, "crossed") || s->crossed[sensor][i])
            continue;
        s->crossed[sensor][i] = true;
        if (isnan(lead_s))
            say_more(s, "%.4g is observed, and had not been decided", history_number(t, "intensity"));
        else
            say_more(s, "%.4g is observed, %.2f s after it was decided", history_number(t, "intensity"),
                     lead_s);
    }
}

static void show_alert(struct history_show *s, double at_s, const struct json_value *line)
{
    const struct json_value *alert = json_get(line, "alert"), *stages = json_get(line, "stages");
    const char *scale = intensity_scale_name(history_scale(alert));
    double predicted = history_number(json_get(json_get(alert, "predicted"), "intensity"), scale);
    double observed = history_number(json_get(json_get(alert, "observed"), "intensity"), scale);
    double reaction_ms = history_number(stages, "decided_ms") - history_number(stages, "received_ms");
    char told[WIDE];
    int sensor = sensor_slot(line);

    snprintf(told, sizeof told, "%.60s, revision %" PRId64 ": %.20s, %.20s, %.20s",
             history_text(line, "sensor"), history_integer(alert, "revision", 0),
             history_text(alert, "phase"), history_text(alert, "level"), history_text(alert, "basis"));
    if (!isnan(observed))
        append(told, sizeof told, ", observed %.1f", observed);
    if (!isnan(predicted))
        append(told, sizeof told, ", predicted %.1f", predicted);
    if (!isnan(reaction_ms))
        append(told, sizeof told, "; decided %.3f ms after the sample arrived", reaction_ms);
    say(s, at_s, "alert", "%s", told);
    show_crossings(s, sensor, json_get(alert, "thresholds"));
    show_reasons(s, sensor, alert);
}

/* ---- everything else ---- */

static void show_sound(const struct history_show *s, double at_s, const struct json_value *line)
{
    double countdown_s = history_number(line, "countdown_s");
    char countdown[40] = "";

    if (!isnan(countdown_s))
        snprintf(countdown, sizeof countdown, ", countdown %.1f s", countdown_s);
    say(s, at_s, "sound", "%.40s%s%s%s%s, source %.20s%s", history_text(line, "sound"),
        history_truth(line, "siren") ? ", siren" : "", history_truth(line, "voice") ? ", voice" : "",
        history_truth(line, "exercise") ? ", exercise" : "",
        history_truth(line, "severe") ? ", do not re-enter before inspection" : "",
        history_text(line, "source"), countdown);
}

/* Returns to: "none" where there is none. */
static const char *put_names(char *to, size_t room, const struct json_value *names)
{
    to[0] = 0;
    for (size_t i = 0; i < json_count(names) && i < ORDER_LINES_MAX; i++) {
        const char *name = json_as_text(json_at(names, i));
        append(to, room, "%s%.32s", i ? ", " : "", name ? name : "?");
    }
    if (!to[0])
        append(to, room, "none");
    return to;
}

static void show_lines(const struct history_show *s, double at_s, const struct json_value *line)
{
    const struct json_value *reset = json_get(line, "reset");
    char names[WIDE];

    say(s, at_s, "lines", "%s%s", put_names(names, sizeof names, json_get(line, "asserted")),
        history_truth(line, "exercise") ? " (exercise)" : "");
    if (json_count(reset))
        say_more(s, "reset: %s", put_names(names, sizeof names, reset));
}

static void show_output(const struct history_show *s, double at_s, const struct json_value *line)
{
    const char *name = history_text(line, "line");
    double reaction_ms = history_number(line, "reaction_ms");
    double decision_ms = history_number(line, "after_decision_ms");
    char told[WIDE];

    snprintf(told, sizeof told, "%.40s%s%.40s", name, name[0] ? ": " : "", history_text(line, "what"));
    if (name[0])
        append(told, sizeof told, history_integer(line, "level", 0) ? " on" : " off");
    if (!isnan(reaction_ms))
        append(told, sizeof told, ", %.3f ms after the sample arrived", reaction_ms);
    if (!isnan(decision_ms))
        append(told, sizeof told, ", %.3f ms after the decision", decision_ms);
    say(s, at_s, "output", "%s", told);
}

static void show_line(struct history_show *s, double at_s, const struct json_value *line)
{
    const char *type = history_text(line, "type");

    if (!strcmp(type, "alert"))
        show_alert(s, at_s, line);
    else if (!strcmp(type, "sound"))
        show_sound(s, at_s, line);
    else if (!strcmp(type, "lines"))
        show_lines(s, at_s, line);
    else if (!strcmp(type, "output"))
        show_output(s, at_s, line);
    else if (!strcmp(type, "start"))
        say(s, at_s, type, "the node starts, software %.40s", history_text(line, "software"));
    else if (!strcmp(type, "stop"))
        say(s, at_s, type, "the node stops: %.250s", history_text(line, "text"));
    else
        say(s, at_s, type, "%.250s", history_text(line, "text"));
}

bool history_show_wants(const struct history_events *events, const struct history_event *event,
                        const struct json_value *line, uint64_t number)
{
    if (history_event_number(line))
        return history_events_of(events, line) == event;
    if (history_is(line, "type", "journal"))
        return false;
    /* What the node decided on stands before what it decided, with the same time. */
    return (number >= event->first && number <= event->last) ||
           (event->first_mono_ns > 0 && number < event->first && number + CAUSE_BEFORE >= event->first &&
            history_integer(line, "mono_ns", 0) == event->first_mono_ns);
}

int history_show_feed(void *ctx, const char *text, size_t n)
{
    struct history_show *s = ctx;
    struct error ignored;
    struct json_value *line = json_parse(text, n, &ignored);

    s->lines++;
    if (history_is(line, "type", "start"))
        s->anchored = false; /* another boot's clock, perhaps */
    if (history_show_wants(s->events, s->event, line, s->lines))
        show_line(s, since_onset_s(s, line), line);
    json_value_free(line);
    return !ferror(s->out) && s->lines < s->event->last;
}

/* Events stand in the order of their first lines. */
static bool any_wants(struct history_export *x, const struct json_value *line)
{
    const struct history_event *e;

    if (history_event_number(line)) {
        e = history_events_of(x->events, line);
        return e && e->chosen;
    }
    while ((e = history_events_at(x->events, x->begin)) && e->last < x->lines)
        x->begin++;
    for (size_t i = x->begin; (e = history_events_at(x->events, i)); i++) {
        if (e->first > x->lines + CAUSE_BEFORE)
            break;
        if (e->chosen && history_show_wants(x->events, e, line, x->lines))
            return true;
    }
    return false;
}

int history_export_feed(void *ctx, const char *text, size_t n)
{
    struct history_export *x = ctx;
    struct error ignored;
    struct json_value *line = json_parse(text, n, &ignored);

    x->lines++;
    if (line && any_wants(x, line))
        history_put_json(x->out, text);
    json_value_free(line);
    return !ferror(x->out);
}
