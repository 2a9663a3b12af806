/* The journal: whole after a cut at every byte, readable around damage, never half a line. */
#include "alarm/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "tests/unit/fake_sys.h"

#include <cmocka.h>

enum { LINES = 5 };

struct heard {
    int n;
    char line[64][100];
};

static int hear(void *ctx, const char *text, size_t n)
{
    struct heard *h = ctx;

    assert_true(h->n < 64 && n < 100);
    assert_int_equal(strlen(text), n);
    memcpy(h->line[h->n++], text, n + 1);
    return 1;
}

static void append(struct journal *j, int number)
{
    char text[100];
    int n = snprintf(text, sizeof text, "{\"type\":\"alert\",\"number\":%d}", number);

    assert_int_equal(journal_append(j, text, (size_t)n), 0);
}

static struct journal *open_one(struct fake_sys *f, struct journal_found *found)
{
    struct error err;
    struct journal *j;

    if (journal_open(&j, &f->sys, "journal", found, &err) != 0)
        fail_msg("%s", err.text);
    return j;
}

static void write_lines(struct fake_sys *f)
{
    struct journal *j = open_one(f, NULL);

    for (int i = 0; i < LINES; i++)
        append(j, i);
    journal_close(j);
}

static struct journal_found read_all(struct fake_sys *f, struct heard *h)
{
    struct journal_found found;
    struct error err;

    memset(h, 0, sizeof *h);
    assert_int_equal(journal_read(&f->sys, "journal", hear, h, &found, &err), 0);
    return found;
}

static void a_line_is_length_crc_and_json(void **state)
{
    struct fake_sys f;

    (void)state;
    fake_sys_init(&f);
    write_lines(&f);
    struct fake_file *file = fake_file_find(&f, "journal");
    /* the CRC by python: binascii.crc32(b'{"type":"journal","version":1}') */
    static const char first[] = "0000001e 6bab8eaf {\"type\":\"journal\",\"version\":1}\n";
    assert_memory_equal(file->data, first, sizeof first - 1);
    assert_true(f.syncs > 0);
    fake_sys_done(&f);
}

static void a_cut_at_every_byte_costs_only_the_line_that_was_cut(void **state)
{
    struct fake_sys f;
    struct heard h;
    unsigned char whole[4096];

    (void)state;
    fake_sys_init(&f);
    write_lines(&f);
    struct fake_file *file = fake_file_find(&f, "journal");
    size_t size = file->size;
    memcpy(whole, file->data, size);
    for (size_t cut = 0; cut <= size; cut++) {
        struct journal_found found;
        fake_file_put(&f, "journal", whole, cut);
        int lines = 0;
        for (size_t i = 0; i < cut; i++)
            lines += whole[i] == '\n';
        struct journal *j = open_one(&f, &found);
        assert_int_equal(found.lines, lines);
        assert_int_equal(found.broken, 0);
        append(j, 99);
        journal_close(j);
        found = read_all(&f, &h);
        assert_int_equal(found.torn, 0);
        assert_int_equal(found.broken, 0);
        assert_string_equal(h.line[h.n - 1], "{\"type\":\"alert\",\"number\":99}");
        assert_int_equal(h.n, lines + 1 + (lines == 0)); /* what holds nothing whole gets its version first */
    }
    assert_int_equal(f.live_allocs, 0);
    assert_int_equal(f.open_fds, 0);
    fake_sys_done(&f);
}

static void a_damaged_byte_costs_one_line(void **state)
{
    struct fake_sys f;
    struct heard h;

    (void)state;
    fake_sys_init(&f);
    write_lines(&f);
    struct fake_file *file = fake_file_find(&f, "journal");
    for (size_t at = 0; at < file->size; at++) {
        unsigned char was = file->data[at];
        file->data[at] = was ^ 0x20;
        struct journal_found found = read_all(&f, &h);
        /* a damaged line end spoils the line behind it too */
        assert_true(h.n >= LINES + 1 - 2 && h.n <= LINES);
        assert_true(found.broken == 1 || found.torn > 0);
        file->data[at] = was;
    }
    fake_sys_done(&f);
}

