/* latest.h - the newest value of a struct, from one thread to any others, without a lock.
 *
 * A sequence lock over atomic words: the writer never waits, a reader takes a copy again when the writer was
 * at work meanwhile. For health, clock and such small things that are looked at, not counted. The storage is
 * the owner's: `struct latest` in front of LATEST_WORDS(type) words.
 *
 *     struct { struct latest head; _Atomic uint64_t word[LATEST_WORDS(struct health)]; } shelf;
 *     latest_put(&shelf.head, shelf.word, &health, sizeof health);      the one writer
 *     latest_get(&shelf.head, shelf.word, &copy, sizeof copy);          anybody
 */
#ifndef TOCSIN_IO_LATEST_H
#define TOCSIN_IO_LATEST_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define LATEST_WORDS(type) ((sizeof(type) + 7) / 8)

struct latest {
    _Atomic uint32_t sequence; /* odd while it is written */
};

void latest_put(struct latest *l, _Atomic uint64_t *word, const void *from, size_t size);
/* Before the first put: zeros. Never waits for the writer's thread to run: after LATEST_TRIES copies that a
 * writer disturbed it answers -1 and leaves *to as it was; else 0. */
enum { LATEST_TRIES = 1000 };
int latest_get(const struct latest *l, const _Atomic uint64_t *word, void *to, size_t size);

#endif
