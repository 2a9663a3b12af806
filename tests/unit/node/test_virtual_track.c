/* A record as the counts that a sensor would have given. */
#include "node/virtual_track.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "node/resample.h"
#include "tests/unit/fake_end.h"

enum { TEXT_MAX_BYTES = 1 << 17 };

struct bench {
    struct fake_sys fake;
    struct virtual_record r;
    struct virtual_counts c;
    struct virtual_track_conf conf;
    struct virtual_conf sensor;
    struct error err;
};

/* Vertical a ramp of 0.01 m/s^2 a sample, north -1, east 2; 100 Hz. `skip`: a row that is missing. */
static void write_record(struct bench *t, const char *head, int n, int skip)
{
    static char text[TEXT_MAX_BYTES];
    int at = snprintf(text, sizeof text, "# tocsin-csv 1\n# rate_hz: 100\n%stime_s,z,n,e\n", head);

    for (int i = 0; i < n; i++)
        if (i != skip)
            at += snprintf(text + at, sizeof text - (size_t)at, "%.2f,%.2f,-1,2\n", i * 0.01, i * 0.01);
    fake_file_put(&t->fake, "r.csv", text, (size_t)at);
}

static void prepare(struct bench *t)
{
    memset(t, 0, sizeof *t);
    fake_sys_init(&t->fake);
    t->conf.quiet_s = 0.5;
    t->conf.after = AFTER_END;
    assert_true(scan_format_parse("be:s20/32>>4", &t->sensor.format));
    t->sensor.scale = 0.0001;
}

static int load(struct bench *t, bool gravity)
{
    static const char *const paths[] = {"r.csv"};
    struct trace_conf conf = {0};
    struct trace *trace = NULL;
    int result = trace_open(&trace, &t->fake.sys, paths, 1, &conf, &t->err);

    if (result == 0)
        result = virtual_record_read(&t->r, &t->fake.sys, trace, 0, gravity, &t->err);
    trace_close(trace);
    return result;
}

static void make(struct bench *t, double rate_hz)
{
    virtual_counts_free(&t->c, &t->fake.sys);
    if (virtual_counts_make(&t->c, &t->r, rate_hz, &t->conf, &t->sensor, &t->err) < 0)
        fail_msg("%s", t->err.text);
}

static void end(struct bench *t)
{
    virtual_counts_free(&t->c, &t->fake.sys);
    virtual_record_free(&t->r);
    fake_sys_end(&t->fake);
}

static const char mps2[] = "# unit: m/s^2\n";

static void axes_are_east_north_up(void **state)
{
    struct bench t;

    (void)state;
    prepare(&t);
    write_record(&t, mps2, 300, -1);
    assert_int_equal(load(&t, true), 0);
    assert_true(t.r.gravity_added);
    make(&t, 100);
    assert_int_equal(t.c.track.n, 300);
    assert_int_equal(t.c.track.count[7][0], 20000);
    assert_int_equal(t.c.track.count[7][1], -10000);
    assert_true(abs(t.c.track.count[7][2] - 98766) <= 1);
    /* Its x axis points north, its y axis west. */
    const double turned[3][3] = {{0, -1, 0}, {1, 0, 0}, {0, 0, 1}};
    memcpy(t.sensor.matrix, turned, sizeof turned);
    t.sensor.has_matrix = true;
    make(&t, 100);
    assert_int_equal(t.c.track.count[7][0], -10000);
    assert_int_equal(t.c.track.count[7][1], -20000);
    end(&t);
}

