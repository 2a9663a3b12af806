#include "io/stationxml.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/utc.h"
#include "tests/unit/fake_end.h"

static struct fake_sys fake;

static int setup(void **state)
{
    (void)state;
    fake_sys_init(&fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_sys_end(&fake);
    return 0;
}

static int64_t utc(const char *text)
{
    int64_t ns = 0;

    assert_true(utc_parse(text, &ns));
    return ns;
}

#define HEAD                                                                                                 \
    "<?xml version=\"1.0\"?>\n<FDSNStationXML xmlns=\"http://www.fdsn.org/xml/station/1\" "                  \
    "schemaVersion=\"1.1\">"
#define SENSITIVITY(value, units)                                                                            \
    "<Response><InstrumentSensitivity><Value>" value                                                         \
    "</Value><Frequency>1</Frequency><InputUnits><Name>" units                                               \
    "</Name></InputUnits></InstrumentSensitivity><Stage "                                                    \
    "number=\"1\"><StageGain><Value>7</Value></StageGain></Stage>"                                           \
    "</Response>"

static const char two_epochs[] = HEAD
    "<Network code=\"XX\"><Station code=\"OTHER\"><Channel code=\"HNZ\" locationCode=\"00\">" SENSITIVITY(
        "5", "M/S") "</Channel></Station><Station code=\"TEST\"><Latitude>1</Latitude>"
                    "<Channel code=\"HNZ\" locationCode=\"00\" startDate=\"2010-01-01T00:00:00\" "
                    "endDate=\"2015-01-01T00:00:00\">"
                    "<Azimuth>0</Azimuth><Dip>-90.0</Dip><Sensor><Type>EpiSensor</Type><Model>later</Model></"
                    "Sensor>" SENSITIVITY(
                        "1000",
                        "M/S**2") "</Channel>"
                                  "<Channel code=\"HNZ\" locationCode=\"00\" "
                                  "startDate=\"2016-01-01T00:00:00Z\" endDate=\"2599-12-31T23:59:59\">"
                                  "<Azimuth unit=\"DEGREES\"> 12.5 </Azimuth><Dip>90</Dip>" SENSITIVITY(
                                      "-2.5e3",
                                      "nm/s**2") "</Channel>"
                                                 "<Channel code=\"HN1\" locationCode=\"  "
                                                 "\"><Dip>0</Dip>" SENSITIVITY(
                                                     "3", "M/S") "</Channel>"
                                                                 "<Channel code=\"HN2\" locationCode=\"\"/>"
                                                                 "</Station></Network></FDSNStationXML>\n";

static struct stationxml *open_text(const char *text)
{
    struct stationxml *x;
    struct error err;

    fake_file_put_text(&fake, "a.xml", text);
    if (stationxml_open(&x, &fake.sys, "a.xml", &err) < 0)
        fail_msg("%s", err.text);
    return x;
}

static const struct {
    const char *name, *time;
    double sensitivity, dip_deg;
    bool matched;
} lookups[] = {
    {"inside the first epoch", "2012-06-01", 1000, -90, true},
    {"its first moment", "2010-01-01", 1000, -90, true},
    {"in the gap, nearer to the first", "2015-02-01", 1000, -90, false},
    {"in the gap, nearer to the second", "2015-12-01", -2500, 90, false},
    {"inside the second epoch, which is still running", "2024-01-01", -2500, 90, true},
    {"before both", "1990-01-01", 1000, -90, false},
};

static void the_epoch_of_the_time_is_found(void **state)
{
    (void)state;
    struct stationxml *x = open_text(two_epochs);
    struct stationxml_channel c;
    for (size_t i = 0; i < sizeof lookups / sizeof *lookups; i++) {
        char time[40];
        snprintf(time, sizeof time, "%sT00:00:00Z", lookups[i].time);
        assert_true(stationxml_find(x, "XX", "TEST", "00", "HNZ", utc(time), &c));
        if (c.sensitivity != lookups[i].sensitivity || c.epoch_matched != lookups[i].matched ||
            c.dip_deg != lookups[i].dip_deg || !c.has_orientation)
            fail_msg("%s: %g %d", lookups[i].name, c.sensitivity, c.epoch_matched);
    }
    assert_true(c.azimuth_deg == 0);
    assert_string_equal(c.sensor, "EpiSensor");
    assert_true(stationxml_find(x, "XX", "OTHER", "00", "HNZ", 0, &c));
    assert_true(c.sensitivity == 5 && c.epoch_matched && !c.has_orientation);
    assert_true(stationxml_find(x, "XX", "TEST", "--", "HN1", 0, &c));
    assert_true(c.sensitivity == 3 && c.unit == UNIT_MPS &&
                !c.has_orientation); /* a dip alone points nowhere */
    assert_true(stationxml_find(x, "XX", "TEST", "", "HN2", 0, &c));
    assert_true(c.sensitivity == 0 && c.unit == UNIT_UNKNOWN && c.to_si == 1);
    assert_false(stationxml_find(x, "XX", "TEST", "10", "HNZ", 0, &c));
    assert_false(stationxml_find(x, "YY", "TEST", "00", "HNZ", 0, &c));
    stationxml_close(x);
}

static const struct {
    const char *text;
    enum unit unit;
    double to_si;
} units[] = {
    {"M/S**2", UNIT_MPS2, 1},
    {"m/s**2", UNIT_MPS2, 1},
    {"m/s^2", UNIT_MPS2, 1},
    {"M/S/S", UNIT_MPS2, 1},
    {"m/s2", UNIT_MPS2, 1},
    {"m / s ** 2", UNIT_MPS2, 1},
    {"M/(S**2)", UNIT_MPS2, 1},
    {"CM/S**2", UNIT_MPS2, 0.01},
    {"mm/s**2", UNIT_MPS2, 0.001},
    {"NM/S**2", UNIT_MPS2, 1e-9},
    {"um/s**2", UNIT_MPS2, 1e-6},
    {"gal", UNIT_MPS2, 0.01},
    {"M/S", UNIT_MPS, 1},
    {"nm/s", UNIT_MPS, 1e-9},
    {"cm/s", UNIT_MPS, 0.01},
    {"m", UNIT_UNKNOWN, 1},
    {"M/S**3", UNIT_UNKNOWN, 1},
    {"PA", UNIT_UNKNOWN, 1},
    {"COUNTS", UNIT_UNKNOWN, 1},
    {"V", UNIT_UNKNOWN, 1},
    {"", UNIT_UNKNOWN, 1},
    {"an absurdly long name of a unit that does not fit anywhere", UNIT_UNKNOWN, 1},
};

static void units_are_understood_or_unknown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        char text[1024];
        struct stationxml_channel c;
        snprintf(
            text, sizeof text,
            HEAD
            "<Network code=\"XX\"><Station code=\"T\"><Channel code=\"HNZ\" locationCode=\"\">" SENSITIVITY(
                "8", "%s") "</Channel></Station></Network></FDSNStationXML>",
            units[i].text);
        struct stationxml *x = open_text(text);
        assert_true(stationxml_find(x, "XX", "T", "", "HNZ", 0, &c));
        if (c.unit != units[i].unit || c.to_si != units[i].to_si)
            fail_msg("%s: unit %d, %g", units[i].text, c.unit, c.to_si);
        assert_int_equal(strncmp(c.input_units, units[i].text, sizeof c.input_units - 1), 0);
        stationxml_close(x);
    }
}

