/* Bytes of a file or a pipe, in one pass: whatever the machine's reads bring, the same bytes, lines and
 * positions. */
#include "io/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/fake_end.h"

enum { LONG = 5 * INPUT_PEEK + 12345, CONSTANT = 3 * INPUT_PEEK };

static struct fake_sys fake;
static struct error err;
static unsigned char *bytes; /* LONG of them, without a NUL, lines of every length */

static int setup(void **state)
{
    uint32_t x = 1;

    (void)state;
    fake_sys_init(&fake);
    memset(&err, 0, sizeof err);
    bytes = malloc(LONG);
    for (size_t i = 0; i < LONG; i++) {
        x = x * 1664525 + 1013904223;
        bytes[i] = x >> 24 ? (unsigned char)(x >> 24) : '0';
        if (bytes[i] == '\r')
            bytes[i] = 'r';
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(bytes);
    fake_sys_end(&fake);
    return 0;
}

static struct input *open_bytes(const void *data, size_t size, bool pipe)
{
    struct input *in;

    fake_file_put(&fake, "t", data, size)->pipe = pipe;
    assert_int_equal(input_open(&in, &fake.sys, "t", &err), 0);
    assert_int_equal(input_seekable(in), !pipe);
    return in;
}

/* ---- opening
 * ------------------------------------------------------------------------------------------------- */

static void opening_fails_in_words(void **state)
{
    struct input *in = (struct input *)&fake;

    (void)state;
    assert_int_equal(input_open(&in, &fake.sys, "none", &err), -1);
    assert_null(in);
    assert_string_equal(err.text, "none: cannot open: No such file or directory");
    fake_file_put_text(&fake, "locked", "x")->open_errno = EACCES;
    assert_int_equal(input_open(&in, &fake.sys, "locked", &err), -1);
    assert_string_equal(err.text, "locked: cannot open: Permission denied");
    fake_file_find(&fake, "locked")->open_errno = ESPIPE;
    assert_int_equal(input_open(&in, &fake.sys, "locked", &err), -1);
    assert_string_equal(err.text,
                        "locked: cannot open: a pipe, and only a file can be read here: save it to one");
    fake.fail_alloc_at = 1;
    assert_int_equal(input_open(&in, &fake.sys, "locked", &err), -1);
    assert_string_equal(err.text, "locked: out of memory");
    input_close(NULL);
}

/* ---- standard input
 * ------------------------------------------------------------------------------------------ */

static int stdin_at; /* the fake machine's descriptor that stands for 0 */

static ssize_t read_0(void *ctx, int fd, void *to, size_t size)
{
    return fake_read(ctx, fd == 0 ? stdin_at : fd, to, size);
}

static int64_t seek_0(void *ctx, int fd, int64_t offset)
{
    return fake_seek(ctx, fd == 0 ? stdin_at : fd, offset);
}

static void a_dash_is_standard_input(void **state)
{
    struct input *in;
    char *line;

    (void)state;
    fake_file_put_text(&fake, "stdin", "one\ntwo\n")->pipe = true;
    stdin_at = fake.sys.open_read(&fake, "stdin");
    fake.sys.read = read_0;
    fake.sys.seek = seek_0;
    assert_int_equal(input_open(&in, &fake.sys, "-", &err), 0);
    assert_string_equal(input_name(in), "standard input");
    assert_false(input_seekable(in));
    assert_int_equal(input_line(in, &line, &err), 1);
    assert_string_equal(line, "one");
    input_close(in);
    assert_int_equal(fake.open_fds, 1); /* it was not ours to close */
    fake.sys.close(&fake, stdin_at);
}

/* ---- bytes
 * --------------------------------------------------------------------------------------------------- */

/* Peeks, reads, skips and lines in a random order give what stands in the file, from a file and from a pipe,
 * for reads of any size. */
static void every_mix_of_calls_gives_the_bytes(void **state)
{
    static const size_t most[] = {0, 1000, 65537, 7};

    (void)state;
    for (unsigned k = 0; k < 8; k++) {
        uint32_t x = k + 1;
        size_t at = 0, limit = most[k / 2] == 7 ? 200000 : LONG;
        struct input *in = open_bytes(bytes, limit, k % 2);
        unsigned char *to = malloc(LONG);
        fake.read_max = most[k / 2];
        fake.eintr_reads = 100;
        while (at < limit) {
            const unsigned char *data;
            char *line;
            x = x * 1664525 + 1013904223;
            size_t n = (x >> 8) % (x & 16 ? 100 : 300000), left = limit - at;
            switch (x >> 30) {
            case 0: {
                ptrdiff_t got = input_peek(in, &data, n, &err);
                size_t least = n > INPUT_PEEK ? INPUT_PEEK : n;
                assert_true(got >= 0 && (size_t)got >= (least < left ? least : left) && (size_t)got <= left);
                assert_memory_equal(data, bytes + at, (size_t)got);
                break;
            }
            case 1:
                assert_int_equal(input_read(in, to, n, &err), n < left ? n : left);
                assert_memory_equal(to, bytes + at, n < left ? n : left);
                at += n < left ? n : left;
                break;
            case 2:
                assert_int_equal(input_skip(in, (int64_t)n, &err), n <= left ? 0 : -1);
                at += n < left ? n : left;
                break;
            case 3: {
                const unsigned char *end = memchr(bytes + at, '\n', left);
                size_t length = end ? (size_t)(end - bytes) - at : left;
                assert_int_equal(input_line(in, &line, &err), 1);
                assert_int_equal(strlen(line), length);
                assert_memory_equal(line, bytes + at, length);
                at += length + (end ? 1 : 0);
                break;
            }
            }
            assert_int_equal(input_offset(in), at);
        }
        const unsigned char *data;
        assert_int_equal(input_peek(in, &data, 1, &err), 0);
        assert_int_equal(input_read(in, to, 5, &err), 0);
        free(to);
        input_close(in);
        assert_true(fake.peak_bytes < CONSTANT);
    }
}

static void a_skip_over_the_end_is_told(void **state)
{
    struct input *in = open_bytes("0123456789", 10, false);

    (void)state;
    assert_int_equal(input_skip(in, 11, &err), -1);
    assert_string_equal(err.text, "t: byte 10: the file is cut off");
    input_close(in);
}

static void a_read_error_is_told_with_its_place(void **state)
{
    static const int64_t places[] = {0, 1, 4096, INPUT_PEEK, 2 * INPUT_PEEK, 3 * INPUT_PEEK + 5};

    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct input *in = open_bytes(bytes, LONG, i % 2);
        unsigned char to[1000];
        char want[100];
        ptrdiff_t got;
        int64_t good = 0;
        fake.read_eio_at = places[i];
        while ((got = input_read(in, to, sizeof to, &err)) > 0) {
            assert_memory_equal(to, bytes + good, (size_t)got);
            good += got;
        }
        snprintf(want, sizeof want, "t: byte %lld: cannot read: Input/output error", (long long)places[i]);
        assert_int_equal(got, -1);
        assert_string_equal(err.text, want);
        assert_true(good <= places[i] && good > places[i] - (int64_t)sizeof to);
        fake.read_eio_at = -1;
        input_close(in);
    }
}