static void gravity_is_added_where_it_is_missing(void **state)
{
    struct bench t;

    (void)state;
    prepare(&t);
    write_record(&t, mps2, 300, -1);
    assert_int_equal(load(&t, false), 0);
    make(&t, 100);
    assert_int_equal(t.c.track.count[7][2], 700);
    assert_int_equal(t.c.clipped, 0);
    t.sensor.scale = 0.000001; /* 2 m/s^2 are beyond 20 bits of it, and so is 1 */
    make(&t, 100);
    assert_int_equal(t.c.track.count[7][0], 524287);
    assert_int_equal(t.c.track.count[7][1], -524288);
    assert_true(t.c.clipped >= 600);
    end(&t);

    prepare(&t); /* one that has it: its first two seconds are at 10 m/s^2 */
    t.fake.read_max = 0;
    static char text[TEXT_MAX_BYTES];
    int at = snprintf(text, sizeof text, "# tocsin-csv 1\n# rate_hz: 100\n%sz,n,e\n", mps2);
    for (int i = 0; i < 300; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "-9.9,0,0\n");
    fake_file_put(&t.fake, "r.csv", text, (size_t)at);
    assert_int_equal(load(&t, true), 0);
    assert_false(t.r.gravity_added);
    end(&t);
}

static void what_is_missing_is_a_straight_line(void **state)
{
    struct bench t;

    (void)state;
    prepare(&t);
    write_record(&t, mps2, 300, 150);
    assert_int_equal(load(&t, false), 0);
    make(&t, 100);
    assert_int_equal(t.r.bridged, 1);
    assert_int_equal(t.c.track.n, 300);
    assert_int_equal(t.c.track.count[150][2], 15000);
    end(&t);
}

static void velocity_is_differentiated(void **state)
{
    struct bench t;

    (void)state;
    prepare(&t);
    write_record(&t, "# unit: m/s\n", 300, -1);
    assert_int_equal(load(&t, false), 0);
    make(&t, 100);
    assert_int_equal(t.c.track.n, 300);
    assert_int_equal(t.c.track.count[0][2], 10000); /* 0.01 m/s in 0.01 s */
    assert_int_equal(t.c.track.count[299][2], 10000);
    assert_int_equal(t.c.track.count[150][0], 0);
    end(&t);
}

static void an_unknown_scale_is_refused(void **state)
{
    struct bench t;

    (void)state;
    prepare(&t);
    write_record(&t, "# unit: counts\n", 300, -1);
    assert_int_equal(load(&t, true), -1);
    assert_non_null(strstr(t.err.text, "--scale"));
    end(&t);
}

static void quiet_comes_in_front(void **state)
{
    struct bench t;

    (void)state;
    prepare(&t);
    write_record(&t, mps2, 300, -1);
    assert_int_equal(load(&t, false), 0);
    t.conf.settle_s = 1.2;
    make(&t, 100);
    assert_int_equal(t.c.record_at, 120);
    assert_int_equal(t.c.track.n, 420);
    assert_int_equal(t.c.track.count[120][2], 0);
    assert_int_equal(t.c.track.count[119][2], 0); /* mirrored */
    assert_int_equal(t.c.track.count[70][2], 4900);
    assert_int_equal(t.c.track.count[69][2], 4900); /* and back */
    end(&t);
}

/* From the last sample to what follows there is no step larger than the record's own and the seam's slope. */
static void largest_step(const struct virtual_counts *c, int32_t most)
{
    for (int64_t i = 1; i < c->track.n; i++)
        for (int a = 0; a < VIRTUAL_AXES; a++)
            if (abs(c->track.count[i][a] - c->track.count[i - 1][a]) > most)
                fail_msg("step of %d at %lld", abs(c->track.count[i][a] - c->track.count[i - 1][a]),
                         (long long)i);
    for (int a = 0; a < VIRTUAL_AXES; a++)
        assert_true(abs(c->track.count[c->track.again][a] - c->track.count[c->track.n - 1][a]) <= most);
}

