#include "node/history.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alarm/journal.h"
#include "io/json.h"
#include "io/utc.h"

enum { BOOT_MAX = 64, PATH_ROOM = 4096 };

struct last { /* what a sensor said last */
    bool heard, same_boot;
    int64_t mono_ns, utc_ns;
};

struct reading {
    const char *const *names;
    int sensors;
    char boot_now[BOOT_MAX], boot[BOOT_MAX]; /* of the line that is read */
    struct alarm_resume *resume;
    struct last last[ARBITER_SENSORS_MAX];
};

void history_boot_id(const struct sys *sys, char *to, size_t room)
{
    int fd = sys->open_read(sys->ctx, "/proc/sys/kernel/random/boot_id");

    to[0] = 0;
    if (fd < 0)
        return;
    ssize_t n = sys->read(sys->ctx, fd, to, room - 1);
    to[n > 0 ? n : 0] = 0;
    to[strcspn(to, "\n")] = 0;
    sys->close(sys->ctx, fd);
}

static int64_t integer(const struct json_value *from, const char *key, int64_t otherwise)
{
    json_as_integer(json_get(from, key), &otherwise);
    return otherwise;
}

static bool truth(const struct json_value *from, const char *key)
{
    bool value = false;

    json_as_bool(json_get(from, key), &value);
    return value;
}

static bool is_text(const struct json_value *from, const char *key, const char *want)
{
    const char *text = json_as_text(json_get(from, key));

    return text && strcmp(text, want) == 0;
}

static enum alert_level level_of(const struct json_value *alert)
{
    for (int l = ALERT_WATCH; l <= ALERT_ALARM; l++)
        if (is_text(alert, "level", alert_level_name((enum alert_level)l)))
            return (enum alert_level)l;
    return ALERT_NONE;
}

static void read_thresholds(const struct json_value *alert, struct alert *a)
{
    const struct json_value *all = json_get(alert, "thresholds");

    for (size_t i = 0; i < ALERT_THRESHOLDS && i < json_count(all); i++) {
        const struct json_value *one = json_at(all, i);
        struct alert_threshold *t = &a->threshold[i];
        json_as_number(json_get(one, "intensity"), &t->intensity);
        json_as_number(json_get(one, "p"), &t->p);
        t->reached = truth(one, "reached");
        t->crossed = truth(one, "crossed");
        t->basis = is_text(one, "basis", alert_basis_name(ALERT_OBSERVED)) ? ALERT_OBSERVED : ALERT_PREDICTED;
        a->reached += t->reached;
    }
}

static void read_observed(const struct json_value *alert, struct alert *a)
{
    const struct json_value *o = json_get(alert, "observed"), *value = json_get(o, "intensity");

    for (int s = 0; s < INTENSITY_SCALES; s++)
        json_as_number(json_get(value, intensity_scale_name((enum intensity_scale)s)), &a->observed[s]);
    json_as_number(json_get(o, "pga_mps2"), &a->pga_mps2);
    json_as_number(json_get(o, "pgv_mps"), &a->pgv_mps);
}

/* What the arbiter needs of a revision to go on with it. Times are of another start, and left out. */
static void read_alert(const struct json_value *alert, uint32_t event, int sensor, struct alert *a)
{
    memset(a, 0, sizeof *a);
    a->sensor = (uint32_t)sensor;
    a->event = event;
    a->revision = (uint32_t)integer(alert, "revision", 1);
    a->phase = ALERT_PHASE_UPDATE;
    a->level = level_of(alert);
    a->basis = is_text(alert, "basis", alert_basis_name(ALERT_OBSERVED)) ? ALERT_OBSERVED : ALERT_PREDICTED;
    for (int s = 0; s < INTENSITY_SCALES; s++)
        if (is_text(alert, "scale", intensity_scale_name((enum intensity_scale)s)))
            a->scale = (enum intensity_scale)s;
    a->background = -9;
    read_thresholds(alert, a);
    read_observed(alert, a);
}

static int sensor_index(const struct reading *r, const struct json_value *line)
{
    const char *name = json_as_text(json_get(line, "sensor"));

    for (int i = 0; name && i < r->sensors; i++)
        if (strcmp(r->names[i], name) == 0)
            return i;
    return -1;
}

