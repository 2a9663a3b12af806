/* synth_truth.h - what is really in a synthetic record, as JSON Lines beside it (docs/formats.md). */
#ifndef TOCSIN_NODE_SYNTH_TRUTH_H
#define TOCSIN_NODE_SYNTH_TRUTH_H

#include "io/error.h"
#include "io/json.h"
#include "node/synth_stream.h"

struct synth_truth_file {
    const struct sys *sys;
    struct json *json;
    const char *path;
    int fd;
    int failed;      /* errno, told at the end */
    uint64_t events; /* lines of type event */
};

/* 0, or -1 and err. path outlives the file. */
int synth_truth_open(struct synth_truth_file *f, const struct sys *sys, const char *path, struct error *err);
/* The first line: what was asked for. mode: quake, teleseism, sequence, building, building+sequence; lsb_mps2
 * 0 and noise_from NULL: none. */
void synth_truth_record(struct synth_truth_file *f, const char *mode, const struct synth_conf *conf,
                        double duration_s, double lsb_mps2, const char *noise_from);
/* One event. */
void synth_truth_event(struct synth_truth_file *f, const struct synth_truth *truth);
/* The last line, and the file closed. 0, or -1 and err: something could not be written. */
int synth_truth_close(struct synth_truth_file *f, uint64_t samples, uint64_t clipped, uint64_t dropped,
                      struct error *err);
/* Closes without a last line; for a record that failed. */
void synth_truth_abandon(struct synth_truth_file *f);

#endif
