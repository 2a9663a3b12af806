#include "io/fortran.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A whole number up to `most` at *text, which moves behind it; -1: none. */
static int small_number(const char **text, int most)
{
    int n = 0;

    if (!isdigit((unsigned char)**text))
        return -1;
    for (; isdigit((unsigned char)**text); (*text)++) {
        n = 10 * n + (**text - '0');
        if (n > most)
            return -1;
    }
    return n;
}

/* What stands behind an opening bracket. */
static bool parse_format(const char *p, struct fortran_format *f)
{
    struct fortran_format got = {.per_line = 1, .decimals = -1};
    const char *scale = p;

    if (small_number(&scale, 9) >= 0 && toupper((unsigned char)*scale) == 'P')
        p = scale + 1 + (scale[1] == ',');
    if (isdigit((unsigned char)*p))
        got.per_line = small_number(&p, FORTRAN_PER_LINE_MAX);
    p += *p == '(';
    got.kind = (char)toupper((unsigned char)*p);
    if (got.per_line < 1 || !got.kind || !strchr("IFEDG", got.kind))
        return false;
    p++;
    got.width = small_number(&p, FORTRAN_WIDTH_MAX);
    if (got.width < 1)
        return false;
    if (*p == '.') {
        p++;
        got.decimals = small_number(&p, FORTRAN_WIDTH_MAX);
        if (got.decimals < 0)
            return false;
    }
    if (*p != ')')
        return false;
    *f = got;
    return true;
}

bool fortran_format_parse(const char *text, struct fortran_format *f)
{
    for (const char *p = strchr(text, '('); p; p = strchr(p + 1, '('))
        if (parse_format(p + 1, f))
            return true;
    return false;
}

double fortran_step(const struct fortran_format *f)
{
    double step = 1;

    if (f->kind != 'I' && (f->kind != 'F' || f->decimals < 0))
        return 0;
    for (int i = 0; f->kind == 'F' && i < f->decimals; i++)
        step /= 10;
    return step;
}

static void trim(const char **text, size_t *n)
{
    while (*n > 0 && **text == ' ')
        (*text)++, (*n)--;
    while (*n > 0 && (*text)[*n - 1] == ' ')
        (*n)--;
}

/* Digits, a point, an exponent: mantissa * 10^power. `exact`: the mantissa holds every digit. */
struct decimal {
    bool negative, exact;
    uint64_t mantissa;
    int power;
};

static bool parse_exponent(const char *p, const char *end, struct decimal *d)
{
    bool negative = false;
    int n = 0;

    if (p < end && strchr("EeDd", *p))
        p++;
    if (p < end && (*p == '+' || *p == '-'))
        negative = *p++ == '-';
    if (p == end)
        return false;
    for (; p < end; p++) {
        if (!isdigit((unsigned char)*p) || n > 9999)
            return false;
        n = 10 * n + (*p - '0');
    }
    d->power += negative ? -n : n;
    return true;
}

static bool parse_decimal(const char *text, size_t n, struct decimal *d)
{
    const char *p = text, *end = text + n;
    bool point = false;
    int digits = 0;

    *d = (struct decimal){.exact = true};
    if (p < end && (*p == '+' || *p == '-'))
        d->negative = *p++ == '-';
    for (; p < end && (isdigit((unsigned char)*p) || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        digits++;
        if (d->mantissa > UINT64_MAX / 10 - 1) {
            d->exact = false;
            d->power += !point;
            continue;
        }
        d->mantissa = 10 * d->mantissa + (uint64_t)(*p - '0');
        d->power -= point;
    }
    return digits > 0 && (p == end || parse_exponent(p, end, d));
}

bool fortran_number(const char *text, size_t n, double *value)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct decimal d;
    double v;

    trim(&text, &n);
    if (!parse_decimal(text, n, &d))
        return false;
    if (d.exact && d.mantissa < UINT64_C(1) << 53 && abs(d.power) <= 22) {
        v = (double)d.mantissa; /* both exact: one rounding, as strtod would */
        v = d.power < 0 ? v / tens[-d.power] : v * tens[d.power];
        v = d.negative ? -v : v;
    } else {
        char copy[80];
        if (n >= sizeof copy - 1)
            return false;
        size_t to = 0;
        for (size_t i = 0; i < n; i++) {
            bool bare = i > 0 && (text[i] == '+' || text[i] == '-') && !isalpha((unsigned char)text[i - 1]);
            if (bare) /* 1.5-100 */
                copy[to++] = 'e';
            copy[to++] = strchr("Dd", text[i]) ? 'e' : text[i];
        }
        copy[to] = 0;
        v = strtod(copy, NULL);
    }
    if (!isfinite(v))
        return false;
    *value = v;
    return true;
}

