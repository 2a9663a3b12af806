/* health.h - how the node is: every part of it, in one JSON object and in one sentence.
 *
 * Put together once a second by the main thread from what the other threads publish; none of them waits for
 * it. Keys: docs/formats.md, "Health"; schema: docs/schema/health.schema.json. */
#ifndef TOCSIN_NODE_HEALTH_H
#define TOCSIN_NODE_HEALTH_H

#include "io/clock.h"
#include "io/json.h"
#include "node/thread_alarm.h"
#include "node/thread_lines.h"
#include "node/thread_record.h"
#include "node/thread_sense.h"
#include "node/thread_siren.h"
#include "node/thread_ups.h"

enum { HEALTH_THREADS = ARBITER_SENSORS_MAX + 5, HEALTH_FAULTS = 24 };

struct health_parts { /* what there is; NULL: not on this node */
    const char *node, *site;
    int64_t started_ns;
    const struct clock *clock;
    struct sense *const *sense;
    int sensors;
    struct alarm *alarm;
    struct siren_thread *siren;
    struct thread_lines *lines;
    const struct relay_table *relays;
    const struct contact_table *contacts;
    struct thread_ups *ups;
    struct record *record;
    int lock_refused; /* errno of mlockall; 0: memory is locked */
    bool must_lock;   /* FIFO and locked memory were asked for */
};

struct health_fault {
    char part[CONF_TEXT_MAX]; /* "sensor cellar", "siren", "line gas", "journal", "thread siren" */
    char text[200];
    bool unfit; /* the node cannot warn as it should; else it is a note */
};

struct health { /* the newest, kept by its owner from look to look */
    struct health_parts parts;
    int64_t at_ns;
    uint64_t sequence;
    struct clock_state clock;
    struct alarm_state alarm;
    struct sensor_health sensor[ARBITER_SENSORS_MAX];
    struct siren_health siren;
    struct siren_test siren_test;
    struct record_health record;
    bool sensor_fit[ARBITER_SENSORS_MAX];
    bool any_sensor_fit;
    bool stalled; /* a thread has not moved for HEALTH_STALL_S */
    struct {
        uint64_t beats;
        int64_t moved_ns;
    } thread[HEALTH_THREADS];
    struct health_fault fault[HEALTH_FAULTS];
    int faults;
};

/* Longer without a beat than this, and a thread is stuck; all of them beat five times a second. */
#define HEALTH_STALL_S 3.0

void health_init(struct health *h, const struct health_parts *parts);
/* Looks at every part. The main thread. */
void health_look(struct health *h, int64_t now_ns);
bool health_fit(const struct health *h); /* nothing that makes it unfit */
/* "fit: 2 sensors armed", or the first fault and how many more. Returns to. */
const char *health_say(const struct health *h, char *to, size_t room);
/* Every key on `line`. */
void health_json(const struct health *h, const struct sys *sys, struct json *line);

#endif
