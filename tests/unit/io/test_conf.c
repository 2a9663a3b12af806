#include "io/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/fake_end.h"

struct target {
    double window_s, p[3];
    int order, scale;
    bool armed;
    char name[CONF_TEXT_MAX];
};

static const struct conf_row rows[] = {
    {"onset.window_s", CONF_REAL, offsetof(struct target, window_s), 0, "12.0", 0.5, 60, NULL, "noise window",
     "S"},
    {"onset.order", CONF_INT, offsetof(struct target, order), 0, "4", 1, 8, NULL, "filter order", NULL},
    {"policy.p", CONF_REAL, offsetof(struct target, p), 3, "[0.75, 0.6, 1]", 0, 1, NULL, "limits",
     "prototype"},
    {"policy.scale", CONF_CHOICE, offsetof(struct target, scale), 0, "gbt", 0, 0, "gbt|jma|mmi", "scale",
     NULL},
    {"policy.armed", CONF_BOOL, offsetof(struct target, armed), 0, "true", 0, 0, NULL, "armed", NULL},
    {"node.site.name", CONF_TEXT, offsetof(struct target, name), 0, "", 0, 0, NULL, "the site", NULL},
};
enum { ROWS = sizeof rows / sizeof *rows, LINES_MAX = 3 };

struct line {
    int offset;
    double pulse_s;
    bool safe;
    char chip[CONF_TEXT_MAX];
};

static const struct conf_row line_rows[] = {
    {"chip", CONF_TEXT, offsetof(struct line, chip), 0, "", 0, 0, NULL, "label of the chip", NULL},
    {"line", CONF_INT, offsetof(struct line, offset), 0, "0", 0, 63, NULL, "its line", NULL},
    {"pulse.long_s", CONF_REAL, offsetof(struct line, pulse_s), 0, "0.5", 0.1, 10, NULL, "pulse", "own"},
    {"safe", CONF_BOOL, offsetof(struct line, safe), 0, "true", 0, 0, NULL, "fail-safe", NULL},
};
enum { LINE_ROWS = sizeof line_rows / sizeof *line_rows };

struct fixture {
    struct fake_sys fake;
    struct target target;
    struct conf_origin origin[ROWS];
    struct line line[LINES_MAX];
    struct conf_origin line_origin[LINES_MAX * LINE_ROWS];
    struct conf_name name[LINES_MAX];
    size_t lines;
    struct conf_group group;
    struct conf_table table, both[2];
    struct error err;
};

static struct fixture *setup(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    fake_sys_init(&f->fake);
    f->table = (struct conf_table){rows, ROWS, &f->target, f->origin, NULL};
    f->group = (struct conf_group){"lines", "a relay", LINES_MAX, sizeof *f->line, &f->lines, f->name, NULL};
    f->both[0] = f->table;
    f->both[1] = (struct conf_table){line_rows, LINE_ROWS, f->line, f->line_origin, &f->group};
    return f;
}

static int load(struct fixture *f, const char *text, const char *set)
{
    if (text)
        fake_file_put_text(&f->fake, "etc/a.conf", text);
    f->err.text[0] = '\0';
    return conf_load(&f->table, 1, &f->fake.sys, text ? "etc/a.conf" : NULL, &set, set ? 1 : 0, &f->err);
}

static void teardown(struct fixture *f)
{
    fake_sys_end(&f->fake);
}

static void test_defaults_without_a_file(void **state)
{
    struct fixture f;

    (void)state;
    assert_int_equal(load(setup(&f), NULL, NULL), 0);
    assert_true(f.target.window_s == 12.0 && f.target.order == 4 && f.target.p[0] == 0.75);
    assert_true(f.target.p[1] == 0.6 && f.target.p[2] == 1.0 && f.target.scale == 0 && f.target.armed);
    assert_string_equal(f.target.name, "");
    assert_string_equal(f.origin[0].where, "default");
    teardown(&f);
}

