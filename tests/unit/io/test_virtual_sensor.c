/* The virtual accelerometer: what it shows, when its samples come, and what it can be told to suffer. */
#include "io/virtual_sensor.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/fake_end.h"

#define MS    INT64_C(1000000)
#define START INT64_C(5000000000)

enum { N = 100, ROOM = 65536 };

struct bench {
    struct fake_sys fake;
    struct virtual_conf conf;
    struct virtual_sensor *v;
    const struct iiod_backend *b;
    struct iiod_session s;
    int32_t count[N][VIRTUAL_AXES];
    char got[ROOM];
    size_t n;
};

/* 100 samples at 100 Hz: x counts up, y is 1000 less, z is 250000. */
static void prepare(struct bench *t, const char *driver)
{
    memset(t, 0, sizeof *t);
    fake_sys_init(&t->fake);
    t->fake.mono_ns = START;
    t->conf.driver = virtual_driver_find(driver);
    snprintf(t->conf.name, sizeof t->conf.name, "%s", driver);
    assert_true(scan_format_parse(t->conf.driver->format, &t->conf.format));
    t->conf.scale = t->conf.driver->scale;
    snprintf(t->conf.scale_text, sizeof t->conf.scale_text, "%s", t->conf.driver->scale_text);
    for (int i = 0; i < N; i++) {
        t->count[i][0] = i;
        t->count[i][1] = i - 1000;
        t->count[i][2] = 16000;
    }
    t->conf.track[0] = (struct virtual_track){.rate_hz = 100, .n = N, .again = 0, .count = t->count};
    t->conf.tracks = 1;
}

static void start(struct bench *t)
{
    struct error err = {""};

    if (virtual_sensor_open(&t->v, &t->fake.sys, &t->conf, START, &err) < 0)
        fail_msg("%s", err.text);
    t->b = virtual_sensor_backend(t->v);
    iiod_session_begin(&t->s, t->b);
}

static void end(struct bench *t)
{
    iiod_session_end(&t->s);
    virtual_sensor_close(t->v);
    fake_sys_end(&t->fake);
}

/* The time is `ms` after the start; everything that can be sent is. */
static void run_to(struct bench *t, double ms)
{
    const uint8_t *at;
    size_t n;

    t->fake.utc_ns += START + (int64_t)(ms * 1e6) - t->fake.mono_ns;
    t->fake.mono_ns = START + (int64_t)(ms * 1e6);
    virtual_sensor_advance(t->v, t->fake.mono_ns);
    iiod_session_tick(&t->s, t->fake.mono_ns);
    while ((n = iiod_session_output(&t->s, &at)) > 0) {
        assert_true(t->n + n < ROOM);
        memcpy(t->got + t->n, at, n);
        t->n += n;
        iiod_session_sent(&t->s, n, t->fake.mono_ns);
        iiod_session_tick(&t->s, t->fake.mono_ns);
    }
    t->got[t->n] = 0;
}

/* Sends a command now; what is answered at once stands in got. */
static const char *say(struct bench *t, const char *text)
{
    double ms = (double)(t->fake.mono_ns - START) * 1e-6;
    size_t n = strlen(text), used = 0;

    t->n = 0;
    do {
        used += iiod_session_feed(&t->s, (const uint8_t *)text + used, n - used, t->fake.mono_ns);
        run_to(t, ms);
    } while (used < n);
    return t->got;
}

static void tell(struct bench *t, const char *fault, const char *value)
{
    char text[96], want[24];

    snprintf(text, sizeof text, "WRITE iio:device0 DEBUG %s %zu\r\n%s", fault, strlen(value), value);
    snprintf(want, sizeof want, "%zu\n", strlen(value));
    assert_string_equal(say(t, text), want);
}

struct scan {
    int32_t x, y, z;
    int64_t ns;
};

