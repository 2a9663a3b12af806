/* catalogue.h - the list of recorded traces that the record tests check against, and what they compare.
 *
 * RECORDS (environment, default ../shared/data) is a folder with catalogue.csv: a line of column names, then
 * a record a line, quoted as RFC 4180 says. Only the columns named below are read. The records are not part
 * of this repository; without them the tests say so loudly and skip. Header only; include after cmocka's. */
#ifndef TOCSIN_TESTS_CATALOGUE_H
#define TOCSIN_TESTS_CATALOGUE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/trace.h"

enum { CATALOGUE_RECORDS = 162 }; /* of a whole catalogue */
enum { CATALOGUE_ROWS = 1024, CATALOGUE_COLUMNS = 64, CATALOGUE_PATHS = 64, CATALOGUE_CELL = 8192 };

struct catalogue_row {
    char id[64], kind[16], format[32];
    char unit[16];                    /* "m/s2", "m/s" or "count" */
    char paths[2048];                 /* relative to the folder, separated by ';' */
    char loader_args[512];            /* JSON; what a user would have to say */
    char start_utc[32];               /* of the first sample; empty: no absolute time */
    double fs_hz, pga[AXES], pga_max; /* NAN where the catalogue leaves it out; Z N E */
    double p_onset_s, s_onset_s;
    long long n_samples;
};

struct catalogue {
    char folder[1024];
    bool there;       /* there is such a file */
    size_t n, broken; /* rows; lines with another number of cells than there are columns */
    struct catalogue_row row[CATALOGUE_ROWS];
};

/* One record of a CSV file, cells NUL-terminated one after another in `text`: the number of cells, 0 at the
 * end. */
static inline size_t catalogue_cells(FILE *file, char *text, size_t room, const char *cell[CATALOGUE_COLUMNS])
{
    size_t n = 0, at = 0;
    bool quoted = false, any = false;
    int c;

    cell[0] = text;
    while ((c = fgetc(file)) != EOF) {
        any = true;
        if (quoted && c == '"') {
            int next = fgetc(file);
            if (next == '"') {
                if (at + 2 < room)
                    text[at++] = '"';
                continue;
            }
            quoted = false;
            c = next;
            if (c == EOF)
                break;
        } else if (!quoted && c == '"') {
            quoted = true;
            continue;
        }
        if (!quoted && (c == ',' || c == '\n')) {
            text[at++] = 0;
            if (++n == CATALOGUE_COLUMNS || at + 2 >= room || c == '\n')
                return n;
            cell[n] = text + at;
        } else if (c != '\r' && at + 2 < room) {
            text[at++] = (char)c;
        }
    }
    if (!any)
        return 0;
    text[at] = 0;
    return n + 1;
}

static inline double catalogue_real(const char *cell)
{
    char *end;
    double value = strtod(cell, &end);

    return end == cell ? NAN : value;
}

static inline void catalogue_set(struct catalogue_row *row, const char *column, const char *cell)
{
    const struct {
        const char *name;
        char *to;
        size_t size;
    } texts[] = {
        {"id", row->id, sizeof row->id},
        {"kind", row->kind, sizeof row->kind},
        {"format", row->format, sizeof row->format},
        {"paths", row->paths, sizeof row->paths},
        {"unit_after_load", row->unit, sizeof row->unit},
        {"loader_args", row->loader_args, sizeof row->loader_args},
        {"start_utc", row->start_utc, sizeof row->start_utc},
    };
    const struct {
        const char *name;
        double *to;
    } reals[] = {
        {"fs_hz", &row->fs_hz},         {"pga_z", &row->pga[AXIS_Z]}, {"pga_n", &row->pga[AXIS_N]},
        {"pga_e", &row->pga[AXIS_E]},   {"pga_max", &row->pga_max},   {"p_onset_s", &row->p_onset_s},
        {"s_onset_s", &row->s_onset_s},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].name, column) == 0)
            snprintf(texts[i].to, texts[i].size, "%s", cell);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        if (strcmp(reals[i].name, column) == 0)
            *reals[i].to = catalogue_real(cell);
    if (strcmp(column, "n_samples") == 0)
        row->n_samples = atoll(cell);
}

/* Reads the catalogue: the number of its rows, 0 where there is none. `all` is large: static or from the
 * heap. */
