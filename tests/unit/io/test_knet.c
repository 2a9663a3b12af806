/* K-NET and KiK-net files made here, after NIED's format: 17 lines with the label in columns 1 to 18, then 8
 * counts a line. The records test reads NIED's own files and compares with the maxima that stand in their
 * headers. */
#include "tests/unit/io/reader_run.h"
#include "tests/unit/near.h"

enum { LINES = 17, SAMPLES = 1000 };

static const char *const header[LINES][2] = {
    {"Origin Time", "2018/01/24 19:51:00"},
    {"Lat.", "41.0"},
    {"Long.", "142.5"},
    {"Depth. (km)", "30"},
    {"Mag.", "6.2"},
    {"Station Code", "TST001"},
    {"Station Lat.", "41.5267"},
    {"Station Long.", "140.9244"},
    {"Station Height(m)", "39"},
    {"Record Time", "2018/01/24 19:51:43"},
    {"Sampling Freq(Hz)", "100Hz"},
    {"Duration Time(s)", "10"},
    {"Dir.", "U-D"},
    {"Scale Factor", "3920(gal)/6182761"},
    {"Max. Acc. (gal)", "2.240"},
    {"Last Correction", "2018/01/24 19:51:43"},
    {"Memo.", ""},
};

static int count(int i)
{
    return -11113 + i * 7919 % 201;
}

/* A good file with one header line replaced (line from 1; 0: none) and n counts. The caller frees. */
static char *make(int line, const char *label, const char *value, int n, const char *newline)
{
    size_t room = 64 * 1024, at = 0;
    char *text = malloc(room);

    assert_non_null(text);
    for (int i = 0; i < LINES; i++) {
        bool other = i + 1 == line;
        at += (size_t)snprintf(text + at, room - at, "%-18s%s%s", other && label ? label : header[i][0],
                               other ? value : header[i][1], newline);
    }
    for (int i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, room - at, "%8d %s", count(i),
                               i % 8 == 7 || i + 1 == n ? newline : "");
    return text;
}

static void reads(void **state)
{
    static const char *const newlines[] = {"\n", "\r\n"};

    (void)state;
    for (int k = 0; k < 2; k++) {
        struct reader_run *run = reader_run_new();
        char *text = make(0, NULL, NULL, SAMPLES, newlines[k]);
        assert_int_equal(reader_run_bytes(run, &reader_knet, text, strlen(text)), 0);
        const struct channel *c = &run->channels.at[0];
        assert_true(run->probed);
        assert_string_equal(c->group, "TST001");
        assert_string_equal(c->code, "TST001.UD");
        assert_int_equal(c->axis, 'Z');
        assert_true(c->oriented && c->dip_deg == -90);
        assert_true(c->rate_hz == 100);
        assert_true(c->has_time);
        /* date -u -d '2018-01-24 10:51:28' +%s: 19:51:43 less 9 h less 15 s */
        assert_int_equal(c->t0_ns, INT64_C(1516791088000000000));
        assert_int_equal(c->unit, UNIT_MPS2);
        assert_near(c->scale, 3920.0 / 6182761 / 100, 1e-18);
        assert_true(c->lsb == c->scale);
        assert_int_equal(c->samples, SAMPLES);
        assert_true(isnan(c->p_s) && isnan(c->s_s));
        assert_int_equal(run->n[0], SAMPLES);
        for (int i = 0; i < SAMPLES; i++)
            assert_true(run->value[0][i] == (double)count(i));
        free(text);
        reader_run_free(run);
    }
}

static const struct {
    const char *dir, *group, *code;
    char axis;
    double azimuth_deg, dip_deg;
} directions[] = {
    {"N-S", "TST001", "TST001.NS", 'N', 0, 0},
    {"E-W", "TST001", "TST001.EW", 'E', 90, 0},
    {"U-D", "TST001", "TST001.UD", 'Z', 0, -90},
    {"1", "TST001.borehole", "TST001.borehole.NS", 'N', 0, 0},
    {"2", "TST001.borehole", "TST001.borehole.EW", 'E', 90, 0},
    {"3", "TST001.borehole", "TST001.borehole.UD", 'Z', 0, -90},
    {"4", "TST001.surface", "TST001.surface.NS", 'N', 0, 0},
    {"5", "TST001.surface", "TST001.surface.EW", 'E', 90, 0},
    {"6", "TST001.surface", "TST001.surface.UD", 'Z', 0, -90},
};

