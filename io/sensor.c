#include "io/sensor.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/iio.h"
#include "io/latest.h"
#include "io/ring.h"
#include "io/stamps.h"

enum {
    SLOTS = 256,        /* of blocks that wait: a second of buffers of 4 ms */
    STACK = 512 * 1024, /* libiio parses XML and looks up names on it; all of it is locked memory in a node */
    RETRY_FIRST_MS = 100, /* own choice: a server that restarts is back within the second */
    RETRY_LAST_MS = 2000,
    NAME_MAX_BYTES = 16 /* of a thread, by the kernel */
};
#define GENTLE_NS  100000000L  /* for samples to come, so that a read need not be broken off */
#define PATIENT_NS 1200000000L /* then it is left behind: nothing ends a call of libiio that hangs */
#define REVIVE_NS                                                                                            \
    2000000000 /* a sensor that is silent for longer is opened again: it starts some chips anew */

struct carried { /* a slot of the ring */
    struct sensor_arrival arrival;
    struct block block;
};

struct sensor {
    const struct sys *sys;
    char name[NAME_MAX_BYTES];
    uint32_t id;
    struct sensor_conf conf;
    int fifo;
    sensor_opened opened;
    void *ctx;
    struct ring *ring;
    struct wake filled, halt;
    pthread_t carrier;
    pthread_mutex_t guard; /* of `accel`, between the carrier and whoever stops it */
    struct iio_accel *accel;
    _Atomic bool stop, is_open;
    _Atomic int core;   /* to run on while it reads; -1: any */
    int64_t stopped_ns; /* when it was asked to: whoever stops it */
    struct {            /* published; the carrier writes */
        struct latest info_head, health_head;
        _Atomic uint64_t info[LATEST_WORDS(struct sensor_info)];
        _Atomic uint64_t health[LATEST_WORDS(struct sensor_health)];
    } shelf;
    /* the carrier's */
    struct iio_found found;
    struct sensor_info info;
    struct sensor_health health;
    struct stamps stamps;
    struct sensor_watch watch;
    struct iio_batch batch;
    struct stamp stamp[IIO_BATCH_MAX];
    struct carried out;
    uint64_t owed;    /* samples lost that no block has told yet */
    int64_t told_ns;  /* when the monitors were last asked */
    int64_t alive_ns; /* opened, or the last samples: silence counts from here */
    uint32_t random;
};

static int64_t now_ns(const struct sensor *s)
{
    return s->sys->mono_ns(s->sys->ctx);
}

static bool stopping(const struct sensor *s)
{
    return atomic_load_explicit(&s->stop, memory_order_acquire);
}

/* ---- health ---- */

static void publish(struct sensor *s)
{
    const struct stamps_counts *c = &s->stamps.counts;
    struct sensor_health *h = &s->health;

    h->at_ns = now_ns(s);
    h->generation = s->info.generation;
    h->samples = c->kept;
    h->gaps = c->gaps + h->overruns;
    h->duplicates = c->duplicates;
    h->backward = c->backward;
    h->clock_steps = c->clock_steps;
    h->stale = c->stale;
    if (h->at_ns - s->told_ns >= 1000000000) {
        s->told_ns = h->at_ns;
        if (s->info.generation > 0)
            sensor_watch_tell(&s->watch, stamps_rate_hz(&s->stamps), h);
    }
    h->reasons &= ~(1u << SENSOR_NO_CLOCK);
    if (s->info.generation > 0 && s->stamps.clock == STAMPS_NONE)
        h->reasons |= 1u << SENSOR_NO_CLOCK;
    latest_put(&s->shelf.health_head, s->shelf.health, h, sizeof *h);
}

static void fail(struct sensor *s, const struct error *why)
{
    s->health.failures++;
    snprintf(s->health.error, sizeof s->health.error, "%.*s", (int)sizeof s->health.error - 1, why->text);
    if (s->health.state != SENSOR_STATE_OPENING)
        s->health.state = SENSOR_STATE_DOWN;
    publish(s);
}

/* ---- from a batch to blocks ---- */

