/* The server's side of iiod's protocol: what is answered to what, however it comes in pieces. */
#include "io/iiod.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/fake_end.h"

#define MS INT64_C(1000000)

/* ---- a device with two attributes and scans of 4 bytes ---- */

struct device {
    struct fake_sys fake;
    struct iiod_common common;
    struct iiod_backend backend;
    char written[64];
    unsigned buffers;
    int state, opened;
    int64_t due_ns;
};

static int read_it(void *ctx, const struct iiod_attribute *a, char *to, size_t room)
{
    (void)ctx;
    if (strcmp(a->device, "dev") != 0)
        return -ENODEV;
    if (strcmp(a->name, "long") == 0) {
        memset(to, 'x', room);
        return (int)room;
    }
    if (strcmp(a->name, "none") == 0)
        return -ENOENT;
    return snprintf(to, room, "%d|%s|%s", (int)a->where, a->channel, a->name);
}

static int write_it(void *ctx, const struct iiod_attribute *a, const char *value, size_t n)
{
    struct device *d = ctx;

    snprintf(d->written, sizeof d->written, "%d|%s|%s=%s", (int)a->where, a->channel, a->name, value);
    return (int)n;
}

static int open_it(void *ctx, const char *device, struct iiod_stream *s, size_t samples, uint32_t mask)
{
    struct device *d = ctx;

    if (strcmp(device, "dev") != 0)
        return -ENODEV;
    if (samples > 100)
        return -ENOMEM;
    s->mask = mask & 7;
    d->opened++;
    return scan_queue_open(&s->queue, &d->fake.sys, 4, samples * 4) < 0 ? -ENOMEM : 0;
}

static void close_it(void *ctx, struct iiod_stream *s)
{
    struct device *d = ctx;

    d->opened--;
    scan_queue_close(&s->queue, &d->fake.sys);
}

static int64_t due_ns(void *ctx, const struct iiod_stream *s, size_t more)
{
    (void)s;
    return ((struct device *)ctx)->due_ns + (int64_t)more;
}

static int state_of(void *ctx, const struct iiod_stream *s)
{
    (void)s;
    return ((struct device *)ctx)->state;
}

static int get_trigger(void *ctx, const char *device, char *to, size_t room)
{
    (void)ctx;
    return strcmp(device, "dev") == 0 ? snprintf(to, room, "dev-dev0") : -ENOENT;
}

static int set_trigger(void *ctx, const char *device, const char *trigger)
{
    (void)ctx;
    (void)device;
    return *trigger ? -EBUSY : 0;
}

static int set_buffers(void *ctx, const char *device, unsigned buffers)
{
    (void)device;
    ((struct device *)ctx)->buffers = buffers;
    return buffers > 64 ? -EINVAL : 0;
}

static void begin(struct device *d, struct iiod_session *s)
{
    static const char xml[] = "<context/>";
    static const uint8_t frame[] = {1, 0, '\n'};

    memset(d, 0, sizeof *d);
    fake_sys_init(&d->fake);
    d->due_ns = INT64_C(1) << 60;
    d->backend = (struct iiod_backend){.ctx = d,
                                       .common = &d->common,
                                       .xml = xml,
                                       .xml_size = sizeof xml - 1,
                                       .xml_zstd = frame,
                                       .xml_zstd_size = sizeof frame,
                                       .read = read_it,
                                       .write = write_it,
                                       .open = open_it,
                                       .close = close_it,
                                       .due_ns = due_ns,
                                       .state = state_of,
                                       .get_trigger = get_trigger,
                                       .set_trigger = set_trigger,
                                       .set_buffers = set_buffers};
    iiod_session_begin(s, &d->backend);
}

static void end(struct device *d, struct iiod_session *s)
{
    iiod_session_end(s);
    assert_int_equal(d->opened, 0);
    fake_sys_end(&d->fake);
}

/* What comes out until nothing more does, `most` bytes at a time. */
static size_t drain(struct iiod_session *s, char *to, size_t room, size_t most, int64_t now_ns)
{
    const uint8_t *at;
    size_t n, got = 0;

    while ((n = iiod_session_output(s, &at)) > 0) {
        n = n < most ? n : most;
        assert_true(got + n < room);
        memcpy(to + got, at, n);
        got += n;
        iiod_session_sent(s, n, now_ns);
        iiod_session_tick(s, now_ns);
    }
    to[got] = 0;
    return got;
}

