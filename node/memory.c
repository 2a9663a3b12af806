#include "node/memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE_MAX_BYTES = 512, TEXT_ROOM = 64 * 1024 };

/* "FROM-TO PERMS OFFSET DEV INODE PATH": of a file that can be read, and its size. */
static bool file_mapping(const char *line, uintptr_t *from, size_t *size)
{
    unsigned long long begin, end, inode;
    char perms[8], path[LINE_MAX_BYTES];

    if (sscanf(line, "%llx-%llx %7s %*s %*s %llu %511s", &begin, &end, perms, &inode, path) != 5 ||
        path[0] != '/' || perms[0] != 'r' || end <= begin)
        return false;
    *from = (uintptr_t)begin;
    *size = (size_t)(end - begin);
    return true;
}

static int lock_files(char *maps)
{
    uintptr_t from;
    size_t size;
    char *rest;

    for (char *line = strtok_r(maps, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (file_mapping(line, &from, &size) && size <= MEMORY_FILE_MAX &&
            mlock((const void *)from, size) != 0 && errno != ENOMEM) /* ENOMEM: it is gone meanwhile */
            return errno;
    return 0;
}

int memory_lock(const struct sys *sys)
{
    size_t n = 0;
    ssize_t got = 1;

    mallopt(M_ARENA_MAX, 1);
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        return errno;
    char *maps = sys_alloc(sys, TEXT_ROOM);
    int fd = sys->open_read(sys->ctx, "/proc/self/maps");
    while (maps && fd >= 0 && n < TEXT_ROOM - 1 && got > 0) {
        got = sys->read(sys->ctx, fd, maps + n, TEXT_ROOM - 1 - n);
        n += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        sys->close(sys->ctx, fd);
    int refused = maps ? lock_files(maps) : ENOMEM;
    sys_free(sys, maps);
    return refused;
}

void memory_unlock(void)
{
    munlockall();
}