static void take_alert(struct reading *r, const struct json_value *line, uint32_t event)
{
    const struct json_value *alert = json_get(line, "alert");
    const char *at = json_as_text(json_get(line, "at"));
    int i = sensor_index(r, line);

    if (i < 0 || !alert || event == 0)
        return;
    read_alert(alert, event, i, &r->resume->sensor[i].alert);
    r->resume->sensor[i].open = !truth(alert, "is_final");
    r->resume->sensor[i].onset_utc_ns = integer(line, "event_utc_ns", 0);
    r->resume->sensor[i].utc_trusted = truth(line, "event_utc_trusted");
    r->last[i] = (struct last){.heard = true,
                               .same_boot = r->boot[0] && strcmp(r->boot, r->boot_now) == 0,
                               .mono_ns = integer(line, "mono_ns", 0),
                               .utc_ns = INT64_MIN};
    if (at)
        utc_parse(at, &r->last[i].utc_ns);
}

/* The names of the lines that are called for, as of this order. */
static void take_lines(struct reading *r, const struct json_value *line)
{
    const struct json_value *names = json_get(line, "asserted");

    r->resume->lines = 0;
    for (size_t i = 0; i < json_count(names) && r->resume->lines < ORDER_LINES_MAX; i++) {
        const char *name = json_as_text(json_at(names, i));
        if (name && strlen(name) < CONF_NAME_MAX)
            snprintf(r->resume->asserted[r->resume->lines++].text, CONF_NAME_MAX, "%s", name);
    }
}

static int take_line(void *ctx, const char *text, size_t n)
{
    struct reading *r = ctx;
    struct error ignored;
    struct json_value *line = json_parse(text, n, &ignored);
    int64_t event = integer(line, "event_number", 0);

    if (event > 0 && event < UINT32_MAX && (uint32_t)event > r->resume->events)
        r->resume->events = (uint32_t)event;
    if (is_text(line, "type", "start")) {
        const char *boot = json_as_text(json_get(line, "boot"));
        snprintf(r->boot, sizeof r->boot, "%s", boot ? boot : "");
    } else if (is_text(line, "type", "alert")) {
        take_alert(r, line, event > 0 && event < UINT32_MAX ? (uint32_t)event : 0);
    } else if (is_text(line, "type", "lines")) {
        take_lines(r, line);
    }
    json_value_free(line);
    return 1;
}

/* An event that is too old, or of a level that nobody heard, is not gone on with. */
static void judge(struct reading *r, int64_t now_mono_ns, int64_t now_utc_ns)
{
    for (int i = 0; i < r->sensors; i++) {
        const struct last *l = &r->last[i];
        double age_s = l->same_boot             ? (double)(now_mono_ns - l->mono_ns) * 1e-9
                       : l->utc_ns != INT64_MIN ? (double)(now_utc_ns - l->utc_ns) * 1e-9
                                                : HISTORY_RESUME_S + 1;
        if (!l->heard || r->resume->sensor[i].alert.level < ALERT_WARNING || !(age_s <= HISTORY_RESUME_S) ||
            age_s < -1)
            r->resume->sensor[i].open = false;
    }
}

int history_files(const struct sys *sys, const char *journal, journal_line line, void *ctx, struct error *err)
{
    char path[PATH_ROOM];

    for (int i = JOURNAL_FILES_MAX - 1; i >= 0; i--) {
        snprintf(path, sizeof path, i ? "%s.%d" : "%s", journal, i);
        int fd = sys->open_read(sys->ctx, path);
        if (fd < 0)
            continue; /* not there: that it cannot be read otherwise is told when it is opened */
        sys->close(sys->ctx, fd);
        if (journal_read(sys, path, line, ctx, NULL, err) != 0)
            return -1;
    }
    return 0;
}

int history_resume(const struct sys *sys, const char *journal, const char *const *names, int sensors,
                   struct alarm_resume *resume, struct error *err)
{
    struct reading *r = sys_alloc(sys, sizeof *r);

    memset(resume, 0, sizeof *resume);
    if (!r)
        return error_set(err, "out of memory");
    r->names = names;
    r->sensors = sensors;
    r->resume = resume;
    history_boot_id(sys, r->boot_now, sizeof r->boot_now);
    int result = history_files(sys, journal, take_line, r, err);
    if (result == 0)
        judge(r, sys->mono_ns(sys->ctx), sys->utc_ns(sys->ctx));
    sys_free(sys, r);
    return result;
}
