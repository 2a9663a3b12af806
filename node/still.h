/* still.h - a sensor that is being calibrated as a source of blocks: live, or from a recording of it.
 *
 * Blocks hold the sensor's own axes x, y, z as value[][0..2], in m/s^2 as its driver scales it (UNIT_MPS2) or in counts
 * (UNIT_UNKNOWN: a recording without a scale). A recording is taken as x = E, y = N, z = Z, as `tocsin virtual` plays it,
 * unless conf.axes says otherwise ("zyx": what of the sensor was recorded as Z, N and E). It
 * ends after conf.seconds of samples, lost ones not counted, or with the recording. One owner, one thread; not real-time. */
#ifndef TOCSIN_NODE_STILL_H
#define TOCSIN_NODE_STILL_H

#include "io/sensor.h"
#include "io/trace.h"

struct still_conf {
    /* One of the two. */
    const struct sensor_conf *sensor; /* live: as it is configured; NULL: recorded */
    const char *const *path;          /* recorded: files of one record */
    size_t paths;
    const struct trace_conf *trace;
    const char *axes;            /* recorded: which of x, y, z is Z, N, E; NULL: "zyx" */
    const char *device, *serial; /* recorded: which sensor it was; NULL: nobody knows */
    const char *label;           /* recorded: NULL: the record's id */
    double temperature_c;        /* recorded: NAN: nobody knows */
    double seconds;              /* 0: all of a recording; live needs one */
    double settle_s;             /* left out at the beginning */
};

struct still_sensor { /* whose samples they are; texts "" where nobody knows */
    char device[CONF_TEXT_MAX], label[CONF_TEXT_MAX], serial[CONF_TEXT_MAX];
    char where[CONF_TEXT_MAX]; /* URI or file, for messages */
    enum unit unit;
    unsigned axis_mask;      /* bit 0: x is measured */
    double rate_hz;          /* as the driver or the file says it */
    double range_mps2;       /* 0: not known */
    double lsb[SENSOR_AXES]; /* in unit; 0: not known */
    double temperature_c;    /* the newest; NAN: not known */
    bool has_utc;
    int64_t utc_ns; /* of the first sample, or now where it is live */
};

struct still;

/* Live: waits until the sensor is open, for its time-out and some seconds at most. 0 and *out for still_close,
 * or -1 with err. */
int still_open(struct still **out, const struct sys *sys, const struct still_conf *conf, struct error *err);
/* The next 1..BLOCK_MAX samples. SOURCE_FAILED with err: a live sensor gave none for some seconds, or changed. */
enum source_status still_read(struct still *s, struct block *block, struct error *err);
void still_sensor(const struct still *s, struct still_sensor *out);
/* What the monitors say of a live one; NULL: recorded. Valid until the next call. */
const struct sensor_health *still_health(struct still *s);
void still_close(struct still *s); /* NULL is fine */

#endif
