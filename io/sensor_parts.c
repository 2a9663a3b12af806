#include "io/sensor_parts.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

static const char memory[] = "data sheet, typical, from memory";

static const struct sensor_part parts[] = {
    {"adxl355", 25, 2, 8, memory},   {"adxl357", 90, 10, 40, memory},   {"adxl359", 90, 10, 40, memory},
    {"adxl345", 290, 2, 16, memory}, {"adxl313", 150, 0.5, 4, memory},  {"adxl367", 170, 2, 8, memory},
    {"adxl380", 30, 4, 16, memory},  {"adxl382", 55, 15, 60, memory},   {"lis3dhh", 45, 2.5, 2.5, memory},
    {"lis3dh", 220, 2, 16, memory},  {"lis2dw12", 90, 2, 16, memory},   {"lsm6ds3", 90, 2, 16, memory},
    {"lsm6dsl", 80, 2, 16, memory},  {"lsm6dsm", 75, 2, 16, memory},    {"lsm6dso", 70, 2, 16, memory},
    {"lsm6dsox", 70, 2, 16, memory}, {"ism330dhcx", 60, 2, 16, memory}, {"iis2iclx", 15, 0.5, 3, memory},
    {"icm42605", 70, 2, 16, memory}, {"icm42600", 70, 2, 16, memory},   {"icm42688", 70, 2, 16, memory},
    {"bmi160", 180, 2, 16, memory},  {"bmi270", 160, 2, 16, memory},    {"bmi323", 180, 2, 16, memory},
    {"bmi088", 175, 3, 24, memory},  {"mma8451", 126, 2, 8, memory},    {"fxls8962af", 280, 2, 16, memory},
    {"kx022a", 130, 2, 16, memory},  {"sca3300", 37, 1.5, 6, memory},   {"mpu6050", 400, 2, 16, memory},
};

static char plain(char c)
{
    return (char)(c == '_' ? '-' : tolower((unsigned char)c));
}

const struct sensor_part *sensor_parts_find(const char *device)
{
    const struct sensor_part *best = NULL;
    size_t longest = 0;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t n = 0;
        while (parts[i].name[n] && plain(device[n]) == parts[i].name[n])
            n++;
        if (parts[i].name[n] || isdigit((unsigned char)device[n]) || n <= longest)
            continue;
        longest = n;
        best = &parts[i];
    }
    return best;
}

double sensor_parts_density(const struct sensor_part *part)
{
    return part->density_ug_rthz * 1e-6 * SENSOR_PARTS_G;
}
