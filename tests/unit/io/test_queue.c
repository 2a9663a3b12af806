/* Samples that wait for other components: their place in time, and a bound that holds. */
#include "io/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/fake_end.h"

#define RATE_HZ 100.0
#define MS      INT64_C(1000000)
#define T0_NS   INT64_C(1700000000000000000)

/* ---- timeline
 * ------------------------------------------------------------------------------------------------ */

enum { STEPS = 4, UNTIMED = -1000000 };

static const struct {
    const char *name;
    double slack;
    int64_t skip;
    struct {
        double at_ms; /* after T0; UNTIMED: follows on */
        size_t n;
        int64_t want;
        size_t drop;
    } piece[STEPS];
    uint64_t overlapped;
} lines[] = {
    {"pieces that follow each other", 0, 0, {{0, 10, 0, 0}, {100, 10, 10, 0}, {200, 5, 20, 0}}, 0},
    {"pieces without a time follow on",
     0,
     0,
     {{UNTIMED, 10, 0, 0}, {UNTIMED, 7, 10, 0}, {UNTIMED, 1, 17, 0}},
     0},
    {"a gap", 0, 0, {{0, 10, 0, 0}, {150, 10, 15, 0}, {250, 1, 25, 0}}, 0},
    {"half a sample late is none", 0, 0, {{0, 10, 0, 0}, {105, 10, 10, 0}}, 0},
    {"half a sample early neither", 0, 0, {{0, 10, 0, 0}, {95, 10, 10, 0}}, 0},
    {"0.7 samples late are one", 0, 0, {{0, 10, 0, 0}, {107, 10, 11, 0}}, 0},
    {"a slack of two samples", 2, 0, {{0, 10, 0, 0}, {119, 10, 10, 0}, {245, 10, 23, 0}}, 0},
    {"an overlap is dropped", 0, 0, {{0, 10, 0, 0}, {70, 10, 10, 3}, {170, 1, 17, 0}}, 3},
    {"a piece repeated", 0, 0, {{0, 10, 0, 0}, {0, 10, 10, 10}, {100, 10, 10, 0}}, 10},
    {"a piece from before", 0, 0, {{0, 10, 0, 0}, {-900, 10, 10, 10}, {100, 10, 10, 0}}, 10},
    {"a long piece over a short one", 0, 0, {{0, 10, 0, 0}, {0, 15, 10, 10}, {150, 1, 15, 0}}, 10},
    {"a component that starts before the others", 0, 30, {{0, 10, -30, 0}, {100, 50, -20, 0}}, 0},
    {"the first piece is late", 0, 0, {{50, 10, 5, 0}}, 0},
    {"a century's gap", 0, 0, {{0, 10, 0, 0}, {3.15576e12, 10, INT64_C(315576000000), 0}}, 0},
};

static void pieces_find_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct timeline t;
        timeline_init(&t, RATE_HZ, lines[i].slack, T0_NS, lines[i].skip);
        for (int k = 0; k < STEPS && lines[i].piece[k].n; k++) {
            bool timed = lines[i].piece[k].at_ms != UNTIMED;
            int64_t t_ns = T0_NS + (int64_t)(timed ? lines[i].piece[k].at_ms * 1e6 : 0);
            size_t drop;
            int64_t index = timeline_place(&t, timed, t_ns, lines[i].piece[k].n, &drop);
            if (index != lines[i].piece[k].want || drop != lines[i].piece[k].drop)
                fail_msg("%s: piece %d at %lld, %zu dropped", lines[i].name, k, (long long)index, drop);
        }
        if (t.overlapped != lines[i].overlapped)
            fail_msg("%s: %llu overlapped", lines[i].name, (unsigned long long)t.overlapped);
    }
}

/* A digitiser whose clock runs 100 ppm fast for a week, told by records of 4 s: never a gap, nothing dropped.
 */
