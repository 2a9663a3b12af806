#include "io/catalogue.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/loader_args.h"
#include "io/utc.h"
#include "io/whole.h"

struct entry {
    struct catalogue_row row;
    struct loader_args args;
    char *paths; /* what row.path points into; NULL: nothing */
    struct error problem;
};

enum column {
    ID,
    KIND,
    PATHS,
    NETWORK,
    FORMAT,
    P_HOW,
    UNIT,
    LOADER_ARGS,
    FS_HZ,
    N_SAMPLES,
    P_ONSET_S,
    S_ONSET_S,
    MAGNITUDE,
    EPI_DIST_KM,
    ORIGIN_UTC,
    START_UTC,
    COLUMNS
};

static const char *const column_names[COLUMNS] = {
    "id",          "kind",     "paths",     "network",   "format",    "p_how",     "unit_after_load",
    "loader_args", "fs_hz",    "n_samples", "p_onset_s", "s_onset_s", "magnitude", "epi_dist_km",
    "origin_utc",  "start_utc"};
enum { NEEDED = PATHS + 1 };

struct catalogue {
    const struct sys *sys;
    const char *name; /* the file's, for messages */
    char *folder;     /* with its '/' */
    char *text;       /* the file, cut into cells in place */
    size_t rows, room;
    struct entry **row;
    int at[COLUMNS]; /* which cell; -1: not in this file */
};

/* A walk through the text. */
struct walk {
    char *next;
    size_t line; /* of `next` */
    size_t cells, row_line;
    char *cell[CATALOGUE_COLUMNS_MAX];
};

static char *take_quoted(struct catalogue *c, struct walk *w, struct error *err)
{
    char *to = w->next++, *from = w->next;
    size_t begun = w->line;

    w->cell[w->cells - 1] = to;
    for (;; from++) {
        if (!*from) {
            error_set(err, "%s: line %zu: a quote is not closed", c->name, begun);
            return NULL;
        }
        w->line += *from == '\n';
        if (*from == '"' && from[1] != '"')
            break;
        from += *from == '"';
        *to++ = *from;
    }
    from++;
    if (*from && *from != ',' && *from != '\n' && *from != '\r') {
        error_set(err, "%s: line %zu: text behind a closing quote", c->name, w->line);
        return NULL;
    }
    w->next = from;
    return to;
}

/* The cells of the next row: 1, 0 at the end, -1 with err. */
static int next_row(struct catalogue *c, struct walk *w, struct error *err)
{
    while (*w->next == '\n' || *w->next == '\r')
        w->line += *w->next++ == '\n';
    w->cells = 0;
    w->row_line = w->line;
    if (!*w->next)
        return 0;
    for (;;) {
        char *end, separator;
        if (w->cells == CATALOGUE_COLUMNS_MAX)
            return error_set(err, "%s: line %zu: more than %d cells", c->name, w->line,
                             CATALOGUE_COLUMNS_MAX);
        w->cell[w->cells++] = w->next;
        if (*w->next == '"') {
            end = take_quoted(c, w, err);
            if (!end)
                return -1;
        } else {
            w->next += strcspn(w->next, ",\r\n");
            end = w->next;
        }
        separator = *w->next;
        if (separator)
            w->next++;
        if (separator == '\r' && *w->next == '\n')
            w->next++;
        *end = 0;
        if (separator != ',') {
            w->line += separator != 0;
            return 1;
        }
    }
}

static int read_names(struct catalogue *c, struct walk *w, struct error *err)
{
    int got = next_row(c, w, err);

    if (got <= 0)
        return got < 0 ? -1 : error_set(err, "%s: line 1: the file is empty", c->name);
    for (int k = 0; k < COLUMNS; k++) {
        c->at[k] = -1;
        for (size_t i = 0; i < w->cells; i++) {
            if (strcmp(w->cell[i], column_names[k]) != 0)
                continue;
            if (c->at[k] >= 0)
                return error_set(err, "%s: line %zu: column '%s' twice", c->name, w->row_line,
                                 column_names[k]);
            c->at[k] = (int)i;
        }
        if (k < NEEDED && c->at[k] < 0)
            return error_set(err, "%s: line %zu: no column '%s': not a catalogue", c->name, w->row_line,
                             column_names[k]);
    }
    return 0;
}

static const char *cell(const struct catalogue *c, const struct walk *w, enum column k)
{
    return c->at[k] < 0 ? "" : w->cell[c->at[k]];
}

/* A finite number, or NAN where the cell is empty; false: neither. */
static bool number(const char *text, double *out)
{
    char *end;

    *out = NAN;
    if (!*text)
        return true;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value))
        return false;
    *out = value;
    return true;
}

