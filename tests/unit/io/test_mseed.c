#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/io/drain.h"
#include "tests/unit/io/make_mseed.h"

enum { N = 900, FILE_MAX = 1 << 20 };

#define T0 INT64_C(1704067200000000000) /* 2024-01-01 */

static struct fake_sys fake;
static struct drained got;
static unsigned char file[FILE_MAX];
static int size;
static int32_t x[N];
static double y[N];

static int setup(void **state)
{
    (void)state;
    fake_sys_init(&fake);
    size = 0;
    /* Differences from 1 to 2^28, so that every kind of Steim word occurs. */
    uint32_t seed = 1;
    for (int i = 0; i < N; i++) {
        seed = seed * 1664525u + 1013904223u;
        int bits = (i / 30) % 29;
        x[i] = (int32_t)(seed >> 3) % (1 << bits);
        y[i] = x[i] / 1024.0;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_sys_end(&fake);
    return 0;
}

static int add(const struct mseed_spec *s, const int32_t *xs, const double *ys, int n)
{
    int bytes, done = mseed_record(file + size, &bytes, s, xs, ys, n);

    size += bytes;
    return done;
}

static void read_file(const struct trace_conf *conf)
{
    fake_file_put(&fake, "a.mseed", file, (size_t)size);
    drain(&reader_mseed, &fake, "a.mseed", conf, &got);
}

/* ---- encodings, lengths, orders ---- */

static const struct {
    const char *name;
    struct mseed_spec spec;
    int n;      /* samples */
    int modulo; /* the samples are taken modulo this; 0: as they are */
    bool real;
} encodings[] = {
    {"int16, big endian", {.encoding = 1}, 200, 32768, false},
    {"int16, little endian", {.encoding = 1, .little = true}, 200, 32768, false},
    {"int32, big endian", {.encoding = 3}, 100, 0, false},
    {"int32, little endian", {.encoding = 3, .little = true}, 100, 0, false},
    {"float32, big endian", {.encoding = 4}, 100, 1 << 20, true},
    {"float32, little endian", {.encoding = 4, .little = true}, 100, 1 << 20, true},
    {"float64, big endian", {.encoding = 5}, 50, 0, true},
    {"float64, little endian", {.encoding = 5, .little = true}, 50, 0, true},
    {"Steim-1, big endian", {.encoding = 10, .exponent = 12}, N, 0, false},
    {"Steim-1, little endian", {.encoding = 10, .exponent = 12, .little = true}, N, 0, false},
    {"Steim-2, big endian", {.encoding = 11, .exponent = 12}, N, 0, false},
    {"Steim-2, little endian", {.encoding = 11, .exponent = 12, .little = true}, N, 0, false},
    {"the shortest record, 128 bytes", {.encoding = 1, .exponent = 7}, 30, 32768, false},
    {"the longest record, 65536 bytes", {.encoding = 3, .exponent = 16}, N, 0, false},
};

static void reads_every_encoding(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        int32_t xs[N];
        double ys[N];
        size = 0;
        for (int k = 0; k < N; k++) {
            xs[k] = encodings[i].modulo ? x[k] % encodings[i].modulo : x[k];
            ys[k] = xs[k] / 1024.0;
        }
        int done = 0;
        for (struct mseed_spec s = encodings[i].spec; done < encodings[i].n;) {
            s.second = done / 100;
            s.ticks = done % 100 * 100;
            done += add(&s, xs + done, ys + done, encodings[i].n - done);
        }
        read_file(NULL);
        if (got.result < 0)
            fail_msg("%s: %s", encodings[i].name, got.err.text);
        if (got.n[0] != (size_t)done || got.all.at[0].samples != done)
            fail_msg("%s: %zu of %d samples", encodings[i].name, got.n[0], done);
        for (int k = 0; k < done; k++)
            if (got.value[0][k] != (encodings[i].real ? ys[k] : xs[k]))
                fail_msg("%s: sample %d is %g", encodings[i].name, k, got.value[0][k]);
        for (size_t p = 0, at = 0; p < got.pieces; at += got.piece[p++].n)
            assert_int_equal(got.piece[p].t_ns, T0 + (int64_t)at * 10000000);
        assert_true(got.all.at[0].lsb == (encodings[i].real ? 0 : 1));
    }
}

