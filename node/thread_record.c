#include "node/thread_record.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "alarm/alert_json.h"
#include "alarm/journal.h"
#include "alarm/keys.h"
#include "io/json.h"
#include "io/latest.h"
#include "io/utc.h"
#include "node/history.h"
#include "node/outlet.h"

enum {
    RETRY_MS = 1000,
    BOOT_ID = 40,
    BACKLOG = 256,
    LAST_WORDS_MS = 500 /* for a slow reader at the end */
};

struct record {
    const struct sys *sys;
    struct record_conf conf;
    struct ring *ring[RECORD_RINGS];
    const struct wake *wake;
    const struct clock *clock;
    const struct arbiter *names;
    struct thread thread;
    struct journal *journal;
    struct json *line;
    struct outlet events;
    int told_events; /* errno that was told of them */
    struct clock_state time;
    /* What the disk has not taken yet, oldest first: entries stay as they are, and become lines again each time. */
    struct entry backlog[BACKLOG];
    unsigned first, waiting;
    bool unsafe;      /* written, and no fsync has succeeded since */
    bool started;     /* the line that says so is in the journal */
    int64_t retry_ns; /* not before */
    struct record_health health;
    struct latest head;
    _Atomic uint64_t word[LATEST_WORDS(struct record_health)];
};

/* ---- words ---- */

static const char *sound_name(enum sound sound)
{
    switch (sound) {
    case SOUND_NONE:
        return "none";
    case SOUND_WARNING:
        return "warning";
    case SOUND_ALARM:
        return "alarm";
    case SOUND_CANCEL:
        return "cancel";
    case SOUND_ENDED:
        return "ended";
    case SOUND_TEST:
        return "test";
    case SOUND_UNFIT:
        return "unfit";
    }
    return "?";
}

static const char *done_name(enum output_what what)
{
    switch (what) {
    case OUTPUT_SIREN_WRITTEN:
        return "siren-written";
    case OUTPUT_VOICE_WRITTEN:
        return "voice-written";
    case OUTPUT_SOUND_FAILED:
        return "sound-failed";
    case OUTPUT_LINE_SET:
        return "line-set";
    case OUTPUT_LINE_HELD:
        return "line-held";
    case OUTPUT_LINE_REFUSED:
        return "line-refused";
    case OUTPUT_LINE_DIFFERS:
        return "line-differs";
    }
    return "?";
}

static const char *weight_name(enum entry_weight weight)
{
    return weight == ENTRY_FAULT ? "fault" : weight == ENTRY_WARNING ? "warning" : "info";
}

static const char *name_at(const char *const *names, int n, int i)
{
    return names && i >= 0 && i < n ? names[i] : "?";
}

/* ---- entries as JSON ---- */

static void put_utc(const struct record *r, struct json *to, const char *key, int64_t mono_ns)
{
    char text[40];

    if (r->time.plausible && utc_format(clock_utc_ns(&r->time, mono_ns), text, sizeof text) > 0)
        json_put_text(to, key, text);
    else
        json_put_null(to, key);
}

static void begin(struct record *r, const char *type, int64_t at_ns)
{
    json_reset(r->line);
    json_put_text(r->line, "type", type);
    put_utc(r, r->line, "at", at_ns);
    json_put_integer(r->line, "mono_ns", at_ns);
}

static void put_event(struct record *r, const struct entry *e)
{
    char id[CONF_TEXT_MAX + 64];

    if (e->event == 0)
        return;
    entry_event_id(r->conf.node, e->event, e->event_utc_ns, id, sizeof id);
    json_put_text(r->line, "event_id", id);
    json_put_integer(r->line, "event_number", e->event);
    json_put_integer(r->line, "event_utc_ns", e->event_utc_ns);
    json_put_bool(r->line, "event_utc_trusted", e->event_utc_trusted);
}

/* Milliseconds after the sample, 0.001 ms each; null for a stage that took no part. */
static void put_stage(struct json *to, const char *key, int64_t sampled_ns, int64_t at_ns)
{
    json_put_number(to, key, sampled_ns && at_ns ? (double)(at_ns - sampled_ns) * 1e-6 : NAN, 3);
}

