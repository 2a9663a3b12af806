/* Members of an archive come as files and are gone afterwards; a program that fails is quoted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/process.h"
#include "io/unpack.h"

static char folder[] = "/tmp/tocsin-test-XXXXXX";
static char archive[sizeof folder + 16], scratch[sizeof folder + 16];

static void run(const char *command)
{
    char text[400];

    snprintf(text, sizeof text, "cd %s && %s", folder, command);
    assert_int_equal(system(text), 0);
}

static int setup(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(archive, sizeof archive, "%s/in:1.tgz", folder);
    run("mkdir s t && printf one >s/a && printf two >s/-b && tar -C s -czf ./in:1.tgz --force-local -- a "
        "./-b a");
    snprintf(scratch, sizeof scratch, "%s/t", folder);
    setenv("TMPDIR", scratch, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    run("rm -r s in:1.tgz && rmdir t"); /* nothing is left in t */
    return rmdir(folder);
}

static void members_come_as_files(void **state)
{
    static const char *const member[] = {"a"};
    struct unpack *u;
    struct error err;
    char text[8] = "", path[4096];

    (void)state;
    if (unpack_open(&u, &sys_real, archive, member, 1, &err) < 0)
        fail_msg("%s", err.text);
    snprintf(path, sizeof path, "%s", unpack_paths(u)[0]);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "one");
    unpack_close(u);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void what_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *member, *want;
    } rows[] = {
        {"../a", "no plain file name"},
        {"/etc/passwd", "no plain file name"},
        {"", "no plain file name"},
        {"..", "no plain file name"},
        {"not there", "tar failed: tar: not there: Not found in archive"},
        {"--checkpoint-action=exec=false", "tar failed"},
    };
    struct unpack *u;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (unpack_open(&u, &sys_real, archive, &rows[i].member, 1, &err) == 0)
            fail_msg("%s: unpacked", rows[i].member);
        if (!strstr(err.text, rows[i].want))
            fail_msg("%s: %s", rows[i].member, err.text);
    }
    assert_int_equal(unpack_open(&u, &sys_real, archive, NULL, 0, &err), -1);
    assert_int_equal(unpack_open(&u, &sys_real, "/does/not/exist", &rows[4].member, 1, &err), -1);
    assert_non_null(strstr(err.text, "cannot open"));
}

static void a_program_ends_as_it_ends(void **state)
{
    static const struct {
        const char *const argv[4];
        enum process_end end;
        const char *said;
    } rows[] = {
        {{"true", NULL}, PROCESS_DONE, ""},
        {{"false", NULL}, PROCESS_FAILED, ""},
        {{"no-program-of-this-name", NULL}, PROCESS_MISSING, ""},
        {{"sh", "-c", "printf '\\n \\nfirst\\tline\\nsecond\\n' >&2; exit 3"}, PROCESS_FAILED, "first line"},
        {{"sh", "-c", "kill -9 $$"}, PROCESS_FAILED, ""},
        {{"sh", "-c", "cat"}, PROCESS_DONE, ""}, /* its input is empty, not ours */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *argv[5] = {rows[i].argv[0], rows[i].argv[1], rows[i].argv[2], rows[i].argv[3]};
        struct process p = {.argv = argv, .in = -1, .out = -1};
        char said[PROCESS_SAID];
        enum process_end end = process_run(&p, said);
        if (end != rows[i].end || strcmp(said, rows[i].said) != 0)
            fail_msg("%s %zu: %d '%s'", argv[0], i, (int)end, said);
    }
}

static void a_file_has_a_largest_size(void **state)
{
    char path[100];
    const char *argv[] = {"sh", "-c", "dd if=/dev/zero bs=1000 count=10 status=none >\"$0\"", path, NULL};
    struct process p = {.argv = argv, .in = -1, .out = -1, .file_max = 5000};
    char said[PROCESS_SAID];

    (void)state;
    snprintf(path, sizeof path, "%s/s/large", folder);
    assert_int_equal(process_run(&p, said), PROCESS_FAILED);
    p.file_max = 0;
    assert_int_equal(process_run(&p, said), PROCESS_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_as_files),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_program_ends_as_it_ends),
        cmocka_unit_test(a_file_has_a_largest_size),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
