#include "node/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int outlet_open(struct outlet *o, const struct sys *sys, int fd, struct error *err)
{
    memset(o, 0, sizeof *o);
    o->text = sys_alloc(sys, OUTLET_ROOM);
    if (!o->text)
        return error_set(err, "out of memory");
    o->sys = sys;
    o->fd = fd;
    return 0;
}

bool outlet_line(struct outlet *o, const char *line, size_t n)
{
    if (n > OUTLET_ROOM - o->waiting) {
        o->skipped++;
        return false;
    }
    for (size_t done = 0; done < n;) {
        size_t at = (o->first + o->waiting) % OUTLET_ROOM;
        size_t piece = n - done < OUTLET_ROOM - at ? n - done : OUTLET_ROOM - at;
        memcpy(o->text + at, line + done, piece);
        o->waiting += piece;
        done += piece;
    }
    return true;
}

/* A pipe that says it is writable takes PIPE_BUF bytes without waiting (pipe(7)); of a socket it is asked in the call. */
static ssize_t write_some(const struct outlet *o, const char *text, size_t n)
{
    struct pollfd p = {.fd = o->fd, .events = POLLOUT};
    ssize_t took = send(o->fd, text, n, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (took >= 0 || errno != ENOTSOCK)
        return took;
    if (poll(&p, 1, 0) <= 0) {
        errno = EAGAIN;
        return -1;
    }
    return write(o->fd, text, n);
}

void outlet_flush(struct outlet *o)
{
    while (o->waiting > 0) {
        size_t to_end = OUTLET_ROOM - o->first;
        size_t piece = o->waiting < to_end ? o->waiting : to_end;
        ssize_t took = write_some(o, o->text + o->first, piece < PIPE_BUF ? piece : PIPE_BUF);
        if (took < 0 && errno == EINTR)
            continue;
        if (took < 0 && errno == EAGAIN)
            return;
        if (took <= 0) { /* it takes nothing more: what waits would only be old when it does again */
            o->failed = took < 0 ? errno : EIO;
            o->waiting = 0;
            return;
        }
        o->failed = 0;
        o->first = (o->first + (size_t)took) % OUTLET_ROOM;
        o->waiting -= (size_t)took;
    }
}

uint64_t outlet_skipped(struct outlet *o)
{
    uint64_t skipped = o->skipped;

    o->skipped = 0;
    return skipped;
}

void outlet_close(struct outlet *o, int until_ms)
{
    if (!o->text)
        return;
    int64_t until_ns = o->sys->mono_ns(o->sys->ctx) + (int64_t)until_ms * 1000000;
    for (outlet_flush(o); o->waiting > 0; outlet_flush(o)) {
        int64_t left_ns = until_ns - o->sys->mono_ns(o->sys->ctx);
        struct pollfd p = {.fd = o->fd, .events = POLLOUT};
        if (left_ns <= 0 || poll(&p, 1, (int)(left_ns / 1000000) + 1) <= 0)
            break;
    }
    sys_free(o->sys, o->text);
    o->text = NULL;
}

bool outlet_never_wait(int fd)
{
    char path[40];
    struct stat is;

    if (fstat(fd, &is) != 0)
        return false;
    if (S_ISFIFO(is.st_mode) || S_ISCHR(is.st_mode)) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        bool changed = own >= 0 && dup2(own, fd) >= 0;
        if (own >= 0)
            close(own);
        if (changed)
            return true;
    }
    /* A socket cannot be opened anew, and a pipe of another user must not be. */
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}
