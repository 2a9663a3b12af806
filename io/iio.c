#include "io/iio.h"

#include <errno.h>
#include <iio.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ATTRIBUTE_MAX = 4096 }; /* sysfs gives a page at most */

struct iio_accel {
    const struct sys *sys;
    struct iio_context *context;
    struct iio_device *device;
    struct iio_channel *channel[IIO_FIELDS]; /* NULL: not there */
    struct iio_buffer *buffer;
    struct iio_layout layout;
};

static int refuse(struct error *err, const char *what, int code)
{
    char why[128];

    if (code == INT_MIN) /* a server's word: it has no positive */
        code = -EPROTO;
    iio_strerror(code < 0 ? -code : code, why, sizeof why);
    return error_set(err, "%s: %s", what, why);
}

/* The first line; whoever serves a context over a network decides what is in it. */
static void copy_text(char to[CONF_TEXT_MAX], const char *from)
{
    size_t n = 0;

    for (; from && n < CONF_TEXT_MAX - 1 && from[n] && from[n] != '\n' && from[n] != '\r'; n++)
        to[n] = (unsigned char)from[n] < ' ' || from[n] == 127 ? '?' : from[n];
    to[n] = 0;
}

/* ---- attributes: of a channel, or of the device ---- */

/* Of both: 0, or -ENOENT where there is no such attribute, or what reading it answered. */
static int channel_text(const struct iio_channel *c, const char *name, char *to, size_t room)
{
    ssize_t n = iio_channel_find_attr(c, name) ? iio_channel_attr_read(c, name, to, room) : -ENOENT;

    if (n < 0)
        return (int)n;
    to[(size_t)n < room ? (size_t)n : room - 1] = 0;
    return 0;
}

static int device_text(const struct iio_device *d, const char *name, char *to, size_t room)
{
    ssize_t n = iio_device_find_attr(d, name) ? iio_device_attr_read(d, name, to, room) : -ENOENT;

    if (n < 0)
        return (int)n;
    to[(size_t)n < room ? (size_t)n : room - 1] = 0;
    return 0;
}

static int channel_number(const struct iio_channel *c, const char *name, double *to)
{
    char text[ATTRIBUTE_MAX];

    return channel_text(c, name, text, sizeof text) == 0 ? iio_text_number(text, to) : -1;
}

static int buffer_number(const struct iio_device *d, const char *name)
{
    char text[ATTRIBUTE_MAX];
    double value;

    if (!iio_device_find_buffer_attr(d, name))
        return 0;
    ssize_t n = iio_device_buffer_attr_read(d, name, text, sizeof text);
    if (n < 0 || n >= (ssize_t)sizeof text)
        return 0;
    text[n] = 0;
    return iio_text_number(text, &value) == 0 && value > 0 && value < 1e9 ? (int)value : 0;
}

/* An attribute that drivers put at the channel or at the device, and its ..._available. */
static int either_number(const struct iio_device *d, const struct iio_channel *c, const char *name,
                         double *to)
{
    char text[ATTRIBUTE_MAX];

    int code = channel_text(c, name, text, sizeof text);
    if (code == -ENOENT)
        code = device_text(d, name, text, sizeof text);
    if (code < 0)
        return code;
    return iio_text_number(text, to) == 0 ? 0 : -EINVAL;
}

static int either_choice(const struct iio_device *d, const struct iio_channel *c, const char *name,
                         struct iio_choice *to)
{
    char text[ATTRIBUTE_MAX];

    if (channel_text(c, name, text, sizeof text) < 0 && device_text(d, name, text, sizeof text) < 0)
        return -1;
    return iio_text_choice(text, to);
}

static bool write_number(const struct iio_device *d, struct iio_channel *const *axis, const char *name,
                         double value)
{
    char text[64];
    bool done = false;

    /* As many digits as the kernel takes: it refuses more than nine behind the point, and a driver compares. */
    snprintf(text, sizeof text, "%.9f", value);
    size_t end = strlen(text);
    while (text[end - 1] == '0')
        text[--end] = 0;
    if (text[end - 1] == '.')
        text[end - 1] = 0;
    for (int a = 0; a < IIO_AXES; a++)
        done |= iio_channel_find_attr(axis[a], name) && iio_channel_attr_write(axis[a], name, text) >= 0;
    if (!done && iio_device_find_attr(d, name))
        done = iio_device_attr_write(d, name, text) >= 0;
    return done;
}

