/* schedule.h - when the siren is tested: "wed 11:00", "daily 09:30", "1st 12:00" (of the month), several with
 * commas; "": never. Local time. Pure. */
#ifndef TOCSIN_ALARM_SCHEDULE_H
#define TOCSIN_ALARM_SCHEDULE_H

#include <stdbool.h>

#include "io/error.h"

enum { SCHEDULE_MAX = 8 };

struct schedule_entry {
    int weekday;   /* 0 Sunday .. 6; -1: not by weekday */
    int month_day; /* 1 .. 28; 0: not by the month */
    int minute;    /* of the day */
};

struct schedule {
    int entries;
    struct schedule_entry entry[SCHEDULE_MAX];
};

int schedule_parse(struct schedule *s, const char *text, struct error *err); /* 0, or -1 with err */
/* Is a test due in this minute? Call at least twice a minute; *last is the caller's, -1 at first: each minute
 * answers once. A clock that steps over the minute loses that test, one that steps back may give it twice. */
bool schedule_due(const struct schedule *s, int month_day, int weekday, int minute, int *last);

#endif
