#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/reader.h"
#include "node/args.h"
#include "node/cmd.h"
#include "node/gnuplot.h"
#include "node/events.h"
#include "node/exercise.h"
#include "node/overwrite.h"
#include "node/node_conf.h"
#include "node/page.h"
#include "node/trace_args.h"

enum { BLOCK_DEFAULT = BLOCK_MAX };

struct options {
    struct trace_conf trace;
    const char *plot, *page, *events;
    struct args_conf conf;
    double settle_s, quiet_s, speed; /* speed 0: as fast as it can */
    long block;
    bool print_conf, act;
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"set", required_argument, NULL, 's'},
    {"settle", required_argument, NULL, 'S'},
    {"quiet", required_argument, NULL, 'Q'},
    {"plot", required_argument, NULL, 'p'},
    {"format", required_argument, NULL, 'f'},
    {"rate", required_argument, NULL, 'r'},
    {"block", required_argument, NULL, 'b'},
    {"speed", required_argument, NULL, 'x'},
    {"act", no_argument, NULL, 'a'},
    {"events", required_argument, NULL, 'e'},
    {"print-config", no_argument, NULL, 'P'},
    TRACE_ARGS,
    {"help", no_argument, NULL, 'h'},
    {0},
};

static void help(void)
{
    printf(
        "usage: tocsin replay [OPTION...] TRACE...\n"
        "\n"
        "Recorded traces through the pipeline of the node: picks, rejections, alerts and a summary as JSON "
        "Lines on\n"
        "standard output. Files that belong together (components, StationXML) are given together; '-' is "
        "standard input.\n"
        "\n"
        "  -c, --config FILE     configuration (libconfig); --set KEY=VALUE overrides, --print-config shows "
        "all\n"
        "      --settle S        put S seconds of the record's own mirrored beginning in front (default 0)\n"
        "      --quiet S         ... taken from its first S seconds (default 2)\n"
        "      --plot FILE       the last record as an interactive page, .html, or a picture, .svg or .png "
        "(gnuplot)\n"
        "      --speed X             in the time of the clock: 1 as it happened, 10 ten times as fast; lines "
        "as "
        "they come\n"
        "      --act             the record drives the real outputs of the configuration, as an EXERCISE "
        "(--speed 1)\n"
        "      --events FILE     with --act: what the outputs were ordered and did, as the journal's lines\n"
        "      --format NAME     do not recognise the format by content:");
    for (size_t i = 0; trace_readers()[i]; i++)
        printf(" %s", trace_readers()[i]->name);
    printf("\n"
           "      --rate HZ         the true rate, where the file does not know it\n"
           "      --block N         samples a block, 1..%d: changes nothing but speed\n",
           BLOCK_MAX);
    trace_args_help();
}

static int usage_error(const char *what, const char *value, const char *want)
{
    return args_error("replay", what, value, want);
}

/* 0, or an exit code with the reason told; -1: --help was all that was asked. */
static int parse(int argc, char **argv, struct options *o)
{
    double value;
    bool svg;
    int c, taken;

    optind = 1;
    while ((c = getopt_long(argc, argv, ":c:h", long_options, NULL)) != -1) {
        switch (c) {
        case 'S':
            if (!args_number(optarg, 0, 3600, &o->settle_s))
                return usage_error("--settle", optarg, "give seconds, 0 to 3600");
            break;
        case 'Q':
            if (!args_number(optarg, 0.1, 600, &o->quiet_s))
                return usage_error("--quiet", optarg, "give seconds, 0.1 to 600");
            break;
        case 'p':
            if (!page_wanted(optarg) && !gnuplot_knows(optarg, &svg))
                return usage_error("--plot", optarg, "the name must end in .svg, .png or .html");
            *(page_wanted(optarg) ? &o->page : &o->plot) = optarg;
            break;
        case 'f':
            o->trace.format = optarg;
            break;
        case 'r':
            if (!args_number(optarg, READER_RATE_MIN_HZ, READER_RATE_MAX_HZ, &o->trace.rate_hz))
                return usage_error("--rate", optarg, "give Hz, 1 to 20000");
            break;
        case 'b':
            if (!args_whole(optarg, 1, BLOCK_MAX, &value))
                return usage_error("--block", optarg, "give a whole number, 1 to 256");
            o->block = (long)value;
            break;
        case 'x':
            if (!args_number(optarg, 0.01, 1000, &o->speed))
                return usage_error("--speed", optarg, "give how many times as fast, 0.01 to 1000");
            break;
        case 'a':
            o->act = true;
            break;
        case 'e':
            o->events = optarg;
            break;
        case 'P':
            o->print_conf = true;
            break;
        case 'h':
            help();
            return -1;
        default:
            taken = trace_args_take("replay", c, optarg, &o->trace);
            if (taken < 0 || (taken == 0 && args_common("replay", c, argv, &o->conf) != 0))
                return EXIT_USAGE;
        }
    }
    if (trace_args_check("replay", &o->trace) < 0)
        return EXIT_USAGE;
    if (o->act && !(o->speed > 0))
        o->speed = 1;
    if (o->events && !o->act)
        return usage_error("--events", o->events, "only with --act, which has outputs to tell of");
    if (optind == argc && !o->print_conf)
        return usage_error("no trace", NULL, "name one or more files; see tocsin replay --help");
    return 0;
}

