#include "io/stationxml.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/utc.h"
#include "io/xml.h"

#define CHANNEL "FDSNStationXML/Network/Station/Channel"

struct epoch {
    char network[16], station[16], location[16], channel[16];
    int64_t start_ns, end_ns;
    bool has_azimuth, has_dip;
    struct stationxml_channel is;
};

struct stationxml {
    const struct sys *sys;
    struct epoch *epoch;
    size_t n, room;
};

/* What is being read: the codes in force, and the epoch that is filled. */
struct building {
    struct stationxml *x;
    char network[16], station[16];
};

/* ---- units ---- */

/* Names of units in StationXML files, blanks taken off and in capitals. */
static const struct {
    const char *name;
    enum unit unit;
} unit_names[] = {
    {"M/S**2", UNIT_MPS2},   {"M/S^2", UNIT_MPS2},   {"M/S2", UNIT_MPS2},     {"M/S/S", UNIT_MPS2},
    {"M/(S**2)", UNIT_MPS2}, {"M/(S^2)", UNIT_MPS2}, {"M/SEC**2", UNIT_MPS2}, {"M/SEC/SEC", UNIT_MPS2},
    {"M*S**-2", UNIT_MPS2},  {"M/S", UNIT_MPS},      {"M/SEC", UNIT_MPS},
};
static const struct {
    const char *prefix;
    double to_si;
} unit_prefixes[] = {{"", 1}, {"C", 1e-2}, {"M", 1e-3}, {"U", 1e-6}, {"N", 1e-9}, {"P", 1e-12}};

static void understand_units(struct stationxml_channel *c)
{
    char name[sizeof c->input_units];
    size_t n = 0;

    c->unit = UNIT_UNKNOWN;
    c->to_si = 1;
    for (const char *s = c->input_units; *s; s++)
        if (*s != ' ')
            name[n++] = (char)toupper((unsigned char)*s);
    name[n] = 0;
    if (strcmp(name, "GAL") == 0) {
        c->unit = UNIT_MPS2;
        c->to_si = 0.01;
        return;
    }
    for (size_t p = 0; p < sizeof unit_prefixes / sizeof *unit_prefixes; p++) {
        size_t length = strlen(unit_prefixes[p].prefix);
        for (size_t i = 0; i < sizeof unit_names / sizeof *unit_names; i++)
            if (strncmp(name, unit_prefixes[p].prefix, length) == 0 &&
                strcmp(name + length, unit_names[i].name) == 0) {
                c->unit = unit_names[i].unit;
                c->to_si = unit_prefixes[p].to_si;
                return;
            }
    }
}

/* ---- reading ---- */

static void clean(char *code)
{
    size_t n = strlen(code);

    while (n > 0 && code[n - 1] == ' ')
        code[--n] = 0;
}

/* Years like 2599 and 3000 stand for "still running". */
static int read_date(const struct xml_attributes *attributes, const char *name, int64_t absent, int64_t *ns,
                     struct error *err)
{
    char text[40];

    *ns = absent;
    if (!xml_attribute(attributes, name, text, sizeof text) || !*text)
        return 0;
    if (strlen(text) == 10)
        strcat(text, "T00:00:00"); /* a date alone */
    if (utc_parse(text, ns))
        return 0;
    long year = strtol(text, NULL, 10);
    if (year > UTC_YEAR_MAX && year <= 9999)
        *ns = INT64_MAX;
    else if (year > 0 && year < UTC_YEAR_MIN)
        *ns = INT64_MIN;
    else
        return error_set(err, "%s '%s' is no time", name, text);
    return 0;
}

static int add_epoch(struct building *b, const struct xml_attributes *attributes, struct error *err)
{
    struct stationxml *x = b->x;

    if (x->n == STATIONXML_EPOCHS_MAX)
        return error_set(err, "more than %d channel epochs; ask for one station only", STATIONXML_EPOCHS_MAX);
    if (x->n == x->room) {
        size_t room = x->room ? x->room * 2 : 16;
        struct epoch *epoch = sys_alloc(x->sys, room * sizeof *epoch);
        if (!epoch)
            return error_set(err, "out of memory");
        if (x->n > 0)
            memcpy(epoch, x->epoch, x->n * sizeof *epoch);
        sys_free(x->sys, x->epoch);
        x->epoch = epoch;
        x->room = room;
    }
    struct epoch *e = &x->epoch[x->n++];
    memset(e, 0, sizeof *e);
    e->is.to_si = 1;
    snprintf(e->network, sizeof e->network, "%s", b->network);
    snprintf(e->station, sizeof e->station, "%s", b->station);
    xml_attribute(attributes, "code", e->channel, sizeof e->channel);
    xml_attribute(attributes, "locationCode", e->location, sizeof e->location);
    clean(e->channel);
    clean(e->location);
    if (strcmp(e->location, "--") == 0)
        e->location[0] = 0;
    if (read_date(attributes, "startDate", INT64_MIN, &e->start_ns, err) < 0 ||
        read_date(attributes, "endDate", INT64_MAX, &e->end_ns, err) < 0)
        return -1;
    return 0;
}

