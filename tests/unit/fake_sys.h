/* fake_sys.h - a machine for tests: files in memory, a clock that only the test moves, and faults on demand.
 *
 *     struct fake_sys fake;
 *     fake_sys_init(&fake);
 *     fake_file_put(&fake, "a.sac", bytes, size);
 *     fake.fail_alloc_at = 3;                       the third allocation from here on is refused
 *     ... code under test with &fake.sys ...
 *     fake_sys_end(&fake);                          nothing leaked, nothing open (fake_end.h), and fake_sys_done
 *
 * Knobs are plain members, set at any time; counters are plain members, read at any time. Header only; one
 * thread. */
#ifndef TOCSIN_TESTS_FAKE_SYS_H
#define TOCSIN_TESTS_FAKE_SYS_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "io/sys.h"

enum { FAKE_FILES = 32, FAKE_FDS = 64, FAKE_FD_BASE = 100, FAKE_PATH_MAX = 256 };

struct fake_file {
    char path[FAKE_PATH_MAX];
    unsigned char *data;
    size_t size, room;
    bool pipe;      /* seek answers ESPIPE */
    int open_errno; /* not 0: opening it fails so */
    bool shared;    /* others than its owner may read it */
};

struct fake_sys {
    struct sys sys; /* hand &fake.sys to the code under test */

    /* memory */
    long fail_alloc_at;  /* the n-th allocation from now is refused, once; 0: none */
    bool fail_all_after; /* and all after it */
    size_t alloc_max;    /* refuse one allocation larger than this; 0: no limit */
    long allocs;         /* calls so far */
    long live_allocs;    /* not yet released */
    size_t live_bytes, peak_bytes;

    /* clock: moves only by fake_sys_advance, and by tick_ns at each look */
    int64_t mono_ns, utc_ns, tick_ns;

    /* files */
    size_t read_max;           /* one read gives at most so many bytes; 0: all that is asked for */
    int64_t read_eio_at;       /* reading at or beyond this offset of any file fails with EIO; -1: never */
    long eintr_reads;          /* so many reads fail with EINTR first */
    size_t write_max;          /* one write takes at most so many bytes; 0: all */
    int64_t write_room;        /* the disk takes so many bytes more, then ENOSPC; -1: unlimited */
    long reads, writes, syncs; /* calls so far */
    int open_fds;
    size_t n_files;
    struct fake_file file[FAKE_FILES];
    struct {
        bool used, writing;
        size_t file, at;
    } fd[FAKE_FDS];
};

/* Every block carries its size in front, so that what is live and its peak can be told. */
union fake_head {
    size_t size;
    char align[SYS_ALIGNMENT];
};

static inline void *fake_alloc(void *ctx, size_t size)
{
    struct fake_sys *f = ctx;
    union fake_head *head;

    f->allocs++;
    if (f->fail_alloc_at > 0 && --f->fail_alloc_at == 0) {
        if (f->fail_all_after)
            f->fail_alloc_at = 1;
        return NULL;
    }
    if ((f->alloc_max && size > f->alloc_max) || size > SIZE_MAX / 2)
        return NULL;
    if (posix_memalign((void **)&head, SYS_ALIGNMENT, sizeof *head + size) != 0)
        return NULL;
    memset(head, 0, sizeof *head + size);
    head->size = size;
    f->live_allocs++;
    f->live_bytes += size;
    if (f->live_bytes > f->peak_bytes)
        f->peak_bytes = f->live_bytes;
    return head + 1;
}

static inline void fake_release(void *ctx, void *memory)
{
    struct fake_sys *f = ctx;
    union fake_head *head = memory;

    if (!memory)
        return;
    head--;
    f->live_allocs--;
    f->live_bytes -= head->size;
    free(head);
}

static inline void fake_sys_advance(struct fake_sys *f, int64_t ns)
{
    f->mono_ns += ns;
    f->utc_ns += ns;
}

static inline int64_t fake_mono_ns(void *ctx)
{
    struct fake_sys *f = ctx;

    fake_sys_advance(f, f->tick_ns);
    return f->mono_ns;
}

static inline int64_t fake_utc_ns(void *ctx)
{
    struct fake_sys *f = ctx;

    fake_sys_advance(f, f->tick_ns);
    return f->utc_ns;
}

static inline struct fake_file *fake_file_find(struct fake_sys *f, const char *path)
{
    for (size_t i = 0; i < f->n_files; i++)
        if (!strcmp(f->file[i].path, path))
            return &f->file[i];
    return NULL;
}

/* The file of that name, made empty where there is none. Aborts when the table is full: a fault of the test.
 */