static void put_alert(struct record *r, const struct entry *e)
{
    const struct entry_stages *s = &e->alert.stages;
    struct json *alert = json_new_object(r->sys), *stages = json_new_object(r->sys);
    int64_t t0 = clock_utc_ns(&r->time, e->alert.origin_ns);

    json_put_text(r->line, "sensor", name_at(r->conf.sensor, r->conf.sensors, (int)e->alert.alert.sensor));
    json_put_integer(r->line, "sensor_index", e->alert.alert.sensor);
    put_utc(r, stages, "sampled", s->sampled_ns);
    put_stage(stages, "received_ms", s->sampled_ns, s->received_ns);
    put_stage(stages, "detected_ms", s->sampled_ns, s->detected_ns);
    put_stage(stages, "decided_ms", s->sampled_ns, s->decided_ns);
    json_put(r->line, "stages", stages);
    alert_json_put(alert, r->sys, &e->alert.alert, r->time.plausible ? &t0 : NULL);
    json_put(r->line, "alert", alert);
}

static void put_sound(struct record *r, const struct sound_order *o)
{
    json_put_text(r->line, "sound", sound_name(o->sound));
    json_put_bool(r->line, "siren", o->siren);
    json_put_bool(r->line, "voice", o->voice);
    json_put_bool(r->line, "exercise", o->exercise);
    json_put_bool(r->line, "severe", o->severe);
    json_put_text(r->line, "source", entry_source_name(o->source));
    json_put_integer(r->line, "revision", o->revision);
    json_put_number(r->line, "countdown_s", o->countdown_s, 1);
}

static struct json *line_names(const struct record *r, uint32_t mask)
{
    struct json *names = json_new_array(r->sys);

    for (int i = 0; i < ORDER_LINES_MAX; i++)
        if (mask >> i & 1)
            json_add_text(names, name_at(r->conf.line, r->conf.lines, i));
    return names;
}

static void put_lines(struct record *r, const struct line_order *o)
{
    json_put(r->line, "asserted", line_names(r, o->asserted));
    if (o->reset)
        json_put(r->line, "reset", line_names(r, o->reset));
    json_put_bool(r->line, "exercise", o->exercise);
    json_put_integer(r->line, "revision", o->revision);
}

static void put_done(struct record *r, const struct entry *e)
{
    const struct output_done *d = &e->done.done;
    bool line = d->what == OUTPUT_LINE_SET || d->what == OUTPUT_LINE_HELD || d->what == OUTPUT_LINE_REFUSED ||
                d->what == OUTPUT_LINE_DIFFERS;

    json_put_text(r->line, "what", done_name(d->what));
    if (line) {
        json_put_text(r->line, "line", name_at(r->conf.line, r->conf.lines, d->index));
        json_put_integer(r->line, "level", d->level);
    }
    json_put_integer(r->line, "revision", d->revision);
    put_stage(r->line, "after_decision_ms", d->decided_ns, d->at_ns);
    put_stage(r->line, "reaction_ms", e->done.received_ns, d->at_ns);
    if (d->what == OUTPUT_SIREN_WRITTEN || d->what == OUTPUT_VOICE_WRITTEN)
        json_put_number(r->line, "queue_ms", (double)d->queue_ns * 1e-6, 3);
}

static void put_reason(struct record *r, const struct arbiter_reason *reason)
{
    char text[ENTRY_TEXT_MAX];

    json_put_text(r->line, "why", arbiter_why_name(reason->why));
    if (reason->why == ARBITER_EVENT_BEGAN || reason->why == ARBITER_EVENT_ROSE)
        json_put_text(r->line, "level", alert_level_name((enum alert_level)(int)reason->value));
    if (reason->why == ARBITER_EVENT_BEGAN)
        json_put_text(r->line, "source", entry_source_name((enum sound_source)(int)reason->limit));
    json_put_text(r->line, "text", arbiter_reason_text(r->names, reason, text, sizeof text));
}

