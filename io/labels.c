#include "io/labels.h"

#include <math.h>
#include <string.h>

#include "io/fortran.h"
#include "io/reader.h"

/* The value behind the colon, without the blanks around it; NULL where the line has another label. */
static char *value_of(char *line, const char *label)
{
    size_t n = strlen(label);

    if (strncmp(line, label, n) != 0 || !strchr(" \t(,:", line[n]) || line[n] == 0)
        return NULL;
    char *value = strchr(line + n, ':');
    if (!value)
        return NULL;
    value++;
    value += strspn(value, " \t");
    for (n = strlen(value); n > 0 && strchr(" \t\r", value[n - 1]); n--)
        value[n - 1] = 0;
    return value;
}

int labels_line(struct labels *l, struct input *in, char *line, void *header, struct error *err)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct label *label = &l->label[i];
        char *value = value_of(line, label->text);
        if (!value)
            continue;
        if (l->seen & 1u << i)
            return error_set(err, "%s: line %lld: %s comes a second time", input_name(in),
                             (long long)input_line_number(in), label->text);
        l->seen |= 1u << i;
        const char *wanted = label->set(header, value);
        if (wanted)
            return error_set(err, "%s: line %lld: %s '%.60s' is not %s", input_name(in),
                             (long long)input_line_number(in), label->text, value, wanted);
        return 1;
    }
    return 0;
}

int labels_complete(const struct labels *l, struct input *in, struct error *err)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->label[i].needed && !(l->seen & 1u << i))
            return error_set(err, "%s: line %lld: the header ends without '%s'", input_name(in),
                             (long long)input_line_number(in), l->label[i].text);
    return 0;
}

bool labels_number(const char *value, double low, double high, double *out)
{
    double number;

    if (!fortran_number(value, strlen(value), &number) || !(number >= low && number <= high))
        return false;
    *out = number;
    return true;
}

bool labels_whole(const char *value, int64_t low, int64_t high, int64_t *out)
{
    double number;

    if (!fortran_whole(value, strlen(value), &number) || number < (double)low || number > (double)high)
        return false;
    *out = (int64_t)number;
    return true;
}

bool labels_word(const char *value, char *out, size_t size)
{
    size_t n = strlen(value);

    if (n == 0 || n >= size || strpbrk(value, " \t.,*?"))
        return false;
    memcpy(out, value, n + 1);
    return true;
}

bool labels_interval(const char *value, double *rate_hz)
{
    const char *point = strchr(value, '.');
    double interval_s;

    if (!labels_number(value, 1 / READER_RATE_MAX_HZ, 1 / READER_RATE_MIN_HZ, &interval_s))
        return false;
    double decimals = point ? (double)strspn(point + 1, "0123456789") : 0;
    double half_digit = 0.5 * pow(10, -decimals) / interval_s, rate = 1 / interval_s;
    /* A last digit so coarse that it means nothing leaves every rate open: at most 1 in 1000. */
    if (fabs(nearbyint(rate) / rate - 1) <= fmin(half_digit, 1e-3))
        rate = nearbyint(rate);
    *rate_hz = rate;
    return true;
}