static void there_is_no_step_at_the_end(void **state)
{
    struct bench t;

    (void)state;
    prepare(&t);
    write_record(&t, mps2, 1000, -1); /* 0 to 10 m/s^2: 100000 counts from the end to the beginning */
    assert_int_equal(load(&t, false), 0);
    t.conf.after = AFTER_LOOP;
    make(&t, 100);
    assert_int_equal(t.c.track.n, 1200);
    assert_int_equal(t.c.track.again, 200);
    assert_int_equal(t.c.track.count[999][2], 99900); /* the record itself is whole */
    largest_step(&t.c, 1000);
    t.conf.after = AFTER_QUIET;
    make(&t, 100);
    assert_int_equal(t.c.track.n, 1000 + 200 + 100);
    assert_int_equal(t.c.track.again, 1200);
    largest_step(&t.c, 1000);
    for (int64_t i = t.c.track.again; i < t.c.track.n; i++)
        assert_true(t.c.track.count[i][2] <= 4900); /* the first half second and nothing else */
    end(&t);
}

static void memory_refused_is_told(void **state)
{
    (void)state;
    for (long k = 1; k < 40; k++) {
        struct bench t;
        bool loaded;
        prepare(&t);
        write_record(&t, mps2, 300, -1);
        t.conf.settle_s = 1;
        t.conf.after = AFTER_LOOP;
        t.fake.fail_alloc_at = k;
        loaded = load(&t, true) == 0;
        if (!loaded)
            assert_string_not_equal(t.err.text, "");
        else if (virtual_counts_make(&t.c, &t.r, 50, &t.conf, &t.sensor, &t.err) == 0)
            k = 99; /* none was left to refuse */
        end(&t);
    }
}

static void another_rate_keeps_what_it_can_hold(void **state)
{
    static const struct {
        double from_hz, to_hz, tone_hz, want; /* amplitude, of 1 */
    } rows[] = {
        {100, 250, 10, 1}, {100, 4000, 20, 1}, {250, 100, 10, 1},  {250, 100, 80, 0},
        {104, 100, 5, 1},  {200, 200, 30, 1},  {500, 100, 120, 0}, {100, 62.5, 40, 0},
        {100, 250, 35, 1}, {250, 100, 35, 1},  {250, 100, 55, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = (size_t)(rows[i].from_hz * 4), m = resample_count(n, rows[i].from_hz, rows[i].to_hz);
        double(*from)[3] = calloc(n, sizeof *from), (*to)[3] = calloc(m, sizeof *to), worst = 0;
        for (size_t k = 0; k < n; k++) {
            from[k][0] = sin(2 * M_PI * rows[i].tone_hz * (double)k / rows[i].from_hz);
            from[k][1] = 7;
        }
        assert_int_equal(resample(&sys_real, (const double(*)[3])from, n, rows[i].from_hz, rows[i].to_hz, to),
                         0);
        for (size_t k = m / 4; k < m * 3 / 4; k++) {
            double want = rows[i].want * sin(2 * M_PI * rows[i].tone_hz * (double)k / rows[i].to_hz);
            worst = fmax(worst, fabs(to[k][0] - want));
            assert_true(fabs(to[k][1] - 7) < 1e-12); /* a constant stays one */
        }
        if (worst > 2e-4)
            fail_msg("%g Hz from %g to %g Hz: off by %g", rows[i].tone_hz, rows[i].from_hz, rows[i].to_hz,
                     worst);
        free(from);
        free(to);
    }
    assert_int_equal(resample_count(0, 100, 50), 0);
    assert_int_equal(resample_count(1, 100, 50), 1);
    assert_int_equal(resample_count(101, 100, 50), 51);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_are_east_north_up),
        cmocka_unit_test(gravity_is_added_where_it_is_missing),
        cmocka_unit_test(what_is_missing_is_a_straight_line),
        cmocka_unit_test(velocity_is_differentiated),
        cmocka_unit_test(an_unknown_scale_is_refused),
        cmocka_unit_test(quiet_comes_in_front),
        cmocka_unit_test(there_is_no_step_at_the_end),
        cmocka_unit_test(memory_refused_is_told),
        cmocka_unit_test(another_rate_keeps_what_it_can_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
