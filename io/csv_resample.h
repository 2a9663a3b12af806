/* csv_resample.h - rows at uneven times, interpolated in straight lines at an even rate.
 *
 * The first sample is at the time of the first complete row; samples follow as long as they come before the
 * last one. Rows in which a value is missing are passed over, and of rows of the same time all but the first.
 * Where there is no row for HOLE_S (1 s; two samples where these are further apart), what would be between is
 * missing: a line drawn over a hole is no measurement. Nothing is filtered: whatever shakes faster than half
 * the new rate is folded down. Streaming, constant memory. */
#ifndef TOCSIN_IO_CSV_RESAMPLE_H
#define TOCSIN_IO_CSV_RESAMPLE_H

#include "io/csv_row.h"

struct csv_resample {
    double step_ns;
    bool begun;
    int64_t origin_ns; /* of the very first row, complete or not */
    int64_t first_ns;  /* of the first complete row, which is the first sample */
    int64_t next;      /* index of the next sample */
    struct csv_row before, after;
};

void csv_resample_begin(struct csv_resample *s, double rate_hz);
/* The next sample: 1, value[0..axes), and how many before it a hole has swallowed; 0 at the end, -1 with err. */
int csv_resample_next(struct csv_resample *s, struct csv_rows *rows, double *value, int64_t *missing,
                      struct error *err);
/* Reads all rows: 0 and how many samples there are (0 where a time is all there is), or -1 with err. */
int csv_resample_count(struct csv_resample *s, struct csv_rows *rows, int64_t *samples, struct error *err);

#endif