/* A second file of the same samples whose later pieces carry no time, as a reader cuts a long SAC file. */
static void what_follows_an_overlap_is_overlap_too(void **state)
{
    struct timeline t;
    size_t drop;

    (void)state;
    timeline_init(&t, 100, 0, 0, 0);
    assert_int_equal(timeline_place(&t, true, 0, 100, &drop), 0);
    assert_int_equal(timeline_place(&t, false, 0, 50, &drop), 100);
    timeline_place(&t, true, 0, 100, &drop);
    assert_int_equal(drop, 100);
    timeline_place(&t, false, 0, 50, &drop);
    assert_int_equal(drop, 50);
    assert_int_equal(timeline_place(&t, false, 0, 50, &drop), 150);
    assert_int_equal(drop, 0);
    assert_int_equal(t.overlapped, 150);
}

static void drift_never_adds_up_to_a_gap(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        struct timeline t;
        size_t drop;
        timeline_init(&t, RATE_HZ, 0, T0_NS, 0);
        for (int64_t k = 0; k < 7 * 86400 / 4; k++) {
            int64_t t_ns = T0_NS + k * (4000 * MS + sign * 4000 * MS / 10000);
            assert_int_equal(timeline_place(&t, true, t_ns, 400, &drop), 400 * k);
            assert_int_equal(drop, 0);
        }
    }
}

/* Times that no clock ever showed: an index that never goes back and never overflows. */
static void forged_times_stay_in_bounds(void **state)
{
    static const int64_t times[] = {INT64_MIN, INT64_MAX, 0, INT64_MAX - 1, INT64_MIN + 1, T0_NS, INT64_MAX};

    (void)state;
    for (double rate_hz = 1; rate_hz <= 20000; rate_hz *= 20000) {
        struct timeline t;
        int64_t next = 0;
        timeline_init(&t, rate_hz, 0, INT64_MIN, 0);
        for (int k = 0; k < 70; k++) {
            size_t drop;
            int64_t index = timeline_place(&t, true, times[k % 7], 65536, &drop);
            assert_true(index >= next && drop <= 65536);
            next = t.next;
            assert_true(next < INT64_C(1000000000000000));
        }
    }
}

/* ---- queue
 * --------------------------------------------------------------------------------------------------- */

static double value_at(int64_t index)
{
    return (double)(index * 7919 % 10007);
}

static int push(struct queue *q, int64_t index, size_t n)
{
    static double value[QUEUE_MAX + 1];

    for (size_t i = 0; i < n; i++)
        value[i] = value_at(index + (int64_t)i) / 2;
    return queue_push(q, index, value, n, 2);
}

static void want_run(const struct queue *q, int64_t index, size_t n)
{
    const double *value;

    assert_false(queue_empty(q));
    assert_int_equal(queue_first(q), index);
    assert_int_equal(queue_run(q, &value), n);
    for (size_t i = 0; i < n; i++)
        if (value[i] != value_at(index + (int64_t)i))
            fail_msg("sample %lld is %g", (long long)index + (long long)i, value[i]);
}

static void runs_join_and_part(void **state)
{
    struct fake_sys fake;

    (void)state;
    fake_sys_init(&fake);
    struct queue *q = queue_open(&fake.sys);
    assert_true(queue_empty(q));
    queue_drop_before(q, 1000);
    assert_int_equal(push(q, -5, 10), 0);
    assert_int_equal(push(q, 5, 10), 0); /* follows: one run */
    want_run(q, -5, 20);
    assert_int_equal(push(q, 20, 10), 0); /* a gap of five */
    want_run(q, -5, 20);
    queue_drop_before(q, 0);
    want_run(q, 0, 15);
    queue_drop_before(q, 17); /* inside the gap */
    want_run(q, 20, 10);
    queue_drop_before(q, 10); /* behind us already */
    want_run(q, 20, 10);
    queue_drop_before(q, 30);
    assert_true(queue_empty(q));
    assert_int_equal(push(q, 100, 1), 0);
    want_run(q, 100, 1);
    queue_close(q);
    queue_close(NULL);
    fake_sys_end(&fake);
}

