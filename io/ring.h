/* ring.h - the way from one thread to another: one producer, one consumer, slots of one size.
 *
 * Neither side ever waits: a full ring refuses (and counts), an empty one says so. Slots are copied by value;
 * the memory is taken at ring_open and belongs to whoever opened it, who closes it when both threads are
 * gone. What the consumer sees of a slot, it sees whole: the head is released after the slot is written.
 * Cost: a copy of one slot, and a write to the eventfd where the ring has one. */
#ifndef TOCSIN_IO_RING_H
#define TOCSIN_IO_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/error.h"
#include "io/sys.h"

/* What a thread sleeps on: several rings may wake the same one. */
struct wake {
    int fd; /* an eventfd, for poll() beside other descriptors; -1: none */
};

int wake_open(struct wake *w, struct error *err); /* 0, or -1 with err */
void wake_close(struct wake *w);                  /* a wake that was never opened (fd -1) is fine */
void wake_signal(const struct wake *w);           /* any thread, signal handlers too; never waits */
/* Sleeps until it is signalled, at most timeout_ms (-1: without end): true when it was, and forgets it. */
bool wake_wait(const struct wake *w, int timeout_ms);
void wake_clear(const struct wake *w); /* forgets a signal, for those who poll() fd themselves */

struct ring;

/* `slots` is rounded up to a power of two. wake: signalled by every push, and outlives the ring;
 * NULL: the consumer looks by itself. 0, or -1 with err. */
int ring_open(struct ring **out, const struct sys *sys, size_t slot_size, size_t slots,
              const struct wake *wake, struct error *err);
void ring_close(struct ring *r); /* NULL is fine */

/* Producer thread. False when full: nothing was taken, and ring_refused counts it. */
bool ring_push(struct ring *r, const void *slot);
/* The same for the first n bytes alone, where the rest of a large slot means nothing. */
bool ring_push_part(struct ring *r, const void *slot, size_t n);
/* Consumer thread. False when empty. */
bool ring_pop(struct ring *r, void *slot);
/* The same in two steps, for who needs but a part of it: the oldest slot, which stays until it is dropped; NULL:
 * empty. */
const void *ring_front(const struct ring *r);
void ring_drop(struct ring *r);

/* Any thread. */
uint64_t ring_refused(const struct ring *r);
size_t ring_waiting(const struct ring *r); /* slots pushed and not popped; of the moment */

#endif
