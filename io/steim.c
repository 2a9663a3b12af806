#include "io/steim.h"

#include <stdint.h>
#include <string.h>

/* Which kind of word comes next cannot be foreseen, and a branch foreseen wrongly costs more than a word's work. So every word is
 * taken as four differences, of which those that it does not have are 0; only the few words of five to seven branch. */
typedef uint32_t word4 __attribute__((vector_size(16)));
typedef int32_t count4 __attribute__((vector_size(16)));
typedef double value4 __attribute__((vector_size(32), aligned(8)));

/* Twice on x86-64, for processors that shift each lane by its own number and for those that do not; not under the
 * sanitizers (see dsp/vec.h). */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && !defined(__AVX2__) &&                \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

struct kind {
    word4 up[2];   /* shift that brings a difference to the top */
    word4 used[2]; /* all bits where there is one */
    unsigned down; /* and back, with its sign */
    unsigned n;    /* 0: no differences */
    bool wrong;
};

#define ALL UINT32_MAX
#define KIND(bits, count)                                                                                    \
    {                                                                                                        \
        .up = {{UP(bits, count, 0), UP(bits, count, 1), UP(bits, count, 2), UP(bits, count, 3)},             \
               {UP(bits, count, 4), UP(bits, count, 5), UP(bits, count, 6), 0}},                             \
        .used = {{USED(count, 0), USED(count, 1), USED(count, 2), USED(count, 3)},                           \
                 {USED(count, 4), USED(count, 5), USED(count, 6), 0}},                                       \
        .down = 32 - (bits), .n = (count)                                                                    \
    }
#define UP(bits, count, i) ((i) < (count) ? 32 - (bits) * ((count) - (i)) : 0)
#define USED(count, i)     ((i) < (count) ? ALL : 0)
#define NOTHING                                                                                              \
    {                                                                                                        \
        .n = 0                                                                                               \
    }
#define WRONG                                                                                                \
    {                                                                                                        \
        .wrong = true                                                                                        \
    }

/* By the two bits of the frame's first word, and the two at the top of the word itself (SEED manual, appendix B). */
static const struct kind kinds[16] = {
    NOTHING,    NOTHING,     NOTHING,     NOTHING,     /* */
    KIND(8, 4), KIND(8, 4),  KIND(8, 4),  KIND(8, 4),  /* */
    WRONG,      KIND(30, 1), KIND(15, 2), KIND(10, 3), /* */
    KIND(6, 5), KIND(5, 6),  KIND(4, 7),  WRONG,
};

static inline uint32_t word_at(const unsigned char *at)
{
    uint32_t w;

    memcpy(&w, at, sizeof w);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    w = __builtin_bswap32(w);
#endif
    return w;
}

static inline const struct kind *kind_of(uint32_t codes, unsigned i, uint32_t word)
{
    return &kinds[(codes >> (30 - 2 * i) & 3) << 2 | word >> 30];
}

static inline __attribute__((always_inline)) word4 differences(const struct kind *k, uint32_t word, int half)
{
    word4 all = {word, word, word, word};

    return (word4)((count4)(all << k->up[half]) >> (int)k->down) & k->used[half];
}

/* Four values from their differences; *last, in every lane, is the value before them, and then the last of them. */
static inline __attribute__((always_inline)) void add_up(word4 d, word4 *last, double *out)
{
    const word4 none = {0};

    d += __builtin_shufflevector(d, none, 4, 0, 1, 2);
    d += __builtin_shufflevector(d, none, 4, 4, 0, 1);
    d += *last;
    *(value4 *)out = __builtin_convertvector((count4)d, value4);
    *last = __builtin_shufflevector(d, d, 3, 3, 3, 3);
}

/* The first difference of the first frame: it leads to the first sample, from one of the record before. False: none. */
static bool first_difference(const unsigned char *frame, uint32_t *out)
{
    uint32_t codes = word_at(frame);

    for (unsigned i = 3; i < 16; i++) {
        uint32_t word = word_at(frame + 4 * (size_t)i);
        const struct kind *k = kind_of(codes, i, word);
        if (k->n > 0) {
            *out = differences(k, word, 0)[0];
            return true;
        }
    }
    return false;
}

CLONES bool steim2_decode(const unsigned char *frames, size_t size, double *out, size_t n)
{
    uint32_t skipped;
    size_t have = 0;
    bool wrong = false;

    if (size < STEIM_FRAME || n == 0 || !first_difference(frames, &skipped))
        return false;
    uint32_t before = word_at(frames + 4) - skipped, stated = word_at(frames + 8);
    word4 last = {before, before, before, before};
    for (size_t at = 0; at + STEIM_FRAME <= size && have < n; at += STEIM_FRAME) {
        uint32_t codes = word_at(frames + at);
        for (unsigned i = at == 0 ? 3 : 1; i < 16; i++) {
            uint32_t word = word_at(frames + at + 4 * (size_t)i);
            const struct kind *k = kind_of(codes, i, word);
            /* A word without any writes what it must not keep: the next one writes over it. */
            add_up(differences(k, word, 0), &last, out + have);
            if (k->n > 4)
                add_up(differences(k, word, 1), &last, out + have + 4);
            have += k->n;
            wrong |= k->wrong && have < n;
        }
    }
    return have >= n && !wrong && (uint32_t)(int32_t)out[n - 1] == stated;
}
