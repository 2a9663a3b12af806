/* outlet.h - lines to whoever looks on, who may be slow, stopped, gone, or never have read at all.
 *
 * A pipe that nobody empties makes whoever writes to it wait for ever; what is told here waits in a bounded
 * buffer instead, whole lines of it, and what no longer fits is left out and counted. Nothing here ever waits but
 * outlet_close, and that only so long. (A file on a disk that hangs is the exception: no system call can ask for that.) One
 * thread at a time. */
#ifndef TOCSIN_NODE_OUTLET_H
#define TOCSIN_NODE_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/error.h"
#include "io/sys.h"

enum { OUTLET_ROOM = 256 * 1024 }; /* some hundred lines: an earthquake's first minute */

struct outlet {
    const struct sys *sys;
    int fd;
    char *text; /* a ring of OUTLET_ROOM bytes */
    size_t first, waiting;
    uint64_t skipped; /* lines left out that outlet_skipped has not told yet */
    int failed;       /* errno of the last write that was refused; 0: all is well */
};

/* fd stays the caller's, open until outlet_close. 0, or -1 with err. */
int outlet_open(struct outlet *o, const struct sys *sys, int fd, struct error *err);
/* Takes a whole line, or leaves it out: false. */
bool outlet_line(struct outlet *o, const char *line, size_t n);
/* Writes as much as goes at once. */
void outlet_flush(struct outlet *o);
/* Lines left out since this was last asked. */
uint64_t outlet_skipped(struct outlet *o);
/* Gives a slow reader until_ms at most. One that was never opened (all zero) is fine. */
void outlet_close(struct outlet *o, int until_ms);

/* For what is written past all this (a library's complaints on standard error): from now on a write to this
 * descriptor fails where it would have waited. A pipe or a terminal is opened anew for it, so that nobody else's
 * end of it changes. False: it stays as it was. */
bool outlet_never_wait(int fd);

#endif
