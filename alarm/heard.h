/* heard.h - did the microphone hear the test tone?
 *
 * A siren that was written to is not a siren that was heard: the amplifier may be off, the cable out, the
 * card muted. Goertzel filters at the test tone's frequencies, in windows of HEARD_WINDOW_S with a Hann
 * window, against (a) the neighbouring frequencies in the same window, so that no bang or voice passes for
 * it, and (b) the same frequencies before the test, so that a hum that is always there does not. Heard: every
 * tone of the plan, in its order, each in HEARD_WINDOWS windows of its time. Pure and streaming: blocks of
 * any size give the same result; no allocation. One thread. */
#ifndef TOCSIN_ALARM_HEARD_H
#define TOCSIN_ALARM_HEARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEARD_WINDOW_S 0.02

enum { HEARD_TONES = 2, HEARD_NEIGHBOURS = 4, HEARD_WINDOWS = 10, HEARD_WINDOW_MAX = 3840 };

struct heard_conf {
    unsigned rate_hz;
    double hz[HEARD_TONES];
    double ratio_db; /* how far a tone stands out: of siren.heard_ratio_db */
};

struct heard {
    struct heard_conf conf;
    size_t window, filled;
    bool listening; /* after heard_start */
    uint64_t frame; /* since heard_start */
    float hann[HEARD_WINDOW_MAX], sample[HEARD_WINDOW_MAX];
    double background[HEARD_TONES]; /* largest mean square at the tone before heard_start */
    int windows[HEARD_TONES];       /* in which it stood out */
    int64_t first[HEARD_TONES];     /* frame at which it did first; -1 */
    double level[HEARD_TONES];      /* largest amplitude, 0 .. 1 */
};

/* False: a rate outside 8000 .. 192000 Hz, or tones that it cannot carry. */
bool heard_init(struct heard *h, const struct heard_conf *conf);
/* Samples -1 .. 1, in order. Before heard_start they are background. */
void heard_step(struct heard *h, const float *sample, size_t n);
void heard_start(struct heard *h); /* from here on the tone may come */
/* So far. *after_s (may be NULL): from heard_start to the first window with the first tone, +- HEARD_WINDOW_S
 * / 2. */
bool heard_answer(const struct heard *h, double *after_s);
double heard_level_db(const struct heard *h); /* of the weaker tone, dB of full scale; -200: nothing */

#endif
