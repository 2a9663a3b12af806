/* csv.c - traces as text tables; docs/formats.md, section CSV.
 *
 * One cursor serves all columns. Rows are regular: what the time column adds is the rate, where the header
 * does not say it, and gaps. With UTC a jump begins a piece with a new time; without it, the missing samples
 * are handed out as NaN, so that a relative time keeps its meaning. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/csv_head.h"
#include "io/reader.h"
#include "io/trace.h"
#include "io/utc.h"

enum {
    PIECE = 4096,
    STEPS = 1024,          /* the first time steps, whose median tells a step from a gap */
    GAP_MAX_S = 86400,     /* a longer jump without UTC is taken for a fault */
    IRREGULAR_PERCENT = 5, /* time steps off by more than half, above which rows are no regular sampling */
};

/* A number in a time column, s. With the years of io/utc.h no difference and no sum below leaves int64
 * nanoseconds. */
#define RELATIVE_MAX_S 2.5e9
#define UNIX_MAX_S     4.1e9

struct row {
    int64_t t_ns; /* where there is a time column */
    double value[CSV_AXES_MAX];
};

/* What the time column of the rows so far says about the rate. */
struct steps {
    int64_t rows;
    int64_t first_ns, last_ns;
    size_t n; /* of first[], until the median is known */
    double first[STEPS];
    double median_ns;
    int64_t regular, irregular;
    double sum_ns, widest_ns; /* of the regular steps; their largest deviation from the median */
};

struct cursor {
    struct input *in;
    struct csv_head head;
    double rate_hz, step_ns;
    bool timed;        /* the time column is followed */
    bool utc;          /* pieces carry a time */
    int64_t offset_ns; /* UTC less the time column's */
    bool begun, ended;
    int64_t anchor_ns, since; /* the time column's value at the last jump, samples handed out since */
    int64_t last_ns;
    bool pending;
    struct row row;  /* read, not yet handed out */
    int64_t missing; /* samples to hand out as NaN before it */
    size_t n, emit;
    int64_t piece_ns;
    double value[CSV_AXES_MAX][PIECE];
};

static int wrong_cell(struct input *in, const struct csv_head *h, size_t column, const char *cell,
                      const char *what, struct error *err)
{
    return error_set(err, "%s: line %lld: column '%s': '%.40s' is not %s", input_name(in),
                     (long long)input_line_number(in), h->name[column], cell, what);
}

static int parse_time(struct input *in, struct csv_head *h, char *cell, int64_t *t_ns, struct error *err)
{
    double value;

    if (h->time == CSV_TIME_RELATIVE && !h->has_start && utc_parse(cell, t_ns))
        h->time = CSV_TIME_TEXT; /* a bare "time" column whose cells are dates */
    if (h->time == CSV_TIME_TEXT)
        return utc_parse(cell, t_ns)
                   ? 0
                   : wrong_cell(in, h, h->time_column, cell, "a time such as 2024-01-24T10:51:28.005Z", err);
    double most_s = h->time == CSV_TIME_UNIX ? UNIX_MAX_S : RELATIVE_MAX_S;
    if (!csv_number(cell, h->separator, &value) || fabs(value * h->time_unit_s) > most_s)
        return wrong_cell(in, h, h->time_column, cell, "a time", err);
    *t_ns = llround(value * h->time_unit_s * 1e9);
    return 0;
}

static bool missing_value(const char *cell)
{
    return !*cell || strcasecmp(cell, "nan") == 0 || strcasecmp(cell, "-nan") == 0 ||
           strcasecmp(cell, "inf") == 0 || strcasecmp(cell, "-inf") == 0;
}

static int parse_row(struct input *in, struct csv_head *h, char *line, struct row *row, struct error *err)
{
    char *cell[CSV_COLUMNS_MAX];
    size_t cells = csv_row(h, line, cell);

    if (cells != h->columns)
        return error_set(err, "%s: line %lld: %zu cells under %zu column names", input_name(in),
                         (long long)input_line_number(in), cells, h->columns);
    if (h->time != CSV_TIME_NONE && parse_time(in, h, cell[h->time_column], &row->t_ns, err) < 0)
        return -1;
    for (size_t i = 0; i < h->axes; i++) {
        char *c = cell[h->axis[i].column];
        row->value[i] = NAN;
        if (!missing_value(c) && !csv_number(c, h->separator, &row->value[i]))
            return wrong_cell(in, h, h->axis[i].column, c, "a number", err);
    }
    return 0;
}

