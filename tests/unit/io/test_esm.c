/* ESM files made here, with the labels of DYNA 1.2. The records test reads the database's own. */
#include "tests/unit/io/text_file.h"

enum { SAMPLES = 300, HEADER_LINES = 13 };

/* The caller frees. */
static char *make(void)
{
    size_t room = 16 * 1024, at = 0;
    char *text = malloc(room);

    assert_non_null(text);
    at += (size_t)snprintf(text, room,
                           "EVENT_NAME: TEST\n"
                           "EVENT_ID: T-1\n"
                           "MAGNITUDE_W: \n"
                           "NETWORK: XX\n"
                           "STATION_CODE: TST\n"
                           "STATION_NAME: Town: Hall, 1\n"
                           "LOCATION: 00\n"
                           "DATE_TIME_FIRST_SAMPLE_YYYYMMDD_HHMMSS: 20190728_160919.870\n"
                           "SAMPLING_INTERVAL_S: 0.005000\n"
                           "NDATA: %d\n"
                           "STREAM: HNZ\n"
                           "UNITS: cm/s^2\n"
                           "USER5: \n",
                           SAMPLES);
    for (int i = 0; i < SAMPLES; i++)
        at += (size_t)snprintf(text + at, room - at, "%.6f\n", text_sample(i, 0));
    return text;
}

static const struct text_file file = {
    &reader_esm,
    make,
    "XX.TST.00.HN",
    {"XX.TST.00.HNZ"},
    "Z",
    false,
    200,
    /* date -u -d '2019-07-28 16:09:19' +%s */
    INT64_C(1564330159870000000),
    SAMPLES,
};

static void reads(void **state)
{
    (void)state;
    text_reads(&file);
}

static void units_and_rates(void **state)
{
    static const struct {
        int line;
        const char *with;
        enum unit unit;
        double scale, rate_hz;
    } cases[] = {
        {12, "UNITS: m/s^2", UNIT_MPS2, 1, 200},
        {12, "UNITS: cm/s", UNIT_MPS, 0.01, 200},
        {9, "SAMPLING_INTERVAL_S: 0.01", UNIT_MPS2, 0.01, 100},
        {9, "SAMPLING_INTERVAL_S: 0.003906", UNIT_MPS2, 0.01,
         256}, /* 0.00390625 s, printed with six decimals */
        {9, "SAMPLING_INTERVAL_S: 0.016", UNIT_MPS2, 0.01, 62.5},
        {9, "SAMPLING_INTERVAL_S: 1", UNIT_MPS2, 0.01, 1},
        {8, "DATE_TIME_FIRST_SAMPLE_YYYYMMDD_HHMMSS: ", UNIT_MPS2, 0.01, 200},
    };
    char *good = make();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reader_run *run = reader_run_new();
        char *text = text_with(good, cases[i].line, cases[i].with);
        assert_int_equal(reader_run_bytes(run, &reader_esm, text, strlen(text)), 0);
        const struct channel *c = &run->channels.at[0];
        if (c->unit != cases[i].unit || c->scale != cases[i].scale ||
            fabs(c->rate_hz - cases[i].rate_hz) > 1e-9)
            fail_msg("%s: unit %d scale %g rate %.9f", cases[i].with, c->unit, c->scale, c->rate_hz);
        assert_true(c->has_time == (cases[i].line != 8));
        free(text);
        reader_run_free(run);
    }
    free(good);
}

static const struct text_case cases[] = {
    {"a good file", 0, NULL, NULL},
    {"a blank line at the end", HEADER_LINES + SAMPLES + 1, "  ", NULL},
    {"no station", 5, NULL, "the header ends without 'STATION_CODE'"},
    {"an empty station", 5, "STATION_CODE: ", "line 5: STATION_CODE '' is not a station's code"},
    {"a station of two words", 5, "STATION_CODE: A B", "line 5: STATION_CODE 'A B'"},
    {"a label that comes twice", 6, "STATION_CODE: TST", "line 6: STATION_CODE comes a second time"},
    {"a date that does not exist", 8, "DATE_TIME_FIRST_SAMPLE_YYYYMMDD_HHMMSS: 20190230_160919.870",
     "line 8: DATE_TIME_FIRST_SAMPLE_YYYYMMDD_HHMMSS '20190230_160919.870' is not YYYYMMDD"},
    {"a date cut short", 8, "DATE_TIME_FIRST_SAMPLE_YYYYMMDD_HHMMSS: 20190228", "line 8"},
    {"no interval", 9, "SAMPLING_INTERVAL_S: 0", "line 9: SAMPLING_INTERVAL_S '0' is not an interval"},
    {"an interval of no number", 9, "SAMPLING_INTERVAL_S: nan", "line 9"},
    {"an interval that is too long", 9, "SAMPLING_INTERVAL_S: 1.5", "line 9"},
    {"an interval that is too short", 9, "SAMPLING_INTERVAL_S: 0.00001", "line 9"},
    {"no samples", 10, "NDATA: 0", "line 10: NDATA '0' is not a number of samples"},
    {"more samples than anyone has", 10, "NDATA: 2000000000", "line 10"},
    {"one more promised", 10, "NDATA: 301", "301 samples promised, 300 there: the file is cut off"},
    {"one less promised", 10, "NDATA: 299", "line 313: more than the 299 samples promised"},
    {"no channel", 11, "STREAM: HN", "line 11: STREAM 'HN' is not a channel such as HNZ"},
    {"an unknown orientation", 11, "STREAM: HNQ", "line 11"},
    {"a displacement", 12, "UNITS: cm", "line 12: UNITS 'cm' is not cm/s^2"},
    {"no unit", 12, NULL, "the header ends without 'UNITS'"},
    {"a word among the samples", 20, "x1", "line 20: 'x1' is not a number"},
    {"a sample that is none", 20, "nan", "line 20: 'nan' is not a number"},
    {"asterisks", 20, "********", "line 20: '********' is not a number"},
    {"two samples in a line", 20, "0.1 0.2", "line 20: more than 1 numbers in a row of 1"},
};

static void refuses(void **state)
{
    (void)state;
    text_cases(&reader_esm, make, cases, sizeof cases / sizeof *cases);
}

static void survives_faults(void **state)
{
    (void)state;
    text_hardships(&reader_esm, make);
}

/* A header that never ends is no reason to read on. */
static void a_long_header_is_refused(void **state)
{
    static char text[64 * 1024];
    struct reader_run *run = reader_run_new();
    size_t at = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "USER%d: x\n", i);
    assert_int_equal(reader_run_bytes(run, &reader_esm, text, at), -1);
    assert_string_equal(run->err.text, "t: line 256: a header of more than 256 lines");
    reader_run_free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),           cmocka_unit_test(units_and_rates),
        cmocka_unit_test(refuses),         cmocka_unit_test(a_long_header_is_refused),
        cmocka_unit_test(survives_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
