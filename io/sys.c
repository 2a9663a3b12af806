#include "io/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* The errno for what is no plain file; 0: it is one. */
static int fault_of(mode_t mode)
{
    return S_ISREG(mode) ? 0 : S_ISDIR(mode) ? EISDIR : S_ISFIFO(mode) ? ESPIPE : ENODEV;
}

/* Without O_NONBLOCK the open itself would wait for a pipe's writer, or for a modem's carrier. */
static int real_open_read(void *ctx, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), why;
    struct stat is;

    (void)ctx;
    if (fd < 0)
        return -1;
    why = fstat(fd, &is) < 0 ? errno : fault_of(is.st_mode);
    if (!why)
        return fd;
    close(fd);
    errno = why;
    return -1;
}

static int real_open_pipe(void *ctx, const char *path)
{
    struct stat is;

    if (stat(path, &is) == 0 && S_ISFIFO(is.st_mode))
        return open(path, O_RDONLY | O_CLOEXEC);
    return real_open_read(ctx, path);
}

static int real_identify(void *ctx, const char *path, struct sys_file *out)
{
    struct stat is;

    (void)ctx;
    if (stat(path, &is) < 0)
        return -1;
    errno = fault_of(is.st_mode);
    *out = (struct sys_file){is.st_dev, is.st_ino};
    return errno ? -1 : 0;
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

/* Of root's making: for the owner of the folder that it is in, so that a node that is not root can read it. */
static int give_to_folder(int fd, const char *path)
{
    char folder[4096];
    struct stat is;

    if (geteuid() != 0)
        return 0;
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = 0;
    if (stat(slash ? folder : ".", &is) != 0)
        return -1;
    return fchown(fd, is.st_uid, is.st_gid);
}

static int close_with(int fd, int result)
{
    int why = errno;

    close(fd);
    errno = why;
    return result;
}

static int real_open_private(void *ctx, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

    (void)ctx;
    if (fd < 0)
        return -1;
    /* One that was left behind keeps its mode otherwise. */
    if (fchmod(fd, 0600) != 0 || give_to_folder(fd, path) != 0)
        return close_with(fd, -1);
    return fd;
}

static int real_check_private(void *ctx, int fd)
{
    struct stat is;
    uid_t me = geteuid();

    (void)ctx;
    if (fstat(fd, &is) != 0)
        return -1;
    if ((is.st_mode & 077) == 0 && (me == 0 || is.st_uid == me || is.st_uid == 0))
        return 0;
    errno = EACCES;
    return -1;
}

static int real_make_folder(void *ctx, const char *path)
{
    (void)ctx;
    if (mkdir(path, 0700) != 0)
        return errno == EEXIST ? 0 : -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -1 : close_with(fd, give_to_folder(fd, path));
}

static int real_sync_folder(void *ctx, const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)ctx;
    return fd < 0 ? -1 : close_with(fd, fsync(fd));
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
    .open_pipe = real_open_pipe,
    .identify = real_identify,
    .open_private = real_open_private,
    .check_private = real_check_private,
    .make_folder = real_make_folder,
    .sync_folder = real_sync_folder,
};

const char *sys_open_fault(int why)
{
    return why == EISDIR                   ? "a folder, not a file"
           : why == ESPIPE                 ? "a pipe, and only a file can be read here: save it to one"
           : why == ENODEV || why == ENXIO ? "a device or socket, not a file"
                                           : strerror(why);
}

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
