/* csv_rate.h - the sampling rate that the time column of a text table tells. */
#ifndef TOCSIN_IO_CSV_RATE_H
#define TOCSIN_IO_CSV_RATE_H

#include "io/input.h"

enum { CSV_STEPS = 1024 }; /* the first time steps, whose median tells a step from a gap */

struct csv_steps { /* zero before the first row */
    int64_t rows;
    int64_t first_ns, last_ns;
    size_t n; /* of first[], until the median is known */
    double first[CSV_STEPS];
    double median_ns;
    int64_t regular, irregular;
    double sum_ns, widest_ns; /* of the regular steps; their largest deviation from the median */
};

void csv_steps_add(struct csv_steps *s, int64_t t_ns); /* the time of the next row */
/* 0, or -1 and err where the rows are not regular. */
int csv_steps_rate(struct csv_steps *s, struct input *in, double *rate_hz, struct error *err);

#endif
