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

/* The last bytes of a whole picture. */
static bool has_end(FILE *picture, bool svg)
{
    static const char png_end[] = "IEND\xae\x42\x60\x82";
    enum { TAIL = 64 };
    char tail[TAIL];
    size_t n = 0;

    if (fseek(picture, 0, SEEK_END) != 0)
        return false;
    long size = ftell(picture);
    if (fseek(picture, size > TAIL ? size - TAIL : 0, SEEK_SET) == 0)
        n = fread(tail, 1, TAIL, picture);
    return svg ? memmem(tail, n, "</svg>", 6) != NULL : n >= 8 && memcmp(tail + n - 8, png_end, 8) == 0;
}

static int copy(FILE *picture, const struct sys *sys, int fd, const char *path, struct error *err)
{
    char part[16384];
    size_t n;

    rewind(picture);
    while ((n = fread(part, 1, sizeof part, picture)) > 0)
        if (sys_write_all(sys, fd, part, n) < 0)
            return error_set(err, "%s: cannot write: %s", path, strerror(errno));
    return ferror(picture) ? error_set(err, "%s: cannot read the drawn picture: %s", path, strerror(errno))
                           : 0;
}

/* Script and picture are files, so neither side waits for the other. */
static int draw(FILE *script, FILE *picture, const char *path, struct error *err)
{
    static const char *const gnuplot[] = {"gnuplot", "--default-settings", "-", NULL};
    struct process child = {.argv = gnuplot, .in = fileno(script), .out = fileno(picture)};
    char said[PROCESS_SAID];
    bool svg;

    rewind(script); /* also moves the descriptor that the child inherits */
    switch (process_run(&child, said)) {
    case PROCESS_DONE:
        gnuplot_knows(path, &svg);
        return has_end(picture, svg)
                   ? 0
                   : error_set(err,
                               "%s: gnuplot's picture has no end: is the disk of temporary files full?%s%s",
                               path, *said ? " It says: " : "", said);
    case PROCESS_MISSING:
        return error_set(err, "%s: cannot draw: gnuplot is not installed (Debian: gnuplot-nox)", path);
    case PROCESS_NO_START:
        return error_set(err, "%s: cannot start gnuplot: %s", path, strerror(errno));
    case PROCESS_FAILED:
        break;
    }
    return error_set(err, "%s: gnuplot failed: %s", path, said);
}

int gnuplot_run(FILE *script, const struct sys *sys, int fd, const char *path, struct error *err)
{
    FILE *picture = tmpfile();
    int result;

    if (!picture)
        return error_set(err, "%s: no temporary file: %s", path, strerror(errno));
    result = draw(script, picture, path, err);
    if (result == 0)
        result = copy(picture, sys, fd, path, err);
    fclose(picture);
    return result;
}
