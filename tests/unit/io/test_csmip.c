/* CSMIP V1 files made here, with a title and with pairs of time and sample as RAW and RENADIC files have
 * them. The records test reads real ones. */
#include "tests/unit/io/serial_run.h"

enum { SAMPLES = 27, INTEGERS = 100, REALS = 50 };

static const char *const components[] = {"360 Deg", " Up", "90 Deg", "INTC"};

static void add_part(struct text *t, bool pairs, int k)
{
    double whole[INTEGERS] = {1, 100}, real[REALS] = {0.0214, 0.67, -999}, value[SAMPLES], pair[2 * SAMPLES];

    whole[27] = SAMPLES;
    text_tenths(value, SAMPLES, k);
    for (int i = 0; i < SAMPLES; i++) {
        pair[2 * i] = 0.005 * i;
        pair[2 * i + 1] = value[i];
    }
    text_line(t, pairs ? "UNCORRECTED ACCELEROGRAM DATA              PROCESSED: 01/24/24, TEST"
                       : "Uncorrected Accelerogram Data             Processed: 01/24/24, TEST");
    text_line(t, "Record of Wed Jan 24, 2024 02:51:28.0 PST");
    text_line(t, "Origin: To be determined");
    text_line(t, pairs ? "    TRIGGER TIME: 1/24/2024 3:54:12.000 GMT"
                       : "12345-TEST        Start time:  1/24/24, 10:51:28.5 UTC (GPS)");
    text_line(t, pairs ? "STATION NO.          0.000N    0.000E  QDR       S/N  760 (3  CHNS OF 3  AT STA)"
                       : "Station No. 89146   40.941N, 123.633W      Etna  s/n 2500  (3 Chns of  3 at Sta)");
    text_line(t, pairs ? "DO\xd1"
                         "A INES S/N 760"
                       : "Nowhere Creek                              TEST");
    text_line(t, pairs ? "CHAN  %d: %s     (STA CHN:  1)" : "Chan  %d: %s", k + 1, components[k]);
    text_line(t, "Record of Wed Jan 24, 2024");
    text_line(t, "Hypocenter:  To be determined.");
    text_line(t, "Instr Period =  .0109 sec,  Damping =  .670,  Sensitivity =  .63  v/g");
    text_line(t, "No. of Points =  %d  Record Length = .135 sec", SAMPLES);
    text_line(t, pairs ? "UNITS OF UNCOR ACCEL ARE SEC AND G/10.     MAX  =  2.0 G, AT  .1 SEC."
                       : "Units of uncor data are sec and g .        Max  =   20.0 g , at  .1 sec.");
    text_line(t, "RMS calc for complete record =        .");
    text_numbers(t, whole, INTEGERS, 16, "%*.0f", 5);
    text_numbers(t, real, REALS, 8, "%*.4f", 10);
    if (!pairs)
        text_line(t, "    %d Accelerogram points at 200 pts/sec in units of g .      Format: (8f9.6)",
                  SAMPLES);
    if (pairs)
        text_numbers(t, pair, (size_t)2 * SAMPLES, 10, "%*.3f", 7);
    else
        text_numbers(t, value, SAMPLES, 8, "%*.5f", 9);
    text_data_ends(t);
    text_line(t, "/&  ----------  End of Data for Channel  %d  ----------", k + 1);
    text_part_ends(t);
}

static struct text *make(const char *newline)
{
    struct text *t = text_new(newline);

    for (int k = 0; k < 3; k++)
        add_part(t, false, k);
    return t;
}

static struct text *make_pairs(const char *newline)
{
    struct text *t = text_new(newline);

    for (int k = 3; k >= 0; k--)
        add_part(t, true, k);
    return t;
}

