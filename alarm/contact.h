/* contact.h - one contact into the node: what it means, debounced and supervised.
 *
 * A pure state machine, one per contact (configuration group `contacts`): levels in as the chip reads them,
 * struct contact_change out when the meaning has changed. Lines thread; no allocation, no clock.
 *
 * Supervision, where it is wired: a second line that must always be the opposite (change-over contact: a cut or shorted
 * wire shows), a contact that chatters, one that stays longer than it can be meant, a chip that is gone. A contact at
 * fault keeps its last good meaning until it is good again. */
#ifndef TOCSIN_ALARM_CONTACT_H
#define TOCSIN_ALARM_CONTACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/conf.h"

enum { CONTACT_MAX = 16, CONTACT_ROWS = 12 };

enum contact_role {
    CONTACT_NONE,     /* seen and journalled, nothing else */
    CONTACT_OFFICIAL, /* an authority's receiver: a warning of `level` */
    CONTACT_FIRE,     /* the fire panel speaks: it has priority over the voice */
    CONTACT_DRILL,    /* key: a drill of `level`, while it is turned */
    CONTACT_SILENCE,  /* key, on pressing */
    CONTACT_ACK,      /* key, on pressing */
    CONTACT_RESET,    /* key, on pressing: what latched, where nothing calls for it any more */
    CONTACT_TEST,     /* key, on pressing: the siren's test */
    CONTACT_LIFT_TEST, /* a lift's test input: calls for the lines that have lines.NAME.test, while it is active */
    CONTACT_TAMPER,
    CONTACT_MAINS,    /* mains is lost */
    CONTACT_BATTERY,  /* battery is low */
    CONTACT_CURRENT,  /* current flows in the siren's line: it is heard */
    CONTACT_READBACK, /* of a relay: lines.NAME.readback */
    CONTACT_ROLES
};
enum contact_bias { CONTACT_AS_IS, CONTACT_PULL_UP, CONTACT_PULL_DOWN, CONTACT_NO_PULL };

struct contact_conf {
    char chip[CONF_TEXT_MAX]; /* label, or "sim:FOLDER" */
    int line, opposite;       /* opposite: the second line; -1: none */
    bool active_low;
    int bias;  /* enum contact_bias */
    int role;  /* enum contact_role */
    int level; /* official, drill: 0 watch, 1 warning, 2 alarm */
    double debounce_ms;
    double opposite_ms; /* the pair may agree for so long, while it moves */
    int chatter_hz;     /* more changes in a second than this: a fault */
    double stuck_s;     /* active for longer: a fault; 0: may stay */
    bool required;      /* the node is unfit while this contact is at fault */
};

struct contact_table {
    struct contact_conf contact[CONTACT_MAX];
    struct conf_name name[CONTACT_MAX];
    size_t count;
    struct conf_origin origin[CONTACT_MAX * CONTACT_ROWS];
    struct conf_group group;
};

struct conf_table contact_conf_table(struct contact_table *t); /* *t stays where it is */
/* 0, or -1 with err, FILE:LINE in front: no chip, one line named twice in this table. */
int contact_check(const struct contact_table *t, struct error *err);
const char *contact_role_name(enum contact_role role); /* as in the configuration */

enum contact_fault {
    CONTACT_GOOD,
    CONTACT_GONE, /* the chip cannot be read */
    CONTACT_PAIR, /* both lines say the same */
    CONTACT_CHATTERS,
    CONTACT_STUCK
};

struct contact {
    struct contact_conf conf;
    bool known;  /* a meaning has been told */
    bool active; /* the meaning told last */
    enum contact_fault fault;
    /* the rest is contact.c's */
    bool seen, raw, opposite;
    bool told_fault;
    int64_t raw_since_ns, pair_since_ns, active_since_ns, second_ns, last_change_ns;
    int changes;
};

void contact_init(struct contact *c, const struct contact_conf *conf);
/* What was read at at_ns: 1 or 0 (as the line's, before active_low), -1: cannot be read. opposite: of the
 * second line, ignored where there is none. Told at every edge, and at will. */
void contact_feed(struct contact *c, int level, int opposite, int64_t at_ns);

enum contact_news { CONTACT_SAME, CONTACT_CHANGED, CONTACT_FAULTED, CONTACT_MENDED };
/* What has become certain by now_ns; after every feed and at contact_due. since_ns: when it began. */
enum contact_news contact_step(struct contact *c, int64_t now_ns, int64_t *since_ns);
/* When, after now_ns, to step next if nothing is fed; INT64_MAX: not needed. */
int64_t contact_due(const struct contact *c, int64_t now_ns);
const char *contact_fault_name(enum contact_fault fault);

#endif
