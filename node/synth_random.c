#include "node/synth_random.h"

#include <math.h>
#include <string.h>

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static uint64_t mix(uint64_t z) /* splitmix64's finish: 0 stays 0 */
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void synth_random_seed(struct synth_random *r, uint64_t seed, uint64_t stream)
{
    memset(r, 0, sizeof *r);
    seed ^= mix(stream);
    for (int i = 0; i < 4; i++)
        r->s[i] = mix(seed += UINT64_C(0x9e3779b97f4a7c15));
}

uint64_t synth_random_bits(struct synth_random *r)
{
    uint64_t *s = r->s, out = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return out;
}

double synth_random_uniform(struct synth_random *r)
{
    return (double)(synth_random_bits(r) >> 11) * 0x1p-53;
}

double synth_random_within(struct synth_random *r, double from, double to)
{
    return from + (to - from) * synth_random_uniform(r);
}

double synth_random_log_within(struct synth_random *r, double from, double to)
{
    return from * pow(to / from, synth_random_uniform(r));
}

double synth_random_normal(struct synth_random *r) /* polar method: two at a time */
{
    double u, v, q, scale;

    if (r->has_spare) {
        r->has_spare = 0;
        return r->spare;
    }
    do {
        u = 2.0 * synth_random_uniform(r) - 1.0;
        v = 2.0 * synth_random_uniform(r) - 1.0;
        q = u * u + v * v;
    } while (q >= 1.0 || q <= 0.0);
    scale = sqrt(-2.0 * log(q) / q);
    r->spare = v * scale;
    r->has_spare = 1;
    return u * scale;
}

double synth_random_exponential(struct synth_random *r)
{
    return -log1p(-synth_random_uniform(r));
}
