#include "node/sensor_json.h"

#include <math.h>

#include "io/sensor_parts.h"

static void put_axes(struct json *to, const struct sys *sys, const char *key, const double value[SENSOR_AXES],
                     double factor)
{
    struct json *list = json_new_array(sys);

    for (int a = 0; a < SENSOR_AXES; a++)
        json_add_number(list, factor * value[a], 9);
    json_put(to, key, list);
}

void sensor_json_info(struct json *to, const struct sys *sys, const struct sensor_info *info)
{
    json_put_text(to, "uri", info->uri);
    json_put_text(to, "device", info->id);
    json_put_text(to, "driver", info->name);
    json_put_text(to, "label", info->label);
    json_put_text(to, "serial", info->serial);
    json_put_text(to, "format", info->format);
    json_put_text(to, "timestamp_clock", info->has_timestamp ? info->clock : NULL);
    json_put_number(to, "rate_hz", info->rate_hz, 6);
    json_put_number(to, "range_mps2", info->range_mps2, 3);
    put_axes(to, sys, "lsb_mps2", info->lsb_mps2, 1);
    json_put_integer(to, "buffer_samples", info->buffer_samples);
    json_put_integer(to, "kernel_buffers", info->kernel_buffers);
    json_put_bool(to, "has_mount_matrix", info->has_mount);
    json_put_integer(to, "generation", info->generation);
    json_put_bool(to, "real_time", info->refused == 0);
}

static void put_reasons(struct json *to, const struct sys *sys, const char *key, uint32_t reasons)
{
    struct json *list = json_new_array(sys);

    for (int r = 0; r < SENSOR_REASONS; r++)
        if (reasons >> r & 1)
            json_add_text(list, sensor_reason_name((enum sensor_reason)r));
    json_put(to, key, list);
}

static void put_counts(struct json *to, const struct sensor_health *h)
{
    json_put_integer(to, "samples", (int64_t)h->samples);
    json_put_integer(to, "lost", (int64_t)h->lost);
    json_put_integer(to, "gaps", (int64_t)h->gaps);
    json_put_integer(to, "clipped", (int64_t)h->clipped);
    json_put_integer(to, "duplicates", (int64_t)h->duplicates);
    json_put_integer(to, "backward", (int64_t)h->backward);
    json_put_integer(to, "clock_steps", (int64_t)h->clock_steps);
    json_put_integer(to, "stale", (int64_t)h->stale);
    json_put_integer(to, "overruns", (int64_t)h->overruns);
    json_put_integer(to, "opens", h->opens);
    json_put_integer(to, "failures", h->failures);
}

void sensor_json_health(struct json *to, const struct sys *sys, const struct sensor_health *h)
{
    char words[512];

    json_put_text(to, "state", sensor_state_name(h->state));
    json_put_bool(to, "fit", sensor_fit(h));
    put_reasons(to, sys, "reasons", h->reasons);
    json_put_text(to, "words", sensor_health_say(h, words, sizeof words));
    json_put_number(to, "silent_s", h->silent_s, 3);
    json_put_number(to, "rate_hz", h->rate_hz, 6);
    if (h->true_rate_hz > 0)
        json_put_number(to, "true_rate_hz", h->true_rate_hz, 6);
    else
        json_put_null(to, "true_rate_hz");
    json_put_number(to, "rate_error_ppm", 1e6 * h->rate_error, 1);
    json_put_number(to, "lag_ms", h->lag_ms, 3);
    put_axes(to, sys, "mean_mps2", h->mean_mps2, 1);
    put_axes(to, sys, "noise_mps2", h->noise_mps2, 1);
    put_axes(to, sys, "peak_mps2", h->peak_mps2, 1);
    json_put_number(to, "gravity_mps2", h->gravity_mps2, 4);
    json_put_number(to, "temperature_c", h->temperature_c, 2);
    json_put_number(to, "lost_share", h->lost_share, 6);
    json_put_number(to, "gaps_per_s", h->gaps_per_s, 3);
    put_counts(to, h);
    json_put_text(to, "error", h->error[0] ? h->error : NULL);
}

static void put_choice(struct json *to, const struct sys *sys, const char *key, const struct iio_choice *c)
{
    struct json *list = json_new_array(sys);

    if (c->n == 0 && c->step > 0) { /* a range: its ends */
        json_add_number(list, c->min, 9);
        json_add_number(list, c->max, 9);
    }
    for (size_t i = 0; i < c->n; i++)
        json_add_number(list, c->value[i], 9);
    json_put(to, key, list);
}

void sensor_json_seen(struct json *to, const struct sys *sys, const struct iio_seen *seen)
{
    const struct sensor_part *part = sensor_parts_find(seen->name);

    json_put_text(to, "uri", seen->uri);
    json_put_text(to, "context", seen->context);
    json_put_text(to, "device", seen->id);
    json_put_text(to, "driver", seen->name);
    json_put_text(to, "label", seen->label);
    json_put_text(to, "serial", seen->serial);
    json_put_text(to, "axes", seen->axes);
    json_put_bool(to, "usable", seen->is_usable);
    json_put_text(to, "why_not", seen->is_usable || !seen->axes[0] ? NULL : seen->why);
    if (!seen->axes[0])
        return;
    json_put_text(to, "format", seen->format);
    json_put_bool(to, "has_timestamp", seen->has_timestamp);
    json_put_text(to, "timestamp_clock", seen->clock[0] ? seen->clock : NULL);
    json_put_text(to, "trigger", seen->trigger[0] ? seen->trigger : NULL);
    json_put_bool(to, "has_mount_matrix", seen->has_mount);
    json_put_number(to, "rate_hz", seen->rate_hz, 6);
    put_choice(to, sys, "rates_hz", &seen->rates);
    json_put_number(to, "scale_mps2", seen->scale, 9);
    put_choice(to, sys, "scales_mps2", &seen->scales);
    json_put_number(to, "range_mps2", seen->range_mps2, 3);
    json_put_number(to, "temperature_c", seen->temperature_c, 2);
    json_put_number(to, "data_sheet_mps2_rthz", part ? sensor_parts_density(part) : NAN, 9);
}
