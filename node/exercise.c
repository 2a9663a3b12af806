#include "node/exercise.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/node.h"
#include "node/outlet.h"
#include "node/signals.h"

enum {
    LOOK_MS = 100,
    CARD_MS = 10000,  /* a card that is not there by then is taken to be none */
    WORDS_MS = 60000, /* the last words' longest */
    STOP_S = 10,      /* what hangs for so long in closing is ended by SIGALRM: the outputs come first */
    QUIET_LOOKS = 20  /* nothing has been heard for so many: what was ordered has been said */
};

struct exercise {
    const struct sys *sys;
    const struct node_conf *conf;
    struct node *node; /* NULL: its outputs are safe */
    struct pace *pace;
    struct replay_live live;
    int signals;
    const char *broken; /* the signal */
    bool faulty;        /* an output could not do its part */
    int64_t looked_ns;
    /* what is printed, and has not been taken yet: text[taken..size) */
    FILE *out;
    char *text;
    size_t size, taken;
    bool unread; /* nobody takes it any more */
};

/* ---- what is printed ---- */

static void print_some(struct exercise *e)
{
    size_t left;

    if (fflush(e->out) != 0 || e->unread)
        return;
    left = e->size - e->taken;
    /* No more than a pipe that is ready takes at once. */
    ssize_t n = write(STDOUT_FILENO, e->text + e->taken, left < PIPE_BUF ? left : PIPE_BUF);
    if (n > 0)
        e->taken += (size_t)n;
    else if (errno != EINTR && errno != EAGAIN)
        e->unread = true;
    if (e->taken == e->size) {
        rewind(e->out);
        e->taken = 0;
    }
}

static bool has_text(struct exercise *e)
{
    long at = ftell(e->out);

    return !e->unread && at > 0 && (size_t)at > e->taken;
}

/* ---- time goes by ---- */

static bool is_output(const struct health_fault *f)
{
    return f->unfit && strcmp(f->part, "sensors") != 0;
}

static void look(struct exercise *e)
{
    const struct health *h = node_look(e->node);

    e->looked_ns = e->sys->mono_ns(e->sys->ctx);
    for (int i = 0; e->pace && i < h->faults; i++)
        if (is_output(&h->fault[i])) {
            if (!e->faulty)
                fprintf(stderr, "tocsin replay: %s: %s\n", h->fault[i].part, h->fault[i].text);
            e->faulty = true;
        }
}

/* At once: nothing sounds, and every line is as lines.NAME.stop says. */
static void make_safe(struct exercise *e, const char *why)
{
    alarm(STOP_S);
    node_close(e->node, why);
    alarm(0);
    e->node = NULL;
}

/* Until `until_ns`, printing and looking meanwhile. False: it was broken off, and the outputs are safe. */
static bool sleep_until(struct exercise *e, int64_t until_ns)
{
    struct pollfd fd[2] = {{.fd = e->signals, .events = POLLIN}, {.fd = STDOUT_FILENO, .events = POLLOUT}};

    while (!e->broken) {
        int64_t now_ns = e->sys->mono_ns(e->sys->ctx);
        int64_t left_ms = (until_ns - now_ns + 999999) / 1000000;
        bool text = has_text(e);

        if (now_ns - e->looked_ns >= (int64_t)LOOK_MS * 1000000)
            look(e);
        if (poll(fd, text ? 2 : 1, left_ms <= 0 ? 0 : left_ms < LOOK_MS ? (int)left_ms : LOOK_MS) > 0) {
            e->broken = fd[0].revents ? signals_ending(e->signals, 0) : NULL;
            if (text && fd[1].revents)
                print_some(e);
        }
        if (left_ms <= 0 && !e->broken)
            return true;
    }
    if (e->node)
        make_safe(e, e->broken);
    return false;
}

static bool sleep_ms(struct exercise *e, int ms)
{
    return sleep_until(e, e->sys->mono_ns(e->sys->ctx) + (int64_t)ms * 1000000);
}

/* ---- the replay's ---- */

static bool wait_for(void *ctx, double time_s)
{
    struct exercise *e = ctx;

    return sleep_until(e, pace_due_ns(e->pace, time_s));
}

static void feed(void *ctx, const struct report *report)
{
    struct exercise *e = ctx;
    int64_t due_ns = pace_due_ns(e->pace, report->time_s), now_ns = e->sys->mono_ns(e->sys->ctx);
    struct sensed s = {.report = *report,
                       .origin_ns = due_ns - (int64_t)llround(report->time_s * 1e9),
                       .sampled_ns = due_ns,
                       .received_ns = now_ns,
                       .detected_ns = now_ns};

    s.report.sensor = 0;
    /* The settle time comes all at once; what is heard must miss none of it. */
    while (e->node && !node_feed(e->node, &s))
        sleep_ms(e, 1);
}

const struct replay_live *exercise_live(struct exercise *e, struct pace *pace)
{
    e->pace = pace;
    e->live = (struct replay_live){e, wait_for, feed, ALERT_EXERCISE};
    return &e->live;
}

