/* virtual_parts.h - what the files of the virtual sensor share. Private to io/virtual_*.c. */
#ifndef TOCSIN_IO_VIRTUAL_PARTS_H
#define TOCSIN_IO_VIRTUAL_PARTS_H

#include "io/virtual_fault.h"
#include "io/virtual_sensor.h"

enum virtual_clock { CLOCK_IS_REALTIME, CLOCK_IS_MONOTONIC };

struct virtual_sensor {
    const struct sys *sys;
    struct virtual_conf conf;
    struct iiod_common common;
    struct iiod_backend backend;
    size_t track; /* being played */
    bool began;
    int64_t began_ns; /* time of the first sample */
    int64_t now_ns;   /* of the last advance */
    /* sample `at` is at at_ns, the others a period apart */
    int64_t at, at_ns;
    double period_ns;
    int64_t next; /* the first sample not yet taken */
    double fault[FAULTS];
    int64_t until_ns[FAULTS];   /* of those that last a time */
    int32_t last[VIRTUAL_AXES]; /* counts of the last sample, faults and all */
    int64_t last_stamp_ns;
    unsigned buffers; /* of the kernel's queue */
    size_t length, watermark;
    bool triggered;
    enum virtual_clock clock;
    uint64_t lost; /* of streams that are closed */
    int64_t
        offset_ns; /* from CLOCK_MONOTONIC to that clock, as it was when the first of the open buffers was opened */
    struct iiod_stream *stream[VIRTUAL_STREAMS];
    size_t streams;
    char xml[VIRTUAL_XML];
    uint8_t zstd[VIRTUAL_XML + 16];
};

/* virtual_xml.c: the context of a sensor, and the same as a Zstandard frame of stored blocks. */
int virtual_xml_write(struct virtual_sensor *v, struct error *err);
/* virtual_attr.c */
int virtual_attr_read(void *ctx, const struct iiod_attribute *a, char *to, size_t room);
int virtual_attr_write(void *ctx, const struct iiod_attribute *a, const char *value, size_t n);
/* Calls back for each attribute that the sensor has, in the order of the context's text. */
void virtual_attr_each(const struct virtual_sensor *v, enum iiod_where where, bool temperature,
                       void (*tell)(void *ctx, const char *name, const char *file), void *ctx);
/* virtual_sensor.c */
bool virtual_is_device(const struct virtual_sensor *v, const char *device);
bool virtual_is_gone(const struct virtual_sensor *v);
int64_t virtual_sample_ns(const struct virtual_sensor *v, int64_t k);
const int32_t *virtual_sample(const struct virtual_sensor *v, int64_t k);
int32_t virtual_temperature(const struct virtual_sensor *v);    /* counts */
int virtual_set_rate(struct virtual_sensor *v, double rate_hz); /* 0 or -errno */
/* virtual_scan.c: a scan's bytes in the order and with the alignment of the kernel's */
int32_t virtual_temperature(const struct virtual_sensor *v); /* counts */
size_t virtual_scan_bytes(const struct virtual_sensor *v, uint32_t mask);
void virtual_scan_queue(const struct virtual_sensor *v, struct iiod_stream *to,
                        const int32_t count[VIRTUAL_AXES], int64_t stamp_ns);
/* virtual_fault.c */
int virtual_fault_write(struct virtual_sensor *v, enum virtual_fault which, double value);
double virtual_fault_read(const struct virtual_sensor *v, enum virtual_fault which);
void virtual_fault_spoil(struct virtual_sensor *v, int64_t k, int32_t count[VIRTUAL_AXES]);

#endif
