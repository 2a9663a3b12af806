/* Which channels make one instrument, which of them is up, north and east, and what one count is worth. */
#include "tests/unit/io/trace_run.h"
#include "tests/unit/near.h"

/* ---- grouping ---- */

static void stations_are_records_of_their_own(void **state)
{
    static const char *const groups[] = {"XX.B.00.HN", "XX.A.00.HN", "XX.A.00.BH", "XX.A.10.HN"};

    (void)state;
    put_channel("XX.B.00.HNZ", 0, 300);
    for (int k = 0; k < 2; k++) {
        put_channel(k ? "XX.A.00.HNE" : "XX.A.00.HNN", 0, 400);
        put_channel(k ? "XX.A.00.BHE" : "XX.A.00.BHN", 10 * k, 500);
        put_channel("XX.A.10.HNZ", 150 * k, 150);
    }
    put_file("a");
    assert_int_equal(open_one(NULL, "a"), 0);
    assert_int_equal(trace_records(trace), 4);
    static const size_t n[] = {300, 400, 490, 300};
    static const unsigned mask[] = {1, 6, 6, 1};
    for (int pass = 0; pass < 2; pass++)
        for (size_t r = 0; r < 4; r++) {
            assert_string_equal(trace_record(trace, r)->id, groups[r]);
            assert_int_equal(trace_record(trace, r)->axis_mask, mask[r]);
            read_record(r, BLOCK_MAX);
            assert_int_equal(got.status, SOURCE_END);
            assert_int_equal(got.n, n[r]);
        }
}

static const struct {
    const char *select;
    const char *records; /* the groups and masks that stay; NULL: none */
} selections[] = {
    {NULL, "XX.A.00.HN:7 XX.A..HN:7 YY.B.00.HN:7 "},
    {"XX", "XX.A.00.HN:7 XX.A..HN:7 "},
    {"?X.A", "XX.A.00.HN:7 XX.A..HN:7 "},
    {"*", "XX.A.00.HN:7 XX.A..HN:7 YY.B.00.HN:7 "},
    {"*.*.00", "XX.A.00.HN:7 YY.B.00.HN:7 "},
    {"*.*.--", "XX.A..HN:7 "},
    {"*.A..HN", "XX.A..HN:7 "},
    {"XX.A.00.HNZ", "XX.A.00.HN:1 "},
    {"XX.A.00.H", "XX.A.00.HN:7 "},
    {"*.*.*.*[NE],YY", "XX.A.00.HN:6 XX.A..HN:6 YY.B.00.HN:7 "},
    {"XX.A.--.HNZ,XX.A.--.HNE", "XX.A..HN:5 "},
    {"YY.B.00.HN?", "YY.B.00.HN:7 "},
    {"X", NULL},
    {"xx", NULL},
    {"XX.A.00.BH", NULL},
    {"XX.A.00.HNZ.more", NULL},
    {"", NULL},
};

static void channels_are_selected(void **state)
{
    static const char *const stems[] = {"XX.A.00.HN", "XX.A..HN", "YY.B.00.HN"};

    (void)state;
    for (int s = 0; s < 3; s++)
        for (int c = 0; c < 3; c++) {
            char code[32];
            snprintf(code, sizeof code, "%s%c", stems[s], "ZNE"[c]);
            put_channel(code, 0, 100);
        }
    put_file("a");
    for (size_t i = 0; i < sizeof selections / sizeof *selections; i++) {
        struct trace_conf conf = {.select = selections[i].select};
        char records[256] = "";
        int result = open_one(&conf, "a");
        if (!selections[i].records) {
            char want[128];
            snprintf(want, sizeof want,
                     "--select %s: matches none of the 9 channels there (the first is XX.A.00.HNZ)",
                     conf.select);
            want_error(result, conf.select, want);
            continue;
        }
        for (size_t r = 0; result == 0 && r < trace_records(trace); r++)
            snprintf(records + strlen(records), sizeof records - strlen(records), "%s:%u ",
                     trace_record(trace, r)->id, trace_record(trace, r)->axis_mask);
        if (strcmp(records, selections[i].records) != 0)
            fail_msg("--select %s: %s %s", selections[i].select, records, err.text);
    }
}

/* ---- axes ---- */

