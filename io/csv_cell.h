/* csv_cell.h - a line of a text table cut into cells, and a cell as a number. */
#ifndef TOCSIN_IO_CSV_CELL_H
#define TOCSIN_IO_CSV_CELL_H

#include <stdbool.h>
#include <stddef.h>

enum { CSV_COLUMNS_MAX = 64 };

/* What separates the cells of this line: ';' '\t' ',', or ' ' for any blanks. */
char csv_separator(const char *line);
/* Takes off, in place, the blanks around a cell and then the quotes. */
char *csv_trim(char *cell);
/* Cuts a line at its separators, in place, without blanks and quotes around the cells: the number of cells,
 * or CSV_COLUMNS_MAX + 1 where there are more than that. */
size_t csv_split(char *line, char separator, char *cell[CSV_COLUMNS_MAX]);
/* A finite decimal number and nothing else; a comma may stand for the point where it does not separate. */
bool csv_number(char *cell, char separator, double *value);
/* Nothing, nan or inf: a sample that is not there. */
bool csv_missing(const char *cell);

#endif
