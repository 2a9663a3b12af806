/* unam.c - the standard acceleration file (ASA 2.0) of the Instituto de Ingenieria, UNAM, Mexico: one file an
 * instrument, some 108 lines "LABEL : value" in Spanish, then up to twelve columns in gal.
 *
 *     ORIENTACION C1-C6 (rumbo;orientacion)  : /V/N00E/N90E
 *     VEL. DE MUESTREO, C1-C6 (muestras/s)   : /200/200/200
 *     HORA DE LA PRIMERA MUESTRA (GMT)       : 18:14:18
 *
 * A value a channel, each behind a stroke. The first sample has a time of day, the earthquake a date: near
 * midnight the two are of different days. */
#include <stdio.h>
#include <string.h>

#include "io/labels.h"
#include "io/reader.h"
#include "io/rows.h"
#include "io/utc.h"

enum { HEADER_LINES_MAX = 256, LINES_TO_DATA = 4, DURATION_MAX_S = 30 * 86400, VALUE_BYTES = 24 };

#define GAL_MPS2   0.01
#define DAY_NS     (86400 * UTC_SECOND_NS)
#define NEAR_NORTH 0.5 /* degrees, that a bearing may be off to be called N or E */

struct bearing {
    bool vertical;
    double azimuth_deg;
};

struct header {
    char station[16];
    size_t channels, rates, durations, counts; /* how many each of the lists has */
    struct bearing channel[ROWS_COLUMNS_MAX];
    double rate_hz, duration_s;
    int64_t samples;
    char date[16], epicentre[24], first[24];
    struct fortran_format format;
};

/* The next of "/a/b/c": false behind the last, or where it is too long. */
static bool next_value(const char **list, char value[VALUE_BYTES])
{
    const char *at = *list + strspn(*list, " \t");

    if (*at != '/')
        return false;
    at++;
    at += strspn(at, " \t");
    size_t n = strcspn(at, "/");
    *list = at + n;
    while (n > 0 && strchr(" \t", at[n - 1]))
        n--;
    if (n == 0 || n >= VALUE_BYTES)
        return false;
    memcpy(value, at, n);
    value[n] = 0;
    return true;
}

/* V, or degrees from north or south towards east or west: N10E, S80W. */
static bool parse_bearing(const char *text, struct bearing *b)
{
    double degrees;
    size_t n = strlen(text);
    char number[8];

    *b = (struct bearing){.vertical = strcmp(text, "V") == 0};
    if (b->vertical)
        return true;
    if (n < 3 || n >= sizeof number + 2 || !strchr("NS", text[0]) || !strchr("EW", text[n - 1]))
        return false;
    memcpy(number, text + 1, n - 2);
    number[n - 2] = 0;
    if (!labels_number(number, 0, 90, &degrees))
        return false;
    double towards = text[n - 1] == 'E' ? degrees : -degrees;
    b->azimuth_deg = fmod((text[0] == 'N' ? towards : 180 - towards) + 360, 360);
    return true;
}

static const char *add_orientations(void *h, char *text)
{
    struct header *header = h;
    const char *list = text;
    char value[VALUE_BYTES];

    while (next_value(&list, value)) {
        if (header->channels == ROWS_COLUMNS_MAX)
            return "twelve channels at most";
        if (!parse_bearing(value, &header->channel[header->channels++]))
            return "a list of V and of bearings such as N90E";
    }
    return list[strspn(list, " \t/")] ? "a list of V and of bearings such as N90E" : NULL;
}

/* The list's values, which must all be the same, since one table holds them. */
static bool add_same(const char *list, size_t *n, double low, double high, double *same)
{
    char text[VALUE_BYTES];

    while (next_value(&list, text)) {
        double value;
        if (!labels_number(text, low, high, &value) || (*n > 0 && value != *same))
            return false;
        *same = value;
        ++*n;
    }
    return !list[strspn(list, " \t/")];
}

static const char *add_rates(void *h, char *value)
{
    struct header *header = h;

    return add_same(value, &header->rates, READER_RATE_MIN_HZ, READER_RATE_MAX_HZ, &header->rate_hz)
               ? NULL
               : "one rate from 1 to 20000 Hz for all channels";
}

static const char *add_durations(void *h, char *value)
{
    struct header *header = h;

    return add_same(value, &header->durations, 0, DURATION_MAX_S, &header->duration_s)
               ? NULL
               : "one length in s for all channels, at most 30 days";
}