static const struct {
    const char *channels[4], *axes; /* axes: of --axes */
    const char *want;               /* codes' endings as Z N E, '.' for none; or part of the error */
} axes[] = {
    {{"HNZ", "HNN", "HNE"}, NULL, "ZNE"},
    {{"HNE", "HNZ", "HNN"}, NULL, "ZNE"},
    {{"HN1", "HN2", "HNZ"}, NULL, "Z12"},
    {{"HN1", "HN2", "HN3"}, NULL, "312"},
    {{"HNX", "HNY", "HNZ"}, NULL, "ZXY"},
    {{"HN1", "HN2"}, NULL, ".12"},
    {{"HNX"}, NULL, ".X."},
    {{"HNZ"}, NULL, "Z.."},
    {{"HN3"}, NULL, "3.."},
    {{"HN2"}, NULL, "..2"},
    {{"HNZ", "HNN", "HN2"}, NULL, "XX.TEST.00.HN: cannot tell up, north and east among XX.TEST.00.HNZ"},
    {{"HNZ", "HNN", "HNE", "HN1"}, NULL, "choose with --select or --axes"},
    {{"HNU", "HNV"}, NULL, "cannot tell up, north and east"},
    {{"HNZ", "HNN", "HNE"}, "NZE", "NZE"},
    {{"HNZ", "HNN", "HNE"}, "zne", "ZNE"},
    {{"HNX", "HNY", "HNZ"}, "yxz", "YXZ"},
    {{"HN1", "HN2", "HN3"}, "HN1,HN2,HN3", "123"},
    {{"HN1", "HN2", "HN3"}, "1,3,2", "132"},
    {{"HNZ", "HNN", "HNE"}, "Z--", "Z.."},
    {{"HNZ", "HNN", "HNE"}, "-,N,-", ".N."},
    {{"HNZ", "HNN", "HNE"}, "-zn-e", "zNe"},
    {{"HNZ", "HNN", "HNE"}, "z,-HNN,e", "ZnE"},
    {{"HNU", "HNV", "HNW"}, "uvw", "UVW"},
    {{"HNZ", "HNN", "HNE"}, "Z1E", "--axes: XX.TEST.00.HN has no channel ending in '1'"},
    {{"HNZ", "HNN", "HNE"}, "ZZN", "--axes: XX.TEST.00.HNZ is named twice"},
    {{"HNZ", "HNN", "HNE"}, "Z,N,HNN", "--axes: XX.TEST.00.HNN is named twice"},
    {{"HNZ", "HNN", "HNE"}, "---", "XX.TEST.00.HN: --axes leaves no component"},
    {{"HNZ", "HNN", "HNE"}, "ZN", "--axes: name three channels"},
    {{"HNZ", "HNN", "HNE"}, "", "--axes: name three channels"},
    {{"HNZ", "HNN", "HNE"}, "Z,N", "--axes: name three channels"},
    {{"HNZ", "HNN", "HNE"}, "Z,,N", "--axes: name three channels"},
    {{"HNZ", "HNN", "HNE"}, "ZNEZ", "--axes: more than three names"},
    {{"HNZ", "HNN", "HNE"}, "Z,N,E,", "--axes: more than three names"},
    {{"HNZ", "HNN", "HNE"}, "Z,N,E,Z", "--axes: more than three names"},
};

static void axes_find_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
        struct trace_conf conf = {.axes = axes[i].axes};
        char name[64];
        for (int c = 0; c < 4 && axes[i].channels[c]; c++) {
            snprintf(name, sizeof name, "XX.TEST.00.%s", axes[i].channels[c]);
            put_channel(name, 0, 10);
        }
        put_file("a");
        snprintf(name, sizeof name, "row %zu, --axes %s", i, axes[i].axes ? axes[i].axes : "none");
        int result = open_one(&conf, "a");
        if (strlen(axes[i].want) != 3) {
            want_error(result, name, axes[i].want);
            continue;
        }
        if (result < 0)
            fail_msg("%s: '%s'", name, err.text);
        read_record(0, BLOCK_MAX);
        assert_int_equal(got.n, 10);
        for (int a = 0; a < AXES; a++) {
            char letter = axes[i].want[a], upper[2] = {(char)(letter & ~0x20), 0};
            double want = letter == '.' ? 0 : count(letter < 'A' ? (char[2]){letter, 0} : upper, 3);
            if (letter >= 'a')
                want = -want; /* turned round */
            if (got.value[3][a] != want)
                fail_msg("%s: axis %d is %g, not %g", name, a, got.value[3][a], want);
        }
    }
}

