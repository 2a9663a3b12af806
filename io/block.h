/* block.h - a run of samples on its way from a sensor or a trace into the pipeline.
 *
 * What a live sensor and a recorded trace have in common. The values of one block are contiguous in time at
 * rate_hz; whatever is missing before it is counted in `lost` (a gap is data, and the filters behind must
 * know). A block's size carries no meaning: every division of a stream into blocks gives the same results.
 * Passed by pointer, owned by the caller, reused; filling it allocates nothing. */
#ifndef TOCSIN_IO_BLOCK_H
#define TOCSIN_IO_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCK_MAX = 256 };

enum unit {
    UNIT_UNKNOWN, /* counts whose scale nobody knows: picked, never decided upon */
    UNIT_MPS2,    /* acceleration, m/s^2 */
    UNIT_MPS,     /* velocity, m/s: differentiated before use */
};

enum { AXIS_Z, AXIS_N, AXIS_E, AXES }; /* the order of value[][]: vertical (up positive) first */

struct block {
    uint32_t sensor;
    uint32_t utc_epoch; /* counts revisions of the mapping from monotonic time to UTC */
    int64_t t_mono_ns;  /* of the first sample; a trace counts from its first sample */
    int64_t t_utc_ns;   /* of the first sample; meaningless unless has_utc */
    bool has_utc;
    enum unit unit;
    unsigned axis_mask; /* bit AXIS_x: that axis is measured; the others hold 0 */
    unsigned clip_mask; /* bit AXIS_x: some sample of it touched the end of the range */
    uint64_t lost;      /* samples missing between the last block and this one */
    double rate_hz;
    size_t n; /* 1..BLOCK_MAX */
    double value[BLOCK_MAX][AXES];
};

enum source_status { /* what one read brought; the end of a trace is no error */
                     SOURCE_BLOCK,
                     SOURCE_END,
                     SOURCE_FAILED, /* the error says why; close the source */
};

#endif
