/* tocsin events - what the journal tells of: a list, one event's life, everything for other programs, and is it whole. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/utc.h"
#include "node/args.h"
#include "node/cmd.h"
#include "node/history_check.h"
#include "node/history_list.h"
#include "node/history_show.h"
#include "node/node_conf.h"

enum { NAMES_MAX = 64 };

enum what { LIST, SHOW, EXPORT, CHECK };

struct options {
    enum what what;
    struct args_conf conf;
    const char *journal;
    const char *name[NAMES_MAX]; /* events: ids or numbers */
    size_t names;
    struct history_filter filter;
    bool json, csv;
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},  {"set", required_argument, NULL, 's'},
    {"journal", required_argument, NULL, 'J'}, {"since", required_argument, NULL, 'S'},
    {"last", required_argument, NULL, 'n'},    {"level", required_argument, NULL, 'l'},
    {"json", no_argument, NULL, 'j'},          {"csv", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},          {0},
};

static void help(void)
{
    fputs(
        "usage: tocsin events [list | show EVENT | export [EVENT...] | check] [OPTION...]\n"
        "\n"
        "What the journal of a node tells of, also while the node writes it. EVENT is an id or its number.\n"
        "\n"
        "  list                  a line an event, newest last: number, onset, highest level, basis, how it\n"
        "                        ended, largest intensity, lead, actual or exercise, sensors, id\n"
        "  show EVENT            its whole life, with times after the onset\n"
        "  export [EVENT...]     every line about them (JSON Lines); --csv: a row an event\n"
        "  check                 is every file whole?\n"
        "\n"
        "      --csv             export: a table; units in its first row\n"
        "  -c, --config FILE     the node's configuration: node.state names the folder; --set KEY=VALUE\n"
        "      --journal FILE    this journal instead\n"
        "      --since TIME      2026-11-25, 2026-11-25T02:15Z, or how long ago: 90m, 24h, 7d\n"
        "      --level LEVEL     watch, warning, alarm: so high at least\n"
        "      --last N          the newest N of them\n"
        "      --json            list, check: JSON Lines\n",
        stdout);
}

/* ---- the command line ---- */

static int bad(const char *what, const char *value, const char *want)
{
    return args_error("events", what, value, want);
}

