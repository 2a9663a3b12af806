/* CSV traces: what docs/formats.md promises. */
#include "tests/unit/io/reader_run.h"
#include "tests/unit/near.h"

#define MAGIC "# tocsin-csv 1\n"
#define ROWS  "0.00,1,2,3\n0.01,4,5,6\n0.02,7,8,9\n0.03,1,1,1\n0.04,1,1,1\n0.05,1,1,1\n"

static struct reader_run *run_text(const char *text, int *result)
{
    struct reader_run *run = reader_run_new();

    *result = reader_run_bytes(run, &reader_csv, text, strlen(text));
    return run;
}

static void reads(void **state)
{
    static const char text[] =
        MAGIC "# rate_hz: 100\n# start_utc: 2024-01-24T10:51:28.005Z\n# unit: gal\n"
              "# scale: 0.5\n# station: CI.GR2.01.HN\n# gravity: included\n# note: x: y\n"
              "# comment: z\n# p_s: 12.5\n# a remark\n\ntime_s,z,n,e\n" ROWS;
    int result;
    struct reader_run *run = run_text(text, &result);

    (void)state;
    if (result != 0)
        fail_msg("%s", run->err.text);
    assert_true(run->probed);
    assert_int_equal(run->channels.n, 3);
    assert_true(run->channels.multiplexed);
    for (int i = 0; i < 3; i++) {
        const struct channel *c = &run->channels.at[i];
        assert_string_equal(c->group, "CI.GR2.01.HN");
        assert_int_equal(c->axis, "ZNE"[i]);
        assert_int_equal(c->code[12], "ZNE"[i]);
        assert_true(c->rate_hz == 100);
        assert_int_equal(c->unit, UNIT_MPS2);
        assert_near(c->scale, 0.005, 1e-15);
        assert_near(c->lsb, 0.005, 1e-15);
        assert_true(c->has_time);
        assert_int_equal(c->t0_ns, INT64_C(1706093488005000000));
        assert_int_equal(c->samples, 6);
        assert_true(c->p_s == 12.5 && isnan(c->s_s));
        assert_false(c->oriented);
        assert_int_equal(run->n[i], 6);
        for (int k = 0; k < 3; k++)
            assert_true(run->value[i][k] == 1 + i + 3 * k);
    }
    assert_int_equal(run->pieces, 3);
    assert_true(run->piece[2].has_time && run->piece[2].t_ns == INT64_C(1706093488005000000));
    reader_run_free(run);
}