bool fortran_whole(const char *text, size_t n, double *value)
{
    double v;

    trim(&text, &n);
    for (size_t i = 0; i < n; i++)
        if (!isdigit((unsigned char)text[i]) && (i > 0 || (text[i] != '-' && text[i] != '+')))
            return false;
    if (!fortran_number(text, n, &v) || v < INT32_MIN || v > INT32_MAX)
        return false;
    *value = v;
    return true;
}

int fortran_line(struct input *in, const char *line, const struct fortran_format *f, size_t n, double *value,
                 struct error *err)
{
    const char *name = input_name(in);
    long long number = (long long)input_line_number(in);
    size_t width = (size_t)f->width, length = strlen(line), i = 0;

    for (; i < n && (i + 1) * width <= length; i++) {
        const char *cell = line + i * width;
        if (!(f->kind == 'I' ? fortran_whole : fortran_number)(cell, width, &value[i]))
            return error_set(err, "%s: line %lld: column %zu: '%.*s' is not a %s", name, number,
                             i * width + 1, f->width, cell, f->kind == 'I' ? "whole number" : "number");
    }
    if (i < n)
        return error_set(err, "%s: line %lld: ends at column %zu, within number %zu of %zu", name, number,
                         length, i + 1, n);
    const char *rest = line + n * width;
    if (rest[strspn(rest, " \t")])
        return error_set(err, "%s: line %lld: column %zu: '%.20s' behind the last of %zu numbers", name,
                         number, n * width + 1, rest, n);
    return 0;
}

int fortran_header(struct input *in, const struct fortran_format *f, size_t n, double *value,
                   const char *what, struct error *err)
{
    char *line;

    for (size_t at = 0; at < n;) {
        size_t take = n - at < (size_t)f->per_line ? n - at : (size_t)f->per_line;
        int got = input_line(in, &line, err);
        if (got < 0)
            return -1;
        if (got == 0)
            return error_set(err, "%s: line %lld: the file ends within %s", input_name(in),
                             (long long)input_line_number(in), what);
        if (fortran_line(in, line, f, take, value + at, err) < 0)
            return -1;
        at += take;
    }
    return 0;
}

ptrdiff_t fortran_block_read(struct fortran_block *b, struct input *in, double *value, size_t room,
                             struct error *err)
{
    size_t per_line = (size_t)b->format.per_line, n = 0;
    char *line;

    while (b->done < b->promised && room - n >= per_line) {
        int64_t left = b->promised - b->done;
        size_t take = left < (int64_t)per_line ? (size_t)left : per_line;
        int got = input_line(in, &line, err);
        if (got < 0)
            return -1;
        if (input_cut(in))
            break;
        if (got == 0)
            return error_set(err, "%s: line %lld: %lld numbers promised, %lld there: the file is cut off",
                             input_name(in), (long long)input_line_number(in), (long long)b->promised,
                             (long long)b->done);
        if (fortran_line(in, line, &b->format, take, value + n, err) < 0)
            return -1;
        n += take;
        b->done += (int64_t)take;
    }
    return (ptrdiff_t)n;
}
