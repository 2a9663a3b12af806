/* iio_sample.h - from the bytes of an IIO buffer to counts.
 *
 * A driver packs the channels that are enabled one behind the other, each in the format that it declares
 * (io/scan_format.h). The bytes may come over a network:
 * whatever they and the layout hold, nothing outside them is read. Plain data, no allocation, any thread. */
#ifndef TOCSIN_IO_IIO_SAMPLE_H
#define TOCSIN_IO_IIO_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/scan_format.h"

enum { IIO_AXES = 3, IIO_BATCH_MAX = 256 };

/* Whether a value of this format fits into int64_t and lies within its storage: of what a server says, nothing
 * else may be decoded. */
bool iio_sample_valid(const struct scan_format *f);

enum { IIO_STAMP = IIO_AXES, IIO_TEMPERATURE, IIO_FIELDS };

struct iio_layout { /* of one sample: fields x, y, z, IIO_STAMP, IIO_TEMPERATURE */
    struct scan_format format[IIO_FIELDS];
    size_t offset[IIO_FIELDS]; /* from the sample's first byte */
    bool has[IIO_FIELDS];
    size_t step; /* bytes a sample */
};

struct iio_batch {
    size_t n;
    int64_t raw[IIO_BATCH_MAX][IIO_AXES]; /* counts; 0 where a field is not there */
    int64_t stamp_ns[IIO_BATCH_MAX];
    int64_t temperature; /* counts, of the last sample */
};

/* The whole samples in `size` bytes, at most IIO_BATCH_MAX; fields that reach beyond a sample make it empty. */
void iio_sample_batch(const struct iio_layout *layout, const void *bytes, size_t size,
                      struct iio_batch *batch);

#endif
