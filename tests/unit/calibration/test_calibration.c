/* zne = gain * (value - offset), in place. */
#include "calibration/calibration.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/near.h"

static const struct {
    const char *name;
    double to_zne[3][3];
    double want[3]; /* of the sensor's (1, 2, 3) */
} rotations[] = {
    {"as it is", {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, {1, 2, 3}},
    {"upside down, turned about north", {{-1, 0, 0}, {0, 1, 0}, {0, 0, -1}}, {-1, 2, -3}},
    {"X north, Y west, Z up", {{0, 0, 1}, {1, 0, 0}, {0, -1, 0}}, {3, 1, -2}},
    {"on a wall, X up", {{1, 0, 0}, {0, 0, 1}, {0, 1, 0}}, {1, 3, 2}},
    {"rows and columns are not mixed up", {{0, 1, 0}, {0, 0, 1}, {1, 0, 0}}, {2, 3, 1}},
    {"30 degrees east of north",
     {{1, 0, 0}, {0, 0.8660254037844387, -0.5}, {0, 0.5, 0.8660254037844387}},
     {1, 2 * 0.8660254037844387 - 1.5, 1 + 3 * 0.8660254037844387}},
};

static void a_rotation_turns_each_sample(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rotations / sizeof *rotations; i++) {
        struct calibration c = calibration_from_rotation(rotations[i].to_zne);
        double x[3][3] = {{1, 2, 3}, {-2, -4, -6}, {0, 0, 0}};
        assert_false(c.plain);
        calibration_apply(&c, x, 3);
        for (int a = 0; a < 3; a++) {
            double want = rotations[i].want[a];
            if (fabs(x[0][a] - want) > 1e-15 * 8 || fabs(x[1][a] + 2 * want) > 1e-15 * 16 || x[2][a] != 0)
                fail_msg("%s, axis %d: %.17g", rotations[i].name, a, x[0][a]);
        }
    }
}

static void none_touches_nothing(void **state)
{
    struct calibration c = calibration_from_rotation(NULL);
    double x[2][3] = {{1e300, -0.0, NAN}, {1, 2, 3}}, before[2][3];

    (void)state;
    memcpy(before, x, sizeof x);
    assert_true(c.plain);
    calibration_apply(&c, x, 2);
    assert_memory_equal(x, before, sizeof x);
}

/* The offset is in the sensor's unit and goes first; scale and cross-axis terms are in the gain. */
static void offset_scale_and_cross_axis_terms_at_once(void **state)
{
    struct calibration c = {.gain = {{2, 0.5, 0}, {0, -3, 0.25}, {0, 0, 10}}, .offset = {1, -2, 0.5}};
    double x[2][3] = {{1, -2, 0.5}, {2, 2, 2.5}};

    (void)state;
    calibration_apply(&c, x, 2);
    for (int a = 0; a < 3; a++)
        assert_true(x[0][a] == 0);
    assert_true(x[1][0] == 2 * 1 + 0.5 * 4);
    assert_true(x[1][1] == -3 * 4 + 0.25 * 2);
    assert_true(x[1][2] == 10 * 2);
}

static void no_sample_is_fine(void **state)
{
    struct calibration c = calibration_from_rotation(rotations[1].to_zne);

    (void)state;
    calibration_apply(&c, NULL, 0);
}

/* Turning and turning back. */
static void a_rotation_keeps_lengths(void **state)
{
    double there[3][3], back[3][3], x[1][3] = {{0.1, -9.8, 3.3}};
    double a = 0.7, b = -1.1;
    double first[3][3] = {{cos(a), -sin(a), 0}, {sin(a), cos(a), 0}, {0, 0, 1}};
    double second[3][3] = {{1, 0, 0}, {0, cos(b), -sin(b)}, {0, sin(b), cos(b)}};

    (void)state;
    for (int r = 0; r < 3; r++)
        for (int k = 0; k < 3; k++) {
            there[r][k] = 0;
            for (int m = 0; m < 3; m++)
                there[r][k] += second[r][m] * first[m][k];
        }
    for (int r = 0; r < 3; r++)
        for (int k = 0; k < 3; k++)
            back[r][k] = there[k][r];
    struct calibration c = calibration_from_rotation(there), d = calibration_from_rotation(back);
    calibration_apply(&c, x, 1);
    assert_near(sqrt(x[0][0] * x[0][0] + x[0][1] * x[0][1] + x[0][2] * x[0][2]),
                sqrt(0.1 * 0.1 + 9.8 * 9.8 + 3.3 * 3.3), 1e-12);
    calibration_apply(&d, x, 1);
    assert_near(x[0][0], 0.1, 1e-14);
    assert_near(x[0][1], -9.8, 1e-14);
    assert_near(x[0][2], 3.3, 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rotation_turns_each_sample),
        cmocka_unit_test(none_touches_nothing),
        cmocka_unit_test(offset_scale_and_cross_axis_terms_at_once),
        cmocka_unit_test(no_sample_is_fine),
        cmocka_unit_test(a_rotation_keeps_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
