#include "alarm/voice.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static const char *const prompts[PROMPT_COUNT] = {
    [PROMPT_ALARM_WORD] = "alarm_word",
    [PROMPT_WARNING_WORD] = "warning_word",
    [PROMPT_SOURCE_LOCAL] = "source_local",
    [PROMPT_SOURCE_PEER] = "source_peer",
    [PROMPT_SOURCE_OFFICIAL] = "source_official",
    [PROMPT_INSTRUCT_INDOORS] = "instruct_indoors",
    [PROMPT_INSTRUCT_HOUSE_GROUND] = "instruct_house_ground",
    [PROMPT_INSTRUCT_WEAK_GROUND] = "instruct_weak_ground",
    [PROMPT_INSTRUCT_WEAK_FLOOR] = "instruct_weak_floor",
    [PROMPT_INSTRUCT_TOWER] = "instruct_tower",
    [PROMPT_INSTRUCT_SCHOOL] = "instruct_school",
    [PROMPT_INSTRUCT_HOSPITAL] = "instruct_hospital",
    [PROMPT_INSTRUCT_FACTORY] = "instruct_factory",
    [PROMPT_INSTRUCT_HALL] = "instruct_hall",
    [PROMPT_INSTRUCT_COURTYARD] = "instruct_courtyard",
    [PROMPT_INSTRUCT_BASEMENT] = "instruct_basement",
    [PROMPT_SECONDS_5] = "seconds_5",
    [PROMPT_SECONDS_10] = "seconds_10",
    [PROMPT_SECONDS_20] = "seconds_20",
    [PROMPT_SECONDS_30] = "seconds_30",
    [PROMPT_SECONDS_60] = "seconds_60",
    [PROMPT_EXERCISE_FIRST] = "exercise_first",
    [PROMPT_EXERCISE_LAST] = "exercise_last",
    [PROMPT_CANCEL_WORD] = "cancel_word",
    [PROMPT_CANCEL_LOCAL] = "cancel_local",
    [PROMPT_CANCEL_OFFICIAL] = "cancel_official",
    [PROMPT_ENDED_WORD] = "ended_word",
    [PROMPT_ENDED_CALM] = "ended_calm",
    [PROMPT_ENDED_SEVERE] = "ended_severe",
    [PROMPT_MAXIMUM_1] = "maximum_1",
    [PROMPT_MAXIMUM_1 + 1] = "maximum_2",
    [PROMPT_MAXIMUM_1 + 2] = "maximum_3",
    [PROMPT_MAXIMUM_1 + 3] = "maximum_4",
    [PROMPT_MAXIMUM_1 + 4] = "maximum_5",
    [PROMPT_MAXIMUM_1 + 5] = "maximum_6",
    [PROMPT_MAXIMUM_1 + 6] = "maximum_7",
    [PROMPT_MAXIMUM_1 + 7] = "maximum_8",
    [PROMPT_MAXIMUM_1 + 8] = "maximum_9",
    [PROMPT_MAXIMUM_1 + 9] = "maximum_10",
    [PROMPT_MAXIMUM_1 + 10] = "maximum_11",
    [PROMPT_MAXIMUM_1 + 11] = "maximum_12",
    [PROMPT_TEST] = "test",
    [PROMPT_UNFIT] = "unfit",
};
static const char *const languages[LANGUAGE_COUNT] = {"zh", "en", "ja", "es"};

/* Rows as in enum voice_building: on the ground, on a floor, in a basement. */
static const enum voice_prompt instructions[][3] = {
    [BUILDING_GENERIC] = {PROMPT_INSTRUCT_INDOORS, PROMPT_INSTRUCT_INDOORS, PROMPT_INSTRUCT_BASEMENT},
    [BUILDING_HOUSE] = {PROMPT_INSTRUCT_HOUSE_GROUND, PROMPT_INSTRUCT_INDOORS, PROMPT_INSTRUCT_BASEMENT},
    [BUILDING_WEAK] = {PROMPT_INSTRUCT_WEAK_GROUND, PROMPT_INSTRUCT_WEAK_FLOOR, PROMPT_INSTRUCT_BASEMENT},
    [BUILDING_TOWER] = {PROMPT_INSTRUCT_TOWER, PROMPT_INSTRUCT_TOWER, PROMPT_INSTRUCT_BASEMENT},
    [BUILDING_SCHOOL] = {PROMPT_INSTRUCT_SCHOOL, PROMPT_INSTRUCT_SCHOOL, PROMPT_INSTRUCT_BASEMENT},
    [BUILDING_HOSPITAL] = {PROMPT_INSTRUCT_HOSPITAL, PROMPT_INSTRUCT_HOSPITAL, PROMPT_INSTRUCT_HOSPITAL},
    [BUILDING_FACTORY] = {PROMPT_INSTRUCT_FACTORY, PROMPT_INSTRUCT_FACTORY, PROMPT_INSTRUCT_FACTORY},
    [BUILDING_HALL] = {PROMPT_INSTRUCT_HALL, PROMPT_INSTRUCT_HALL, PROMPT_INSTRUCT_HALL},
    [BUILDING_COURTYARD] = {PROMPT_INSTRUCT_COURTYARD, PROMPT_INSTRUCT_COURTYARD, PROMPT_INSTRUCT_COURTYARD},
};

const char *voice_prompt_name(enum voice_prompt prompt)
{
    return prompts[prompt];
}

const char *voice_language_name(enum voice_language language)
{
    return languages[language];
}

static int language_find(const char *word, size_t n)
{
    for (int k = 0; k < LANGUAGE_COUNT; k++)
        if (strlen(languages[k]) == n && memcmp(languages[k], word, n) == 0)
            return k;
    return -1;
}

static bool among(const enum voice_language *list, int n, int language)
{
    for (int i = 0; i < n; i++)
        if ((int)list[i] == language)
            return true;
    return false;
}

int voice_languages(enum voice_language to[LANGUAGE_COUNT], const char *list, struct error *err)
{
    int n = 0;

    for (const char *at = list + strspn(list, ", "); *at; at += strspn(at, ", ")) {
        size_t length = strcspn(at, ", ");
        int language = language_find(at, length);

        if (language < 0)
            return error_set(err, "voice.languages: '%.*s' is none of zh, en, ja, es", (int)(length & 63),
                             at);
        if (among(to, n, language))
            return error_set(err, "voice.languages: '%s' stands twice", languages[language]);
        to[n++] = (enum voice_language)language;
        at += length;
    }
    return n;
}

enum voice_prompt voice_instruction(enum voice_building building, enum voice_place place)
{
    return instructions[building][place];
}

enum voice_prompt voice_countdown(double left_s)
{
    static const double seconds[] = {5.0, 10.0, 20.0, 30.0, 60.0};
    enum voice_prompt best = PROMPT_COUNT;

    for (int i = 0; i < 5; i++)
        if (left_s >= seconds[i]) /* false for NAN */
            best = (enum voice_prompt)(PROMPT_SECONDS_5 + i);
    return best;
}

enum voice_prompt voice_maximum(double intensity)
{
    double whole = round(intensity);

    if (!(whole >= 1.0))
        return PROMPT_COUNT;
    return whole > 12.0 ? PROMPT_MAXIMUM_12 : (enum voice_prompt)(PROMPT_MAXIMUM_1 + (int)whole - 1);
}