/* The old gain-ranged words, decoded by hand as the SEED manual, appendix D, describes them. */
static const struct {
    const char *name;
    int encoding;
    int32_t word[4];
    double want[4];
} legacy[] = {
    {"CDSN: 2 bits of gain (1, 4, 16, 128), 14 of mantissa less 8191",
     16,
     {0x1fff, 0x2000, 0x6000, 0xdfff + 1},
     {0, 1, 4, 128}},
    {"SRO: 4 bits of exponent from 10, 12 of mantissa",
     30,
     {0xa001, 0x9001, 0x0001, 0xafff},
     {1, 2, 1024, -1}},
    {"DWWSSN: two's complement", 32, {1, 0x7fff, 0x8000, 0xffff}, {1, 32767, -32768, -1}},
    {"GEOSCOPE: 3 bits of exponent, 12 of mantissa less 2048",
     13,
     {0x0801, 0x1801, 0x7801, 0x0800},
     {1, 0.5, 1 / 128.0, 0}},
};

static void reads_legacy_encodings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof legacy / sizeof *legacy; i++) {
        size = 0;
        add(&(struct mseed_spec){.encoding = legacy[i].encoding}, legacy[i].word, NULL, 4);
        read_file(NULL);
        if (got.result < 0)
            fail_msg("%s: %s", legacy[i].name, got.err.text);
        for (int k = 0; k < 4; k++)
            if (got.value[0][k] != legacy[i].want[k])
                fail_msg("%s: word %#x is %g", legacy[i].name, (unsigned)legacy[i].word[k], got.value[0][k]);
    }
}

/* ---- times and rates ---- */

static const struct {
    const char *name;
    struct mseed_spec spec;
    int64_t t_ns;
    double rate_hz;
} headers[] = {
    {"plain", {.encoding = 1}, T0, 100},
    {"day of the year and ticks of 0.1 ms",
     {.encoding = 1, .day = 60, .hour = 1, .ticks = 1234},
     T0 + INT64_C(59) * 86400 * 1000000000 + INT64_C(3600123400000),
     100},
    {"microseconds of blockette 1001", {.encoding = 1, .usec = -7}, T0 - 7000, 100},
    {"time correction, not yet applied",
     {.encoding = 1, .correction = -15000},
     T0 - INT64_C(1500000000),
     100},
    {"rate as a period", {.encoding = 1, .factor = -4, .multiplier = 50}, T0, 12.5},
    {"rate of blockette 100 wins", {.encoding = 1, .rate_hz = 99.5f}, T0, 99.5},
    {"little endian header", {.encoding = 1, .little = true, .rate_hz = 250, .usec = 3}, T0 + 3000, 250},
    {"no blockette 1000: Steim-1 it is", {.encoding = 10, .no_1000 = true}, T0, 100},
};

static void reads_times_and_rates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        size = 0;
        add(&headers[i].spec, x, NULL, 20);
        read_file(NULL);
        if (got.result < 0)
            fail_msg("%s: %s", headers[i].name, got.err.text);
        if (got.all.at[0].t0_ns != headers[i].t_ns || got.piece[0].t_ns != headers[i].t_ns)
            fail_msg("%s: %lld", headers[i].name, (long long)got.all.at[0].t0_ns);
        if (fabs(got.all.at[0].rate_hz / headers[i].rate_hz - 1) > 1e-6)
            fail_msg("%s: %g Hz", headers[i].name, got.all.at[0].rate_hz);
        assert_int_equal(got.n[0], 20);
    }
}

/* Three records of 20 samples: the first and the last with this header but for the second, the one between
 * them with another. */
