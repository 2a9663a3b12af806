/* text_file.h - for the tests of readers of text formats: a good file, and what is said of it once a line of
 * it is another. */
#ifndef TOCSIN_TESTS_TEXT_FILE_H
#define TOCSIN_TESTS_TEXT_FILE_H

#include "tests/unit/io/reader_run.h"

enum { TEXT_FILE_PEAK_BYTES = 2 * 1024 * 1024 }; /* that a reader and its input may hold */

struct text_case {
    const char *name;
    int line;         /* from 1; 0: none; behind the last: added */
    const char *with; /* in its place; NULL: the line is left out */
    const char *want; /* part of the error; NULL: reads */
};

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

/* Each case through the reader: refused with its words, file and line, or read. */
static inline void text_cases(const struct reader *reader, const char *good, const struct text_case *cases,
                              size_t n)
{
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
}

/* What every reader of text must withstand: memory and reads that fail, a pipe, a file cut anywhere. */
static inline void text_faults(const struct reader *reader, const char *good)
{
    reader_run_faults(reader, good, strlen(good));
    reader_run_pipe(reader, good, strlen(good));
    reader_run_cuts(reader, (const unsigned char *)good, strlen(good));
}

/* Is it recognised, and by no other row of the table? */
static inline void text_probe(const struct reader *reader, const char *good)
{
    for (const struct reader *const *r = trace_readers(); *r; r++)
        if ((*r)->probe((const unsigned char *)good, strlen(good)) != (*r == reader))
            fail_msg("probe of %s on a file of %s", (*r)->name, reader->name);
}

#endif