/* ---- StationXML ---- */

static void stationxml_gives_scale_and_polarity(void **state)
{
    static const struct xml_channel channels[] = {
        {"HNZ", 0, -90, 2e5, "M/S**2"}, {"HNN", 0, 0, -4e5, "m/s^2"}, {"HNE", 90, 0, 1e3, "cm/s**2"}};
    static const double scale[] = {1 / 2e5, -1 / 4e5, 1e-5};
    const char *paths[3][PATHS] = {{"a", "a.xml"}, {"a.xml", "a"}, {"a"}};

    (void)state;
    put_three("ZNE");
    put_xml("a.xml", channels, 3);
    for (int order = 0; order < 4; order++) { /* among the files, before or behind, as an option, as a pipe */
        struct trace_conf conf = {.stationxml = order == 2 ? "a.xml" : NULL};
        fake_file_find(&fake, "a.xml")->pipe = order == 3;
        assert_int_equal(open_paths(&conf, paths[order == 3 ? 0 : order]), 0);
        const struct trace_info *info = trace_record(trace, 0);
        assert_int_equal(trace_records(trace), 1);
        assert_int_equal(info->unit, UNIT_MPS2);
        assert_false(info->rotate);
        read_record(0, BLOCK_MAX);
        assert_int_equal(got.n, 200);
        for (int a = 0; a < AXES; a++) {
            const char *letter = (const char *[]){"Z", "N", "E"}[a];
            assert_near(info->component[a].scale, scale[a], 1e-12);
            assert_near(info->component[a].lsb, fabs(scale[a]), 1e-12);
            assert_near(got.value[7][a], count(letter, 7) * scale[a], 1e-9);
        }
    }
}

static void the_user_s_scale_rules(void **state)
{
    static const struct xml_channel channels[] = {
        {"HNZ", 0, -90, 2e5, "M/S"}, {"HNN", 0, 0, 2e5, "M/S"}, {"HNE", 90, 0, 2e5, "M/S"}};
    static const struct {
        size_t scales;
        double scale[AXES];
        bool velocity;
        enum unit unit;
        double want[AXES];
    } rows[] = {
        {0, {0}, false, UNIT_MPS, {5e-6, 5e-6, 5e-6}},
        {1, {3}, false, UNIT_MPS2, {3, 3, 3}},
        {3, {1, -2, 4}, false, UNIT_MPS2, {1, -2, 4}},
        {1, {3}, true, UNIT_MPS, {3, 3, 3}},
    };

    (void)state;
    put_three("ZNE");
    put_xml("a.xml", channels, 3);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trace_conf conf = {.scales = rows[i].scales, .velocity = rows[i].velocity};
        memcpy(conf.scale, rows[i].scale, sizeof conf.scale);
        assert_int_equal(open_paths(&conf, (const char *[PATHS]){"a", "a.xml"}), 0);
        assert_int_equal(trace_record(trace, 0)->unit, rows[i].unit);
        for (int a = 0; a < AXES; a++) {
            assert_near(trace_record(trace, 0)->component[a].scale, rows[i].want[a], 1e-12);
            assert_near(trace_record(trace, 0)->component[a].lsb, fabs(rows[i].want[a]), 1e-12);
        }
    }
}

static const struct {
    const char *name, *codes; /* as Z N E slots */
    double azimuth_deg[AXES], dip_deg[AXES];
    bool rotate; /* true: to_zne turns what they measure into Z N E; false: it is the unit matrix */
} orientations[] = {
    {"as the letters say", "ZNE", {0, 0, 90}, {-90, 0, 0}, false},
    {"within half a degree", "ZNE", {0, 0.4, 90.4}, {-90, 0, 0}, false},
    {"turned by 30 degrees", "Z12", {0, 30, 120}, {-90, 0, 0}, true},
    {"a left-handed pair", "Z12", {0, 30, 300}, {-90, 0, 0}, true},
    {"a vertical that points down", "ZNE", {0, 0, 90}, {90, 0, 0}, true},
    {"a leaning borehole", "Z12", {40, 10, 102}, {-80, 3, -8}, true},
    {"three on a corner", "ZNE", {0, 120, 240}, {-35.26, -35.26, -35.26}, true},
    {"all the same is no orientation", "ZNE", {0, 0, 0}, {-90, -90, -90}, false},
    {"two nearly the same neither", "ZNE", {0, 20, 35}, {-90, 0, 0}, false},
};

