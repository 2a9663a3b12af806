/* cosmos.c - COSMOS V0 (raw counts) and V1 (uncorrected acceleration): components one after another, with as
 * many text lines, integers and reals as the file itself says, comment lines, and a line that announces the
 * samples:
 *
 *     13400 acceleration pts, approx  67 secs, units=g.     (02)Format=(8f9.6)
 *
 * Meanings by the description of format version 1.20 as the headers of real files bear it out. Components of
 * velocity or displacement (of V2) and those without a direction are passed over. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "io/component.h"
#include "io/serial.h"
#include "io/utc.h"

enum {
    NUMBERS_MAX = 1000, /* integers or reals of a header; the format has 100 */
    COMMENTS_MAX = 10000,
    POINTS_MAX = 100000000,
    UNKNOWN = -999,
};

enum { /* of the integers, counted from 0 */
       YEAR = 39,
       MONTH = 41,
       DAY = 42,
       HOUR = 43,
       MINUTE = 44,
       AZIMUTH_DEG = 53, /* or UP, DOWN */
       INTEGERS_MIN = 54,
       UP = 400,
       DOWN = 401,
};

enum { /* of the reals */
       LSB_MICROVOLT = 21,
       SECOND = 29,
       STEP_S = 33,
       SENSITIVITY_V_G = 41,
       REALS_MIN = 42,
};

#define GRAVITY_MPS2 9.80665
#define STEP_PRINT_S 1e-6

struct header {
    struct serial_text text;
    size_t integers, reals;
    double whole[NUMBERS_MAX], real[NUMBERS_MAX];
    char scnl[SERIAL_COLUMNS]; /* "23837.HNN.CE.--": station, channel, network, location */
};

static bool begins(const char *line)
{
    const char *version = strcasestr(line, "(Format v");

    return version && strcasestr(version, " text lines)");
}

static bool cosmos_probe(const unsigned char *head, size_t n)
{
    char line[SERIAL_COLUMNS];

    serial_head_line(head, n, line);
    return begins(line);
}

/* The next line, as a number and what follows it. */
static int counted_line(struct input *in, const char *what, double max, char **line, double *n,
                        struct error *err)
{
    int got = input_line(in, line, err);

    if (got < 0)
        return -1;
    if (got == 0)
        return error_set(err, "%s: line %lld: the file ends before its %s", input_name(in),
                         (long long)input_line_number(in), what);
    if (!serial_leading_number(*line, n, NULL) || *n < 0 || *n > max || *n != nearbyint(*n))
        return error_set(err, "%s: line %lld: '%.40s' is not a number of %s, up to %g", input_name(in),
                         (long long)input_line_number(in), *line, what, max);
    return 0;
}

/* "100 Integer-header values follow on  10 lines, Format= (10I8)" and the values */
static int read_numbers(struct input *in, const char *what, bool whole, size_t min, double *to, size_t *count,
                        struct error *err)
{
    struct fortran_format format;
    double n = 0;
    char *line;

    if (counted_line(in, what, NUMBERS_MAX, &line, &n, err) < 0)
        return -1;
    if (!strcasestr(line, whole ? "Integer-header" : "Real-header") || !fortran_format_parse(line, &format) ||
        (format.kind == 'I') != whole || n < (double)min)
        return error_set(err, "%s: line %lld: '%.40s' does not announce %zu or more %s with their format",
                         input_name(in), (long long)input_line_number(in), line, min, what);
    *count = (size_t)n;
    return fortran_header(in, &format, *count, to, what, err);
}

static int read_comments(struct input *in, struct header *h, struct error *err)
{
    static const char label[] = "|<SCNL>";
    double n = 0;
    char *line;

    h->scnl[0] = 0;
    if (counted_line(in, "comment lines", COMMENTS_MAX, &line, &n, err) < 0)
        return -1;
    for (int i = 0; i < (int)n; i++) {
        int got = input_line(in, &line, err);
        if (got < 0)
            return -1;
        if (got == 0 || *line != '|')
            return error_set(err, "%s: line %lld: not the %g comment lines promised", input_name(in),
                             (long long)input_line_number(in), n);
        if (strncmp(line, label, sizeof label - 1) == 0 && !h->scnl[0])
            snprintf(h->scnl, sizeof h->scnl, "%.*s", (int)strcspn(line + sizeof label - 1, " "),
                     line + sizeof label - 1);
    }
    return 0;
}

