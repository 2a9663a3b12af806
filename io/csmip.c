/* csmip.c - CSMIP (California) V1 and RAW, and what others write alike (RENADIC, Chile): components one after
 * another, 13 text lines, 100 integers of 5 columns, 50 reals of 10, then
 *
 *     a title with unit, rate and format, and samples:   13200 Accelerogram points at 200 pts/sec in units of
 * g . Format: (8f9.6) or, without title, time in s and sample by turns, five pairs of 7 columns a line, in
 * g/10.
 *
 * A component whose name is no direction (INTC, a time code) is passed over. Only "Start time:" is that of
 * the first sample; a trigger's time is not, and the clocks of such recorders were often not set. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "io/component.h"
#include "io/serial.h"
#include "io/utc.h"

enum { TEXT_LINES = 13, INTEGERS = 100, REALS = 50, POINTS_MAX = 100000000 };
enum { POINTS = 27 }; /* of the integers, counted from 0; 5 columns, so 0 where it is larger */
enum { STATION_LINE = 4, PLACE_LINE = 5, CHANNEL_LINE = 6, UNIT_LINE = 11 };

#define GRAVITY_MPS2 9.80665

static const char first[] = "Uncorrected accelerogram data";

static bool csmip_probe(const unsigned char *head, size_t n)
{
    char line[SERIAL_COLUMNS];

    serial_head_line(head, n, line);
    return strncasecmp(line, first, sizeof first - 1) == 0;
}

static int wrong(struct input *in, const struct serial_text *t, int line, const char *what, struct error *err)
{
    return error_set(err, "%s: line %lld: '%.40s' %s", input_name(in), (long long)t->first + line,
                     t->line[line], what);
}

/* "Station No. 89146   40.941N"; where the number is left out, the place: "ANGOL S/N 760" */
static void read_group(const struct serial_text *t, struct channel *c)
{
    const char *station = serial_find(t, "Station No.", NULL), *place = t->line[PLACE_LINE];
    size_t n, blanks;

    if (station) {
        blanks = strspn(station, " ");
        n = strspn(station + blanks, "0123456789");
        if (blanks < 4 && n > 0 && n < 10 && station[blanks + n] == ' ') {
            component_text(c->group, 40, station + blanks, n);
            return;
        }
    }
    const char *serial = strcasestr(place, " S/N");
    const char *column = strstr(place, "   "); /* who has written the file */
    n = serial ? (size_t)(serial - place) : column ? (size_t)(column - place) : strlen(place);
    component_text(c->group, 40, place, n);
    if (!c->group[0])
        snprintf(c->group, sizeof c->group, "csmip");
}

/* "Chan  1: 360 Deg" */
static int read_axis(struct input *in, const struct serial_text *t, struct serial_part *part,
                     struct error *err)
{
    const char *line = t->line[CHANNEL_LINE], *name = strchr(line, ':');

    if (strncasecmp(line, "Chan", 4) != 0 || !name)
        return wrong(in, t, CHANNEL_LINE, "is not 'Chan', a number and a direction", err);
    name += 1 + strspn(name + 1, " ");
    part->motion = component_named(&part->channel, name);
    component_text(part->name, sizeof part->name, name, strcspn(name, " ,"));
    return 0;
}

/* "g ." or "G/10." */
static bool parse_unit(const char *text, double *unit_mps2)
{
    if (toupper((unsigned char)*text) != 'G')
        return false;
    bool tenth = strncmp(text + 1, "/10", 3) == 0;
    char next = text[tenth ? 4 : 1];
    *unit_mps2 = tenth ? GRAVITY_MPS2 / 10 : GRAVITY_MPS2;
    return !isalnum((unsigned char)next) && next != '/';
}

/* "Start time:  2/13/12, 21:06:45.0 UTC": month, day and year, of two digits or four. */
static int read_time(struct input *in, const struct serial_text *t, struct channel *c, struct error *err)
{
    int64_t line = 0;
    const char *text = serial_find(t, "Start time:", &line);
    int month, day, year, hour, minute;
    double second;
    char zone[4];

    if (!text || !isdigit((unsigned char)text[strspn(text, " ")]))
        return 0;
    if (sscanf(text, " %2d/%2d/%4d , %2d:%2d:%6lf %3s", &month, &day, &year, &hour, &minute, &second, zone) !=
            7 ||
        (strcmp(zone, "UTC") != 0 && strcmp(zone, "GMT") != 0))
        return error_set(err, "%s: line %lld: start time '%.30s' is not M/D/Y, H:M:S UTC", input_name(in),
                         (long long)line, text);
    year += year >= 100 ? 0 : year < 70 ? 2000 : 1900;
    if (!(second >= 0 && second < 61) ||
        !utc_from_date(&c->t0_ns, year, month, day, hour, minute, (int)second,
                       llround((second - (int)second) * 1e3) % 1000 * INT64_C(1000000)))
        return error_set(err, "%s: line %lld: start time '%.30s' does not exist", input_name(in),
                         (long long)line, text);
    c->has_time = true;
    return 0;
}

