#include "dsp/intensity.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/near.h"

static void gbt(void **state)
{
    static const struct {
        const char *name;
        double pga_mps2, pgv_mps, rounded, cut;
    } cases[] = {
        {"the published check value", 0.457, 0.0381, 5.5, 5.5},
        {"both from 6 on: velocity alone decides", 10.0, 0.3, 8.2, 8.2}, /* IA 9.76, IV 8.2014 */
        {"one below 6: the mean", 1.0, 0.01, 5.2, 5.1},                  /* IA 6.59, IV 3.77: 5.18 */
        {"no shaking is 1", 0.0, 0.0, 1.0, 1.0},
        {"NaN is no shaking", NAN, NAN, 1.0, 1.0},
        {"never above 12", 1e6, 1e3, 12.0, 12.0},
        {"infinity is much, not nonsense", INFINITY, INFINITY, 12.0, 12.0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double r = intensity_gbt(cases[i].pga_mps2, cases[i].pgv_mps, INTENSITY_ROUND_HALF_UP);
        double c = intensity_gbt(cases[i].pga_mps2, cases[i].pgv_mps, INTENSITY_TRUNCATE);

        if (fabs(r - cases[i].rounded) > 1e-12 || fabs(c - cases[i].cut) > 1e-12)
            fail_msg("%s: %.3f %.3f", cases[i].name, r, c);
    }
    assert_near(intensity_gbt_raw(0.457, 0.0381), 5.512, 0.002);
    assert_near(intensity_gbt_raw(0.0, 0.0), (3.17 * -9 + 6.59 + 3.0 * -9 + 9.77) / 2, 1e-9);
    assert_true(isfinite(intensity_gbt_raw(-1.0, NAN)));
}

static void worden_pieces_meet(void **state)
{
    static const struct {
        double log_c, below, above;
        double (*of)(double);
    } joints[] = {
        {0.14, 2.00, 2.00, intensity_mmi_pga},
        {1.57, 4.21, 4.21, intensity_mmi_pga},
        {0.53, 4.56, 4.56, intensity_mmi_pgv},
        {-1.21, 1.99, 2.00, intensity_mmi_pgv},
    };

    (void)state;
    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++) {
        double x = 0.01 * pow(10.0, joints[i].log_c);

        assert_near(joints[i].of(x * (1 - 1e-9)), joints[i].below, 0.006);
        assert_near(joints[i].of(x * (1 + 1e-9)), joints[i].above, 0.006);
    }
    assert_near(intensity_mmi_pga(1.0), -1.60 + 3.70 * 2, 1e-12);
    assert_near(intensity_mmi_pgv(0.1), 2.89 + 3.16, 1e-12);
    assert_true(intensity_mmi_pga(0.0) == 1.0 && intensity_mmi_pga(1e4) == 10.0);
    assert_true(intensity_mmi_pgv(0.0) == 1.0 && intensity_mmi_pgv(1e4) == 10.0);
}

static void mmi_goes_from_pga_below_5_to_pgv_above_7(void **state)
{
    double mid = pow(10.0, (6.0 + 1.60) / 3.70) / 100; /* PGA that gives VI */

    (void)state;
    assert_true(intensity_mmi(0.1, 9.0) == intensity_mmi_pga(0.1));
    assert_true(intensity_mmi(9.0, 0.1) == intensity_mmi_pgv(0.1));
    assert_near(intensity_mmi(mid, 0.1), (6.0 + intensity_mmi_pgv(0.1)) / 2, 1e-9);
}

static void ems98_is_the_two_lines(void **state)
{
    (void)state;
    assert_near(intensity_ems98_pga(1.0), 2.03 + 2.28 * 2, 1e-12);
    assert_near(intensity_ems98_pgv(0.1), 4.16 + 1.62, 1e-12);
    assert_near(intensity_ems98(1.0, 0.1), (2.03 + 2.28 * 2 + 4.16 + 1.62) / 2, 1e-12);
    assert_true(intensity_ems98(0.0, 0.0) == 1.0);
}

static void classes_change_at_their_limits(void **state)
{
    static const struct {
        const char *text;
        double pga_gal, pgv_cmps;
    } cwa[] = {
        {"0", 0.79, 99}, {"1", 0.8, 99},  {"1", 2.49, 0},  {"2", 2.5, 0},   {"3", 8, 0},    {"4", 25, 0},
        {"4", 79.9, 99}, {"4", 80, 14.9}, {"5-", 80, 15},  {"5-", 90, 29},  {"5+", 90, 30}, {"6-", 500, 50},
        {"6+", 500, 80}, {"7", 900, 140}, {"0", NAN, NAN}, {"4", 100, NAN},
    };
    static const struct {
        const char *text;
        double raw;
    } jma[] = {
        {"0", -3},   {"0", 0.494}, {"1", 0.5},   {"2", 1.5},    {"3", 2.5},    {"4", 3.5},
        {"4", 4.49}, {"5-", 4.5},  {"5-", 4.94}, {"5-", 4.994}, {"5+", 4.995}, {"5+", 5.0},
        {"6-", 5.5}, {"6+", 6.0},  {"6+", 6.4},  {"7", 6.5},    {"7", 9},      {"0", NAN},
    };
    char text[INTENSITY_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof cwa / sizeof *cwa; i++) {
        intensity_format(INTENSITY_CWA, intensity_cwa(cwa[i].pga_gal / 100, cwa[i].pgv_cmps / 100), text,
                         sizeof text);
        assert_string_equal(text, cwa[i].text);
    }
    for (size_t i = 0; i < sizeof jma / sizeof *jma; i++) {
        intensity_format(INTENSITY_JMA, jma[i].raw, text, sizeof text);
        assert_string_equal(text, jma[i].text);
    }
    assert_true(intensity_jma_published(4.94) == 4.9); /* a sine of 100 gal at 1 Hz */
    assert_true(intensity_jma_published(2 * log10(99.64) + 0.94) == 4.9);
}

static void every_scale_has_a_name_a_value_and_a_text(void **state)
{
    const struct intensity_motion m = {0.457, 0.0381, 0.4, 0.03, 4.2};
    static const char *const want[] = {"5.5", "4", "4.3", "5.5", "4"};
    char text[INTENSITY_TEXT_MAX];
    enum intensity_scale scale;

    (void)state;
    for (unsigned i = 0; i < INTENSITY_SCALES; i++) {
        assert_true(intensity_scale_parse(intensity_scale_name((enum intensity_scale)i), &scale));
        assert_int_equal(scale, i);
        intensity_format(scale, intensity_of(scale, &m), text, sizeof text);
        assert_string_equal(text, want[i]);
    }
    scale = INTENSITY_MMI;
    assert_false(intensity_scale_parse("richter", &scale));
    assert_int_equal(scale, INTENSITY_MMI);
    assert_true(intensity_scale_parse("GBT", &scale));
    intensity_format(INTENSITY_GBT, nextafter(5.45, 0), text, sizeof text); /* 5.45 but for the last bit */
    assert_string_equal(text, "5.5");
    assert_int_equal(intensity_format(INTENSITY_GBT, 11.96, text, 3), 4);
    assert_string_equal(text, "12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gbt),
        cmocka_unit_test(worden_pieces_meet),
        cmocka_unit_test(mmi_goes_from_pga_below_5_to_pgv_above_7),
        cmocka_unit_test(ems98_is_the_two_lines),
        cmocka_unit_test(classes_change_at_their_limits),
        cmocka_unit_test(every_scale_has_a_name_a_value_and_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
