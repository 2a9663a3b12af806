/* SAC files made here: the layout is the users' manual's, so reader and test can only share a misreading of
 * it; the records test reads other people's files. */
#include "tests/unit/io/reader_run.h"
#include "tests/unit/near.h"

enum { HEADER = 632, SAMPLES = 9000 };

struct spec { /* what a row changes in a good file */
    const char *name;
    int float_at; /* -1: none */
    float real;
    int int_at; /* -1: none */
    int32_t whole;
    long extra;       /* bytes more (or less) than the header promises */
    const char *want; /* part of the error; NULL: reads */
};

static void put32(unsigned char *at, uint32_t value, bool big)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (big ? 24 - 8 * i : 8 * i));
}

static void put_float(unsigned char *file, int index, float value, bool big)
{
    uint32_t bits;

    memcpy(&bits, &value, 4);
    put32(file + 4 * index, bits, big);
}

static void put_int(unsigned char *file, int index, int32_t value, bool big)
{
    put32(file + 280 + 4 * index, (uint32_t)value, big);
}

static void put_text(unsigned char *file, int at, const char *text)
{
    char field[9];

    snprintf(field, sizeof field, "%-8s", text);
    memcpy(file + 440 + at, field, 8);
}

static float sample(int i)
{
    return (float)(i % 1000) * 0.25f - 100;
}

/* A good version 6 file of n samples at 100 Hz from 2011-233 18:58:33.348 + 0.5 s, A 12.5 s and T0 20 s after
 * the reference; IN.CGG3..HNZ, upright. */
static unsigned char *make(int n, bool big, size_t *size)
{
    unsigned char *file = malloc(HEADER + 4 * (size_t)n + 1000);

    assert_non_null(file);
    memset(file, 0, HEADER + 4 * (size_t)n + 1000);
    for (int i = 0; i < 70; i++)
        put_float(file, i, -12345, big);
    for (int i = 0; i < 40; i++)
        put_int(file, i, -12345, big);
    for (int i = 0; i < 192; i += 8)
        put_text(file, i, "-12345");
    put_float(file, 0, 0.01f, big);
    put_float(file, 5, 0.5f, big);
    put_float(file, 8, 12.5f, big);
    put_float(file, 10, 20.0f, big);
    put_float(file, 57, 0, big);
    put_float(file, 58, 0, big);
    static const int32_t time[6] = {2011, 233, 18, 58, 33, 348};
    for (int i = 0; i < 6; i++)
        put_int(file, i, time[i], big);
    put_int(file, 6, 6, big);
    put_int(file, 9, n, big);
    put_int(file, 15, 1, big);
    put_int(file, 16, 8, big); /* IDEP says acceleration; not believed */
    put_int(file, 35, 1, big);
    put_text(file, 0, "CGG3");
    put_text(file, 160, "HNZ");
    put_text(file, 168, "IN");
    for (int i = 0; i < n; i++)
        put_float(file + HEADER, i, sample(i), big);
    *size = HEADER + 4 * (size_t)n;
    return file;
}

static void reads(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct reader_run *run = reader_run_new();
        size_t size;
        unsigned char *file = make(SAMPLES, big, &size);
        assert_int_equal(reader_run_bytes(run, &reader_sac, file, size), 0);
        const struct channel *c = &run->channels.at[0];
        assert_true(run->probed);
        assert_int_equal(run->channels.n, 1);
        assert_string_equal(c->group, "IN.CGG3..HN");
        assert_string_equal(c->code, "IN.CGG3..HNZ");
        assert_int_equal(c->axis, 'Z');
        assert_true(c->oriented);
        assert_true(c->dip_deg == -90);
        assert_true(c->rate_hz == 100);
        assert_true(c->has_time);
        assert_int_equal(c->t0_ns, INT64_C(1313953113848000000)); /* date -u -d '2011-08-21 18:58:33' +%s */
        assert_near(c->p_s, 12, 1e-9);
        assert_near(c->s_s, 19.5, 1e-9);
        assert_int_equal(c->unit, UNIT_UNKNOWN);
        assert_true(c->scale == 1);
        assert_int_equal(c->samples, SAMPLES);
        assert_int_equal(run->n[0], SAMPLES);
        for (int i = 0; i < SAMPLES; i++)
            assert_true(run->value[0][i] == (double)sample(i));
        free(file);
        reader_run_free(run);
    }
}

