/* wav.h - sounds from RIFF WAVE files, and into them.
 *
 * Read: PCM of 8, 16, 24 or 32 bits or 32-bit float, plain or WAVE_FORMAT_EXTENSIBLE, 1 to 8 channels
 * (averaged: a siren is one place), 8000 to 192000 Hz, at most the seconds that the caller allows; brought to
 * the card's rate. Anything else is refused with what it is: a siren that plays half a file is worse than one
 * that says at start which file is wrong. A file that ends before its data chunk does is refused, too.
 * Nothing in the file is trusted; tests/fuzz/fuzz_wav.c. Used at start only. */
#ifndef TOCSIN_ALARM_WAV_H
#define TOCSIN_ALARM_WAV_H

#include "alarm/clip.h"

/* 0 and *c for clip_free, or -1 with err ("PATH: ..."). */
int wav_read(struct clip *c, const struct sys *sys, const char *path, unsigned rate_hz, double seconds_max,
             struct error *err);

enum { WAV_HEADER = 44 };
/* The header of a file of n frames, 16-bit mono. */
void wav_header(unsigned char to[WAV_HEADER], size_t n, unsigned rate_hz);

#endif
