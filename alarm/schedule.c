#include "alarm/schedule.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static bool day_parse(struct schedule_entry *e, const char *word)
{
    int number, length = 0;

    *e = (struct schedule_entry){.weekday = -1};
    if (strcmp(word, "daily") == 0)
        return true;
    for (int i = 0; i < 7; i++)
        if (strcmp(word, days[i]) == 0) {
            e->weekday = i;
            return true;
        }
    if (!isdigit((unsigned char)word[0]) || sscanf(word, "%2d%n", &number, &length) != 1 || number < 1 ||
        number > 28)
        return false;
    e->month_day = number;
    word += length;
    return strcmp(word, "st") == 0 || strcmp(word, "nd") == 0 || strcmp(word, "rd") == 0 ||
           strcmp(word, "th") == 0;
}

static bool digits2(const char *at)
{
    return isdigit((unsigned char)at[0]) && isdigit((unsigned char)at[1]);
}

static int two(const char *at)
{
    return (at[0] - '0') * 10 + at[1] - '0';
}

static bool entry_parse(struct schedule_entry *e, const char *text)
{
    char day[8], time[8];
    int end = 0;

    if (sscanf(text, " %7s %7s %n", day, time, &end) != 2 || text[end] || !day_parse(e, day))
        return false;
    if (strlen(time) != 5 || time[2] != ':' || !digits2(time) || !digits2(time + 3) || two(time) > 23 ||
        two(time + 3) > 59)
        return false;
    e->minute = two(time) * 60 + two(time + 3);
    return true;
}

int schedule_parse(struct schedule *s, const char *text, struct error *err)
{
    *s = (struct schedule){0};
    if (text[strspn(text, " ")] == '\0')
        return 0;
    for (;;) {
        size_t n = strcspn(text, ",");
        char one[32];

        if (n >= sizeof one || s->entries == SCHEDULE_MAX)
            return error_set(err, "a schedule is at most %d times with commas, like \"wed 11:00\"",
                             SCHEDULE_MAX);
        memcpy(one, text, n);
        one[n] = '\0';
        if (!entry_parse(&s->entry[s->entries], one))
            return error_set(err,
                             "'%s' is no time of a schedule: \"daily 09:30\", \"wed 11:00\" or \"1st 12:00\""
                             " (1st to 28th)",
                             one);
        s->entries++;
        if (!text[n])
            return 0;
        text += n + 1;
    }
}

static bool matches(const struct schedule_entry *e, int month_day, int weekday, int minute)
{
    return e->minute == minute && (e->weekday < 0 || e->weekday == weekday) &&
           (e->month_day == 0 || e->month_day == month_day);
}

bool schedule_due(const struct schedule *s, int month_day, int weekday, int minute, int *last)
{
    bool due = false;

    if (minute == *last)
        return false;
    *last = minute;
    for (int i = 0; i < s->entries; i++)
        due = due || matches(&s->entry[i], month_day, weekday, minute);
    return due;
}