static void rotate(const struct sensor_info *info, double v[SENSOR_AXES], unsigned *clip)
{
    double turned[SENSOR_AXES];
    unsigned mask = 0;

    if (!info->has_mount)
        return;
    for (int i = 0; i < SENSOR_AXES; i++) {
        turned[i] = 0;
        for (int j = 0; j < SENSOR_AXES; j++) {
            turned[i] += info->mount[i][j] * v[j];
            if (*clip >> j & 1 && fabs(info->mount[i][j]) > 0.5)
                mask |= 1u << i;
        }
    }
    memcpy(v, turned, sizeof turned);
    *clip = mask;
}

static void begin_block(struct sensor *s, int64_t mono_ns, uint64_t lost)
{
    struct block *b = &s->out.block;

    b->sensor = s->id;
    b->t_mono_ns = mono_ns;
    b->has_utc = false;
    b->unit = UNIT_MPS2;
    b->axis_mask = (1u << SENSOR_AXES) - 1;
    b->clip_mask = 0;
    b->lost = lost;
    b->rate_hz = s->info.rate_hz;
    b->n = 0;
}

/* Of a slot what n samples fill: most blocks hold a few, and a whole one is 6 KiB. */
static size_t size_of(size_t n)
{
    return offsetof(struct carried, block.value) + n * AXES * sizeof(double);
}

static void send_block(struct sensor *s)
{
    struct block *b = &s->out.block;

    if (b->n == 0)
        return;
    if (ring_push_part(s->ring, &s->out, size_of(b->n))) {
        s->owed = 0;
    } else { /* nobody fetches: the next block that finds room says what is missing */
        s->health.overruns++;
        s->owed = b->lost + b->n;
        s->health.lost += b->n;
        sensor_watch_gap(&s->watch, b->n);
    }
    b->n = 0;
}

static void add_sample(struct sensor *s, const int64_t raw[IIO_AXES], const struct stamp *stamp)
{
    struct block *b = &s->out.block;
    double value[SENSOR_AXES];
    unsigned clip;

    for (int a = 0; a < SENSOR_AXES; a++)
        value[a] = ((double)raw[a] + s->found.offset[a]) * s->found.scale[a];
    if (stamp->lost > 0) {
        s->health.lost += stamp->lost;
        sensor_watch_gap(&s->watch, stamp->lost);
    }
    sensor_watch_step(&s->watch, raw, value, &clip);
    rotate(&s->info, value, &clip);
    if (stamp->lost > 0 || b->n == BLOCK_MAX)
        send_block(s);
    if (b->n == 0)
        begin_block(s, stamp->mono_ns, s->owed + stamp->lost);
    memcpy(b->value[b->n++], value, sizeof value);
    b->clip_mask |= clip;
}

static void take_batch(struct sensor *s)
{
    struct stamps_arrival arrival = {.mono_ns = now_ns(s), .utc_ns = s->sys->utc_ns(s->sys->ctx)};
    const struct iio_batch *batch = &s->batch;
    uint64_t kept = s->stamps.counts.kept;

    s->out.arrival = (struct sensor_arrival){arrival.mono_ns, s->info.generation};
    stamps_batch(&s->stamps, batch->stamp_ns, batch->n, arrival, s->stamp);
    for (size_t i = 0; i < batch->n; i++)
        if (s->stamp[i].keep)
            add_sample(s, batch->raw[i], &s->stamp[i]);
    send_block(s);
    if (s->found.temperature_scale != 0)
        sensor_watch_temperature(&s->watch, ((double)batch->temperature + s->found.temperature_offset) *
                                                s->found.temperature_scale);
    if (s->stamps.counts.kept > kept) { /* else all were stale or repeated: that is silence */
        s->alive_ns = s->health.last_ns = arrival.mono_ns;
        s->health.lag_ms = (double)(arrival.mono_ns - s->stamps.last_mono_ns) * 1e-6;
        s->health.state = SENSOR_STATE_RUNNING;
    }
    publish(s);
}

/* ---- opening ---- */

static bool is_other(const struct sensor_info *a, const struct sensor_info *b)
{
    for (int i = 0; i < SENSOR_AXES; i++) {
        if (a->lsb_mps2[i] != b->lsb_mps2[i])
            return true;
        for (int j = 0; j < SENSOR_AXES; j++)
            if (a->mount[i][j] != b->mount[i][j])
                return true;
    }
    return strcmp(a->name, b->name) != 0 || strcmp(a->label, b->label) != 0 ||
           strcmp(a->serial, b->serial) != 0 || strcmp(a->format, b->format) != 0 ||
           a->rate_hz != b->rate_hz || a->range_mps2 != b->range_mps2 || a->has_mount != b->has_mount;
}

