/* Files in, blocks of Z N E out: grouping, windows, gaps, scale, orientation, and what is refused. The files
 * are made here; most are miniSEED, whose pieces carry their times. */
#include "io/trace.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/fake_sys.h"
#include "tests/unit/io/make_mseed.h"

enum { RATE = 100, ROOM = 8 << 20, SAMPLES = 20000, PATHS = 6 };

#define T0_NS INT64_C(1704067200000000000) /* date -u -d 2024-01-01 +%s */

static struct fake_sys fake;
static struct error err;
static struct trace *trace;
static unsigned char *bytes;
static size_t used;

static int setup(void **state)
{
    (void)state;
    fake_sys_init(&fake);
    memset(&err, 0, sizeof err);
    bytes = malloc(ROOM);
    used = 0;
    trace = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    trace_close(trace);
    free(bytes);
    assert_int_equal(fake.live_allocs, 0);
    assert_int_equal(fake.open_fds, 0);
    fake_sys_done(&fake);
    return 0;
}

/* ---- files ---- */

/* What a component holds at a sample counted from T0: its code's last letter and the index, so that a sample
 * out of place is seen. */
static int32_t count(const char *code, int64_t index)
{
    return (int32_t)(code[strlen(code) - 1] * 100000 + index);
}

/* Appends records of 32-bit integers: n samples of the channel from sample `start` (and a fraction) on. */
static void put_channel(const char *code, double start, int n)
{
    int32_t x[512];
    int64_t from = (int64_t)floor(start + 0.5);

    for (int done = 0; done < n;) {
        int64_t ticks = llround((start + done) * 10000 / RATE);
        struct mseed_spec spec = {.code = code, .encoding = 3};
        spec.hour = (int)(ticks / 36000000);
        spec.minute = (int)(ticks / 600000 % 60);
        spec.second = (int)(ticks / 10000 % 60);
        spec.ticks = (int)(ticks % 10000);
        int ask = n - done < 512 ? n - done : 512, length;
        for (int i = 0; i < ask; i++)
            x[i] = count(code, from + done + i);
        assert_true(used + 512 <= ROOM);
        done += mseed_record(bytes + used, &length, &spec, x, NULL, ask);
        used += (size_t)length;
    }
}

static void put_file(const char *path)
{
    fake_file_put(&fake, path, bytes, used);
    used = 0;
}

static void put32_little(unsigned char *at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(v >> (8 * i));
}

/* A SAC file: little-endian floats, its only time that of its first sample. */
static void put_sac(const char *path, const char *component, int64_t start, int n)
{
    unsigned char *h = bytes;
    float delta = 1.0f / RATE, zero = 0;
    int32_t time[6] = {2024,
                       1,
                       0,
                       (int32_t)(start / (60 * RATE)),
                       (int32_t)(start / RATE % 60),
                       (int32_t)(start % RATE * (1000 / RATE))};
    uint32_t bits;
    float undefined = -12345;

    memcpy(&bits, &undefined, 4);
    for (int i = 0; i < 70; i++)
        put32_little(h + 4 * i, bits);
    for (int i = 0; i < 40; i++)
        put32_little(h + 280 + 4 * i, (uint32_t)-12345);
    for (int i = 0; i < 24; i++)
        memcpy(h + 440 + 8 * i, "-12345  ", 8);
    memcpy(&bits, &delta, 4);
    put32_little(h, bits);
    memcpy(&bits, &zero, 4);
    put32_little(h + 20, bits);
    for (int i = 0; i < 6; i++)
        put32_little(h + 280 + 4 * i, (uint32_t)time[i]);
    put32_little(h + 280 + 24, 6);
    put32_little(h + 280 + 36, (uint32_t)n);
    put32_little(h + 280 + 60, 1);
    put32_little(h + 280 + 140, 1);
    memcpy(h + 440, "TEST    ", 8);
    memcpy(h + 440 + 160, component, 3);
    for (int i = 0; i < n; i++) {
        float v = (float)count(component, start + i);
        memcpy(&bits, &v, 4);
        put32_little(h + 632 + 4 * i, bits);
    }
    fake_file_put(&fake, path, bytes, 632 + 4 * (size_t)n);
}

/* ---- reading ---- */

struct got {
    size_t n;
    int64_t first, lost; /* index of the first sample in the window; lost in all */
    int64_t index[SAMPLES];
    double value[SAMPLES][AXES];
    enum source_status status;
    uint64_t overlapped, not_finite;
};
static struct got got;

/* One record to its end; each block must say where it stands. */
static void read_record(size_t record, size_t max)
{
    const struct trace_info *info = trace_record(trace, record);
    int64_t next = 0;
    struct block b;

    got.n = 0;
    got.lost = 0;
    got.first = -1;
    if (trace_start(trace, record, &err) < 0) {
        got.status = SOURCE_FAILED;
        return;
    }
    while ((got.status = trace_read(trace, &b, max, &err)) == SOURCE_BLOCK) {
        assert_in_range(b.n, 1, max < BLOCK_MAX ? max : BLOCK_MAX);
        int64_t index = llround((double)b.t_mono_ns * 1e-9 * info->rate_hz);
        assert_int_equal(b.t_mono_ns, llround((double)index / info->rate_hz * 1e9));
        assert_int_equal(index, next + (int64_t)b.lost);
        assert_int_equal(b.has_utc, info->has_utc);
        if (b.has_utc)
            assert_int_equal(b.t_utc_ns, info->t0_ns + b.t_mono_ns);
        assert_true(b.rate_hz == info->rate_hz && b.unit == info->unit && b.axis_mask == info->axis_mask);
        got.lost += (int64_t)b.lost;
        if (got.n == 0)
            got.first = index;
        for (size_t i = 0; i < b.n; i++, got.n++) {
            assert_true(got.n < SAMPLES);
            got.index[got.n] = index + (int64_t)i;
            memcpy(got.value[got.n], b.value[i], sizeof b.value[i]);
        }
        next = index + (int64_t)b.n;
    }
    got.overlapped = trace_overlapped(trace);
    got.not_finite = trace_not_finite(trace);
    if (got.status == SOURCE_END) /* and it stays the end */
        assert_int_equal(trace_read(trace, &b, max, &err), SOURCE_END);
}

static int open_paths(const struct trace_conf *conf, const char *const *path)
{
    static const struct trace_conf none;
    size_t n = 0;

    while (n < PATHS && path[n])
        n++;
    trace_close(trace);
    err.text[0] = 0;
    return trace_open(&trace, &fake.sys, path, n, conf ? conf : &none, &err);
}

