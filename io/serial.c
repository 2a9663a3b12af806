#include "io/serial.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "io/component.h"

enum { PIECE = 4096 }; /* numbers read at a time: so many samples, or half as many pairs */

#define FILM_SPEED 0.003 /* real ones: 0.0018 */
#define GAP_STEPS  2.5   /* times are printed to a millisecond, so one step can be seen as two */

struct cursor {
    const struct serial_format *format;
    struct input *in;
    struct channels all; /* what scan gave; while it is being made, `making` points to it instead */
    struct channels *making;
    bool want[READER_CHANNELS_MAX];
    bool in_part, ended;
    size_t index; /* of the channel being read, or to come */
    struct serial_part part;
    struct fortran_block block;
    bool has_last;
    double last_s, step_s; /* of a time column */
    double number[PIECE + FORTRAN_PER_LINE_MAX];
    double value[PIECE + FORTRAN_PER_LINE_MAX];
};

static struct cursor *cursor_open(const struct serial_format *format, struct input *in, struct error *err)
{
    struct cursor *c = sys_alloc(input_sys(in), sizeof *c);

    if (!c) {
        error_set(err, "%s: out of memory", input_name(in));
        return NULL;
    }
    c->format = format;
    c->in = in;
    return c;
}

void serial_close(void *cursor)
{
    struct cursor *c = cursor;

    if (c)
        sys_free(input_sys(c->in), c);
}

static int at_line(struct cursor *c, const char *what, struct error *err)
{
    return error_set(err, "%s: line %lld: %s", input_name(c->in), (long long)input_line_number(c->in), what);
}

/* Nothing but blank lines may follow the only component of a file. */
static int check_end(struct cursor *c, struct error *err)
{
    char *line;
    int got;

    while ((got = input_line(c->in, &line, err)) > 0)
        if (line[strspn(line, " \t\x1a")])
            return at_line(c, "the file goes on behind the samples promised", err);
    return got;
}

static int check_part(struct cursor *c, struct error *err)
{
    const struct channel *ch = &c->part.channel;

    if (ch->samples < 1)
        return at_line(c, "the header above promises no samples", err);
    if (!c->part.pairs && !(ch->rate_hz >= READER_RATE_MIN_HZ && ch->rate_hz <= READER_RATE_MAX_HZ))
        return error_set(err, "%s: line %lld: the header above says %g samples a second: outside %g to %g",
                         input_name(c->in), (long long)input_line_number(c->in), ch->rate_hz,
                         READER_RATE_MIN_HZ, READER_RATE_MAX_HZ);
    return 0;
}

/* Reads the next component's header: 1, 0 at the end, -1 and err. */
static int begin_part(struct cursor *c, struct error *err)
{
    memset(&c->part, 0, sizeof c->part);
    c->part.channel.p_s = c->part.channel.s_s = NAN;
    int got = c->format->header(c->in, &c->part, err);
    if (got <= 0)
        return got;
    if (check_part(c, err) < 0)
        return -1;
    c->block = (struct fortran_block){.format = c->part.format,
                                      .promised = c->part.channel.samples * (c->part.pairs ? 2 : 1)};
    c->in_part = true;
    c->has_last = false;
    c->step_s = 0;
    return 1;
}

static int end_part(struct cursor *c, struct error *err)
{
    c->in_part = false;
    if (serial_skip_lines(c->in, c->part.after, "what follows the samples", err) < 0)
        return -1;
    if (c->format->single) {
        c->ended = true;
        return check_end(c, err);
    }
    return 0;
}

/* The mean step of the first pairs tells the rate. Times of digitised film are off by what its speed is off:
 * a whole number that near was meant. 0: no rate. */
static double rate_of_times(const double *number, size_t n)
{
    size_t steps = n >= 4 ? n / 2 - 1 : 0;
    double span_s = steps > 0 ? number[n - 2] - number[0] : 0,
           rate_hz = span_s > 0 ? (double)steps / span_s : 0;
    double whole_hz = nearbyint(rate_hz);

    if (whole_hz >= 1 && fabs(rate_hz / whole_hz - 1) < FILM_SPEED)
        rate_hz = whole_hz;
    return rate_hz >= READER_RATE_MIN_HZ && rate_hz <= READER_RATE_MAX_HZ ? rate_hz : 0;
}

