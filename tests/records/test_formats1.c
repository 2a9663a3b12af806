/* Every GeoNet, CSMIP, RENADIC, COSMOS, BHRC and SMC record of the catalogue through io/trace.h: counts, rate
 * and PGA as catalogued, and the time of the first sample; one test a record.
 *
 * The catalogue names the horizontals by their order in the file; here the one nearer to north is N. So the
 * two are compared as a pair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/utc.h"
#include "tests/records/catalogue.h"

static const struct {
    const char *name;
    int records; /* in a whole catalogue */
} formats[] = {{"GeoNet", 3}, {"CSMIP", 7}, {"COSMOS", 1}, {"BHRC", 6}, {"SMC", 1}};

enum { FORMATS = sizeof formats / sizeof *formats, RECORDS_EXPECTED = 18 };

static struct catalogue all;

/* The catalogue's horizontals in the order in which they fit. */
static void pair_horizontals(struct catalogue_row *row, const struct catalogue_data *data)
{
    double n = row->pga[AXIS_N], e = row->pga[AXIS_E];
    double as_is = fabs(catalogue_pga(data, AXIS_N) - n) + fabs(catalogue_pga(data, AXIS_E) - e);
    double turned = fabs(catalogue_pga(data, AXIS_N) - e) + fabs(catalogue_pga(data, AXIS_E) - n);

    if (turned < as_is) {
        row->pga[AXIS_N] = e;
        row->pga[AXIS_E] = n;
    }
}

static void check_record(void **state)
{
    static char text[CATALOGUE_CELL];
    static struct catalogue_row row;
    const char *path[CATALOGUE_PATHS];
    const struct trace_conf conf = {0};
    struct catalogue_data data;
    int64_t start_ns = 0;
    struct trace *trace;

    row = *(const struct catalogue_row *)*state;
    size_t n = catalogue_paths(all.folder, row.paths, text, sizeof text, path);
    trace = catalogue_open(&all, &row, path, n, &conf, &data);
    if (data.info.unit != UNIT_MPS2 || data.info.axis_mask != 7)
        fail_msg("%s: unit %d, axes %u", row.id, data.info.unit, data.info.axis_mask);
    if (data.info.samples != data.n)
        fail_msg("%s: %lld samples promised, %lld read", row.id, (long long)data.info.samples, data.n);
    if (data.info.has_utc != utc_parse(row.start_utc, &start_ns))
        fail_msg("%s: starts at '%s', has a time: %d", row.id, row.start_utc, data.info.has_utc);
    if (llabs(data.info.t0_ns - start_ns) > 1000000)
        fail_msg("%s: starts %.3f s after %s", row.id, (double)(data.info.t0_ns - start_ns) * 1e-9,
                 row.start_utc);
    pair_horizontals(&row, &data);
    catalogue_check(&row, &data);
    catalogue_data_free(&data);
    trace_close(trace);
}

static void none_is_missing(void **state)
{
    (void)state;
    for (int f = 0; f < FORMATS; f++) {
        int n = 0;
        for (size_t i = 0; i < all.n; i++)
            n += catalogue_is(&all.row[i], formats[f].name);
        if (n < formats[f].records)
            fail_msg("%d of %d %s records in %s", n, formats[f].records, formats[f].name, all.folder);
    }
}

int main(void)
{
    static struct catalogue_count count = {&all, 0, RECORDS_EXPECTED};
    static struct CMUnitTest tests[CATALOGUE_ROWS + 1 + 1];
    size_t n = 0;

    catalogue_load(&all);
    for (size_t i = 0; i < all.n; i++)
        for (int f = 0; f < FORMATS; f++)
            if (catalogue_is(&all.row[i], formats[f].name))
                tests[n++] = (struct CMUnitTest){
                    .name = all.row[i].id, .test_func = check_record, .initial_state = &all.row[i]};
    count.found = n;
    if (all.there)
        tests[n++] = (struct CMUnitTest){
            .name = "none is missing", .test_func = catalogue_is_whole, .initial_state = &count};
    if (n == 0)
        tests[n++] = (struct CMUnitTest){
            .name = "no records", .test_func = catalogue_is_absent, .initial_state = &count};
    else
        tests[n++] = (struct CMUnitTest){.name = "of no format", .test_func = none_is_missing};
    return _cmocka_run_group_tests("GeoNet, CSMIP, COSMOS, BHRC and SMC records", tests, n, NULL, NULL);
}
