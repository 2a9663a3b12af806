/* synth_random.h - random numbers of the synthetic records: a pure function of seed and stream.
 *
 * xoshiro256** started by splitmix64, after the public-domain algorithms of Blackman and Vigna. Streams of
 * one seed are independent for every practical purpose; stream 0 is the seed itself. */
#ifndef TOCSIN_NODE_SYNTH_RANDOM_H
#define TOCSIN_NODE_SYNTH_RANDOM_H

#include <stdint.h>

struct synth_random {
    uint64_t s[4];
    double spare;
    int has_spare;
};

void synth_random_seed(struct synth_random *r, uint64_t seed, uint64_t stream);
uint64_t synth_random_bits(struct synth_random *r);
double synth_random_uniform(struct synth_random *r); /* 0 <= x < 1 */
double synth_random_within(struct synth_random *r, double from, double to);
double synth_random_log_within(struct synth_random *r, double from, double to); /* logarithm uniform; > 0 */
double synth_random_normal(struct synth_random *r);                             /* mean 0, variance 1 */
double synth_random_exponential(struct synth_random *r);                        /* mean 1 */

#endif
