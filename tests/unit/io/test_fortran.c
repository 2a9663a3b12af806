/* Numbers in columns. What reads and what does not follows the rules of formatted input in Fortran, but for
 * what it would take without a word: a blank for zero, "1 2" for 12. */
#include "io/fortran.h"

#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fake_sys.h"

static const struct {
    const char *text;
    bool number, whole;
    double value;
} numbers[] = {
    {"12", true, true, 12},
    {"  12  ", true, true, 12},
    {"-12", true, true, -12},
    {"+12", true, true, 12},
    {"2147483647", true, true, 2147483647},
    {"-2147483648", true, true, -2147483648.0},
    {"2147483648", true, false, 2147483648.0},
    {"12.", true, false, 12},
    {"-.5", true, false, -0.5},
    {"0.", true, false, 0},
    {"-0.0", true, false, 0},
    {".854257E-03", true, false, .854257e-3},
    {" 1.5057E+0", true, false, 1.5057},
    {"1.5D+2", true, false, 150},
    {"1.5d2", true, false, 150},
    {"1.5-100", true, false, 1.5e-100},
    {"1.5+3", true, false, 1500},
    {"0.1700000E+39", true, false, 1.7e38},
    {"123456789012345678901234567890", true, false, 123456789012345678901234567890.0},
    {"0.1234567890123456789012345678901", true, false, 0.1234567890123456789012345678901},
    {"9007199254740993", true, false, 9007199254740993.0},
    {"1e-400", true, false, 0},
    {"1e400", false, false, 0},
    {"1e99999", false, false, 0},
    {"1e999999999999999999999", false, false, 0},
    {"", false, false, 0},
    {"   ", false, false, 0},
    {"-", false, false, 0},
    {".", false, false, 0},
    {"-.", false, false, 0},
    {"1 2", false, false, 0},
    {"--1", false, false, 0},
    {"1.2.3", false, false, 0},
    {"1e", false, false, 0},
    {"1e+", false, false, 0},
    {"e5", false, false, 0},
    {"1e5e5", false, false, 0},
    {"********", false, false, 0},
    {"nan", false, false, 0},
    {"inf", false, false, 0},
    {"0x10", false, false, 0},
    {"1,5", false, false, 0},
    {"12a", false, false, 0},
    {"\t12", false, false, 0},
};

static void numbers_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        double value = 77, whole = 77;
        size_t n = strlen(numbers[i].text);
        bool is_number = fortran_number(numbers[i].text, n, &value);
        bool is_whole = fortran_whole(numbers[i].text, n, &whole);
        if (is_number != numbers[i].number || is_whole != numbers[i].whole)
            fail_msg("'%s': number %d, whole %d", numbers[i].text, is_number, is_whole);
        if (value != (is_number ? numbers[i].value : 77) || whole != (is_whole ? numbers[i].value : 77))
            fail_msg("'%s': %.17g, %.17g", numbers[i].text, value, whole);
    }
}

/* The quick way gives the bits that strtod gives. */
static void numbers_are_rounded_once(void **state)
{
    uint64_t random = 1;
    char text[40];

    (void)state;
    for (int i = 0; i < 200000; i++) {
        double value;
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        double mantissa = (double)(int64_t)(random >> 12) / 4503599627370496.0;
        snprintf(text, sizeof text, i % 2 ? "%.*f" : "%.*e", (int)(random % 18),
                 mantissa * (double)(random % 9973));
        if (!fortran_number(text, strlen(text), &value) || value != strtod(text, NULL))
            fail_msg("%s read as %.17g", text, value);
    }
}

static const struct {
    const char *text;
    bool ok;
    struct fortran_format want;
    double step;
} formats[] = {
    {"(8F9.6)", true, {'F', 8, 9, 6}, 1e-6},
    {"(8f9.6)", true, {'F', 8, 9, 6}, 1e-6},
    {"(10I8)", true, {'I', 10, 8, -1}, 1},
    {"(5E15.7)", true, {'E', 5, 15, 7}, 0},
    {"(F10)", true, {'F', 1, 10, -1}, 0},
    {"(8(F9.6))", true, {'F', 8, 9, 6}, 1e-6},
    {"(1P5E15.7)", true, {'E', 5, 15, 7}, 0},
    {"(1P,5E15.7)", true, {'E', 5, 15, 7}, 0},
    {"13400 pts, units=g.     (02)Format=(8f9.6)   ", true, {'F', 8, 9, 6}, 1e-6},
    {"units of g (gravity).  Format: (8f9.6)", true, {'F', 8, 9, 6}, 1e-6},
    {"8F9.6", false, {0}, 0},
    {"(8F9.6", false, {0}, 0},
    {"(0F9.6)", false, {0}, 0},
    {"(65F9.6)", false, {0}, 0},
    {"(8F0.6)", false, {0}, 0},
    {"(8F41.6)", false, {0}, 0},
    {"(8F9.)", false, {0}, 0},
    {"(8X9.6)", false, {0}, 0},
    {"(99999999999999F9.6)", false, {0}, 0},
    {"(", false, {0}, 0},
    {"", false, {0}, 0},
};

