/* synth_agenda.h - when what happens in a building: events of every class in order of time, without end.
 *
 * Each class is a Poisson process of its own at the rate of its row, more by day than by night, with its own
 * random numbers: leaving one class out moves no other. A pure function of seed and model. No allocation. */
#ifndef TOCSIN_NODE_SYNTH_AGENDA_H
#define TOCSIN_NODE_SYNTH_AGENDA_H

#include "node/synth_voice.h"

struct synth_agenda_conf {
    uint64_t seed;
    enum synth_model_name model;
    double activity;   /* factor on all rates, >= 0 */
    double start_hour; /* of the local day, at time 0 */
    unsigned classes;  /* bit SYNTH_x: that class happens */
};

#define SYNTH_ALL_CLASSES ((1u << SYNTH_NUISANCES) - 1u)

struct synth_agenda {
    struct synth_agenda_conf conf;
    struct {
        struct synth_random random;
        double next_s;
    } process[SYNTH_NUISANCES];
};

void synth_agenda_begin(struct synth_agenda *a, const struct synth_agenda_conf *conf);
/* Time of the next event, s; infinite when nothing ever happens. */
double synth_agenda_peek(const struct synth_agenda *a);
/* Takes it; only while peek is finite. */
void synth_agenda_next(struct synth_agenda *a, struct synth_event *out);

#endif
