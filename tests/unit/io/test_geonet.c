/* GeoNet V1A and V2A files made here: 16 text lines, 40 integers, 60 reals, samples in ten columns of eight.
 * The records test reads GeoNet's own. */
#include "tests/unit/io/serial_run.h"

enum { SAMPLES = 25, REALS = 60 };

static const char *const components[] = {"N28W", "S62W", "Up"};

static void add_part(struct text *t, bool v2a, int k)
{
    double real[REALS] = {200, 0.7}, value[SAMPLES], still[SAMPLES] = {0};

    real[21] = v2a ? 5 : 0;
    real[24] = 0.005;
    real[25] = v2a ? 0.02 : 0.005;
    text_line(t, "%s accelerogram 20240124_105128_TEST_20 GNS Science", v2a ? "Corrected" : "Uncorrected");
    text_line(t, "Site TEST      42 37 10S  173 03 13E     Cusp file:  none");
    text_line(t, "Nowhere");
    text_line(t, "Instrument none");
    text_line(t, "Resolution: 24-bit   Instr Period: 0.0050 s   Damping: 0.700");
    text_line(t, "Accelerogram 20240124_105128_TEST_20");
    text_line(t, "Here");
    text_line(t, "2024 January 24          10:51:28 UT");
    text_line(t, "Epicentre  none");
    text_line(t, "Number of points  %d    Duration 0.125 s", SAMPLES);
    text_line(t, "%s",
              v2a ? "Instrument corrected data at 0.020 sec intervals"
                  : "Raw readings in units of 1.00 mm/s/s  at intervals of 0.005 s");
    text_line(t, "Data is unfiltered");
    text_line(t, "Component %s   an axis", components[k]);
    text_line(t, "Acceleration:  Peak   20.0 mm/s/s at  0.05 s");
    text_line(t, "Velocity record unevaluated");
    text_line(t, "Displacement record unevaluated");
    text_line(t, "%8d%8d%8d%8d%8d%8d%8d%8d%8d%8d", 2024, 1, 24, 10, 51, 280, 0, 0, 2024, 1);
    text_line(t, "%8d%8d%8d%8d%8d%8d%8d%8d%8d%8d", 42, 41, 33, 173, 1, 19, 15, 0, 24, 10);
    text_line(t, "%8d%8d%8d%8d%8d%8d%8d%8d%8d%8d", 42, 37, 10, 173, 3, 13, 332, 332, 198, 9);
    text_line(t, "%8d%8d%8d%8d%8d%8d%8d%8d%8d%8d", SAMPLES, 0, 0, SAMPLES, v2a ? SAMPLES : 0, v2a ? 5 : 0, 0,
              0, 51, 28005);
    text_numbers(t, real, REALS, 10, "%*.4f", 8);
    text_tenths(value, SAMPLES, k);
    text_numbers(t, value, SAMPLES, 10, "%*.1f", 8);
    text_data_ends(t);
    if (v2a) {
        text_numbers(t, still, SAMPLES, 10, "%*.2f", 8);
        text_add(t, " "); /* what is passed over must be there by line, not by column */
        t->data_end[t->parts] = t->n;
        text_numbers(t, still, 5, 10, "%*.3f", 7);
    }
    text_part_ends(t);
}

static struct text *make(const char *newline)
{
    struct text *t = text_new(newline);

    for (int k = 0; k < 3; k++)
        add_part(t, false, k);
    return t;
}

static struct text *make_v2a(const char *newline)
{
    struct text *t = text_new(newline);

    for (int k = 0; k < 3; k++)
        add_part(t, true, k);
    return t;
}

static const struct {
    const char *code;
    char axis;
    double azimuth_deg, dip_deg;
} want[] = {
    {"TEST_20.N28W", 'N', 332, 0},
    {"TEST_20.S62W", 'E', 242, 0},
    {"TEST_20.Up", 'Z', 0, -90},
};

static void reads(void **state)
{
    (void)state;
    for (int pass = 0; pass < 4; pass++) {
        struct reader_run *run = reader_run_new();
        bool v2a = pass >= 2;
        struct text *t = (v2a ? make_v2a : make)(pass % 2 ? "\r\n" : "\n");
        double value[SAMPLES];
        if (reader_run_bytes(run, &reader_geonet, t->at, t->n) < 0)
            fail_msg("%s", run->err.text);
        assert_true(run->probed && run->channels.n == 3 && !run->channels.multiplexed);
        for (int k = 0; k < 3; k++) {
            const struct channel *c = &run->channels.at[k];
            assert_string_equal(c->group, "TEST_20");
            assert_string_equal(c->code, want[k].code);
            assert_int_equal(c->axis, want[k].axis);
            assert_true(c->oriented && c->azimuth_deg == want[k].azimuth_deg &&
                        c->dip_deg == want[k].dip_deg);
            assert_true(c->rate_hz == (v2a ? 50 : 200));
            /* date -u -d '2024-01-24 10:51:28' +%s; V2A has 5 s of zeros in front */
            assert_true(c->has_time);
            assert_int_equal(c->t0_ns, INT64_C(1706093488005000000) - (v2a ? INT64_C(5000000000) : 0));
            assert_true(c->unit == UNIT_MPS2 && c->scale == 1e-3 && fabs(c->lsb - 1e-4) < 1e-18);
            assert_int_equal(c->samples, SAMPLES);
            assert_true(isnan(c->p_s) && isnan(c->s_s));
            assert_int_equal(run->n[k], SAMPLES);
            text_tenths(value, SAMPLES, k);
            assert_memory_equal(run->value[k], value, sizeof value);
        }
        for (size_t k = 0; k < 3; k++) {
            text_tenths(value, SAMPLES, (int)k);
            text_one_channel(&reader_geonet, t, k, value, SAMPLES);
        }
        free(t);
        reader_run_free(run);
    }
}

