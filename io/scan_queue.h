/* scan_queue.h - the kernel's queue between an IIO driver and its reader, as bytes of whole scans.
 *
 * Bounded like the kernel's kfifo: where it is full the newest scan is lost, not the oldest. Memory is taken
 * when it is opened; after that nothing is allocated. One thread. */
#ifndef TOCSIN_IO_SCAN_QUEUE_H
#define TOCSIN_IO_SCAN_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "io/sys.h"

struct scan_queue {
    uint8_t *scan;     /* owned; NULL: closed */
    size_t size, room; /* bytes a scan, scans that it holds */
    size_t first, held;
    uint64_t lost;
};

/* 0, or -1: out of memory, *q is closed. size and room are at least 1. */
int scan_queue_open(struct scan_queue *q, const struct sys *sys, size_t size, size_t room);
void scan_queue_close(struct scan_queue *q, const struct sys *sys); /* a closed one is fine */
/* Where the next scan is to be written, then scan_queue_push; NULL: full, and the scan is counted as lost. */
uint8_t *scan_queue_slot(struct scan_queue *q);
void scan_queue_push(struct scan_queue *q);
/* The oldest scans that lie together, `most` at the most: how many, and where. */
size_t scan_queue_run(const struct scan_queue *q, size_t most, const uint8_t **at);
void scan_queue_drop(struct scan_queue *q, size_t scans); /* n <= held */

#endif