/* Everything that is answered to `text`, fed in pieces of `piece`. */
static size_t talk(struct iiod_session *s, const char *text, size_t n, size_t piece, char *to, size_t room)
{
    size_t at = 0, got = 0;

    while (at < n && !iiod_session_over(s)) {
        size_t give = n - at < piece ? n - at : piece;
        at += iiod_session_feed(s, (const uint8_t *)text + at, give, 0);
        got += drain(s, to + got, room - got, piece, 0);
    }
    return got;
}

static const struct {
    const char *name, *send, *want;
    bool over;
} talks[] = {
    {"the version has seven characters behind the second point", "VERSION\r\n", "0.24.tocsin \n", false},
    {"a line may end without CR", "VERSION\n", "0.24.tocsin \n", false},
    {"an empty line is no command", "\r\n\nVERSION\r\n", "0.24.tocsin \n", false},
    {"the context with its length", "PRINT\r\n", "10\n<context/>\n", false},
    {"a time-out is the server's", "TIMEOUT 2500\r\n", "0\n", false},
    {"... and a number", "TIMEOUT -1\r\nTIMEOUT x\r\nTIMEOUT\r\nTIMEOUT 1 2\r\n", "-22\n-22\n-22\n-22\n",
     false},
    {"... that is not too large", "TIMEOUT 99999999999999999999\r\nTIMEOUT 2147483648\r\n", "-22\n-22\n",
     false},
    {"unknown words", "HELLO\r\nHELLO dev\r\nBINARY\r\nprint\r\n", "-22\n-22\n-22\n-22\n", false},
    {"too many words", "READ dev a b c d e f g\r\n", "-22\n", false},
    {"a device's attribute", "READ dev scale\r\n", "8\n0||scale\n", false},
    {"a channel's", "READ dev INPUT accel_x raw\r\n", "13\n1|accel_x|raw\n", false},
    {"a debug attribute", "READ dev DEBUG stall_ms\r\n", "11\n2||stall_ms\n", false},
    {"a buffer's", "READ dev BUFFER length\r\n", "9\n3||length\n", false},
    {"an unknown one", "READ dev none\r\nREAD who raw\r\n", "-2\n-19\n", false},
    {"an output's has no channel here", "READ dev OUTPUT accel_x raw\r\n", "6\n1||raw\n", false},
    {"all at once is not offered", "READ dev\r\nREAD\r\n", "-38\n-22\n", false},
    {"a trigger", "GETTRIG dev\r\nGETTRIG who\r\n", "8\ndev-dev0\n-2\n", false},
    {"setting it", "SETTRIG dev\r\nSETTRIG dev t\r\nSETTRIG dev t u\r\nSETTRIG\r\n", "0\n-16\n-22\n-22\n",
     false},
    {"buffers of the kernel", "SET dev BUFFERS_COUNT 16\r\nSET dev BUFFERS_COUNT 65\r\nSET dev X 1\r\n",
     "0\n-22\n-22\n", false},
    {"a value to write", "WRITE dev DEBUG stall_ms 3\r\n300VERSION\r\n", "3\n0.24.tocsin \n", false},
    {"... may be empty", "WRITE dev a 0\r\nVERSION\r\n", "0\n0.24.tocsin \n", false},
    {"... may hold lines", "WRITE dev a 9\r\nVERSION\r\nVERSION\r\n", "9\n0.24.tocsin \n", false},
    {"... is read over where nobody knows it", "WRITE dev a b 5\r\nEXIT\nVERSION\r\n", "-22\n0.24.tocsin \n",
     false},
    {"... whose length nobody knows ends it", "WRITE dev a x\r\nVERSION\r\n", "-22\n", true},
    {"... or of too many words", "WRITE dev a b c d 5\r\nEXIT\nVERSION\r\n", "-22\n", true},
    {"... or a length that cannot be", "WRITE dev a 99999999999\r\nVERSION\r\n", "-22\n", true},
    {"a buffer is opened and closed", "OPEN dev 4 00000007\r\nCLOSE dev\r\n", "0\n0\n", false},
    {"... once", "OPEN dev 4 7\r\nOPEN dev 4 7\r\n", "0\n-16\n", false},
    {"... before it is read or closed", "READBUF dev 16\r\nCLOSE dev\r\n", "-9\n-9\n", false},
    {"... of a device that is there", "OPEN who 4 00000007\r\n", "-19\n", false},
    {"... not for ever", "OPEN dev 4 00000007 CYCLIC\r\nOPEN dev 4 7 X\r\n", "-1\n-22\n", false},
    {"... of a size", "OPEN dev 0 7\r\nOPEN dev -4 7\r\nOPEN dev 4 7x\r\nOPEN dev 101 7\r\nOPEN dev 4\r\n",
     "-22\n-22\n-22\n-12\n-22\n", false},
    {"... with a mask of one word", "OPEN dev 4 000000070000000700\r\n", "-22\n", false},
    {"less than a scan is no READBUF", "OPEN dev 4 7\r\nREADBUF dev 3\r\nREADBUF dev x\r\nREADBUF dev\r\n",
     "0\n-22\n-22\n-22\n", false},
    {"EXIT hangs up", "EXIT\r\nVERSION\r\n", "", true},
};

