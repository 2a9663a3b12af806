#include "io/rate.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { STRAYED = 3 }; /* own choice: one second may have been late as a whole, and the next is then short */

void rate_init(struct rate *r, double rate_hz)
{
    memset(r, 0, sizeof *r);
    r->period_ns = 1e9 / rate_hz;
}

static double late_ns(const struct rate *r, struct rate_point p)
{
    return (double)(p.time_ns - r->best.time_ns) - (double)(p.index - r->best.index) * r->period_ns;
}

/* The second from the point before to this one, against the line so far. */
static bool strays(const struct rate *r)
{
    const struct rate_point *before = &r->point[(r->points - 1) % RATE_POINTS];
    double step_ns = (double)(r->best.time_ns - before->time_ns);
    double expected_ns = (double)(r->best.index - before->index) * r->period_ns;

    return fabs(step_ns - expected_ns) > RATE_STRAY * expected_ns;
}

static void end_cell(struct rate *r)
{
    double hz = rate_hz(r);

    r->strayed = hz > 0 && strays(r) ? r->strayed + 1 : 0;
    if (r->strayed >= STRAYED) {
        r->points = 0;
        r->strayed = 0;
    }
    r->point[r->points++ % RATE_POINTS] = r->best;
    r->in_cell = 0;
    hz = rate_hz(r);
    if (hz > 0)
        r->period_ns = 1e9 / hz;
}

void rate_add(struct rate *r, int64_t index, int64_t time_ns)
{
    struct rate_point p = {index, time_ns};

    if (r->in_cell > 0 && (double)(time_ns - r->cell_ns) >= RATE_CELL_S * 1e9)
        end_cell(r);
    if (r->in_cell++ == 0) {
        r->cell_ns = time_ns;
        r->best = p;
    } else if (late_ns(r, p) < 0) {
        r->best = p;
    }
}

double rate_hz(const struct rate *r)
{
    uint32_t n = r->points < RATE_POINTS ? r->points : RATE_POINTS, last = (r->points - 1) % RATE_POINTS;

    if (n < 2)
        return 0;
    /* About the newest point, so that the sums keep their digits after months. */
    const struct rate_point origin = r->point[last];
    double si = 0, st = 0, sii = 0, sit = 0, span_ns = 0;
    for (uint32_t k = 0; k < n; k++) {
        double i = (double)(origin.index - r->point[k].index),
               t = (double)(origin.time_ns - r->point[k].time_ns);
        si += i;
        st += t;
        sii += i * i;
        sit += i * t;
        if (t > span_ns)
            span_ns = t;
    }
    double spread = n * sii - si * si, slope = n * sit - si * st;
    if (span_ns < RATE_SPAN_S * 1e9 || !(spread > 0) || !(slope > 0))
        return 0;
    return 1e9 * spread / slope;
}
