#include "io/sensor_conf.h"

#include <stddef.h>
#include <string.h>

#define AT(name)    offsetof(struct sensor_conf, name)
#define LIMIT(name) offsetof(struct sensor_conf, limits.name)

static const struct conf_row rows[] = {
    {.key = "uri",
     .type = CONF_TEXT,
     .offset = AT(uri),
     .initial = "",
     .help = "IIO context: local:, ip:HOST[:PORT], usb:..., serial:..., xml:FILE; empty: local:, and if it "
             "has no "
             "accelerometer what is on USB"},
    {.key = "device",
     .type = CONF_TEXT,
     .offset = AT(device),
     .initial = "",
     .help = "id, name, label or serial number of the device; empty: the first accelerometer"},
    {.key = "trigger",
     .type = CONF_TEXT,
     .offset = AT(trigger),
     .initial = "",
     .help = "name of the IIO trigger; empty: the one that is set, or the device's own"},
    {.key = "axes",
     .type = CONF_TEXT,
     .offset = AT(axes),
     .initial = "zyx",
     .help = "which of the sensor's x, y, z points up, north and east; - in front of one: it points the "
             "other way",
     .source = "how the sensor is mounted"},
    {.key = "rate_hz",
     .type = CONF_REAL,
     .offset = AT(rate_hz),
     .initial = "250.0",
     .min = 20,
     .max = 32000,
     .help = "sampling rate; the nearest that the sensor has is taken",
     .source = "own choice: as fast as detection works without decimation"},
    {.key = "latency_ms",
     .type = CONF_REAL,
     .offset = AT(latency_ms),
     .initial = "4.0",
     .min = 0,
     .max = 1000,
     .help = "how long a buffer may take to fill, and so how old a sample may become",
     .source = "own choice: one sample at 250 Hz; 16 made decisions up to 12 ms later (docs/performance.md)"},
    {.key = "kernel_buffers",
     .type = CONF_INT,
     .offset = AT(kernel_buffers),
     .initial = "256",
     .min = 1,
     .max = 1024,
     .help = "how many buffers the kernel queues while nobody reads",
     .source = "measured: of 4, the default, a busy machine loses samples"},
    {.key = "timeout_ms",
     .type = CONF_INT,
     .offset = AT(timeout_ms),
     .initial = "500",
     .min = 50,
     .max = 10000,
     .help = "of any answer; a server that stays silent for it is given up and connected to again",
     .source = "own choice: so that a dead sensor is told within a second"},
    {.key = "range_mps2",
     .type = CONF_REAL,
     .offset = AT(range_mps2),
     .initial = "19.5",
     .min = 0,
     .max = 2000,
     .help = "the sensor's smallest range that holds this is set; 0: left as it is",
     .source = "2 g: what strong shaking stays below; a larger range costs resolution"},
    {.key = "noise_max_mps2",
     .type = CONF_REAL,
     .offset = LIMIT(noise_max_mps2),
     .initial = "0.05",
     .min = 0,
     .max = 100,
     .help = "quiet noise (lower quartile of 1 s rms) above it: unfit; 0: not checked",
     .source = "own choice: intensity 3 is 0.03 m/s^2 at its peak, a P wave less"},
    {.key = "noise_min_mps2",
     .type = CONF_REAL,
     .offset = LIMIT(noise_min_mps2),
     .initial = "0.0",
     .min = 0,
     .max = 1,
     .help = "... and below it: deaf; 0: not checked",
     .source = "a third of the data sheet's noise over half the rate"},
    {.key = "rate_tolerance",
     .type = CONF_REAL,
     .offset = LIMIT(rate_tolerance),
     .initial = "0.03",
     .min = 0,
     .max = 1,
     .help = "of true rate over stated rate, less 1; 0: not checked",
     .source = "own choice: chips with their own oscillator are good to 1 to 2 %"},
    {.key = "lost_max",
     .type = CONF_REAL,
     .offset = LIMIT(lost_max),
     .initial = "0.01",
     .min = 0,
     .max = 1,
     .help = "share of the samples of 10 s that may be lost",
     .source = "own choice"},
    {.key = "gravity_tolerance",
     .type = CONF_REAL,
     .offset = LIMIT(gravity_tolerance),
     .initial = "0.1",
     .min = 0,
     .max = 1,
     .help = "the level's length over 9.80665 m/s^2, less 1, above it: the scale is wrong; 0: not checked",
     .source = "own choice: offsets by data sheets stay below 0.1 g"},
    {.key = "temperature_min_c",
     .type = CONF_REAL,
     .offset = LIMIT(temperature_min_c),
     .initial = "-40.0",
     .min = -273,
     .max = 1000,
     .help = "outside it and temperature_max_c the sensor is unfit; both 0: not checked",
     .source = "data sheets"},
    {.key = "temperature_max_c",
     .type = CONF_REAL,
     .offset = LIMIT(temperature_max_c),
     .initial = "85.0",
     .min = -273,
     .max = 1000,
     .help = "see temperature_min_c",
     .source = "data sheets"},
    {.key = "flat_s",
     .type = CONF_REAL,
     .offset = LIMIT(flat_s),
     .initial = "0.0",
     .min = 0,
     .max = 3600,
     .help = "no axis moves for so long: flat; 0: 1 s, and longer for a sensor with coarse steps",
     .source = "io/sensor_watch.h"},
};

void sensor_conf_table(struct sensors_conf *conf, struct conf_table *table)
{
    conf->group = (struct conf_group){
        .name = "sensors",
        .help = "a live accelerometer, by libiio",
        .max = SENSORS_MAX,
        .stride = sizeof *conf->sensor,
        .count = &conf->count,
        .names = conf->name,
    };
    *table = (struct conf_table){
        .row = rows,
        .rows = sizeof rows / sizeof *rows,
        .target = conf->sensor,
        .group = &conf->group,
    };
}

bool sensor_conf_axes(const char *axes, double to_zne[SENSOR_AXES][SENSOR_AXES])
{
    static const char names[] = "xyz";
    double rotation[SENSOR_AXES][SENSOR_AXES] = {{0}};
    unsigned seen = 0;

    for (int row = 0; row < SENSOR_AXES; row++) {
        double sign = 1;
        if (*axes == '-') {
            sign = -1;
            axes++;
        }
        const char *found = *axes ? strchr(names, *axes++) : NULL;
        if (!found || seen >> (found - names) & 1)
            return false;
        seen |= 1u << (found - names);
        rotation[row][found - names] = sign;
    }
    if (*axes)
        return false;
    memcpy(to_zne, rotation, sizeof rotation);
    return true;
}

int sensor_conf_check(const struct sensors_conf *conf, const struct conf_table *table, struct error *err)
{
    char where[2 * CONF_TEXT_MAX];
    double zne[SENSOR_AXES][SENSOR_AXES];

    for (size_t i = 0; i < conf->count; i++) {
        const struct sensor_conf *c = &conf->sensor[i];
        if (!sensor_conf_axes(c->axes, zne))
            return error_set(err,
                             "%s: sensors.%s.axes is \"%s\"; want x, y and z once each, \"zyx\", \"-zxy\"",
                             conf_where(table, i, "axes", where, sizeof where), conf->name[i].text, c->axes);
        if (c->limits.temperature_min_c > c->limits.temperature_max_c)
            return error_set(err, "%s: sensors.%s.temperature_min_c is above temperature_max_c",
                             conf_where(table, i, "temperature_min_c", where, sizeof where),
                             conf->name[i].text);
    }
    return 0;
}
