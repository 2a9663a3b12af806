/* replay.h - one record of a trace through pipeline and policy: the node with a file for a sensor.
 *
 * What `tocsin replay` does for each record, without its command line. */
#ifndef TOCSIN_NODE_REPLAY_H
#define TOCSIN_NODE_REPLAY_H

#include "io/trace.h"
#include "node/detection_conf.h"
#include "node/events.h"
#include "node/plot.h"

struct replay_progress { /* called now and then; NULL: never */
    void (*tell)(void *ctx, double time_s);
    void *ctx;
};

/* Replays record `record` of the trace in blocks of at most block_max samples. Events go to `events`, the
 * picture's data to `plot` (NULL: none). 0, or -1 with err (the events so far are out, the summary is not).
 */
int replay_record(struct trace *trace, size_t record, const struct detection_conf *conf, size_t block_max,
                  const struct sys *sys, struct events *events, struct plot *plot,
                  const struct replay_progress *progress, struct error *err);

#endif
