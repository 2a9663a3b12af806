#include "node/health.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "io/utc.h"

/* ---- what is wrong ---- */

static void fault(struct health *h, bool unfit, const char *part, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void fault(struct health *h, bool unfit, const char *part, const char *format, ...)
{
    struct health_fault *f = &h->fault[h->faults];
    va_list list;

    if (h->faults == HEALTH_FAULTS)
        return;
    h->faults++;
    f->unfit = unfit;
    snprintf(f->part, sizeof f->part, "%s", part);
    va_start(list, format);
    vsnprintf(f->text, sizeof f->text, format, list);
    va_end(list);
}

static void look_at_sensors(struct health *h)
{
    char part[CONF_TEXT_MAX + 8], words[200];

    h->any_sensor_fit = false;
    for (int i = 0; i < h->parts.sensors; i++) {
        struct sensor_health *s = &h->sensor[i];
        struct error refused = {""};
        sense_health(h->parts.sense[i], s);
        sensor_health_age(s, h->at_ns);
        sense_error(h->parts.sense[i], &refused);
        h->sensor_fit[i] = sensor_fit(s) && !refused.text[0];
        h->any_sensor_fit |= h->sensor_fit[i];
        snprintf(part, sizeof part, "sensor %s", sense_name(h->parts.sense[i]));
        if (refused.text[0])
            fault(h, true, part, "%s", refused.text);
        else if (s->reasons)
            fault(h, !h->sensor_fit[i], part, "%s", sensor_health_say(s, words, sizeof words));
    }
    if (h->parts.sensors == 0)
        fault(h, h->parts.lines == NULL, "sensors",
              "none is configured: the node only acts on what others tell it");
}

static void look_at_siren(struct health *h)
{
    if (!h->parts.siren)
        return;
    siren_thread_health(h->parts.siren, &h->siren);
    if (!h->siren.card)
        fault(h, true, "siren", "%s", h->siren.fault[0] ? h->siren.fault : "no sound card");
    else if (h->siren.fault[0])
        fault(h, false, "siren", "%s", h->siren.fault);
    if (h->siren.unpaced)
        fault(h, false, "siren",
              "the sound device takes frames as fast as they come and is fed by the clock: can it be heard?");
    siren_thread_test(h->parts.siren, &h->siren_test);
    if (h->siren_test.number && !siren_test_passed(&h->siren_test)) {
        char words[160];

        fault(h, h->siren_test.listened && h->siren_test.played, "siren", "%s",
              siren_test_say(&h->siren_test, words, sizeof words));
    }
}

static void look_at_lines(struct health *h)
{
    char part[CONF_TEXT_MAX + 16];

    for (size_t i = 0; h->parts.lines && i < h->parts.relays->count; i++) {
        struct thread_lines_relay r = thread_lines_relay_state(h->parts.lines, i);
        snprintf(part, sizeof part, "line %s", h->parts.relays->name[i].text);
        if (!r.open)
            fault(h, true, part, "cannot be had: %s", r.refused ? strerror(r.refused) : "not opened yet");
        else if (r.differs)
            fault(h, true, part, "its read-back is not what was set");
    }
    for (size_t i = 0; h->parts.lines && i < h->parts.contacts->count; i++) {
        struct thread_lines_contact c = thread_lines_contact_state(h->parts.lines, i);
        snprintf(part, sizeof part, "contact %s", h->parts.contacts->name[i].text);
        if (!c.open || c.fault != CONTACT_GOOD)
            fault(h, h->parts.contacts->contact[i].required, part, "%s",
                  c.open ? contact_fault_name(c.fault) : "cannot be read");
        else if (c.active && h->parts.contacts->contact[i].role == CONTACT_TAMPER)
            fault(h, false, part, "somebody is at the node");
        else if (c.active && h->parts.contacts->contact[i].role == CONTACT_MAINS)
            fault(h, false, part, "mains is lost");
        else if (c.active && h->parts.contacts->contact[i].role == CONTACT_BATTERY)
            fault(h, false, part, "battery is low");
    }
}

static void look_at_ups(struct health *h)
{
    if (!h->parts.ups)
        return;
    struct ups_state s = thread_ups_state(h->parts.ups);
    if (!s.known)
        fault(h, false, "ups", "does not answer");
    else if (s.mains_lost)
        fault(h, false, "ups", s.battery_low ? "mains is lost and the battery is low" : "mains is lost");
}

static void look_at_record(struct health *h)
{
    if (!h->parts.record)
        return;
    record_health(h->parts.record, &h->record);
    if (h->record.failed)
        fault(h, false, "journal", "cannot be written: %s", strerror(h->record.failed));
}

/* One thread: its priority, and whether it moves. is_vital: the node is better started anew than without it. */
static void look_at_thread(struct health *h, int slot, const struct thread *t, bool is_vital)
{
    char part[40];
    uint64_t beats;

    if (!t || slot >= HEALTH_THREADS)
        return;
    snprintf(part, sizeof part, "thread %s", t->name);
    beats = thread_beats(t);
    if (beats != h->thread[slot].beats || h->thread[slot].moved_ns == 0)
        h->thread[slot].moved_ns = h->at_ns;
    h->thread[slot].beats = beats;
    double still_s = (double)(h->at_ns - h->thread[slot].moved_ns) * 1e-9;
    if (still_s > HEALTH_STALL_S) {
        h->stalled |= is_vital;
        fault(h, is_vital, part, "has not moved for %.0f s", still_s);
    }
    if (t->refused)
        fault(h, false, part, "real-time priority %d refused (%s): reactions may be late", t->fifo,
              strerror(t->refused));
}

static void look_at_threads(struct health *h)
{
    int slot = 0;

    h->stalled = false;
    for (int i = 0; i < h->parts.sensors; i++)
        look_at_thread(h, slot++, sense_thread(h->parts.sense[i]), true);
    look_at_thread(h, slot++, h->parts.alarm ? alarm_thread(h->parts.alarm) : NULL, true);
    look_at_thread(h, slot++, h->parts.siren ? siren_thread_thread(h->parts.siren) : NULL, true);
    look_at_thread(h, slot++, h->parts.lines ? thread_lines_thread(h->parts.lines) : NULL, true);
    /* A disk that hangs holds this one only. A restart would not mend the disk, could not even end the thread, and would
     * silence a siren that sounds. */
    look_at_thread(h, slot++, h->parts.record ? record_thread(h->parts.record) : NULL, false);
    if (h->parts.lock_refused)
        fault(h, false, "memory", "cannot be locked (%s): reactions may be late",
              strerror(h->parts.lock_refused));
}

static void look_at_clock(struct health *h)
{
    clock_state(h->parts.clock, &h->clock);
    if (!h->clock.plausible)
        fault(h, false, "clock", "is not set: times of day are unknown, warnings work");
    else if (!h->clock.synchronised)
        fault(h, false, "clock", "is not synchronised");
}

void health_init(struct health *h, const struct health_parts *parts)
{
    memset(h, 0, sizeof *h);
    h->parts = *parts;
}

void health_look(struct health *h, int64_t now_ns)
{
    h->at_ns = now_ns;
    h->sequence++;
    h->faults = 0;
    if (h->parts.alarm)
        alarm_state(h->parts.alarm, &h->alarm);
    look_at_sensors(h);
    look_at_siren(h);
    look_at_lines(h);
    look_at_ups(h);
    look_at_threads(h);
    look_at_record(h);
    look_at_clock(h);
    if (h->alarm.refused)
        fault(h, false, "alarm", "%llu orders or entries found no room",
              (unsigned long long)h->alarm.refused);
}

bool health_fit(const struct health *h)
{
    for (int i = 0; i < h->faults; i++)
        if (h->fault[i].unfit)
            return false;
    return true;
}

const char *health_say(const struct health *h, char *to, size_t room)
{
    int armed = 0, worst = -1, more = 0;

    for (int i = 0; i < h->parts.sensors; i++)
        armed += h->alarm.sensor[i].armed_observed;
    for (int i = 0; i < h->faults; i++) {
        if (worst < 0 || (h->fault[i].unfit && !h->fault[worst].unfit))
            worst = i;
        more++;
    }
    if (worst < 0)
        snprintf(to, room, "fit, %d of %d sensors armed", armed, h->parts.sensors);
    else if (more > 1)
        snprintf(to, room, "%s: %s: %s (and %d more)", health_fit(h) ? "fit" : "UNFIT", h->fault[worst].part,
                 h->fault[worst].text, more - 1);
    else
        snprintf(to, room, "%s: %s: %s", health_fit(h) ? "fit" : "UNFIT", h->fault[worst].part,
                 h->fault[worst].text);
    return to;
}

/* ---- as JSON ---- */

static void put_latency(const struct sys *sys, struct json *to, const char *key, const struct histogram *h)
{
    struct json *one = json_new_object(sys);

    json_put_integer(one, "count", (int64_t)histogram_total(h));
    json_put_number(one, "p50", histogram_quantile_s(h, 0.5) * 1e3, 3);
    json_put_number(one, "p99", histogram_quantile_s(h, 0.99) * 1e3, 3);
    json_put_number(one, "p999", histogram_quantile_s(h, 0.999) * 1e3, 3);
    json_put_number(one, "max", histogram_quantile_s(h, 1) * 1e3, 3);
    json_put(to, key, one);
}

static struct json *latencies(const struct health *h, const struct sys *sys)
{
    struct json *all = json_new_object(sys);
    const struct alarm_latency *l = alarm_latency(h->parts.alarm);

    put_latency(sys, all, "sample_age_ms", &l->age);
    put_latency(sys, all, "detected_ms", &l->detected);
    put_latency(sys, all, "decided_ms", &l->decided);
    put_latency(sys, all, "line_set_ms", &l->line);
    put_latency(sys, all, "siren_written_ms", &l->siren);
    return all;
}

static struct json *vector(const struct sys *sys, const double value[SENSOR_AXES], int decimals)
{
    struct json *all = json_new_array(sys);

    for (int i = 0; i < SENSOR_AXES; i++)
        json_add_number(all, value[i], decimals);
    return all;
}

static struct json *sensor(const struct health *h, const struct sys *sys, int i)
{
    const struct sensor_health *s = &h->sensor[i];
    const struct alarm_sensor_state *a = &h->alarm.sensor[i];
    struct json *one = json_new_object(sys), *reasons = json_new_array(sys);
    struct sensor_info info;

    sense_info(h->parts.sense[i], &info);
    json_put_text(one, "name", sense_name(h->parts.sense[i]));
    json_put_text(one, "state", sensor_state_name(s->state));
    json_put_bool(one, "fit", h->sensor_fit[i]);
    for (int r = 0; r < SENSOR_REASONS; r++)
        if (s->reasons >> r & 1)
            json_add_text(reasons, sensor_reason_name((enum sensor_reason)r));
    json_put(one, "reasons", reasons);
    json_put_text(one, "uri", info.uri);
    json_put_text(one, "device", info.name);
    json_put_number(one, "rate_hz", s->rate_hz, 3);
    json_put_number(one, "true_rate_hz", s->true_rate_hz > 0 ? s->true_rate_hz : NAN, 4);
    json_put_number(one, "silent_s", s->silent_s, 2);
    json_put(one, "noise_mps2", vector(sys, s->noise_mps2, 6));
    json_put(one, "mean_mps2", vector(sys, s->mean_mps2, 4));
    json_put_number(one, "temperature_c", s->temperature_c, 1);
    json_put_integer(one, "samples", (int64_t)s->samples);
    json_put_integer(one, "lost", (int64_t)s->lost);
    json_put_integer(one, "gaps", (int64_t)s->gaps);
    json_put_integer(one, "clipped", (int64_t)s->clipped);
    json_put_integer(one, "opens", s->opens);
    json_put_integer(one, "failures", s->failures);
    json_put_bool(one, "armed_observed", a->armed_observed);
    json_put_bool(one, "armed_onset", a->armed_onset);
    json_put_number(one, "current_intensity", a->current > -9 ? a->current : NAN, 1);
    json_put_integer(one, "picks", a->picks);
    json_put_integer(one, "rejects", a->rejects);
    return one;
}

static struct json *faults(const struct health *h, const struct sys *sys)
{
    struct json *all = json_new_array(sys);

    for (int i = 0; i < h->faults; i++) {
        struct json *one = json_new_object(sys);
        json_put_text(one, "part", h->fault[i].part);
        json_put_bool(one, "unfit", h->fault[i].unfit);
        json_put_text(one, "text", h->fault[i].text);
        json_add(all, one);
    }
    return all;
}

static struct json *siren_test(const struct siren_test *t, const struct sys *sys)
{
    struct json *one = json_new_object(sys);

    json_put_bool(one, "passed", siren_test_passed(t));
    json_put_bool(one, "played", t->played);
    json_put_bool(one, "listened", t->listened);
    json_put_bool(one, "heard", t->heard);
    json_put_bool(one, "current", t->current);
    json_put_number(one, "wake_s", t->wake_s, 3);
    json_put_number(one, "level_db", t->level_db, 1);
    return one;
}

static struct json *siren(const struct health *h, const struct sys *sys)
{
    struct json *one = json_new_object(sys);

    json_put_bool(one, "card", h->siren.card);
    json_put_integer(one, "recoveries", h->siren.recoveries);
    json_put_integer(one, "lost", h->siren.lost);
    if (h->siren_test.number)
        json_put(one, "test", siren_test(&h->siren_test, sys));
    return one;
}

static struct json *lines(const struct health *h, const struct sys *sys)
{
    struct json *all = json_new_array(sys);

    for (size_t i = 0; i < h->parts.relays->count; i++) {
        struct thread_lines_relay r = thread_lines_relay_state(h->parts.lines, i);
        struct json *one = json_new_object(sys);
        json_put_text(one, "name", h->parts.relays->name[i].text);
        json_put_bool(one, "open", r.open);
        json_put_bool(one, "on", r.on);
        json_put_bool(one, "energised", r.energised);
        json_put_bool(one, "latched", r.latched);
        json_put_bool(one, "differs", r.differs);
        json_add(all, one);
    }
    return all;
}

static struct json *contacts(const struct health *h, const struct sys *sys)
{
    struct json *all = json_new_array(sys);

    for (size_t i = 0; i < h->parts.contacts->count; i++) {
        struct thread_lines_contact c = thread_lines_contact_state(h->parts.lines, i);
        struct json *one = json_new_object(sys);
        json_put_text(one, "name", h->parts.contacts->name[i].text);
        json_put_text(one, "role", contact_role_name((enum contact_role)h->parts.contacts->contact[i].role));
        json_put_bool(one, "open", c.open);
        json_put_bool(one, "active", c.active);
        json_put_text(one, "fault", c.fault == CONTACT_GOOD ? NULL : contact_fault_name(c.fault));
        json_add(all, one);
    }
    return all;
}

static struct json *clock_keys(const struct health *h, const struct sys *sys)
{
    struct json *one = json_new_object(sys);

    json_put_bool(one, "synchronised", h->clock.synchronised);
    json_put_bool(one, "plausible", h->clock.plausible);
    json_put_number(one, "error_s", h->clock.synchronised ? (double)h->clock.error_ns * 1e-9 : NAN, 6);
    json_put_integer(one, "steps", h->clock.steps);
    return one;
}

static struct json *event(const struct health *h, const struct sys *sys)
{
    struct json *one = json_new_object(sys);

    json_put_integer(one, "number", h->alarm.event);
    json_put_text(one, "level", alert_level_name(h->alarm.level));
    json_put_bool(one, "exercise", h->alarm.exercise);
    return one;
}

static struct json *memory(const struct health *h, const struct sys *sys)
{
    struct json *one = json_new_object(sys);
    struct rusage used = {.ru_maxrss = 0};

    getrusage(RUSAGE_SELF, &used);
    json_put_bool(one, "locked", h->parts.lock_refused == 0);
    json_put_number(one, "peak_mib", (double)used.ru_maxrss / 1024, 1);
    return one;
}

void health_json(const struct health *h, const struct sys *sys, struct json *line)
{
    struct json *sensors = json_new_array(sys);
    char text[300], utc[40] = "";

    if (h->clock.plausible)
        utc_format(clock_utc_ns(&h->clock, h->at_ns), utc, sizeof utc);
    json_put_text(line, "schema", "tocsin.health/1");
    json_put_text(line, "node", h->parts.node);
    json_put_text(line, "site", h->parts.site);
    json_put_text(line, "software", TOCSIN_VERSION);
    json_put_integer(line, "sequence", (int64_t)h->sequence);
    json_put_text(line, "at", utc[0] ? utc : NULL);
    json_put_number(line, "up_s", (double)(h->at_ns - h->parts.started_ns) * 1e-9, 1);
    json_put_bool(line, "fit", health_fit(h));
    json_put_text(line, "says", health_say(h, text, sizeof text));
    json_put(line, "faults", faults(h, sys));
    if (h->alarm.event)
        json_put(line, "event", event(h, sys));
    else
        json_put_null(line, "event");
    for (int i = 0; i < h->parts.sensors; i++)
        json_add(sensors, sensor(h, sys, i));
    json_put(line, "sensors", sensors);
    if (h->parts.siren)
        json_put(line, "siren", siren(h, sys));
    if (h->parts.lines) {
        json_put(line, "lines", lines(h, sys));
        json_put(line, "contacts", contacts(h, sys));
    }
    json_put(line, "clock", clock_keys(h, sys));
    json_put(line, "memory", memory(h, sys));
    json_put_integer(line, "journal_lines", (int64_t)h->record.written);
    if (h->parts.alarm)
        json_put(line, "latency", latencies(h, sys));
}
