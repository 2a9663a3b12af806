/* siren_conf.h - what is configured of siren and voice: keys "siren.*" and "voice.*". */
#ifndef TOCSIN_ALARM_SIREN_CONF_H
#define TOCSIN_ALARM_SIREN_CONF_H

#include <stdbool.h>

#include "io/conf.h"

enum voice_place { PLACE_GROUND, PLACE_FLOOR, PLACE_BASEMENT };
enum voice_building {
    BUILDING_GENERIC,
    BUILDING_HOUSE,
    BUILDING_WEAK, /* adobe, unreinforced masonry */
    BUILDING_TOWER,
    BUILDING_SCHOOL,
    BUILDING_HOSPITAL,
    BUILDING_FACTORY,
    BUILDING_HALL, /* station, theatre, shop: many people */
    BUILDING_COURTYARD
};

struct siren_conf {
    char device[CONF_TEXT_MAX]; /* ALSA playback; "": no siren on this node */
    int rate_hz, period_frames, buffer_frames;
    double volume; /* 0 .. 1 of full scale */
    int warning_rounds, alarm_rounds;
    bool drill_real_tone;
    char alarm_file[CONF_TEXT_MAX], warning_file[CONF_TEXT_MAX], exercise_file[CONF_TEXT_MAX],
        chime_file[CONF_TEXT_MAX];
    char microphone[CONF_TEXT_MAX]; /* ALSA capture; "": none */
    char test_schedule[CONF_TEXT_MAX];
    double heard_ratio_db;

    char languages[CONF_TEXT_MAX]; /* "zh,en": said in this order */
    char folder[CONF_TEXT_MAX];    /* recorded prompts that replace the installed ones; "": none */
    char installed[CONF_TEXT_MAX]; /* the prompts rendered at build time */
    double voice_volume;
    int place, building; /* enum voice_place, enum voice_building */
};

extern const struct conf_row siren_rows[]; /* target: struct siren_conf */
extern const size_t siren_rows_count;

/* What no single row can say: the buffer holds two periods, languages are known, the schedule reads. 0, or -1
 * with err. */
int siren_conf_check(const struct siren_conf *conf, struct error *err);

#endif
