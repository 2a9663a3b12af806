/* country.h - what a country profile says of itself: the words and colours of each level, and how far it was verified.
 *
 * The rest of a profile is configuration like any other: scale, thresholds, languages, tones and the action table. */
#ifndef TOCSIN_NODE_COUNTRY_H
#define TOCSIN_NODE_COUNTRY_H

#include "io/conf.h"

enum country_level {
    COUNTRY_WATCH,
    COUNTRY_WARNING,
    COUNTRY_ALARM,
    COUNTRY_EXERCISE,
    COUNTRY_ENDED,
    COUNTRY_LEVELS
};

struct country_conf {
    char title[CONF_TEXT_MAX];
    char authority[CONF_TEXT_MAX]; /* who alone may warn the public, in words */
    char verified[CONF_TEXT_MAX];  /* what of it was compared with a standard's text */
    char words[COUNTRY_LEVELS][CONF_TEXT_MAX];
    char colours[COUNTRY_LEVELS][CONF_TEXT_MAX]; /* "#rrggbb" */
};

struct conf_table country_conf_table(struct country_conf *conf);
/* After conf_load: colours are six hexadecimal digits behind a #. 0, or -1 with err. */
int country_conf_check(const struct country_conf *conf, struct error *err);

#endif
