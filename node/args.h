/* args.h - what the commands share in reading their command line. */
#ifndef TOCSIN_NODE_ARGS_H
#define TOCSIN_NODE_ARGS_H

#include <stdbool.h>

/* "tocsin COMMAND: WHAT VALUE: WANT" on stderr, one line; `value` NULL: none. Always EXIT_USAGE. */
int args_error(const char *command, const char *what, const char *value, const char *want);

/* A number and nothing behind it, low..high; never NaN. *out is the caller's only then. */
bool args_number(const char *text, double low, double high, double *out);
bool args_whole(const char *text, double low, double high, double *out); /* 3 or 3.0, not 3.5 */

#endif