static void a_full_disk_leaves_no_half_line(void **state)
{
    struct fake_sys f;
    struct heard h;

    (void)state;
    for (int64_t room = 0; room < 60; room++) {
        fake_sys_init(&f);
        write_lines(&f);
        struct journal *j = open_one(&f, NULL);
        f.write_room = room;
        int n = journal_append(j, "{\"type\":\"alert\",\"number\":7}", 27);
        f.write_room = -1; /* the operator made room */
        append(j, 8);
        journal_close(j);
        struct journal_found found = read_all(&f, &h);
        assert_int_equal(found.broken, 0);
        assert_int_equal(found.torn, 0);
        assert_int_equal(h.n, LINES + 1 + (n == 0) + 1);
        assert_string_equal(h.line[h.n - 1], "{\"type\":\"alert\",\"number\":8}");
        fake_sys_done(&f);
    }
}

static void a_long_journal_turns_over(void **state)
{
    static char line[60000];
    struct fake_sys f;
    struct journal_found found;
    struct error err;

    (void)state;
    fake_sys_init(&f);
    memset(line, 'x', sizeof line);
    struct journal *j = open_one(&f, NULL);
    for (int i = 0; i < 1300; i++) /* 78 MB: more than all the files may hold */
        assert_int_equal(journal_append(j, line, sizeof line), 0);
    append(j, 5);
    journal_close(j);
    int files = 0;
    for (size_t i = 0; i < f.n_files; i++) {
        if (!f.file[i].path[0])
            continue;
        files++;
        assert_true(f.file[i].size < JOURNAL_FILE_MAX + FAKE_PATH_MAX + (int)sizeof line);
        assert_int_equal(journal_read(&f.sys, f.file[i].path, NULL, NULL, &found, &err), 0);
        assert_int_equal(found.broken + (uint64_t)found.torn, 0);
    }
    assert_int_equal(files, JOURNAL_FILES_MAX);
    fake_sys_done(&f);
}

static void a_newer_journal_is_refused_and_untouched(void **state)
{
    struct fake_sys f;
    struct error err;
    struct journal *j;
    /* the CRC by python: binascii.crc32(b'{"type":"journal","version":2}') */
    static const char newer[] = "0000001e 4086dd6c {\"type\":\"journal\",\"version\":2}\n";

    (void)state;
    fake_sys_init(&f);
    fake_file_put_text(&f, "journal", newer);
    assert_int_equal(journal_open(&j, &f.sys, "journal", NULL, &err), -1);
    assert_string_equal(err.text, "journal: is of version 2, this program knows up to 1: move it away");
    assert_int_equal(fake_file_find(&f, "journal")->size, sizeof newer - 1);
    assert_int_equal(f.open_fds, 0);
    fake_sys_done(&f);
}

static void what_cannot_be_a_line_is_refused(void **state)
{
    static char big[JOURNAL_LINE_MAX + 1];
    struct fake_sys f;

    (void)state;
    fake_sys_init(&f);
    struct journal *j = open_one(&f, NULL);
    assert_int_equal(journal_append(j, big, sizeof big), -1);
    assert_int_equal(journal_append(j, "{}\n{}", 5), -1);
    assert_int_equal(errno, EINVAL);
    journal_close(j);
    fake_sys_done(&f);
}

static void refused_memory_is_told(void **state)
{
    struct fake_sys f;
    struct error err;
    struct journal *j;

    (void)state;
    for (int n = 1; n <= 3; n++) {
        fake_sys_init(&f);
        f.fail_alloc_at = n;
        assert_int_equal(journal_open(&j, &f.sys, "journal", NULL, &err), -1);
        assert_string_equal(err.text, "out of memory");
        assert_int_equal(f.live_allocs, 0);
        assert_int_equal(f.open_fds, 0);
        fake_sys_done(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_length_crc_and_json),
        cmocka_unit_test(a_cut_at_every_byte_costs_only_the_line_that_was_cut),
        cmocka_unit_test(a_damaged_byte_costs_one_line),
        cmocka_unit_test(a_full_disk_leaves_no_half_line),
        cmocka_unit_test(a_long_journal_turns_over),
        cmocka_unit_test(a_newer_journal_is_refused_and_untouched),
        cmocka_unit_test(what_cannot_be_a_line_is_refused),
        cmocka_unit_test(refused_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
