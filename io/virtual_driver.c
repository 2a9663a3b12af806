#include <string.h>

#include "io/virtual_sensor.h"

/* Scales and names as the drivers of Linux 6 have them: adxl355_core.c, st_lsm6dsx_core.c (2 g),
 * hid-sensor-accel-3d.c. */
const struct virtual_driver virtual_drivers[] = {
    {.name = "adxl355",
     .format = "be:s20/32>>4",
     .scale = 0.000038245,
     .scale_text = "0.000038245",
     .rate_on_channel = true,
     .rates_listed = true,
     .temperature = true,
     .trigger = true},
    {.name = "lsm6dso_accel",
     .format = "le:s16/16>>0",
     .scale = 0.000598205,
     .scale_text = "0.000598205",
     .rates_listed = true,
     .matrix = true},
    {.name = "accel_3d",
     .format = "le:S32/32>>0",
     .scale = 0.000009806,
     .scale_text = "0.000009806",
     .rate_on_channel = true,
     .trigger = true,
     .hysteresis = true},
    {0},
};

const struct virtual_driver *virtual_driver_find(const char *name)
{
    for (const struct virtual_driver *d = virtual_drivers; d->name; d++)
        if (strcmp(d->name, name) == 0)
            return d;
    return NULL;
}

const struct virtual_driver *virtual_driver_of_format(const char *format)
{
    for (const struct virtual_driver *d = virtual_drivers; d->name; d++)
        if (strcmp(d->format, format) == 0)
            return d;
    return NULL;
}
