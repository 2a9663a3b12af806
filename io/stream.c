#include "io/stream.h"

#include <errno.h>
#include <string.h>

struct sink {
    const struct sys *sys;
    int fd;
    int failed; /* errno of the first failure, told at the close */
};

/* 0 is how a cookie's write says that it failed. */
static ssize_t put(void *cookie, const char *from, size_t n)
{
    struct sink *s = cookie;

    if (!s->failed && sys_write_all(s->sys, s->fd, from, n) < 0)
        s->failed = errno ? errno : EIO;
    errno = s->failed;
    return s->failed ? 0 : (ssize_t)n;
}

static int shut(void *cookie)
{
    struct sink *s = cookie;
    const struct sys *sys = s->sys;
    int failed = s->failed;

    if (sys->close(sys->ctx, s->fd) != 0 && !failed)
        failed = errno ? errno : EIO;
    sys_free(sys, s);
    errno = failed;
    return failed ? -1 : 0;
}

FILE *stream_create(const struct sys *sys, const char *path, struct error *err)
{
    const cookie_io_functions_t calls = {.write = put, .close = shut};
    struct sink *s = sys_alloc(sys, sizeof *s);
    FILE *stream = NULL;

    if (!s) {
        error_set(err, "%s: out of memory", path);
        return NULL;
    }
    s->sys = sys;
    s->fd = sys->open_write(sys->ctx, path);
    if (s->fd < 0) {
        error_set(err, "%s: cannot write: %s", path, strerror(errno));
        sys_free(sys, s);
        return NULL;
    }
    stream = fopencookie(s, "w", calls);
    if (!stream) {
        error_set(err, "%s: out of memory", path);
        sys->close(sys->ctx, s->fd);
        sys_free(sys, s);
    }
    return stream;
}

int stream_close(FILE *stream, const char *path, struct error *err)
{
    if (fclose(stream) != 0)
        return error_set(err, "%s: cannot write: %s", path, strerror(errno));
    return 0;
}