static bool read_numbers(const struct catalogue *c, const struct walk *w, struct entry *e)
{
    struct catalogue_row *row = &e->row;
    const struct {
        enum column k;
        double *to, low, high;
    } all[] = {
        {FS_HZ, &row->rate_hz, 1e-3, 1e6},    {N_SAMPLES, &row->samples, 1, 1e12},
        {P_ONSET_S, &row->p_s, -1e4, 1e9},    {S_ONSET_S, &row->s_s, -1e4, 1e9},
        {MAGNITUDE, &row->magnitude, -5, 12}, {EPI_DIST_KM, &row->distance_km, 0, 40100},
    };
    const struct {
        enum column k;
        bool *has;
        int64_t *to;
    } times[] = {{ORIGIN_UTC, &row->has_origin, &row->origin_ns},
                 {START_UTC, &row->has_start, &row->start_ns}};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const char *text = cell(c, w, all[i].k);
        if (!number(text, all[i].to) || *all[i].to < all[i].low || *all[i].to > all[i].high) {
            error_set(&e->problem, "%s '%.40s': not a number from %g to %g", column_names[all[i].k], text,
                      all[i].low, all[i].high);
            return false;
        }
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        const char *text = cell(c, w, times[i].k);
        *times[i].has = *text != 0;
        if (*text && !utc_parse(text, times[i].to)) {
            error_set(&e->problem, "%s '%.40s': not a time such as 2024-01-24T10:51:28.005Z",
                      column_names[times[i].k], text);
            return false;
        }
    }
    return true;
}

