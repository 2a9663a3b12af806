#include "io/csv_table.h"

#include <stdio.h>
#include <string.h>

#include "io/csv_rate.h"
#include "io/csv_resample.h"
#include "io/csv_row.h"

enum {
    PIECE = 4096,
    GAP_MAX_S = 86400, /* a longer jump without UTC is taken for a fault */
};

struct cursor {
    struct input *in;
    struct csv_head head;
    struct csv_rows rows;
    bool resampled;
    struct csv_resample resample;
    double rate_hz, step_ns;
    bool timed;        /* the time column is followed */
    bool utc;          /* pieces carry a time */
    int64_t offset_ns; /* UTC less the time column's */
    bool begun, ended;
    int64_t anchor_ns, since; /* the time column's value at the last jump, samples handed out since */
    int64_t last_ns;
    bool pending;
    struct csv_row row; /* read, not yet handed out */
    int64_t missing;    /* samples that should have come before it */
    int64_t lost;       /* in front of the piece being gathered */
    size_t n, emit;
    int64_t piece_ns;
    double value[CSV_AXES_MAX][PIECE];
};

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

/* `whole`: every number in the table is. */
static void describe(const struct csv_head *h, const char *path, double rate_hz, bool whole,
                     struct channels *out)
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
        /* Whole numbers in a bare table are taken for counts. */
        c->lsb = h->has_scale || (h->bare && whole) ? fabs(c->scale) : 0;
        c->samples = -1;
        c->p_s = h->p_s;
        c->s_s = h->s_s;
    }
}

static int find_rate(struct input *in, const struct trace_conf *conf, const struct csv_head *h,
                     struct csv_steps *s, double *rate_hz, struct error *err)
{
    if (conf->rate_hz > 0)
        *rate_hz = conf->rate_hz;
    else if (h->rate_hz > 0)
        *rate_hz = h->rate_hz;
    else if (h->time == CSV_TIME_NONE)
        return error_set(err,
                         h->bare ? "%s: line %lld: no rate: say --rate 100, or --time-column N"
                                 : "%s: line %lld: no rate: no time column and no '# rate_hz: 100' above the "
                                   "columns; say --rate 100",
                         input_name(in), (long long)input_line_number(in));
    else
        return csv_steps_rate(s, in, rate_hz, err);
    return 0;
}

/* Of the first sample, at t_ns of the time column and after_ns behind the first row. */
static void set_start(const struct csv_head *h, int64_t t_ns, int64_t after_ns, int64_t samples,
                      struct channels *out)
{
    for (size_t i = 0; i < out->n; i++) {
        out->at[i].has_time = says_utc(h);
        out->at[i].t0_ns = h->has_start ? h->start_ns + after_ns : says_utc(h) ? t_ns : 0;
        out->at[i].samples = samples;
    }
}

/* The rows as they are. */
static int scan_rows(struct input *in, const struct trace_conf *conf, struct csv_head *h, struct csv_steps *s,
                     struct channels *out, struct error *err)
{
    struct csv_rows rows;
    struct csv_row row = {0};
    double rate_hz = 0;
    int got;

    csv_rows_begin(&rows, in, h);
    while ((got = csv_rows_next(&rows, &row, err)) > 0)
        csv_steps_add(s, row.t_ns);
    if (got < 0)
        return -1;
    if (s->rows == 0)
        return error_set(err, "%s: line %lld: no rows under the column names", input_name(in),
                         (long long)input_line_number(in));
    if (find_rate(in, conf, h, s, &rate_hz, err) < 0)
        return -1;
    describe(h, input_name(in), rate_hz, !rows.fractions, out);
    set_start(h, s->first_ns, 0, input_cut(in) ? -1 : s->rows, out);
    return 0;
}

/* The rows as samples at --resample's rate. */
static int scan_resampled(struct input *in, const struct trace_conf *conf, struct csv_head *h,
                          struct channels *out, struct error *err)
{
    struct csv_resample resample;
    struct csv_rows rows;
    int64_t samples;

