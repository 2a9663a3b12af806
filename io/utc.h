/* utc.h - calendar dates and the text of a time, as int64 nanoseconds of UTC since 1970.
 *
 * For the readers of trace formats, whose headers give dates in every shape. Years 1800 to 2200, so that no
 * sum of what a file says can overflow; leap seconds are not counted (second 60 is taken as the second after
 * 59), as in the system's own clock. No allocation, no locale, no time zone data base. */
#ifndef TOCSIN_IO_UTC_H
#define TOCSIN_IO_UTC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTC_YEAR_MIN = 1900, UTC_YEAR_MAX = 2100 };
#define UTC_SECOND_NS INT64_C(1000000000)

/* False, *ns untouched, where the date or the time of day does not exist. fraction_ns is 0 to 999999999. */
bool utc_from_date(int64_t *ns, int year, int month, int day, int hour, int minute, int second,
                   int64_t fraction_ns);
/* The same from the day of the year, 1 to 365 or 366. */
bool utc_from_day_of_year(int64_t *ns, int year, int day, int hour, int minute, int second,
                          int64_t fraction_ns);
/* "2024-01-24T10:51:28.005Z": also with '/' between the date's parts, a blank for the T, without the seconds
 * or their fraction, and with an offset such as +09:00 for the Z. Without either it is UTC. Digits beyond the
 * nanosecond are dropped. The whole text must be the time (blanks around it are fine); else false and *ns
 * untouched. */
bool utc_parse(const char *text, int64_t *ns);
/* "2024-01-24T10:51:28.005Z", rounded to the millisecond. Returns its length, 0 where room is too small or
 * the year is not one of four digits. */
int utc_format(int64_t ns, char *text, size_t room);

#endif
