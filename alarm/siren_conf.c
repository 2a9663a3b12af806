#include "alarm/siren_conf.h"

#include "alarm/schedule.h"
#include "alarm/voice.h"

#define ROW(key, type, member, initial, min, max, choices, help, source)                                     \
    {                                                                                                        \
        key, type, offsetof(struct siren_conf, member), 0, initial, min, max, choices, help, source          \
    }

const struct conf_row siren_rows[] = {
    ROW("siren.device", CONF_TEXT, device, "default", 0, 0, NULL,
        "ALSA playback device, \"hw:0,0\" for the least delay; \"\": no siren on this node", NULL),
    ROW("siren.rate_hz", CONF_INT, rate_hz, "48000", 8000, 192000, NULL, "rate asked of the card", NULL),
    ROW("siren.period_frames", CONF_INT, period_frames, "128", 16, 8192, NULL,
        "frames written at a time, asked of the card", "2.7 ms at 48 kHz"),
    ROW("siren.buffer_frames", CONF_INT, buffer_frames, "256", 32, 32768, NULL,
        "queue ahead of the loudspeaker, asked of the card; larger where it runs empty", "5.3 ms at 48 kHz"),
    ROW("siren.volume", CONF_REAL, volume, "0.9", 0, 1, NULL,
        "of the tones, part of full scale; the card's own mixer is not touched", NULL),
    ROW("siren.warning_rounds", CONF_INT, warning_rounds, "2", 0, 1000, NULL,
        "how often a warning is said; 0: until it ends", NULL),
    ROW("siren.alarm_rounds", CONF_INT, alarm_rounds, "0", 0, 1000, NULL,
        "how often an alarm is said; 0: until it ends", NULL),
    ROW("siren.drill_real_tone", CONF_BOOL, drill_real_tone, "false", 0, 0, NULL,
        "an exercise sounds the real tone, between its first and last words, instead of its own", NULL),
    ROW("siren.alarm_file", CONF_TEXT, alarm_file, "", 0, 0, NULL,
        "WAV file in place of the alarm's tone, as the authority supplied it; \"\": none", NULL),
    ROW("siren.warning_file", CONF_TEXT, warning_file, "", 0, 0, NULL,
        "WAV file in place of the warning's tone; \"\": none", NULL),
    ROW("siren.exercise_file", CONF_TEXT, exercise_file, "", 0, 0, NULL,
        "WAV file in place of the exercise's tone; \"\": none", NULL),
    ROW("siren.chime_file", CONF_TEXT, chime_file, "", 0, 0, NULL,
        "WAV file in place of the chime before cancel and end; \"\": none", NULL),
    ROW("siren.microphone", CONF_TEXT, microphone, "", 0, 0, NULL,
        "ALSA capture device that hears the siren, for its test; \"\": none", NULL),
    ROW("siren.heard_ratio_db", CONF_REAL, heard_ratio_db, "12", 3, 60, NULL,
        "how far the test tone must stand out at the microphone", "tests/unit/alarm/test_heard.c"),
    ROW("siren.test_schedule", CONF_TEXT, test_schedule, "", 0, 0, NULL,
        "when the siren tests itself, local time: \"wed 11:00\", \"daily 09:30\", \"1st 12:00\"; \"\": never",
        NULL),
    ROW("voice.languages", CONF_TEXT, languages, "zh,en", 0, 0, NULL,
        "what is spoken, in this order: zh, en, ja, es; \"\": nothing", NULL),
    ROW("voice.folder", CONF_TEXT, folder, "", 0, 0, NULL,
        "recorded prompts, FOLDER/LANGUAGE/PROMPT.wav, in place of the synthetic ones; \"\": none", NULL),
    ROW("voice.installed", CONF_TEXT, installed, "", 0, 0, NULL,
        "the synthetic prompts; \"\": those that came with the program", NULL),
    ROW("voice.volume", CONF_REAL, voice_volume, "0.9", 0, 1, NULL, "of the words, part of full scale", NULL),
    ROW("voice.mounting", CONF_CHOICE, place, "floor", 0, 0, "ground|floor|basement",
        "where those who hear it are; chooses the instruction", NULL),
    ROW("voice.building_type", CONF_CHOICE, building, "generic", 0, 0,
        "generic|house|weak|tower|school|hospital|factory|hall|courtyard",
        "what they are in; chooses the instruction", NULL),
};
const size_t siren_rows_count = sizeof siren_rows / sizeof *siren_rows;

int siren_conf_check(const struct siren_conf *conf, struct error *err)
{
    enum voice_language language[LANGUAGE_COUNT];
    struct schedule schedule;

    if (conf->buffer_frames < 2 * conf->period_frames)
        return error_set(err, "siren.buffer_frames must hold two of siren.period_frames");
    if (voice_languages(language, conf->languages, err) < 0)
        return -1;
    if (schedule_parse(&schedule, conf->test_schedule, err) != 0) {
        struct error why = *err;

        return error_set(err, "siren.test_schedule: %s", why.text);
    }
    return 0;
}
