/* COSMOS V0 and V1 files made here. The records test reads a real V1 file; V0 has no other golden than this
 * one. */
#include "tests/unit/io/serial_run.h"

enum { SAMPLES = 27, NUMBERS = 100 };

static const struct {
    const char *name, *code;
    int azimuth_deg;
    char axis;
    double dip_deg;
} components[] = {
    {"360 deg", "CE.23837..HNN", 360, 'N', 0},
    {" Up", "CE.23837..HNZ", 400, 'Z', -90},
    {" 90 deg", "CE.23837..HNE", 90, 'E', 0},
};

static void add_part(struct text *t, bool counts, bool scnl, int k)
{
    double whole[NUMBERS], real[NUMBERS], value[SAMPLES];

    for (int i = 0; i < NUMBERS; i++) {
        whole[i] = -999;
        real[i] = -999;
    }
    whole[39] = 2024;
    whole[40] = 24;
    whole[41] = 1;
    whole[42] = 24;
    whole[43] = 10;
    whole[44] = 51;
    whole[53] = components[k].azimuth_deg;
    real[21] = 0.298023;
    real[29] = 28.005;
    real[33] = 0.005;
    real[41] = 0.625;
    text_tenths(value, SAMPLES, k);
    for (int i = 0; counts && i < SAMPLES; i++)
        value[i] *= 10;
    text_line(t, "Uncorrected acceleration  (Format v01.20 with 13 text lines) Src:  test  ");
    text_line(t, "Rcrd of Wed Jan 24, 2024 02:51:28.0 PST");
    text_line(t, "Hypocenter: To be determined    H=   km       ML=     Mw=");
    text_line(t, "Origin: To be determined");
    text_line(t, "Statn No: 05- 23837 Code:CE-23837  TEST  Nowhere");
    text_line(t, "Coords: 34.063  -117.785   Site geology:");
    text_line(t, "Recorder: Etna   s/n 1193 ( 3 Chns of   3 at Sta) Sensor: FBA");
    text_line(t, "Rcrd start time: 1/24/2024, 10:51:28.005 UTC (Q=5)");
    text_line(t, "Sta Chan  %d: %s (Rcrdr Chan  %d)", k + 1, components[k].name, k + 1);
    text_line(t, "Raw record length =  .135 sec");
    text_line(t, "Processed:");
    text_line(t, "Record not filtered.");
    text_line(t, "Values used when parameter or data value is unknown/unspecified:   -999, -999.0");
    text_line(t, " 100 Integer-header values follow on  10 lines, Format= (10I8)");
    text_numbers(t, whole, NUMBERS, 10, "%*.0f", 8);
    text_line(t, " 100 Real-header values follow on  17 lines, Format= (6F13.6)  ");
    text_numbers(t, real, NUMBERS, 6, "%*.6f", 13);
    text_line(t, "   2 Comment line(s) follow, each starting with a \"|\":");
    text_line(t, "| made by a test");
    text_line(t, "|%s23837.%s.CE.--   <AUTH>CE 2024/01/24", scnl ? "<SCNL>" : "", components[k].code + 10);
    text_line(t,
              counts ? "      %d raw accel. pts, approx  0 secs, units=counts (50),Format=(10I8)"
                     : "      %d acceleration pts, approx  0 secs, units=g.     (02)Format=(8f9.6)   ",
              SAMPLES);
    if (counts)
        text_numbers(t, value, SAMPLES, 10, "%*.0f", 8);
    else
        text_numbers(t, value, SAMPLES, 8, "%*.5f", 9);
    text_data_ends(t);
    text_line(t, "End-of-data for Chan  %d acceleration", k + 1);
    text_part_ends(t);
}

static struct text *make_of(const char *newline, bool counts, bool scnl)
{
    struct text *t = text_new(newline);

    for (int k = 0; k < 3; k++)
        add_part(t, counts, scnl, k);
    return t;
}

static struct text *make(const char *newline)
{
    return make_of(newline, false, true);
}

static struct text *make_v0(const char *newline)
{
    return make_of(newline, true, true);
}