struct progress {
    const struct sys *sys;
    const char *record;
    int64_t from_ns;
};

static void tell(void *ctx, double time_s)
{
    const struct progress *p = ctx;
    double wall_s = (double)(p->sys->mono_ns(p->sys->ctx) - p->from_ns) * 1e-9;

    fprintf(stderr, "\r%s: %.0f s, %.0f times real time ", p->record, time_s,
            wall_s > 0 ? time_s / wall_s : 0);
}

/* What went as asked, and yet not as its user may think. */
static void tell_notes(const struct trace *trace, const struct options *o)
{
    size_t records = trace_records(trace);

    for (size_t i = 0; i < records; i++)
        if (trace_record(trace, i)->note)
            fprintf(stderr, "tocsin replay: note: %s: %s\n", trace_record(trace, i)->id,
                    trace_record(trace, i)->note);
    if (records > 1 && (o->plot || o->page))
        fprintf(stderr,
                "tocsin replay: note: %zu records; the plot shows the last, %s; choose with --select\n",
                records, trace_record(trace, records - 1)->id);
}

static bool wait_for(void *ctx, double time_s)
{
    pace_wait(ctx, time_s);
    return true;
}

/* Blocks end where they do in life: a long one would hold up its first sample. */
static size_t block_of(const struct options *o, const struct pace *pace, const struct trace_info *info)
{
    return o->speed > 0 ? pace_block(pace, info->rate_hz, (size_t)o->block) : (size_t)o->block;
}

/* exercise: NULL, or what the record drives. */
static int replay_all(const struct sys *sys, struct trace *trace, const struct detection_conf *conf,
                      const struct options *o, struct exercise *exercise, struct error *err)
{
    struct plot *plot = NULL;
    struct page *page = NULL;
    FILE *out = exercise ? exercise_stdout(exercise) : stdout;
    struct events *events = events_open(sys, out);
    struct pace pace = {.sys = sys, .speed = o->speed};
    struct replay_live paced = {.ctx = &pace, .wait = wait_for};
    struct progress p = {.sys = sys, .from_ns = sys->mono_ns(sys->ctx)};
    struct replay_progress progress = {.tell = isatty(STDERR_FILENO) && !exercise ? tell : NULL,
                                       .ctx = &p,
                                       .live = exercise       ? exercise_live(exercise, &pace)
                                               : o->speed > 0 ? &paced
                                                              : NULL};
    bool clean = true;
    size_t records = trace_records(trace);
    int code = EXIT_OK;

    if (!events) {
        error_set(err, "out of memory");
        return EXIT_FOUND;
    }
    struct replay_sink sink = events_sink(events);
    for (size_t i = 0; i < records && code == EXIT_OK; i++) {
        p.record = trace_record(trace, i)->id;
        pace.began_ns = 0;
        size_t block = block_of(o, &pace, trace_record(trace, i));
        bool last = i + 1 == records;
        if ((last && o->plot && plot_open(&plot, sys, o->plot, err) < 0) ||
            (last && o->page && page_open(&page, sys, o->page, conf, err) < 0)) {
            code = EXIT_FOUND;
            break;
        }
        if (page)
            sink = page_sink(page, sink);
        if (replay_record(trace, i, conf, block, sys, &sink, plot, &progress, err) < 0)
            code = EXIT_INPUT;
    }
    if (progress.tell)
        fprintf(stderr, "\r\033[K");
    if (code == EXIT_OK && (events_status(events) < 0 || fflush(out) != 0)) {
        error_set(err, "standard output: %s", strerror(errno));
        code = EXIT_FOUND;
    }
    if (exercise)
        exercise_end(exercise, &clean);
    if (code == EXIT_OK && !clean) {
        error_set(err, "not every output could do its part");
        code = EXIT_FOUND;
    }
    if (code == EXIT_OK && plot && plot_finish(plot, trace_record(trace, records - 1)->id, err) < 0)
        code = EXIT_FOUND;
    if (code == EXIT_OK && page && page_finish(page, err) < 0)
        code = EXIT_FOUND;
    if (code == EXIT_OK)
        tell_notes(trace, o);
    plot_close(plot);
    page_close(page);
    events_close(events);
    return code;
}