/* ---- finding ---- */

static bool is_axis(struct iio_channel *c, int axis)
{
    static const enum iio_modifier modifier[IIO_AXES] = {IIO_MOD_X, IIO_MOD_Y, IIO_MOD_Z};

    return !iio_channel_is_output(c) && iio_channel_get_type(c) == IIO_ACCEL &&
           iio_channel_get_modifier(c) == modifier[axis];
}

/* One channel may be buffered and a second of the same kind not; the first that can be wins. */
static void find_channels(struct iio_device *d, struct iio_channel *channel[IIO_FIELDS],
                          bool buffered[IIO_FIELDS])
{
    unsigned n = iio_device_get_channels_count(d);

    for (int f = 0; f < IIO_FIELDS; f++) {
        channel[f] = NULL;
        buffered[f] = false;
    }
    for (unsigned i = 0; i < n; i++) {
        struct iio_channel *c = iio_device_get_channel(d, i);
        int f = -1;
        for (int a = 0; a < IIO_AXES; a++)
            if (is_axis(c, a))
                f = a;
        if (iio_channel_get_type(c) == IIO_TIMESTAMP)
            f = IIO_STAMP;
        else if (iio_channel_get_type(c) == IIO_TEMP && !iio_channel_is_output(c))
            f = IIO_TEMPERATURE;
        if (f < 0 || buffered[f])
            continue;
        channel[f] = c;
        buffered[f] = iio_channel_is_scan_element(c);
    }
}

static struct scan_format format_of(const struct iio_channel *c)
{
    const struct iio_data_format *f = iio_channel_get_data_format(c);

    return (struct scan_format){
        .storage = f->repeat > 1 ? 0 : f->length, /* a vector in one channel is no axis of ours */
        .bits = f->bits,
        .shift = f->shift,
        .has_sign = f->is_signed,
        .full = f->is_fully_defined,
        .big_endian = f->is_be,
    };
}

static bool is_usable(struct iio_channel *const *channel, const bool *buffered, struct error *why)
{
    for (int a = 0; a < IIO_AXES; a++) {
        if (!channel[a])
            return error_set(why, "no acceleration channel %c", "xyz"[a]), false;
        if (!buffered[a])
            return error_set(why, "its driver has no buffer (only single readings)"), false;
        struct scan_format f = format_of(channel[a]);
        if (!iio_sample_valid(&f))
            return error_set(why, "channel %c has a format that makes no sense", "xyz"[a]), false;
    }
    return true;
}

static void serial_of(const struct iio_context *context, const struct iio_device *d, char to[CONF_TEXT_MAX])
{
    char text[ATTRIBUTE_MAX] = "";

    if (device_text(d, "serial_number", text, sizeof text) == 0)
        copy_text(to, text);
    else
        copy_text(to, iio_context_get_attr_value(context, "hw_serial"));
}

static bool is_called(const struct iio_context *context, const struct iio_device *d, const char *name)
{
    char serial[CONF_TEXT_MAX];
    const char *called[3] = {iio_device_get_id(d), iio_device_get_name(d), iio_device_get_label(d)};

    for (int i = 0; i < 3; i++)
        if (called[i] && strcmp(called[i], name) == 0)
            return true;
    serial_of(context, d, serial);
    return serial[0] && strcmp(serial, name) == 0;
}

static int find_device(struct iio_accel *a, const char *name, struct error *err)
{
    unsigned n = iio_context_get_devices_count(a->context);
    struct error why = {""};

    for (unsigned i = 0; i < n; i++) {
        bool buffered[IIO_FIELDS];
        struct iio_device *d = iio_context_get_device(a->context, i);
        if (name[0] && !is_called(a->context, d, name))
            continue;
        find_channels(d, a->channel, buffered);
        if (is_usable(a->channel, buffered, &why)) {
            for (int f = 0; f < IIO_FIELDS; f++)
                a->channel[f] = buffered[f] ? a->channel[f] : NULL;
            a->device = d;
            return 0;
        }
        if (name[0])
            return error_set(err, "device '%s' cannot be used: %s", name, why.text);
    }
    if (name[0])
        return error_set(err, "no device '%s' among %u", name, n);
    return error_set(err, "no accelerometer with buffered x, y and z among %u devices", n);
}

/* ---- setting up ---- */

