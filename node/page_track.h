/* page_track.h - rows of numbers over time in bounded memory: everything coarse, what matters in full.
 *
 * Two views of the same rows. The envelope covers the whole record: smallest and largest value of each column
 * in each stretch of time; when its stretches are used up, neighbours are merged and the stretch doubles. The
 * chunks hold the rows themselves. When they are used up, the one that matters least goes: the lowest rank
 * (track_mark), among equals the smallest weight; not one of the last TRACK_HISTORY_S (these take at most
 * half of the room), because what happens next may rank them. So a short record is complete in its chunks,
 * and of a long one those around events and the strongest others remain. The newest chunk is in memory, the others in
 * an unnamed temporary file of constant size, as they would be a third of a replay's memory. Owned by its caller; one
 * thread; memory and file are taken at open only. */
#ifndef TOCSIN_NODE_PAGE_TRACK_H
#define TOCSIN_NODE_PAGE_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "io/sys.h"

#define TRACK_HISTORY_S 15.0

struct track_conf {
    size_t columns;
    size_t chunk_rows, chunks;
    size_t stretches; /* of the envelope */
    double stretch_s; /* how long they are at first */
};

struct track_chunk {
    double from_s, step_s; /* row i is at from_s + i * step_s */
    size_t rows;
    int rank;
    float weight;
    size_t slot; /* its place in the file */
};

struct track {
    const struct sys *sys;
    struct track_conf conf;
    FILE *store;
    int failed;                /* errno of the first write that did */
    float *newest;             /* rows of the last chunk */
    struct track_chunk *chunk; /* in order of time; rows may have gone between them */
    size_t chunks;
    bool complete; /* no row has gone */
    double now_s;
    int mark_rank;
    double mark_to_s; /* rows to come are of mark_rank up to here */
    size_t stretches; /* used */
    double stretch_s;
    float *low, *high; /* stretches * columns; NaN: nothing fell into it */
};

/* 0, or -1 where memory or a temporary file is refused (then nothing is held). */
int track_open(struct track *t, const struct sys *sys, const struct track_conf *conf);
void track_close(struct track *t); /* a zeroed one is fine */

/* A row of conf.columns values, NaN where there is none; times grow and are not negative (else it is
 * dropped). step_s: to the next, nominally. weight: how much it matters among those of its rank. */
void track_add(struct track *t, double time_s, double step_s, const float *row, float weight);
/* What lies between the times, past and to come, is at least of this rank (from 1). */
void track_mark(struct track *t, double from_s, double to_s, int rank);
/* The rows of chunk i, one after another, into row[chunk_rows * columns]: 0, or -1 and errno where the file failed,
 * now or when they were put there. */
int track_rows(const struct track *t, size_t i, float *row);

#endif