static void reads(void **state)
{
    (void)state;
    for (int pass = 0; pass < 4; pass++) {
        struct reader_run *run = reader_run_new();
        bool counts = pass & 1;
        struct text *t = (counts ? make_v0 : make)(pass & 2 ? "\r\n" : "\n");
        double value[SAMPLES];
        if (reader_run_bytes(run, &reader_cosmos, t->at, t->n) < 0)
            fail_msg("%s", run->err.text);
        assert_true(run->probed && run->channels.n == 3 && !run->channels.multiplexed);
        for (int k = 0; k < 3; k++) {
            const struct channel *c = &run->channels.at[k];
            assert_string_equal(c->group, "CE.23837..HN");
            assert_string_equal(c->code, components[k].code);
            assert_int_equal(c->axis, components[k].axis);
            assert_true(c->oriented && c->dip_deg == components[k].dip_deg);
            assert_true(c->azimuth_deg == (k == 2 ? 90 : 0));
            assert_true(c->rate_hz == 200 && c->has_time);
            /* date -u -d '2024-01-24 10:51:28' +%s */
            assert_int_equal(c->t0_ns, INT64_C(1706093488005000000));
            assert_int_equal(c->unit, UNIT_MPS2);
            /* 0.298023 uV a count over 0.625 V/g; printed g have steps of 1e-6 */
            if (counts)
                assert_true(fabs(c->scale / (0.298023e-6 / 0.625 * 9.80665) - 1) < 1e-12 &&
                            c->lsb == c->scale);
            else
                assert_true(c->scale == 9.80665 && fabs(c->lsb / 9.80665e-6 - 1) < 1e-12);
            assert_int_equal(run->n[k], SAMPLES);
            text_tenths(value, SAMPLES, k);
            for (int i = 0; counts && i < SAMPLES; i++)
                value[i] = nearbyint(value[i] * 10);
            assert_memory_equal(run->value[k], value, sizeof value);
            text_one_channel(&reader_cosmos, t, (size_t)k, value, SAMPLES);
        }
        free(t);
        reader_run_free(run);
    }
}

static void without_scnl_the_station_code_is_the_group(void **state)
{
    struct reader_run *run = reader_run_new();
    struct text *t = make_of("\n", false, false);

    (void)state;
    assert_int_equal(reader_run_bytes(run, &reader_cosmos, t->at, t->n), 0);
    assert_string_equal(run->channels.at[0].group, "CE-23837");
    assert_string_equal(run->channels.at[0].code, "CE-23837.360");
    assert_string_equal(run->channels.at[1].code, "CE-23837.Up");
    free(t);
    reader_run_free(run);
}

/* Edits of a good file, and what becomes of its first channel. */
static void what_is_not_known_stays_unknown(void **state)
{
    struct reader_run *run = reader_run_new();
    struct text *t = make_v0("\n");

    (void)state;
    text_edit(t, "     0.625000", "  -999.000000");
    text_edit(t, "    28.005000", "  -999.000000");
    text_edit(t, "    -999     360    -999", "    -999    -999    -999");
    assert_int_equal(reader_run_bytes(run, &reader_cosmos, t->at, t->n), 0);
    const struct channel *c = &run->channels.at[0];
    assert_true(c->unit == UNIT_UNKNOWN && c->scale == 1 && c->lsb == 0);
    assert_true(!c->has_time && c->t0_ns == 0);
    assert_true(c->oriented && c->azimuth_deg == 0 && c->axis == 'N'); /* by "360 deg" */
    assert_true(run->channels.at[1].unit == UNIT_MPS2);
    free(t);
    reader_run_free(run);
}

static void velocity_is_passed_over(void **state)
{
    struct reader_run *run = reader_run_new();
    struct text *t = make("\n");

    (void)state;
    text_edit(t, "acceleration pts, approx  0 secs, units=g.     (02)",
              "velocity pts, approx  0 secs, units=cm/sec (05)");
    assert_int_equal(reader_run_bytes(run, &reader_cosmos, t->at, t->n), 0);
    assert_int_equal(run->channels.n, 2);
    assert_string_equal(run->channels.at[0].code, "CE.23837..HNZ");
    assert_int_equal(run->n[1], SAMPLES);
    free(t);
    reader_run_free(run);
}

