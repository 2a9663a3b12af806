#include "io/iio_text.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

/* Of a mount matrix's rows: drivers cut their numbers, boards are not turned by less than they say. Own choice. */
#define MATRIX_TOLERANCE 0.05

static const char *skip_space(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

/* A finite number at *at, which moves behind it. */
static bool take_number(const char **at, double *to)
{
    char *end;

    double value = strtod(*at, &end);
    if (end == *at || !isfinite(value))
        return false;
    *at = end;
    *to = value;
    return true;
}

int iio_text_number(const char *text, double *to)
{
    const char *at = text;
    double value;

    if (!take_number(&at, &value) || *skip_space(at) != 0)
        return -1;
    *to = value;
    return 0;
}

static int take_range(const char *at, struct iio_choice *to)
{
    struct iio_choice range = {.n = 0};

    at++;
    if (!take_number(&at, &range.min) || !take_number(&at, &range.step) || !take_number(&at, &range.max))
        return -1;
    at = skip_space(at);
    if (*at != ']' || *skip_space(at + 1) != 0 || !(range.step > 0) || range.min > range.max)
        return -1;
    *to = range;
    return 0;
}

int iio_text_choice(const char *text, struct iio_choice *to)
{
    struct iio_choice list = {.n = 0};
    const char *at = skip_space(text);

    if (*at == '[')
        return take_range(at, to);
    while (*at != 0) {
        double value;
        if (!take_number(&at, &value) || (*at != 0 && !isspace((unsigned char)*at)))
            return -1;
        if (list.n < IIO_CHOICES_MAX)
            list.value[list.n++] = value;
        at = skip_space(at);
    }
    if (list.n == 0)
        return -1;
    *to = list;
    return 0;
}

double iio_choice_nearest(const struct iio_choice *choice, double asked)
{
    double best = 0;

    if (choice->n == 0) {
        double on_grid = choice->min + round((asked - choice->min) / choice->step) * choice->step;
        double in_range = fmin(fmax(on_grid, choice->min), choice->max);
        return in_range > 0 ? in_range : fmax(choice->max, 0);
    }
    for (size_t i = 0; i < choice->n; i++) {
        double v = choice->value[i];
        if (v > 0 && (best == 0 || fabs(log(v / asked)) < fabs(log(best / asked))))
            best = v;
    }
    return best;
}

double iio_choice_at_least(const struct iio_choice *choice, double least)
{
    double best = 0, largest = 0;

    if (choice->n == 0) {
        double on_grid = choice->min + ceil((least - choice->min) / choice->step) * choice->step;
        return fmin(fmax(on_grid, choice->min), choice->max);
    }
    for (size_t i = 0; i < choice->n; i++) {
        double v = choice->value[i];
        largest = fmax(largest, v);
        /* What was printed with few digits may fall short of itself by the last one. */
        if (v >= least * (1 - 1e-6) && (best == 0 || v < best))
            best = v;
    }
    return best > 0 ? best : largest;
}

static bool is_rotation(double m[3][3])
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j <= i; j++) {
            double dot = m[i][0] * m[j][0] + m[i][1] * m[j][1] + m[i][2] * m[j][2];
            if (!(fabs(dot - (i == j)) <= MATRIX_TOLERANCE))
                return false;
        }
    return true;
}

int iio_text_matrix(const char *text, double matrix[3][3])
{
    double m[3][3];
    const char *at = text;

    for (int i = 0; i < 9; i++) {
        if (!take_number(&at, &m[i / 3][i % 3]))
            return -1;
        at = skip_space(at);
        if (i < 8 && *at++ != (i % 3 == 2 ? ';' : ','))
            return -1;
    }
    if (*at != 0 || !is_rotation(m))
        return -1;
    for (int i = 0; i < 9; i++)
        matrix[i / 3][i % 3] = m[i / 3][i % 3];
    return 0;
}
