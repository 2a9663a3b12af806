/* synth_args.h - the command line of `tocsin synth`, understood. */
#ifndef TOCSIN_NODE_SYNTH_ARGS_H
#define TOCSIN_NODE_SYNTH_ARGS_H

#include "node/synth_out.h"
#include "node/synth_stream.h"

struct synth_args {
    struct synth_conf conf;
    const char *path; /* OUT */
    enum synth_format format;
    const char *truth;    /* NULL: beside OUT, or none for a pipe */
    double teleseism_deg; /* 0: none */
    bool building, sequence;
    double hours; /* of either */
    double main_s, smallest;
    double activity, start_hour;
    unsigned classes;
    bool ranged;            /* --range is given: there is a digitiser */
    bool ground;            /* noise of the ground is asked for */
    double background;      /* its share between the models */
    const char *noise_from; /* or the record whose spectrum it has; NULL: none */
    double noise_scale;     /* of that; 0: from the file */
    bool noise_velocity;    /* with it: it is one of m/s */
};

/* 0; -1: help or the list of classes was printed; 64 after a complaint on standard error. */
int synth_args_parse(int argc, char **argv, struct synth_args *out);

#endif
