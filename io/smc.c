/* smc.c - SMC (USGS): one component a file, 11 text lines, 48 integers of 10 columns, 50 reals of 15, comment
 * lines, then samples in cm/s^2, eight of 10 columns a line.
 *
 * What the numbers mean is from memory of the format's description, and agrees with real files: integers 2 to
 * 7 are the time of the first sample, 13 and 14 the angle from the vertical and the azimuth, 16 the number of
 * comment lines, 17 that of samples; real 2 the rate. -32768 and 1.7e38 are what is not known. */
#include <stdio.h>
#include <string.h>

#include "io/component.h"
#include "io/serial.h"
#include "io/utc.h"

enum { TEXT_LINES = 11, INTEGERS = 48, REALS = 50, COMMENTS_MAX = 10000, UNKNOWN = -32768 };

enum { /* of the integers, counted from 0 */
       YEAR = 1,
       DAY_OF_YEAR,
       HOUR,
       MINUTE,
       SECOND,
       MILLISECOND,
       VERTICAL_DEG = 12,
       AZIMUTH_DEG = 13,
       COMMENTS = 15,
       POINTS = 16,
};
enum { RATE_HZ = 1 }; /* of the reals */

#define CM_M 0.01

static bool begins(const char *line)
{
    const char *word = line + strspn(line, " ");

    return strncmp(word, "1 UNCORRECTED ACCELEROGRAM", 26) == 0 ||
           strncmp(word, "2 CORRECTED ACCELEROGRAM", 24) == 0;
}

static bool smc_probe(const unsigned char *head, size_t n)
{
    char line[SERIAL_COLUMNS];

    serial_head_line(head, n, line);
    return begins(line);
}

/* "station = San Francisco, 1295 Shafter, F component=    360" */
static int read_names(struct input *in, const struct serial_text *t, struct serial_part *part,
                      struct error *err)
{
    const char *station = serial_find(t, "station =", NULL), *component = serial_find(t, "component=", NULL);

    if (!station || !component)
        return error_set(err, "%s: line %lld: no 'station =' and 'component=' in the %d lines above",
                         input_name(in), (long long)input_line_number(in), TEXT_LINES);
    const char *end = strcasestr(station, "component=");
    component_text(part->channel.group, 40, station, end ? (size_t)(end - station) : strlen(station));
    if (!part->channel.group[0])
        snprintf(part->channel.group, sizeof part->channel.group, "smc");
    component += strspn(component, " ");
    component_text(part->name, sizeof part->name, component, strcspn(component, " "));
    return 0;
}

/* The angles, or else the component's name. */
static int read_axis(struct input *in, const struct serial_text *t, const double *whole,
                     struct serial_part *part, struct error *err)
{
    double vertical_deg = whole[VERTICAL_DEG], azimuth_deg = whole[AZIMUTH_DEG];

    if (vertical_deg == 0)
        component_up(&part->channel);
    else if (vertical_deg == 180)
        component_down(&part->channel);
    else if (vertical_deg == 90 && azimuth_deg >= 0 && azimuth_deg <= 360)
        component_azimuth(&part->channel, azimuth_deg);
    else if (!component_named(&part->channel, part->name))
        return error_set(err, "%s: line %lld: angles %g and %g, and component '%s', are no direction",
                         input_name(in), (long long)t->first + TEXT_LINES + 1, vertical_deg, azimuth_deg,
                         part->name);
    if (!part->name[0])
        snprintf(part->name, sizeof part->name, "%c", part->channel.axis);
    return 0;
}

