/* bootstrap.h - how far a figure from a few earthquakes can be trusted: 95 % intervals.
 *
 * Records of one earthquake are not independent, so whole groups are drawn, with replacement, BOOTSTRAP_DRAWS
 * times; the interval holds the middle 95 % of the figure. Where all or none of n groups hit, a bootstrap
 * sees no spread: then the interval is the exact one-sided bound, 0.05^(1/n), which the rule of three (1 -
 * 3/n) approximates; a rate without a single event in h hours is below 3.0/h. The generator is our own and
 * starts from the same seed each time: equal input gives equal output. */
#ifndef TOCSIN_NODE_BOOTSTRAP_H
#define TOCSIN_NODE_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include "io/sys.h"

enum { BOOTSTRAP_DRAWS = 2000, BOOTSTRAP_GROUPS_MIN = 5 };

struct bootstrap_figure { /* all NAN without data */
    double value;
    double low, high; /* NAN: too few groups for an interval */
    size_t n, groups;
};

/* Of n values, each belonging to a group; weight NULL but for the ratio. */
enum bootstrap_statistic {
    BOOTSTRAP_SHARE,  /* mean of values that are 0 or 1 */
    BOOTSTRAP_MEDIAN, /* the middle, or the mean of the two in the middle */
    BOOTSTRAP_P90,    /* sorted[floor(0.9 n)] */
    BOOTSTRAP_MAD,    /* median distance from the median */
    BOOTSTRAP_RATE    /* sum of values (counts) over sum of weights */
};

double bootstrap_statistic(enum bootstrap_statistic what, const double *value, const double *weight, size_t n,
                           double *scratch);

/* 0 and *out, or -1: no memory. */
int bootstrap(struct bootstrap_figure *out, const struct sys *sys, enum bootstrap_statistic what,
              const double *value, const double *weight, const size_t *group, size_t n);

struct bootstrap_random { /* splitmix64, after Steele, Lea and Flood 2014 (constants from memory) */
    uint64_t state;
};
uint64_t bootstrap_next(struct bootstrap_random *r);
size_t bootstrap_below(struct bootstrap_random *r, size_t n); /* 0 .. n - 1; n < 2^32 */

#endif
