/* sys.h - the seam to the machine: memory, clocks and files, so that a test can replace them.
 *
 * Everything outside the real-time path that allocates, reads a clock or touches a file does so through a
 * `const struct sys *` handed down from main. The program uses sys_real; tests hand in a simulated clock, an
 * allocator that fails at the n-th call, a disk that is full. dsp/ needs none of it: it works in storage that
 * its caller owns. Not through it: unnamed temporary files (tmpfile) for what a child process reads or writes
 * (io/process.h, node/gnuplot.h), for the page's lines and rows (node/page.h), and the folder of io/unpack.h: they exist
 * only while the program runs, and their failure is told by those who use them. File calls answer like the
 * system's own: -1 and errno. Safe from any thread where the implementation is (sys_real is). */
#ifndef TOCSIN_IO_SYS_H
#define TOCSIN_IO_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SYS_ALIGNMENT = 64 }; /* of every allocation: a vector's, and a cache line's */

struct sys_file { /* two names of equal ones are one file */
    uint64_t device, inode;
};

struct sys {
    void *ctx;
    void *(*alloc)(void *ctx, size_t size);   /* zeroed, aligned; NULL when refused */
    void (*release)(void *ctx, void *memory); /* NULL is fine */
    int64_t (*mono_ns)(void *ctx);            /* never steps; origin unspecified */
    int64_t (*utc_ns)(void *ctx);             /* since 1970-01-01, may step */
    /* A descriptor of a plain file, or -1 and errno. Anything else fails at once, whatever its other end does:
     * EISDIR a folder, ESPIPE a pipe, ENODEV a device or socket (sys_open_fault has the words). */
    int (*open_read)(void *ctx, const char *path);
    int (*open_write)(void *ctx, const char *path); /* creates or truncates */
    int (*open_update)(void *ctx,
                       const char *path); /* creates or keeps what is there; for reading and writing */
    ssize_t (*read)(void *ctx, int fd, void *to, size_t size);
    ssize_t (*write)(void *ctx, int fd, const void *from, size_t size);
    int64_t (*seek)(void *ctx, int fd, int64_t offset); /* from the start; -1 on a pipe */
    int (*sync)(void *ctx, int fd); /* what was written survives a loss of power; waits for the disk */
    int (*truncate)(void *ctx, int fd, int64_t size);
    int (*rename)(void *ctx, const char *from, const char *to); /* takes the place of what `to` was */
    int (*close)(void *ctx, int fd);
    /* As open_read, and a named pipe too: waits until somebody writes into it. */
    int (*open_pipe)(void *ctx, const char *path);
    /* Which plain file a name stands for: 0, or -1 and errno: none, or something else. */
    int (*identify)(void *ctx, const char *path, struct sys_file *out);
    /* Secrets. All four: 0 or a descriptor, or -1 and errno. What root makes belongs to the folder's owner. */
    int (*open_private)(void *ctx,
                        const char *path);           /* as open_write; only its owner may read and write it */
    int (*check_private)(void *ctx, int fd);         /* EACCES: others may, or it belongs to somebody else */
    int (*make_folder)(void *ctx, const char *path); /* its owner's alone; one that is there is fine */
    int (*sync_folder)(void *ctx, const char *path); /* a rename in it survives a loss of power */
};

extern const struct sys sys_real;

static inline void *sys_alloc(const struct sys *sys, size_t size)
{
    return sys->alloc(sys->ctx, size);
}
static inline void sys_free(const struct sys *sys, void *memory)
{
    sys->release(sys->ctx, memory);
}
/* Why opening for reading failed, for a person: "No such file or directory", "a folder, not a file". */
const char *sys_open_fault(int why);
/* Writes all of it, across short writes and EINTR: 0, or -1 and errno. */
int sys_write_all(const struct sys *sys, int fd, const void *from, size_t size);

#endif