static void of_two_epochs_that_overlap_the_later_holds(void **state)
{
    (void)state;
#define EPOCH(start, value)                                                                                  \
    "<Channel code=\"HNZ\" startDate=\"" start "\">" SENSITIVITY(value, "M/S") "</Channel>"
    struct stationxml *x = open_text(
        HEAD "<Network code=\"XX\"><Station code=\"T\">" EPOCH("2012-01-01", "2") EPOCH("2014-01-01", "4")
            EPOCH("2010-01-01", "1") "</Station></Network></FDSNStationXML>");
    struct stationxml_channel c;
    assert_true(stationxml_find(x, "XX", "T", "", "HNZ", utc("2013-06-01T00:00:00Z"), &c));
    assert_true(c.sensitivity == 2 && c.epoch_matched);
    assert_true(stationxml_find(x, "XX", "T", "", "HNZ", utc("2024-06-01T00:00:00Z"), &c));
    assert_true(c.sensitivity == 4 && c.epoch_matched);
    stationxml_close(x);
}

static void prefixes_and_versions_do_not_matter(void **state)
{
    (void)state;
    struct stationxml *x = open_text(
        "<f:FDSNStationXML xmlns:f=\"urn:x\" schemaVersion=\"1.2\"><f:Network code=\"XX\"><f:Station "
        "code=\"T \">"
        "<!-- <Channel code=\"HNZ\"> --><f:Channel code=\"HNZ\" locationCode=\"--\"><f:Response>"
        "<f:InstrumentSensitivity><f:Value><![CDATA[9]]></f:Value></f:InstrumentSensitivity></f:Response>"
        "</f:Channel></f:Station></f:Network></f:FDSNStationXML>");
    struct stationxml_channel c;
    assert_true(stationxml_find(x, "XX", "T", "", "HNZ", 0, &c));
    assert_true(c.sensitivity == 9);
    stationxml_close(x);
}

