#include "node/thread_sense.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dsp/denormal.h"
#include "io/latest.h"
#include "io/sensor_conf.h"

/* One pipeline and what joins its times and numbers to those before it. */
struct stream {
    struct sense *sense;
    struct pipeline *pipeline;
    uint32_t generation, number;
    /* the sense thread's */
    double base_s;        /* time of its first sample, after the sensor's first */
    uint32_t onset_base;  /* onsets before it */
    uint64_t position;    /* samples so far, lost ones counted */
    struct stream *older; /* of those that are done with */
};

struct sense {
    const struct sys *sys;
    char name[CONF_NAME_MAX];
    uint32_t id;
    struct pipeline_conf conf;
    double to_zne[AXES][SENSOR_AXES];
    struct sensor *sensor;
    struct ring *out;
    struct thread thread;
    _Atomic(struct stream *) next; /* carrier to sense thread */
    _Atomic(struct stream *) done; /* and back, to be closed */
    struct {                       /* published; the carrier writes */
        struct latest head;
        _Atomic uint64_t error[LATEST_WORDS(struct error)];
    } shelf;
    uint32_t made, numbers; /* the carrier's: last generation, streams so far */
    /* the sense thread's */
    struct stream *now;
    int64_t epoch_ns; /* the first sample of all; 0: none yet */
    uint32_t onsets;  /* highest number given */
    uint64_t missed;  /* samples without a pipeline to take them */
    struct block block;
    struct sensor_arrival arrival;
    struct sensed sensed;
};

/* ---- the sense thread ---- */

static void tell(void *ctx, const struct report *report)
{
    struct stream *st = ctx;
    struct sense *s = st->sense;
    struct sensed *out = &s->sensed;
    struct report *r = &out->report;

    *r = *report;
    r->time_s += st->base_s;
    r->onset.onset_s += st->base_s;
    r->onset.declared_s += st->base_s;
    r->reject.candidate_s += st->base_s;
    if (r->onset.id)
        r->onset.id += st->onset_base;
    if (r->window.onset_id)
        r->window.onset_id += st->onset_base;
    if (r->onset.id > s->onsets)
        s->onsets = r->onset.id;
    /* By the block in hand, so that a rate that is not quite what it says does not add up. */
    out->origin_ns =
        s->block.t_mono_ns - llround(((double)st->position / s->block.rate_hz + st->base_s) * 1e9);
    out->sampled_ns = out->origin_ns + llround(r->time_s * 1e9);
    out->received_ns = s->arrival.received_ns;
    out->stream = st->number;
    out->detected_ns = s->sys->mono_ns(s->sys->ctx);
    ring_push(s->out, out);
}

static void put_back(struct sense *s, struct stream *st)
{
    struct stream *older = atomic_load_explicit(&s->done, memory_order_relaxed);

    do
        st->older = older;
    while (!atomic_compare_exchange_weak_explicit(&s->done, &older, st, memory_order_release,
                                                  memory_order_relaxed));
}

/* To the pipeline that was made for this generation: false, there is none. */
static bool change_over(struct sense *s)
{
    struct stream *st = atomic_exchange_explicit(&s->next, NULL, memory_order_acq_rel);

    if (!st)
        return false;
    if (s->now)
        put_back(s, s->now);
    s->now = st;
    st->base_s = s->epoch_ns ? (double)(s->block.t_mono_ns - s->epoch_ns) * 1e-9 : 0;
    st->onset_base = s->onsets;
    if (!s->epoch_ns)
        s->epoch_ns = s->block.t_mono_ns;
    s->block.lost = 0; /* base_s has it */
    return st->generation == s->arrival.generation;
}

static void take(struct sense *s)
{
    if (!s->now || s->now->generation != s->arrival.generation)
        while (!s->now || s->now->generation != s->arrival.generation)
            if (!change_over(s)) {
                s->missed += s->block.n + s->block.lost;
                return;
            }
    s->block.lost += s->missed;
    s->missed = 0;
    s->now->position += s->block.lost;
    pipeline_feed(s->now->pipeline, &s->block);
    s->now->position += s->block.n;
}

static void run(struct thread *self, void *ctx)
{
    struct sense *s = ctx;

    denormal_flush();
    while (!thread_stopping(self)) {
        thread_beat(self);
        if (sensor_read(s->sensor, &s->block, &s->arrival, THREAD_SLEEP_MS) == SENSOR_BLOCK)
            take(s);
    }
}

/* ---- the carrier ---- */

