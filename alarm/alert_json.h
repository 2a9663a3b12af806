/* alert_json.h - an alert as keys of a JSON object, the same in a replay, in the journal and on the wire.
 *
 * Meaning of each key: docs/formats.md; schema: docs/schema/alert.schema.json. */
#ifndef TOCSIN_ALARM_ALERT_JSON_H
#define TOCSIN_ALARM_ALERT_JSON_H

#include "alarm/alert.h"
#include "io/json.h"

/* Puts every key of the alert on `line`, behind what stands there. t0_utc_ns: UTC of data time zero; NULL: not
 * known, and the onset's UTC is null. */
void alert_json_put(struct json *line, const struct sys *sys, const struct alert *a,
                    const int64_t *t0_utc_ns);
/* An object with one key a scale; goes to whoever puts it. */
struct json *alert_json_intensities(const struct sys *sys, const double value[INTENSITY_SCALES]);

#endif
