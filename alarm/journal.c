#include "alarm/journal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { HEAD = 18 /* "LLLLLLLL CCCCCCCC " */, FRAME_MAX = HEAD + JOURNAL_LINE_MAX + 1, PATH_ROOM = 4096 };

struct journal {
    const struct sys *sys;
    int fd;
    int64_t size; /* up to where it is whole */
    bool torn;    /* something stands behind that */
    char path[PATH_ROOM];
    char frame[FRAME_MAX];
};

static uint32_t crc(const char *text, size_t n)
{
    return (uint32_t)crc32(0, (const Bytef *)text, (uInt)n);
}

/* Eight lower-case hexadecimal digits. */
static bool hex(const char *text, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 8; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            return false;
        *out = *out << 4 | (uint32_t)digit;
    }
    return true;
}

/* A whole frame at the beginning of text: its length, or 0. */
static size_t frame_at(const char *text, size_t n)
{
    uint32_t length, sum;

    if (n < HEAD || !hex(text, &length) || text[8] != ' ' || !hex(text + 9, &sum) || text[17] != ' ')
        return 0;
    if (length > JOURNAL_LINE_MAX || n < HEAD + (size_t)length + 1 || text[HEAD + length] != '\n' ||
        memchr(text + HEAD, '\n', length) || crc(text + HEAD, length) != sum)
        return 0;
    return HEAD + (size_t)length + 1;
}

struct scan {
    char buffer[2 * FRAME_MAX];
    size_t n;
    struct journal_found found;
    journal_line line;
    void *ctx;
};

/* What the buffer holds as far as it can be told; false: the reader has had enough. */
static bool scan_buffer(struct scan *s, bool last)
{
    size_t at = 0;
    bool more = true;

    while (more && at < s->n) {
        size_t frame = frame_at(s->buffer + at, s->n - at);
        if (frame == 0) {
            const char *end = memchr(s->buffer + at, '\n', s->n - at);
            if (!end && !last && s->n - at < FRAME_MAX)
                break; /* the rest of it may still come */
            size_t skipped = end ? (size_t)(end - s->buffer) - at + 1 : s->n - at;
            s->found.torn += (int64_t)skipped;
            at += skipped;
            continue;
        }
        if (s->found.torn > 0) { /* not at the end after all: a broken line between whole ones */
            s->found.broken++;
            s->found.size += s->found.torn;
            s->found.torn = 0;
        }
        s->found.size += (int64_t)frame;
        s->found.lines++;
        s->buffer[at + frame - 1] = 0;
        if (s->line)
            more = s->line(s->ctx, s->buffer + at + HEAD, frame - 1 - HEAD) != 0;
        at += frame;
    }
    memmove(s->buffer, s->buffer + at, s->n - at);
    s->n -= at;
    return more;
}

static int scan_file(const struct sys *sys, int fd, const char *path, struct scan *s, struct error *err)
{
    bool more = true;

    while (more) {
        ssize_t n = sys->read(sys->ctx, fd, s->buffer + s->n, sizeof s->buffer - s->n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, "%s: cannot be read: %s", path, strerror(errno));
        s->n += (size_t)n;
        more = scan_buffer(s, n == 0) && n > 0;
    }
    return 0;
}

int journal_read_open(const struct sys *sys, int fd, const char *path, journal_line line, void *ctx,
                      struct journal_found *found, struct error *err)
{
    struct scan *s = sys_alloc(sys, sizeof *s);

    if (!s)
        return error_set(err, "out of memory");
    s->line = line;
    s->ctx = ctx;
    int result = scan_file(sys, fd, path, s, err);
    if (found)
        *found = s->found;
    sys_free(sys, s);
    return result;
}

int journal_read(const struct sys *sys, const char *path, journal_line line, void *ctx,
                 struct journal_found *found, struct error *err)
{
    int fd = sys->open_read(sys->ctx, path);

    if (found)
        *found = (struct journal_found){0};
    if (fd < 0)
        return error_set(err, "%s: cannot be read: %s", path, sys_open_fault(errno));
    int result = journal_read_open(sys, fd, path, line, ctx, found, err);
    sys->close(sys->ctx, fd);
    return result;
}

/* `{"type":"journal","version":N}` stands first in every file. A number that cannot be read is not judged. */
static int check_version(void *ctx, const char *text, size_t n)
{
    int *version = ctx;

    (void)n;
    if (sscanf(text, "{\"type\":\"journal\",\"version\":%9d", version) != 1)
        *version = 0;
    return 0;
}

static int append_version(struct journal *j)
{
    char text[64];
    int n = snprintf(text, sizeof text, "{\"type\":\"journal\",\"version\":%d}", JOURNAL_VERSION);

    return journal_append(j, text, (size_t)n);
}