static inline struct fake_file *fake_file_make(struct fake_sys *f, const char *path)
{
    struct fake_file *file = fake_file_find(f, path);

    if (file)
        return file;
    if (f->n_files == FAKE_FILES || strlen(path) >= FAKE_PATH_MAX)
        abort();
    file = &f->file[f->n_files++];
    memset(file, 0, sizeof *file);
    memcpy(file->path, path, strlen(path) + 1);
    return file;
}

/* Places a copy of the bytes under that name, in place of what was there. */
static inline struct fake_file *fake_file_put(struct fake_sys *f, const char *path, const void *bytes,
                                              size_t size)
{
    struct fake_file *file = fake_file_make(f, path);

    free(file->data);
    file->data = malloc(size ? size : 1);
    if (!file->data)
        abort();
    if (size)
        memcpy(file->data, bytes, size);
    file->size = file->room = size;
    return file;
}

static inline struct fake_file *fake_file_put_text(struct fake_sys *f, const char *path, const char *text)
{
    return fake_file_put(f, path, text, strlen(text));
}

static inline int fake_fd_take(struct fake_sys *f, const struct fake_file *file, bool writing)
{
    for (int i = 0; i < FAKE_FDS; i++) {
        if (f->fd[i].used)
            continue;
        f->fd[i].used = true;
        f->fd[i].writing = writing;
        f->fd[i].file = (size_t)(file - f->file);
        f->fd[i].at = 0;
        f->open_fds++;
        return FAKE_FD_BASE + i;
    }
    errno = EMFILE;
    return -1;
}

/* The slot of a descriptor, or -1 and EBADF: closing twice and using after close are found out. */
static inline int fake_fd_slot(const struct fake_sys *f, int fd)
{
    int i = fd - FAKE_FD_BASE;

    if (i >= 0 && i < FAKE_FDS && f->fd[i].used)
        return i;
    errno = EBADF;
    return -1;
}

static inline int fake_open_read(void *ctx, const char *path)
{
    struct fake_sys *f = ctx;
    struct fake_file *file = fake_file_find(f, path);

    if (!file || file->open_errno) {
        errno = file ? file->open_errno : ENOENT;
        return -1;
    }
    return fake_fd_take(f, file, false);
}

static inline int fake_open_write(void *ctx, const char *path)
{
    struct fake_sys *f = ctx;
    struct fake_file *file = fake_file_make(f, path);

    if (file->open_errno) {
        errno = file->open_errno;
        return -1;
    }
    file->size = 0;
    return fake_fd_take(f, file, true);
}

static inline int fake_open_update(void *ctx, const char *path)
{
    struct fake_sys *f = ctx;
    struct fake_file *file = fake_file_make(f, path);

    if (file->open_errno) {
        errno = file->open_errno;
        return -1;
    }
    return fake_fd_take(f, file, true);
}

static inline ssize_t fake_read(void *ctx, int fd, void *to, size_t size)
{
    struct fake_sys *f = ctx;
    int slot = fake_fd_slot(f, fd);
    const struct fake_file *file;
    size_t left;

    f->reads++;
    if (slot < 0)
        return -1;
    if (f->eintr_reads > 0) {
        f->eintr_reads--;
        errno = EINTR;
        return -1;
    }
    file = &f->file[f->fd[slot].file];
    if (f->read_eio_at >= 0) {
        if (f->fd[slot].at >= (size_t)f->read_eio_at) {
            errno = EIO;
            return -1;
        }
        if (size > (size_t)f->read_eio_at - f->fd[slot].at)
            size = (size_t)f->read_eio_at - f->fd[slot].at;
    }
    left = f->fd[slot].at < file->size ? file->size - f->fd[slot].at : 0;
    if (size > left)
        size = left;
    if (f->read_max && size > f->read_max)
        size = f->read_max;
    if (size)
        memcpy(to, file->data + f->fd[slot].at, size);
    f->fd[slot].at += size;
    return (ssize_t)size;
}

static inline ssize_t fake_write(void *ctx, int fd, const void *from, size_t size)
{
    struct fake_sys *f = ctx;
    int slot = fake_fd_slot(f, fd);
    struct fake_file *file;
    size_t end;

    f->writes++;
    if (slot < 0 || !f->fd[slot].writing) {
        errno = EBADF;
        return -1;
    }
    if (f->write_max && size > f->write_max)
        size = f->write_max;
    if (f->write_room >= 0) {
        if (f->write_room == 0 && size > 0) {
            errno = ENOSPC;
            return -1;
        }
        if (size > (size_t)f->write_room)
            size = (size_t)f->write_room;
        f->write_room -= (int64_t)size;
    }
    file = &f->file[f->fd[slot].file];
    end = f->fd[slot].at + size;
    if (end > file->room) {
        size_t room = end < 4096 ? 4096 : end * 2;
        unsigned char *data = realloc(file->data, room);
        if (!data)
            abort();
        memset(data + file->size, 0, room - file->size);
        file->data = data;
        file->room = room;
    }
    if (size)
        memcpy(file->data + f->fd[slot].at, from, size);
    f->fd[slot].at = end;
    if (end > file->size)
        file->size = end;
    return (ssize_t)size;
}

