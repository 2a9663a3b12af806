/* thread_siren.h - the siren's thread: orders in, periods to the card, what was done back.
 *
 * SCHED_FIFO 70. It writes silence, tones and words without end, takes orders from its ring (the ring's wake
 * ends a sleep, and what room there is in the queue is used at once), and allocates, locks and opens nothing.
 * A second, ordinary thread beside it opens the card, reads the sounds, opens again with growing pauses when
 * the card is lost, closes what is dead, and listens at the microphone while a test is playing. Without a
 * card an order is answered with OUTPUT_SOUND_FAILED, and what still stands is played as soon as there is a
 * card. */
#ifndef TOCSIN_NODE_THREAD_SIREN_H
#define TOCSIN_NODE_THREAD_SIREN_H

#include "alarm/order.h"
#include "alarm/pcm.h"
#include "alarm/siren_conf.h"
#include "io/ring.h"
#include "node/thread.h"

struct siren_thread;

struct siren_health { /* plain data, of the moment */
    bool card;        /* open, with its tones */
    bool words;       /* and every prompt has been read */
    bool unpaced;     /* it takes frames as fast as they come: no card that anybody hears (pcm_unpaced) */
    struct pcm_info info;
    uint32_t opened, lost, recoveries; /* cards; underruns and suspends */
    int prompts_missing, prompts_refused;
    char fault[512]; /* why there is no card or no prompt; "": all is well */
};

struct siren_test {     /* the last one that ended */
    uint32_t number;    /* counts them; 0: none yet */
    int64_t started_ns; /* first frame at the loudspeaker's socket */
    bool played;        /* to its end; false: no card, or something more important came */
    bool listened;      /* there was a microphone */
    bool heard;         /* and it heard the tone */
    bool current;       /* the contact in the siren's line closed */
    double
        wake_s; /* amplifier, loudspeaker and room: first heard - started (without a microphone: the contact); NAN */
    double level_db; /* at the microphone, of full scale; NAN */
};

/* orders: slots of struct sound_order; this thread consumes, and `wake`, which the ring signals, ends its
 * sleep. done: slots of struct output_done; this thread produces. All three outlive it. conf is copied;
 * voice.installed "" becomes siren_thread_prompts. Does not wait for the card. 0 and *out, or -1 with err. */
int siren_thread_open(struct siren_thread **out, const struct sys *sys, const struct siren_conf *conf,
                      struct ring *orders, const struct wake *wake, struct ring *done, struct error *err);
/* What sounds fades out first. NULL is fine. */
void siren_thread_close(struct siren_thread *s);

/* Any thread, never waiting. *to is the caller's, zeroed before the first call: it stays as it was when a
 * writer is at work this very moment. */
void siren_thread_health(const struct siren_thread *s, struct siren_health *to);
bool siren_thread_quiet(
    const struct siren_thread *s); /* what was ordered has been said; or there is no card */
void siren_thread_test(const struct siren_thread *s, struct siren_test *to);
static inline bool siren_test_passed(const struct siren_test *t)
{
    return t->heard || t->current;
}
/* "siren test: heard, 0.09 s after it was played, -24 dB". Returns to. */
const char *siren_test_say(const struct siren_test *t, char *to, size_t room);
/* Any thread, never waiting: current flows in the siren's line since at_ns (CONTACT_CURRENT). */
void siren_thread_current(struct siren_thread *s, int64_t at_ns);
struct thread *siren_thread_thread(struct siren_thread *s); /* for the watchdog */

/* Where the synthetic prompts are: beside the program (a build folder), else where they were installed. */
void siren_thread_prompts(char *to, size_t room);

#endif
