/* sensor_json.h - a sensor and its health as JSON: for `tocsin sensors`, the node's health and its page. */
#ifndef TOCSIN_NODE_SENSOR_JSON_H
#define TOCSIN_NODE_SENSOR_JSON_H

#include "io/iio.h"
#include "io/json.h"
#include "io/sensor.h"

/* Each adds its keys to an object under construction. */
void sensor_json_info(struct json *to, const struct sys *sys, const struct sensor_info *info);
void sensor_json_health(struct json *to, const struct sys *sys, const struct sensor_health *health);
void sensor_json_seen(struct json *to, const struct sys *sys, const struct iio_seen *seen);

#endif
