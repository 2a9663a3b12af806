#include "io/virtual_sensor.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "io/virtual_parts.h"

bool virtual_is_device(const struct virtual_sensor *v, const char *device)
{
    return strcmp(device, "iio:device0") == 0 || strcmp(device, v->conf.name) == 0;
}

bool virtual_is_gone(const struct virtual_sensor *v)
{
    return v->now_ns < v->until_ns[FAULT_GONE];
}

/* ---- samples and their time ---- */

int64_t virtual_sample_ns(const struct virtual_sensor *v, int64_t k)
{
    return v->at_ns + llround((double)(k - v->at) * v->period_ns);
}

const int32_t *virtual_sample(const struct virtual_sensor *v, int64_t k)
{
    const struct virtual_track *t = &v->conf.track[v->track];

    if (k < 0)
        k = 0;
    if (k >= t->n)
        k = t->again + (k - t->n) % (t->n - t->again);
    return t->count[k];
}

/* Samples that the track will ever have. */
static int64_t all(const struct virtual_sensor *v)
{
    return v->conf.once ? v->conf.track[v->track].n : INT64_MAX;
}

/* How many samples there are at now_ns: those before the answer. */
static int64_t due(const struct virtual_sensor *v, int64_t now_ns)
{
    if (!v->began)
        return v->next;
    int64_t k = v->at + (int64_t)floor((double)(now_ns - v->at_ns) / v->period_ns);
    /* The division may be off by one: the time of a sample is what virtual_sample_ns says. */
    while (virtual_sample_ns(v, k) > now_ns)
        k--;
    while (virtual_sample_ns(v, k + 1) <= now_ns)
        k++;
    k = k + 1 < all(v) ? k + 1 : all(v);
    return k > v->next ? k : v->next;
}

static void begin(struct virtual_sensor *v)
{
    v->began = true;
    v->at = v->next;
    v->at_ns = v->now_ns + llround(v->period_ns);
    v->began_ns = v->at_ns;
}

static int64_t stamp(struct virtual_sensor *v, int64_t k)
{
    int64_t ns = virtual_sample_ns(v, k);

    if (v->fault[FAULT_DUPLICATE] > 0) {
        v->fault[FAULT_DUPLICATE]--;
        return v->last_stamp_ns;
    }
    if (v->fault[FAULT_BACKWARD] > 0) {
        ns -= (int64_t)(v->fault[FAULT_BACKWARD] * 1e6);
        v->fault[FAULT_BACKWARD] = 0;
        return ns;
    }
    v->last_stamp_ns = ns;
    return ns;
}

static void take(struct virtual_sensor *v, int64_t k)
{
    int32_t count[VIRTUAL_AXES];
    int64_t ns;

    if (virtual_sample_ns(v, k) < v->until_ns[FAULT_STALL])
        return;
    if (v->fault[FAULT_SKIP] > 0) {
        v->fault[FAULT_SKIP]--;
        return;
    }
    memcpy(count, virtual_sample(v, k), sizeof count);
    virtual_fault_spoil(v, k, count);
    ns = stamp(v, k);
    for (size_t i = 0; i < v->streams; i++)
        virtual_scan_queue(v, v->stream[i], count, ns);
}

void virtual_sensor_advance(struct virtual_sensor *v, int64_t now_ns)
{
    v->now_ns = now_ns;
    for (int64_t end = due(v, now_ns); v->next < end; v->next++)
        if (v->streams > 0)
            take(v, v->next);
}

/* ---- what the sessions ask for ---- */

static int64_t offset(const struct virtual_sensor *v)
{
    if (v->clock == CLOCK_IS_MONOTONIC)
        return 0;
    return v->sys->utc_ns(v->sys->ctx) - v->sys->mono_ns(v->sys->ctx);
}

/* Samples from before the buffer was opened, as a FIFO that nobody had emptied gives them. */
static void put_stale(struct virtual_sensor *v, struct iiod_stream *s)
{
    int64_t n = (int64_t)v->fault[FAULT_STALE];

    for (int64_t k = v->next - n; k < v->next; k++)
        virtual_scan_queue(v, s, virtual_sample(v, k), virtual_sample_ns(v, k));
}

static int stream_open(void *ctx, const char *device, struct iiod_stream *s, size_t samples, uint32_t mask)
{
    struct virtual_sensor *v = ctx;
    unsigned channels = VIRTUAL_AXES + 1 + v->conf.driver->temperature;

    if (!virtual_is_device(v, device) || virtual_is_gone(v))
        return -ENODEV;
    mask &= (1U << channels) - 1;
    if (mask == 0 || samples == 0 || (v->conf.driver->trigger && !v->triggered))
        return -EINVAL;
    if (v->streams == VIRTUAL_STREAMS)
        return -EBUSY;
    if (samples > VIRTUAL_QUEUE_MAX / v->buffers ||
        scan_queue_open(&s->queue, v->sys, virtual_scan_bytes(v, mask), samples * v->buffers) < 0)
        return -ENOMEM;
    s->mask = mask;
    v->watermark = samples;
    v->length = samples * v->buffers;
    if (!v->began)
        begin(v);
    if (v->streams == 0)
        v->offset_ns = offset(v);
    v->stream[v->streams] = s;
    put_stale(v, v->stream[v->streams++]);
    return 0;
}

static void stream_close(void *ctx, struct iiod_stream *s)
{
    struct virtual_sensor *v = ctx;

    for (size_t i = 0; i < v->streams; i++)
        if (v->stream[i] == s) {
            v->stream[i] = v->stream[--v->streams];
            break;
        }
    v->lost += s->queue.lost;
    scan_queue_close(&s->queue, v->sys);
}

