#include "node/history_event.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alarm/arbiter.h"
#include "io/utc.h"
#include "node/entry.h"
#include "node/history_line.h"

enum { FIRST_ROOM = 64 };

/* ---- words ---- */

const char *history_end_name(enum history_end end)
{
    static const char *const name[] = {"open",    "cancel",      "shaking-ended", "over",       "replaced",
                                       "dropped", "drill-ended", "drill-broken",  "interrupted"};
    _Static_assert(sizeof name / sizeof *name == HISTORY_ENDS, "an end has no word");

    return (unsigned)end < HISTORY_ENDS ? name[end] : "?";
}

const char *history_source_name(const struct history_event *e)
{
    return e->has_source ? entry_source_name(e->source) : "unknown";
}

const char *history_basis_name(const struct history_event *e)
{
    return e->has_basis ? alert_basis_name(e->basis) : history_source_name(e);
}

const char *history_status_name(const struct history_event *e)
{
    return alert_status_name(e->exercise ? ALERT_EXERCISE : e->test ? ALERT_TEST : ALERT_ACTUAL);
}

/* ---- the table ---- */

void history_events_init(struct history_events *h, const struct sys *sys)
{
    memset(h, 0, sizeof *h);
    h->sys = sys;
}

void history_events_free(struct history_events *h)
{
    sys_free(h->sys, h->event);
    h->event = NULL;
    h->count = h->room = 0;
}

struct history_event *history_events_at(const struct history_events *h, size_t i)
{
    return i < h->count ? &h->event[(h->head + i) % h->room] : NULL;
}

static bool grow(struct history_events *h)
{
    size_t room = h->room ? 2 * h->room : FIRST_ROOM;

    if (room > HISTORY_EVENTS_MAX)
        room = HISTORY_EVENTS_MAX;
    struct history_event *event = sys_alloc(h->sys, room * sizeof *event);
    if (!event) {
        h->failed = true;
        return false;
    }
    if (h->count) /* it has not become a ring yet */
        memcpy(event, h->event, h->count * sizeof *event);
    sys_free(h->sys, h->event);
    h->event = event;
    h->room = room;
    return true;
}

static struct history_event *add(struct history_events *h)
{
    if (h->count == h->room && h->room < HISTORY_EVENTS_MAX && !grow(h))
        return NULL;
    if (h->count == h->room) {
        h->head = (h->head + 1) % h->room;
        h->count--;
        h->forgotten++;
    }
    h->count++;
    struct history_event *e = history_events_at(h, h->count - 1);
    *e = (struct history_event){.onset_utc_ns = INT64_MIN,
                                .observed = NAN,
                                .predicted = NAN,
                                .lead_s = NAN,
                                .siren_ms = NAN,
                                .voice_ms = NAN,
                                .line_ms = NAN,
                                .first = h->lines,
                                .first_utc_ns = INT64_MIN,
                                .last_utc_ns = INT64_MIN};
    return e;
}

/* A line whose node no longer knew the onset (event_utc_ns 0) is of the newest event with its number. */
struct history_event *history_events_of(const struct history_events *h, const struct json_value *line)
{
    uint32_t number = history_event_number(line);
    bool nameless = history_integer(line, "event_utc_ns", 0) == 0;
    char id[HISTORY_ID];

    if (!number)
        return NULL;
    history_plain(history_text(line, "event_id"), id, sizeof id);
    for (size_t i = h->count; i-- > 0;) {
        struct history_event *e = history_events_at(h, i);
        if (e->number == number && (nameless || strcmp(e->id, id) == 0))
            return e;
    }
    return NULL;
}

/* Of events that are alike the newest: by id where there is one, else by number. */
static struct history_event *newest(const struct history_events *h, const char *id, unsigned long number)
{
    struct history_event *found = NULL, *e;

    for (size_t i = 0; (e = history_events_at(h, i)); i++)
        if (id ? strcmp(e->id, id) == 0 : e->number == number)
            found = e;
    return found;
}

struct history_event *history_events_find(const struct history_events *h, const char *name)
{
    struct history_event *e;
    char *end;

    if (!name[0]) /* of a line that names none */
        return NULL;
    if ((e = newest(h, name, 0)))
        return e;
    errno = 0;
    unsigned long number = strtoul(name, &end, 10);
    return isdigit((unsigned char)name[0]) && !*end && !errno ? newest(h, NULL, number) : NULL;
}

