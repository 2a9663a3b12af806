/* iio_sample.h - from the bytes of an IIO buffer to counts.
 *
 * A driver packs the channels that are enabled one behind the other, each in the format that it declares
 * ("be:s20/32>>4": big-endian, 20 signed bits in 32, 4 bits unused below). The bytes may come over a network:
 * whatever they and the layout hold, nothing outside them is read. Plain data, no allocation, any thread. */
#ifndef TOCSIN_IO_IIO_SAMPLE_H
#define TOCSIN_IO_IIO_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IIO_AXES = 3, IIO_BATCH_MAX = 256 };

struct iio_format {
    unsigned length, bits, shift; /* bits in all, bits of data, unused bits below them */
    bool is_signed, is_big_endian;
};

/* 8 to 64 bits in whole bytes, and the data within them. */
bool iio_format_valid(const struct iio_format *f);
/* The smallest and the largest value that it holds; of 64 unsigned bits what fits int64_t. */
int64_t iio_format_min(const struct iio_format *f);
int64_t iio_format_max(const struct iio_format *f);
/* f->length / 8 bytes at `from`, of any alignment. *f is valid. */
int64_t iio_sample_decode(const struct iio_format *f, const void *from);
/* "be:s20/32>>4", as in the kernel's scan_elements. Returns to. */
const char *iio_format_text(const struct iio_format *f, char *to, size_t room);

enum { IIO_STAMP = IIO_AXES, IIO_TEMPERATURE, IIO_FIELDS };

struct iio_layout { /* of one sample: fields x, y, z, IIO_STAMP, IIO_TEMPERATURE */
    struct iio_format format[IIO_FIELDS];
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
