/* replay.h - one record of a trace through pipeline and policy: the node with a file for a sensor.
 *
 * What `tocsin replay` does for each record, without its command line. */
#ifndef TOCSIN_NODE_REPLAY_H
#define TOCSIN_NODE_REPLAY_H

#include "alarm/evidence.h"
#include "dsp/report.h"
#include "io/trace.h"
#include "node/detection_conf.h"
#include "node/pipeline.h"
#include "node/plot.h"

struct replay_summary { /* of the record as a whole */
    struct pipeline_peaks peaks;
    double duration_s; /* lost samples counted */
    uint64_t overlapped, not_finite;
    bool scale_known;
    /* maxima after the settle time, from when the intensity filters had settled */
    struct intensity_motion motion;
    double observed_s; /* how much of the record they cover */
    double peak_s;     /* time of the largest intensity-band acceleration */
    double
        crossed_s[ALERT_THRESHOLDS]; /* when observed GB/T intensity first reached 3, 4, 5, 6; NAN: never */
    double level_s[4];               /* when the level was first reached; NAN */
    struct window_report window;     /* the strongest onset's; onset_id 0: none */
    uint32_t picks, alerts;
    int64_t rejects[ONSET_REJECTS];
    double first_onset_s, first_declared_s; /* NAN: none */
};

struct replay_step { /* every 0.1 s */
    const struct report *report;
    double statistic;                /* the declaring one over its threshold */
    const struct evidence *evidence; /* NULL: none (unknown scale) */
    const struct alert *event;       /* as it stands now; NULL: none is open */
};

/* Whoever wants to know. Called in this order, from the thread that replays: `record` once, then the others
 * as they come, `summary` once at the end of a record that could be read. A NULL callback is not called. What
 * they are handed is valid only during the call, but for `info`, which lives as long as the trace. */
struct replay_sink {
    void *ctx;
    void (*record)(void *ctx, const struct trace_info *info);
    void (*onset)(void *ctx, const struct report *report); /* REPORT_ONSET, later REPORT_REFINED */
    void (*reject)(void *ctx, const struct report *report);
    void (*alert)(void *ctx, const struct alert *alert);
    void (*summary)(void *ctx, const struct replay_summary *summary);
    void (*block)(void *ctx, double time_s,
                  const struct block *block);                /* as read; what it brings comes next */
    void (*step)(void *ctx, const struct replay_step *step); /* after the alerts that it brought */
};

struct replay_live { /* what makes it happen rather than be worked out */
    void *ctx;
    /* Before a block whose last sample is at time_s goes in. False: the record ends before it. NULL: never called. */
    bool (*wait)(void *ctx, double time_s);
    /* Every report, before anything else is told of it, those of the settle time too. NULL: never called. */
    void (*report)(void *ctx, const struct report *report);
    enum alert_status status; /* of the alerts that the sink is handed */
};

struct replay_progress { /* called now and then; NULL: never */
    void (*tell)(void *ctx, double time_s);
    void *ctx;
    const struct replay_live *live; /* NULL: as fast as the machine can, alerts as they were */
};

/* Replays record `record` of the trace in blocks of at most block_max samples. What it gives goes to
 * `sink` as it comes, the picture's data to `plot` (NULL: none). 0, or -1 with err (no summary then). Several
 * threads may replay at once, each a trace of its own. */
int replay_record(struct trace *trace, size_t record, const struct detection_conf *conf, size_t block_max,
                  const struct sys *sys, const struct replay_sink *sink, struct plot *plot,
                  const struct replay_progress *progress, struct error *err);

#endif