static int open_one(const struct trace_conf *conf, const char *path)
{
    return open_paths(conf, (const char *[PATHS]){path});
}

static int open_text(const struct trace_conf *conf, const char *text)
{
    fake_file_put_text(&fake, "t", text);
    return open_one(conf, "t");
}

static void want_error(int result, const char *what, const char *part)
{
    if (result != -1 || !strstr(err.text, part))
        fail_msg("%s: %d '%s'", what, result, err.text);
}

/* ---- windows, gaps and overlaps ---- */

/* Files are parted by '|'; "Z30+970" is 970 samples of HNZ from sample 30 after T0 on. */
static const struct {
    const char *name, *files;
    unsigned mask;
    int64_t t0;      /* sample after T0 of the window's begin */
    int64_t samples; /* as the headers say; -1: they do not */
    size_t n;
    int64_t first, lost;
    uint64_t overlapped;
} windows[] = {
    {"three components together", "Z0+1000 N0+1000 E0+1000", 7, 0, 1000, 1000, 0, 0, 0},
    {"three files", "Z0+900 | N0+900 | E0+900", 7, 0, 900, 900, 0, 0, 0},
    {"different starts", "Z0+1000 N30+970 E75+925", 7, 75, 925, 925, 0, 0, 0},
    {"different ends", "Z0+700 N0+1000 E0+800", 7, 0, 700, 700, 0, 0, 0},
    {"a long lead", "Z0+9000 N8000+1000 E8500+1000", 7, 8500, 500, 500, 0, 0, 0},
    {"a fraction of a sample apart", "Z0+500 N0.7+500 E0.6+500", 7, 1, 499, 499, 0, 0, 0},
    {"one component", "Z0+500", 1, 0, 500, 500, 0, 0, 0},
    {"one horizontal component", "E0+500", 4, 0, 500, 500, 0, 0, 0},
    {"two components", "N0+500 E0+500", 6, 0, 500, 500, 0, 0, 0},
    {"a gap in all", "Z0+300 N0+300 E0+300 Z500+300 N500+300 E500+300", 7, 0, 600, 600, 0, 200, 0},
    {"a gap in one alone", "Z0+800 N0+300 N350+450 E0+800", 7, 0, 750, 750, 0, 50, 0},
    {"gaps that touch", "Z0+300 Z400+400 N0+400 N500+300 E0+800", 7, 0, 700, 600, 0, 200, 0},
    {"an overlap in one", "Z0+800 N0+500 N400+400 E0+800", 7, 0, 800, 800, 0, 0, 100},
    {"the same twice", "Z0+500 | Z0+500", 1, 0, -1, 500, 0, 0, 500},
    {"files in a row", "Z0+500 N0+500 E0+500 | Z500+500 N500+500 E500+500", 7, 0, -1, 1000, 0, 0, 0},
    {"in the wrong order", "Z500+500 N500+500 | Z0+500 N0+500", 3, 0, -1, 1000, 0, 0, 0},
    {"a gap between files", "Z0+500 N0+500 | Z700+500 N700+500", 3, 0, -1, 1000, 0, 200, 0},
    {"files that overlap", "Z0+500 N0+500 | Z450+500 N450+500", 3, 0, -1, 950, 0, 0, 100},
    {"they meet behind a gap only", "Z0+200 Z2000+500 N2000+500 E2000+500", 7, 2000, -1, 500, 0, 0, 0},
    {"the window begins in a gap", "Z0+500 Z700+300 N600+400 E0+1000", 7, 600, 200, 300, 100, 100, 0},
    {"they do not overlap", "Z0+500 N600+500 E0+1100", 7, 600, -1, 0, 0, 0, 0},
    {"they only touch", "Z0+500 | N500+500 | E500+500", 7, 500, 0, 0, 0, 0, 0},
};

static void put_window(size_t w, const char *path[PATHS])
{
    static const char *const names[] = {"a.mseed", "b.mseed", "c.mseed"};
    size_t files = 0;

    memset(path, 0, PATHS * sizeof *path);
    for (const char *at = windows[w].files; *at; at += strspn(at, " |")) {
        char code[] = "XX.TEST.00.HN.", letter;
        double start;
        int n, length;
        assert_int_equal(sscanf(at, "%c%lf+%d%n", &letter, &start, &n, &length), 3);
        code[13] = letter;
        put_channel(code, start, n);
        at += length;
        if (*at == 0 || at[strspn(at, " ")] == '|') {
            put_file(names[files]);
            path[files] = names[files];
            files++;
        }
    }
}

static void want_window(size_t w, size_t max)
{
    const char *name = windows[w].name;

    assert_int_equal(trace_records(trace), 1);
    const struct trace_info *info = trace_record(trace, 0);
    assert_string_equal(info->id, "XX.TEST.00.HN");
    assert_string_equal(info->format, "mseed");
    assert_true(info->has_utc && info->rate_hz == RATE && !info->rotate);
    if (llabs(info->t0_ns - T0_NS - windows[w].t0 * 10000000) > 5000000 || info->axis_mask != windows[w].mask)
        fail_msg("%s: begins at %lld, axes %x", name, (long long)(info->t0_ns - T0_NS), info->axis_mask);
    read_record(0, max);
    if (windows[w].n == 0) {
        assert_int_equal(got.status, SOURCE_FAILED);
        if (!strstr(err.text,
                    "mseed: XX.TEST.00.HNZ ends before another component begins: the components do not "
                    "overlap in time"))
            fail_msg("%s: '%s'", name, err.text);
        return;
    }
    if (got.status != SOURCE_END)
        fail_msg("%s: '%s'", name, err.text);
    if (got.n != windows[w].n || got.first != windows[w].first || got.lost != windows[w].lost ||
        got.overlapped != windows[w].overlapped || got.not_finite != 0)
        fail_msg("%s: %zu samples from %lld, %lld lost, %llu overlapped", name, got.n, (long long)got.first,
                 (long long)got.lost, (unsigned long long)got.overlapped);
    for (size_t i = 0; i < got.n; i++)
        for (int a = 0; a < AXES; a++) {
            int64_t index = windows[w].t0 + got.index[i];
            double want = windows[w].mask >> a & 1 ? count((const char *[]){"Z", "N", "E"}[a], index) : 0;
            if (got.value[i][a] != want)
                fail_msg("%s: axis %d sample %lld is %g", name, a, (long long)index, got.value[i][a]);
        }
}

