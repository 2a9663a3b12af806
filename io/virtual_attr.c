#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/virtual_parts.h"

/* What of a value is being asked for; the functions that answer print into `to` or take `number`. */
struct asked {
    struct virtual_sensor *v;
    unsigned axis;
    const char *text; /* of a write, without its end of line */
    double number;    /* NAN: it is none */
    char *to;
    size_t room;
};

typedef bool (*has_it)(const struct virtual_driver *d);
typedef int (*answer)(struct asked *q);

static int print(struct asked *q, const char *format, double value)
{
    return snprintf(q->to, q->room, format, value);
}

static int get_raw(struct asked *q)
{
    return snprintf(q->to, q->room, "%d", (int)virtual_sample(q->v, q->v->next)[q->axis]);
}

static int get_scale(struct asked *q)
{
    return snprintf(q->to, q->room, "%s", q->v->conf.scale_text);
}

/* One range only, as adxl355's driver: what is there already is accepted. */
static int set_scale(struct asked *q)
{
    return fabs(q->number - q->v->conf.scale) < 1e-9 ? 0 : -EINVAL;
}

static int get_rate(struct asked *q)
{
    return print(q, "%.6f", q->v->conf.track[q->v->track].rate_hz);
}

static int set_rate(struct asked *q)
{
    return virtual_set_rate(q->v, q->number);
}

static int get_rates(struct asked *q)
{
    size_t n = 0;

    for (size_t i = 0; i < q->v->conf.tracks && n < q->room; i++)
        n += (size_t)snprintf(q->to + n, q->room - n, "%s%.6f", i ? " " : "", q->v->conf.track[i].rate_hz);
    return (int)n;
}

static int get_hysteresis(struct asked *q)
{
    return print(q, "%.6f", 0);
}

static int set_hysteresis(struct asked *q)
{
    return q->number == 0 ? 0 : -EINVAL;
}

static int get_temperature(struct asked *q)
{
    return snprintf(q->to, q->room, "%d", (int)virtual_temperature(q->v));
}

static int get_temperature_scale(struct asked *q)
{
    return snprintf(q->to, q->room, "-110.497238");
}

static int get_temperature_offset(struct asked *q)
{
    return snprintf(q->to, q->room, "-2111.250000");
}

static int get_matrix(struct asked *q)
{
    const double(*m)[3] = (const double(*)[3])q->v->conf.matrix;

    return snprintf(q->to, q->room, "%g, %g, %g; %g, %g, %g; %g, %g, %g", m[0][0], m[0][1], m[0][2], m[1][0],
                    m[1][1], m[1][2], m[2][0], m[2][1], m[2][2]);
}

static int get_clock(struct asked *q)
{
    return snprintf(q->to, q->room, "%s", q->v->clock == CLOCK_IS_REALTIME ? "realtime" : "monotonic");
}

static int set_clock(struct asked *q)
{
    if (q->v->streams > 0)
        return -EBUSY;
    if (strcmp(q->text, "realtime") == 0)
        q->v->clock = CLOCK_IS_REALTIME;
    else if (strcmp(q->text, "monotonic") == 0)
        q->v->clock = CLOCK_IS_MONOTONIC;
    else
        return -EINVAL;
    return 0;
}

static int get_length(struct asked *q)
{
    return print(q, "%.0f", (double)q->v->length);
}

static int get_watermark(struct asked *q)
{
    return print(q, "%.0f", (double)q->v->watermark);
}

static int set_size(struct asked *q, size_t *size)
{
    if (q->v->streams > 0)
        return -EBUSY;
    if (!(q->number >= 1 && q->number <= VIRTUAL_QUEUE_MAX))
        return -EINVAL;
    *size = (size_t)q->number;
    return 0;
}

static int set_length(struct asked *q)
{
    return set_size(q, &q->v->length);
}

static int set_watermark(struct asked *q)
{
    return set_size(q, &q->v->watermark);
}

static int get_enable(struct asked *q)
{
    return print(q, "%.0f", q->v->streams > 0);
}

