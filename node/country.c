#include "node/country.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define OWN "own choice, of no standard"
#define ROW(key, member, initial, help, source)                                                              \
    {                                                                                                        \
        key, CONF_TEXT, offsetof(struct country_conf, member), 0, initial, 0, 0, NULL, help, source          \
    }

static const struct conf_row rows[] = {
    ROW("country.title", title, "", "what the country profile is for, in words", NULL),
    ROW("country.authority", authority, "", "who alone may warn the public there, in words", NULL),
    ROW("country.verified", verified, "", "what of the profile was compared with a standard's text", NULL),
    ROW("words.watch", words[COUNTRY_WATCH], "Earthquake seen", "the level watch, for people", OWN),
    ROW("words.warning", words[COUNTRY_WARNING], "Earthquake warning", "the level warning, for people", OWN),
    ROW("words.alarm", words[COUNTRY_ALARM], "Earthquake alarm", "the level alarm, for people", OWN),
    ROW("words.exercise", words[COUNTRY_EXERCISE], "Drill", "an exercise, for people", OWN),
    ROW("words.ended", words[COUNTRY_ENDED], "Shaking has ended", "the end, for people", OWN),
    ROW("colours.watch", colours[COUNTRY_WATCH], "#1f6feb", "colour of the level watch", OWN),
    ROW("colours.warning", colours[COUNTRY_WARNING], "#f29d00", "colour of the level warning", OWN),
    ROW("colours.alarm", colours[COUNTRY_ALARM], "#c8102e", "colour of the level alarm", OWN),
    ROW("colours.exercise", colours[COUNTRY_EXERCISE], "#7b3fa0", "colour of an exercise", OWN),
    ROW("colours.ended", colours[COUNTRY_ENDED], "#2e7d32", "colour of the end", OWN),
};
static const char *const level_name[COUNTRY_LEVELS] = {"watch", "warning", "alarm", "exercise", "ended"};

struct conf_table country_conf_table(struct country_conf *conf)
{
    return (struct conf_table){.row = rows, .rows = sizeof rows / sizeof *rows, .target = conf};
}

static int is_colour(const char *text)
{
    if (strlen(text) != 7 || text[0] != '#')
        return 0;
    for (int i = 1; i < 7; i++)
        if (!isxdigit((unsigned char)text[i]))
            return 0;
    return 1;
}

int country_conf_check(const struct country_conf *conf, struct error *err)
{
    for (int i = 0; i < COUNTRY_LEVELS; i++) {
        if (!is_colour(conf->colours[i]))
            return error_set(err, "colours.%s is \"%.20s\"; want \"#rrggbb\"", level_name[i],
                             conf->colours[i]);
        if (!conf->words[i][0])
            return error_set(err, "words.%s: a level needs a word", level_name[i]);
    }
    return 0;
}
