#include "node/score_run.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/unpack.h"
#include "node/replay.h"

enum { THREADS_MAX = 256 };

struct run {
    const struct sys *sys;
    const struct detection_conf *conf;
    const struct score_run_conf *how;
    struct score_record *records;
    size_t n;
    size_t *order; /* the longest first, so that no thread is left with it at the end */
    atomic_size_t next;
    pthread_mutex_t telling;
    size_t told;
};

/* What one replay says is gathered here. */
struct listener {
    const struct sys *sys;
    struct score_record *record;
    size_t pick_room, alert_room;
    bool failed;
};

/* Room for one more, or false. */
static bool make_room(struct listener *l, void **array, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return true;
    size_t more = *room ? 2 * *room : 16;
    void *larger = sys_alloc(l->sys, more * size);
    if (!larger) {
        l->failed = true;
        return false;
    }
    if (n)
        memcpy(larger, *array, n * size);
    sys_free(l->sys, *array);
    *array = larger;
    *room = more;
    return true;
}

static void on_onset(void *ctx, const struct report *report)
{
    struct listener *l = ctx;
    struct score_record *r = l->record;
    const struct onset_report *o = &report->onset;
    void *array = r->pick;

    if (report->kind == REPORT_REFINED) {
        for (size_t i = r->given.picks; i > 0; i--)
            if (r->pick[i - 1].id == o->id) {
                r->pick[i - 1].refined_s = o->onset_s;
                return;
            }
        return;
    }
    if (!make_room(l, &array, r->given.picks, &l->pick_room, sizeof *r->pick))
        return;
    r->pick = array;
    r->pick[r->given.picks++] = (struct score_pick){o->id, o->onset_s, o->onset_s, o->declared_s};
}

static void on_alert(void *ctx, const struct alert *alert)
{
    struct listener *l = ctx;
    struct score_record *r = l->record;
    void *array = r->alert;

    if (!make_room(l, &array, r->given.alerts, &l->alert_room, sizeof *r->alert))
        return;
    r->alert = array;
    struct score_alert *a = &r->alert[r->given.alerts++];
    a->time_s = alert->time_s;
    a->event = alert->event;
    for (int i = 0; i < SCORE_ALARMS; i++)
        a->loud[i] = score_alarms[i].level == ALERT_NONE ? alert->threshold[score_alarms[i].crossed].reached
                                                         : alert->level >= score_alarms[i].level;
}

static void on_summary(void *ctx, const struct replay_summary *s)
{
    struct listener *l = ctx;
    struct score_record *r = l->record;

    r->duration_s = s->duration_s;
    r->given.scale_known = s->scale_known;
    r->given.observed_s = s->observed_s;
    r->given.intensity = intensity_of(INTENSITY_GBT, &s->motion);
    memcpy(r->given.crossed_s, s->crossed_s, sizeof r->given.crossed_s);
    memcpy(r->rejects, s->rejects, sizeof r->rejects);
}

static int replay_files(const struct run *run, struct score_record *r, const char *const *path, size_t n,
                        struct detection_conf *conf)
{
    struct listener l = {.sys = run->sys, .record = r};
    struct replay_sink sink = {.ctx = &l, .onset = on_onset, .alert = on_alert, .summary = on_summary};
    struct trace *trace;
    int result = -1;

    if (trace_open(&trace, run->sys, path, n, &r->row->conf, &r->why) < 0)
        return -1;
    const struct trace_info *info = trace_record(trace, 0);
    if (trace_records(trace) != 1) {
        error_set(&r->why, "%zu records in it; loader_args has to select one", trace_records(trace));
        goto done;
    }
    r->rate_hz = info->rate_hz;
    r->note = info->note;
    snprintf(r->format, sizeof r->format, "%s", info->format);
    if (isnan(r->known.end_s) && info->samples > 0)
        r->known.end_s = (double)info->samples / info->rate_hz;
    r->known.quiet_s =
        score_quiet_s(r->known.class, r->known.p_s, isnan(r->known.end_s) ? 2 : r->known.end_s);
    conf->pipeline.settle_s = r->known.quiet_s > 0 ? run->how->settle_s : 0;
    conf->pipeline.quiet_s = r->known.quiet_s;
    result = replay_record(trace, 0, conf, BLOCK_MAX, run->sys, &sink, NULL, NULL, &r->why);
    if (result == 0 && l.failed)
        result = error_set(&r->why, "out of memory");
    if (isnan(r->known.end_s))
        r->known.end_s = r->duration_s;
done:
    trace_close(trace);
    return result;
}