static inline size_t catalogue_load(struct catalogue *all)
{
    static char names[CATALOGUE_CELL], text[2 * CATALOGUE_CELL];
    const char *column[CATALOGUE_COLUMNS], *cell[CATALOGUE_COLUMNS], *folder = getenv("RECORDS");
    char path[1100];

    all->n = all->broken = 0;
    snprintf(all->folder, sizeof all->folder, "%s", folder && *folder ? folder : "../shared/data");
    snprintf(path, sizeof path, "%s/catalogue.csv", all->folder);
    FILE *file = fopen(path, "r");
    all->there = file != NULL;
    if (!file)
        return 0;
    size_t columns = catalogue_cells(file, names, sizeof names, column), cells;
    while (all->n < CATALOGUE_ROWS && (cells = catalogue_cells(file, text, sizeof text, cell)) > 0) {
        struct catalogue_row *row = &all->row[all->n];
        if (cells != columns) {
            all->broken++;
            continue;
        }
        memset(row, 0, sizeof *row);
        row->pga_max = row->p_onset_s = row->s_onset_s = NAN;
        for (int a = 0; a < AXES; a++)
            row->pga[a] = NAN; /* also where the column itself is missing */
        for (size_t i = 0; i < cells; i++)
            catalogue_set(row, column[i], cell[i]);
        all->n++;
    }
    fclose(file);
    return all->n;
}

/* What one test makes of the catalogue. */
struct catalogue_count {
    const struct catalogue *all;
    size_t found, expected; /* records of its formats */
};

/* A test: a catalogue that has lost records would pass all others, and prove less. */
static inline void catalogue_is_whole(void **state)
{
    const struct catalogue_count *c = *state;

    if (c->all->broken > 0)
        fail_msg("%zu lines of %s/catalogue.csv are cut", c->all->broken, c->all->folder);
    if (c->all->n < CATALOGUE_RECORDS || c->found < c->expected)
        fail_msg("%zu of %d records in %s/catalogue.csv, %zu of %zu of these formats", c->all->n,
                 CATALOGUE_RECORDS, c->all->folder, c->found, c->expected);
}

/* The only test where there is none of them. */
static inline void catalogue_is_absent(void **state)
{
    const struct catalogue_count *c = *state;

    fprintf(stderr, "SKIPPED %zu: no records at %s\n", c->expected, c->all->folder);
    skip();
}

/* A row's format begins with this word: "K-NET" for "K-NET ASCII". */
static inline bool catalogue_is(const struct catalogue_row *row, const char *format)
{
    size_t n = strlen(format);

    return strncmp(row->format, format, n) == 0 && (row->format[n] == 0 || row->format[n] == ' ');
}

/* The row's paths below `folder`, in `text`: how many, or 0 where one of them cannot be read. */
static inline size_t catalogue_paths(const char *folder, const char *paths, char *text, size_t room,
                                     const char *path[CATALOGUE_PATHS])
{
    size_t n = 0, at = 0;

    for (const char *p = paths; *p && n < CATALOGUE_PATHS;) {
        size_t length = strcspn(p, ";");
        path[n++] = text + at;
        at += (size_t)snprintf(text + at, room - at, "%s/%.*s", folder, (int)length, p) + 1;
        if (at >= room || access(path[n - 1], R_OK) != 0)
            return 0;
        p += length + (p[length] == ';');
    }
    return n;
}

/* The text behind "key": in loader_args; NULL where there is none. */
static inline const char *catalogue_arg(const struct catalogue_row *row, const char *key)
{
    char pattern[64];

    snprintf(pattern, sizeof pattern, "\"%s\": ", key);
    const char *found = strstr(row->loader_args, pattern);
    return found ? found + strlen(pattern) : NULL;
}

/* A record, read whole. Missing samples hold the last value, as the catalogue's own loader does it. */
struct catalogue_data {
    struct trace_info info;
    long long n;
    double *value[AXES]; /* NULL: not measured */
};

static inline void catalogue_data_free(struct catalogue_data *data)
{
    for (int a = 0; a < AXES; a++) {
        free(data->value[a]);
        data->value[a] = NULL;
    }
}

/* Reads one record of the trace: 0, or -1 with err. */
static inline int catalogue_read(struct trace *trace, size_t record, struct catalogue_data *data,
                                 struct error *err)
{
    static struct block block;
    long long room = 0;
    enum source_status status;