static struct sensor_info describe(const struct iio_found *f, int refused)
{
    struct sensor_info info;

    memset(&info, 0, sizeof info);
    memcpy(info.uri, f->uri, sizeof info.uri);
    memcpy(info.id, f->id, sizeof info.id);
    memcpy(info.name, f->name, sizeof info.name);
    memcpy(info.label, f->label, sizeof info.label);
    memcpy(info.serial, f->serial, sizeof info.serial);
    memcpy(info.clock, f->clock, sizeof info.clock);
    scan_format_print(&f->format[0], info.format);
    info.rate_hz = f->rate_hz;
    info.range_mps2 = INFINITY;
    for (int a = 0; a < SENSOR_AXES; a++) {
        info.lsb_mps2[a] = fabs(f->scale[a]);
        info.range_mps2 = fmin(info.range_mps2, info.lsb_mps2[a] * (double)scan_format_max(&f->format[a]));
    }
    info.buffer_samples = (int)f->samples;
    info.kernel_buffers = (int)f->kernel_buffers;
    info.length = f->length;
    info.watermark = f->watermark;
    info.has_timestamp = f->clock[0] != 0;
    info.has_mount = f->has_mount;
    if (f->has_mount)
        memcpy(info.mount, f->mount, sizeof info.mount);
    info.temperature_c = f->temperature_c;
    info.refused = refused;
    return info;
}

static enum stamps_clock clock_of(const struct iio_found *f)
{
    if (f->clock[0] == 0)
        return STAMPS_NONE;
    if (!f->is_near)
        return STAMPS_FOREIGN;
    return strcmp(f->clock, "monotonic") == 0  ? STAMPS_MONOTONIC
           : strcmp(f->clock, "realtime") == 0 ? STAMPS_REALTIME
                                               : STAMPS_FOREIGN;
}

static void watch_another(struct sensor *s)
{
    struct sensor_watch_input input = {.rate_hz = s->info.rate_hz};
    uint64_t clipped = s->watch.clipped;

    for (int a = 0; a < SENSOR_AXES; a++) {
        input.lsb_mps2[a] = s->info.lsb_mps2[a];
        input.raw_min[a] = scan_format_min(&s->found.format[a]);
        input.raw_max[a] = scan_format_max(&s->found.format[a]);
    }
    sensor_watch_init(&s->watch, &input, &s->conf.limits);
    s->watch.clipped = clipped;
    sensor_watch_temperature(&s->watch, s->info.temperature_c);
}

/* 0, or -1 and the failure is published. */
static int open_link(struct sensor *s, struct iio_accel **accel)
{
    const struct iio_wish wish = {
        .uri = s->conf.uri,
        .device = s->conf.device,
        .trigger = s->conf.trigger,
        .rate_hz = s->conf.rate_hz,
        .latency_ms = s->conf.latency_ms,
        .range_mps2 = s->conf.range_mps2,
        .kernel_buffers = (unsigned)s->conf.kernel_buffers,
        .timeout_ms = (unsigned)s->conf.timeout_ms,
    };
    struct error why = {""};

    if (iio_accel_open(accel, s->sys, &wish, &s->found, &why) < 0) {
        fail(s, &why);
        return -1;
    }
    struct sensor_info info = describe(&s->found, s->info.refused);
    info.generation = s->info.generation;
    bool other = info.generation == 0 || is_other(&info, &s->info);
    info.generation += other;
    s->info = info;
    if (other)
        watch_another(s);
    stamps_open(&s->stamps, info.rate_hz, clock_of(&s->found), s->found.enabled_ns);
    s->health.opens++;
    s->health.rate_hz = info.rate_hz;
    s->alive_ns = now_ns(s);
    latest_put(&s->shelf.info_head, s->shelf.info, &s->info, sizeof s->info);
    publish(s);
    if (s->opened && !stopping(s))
        s->opened(s->ctx, &s->info);
    return 0;
}

