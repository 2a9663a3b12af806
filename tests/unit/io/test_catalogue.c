/* The catalogue: quoted CSV by column name, loader arguments as options; what makes no sense is said. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/catalogue.h"
#include "tests/unit/fake_end.h"

#include <math.h>

static struct catalogue *open_text(struct fake_sys *fake, const char *text, struct error *err)
{
    struct catalogue *c = NULL;

    fake_sys_init(fake);
    fake_file_put_text(fake, "d/catalogue.csv", text);
    err->text[0] = 0;
    if (catalogue_open(&c, &fake->sys, "d", err) < 0)
        assert_null(c);
    return c;
}

static void close_all(struct fake_sys *fake, struct catalogue *c)
{
    catalogue_close(c);
    fake_sys_end(fake);
}

static void a_row_is_understood(void **state)
{
    struct fake_sys fake;
    struct error err;
    struct catalogue *c = open_text(
        &fake,
        "\xef\xbb\xbfkind,id,paths,note,format,network,fs_hz,n_samples,p_onset_s,p_how,s_onset_s,start_utc,"
        "origin_utc,magnitude,epi_dist_km,unit_after_load,loader_args\r\n"
        "quake,one,a/x.sac;/b/y.sac,\"two\nlines, and \"\"quotes\"\"\",SAC,IN,100,6000,17.25,manual (who),,"
        "2024-01-24T10:51:28.005Z,2024-01-24T10:51:20Z,5.5,12,m/s2,\"{\"\"sel\"\": \"\"IN.X\"\", "
        "\"\"sens\"\": {\"\"Z\"\": 4, \"\"N\"\": 2, \"\"E\"\": -8}}\"\r\n"
        "\r\n"
        "noise,two,\"z\",,,,,,,,,,,,,,",
        &err);

    (void)state;
    if (!c)
        fail_msg("%s", err.text);
    assert_int_equal(catalogue_rows(c), 2);
    const struct catalogue_row *row = catalogue_row(c, 0);
    assert_null(row->problem);
    assert_string_equal(row->id, "one");
    assert_string_equal(row->kind, "quake");
    assert_string_equal(row->network, "IN");
    assert_int_equal(row->line, 2);
    assert_true(row->by_hand && row->p_s == 17.25 && isnan(row->s_s));
    assert_true(row->rate_hz == 100 && row->samples == 6000);
    assert_true(row->magnitude == 5.5 && row->distance_km == 12);
    assert_true(row->has_start && row->has_origin);
    assert_true(row->start_ns - row->origin_ns == INT64_C(8005000000));
    assert_int_equal(row->paths, 2);
    assert_string_equal(row->path[0], "d/a/x.sac");
    assert_string_equal(row->path[1], "/b/y.sac");
    assert_string_equal(row->conf.select, "IN.X");
    assert_int_equal(row->conf.scales, 3);
    assert_true(row->conf.scale[0] == 0.25 && row->conf.scale[1] == 0.5 && row->conf.scale[2] == -0.125);
    assert_false(row->conf.velocity);
    row = catalogue_row(c, 1);
    assert_null(row->problem);
    assert_int_equal(row->line, 5);
    assert_true(isnan(row->p_s) && isnan(row->rate_hz) && !row->has_start && !row->by_hand);
    assert_string_equal(row->path[0], "d/z");
    assert_int_equal(row->conf.scales, 0);
    close_all(&fake, c);
}

/* id,kind,paths,format,unit_after_load,loader_args: what becomes of the last. */
static const struct {
    const char *name, *format, *unit, *args;
    const char *problem; /* part of it; NULL: understood, and: */
    size_t scales;
    double scale;
    bool user, velocity;
    const char *axes, *select;
    size_t members;
} args[] = {
    {"nothing to say", "miniSEED", "m/s2", "", NULL, 0, 0, false, false, NULL, NULL, 0},
    {"SAC in its catalogue's unit", "SAC", "m/s2", "", NULL, 1, 1, false, false, NULL, NULL, 0},
    {"SAC of velocity", "SAC (converted)", "m/s2", "{'unit': 'm/s'}", NULL, 1, 1, false, true, NULL, NULL, 0},
    {"SAC whose scale nobody knows", "SAC", "count", "", NULL, 0, 0, false, false, NULL, NULL, 0},
    {"the same, said twice", "SAC", "count", "{'unit': 'count'}", NULL, 0, 0, false, false, NULL, NULL, 0},
    {"a factor", "SAC", "m/s2", "{'mul': 9.5}", NULL, 1, 9.5, false, false, NULL, NULL, 0},
    {"counts per unit", "miniSEED", "m/s2", "{'sens': 4}", NULL, 1, 0.25, false, false, NULL, NULL, 0},
    {"counts per m/s", "miniSEED", "m/s2", "{'sens': 4, 'unit': 'm/s'}", NULL, 1, 0.25, false, true, NULL,
     NULL, 0},
    {"velocity by the file's own scale", "miniSEED", "m/s", "", NULL, 0, 0, false, false, NULL, NULL, 0},
    {"the file's own scale", "SAC", "m/s2", "{'sens': 'user3/user2', 'members': ['a', 'b']}", NULL, 0, 0,
     true, false, NULL, NULL, 2},
    {"a selection", "miniSEED", "m/s2", "{'sel': 'CI.X'}", NULL, 0, 0, false, false, NULL, "CI.X", 0},
    {"axes of OpenEEW", "OpenEEW jsonl", "m/s2", "{'order': {'Z': 1, 'N': 0, 'E': 2}}", NULL, 0, 0, false,
     false, "yxz", NULL, 0},
    {"axes as they are", "OpenEEW jsonl", "m/s2", "{'order': {'Z': 0, 'N': 1, 'E': 2}}", NULL, 0, 0, false,
     false, NULL, NULL, 0},
    {"axes that the file knows better", "NSMN", "m/s2", "{'order': {'Z': 2, 'N': 0, 'E': 1}}", NULL, 0, 0,
     false, false, NULL, NULL, 0},
    {"a channel alone", "rsudp UDP text", "m/s2", "{'sel': 'EN', 'sens': 4}", NULL, 1, 0.25, false, false,
     NULL, "*.*.*.EN", 0},
    {"a column beyond the last", "CSV", "m/s2", "{'cols': [1, 2, 64]}", "cols: not", 0, 0, false, false, NULL,
     NULL, 0},
    {"a time unit without its column", "CSV", "m/s2", "{'cols': [1, 2, 3], 'tmul': 1}",
     "--time-unit s: of which", 0, 0, false, false, NULL, NULL, 0},
    {"a time unit that nobody has", "CSV", "m/s2", "{'cols': [1, 2, 3], 'tcol': 0, 'tmul': 0.5}", "tmul: not",
     0, 0, false, false, NULL, NULL, 0},
    {"a rate beyond all", "CSV", "m/s2", "{'cols': [1, 2, 3], 'fs': 1e9}", "fs: not", 0, 0, false, false,
     NULL, NULL, 0},
    {"an unknown key is named", "SAC", "m/s2", "{'squeeze': 1}", "no option for 'squeeze'", 0, 0, false,
     false, NULL, NULL, 0},
    {"no JSON", "SAC", "m/s2", "{'mul': ", "loader_args: line 1", 0, 0, false, false, NULL, NULL, 0},
    {"a list", "SAC", "m/s2", "[1]", "not a JSON object", 0, 0, false, false, NULL, NULL, 0},
    {"a sensitivity of 0", "SAC", "m/s2", "{'sens': 0}", "sens: not", 0, 0, false, false, NULL, NULL, 0},
    {"an axis without one", "SAC", "m/s2", "{'sens': {'Z': 1, 'N': 1}}", "sens: not", 0, 0, false, false,
     NULL, NULL, 0},
    {"a sensitivity that is none", "SAC", "m/s2", "{'sens': 'user1'}", "sens: not", 0, 0, false, false, NULL,
     NULL, 0},
    {"a unit that nobody knows", "SAC", "m/s2", "{'unit': 'furlong'}", "unit: not", 0, 0, false, false, NULL,
     NULL, 0},
    {"an axis twice", "OpenEEW", "m/s2", "{'order': {'Z': 1, 'N': 1, 'E': 2}}", "order: not", 0, 0, false,
     false, NULL, NULL, 0},
    {"an axis beyond the third", "OpenEEW", "m/s2", "{'order': {'Z': 3, 'N': 1, 'E': 2}}", "order: not", 0, 0,
     false, false, NULL, NULL, 0},
    {"members that are no names", "SAC", "m/s2", "{'members': [1]}", "members: not", 0, 0, false, false, NULL,
     NULL, 0},
};

