/* Files in, blocks of Z N E out: windows, gaps and overlaps, pipes, memory and faults. */
#include "io/reader.h"
#include "tests/unit/io/trace_run.h"

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
    {"a gap of one sample", "Z0+800 N0+300 N301+499 E0+800", 7, 0, 799, 799, 0, 1, 0},
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

/* Thirty files in a row, three components each: what is read to its end is closed. */
static void a_long_row_of_files_keeps_few_open(void **state)
{
    char name[30][16];
    const char *path[30];
    int most = 0;
    struct block b;

    (void)state;
    for (int i = 0; i < 30; i++) {
        snprintf(name[i], sizeof name[i], "%d.mseed", i);
        path[i] = name[i];
        for (int c = 0; c < AXES; c++)
            put_channel((const char *[]){"XX.TEST.00.HNZ", "XX.TEST.00.HNN", "XX.TEST.00.HNE"}[c], i * 300,
                        300);
        put_file(path[i]);
    }
    struct trace_conf conf = {0};
    assert_int_equal(trace_open(&trace, &fake.sys, path, 30, &conf, &err), 0);
    assert_int_equal(trace_start(trace, 0, &err), 0);
    size_t n = 0;
    while (trace_read(trace, &b, BLOCK_MAX, &err) == SOURCE_BLOCK) {
        n += b.n;
        most = fake.open_fds > most ? fake.open_fds : most;
    }
    assert_int_equal(n, 9000);
    assert_in_range(most, 1, AXES);
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
    want_error(open_one(NULL, "prose"), "prose", "prose: byte 0: not in a format known here (mseed, sac");
    want_error(open_one(NULL, "prose"), "prose", "; name it with --format, or");
    want_error(open_one(NULL, "garbage"), "garbage", "garbage: byte 0: not in a format known here");
    want_error(open_one(&conf, "prose"), "format", "--format segy: unknown; the formats are mseed, sac");
    want_error(trace_conf_check(&conf, &err), "check", "--format segy: unknown");
    for (const struct reader *const *r = trace_readers(); *r; r++) {
        conf.format = (*r)->name;
        /* The one that no file can be recognised as must be told where its numbers stand. */
        conf.columns = strcmp(conf.format, "columns") == 0 ? "1,2,3" : NULL;
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

/* Any byte may be wrong: an error that names its file, or other samples; never a crash, a leak or a hang. */
static void damaged_bytes_are_survived(void **state)
{
    uint32_t x = 1;
    int refused = 0, read = 0;

    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        const char *const *paths = put_faulty(kind);
        struct fake_file *f = fake_file_find(&fake, paths[0]);
        unsigned char *good = malloc(f->size);
        memcpy(good, f->data, f->size);
        for (int i = 0; i < 600; i++) {
            for (int k = i % 4; k >= 0; k--) {
                size_t most = i % 2 == 0 && f->size > 700 ? 700 : f->size; /* half of them in front */
                x = x * 1664525 + 1013904223;
                size_t at = (x >> 8) % most;
                x = x * 1664525 + 1013904223;
                f->data[at] = (unsigned char)(k % 2 ? x >> 24 : f->data[at] ^ 1u << (x >> 29));
            }
            if (read_all(paths) > 0)
                read++;
            else if (refused++, !err.text[0])
                fail_msg("kind %d, round %d: no message", kind, i);
            memcpy(f->data, good, f->size);
        }
        free(good);
    }
    assert_true(refused > 200 && read > 200);
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
        TEST(a_long_row_of_files_keeps_few_open),
        TEST(components_without_times_begin_together),
        TEST(a_sample_that_is_no_number_is_missing),
        TEST(a_scale_that_overflows_loses_samples),
        TEST(what_cannot_be_opened_is_told),
        TEST(standard_input_works),
        TEST(standard_input_is_given_once),
        TEST(memory_does_not_grow_with_the_file),
        TEST(a_pipe_cannot_hold_back_much),
        TEST(every_allocation_may_fail),
        TEST(every_read_may_fail),
        TEST(damaged_bytes_are_survived),
        TEST(files_may_change_underneath),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
