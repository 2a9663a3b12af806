/* virtual_sensor.h - an accelerometer that plays counts, as a Linux driver shows it through iiod.
 *
 * What a client sees (channels, attributes, formats, trigger) is that of a real driver; what it measures are
 * tracks of counts, one for each rate that can be set. One sensor, many clients: all see the same samples at
 * the same time, each through a queue of its own that loses the newest when it is full, as the kernel's.
 *
 * Time is an argument (ns, CLOCK_MONOTONIC): whoever owns the sensor calls virtual_sensor_advance, and each
 * sample whose time has come is put into the queues. Time stamps are whole multiples of the period after the
 * start, whenever that call came. Faults come by debug attributes; io/virtual_fault.h lists them. After
 * virtual_sensor_open only opening a buffer allocates. One thread. */
#ifndef TOCSIN_IO_VIRTUAL_SENSOR_H
#define TOCSIN_IO_VIRTUAL_SENSOR_H

#include "io/error.h"
#include "io/iiod.h"
#include "io/scan_format.h"
#include "io/sys.h"

enum {
    VIRTUAL_AXES = 3,
    VIRTUAL_TRACKS = 8,            /* rates */
    VIRTUAL_STREAMS = 32,          /* open buffers at once */
    VIRTUAL_QUEUE_MAX = 1 << 16,   /* scans of one buffer; more is refused, ENOMEM */
    VIRTUAL_BUFFERS_MAX = 1 << 10, /* kernel buffers that a client may ask for */
    VIRTUAL_NAME = 32,
    VIRTUAL_XML = 16384
};

struct virtual_track {
    double rate_hz;
    int64_t n;                      /* at least 1 */
    int64_t again;                  /* sample that follows the last one */
    int32_t (*count)[VIRTUAL_AXES]; /* x y z; the caller's, for as long as the sensor lives */
};

struct virtual_driver { /* what one driver of Linux shows */
    const char *name;
    const char *format;
    double scale;           /* m/s^2 a count */
    const char *scale_text; /* as its attribute says it */
    bool rate_on_channel;   /* sampling_frequency is a channel's attribute, not the device's */
    bool rates_listed;      /* sampling_frequency_available */
    bool temperature;       /* a channel of it in the scan */
    bool trigger;           /* its buffer runs by a trigger of its own */
    bool matrix;            /* in_mount_matrix */
    bool hysteresis;
};

struct virtual_conf {
    const struct virtual_driver *driver;
    char name[VIRTUAL_NAME], label[VIRTUAL_NAME]; /* letters, digits, "._-:"; label "" : none */
    struct scan_format format;
    double scale; /* m/s^2 a count */
    char scale_text[24];
    double matrix[3][3]; /* in_mount_matrix; the tracks are in the sensor's axes already */
    bool has_matrix;
    struct virtual_track track[VIRTUAL_TRACKS];
    size_t tracks; /* the first is played until another rate is set */
    int64_t start; /* sample of the first track to begin with */
    bool wait; /* the first buffer that is opened begins the track; till then it stands at its first sample */
    bool once; /* the track ends: then the sensor gives nothing more */
};

/* The drivers known, in a table that ends with a NULL name; the first is the default. */
extern const struct virtual_driver virtual_drivers[];
const struct virtual_driver *virtual_driver_find(const char *name);        /* NULL: none */
const struct virtual_driver *virtual_driver_of_format(const char *format); /* whose own it is; NULL: none */

struct virtual_sensor;

/* 0 and *out for virtual_sensor_close, or -1 and err. now_ns: when it begins, unless it waits. */
int virtual_sensor_open(struct virtual_sensor **out, const struct sys *sys, const struct virtual_conf *conf,
                        int64_t now_ns, struct error *err);
void virtual_sensor_close(struct virtual_sensor *v); /* no stream of it is open; NULL is fine */
const struct iiod_backend *virtual_sensor_backend(struct virtual_sensor *v);
/* Puts every sample whose time has come into the queues. Call it before the sessions are fed. */
void virtual_sensor_advance(struct virtual_sensor *v, int64_t now_ns);

/* Time of the first sample played; INT64_MAX: it has not begun. */
int64_t virtual_sensor_began_ns(const struct virtual_sensor *v);
/* The track is through, and what the queues hold is less than a refill of each: nothing more will come. */
bool virtual_sensor_through(const struct virtual_sensor *v);
int64_t
virtual_sensor_end_ns(const struct virtual_sensor *v);    /* when it will be; INT64_MAX: never, or unknown */
bool virtual_sensor_died(const struct virtual_sensor *v); /* on command: end at once, without a farewell */
int64_t virtual_sensor_refuse_until_ns(const struct virtual_sensor *v); /* no new client before */
uint64_t virtual_sensor_lost(const struct virtual_sensor *v); /* samples lost in full queues so far */

#endif
