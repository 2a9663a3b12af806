/* csv.c - traces as text tables whose columns have names; docs/formats.md, section CSV. */
#include "io/csv_head.h"
#include "io/csv_table.h"
#include "io/reader.h"

static int csv_scan(struct input *in, const struct trace_conf *conf, struct channels *out, struct error *err)
{
    struct csv_head h;

    return csv_head_read(in, &h, err) < 0 ? -1 : csv_table_scan(in, conf, &h, out, err);
}

static int csv_open(void **cursor, struct input *in, const struct trace_conf *conf,
                    const struct channels *all, const bool *want, struct error *err)
{
    struct csv_head h;

    (void)want;
    *cursor = NULL;
    return csv_head_read(in, &h, err) < 0 ? -1 : csv_table_open(cursor, in, conf, &h, all, err);
}

const struct reader reader_csv = {
    .name = "csv",
    .what = "text table with a line of column names (time_s,z,n,e) and '# key: value' lines above it",
    .probe = csv_head_probe,
    .scan = csv_scan,
    .open = csv_open,
    .next = csv_table_next,
    .close = csv_table_close,
};
