/* onset_parts.h - internal to the onset detector: the parts that dsp/onset.c puts together. */
#ifndef TOCSIN_DSP_ONSET_PARTS_H
#define TOCSIN_DSP_ONSET_PARTS_H

#include "dsp/onset.h"

/* onset_noise.c: the noise model, fed once a block of 0.25 s; refreshes each band's `inverse` noise power. */
void onset_noise_learn(struct onset_detector *d);
void onset_noise_refresh(struct onset_detector *d);
bool onset_noise_low(const struct onset_detector *d); /* the last block was as quiet as before the event */
void onset_noise_forget(struct onset_detector *d); /* a stuck axis came back: what was learned is not noise */

/* onset_confirm.c: is this candidate, now, an onset? ONSET_ACCEPTED, or what speaks against it with its
 * number. */
enum onset_reject onset_doubt(const struct onset_detector *d, double *value, double *limit);
/* Mean frequency of the vertical from sample `from` to now, by zero crossings, Hz. */
double onset_frequency(const struct onset_detector *d, int64_t from);
/* Power ratio at the best split of the vertical between `from` and now. */
double onset_change(struct onset_detector *d, int64_t from);

/* onset_refine.c: the exact sample of a declared onset. */
int64_t onset_refine(struct onset_detector *d, double *gain);
/* Best split of history h over samples [from, to); gain as aic_split. */
int64_t onset_split(struct onset_detector *d, const double *h, int64_t from, int64_t to, double *gain);

static inline double onset_past(const double *history, int64_t sample)
{
    return history[sample & (ONSET_HISTORY_RING - 1)];
}

/* The axis that stands farthest from its mean: how far, and at which value. */
static inline double onset_farthest(const vec4 *away, const vec4 *level, double *value)
{
    double farthest = 0;

    *value = 0;
    for (int a = 0; a < 3; a++)
        if ((*away)[a] > farthest) {
            farthest = (*away)[a];
            *value = (*level)[a];
        }
    return farthest;
}

#endif
