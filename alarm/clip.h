/* clip.h - a piece of sound in memory: mono, 16 bits, at the rate of the card that will play it.
 *
 * Made at start, outside of the real-time path, and only read afterwards: any number of threads may. Full
 * scale is 32767. A clip that is all zero bytes is empty: nothing is heard of it. */
#ifndef TOCSIN_ALARM_CLIP_H
#define TOCSIN_ALARM_CLIP_H

#include <stddef.h>
#include <stdint.h>

#include "io/error.h"
#include "io/sys.h"

enum { CLIP_RATE_MIN_HZ = 8000, CLIP_RATE_MAX_HZ = 192000 };

struct clip {
    int16_t *frame;
    size_t frames;
};

/* From n samples in -1 .. 1 at from_hz; what is larger is cut off at full scale, what is not finite is 0.
 * Both rates within CLIP_RATE_... 0 and *c for clip_free, or -1 with err and *c empty. */
int clip_from(struct clip *c, const struct sys *sys, const float *sample, size_t n, unsigned from_hz,
              unsigned to_hz, struct error *err);
void clip_free(struct clip *c, const struct sys *sys); /* an empty one is fine; empty afterwards */
/* Cuts the silence (below -46 dB of the clip's peak) at both ends, but for 5 ms: a word is heard when it is
 * due. Frees nothing: the clip becomes shorter. */
void clip_trim(struct clip *c, unsigned rate_hz);
/* Scales so that the largest frame is `peak` (0 .. 1) of full scale; silence stays silence. */
void clip_level(struct clip *c, double peak);
/* Brings speech nearer to its peak, which becomes full scale: a tone at the same peak is far louder than
 * words are. drive: gain of what is soft, 3 about 8 dB; the sense survives even hard clipping. */
void clip_louden(struct clip *c, double drive);

#endif
