/* synth_nuisance.h - what shakes a building without being an earthquake: one table, a row a class.
 *
 * A class says how often it happens and within which limits a single event of it is drawn. Rates and sizes
 * are [own choice] for a sensor fixed to a wall or floor of a lived-in house near a street, except where the
 * row says otherwise; the shapes follow what records of such things look like. For model `judge` the building
 * is another one: its frequencies, sizes and envelopes are moved (synth_voice.c), the rates stay. */
#ifndef TOCSIN_NODE_SYNTH_NUISANCE_H
#define TOCSIN_NODE_SYNTH_NUISANCE_H

#include "io/block.h"

enum synth_nuisance {
    SYNTH_FOOTSTEPS,
    SYNTH_JUMPING,
    SYNTH_DOOR,
    SYNTH_LIFT,
    SYNTH_LORRY,
    SYNTH_TRAIN,
    SYNTH_MACHINE,
    SYNTH_WASHING,
    SYNTH_CONSTRUCTION,
    SYNTH_WIND,
    SYNTH_THERMAL,
    SYNTH_MAINS,
    SYNTH_STEP,
    SYNTH_SPIKE,
    SYNTH_BUMP,
    SYNTH_NUISANCES
};

enum synth_hours { SYNTH_ALWAYS, SYNTH_PEOPLE, SYNTH_TRAFFIC, SYNTH_WORK }; /* over the local day */

enum synth_envelope {
    SYNTH_FLAT,  /* on, with ramps of a second */
    SYNTH_PASS,  /* comes near and goes away */
    SYNTH_GUSTS, /* comes and goes at random, over tens of seconds */
    SYNTH_HUMP,  /* one slow rise and fall */
};

struct synth_limits {
    double from, to; /* drawn between, evenly in the logarithm; both 0: there is none of it */
};

struct synth_class {
    const char *name;
    double per_hour; /* mean over the day */
    enum synth_hours hours;
    struct synth_limits duration_s;
    double peak_mps2,
        spread_ln;      /* median and standard deviation of ln of the largest on the strongest axis */
    double share[AXES]; /* amplitude of each axis, the strongest 1; signs and phases are drawn */
    enum synth_envelope envelope;
    struct synth_limits band_hz;  /* noise from..to (from and to are the corners, not drawn) */
    double noise;                 /* share of the peak that is such noise, as 3 standard deviations */
    struct synth_limits blows_hz; /* blows a second; one at the beginning where both are 0 and ring is not */
    struct synth_limits ring_hz;  /* each blow rings: frequency */
    double damping;               /* and damping, share of critical */
    struct synth_limits line_hz;  /* a sine of that frequency */
    int harmonics;                /* and so many in all, falling as 1/k */
    double line;                  /* share of the peak that the lines have together */
    double swing;                 /* share of the peak by which the level itself follows the envelope */
    double offset; /* share of the peak by which the level moves and stays (signed at random) */
    double spike;  /* share of the peak in the first sample alone */
};

extern const struct synth_class synth_classes[SYNTH_NUISANCES];

/* Factor on the rate at that hour of the local day (0..24), mean 1 over the day; and its largest. */
double synth_hours_weight(enum synth_hours hours, double hour);
double synth_hours_largest(enum synth_hours hours);
/* -1: no such class. */
int synth_nuisance_find(const char *name);

#endif
