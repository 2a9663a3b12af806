/* bhrc.c - BHRC (Iran) V1: components one after another, each "* VOL1DS FILE", 13 text lines, 14 lines of
 * numbers (cut off at column 72, nothing of them is needed), then samples in g/10, ten of 13 columns a line,
 * and "/&".
 *
 * There is no time of the record: "Origin Time" is the earthquake's. */
#include <string.h>

#include "io/component.h"
#include "io/serial.h"

enum { TEXT_LINES = 13, NUMBER_LINES = 14, POINTS_MAX = 100000000 };

#define GRAVITY_MPS2   9.80665
#define DURATION_MAX_S 1e7

static const char first[] = "* VOL1DS FILE:";

static bool bhrc_probe(const unsigned char *head, size_t n)
{
    return n >= sizeof first - 1 && memcmp(head, first, sizeof first - 1) == 0;
}

/* "5520/01" as "5520-01" */
static int read_group(struct input *in, const struct serial_text *t, struct channel *c, struct error *err)
{
    const char *name = t->line[0] + sizeof first - 1;

    component_text(c->group, 40, name, strlen(name));
    for (char *slash = c->group; (slash = strchr(slash, '/'));)
        *slash = '-';
    return c->group[0] ? 0
                       : error_set(err, "%s: line %lld: no number of the record behind '%s'", input_name(in),
                                   (long long)t->first, first);
}

/* "COMP L1" and "Azimuth L 352   T 82" */
static int read_axis(struct input *in, const struct serial_text *t, struct serial_part *part,
                     struct error *err)
{
    int64_t line = 0;
    const char *name = serial_find(t, "COMP ", &line), *azimuth = serial_find(t, "Azimuth ", NULL);
    double azimuth_deg;

    name = name ? name + strspn(name, " ") : "";
    char letter[2] = {*name, 0};
    if (!strchr("LVT", *letter) || !*letter || !component_named(&part->channel, letter))
        return line ? error_set(err, "%s: line %lld: COMP '%.10s' is not L, V or T and a number",
                                input_name(in), (long long)line, name)
                    : error_set(err, "%s: line %lld: no COMP in the header above", input_name(in),
                                (long long)input_line_number(in));
    strcpy(part->name, letter);
    const char *at = azimuth ? strchr(azimuth, *letter) : NULL;
    if (*letter != 'V' && at && serial_leading_number(at + 1, &azimuth_deg, NULL) && azimuth_deg >= 0 &&
        azimuth_deg <= 360)
        component_azimuth(&part->channel, azimuth_deg);
    return 0;
}

/* The duration is that of all samples or of the steps between them, printed to a millisecond. */
static double find_rate(double points, double duration_s)
{
    double rate_hz = points / duration_s, whole_hz = nearbyint(rate_hz);

    return whole_hz >= 1 && fabs(points / whole_hz - duration_s) < 1 / whole_hz + 1e-3 ? whole_hz : rate_hz;
}

static int bhrc_header(struct input *in, struct serial_part *part, struct error *err)
{
    struct serial_text t;
    struct channel *c = &part->channel;
    double points, duration_s;

    int got = serial_first_line(in, &t, "/&", err);
    if (got <= 0)
        return got;
    if (strncmp(t.line[0], first, sizeof first - 1) != 0)
        return error_set(err, "%s: line %lld: '%.40s' does not begin a component", input_name(in),
                         (long long)t.first, t.line[0]);
    if (serial_lines(in, &t, TEXT_LINES, "the 13 text lines of a BHRC header", err) < 0 ||
        serial_skip_lines(in, NUMBER_LINES, "the numbers of a BHRC header", err) < 0 ||
        read_group(in, &t, c, err) < 0 || read_axis(in, &t, part, err) < 0 ||
        serial_number(in, &t, "NO. OF POINTS", 1, POINTS_MAX, &points, err) < 0 ||
        serial_number(in, &t, "DURATION", 1e-3, DURATION_MAX_S, &duration_s, err) < 0)
        return -1;
    if (!serial_find(&t, "UNITS ARE SECONDS AND G/10", NULL))
        return error_set(err, "%s: line %lld: no 'UNITS ARE SECONDS AND G/10' in the header above",
                         input_name(in), (long long)input_line_number(in));
    c->samples = (int64_t)points;
    c->rate_hz = find_rate(points, duration_s);
    c->unit = UNIT_MPS2;
    c->scale = GRAVITY_MPS2 / 10;
    part->motion = true;
    part->format = (struct fortran_format){'E', 10, 13, 6};
    return 1;
}

static const struct serial_format format = {.name = "BHRC", .header = bhrc_header};

static int bhrc_scan(struct input *in, const struct trace_conf *conf, struct channels *out, struct error *err)
{
    (void)conf;
    return serial_scan(&format, in, out, err);
}

static int bhrc_open(void **cursor, struct input *in, const struct trace_conf *conf,
                     const struct channels *all, const bool *want, struct error *err)
{
    (void)conf;
    return serial_open(&format, cursor, in, all, want, err);
}

const struct reader reader_bhrc = {
    .name = "bhrc",
    .what = "BHRC V1 text (Iran); scale and orientation from the header",
    .probe = bhrc_probe,
    .scan = bhrc_scan,
    .open = bhrc_open,
    .next = serial_next,
    .close = serial_close,
};
