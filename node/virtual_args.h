/* virtual_args.h - the command line of `tocsin virtual`. Private to node/cmd_virtual.c. */
#ifndef TOCSIN_NODE_VIRTUAL_ARGS_H
#define TOCSIN_NODE_VIRTUAL_ARGS_H

#include "node/virtual_track.h"

struct virtual_args {
    struct trace_conf trace;
    struct virtual_track_conf track;
    struct virtual_conf sensor; /* but for the tracks */
    double rate_hz[VIRTUAL_TRACKS];
    size_t rates; /* 0: the record's own */
    double start_at_s;
    const char *address;
    uint16_t port;
    int fifo; /* SCHED_FIFO priority; 0: none */
    const char *const *paths;
    size_t n_paths;
};

/* 0, or an exit code with the reason told; -1: --help was all that was asked. */
int virtual_args_parse(int argc, char **argv, struct virtual_args *args);

#endif
