#include "alarm/sounds.h"

#include <stdio.h>

#include "alarm/wav.h"

static const double tone_seconds_max = 30.0, prompt_seconds_max = 20.0;
static const double prompt_peak = 0.98;
static const double synthetic_drive = 3.0; /* a recording keeps its own dynamics */

static int tone_load(struct sounds *s, enum tone which, const char *file, struct error *err)
{
    if (file[0])
        return wav_read(&s->tone[which], s->sys, file, s->rate_hz, tone_seconds_max, err);
    return tone_render(&s->tone[which], s->sys, which, s->rate_hz, err);
}

static int tones_load(struct sounds *s, struct error *err)
{
    const struct siren_conf *conf = s->conf;
    const char *file[TONE_COUNT] = {
        [TONE_ALARM] = conf->alarm_file,       [TONE_WARNING] = conf->warning_file,
        [TONE_EXERCISE] = conf->exercise_file, [TONE_TEST] = "",
        [TONE_CHIME] = conf->chime_file,
    };

    for (int i = 0; i < TONE_COUNT; i++)
        if (tone_load(s, (enum tone)i, file[i], err) != 0)
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
static bool prompt_load(struct sounds *s, struct clip *c, enum voice_language language,
                        enum voice_prompt prompt)
{
    const char *recorded = s->conf->folder;
    struct error err;

    if (recorded[0] && exists(s->sys, recorded, language, prompt)) {
        if (prompt_read(c, s->sys, recorded, language, prompt, s->rate_hz, &err) == 0)
            return true;
        fault(s, &s->refused, &err);
    }
    if (prompt_read(c, s->sys, s->conf->installed, language, prompt, s->rate_hz, &err) != 0) {
        fault(s, &s->missing, &err);
        return false;
    }
    clip_louden(c, synthetic_drive);
    return true;
}

int sounds_open(struct sounds **out, const struct sys *sys, const struct siren_conf *conf, unsigned rate_hz,
                struct error *err)
{
    struct sounds *s = sys_alloc(sys, sizeof *s);

    *out = NULL;
    if (!s)
        return error_set(err, "no memory for the sounds");
    s->sys = sys;
    s->conf = conf;
    s->rate_hz = rate_hz;
    s->languages = voice_languages(s->language, conf->languages, err);
    if (s->languages < 0 || tones_load(s, err) != 0) {
        sounds_close(s);
        return -1;
    }
    *out = s;
    return 0;
}

/* The same prompt in every language before the next: the imperative word comes first. */
bool sounds_load(struct sounds *s)
{
    while (s->languages > 0 && s->next < s->languages * PROMPT_COUNT) {
        int at = s->next % s->languages;
        enum voice_prompt prompt = (enum voice_prompt)(s->next / s->languages);

        s->next++;
        if (!needed(prompt, s->conf))
            continue;
        if (prompt_load(s, &s->prompt[at][prompt], s->language[at], prompt))
            atomic_store_explicit(&s->ready[at][prompt], true, memory_order_release);
        return true;
    }
    return false;
}

const struct clip *sounds_prompt(const struct sounds *s, int language, enum voice_prompt prompt)
{
    if (prompt == PROMPT_COUNT || !atomic_load_explicit(&s->ready[language][prompt], memory_order_acquire))
        return NULL;
    return &s->prompt[language][prompt];
}

void sounds_close(struct sounds *s)
{
    if (!s)
        return;
    for (int i = 0; i < TONE_COUNT; i++)
        clip_free(&s->tone[i], s->sys);
    for (int at = 0; at < LANGUAGE_COUNT; at++)
        for (int prompt = 0; prompt < PROMPT_COUNT; prompt++)
            clip_free(&s->prompt[at][prompt], s->sys);
    sys_free(s->sys, s);
}