/* Many files give the earthquake's minute and no more: then the record has no time. */
static int read_time(struct input *in, const struct serial_text *t, const double *whole, struct channel *c,
                     struct error *err)
{
    for (int i = YEAR; i <= MILLISECOND; i++)
        if (whole[i] == UNKNOWN)
            return 0;
    int ms = (int)whole[MILLISECOND];
    if (ms < 0 || ms > 999 ||
        !utc_from_day_of_year(&c->t0_ns, (int)whole[YEAR], (int)whole[DAY_OF_YEAR], (int)whole[HOUR],
                              (int)whole[MINUTE], (int)whole[SECOND], ms * INT64_C(1000000)))
        return error_set(err, "%s: line %lld: the time %g-%g %g:%g:%g and %d ms does not exist",
                         input_name(in), (long long)t->first + TEXT_LINES, whole[YEAR], whole[DAY_OF_YEAR],
                         whole[HOUR], whole[MINUTE], whole[SECOND], ms);
    c->has_time = true;
    return 0;
}

static int skip_comments(struct input *in, int64_t n, struct error *err)
{
    char *line;

    for (int64_t i = 0; i < n; i++) {
        int got = input_line(in, &line, err);
        if (got < 0)
            return -1;
        if (got == 0)
            return error_set(err, "%s: line %lld: the file ends within %lld comment lines", input_name(in),
                             (long long)input_line_number(in), (long long)n);
        if (*line != '|')
            return error_set(err, "%s: line %lld: '%.20s' is none of the %lld comment lines promised",
                             input_name(in), (long long)input_line_number(in), line, (long long)n);
    }
    return 0;
}

static int smc_header(struct input *in, struct serial_part *part, struct error *err)
{
    static const struct fortran_format integers = {'I', 8, 10, -1}, reals = {'E', 5, 15, 7};
    double whole[INTEGERS], real[REALS];
    struct serial_text t;
    struct channel *c = &part->channel;

    int got = serial_first_line(in, &t, NULL, err);
    if (got <= 0)
        return got;
    if (!begins(t.line[0]))
        return error_set(err, "%s: line %lld: '%.40s' is no accelerogram (1 uncorrected or 2 corrected)",
                         input_name(in), (long long)t.first, t.line[0]);
    if (serial_lines(in, &t, TEXT_LINES, "the 11 text lines of an SMC header", err) < 0 ||
        fortran_header(in, &integers, INTEGERS, whole, "the integers of an SMC header", err) < 0 ||
        fortran_header(in, &reals, REALS, real, "the reals of an SMC header", err) < 0)
        return -1;
    double comments = whole[COMMENTS] == UNKNOWN ? 0 : whole[COMMENTS];
    if (comments < 0 || comments > COMMENTS_MAX)
        return error_set(err, "%s: line %lld: %g comment lines, not 0 to %d", input_name(in),
                         (long long)t.first + TEXT_LINES + 1, comments, COMMENTS_MAX);
    if (whole[POINTS] < 1)
        return error_set(err, "%s: line %lld: %g samples", input_name(in),
                         (long long)t.first + TEXT_LINES + 2, whole[POINTS]);
    if (read_names(in, &t, part, err) < 0 || read_axis(in, &t, whole, part, err) < 0 ||
        read_time(in, &t, whole, c, err) < 0 || skip_comments(in, (int64_t)comments, err) < 0)
        return -1;
    c->samples = (int64_t)whole[POINTS];
    c->rate_hz = real[RATE_HZ];
    c->unit = UNIT_MPS2;
    c->scale = CM_M;
    part->motion = true;
    part->format = (struct fortran_format){'E', 8, 10, -1};
    return 1;
}

static const struct serial_format format = {.name = "SMC", .single = true, .header = smc_header};

static int smc_scan(struct input *in, const struct trace_conf *conf, struct channels *out, struct error *err)
{
    (void)conf;
    return serial_scan(&format, in, out, err);
}

static int smc_open(void **cursor, struct input *in, const struct trace_conf *conf,
                    const struct channels *all, const bool *want, struct error *err)
{
    (void)conf;
    return serial_open(&format, cursor, in, all, want, err);
}

const struct reader reader_smc = {
    .name = "smc",
    .what = "SMC text (USGS), one file a component; orientation from the header",
    .probe = smc_probe,
    .scan = smc_scan,
    .open = smc_open,
    .next = serial_next,
    .close = serial_close,
};
