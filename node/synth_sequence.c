#include "node/synth_sequence.h"

#include <math.h>

#define A      -1.67
#define B      0.91
#define C_DAYS 0.05
#define P      1.08
#define DAY_S  86400.0
/* Off the rupture, each way, and in depth: share of its length, and km [own choice]. */
#define OFF_SHARE   0.15
#define DEPTH_KM    3.0
#define STRESS_LN   0.5 /* of the stress drop, natural logarithm [own choice] */
#define SMALLEST_KM 1.0
enum { STREAM = 0x53657175 };

static double per_day(double main_magnitude, double smallest) /* at t + c of one day */
{
    return pow(10.0, A + B * (main_magnitude - smallest));
}

double synth_sequence_expected(double main_magnitude, double smallest, double t_s)
{
    return per_day(main_magnitude, smallest) * (pow(C_DAYS, 1.0 - P) - pow(t_s / DAY_S + C_DAYS, 1.0 - P)) /
           (P - 1.0);
}

/* The time by which `total` are expected; infinite beyond what will ever come (p > 1: the sum is finite). */
static double time_of(const struct synth_sequence *s, double total)
{
    double left = pow(C_DAYS, 1.0 - P) - total * (P - 1.0) / per_day(s->main.magnitude, s->smallest);

    return left > 0.0 ? (pow(left, 1.0 / (1.0 - P)) - C_DAYS) * DAY_S : INFINITY;
}

static void advance(struct synth_sequence *s)
{
    s->total += synth_random_exponential(&s->random);
    s->next_s = time_of(s, s->total);
}

void synth_sequence_begin(struct synth_sequence *s, const struct synth_conf *main, double smallest)
{
    s->main = *main;
    s->smallest = smallest;
    s->length_km = pow(10.0, -2.44 + 0.59 * main->magnitude); /* as in synth_rupture.c */
    s->total = 0.0;
    synth_random_seed(&s->random, main->seed, STREAM + (uint64_t)main->model);
    advance(s);
}

double synth_sequence_peek(const struct synth_sequence *s)
{
    return s->next_s;
}

void synth_sequence_next(struct synth_sequence *s, struct synth_conf *out)
{
    struct synth_random *r = &s->random;
    double strike = s->main.strike_deg * M_PI / 180.0, azimuth = s->main.back_azimuth_deg * M_PI / 180.0;
    double share = -expm1(-B * log(10.0) * (s->main.magnitude - s->smallest)) * synth_random_uniform(r);
    double along = synth_random_within(r, -0.5, 0.5) * s->length_km;
    double off = OFF_SHARE * s->length_km * synth_random_normal(r);
    double x = s->main.distance_km * cos(azimuth) + along * cos(strike) - off * sin(strike);
    double y = s->main.distance_km * sin(azimuth) + along * sin(strike) + off * cos(strike);

    *out = s->main;
    out->magnitude = fmax(0.0, s->smallest - log1p(-share) / (B * log(10.0)));
    out->distance_km = fmin(hypot(x, y), 300.0);
    out->back_azimuth_deg = atan2(y, x) * 180.0 / M_PI;
    out->depth_km = fmin(fmax(s->main.depth_km + DEPTH_KM * synth_random_normal(r), SMALLEST_KM), 200.0);
    out->stress_bar = fmin(fmax(s->main.stress_bar * exp(STRESS_LN * synth_random_normal(r)), 1.0), 1000.0);
    out->ramp = 0.0;
    out->seed = synth_random_bits(r);
    out->before_s = 0.0;
    out->sensor.noise_ug_rthz = 0.0;
    out->sensor.bits = 0;
    advance(s);
}
