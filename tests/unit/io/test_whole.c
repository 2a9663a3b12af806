/* Whole files in, and printed text out: limits, faults of the machine, and nothing left behind. */
#include "io/whole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/stream.h"
#include "tests/unit/fake_end.h"

static struct fake_sys fake;
static struct error err;

static int setup(void **state)
{
    (void)state;
    fake_sys_init(&fake);
    memset(&err, 0, sizeof err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_sys_end(&fake);
    return 0;
}

static char *letters(size_t n)
{
    char *text = malloc(n + 1);

    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + i % 26);
    text[n] = 0;
    return text;
}

static void a_file_is_read_whole(void **state)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 200000, 262144};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t part = 0; part < 2; part++) {
            char *text = letters(sizes[i]);
            size_t n = 1;
            fake_file_put(&fake, "t", text, sizes[i]);
            fake.read_max = part ? 1000 : 0;
            fake.eintr_reads = 2;
            char *got = whole_text(&fake.sys, "t", 262144, &n, &err);
            if (!got)
                fail_msg("%zu bytes: %s", sizes[i], err.text);
            assert_int_equal(n, sizes[i]);
            assert_memory_equal(got, text, n + 1);
            sys_free(&fake.sys, got);
            free(text);
        }
}

static void what_cannot_be_read_is_told(void **state)
{
    static const struct {
        const char *name, *path, *text, *want;
        size_t size, max;
        int64_t eio_at;
        long no_memory;
    } rows[] = {
        {"no file", "none", "x", "none: cannot open: No such file", 1, 9, -1, 0},
        {"a byte too large", "t", "0123456789", "t: larger than 9 bytes", 10, 9, -1, 0},
        {"a disk that fails", "t", "0123456789", "t: cannot read: Input/output error", 10, 99, 5, 0},
        {"a NUL byte", "t", "01\0", "t: a NUL byte: not a text file", 4, 99, -1, 0},
        {"no memory", "t", "0", "t: out of memory", 1, 99, -1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n;
        fake_file_put(&fake, "t", rows[i].text, rows[i].size);
        fake.read_eio_at = rows[i].eio_at;
        fake.fail_alloc_at = rows[i].no_memory;
        if (whole_text(&fake.sys, rows[i].path, rows[i].max, &n, &err))
            fail_msg("%s is read", rows[i].name);
        if (!strstr(err.text, rows[i].want))
            fail_msg("%s: %s", rows[i].name, err.text);
    }
}

static void printed_text_arrives(void **state)
{
    char *text = letters(100000);

    (void)state;
    fake.write_max = 777;
    FILE *out = stream_create(&fake.sys, "out", &err);
    assert_non_null(out);
    fprintf(out, "%s", text);
    assert_int_equal(stream_close(out, "out", &err), 0);
    assert_int_equal(fake_file_find(&fake, "out")->size, 100000);
    assert_memory_equal(fake_file_find(&fake, "out")->data, text, 100000);
    free(text);
}

/* Early, so that the stream flushed and went on, or late, in the last bytes: either way the close tells. */
static void a_full_disk_is_told_at_the_close(void **state)
{
    static const int64_t rooms[] = {0, 10, 50000, 99999};
    char *text = letters(100000);

    (void)state;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        fake.write_room = rooms[i];
        FILE *out = stream_create(&fake.sys, "out", &err);
        assert_non_null(out);
        fprintf(out, "%s", text);
        fake.write_room = i == 1 ? -1 : fake.write_room; /* room again: what was lost stays lost */
        assert_int_equal(stream_close(out, "out", &err), -1);
        assert_string_equal(err.text, "out: cannot write: No space left on device");
    }
    free(text);
}

static void what_cannot_be_created_is_told(void **state)
{
    (void)state;
    fake_file_put(&fake, "out", "", 0)->open_errno = EACCES;
    assert_null(stream_create(&fake.sys, "out", &err));
    assert_string_equal(err.text, "out: cannot write: Permission denied");
    fake.fail_alloc_at = 1;
    assert_null(stream_create(&fake.sys, "other", &err));
    assert_string_equal(err.text, "other: out of memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_read_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(printed_text_arrives, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told_at_the_close, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_created_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
