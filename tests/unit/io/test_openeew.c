#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/io/drain.h"

enum { PACKET = 32, ROOM = 1 << 20 };

#define T0     1600000000.0
#define STEP_S 1.024 /* between packets: 31.25 Hz */

static struct fake_sys fake;
static struct drained got;
static char text[ROOM];
static size_t used;

static int setup(void **state)
{
    (void)state;
    fake_sys_init(&fake);
    used = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_sys_end(&fake);
    return 0;
}

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    used += (size_t)vsnprintf(text + used, sizeof text - used, format, args);
    va_end(args);
}

/* x counts the samples of packet k on, y is its negative, z is k. */
static void put_axes(int k, int n)
{
    for (int a = 0; a < 3; a++) {
        put("\"%c\": [", "xyz"[a]);
        for (int i = 0; i < n; i++)
            put("%s%d", i ? ", " : "", a == 2 ? k : (k * PACKET + i) * (a == 0 ? 1 : -1));
        put("], ");
    }
}

static void put_packet(const char *device, int k, double t_s, double cloud_t_s)
{
    put("{\"country_code\": \"mx\", \"device_id\": \"%s\", ", device);
    put_axes(k, PACKET);
    put("\"device_t\": %.3f, \"cloud_t\": %.3f, \"sr\": 31.25}\n", t_s, cloud_t_s);
}

static void read_text(const struct trace_conf *conf)
{
    fake_file_put(&fake, "a.jsonl", text, used);
    drain(&reader_openeew, &fake, "a.jsonl", conf, &got);
}

static void want_count(int channel, int from, int n)
{
    for (int i = 0; i < n; i++)
        if (got.value[channel][from + i] != from + i)
            fail_msg("sample %d is %g", from + i, got.value[channel][from + i]);
}

static int64_t ns(double s)
{
    return llround(s * 1e9);
}

static void want_near(int64_t a, int64_t b)
{
    if (llabs(a - b) > 2000) /* seconds since 1970 in a double are good to 0.2 us */
        fail_msg("%lld is not %lld", (long long)a, (long long)b);
}

static void packets_become_channels(void **state)
{
    (void)state;
    for (int k = 0; k < 5; k++)
        put_packet("012", k, T0 + k * STEP_S, T0 + k * STEP_S + 0.3);
    assert_true(reader_openeew.probe((unsigned char *)text, used));
    read_text(NULL);
    assert_int_equal(got.result, 0);
    assert_int_equal(got.all.n, 3);
    assert_true(got.all.multiplexed);
    static const char *const codes[] = {"012.x", "012.y", "012.z"};
    for (int a = 0; a < 3; a++) {
        const struct channel *c = &got.all.at[a];
        assert_string_equal(c->code, codes[a]);
        assert_string_equal(c->group, "012");
        assert_int_equal(c->axis, "ZNE"[a]);
        assert_int_equal(c->unit, UNIT_MPS2);
        assert_true(c->scale == 0.01 && c->rate_hz == 31.25);
        want_near(c->t0_ns, ns(T0 - 31 / 31.25));
        assert_int_equal(got.n[a], 5 * PACKET);
    }
    want_count(0, 0, 5 * PACKET);
    assert_true(got.value[1][40] == -40 && got.value[2][40] == 1);
    for (size_t p = 0; p < got.pieces; p++)
        want_near(got.piece[p].t_ns, got.all.at[0].t0_ns + ns((double)(p / 3) * STEP_S));
}

/* ---- rate ---- */

static const struct {
    const char *name;
    int packets;
    double step_s, rate_hz;
} rates[] = {
    {"20 packets do not tell: nominal", 20, 1.065, 31.25},
    {"21 packets do: 32 over the median", 21, 1.065, 30.047},
    {"an estimate 10 % off is no rate: nominal", 40, 1.13, 31.25},
    {"stamps of whole milliseconds, as nodes write them", 200, 1.0220001, 31.311},
};

static void the_true_rate_is_estimated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        used = 0;
        for (int k = 0; k < rates[i].packets; k++)
            put_packet("012", k, T0 + k * rates[i].step_s, T0 + k * rates[i].step_s);
        read_text(NULL);
        if (got.result < 0 || got.all.at[0].rate_hz != rates[i].rate_hz)
            fail_msg("%s: %.6f Hz", rates[i].name, got.all.at[0].rate_hz);
    }
    read_text(&(struct trace_conf){.rate_hz = 30});
    assert_true(got.all.at[0].rate_hz == 30);
}

/* ---- order, repeats, clock ---- */