/* What can be cancelled is known to sensor_stop only while it lives. */
static void show(struct sensor *s, struct iio_accel *accel)
{
    pthread_mutex_lock(&s->guard);
    s->accel = accel;
    pthread_mutex_unlock(&s->guard);
    atomic_store_explicit(&s->is_open, accel != NULL, memory_order_release);
}

/* ---- the carrier ---- */

/* errno of the refusal, or 0. */
static int schedule(int fifo)
{
    struct sched_param p = {.sched_priority = fifo};

    return pthread_setschedparam(pthread_self(), fifo > 0 ? SCHED_FIFO : SCHED_OTHER, &p);
}

/* On its core, or on those that it came with. */
static void place(const struct sensor *s, const cpu_set_t *all, bool reads)
{
    int core = atomic_load_explicit(&s->core, memory_order_relaxed);
    cpu_set_t one;

    if (core < 0)
        return;
    CPU_ZERO(&one);
    CPU_SET((size_t)core, &one);
    (void)pthread_setaffinity_np(pthread_self(), sizeof one, reads ? &one : all);
}

/* Until it dies or is told to end: true when samples came. */
static bool stream(struct sensor *s, struct iio_accel *accel)
{
    struct error why;
    bool brought = false;

    while (!stopping(s)) {
        switch (iio_accel_read(accel, &s->batch, &why)) {
        case IIO_SAMPLES:
            take_batch(s);
            brought = s->stamps.begun;
            break;
        case IIO_NOTHING:
            publish(s);
            break;
        case IIO_DEAD:
            if (!stopping(s))
                fail(s, &why);
            return brought;
        }
        if (now_ns(s) - s->alive_ns >= REVIVE_NS) {
            error_set(&why, "%s: open, but silent", s->info.uri);
            fail(s, &why);
            return brought;
        }
    }
    return brought;
}

static void pause_between(struct sensor *s, unsigned tries)
{
    int ms = RETRY_FIRST_MS;

    while (tries-- > 1 && ms < RETRY_LAST_MS)
        ms *= 2;
    if (ms > RETRY_LAST_MS)
        ms = RETRY_LAST_MS;
    s->random =
        s->random * 1664525u + 1013904223u; /* Numerical Recipes' constants, from memory; any will do */
    wake_wait(&s->halt, ms * 3 / 4 + (int)((uint64_t)s->random * (uint64_t)(ms / 2) >> 32));
}

static void *carry(void *arg)
{
    struct sensor *s = arg;
    unsigned tries = 0;
    cpu_set_t all;

    if (pthread_getaffinity_np(pthread_self(), sizeof all, &all) != 0)
        atomic_store_explicit(&s->core, -1, memory_order_relaxed);
    s->info.refused = s->fifo > 0 ? schedule(s->fifo) : 0;
    schedule(0);
    while (!stopping(s)) {
        struct iio_accel *accel;
        bool brought = false;
        if (open_link(s, &accel) == 0) {
            show(s, accel);
            if (s->fifo > 0 && s->info.refused == 0) {
                schedule(s->fifo);
                place(s, &all, true);
            }
            brought = stream(s, accel);
            schedule(0);
            place(s, &all, false);
            show(s, NULL);
            iio_accel_close(accel);
        }
        tries = brought ? 1 : tries + 1;
        if (!stopping(s))
            pause_between(s, tries);
    }
    return NULL;
}

