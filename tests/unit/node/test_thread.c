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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_normal_thread_beats_and_ends),
        cmocka_unit_test(a_refused_priority_is_told_and_the_thread_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
