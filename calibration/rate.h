/* rate.h - the true rate of a sensor by a straight line of least squares through (sample, time).
 *
 * Unlike io/rate.h, which follows a stream for ever and rejects late points, this measures once, over all of a sample,
 * and says how far it can be trusted. Plain data, constant memory; no clock. */
#ifndef TOCSIN_CALIBRATION_RATE_H
#define TOCSIN_CALIBRATION_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate_line {
    double nominal_hz;
    uint64_t points;
    int64_t first_index, first_ns;
    double mean_x, mean_t, xx, xt, tt; /* samples, and seconds off the nominal line; centred */
    double span_s;
};

struct rate_found {
    double rate_hz;
    double off_ppm; /* against the nominal one */
    double
        uncertainty_ppm; /* 1 sigma, as if all scatter were one slow wander: sqrt(12) jitter over the span */
    double jitter_s;     /* rms of the times about the line */
    double span_s;
};

enum { RATE_LINE_MIN = 8 }; /* points */

/* Sums are of what is off the nominal line, so that nanoseconds are not lost in hours. */
void rate_line_init(struct rate_line *r, double nominal_hz);
/* Sample `index` (lost ones count) at time_ns; indices grow. */
void rate_line_add(struct rate_line *r, int64_t index, int64_t time_ns);
/* False: fewer than RATE_LINE_MIN points, or times that do not grow. */
bool rate_line_measure(const struct rate_line *r, struct rate_found *out);

#endif
