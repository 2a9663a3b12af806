/* esm.c - the ASCII files of the Engineering Strong-Motion database (DYNA 1.x): one component a file, header
 * lines "LABEL: value", then a sample a line.
 *
 *     SAMPLING_INTERVAL_S: 0.005000
 *     NDATA: 19128
 *     STREAM: HNZ
 *     UNITS: cm/s^2
 *
 * Labels are written in capitals and no sample begins with a letter: so the header ends, whatever lines a
 * later version adds. */
#include <stdio.h>
#include <string.h>

#include "io/labels.h"
#include "io/reader.h"
#include "io/rows.h"
#include "io/utc.h"

enum { HEADER_LINES_MAX = 256 };

struct header {
    char network[8], station[16], location[8], stream[8];
    double rate_hz;
    int64_t samples;
    bool has_time;
    int64_t t0_ns;
    const struct esm_unit *unit;
};

static const struct esm_unit {
    const char *name;
    enum unit unit;
    double size;
} units[] = {
    {"cm/s^2", UNIT_MPS2, 0.01},
    {"m/s^2", UNIT_MPS2, 1},
    {"cm/s", UNIT_MPS, 0.01},
    {"m/s", UNIT_MPS, 1},
};

static bool word_or_nothing(const char *value, char *out, size_t size)
{
    return !*value || labels_word(value, out, size);
}

static const char *set_network(void *h, char *value)
{
    struct header *header = h;

    return word_or_nothing(value, header->network, sizeof header->network) ? NULL : "a network's code";
}

static const char *set_station(void *h, char *value)
{
    struct header *header = h;

    return labels_word(value, header->station, sizeof header->station) ? NULL : "a station's code";
}

static const char *set_location(void *h, char *value)
{
    struct header *header = h;

    return word_or_nothing(value, header->location, sizeof header->location) ? NULL : "a location's code";
}

static const char *set_stream(void *h, char *value)
{
    struct header *header = h;
    size_t n = strlen(value);

    return n == 3 && strchr("ZNE123XY", value[2]) && labels_word(value, header->stream, sizeof header->stream)
               ? NULL
               : "a channel such as HNZ";
}

static const char *set_interval(void *h, char *value)
{
    struct header *header = h;

    return labels_interval(value, &header->rate_hz) ? NULL : "an interval in s, of a rate from 1 to 20000 Hz";
}

static const char *set_samples(void *h, char *value)
{
    struct header *header = h;

    return labels_whole(value, 1, ROWS_SAMPLES_MAX, &header->samples) ? NULL : "a number of samples";
}

static const char *set_unit(void *h, char *value)
{
    struct header *header = h;

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, value) == 0) {
            header->unit = &units[i];
            return NULL;
        }
    return "cm/s^2, m/s^2, cm/s or m/s";
}

/* 20190728_160919.870, or nothing */
static const char *set_time(void *h, char *value)
{
    struct header *header = h;
    char text[40];

    if (!*value)
        return NULL;
    if (strlen(value) >= 15 && value[8] == '_') {
        snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.16s", value, value + 4, value + 6, value + 9,
                 value + 11, value + 13);
        header->has_time = utc_parse(text, &header->t0_ns);
    }
    return header->has_time ? NULL : "YYYYMMDD_HHMMSS.SSS";
}

static const struct label labels[] = {
    {"NETWORK", true, set_network},
    {"STATION_CODE", true, set_station},
    {"LOCATION", false, set_location},
    {"DATE_TIME_FIRST_SAMPLE_YYYYMMDD_HHMMSS", true, set_time},
    {"SAMPLING_INTERVAL_S", true, set_interval},
    {"NDATA", true, set_samples},
    {"STREAM", true, set_stream},
    {"UNITS", true, set_unit},
};

static bool esm_probe(const unsigned char *head, size_t n)
{
    static const char first[] = "EVENT_NAME:", second[] = "\nEVENT_ID:";
    const unsigned char *newline = memchr(head, '\n', n);

    return newline && n > sizeof first && memcmp(head, first, sizeof first - 1) == 0 &&
           n - (size_t)(newline - head) > sizeof second && memcmp(newline, second, sizeof second - 1) == 0;
}

/* Does another line of the header follow? 1 yes, 0 no, -1 and err. */
static int header_goes_on(struct input *in, struct error *err)
{
    const unsigned char *next;
    ptrdiff_t n = input_peek(in, &next, 1, err);

    return n < 0 ? -1 : n > 0 && ((*next >= 'A' && *next <= 'Z') || (*next >= 'a' && *next <= 'z'));
}

static int read_header(struct input *in, struct header *h, struct error *err)
{
    struct labels l = {.label = labels, .n = sizeof labels / sizeof *labels};
    char *line;
    int got;

    memset(h, 0, sizeof *h);
    for (int i = 0; (got = header_goes_on(in, err)) > 0; i++) {
        if (i == HEADER_LINES_MAX)
            return error_set(err, "%s: line %d: a header of more than %d lines", input_name(in), i,
                             HEADER_LINES_MAX);
        if (input_line(in, &line, err) < 0 || labels_line(&l, in, line, h, err) < 0)
            return -1;
    }
    return got < 0 ? -1 : labels_complete(&l, in, err);
}

/* Consumes the header. */
static int begin(struct input *in, struct header *h, struct rows_layout *layout, struct error *err)
{
    if (read_header(in, h, err) < 0)
        return -1;
    *layout = (struct rows_layout){.columns = 1, .promised = h->samples};
    return 0;
}

static void describe(const struct header *h, struct channel *c)
{
    memset(c, 0, sizeof *c);
    snprintf(c->code, sizeof c->code, "%s.%s.%s.%s", h->network, h->station, h->location, h->stream);
    snprintf(c->group, sizeof c->group, "%.*s", (int)strlen(c->code) - 1, c->code);
    c->axis = h->stream[2];
    c->rate_hz = h->rate_hz;
    c->has_time = h->has_time;
    c->t0_ns = h->t0_ns;
    c->unit = h->unit->unit;
    c->scale = h->unit->size;
    c->samples = h->samples;
    c->p_s = c->s_s = NAN;
}

static int esm_scan(struct input *in, const struct trace_conf *conf, struct channels *out, struct error *err)
{
    struct rows_layout layout;
    struct header h;

    (void)conf;
    if (begin(in, &h, &layout, err) < 0 || rows_check(in, &layout, err) < 0)
        return -1;
    describe(&h, &out->at[0]);
    out->n = 1;
    out->multiplexed = false;
    return 0;
}

static int esm_layout(struct input *in, struct rows_layout *layout, struct error *err)
{
    struct header h;

    return begin(in, &h, layout, err);
}

static int esm_open(void **cursor, struct input *in, const struct trace_conf *conf,
                    const struct channels *all, const bool *want, struct error *err)
{
    return rows_open_as(cursor, in, esm_layout, conf, all, want, err);
}

const struct reader reader_esm = {
    .name = "esm",
    .what = "ESM / DYNA ASCII (.ASC), one file a component; scale and time from the header",
    .probe = esm_probe,
    .scan = esm_scan,
    .open = esm_open,
    .next = rows_next,
    .close = rows_close,
};