FILE *exercise_stdout(struct exercise *e)
{
    return e->out;
}

/* ---- its beginning and its end ---- */

/* A reader that takes nothing more is not waited for once a signal says to end. */
static void print_rest(struct exercise *e)
{
    struct pollfd fd[2] = {{.fd = e->signals, .events = POLLIN}, {.fd = STDOUT_FILENO, .events = POLLOUT}};

    while (has_text(e) && poll(fd, 2, -1) > 0) {
        if (fd[0].revents && signals_ending(e->signals, 0))
            return;
        if (fd[1].revents)
            print_some(e);
    }
}

static void say_names(const char *what, const struct node_conf *conf, uint32_t lines)
{
    const char *between = " ";

    if (!lines)
        return;
    fprintf(stderr, "  %s:", what);
    for (size_t i = 0; i < conf->lines.count; i++)
        if (lines >> i & 1) {
            fprintf(stderr, "%s%s", between, conf->lines.name[i].text);
            between = ", ";
        }
    fputc('\n', stderr);
}

static void say_what(const struct node_conf *conf, const char *record)
{
    const struct action_conf *actions = &conf->actions;
    uint32_t all = conf->lines.count < 32 ? (1u << conf->lines.count) - 1 : UINT32_MAX, moved = 0;
    bool siren = false, voice = false;

    for (size_t i = 0; i < actions->count; i++) {
        const struct action *a = &actions->action[i];
        siren = siren || (a->kind == ACTION_SIREN && a->drill);
        voice = voice || (a->kind == ACTION_VOICE && a->drill);
        if (a->kind == ACTION_LINE && a->drill)
            moved |= 1u << a->line;
    }
    moved &= relay_drill_lines(&conf->lines);
    fprintf(stderr,
            "tocsin replay: EXERCISE: %s drives the outputs of this configuration. Ctrl-C ends it at once.\n",
            record);
    if (!conf->siren.device[0] || (!siren && !voice))
        fprintf(stderr, "  sound: none\n");
    else
        fprintf(stderr, "  sound on %s:%s%s, exercise said first and last\n", conf->siren.device,
                siren ? " siren" : "", voice ? siren ? " and voice" : " voice" : "");
    say_names("lines that move", conf, moved);
    say_names("lines that a drill does not move", conf, all & ~moved);
    fprintf(stderr, "  Nothing is journalled, and no sensor is watched while it lasts.\n");
}

static void await_card(struct exercise *e)
{
    int64_t until_ns = e->sys->mono_ns(e->sys->ctx) + (int64_t)CARD_MS * 1000000;

    while (e->conf->siren.device[0] && e->sys->mono_ns(e->sys->ctx) < until_ns) {
        const struct health *h = node_look(e->node);
        if ((h->siren.card && h->siren.words) || !sleep_ms(e, LOOK_MS))
            return;
    }
}

int exercise_open(struct exercise **out, const struct sys *sys, const struct node_conf *conf,
                  const char *record, FILE *events, struct error *err)
{
    struct node_way way = {.events = events, .log = stderr, .exercise = record};
    struct exercise *e = sys_alloc(sys, sizeof *e);

    *out = NULL;
    if (!e)
        return error_set(err, "out of memory");
    e->sys = sys;
    e->conf = conf;
    e->signals = signals_open();
    e->out = open_memstream(&e->text, &e->size);
    if (e->signals < 0 || !e->out) {
        error_set(err, "%s", strerror(errno));
        exercise_close(e);
        return -1;
    }
    outlet_never_wait(STDERR_FILENO);
    say_what(conf, record);
    if (node_open(&e->node, sys, conf, &way, err) != 0) {
        exercise_close(e);
        return -1;
    }
    await_card(e);
    *out = e;
    return 0;
}

const char *exercise_end(struct exercise *e, bool *clean)
{
    const struct arbiter_input over = {.kind = ARBITER_COMMAND, .command = ARBITER_DRILL_END};
    int quiet = 0;

    if (e->node) {
        node_command(e->node, &over);
        sleep_ms(e, 2 * LOOK_MS);
    }
    for (int ms = 0; e->node && quiet < QUIET_LOOKS && ms < WORDS_MS; ms += LOOK_MS) {
        quiet = node_silent(e->node) ? quiet + 1 : 0;
        sleep_ms(e, LOOK_MS);
    }
    if (e->node)
        make_safe(e, "the exercise is over");
    fprintf(stderr, "tocsin replay: EXERCISE over%s%s\n", e->broken ? ", broken off by " : "",
            e->broken ? e->broken : "");
    print_rest(e);
    *clean = !e->faulty && !has_text(e) && !e->unread;
    return e->broken;
}

void exercise_close(struct exercise *e)
{
    if (!e)
        return;
    if (e->node)
        make_safe(e, "the exercise has failed");
    if (e->out)
        fclose(e->out);
    free(e->text);
    if (e->signals >= 0)
        close(e->signals);
    sys_free(e->sys, e);
}
