/* A machine that refuses: memory at every single call, the disk full, the file unreadable half way. Always an
 * error that is told, never a crash or a leak. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "node/events.h"
#include "node/pipeline.h"
#include "tests/unit/fake_sys.h"
#include "tests/unit/node/listen.h"

static struct {
    char *text;
    size_t size;
} csv;

static void make_csv_of(double seconds)
{
    struct signal s = signal_new(40, seconds);
    FILE *f = open_memstream(&csv.text, &csv.size);

    add_noise(&s, 1e-4, 5);
    add_p(&s, 9, 0.5, 3);
    fprintf(f, "# tocsin-csv 1\n# rate_hz: 40\n# start_utc: 2024-01-01T00:00:00Z\n# unit: m/s^2\nz,n,e\n");
    for (size_t i = 0; i < s.n; i++)
        fprintf(f, "%.7f,%.7f,%.7f\n", s.x[i][0], s.x[i][1], s.x[i][2]);
    signal_free(&s);
    fclose(f);
}

static int make_csv(void **state)
{
    (void)state;
    make_csv_of(12);
    return 0;
}

static int free_csv(void **state)
{
    (void)state;
    free(csv.text);
    return 0;
}

struct outcome {
    bool opened, replayed, told; /* every step that could fail did not */
    struct error err;
    int error_number;
    char *text;
};

/* The whole of `tocsin replay a.csv` on this machine; lines go to `out`, or to o->text where that is NULL.
 * Opened, it is unreadable from byte eio_at on; -1: never. */
static void replay(struct fake_sys *fake, FILE *out, int64_t eio_at, struct outcome *o)
{
    static const struct trace_conf none;
    struct detection_conf *conf = default_conf();
    struct trace *trace = NULL;
    size_t size;
    FILE *f = out ? out : open_memstream(&o->text, &size);

    conf->pipeline.settle_s = 10;
    conf->pipeline.quiet_s = 2;
    struct events *events = events_open(&fake->sys, f);
    o->opened = events && trace_open(&trace, &fake->sys, (const char *[]){"a.csv"}, 1, &none, &o->err) == 0;
    fake->read_eio_at = eio_at;
    if (o->opened) {
        struct replay_sink sink = events_sink(events);
        o->replayed = replay_record(trace, 0, conf, BLOCK_MAX, &fake->sys, &sink, NULL, NULL, &o->err) == 0;
        errno = 0;
        o->told = events_status(events) == 0;
        o->error_number = errno;
    } else if (!events) {
        error_set(&o->err, "out of memory");
    }
    trace_close(trace);
    events_close(events);
    if (!out)
        fclose(f);
}

static void begin(struct fake_sys *fake, struct outcome *o)
{
    fake_sys_init(fake);
    fake_file_put(fake, "a.csv", csv.text, csv.size);
    memset(o, 0, sizeof *o);
}

static void assert_clean(struct fake_sys *fake, const char *what, long k)
{
    if (fake->live_allocs != 0 || fake->open_fds != 0)
        fail_msg("%s %ld: %ld allocations and %d files left", what, k, fake->live_allocs, fake->open_fds);
    fake_sys_done(fake);
}

static void every_allocation_may_be_refused(void **state)
{
    struct fake_sys fake;
    struct outcome o;

    (void)state;
    begin(&fake, &o);
    replay(&fake, NULL, -1, &o);
    assert_true(o.opened && o.replayed && o.told);
    assert_non_null(strstr(o.text, "\"type\":\"alert\""));
    long calls = fake.allocs;
    char *whole = o.text;
    assert_clean(&fake, "none refused", 0);
    assert_true(calls > 20);
    for (int all = 0; all <= 1; all++)
        for (long k = 1; k <= calls; k++) {
            begin(&fake, &o);
            fake.fail_alloc_at = k;
            fake.fail_all_after = all;
            replay(&fake, NULL, -1, &o);
            if (o.opened && o.replayed && o.told)
                fail_msg("allocation %ld of %ld was refused and nobody said so", k, calls);
            if (!(o.opened && o.replayed) && !o.err.text[0])
                fail_msg("allocation %ld of %ld: an error without words", k, calls);
            if (o.opened && o.replayed && o.error_number != ENOMEM)
                fail_msg("allocation %ld of %ld: %s", k, calls, strerror(o.error_number));
            free(o.text);
            assert_clean(&fake, "allocation", k);
        }
    free(whole);
}