static void orientation_turns_into_zne(void **state)
{
    static const double want[AXES] = {3, -2, 5}; /* Z N E */

    (void)state;
    for (size_t i = 0; i < sizeof orientations / sizeof *orientations; i++) {
        struct xml_channel c[AXES];
        char code[AXES][4];
        put_three(orientations[i].codes);
        for (int a = 0; a < AXES; a++) {
            snprintf(code[a], 4, "HN%c", orientations[i].codes[a]);
            c[a] = (struct xml_channel){code[a], orientations[i].azimuth_deg[a], orientations[i].dip_deg[a],
                                        1, "M/S**2"};
        }
        put_xml("a.xml", c, AXES);
        assert_int_equal(open_paths(NULL, (const char *[PATHS]){"a", "a.xml"}), 0);
        const struct trace_info *info = trace_record(trace, 0);
        if (info->rotate != orientations[i].rotate)
            fail_msg("%s: rotate is %d", orientations[i].name, info->rotate);
        double measured[AXES], zne[AXES] = {0};
        for (int a = 0; a < AXES; a++) {
            const struct trace_component *t = &info->component[a];
            double azimuth = t->azimuth_deg * M_PI / 180, dip = t->dip_deg * M_PI / 180;
            assert_true(t->oriented);
            measured[a] =
                orientations[i].rotate
                    ? cos(dip) * (want[1] * cos(azimuth) + want[2] * sin(azimuth)) - sin(dip) * want[0]
                    : want[a];
        }
        for (int k = 0; k < AXES; k++)
            for (int a = 0; a < AXES; a++)
                zne[k] += info->to_zne[k][a] * measured[a];
        for (int k = 0; k < AXES; k++)
            if (fabs(zne[k] - want[k]) > 1e-9)
                fail_msg("%s: axis %d is %g, not %g", orientations[i].name, k, zne[k], want[k]);
    }
}

/* Who names the axes has turned them himself. */
static void named_axes_are_not_turned(void **state)
{
    static const struct xml_channel c[] = {
        {"HNZ", 0, -90, 1, "M/S**2"}, {"HN1", 30, 0, 1, "M/S**2"}, {"HN2", 120, 0, 1, "M/S**2"}};
    struct trace_conf conf = {.axes = "z12"};

    (void)state;
    put_three("Z12");
    put_xml("a.xml", c, 3);
    assert_int_equal(open_paths(&conf, (const char *[PATHS]){"a", "a.xml"}), 0);
    assert_false(trace_record(trace, 0)->rotate);
    assert_false(trace_record(trace, 0)->component[AXIS_N].oriented);
    assert_int_equal(trace_record(trace, 0)->unit, UNIT_MPS2);
}