    memset(data, 0, sizeof *data);
    data->info = *trace_record(trace, record);
    if (trace_start(trace, record, err) < 0)
        return -1;
    while ((status = trace_read(trace, &block, BLOCK_MAX, err)) == SOURCE_BLOCK) {
        long long n = data->n + (long long)block.lost + (long long)block.n;
        if (n > 100000000)
            return error_set(err, "%s: a record of %lld samples", data->info.id, n);
        if (n > room)
            room = 2 * n;
        for (int a = 0; a < AXES; a++) {
            if (!(block.axis_mask & 1u << a))
                continue;
            double *value = realloc(data->value[a], (size_t)room * sizeof *value);
            if (!value)
                abort();
            data->value[a] = value;
            double last = data->n > 0 ? value[data->n - 1] : block.value[0][a];
            for (uint64_t i = 0; i < block.lost; i++)
                value[data->n + (long long)i] = last;
            for (size_t i = 0; i < block.n; i++)
                value[data->n + (long long)block.lost + (long long)i] = block.value[i][a];
        }
        data->n = n;
    }
    return status == SOURCE_END ? 0 : -1;
}

/* Opens the files of a row, which hold one instrument, and reads all of it; trace_close and catalogue_data_free
 * are the caller's. Skips the test where there are no files, fails it with the reason for anything else. */
static inline struct trace *catalogue_open(const struct catalogue *all, const struct catalogue_row *row,
                                           const char *const *path, size_t n, const struct trace_conf *conf,
                                           struct catalogue_data *data)
{
    struct trace *trace = NULL;
    struct error err;

    if (n == 0) {
        fprintf(stderr, "SKIPPED 1: no records at %s/%s\n", all->folder, row->paths);
        skip();
    }
    if (trace_open(&trace, &sys_real, path, n, conf, &err) < 0)
        fail_msg("%s: %s", row->id, err.text);
    if (trace_records(trace) != 1)
        fail_msg("%s: %zu instruments, not one", row->id, trace_records(trace));
    if (catalogue_read(trace, 0, data, &err) < 0)
        fail_msg("%s: %s", row->id, err.text);
    return trace;
}

/* max |a - mean of the first 4 s|; velocity is differentiated first, as numpy.gradient does it. */
static inline double catalogue_pga(const struct catalogue_data *data, int axis)
{
    const double *v = data->value[axis];
    long long n = data->n, head = (long long)(4 * data->info.rate_hz);
    double mean = 0, peak = 0;

    if (!v || n < 2)
        return NAN;
    head = head > n ? n : head < 1 ? 1 : head;
    double *a = malloc((size_t)n * sizeof *a);
    if (!a)
        abort();
    for (long long i = 0; i < n; i++) {
        long long before = i > 0 ? i - 1 : 0, behind = i + 1 < n ? i + 1 : n - 1;
        a[i] = data->info.unit == UNIT_MPS
                   ? (v[behind] - v[before]) / (double)(behind - before) * data->info.rate_hz
                   : v[i];
    }
    for (long long i = 0; i < head; i++)
        mean += a[i] / (double)head;
    for (long long i = 0; i < n; i++)
        peak = fmax(peak, fabs(a[i] - mean));
    free(a);
    return peak;
}

/* Compares a record with its row: sample count, rate within 1e-3 Hz, PGA within 0.1 %, before rotation. Fails
 * the test with what is off. Where the catalogue gives no PGA by component, its largest is that of the
 * components that its own loader kept, which may be one of three: then it must be found in one of ours. */
static inline void catalogue_check(const struct catalogue_row *row, const struct catalogue_data *data)
{
    double largest = 0, nearest = 0;
    bool by_component = false;

    if (data->n != row->n_samples)
        fail_msg("%s: %lld samples, %lld in the catalogue", row->id, data->n, row->n_samples);
    if (fabs(data->info.rate_hz - row->fs_hz) > 1e-3)
        fail_msg("%s: %.6f Hz, %.6f in the catalogue", row->id, data->info.rate_hz, row->fs_hz);
    for (int a = 0; a < AXES; a++) {
        double peak = catalogue_pga(data, a);
        if (!isnan(row->pga[a]) && !(fabs(peak / row->pga[a] - 1) <= 1e-3))
            fail_msg("%s: PGA %c %.6g, %.6g in the catalogue", row->id, "ZNE"[a], peak, row -> pga[a]);
        by_component = by_component || !isnan(row->pga[a]);
        if (isnan(peak))
            continue;
        largest = fmax(largest, peak);
        if (fabs(peak - row->pga_max) < fabs(nearest - row->pga_max))
            nearest = peak;
    }
    double found = by_component ? largest : nearest;
    if (!isnan(row->pga_max) && !(fabs(found / row->pga_max - 1) <= 1e-3))
        fail_msg("%s: PGA %.6g, %.6g in the catalogue", row->id, found, row->pga_max);
}

#endif
