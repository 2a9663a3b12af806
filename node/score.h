/* score.h - what the replay of a catalogued record was worth: pure functions of what is known about the
 * record and of what its replay gave. No files, no clock, no memory.
 *
 * Picks. A hit is the first pick with its onset in [P - 2 s, P + 5 s]; its error is onset less P. An onset is
 * judged twice: as first declared, and as it stands after refinement. Picks before P - 2 s, and every pick in
 * a record without an earthquake, are false.
 *
 * Alarms. The observed intensity (GB/T 17742-2020, largest within the record) says what a record reached, and
 * when. An alarm counts for the earthquake from P - 2 s on; earlier ones are false. Its lead is the time from
 * it to the moment at which the ground itself reached the intensity; the share of the lead is that over what
 * an alarm at the P would have had, and is judged only where that is SCORE_LEAD_MIN_S or more.
 *
 * The settle time. What it raises is neither a hit nor false, since the motion was mirrored, not recorded; how
 * many events did is counted apart, however long they last and whether or not the record can be judged. */
#ifndef TOCSIN_NODE_SCORE_H
#define TOCSIN_NODE_SCORE_H

#include "alarm/alert.h"

#define SCORE_BEFORE_P_S   2.0 /* a pick is a hit from so long before the P ... */
#define SCORE_BEHIND_P_S   5.0 /* ... to so long behind it */
#define SCORE_QUIET_MIN_S  1.5 /* quiet to mirror; with less the detector has not listened */
#define SCORE_LEAD_MIN_S   1.0
#define SCORE_SETTLE_MAX_S 60.0

enum { SCORE_ALARMS = 5 };

/* What is awaited of a record that reaches an intensity: a level, or (the last) the decision on that very
 * threshold, which has no level of its own. */
struct score_alarm {
    double intensity;
    int crossed;            /* index into crossed_s of a summary */
    enum alert_level level; /* ALERT_NONE: the policy's fourth threshold instead */
    const char *name;
    bool own; /* false: the level stands for a lower intensity, whose row says when it is false */
};
extern const struct score_alarm score_alarms[SCORE_ALARMS];

enum score_class { SCORE_QUAKE, SCORE_TELESEISM, SCORE_NOISE, SCORE_ACTIVITY };
/* Of a catalogue's kind: "quake", "teleseism", "noise"; every other kind is activity. */
enum score_class score_class_of(const char *kind);

/* How much of a record's beginning is mirrored in front: up to 1 s before the P, at most 60 s; 0.7 P where P
 * <= 3 s, at least 0.1 s. Without an earthquake the record's length decides. 0, nothing at all, where an
 * earthquake's P is unknown: such records mostly begin within the shaking. */
double score_quiet_s(enum score_class class, double p_s, double end_s);

struct score_known { /* from the catalogue */
    enum score_class class;
    double p_s; /* after the first sample; NAN: none */
    double end_s;
    double quiet_s;
};

struct score_pick {
    uint32_t id;
    double first_s, refined_s; /* onset as declared, and as known in the end */
    double declared_s;         /* negative: within the settle time */
};

struct score_alert {
    double time_s; /* negative: within the settle time */
    uint32_t event;
    bool loud[SCORE_ALARMS]; /* does it raise what score_alarms[i] awaits? */
};

struct score_given { /* by the replay; picks and alerts in order of time */
    const struct score_pick *pick;
    size_t picks;
    const struct score_alert *alert;
    size_t alerts;
    bool scale_known;
    double observed_s; /* for how long the intensity was known */
    double intensity;
    double crossed_s[ALERT_THRESHOLDS]; /* when 3, 4, 5, 6 were reached; NAN: never */
};

struct score_hit {
    bool hit;
    double error_s, declared_s; /* after P; NAN without a hit */
};

struct score_outcome {   /* of one of score_alarms */
    bool reached;        /* an earthquake's record of that intensity */
    bool judged;         /* ... that left room for a lead */
    bool before;         /* ... and was alarmed before it got there */
    double alarm_s;      /* first alarm from P - 2 s on; NAN: none */
    double lead_s, kept; /* NAN unless judged; 0 where not before */
    bool below, near;    /* known intensity, a full class or more below; less than a class below */
    bool loud;           /* any alarm at all in the record */
    uint32_t events;     /* of the policy that became loud */
    uint32_t early;      /* of them before P - 2 s */
    uint32_t settled;    /* events that were loud in the settle time: not among the above */
};

struct score_judged {
    const char *picks_why;           /* NULL: picks are judged; else why not */
    const char *alarms_why;          /* likewise */
    struct score_hit refined, first; /* picks_why NULL and an earthquake */
    uint32_t picks;                  /* outside the settle time */
    uint32_t false_picks;
    double exposure_s; /* in which they could be */
    struct score_outcome alarm[SCORE_ALARMS];
};

void score_judge(struct score_judged *out, const struct score_known *known, const struct score_given *given);

/* Was score_alarms[i] raised where it should not be: a full class below, in noise or activity, before the P?
 */
bool score_is_false(const struct score_known *known, const struct score_judged *judged, int i);

/* For sorting, worst first: a missed alarm, then a false one, a missed pick, a bad one, false picks. */
double score_badness(const struct score_known *known, const struct score_judged *judged);

#endif
