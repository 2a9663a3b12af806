#include "node/overwrite.h"

#include <string.h>

static bool is_stream(const char *path)
{
    return !path || strcmp(path, "-") == 0;
}

/* The output that this is, or -1. What does not exist yet has only its name. */
static int find(const struct overwrite *o, const char *path, bool exists, const struct sys_file *file)
{
    for (size_t i = 0; i < o->n; i++)
        if (exists != o->out[i].exists)
            continue;
        else if (exists ? o->out[i].file.device == file->device && o->out[i].file.inode == file->inode
                        : strcmp(path, o->out[i].path) == 0 && strncmp(path, "/dev/", 5) != 0)
            return (int)i;
    return -1;
}

int overwrite_output(struct overwrite *o, const char *path, struct error *err)
{
    struct sys_file file = {0};

    if (is_stream(path))
        return 0;
    bool exists = o->sys->identify(o->sys->ctx, path, &file) == 0;
    if (find(o, path, exists, &file) >= 0)
        return error_set(err, "%s: two outputs of this run; give each its own file", path);
    if (o->n == OVERWRITE_OUTPUTS_MAX)
        return error_set(err, "%s: too many outputs", path);
    o->out[o->n].path = path;
    o->out[o->n].exists = exists;
    o->out[o->n++].file = file;
    return 0;
}

int overwrite_input(const struct overwrite *o, const char *path, struct error *err)
{
    struct sys_file file;

    if (is_stream(path) || o->n == 0 || o->sys->identify(o->sys->ctx, path, &file) < 0)
        return 0;
    int at = find(o, path, true, &file);
    if (at < 0)
        return 0;
    return error_set(err, "%s: would overwrite %s, which this run reads; name another file", o->out[at].path,
                     path);
}
