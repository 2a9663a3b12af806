/* drain.h - runs one reader over one file in memory, as io/trace.c would: scan, then all pieces of all
 * channels. */
#ifndef TOCSIN_TESTS_DRAIN_H
#define TOCSIN_TESTS_DRAIN_H

#include "io/reader.h"
#include "io/trace.h"
#include "tests/unit/fake_end.h"

enum { DRAIN_SAMPLES = 20000, DRAIN_PIECES = 1000, DRAIN_CHANNELS = 8 };

struct drained {
    int result; /* 0, or -1 and err, from whichever step failed */
    struct error err;
    struct channels all;
    size_t pieces;
    struct {
        size_t channel, n;
        int64_t t_ns;
    } piece[DRAIN_PIECES];
    size_t n[DRAIN_CHANNELS]; /* samples of each channel, one after another whatever the times */
    double value[DRAIN_CHANNELS][DRAIN_SAMPLES];
};

static inline int drain_pieces(const struct reader *reader, struct input *in, const struct trace_conf *conf,
                               struct drained *d)
{
    bool want[READER_CHANNELS_MAX];
    struct piece p;
    void *cursor;
    int got;

    memset(want, 1, sizeof want);
    if (reader->open(&cursor, in, conf, &d->all, want, &d->err) < 0)
        return -1;
    while ((got = reader->next(cursor, &p, &d->err)) > 0) {
        if (p.n < 1 || p.n > READER_PIECE_MAX || p.channel >= d->all.n)
            abort();
        if (d->pieces < DRAIN_PIECES) {
            d->piece[d->pieces].channel = p.channel;
            d->piece[d->pieces].n = p.n;
            d->piece[d->pieces].t_ns = p.t_ns;
        }
        d->pieces++;
        for (size_t i = 0; i < p.n && p.channel < DRAIN_CHANNELS; i++)
            if (d->n[p.channel] < DRAIN_SAMPLES)
                d->value[p.channel][d->n[p.channel]++] = p.value[i];
    }
    reader->close(cursor);
    return got;
}

static inline void drain(const struct reader *reader, struct fake_sys *fake, const char *path,
                         const struct trace_conf *conf, struct drained *d)
{
    static const struct trace_conf none;
    struct input *in;

    memset(d, 0, sizeof *d);
    conf = conf ? conf : &none;
    d->result = input_open(&in, &fake->sys, path, &d->err);
    if (d->result < 0)
        return;
    input_scan_begin(in);
    d->result = reader->scan(in, conf, &d->all, &d->err);
    if (d->result == 0)
        d->result = input_scan_end(in, &d->err);
    if (d->result == 0)
        d->result = drain_pieces(reader, in, conf, d);
    input_close(in);
}

/* Every allocation refused in turn: each run must fail with a message or succeed, and leak nothing. Returns
 * how many runs it took until one succeeded. */
static inline int drain_without_memory(const struct reader *reader, struct fake_sys *fake, const char *path,
                                       struct drained *d)
{
    for (int k = 1; k < 1000; k++) {
        fake->fail_alloc_at = k;
        drain(reader, fake, path, NULL, d);
        if (fake->live_allocs != 0 || fake->open_fds != 0 || (d->result < 0 && !d->err.text[0]))
            return -1;
        bool unused = fake->fail_alloc_at > 0;
        fake->fail_alloc_at = 0;
        if (unused)
            return k;
    }
    return -1;
}

#endif