static const struct {
    const char *name, *text, *set;
    double window_s, p1;
    int order, scale;
    const char *site;
} good[] = {
    {"an empty file is fine", "", NULL, 12, 0.6, 4, 0, ""},
    {"a file of comments is fine", "# a\n/* onset = 3;\n*/\n// b\n", NULL, 12, 0.6, 4, 0, ""},
    {"an integer stands for a real", "onset = { window_s = 3; };", NULL, 3, 0.6, 4, 0, ""},
    {"a 64-bit integer stands for a real", "onset = { window_s = 3L; };", NULL, 3, 0.6, 4, 0, ""},
    {"a list in brackets may mix 1 and 0.5", "policy = { p = [1, 0.5, 0]; };", NULL, 12, 0.5, 4, 0, ""},
    {"and in parentheses", "policy = { p = (1, 0.5, 0); };", NULL, 12, 0.5, 4, 0, ""},
    {"brackets inside a text stay", "node = { site = { name = \"[a] # /* \\\"\"; }; };", NULL, 12, 0.6, 4, 0,
     "[a] # /* \""},
    {"choice", "policy = { scale = \"mmi\"; };", NULL, 12, 0.6, 4, 2, ""},
    {"--set over the file", "onset = { window_s = 3.5; order = 2; };", "onset.window_s=7", 7, 0.6, 2, 0, ""},
    {"--set text needs no quotes", NULL, "node.site.name=a \"b\\ c", 12, 0.6, 4, 0, "a \"b\\ c"},
    {"--set text with quotes", NULL, "node.site.name=\"a b\"", 12, 0.6, 4, 0, "a b"},
    {"--set text may hold =", NULL, "node.site.name=a=b", 12, 0.6, 4, 0, "a=b"},
    {"--set choice", NULL, "policy.scale=jma", 12, 0.6, 4, 1, ""},
    {"--set list", NULL, "policy.p=[0, 0.25, 1]", 12, 0.25, 4, 0, ""},
    {"--set at the very limit", NULL, "onset.window_s=60", 60, 0.6, 4, 0, ""},
};

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct fixture f;

        if (load(setup(&f), good[i].text, good[i].set))
            fail_msg("%s: %s", good[i].name, f.err.text);
        if (f.target.window_s != good[i].window_s || f.target.p[1] != good[i].p1 ||
            f.target.order != good[i].order || f.target.scale != good[i].scale ||
            strcmp(f.target.name, good[i].site))
            fail_msg("%s: window %g p[1] %g order %d scale %d site %s", good[i].name, f.target.window_s,
                     f.target.p[1], f.target.order, f.target.scale, f.target.name);
        teardown(&f);
    }
}