/* The record that drives the outputs. NULL, with err: there is none that could. */
static const struct trace_info *exercise_record(const struct trace *trace, struct error *err)
{
    const struct trace_info *info = trace_record(trace, 0);

    if (trace_records(trace) != 1) {
        error_set(err, "--act takes one record, and here are %zu: choose with --select",
                  trace_records(trace));
        return NULL;
    }
    if (info->unit == UNIT_UNKNOWN) {
        error_set(err, "%s: its scale is not known, so that nothing would be decided: give --scale",
                  info->id);
        return NULL;
    }
    return info;
}

static int act(const struct sys *sys, struct trace *trace, const struct node_conf *conf,
               const struct options *o, struct error *err)
{
    const struct trace_info *info = exercise_record(trace, err);
    struct exercise *exercise = NULL;
    FILE *events = NULL;
    int code = EXIT_FOUND;

    if (!info)
        return EXIT_INPUT;
    if (o->events && !(events = fopen(o->events, "we"))) {
        error_set(err, "--events %s: %s", o->events, strerror(errno));
        return EXIT_USAGE;
    }
    if (exercise_open(&exercise, sys, conf, info->id, events, err) == 0)
        code = replay_all(sys, trace, &conf->detection, o, exercise, err);
    exercise_close(exercise);
    if (events)
        fclose(events);
    return code;
}

static int check_outputs(const struct sys *sys, const struct options *o, char **path, size_t n,
                         struct error *err)
{
    struct overwrite over = {.sys = sys};

    if (overwrite_output(&over, o->plot, err) < 0 || overwrite_output(&over, o->page, err) < 0 ||
        overwrite_output(&over, o->events, err) < 0 || overwrite_input(&over, o->conf.file, err) < 0 ||
        overwrite_input(&over, o->trace.stationxml, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (overwrite_input(&over, path[i], err) < 0)
            return -1;
    return 0;
}

int cmd_replay(const struct sys *sys, int argc, char **argv)
{
    struct options o = {.quiet_s = 2, .block = BLOCK_DEFAULT, .trace.pipes = true};
    struct node_conf *all = NULL; /* one file serves every command; a replay uses what detects and decides */
    struct detection_conf *conf;
    struct trace *trace = NULL;
    struct error err;
    int code = parse(argc, argv, &o);

    if (code != 0)
        return code < 0 ? EXIT_OK : code;
    code = EXIT_USAGE;
    all = sys_alloc(sys, sizeof *all);
    if (!all) {
        error_set(&err, "out of memory");
        goto done;
    }
    conf = &all->detection;
    if (node_conf_load(all, sys, o.conf.file, o.conf.set, o.conf.sets, &err) < 0)
        goto done;
    if (o.print_conf) {
        struct conf_table tables[NODE_CONF_TABLES];
        node_conf_tables(all, tables);
        conf_print(tables, NODE_CONF_TABLES, stdout);
        code = EXIT_OK;
        goto done;
    }
    conf->pipeline.settle_s = o.settle_s;
    conf->pipeline.quiet_s = o.quiet_s;
    if (trace_conf_check(&o.trace, &err) < 0 ||
        check_outputs(sys, &o, argv + optind, (size_t)(argc - optind), &err) < 0)
        goto done;
    code = EXIT_INPUT;
    if (trace_open(&trace, sys, (const char *const *)argv + optind, (size_t)(argc - optind), &o.trace, &err) <
        0)
        goto done;
    if (o.speed > 0)
        setvbuf(stdout, NULL, _IOLBF, 0);
    code = o.act ? act(sys, trace, all, &o, &err) : replay_all(sys, trace, conf, &o, NULL, &err);
done:
    if (code != EXIT_OK)
        fprintf(stderr, "tocsin replay: %s\n", err.text);
    trace_close(trace);
    sys_free(sys, all);
    return code;
}
