#include "node/node.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alarm/schedule.h"
#include "node/history.h"
#include "node/memory.h"

enum {
    SENSED_SLOTS = 128, /* 10 reports a second and onsets: more than 6 s */
    ORDER_SLOTS = 16,
    DONE_SLOTS = 128,
    COMMAND_SLOTS = 64,
    ENTRY_SLOTS = 256, /* an earthquake brings some dozens in its first seconds */
    MAIN_ENTRY_SLOTS = 64,
    PATH_ROOM = CONF_TEXT_MAX + 16,
    LOCK_TRIES = 50, /* a second for one that was killed to be gone */
    LOCK_NAP_NS = 20000000
};

struct node {
    const struct sys *sys;
    const struct node_conf *conf;
    bool exercise;
    int sensors; /* that push reports: of the configuration, or an exercise's one */
    struct clock clock;
    struct wake alarm_wake, siren_wake, record_wake;
    struct ring *sensed[SENSORS_MAX], *siren_done, *commands, *sound, *record, *notes;
    struct sense *sense[SENSORS_MAX];
    struct alarm *alarm;
    struct siren_thread *siren;
    struct thread_lines *lines;
    struct thread_ups *ups;
    struct record *recorder;
    struct arbiter names; /* for the words of reasons; never fed */
    const char *sensor_name[SENSORS_MAX], *contact_name[CONTACT_MAX], *line_name[RELAY_MAX];
    _Atomic int minute;
    struct health health;
    struct alarm_resume resume;
    struct schedule schedule; /* of the siren's tests */
    int tested_minute;
    uint32_t tests_told;
    bool told_fit[SENSORS_MAX];
    int64_t changed_ns; /* when the node became fit or unfit last */
    bool was_unfit, said_unfit;
    char told[300];   /* what was last said of the health */
    int lock_refused; /* of memory */
    int state_fd;     /* the folder, locked; -1: none is kept */
    char journal[PATH_ROOM];
};

/* ---- the ground to stand on ---- */

static int open_rings(struct node *n, struct error *err)
{
    const struct sys *sys = n->sys;

    n->alarm_wake.fd = n->siren_wake.fd = n->record_wake.fd = -1;
    if (wake_open(&n->alarm_wake, err) || wake_open(&n->siren_wake, err) || wake_open(&n->record_wake, err))
        return -1;
    for (int i = 0; i < n->sensors; i++)
        if (ring_open(&n->sensed[i], sys, sizeof(struct sensed), SENSED_SLOTS, &n->alarm_wake, err))
            return -1;
    return ring_open(&n->siren_done, sys, sizeof(struct output_done), DONE_SLOTS, &n->alarm_wake, err) ||
                   ring_open(&n->commands, sys, sizeof(struct arbiter_input), COMMAND_SLOTS, &n->alarm_wake,
                             err) ||
                   ring_open(&n->sound, sys, sizeof(struct sound_order), ORDER_SLOTS, &n->siren_wake, err) ||
                   ring_open(&n->record, sys, sizeof(struct entry), ENTRY_SLOTS, NULL, err) ||
                   ring_open(&n->notes, sys, sizeof(struct entry), MAIN_ENTRY_SLOTS, &n->record_wake, err)
               ? -1
               : 0;
}

static void close_rings(struct node *n)
{
    for (int i = 0; i < SENSORS_MAX; i++)
        ring_close(n->sensed[i]);
    ring_close(n->siren_done);
    ring_close(n->commands);
    ring_close(n->sound);
    ring_close(n->record);
    ring_close(n->notes);
    wake_close(&n->alarm_wake);
    wake_close(&n->siren_wake);
    wake_close(&n->record_wake);
}

/* Local minute of the day, for quiet hours; -1 while nobody knows the time. */
static void test_siren(struct node *n, const struct tm *local)
{
    const struct arbiter_input test = {.kind = ARBITER_COMMAND, .command = ARBITER_TEST};

    if (n->siren && !n->exercise &&
        schedule_due(&n->schedule, local->tm_mday, local->tm_wday, local->tm_hour * 60 + local->tm_min,
                     &n->tested_minute))
        ring_push(n->commands, &test);
}

