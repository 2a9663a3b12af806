/* nsmn.c - records of Turkey's strong-motion network (NSMN, AFAD): one file an instrument, header lines
 * "LABEL : value", a line of column names, then north, east and up in gal.
 *
 *     RECORD TIME             : 20/07/2017 22:30:58.000000 (GMT)
 *     NUMBER OF DATA          : 28683
 *     SAMPLING INTERVAL (sec) : 0.01
 *            N-S          E-W          U-D */
#include <stdio.h>
#include <string.h>

#include "io/labels.h"
#include "io/reader.h"
#include "io/rows.h"
#include "io/utc.h"

enum { HEADER_LINES_MAX = 64 };

#define GAL_MPS2 0.01

static const struct direction {
    const char *name, *component;
    char axis;
    double azimuth_deg, dip_deg;
} directions[AXES] = {
    {"N-S", "NS", 'N', 0, 0},
    {"E-W", "EW", 'E', 90, 0},
    {"U-D", "UD", 'Z', 0, -90},
};

struct header {
    char station[16];
    double rate_hz;
    int64_t samples, t0_ns;
    const struct direction *column[AXES];
};

static const char *set_station(void *h, char *value)
{
    struct header *header = h;

    return labels_word(value, header->station, sizeof header->station) ? NULL : "a station's code";
}

static const char *set_samples(void *h, char *value)
{
    struct header *header = h;

    return labels_whole(value, 1, ROWS_SAMPLES_MAX, &header->samples) ? NULL : "a number of samples";
}

static const char *set_interval(void *h, char *value)
{
    struct header *header = h;

    return labels_interval(value, &header->rate_hz) ? NULL : "an interval in s, of a rate from 1 to 20000 Hz";
}

/* 20/07/2017 22:30:58.000000 (GMT): the day first */
static const char *set_time(void *h, char *value)
{
    static const char zone[] = "(GMT)";
    struct header *header = h;
    char text[48];
    size_t n = strlen(value), z = sizeof zone - 1;

    if (n < 16 + z || strcmp(value + n - z, zone) != 0 || value[2] != '/' || value[5] != '/' ||
        n - z - 10 >= sizeof text - 10)
        return "DD/MM/YYYY HH:MM:SS.SSS (GMT)";
    snprintf(text, sizeof text, "%.4s-%.2s-%.2s%.*s", value + 6, value + 3, value, (int)(n - z - 10),
             value + 10);
    return utc_parse(text, &header->t0_ns) ? NULL : "DD/MM/YYYY HH:MM:SS.SSS (GMT)";
}

static const struct label labels[] = {
    {"STATION ID", true, set_station},
    {"RECORD TIME", true, set_time},
    {"NUMBER OF DATA", true, set_samples},
    {"SAMPLING INTERVAL", true, set_interval},
};

/* The name of the country was written in two ways. */
static bool nsmn_probe(const unsigned char *head, size_t n)
{
    static const char first[] = "STRONG GROUND MOTION RECORDS OF TURK";

    return n >= sizeof first && memcmp(head, first, sizeof first - 1) == 0;
}

/* The line that names the columns: their order goes into the header. */
static bool is_column_names(char *line, struct header *h)
{
    size_t found = 0;

    for (line += strspn(line, " \t\r"); *line && found < AXES; line += strspn(line, " \t\r")) {
        size_t n = strcspn(line, " \t\r"), d = 0;
        while (d < AXES && (strlen(directions[d].name) != n || memcmp(directions[d].name, line, n) != 0))
            d++;
        if (d == AXES)
            return false;
        for (size_t i = 0; i < found; i++)
            if (h->column[i] == &directions[d])
                return false;
        h->column[found++] = &directions[d];
        line += n;
    }
    return found == AXES && !*line;
}

static int read_header(struct input *in, struct header *h, struct error *err)
{
    struct labels l = {.label = labels, .n = sizeof labels / sizeof *labels};
    char *line;
    int got;

    memset(h, 0, sizeof *h);
    for (int i = 0; i < HEADER_LINES_MAX && (got = input_line(in, &line, err)) != 0; i++) {
        if (got < 0)
            return -1;
        if (is_column_names(line, h))
            return labels_complete(&l, in, err);
        if (labels_line(&l, in, line, h, err) < 0)
            return -1;
    }
    return error_set(err, "%s: line %lld: no line of the column names N-S E-W U-D up to here", input_name(in),
                     (long long)input_line_number(in));
}

/* Consumes the header. */
static int begin(struct input *in, struct header *h, struct rows_layout *layout, struct error *err)
{
    if (read_header(in, h, err) < 0)
        return -1;
    *layout = (struct rows_layout){.columns = AXES, .promised = h->samples};
    return 0;
}

static void describe(const struct header *h, const struct direction *d, struct channel *c)
{
    memset(c, 0, sizeof *c);
    snprintf(c->group, sizeof c->group, "%s", h->station);
    snprintf(c->code, sizeof c->code, "%s.%s", h->station, d->component);
    c->axis = d->axis;
    c->oriented = true;
    c->azimuth_deg = d->azimuth_deg;
    c->dip_deg = d->dip_deg;
    c->rate_hz = h->rate_hz;
    c->has_time = true;
    c->t0_ns = h->t0_ns;
    c->unit = UNIT_MPS2;
    c->scale = GAL_MPS2;
    c->samples = h->samples;
    c->p_s = c->s_s = NAN;
}

static int nsmn_scan(struct input *in, const struct trace_conf *conf, struct channels *out, struct error *err)
{
    struct rows_layout layout;
    struct header h;

    (void)conf;
    if (begin(in, &h, &layout, err) < 0 || rows_check(in, &layout, err) < 0)
        return -1;
    for (size_t i = 0; i < AXES; i++)
        describe(&h, h.column[i], &out->at[i]);
    out->n = AXES;
    out->multiplexed = true;
    return 0;
}

static int nsmn_layout(struct input *in, struct rows_layout *layout, struct error *err)
{
    struct header h;

    return begin(in, &h, layout, err);
}

static int nsmn_open(void **cursor, struct input *in, const struct trace_conf *conf,
                     const struct channels *all, const bool *want, struct error *err)
{
    return rows_open_as(cursor, in, nsmn_layout, conf, all, want, err);
}

const struct reader reader_nsmn = {
    .name = "nsmn",
    .what = "Turkey's NSMN (AFAD) ASCII, three components a file; scale and time from the header",
    .probe = nsmn_probe,
    .scan = nsmn_scan,
    .open = nsmn_open,
    .next = rows_next,
    .close = rows_close,
};