static const char *add_counts(void *h, char *value)
{
    struct header *header = h;
    double samples = (double)header->samples;

    if (!add_same(value, &header->counts, 1, ROWS_SAMPLES_MAX, &samples) || samples != floor(samples))
        return "one number of samples for all channels";
    header->samples = (int64_t)samples;
    return NULL;
}

static const char *set_station(void *h, char *value)
{
    struct header *header = h;

    return labels_word(value, header->station, sizeof header->station) ? NULL : "a station's code";
}

static const char *set_date(void *h, char *value)
{
    struct header *header = h;
    char text[32];
    int64_t ns;

    snprintf(text, sizeof text, "%.16s 00:00", value);
    return labels_word(value, header->date, sizeof header->date) && utc_parse(text, &ns) ? NULL
                                                                                         : "YYYY/MM/DD";
}

/* A time of day, or nothing. */
static const char *set_clock(char *to, size_t size, const char *value)
{
    char text[48];
    int64_t ns;

    snprintf(text, sizeof text, "2000-01-01 %.24s", value);
    if (*value && (strlen(value) >= size || !utc_parse(text, &ns)))
        return "HH:MM:SS.SSS";
    snprintf(to, size, "%s", value);
    return NULL;
}

static const char *set_epicentre(void *h, char *value)
{
    struct header *header = h;

    return set_clock(header->epicentre, sizeof header->epicentre, value);
}

static const char *set_first(void *h, char *value)
{
    struct header *header = h;

    return set_clock(header->first, sizeof header->first, value);
}

static const char *set_unit(void *h, char *value)
{
    (void)h;
    return strncmp(value, "Gal", 3) == 0 && strchr(" (", value[3]) ? NULL : "Gal";
}

static const char *set_format(void *h, char *value)
{
    struct header *header = h;
    char text[32];

    snprintf(text, sizeof text, "(%.20s)", value);
    return fortran_format_parse(text, &header->format) && header->format.kind != 'I' &&
                   header->format.per_line <= ROWS_COLUMNS_MAX
               ? NULL
               : "a format such as 3F10.4";
}

static const struct label labels[] = {
    {"CLAVE DE LA ESTACION", true, set_station},
    {"ORIENTACION C1-C6", true, add_orientations},
    {"ORIENTACION C7-C12", false, add_orientations},
    {"VEL. DE MUESTREO, C1-C6", true, add_rates},
    {"VEL. DE MUESTREO, C7-C12", false, add_rates},
    {"FECHA DEL SISMO", true, set_date},
    {"HORA EPICENTRO", false, set_epicentre},
    {"HORA DE LA PRIMERA MUESTRA", true, set_first},
    {"DURACION DEL REGISTRO (s), C1-C6", false, add_durations},
    {"DURACION DEL REGISTRO (s), C7-C12", false, add_durations},
    {"NUM. TOTAL DE MUESTRAS, C1-C6", true, add_counts},
    {"NUM. TOTAL DE MUESTRAS, C7-C12", false, add_counts},
    {"UNIDADES DE LOS DATOS", true, set_unit},
    {"FORMATO DATOS", true, set_format},
};

static bool unam_probe(const unsigned char *head, size_t n)
{
    static const char title[] = "\nARCHIVO ESTANDAR DE ACELERACION", rule[] = "**********";

    n = n < 2048 ? n : 2048; /* it stands in the seventh line */
    return n > sizeof title && memcmp(head, rule, sizeof rule - 1) == 0 &&
           memmem(head, n, title, sizeof title - 1) != NULL;
}

/* What single lines cannot contradict. */
static int check_header(struct input *in, const struct header *h, struct error *err)
{
    const char *name = input_name(in);
    long long line = (long long)input_line_number(in);

    if (h->channels == 0 || h->rates != h->channels || h->counts != h->channels ||
        (size_t)h->format.per_line != h->channels)
        return error_set(
            err,
            "%s: line %lld: %zu orientations, %zu rates, %zu numbers of samples and %d columns in the header",
            name, line, h->channels, h->rates, h->counts, h->format.per_line);
    /* Printed to 10 ms. A record that was thinned out after its header was written would be found here. */
    if (h->durations > 0 && fabs((double)h->samples - h->duration_s * h->rate_hz) > 2 + 0.01 * h->rate_hz)
        return error_set(err, "%s: line %lld: %lld samples at %g Hz are not %g s", name, line,
                         (long long)h->samples, h->rate_hz, h->duration_s);
    return 0;
}

