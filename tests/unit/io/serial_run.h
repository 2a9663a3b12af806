/* serial_run.h - for the tests of formats whose components stand one after another: text made piece by piece,
 * edits of it, and what every such reader must stand. Include first. */
#ifndef TOCSIN_TESTS_SERIAL_RUN_H
#define TOCSIN_TESTS_SERIAL_RUN_H

#include "tests/unit/io/reader_run.h"

enum { TEXT_ROOM = 1 << 20, TEXT_PARTS = 300 };

struct text {
    char at[TEXT_ROOM];
    size_t n;
    const char *newline;
    size_t parts,
        data_end[TEXT_PARTS]; /* where the last line needed of each component ends, without its newline */
    size_t next_begin[TEXT_PARTS]; /* where the next component begins, or the file ends */
};

static inline struct text *text_new(const char *newline)
{
    struct text *t = calloc(1, sizeof *t);

    assert_non_null(t);
    t->newline = newline;
    return t;
}

__attribute__((format(printf, 2, 3))) static inline void text_add(struct text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    t->n += (size_t)vsnprintf(t->at + t->n, TEXT_ROOM - t->n, format, args);
    va_end(args);
    assert_true(t->n < TEXT_ROOM - 1);
}

/* One line. */
__attribute__((format(printf, 2, 3))) static inline void text_line(struct text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    t->n += (size_t)vsnprintf(t->at + t->n, TEXT_ROOM - t->n, format, args);
    va_end(args);
    text_add(t, "%s", t->newline);
}

/* Numbers in columns, `width` wide, per_line on a line; `format` prints one with exactly that width. */
static inline void text_numbers(struct text *t, const double *value, size_t n, size_t per_line,
                                const char *format, int width)
{
    char cell[64];

    for (size_t i = 0; i < n; i++) {
        snprintf(cell, sizeof cell, format, width, value[i]);
        text_add(t, "%*s%s", width, cell, (i + 1) % per_line == 0 || i + 1 == n ? t->newline : "");
    }
}

static inline void text_data_ends(struct text *t)
{
    t->data_end[t->parts] = t->n - strlen(t->newline);
}

static inline void text_part_ends(struct text *t)
{
    assert_true(t->parts < TEXT_PARTS);
    t->next_begin[t->parts++] = t->n;
}

/* Puts `to` in the place of the first `from`, which must be there. Lines move. */
static inline void text_edit(struct text *t, const char *from, const char *to)
{
    char *found = strstr(t->at, from);

    if (!found)
        fail_msg("the test's own text holds no '%s'", from);
    size_t old = strlen(from), new = strlen(to);
    assert_true(t->n + new < TEXT_ROOM);
    memmove(found + new, found + old, t->n - (size_t)(found - t->at) - old + 1);
    memcpy(found, to, new);
    t->n += new - old;
}

struct text_case {
    const char *name, *from, *to;
    const char *want; /* part of the error; NULL: reads */
};

/* A good file, spoilt (or not) in one place each. */
static inline void text_cases(const struct reader *reader, struct text *(*make)(const char *newline),
                              const struct text_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct reader_run *run = reader_run_new();
        struct text *t = make("\n");
        text_edit(t, cases[i].from, cases[i].to);
        int result = reader_run_bytes(run, reader, t->at, t->n);
        if (result != (cases[i].want ? -1 : 0) || (cases[i].want && !strstr(run->err.text, cases[i].want)))
            fail_msg("%s: %d '%s'", cases[i].name, result, run->err.text);
        if (cases[i].want && strncmp(run->err.text, "t: line ", 8) != 0)
            fail_msg("%s: '%s' names no file and line", cases[i].name, run->err.text);
        if (run->fake.peak_bytes > 2 * 1024 * 1024)
            fail_msg("%s: took %zu bytes", cases[i].name, run->fake.peak_bytes);
        free(t);
        reader_run_free(run);
    }
}

/* Cut anywhere, the file is refused, unless what is left are whole components. */
static inline void text_every_cut(const struct reader *reader, const struct text *t)
{
    struct reader_run *run = reader_run_new();

    for (size_t cut = 0; cut < t->n; cut++) {
        bool whole = false;
        for (size_t k = 0; k < t->parts; k++)
            whole = whole || (cut >= t->data_end[k] && cut <= t->next_begin[k]);
        int result = reader_run_bytes(run, reader, t->at, cut);
        if (result < 0 && strncmp(run->err.text, "t: ", 3) != 0)
            fail_msg("cut at %zu: '%s' names no file", cut, run->err.text);
        if (!whole && result == 0)
            fail_msg("cut at %zu of %zu was taken", cut, t->n);
        if (whole && result < 0 && t->next_begin[0] == t->data_end[0] + strlen(t->newline))
            fail_msg("cut at %zu of %zu, behind a component: %s", cut, t->n, run->err.text);
    }
    reader_run_free(run);
}

static inline void text_garbage(const struct reader *reader, struct text *(*make)(const char *newline))
{
    struct reader_run *run = reader_run_new();
    struct text *t = make("\n");

    assert_int_equal(reader_run_bytes(run, reader, "", 0), -1);
    assert_false(run->probed);
    assert_int_equal(strncmp(run->err.text, "t: ", 3), 0);
    t->at[t->n / 2] = 0;
    assert_int_equal(reader_run_bytes(run, reader, t->at, t->n), -1);
    assert_non_null(strstr(run->err.text, "holds a NUL byte"));
    for (size_t i = 0; i < t->n; i++)
        t->at[i] = (char)(i * 167 + i / 7);
    assert_int_equal(reader_run_bytes(run, reader, t->at, t->n), -1);
    assert_false(run->probed);
    free(t);
    reader_run_free(run);
}

/* Refused memory, reads that fail or come short, a pipe, cuts, garbage. */
static inline void text_hardships(const struct reader *reader, struct text *(*make)(const char *newline))
{
    struct text *t = make("\n");

    reader_run_faults(reader, t->at, t->n);
    reader_run_pipe(reader, t->at, t->n);
    text_every_cut(reader, t);
    text_garbage(reader, make);
    free(t);
}

/* A cursor of its own for one channel gives that channel's samples and no others. */
static inline void text_one_channel(const struct reader *reader, const struct text *t, size_t channel,
                                    const double *value, size_t n)
{
    bool want[READER_CHANNELS_MAX] = {false};
    struct reader_run *run = reader_run_new();
    struct input *in;
    void *cursor;

    assert_int_equal(reader_run_bytes(run, reader, t->at, t->n), 0);
    want[channel] = true;
    memset(run->n, 0, sizeof run->n);
    assert_int_equal(input_open(&in, &run->fake.sys, "t", &run->err), 0);
    assert_int_equal(reader->open(&cursor, in, &run->conf, &run->channels, want, &run->err), 0);
    assert_int_equal(reader_run_pieces(run, reader, cursor), 0);
    for (size_t c = 0; c < RUN_CHANNELS; c++)
        assert_int_equal(run->n[c], c == channel ? n : 0);
    assert_memory_equal(run->value[channel], value, n * sizeof *value);
    reader->close(cursor);
    input_close(in);
    reader_run_free(run);
}

/* Tenths from -20 to 20 that differ from component to component. */
static inline void text_tenths(double *value, size_t n, int component)
{
    for (size_t i = 0; i < n; i++)
        value[i] = (double)((int)((i * 37 + (size_t)component * 91) % 401) - 200) / 10;
}

#endif
