#include "node/bootstrap.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TAIL  0.025 /* of each side */
#define BOUND 0.05  /* one-sided */
#define SEED  1

uint64_t bootstrap_next(struct bootstrap_random *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

size_t bootstrap_below(struct bootstrap_random *r, size_t n)
{
    return (size_t)((bootstrap_next(r) >> 32) * (uint64_t)n >> 32);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double middle(const double *sorted, size_t n)
{
    return n % 2 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

double bootstrap_statistic(enum bootstrap_statistic what, const double *value, const double *weight, size_t n,
                           double *scratch)
{
    double sum = 0, over = 0, centre;

    if (n == 0)
        return NAN;
    if (what == BOOTSTRAP_SHARE || what == BOOTSTRAP_RATE) {
        for (size_t i = 0; i < n; i++) {
            sum += value[i];
            over += weight ? weight[i] : 1;
        }
        return over > 0 ? sum / over : NAN;
    }
    memcpy(scratch, value, n * sizeof *value);
    qsort(scratch, n, sizeof *scratch, ascending);
    if (what == BOOTSTRAP_P90)
        return scratch[9 * n / 10];
    centre = middle(scratch, n);
    if (what == BOOTSTRAP_MEDIAN)
        return centre;
    for (size_t i = 0; i < n; i++)
        scratch[i] = fabs(scratch[i] - centre);
    qsort(scratch, n, sizeof *scratch, ascending);
    return middle(scratch, n);
}

struct item {
    size_t group, index;
};

struct work {
    struct item *order;               /* by group; those of group g are order[begin[g]] .. */
    size_t *begin;                    /* groups + 1 */
    double *value, *weight, *scratch; /* of a draw */
    double *figure;
};

static int by_group(const void *a, const void *b)
{
    const struct item *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static size_t sort_by_group(struct work *w, const size_t *group, size_t n)
{
    size_t groups = 0;

    for (size_t i = 0; i < n; i++)
        w->order[i] = (struct item){group[i], i};
    qsort(w->order, n, sizeof *w->order, by_group);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || w->order[i].group != w->order[i - 1].group)
            w->begin[groups++] = i;
    w->begin[groups] = n;
    return groups;
}

/* All or none, or a rate of nothing: what a resampling cannot see. */
static bool one_sided(struct bootstrap_figure *f, enum bootstrap_statistic what, const double *weight,
                      size_t n)
{
    double bound = pow(BOUND, 1.0 / (double)f->groups), hours = 0;

    if (what == BOOTSTRAP_SHARE && (f->value == 0 || f->value == 1)) {
        f->low = f->value == 1 ? bound : 0;
        f->high = f->value == 1 ? 1 : 1 - bound;
        return true;
    }
    if (what == BOOTSTRAP_RATE && f->value == 0) {
        for (size_t i = 0; i < n; i++)
            hours += weight[i];
        f->low = 0;
        f->high = -log(BOUND) / hours;
        return true;
    }
    return false;
}

static void resample(struct bootstrap_figure *f, struct work *w, enum bootstrap_statistic what,
                     const double *value, const double *weight)
{
    struct bootstrap_random random = {SEED};
    size_t drawn = 0;

    for (int d = 0; d < BOOTSTRAP_DRAWS; d++) {
        size_t m = 0;
        for (size_t g = 0; g < f->groups; g++) {
            size_t pick = bootstrap_below(&random, f->groups);
            for (size_t i = w->begin[pick]; i < w->begin[pick + 1]; i++, m++) {
                w->value[m] = value[w->order[i].index];
                if (weight)
                    w->weight[m] = weight[w->order[i].index];
            }
        }
        double one = bootstrap_statistic(what, w->value, weight ? w->weight : NULL, m, w->scratch);
        if (!isnan(one))
            w->figure[drawn++] = one;
    }
    if (drawn == 0)
        return;
    qsort(w->figure, drawn, sizeof *w->figure, ascending);
    f->low = w->figure[(size_t)(TAIL * (double)drawn)];
    f->high = w->figure[(size_t)((1 - TAIL) * (double)drawn)];
}

/* The largest draw: every one of the groups the largest. */
static size_t room_for(const struct work *w, size_t groups)
{
    size_t largest = 0;

    for (size_t g = 0; g < groups; g++)
        if (w->begin[g + 1] - w->begin[g] > largest)
            largest = w->begin[g + 1] - w->begin[g];
    return largest * groups;
}

int bootstrap(struct bootstrap_figure *out, const struct sys *sys, enum bootstrap_statistic what,
              const double *value, const double *weight, const size_t *group, size_t n)
{
    struct work w = {0};
    int result = -1;

    *out = (struct bootstrap_figure){NAN, NAN, NAN, n, 0};
    if (n == 0)
        return 0;
    w.order = sys_alloc(sys, n * sizeof *w.order);
    w.begin = sys_alloc(sys, (n + 1) * sizeof *w.begin);
    w.figure = sys_alloc(sys, BOOTSTRAP_DRAWS * sizeof *w.figure);
    if (!w.order || !w.begin || !w.figure)
        goto done;
    out->groups = sort_by_group(&w, group, n);
    size_t room = room_for(&w, out->groups);
    w.value = sys_alloc(sys, room * sizeof *w.value);
    w.weight = sys_alloc(sys, room * sizeof *w.weight);
    w.scratch = sys_alloc(sys, room * sizeof *w.scratch);
    if (!w.value || !w.weight || !w.scratch)
        goto done;
    result = 0;
    out->value = bootstrap_statistic(what, value, weight, n, w.scratch);
    if (!isnan(out->value) && !one_sided(out, what, weight, n) && out->groups >= BOOTSTRAP_GROUPS_MIN)
        resample(out, &w, what, value, weight);
done:
    sys_free(sys, w.order);
    sys_free(sys, w.begin);
    sys_free(sys, w.figure);
    sys_free(sys, w.value);
    sys_free(sys, w.weight);
    sys_free(sys, w.scratch);
    return result;
}
