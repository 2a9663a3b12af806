#include "io/utc.h"

#include <stdio.h>
#include <time.h>

#include <stddef.h>

static bool leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && leap_year(year));
}

/* Days from 1970-01-01 to the first of January. */
static int64_t days_to_year(int year)
{
    int64_t before = year - 1;

    return 365 * (int64_t)(year - 1970) + (before / 4 - before / 100 + before / 400) -
           (1969 / 4 - 1969 / 100 + 1969 / 400);
}

bool utc_from_day_of_year(int64_t *ns, int year, int day, int hour, int minute, int second,
                          int64_t fraction_ns)
{
    if (year < UTC_YEAR_MIN || year > UTC_YEAR_MAX || day < 1 || day > 365 + leap_year(year))
        return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    if (fraction_ns < 0 || fraction_ns >= UTC_SECOND_NS)
        return false;
    int64_t seconds = (days_to_year(year) + day - 1) * 86400 + hour * 3600 + minute * 60 + second;
    *ns = seconds * UTC_SECOND_NS + fraction_ns;
    return true;
}

bool utc_from_date(int64_t *ns, int year, int month, int day, int hour, int minute, int second,
                   int64_t fraction_ns)
{
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    for (int m = 1; m < month; m++)
        day += days_in_month(year, m);
    return utc_from_day_of_year(ns, year, day, hour, minute, second, fraction_ns);
}

/* Between least and most digits at *text, which moves behind them. */
static bool digits(const char **text, int least, int most, int *value)
{
    int n = 0, v = 0;

    for (; n < most && **text >= '0' && **text <= '9'; n++, (*text)++)
        v = v * 10 + (**text - '0');
    *value = v;
    return n >= least;
}

static bool one_of(const char **text, char a, char b)
{
    if (**text != a && **text != b)
        return false;
    (*text)++;
    return true;
}

static int64_t fraction(const char **text)
{
    int64_t ns = 0, unit = UTC_SECOND_NS / 10;

    for (; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
        ns += (**text - '0') * unit;
    return ns;
}

/* Z, +09:00, +0900, -03 or nothing. */
static bool zone(const char **text, int *offset_minutes)
{
    int sign = **text == '-' ? -1 : 1, hours, minutes = 0;

    *offset_minutes = 0;
    if (one_of(text, 'Z', 'z') || !one_of(text, '+', '-'))
        return true;
    if (!digits(text, 2, 2, &hours))
        return false;
    if (one_of(text, ':', ':') || (**text >= '0' && **text <= '9'))
        if (!digits(text, 2, 2, &minutes))
            return false;
    *offset_minutes = sign * (hours * 60 + minutes);
    return hours <= 14 && minutes < 60;
}

static void blanks(const char **text)
{
    while (**text == ' ' || **text == '\t')
        (*text)++;
}

bool utc_parse(const char *text, int64_t *ns)
{
    int year, month, day, hour, minute, second = 0, offset_minutes;
    int64_t fraction_ns = 0, value;

    blanks(&text);
    if (!digits(&text, 4, 4, &year) || !one_of(&text, '-', '/') || !digits(&text, 1, 2, &month))
        return false;
    if (!one_of(&text, '-', '/') || !digits(&text, 1, 2, &day) || !one_of(&text, 'T', ' '))
        return false;
    if (!digits(&text, 1, 2, &hour) || !one_of(&text, ':', ':') || !digits(&text, 2, 2, &minute))
        return false;
    if (one_of(&text, ':', ':')) {
        if (!digits(&text, 1, 2, &second))
            return false;
        if (one_of(&text, '.', '.'))
            fraction_ns = fraction(&text);
    }
    if (!zone(&text, &offset_minutes))
        return false;
    blanks(&text);
    if (*text || !utc_from_date(&value, year, month, day, hour, minute, second, fraction_ns))
        return false;
    *ns = value - offset_minutes * 60 * UTC_SECOND_NS;
    return true;
}

int utc_format(int64_t ns, char *text, size_t room)
{
    int64_t ms = ns / 1000000 + (ns % 1000000 >= 500000) - (ns % 1000000 < -500000);
    time_t second = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm t;

    if (!gmtime_r(&second, &t) || t.tm_year < -900 || t.tm_year > 8099)
        return 0;
    int n = snprintf(text, room, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900, t.tm_mon + 1,
                     t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (int)(ms - (int64_t)second * 1000));
    return n > 0 && (size_t)n < room ? n : 0;
}