/* ---- what a line adds ---- */

static void name_event(struct history_event *e, const struct json_value *line)
{
    int64_t onset_ns = history_integer(line, "event_utc_ns", 0);

    e->number = history_event_number(line);
    history_plain(history_text(line, "event_id"), e->id, sizeof e->id);
    e->onset_utc_ns = onset_ns ? onset_ns : INT64_MIN;
    e->utc_trusted = history_truth(line, "event_utc_trusted");
}

static void take_sensor(struct history_event *e, const char *name)
{
    char plain[HISTORY_NAMES];
    size_t at = 0;

    history_plain(name, plain, 64);
    for (int i = 0; i < e->sensors; i++, at += strlen(e->sensor + at) + 1)
        if (strcmp(e->sensor + at, plain) == 0)
            return;
    if (!plain[0] || e->sensors == HISTORY_SENSORS || at + strlen(plain) + 1 > sizeof e->sensor)
        return;
    memcpy(e->sensor + at, plain, strlen(plain) + 1);
    e->sensors++;
}

static void take_larger(double *largest, const struct json_value *from, enum intensity_scale scale)
{
    double value = history_number(json_get(from, "intensity"), intensity_scale_name(scale));

    if (value > -9 && value < 100 && !(value <= *largest)) /* -9: nothing yet */
        *largest = value;
}

static void take_lead(struct history_event *e, const struct json_value *thresholds)
{
    for (int i = ALERT_THRESHOLDS; i >= 1 && i >= e->lead_threshold; i--) {
        const struct json_value *t = json_at(thresholds, (size_t)i - 1);
        double lead_s = history_number(t, "crossed_s") - history_number(t, "reached_s");
        if (!history_truth(t, "reached") || !history_truth(t, "crossed") || !(fabs(lead_s) < 1e6))
            continue;
        if (i > e->lead_threshold || lead_s < e->lead_s)
            e->lead_s = lead_s;
        e->lead_threshold = i;
        return;
    }
}

static void take_level(struct history_event *e, enum alert_level level, const struct json_value *basis_of)
{
    if (level <= e->level)
        return;
    e->level = level;
    e->has_basis = false;
    if (basis_of)
        for (int b = ALERT_PREDICTED; b <= ALERT_OBSERVED; b++)
            if (history_is(basis_of, "basis", alert_basis_name((enum alert_basis)b))) {
                e->has_basis = true;
                e->basis = (enum alert_basis)b;
            }
}

static void take_alert(struct history_event *e, const struct json_value *line)
{
    const struct json_value *alert = json_get(line, "alert");
    int64_t revision = history_integer(alert, "revision", 0);
    enum alert_level level = history_level(alert);

    e->has_source = true;
    e->source = SOURCE_LOCAL;
    e->scale = history_scale(alert);
    e->exercise = e->exercise || history_is(alert, "status", alert_status_name(ALERT_EXERCISE));
    e->test = e->test || history_is(alert, "status", alert_status_name(ALERT_TEST));
    if (revision > e->revision && revision < UINT32_MAX)
        e->revision = (uint32_t)revision;
    take_sensor(e, history_text(line, "sensor"));
    take_larger(&e->observed, json_get(alert, "observed"), e->scale);
    take_larger(&e->predicted, json_get(alert, "predicted"), e->scale);
    take_lead(e, json_get(alert, "thresholds"));
    if (!e->level_told) {
        take_level(e, level, alert);
    } else if (!e->has_basis && level >= e->level) { /* the node's word comes first, then what it came from */
        enum alert_level told = e->level;
        e->level = ALERT_NONE;
        take_level(e, told, alert);
    }
}

static void take_source(struct history_event *e, const struct json_value *line)
{
    for (int s = SOURCE_LOCAL; s <= SOURCE_OPERATOR; s++)
        if (history_is(line, "source", entry_source_name((enum sound_source)s))) {
            e->has_source = true;
            e->source = (enum sound_source)s;
        }
}

/* The sound may be another's that goes on beside it: no word about the source. */
static void take_sound(struct history_event *e, const struct json_value *line)
{
    e->exercise = e->exercise || history_truth(line, "exercise");
}

