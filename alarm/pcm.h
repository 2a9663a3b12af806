/* pcm.h - a sound card: the only file that knows ALSA.
 *
 * Playback runs without end from pcm_open on; silence is written like everything else, so that an alarm opens
 * nothing and waits for nothing but the queue. Underruns and suspends are recovered where they are met, and
 * counted. What cannot be recovered (the card is gone) is PCM_GONE: close it, off the siren thread, and open
 * again. One thread per struct pcm; pcm_open and pcm_close wait and allocate, the others do not. */
#ifndef TOCSIN_ALARM_PCM_H
#define TOCSIN_ALARM_PCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/error.h"
#include "io/sys.h"

enum { PCM_PERIOD_MAX = 8192, PCM_CHANNELS_MAX = 8 };

struct pcm_conf {
    const char *device; /* ALSA's name: "default", "hw:1,0" */
    bool capture;
    unsigned rate_hz, period_frames, buffer_frames; /* wished for; read back from what the card gives */
};

struct pcm_info { /* what the card gave */
    unsigned rate_hz, channels, period_frames;
    unsigned buffer_frames; /* of it as many as are kept filled */
    const char *format;     /* "S16_LE" */
};

enum pcm_status {
    PCM_OK,
    PCM_WAIT,      /* no room yet, or nothing to read */
    PCM_RECOVERED, /* it had run empty or slept; it runs again, and the queue is empty */
    PCM_GONE       /* the card is lost; pcm_error says how */
};

struct pcm;

/* 0 and *out for pcm_close, or -1 with err. A playback is ready when it answers; it runs from the first
 * write on. */
int pcm_open(struct pcm **out, const struct sys *sys, const struct pcm_conf *conf, struct error *err);
void pcm_close(struct pcm *p); /* what is queued is dropped; NULL is fine */
const struct pcm_info *pcm_info(const struct pcm *p);

/* Sleeps until a period fits in (or can be read), wake_fd is readable (-1: none), or timeout_ms have passed.
 * *room: frames that fit or can be read now, perhaps fewer than a period when it was woken. */
enum pcm_status pcm_wait(struct pcm *p, int wake_fd, int timeout_ms, size_t *room);
/* n <= *room of pcm_wait; frames -1 .. 1, to every channel. */
enum pcm_status pcm_write(struct pcm *p, const float *frame, size_t n);
/* Up to n frames, the mean of all channels; *got of them. */
enum pcm_status pcm_read(struct pcm *p, float *frame, size_t n, size_t *got);
/* Frames between the one that would be written next and the loudspeaker (playback), or the microphone and the
 * next one read; -1: not known. */
long pcm_delay(struct pcm *p);
unsigned pcm_recoveries(const struct pcm *p);
/* It takes frames as fast as they come (ALSA's null, file over null), and nobody hears them in time: found within
 * 50 ms of its start, and from then on fed by the clock. */
bool pcm_unpaced(const struct pcm *p);
const char *pcm_error(const struct pcm *p); /* of PCM_GONE, or "" */

#endif