/* The next row: 1, 0 at the end (and where a scanned pipe is cut), -1 with err. */
static int read_row(struct input *in, struct csv_head *h, struct row *row, struct error *err)
{
    char *line;
    int got;

    while ((got = input_line(in, &line, err)) > 0) {
        if (input_cut(in))
            return 0;
        if (*line == '#' || line[strspn(line, " \t")] == 0)
            continue;
        return parse_row(in, h, line, row, err) < 0 ? -1 : 1;
    }
    return got;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void count_step(struct steps *s, double step_ns)
{
    if (step_ns < 0.5 * s->median_ns || step_ns > 1.5 * s->median_ns) {
        s->irregular++;
        return;
    }
    s->regular++;
    s->sum_ns += step_ns;
    s->widest_ns = fmax(s->widest_ns, fabs(step_ns - s->median_ns));
}

static void find_median(struct steps *s)
{
    double sorted[STEPS];

    memcpy(sorted, s->first, s->n * sizeof *sorted);
    qsort(sorted, s->n, sizeof *sorted, ascending);
    s->median_ns = sorted[s->n / 2];
    for (size_t i = 0; i < s->n; i++)
        count_step(s, s->first[i]);
}

static void steps_add(struct steps *s, int64_t t_ns)
{
    if (s->rows++ == 0) {
        s->first_ns = s->last_ns = t_ns;
        return;
    }
    double step_ns = (double)(t_ns - s->last_ns);
    s->last_ns = t_ns;
    if (s->n == STEPS) {
        count_step(s, step_ns);
        return;
    }
    s->first[s->n++] = step_ns;
    if (s->n == STEPS)
        find_median(s);
}

/* The mean of the regular steps, so that rounded times (8, 8, 7, 8 ms) give the true rate; a whole number
 * where the steps do not contradict it. */
static int rate_from_steps(struct input *in, struct steps *s, double *rate_hz, struct error *err)
{
    const char *name = input_name(in);

    if (s->n < STEPS && s->n > 0)
        find_median(s);
    if (s->n == 0)
        return error_set(err,
                         "%s: line %lld: a single row tells no rate: say '# rate_hz: 100' above the columns, "
                         "or --rate 100",
                         name, (long long)input_line_number(in));
    if (!(s->median_ns > 0))
        return error_set(
            err, "%s: line %lld: the time column does not advance: take the rows as regular with --rate HZ",
            name, (long long)input_line_number(in));
    if (s->irregular * 100 > (s->regular + s->irregular) * IRREGULAR_PERCENT)
        return error_set(err,
                         "%s: line %lld: %lld of %lld time steps are off by more than half: not regular; "
                         "resample the table, or "
                         "take the rows as regular with --rate HZ",
                         name, (long long)input_line_number(in), (long long)s->irregular,
                         (long long)(s->regular + s->irregular));
    double rate = 1e9 * (double)s->regular / s->sum_ns, slack = (s->widest_ns + 1) / s->sum_ns;
    if (fabs(rate - nearbyint(rate)) <= rate * slack)
        rate = nearbyint(rate);
    if (rate < READER_RATE_MIN_HZ || rate > READER_RATE_MAX_HZ)
        return error_set(err, "%s: line %lld: the time column gives %g rows a second: outside %g to %g", name,
                         (long long)input_line_number(in), rate, READER_RATE_MIN_HZ, READER_RATE_MAX_HZ);
    *rate_hz = rate;
    return 0;
}

static bool says_utc(const struct csv_head *h)
{
    return h->has_start || h->time == CSV_TIME_TEXT || h->time == CSV_TIME_UNIX;
}

/* The file's name without folders and ending stands for an instrument that has none. */
static void name_group(const struct csv_head *h, const char *path, char group[48])
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t n = strcspn(base, ".");

    if (h->station[0]) {
        snprintf(group, 48, "%s", h->station);
        return;
    }
    n = n > 47 ? 47 : n;
    memcpy(group, base, n);
    group[n] = 0;
    for (char *c = group; *c; c++)
        if (*c <= ' ' || *c == 0x7f || strchr(",*?", *c))
            *c = '_';
    if (!*group)
        snprintf(group, 48, "csv");
}

