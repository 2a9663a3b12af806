#include "node/synth_nuisance.h"

#include <math.h>
#include <string.h>

/* The comment says what a row stands for, and where a number is not only a guess. "Measured": from records of
 * such events that were at hand while this was written. */
const struct synth_class synth_classes[SYNTH_NUISANCES] = {
    /* A walk past the sensor. 1.6 to 2.3 steps a second; floors ring at 8 to 30 Hz. Measured, vertical, a few
     * metres off: peaks of 16 to 29 mm/s^2 in 44 walks. */
    [SYNTH_FOOTSTEPS] = {.name = "footsteps",
                         .per_hour = 4.0,
                         .hours = SYNTH_PEOPLE,
                         .duration_s = {4.0, 20.0},
                         .peak_mps2 = 0.02,
                         .spread_ln = 0.7,
                         .share = {1.0, 0.3, 0.3},
                         .envelope = SYNTH_PASS,
                         .blows_hz = {1.6, 2.3},
                         .ring_hz = {8.0, 30.0},
                         .damping = 0.04},
    /* Children, gymnastics: stronger, faster, lower, in place. */
    [SYNTH_JUMPING] = {.name = "jumping",
                       .per_hour = 0.05,
                       .hours = SYNTH_PEOPLE,
                       .duration_s = {3.0, 30.0},
                       .peak_mps2 = 0.2,
                       .spread_ln = 0.6,
                       .share = {1.0, 0.25, 0.25},
                       .envelope = SYNTH_FLAT,
                       .blows_hz = {1.5, 3.0},
                       .ring_hz = {6.0, 20.0},
                       .damping = 0.04},
    /* One slam: the wall rings, mostly sideways. */
    [SYNTH_DOOR] = {.name = "door",
                    .per_hour = 3.0,
                    .hours = SYNTH_PEOPLE,
                    .duration_s = {1.0, 1.5},
                    .peak_mps2 = 0.1,
                    .spread_ln = 0.8,
                    .share = {0.5, 1.0, 0.6},
                    .envelope = SYNTH_FLAT,
                    .ring_hz = {15.0, 45.0},
                    .damping = 0.06},
    /* Motor and guide rails: a line, noise, and brake and doors as blows every few seconds. */
    [SYNTH_LIFT] = {.name = "lift",
                    .per_hour = 4.0,
                    .hours = SYNTH_PEOPLE,
                    .duration_s = {10.0, 40.0},
                    .peak_mps2 = 0.01,
                    .spread_ln = 0.5,
                    .share = {1.0, 0.6, 0.6},
                    .envelope = SYNTH_FLAT,
                    .band_hz = {10.0, 40.0},
                    .noise = 0.3,
                    .blows_hz = {0.08, 0.2},
                    .ring_hz = {5.0, 15.0},
                    .damping = 0.08,
                    .line_hz = {12.0, 25.0},
                    .harmonics = 2,
                    .line = 0.4},
    /* Axle hop and body of a heavy vehicle on a rough street, 8 to 20 Hz. */
    [SYNTH_LORRY] = {.name = "lorry",
                     .per_hour = 6.0,
                     .hours = SYNTH_TRAFFIC,
                     .duration_s = {4.0, 15.0},
                     .peak_mps2 = 0.015,
                     .spread_ln = 0.7,
                     .share = {1.0, 0.7, 0.7},
                     .envelope = SYNTH_PASS,
                     .band_hz = {8.0, 20.0},
                     .noise = 1.0},
    /* Measured, freight trains near a house: 10 mm/s^2, minutes, with lines. */
    [SYNTH_TRAIN] = {.name = "train",
                     .per_hour = 1.5,
                     .hours = SYNTH_TRAFFIC,
                     .duration_s = {15.0, 180.0},
                     .peak_mps2 = 0.01,
                     .spread_ln = 0.6,
                     .share = {1.0, 0.8, 0.8},
                     .envelope = SYNTH_PASS,
                     .band_hz = {12.0, 40.0},
                     .noise = 0.8,
                     .line_hz = {5.0, 12.0},
                     .harmonics = 3,
                     .line = 0.2},
    /* Fans, pumps, compressors: induction motors of 4 and 6 poles at 50 Hz (15.8 to 24.9 Hz), belts below. */
    [SYNTH_MACHINE] = {.name = "machine",
                       .per_hour = 0.15,
                       .hours = SYNTH_WORK,
                       .duration_s = {300.0, 7200.0},
                       .peak_mps2 = 0.01,
                       .spread_ln = 0.8,
                       .share = {0.7, 1.0, 0.8},
                       .envelope = SYNTH_FLAT,
                       .band_hz = {10.0, 40.0},
                       .noise = 0.1,
                       .line_hz = {8.0, 24.9},
                       .harmonics = 3,
                       .line = 0.9},
    /* Tumbling at 0.8 a second under the drum's 8 to 20 Hz. Measured on the machine: 8 mm/s^2 rms washing, 40
     * spinning; a floor away a tenth. */
    [SYNTH_WASHING] = {.name = "washing",
                       .per_hour = 0.08,
                       .hours = SYNTH_PEOPLE,
                       .duration_s = {1800.0, 5400.0},
                       .peak_mps2 = 0.015,
                       .spread_ln = 0.6,
                       .share = {0.7, 1.0, 1.0},
                       .envelope = SYNTH_GUSTS,
                       .band_hz = {5.0, 30.0},
                       .noise = 0.2,
                       .blows_hz = {0.6, 1.0},
                       .ring_hz = {8.0, 20.0},
                       .damping = 0.05,
                       .line_hz = {8.0, 20.0},
                       .harmonics = 2,
                       .line = 0.5},
    /* Breakers, rams and hammers next door: blow upon blow, for minutes. */
    [SYNTH_CONSTRUCTION] = {.name = "construction",
                            .per_hour = 0.1,
                            .hours = SYNTH_WORK,
                            .duration_s = {60.0, 1800.0},
                            .peak_mps2 = 0.05,
                            .spread_ln = 0.9,
                            .share = {1.0, 0.8, 0.8},
                            .envelope = SYNTH_GUSTS,
                            .blows_hz = {0.5, 12.0},
                            .ring_hz = {10.0, 35.0},
                            .damping = 0.08},
    /* The building's first modes, sideways, for hours. */
    [SYNTH_WIND] = {.name = "wind",
                    .per_hour = 0.04,
                    .hours = SYNTH_ALWAYS,
                    .duration_s = {1800.0, 14400.0},
                    .peak_mps2 = 0.004,
                    .spread_ln = 0.6,
                    .share = {0.1, 1.0, 0.8},
                    .envelope = SYNTH_GUSTS,
                    .band_hz = {0.3, 3.0},
                    .noise = 1.0},
    /* The sun on the wall: zero-g drift of MEMS sensors is 0.1 to 1 mg a kelvin. */
    [SYNTH_THERMAL] = {.name = "thermal",
                       .per_hour = 1.0 / 24.0,
                       .hours = SYNTH_ALWAYS,
                       .duration_s = {3600.0, 20000.0},
                       .peak_mps2 = 0.03,
                       .spread_ln = 0.6,
                       .share = {1.0, 0.7, 0.7},
                       .envelope = SYNTH_HUMP,
                       .swing = 1.0},
    /* Pick-up of the supply, 50 Hz and its third: at a rate of 100 Hz it folds to just below 50, as in a
     * sensor without a filter. */
    [SYNTH_MAINS] = {.name = "mains",
                     .per_hour = 0.03,
                     .hours = SYNTH_ALWAYS,
                     .duration_s = {600.0, 20000.0},
                     .peak_mps2 = 0.005,
                     .spread_ln = 0.6,
                     .share = {1.0, 0.8, 0.6},
                     .envelope = SYNTH_FLAT,
                     .line_hz = {49.8, 50.2},
                     .harmonics = 3,
                     .line = 1.0},
    /* The level jumps and stays: mechanical relaxation, a connector. */
    [SYNTH_STEP] = {.name = "step",
                    .per_hour = 0.02,
                    .hours = SYNTH_ALWAYS,
                    .duration_s = {1.0, 1.0},
                    .peak_mps2 = 0.02,
                    .spread_ln = 0.8,
                    .share = {1.0, 0.6, 0.6},
                    .envelope = SYNTH_FLAT,
                    .offset = 1.0},
    /* One wrong sample: a bit on the bus. */
    [SYNTH_SPIKE] = {.name = "spike",
                     .per_hour = 0.1,
                     .hours = SYNTH_ALWAYS,
                     .duration_s = {0.1, 0.1},
                     .peak_mps2 = 0.5,
                     .spread_ln = 1.2,
                     .share = {1.0, 0.0, 0.0},
                     .envelope = SYNTH_FLAT,
                     .spike = 1.0},
    /* Someone hits the housing: a blow of metres per second squared, and the sensor stands askew behind it.
     */
    [SYNTH_BUMP] = {.name = "bump",
                    .per_hour = 0.02,
                    .hours = SYNTH_PEOPLE,
                    .duration_s = {1.0, 3.0},
                    .peak_mps2 = 3.0,
                    .spread_ln = 0.7,
                    .share = {0.6, 1.0, 0.8},
                    .envelope = SYNTH_FLAT,
                    .ring_hz = {15.0, 40.0},
                    .damping = 0.1,
                    .offset = 0.03},
};

