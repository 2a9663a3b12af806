/* steim.h - the samples of a Steim-2 record, for the records that nearly all files are made of.
 *
 * Internal to io/mseed.c. libmseed decodes every encoding and says what is wrong with a record; this decodes one encoding in
 * one pass, straight to double, at a third of the cost. What it does not know it leaves to libmseed. */
#ifndef TOCSIN_IO_STEIM_H
#define TOCSIN_IO_STEIM_H

#include <stdbool.h>
#include <stddef.h>

enum {
    STEIM_FRAME = 64,                 /* bytes */
    STEIM_FRAME_SAMPLES = 15 * 7,     /* at most, Steim-2: 15 words of 7 differences */
    STEIM_ROOM = STEIM_FRAME_SAMPLES, /* values behind the last that may be overwritten */
};

/* n samples of big-endian Steim-2 in `size` bytes of frames (what is left of a whole frame is not read) to `out`, which has
 * room for n + STEIM_ROOM. False, *out undefined, where the frames hold fewer samples, or a word that is none, or where the
 * last sample is not the one that the first frame states. Any bytes may be given. */
bool steim2_decode(const unsigned char *frames, size_t size, double *out, size_t n);

#endif
