/* node.h - a whole node: its threads, the rings between them, and what keeps an eye on it.
 *
 *     sense (one a sensor) --struct sensed--> alarm --struct sound_order--> siren
 *                                             |  \--struct line_order--> lines --contact_change--> alarm
 *                                             \--struct entry--> record
 *
 * node_open takes all memory and starts everything; node_look, once a second or oftener, is all that the main thread has
 * to do; node_close ends it in the order in which nothing is lost: what decides first, then the outputs (lines
 * go to their configured safe state), what writes down last. */
#ifndef TOCSIN_NODE_NODE_H
#define TOCSIN_NODE_NODE_H

#include "io/json.h"
#include "node/health.h"
#include "node/node_conf.h"

struct node;

struct node_way {  /* where it tells what it does, besides its journal */
    FILE *events;  /* the journal's lines; NULL: not wanted */
    FILE *log;     /* readable lines; NULL: not wanted */
    bool unlogged; /* keep no journal: for trying out */
    /* The name of the record that takes the place of the sensors: all that follows from it is an exercise. None of
     * the configuration's sensors is opened, no journal kept or gone on with, no siren tested by schedule, and no
     * line that shows health shows any. NULL: a node. */
    const char *exercise;
};

/* conf outlives the node. SIGPIPE must be ignored. 0 and *out, or -1 with err. */
int node_open(struct node **out, const struct sys *sys, const struct node_conf *conf,
              const struct node_way *way, struct error *err);
/* NULL is fine; why stands in the journal. False: a sensor's thread hangs in a call that nothing ends and was left
 * behind; the process then ends by _exit, as libraries must not be taken down under it. */
bool node_close(struct node *n, const char *why);

/* Looks at every part, tells the alarm thread which sensors are fit, keeps the clock's mapping, journals what
 * became fit or unfit. The main thread. */
const struct health *node_look(struct node *n);
/* Every thread that warns has moved lately (all but the one that writes down): the watchdog may be fed. As of the
 * last look. */
bool node_moves(const struct node *n);
/* A command of the operator's for the arbiter; its kind is ARBITER_COMMAND. The main thread. False: no room. */
bool node_command(struct node *n, const struct arbiter_input *command);

/* An exercise's reports, as a sense thread would push them. One thread. False: no room now, nothing was taken. */
bool node_feed(struct node *n, const struct sensed *report);
/* What was ordered has been said to its end. Of the moment. */
bool node_silent(const struct node *n);

#endif