/* ---- lines
 * --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *text;
    size_t size; /* 0: strlen */
    const char *line[5], *want;
} lines[] = {
    {"no line", "", 0, {NULL}, NULL},
    {"one", "a\n", 0, {"a"}, NULL},
    {"the last without an end", "a\nb", 0, {"a", "b"}, NULL},
    {"CRLF", "a\r\nb\r\n", 0, {"a", "b"}, NULL},
    {"a bare CR stays", "a\rb\n", 0, {"a\rb"}, NULL},
    {"a CR at the very end", "a\r", 0, {"a"}, NULL},
    {"empty lines count", "\n\na\n", 0, {"", "", "a"}, NULL},
    {"a NUL", "a\nb\0c\n", 6, {"a"}, "t: line 2: holds a NUL byte: not a text file"},
    {"a NUL at the end", "a\n\0", 3, {"a"}, "t: line 2: holds a NUL byte: not a text file"},
};

static void lines_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        for (size_t most = 0; most < 3; most++) {
            struct input *in =
                open_bytes(lines[i].text, lines[i].size ? lines[i].size : strlen(lines[i].text), false);
            char *line;
            int n = 0, got;
            fake.read_max = most;
            while ((got = input_line(in, &line, &err)) > 0) {
                if (!lines[i].line[n] || strcmp(line, lines[i].line[n]) != 0)
                    fail_msg("%s: line %d is '%s'", lines[i].name, n + 1, line);
                assert_int_equal(input_line_number(in), ++n);
            }
            if (lines[i].line[n] || got != (lines[i].want ? -1 : 0))
                fail_msg("%s: %d lines, %d", lines[i].name, n, got);
            if (lines[i].want)
                assert_string_equal(err.text, lines[i].want);
            input_close(in);
        }
}

