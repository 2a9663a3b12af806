/* tone.h - the tones, synthesised: which frequencies, when, how loud.
 *
 * Each tone is a list of notes; a note has a frequency, a colour, a start, a length and a way to fade. Tones
 * of different meaning differ in pitch, rhythm and colour at once, so that they are told apart through a wall
 * or by someone who hears only low frequencies. None has the rhythm of a fire alarm (three equal strokes and
 * a pause, ISO 8201) or of a carbon monoxide alarm (four): tone_patterns in tests/unit/alarm/test_tone.c
 * holds that. The alarm is never silent while it lasts and carries a 520 Hz square wave, which wakes more of
 * those hard of hearing than anything higher (Bruck and Thomas 2008; NFPA 72 chapter 18 asks 520 Hz +-10 %;
 * both from memory). Square waves are made of the odd harmonics below 0.45 of the rate: no aliasing. Every
 * note begins and ends in a raised cosine of at least TONE_EDGE_S: no click.
 *
 * What is an authority's own sound (Japan's, China's or Mexico's) is not imitated here: such a tone comes as
 * a file that the authority supplied (siren.alarm_file and the like). */
#ifndef TOCSIN_ALARM_TONE_H
#define TOCSIN_ALARM_TONE_H

#include "alarm/clip.h"

#define TONE_EDGE_S 0.005

enum tone {
    TONE_ALARM,    /* 520 Hz square and 910 Hz in turn, without a pause: a loop */
    TONE_WARNING,  /* two rising strokes and a pause: a loop */
    TONE_EXERCISE, /* one long soft note that swells and fades */
    TONE_TEST,     /* the alarm's two frequencies, long, one after the other */
    TONE_CHIME,    /* two falling bell strokes: something is over */
    TONE_COUNT
};

enum tone_colour { TONE_SINE, TONE_SQUARE, TONE_BELL /* decays by itself, with its octave */ };

struct tone_note {
    double start_s, length_s; /* edges lie within */
    double hz;
    enum tone_colour colour;
    double level; /* peak, 0 .. 1 of full scale */
    double edge_s;
};

struct tone_plan {
    const char *name;
    const struct tone_note *note;
    size_t notes;
    double length_s; /* of one turn, pauses included */
};

const struct tone_plan *tone_plan(enum tone which);
/* One turn. Repeated end to end it stays without clicks. 0 and *c for clip_free, or -1: no memory, or a rate
 * outside CLIP_RATE_.... */
int tone_render(struct clip *c, const struct sys *sys, enum tone which, unsigned rate_hz, struct error *err);

#endif
