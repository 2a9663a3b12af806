/* score_run.h - replays every record of catalogues, on all cores, and judges each.
 *
 * One thread takes one record at a time, the longest first; what comes out does not depend on how many
 * threads there are. An archive is unpacked by whoever takes its record. */
#ifndef TOCSIN_NODE_SCORE_RUN_H
#define TOCSIN_NODE_SCORE_RUN_H

#include "dsp/report.h"
#include "io/catalogue.h"
#include "node/detection_conf.h"
#include "node/score.h"

struct score_record {
    const struct catalogue_row *row;
    size_t event; /* records of one earthquake share it; counts from 0 */
    struct score_known known;
    bool replayed;
    struct error why; /* it was not */
    double rate_hz, duration_s;
    char format[24];  /* the reader's name */
    const char *note; /* of its trace: what to know before trusting it; NULL: nothing */
    struct score_given given;
    int64_t rejects[ONSET_REJECTS];
    struct score_judged judged; /* replayed only */
    struct score_pick *pick;    /* what given points into; owned */
    struct score_alert *alert;
};

struct score_run_conf {
    double settle_s;
    unsigned jobs; /* at least 1 */
    void (*tell)(void *ctx, size_t done,
                 size_t of); /* after each record, one thread at a time; NULL: never */
    void *ctx;
};

/* `records`, zeroed but for row, are filled. 0, or -1 with err: no thread, no memory. score_run_free in
 * either case. */
int score_run(const struct sys *sys, const struct detection_conf *conf, const struct score_run_conf *how,
              struct score_record *records, size_t n, struct error *err);
void score_run_free(const struct sys *sys, struct score_record *records, size_t n);

/* Numbers the earthquakes: records whose origin (or first sample, where that is unknown) lies within a minute
 * of another's belong to one event; a record without a time is one of its own. 0, or -1: no memory. */
int score_group(const struct sys *sys, struct score_record *records, size_t n);

#endif