/* Two lines of columns and numbers, and what is understood. */
static const struct {
    const char *name, *text;
    const char *axes; /* NULL: refused */
    double rate_hz, scale;
    enum unit unit;
    bool utc;
} tables[] = {
    {"relative time gives the rate", "time_s,z,n,e\n" ROWS, "ZNE", 100, 1, UNIT_UNKNOWN, false},
    {"semicolons and decimal commas", "time;x;y;z\n0,00;0,5;2;3\n0,02;1;2;3\n0,04;1;2;3\n", "XYZ", 50, 1,
     UNIT_UNKNOWN, false},
    {"tabs", "relative_time\tz\n0\t1\n0.1\t1\n0.2\t1\n", "Z", 10, 1, UNIT_UNKNOWN, false},
    {"blanks", "time_ms  z  n\n 0  1 2\n 8  1 2\n 16 1 2\n", "ZN", 125, 1, UNIT_UNKNOWN, false},
    {"quoted names with units",
     "\"Time (s)\",\"Acceleration x (m/s^2)\",\"Acceleration y (m/s^2)\",\"Acceleration z (m/s^2)\"\n"
     "0.0,1,2,3\n5.0E-3,1,2,3\n1.0E-2,1,2,3\n",
     "XYZ", 200, 1, UNIT_MPS2, false},
    {"units as the last word", "t_ms,z_g\n0,1\n20,1\n40,1\n", "Z", 50, 9.80665, UNIT_MPS2, false},
    {"velocity", "t,HNZ (cm/s)\n0,1\n0.02,1\n0.04,1\n", "Z", 50, 0.01, UNIT_MPS, false},
    {"channel codes", "utc,BHZ,BH1,BH2\n2024-01-24T10:51:28.00Z,1,2,3\n2024-01-24T10:51:28.02Z,1,2,3\n",
     "Z12", 50, 1, UNIT_UNKNOWN, true},
    {"a time column of dates", "time,z\n2024-01-24 10:51:28.00,1\n2024-01-24 10:51:28.02,1\n", "Z", 50, 1,
     UNIT_UNKNOWN, true},
    {"Unix time", "time_unix,z\n1516791088.00,1\n1516791088.02,1\n1516791088.04,1\n", "Z", 50, 1,
     UNIT_UNKNOWN, true},
    {"columns that are not ours are passed over",
     "timestamp_ms,global_ms,accel_x,accel_y,accel_z,accel_mag,temp_c,gyro_x\n0,9,1,2,3,4,5,6\n5,9,1,2,3,4,5,"
     "6\n",
     "XYZ", 200, 1, UNIT_UNKNOWN, false},
    {"a byte order mark and CRLF", "\xef\xbb\xbftime_s,z\r\n0,1\r\n0.01,2\r\n", "Z", 100, 1, UNIT_UNKNOWN,
     false},
    {"a separator behind the last cell", "time_s,z\n0,1,\n0.01,2,\n", "Z", 100, 1, UNIT_UNKNOWN, false},
    {"two axes called x", "time_s,x,acc_x\n0,1,1\n0.01,1,1\n", NULL, 0, 0, 0, false},
    {"two units", "time_s,x (g),y (gal)\n0,1,1\n0.01,1,1\n", NULL, 0, 0, 0, false},
    {"numbers without names", "0,1,2,3\n0.01,1,2,3\n", NULL, 0, 0, 0, false},
    {"prose", "The north wind and the sun\nwere disputing\n", NULL, 0, 0, 0, false},
    {"names without numbers", "x,y,z\na,b,c\n", NULL, 0, 0, 0, false},
    {"JSON", "{\"x\":[1,2],\"y\":[1,2]}\n{\"x\":[1,2]}\n", NULL, 0, 0, 0, false},
    {"a K-NET file", "Origin Time       2018/01/24 19:51:00\nLat.              41.0\n", NULL, 0, 0, 0, false},
};

static void tables_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        int result;
        struct reader_run *run = run_text(tables[i].text, &result);
        if (!tables[i].axes) {
            if (run->probed && result == 0)
                fail_msg("%s: was taken", tables[i].name);
            reader_run_free(run);
            continue;
        }
        if (result != 0 || !run->probed)
            fail_msg("%s: %d '%s'", tables[i].name, run->probed, run->err.text);
        assert_int_equal(run->channels.n, strlen(tables[i].axes));
        for (size_t a = 0; a < run->channels.n; a++) {
            const struct channel *c = &run->channels.at[a];
            if (c->axis != tables[i].axes[a] || fabs(c->rate_hz - tables[i].rate_hz) > 1e-9 * c->rate_hz ||
                fabs(c->scale - tables[i].scale) > 1e-12 || c->unit != tables[i].unit ||
                c->has_time != tables[i].utc)
                fail_msg("%s: %c %.12g Hz x %g unit %d", tables[i].name, c->axis, c->rate_hz, c->scale,
                         c->unit);
            assert_string_equal(c->group, "t");
        }
        reader_run_free(run);
    }
}

