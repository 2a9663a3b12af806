/* score_tally.h - all judged records as figures with intervals: what the table, the JSON and the plot show.
 */
#ifndef TOCSIN_NODE_SCORE_TALLY_H
#define TOCSIN_NODE_SCORE_TALLY_H

#include "node/bootstrap.h"
#include "node/score_run.h"

enum { SCORE_PICK_ROWS = 6, SCORE_WITHIN = 4, SCORE_LEADS = 3, SCORE_KINDS = 32, SCORE_LEVELS = 3 };
extern const double score_within_s[SCORE_WITHIN]; /* 0.1 0.3 0.5 1.0 */
extern const double score_lead_s[SCORE_LEADS];    /* 1 2 5 */

struct score_pick_row {
    const char *whose; /* "manual", "estimated", "all" */
    bool refined;      /* else: the onset as first declared */
    size_t n;
    struct bootstrap_figure missed, within[SCORE_WITHIN]; /* shares of n */
    struct bootstrap_figure error_s, spread_s;            /* of the hits: median, MAD */
    struct bootstrap_figure declared_s, declared_p90_s;   /* after P */
};

struct score_alarm_row {
    const struct score_alarm *alarm;
    size_t reached;
    struct bootstrap_figure alarmed;               /* of those that reached it */
    struct bootstrap_figure before;                /* of those that left room for a lead (before.n) */
    struct bootstrap_figure at_least[SCORE_LEADS]; /* the same, with so much lead */
    struct bootstrap_figure lead_s;                /* median of those alarmed before */
    struct bootstrap_figure kept;                  /* median share of the lead; not before: 0 */
    struct bootstrap_figure below, near; /* loud, of earthquakes a full class (less than one) below */
};

struct score_quiet_row { /* where a pick is false */
    char name[48];       /* "quiet": noise and what is before an earthquake's P; else the kind */
    size_t records;
    double hours;
    uint64_t false_picks;
    struct bootstrap_figure per_hour;
};

struct score_loud_row { /* where an alarm is false: watch, warning, alarm */
    char name[48];      /* "before the P", "noise", or the kind */
    size_t records;
    double hours;
    struct bootstrap_figure loud[SCORE_LEVELS]; /* records in which it was */
    uint64_t events[SCORE_LEVELS];
};

struct score_settled { /* alarms raised in the settle time: of no row above */
    uint64_t events;
    size_t records; /* in which there were some */
};

struct score_tally {
    size_t records, replayed;
    struct score_pick_row pick[SCORE_PICK_ROWS];
    struct score_alarm_row alarm[SCORE_ALARMS];
    size_t quiets, louds;
    struct score_quiet_row quiet[SCORE_KINDS + 1];
    struct score_loud_row loud[SCORE_KINDS + 2];
    struct score_settled settled[SCORE_ALARMS]; /* of each of score_alarms */
    uint64_t rejects[ONSET_REJECTS];
};

/* 0, or -1: no memory. */
int score_tally(struct score_tally *out, const struct sys *sys, const struct score_record *records, size_t n);

#endif
