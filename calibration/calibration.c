#include "calibration/calibration.h"

#include <string.h>

struct calibration calibration_from_rotation(const double to_zne[3][3])
{
    struct calibration c = {.gain = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, .plain = to_zne == NULL};

    if (to_zne)
        memcpy(c.gain, to_zne, sizeof c.gain);
    return c;
}

void calibration_apply(const struct calibration *c, double (*value)[3], size_t n)
{
    if (c->plain)
        return;
    for (size_t i = 0; i < n; i++) {
        double x[3];
        for (int a = 0; a < 3; a++)
            x[a] = value[i][a] - c->offset[a];
        for (int a = 0; a < 3; a++)
            value[i][a] = c->gain[a][0] * x[0] + c->gain[a][1] * x[1] + c->gain[a][2] * x[2];
    }
}