/* `samples` scans of adxl355 with x y z and the time stamp, which must come when the time is `ms`. */
static void refill(struct bench *t, size_t samples, double ms, struct scan *to)
{
    char text[64], head[64];
    size_t size = 24, at;

    snprintf(text, sizeof text, "READBUF iio:device0 %zu\r\n", samples * size);
    say(t, text);
    run_to(t, ms);
    snprintf(head, sizeof head, "%zu\n00000017\n", samples * size);
    at = strlen(head);
    if (t->n != at + samples * size || strncmp(t->got, head, at) != 0)
        fail_msg("%zu bytes for %zu: '%.20s'", t->n, at + samples * size, t->got);
    for (size_t i = 0; i < samples; i++, at += size) {
        const uint8_t *p = (const uint8_t *)t->got + at;
        to[i].x = (int32_t)scan_format_get(&t->conf.format, p);
        to[i].y = (int32_t)scan_format_get(&t->conf.format, p + 4);
        to[i].z = (int32_t)scan_format_get(&t->conf.format, p + 8);
        memcpy(&to[i].ns, p + 16, 8);
    }
}

static void open_buffer(struct bench *t, size_t samples)
{
    char text[64];

    say(t, "WRITE iio:device0 current_timestamp_clock 10\r\nmonotonic\n");
    assert_string_equal(t->got, "10\n");
    snprintf(text, sizeof text, "OPEN iio:device0 %zu 00000017\r\n", samples);
    assert_string_equal(say(t, text), "0\n");
}

/* ---- time ---- */

static void samples_come_by_the_clock(void **state)
{
    struct bench t;
    struct scan scan[8];

    (void)state;
    prepare(&t, "adxl355");
    start(&t);
    open_buffer(&t, 4);
    say(&t, "READBUF iio:device0 96\r\n");
    assert_int_equal(iiod_session_wake_ns(&t.s), START + 40 * MS); /* the fourth is at 40 ms */
    run_to(&t, 39.999);
    assert_int_equal(t.n, 0);
    run_to(&t, 40);
    assert_int_equal(t.n, 12 + 96);
    refill(&t, 4, 83, scan);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(scan[i].x, 4 + i);
        assert_int_equal(scan[i].y, 4 + i - 1000);
        assert_int_equal(scan[i].z, 16000);
        assert_int_equal(scan[i].ns, START + (5 + i) * 10 * MS); /* not when it was asked */
    }
    end(&t);
}

static void a_full_queue_loses_the_newest(void **state)
{
    struct bench t;
    struct scan scan[16];

    (void)state;
    prepare(&t, "adxl355");
    start(&t);
    assert_string_equal(say(&t, "SET iio:device0 BUFFERS_COUNT 2\r\n"), "0\n");
    open_buffer(&t, 4);
    run_to(&t, 200); /* 20 samples into a queue of 8 */
    assert_string_equal(say(&t, "READ iio:device0 DEBUG lost\r\n"), "3\n12\0\n");
    refill(&t, 4, 200, scan);
    refill(&t, 4, 200, scan + 4);
    refill(&t, 4, 240, scan + 8);
    assert_int_equal(scan[7].x, 7); /* the oldest were kept */
    assert_int_equal(scan[8].x, 20);
    assert_int_equal(scan[8].ns - scan[7].ns, 130 * MS);
    end(&t);
}

static void every_client_has_its_own_queue(void **state)
{
    struct bench t;
    struct iiod_session other;
    struct scan scan[8];

    (void)state;
    prepare(&t, "adxl355");
    start(&t);
    open_buffer(&t, 4);
    iiod_session_begin(&other, t.b);
    assert_int_equal(iiod_session_feed(&other, (const uint8_t *)"OPEN adxl355 2 00000010\r\n", 25, 0), 25);
    run_to(&t, 200);
    assert_int_equal(t.s.stream.queue.held, 16);
    assert_int_equal(other.stream.queue.held, 8);
    assert_int_equal(other.stream.queue.size, 8); /* its mask is its own, too */
    iiod_session_end(&other);
    refill(&t, 4, 200, scan);
    assert_int_equal(scan[3].x, 3);
    end(&t);
}