static void order_is_restored_and_repeats_dropped(void **state)
{
    (void)state;
    /* Blocks of 60 packets, each backwards, every seventh packet twice. */
    for (int block = 0; block < 3; block++)
        for (int i = 59; i >= 0; i--) {
            int k = block * 60 + i;
            for (int twice = 0; twice <= (k % 7 == 0); twice++)
                put_packet("012", k, T0 + k * STEP_S, T0 + k * STEP_S);
        }
    read_text(NULL);
    assert_int_equal(got.result, 0);
    assert_int_equal(got.n[0], 180 * PACKET);
    want_count(0, 0, 180 * PACKET);
    want_near(got.piece[got.pieces - 1].t_ns, got.all.at[0].t0_ns + ns(179 * STEP_S));
}

static void a_straggler_keeps_its_own_time(void **state)
{
    (void)state;
    for (int k = 1; k < 100; k++)
        put_packet("012", k, T0 + k * STEP_S, T0 + k * STEP_S);
    put_packet("012", 0, T0 + 0.5 * STEP_S, T0); /* 99 packets late: io/trace.c will call it an overlap */
    read_text(NULL);
    assert_int_equal(got.result, 0);
    assert_int_equal(got.n[0], 100 * PACKET);
    bool found = false;
    for (size_t p = 3; p < got.pieces; p++)
        found = found || got.piece[p].t_ns < got.all.at[0].t0_ns;
    assert_true(found);
    want_near(got.piece[got.pieces - 1].t_ns,
              got.all.at[0].t0_ns + ns(98 * STEP_S)); /* the others are unmoved */
}

static const struct {
    const char *name;
    double late_s, moved_s;
    int packets;
} clocks[] = {
    {"a right clock is left alone", 4.9, 0, 30},
    {"half an hour slow: moved to the server's, less the latency", 1816.377, 1816.077, 30},
    {"an hour fast", -3600, -3600.3, 30},
    {"four packets do not tell", 1816.377, 0, 4},
};

static void a_wrong_clock_is_set_by_the_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        used = 0;
        for (int k = 0; k < clocks[i].packets; k++)
            put_packet("012", k, T0 + k * STEP_S,
                       T0 + k * STEP_S + clocks[i].late_s + (k % 10 == 0 ? 60 : 0));
        read_text(NULL);
        int64_t want = ns(T0 - 31 / 31.25 + clocks[i].moved_s);
        if (got.result < 0 || llabs(got.all.at[0].t0_ns - want) > 2000 ||
            llabs(got.piece[0].t_ns - want) > 2000)
            fail_msg("%s: %lld, not %lld", clocks[i].name, (long long)got.all.at[0].t0_ns, (long long)want);
    }
}

/* ---- gaps ---- */

/* Packet 50 of 100 begins `late` samples later than the 49 before it let expect, and so do all after it. */
static const struct {
    const char *name;
    double late;
    int jump; /* in samples, of the piece's time; below 0 it is early and says so */
} gaps[] = {
    {"on time", 0, 0},
    {"jitter of some samples is no gap", 5, 0},
    {"three quarters of a packet are no gap", 23.9, 0},
    {"more is", 24.2, 24},
    {"a lost packet", 32, 32},
    {"a hundred lost packets", 3200.3, 3200},
    {"early by some samples: none is dropped", -4, -4},
};

static void only_a_lost_packet_is_a_gap(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
        used = 0;
        for (int k = 0; k < 100; k++) {
            double t = T0 + k * STEP_S + (k >= 50 ? gaps[i].late / 31.25 : 0);
            put_packet("012", k, t, t);
        }
        read_text(NULL);
        assert_int_equal(got.result, 0);
        assert_int_equal(got.n[0], 100 * PACKET);
        double jump = (double)(got.piece[150].t_ns - got.piece[147].t_ns) * 1e-9 * 31.25 - PACKET;
        if (fabs(jump - gaps[i].jump) > 0.05)
            fail_msg("%s: a jump of %g samples", gaps[i].name, jump);
    }
    assert_true(got.all.at[0].slack ==
                23.5); /* what io/trace.c overlooks is less than the shortest gap above */
}

/* ---- other shapes ---- */