static void build(struct record *r, const struct entry *e)
{
    static const char *const type[] = {
        [ENTRY_ALERT] = "alert",   [ENTRY_SOUND] = "sound",   [ENTRY_LINES] = "lines",
        [ENTRY_DONE] = "output",   [ENTRY_REASON] = "reason", [ENTRY_NOTE] = "note",
        [ENTRY_HEALTH] = "health", [ENTRY_STOP] = "stop"};

    begin(r, type[e->kind], e->at_ns);
    put_event(r, e);
    switch (e->kind) {
    case ENTRY_ALERT:
        put_alert(r, e);
        break;
    case ENTRY_SOUND:
        put_sound(r, &e->sound);
        break;
    case ENTRY_LINES:
        put_lines(r, &e->lines);
        break;
    case ENTRY_DONE:
        put_done(r, e);
        break;
    case ENTRY_REASON:
        put_reason(r, &e->reason);
        break;
    case ENTRY_NOTE:
    case ENTRY_HEALTH:
        json_put_text(r->line, "weight", weight_name(e->weight));
        json_put_text(r->line, "text", e->text);
        break;
    case ENTRY_STOP:
        json_put_text(r->line, "text", e->text);
        break;
    }
}

/* The boot id tells a later reader whether monotonic times can be compared with its own. */
static void build_start(struct record *r)
{
    char boot[BOOT_ID];

    history_boot_id(r->sys, boot, sizeof boot);
    begin(r, "start", r->sys->mono_ns(r->sys->ctx));
    json_put_text(r->line, "node", r->conf.node);
    json_put_text(r->line, "software", TOCSIN_VERSION);
    json_put_text(r->line, "boot", boot);
    json_put_bool(r->line, "clock_synchronised", r->time.synchronised);
}

/* ---- for a person ---- */

static void log_alert(const struct record *r, const struct entry *e)
{
    const struct alert *a = &e->alert.alert;
    char id[CONF_TEXT_MAX + 64];

    entry_event_id(r->conf.node, e->event, e->event_utc_ns, id, sizeof id);
    fprintf(r->conf.log, "%s %s: %s, revision %u of sensor %s: %s, observed %.1f", id,
            alert_phase_name(a->phase), alert_level_name(a->level), (unsigned)a->revision,
            name_at(r->conf.sensor, r->conf.sensors, (int)a->sensor), alert_basis_name(a->basis),
            a->observed[a->scale]);
    if (a->has_prediction)
        fprintf(r->conf.log, ", predicted %.1f", a->predicted[a->scale]);
    fprintf(r->conf.log, ", %.2f s after the onset; decided %.3f ms after the sample arrived\n", a->t_s,
            (double)(e->alert.stages.decided_ns - e->alert.stages.received_ns) * 1e-6);
}

static void log_done(const struct record *r, const struct entry *e, const char *fault)
{
    const struct output_done *d = &e->done.done;
    bool sound =
        d->what == OUTPUT_SIREN_WRITTEN || d->what == OUTPUT_VOICE_WRITTEN || d->what == OUTPUT_SOUND_FAILED;
    const char *who = sound ? "sound" : name_at(r->conf.line, r->conf.lines, d->index);

    if (e->done.received_ns)
        fprintf(r->conf.log, "%s%s: %s, %.3f ms after the sample arrived\n", fault, who, done_name(d->what),
                (double)(d->at_ns - e->done.received_ns) * 1e-6);
    else if (e->weight == ENTRY_FAULT)
        fprintf(r->conf.log, "%s%s: %s\n", fault, who, done_name(d->what));
}

static void log_entry(const struct record *r, const struct entry *e)
{
    char text[ENTRY_TEXT_MAX];
    const char *fault = e->weight == ENTRY_FAULT ? "FAULT: " : e->weight == ENTRY_WARNING ? "warning: " : "";

    if (!r->conf.log)
        return;
    switch (e->kind) {
    case ENTRY_ALERT:
        log_alert(r, e);
        break;
    case ENTRY_REASON:
        fprintf(r->conf.log, "%s\n", arbiter_reason_text(r->names, &e->reason, text, sizeof text));
        break;
    case ENTRY_NOTE:
    case ENTRY_HEALTH:
    case ENTRY_STOP:
        fprintf(r->conf.log, "%s%s\n", fault, e->text);
        break;
    case ENTRY_DONE:
        log_done(r, e, fault);
        break;
    case ENTRY_SOUND:
    case ENTRY_LINES:
        break;
    }
    fflush(r->conf.log);
}

/* ---- the thread ---- */

