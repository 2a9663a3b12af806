/* A sensor's thread on a real connection: reports arrive in order with their times, over outages and new rates. */
#include "node/thread_sense.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/iiod_server.h"
#include "io/sensor_conf.h"
#include "io/virtual_sensor.h"
#include "node/detection_conf.h"

enum { PORT_ANY = 0, PATIENCE = 30 };
#define S INT64_C(1000000000)

static int64_t now_ns(void)
{
    return sys_real.mono_ns(sys_real.ctx);
}

/* ---- a server in a thread of its own ---- */

enum { SAMPLES = 5000 };

struct served {
    struct virtual_sensor *sensor;
    struct iiod_server *server;
    pthread_t thread;
    int stop[2];
    int32_t count[SAMPLES][VIRTUAL_AXES];
};

static void advance(void *ctx, int64_t now)
{
    virtual_sensor_advance(((struct served *)ctx)->sensor, now);
}

static bool never(void *ctx)
{
    (void)ctx;
    return false;
}

static int64_t no_wake(void *ctx)
{
    (void)ctx;
    return INT64_MAX;
}

static void *serve(void *arg)
{
    struct served *v = arg;
    struct error err;

    iiod_server_run(v->server, v->stop[0], &err);
    return NULL;
}

/* Quiet noise of some steps, and 1 g. */
static uint16_t begin_serving(struct served *v, double rate_hz, uint16_t port)
{
    const struct virtual_driver *driver = virtual_driver_find("adxl355");
    struct virtual_conf conf = {.driver = driver, .name = "adxl355", .scale = driver->scale, .tracks = 1};
    struct iiod_source source = {v, NULL, advance, never, no_wake, never};
    struct error err = {""};
    uint32_t seed = 9;

    for (int i = 0; i < SAMPLES; i++)
        for (int a = 0; a < VIRTUAL_AXES; a++) {
            seed = seed * 1664525u + 1013904223u;
            v->count[i][a] = (int32_t)(seed >> 25) - 64 + (a == 2 ? 256400 : 0);
        }
    assert_true(scan_format_parse(driver->format, &conf.format));
    snprintf(conf.scale_text, sizeof conf.scale_text, "%s", driver->scale_text);
    conf.track[0] = (struct virtual_track){rate_hz, SAMPLES, 0, v->count};
    assert_int_equal(pipe(v->stop), 0);
    assert_int_equal(virtual_sensor_open(&v->sensor, &sys_real, &conf, now_ns(), &err), 0);
    source.backend = virtual_sensor_backend(v->sensor);
    for (int i = 0; i < 100 && iiod_server_open(&v->server, &sys_real, "127.0.0.1", port, &source, &err) < 0;
         i++)
        usleep(100000); /* the port may still be held */
    assert_non_null(v->server);
    assert_int_equal(pthread_create(&v->thread, NULL, serve, v), 0);
    return iiod_server_port(v->server);
}

static void end_serving(struct served *v)
{
    assert_int_equal(write(v->stop[1], "x", 1), 1);
    pthread_join(v->thread, NULL);
    iiod_server_close(v->server);
    virtual_sensor_close(v->sensor);
    close(v->stop[0]);
    close(v->stop[1]);
    memset(v, 0, sizeof *v);
}

/* ---- what comes out ---- */

struct heard {
    struct wake wake;
    struct ring *ring;
    struct sense *sense;
    struct sensed last;
    double time_s; /* of the last step */
    uint64_t steps, gaps;
    uint32_t stream;
};

static void open_sense(struct heard *h, uint16_t port, double rate_hz)
{
    static struct sensors_conf conf;
    static struct detection_conf detection;
    struct conf_table table;
    struct error err = {""};
    char uri[64];
    const char *set[1] = {uri};

    memset(h, 0, sizeof *h);
    snprintf(uri, sizeof uri, "sensors.a.uri=ip:127.0.0.1:%u", port);
    sensor_conf_table(&conf, &table);
    assert_int_equal(conf_load(&table, 1, &sys_real, NULL, set, 1, &err), 0);
    assert_int_equal(detection_conf_load(&detection, &sys_real, NULL, NULL, 0, &err), 0);
    conf.sensor[0].rate_hz = rate_hz;
    assert_int_equal(wake_open(&h->wake, &err), 0);
    assert_int_equal(ring_open(&h->ring, &sys_real, sizeof(struct sensed), 64, &h->wake, &err), 0);
    assert_int_equal(
        sense_open(&h->sense, &sys_real, "a", 7, &conf.sensor[0], &detection.pipeline, h->ring, &err), 0);
}

static void close_sense(struct heard *h)
{
    sense_close(h->sense);
    ring_close(h->ring);
    wake_close(&h->wake);
}

