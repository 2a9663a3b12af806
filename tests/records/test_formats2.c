/* Every record of the catalogue in ESM, NSMN, UNAM, CWB and Raspberry Shake format, and in tables without
 * names of columns, through io/trace.h: counts, rate and PGA as catalogued, one test a record. What a table
 * does not tell is given as a user would give it, from the catalogue's loader_args. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/records/catalogue.h"
#include "tests/unit/near.h"

enum { RECORDS_EXPECTED = 19 }; /* rows of these formats in a whole catalogue */

static const struct {
    const char *row, *reader; /* the format's first word in the catalogue, and our name of it */
} formats[] = {
    {"ESM", "esm"},      {"NSMN", "nsmn"},   {"UNAM", "unam"},     {"CWB", "cwb"},
    {"rsudp", "rshake"}, {"CSV", "columns"}, {"grid8", "columns"}, {"TXT1", "columns"},
};

enum { FORMATS = sizeof formats / sizeof *formats };

static struct catalogue all;

static const char *reader_of(const struct catalogue_row *row)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (catalogue_is(row, formats[i].row))
            return formats[i].reader;
    return NULL;
}

static double number(const struct catalogue_row *row, const char *key, double otherwise)
{
    const char *text = catalogue_arg(row, key);

    return text && strncmp(text, "null", 4) != 0 ? strtod(text, NULL) : otherwise;
}

/* "key": [1, 2, 0] */
static void three(const struct catalogue_row *row, const char *key, int value[3])
{
    const char *text = catalogue_arg(row, key);

    if (text)
        assert_int_equal(sscanf(text, "[%d, %d, %d]", &value[0], &value[1], &value[2]), 3);
}

/* The options that stand for this row's loader_args; their texts are in `columns` and `select`. */
static void options(const struct catalogue_row *row, struct trace_conf *conf, char columns[64],
                    char select[32])
{
    const char *comp = catalogue_arg(row, "comp"), *sel = catalogue_arg(row, "sel");
    int cols[3] = {0, 1, 2}, xyz[3] = {0, 1, 2}; /* of cols: north, east, up */

    memset(conf, 0, sizeof *conf);
    if (sel) {
        snprintf(select, 32, "*.*.*.%.*s", (int)strcspn(sel + 1, "\""), sel + 1);
        conf->select = select;
    }
    conf->scale[0] = number(row, "mul", 1 / number(row, "sens", 1));
    conf->scales = conf->scale[0] != 1 || catalogue_arg(row, "mul");
    if (strcmp(reader_of(row), "columns") != 0)
        return;
    three(row, "cols", cols);
    three(row, "xyz", xyz);
    if (comp || catalogue_is(row, "TXT1"))
        snprintf(columns, 64, "%s", !comp || comp[1] == 'Z' ? "all" : comp[1] == 'N' ? "-,all,-" : "-,-,all");
    else
        snprintf(columns, 64, "%d,%d,%d", cols[xyz[2]] + 1, cols[xyz[0]] + 1, cols[xyz[1]] + 1);
    conf->columns = columns;
    conf->skip_lines = (long)number(row, "skip", 0);
    conf->rate_hz = number(row, "fs", 0);
    conf->resample_hz = number(row, "resample", 0);
    if (catalogue_arg(row, "tcol")) {
        conf->time_column = (long)number(row, "tcol", 0) + 1;
        conf->time_unit = number(row, "tmul", 1) == 0.001 ? "ms" : "s";
    }
    assert_null(catalogue_arg(row, "mask")); /* there is no option like it */
}

/* The catalogue's own loader keeps one of two horizontals named N00E and N90E: the other has no PGA there. */
static void leave_out_uncatalogued(const struct catalogue_row *row, struct catalogue_data *data)
{
    for (int a = 0; a < AXES; a++)
        if (catalogue_is(row, "UNAM") && isnan(row->pga[a])) {
            free(data->value[a]);
            data->value[a] = NULL;
        }
}

static void check_record(void **state)
{
    static char text[CATALOGUE_CELL];
    const struct catalogue_row *row = *state;
    const char *path[CATALOGUE_PATHS];
    char columns[64], select[32];
    struct catalogue_data data;
    struct trace_conf conf;
    struct trace *trace;

    size_t n = catalogue_paths(all.folder, row->paths, text, sizeof text, path);
    options(row, &conf, columns, select);
    trace = catalogue_open(&all, row, path, n, &conf, &data);
    if (strcmp(trace_record(trace, 0)->format, reader_of(row)) != 0)
        fail_msg("%s: read as %s", row->id, trace_record(trace, 0)->format);
    if (data.info.unit != UNIT_MPS2)
        fail_msg("%s: unit %d, catalogued as %s", row->id, data.info.unit, row->unit);
    leave_out_uncatalogued(row, &data);
    catalogue_check(row, &data);
    catalogue_data_free(&data);
    trace_close(trace);
}

/* Instead of it, the maxima in these files' own headers, of all three: /25.6114/58.7394/-42.3377 gal. */
static bool unam_maxima(const char *path, double gal[AXES])
{
    static const char label[] = "ACEL. MAX.(Gal), C1-C6";
    FILE *file = fopen(path, "r");
    char line[256];
    bool found = false;

    while (file && !found && fgets(line, sizeof line, file))
        found = strncmp(line, label, sizeof label - 1) == 0 &&
                sscanf(strchr(line, '/') ? strchr(line, '/') : "", "/%lf/%lf/%lf", &gal[0], &gal[1],
                       &gal[2]) == 3;
    if (file)
        fclose(file);
    return found;
}

static void unam_headers_agree(void **state)
{
    static char text[CATALOGUE_CELL];
    const struct trace_conf conf = {0};
    const char *path[CATALOGUE_PATHS];
    double gal[AXES];
    size_t checked = 0;

    (void)state;
    for (size_t i = 0; i < all.n; i++) {
        struct catalogue_data data;
        struct trace *trace;
        struct error err;
        if (!catalogue_is(&all.row[i], "UNAM") ||
            catalogue_paths(all.folder, all.row[i].paths, text, sizeof text, path) != 1)
            continue;
        if (!unam_maxima(path[0], gal) || trace_open(&trace, &sys_real, path, 1, &conf, &err) < 0 ||
            catalogue_read(trace, 0, &data, &err) < 0)
            fail_msg("%s: no maxima, or not read", all.row[i].id);
        for (int a = 0; a < AXES; a++) {
            double peak = 0;
            for (long long k = 0; k < data.n; k++)
                peak = fmax(peak, fabs(data.value[a][k]));
            assert_near(peak, fabs(gal[a]) / 100, 1e-9);
        }
        checked++;
        catalogue_data_free(&data);
        trace_close(trace);
    }
    if (checked == 0) {
        fprintf(stderr, "SKIPPED 1: no UNAM records at %s\n", all.folder);
        skip();
    }
}

int main(void)
{
    static struct catalogue_count count = {&all, 0, RECORDS_EXPECTED};
    static struct CMUnitTest tests[CATALOGUE_ROWS + 1 + 1];
    size_t n = 0;

    catalogue_load(&all);
    for (size_t i = 0; i < all.n; i++)
        if (reader_of(&all.row[i]))
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
        tests[n++] = (struct CMUnitTest){.name = "maxima in UNAM headers", .test_func = unam_headers_agree};
    return _cmocka_run_group_tests("ESM, NSMN, UNAM, CWB, Raspberry Shake records and tables", tests, n, NULL,
                                   NULL);
}