static const struct {
    const char *name, *text, *set, *want;
} bad[] = {
    {"unknown key: the nearest", "onset = {\n window_ms = 3;\n};", NULL,
     "etc/a.conf:2: unknown key \"onset.window_ms\"; the nearest known one is \"onset.window_s\""},
    {"unknown group", "\nonsett = { order = 3; };", NULL,
     "etc/a.conf:2: unknown key \"onsett.order\"; the nearest known one is \"onset.order\""},
    {"a value in place of a group", "onset = 3;", NULL, "etc/a.conf:1: unknown key \"onset\""},
    {"a group in place of a value", "onset = { order = { x = 3; }; };", NULL,
     "unknown key \"onset.order.x\""},
    {"an empty group says nothing", "onset = { };", NULL, "etc/a.conf:1: the group \"onset\" is empty"},
    {"wrong type", "onset = { window_s = \"3\"; };", NULL, "onset.window_s must be a number from 0.5 to 60"},
    {"a real is no integer", "onset = { order = 3.0; };", NULL,
     "onset.order must be a whole number from 1 to 8"},
    {"below the range", "onset = { window_s = 0.4; };", NULL,
     "etc/a.conf:1: onset.window_s must be a number from"},
    {"above the range", "onset = { order = 9; };", NULL,
     "etc/a.conf:1: onset.order must be a whole number from 1"},
    {"1 is not true", "policy = { armed = 1; };", NULL, "policy.armed must be true or false"},
    {"unknown choice", "policy = { scale = \"gb\"; };", NULL, "policy.scale must be one of \"gbt|jma|mmi\""},
    {"a longer choice", "policy = { scale = \"gbtt\"; };", NULL,
     "policy.scale must be one of \"gbt|jma|mmi\""},
    {"list too short", "policy = { p = [0.5, 0.5]; };", NULL,
     "policy.p must be a list of 3 numbers, each from 0"},
    {"list too long", "policy = { p = [0.5, 0, 1, 1]; };", NULL, "policy.p must be a list of 3 numbers"},
    {"list element out of range", "policy = { p = [0.5, 0, 1.1]; };", NULL, "policy.p must be a list"},
    {"list element of text", "policy = { p = [0.5, 0, \"1\"]; };", NULL, "policy.p must be a list"},
    {"key twice", "onset = {\norder = 3;\norder = 4;\n};", NULL, "etc/a.conf:3: duplicate setting name"},
    {"nan", "onset = { window_s = nan; };", NULL, "etc/a.conf:1: syntax error"},
    {"infinity", "onset = {\nwindow_s = 1e999; };", NULL, "etc/a.conf:2: \"1e999\" is not a finite number"},
    {"a point is no number", "onset = { window_s = .; };", NULL, "\".\" is not a number"},
    {"a whole number that libconfig would cut to 5", "onset = { order = 4294967301; };", NULL,
     "etc/a.conf:1: \"4294967301\" is too large for a whole number"},
    {"the same in hexadecimal", "onset = { order = 0x100000005; };", NULL, "is too large for a whole number"},
    {"64-bit where an integer belongs", "onset = { order = 3L; };", NULL,
     "onset.order must be a whole number"},
    {"text not closed", "node = { site = { name = \"abc; }; };\n", NULL,
     "etc/a.conf:1: the text is not closed"},
    {"comment not closed", "/* onset", NULL, "etc/a.conf: a comment /* is not closed"},
    {"no such file included", "\n@include \"b.conf\"\n", NULL, "etc/b.conf: cannot open: No such file"},
    {"include of an absolute path", "@include \"/etc/passwd\"\n", NULL,
     "etc/a.conf:1: @include \"/etc/passwd\": only"},
    {"include above the folder", "@include \"x/../../b\"\n", NULL, "only files beside this one"},
    {"include of itself", "@include \"a.conf\"\n", NULL, "does a file include itself?"},
    {"include without a name", "@include a.conf\n", NULL, "etc/a.conf:1: @include needs a file name"},
    {"include followed by more", "@include \"b\" onset = 3;\n", NULL, "stands alone on its line"},
    {"--set without =", NULL, "onset.order", "--set onset.order: must be group.key=value"},
    {"--set without a key", NULL, "=3", "--set =3: must be group.key=value"},
    {"--set unknown", NULL, "onset.ordr=3",
     "--set onset.ordr=3: unknown key \"onset.ordr\"; the nearest known"},
    {"--set out of range", NULL, "onset.order=9",
     "--set onset.order=9: onset.order must be a whole number from"},
    {"--set empty", NULL, "onset.order=", "--set onset.order=: onset.order must be a whole number"},
    {"--set two in one", NULL, "onset.order=3; b=4", "--set onset.order=3; b=4: onset.order must be"},
    {"--set infinity", NULL, "onset.window_s=1e400", "--set onset.window_s=1e400: \"1e400\" is not a finite"},
    {"--set with a line feed", NULL, "onset.order=3\n@include \"x\"", "the value has a control character"},
    {"--set cannot comment the end away", NULL, "onset.order=3 /*", "a comment /* is not closed"},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fixture f;

        if (load(setup(&f), bad[i].text, bad[i].set) != -1)
            fail_msg("%s: accepted", bad[i].name);
        if (!strstr(f.err.text, bad[i].want))
            fail_msg("%s: said \"%s\", not \"%s\"", bad[i].name, f.err.text, bad[i].want);
        teardown(&f);
    }
}

static void test_include(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    fake_file_put_text(&f.fake, "etc/sub/b.conf", "order = 7;\n  @include \"c.conf\"\n");
    fake_file_put_text(&f.fake, "etc/sub/c.conf", "\nwindow_s = 8.5;");
    assert_int_equal(
        load(&f, "onset = {\n@include \"sub/b.conf\" # here\n};\npolicy = { armed = false; };\n", NULL), 0);
    assert_true(f.target.order == 7 && f.target.window_s == 8.5 && !f.target.armed);
    assert_string_equal(f.origin[1].where, "etc/sub/b.conf:1");
    assert_string_equal(f.origin[0].where, "etc/sub/c.conf:2");
    assert_string_equal(f.origin[4].where, "etc/a.conf:4"); /* lines go on after the included ones */
    fake_file_put_text(&f.fake, "etc/sub/c.conf", "\n\nwindow_s = 850;");
    assert_int_equal(load(&f, "onset = {\n@include \"sub/b.conf\"\n};\n", NULL), -1);
    assert_non_null(strstr(f.err.text, "etc/sub/c.conf:3: onset.window_s must be"));
    /* inside a block comment it is a comment */
    assert_int_equal(load(&f, "/*\n@include \"none\"\n*/\n", NULL), 0);
    teardown(&f);
}