static double range_of(const struct scan_format *f, double scale)
{
    return fabs(scale) * (double)scan_format_max(f);
}

static void set_range(struct iio_accel *a, double range_mps2)
{
    struct iio_choice scales;
    struct scan_format f = format_of(a->channel[0]);

    if (range_mps2 > 0 && either_choice(a->device, a->channel[0], "scale_available", &scales) == 0)
        write_number(a->device, a->channel, "scale",
                     iio_choice_at_least(&scales, range_mps2 / (double)scan_format_max(&f)));
}

static int read_scale(struct iio_accel *a, struct iio_found *found, struct error *err)
{
    for (int i = 0; i < IIO_AXES; i++) {
        found->format[i] = format_of(a->channel[i]);
        int code = either_number(a->device, a->channel[i], "scale", &found->scale[i]);
        if (code < 0 && code != -ENOENT)
            return refuse(err, "scale", code);
        if (code < 0 || found->scale[i] == 0)
            return error_set(err, "channel %c has no scale: its counts cannot be made m/s^2", "xyz"[i]);
        if (either_number(a->device, a->channel[i], "offset", &found->offset[i]) < 0)
            found->offset[i] = 0;
    }
    return 0;
}

/* The trigger that is in force, the one that is wished for, or the one that the driver made for itself. */
static const struct iio_device *set_trigger(struct iio_accel *a, const char *wished, struct iio_found *found)
{
    const struct iio_device *now = NULL;
    unsigned n = iio_context_get_devices_count(a->context);
    const char *own = iio_device_get_name(a->device);

    if (iio_device_get_trigger(a->device, &now) < 0)
        now = NULL;
    for (unsigned i = 0; i < n && (wished[0] || !now); i++) {
        const struct iio_device *t = iio_context_get_device(a->context, i);
        const char *name = iio_device_is_trigger(t) ? iio_device_get_name(t) : NULL;
        if (!name)
            continue;
        bool fits = wished[0] ? strcmp(name, wished) == 0
                              : own && strncmp(name, own, strlen(own)) == 0 &&
                                    strncmp(name + strlen(own), "-dev", 4) == 0;
        if (fits && iio_device_set_trigger(a->device, t) >= 0) {
            now = t;
            break;
        }
    }
    copy_text(found->trigger, now ? iio_device_get_name(now) : "");
    return now;
}

static int set_rate(struct iio_accel *a, double asked, const struct iio_device *trigger,
                    struct iio_found *found, struct error *err)
{
    static const char name[] = "sampling_frequency";
    struct iio_choice rates;
    double rate = asked;

    if (either_choice(a->device, a->channel[0], "sampling_frequency_available", &rates) == 0)
        rate = iio_choice_nearest(&rates, asked);
    if (rate > 0)
        write_number(a->device, a->channel, name, rate);
    if (either_number(a->device, a->channel[0], name, &found->rate_hz) < 0 && trigger) {
        char text[ATTRIBUTE_MAX];
        snprintf(text, sizeof text, "%.0f", asked);
        if (iio_device_attr_write(trigger, name, text) < 0 ||
            device_text(trigger, name, text, sizeof text) < 0 || iio_text_number(text, &found->rate_hz) < 0)
            found->rate_hz = 0;
    }
    /* It has none to set: what was asked for is the first guess, and the true rate is measured. */
    if (!(found->rate_hz > 0))
        found->rate_hz = asked;
    return found->rate_hz >= 1 && found->rate_hz <= 100000
               ? 0
               : error_set(err, "a sampling frequency of %g Hz makes no sense", found->rate_hz);
}

static void set_clock(struct iio_accel *a, struct iio_found *found)
{
    static const char name[] = "current_timestamp_clock";
    char text[ATTRIBUTE_MAX];

    if (!a->channel[IIO_STAMP])
        return;
    if (iio_device_find_attr(a->device, name) && iio_device_attr_write(a->device, name, "monotonic") < 0)
        (void)!iio_device_attr_write(a->device, name, "realtime");
    copy_text(found->clock, device_text(a->device, name, text, sizeof text) == 0 ? text : "realtime");
}

/* What drivers do to samples unless told otherwise. */
static void set_plain(struct iio_accel *a)
{
    /* A high-pass would take the level away, and with it the periods of large earthquakes. */
    write_number(a->device, a->channel, "filter_high_pass_3db_frequency", 0);
    /* HID sensors report changes only: a quiet ground would be a silent sensor. */
    write_number(a->device, a->channel, "hysteresis", 0);
}

