/* geonet.c - GeoNet (New Zealand) V1A and V2A: components one after another, 16 text lines, 40 integers, 60
 * reals, then samples in mm/s^2, ten of eight columns a line.
 *
 * V2A holds corrected data: velocity and displacement follow the acceleration and are passed over, and zeros
 * were put in front, so that its first sample is earlier than the record's start by real 22. What the numbers
 * mean is taken from real files, whose text lines say the same in words. */
#include <string.h>
#include <strings.h>

#include "io/component.h"
#include "io/serial.h"
#include "io/utc.h"

enum { TEXT_LINES = 16, INTEGERS = 40, REALS = 60, PER_LINE = 10, POINTS_MAX = 100000000 };

enum { /* of the integers, counted from 0 */
       YEAR = 8,
       MONTH = 9,
       DAY = 18,
       HOUR = 19,
       POINTS = 33, /* of acceleration, velocity, displacement */
       MINUTE = 38,
       MILLISECOND = 39,
};

enum { /* of the reals */
       PADDING_S = 21,
       STEP_V1A_S = 24,
       STEP_V2A_S = 25,
};

#define MM_M          1e-3
#define STEP_PRINT_S  1e-4
#define PADDING_MAX_S 3600

static const char raw[] = "Uncorrected accelerogram ", corrected[] = "Corrected accelerogram ";

struct header {
    struct serial_text text;
    bool v2a;
    double whole[INTEGERS], real[REALS];
};

static bool begins(const char *line)
{
    return strncmp(line, raw, sizeof raw - 1) == 0 || strncmp(line, corrected, sizeof corrected - 1) == 0;
}

/* The first line and, behind it, that of the site: other archives begin alike. */
static bool geonet_probe(const unsigned char *head, size_t n)
{
    char line[SERIAL_COLUMNS];
    const unsigned char *end = memchr(head, '\n', n < 256 ? n : 256);

    serial_head_line(head, n, line);
    return begins(line) && end && n - (size_t)(end - head) > 5 && memcmp(end + 1, "Site ", 5) == 0;
}

static int wrong(struct input *in, const struct header *h, int line, const char *what, struct error *err)
{
    return error_set(err, "%s: line %lld: '%.40s' %s", input_name(in), (long long)h->text.first + line,
                     h->text.line[line], what);
}

/* "... 20161113_110256_WTMC_20 GNS Science": the site and the sensor's number, else "Site WTMC ..." */
static int read_group(struct input *in, const struct header *h, struct channel *c, struct error *err)
{
    const char *name = h->text.line[0] + (h->v2a ? sizeof corrected : sizeof raw) - 1;
    size_t n = strcspn(name, " ");
    const char *site = h->text.line[1] + 5;

    for (int parts = 0; parts < 2; parts++) {
        size_t part = strcspn(name, "_ ");
        if (name[part] != '_')
            break;
        name += part + 1;
        n -= part + 1;
        if (parts == 1) {
            component_text(c->group, 24, name, n);
            return c->group[0] ? 0 : wrong(in, h, 0, "names no site", err);
        }
    }
    component_text(c->group, 24, site, strcspn(site, " "));
    return c->group[0] ? 0 : wrong(in, h, 1, "names no site", err);
}

static int read_axis(struct input *in, const struct header *h, struct serial_part *part, struct error *err)
{
    static const char label[] = "Component ";
    const char *line = h->text.line[12], *name = line + sizeof label - 1;

    if (strncmp(line, label, sizeof label - 1) != 0 || !component_named(&part->channel, name))
        return wrong(in, h, 12, "is not 'Component' and a direction", err);
    component_text(part->name, sizeof part->name, name, strcspn(name, " "));
    return 0;
}

/* "Raw readings in units of 1.00 mm/s/s  at intervals ..."; corrected data say their unit with the peak. */
static int read_scale(struct input *in, const struct header *h, struct channel *c, struct error *err)
{
    double unit = 1;
    const char *end = strstr(h->text.line[13], "mm/s/s");

    if (!h->v2a) {
        const char *text = strstr(h->text.line[10], "in units of ");
        if (!text || !serial_leading_number(text + 12, &unit, &end) || unit < 1e-6 || unit > 1e6)
            return wrong(in, h, 10, "says no unit", err);
    }
    if (!end || strncmp(end + strspn(end, " "), "mm/s/s", 6) != 0)
        return wrong(in, h, h->v2a ? 13 : 10, "is not in mm/s/s", err);
    c->unit = UNIT_MPS2;
    c->scale = unit * MM_M;
    return 0;
}