static void commands_are_answered(void **state)
{
    static const size_t pieces[] = {1, 2, 7, 4096};

    (void)state;
    for (size_t i = 0; i < sizeof talks / sizeof *talks; i++)
        for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
            struct device d;
            struct iiod_session s;
            char got[512];
            begin(&d, &s);
            talk(&s, talks[i].send, strlen(talks[i].send), pieces[k], got, sizeof got);
            if (strcmp(got, talks[i].want) != 0)
                fail_msg("%s: '%s' for '%s' in pieces of %zu", talks[i].name, got, talks[i].want, pieces[k]);
            if (iiod_session_over(&s) != talks[i].over)
                fail_msg("%s: over %d", talks[i].name, iiod_session_over(&s));
            end(&d, &s);
        }
}

static void what_was_said_arrives(void **state)
{
    struct device d;
    struct iiod_session s;
    char got[128];
    static const char zprint[] = "ZPRINT\r\n";

    (void)state;
    begin(&d, &s);
    talk(&s, "WRITE dev INPUT accel_z scale 4\r\n0.50", 37, 99, got, sizeof got);
    assert_string_equal(got, "4\n");
    assert_string_equal(d.written, "1|accel_z|scale=0.50");
    talk(&s, "SET dev BUFFERS_COUNT 16\r\nTIMEOUT 700\r\n", 39, 99, got, sizeof got);
    assert_int_equal(d.buffers, 16);
    assert_int_equal(d.common.timeout_ms, 700);
    assert_int_equal(talk(&s, zprint, sizeof zprint - 1, 99, got, sizeof got), 6);
    assert_memory_equal(got, "3\n\1\0\n\n", 6);
    d.backend.xml_zstd = NULL;
    talk(&s, zprint, sizeof zprint - 1, 99, got, sizeof got);
    assert_string_equal(got, "-22\n");
    end(&d, &s);
}

static void what_is_too_long_is_bounded(void **state)
{
    struct device d;
    struct iiod_session s;
    static char text[4096], got[4096];

    (void)state;
    begin(&d, &s);
    memset(text, 'A', sizeof text);
    assert_true(iiod_session_feed(&s, (uint8_t *)text, sizeof text, 0) > 0);
    drain(&s, got, sizeof got, 99, 0);
    assert_string_equal(got, "-22\n");
    assert_true(iiod_session_over(&s));
    end(&d, &s);

    begin(&d, &s); /* a line with a NUL in it */
    assert_int_equal(talk(&s, "VERSION\0\r\n", 10, 99, got, sizeof got), 4);
    assert_true(iiod_session_over(&s));
    end(&d, &s);

    begin(&d, &s); /* a value that is too long is read over, and the next command understood */
    int n = snprintf(text, sizeof text, "WRITE dev a %d\r\n", IIOD_VALUE_MAX + 1);
    memset(text + n, 'v', IIOD_VALUE_MAX + 1);
    n += IIOD_VALUE_MAX + 1;
    n += snprintf(text + n, sizeof text - (size_t)n, "READ dev long\r\n");
    talk(&s, text, (size_t)n, 100, got, sizeof got);
    assert_memory_equal(got, "-7\n1024\nxxxx", 12);
    assert_string_equal(d.written, "");
    end(&d, &s);
}