static void components_share_a_window(void **state)
{
    static const size_t sizes[] = {BLOCK_MAX, 1, 7, 1000};

    (void)state;
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
        const char *path[PATHS];
        put_window(w, path);
        if (open_paths(NULL, path) < 0)
            fail_msg("%s: '%s'", windows[w].name, err.text);
        if (trace_record(trace, 0)->samples != windows[w].samples)
            fail_msg("%s: %lld samples promised", windows[w].name,
                     (long long)trace_record(trace, 0)->samples);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            want_window(w, sizes[i]); /* the same at every size of a block, and when begun again */
    }
}

/* The same rows from pipes, which are opened once and cannot go back. */
static void pipes_give_the_same(void **state)
{
    (void)state;
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
        const char *path[PATHS];
        put_window(w, path);
        for (size_t i = 0; i < fake.n_files; i++)
            fake.file[i].pipe = true;
        if (open_paths(NULL, path) < 0)
            fail_msg("%s: '%s'", windows[w].name, err.text);
        for (size_t i = 0; i < fake.n_files; i++)
            fake.file[i].open_errno = EBUSY; /* a second look would find the bytes gone */
        want_window(w, BLOCK_MAX);
        trace_close(trace);
        trace = NULL;
        fake_sys_done(&fake);
    }
}

/* Formats without times inside of a file: the next file's header tells of the gap. */
static void sac_files_continue_each_other(void **state)
{
    static const struct {
        int64_t second;
        size_t n;
        int64_t lost;
        uint64_t overlapped;
    } rows[] = {{500, 800, 0, 0}, {600, 800, 100, 0}, {450, 750, 0, 50}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_sac("b.sac", "HNZ", rows[i].second, 300);
        put_sac("a.sac", "HNZ", 0, 500);
        assert_int_equal(open_paths(NULL, (const char *[PATHS]){"b.sac", "a.sac"}), 0);
        assert_int_equal(trace_records(trace), 1);
        read_record(0, BLOCK_MAX);
        assert_int_equal(got.status, SOURCE_END);
        assert_int_equal(got.n, rows[i].n);
        assert_int_equal(got.lost, rows[i].lost);
        assert_int_equal(got.overlapped, rows[i].overlapped);
        for (size_t k = 0; k < got.n; k++)
            assert_true(got.value[k][AXIS_Z] == count("Z", got.index[k]));
    }
}

static void components_without_times_begin_together(void **state)
{
    (void)state;
    fake_file_put_text(&fake, "a", "# tocsin-csv 1\n# rate_hz: 100\n# station: S\nz\n1\n2\n3\n");
    fake_file_put_text(&fake, "b", "# tocsin-csv 1\n# rate_hz: 100\n# station: S\nn\n4\n5\n6\n7\n");
    assert_int_equal(open_paths(NULL, (const char *[PATHS]){"a", "b"}), 0);
    assert_int_equal(trace_records(trace), 1);
    assert_false(trace_record(trace, 0)->has_utc);
    assert_int_equal(trace_record(trace, 0)->samples, 3);
    read_record(0, BLOCK_MAX);
    assert_int_equal(got.n, 3);
    assert_true(got.value[2][AXIS_Z] == 3 && got.value[2][AXIS_N] == 6 && got.value[2][AXIS_E] == 0);
}

/* ---- samples that are none ---- */

static void a_sample_that_is_no_number_is_missing(void **state)
{
    static const char text[] = "# tocsin-csv 1\n# rate_hz: 100\nz,n,e\n"
                               "nan,1,1\n1,2,3\n4,5,6\n7,nan,9\n1,inf,2\n-inf,,nan\n3,4,5\n6,7,nan\n";

    (void)state;
    assert_int_equal(open_text(NULL, text), 0);
    for (size_t max = 1; max <= 4; max++) {
        read_record(0, max);
        assert_int_equal(got.status, SOURCE_END);
        assert_int_equal(got.n, 3);
        assert_int_equal(got.not_finite, 5);
        assert_int_equal(got.lost, 4); /* behind the last sample nothing is missing any more */
        assert_int_equal(got.index[0], 1);
        assert_int_equal(got.index[2], 6);
        assert_true(got.value[2][AXIS_E] == 5);
    }
    want_error(open_text(NULL, "# tocsin-csv 1\n# rate_hz: 100\nz,n\nnan,1\n1,nan\n") < 0 ? -2 : -1, "opens",
               "");
    read_record(0, 10);
    assert_int_equal(got.status, SOURCE_FAILED);
    assert_string_equal(err.text, "t: none of its 2 samples is finite in every component");
}

static void a_scale_that_overflows_loses_samples(void **state)
{
    struct trace_conf conf = {.scales = 1, .scale = {1e300}};

    (void)state;
    assert_int_equal(open_text(&conf, "# tocsin-csv 1\n# rate_hz: 100\nz\n1\n1e30\n2\n"), 0);
    read_record(0, 10);
    assert_int_equal(got.n, 2);
    assert_int_equal(got.not_finite, 1);
}

/* ---- grouping ---- */

static void stations_are_records_of_their_own(void **state)
{
    static const char *const groups[] = {"XX.B.00.HN", "XX.A.00.HN", "XX.A.00.BH", "XX.A.10.HN"};

    (void)state;
    put_channel("XX.B.00.HNZ", 0, 300);
    for (int k = 0; k < 2; k++) {
        put_channel(k ? "XX.A.00.HNE" : "XX.A.00.HNN", 0, 400);
        put_channel(k ? "XX.A.00.BHE" : "XX.A.00.BHN", 10 * k, 500);
        put_channel("XX.A.10.HNZ", 150 * k, 150);
    }
    put_file("a");
    assert_int_equal(open_one(NULL, "a"), 0);
    assert_int_equal(trace_records(trace), 4);
    static const size_t n[] = {300, 400, 490, 300};
    static const unsigned mask[] = {1, 6, 6, 1};
    for (int pass = 0; pass < 2; pass++)
        for (size_t r = 0; r < 4; r++) {
            assert_string_equal(trace_record(trace, r)->id, groups[r]);
            assert_int_equal(trace_record(trace, r)->axis_mask, mask[r]);
            read_record(r, BLOCK_MAX);
            assert_int_equal(got.status, SOURCE_END);
            assert_int_equal(got.n, n[r]);
        }
}

