/* cwb.c - the free format of Taiwan's Central Weather Administration (formerly Bureau, CWB): one file an
 * instrument, "#Label: value" lines, then elapsed time and three components in gal.
 *
 *     #StartTime(GMT+08): 2018/02/06-23:50:29.000
 *     #RecordLength(sec): 120
 *     #DataSequence: Time U(+); N(+); E(+)
 *     #Data: 4F10.3
 *
 * Before the trigger, and after a record's end, these files hold zeros. */
#include <stdio.h>
#include <string.h>

#include "io/labels.h"
#include "io/reader.h"
#include "io/rows.h"
#include "io/utc.h"

enum { HEADER_LINES_MAX = 64, COLUMNS = 1 + AXES, DURATION_MAX_S = 30 * 86400 };

#define TAIWAN_NS (8 * 3600 * UTC_SECOND_NS)
#define GAL_MPS2  0.01

struct component {
    char axis;
    double sign;
};

struct header {
    char station[16];
    double rate_hz, length_s;
    int64_t t0_ns;
    struct component column[AXES];
    struct fortran_format format;
};

static const char *set_station(void *h, char *value)
{
    struct header *header = h;

    return labels_word(value, header->station, sizeof header->station) ? NULL : "a station's code";
}

static const char *set_time(void *h, char *value)
{
    struct header *header = h;

    if (strlen(value) > 10 && value[10] == '-')
        value[10] = ' ';
    if (!utc_parse(value, &header->t0_ns))
        return "YYYY/MM/DD-HH:MM:SS.SSS";
    header->t0_ns -= TAIWAN_NS;
    return NULL;
}

static const char *set_length(void *h, char *value)
{
    struct header *header = h;

    return labels_number(value, 0.001, DURATION_MAX_S, &header->length_s) ? NULL
                                                                          : "a length in s, at most 30 days";
}

static const char *set_rate(void *h, char *value)
{
    struct header *header = h;

    return labels_number(value, READER_RATE_MIN_HZ, READER_RATE_MAX_HZ, &header->rate_hz)
               ? NULL
               : "a rate from 1 to 20000 Hz";
}

/* "gal. DCoffset(corr)": what was corrected is not ours to undo */
static const char *set_unit(void *h, char *value)
{
    (void)h;
    return strncmp(value, "gal", 3) == 0 && strchr(". \t", value[3]) ? NULL : "gal";
}

/* "Time U(+); N(+); E(+)" */
static const char *set_sequence(void *h, char *value)
{
    static const char letters[] = "UNE", wanted[] = "Time U(+); N(+); E(+), in any order and sign";
    struct header *header = h;
    unsigned seen = 0;

    if (strncmp(value, "Time", 4) != 0)
        return wanted;
    value += 4;
    for (size_t i = 0; i < AXES; i++) {
        value += strspn(value, " \t;");
        const char *letter = *value ? strchr(letters, *value) : NULL;
        if (!letter || seen & 1u << (letter - letters) || value[1] != '(' || !value[2] ||
            !strchr("+-", value[2]) || value[3] != ')')
            return wanted;
        seen |= 1u << (letter - letters);
        header->column[i] =
            (struct component){.axis = *letter == 'U' ? 'Z' : *letter, .sign = value[2] == '-' ? -1 : 1};
        value += 4;
    }
    return value[strspn(value, " \t;")] ? wanted : NULL;
}

static const char *set_format(void *h, char *value)
{
    struct header *header = h;
    char text[32];

    snprintf(text, sizeof text, "(%.20s)", value);
    return fortran_format_parse(text, &header->format) && header->format.kind != 'I' &&
                   header->format.per_line == COLUMNS
               ? NULL
               : "a format of four columns, such as 4F10.3";
}

enum { DATA = 7 }; /* of labels: the last line of the header */