static char *print(struct fixture *f)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    conf_print(&f->table, 1, out);
    fclose(out);
    return text;
}

static void test_printed_file_loads_again(void **state)
{
    struct fixture f;
    struct target first;
    char *once, *again;

    (void)state;
    assert_int_equal(
        load(setup(&f),
             "onset = { window_s = 3.3000000000000003; };\npolicy = { p = [0.1, 1, 1e-7]; scale = \"mmi\"; "
             "armed = false; };\nnode = { site = { name = \"a\\\"b\\\\\\n\\x7f\"; }; };\n",
             "onset.order=5"),
        0);
    first = f.target;
    once = print(&f);
    assert_non_null(strstr(once, "window_s = 3.3000000000000003; # etc/a.conf:1\n"));
    assert_non_null(strstr(once, "order = 5; # --set\n"));
    assert_non_null(strstr(once, "# a number from 0.5 to 60; noise window (S)\n"));
    assert_int_equal(load(&f, once, NULL), 0);
    assert_memory_equal(f.target.p, first.p, sizeof first.p);
    assert_true(f.target.window_s == first.window_s && f.target.order == 5 && f.target.scale == 2);
    assert_false(f.target.armed);
    assert_string_equal(f.target.name, "a\"b\\\n\x7f");
    f.table.origin = NULL;
    again = print(&f);
    assert_null(strstr(again, "a.conf"));
    free(again);
    assert_non_null(strstr(once, "[0.1, 1.0, 1e-07]"));
    assert_int_equal(load(&f, "onset = { window_s = 60; };\n", NULL), 0); /* no exponent: not 6e+01 */
    again = print(&f);
    assert_non_null(strstr(again, "window_s = 60.0;"));
    free(again);
    free(once);
    teardown(&f);
}

static void test_manual(void **state)
{
    struct fixture f;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    setup(&f);
    conf_manual(&f.table, 1, out);
    fclose(out);
    assert_non_null(strstr(
        text, ".TP\n.B onset.window_s\n\\&noise window: a number from 0.5 to 60; default 12.0 (S).\n"));
    free(text);
    teardown(&f);
}

static void test_faults_of_the_machine(void **state)
{
    struct fixture f;
    char *big = malloc((1 << 20) + 2);

    (void)state;
    setup(&f);
    assert_non_null(big);
    for (long at = 1; at <= 3; at++) { /* the text's book, its bytes, the file's bytes */
        f.fake.fail_alloc_at = at;
        assert_int_equal(load(&f, "onset = { order = 3; };", NULL), -1);
        assert_non_null(strstr(f.err.text, "no memory"));
    }
    f.fake.fail_alloc_at = 0;
    f.fake.read_eio_at = 4;
    assert_int_equal(load(&f, "onset = { order = 3; };", NULL), -1);
    assert_non_null(strstr(f.err.text, "etc/a.conf: cannot read: Input/output error"));
    f.fake.read_eio_at = -1;
    f.fake.read_max = 1;
    f.fake.eintr_reads = 2;
    assert_int_equal(load(&f, "onset = { order = 3; };", NULL), 0);
    f.fake.read_max = 0;
    fake_file_put(&f.fake, "etc/a.conf", "onset\0", 6);
    assert_int_equal(conf_load(&f.table, 1, &f.fake.sys, "etc/a.conf", NULL, 0, &f.err), -1);
    assert_non_null(strstr(f.err.text, "zero byte"));
    memset(big, ' ', (1 << 20) + 1);
    big[(1 << 20) + 1] = '\0';
    assert_int_equal(load(&f, big, NULL), -1);
    assert_non_null(strstr(f.err.text, "larger than"));
    memset(big, '\n', 66000);
    big[66000] = '\0';
    assert_int_equal(load(&f, big, NULL), -1);
    assert_non_null(strstr(f.err.text, "65000 lines"));
    assert_int_equal(conf_load(&f.table, 1, &f.fake.sys, "none", NULL, 0, &f.err), -1);
    assert_string_equal(f.err.text, "none: cannot open: No such file or directory");
    free(big);
    teardown(&f);
}

