#include "node/history_list.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "io/utc.h"

const char *history_list_sensors(const struct history_event *e, char to[HISTORY_NAMES])
{
    size_t at = 0;

    strcpy(to, "-");
    for (int i = 0; i < e->sensors; i++) {
        size_t n = strlen(e->sensor + at);
        memcpy(to + at, e->sensor + at, n);
        to[at + n] = i + 1 < e->sensors ? ',' : 0;
        at += n + 1;
    }
    return to;
}

const char *history_list_time(int64_t utc_ns, char to[40])
{
    if (utc_ns == INT64_MIN || utc_format(utc_ns, to, 40) == 0)
        snprintf(to, 40, "unknown");
    return to;
}

/* From the first line to the last. */
static double duration_s(const struct history_event *e)
{
    if (e->first_utc_ns == INT64_MIN || e->last_utc_ns == INT64_MIN)
        return NAN;
    return ((double)e->last_utc_ns - (double)e->first_utc_ns) * 1e-9;
}

void history_list_text(const struct history_event *e, FILE *out)
{
    char time[40], sensors[HISTORY_NAMES], intensity[32] = "-", lead[32] = "no lead";

    if (!isnan(e->observed))
        snprintf(intensity, sizeof intensity, "%.1f %s", e->observed, intensity_scale_name(e->scale));
    if (e->lead_threshold)
        snprintf(lead, sizeof lead, "lead %.1f s", e->lead_s);
    fprintf(out, "%6" PRIu32 "  %-24s  %-7s  %-9s  %-13s  %-9s  %-11s  %-8s  %s  %s%s\n", e->number,
            history_list_time(e->onset_utc_ns, time), alert_level_name(e->level), history_basis_name(e),
            history_end_name(e->end), intensity, lead, history_status_name(e),
            history_list_sensors(e, sensors), e->id, e->utc_trusted ? "" : "  (clock not synchronised)");
}

int history_list_json(const struct history_event *e, const struct sys *sys, FILE *out)
{
    struct json *line = json_new_object(sys), *sensors = json_new_array(sys);
    char time[40];
    const char *text;
    size_t at = 0, n;

    for (int i = 0; i < e->sensors; i++, at += strlen(e->sensor + at) + 1)
        json_add_text(sensors, e->sensor + at);
    history_list_time(e->onset_utc_ns, time);
    json_put_text(line, "schema", "tocsin.event/1");
    json_put_text(line, "event_id", e->id);
    json_put_integer(line, "event_number", e->number);
    json_put_text(line, "onset", strcmp(time, "unknown") ? time : NULL);
    json_put_bool(line, "onset_trusted", e->utc_trusted);
    json_put_text(line, "level", alert_level_name(e->level));
    json_put_text(line, "basis", e->has_basis ? alert_basis_name(e->basis) : NULL);
    json_put_text(line, "source", history_source_name(e));
    json_put_text(line, "status", history_status_name(e));
    json_put_text(line, "end", history_end_name(e->end));
    json_put_text(line, "scale", intensity_scale_name(e->scale));
    json_put_number(line, "observed_intensity", e->observed, 2);
    json_put_number(line, "predicted_intensity", e->predicted, 2);
    json_put_number(line, "lead_s", e->lead_s, 2);
    json_put_integer(line, "lead_threshold", e->lead_threshold);
    json_put_integer(line, "revisions", e->revision);
    json_put_number(line, "siren_ms", e->siren_ms, 3);
    json_put_number(line, "voice_ms", e->voice_ms, 3);
    json_put_number(line, "line_ms", e->line_ms, 3);
    json_put_number(line, "duration_s", duration_s(e), 3);
    json_put(line, "sensors", sensors);
    int result = json_write_line(line, &text, &n);
    if (result == 0)
        fwrite(text, 1, n, out);
    json_free(line);
    return result;
}

void history_list_csv_head(FILE *out)
{
    fputs(
        "event_id,event_number,onset,onset_trusted,level,basis,source,status,end,scale,observed_intensity,"
        "predicted_intensity,lead_s,lead_threshold,revisions,siren_ms,voice_ms,line_ms,duration_s,sensors\n",
        out);
}

static void csv_number(FILE *out, double value, int decimals)
{
    fputc(',', out);
    if (!isnan(value))
        fprintf(out, "%.*f", decimals, value);
}

/* No text of the file stands in it but names, which hold no comma, quote or sign (history_plain). */
void history_list_csv(const struct history_event *e, FILE *out)
{
    char time[40], sensors[HISTORY_NAMES];

    history_list_time(e->onset_utc_ns, time);
    history_list_sensors(e, sensors);
    for (char *c = sensors; *c; c++)
        if (*c == ',')
            *c = ' ';
    fprintf(out, "%s,%" PRIu32 ",%s,%s,%s,%s,%s,%s,%s,%s", e->id, e->number,
            strcmp(time, "unknown") ? time : "", e->utc_trusted ? "true" : "false",
            alert_level_name(e->level), e->has_basis ? alert_basis_name(e->basis) : "",
            history_source_name(e), history_status_name(e), history_end_name(e->end),
            intensity_scale_name(e->scale));
    csv_number(out, e->observed, 2);
    csv_number(out, e->predicted, 2);
    csv_number(out, e->lead_s, 2);
    fprintf(out, ",%d,%" PRIu32, e->lead_threshold, e->revision);
    csv_number(out, e->siren_ms, 3);
    csv_number(out, e->voice_ms, 3);
    csv_number(out, e->line_ms, 3);
    csv_number(out, duration_s(e), 3);
    fprintf(out, ",%s\n", e->sensors ? sensors : "");
}
