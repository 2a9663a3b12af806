/* history_show.h - the whole life of one event for a person: a line for everything that happened, with its time after the
 * onset.
 *
 * Fed with the journal's lines a second time, from the first one on. Of lines that are of no event those are shown that
 * stand between the event's own: a contact, an operator's key, a fault, a stop. */
#ifndef TOCSIN_NODE_HISTORY_SHOW_H
#define TOCSIN_NODE_HISTORY_SHOW_H

#include <stdio.h>

#include "node/history_event.h"

enum { HISTORY_REASONS = ALERT_REASON_KINDS * (ALERT_THRESHOLDS + 1) };

struct history_show {
    const struct history_events *events; /* all lines have been fed to it */
    const struct history_event *event;
    FILE *out;
    uint64_t lines;
    bool anchored; /* a line of this start has told where the onset lies */
    int64_t anchor_mono_ns;
    double anchor_s;
    bool told[HISTORY_SENSORS][HISTORY_REASONS];     /* this reason, of this sensor */
    bool crossed[HISTORY_SENSORS][ALERT_THRESHOLDS]; /* likewise */
};

/* Writes the head: what is known of the event at its end. */
void history_show_begin(struct history_show *s, const struct history_events *events,
                        const struct history_event *event, FILE *out);
/* A journal_line function; ctx: struct history_show. */
int history_show_feed(void *ctx, const char *text, size_t n);
/* The line belongs into the event's life: its own, or of none and between its own. number: of the line, from 1. */
bool history_show_wants(const struct history_events *events, const struct history_event *event,
                        const struct json_value *line, uint64_t number);

/* The lines of all chosen events as they stand in the file, JSON Lines. */
struct history_export {
    const struct history_events *events; /* all lines have been fed to it */
    FILE *out;
    uint64_t lines;
    size_t begin; /* events before it are over */
};
/* A journal_line function; ctx: struct history_export, zeroed but for the first two. */
int history_export_feed(void *ctx, const char *text, size_t n);

#endif