static const struct {
    const char *name;
    struct mseed_spec first, between;
    int64_t first_off_ns, between_off_ns; /* of their times from whole seconds */
} successions[] = {
    {"only the time differs", {.encoding = 1}, {.encoding = 1}, 0, 0},
    {"another number of samples", {.encoding = 11}, {.encoding = 11, .promised = 13}, 0, 0},
    {"other microseconds", {.encoding = 1, .usec = 9}, {.encoding = 1, .usec = -7}, 9000, -7000},
    {"microseconds appear", {.encoding = 1}, {.encoding = 1, .usec = -7}, 0, -7000},
    {"a time correction", {.encoding = 1}, {.encoding = 1, .correction = 50}, 0, 5000000},
    {"another encoding", {.encoding = 11}, {.encoding = 3}, 0, 0},
    {"another byte order", {.encoding = 11}, {.encoding = 11, .little = true}, 0, 0},
    {"another length", {.encoding = 11}, {.encoding = 11, .exponent = 8}, 0, 0},
    {"no length", {.encoding = 10}, {.encoding = 10, .no_1000 = true}, 0, 0},
    {"the rate said twice", {.encoding = 10}, {.encoding = 10, .rate_hz = 100}, 0, 0},
    {"another quality", {.encoding = 10}, {.encoding = 10, .quality = 'Q'}, 0, 0},
};

static void reads_each_header_for_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof successions / sizeof *successions; i++) {
        size = 0;
        for (int k = 0; k < 3; k++) {
            struct mseed_spec s = k == 1 ? successions[i].between : successions[i].first;
            s.second = k;
            add(&s, x + 20 * k, NULL, s.promised ? s.promised : 20);
        }
        read_file(NULL);
        if (got.result < 0)
            fail_msg("%s: %s", successions[i].name, got.err.text);
        size_t n1 = successions[i].between.promised ? 13 : 20;
        if (got.pieces != 3 || got.n[0] != 40 + n1 || got.piece[1].n != n1)
            fail_msg("%s: %zu samples", successions[i].name, got.n[0]);
        for (size_t k = 0; k < got.n[0]; k++) {
            size_t from = k < 20 + n1 ? k : k + 20 - n1;
            if (got.value[0][k] != (successions[i].first.encoding == 1 ? (int16_t)x[from] : x[from]))
                fail_msg("%s: sample %zu is %g", successions[i].name, k, got.value[0][k]);
        }
        for (int k = 0; k < 3; k++) {
            int64_t off = k == 1 ? successions[i].between_off_ns : successions[i].first_off_ns;
            if (got.piece[k].t_ns != T0 + k * INT64_C(1000000000) + off)
                fail_msg("%s: time of record %d", successions[i].name, k);
        }
    }
}

static void names_channels_and_instruments(void **state)
{
    (void)state;
    add(&(struct mseed_spec){.encoding = 1, .code = "CI.GR2.01.HNZ"}, x, NULL, 5);
    add(&(struct mseed_spec){.encoding = 1, .code = "AK.BPAW..BN1"}, x, NULL, 6);
    add(&(struct mseed_spec){.encoding = 1, .code = "CI.GR2.01.HNZ", .ticks = 500}, x, NULL, 7);
    read_file(NULL);
    assert_int_equal(got.result, 0);
    assert_int_equal(got.all.n, 2);
    assert_string_equal(got.all.at[0].code, "CI.GR2.01.HNZ");
    assert_string_equal(got.all.at[0].group, "CI.GR2.01.HN");
    assert_int_equal(got.all.at[0].axis, 'Z');
    assert_int_equal(got.all.at[0].samples, 12);
    assert_string_equal(got.all.at[1].code, "AK.BPAW..BN1");
    assert_string_equal(got.all.at[1].group, "AK.BPAW..BN");
    assert_int_equal(got.all.at[1].axis, '1');
    assert_int_equal(got.all.at[1].unit, UNIT_UNKNOWN);
    assert_int_equal(got.n[0], 12);
    assert_int_equal(got.n[1], 6);
}

/* A digit a record, the channel it is of; each record of a channel is five minutes after its last, a '.' five minutes of nothing. */
static const struct {
    const char *name, *records;
    bool together;
} orders[] = {
    {"side by side", "012012012", true},
    {"side by side, in any order", "012210102", true},
    {"a channel behind by as much as a queue holds", "001212", true},
    {"one after another", "000111222", false},
    {"one channel begins late", "010101201", false},
    {"one channel ends early", "012010101", false},
    {"a hole in one channel", "01201.2012012", false},
    {"one channel", "000", true},
};

