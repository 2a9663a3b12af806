/* Threads of the node: they start as asked or say what was refused, beat, and end when told. */
#include "node/thread.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct seen {
    _Atomic int policy, priority;
    char name[16];
};

static void look(struct thread *self, void *ctx)
{
    struct seen *seen = ctx;
    struct sched_param p;
    int policy;

    pthread_getschedparam(pthread_self(), &policy, &p);
    seen->policy = policy;
    seen->priority = p.sched_priority;
    while (!thread_stopping(self)) {
        thread_beat(self);
        usleep(1000);
    }
}

static void run(int fifo, struct seen *seen, struct thread *t)
{
    struct error err;

    memset(seen, 0, sizeof *seen);
    assert_int_equal(thread_start(t, "look", fifo, look, seen, &err), 0);
    for (int i = 0; i < 10000 && thread_beats(t) < 3; i++)
        usleep(1000);
    assert_true(thread_beats(t) >= 3);
    pthread_getname_np(t->handle, seen->name, sizeof seen->name);
    thread_stop(t);
    thread_join(t);
    thread_join(t); /* twice does no harm */
}

static void a_normal_thread_beats_and_ends(void **state)
{
    struct seen seen;
    struct thread t;

    (void)state;
    run(THREAD_NORMAL, &seen, &t);
    assert_int_equal(seen.policy, SCHED_OTHER);
    assert_int_equal(t.refused, 0);
    assert_string_equal(seen.name, "look");
}

static void a_refused_priority_is_told_and_the_thread_runs(void **state)
{
    struct seen seen;
    struct thread t;

    (void)state;
    run(THREAD_FIFO_SENSE, &seen, &t);
    if (t.refused == 0) {
        assert_int_equal(seen.policy, SCHED_FIFO);
        assert_int_equal(seen.priority, THREAD_FIFO_SENSE);
    } else {
        print_message("FIFO is refused here: %s\n", strerror(t.refused));
        assert_int_equal(seen.policy, SCHED_OTHER);
    }
    run(1000, &seen, &t); /* no such priority: refused everywhere */
    assert_int_not_equal(t.refused, 0);
    assert_int_equal(seen.policy, SCHED_OTHER);
}

/* The cores that a thread may use, once it was pinned to what thread_core says. */
static int cores_of(int fifo, int core)
{
    struct seen seen = {0};
    struct thread t;
    struct error err;
    cpu_set_t set;

    assert_int_equal(thread_start(&t, "look", fifo, look, &seen, &err), 0);
    thread_pin(&t, core);
    assert_int_equal(pthread_getaffinity_np(t.handle, sizeof set, &set), 0);
    thread_stop(&t);
    thread_join(&t);
    if (t.refused == 0 && fifo && core >= 0)
        assert_true(CPU_ISSET((size_t)core, &set));
    return t.refused ? -1 : CPU_COUNT(&set);
}

static void only_a_priority_ties_a_thread_to_a_core(void **state)
{
    cpu_set_t all;
    int fifo;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    if (CPU_COUNT(&all) < 2) {
        assert_int_equal(thread_core(0), -1);
        return;
    }
    assert_true(CPU_ISSET((size_t)thread_core(0), &all));
    assert_int_not_equal(thread_core(0), thread_core(1));
    assert_int_equal(thread_core(0), thread_core(CPU_COUNT(&all)));
    assert_int_equal(cores_of(THREAD_NORMAL, thread_core(0)), CPU_COUNT(&all));
    fifo = cores_of(THREAD_FIFO_SIREN, thread_core(0));
    assert_true(fifo == 1 || fifo == -1); /* -1: FIFO is refused here */
    fifo = cores_of(THREAD_FIFO_SIREN, -1);
    assert_true(fifo == CPU_COUNT(&all) || fifo == -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_normal_thread_beats_and_ends),
        cmocka_unit_test(a_refused_priority_is_told_and_the_thread_runs),
        cmocka_unit_test(only_a_priority_ties_a_thread_to_a_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
