#include "io/iio_sample.h"

#include <stdio.h>

bool iio_format_valid(const struct iio_format *f)
{
    return f->length >= 8 && f->length <= 64 && f->length % 8 == 0 && f->bits >= 1 && f->bits <= f->length &&
           f->shift <= f->length - f->bits;
}

int64_t iio_format_min(const struct iio_format *f)
{
    return f->is_signed ? -(int64_t)(UINT64_MAX >> 1 >> (64 - f->bits)) - 1 : 0;
}

int64_t iio_format_max(const struct iio_format *f)
{
    if (!f->is_signed && f->bits < 64)
        return (int64_t)(UINT64_MAX >> (64 - f->bits));
    return (int64_t)(UINT64_MAX >> 1 >> (64 - f->bits));
}

int64_t iio_sample_decode(const struct iio_format *f, const void *from)
{
    const unsigned char *byte = from;
    unsigned bytes = f->length / 8;
    uint64_t word = 0;

    for (unsigned i = 0; i < bytes; i++)
        word = word << 8 | byte[f->is_big_endian ? i : bytes - 1 - i];
    word = word >> f->shift & UINT64_MAX >> (64 - f->bits);
    if (f->is_signed && word >> (f->bits - 1)) /* carried up to the 64th bit */
        word |= ~(UINT64_MAX >> (64 - f->bits));
    else if (word > INT64_MAX)
        word = INT64_MAX;
    return (int64_t)word;
}

const char *iio_format_text(const struct iio_format *f, char *to, size_t room)
{
    snprintf(to, room, "%s:%c%u/%u>>%u", f->is_big_endian ? "be" : "le", f->is_signed ? 's' : 'u', f->bits,
             f->length, f->shift);
    return to;
}

static bool fits(const struct iio_layout *layout)
{
    if (layout->step == 0)
        return false;
    for (int i = 0; i < IIO_FIELDS; i++)
        if (layout->has[i] &&
            (!iio_format_valid(&layout->format[i]) || layout->format[i].length / 8 > layout->step ||
             layout->offset[i] > layout->step - layout->format[i].length / 8))
            return false;
    return true;
}

static int64_t field(const struct iio_layout *layout, int i, const unsigned char *sample)
{
    return layout->has[i] ? iio_sample_decode(&layout->format[i], sample + layout->offset[i]) : 0;
}

void iio_sample_batch(const struct iio_layout *layout, const void *bytes, size_t size,
                      struct iio_batch *batch)
{
    const unsigned char *sample = bytes;

    batch->n = 0;
    batch->temperature = 0;
    if (!fits(layout))
        return;
    batch->n = size / layout->step;
    if (batch->n > IIO_BATCH_MAX)
        batch->n = IIO_BATCH_MAX;
    for (size_t i = 0; i < batch->n; i++, sample += layout->step) {
        for (int a = 0; a < IIO_AXES; a++)
            batch->raw[i][a] = field(layout, a, sample);
        batch->stamp_ns[i] = field(layout, IIO_STAMP, sample);
        batch->temperature = field(layout, IIO_TEMPERATURE, sample);
    }
}