static void channels_side_by_side_share_a_cursor(void **state)
{
    static const char *const codes[] = {"XX.A..HNZ", "XX.A..HNN", "XX.A..HNE"};

    (void)state;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        int minute[3] = {0}, last = 0;
        size = 0;
        for (const char *c = orders[i].records; *c; c++) {
            if (*c == '.') {
                minute[last] += 5;
                continue;
            }
            last = *c - '0';
            add(&(struct mseed_spec){.encoding = 3, .code = codes[last], .minute = minute[last]}, x, NULL,
                100);
            minute[last] += 5;
        }
        read_file(NULL);
        if (got.result < 0)
            fail_msg("%s: %s", orders[i].name, got.err.text);
        if (got.all.multiplexed != orders[i].together)
            fail_msg("%s: %s", orders[i].name, orders[i].together ? "apart" : "together");
    }
}

/* ---- what is skipped ---- */

static void add_control(const char *type_and_text, int length)
{
    memset(file + size, ' ', (size_t)length);
    memcpy(file + size, "000001", 6);
    memcpy(file + size + 6, type_and_text, strlen(type_and_text));
    size += length;
}

static void skips_what_is_not_data(void **state)
{
    (void)state;
    add_control("V 010009402.312", 512);
    add_control("A 0300067", 4096);
    add_control("S*0500098", 1024);
    add(&(struct mseed_spec){.encoding = 1}, x, NULL, 5);
    add_control(" ", 512); /* a noise record: all blanks */
    add(&(struct mseed_spec){.encoding = 0, .code = "XX.TEST..LOG", .factor = -1, .multiplier = -1}, x, NULL,
        40);
    add(&(struct mseed_spec){.encoding = 1, .code = "XX.TEST..VMZ", .factor = -10}, x, NULL, 9); /* 0.1 Hz */
    add(&(struct mseed_spec){.encoding = 1, .code = "XX.TEST..ACE"}, x, NULL, 0);
    add(&(struct mseed_spec){.encoding = 1, .quality = 'M', .ticks = 500}, x, NULL, 6);
    read_file(NULL);
    if (got.result < 0)
        fail_msg("%s", got.err.text);
    assert_int_equal(got.all.n, 1);
    assert_int_equal(got.n[0], 11);
    assert_true(reader_mseed.probe(file, (size_t)size));
}

static void a_pipe_is_read_in_one_cursor(void **state)
{
    (void)state;
    int done = 0;
    for (struct mseed_spec s = {.encoding = 3}; size < 3 * INPUT_PEEK / 2; done += 112) {
        s.second = done / 100 % 60;
        s.minute = done / 6000;
        s.ticks = done % 100 * 100;
        assert_int_equal(add(&s, x, NULL, 112), 112);
    }
    fake_file_put(&fake, "pipe", file, (size_t)size)->pipe = true;
    fake.read_max = 1000;
    drain(&reader_mseed, &fake, "pipe", NULL, &got);
    if (got.result < 0)
        fail_msg("%s", got.err.text);
    assert_true(got.all.multiplexed);
    assert_int_equal(got.all.at[0].samples, -1); /* the scan did not see the end */
    size_t n = 0;
    for (size_t i = 0; i < got.pieces; i++)
        n += got.piece[i].n;
    assert_int_equal(n, done);
}

/* ---- damage ---- */

/* A good int16 record of 20 samples stands in front of each (512 bytes); `patch` bytes then replace some at
 * `at`. */