static void keep_minute(struct node *n)
{
    struct clock_state now = {0};
    int minute = -1;

    clock_state(&n->clock, &now);
    if (now.plausible) {
        time_t s = (time_t)(clock_utc_ns(&now, n->sys->mono_ns(n->sys->ctx)) / 1000000000);
        struct tm local;
        if (localtime_r(&s, &local)) {
            minute = local.tm_hour * 60 + local.tm_min;
            test_siren(n, &local);
        }
    }
    atomic_store_explicit(&n->minute, minute, memory_order_relaxed);
}

static void note(struct node *n, enum entry_kind kind, enum entry_weight weight, const char *text)
{
    struct entry e;

    entry_text(&e, kind, weight, n->sys->mono_ns(n->sys->ctx), "%s", text);
    ring_push(n->notes, &e); /* full: counted by the ring */
}

/* ---- the parts ---- */

static int open_record(struct node *n, const struct node_way *way, struct error *err)
{
    struct record_conf conf = {.path = way->unlogged || n->exercise ? NULL : n->journal,
                               .folder = n->conf->node.state,
                               .node = n->conf->node.name,
                               .sensor = n->sensor_name,
                               .sensors = n->sensors,
                               .line = n->line_name,
                               .lines = (int)n->conf->lines.count,
                               .contact = n->contact_name,
                               .contacts = (int)n->conf->contacts.count,
                               .make_key = !way->unlogged && !n->exercise,
                               .events = way->events,
                               .log = way->log};
    struct ring *rings[RECORD_RINGS] = {n->record, n->notes, NULL};

    return record_open(&n->recorder, n->sys, &conf, rings, &n->record_wake, &n->clock, &n->names, err);
}

static int open_alarm(struct node *n, struct error *err)
{
    struct alarm_ways ways = {.sensors = n->sensors,
                              .status = n->exercise ? ALERT_EXERCISE : ALERT_ACTUAL,
                              .siren_done = n->siren_done,
                              .siren = n->siren,
                              .lines = n->lines,
                              .commands = n->commands,
                              .sound = n->siren ? n->sound : NULL,
                              .record = n->record,
                              .record_wake = &n->record_wake,
                              .wake = &n->alarm_wake,
                              .clock = &n->clock,
                              .minute = &n->minute};

    memcpy(ways.sensed, n->sensed, sizeof n->sensed);
    return alarm_open(&n->alarm, n->sys, &n->conf->detection.policy, &n->conf->arbiter, &n->conf->actions,
                      &n->conf->contacts, &ways, &n->resume, err);
}

static int open_lines(struct node *n, struct error *err)
{
    const struct thread_lines_conf conf = {
        .relays = &n->conf->lines, .contacts = &n->conf->contacts, .wake = &n->alarm_wake};

    if (n->conf->lines.count + n->conf->contacts.count > 0 &&
        thread_lines_open(&n->lines, n->sys, &conf, err) != 0)
        return -1;
    return n->conf->ups.name[0] ? thread_ups_open(&n->ups, n->sys, &n->conf->ups, NULL, err) : 0;
}

/* What a sample passes on its way to the siren; a second sensor has the core before. Lines stay free: some chips keep
 * them for milliseconds. */
static void share_core(struct node *n)
{
    for (int i = 0; i < SENSORS_MAX; i++)
        if (n->sense[i])
            sense_pin(n->sense[i], thread_core(i));
    if (n->siren)
        thread_pin(siren_thread_thread(n->siren), thread_core(0));
    thread_pin(alarm_thread(n->alarm), thread_core(0));
}

/* Siren and lines first, so that an event from before the restart finds them; then what decides; samples last. */
static int open_parts(struct node *n, struct error *err)
{
    const struct node_conf *c = n->conf;

    if (c->siren.device[0] &&
        siren_thread_open(&n->siren, n->sys, &c->siren, n->sound, &n->siren_wake, n->siren_done, err) != 0)
        return -1;
    if (open_lines(n, err) != 0 || open_alarm(n, err) != 0)
        return -1;
    for (size_t i = 0; !n->exercise && i < c->sensors.count; i++)
        if (sense_open(&n->sense[i], n->sys, c->sensors.name[i].text, (uint32_t)i, &c->sensors.sensor[i],
                       &c->detection.pipeline, n->sensed[i], err) != 0)
            return -1;
    if (c->node.realtime && c->node.one_core)
        share_core(n);
    return 0;
}