static const struct {
    const char *select;
    const char *records; /* the groups and masks that stay; NULL: none */
} selections[] = {
    {NULL, "XX.A.00.HN:7 XX.A..HN:7 YY.B.00.HN:7 "},
    {"XX", "XX.A.00.HN:7 XX.A..HN:7 "},
    {"?X.A", "XX.A.00.HN:7 XX.A..HN:7 "},
    {"*", "XX.A.00.HN:7 XX.A..HN:7 YY.B.00.HN:7 "},
    {"*.*.00", "XX.A.00.HN:7 YY.B.00.HN:7 "},
    {"*.*.--", "XX.A..HN:7 "},
    {"*.A..HN", "XX.A..HN:7 "},
    {"XX.A.00.HNZ", "XX.A.00.HN:1 "},
    {"XX.A.00.H", "XX.A.00.HN:7 "},
    {"*.*.*.*[NE],YY", "XX.A.00.HN:6 XX.A..HN:6 YY.B.00.HN:7 "},
    {"XX.A.--.HNZ,XX.A.--.HNE", "XX.A..HN:5 "},
    {"YY.B.00.HN?", "YY.B.00.HN:7 "},
    {"X", NULL},
    {"xx", NULL},
    {"XX.A.00.BH", NULL},
    {"XX.A.00.HNZ.more", NULL},
    {"", NULL},
};

static void channels_are_selected(void **state)
{
    static const char *const stems[] = {"XX.A.00.HN", "XX.A..HN", "YY.B.00.HN"};

    (void)state;
    for (int s = 0; s < 3; s++)
        for (int c = 0; c < 3; c++) {
            char code[32];
            snprintf(code, sizeof code, "%s%c", stems[s], "ZNE"[c]);
            put_channel(code, 0, 100);
        }
    put_file("a");
    for (size_t i = 0; i < sizeof selections / sizeof *selections; i++) {
        struct trace_conf conf = {.select = selections[i].select};
        char records[256] = "";
        int result = open_one(&conf, "a");
        if (!selections[i].records) {
            char want[128];
            snprintf(want, sizeof want,
                     "--select %s: matches none of the 9 channels there (the first is XX.A.00.HNZ)",
                     conf.select);
            want_error(result, conf.select, want);
            continue;
        }
        for (size_t r = 0; result == 0 && r < trace_records(trace); r++)
            snprintf(records + strlen(records), sizeof records - strlen(records), "%s:%u ",
                     trace_record(trace, r)->id, trace_record(trace, r)->axis_mask);
        if (strcmp(records, selections[i].records) != 0)
            fail_msg("--select %s: %s %s", selections[i].select, records, err.text);
    }
}

/* ---- axes ---- */

static const struct {
    const char *channels[4], *axes; /* axes: of --axes */
    const char *want;               /* codes' endings as Z N E, '.' for none; or part of the error */
} axes[] = {
    {{"HNZ", "HNN", "HNE"}, NULL, "ZNE"},
    {{"HNE", "HNZ", "HNN"}, NULL, "ZNE"},
    {{"HN1", "HN2", "HNZ"}, NULL, "Z12"},
    {{"HN1", "HN2", "HN3"}, NULL, "312"},
    {{"HNX", "HNY", "HNZ"}, NULL, "ZXY"},
    {{"HN1", "HN2"}, NULL, ".12"},
    {{"HNX"}, NULL, ".X."},
    {{"HNZ"}, NULL, "Z.."},
    {{"HN3"}, NULL, "3.."},
    {{"HN2"}, NULL, "..2"},
    {{"HNZ", "HNN", "HN2"}, NULL, "XX.TEST.00.HN: cannot tell up, north and east among XX.TEST.00.HNZ"},
    {{"HNZ", "HNN", "HNE", "HN1"}, NULL, "choose with --select or --axes"},
    {{"HNU", "HNV"}, NULL, "cannot tell up, north and east"},
    {{"HNZ", "HNN", "HNE"}, "NZE", "NZE"},
    {{"HNZ", "HNN", "HNE"}, "zne", "ZNE"},
    {{"HNX", "HNY", "HNZ"}, "yxz", "YXZ"},
    {{"HN1", "HN2", "HN3"}, "HN1,HN2,HN3", "123"},
    {{"HN1", "HN2", "HN3"}, "1,3,2", "132"},
    {{"HNZ", "HNN", "HNE"}, "Z--", "Z.."},
    {{"HNZ", "HNN", "HNE"}, "-,N,-", ".N."},
    {{"HNZ", "HNN", "HNE"}, "-zn-e", "zNe"},
    {{"HNZ", "HNN", "HNE"}, "z,-HNN,e", "ZnE"},
    {{"HNU", "HNV", "HNW"}, "uvw", "UVW"},
    {{"HNZ", "HNN", "HNE"}, "Z1E", "--axes: XX.TEST.00.HN has no channel ending in '1'"},
    {{"HNZ", "HNN", "HNE"}, "ZZN", "--axes: XX.TEST.00.HNZ is named twice"},
    {{"HNZ", "HNN", "HNE"}, "Z,N,HNN", "--axes: XX.TEST.00.HNN is named twice"},
    {{"HNZ", "HNN", "HNE"}, "---", "XX.TEST.00.HN: --axes leaves no component"},
    {{"HNZ", "HNN", "HNE"}, "ZN", "--axes: name three channels"},
    {{"HNZ", "HNN", "HNE"}, "", "--axes: name three channels"},
    {{"HNZ", "HNN", "HNE"}, "Z,N", "--axes: name three channels"},
    {{"HNZ", "HNN", "HNE"}, "Z,,N", "--axes: name three channels"},
    {{"HNZ", "HNN", "HNE"}, "ZNEZ", "--axes: more than three names"},
    {{"HNZ", "HNN", "HNE"}, "Z,N,E,", "--axes: more than three names"},
    {{"HNZ", "HNN", "HNE"}, "Z,N,E,Z", "--axes: more than three names"},
};

static void axes_find_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
        struct trace_conf conf = {.axes = axes[i].axes};
        char name[64];
        for (int c = 0; c < 4 && axes[i].channels[c]; c++) {
            snprintf(name, sizeof name, "XX.TEST.00.%s", axes[i].channels[c]);
            put_channel(name, 0, 10);
        }
        put_file("a");
        snprintf(name, sizeof name, "row %zu, --axes %s", i, axes[i].axes ? axes[i].axes : "none");
        int result = open_one(&conf, "a");
        if (strlen(axes[i].want) != 3) {
            want_error(result, name, axes[i].want);
            continue;
        }
        if (result < 0)
            fail_msg("%s: '%s'", name, err.text);
        read_record(0, BLOCK_MAX);
        assert_int_equal(got.n, 10);
        for (int a = 0; a < AXES; a++) {
            char letter = axes[i].want[a], upper[2] = {(char)(letter & ~0x20), 0};
            double want = letter == '.' ? 0 : count(letter < 'A' ? (char[2]){letter, 0} : upper, 3);
            if (letter >= 'a')
                want = -want; /* turned round */
            if (got.value[3][a] != want)
                fail_msg("%s: axis %d is %g, not %g", name, a, got.value[3][a], want);
        }
    }
}