/* 'x' as the inside of a quoted cell: ""x"". */
static void quote(char *to, size_t room, const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += (size_t)snprintf(to + n, room - n, *text == '\'' ? "\"\"" : "%c", *text);
    to[n] = 0;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void loader_args_become_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof args / sizeof *args; i++) {
        char text[1024], quoted[512];
        struct fake_sys fake;
        struct error err;
        quote(quoted, sizeof quoted, args[i].args);
        snprintf(text, sizeof text,
                 "id,kind,paths,format,unit_after_load,loader_args\nx,quake,p,%s,%s,\"%s\"\n", args[i].format,
                 args[i].unit, quoted);
        struct catalogue *c = open_text(&fake, text, &err);
        if (!c)
            fail_msg("%s: %s", args[i].name, err.text);
        const struct catalogue_row *row = catalogue_row(c, 0);
        if (args[i].problem ? !row->problem || !strstr(row->problem, args[i].problem) : row->problem != NULL)
            fail_msg("%s: problem '%s'", args[i].name, row->problem ? row->problem : "none");
        if (!args[i].problem &&
            (row->conf.scales != args[i].scales || (args[i].scales && row->conf.scale[0] != args[i].scale) ||
             row->conf.scale_user != args[i].user || row->conf.velocity != args[i].velocity ||
             !same(row->conf.axes, args[i].axes) || !same(row->conf.select, args[i].select) ||
             row->members != args[i].members))
            fail_msg("%s: another option", args[i].name);
        close_all(&fake, c);
    }
}

