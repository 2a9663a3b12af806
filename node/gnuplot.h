/* gnuplot.h - a script becomes a picture: `.svg` or `.png`, by gnuplot as a child process. */
#ifndef TOCSIN_NODE_GNUPLOT_H
#define TOCSIN_NODE_GNUPLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "io/error.h"
#include "io/sys.h"

/* Does the name end in .svg or .png? *svg: in .svg. */
bool gnuplot_knows(const char *path, bool *svg);

/* Runs `script`, which was written from its start; the picture goes to `fd`, all of it or none. 0, or -1 and
 * err: gnuplot is missing or failed, the picture has no end (gnuplot says nothing of a full disk), it cannot
 * be written. `path`, by whose ending gnuplot_knows it, names the picture in messages. */
int gnuplot_run(FILE *script, const struct sys *sys, int fd, const char *path, struct error *err);

#endif
