/* The catalogue on any bytes: a table whose rows keep what the header promises, or a refusal in words. */
#include <stdio.h>
#include <stdlib.h>

#include "io/catalogue.h"
#include "tests/unit/fake_sys.h"

#include <math.h>

static void check(bool kept, const char *promise)
{
    if (kept)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

static void check_row(const struct catalogue_row *row)
{
    struct error err;

    check(*row->id && strlen(row->id) <= CATALOGUE_ID_MAX && *row->kind, "a row has an id and a kind");
    check(row->line >= 1, "and a line");
    if (row->problem) {
        check(*row->problem, "a problem is in words");
        return;
    }
    check(row->paths >= 1 && row->paths <= CATALOGUE_PATHS_MAX, "there are paths");
    for (size_t i = 0; i < row->paths; i++)
        check(row->path[i][0] == '/' || strncmp(row->path[i], "d/", 2) == 0, "below the folder, or absolute");
    check(row->members <= UNPACK_MEMBERS, "bounded members");
    for (size_t i = 0; i < row->members; i++)
        check(row->member[i] != NULL, "a member has a name");
    check(row->conf.scales == 0 || row->conf.scales == 1 || row->conf.scales == AXES, "one scale or three");
    for (size_t i = 0; i < row->conf.scales; i++)
        check(isfinite(row->conf.scale[i]) && row->conf.scale[i] != 0, "a scale is a number and not 0");
    check(!isinf(row->p_s) && !isinf(row->rate_hz), "numbers are finite");
    check(trace_conf_check(&row->conf, &err) == 0, "options that trace_open accepts");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fake_sys fake;
    struct catalogue *c;
    struct error err = {""};

    fake_sys_init(&fake);
    fake_file_put(&fake, "d/catalogue.csv", data, size);
    if (catalogue_open(&c, &fake.sys, "d", &err) == 0) {
        check(catalogue_rows(c) >= 1 && catalogue_rows(c) <= size, "a row takes bytes");
        for (size_t i = 0; i < catalogue_rows(c); i++)
            check_row(catalogue_row(c, i));
        catalogue_close(c);
    } else {
        check(!c && err.text[0], "a refusal says why");
    }
    check(fake.live_allocs == 0 && fake.open_fds == 0, "nothing is left open");
    fake_sys_done(&fake);
    return 0;
}
