/* iio_text.h - what IIO attributes say: numbers, what may be chosen, how the chip is mounted.
 *
 * Attributes come from a kernel driver, or over a network from whoever serves the context: nothing in them is trusted. Each
 * function takes text of any content that ends in a zero byte, touches no result unless it answers 0, and
 * neither allocates nor depends on a locale other than C. */
#ifndef TOCSIN_IO_IIO_TEXT_H
#define TOCSIN_IO_IIO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { IIO_CHOICES_MAX = 64 };

struct iio_choice { /* an attribute's ..._available: a list, or a range in steps */
    double value[IIO_CHOICES_MAX];
    size_t n;              /* 0: it is a range */
    double min, step, max; /* step > 0, min <= max */
};

/* One finite number, and white space around it. 0 or -1. */
int iio_text_number(const char *text, double *to);
/* "4000.0 2000.0 ..." or "[0.1 0.1 100.0]"; of a longer list its first IIO_CHOICES_MAX. A unit behind a number or anything
 * else that is none: -1. */
int iio_text_choice(const char *text, struct iio_choice *to);
/* The one nearest to what is asked, by ratio (100 is as far from 50 as from 200), never 0 or less. 0 where there is none. */
double iio_choice_nearest(const struct iio_choice *choice, double asked);
/* The smallest that is at least `least`; the largest where none is. */
double iio_choice_at_least(const struct iio_choice *choice, double least);
/* "1, 0, 0; 0, 1, 0; 0, 0, 1": row by row. Refused (-1) unless it is a rotation, a reflection or nearly one: each
 * row of length 1, at right angles to the others, within 5 %. A matrix of zeros would make a sensor deaf. */
int iio_text_matrix(const char *text, double matrix[3][3]);

#endif