static void close_stream(struct sense *s, struct stream *st)
{
    if (!st)
        return;
    pipeline_close(st->pipeline);
    sys_free(s->sys, st);
}

static void close_done(struct sense *s)
{
    struct stream *st = atomic_exchange_explicit(&s->done, NULL, memory_order_acquire);

    while (st) {
        struct stream *older = st->older;
        close_stream(s, st);
        st = older;
    }
}

static int open_stream(struct sense *s, const struct sensor_info *info, struct stream **out,
                       struct error *err)
{
    struct pipeline_input input = {
        .rate_hz = info->rate_hz,
        .unit = UNIT_MPS2,
        .axis_mask = 1u << AXIS_Z | 1u << AXIS_N | 1u << AXIS_E,
        .range_mps2 = info->range_mps2,
        .calibration = calibration_from_rotation((const double(*)[3])s->to_zne),
        .sensor = s->id,
    };

    for (int i = 0; i < AXES; i++)
        for (int j = 0; j < SENSOR_AXES; j++)
            input.lsb[i] += fabs(s->to_zne[i][j]) * info->lsb_mps2[j];
    struct stream *st = sys_alloc(s->sys, sizeof *st);
    if (!st)
        return error_set(err, "out of memory");
    st->sense = s;
    st->generation = info->generation;
    st->number = ++s->numbers;
    if (pipeline_open(&st->pipeline, s->sys, &s->conf, &input, tell, st, err) < 0) {
        sys_free(s->sys, st);
        return -1;
    }
    *out = st;
    return 0;
}

static void prepare(void *ctx, const struct sensor_info *info)
{
    struct sense *s = ctx;
    struct stream *st = NULL;
    struct error err = {""};

    close_done(s);
    if (info->generation == s->made)
        return;
    s->made = info->generation;
    if (open_stream(s, info, &st, &err) == 0)
        close_stream(s, atomic_exchange_explicit(&s->next, st, memory_order_acq_rel));
    latest_put(&s->shelf.head, s->shelf.error, &err, sizeof err);
}

/* ---- whoever opens and asks ---- */

int sense_open(struct sense **out, const struct sys *sys, const char *name, uint32_t id,
               const struct sensor_conf *conf, const struct pipeline_conf *pipeline, struct ring *out_ring,
               struct error *err)
{
    *out = NULL;
    struct sense *s = sys_alloc(sys, sizeof *s);
    if (!s)
        return error_set(err, "out of memory");
    s->sys = sys;
    snprintf(s->name, sizeof s->name, "%s", name);
    s->id = id;
    s->conf = *pipeline;
    s->conf.settle_s = s->conf.quiet_s = 0; /* a replay's */
    s->out = out_ring;
    if (!sensor_conf_axes(conf->axes, s->to_zne)) {
        error_set(err, "sensor %s: axes \"%s\" are not x, y and z once each", name, conf->axes);
        goto fail;
    }
    if (sensor_open(&s->sensor, sys, s->name, id, conf, THREAD_FIFO_SENSE, prepare, s, err) < 0)
        goto fail;
    if (thread_start(&s->thread, "sense", THREAD_FIFO_SENSE, run, s, err) < 0)
        goto fail;
    *out = s;
    return 0;
fail:
    sense_close(s);
    return -1;
}

void sense_stop(struct sense *s)
{
    thread_stop(&s->thread);
    sensor_stop(s->sensor);
}

void sense_end(struct sense *s)
{
    thread_stop(&s->thread);
    thread_join(&s->thread);
}

bool sense_close(struct sense *s)
{
    if (!s)
        return true;
    sense_end(s);
    if (!sensor_close(s->sensor))
        return false; /* its carrier may still come with a pipeline to prepare */
    close_done(s);
    close_stream(s, s->now);
    close_stream(s, atomic_load(&s->next));
    sys_free(s->sys, s);
    return true;
}

void sense_info(const struct sense *s, struct sensor_info *info)
{
    sensor_info(s->sensor, info);
}

void sense_health(const struct sense *s, struct sensor_health *health)
{
    sensor_health(s->sensor, health);
}

void sense_pin(struct sense *s, int core)
{
    thread_pin(&s->thread, core);
    sensor_pin(s->sensor, core);
}

struct thread *sense_thread(struct sense *s)
{
    return &s->thread;
}

const char *sense_name(const struct sense *s)
{
    return s->name;
}

void sense_error(const struct sense *s, struct error *err)
{
    err->text[0] = 0;
    (void)latest_get(&s->shelf.head, s->shelf.error, err, sizeof *err);
}