/* ---- samples ---- */

static void give(struct iiod_session *s, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *at = scan_queue_slot(&s->stream.queue);
        uint32_t value = first + i;
        if (!at)
            continue;
        memcpy(at, &value, 4);
        scan_queue_push(&s->stream.queue);
    }
}

static void open_buffer(struct device *d, struct iiod_session *s, size_t samples)
{
    char text[64], got[64];
    int n = snprintf(text, sizeof text, "OPEN dev %zu 00000005\r\n", samples);

    begin(d, s);
    talk(s, text, (size_t)n, 99, got, sizeof got);
    assert_string_equal(got, "0\n");
}

static void ask(struct iiod_session *s, size_t bytes, int64_t now_ns)
{
    char text[64];
    int n = snprintf(text, sizeof text, "READBUF dev %zu\r\n", bytes);

    assert_int_equal(iiod_session_feed(s, (uint8_t *)text, (size_t)n, now_ns), n);
}

static void a_refill_comes_whole(void **state)
{
    static const size_t pieces[] = {1, 3, 5, 4096};

    (void)state;
    for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
        struct device d;
        struct iiod_session s;
        char got[256];
        uint32_t want[4] = {1, 2, 3, 4};
        open_buffer(&d, &s, 4);
        ask(&s, 16, 0);
        give(&s, 1, 3);
        iiod_session_tick(&s, 1);
        assert_int_equal(drain(&s, got, sizeof got, pieces[k], 1), 0);
        assert_int_equal(iiod_session_wake_ns(&s), d.due_ns + 1); /* one more is missing */
        give(&s, 4, 3);
        assert_int_equal(iiod_session_wake_ns(&s), 0);
        iiod_session_tick(&s, 2);
        assert_int_equal(drain(&s, got, sizeof got, pieces[k], 2), 3 + 9 + 16);
        assert_memory_equal(got, "16\n00000005\n", 12);
        assert_memory_equal(got + 12, want, 16);
        assert_int_equal(s.stream.queue.held, 2); /* the others wait for the next */
        assert_int_equal(iiod_session_wake_ns(&s), INT64_MAX);
        end(&d, &s);
    }
}

/* A READBUF of more than a refill is answered in several, the mask in the first alone; never more than asked for. */
static void a_large_readbuf_comes_in_refills(void **state)
{
    struct device d;
    struct iiod_session s;
    char got[256];
    uint32_t want[6] = {1, 2, 3, 4, 5, 6};

    (void)state;
    open_buffer(&d, &s, 4);
    ask(&s, 26, 0); /* six scans and a half */
    give(&s, 1, 9);
    iiod_session_tick(&s, 1);
    assert_int_equal(drain(&s, got, sizeof got, 5, 1), 12 + 16 + 2 + 8);
    assert_memory_equal(got + 12, want, 16);
    assert_memory_equal(got + 28, "8\n", 2);
    assert_memory_equal(got + 30, want + 4, 8);
    assert_int_equal(s.stream.queue.held, 3);
    end(&d, &s);
}

static void nothing_for_a_while_is_told(void **state)
{
    struct device d;
    struct iiod_session s;
    char got[256];

    (void)state;
    open_buffer(&d, &s, 4);
    d.common.timeout_ms = 500;
    ask(&s, 16, 7 * MS);
    assert_int_equal(iiod_session_wake_ns(&s), 507 * MS);
    iiod_session_tick(&s, 507 * MS - 1);
    assert_int_equal(drain(&s, got, sizeof got, 99, 507 * MS - 1), 0);
    iiod_session_tick(&s, 507 * MS);
    drain(&s, got, sizeof got, 99, 507 * MS);
    assert_string_equal(got, "-110\n");
    ask(&s, 16, 600 * MS); /* and the session goes on */
    give(&s, 1, 4);
    iiod_session_tick(&s, 601 * MS);
    assert_int_equal(drain(&s, got, sizeof got, 99, 601 * MS), 28);
    d.common.timeout_ms = 0; /* none */
    ask(&s, 16, 700 * MS);
    iiod_session_tick(&s, 86400000 * MS);
    assert_int_equal(drain(&s, got, sizeof got, 99, 0), 0);
    end(&d, &s);
}