static void another_rate_is_another_track(void **state)
{
    struct bench t;
    struct scan scan[4];
    int32_t fast[2 * N][VIRTUAL_AXES];

    (void)state;
    prepare(&t, "adxl355");
    for (int i = 0; i < 2 * N; i++)
        fast[i][0] = fast[i][1] = fast[i][2] = 5000 + i;
    t.conf.track[1] = (struct virtual_track){.rate_hz = 200, .n = 2 * N, .again = 0, .count = fast};
    t.conf.tracks = 2;
    start(&t);
    assert_memory_equal(say(&t, "READ iio:device0 INPUT accel_x sampling_frequency_available\r\n"),
                        "22\n100.000000 200.000000\0\n", 26);
    say(&t, "WRITE iio:device0 INPUT accel_x sampling_frequency 3\r\n125");
    assert_string_equal(t.got, "-22\n");
    run_to(&t, 100);
    say(&t, "WRITE iio:device0 INPUT accel_x sampling_frequency 3\r\n200");
    assert_string_equal(t.got, "3\n");
    assert_memory_equal(say(&t, "READ iio:device0 INPUT accel_y sampling_frequency\r\n"),
                        "11\n200.000000\0\n", 15);
    open_buffer(&t, 4);
    refill(&t, 4, 120, scan);
    assert_int_equal(scan[0].x, 5020); /* at the same place of the record */
    assert_int_equal(scan[1].ns - scan[0].ns, 5 * MS);
    say(&t, "WRITE iio:device0 INPUT accel_x sampling_frequency 3\r\n100");
    assert_string_equal(t.got, "-16\n"); /* not while a buffer is open */
    end(&t);
}

static void time_stamps_follow_the_chosen_clock(void **state)
{
    struct bench t;
    int64_t ns;

    (void)state;
    prepare(&t, "adxl355");
    start(&t);
    say(&t, "READ iio:device0 current_timestamp_clock\r\n");
    assert_string_equal(t.got, "9\nrealtime");
    say(&t, "WRITE iio:device0 current_timestamp_clock 9\r\nsomething");
    assert_string_equal(t.got, "-22\n");
    say(&t, "OPEN iio:device0 1 00000010\r\n");
    say(&t, "WRITE iio:device0 current_timestamp_clock 9\r\nmonotonic");
    assert_string_equal(t.got, "-16\n");
    say(&t, "READBUF iio:device0 8\r\n");
    run_to(&t, 10);
    memcpy(&ns, t.got + 11, 8);
    assert_int_equal(ns, t.fake.utc_ns);
    end(&t);
}

static void it_waits_loops_and_ends_as_told(void **state)
{
    struct bench t;
    struct scan scan[8];

    (void)state;
    prepare(&t, "adxl355");
    t.conf.wait = true;
    t.conf.track[0].again = 40;
    start(&t);
    run_to(&t, 5000);
    assert_int_equal(virtual_sensor_began_ns(t.v), INT64_MAX);
    open_buffer(&t, 1);
    assert_int_equal(virtual_sensor_began_ns(t.v), START + 5010 * MS);
    refill(&t, 1, 5010, scan);
    assert_int_equal(scan[0].x, 0);
    for (int i = 1; i < 2 * N; i++) {
        refill(&t, 1, 5010 + 10 * i, scan);
        assert_int_equal(scan[0].x, i < N ? i : 40 + (i - N) % 60);
    }
    assert_false(virtual_sensor_through(t.v));
    end(&t);

    prepare(&t, "adxl355");
    t.conf.once = true;
    t.conf.start = 90;
    start(&t);
    open_buffer(&t, 4);
    assert_int_equal(virtual_sensor_end_ns(t.v), START + 100 * MS);
    run_to(&t, 5000);
    assert_false(virtual_sensor_through(t.v)); /* two refills are still there */
    refill(&t, 4, 5000, scan);
    assert_int_equal(scan[0].x, 90);
    refill(&t, 4, 5000, scan);
    assert_true(virtual_sensor_through(t.v));
    assert_string_equal(say(&t, "READBUF iio:device0 96\r\n"), "-19\n");
    end(&t);
}

