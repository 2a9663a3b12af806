/* NSMN files made here, with the labels of the network's own. */
#include "tests/unit/io/text_file.h"

enum { SAMPLES = 200, HEADER_LINES = 13 };

/* The caller frees. */
static char *make(void)
{
    size_t room = 16 * 1024, at = 0;
    char *text = malloc(room);

    assert_non_null(text);
    at += (size_t)snprintf(text, room,
                           "STRONG GROUND MOTION RECORDS OF TURKIYE\n"
                           "PLACE                   : TOWN HALL: GARDEN\n"
                           "EARTHQUAKE DATE         : 2017/07/20 22:31:09 (GMT)\n"
                           "STATION ID              : 0921\n"
                           "STATION COORDINATES     : 37.87470N-27.59223E\n"
                           "STATION ALTITUDE (m)    : 66\n"
                           "RECORDER SERIAL NO      : 1\n"
                           "RECORD TIME             : 20/07/2017 22:30:58.250000 (GMT)\n"
                           "NUMBER OF DATA          : %d\n"
                           "SAMPLING INTERVAL (sec) : 0.01\n"
                           "RAW PGA VALUES (gal)    : (N-S) 1.0 (E-W) 1.0 (U-D) 1.0\n"
                           "Copyright\n"
                           "       N-S          E-W          U-D\n",
                           SAMPLES);
    for (int i = 0; i < SAMPLES; i++)
        at += (size_t)snprintf(text + at, room - at, "%12.6f  %12.6f  %12.6f\n", text_sample(i, 0),
                               text_sample(i, 1), text_sample(i, 2));
    return text;
}

static const struct text_file file = {
    &reader_nsmn,
    make,
    "0921",
    {"0921.NS", "0921.EW", "0921.UD"},
    "NEZ",
    true,
    100,
    /* date -u -d '2017-07-20 22:30:58' +%s: the day stands first */
    INT64_C(1500589858250000000),
    SAMPLES,
};

static void reads(void **state)
{
    (void)state;
    text_reads(&file);
}

static void columns_may_change_places(void **state)
{
    struct reader_run *run = reader_run_new();
    char *good = make(), *text = text_with(good, HEADER_LINES, "  U-D  N-S  E-W ");

    (void)state;
    assert_int_equal(reader_run_bytes(run, &reader_nsmn, text, strlen(text)), 0);
    assert_string_equal(run->channels.at[0].code, "0921.UD");
    assert_int_equal(run->channels.at[2].axis, 'E');
    free(text);
    free(good);
    reader_run_free(run);
}

static const struct text_case cases[] = {
    {"a good file", 0, NULL, NULL},
    {"no station", 4, NULL, "the header ends without 'STATION ID'"},
    {"an empty station", 4, "STATION ID              : ", "line 4: STATION ID '' is not a station's code"},
    {"a time of another zone", 8, "RECORD TIME : 20/07/2017 22:30:58.000000 (EET)",
     "line 8: RECORD TIME '20/07/2017 22:30:58.000000 (EET)' is not DD/MM/YYYY"},
    {"a month of the day's number", 8, "RECORD TIME : 07/20/2017 22:30:58.000000 (GMT)", "line 8"},
    {"no time", 8, "RECORD TIME : ", "line 8"},
    {"a date of another order", 8, "RECORD TIME : 2017/07/20 22:30:58.000000 (GMT)", "line 8"},
    {"no samples", 9, "NUMBER OF DATA : 0", "line 9: NUMBER OF DATA '0' is not a number of samples"},
    {"half a sample", 9, "NUMBER OF DATA : 1.5", "line 9"},
    {"one more promised", 9, "NUMBER OF DATA : 201", "201 samples promised, 200 there: the file is cut off"},
    {"one less promised", 9, "NUMBER OF DATA : 199", "line 213: more than the 199 samples promised"},
    {"an interval of nothing", 10, "SAMPLING INTERVAL (sec) : 0", "line 10: SAMPLING INTERVAL '0' is not"},
    {"an interval that is negative", 10, "SAMPLING INTERVAL (sec) : -0.01", "line 10"},
    {"no column names", 13, NULL, "line 64: no line of the column names N-S E-W U-D"},
    {"a column that comes twice", 13, "N-S E-W N-S", "line 64: no line of the column names"},
    {"a fourth column", 13, "N-S E-W U-D N-S", "line 64: no line of the column names"},
    {"a row of two", 20, "1.0 2.0", "line 20: only 2 numbers in a row of 3"},
    {"a row of four", 20, "1.0 2.0 3.0 4.0", "line 20: more than 3 numbers in a row of 3"},
    {"a word in a row", 20, "1.0 x 3.0", "line 20: 'x' is not a number"},
    {"infinity", 20, "1.0 inf 3.0", "line 20: 'inf' is not a number"},
};

static void refuses(void **state)
{
    (void)state;
    text_cases(&reader_nsmn, make, cases, sizeof cases / sizeof *cases);
}

static void survives_faults(void **state)
{
    (void)state;
    text_hardships(&reader_nsmn, make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(columns_may_change_places),
        cmocka_unit_test(refuses),
        cmocka_unit_test(survives_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