/* Numbered channels: the steep one is up, the one nearer to east is E, whatever the numbers. */
static void numbered_channels_go_by_orientation(void **state)
{
    static const struct {
        const char *name;
        double azimuth_deg[AXES], dip_deg[AXES]; /* of HN1 HN2 HN3 */
        const char *want;                        /* as Z N E */
    } rows[] = {
        {"in order", {0, 90, 0}, {0, 0, -90}, "312"},
        {"up first", {0, 0, 90}, {-90, 0, 0}, "123"},
        {"east first", {90, 0, 0}, {0, 0, -90}, "321"},
        {"pointing west and south", {270, 180, 0}, {0, 0, -90}, "321"},
        {"down in the middle", {100, 0, 10}, {0, 90, 0}, "231"},
        {"two of them up: by the numbers", {0, 0, 0}, {-90, -90, 0}, "312"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct xml_channel c[AXES];
        static const char *const code[] = {"HN1", "HN2", "HN3"};
        put_three("123");
        for (int a = 0; a < AXES; a++)
            c[a] = (struct xml_channel){code[a], rows[i].azimuth_deg[a], rows[i].dip_deg[a], 1, "M/S**2"};
        put_xml("a.xml", c, AXES);
        assert_int_equal(open_paths(NULL, (const char *[PATHS]){"a", "a.xml"}), 0);
        for (int a = 0; a < AXES; a++)
            if (trace_record(trace, 0)->component[a].code[13] != rows[i].want[a])
                fail_msg("%s: axis %d is %s", rows[i].name, a, trace_record(trace, 0)->component[a].code);
    }
}

static void a_lone_vertical_pointing_down_is_turned(void **state)
{
    static const struct xml_channel down[] = {{"HNZ", 0, 90, 1, "M/S**2"}};

    (void)state;
    put_channel("XX.TEST.00.HNZ", 0, 100);
    put_channel("XX.TEST.00.HNN", 0, 100);
    put_file("a");
    put_xml("a.xml", down, 1);
    /* the other component's unit is not known: said, not guessed */
    want_error(open_paths(NULL, (const char *[PATHS]){"a", "a.xml"}), "mixed",
               "XX.TEST.00.HNN: its unit differs from another component's");
    struct trace_conf conf = {.select = "*.*.*.HNZ"};
    assert_int_equal(open_paths(&conf, (const char *[PATHS]){"a", "a.xml"}), 0);
    assert_true(trace_record(trace, 0)->rotate);
    assert_true(trace_record(trace, 0)->to_zne[AXIS_Z][AXIS_Z] == -1);
}

/* ---- rates ---- */

static void one_channel_without_a_time_is_given_once(void **state)
{
    (void)state;
    fake_file_put_text(&fake, "a", "# tocsin-csv 1\n# rate_hz: 100\n# station: S\nz\n1\n2\n");
    fake_file_put_text(&fake, "b", "# tocsin-csv 1\n# rate_hz: 100\n# station: S\nz\n4\n5\n");
    want_error(open_paths(NULL, (const char *[PATHS]){"a", "b"}), "twice",
               "S.Z: it stands in two files, and without a time");
}

static void rates_must_agree(void **state)
{
    struct trace_conf conf = {.rate_hz = 50};

    (void)state;
    fake_file_put_text(
        &fake, "a",
        "# tocsin-csv 1\n# rate_hz: 100\n# start_utc: 2026-01-01T00:00:00Z\n# station: S\nz\n1\n2\n");
    fake_file_put_text(&fake, "b", "# tocsin-csv 1\n# rate_hz: 101\n# station: S\nn\n4\n5\n");
    fake_file_put_text(
        &fake, "c",
        "# tocsin-csv 1\n# rate_hz: 200\n# start_utc: 2026-01-01T00:00:00Z\n# station: S\nz\n4\n5\n");
    fake_file_put_text(&fake, "d", "# tocsin-csv 1\n# rate_hz: 100\n# station: S\n# unit: gal\nn\n4\n5\n");
    want_error(open_paths(NULL, (const char *[PATHS]){"a", "b"}), "two rates",
               "S.N: its rate is 101 Hz, another component's 100 Hz");
    want_error(open_paths(NULL, (const char *[PATHS]){"a", "c"}), "two rates in a row",
               "S.Z: rates of 100 and 200 Hz do not go together");
    want_error(open_paths(NULL, (const char *[PATHS]){"a", "d"}), "two units",
               "S.N: its unit differs from another component's");
    assert_int_equal(open_paths(&conf, (const char *[PATHS]){"a", "b"}), 0);
    assert_true(trace_record(trace, 0)->rate_hz == 50);
    read_record(0, 10);
    assert_int_equal(got.n, 2);
}

static void too_many_channels_are_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 26; i++) {
        char code[32];
        snprintf(code, sizeof code, "XX.TEST.00.HN%c", 'A' + i);
        put_channel(code, 0, 10);
    }
    put_file("a");
    want_error(open_one(NULL, "a"), "26", "more than 24 channels in one instrument; choose with --select");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(stations_are_records_of_their_own),
        TEST(channels_are_selected),
        TEST(axes_find_their_place),
        TEST(stationxml_gives_scale_and_polarity),
        TEST(the_user_s_scale_rules),
        TEST(orientation_turns_into_zne),
        TEST(named_axes_are_not_turned),
        TEST(numbered_channels_go_by_orientation),
        TEST(a_lone_vertical_pointing_down_is_turned),
        TEST(one_channel_without_a_time_is_given_once),
        TEST(rates_must_agree),
        TEST(too_many_channels_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
