/* What is written as miniSEED is read back as it was, however it was cut into calls. */
#include "io/mseed_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/io/drain.h"

enum { N = 15000 };

#define T0 INT64_C(1767225600000000000) /* 2026-01-01 */

static struct fake_sys fake;
static struct drained got;
static int32_t x[N][AXES];

static const struct mseed_write_conf hn = {.network = "XX",
                                           .station = "SYNTH",
                                           .location = "00",
                                           .instrument = "HN",
                                           .rate_hz = 31.25,
                                           .start_ns = T0,
                                           .path = "a.mseed"};

static int setup(void **state)
{
    uint32_t seed = 1;

    (void)state;
    fake_sys_init(&fake);
    for (int i = 0; i < N; i++) { /* differences from 1 to 2^29, so that every kind of Steim word occurs */
        for (int a = 0; a < AXES; a++) {
            seed = seed * 1664525u + 1013904223u;
            x[i][a] = (int32_t)(seed >> 3) % (1 << (i / 30 + a) % 29) * (seed & 4 ? 1 : -1);
        }
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_sys_end(&fake);
    return 0;
}

/* 0, or -1 with err: samples from..from+n in calls of `step`. */
static int write_file(const char *path, const struct mseed_write_conf *conf, size_t n, size_t step,
                      struct error *err)
{
    struct mseed_write *w;
    int fd = fake.sys.open_write(fake.sys.ctx, path), failed;

    assert_true(fd >= 0);
    failed = mseed_write_open(&w, &fake.sys, fd, conf, err);
    for (size_t i = 0; !failed && i < n; i += step)
        failed = mseed_write_put(w, (const int32_t(*)[AXES])x + i, n - i < step ? n - i : step, err);
    if (!failed)
        failed = mseed_write_flush(w, err);
    mseed_write_close(w);
    fake.sys.close(fake.sys.ctx, fd);
    return failed;
}

static void test_what_is_written_is_read_back(void **state)
{
    static const char *const codes[] = {"XX.SYNTH.00.HNZ", "XX.SYNTH.00.HNN", "XX.SYNTH.00.HNE"};
    struct error err;

    (void)state;
    assert_int_equal(write_file("a.mseed", &hn, N, 100, &err), 0);
    assert_int_equal(fake_file_find(&fake, "a.mseed")->size % 512, 0);
    drain(&reader_mseed, &fake, "a.mseed", NULL, &got);
    if (got.result != 0)
        fail_msg("%s", got.err.text);
    assert_int_equal(got.all.n, AXES);
    for (int a = 0; a < AXES; a++) {
        int64_t samples = 0;

        assert_string_equal(got.all.at[a].code, codes[a]);
        assert_true(got.all.at[a].rate_hz == 31.25);
        assert_true(got.all.at[a].t0_ns == T0);
        assert_int_equal(got.n[a], N);
        for (int i = 0; i < N; i++)
            assert_true(got.value[a][i] == x[i][a]);
        for (size_t p = 0; p < got.pieces; p++) { /* each record states its own time, to the microsecond */
            if ((int)got.piece[p].channel != a)
                continue;
            assert_true(llabs(got.piece[p].t_ns - T0 - samples * 32000000) <= 1000);
            samples += (int64_t)got.piece[p].n;
        }
    }
}

static void test_a_pipe_never_waits_long_for_the_other_axes(void **state)
{
    int64_t have[AXES] = {0};
    struct error err;

    (void)state;
    assert_int_equal(write_file("a.mseed", &hn, N, 256, &err), 0);
    drain(&reader_mseed, &fake, "a.mseed", NULL, &got);
    for (size_t p = 0; p < got.pieces; p++) {
        have[got.piece[p].channel] += (int64_t)got.piece[p].n;
        for (int a = 0; a < AXES; a++)
            assert_true(have[got.piece[p].channel] - have[a] <= 2048);
    }
}

static void test_the_bytes_do_not_depend_on_the_calls(void **state)
{
    static const size_t steps[] = {1, 7, 256, 2048, N};
    const struct fake_file *whole, *parts;
    struct error err;

    (void)state;
    assert_int_equal(write_file("whole", &hn, N, N, &err), 0);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        assert_int_equal(write_file("parts", &hn, N, steps[i], &err), 0);
        whole = fake_file_find(&fake, "whole");
        parts = fake_file_find(&fake, "parts");
        assert_int_equal(whole->size, parts->size);
        assert_memory_equal(whole->data, parts->data, whole->size);
    }
}

static void test_memory_is_constant(void **state)
{
    struct error err;
    size_t little, files;

    (void)state;
    files = fake.peak_bytes;
    assert_int_equal(write_file("a.mseed", &hn, 10, 10, &err), 0);
    little = fake.peak_bytes - files;
    assert_int_equal(write_file("a.mseed", &hn, N, N, &err), 0);
    assert_int_equal(fake.peak_bytes - files, little);
    assert_true(little < 100000);
}

static void test_what_does_not_fit_is_refused(void **state)
{
    struct mseed_write_conf conf = hn;
    struct error err;

    (void)state;
    conf.station = "TOOLONG";
    assert_int_equal(write_file("a", &conf, 1, 1, &err), -1);
    conf = hn;
    conf.instrument = "HNZ";
    assert_int_equal(write_file("a", &conf, 1, 1, &err), -1);
    conf = hn;
    conf.rate_hz = NAN;
    assert_int_equal(write_file("a", &conf, 1, 1, &err), -1);
    x[3][1] = MSEED_WRITE_COUNT_MAX;
    assert_int_equal(write_file("a", &hn, 10, 10, &err), 0);
    x[3][1] = -MSEED_WRITE_COUNT_MAX - 1;
    assert_int_equal(write_file("a", &hn, 10, 10, &err), -1);
    assert_non_null(strstr(err.text, "counts"));
}

static void test_a_full_disk_and_refused_memory_are_told(void **state)
{
    struct error err;

    (void)state;
    fake.write_room = 5000;
    assert_int_equal(write_file("a.mseed", &hn, N, 100, &err), -1);
    assert_non_null(strstr(err.text, "a.mseed: cannot write"));
    fake.write_room = -1;
    fake.fail_alloc_at = 1;
    assert_int_equal(write_file("a.mseed", &hn, N, 100, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_written_is_read_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_pipe_never_waits_long_for_the_other_axes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_bytes_do_not_depend_on_the_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_is_constant, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_does_not_fit_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_disk_and_refused_memory_are_told, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
