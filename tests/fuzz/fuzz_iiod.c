/* The server's side of iiod's protocol on any bytes, from two clients of one virtual sensor, while time passes:
 * every answer is bounded, queues keep their bound, nothing is held once the clients are gone.
 *
 * The input is what they send; a byte 0xff hands the turn to the other client and lets 7 ms pass, 0xfe lets a
 * second pass. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/virtual_sensor.h"

#define MS INT64_C(1000000)

enum { CLIENTS = 2, TRACK = 64, SCAN_MAX = 32 };

struct bench {
    struct virtual_sensor *sensor;
    struct iiod_session client[CLIENTS];
    size_t sent; /* bytes since time last passed */
    int64_t now_ns;
};

static void check(bool kept, const char *promise)
{
    if (kept)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

/* A client that takes `most` bytes at a time. */
static void drain(struct bench *b, struct iiod_session *s, size_t most)
{
    const uint8_t *at;
    uint8_t sum = 0;
    size_t n;

    while ((n = iiod_session_output(s, &at)) > 0) {
        n = n < most ? n : most;
        for (size_t i = 0; i < n; i++)
            sum ^= at[i];
        iiod_session_sent(s, n, b->now_ns);
        b->sent += n;
        check(s->stream.queue.held <= s->stream.queue.room, "the queue is bounded");
        check(s->stream.queue.room <= VIRTUAL_QUEUE_MAX, "... by what is promised");
    }
    (void)sum;
}

static void pass(struct bench *b, int64_t ns)
{
    b->now_ns += ns;
    virtual_sensor_advance(b->sensor, b->now_ns);
    for (int i = 0; i < CLIENTS; i++) {
        struct iiod_session *s = &b->client[i];
        iiod_session_tick(s, b->now_ns);
        check(iiod_session_wake_ns(s) > 0 || s->step == IIOD_STEP_REFILL, "only who waits is woken");
        drain(b, s, 1000);
        if (iiod_session_over(s)) {
            iiod_session_end(s);
            iiod_session_begin(s, virtual_sensor_backend(b->sensor));
        }
    }
}

static void feed(struct bench *b, struct iiod_session *s, const uint8_t *bytes, size_t n)
{
    for (size_t used = 0; used < n && !iiod_session_over(s);) {
        size_t took = iiod_session_feed(s, bytes + used, n - used, b->now_ns);
        check(took <= n - used, "no more is taken than there is");
        drain(b, s, 1 + used % 97);
        used += took;
        if (took == 0)
            break; /* it waits for samples: the rest is dropped */
    }
}

static void run(struct bench *b, const uint8_t *data, size_t size)
{
    size_t turn = 0;

    for (size_t at = 0; at < size;) {
        size_t n = 0;
        while (at + n < size && data[at + n] < 0xfe)
            n++;
        feed(b, &b->client[turn], data + at, n);
        if (at + n < size) {
            turn = data[at + n] == 0xff ? (turn + 1) % CLIENTS : turn;
            pass(b, data[at + n] == 0xff ? 7 * MS : 1000 * MS);
        }
        at += n + 1;
    }
    pass(b, 5000 * MS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int32_t count[TRACK][VIRTUAL_AXES];
    struct virtual_conf conf = {.name = "acc", .scale = 0.001, .scale_text = "0.001", .tracks = 2};
    struct bench b = {.now_ns = 1000 * MS};
    struct error err;

    conf.driver = &virtual_drivers[size % 3];
    conf.once = size % 2;
    scan_format_parse(conf.driver->format, &conf.format);
    conf.track[0] = (struct virtual_track){.rate_hz = 100, .n = TRACK, .again = 3, .count = count};
    conf.track[1] = (struct virtual_track){.rate_hz = 250, .n = TRACK, .again = 3, .count = count};
    if (virtual_sensor_open(&b.sensor, &sys_real, &conf, b.now_ns, &err) < 0)
        return 0;
    for (int i = 0; i < CLIENTS; i++)
        iiod_session_begin(&b.client[i], virtual_sensor_backend(b.sensor));
    run(&b, data, size);
    for (int i = 0; i < CLIENTS; i++)
        iiod_session_end(&b.client[i]);
    virtual_sensor_close(b.sensor);
    return 0;
}
