/* Every miniSEED record (with its StationXML, where there is one) and every OpenEEW record of the catalogue
 * through io/trace.h: counts, rate and PGA as catalogued, one test a record. What no file says is said as a
 * user would, from the catalogue's loader_args: --select, --scale, --axes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/records/catalogue.h"

enum { RECORDS_EXPECTED = 85 }; /* rows of these formats in a whole catalogue */

/* Two files of one node give two estimates of its rate; the catalogue has one of both together. */
#define RATE_OF_SEVERAL_FILES 1e-3

static struct catalogue all;

/* "sel": "CI.GR2.01.HN" as a pattern; false where the row has none. */
static bool say_select(const struct catalogue_row *row, char *text, size_t room)
{
    const char *sel = catalogue_arg(row, "sel");

    if (!sel)
        return false;
    sel++; /* the quote */
    snprintf(text, room, "%.*s", (int)strcspn(sel, "\""), sel);
    return true;
}

/* "order": {"Z": 1, "N": 0, "E": 2} as "yxz". */
static bool say_axes(const struct catalogue_row *row, char text[AXES + 1])
{
    if (!catalogue_arg(row, "order"))
        return false;
    for (int a = 0; a < AXES; a++) {
        const char *place = catalogue_arg(row, (const char *[]){"Z", "N", "E"}[a]);
        if (!place || *place < '0' || *place > '2')
            fail_msg("%s: order not understood", row->id);
        text[a] = "xyz"[*place - '0'];
    }
    text[AXES] = 0;
    return true;
}

static void say_scale(const struct catalogue_row *row, struct trace_conf *conf)
{
    const char *counts = catalogue_arg(row, "sens"); /* in one m/s^2 */

    if (!counts)
        return;
    conf->scales = 1;
    conf->scale[0] = 1 / strtod(counts, NULL);
    conf->unit = UNIT_MPS2;
}

static void check_record(void **state)
{
    static char text[CATALOGUE_CELL];
    struct catalogue_row *row = *state;
    const char *path[CATALOGUE_PATHS];
    char select[64], axes[AXES + 1];
    struct trace_conf conf = {0};
    struct catalogue_data data;
    struct trace *trace;

    size_t n = catalogue_paths(all.folder, row->paths, text, sizeof text, path);
    conf.select = say_select(row, select, sizeof select) ? select : NULL;
    conf.axes = say_axes(row, axes) ? axes : NULL;
    say_scale(row, &conf);
    trace = catalogue_open(&all, row, path, n, &conf, &data);
    if (data.info.unit != UNIT_MPS2 || strcmp(row->unit, "m/s2") != 0)
        fail_msg("%s: unit %d, catalogued as %s", row->id, data.info.unit, row->unit);
    if (data.info.axis_mask != 7)
        fail_msg("%s: axes %u", row->id, data.info.axis_mask);
    if (trace_not_finite(trace) != 0 || trace_overlapped(trace) != 0)
        fail_msg("%s: %llu samples not finite, %llu overlapped", row->id,
                 (unsigned long long)trace_not_finite(trace), (unsigned long long)trace_overlapped(trace));
    if (n > 1 && catalogue_is(row, "OpenEEW") &&
        fabs(data.info.rate_hz / row->fs_hz - 1) <= RATE_OF_SEVERAL_FILES)
        row->fs_hz = data.info.rate_hz;
    catalogue_check(row, &data);
    catalogue_data_free(&data);
    trace_close(trace);
}

/* Runs without records too. */
static void loader_arguments_become_options(void **state)
{
    const struct catalogue_row row = {
        .id = "row",
        .loader_args =
            "{\"sel\": \"AM.R24FA.00.EN\", \"sens\": 384500.0, \"order\": {\"N\": 0, \"E\": 2, \"Z\": 1}}",
    };
    const struct catalogue_row empty = {.id = "empty"};
    struct trace_conf conf = {0};
    char select[64], axes[AXES + 1];

    (void)state;
    assert_false(say_select(&empty, select, sizeof select) || say_axes(&empty, axes));
    say_scale(&empty, &conf);
    assert_int_equal(conf.scales, 0);
    assert_true(say_select(&row, select, sizeof select) && say_axes(&row, axes));
    say_scale(&row, &conf);
    assert_string_equal(select, "AM.R24FA.00.EN");
    assert_string_equal(axes, "yxz");
    assert_true(conf.scales == 1 && conf.scale[0] == 1 / 384500.0);
}

int main(void)
{
    static struct catalogue_count count = {&all, 0, RECORDS_EXPECTED};
    static struct CMUnitTest tests[CATALOGUE_ROWS + 1 + 2];
    size_t n = 0;

    catalogue_load(&all);
    tests[n++] = (struct CMUnitTest){.name = "loader arguments become options",
                                     .test_func = loader_arguments_become_options};
    for (size_t i = 0; i < all.n; i++) {
        struct catalogue_row *row = &all.row[i];
        if (catalogue_is(row, "miniSEED") || catalogue_is(row, "OpenEEW"))
            tests[n++] =
                (struct CMUnitTest){.name = row->id, .test_func = check_record, .initial_state = row};
    }
    count.found = n - 1;
    if (all.there)
        tests[n++] = (struct CMUnitTest){
            .name = "none is missing", .test_func = catalogue_is_whole, .initial_state = &count};
    if (n == 1)
        tests[n++] = (struct CMUnitTest){
            .name = "no records", .test_func = catalogue_is_absent, .initial_state = &count};
    return _cmocka_run_group_tests("miniSEED and OpenEEW records", tests, n, NULL, NULL);
}