static const struct {
    const char *name, *text, *want; /* part of the error; NULL: reads */
} cases[] = {
    {"the least", MAGIC "# rate_hz: 100\nz\n1\n2\n", NULL},
    {"nothing", "", "t: byte 0: the file is empty"},
    {"another version", "# tocsin-csv 2\nz\n1\n", "t: line 1: tocsin-csv version '2' is not 1"},
    {"comments only", MAGIC "# rate_hz: 100\n", "line 2: the file ends before the line of column names"},
    {"no rows", MAGIC "# rate_hz: 100\nz\n", "line 3: no rows under the column names"},
    {"no names", MAGIC "# rate_hz: 100\n1\n2\n", "line 3: no column names"},
    {"no rate", MAGIC "z\n1\n2\n", "line 4: no rate: no time column and no '# rate_hz: 100'"},
    {"a single row with a time", MAGIC "time_s,z\n0,1\n", "line 3: a single row tells no rate"},
    {"a mistyped key", MAGIC "# rate_hx: 100\nz\n1\n", "line 2: unknown key 'rate_hx'"},
    {"a foreign comment is none of ours", "# created: today\ntime_s,z\n0,1\n0.01,1\n", NULL},
    {"zero rate", MAGIC "# rate_hz: 0\nz\n1\n", "line 2: rate_hz '0' is not a rate from 1 to 20000"},
    {"negative rate", MAGIC "# rate_hz: -100\nz\n1\n", "line 2: rate_hz '-100' is not a rate"},
    {"a rate that is no number", MAGIC "# rate_hz: nan\nz\n1\n", "line 2: rate_hz 'nan'"},
    {"an absurd rate", MAGIC "# rate_hz: 1e12\nz\n1\n", "line 2: rate_hz '1e12'"},
    {"an overflowing rate", MAGIC "# rate_hz: 1e999\nz\n1\n", "line 2: rate_hz '1e999'"},
    {"an absurd rate from the times", MAGIC "time_s,z\n0,1\n1e-7,1\n2e-7,1\n",
     "line 5: the time column gives 1e+07 rows"},
    {"an unknown unit", MAGIC "# unit: furlongs\nz\n1\n", "line 2: unit 'furlongs' is none of m/s^2, gal"},
    {"scale without unit", MAGIC "# rate_hz: 100\n# scale: 2\nz\n1\n", "scale without a unit"},
    {"scale of counts", MAGIC "# rate_hz: 100\n# scale: 2\n# unit: counts\nz\n1\n", "scale without a unit"},
    {"zero scale", MAGIC "# scale: 0\nz\n1\n", "line 2: scale '0' is not a number other than 0"},
    {"a scale that is no number", MAGIC "# scale: nan\nz\n1\n", "line 2: scale 'nan'"},
    {"a bad start", MAGIC "# start_utc: yesterday\nz\n1\n", "line 2: start_utc 'yesterday' is not a time"},
    {"two times", MAGIC "# start_utc: 2024-01-24T10:51:28Z\nutc,z\n2024-01-24T10:51:28Z,1\n",
     "both give the time"},
    {"a pick that is none", MAGIC "# p_s: soon\nz\n1\n", "line 2: p_s 'soon' is not a time in s"},
    {"gravity neither way", MAGIC "# gravity: some\nz\n1\n",
     "line 2: gravity 'some' is neither included nor removed"},
    {"a station with blanks", MAGIC "# station: a b\nz\n1\n", "line 2: station 'a b'"},
    {"axes that are not there", MAGIC "# rate_hz: 100\n# axes: xyz\nz\n1\n",
     "line 4: axes 'xyz' names a column that is not"},
    {"too few axes", MAGIC "# rate_hz: 100\n# axes: xy\nx,y\n1,1\n", "is not three columns, for Z, N and E"},
    {"too many axes", MAGIC "# rate_hz: 100\n# axes: xy--\nx,y\n1,1\n",
     "is not three columns, for Z, N and E"},
    {"one column for two axes", MAGIC "# rate_hz: 100\n# axes: xx-\nx,y\n1,1\n", "names a column twice"},
    {"four axes", MAGIC "# rate_hz: 100\nx,y,z,n\n1,1,1,1\n",
     "line 3: more than three columns of motion ('n')"},
    {"a cell too few", MAGIC "# rate_hz: 100\nx,y,z\n1,1,1\n1,1\n", "line 5: 2 cells under 3 column names"},
    {"a cell too many", MAGIC "# rate_hz: 100\nx,y,z\n1,1,1,1\n", "line 4: 4 cells under 3 column names"},
    {"a word for a number", MAGIC "# rate_hz: 100\nx,y,z\n1,one,1\n",
     "line 4: column 'y': 'one' is not a number"},
    {"hexadecimal", MAGIC "# rate_hz: 100\nz\n0x10\n", "line 4: column 'z': '0x10' is not a number"},
    {"a number that overflows", MAGIC "# rate_hz: 100\nz\n1e400\n",
     "line 4: column 'z': '1e400' is not a number"},
    {"a time that is none", MAGIC "time_s,z\n0,1\nlate,1\n", "line 4: column 'time_s': 'late' is not a time"},
    {"no time", MAGIC "time_s,z\n0,1\n,1\n", "line 4: column 'time_s': '' is not a time"},
    {"an absurd time", MAGIC "time_s,z\n0,1\n1e300,1\n", "line 4: column 'time_s': '1e300' is not a time"},
    {"times that stand still", MAGIC "time_s,z\n0,1\n0,1\n0,1\n0,1\n",
     "line 6: the time column does not advance"},
    {"irregular times", MAGIC "time_s,z\n0,1\n1,1\n1.1,1\n3,1\n3.5,1\n9,1\n",
     "not regular; interpolate with --resample HZ"},
    {"binary", MAGIC "# rate_hz: 100\nz\n1\n\x01\x02\n", "line 5: column 'z': '?\?' is not a number"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int result;
        struct reader_run *run = run_text(cases[i].text, &result);
        if (result != (cases[i].want ? -1 : 0) || (cases[i].want && !strstr(run->err.text, cases[i].want)))
            fail_msg("%s: %d '%s'", cases[i].name, result, run->err.text);
        if (cases[i].want && strncmp(run->err.text, "t: ", 3) != 0)
            fail_msg("%s: '%s' names no file", cases[i].name, run->err.text);
        if (run->fake.peak_bytes > 2 * 1024 * 1024)
            fail_msg("%s: took %zu bytes", cases[i].name, run->fake.peak_bytes);
        reader_run_free(run);
    }
}

