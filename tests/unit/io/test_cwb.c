/* Files of Taiwan's free format made here, with the labels of the agency's own. */
#include "tests/unit/io/text_file.h"

enum { SAMPLES = 100, HEADER_LINES = 12 };

/* The caller frees. */
static char *make(void)
{
    size_t room = 16 * 1024, at = 0;
    char *text = malloc(room);

    assert_non_null(text);
    at += (size_t)snprintf(text, room,
                           "#Earthquake Information\n"
                           "#Origin Time(GMT+08): 2018/02/06-23:50:42\n"
                           "\n"
                           "#Station Information\n"
                           "#StationCode: EAS\n"
                           "#StartTime(GMT+08): 2018/02/06-23:50:29.250\n"
                           "#RecordLength(sec): 2\n"
                           "#SampleRate(Hz): 50\n"
                           "#AmplitudeUnit:  gal. DCoffset(corr)\n"
                           "#AmplitudeMAX. U:    0.658~   -0.837\n"
                           "#DataSequence: Time U(+); N(+); E(+)\n"
                           "#Data: 4F10.3 \n");
    for (int i = 0; i < SAMPLES; i++)
        at += (size_t)snprintf(text + at, room - at, "%10.3f%10.3f%10.3f%10.3f\n", i / 50.0,
                               text_sample(i, 0), text_sample(i, 1), text_sample(i, 2));
    return text;
}

static const struct text_file file = {
    &reader_cwb,
    make,
    "EAS",
    {"EAS.U", "EAS.N", "EAS.E"},
    "ZNE",
    true,
    50,
    /* date -u -d '2018-02-06 15:50:29' +%s: eight hours earlier */
    INT64_C(1517932229250000000),
    SAMPLES,
};

static void reads(void **state)
{
    (void)state;
    text_reads(&file);
}

static void sequences_and_signs(void **state)
{
    struct reader_run *run = reader_run_new();
    char *good = make(), *text = text_with(good, 11, "#DataSequence: Time N(+); E(-); U(+)");

    (void)state;
    assert_int_equal(reader_run_bytes(run, &reader_cwb, text, strlen(text)), 0);
    assert_string_equal(run->channels.at[0].code, "EAS.N");
    assert_string_equal(run->channels.at[1].code, "EAS.E");
    assert_true(run->channels.at[1].scale == -0.01 && run->channels.at[2].scale == 0.01);
    free(text);
    free(good);
    reader_run_free(run);
}

static const struct text_case cases[] = {
    {"a good file", 0, NULL, NULL},
    {"numbers that touch", 13, "     0.000-10000.001-10000.001-10000.001", NULL},
    {"no station", 5, NULL, "the header ends without '#StationCode'"},
    {"a time of another zone", 6, "#StartTime(GMT+09): 2018/02/06-23:50:29.000",
     "the header ends without '#StartTime(GMT+08)'"},
    {"a time that does not exist", 6, "#StartTime(GMT+08): 2018/02/30-23:50:29.000",
     "line 6: #StartTime(GMT+08) '2018/02/30 23:50:29.000' is not YYYY/MM/DD"},
    {"no length", 7, "#RecordLength(sec): 0", "line 7: #RecordLength '0' is not a length"},
    {"a length beyond reason", 7, "#RecordLength(sec): 1e9", "line 7"},
    {"a second more", 7, "#RecordLength(sec): 3", "150 samples promised, 100 there: the file is cut off"},
    {"half a second less", 7, "#RecordLength(sec): 1.5", "line 88: more than the 75 samples promised"},
    {"a length of less than a sample", 7, "#RecordLength(sec): 0.005",
     "line 12: 0.005 s at 50 Hz are no record"},
    {"no rate", 8, "#SampleRate(Hz): 0", "line 8: #SampleRate '0' is not a rate"},
    {"another rate than the rows'", 8, "#SampleRate(Hz): 100",
     "a row for 0.02 s where the one for 0.01 s is due"},
    {"another unit", 9, "#AmplitudeUnit:  galileo", "line 9: #AmplitudeUnit 'galileo' is not gal"},
    {"two components", 11, "#DataSequence: Time U(+); N(+)", "line 11: #DataSequence"},
    {"a component that comes twice", 11, "#DataSequence: Time U(+); N(+); N(+)", "line 11"},
    {"no time", 11, "#DataSequence: U(+); N(+); E(+)", "line 11"},
    {"no format", 12, NULL, "line 64: no line '#Data: 4F10.3' up to here"},
    {"three columns", 12, "#Data: 3F10.3", "line 12: #Data '3F10.3' is not a format of four columns"},
    {"whole numbers", 12, "#Data: 4I10", "line 12"},
    {"a row left out", 20, NULL, "line 20: a row for 0.16 s where the one for 0.14 s is due"},
    {"a row that comes twice", 20, "     0.120     0.000     0.000     0.000", "line 20: a row for 0.12 s"},
    {"a row cut short", 20, "     0.140     0.000     0.000", "line 20"},
    {"a word", 20, "     0.140     0.000       abc     0.000", "line 20"},
};

static void refuses(void **state)
{
    (void)state;
    text_cases(&reader_cwb, make, cases, sizeof cases / sizeof *cases);
}

static void survives_faults(void **state)
{
    (void)state;
    text_hardships(&reader_cwb, make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(sequences_and_signs),
        cmocka_unit_test(refuses),
        cmocka_unit_test(survives_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
