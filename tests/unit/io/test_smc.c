/* SMC files made here, one component each. The records test reads real ones. */
#include "tests/unit/io/serial_run.h"

enum { SAMPLES = 27, INTEGERS = 48, REALS = 50 };

struct component {
    const char *name;
    int vertical_deg, azimuth_deg;
};

/* Numbers of 10 columns as SMC writes them: " 1.5057E+0" */
static void add_samples(struct text *t, const double *value)
{
    for (int i = 0; i < SAMPLES; i++) {
        char cell[32];
        snprintf(cell, sizeof cell, "% .4E", value[i]); /* " 1.5057E+00" */
        memmove(cell + 9, cell + 10, 2);
        text_add(t, "%s%s", cell, i % 8 == 7 || i + 1 == SAMPLES ? t->newline : "");
    }
}

static struct text *make_of(const char *newline, const struct component *c, bool timed)
{
    struct text *t = text_new(newline);
    double whole[INTEGERS], real[REALS], value[SAMPLES];

    for (int i = 0; i < INTEGERS; i++)
        whole[i] = -32768;
    for (int i = 0; i < REALS; i++)
        real[i] = 1.7e38;
    whole[1] = 2024;
    whole[2] = 24;
    whole[3] = 10;
    whole[4] = 51;
    whole[5] = 28;
    whole[6] = timed ? 5 : -32768;
    whole[12] = c->vertical_deg;
    whole[13] = c->azimuth_deg;
    whole[15] = 2;
    whole[16] = SAMPLES;
    real[1] = 200;
    text_line(t, "2 CORRECTED ACCELEROGRAM");
    text_line(t, "*");
    text_line(t, "TESTA");
    text_line(t, "     2024  01  24    1051 Nowhere");
    text_line(t, "Moment Mag=      7.1 Ms=      7.1 Ml=      7.0");
    text_line(t, "station = Nowhere, 1295 Street, F component=    %s", c->name);
    text_line(t, "epicentral dist =     89.0       pk     =     20.0");
    text_line(t, "inst type=SMA-1      data source = TEST");
    for (int i = 0; i < 3; i++)
        text_line(t, "*");
    text_numbers(t, whole, INTEGERS, 8, "%*.0f", 10);
    text_numbers(t, real, REALS, 5, "%*.7E", 15);
    text_line(t, "|");
    text_line(t, "|made by a test");
    text_tenths(value, SAMPLES, 0);
    add_samples(t, value);
    text_data_ends(t);
    text_part_ends(t);
    return t;
}

static struct text *make(const char *newline)
{
    static const struct component north = {"360", 90, 360};

    return make_of(newline, &north, true);
}

static const struct {
    struct component component;
    const char *code;
    char axis;
    double azimuth_deg, dip_deg;
} directions[] = {
    {{"360", 90, 360}, "Nowhere_1295_Street_F.360", 'N', 0, 0},
    {{"270", 90, 270}, "Nowhere_1295_Street_F.270", 'E', 270, 0},
    {{"up", 0, -32768}, "Nowhere_1295_Street_F.up", 'Z', 0, -90},
    {{"down", 180, -32768}, "Nowhere_1295_Street_F.down", 'Z', 0, 90},
    {{"N45E", -32768, -32768}, "Nowhere_1295_Street_F.N45E", 'N', 45, 0},
    {{"S45E", -32768, -32768}, "Nowhere_1295_Street_F.S45E", 'E', 135, 0},
};

static void reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof directions / sizeof *directions; i++) {
        struct reader_run *run = reader_run_new();
        bool timed = i % 2 == 0;
        struct text *t = make_of(i % 3 ? "\n" : "\r\n", &directions[i].component, timed);
        double value[SAMPLES];
        if (reader_run_bytes(run, &reader_smc, t->at, t->n) < 0)
            fail_msg("%s", run->err.text);
        assert_true(run->probed && run->channels.n == 1);
        const struct channel *c = &run->channels.at[0];
        assert_string_equal(c->group, "Nowhere_1295_Street_F");
        assert_string_equal(c->code, directions[i].code);
        assert_int_equal(c->axis, directions[i].axis);
        assert_true(c->oriented && c->azimuth_deg == directions[i].azimuth_deg &&
                    c->dip_deg == directions[i].dip_deg);
        assert_true(c->rate_hz == 200 && c->has_time == timed);
        /* date -u -d '2024-01-24 10:51:28' +%s */
        assert_int_equal(c->t0_ns, timed ? INT64_C(1706093488005000000) : 0);
        assert_true(c->unit == UNIT_MPS2 && c->scale == 0.01 && c->lsb == 0);
        assert_int_equal(c->samples, SAMPLES);
        assert_int_equal(run->n[0], SAMPLES);
        text_tenths(value, SAMPLES, 0);
        assert_memory_equal(run->value[0], value, sizeof value);
        free(t);
        reader_run_free(run);
    }
}