/* "CI.GR2.01.HN" says all but the orientation; a shorter name is a place, and the axis its channel. */
static bool is_channel_stem(const char *group)
{
    size_t dots = 0;

    for (; *group; group++)
        dots += *group == '.';
    return dots == 3;
}

static void describe(const struct csv_head *h, const char *path, double rate_hz, struct channels *out)
{
    char group[48];

    name_group(h, path, group);
    out->n = h->axes;
    out->multiplexed = true;
    for (size_t i = 0; i < h->axes; i++) {
        struct channel *c = &out->at[i];
        memset(c, 0, sizeof *c);
        snprintf(c->group, sizeof c->group, "%s", group);
        snprintf(c->code, sizeof c->code, "%s%s%c", group, is_channel_stem(group) ? "" : ".",
                 h->axis[i].axis);
        c->axis = h->axis[i].axis;
        c->rate_hz = rate_hz;
        c->unit = h->has_unit ? h->unit : UNIT_UNKNOWN;
        c->scale = h->axis[i].sign * h->scale * h->unit_size;
        c->lsb = h->has_scale ? fabs(c->scale) : 0;
        c->samples = -1;
        c->p_s = h->p_s;
        c->s_s = h->s_s;
    }
}

static int find_rate(struct input *in, const struct trace_conf *conf, const struct csv_head *h,
                     struct steps *s, double *rate_hz, struct error *err)
{
    if (conf->rate_hz > 0)
        *rate_hz = conf->rate_hz;
    else if (h->rate_hz > 0)
        *rate_hz = h->rate_hz;
    else if (h->time == CSV_TIME_NONE)
        return error_set(err,
                         "%s: line %lld: no rate: no time column and no '# rate_hz: 100' above the columns; "
                         "say --rate 100",
                         input_name(in), (long long)input_line_number(in));
    else
        return rate_from_steps(in, s, rate_hz, err);
    return 0;
}

static int scan_rows(struct input *in, const struct trace_conf *conf, struct csv_head *h, struct steps *s,
                     struct channels *out, struct error *err)
{
    struct row row = {0};
    double rate_hz = 0;
    int got;

    while ((got = read_row(in, h, &row, err)) > 0)
        steps_add(s, row.t_ns);
    if (got < 0)
        return -1;
    if (s->rows == 0)
        return error_set(err, "%s: line %lld: no rows under the column names", input_name(in),
                         (long long)input_line_number(in));
    if (find_rate(in, conf, h, s, &rate_hz, err) < 0)
        return -1;
    describe(h, input_name(in), rate_hz, out);
    for (size_t i = 0; i < out->n; i++) {
        out->at[i].has_time = says_utc(h);
        out->at[i].t0_ns = h->has_start ? h->start_ns : says_utc(h) ? s->first_ns : 0;
        out->at[i].samples = input_cut(in) ? -1 : s->rows;
    }
    return 0;
}

static int csv_scan(struct input *in, const struct trace_conf *conf, struct channels *out, struct error *err)
{
    struct csv_head h;

    if (csv_head_read(in, &h, err) < 0)
        return -1;
    struct steps *s = sys_alloc(input_sys(in), sizeof *s);
    if (!s)
        return error_set(err, "%s: out of memory", input_name(in));
    int result = scan_rows(in, conf, &h, s, out, err);
    sys_free(input_sys(in), s);
    return result;
}

static int csv_open(void **cursor, struct input *in, const struct trace_conf *conf,
                    const struct channels *all, const bool *want, struct error *err)
{
    struct cursor *c = sys_alloc(input_sys(in), sizeof *c);

    (void)want;
    *cursor = NULL;
    if (!c)
        return error_set(err, "%s: out of memory", input_name(in));
    if (csv_head_read(in, &c->head, err) < 0) {
        sys_free(input_sys(in), c);
        return -1;
    }
    c->in = in;
    c->rate_hz = all->at[0].rate_hz;
    c->step_ns = 1e9 / c->rate_hz;
    c->utc = all->at[0].has_time;
    c->timed = c->head.time != CSV_TIME_NONE && !(conf->rate_hz > 0);
    c->emit = c->head.axes;
    *cursor = c;
    return 0;
}

