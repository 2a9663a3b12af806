/* Bytes of an IIO buffer made into counts: whole samples, and layouts that lie. */
#include "io/iio_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void formats_without_sense(void **state)
{
    static const struct scan_format bad[] = {
        {.storage = 0},
        {.storage = 12, .bits = 12},
        {.storage = 16, .bits = 17},
        {.storage = 16, .bits = 0},
        {.storage = 16, .bits = 12, .shift = 5},
        {.storage = 72, .bits = 20},
        {.storage = 16, .bits = 12, .shift = UINT32_MAX},
        {.storage = UINT32_MAX, .bits = 8},
        {.storage = 64, .bits = 64}, /* unsigned: beyond int64_t */
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(iio_sample_valid(&bad[i]));
}

/* x y z in 32 bits, 4 bytes of padding, the timestamp; as adxl355 has it. */
static struct iio_layout adxl355(void)
{
    struct iio_layout l = {.step = 24, .has = {true, true, true, true, false}};

    for (int a = 0; a < IIO_AXES; a++) {
        l.format[a] =
            (struct scan_format){.big_endian = true, .has_sign = true, .bits = 20, .storage = 32, .shift = 4};
        l.offset[a] = (size_t)(4 * a);
    }
    l.format[IIO_STAMP] = (struct scan_format){.has_sign = true, .bits = 64, .storage = 64};
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
        l.format[1].storage = rows[i].length;
        assert_non_null(bytes);
        iio_sample_batch(&l, bytes, 48, &b);
        assert_int_equal(b.n, 0);
        free(bytes);
    }
}

static void no_more_than_a_batch_holds(void **state)
{
    struct iio_layout l = {.step = 1, .has = {true}, .format = {{.has_sign = true, .bits = 8, .storage = 8}}};
    struct iio_batch b;
    unsigned char bytes[1000] = {0};

    (void)state;
    iio_sample_batch(&l, bytes, sizeof bytes, &b);
    assert_int_equal(b.n, IIO_BATCH_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_without_sense),
        cmocka_unit_test(a_batch_is_whole_samples),
        cmocka_unit_test(layouts_that_reach_beyond_are_empty),
        cmocka_unit_test(no_more_than_a_batch_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