static const struct text_case cases[] = {
    {"a good file", "2024  01  24", "somewhen    ", NULL},
    {"uncorrected", "2 CORRECTED", "1 UNCORRECTED", NULL},
    {"velocity", "2 CORRECTED ACCELEROGRAM", "3 VELOCITY", "line 1: '3 VELOCITY' is no accelerogram"},
    {"no station", "station =", "place =", "no 'station =' and 'component=' in the 11 lines above"},
    {"no component", "component=", "direction=", "no 'station ='"},
    {"a comment more than there are", "         2\n        27", "         3\n        27",
     "line 30: '-2.0000E+1-1.6300E+1' is none of the 3 comment lines promised"},
    {"a comment less", "         2\n        27", "         1\n        27",
     "line 29: column 1: '|made by a' is not a number"},
    {"absurdly many comments", "         2\n        27", " 999999999\n        27",
     "line 13: 1e+09 comment lines"},
    {"no samples", "\n        27", "\n         0", "line 14: 0 samples"},
    {"samples not known", "\n        27", "\n    -32768", "line 14: -32768 samples"},
    {"one more than there are", "\n        27", "\n        28",
     "line 33: ends at column 30, within number 4 of 4"},
    {"a line more than there are", "\n        27", "\n        35", "line 33: ends at column 30"},
    {"lines more than there are", "\n        27", "\n        99", "line 33: ends at column 30"},
    {"one less than there are", "\n        27", "\n        26", "line 33: column 21"},
    {"a line less than there are", "\n        27", "\n        24",
     "line 33: the file goes on behind the samples promised"},
    {"33 bits", "\n        27", "\n9999999999", "line 14: column 1: '9999999999' is not a whole number"},
    {"no rate", "  2.0000000E+02", "  1.7000000E+38", "says 1.7e+38 samples a second: outside 1 to 20000"},
    {"a rate of zero", "  2.0000000E+02", "  0.0000000E+00", "says 0 samples a second"},
    {"a rate that is no number", "  2.0000000E+02", "            nan", "line 18: column 16"},
    {"a day that does not exist", "        24        10", "       367        10", "line 12: "},
    {"a second that does not exist", "        51        28", "        51        99",
     "the time 2024-24 10:51:99 and 5 ms"},
    {"no direction", "        90       360", "        45       360", NULL},
    {"a sample that is no number", "-2.0000E+1", "       nan",
     "line 30: column 1: '       nan' is not a number"},
};

static void refuses(void **state)
{
    (void)state;
    text_cases(&reader_smc, make, cases, sizeof cases / sizeof *cases);
}

static void no_direction_is_refused(void **state)
{
    static const struct component none = {"north-ish", 45, 360};
    struct reader_run *run = reader_run_new();
    struct text *t = make_of("\n", &none, true);

    (void)state;
    assert_int_equal(reader_run_bytes(run, &reader_smc, t->at, t->n), -1);
    assert_non_null(strstr(run->err.text, "angles 45 and 360, and component 'north-ish', are no direction"));
    free(t);
    reader_run_free(run);
}

static void stands_hardships(void **state)
{
    (void)state;
    text_hardships(&reader_smc, make);
}

/* One component a file: a pipe of any length is read. */
static void a_long_pipe_is_read(void **state)
{
    enum { N = 35000 };
    struct text *t = make("\n");
    char count[16];

    (void)state;
    t->n = (size_t)(strstr(t->at, "-2.0000E+1") - t->at);
    snprintf(count, sizeof count, "\n%10d", N);
    text_edit(t, "\n        27", count);
    t->at[t->n] = 0;
    for (int i = 0; i < N; i++)
        text_add(t, "%9d.%s", i % 99991 - 5000, i % 8 == 7 || i + 1 == N ? "\n" : "");
    assert_true(t->n > INPUT_PEEK);
    reader_run_pipe(&reader_smc, t->at, t->n);
    text_add(t, "more\n");
    struct reader_run *run = reader_run_new();
    fake_file_put(&run->fake, "t", t->at, t->n)->pipe = true;
    assert_int_equal(reader_run_file(run, &reader_smc), -1);
    assert_non_null(strstr(run->err.text, "the file goes on behind the samples promised"));
    reader_run_free(run);
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(refuses),
        cmocka_unit_test(no_direction_is_refused),
        cmocka_unit_test(stands_hardships),
        cmocka_unit_test(a_long_pipe_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
