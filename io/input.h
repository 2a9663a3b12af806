/* input.h - bytes of one file (or "-", standard input), buffered, in one pass, with their position.
 *
 * For the readers of trace formats. Memory is constant whatever the file's length. A file can be rewound at
 * any time; a pipe only while no more than INPUT_PEEK bytes were consumed, which is enough to look at
 * headers: between input_scan_begin and input_scan_end a pipe seems to end after INPUT_PEEK bytes (input_cut
 * says so), and the end rewinds. Not thread-safe; one owner. */
#ifndef TOCSIN_IO_INPUT_H
#define TOCSIN_IO_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/error.h"
#include "io/sys.h"

enum { INPUT_PEEK = 256 * 1024, INPUT_LINE_MAX = 64 * 1024 };

struct input;

/* 0 and *out is the caller's to close, or -1 with err ("PATH: cannot open: No such file or directory"). Only a
 * plain file is opened, so that nothing waits; standard input may be anything. */
int input_open(struct input **out, const struct sys *sys, const char *path, struct error *err);
/* The same, and a named pipe too: waits until somebody writes into it. For a path that a user has named. */
int input_open_pipe(struct input **out, const struct sys *sys, const char *path, struct error *err);
void input_close(struct input *in); /* NULL is fine */

const char *input_name(const struct input *in); /* the path, for error lines */
const struct sys *input_sys(const struct input *in);
int64_t input_offset(const struct input *in);      /* bytes consumed so far */
int64_t input_line_number(const struct input *in); /* of the line last returned, from 1 */
bool input_seekable(const struct input *in);

/* Shows the next bytes without consuming them: at least `want` (at most INPUT_PEEK) unless the input ends
 * before. Returns how many there are at *data (valid until the next call), 0 at the end, -1 with err. */
ptrdiff_t input_peek(struct input *in, const unsigned char **data, size_t want, struct error *err);
/* Consumes n bytes into `to`: returns n, fewer only at the end, -1 with err. */
ptrdiff_t input_read(struct input *in, void *to, size_t n, struct error *err);
/* Consumes n bytes unseen: 0, or -1 with err when the input ends before. */
int input_skip(struct input *in, int64_t n, struct error *err);
/* Consumes one line; *line is NUL-terminated, without its \n or \r\n, valid until the next call, the caller
 * may write in it. 1 a line, 0 the end, -1 with err: a line over INPUT_LINE_MAX or a NUL byte (then this is
 * no text file). */
int input_line(struct input *in, char **line, struct error *err);

void input_scan_begin(struct input *in);
bool input_cut(
    const struct input *in); /* the scan stopped at INPUT_PEEK of a pipe: a half record there is no fault */
int input_scan_end(struct input *in, struct error *err);
int input_rewind(struct input *in, struct error *err); /* 0, or -1: a pipe that was read too far */

#endif
