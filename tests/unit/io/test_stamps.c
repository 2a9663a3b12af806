/* Timestamps made into one even line: what was lost, repeated, late, and whose clock was set. */
#include "io/stamps.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S        INT64_C(1000000000)
#define MONO0    (1000 * S)
#define UTC0     (INT64_C(1800000000) * S)
#define EVENT_S  20.0 /* when something happens */
#define LENGTH_S 45.0

/* What the source and its clock do; zeros: nothing, and the defaults of fill(). */
struct scene {
    const char *name;
    enum stamps_clock clock;
    double said_hz, true_hz;
    size_t batch;
    double ahead_s;   /* of the stamps' clock before ours: it is another machine's */
    double lose_s;    /* samples lost at the event, in seconds */
    double hold_s;    /* no arrival for so long from the event on; then all at once */
    double set_s;     /* the stamps' clock is set by so much at the event */
    double our_set_s; /* our realtime clock is, and the stamps' with it where they are realtime */
    double late_ms;   /* one stamp at the event */
    int plateau;      /* stamps in a row that are 3.5 ms late, each 2 s from the event on */
    double jitter_ms; /* of every stamp, 0 to so much late */
    int repeat, back; /* samples at the event that come twice; that have a stamp 3 periods too early */
    int garbage;      /* stamps at the event that make no sense */
    bool by_batch;    /* all stamps of a batch are its last one's */
    bool zero;        /* all stamps are 0 */
    bool by_nominal;  /* stamps are made up from the rate that is said */
    /* wanted */
    double lost_s;
    uint64_t gaps, duplicates, backward, clock_steps;
    double error_ms; /* of any sample's time, but around the event */
    double ppm;      /* of the measured rate */
    bool no_clock;
};

#define MONO .clock = STAMPS_MONOTONIC
#define REAL .clock = STAMPS_REALTIME
#define AWAY .clock = STAMPS_FOREIGN, .ahead_s = 3e5
#define NONE .clock = STAMPS_NONE, .no_clock = true

static const struct scene scenes[] = {
    {"all is well", MONO},
    {"single samples", MONO, .batch = 1},
    {"buffers of 64", MONO, .batch = 64},
    {"10 samples lost", MONO, .lose_s = 0.04, .lost_s = 0.04, .gaps = 1},
    {"1 sample lost", MONO, .lose_s = 0.004, .lost_s = 0.004, .gaps = 1},
    {"1 sample lost of singles", MONO, .batch = 1, .lose_s = 0.004, .lost_s = 0.004, .gaps = 1},
    {"5 s lost", MONO, .lose_s = 5, .lost_s = 5, .gaps = 1},
    {"a reader that is late by 1 s loses nothing", MONO, .hold_s = 1},
    {"a late stamp is jitter", MONO, .late_ms = 11},
    {"a late stamp among singles too", MONO, .batch = 1, .late_ms = 11},
    {"soft timestamps, 1.5 ms of jitter", MONO, .jitter_ms = 1.5, .error_ms = 1.6, .ppm = 20},
    {"... and 10 samples lost", MONO, .jitter_ms = 1.5, .lose_s = 0.04, .lost_s = 0.04, .gaps = 1,
     .error_ms = 1.6, .ppm = 20},
    {"5 stamps late alike are a loss, once; then the clock is known", MONO, .plateau = 5, .lost_s = 0.004,
     .gaps = 1, .error_ms = 7, .ppm = 200},
    {"2 % too fast", MONO, .true_hz = 255},
    {"2 % too slow, 10 samples lost", MONO, .true_hz = 245, .lose_s = 0.0408, .lost_s = 0.0408, .gaps = 1},
    {"half the rate that was said", MONO, .true_hz = 125},
    {"twice the rate that was said", MONO, .true_hz = 500},
    {"samples that come twice", MONO, .repeat = 3, .duplicates = 3},
    {"a stamp that goes back costs its sample", MONO, .back = 1, .backward = 1, .lost_s = 0.004, .gaps = 1},
    {"a stamp without sense costs nothing", MONO, .garbage = 1},
    {"two of them neither", MONO, .garbage = 2},
    {"realtime stamps", REAL},
    {"the clock is set forward by 100 s", REAL, .our_set_s = 100, .clock_steps = 1},
    {"the clock is set back by 100 s", REAL, .our_set_s = -100, .clock_steps = 1},
    {"the clock is set back by 50 ms", REAL, .our_set_s = -0.05, .clock_steps = 1},
    {"a leap second", REAL, .our_set_s = -1, .clock_steps = 1},
    {"realtime, 5 s lost", REAL, .lose_s = 5, .lost_s = 5, .gaps = 1},
    {"another machine's clock", AWAY},
    {"another machine, 10 samples lost", AWAY, .lose_s = 0.04, .lost_s = 0.04, .gaps = 1},
    {"another machine, 5 s lost", AWAY, .lose_s = 5, .lost_s = 5, .gaps = 1},
    {"another machine's clock is set forward", AWAY, .set_s = 100, .clock_steps = 1},
    {"another machine's clock is set back", AWAY, .set_s = -100, .clock_steps = 1},
    {"... by 0.1 s: three samples are gone before it is sure", AWAY, .set_s = -0.1, .clock_steps = 1,
     .backward = 3, .lost_s = 0.012, .gaps = 1},
    {"a clock that only says it is ours", MONO, .ahead_s = 77, .error_ms = 2},
    {"no timestamps", NONE},
    {"no timestamps, 1 % too fast", NONE, .true_hz = 101},
    {"no timestamps, 5 s lost", NONE, .lose_s = 5, .lost_s = 5, .gaps = 1, .ppm = 3000},
    {"no timestamps, a late reader loses nothing", NONE, .hold_s = 1, .ppm = 3000},
    {"one stamp a buffer is no use", MONO, .by_batch = true, .error_ms = 60, .ppm = 200, .no_clock = true,
     .duplicates = UINT64_MAX, .gaps = UINT64_MAX},
    {"stamps that stand still are no use", MONO, .zero = true, .error_ms = 60, .ppm = 200, .no_clock = true,
     .duplicates = UINT64_MAX, .gaps = UINT64_MAX},
    {"stamps made up from the nominal rate", AWAY, .true_hz = 255, .by_nominal = true, .error_ms = 60,
     .ppm = 100, .gaps = UINT64_MAX, .clock_steps = UINT64_MAX, .duplicates = UINT64_MAX,
     .backward = UINT64_MAX},
};

