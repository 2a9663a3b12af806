/* reader_run.h - for the tests of trace readers: a file in memory through probe, scan, open and next, all
 * gathered. */
#ifndef TOCSIN_TESTS_READER_RUN_H
#define TOCSIN_TESTS_READER_RUN_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/reader.h"
#include "io/trace.h"
#include "tests/unit/fake_end.h"

enum { RUN_CHANNELS = 4, RUN_VALUES = 40000, RUN_PIECES = 64 };

struct reader_run {
    struct fake_sys fake;
    struct trace_conf conf;
    struct channels channels;
    bool probed;
    size_t n[RUN_CHANNELS];
    double value[RUN_CHANNELS][RUN_VALUES];
    size_t pieces;
    struct {
        size_t channel, at, n; /* its values start at value[channel][at] */
        bool has_time;
        int64_t t_ns, lost;
    } piece[RUN_PIECES];
    struct error err;
};

/* Ready to run, on a machine without faults. Free with reader_run_free. */
static inline struct reader_run *reader_run_new(void)
{
    struct reader_run *run = calloc(1, sizeof *run);

    assert_non_null(run);
    fake_sys_init(&run->fake);
    return run;
}

static inline void reader_run_free(struct reader_run *run)
{
    fake_sys_end(&run->fake);
    free(run);
}

static inline int reader_run_pieces(struct reader_run *run, const struct reader *reader, void *cursor)
{
    struct piece piece = {0};
    int got;

    for (; (got = reader->next(cursor, &piece, &run->err)) > 0; piece = (struct piece){0}) {
        /* What is lost stands there as NaN, where there is room for it. */
        bool room = run->n[piece.channel] + piece.n + (uint64_t)piece.lost <= RUN_VALUES;
        for (int64_t i = 0; room && i < piece.lost; i++)
            run->value[piece.channel][run->n[piece.channel]++] = NAN;
        assert_in_range(piece.n, 1, READER_PIECE_MAX);
        assert_true(piece.channel < run->channels.n && piece.channel < RUN_CHANNELS);
        assert_true(run->n[piece.channel] + piece.n <= RUN_VALUES);
        size_t at = run->n[piece.channel];
        memcpy(run->value[piece.channel] + at, piece.value, piece.n * sizeof *piece.value);
        run->n[piece.channel] += piece.n;
        if (run->pieces < RUN_PIECES) {
            run->piece[run->pieces].channel = piece.channel;
            run->piece[run->pieces].at = at;
            run->piece[run->pieces].n = piece.n;
            run->piece[run->pieces].lost = piece.lost;
            run->piece[run->pieces].has_time = piece.has_time;
            run->piece[run->pieces].t_ns = piece.t_ns;
            run->pieces++;
        }
    }
    return got;
}

/* The file "t" of the fake machine through the reader: 0, or -1 with run->err. */
static inline int reader_run_file(struct reader_run *run, const struct reader *reader)
{
    bool want[READER_CHANNELS_MAX];
    const unsigned char *head;
    struct input *in;
    void *cursor = NULL;
    int result = -1;

    run->err.text[0] = 0;
    run->pieces = 0;
    memset(run->n, 0, sizeof run->n);
    memset(want, true, sizeof want);
    if (input_open(&in, &run->fake.sys, "t", &run->err) < 0)
        return -1;
    input_scan_begin(in);
    ptrdiff_t n = input_peek(in, &head, INPUT_PEEK, &run->err);
    if (n < 0)
        goto done;
    run->probed = n > 0 && reader->probe(head, (size_t)n);
    if (reader->scan(in, &run->conf, &run->channels, &run->err) < 0 || input_scan_end(in, &run->err) < 0)
        goto done;
    if (reader->open(&cursor, in, &run->conf, &run->channels, want, &run->err) < 0)
        goto done;
    result = reader_run_pieces(run, reader, cursor);
    reader->close(cursor);
done:
    input_close(in);
    return result;
}

static inline int reader_run_bytes(struct reader_run *run, const struct reader *reader, const void *bytes,
                                   size_t size)
{
    fake_file_put(&run->fake, "t", bytes, size);
    return reader_run_file(run, reader);
}

/* Refuses allocation after allocation, every read, and every short read: an error, never a crash or a leak;
 * at last it must succeed and give the same samples. */
static inline void reader_run_faults(const struct reader *reader, const void *bytes, size_t size)
{
    struct reader_run *good = reader_run_new(), *bad = reader_run_new();
    int result = -1;

    assert_int_equal(reader_run_bytes(good, reader, bytes, size), 0);
    fake_file_put(&bad->fake, "t", bytes, size);
    for (long at = 1; at < 100 && result < 0; at++) {
        bad->fake.fail_alloc_at = at;
        result = reader_run_file(bad, reader);
        if (result < 0 && !strstr(bad->err.text, "memory"))
            fail_msg("%s: '%s' is no word about memory", reader->name, bad->err.text);
    }
    assert_int_equal(result, 0);
    bad->fake.fail_alloc_at = 0;
    for (int64_t at = 0; at < (int64_t)size; at += 1 + (int64_t)size / 50) {
        bad->fake.read_eio_at = at;
        assert_int_equal(reader_run_file(bad, reader), -1);
        assert_non_null(strstr(bad->err.text, "Input/output error"));
    }
    bad->fake.read_eio_at = -1;
    for (size_t most = 1; most < 2000; most = most * 2 + 5) {
        bad->fake.read_max = most;
        bad->fake.eintr_reads = 3;
        assert_int_equal(reader_run_file(bad, reader), 0);
        assert_int_equal(bad->pieces, good->pieces);
        for (size_t c = 0; c < RUN_CHANNELS; c++) {
            assert_int_equal(bad->n[c], good->n[c]);
            assert_memory_equal(bad->value[c], good->value[c], good->n[c] * sizeof **good->value);
        }
    }
    reader_run_free(bad);
    reader_run_free(good);
}

/* The same file from a pipe, which cannot be rewound after the headers. */
static inline void reader_run_pipe(const struct reader *reader, const void *bytes, size_t size)
{
    struct reader_run *file = reader_run_new(), *pipe = reader_run_new();

    assert_int_equal(reader_run_bytes(file, reader, bytes, size), 0);
    fake_file_put(&pipe->fake, "t", bytes, size)->pipe = true;
    if (reader_run_file(pipe, reader) != 0)
        fail_msg("from a pipe: %s", pipe->err.text);
    for (size_t c = 0; c < RUN_CHANNELS; c++) {
        assert_int_equal(pipe->n[c], file->n[c]);
        assert_memory_equal(pipe->value[c], file->value[c], file->n[c] * sizeof **file->value);
    }
    reader_run_free(pipe);
    reader_run_free(file);
}

/* Every cut of the file, byte by byte where it is short: an error or, for text that may end there, fewer
 * samples. */
static inline void reader_run_cuts(const struct reader *reader, const unsigned char *bytes, size_t size)
{
    struct reader_run *run = reader_run_new();

    for (size_t cut = 0; cut < size; cut += 1 + size / 2000) {
        int result = reader_run_bytes(run, reader, bytes, cut);
        if (result < 0 && strncmp(run->err.text, "t: ", 3) != 0)
            fail_msg("cut at %zu: '%s' names no file", cut, run->err.text);
    }
    reader_run_free(run);
}

#endif