static void a_full_disk_is_told(void **state)
{
    struct fake_sys fake;
    struct outcome o;

    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full) {
        setvbuf(full, NULL, _IONBF, 0);
        begin(&fake, &o);
        replay(&fake, full, -1, &o);
        assert_true(o.opened && o.replayed && !o.told);
        assert_int_equal(o.error_number, ENOSPC);
        fclose(full);
        assert_clean(&fake, "/dev/full", 0);
    }
    char little[600];
    FILE *room = fmemopen(little, sizeof little, "w");
    setvbuf(room, NULL, _IONBF, 0);
    begin(&fake, &o);
    replay(&fake, room, -1, &o);
    assert_true(o.opened && o.replayed && !o.told);
    assert_true(o.error_number != 0);
    fclose(room);
    assert_clean(&fake, "600 bytes", 0);
}

/* No summary: it would speak of a record that nobody has seen whole. */
static void a_file_that_breaks_off_has_no_summary(void **state)
{
    struct fake_sys fake;
    struct outcome o;
    int picks = 0;

    (void)state;
    free(csv.text);
    make_csv_of(600); /* more than is read at once */
    begin(&fake, &o);
    replay(&fake, NULL, -1, &o);
    assert_non_null(strstr(o.text, "\"type\":\"summary\""));
    free(o.text);
    fake_sys_done(&fake);
    for (size_t at = 0; at < csv.size; at += csv.size / 7) {
        begin(&fake, &o);
        fake.read_max = 4096;
        replay(&fake, NULL, (int64_t)at, &o);
        if (!o.opened || o.replayed || !strstr(o.err.text, "a.csv") || strchr(o.err.text, '\n'))
            fail_msg("unreadable from byte %zu on: '%s'", at, o.err.text);
        assert_null(strstr(o.text, "\"type\":\"summary\""));
        assert_true(o.told);
        picks += strstr(o.text, "\"type\":\"pick\"") != NULL;
        free(o.text);
        assert_clean(&fake, "unreadable from", (long)at);
    }
    begin(&fake, &o);
    fake.read_eio_at = 100; /* already when it is opened */
    replay(&fake, NULL, -1, &o);
    assert_true(!o.opened && strstr(o.err.text, "a.csv"));
    free(o.text);
    assert_clean(&fake, "unreadable at once", 0);
    assert_true(picks > 0); /* what came before was told */
    free(csv.text);
    make_csv_of(12);
}

static void ignore(void *ctx, const struct report *r)
{
    (void)ctx;
    (void)r;
}

static void a_pipeline_without_memory_is_none(void **state)
{
    struct pipeline_conf conf = default_conf()->pipeline;
    struct pipeline_input input = {
        .rate_hz = 500, .unit = UNIT_MPS, .axis_mask = 7, .calibration = calibration_from_rotation(NULL)};
    struct fake_sys fake;
    struct pipeline *p;
    struct error err;
    long k = 1;

    (void)state;
    conf.settle_s = 10;
    conf.quiet_s = 2;
    for (;; k++) {
        fake_sys_init(&fake);
        fake.fail_alloc_at = k;
        err.text[0] = 0;
        if (pipeline_open(&p, &fake.sys, &conf, &input, ignore, NULL, &err) == 0)
            break;
        assert_null(p);
        assert_non_null(strstr(err.text, "memory"));
        assert_int_equal(fake.live_allocs, 0);
    }
    assert_true(k > 2);
    pipeline_close(p);
    assert_int_equal(fake.live_allocs, 0);
}

static void a_configuration_without_memory_is_an_error(void **state)
{
    static const char text[] = "onset: { threshold_nats = 30.0; };\n";
    static const char *const sets[] = {"onset.warm_s=7"};
    struct detection_conf conf;
    struct fake_sys fake;
    struct error err;
    bool loaded = false;

    (void)state;
    for (long k = 1; !loaded; k++) {
        fake_sys_init(&fake);
        fake_file_put(&fake, "a.conf", text, strlen(text));
        fake.fail_alloc_at = k;
        err.text[0] = 0;
        if (detection_conf_load(&conf, &fake.sys, "a.conf", sets, 1, &err) == 0) {
            assert_true(fake.fail_alloc_at > 0); /* it was never refused anything */
            loaded = true;
        } else if (!err.text[0]) {
            fail_msg("allocation %ld: an error without words", k);
        }
        assert_clean(&fake, "allocation", k);
    }
    assert_true(conf.pipeline.chain.onset.threshold_nats == 30 && conf.pipeline.chain.onset.warm_s == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_be_refused),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(a_file_that_breaks_off_has_no_summary),
        cmocka_unit_test(a_pipeline_without_memory_is_none),
        cmocka_unit_test(a_configuration_without_memory_is_an_error),
    };

    return cmocka_run_group_tests(tests, make_csv, free_csv);
}
