/* What archives call a component, and codes made of what they call a station. */
#include "io/component.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *name;
    char axis; /* 0: no direction */
    double azimuth_deg, dip_deg;
} names[] = {
    {"Up", 'Z', 0, -90},    {"UP", 'Z', 0, -90},      {"V", 'Z', 0, -90},      {"Down", 'Z', 0, 90},
    {"N", 'N', 0, 0},       {"NS", 'N', 0, 0},        {"N-S", 'N', 0, 0},      {"E-W", 'E', 90, 0},
    {"360 Deg", 'N', 0, 0}, {"0", 'N', 0, 0},         {" 90 DEG", 'E', 90, 0}, {"270,", 'E', 270, 0},
    {"N28W", 'N', 332, 0},  {"S62W", 'E', 242, 0},    {"S90E", 'E', 90, 0},    {"N00E", 'N', 0, 0},
    {"s16w", 'N', 196, 0},  {"S74E", 'E', 106, 0},    {"N90W", 'E', 270, 0},   {"S00W", 'N', 180, 0},
    {"45", 'N', 45, 0},     {"135", 'E', 135, 0},     {"225", 'N', 225, 0},    {"315", 'E', 315, 0},
    {"45.5", 'E', 45.5, 0}, {"134.9", 'E', 134.9, 0}, {"136", 'N', 136, 0},    {"177", 'N', 177, 0},
    {"", 0, 0, 0},          {"INTC", 0, 0, 0},        {"361", 0, 0, 0},        {"-1", 0, 0, 0},
    {"N91W", 0, 0, 0},      {"N-5W", 0, 0, 0},        {"E28N", 0, 0, 0},       {"NW", 0, 0, 0},
    {"upwards", 0, 0, 0},   {"NaN", 0, 0, 0},
};

static void names_are_directions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct channel c = {0};
        bool known = component_named(&c, names[i].name);
        if (known != (names[i].axis != 0) || c.axis != names[i].axis || c.oriented != known)
            fail_msg("'%s': %d, axis %d", names[i].name, known, c.axis);
        if (c.azimuth_deg != names[i].azimuth_deg || c.dip_deg != names[i].dip_deg)
            fail_msg("'%s': azimuth %g, dip %g", names[i].name, c.azimuth_deg, c.dip_deg);
    }
}

static void longitudinal_and_transverse_are_two(void **state)
{
    struct channel l = {0}, t = {0};

    (void)state;
    assert_true(component_named(&l, "L") && component_named(&t, "T"));
    assert_true(l.axis == '1' && !l.oriented && t.axis == '2' && !t.oriented);
}

static void right_angles_never_share_an_axis(void **state)
{
    (void)state;
    for (int a = 0; a <= 3600; a++) {
        struct channel c = {0}, d = {0};
        component_azimuth(&c, a / 10.0);
        component_azimuth(&d, fmod(a + 900, 3600) / 10.0);
        if (c.axis == d.axis || !strchr("NE", c.axis) || !strchr("NE", d.axis))
            fail_msg("%g and the right angle to it: %c %c", a / 10.0, c.axis, d.axis);
    }
}

static const struct {
    const char *from;
    size_t size;
    const char *want;
} texts[] = {
    {"WTMC", 64, "WTMC"},
    {"San Francisco, 1295 Shafter, F ", 64, "San_Francisco_1295_Shafter_F"},
    {"  VI\xd1"
     "A DEL MAR",
     64, "VI_A_DEL_MAR"},
    {"5520/01", 64, "5520/01"},
    {"a*b?c.d,e", 64, "a_b_c_d_e"},
    {"\x01\x7f", 64, ""},
    {"", 64, ""},
    {"ABCDEFGH", 5, "ABCD"},
    {"ABC DEF", 5, "ABC"},
    {"A", 1, ""},
};

static void text_becomes_part_of_a_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char to[64];
        component_text(to, texts[i].size, texts[i].from, strlen(texts[i].from));
        assert_true(strlen(to) < texts[i].size);
        if (strncmp(to, texts[i].want, strlen(texts[i].want)) != 0)
            fail_msg("'%s' became '%s'", texts[i].from, to);
        if (texts[i].size == 64)
            assert_string_equal(to, texts[i].want);
    }
}

static void codes_are_told_apart(void **state)
{
    static struct channel c[READER_CHANNELS_MAX];

    (void)state;
    for (size_t i = 0; i < READER_CHANNELS_MAX; i++) {
        snprintf(c[i].group, sizeof c[i].group, "89146");
        component_code(&c[i], "360", c, i);
    }
    assert_string_equal(c[0].code, "89146.360");
    assert_string_equal(c[1].code, "89146.360_2");
    assert_string_equal(c[READER_CHANNELS_MAX - 1].code, "89146.360_256");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_directions),
        cmocka_unit_test(longitudinal_and_transverse_are_two),
        cmocka_unit_test(right_angles_never_share_an_axis),
        cmocka_unit_test(text_becomes_part_of_a_code),
        cmocka_unit_test(codes_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
