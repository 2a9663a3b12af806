#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/stream.h"
#include "node/args.h"
#include "node/cmd.h"
#include "node/node_conf.h"
#include "node/gnuplot.h"
#include "node/overwrite.h"
#include "node/score_out.h"
#include "node/score_select.h"

enum { CATALOGUES_MAX = 32, JOBS_MAX = 256, WORST_DEFAULT = 10 };

struct options {
    const char *json, *csv, *plot, *compare, *kinds, *ids;
    struct args_conf conf;
    double settle_s;
    unsigned jobs;
    size_t worst;
};

struct job { /* everything that a run holds */
    const struct sys *sys;
    struct node_conf *all; /* one file serves every command */
    struct detection_conf *conf;
    struct catalogue *catalogue[CATALOGUES_MAX];
    size_t catalogues;
    struct score_record *records;
    size_t n;
    size_t *worst_first;
    struct score_tally *tally;
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"set", required_argument, NULL, 's'},
    {"jobs", required_argument, NULL, 'j'},
    {"kinds", required_argument, NULL, 'k'},
    {"ids", required_argument, NULL, 'i'},
    {"settle", required_argument, NULL, 'S'},
    {"worst", required_argument, NULL, 'w'},
    {"json", required_argument, NULL, 'J'},
    {"csv", required_argument, NULL, 'C'},
    {"plot", required_argument, NULL, 'p'},
    {"compare", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static void help(void)
{
    printf(
        "usage: tocsin score [OPTION...] CATALOGUE...\n"
        "\n"
        "Replays every record of catalogues (catalogue.csv, or a folder that holds one) and judges picks and "
        "alarms.\n"
        "\n"
        "  -c, --config FILE     configuration (libconfig); --set KEY=VALUE overrides\n"
        "  -j, --jobs N          threads (default: one a core); the result does not depend on it\n"
        "      --kinds LIST      only records of these kinds, such as quake,noise\n"
        "      --ids LIST        only records whose id contains one of these\n"
        "      --settle S        seconds of mirrored beginning in front of each record (default 60)\n"
        "      --worst N         how many of the worst records the table names (default %d)\n"
        "      --json FILE       all figures and records, for programs and for --compare\n"
        "      --csv FILE        a row a record, worst first\n"
        "                        '-' of one of these two: standard output; the table then goes to stderr\n"
        "      --plot FILE       a picture, .svg or .png, by gnuplot\n"
        "      --compare OLD     the JSON of an earlier run: what changed, record by record\n",
        WORST_DEFAULT);
}

static int usage_error(const char *what, const char *value, const char *want)
{
    return args_error("score", what, value, want);
}

/* "-": this result goes to standard output, instead of the table. */
static bool is_standard(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

/* 0, or an exit code with the reason told; -1: --help was all that was asked. */
static int parse(int argc, char **argv, struct options *o)
{
    double value;
    bool svg;
    int c;

    optind = 1;
    while ((c = getopt_long(argc, argv, ":c:j:h", long_options, NULL)) != -1) {
        switch (c) {
        case 'j':
            if (!args_whole(optarg, 1, JOBS_MAX, &value))
                return usage_error("--jobs", optarg, "give a whole number, 1 to 256");
            o->jobs = (unsigned)value;
            break;
        case 'k':
            o->kinds = optarg;
            break;
        case 'i':
            o->ids = optarg;
            break;
        case 'S':
            if (!args_number(optarg, 0, 3600, &o->settle_s))
                return usage_error("--settle", optarg, "give seconds, 0 to 3600");
            break;
        case 'w':
            if (!args_whole(optarg, 0, CATALOGUE_ROWS_MAX, &value))
                return usage_error("--worst", optarg, "give a whole number");
            o->worst = (size_t)value;
            break;
        case 'J':
            o->json = optarg;
            break;
        case 'C':
            o->csv = optarg;
            break;
        case 'p':
            if (!gnuplot_knows(optarg, &svg))
                return usage_error("--plot", optarg, "a picture's name ends in .svg or .png");
            o->plot = optarg;
            break;
        case 'o':
            o->compare = optarg;
            break;
        case 'h':
            help();
            return -1;
        default:
            if (args_common("score", c, argv, &o->conf) != 0)
                return EXIT_USAGE;
        }
    }
    if (is_standard(o->json) && is_standard(o->csv))
        return usage_error("--csv", "-", "standard output is taken by --json");
    if (optind == argc)
        return usage_error("no catalogue", NULL, "name one or more; see tocsin score --help");
    if (argc - optind > CATALOGUES_MAX)
        return usage_error("too many catalogues", NULL, "32 at most");
    return 0;
}

static int read_catalogues(struct job *job, char **path, size_t n, const struct options *o, struct error *err)
{
    struct score_select which = {o->kinds, o->ids};

    for (; job->catalogues < n; job->catalogues++)
        if (catalogue_open(&job->catalogue[job->catalogues], job->sys, path[job->catalogues], err) < 0)
            return EXIT_INPUT;
    return score_select(job->sys, job->catalogue, n, &which, &job->records, &job->n, err);
}

/* --json may be the run to compare with: that is read before. Nothing else may be written over. */
static int check_outputs(const struct job *job, const struct options *o, struct error *err)
{
    struct overwrite over = {.sys = job->sys};

    if (overwrite_output(&over, o->csv, err) < 0 || overwrite_output(&over, o->plot, err) < 0 ||
        overwrite_input(&over, o->compare, err) < 0 || overwrite_output(&over, o->json, err) < 0 ||
        overwrite_input(&over, o->conf.file, err) < 0)
        return -1;
    for (size_t c = 0; c < job->catalogues; c++)
        if (overwrite_input(&over, catalogue_path(job->catalogue[c]), err) < 0)
            return -1;
    for (size_t i = 0; i < job->n; i++) {
        const struct catalogue_row *row = job->records[i].row;
        if (overwrite_input(&over, row->conf.stationxml, err) < 0)
            return -1;
        for (size_t k = 0; k < row->paths; k++)
            if (overwrite_input(&over, row->path[k], err) < 0)
                return -1;
    }
    return 0;
}

static void tell(void *ctx, size_t done, size_t of)
{
    (void)ctx;
    fprintf(stderr, "\r%zu of %zu records ", done, of);
}

static int run(struct job *job, const struct options *o, struct error *err)
{
    bool shown = isatty(STDERR_FILENO);
    struct score_run_conf how = {o->settle_s, o->jobs, shown ? tell : NULL, NULL};
    int result = score_run(job->sys, job->conf, &how, job->records, job->n, err);

    if (shown)
        fprintf(stderr, "\r\033[K");
    if (result < 0)
        return -1;
    job->tally = sys_alloc(job->sys, sizeof *job->tally);
    job->worst_first = sys_alloc(job->sys, job->n * sizeof *job->worst_first);
    if (!job->tally || !job->worst_first ||
        score_sort(job->sys, job->records, job->n, job->worst_first) < 0 ||
        score_tally(job->tally, job->sys, job->records, job->n) < 0)
        return error_set(err, "out of memory");
    return 0;
}

static int write_json(FILE *out, const struct sys *sys, const struct score_results *s)
{
    return score_write_json(out, sys, s);
}

static int write_csv(FILE *out, const struct sys *sys, const struct score_results *s)
{
    (void)sys;
    return score_write_csv(out, s);
}

static int write_file(const char *path, const struct sys *sys, const struct score_results *s,
                      int (*write)(FILE *, const struct sys *, const struct score_results *),
                      struct error *err)
{
    FILE *file = is_standard(path) ? stdout : stream_create(sys, path, err);
    struct error later;

    if (!file)
        return -1;
    errno = ENOMEM;
    int result = write(file, sys, s);
    if (result < 0)
        error_set(err, "%s: cannot write: %s", path, strerror(errno));
    if (file == stdout) /* flushed and looked at once, at the end */
        return result;
    return stream_close(file, path, result < 0 ? &later : err) < 0 ? -1 : result;
}

/* Nothing was judged: that is no result. The first reason stands for all; the table has each. */
static int check_replayed(const struct job *job, struct error *err)
{
    if (job->tally->replayed > 0)
        return 0;
    return error_set(err, "none of %zu record%s could be replayed; %s: %s", job->n, job->n == 1 ? "" : "s",
                     job->records[0].row->id, job->records[0].why.text);
}

/* An exit code; err where it is not EXIT_OK. */
static int show(const struct job *job, const struct options *o, struct error *err)
{
    struct score_results s = {job->tally, job->records, job->n, job->worst_first};
    FILE *table = is_standard(o->json) || is_standard(o->csv) ? stderr : stdout;
    int code = EXIT_OK;

    /* Before --json, which may be the same file. */
    if (o->compare && score_compare(table, job->sys, &s, o->compare, err) < 0)
        return EXIT_INPUT;
    score_print(table, &s, o->worst);
    if (o->json && write_file(o->json, job->sys, &s, write_json, err) < 0)
        code = EXIT_FOUND;
    if (code == EXIT_OK && o->csv && write_file(o->csv, job->sys, &s, write_csv, err) < 0)
        code = EXIT_FOUND;
    if (code == EXIT_OK && o->plot && score_plot(job->sys, o->plot, &s, err) < 0)
        code = EXIT_FOUND;
    if (code == EXIT_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        error_set(err, "standard output: %s", strerror(errno));
        code = EXIT_FOUND;
    }
    if (code == EXIT_OK && check_replayed(job, err) < 0)
        code = EXIT_INPUT;
    return code;
}

static void finish(struct job *job)
{
    score_run_free(job->sys, job->records, job->n);
    for (size_t i = 0; i < job->catalogues; i++)
        catalogue_close(job->catalogue[i]);
    sys_free(job->sys, job->records);
    sys_free(job->sys, job->worst_first);
    sys_free(job->sys, job->tally);
    sys_free(job->sys, job->all);
}

int cmd_score(const struct sys *sys, int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct options o = {.settle_s = SCORE_SETTLE_MAX_S, .worst = WORST_DEFAULT};
    struct job job = {.sys = sys};
    struct error err;
    int code = parse(argc, argv, &o);

    if (code != 0)
        return code < 0 ? EXIT_OK : code;
    if (o.jobs == 0)
        o.jobs = cores < 1 ? 1 : cores > JOBS_MAX ? JOBS_MAX : (unsigned)cores;
    code = EXIT_USAGE;
    job.all = sys_alloc(sys, sizeof *job.all);
    if (!job.all) {
        error_set(&err, "out of memory");
        code = EXIT_FOUND;
    } else if (node_conf_load(job.all, sys, o.conf.file, o.conf.set, o.conf.sets, &err) == 0) {
        job.conf = &job.all->detection;
        code = read_catalogues(&job, argv + optind, (size_t)(argc - optind), &o, &err);
        if (code == EXIT_OK && check_outputs(&job, &o, &err) < 0)
            code = EXIT_USAGE;
        if (code == EXIT_OK)
            code = run(&job, &o, &err) < 0 ? EXIT_FOUND : show(&job, &o, &err);
    }
    if (code != EXIT_OK)
        fprintf(stderr, "tocsin score: %s\n", err.text);
    finish(&job);
    return code;
}