static int64_t stream_due(void *ctx, const struct iiod_stream *s, size_t more)
{
    const struct virtual_sensor *v = ctx;
    int64_t k = v->next, ns;

    (void)s;
    if (more > (size_t)(all(v) - v->next))
        return INT64_MAX;
    ns = virtual_sample_ns(v, k + (int64_t)more - 1);
    return ns > v->until_ns[FAULT_STALL] ? ns : v->until_ns[FAULT_STALL];
}

static int stream_state(void *ctx, const struct iiod_stream *s)
{
    const struct virtual_sensor *v = ctx;

    return virtual_is_gone(v) || (v->next >= all(v) && s->queue.held < s->samples) ? -ENODEV : 0;
}

static int get_trigger(void *ctx, const char *device, char *to, size_t room)
{
    const struct virtual_sensor *v = ctx;
    size_t n = strlen(v->conf.name) + 5;

    if (strcmp(device, "trigger0") == 0 && v->conf.driver->trigger)
        return -ENOENT;
    if (!virtual_is_device(v, device))
        return -ENODEV;
    if (!v->conf.driver->trigger || !v->triggered || n > room)
        return -ENOENT;
    memcpy(to, v->conf.name, n - 5);
    memcpy(to + n - 5, "-dev0", 5);
    return (int)n;
}

static int set_trigger(void *ctx, const char *device, const char *trigger)
{
    struct virtual_sensor *v = ctx;

    if (!virtual_is_device(v, device))
        return -ENODEV;
    if (!v->conf.driver->trigger)
        return -ENOENT;
    if (v->streams > 0)
        return -EBUSY;
    if (*trigger && strcmp(trigger, "trigger0") != 0)
        return -ENOENT;
    v->triggered = *trigger != 0;
    return 0;
}

static int set_buffers(void *ctx, const char *device, unsigned buffers)
{
    struct virtual_sensor *v = ctx;

    if (!virtual_is_device(v, device))
        return -ENODEV;
    if (buffers < 1 || buffers > VIRTUAL_BUFFERS_MAX)
        return -EINVAL;
    v->buffers = buffers;
    return 0;
}

int virtual_set_rate(struct virtual_sensor *v, double rate_hz)
{
    for (size_t i = 0; i < v->conf.tracks; i++) {
        if (!(fabs(v->conf.track[i].rate_hz - rate_hz) <= 1e-3)) /* NaN is no rate */
            continue;
        if (i == v->track)
            return 0;
        if (v->streams > 0)
            return -EBUSY;
        v->next = (int64_t)llround((double)v->next / v->conf.track[v->track].rate_hz * rate_hz);
        v->track = i;
        v->period_ns = 1e9 / (v->conf.track[i].rate_hz * (1 + v->fault[FAULT_PPM] * 1e-6));
        v->at = v->next;
        v->at_ns = v->now_ns + llround(v->period_ns);
        return 0;
    }
    return -EINVAL;
}

/* ---- life ---- */

int virtual_sensor_open(struct virtual_sensor **out, const struct sys *sys, const struct virtual_conf *conf,
                        int64_t now_ns, struct error *err)
{
    struct virtual_sensor *v = sys_alloc(sys, sizeof *v);

    *out = NULL;
    if (!v)
        return error_set(err, "out of memory");
    v->sys = sys;
    v->conf = *conf;
    v->common.timeout_ms = 1000; /* a local context's, which iiod has until a client says otherwise */
    v->buffers = 4;
    v->length = v->watermark = 2;
    v->triggered = conf->driver->trigger;
    v->fault[FAULT_TEMPERATURE] = 25;
    v->period_ns = 1e9 / conf->track[0].rate_hz;
    v->next = conf->start;
    v->now_ns = now_ns;
    memcpy(v->last, virtual_sample(v, v->next), sizeof v->last);
    if (!conf->wait)
        begin(v);
    v->backend = (struct iiod_backend){.ctx = v,
                                       .common = &v->common,
                                       .read = virtual_attr_read,
                                       .write = virtual_attr_write,
                                       .open = stream_open,
                                       .close = stream_close,
                                       .due_ns = stream_due,
                                       .state = stream_state,
                                       .get_trigger = get_trigger,
                                       .set_trigger = set_trigger,
                                       .set_buffers = set_buffers};
    if (virtual_xml_write(v, err) < 0) {
        sys_free(sys, v);
        return -1;
    }
    *out = v;
    return 0;
}

void virtual_sensor_close(struct virtual_sensor *v)
{
    if (v)
        sys_free(v->sys, v);
}

const struct iiod_backend *virtual_sensor_backend(struct virtual_sensor *v)
{
    return &v->backend;
}

int64_t virtual_sensor_began_ns(const struct virtual_sensor *v)
{
    return v->began ? v->began_ns : INT64_MAX;
}

int64_t virtual_sensor_end_ns(const struct virtual_sensor *v)
{
    return v->began && v->conf.once ? virtual_sample_ns(v, all(v) - 1) : INT64_MAX;
}

bool virtual_sensor_through(const struct virtual_sensor *v)
{
    if (!v->conf.once || v->next < all(v))
        return false;
    for (size_t i = 0; i < v->streams; i++)
        if (v->stream[i]->queue.held >= v->stream[i]->samples)
            return false;
    return true;
}

bool virtual_sensor_died(const struct virtual_sensor *v)
{
    return v->fault[FAULT_DIE] > 0;
}

int64_t virtual_sensor_refuse_until_ns(const struct virtual_sensor *v)
{
    return v->until_ns[FAULT_REFUSE];
}

uint64_t virtual_sensor_lost(const struct virtual_sensor *v)
{
    uint64_t lost = v->lost;

    for (size_t i = 0; i < v->streams; i++)
        lost += v->stream[i]->queue.lost;
    return lost;
}