static const struct spec specs[] = {
    {"a good file", -1, 0, -1, 0, 0, NULL},
    {"version 7 without its footer", -1, 0, 6, 7, 0,
     "byte 1032: the file ends within the 176 bytes of a version 7"},
    {"version 7", -1, 0, 6, 7, 176, NULL},
    {"version 5", -1, 0, 6, 5, 0, "byte 304: header version 5"},
    {"no version", -1, 0, 6, 0, 0, "not a SAC file"},
    {"a spectrum", -1, 0, 15, 2, 0, "byte 340: file type 2 is no time series"},
    {"uneven sampling", -1, 0, 35, 0, 0, "byte 420: LEVEN is 0"},
    {"no samples", -1, 0, 9, 0, 0, "byte 316: NPTS is 0"},
    {"a negative count", -1, 0, 9, -5, 0, "byte 316: NPTS is -5"},
    {"an undefined count", -1, 0, 9, -12345, 0, "NPTS is -12345"},
    {"an absurd count", -1, 0, 9, INT32_MAX, 0,
     "byte 1032: 2147483647 samples promised, 100 there: the file is cut off"},
    {"one sample short", -1, 0, -1, 0, -4, "byte 1028: 100 samples promised, 99 there"},
    {"one byte short", -1, 0, -1, 0, -1, "byte 1031: 100 samples promised, 99 there"},
    {"one byte long", -1, 0, -1, 0, 1, "byte 1032: the file goes on behind the 100 samples"},
    {"no data", -1, 0, -1, 0, -400, "byte 632: 100 samples promised, 0 there"},
    {"half a header", -1, 0, -1, 0, -700, "byte 332: the file ends within the 632 bytes"},
    {"zero interval", 0, 0, -1, 0, 0, "byte 0: DELTA is 0 s"},
    {"negative interval", 0, -0.01f, -1, 0, 0, "byte 0: DELTA is -0.01 s"},
    {"an interval that is no number", 0, NAN, -1, 0, 0, "byte 0: DELTA is"},
    {"an infinite interval", 0, INFINITY, -1, 0, 0, "byte 0: DELTA is inf"},
    {"undefined interval", 0, -12345, -1, 0, 0, "byte 0: DELTA is -12345"},
    {"an absurd rate", 0, 1e-9f, -1, 0, 0, "outside 1 to 20000"},
    {"one sample an hour", 0, 3600, -1, 0, 0, "outside 1 to 20000"},
    {"an absurd start", 5, 1e30f, -1, 0, 0, "byte 20: B is 1e+30 s"},
    {"a start that is no number", 5, NAN, -1, 0, 0, "byte 20: B is"},
    {"undefined start is the reference", 5, -12345, -1, 0, 0, NULL},
    {"a pick that is no number is none", 8, NAN, -1, 0, 0, NULL},
    {"day 400", -1, 0, 1, 400, 0, "byte 280: reference time 2011-400 18:58:33.348 does not exist"},
    {"hour 25", -1, 0, 2, 25, 0, "does not exist"},
    {"year 40000", -1, 0, 0, 40000, 0, "does not exist"},
    {"no year: no time", -1, 0, 0, -12345, 0, NULL},
    {"no milliseconds: 0", -1, 0, 5, -12345, 0, NULL},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        const struct spec *s = &specs[i];
        struct reader_run *run = reader_run_new();
        size_t size;
        unsigned char *file = make(100, false, &size);
        if (s->float_at >= 0)
            put_float(file, s->float_at, s->real, false);
        if (s->int_at >= 0)
            put_int(file, s->int_at, s->whole, false);
        int result = reader_run_bytes(run, &reader_sac, file, size + (size_t)s->extra);
        if (result != (s->want ? -1 : 0) || (s->want && !strstr(run->err.text, s->want)))
            fail_msg("%s: %d '%s'", s->name, result, run->err.text);
        if (s->want && strncmp(run->err.text, "t: byte ", 8) != 0)
            fail_msg("%s: '%s' names no file and position", s->name, run->err.text);
        if (s->want && run->n[0] > 0)
            fail_msg("%s: refused only after %zu samples were handed out", s->name, run->n[0]);
        if (run->fake.peak_bytes > 2 * 1024 * 1024)
            fail_msg("%s: took %zu bytes", s->name, run->fake.peak_bytes);
        free(file);
        reader_run_free(run);
    }
}

