#include <stdlib.h>

#include "node/score_run.h"

#define SAME_EVENT_NS INT64_C(60000000000)

struct when {
    int64_t ns;
    size_t record;
};

static bool time_of(const struct catalogue_row *row, int64_t *ns)
{
    *ns = row->has_origin ? row->origin_ns : row->start_ns;
    return row->has_origin || row->has_start;
}

static int by_time(const void *a, const void *b)
{
    const struct when *x = a, *y = b;

    if (x->ns != y->ns)
        return x->ns < y->ns ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

/* Chains of neighbours in time get the number of their first record; then the numbers are closed up in the
 * order of the records. */
int score_group(const struct sys *sys, struct score_record *records, size_t n)
{
    struct when *when = sys_alloc(sys, (n ? n : 1) * sizeof *when);
    size_t timed = 0, events = 0;

    if (!when)
        return -1;
    for (size_t i = 0; i < n; i++) {
        records[i].event = i;
        when[timed].record = i;
        timed += time_of(records[i].row, &when[timed].ns);
    }
    qsort(when, timed, sizeof *when, by_time);
    for (size_t from = 0, to; from < timed; from = to) {
        size_t first = when[from].record;
        for (to = from + 1; to < timed && when[to].ns - when[to - 1].ns <= SAME_EVENT_NS; to++)
            if (when[to].record < first)
                first = when[to].record;
        for (size_t k = from; k < to; k++)
            records[when[k].record].event = first;
    }
    for (size_t i = 0; i < n; i++)
        records[i].event = records[i].event == i ? events++ : records[records[i].event].event;
    sys_free(sys, when);
    return 0;
}
