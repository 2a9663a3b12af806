/* The record thread on a disk that fails and comes back. The disk is a folder behind a seam that refuses on demand; the clock is
 * the machine's, set forward instead of waited for. Waits are bounded and generous. */
#include "node/thread_record.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "alarm/journal.h"
#include "io/json.h"

enum { WAIT_MS = 20000, LINES_MAX = 1024, BACKLOG = 256, SLOTS = 64 };

static _Atomic int open_errno, write_errno, sync_errno; /* 0: as it really is */
static _Atomic long write_most;                         /* one write takes at most so many bytes; 0: all */
static _Atomic long write_room;                         /* then ENOSPC; -1: without end */
static _Atomic int journal_fd;                          /* only this one is refused anything */
static _Atomic int64_t forward_ns;

static int64_t shifted_mono_ns(void *ctx)
{
    return sys_real.mono_ns(ctx) + atomic_load(&forward_ns);
}

static int refusing_open(void *ctx, const char *path)
{
    int code = atomic_load(&open_errno);

    if (code) {
        errno = code;
        return -1;
    }
    int fd = sys_real.open_update(ctx, path);
    atomic_store(&journal_fd, fd);
    return fd;
}

static ssize_t refusing_write(void *ctx, int fd, const void *from, size_t size)
{
    int code = atomic_load(&write_errno);
    long most = atomic_load(&write_most), room = atomic_load(&write_room);

    if (fd != atomic_load(&journal_fd))
        return sys_real.write(ctx, fd, from, size);
    if (code || room == 0) {
        errno = code ? code : ENOSPC;
        return -1;
    }
    if (most && size > (size_t)most)
        size = (size_t)most;
    if (room > 0 && size > (size_t)room)
        size = (size_t)room;
    if (room > 0)
        atomic_fetch_sub(&write_room, (long)size);
    return sys_real.write(ctx, fd, from, size);
}

static int refusing_sync(void *ctx, int fd)
{
    int code = atomic_load(&sync_errno);

    if (code) {
        errno = code;
        return -1;
    }
    return sys_real.sync(ctx, fd);
}

struct bench {
    struct sys sys;
    char folder[64], path[96];
    struct clock clock;
    struct wake wake;
    struct ring *ring;
    struct arbiter names;
    struct record *record;
    FILE *events;
    int pushed;
    /* the journal, as it was last read: the numbers of its notes */
    int number[LINES_MAX], lines, starts, stops;
    bool began_with_start;
};

static struct bench *bench_new(void)
{
    struct bench *b = calloc(1, sizeof *b);
    struct error err = {""};

    assert_non_null(b);
    atomic_store(&journal_fd, -1);
    atomic_store(&open_errno, 0);
    atomic_store(&write_errno, 0);
    atomic_store(&sync_errno, 0);
    atomic_store(&write_most, 0);
    atomic_store(&write_room, -1);
    b->sys = sys_real;
    b->sys.mono_ns = shifted_mono_ns;
    b->sys.open_update = refusing_open;
    b->sys.write = refusing_write;
    b->sys.sync = refusing_sync;
    snprintf(b->folder, sizeof b->folder, "/tmp/tocsin-record-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    snprintf(b->path, sizeof b->path, "%s/journal", b->folder);
    clock_init(&b->clock, &b->sys);
    b->events = tmpfile();
    assert_non_null(b->events);
    if (wake_open(&b->wake, &err) ||
        ring_open(&b->ring, &sys_real, sizeof(struct entry), SLOTS, &b->wake, &err))
        fail_msg("%s", err.text);
    return b;
}

static int start(struct bench *b, struct error *err)
{
    struct record_conf conf = {.path = b->path, .folder = b->folder, .node = "lobby", .events = b->events};
    struct ring *rings[RECORD_RINGS] = {NULL, b->ring, NULL};

    return record_open(&b->record, &b->sys, &conf, rings, &b->wake, &b->clock, &b->names, err);
}

static void must_start(struct bench *b)
{
    struct error err = {""};

    if (start(b, &err) != 0)
        fail_msg("%s", err.text);
}

static void bench_close(struct bench *b)
{
    record_close(b->record);
    b->record = NULL;
}

static void bench_free(struct bench *b)
{
    bench_close(b);
    ring_close(b->ring);
    wake_close(&b->wake);
    fclose(b->events);
    unlink(b->path);
    rmdir(b->folder);
    free(b);
}

/* False: the ring is full. */
static bool say(struct bench *b)
{
    struct entry e;

    entry_text(&e, ENTRY_NOTE, ENTRY_INFO, b->sys.mono_ns(NULL), "%d", b->pushed);
    if (!ring_push(b->ring, &e))
        return false;
    b->pushed++;
    return true;
}

static void pause_ms(long ms)
{
    struct timespec t = {.tv_nsec = ms * 1000000};

    nanosleep(&t, NULL);
}

static void say_all(struct bench *b, int n)
{
    for (int i = 0, waited = 0; i < n;) {
        if (say(b)) {
            i++;
            continue;
        }
        if (++waited == WAIT_MS)
            fail_msg("the record thread takes nothing");
        pause_ms(1);
    }
}

static struct record_health health(const struct bench *b)
{
    struct record_health h = {0};