static const struct {
    const char *name, *network, *station, *hole, *component, *instrument;
    float azimuth_deg, incidence_deg;
    const char *group, *code;
    char axis;
    bool oriented;
} names[] = {
    {"letter and orientation", "CI", "GR2", "01", "HNE", "", 90, 90, "CI.GR2.01.HN", "CI.GR2.01.HNE", 'E',
     true},
    {"orientation undefined", "CI", "GR2", "01", "HNE", "", -12345, -12345, "CI.GR2.01.HN", "CI.GR2.01.HNE",
     'E', false},
    {"an east that claims to be vertical", "", "SER5", "", "HHE", "", 0, 0, ".SER5..HH", ".SER5..HHE", 'E',
     false},
    {"a north that points east", "", "S", "", "HHN", "", 90, 90, ".S..HH", ".S..HHN", 'N', false},
    {"a numbered component", "", "S", "", "HH1", "", 37, 90, ".S..HH", ".S..HH1", '1', true},
    {"a bare letter takes the instrument's name", "IN", "COL3", "CN", "Z", "CMG-5T", 0, 0,
     "IN.COL3.CN.CMG-5T", "IN.COL3.CN.CMG-5T_Z", 'Z', true},
    {"a bare letter alone", "IN", "COL3", "", "n", "", 0, 90, "IN.COL3.", "IN.COL3..n", 'N', true},
    {"no letter: up by its orientation", "IN", "COL3", "", "", "", 0, 0, "IN.COL3.", "IN.COL3..Z", 'Z', true},
    {"no letter: east by its orientation", "IN", "COL3", "", "", "", 270, 90, "IN.COL3.", "IN.COL3..E", 'E',
     true},
    {"no letter, no orientation", "", "S", "", "", "", -12345, -12345, ".S.", ".S..Z", 'Z', false},
    {"an absurd orientation", "", "S", "", "HNZ", "", 4000, 0, ".S..HN", ".S..HNZ", 'Z', false},
    {"a negative azimuth", "", "S", "", "HNE", "", -270, 90, ".S..HN", ".S..HNE", 'E', true},
    {"blanks, dots and control characters in names", "A B", "S.T\x01", "", "HNZ", "", 0, 0, "A_B.S_T_..HN",
     "A_B.S_T_..HNZ", 'Z', true},
};

static void names_channels(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct reader_run *run = reader_run_new();
        size_t size;
        unsigned char *file = make(10, true, &size);
        put_text(file, 168, names[i].network);
        put_text(file, 0, names[i].station);
        put_text(file, 24, names[i].hole);
        put_text(file, 160, names[i].component);
        put_text(file, 184, names[i].instrument);
        put_float(file, 57, names[i].azimuth_deg, true);
        put_float(file, 58, names[i].incidence_deg, true);
        assert_int_equal(reader_run_bytes(run, &reader_sac, file, size), 0);
        const struct channel *c = &run->channels.at[0];
        if (strcmp(c->group, names[i].group) != 0 || strcmp(c->code, names[i].code) != 0 ||
            c->axis != names[i].axis || c->oriented != names[i].oriented)
            fail_msg("%s: '%s' '%s' %c %d", names[i].name, c->group, c->code, c->axis, c->oriented);
        free(file);
        reader_run_free(run);
    }
}

/* "HNE\0 45" is written by software that puts a short name over "-12345". */
static void names_end_at_nul(void **state)
{
    struct reader_run *run = reader_run_new();
    size_t size;
    unsigned char *file = make(10, false, &size);

    (void)state;
    memcpy(file + 440 + 160,
           "HNE\0"
           "45  CJ\0"
           "345  ",
           16);
    assert_int_equal(reader_run_bytes(run, &reader_sac, file, size), 0);
    assert_string_equal(run->channels.at[0].code, "CJ.CGG3..HNE");
    free(file);
    reader_run_free(run);
}

static void missing_samples_pass(void **state)
{
    struct reader_run *run = reader_run_new();
    size_t size;
    unsigned char *file = make(10, false, &size);

    (void)state;
    put_float(file + HEADER, 3, NAN, false);
    put_float(file + HEADER, 4, INFINITY, false);
    assert_int_equal(reader_run_bytes(run, &reader_sac, file, size), 0);
    assert_true(isnan(run->value[0][3]) && isinf(run->value[0][4]) && run->value[0][5] == (double)sample(5));
    free(file);
    reader_run_free(run);
}

static void rates_are_the_meant_ones(void **state)
{
    static const double rates[] = {1,   18,  26,  31.25, 50,  52,  92,   100,
                                   125, 128, 200, 204.5, 250, 500, 1000, 6400};

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct reader_run *run = reader_run_new();
        size_t size;
        unsigned char *file = make(10, false, &size);
        put_float(file, 0, (float)(1 / rates[i]), false);
        assert_int_equal(reader_run_bytes(run, &reader_sac, file, size), 0);
        assert_true(run->channels.at[0].rate_hz == rates[i]);
        free(file);
        reader_run_free(run);
    }
}

