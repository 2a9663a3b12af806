#include "io/steim.h"

#include <string.h>

static uint32_t word_at(const unsigned char *at, bool big)
{
    uint32_t w;

    memcpy(&w, at, sizeof w);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return big ? __builtin_bswap32(w) : w;
#else
    return big ? w : __builtin_bswap32(w);
#endif
}

/* How a word holds differences: `count` of `bits` each, the first one highest, the last one at bit 0. */
struct kind {
    int count, bits;
};

/* Sums them up from *value on; the sum wraps as the encoder's did. */
static inline __attribute__((always_inline)) double *add_up(uint32_t word, struct kind k, uint32_t *value,
                                                            double *to)
{
#pragma GCC unroll 7
    for (int i = 0; i < k.count; i++) {
        int shift = 32 - (k.count - i) * k.bits;
        *value += (uint32_t)((int32_t)(word << shift) >> (32 - k.bits));
        to[i] = (int32_t)*value;
    }
    return to + k.count;
}

/* By constants, so that each becomes straight code. Differences of whole bytes lie in the order of time,
 * whatever the byte order inside of each. */
static inline double *add_word(const unsigned char *at, bool big, int version, unsigned code, uint32_t *value,
                               double *to)
{
    if (code == 1)
        return add_up(word_at(at, true), (struct kind){4, 8}, value, to);
    uint32_t word = word_at(at, big);
    if (version == 1 && code == 2)
        return add_up(big ? word : word << 16 | word >> 16, (struct kind){2, 16}, value, to);
    if (version == 1)
        return add_up(word, (struct kind){1, 32}, value, to);
    switch (code << 2 | word >> 30) {
    case 2 << 2 | 1:
        return add_up(word, (struct kind){1, 30}, value, to);
    case 2 << 2 | 2:
        return add_up(word, (struct kind){2, 15}, value, to);
    case 2 << 2 | 3:
        return add_up(word, (struct kind){3, 10}, value, to);
    case 3 << 2 | 0:
        return add_up(word, (struct kind){5, 6}, value, to);
    case 3 << 2 | 1:
        return add_up(word, (struct kind){6, 5}, value, to);
    case 3 << 2 | 2:
        return add_up(word, (struct kind){7, 4}, value, to);
    }
    return NULL;
}

ptrdiff_t steim_decode(const unsigned char *frames, size_t length, int version, bool big, double *sample,
                       size_t n, int32_t *last)
{
    uint32_t value = 0, first = 0;
    double *to = sample, *end = sample + n;

    for (size_t at = 0; at + STEIM_FRAME <= length && to < end; at += STEIM_FRAME) {
        uint32_t codes = word_at(frames + at, big);
        unsigned i = 1;
        if (at == 0) {
            first = word_at(frames + 4, big);
            *last = (int32_t)word_at(frames + 8, big);
            i = 3;
        }
        for (; i < 16 && to < end; i++) {
            unsigned code = codes >> (30 - 2 * i) & 3;
            if (code == 0)
                continue;
            double *from = to;
            to = add_word(frames + at + 4 * (size_t)i, big, version, code, &value, to);
            if (!to)
                return -1;
            if (from != sample)
                continue;
            /* The very first difference leads from the record before: it does not count. */
            uint32_t shift = first - (uint32_t)(int32_t)*sample;
            value += shift;
            for (; from < to; from++)
                *from = (int32_t)((uint32_t)(int32_t)*from + shift);
        }
    }
    return to < end ? to - sample : (ptrdiff_t)n;
}