static const struct {
    const char *name;
    struct mseed_spec spec;
    int at, patch_n;
    unsigned char patch[8];
    int keep; /* the file's length; 0: all */
    const char *want;
} damages[] = {
    {"a record cut off",
     {.encoding = 1},
     0,
     0,
     {0},
     900,
     "byte 512: a record of 512 bytes promised, 388 there: the file is cut off"},
    {"a header cut off", {.encoding = 1}, 0, 0, {0}, 530, "byte 512: the file is cut off inside a header"},
    {"garbage between records",
     {.encoding = 1},
     0,
     8,
     "garbage!",
     0,
     "byte 512: no miniSEED record begins here"},
    {"a rate of zero", {.encoding = 1}, 32, 4, {0}, 0, "byte 512: XX.TEST.00.HNZ: sample rate 0 Hz"},
    {"a rate of 3 MHz",
     {.encoding = 1, .factor = 30000, .multiplier = 100},
     0,
     0,
     {0},
     0,
     "sample rate 3e+06 Hz"},
    {"a rate that is not a number", {.encoding = 1, .rate_hz = NAN}, 0, 0, {0}, 0, "sample rate"},
    {"a rate that changes",
     {.encoding = 1, .factor = 50},
     0,
     0,
     {0},
     0,
     "byte 512: XX.TEST.00.HNZ changes its rate from 100 to 50 Hz"},
    {"more samples than fit",
     {.encoding = 3, .promised = 113},
     0,
     0,
     {0},
     0,
     "byte 512: 113 samples promised, a record of 512 bytes holds at most 112"},
    {"more samples than Steim frames hold",
     {.encoding = 10, .promised = 65000},
     0,
     0,
     {0},
     0,
     "65000 samples promised"},
    {"fewer differences than samples", {.encoding = 10, .promised = 600}, 0, 0, {0}, 0, "byte 512: "},
    {"an encoding that nobody knows",
     {.encoding = 77},
     0,
     0,
     {0},
     0,
     "byte 512: XX.TEST.00.HNZ: data encoding 77 is not known"},
    {"samples said to lie in the header",
     {.encoding = 1},
     44,
     2,
     {0, 20},
     0,
     "byte 512: the samples lie outside"},
    {"samples said to lie behind the end",
     {.encoding = 1},
     44,
     2,
     {0xff, 0xf0},
     0,
     "byte 512: the samples lie outside"},
    {"a blockette behind the end",
     {.encoding = 1},
     50,
     2,
     {0x01, 0xfe},
     0,
     "byte 512: a blockette lies outside"},
    {"a blockette chain in a circle",
     {.encoding = 1, .usec = 1},
     58,
     2,
     {0, 48},
     0,
     "byte 512: the blockettes of a miniSEED record run in a circle"},
    {"a record of 2^200 bytes",
     {.encoding = 1},
     54,
     1,
     {200},
     0,
     "byte 512: a miniSEED record without a length"},
    {"a record of a megabyte",
     {.encoding = 1},
     54,
     1,
     {20},
     0,
     "byte 512: a miniSEED record without a length, or not one of 128 to 65536 bytes"},
    {"a Steim check value that is wrong",
     {.encoding = 11},
     64 + 8,
     4,
     {1, 2, 3, 4},
     0,
     "byte 512: the last sample does not agree"},
    {"a blockette 2000 longer than the record",
     {.encoding = 1},
     48,
     8,
     {2000 >> 8, 2000 & 255, 0, 0, 0xff, 0xff, 0, 64},
     0,
     "byte 512: blockette 2000 is larger than its miniSEED record"},
    {"a blockette 2000 shorter than itself",
     {.encoding = 1},
     48,
     8,
     {2000 >> 8, 2000 & 255, 0, 0, 0, 1, 0, 64},
     0,
     "byte 512: blockette 2000 is larger than its miniSEED record"},
};

static void refuses_damage_with_a_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        size = 0;
        add(&(struct mseed_spec){.encoding = 1}, x, NULL, 20);
        add(&damages[i].spec, x, y, 20);
        memcpy(file + 512 + damages[i].at, damages[i].patch, (size_t)damages[i].patch_n);
        if (damages[i].keep)
            size = damages[i].keep;
        read_file(NULL);
        if (got.result == 0)
            fail_msg("%s: accepted", damages[i].name);
        if (strncmp(got.err.text, "a.mseed: ", 9) != 0 || !strstr(got.err.text, damages[i].want))
            fail_msg("%s: %s", damages[i].name, got.err.text);
    }
}

