#include "io/iio_sample.h"

bool iio_sample_valid(const struct scan_format *f)
{
    bool stored = f->storage == 8 || f->storage == 16 || f->storage == 32 || f->storage == 64;

    return stored && f->bits >= 1 && f->bits <= f->storage && (f->has_sign || f->bits < 64) &&
           f->shift <= f->storage - f->bits;
}

static bool fits(const struct iio_layout *layout)
{
    if (layout->step == 0)
        return false;
    for (int i = 0; i < IIO_FIELDS; i++)
        if (layout->has[i] &&
            (!iio_sample_valid(&layout->format[i]) || scan_format_bytes(&layout->format[i]) > layout->step ||
             layout->offset[i] > layout->step - scan_format_bytes(&layout->format[i])))
            return false;
    return true;
}

static int64_t field(const struct iio_layout *layout, int i, const unsigned char *sample)
{
    return layout->has[i] ? scan_format_get(&layout->format[i], sample + layout->offset[i]) : 0;
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
