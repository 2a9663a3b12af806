/* Tables without names of their columns, and rows at uneven times: what docs/formats.md promises. */
#include "tests/unit/io/text_file.h"
#include "tests/unit/near.h"

static struct reader_run *run_table(const struct trace_conf *conf, const char *text, int *result)
{
    struct reader_run *run = reader_run_new();

    run->conf = *conf;
    *result = reader_run_bytes(run, &reader_columns, text, strlen(text));
    return run;
}

#define ROWS "9,1,2,3,9\n9,4,5,6,9\n9,7,8,9,9\n"

static const struct {
    const char *name;
    struct trace_conf conf;
    const char *text;
    const char *axes; /* as found; NULL: refused, with: */
    const char *want;
    double first[3]; /* values of the first sample */
    int n;
} tables[] = {
    {"three columns", {.columns = "2,3,4", .rate_hz = 100}, ROWS, "ZNE", NULL, {1, 2, 3}, 3},
    {"in another order", {.columns = "4,2,3", .rate_hz = 100}, ROWS, "ZNE", NULL, {3, 1, 2}, 3},
    {"one column is Z", {.columns = "3", .rate_hz = 100}, ROWS, "Z", NULL, {2}, 3},
    {"one column that is N", {.columns = "-,3,-", .rate_hz = 100}, ROWS, "N", NULL, {2}, 3},
    {"no vertical", {.columns = "-,2,3", .rate_hz = 100}, ROWS, "NE", NULL, {1, 2}, 3},
    {"every number", {.columns = "all", .rate_hz = 100}, ROWS, "Z", NULL, {9}, 15},
    {"every number is E", {.columns = "-,-,all", .rate_hz = 100}, "1 2\n3\n4 5 6\n", "E", NULL, {1}, 6},
    {"a single column", {.columns = "1", .rate_hz = 100}, "1.5\n2.5\n", "Z", NULL, {1.5}, 2},
    {"semicolons and decimal commas",
     {.columns = "2", .rate_hz = 100},
     "0;1,5\n0;2,5\n",
     "Z",
     NULL,
     {1.5},
     2},
    {"tabs", {.columns = "2", .rate_hz = 100}, "0\t1.5\n0\t2.5\n", "Z", NULL, {1.5}, 2},
    {"blanks", {.columns = "2", .rate_hz = 100}, "  0   1.5 \n  0   2.5\n", "Z", NULL, {1.5}, 2},
    {"blanks behind commas", {.columns = "2", .rate_hz = 100}, "0, 1.5\n0, 2.5\n", "Z", NULL, {1.5}, 2},
    {"quotes", {.columns = "2", .rate_hz = 100}, "\"0\",\"1.5\"\n", "Z", NULL, {1.5}, 1},
    {"line ends of another system",
     {.columns = "2", .rate_hz = 100},
     "0,1.5\r\n0,2.5\r\n",
     "Z",
     NULL,
     {1.5},
     2},
    {"a heading is passed over",
     {.columns = "2", .rate_hz = 100},
     "laundry has started\ntime, x\n\n# note\n0, 1.5\n0, 2.5\n",
     "Z",
     NULL,
     {1.5},
     2},
    {"numbers in front are skipped when told",
     {.columns = "2", .rate_hz = 100, .skip_lines = 2},
     "0,9\n0,9\n0,1.5\n",
     "Z",
     NULL,
     {1.5},
     1},
    {"a remark and a blank line between rows",
     {.columns = "1", .rate_hz = 100},
     "1\n# x\n\n2\n",
     "Z",
     NULL,
     {1},
     2},
    {"a missing value", {.columns = "2", .rate_hz = 100}, "0,1.5\n0,\n0,nan\n0,2.5\n", "Z", NULL, {1.5}, 4},
    {"the last line torn", {.columns = "1", .rate_hz = 100}, "1,9\n2,9\n3", "Z", NULL, {1}, 2},
    {"the last line whole, without its end",
     {.columns = "1", .rate_hz = 100},
     "1,9\n2,9\n3,9",
     "Z",
     NULL,
     {1},
     3},
    {"a time column gives the rate",
     {.columns = "2", .time_column = 1},
     "0.00,1\n0.01,2\n0.02,3\n0.03,4\n",
     "Z",
     NULL,
     {1},
     4},
    {"in ms",
     {.columns = "2", .time_column = 1, .time_unit = "ms"},
     "0,1\n10,2\n20,3\n30,4\n",
     "Z",
     NULL,
     {1},
     4},
    {"in ns",
     {.columns = "2", .time_column = 1, .time_unit = "ns"},
     "0,1\n10000000,2\n20000000,3\n",
     "Z",
     NULL,
     {1},
     3},

    {"a short row that is not the last",
     {.columns = "1", .rate_hz = 100},
     "1,9\n2\n3,9\n",
     NULL,
     "t: line 2: 1 cells, but 2 in the first row",
     {0},
     0},
    {"a short last row with its line end",
     {.columns = "1", .rate_hz = 100},
     "1,9\n2\n",
     NULL,
     "t: line 2: 1 cells, but 2 in the first row",
     {0},
     0},
    {"a long row", {.columns = "1", .rate_hz = 100}, "1,9\n2,9,9\n", NULL, "t: line 2: 3 cells", {0}, 0},
    {"a word",
     {.columns = "2", .rate_hz = 100},
     "9,1\n9,x\n",
     NULL,
     "t: line 2: column '2': 'x' is not a number",
     {0},
     0},
    {"a heading where --skip ends",
     {.columns = "2", .rate_hz = 100, .skip_lines = 1},
     "a,b\nc,d\n0,1\n",
     NULL,
     "t: line 2: not a row with numbers in the columns 2",
     {0},
     0},
    {"no such column",
     {.columns = "3", .rate_hz = 100},
     "1,2\n1,2\n",
     NULL,
     "t: line 2: the file ends before a row",
     {0},
     0},
    {"only words",
     {.columns = "1", .rate_hz = 100},
     "a\nb\n",
     NULL,
     "t: line 2: the file ends before a row",
     {0},
     0},
    {"an empty file",
     {.columns = "1", .rate_hz = 100},
     "",
     NULL,
     "t: line 0: the file ends before a row",
     {0},
     0},
    {"too much to skip",
     {.columns = "1", .rate_hz = 100, .skip_lines = 5},
     "1\n2\n",
     NULL,
     "t: line 2: the file ends within the 5 lines to skip",
     {0},
     0},
    {"no rate",
     {.columns = "1"},
     "1\n2\n",
     NULL,
     "t: line 2: no rate: say --rate 100, or --time-column N",
     {0},
     0},
    {"a time that is a word",
     {.columns = "2", .time_column = 1},
     "0,1\nx,2\n",
     NULL,
     "t: line 2: column '1': 'x' is not a time",
     {0},
     0},
    {"--t0 and dates",
     {.columns = "2", .time_column = 1, .has_t0 = true},
     "2024-01-24T10:51:28Z,1\n2024-01-24T10:51:29Z,2\n",
     NULL,
     "t: line 2: the file ends before a row",
     {0},
     0},
};

