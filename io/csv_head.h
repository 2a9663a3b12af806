/* csv_head.h - what stands above the rows of a CSV trace: comment lines, and the line of column names.
 *
 * docs/formats.md describes the format. The names decide what a column is: a time, one axis of the motion, or
 * something that is ignored. */
#ifndef TOCSIN_IO_CSV_HEAD_H
#define TOCSIN_IO_CSV_HEAD_H

#include "io/block.h"
#include "io/csv_cell.h"
#include "io/input.h"

enum { CSV_AXES_MAX = 3 };

enum csv_time {
    CSV_TIME_NONE,
    CSV_TIME_RELATIVE, /* a number; only differences mean something */
    CSV_TIME_UNIX,     /* a number since 1970 */
    CSV_TIME_TEXT,     /* 2024-01-24T10:51:28.005Z */
};

struct csv_axis { /* one column in use */
    size_t column;
    char axis; /* as in struct channel */
    double sign;
};

struct csv_head {
    bool magic;     /* "# tocsin-csv 1" stood first: unknown keys are refused */
    bool bare;      /* there are no names: io/columns.h */
    bool all;       /* bare: each number of a row is a sample of the one axis, whatever its column */
    char separator; /* ',' ';' '\t', or ' ' for any blanks */
    size_t columns;
    char name[CSV_COLUMNS_MAX][24]; /* cut where longer; for messages and axes */
    enum csv_time time;
    size_t time_column;
    double time_unit_s;
    size_t axes; /* 1 to CSV_AXES_MAX */
    struct csv_axis axis[CSV_AXES_MAX];
    double rate_hz; /* 0: not said */
    bool has_start;
    int64_t start_ns;
    bool has_unit, has_scale;
    enum unit unit;
    double unit_size; /* m/s^2 or m/s of one */
    double scale;
    char station[48];
    double p_s, s_s; /* NAN: not said */
};

/* True where the first bytes are a CSV trace beyond doubt: the magic comment, or a line of known column names
 * with a line of as many numbers behind it. */
bool csv_head_probe(const unsigned char *head, size_t n);
/* Consumes the lines up to and including the column names. 0, or -1 and err with the line. */
int csv_head_read(struct input *in, struct csv_head *h, struct error *err);

/* The cells of a row, as csv_split has it; an empty one behind the last column does not count. */
size_t csv_row(const struct csv_head *h, char *line, char *cell[CSV_COLUMNS_MAX]);

#endif
