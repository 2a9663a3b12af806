/* ups.h - the state of an uninterruptible power supply, asked of NUT's upsd.
 *
 * Blocks (name look-up, connection, answer: each at most timeout_s, the look-up as long as the system's resolver), so it
 * belongs to a thread of its own that nobody waits for. Asks for the one variable ups.status, without a
 * password; a lost connection is made again with the next question. The library writes to connections that the other
 * side has closed: SIGPIPE must be ignored or blocked, as node/thread.h does. */
#ifndef TOCSIN_ALARM_UPS_H
#define TOCSIN_ALARM_UPS_H

#include <stdbool.h>
#include <stddef.h>

#include "io/conf.h"
#include "io/error.h"
#include "io/sys.h"

struct ups_conf {
    char name[CONF_TEXT_MAX]; /* "ups@host:port", as NUT has it; "": none */
    double period_s, timeout_s;
};
extern const struct conf_row ups_rows[]; /* "ups.*" */
extern const size_t ups_rows_count;

struct ups_state {
    bool known; /* upsd and its driver answer */
    bool mains_lost, battery_low;
};

struct ups;

/* Asks nothing yet. 0, or -1 with err: a name that is none, memory. */
int ups_open(struct ups **out, const struct sys *sys, const struct ups_conf *conf, struct error *err);
/* 0 and *state; -1 with err, and state->known false. */
int ups_read(struct ups *u, struct ups_state *state, struct error *err);
void ups_close(struct ups *u); /* NULL is fine */

/* upsd's answer to GET VAR name ups.status: 0, or -1 with err. line: without its end, any bytes. */
int ups_parse(const char *line, const char *name, struct ups_state *state, struct error *err);

#endif
