/* envelope.h - one signed envelope for every carrier: MQTT 5 and 3.1.1, multicast, a Unix socket, a file.
 *
 * A message is one JSON object in exactly this form, without white space (docs/trust.md, "The bytes"):
 *
 *     {"envelope":E,"signature":"S","payload":P}     P: any JSON value, as its maker wrote it
 *     {"envelope":E,"signature":"S"}                 detached: the payload (CAP's XML) travels beside it
 *
 * E is an object of known keys in a fixed order, P's SHA-256 among them; S is Ed25519 in hexadecimal over the bytes
 * "tocsin/envelope/1\n" followed by E as it stands. So nobody has to bring JSON into a canonical form: what is
 * verified is what was received, and `jq .payload` reads it all the same. E holds no quote but those of its own
 * form, hence the first `,"signature":"` ends it.
 *
 * Sealing and opening are pure functions: no allocation, no clock, no state; any thread may call, also one of
 * real-time priority that has 0.1 ms to spare (docs/trust.md, "Cost"). Opening only takes apart: whether
 * it is to be believed is alarm/accept.h's matter. */
#ifndef TOCSIN_ALARM_ENVELOPE_H
#define TOCSIN_ALARM_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alarm/crypto.h"

#define ENVELOPE_DOMAIN   "tocsin/envelope/1\n"
#define ENVELOPE_EVERYONE "*" /* as `to` */

enum {
    ENVELOPE_VERSION = 1,
    ENVELOPE_NAME_ROOM = 41,      /* site, node, to: 1 to 40 of A-Z a-z 0-9 _ . -, with the NUL */
    ENVELOPE_EVENT_ROOM = 97,     /* the same letters, 0 to 96 */
    ENVELOPE_HEAD_MAX = 900,      /* bytes of a message without its payload, at most; usual are 560 */
    ENVELOPE_PAYLOAD_MAX = 65536, /* DESIGN: an alert is at most 4096; CAP in many languages is longer */
    ENVELOPE_MULTICAST_MAX = 1200 /* bytes of a whole message in one datagram */
};
#define ENVELOPE_NUMBER_MAX INT64_C(9007199254740991) /* 2^53 - 1: what every JSON reader keeps exact */

enum envelope_kind {
    ENVELOPE_ALERT,
    ENVELOPE_CAP,  /* the alert as CAP 1.2 */
    ENVELOPE_PICK, /* an onset, for peers */
    ENVELOPE_HEARTBEAT,
    ENVELOPE_STATE,
    ENVELOPE_STATUS,
    ENVELOPE_HEALTH,
    ENVELOPE_COMMAND,
    ENVELOPE_KINDS
};

struct envelope {
    enum envelope_kind kind;
    char site[ENVELOPE_NAME_ROOM], node[ENVELOPE_NAME_ROOM]; /* of the sender; an operator's node is a name */
    char to[ENVELOPE_NAME_ROOM];                             /* a node, or ENVELOPE_EVERYONE */
    char key[CRYPTO_ID_ROOM];                                /* filled by sealing */
    uint64_t boot;                                           /* grows with each start of the sender */
    uint64_t sequence;               /* 1, 2 ... since that start, over all kinds; never used twice */
    int64_t sent_utc_ms;             /* since 1970; what the sender's clock said */
    int64_t sent_mono_ms;            /* the sender's monotonic clock, origin its own; CLOCK_MONOTONIC_RAW,
                            * as what chrony slews by 10 s is late by 10 s for others */
    bool clock_good;                 /* the sender's UTC was synchronised */
    uint64_t echo_boot;              /* of a heartbeat of `to` that the sender has heard; 0: none */
    int64_t echo_mono_ms;            /* that heartbeat's sent_mono_ms */
    char event[ENVELOPE_EVENT_ROOM]; /* "": about none */
    uint32_t revision;
    unsigned char hash[CRYPTO_HASH]; /* SHA-256 of the payload, filled by sealing */
};

/* Who seals: one per process and key, as no sequence may come twice. */
struct envelope_sender {
    char site[ENVELOPE_NAME_ROOM], node[ENVELOPE_NAME_ROOM];
    uint64_t boot;             /* of keys_next_boot */
    _Atomic uint64_t sequence; /* the last that was given out; begins with 0 */
};
/* Everything of *out that does not depend on the message: the sender, everyone as `to`, the next sequence. The
 * times, echo, event and revision are the caller's to fill in. Any thread; never waits. */
void envelope_begin(struct envelope_sender *sender, enum envelope_kind kind, struct envelope *out);

const char *envelope_kind_name(enum envelope_kind kind); /* "alert" "cap" ... as in the message */
bool envelope_name_fits(const char *name);               /* as site, node and to must be */

/* Writes the message and a NUL: its length without it, or 0 when it does not fit into `room`, a name or
 * number is not allowed, or the payload is empty or longer than ENVELOPE_PAYLOAD_MAX; *to is then "" (room > 0). The
 * payload is not looked into: JSON for envelope_seal, anything for envelope_seal_detached. For a datagram: a
 * room of ENVELOPE_MULTICAST_MAX + 1. */
size_t envelope_seal(const struct envelope *e, const struct crypto_key *key, const void *payload, size_t n,
                     char *to, size_t room);
size_t envelope_seal_detached(const struct envelope *e, const struct crypto_key *key, const void *payload,
                              size_t n, char *to, size_t room);

struct envelope_opened {
    struct envelope envelope;
    const char *signed_text; /* E; all three point into the text that was opened */
    size_t signed_length;
    const char *payload; /* NULL: detached */
    size_t payload_length;
    unsigned char signature[CRYPTO_SIGNATURE];
};
enum envelope_fault {
    ENVELOPE_WHOLE,
    ENVELOPE_MALFORMED,    /* not of that form: cut off, or something else */
    ENVELOPE_NEWER,        /* of a version that this program does not know */
    ENVELOPE_UNKNOWN_KIND, /* of a kind that it does not know */
};
/* Takes any bytes. Only WHOLE fills *out in full. Members that E has behind those known here are passed over
 * (but signed, as all of E is), so that version 1 can grow. */
enum envelope_fault envelope_open(const char *text, size_t n, struct envelope_opened *out);
bool envelope_hash_fits(const struct envelope *e, const void *payload, size_t n);
bool envelope_verify(const struct envelope_opened *o, const unsigned char public[CRYPTO_PUBLIC]);

#endif