/* ---- StationXML ---- */

struct xml_channel {
    const char *code; /* HNZ */
    double azimuth_deg, dip_deg, sensitivity;
    const char *units;
};

static void put_xml(const char *path, const struct xml_channel *c, size_t n)
{
    char text[8192];
    int at = snprintf(text, sizeof text,
                      "<?xml version=\"1.0\"?>\n<FDSNStationXML xmlns=\"http://www.fdsn.org/xml/station/1\" "
                      "schemaVersion=\"1.1\"><Network code=\"XX\"><Station code=\"TEST\">");

    for (size_t i = 0; i < n && c[i].code; i++)
        at += snprintf(text + at, sizeof text - (size_t)at,
                       "<Channel code=\"%s\" locationCode=\"00\"><Azimuth>%g</Azimuth><Dip>%g</Dip><Response>"
                       "<InstrumentSensitivity><Value>%g</Value><Frequency>1</Frequency><InputUnits><Name>%s"
                       "</Name></InputUnits></InstrumentSensitivity></Response></Channel>\n",
                       c[i].code, c[i].azimuth_deg, c[i].dip_deg, c[i].sensitivity, c[i].units);
    snprintf(text + at, sizeof text - (size_t)at, "</Station></Network></FDSNStationXML>\n");
    fake_file_put_text(&fake, path, text);
}

static void put_three(const char *codes) /* "ZNE" */
{
    for (int c = 0; c < 3; c++) {
        char code[32];
        snprintf(code, sizeof code, "XX.TEST.00.HN%c", codes[c]);
        put_channel(code, 0, 200);
    }
    put_file("a");
}

static void stationxml_gives_scale_and_polarity(void **state)
{
    static const struct xml_channel channels[] = {
        {"HNZ", 0, -90, 2e5, "M/S**2"}, {"HNN", 0, 0, -4e5, "m/s^2"}, {"HNE", 90, 0, 1e3, "cm/s**2"}};
    static const double scale[] = {1 / 2e5, -1 / 4e5, 1e-5};
    const char *paths[3][PATHS] = {{"a", "a.xml"}, {"a.xml", "a"}, {"a"}};

    (void)state;
    put_three("ZNE");
    put_xml("a.xml", channels, 3);
    for (int order = 0; order < 4; order++) { /* among the files, before or behind, as an option, as a pipe */
        struct trace_conf conf = {.stationxml = order == 2 ? "a.xml" : NULL};
        fake_file_find(&fake, "a.xml")->pipe = order == 3;
        assert_int_equal(open_paths(&conf, paths[order == 3 ? 0 : order]), 0);
        const struct trace_info *info = trace_record(trace, 0);
        assert_int_equal(trace_records(trace), 1);
        assert_int_equal(info->unit, UNIT_MPS2);
        assert_false(info->rotate);
        read_record(0, BLOCK_MAX);
        assert_int_equal(got.n, 200);
        for (int a = 0; a < AXES; a++) {
            const char *letter = (const char *[]){"Z", "N", "E"}[a];
            assert_float_equal(info->component[a].scale, scale[a], 1e-12);
            assert_float_equal(info->component[a].lsb, fabs(scale[a]), 1e-12);
            assert_float_equal(got.value[7][a], (float)(count(letter, 7) * scale[a]), 1e-9);
        }
    }
}

static void the_user_s_scale_rules(void **state)
{
    static const struct xml_channel channels[] = {
        {"HNZ", 0, -90, 2e5, "M/S"}, {"HNN", 0, 0, 2e5, "M/S"}, {"HNE", 90, 0, 2e5, "M/S"}};
    static const struct {
        size_t scales;
        double scale[AXES];
        bool velocity;
        enum unit unit;
        double want[AXES];
    } rows[] = {
        {0, {0}, false, UNIT_MPS, {5e-6, 5e-6, 5e-6}},
        {1, {3}, false, UNIT_MPS2, {3, 3, 3}},
        {3, {1, -2, 4}, false, UNIT_MPS2, {1, -2, 4}},
        {1, {3}, true, UNIT_MPS, {3, 3, 3}},
    };

    (void)state;
    put_three("ZNE");
    put_xml("a.xml", channels, 3);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trace_conf conf = {.scales = rows[i].scales, .velocity = rows[i].velocity};
        memcpy(conf.scale, rows[i].scale, sizeof conf.scale);
        assert_int_equal(open_paths(&conf, (const char *[PATHS]){"a", "a.xml"}), 0);
        assert_int_equal(trace_record(trace, 0)->unit, rows[i].unit);
        for (int a = 0; a < AXES; a++) {
            assert_float_equal(trace_record(trace, 0)->component[a].scale, rows[i].want[a], 1e-12);
            assert_float_equal(trace_record(trace, 0)->component[a].lsb, fabs(rows[i].want[a]), 1e-12);
        }
    }
}

static const struct {
    const char *name, *codes; /* as Z N E slots */
    double azimuth_deg[AXES], dip_deg[AXES];
    bool rotate; /* true: to_zne turns what they measure into Z N E; false: it is the unit matrix */
} orientations[] = {
    {"as the letters say", "ZNE", {0, 0, 90}, {-90, 0, 0}, false},
    {"within half a degree", "ZNE", {0, 0.4, 90.4}, {-90, 0, 0}, false},
    {"turned by 30 degrees", "Z12", {0, 30, 120}, {-90, 0, 0}, true},
    {"a left-handed pair", "Z12", {0, 30, 300}, {-90, 0, 0}, true},
    {"a vertical that points down", "ZNE", {0, 0, 90}, {90, 0, 0}, true},
    {"a leaning borehole", "Z12", {40, 10, 102}, {-80, 3, -8}, true},
    {"three on a corner", "ZNE", {0, 120, 240}, {-35.26, -35.26, -35.26}, true},
    {"all the same is no orientation", "ZNE", {0, 0, 0}, {-90, -90, -90}, false},
    {"two nearly the same neither", "ZNE", {0, 20, 35}, {-90, 0, 0}, false},
};