/* Times must go on step by step; samples are what is kept. `n` is even. */
static int take_pairs(struct cursor *c, size_t n, struct error *err)
{
    if (c->step_s == 0) {
        double rate_hz = rate_of_times(c->number, n);
        if (!(rate_hz > 0))
            return at_line(
                c, "times that do not advance, or by no rate that can be: no samples of a time and a value",
                err);
        c->step_s = 1 / rate_hz;
        c->part.channel.rate_hz = rate_hz;
    }
    for (size_t i = 0; i < n; i += 2) {
        double t_s = c->number[i];
        if (c->has_last && !(t_s > c->last_s && t_s - c->last_s < GAP_STEPS * c->step_s))
            return error_set(err, "%s: line %lld: time goes from %g to %g s, not by steps of %g s",
                             input_name(c->in), (long long)input_line_number(c->in), c->last_s, t_s,
                             c->step_s);
        c->last_s = t_s;
        c->has_last = true;
        c->value[i / 2] = c->number[i + 1];
    }
    return 0;
}

/* The next samples of the component: how many, 0 at its end (and where a scanned pipe is cut), -1 and err. */
static ptrdiff_t take(struct cursor *c, struct error *err)
{
    if (!c->part.pairs)
        return fortran_block_read(&c->block, c->in, c->value, PIECE + FORTRAN_PER_LINE_MAX, err);
    ptrdiff_t n = fortran_block_read(&c->block, c->in, c->number, PIECE + FORTRAN_PER_LINE_MAX, err);
    if (n <= 0)
        return n;
    return take_pairs(c, (size_t)n, err) < 0 ? -1 : n / 2;
}

static int list_part(struct cursor *c, struct error *err)
{
    struct channels *out = c->making;
    struct channel *ch = &c->part.channel;

    if (out->n == READER_CHANNELS_MAX)
        return at_line(c, "more than 256 components", err);
    if (!ch->code[0])
        component_code(ch, c->part.name, out->at, out->n);
    out->at[out->n++] = *ch;
    return 0;
}

static int scan_part(struct cursor *c, struct error *err)
{
    ptrdiff_t got;

    while ((got = take(c, err)) > 0)
        continue;
    if (got < 0)
        return -1;
    if (c->part.motion && list_part(c, err) < 0)
        return -1;
    return input_cut(c->in) ? 0 : end_part(c, err);
}

static int scan_parts(struct cursor *c, struct error *err)
{
    int got = 1;

    while (got > 0 && !c->ended && !input_cut(c->in)) {
        got = begin_part(c, err);
        if (got > 0 && scan_part(c, err) < 0)
            return -1;
    }
    return got < 0 ? -1 : 0;
}

int serial_scan(const struct serial_format *format, struct input *in, struct channels *out, struct error *err)
{
    struct cursor *c = cursor_open(format, in, err);

    if (!c)
        return -1;
    out->n = 0;
    out->multiplexed = false;
    c->making = out;
    int result = scan_parts(c, err);
    serial_close(c);
    if (input_cut(in) && (!format->single || out->n == 0))
        return error_set(
            err,
            "%s: byte %d: a pipe shows no more of what stands one after another in a %s file: save it "
            "and name the file",
            input_name(in), INPUT_PEEK, format->name);
    if (result == 0 && out->n == 0)
        return error_set(err, "%s: line %lld: no component of ground acceleration in this %s file",
                         input_name(in), (long long)input_line_number(in), format->name);
    return result;
}

int serial_open(const struct serial_format *format, void **cursor, struct input *in,
                const struct channels *all, const bool *want, struct error *err)
{
    struct cursor *c = cursor_open(format, in, err);

    *cursor = c;
    if (!c)
        return -1;
    c->all = *all;
    memcpy(c->want, want, all->n * sizeof *want);
    return 0;
}

static bool wanted_later(const struct cursor *c)
{
    for (size_t i = c->index; i < c->all.n; i++)
        if (c->want[i])
            return true;
    return false;
}

/* The samples of a component that nobody asked for were looked at by the scan: their lines are only counted.
 */
static int pass_over(struct cursor *c, struct error *err)
{
    int64_t per_line = c->block.format.per_line;
    int64_t lines = (c->block.promised + per_line - 1) / per_line;

    return serial_skip_lines(c->in, lines, "the samples", err) < 0 ? -1 : end_part(c, err);
}

