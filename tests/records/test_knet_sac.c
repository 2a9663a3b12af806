/* Every SAC, K-NET and KiK-net record of the catalogue through io/trace.h: counts, rate and PGA as
 * catalogued, one test a record. Scales that no header gives are given as a user would give them, from the
 * catalogue's loader_args. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/records/catalogue.h"

enum { RECORDS_EXPECTED = 40 }; /* rows of these formats in a whole catalogue */

static struct catalogue all;
static char unpacked[] = "/tmp/tocsin-records-XXXXXX"; /* archives' members; made when first needed */
static bool have_unpacked;

/* A float of a little-endian SAC header. */
static double sac_header(const char *path, int index)
{
    float value = NAN;
    FILE *file = fopen(path, "rb");

    if (file && (fseek(file, 4L * index, SEEK_SET) != 0 || fread(&value, sizeof value, 1, file) != 1))
        value = NAN;
    if (file)
        fclose(file);
    return (double)value;
}

/* Unpacks an archive of SAC files once: false where it cannot be. */
static bool unpack(const char *archive)
{
    char command[2400];

    if (!have_unpacked) {
        if (!mkdtemp(unpacked))
            return false;
        have_unpacked = true;
        snprintf(command, sizeof command, "tar -xzf '%s' -C '%s'", archive, unpacked);
        return system(command) == 0;
    }
    return true;
}

/* "members": ["a.sac", "b.sac"] as "a.sac;b.sac" */
static void member_list(const struct catalogue_row *row, char *list, size_t room)
{
    const char *p = catalogue_arg(row, "members");
    size_t at = 0;

    list[0] = 0;
    for (p = p ? strchr(p, '[') : NULL; p && *p != ']';) {
        p = strpbrk(p + 1, "\"]");
        if (!p || *p == ']')
            return;
        size_t n = strcspn(++p, "\"");
        at += (size_t)snprintf(list + at, room - at, "%s%.*s", at ? ";" : "", (int)n, p);
        p += n;
    }
}

static size_t find_files(const struct catalogue_row *row, char *text, size_t room,
                         const char *path[CATALOGUE_PATHS])
{
    char list[2048];
    size_t n = catalogue_paths(all.folder, row->paths, text, room, path);

    if (n == 0 || !strstr(row->paths, ".tgz"))
        return n;
    if (!unpack(path[0]))
        return 0;
    member_list(row, list, sizeof list);
    return catalogue_paths(unpacked, list, text, room, path);
}

/* What a user would say with --scale. */
static void say_scale(const struct catalogue_row *row, const char *first, struct trace_conf *conf)
{
    const char *factor = catalogue_arg(row, "mul"), *sensitivity = catalogue_arg(row, "sens");

    if (factor)
        conf->scale[0] = strtod(factor, NULL);
    else if (sensitivity && strncmp(sensitivity, "\"user3/user2\"", 13) == 0)
        conf->scale[0] = sac_header(first, 42) / sac_header(first, 43);
    else
        return;
    conf->scales = 1;
    conf->unit = UNIT_MPS2;
}

static void check_record(void **state)
{
    static char text[CATALOGUE_CELL];
    const struct catalogue_row *row = *state;
    const char *path[CATALOGUE_PATHS];
    struct trace_conf conf = {0};
    struct catalogue_data data;
    struct trace *trace;

    size_t n = find_files(row, text, sizeof text, path);
    if (n > 0)
        say_scale(row, path[0], &conf);
    trace = catalogue_open(&all, row, path, n, &conf, &data);
    if ((data.info.unit == UNIT_UNKNOWN) != (strcmp(row->unit, "count") == 0))
        fail_msg("%s: unit %d, catalogued as %s", row->id, data.info.unit, row->unit);
    if (data.info.axis_mask != 7)
        fail_msg("%s: axes %u", row->id, data.info.axis_mask);
    /* Picks in the header (A) are the catalogue's own. */
    if (!isnan(data.info.p_s) && fabs(data.info.p_s - row->p_onset_s) > 0.011)
        fail_msg("%s: P at %.3f s, catalogued at %.3f", row->id, data.info.p_s, row->p_onset_s);
    catalogue_check(row, &data);
    catalogue_data_free(&data);
    trace_close(trace);
}

