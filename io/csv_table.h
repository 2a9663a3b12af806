/* csv_table.h - the rows of a text table as pieces of its channels.
 *
 * What a reader does once the table's head is known, from the file (io/csv.c) or from the user
 * (io/columns.c). One cursor serves all columns. Rows are regular: what the time column adds is the rate,
 * where nobody says it, and gaps. With UTC a jump begins a piece with a new time; without it, the missing
 * samples are handed out as NaN, so that a relative time keeps its meaning. conf->resample_hz instead
 * interpolates between rows of any spacing. */
#ifndef TOCSIN_IO_CSV_TABLE_H
#define TOCSIN_IO_CSV_TABLE_H

#include "io/csv_head.h"
#include "io/reader.h"
#include "io/trace.h"

/* The parts of a reader, with `in` behind the head. scan may turn head->time from numbers to dates. */
int csv_table_scan(struct input *in, const struct trace_conf *conf, struct csv_head *head,
                   struct channels *out, struct error *err);
int csv_table_open(void **cursor, struct input *in, const struct trace_conf *conf,
                   const struct csv_head *head, const struct channels *all, struct error *err);
int csv_table_next(void *cursor, struct piece *out, struct error *err);
void csv_table_close(void *cursor);

#endif
