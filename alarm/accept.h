/* accept.h - is a message to be believed? The answer is yes, or one reason, which is counted.
 *
 * A pure state machine: messages and times in, verdicts out; no clock, no file, no allocation, no lock. One thread
 * at a time per struct. What must outlive a restart is accept_seen, one for each trusted key (alarm/keys.h keeps it).
 *
 * Believed is what is whole, from a key trusted for that kind, under the name for which that key is trusted, for this
 * site and this node, not our own, with a payload and a signature that fit, not heard before, not behind what was
 * heard, and fresh. Nothing that fails any of this changes the state, but for the counters.
 *
 * Not heard before: a boot number that grows with each start of the sender; within one, a window of ACCEPT_WINDOW
 * sequence numbers, so that two connections or brokers may deliver in another order, and the same message twice is
 * taken once. An older revision of an event is refused behind a newer one.
 *
 * Fresh, by the first of these that can be had:
 *   1  an echo of our own heartbeat, in a message to us alone: no clock but ours is involved
 *   2  both clocks synchronised: UTC sent against UTC now
 *   3  the sender's monotonic clock against ours. Heartbeats give the offset (the smallest seen: the fastest way);
 *      a message is late by what it exceeds it. A heartbeat not older than heartbeat_ms must stand behind it.
 * Where none can be had, only a heartbeat is taken, and nothing else (ACCEPT_NO_HEARTBEAT). */
#ifndef TOCSIN_ALARM_ACCEPT_H
#define TOCSIN_ALARM_ACCEPT_H

#include "alarm/envelope.h"

enum {
    ACCEPT_KEYS_MAX = 64,
    ACCEPT_WINDOW = 64, /* sequence numbers; own choice: the spool and queues of a sender hold fewer */
    ACCEPT_EVENTS = 8,  /* whose revision is remembered, of each key */
};

enum accept_role {                       /* bits: what a key may say */
                   ACCEPT_NODE = 1,      /* a node whose alerts are shown, and nothing done about them */
                   ACCEPT_PEER = 2,      /* another node of this site: its picks and alerts count */
                   ACCEPT_AUTHORITY = 4, /* an official source: alert, CAP */
                   ACCEPT_OPERATOR = 8,  /* commands; which of them a role may give is the command's matter */
                   ACCEPT_MAINTAINER = 16 /* commands, those of maintenance among them */
};
enum { ACCEPT_ROLES = 5 };
const char *accept_role_name(int bit);              /* 0 to ACCEPT_ROLES - 1: "node" "peer" ... */
unsigned accept_roles_for(enum envelope_kind kind); /* the roles of which a key needs one */

struct accept_seen { /* all that is remembered of a key's messages */
    uint64_t boot;   /* the last; 0: never heard */
    uint64_t top;    /* its highest sequence */
    uint64_t window; /* bit i: top - i was heard */
    struct accept_event {
        char event[ENVELOPE_EVENT_ROOM];
        uint32_t revision; /* the highest */
        uint64_t at;       /* count of `turn` when it was heard: the oldest makes room */
    } event[ACCEPT_EVENTS];
    uint64_t turn;
};

struct accept_key {
    unsigned char public[CRYPTO_PUBLIC];
    char id[CRYPTO_ID_ROOM];
    char name[ENVELOPE_NAME_ROOM]; /* of node or person: envelope.node must be it */
    char replaces
        [CRYPTO_ID_ROOM]; /* by a rotation; "": none. Once this key is heard, the other is done with */
    unsigned roles;       /* of enum accept_role */
    bool revoked;
    struct accept_seen seen;
    /* Since this program began; not kept. */
    bool offset_known;
    int64_t offset_ms;    /* ours minus theirs, of the fastest message of this boot */
    int64_t offset_at_ms; /* our monotonic time when it was learned */
    int64_t heartbeat_ms; /* our monotonic time of the last */
};

enum accept_reason {
    ACCEPT_TAKEN,
    ACCEPT_MALFORMED, /* cut off, or no envelope */
    ACCEPT_NEWER,     /* a version of the future */
    ACCEPT_UNKNOWN_KIND,
    ACCEPT_OWN, /* our own, come back */
    ACCEPT_OTHER_SITE,
    ACCEPT_OTHER_NODE, /* to somebody else */
    ACCEPT_UNKNOWN_KEY,
    ACCEPT_REVOKED,
    ACCEPT_ROTATED,         /* of a key whose successor has been heard */
    ACCEPT_WRONG_NAME,      /* the key is trusted under another name */
    ACCEPT_NOT_ALLOWED,     /* the key has no role for that kind */
    ACCEPT_PAYLOAD_CHANGED, /* or missing */
    ACCEPT_BAD_SIGNATURE,   /* or one made for another purpose */
    ACCEPT_OLD_BOOT,        /* from before the sender's last start */
    ACCEPT_REPEATED,        /* heard already */
    ACCEPT_TOO_OLD,         /* so far behind that it cannot be told */
    ACCEPT_OLD_REVISION,    /* a newer one of that event was heard, or this one */
    ACCEPT_STALE,           /* it travelled too long, or was held back */
    ACCEPT_FROM_FUTURE,     /* a clock is off */
    ACCEPT_NO_HEARTBEAT,    /* nothing says how old it is */
    ACCEPT_REASONS
};
const char *
accept_reason_name(enum accept_reason reason); /* "taken" "bad-signature" ...: counters, journal */

struct accept_conf {
    char site[ENVELOPE_NAME_ROOM];
    char node[ENVELOPE_NAME_ROOM];
    char own_key[CRYPTO_ID_ROOM];
    uint64_t own_boot;    /* for echoes */
    int64_t fresh_ms;     /* ACCEPT_FRESH_MS: older is stale */
    int64_t future_ms;    /* ACCEPT_FUTURE_MS: what two good clocks may differ by */
    int64_t heartbeat_ms; /* ACCEPT_HEARTBEAT_MS: how long one stands behind messages */
};
enum {                              /* own choices */
       ACCEPT_FRESH_MS = 10000,     /* an alert of 10 s ago is history: the shaking has come */
       ACCEPT_FUTURE_MS = 2000,     /* a synchronised clock is far better; smeared leap seconds are not */
       ACCEPT_HEARTBEAT_MS = 25000, /* two of those of 10 s may be lost */
       ACCEPT_DRIFT_DIVISOR = 5000  /* 200 ppm: two bad crystals, cold and hot */
};

struct accept_now {
    int64_t mono_ms, utc_ms;
    bool clock_good; /* ours is synchronised */
};

struct accept {
    struct accept_conf conf;
    struct accept_key key[ACCEPT_KEYS_MAX];
    size_t keys;
    uint64_t count[ACCEPT_REASONS];
};

struct accepted { /* about a message that was taken */
    struct envelope_opened opened;
    const struct accept_key
        *key; /* NULL where no known key was named; told for refused ones too, for the journal */
};

/* conf with the three times 0: those above. Keys are added by the caller to a->key, or by alarm/keys.h. */
void accept_init(struct accept *a, const struct accept_conf *conf);
/* One message as it came. out->opened points into `text`, valid only when the answer is not MALFORMED or NEWER. A
 * detached message brings its payload beside it; NULL for others. */
enum accept_reason accept_take(struct accept *a, const char *text, size_t n, const void *beside,
                               size_t beside_n, const struct accept_now *now, struct accepted *out);
struct accept_key *accept_find(struct accept *a, const char *id); /* NULL: none */

#endif
