/* knet.c - K-NET and KiK-net ASCII: one component a file, 17 header lines, then counts.
 *
 *     Scale Factor      3920(gal)/6182761      label in columns 1 to 18, then the value
 *
 * The record time is Japan's (UTC + 9 h) and that of the trigger's arrival behind a delay line of 15 s, so
 * the first sample is 15 s earlier (NIED's format description, from memory; real files agree with it). Counts
 * carry the sensor's offset, which is left in. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/reader.h"
#include "io/utc.h"

enum {
    HEADER_LINES = 17,
    LABEL_COLUMNS = 18,
    PIECE = 4096,
    LINE_NUMBERS_MAX = INPUT_LINE_MAX / 2 + 1, /* numbers on the longest line possible */
    DURATION_MAX_S = 30 * 86400,
};

#define TRIGGER_DELAY_NS (15 * UTC_SECOND_NS)
#define JAPAN_NS         (9 * 3600 * UTC_SECOND_NS)
#define GAL_MPS2         0.01

enum field { STATION, RECORD_TIME, RATE, DURATION, DIRECTION, SCALE, MEMO, FIELDS };

static const char *const labels[FIELDS] = {
    "Station Code", "Record Time", "Sampling Freq(Hz)", "Duration Time(s)", "Dir.", "Scale Factor", "Memo.",
};

struct header {
    bool seen[FIELDS];
    char station[16];
    char direction[8];
    double rate_hz;
    int64_t duration_s;
    int64_t record_ns; /* as printed: Japan's time */
    double scale_mps2;
};

struct cursor {
    struct input *in;
    int64_t promised, done;
    size_t n;
    bool ended;
    double value[PIECE + LINE_NUMBERS_MAX];
};

/* Names the station and the sensor: KiK-net numbers its six components, three in the borehole, three on the
 * surface. */
static const struct direction {
    const char *name;
    const char *place;
    const char *component;
    char axis;
    double azimuth_deg, dip_deg;
} directions[] = {
    {"N-S", "", "NS", 'N', 0, 0},         {"E-W", "", "EW", 'E', 90, 0},
    {"U-D", "", "UD", 'Z', 0, -90},       {"1", ".borehole", "NS", 'N', 0, 0},
    {"2", ".borehole", "EW", 'E', 90, 0}, {"3", ".borehole", "UD", 'Z', 0, -90},
    {"4", ".surface", "NS", 'N', 0, 0},   {"5", ".surface", "EW", 'E', 90, 0},
    {"6", ".surface", "UD", 'Z', 0, -90},
};

static const struct direction *find_direction(const char *name)
{
    for (size_t i = 0; i < sizeof directions / sizeof *directions; i++)
        if (strcmp(directions[i].name, name) == 0)
            return &directions[i];
    return NULL;
}

static bool knet_probe(const unsigned char *head, size_t n)
{
    static const char first[] = "Origin Time       "; /* columns 1 to 18 of the first line */

    return n >= LABEL_COLUMNS && memcmp(head, first, LABEL_COLUMNS) == 0;
}

/* A decimal number at *text, which moves behind it; no sign, no exponent, no inf, no nan. */
static bool decimal(const char **text, double *value)
{
    char digits[32];
    size_t n = strspn(*text, "0123456789.");

    if (n == 0 || n >= sizeof digits)
        return false;
    memcpy(digits, *text, n);
    digits[n] = 0;
    char *end;
    *value = strtod(digits, &end);
    *text += n;
    return *end == 0 && end != digits;
}

static bool parse_rate(const char *text, struct header *h)
{
    return decimal(&text, &h->rate_hz) && strcmp(text, "Hz") == 0 && h->rate_hz >= READER_RATE_MIN_HZ &&
           h->rate_hz <= READER_RATE_MAX_HZ;
}

static bool parse_duration(const char *text, struct header *h)
{
    double duration_s;

    if (!decimal(&text, &duration_s) || *text || duration_s <= 0 || duration_s > DURATION_MAX_S)
        return false;
    h->duration_s = (int64_t)duration_s;
    return (double)h->duration_s == duration_s;
}

/* "3920(gal)/6182761" */
static bool parse_scale(const char *text, struct header *h)
{
    static const char unit[] = "(gal)/";
    double gal, counts;
    bool negative = *text == '-';

    text += negative;
    if (!decimal(&text, &gal) || strncmp(text, unit, sizeof unit - 1) != 0)
        return false;
    text += sizeof unit - 1;
    if (!decimal(&text, &counts) || *text || gal <= 0 || counts <= 0)
        return false;
    h->scale_mps2 = (negative ? -gal : gal) / counts * GAL_MPS2;
    return true;
}