static void axes_are_assigned(void **state)
{
    int result;
    struct reader_run *run =
        run_text(MAGIC "# rate_hz: 50\n# unit: g\n# axes: y,-x,-\nx,y,z\n1,2,3\n4,5,6\n", &result);

    (void)state;
    assert_int_equal(result, 0);
    assert_int_equal(run->channels.n, 2);
    assert_int_equal(run->channels.at[0].axis, 'Z');
    assert_int_equal(run->channels.at[1].axis, 'N');
    assert_near(run->channels.at[0].scale, 9.80665, 1e-12);
    assert_near(run->channels.at[1].scale, -9.80665, 1e-12);
    assert_true(run->value[0][1] == 5 && run->value[1][1] == 4);
    reader_run_free(run);
    run = run_text(MAGIC "# rate_hz: 50\n# axes: zyx\nx,y,z\n1,2,3\n", &result);
    assert_int_equal(result, 0);
    assert_true(run->value[0][0] == 3 && run->value[1][0] == 2 && run->value[2][0] == 1);
    assert_int_equal(run->channels.at[2].axis, 'E');
    reader_run_free(run);
}

static void missing_values_are_nan(void **state)
{
    int result;
    struct reader_run *run = run_text(MAGIC "# rate_hz: 50\nx,y,z\n1,,3\nNaN,2,inf\n1,2,3\n", &result);

    (void)state;
    assert_int_equal(result, 0);
    assert_true(isnan(run->value[1][0]) && isnan(run->value[0][1]) && isnan(run->value[2][1]));
    assert_true(run->value[0][0] == 1 && run->value[1][1] == 2 && run->value[2][2] == 3);
    reader_run_free(run);
}

