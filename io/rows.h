/* rows.h - the numbers under a header: a line a sample, a column a component, as many lines as promised.
 *
 * For the readers of text formats whose header tells the number of samples. One pass serves all columns
 * (channels.multiplexed). Constant memory; every refusal names file and line. */
#ifndef TOCSIN_IO_ROWS_H
#define TOCSIN_IO_ROWS_H

#include "io/fortran.h"
#include "io/reader.h"

enum {
    ROWS_COLUMNS_MAX = 12,
    ROWS_SAMPLES_MAX = 1000000000, /* more than that is a mistake in a header */
};

struct rows_layout {
    size_t columns;               /* of the file, 1..ROWS_COLUMNS_MAX */
    struct fortran_format format; /* width > 0: fixed columns, which may touch; else blanks are between */
    int64_t promised;             /* rows, 1..ROWS_SAMPLES_MAX */
    double elapsed_rate_hz;       /* > 0: the first column is no channel but seconds since the first row */
};

/* Reads the rest of `in` as such rows, and nothing behind them but blank lines. For a reader's scan. 0, or -1
 * and err. */
int rows_check(struct input *in, const struct rows_layout *layout, struct error *err);

/* A cursor for a reader's open: `in` stands behind the header. rows_next and rows_close are a reader's next
 * and close; a piece's channel is its column, the elapsed time not counted. */
int rows_open(void **cursor, struct input *in, const struct rows_layout *layout, struct error *err);
/* A whole reader's open, for a format whose header (which `layout` consumes) says all that counts. */
int rows_open_as(void **cursor, struct input *in,
                 int (*layout)(struct input *in, struct rows_layout *out, struct error *err),
                 const struct trace_conf *conf, const struct channels *all, const bool *want,
                 struct error *err);
int rows_next(void *cursor, struct piece *out, struct error *err);
void rows_close(void *cursor);

#endif
