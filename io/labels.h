/* labels.h - header lines of the shape "LABEL: value", by a table.
 *
 * For the readers of text formats. What stands between a label and its colon ("(sec)", blanks) is not looked
 * at; lines with other labels are passed over. Errors say file, line, label and what was wanted. */
#ifndef TOCSIN_IO_LABELS_H
#define TOCSIN_IO_LABELS_H

#include "io/input.h"

enum { LABELS_MAX = 32 };

struct label {
    const char *text; /* the line begins with it; a blank, '(', ',' or the colon follows */
    bool needed;
    /* Takes the value, without the blanks around it, into *header; NULL, or what it should have been. */
    const char *(*set)(void *header, char *value);
};

struct labels { /* a header being read; zero before its first line, but for these two */
    const struct label *label;
    size_t n;      /* at most LABELS_MAX */
    uint32_t seen; /* bit i: label[i] came */
};

/* The line just read from `in`, which may be changed. 1 one of the labels, 0 none of them, -1 and err. */
int labels_line(struct labels *l, struct input *in, char *line, void *header, struct error *err);
/* Behind the header: did all that are needed come? 0, or -1 and err. */
int labels_complete(const struct labels *l, struct input *in, struct error *err);

/* For `set`: a number within limits and nothing else, a whole one, one word of at most size - 1 bytes without
 * blanks; false, *out untouched, for anything else. */
bool labels_number(const char *value, double low, double high, double *out);
bool labels_whole(const char *value, int64_t low, int64_t high, int64_t *out);
bool labels_word(const char *value, char *out, size_t size);
/* The rate of a sampling interval in s, within the limits of io/reader.h. A printed interval is rounded
 * (0.003906 s are 256 Hz): the rate is a whole number where the last digit leaves that open. */
bool labels_interval(const char *value, double *rate_hz);

#endif
