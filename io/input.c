#include "io/input.h"

#include <errno.h>
#include <string.h>

enum { CAPACITY_MIN = 32 * 1024 };

struct input {
    const struct sys *sys;
    char name[256];
    int fd;
    bool is_stdin;
    bool seekable;
    bool ended; /* the system said end of file */
    bool scanning;
    bool cut;
    int64_t base; /* file offset of buf[0] */
    size_t start; /* first byte not consumed */
    size_t end;   /* end of what is buffered */
    int64_t line;
    char *text; /* the line last returned: a copy, since a rewind may need buf as it was; NULL: none yet */
    size_t capacity;
    unsigned char *buf; /* grows to what is asked for: a record read by three cursors has three of them */
};

static int open_by(struct input **out, const struct sys *sys, const char *path,
                   int (*open)(void *ctx, const char *path), struct error *err)
{
    *out = NULL;
    struct input *in = sys_alloc(sys, sizeof *in);
    if (!in)
        return error_set(err, "%s: out of memory", path);
    in->sys = sys;
    strncpy(in->name, path, sizeof in->name - 1);
    in->is_stdin = strcmp(path, "-") == 0;
    if (in->is_stdin)
        strcpy(in->name, "standard input");
    in->fd = in->is_stdin ? 0 : open(sys->ctx, path);
    if (in->fd < 0) {
        error_set(err, "%s: cannot open: %s", in->name, sys_open_fault(errno));
        sys_free(sys, in);
        return -1;
    }
    in->seekable = sys->seek(sys->ctx, in->fd, 0) == 0;
    *out = in;
    return 0;
}

int input_open(struct input **out, const struct sys *sys, const char *path, struct error *err)
{
    return open_by(out, sys, path, sys->open_read, err);
}

int input_open_pipe(struct input **out, const struct sys *sys, const char *path, struct error *err)
{
    return open_by(out, sys, path, sys->open_pipe, err);
}

void input_close(struct input *in)
{
    if (!in)
        return;
    if (!in->is_stdin)
        in->sys->close(in->sys->ctx, in->fd);
    sys_free(in->sys, in->text);
    sys_free(in->sys, in->buf);
    sys_free(in->sys, in);
}

const char *input_name(const struct input *in)
{
    return in->name;
}

const struct sys *input_sys(const struct input *in)
{
    return in->sys;
}

int64_t input_offset(const struct input *in)
{
    return in->base + (int64_t)in->start;
}

int64_t input_line_number(const struct input *in)
{
    return in->line;
}

bool input_seekable(const struct input *in)
{
    return in->seekable;
}

bool input_cut(const struct input *in)
{
    return in->cut;
}

/* Room for `size` bytes: at most INPUT_PEEK, as nobody may ask for more. */
static int grow(struct input *in, size_t size, struct error *err)
{
    size_t capacity = in->capacity > 0 ? in->capacity : CAPACITY_MIN;

    while (capacity < size)
        capacity *= 2;
    if (capacity == in->capacity)
        return 0;
    unsigned char *buf = sys_alloc(in->sys, capacity);
    if (!buf)
        return error_set(err, "%s: out of memory", in->name);
    if (in->end > 0)
        memcpy(buf, in->buf, in->end);
    sys_free(in->sys, in->buf);
    in->buf = buf;
    in->capacity = capacity;
    return 0;
}

/* Buffers until `want` bytes are unconsumed or the input ends. A pipe under scan keeps all it read, for the
 * rewind. */