static void orientation_turns_into_zne(void **state)
{
    static const double want[AXES] = {3, -2, 5}; /* Z N E */

    (void)state;
    for (size_t i = 0; i < sizeof orientations / sizeof *orientations; i++) {
        struct xml_channel c[AXES];
        char code[AXES][4];
        put_three(orientations[i].codes);
        for (int a = 0; a < AXES; a++) {
            snprintf(code[a], 4, "HN%c", orientations[i].codes[a]);
            c[a] = (struct xml_channel){code[a], orientations[i].azimuth_deg[a], orientations[i].dip_deg[a],
                                        1, "M/S**2"};
        }
        put_xml("a.xml", c, AXES);
        assert_int_equal(open_paths(NULL, (const char *[PATHS]){"a", "a.xml"}), 0);
        const struct trace_info *info = trace_record(trace, 0);
        if (info->rotate != orientations[i].rotate)
            fail_msg("%s: rotate is %d", orientations[i].name, info->rotate);
        double measured[AXES], zne[AXES] = {0};
        for (int a = 0; a < AXES; a++) {
            const struct trace_component *t = &info->component[a];
            double azimuth = t->azimuth_deg * M_PI / 180, dip = t->dip_deg * M_PI / 180;
            assert_true(t->oriented);
            measured[a] =
                orientations[i].rotate
                    ? cos(dip) * (want[1] * cos(azimuth) + want[2] * sin(azimuth)) - sin(dip) * want[0]
                    : want[a];
        }
        for (int k = 0; k < AXES; k++)
            for (int a = 0; a < AXES; a++)
                zne[k] += info->to_zne[k][a] * measured[a];
        for (int k = 0; k < AXES; k++)
            if (fabs(zne[k] - want[k]) > 1e-9)
                fail_msg("%s: axis %d is %g, not %g", orientations[i].name, k, zne[k], want[k]);
    }
}

/* Numbered channels: the steep one is up, the one nearer to east is E, whatever the numbers. */
static void numbered_channels_go_by_orientation(void **state)
{
    static const struct {
        const char *name;
        double azimuth_deg[AXES], dip_deg[AXES]; /* of HN1 HN2 HN3 */
        const char *want;                        /* as Z N E */
    } rows[] = {
        {"in order", {0, 90, 0}, {0, 0, -90}, "312"},
        {"up first", {0, 0, 90}, {-90, 0, 0}, "123"},
        {"east first", {90, 0, 0}, {0, 0, -90}, "321"},
        {"pointing west and south", {270, 180, 0}, {0, 0, -90}, "321"},
        {"down in the middle", {100, 0, 10}, {0, 90, 0}, "231"},
        {"two of them up: by the numbers", {0, 0, 0}, {-90, -90, 0}, "312"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct xml_channel c[AXES];
        static const char *const code[] = {"HN1", "HN2", "HN3"};
        put_three("123");
        for (int a = 0; a < AXES; a++)
            c[a] = (struct xml_channel){code[a], rows[i].azimuth_deg[a], rows[i].dip_deg[a], 1, "M/S**2"};
        put_xml("a.xml", c, AXES);
        assert_int_equal(open_paths(NULL, (const char *[PATHS]){"a", "a.xml"}), 0);
        for (int a = 0; a < AXES; a++)
            if (trace_record(trace, 0)->component[a].code[13] != rows[i].want[a])
                fail_msg("%s: axis %d is %s", rows[i].name, a, trace_record(trace, 0)->component[a].code);
    }
}

static void a_lone_vertical_pointing_down_is_turned(void **state)
{
    static const struct xml_channel down[] = {{"HNZ", 0, 90, 1, "M/S**2"}};

    (void)state;
    put_channel("XX.TEST.00.HNZ", 0, 100);
    put_channel("XX.TEST.00.HNN", 0, 100);
    put_file("a");
    put_xml("a.xml", down, 1);
    /* the other component's unit is not known: said, not guessed */
    want_error(open_paths(NULL, (const char *[PATHS]){"a", "a.xml"}), "mixed",
               "XX.TEST.00.HNN: its unit differs from another component's");
    struct trace_conf conf = {.select = "*.*.*.HNZ"};
    assert_int_equal(open_paths(&conf, (const char *[PATHS]){"a", "a.xml"}), 0);
    assert_true(trace_record(trace, 0)->rotate);
    assert_true(trace_record(trace, 0)->to_zne[AXIS_Z][AXIS_Z] == -1);
}

/* ---- rates ---- */

static void rates_must_agree(void **state)
{
    struct trace_conf conf = {.rate_hz = 50};

    (void)state;
    fake_file_put_text(&fake, "a", "# tocsin-csv 1\n# rate_hz: 100\n# station: S\nz\n1\n2\n");
    fake_file_put_text(&fake, "b", "# tocsin-csv 1\n# rate_hz: 101\n# station: S\nn\n4\n5\n");
    fake_file_put_text(&fake, "c", "# tocsin-csv 1\n# rate_hz: 200\n# station: S\nz\n4\n5\n");
    fake_file_put_text(&fake, "d", "# tocsin-csv 1\n# rate_hz: 100\n# station: S\n# unit: gal\nn\n4\n5\n");
    want_error(open_paths(NULL, (const char *[PATHS]){"a", "b"}), "two rates",
               "S.N: its rate is 101 Hz, another component's 100 Hz");
    want_error(open_paths(NULL, (const char *[PATHS]){"a", "c"}), "two rates in a row",
               "S.Z: rates of 100 and 200 Hz do not go together");
    want_error(open_paths(NULL, (const char *[PATHS]){"a", "d"}), "two units",
               "S.N: its unit differs from another component's");
    assert_int_equal(open_paths(&conf, (const char *[PATHS]){"a", "b"}), 0);
    assert_true(trace_record(trace, 0)->rate_hz == 50);
    read_record(0, 10);
    assert_int_equal(got.n, 2);
}

/* ---- what is refused ---- */

static void what_cannot_be_opened_is_told(void **state)
{
    struct trace_conf conf = {.format = "segy"};

    (void)state;
    fake_file_put(&fake, "empty", "", 0);
    fake_file_put_text(&fake, "prose", "The north wind and the sun\nwere disputing\n");
    fake_file_put(&fake, "garbage", "\xff\xfe\x80\x00\x01\x02", 6);
    want_error(open_one(NULL, "none"), "missing", "none: cannot open: No such file or directory");
    want_error(open_one(NULL, "empty"), "empty", "empty: byte 0: the file is empty");
    want_error(
        open_one(NULL, "prose"), "prose",
        "prose: byte 0: not in a format known here (mseed, sac, knet, openeew, csv); name it with --format");
    want_error(open_one(NULL, "garbage"), "garbage", "garbage: byte 0: not in a format known here");
    want_error(open_one(&conf, "prose"), "format",
               "--format segy: unknown; the formats are mseed, sac, knet, openeew, csv");
    want_error(trace_conf_check(&conf, &err), "check", "--format segy: unknown");
    for (const struct reader *const *r = trace_readers(); *r; r++) {
        static const char *const names[] = {"mseed", "sac", "knet", "openeew", "csv"};
        conf.format = names[r - trace_readers()];
        assert_int_equal(trace_conf_check(&conf, &err), 0);
        want_error(open_one(&conf, "empty"), conf.format, "empty: ");
        want_error(open_one(&conf, "garbage"), conf.format, "garbage: ");
        want_error(open_one(&conf, "prose"), conf.format, "prose: ");
    }
    want_error(open_paths(NULL, (const char *[PATHS]){NULL}), "nothing", "no trace among the files given");
    static const struct xml_channel one[] = {{"HNZ", 0, 90, 1, "M/S**2"}};
    put_xml("a.xml", one, 1);
    want_error(open_one(NULL, "a.xml"), "StationXML alone", "no trace among the files given");
    conf = (struct trace_conf){.stationxml = "prose"};
    want_error(open_one(&conf, "empty"), "no StationXML", "prose: ");
    char path[5000];
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = 0;
    fake.file[0].path[0] = 0;
    want_error(open_one(NULL, path), "a long path", "cannot open");
}

static void too_many_channels_are_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 26; i++) {
        char code[32];
        snprintf(code, sizeof code, "XX.TEST.00.HN%c", 'A' + i);
        put_channel(code, 0, 10);
    }
    put_file("a");
    want_error(open_one(NULL, "a"), "26", "more than 24 channels in one instrument; choose with --select");
}

