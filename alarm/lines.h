/* lines.h - one line of a GPIO chip: libgpiod 1.x or 2.x, or a chip that is a folder of files.
 *
 * The lines thread's. Chips are found by label, since their number changes when one is plugged in again; a chip
 * that is gone shows as an error of lines_set, lines_get or lines_edge, and whoever owns the pin closes it and tries
 * to open it again. Opening searches the chips and allocates (a millisecond or so); the rest is one system call.
 *
 * "sim:FOLDER" is a chip for tests and demonstrations (lines_sim.c): outputs write 0 or 1 to FOLDER/outN and a line
 * `NS N LEVEL` to FOLDER/log; inputs are FOLDER/inN, told by inotify. A file `gone` takes the chip away, refuseN refuses
 * the line, failN its setting, stuckN sets it without moving it. */
#ifndef TOCSIN_ALARM_LINES_H
#define TOCSIN_ALARM_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "alarm/contact.h"
#include "io/error.h"
#include "io/sys.h"

struct lines_spec {
    const char *chip;
    int line;
    bool output;
    bool level;             /* of an output, from the very beginning */
    enum contact_bias bias; /* of an input, where the chip can */
};
struct lines_pin;

/* 0, or -1 with err: no such chip, no such line, in use by another. *out is NULL then. */
int lines_open(struct lines_pin **out, const struct sys *sys, const struct lines_spec *spec,
               struct error *err);
int lines_set(struct lines_pin *pin, bool level); /* 0, or -errno */
int lines_get(struct lines_pin *pin);             /* 0 or 1, or -errno */
/* Readable when an edge waits; -1: the chip tells none, and the pin has to be read from time to time. */
int lines_fd(const struct lines_pin *pin);
/* Takes one edge: 1, its level and time (CLOCK_MONOTONIC); 0: none waits; -errno. */
int lines_edge(struct lines_pin *pin, bool *level, int64_t *at_ns);
void lines_close(struct lines_pin *pin); /* NULL is fine. What the level then is, is the chip's matter. */

struct lines_seen {
    bool used;   /* somebody has requested it; a chip that is a folder does not know */
    char by[64]; /* who; "" where the chip does not say */
};
/* Looks at a line without requesting it, so that nothing moves. 0, or -1 with err: no such chip, no such line. */
int lines_look(const struct sys *sys, const char *chip, int line, struct lines_seen *seen, struct error *err);
const char *lines_library(void); /* "libgpiod 1.6.3" */

#endif
