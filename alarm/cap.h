/* cap.h - an alert as CAP 1.2 (OASIS Common Alerting Protocol), for whoever reads that rather than our JSON.
 *
 * A pure function into the caller's memory: no allocation, no clock, no state; any thread may call. What each field
 * says and why: docs/messages.md, "CAP". */
#ifndef TOCSIN_ALARM_CAP_H
#define TOCSIN_ALARM_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alarm/alert.h"

enum {
    CAP_MAX = 32768, /* bytes that always suffice for CAP_REFERENCES_MAX and texts as of alarm/message.h */
    CAP_REFERENCES_MAX = 64,
    CAP_LANGUAGES = 4, /* English, Chinese, Japanese, Spanish; bit i of `languages` */
};

enum cap_kind {
    CAP_ALERT,     /* msgType Alert */
    CAP_UPDATE,    /* Update */
    CAP_CANCEL,    /* Cancel: it did not come */
    CAP_ENDED,     /* Update: the ground is quiet again, nobody has said that it is safe */
    CAP_ALL_CLEAR, /* Update with AllClear: a named person's word */
    CAP_KINDS
};

/* An earlier message of the event. */
struct cap_reference {
    const char *identifier;
    int64_t sent_utc_s;
};

struct cap {
    enum cap_kind kind;
    enum alert_status status;
    enum alert_level level;
    enum alert_basis basis;
    int reached;        /* thresholds, as in struct alert */
    double p;           /* of the highest threshold reached; for basis ALERT_PREDICTED */
    const char *sender; /* these three without blank, comma, < and & */
    const char *identifier;
    const char *incident; /* the event's id */
    int64_t sent_utc_s, onset_utc_s;
    int expires_s; /* after sent */
    bool clock_good;
    const char *note;      /* who and why; NULL: none */
    const char *authority; /* who allowed public scope; NULL or "": scope Restricted */
    const char *site_name;
    bool has_position;
    double latitude_deg, longitude_deg, radius_km;
    double intensity; /* to be reached, or observed; NaN: none */
    const char *scale;
    unsigned languages;                    /* 0: all */
    const struct cap_reference *reference; /* all earlier ones */
    int references;                        /* none with CAP_ALERT, 1 to CAP_REFERENCES_MAX with all others */
};

/* The document and a NUL. Returns its length; 0 and "" where room is too small, a reference is missing or too many, a
 * name has a letter that CAP forbids, a position is none, or a time is not between the years 2020 and 2099: with an unknown clock there is no
 * CAP, because `sent` is part of every later reference and must not be a guess. */
size_t cap_write(const struct cap *cap, char *text, size_t room);

#endif
