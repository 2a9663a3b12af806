/* What an IIO server may send: attributes as text, a layout and the bytes of a buffer, timestamps of any kind. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/iio_sample.h"
#include "io/iio_text.h"
#include "io/stamps.h"

static void check(bool kept, const char *promise)
{
    if (kept)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

static void attributes(const char *text)
{
    double number = 1, m[3][3];
    struct iio_choice c;

    if (iio_text_number(text, &number) == 0)
        check(isfinite(number), "a number is finite");
    if (iio_text_choice(text, &c) == 0) {
        double nearest = iio_choice_nearest(&c, 100), least = iio_choice_at_least(&c, 100);
        check(isfinite(nearest) && nearest >= 0 && isfinite(least), "a choice is one");
        check(c.n <= IIO_CHOICES_MAX && (c.n > 0 || c.step > 0), "a list or a range");
    }
    if (iio_text_matrix(text, m) == 0)
        for (int i = 0; i < 3; i++)
            check(fabs(m[i][0] * m[i][0] + m[i][1] * m[i][1] + m[i][2] * m[i][2] - 1) < 0.051,
                  "a row of a rotation has length 1");
}

static unsigned take(const unsigned char **at, size_t *left)
{
    if (*left == 0)
        return 0;
    --*left;
    return *(*at)++;
}

static void stamps(const struct iio_batch *batch, unsigned kind)
{
    struct stamps s;
    struct stamp out[IIO_BATCH_MAX];
    int64_t now = INT64_C(1000000000000), last = INT64_MIN;

    stamps_init(&s);
    stamps_open(&s, 1 + (kind >> 4) * 50.0, (enum stamps_clock)(kind % 4), now - 1000000000);
    for (size_t i = 0; i < batch->n;) {
        size_t n = 1 + (kind + i) % 7;
        n = n < batch->n - i ? n : batch->n - i;
        now += 10000000;
        stamps_batch(&s, batch->stamp_ns + i, n, (struct stamps_arrival){now, now + 5}, out);
        for (size_t k = 0; k < n; k++)
            if (out[k].keep) {
                check(out[k].mono_ns > last, "time goes on");
                last = out[k].mono_ns;
            }
        i += n;
    }
    check(s.counts.kept <= batch->n, "no sample is made up");
    check(stamps_rate_hz(&s) >= 0, "a rate is none or positive");
}

static void samples(const unsigned char *at, size_t left)
{
    struct iio_layout l = {.step = take(&at, &left)};
    struct iio_batch batch;
    unsigned kind = take(&at, &left);

    for (int f = 0; f < IIO_FIELDS; f++) {
        unsigned flags = take(&at, &left);
        l.has[f] = flags & 1;
        l.format[f] = (struct scan_format){.storage = flags & 2 ? 64 : take(&at, &left),
                                           .bits = take(&at, &left),
                                           .shift = take(&at, &left),
                                           .has_sign = flags & 4,
                                           .big_endian = flags & 8};
        l.offset[f] = flags & 16 ? SIZE_MAX - take(&at, &left) : take(&at, &left);
    }
    /* In a block of exactly its size, so that a byte too far is seen. */
    unsigned char *bytes = malloc(left ? left : 1);
    if (!bytes)
        return;
    if (left)
        memcpy(bytes, at, left);
    iio_sample_batch(&l, bytes, left, &batch);
    free(bytes);
    check(batch.n <= IIO_BATCH_MAX && batch.n * l.step <= left, "whole samples of what was there");
    for (int a = 0; a < IIO_AXES; a++)
        for (size_t i = 0; i < batch.n && l.has[a]; i++)
            check(batch.raw[i][a] >= scan_format_min(&l.format[a]) &&
                      batch.raw[i][a] <= scan_format_max(&l.format[a]),
                  "counts within their format");
    stamps(&batch, kind);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char text[1024];
    const unsigned char *end = size ? memchr(data, 0, size) : NULL;
    size_t n = end ? (size_t)(end - data) : size;

    if (n >= sizeof text)
        n = sizeof text - 1;
    if (n)
        memcpy(text, data, n);
    text[n] = 0;
    attributes(text);
    if (end)
        samples(end + 1, size - (size_t)(end - data) - 1);
    return 0;
}