static int on_start(void *ctx, const char *path, const struct xml_attributes *attributes, struct error *err)
{
    struct building *b = ctx;

    if (!strchr(path, '/') && strcmp(path, "FDSNStationXML") != 0)
        return error_set(err, "the root element is '%s', not FDSNStationXML", path);
    if (strcmp(path, "FDSNStationXML/Network") == 0) {
        xml_attribute(attributes, "code", b->network, sizeof b->network);
        clean(b->network);
    } else if (strcmp(path, "FDSNStationXML/Network/Station") == 0) {
        xml_attribute(attributes, "code", b->station, sizeof b->station);
        clean(b->station);
    } else if (strcmp(path, CHANNEL) == 0) {
        return add_epoch(b, attributes, err);
    }
    return 0;
}

static int read_number(const char *what, const char *text, double *out, struct error *err)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end || !isfinite(value))
        return error_set(err, "%s '%.40s' is no number", what, text);
    *out = value;
    return 0;
}

static int on_end(void *ctx, const char *path, const char *text, struct error *err)
{
    struct building *b = ctx;

    if (strncmp(path, CHANNEL "/", sizeof CHANNEL) != 0)
        return 0;
    const char *inner = path + sizeof CHANNEL;
    struct epoch *e = &b->x->epoch[b->x->n - 1];
    struct stationxml_channel *c = &e->is;
    if (strcmp(inner, "Azimuth") == 0) {
        e->has_azimuth = true;
        return read_number(inner, text, &c->azimuth_deg, err);
    }
    if (strcmp(inner, "Dip") == 0) {
        e->has_dip = true;
        return read_number(inner, text, &c->dip_deg, err);
    }
    if (strcmp(inner, "Response/InstrumentSensitivity/Value") == 0)
        return read_number("InstrumentSensitivity", text, &c->sensitivity, err);
    if (strcmp(inner, "Response/InstrumentSensitivity/InputUnits/Name") == 0) {
        snprintf(c->input_units, sizeof c->input_units, "%s", text);
        understand_units(c);
    }
    if (!c->sensor[0] && (strcmp(inner, "Sensor/Description") == 0 || strcmp(inner, "Sensor/Model") == 0 ||
                          strcmp(inner, "Sensor/Type") == 0))
        snprintf(c->sensor, sizeof c->sensor, "%s", text);
    return 0;
}

bool stationxml_probe(const unsigned char *head, size_t n)
{
    size_t i = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (i < n && (head[i] == ' ' || head[i] == '\t' || head[i] == '\r' || head[i] == '\n'))
        i++;
    return i < n && head[i] == '<' && memmem(head, n, "FDSNStationXML", 14) != NULL;
}

int stationxml_read(struct stationxml **out, struct input *in, struct error *err)
{
    static const struct xml_handler handler = {on_start, on_end};
    const struct sys *sys = input_sys(in);
    struct stationxml *x = sys_alloc(sys, sizeof *x);
    struct building b = {.x = x};

    *out = NULL;
    if (!x)
        return error_set(err, "%s: out of memory", input_name(in));
    x->sys = sys;
    if (xml_read(in, &handler, &b, err) < 0) {
        stationxml_close(x);
        return -1;
    }
    for (size_t i = 0; i < x->n; i++)
        x->epoch[i].is.has_orientation = x->epoch[i].has_azimuth && x->epoch[i].has_dip;
    *out = x;
    return 0;
}

int stationxml_open(struct stationxml **out, const struct sys *sys, const char *path, struct error *err)
{
    struct input *in;

    *out = NULL;
    if (input_open(&in, sys, path, err) < 0)
        return -1;
    int result = stationxml_read(out, in, err);
    input_close(in);
    return result;
}

void stationxml_close(struct stationxml *x)
{
    if (!x)
        return;
    sys_free(x->sys, x->epoch);
    sys_free(x->sys, x);
}

/* ---- looking up ---- */

/* How far t lies outside of an epoch; 0 inside. In double: the open ends are the ends of int64. */
static double distance_ns(const struct epoch *e, int64_t t_ns)
{
    return t_ns < e->start_ns ? (double)e->start_ns - (double)t_ns
           : t_ns > e->end_ns ? (double)t_ns - (double)e->end_ns
                              : 0;
}

bool stationxml_find(const struct stationxml *x, const char *network, const char *station,
                     const char *location, const char *channel, int64_t t_ns, struct stationxml_channel *out)
{
    const struct epoch *best = NULL;
    double best_distance = 0;

    if (strcmp(location, "--") == 0)
        location = "";
    for (size_t i = 0; i < x->n; i++) {
        const struct epoch *e = &x->epoch[i];
        if (strcmp(e->channel, channel) != 0 || strcmp(e->station, station) != 0 ||
            strcmp(e->network, network) != 0 || strcmp(e->location, location) != 0)
            continue;
        double distance = distance_ns(e, t_ns);
        if (!best || distance < best_distance ||
            (distance == best_distance && e->start_ns >= best->start_ns)) {
            best = e;
            best_distance = distance;
        }
    }
    if (!best)
        return false;
    *out = best->is;
    out->epoch_matched = best_distance == 0;
    out->end_ns = best->end_ns;
    return true;
}
