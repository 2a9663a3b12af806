#include "io/columns.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/csv_head.h"
#include "io/csv_row.h"
#include "io/csv_table.h"
#include "io/reader.h"

enum {
    HEADING_LINES_MAX = 100, /* in front of the first row of numbers */
    ROW_BYTES_MAX = 4096,    /* of the first row */
};

static const struct time_unit {
    const char *name;
    enum csv_time time;
    double size_s;
} time_units[] = {
    {"s", CSV_TIME_RELATIVE, 1},     {"ms", CSV_TIME_RELATIVE, 1e-3}, {"us", CSV_TIME_RELATIVE, 1e-6},
    {"ns", CSV_TIME_RELATIVE, 1e-9}, {"unix", CSV_TIME_UNIX, 1},      {"unix-ms", CSV_TIME_UNIX, 1e-3},
};

static const struct time_unit *find_time_unit(const char *name)
{
    for (size_t i = 0; i < sizeof time_units / sizeof *time_units; i++)
        if (strcmp(time_units[i].name, name ? name : "s") == 0)
            return &time_units[i];
    return NULL;
}

/* One of the three: a column from 0, or -1 for '-'. False where it is neither. */
static bool parse_column(const char *text, size_t n, long *column)
{
    char *end;

    *column = -1;
    if (n == 1 && *text == '-')
        return true;
    if (n == 0 || !isdigit((unsigned char)*text))
        return false;
    *column = strtol(text, &end, 10) - 1;
    return end == text + n && *column >= 0 && *column < CSV_COLUMNS_MAX;
}

/* "3,4,5": NULL, or what is wrong. */
static const char *parse_columns(const char *text, struct csv_head *h)
{
    static const char axes[AXES] = {'Z', 'N', 'E'};

    h->axes = 0;
    h->all = false;
    for (int a = 0; a < AXES; a++) {
        size_t n = strcspn(text, ",");
        long column;
        bool all = n == 3 && strncmp(text, "all", 3) == 0;
        if (all)
            column = 0;
        else if (!parse_column(text, n, &column))
            return "give columns for Z,N,E, from 1 to 64: 3,4,5 or 3; '-' for none, or 'all' once";
        if (column >= 0) {
            for (size_t i = 0; i < h->axes; i++)
                if (all || h->all || h->axis[i].column == (size_t)column)
                    return "a column is there twice";
            h->all = all;
            h->axis[h->axes++] = (struct csv_axis){.column = (size_t)column, .axis = axes[a], .sign = 1};
        }
        text += n;
        if (!*text && (a == 0 || a == AXES - 1))
            return h->axes > 0 ? NULL : "no column at all";
        text += *text == ',';
    }
    return "more than three columns";
}

int columns_check(const struct trace_conf *conf, struct error *err)
{
    bool wanted = conf->format ? strcmp(conf->format, reader_columns.name) == 0 : conf->columns != NULL;
    struct csv_head h;

    if (conf->resample_hz > 0 && conf->rate_hz > 0)
        return error_set(err, "--resample and --rate: one of them");
    if (!wanted &&
        (conf->columns || conf->time_column || conf->time_unit || conf->skip_lines || conf->has_t0))
        return error_set(err,
                         "--columns, --time-column, --time-unit, --skip and --t0 describe a table without "
                         "names: --format columns, and --columns, go with them");
    if (!wanted)
        return 0;
    if (!conf->columns)
        return error_set(err, "--format columns: say which, for Z,N,E: --columns 3,4,5");
    const char *wrong = parse_columns(conf->columns, &h);
    if (wrong)
        return error_set(err, "--columns %s: %s", conf->columns, wrong);
    if (conf->time_column < 0 || conf->time_column > CSV_COLUMNS_MAX)
        return error_set(err, "--time-column %ld: give 1 to %d", conf->time_column, CSV_COLUMNS_MAX);
    if (conf->time_column > 0 && h.all)
        return error_set(err, "--time-column: there is none where all columns are samples");
    for (size_t i = 0; i < h.axes; i++)
        if ((long)h.axis[i].column + 1 == conf->time_column)
            return error_set(err, "--time-column %ld: --columns has it too", conf->time_column);
    const struct time_unit *unit = find_time_unit(conf->time_unit);
    if (!unit)
        return error_set(err, "--time-unit %s: give s, ms, us, ns, unix or unix-ms", conf->time_unit);
    if (conf->time_unit && conf->time_column == 0)
        return error_set(err, "--time-unit %s: of which --time-column?", conf->time_unit);
    if (conf->has_t0 && unit->time == CSV_TIME_UNIX)
        return error_set(err, "--t0 and --time-unit %s both give the time: leave one out", conf->time_unit);
    if (conf->resample_hz > 0 && conf->time_column == 0)
        return error_set(err, "--resample: needs a --time-column");
    return 0;
}

/* Is this line a row: numbers or nothing in our columns, and a time where one should be, else at least one
 * number? Sets the separator, the number of cells and, from a date, the kind of time. */