static int replay_row(const struct run *run, struct score_record *r, struct detection_conf *conf)
{
    const struct catalogue_row *row = r->row;
    struct unpack *unpacked = NULL;
    int result;

    if (row->problem)
        return error_set(&r->why, "%s", row->problem);
    if (row->members == 0)
        return replay_files(run, r, row->path, row->paths, conf);
    if (unpack_open(&unpacked, run->sys, row->path[0], row->member, row->members, &r->why) < 0)
        return -1;
    result = replay_files(run, r, unpack_paths(unpacked), row->members, conf);
    unpack_close(unpacked);
    return result;
}

static void score_one(const struct run *run, struct score_record *r, struct detection_conf *conf)
{
    const struct catalogue_row *row = r->row;

    r->known = (struct score_known){score_class_of(row->kind), row->p_s, row->samples / row->rate_hz, NAN};
    r->replayed = replay_row(run, r, conf) == 0;
    if (!r->replayed)
        return;
    r->given.pick = r->pick;
    r->given.alert = r->alert;
    score_judge(&r->judged, &r->known, &r->given);
}

static void *work(void *ctx)
{
    struct run *run = ctx;
    struct detection_conf *conf = sys_alloc(run->sys, sizeof *conf); /* settle time differs by record */

    if (conf)
        *conf = *run->conf;
    for (;;) {
        size_t at = atomic_fetch_add(&run->next, 1);
        if (at >= run->n)
            break;
        struct score_record *r = &run->records[run->order[at]];
        if (conf)
            score_one(run, r, conf);
        else
            error_set(&r->why, "out of memory");
        pthread_mutex_lock(&run->telling);
        run->told++;
        if (run->how->tell)
            run->how->tell(run->how->ctx, run->told, run->n);
        pthread_mutex_unlock(&run->telling);
    }
    sys_free(run->sys, conf);
    return NULL;
}

struct length {
    double samples;
    size_t record;
};

static int longest_first(const void *a, const void *b)
{
    const struct length *x = a, *y = b;

    if (x->samples != y->samples)
        return x->samples > y->samples ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

static int sort_by_length(struct run *run)
{
    struct length *length = sys_alloc(run->sys, run->n * sizeof *length);

    run->order = sys_alloc(run->sys, run->n * sizeof *run->order);
    if (length && run->order) {
        for (size_t i = 0; i < run->n; i++) {
            double samples = run->records[i].row->samples;
            length[i] = (struct length){isnan(samples) ? 0 : samples, i};
        }
        qsort(length, run->n, sizeof *length, longest_first);
        for (size_t i = 0; i < run->n; i++)
            run->order[i] = length[i].record;
    }
    int result = length && run->order ? 0 : -1;
    sys_free(run->sys, length);
    return result;
}

int score_run(const struct sys *sys, const struct detection_conf *conf, const struct score_run_conf *how,
              struct score_record *records, size_t n, struct error *err)
{
    struct run run = {.sys = sys, .conf = conf, .how = how, .records = records, .n = n};
    pthread_t thread[THREADS_MAX];
    unsigned jobs = how->jobs < 1 ? 1 : how->jobs > THREADS_MAX ? THREADS_MAX : how->jobs, started = 0;
    int result = 0;

    if (n == 0)
        return 0;
    if (score_group(sys, records, n) < 0 || sort_by_length(&run) < 0) {
        sys_free(sys, run.order);
        return error_set(err, "out of memory");
    }
    pthread_mutex_init(&run.telling, NULL);
    while (started < jobs && pthread_create(&thread[started], NULL, work, &run) == 0)
        started++;
    if (started == 0)
        result = error_set(err, "no thread can be started");
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    pthread_mutex_destroy(&run.telling);
    sys_free(sys, run.order);
    return result;
}

void score_run_free(const struct sys *sys, struct score_record *records, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sys_free(sys, records[i].pick);
        sys_free(sys, records[i].alert);
    }
}