/* The open file's whole part is known in found; makes it end there. */
static int begin(struct journal *j, const struct journal_found *found, struct error *err)
{
    j->size = found->size;
    j->torn = found->torn > 0;
    if (found->lines == 0 && append_version(j) != 0) {
        int why = errno;
        error_set(err, "%s: cannot be written: %s", j->path, strerror(why));
        errno = why;
        return -1;
    }
    return 0;
}

static int open_file(struct journal *j, struct journal_found *found, struct error *err)
{
    const struct sys *sys = j->sys;
    int version = JOURNAL_VERSION;
    struct scan *s;
    int result;

    j->fd = sys->open_update(sys->ctx, j->path);
    if (j->fd < 0)
        return error_set(err, "%s: cannot be opened: %s", j->path, strerror(errno));
    s = sys_alloc(sys, sizeof *s);
    if (!s)
        return error_set(err, "out of memory");
    result = scan_file(sys, j->fd, j->path, s, err);
    *found = s->found;
    sys_free(sys, s);
    if (result == 0)
        result = journal_read(sys, j->path, check_version, &version, NULL, err);
    if (result == 0 && version > JOURNAL_VERSION) {
        result = error_set(err, "%s: is of version %d, this program knows up to %d: move it away", j->path,
                           version, JOURNAL_VERSION);
        errno = EINVAL;
    }
    return result == 0 ? begin(j, found, err) : result;
}

int journal_open(struct journal **out, const struct sys *sys, const char *path, struct journal_found *found,
                 struct error *err)
{
    struct journal_found seen = {0};
    struct journal *j;

    *out = NULL;
    if (strlen(path) > PATH_ROOM - 4)
        return error_set(err, "%s: the name is too long", path);
    j = sys_alloc(sys, sizeof *j);
    if (!j)
        return error_set(err, "out of memory");
    j->sys = sys;
    memcpy(j->path, path, strlen(path) + 1);
    if (open_file(j, &seen, err) != 0) {
        int why = errno;
        if (j->fd >= 0)
            sys->close(sys->ctx, j->fd);
        sys_free(sys, j);
        errno = why;
        return -1;
    }
    if (found)
        *found = seen;
    *out = j;
    return 0;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    if (j->fd >= 0) {
        journal_sync(j);
        j->sys->close(j->sys->ctx, j->fd);
    }
    sys_free(j->sys, j);
}

/* FILE.6 to FILE.7 ... FILE to FILE.1, and a new FILE. What cannot be renamed is appended to instead: a
 * journal that is too long is better than one that stops. */
static void turn_over(struct journal *j)
{
    const struct sys *sys = j->sys;
    char from[PATH_ROOM], to[PATH_ROOM + 16];

    for (int i = JOURNAL_FILES_MAX - 2; i >= 0; i--) {
        if (i > 0)
            snprintf(from, sizeof from, "%.*s.%d", PATH_ROOM - 8, j->path, i);
        else
            memcpy(from, j->path, sizeof from);
        snprintf(to, sizeof to, "%.*s.%d", PATH_ROOM - 8, j->path, i + 1);
        if (sys->rename(sys->ctx, from, to) != 0 && i == 0)
            return;
    }
    int fd = sys->open_update(sys->ctx, j->path);
    if (fd < 0)
        return; /* goes on in the renamed file */
    journal_sync(j);
    sys->close(sys->ctx, j->fd);
    j->fd = fd;
    j->size = 0;
    j->torn = false;
    append_version(j);
}

int journal_append(struct journal *j, const char *json, size_t n)
{
    const struct sys *sys = j->sys;

    if (n > JOURNAL_LINE_MAX || memchr(json, '\n', n)) {
        errno = EINVAL;
        return -1;
    }
    if (j->size >= JOURNAL_FILE_MAX)
        turn_over(j);
    if (j->torn && sys->truncate(sys->ctx, j->fd, j->size) != 0)
        return -1;
    j->torn = false;
    if (sys->seek(sys->ctx, j->fd, j->size) < 0)
        return -1;
    snprintf(j->frame, sizeof j->frame, "%08x %08x ", (unsigned)n, (unsigned)crc(json, n));
    memcpy(j->frame + HEAD, json, n);
    j->frame[HEAD + n] = '\n';
    if (sys_write_all(sys, j->fd, j->frame, HEAD + n + 1) != 0) {
        j->torn = true;
        return -1;
    }
    j->size += (int64_t)(HEAD + n + 1);
    return 0;
}

int journal_sync(struct journal *j)
{
    return j->sys->sync(j->sys->ctx, j->fd);
}
