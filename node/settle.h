/* settle.h - a long quiet life for a short record: its own beginning, mirrored, in front of it.
 *
 * A node has been listening for days when an earthquake comes; most records begin seconds before the P. The
 * first `quiet` samples are kept; once they are there, `settle` samples of them, mirrored back and forth, are
 * given out before them. A record that ends (or breaks) before its quiet part is complete is mirrored with
 * what there is. Caller-driven, bounded by the quiet part. One thread. */
#ifndef TOCSIN_NODE_SETTLE_H
#define TOCSIN_NODE_SETTLE_H

#include <stdbool.h>
#include <stddef.h>

#include "io/sys.h"

struct settle {
    size_t settle, quiet; /* samples */
    size_t held;
    bool done;
    double (*sample)[3]; /* the quiet part; owned */
};

typedef void (*settle_sink)(void *ctx, const double (*zne)[3], size_t n);

/* 0, or -1: out of memory. settle 0: everything passes through. */
int settle_open(struct settle *s, const struct sys *sys, size_t settle, size_t quiet);
void settle_close(struct settle *s, const struct sys *sys);
void settle_feed(struct settle *s, const double (*zne)[3], size_t n, settle_sink sink, void *ctx);
void settle_flush(struct settle *s, settle_sink sink, void *ctx); /* the end, or a gap */

#endif
