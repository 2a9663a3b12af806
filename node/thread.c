#include "node/thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The thread sanitizer keeps its own state of a thread in that thread's stack. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IS_WATCHED 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define IS_WATCHED 1
#endif
#ifdef IS_WATCHED
enum { STACK = THREAD_STACK + (1 << 20) };
#else
enum { STACK = THREAD_STACK };
#endif

/* The pages below are written once here, so that mlockall finds them and no alarm is the first to need one. */
static void touch_stack(void)
{
    volatile unsigned char page[THREAD_STACK / 2];
    long step = sysconf(_SC_PAGESIZE);

    for (size_t i = 0; i < sizeof page; i += (size_t)step)
        page[i] = 0;
}

static void *enter(void *arg)
{
    struct thread *t = arg;

    touch_stack();
    t->run(t, t->ctx);
    return NULL;
}

static int start_as(struct thread *t, int fifo)
{
    pthread_attr_t attr;
    struct sched_param priority = {.sched_priority = fifo};

    if (pthread_attr_init(&attr) != 0)
        return ENOMEM;
    pthread_attr_setstacksize(&attr, STACK);
    pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attr, fifo ? SCHED_FIFO : SCHED_OTHER);
    pthread_attr_setschedparam(&attr, &priority);
    int refused = pthread_create(&t->handle, &attr, enter, t);
    pthread_attr_destroy(&attr);
    return refused;
}

int thread_start(struct thread *t, const char *name, int fifo, void (*run)(struct thread *self, void *ctx),
                 void *ctx, struct error *err)
{
    sigset_t all, before;

    memset(t, 0, sizeof *t);
    t->name = name;
    t->fifo = fifo;
    t->run = run;
    t->ctx = ctx;
    /* Signals are main's, which reads them from a descriptor: none may land in the middle of an alarm. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int refused = start_as(t, fifo);
    if (refused && fifo) {
        t->refused = refused;
        refused = start_as(t, THREAD_NORMAL);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (refused)
        return error_set(err, "thread %s: %s", name, strerror(refused));
    t->started = true;
    pthread_setname_np(t->handle, name);
    return 0;
}

void thread_pin(struct thread *t, int core)
{
    cpu_set_t set;

    if (core < 0 || !t->started || !t->fifo || t->refused)
        return;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    (void)pthread_setaffinity_np(t->handle, sizeof set, &set); /* refused: it runs where it may */
}

int thread_core(int nth)
{
    cpu_set_t set;
    int count;

    if (sched_getaffinity(0, sizeof set, &set) != 0 || (count = CPU_COUNT(&set)) < 2)
        return -1;
    nth = count - 1 - nth % count;
    for (int core = 0; core < CPU_SETSIZE; core++)
        if (CPU_ISSET((size_t)core, &set) && nth-- == 0)
            return core;
    return -1;
}

void thread_stop(struct thread *t)
{
    atomic_store_explicit(&t->stop, true, memory_order_release);
}

void thread_join(struct thread *t)
{
    if (t->started)
        pthread_join(t->handle, NULL);
    t->started = false;
}