/* Relative rate of each three hours from midnight, scaled to mean 1 [own choice]. */
static const double by_hours[][8] = {
    [SYNTH_ALWAYS] = {1, 1, 1, 1, 1, 1, 1, 1},
    [SYNTH_PEOPLE] = {0.2, 0.1, 1.2, 1.2, 1.2, 1.2, 1.8, 1.1},
    [SYNTH_TRAFFIC] = {0.3, 0.5, 1.6, 1.4, 1.3, 1.4, 1.0, 0.5},
    [SYNTH_WORK] = {0.05, 0.05, 1.3, 2.6, 2.0, 1.6, 0.3, 0.1},
};

double synth_hours_weight(enum synth_hours hours, double hour)
{
    int i = (int)floor(fmod(hour, 24.0) / 3.0);

    return by_hours[hours][i < 0 ? 0 : i > 7 ? 7 : i];
}

double synth_hours_largest(enum synth_hours hours)
{
    double largest = 0.0;

    for (int i = 0; i < 8; i++)
        largest = fmax(largest, by_hours[hours][i]);
    return largest;
}

int synth_nuisance_find(const char *name)
{
    for (int i = 0; i < SYNTH_NUISANCES; i++)
        if (strcmp(synth_classes[i].name, name) == 0)
            return i;
    return -1;
}
