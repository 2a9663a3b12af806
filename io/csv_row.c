#include "io/csv_row.h"

#include <math.h>
#include <string.h>

#include "io/utc.h"

/* A number in a time column, s. With the years of io/utc.h no difference and no sum of a table leaves int64
 * nanoseconds. */
#define RELATIVE_MAX_S 2.5e9
#define UNIX_MAX_S     4.1e9

bool csv_row_time(struct csv_head *head, char *cell, int64_t *t_ns)
{
    double value;

    if (head->time == CSV_TIME_RELATIVE && !head->has_start && utc_parse(cell, t_ns))
        head->time = CSV_TIME_TEXT; /* a bare "time" column whose cells are dates */
    if (head->time == CSV_TIME_TEXT)
        return utc_parse(cell, t_ns);
    double most_s = head->time == CSV_TIME_UNIX ? UNIX_MAX_S : RELATIVE_MAX_S;
    if (!csv_number(cell, head->separator, &value) || fabs(value * head->time_unit_s) > most_s)
        return false;
    *t_ns = llround(value * head->time_unit_s * 1e9);
    return true;
}

static int wrong_cell(struct input *in, const struct csv_head *h, size_t column, const char *cell,
                      const char *what, struct error *err)
{
    return error_set(err, "%s: line %lld: column '%s': '%.40s' is not %s", input_name(in),
                     (long long)input_line_number(in), h->name[column], cell, what);
}

static int parse_value(struct csv_rows *r, size_t column, double *value, struct error *err)
{
    char *cell = r->cell[column];

    *value = NAN;
    if (csv_missing(cell))
        return 0;
    if (!csv_number(cell, r->head->separator, value))
        return wrong_cell(r->in, r->head, column, cell, "a number", err);
    r->fractions = r->fractions || *value != nearbyint(*value);
    return 0;
}

static int parse_row(struct csv_rows *r, struct csv_row *row, struct error *err)
{
    struct csv_head *h = r->head;

    if (h->time != CSV_TIME_NONE && !csv_row_time(h, r->cell[h->time_column], &row->t_ns))
        return wrong_cell(r->in, h, h->time_column, r->cell[h->time_column],
                          h->time == CSV_TIME_TEXT ? "a time such as 2024-01-24T10:51:28.005Z" : "a time",
                          err);
    for (size_t i = 0; i < h->axes; i++)
        if (parse_value(r, h->axis[i].column, &row->value[i], err) < 0)
            return -1;
    return 0;
}

/* Cuts a line into r->cell: 1, 0 where it is no row, -1 with err. `torn`: the file ended within it, as it
 * does where a recorder was switched off. */
static int cut_line(struct csv_rows *r, char *line, bool torn, struct error *err)
{
    const struct csv_head *h = r->head;

    if (*line == '#' || line[strspn(line, " \t")] == 0)
        return 0;
    r->at = 0;
    r->cells = csv_row(h, line, r->cell);
    if (r->cells == h->columns || (h->all && r->cells <= CSV_COLUMNS_MAX))
        return 1;
    if (h->bare && torn && r->cells < h->columns)
        return 0;
    return error_set(err,
                     h->bare ? "%s: line %lld: %zu cells, but %zu in the first row"
                             : "%s: line %lld: %zu cells under %zu column names",
                     input_name(r->in), (long long)input_line_number(r->in), r->cells, h->columns);
}

void csv_rows_begin(struct csv_rows *r, struct input *in, struct csv_head *head)
{
    *r = (struct csv_rows){.in = in, .head = head};
}

int csv_rows_next(struct csv_rows *r, struct csv_row *row, struct error *err)
{
    char *line;
    int got;

    while (!r->head->all || r->at == r->cells) {
        int64_t from = input_offset(r->in);
        if ((got = input_line(r->in, &line, err)) <= 0 || input_cut(r->in))
            return got < 0 ? -1 : 0;
        bool torn = input_offset(r->in) - from == (int64_t)strlen(line);
        if ((got = cut_line(r, line, torn, err)) < 0)
            return -1;
        if (got > 0 && !r->head->all)
            return parse_row(r, row, err) < 0 ? -1 : 1;
    }
    return parse_value(r, r->at++, &row->value[0], err) < 0 ? -1 : 1;
}
