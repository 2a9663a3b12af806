/* queue.h - the samples of one component that wait for the other components, with their place in time.
 *
 * Internal to io/trace.c. A queue holds runs of consecutive samples at known indices; a timeline turns the
 * times that a file states into indices. Bounded: QUEUE_MAX samples, more is refused. */
#ifndef TOCSIN_IO_QUEUE_H
#define TOCSIN_IO_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/sys.h"

enum { QUEUE_MAX = 1 << 18, QUEUE_RUNS_MAX = 1 << 12 };

struct queue;

struct queue *queue_open(const struct sys *sys); /* NULL: out of memory */
void queue_close(struct queue *q);               /* NULL is fine */
/* Appends n samples times `scale` at `index`, which never goes back. 0, or -1: full or out of memory. */
int queue_push(struct queue *q, int64_t index, const double *value, size_t n, double scale);
bool queue_empty(const struct queue *q);
int64_t queue_first(const struct queue *q); /* index of the first sample; not on an empty queue */
size_t queue_run(const struct queue *q,
                 const double **value); /* how many follow it without a gap, and where */
void queue_drop_before(struct queue *q, int64_t index);

struct timeline {
    double rate_hz, slack;
    bool has_time;
    int64_t anchor_ns; /* a time and the index that it belongs to; moved along, so that a slow drift of the */
    int64_t anchor;    /* digitiser's clock never adds up to a false gap */
    int64_t follow;    /* where a piece without a time goes: behind the last one, kept or dropped */
    int64_t next;      /* index after the last sample placed */
    uint64_t overlapped;
};

/* `skip`: how many samples this component starts before the window that all share (its first index is -skip).
 */
void timeline_init(struct timeline *t, double rate_hz, double slack, int64_t t0_ns, int64_t skip);
/* Index of the first kept sample of a piece of n samples; *drop: how many in front of it are overlap (all:
 * n). */
int64_t timeline_place(struct timeline *t, bool has_time, int64_t t_ns, size_t n, size_t *drop);

#endif