    record_health(b->record, &h);
    return h;
}

/* So many lines are written, and safe. */
static void await_synced(const struct bench *b, uint64_t lines)
{
    for (int i = 0; health(b).synced < lines; i++) {
        if (i == WAIT_MS)
            fail_msg("%u lines, not %u", (unsigned)health(b).synced, (unsigned)lines);
        pause_ms(1);
    }
}

static void await_failed(const struct bench *b, int code)
{
    for (int i = 0; health(b).failed != code; i++) {
        if (i == WAIT_MS)
            fail_msg("it has not failed with %d, but %d", code, health(b).failed);
        pause_ms(1);
    }
}

/* The disk is as it should be, and a second has passed. */
static void recover(struct bench *b)
{
    atomic_store(&open_errno, 0);
    atomic_store(&write_errno, 0);
    atomic_store(&sync_errno, 0);
    atomic_store(&write_room, -1);
    atomic_fetch_add(&forward_ns, 2000000000);
    wake_signal(&b->wake);
}

static int take_line(void *ctx, const char *text, size_t n)
{
    struct bench *b = ctx;
    struct error err;
    struct json_value *line = json_parse(text, n, &err);
    const char *type = json_as_text(json_get(line, "type"));

    assert_non_null(type);
    if (!strcmp(type, "start")) {
        b->starts++;
        b->began_with_start = b->lines == 0;
    } else if (!strcmp(type, "note")) {
        assert_in_range(b->lines, 0, LINES_MAX - 1);
        b->number[b->lines++] = atoi(json_as_text(json_get(line, "text")));
    }
    json_value_free(line);
    return 1;
}

/* The journal holds notes 0 .. n-1, once each and in order, behind one start; no line is broken. */
static void assert_whole(struct bench *b, int n)
{
    struct journal_found found;
    struct error err = {""};

    b->lines = b->starts = 0;
    if (journal_read(&sys_real, b->path, take_line, b, &found, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(found.broken, 0);
    assert_int_equal(found.torn, 0);
    assert_int_equal(b->starts, 1);
    assert_true(b->began_with_start);
    assert_int_equal(b->lines, n);
    for (int i = 0; i < n; i++)
        assert_int_equal(b->number[i], i);
}

/* Shown to whoever looks on: the same, once each. */
static void assert_shown(struct bench *b, int n)
{
    int lines = 0;

    rewind(b->events);
    for (int c; (c = getc(b->events)) != EOF;)
        lines += c == '\n';
    assert_int_equal(lines, n + 1);
}

static void every_entry_is_a_safe_line(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    must_start(b);
    say_all(b, 20);
    await_synced(b, 21);
    assert_int_equal(health(b).failed, 0);
    bench_close(b);
    assert_whole(b, 20);
    assert_shown(b, 20);
    bench_free(b);
}

static void what_is_in_the_rings_at_the_end_is_written(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    must_start(b);
    for (int round = 0; round < 20; round++)
        say_all(b, 20);
    bench_close(b);
    assert_whole(b, 400);
    assert_shown(b, 400);
    bench_free(b);
}

static void writes_in_pieces_are_whole(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    atomic_store(&write_most, 7);
    must_start(b);
    say_all(b, 20);
    bench_close(b);
    assert_whole(b, 20);
    bench_free(b);
}

static void a_disk_that_fills_up_and_is_emptied(void **state)
{
    static const long rooms[] = {1, 10, 19, 100, 333, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) { /* cut within a frame, a line, between two */
        struct bench *b = bench_new();
        must_start(b);
        say_all(b, 5);
        await_synced(b, 6);
        atomic_store(&write_room, rooms[i]);
        say_all(b, 30);
        await_failed(b, ENOSPC);
        for (int k = 0; k < 3; k++) { /* tried again each second, in vain */
            uint64_t retries = health(b).retries;
            atomic_fetch_add(&forward_ns, 2000000000);
            for (int t = 0; health(b).retries == retries; t++) {
                if (t == WAIT_MS)
                    fail_msg("not tried again");
                pause_ms(1);
            }
        }
        say_all(b, 5);
        recover(b);
        await_synced(b, 41);
        assert_int_equal(health(b).failed, 0);
        bench_close(b);
        assert_whole(b, 40);
        assert_shown(b, 40); /* all along */
        bench_free(b);
    }
}

static void a_disk_that_is_read_only_at_the_start(void **state)
{
    static const int codes[] = {EROFS, ENOSPC, EIO, EMFILE};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct bench *b = bench_new();
        atomic_store(&open_errno, codes[i]);
        must_start(b);
        say_all(b, 10);
        await_failed(b, codes[i]);
        assert_int_equal(health(b).written, 0);
        recover(b);
        await_synced(b, 11);
        bench_close(b);
        assert_whole(b, 10);
        assert_shown(b, 10);
        bench_free(b);
    }
}

static void full_from_the_first_byte_or_soon(void **state)
{
    static const long rooms[] = {0, 30, 60}; /* nothing, half a header, half the line of the start */

    (void)state;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        struct bench *b = bench_new();
        atomic_store(&write_room, rooms[i]);
        must_start(b);
        say_all(b, 10);
        await_failed(b, ENOSPC);
        recover(b);
        await_synced(b, 11);
        bench_close(b);
        assert_whole(b, 10);
        bench_free(b);
    }
}

static void what_cannot_be_made_safe_is_said(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    must_start(b);
    atomic_store(&sync_errno, EIO);
    say_all(b, 3);
    await_failed(b, EIO);
    assert_true(health(b).synced <= 1);
    recover(b); /* it is tried again, though nothing new comes */
    await_synced(b, 4);
    assert_int_equal(health(b).failed, 0);
    bench_free(b);
}

static void more_than_it_can_keep_is_counted(void **state)
{
    struct bench *b = bench_new();
    uint64_t before;
    int kept;

    (void)state;
    must_start(b);
    atomic_store(&write_errno, EROFS);
    say_all(b, BACKLOG); /* what it keeps */
    for (int i = 0; ring_waiting(b->ring) > 0; i++) {
        if (i == WAIT_MS)
            fail_msg("it does not take what it has room for");
        pause_ms(1);
    }
    before = ring_refused(b->ring);
    for (int i = 0; i < SLOTS; i++)
        assert_true(say(b)); /* what the ring keeps */
    for (int i = 0; i < 9; i++)
        assert_false(say(b)); /* nobody waits */
    pause_ms(300);
    assert_false(say(b));
    assert_int_equal(ring_refused(b->ring) - before, 10);
    kept = b->pushed;
    assert_int_equal(kept, BACKLOG + SLOTS);
    recover(b);
    await_synced(b, (uint64_t)kept + 1);
    say_all(b, 3);
    bench_close(b);
    assert_whole(b, kept + 3);
    assert_shown(b, kept + 3);
    bench_free(b);
}

static void a_newer_journal_is_no_passing_fault(void **state)
{
    struct bench *b = bench_new();
    static const char newer[] = "0000001e 4086dd6c {\"type\":\"journal\",\"version\":2}\n";
    struct error err = {""};
    FILE *f = fopen(b->path, "w");

    (void)state;
    assert_non_null(f);
    fputs(newer, f);
    fclose(f);
    assert_int_equal(start(b, &err), -1);
    assert_non_null(strstr(err.text, "version 2"));
    assert_null(b->record);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_a_safe_line),
        cmocka_unit_test(what_is_in_the_rings_at_the_end_is_written),
        cmocka_unit_test(writes_in_pieces_are_whole),
        cmocka_unit_test(a_disk_that_fills_up_and_is_emptied),
        cmocka_unit_test(a_disk_that_is_read_only_at_the_start),
        cmocka_unit_test(full_from_the_first_byte_or_soon),
        cmocka_unit_test(what_cannot_be_made_safe_is_said),
        cmocka_unit_test(more_than_it_can_keep_is_counted),
        cmocka_unit_test(a_newer_journal_is_no_passing_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
