/* histogram.h - how long something took, counted where no thread may wait.
 *
 * Buckets a quarter of an octave wide from 1 us to 17 s, so that a percentile is known within 19 %. Atomic
 * counters: any thread adds and any thread reads. Plain memory, zeroed at the start. */
#ifndef TOCSIN_NODE_HISTOGRAM_H
#define TOCSIN_NODE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

enum { HISTOGRAM_PER_OCTAVE = 4, HISTOGRAM_BUCKETS = 24 * HISTOGRAM_PER_OCTAVE + 2 };

struct histogram {
    _Atomic uint64_t count[HISTOGRAM_BUCKETS]; /* [0]: below 1 us, negative too; the last: above 17 s */
    _Atomic uint64_t total;
    _Atomic int64_t largest_ns;
};

void histogram_add(struct histogram *h, int64_t ns);
/* The time that a share (0..1) of all stayed below: a bucket's upper end, in seconds; never more than the largest that
 * was seen. NAN: nothing was counted. */
double histogram_quantile_s(const struct histogram *h, double share);
uint64_t histogram_total(const struct histogram *h);

#endif
