/* thread_record.h - the thread that writes down what happened: the journal, and a line for whoever looks on.
 *
 * Ordinary priority; whatever the disk does, nobody waits for it. Entries come in by rings (one for each
 * producer), become lines of the journal, and are made safe (fsync) once a batch, at once when there is
 * nothing more to take. A disk that is full or read-only is told, what it did not take
 * waits in a bounded backlog, is tried again each second, and what no longer fits into the rings is counted; readable
 * lines and --events go on meanwhile. */
#ifndef TOCSIN_NODE_THREAD_RECORD_H
#define TOCSIN_NODE_THREAD_RECORD_H

#include <stdbool.h>
#include <stdio.h>

#include "alarm/arbiter.h"
#include "io/clock.h"
#include "io/ring.h"
#include "node/entry.h"
#include "node/thread.h"

enum { RECORD_RINGS = 3 };

struct record_conf {
    const char *path;          /* of the journal; NULL: none is kept */
    const char *folder;        /* that it lies in, made where it is missing */
    const char *node;          /* the node's name, for event ids */
    const char *const *sensor; /* names, by index */
    const char *const *line;
    const char *const *contact;
    int sensors, lines, contacts;
    bool make_key; /* the node's, in folder/keys, where there is none: once the journal is safe */
    /* The journal's lines without their frames, written past the stream's own buffer; NULL: not wanted. A reader who is
     * slow misses lines, and is told how many by {"type":"skipped"}; nobody waits for him. */
    FILE *events;
    FILE *
        log; /* one readable line for what a person should know; must never wait (outlet.h); NULL: not wanted */
};

struct record_health {
    uint64_t written, synced; /* lines */
    uint64_t retries;
    int failed; /* errno while the disk refuses; 0: all is well */
};

struct record;

/* Opens (and repairs) the journal, writes the line `start`, starts the thread; a disk that is full or read-only is no
 * failure, and is tried again. rings: slots of struct entry,
 * consumed here; NULL ones are left out; they and `wake`, which they signal, outlive it. names: an arbiter
 * initialised like the deciding one, for the words of its reasons. conf is copied, not what it points to. 0 and
 * *out, or -1 with err. */
int record_open(struct record **out, const struct sys *sys, const struct record_conf *conf,
                struct ring *const rings[RECORD_RINGS], const struct wake *wake, const struct clock *clock,
                const struct arbiter *names, struct error *err);
/* A disk that refuses with this errno, not a mistake in the configuration: tried again, and the node works without. */
bool record_may_pass(int code);
/* Writes what is still in the rings, then ends. NULL is fine. */
void record_close(struct record *r);

void record_health(const struct record *r, struct record_health *health); /* any thread, never waiting */
struct thread *record_thread(struct record *r);

#endif