static void take_output(struct history_event *e, const struct json_value *line)
{
    double ms = history_number(line, "reaction_ms");
    double *to = history_is(line, "what", "siren-written")   ? &e->siren_ms
                 : history_is(line, "what", "voice-written") ? &e->voice_ms
                 : history_is(line, "what", "line-set")      ? &e->line_ms
                                                             : NULL;

    if (to && isnan(*to) && fabs(ms) < 1e9)
        *to = ms;
}

static void take_reason(struct history_event *e, const struct json_value *line)
{
    static const struct {
        enum arbiter_why why;
        enum history_end end;
    } ends[] = {
        {ARBITER_EVENT_CANCELLED, HISTORY_CANCELLED}, {ARBITER_EVENT_ENDED, HISTORY_SHAKING_ENDED},
        {ARBITER_EVENT_EXPIRED, HISTORY_OVER},        {ARBITER_EVENT_REPLACED, HISTORY_REPLACED},
        {ARBITER_EVENT_NO_ROOM, HISTORY_DROPPED},     {ARBITER_DRILL_ENDED, HISTORY_DRILL_ENDED},
        {ARBITER_DRILL_BROKEN, HISTORY_DRILL_BROKEN},
    };

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (history_is(line, "why", arbiter_why_name(ends[i].why)))
            e->end = ends[i].end;
    bool began = history_is(line, "why", arbiter_why_name(ARBITER_EVENT_BEGAN));
    bool rose = history_is(line, "why", arbiter_why_name(ARBITER_EVENT_ROSE));
    if ((began || rose) && history_level(line) != ALERT_NONE) {
        if (!e->level_told)
            e->level = ALERT_NONE;
        e->level_told = true;
        take_level(e, history_level(line), NULL);
        if (began) {
            e->end = HISTORY_OPEN; /* after a restart it is gone on with */
            take_source(e, line);
        }
    }
    if (history_is(line, "why", arbiter_why_name(ARBITER_DRILL_BEGAN)))
        e->exercise = true;
}

static void interrupt(const struct history_events *h, const struct json_value *line)
{
    for (size_t i = 0; i < h->count; i++) {
        struct history_event *e = history_events_at(h, i);
        if (e->end != HISTORY_OPEN)
            continue;
        e->end = HISTORY_INTERRUPTED;
        e->last = h->lines;
        utc_parse(history_text(line, "at"), &e->last_utc_ns);
    }
}

static void take_time(struct history_events *h, struct history_event *e, const struct json_value *line)
{
    int64_t utc_ns = INT64_MIN;

    utc_parse(history_text(line, "at"), &utc_ns);
    if (e->first == h->lines) {
        e->first_mono_ns = history_integer(line, "mono_ns", 0);
        e->first_utc_ns = utc_ns;
    }
    e->last = h->lines;
    e->last_utc_ns = utc_ns;
}

static void take_event_line(struct history_events *h, struct history_event *e, const struct json_value *line)
{
    take_time(h, e, line);
    if (history_is(line, "type", "alert"))
        take_alert(e, line);
    else if (history_is(line, "type", "sound"))
        take_sound(e, line);
    else if (history_is(line, "type", "output"))
        take_output(e, line);
    else if (history_is(line, "type", "reason"))
        take_reason(e, line);
}

int history_events_feed(void *ctx, const char *text, size_t n)
{
    struct history_events *h = ctx;
    struct error ignored;
    struct json_value *line = json_parse(text, n, &ignored);

    h->lines++;
    if (!history_text(line, "type")[0])
        h->unreadable++;
    if (history_is(line, "type", "start") || history_is(line, "type", "stop"))
        interrupt(h, line);
    if (history_event_number(line)) {
        struct history_event *e = history_events_of(h, line);
        if (!e && (e = add(h)))
            name_event(e, line);
        if (e)
            take_event_line(h, e, line);
    }
    json_value_free(line);
    return !h->failed;
}

size_t history_events_choose(struct history_events *h, const struct history_filter *filter)
{
    size_t chosen = 0;

    for (size_t i = h->count; i-- > 0;) {
        struct history_event *e = history_events_at(h, i);
        int64_t utc_ns = e->onset_utc_ns != INT64_MIN ? e->onset_utc_ns : e->first_utc_ns;
        e->chosen = e->level >= filter->level && utc_ns >= filter->since_utc_ns &&
                    (!filter->last || chosen < filter->last);
        chosen += e->chosen;
    }
    return chosen;
}