static void a_line_has_a_longest_length(void **state)
{
    static const struct {
        int length; /* of the second line */
        bool newline, reads;
    } rows[] = {
        {INPUT_LINE_MAX, true, true},        {INPUT_LINE_MAX, false, true},
        {INPUT_LINE_MAX + 1, true, false},   {INPUT_LINE_MAX + 1, false, false},
        {10 * INPUT_LINE_MAX, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t size = (size_t)rows[i].length + 2;
        char *text = malloc(size + 1), *line;
        memset(text, 'x', size + 1);
        text[1] = '\n';
        text[size] = '\n';
        struct input *in = open_bytes(text, size + rows[i].newline, i % 2);
        assert_int_equal(input_line(in, &line, &err), 1);
        assert_int_equal(input_line(in, &line, &err), rows[i].reads ? 1 : -1);
        if (rows[i].reads)
            assert_int_equal(strlen(line), rows[i].length);
        else
            assert_string_equal(err.text, "t: line 2: longer than 65536 bytes: not a text format");
        assert_true(fake.peak_bytes < CONSTANT);
        input_close(in);
        free(text);
    }
}

static void the_caller_may_write_in_a_line(void **state)
{
    struct input *in = open_bytes("abc\ndef\n", 8, true);
    char *line;

    (void)state;
    input_scan_begin(in);
    assert_int_equal(input_line(in, &line, &err), 1);
    memset(line, '#', 3);
    assert_int_equal(input_scan_end(in, &err), 0);
    assert_int_equal(input_line(in, &line, &err), 1);
    assert_string_equal(line, "abc");
    assert_int_equal(input_line_number(in), 1);
    input_close(in);
}

/* ---- twice
 * --------------------------------------------------------------------------------------------------- */

static void want_all(struct input *in, size_t size)
{
    unsigned char *to = malloc(size + 1);

    assert_int_equal(input_offset(in), 0);
    assert_int_equal(input_read(in, to, size + 1, &err), size);
    assert_memory_equal(to, bytes, size);
    free(to);
}

static void a_file_is_read_twice(void **state)
{
    static const size_t sizes[] = {0, 10, INPUT_PEEK, 2 * INPUT_PEEK, LONG};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct input *in = open_bytes(bytes, sizes[i], false);
        input_scan_begin(in);
        want_all(in, sizes[i]);
        assert_false(input_cut(in));
        assert_int_equal(input_scan_end(in, &err), 0);
        want_all(in, sizes[i]);
        assert_int_equal(input_rewind(in, &err), 0);
        want_all(in, sizes[i]);
        input_close(in);
    }
}

