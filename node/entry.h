/* entry.h - what the other threads hand to the record thread: one thing that happened, by value.
 *
 * Turned into a line of the journal (docs/formats.md, "The journal") by thread_record.c; times are
 * CLOCK_MONOTONIC. */
#ifndef TOCSIN_NODE_ENTRY_H
#define TOCSIN_NODE_ENTRY_H

#include "alarm/alert.h"
#include "alarm/arbiter.h"
#include "alarm/order.h"

enum { ENTRY_TEXT_MAX = 240 };

enum entry_kind {
    ENTRY_ALERT,  /* one revision of one sensor's event */
    ENTRY_SOUND,  /* what the siren was ordered */
    ENTRY_LINES,  /* what the lines were ordered */
    ENTRY_DONE,   /* what an output did */
    ENTRY_REASON, /* what the arbiter decided, and why */
    ENTRY_NOTE,   /* what a person should read: a sensor came back, a priority was refused */
    ENTRY_HEALTH, /* something became fit or unfit; text says what */
    ENTRY_STOP    /* the node ends on purpose */
};
enum entry_weight { ENTRY_INFO, ENTRY_WARNING, ENTRY_FAULT };

/* DESIGN section 4: when each stage had what the decision came from. 0: did not take part. */
struct entry_stages {
    int64_t sampled_ns;  /* the last sample that entered */
    int64_t received_ns; /* it had arrived */
    int64_t detected_ns; /* its report was ready */
    int64_t decided_ns;  /* the order was out */
};

struct entry {
    enum entry_kind kind;
    enum entry_weight weight;
    int64_t at_ns;
    uint32_t event;         /* the node's number of the event; 0: none */
    int64_t event_utc_ns;   /* its onset, frozen when it was first declared: its name */
    bool event_utc_trusted; /* the clock was synchronised then */
    union {
        struct {
            struct alert alert;
            int64_t origin_ns; /* of the alert's data time */
            struct entry_stages stages;
        } alert;
        struct sound_order sound;
        struct line_order lines;
        struct {
            struct output_done done;
            int64_t received_ns; /* of the sample that caused it; 0: no sample did */
        } done;
        struct arbiter_reason reason;
        char text[ENTRY_TEXT_MAX];
    };
};

/* Both run in the thread that makes the entry; neither allocates. */
void entry_text(struct entry *e, enum entry_kind kind, enum entry_weight weight, int64_t at_ns,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
/* "lobby-20261125T021500.123Z-17". Returns its length. */
int entry_event_id(const char *node, uint32_t event, int64_t utc_ns, char *to, size_t room);
const char *entry_source_name(enum sound_source source); /* "local" "peer" "official" "operator" */

#endif