static void publish(struct record *r)
{
    latest_put(&r->head, r->word, &r->health, sizeof r->health);
}

/* What a reader of --events has missed, where he would have read it. */
static void show_skipped(struct record *r)
{
    char text[64];

    if (r->events.skipped == 0 || OUTLET_ROOM - r->events.waiting < OUTLET_ROOM / 2)
        return;
    int n = snprintf(text, sizeof text, "{\"type\":\"skipped\",\"lines\":%" PRIu64 "}\n",
                     outlet_skipped(&r->events));
    outlet_line(&r->events, text, (size_t)n);
}

/* The line that was built last, to whoever looks on. */
static void show_line(struct record *r)
{
    const char *text;
    size_t n;

    if (!r->events.text || json_write_line(r->line, &text, &n) != 0)
        return;
    show_skipped(r);
    if (r->events.skipped > 0) /* the first line after a gap is the one that tells of it */
        r->events.skipped++;
    else
        outlet_line(&r->events, text, n);
    outlet_flush(&r->events);
}

/* What could not be written at once; and that it cannot be at all, once. */
static void show_rest(struct record *r)
{
    if (!r->events.text)
        return;
    outlet_flush(&r->events);
    if (r->events.failed && r->events.failed != r->told_events && r->conf.log)
        fprintf(r->conf.log, "warning: --events: cannot be written: %s\n", strerror(r->events.failed));
    r->told_events = r->events.failed;
}

/* Once, whatever the disk does. */
static void show(struct record *r, const struct entry *e)
{
    log_entry(r, e);
    build(r, e);
    show_line(r);
}

/* The line that was built last, into the journal. False: the disk refuses it. */
static bool write_line(struct record *r)
{
    const char *text;
    size_t n;

    if (json_write_line(r->line, &text, &n) != 0)
        return true; /* memory was refused: this one is lost, and waiting for it would lose more */
    if (r->conf.path && journal_append(r->journal, text, n - 1) != 0) {
        r->health.failed = errno;
        r->health.retries++;
        return false;
    }
    r->health.failed = 0;
    r->health.written++;
    r->unsafe = true;
    return true;
}

/* Takes what the rings hold as long as there is room; a full backlog leaves them to fill and to count. */
static void take_all(struct record *r)
{
    for (int i = 0; i < RECORD_RINGS; i++)
        while (r->ring[i] && r->waiting < BACKLOG) {
            struct entry *e = &r->backlog[(r->first + r->waiting) % BACKLOG];
            if (!ring_pop(r->ring[i], e))
                break;
            show(r, e);
            r->waiting++;
        }
}

bool record_may_pass(int code)
{
    return code == ENOSPC || code == EDQUOT || code == EROFS || code == EIO || code == EFBIG ||
           code == EMFILE || code == ENFILE || code == ENOMEM;
}

/* 0, or -1 with err and errno. */
static int open_journal(struct record *r, struct error *err)
{
    if (mkdir(r->conf.folder, 0750) != 0 && errno != EEXIST) {
        int why = errno;
        error_set(err, "%s: %s", r->conf.folder, strerror(why));
        errno = why;
        return -1;
    }
    errno = 0;
    return journal_open(&r->journal, r->sys, r->conf.path, NULL, err);
}

/* The journal, and in it that this node has started. False: not yet. */
static bool begin_journal(struct record *r, struct error *err)
{
    if (r->conf.path && !r->journal && open_journal(r, err) != 0) {
        r->health.failed = errno ? errno : EIO;
        r->health.retries++;
        return false;
    }
    if (!r->started) {
        build_start(r);
        r->started = write_line(r);
    }
    return r->started;
}

/* One that failed is tried again, though nothing new comes: what was written is not safe before. */
static bool make_safe(struct record *r, bool well)
{
    if (!r->unsafe)
        return well;
    if (r->journal && journal_sync(r->journal) != 0) {
        r->health.failed = errno;
        r->health.retries++;
        return false;
    }
    r->unsafe = false;
    r->health.synced = r->health.written;
    if (well)
        r->health.failed = 0;
    return well;
}

