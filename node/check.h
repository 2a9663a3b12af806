/* check.h - `tocsin check`: looks at one part of a node after the other, each within its time.
 *
 * What is found is a line of its own: ok; warn, where the node would warn worse than it could; FAIL, where it would not
 * warn as it should (the same line that health draws). A part runs in a thread of its own: one that is still
 * waiting for a driver, a server or a disk when its time is over is left behind and told as FAIL, so that nothing here
 * blocks. */
#ifndef TOCSIN_NODE_CHECK_H
#define TOCSIN_NODE_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "io/sys.h"
#include "node/node_conf.h"

enum check_verdict { CHECK_OK, CHECK_WARN, CHECK_FAIL };

struct check;

struct check_conf {
    const struct sys *sys;
    const struct node_conf *node;
    const char *file; /* of the configuration; NULL: defaults and --set alone */
    double seconds;   /* for each part */
    bool move;        /* relays may be moved */
    bool json;
    FILE *out;
};

struct check_part {
    const char *name; /* as --only has it */
    void (*run)(struct check *c);
};

/* Runs one part and prints what it finds, as it finds it. The worst of it; out of memory and a thread that is refused
 * are CHECK_FAIL, too. *conf and what it points to must outlive the process where *left becomes true: the part was left
 * behind. */
enum check_verdict check_run(const struct check_conf *conf, const struct check_part *part, bool *left);
const char *check_verdict_name(enum check_verdict verdict); /* "ok" "warn" "FAIL" */

/* ---- within a part ---- */

const struct check_conf *check_conf(const struct check *c);
/* Until when it may measure: two thirds of its time, so that a part can end what it began. CLOCK_MONOTONIC. */
int64_t check_until_ns(const struct check *c);
/* what: "sensor cellar"; todo: what to do, NULL: nothing. */
void check_say(struct check *c, enum check_verdict verdict, const char *what, const char *todo,
               const char *format, ...) __attribute__((format(printf, 5, 6)));
/* All has been said; what follows only tidies up, and is not waited for. */
void check_said(struct check *c);

/* ---- the parts; each says at least one line ---- */

void check_configuration(struct check *c);
void check_sensors(struct check *c);
void check_siren(struct check *c); /* card and prompts */
void check_microphone(struct check *c);
void check_lines(struct check *c);
void check_contacts(struct check *c);
void check_ups(struct check *c);
void check_state(struct check *c);
void check_keys(struct check *c);
void check_clock(struct check *c);
void check_privileges(struct check *c);
void check_kernel(struct check *c);
void check_memory(struct check *c);

#endif