static const struct text_case cases[] = {
    {"a good file", "Nowhere", "Somewhere", NULL},
    {"cm/s/s", "units=g.     (02)", "units=cm/sec2 (04)", NULL},
    {"another beginning", "End-of-data for Chan  1", "End of data for Chan  1",
     "'End of data for Chan  1 acceleration' does not begin a component"},
    {"no number of text lines", "with 13 text", "with no text",
     "line 1: 'Uncorrected acceleration  (Format v01.20'"},
    {"too many text lines", "with 13 text", "with 99 text", "line 1"},
    {"fewer text lines", "with 13 text", "with 12 text",
     "line 13: 'Values used when parameter or data value' is not"},
    {"no integers", " 100 Integer-header", " 100 Real-header", "line 14: ' 100 Real-header"},
    {"too few integers", " 100 Integer", "  40 Integer", "line 14"},
    {"absurdly many integers", " 100 Integer", " 1000000 Integer",
     "line 14: ' 1000000 Integer-header values follow on' is not a number of integers, up to 1000"},
    {"no format", "Format= (10I8)", "Format= 10I8", "line 14"},
    {"integers that are reals", "(10I8)", "(10F8)", "line 14"},
    {"an integer with a point", "    2024", "  2024.0",
     "line 18: column 73: '  2024.0' is not a whole number"},
    {"a month not known", "      24       1      24", "      24    -999      24", NULL},
    {"a day not known", "       1      24      10", "       1    -999      10", NULL},
    {"an hour not known", "      10      51", "    -999      51", NULL},
    {"a minute not known", "      10      51", "      10    -999", NULL},
    {"a start that does not exist", "      24       1      24", "      24      13      24", "2024-13-24"},
    {"a minute that is none", "      24      10      51", "      24      10      61",
     "of the header above does not exist"},
    {"more comments than there are", "   2 Comment", "   3 Comment",
     "line 46: not the 3 comment lines promised"},
    {"fewer comments", "   2 Comment", "   1 Comment",
     "line 45: '|<SCNL>23837.HNN.CE.--   <AUTH>CE 2024/0' is not a number of samples"},
    {"no samples", "      27 acc", "       0 acc", "promises no samples"},
    {"absurdly many samples", "      27 acc", "9999999999 acc",
     "line 46: '9999999999 acceleration pts, approx  0 s' is not a number of samples"},
    {"samples that are no number", "      27 acc", "     nan acc", "line 46"},
    {"half a sample", "      27 acc", "    27.5 acc", "line 46"},
    {"one more than there are", "      27 acc", "      28 acc",
     "line 50: ends at column 27, within number 4 of 4"},
    {"no data format", "(8f9.6)", "8f9.6", "line 46: '      27 acceleration pts"},
    {"inches", "units=g.  ", "units=in/s/s", "line 46: units='in/s/s' is not g, cm/sec2 or counts"},
    {"no units", "units=", "unitz=", "line 46: units=''"},
    {"a step of zero", "     0.005000", "     0.000000", "says 0 samples a second"},
    {"an absurd step", "     0.005000", "     0.000001", "says 1e+06 samples a second"},
    {"a step that is no number", "     0.005000", "          nan",
     "line 31: column 40: '          nan' is not a number"},
    {"a sample that is no number", "-20.00000", "      nan",
     "line 47: column 1: '      nan' is not a number"},
};

static void refuses(void **state)
{
    (void)state;
    text_cases(&reader_cosmos, make, cases, sizeof cases / sizeof *cases);
}

static void stands_hardships(void **state)
{
    (void)state;
    text_hardships(&reader_cosmos, make);
    text_hardships(&reader_cosmos, make_v0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(without_scnl_the_station_code_is_the_group),
        cmocka_unit_test(what_is_not_known_stays_unknown),
        cmocka_unit_test(velocity_is_passed_over),
        cmocka_unit_test(refuses),
        cmocka_unit_test(stands_hardships),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
