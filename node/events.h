/* events.h - what a replay prints: one JSON object a line, schema in docs/schema/, meaning in
 * docs/formats.md.
 *
 * Numbers are rounded so that equal results are equal bytes. Times `_s` count from the first sample that all
 * components share; the same instants as UTC stand beside them where the record knows its time, else null. */
#ifndef TOCSIN_NODE_EVENTS_H
#define TOCSIN_NODE_EVENTS_H

#include <stdio.h>

#include "alarm/alert.h"
#include "dsp/report.h"
#include "io/sys.h"
#include "io/trace.h"
#include "node/pipeline.h"

struct events;

/* Lines go to `out`. NULL: out of memory. */
struct events *events_open(const struct sys *sys, FILE *out);
void events_close(struct events *e); /* NULL is fine */
/* The record that the next lines belong to. */
void events_record(struct events *e, const struct trace_info *info);

void events_onset(struct events *e, const struct report *r);  /* `pick`; refined: the same id again */
void events_reject(struct events *e, const struct report *r); /* `reject` */
void events_alert(struct events *e, const struct alert *a);   /* `alert` */

struct events_summary {
    const struct pipeline_peaks *peaks;
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
void events_summary(struct events *e, const struct events_summary *s);

/* 0, or -1 once a line could not be built or written (errno). */
int events_status(const struct events *e);

#endif