static struct scene fill(const struct scene *from)
{
    struct scene c = *from;
    bool none = c.clock == STAMPS_NONE;

    c.said_hz = c.said_hz > 0 ? c.said_hz : none ? 100 : 250;
    c.true_hz = c.true_hz > 0 ? c.true_hz : c.said_hz;
    c.batch = c.batch ? c.batch : none ? 2 : 4;
    if (!(c.error_ms > 0))
        c.error_ms = none ? 30 : c.clock == STAMPS_FOREIGN ? 2 : 0.1;
    if (!(c.ppm > 0))
        c.ppm = none ? 100 : 2;
    return c;
}

static double noise(uint32_t *seed) /* 0 to 1 */
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed / 4294967296.0;
}

struct run {
    const struct scene *scene;
    struct stamps s;
    uint32_t seed;
    int64_t stamp[BUFSIZ / 8];
    double taken_s[BUFSIZ / 8]; /* when each waiting sample was taken */
    size_t n;
    double worst_ms;
    uint64_t kept;
};

/* The batch arrives. */
static void arrive(struct run *r, double now_s)
{
    const struct scene *c = r->scene;
    struct stamp out[BUFSIZ / 8];
    struct stamps_arrival at = {MONO0 + llround(now_s * 1e9), UTC0 + llround(now_s * 1e9)};

    if (now_s >= EVENT_S)
        at.utc_ns += llround(c->our_set_s * 1e9);
    for (size_t i = 0; i < r->n && c->by_batch; i++)
        r->stamp[i] = r->stamp[r->n - 1];
    stamps_batch(&r->s, r->stamp, r->n, at, out);
    for (size_t i = 0; i < r->n; i++) {
        if (!out[i].keep)
            continue;
        r->kept++;
        double off_ms = fabs((double)(out[i].mono_ns - MONO0) * 1e-9 - r->taken_s[i]) * 1e3;
        bool disturbed = r->taken_s[i] > EVENT_S - 0.1 && r->taken_s[i] < EVENT_S + c->lose_s + 1.1;
        if (!disturbed && r->taken_s[i] > 1 && off_ms > r->worst_ms)
            r->worst_ms = off_ms;
    }
    r->n = 0;
}