static int read_time(struct input *in, const struct header *h, struct channel *c, struct error *err)
{
    const double *w = h->whole;
    int ms = (int)w[MILLISECOND];

    if (w[YEAR] == 0)
        return 0;
    if (ms < 0 || ms >= 60000 ||
        !utc_from_date(&c->t0_ns, (int)w[YEAR], (int)w[MONTH], (int)w[DAY], (int)w[HOUR], (int)w[MINUTE],
                       ms / 1000, ms % 1000 * INT64_C(1000000)))
        return error_set(err, "%s: line %lld: the record's start %g-%g-%g %g:%g and %g ms does not exist",
                         input_name(in), (long long)h->text.first + TEXT_LINES + 3, w[YEAR], w[MONTH], w[DAY],
                         w[HOUR], w[MINUTE], w[MILLISECOND]);
    double padding_s = h->v2a ? h->real[PADDING_S] : 0;
    if (padding_s < 0 || padding_s > PADDING_MAX_S)
        return error_set(err, "%s: line %lld: %g s of padding in front", input_name(in),
                         (long long)h->text.first + TEXT_LINES + 6, padding_s);
    c->t0_ns -= llround(padding_s * 1e9);
    c->has_time = true;
    return 0;
}

static int read_counts(struct input *in, const struct header *h, struct serial_part *part, struct error *err)
{
    const double *points = h->whole + POINTS;
    double said;

    if (serial_number(in, &h->text, "Number of points", 1, POINTS_MAX, &said, err) < 0)
        return -1;
    if (said != points[0])
        return error_set(err, "%s: line %lld: %g samples, but %g in the text above", input_name(in),
                         (long long)h->text.first + TEXT_LINES + 3, points[0], said);
    for (int i = 1; i < 3; i++) {
        if (points[i] < 0 || points[i] > POINTS_MAX)
            return error_set(err, "%s: line %lld: %g samples of velocity or displacement", input_name(in),
                             (long long)h->text.first + TEXT_LINES + 3, points[i]);
        part->after += ((int64_t)points[i] + PER_LINE - 1) / PER_LINE;
    }
    part->channel.samples = (int64_t)points[0];
    double step_s = h->real[h->v2a ? STEP_V2A_S : STEP_V1A_S];
    part->channel.rate_hz = step_s > 0 ? serial_rate(step_s, STEP_PRINT_S) : 0;
    return 0;
}

static int geonet_header(struct input *in, struct serial_part *part, struct error *err)
{
    static const struct fortran_format integers = {'I', PER_LINE, 8, -1}, reals = {'F', PER_LINE, 8, -1};
    struct header h = {0};

    int got = serial_first_line(in, &h.text, NULL, err);
    if (got <= 0)
        return got;
    if (!begins(h.text.line[0]))
        return wrong(in, &h, 0, "does not begin a component", err);
    h.v2a = h.text.line[0][0] == 'C';
    if (serial_lines(in, &h.text, TEXT_LINES, "the 16 text lines of a GeoNet header", err) < 0 ||
        fortran_header(in, &integers, INTEGERS, h.whole, "the integers of a GeoNet header", err) < 0 ||
        fortran_header(in, &reals, REALS, h.real, "the reals of a GeoNet header", err) < 0)
        return -1;
    if (read_group(in, &h, &part->channel, err) < 0 || read_axis(in, &h, part, err) < 0 ||
        read_scale(in, &h, &part->channel, err) < 0 || read_time(in, &h, &part->channel, err) < 0 ||
        read_counts(in, &h, part, err) < 0)
        return -1;
    part->motion = true;
    part->format = (struct fortran_format){'F', PER_LINE, 8, 1};
    part->channel.lsb = part->channel.scale * fortran_step(&part->format);
    return 1;
}

static const struct serial_format format = {.name = "GeoNet", .header = geonet_header};

static int geonet_scan(struct input *in, const struct trace_conf *conf, struct channels *out,
                       struct error *err)
{
    (void)conf;
    return serial_scan(&format, in, out, err);
}

static int geonet_open(void **cursor, struct input *in, const struct trace_conf *conf,
                       const struct channels *all, const bool *want, struct error *err)
{
    (void)conf;
    return serial_open(&format, cursor, in, all, want, err);
}

const struct reader reader_geonet = {
    .name = "geonet",
    .what = "GeoNet V1A and V2A text; scale, time and orientation from the header",
    .probe = geonet_probe,
    .scan = geonet_scan,
    .open = geonet_open,
    .next = serial_next,
    .close = serial_close,
};
