#include "node/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "io/json.h"

enum { FOUND_MAX = 160, WHAT_MAX = 64, FINDING_MAX = 400, TODO_MAX = 240 };

struct finding {
    enum check_verdict verdict;
    char what[WHAT_MAX], finding[FINDING_MAX], todo[TODO_MAX];
};

struct check {
    const struct check_conf *conf;
    const struct check_part *part;
    int64_t began_ns;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t news;
    bool said, ended, left;
    size_t found, printed;
    struct finding finding[FOUND_MAX];
};

const char *check_verdict_name(enum check_verdict verdict)
{
    return verdict == CHECK_OK ? "ok" : verdict == CHECK_WARN ? "warn" : "FAIL";
}

const struct check_conf *check_conf(const struct check *c)
{
    return c->conf;
}

int64_t check_until_ns(const struct check *c)
{
    return c->began_ns + (int64_t)(c->conf->seconds / 1.5 * 1e9);
}

static void add(struct check *c, const struct finding *f)
{
    pthread_mutex_lock(&c->lock);
    if (!c->left && c->found < FOUND_MAX)
        c->finding[c->found++] = *f;
    pthread_cond_signal(&c->news);
    pthread_mutex_unlock(&c->lock);
}

void check_say(struct check *c, enum check_verdict verdict, const char *what, const char *todo,
               const char *format, ...)
{
    struct finding f = {.verdict = verdict};
    struct error plain;
    char text[FINDING_MAX];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    error_set(&plain, "%s", text); /* what a device calls itself is not for the terminal to obey */
    snprintf(f.finding, sizeof f.finding, "%.*s", FINDING_MAX - 1, plain.text);
    snprintf(f.what, sizeof f.what, "%s", what);
    snprintf(f.todo, sizeof f.todo, "%s", todo ? todo : "");
    add(c, &f);
}

static void set_flag(struct check *c, bool *flag)
{
    pthread_mutex_lock(&c->lock);
    *flag = true;
    pthread_cond_signal(&c->news);
    pthread_mutex_unlock(&c->lock);
}

void check_said(struct check *c)
{
    set_flag(c, &c->said);
}

/* ---- printing ---- */

static void print_json(const struct check *c, const struct finding *f)
{
    struct json *line = json_new_object(c->conf->sys);
    const char *text;

    json_put_text(line, "schema", "tocsin.check/1");
    json_put_text(line, "part", c->part->name);
    json_put_text(line, "what", f->what);
    json_put_text(line, "verdict", check_verdict_name(f->verdict));
    json_put_text(line, "finding", f->finding);
    json_put_text(line, "todo", f->todo[0] ? f->todo : NULL);
    if (json_write_line(line, &text, NULL) == 0)
        fputs(text, c->conf->out);
    else
        fprintf(stderr, "tocsin check: out of memory\n");
    json_free(line);
}

static void print(const struct check *c, const struct finding *f)
{
    if (c->conf->json)
        print_json(c, f);
    else
        fprintf(c->conf->out, "%-4s  %s: %s%s%s\n", check_verdict_name(f->verdict), f->what, f->finding,
                f->todo[0] ? "; " : "", f->todo);
    fflush(c->conf->out);
}

/* With the lock held: prints what is new; the worst of it. */
static enum check_verdict print_news(struct check *c, enum check_verdict worst)
{
    for (; c->printed < c->found; c->printed++) {
        print(c, &c->finding[c->printed]);
        if (c->finding[c->printed].verdict > worst)
            worst = c->finding[c->printed].verdict;
    }
    return worst;
}

/* ---- running ---- */

static void *run(void *arg)
{
    struct check *c = arg;

    c->part->run(c);
    set_flag(c, &c->ended);
    return NULL;
}

static struct timespec deadline(const struct check *c)
{
    int64_t at_ns = c->began_ns + (int64_t)(c->conf->seconds * 1e9);

    return (struct timespec){.tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000};
}

/* Until the part has ended, or its time is over. */
static enum check_verdict follow(struct check *c, bool *left)
{
    const struct timespec until = deadline(c);
    enum check_verdict worst = CHECK_OK;
    int waited = 0;

    pthread_mutex_lock(&c->lock);
    while (!c->ended && waited != ETIMEDOUT) {
        worst = print_news(c, worst);
        waited = pthread_cond_timedwait(&c->news, &c->lock, &until);
    }
    worst = print_news(c, worst);
    c->left = !c->ended;
    *left = c->left;
    if (c->left && !c->said) {
        struct finding late = {.verdict = CHECK_FAIL,
                               .todo = "see what it waits for, or give it longer with --seconds"};
        snprintf(late.what, sizeof late.what, "%s", c->part->name);
        snprintf(late.finding, sizeof late.finding, "no answer within %g s", c->conf->seconds);
        print(c, &late);
        worst = CHECK_FAIL;
    }
    pthread_mutex_unlock(&c->lock);
    return worst;
}

static void begin(struct check *c, const struct check_conf *conf, const struct check_part *part)
{
    pthread_condattr_t monotonic;

    c->conf = conf;
    c->part = part;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&c->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&c->lock, NULL);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    c->began_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

enum check_verdict check_run(const struct check_conf *conf, const struct check_part *part, bool *left)
{
    struct check *c = sys_alloc(conf->sys, sizeof *c);
    enum check_verdict worst;
    pthread_t thread;
    bool behind = false;

    if (!c) {
        fprintf(stderr, "tocsin check: out of memory\n");
        return CHECK_FAIL;
    }
    begin(c, conf, part);
    int refused = pthread_create(&thread, NULL, run, c);
    if (refused) {
        struct finding none = {.verdict = CHECK_FAIL};
        snprintf(none.what, sizeof none.what, "%s", part->name);
        snprintf(none.finding, sizeof none.finding, "no thread to look at it: %s", strerror(refused));
        print(c, &none);
        worst = CHECK_FAIL;
    } else {
        worst = follow(c, &behind);
        if (behind)
            pthread_detach(thread);
        else
            pthread_join(thread, NULL);
    }
    *left = *left || behind;
    if (behind)
        return worst; /* the thread still has it */
    pthread_cond_destroy(&c->news);
    pthread_mutex_destroy(&c->lock);
    sys_free(conf->sys, c);
    return worst;
}
