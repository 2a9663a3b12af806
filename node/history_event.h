/* history_event.h - the events that a journal tells of: one struct an event, gathered from all of its lines.
 *
 * Lines go in as they stand in the file, oldest first, and nothing in them is trusted: what is missing stays unknown, an
 * event is what its number and id say. Memory is bounded: the newest HISTORY_EVENTS_MAX events are kept. */
#ifndef TOCSIN_NODE_HISTORY_EVENT_H
#define TOCSIN_NODE_HISTORY_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alarm/alert.h"
#include "alarm/order.h"
#include "io/json.h"
#include "io/sys.h"

enum {
    HISTORY_EVENTS_MAX = 10000, /* years of a node; some 5 MB */
    HISTORY_ID = 112,
    HISTORY_SENSORS = 16,
    HISTORY_NAMES = 160
};

enum history_end {
    HISTORY_OPEN,
    HISTORY_CANCELLED,     /* predicted, and it did not come */
    HISTORY_SHAKING_ENDED, /* the ground was quiet again */
    HISTORY_OVER,     /* nothing more was heard of it: an authority's contact opened, a sensor fell silent */
    HISTORY_REPLACED, /* by a second shock */
    HISTORY_DROPPED,  /* too many at once */
    HISTORY_DRILL_ENDED,
    HISTORY_DRILL_BROKEN, /* by a real event */
    HISTORY_INTERRUPTED,  /* the node stopped within it and did not go on with it */
    HISTORY_ENDS
};

struct history_event {
    char id[HISTORY_ID]; /* history_plain */
    uint32_t number;
    int64_t onset_utc_ns;   /* INT64_MIN: unknown */
    bool utc_trusted;       /* the clock was synchronised then */
    enum alert_level level; /* the highest, of the node */
    bool has_basis;
    enum alert_basis basis; /* of that level when it was reached */
    bool has_source;
    enum sound_source source;
    bool exercise, test;
    enum history_end end;
    uint32_t revision; /* the last one of any sensor */
    enum intensity_scale scale;
    double observed, predicted; /* largest; NAN: none */
    int lead_threshold; /* 1..ALERT_THRESHOLDS: the highest that was reached and then crossed; 0: none */
    double lead_s;      /* between the two, of the sensor that had least */
    double siren_ms, voice_ms, line_ms; /* from the sample's arrival to the first of each; NAN: none */
    char sensor[HISTORY_NAMES];         /* names, each with its NUL */
    int sensors;
    uint64_t first, last; /* its first and last line: history_events.lines when it was fed */
    int64_t first_mono_ns;
    int64_t first_utc_ns, last_utc_ns; /* of these lines; INT64_MIN: unknown */
    bool chosen;                       /* by history_events_choose, or by the caller */
    bool level_told;                   /* the node's own level stands in it, a sensor's does not count */
};

struct history_events {
    const struct sys *sys;
    struct history_event *event; /* a ring once it is full */
    size_t room, count, head;
    uint64_t lines;      /* fed so far */
    uint64_t forgotten;  /* events that found no room any more */
    uint64_t unreadable; /* lines that are no JSON object with a type */
    bool failed;         /* memory was refused */
};

void history_events_init(struct history_events *h, const struct sys *sys);
void history_events_free(struct history_events *h);
/* A journal_line function; ctx: struct history_events. 0 when memory is refused. */
int history_events_feed(void *ctx, const char *text, size_t n);
/* i from 0, the oldest, to count - 1. */
struct history_event *history_events_at(const struct history_events *h, size_t i);
/* The one that a line is part of; NULL: of none that is known. */
struct history_event *history_events_of(const struct history_events *h, const struct json_value *line);
/* An id, or a number: of equal numbers the newest. NULL: there is none. */
struct history_event *history_events_find(const struct history_events *h, const char *name);

const char *history_end_name(enum history_end end);             /* "open" "cancel" "shaking-ended" ... */
const char *history_source_name(const struct history_event *e); /* "local" "official" ...; "unknown" */
const char *history_basis_name(const struct history_event *e);  /* "predicted" "observed"; else its source */
const char *history_status_name(const struct history_event *e); /* "actual" "exercise" "test" */

struct history_filter {
    int64_t since_utc_ns; /* INT64_MIN: all */
    enum alert_level level;
    size_t last; /* so many of what is left; 0: all */
};
/* Sets `chosen` of every event. Returns of how many it is true. */
size_t history_events_choose(struct history_events *h, const struct history_filter *filter);

#endif