static const struct label labels[] = {
    {"#StationCode", true, set_station}, {"#StartTime(GMT+08)", true, set_time},
    {"#RecordLength", true, set_length}, {"#SampleRate", true, set_rate},
    {"#AmplitudeUnit", true, set_unit},  {"#DataSequence", true, set_sequence},
    {"#Data", true, set_format},
};

static bool cwb_probe(const unsigned char *head, size_t n)
{
    static const char first[] = "#Earthquake Information";

    return n > sizeof first && memcmp(head, first, sizeof first - 1) == 0 &&
           memchr("\r\n ", head[sizeof first - 1], 3);
}

static int read_header(struct input *in, struct header *h, struct error *err)
{
    struct labels l = {.label = labels, .n = sizeof labels / sizeof *labels};
    char *line;
    int got;

    memset(h, 0, sizeof *h);
    for (int i = 0; i < HEADER_LINES_MAX && (got = input_line(in, &line, err)) != 0; i++) {
        if (got < 0 || labels_line(&l, in, line, h, err) < 0)
            return -1;
        if (l.seen & 1u << (DATA - 1))
            return labels_complete(&l, in, err);
    }
    return error_set(err, "%s: line %lld: no line '#Data: 4F10.3' up to here", input_name(in),
                     (long long)input_line_number(in));
}

/* Consumes the header. */
static int begin(struct input *in, struct header *h, struct rows_layout *layout, struct error *err)
{
    if (read_header(in, h, err) < 0)
        return -1;
    double samples = nearbyint(h->length_s * h->rate_hz);
    if (samples < 1 || samples > ROWS_SAMPLES_MAX)
        return error_set(err, "%s: line %lld: %g s at %g Hz are no record", input_name(in),
                         (long long)input_line_number(in), h->length_s, h->rate_hz);
    *layout = (struct rows_layout){
        .columns = COLUMNS, .format = h->format, .promised = (int64_t)samples, .elapsed_rate_hz = h->rate_hz};
    return 0;
}

static void describe(const struct header *h, struct component component, int64_t samples, struct channel *c)
{
    char letter = component.axis == 'Z' ? 'U' : component.axis;

    memset(c, 0, sizeof *c);
    snprintf(c->group, sizeof c->group, "%s", h->station);
    snprintf(c->code, sizeof c->code, "%s.%c", h->station, letter);
    c->axis = component.axis;
    c->oriented = true;
    c->azimuth_deg = letter == 'E' ? 90 : 0;
    c->dip_deg = letter == 'U' ? -90 : 0;
    c->rate_hz = h->rate_hz;
    c->has_time = true;
    c->t0_ns = h->t0_ns;
    c->unit = UNIT_MPS2;
    c->scale = component.sign * GAL_MPS2;
    c->samples = samples;
    c->p_s = c->s_s = NAN;
}

static int cwb_scan(struct input *in, const struct trace_conf *conf, struct channels *out, struct error *err)
{
    struct rows_layout layout = {0};
    struct header h = {0};

    (void)conf;
    if (begin(in, &h, &layout, err) < 0 || rows_check(in, &layout, err) < 0)
        return -1;
    for (size_t i = 0; i < AXES; i++)
        describe(&h, h.column[i], layout.promised, &out->at[i]);
    out->n = AXES;
    out->multiplexed = true;
    return 0;
}

static int cwb_layout(struct input *in, struct rows_layout *layout, struct error *err)
{
    struct header h;

    return begin(in, &h, layout, err);
}

static int cwb_open(void **cursor, struct input *in, const struct trace_conf *conf,
                    const struct channels *all, const bool *want, struct error *err)
{
    return rows_open_as(cursor, in, cwb_layout, conf, all, want, err);
}

const struct reader reader_cwb = {
    .name = "cwb",
    .what = "Taiwan's CWA (CWB) free format, three components a file; scale and time from the header",
    .probe = cwb_probe,
    .scan = cwb_scan,
    .open = cwb_open,
    .next = rows_next,
    .close = rows_close,
};
