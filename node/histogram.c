#include "node/histogram.h"

#include <math.h>

/* Bucket b >= 1 ends at 1 us * 2^(b / 4). The octave comes from the highest bit, the quarter by comparison: no
 * logarithm where a thread of high priority counts. */
static int bucket(int64_t ns)
{
    /* 2^(k / 4), k = 1..3, in 1/65536 */
    static const uint64_t step[HISTOGRAM_PER_OCTAVE - 1] = {77936, 92682, 110218};

    if (ns < 1000)
        return 0;
    uint64_t units = (uint64_t)ns / 1000 < UINT32_MAX ? (uint64_t)ns * 65536 / 1000 : UINT64_C(1) << 48;
    int octave = 63 - __builtin_clzll(units) - 16, quarter = 0;
    while (quarter < HISTOGRAM_PER_OCTAVE - 1 && units >= step[quarter] << octave)
        quarter++;
    int b = octave * HISTOGRAM_PER_OCTAVE + quarter + 1;
    return b < HISTOGRAM_BUCKETS ? b : HISTOGRAM_BUCKETS - 1;
}

void histogram_add(struct histogram *h, int64_t ns)
{
    int64_t largest = atomic_load_explicit(&h->largest_ns, memory_order_relaxed);

    atomic_fetch_add_explicit(&h->count[bucket(ns)], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->total, 1, memory_order_relaxed);
    while (ns > largest && !atomic_compare_exchange_weak_explicit(&h->largest_ns, &largest, ns,
                                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
}

uint64_t histogram_total(const struct histogram *h)
{
    return atomic_load_explicit(&h->total, memory_order_relaxed);
}

double histogram_quantile_s(const struct histogram *h, double share)
{
    double wanted = ceil(share * (double)histogram_total(h)), seen = 0;
    double largest_s = (double)atomic_load_explicit(&h->largest_ns, memory_order_relaxed) * 1e-9;

    if (histogram_total(h) == 0)
        return NAN;
    for (int b = 0; b < HISTOGRAM_BUCKETS - 1; b++) {
        seen += (double)atomic_load_explicit(&h->count[b], memory_order_relaxed);
        if (seen >= wanted)
            return fmin(1e-6 * exp2((double)b / HISTOGRAM_PER_OCTAVE), largest_s);
    }
    return largest_s;
}
