/* Which part a device's name means. */
#include "io/sensor_parts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    const char *device, *part; /* NULL: none */
} names[] = {
    {"adxl355", "adxl355"},
    {"ADXL355", "adxl355"},
    {"lsm6dso_accel", "lsm6dso"},
    {"lsm6dsox_accel", "lsm6dsox"},
    {"lis3dhh", "lis3dhh"},
    {"lis3dh", "lis3dh"},
    {"icm42688-p", "icm42688"},
    {"adxl3550", NULL},
    {"adxl35", NULL},
    {"accel_3d", NULL},
    {"", NULL},
};

static void a_name_means_a_part(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct sensor_part *p = sensor_parts_find(names[i].device);
        if (!names[i].part != !p || (p && strcmp(p->name, names[i].part) != 0))
            fail_msg("%s: %s", names[i].device, p ? p->name : "none");
    }
}

static void a_density_is_in_si(void **state)
{
    double d = sensor_parts_density(sensor_parts_find("adxl355"));

    (void)state;
    if (!(fabs(d - 2.4516625e-4) < 1e-12))
        fail_msg("%g", d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_means_a_part),
        cmocka_unit_test(a_density_is_in_si),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