static int read_header(struct input *in, struct header *h, struct error *err)
{
    static const char end[] = "DATOS DE ACELERACION:";
    struct labels l = {.label = labels, .n = sizeof labels / sizeof *labels};
    char *line;
    int got;

    memset(h, 0, sizeof *h);
    for (int i = 0; i < HEADER_LINES_MAX && (got = input_line(in, &line, err)) != 0; i++) {
        if (got < 0)
            return -1;
        if (strncmp(line, end, sizeof end - 1) == 0)
            return labels_complete(&l, in, err) < 0 ? -1 : check_header(in, h, err);
        if (labels_line(&l, in, line, h, err) < 0)
            return -1;
    }
    return error_set(err, "%s: line %lld: no line '%s' up to here", input_name(in),
                     (long long)input_line_number(in), end);
}

/* Over the ruler and the names of the columns. */
static int skip_to_data(struct input *in, struct error *err)
{
    char *line;

    for (int i = 0; i < LINES_TO_DATA; i++) {
        int got = input_line(in, &line, err);
        if (got < 0)
            return -1;
        if (got == 0)
            return error_set(err, "%s: line %lld: the file ends before its columns", input_name(in),
                             (long long)input_line_number(in));
    }
    return 0;
}

/* False where the header knows no time. */
static bool first_sample(const struct header *h, int64_t *ns)
{
    char text[48];
    int64_t first, epicentre;

    snprintf(text, sizeof text, "%s %s", h->date, h->first);
    if (!h->first[0] || !utc_parse(text, &first))
        return false;
    snprintf(text, sizeof text, "%s %s", h->date, h->epicentre);
    if (h->epicentre[0] && utc_parse(text, &epicentre)) {
        if (first < epicentre - DAY_NS / 2)
            first += DAY_NS;
        else if (first > epicentre + DAY_NS / 2)
            first -= DAY_NS;
    }
    *ns = first;
    return true;
}

/* Three channels are an instrument; a recorder with more of them has several. */
static void describe(const struct header *h, size_t i, struct channel *c)
{
    const struct bearing *b = &h->channel[i];
    char place[8] = "";

    memset(c, 0, sizeof *c);
    if (h->channels > AXES)
        snprintf(place, sizeof place, ".%u", (unsigned)(i / AXES + 1) & 15);
    snprintf(c->group, sizeof c->group, "%s%s", h->station, place);
    c->axis = b->vertical                                                ? 'Z'
              : fmin(b->azimuth_deg, 360 - b->azimuth_deg) <= NEAR_NORTH ? 'N'
              : fabs(b->azimuth_deg - 90) <= NEAR_NORTH                  ? 'E'
                                                                         : (char)('1' + i % AXES);
    snprintf(c->code, sizeof c->code, "%s%s.C%u.%c", h->station, place, (unsigned)(i + 1) & 15, c->axis);
    c->oriented = true;
    c->azimuth_deg = b->azimuth_deg;
    c->dip_deg = b->vertical ? -90 : 0;
    c->rate_hz = h->rate_hz;
    c->has_time = first_sample(h, &c->t0_ns);
    c->unit = UNIT_MPS2;
    c->scale = GAL_MPS2;
    c->samples = h->samples;
    c->p_s = c->s_s = NAN;
}

/* Consumes the header. */
static int begin(struct input *in, struct header *h, struct rows_layout *layout, struct error *err)
{
    if (read_header(in, h, err) < 0 || skip_to_data(in, err) < 0)
        return -1;
    *layout = (struct rows_layout){.columns = h->channels, .format = h->format, .promised = h->samples};
    return 0;
}

static int unam_scan(struct input *in, const struct trace_conf *conf, struct channels *out, struct error *err)
{
    struct rows_layout layout;
    struct header h;

    (void)conf;
    if (begin(in, &h, &layout, err) < 0 || rows_check(in, &layout, err) < 0)
        return -1;
    for (size_t i = 0; i < h.channels; i++)
        describe(&h, i, &out->at[i]);
    out->n = h.channels;
    out->multiplexed = true;
    return 0;
}

static int unam_layout(struct input *in, struct rows_layout *layout, struct error *err)
{
    struct header h;

    return begin(in, &h, layout, err);
}

static int unam_open(void **cursor, struct input *in, const struct trace_conf *conf,
                     const struct channels *all, const bool *want, struct error *err)
{
    return rows_open_as(cursor, in, unam_layout, conf, all, want, err);
}

const struct reader reader_unam = {
    .name = "unam",
    .what = "Mexico's ASA 2.0 (UNAM), all components in a file; scale, time and orientation from the header",
    .probe = unam_probe,
    .scan = unam_scan,
    .open = unam_open,
    .next = rows_next,
    .close = rows_close,
};