static void titled(void **state)
{
    static const struct {
        const char *code;
        char axis;
        double azimuth_deg, dip_deg;
    } want[] = {{"89146.360", 'N', 0, 0}, {"89146.Up", 'Z', 0, -90}, {"89146.90", 'E', 90, 0}};

    (void)state;
    for (int pass = 0; pass < 2; pass++) {
        struct reader_run *run = reader_run_new();
        struct text *t = make(pass ? "\r\n" : "\n");
        double value[SAMPLES];
        if (reader_run_bytes(run, &reader_csmip, t->at, t->n) < 0)
            fail_msg("%s", run->err.text);
        assert_true(run->probed && run->channels.n == 3 && !run->channels.multiplexed);
        for (int k = 0; k < 3; k++) {
            const struct channel *c = &run->channels.at[k];
            assert_string_equal(c->group, "89146");
            assert_string_equal(c->code, want[k].code);
            assert_int_equal(c->axis, want[k].axis);
            assert_true(c->oriented && c->azimuth_deg == want[k].azimuth_deg &&
                        c->dip_deg == want[k].dip_deg);
            assert_true(c->rate_hz == 200 && c->has_time);
            /* date -u -d '2024-01-24 10:51:28' +%s */
            assert_int_equal(c->t0_ns, INT64_C(1706093488500000000));
            assert_true(c->unit == UNIT_MPS2 && c->scale == 9.80665 && fabs(c->lsb - 9.80665e-6) < 1e-18);
            assert_int_equal(c->samples, SAMPLES);
            assert_int_equal(run->n[k], SAMPLES);
            text_tenths(value, SAMPLES, k);
            assert_memory_equal(run->value[k], value, sizeof value);
            text_one_channel(&reader_csmip, t, (size_t)k, value, SAMPLES);
        }
        free(t);
        reader_run_free(run);
    }
}

/* The time code in front is no component; a trigger's time is not that of the first sample. */
static void paired(void **state)
{
    static const char *const code[] = {"DO_A_INES.90", "DO_A_INES.Up", "DO_A_INES.360"};
    struct reader_run *run = reader_run_new();
    struct text *t = make_pairs("\r\n");
    double value[SAMPLES];

    (void)state;
    if (reader_run_bytes(run, &reader_csmip, t->at, t->n) < 0)
        fail_msg("%s", run->err.text);
    assert_true(run->probed && run->channels.n == 3);
    for (int k = 0; k < 3; k++) {
        const struct channel *c = &run->channels.at[k];
        assert_string_equal(c->group, "DO_A_INES");
        assert_string_equal(c->code, code[k]);
        assert_true(c->rate_hz == 200 && !c->has_time && c->t0_ns == 0);
        assert_true(c->unit == UNIT_MPS2 && fabs(c->scale - 0.980665) < 1e-15);
        assert_true(fabs(c->lsb - 0.980665e-3) < 1e-15);
        assert_int_equal(run->n[k], SAMPLES);
        text_tenths(value, SAMPLES, 2 - k);
        assert_memory_equal(run->value[k], value, sizeof value);
        text_one_channel(&reader_csmip, t, (size_t)k, value, SAMPLES);
    }
    free(t);
    reader_run_free(run);
}

static const struct text_case cases[] = {
    {"a good file", "Nowhere", "Somewhere", NULL},
    {"g/10", "units of g .", "units of G/10.", NULL},
    {"no start", "Start time:", "Stars tire:", NULL},
    {"a start that is not known", "Start time:  1/24/24, 10:51:28.5 UTC", "Start time:  unknown", NULL},
    {"a year of four digits", "1/24/24, 10", "1/24/2024, 10", NULL},
    {"no station number", "No. 89146   40", "No.         40", NULL},
    {"points beyond five columns", "   0   27", "   0    0", NULL},
    {"another beginning", "\n/&  ----------  End of Data for Channel  1",
     "\n## ----------  End of Data for Channel  1",
     "'## ----------  End of Data for Channel  ' does not begin a component"},
    {"a start in local time", "28.5 UTC", "28.5 PST", "line 4: start time '  1/24/24, 10:51:28.5 PST"},
    {"a start that does not exist", "1/24/24, 10", "2/30/24, 10", "line 4"},
    {"a start without clock", "1/24/24, 10:51:28.5", "1/24/24", "line 4"},
    {"no channel", "Chan  1: 360", "Line  1: 360", "line 7: 'Line  1: 360 Deg' is not 'Chan'"},
    {"no number of points", "No. of Points", "Number", "no 'No. of Points' in the 13 header lines above"},
    {"no points", "Points =  27", "Points =  0 ", "line 11: No. of Points '0"},
    {"points that are no number", "Points =  27", "Points = nan", "line 11"},
    {"absurdly many points", "Points =  27", "Points =  27e99", "line 11: No. of Points '27e99"},
    {"points that contradict", "Points =  27", "Points =  28",
     "line 15: 27 samples, but 28 in the text above"},
    {"a title that contradicts", "    27 Acc", "    26 Acc",
     "line 28: '    26 Accelerogram ', but 27 samples"},
    {"no rate", "points at 200", "points at ???", "line 28: no 'points at' a number"},
    {"a rate of zero", "points at 200", "points at 000", "says 0 samples a second: outside 1 to 20000"},
    {"an absurd rate", "points at 200", "points at 2000000", "says 2e+06 samples a second"},
    {"gal", "units of g .", "units of gal", "line 28: 'in units of' neither g nor g/10"},
    {"cm/s/s", "units of g .", "units of cm/s/s", "line 28"},
    {"no format", "(8f9.6)", "(8x9.6)", "line 28: no format such as (8F9.6)"},
    {"a format of whole numbers", "(8f9.6)", "(8i9)", "line 28"},
    {"a format of no width", "(8f9.6)", "(8f0.6)", "line 28"},
    {"another format", "(8f9.6)", "(9f9.6)", "line 29: ends at column 72, within number 9 of 9"},
    {"a sample that is no number", "-20.00000", "      nan",
     "line 29: column 1: '      nan' is not a number"},
    {"a sample that is a word", "-20.00000", "-20.0zzzz", "line 29: column 1"},
};

