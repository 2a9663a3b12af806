#include "node/synth_sensor.h"

#include <math.h>

double synth_sensor_lsb_mps2(const struct synth_sensor *s)
{
    return s->bits ? s->range_g * SYNTH_G_MPS2 / exp2(s->bits - 1) : 0.0;
}

double synth_sensor_density(const struct synth_sensor *s)
{
    double root = s->noise_ug_rthz * 1e-6 * SYNTH_G_MPS2;

    return root * root;
}

void synth_sensor_noise(const struct synth_sensor *s, double rate_hz, double (*value)[AXES], size_t n,
                        struct synth_random *random)
{
    double sigma = sqrt(synth_sensor_density(s) * rate_hz / 2.0);

    if (sigma <= 0.0)
        return;
    for (size_t i = 0; i < n; i++)
        for (int a = 0; a < AXES; a++)
            value[i][a] += sigma * synth_random_normal(random);
}

uint64_t synth_sensor_digitise(const struct synth_sensor *s, double (*value)[AXES], size_t n)
{
    double range = s->range_g * SYNTH_G_MPS2, lsb = synth_sensor_lsb_mps2(s);
    uint64_t cut = 0;

    if (!s->bits)
        return 0;
    for (size_t i = 0; i < n; i++) {
        for (int a = 0; a < AXES; a++) {
            double v = lsb * rint(value[i][a] / lsb), kept = fmin(fmax(v, -range), range - lsb);

            cut += kept != v;
            value[i][a] = kept;
        }
    }
    return cut;
}
