/* synth_voice.h - one event of a building's life, sample by sample.
 *
 * What a class leaves open (synth_nuisance.h) is drawn when the voice begins, from the event's own seed; then
 * it adds itself to a stream in pieces of any size. No allocation. */
#ifndef TOCSIN_NODE_SYNTH_VOICE_H
#define TOCSIN_NODE_SYNTH_VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dsp/biquad.h"
#include "io/block.h"
#include "node/synth_model.h"
#include "node/synth_nuisance.h"
#include "node/synth_random.h"

enum { SYNTH_MODES = 2, SYNTH_HARMONICS_MAX = 4, SYNTH_BAND_SECTIONS = 2 };

struct synth_event { /* of a building, as drawn */
    enum synth_nuisance what;
    double start_s, duration_s, peak_mps2;
    uint64_t seed;
};

struct synth_voice {
    const struct synth_class *class;
    struct synth_random random;
    bool judge;
    double rate_hz, peak, gain[AXES];
    uint64_t n, at; /* samples in all, and done */
    /* envelope */
    double middle, gust_from, gust_to;
    uint64_t gust_at, gust_n;
    /* noise */
    struct biquad band[SYNTH_BAND_SECTIONS];
    struct biquad_state3 band_state[SYNTH_BAND_SECTIONS];
    double noise;
    /* blows */
    double blows_hz, ring_hz, loud[SYNTH_MODES];
    double turn_re[SYNTH_MODES], turn_im[SYNTH_MODES], re[SYNTH_MODES][AXES], im[SYNTH_MODES][AXES];
    double next_blow;
    /* lines: each a point that turns */
    double line_hz, line_re[SYNTH_HARMONICS_MAX], line_im[SYNTH_HARMONICS_MAX];
    double step_re[SYNTH_HARMONICS_MAX], step_im[SYNTH_HARMONICS_MAX];
};

void synth_voice_begin(struct synth_voice *v, const struct synth_event *event, enum synth_model_name model,
                       double rate_hz);
/* Adds up to n samples to value; false when the voice has ended within them. A blow that still rings then is
 * cut off where less than 1 % is left of it. */
bool synth_voice_add(struct synth_voice *v, double (*value)[AXES], size_t n);
/* What it leaves behind: added to every sample from its first on, for ever. */
void synth_voice_offset(const struct synth_voice *v, double offset[AXES]);

#endif
