/* pipeline.h - from blocks to reports: the one road that every sample takes, live or replayed.
 *
 * block -> calibration -> full-rate peaks -> velocity differentiated -> decimation of rates above 250 Hz ->
 * settle time of a replay -> dsp/chain. A gap is passed on as a gap. Times: reports count seconds after the
 * first sample of the stream (negative inside the settle time); onsets are corrected for the delay of
 * differentiation and decimation, times at which something was known are not. pipeline_open takes all memory;
 * feeding allocates nothing. Each object belongs to one thread; any threads may open and close theirs. */
#ifndef TOCSIN_NODE_PIPELINE_H
#define TOCSIN_NODE_PIPELINE_H

#include "calibration/calibration.h"
#include "dsp/chain.h"
#include "io/block.h"
#include "io/error.h"
#include "io/sys.h"

struct pipeline_conf {
    struct chain_conf chain;
    double settle_s, quiet_s; /* of a replay; 0: none */
    double bridge_s;          /* holes no longer than this are bridged, not told as gaps */
    double range_mps2;        /* end of the sensor's range where the input does not know it; 0: unknown */
};

struct pipeline_input {
    double rate_hz;
    enum unit unit;
    unsigned axis_mask;
    double lsb[AXES];
    double range_mps2;
    struct calibration calibration;
    uint32_t sensor;
};

struct pipeline_peaks { /* at the full rate, before any filter but the removal of the mean of the first 4 s */
    double axis_mps2[AXES], vector_mps2;
    uint64_t samples, lost;
};

typedef void (*pipeline_sink)(void *ctx, const struct report *report);

struct pipeline;

/* 0 and *out for pipeline_close, or -1 with err. sink: called from pipeline_feed and _end for every report.
 */
int pipeline_open(struct pipeline **out, const struct sys *sys, const struct pipeline_conf *conf,
                  const struct pipeline_input *input, pipeline_sink sink, void *ctx, struct error *err);
void pipeline_close(struct pipeline *p); /* NULL is fine */
void pipeline_feed(struct pipeline *p, const struct block *block);
void pipeline_end(struct pipeline *p); /* what is still held back goes through */

double pipeline_rate_hz(const struct pipeline *p); /* of the detection stream */
double pipeline_delay_s(const struct pipeline *p); /* of differentiation and decimation */
const struct chain *pipeline_chain(const struct pipeline *p);
struct pipeline_peaks pipeline_peaks(const struct pipeline *p);

#endif
