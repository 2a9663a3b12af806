/* columns.h - text tables without names: which column is what, as --columns, --time-column and --time-unit
 * say.
 *
 *     --columns 3,4,5       columns from 1, for Z, N, E; '-' for one that is not there: -,2,-
 *     --columns 3           Z alone
 *     --columns -,all,-     every number of every row is a sample of N, one after another
 *
 * The first row of numbers gives the separator and the number of cells, which all rows must have; a last line
 * that the end of the file cuts short is dropped. */
#ifndef TOCSIN_IO_COLUMNS_H
#define TOCSIN_IO_COLUMNS_H

#include "io/trace.h"

/* Are these options understood, and do they go together? 0, or -1 and err: a usage error. */
int columns_check(const struct trace_conf *conf, struct error *err);

#endif