/* Tables without names: the columns that come out, and the other options. */
static void tables_become_columns(void **state)
{
    static const struct {
        const char *name, *format, *args, *columns;
        double rate_hz, resample_hz;
        long skip, time_column;
        const char *unit;
        bool has_t0;
    } rows[] = {
        {"north, east, up in that order", "CSV x", "{'cols': [1, 2, 3], 'fs': 20, 'skip': 2, 'mul': 2}",
         "4,2,3", 20, 0, 2, 0, NULL, false},
        {"turned", "CSV", "{'cols': [2, 3, 4], 'tcol': 0, 'tmul': 0.001, 'resample': 200, 'xyz': [1, 2, 0]}",
         "3,4,5", 0, 200, 0, 1, "ms", false},
        {"one component", "grid8 x", "{'comp': 'N', 'mul': 2, 'fs': 100, 't0': null}", "-,all,-", 100, 0, 0,
         0, NULL, false},
        {"upright", "TXT1", "{'comp': 'Z', 'fs': 100, 't0': 1000}", "all", 100, 0, 0, 0, NULL, true},
        {"with names: the reader knows better", "CSV", "{'mul': 2}", NULL, 0, 0, 0, 0, NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024], quoted[512];
        struct fake_sys fake;
        struct error err;
        quote(quoted, sizeof quoted, rows[i].args);
        snprintf(text, sizeof text, "id,kind,paths,format,loader_args\nx,quake,p,%s,\"%s\"\n", rows[i].format,
                 quoted);
        struct catalogue *c = open_text(&fake, text, &err);
        if (!c)
            fail_msg("%s: %s", rows[i].name, err.text);
        const struct trace_conf *conf = &catalogue_row(c, 0)->conf;
        if (catalogue_row(c, 0)->problem)
            fail_msg("%s: %s", rows[i].name, catalogue_row(c, 0)->problem);
        if (!same(conf->columns, rows[i].columns) || conf->rate_hz != rows[i].rate_hz ||
            conf->resample_hz != rows[i].resample_hz || conf->skip_lines != rows[i].skip ||
            conf->time_column != rows[i].time_column || !same(conf->time_unit, rows[i].unit) ||
            conf->has_t0 != rows[i].has_t0)
            fail_msg("%s: columns %s", rows[i].name, conf->columns ? conf->columns : "none");
        close_all(&fake, c);
    }
}

#define HEAD "id,kind,paths,fs_hz,p_onset_s,start_utc\n"

static void what_is_no_catalogue_is_refused(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"an empty file", "", "line 1: the file is empty"},
        {"no rows", HEAD, "no records"},
        {"another table", "a,b\n1,2\n", "no column 'id'"},
        {"a column twice", "id,kind,paths,id\na,b,c,d\n", "column 'id' twice"},
        {"too few cells", HEAD "a,b,c\n", "line 2: 3 cells, 6 columns"},
        {"an open quote", HEAD "a,b,\"c\nd,e\n", "line 2: a quote is not closed"},
        {"text behind a quote", HEAD "a,b,\"c\"d,,,\n", "line 2: text behind a closing quote"},
        {"no id", HEAD ",b,c,,,\n", "line 2: id or kind is empty"},
        {"an id twice", HEAD "a,b,c,,,\nx,b,c,,,\na,b,c,,,\n", "line 4: id 'a' is that of another record"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fake_sys fake;
        struct error err;
        struct catalogue *c = open_text(&fake, rows[i].text, &err);
        if (c || !strstr(err.text, rows[i].want) || !strstr(err.text, "d/catalogue.csv"))
            fail_msg("%s: %s", rows[i].name, c ? "accepted" : err.text);
        close_all(&fake, c);
    }
}

