/* exercise.h - a record drives the outputs of the configuration, as an exercise: `tocsin replay --act`.
 *
 * A node (node/node.h) whose one sensor is a replay: its reports go to the same alarm thread, arbiter, siren, voice and lines,
 * and every alert among them has the status exercise. What is printed is kept until standard output
 * takes it: a reader that has stopped reading holds up neither the outputs nor their end. One thread. */
#ifndef TOCSIN_NODE_EXERCISE_H
#define TOCSIN_NODE_EXERCISE_H

#include <stdio.h>

#include "io/sys.h"
#include "node/node_conf.h"
#include "node/pace.h"
#include "node/replay.h"

struct exercise;

/* Says on standard error what will move and what will not, starts the outputs, and waits until the sound card is
 * there or it is clear that there is none. From here on SIGINT, SIGTERM and SIGHUP are held for it. conf outlives
 * it; events: the outputs' lines (node_way.events), NULL: not wanted. 0 and *out, or -1 with err. */
int exercise_open(struct exercise **out, const struct sys *sys, const struct node_conf *conf,
                  const char *record, FILE *events, struct error *err);
/* Where the replay's lines are to be printed. */
FILE *exercise_stdout(struct exercise *e);
/* What the replay is to be driven by: in the time of pace. Valid until exercise_close. */
const struct replay_live *exercise_live(struct exercise *e, struct pace *pace);
/* After the record: tells the arbiter that the exercise is over, waits for its last words, leaves the outputs
 * safe, prints what is left. *clean: every output could do its part. The signal that broke it off, or NULL. */
const char *exercise_end(struct exercise *e, bool *clean);
void exercise_close(struct exercise *e); /* outputs safe, whatever was before; NULL is fine */

#endif
