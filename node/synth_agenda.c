#include "node/synth_agenda.h"

#include <math.h>

enum { STREAM = 0x41670000, STREAMS_A_MODEL = 256 };

/* The next arrival after `from_s`: candidates at the largest rate of the day, of which each is kept with the
 * probability of its hour (thinning). */
static double arrival(struct synth_agenda *a, int what, double from_s)
{
    const struct synth_class *c = &synth_classes[what];
    double largest = synth_hours_largest(c->hours), per_s = c->per_hour * a->conf.activity * largest / 3600.0;
    struct synth_random *r = &a->process[what].random;

    if (!(a->conf.classes >> what & 1u) || per_s <= 0.0)
        return INFINITY;
    do
        from_s += synth_random_exponential(r) / per_s;
    while (synth_random_uniform(r) * largest >=
           synth_hours_weight(c->hours, a->conf.start_hour + from_s / 3600.0));
    return from_s;
}

void synth_agenda_begin(struct synth_agenda *a, const struct synth_agenda_conf *conf)
{
    a->conf = *conf;
    for (int i = 0; i < SYNTH_NUISANCES; i++) {
        synth_random_seed(&a->process[i].random, conf->seed,
                          STREAM + (uint64_t)conf->model * STREAMS_A_MODEL + (uint64_t)i);
        a->process[i].next_s = arrival(a, i, 0.0);
    }
}

static int first(const struct synth_agenda *a)
{
    int at = 0;

    for (int i = 1; i < SYNTH_NUISANCES; i++)
        if (a->process[i].next_s < a->process[at].next_s)
            at = i;
    return at;
}

double synth_agenda_peek(const struct synth_agenda *a)
{
    return a->process[first(a)].next_s;
}

void synth_agenda_next(struct synth_agenda *a, struct synth_event *out)
{
    int what = first(a);
    const struct synth_class *c = &synth_classes[what];
    struct synth_random *r = &a->process[what].random;
    double spread = c->spread_ln + (a->conf.model == SYNTH_JUDGE ? 0.2 : 0.0);

    out->what = (enum synth_nuisance)what;
    out->start_s = a->process[what].next_s;
    out->duration_s = synth_random_log_within(r, c->duration_s.from, c->duration_s.to);
    out->peak_mps2 = c->peak_mps2 * exp(spread * synth_random_normal(r));
    out->seed = synth_random_bits(r);
    a->process[what].next_s = arrival(a, what, out->start_s);
}