static void csv_close(void *cursor)
{
    struct cursor *c = cursor;

    if (c)
        sys_free(input_sys(c->in), c);
}

/* Where the pending row belongs: in line (0), behind a gap or a step back that starts a new piece (1),
 * nowhere because its place is taken (2); -1 with err. */
static int place_row(struct cursor *c, struct error *err)
{
    double late_ns = (double)(c->row.t_ns - c->anchor_ns) - (double)c->since * c->step_ns;
    int64_t before_ns = c->last_ns;

    c->last_ns = c->row.t_ns;
    if (fabs(late_ns) <= 0.5 * c->step_ns)
        return 0;
    if (c->utc)
        return 1;
    if (late_ns > GAP_MAX_S * 1e9)
        return error_set(err, "%s: line %lld: the time jumps by %g s", input_name(c->in),
                         (long long)input_line_number(c->in), late_ns / 1e9);
    if (late_ns > 0) {
        c->missing = llround(late_ns / c->step_ns);
        return 0;
    }
    if (c->row.t_ns < before_ns)
        return error_set(err, "%s: line %lld: the time runs backwards, by %g s", input_name(c->in),
                         (long long)input_line_number(c->in), (double)(before_ns - c->row.t_ns) / 1e9);
    return 2;
}

/* Takes the next row: 1, 0 at the end, 2 where it starts a new piece, -1 with err. */
static int take_row(struct cursor *c, struct error *err)
{
    for (;;) {
        int got = read_row(c->in, &c->head, &c->row, err);
        if (got <= 0)
            return got;
        c->pending = true;
        if (!c->begun) {
            c->begun = true;
            c->anchor_ns = c->last_ns = c->row.t_ns;
            if (c->utc && c->head.has_start)
                c->offset_ns = c->head.start_ns - c->row.t_ns;
            return 1;
        }
        if (!c->timed)
            return 1;
        int place = place_row(c, err);
        if (place < 0)
            return -1;
        if (place < 2)
            return place + 1;
    }
}

static void put(struct cursor *c, const double *value)
{
    if (c->n == 0)
        c->piece_ns = c->anchor_ns + c->offset_ns + llround((double)c->since * c->step_ns);
    for (size_t i = 0; i < c->head.axes; i++)
        c->value[i][c->n] = value ? value[i] : NAN;
    c->n++;
    c->since++;
}

/* Gathers rows up to PIECE or a jump. */
static int fill(struct cursor *c, struct error *err)
{
    c->n = 0;
    while (c->n < PIECE && !c->ended) {
        int got = c->pending ? 1 : take_row(c, err);
        if (got < 0)
            return -1;
        if (got == 0) {
            c->ended = true;
            break;
        }
        if (got == 2) {
            c->anchor_ns = c->row.t_ns;
            if (c->n > 0) {
                c->since = 0;
                return 0;
            }
            c->since = 0;
        }
        for (; c->missing > 0 && c->n < PIECE; c->missing--)
            put(c, NULL);
        if (c->n == PIECE)
            break;
        put(c, c->row.value);
        c->pending = false;
    }
    return 0;
}

static int csv_next(void *cursor, struct piece *out, struct error *err)
{
    struct cursor *c = cursor;

    if (c->emit == c->head.axes) {
        if (fill(c, err) < 0)
            return -1;
        if (c->n == 0)
            return 0;
        c->emit = 0;
    }
    *out = (struct piece){.channel = c->emit,
                          .has_time = c->utc,
                          .t_ns = c->utc ? c->piece_ns : 0,
                          .n = c->n,
                          .value = c->value[c->emit]};
    c->emit++;
    return 1;
}

const struct reader reader_csv = {
    .name = "csv",
    .what = "text table with a line of column names (time_s,z,n,e) and '# key: value' lines above it",
    .probe = csv_head_probe,
    .scan = csv_scan,
    .open = csv_open,
    .next = csv_next,
    .close = csv_close,
};
