/* fortran.h - numbers in fixed columns, as Fortran programs write them, from one line or from a counted
 * block.
 *
 *     "(8F9.6)"     ->  8 numbers a line, 9 columns each, 6 decimals
 *     "  .000010  .000010 -.000007-1.000002"     numbers may touch: columns count, not blanks
 *
 * Fortran writes a number flush right in its columns, so a line reaches to the end of its last number; blanks
 * may follow, nothing else may. No allocation, no locale. Errors say file, line and column. */
#ifndef TOCSIN_IO_FORTRAN_H
#define TOCSIN_IO_FORTRAN_H

#include "io/input.h"

enum { FORTRAN_WIDTH_MAX = 40, FORTRAN_PER_LINE_MAX = 64 };

struct fortran_format {
    char kind;    /* 'I': whole numbers of 32 bits; 'F', 'E', 'D', 'G': any of the real ones' spellings */
    int per_line; /* 1..FORTRAN_PER_LINE_MAX */
    int width;    /* columns of a number, 1..FORTRAN_WIDTH_MAX */
    int decimals; /* as said; -1: not said */
};

/* The first "(8F9.6)" in the text, in either case, also "(10I8)", "(F10.3)", "(8(F9.6))", "(1P5E15.7)".
 * False, *f untouched, where there is none within the limits. */
bool fortran_format_parse(const char *text, struct fortran_format *f);

/* What one step of the last digit is: 1e-6 of F9.6, 1 of I8; 0 where that depends on the number, or is not
 * said. */
double fortran_step(const struct fortran_format *f);

/* The number in text[0..n), blanks around it: 12, -.5, +1.25E-03, 1.5D+2, 1.5-100. False, *value untouched,
 * for everything else: blanks alone, NaN, asterisks, what overflows. */
bool fortran_number(const char *text, size_t n, double *value);
/* The same for a whole number of 32 bits. */
bool fortran_whole(const char *text, size_t n, double *value);

/* Exactly n <= f->per_line numbers at the start of a line that was just read from `in`. 0, or -1 and err. */
int fortran_line(struct input *in, const char *line, const struct fortran_format *f, size_t n, double *value,
                 struct error *err);

/* Reads n numbers from as many lines as they take: a header's. 0, or -1 and err ("the file ends within
 * WHAT"). */
int fortran_header(struct input *in, const struct fortran_format *f, size_t n, double *value,
                   const char *what, struct error *err);

/* A counted block of numbers, streamed. */
struct fortran_block {
    struct fortran_format format;
    int64_t promised, done; /* numbers */
};

/* Reads lines as long as the next one fits: room >= format.per_line. Returns how many numbers came; 0 when
 * all that were promised are done, or where a scanned pipe is cut (input_cut); -1 and err, also when the file
 * ends before. */
ptrdiff_t fortran_block_read(struct fortran_block *b, struct input *in, double *value, size_t room,
                             struct error *err);

#endif
