/* rate.h - the true rate of a stream, by a straight line through (index, time) that goes on for ever.
 *
 * A crystal is off by some parts per million, the oscillator inside a chip by percents, and what a driver calls
 * 100 Hz is what its data sheet says. Times are late now and then, never early: of each second only the
 * point that is earliest against the rate so far counts, and a line of least squares runs through the last
 * RATE_POINTS of them. Where the rate itself has changed, three seconds in a row that say so begin another line. Constant work and memory; no clock, no globals. */
#ifndef TOCSIN_IO_RATE_H
#define TOCSIN_IO_RATE_H

#include <stdint.h>

enum { RATE_POINTS = 64 };
#define RATE_CELL_S 1.0
#define RATE_STRAY  0.01
#define RATE_SPAN_S 8.0 /* of points before a rate is told: a lateness of 1 ms at an end is then 125 ppm */

struct rate_point {
    int64_t index, time_ns;
};

struct rate {
    double period_ns; /* what earliest is judged by */
    struct rate_point point[RATE_POINTS];
    uint32_t points; /* so far; the last RATE_POINTS are kept */
    struct rate_point best;
    double best_late_ns;
    int64_t cell_ns;           /* where the second began */
    uint32_t in_cell, strayed; /* seconds in a row that were off by more than RATE_STRAY */
};

void rate_init(struct rate *r, double rate_hz);
/* Sample `index` (it grows; lost ones count) at that time. */
void rate_add(struct rate *r, int64_t index, int64_t time_ns);
/* In hertz; 0 while the points span less than RATE_SPAN_S. */
double rate_hz(const struct rate *r);

#endif
