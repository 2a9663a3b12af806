#include "io/whole.h"

#include <errno.h>
#include <string.h>

enum { FIRST_ROOM = 65536 };

struct whole {
    const struct sys *sys;
    const char *path;
    size_t max, n, room;
    char *text;
};

static int widen(struct whole *w, struct error *err)
{
    size_t room = w->room ? 2 * w->room : FIRST_ROOM;

    if (room > w->max + 1) /* the byte too much is seen, the NUL has its own */
        room = w->max + 1;
    char *more = sys_alloc(w->sys, room + 1);
    if (!more)
        return error_set(err, "%s: out of memory", w->path);
    if (w->n > 0)
        memcpy(more, w->text, w->n);
    sys_free(w->sys, w->text);
    w->text = more;
    w->room = room;
    return 0;
}

static int fill(struct whole *w, int fd, struct error *err)
{
    for (;;) {
        if (w->n > w->max)
            return error_set(err, "%s: larger than %zu bytes", w->path, w->max);
        if (w->n == w->room && widen(w, err) < 0)
            return -1;
        ssize_t got = w->sys->read(w->sys->ctx, fd, w->text + w->n, w->room - w->n);
        if (got == 0)
            return 0;
        if (got > 0)
            w->n += (size_t)got;
        else if (errno != EINTR)
            return error_set(err, "%s: cannot read: %s", w->path, strerror(errno));
    }
}

char *whole_text(const struct sys *sys, const char *path, size_t max, size_t *n, struct error *err)
{
    struct whole w = {.sys = sys, .path = path, .max = max};
    int fd = sys->open_read(sys->ctx, path), result;

    *n = 0;
    if (fd < 0) {
        error_set(err, "%s: cannot open: %s", path, sys_open_fault(errno));
        return NULL;
    }
    result = fill(&w, fd, err);
    sys->close(sys->ctx, fd);
    if (result == 0 && w.text && memchr(w.text, 0, w.n))
        result = error_set(err, "%s: a NUL byte: not a text file", path);
    if (result != 0 || !w.text) {
        sys_free(sys, w.text);
        return NULL;
    }
    w.text[w.n] = 0;
    *n = w.n;
    return w.text;
}
