/* process.h - run another program and wait for it: no shell, nothing of its output is trusted.
 *
 * For tar and gnuplot. Safe in a process with threads: between fork and exec the child makes only calls that
 * are safe there. What the program writes to standard error is kept in a temporary file, of which the first
 * line that says something is handed back. */
#ifndef TOCSIN_IO_PROCESS_H
#define TOCSIN_IO_PROCESS_H

#include <stdint.h>

enum process_end {
    PROCESS_DONE,    /* it exited with status 0 */
    PROCESS_FAILED,  /* it exited otherwise, or was killed: `said` is what it complained of, "" for nothing */
    PROCESS_MISSING, /* there is no such program */
    PROCESS_NO_START /* the system refused: errno */
};

enum { PROCESS_SAID = 200 };

struct process {
    const char *const *argv; /* argv[0] is looked up in PATH; NULL-terminated */
    int in, out;             /* descriptors that become standard input and output; -1: /dev/null */
    int64_t file_max;        /* bytes that it may write into one file; 0: no limit */
};

/* Runs it to its end. `said` is one line without control characters. */
enum process_end process_run(const struct process *p, char said[PROCESS_SAID]);

#endif
