/* voice.h - what is said: the prompts, the languages, and which instruction fits the place.
 *
 * A prompt is a whole sentence in a file of its own, <folder>/<language>/<prompt>.wav: words that are glued
 * together at run time are hard to understand in a siren's pause. The texts stand in alarm/voice.txt, are
 * rendered by espeak-ng when the program is built, and each can be replaced by a recording of the same name,
 * which is what the literature recommends. Pure: names and choices; alarm/sounds.h loads the files. */
#ifndef TOCSIN_ALARM_VOICE_H
#define TOCSIN_ALARM_VOICE_H

#include <stddef.h>

#include "alarm/siren_conf.h"

enum voice_prompt {
    PROMPT_ALARM_WORD, /* the imperative, begins within 1 s of the decision */
    PROMPT_WARNING_WORD,
    PROMPT_SOURCE_LOCAL,
    PROMPT_SOURCE_PEER,
    PROMPT_SOURCE_OFFICIAL,
    PROMPT_INSTRUCT_INDOORS,
    PROMPT_INSTRUCT_HOUSE_GROUND,
    PROMPT_INSTRUCT_WEAK_GROUND,
    PROMPT_INSTRUCT_WEAK_FLOOR,
    PROMPT_INSTRUCT_TOWER,
    PROMPT_INSTRUCT_SCHOOL,
    PROMPT_INSTRUCT_HOSPITAL,
    PROMPT_INSTRUCT_FACTORY,
    PROMPT_INSTRUCT_HALL,
    PROMPT_INSTRUCT_COURTYARD,
    PROMPT_INSTRUCT_BASEMENT,
    PROMPT_SECONDS_5,
    PROMPT_SECONDS_10,
    PROMPT_SECONDS_20,
    PROMPT_SECONDS_30,
    PROMPT_SECONDS_60,
    PROMPT_EXERCISE_FIRST,
    PROMPT_EXERCISE_LAST,
    PROMPT_CANCEL_WORD,
    PROMPT_CANCEL_LOCAL,
    PROMPT_CANCEL_OFFICIAL,
    PROMPT_ENDED_WORD,
    PROMPT_ENDED_CALM,
    PROMPT_ENDED_SEVERE,
    PROMPT_MAXIMUM_1, /* .. 12 follow each other */
    PROMPT_MAXIMUM_12 = PROMPT_MAXIMUM_1 + 11,
    PROMPT_TEST,
    PROMPT_UNFIT,
    PROMPT_COUNT
};

enum voice_language { LANGUAGE_ZH, LANGUAGE_EN, LANGUAGE_JA, LANGUAGE_ES, LANGUAGE_COUNT };

const char *voice_prompt_name(enum voice_prompt prompt); /* "alarm_word": the file's name without .wav */
const char *voice_language_name(enum voice_language language); /* "zh" */

/* "zh, en": 1 .. LANGUAGE_COUNT languages, none twice, in order; returns how many, 0 with "" or -1 with err. */
int voice_languages(enum voice_language to[LANGUAGE_COUNT], const char *list, struct error *err);

/* One sentence is wrong for a courtyard and a tower alike. */
enum voice_prompt voice_instruction(enum voice_building building, enum voice_place place);
/* The largest of 5, 10, 20, 30 and 60 s that is not more than what is left; PROMPT_COUNT: too late to say. */
enum voice_prompt voice_countdown(double left_s);
/* Intensity 1 .. 12, rounded; PROMPT_COUNT: not known or below 0.5. */
enum voice_prompt voice_maximum(double intensity);

#endif