static bool parse_word(const char *text, char *out, size_t size)
{
    size_t n = strlen(text);

    if (n == 0 || n >= size || strpbrk(text, " \t."))
        return false;
    memcpy(out, text, n + 1);
    return true;
}

/* One header value; NULL, or what it should have been. */
static const char *parse_field(enum field field, const char *text, struct header *h)
{
    switch (field) {
    case STATION:
        return parse_word(text, h->station, sizeof h->station) ? NULL : "a station's code";
    case RECORD_TIME:
        return utc_parse(text, &h->record_ns) ? NULL : "YYYY/MM/DD HH:MM:SS";
    case RATE:
        return parse_rate(text, h) ? NULL : "a rate from 1Hz to 20000Hz";
    case DURATION:
        return parse_duration(text, h) ? NULL : "whole seconds, at most 30 days";
    case DIRECTION:
        snprintf(h->direction, sizeof h->direction, "%s", text);
        return find_direction(text) ? NULL : "N-S, E-W, U-D or 1 to 6";
    case SCALE:
        return parse_scale(text, h) ? NULL : "NUMBER(gal)/NUMBER";
    case MEMO:
    case FIELDS:
        break;
    }
    return NULL;
}

/* Splits a line of the header: the label without the blanks behind it, and the value. */
static void split(const char *line, char label[LABEL_COLUMNS + 1], const char **value, char *buffer,
                  size_t size)
{
    size_t n = strlen(line), columns = n < LABEL_COLUMNS ? n : LABEL_COLUMNS;

    memcpy(label, line, columns);
    while (columns > 0 && label[columns - 1] == ' ')
        columns--;
    label[columns] = 0;
    snprintf(buffer, size, "%s", n > LABEL_COLUMNS ? line + LABEL_COLUMNS : "");
    for (n = strlen(buffer); n > 0 && (buffer[n - 1] == ' ' || buffer[n - 1] == '\t'); n--)
        buffer[n - 1] = 0;
    *value = buffer + strspn(buffer, " \t");
}

static int read_header(struct input *in, struct header *h, struct error *err)
{
    char label[LABEL_COLUMNS + 1], buffer[128], *line;
    const char *value;

    memset(h, 0, sizeof *h);
    for (int i = 0; i < HEADER_LINES; i++) {
        int got = input_line(in, &line, err);
        if (got < 0)
            return -1;
        if (got == 0 && i == 0)
            return error_set(err, "%s: byte 0: the file is empty", input_name(in));
        if (got == 0)
            return error_set(err, "%s: line %d: the file ends within the %d lines of a K-NET header",
                             input_name(in), i, HEADER_LINES);
        split(line, label, &value, buffer, sizeof buffer);
        for (int f = 0; f < FIELDS; f++) {
            if (strcmp(label, labels[f]) != 0)
                continue;
            const char *wanted = parse_field((enum field)f, value, h);
            if (wanted)
                return error_set(err, "%s: line %d: %s '%s' is not %s", input_name(in), i + 1, labels[f],
                                 value, wanted);
            h->seen[f] = true;
        }
    }
    for (int f = 0; f < FIELDS; f++)
        if (!h->seen[f])
            return error_set(err, "%s: line %d: no '%s' among the %d header lines: not a K-NET file",
                             input_name(in), HEADER_LINES, labels[f], HEADER_LINES);
    return 0;
}

static int64_t promised_samples(const struct header *h)
{
    return llround((double)h->duration_s * h->rate_hz);
}

/* Of the word at `at`, as far as an error line should quote it. */
static int word_length(const char *at)
{
    size_t n = strcspn(at, " \t");

    return n < 40 ? (int)n : 40;
}

/* Appends one line's counts to the cursor. */
static int parse_counts(struct cursor *c, const char *line, struct error *err)
{
    const char *at = line;

    for (;;) {
        char *end;
        at += strspn(at, " \t");
        if (!*at)
            return 0;
        errno = 0;
        long long count = strtoll(at, &end, 10);
        if (end == at || (*end && *end != ' ' && *end != '\t'))
            return error_set(err, "%s: line %lld: '%.*s' is not a whole number", input_name(c->in),
                             (long long)input_line_number(c->in), word_length(at), at);
        if (errno || count > INT32_MAX || count < INT32_MIN)
            return error_set(err, "%s: line %lld: %.*s is more than 32 bits", input_name(c->in),
                             (long long)input_line_number(c->in), word_length(at), at);
        c->value[c->n++] = (double)count;
        at = end;
    }
}

