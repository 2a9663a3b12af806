/* text_file.h - for the tests of readers of text formats: a good file, and what is said of it once a line of
 * it is another. */
#ifndef TOCSIN_TESTS_TEXT_FILE_H
#define TOCSIN_TESTS_TEXT_FILE_H

#include "tests/unit/io/reader_run.h"
#include "tests/unit/near.h"

enum { TEXT_FILE_PEAK_BYTES = 2 * 1024 * 1024 }; /* that a reader and its input may hold */

struct text_case {
    const char *name;
    int line;         /* from 1; 0: none; behind the last: added */
    const char *with; /* in its place; NULL: the line is left out */
    const char *want; /* part of the error; NULL: reads */
};

/* A good file of gal, and what its reader makes of it. */
struct text_file {
    const struct reader *reader;
    char *(*make)(void); /* the caller frees; its samples are text_sample's */
    const char *group, *code[3];
    const char *axes; /* "ZNE": as many components */
    bool oriented;
    double rate_hz;
    int64_t t0_ns;
    int samples;
};

static inline double text_sample(int i, int column)
{
    return (i * 7919 % 2001 - 1000) / 1000.0 + column;
}

/* The caller frees. */
static inline char *text_with(const char *text, int line, const char *with)
{
    size_t room = strlen(text) + (with ? strlen(with) : 0) + 3, at = 0;
    char *out = malloc(room);
    int number = 1;

    assert_non_null(out);
    for (const char *p = text; *p || number == line; number++) {
        size_t n = strcspn(p, "\n"), end = p[n] == '\n';
        if (number != line) {
            memcpy(out + at, p, n + end);
            at += n + end;
        } else if (with) {
            at += (size_t)snprintf(out + at, room - at, "%s\n", with);
        }
        p += n + end;
    }
    out[at] = 0;
    return out;
}

/* The same text with the line ends of another system. The caller frees. */
static inline char *text_crlf(const char *text)
{
    char *out = malloc(2 * strlen(text) + 1), *to = out;

    assert_non_null(out);
    for (; *text; text++) {
        if (*text == '\n')
            *to++ = '\r';
        *to++ = *text;
    }
    *to = 0;
    return out;
}

static inline void text_channel(const struct text_file *f, const struct reader_run *run, int a)
{
    const struct channel *c = &run->channels.at[a];

    assert_string_equal(c->group, f->group);
    assert_string_equal(c->code, f->code[a]);
    assert_int_equal(c->axis, f->axes[a]);
    assert_int_equal(c->oriented, f->oriented);
    assert_true(!f->oriented ||
                (c->azimuth_deg == (c->axis == 'E' ? 90 : 0) && c->dip_deg == (c->axis == 'Z' ? -90 : 0)));
    assert_true(c->rate_hz == f->rate_hz);
    assert_true(c->has_time && c->t0_ns == f->t0_ns);
    assert_true(c->unit == UNIT_MPS2 && c->scale == 0.01 && c->lsb == 0);
    assert_int_equal(c->samples, f->samples);
    assert_int_equal(run->n[a], f->samples);
    for (int i = 0; i < f->samples; i++)
        assert_near(run->value[a][i], text_sample(i, a), 1e-9);
}

/* All of it, with the line ends of either system. */
static inline void text_reads(const struct text_file *f)
{
    char *lf = f->make(), *crlf = text_crlf(lf);

    for (int k = 0; k < 2; k++) {
        struct reader_run *run = reader_run_new();
        const char *text = k ? crlf : lf;
        if (reader_run_bytes(run, f->reader, text, strlen(text)) != 0)
            fail_msg("%s", run->err.text);
        assert_int_equal(run->channels.n, strlen(f->axes));
        assert_int_equal(run->channels.multiplexed, run->channels.n > 1);
        for (int a = 0; f->axes[a]; a++)
            text_channel(f, run, a);
        reader_run_free(run);
    }
    free(crlf);
    free(lf);
}

/* Each case through the reader: refused with its words, file and line, or read. */
static inline void text_cases(const struct reader *reader, char *(*make)(void), const struct text_case *cases,
                              size_t n)
{
    char *good = make();

    for (size_t i = 0; i < n; i++) {
        struct reader_run *run = reader_run_new();
        char *text = text_with(good, cases[i].line, cases[i].with);
        int result = reader_run_bytes(run, reader, text, strlen(text));
        if (result != (cases[i].want ? -1 : 0) || (cases[i].want && !strstr(run->err.text, cases[i].want)))
            fail_msg("%s: %d '%s'", cases[i].name, result, run->err.text);
        if (cases[i].want && strncmp(run->err.text, "t: line ", 8) != 0)
            fail_msg("%s: '%s' names no file and line", cases[i].name, run->err.text);
        if (run->fake.peak_bytes > TEXT_FILE_PEAK_BYTES)
            fail_msg("%s: took %zu bytes", cases[i].name, run->fake.peak_bytes);
        free(text);
        reader_run_free(run);
    }
    free(good);
}

/* What every reader of text must withstand: memory and reads that fail, a pipe, a file cut anywhere. And is it
 * recognised, and by no other row of the table? */
static inline void text_hardships(const struct reader *reader, char *(*make)(void))
{
    char *good = make();

    for (const struct reader *const *r = trace_readers(); *r; r++)
        if ((*r)->probe((const unsigned char *)good, strlen(good)) != (*r == reader))
            fail_msg("probe of %s on a file of %s", (*r)->name, reader->name);
    reader_run_faults(reader, good, strlen(good));
    reader_run_pipe(reader, good, strlen(good));
    reader_run_cuts(reader, (const unsigned char *)good, strlen(good));
    free(good);
}

#endif
