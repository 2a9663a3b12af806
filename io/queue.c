#include "io/queue.h"

#include <math.h>
#include <string.h>

struct run {
    int64_t index;
    size_t n;
};

struct queue {
    const struct sys *sys;
    double *value; /* room for `capacity`; the live ones at first..first+held */
    size_t capacity, first, held;
    struct run run[QUEUE_RUNS_MAX];
    size_t run_first, runs;
};

struct queue *queue_open(const struct sys *sys)
{
    struct queue *q = sys_alloc(sys, sizeof *q);

    if (q)
        q->sys = sys;
    return q;
}

void queue_close(struct queue *q)
{
    if (!q)
        return;
    sys_free(q->sys, q->value);
    sys_free(q->sys, q);
}

/* Makes room for n more samples behind the live ones: by moving them to the front, or by doubling. */
static int make_room(struct queue *q, size_t n)
{
    if (q->held + n > QUEUE_MAX)
        return -1;
    if (q->first + q->held + n <= q->capacity)
        return 0;
    size_t capacity = q->capacity ? q->capacity : 4096;
    /* Twice what is held, so that moving costs at most one copy a sample. */
    while (capacity < 2 * (q->held + n))
        capacity *= 2;
    double *to = q->value;
    if (capacity > q->capacity) {
        to = sys_alloc(q->sys, capacity * sizeof *to);
        if (!to)
            return -1;
    }
    if (q->held)
        memmove(to, q->value + q->first, q->held * sizeof *to);
    if (to != q->value) {
        sys_free(q->sys, q->value);
        q->value = to;
        q->capacity = capacity;
    }
    q->first = 0;
    return 0;
}

int queue_push(struct queue *q, int64_t index, const double *value, size_t n, double scale)
{
    struct run *last = q->runs ? &q->run[(q->run_first + q->runs - 1) % QUEUE_RUNS_MAX] : NULL;

    if (make_room(q, n) < 0)
        return -1;
    if (last && last->index + (int64_t)last->n == index) {
        last->n += n;
    } else {
        if (q->runs == QUEUE_RUNS_MAX)
            return -1;
        q->run[(q->run_first + q->runs++) % QUEUE_RUNS_MAX] = (struct run){index, n};
    }
    double *to = q->value + q->first + q->held;
    for (size_t i = 0; i < n; i++)
        to[i] = value[i] * scale;
    q->held += n;
    return 0;
}

bool queue_empty(const struct queue *q)
{
    return q->runs == 0;
}

int64_t queue_first(const struct queue *q)
{
    return q->run[q->run_first].index;
}

size_t queue_run(const struct queue *q, const double **value)
{
    *value = q->value + q->first;
    return q->run[q->run_first].n;
}

void queue_drop_before(struct queue *q, int64_t index)
{
    while (q->runs && q->run[q->run_first].index < index) {
        struct run *r = &q->run[q->run_first];
        int64_t behind = index - r->index;
        size_t n = behind < (int64_t)r->n ? (size_t)behind : r->n;
        q->first += n;
        q->held -= n;
        r->index += (int64_t)n;
        r->n -= n;
        if (r->n == 0) {
            q->run_first = (q->run_first + 1) % QUEUE_RUNS_MAX;
            q->runs--;
        }
    }
}

void timeline_init(struct timeline *t, double rate_hz, double slack, int64_t t0_ns, int64_t skip)
{
    *t = (struct timeline){
        .rate_hz = rate_hz,
        .slack = slack > 0 ? slack : 0.6,
        .anchor_ns = t0_ns,
        .anchor = -skip,
        .next = -skip,
        .follow = -skip,
    };
}

int64_t timeline_place(struct timeline *t, bool has_time, int64_t t_ns, size_t n, size_t *drop)
{
    int64_t index = t->follow;

    *drop = 0;
    if (has_time) {
        index = t->next;
        double expected_s = (double)(t->next - t->anchor) / t->rate_hz;
        /* A difference of two int64 times can overflow only for a forged header: compare in double. */
        double off = (((double)t_ns - (double)t->anchor_ns) * 1e-9 - expected_s) * t->rate_hz;
        if (off > 9e15 || off < -9e15)
            off = off > 0 ? 9e15 : -9e15;
        if (fabs(off) > t->slack)
            index += llround(off);
        if (index >= t->next) {
            t->anchor_ns = t_ns;
            t->anchor = index;
        }
    }
    t->follow = index + (int64_t)n;
    if (index < t->next) {
        int64_t over = t->next - index;
        *drop = over < (int64_t)n ? (size_t)over : n;
        t->overlapped += *drop;
        if (*drop == n)
            return t->next;
        index = t->next;
        n -= *drop;
    }
    t->next = index + (int64_t)n;
    return index;
}