static int get_available(struct asked *q)
{
    size_t most = 0;

    for (size_t i = 0; i < q->v->streams; i++)
        if (q->v->stream[i]->queue.held > most)
            most = q->v->stream[i]->queue.held;
    return print(q, "%.0f", (double)most);
}

static int get_lost(struct asked *q)
{
    return print(q, "%.0f", (double)virtual_sensor_lost(q->v));
}

/* Where in the track, in its own time. */
static int get_position(struct asked *q)
{
    return print(q, "%.6f", (double)q->v->next / q->v->conf.track[q->v->track].rate_hz);
}

static int get_streams(struct asked *q)
{
    return print(q, "%.0f", (double)q->v->streams);
}

static bool rate_on_channel(const struct virtual_driver *d)
{
    return d->rate_on_channel;
}

static bool rates_on_channel(const struct virtual_driver *d)
{
    return d->rate_on_channel && d->rates_listed;
}

static bool rate_on_device(const struct virtual_driver *d)
{
    return !d->rate_on_channel;
}

static bool rates_on_device(const struct virtual_driver *d)
{
    return !d->rate_on_channel && d->rates_listed;
}

static bool hysteresis(const struct virtual_driver *d)
{
    return d->hysteresis;
}

enum scope { ON_AXIS, ON_TEMPERATURE, ON_DEVICE, ON_BUFFER, ON_DEBUG };

static const struct row {
    enum scope scope;
    const char *name, *file; /* file: of a channel's, in sysfs; # is the axis' letter */
    has_it has;              /* NULL: each driver */
    answer get, set;
} rows[] = {
    {ON_AXIS, "raw", "in_accel_#_raw", NULL, get_raw, NULL},
    {ON_AXIS, "scale", "in_accel_scale", NULL, get_scale, set_scale},
    {ON_AXIS, "sampling_frequency", "in_accel_sampling_frequency", rate_on_channel, get_rate, set_rate},
    {ON_AXIS, "sampling_frequency_available", "in_accel_sampling_frequency_available", rates_on_channel,
     get_rates, NULL},
    {ON_AXIS, "hysteresis", "in_accel_hysteresis", hysteresis, get_hysteresis, set_hysteresis},
    {ON_TEMPERATURE, "raw", "in_temp_raw", NULL, get_temperature, NULL},
    {ON_TEMPERATURE, "scale", "in_temp_scale", NULL, get_temperature_scale, NULL},
    {ON_TEMPERATURE, "offset", "in_temp_offset", NULL, get_temperature_offset, NULL},
    {ON_DEVICE, "current_timestamp_clock", NULL, NULL, get_clock, set_clock},
    {ON_DEVICE, "sampling_frequency", NULL, rate_on_device, get_rate, set_rate},
    {ON_DEVICE, "sampling_frequency_available", NULL, rates_on_device, get_rates, NULL},
    {ON_DEVICE, "in_mount_matrix", NULL, NULL, get_matrix, NULL},
    {ON_BUFFER, "length", NULL, NULL, get_length, set_length},
    {ON_BUFFER, "enable", NULL, NULL, get_enable, NULL},
    {ON_BUFFER, "watermark", NULL, NULL, get_watermark, set_watermark},
    {ON_BUFFER, "data_available", NULL, NULL, get_available, NULL},
    {ON_DEBUG, "lost", NULL, NULL, get_lost, NULL},
    {ON_DEBUG, "position_s", NULL, NULL, get_position, NULL},
    {ON_DEBUG, "streams", NULL, NULL, get_streams, NULL},
};
enum { ROWS = sizeof rows / sizeof *rows };

static bool has(const struct virtual_sensor *v, const struct row *row)
{
    if (strcmp(row->name, "in_mount_matrix") == 0)
        return v->conf.has_matrix;
    return !row->has || row->has(v->conf.driver);
}

static enum scope scope_of(enum iiod_where where, bool temperature)
{
    switch (where) {
    case IIOD_DEVICE:
        return ON_DEVICE;
    case IIOD_CHANNEL:
        return temperature ? ON_TEMPERATURE : ON_AXIS;
    case IIOD_DEBUG:
        return ON_DEBUG;
    case IIOD_BUFFER:
        return ON_BUFFER;
    }
    return ON_DEVICE;
}