/* ---- what it shows ---- */

static void scans_are_laid_out_as_the_kernel_does(void **state)
{
    static const struct {
        const char *driver;
        unsigned mask;
        size_t size;
    } rows[] = {
        {"adxl355", 0x01, 4},       {"adxl355", 0x07, 12},     {"adxl355", 0x0f, 16},
        {"adxl355", 0x08, 2},       {"adxl355", 0x1f, 24},     {"adxl355", 0x18, 16},
        {"adxl355", 0x11, 16},      {"lsm6dso_accel", 0x7, 6}, {"lsm6dso_accel", 0xf, 16},
        {"lsm6dso_accel", 0x10, 0}, {"accel_3d", 0x7, 12},     {"accel_3d", 0xf, 24},
        {"accel_3d", 0, 0},         {"lsm6dso_accel", 0x5, 4}, {"adxl355", 0xffffffe0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench t;
        char text[64];
        prepare(&t, rows[i].driver);
        start(&t);
        snprintf(text, sizeof text, "OPEN iio:device0 1 %08x\r\n", rows[i].mask);
        say(&t, text);
        assert_string_equal(t.got, rows[i].size ? "0\n" : "-22\n");
        assert_int_equal(t.s.stream.queue.size, rows[i].size);
        end(&t);
    }
}

static void buffers_are_bounded(void **state)
{
    struct bench t;

    (void)state;
    prepare(&t, "adxl355");
    start(&t);
    assert_string_equal(say(&t, "OPEN iio:device0 4294967295 7\r\n"), "-12\n");
    assert_string_equal(say(&t, "OPEN iio:device0 16385 7\r\n"), "-12\n");
    assert_string_equal(say(&t, "SET iio:device0 BUFFERS_COUNT 0\r\n"), "-22\n");
    assert_string_equal(say(&t, "SET iio:device0 BUFFERS_COUNT 1025\r\n"), "-22\n");
    t.fake.fail_alloc_at = 1;
    assert_string_equal(say(&t, "OPEN iio:device0 16384 7\r\n"), "-12\n");
    assert_string_equal(say(&t, "OPEN iio:device0 16384 7\r\n"), "0\n");
    end(&t);
}

static void attributes_of_each_driver(void **state)
{
    static const struct {
        const char *driver, *send, *want; /* the beginning of the answer */
    } rows[] = {
        {"adxl355", "READ adxl355 INPUT accel_z raw\r\n", "6\n16000"},
        {"adxl355", "READ iio:device0 INPUT accel_x scale\r\n", "12\n0.000038245"},
        {"adxl355", "WRITE iio:device0 INPUT accel_x scale 11\r\n0.000038245", "11\n"},
        {"adxl355", "WRITE iio:device0 INPUT accel_x scale 3\r\n0.1", "-22\n"},
        {"adxl355", "WRITE iio:device0 INPUT accel_x raw 1\r\n0", "-13\n"},
        {"adxl355", "WRITE iio:device0 INPUT accel_x sampling_frequency 3\r\nabc", "-22\n"},
        {"adxl355", "READ iio:device0 INPUT temp raw\r\n", "5\n1885"},
        {"adxl355", "READ iio:device0 INPUT temp offset\r\n", "13\n-2111.250000"},
        {"adxl355", "READ iio:device0 INPUT accel_w raw\r\n", "-2\n"},
        {"adxl355", "READ iio:device0 INPUT temp hysteresis\r\n", "-2\n"},
        {"adxl355", "READ iio:device0 sampling_frequency\r\n", "-2\n"},
        {"adxl355", "READ iio:device1 INPUT accel_x raw\r\n", "-19\n"},
        {"adxl355", "READ iio:device0 in_mount_matrix\r\n", "-2\n"},
        {"adxl355", "GETTRIG iio:device0\r\n", "12\nadxl355-dev0\n"},
        {"adxl355", "GETTRIG trigger0\r\n", "-2\n"},
        {"adxl355", "SETTRIG iio:device0\r\nOPEN iio:device0 4 7\r\nSETTRIG iio:device0 trigger0\r\n",
         "0\n-22\n0\n"},
        {"adxl355", "SETTRIG iio:device0 trigger7\r\n", "-2\n"},
        {"lsm6dso_accel", "READ iio:device0 INPUT temp raw\r\n", "-2\n"},
        {"lsm6dso_accel", "READ iio:device0 sampling_frequency\r\n", "11\n100.000000"},
        {"lsm6dso_accel", "GETTRIG iio:device0\r\n", "-2\n"},
        {"lsm6dso_accel", "SETTRIG iio:device0\r\n", "-2\n"},
        {"accel_3d", "READ iio:device0 INPUT accel_x hysteresis\r\n", "9\n0.000000"},
        {"accel_3d", "WRITE iio:device0 INPUT accel_x hysteresis 1\r\n0", "1\n"},
        {"accel_3d", "READ iio:device0 INPUT accel_x sampling_frequency_available\r\n", "-2\n"},
        {"accel_3d", "READ iio:device0 BUFFER enable\r\n", "2\n0"},
        {"accel_3d", "OPEN iio:device0 4 7\r\nREAD iio:device0 BUFFER enable\r\n", "0\n2\n1"},
        {"accel_3d", "OPEN iio:device0 4 7\r\nREAD iio:device0 BUFFER length\r\n", "0\n3\n16"},
        {"accel_3d", "OPEN iio:device0 4 7\r\nREAD iio:device0 BUFFER watermark\r\n", "0\n2\n4"},
        {"accel_3d", "OPEN iio:device0 4 7\r\nWRITE iio:device0 BUFFER watermark 1\r\n1", "0\n-16\n"},
        {"accel_3d", "WRITE iio:device0 BUFFER length 2\r\n64READ iio:device0 BUFFER length\r\n", "2\n3\n64"},
        {"accel_3d", "WRITE iio:device0 BUFFER enable 1\r\n1", "-13\n"},
        {"accel_3d", "WRITE iio:device0 DEBUG clip_mps2 3\r\nabc", "-22\n"},
        {"accel_3d", "WRITE iio:device0 DEBUG stuck 1\r\n8", "-34\n"},
        {"accel_3d", "WRITE iio:device0 DEBUG noise_mps2 3\r\nnan", "-22\n"},
        {"accel_3d", "WRITE iio:device0 DEBUG lost 1\r\n0", "-13\n"},
        {"accel_3d", "WRITE iio:device0 DEBUG ppm 4\r\n 12\nREAD iio:device0 DEBUG ppm\r\n", "4\n3\n12"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench t;
        prepare(&t, rows[i].driver);
        start(&t);
        say(&t, rows[i].send);
        if (strncmp(t.got, rows[i].want, strlen(rows[i].want)) != 0)
            fail_msg("%s: '%s' answers '%s'", rows[i].driver, rows[i].send, t.got);
        end(&t);
    }
}

/* One block of the frame, stored: what a client without our help would unpack. */
static void the_frame_holds_the_context(void **state)
{
    struct bench t;
    const uint8_t *f;
    size_t n;

    (void)state;
    prepare(&t, "adxl355");
    snprintf(t.conf.label, sizeof t.conf.label, "roof");
    start(&t);
    f = t.b->xml_zstd;
    n = t.b->xml_size;
    assert_true(strstr(t.b->xml, "name=\"adxl355\" label=\"roof\""));
    assert_true(strstr(t.b->xml, "be:s20/32&gt;&gt;4"));
    assert_true(strstr(t.b->xml, "filename=\"in_accel_y_raw\""));
    assert_true(strstr(t.b->xml, "<debug-attribute name=\"stall_ms\"/>"));
    assert_memory_equal(f, "\x28\xb5\x2f\xfd\xa0", 5);
    assert_int_equal(f[5] | f[6] << 8 | f[7] << 16 | f[8] << 24, n);
    assert_int_equal(f[9] | f[10] << 8 | f[11] << 16, n << 3 | 1);
    assert_int_equal(t.b->xml_zstd_size, n + 12);
    assert_memory_equal(f + 12, t.b->xml, n);
    end(&t);
}

/* ---- faults ---- */

static void a_stall_is_a_gap(void **state)
{
    struct bench t;
    struct scan scan[4];

    (void)state;
    prepare(&t, "adxl355");
    start(&t);
    open_buffer(&t, 2);
    refill(&t, 2, 20, scan);
    tell(&t, "stall_ms", "200");
    say(&t, "READBUF iio:device0 48\r\n");
    assert_int_equal(iiod_session_wake_ns(&t.s), START + 220 * MS);
    run_to(&t, 229);
    assert_int_equal(t.n, 0);
    run_to(&t, 231);
    assert_int_equal(t.n, 12 + 48);
    refill(&t, 2, 252, scan);
    assert_int_equal(scan[0].ns, START + 240 * MS);
    assert_int_equal(scan[0].x, 23);
    end(&t);
}

static void time_stamps_can_lie(void **state)
{
    struct bench t;
    struct scan scan[4];

    (void)state;
    prepare(&t, "adxl355");
    start(&t);
    open_buffer(&t, 4);
    refill(&t, 4, 40, scan);
    tell(&t, "duplicate", "2");
    refill(&t, 4, 80, scan);
    assert_int_equal(scan[0].ns, START + 40 * MS);
    assert_int_equal(scan[1].ns, START + 40 * MS);
    assert_int_equal(scan[2].ns, START + 70 * MS);
    assert_int_equal(scan[1].x, 5); /* the values go on */
    tell(&t, "backward_ms", "35");
    refill(&t, 4, 120, scan);
    assert_int_equal(scan[0].ns, START + 55 * MS);
    assert_int_equal(scan[1].ns, START + 100 * MS);
    tell(&t, "skip", "3");
    refill(&t, 4, 190, scan);
    assert_int_equal(scan[0].ns, START + 160 * MS);
    assert_int_equal(scan[0].x, 15);
    end(&t);
}

static void a_fast_clock_is_told_by_its_time_stamps(void **state)
{
    struct bench t;
    struct scan scan[40];

    (void)state;
    prepare(&t, "adxl355");
    start(&t);
    open_buffer(&t, 40);
    tell(&t, "ppm", "250000"); /* from the next sample on, 8 ms apart */
    refill(&t, 40, 10 + 39 * 8, scan);
    for (int i = 0; i < 40; i++)
        assert_int_equal(scan[i].ns, START + (10 + 8 * i) * MS);
    assert_memory_equal(say(&t, "READ iio:device0 INPUT accel_x sampling_frequency\r\n"),
                        "11\n100.000000\0\n", 15);
    end(&t);
}

static void old_samples_come_first(void **state)
{
    struct bench t;
    struct scan scan[4];

    (void)state;
    prepare(&t, "adxl355");
    start(&t);
    tell(&t, "stale", "3");
    run_to(&t, 500);
    open_buffer(&t, 4);
    refill(&t, 4, 510, scan);
    assert_int_equal(scan[0].ns, START + 480 * MS);
    assert_int_equal(scan[3].ns, START + 510 * MS);
    assert_int_equal(scan[0].x, 47);
    end(&t);
}

static void values_are_spoilt(void **state)
{
    struct bench t;
    struct scan scan[50], again[50];
    double sum2 = 0;

    (void)state;
    prepare(&t, "adxl355");
    start(&t);
    open_buffer(&t, 50);
    tell(&t, "stuck", "1");
    refill(&t, 50, 500, scan);
    assert_int_equal(scan[0].x, scan[49].x);
    assert_int_equal(scan[49].y, 49 - 1000);
    tell(&t, "flat", "1");
    refill(&t, 50, 1000, again);
    assert_int_equal(again[0].y, scan[49].y);
    assert_int_equal(again[49].y, scan[49].y);
    tell(&t, "flat", "0");
    tell(&t, "stuck", "0");
    tell(&t, "clip_mps2", "0.019"); /* 496 counts */
    refill(&t, 50, 1500, scan);
    assert_int_equal(scan[20].x, 20);
    assert_int_equal(scan[20].y, -497);
    assert_int_equal(scan[20].z, 497);
    tell(&t, "clip_mps2", "0");
    tell(&t, "noise_mps2", "0.0038245"); /* 100 counts */
    refill(&t, 50, 2000, scan);
    for (int i = 0; i < 50; i++)
        sum2 += pow(scan[i].z - 16000, 2);
    assert_true(sqrt(sum2 / 50) > 60 && sqrt(sum2 / 50) < 140);
    end(&t);
}

static void what_is_gone_comes_back(void **state)
{
    struct bench t;
    struct scan scan[4];

    (void)state;
    prepare(&t, "adxl355");
    start(&t);
    open_buffer(&t, 4);
    say(&t, "READBUF iio:device0 96\r\n");
    iiod_session_end(&t.s); /* of a client that does not wait */
    iiod_session_begin(&t.s, t.b);
    open_buffer(&t, 4);
    tell(&t, "gone_ms", "300");
    assert_string_equal(say(&t, "READBUF iio:device0 96\r\n"), "-19\n");
    assert_string_equal(say(&t, "READ iio:device0 INPUT accel_x raw\r\n"), "-19\n");
    assert_string_equal(say(&t, "CLOSE iio:device0\r\nOPEN iio:device0 4 7\r\n"), "0\n-19\n");
    assert_string_equal(say(&t, "READ iio:device0 DEBUG gone_ms\r\n"), "4\n300");
    run_to(&t, 301);
    open_buffer(&t, 4);
    refill(&t, 4, 350, scan);
    tell(&t, "errno", "5");
    assert_string_equal(say(&t, "READBUF iio:device0 96\r\n"), "-5\n");
    refill(&t, 4, 400, scan);
    tell(&t, "refuse_ms", "50");
    assert_int_equal(virtual_sensor_refuse_until_ns(t.v), START + 450 * MS);
    assert_false(virtual_sensor_died(t.v));
    tell(&t, "die", "1");
    assert_true(virtual_sensor_died(t.v));
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_come_by_the_clock),
        cmocka_unit_test(a_full_queue_loses_the_newest),
        cmocka_unit_test(every_client_has_its_own_queue),
        cmocka_unit_test(another_rate_is_another_track),
        cmocka_unit_test(time_stamps_follow_the_chosen_clock),
        cmocka_unit_test(it_waits_loops_and_ends_as_told),
        cmocka_unit_test(scans_are_laid_out_as_the_kernel_does),
        cmocka_unit_test(buffers_are_bounded),
        cmocka_unit_test(attributes_of_each_driver),
        cmocka_unit_test(the_frame_holds_the_context),
        cmocka_unit_test(a_stall_is_a_gap),
        cmocka_unit_test(time_stamps_can_lie),
        cmocka_unit_test(a_fast_clock_is_told_by_its_time_stamps),
        cmocka_unit_test(old_samples_come_first),
        cmocka_unit_test(values_are_spoilt),
        cmocka_unit_test(what_is_gone_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
