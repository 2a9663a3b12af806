/* Bytes of an IIO buffer made into counts: every format that drivers have, and layouts that lie. */
#include "io/iio_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    struct iio_format format; /* length, bits, shift, signed, big-endian */
    unsigned char bytes[8];
    int64_t value, min, max;
} formats[] = {
    {"be:s20/32>>4", {32, 20, 4, true, true}, {0xff, 0xff, 0xff, 0xf0}, -1, -524288, 524287},
    {"be:s20/32>>4", {32, 20, 4, true, true}, {0xab, 0x7f, 0xff, 0x1c}, 0x7fff1, -524288, 524287},
    {"le:s20/32>>12", {32, 20, 12, true, false}, {0x00, 0x10, 0x00, 0x80}, -524287, -524288, 524287},
    {"le:s16/16>>0", {16, 16, 0, true, false}, {0xfe, 0xff}, -2, -32768, 32767},
    {"le:s12/16>>4", {16, 12, 4, true, false}, {0x1f, 0x80}, -2047, -2048, 2047},
    {"be:u12/16>>0", {16, 12, 0, false, true}, {0xf8, 0x01}, 0x801, 0, 4095},
    {"le:s32/32>>0", {32, 32, 0, true, false}, {0, 0, 0, 0x80}, INT32_MIN, INT32_MIN, INT32_MAX},
    {"le:s8/8>>0", {8, 8, 0, true, false}, {0x80}, -128, -128, 127},
    {"be:s24/24>>0", {24, 24, 0, true, true}, {0x80, 0, 1}, -8388607, -8388608, 8388607},
    {"le:s64/64>>0",
     {64, 64, 0, true, false},
     {1, 0, 0, 0, 0, 0, 0, 0x80},
     INT64_MIN + 1,
     INT64_MIN,
     INT64_MAX},
    {"be:u64/64>>0", {64, 64, 0, false, true}, {0xff, 0, 0, 0, 0, 0, 0, 0}, INT64_MAX, 0, INT64_MAX},
    {"le:s1/8>>7", {8, 1, 7, true, false}, {0x80}, -1, -1, 0},
};

static void every_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const struct iio_format *f = &formats[i].format;
        char text[32];
        assert_true(iio_format_valid(f));
        assert_string_equal(iio_format_text(f, text, sizeof text), formats[i].text);
        if (iio_sample_decode(f, formats[i].bytes) != formats[i].value ||
            iio_format_min(f) != formats[i].min || iio_format_max(f) != formats[i].max)
            fail_msg("%s: %lld of %lld..%lld", text, (long long)iio_sample_decode(f, formats[i].bytes),
                     (long long)iio_format_min(f), (long long)iio_format_max(f));
    }
}

static void formats_without_sense(void **state)
{
    static const struct iio_format bad[] = {
        {0, 0, 0, true, false},
        {12, 12, 0, true, false},
        {16, 17, 0, true, false},
        {16, 0, 0, true, false},
        {16, 12, 5, true, false},
        {72, 20, 0, true, false},
        {16, 12, UINT32_MAX, true, false},
        {UINT32_MAX, 8, 0, true, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(iio_format_valid(&bad[i]));
}

/* x y z in 32 bits, 4 bytes of padding, the timestamp; as adxl355 has it. */
static struct iio_layout adxl355(void)
{
    struct iio_layout l = {.step = 24, .has = {true, true, true, true, false}};

    for (int a = 0; a < IIO_AXES; a++) {
        l.format[a] = (struct iio_format){32, 20, 4, true, true};
        l.offset[a] = (size_t)(4 * a);
    }
    l.format[IIO_STAMP] = (struct iio_format){64, 64, 0, true, false};
    l.offset[IIO_STAMP] = 16;
    return l;
}

static void a_batch_is_whole_samples(void **state)
{
    struct iio_layout l = adxl355();
    struct iio_batch b;
    unsigned char bytes[3 * 24 + 7] = {0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        bytes[24 * i + 2] = (unsigned char)(i + 1); /* x: (i + 1) << 8 >> 4 */
        bytes[24 * i + 5] = 0x80;                   /* y: the lowest */
        bytes[24 * i + 16] = (unsigned char)(100 + i);
    }
    iio_sample_batch(&l, bytes, sizeof bytes, &b);
    assert_int_equal(b.n, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(b.raw[i][0], 16 * (i + 1));
        assert_int_equal(b.raw[i][1], -524288);
        assert_int_equal(b.raw[i][2], 0);
        assert_int_equal(b.stamp_ns[i], 100 + i);
    }
    iio_sample_batch(&l, bytes, 23, &b);
    assert_int_equal(b.n, 0);
}

/* The bytes are exactly as many as said, and the address sanitizer looks on. */
static void layouts_that_reach_beyond_are_empty(void **state)
{
    static const struct {
        size_t step, offset;
        unsigned length;
    } rows[] = {
        {0, 0, 32}, {3, 0, 32},  {24, 21, 32}, {24, SIZE_MAX, 32}, {24, SIZE_MAX - 3, 32},
        {24, 0, 0}, {24, 0, 13},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct iio_layout l = adxl355();
        struct iio_batch b;
        unsigned char *bytes = calloc(1, 48);
        l.step = rows[i].step;
        l.offset[1] = rows[i].offset;
        l.format[1].length = rows[i].length;
        assert_non_null(bytes);
        iio_sample_batch(&l, bytes, 48, &b);
        assert_int_equal(b.n, 0);
        free(bytes);
    }
}

static void no_more_than_a_batch_holds(void **state)
{
    struct iio_layout l = {.step = 1, .has = {true}, .format = {{8, 8, 0, true, false}}};
    struct iio_batch b;
    unsigned char bytes[1000] = {0};

    (void)state;
    iio_sample_batch(&l, bytes, sizeof bytes, &b);
    assert_int_equal(b.n, IIO_BATCH_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format),
        cmocka_unit_test(formats_without_sense),
        cmocka_unit_test(a_batch_is_whole_samples),
        cmocka_unit_test(layouts_that_reach_beyond_are_empty),
        cmocka_unit_test(no_more_than_a_batch_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