static void what_fails_is_told_once(void **state)
{
    struct device d;
    struct iiod_session s;
    char got[256];

    (void)state;
    open_buffer(&d, &s, 4);
    d.common.refill_errno = EIO;
    give(&s, 1, 9);
    ask(&s, 16, 0);
    drain(&s, got, sizeof got, 99, 0);
    assert_string_equal(got, "-5\n");
    ask(&s, 16, 0);
    assert_int_equal(drain(&s, got, sizeof got, 99, 0), 28);
    d.state = -ENODEV;
    ask(&s, 16, 0);
    drain(&s, got, sizeof got, 99, 0);
    assert_string_equal(got, "-19\n");
    end(&d, &s);
}

static void a_held_refill_waits(void **state)
{
    struct device d;
    struct iiod_session s;
    char got[256];

    (void)state;
    open_buffer(&d, &s, 4);
    d.common.hold_until_ns = 300 * MS;
    give(&s, 1, 20); /* and its queue of 16 is full */
    ask(&s, 16, 0);
    assert_int_equal(iiod_session_wake_ns(&s), 300 * MS);
    iiod_session_tick(&s, 299 * MS);
    assert_int_equal(drain(&s, got, sizeof got, 99, 299 * MS), 0);
    iiod_session_tick(&s, 300 * MS);
    assert_int_equal(drain(&s, got, sizeof got, 99, 300 * MS), 28);
    assert_int_equal(s.stream.queue.lost, 4);
    end(&d, &s);
}

static void a_hang_up_is_for_open_buffers(void **state)
{
    struct device d;
    struct iiod_session s, control;

    (void)state;
    open_buffer(&d, &s, 4);
    iiod_session_begin(&control, &d.backend);
    ask(&s, 16, 0);
    d.common.hangups++;
    iiod_session_tick(&s, 1);
    iiod_session_tick(&control, 1);
    assert_true(iiod_session_over(&s));
    assert_false(iiod_session_over(&control));
    assert_int_equal(iiod_session_wake_ns(&s), INT64_MAX);
    iiod_session_end(&control);
    end(&d, &s);
    open_buffer(&d, &s, 4); /* a new one is not cut by the old command */
    iiod_session_tick(&s, 1);
    assert_false(iiod_session_over(&s));
    end(&d, &s);
}

/* While an answer waits to be sent, further commands are not taken: output is bounded. */
static void answers_come_before_further_commands(void **state)
{
    struct device d;
    struct iiod_session s;
    const char *text = "VERSION\r\nVERSION\r\n";
    char got[64];

    (void)state;
    begin(&d, &s);
    assert_int_equal(iiod_session_feed(&s, (const uint8_t *)text, 18, 0), 9);
    assert_int_equal(iiod_session_feed(&s, (const uint8_t *)text + 9, 9, 0), 0);
    drain(&s, got, sizeof got, 99, 0);
    assert_int_equal(iiod_session_feed(&s, (const uint8_t *)text + 9, 9, 0), 9);
    end(&d, &s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_answered),
        cmocka_unit_test(what_was_said_arrives),
        cmocka_unit_test(what_is_too_long_is_bounded),
        cmocka_unit_test(a_refill_comes_whole),
        cmocka_unit_test(a_large_readbuf_comes_in_refills),
        cmocka_unit_test(nothing_for_a_while_is_told),
        cmocka_unit_test(what_fails_is_told_once),
        cmocka_unit_test(a_held_refill_waits),
        cmocka_unit_test(a_hang_up_is_for_open_buffers),
        cmocka_unit_test(answers_come_before_further_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
