/* siren.h - what is heard, frame by frame: the state machine between an order and the card.
 *
 * siren_order takes the newest order; siren_fill makes the next frames. An alarm: a short stroke of the tone,
 * the imperative word in each language, then tone and words (how long is left, who says so, what to do here)
 * in turn, so that both are understood, until another order comes. What changes is heard with the next frame;
 * what was playing fades in SIREN_FADE_S beneath it. Rules:
 *   - an update of the same event and sound goes on where it is (its countdown is the new one); another event
 *     sounds anew;
 *   - ALARM over WARNING, CANCEL over both: the arbiter decides, the siren obeys at once;
 *   - siren and voice both false: silence, faded; with either, only that is heard;
 *   - NONE ends alarm and warning at once; what is finite (cancel, ended, test, last words of an exercise) is
 *     said to its end;
 *   - an exercise begins and ends with words that say so; a real order cuts it short, without last words.
 *
 * Plain data, embedded by its owner; one thread; allocation-free, lock-free, bounded work per frame. */
#ifndef TOCSIN_ALARM_SIREN_H
#define TOCSIN_ALARM_SIREN_H

#include <stdbool.h>

#include "alarm/order.h"
#include "alarm/sounds.h"

#define SIREN_FADE_S 0.005

enum { SIREN_STEPS = 96, SIREN_EDGE_MAX = 1024 };

enum siren_step_kind {
    STEP_PAUSE,
    STEP_TONE,
    STEP_VOICE,
    STEP_COUNTDOWN, /* how long is left, when its turn comes */
    STEP_SOURCE     /* who says so, when its turn comes */
};

struct siren_step {
    enum siren_step_kind kind;
    int language;             /* of words: place in sounds.language */
    enum voice_prompt prompt; /* of VOICE */
    const struct clip
        *clip; /* of words: found when their turn comes, so that those are said that were read meanwhile */
    size_t frames; /* of all turns of a tone */
};

struct siren {
    const struct sounds *sounds;
    struct siren_conf conf;
    struct sound_order order;

    struct siren_step step[SIREN_STEPS];
    int steps, at;          /* at == steps: quiet */
    int loop_from, loop_to; /* [from, to) is repeated; both 0: nothing is */
    int rounds_left;        /* of the loop; 0: without end */
    size_t frame;           /* within the step */
    uint64_t age;           /* frames since the order whose countdown holds */

    size_t edges;               /* frames of SIREN_FADE_S */
    float edge[SIREN_EDGE_MAX]; /* raised cosine, 0 to 1 */
    float tail[SIREN_EDGE_MAX]; /* what fades out beneath, a ring */
    size_t tail_at, tail_left;

    /* For whoever writes the frames: at which of the last siren_fill's the order's first tone and first word
     * began; -1: not in these. */
    ptrdiff_t tone_began, voice_began;
    bool tone_told, voice_told;
};

/* sounds outlives *s. */
void siren_init(struct siren *s, const struct sounds *sounds, const struct siren_conf *conf);
void siren_order(struct siren *s, const struct sound_order *order);
/* n frames, -1 .. 1. */
void siren_fill(struct siren *s, float *to, size_t n);
bool siren_quiet(const struct siren *s); /* nothing is playing, nothing fades */

#endif
