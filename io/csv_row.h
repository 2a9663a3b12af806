/* csv_row.h - the rows of a text table as times and values, one after another. Empty lines and remarks are
 * passed over; a row that is none is an error with line and column. */
#ifndef TOCSIN_IO_CSV_ROW_H
#define TOCSIN_IO_CSV_ROW_H

#include "io/csv_head.h"

struct csv_row {
    int64_t t_ns;               /* where there is a time column: as it counts */
    double value[CSV_AXES_MAX]; /* in the order of head.axis; NaN: missing */
};

struct csv_rows {
    struct input *in;
    struct csv_head *head; /* a time column turns from numbers to dates where its first cell is one */
    bool fractions;        /* some value was not whole */
    size_t cells, at;      /* head.all: of the line whose numbers are handed out */
    char *cell[CSV_COLUMNS_MAX];
};

/* `in` stands behind the head; both stay the caller's. */
void csv_rows_begin(struct csv_rows *r, struct input *in, struct csv_head *head);
/* The next row: 1, 0 at the end (and where a scanned pipe is cut), -1 with err. */
int csv_rows_next(struct csv_rows *r, struct csv_row *row, struct error *err);

/* Is this cell a time of that table, and which? Turns head->time from a number's to a date's, see above. */
bool csv_row_time(struct csv_head *head, char *cell, int64_t *t_ns);

#endif
