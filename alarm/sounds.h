/* sounds.h - everything that a siren may have to play, in memory at the card's rate before it is needed.
 *
 * Tones are synthesised or read from an authority's file; of the prompts only those that this place needs, in
 * the configured languages: about 8 MB a language at 48 kHz. The tones are there in milliseconds, the prompts
 * come one by one, the most urgent first, and can be used as they come: a node that has just started is never
 * without its siren. One thread opens, loads and closes; any other may read meanwhile. */
#ifndef TOCSIN_ALARM_SOUNDS_H
#define TOCSIN_ALARM_SOUNDS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "alarm/clip.h"
#include "alarm/tone.h"
#include "alarm/voice.h"

struct sounds {
    const struct sys *sys;
    const struct siren_conf *conf;
    unsigned rate_hz;
    struct clip tone[TONE_COUNT];
    int languages;
    enum voice_language language[LANGUAGE_COUNT];     /* in the order in which they are said */
    struct clip prompt[LANGUAGE_COUNT][PROMPT_COUNT]; /* by sounds_prompt only */
    _Atomic bool ready[LANGUAGE_COUNT][PROMPT_COUNT];
    int next;                 /* to load */
    int missing;              /* prompts that are needed and cannot be read: it is silent in their place */
    int refused;              /* recordings that are there and cannot be read: the synthetic prompt speaks */
    struct error first_fault; /* of the first of either; "": none */
};

/* A wrong tone file fails: the tone that was asked for is not there. conf outlives it. 0 and *out for
 * sounds_close, or -1 with err. */
int sounds_open(struct sounds **out, const struct sys *sys, const struct siren_conf *conf, unsigned rate_hz,
                struct error *err);
/* The next prompt; some tens of milliseconds. False: there is no other. One that is missing is no failure:
 * the siren is worth more than its words, and `missing` and `refused` tell. */
bool sounds_load(struct sounds *s);
/* The words, at the language's place in `language`; NULL: not loaded yet, not needed here, or missing. Any
 * thread, never waits. */
const struct clip *sounds_prompt(const struct sounds *s, int language, enum voice_prompt prompt);
void sounds_close(struct sounds *s); /* NULL is fine */

#endif
