#include "io/json.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/fake_end.h"

/* ---- writing ---- */

static const struct {
    const char *name;
    double value;
    int decimals;
    const char *want;
} numbers[] = {
    {"rounded", 0.12349, 4, "0.1235"},
    {"trailing zeros go", 2.5, 6, "2.5"},
    {"a whole number has no point", 2, 3, "2"},
    {"zeros in front of the point stay", 1200, 2, "1200"},
    {"no decimals", 1234.5678, 0, "1235"},
    {"too small to show is zero", 1e-9, 6, "0"},
    {"zero has no sign", -1e-9, 6, "0"},
    {"negative", -17.25, 2, "-17.25"},
    {"0.1 is 0.1", 0.1, 15, "0.1"},
    {"more decimals than there are", 0.5, 99, "0.5"},
    {"fewer than none", 1.5, -3, "2"},
    {"huge numbers in exponent notation", -1e300, 3, "-1.0000000000000001e+300"},
    {"not a number is null", NAN, 3, "null"},
    {"infinity is null", -INFINITY, 3, "null"},
};

static void numbers_are_short_and_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct json *j = json_new_object(&sys_real);
        const char *line;
        char want[64];
        json_put_number(j, "v", numbers[i].value, numbers[i].decimals);
        assert_int_equal(json_write_line(j, &line, NULL), 0);
        snprintf(want, sizeof want, "{\"v\":%s}\n", numbers[i].want);
        if (strcmp(line, want) != 0)
            fail_msg("%s: %s", numbers[i].name, line);
        json_free(j);
    }
}

static const struct {
    const char *name, *text, *want;
} texts[] = {
    {"plain", "Tocsin", "Tocsin"},
    {"quotes and backslashes", "a\"b\\c", "a\\\"b\\\\c"},
    {"control characters", "a\nb\x01\x7f", "a\\u000ab\\u0001\\u007f"},
    {"UTF-8 of two, three and four bytes", "é地\xf0\x9f\x94\x94", "é地\xf0\x9f\x94\x94"},
    {"Latin-1 is repaired", "caf\xe9", "caf\xef\xbf\xbd"},
    {"a sequence cut off is repaired", "\xe5\x9c", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"overlong forms are repaired", "\xc0\xaf\xe0\x80\xaf",
     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"surrogates are repaired", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"beyond U+10FFFF is repaired", "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
};

static void text_is_always_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct json *j = json_new_object(&sys_real);
        struct error err;
        const char *line;
        size_t n;
        char want[128];
        json_put_text(j, texts[i].text, texts[i].text);
        assert_int_equal(json_write_line(j, &line, &n), 0);
        snprintf(want, sizeof want, "{\"%s\":\"%s\"}\n", texts[i].want, texts[i].want);
        if (strcmp(line, want) != 0)
            fail_msg("%s: %s", texts[i].name, line);
        struct json_value *back = json_parse(line, n, &err);
        if (!back)
            fail_msg("%s: %s", texts[i].name, err.text);
        json_value_free(back);
        json_free(j);
    }
}

static void lines_keep_their_order(void **state)
{
    (void)state;
    struct json *j = json_new_object(&sys_real);
    for (int round = 0; round < 2; round++) { /* again after a reset */
        struct json *list = json_new_array(&sys_real), *inner = json_new_object(&sys_real);
        const char *line;
        size_t n;
        json_add_integer(list, INT64_MIN);
        json_add_bool(list, false);
        json_add_null(list);
        json_add_text(list, NULL);
        json_add_number(list, 0.25, 1);
        json_add(list, json_new_array(&sys_real));
        json_put_null(inner, "n");
        json_put_text(j, "zulu", "first");
        json_put_bool(j, "alpha", true);
        json_put(j, "list", list);
        json_put(j, "inner", inner);
        json_put_integer(j, "end", 9007199254740993);
        assert_int_equal(json_write_line(j, &line, &n), 0);
        assert_string_equal(
            line, "{\"zulu\":\"first\",\"alpha\":true,\"list\":[-9223372036854775808,false,null,null,0.2,[]],"
                  "\"inner\":{\"n\":null},\"end\":9007199254740993}\n");
        assert_int_equal(n, strlen(line));
        assert_int_equal(json_write_line(j, &line, NULL), 0); /* and again: writing changes nothing */
        json_reset(j);
    }
    json_free(j);
}

static void a_failure_is_reported_once_at_the_end(void **state)
{
    (void)state;
    struct fake_sys fake;
    const char *line;
    fake_sys_init(&fake);
    int k = 0, status;
    do { /* every allocation refused in turn */
        fake.fail_alloc_at = ++k;
        struct json *j = json_new_object(&fake.sys), *list = json_new_array(&fake.sys);
        for (int i = 0; i < 200; i++)
            json_add_integer(list, i);
        json_put(j, "list", list);
        json_put_integer(j, "more", 1);
        status = json_write_line(j, &line, NULL);
        assert_true(status == 0 || status == -ENOMEM);
        if (fake.fail_alloc_at <= 0)
            assert_int_equal(status, -ENOMEM);
        json_free(j);
        assert_int_equal(fake.live_allocs, 0);
    } while (status != 0);
    assert_true(k > 6);
    fake.fail_alloc_at = 0;

    struct json *j = json_new_object(&fake.sys);
    json_add_integer(j, 1); /* no key */
    json_put_integer(j, "key", 1);
    assert_int_equal(json_write_line(j, &line, NULL), -EINVAL);
    json_reset(j);
    assert_int_equal(json_write_line(j, &line, NULL), 0);
    assert_string_equal(line, "{}\n");
    struct json *list = json_new_array(&fake.sys);
    json_put_null(list, "key");
    json_put(j, "list", list); /* a child's failure is its parent's */
    assert_int_equal(json_write_line(j, &line, NULL), -EINVAL);
    json_free(j);
    fake_sys_end(&fake);
}