/* ---- damage and attack ---- */

#define BODY "<Network code=\"XX\"><Station code=\"T\"><Channel code=\"HNZ\" locationCode=\"\">"

static const struct {
    const char *name, *text, *want;
} refusals[] = {
    {"an empty file", "", "a.xml: line 1: "},
    {"no XML", "hello", "a.xml: line 1: "},
    {"another root", "<a>\n<b/></a>", "a.xml: line 1: the root element is 'a', not FDSNStationXML"},
    {"cut off", HEAD "\n" BODY "\n<Dip>-9", "a.xml: line 4: "},
    {"an element closed by another", HEAD BODY "\n</Station>",
     "a.xml: line 3: Opening and ending tag mismatch"},
    {"a sensitivity that is no number", HEAD "\n" BODY "\n" SENSITIVITY("many", "M/S"),
     "a.xml: line 4: InstrumentSensitivity 'many' is no number"},
    {"a sensitivity of nothing", HEAD BODY SENSITIVITY("", "M/S"), "InstrumentSensitivity '' is no number"},
    {"a sensitivity of NaN", HEAD BODY SENSITIVITY("nan", "M/S"), "'nan' is no number"},
    {"a date that is none", HEAD "<Network><Station><Channel startDate=\"yesterday\"/>",
     "startDate 'yesterday' is no time"},
    {"billion laughs",
     "<?xml version=\"1.0\"?>\n<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b "
     "\"&a;&a;&a;&a;&a;&a;\">]>\n<l>&b;</l>",
     "a.xml: line 2: a document type declaration is refused"},
    {"an external entity", "<!DOCTYPE l [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<l>&x;</l>",
     "a.xml: line 1: a document type declaration is refused"},
    {"an external document type", "<!DOCTYPE l SYSTEM \"http://example.org/l.dtd\">\n<l/>",
     "a document type declaration is refused"},
    {"an entity that nobody declared", HEAD BODY "<Dip>&dip;</Dip>", "Entity 'dip' not defined"},
    {"no UTF-8 inside", HEAD BODY "<Dip>\xff</Dip>", "a.xml: line 2: "},
};

