/* stream.h - a C stream for writing whose bytes go through io/sys.h, for what prints with fprintf. */
#ifndef TOCSIN_IO_STREAM_H
#define TOCSIN_IO_STREAM_H

#include <stdio.h>

#include "io/error.h"
#include "io/sys.h"

/* Creates or truncates `path`: the stream for stream_close, or NULL with err. `sys` outlives it. */
FILE *stream_create(const struct sys *sys, const char *path, struct error *err);
/* Writes what is left and closes. 0, or -1 and err: some write to it or the close had failed, now or before. */
int stream_close(FILE *stream, const char *path, struct error *err);

#endif