static void several_traces_in_a_line(void **state)
{
    (void)state;
    for (int k = 0; k < 40; k += 4) {
        put("{\"device_id\": 3003, \"cloud_t\": %.3f, \"traces\": [", T0 + 1000);
        for (int i = 0; i < 4; i++) {
            put("%s{", i ? ", " : "");
            put_axes(k + i, PACKET);
            put("\"t\": %.6f, \"sr\": 125}", T0 + (k + i) * 0.25344);
        }
        put("]}\n\n");
    }
    assert_true(reader_openeew.probe((unsigned char *)text, used));
    read_text(NULL);
    assert_int_equal(got.result, 0);
    assert_string_equal(got.all.at[0].code, "3003.x");
    assert_true(fabs(got.all.at[0].rate_hz - 126.263) < 0.0015);
    want_near(got.all.at[0].t0_ns,
              ns(T0 - 31 / got.all.at[0].rate_hz)); /* such lines are sent late, not dated wrongly */
    assert_int_equal(got.n[0], 40 * PACKET);
    want_count(0, 0, 40 * PACKET);
}

static void devices_are_kept_apart(void **state)
{
    (void)state;
    for (int k = 0; k < 100; k++) {
        put_packet("aa", k, T0 + k * STEP_S, T0 + k * STEP_S);
        put_packet("b", k, T0 - 1000 + k * STEP_S, T0 + k * STEP_S);
    }
    read_text(NULL);
    assert_int_equal(got.result, 0);
    assert_int_equal(got.all.n, 6);
    assert_string_equal(got.all.at[5].code, "b.z");
    assert_int_equal(got.n[0], 100 * PACKET);
    assert_int_equal(got.n[3], 100 * PACKET);
    want_count(0, 0, 100 * PACKET);
    want_count(3, 0, 100 * PACKET);
    want_near(got.all.at[3].t0_ns, got.all.at[0].t0_ns - ns(0.3));
}

static void null_is_a_missing_sample(void **state)
{
    (void)state;
    put("{\"device_id\": \"1\", \"device_t\": 5, \"sr\": 10, \"x\": [1, null], \"y\": [1, 2], \"z\": [1, "
        "2]}\n");
    read_text(NULL);
    assert_int_equal(got.result, 0);
    assert_true(got.n[0] == 2 && got.value[0][0] == 1 && isnan(got.value[0][1]) && got.value[1][1] == 2);
}

static void a_pipe_needs_no_second_reading(void **state)
{
    (void)state;
    for (int k = 0; k < 1000; k++)
        put_packet("012", k, T0 + k * STEP_S, T0 + k * STEP_S);
    assert_true(used > INPUT_PEEK);
    fake_file_put(&fake, "pipe", text, used)->pipe = true;
    drain(&reader_openeew, &fake, "pipe", NULL, &got);
    if (got.result < 0)
        fail_msg("%s", got.err.text);
    assert_true(got.n[0] == DRAIN_SAMPLES && got.pieces == 3000);
}

/* ---- damage ---- */

#define XYZ "\"x\": [1, 2], \"y\": [1, 2], \"z\": [1, 2]"

static const struct {
    const char *name, *line, *want;
} damages[] = {
    {"cut off", "{\"device_id\": \"1\", \"device_t\": 5, \"x\": [1, 2", "line 3 column 44: "},
    {"binary garbage", "\x01\xff\x02 garbage", "line 3 column 1: "},
    {"no object", "[1, 2]", "line 3: no device_id"},
    {"no device", "{\"device_t\": 5, \"sr\": 10, " XYZ "}", "line 3: no device_id"},
    {"no time", "{\"device_id\": \"1\", \"sr\": 10, " XYZ "}", "line 3: no device_t, or none that can be"},
    {"a time that is text", "{\"device_id\": \"1\", \"device_t\": \"5\", " XYZ "}", "line 3: no device_t"},
    {"a time in nanoseconds", "{\"device_id\": \"1\", \"device_t\": 1.6e18, " XYZ "}",
     "line 3: no device_t, or none that can be"},
    {"a sample of NaN", "{\"device_id\": \"1\", \"device_t\": 5, \"x\": [NaN], \"y\": [1], \"z\": [1]}",
     "line 3 column"},
    {"a sample that is text",
     "{\"device_id\": \"1\", \"device_t\": 5, \"x\": [1, \"2\"], \"y\": [1, 2], \"z\": [1, 2]}",
     "line 3: sample 2 of 'x' is no number"},
    {"no z", "{\"device_id\": \"1\", \"device_t\": 5, \"x\": [1], \"y\": [1]}",
     "line 3: 'z' holds 0 samples, must be 1 to 1024"},
    {"no samples", "{\"device_id\": \"1\", \"device_t\": 5, \"x\": [], \"y\": [], \"z\": []}",
     "line 3: 'x' holds 0 samples"},
    {"fewer of y than of x",
     "{\"device_id\": \"1\", \"device_t\": 5, \"x\": [1, 2], \"y\": [1], \"z\": [1, 2]}",
     "line 3: 2 samples of x, 1 of y"},
    {"a trace without samples", "{\"device_id\": \"1\", \"traces\": [{\"t\": 5}]}",
     "line 3: 'x' holds 0 samples"},
    {"traces that are none", "{\"device_id\": \"1\", \"traces\": 5}", "line 3: 'traces' is no array"},
    {"a trace that is a number", "{\"device_id\": \"1\", \"traces\": [7]}",
     "line 3: no t, or none that can be"},
    {"nested deep", "{\"device_id\": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
     "JSON nested deeper than 32"},
};

