/* thread_alarm.h - the thread that decides: reports in, orders out.
 *
 * SCHED_FIFO 75. It sleeps on one wake that every producer signals, feeds one policy for each sensor and the
 * arbiter, and orders the siren first, then the lines, then tells the record thread. It allocates, locks and
 * logs nothing and waits on no network, bus or disk. A ring that is full costs what was to be told, never
 * time; orders are whole states, so that the next one makes up for a lost one.
 *
 * After a restart within an event the event goes on: its last level stands until the ground has been quiet for
 * as long as the policy asks, or event_max_s is over. */
#ifndef TOCSIN_NODE_THREAD_ALARM_H
#define TOCSIN_NODE_THREAD_ALARM_H

#include "alarm/arbiter.h"
#include "alarm/policy.h"
#include "io/clock.h"
#include "io/ring.h"
#include "node/entry.h"
#include "node/histogram.h"
#include "node/thread.h"
#include "node/thread_lines.h"
#include "node/thread_sense.h"
#include "node/thread_siren.h"

struct alarm_ways {                           /* all of them outlive the thread; NULL: there is none */
    struct ring *sensed[ARBITER_SENSORS_MAX]; /* struct sensed */
    int sensors;
    enum alert_status status;   /* of what the sensors say: actual, or an exercise */
    struct ring *siren_done;    /* struct output_done */
    struct siren_thread *siren; /* is told when current flows in its line */
    struct thread_lines *lines; /* contacts and done in, orders out */
    struct ring *commands;      /* struct arbiter_input: SENSOR and COMMAND, from main */
    struct ring *sound;         /* out: struct sound_order */
    struct ring *record;        /* out: struct entry; wakes nobody by itself: */
    const struct wake *record_wake;
    const struct wake *wake;
    const struct clock *clock;
    const _Atomic int *minute; /* local, of the day; -1: not known */
};

struct alarm_resume { /* what the journal says about before the restart */
    uint32_t events;  /* numbers given out */
    struct {
        bool open; /* its event was: */
        int64_t onset_utc_ns;
        bool utc_trusted;
        struct alert alert; /* its last revision; event is the node's number, times are 0 */
    } sensor[ARBITER_SENSORS_MAX];
    /* the lines that were called for: those that wait for a person go on waiting */
    struct conf_name asserted[ORDER_LINES_MAX];
    int lines;
};

struct alarm_latency {         /* of everything that was decided since the start; plain counters */
    struct histogram detected; /* from the sample's arrival to its report */
    struct histogram decided;  /* from the sample's arrival to the order */
    struct histogram line;     /* ... to a line that is set */
    struct histogram siren;    /* ... to the first period of a sound, written */
    struct histogram age;      /* of the newest sample when it arrives, by the sensor's clock */
};

struct alarm_sensor_state { /* as of its last report */
    bool armed_observed, armed_onset;
    double current; /* intensity of the policy's scale; -9: nothing yet */
    double sta_lta, noise_mps2;
    uint32_t picks, rejects;
    int64_t report_ns;
};

struct alarm_state {
    uint32_t event; /* the highest that is open; 0: none */
    enum alert_level level;
    enum sound_source source;
    bool exercise;
    enum sound sound; /* as last ordered */
    uint32_t asserted;
    uint32_t events;  /* numbers given out */
    uint64_t refused; /* orders and entries that found their ring full */
    struct alarm_sensor_state sensor[ARBITER_SENSORS_MAX];
};

struct alarm;

/* policy and arbiter configurations are copied; actions and contacts outlive it. resume: NULL, or what to go
 * on with. 0 and *out for alarm_close, or -1 with err. */
int alarm_open(struct alarm **out, const struct sys *sys, const struct policy_conf *policy,
               const struct arbiter_conf *arbiter, const struct action_conf *actions,
               const struct contact_table *contacts, const struct alarm_ways *ways,
               const struct alarm_resume *resume, struct error *err);
void alarm_close(struct alarm *a); /* NULL is fine */

/* Any thread, never waiting. *state as last put together; it stays as it was where the thread is at work on it. */
void alarm_state(const struct alarm *a, struct alarm_state *state);
const struct alarm_latency *alarm_latency(const struct alarm *a);
struct thread *alarm_thread(struct alarm *a);

#endif