static const struct text_case pair_cases[] = {
    {"a good file", "QDR", "SMA", NULL},
    {"a time to the next millisecond", "  0.010", "  0.011", NULL},
    {"gal", "AND G/10", "AND GAL ", "line 12: "},
    {"no unit", "SEC AND", "SEC UND", "line 12"},
    {"g", "AND G/10.", "AND G   .", NULL},
    {"time stands still", "  0.010", "  0.005", "time goes from 0.005 to 0.005 s"},
    {"time goes back", "  0.010", "  0.001", "time goes from 0.005 to 0.001 s, not by steps of 0.005 s"},
    {"a gap", "  0.100", "  0.120", "time goes from 0.095 to 0.12 s"},
    {"a time that is no number", "  0.010", "    nan", "line 28: column 29"},
    {"no direction at all", "INTC", "INTC", NULL},
};

static void refuses(void **state)
{
    (void)state;
    text_cases(&reader_csmip, make, cases, sizeof cases / sizeof *cases);
    text_cases(&reader_csmip, make_pairs, pair_cases, sizeof pair_cases / sizeof *pair_cases);
}

static void nothing_but_a_time_code_is_refused(void **state)
{
    struct reader_run *run = reader_run_new();
    struct text *t = text_new("\n");

    (void)state;
    add_part(t, true, 3);
    assert_int_equal(reader_run_bytes(run, &reader_csmip, t->at, t->n), -1);
    assert_non_null(strstr(run->err.text, "no component of ground acceleration in this CSMIP file"));
    free(t);
    reader_run_free(run);
}

/* Films run a little slow or fast; a whole number of Hz within 0.3 % was meant. */
static void film_keeps_its_nominal_rate(void **state)
{
    static const struct {
        double step_s, want_hz;
    } rows[] = {{0.0050, 200}, {0.00501, 200}, {0.00499, 200}, {0.0055, 182}, {0.01, 100}, {0.0164, 61}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum { N = 1000 };
        static double pair[2 * N];
        struct reader_run *run = reader_run_new();
        struct text *t = text_new("\n");
        for (int k = 0; k < N; k++) {
            pair[2 * k] = rows[i].step_s * k;
            pair[2 * k + 1] = 0.001 * (k % 100);
        }
        add_part(t, true, 0);
        t->n = (size_t)(strstr(t->at, "  0.000-20") - t->at);
        t->at[t->n] = 0;
        text_edit(t, "  27", "1000");
        text_edit(t, "   27", " 1000");
        text_numbers(t, pair, (size_t)2 * N, 10, "%*.3f", 7);
        if (reader_run_bytes(run, &reader_csmip, t->at, t->n) < 0)
            fail_msg("%g s: %s", rows[i].step_s, run->err.text);
        if (fabs(run->channels.at[0].rate_hz - rows[i].want_hz) > 0.2)
            fail_msg("%g s: %.9g Hz", rows[i].step_s, run->channels.at[0].rate_hz);
        assert_int_equal(run->n[0], N);
        free(t);
        reader_run_free(run);
    }
}

static void stands_hardships(void **state)
{
    (void)state;
    text_hardships(&reader_csmip, make);
    text_hardships(&reader_csmip, make_pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(titled),
        cmocka_unit_test(paired),
        cmocka_unit_test(refuses),
        cmocka_unit_test(nothing_but_a_time_code_is_refused),
        cmocka_unit_test(film_keeps_its_nominal_rate),
        cmocka_unit_test(stands_hardships),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
