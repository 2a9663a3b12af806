#include "io/openeew_packet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const packet_axis[AXES] = {"x", "y", "z"};

int packet_fault(const struct packet_lines *l, struct error *err, const char *what)
{
    return error_set(err, "%s: line %lld: %s", input_name(l->in), (long long)input_line_number(l->in), what);
}

static double number_or_nan(const struct json_value *object, const char *key)
{
    double value = NAN;

    json_as_number(json_get(object, key), &value);
    return value;
}

static const char *device_id(struct packet_lines *l)
{
    const struct json_value *id = json_get(l->root, "device_id");
    int64_t number;

    if (json_as_integer(id, &number)) {
        snprintf(l->id, sizeof l->id, "%lld", (long long)number);
        return l->id;
    }
    const char *text = json_as_text(id);
    return text && *text ? text : NULL;
}

static int view_packet(struct packet_lines *l, const struct json_value *from, const char *time_key,
                       struct packet_view *out, struct error *err)
{
    out->device = device_id(l);
    if (!out->device)
        return packet_fault(l, err, "no device_id");
    out->t_s = number_or_nan(from, time_key);
    if (!(fabs(out->t_s) < PACKET_TIME_MAX_S))
        return error_set(err, "%s: line %lld: no %s, or none that can be", input_name(l->in),
                         (long long)input_line_number(l->in), time_key);
    out->cloud_t_s = number_or_nan(l->root, "cloud_t");
    out->sr_hz = number_or_nan(from, "sr");
    for (int a = 0; a < AXES; a++) {
        out->axis[a] = json_get(from, packet_axis[a]);
        size_t n = json_count(out->axis[a]);
        if (n == 0 || n > PACKET_SAMPLES_MAX)
            return error_set(err, "%s: line %lld: '%s' holds %zu samples, must be 1 to %d", input_name(l->in),
                             (long long)input_line_number(l->in), packet_axis[a], n, PACKET_SAMPLES_MAX);
        if (a > 0 && n != out->n)
            return error_set(err, "%s: line %lld: %zu samples of x, %zu of %s", input_name(l->in),
                             (long long)input_line_number(l->in), out->n, n, packet_axis[a]);
        out->n = n;
    }
    return 0;
}

int packet_next(struct packet_lines *l, struct packet_view *out, struct error *err)
{
    for (;;) {
        const struct json_value *traces = json_get(l->root, "traces");
        if (l->next < json_count(traces)) {
            out->in_traces = true;
            return view_packet(l, json_at(traces, l->next++), "t", out, err) < 0 ? -1 : 1;
        }
        json_value_free(l->root);
        l->root = NULL;
        l->next = 0;
        char *line;
        int got = input_line(l->in, &line, err);
        if (got <= 0)
            return got;
        line += strspn(line, " \t");
        if (!*line)
            continue;
        struct error why;
        l->root = json_parse(line, strlen(line), &why);
        if (!l->root) {
            if (input_cut(l->in))
                return 0;
            const char *text = strncmp(why.text, "line 1 ", 7) == 0 ? why.text + 7 : why.text;
            return error_set(err, "%s: line %lld %s", input_name(l->in), (long long)input_line_number(l->in),
                             text);
        }
        enum json_kind several = json_kind(json_get(l->root, "traces"));
        if (several == JSON_KIND_NONE) {
            out->in_traces = false;
            return view_packet(l, l->root, "device_t", out, err) < 0 ? -1 : 1;
        }
        if (several != JSON_KIND_ARRAY)
            return packet_fault(l, err, "'traces' is no array");
    }
}
