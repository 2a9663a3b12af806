#include "node/page_track.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define TIME_MAX_S 1e9

int track_open(struct track *t, const struct sys *sys, const struct track_conf *conf)
{
    size_t cells = conf->stretches * conf->columns;

    memset(t, 0, sizeof *t);
    t->sys = sys;
    t->conf = *conf;
    t->complete = true;
    t->now_s = -1.0;
    t->stretch_s = conf->stretch_s;
    t->mark_to_s = -INFINITY;
    t->store = tmpfile();
    t->newest = sys_alloc(sys, conf->chunk_rows * conf->columns * sizeof *t->newest);
    t->chunk = sys_alloc(sys, conf->chunks * sizeof *t->chunk);
    t->low = sys_alloc(sys, cells * sizeof *t->low);
    t->high = sys_alloc(sys, cells * sizeof *t->high);
    if (t->store && t->newest && t->chunk && t->low && t->high)
        return 0;
    track_close(t);
    return -1;
}

void track_close(struct track *t)
{
    if (!t->sys)
        return;
    if (t->store)
        fclose(t->store);
    sys_free(t->sys, t->newest);
    sys_free(t->sys, t->chunk);
    sys_free(t->sys, t->low);
    sys_free(t->sys, t->high);
    memset(t, 0, sizeof *t);
}

/* ---- the envelope ---- */

static void halve(struct track *t)
{
    size_t k = t->conf.columns, half = (t->stretches + 1) / 2;

    for (size_t i = 0; i < half; i++) {
        size_t a = 2 * i, b = 2 * i + 1 < t->stretches ? 2 * i + 1 : a;
        for (size_t c = 0; c < k; c++) {
            t->low[i * k + c] =
                fminf(t->low[a * k + c], t->low[b * k + c]); /* fminf prefers a number to NaN */
            t->high[i * k + c] = fmaxf(t->high[a * k + c], t->high[b * k + c]);
        }
    }
    t->stretches = half;
    t->stretch_s *= 2.0;
}

static void envelop(struct track *t, double time_s, const float *row)
{
    size_t k = t->conf.columns, i;

    while (time_s / t->stretch_s >= (double)t->conf.stretches)
        halve(t);
    i = (size_t)(time_s / t->stretch_s);
    for (; t->stretches <= i; t->stretches++)
        for (size_t c = 0; c < k; c++)
            t->low[t->stretches * k + c] = t->high[t->stretches * k + c] = NAN;
    for (size_t c = 0; c < k; c++) {
        t->low[i * k + c] = fminf(t->low[i * k + c], row[c]);
        t->high[i * k + c] = fmaxf(t->high[i * k + c], row[c]);
    }
}

/* ---- the file ---- */

static size_t bytes_of(const struct track *t, const struct track_chunk *c)
{
    return c->rows * t->conf.columns * sizeof *t->newest;
}

static off_t place_of(const struct track *t, const struct track_chunk *c)
{
    return (off_t)(c->slot * t->conf.chunk_rows * t->conf.columns * sizeof *t->newest);
}

static void put_newest(struct track *t)
{
    const struct track_chunk *c = &t->chunk[t->chunks - 1];
    size_t size = bytes_of(t, c);

    for (size_t done = 0; done < size && !t->failed;) {
        ssize_t n = pwrite(fileno(t->store), (const char *)t->newest + done, size - done,
                           place_of(t, c) + (off_t)done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            t->failed = errno;
    }
}

int track_rows(const struct track *t, size_t i, float *row)
{
    const struct track_chunk *c = &t->chunk[i];
    size_t size = bytes_of(t, c);

    if (i + 1 == t->chunks) {
        memcpy(row, t->newest, size);
        return 0;
    }
    if (t->failed) {
        errno = t->failed;
        return -1;
    }
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(fileno(t->store), (char *)row + done, size - done, place_of(t, c) + (off_t)done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            errno = n == 0 ? EIO : errno;
            return -1;
        }
    }
    return 0;
}

/* ---- the chunks ---- */

static double end_of(const struct track_chunk *c)
{
    return c->from_s + (double)c->rows * c->step_s;
}

/* The chunk that matters least. History takes at most the newer half: at a very high rate it would take them
 * all. */
static size_t least(const struct track *t)
{
    size_t found = 0;

    for (size_t i = 1; i < t->chunks; i++) {
        const struct track_chunk *c = &t->chunk[i], *best = &t->chunk[found];
        if (i >= t->chunks / 2 && end_of(c) > t->now_s - TRACK_HISTORY_S)
            break;
        if (c->rank < best->rank || (c->rank == best->rank && c->weight < best->weight))
            found = i;
    }
    return found;
}

static struct track_chunk *new_chunk(struct track *t, double time_s, double step_s)
{
    size_t slot = t->chunks;

    if (t->chunks == t->conf.chunks) {
        size_t i = least(t);
        slot = t->chunk[i].slot;
        t->chunks--;
        memmove(&t->chunk[i], &t->chunk[i + 1], (t->chunks - i) * sizeof *t->chunk);
        t->complete = false;
    }
    t->chunk[t->chunks] = (struct track_chunk){.from_s = time_s, .step_s = step_s, .slot = slot};
    return &t->chunk[t->chunks++];
}

/* Does a row at this time continue the chunk? A quarter of a step is what rounding may take. */
static bool continues(const struct track *t, const struct track_chunk *c, double time_s)
{
    return c->rows < t->conf.chunk_rows && fabs(time_s - end_of(c)) < 0.25 * c->step_s;
}

void track_add(struct track *t, double time_s, double step_s, const float *row, float weight)
{
    struct track_chunk *c = t->chunks > 0 ? &t->chunk[t->chunks - 1] : NULL;

    if (!(time_s >= 0.0 && time_s < TIME_MAX_S && time_s > t->now_s && step_s > 0.0))
        return;
    t->now_s = time_s;
    envelop(t, time_s, row);
    if (c && c->rows == 1)
        c->step_s =
            time_s - c->from_s < 1.5 * c->step_s ? time_s - c->from_s : c->step_s; /* as it really is */
    if (!c || !continues(t, c, time_s)) {
        if (c)
            put_newest(t);
        c = new_chunk(t, time_s, step_s);
    }
    memcpy(t->newest + c->rows * t->conf.columns, row, t->conf.columns * sizeof *row);
    c->rows++;
    if (weight > c->weight)
        c->weight = weight;
    if (time_s <= t->mark_to_s && c->rank < t->mark_rank)
        c->rank = t->mark_rank;
}

void track_mark(struct track *t, double from_s, double to_s, int rank)
{
    for (size_t i = t->chunks; i > 0 && end_of(&t->chunk[i - 1]) >= from_s; i--)
        if (t->chunk[i - 1].from_s <= to_s && t->chunk[i - 1].rank < rank)
            t->chunk[i - 1].rank = rank;
    if (to_s <= t->now_s)
        return;
    if (t->now_s > t->mark_to_s || rank >= t->mark_rank) {
        t->mark_to_s = fmax(to_s, t->mark_rank == rank ? t->mark_to_s : to_s);
        t->mark_rank = rank;
    }
}