static int start(struct sensor *s, struct error *err)
{
    pthread_attr_t attr;
    sigset_t all, before;

    if (pthread_attr_init(&attr) != 0)
        return error_set(err, "out of memory");
    /* The threads' own variables of all libraries lie on it too: the minimum counts them. */
    pthread_attr_setstacksize(&attr, STACK + (size_t)sysconf(_SC_THREAD_STACK_MIN));
    /* All signals, and SIGPIPE among them: libiio writes to a server that may be gone. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int refused = pthread_create(&s->carrier, &attr, carry, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (refused)
        return error_set(err, "thread of sensor %s: %s", s->name, strerror(refused));
    pthread_setname_np(s->carrier, s->name);
    return 0;
}

static void release(struct sensor *s)
{
    ring_close(s->ring);
    wake_close(&s->filled);
    wake_close(&s->halt);
    pthread_mutex_destroy(&s->guard);
    sys_free(s->sys, s);
}

int sensor_open(struct sensor **out, const struct sys *sys, const char *name, uint32_t id,
                const struct sensor_conf *conf, int fifo, sensor_opened opened, void *ctx, struct error *err)
{
    *out = NULL;
    struct sensor *s = sys_alloc(sys, sizeof *s);
    if (!s)
        return error_set(err, "out of memory");
    s->sys = sys;
    snprintf(s->name, sizeof s->name, "%.*s", NAME_MAX_BYTES - 1, name);
    s->id = id;
    s->conf = *conf;
    s->fifo = fifo;
    s->opened = opened;
    s->ctx = ctx;
    s->filled.fd = s->halt.fd = -1;
    atomic_store_explicit(&s->core, -1, memory_order_relaxed);
    s->health.started_ns = now_ns(s);
    s->health.temperature_c = NAN;
    s->random = (uint32_t)s->health.started_ns ^ id << 16;
    pthread_mutex_init(&s->guard, NULL);
    stamps_init(&s->stamps);
    publish(s);
    if (wake_open(&s->filled, err) < 0 || wake_open(&s->halt, err) < 0 ||
        ring_open(&s->ring, sys, sizeof(struct carried), SLOTS, &s->filled, err) < 0 || start(s, err) < 0) {
        release(s);
        return -1;
    }
    *out = s;
    return 0;
}

void sensor_pin(struct sensor *s, int core)
{
    atomic_store_explicit(&s->core, core < CPU_SETSIZE ? core : -1, memory_order_relaxed);
}

void sensor_stop(struct sensor *s)
{
    s->stopped_ns = now_ns(s);
    atomic_store_explicit(&s->stop, true, memory_order_release);
    wake_signal(&s->halt);
}

/* A read that waits for a sensor is broken off; the next samples end it as well, and more gently. */
static void cancel(struct sensor *s)
{
    pthread_mutex_lock(&s->guard);
    if (s->accel)
        iio_accel_cancel(s->accel);
    pthread_mutex_unlock(&s->guard);
}

/* By the monotonic clock, which nobody sets: until so long after it was asked to end. */
static bool joined_within(struct sensor *s, int64_t ns)
{
    static const struct timespec nap = {.tv_nsec = 2000000};

    while (pthread_tryjoin_np(s->carrier, NULL) != 0) {
        if (now_ns(s) - s->stopped_ns >= ns)
            return false;
        nanosleep(&nap, NULL);
    }
    return true;
}

bool sensor_close(struct sensor *s)
{
    if (!s)
        return true;
    if (!stopping(s))
        sensor_stop(s);
    if (!joined_within(s, GENTLE_NS)) {
        cancel(s);
        if (!joined_within(s, PATIENT_NS)) {
            pthread_detach(s->carrier);
            return false;
        }
    }
    release(s);
    return true;
}

/* ---- the reader ---- */

static bool fetch(struct sensor *s, struct block *block, struct sensor_arrival *arrival)
{
    const struct carried *in = ring_front(s->ring);

    if (!in)
        return false;
    memcpy(block, &in->block, size_of(in->block.n) - offsetof(struct carried, block));
    *arrival = in->arrival;
    ring_drop(s->ring);
    return true;
}

enum sensor_status sensor_read(struct sensor *s, struct block *block, struct sensor_arrival *arrival,
                               int timeout_ms)
{
    if (fetch(s, block, arrival))
        return SENSOR_BLOCK;
    wake_wait(&s->filled, timeout_ms);
    if (fetch(s, block, arrival))
        return SENSOR_BLOCK;
    return atomic_load_explicit(&s->is_open, memory_order_acquire) ? SENSOR_QUIET : SENSOR_DOWN;
}

void sensor_info(const struct sensor *s, struct sensor_info *info)
{
    memset(info, 0, sizeof *info);
    (void)latest_get(&s->shelf.info_head, s->shelf.info, info, sizeof *info);
}

void sensor_health(const struct sensor *s, struct sensor_health *health)
{
    memset(health, 0, sizeof *health);
    (void)latest_get(&s->shelf.health_head, s->shelf.health, health, sizeof *health);
    sensor_health_age(health, now_ns(s));
}