static void tables_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        int result;
        struct reader_run *run = run_table(&tables[i].conf, tables[i].text, &result);
        const char *name = tables[i].name;
        if (tables[i].want) {
            if (result != -1 || strncmp(run->err.text, tables[i].want, strlen(tables[i].want)) != 0)
                fail_msg("%s: %d '%s'", name, result, run->err.text);
        } else {
            if (result != 0)
                fail_msg("%s: %s", name, run->err.text);
            if (run->channels.n != strlen(tables[i].axes))
                fail_msg("%s: %zu channels", name, run->channels.n);
            for (size_t c = 0; c < run->channels.n; c++) {
                const struct channel *ch = &run->channels.at[c];
                if (ch->axis != tables[i].axes[c] || run->n[c] != (size_t)tables[i].n ||
                    run->value[c][0] != tables[i].first[c] || ch->samples != tables[i].n ||
                    ch->rate_hz != 100 || ch->unit != UNIT_UNKNOWN)
                    fail_msg("%s: %c, %zu samples (%lld said), the first %g, %g Hz", name, ch->axis,
                             run->n[c], (long long)ch->samples, run->value[c][0], ch->rate_hz);
            }
        }
        assert_false(run->probed);
        reader_run_free(run);
    }
}

static const struct {
    const char *name;
    struct trace_conf conf;
    const char *want; /* NULL: fine */
} options[] = {
    {"nothing", {0}, NULL},
    {"a format of its own", {.format = "knet"}, NULL},
    {"columns alone", {.columns = "3,4,5"}, NULL},
    {"columns and their format", {.format = "columns", .columns = "3,4,5"}, NULL},
    {"--resample of a table with names", {.resample_hz = 100}, NULL},
    {"the format without columns", {.format = "columns"}, "--format columns: say which"},
    {"columns of another format", {.format = "knet", .columns = "1"}, "--columns, --time-column"},
    {"--skip alone", {.skip_lines = 1}, "--columns, --time-column"},
    {"--t0 alone", {.has_t0 = true}, "--columns, --time-column"},
    {"--time-unit alone", {.time_unit = "s"}, "--columns, --time-column"},
    {"a column of nothing", {.columns = ""}, "--columns : give columns"},
    {"column 0", {.columns = "0"}, "--columns 0: give columns"},
    {"column 65", {.columns = "65"}, "--columns 65: give columns"},
    {"a name", {.columns = "z,n,e"}, "--columns z,n,e: give columns"},
    {"no column", {.columns = "-,-,-"}, "--columns -,-,-: no column at all"},
    {"two columns", {.columns = "1,2"}, "--columns 1,2: give columns"},
    {"four columns", {.columns = "1,2,3,4"}, "--columns 1,2,3,4: more than three columns"},
    {"a column that is there twice", {.columns = "1,2,1"}, "--columns 1,2,1: a column is there twice"},
    {"all and one more", {.columns = "all,2,-"}, "--columns all,2,-: a column is there twice"},
    {"all twice", {.columns = "all,all,-"}, "--columns all,all,-: a column is there twice"},
    {"a time among all", {.columns = "all", .time_column = 1}, "--time-column: there is none"},
    {"the time as Z", {.columns = "1", .time_column = 1}, "--time-column 1: --columns has it too"},
    {"an unknown unit of time",
     {.columns = "2", .time_column = 1, .time_unit = "h"},
     "--time-unit h: give s, ms"},
    {"a unit of no time", {.columns = "2", .time_unit = "ms"}, "--time-unit ms: of which --time-column?"},
    {"two starts",
     {.columns = "2", .time_column = 1, .time_unit = "unix", .has_t0 = true},
     "--t0 and --time-unit unix both give the time"},
    {"--resample without a time", {.columns = "2", .resample_hz = 100}, "--resample: needs a --time-column"},
    {"two rates", {.resample_hz = 100, .rate_hz = 100}, "--resample and --rate: one of them"},
};