int serial_next(void *cursor, struct piece *out, struct error *err)
{
    struct cursor *c = cursor;

    for (;;) {
        if (!c->in_part) {
            if (c->ended || !wanted_later(c))
                return 0;
            int got = begin_part(c, err);
            if (got < 0)
                return -1;
            if (got == 0)
                return at_line(c, "a component is missing: the file has changed", err);
        }
        if (!c->part.motion || !c->want[c->index]) {
            c->index += c->part.motion;
            if (pass_over(c, err) < 0)
                return -1;
            continue;
        }
        ptrdiff_t n = take(c, err);
        if (n < 0)
            return -1;
        if (n > 0) {
            *out = (struct piece){.channel = c->index, .n = (size_t)n, .value = c->value};
            return 1;
        }
        c->index++;
        if (end_part(c, err) < 0)
            return -1;
    }
}

void serial_head_line(const unsigned char *head, size_t n, char line[SERIAL_COLUMNS])
{
    size_t at = 0;

    for (; at < n && at < SERIAL_COLUMNS - 1 && head[at] && head[at] != '\n' && head[at] != '\r'; at++)
        line[at] = (char)head[at];
    line[at] = 0;
}

static void keep_line(struct serial_text *t, const char *line)
{
    snprintf(t->line[t->n++], SERIAL_COLUMNS, "%s", line);
}

int serial_first_line(struct input *in, struct serial_text *t, const char *closing, struct error *err)
{
    char *line;
    int got;

    t->n = 0;
    while ((got = input_line(in, &line, err)) > 0) {
        bool blank = line[strspn(line, " \t\x1a")] == 0; /* 0x1a: the end of a text, once */
        if (blank || (closing && strncmp(line, closing, strlen(closing)) == 0))
            continue;
        t->first = input_line_number(in);
        keep_line(t, line);
        return 1;
    }
    return got;
}

int serial_lines(struct input *in, struct serial_text *t, int n, const char *what, struct error *err)
{
    char *line;

    while (t->n < n && t->n < SERIAL_LINES_MAX) {
        int got = input_line(in, &line, err);
        if (got < 0)
            return -1;
        if (got == 0)
            return error_set(err, "%s: line %lld: the file ends within %s", input_name(in),
                             (long long)input_line_number(in), what);
        keep_line(t, line);
    }
    return 0;
}

int serial_skip_lines(struct input *in, int64_t n, const char *what, struct error *err)
{
    char *line;

    for (int64_t i = 0; i < n; i++) {
        int got = input_line(in, &line, err);
        if (got < 0)
            return -1;
        if (got == 0 && input_cut(in))
            return 0;
        if (got == 0)
            return error_set(err, "%s: line %lld: the file ends within %s: it is cut off", input_name(in),
                             (long long)input_line_number(in), what);
    }
    return 0;
}

const char *serial_find(const struct serial_text *t, const char *key, int64_t *line)
{
    for (int i = 0; i < t->n; i++) {
        const char *found = strcasestr(t->line[i], key);
        if (!found)
            continue;
        if (line)
            *line = t->first + i;
        return found + strlen(key);
    }
    return NULL;
}

bool serial_leading_number(const char *text, double *value, const char **end)
{
    text += strspn(text, " \t=");
    size_t n = strspn(text, "+-.0123456789");
    if (!fortran_number(text, n, value))
        return false;
    if (end)
        *end = text + n;
    return true;
}

int serial_number(struct input *in, const struct serial_text *t, const char *key, double min, double max,
                  double *value, struct error *err)
{
    int64_t line = 0;
    const char *text = serial_find(t, key, &line);

    if (!text)
        return error_set(err, "%s: line %lld: no '%s' in the %d header lines above", input_name(in),
                         (long long)input_line_number(in), key, t->n);
    const char *end;
    if (!serial_leading_number(text, value, &end) || isalnum((unsigned char)*end) || *value < min ||
        *value > max)
        return error_set(err, "%s: line %lld: %s '%.20s' is not a number from %g to %g", input_name(in),
                         (long long)line, key, text + strspn(text, " \t="), min, max);
    return 0;
}

double serial_rate(double step_s, double printed_to_s)
{
    double rate_hz = 1 / step_s, whole = nearbyint(rate_hz);

    return whole >= 1 && fabs(1 / whole - step_s) <= 0.51 * printed_to_s ? whole : rate_hz;
}
