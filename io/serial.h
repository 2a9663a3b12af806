/* serial.h - trace files whose components stand one after another, each with a text header of its own.
 *
 * GeoNet, CSMIP, COSMOS, BHRC and SMC share that shape: text lines, numbers in columns, then a counted block
 * of samples in a Fortran format. A reader of such a format is one function that reads a component's header;
 * scan, open, next and close of io/reader.h are here. Each cursor reads the file from its start and skips
 * what is not wanted, so memory is constant. A pipe shows its first INPUT_PEEK bytes only: one that is longer
 * is refused, unless the format has a single component a file. */
#ifndef TOCSIN_IO_SERIAL_H
#define TOCSIN_IO_SERIAL_H

#include "io/fortran.h"
#include "io/reader.h"

struct serial_part {
    /* To be filled in: group, axis and orientation, rate_hz (not for pairs), time, unit, scale, lsb, samples
     * >= 1. Its code becomes group.name, or stays what it was set to. */
    struct channel channel;
    char name[16];
    bool motion;                  /* false: no ground motion (a time code, a velocity): passed over */
    struct fortran_format format; /* of the samples */
    bool pairs;    /* time in s and sample, by turns, an even number a line; the rate is that of the times */
    int64_t after; /* lines behind the samples that belong to this component and are not looked at */
};

struct serial_format {
    const char *name; /* for messages: "GeoNet" */
    bool single;      /* one component a file */
    /* Reads up to the first sample: 1, 0 at the end of the file, -1 and err. Blank lines and what else closes
     * a component stand before the next one's header. *part is zero but for p_s and s_s. */
    int (*header)(struct input *in, struct serial_part *part, struct error *err);
};

int serial_scan(const struct serial_format *format, struct input *in, struct channels *out,
                struct error *err);
int serial_open(const struct serial_format *format, void **cursor, struct input *in,
                const struct channels *all, const bool *want, struct error *err);
int serial_next(void *cursor, struct piece *out, struct error *err);
void serial_close(void *cursor);

/* The text lines of a header. */
enum { SERIAL_LINES_MAX = 40, SERIAL_COLUMNS = 128 };
struct serial_text {
    int64_t first; /* the number of line[0] in the file */
    int n;
    char line[SERIAL_LINES_MAX][SERIAL_COLUMNS]; /* longer ones are cut */
};

/* The first line of a probe's bytes, as text. */
void serial_head_line(const unsigned char *head, size_t n, char line[SERIAL_COLUMNS]);
/* Skips blank lines and, where `closing` is not NULL, lines that begin with it; then keeps the next line as
 * t->line[0]. 1, 0 at the end of the file, -1 and err. */
int serial_first_line(struct input *in, struct serial_text *t, const char *closing, struct error *err);
/* Reads on until there are n lines. 0, or -1 and err ("the file ends within the 13 lines of a CSMIP header").
 */
int serial_lines(struct input *in, struct serial_text *t, int n, const char *what, struct error *err);
int serial_skip_lines(struct input *in, int64_t n, const char *what, struct error *err);
/* What stands behind the key, in either case, in the first line that has it: NULL where none does. *line is
 * that line's number in the file (may be NULL). */
const char *serial_find(const struct serial_text *t, const char *key, int64_t *line);
/* The same for a number, behind blanks and '='. 0, or -1 and err unless it is there, from min to max. */
int serial_number(struct input *in, const struct serial_text *t, const char *key, double min, double max,
                  double *value, struct error *err);
/* The number at the start of a text, behind blanks and '='; *end (may be NULL) is what follows it. */
bool serial_leading_number(const char *text, double *value, const char **end);

/* A rate from a step in s that was printed with so many decimals: the whole number of Hz that rounds to that
 * step where there is one (0.0167 is 60 Hz), else its inverse. */
double serial_rate(double step_s, double printed_to_s);

#endif
