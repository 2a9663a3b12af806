#include "node/gnuplot.h"

#include <errno.h>
#include <string.h>

#include "io/process.h"

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n > m && !strcmp(text + n - m, end);
}

bool gnuplot_knows(const char *path, bool *svg)
{
    *svg = ends_with(path, ".svg");
    return *svg || ends_with(path, ".png");
}

/* The script is a file, so neither side waits for the other. */
int gnuplot_run(FILE *script, int fd, const char *path, struct error *err)
{
    static const char *const gnuplot[] = {"gnuplot", "--default-settings", "-", NULL};
    struct process child = {.argv = gnuplot, .in = fileno(script), .out = fd};
    char said[PROCESS_SAID];

    rewind(script); /* also moves the descriptor that the child inherits */
    switch (process_run(&child, said)) {
    case PROCESS_DONE:
        return 0;
    case PROCESS_MISSING:
        return error_set(err, "%s: cannot draw: gnuplot is not installed (Debian: gnuplot-nox)", path);
    case PROCESS_NO_START:
        return error_set(err, "%s: cannot start gnuplot: %s", path, strerror(errno));
    case PROCESS_FAILED:
        break;
    }
    return error_set(err, "%s: gnuplot failed: %s", path, said);
}
