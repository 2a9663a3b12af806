/* reader_fuzz.h - drives one trace reader with the fuzzer's bytes as its file.
 *
 * Three passes over the same bytes: as a file, as a pipe in short reads, and with an allocation refused whose
 * number is taken from the bytes. Whatever is in them: every piece keeps the promises of io/reader.h, an
 * error names the file, and nothing stays allocated or open. */
#ifndef TOCSIN_TESTS_READER_FUZZ_H
#define TOCSIN_TESTS_READER_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/reader.h"
#include "io/trace.h"
#include "tests/unit/fake_sys.h"

enum {
    FUZZ_PIECES = 2000,          /* no more are asked of one file */
    FUZZ_HEAD_BYTES = 32 * 1024, /* probed: all of any such file; more only costs fresh pages each run */
    FUZZ_PEAK_BYTES = 8 * 1024 * 1024, /* that a reader and its input may hold */
};

#define FUZZ_CHECK(what)                                                                                     \
    do {                                                                                                     \
        if (!(what)) {                                                                                       \
            fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #what);                       \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

static void fuzz_check_channels(const struct channels *all)
{
    FUZZ_CHECK(all->n >= 1 && all->n <= READER_CHANNELS_MAX);
    for (size_t i = 0; i < all->n; i++) {
        const struct channel *c = &all->at[i];
        FUZZ_CHECK(memchr(c->group, 0, sizeof c->group) && memchr(c->code, 0, sizeof c->code));
        FUZZ_CHECK(strchr("ZNEXY123", c->axis) && c->axis);
        FUZZ_CHECK(c->rate_hz >= READER_RATE_MIN_HZ && c->rate_hz <= READER_RATE_MAX_HZ);
        FUZZ_CHECK(isfinite(c->scale) && c->scale != 0 && c->lsb >= 0 && isfinite(c->lsb));
        FUZZ_CHECK(!c->oriented || (isfinite(c->azimuth_deg) && isfinite(c->dip_deg)));
        FUZZ_CHECK(c->samples >= -1);
        FUZZ_CHECK(c->has_time || c->t0_ns == 0);
    }
}

static int fuzz_read(const struct reader *reader, void *cursor, const struct channels *all, struct error *err)
{
    double sum = 0; /* touches every value, for the sanitizer */

    for (int pieces = 0; pieces < FUZZ_PIECES; pieces++) {
        struct piece piece = {0};
        int got = reader->next(cursor, &piece, err);
        FUZZ_CHECK(got >= -1 && got <= 1);
        if (got <= 0)
            return got;
        FUZZ_CHECK(piece.channel < all->n);
        FUZZ_CHECK(piece.lost >= 0);
        FUZZ_CHECK(piece.n >= 1 && piece.n <= READER_PIECE_MAX);
        for (size_t i = 0; i < piece.n; i++)
            sum += piece.value[i];
    }
    static volatile double sink;
    sink = sum;
    (void)sink;
    return 0;
}

static int fuzz_file(const struct reader *reader, struct fake_sys *fake, const struct trace_conf *conf,
                     struct channels *all, struct error *err)
{
    bool want[READER_CHANNELS_MAX];
    const unsigned char *head;
    struct input *in;
    void *cursor = NULL;
    int result = -1;

    for (size_t i = 0; i < READER_CHANNELS_MAX; i++)
        want[i] = true;
    if (input_open(&in, &fake->sys, "fuzz", err) < 0)
        return -1;
    input_scan_begin(in);
    ptrdiff_t n = input_peek(in, &head, FUZZ_HEAD_BYTES, err);
    if (n >= 0) {
        reader->probe(head, (size_t)n); /* a no does not keep --format from forcing the reader on it */
        memset(all, 0, sizeof *all);
        result = reader->scan(in, conf, all, err);
    }
    if (result == 0)
        fuzz_check_channels(all);
    if (result == 0 && input_scan_end(in, err) < 0)
        result = -1;
    if (result == 0)
        result = reader->open(&cursor, in, conf, all, want, err);
    if (result == 0) {
        result = fuzz_read(reader, cursor, all, err);
        reader->close(cursor);
    }
    input_close(in);
    return result;
}

/* One input of the fuzzer, read with these options. */
static void reader_fuzz(const struct reader *reader, const struct trace_conf *conf, const uint8_t *data,
                        size_t size)
{
    static struct channels all; /* too big for the stack */
    static struct fake_sys fake;

    for (int pass = 0; pass < 3; pass++) {
        struct error err = {""};
        fake_sys_init(&fake);
        fake_file_put(&fake, "fuzz", data, size)->pipe = pass == 1;
        if (pass == 1)
            fake.read_max = 1 + size % 97;
        if (pass == 2) {
            fake.fail_alloc_at = 1 + (size ? (data[0] ^ data[size / 2]) % 8 : 0);
            fake.fail_all_after = size % 2;
        }
        int result = fuzz_file(reader, &fake, conf, &all, &err);
        FUZZ_CHECK(result == 0 || (result == -1 && err.text[0]));
        FUZZ_CHECK(result == 0 || strstr(err.text, "fuzz") || strstr(err.text, "memory"));
        FUZZ_CHECK(fake.live_allocs == 0 && fake.open_fds == 0);
        FUZZ_CHECK(fake.peak_bytes <= FUZZ_PEAK_BYTES);
        fake_sys_done(&fake);
    }
}

#define READER_FUZZ(reader)                                                                                  \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);                                            \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                                             \
    {                                                                                                        \
        static const struct trace_conf conf;                                                                 \
        reader_fuzz(&(reader), &conf, data, size);                                                           \
        return 0;                                                                                            \
    }

#endif
