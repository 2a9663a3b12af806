/* The newest value of a struct: a reader never sees half of one and half of another. */
#include "io/latest.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

/* At least so many, and on until the reader got a share of the processor: on a busy machine it may come late. */
enum { ROUNDS = 3000000, ROUNDS_MAX = 100 * ROUNDS };

struct value { /* an odd size: the last word is half used */
    uint64_t a[11];
    uint32_t b;
} __attribute__((packed));

struct shelf {
    struct latest head;
    _Atomic uint64_t word[LATEST_WORDS(struct value)];
    _Atomic uint32_t taken, written;
    _Atomic bool end;
};

static void *write_all(void *arg)
{
    struct shelf *s = arg;
    struct value v;

    for (uint32_t i = 1; i <= ROUNDS || (atomic_load(&s->taken) == 0 && i <= ROUNDS_MAX); i++) {
        for (int k = 0; k < 11; k++)
            v.a[k] = i;
        v.b = i;
        latest_put(&s->head, s->word, &v, sizeof v);
        atomic_store_explicit(&s->written, i, memory_order_relaxed);
    }
    atomic_store(&s->end, true);
    return NULL;
}

static void it_is_whole_and_never_goes_back(void **state)
{
    static struct shelf s;
    struct value v;
    pthread_t writer;
    uint32_t last = 0;

    (void)state;
    assert_int_equal(latest_get(&s.head, s.word, &v, sizeof v), 0);
    assert_int_equal(v.b, 0);
    assert_int_equal(pthread_create(&writer, NULL, write_all, &s), 0);
    while (!atomic_load(&s.end)) {
        if (latest_get(&s.head, s.word, &v, sizeof v) != 0)
            continue;
        atomic_fetch_add(&s.taken, 1);
        for (int k = 0; k < 11; k++)
            assert_true(v.a[k] == v.b);
        assert_true(v.b >= last);
        last = v.b;
    }
    pthread_join(writer, NULL);
    assert_int_equal(latest_get(&s.head, s.word, &v, sizeof v), 0);
    assert_int_equal(v.b, atomic_load(&s.written));
    assert_true(atomic_load(&s.taken) > 0);
}

static void a_writer_that_stopped_half_way_is_not_waited_for(void **state)
{
    struct shelf s = {.head = {.sequence = 1}};
    struct value v = {.b = 7};

    (void)state;
    assert_int_equal(latest_get(&s.head, s.word, &v, sizeof v), -1);
    assert_int_equal(v.b, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_whole_and_never_goes_back),
        cmocka_unit_test(a_writer_that_stopped_half_way_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
