/* steim.h - integer samples out of Steim-1 and Steim-2 frames (SEED 2.4, appendix B).
 *
 * A frame is 16 words of 32 bits: the first holds a code of two bits for each of the others, which hold
 * differences of neighbouring samples. The first frame begins with the first sample and the last. Pure; any
 * thread. Reads nothing beyond `length` whatever the bytes are. About a third of the instructions of
 * libmseed's decoder, and samples come as the doubles that io/reader.h wants. */
#ifndef TOCSIN_IO_STEIM_H
#define TOCSIN_IO_STEIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STEIM_FRAME = 64,         /* bytes */
    STEIM_FRAME_MAX = 15 * 7, /* samples: 15 words of 7 differences, Steim-2 */
    STEIM_SPARE = 8,          /* the last word may hold more differences than there are samples */
};

/* version 1 or 2; big: byte order of the words. `sample` has room for n + STEIM_SPARE. Returns how many of
 * the n samples the frames hold, or -1 for a code that Steim-2 does not define; *last: what the first frame
 * says that the last sample is. */
ptrdiff_t steim_decode(const unsigned char *frames, size_t length, int version, bool big, double *sample,
                       size_t n, int32_t *last);

#endif