static inline int64_t fake_seek(void *ctx, int fd, int64_t offset)
{
    struct fake_sys *f = ctx;
    int slot = fake_fd_slot(f, fd);

    if (slot < 0)
        return -1;
    if (f->file[f->fd[slot].file].pipe) {
        errno = ESPIPE;
        return -1;
    }
    if (offset < 0) {
        errno = EINVAL;
        return -1;
    }
    f->fd[slot].at = (size_t)offset;
    return offset;
}

static inline int fake_sync(void *ctx, int fd)
{
    struct fake_sys *f = ctx;

    f->syncs++;
    return fake_fd_slot(f, fd) < 0 ? -1 : 0;
}

static inline int fake_truncate(void *ctx, int fd, int64_t size)
{
    struct fake_sys *f = ctx;
    int slot = fake_fd_slot(f, fd);

    if (slot < 0)
        return -1;
    if (size < 0 || (size_t)size > f->file[f->fd[slot].file].size) {
        errno = EINVAL; /* growing is not needed */
        return -1;
    }
    f->file[f->fd[slot].file].size = (size_t)size;
    return 0;
}

/* The file that had the new name becomes nameless: descriptors of it go on. */
static inline int fake_rename(void *ctx, const char *from, const char *to)
{
    struct fake_sys *f = ctx;
    struct fake_file *file = fake_file_find(f, from), *gone = fake_file_find(f, to);

    if (!file || strlen(to) >= FAKE_PATH_MAX) {
        errno = file ? ENAMETOOLONG : ENOENT;
        return -1;
    }
    if (gone)
        gone->path[0] = 0;
    memcpy(file->path, to, strlen(to) + 1);
    return 0;
}

static inline int fake_close(void *ctx, int fd)
{
    struct fake_sys *f = ctx;
    int slot = fake_fd_slot(f, fd);

    if (slot < 0)
        return -1;
    f->fd[slot].used = false;
    f->open_fds--;
    return 0;
}

/* Every name is a file of its own. */
static inline int fake_identify(void *ctx, const char *path, struct sys_file *out)
{
    struct fake_sys *f = ctx;
    struct fake_file *file = fake_file_find(f, path);

    if (!file || file->pipe) {
        errno = file ? ESPIPE : ENOENT;
        return -1;
    }
    *out = (struct sys_file){1, (uint64_t)(file - f->file)};
    return 0;
}

static inline int fake_open_private(void *ctx, const char *path)
{
    int fd = fake_open_write(ctx, path);

    if (fd >= 0)
        fake_file_find(ctx, path)->shared = false;
    return fd;
}

static inline int fake_check_private(void *ctx, int fd)
{
    struct fake_sys *f = ctx;
    int slot = fake_fd_slot(f, fd);

    if (slot >= 0 && !f->file[f->fd[slot].file].shared)
        return 0;
    errno = EACCES;
    return -1;
}

/* There are no folders: a path is a name. */
static inline int fake_make_folder(void *ctx, const char *path)
{
    (void)ctx;
    (void)path;
    return 0;
}

static inline int fake_sync_folder(void *ctx, const char *path)
{
    struct fake_sys *f = ctx;

    (void)path;
    f->syncs++;
    return 0;
}

/* A machine without faults; the clock stands at 0 monotonic and 2024-01-01T00:00:00 UTC. */
static inline void fake_sys_init(struct fake_sys *f)
{
    memset(f, 0, sizeof *f);
    f->sys = (struct sys){
        .ctx = f,
        .alloc = fake_alloc,
        .release = fake_release,
        .mono_ns = fake_mono_ns,
        .utc_ns = fake_utc_ns,
        .open_read = fake_open_read,
        .open_write = fake_open_write,
        .open_update = fake_open_update,
        .read = fake_read,
        .write = fake_write,
        .seek = fake_seek,
        .sync = fake_sync,
        .truncate = fake_truncate,
        .rename = fake_rename,
        .close = fake_close,
        .open_pipe = fake_open_read,
        .identify = fake_identify,
        .open_private = fake_open_private,
        .check_private = fake_check_private,
        .make_folder = fake_make_folder,
        .sync_folder = fake_sync_folder,
    };
    f->utc_ns = INT64_C(1704067200000000000);
    f->read_eio_at = -1;
    f->write_room = -1;
}

/* Forgets the files; what the code under test has leaked stays counted in live_allocs and open_fds. */
static inline void fake_sys_done(struct fake_sys *f)
{
    for (size_t i = 0; i < f->n_files; i++)
        free(f->file[i].data);
    f->n_files = 0;
}

#endif