static bool parse_scnl(const char *scnl, struct channel *c)
{
    char station[8], channel[4], network[3], location[3];

    if (sscanf(scnl, "%7[A-Za-z0-9].%3[A-Z0-9].%2[A-Z0-9].%2[-A-Z0-9]", station, channel, network,
               location) != 4 ||
        strlen(channel) != 3)
        return false;
    const char *place = strcmp(location, "--") == 0 ? "" : location;
    snprintf(c->group, sizeof c->group, "%s.%s.%s.%.2s", network, station, place, channel);
    snprintf(c->code, sizeof c->code, "%s%c", c->group, channel[2]);
    return true;
}

/* By <SCNL>, else "Code:CE-23837". */
static void read_group(const struct header *h, struct channel *c)
{
    if (parse_scnl(h->scnl, c))
        return;
    const char *code = serial_find(&h->text, "Code:", NULL);
    if (code)
        component_text(c->group, 40, code, strcspn(code, " "));
    if (!c->group[0])
        snprintf(c->group, sizeof c->group, "cosmos");
}

/* "Sta Chan  1: 360 deg (Rcrdr Chan  1)" */
static void read_axis(const struct header *h, struct serial_part *part)
{
    double azimuth_deg = h->whole[AZIMUTH_DEG];
    const char *name = serial_find(&h->text, "Sta Chan", NULL);

    name = name ? strchr(name, ':') : NULL;
    name = name ? name + 1 + strspn(name + 1, " ") : "";
    component_text(part->name, sizeof part->name, name, strcspn(name, " "));
    part->motion = true;
    if (azimuth_deg == UP)
        component_up(&part->channel);
    else if (azimuth_deg == DOWN)
        component_down(&part->channel);
    else if (azimuth_deg >= 0 && azimuth_deg <= 360)
        component_azimuth(&part->channel, azimuth_deg);
    else
        part->motion = component_named(&part->channel, name);
    if (!part->name[0])
        snprintf(part->name, sizeof part->name, "%c", part->channel.axis ? part->channel.axis : '-');
}

static int read_time(struct input *in, const struct header *h, struct channel *c, struct error *err)
{
    const double *w = h->whole, second = h->real[SECOND];

    if (w[YEAR] <= 0 || w[MONTH] == UNKNOWN || w[DAY] == UNKNOWN || w[HOUR] == UNKNOWN ||
        w[MINUTE] == UNKNOWN || second == UNKNOWN)
        return 0;
    if (!(second >= 0 && second < 61) || !utc_from_date(&c->t0_ns, (int)w[YEAR], (int)w[MONTH], (int)w[DAY],
                                                        (int)w[HOUR], (int)w[MINUTE], 0, 0))
        return error_set(err, "%s: line %lld: the start %g-%g-%g %g:%g:%g of the header above does not exist",
                         input_name(in), (long long)input_line_number(in), w[YEAR], w[MONTH], w[DAY], w[HOUR],
                         w[MINUTE], second);
    c->t0_ns += llround(second * 1e6) * 1000;
    c->has_time = true;
    return 0;
}

/* m/s^2 of the digitiser's step; 0: not known. */
static double digitiser_step(const struct header *h)
{
    double lsb_v = h->real[LSB_MICROVOLT] * 1e-6, v_g = h->real[SENSITIVITY_V_G];

    return lsb_v > 0 && lsb_v < 1 && v_g > 1e-9 && v_g < 1e9 ? lsb_v / v_g * GRAVITY_MPS2 : 0;
}

/* "units=g.     (02)" */
static int read_scale(struct input *in, const struct header *h, const char *line, struct serial_part *part,
                      struct error *err)
{
    static const struct {
        const char *name;
        double mps2; /* 0: counts */
    } units[] = {
        {"g", GRAVITY_MPS2}, {"g.", GRAVITY_MPS2}, {"cm/sec2", 0.01}, {"cm/sec/sec", 0.01}, {"cm/s2", 0.01},
        {"cm/s/s", 0.01},    {"cm/sec**2", 0.01},  {"gal", 0.01},     {"counts", 0},        {"count", 0},
    };
    struct channel *c = &part->channel;
    double step = digitiser_step(h);
    const char *text = strcasestr(line, "units=");

