#include "io/csv_resample.h"

#include <math.h>

enum { GAP_MAX_S = 86400 }; /* a longer jump is taken for a fault */

#define HOLE_S 1.0

void csv_resample_begin(struct csv_resample *s, double rate_hz)
{
    *s = (struct csv_resample){.step_ns = 1e9 / rate_hz};
}

static bool is_complete(const struct csv_row *row, size_t axes)
{
    for (size_t i = 0; i < axes; i++)
        if (!isfinite(row->value[i]))
            return false;
    return true;
}

/* The next complete row that is later than the last into s->after, which moves to s->before: 1, 0 at the end,
 * -1 with err. */
static int advance(struct csv_resample *s, struct csv_rows *rows, struct error *err)
{
    const char *name = input_name(rows->in);
    struct csv_row row;
    int got;

    while ((got = csv_rows_next(rows, &row, err)) > 0) {
        long long line = (long long)input_line_number(rows->in);
        if (!s->begun) {
            s->begun = true;
            s->origin_ns = s->first_ns = s->after.t_ns = row.t_ns;
            s->next = -1; /* no complete row yet */
        }
        double later_s = (double)(row.t_ns - s->after.t_ns) * 1e-9;
        if (later_s < 0)
            return error_set(err, "%s: line %lld: the time runs backwards, by %g s", name, line, -later_s);
        if (later_s > GAP_MAX_S)
            return error_set(err, "%s: line %lld: the time jumps by %g s", name, line, later_s);
        if (!is_complete(&row, rows->head->axes) || (later_s == 0 && s->next >= 0))
            continue;
        if (s->next < 0) {
            s->next = 0;
            s->first_ns = row.t_ns;
            s->before = row;
        } else {
            s->before = s->after;
        }
        s->after = row;
        return 1;
    }
    return got;
}

static double since_first(const struct csv_resample *s, const struct csv_row *row)
{
    return (double)(row->t_ns - s->first_ns);
}

static bool is_hole(const struct csv_resample *s, double due_ns, double length_ns)
{
    return length_ns > fmax(HOLE_S * 1e9, 2 * s->step_ns) && due_ns > since_first(s, &s->before);
}

int csv_resample_next(struct csv_resample *s, struct csv_rows *rows, double *value, int64_t *missing,
                      struct error *err)
{
    *missing = 0;
    for (;;) {
        double due_ns = (double)s->next * s->step_ns;
        if (!s->begun || due_ns >= since_first(s, &s->after)) {
            int got = advance(s, rows, err);
            if (got <= 0)
                return got;
            continue;
        }
        double from_ns = since_first(s, &s->before), length_ns = since_first(s, &s->after) - from_ns;
        if (is_hole(s, due_ns, length_ns)) {
            int64_t behind = (int64_t)ceil(since_first(s, &s->after) / s->step_ns);
            behind = behind > s->next ? behind : s->next + 1;
            *missing += behind - s->next;
            s->next = behind;
            continue;
        }
        double part = (due_ns - from_ns) / length_ns;
        for (size_t i = 0; i < rows->head->axes; i++)
            value[i] = s->before.value[i] + part * (s->after.value[i] - s->before.value[i]);
        s->next++;
        return 1;
    }
}

int csv_resample_count(struct csv_resample *s, struct csv_rows *rows, int64_t *samples, struct error *err)
{
    int got;

    while ((got = advance(s, rows, err)) > 0)
        ;
    *samples = s->begun && s->next >= 0 ? (int64_t)ceil(since_first(s, &s->after) / s->step_ns) : 0;
    return got;
}