static void begin_health(struct node *n)
{
    struct health_parts parts = {.node = n->conf->node.name,
                                 .site = n->conf->node.site,
                                 .started_ns = n->sys->mono_ns(n->sys->ctx),
                                 .clock = &n->clock,
                                 .sense = n->sense,
                                 .sensors = n->exercise ? 0 : n->sensors,
                                 .alarm = n->alarm,
                                 .siren = n->siren,
                                 .lines = n->lines,
                                 .relays = &n->conf->lines,
                                 .contacts = &n->conf->contacts,
                                 .ups = n->ups,
                                 .record = n->recorder,
                                 .lock_refused = n->lock_refused};

    health_init(&n->health, &parts);
    for (int i = 0; i < SENSORS_MAX; i++)
        n->told_fit[i] = true; /* as the arbiter takes them to be */
}

/* Two nodes on one folder would spoil each other's journal and give the same numbers to different events. The
 * folder itself is locked: that works on a disk that takes no file, and goes with the process however it ends. */
static int lock_state(struct node *n, const char *folder, struct error *err)
{
    static const struct timespec nap = {.tv_nsec = LOCK_NAP_NS};

    n->state_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (n->state_fd < 0)
        return error_set(err, "node.state %s: %s", folder, strerror(errno));
    for (int i = 0; flock(n->state_fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; i++) {
        if (i == LOCK_TRIES)
            return error_set(err, "node.state %s: another node runs on it", folder);
        nanosleep(&nap, NULL);
    }
    return 0;
}

/* The journal is in node.state/journal; the folder is made where it is missing. A disk that refuses is no reason
 * not to warn: the record thread tries again. */
static int open_state(struct node *n, const struct node_way *way, struct error *err)
{
    const char *folder = n->conf->node.state;
    struct error why;

    snprintf(n->journal, sizeof n->journal, "%s/journal", folder);
    if (n->exercise) /* needs the folder for nothing, but its node must not run meanwhile */
        return access(folder, F_OK) == 0 ? lock_state(n, folder, err) : 0;
    if (way->unlogged)
        return 0;
    if (mkdir(folder, 0750) != 0 && errno != EEXIST)
        return record_may_pass(errno) ? 0 : error_set(err, "node.state %s: %s", folder, strerror(errno));
    if (lock_state(n, folder, err) != 0)
        return -1;
    if (history_resume(n->sys, n->journal, n->sensor_name, (int)n->conf->sensors.count, &n->resume, &why) !=
        0) {
        char text[ENTRY_TEXT_MAX];
        snprintf(text, sizeof text, "what was before is known in part only: %.180s", why.text);
        note(n, ENTRY_NOTE, ENTRY_FAULT, text);
    }
    return 0;
}

int node_open(struct node **out, const struct sys *sys, const struct node_conf *conf,
              const struct node_way *way, struct error *err)
{
    struct node *n = sys_alloc(sys, sizeof *n);

    *out = NULL;
    if (!n)
        return error_set(err, "out of memory");
    n->sys = sys;
    n->conf = conf;
    n->state_fd = -1;
    n->exercise = way->exercise != NULL;
    n->sensors = n->exercise ? 1 : (int)conf->sensors.count;
    for (int i = 0; i < n->sensors; i++)
        n->sensor_name[i] = n->exercise ? way->exercise : conf->sensors.name[i].text;
    for (size_t i = 0; i < conf->contacts.count; i++)
        n->contact_name[i] = conf->contacts.name[i].text;
    for (size_t i = 0; i < conf->lines.count; i++)
        n->line_name[i] = conf->lines.name[i].text;
    clock_init(&n->clock, sys);
    n->tested_minute = -1;
    if (schedule_parse(&n->schedule, conf->siren.test_schedule, err) != 0) {
        sys_free(sys, n);
        return -1;
    }
    keep_minute(n);
    arbiter_init(&n->names, &conf->arbiter, &conf->actions, &conf->contacts, conf->detection.policy.threshold,
                 n->sensors);
    if (conf->node.realtime)
        n->lock_refused = memory_lock(sys);
    if (open_rings(n, err) != 0 || open_state(n, way, err) != 0 || open_record(n, way, err) != 0 ||
        open_parts(n, err) != 0) {
        node_close(n, "it could not start");
        return -1;
    }
    begin_health(n);
    *out = n;
    return 0;
}

bool node_close(struct node *n, const char *why)
{
    bool all = true;

    if (!n)
        return true;
    for (int i = 0; i < SENSORS_MAX; i++)
        if (n->sense[i])
            sense_stop(n->sense[i]);
    for (int i = 0; i < SENSORS_MAX; i++)
        if (n->sense[i])
            sense_end(n->sense[i]);
    alarm_close(n->alarm);
    thread_lines_close(n->lines);
    siren_thread_close(n->siren);
    thread_ups_close(n->ups);
    for (int i = 0; i < SENSORS_MAX; i++)
        all = sense_close(n->sense[i]) && all;
    if (n->recorder)
        note(n, ENTRY_STOP, ENTRY_INFO, why);
    record_close(n->recorder);
    close_rings(n);
    if (n->state_fd >= 0)
        close(n->state_fd);
    if (n->conf->node.realtime && !n->lock_refused)
        memory_unlock();
    sys_free(n->sys, n);
    return all;
}

/* ---- once a second ---- */

static void tell_fitness(struct node *n)
{
    for (int i = 0; i < n->health.parts.sensors; i++) {
        struct arbiter_input in = {.kind = ARBITER_SENSOR, .sensor = i, .fit = n->health.sensor_fit[i]};
        if (in.fit != n->told_fit[i] && ring_push(n->commands, &in))
            n->told_fit[i] = in.fit;
    }
}

static void tell_test(struct node *n)
{
    const struct siren_test *test = &n->health.siren_test;
    char text[ENTRY_TEXT_MAX];

    if (!n->siren || test->number == n->tests_told)
        return;
    n->tests_told = test->number;
    note(n, ENTRY_NOTE, siren_test_passed(test) ? ENTRY_INFO : ENTRY_WARNING,
         siren_test_say(test, text, sizeof text));
}

static void tell_changes(struct node *n)
{
    char text[sizeof n->told];

    health_say(&n->health, text, sizeof text);
    /* Numbers in it move all the time: what is told is who and whether, up to the second colon. */
    const char *colon = strchr(text, ':');
    const char *end = colon ? strchr(colon + 1, ':') : NULL;
    size_t same = end ? (size_t)(end - text) : strlen(text);
    if (strncmp(text, n->told, same) == 0 && n->told[0])
        return;
    memcpy(n->told, text, sizeof n->told);
    note(n, ENTRY_HEALTH, health_fit(&n->health) ? ENTRY_INFO : ENTRY_FAULT, text);
}

/* The building hears it once; and again only after the node has been well for as long. */
static void say_unfit(struct node *n)
{
    bool unfit = !health_fit(&n->health);
    double for_s = n->conf->node.say_unfit_s;
    struct arbiter_input in = {.kind = ARBITER_COMMAND, .command = ARBITER_UNFIT};

    if (unfit != n->was_unfit || n->changed_ns == 0)
        n->changed_ns = n->health.at_ns;
    n->was_unfit = unfit;
    if (for_s <= 0 || (double)(n->health.at_ns - n->changed_ns) * 1e-9 < for_s || unfit == n->said_unfit)
        return;
    if (!unfit || ring_push(n->commands, &in))
        n->said_unfit = unfit;
}

const struct health *node_look(struct node *n)
{
    struct alarm_state state = n->health.alarm; /* where it cannot be had this moment, it is as it was */

    alarm_state(n->alarm, &state);
    clock_look(&n->clock, state.event != 0);
    keep_minute(n);
    health_look(&n->health, n->sys->mono_ns(n->sys->ctx));
    if (n->exercise) /* it knows nothing of the sensors, and speaks for no health */
        return &n->health;
    if (n->lines)
        thread_lines_healthy(n->lines, health_fit(&n->health));
    tell_fitness(n);
    tell_test(n);
    tell_changes(n);
    say_unfit(n);
    return &n->health;
}

bool node_moves(const struct node *n)
{
    return !n->health.stalled;
}

bool node_command(struct node *n, const struct arbiter_input *command)
{
    return ring_push(n->commands, command);
}

bool node_feed(struct node *n, const struct sensed *report)
{
    return ring_push(n->sensed[0], report);
}

bool node_silent(const struct node *n)
{
    return !n->siren || siren_thread_quiet(n->siren);
}
