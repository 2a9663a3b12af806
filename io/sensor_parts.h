/* sensor_parts.h - what an accelerometer's data sheet promises, by the name its driver gives it.
 *
 * A constant table, no allocation, any thread. The densities are data sheets' typical values as written down from
 * memory, and say so in `source`: good to judge by a factor of two, no better. Where a part has several ranges the
 * density is that of the lowest. */
#ifndef TOCSIN_IO_SENSOR_PARTS_H
#define TOCSIN_IO_SENSOR_PARTS_H

#define SENSOR_PARTS_G 9.80665 /* m/s^2, standard gravity (3rd CGPM, 1901) */

struct sensor_part {
    const char *name;       /* begins the device's name: "adxl355" */
    double density_ug_rthz; /* white noise, micro-g per root hertz, the noisiest axis */
    double range_g, most_g; /* the smallest and largest range that the part has */
    const char *source;     /* of the numbers */
};

/* The part whose name the device's name begins with (the longest such, upper and lower case alike, '-' and '_' alike),
 * where a letter of the chip's revision or "_accel" may follow but no digit; NULL: none known. */
const struct sensor_part *sensor_parts_find(const char *device);
/* Noise density in m/s^2 per root hertz. */
double sensor_parts_density(const struct sensor_part *part);

#endif