    if (h->time == CSV_TIME_NONE)
        return error_set(err, "%s: line %lld: --resample needs a time column", input_name(in),
                         (long long)input_line_number(in));
    csv_rows_begin(&rows, in, h);
    csv_resample_begin(&resample, conf->resample_hz);
    if (csv_resample_count(&resample, &rows, &samples, err) < 0)
        return -1;
    if (samples == 0)
        return error_set(err, "%s: line %lld: fewer than two complete rows: nothing to interpolate",
                         input_name(in), (long long)input_line_number(in));
    describe(h, input_name(in), conf->resample_hz, !rows.fractions, out);
    set_start(h, resample.first_ns, resample.first_ns - resample.origin_ns, input_cut(in) ? -1 : samples,
              out);
    return 0;
}

int csv_table_scan(struct input *in, const struct trace_conf *conf, struct csv_head *h, struct channels *out,
                   struct error *err)
{
    if (conf->resample_hz > 0)
        return scan_resampled(in, conf, h, out, err);
    struct csv_steps *s = sys_alloc(input_sys(in), sizeof *s);
    if (!s)
        return error_set(err, "%s: out of memory", input_name(in));
    int result = scan_rows(in, conf, h, s, out, err);
    sys_free(input_sys(in), s);
    return result;
}

int csv_table_open(void **cursor, struct input *in, const struct trace_conf *conf, const struct csv_head *h,
                   const struct channels *all, struct error *err)
{
    struct cursor *c = sys_alloc(input_sys(in), sizeof *c);

    *cursor = c;
    if (!c)
        return error_set(err, "%s: out of memory", input_name(in));
    c->in = in;
    c->head = *h;
    csv_rows_begin(&c->rows, in, &c->head);
    c->rate_hz = all->at[0].rate_hz;
    c->step_ns = 1e9 / c->rate_hz;
    c->utc = all->at[0].has_time;
    c->resampled = conf->resample_hz > 0;
    if (c->resampled)
        csv_resample_begin(&c->resample, conf->resample_hz);
    c->timed = h->time != CSV_TIME_NONE && !(conf->rate_hz > 0);
    c->emit = h->axes;
    return 0;
}

void csv_table_close(void *cursor)
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
        int got = csv_rows_next(&c->rows, &c->row, err);
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
        c->value[i][c->n] = value[i];
    c->n++;
    c->since++;
}

/* A gap costs nothing, however long it is. */
static void skip(struct cursor *c, int64_t missing)
{
    c->lost = missing;
    c->since += missing;
}

/* The row that waits, into the piece; false: it begins the next one, as something is missing before it. */
static bool put_pending(struct cursor *c)
{
    if (c->missing > 0) {
        if (c->n > 0)
            return false;
        skip(c, c->missing);
        c->missing = 0;
    }
    put(c, c->row.value);
    c->pending = false;
    return true;
}

/* Gathers interpolated samples, whose times are even. */
static int fill_resampled(struct cursor *c, struct error *err)
{
    int64_t missing;

    c->n = 0;
    c->lost = 0;
    while (c->n < PIECE && !c->ended) {
        if (!c->pending) {
            int got = csv_resample_next(&c->resample, &c->rows, c->row.value, &missing, err);
            if (got < 0)
                return -1;
            c->ended = got == 0;
            c->pending = got > 0;
            c->missing = missing;
        }
        if (!c->begun) {
            c->begun = true;
            c->anchor_ns = c->resample.first_ns;
            c->offset_ns = c->head.has_start ? c->head.start_ns - c->resample.origin_ns : 0;
        }
        if (c->ended)
            break;
        if (!put_pending(c))
            return 0;
    }
    return 0;
}

/* Gathers rows up to PIECE or a jump. */
static int fill(struct cursor *c, struct error *err)
{
    c->n = 0;
    c->lost = 0;
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
        if (!put_pending(c))
            return 0;
    }
    return 0;
}

int csv_table_next(void *cursor, struct piece *out, struct error *err)
{
    struct cursor *c = cursor;

    if (c->emit == c->head.axes) {
        if ((c->resampled ? fill_resampled(c, err) : fill(c, err)) < 0)
            return -1;
        if (c->n == 0)
            return 0;
        c->emit = 0;
    }
    *out = (struct piece){.channel = c->emit,
                          .has_time = c->utc,
                          .t_ns = c->utc ? c->piece_ns : 0,
                          .lost = c->lost,
                          .n = c->n,
                          .value = c->value[c->emit]};
    c->emit++;
    return 1;
}
