#include "io/rows.h"

#include <string.h>

enum { PIECE = 4096 };

struct rows {
    struct input *in;
    struct rows_layout layout;
    int64_t done; /* rows in earlier pieces */
    size_t n, emit;
    bool ended;
    double value[ROWS_COLUMNS_MAX][PIECE];
};

/* Cuts a line at its blanks. 0, or -1 and err unless there are as many numbers as columns. */
static int parse_blanks(struct input *in, const char *line, size_t columns, double *value, struct error *err)
{
    for (size_t i = 0;; i++) {
        line += strspn(line, " \t\r");
        size_t n = strcspn(line, " \t\r");
        if (n == 0 && i == columns)
            return 0;
        if (n == 0 || i == columns)
            return error_set(err, "%s: line %lld: %s %zu numbers in a row of %zu", input_name(in),
                             (long long)input_line_number(in), n ? "more than" : "only", i, columns);
        if (!fortran_number(line, n, &value[i]))
            return error_set(err, "%s: line %lld: '%.*s' is not a number", input_name(in),
                             (long long)input_line_number(in), (int)(n < 40 ? n : 40), line);
        line += n;
    }
}

static int parse(struct rows *r, const char *line, double *value, struct error *err)
{
    const struct rows_layout *l = &r->layout;

    if (r->done + (int64_t)r->n == l->promised)
        return error_set(err, "%s: line %lld: more than the %lld samples promised", input_name(r->in),
                         (long long)input_line_number(r->in), (long long)l->promised);
    if (l->format.width > 0)
        return fortran_line(r->in, line, &l->format, l->columns, value, err);
    return parse_blanks(r->in, line, l->columns, value, err);
}

/* A row's own time must be the one that its place gives: else rows are missing, or twice there. */
static int check_elapsed(struct rows *r, double elapsed_s, struct error *err)
{
    double due_s = (double)(r->done + (int64_t)r->n) / r->layout.elapsed_rate_hz;

    if (fabs(elapsed_s - due_s) <= 0.5 / r->layout.elapsed_rate_hz)
        return 0;
    return error_set(err, "%s: line %lld: a row for %g s where the one for %g s is due", input_name(r->in),
                     (long long)input_line_number(r->in), elapsed_s, due_s);
}

/* The next row: 1, 0 at the end (a pipe that is only scanned ends anywhere), -1 and err. */
static int read_row(struct rows *r, struct error *err)
{
    size_t first = r->layout.elapsed_rate_hz > 0;
    double value[ROWS_COLUMNS_MAX] = {0};
    char *line;
    int got;

    while ((got = input_line(r->in, &line, err)) > 0 && !input_cut(r->in)) {
        if (line[strspn(line, " \t\r")] == 0)
            continue;
        if (parse(r, line, value, err) < 0 || (first && check_elapsed(r, value[0], err) < 0))
            return -1;
        for (size_t i = first; i < r->layout.columns; i++)
            r->value[i - first][r->n] = value[i];
        r->n++;
        return 1;
    }
    if (got < 0)
        return -1;
    r->ended = true;
    if (!input_cut(r->in) && r->done + (int64_t)r->n < r->layout.promised)
        return error_set(err, "%s: line %lld: %lld samples promised, %lld there: the file is cut off",
                         input_name(r->in), (long long)input_line_number(r->in),
                         (long long)r->layout.promised, (long long)(r->done + (int64_t)r->n));
    return 0;
}

/* A piece of rows, in place of the last one; none at the end. */
static int fill(struct rows *r, struct error *err)
{
    r->done += (int64_t)r->n;
    r->n = 0;
    while (r->n < PIECE && !r->ended)
        if (read_row(r, err) < 0)
            return -1;
    return 0;
}

int rows_open(void **cursor, struct input *in, const struct rows_layout *layout, struct error *err)
{
    struct rows *r = sys_alloc(input_sys(in), sizeof *r);

    *cursor = r;
    if (!r)
        return error_set(err, "%s: out of memory", input_name(in));
    r->in = in;
    r->layout = *layout;
    return 0;
}

int rows_open_as(void **cursor, struct input *in,
                 int (*layout)(struct input *in, struct rows_layout *out, struct error *err),
                 const struct trace_conf *conf, const struct channels *all, const bool *want,
                 struct error *err)
{
    struct rows_layout is;

    (void)conf, (void)all, (void)want;
    *cursor = NULL;
    return layout(in, &is, err) < 0 ? -1 : rows_open(cursor, in, &is, err);
}

void rows_close(void *cursor)
{
    struct rows *r = cursor;

    if (r)
        sys_free(input_sys(r->in), r);
}

int rows_next(void *cursor, struct piece *out, struct error *err)
{
    struct rows *r = cursor;

    if (r->emit == 0 && fill(r, err) < 0)
        return -1;
    if (r->n == 0)
        return 0;
    *out = (struct piece){.channel = r->emit, .n = r->n, .value = r->value[r->emit]};
    r->emit = (r->emit + 1) % (r->layout.columns - (r->layout.elapsed_rate_hz > 0));
    return 1;
}

int rows_check(struct input *in, const struct rows_layout *layout, struct error *err)
{
    void *cursor;
    int result = 0;

    if (rows_open(&cursor, in, layout, err) < 0)
        return -1;
    struct rows *r = cursor;
    while (result == 0 && !r->ended)
        result = fill(r, err);
    rows_close(cursor);
    return result;
}