static void test_a_wrong_default_is_found(void **state)
{
    static const struct conf_row row = {"a.b", CONF_INT, 0, 0, "12", 0, 10, NULL, "wrong", NULL};
    struct fixture f;
    int target;
    struct conf_table table = {&row, 1, &target, NULL, NULL};

    (void)state;
    setup(&f);
    assert_int_equal(conf_load(&table, 1, &f.fake.sys, NULL, NULL, 0, &f.err), -1);
    assert_string_equal(f.err.text, "default of a.b: a.b must be a whole number from 0 to 10");
    teardown(&f);
}

/* ---- named groups ---- */

static int load_both(struct fixture *f, const char *text, const char *set)
{
    fake_file_put_text(&f->fake, "etc/a.conf", text);
    f->err.text[0] = '\0';
    return conf_load(f->both, 2, &f->fake.sys, "etc/a.conf", &set, set ? 1 : 0, &f->err);
}

static void test_named_groups(void **state)
{
    struct fixture f;
    char where[64];

    (void)state;
    setup(&f);
    memset(f.line, 0x55, sizeof f.line);
    assert_int_equal(load_both(&f,
                               "lines = {\n  gas = { chip = \"relays\"; line = 3; };\n"
                               "  strobe-2 = { pulse = { long_s = 2; };\n safe = false; };\n};\n",
                               "lines.strobe-2.line=7"),
                     0);
    assert_int_equal(f.lines, 2);
    assert_string_equal(f.name[0].text, "gas");
    assert_string_equal(f.name[1].text, "strobe-2");
    assert_string_equal(f.line[0].chip, "relays");
    assert_true(f.line[0].offset == 3 && f.line[0].pulse_s == 0.5 && f.line[0].safe);
    assert_true(f.line[1].offset == 7 && f.line[1].pulse_s == 2 && !f.line[1].safe && !*f.line[1].chip);
    assert_string_equal(conf_where(&f.both[1], 0, "line", where, sizeof where), "etc/a.conf:2");
    assert_string_equal(conf_where(&f.both[1], 1, "safe", where, sizeof where), "etc/a.conf:4");
    assert_string_equal(conf_where(&f.both[1], 1, "line", where, sizeof where), "--set");
    assert_string_equal(conf_where(&f.both[1], 0, "safe", where, sizeof where), "default");
    f.both[1].origin = NULL;
    assert_string_equal(conf_where(&f.both[1], 0, "safe", where, sizeof where), "lines.gas.safe");
    assert_int_equal(load_both(&f, "", NULL), 0); /* the next configuration begins with none */
    assert_int_equal(f.lines, 0);
    assert_int_equal(load_both(&f, "", "lines.a.line=1"), 0);
    assert_true(f.lines == 1 && f.line[0].offset == 1);
    teardown(&f);
}

static void test_presets_of_a_group(void **state)
{
    static const char *const preset[] = {"gas.line=2", "gas.chip=relays", "bell.safe=false", NULL};
    static const char *const wrong[] = {"gas.lin=2", NULL};
    struct fixture f;

    (void)state;
    setup(&f);
    f.group.preset = preset;
    assert_int_equal(load_both(&f, "lines = { lift = { line = 4; }; gas = { line = 5; }; };", NULL), 0);
    assert_int_equal(f.lines, 3);
    assert_true(f.line[0].offset == 5 && f.line[0].safe && !f.line[1].safe && f.line[2].offset == 4);
    assert_string_equal(f.line[0].chip, "relays");
    assert_string_equal(f.line_origin[0].where, "default");
    assert_string_equal(f.line_origin[1].where, "etc/a.conf:1");
    assert_int_equal(load_both(&f, "lines = { lift = { line = 4; }; horn = { line = 5; }; };", NULL), -1);
    f.group.preset = wrong;
    assert_int_equal(load_both(&f, "", NULL), -1);
    assert_non_null(strstr(f.err.text, "default lines.gas.lin=2: unknown key \"lines.gas.lin\""));
    teardown(&f);
}