/* ---- standard input ---- */

static int stdin_at;

static ssize_t read_0(void *ctx, int fd, void *to, size_t size)
{
    return fake_read(ctx, fd == 0 ? stdin_at : fd, to, size);
}

static int64_t seek_0(void *ctx, int fd, int64_t offset)
{
    return fake_seek(ctx, fd == 0 ? stdin_at : fd, offset);
}

static void use_stdin(const char *path, bool pipe)
{
    fake_file_find(&fake, path)->pipe = pipe;
    stdin_at = fake.sys.open_read(&fake, path);
    fake.sys.read = read_0;
    fake.sys.seek = seek_0;
}

/* A pipe, or a file redirected, whose one position all components share. */
static void standard_input_works(void **state)
{
    (void)state;
    for (int pipe = 0; pipe < 2; pipe++) {
        for (int k = 0; k < 40; k++) { /* longer than what is looked at of a pipe */
            put_channel("XX.TEST.00.HNZ", k * 400, 400);
            put_channel("XX.TEST.00.HNN", k * 400, 400);
            put_channel("XX.TEST.00.HNE", k * 400, 400);
        }
        put_file("a");
        assert_true(fake_file_find(&fake, "a")->size > 200000);
        use_stdin("a", pipe);
        assert_int_equal(open_one(NULL, "-"), 0);
        assert_int_equal(trace_records(trace), 1);
        read_record(0, BLOCK_MAX);
        if (got.status != SOURCE_END)
            fail_msg("%s", err.text);
        assert_int_equal(got.n, 16000);
        for (size_t i = 0; i < got.n; i++)
            for (int a = 0; a < AXES; a++)
                assert_true(got.value[i][a] == count((const char *[]){"Z", "N", "E"}[a], (int64_t)i));
        fake.sys.close(&fake, stdin_at);
    }
}

static void standard_input_is_given_once(void **state)
{
    (void)state;
    put_channel("XX.TEST.00.HNZ", 0, 400);
    put_file("a");
    for (int pipe = 0; pipe < 2; pipe++) {
        use_stdin("a", pipe);
        want_error(open_paths(NULL, (const char *[PATHS]){"-", "-"}), "twice",
                   "standard input: it is given twice");
        fake.sys.close(&fake, stdin_at);
    }
}

/* ---- memory and faults ---- */

static void put_long(int order, int n)
{
    if (order == 0) { /* a table */
        used = (size_t)sprintf((char *)bytes, "# tocsin-csv 1\n# rate_hz: 100\nz,n,e\n");
        for (int i = 0; i < n; i++)
            used += (size_t)sprintf((char *)bytes + used, "%d,%d,%d\n", i % 97, i % 89, i % 83);
    } else if (order == 1) { /* one component behind the other */
        put_channel("XX.TEST.00.HNZ", 0, n);
        put_channel("XX.TEST.00.HNN", 0, n);
        put_channel("XX.TEST.00.HNE", 0, n);
    } else { /* in turn */
        for (int i = 0; i < n; i += 1000) {
            put_channel("XX.TEST.00.HNZ", i, 1000);
            put_channel("XX.TEST.00.HNN", i, 1000);
            put_channel("XX.TEST.00.HNE", i, 1000);
        }
    }
    put_file("a");
}

static size_t peak_of_reading(bool pipe)
{
    struct block b;
    enum source_status status;

    trace_close(trace);
    trace = NULL;
    assert_int_equal(fake.live_bytes, 0);
    fake.peak_bytes = 0;
    fake_file_find(&fake, "a")->pipe = pipe;
    assert_int_equal(open_one(NULL, "a"), 0);
    assert_int_equal(trace_start(trace, 0, &err), 0);
    while ((status = trace_read(trace, &b, BLOCK_MAX, &err)) == SOURCE_BLOCK)
        continue;
    if (status != SOURCE_END)
        fail_msg("%s", err.text);
    return fake.peak_bytes;
}

static void memory_does_not_grow_with_the_file(void **state)
{
    (void)state;
    for (int order = 0; order < 3; order++)
        for (int pipe = 0; pipe < (order == 1 ? 1 : 2); pipe++) {
            put_long(order, 20000);
            size_t first = peak_of_reading(pipe);
            put_long(order, 400000);
            size_t second = peak_of_reading(pipe);
            if (second > first + 1024 || second > 4 * 1024 * 1024)
                fail_msg("order %d pipe %d: %zu bytes, then %zu", order, pipe, first, second);
        }
}