static void read_mount(struct iio_accel *a, struct iio_found *found)
{
    static const char *const name[] = {"mount_matrix", "in_mount_matrix", "in_accel_mount_matrix"};
    char text[ATTRIBUTE_MAX];

    for (int i = 0; i < 3 && !found->has_mount; i++)
        if (channel_text(a->channel[0], name[i], text, sizeof text) == 0 ||
            device_text(a->device, name[i], text, sizeof text) == 0)
            found->has_mount = iio_text_matrix(text, found->mount) == 0;
}

static double temperature_of(const struct iio_device *d, double *scale, double *offset)
{
    struct iio_channel *channel[IIO_FIELDS], *t;
    bool buffered[IIO_FIELDS];
    double raw;

    find_channels((struct iio_device *)(uintptr_t)d, channel, buffered);
    t = channel[IIO_TEMPERATURE];
    if (!t)
        return NAN;
    if (channel_number(t, "scale", scale) < 0)
        *scale = 0;
    if (channel_number(t, "offset", offset) < 0)
        *offset = 0;
    *scale /= 1000; /* IIO: thousandths of a degree */
    if (*scale != 0 && channel_number(t, "raw", &raw) == 0)
        return (raw + *offset) * *scale;
    return channel_number(t, "input", &raw) == 0 ? raw / 1000 : NAN;
}

static void enable(struct iio_accel *a)
{
    unsigned n = iio_device_get_channels_count(a->device);

    for (unsigned i = 0; i < n; i++)
        iio_channel_disable(iio_device_get_channel(a->device, i));
    for (int f = 0; f < IIO_FIELDS; f++)
        if (a->channel[f])
            iio_channel_enable(a->channel[f]);
}

static int open_buffer(struct iio_accel *a, const struct iio_wish *wish, struct iio_found *found,
                       struct error *err)
{
    double samples = floor(found->rate_hz * wish->latency_ms / 1000);

    found->samples = samples < 1 ? 1 : samples > IIO_BATCH_MAX ? IIO_BATCH_MAX : (unsigned)samples;
    /* Small buffers for the latency need many of them, as the kernel holds no more than that. */
    for (found->kernel_buffers = wish->kernel_buffers; found->kernel_buffers > 0; found->kernel_buffers /= 2)
        if (iio_device_set_kernel_buffers_count(a->device, found->kernel_buffers) >= 0)
            break;
    enable(a);
    found->enabled_ns = a->sys->mono_ns(a->sys->ctx);
    a->buffer = iio_device_create_buffer(a->device, found->samples, false);
    if (!a->buffer && a->channel[IIO_TEMPERATURE]) { /* some drivers cannot buffer it along with the axes */
        a->channel[IIO_TEMPERATURE] = NULL;
        enable(a);
        a->buffer = iio_device_create_buffer(a->device, found->samples, false);
    }
    if (!a->buffer)
        return refuse(err, errno == EBUSY ? "buffer (another program reads it)" : "buffer", errno);
    found->length = buffer_number(a->device, "length");
    found->watermark = buffer_number(a->device, "watermark");
    if (!a->channel[IIO_TEMPERATURE])
        found->temperature_scale = 0;
    for (int f = 0; f < IIO_FIELDS; f++) {
        a->layout.has[f] = a->channel[f] != NULL;
        if (a->channel[f])
            a->layout.format[f] = format_of(a->channel[f]);
    }
    return 0;
}

static bool is_near(const char *uri)
{
    return strncmp(uri, "local:", 6) == 0 || strncmp(uri, "ip:127.", 7) == 0 ||
           strncmp(uri, "ip:localhost", 12) == 0 || strcmp(uri, "ip:::1") == 0;
}

static int set_up(struct iio_accel *a, const struct iio_wish *wish, struct iio_found *found,
                  struct error *err)
{
    copy_text(found->id, iio_device_get_id(a->device));
    copy_text(found->name, iio_device_get_name(a->device));
    copy_text(found->label, iio_device_get_label(a->device));
    serial_of(a->context, a->device, found->serial);
    const struct iio_device *trigger = set_trigger(a, wish->trigger, found);
    set_plain(a);
    set_range(a, wish->range_mps2);
    if (set_rate(a, wish->rate_hz, trigger, found, err) < 0 || read_scale(a, found, err) < 0)
        return -1;
    set_clock(a, found);
    read_mount(a, found);
    found->temperature_c = temperature_of(a->device, &found->temperature_scale, &found->temperature_offset);
    return open_buffer(a, wish, found, err);
}