/* With UTC a jump begins a new piece at its own time, forwards and back. */
static void jumps_begin_a_piece(void **state)
{
    struct reader_run *run = reader_run_new();
    char text[8192] = MAGIC "# start_utc: 1970-01-01T00:01:40Z\ntime_s,z\n";

    (void)state;
    for (int i = 0; i < 200; i++) {
        double t_s = 7 + i * 0.01 + (i >= 50 ? 0.05 : 0) - (i >= 150 ? 0.2 : 0);
        sprintf(text + strlen(text), "%.3f,%d\n", t_s, i);
    }
    assert_int_equal(reader_run_bytes(run, &reader_csv, text, strlen(text)), 0);
    assert_true(run->channels.at[0].rate_hz == 100);
    assert_int_equal(run->pieces, 3);
    assert_int_equal(run->piece[0].t_ns, INT64_C(100000000000));
    assert_int_equal(run->piece[0].n, 50);
    assert_int_equal(run->piece[1].t_ns, INT64_C(100550000000));
    assert_int_equal(run->piece[1].n, 100);
    assert_int_equal(run->piece[2].t_ns, INT64_C(101350000000));
    assert_int_equal(run->n[0], 200);
    reader_run_free(run);
}

/* Without UTC the missing samples are counted (NaN here); rows that come before their turn are dropped. */
static void gaps_are_filled(void **state)
{
    struct reader_run *run = reader_run_new();
    char text[8192] = MAGIC "time_s,z\n";

    (void)state;
    for (int i = 0; i < 200; i++)
        sprintf(text + strlen(text), "%.3f,%d\n", i * 0.01 + (i >= 50 ? 0.05 : 0) - (i >= 151 ? 0.009 : 0),
                i);
    assert_int_equal(reader_run_bytes(run, &reader_csv, text, strlen(text)), 0);
    assert_int_equal(run->pieces, 2);
    assert_false(run->piece[0].has_time || run->piece[1].has_time);
    assert_true(run->piece[0].n == 50 && run->piece[1].lost == 5);
    assert_true(run->value[0][49] == 49);
    for (int i = 50; i < 55; i++)
        assert_true(isnan(run->value[0][i]));
    assert_true(run->value[0][55] == 50);
    assert_true(run->value[0][155] == 150);
    assert_true(run->value[0][156] == 152); /* row 151 came 0.9 samples early */
    assert_int_equal(run->n[0], 204);
    reader_run_free(run);
}

static void bad_jumps_are_refused(void **state)
{
    static const struct {
        double jump_s;
        const char *want;
    } jumps[] = {
        {-0.5, "t: line 53: the time runs backwards, by 0.49 s"},
        {90000, "t: line 53: the time jumps by 90000 s"},
        {1e9, "t: line 53: the time jumps by 1e+09 s"},
    };

    (void)state;
    for (size_t k = 0; k < sizeof jumps / sizeof *jumps; k++) {
        struct reader_run *run = reader_run_new();
        char text[8192] = MAGIC "time_s,z\n";
        for (int i = 0; i < 200; i++)
            sprintf(text + strlen(text), "%.3f,%d\n", i * 0.01 + (i >= 50 ? jumps[k].jump_s : 0), i);
        assert_int_equal(reader_run_bytes(run, &reader_csv, text, strlen(text)), -1);
        assert_string_equal(run->err.text, jumps[k].want);
        reader_run_free(run);
    }
}

/* A long gap costs neither memory nor time: days of it at 20 kHz are one number each. */
static void long_gaps_cost_nothing(void **state)
{
    static const char text[] = MAGIC "# rate_hz: 100\ntime_s,z\n0,1\n0.01,2\n300,3\n";
    struct reader_run *run = reader_run_new();

    (void)state;
    assert_int_equal(reader_run_bytes(run, &reader_csv, text, strlen(text)), 0);
    assert_int_equal(run->n[0], 30001);
    assert_true(isnan(run->value[0][2]) && isnan(run->value[0][29999]) && run->value[0][30000] == 3);
    assert_true(run->fake.peak_bytes < 1024 * 1024);
    assert_int_equal(run->pieces, 2);
    reader_run_free(run);
    for (int resampled = 0; resampled < 2; resampled++) {
        char days[8192] = MAGIC "# rate_hz: 20000\ntime_s,z\n0,1\n0.00005,2\n";
        run = reader_run_new();
        run->conf.resample_hz = resampled ? 20000 : 0;
        for (int i = 1; i <= 50; i++)
            sprintf(days + strlen(days), "%d,1\n%d.00005,2\n", i * 86400, i * 86400);
        assert_int_equal(reader_run_bytes(run, &reader_csv, days, strlen(days)), 0);
        assert_int_equal(run->pieces, 51);
        for (int i = 1; i <= 50; i++)
            assert_true(llabs(run->piece[i].lost + 2 - INT64_C(86400) * 20000) <= 1);
        reader_run_free(run);
    }
}

