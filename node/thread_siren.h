/* thread_siren.h - the siren's thread: orders in, periods to the card, what was done back.
 *
 * SCHED_FIFO 70. It writes silence, tones and words without end, takes orders from its ring between periods
 * (its wake ends a sleep, and what room there is in the queue is used at once), and allocates, locks and
 * opens nothing. A second, ordinary thread beside it opens the card, reads the sounds, opens again with
 * growing pauses when the card is lost, closes what is dead, and listens at the microphone while a test is
 * playing. Without a card orders are answered with OUTPUT_SOUND_FAILED, and what then still stands is played
 * as soon as there is one. */
#ifndef TOCSIN_NODE_THREAD_SIREN_H
#define TOCSIN_NODE_THREAD_SIREN_H

#include "alarm/order.h"
#include "alarm/pcm.h"
#include "alarm/siren_conf.h"
#include "io/ring.h"
#include "node/thread.h"

struct siren_thread;

struct siren_health {          /* plain data, of the moment */
    bool card;                 /* open and running */
    struct pcm_info info;      /* of it */
    unsigned lost, recoveries; /* cards lost since start; underruns and suspends */
    int prompts_missing;
    char fault[256]; /* why there is no card, or no prompt; "": all is well */
};

struct siren_test {
    uint32_t number; /* counts tests that have ended; 0: none yet */
    int64_t started_ns, ended_ns;
    bool played;     /* the tone was written to a card */
    bool listened;   /* there was a microphone */
    bool heard;      /* and it heard the tone: without this the test has not passed */
    double wake_s;   /* amplifier and room: first heard - first frame at the loudspeaker's socket; NAN */
    double level_db; /* of full scale at the microphone; NAN */
};

/* orders: slots of struct sound_order; this thread consumes and `wake`, which the ring signals, ends its
 * sleep. done: slots of struct output_done; this thread produces. All three outlive it. conf is copied. Does
 * not wait for the card. 0 and *out, or -1 with err. */
int siren_thread_open(struct siren_thread **out, const struct sys *sys, const struct siren_conf *conf,
                      struct ring *orders, const struct wake *wake, struct ring *done, struct error *err);
/* What sounds fades out first. NULL is fine. */
void siren_thread_close(struct siren_thread *s);

/* Any thread, never waiting. */
void siren_thread_health(const struct siren_thread *s, struct siren_health *health);
void siren_thread_test(const struct siren_thread *s, struct siren_test *test); /* the last one */
struct thread *siren_thread_thread(struct siren_thread *s);                    /* for the watchdog */

#endif