static void add(struct run *r, double taken_s, int64_t stamp)
{
    r->stamp[r->n] = r->scene->zero ? 0 : stamp;
    r->taken_s[r->n++] = taken_s;
}

static int64_t stamp_of(struct run *r, int64_t k, double taken_s, int64_t after_event)
{
    const struct scene *c = r->scene;
    double by = c->by_nominal ? (double)k / c->said_hz : taken_s;
    double moved = c->ahead_s + c->jitter_ms * 1e-3 * noise(&r->seed);

    if (after_event >= 0)
        moved += c->set_s + (c->clock == STAMPS_REALTIME ? c->our_set_s : 0);
    if (after_event >= 0 &&
        (double)after_event / c->true_hz < c->late_ms * 1e-3) /* those behind it follow at once */
        moved += c->late_ms * 1e-3 - 0.99 * (double)after_event / c->true_hz;
    if (after_event >= 0 && after_event % (2 * (int64_t)c->true_hz) < c->plateau)
        moved += 3.5e-3;
    if (after_event >= 0 && after_event < c->back)
        moved -= 3 / c->true_hz;
    if (after_event >= 0 && after_event < c->garbage)
        moved += 1e8 * (after_event % 2 ? -1 : 1);
    return (c->clock == STAMPS_REALTIME ? UTC0 : MONO0) + llround((by + moved) * 1e9);
}

static void play(struct run *r, const struct scene *c)
{
    const double delay_s = 0.0003;

    memset(r, 0, sizeof *r);
    r->scene = c;
    stamps_init(&r->s);
    stamps_open(&r->s, c->said_hz, c->clock, MONO0);
    int64_t event = llround(EVENT_S * c->true_hz), lose = llround(c->lose_s * c->true_hz);
    for (int64_t k = 1; (double)k < LENGTH_S * c->true_hz; k++) {
        double taken_s = (double)k / c->true_hz;
        if (k > event && k <= event + lose)
            continue;
        int64_t after = k > event ? k - event - 1 : -1;
        int64_t stamp = stamp_of(r, k, taken_s, after);
        add(r, taken_s, stamp);
        if (after >= 0 && after < c->repeat)
            add(r, taken_s, stamp);
        bool held = taken_s > EVENT_S && taken_s <= EVENT_S + c->hold_s;
        if (r->n >= c->batch && !held)
            arrive(r, taken_s + delay_s + 0.0002 * noise(&r->seed));
    }
}

static bool is(uint64_t value, uint64_t wanted)
{
    return wanted == UINT64_MAX || value == wanted;
}

static void what_happens_is_told(void **state)
{
    static struct run r;

    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        const struct scene filled = fill(&scenes[i]), *c = &filled;
        play(&r, c);
        const struct stamps_counts *n = &r.s.counts;
        double hz = stamps_rate_hz(&r.s), ppm = fabs(hz / c->true_hz - 1) * 1e6;
        bool lost_ok = c->gaps == UINT64_MAX ||
                       llabs((long long)n->lost - llround(c->lost_s * c->true_hz)) <= (c->no_clock ? 60 : 0);
        if (!lost_ok || !is(n->gaps, c->gaps) || !is(n->duplicates, c->duplicates) ||
            !is(n->backward, c->backward) || !is(n->clock_steps, c->clock_steps) ||
            r.worst_ms > c->error_ms || ppm > c->ppm || (r.s.clock == STAMPS_NONE) != c->no_clock)
            fail_msg("%s: %llu lost in %llu gaps, %llu twice, %llu back, %llu steps, %.3f ms off, %.4f Hz, "
                     "clock %d, "
                     "%llu jitter",
                     c->name, (unsigned long long)n->lost, (unsigned long long)n->gaps,
                     (unsigned long long)n->duplicates, (unsigned long long)n->backward,
                     (unsigned long long)n->clock_steps, r.worst_ms, hz, (int)r.s.clock,
                     (unsigned long long)n->jitter);
    }
}

/* ---- openings ---- */

static void feed(struct stamps *s, double from_s, double to_s, double arrive_s, struct stamp *first,
                 uint64_t *kept)
{
    struct stamp out[64];
    int64_t stamp[64] = {0};
    size_t n = 0;

    for (double t = from_s; t < to_s - 1e-6 && n < 64; t += 0.01)
        stamp[n++] = MONO0 + llround(t * 1e9);
    stamps_batch(s, stamp, n, (struct stamps_arrival){MONO0 + llround(arrive_s * 1e9), UTC0}, out);
    *kept = 0;
    for (size_t i = 0; i < n; i++)
        if (out[i].keep && (*kept)++ == 0)
            *first = out[i];
}