static void a_row_without_sense_is_kept_and_said(void **state)
{
    static const struct {
        const char *row, *want;
    } rows[] = {
        {"a,b,c,fast,,", "fs_hz 'fast': not a number"},
        {"a,b,c,1e99,,", "fs_hz '1e99'"},
        {"a,b,c,nan,,", "fs_hz 'nan'"},
        {"a,b,c,100,12 s,", "p_onset_s '12 s'"},
        {"a,b,c,100,,yesterday", "start_utc 'yesterday': not a time"},
        {"a,b,,,,", "paths: none"},
        {"a,b,x;;y,,,", "paths: an empty one"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200];
        struct fake_sys fake;
        struct error err;
        snprintf(text, sizeof text, HEAD "%s\n", rows[i].row);
        struct catalogue *c = open_text(&fake, text, &err);
        if (!c)
            fail_msg("%s: %s", rows[i].row, err.text);
        const struct catalogue_row *row = catalogue_row(c, 0);
        if (!row->problem || !strstr(row->problem, rows[i].want))
            fail_msg("%s: problem '%s'", rows[i].row, row->problem ? row->problem : "none");
        close_all(&fake, c);
    }
}

static void a_file_or_its_folder(void **state)
{
    static const struct {
        const char *file, *path, *first;
    } rows[] = {
        {"d/catalogue.csv", "d", "d/x"},          {"d/catalogue.csv", "d/", "d/x"},
        {"d/my.csv", "d/my.csv", "d/x"},          {"my.csv", "my.csv", "x"},
        {"/abs/catalogue.csv", "/abs", "/abs/x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fake_sys fake;
        struct error err;
        struct catalogue *c;
        fake_sys_init(&fake);
        fake_file_put_text(&fake, rows[i].file, "id,kind,paths\na,noise,x\n");
        if (catalogue_open(&c, &fake.sys, rows[i].path, &err) < 0)
            fail_msg("%s: %s", rows[i].path, err.text);
        assert_string_equal(catalogue_row(c, 0)->path[0], rows[i].first);
        close_all(&fake, c);
    }
}

static void refused_memory_and_a_bad_disk_are_said(void **state)
{
    static char text[200000];
    size_t n = (size_t)snprintf(text, sizeof text, "id,kind,paths,loader_args\n");

    (void)state;
    for (int i = 0; i < 3000; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "record%d,quake,x;y,\"{\"\"mul\"\": %d}\"\n", i,
                              i + 1);
    for (long at = 1; at < 20; at++) {
        struct fake_sys fake;
        struct error err;
        struct catalogue *c = NULL;
        fake_sys_init(&fake);
        fake_file_put_text(&fake, "c.csv", text);
        fake.fail_alloc_at = at;
        assert_int_equal(catalogue_open(&c, &fake.sys, "c.csv", &err), -1);
        if (!strstr(err.text, "memory"))
            fail_msg("%ld: %s", at, err.text);
        close_all(&fake, c);
    }
    struct fake_sys fake;
    struct error err;
    struct catalogue *c;
    fake_sys_init(&fake);
    fake_file_put_text(&fake, "c.csv", text);
    fake.read_eio_at = 70000;
    assert_int_equal(catalogue_open(&c, &fake.sys, "c.csv", &err), -1);
    assert_non_null(strstr(err.text, "Input/output error"));
    fake.read_eio_at = -1;
    fake.eintr_reads = 2;
    fake.read_max = 1000;
    assert_int_equal(catalogue_open(&c, &fake.sys, "c.csv", &err), 0);
    assert_int_equal(catalogue_rows(c), 3000);
    close_all(&fake, c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_understood),
        cmocka_unit_test(loader_args_become_options),
        cmocka_unit_test(tables_become_columns),
        cmocka_unit_test(what_is_no_catalogue_is_refused),
        cmocka_unit_test(a_row_without_sense_is_kept_and_said),
        cmocka_unit_test(a_file_or_its_folder),
        cmocka_unit_test(refused_memory_and_a_bad_disk_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