static void take(struct heard *h)
{
    const struct sensed *s = &h->last;

    assert_int_equal(s->report.sensor, 7);
    assert_true(s->sampled_ns <= s->received_ns && s->received_ns <= s->detected_ns);
    assert_true(s->detected_ns <= now_ns());
    assert_true(s->stream >= h->stream);
    h->stream = s->stream;
    if (s->report.kind == REPORT_GAP)
        h->gaps++;
    if (s->report.kind != REPORT_STEP)
        return;
    assert_true(s->report.time_s > h->time_s);
    assert_true(llabs(s->sampled_ns - s->origin_ns - llround(s->report.time_s * 1e9)) <= 1);
    h->time_s = s->report.time_s;
    h->steps++;
}

/* Until so many steps more were heard; false after PATIENCE seconds. */
static bool hear(struct heard *h, uint64_t steps)
{
    uint64_t wanted = h->steps + steps;

    for (int64_t end = now_ns() + PATIENCE * S; h->steps < wanted && now_ns() < end;) {
        if (ring_pop(h->ring, &h->last))
            take(h);
        else
            wake_wait(&h->wake, 100);
    }
    return h->steps >= wanted;
}

static void reports_come_with_their_times(void **state)
{
    static struct served v;
    static struct heard h;
    struct sensor_health health;
    struct sensor_info info;
    struct error err;

    (void)state;
    open_sense(&h, begin_serving(&v, 250, PORT_ANY), 250);
    assert_true(hear(&h, 20));
    assert_true(h.time_s > 1.9 && h.time_s < 2.2);
    assert_int_equal(h.stream, 1);
    sense_health(h.sense, &health);
    sense_info(h.sense, &info);
    sense_error(h.sense, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(health.state, SENSOR_STATE_RUNNING);
    assert_true(info.rate_hz == 250 && info.range_mps2 > 19);
    assert_true(thread_beats(sense_thread(h.sense)) > 0);
    close_sense(&h);
    end_serving(&v);
}

static void an_outage_is_a_gap_and_time_goes_on(void **state)
{
    static struct served v;
    static struct heard h;

    (void)state;
    uint16_t port = begin_serving(&v, 250, PORT_ANY);
    open_sense(&h, port, 250);
    assert_true(hear(&h, 10));
    double before_s = h.time_s;
    int64_t before_ns = h.last.sampled_ns;
    uint64_t gaps = h.gaps;
    end_serving(&v);
    usleep(500000); /* a shorter hole is bridged */
    begin_serving(&v, 250, port);
    assert_true(hear(&h, 1) && hear(&h, 9));
    assert_int_equal(h.stream, 1); /* the same device: the same pipeline, told of a gap */
    assert_true(h.gaps > gaps);
    /* Data time went as far as the clock did. */
    assert_true(fabs(h.time_s - before_s - (double)(h.last.sampled_ns - before_ns) * 1e-9) < 0.05);
    close_sense(&h);
    end_serving(&v);
}

static void another_rate_is_another_pipeline_and_time_goes_on(void **state)
{
    static struct served v;
    static struct heard h;

    (void)state;
    uint16_t port = begin_serving(&v, 250, PORT_ANY);
    open_sense(&h, port, 250);
    assert_true(hear(&h, 10));
    double before_s = h.time_s;
    int64_t before_ns = h.last.sampled_ns;
    end_serving(&v);
    begin_serving(&v, 100, port);
    while (h.stream == 1)
        assert_true(hear(&h, 1));
    assert_int_equal(h.stream, 2);
    assert_true(hear(&h, 10));
    assert_true(fabs(h.time_s - before_s - (double)(h.last.sampled_ns - before_ns) * 1e-9) < 0.05);
    close_sense(&h);
    end_serving(&v);
}

static void a_rate_that_detection_cannot_use_is_said(void **state)
{
    static struct served v;
    static struct heard h;
    struct error err = {""};

    (void)state;
    open_sense(&h, begin_serving(&v, 10, PORT_ANY), 20);
    for (int i = 0; i < 100 * PATIENCE && !err.text[0]; i++) {
        usleep(10000);
        sense_error(h.sense, &err);
    }
    assert_non_null(strstr(err.text, "20 Hz"));
    close_sense(&h);
    end_serving(&v);
}

static void axes_that_make_no_sense_are_refused(void **state)
{
    struct sensor_conf conf = {.axes = "zxz", .kernel_buffers = 1, .timeout_ms = 100, .rate_hz = 100};
    static struct detection_conf detection;
    struct sense *sense;
    struct error err;

    (void)state;
    assert_int_equal(sense_open(&sense, &sys_real, "a", 1, &conf, &detection.pipeline, NULL, &err), -1);
    assert_null(sense);
    sense_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_come_with_their_times),
        cmocka_unit_test(an_outage_is_a_gap_and_time_goes_on),
        cmocka_unit_test(another_rate_is_another_pipeline_and_time_goes_on),
        cmocka_unit_test(a_rate_that_detection_cannot_use_is_said),
        cmocka_unit_test(axes_that_make_no_sense_are_refused),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
