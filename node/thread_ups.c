#include "node/thread_ups.h"

#include <stdatomic.h>

#include "node/thread.h"

struct thread_ups {
    const struct sys *sys;
    const struct wake *wake;
    struct wake own; /* ends the pause */
    struct thread thread;
    struct ups *ups;
    double period_s;
    _Atomic unsigned state;
};

static unsigned pack(const struct ups_state *s)
{
    return (unsigned)s->known | (unsigned)s->mains_lost << 1 | (unsigned)s->battery_low << 2;
}

struct ups_state thread_ups_state(const struct thread_ups *t)
{
    unsigned bits = atomic_load_explicit(&t->state, memory_order_relaxed);

    return (struct ups_state){.known = bits & 1, .mains_lost = bits >> 1 & 1, .battery_low = bits >> 2 & 1};
}

static void run(struct thread *self, void *ctx)
{
    struct thread_ups *t = ctx;

    while (!thread_stopping(self)) {
        struct ups_state state;
        struct error err;
        unsigned bits;

        thread_beat(self);
        if (ups_read(t->ups, &state, &err) < 0)
            state = (struct ups_state){0};
        bits = pack(&state);
        if (atomic_exchange_explicit(&t->state, bits, memory_order_relaxed) != bits && t->wake)
            wake_signal(t->wake);
        wake_wait(&t->own, (int)(t->period_s * 1000));
    }
}

int thread_ups_open(struct thread_ups **out, const struct sys *sys, const struct ups_conf *conf,
                    const struct wake *wake, struct error *err)
{
    struct thread_ups *t = sys_alloc(sys, sizeof *t);

    *out = NULL;
    if (!t)
        return error_set(err, "ups: out of memory");
    t->sys = sys;
    t->wake = wake;
    t->own.fd = -1;
    t->period_s = conf->period_s;
    if (wake_open(&t->own, err) < 0 || ups_open(&t->ups, sys, conf, err) < 0 ||
        thread_start(&t->thread, "ups", THREAD_NORMAL, run, t, err) < 0) {
        thread_ups_close(t);
        return -1;
    }
    *out = t;
    return 0;
}

void thread_ups_close(struct thread_ups *t)
{
    if (!t)
        return;
    thread_stop(&t->thread);
    if (t->own.fd >= 0)
        wake_signal(&t->own);
    thread_join(&t->thread);
    ups_close(t->ups);
    wake_close(&t->own);
    sys_free(t->sys, t);
}