static const struct {
    const char *name, *text, *set, *want;
} bad_named[] = {
    {"unknown key: the nearest, with its name", "lines = {\n gas = {\n lin = 3; }; };", NULL,
     "etc/a.conf:3: unknown key \"lines.gas.lin\"; the nearest known one is \"lines.gas.line\""},
    {"unknown group", "line = { gas = { line = 3; }; };", NULL,
     "unknown key \"line.gas.line\"; the nearest known one is \"lines.gas.line\""},
    {"a value where a name belongs", "lines = { gas = 3; };", NULL,
     "etc/a.conf:1: unknown key \"lines.gas\""},
    {"a value in place of the group", "\nlines = 3;", NULL, "etc/a.conf:2: unknown key \"lines\""},
    {"an empty one says nothing", "lines = {\n gas = { }; };", NULL,
     "etc/a.conf:2: the group \"lines.gas\" is empty"},
    {"out of range", "lines = {\n gas = { line = 64; }; };", NULL,
     "etc/a.conf:2: lines.gas.line must be a whole number from 0 to 63"},
    {"the same name twice", "lines = {\n gas = { line = 1; };\n gas = { line = 2; }; };", NULL,
     "etc/a.conf:3: duplicate setting name"},
    {"one too many",
     "lines = { a = { line = 1; }; b = { line = 1; }; c = { line = 1; };\nd = { line = 1; }; };", NULL,
     "etc/a.conf:2: lines.d is one too many: there can be 3 of lines"},
    {"a name too long", "lines = { a123456789012345678901234567890b = { line = 1; }; };", NULL,
     "\"a123456789012345678901234567890b\" is no name for one of lines"},
    {"a star is no name", "lines = { a* = { line = 1; }; };", NULL, "\"a*\" is no name for one of lines"},
    {"--set without a name", "", "lines..line=3", "--set lines..line=3: \"\" is no name for one of lines"},
    {"--set of a name that is none", "", "lines.3.line=3", "\"3\" is no name for one of lines"},
    {"--set out of range", "", "lines.gas.line=64",
     "--set lines.gas.line=64: lines.gas.line must be a whole"},
    {"--set unknown", "", "lines.gas.chips=a", "the nearest known one is \"lines.gas.chip\""},
};

static void test_refusals_of_named_groups(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_named / sizeof *bad_named; i++) {
        struct fixture f;

        setup(&f);
        if (load_both(&f, bad_named[i].text, bad_named[i].set) != -1)
            fail_msg("%s: accepted", bad_named[i].name);
        if (!strstr(f.err.text, bad_named[i].want))
            fail_msg("%s: said \"%s\", not \"%s\"", bad_named[i].name, f.err.text, bad_named[i].want);
        teardown(&f);
    }
}

static void test_named_groups_in_print(void **state)
{
    struct fixture f;
    char *text = NULL;
    size_t size = 0;
    FILE *out;

    (void)state;
    setup(&f);
    assert_int_equal(load_both(&f,
                               "lines = { gas = { chip = \"a\\\"b\"; line = 3; };\n"
                               "bell = { pulse = { long_s = 2; }; }; };\nonset = { order = 2; };\n",
                               NULL),
                     0);
    out = open_memstream(&text, &size);
    assert_non_null(out);
    conf_print(f.both, 2, out);
    fclose(out);
    assert_non_null(strstr(text, "# a relay\nlines = {\n  gas = {\n"));
    assert_non_null(strstr(text, "line = 3; # etc/a.conf:1\n"));
    assert_int_equal(load_both(&f, text, NULL), 0);
    assert_true(f.lines == 2 && f.line[0].offset == 3 && f.line[1].pulse_s == 2 && f.target.order == 2);
    assert_string_equal(f.name[0].text, "gas");
    assert_string_equal(f.line[0].chip, "a\"b");
    free(text);
    text = NULL;
    out = open_memstream(&text, &size);
    assert_non_null(out);
    conf_manual(&f.both[1], 1, out);
    fclose(out);
    assert_non_null(strstr(text, ".TP\n.B lines.\\fIname\n\\&a relay; at most 3, each"));
    assert_non_null(strstr(text, ".TP\n.B lines.\\fIname\\fB.pulse.long_s\n"));
    free(text);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named_groups),
        cmocka_unit_test(test_presets_of_a_group),
        cmocka_unit_test(test_refusals_of_named_groups),
        cmocka_unit_test(test_named_groups_in_print),
        cmocka_unit_test(test_defaults_without_a_file),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_include),
        cmocka_unit_test(test_printed_file_loads_again),
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_faults_of_the_machine),
        cmocka_unit_test(test_a_wrong_default_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