static void directions_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof directions / sizeof *directions; i++) {
        struct reader_run *run = reader_run_new();
        char *text = make(13, NULL, directions[i].dir, SAMPLES, "\n");
        assert_int_equal(reader_run_bytes(run, &reader_knet, text, strlen(text)), 0);
        const struct channel *c = &run->channels.at[0];
        assert_string_equal(c->group, directions[i].group);
        assert_string_equal(c->code, directions[i].code);
        assert_int_equal(c->axis, directions[i].axis);
        assert_true(c->azimuth_deg == directions[i].azimuth_deg && c->dip_deg == directions[i].dip_deg);
        free(text);
        reader_run_free(run);
    }
}

static const struct {
    const char *name;
    int line;
    const char *label, *value;
    int n;
    const char *want; /* part of the error; NULL: reads */
} cases[] = {
    {"a good file", 0, NULL, NULL, SAMPLES, NULL},
    {"reversed polarity", 14, NULL, "-3920(gal)/6182761", SAMPLES, NULL},
    {"a rate with a fraction", 11, NULL, "100.0Hz", SAMPLES, NULL},
    {"one count short", 0, NULL, NULL, SAMPLES - 1,
     "line 142: 1000 samples promised, 999 there: the file is cut off"},
    {"no counts", 0, NULL, NULL, 0, "line 17: 1000 samples promised, 0 there"},
    {"one count too many", 0, NULL, NULL, SAMPLES + 1, "line 143: more than the 1000 samples promised"},
    {"zero rate", 11, NULL, "0Hz", SAMPLES, "line 11: Sampling Freq(Hz) '0Hz' is not a rate"},
    {"negative rate", 11, NULL, "-100Hz", SAMPLES, "line 11"},
    {"a rate that is no number", 11, NULL, "nanHz", SAMPLES, "line 11"},
    {"an absurd rate", 11, NULL, "1000000Hz", SAMPLES, "line 11"},
    {"a rate without unit", 11, NULL, "100", SAMPLES, "line 11"},
    {"zero duration", 12, NULL, "0", SAMPLES, "line 12: Duration Time(s) '0' is not whole seconds"},
    {"an absurd duration", 12, NULL, "99999999999", SAMPLES, "line 12"},
    {"a long duration is cut off", 12, NULL, "86400", SAMPLES, "8640000 samples promised, 1000 there"},
    {"half a second", 12, NULL, "10.5", SAMPLES, "line 12"},
    {"an unknown direction", 13, NULL, "7", SAMPLES, "line 13: Dir. '7' is not N-S, E-W, U-D or 1 to 6"},
    {"a scale that is a word", 14, NULL, "x", SAMPLES, "line 14: Scale Factor 'x' is not NUMBER(gal)/NUMBER"},
    {"a zero scale", 14, NULL, "0(gal)/6182761", SAMPLES, "line 14"},
    {"a scale over zero", 14, NULL, "3920(gal)/0", SAMPLES, "line 14"},
    {"a scale over nothing", 14, NULL, "3920(gal)/", SAMPLES, "line 14"},
    {"two points in a number", 14, NULL, "39.2.0(gal)/1", SAMPLES, "line 14"},
    {"a date that does not exist", 10, NULL, "2018/02/30 19:51:43", SAMPLES,
     "line 10: Record Time '2018/02/30"},
    {"no date", 10, NULL, "", SAMPLES, "line 10"},
    {"no station", 6, NULL, "", SAMPLES, "line 6: Station Code '' is not a station's code"},
    {"a long station", 6, NULL, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", SAMPLES, "line 6"},
    {"a label that is missing", 14, "Scale", "1", SAMPLES,
     "line 17: no 'Scale Factor' among the 17 header lines"},
    {"counts where a label should be", 17, "  1 2 3", "", SAMPLES, "line 17: no 'Memo.'"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reader_run *run = reader_run_new();
        char *text = make(cases[i].line, cases[i].label, cases[i].value, cases[i].n, "\n");
        int result = reader_run_bytes(run, &reader_knet, text, strlen(text));
        if (result != (cases[i].want ? -1 : 0) || (cases[i].want && !strstr(run->err.text, cases[i].want)))
            fail_msg("%s: %d '%s'", cases[i].name, result, run->err.text);
        if (cases[i].want && strncmp(run->err.text, "t: line ", 8) != 0)
            fail_msg("%s: '%s' names no file and position", cases[i].name, run->err.text);
        if (run->fake.peak_bytes > 2 * 1024 * 1024)
            fail_msg("%s: took %zu bytes", cases[i].name, run->fake.peak_bytes);
        free(text);
        reader_run_free(run);
    }
}

static const struct {
    const char *name, *counts, *want;
} bodies[] = {
    {"a word", "  1 2 x3 4\n", "line 18: 'x3' is not a whole number"},
    {"a fraction", "  1 2.5 3\n", "line 18: '2.5' is not a whole number"},
    {"a count that is no number", "1 nan 3\n", "line 18: 'nan' is not a whole number"},
    {"more than 32 bits", "1 2147483648\n", "line 18: 2147483648 is more than 32 bits"},
    {"more than 64 bits", "1 99999999999999999999999\n",
     "line 18: 99999999999999999999999 is more than 32 bits"},
};

static void refuses_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct reader_run *run = reader_run_new();
        char *text = make(0, NULL, NULL, 0, "\n");
        strcat(text, bodies[i].counts);
        if (reader_run_bytes(run, &reader_knet, text, strlen(text)) != -1 ||
            !strstr(run->err.text, bodies[i].want))
            fail_msg("%s: '%s'", bodies[i].name, run->err.text);
        free(text);
        reader_run_free(run);
    }
}

