/* overwrite.h - no output of a run may take the place of one of its inputs, or of another output.
 *
 * Names are compared by the file that they stand for (device and inode), so links and other spellings are seen
 * through. Outputs first, then the inputs, and only then is anything opened for writing. NULL and "-" (a
 * standard stream) are always fine, and so is what is no plain file, such as /dev/null. */
#ifndef TOCSIN_NODE_OVERWRITE_H
#define TOCSIN_NODE_OVERWRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "io/error.h"
#include "io/sys.h"

enum { OVERWRITE_OUTPUTS_MAX = 8 };

struct overwrite {
    const struct sys *sys;
    size_t n;
    struct {
        const char *path; /* outlives the object */
        bool exists;
        struct sys_file file;
    } out[OVERWRITE_OUTPUTS_MAX];
};

/* 0, or -1 and err: it is another output already, or there are too many. */
int overwrite_output(struct overwrite *o, const char *path, struct error *err);
/* 0, or -1 and err: one of the outputs would overwrite it. */
int overwrite_input(const struct overwrite *o, const char *path, struct error *err);

#endif