/* 0.24 cuts the port off the very text that it is given, so it gets one of its own. */
static struct iio_context *create_context(const char *uri)
{
    char own[2 * CONF_TEXT_MAX];

    if (strlen(uri) >= sizeof own) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    memcpy(own, uri, strlen(uri) + 1);
    return iio_create_context_from_uri(own);
}

static int open_context(struct iio_accel *a, const char *uri, const struct iio_wish *wish,
                        struct iio_found *found, struct error *err)
{
    struct error why;

    memset(found, 0, sizeof *found);
    copy_text(found->uri, uri);
    found->is_near = is_near(uri);
    a->context = create_context(uri);
    if (!a->context)
        return refuse(err, uri, errno);
    /* Before the buffer, which takes it over. */
    int refused = iio_context_set_timeout(a->context, wish->timeout_ms);
    if (refused < 0)
        return refuse(err, uri, refused);
    if (find_device(a, wish->device, &why) < 0 || set_up(a, wish, found, &why) < 0)
        return error_set(err, "%s: %s", uri, why.text);
    return 0;
}

static void release(struct iio_accel *a)
{
    if (a->buffer)
        iio_buffer_destroy(a->buffer);
    if (a->context)
        iio_context_destroy(a->context);
    a->buffer = NULL;
    a->context = NULL;
}

/* What a scan of the backend finds, until `each` answers true. */
static bool scan(const char *backend, bool (*each)(void *ctx, const char *uri), void *ctx)
{
    struct iio_scan_context *s = iio_create_scan_context(backend, 0);
    struct iio_context_info **info;
    bool done = false;

    if (!s)
        return false;
    ssize_t n = iio_scan_context_get_info_list(s, &info);
    for (ssize_t i = 0; i < n && !done; i++)
        done = each(ctx, iio_context_info_get_uri(info[i]));
    if (n >= 0)
        iio_context_info_list_free(info);
    iio_scan_context_destroy(s);
    return done;
}

struct attempt {
    struct iio_accel *accel;
    const struct iio_wish *wish;
    struct iio_found *found;
    struct error *err;
};

static bool try_open(void *ctx, const char *uri)
{
    struct attempt *t = ctx;

    if (open_context(t->accel, uri, t->wish, t->found, t->err) == 0)
        return true;
    release(t->accel);
    return false;
}

int iio_accel_open(struct iio_accel **out, const struct sys *sys, const struct iio_wish *wish,
                   struct iio_found *found, struct error *err)
{
    struct iio_accel *a = sys_alloc(sys, sizeof *a);
    struct error other;

    *out = NULL;
    if (!a)
        return error_set(err, "out of memory");
    a->sys = sys;
    struct attempt named = {a, wish, found, err}, found_by_scan = {a, wish, found, &other};
    bool opened = try_open(&named, wish->uri[0] ? wish->uri : "local:");
    /* A network is not searched: whoever answers there first would be this building's sensor. */
    if (!opened && wish->uri[0] == 0)
        opened = scan("usb", try_open, &found_by_scan);
    if (!opened) {
        sys_free(sys, a);
        return -1;
    }
    *out = a;
    return 0;
}

enum iio_read iio_accel_read(struct iio_accel *a, struct iio_batch *batch, struct error *err)
{
    ssize_t n = iio_buffer_refill(a->buffer);

    batch->n = 0;
    if (n == -ETIMEDOUT || n == -EAGAIN || n == -EINTR || n == 0)
        return IIO_NOTHING;
    if (n < 0) {
        refuse(err, n == -EPIPE ? "the connection is gone or its server frozen" : "samples", (int)n);
        return IIO_DEAD;
    }
    const char *start = iio_buffer_start(a->buffer), *end = iio_buffer_end(a->buffer);
    ptrdiff_t step = iio_buffer_step(a->buffer);
    /* Where a channel lies depends on what else the server says is in the buffer, so it is asked each time. */
    for (int f = 0; f < IIO_FIELDS; f++)
        if (a->channel[f])
            a->layout.offset[f] = (size_t)((const char *)iio_buffer_first(a->buffer, a->channel[f]) - start);
    a->layout.step = step > 0 ? (size_t)step : 0;
    iio_sample_batch(&a->layout, start, (size_t)(end - start), batch);
    if (batch->n > 0)
        return IIO_SAMPLES;
    error_set(err, "a buffer of %zd bytes holds no sample of %td", n, step);
    return IIO_DEAD;
}

