#include "io/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void *real_alloc(void *ctx, size_t size)
{
    size_t rounded = (size + SYS_ALIGNMENT - 1) / SYS_ALIGNMENT * SYS_ALIGNMENT;

    (void)ctx;
    if (rounded < size)
        return NULL;
    void *memory = aligned_alloc(SYS_ALIGNMENT, rounded ? rounded : SYS_ALIGNMENT);
    return memory ? memset(memory, 0, rounded) : NULL;
}

static void real_release(void *ctx, void *memory)
{
    (void)ctx;
    free(memory);
}

static int64_t clock_ns(clockid_t which)
{
    struct timespec t;

    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t real_mono_ns(void *ctx)
{
    (void)ctx;
    return clock_ns(CLOCK_MONOTONIC);
}

static int64_t real_utc_ns(void *ctx)
{
    (void)ctx;
    return clock_ns(CLOCK_REALTIME);
}

static int real_open_read(void *ctx, const char *path)
{
    (void)ctx;
    return open(path, O_RDONLY | O_CLOEXEC);
}

static int real_open_write(void *ctx, const char *path)
{
    (void)ctx;
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

static int real_open_update(void *ctx, const char *path)
{
    (void)ctx;
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
}

static ssize_t real_read(void *ctx, int fd, void *to, size_t size)
{
    (void)ctx;
    return read(fd, to, size);
}

static ssize_t real_write(void *ctx, int fd, const void *from, size_t size)
{
    (void)ctx;
    return write(fd, from, size);
}

static int64_t real_seek(void *ctx, int fd, int64_t offset)
{
    (void)ctx;
    return lseek(fd, (off_t)offset, SEEK_SET);
}

static int real_sync(void *ctx, int fd)
{
    (void)ctx;
    return fdatasync(fd);
}

static int real_truncate(void *ctx, int fd, int64_t size)
{
    (void)ctx;
    return ftruncate(fd, (off_t)size);
}

static int real_rename(void *ctx, const char *from, const char *to)
{
    (void)ctx;
    return rename(from, to);
}

static int real_close(void *ctx, int fd)
{
    (void)ctx;
    return close(fd);
}

const struct sys sys_real = {
    .alloc = real_alloc,
    .release = real_release,
    .mono_ns = real_mono_ns,
    .utc_ns = real_utc_ns,
    .open_read = real_open_read,
    .open_write = real_open_write,
    .open_update = real_open_update,
    .read = real_read,
    .write = real_write,
    .seek = real_seek,
    .sync = real_sync,
    .truncate = real_truncate,
    .rename = real_rename,
    .close = real_close,
};

int sys_write_all(const struct sys *sys, int fd, const void *from, size_t size)
{
    const char *at = from;

    while (size > 0) {
        ssize_t n = sys->write(sys->ctx, fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            if (n == 0)
                errno = ENOSPC;
            return -1;
        }
        at += n;
        size -= (size_t)n;
    }
    return 0;
}
