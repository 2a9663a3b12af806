/* catalogue.h - a list of recorded traces and of what is known about each: catalogue.csv.
 *
 * CSV as RFC 4180 has it, a line of column names first; columns are found by name, unknown ones are skipped
 * (docs/formats.md, section Catalogue). `loader_args`, a JSON object, says what a user would have to say on
 * the command line of a replay; it becomes a struct trace_conf. Nothing in the file is trusted. A file that
 * is no such table is refused with its line; a row that makes no sense is kept, with its problem in words, so
 * that nothing is dropped in silence. Read once; then constant, for any thread. */
#ifndef TOCSIN_IO_CATALOGUE_H
#define TOCSIN_IO_CATALOGUE_H

#include "io/error.h"
#include "io/sys.h"
#include "io/trace.h"
#include "io/unpack.h"

enum {
    CATALOGUE_BYTES_MAX = 16 * 1024 * 1024,
    CATALOGUE_COLUMNS_MAX = 128,
    CATALOGUE_ROWS_MAX = 100000,
    CATALOGUE_PATHS_MAX = 64,
    CATALOGUE_ID_MAX = 120
};

struct catalogue_row {
    size_t line;           /* of the file, where the row begins */
    const char *id, *kind; /* never empty; "quake", "teleseism", "noise", other kinds are activity */
    const char *network, *format, *p_how;
    const char *problem; /* NULL, or why this row cannot be used: everything below may be missing then */

    double rate_hz, samples; /* NAN: not said */
    double p_s, s_s;         /* after the first sample; NAN: none */
    bool by_hand;            /* P is an analyst's ("manual ...", "header ...") */
    double magnitude, distance_km;
    bool has_origin, has_start;
    int64_t origin_ns, start_ns; /* UTC of the earthquake, of the first sample */

    size_t paths;
    const char *path[CATALOGUE_PATHS_MAX]; /* with the catalogue's folder in front */
    size_t members;                        /* not 0: path[0] is an archive, these are its files to read */
    const char *member[UNPACK_MEMBERS];
    struct trace_conf conf;
};

struct catalogue;

/* `path` is the file where it ends in ".csv", else the folder with catalogue.csv. 0 and *out for
 * catalogue_close, or -1 and err. */
int catalogue_open(struct catalogue **out, const struct sys *sys, const char *path, struct error *err);
void catalogue_close(struct catalogue *c);             /* NULL is fine */
const char *catalogue_path(const struct catalogue *c); /* of its file */
size_t catalogue_rows(const struct catalogue *c);
const struct catalogue_row *catalogue_row(const struct catalogue *c, size_t i);

#endif