/* Fills the cursor with at least PIECE counts, or all that are left. A pipe that is only scanned ends
 * anywhere. */
static int fill(struct cursor *c, struct error *err)
{
    char *line;

    while (c->n < PIECE && !c->ended) {
        int got = input_line(c->in, &line, err);
        if (got < 0)
            return -1;
        if (got == 0 || input_cut(c->in))
            c->ended = true;
        else if (parse_counts(c, line, err) < 0)
            return -1;
        if (c->done + (int64_t)c->n > c->promised)
            return error_set(err, "%s: line %lld: more than the %lld samples promised", input_name(c->in),
                             (long long)input_line_number(c->in), (long long)c->promised);
    }
    if (c->ended && !input_cut(c->in) && c->done + (int64_t)c->n < c->promised)
        return error_set(err, "%s: line %lld: %lld samples promised, %lld there: the file is cut off",
                         input_name(c->in), (long long)input_line_number(c->in), (long long)c->promised,
                         (long long)(c->done + (int64_t)c->n));
    return 0;
}

static int cursor_open(struct cursor **out, struct input *in, const struct header *h, struct error *err)
{
    struct cursor *c = sys_alloc(input_sys(in), sizeof *c);

    *out = c;
    if (!c)
        return error_set(err, "%s: out of memory", input_name(in));
    c->in = in;
    c->promised = promised_samples(h);
    return 0;
}

static void knet_close(void *cursor)
{
    struct cursor *c = cursor;

    if (c)
        sys_free(input_sys(c->in), c);
}

static int check_counts(struct input *in, const struct header *h, struct error *err)
{
    struct cursor *c;
    int result = 0;

    if (cursor_open(&c, in, h, err) < 0)
        return -1;
    while (result == 0 && !c->ended) {
        result = fill(c, err);
        c->done += (int64_t)c->n;
        c->n = 0;
    }
    knet_close(c);
    return result;
}

static void describe(const struct header *h, struct channel *c)
{
    const struct direction *d = find_direction(h->direction);

    memset(c, 0, sizeof *c);
    snprintf(c->group, sizeof c->group, "%s%s", h->station, d->place);
    snprintf(c->code, sizeof c->code, "%s%s.%s", h->station, d->place, d->component);
    c->axis = d->axis;
    c->oriented = true;
    c->azimuth_deg = d->azimuth_deg;
    c->dip_deg = d->dip_deg;
    c->rate_hz = h->rate_hz;
    c->has_time = true;
    c->t0_ns = h->record_ns - JAPAN_NS - TRIGGER_DELAY_NS;
    c->unit = UNIT_MPS2;
    c->scale = h->scale_mps2;
    c->lsb = fabs(h->scale_mps2);
    c->samples = promised_samples(h);
    c->p_s = c->s_s = NAN;
}

static int knet_scan(struct input *in, const struct trace_conf *conf, struct channels *out, struct error *err)
{
    struct header h;

    (void)conf;
    if (read_header(in, &h, err) < 0 || check_counts(in, &h, err) < 0)
        return -1;
    describe(&h, &out->at[0]);
    out->n = 1;
    out->multiplexed = false;
    return 0;
}

static int knet_open(void **cursor, struct input *in, const struct trace_conf *conf,
                     const struct channels *all, const bool *want, struct error *err)
{
    struct header h;
    struct cursor *c = NULL;

    (void)conf;
    (void)all;
    (void)want;
    *cursor = NULL;
    if (read_header(in, &h, err) < 0 || cursor_open(&c, in, &h, err) < 0)
        return -1;
    *cursor = c;
    return 0;
}

static int knet_next(void *cursor, struct piece *out, struct error *err)
{
    struct cursor *c = cursor;

    c->done += (int64_t)c->n;
    c->n = 0;
    if (fill(c, err) < 0)
        return -1;
    if (c->n == 0)
        return 0;
    *out = (struct piece){.channel = 0, .n = c->n, .value = c->value};
    return 1;
}

const struct reader reader_knet = {
    .name = "knet",
    .what = "K-NET and KiK-net ASCII, one file a component; scale and orientation from the header",
    .probe = knet_probe,
    .scan = knet_scan,
    .open = knet_open,
    .next = knet_next,
    .close = knet_close,
};
