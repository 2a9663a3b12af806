/* A journal of any bytes: opened, appended to and read again. What was whole stays, what is appended is there. */
#include <stdio.h>

#include "alarm/journal.h"
#include "tests/unit/fake_sys.h"

static void check(bool kept, const char *promise)
{
    if (kept)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

struct last {
    char text[64];
    uint64_t lines;
};

static int hear(void *ctx, const char *text, size_t n)
{
    struct last *l = ctx;

    check(n <= JOURNAL_LINE_MAX && text[n] == 0, "lines are bounded and end");
    snprintf(l->text, sizeof l->text, "%.*s", (int)(n < 63 ? n : 63), text);
    l->lines++;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char line[] = "{\"type\":\"stop\"}";
    struct journal_found before, after;
    struct last last = {.lines = 0};
    struct fake_sys f;
    struct error err;
    struct journal *j;

    fake_sys_init(&f);
    f.read_max = size % 7 ? 0 : 37; /* some disks give little at a time */
    fake_file_put(&f, "j", data, size);
    if (journal_open(&j, &f.sys, "j", &before, &err) == 0) {
        check(before.size + before.torn == (int64_t)size, "every byte is whole or torn");
        check(journal_append(j, line, sizeof line - 1) == 0, "it can be appended to");
        journal_close(j);
        check(journal_read(&f.sys, "j", hear, &last, &after, &err) == 0, "and read again");
        check(after.torn == 0 && after.broken == before.broken, "a torn end is gone, damage stays counted");
        check(!strcmp(last.text, line), "what was appended is there");
        check(last.lines >= before.lines + 1, "and nothing is lost");
    } else {
        check(err.text[0] != 0, "a refusal says why");
    }
    check(f.live_allocs == 0 && f.open_fds == 0, "nothing leaks");
    fake_sys_done(&f);
    return 0;
}