/* Against a plain model: pushes with and without gaps, drops of any length, a million samples through. */
static void a_long_stream_passes_through(void **state)
{
    struct fake_sys fake;
    uint32_t x = 7;
    int64_t pushed = 0, dropped = 0, gap_from = -1, gap_to = -1; /* at most one gap waits */

    (void)state;
    fake_sys_init(&fake);
    struct queue *q = queue_open(&fake.sys);
    while (pushed < 1000000) {
        x = x * 1664525 + 1013904223;
        size_t n = 1 + (x >> 8) % 6000;
        if (x >> 29 == 0 && dropped >= gap_to) {
            gap_from = pushed;
            gap_to = pushed += 1 + (int64_t)n % 50;
        }
        assert_int_equal(push(q, pushed, n), 0);
        pushed += (int64_t)n;
        dropped += (int64_t)((x >> 4) % 5000);
        dropped = pushed - dropped > 50000 ? pushed - 50000 : dropped > pushed ? pushed : dropped;
        queue_drop_before(q, dropped);
        int64_t first = dropped >= gap_from && dropped < gap_to ? gap_to : dropped;
        if (first < pushed)
            want_run(q, first, (size_t)((first < gap_from ? gap_from : pushed) - first));
        else
            assert_true(queue_empty(q));
    }
    assert_true(fake.peak_bytes < 3 * 1024 * 1024);
    queue_close(q);
    fake_sys_end(&fake);
}

/* No way of filling it passes the bound. */
static void the_bound_holds(void **state)
{
    static const size_t pieces[] = {1000, 65536, 4096, QUEUE_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct fake_sys fake;
        int64_t held = 0;
        fake_sys_init(&fake);
        struct queue *q = queue_open(&fake.sys);
        while (push(q, held, pieces[i]) == 0) {
            held += (int64_t)pieces[i];
            if (held > QUEUE_MAX)
                fail_msg("pieces of %zu: %lld samples held", pieces[i], (long long)held);
        }
        assert_int_equal(held, QUEUE_MAX / pieces[i] * pieces[i]);
        want_run(q, 0, (size_t)held); /* a refusal spoils nothing */
        queue_drop_before(q, (int64_t)pieces[i]);
        assert_int_equal(push(q, held, pieces[i]), 0);
        queue_close(q);
        fake_sys_end(&fake);
    }
}

static void runs_are_bounded_too(void **state)
{
    struct fake_sys fake;
    int runs = 0;

    (void)state;
    fake_sys_init(&fake);
    struct queue *q = queue_open(&fake.sys);
    while (push(q, 2 * runs, 1) == 0)
        assert_true(++runs <= QUEUE_RUNS_MAX);
    assert_int_equal(runs, QUEUE_RUNS_MAX);
    want_run(q, 0, 1);
    queue_drop_before(q, 2);
    assert_int_equal(push(q, 2 * runs, 1), 0);
    for (int i = 1; i <= runs; i++) {
        want_run(q, 2 * i, 1);
        queue_drop_before(q, 2 * i + 1);
    }
    assert_true(queue_empty(q));
    queue_close(q);
    fake_sys_done(&fake);
}

static void a_refused_allocation_spoils_nothing(void **state)
{
    struct fake_sys fake;

    (void)state;
    fake_sys_init(&fake);
    fake.fail_alloc_at = 1;
    assert_null(queue_open(&fake.sys));
    struct queue *q = queue_open(&fake.sys);
    fake.fail_alloc_at = 1;
    assert_int_equal(push(q, 0, 10), -1);
    assert_true(queue_empty(q));
    assert_int_equal(push(q, 0, 3000), 0);
    fake.fail_alloc_at = 1;
    assert_int_equal(push(q, 3000, 10000), -1);
    want_run(q, 0, 3000);
    assert_int_equal(push(q, 3000, 10000), 0);
    want_run(q, 0, 13000);
    queue_close(q);
    fake_sys_end(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_follows_an_overlap_is_overlap_too),
        cmocka_unit_test(pieces_find_their_place),
        cmocka_unit_test(drift_never_adds_up_to_a_gap),
        cmocka_unit_test(forged_times_stay_in_bounds),
        cmocka_unit_test(runs_join_and_part),
        cmocka_unit_test(a_long_stream_passes_through),
        cmocka_unit_test(the_bound_holds),
        cmocka_unit_test(runs_are_bounded_too),
        cmocka_unit_test(a_refused_allocation_spoils_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
