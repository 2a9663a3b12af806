/* IIO attributes as text: numbers, what may be chosen, mount matrices; and what is none of it. */
#include "io/iio_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    bool ok;
    double value;
} numbers[] = {
    {"250.000000\n", true, 250},
    {" -3.5e-2 ", true, -0.035},
    {"0", true, 0},
    {"", false, 0},
    {"\n", false, 0},
    {"nan", false, 0},
    {"inf", false, 0},
    {"1e999", false, 0},
    {"250 Hz", false, 0},
    {"250.0.0", false, 0},
    {"0x10", true, 16},
};

static void a_number_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        double value = -77;
        int code = iio_text_number(numbers[i].text, &value);
        if ((code == 0) != numbers[i].ok || value != (numbers[i].ok ? numbers[i].value : -77))
            fail_msg("'%s': %d, %g", numbers[i].text, code, value);
    }
}

static const struct {
    const char *name, *text;
    bool ok;
    double asked, nearest, at_least;
} choices[] = {
    {"adxl355's rates", "4000.000000 2000.0 1000.0 500.0 250.0 125.0 62.5 31.25\n", true, 200, 250, 250},
    {"asked for exactly", "100 200 400", true, 200, 200, 200},
    {"nearest by ratio", "50 200", true, 101, 200, 200},
    {"... and not by difference", "1 100", true, 9, 1, 100},
    {"off is no rate", "0 12.5 26.0 52.0", true, 1, 12.5, 12.5},
    {"above all", "10 100", true, 1000, 100, 100},
    {"scales", "0.000598 0.001196 0.002392 0.004785", true, 0.000598, 0.000598, 0.000598},
    {"a range", "[0.5 0.5 100.0]", true, 33.3, 33.5, 33.5},
    {"beyond a range", "[1 1 200]\n", true, 1000, 200, 200},
    {"below a range", "[10 1 200]", true, 3, 10, 10},
    {"steps so fine that they are none", "[1 1e-300 200]", true, 50, 1, 1},
    {"units", "100 Hz 200 Hz", false, 1, 0, 0},
    {"nothing", "  \n", false, 1, 0, 0},
    {"no step", "[1 0 200]", false, 1, 0, 0},
    {"turned round", "[200 1 1]", false, 1, 0, 0},
    {"cut short", "[1 1", false, 1, 0, 0},
    {"too much", "[1 1 2 3]", false, 1, 0, 0},
    {"comma", "1,2", false, 1, 0, 0},
    {"not a number", "1 nan 3", false, 1, 0, 0},
};

static void what_may_be_chosen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        struct iio_choice c;
        int code = iio_text_choice(choices[i].text, &c);
        if ((code == 0) != choices[i].ok)
            fail_msg("%s: %d", choices[i].name, code);
        if (code < 0)
            continue;
        double nearest = iio_choice_nearest(&c, choices[i].asked),
               least = iio_choice_at_least(&c, choices[i].asked);
        /* A step of 1e-300 leaves no digits: any answer within the range will do. */
        bool any =
            strstr(choices[i].text, "e-300") && nearest >= 1 && nearest <= 200 && least >= 1 && least <= 200;
        if (!any && (fabs(nearest - choices[i].nearest) > 1e-9 || fabs(least - choices[i].at_least) > 1e-9))
            fail_msg("%s: nearest %g, at least %g", choices[i].name, nearest, least);
    }
}

static void a_list_without_end_is_cut(void **state)
{
    char text[4096] = "";
    struct iio_choice c;

    (void)state;
    for (int i = 1; i <= 200; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d ", i);
    assert_int_equal(iio_text_choice(text, &c), 0);
    assert_int_equal(c.n, IIO_CHOICES_MAX);
}

static const struct {
    const char *name, *text;
    bool ok;
} matrices[] = {
    {"as it stands", "1, 0, 0; 0, 1, 0; 0, 0, 1", true},
    {"turned", "0, -1, 0; 1, 0, 0; 0, 0, 1\n", true},
    {"with digits", "0.866, 0.5, 0.0; -0.5, 0.866, 0.0; 0.0, 0.0, 1.0", true},
    {"mirrored", "-1,0,0;0,1,0;0,0,1", true},
    {"zeros would make it deaf", "0, 0, 0; 0, 0, 0; 0, 0, 0", false},
    {"one axis twice", "1, 0, 0; 1, 0, 0; 0, 0, 1", false},
    {"a scale in it", "9.8, 0, 0; 0, 9.8, 0; 0, 0, 9.8", false},
    {"eight numbers", "1, 0, 0; 0, 1, 0; 0, 0", false},
    {"ten", "1, 0, 0; 0, 1, 0; 0, 0, 1, 0", false},
    {"no semicolons", "1, 0, 0, 0, 1, 0, 0, 0, 1", false},
    {"not a number", "1, 0, 0; 0, nan, 0; 0, 0, 1", false},
    {"nothing", "", false},
};

static void a_mount_matrix_turns_and_does_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++) {
        double m[3][3] = {{7}};
        int code = iio_text_matrix(matrices[i].text, m);
        if ((code == 0) != matrices[i].ok || (code < 0 && m[0][0] != 7))
            fail_msg("%s: %d", matrices[i].name, code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_and_nothing_else),
        cmocka_unit_test(what_may_be_chosen),
        cmocka_unit_test(a_list_without_end_is_cut),
        cmocka_unit_test(a_mount_matrix_turns_and_does_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