/* Under scan a pipe ends after INPUT_PEEK bytes; then it is whole. */
static void a_pipe_is_looked_at_and_then_read(void **state)
{
    static const struct {
        size_t size;
        bool cut;
    } rows[] = {{0, false}, {10, false}, {INPUT_PEEK - 1, false}, {INPUT_PEEK + 1, true}, {LONG, true}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t most = 0; most < 10000; most += 4999) {
            struct input *in = open_bytes(bytes, rows[i].size, true);
            size_t seen = rows[i].cut ? INPUT_PEEK : rows[i].size;
            const unsigned char *data;
            unsigned char *to = malloc(LONG);
            fake.read_max = most;
            input_scan_begin(in);
            assert_int_equal(input_peek(in, &data, 4096, &err) >= (ptrdiff_t)(seen < 4096 ? seen : 4096), 1);
            assert_int_equal(input_peek(in, &data, INPUT_PEEK, &err), seen);
            assert_int_equal(input_read(in, to, LONG, &err), seen);
            assert_memory_equal(to, bytes, seen);
            assert_int_equal(input_cut(in), rows[i].cut);
            assert_int_equal(input_scan_end(in, &err), 0);
            assert_false(input_cut(in));
            want_all(in, rows[i].size);
            free(to);
            input_close(in);
        }
}

static void a_pipe_read_too_far_cannot_go_back(void **state)
{
    struct input *in = open_bytes(bytes, LONG, true);

    (void)state;
    want_all(in, LONG);
    assert_int_equal(input_rewind(in, &err), -1);
    assert_string_equal(err.text, "t: cannot be read twice: save it to a file");
    input_close(in);
}

static void a_seek_that_fails_is_told(void **state)
{
    struct input *in = open_bytes(bytes, LONG, false);

    (void)state;
    want_all(in, LONG);
    fake_file_find(&fake, "t")->pipe = true; /* as a file system that went away */
    assert_int_equal(input_rewind(in, &err), -1);
    assert_string_equal(err.text, "t: cannot be read twice: save it to a file");
    input_close(in);
}

/* ---- the error line itself
 * ----------------------------------------------------------------------------------- */

static void an_error_is_one_printable_line(void **state)
{
    char name[2000];

    (void)state;
    error_set(&err, "%s: %s", "a\nb", "\033[2Jc\x7f");
    assert_string_equal(err.text, "a?b: ?[2Jc?");
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    assert_int_equal(error_set(&err, "%s", name), -1);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

/* ---- writing
 * ------------------------------------------------------------------------------------------------- */

static void all_is_written_or_the_reason_told(void **state)
{
    (void)state;
    fake.write_max = 1000;
    int fd = fake.sys.open_write(&fake, "out");
    assert_int_equal(sys_write_all(&fake.sys, fd, bytes, 100000), 0);
    assert_int_equal(fake_file_find(&fake, "out")->size, 100000);
    assert_memory_equal(fake_file_find(&fake, "out")->data, bytes, 100000);
    fake.write_room = 1500;
    assert_int_equal(sys_write_all(&fake.sys, fd, bytes, 2000), -1);
    assert_int_equal(errno, ENOSPC);
    fake.sys.close(&fake, fd);
    assert_int_equal(sys_write_all(&fake.sys, fd, bytes, 1), -1);
    assert_int_equal(errno, EBADF);
}

static void real_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    for (size_t size = 0; size < 1000; size += 37) {
        unsigned char *memory = sys_alloc(&sys_real, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % SYS_ALIGNMENT, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        sys_free(&sys_real, memory);
    }
    assert_null(sys_alloc(&sys_real, SIZE_MAX));
    sys_free(&sys_real, NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(opening_fails_in_words),
        TEST(a_dash_is_standard_input),
        TEST(every_mix_of_calls_gives_the_bytes),
        TEST(a_skip_over_the_end_is_told),
        TEST(a_read_error_is_told_with_its_place),
        TEST(lines_are_cut),
        TEST(a_line_has_a_longest_length),
        TEST(the_caller_may_write_in_a_line),
        TEST(a_file_is_read_twice),
        TEST(a_pipe_is_looked_at_and_then_read),
        TEST(a_pipe_read_too_far_cannot_go_back),
        TEST(a_seek_that_fails_is_told),
        TEST(an_error_is_one_printable_line),
        TEST(all_is_written_or_the_reason_told),
        TEST(real_memory_is_zeroed_and_aligned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
