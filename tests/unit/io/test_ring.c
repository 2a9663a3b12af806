/* The ring between two threads: nothing lost, nothing torn, nothing waited for. */
#include "io/ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { TOTAL = 200000 };

struct slot { /* larger than a word, so that a torn copy would show */
    uint64_t number[8];
};

static struct ring *open_ring(size_t slots, const struct wake *wake)
{
    struct error err;
    struct ring *r;

    assert_int_equal(ring_open(&r, &sys_real, sizeof(struct slot), slots, wake, &err), 0);
    return r;
}

static void it_keeps_order_and_refuses_what_does_not_fit(void **state)
{
    struct ring *r = open_ring(3, NULL); /* rounded up to 4 */
    struct slot in = {{0}}, out;

    (void)state;
    assert_false(ring_pop(r, &out));
    for (uint64_t round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < 6; i++) {
            in.number[0] = round * 10 + i;
            assert_int_equal(ring_push(r, &in), i < 4);
        }
        assert_int_equal(ring_waiting(r), 4);
        assert_int_equal(ring_refused(r), 2 * (round + 1));
        for (uint64_t i = 0; i < 4; i++) {
            assert_true(ring_pop(r, &out));
            assert_int_equal(out.number[0], round * 10 + i);
        }
        assert_false(ring_pop(r, &out));
    }
    ring_close(r);
}

static void a_part_of_a_slot_is_enough(void **state)
{
    struct ring *r = open_ring(2, NULL);
    struct slot in = {{7, 8}}, other = {{1, 2, 3}};
    const struct slot *front;

    (void)state;
    assert_null(ring_front(r));
    assert_true(ring_push(r, &other));
    assert_true(ring_push(r, &other));
    ring_drop(r);
    ring_drop(r);
    assert_true(ring_push_part(r, &in, 2 * sizeof in.number[0]));
    assert_true(ring_push(r, &other));
    assert_false(ring_push_part(r, &in, sizeof in.number[0]));
    assert_int_equal(ring_refused(r), 1);
    front = ring_front(r);
    assert_int_equal(front->number[0], 7);
    assert_int_equal(front->number[1], 8);
    assert_int_equal(front->number[2], 3); /* of before: not copied */
    assert_ptr_equal(ring_front(r), front);
    ring_drop(r);
    front = ring_front(r);
    assert_int_equal(front->number[0], 1);
    ring_drop(r);
    assert_null(ring_front(r));
    ring_close(r);
}

static void *produce(void *arg)
{
    struct slot s;

    for (uint64_t i = 0; i < TOTAL; i++) {
        for (size_t k = 0; k < 8; k++)
            s.number[k] = i * 8 + k;
        while (!ring_push(arg, &s))
            sched_yield();
    }
    return NULL;
}

static void two_threads_lose_and_tear_nothing(void **state)
{
    struct error err;
    struct wake w;
    pthread_t producer;
    struct slot s;

    (void)state;
    assert_int_equal(wake_open(&w, &err), 0);
    struct ring *r = open_ring(64, &w);
    assert_int_equal(pthread_create(&producer, NULL, produce, r), 0);
    for (uint64_t i = 0; i < TOTAL;) {
        if (!ring_pop(r, &s)) {
            assert_true(wake_wait(&w, 10000)); /* a wake-up that was lost would end here */
            continue;
        }
        for (size_t k = 0; k < 8; k++)
            assert_int_equal(s.number[k], i * 8 + k);
        i++;
    }
    pthread_join(producer, NULL);
    ring_close(r);
    wake_close(&w);
}

static void a_wake_is_remembered_once_and_forgotten(void **state)
{
    struct error err;
    struct wake w;

    (void)state;
    assert_int_equal(wake_open(&w, &err), 0);
    assert_false(wake_wait(&w, 0));
    wake_signal(&w);
    wake_signal(&w);
    assert_true(wake_wait(&w, 0));
    assert_false(wake_wait(&w, 0));
    wake_close(&w);
}

static void *refuse(void *ctx, size_t size)
{
    int *left = ctx;

    return (*left)-- > 0 ? sys_real.alloc(NULL, size) : NULL;
}

static void release(void *ctx, void *memory)
{
    (void)ctx;
    sys_real.release(NULL, memory);
}

static void memory_that_is_refused_is_told(void **state)
{
    struct error err;
    struct ring *r;

    (void)state;
    for (int n = 0; n < 2; n++) {
        int left = n;
        struct sys sys = sys_real;
        sys.ctx = &left;
        sys.alloc = refuse;
        sys.release = release;
        assert_int_equal(ring_open(&r, &sys, 8, 8, NULL, &err), -1);
        assert_null(r);
        assert_string_equal(err.text, "out of memory");
    }
    assert_int_equal(ring_open(&r, &sys_real, 0, 8, NULL, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_order_and_refuses_what_does_not_fit),
        cmocka_unit_test(a_part_of_a_slot_is_enough),
        cmocka_unit_test(two_threads_lose_and_tear_nothing),
        cmocka_unit_test(a_wake_is_remembered_once_and_forgotten),
        cmocka_unit_test(memory_that_is_refused_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