static int parse_since(const struct sys *sys, const char *text, int64_t *out)
{
    static const struct {
        char unit;
        double s;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    char date[64], *end;
    double n = strtod(text, &end);

    for (size_t i = 0; end != text && i < sizeof units / sizeof *units; i++)
        if (*end == units[i].unit && !end[1] && n >= 0 && n * units[i].s < 4e9) {
            *out = sys->utc_ns(sys->ctx) - (int64_t)(n * units[i].s * 1e9);
            return 0;
        }
    snprintf(date, sizeof date, strlen(text) == 10 ? "%sT00:00Z" : "%s", text);
    if (utc_parse(date, out))
        return 0;
    return bad("--since", text, "want a date, a time (UTC), or how long ago: 90m, 24h, 7d");
}

static int parse_level(const char *text, enum alert_level *out)
{
    for (int l = ALERT_WATCH; l <= ALERT_ALARM; l++)
        if (strcmp(text, alert_level_name((enum alert_level)l)) == 0) {
            *out = (enum alert_level)l;
            return 0;
        }
    return bad("--level", text, "want watch, warning or alarm");
}

static int take(const struct sys *sys, struct options *o, int c, char **argv)
{
    double n;

    switch (c) {
    case 'J':
        o->journal = optarg;
        return 0;
    case 'S':
        return parse_since(sys, optarg, &o->filter.since_utc_ns);
    case 'n':
        if (!args_whole(optarg, 1, HISTORY_EVENTS_MAX, &n))
            return bad("--last", optarg, "want a number, 1 to 10000");
        o->filter.last = (size_t)n;
        return 0;
    case 'l':
        return parse_level(optarg, &o->filter.level);
    case 'j':
        o->json = true;
        return 0;
    case 'v':
        o->csv = true;
        return 0;
    default:
        return args_common("events", c, argv, &o->conf);
    }
}

static int parse_what(struct options *o, const char *text)
{
    static const char *const words[] = {"list", "show", "export", "check"};

    for (int i = 0; i < (int)(sizeof words / sizeof *words); i++)
        if (strcmp(text, words[i]) == 0) {
            o->what = (enum what)i;
            return 0;
        }
    return bad("unknown word", text, "want list, show, export or check");
}

static int check_options(const struct options *o)
{
    bool filtered = o->filter.last || o->filter.level || o->filter.since_utc_ns != INT64_MIN;

    if (o->what == SHOW && o->names != 1)
        return bad("show", NULL, "wants one event, its id or its number");
    if ((o->what == LIST || o->what == CHECK) && o->names > 0)
        return bad("unexpected argument", o->name[0], "none is wanted");
    if (o->csv && (o->what != EXPORT || o->json))
        return bad("--csv", NULL, "is for export alone, and not with --json");
    if (filtered && (o->names > 0 || o->what == CHECK))
        return bad("--since, --level, --last", NULL, "are for list, and for export without names");
    return 0;
}

/* 0, or an exit code with the reason told; -1: --help was all that was asked. */
static int parse(const struct sys *sys, int argc, char **argv, struct options *o)
{
    int c, code = 0;

    o->filter.since_utc_ns = INT64_MIN;
    opterr = 0;
    while (!code && (c = getopt_long(argc, argv, ":c:h", long_options, NULL)) != -1) {
        if (c == 'h') {
            help();
            return -1;
        }
        code = take(sys, o, c, argv);
    }
    if (!code && optind < argc)
        code = parse_what(o, argv[optind++]);
    for (; !code && optind < argc; optind++) {
        if (o->names == NAMES_MAX)
            return bad("export", argv[optind], "too many of them; --last and --since choose too");
        o->name[o->names++] = argv[optind];
    }
    return code ? code : check_options(o);
}

/* Where the journal is: 0, or -1 with err. */
static int locate(const struct sys *sys, const struct options *o, char path[HISTORY_PATH], struct error *err)
{
    struct node_conf *conf;

    if (o->journal) {
        snprintf(path, HISTORY_PATH, "%s", o->journal);
        return 0;
    }
    conf = sys_alloc(sys, sizeof *conf);
    if (!conf)
        return error_set(err, "out of memory");
    int result = node_conf_load(conf, sys, o->conf.file, o->conf.set, o->conf.sets, err);
    snprintf(path, HISTORY_PATH, "%s/journal", conf->node.state);
    sys_free(sys, conf);
    return result;
}

/* ---- what is asked for ---- */

struct job {
    const struct sys *sys;
    const struct options *o;
    struct history_files files;
    struct history_events events;
    struct history_show show;
};

static int no_memory(void)
{
    fprintf(stderr, "tocsin events: out of memory\n");
    return EXIT_FOUND;
}

static int refused(const struct error *err)
{
    fprintf(stderr, "tocsin events: %s\n", err->text);
    return EXIT_INPUT;
}

static int list(struct job *j)
{
    for (size_t i = 0; i < j->events.count; i++) {
        const struct history_event *e = history_events_at(&j->events, i);
        if (!e->chosen)
            continue;
        if (!j->o->json)
            history_list_text(e, stdout);
        else if (history_list_json(e, j->sys, stdout) != 0)
            return no_memory();
    }
    return EXIT_OK;
}

static int show(struct job *j)
{
    struct error err;

    history_show_begin(&j->show, &j->events, history_events_find(&j->events, j->o->name[0]), stdout);
    return history_files_read(&j->files, history_show_feed, &j->show, &err) ? refused(&err) : EXIT_OK;
}

static int export_lines(struct job *j)
{
    struct history_export all = {.events = &j->events, .out = stdout};
    struct error err;

    return history_files_read(&j->files, history_export_feed, &all, &err) ? refused(&err) : EXIT_OK;
}

static int export_table(const struct job *j)
{
    history_list_csv_head(stdout);
    for (size_t i = 0; i < j->events.count; i++)
        if (history_events_at(&j->events, i)->chosen)
            history_list_csv(history_events_at(&j->events, i), stdout);
    return EXIT_OK;
}

/* 0, or EXIT_INPUT: one that is named is not there. */
static int choose(struct job *j)
{
    struct error err;

    if (j->o->names == 0) {
        history_events_choose(&j->events, &j->o->filter);
        return 0;
    }
    for (size_t i = 0; i < j->o->names; i++) {
        struct history_event *e = history_events_find(&j->events, j->o->name[i]);
        if (!e) {
            error_set(&err, "%.100s: no such event in %s; `tocsin events` lists them", j->o->name[i],
                      j->files.journal);
            return refused(&err);
        }
        e->chosen = true;
    }
    return 0;
}

static int look(struct job *j)
{
    struct error err;

    if (history_files_read(&j->files, history_events_feed, &j->events, &err) != 0)
        return refused(&err);
    if (j->events.failed)
        return no_memory();
    if (j->events.forgotten)
        fprintf(stderr, "tocsin events: note: %" PRIu64 " older events are left out: more than %d\n",
                j->events.forgotten, HISTORY_EVENTS_MAX);
    if (j->events.unreadable)
        fprintf(stderr,
                "tocsin events: note: %" PRIu64 " lines cannot be understood; see tocsin events check\n",
                j->events.unreadable);
    int code = choose(j);
    if (code)
        return code;
    switch (j->o->what) {
    case LIST:
        return list(j);
    case SHOW:
        return show(j);
    case EXPORT:
        return j->o->csv ? export_table(j) : export_lines(j);
    case CHECK:
        break;
    }
    return EXIT_OK;
}

static int print_check(const struct job *j, int i, const struct history_checked *c)
{
    char path[HISTORY_PATH], text[300];
    const char *line;

    history_files_name(&j->files, i, path);
    history_checked_say(c, text, sizeof text);
    if (!j->o->json) {
        printf("%-5s %s: %s\n", history_checked_whole(c) ? "ok" : "FAIL", path, text);
        return 0;
    }
    struct json *json = json_new_object(j->sys);
    json_put_text(json, "schema", "tocsin.journal-check/1");
    json_put_text(json, "file", path);
    json_put_bool(json, "whole", history_checked_whole(c));
    json_put_integer(json, "version", c->version);
    json_put_integer(json, "lines", (int64_t)c->found.lines);
    json_put_integer(json, "broken", (int64_t)c->found.broken);
    json_put_integer(json, "not_understood", (int64_t)c->unreadable);
    json_put_integer(json, "torn_bytes", c->found.torn);
    json_put_text(json, "says", text);
    int result = json_write_line(json, &line, NULL);
    if (result == 0)
        fputs(line, stdout);
    json_free(json);
    return result;
}

static int check(const struct job *j)
{
    struct history_checked c;
    struct error err;
    int code = EXIT_OK;

    for (int i = JOURNAL_FILES_MAX - 1; i >= 0; i--) {
        if (j->files.fd[i] < 0)
            continue;
        if (history_check(&j->files, i, &c, &err) != 0)
            return refused(&err);
        if (!history_checked_whole(&c))
            code = EXIT_FOUND;
        if (print_check(j, i, &c) != 0)
            return no_memory();
    }
    return code;
}

int cmd_events(const struct sys *sys, int argc, char **argv)
{
    struct options o = {.what = LIST};
    char path[HISTORY_PATH];
    struct error err;
    int code = parse(sys, argc, argv, &o);

    if (code != 0)
        return code < 0 ? EXIT_OK : code;
    if (locate(sys, &o, path, &err) != 0) {
        fprintf(stderr, "tocsin events: %s\n", err.text);
        return EXIT_USAGE;
    }
    struct job *j = sys_alloc(sys, sizeof *j);
    if (!j)
        return no_memory();
    j->sys = sys;
    j->o = &o;
    history_events_init(&j->events, sys);
    if (history_files_open(&j->files, sys, path, &err) != 0 || history_files_fault(&j->files, &err) != 0)
        code = refused(&err);
    else
        code = o.what == CHECK ? check(j) : look(j);
    history_files_close(&j->files);
    history_events_free(&j->events);
    sys_free(sys, j);
    return code;
}
