/* synth_out.h - synthetic samples on their way into files: CSV, three SAC files, or miniSEED.
 *
 * Streamed; memory is constant. Every record begins at 2026-01-01T00:00:00Z, so that equal arguments give
 * equal bytes. miniSEED holds counts of the digitiser, and beside a file, not beside a pipe, NAME.xml
 * (StationXML) says what one is worth. */
#ifndef TOCSIN_NODE_SYNTH_OUT_H
#define TOCSIN_NODE_SYNTH_OUT_H

#include "node/synth.h"

enum synth_format { SYNTH_CSV, SYNTH_SAC, SYNTH_MSEED };

#define SYNTH_START_TEXT "2026-01-01T00:00:00Z"

struct synth_out_conf {
    const char *path; /* "-": standard output, not for SAC; outlives the object */
    enum synth_format format;
    uint64_t samples;               /* that will come: SAC says so in front */
    const struct synth_conf *quake; /* rate and sensor; the digitiser for miniSEED; outlives the object */
    const struct synth *record;     /* its onsets go into the header; NULL: no single earthquake */
    const char *comment;            /* for CSV; outlives the object */
};

/* The i-th file that is written to, in `name`: 1; 0: there are no more; -1 and err: its name is too long. Only
 * path and format count. */
enum { SYNTH_NAME_MAX = 4096 };
int synth_out_name(const struct synth_out_conf *conf, int i, char name[SYNTH_NAME_MAX], struct error *err);

struct synth_out;

/* 0 and *out for synth_out_close, or -1 and err. */
int synth_out_open(struct synth_out **out, const struct sys *sys, const struct synth_out_conf *conf,
                   struct error *err);
/* n samples, m/s^2, any number. 0, or -1 and err. */
int synth_out_put(struct synth_out *o, double (*value)[AXES], size_t n, struct error *err);
/* Writes what is left, closes, and says what went wrong since the last call: 0, or -1 and err. */
int synth_out_close(struct synth_out *o, struct error *err);

/* ---- within it: bytes into one descriptor ---- */

struct synth_sink {
    const struct sys *sys;
    const char *path;
    int fd, failed; /* errno; remembered until the end */
    size_t n;
    unsigned char bytes[32768];
};

int synth_sink_open(struct synth_sink *s, const struct sys *sys, const char *path, struct error *err);
void synth_sink_bytes(struct synth_sink *s, const void *bytes, size_t n); /* n below 1000 */
void synth_sink_print(struct synth_sink *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void synth_sink_flush(struct synth_sink *s);
int synth_sink_close(struct synth_sink *s, struct error *err);

/* SAC version 6 (synth_sac.c): the header, and one sample, nm/s^2. */
void synth_sac_header(struct synth_sink *s, const struct synth_out_conf *conf, int axis);
void synth_sac_sample(struct synth_sink *s, double value_mps2);

/* Length of a path without its name's ending: a dot in a folder is none. */
int synth_stem(const char *path);

#endif