/* Components one behind the other in a pipe: what waits is bounded, more is refused in words. */
static void a_pipe_cannot_hold_back_much(void **state)
{
    struct block b;
    enum source_status status;

    (void)state;
    put_long(1, 400000);
    fake_file_find(&fake, "a")->pipe = true;
    struct trace_conf conf = {0};
    assert_int_equal(open_one(&conf, "a"), 0); /* what is seen of it is one component */
    assert_int_equal(trace_record(trace, 0)->axis_mask, 1);
    trace_close(trace);
    trace = NULL;
    put_channel("XX.TEST.00.HNZ", 0, 100);
    put_channel("XX.TEST.00.HNN", 0, 100);
    put_channel("XX.TEST.00.HNZ", 100, 400000);
    put_file("a");
    fake.peak_bytes = 0;
    assert_int_equal(open_one(&conf, "a"), 0);
    assert_int_equal(trace_start(trace, 0, &err), 0);
    while ((status = trace_read(trace, &b, BLOCK_MAX, &err)) == SOURCE_BLOCK)
        continue;
    assert_int_equal(status, SOURCE_FAILED);
    if (strncmp(err.text, "a: byte ", 8) != 0 ||
        !strstr(err.text, "components lie more than 262144 samples apart"))
        fail_msg("'%s'", err.text);
    assert_true(fake.peak_bytes < 12 * 1024 * 1024);
}

/* Small files of every shape for the faults below: {paths}. */
static const char *const *put_faulty(int kind)
{
    static const struct xml_channel xml[] = {
        {"HNZ", 0, -90, 2e5, "M/S**2"}, {"HNN", 30, 0, 2e5, "M/S**2"}, {"HNE", 120, 0, 2e5, "M/S**2"}};
    static const char *const paths[][PATHS] = {{"a"}, {"a", "a.xml"}, {"a.sac", "b.sac", "c.sac"}, {"a"}};

    if (kind == 0) {
        fake_file_put_text(
            &fake, "a",
            "# tocsin-csv 1\n# rate_hz: "
            "100\ntime_s,z,n,e\n0,1,2,3\n0.01,1,2,3\n0.02,1,2,3\n0.07,4,5,6\n0.08,4,5,6\n0.09,1,1,1\n");
    } else if (kind == 1) {
        put_three("ZNE");
        put_xml("a.xml", xml, 3);
    } else if (kind == 2) {
        put_sac("a.sac", "HNZ", 0, 200);
        put_sac("b.sac", "HNN", 10, 200);
        put_sac("c.sac", "HNN", 220, 200);
    } else {
        put_channel("XX.TEST.00.HNZ", 0, 300);
        put_channel("XX.OTHER.00.HNZ", 0, 300);
        put_file("a");
        fake_file_find(&fake, "a")->pipe = true;
    }
    return paths[kind];
}

static size_t read_all(const char *const *paths)
{
    size_t n = 0;

    if (open_paths(NULL, paths) < 0)
        return 0;
    for (size_t r = 0; r < trace_records(trace); r++) {
        read_record(r, BLOCK_MAX);
        if (got.status != SOURCE_END)
            return 0;
        n += got.n;
    }
    return n;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++)
        for (int all = 0; all < 2; all++) {
            const char *const *paths = put_faulty(kind);
            size_t good = read_all(paths), n = 0;
            assert_true(good > 0);
            long at = 0;
            for (bool failed = true; failed;) {
                fake.fail_alloc_at = ++at;
                fake.fail_all_after = all;
                n = read_all(paths);
                failed = n == 0;
                if (failed && !err.text[0])
                    fail_msg("kind %d: allocation %ld: no message", kind, at);
                if (failed && !strstr(err.text, "memory"))
                    fail_msg("kind %d: allocation %ld: '%s'", kind, at, err.text);
                fake.fail_alloc_at = 0;
                trace_close(trace);
                trace = NULL;
                if (fake.live_allocs || fake.open_fds)
                    fail_msg("kind %d: allocation %ld: %ld left", kind, at, fake.live_allocs);
            }
            assert_int_equal(n, good);
            assert_true(at > 6);
        }
}

static void every_read_may_fail(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        const char *const *paths = put_faulty(kind);
        size_t good = read_all(paths);
        for (int64_t at = 0; at < 2000; at += 61) {
            fake.read_eio_at = at;
            if (read_all(paths) == 0 && !strstr(err.text, ": cannot read: Input/output error"))
                fail_msg("kind %d: EIO at %lld: '%s'", kind, (long long)at, err.text);
            fake.read_eio_at = -1;
        }
        for (size_t most = 1; most < 2000; most = most * 3 + 1) {
            fake.read_max = most;
            fake.eintr_reads = 5;
            assert_int_equal(read_all(paths), good);
        }
        fake.read_max = 0;
    }
}

/* A file that shrank, grew or vanished between the look at it and the reading: an error, no crash. */
static void files_may_change_underneath(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++)
        for (size_t size = 0; size < 1200; size += 100) {
            const char *const *paths = put_faulty(kind);
            assert_int_equal(open_paths(NULL, paths), 0);
            struct fake_file *f = fake_file_find(&fake, paths[0]);
            f->size = size < f->size ? size : f->size;
            read_record(0, BLOCK_MAX);
            if (got.status == SOURCE_FAILED && strncmp(err.text, paths[0], strlen(paths[0])) != 0)
                fail_msg("kind %d: '%s'", kind, err.text);
            f->open_errno = ENOENT;
            read_record(0, BLOCK_MAX);
            assert_int_equal(got.status, SOURCE_FAILED);
            f->open_errno = 0;
        }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(components_share_a_window),
        TEST(pipes_give_the_same),
        TEST(sac_files_continue_each_other),
        TEST(components_without_times_begin_together),
        TEST(a_sample_that_is_no_number_is_missing),
        TEST(a_scale_that_overflows_loses_samples),
        TEST(stations_are_records_of_their_own),
        TEST(channels_are_selected),
        TEST(axes_find_their_place),
        TEST(stationxml_gives_scale_and_polarity),
        TEST(the_user_s_scale_rules),
        TEST(orientation_turns_into_zne),
        TEST(numbered_channels_go_by_orientation),
        TEST(a_lone_vertical_pointing_down_is_turned),
        TEST(rates_must_agree),
        TEST(what_cannot_be_opened_is_told),
        TEST(too_many_channels_are_refused),
        TEST(standard_input_works),
        TEST(standard_input_is_given_once),
        TEST(memory_does_not_grow_with_the_file),
        TEST(a_pipe_cannot_hold_back_much),
        TEST(every_allocation_may_fail),
        TEST(every_read_may_fail),
        TEST(files_may_change_underneath),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
