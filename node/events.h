/* events.h - what a replay prints: one JSON object a line, schema in docs/schema/, meaning in
 * docs/formats.md.
 *
 * Numbers are rounded so that equal results are equal bytes. Times `_s` count from the first sample that all
 * components share; the same instants as UTC stand beside them where the record knows its time, else null. */
#ifndef TOCSIN_NODE_EVENTS_H
#define TOCSIN_NODE_EVENTS_H

#include <stdio.h>

#include "io/sys.h"
#include "node/replay.h"

struct events;

/* Lines go to `out`. NULL: out of memory. */
struct events *events_open(const struct sys *sys, FILE *out);
void events_close(struct events *e); /* NULL is fine */
/* What a replay (node/replay.h) gives, as lines: `pick` (refined: the same id again), `reject`, `alert`,
 * `summary`. Valid until events_close. */
struct replay_sink events_sink(struct events *e);
/* 0, or -1 once a line could not be built or written (errno). */
int events_status(const struct events *e);

#endif
