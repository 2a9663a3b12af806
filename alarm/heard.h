/* heard.h - did the microphone hear the test tone?
 *
 * A siren that was written to is not a siren that was heard: the amplifier may be off, the cable out, the
 * card muted. Goertzel filters at the test's frequencies, in windows of HEARD_WINDOW_S (Hann), compare each
 * tone with its neighbours in the same window, so that no bang, voice or noise passes for it, and with what
 * was at the same frequency before the test, so that a hum that is always there does not. Heard: each tone of
 * the plan stood out in HEARD_WINDOWS windows, the second when it was due after the first.
 *
 * Pure and streaming: blocks of any size give the same result; no allocation. One thread. */
#ifndef TOCSIN_ALARM_HEARD_H
#define TOCSIN_ALARM_HEARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEARD_WINDOW_S 0.04

enum {
    HEARD_TONES = 2,
    HEARD_WINDOWS = 8, /* of the 20 that a tone of 0.8 s fills */
    HEARD_WINDOW_MAX = 7680
};

struct heard_conf {
    unsigned rate_hz;
    double hz[HEARD_TONES];
    double apart_s;  /* from the beginning of the first tone to that of the second */
    double ratio_db; /* how far a tone stands out of its neighbours */
};

struct heard {
    struct heard_conf conf;
    double ratio; /* of powers */
    size_t window, filled;
    bool listening;                 /* after heard_start */
    uint64_t frame;                 /* since heard_start */
    double background[HEARD_TONES]; /* largest power at the tone before heard_start */
    int windows[HEARD_TONES];       /* in which it stood out */
    int64_t first[HEARD_TONES];     /* frame at which it did first; -1 */
    double power[HEARD_TONES];      /* largest, amplitude squared */
    float hann[HEARD_WINDOW_MAX], sample[HEARD_WINDOW_MAX];
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