static void options_go_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct error err = {""};
        int result = trace_conf_check(&options[i].conf, &err);
        if (result != (options[i].want ? -1 : 0) ||
            (options[i].want && strncmp(err.text, options[i].want, strlen(options[i].want)) != 0))
            fail_msg("%s: %d '%s'", options[i].name, result, err.text);
    }
}

static void times_and_steps(void **state)
{
    static const struct {
        struct trace_conf conf;
        const char *text;
        bool has_time;
        int64_t t0_ns;
        double lsb;
    } cases[] = {
        /* date -u -d '2024-01-24 10:51:28' +%s is 1706093488 */
        {{.columns = "2", .rate_hz = 1}, "0,1\n0,2\n", false, 0, 1},
        {{.columns = "2", .rate_hz = 1}, "0,1\n0,2.5\n", false, 0, 0},
        {{.columns = "2", .rate_hz = 1, .has_t0 = true, .t0_ns = 1706093488000000000},
         "0,1\n0,2\n",
         true,
         1706093488000000000,
         1},
        {{.columns = "2", .time_column = 1, .has_t0 = true, .t0_ns = 1706093488000000000},
         "7.0,1\n7.5,2\n8.0,2\n",
         true,
         1706093488000000000,
         1},
        {{.columns = "2", .time_column = 1, .time_unit = "unix"},
         "1706093488.5,1\n1706093489,2\n",
         true,
         1706093488500000000,
         1},
        {{.columns = "2", .time_column = 1, .time_unit = "unix-ms"},
         "1706093488500,1\n1706093489000,2\n",
         true,
         1706093488500000000,
         1},
        {{.columns = "2", .time_column = 1},
         "2024-01-24 10:51:28.5,1\n2024-01-24 10:51:29.0,2\n",
         true,
         1706093488500000000,
         1},
        /* The first complete row is the first sample; --t0 is of the first row. */
        {{.columns = "2", .time_column = 1, .resample_hz = 10, .has_t0 = true, .t0_ns = 1706093488000000000},
         "7.0,\n7.5,2\n8.0,2\n",
         true,
         1706093488500000000,
         1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int result;
        struct reader_run *run = run_table(&cases[i].conf, cases[i].text, &result);
        if (result != 0)
            fail_msg("case %zu: %s", i, run->err.text);
        const struct channel *c = &run->channels.at[0];
        if (c->has_time != cases[i].has_time || c->t0_ns != cases[i].t0_ns || c->lsb != cases[i].lsb)
            fail_msg("case %zu: time %d %lld, lsb %g", i, c->has_time, (long long)c->t0_ns, c->lsb);
        if (run->piece[0].has_time != cases[i].has_time || run->piece[0].t_ns != cases[i].t0_ns)
            fail_msg("case %zu: the first piece is at %lld", i, (long long)run->piece[0].t_ns);
        reader_run_free(run);
    }
}

static const struct {
    const char *name, *text;
    double rate_hz;
    int n;
    double value[12];
} resampled[] = {
    {"even rows stay what they are", "0,1\n100,2\n200,4\n300,8\n", 10, 3, {1, 2, 4}},
    {"the last row's own time is not reached", "0,1\n100,2\n", 10, 1, {1}},
    {"but a moment before it is", "0,0\n101,101\n", 10, 2, {0, 100}},
    {"twice as many", "0,0\n100,10\n200,0\n", 20, 4, {0, 5, 10, 5}},
    {"half as many", "0,1\n100,9\n200,2\n300,9\n400,3\n450,9\n", 5, 3, {1, 2, 3}},
    {"uneven rows", "0,0\n30,30\n250,250\n320,320\n", 10, 4, {0, 100, 200, 300}},
    {"they begin anywhere", "77,0\n377,300\n", 10, 3, {0, 100, 200}},
    {"of rows at one time the first counts", "0,0\n100,10\n100,99\n200,20\n", 10, 2, {0, 10}},
    {"also at the beginning", "0,0\n0,99\n200,20\n", 10, 2, {0, 10}},
    {"a row with nothing in it is passed over", "0,0\n100,\n150,nan\n200,20\n", 10, 2, {0, 10}},
    {"and one in front", "0,\n100,10\n300,30\n", 10, 2, {10, 20}},
    {"a second without a row is drawn over",
     "0,0\n1000,10\n1100,0\n",
     10,
     11,
     {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
    {"more is a hole", "0,7\n200,8\n1300,7\n1400,0\n1500,0\n", 5, 8, {7, 8, NAN, NAN, NAN, NAN, NAN, 0}},
    {"a rate whose steps are no whole nanoseconds", "0,0\n1000,3\n", 3, 3, {0, 1, 2}},
};

static void rows_are_interpolated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof resampled / sizeof *resampled; i++) {
        const struct trace_conf conf = {
            .columns = "2", .time_column = 1, .time_unit = "ms", .resample_hz = resampled[i].rate_hz};
        int result;
        struct reader_run *run = run_table(&conf, resampled[i].text, &result);
        if (result != 0)
            fail_msg("%s: %s", resampled[i].name, run->err.text);
        if (run->n[0] != (size_t)resampled[i].n || run->channels.at[0].samples != resampled[i].n ||
            run->channels.at[0].rate_hz != resampled[i].rate_hz)
            fail_msg("%s: %zu samples, %lld said", resampled[i].name, run->n[0],
                     (long long)run->channels.at[0].samples);
        for (size_t k = 0; k < run->n[0] && k < 12; k++) {
            double want = resampled[i].value[k], got = run->value[0][k];
            if (isnan(want) ? !isnan(got) : !(fabs(got - want) < 1e-6))
                fail_msg("%s: sample %zu is %g, not %g", resampled[i].name, k, got, want);
        }
        reader_run_free(run);
    }
}

static const struct {
    const char *name, *text, *want;
} unsampled[] = {
    {"time runs backwards", "0,1\n100,2\n50,3\n", "t: line 3: the time runs backwards, by 0.05 s"},
    {"a jump of two days", "0,1\n100,2\n172800100,3\n", "t: line 3: the time jumps by 172800 s"},
    {"one row", "0,1\n", "t: line 1: fewer than two complete rows: nothing to interpolate"},
    {"one complete row", "0,1\n100,\n", "t: line 2: fewer than two complete rows"},
    {"all at one time", "5,1\n5,2\n5,3\n", "t: line 3: fewer than two complete rows"},
};

static void bad_times_are_refused(void **state)
{
    const struct trace_conf conf = {.columns = "2", .time_column = 1, .time_unit = "ms", .resample_hz = 10};

    (void)state;
    for (size_t i = 0; i < sizeof unsampled / sizeof *unsampled; i++) {
        int result;
        struct reader_run *run = run_table(&conf, unsampled[i].text, &result);
        if (result != -1 || strncmp(run->err.text, unsampled[i].want, strlen(unsampled[i].want)) != 0)
            fail_msg("%s: %d '%s'", unsampled[i].name, result, run->err.text);
        reader_run_free(run);
    }
}

/* A chirp at jittered times, against itself: what NumPy's interp would give, to what straight lines leave. */
static void a_long_table_in_pieces(void **state)
{
    enum { ROWS_N = 12000 };
    size_t room = 64 * ROWS_N, at = 0;
    char *text = malloc(room);
    struct trace_conf conf = {.columns = "2,3,4", .time_column = 1, .resample_hz = 200};
    struct reader_run *run = reader_run_new();

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < ROWS_N; i++) {
        double t = i / 400.0 + (i * 7919 % 11 - 5) / 8000.0, v = sin(2 * M_PI * (0.5 + 0.02 * t) * t);
        at += (size_t)snprintf(text + at, room - at, "%.6f,%.9f,%.9f,%d\n", t, v, -v, i);
    }
    run->conf = conf;
    assert_int_equal(reader_run_bytes(run, &reader_columns, text, at), 0);
    double t0 = -5 / 8000.0, last = (ROWS_N - 1) / 400.0 + ((ROWS_N - 1) * 7919 % 11 - 5) / 8000.0;
    assert_int_equal(run->n[0], (size_t)ceil((last - t0) * 200));
    for (size_t k = 0; k < run->n[0]; k++) {
        double t = t0 + (double)k / 200, want = sin(2 * M_PI * (0.5 + 0.02 * t) * t);
        /* h^2 / 8 times the largest second derivative, h = 1/266 s, (2 pi 1.7 Hz)^2 */
        assert_near(run->value[0][k], want, 4e-4);
        assert_near(run->value[1][k], -run->value[0][k], 1e-8);
    }
    assert_true(run->fake.peak_bytes < TEXT_FILE_PEAK_BYTES);
    reader_run_free(run);
    free(text);
}

