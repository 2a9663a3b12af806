/* args.h - what the commands share in reading their command line. */
#ifndef TOCSIN_NODE_ARGS_H
#define TOCSIN_NODE_ARGS_H

#include <stdbool.h>
#include <stddef.h>

/* "tocsin COMMAND: WHAT VALUE: WANT" on stderr, one line; `value` NULL: none. Always EXIT_USAGE. */
int args_error(const char *command, const char *what, const char *value, const char *want);

/* A number and nothing behind it, low..high; never NaN. *out is the caller's only then. */
bool args_number(const char *text, double low, double high, double *out);
bool args_whole(const char *text, double low, double high, double *out); /* 3 or 3.0, not 3.5 */
/* A scale, "4e-6" or "1/384500", finite and not 0; *end is what stands behind it. */
bool args_scale(const char *text, const char **end, double *out);

/* --config FILE and --set KEY=VALUE, for node_conf_load; zero before the first. */
enum { ARGS_SETS_MAX = 64 };
struct args_conf {
    const char *file; /* NULL: none */
    const char *set[ARGS_SETS_MAX];
    size_t sets;
};

/* What getopt_long gave (options ":..."; 'c' is --config, 's' --set) and the command itself does not know: those
 * two, a value that is missing, an option that does not exist. 0, or EXIT_USAGE after args_error. */
int args_common(const char *command, int option, char **argv, struct args_conf *conf);

#endif
