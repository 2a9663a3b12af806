/* BHRC V1 files made here. The records test reads real ones. */
#include "tests/unit/io/serial_run.h"

enum { SAMPLES = 33 };

static const char *const components[] = {"L1", "V2", "T3"};

static void add_part(struct text *t, int k)
{
    double value[SAMPLES];

    text_line(t, "* VOL1DS FILE:  5520/01");
    text_line(t, "Inst Type = SSA-2");
    text_line(t, "Origin Time : 2024/01/24   10:51:28");
    for (int i = 0; i < 3; i++)
        text_line(t, "   ");
    text_line(t, "COMP %s      ", components[k]);
    text_line(
        t, "Nowhere                   Station   38.474 N 47.059 E   Altitude 1360m   Azimuth L 352   T 82 ");
    text_line(t, "Epicenter 38.520 N 46.860 E   FD 12 Km mb      Ms      Mw6.1   M        ML   (TEST   )");
    text_line(t, "INSTR PERIOD =  .019 SEC   DAMPING =  .640");
    text_line(t, "NO. OF POINTS =     %d      DURATION =    .165   ", SAMPLES);
    text_line(t, "UNITS ARE SECONDS AND G/10");
    text_line(t, "   ");
    for (int i = 0; i < 7; i++)
        text_line(t, "    0    0    0    0    0    0    0    0    0    0    0    0    0    0");
    for (int i = 0; i < 7; i++)
        text_line(t, "  .188324E-01  .640000E+00  .780800E+02  .000000E+00  .100000E+00  .00");
    text_tenths(value, SAMPLES, k);
    text_numbers(t, value, SAMPLES, 10, "%*.6E", 13);
    text_data_ends(t);
    text_line(t, "/&");
    text_part_ends(t);
}

static struct text *make(const char *newline)
{
    struct text *t = text_new(newline);

    for (int k = 0; k < 3; k++)
        add_part(t, k);
    return t;
}

static void reads(void **state)
{
    static const struct {
        const char *code;
        char axis;
        double azimuth_deg, dip_deg;
    } want[] = {{"5520-01.L", 'N', 352, 0}, {"5520-01.V", 'Z', 0, -90}, {"5520-01.T", 'E', 82, 0}};

    (void)state;
    for (int pass = 0; pass < 2; pass++) {
        struct reader_run *run = reader_run_new();
        struct text *t = make(pass ? "\r\n" : "\n");
        double value[SAMPLES];
        if (reader_run_bytes(run, &reader_bhrc, t->at, t->n) < 0)
            fail_msg("%s", run->err.text);
        assert_true(run->probed && run->channels.n == 3 && !run->channels.multiplexed);
        for (int k = 0; k < 3; k++) {
            const struct channel *c = &run->channels.at[k];
            assert_string_equal(c->group, "5520-01");
            assert_string_equal(c->code, want[k].code);
            assert_int_equal(c->axis, want[k].axis);
            assert_true(c->oriented && c->azimuth_deg == want[k].azimuth_deg &&
                        c->dip_deg == want[k].dip_deg);
            assert_true(c->rate_hz == 200 && !c->has_time && c->t0_ns == 0);
            assert_true(c->unit == UNIT_MPS2 && fabs(c->scale - 0.980665) < 1e-15 && c->lsb == 0);
            assert_int_equal(c->samples, SAMPLES);
            assert_int_equal(run->n[k], SAMPLES);
            text_tenths(value, SAMPLES, k);
            assert_memory_equal(run->value[k], value, sizeof value);
            text_one_channel(&reader_bhrc, t, (size_t)k, value, SAMPLES);
        }
        free(t);
        reader_run_free(run);
    }
}

static void without_azimuth_only_right_angles_are_known(void **state)
{
    struct reader_run *run = reader_run_new();
    struct text *t = make("\n");

    (void)state;
    text_edit(t, "Azimuth L 352", "Azimuth L    ");
    assert_int_equal(reader_run_bytes(run, &reader_bhrc, t->at, t->n), 0);
    assert_true(run->channels.at[0].axis == '1' && !run->channels.at[0].oriented);
    assert_true(run->channels.at[2].axis == 'E' && run->channels.at[2].oriented);
    free(t);
    reader_run_free(run);
}

static const struct text_case cases[] = {
    {"a good file", "Nowhere", "Somewhere", NULL},
    {"the duration of the steps", "   .165", "   .160", NULL},
    {"a rate that is not whole", "   .165", "   .163", NULL},
    {"no record", "5520/01", "       ", "line 1: no number of the record behind '* VOL1DS FILE:'"},
    {"another beginning", "/&", "/*", "line 32: '/*' does not begin a component"},
    {"an unknown component", "COMP L1", "COMP X1", "line 7: COMP 'X1"},
    {"no component", "COMP L1", "KOMP L1", "no COMP in the header above"},
    {"no points", "POINTS =     33", "POINTS =      0", "line 11: NO. OF POINTS '0"},
    {"points that are no number", "POINTS =     33", "POINTS =    nan", "line 11"},
    {"absurdly many points", "POINTS =     33", "POINTS = 33333333333", "line 11"},
    {"one more than there are", "POINTS =     33", "POINTS =     34",
     "line 31: ends at column 39, within number 4 of 4"},
    {"one less than there are", "POINTS =     33", "POINTS =     32", "line 31: column 27"},
    {"a line more than there are", "POINTS =     33", "POINTS =     41", "line 31: ends at column 39"},
    {"no duration", "DURATION =", "DURATI0N =", "no 'DURATION'"},
    {"a duration of zero", "   .165", "   .000", "line 11: DURATION '.000"},
    {"a rate too low", "   .165", "999.165", "samples a second: outside 1 to 20000"},
    {"a rate too high", "   .165", "   .001", "says 33000 samples a second: outside 1 to 20000"},
    {"other units", "AND G/10", "AND CM/S", "no 'UNITS ARE SECONDS AND G/10'"},
    {"a sample that is no number", "-2.000000E+01", "          nan",
     "line 28: column 1: '          nan' is not a number"},
    {"a sample that overflows", "-2.000000E+01", "-2.00000E+999", "line 28: column 1"},
    {"an exponent without digits", "-2.000000E+01", "-2.000000000E", "line 28: column 1"},
};

static void refuses(void **state)
{
    (void)state;
    text_cases(&reader_bhrc, make, cases, sizeof cases / sizeof *cases);
}

static void stands_hardships(void **state)
{
    (void)state;
    text_hardships(&reader_bhrc, make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(without_azimuth_only_right_angles_are_known),
        cmocka_unit_test(refuses),
        cmocka_unit_test(stands_hardships),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
