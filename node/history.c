#include "node/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/json.h"
#include "io/utc.h"
#include "node/history_files.h"
#include "node/history_line.h"

enum { BOOT_MAX = 64 };

struct last { /* what a sensor said last */
    bool heard, same_boot;
    int64_t mono_ns, utc_ns;
};

/* A line as it stands: 64 MiB of journal are gone through before a siren goes on, and only the last lines of their kind are
 * worth parsing. */
struct kept {
    size_t n; /* 0: none */
    char boot[BOOT_MAX];
    char text[JOURNAL_LINE_MAX];
};

struct reading {
    const char *const *names;
    int sensors;
    char boot_now[BOOT_MAX], boot[BOOT_MAX]; /* of the line that is read */
    struct alarm_resume *resume;
    struct last last[ARBITER_SENSORS_MAX];
    struct kept alert[ARBITER_SENSORS_MAX], lines;
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

static void read_thresholds(const struct json_value *alert, struct alert *a)
{
    const struct json_value *all = json_get(alert, "thresholds");

    for (size_t i = 0; i < ALERT_THRESHOLDS && i < json_count(all); i++) {
        const struct json_value *one = json_at(all, i);
        struct alert_threshold *t = &a->threshold[i];
        json_as_number(json_get(one, "intensity"), &t->intensity);
        json_as_number(json_get(one, "p"), &t->p);
        t->reached = history_truth(one, "reached");
        t->crossed = history_truth(one, "crossed");
        t->basis =
            history_is(one, "basis", alert_basis_name(ALERT_OBSERVED)) ? ALERT_OBSERVED : ALERT_PREDICTED;
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
    a->revision = (uint32_t)history_integer(alert, "revision", 1);
    a->phase = ALERT_PHASE_UPDATE;
    a->level = history_level(alert);
    a->basis =
        history_is(alert, "basis", alert_basis_name(ALERT_OBSERVED)) ? ALERT_OBSERVED : ALERT_PREDICTED;
    a->scale = history_scale(alert);
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

static void take_alert(struct reading *r, const struct json_value *line, uint32_t event, const char *boot)
{
    const struct json_value *alert = json_get(line, "alert");
    const char *at = json_as_text(json_get(line, "at"));
    int i = sensor_index(r, line);

    if (i < 0 || !alert || event == 0)
        return;
    read_alert(alert, event, i, &r->resume->sensor[i].alert);
    r->resume->sensor[i].open = !history_truth(alert, "is_final");
    r->resume->sensor[i].onset_utc_ns = history_integer(line, "event_utc_ns", 0);
    r->resume->sensor[i].utc_trusted = history_truth(line, "event_utc_trusted");
    r->last[i] = (struct last){.heard = true,
                               .same_boot = boot[0] && strcmp(boot, r->boot_now) == 0,
                               .mono_ns = history_integer(line, "mono_ns", 0),
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

/* What follows `"key":` where it stands first in the line; within a text the quotes would have a backslash. NULL: nowhere. */
static const char *after_key(const char *text, const char *key)
{
    const char *at = strstr(text, key);

    return at ? at + strlen(key) : NULL;
}

static uint32_t event_in(const char *text)
{
    const char *at = after_key(text, "\"event_number\":");
    long long number = at ? strtoll(at, NULL, 10) : 0;

    return number > 0 && number < UINT32_MAX ? (uint32_t)number : 0;
}

static int sensor_in(const struct reading *r, const char *text)
{
    const char *name = after_key(text, "\"sensor\":\"");

    for (int i = 0; name && i < r->sensors; i++) {
        size_t n = strlen(r->names[i]);
        if (strncmp(name, r->names[i], n) == 0 && name[n] == '"')
            return i;
    }
    return -1;
}

static void keep(const struct reading *r, struct kept *k, const char *text, size_t n)
{
    if (n > sizeof k->text)
        return;
    memcpy(k->text, text, n);
    k->n = n;
    memcpy(k->boot, r->boot, sizeof k->boot);
}

static void take_start(struct reading *r, const char *text, size_t n)
{
    struct error ignored;
    struct json_value *line = json_parse(text, n, &ignored);
    const char *boot = json_as_text(json_get(line, "boot"));

    snprintf(r->boot, sizeof r->boot, "%s", boot ? boot : "");
    json_value_free(line);
}

static bool is_type(const char *text, const char *type)
{
    size_t n = strlen(type);

    return strncmp(text, "{\"type\":\"", 9) == 0 && strncmp(text + 9, type, n) == 0 && text[9 + n] == '"';
}

/* The record thread writes "type" first, and its numbers and names without a space. */
static int take_line(void *ctx, const char *text, size_t n)
{
    struct reading *r = ctx;
    uint32_t event = event_in(text);

    if (event > r->resume->events)
        r->resume->events = event;
    if (is_type(text, "start"))
        take_start(r, text, n);
    else if (is_type(text, "alert") && event && sensor_in(r, text) >= 0)
        keep(r, &r->alert[sensor_in(r, text)], text, n);
    else if (is_type(text, "lines"))
        keep(r, &r->lines, text, n);
    return 1;
}

static void take_kept(struct reading *r)
{
    struct error ignored;

    for (int i = 0; i < r->sensors; i++)
        if (r->alert[i].n) {
            struct json_value *line = json_parse(r->alert[i].text, r->alert[i].n, &ignored);
            take_alert(r, line, history_event_number(line), r->alert[i].boot);
            json_value_free(line);
        }
    if (r->lines.n) {
        struct json_value *line = json_parse(r->lines.text, r->lines.n, &ignored);
        take_lines(r, line);
        json_value_free(line);
    }
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

/* An older file that cannot be read costs what it says; the newest one is told when it is opened for writing. */
static int read_files(const struct sys *sys, const char *journal, struct reading *r, struct error *err)
{
    struct history_files files;
    struct error why;
    bool failed = false;
    int result = history_files_open(&files, sys, journal, err);

    for (int i = JOURNAL_FILES_MAX - 1; result == 0 && i >= 0; i--)
        if (files.fd[i] >= 0 && history_files_read_one(&files, i, take_line, r, NULL, &why) != 0) {
            failed = true;
            *err = why;
        }
    history_files_close(&files);
    return failed ? -1 : result;
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
    int result = read_files(sys, journal, r, err);
    take_kept(r);
    judge(r, sys->mono_ns(sys->ctx), sys->utc_ns(sys->ctx));
    sys_free(sys, r);
    return result;
}
