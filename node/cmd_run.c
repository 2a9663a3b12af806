/* tocsin run - the node. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/args.h"
#include "node/cmd.h"
#include "node/node.h"
#include "node/outlet.h"
#include "node/service.h"
#include "node/signals.h"

enum {
    LOOK_MS = 250,
    STOP_S = 10 /* a disk or a driver that hangs: outputs come before both, and systemd waits for 90 s */
};
static const int64_t health_every_ns = INT64_C(1000000000);

struct options {
    const char *health, *events;
    struct args_conf conf;
    double for_s; /* 0: without end */
    bool print_conf, print_manual, unlogged;
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'}, {"set", required_argument, NULL, 's'},
    {"health", required_argument, NULL, 'H'}, {"events", required_argument, NULL, 'e'},
    {"for", required_argument, NULL, 'f'},    {"no-journal", no_argument, NULL, 'n'},
    {"print-config", no_argument, NULL, 'P'}, {"print-manual", no_argument, NULL, 'M'},
    {"help", no_argument, NULL, 'h'},         {0},
};

static void help(void)
{
    fputs("usage: tocsin run [OPTION...]\n"
          "\n"
          "The node: sensors, detection, decision, siren, voice and lines, until SIGTERM or SIGINT.\n"
          "\n"
          "  -c, --config FILE     configuration (libconfig); --set KEY=VALUE overrides one key\n"
          "      --events FILE     the journal's lines, as they come; '-': standard output\n"
          "      --health FILE     the node's health as JSON, replaced each second\n"
          "      --for S           ends by itself after S seconds\n"
          "      --no-journal      keeps none: for trying out; nothing is remembered over a restart\n"
          "      --print-config    the effective configuration, and ends\n",
          stdout);
}

static int bad(const char *what, const char *value, const char *want)
{
    return args_error("run", what, value, want);
}

/* 0, or an exit code with the reason told; -1: --help was all that was asked. */
static int parse(int argc, char **argv, struct options *o)
{
    int c;

    optind = 1;
    while ((c = getopt_long(argc, argv, ":c:h", long_options, NULL)) != -1) {
        switch (c) {
        case 'H':
            o->health = optarg;
            break;
        case 'e':
            o->events = optarg;
            break;
        case 'f':
            if (!args_number(optarg, 0.1, 1e9, &o->for_s))
                return bad("--for", optarg, "give seconds, 0.1 to 1e9");
            break;
        case 'n':
            o->unlogged = true;
            break;
        case 'P':
            o->print_conf = true;
            break;
        case 'M':
            o->print_conf = o->print_manual = true;
            break;
        case 'h':
            help();
            return -1;
        default:
            if (args_common("run", c, argv, &o->conf) != 0)
                return EXIT_USAGE;
        }
    }
    if (optind < argc)
        return bad(argv[optind], NULL, "takes no argument; see tocsin run --help");
    return 0;
}

/* Replaced as a whole, so that a reader never sees half of one. False: it could not be written. */
static bool write_health(const struct sys *sys, const struct health *h, struct json *line, const char *path)
{
    char beside[4096];
    const char *text;
    size_t n;

    json_reset(line);
    health_json(h, sys, line);
    if (json_write_line(line, &text, &n) != 0 ||
        snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside)
        return false;
    int fd = sys->open_write(sys->ctx, beside);
    if (fd < 0)
        return false;
    bool written = sys_write_all(sys, fd, text, n) == 0;
    written = sys->close(sys->ctx, fd) == 0 && written;
    return written && sys->rename(sys->ctx, beside, path) == 0;
}

static const char *watch(const struct sys *sys, struct node *n, const struct options *o, struct json *line,
                         int signals)
{
    int64_t began_ns = sys->mono_ns(sys->ctx), told_ns = 0, fed_ns = 0;
    int64_t feed_every_ns = service_watchdog_ns();
    const char *why = NULL;
    bool could_write = true;
    char says[300];

    while (!(why = signals_ending(signals, LOOK_MS))) {
        int64_t now_ns = sys->mono_ns(sys->ctx);
        const struct health *h = node_look(n);
        /* A thread that stands still is not fed for: the service manager restarts the node. */
        if (feed_every_ns && node_moves(n) && now_ns - fed_ns >= feed_every_ns / 2) {
            service_alive();
            fed_ns = now_ns;
        }
        if (now_ns - told_ns >= health_every_ns) {
            told_ns = now_ns;
            service_state(health_say(h, says, sizeof says));
            bool written = !o->health || write_health(sys, h, line, o->health);
            if (!written && could_write)
                fprintf(stderr, "tocsin run: %s: cannot be written: %s\n", o->health, strerror(errno));
            could_write = written;
        }
        if (o->for_s > 0 && (double)(now_ns - began_ns) * 1e-9 >= o->for_s)
            return "its time is over (--for)";
    }
    return why;
}

/* A pipe that nobody reads yet is refused, not waited for. */
static FILE *open_events(const char *path)
{
    if (strcmp(path, "-") == 0)
        return stdout;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (fd >= 0 && !f)
        close(fd);
    return f;
}

/* The limit on the size of a file is a full disk, no end of the node; and what hangs at the stop is ended by SIGALRM. */
static void settle_signals(void)
{
    sigset_t set;

    signal(SIGXFSZ, SIG_IGN);
    signal(SIGALRM, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void stop(struct node *n, const char *why)
{
    service_stopping();
    alarm(STOP_S);
    if (!node_close(n, why))
        _exit(EXIT_OK);
    alarm(0);
}

static int run(const struct sys *sys, const struct node_conf *conf, const struct options *o,
               struct error *err)
{
    struct node_way way = {.log = stderr, .unlogged = o->unlogged};
    struct json *line = json_new_object(sys);
    struct node *n = NULL;
    int code = EXIT_FOUND, signals = signals_open();

    settle_signals();
    outlet_never_wait(STDERR_FILENO);
    if (o->events)
        way.events = open_events(o->events);
    if (signals < 0) {
        error_set(err, "signals: %s", strerror(errno));
    } else if (o->events && !way.events) {
        error_set(err, "--events %s: %s", o->events, strerror(errno));
        code = EXIT_USAGE;
    } else if (node_open(&n, sys, conf, &way, err) == 0) {
        service_ready("starting");
        const char *why = watch(sys, n, o, line, signals);
        stop(n, why);
        code = EXIT_OK;
    }
    if (way.events && way.events != stdout)
        fclose(way.events);
    if (signals >= 0)
        close(signals);
    json_free(line);
    return code;
}

int cmd_run(const struct sys *sys, int argc, char **argv)
{
    struct options o = {0};
    struct error err;
    int code = parse(argc, argv, &o);

    if (code != 0)
        return code < 0 ? EXIT_OK : code;
    struct node_conf *conf = sys_alloc(sys, sizeof *conf);
    if (!conf) {
        fprintf(stderr, "tocsin run: out of memory\n");
        return EXIT_FOUND;
    }
    code = EXIT_USAGE;
    if (node_conf_load(conf, sys, o.conf.file, o.conf.set, o.conf.sets, &err) == 0) {
        if (o.print_conf) {
            struct conf_table tables[NODE_CONF_TABLES];
            node_conf_tables(conf, tables);
            (o.print_manual ? conf_manual : conf_print)(tables, NODE_CONF_TABLES, stdout);
            code = EXIT_OK;
        } else {
            code = run(sys, conf, &o, &err);
        }
    }
    if (code != EXIT_OK)
        fprintf(stderr, "tocsin run: %s\n", err.text);
    sys_free(sys, conf);
    return code;
}
