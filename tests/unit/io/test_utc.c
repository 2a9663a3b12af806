/* Expected seconds: `date -u -d '2018-01-24 19:51:43' +%s` and so on. */
#include "io/utc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define BAD INT64_MIN

static const struct {
    const char *name, *text;
    int64_t want_ns;
} cases[] = {
    {"ISO with milliseconds", "2024-01-24T10:51:28.005Z", INT64_C(1706093488005000000)},
    {"slashes and a blank", "2018/01/24 19:51:43", INT64_C(1516823503000000000)},
    {"no seconds", "1970-01-01T00:00", 0},
    {"an offset is taken off", "2018-01-25T04:51:43+09:00", INT64_C(1516823503000000000)},
    {"an offset without colon", "2018-01-24T16:21:43-0330", INT64_C(1516823503000000000)},
    {"the day that leap years have", "2000-02-29T15:00:00", INT64_C(951836400000000000)},
    {"1900 was no leap year", "1900-02-29T00:00:00", BAD},
    {"a leap second is the next second", "2000-02-29T14:59:60", INT64_C(951836400000000000)},
    {"before 1970", "1900-01-01T00:00:00Z", INT64_C(-2208988800000000000)},
    {"the last year allowed", "2100-12-31T00:00:00", INT64_C(4133894400000000000)},
    {"a year too far", "2101-01-01T00:00:00", BAD},
    {"nanoseconds, more digits dropped", "1970-01-01T00:00:00.1234567899", 123456789},
    {"no thirteenth month", "2024-13-01T00:00:00", BAD},
    {"no day 0", "2024-01-00T00:00:00", BAD},
    {"no hour 24", "2024-01-01T24:00:00", BAD},
    {"text behind it", "2024-01-24T10:51:28x", BAD},
    {"a number is no time", "1516823503", BAD},
    {"nothing", "", BAD},
};

static void parses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ns = BAD;
        bool ok = utc_parse(cases[i].text, &ns);
        if (ns != cases[i].want_ns || ok != (cases[i].want_ns != BAD))
            fail_msg("%s: %d %lld", cases[i].name, ok, (long long)ns);
    }
}

static void day_of_year(void **state)
{
    int64_t a, b;

    (void)state;
    assert_true(utc_from_day_of_year(&a, 2011, 233, 18, 58, 33, 348000000));
    assert_true(utc_from_date(&b, 2011, 8, 21, 18, 58, 33, 348000000));
    assert_int_equal(a, b);
    assert_int_equal(a, INT64_C(1313953113348000000));
    assert_true(utc_from_day_of_year(&a, 2012, 366, 0, 0, 0, 0));
    assert_false(utc_from_day_of_year(&a, 2011, 366, 0, 0, 0, 0));
    assert_false(utc_from_day_of_year(&a, 2011, 1, 0, 0, 0, UTC_SECOND_NS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parses), cmocka_unit_test(day_of_year)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
