/* page_data.h - what a page remembers; shared by page.c (gathers) and page_write.c (writes it out). */
#ifndef TOCSIN_NODE_PAGE_DATA_H
#define TOCSIN_NODE_PAGE_DATA_H

#include <stdio.h>

#include "node/events.h"
#include "node/page.h"
#include "node/page_track.h"
#include "node/plot_spectra.h"

/* Columns of a step, in the order of page_step_name[]. */
enum page_column {
    PAGE_STA_LTA,
    PAGE_STATISTIC,
    PAGE_OBSERVED,
    PAGE_SO_FAR,
    PAGE_PREDICTED,
    PAGE_MU,
    PAGE_SIGMA,
    PAGE_P, /* ALERT_THRESHOLDS of them */
    PAGE_S_PROBABILITY = PAGE_P + ALERT_THRESHOLDS,
    PAGE_SNR,
    PAGE_PD_1HZ,
    PAGE_PD,
    PAGE_TAU_C,
    PAGE_TAU_P,
    PAGE_PA,
    PAGE_PV,
    PAGE_IV2,
    PAGE_CAV,
    PAGE_ARIAS,
    PAGE_HV,
    PAGE_S_GROWTH,
    PAGE_HIGH,
    PAGE_LOW,
    PAGE_SPECTRUM_SNR,
    PAGE_CENTROID,
    PAGE_NOISE,
    PAGE_JMA,
    PAGE_GUARDS, /* bit k: alert_reason_kind k holds back or limits this step */
    PAGE_COLUMNS
};
extern const char *const page_step_name[PAGE_COLUMNS];

struct page_offset { /* of an axis: float holds what remains */
    bool known;
    double base;     /* the first sample */
    double mean_sum; /* of the first seconds, gravity and the sensor's offset, over the base */
    size_t mean_n;
};

struct page {
    const struct sys *sys;
    char path[512];
    int fd;
    struct policy_conf policy;
    double settle_s;
    const struct trace_info *info;
    struct replay_sink next;
    struct track wave, steps;
    struct page_offset offset[AXES];
    struct plot_spectra spectra;
    FILE *lines; /* the events as printed, in a temporary file */
    struct events *events;
    struct replay_sink events_sink;
    long picks, rejects, alerts; /* seen */
};

/* What lies between page_head and page_tail, for tests too: 0, or -1 and errno. */
int page_write_data(struct page *p, int fd);

#endif