/* "a.sac;b.sac" with the folder in front of each that is no absolute path. -1: no memory. */
static int read_paths(const struct catalogue *c, const char *text, struct entry *e)
{
    size_t folder = strlen(c->folder), n = 1;

    for (const char *p = text; *p; p++)
        n += *p == ';';
    if (!*text || n > CATALOGUE_PATHS_MAX) {
        error_set(&e->problem, "paths: %s", *text ? "too many of them" : "none");
        return 0;
    }
    e->paths = sys_alloc(c->sys, strlen(text) + n * (folder + 1) + 1);
    if (!e->paths)
        return -1;
    char *to = e->paths;
    for (const char *p = text;; p++) {
        size_t length = strcspn(p, ";");
        if (length == 0) {
            error_set(&e->problem, "paths: an empty one");
            return 0;
        }
        e->row.path[e->row.paths++] = to;
        if (*p != '/') {
            memcpy(to, c->folder, folder);
            to += folder;
        }
        memcpy(to, p, length);
        to += length;
        *to++ = 0;
        p += length;
        if (!*p)
            return 0;
    }
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* They are printed as they are: a terminal must not be driven by them. */
static bool printable(const char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            return false;
    return true;
}

static int fill(struct catalogue *c, const struct walk *w, struct entry *e, struct error *err)
{
    struct catalogue_row *row = &e->row;

    row->line = w->row_line;
    if (!*cell(c, w, ID) || !*cell(c, w, KIND))
        return error_set(err, "%s: line %zu: id or kind is empty", c->name, row->line);
    row->id = cell(c, w, ID);
    row->kind = cell(c, w, KIND);
    if (strlen(row->id) > CATALOGUE_ID_MAX || strlen(row->kind) > 40)
        return error_set(err, "%s: line %zu: id or kind is too long", c->name, row->line);
    if (!printable(row->id) || !printable(row->kind))
        return error_set(err, "%s: line %zu: id or kind holds something else than printable ASCII", c->name,
                         row->line);
    row->network = cell(c, w, NETWORK);
    row->format = cell(c, w, FORMAT);
    row->p_how = cell(c, w, P_HOW);
    row->by_hand = begins(row->p_how, "manual") || begins(row->p_how, "header");
    if (!read_numbers(c, w, e))
        return 0;
    if (!loader_args_read(&e->args, row, cell(c, w, LOADER_ARGS), cell(c, w, UNIT), &e->problem))
        return 0;
    if (read_paths(c, cell(c, w, PATHS), e) < 0)
        return error_set(err, "%s: out of memory", c->name);
    return 0;
}

static void entry_close(const struct sys *sys, struct entry *e)
{
    if (!e)
        return;
    loader_args_done(&e->args);
    sys_free(sys, e->paths);
    sys_free(sys, e);
}

static int grow(struct catalogue *c, struct error *err)
{
    size_t room = c->room ? 2 * c->room : 64;

    if (c->rows == CATALOGUE_ROWS_MAX)
        return error_set(err, "%s: more than %d records", c->name, CATALOGUE_ROWS_MAX);
    if (c->rows < c->room)
        return 0;
    struct entry **row = sys_alloc(c->sys, room * sizeof *row);
    if (!row)
        return error_set(err, "%s: out of memory", c->name);
    if (c->rows)
        memcpy(row, c->row, c->rows * sizeof *row);
    sys_free(c->sys, c->row);
    c->row = row;
    c->room = room;
    return 0;
}

static int read_rows(struct catalogue *c, struct walk *w, struct error *err)
{
    size_t columns = w->cells;
    int got;

    while ((got = next_row(c, w, err)) > 0) {
        if (w->cells != columns)
            return error_set(err, "%s: line %zu: %zu cells, %zu columns", c->name, w->row_line, w->cells,
                             columns);
        if (grow(c, err) < 0)
            return -1;
        struct entry *e = sys_alloc(c->sys, sizeof *e);
        if (!e)
            return error_set(err, "%s: out of memory", c->name);
        c->row[c->rows++] = e;
        if (fill(c, w, e, err) < 0)
            return -1;
        e->row.problem = e->problem.text[0] ? e->problem.text : NULL;
    }
    return got;
}

static int by_id(const void *a, const void *b)
{
    return strcmp((*(struct entry *const *)a)->row.id, (*(struct entry *const *)b)->row.id);
}

static int check_ids(struct catalogue *c, struct error *err)
{
    struct entry **sorted;
    int result = 0;

    if (c->rows == 0)
        return error_set(err, "%s: no records", c->name);
    sorted = sys_alloc(c->sys, c->rows * sizeof *sorted);
    if (!sorted)
        return error_set(err, "%s: out of memory", c->name);
    memcpy(sorted, c->row, c->rows * sizeof *sorted);
    qsort(sorted, c->rows, sizeof *sorted, by_id);
    for (size_t i = 1; result == 0 && i < c->rows; i++)
        if (by_id(&sorted[i - 1], &sorted[i]) == 0)
            result = error_set(err, "%s: line %zu: id '%s' is that of another record", c->name,
                               sorted[i]->row.line, sorted[i]->row.id);
    sys_free(c->sys, sorted);
    return result;
}

static int name_it(struct catalogue *c, const char *path, struct error *err)
{
    size_t n = strlen(path);
    bool is_file = n > 4 && strcmp(path + n - 4, ".csv") == 0;
    const char *slash = strrchr(path, '/');
    size_t folder = !is_file ? n : slash ? (size_t)(slash - path) + 1 : 0;

    c->folder = sys_alloc(c->sys, folder + 2);
    char *name = sys_alloc(c->sys, n + 20);
    c->name = name;
    if (!c->folder || !name)
        return error_set(err, "%s: out of memory", path);
    memcpy(c->folder, path, folder);
    if (!is_file && (n == 0 || path[n - 1] != '/'))
        c->folder[folder++] = '/';
    snprintf(name, n + 20, "%s%s", is_file ? path : c->folder, is_file ? "" : "catalogue.csv");
    return 0;
}

int catalogue_open(struct catalogue **out, const struct sys *sys, const char *path, struct error *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct walk w = {.line = 1};
    size_t size;

    *out = NULL;
    struct catalogue *c = sys_alloc(sys, sizeof *c);
    if (!c)
        return error_set(err, "%s: out of memory", path);
    c->sys = sys;
    if (name_it(c, path, err) < 0 || !(c->text = whole_text(sys, c->name, CATALOGUE_BYTES_MAX, &size, err)))
        goto fail;
    w.next = c->text + (begins(c->text, mark) ? 3 : 0);
    if (read_names(c, &w, err) < 0 || read_rows(c, &w, err) < 0 || check_ids(c, err) < 0)
        goto fail;
    *out = c;
    return 0;
fail:
    catalogue_close(c);
    return -1;
}

void catalogue_close(struct catalogue *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->rows; i++)
        entry_close(c->sys, c->row[i]);
    sys_free(c->sys, c->row);
    sys_free(c->sys, c->text);
    sys_free(c->sys, c->folder);
    sys_free(c->sys, (void *)(uintptr_t)c->name);
    sys_free(c->sys, c);
}

const char *catalogue_path(const struct catalogue *c)
{
    return c->name;
}

size_t catalogue_rows(const struct catalogue *c)
{
    return c->rows;
}

const struct catalogue_row *catalogue_row(const struct catalogue *c, size_t i)
{
    return &c->row[i]->row;
}