static void samples_from_before_the_opening_are_dropped(void **state)
{
    struct stamps s;
    struct stamp first;
    uint64_t kept;

    (void)state;
    stamps_init(&s);
    stamps_open(&s, 100, STAMPS_MONOTONIC, MONO0 + 5 * S);
    feed(&s, 4.7, 5.1, 5.1, &first, &kept);
    assert_int_equal(kept, 10);
    assert_int_equal(s.counts.stale, 30);
    assert_int_equal(first.lost, 0); /* nothing was heard before */
}

/* A clock that is not ours cannot say so; that more came than can have been taken does. */
static void as_many_as_cannot_have_been_taken_since(void **state)
{
    struct stamps s;
    struct stamp first;
    uint64_t kept;

    (void)state;
    stamps_init(&s);
    stamps_open(&s, 100, STAMPS_FOREIGN, MONO0 + 5 * S);
    feed(&s, 904.7, 905.1, 5.1, &first, &kept);
    assert_int_equal(kept, 12); /* 10, and 2 for the edges */
    assert_int_equal(s.counts.stale, 28);
}

static void an_outage_is_lost_time(void **state)
{
    static const struct {
        const char *name;
        enum stamps_clock clock;
        double gone_s;
        uint64_t least, most;
    } rows[] = {
        {"3 s", STAMPS_MONOTONIC, 3, 299, 300},
        {"3 s, another machine", STAMPS_FOREIGN, 3, 290, 310},
        {"3 s, no timestamps", STAMPS_NONE, 3, 290, 310},
        {"an hour", STAMPS_MONOTONIC, 3600, 359999, 360000},
        {"hardly any", STAMPS_MONOTONIC, 0.001, 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stamps s;
        struct stamp first;
        uint64_t kept;
        double back_s = 0.5 + rows[i].gone_s;
        stamps_init(&s);
        stamps_open(&s, 100, rows[i].clock, MONO0);
        feed(&s, 0.1, 0.5, 0.5, &first, &kept);
        assert_int_equal(kept, 40);
        stamps_open(&s, 100, rows[i].clock, MONO0 + llround((back_s - 0.02) * 1e9));
        feed(&s, back_s, back_s + 0.02, back_s + 0.02, &first, &kept);
        if (first.lost < rows[i].least || first.lost > rows[i].most)
            fail_msg("%s: %llu lost", rows[i].name, (unsigned long long)first.lost);
    }
}

/* Whatever a server sends: times never go back, and nothing overflows (the sanitizers look on). */
static void forged_stamps_stay_in_bounds(void **state)
{
    static const int64_t odd[] = {INT64_MIN, INT64_MAX, 0, -1, INT64_MAX / 2, UTC0, MONO0, 1};
    uint32_t seed = 7;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct stamps s;
        int64_t stamp[16], last = INT64_MIN, now = MONO0;
        struct stamp out[16];
        stamps_init(&s);
        stamps_open(&s, 1 + 1000 * noise(&seed), (enum stamps_clock)(round % 4), MONO0);
        for (int b = 0; b < 50; b++) {
            size_t n = 1 + (size_t)(15 * noise(&seed));
            now += (int64_t)(noise(&seed) * 1e9);
            for (size_t i = 0; i < n; i++)
                stamp[i] = noise(&seed) < 0.5 ? odd[(int)(8 * noise(&seed))]
                                              : now + (int64_t)((noise(&seed) - 0.5) * 1e9);
            stamps_batch(&s, stamp, n, (struct stamps_arrival){now, now + UTC0}, out);
            for (size_t i = 0; i < n; i++) {
                if (!out[i].keep)
                    continue;
                assert_true(out[i].mono_ns > last);
                last = out[i].mono_ns;
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_happens_is_told),
        cmocka_unit_test(samples_from_before_the_opening_are_dropped),
        cmocka_unit_test(as_many_as_cannot_have_been_taken_since),
        cmocka_unit_test(an_outage_is_lost_time),
        cmocka_unit_test(forged_stamps_stay_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