static bool is_row(struct csv_head *h, char *line)
{
    char *cell[CSV_COLUMNS_MAX];
    size_t numbers = 0;
    double value;
    int64_t ns;

    h->separator = csv_separator(line);
    h->columns = CSV_COLUMNS_MAX; /* any number of them */
    size_t cells = csv_split(line, h->separator, cell);
    if (cells > CSV_COLUMNS_MAX)
        return false;
    h->columns = cells;
    for (size_t i = 0; i < h->axes; i++) {
        size_t column = h->axis[i].column;
        if (column >= cells ||
            (!csv_missing(cell[column]) && !csv_number(cell[column], h->separator, &value)))
            return false;
        numbers += !csv_missing(cell[column]);
    }
    if (h->time == CSV_TIME_NONE)
        return numbers > 0;
    return h->time_column < cells && csv_row_time(h, cell[h->time_column], &ns);
}

/* A copy of the next line, which stays to be read: 1, 0 at the end of the file, -1 with err. A longer one is
 * cut at `size`. */
static int look_at_line(struct input *in, char *copy, size_t size, struct error *err)
{
    const unsigned char *next;
    ptrdiff_t have = input_peek(in, &next, size - 1, err);

    if (have <= 0)
        return (int)have;
    size_t n = (size_t)have < size - 1 ? (size_t)have : size - 1;
    const unsigned char *newline = memchr(next, '\n', n);
    n = newline ? (size_t)(newline - next) : n;
    memcpy(copy, next, n);
    n -= n > 0 && copy[n - 1] == '\r';
    copy[n] = 0;
    return 1;
}

static int skip_lines(struct input *in, long lines, struct error *err)
{
    char *line;

    for (long i = 0; i < lines; i++) {
        int got = input_line(in, &line, err);
        if (got < 0)
            return -1;
        if (got == 0)
            return error_set(err, "%s: line %lld: the file ends within the %ld lines to skip", input_name(in),
                             (long long)input_line_number(in), lines);
    }
    return 0;
}

/* Up to the first row, which stays to be read. With --skip it must be the next line. */
static int find_row(struct input *in, const struct trace_conf *conf, struct csv_head *h, struct error *err)
{
    char copy[ROW_BYTES_MAX], *line;
    int got;

    for (int i = 0; (got = look_at_line(in, copy, sizeof copy, err)) > 0; i++) {
        bool nothing = copy[0] == '#' || copy[strspn(copy, " \t")] == 0;
        if (!nothing && is_row(h, copy))
            return 0;
        if (!nothing && (conf->skip_lines > 0 || i == HEADING_LINES_MAX))
            return error_set(err, "%s: line %lld: not a row with numbers in the columns %s%s", input_name(in),
                             (long long)input_line_number(in) + 1, conf->columns,
                             conf->time_column > 0 ? " and a time" : "");
        if ((got = input_line(in, &line, err)) <= 0)
            break;
    }
    if (got < 0)
        return -1;
    return error_set(err, "%s: line %lld: the file ends before a row with numbers in the columns %s",
                     input_name(in), (long long)input_line_number(in), conf->columns);
}

static int read_head(struct input *in, const struct trace_conf *conf, struct csv_head *h, struct error *err)
{
    const struct time_unit *unit = find_time_unit(conf->time_unit);

    memset(h, 0, sizeof *h);
    if (columns_check(conf, err) < 0)
        return -1;
    parse_columns(conf->columns, h);
    h->bare = true;
    h->scale = h->unit_size = 1;
    h->p_s = h->s_s = NAN;
    h->has_start = conf->has_t0;
    h->start_ns = conf->t0_ns;
    if (conf->time_column > 0) {
        h->time = unit->time;
        h->time_unit_s = unit->size_s;
        h->time_column = (size_t)conf->time_column - 1;
    }
    for (size_t i = 0; i < CSV_COLUMNS_MAX; i++)
        snprintf(h->name[i], sizeof h->name[i], "%zu", i + 1);
    return skip_lines(in, conf->skip_lines, err) < 0 ? -1 : find_row(in, conf, h, err);
}

static bool columns_probe(const unsigned char *head, size_t n)
{
    (void)head;
    (void)n;
    return false; /* numbers alone could be anything: only when told */
}

static int columns_scan(struct input *in, const struct trace_conf *conf, struct channels *out,
                        struct error *err)
{
    struct csv_head h;

    return read_head(in, conf, &h, err) < 0 ? -1 : csv_table_scan(in, conf, &h, out, err);
}

static int columns_open(void **cursor, struct input *in, const struct trace_conf *conf,
                        const struct channels *all, const bool *want, struct error *err)
{
    struct csv_head h;

    (void)want;
    *cursor = NULL;
    return read_head(in, conf, &h, err) < 0 ? -1 : csv_table_open(cursor, in, conf, &h, all, err);
}

const struct reader reader_columns = {
    .name = "columns",
    .what = "text table without names; --columns says which column is Z, N, E",
    .probe = columns_probe,
    .scan = columns_scan,
    .open = columns_open,
    .next = csv_table_next,
    .close = csv_table_close,
};
