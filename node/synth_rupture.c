#include "node/synth_rupture.h"

#include <math.h>
#include <string.h>

#include "node/synth_random.h"

#define PIECE_KM 5.0 /* of rupture a sub-event stands for, at least [own choice: an M 5.5..6] */
/* Amplitudes of sub-events scatter: standard deviation of the natural logarithm [own choice]. */
#define SPREAD_LN 0.5
enum { STREAM = 0x52757074 }; /* keeps the record's own random numbers as they are */

/* Wells & Coppersmith (1994), subsurface length, all mechanisms: log L = -2.44 + 0.59 M [from memory]. */
static double length_km(double magnitude)
{
    return pow(10.0, -2.44 + 0.59 * magnitude);
}

static double nearest_km(double x, double y, double north, double east, double from, double to)
{
    double along = -(x * north + y * east); /* the node's foot on the line, from the epicentre */

    along = fmin(fmax(along, from), to);
    return hypot(x + along * north, y + along * east);
}

static bool is_finite(const struct synth_conf *c)
{
    return c->source == SYNTH_FINITE || (c->source == SYNTH_AUTO && c->magnitude >= SYNTH_FINITE_FROM);
}

/* Relative amplitude at a share 0..1 of the way from the beginning to the end of the rupture. */
static double slip(const struct synth_conf *c, double share)
{
    return c->ramp > 0.0 && share < c->ramp ? 0.1 + 0.9 * share / c->ramp : 1.0;
}

void synth_rupture_make(struct synth_rupture *r, const struct synth_conf *c)
{
    double azimuth = c->back_azimuth_deg * M_PI / 180.0, strike = c->strike_deg * M_PI / 180.0;
    double x = c->distance_km * cos(azimuth), y = c->distance_km * sin(azimuth); /* epicentre: north, east */
    double north = cos(strike), east = sin(strike), energy = 0.0, begin, farthest;
    struct synth_random random;

    memset(r, 0, sizeof *r);
    r->n = 1;
    r->magnitude = c->magnitude;
    r->nearest_km = c->distance_km;
    r->sub[0] = (struct synth_subevent){0.0, c->distance_km, c->back_azimuth_deg, 1.0};
    if (!is_finite(c))
        return;
    r->length_km = length_km(c->magnitude);
    r->n = (int)fmin(fmax(ceil(r->length_km / PIECE_KM), 1.0), SYNTH_SUBEVENTS_MAX);
    r->magnitude = c->magnitude - 2.0 / 3.0 * log10(r->n);
    synth_random_seed(&random, c->seed, STREAM + (uint64_t)c->model);
    begin = synth_random_within(&random, 0.1, 0.9) * r->length_km;
    farthest = fmax(begin, r->length_km - begin);
    r->nearest_km = nearest_km(x, y, north, east, -begin, r->length_km - begin);
    for (int i = 0; i < r->n; i++) {
        /* The first one is where the rupture begins: its P is the record's onset. */
        double along = (((double)i + 0.5) / r->n) * r->length_km - begin;
        struct synth_subevent *s = &r->sub[i];
        double sx, sy;

        if (fabs(along) <= 0.5 * r->length_km / r->n)
            along = 0.0;
        sx = x + along * north;
        sy = y + along * east;
        s->delay_s = fabs(along) / (c->rupture_speed * synth_model(c->model)->vs_kms);
        s->distance_km = hypot(sx, sy);
        s->back_azimuth_deg = atan2(sy, sx) * 180.0 / M_PI;
        s->gain = slip(c, fabs(along) / farthest) * exp(SPREAD_LN * synth_random_normal(&random));
        r->duration_s = fmax(r->duration_s, s->delay_s);
        energy += s->gain * s->gain;
    }
    for (int i = 0; i < r->n; i++) /* as loud together as the whole */
        r->sub[i].gain /= sqrt(energy);
}
