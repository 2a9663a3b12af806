#include "alarm/sounds.h"

#include <stdio.h>

#include "alarm/wav.h"

static const double tone_seconds_max = 30.0, prompt_seconds_max = 20.0;
static const double prompt_peak = 0.98;

static int tone_load(struct sounds *s, const struct sys *sys, enum tone which, const char *file,
                     struct error *err)
{
    if (file[0])
        return wav_read(&s->tone[which], sys, file, s->rate_hz, tone_seconds_max, err);
    return tone_render(&s->tone[which], sys, which, s->rate_hz, err);
}

static int tones_load(struct sounds *s, const struct sys *sys, const struct siren_conf *conf,
                      struct error *err)
{
    const char *file[TONE_COUNT] = {
        [TONE_ALARM] = conf->alarm_file,       [TONE_WARNING] = conf->warning_file,
        [TONE_EXERCISE] = conf->exercise_file, [TONE_TEST] = "",
        [TONE_CHIME] = conf->chime_file,
    };

    for (int i = 0; i < TONE_COUNT; i++)
        if (tone_load(s, sys, (enum tone)i, file[i], err) != 0)
            return -1;
    return 0;
}

/* Of the instructions only the one that fits this place is ever said. */
static bool needed(enum voice_prompt prompt, const struct siren_conf *conf)
{
    if (prompt < PROMPT_INSTRUCT_INDOORS || prompt > PROMPT_INSTRUCT_BASEMENT)
        return true;
    return prompt == voice_instruction((enum voice_building)conf->building, (enum voice_place)conf->place);
}

static void path_of(char *to, size_t room, const char *folder, enum voice_language language,
                    enum voice_prompt prompt)
{
    snprintf(to, room, "%s/%s/%s.wav", folder, voice_language_name(language), voice_prompt_name(prompt));
}

static int prompt_read(struct clip *c, const struct sys *sys, const char *folder,
                       enum voice_language language, enum voice_prompt prompt, unsigned rate_hz,
                       struct error *err)
{
    char path[2 * CONF_TEXT_MAX];

    path_of(path, sizeof path, folder, language, prompt);
    if (wav_read(c, sys, path, rate_hz, prompt_seconds_max, err) != 0)
        return -1;
    clip_trim(c, rate_hz);
    clip_level(c, prompt_peak);
    return 0;
}

static bool exists(const struct sys *sys, const char *folder, enum voice_language language,
                   enum voice_prompt prompt)
{
    char path[2 * CONF_TEXT_MAX];
    int fd;

    path_of(path, sizeof path, folder, language, prompt);
    fd = sys->open_read(sys->ctx, path);
    if (fd < 0)
        return false;
    sys->close(sys->ctx, fd);
    return true;
}

static void fault(struct sounds *s, int *counter, const struct error *err)
{
    (*counter)++;
    if (!s->first_fault.text[0])
        s->first_fault = *err;
}

/* The recorded one where there is one, else the synthetic one. */
static void prompt_load(struct sounds *s, const struct sys *sys, const struct siren_conf *conf, int at,
                        enum voice_prompt prompt)
{
    struct clip *c = &s->prompt[at][prompt];
    struct error err;

    if (conf->folder[0] && exists(sys, conf->folder, s->language[at], prompt)) {
        if (prompt_read(c, sys, conf->folder, s->language[at], prompt, s->rate_hz, &err) == 0)
            return;
        fault(s, &s->refused, &err);
    }
    if (prompt_read(c, sys, conf->installed, s->language[at], prompt, s->rate_hz, &err) != 0)
        fault(s, &s->missing, &err);
}

int sounds_open(struct sounds **out, const struct sys *sys, const struct siren_conf *conf, unsigned rate_hz,
                struct error *err)
{
    struct sounds *s = sys_alloc(sys, sizeof *s);

    *out = NULL;
    if (!s)
        return error_set(err, "no memory for the sounds");
    s->rate_hz = rate_hz;
    s->languages = voice_languages(s->language, conf->languages, err);
    if (s->languages < 0 || tones_load(s, sys, conf, err) != 0) {
        sounds_close(s, sys);
        return -1;
    }
    for (int at = 0; at < s->languages; at++)
        for (int prompt = 0; prompt < PROMPT_COUNT; prompt++)
            if (needed((enum voice_prompt)prompt, conf))
                prompt_load(s, sys, conf, at, (enum voice_prompt)prompt);
    *out = s;
    return 0;
}

void sounds_close(struct sounds *s, const struct sys *sys)
{
    if (!s)
        return;
    for (int i = 0; i < TONE_COUNT; i++)
        clip_free(&s->tone[i], sys);
    for (int at = 0; at < LANGUAGE_COUNT; at++)
        for (int prompt = 0; prompt < PROMPT_COUNT; prompt++)
            clip_free(&s->prompt[at][prompt], sys);
    sys_free(sys, s);
}