static void refuses_a_second_blockette_1000_that_disagrees(void **state)
{
    (void)state;
    add(&(struct mseed_spec){.encoding = 1, .usec = 1}, x, NULL, 20);
    struct mseed_writer w = {file, false};
    put16(w, 56, 1000); /* in place of blockette 1001 */
    file[60] = 3;
    file[61] = 1;
    file[62] = 15; /* 32768 bytes; the buffer ends after 512 */
    put16(w, 30, 8000);
    read_file(NULL);
    assert_int_equal(got.result, -1);
    assert_non_null(strstr(got.err.text, "a.mseed: byte 0: a miniSEED record states two lengths"));
}

static void refuses_files_without_samples(void **state)
{
    (void)state;
    read_file(NULL);
    assert_int_equal(got.result, -1);
    assert_non_null(strstr(got.err.text, "no samples at 1 Hz or more"));
    add(&(struct mseed_spec){.encoding = 0}, x, NULL, 20);
    read_file(NULL);
    assert_int_equal(got.result, -1);
    assert_non_null(strstr(got.err.text, "no samples at 1 Hz or more"));
}

static void refuses_version_3_by_name(void **state)
{
    (void)state;
    memcpy(file, "MS\003", 3);
    size = 100;
    assert_true(reader_mseed.probe(file, 100));
    read_file(NULL);
    assert_int_equal(got.result, -1);
    assert_non_null(strstr(got.err.text, "byte 0: miniSEED 3; only version 2 is read"));
}

static void refuses_too_many_channels(void **state)
{
    (void)state;
    char code[32];
    for (int i = 0; i <= READER_CHANNELS_MAX; i++) {
        snprintf(code, sizeof code, "XX.S%03d..HNZ", i);
        add(&(struct mseed_spec){.encoding = 1, .code = code}, x, NULL, 5);
    }
    read_file(NULL);
    assert_int_equal(got.result, -1);
    assert_non_null(strstr(got.err.text, "byte 131072: more than 256 channels in one file"));
}

static void nan_samples_pass_as_missing(void **state)
{
    (void)state;
    double ys[3] = {1, NAN, INFINITY};
    add(&(struct mseed_spec){.encoding = 4}, NULL, ys, 3);
    read_file(NULL);
    assert_int_equal(got.result, 0);
    assert_int_equal(got.n[0], 3);
    assert_true(isnan(got.value[0][1]) && isinf(got.value[0][2]));
}

static void recognises_by_content_only(void **state)
{
    (void)state;
    add(&(struct mseed_spec){.encoding = 1}, x, NULL, 5);
    assert_true(reader_mseed.probe(file, (size_t)size));
    assert_false(reader_mseed.probe(file, 47));
    file[20] = file[21] = 0; /* year 0 in either order */
    assert_false(reader_mseed.probe(file, (size_t)size));
    memset(file, ' ', 512);
    assert_false(reader_mseed.probe(file, 512));
    memset(file, 0, 512);
    assert_false(reader_mseed.probe(file, 512));
    memcpy(file, "000001 , 123456, 3\n", 19);
    assert_false(reader_mseed.probe(file, 512));
}

static void survives_refused_memory_and_io(void **state)
{
    (void)state;
    add(&(struct mseed_spec){.encoding = 1}, x, NULL, 20);
    fake_file_put(&fake, "a.mseed", file, (size_t)size);
    assert_true(drain_without_memory(&reader_mseed, &fake, "a.mseed", &got) >= 3);
    fake.read_eio_at = 100;
    drain(&reader_mseed, &fake, "a.mseed", NULL, &got);
    assert_int_equal(got.result, -1);
    assert_non_null(strstr(got.err.text, "a.mseed: byte 100: cannot read"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_every_encoding, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_legacy_encodings, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_times_and_rates, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_each_header_for_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(names_channels_and_instruments, setup, teardown),
        cmocka_unit_test_setup_teardown(channels_side_by_side_share_a_cursor, setup, teardown),
        cmocka_unit_test_setup_teardown(skips_what_is_not_data, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pipe_is_read_in_one_cursor, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_damage_with_a_place, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_a_second_blockette_1000_that_disagrees, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_files_without_samples, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_version_3_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_too_many_channels, setup, teardown),
        cmocka_unit_test_setup_teardown(nan_samples_pass_as_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(recognises_by_content_only, setup, teardown),
        cmocka_unit_test_setup_teardown(survives_refused_memory_and_io, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
