/* iio.h - an accelerometer behind libiio; io/iio.c is the only file that knows that library (0.24 to 0.26).
 *
 * A context is a URI: "local:" (this machine's kernel), "ip:HOST[:PORT]", "usb:...", "serial:...", "xml:FILE". An accelerometer is
 * whatever has acceleration channels x, y and z that can be buffered; its name does not matter. Opening sets what
 * was wished, as far as the device can, and reads back what it has become.
 *
 * Every call may wait: open and close for seconds (a name look-up; a server that is frozen), read for the timeout.
 * So all of it belongs into a thread of its own. No call waits without end. One thread an object, but
 * iio_accel_cancel. The process must ignore SIGPIPE: closing writes to a socket whose other end may be gone,
 * and the library does not ask for the error instead. */
#ifndef TOCSIN_IO_IIO_H
#define TOCSIN_IO_IIO_H

#include <stdbool.h>
#include <stdint.h>

#include "io/conf.h"
#include "io/error.h"
#include "io/iio_sample.h"
#include "io/iio_text.h"
#include "io/sys.h"

struct iio_wish {
    const char *uri;                     /* "": local:, and if it has no accelerometer what usb: has */
    const char *device;                  /* id, name, label or serial number; "": the first accelerometer */
    const char *trigger;                 /* "": the one that is set, or the device's own */
    double rate_hz;                      /* the nearest that it has */
    double latency_ms;                   /* how long a buffer may take to fill */
    double range_mps2;                   /* the smallest range that holds it; 0: as it is set */
    unsigned kernel_buffers, timeout_ms; /* of any call from then on; not 0 */
};

struct iio_found { /* as read back; text is "" and numbers are 0 where the device does not say */
    char uri[CONF_TEXT_MAX], id[CONF_TEXT_MAX], name[CONF_TEXT_MAX], label[CONF_TEXT_MAX];
    char serial[CONF_TEXT_MAX], trigger[CONF_TEXT_MAX];
    char clock[CONF_TEXT_MAX]; /* of the timestamps, "monotonic"; "": it has none */
    bool is_near;              /* on this machine: the clock is ours */
    double rate_hz;
    double scale[IIO_AXES], offset[IIO_AXES]; /* m/s^2 = (counts + offset) * scale */
    struct scan_format format[IIO_AXES];
    bool has_mount;
    double mount[IIO_AXES][IIO_AXES];
    double temperature_scale,
        temperature_offset;           /* degrees C = (counts + offset) * scale; scale 0: not in the buffer */
    double temperature_c;             /* at opening; NAN: not known */
    unsigned samples, kernel_buffers; /* of a buffer; how many were asked for and accepted */
    int length, watermark;
    int64_t enabled_ns; /* monotonic; samples from before it lay in the chip */
};

struct iio_accel;

/* 0 and *out for iio_accel_close, or -1 with err. Samples flow from then on. */
int iio_accel_open(struct iio_accel **out, const struct sys *sys, const struct iio_wish *wish,
                   struct iio_found *found, struct error *err);
enum iio_read {
    IIO_SAMPLES, /* batch->n >= 1 */
    IIO_NOTHING, /* none within the time, the connection holds: wait on, or open again */
    IIO_DEAD,    /* close it; err says why */
};
/* Waits for a buffer, at most timeout_ms (0.24: over a network half of it for a device that is silent, all
 * of it for a server that is). */
enum iio_read iio_accel_read(struct iio_accel *a, struct iio_batch *batch, struct error *err);
/* Any thread, while *a is open: a read that waits ends at once, with IIO_DEAD, and so does every later one. */
void iio_accel_cancel(struct iio_accel *a);
void iio_accel_close(struct iio_accel *a); /* NULL is fine */

/* Looking round, for people. */
struct iio_seen {
    char uri[CONF_TEXT_MAX], context[CONF_TEXT_MAX]; /* and its description */
    char id[CONF_TEXT_MAX], name[CONF_TEXT_MAX], label[CONF_TEXT_MAX], serial[CONF_TEXT_MAX];
    char axes[8];            /* of acceleration: "xyz"; "": no accelerometer */
    bool is_usable;          /* x, y and z can be buffered */
    char why[CONF_TEXT_MAX]; /* not usable: what is missing */
    char format[CONF_TEXT_MAX], clock[CONF_TEXT_MAX], trigger[CONF_TEXT_MAX];
    bool has_timestamp, has_mount;
    double rate_hz, scale, range_mps2, temperature_c;
    struct iio_choice rates, scales; /* n and step 0: not told */
};
typedef void (*iio_seen_sink)(void *ctx, const struct iio_seen *seen);
/* Every device of the context, or (uri "") of local: and of each context that a scan finds: usb, and mDNS where the library has it.
 * 0, or -1 with err when the named context cannot be opened. */
int iio_look(const char *uri, unsigned timeout_ms, iio_seen_sink sink, void *ctx, struct error *err);
/* "0.24". Returns to. */
const char *iio_library(char *to, size_t room);

#endif
