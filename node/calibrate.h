/* calibrate.h - what the parts of `tocsin calibrate` share: which sensor, how long, where the file lies.
 *
 *     static const struct option long_options[] = {CALIBRATE_ARGS, {"north", required_argument, NULL, 'n'}, {0}};
 *     struct calibrate_args args = {.part = "level", .seconds = 10};
 *     while (!code && (c = getopt_long(argc, argv, CALIBRATE_LETTERS, long_options, NULL)) != -1)
 *         switch (c) { case 'n': ... default: code = calibrate_args_take(&args, c, argv); }
 *
 * A sensor is live (configured, --sensor NAME where there are several, or --uri and --device), or it is a recording:
 * what stands behind the options are its files. Not real-time. */
#ifndef TOCSIN_NODE_CALIBRATE_H
#define TOCSIN_NODE_CALIBRATE_H

#include <getopt.h>

#include "io/json.h"
#include "node/args.h"
#include "node/node_conf.h"
#include "node/still.h"
#include "node/trace_args.h"

enum calibrate_arg {
    CALIBRATE_ARG_SENSOR = 2000,
    CALIBRATE_ARG_DEVICE,
    CALIBRATE_ARG_SERIAL,
    CALIBRATE_ARG_LABEL,
    CALIBRATE_ARG_TEMPERATURE,
    CALIBRATE_ARG_SECONDS,
    CALIBRATE_ARG_JSON,
    CALIBRATE_ARG_FORMAT
};

#define CALIBRATE_LETTERS ":c:u:h"
#define CALIBRATE_ARGS                                                                                       \
    {"config", required_argument, NULL, 'c'}, {"set", required_argument, NULL, 's'},                         \
        {"uri", required_argument, NULL, 'u'}, {"help", no_argument, NULL, 'h'},                             \
        {"sensor", required_argument, NULL, CALIBRATE_ARG_SENSOR},                                           \
        {"device", required_argument, NULL, CALIBRATE_ARG_DEVICE},                                           \
        {"serial", required_argument, NULL, CALIBRATE_ARG_SERIAL},                                           \
        {"label", required_argument, NULL, CALIBRATE_ARG_LABEL},                                             \
        {"temperature", required_argument, NULL, CALIBRATE_ARG_TEMPERATURE},                                 \
        {"seconds", required_argument, NULL, CALIBRATE_ARG_SECONDS},                                         \
        {"json", no_argument, NULL, CALIBRATE_ARG_JSON},                                                     \
        {"format", required_argument, NULL, CALIBRATE_ARG_FORMAT}, TRACE_ARGS

struct calibrate_args {
    const char *part; /* "level": for messages */
    struct args_conf conf;
    const char *sensor, *uri, *device, *serial, *label; /* NULL: not given */
    struct trace_conf trace;
    double temperature_c; /* NAN: not given */
    bool has_temperature, has_seconds;
    double seconds; /* the command's own default before */
    bool json;
    char *const *path; /* the recording's files; paths 0: live */
    size_t paths;
    /* filled by calibrate_load */
    struct node_conf *node; /* for sys_free */
    struct sensor_conf live;
};

/* 0, or an exit code with the reason told. */
int calibrate_args_take(struct calibrate_args *a, int option, char **argv);
/* All of them, of a part that has no own ones: 0; an exit code with the reason told; -1: help() was all that was asked. */
int calibrate_args_parse(struct calibrate_args *a, int argc, char **argv, const struct option *options,
                         void (*help)(void));
/* The lines of --help that all share, on standard output. */
void calibrate_args_help(void);
/* After the last option: the configuration, and which sensor it is. 0, or an exit code, told. */
int calibrate_load(struct calibrate_args *a, const struct sys *sys, int argc, char **argv);
/* The source, as args and configuration say it; path/paths may be one file of several. 0, or an exit code, told. */
int calibrate_open(struct still **out, const struct calibrate_args *a, const struct sys *sys,
                   char *const *path, size_t paths);
void calibrate_free(struct calibrate_args *a, const struct sys *sys);
/* "tocsin calibrate PART: TEXT" on stderr; returns code. */
int calibrate_fail(const struct calibrate_args *a, int code, const struct error *err);

/* The result as a line of standard output; frees it. 0, or an exit code, told. */
int calibrate_line(const struct calibrate_args *a, struct json *line);

/* The parts: arguments after `calibrate`, argv[0] is the part's name. Exit codes of node/cmd.h. */
int calibrate_level(const struct sys *sys, int argc, char **argv);
int calibrate_positions(const struct sys *sys, int argc, char **argv);
int calibrate_noise(const struct sys *sys, int argc, char **argv);
int calibrate_rate(const struct sys *sys, int argc, char **argv);

#endif