static int fill(struct input *in, size_t want, struct error *err)
{
    bool keep = in->scanning && !in->seekable;

    while (in->end - in->start < want && !in->ended) {
        if (keep && in->end >= INPUT_PEEK) {
            in->cut = true;
            return 0;
        }
        size_t needed = keep ? in->start + want : want;
        if (grow(in, needed < INPUT_PEEK ? needed : INPUT_PEEK, err) < 0)
            return -1;
        if (!keep && in->start > 0 && in->capacity - in->start < want) {
            memmove(in->buf, in->buf + in->start, in->end - in->start);
            in->base += (int64_t)in->start;
            in->end -= in->start;
            in->start = 0;
        }
        ssize_t n = in->sys->read(in->sys->ctx, in->fd, in->buf + in->end, in->capacity - in->end);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, "%s: byte %lld: cannot read: %s", in->name,
                             (long long)(in->base + (int64_t)in->end), strerror(errno));
        if (n == 0)
            in->ended = true;
        in->end += (size_t)n;
    }
    return 0;
}

ptrdiff_t input_peek(struct input *in, const unsigned char **data, size_t want, struct error *err)
{
    if (want > INPUT_PEEK)
        want = INPUT_PEEK;
    if (in->end - in->start < want && fill(in, want, err) < 0)
        return -1;
    *data = in->buf + in->start;
    return (ptrdiff_t)(in->end - in->start);
}

ptrdiff_t input_read(struct input *in, void *to, size_t n, struct error *err)
{
    size_t done = 0;

    while (done < n) {
        if (in->start == in->end && fill(in, 1, err) < 0)
            return -1;
        size_t part = in->end - in->start;
        if (part == 0)
            break;
        if (part > n - done)
            part = n - done;
        memcpy((char *)to + done, in->buf + in->start, part);
        in->start += part;
        done += part;
    }
    return (ptrdiff_t)done;
}

int input_skip(struct input *in, int64_t n, struct error *err)
{
    while (n > 0) {
        if (in->start == in->end && fill(in, 1, err) < 0)
            return -1;
        size_t part = in->end - in->start;
        if (part == 0)
            return error_set(err, "%s: byte %lld: the file is cut off", in->name,
                             (long long)input_offset(in));
        if ((int64_t)part > n)
            part = (size_t)n;
        in->start += part;
        n -= (int64_t)part;
    }
    return 0;
}

int input_line(struct input *in, char **line, struct error *err)
{
    size_t seen = 0;
    unsigned char *newline = NULL;

    if (!in->text && !(in->text = sys_alloc(in->sys, INPUT_LINE_MAX + 1)))
        return error_set(err, "%s: out of memory", in->name);
    for (;;) {
        size_t have = in->end - in->start;
        newline = have == seen ? NULL : memchr(in->buf + in->start + seen, '\n', have - seen);
        if (newline || have > INPUT_LINE_MAX)
            break;
        seen = have;
        if (fill(in, have + 1, err) < 0)
            return -1;
        if (in->end - in->start == have)
            break; /* the end */
    }
    unsigned char *begin = in->buf + in->start;
    size_t length = newline ? (size_t)(newline - begin) : in->end - in->start;
    if (!newline && length == 0)
        return 0;
    in->line++;
    if (length > INPUT_LINE_MAX)
        return error_set(err, "%s: line %lld: longer than %d bytes: not a text format", in->name,
                         (long long)in->line, INPUT_LINE_MAX);
    if (memchr(begin, 0, length))
        return error_set(err, "%s: line %lld: holds a NUL byte: not a text file", in->name,
                         (long long)in->line);
    in->start += length + (newline ? 1 : 0);
    if (length > 0 && begin[length - 1] == '\r')
        length--;
    memcpy(in->text, begin, length);
    in->text[length] = 0;
    *line = in->text;
    return 1;
}

int input_rewind(struct input *in, struct error *err)
{
    if (in->base > 0) {
        if (!in->seekable || in->sys->seek(in->sys->ctx, in->fd, 0) < 0)
            return error_set(err, "%s: cannot be read twice: save it to a file", in->name);
        in->base = 0;
        in->end = 0;
        in->ended = false;
    }
    in->start = 0;
    in->line = 0;
    in->cut = false;
    return 0;
}

void input_scan_begin(struct input *in)
{
    in->scanning = true;
    in->cut = false;
}

int input_scan_end(struct input *in, struct error *err)
{
    in->scanning = false;
    return input_rewind(in, err);
}
