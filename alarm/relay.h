/* relay.h - one line out of the node: what its coil does, from what is called for.
 *
 * A pure state machine, one per relay (configuration group `lines`). Lines thread; no allocation, no clock.
 *
 * Two kinds: `normally-open`, whose coil is energised while the line is called for, and `fail-safe`, whose coil is
 * energised while the node is healthy and the line is not called for: a dead node, a cut wire and a lost supply all
 * mean "called for". `manual` is the interlock of a gas valve: called for once, it stays until a person resets it. It is
 * so at the start too, and after the node was not healthy, so that nothing opens by itself.
 *
 * A lift in the manner of EN 81-77 (from memory of that standard, and no claim of conformity): three lines, of P
 * wave, seismic trigger and `healthy`, and a test input; docs/outputs.md has the profile. */
#ifndef TOCSIN_ALARM_RELAY_H
#define TOCSIN_ALARM_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alarm/contact.h"
#include "alarm/order.h"
#include "io/conf.h"

enum { RELAY_MAX = ORDER_LINES_MAX, RELAY_ROWS = 16 };

enum relay_kind { RELAY_NORMALLY_OPEN, RELAY_FAIL_SAFE };
enum relay_mode { RELAY_HOLD, RELAY_PULSE, RELAY_STROBE };
enum relay_role { RELAY_ACTION, RELAY_HEALTHY }; /* what calls for it: the action table; the node's health */
enum relay_stop { RELAY_STOP_OFF, RELAY_STOP_ON, RELAY_STOP_KEEP }; /* the coil when the node stops */

struct relay_conf {
    char chip[CONF_TEXT_MAX]; /* label, or "sim:FOLDER" */
    int line;
    bool active_low;
    int kind, mode, role, stop; /* the enums above */
    double pulse_s, strobe_hz;
    bool manual, latched_at_start;
    bool drill, test;
    char not_with[CONF_TEXT_MAX]; /* waits while that line is on; "": none */
    char readback[CONF_TEXT_MAX]; /* the contact that shows what the relay does; "": none */
    double settle_ms;             /* before the read-back counts */
    /* from here on by relay_check */
    int other, contact; /* indices; -1: none */
};

struct relay_table {
    struct relay_conf relay[RELAY_MAX];
    struct conf_name name[RELAY_MAX];
    size_t count;
    struct conf_origin origin[RELAY_MAX * RELAY_ROWS];
    struct conf_group group;
};

struct conf_table relay_conf_table(struct relay_table *t); /* *t stays where it is */
/* 0, or -1 with err, FILE:LINE in front: no chip, one line twice (contacts' too), names that are none, a held
 * normally-open relay that is `manual` (it would let go with the supply) or opens at the stop, `healthy` the wrong way round. */
int relay_check(struct relay_table *t, const struct contact_table *contacts, struct error *err);
uint32_t relay_drill_lines(const struct relay_table *t); /* bit i: may move in a drill; for action_check */

struct relay {
    struct relay_conf conf;
    bool on; /* what its line means now: called for, or latched */
    bool energised;
    bool held;    /* it should be on, and the interlock holds it back */
    bool latched; /* manual: waits for a person */
    bool reset_seen, differs, was_healthy;
    int64_t on_ns, changed_ns;
};

struct relay_input {
    int64_t now_ns;
    bool asserted, reset, exercise; /* of struct line_order: its own bits */
    bool healthy, test;             /* test: the lift's test input is active */
    bool other_on;                  /* the line `not_with` is on */
};

void relay_init(struct relay *r, const struct relay_conf *conf, int64_t now_ns);
/* Brings it up to date; r->energised is then what the coil has to do. Returns when to step next at the
 * latest, INT64_MAX: with the next input. */
int64_t relay_step(struct relay *r, const struct relay_input *in);
/* The level of the chip's line for what the coil does. */
bool relay_level(const struct relay_conf *conf, bool energised);
/* The coil at the stop of the node. */
bool relay_at_stop(const struct relay *r);
/* The read-back says that the relay is closed, or not. True when that is news: r->differs has changed. */
bool relay_readback(struct relay *r, bool closed, int64_t now_ns);

#endif
