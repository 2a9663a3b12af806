/* unpack.h - named members of a compressed tar archive, as files in a temporary folder that goes away again.
 *
 * tar does the work, as a child process (io/process.h) that reads the archive from its standard input, so
 * that neither the archive's name nor a member's can be taken for an option or another machine. A member's
 * name that leads out of the folder is refused; one member may fill at most UNPACK_MAX bytes. */
#ifndef TOCSIN_IO_UNPACK_H
#define TOCSIN_IO_UNPACK_H

#include <stddef.h>

#include "io/error.h"
#include "io/sys.h"

enum { UNPACK_MEMBERS = 64, UNPACK_MAX = 256 * 1024 * 1024 };

struct unpack;

/* 0 and *out for unpack_close, or -1 and err (nothing is left behind). The folder is made in $TMPDIR, or
 * /tmp. */
int unpack_open(struct unpack **out, const struct sys *sys, const char *archive, const char *const *member,
                size_t n, struct error *err);
const char *const *unpack_paths(const struct unpack *u); /* n of them, in the order asked for */
void unpack_close(struct unpack *u);                     /* removes the files; NULL is fine */

#endif
