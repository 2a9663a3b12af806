#include "io/unpack.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/process.h"

struct unpack {
    const struct sys *sys;
    char folder[PATH_MAX];
    size_t n;
    const char *path[UNPACK_MEMBERS];
    char text[UNPACK_MEMBERS][PATH_MAX];
};

/* A plain name: members in folders of the archive are not needed by anyone, and would have to be removed
 * with their folders. */
static bool plain(const char *member)
{
    size_t n = strlen(member);

    return n > 0 && n <= NAME_MAX && member[0] != '.' && !strchr(member, '/');
}

static int run_tar(struct unpack *u, int archive_fd, const char *archive, const char *const *member,
                   struct error *err)
{
    const char *argv[UNPACK_MEMBERS + 8] = {"tar", "-xzof", "-", "-C", u->folder, "--"};
    struct process child = {.argv = argv, .in = archive_fd, .out = -1, .file_max = UNPACK_MAX};
    char said[PROCESS_SAID];

    for (size_t i = 0; i < u->n; i++)
        argv[6 + i] = member[i];
    switch (process_run(&child, said)) {
    case PROCESS_DONE:
        return 0;
    case PROCESS_MISSING:
        return error_set(err, "%s: cannot unpack: tar is not installed", archive);
    case PROCESS_NO_START:
        return error_set(err, "%s: cannot start tar: %s", archive, strerror(errno));
    case PROCESS_FAILED:
        break;
    }
    return error_set(err, "%s: tar failed: %s", archive, said);
}

static int make_folder(struct unpack *u, const char *archive, struct error *err)
{
    const char *where = getenv("TMPDIR");

    if (!where || !*where || strlen(where) > sizeof u->folder / 2)
        where = "/tmp";
    snprintf(u->folder, sizeof u->folder, "%s/tocsin-XXXXXX", where);
    if (mkdtemp(u->folder))
        return 0;
    error_set(err, "%s: cannot unpack into %s: %s", archive, where, strerror(errno));
    u->folder[0] = 0;
    return -1;
}

int unpack_open(struct unpack **out, const struct sys *sys, const char *archive, const char *const *member,
                size_t n, struct error *err)
{
    *out = NULL;
    if (n < 1 || n > UNPACK_MEMBERS)
        return error_set(err, "%s: %zu members asked for, 1 to %d can be", archive, n, UNPACK_MEMBERS);
    for (size_t i = 0; i < n; i++)
        if (!plain(member[i]))
            return error_set(err, "%s: member '%.80s' is no plain file name", archive, member[i]);
    struct unpack *u = sys_alloc(sys, sizeof *u);
    if (!u)
        return error_set(err, "%s: out of memory", archive);
    u->sys = sys;
    int result = make_folder(u, archive, err);
    for (size_t i = 0; result == 0 && i < n; i++) {
        if ((size_t)snprintf(u->text[i], sizeof u->text[i], "%s/%s", u->folder, member[i]) >=
            sizeof u->text[i])
            result = error_set(err, "%s: %.80s: the name is too long", archive, member[i]);
        u->path[i] = u->text[i];
        u->n = i + 1;
    }
    if (result == 0) {
        int fd = sys->open_read(sys->ctx, archive);
        if (fd < 0) {
            result = error_set(err, "%s: cannot open: %s", archive, sys_open_fault(errno));
        } else {
            result = run_tar(u, fd, archive, member, err);
            sys->close(sys->ctx, fd);
        }
    }
    if (result < 0) {
        unpack_close(u);
        return -1;
    }
    *out = u;
    return 0;
}

const char *const *unpack_paths(const struct unpack *u)
{
    return u->path;
}

void unpack_close(struct unpack *u)
{
    if (!u)
        return;
    for (size_t i = 0; i < u->n; i++)
        unlink(u->path[i]);
    if (u->folder[0])
        rmdir(u->folder);
    sys_free(u->sys, u);
}
