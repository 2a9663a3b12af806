/* sensor_conf.h - the configuration's rows of live sensors: a group sensors.<name> each.
 *
 *     sensors = { cellar = { uri = "local:"; device = "adxl355"; axes = "zyx"; }; };
 */
#ifndef TOCSIN_IO_SENSOR_CONF_H
#define TOCSIN_IO_SENSOR_CONF_H

#include "io/conf.h"
#include "io/sensor.h"

enum { SENSORS_MAX = 4 };

struct sensors_conf {
    size_t count;
    struct conf_name name[SENSORS_MAX];
    struct sensor_conf sensor[SENSORS_MAX];
    struct conf_group group; /* what the table points to */
};

/* Fills *table for conf_load, conf_print and conf_manual, with *conf as its target; both stay where they are. */
void sensor_conf_table(struct sensors_conf *conf, struct conf_table *table);
/* What no single row can check, after conf_load: 0, or -1 with err that says where. */
int sensor_conf_check(const struct sensors_conf *conf, const struct conf_table *table, struct error *err);
/* Rows Z N E from the sensor's x y z: "zyx", "-zxy". False, and to_zne untouched, unless each axis stands there once. */
bool sensor_conf_axes(const char *axes, double to_zne[SENSOR_AXES][SENSOR_AXES]);

#endif