void iio_accel_cancel(struct iio_accel *a)
{
    iio_buffer_cancel(a->buffer);
}

void iio_accel_close(struct iio_accel *a)
{
    if (!a)
        return;
    release(a);
    sys_free(a->sys, a);
}

/* ---- looking round ---- */

static void describe(const struct iio_context *context, const struct iio_device *d, struct iio_seen *seen)
{
    struct iio_channel *channel[IIO_FIELDS];
    bool buffered[IIO_FIELDS];
    struct error why = {""};
    char text[ATTRIBUTE_MAX];
    const struct iio_device *trigger = NULL;
    double scale, offset;

    copy_text(seen->id, iio_device_get_id(d));
    copy_text(seen->name, iio_device_get_name(d));
    copy_text(seen->label, iio_device_get_label(d));
    serial_of(context, d, seen->serial);
    find_channels((struct iio_device *)(uintptr_t)d, channel, buffered);
    for (int a = 0, n = 0; a < IIO_AXES; a++)
        if (channel[a])
            seen->axes[n++] = "xyz"[a];
    if (!seen->axes[0])
        return;
    seen->is_usable = is_usable(channel, buffered, &why);
    copy_text(seen->why, why.text);
    seen->has_timestamp = buffered[IIO_STAMP];
    struct iio_channel *any = channel[0] ? channel[0] : channel[1] ? channel[1] : channel[2];
    struct scan_format f = format_of(any);
    if (iio_sample_valid(&f))
        scan_format_print(&f, seen->format);
    (void)!either_number(d, any, "sampling_frequency", &seen->rate_hz);
    (void)!either_choice(d, any, "sampling_frequency_available", &seen->rates);
    (void)!either_choice(d, any, "scale_available", &seen->scales);
    if (either_number(d, any, "scale", &seen->scale) == 0 && iio_sample_valid(&f))
        seen->range_mps2 = range_of(&f, seen->scale);
    if (device_text(d, "current_timestamp_clock", text, sizeof text) == 0)
        copy_text(seen->clock, text);
    if (iio_device_get_trigger(d, &trigger) >= 0 && trigger)
        copy_text(seen->trigger, iio_device_get_name(trigger));
    seen->has_mount = channel_text(any, "mount_matrix", text, sizeof text) == 0 ||
                      device_text(d, "in_mount_matrix", text, sizeof text) == 0;
    seen->temperature_c = temperature_of(d, &scale, &offset);
}

struct look {
    unsigned timeout_ms;
    iio_seen_sink sink;
    void *ctx;
    struct error *err;
    unsigned contexts;
};

static bool look_at(void *ctx, const char *uri)
{
    struct look *look = ctx;
    struct iio_context *context = create_context(uri);

    if (!context) {
        refuse(look->err, uri, errno);
        return false;
    }
    look->contexts++;
    (void)!iio_context_set_timeout(context, look->timeout_ms);
    unsigned n = iio_context_get_devices_count(context);
    for (unsigned i = 0; i < n; i++) {
        const struct iio_device *d = iio_context_get_device(context, i);
        struct iio_seen seen = {.temperature_c = NAN};
        if (iio_device_is_trigger(d))
            continue;
        copy_text(seen.uri, uri);
        copy_text(seen.context, iio_context_get_description(context));
        describe(context, d, &seen);
        look->sink(look->ctx, &seen);
    }
    iio_context_destroy(context);
    return false;
}

int iio_look(const char *uri, unsigned timeout_ms, iio_seen_sink sink, void *ctx, struct error *err)
{
    struct look look = {.timeout_ms = timeout_ms, .sink = sink, .ctx = ctx, .err = err};

    look_at(&look, uri[0] ? uri : "local:");
    if (uri[0] == 0) {
        scan("usb", look_at, &look);
        scan("ip", look_at, &look);
    }
    return look.contexts > 0 ? 0 : -1;
}

const char *iio_library(char *to, size_t room)
{
    unsigned major, minor;
    char tag[8];

    iio_library_get_version(&major, &minor, tag);
    snprintf(to, room, "%u.%u", major, minor);
    return to;
}
