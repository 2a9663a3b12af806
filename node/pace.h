/* pace.h - a record in the time of the clock: as it happened, or so many times as fast. */
#ifndef TOCSIN_NODE_PACE_H
#define TOCSIN_NODE_PACE_H

#include <stddef.h>
#include <stdint.h>

#include "io/sys.h"

struct pace {
    const struct sys *sys;
    double speed;     /* > 0 */
    int64_t began_ns; /* the record's time zero on the monotonic clock; 0: not begun */
};

/* When what has time_s in the record is due; the first call after began_ns = 0 begins it. */
int64_t pace_due_ns(struct pace *p, double time_s);
/* Sleeps until then. */
void pace_wait(struct pace *p, double time_s);
/* Samples of a block, so that none comes more than 0.1 s of the clock after the time at which it was sampled. At most `most`. */
size_t pace_block(const struct pace *p, double rate_hz, size_t most);

#endif