static void formats_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct fortran_format f = {0};
        bool ok = fortran_format_parse(formats[i].text, &f);
        if (ok != formats[i].ok || f.kind != formats[i].want.kind || f.per_line != formats[i].want.per_line ||
            f.width != formats[i].want.width || f.decimals != formats[i].want.decimals)
            fail_msg("'%s': %d %c %d %d %d", formats[i].text, ok, f.kind ? f.kind : '-', f.per_line, f.width,
                     f.decimals);
        if (ok && fabs(fortran_step(&f) - formats[i].step) > 1e-15)
            fail_msg("'%s': step %g", formats[i].text, fortran_step(&f));
    }
}

/* A file of this text, opened; the caller closes and frees. */
static struct input *open_text(struct fake_sys *fake, const char *text, struct error *err)
{
    struct input *in;

    fake_sys_init(fake);
    fake_file_put(fake, "t", text, strlen(text));
    assert_int_equal(input_open(&in, &fake->sys, "t", err), 0);
    return in;
}

static const struct {
    const char *name, *text, *want; /* want: part of the error; NULL: 1 2 3 -4 5 */
} blocks[] = {
    {"a block", "  1  2\n  3 -4\n  5\n", NULL},
    {"numbers that touch, blanks behind", "  1  2  \r\n  3 -4\t\n  5 ", NULL},
    {"a short line", "  1  2\n  3\n", "t: line 2: ends at column 3, within number 2 of 2"},
    {"a number cut off", "  1  2\n  3 -", "t: line 2: ends at column 5, within number 2 of 2"},
    {"an empty line", "  1  2\n\n  3 -4\n  5\n", "t: line 2: ends at column 0"},
    {"one too many", "  1  2\n  3 -4\n  5  6\n", "t: line 3: column 4: '  6' behind the last of 1 numbers"},
    {"a blank number", "  1   \n  3 -4\n  5\n", "t: line 1: column 4: '   ' is not a whole number"},
    {"no end", "  1  2\n  3 -4\n", "t: line 2: 5 numbers promised, 4 there: the file is cut off"},
    {"nothing", "", "5 numbers promised, 0 there"},
};

static void blocks_are_counted(void **state)
{
    static const double want[] = {1, 2, 3, -4, 5};

    (void)state;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        for (size_t room = 2; room < 8; room++) {
            struct fake_sys fake;
            struct error err = {""};
            struct input *in = open_text(&fake, blocks[i].text, &err);
            struct fortran_block b = {.format = {'I', 2, 3, -1}, .promised = 5};
            double value[8];
            size_t n = 0;
            ptrdiff_t got;
            while ((got = fortran_block_read(&b, in, value, room, &err)) > 0) {
                assert_true((size_t)got <= room && n + (size_t)got <= 5);
                assert_memory_equal(value, want + n, (size_t)got * sizeof *value);
                n += (size_t)got;
            }
            if ((got < 0) != (blocks[i].want != NULL) || (got < 0 && !strstr(err.text, blocks[i].want)))
                fail_msg("%s: %td '%s'", blocks[i].name, got, err.text);
            if (got == 0)
                assert_int_equal(n, 5);
            input_close(in);
            fake_sys_done(&fake);
        }
}

static void headers_end_where_they_say(void **state)
{
    static const struct fortran_format f = {'F', 2, 3, 1};
    struct fake_sys fake;
    struct error err = {""};
    struct input *in = open_text(&fake, "1.0-.5\n2.5\nmore", &err);
    double value[3];

    (void)state;
    assert_int_equal(fortran_header(in, &f, 3, value, "a header", &err), 0);
    assert_true(value[0] == 1 && value[1] == -0.5 && value[2] == 2.5);
    assert_int_equal(fortran_header(in, &f, 1, value, "a header", &err), -1);
    assert_string_equal(err.text, "t: line 3: column 1: 'mor' is not a number");
    assert_int_equal(fortran_header(in, &f, 1, value, "a header", &err), -1);
    assert_string_equal(err.text, "t: line 3: the file ends within a header");
    input_close(in);
    fake_sys_done(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read),           cmocka_unit_test(numbers_are_rounded_once),
        cmocka_unit_test(formats_are_understood),     cmocka_unit_test(blocks_are_counted),
        cmocka_unit_test(headers_end_where_they_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
