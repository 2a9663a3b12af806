/* sensor.h - one live accelerometer as a source of blocks: whatever happens to it, it comes back by itself.
 *
 * Each sensor has a thread of its own inside, the carrier: it opens the IIO context, finds the accelerometer,
 * sets it up, waits for samples, decodes and checks them, and lays blocks into a ring. Whatever blocks there (a frozen server, a
 * driver that hangs, a name look-up) holds up nobody else. When the sensor dies it says so in the health,
 * takes everything down and tries again, first after 0.1 s, then less often, up to 2 s, each time a little off
 * so that several nodes do not knock in step. sensor_read only ever looks into the ring.
 *
 * Blocks carry m/s^2 in the sensor's own axes x, y, z as value[][0..2] (the driver's mount matrix applied), the monotonic time
 * of their first sample, and how many samples are missing in front of them, over an outage too. Samples that
 * lay in the chip before it was opened, and those whose timestamps repeat or go back, are dropped and counted. A
 * clock that is set is no gap.
 *
 * One thread reads (sensor_read); any thread may ask for info and health. The process must ignore SIGPIPE:
 * libiio writes to sockets whose other end is gone. Several sensors share nothing. */
#ifndef TOCSIN_IO_SENSOR_H
#define TOCSIN_IO_SENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "io/block.h"
#include "io/conf.h"
#include "io/error.h"
#include "io/sensor_watch.h"
#include "io/sys.h"

struct sensor_conf { /* io/sensor_conf.h has its rows */
    char uri
        [CONF_TEXT_MAX]; /* "local:", "ip:HOST[:PORT]", "usb:...", "serial:...", "xml:FILE"; "": local:, then usb: */
    char device[CONF_TEXT_MAX]; /* id, name, label or serial number; "": the first accelerometer */
    char
        trigger[CONF_TEXT_MAX]; /* name of the trigger to use; "": the one that is set, or the device's own */
    char axes[CONF_TEXT_MAX]; /* which of x, y, z is Z (up), N, E, "-" in front turns round: "zyx", "-zxy" */
    double rate_hz;           /* the nearest one that the device has */
    double latency_ms;        /* of a buffer: sets its size; at least one sample */
    int kernel_buffers;       /* how many of them the kernel queues: room for a reader that is late */
    int timeout_ms;           /* of any answer; a silent sensor is told at half of it */
    double range_mps2;        /* the smallest range that holds it; 0: as it is set */
    struct sensor_limits limits;
};

struct sensor_info { /* what was opened, as read back */
    uint32_t
        generation; /* grows when another device, rate, scale or range was found on opening; 0: not open yet */
    char uri[CONF_TEXT_MAX];                          /* of the context */
    char id[CONF_TEXT_MAX];                           /* "iio:device0" */
    char name[CONF_TEXT_MAX];                         /* the driver's */
    char label[CONF_TEXT_MAX], serial[CONF_TEXT_MAX]; /* "" where there is none */
    char clock[CONF_TEXT_MAX];  /* of the timestamps: "monotonic", "realtime"; "": none */
    char format[CONF_TEXT_MAX]; /* "be:s20/32>>4" */
    double rate_hz;
    double lsb_mps2[SENSOR_AXES];
    double range_mps2; /* the smallest of the axes' */
    int buffer_samples, kernel_buffers;
    int length, watermark; /* of the kernel's queue, as read back; 0: not told */
    bool has_timestamp, has_mount;
    double mount[SENSOR_AXES][SENSOR_AXES]; /* rows: x, y, z of the device from those of the chip */
    double temperature_c;                   /* at opening; NAN: not known */
    int refused;                            /* errno of the carrier's real-time priority; 0: as asked */
};

enum sensor_status {
    SENSOR_BLOCK, /* *block is filled */
    SENSOR_QUIET, /* nothing came within the time; the sensor is open */
    SENSOR_DOWN,  /* nothing came, and it is not open: it is being opened again */
};

struct sensor_arrival {
    int64_t received_ns; /* when the block's samples had arrived */
    uint32_t generation; /* the info's, that the block belongs to */
};

/* Called in the carrier, which is allowed to wait and to allocate, after each opening and before its first block:
 * where the generation has grown, whoever depends on rate or range prepares himself. NULL: nobody. */
typedef void (*sensor_opened)(void *ctx, const struct sensor_info *info);

struct sensor;

/* Takes memory and starts the carrier; says nothing about the sensor yet. name: for the thread; copied. fifo:
 * the carrier's SCHED_FIFO priority while it reads, 0: none.
 * 0 and *out for sensor_close, or -1 with err. */
int sensor_open(struct sensor **out, const struct sys *sys, const char *name, uint32_t id,
                const struct sensor_conf *conf, int fifo, sensor_opened opened, void *ctx, struct error *err);
/* The reading thread: the next block, or after at most timeout_ms none. Neither allocates nor locks. */
enum sensor_status sensor_read(struct sensor *s, struct block *block, struct sensor_arrival *arrival,
                               int timeout_ms);
/* Any thread; neither waits. Health is of this moment. */
void sensor_info(const struct sensor *s, struct sensor_info *info);
void sensor_health(const struct sensor *s, struct sensor_health *health);
/* Any thread: while it reads with its priority, the carrier runs on this core alone; -1: on any. From the next
 * opening on. */
void sensor_pin(struct sensor *s, int core);
/* Any thread: asks the carrier to end, so that several sensors end side by side. */
void sensor_stop(struct sensor *s);
/* Ends the carrier and frees. False: it hangs in a call of libiio that nothing ends (a server that is frozen, a
 * driver, a name look-up), and was given up after about a second: it and all that it was given (ctx of `opened`)
 * stay, and it ends by itself should the call return. NULL is fine. */
bool sensor_close(struct sensor *s);

#endif
