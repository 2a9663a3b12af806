/* sounds.h - everything that a siren may have to play, in memory at the card's rate before it is needed.
 *
 * Tones are synthesised or read from an authority's file; of the prompts only those that this place needs, in
 * the configured languages: about 4 MB a language. Opened at start (or beside the siren thread when a card
 * comes back with another rate), read-only afterwards, for any thread. */
#ifndef TOCSIN_ALARM_SOUNDS_H
#define TOCSIN_ALARM_SOUNDS_H

#include <stdbool.h>

#include "alarm/clip.h"
#include "alarm/tone.h"
#include "alarm/voice.h"

struct sounds {
    unsigned rate_hz;
    struct clip tone[TONE_COUNT];
    int languages;
    enum voice_language language[LANGUAGE_COUNT]; /* in the order in which they are said */
    struct clip prompt[LANGUAGE_COUNT]
                      [PROMPT_COUNT]; /* [place in `language`]; empty: not needed, or missing */
    int missing;              /* prompts that are needed and cannot be read: it is silent in their place */
    int refused;              /* recordings that are there and cannot be read: the synthetic prompt speaks */
    struct error first_fault; /* of the first of either; "": none */
};

/* A wrong tone file fails: the tone that was asked for is not there. A missing prompt does not: the siren is
 * worth more than its words, and `missing` and `refused` tell. 0 and *out for sounds_close, or -1 with err. */
int sounds_open(struct sounds **out, const struct sys *sys, const struct siren_conf *conf, unsigned rate_hz,
                struct error *err);
void sounds_close(struct sounds *s, const struct sys *sys); /* NULL is fine */

#endif