    text = text ? text + 6 + strspn(text + 6, " ") : "";
    size_t n = strcspn(text, " (,");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) != n || strncasecmp(units[i].name, text, n) != 0)
            continue;
        bool counts = units[i].mps2 == 0;
        c->unit = counts && step == 0 ? UNIT_UNKNOWN : UNIT_MPS2;
        c->scale = !counts ? units[i].mps2 : step > 0 ? step : 1;
        c->lsb = step;
        if (!counts)
            c->lsb = fmax(step, c->scale * fortran_step(&part->format)); /* as printed */
        return 0;
    }
    return error_set(err, "%s: line %lld: units='%.*s' is not g, cm/sec2 or counts", input_name(in),
                     (long long)input_line_number(in), n < 20 ? (int)n : 20, text);
}

static int read_announcement(struct input *in, const struct header *h, struct serial_part *part,
                             struct error *err)
{
    struct channel *c = &part->channel;
    double n = 0;
    char *line;

    if (counted_line(in, "samples", POINTS_MAX, &line, &n, err) < 0)
        return -1;
    if (!strstr(line, "pts") || !fortran_format_parse(line, &part->format))
        return error_set(err, "%s: line %lld: '%.40s' does not announce samples with their format",
                         input_name(in), (long long)input_line_number(in), line);
    c->samples = (int64_t)n;
    c->rate_hz = h->real[STEP_S] > 0 ? serial_rate(h->real[STEP_S], STEP_PRINT_S) : 0;
    part->motion = part->motion && strcasestr(line, "acc");
    return part->motion ? read_scale(in, h, line, part, err) : 0;
}

static int read_header(struct input *in, struct header *h, struct serial_part *part, struct error *err)
{
    double lines;

    int got = serial_first_line(in, &h->text, "End-of-data", err);
    if (got <= 0)
        return got;
    const char *count = strcasestr(h->text.line[0], " with ");
    if (!begins(h->text.line[0]) || !count || !serial_leading_number(count + 6, &lines, NULL) || lines < 1 ||
        lines > SERIAL_LINES_MAX)
        return error_set(err, "%s: line %lld: '%.40s' does not begin a component with 1 to %d text lines",
                         input_name(in), (long long)h->text.first, h->text.line[0], SERIAL_LINES_MAX);
    if (serial_lines(in, &h->text, (int)lines, "the text lines of a COSMOS header", err) < 0 ||
        read_numbers(in, "integers", true, INTEGERS_MIN, h->whole, &h->integers, err) < 0 ||
        read_numbers(in, "reals", false, REALS_MIN, h->real, &h->reals, err) < 0 ||
        read_comments(in, h, err) < 0)
        return -1;
    read_group(h, &part->channel);
    read_axis(h, part);
    if (read_time(in, h, &part->channel, err) < 0 || read_announcement(in, h, part, err) < 0)
        return -1;
    return 1;
}

static int cosmos_header(struct input *in, struct serial_part *part, struct error *err)
{
    struct header h;

    return read_header(in, &h, part, err);
}

static const struct serial_format format = {.name = "COSMOS", .header = cosmos_header};

static int cosmos_scan(struct input *in, const struct trace_conf *conf, struct channels *out,
                       struct error *err)
{
    (void)conf;
    return serial_scan(&format, in, out, err);
}

static int cosmos_open(void **cursor, struct input *in, const struct trace_conf *conf,
                       const struct channels *all, const bool *want, struct error *err)
{
    (void)conf;
    return serial_open(&format, cursor, in, all, want, err);
}

const struct reader reader_cosmos = {
    .name = "cosmos",
    .what = "COSMOS V0 and V1 text; scale, time and orientation from the header",
    .probe = cosmos_probe,
    .scan = cosmos_scan,
    .open = cosmos_open,
    .next = serial_next,
    .close = serial_close,
};