/* A person reads of it with the next lines. Without a key the node warns its own house all the same. */
static void note_key(struct record *r, enum entry_weight weight, const char *what, const char *which)
{
    struct entry e;

    entry_text(&e, ENTRY_NOTE, weight, r->sys->mono_ns(r->sys->ctx), "%s%.180s", what, which);
    show(r, &e);
    if (r->waiting < BACKLOG) {
        r->backlog[(r->first + r->waiting) % BACKLOG] = e;
        r->waiting++;
    }
}

/* At the first start, and here, since this thread may wait: for the disk, and for the kernel's random numbers. */
static void make_key(struct record *r)
{
    char folder[KEYS_PATH_MAX], fingerprint[CRYPTO_FINGERPRINT_ROOM];
    struct keys_own own;
    struct error why;
    struct keys k;
    bool made;

    snprintf(folder, sizeof folder, "%s/keys", r->conf.folder);
    if (keys_open(&k, r->sys, folder, &why) != 0 ||
        keys_load_or_make(&k, r->conf.node, &own, &made, &why) != 0) {
        note_key(r, ENTRY_WARNING, "no key could be made or read: ", why.text);
        return;
    }
    crypto_key_fingerprint(own.key.public, fingerprint);
    crypto_wipe(&own, sizeof own);
    if (made)
        note_key(r, ENTRY_INFO, "made this node's key, ", fingerprint);
}

/* Everything that waits, then one fsync. */
static void write_all(struct record *r)
{
    struct error ignored;
    bool well = begin_journal(r, &ignored);

    for (; well && r->waiting > 0; r->first = (r->first + 1) % BACKLOG, r->waiting--) {
        build(r, &r->backlog[r->first]);
        well = write_line(r);
        if (!well)
            break;
    }
    if (!make_safe(r, well)) {
        r->retry_ns = r->sys->mono_ns(r->sys->ctx) + (int64_t)RETRY_MS * 1000000;
    } else if (r->conf.make_key) {
        r->conf.make_key = false;
        make_key(r);
    }
}

static void run(struct thread *self, void *ctx)
{
    struct record *r = ctx;

    while (!thread_stopping(self)) {
        wake_wait(r->wake, THREAD_SLEEP_MS);
        thread_beat(self);
        clock_state(r->clock, &r->time);
        take_all(r);
        show_rest(r);
        if (r->sys->mono_ns(r->sys->ctx) >= r->retry_ns)
            write_all(r);
        publish(r);
    }
    take_all(r);
    write_all(r);
    publish(r);
}

int record_open(struct record **out, const struct sys *sys, const struct record_conf *conf,
                struct ring *const rings[RECORD_RINGS], const struct wake *wake, const struct clock *clock,
                const struct arbiter *names, struct error *err)
{
    struct record *r = sys_alloc(sys, sizeof *r);

    *out = NULL;
    if (!r)
        return error_set(err, "out of memory");
    r->sys = sys;
    r->conf = *conf;
    memcpy(r->ring, rings, sizeof r->ring);
    r->wake = wake;
    r->clock = clock;
    r->names = names;
    clock_state(clock, &r->time);
    r->line = json_new_object(sys);
    int result = r->line ? 0 : error_set(err, "out of memory");
    if (result == 0 && conf->events)
        result = outlet_open(&r->events, sys, fileno(conf->events), err);
    if (result == 0) {
        build_start(r);
        show_line(r);
        if (!begin_journal(r, err) && !record_may_pass(r->health.failed))
            result = -1;
    }
    if (result == 0)
        result = thread_start(&r->thread, "record", THREAD_NORMAL, run, r, err);
    if (result != 0) {
        outlet_close(&r->events, 0);
        journal_close(r->journal);
        json_free(r->line);
        sys_free(sys, r);
        return -1;
    }
    *out = r;
    return 0;
}

void record_close(struct record *r)
{
    if (!r)
        return;
    thread_stop(&r->thread);
    wake_signal(r->wake);
    thread_join(&r->thread);
    outlet_close(&r->events, LAST_WORDS_MS);
    journal_close(r->journal);
    json_free(r->line);
    sys_free(r->sys, r);
}

void record_health(const struct record *r, struct record_health *health)
{
    (void)latest_get(&r->head, r->word, health, sizeof *health);
}

struct thread *record_thread(struct record *r)
{
    return &r->thread;
}
