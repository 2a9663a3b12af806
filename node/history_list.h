/* history_list.h - one event in one line: for a person, as JSON, as a row of a table (docs/formats.md, "The journal"). */
#ifndef TOCSIN_NODE_HISTORY_LIST_H
#define TOCSIN_NODE_HISTORY_LIST_H

#include <stdio.h>

#include "node/history_event.h"

/* 17  2026-11-25T02:15:00.123Z  alarm  predicted  shaking-ended  6.3 gbt  lead 4.2 s  actual  cellar,roof  ID */
void history_list_text(const struct history_event *e, FILE *out);
/* docs/schema/event.schema.json. 0, or -1: out of memory. */
int history_list_json(const struct history_event *e, const struct sys *sys, FILE *out);
void history_list_csv_head(FILE *out);
void history_list_csv(const struct history_event *e, FILE *out);
/* "cellar,roof"; "-" where no sensor took part. Returns to. */
const char *history_list_sensors(const struct history_event *e, char to[HISTORY_NAMES]);
/* "2026-11-25T02:15:00.123Z", "unknown". Returns to. */
const char *history_list_time(int64_t utc_ns, char to[40]);

#endif