static const struct text_case cases[] = {
    {"a good file", "Nowhere", "Somewhere", NULL},
    {"numbers that touch", "   -20.0   -16.3", "-99920.0-99916.3", NULL},
    {"readings in other units", "of 1.00 mm", "of 9.81 mm", NULL},
    {"no date: no time", "    2024       1\n      42", "       0       1\n      42", NULL},
    {"another format behind", "Uncorrected accelerogram 2", "Uncorrected accelerations 2",
     "line 1: 'Uncorrected accelerations 20240124_10512' does not begin a component"},
    {"a direction that is none", "N28W", "Q28W", "line 13: 'Component Q28W   an axis' is not"},
    {"an azimuth beyond a right angle", "N28W", "N91W", "line 13"},
    {"no component", "Component N28W", "Komponent N28W", "line 13"},
    {"gal", "1.00 mm/s/s", "1.00 cm/s/s",
     "line 11: 'Raw readings in units of 1.00 cm/s/s  at' is not in mm/s/s"},
    {"a zero unit", "1.00 mm/s/s", "0.00 mm/s/s", "line 11"},
    {"no site", "TEST_20 GNS", " GNS", "line 1: "},
    {"another count in the text", "points  25", "points  26",
     "line 20: 25 samples, but 26 in the text above"},
    {"no count", "Number of points", "Number of pints", "no 'Number of points' in the 16 header lines above"},
    {"a negative count", "points  25", "points  -5", "line 10: Number of points '-5"},
    {"a count that is no number", "points  25", "points nan", "line 10: Number of points 'nan"},
    {"an absurd count", "points  25", "points  9999999999", "line 10"},
    {"a count beyond the samples", "      25       0       0      25", "      26       0       0      25",
     NULL},
    {"velocity in absurd number", "      25       0       0      25       0",
     "      25       0       0      25     -10", "line 20: -10 samples of velocity"},
    {"a step of zero", "  0.0050  0.0050", "  0.0000  0.0050", "samples a second"},
    {"an absurd step", "  0.0050  0.0050", "  1e-8000  0.0050", "line 23"},
    {"a rate too high", "  0.0050  0.0050", "    1e-7  0.0050",
     "says 1e+07 samples a second: outside 1 to 20000"},
    {"a month that is none", "2024       1\n      42", "2024      13\n      42",
     "line 20: the record's start 2024-13-24"},
    {"milliseconds of another minute", "   28005", "   60000", "line 20"},
    {"an integer with a point", "      42      41", "    42.0      41",
     "line 18: column 1: '    42.0' is not a whole number"},
    {"an integer of 33 bits", "      42      41", "4.2e9999      41", "line 18: column 1"},
    {"a sample that is no number", "   -20.0   -16.3", "     nan   -16.3",
     "line 27: column 1: '     nan' is not a number"},
    {"asterisks", "   -20.0   -16.3", "********   -16.3", "line 27: column 1: '********' is not a number"},
    {"an empty sample", "   -20.0   -16.3", "           -16.3", "line 27: column 1"},
    {"eleven on a line", "\n    17.0", "    17.0\n    17.0", "line 27: column 81"},
    {"a line too short", "   -20.0   -16.3", "   -20.0",
     "line 27: ends at column 72, within number 10 of 10"},
};

static void refuses(void **state)
{
    (void)state;
    text_cases(&reader_geonet, make, cases, sizeof cases / sizeof *cases);
}

static const struct text_case v2a_cases[] = {
    {"a good file", "Nowhere", "Somewhere", NULL},
    {"negative padding", "  5.0000", " -5.0000", "of padding in front"},
    {"gal", "20.0 mm/s/s", "20.0 cm/s/s", "line 14"},
};

static void refuses_v2a(void **state)
{
    (void)state;
    text_cases(&reader_geonet, make_v2a, v2a_cases, sizeof v2a_cases / sizeof *v2a_cases);
}

static void stands_hardships(void **state)
{
    (void)state;
    text_hardships(&reader_geonet, make);
    text_hardships(&reader_geonet, make_v2a);
}

/* What of a pipe cannot be seen before reading is not guessed at. */
static void a_long_pipe_is_refused(void **state)
{
    struct reader_run *run = reader_run_new();
    struct text *t = text_new("\n");

    (void)state;
    for (int i = 0; i < 180; i++)
        add_part(t, false, 0);
    assert_true(t->n > INPUT_PEEK);
    fake_file_put(&run->fake, "t", t->at, t->n)->pipe = true;
    assert_int_equal(reader_run_file(run, &reader_geonet), -1);
    assert_non_null(strstr(run->err.text, "t: byte 262144: a pipe shows no more"));
    free(t);
    reader_run_free(run);
}

static void many_components_are_refused(void **state)
{
    struct reader_run *run = reader_run_new();
    struct text *t = text_new("\n");

    (void)state;
    for (int i = 0; i < 257; i++)
        add_part(t, false, 0);
    assert_int_equal(reader_run_bytes(run, &reader_geonet, t->at, t->n), -1);
    assert_non_null(strstr(run->err.text, "more than 256 components"));
    assert_string_equal(run->channels.at[1].code, "TEST_20.N28W_2");
    free(t);
    reader_run_free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_v2a),
        cmocka_unit_test(stands_hardships),
        cmocka_unit_test(a_long_pipe_is_refused),
        cmocka_unit_test(many_components_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
