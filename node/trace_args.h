/* trace_args.h - the options that say how a trace is to be read, the same for every command that reads one.
 *
 *     static const struct option long_options[] = {TRACE_ARGS, {"loop", no_argument, NULL, 'l'}, {0}};
 *     switch (trace_args_take("virtual", c, optarg, &conf)) ...
 *
 * The name of the reader is the command's own option ("format" is not free everywhere). */
#ifndef TOCSIN_NODE_TRACE_ARGS_H
#define TOCSIN_NODE_TRACE_ARGS_H

#include <getopt.h>

#include "io/trace.h"

enum trace_arg { /* beyond every letter */
                 TRACE_ARG_SCALE = 1000,
                 TRACE_ARG_UNIT,
                 TRACE_ARG_AXES,
                 TRACE_ARG_SELECT,
                 TRACE_ARG_STATIONXML,
                 TRACE_ARG_RESAMPLE,
                 TRACE_ARG_COLUMNS,
                 TRACE_ARG_TIME_COLUMN,
                 TRACE_ARG_TIME_UNIT,
                 TRACE_ARG_SKIP,
                 TRACE_ARG_T0
};

#define TRACE_ARGS                                                                                           \
    {"scale", required_argument, NULL, TRACE_ARG_SCALE}, {"unit", required_argument, NULL, TRACE_ARG_UNIT},  \
        {"axes", required_argument, NULL, TRACE_ARG_AXES},                                                   \
        {"select", required_argument, NULL, TRACE_ARG_SELECT},                                               \
        {"stationxml", required_argument, NULL, TRACE_ARG_STATIONXML},                                       \
        {"resample", required_argument, NULL, TRACE_ARG_RESAMPLE},                                           \
        {"columns", required_argument, NULL, TRACE_ARG_COLUMNS},                                             \
        {"time-column", required_argument, NULL, TRACE_ARG_TIME_COLUMN},                                     \
        {"time-unit", required_argument, NULL, TRACE_ARG_TIME_UNIT},                                         \
        {"skip", required_argument, NULL, TRACE_ARG_SKIP},                                                   \
    {                                                                                                        \
        "t0", required_argument, NULL, TRACE_ARG_T0                                                          \
    }

/* 1: taken into conf (which keeps `value`); 0: no option of these; -1: refused, and told on stderr. */
int trace_args_take(const char *command, int option, const char *value, struct trace_conf *conf);
/* After the last option: 0, or -1, told. */
int trace_args_check(const char *command, const struct trace_conf *conf);
void trace_args_help(void); /* to standard output, in the style of the commands' own */

#endif