/* Is the next line a title, and no numbers? */
static int title_comes(struct input *in, struct error *err)
{
    const unsigned char *head;
    char line[SERIAL_COLUMNS];
    ptrdiff_t n = input_peek(in, &head, SERIAL_COLUMNS, err);

    if (n < 0)
        return -1;
    serial_head_line(head, (size_t)n, line);
    return strcasestr(line, "points") != NULL;
}

static int read_title(struct input *in, struct serial_part *part, struct error *err)
{
    struct channel *c = &part->channel;
    char *line;
    double points;

    if (input_line(in, &line, err) <= 0)
        return -1;
    long long number = (long long)input_line_number(in);
    const char *rate = strcasestr(line, "points at"), *unit = strcasestr(line, "in units of");
    if (!serial_leading_number(line, &points, NULL) || points != (double)c->samples)
        return error_set(err, "%s: line %lld: '%.20s', but %lld samples in the text above", input_name(in),
                         number, line, (long long)c->samples);
    if (!rate || !serial_leading_number(rate + 9, &c->rate_hz, NULL))
        return error_set(err, "%s: line %lld: no 'points at' a number of pts/sec", input_name(in), number);
    if (!unit || !parse_unit(unit + 11 + strspn(unit + 11, " "), &c->scale))
        return error_set(err, "%s: line %lld: 'in units of' neither g nor g/10", input_name(in), number);
    if (!fortran_format_parse(line, &part->format) || part->format.kind == 'I')
        return error_set(err, "%s: line %lld: no format such as (8F9.6)", input_name(in), number);
    return 0;
}

/* Without title. */
static int read_pairs(struct input *in, const struct serial_text *t, struct serial_part *part,
                      struct error *err)
{
    static const char label[] = "SEC AND ";
    const char *unit = strcasestr(t->line[UNIT_LINE], label);

    if (!unit || !parse_unit(unit + sizeof label - 1, &part->channel.scale))
        return wrong(in, t, UNIT_LINE, "is neither g nor g/10", err);
    part->pairs = true;
    part->format = (struct fortran_format){'F', 10, 7, 3};
    return 0;
}

static int csmip_header(struct input *in, struct serial_part *part, struct error *err)
{
    static const struct fortran_format integers = {'I', 16, 5, -1}, reals = {'F', 8, 10, -1};
    double whole[INTEGERS], real[REALS], points;
    struct serial_text t;
    struct channel *c = &part->channel;

    int got = serial_first_line(in, &t, "/&", err);
    if (got <= 0)
        return got;
    if (strncasecmp(t.line[0], first, sizeof first - 1) != 0)
        return wrong(in, &t, 0, "does not begin a component", err);
    if (serial_lines(in, &t, TEXT_LINES, "the 13 text lines of a CSMIP header", err) < 0 ||
        fortran_header(in, &integers, INTEGERS, whole, "the integers of a CSMIP header", err) < 0 ||
        fortran_header(in, &reals, REALS, real, "the reals of a CSMIP header", err) < 0 ||
        serial_number(in, &t, "No. of Points", 1, POINTS_MAX, &points, err) < 0)
        return -1;
    if (whole[POINTS] != 0 && whole[POINTS] != points)
        return error_set(err, "%s: line %lld: %g samples, but %g in the text above", input_name(in),
                         (long long)t.first + TEXT_LINES + 1, whole[POINTS], points);
    c->samples = (int64_t)points;
    read_group(&t, c);
    int title = title_comes(in, err);
    if (title < 0 || read_axis(in, &t, part, err) < 0 || read_time(in, &t, c, err) < 0 ||
        (title ? read_title(in, part, err) : read_pairs(in, &t, part, err)) < 0)
        return -1;
    c->unit = UNIT_MPS2;
    c->lsb = c->scale * fortran_step(&part->format);
    return 1;
}

static const struct serial_format format = {.name = "CSMIP", .header = csmip_header};

static int csmip_scan(struct input *in, const struct trace_conf *conf, struct channels *out,
                      struct error *err)
{
    (void)conf;
    return serial_scan(&format, in, out, err);
}

static int csmip_open(void **cursor, struct input *in, const struct trace_conf *conf,
                      const struct channels *all, const bool *want, struct error *err)
{
    (void)conf;
    return serial_open(&format, cursor, in, all, want, err);
}

const struct reader reader_csmip = {
    .name = "csmip",
    .what = "CSMIP V1 and RAW text, and RENADIC's; scale and orientation from the header",
    .probe = csmip_probe,
    .scan = csmip_scan,
    .open = csmip_open,
    .next = serial_next,
    .close = serial_close,
};