static void scale_from_the_users_fields(void **state)
{
    static const struct {
        const char *name;
        float user2, user3;
        bool velocity;
        double scale; /* NAN: refused */
    } rows[] = {
        {"volt per count over volt per m/s^2", 5.0f, 2.0f, false, 2.5},
        {"the same of a seismometer", 5.0f, 2.0f, true, 2.5},
        {"reversed polarity", 5.0f, -2.0f, false, -2.5},
        {"nothing in the fields", -12345, -12345, false, NAN},
        {"one of them only", 5.0f, -12345, false, NAN},
        {"zero below", 5.0f, 0, false, NAN},
        {"zero above", 0, 2.0f, false, NAN},
        {"no number", NAN, 2.0f, false, NAN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reader_run *run = reader_run_new();
        size_t size;
        unsigned char *file = make(10, false, &size);
        put_float(file, 42, rows[i].user2, false);
        put_float(file, 43, rows[i].user3, false);
        run->conf.scale_user = true;
        run->conf.velocity = rows[i].velocity;
        int result = reader_run_bytes(run, &reader_sac, file, size);
        if (result != (isnan(rows[i].scale) ? -1 : 0))
            fail_msg("%s: %d %s", rows[i].name, result, run->err.text);
        if (result < 0)
            assert_non_null(strstr(run->err.text, "is no scale"));
        else if (run->channels.at[0].scale != rows[i].scale ||
                 run->channels.at[0].unit != (rows[i].velocity ? UNIT_MPS : UNIT_MPS2))
            fail_msg("%s: scale %g", rows[i].name, run->channels.at[0].scale);
        free(file);
        reader_run_free(run);
    }
}

static void survives_faults(void **state)
{
    size_t size;
    unsigned char *file = make(SAMPLES, false, &size);

    (void)state;
    reader_run_faults(&reader_sac, file, size);
    reader_run_pipe(&reader_sac, file, size);
    reader_run_cuts(&reader_sac, file, HEADER + 100);
    free(file);
}

/* A pipe longer than what is looked at for the headers: its end is checked when it comes. */
static void reads_a_long_pipe(void **state)
{
    static const struct {
        long extra;
        const char *want;
    } ends[] = {
        {0, NULL},
        {1, "byte 400632: the file goes on behind the 100000 samples"},
        {-4, "byte 400628: 100000 samples promised, 99999 there"},
    };

    (void)state;
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
        struct reader_run *run = reader_run_new();
        size_t size;
        unsigned char *file = make(100000, false, &size);
        struct input *in;
        const bool want[1] = {true};
        struct piece piece;
        void *cursor;
        size_t n = 0;
        int got;
        fake_file_put(&run->fake, "t", file, size + (size_t)ends[k].extra)->pipe = true;
        assert_int_equal(input_open(&in, &run->fake.sys, "t", &run->err), 0);
        input_scan_begin(in);
        assert_int_equal(reader_sac.scan(in, &run->conf, &run->channels, &run->err), 0);
        assert_int_equal(input_scan_end(in, &run->err), 0);
        assert_int_equal(reader_sac.open(&cursor, in, &run->conf, &run->channels, want, &run->err), 0);
        while ((got = reader_sac.next(cursor, &piece, &run->err)) > 0)
            n += piece.n;
        assert_int_equal(got, ends[k].want ? -1 : 0);
        if (ends[k].want)
            assert_non_null(strstr(run->err.text, ends[k].want));
        else
            assert_int_equal(n, 100000);
        reader_sac.close(cursor);
        input_close(in);
        free(file);
        reader_run_free(run);
    }
}

static void probes_strictly(void **state)
{
    static const char text[700] = "Origin Time       2018/01/24 19:51:00\n";
    unsigned char noise[4096];
    uint32_t x = 1;
    size_t size;
    unsigned char *file = make(10, false, &size);

    (void)state;
    assert_false(reader_sac.probe((const unsigned char *)text, sizeof text));
    memset(noise, 0, sizeof noise);
    assert_false(reader_sac.probe(noise, sizeof noise));
    for (int turn = 0; turn < 1000; turn++) {
        for (size_t i = 0; i < 700; i++) {
            x = x * 1664525u + 1013904223u;
            noise[i] = (unsigned char)(x >> 24);
        }
        assert_false(reader_sac.probe(noise, sizeof noise));
    }
    assert_true(reader_sac.probe(file, size));
    assert_true(reader_sac.probe(file, 500)); /* cut off within the header, but what is there is SAC's */
    assert_false(reader_sac.probe(file, 100));
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(refuses),
        cmocka_unit_test(names_channels),
        cmocka_unit_test(names_end_at_nul),
        cmocka_unit_test(missing_samples_pass),
        cmocka_unit_test(rates_are_the_meant_ones),
        cmocka_unit_test(scale_from_the_users_fields),
        cmocka_unit_test(survives_faults),
        cmocka_unit_test(reads_a_long_pipe),
        cmocka_unit_test(probes_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