/* Times rounded to what a logger prints, with the jitter that comes of it: the rate is that of the samples.
 */
static void rates_come_from_rounded_times(void **state)
{
    static const struct {
        double rate_hz, round_s, want_within;
    } rates[] = {
        {100, 1e-3, 0},      {125, 1e-3, 0}, {128, 1e-3, 0}, {200, 1e-3, 0},  {30.06, 1e-3, 1e-5},
        {31.25, 1e-6, 1e-6}, {500, 1e-4, 0}, {92, 1e-3, 0},  {1000, 1e-6, 0},
    };
    size_t room = 200000;
    char *text = malloc(room);

    (void)state;
    assert_non_null(text);
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        struct reader_run *run = reader_run_new();
        size_t at = (size_t)sprintf(text, "time_s,z\n");
        for (int i = 0; i < 5000; i++)
            at += (size_t)snprintf(text + at, room - at, "%.6f,%d\n",
                                   rint(i / rates[k].rate_hz / rates[k].round_s) * rates[k].round_s, i);
        assert_int_equal(reader_run_bytes(run, &reader_csv, text, at), 0);
        double rate = run->channels.at[0].rate_hz;
        if (fabs(rate / rates[k].rate_hz - 1) > rates[k].want_within)
            fail_msg("%g Hz by %g s: %.9g", rates[k].rate_hz, rates[k].round_s, rate);
        assert_int_equal(run->n[0], 5000);
        for (int i = 0; i < 5000; i++)
            assert_true(run->value[0][i] == i);
        reader_run_free(run);
    }
    free(text);
}

/* --rate takes the rows as they stand, whatever the time column says. */
static void a_given_rate_rules(void **state)
{
    static const char text[] = "time_s,z\n0,1\n0.9,2\n1,3\n1,4\n7,5\n";
    struct reader_run *run = reader_run_new();

    (void)state;
    run->conf.rate_hz = 20;
    assert_int_equal(reader_run_bytes(run, &reader_csv, text, strlen(text)), 0);
    assert_true(run->channels.at[0].rate_hz == 20);
    assert_int_equal(run->n[0], 5);
    assert_true(run->value[0][4] == 5);
    reader_run_free(run);
}

static char *long_table(size_t rows, size_t *size)
{
    char *text = malloc(rows * 32 + 100);

    assert_non_null(text);
    *size = (size_t)sprintf(text, "time_s,z,n,e\n");
    for (size_t i = 0; i < rows; i++)
        *size +=
            (size_t)sprintf(text + *size, "%.2f,%zu,%zu,%zu\n", (double)i * 0.01, i % 97, i % 89, i % 83);
    return text;
}

static void survives_faults(void **state)
{
    size_t size;
    char *text = long_table(600, &size);

    (void)state;
    reader_run_faults(&reader_csv, text, size);
    reader_run_cuts(&reader_csv, (const unsigned char *)text, size);
    free(text);
    text = long_table(20000, &size); /* longer than what is looked at of a pipe */
    assert_true(size > INPUT_PEEK);
    reader_run_pipe(&reader_csv, text, size);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(tables_are_understood),
        cmocka_unit_test(refuses),
        cmocka_unit_test(axes_are_assigned),
        cmocka_unit_test(missing_values_are_nan),
        cmocka_unit_test(jumps_begin_a_piece),
        cmocka_unit_test(gaps_are_filled),
        cmocka_unit_test(bad_jumps_are_refused),
        cmocka_unit_test(long_gaps_cost_nothing),
        cmocka_unit_test(rates_come_from_rounded_times),
        cmocka_unit_test(a_given_rate_rules),
        cmocka_unit_test(survives_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
