#include "io/latest.h"

#include <string.h>

void latest_put(struct latest *l, _Atomic uint64_t *word, const void *from, size_t size)
{
    const unsigned char *at = from;
    uint32_t sequence = atomic_load_explicit(&l->sequence, memory_order_relaxed);

    atomic_store_explicit(&l->sequence, sequence + 1, memory_order_relaxed);
    for (size_t i = 0; i * 8 < size; i++) {
        uint64_t w = 0;
        memcpy(&w, at + i * 8, size - i * 8 < 8 ? size - i * 8 : 8);
        /* Release, so that a reader who sees a new word sees the odd sequence too. */
        atomic_store_explicit(&word[i], w, memory_order_release);
    }
    atomic_store_explicit(&l->sequence, sequence + 2, memory_order_release);
}

static void copy(const _Atomic uint64_t *word, unsigned char *to, size_t size)
{
    for (size_t i = 0; i * 8 < size; i++) {
        uint64_t w = atomic_load_explicit(&word[i], memory_order_acquire);
        memcpy(to + i * 8, &w, size - i * 8 < 8 ? size - i * 8 : 8);
    }
}

int latest_get(const struct latest *l, const _Atomic uint64_t *word, void *to, size_t size)
{
    unsigned char taken[size];

    for (int i = 0; i < LATEST_TRIES; i++) {
        uint32_t before = atomic_load_explicit(&l->sequence, memory_order_acquire);
        if (before & 1)
            continue;
        copy(word, taken, size);
        if (atomic_load_explicit(&l->sequence, memory_order_relaxed) == before) {
            memcpy(to, taken, size);
            return 0;
        }
    }
    return -1;
}
