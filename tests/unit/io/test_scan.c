/* A scan's element as the kernel describes it, and the queue that holds scans. */
#include "io/scan_format.h"
#include "io/scan_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/fake_sys.h"

static const struct {
    const char *text;
    int64_t value;
    unsigned char bytes[8];
    int64_t back; /* what is read again */
} written[] = {
    {"be:s20/32>>4", 1, {0, 0, 0, 0x10}, 1},
    {"be:s20/32>>4", -1, {0, 0xff, 0xff, 0xf0}, -1},
    {"be:s20/32>>4", 256410, {0x00, 0x3e, 0x99, 0xa0}, 256410},
    {"be:s20/32>>4", 600000, {0x00, 0x7f, 0xff, 0xf0}, 524287},
    {"be:s20/32>>4", -600000, {0x00, 0x80, 0x00, 0x00}, -524288},
    {"le:s20/32>>12", -2, {0x00, 0xe0, 0xff, 0xff}, -2},
    {"le:s16/16>>0", -32768, {0x00, 0x80}, -32768},
    {"le:s16/16>>0", 40000, {0xff, 0x7f}, 32767},
    {"le:S32/32>>0", -5, {0xfb, 0xff, 0xff, 0xff}, -5},
    {"le:S12/16>>0", -5, {0xfb, 0xff}, -5}, /* a full format copies the sign */
    {"le:s12/16>>0", -5, {0xfb, 0x0f}, -5}, /* the other leaves it to the reader */
    {"be:u12/16>>0", 1885, {0x07, 0x5d}, 1885},
    {"be:u12/16>>0", -3, {0, 0}, 0},
    {"le:S64/64>>0", INT64_MIN, {0, 0, 0, 0, 0, 0, 0, 0x80}, INT64_MIN},
    {"le:U64/64>>0", INT64_MAX, {255, 255, 255, 255, 255, 255, 255, 0x7f}, INT64_MAX},
};

static void values_are_written_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        struct scan_format f;
        char text[SCAN_FORMAT_TEXT];
        unsigned char bytes[8] = {0};
        assert_true(scan_format_parse(written[i].text, &f));
        scan_format_print(&f, text);
        assert_string_equal(text, written[i].text);
        scan_format_put(&f, written[i].value, bytes);
        assert_memory_equal(bytes, written[i].bytes, sizeof bytes);
        assert_true(scan_format_get(&f, bytes) == written[i].back);
    }
}

static void what_is_no_format_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "be",
                                      "xe:s20/32>>4",
                                      "be:x20/32>>4",
                                      "be:",
                                      "be:s20/32",
                                      "be:s20/32>>4 ",
                                      "be:s20/32>>13",
                                      "be:s0/32>>0",
                                      "be:s33/32>>0",
                                      "be:s20/24>>0",
                                      "be:s20/32X2>>4",
                                      "be:s99999999999/32>>0",
                                      "be:s-1/32>>0",
                                      "be:s20/32>>"};
    struct scan_format f;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (scan_format_parse(bad[i], &f))
            fail_msg("'%s' was taken for a format", bad[i]);
}

static void put(struct scan_queue *q, unsigned char value)
{
    uint8_t *at = scan_queue_slot(q);

    if (!at)
        return;
    memset(at, value, q->size);
    scan_queue_push(q);
}

static void a_full_queue_loses_the_newest(void **state)
{
    struct fake_sys fake;
    struct scan_queue q;
    const uint8_t *at;

    (void)state;
    fake_sys_init(&fake);
    assert_int_equal(scan_queue_open(&q, &fake.sys, 3, 4), 0);
    for (unsigned char i = 1; i <= 6; i++)
        put(&q, i);
    assert_int_equal(q.held, 4);
    assert_int_equal(q.lost, 2);
    assert_int_equal(scan_queue_run(&q, 3, &at), 3);
    assert_memory_equal(at, "\1\1\1\2\2\2\3\3\3", 9);
    scan_queue_drop(&q, 3);
    put(&q, 7);
    put(&q, 8);
    /* round the end: first what lies before it, then the rest */
    assert_int_equal(scan_queue_run(&q, 9, &at), 1);
    assert_memory_equal(at, "\4\4\4", 3);
    scan_queue_drop(&q, 1);
    assert_int_equal(scan_queue_run(&q, 9, &at), 2);
    assert_memory_equal(at, "\7\7\7\10\10\10", 6);
    scan_queue_close(&q, &fake.sys);
    assert_int_equal(fake.live_allocs, 0);
    fake.fail_alloc_at = 1;
    assert_int_equal(scan_queue_open(&q, &fake.sys, 3, 4), -1);
    scan_queue_close(&q, &fake.sys);
    fake_sys_done(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_written_and_read),
        cmocka_unit_test(what_is_no_format_is_refused),
        cmocka_unit_test(a_full_queue_loses_the_newest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