/* Any number of counts a line, as long as the line can be. */
static void lines_may_be_long(void **state)
{
    struct reader_run *run = reader_run_new();
    char *text = make(12, NULL, "300", 0, "\n");
    size_t size = strlen(text);

    (void)state;
    text = realloc(text, size + 70000);
    assert_non_null(text);
    for (int i = 0; i < 30000; i++) {
        text[size++] = (char)('0' + i % 10);
        text[size++] = ' ';
    }
    assert_int_equal(reader_run_bytes(run, &reader_knet, text, size), 0);
    assert_int_equal(run->n[0], 30000);
    assert_true(run->value[0][29999] == 9 && run->value[0][0] == 0);
    free(text);
    reader_run_free(run);
}

static void garbage_is_refused(void **state)
{
    struct reader_run *run = reader_run_new();
    char *text = make(0, NULL, NULL, SAMPLES, "\n");
    size_t size = strlen(text);

    (void)state;
    assert_int_equal(reader_run_bytes(run, &reader_knet, "", 0), -1);
    assert_string_equal(run->err.text, "t: byte 0: the file is empty");
    assert_false(run->probed);
    text[size - 20] = 0;
    assert_int_equal(reader_run_bytes(run, &reader_knet, text, size), -1);
    assert_non_null(strstr(run->err.text, "line 142: holds a NUL byte"));
    memset(text + 900, 'x', size - 900);
    assert_int_equal(reader_run_bytes(run, &reader_knet, text, size), -1);
    assert_non_null(strstr(run->err.text, "is not a whole number"));
    free(text);
    reader_run_free(run);
}

static void survives_faults(void **state)
{
    char *text = make(0, NULL, NULL, SAMPLES, "\n");

    (void)state;
    reader_run_faults(&reader_knet, text, strlen(text));
    reader_run_pipe(&reader_knet, text, strlen(text));
    reader_run_cuts(&reader_knet, (const unsigned char *)text, strlen(text));
    free(text);
}

/* What is looked at of a pipe may end behind the sign of a count. */
static void a_long_pipe_is_read(void **state)
{
    char memo[16] = "", *head = NULL, *text = malloc(500000);
    size_t size = 0;

    (void)state;
    assert_non_null(text);
    for (int pad = 0; pad < 10; pad++) {
        memset(memo, '.', (size_t)pad);
        free(head);
        head = make(12, NULL, "400", 0, "\n");
        size = (size_t)sprintf(text, "%.*s%s\n", (int)strlen(head) - 1, head, memo);
        for (int i = 0; i < 40000; i++)
            size += (size_t)sprintf(text + size, "%8d%s", count(i), i % 8 == 7 ? " \n" : " ");
        if (text[INPUT_PEEK - 1] == '-')
            break;
    }
    assert_int_equal(text[INPUT_PEEK - 1], '-');
    reader_run_pipe(&reader_knet, text, size);
    free(head);
    free(text);
}

/* Cut anywhere, the file is refused: only the newline behind the last count may be missing. */
static void every_cut_is_noticed(void **state)
{
    struct reader_run *run = reader_run_new();
    char *text = make(0, NULL, NULL, SAMPLES, "\n");
    size_t size = strlen(text), last = size - strlen(" \n");

    (void)state;
    for (size_t cut = 0; cut < size; cut += cut + 40 < size ? 37 : 1) {
        int result = reader_run_bytes(run, &reader_knet, text, cut);
        if (cut + 8 <= last && result == 0)
            fail_msg("cut at %zu of %zu was taken", cut, size);
        if (cut >= last && result < 0)
            fail_msg("cut at %zu of %zu: %s", cut, size, run->err.text);
    }
    free(text);
    reader_run_free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(directions_are_known),
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_counts),
        cmocka_unit_test(lines_may_be_long),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(survives_faults),
        cmocka_unit_test(a_long_pipe_is_read),
        cmocka_unit_test(every_cut_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