static void names_and_resampling_go_together(void **state)
{
    static const char text[] = "time_ms,z\n0,0\n30,30\n250,250\n320,320\n", none[] = "z,n\n1,2\n3,4\n";
    struct reader_run *run = reader_run_new();

    (void)state;
    run->conf.resample_hz = 10;
    assert_int_equal(reader_run_bytes(run, &reader_csv, text, sizeof text - 1), 0);
    assert_int_equal(run->n[0], 4);
    assert_near(run->value[0][2], 200, 1e-6);
    assert_int_equal(reader_run_bytes(run, &reader_csv, none, sizeof none - 1), -1);
    assert_string_equal(run->err.text, "t: line 1: --resample needs a time column");
    reader_run_free(run);
}

/* reader_run's faults know no options: here by hand. */
static void survives_faults(void **state)
{
    static const char text[] = "time, x\n0,0\n30,30\n250,250\n320,320\n";
    const struct trace_conf confs[] = {
        {.columns = "2", .time_column = 1, .time_unit = "ms", .resample_hz = 10},
        {.columns = "2", .rate_hz = 10},
        {.columns = "all", .rate_hz = 10},
    };

    (void)state;
    for (size_t i = 0; i < sizeof confs / sizeof *confs; i++) {
        int result;
        struct reader_run *good = run_table(&confs[i], text, &result), *bad = reader_run_new();
        assert_int_equal(result, 0);
        bad->conf = confs[i];
        result = -1;
        fake_file_put(&bad->fake, "t", text, sizeof text - 1);
        for (long at = 1; at < 20 && result < 0; at++) {
            bad->fake.fail_alloc_at = at;
            result = reader_run_file(bad, &reader_columns);
            assert_true(result == 0 || strstr(bad->err.text, "memory"));
        }
        assert_int_equal(result, 0);
        bad->fake.fail_alloc_at = 0;
        for (int64_t at = 0; at < (int64_t)sizeof text - 1; at++) {
            bad->fake.read_eio_at = at;
            assert_int_equal(reader_run_file(bad, &reader_columns), -1);
            assert_non_null(strstr(bad->err.text, "Input/output error"));
        }
        bad->fake.read_eio_at = -1;
        bad->fake.read_max = 1;
        fake_file_find(&bad->fake, "t")->pipe = true;
        assert_int_equal(reader_run_file(bad, &reader_columns), 0);
        assert_int_equal(bad->n[0], good->n[0]);
        assert_memory_equal(bad->value[0], good->value[0], good->n[0] * sizeof **good->value);
        reader_run_free(bad);
        reader_run_free(good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_understood),
        cmocka_unit_test(options_go_together),
        cmocka_unit_test(times_and_steps),
        cmocka_unit_test(rows_are_interpolated),
        cmocka_unit_test(bad_times_are_refused),
        cmocka_unit_test(a_long_table_in_pieces),
        cmocka_unit_test(names_and_resampling_go_together),
        cmocka_unit_test(survives_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
