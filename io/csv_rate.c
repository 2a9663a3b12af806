#include "io/csv_rate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/reader.h"

enum {
    IRREGULAR_PERCENT = 5
}; /* time steps off by more than half, above which rows are no regular sampling */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void count_step(struct csv_steps *s, double step_ns)
{
    if (step_ns < 0.5 * s->median_ns || step_ns > 1.5 * s->median_ns) {
        s->irregular++;
        return;
    }
    s->regular++;
    s->sum_ns += step_ns;
    s->widest_ns = fmax(s->widest_ns, fabs(step_ns - s->median_ns));
}

static void find_median(struct csv_steps *s)
{
    double sorted[CSV_STEPS];

    memcpy(sorted, s->first, s->n * sizeof *sorted);
    qsort(sorted, s->n, sizeof *sorted, ascending);
    s->median_ns = sorted[s->n / 2];
    for (size_t i = 0; i < s->n; i++)
        count_step(s, s->first[i]);
}

void csv_steps_add(struct csv_steps *s, int64_t t_ns)
{
    if (s->rows++ == 0) {
        s->first_ns = s->last_ns = t_ns;
        return;
    }
    double step_ns = (double)(t_ns - s->last_ns);
    s->last_ns = t_ns;
    if (s->n == CSV_STEPS) {
        count_step(s, step_ns);
        return;
    }
    s->first[s->n++] = step_ns;
    if (s->n == CSV_STEPS)
        find_median(s);
}

/* The mean of the regular steps, so that rounded times (8, 8, 7, 8 ms) give the true rate; a whole number
 * where the steps do not contradict it. */
int csv_steps_rate(struct csv_steps *s, struct input *in, double *rate_hz, struct error *err)
{
    const char *name = input_name(in);

    if (s->n < CSV_STEPS && s->n > 0)
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
                         "interpolate with --resample HZ, or take the rows as regular with --rate HZ",
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
