/* gnuplot.h - a script becomes a picture: `.svg` or `.png`, by gnuplot as a child process. */
#ifndef TOCSIN_NODE_GNUPLOT_H
#define TOCSIN_NODE_GNUPLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "io/error.h"

/* Does the name end in .svg or .png? *svg: in .svg. */
bool gnuplot_knows(const char *path, bool *svg);

/* Runs `script`, which was written from its start; the picture goes to `fd`. 0, or -1 and err: gnuplot is
 * missing or failed. `path` names the picture in messages. */
int gnuplot_run(FILE *script, int fd, const char *path, struct error *err);

#endif