/* Runs without records too: the reader of the list itself. */
static void the_catalogue_is_understood(void **state)
{
    char folder[] = "/tmp/tocsin-catalogue-XXXXXX", path[64], before[1024];
    const char *was = getenv("RECORDS");
    static struct catalogue read;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/catalogue.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("id,kind,format,ignored,paths,fs_hz,n_samples,pga_z,loader_args\r\n"
          "one,quake,K-NET ASCII,\"a, \"\"quoted\"\"\nb\",x;y,100.0,10200,0.5,\r\n"
          "two,noise,SAC,,z,50,7,,\"{\"\"mul\"\": 9.80665}\"",
          file);
    fclose(file);
    snprintf(before, sizeof before, "%s", was ? was : "");
    setenv("RECORDS", folder, 1);
    size_t n = catalogue_load(&read);
    if (was)
        setenv("RECORDS", before, 1);
    else
        unsetenv("RECORDS");
    remove(path);
    rmdir(folder);
    assert_int_equal(n, 2);
    assert_string_equal(read.row[0].paths, "x;y");
    assert_true(catalogue_is(&read.row[0], "K-NET") && !catalogue_is(&read.row[0], "K"));
    assert_true(read.row[0].fs_hz == 100 && read.row[0].n_samples == 10200 && read.row[0].pga[AXIS_Z] == 0.5);
    assert_string_equal(read.row[1].id, "two");
    assert_true(isnan(read.row[1].pga[AXIS_Z]) && isnan(read.row[1].pga_max));
    assert_true(strtod(catalogue_arg(&read.row[1], "mul"), NULL) == 9.80665);
    assert_null(catalogue_arg(&read.row[1], "sens"));
}

/* The pick times of files that an analyst has gone through. */
static void picks_are_found(void **state)
{
    size_t with_pick = 0, n_count = 0;

    (void)state;
    for (size_t i = 0; i < all.n; i++) {
        static char text[CATALOGUE_CELL];
        const char *path[CATALOGUE_PATHS];
        const struct trace_conf conf = {0};
        struct trace *trace;
        struct error err;
        if (strncmp(all.row[i].id, "npz_", 4) != 0 || !catalogue_is(&all.row[i], "SAC"))
            continue;
        size_t n = find_files(&all.row[i], text, sizeof text, path);
        if (n == 0 || trace_open(&trace, &sys_real, path, n, &conf, &err) < 0)
            continue;
        n_count++;
        with_pick += !isnan(trace_record(trace, 0)->p_s) && !isnan(trace_record(trace, 0)->s_s);
        trace_close(trace);
    }
    if (n_count == 0) {
        fprintf(stderr, "SKIPPED 1: no records with picks at %s\n", all.folder);
        skip();
    }
    assert_int_equal(with_pick, n_count);
}

static void accelerometer_and_seismometer_are_apart(void **state)
{
    static char text[CATALOGUE_CELL];
    char list[2048] = "";
    const char *path[CATALOGUE_PATHS];
    const struct trace_conf conf = {0};
    struct trace *trace;
    struct error err;

    (void)state;
    for (int i = 0; i < 6; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s20110821.185817.COL3.C0%d.IN.CN.sac",
                 i ? ";" : "", i);
    size_t n = have_unpacked ? catalogue_paths(unpacked, list, text, sizeof text, path) : 0;
    if (n == 0) {
        fprintf(stderr, "SKIPPED 1: no archive of two instruments at %s\n", all.folder);
        skip();
    }
    if (trace_open(&trace, &sys_real, path, n, &conf, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(trace_records(trace), 2);
    trace_close(trace);
}

static int clean_up(void **state)
{
    char command[128];

    (void)state;
    if (!have_unpacked)
        return 0;
    snprintf(command, sizeof command, "rm -r '%s'", unpacked);
    return system(command);
}

int main(void)
{
    static struct catalogue_count count = {&all, 0, RECORDS_EXPECTED};
    static struct CMUnitTest tests[CATALOGUE_ROWS + 1 + 3];
    size_t n = 0;

    catalogue_load(&all);
    tests[n++] =
        (struct CMUnitTest){.name = "the catalogue is understood", .test_func = the_catalogue_is_understood};
    for (size_t i = 0; i < all.n; i++) {
        struct catalogue_row *row = &all.row[i];
        if (catalogue_is(row, "SAC") || catalogue_is(row, "K-NET") || catalogue_is(row, "KiK-net"))
            tests[n++] =
                (struct CMUnitTest){.name = row->id, .test_func = check_record, .initial_state = row};
    }
    count.found = n - 1;
    if (all.there)
        tests[n++] = (struct CMUnitTest){
            .name = "none is missing", .test_func = catalogue_is_whole, .initial_state = &count};
    if (n == 1) {
        tests[n++] = (struct CMUnitTest){
            .name = "no records", .test_func = catalogue_is_absent, .initial_state = &count};
    } else {
        tests[n++] =
            (struct CMUnitTest){.name = "picks in SAC headers are found", .test_func = picks_are_found};
        tests[n++] = (struct CMUnitTest){.name = "two instruments of one station are told apart",
                                         .test_func = accelerometer_and_seismometer_are_apart};
    }
    return _cmocka_run_group_tests("SAC, K-NET and KiK-net records", tests, n, NULL, clean_up);
}
