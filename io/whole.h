/* whole.h - a text file in memory, up to a size. */
#ifndef TOCSIN_IO_WHOLE_H
#define TOCSIN_IO_WHOLE_H

#include <stddef.h>

#include "io/error.h"
#include "io/sys.h"

/* The file's n bytes and a NUL behind them, for sys_free; or NULL with err: it cannot be opened or read, is
 * larger than `max` bytes, holds a NUL byte, or memory is refused. Takes up to three times the file's size for
 * a moment. */
char *whole_text(const struct sys *sys, const char *path, size_t max, size_t *n, struct error *err);

#endif
