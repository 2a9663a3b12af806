/* error.h - one clear line for a person: what is wrong, where, what to do.
 *
 * Functions that can fail on bad input take a `struct error *` and fill it; the program prints it once, after
 * the program's name, and exits with the status that fits (2 bad input, 64 usage or configuration). Plain
 * text without a trailing newline; never contains control characters from the input (error_set replaces them
 * by '?'). */
#ifndef TOCSIN_IO_ERROR_H
#define TOCSIN_IO_ERROR_H

struct error {
    char text[512];
};

/* Formats the line; always returns -1, so that a reader can `return error_set(err, ...)`. */
int error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