static void refuses_damage_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        used = 0;
        put("{\"device_id\": \"1\", \"device_t\": 4, \"sr\": 10, " XYZ "}\n\n%s\n", damages[i].line);
        read_text(NULL);
        if (got.result == 0)
            fail_msg("%s: accepted", damages[i].name);
        if (strncmp(got.err.text, "a.jsonl: line 3", 15) != 0 || !strstr(got.err.text, damages[i].want))
            fail_msg("%s: %s", damages[i].name, got.err.text);
    }
}

static const struct {
    const char *name, *text, *want;
} wholes[] = {
    {"an empty file", "", "a.jsonl: line 0: no packet in this OpenEEW file"},
    {"blank lines", "\n\n \n", "a.jsonl: line 3: no packet in this OpenEEW file"},
    {"no rate", "{\"device_id\": \"1\", \"device_t\": 5, " XYZ "}",
     "a.jsonl: line 1: device 1: 'sr' is missing"},
    {"a rate of zero", "{\"device_id\": \"1\", \"device_t\": 5, \"sr\": 0, " XYZ "}",
     "'sr' is missing or no rate from 1 to 20000 Hz"},
    {"a rate of a megahertz", "{\"device_id\": \"1\", \"device_t\": 5, \"sr\": 1e6, " XYZ "}",
     "no rate from 1 to 20000 Hz"},
};

static void refuses_files_that_hold_nothing_to_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        used = 0;
        put("%s", wholes[i].text);
        read_text(NULL);
        if (got.result == 0 || !strstr(got.err.text, wholes[i].want))
            fail_msg("%s: %s", wholes[i].name, got.result ? got.err.text : "accepted");
    }
}

static void absurd_sizes_are_refused(void **state)
{
    (void)state;
    put("{\"device_id\": \"1\", \"device_t\": 5, \"sr\": 10, ");
    put_axes(0, 1025);
    put("\"end\": 0}\n");
    read_text(NULL);
    assert_int_equal(got.result, -1);
    assert_non_null(strstr(got.err.text, "a.jsonl: line 1: 'x' holds 1025 samples, must be 1 to 1024"));
    used = 0;
    for (int i = 0; i <= READER_CHANNELS_MAX / 3; i++)
        put("{\"device_id\": \"%d\", \"device_t\": 5, \"sr\": 10, " XYZ "}\n", i);
    read_text(NULL);
    assert_int_equal(got.result, -1);
    assert_non_null(strstr(got.err.text, "a.jsonl: line 86: more than 85 devices in one file"));
    memset(text, '1', used = 100000);
    read_text(NULL);
    assert_int_equal(got.result, -1);
    assert_non_null(strstr(got.err.text, "a.jsonl: line 1: longer than"));
}

static void survives_refused_memory(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++)
        put_packet("012", k, T0 + k * STEP_S, T0);
    fake_file_put(&fake, "a.jsonl", text, used);
    assert_true(drain_without_memory(&reader_openeew, &fake, "a.jsonl", &got) >= 6);
}

static void recognised_by_content(void **state)
{
    (void)state;
    static const char *const others[] = {"", "{}", "{\"device_id\": \"1\"}", "x,y,z\n1,2,3\n",
                                         "[{\"device_id\": 1}]"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(reader_openeew.probe((const unsigned char *)others[i], strlen(others[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(packets_become_channels, setup, teardown),
        cmocka_unit_test_setup_teardown(the_true_rate_is_estimated, setup, teardown),
        cmocka_unit_test_setup_teardown(order_is_restored_and_repeats_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(a_straggler_keeps_its_own_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_clock_is_set_by_the_server, setup, teardown),
        cmocka_unit_test_setup_teardown(only_a_lost_packet_is_a_gap, setup, teardown),
        cmocka_unit_test_setup_teardown(several_traces_in_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(devices_are_kept_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(null_is_a_missing_sample, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pipe_needs_no_second_reading, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_damage_with_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_files_that_hold_nothing_to_read, setup, teardown),
        cmocka_unit_test_setup_teardown(absurd_sizes_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(survives_refused_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(recognised_by_content, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
