/* Any bytes as a configuration file, through every type of row: one line of error or a clean load, and what
 * was loaded prints as a file that loads again. Reads no file but the bytes themselves (an @include finds
 * them again). */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "io/conf.h"
#include "tests/unit/fake_sys.h"

struct target {
    double real, list[3];
    int whole, choice;
    bool flag;
    char text[CONF_TEXT_MAX];
};

static const struct conf_row rows[] = {
    {"a.real_s", CONF_REAL, offsetof(struct target, real), 0, "1.5", 0, 0, NULL, "a real", "test"},
    {"a.list", CONF_REAL, offsetof(struct target, list), 3, "[1, 0.5, 2e-3]", -5, 5, NULL, "a list", NULL},
    {"a.whole", CONF_INT, offsetof(struct target, whole), 0, "3", -10, 10, NULL, "an integer", NULL},
    {"b.c.choice", CONF_CHOICE, offsetof(struct target, choice), 0, "gbt", 0, 0, "gbt|jma", "a choice", NULL},
    {"b.flag", CONF_BOOL, offsetof(struct target, flag), 0, "true", 0, 0, NULL, "a flag", NULL},
    {"b.text", CONF_TEXT, offsetof(struct target, text), 0, "", 0, 0, NULL, "a text", NULL},
};

struct named {
    double real;
    char text[CONF_TEXT_MAX];
};

static const struct conf_row named_rows[] = {
    {"real_s", CONF_REAL, offsetof(struct named, real), 0, "1.5", 0, 9, NULL, "a real", "test"},
    {"d.text", CONF_TEXT, offsetof(struct named, text), 0, "x", 0, 0, NULL, "a text", NULL},
};

/* libconfig 1.5 leaks the text it was reading when it meets a syntax error; the node ends then anyhow. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct target target;
    struct conf_origin origin[sizeof rows / sizeof *rows];
    struct named named[3];
    struct conf_origin named_origin[3 * sizeof named_rows / sizeof *named_rows];
    struct conf_name names[3];
    size_t count;
    struct conf_group group = {"n", "named", 3, sizeof *named, &count, names, NULL};
    struct conf_table table[2] = {
        {rows, sizeof rows / sizeof *rows, &target, origin, NULL},
        {named_rows, sizeof named_rows / sizeof *named_rows, named, named_origin, &group}};
    struct fake_sys fake;
    struct error err = {""};
    char *printed = NULL;
    size_t length = 0;
    FILE *out;

    fake_sys_init(&fake);
    fake_file_put(&fake, "a.conf", data, size);
    if (conf_load(table, 2, &fake.sys, "a.conf", NULL, 0, &err) == 0) {
        out = open_memstream(&printed, &length);
        conf_print(table, 2, out);
        fclose(out);
        fake_file_put(&fake, "b.conf", printed, length);
        if (conf_load(table, 2, &fake.sys, "b.conf", NULL, 0, &err))
            abort();
        free(printed);
    } else if (!err.text[0]) {
        abort();
    }
    if (fake.live_allocs || fake.open_fds)
        abort();
    fake_sys_done(&fake);
    return 0;
}
