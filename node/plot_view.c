/* Which part of a record a plot shows. */
#include <math.h>

#include "node/plot_data.h"

#define VIEW_BEFORE_S 60.0 /* the farthest P and S waves of a local event are so far apart */
#define VIEW_AFTER_S  20.0
#define VIEW_MARGIN_S 5.0

/* The end of the column in which the largest value stands; NaN: there is none. */
static double time_of_peak(const struct series *s)
{
    float largest = -INFINITY;
    double at = NAN;

    for (size_t i = 0; i < s->n; i++) {
        if (s->high[i] > largest) {
            largest = s->high[i];
            at = (double)(i + 1) * s->width_s;
        }
    }
    return at;
}

/* The first event of the list between two times; NaN: none. */
static double first_between(const struct plot_events *e, double from_s, double to_s)
{
    double first = NAN;

    for (size_t i = 0; i < e->n; i++)
        if (e->at[i].time_s >= from_s && e->at[i].time_s <= to_s)
            first = fmin(first, e->at[i].time_s); /* fmin prefers a number to a NaN */
    return first;
}

/* The pick that the first level followed, as it was known at last; else the first pick in view. */
static double view_pick(const struct plot *p, const struct plot_view *v)
{
    double level_s = first_between(&p->level, v->from_s, v->to_s), pick_s = NAN;

    for (size_t i = 0; i < p->pick.n; i++) {
        double t = p->pick.at[i].time_s;

        if (t < v->from_s || t > v->to_s || t > level_s)
            continue;
        if (isnan(pick_s) || !isnan(level_s) || (p->pick.at[i].refined && fabs(t - pick_s) < 2.0))
            pick_s = t;
    }
    return isnan(pick_s) ? first_between(&p->pick, v->from_s, v->to_s) : pick_s;
}

struct plot_view plot_view_make(const struct plot *p)
{
    struct plot_view v = {.from_s = 0.0, .to_s = p->end_s > 0.0 ? p->end_s : 1.0, .pick_s = NAN};
    double first, peak_s = time_of_peak(&p->observed);

    if (p->pick.n == 0 && p->level.n == 0)
        return v;
    if (isnan(peak_s) || p->level.n == 0) /* no scale, or weak: the first pick is what there is to see */
        peak_s = first_between(&p->pick, 0.0, v.to_s);
    if (isnan(peak_s))
        return v;
    first = fmin(first_between(&p->pick, peak_s - VIEW_BEFORE_S, peak_s),
                 first_between(&p->level, peak_s - VIEW_BEFORE_S, peak_s));
    v.from_s = fmax(0.0, (isnan(first) ? peak_s : first) - VIEW_MARGIN_S);
    v.to_s = fmin(v.to_s, peak_s + VIEW_AFTER_S);
    if (v.to_s < v.from_s + 1.0)
        v.to_s = v.from_s + 1.0;
    v.pick_s = view_pick(p, &v);
    return v;
}