static void damage_and_attacks_are_refused_with_a_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct stationxml *x;
        struct error err = {""};
        fake_file_put_text(&fake, "a.xml", refusals[i].text);
        if (stationxml_open(&x, &fake.sys, "a.xml", &err) == 0)
            fail_msg("%s: accepted", refusals[i].name);
        if (strncmp(err.text, "a.xml: line ", 12) != 0 || !strstr(err.text, refusals[i].want))
            fail_msg("%s: %s", refusals[i].name, err.text);
        assert_null(x);
    }
}

/* `n` copies of `open` behind the head: */
static int open_repeated(const char *open, int n, struct error *err)
{
    size_t one = strlen(open), head = strlen(HEAD);
    char *text = malloc(head + one * (size_t)n + 1);
    struct stationxml *x;

    strcpy(text, HEAD);
    for (int i = 0; i < n; i++)
        memcpy(text + head + one * (size_t)i, open, one + 1);
    fake_file_put_text(&fake, "a.xml", text);
    free(text);
    int result = stationxml_open(&x, &fake.sys, "a.xml", err);
    stationxml_close(x);
    return result;
}

static void growth_is_bounded(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(open_repeated("<x>", 100000, &err), -1);
    assert_non_null(strstr(err.text, "a.xml: line 2: elements nested deeper than 32"));
    assert_int_equal(
        open_repeated("<Network><Station><Channel/></Station></Network>\n", STATIONXML_EPOCHS_MAX + 1, &err),
        -1);
    assert_non_null(strstr(err.text, "a.xml: line 4098: more than 4096 channel epochs"));
    fake_file_put(&fake, "a.xml", "<\0a\0/\0>\0", 8);
    struct stationxml *x;
    assert_int_equal(stationxml_open(&x, &fake.sys, "a.xml", &err), -1);
    assert_non_null(strstr(err.text, "a.xml: a NUL byte: "));
    /* Each would be compared with all before it. */
    enum { ATTRIBUTES = 200000 };
    char *text = malloc(ATTRIBUTES * 12 + sizeof HEAD), *to = stpcpy(text, HEAD "\n<Network");
    for (int i = 0; i < ATTRIBUTES; i++)
        to += sprintf(to, " a%d=''", i);
    fake_file_put_text(&fake, "a.xml", text);
    free(text);
    assert_int_equal(stationxml_open(&x, &fake.sys, "a.xml", &err), -1);
    assert_non_null(strstr(err.text, "a.xml: line 3: a tag longer than 8192 bytes"));
    /* A long file of what nobody needs costs nothing. */
    fake.peak_bytes = fake.live_bytes;
    assert_int_equal(open_repeated("<Comment>0123456789</Comment>", 100000, &err), -1);
    assert_non_null(strstr(err.text, "a.xml: line 2: ")); /* it is not closed */
    assert_true(fake.peak_bytes < 1024 * 1024);
}

static void survives_refused_memory(void **state)
{
    (void)state;
    fake_file_put_text(&fake, "a.xml", two_epochs);
    int k = 0, result;
    do {
        struct stationxml *x;
        struct error err = {""};
        fake.fail_alloc_at = ++k;
        result = stationxml_open(&x, &fake.sys, "a.xml", &err);
        if (result < 0)
            assert_non_null(strstr(err.text, "out of memory"));
        stationxml_close(x);
        assert_int_equal(fake.live_allocs, 0);
    } while (result < 0);
    assert_true(k > 3);
    fake.fail_alloc_at = 0;
}

static void recognised_by_content(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool want;
    } heads[] = {
        {HEAD, true},      {"\xef\xbb\xbf" HEAD, true}, {"\n <FDSNStationXML>", true},
        {"<html>", false}, {"FDSNStationXML", false},   {"", false},
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        assert_int_equal(stationxml_probe((const unsigned char *)heads[i].text, strlen(heads[i].text)),
                         heads[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_epoch_of_the_time_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(units_are_understood_or_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(of_two_epochs_that_overlap_the_later_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(prefixes_and_versions_do_not_matter, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_and_attacks_are_refused_with_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(growth_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(survives_refused_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(recognised_by_content, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