void virtual_attr_each(const struct virtual_sensor *v, enum iiod_where where, bool temperature,
                       void (*tell)(void *ctx, const char *name, const char *file), void *ctx)
{
    enum scope scope = scope_of(where, temperature);

    for (int i = 0; i < ROWS; i++)
        if (rows[i].scope == scope && has(v, &rows[i]))
            tell(ctx, rows[i].name, rows[i].file);
    for (int i = 0; i < FAULTS && where == IIOD_DEBUG; i++)
        tell(ctx, virtual_faults[i].name, NULL);
}

/* The row that is meant, and the axis; NULL with *why. */
static const struct row *find(const struct virtual_sensor *v, const struct iiod_attribute *a, unsigned *axis,
                              int *why)
{
    static const char *const axes[VIRTUAL_AXES] = {"accel_x", "accel_y", "accel_z"};
    bool temperature = strcmp(a->channel, "temp") == 0 && v->conf.driver->temperature;

    *axis = 0;
    *why = -ENOENT;
    if (a->where == IIOD_CHANNEL && !temperature) {
        while (*axis < VIRTUAL_AXES && strcmp(a->channel, axes[*axis]) != 0)
            (*axis)++;
        if (*axis == VIRTUAL_AXES)
            return NULL;
    }
    for (int i = 0; i < ROWS; i++)
        if (rows[i].scope == scope_of(a->where, temperature) && strcmp(rows[i].name, a->name) == 0 &&
            has(v, &rows[i]))
            return &rows[i];
    return NULL;
}

static int find_fault(const struct iiod_attribute *a)
{
    for (int i = 0; i < FAULTS && a->where == IIOD_DEBUG; i++)
        if (strcmp(virtual_faults[i].name, a->name) == 0)
            return i;
    return -1;
}

/* The end of the text counts as a byte of the value, as in what the kernel's files give through iiod. */
static int ended(int n, size_t room)
{
    return n < 0 || (size_t)n >= room ? -EIO : n + 1;
}

int virtual_attr_read(void *ctx, const struct iiod_attribute *a, char *to, size_t room)
{
    struct virtual_sensor *v = ctx;
    struct asked q = {.v = v, .to = to, .room = room};
    const struct row *row;
    int fault, why;

    if (!virtual_is_device(v, a->device))
        return -ENODEV;
    fault = find_fault(a);
    if (fault >= 0)
        return ended(print(&q, "%.9g", virtual_fault_read(v, (enum virtual_fault)fault)), room);
    if (a->where != IIOD_DEBUG && virtual_is_gone(v))
        return -ENODEV;
    row = find(v, a, &q.axis, &why);
    return row ? ended(row->get(&q), room) : why;
}

int virtual_attr_write(void *ctx, const struct iiod_attribute *a, const char *value, size_t n)
{
    struct virtual_sensor *v = ctx;
    char text[64], *end;
    struct asked q = {.v = v, .text = text, .number = NAN};
    size_t length = strnlen(value, n);
    const struct row *row;
    int fault, why;

    if (!virtual_is_device(v, a->device))
        return -ENODEV;
    while (length > 0 && strchr(" \r\n", value[length - 1]))
        length--;
    if (length == 0 || length >= sizeof text)
        return -EINVAL;
    memcpy(text, value, length);
    text[length] = 0;
    q.number = strtod(text, &end);
    if (*end != 0 || !isfinite(q.number))
        q.number = NAN;
    fault = find_fault(a);
    if (fault >= 0) {
        why = isnan(q.number) ? -EINVAL : virtual_fault_write(v, (enum virtual_fault)fault, q.number);
        return why < 0 ? why : (int)n;
    }
    if (virtual_is_gone(v))
        return -ENODEV;
    row = find(v, a, &q.axis, &why);
    if (row)
        why = row->set ? row->set(&q) : -EACCES;
    return why < 0 ? why : (int)n;
}