/* ---- reading ---- */

static void values_are_read(void **state)
{
    (void)state;
    static const char text[] = "{\"a\": [1, 2.5, -3e2, \"x\", true, null, {\"b\": []}]}";
    struct error err;
    struct json_value *root = json_parse(text, sizeof text - 1, &err);
    double d = -1;
    int64_t i = -1;
    bool b = false;
    assert_non_null(root);
    const struct json_value *a = json_get(root, "a");
    assert_int_equal(json_kind(root), JSON_KIND_OBJECT);
    assert_int_equal(json_kind(a), JSON_KIND_ARRAY);
    assert_int_equal(json_count(a), 7);
    assert_true(json_as_integer(json_at(a, 0), &i) && i == 1);
    assert_true(json_as_number(json_at(a, 0), &d) && d == 1);
    assert_true(json_as_number(json_at(a, 1), &d) && d == 2.5);
    assert_false(json_as_integer(json_at(a, 1), &i));
    assert_true(json_as_number(json_at(a, 2), &d) && d == -300);
    assert_string_equal(json_as_text(json_at(a, 3)), "x");
    assert_false(json_as_number(json_at(a, 3), &d));
    assert_true(d == -300);
    assert_true(json_as_bool(json_at(a, 4), &b) && b);
    assert_false(json_as_bool(json_at(a, 5), &b));
    assert_int_equal(json_kind(json_at(a, 5)), JSON_KIND_NULL);
    assert_int_equal(json_kind(json_get(json_at(a, 6), "b")), JSON_KIND_ARRAY);
    /* What is not there is not there, however deep one asks. */
    assert_null(json_get(json_at(json_get(a, "none"), 3), "b"));
    assert_null(json_at(a, 7));
    assert_int_equal(json_count(root), 0);
    assert_int_equal(json_kind(NULL), JSON_KIND_NONE);
    assert_null(json_as_text(NULL));
    json_value_free(root);
}

static const struct {
    const char *name, *text, *want;
} refusals[] = {
    {"nothing", "", "line 1 column 0: '[' or '{' expected near end of file"},
    {"a bare word", "hello", "line 1 column"},
    {"a bare number", "42", "line 1 column"},
    {"cut off", "{\"a\": [1, 2", "line 1 column 11"},
    {"an error on line 2", "{\"a\": 1,\n \"b\": x}", "line 2 column 7"},
    {"a key twice", "{\"a\": 1, \"a\": 2}", "duplicate"},
    {"not a number", "{\"a\": NaN}", "line 1 column"},
    {"a number beyond double", "{\"a\": 1e999}", "overflow"},
    {"an integer beyond int64", "{\"a\": 99999999999999999999}", "too big"},
    {"no UTF-8", "{\"a\": \"\xff\"}", "unable to decode byte 0xff"},
    {"a NUL in a text", "{\"a\": \"\\u0000\"}", "line 1"},
    {"two values", "{} {}", "line 1 column 4"},
    {"nested 33 deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
     "nested deeper than 32"},
};

static void bad_text_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct error err = {""};
        struct json_value *v = json_parse(refusals[i].text, strlen(refusals[i].text), &err);
        if (v)
            fail_msg("%s: accepted", refusals[i].name);
        if (!strstr(err.text, refusals[i].want))
            fail_msg("%s: %s", refusals[i].name, err.text);
    }
}

static void brackets_in_texts_do_not_nest(void **state)
{
    (void)state;
    static const char text[] = "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\", "
                               "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
    struct error err;
    struct json_value *v = json_parse(text, sizeof text - 1, &err);
    if (!v)
        fail_msg("%s", err.text);
    json_value_free(v);
}

static void too_long_a_text_is_refused_unread(void **state)
{
    (void)state;
    struct error err;
    assert_null(json_parse("{}", JSON_TEXT_MAX + 1, &err)); /* nothing behind the second byte is touched */
    assert_non_null(strstr(err.text, "1048577 bytes of JSON, at most 1048576 are read"));
}

static void a_nul_byte_is_refused_wherever_it_stands(void **state)
{
    (void)state;
    static const char text[] = "[1\0]"; /* jansson alone takes it for [1] */
    struct error err = {""};
    assert_null(json_parse(text, sizeof text - 1, &err));
    assert_string_equal(err.text, "a NUL byte is no JSON");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_short_and_exact),
        cmocka_unit_test(text_is_always_valid),
        cmocka_unit_test(lines_keep_their_order),
        cmocka_unit_test(a_failure_is_reported_once_at_the_end),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(bad_text_is_refused_with_its_place),
        cmocka_unit_test(brackets_in_texts_do_not_nest),
        cmocka_unit_test(too_long_a_text_is_refused_unread),
        cmocka_unit_test(a_nul_byte_is_refused_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
