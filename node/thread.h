/* thread.h - a thread of the node: its priority, a stack that is there from the start, a sign of life.
 *
 * Each thread of DESIGN section 4 is one of these: a loop that sleeps for at most THREAD_SLEEP_MS, does what there
 * is to do, and calls thread_beat every time round. The watchdog is fed only while all of them beat. A
 * priority that the system refuses is told in `refused` and the thread runs without: a loud degraded state, no
 * reason to fail. */
#ifndef TOCSIN_NODE_THREAD_H
#define TOCSIN_NODE_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "io/error.h"

enum {
    THREAD_STACK = 256 * 1024, /* touched at the start, so that no page of it is first met in an alarm */
    THREAD_SLEEP_MS = 200,     /* the longest that a loop may sleep, and so the longest that a stop takes */
    /* SCHED_FIFO priorities; the kernel's own interrupt threads stand at 50 */
    THREAD_FIFO_SENSE = 80,
    THREAD_FIFO_ALARM = 75,
    THREAD_FIFO_LINES = 72,
    THREAD_FIFO_SIREN = 70,
    THREAD_NORMAL = 0
};

struct thread {
    const char *name; /* at most 15 bytes: the kernel's own limit */
    int fifo;         /* THREAD_FIFO_... or THREAD_NORMAL */
    void (*run)(struct thread *self, void *ctx);
    void *ctx;
    /* the rest belongs to thread.c */
    pthread_t handle;
    bool started;
    int refused; /* errno of the refused priority; 0: as asked */
    _Atomic bool stop;
    _Atomic uint64_t beats;
};

/* Fills name, fifo, run and ctx, and starts. *t stays where it is until thread_join. 0, or -1 with err. */
int thread_start(struct thread *t, const char *name, int fifo, void (*run)(struct thread *self, void *ctx),
                 void *ctx, struct error *err);
/* Any thread: asks the loop to end. Whoever sleeps long is woken by its own wake. */
void thread_stop(struct thread *t);
void thread_join(struct thread *t); /* waits until it has; one that never started is fine */

/* The thread runs on this core alone from now on, where it was given its priority (one that was refused it must be
 * free to flee); core < 0: on any. A wake-up that stays on a core takes a fifth of one that goes to another. */
void thread_pin(struct thread *t, int core);
/* The last core but nth of those that the process may use, -1 where there is but one. */
int thread_core(int nth);

/* Within the thread. */
static inline bool thread_stopping(const struct thread *t)
{
    return atomic_load_explicit(&t->stop, memory_order_acquire);
}
static inline void thread_beat(struct thread *t)
{
    atomic_fetch_add_explicit(&t->beats, 1, memory_order_relaxed);
}
/* Any thread: how often it went round. */
static inline uint64_t thread_beats(const struct thread *t)
{
    return atomic_load_explicit(&t->beats, memory_order_relaxed);
}

#endif
