#include "node/synth_out.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/mseed_write.h"

#define START_NS INT64_C(1767225600000000000) /* SYNTH_START_TEXT */

/* ---- one descriptor ---- */

int synth_sink_open(struct synth_sink *s, const struct sys *sys, const char *path, struct error *err)
{
    s->sys = sys;
    s->path = path;
    s->failed = 0;
    s->n = 0;
    s->fd = strcmp(path, "-") ? sys->open_write(sys->ctx, path) : 1;
    return s->fd < 0 ? error_set(err, "%s: cannot write: %s", path, strerror(errno)) : 0;
}

void synth_sink_flush(struct synth_sink *s)
{
    if (!s->failed && s->n > 0 && sys_write_all(s->sys, s->fd, s->bytes, s->n) != 0)
        s->failed = errno ? errno : EIO;
    s->n = 0;
}

void synth_sink_bytes(struct synth_sink *s, const void *bytes, size_t n)
{
    if (s->n + n > sizeof s->bytes)
        synth_sink_flush(s);
    memcpy(s->bytes + s->n, bytes, n);
    s->n += n;
}

void synth_sink_print(struct synth_sink *s, const char *format, ...)
{
    char text[1000];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n > 0)
        synth_sink_bytes(s, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

int synth_sink_close(struct synth_sink *s, struct error *err)
{
    synth_sink_flush(s);
    if (s->fd > 1 && s->sys->close(s->sys->ctx, s->fd) != 0 && !s->failed)
        s->failed = errno;
    s->fd = -1;
    return s->failed ? error_set(err, "%s: cannot write: %s", s->path, strerror(s->failed)) : 0;
}

/* ---- the formats ---- */

struct synth_out {
    const struct sys *sys;
    struct synth_out_conf conf;
    double lsb_mps2;
    int sinks;
    struct mseed_write *mseed;
    char name[AXES][SYNTH_NAME_MAX];
    struct synth_sink sink[AXES]; /* one, but for SAC */
};

static const char *instrument(double rate_hz) /* SEED's band codes, N: an accelerometer */
{
    return rate_hz < 80.0 ? "BN" : rate_hz < 250.0 ? "HN" : rate_hz < 1000.0 ? "CN" : "FN";
}

int synth_stem(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');

    return (int)(dot && dot > name ? (size_t)(dot - path) : strlen(path));
}

/* path without its ending, with another; axis 0: none in between. */
static int name_make(char *name, const char *path, char axis, const char *ending, struct error *err)
{
    int stem = synth_stem(path), n;

    n = axis ? snprintf(name, SYNTH_NAME_MAX, "%.*s.%c%s", stem, path, axis, ending)
             : snprintf(name, SYNTH_NAME_MAX, "%.*s%s", stem, path, ending);
    return n < SYNTH_NAME_MAX ? 0 : error_set(err, "%.40s...: the name is too long", path);
}

int synth_out_name(const struct synth_out_conf *conf, int i, char name[SYNTH_NAME_MAX], struct error *err)
{
    bool alone = conf->format == SYNTH_CSV || strcmp(conf->path, "-") == 0;

    if (i >= (alone ? 1 : conf->format == SYNTH_SAC ? AXES : 2))
        return 0;
    if (conf->format == SYNTH_SAC && !alone)
        return name_make(name, conf->path, "ZNE"[i], ".sac", err) < 0 ? -1 : 1;
    if (i == 1)
        return name_make(name, conf->path, 0, ".xml", err) < 0 ? -1 : 1;
    if (strlen(conf->path) >= SYNTH_NAME_MAX)
        return error_set(err, "%.40s...: the name is too long", conf->path);
    strcpy(name, conf->path);
    return 1;
}

static int open_csv(struct synth_out *o, struct error *err)
{
    const struct synth_out_conf *c = &o->conf;
    struct synth_sink *s = &o->sink[0];

    o->sinks = 1;
    if (synth_sink_open(s, o->sys, c->path, err) != 0)
        return -1;
    synth_sink_print(s, "# tocsin-csv 1\n# rate_hz: %.10g\n# start_utc: " SYNTH_START_TEXT "\n",
                     c->quake->rate_hz);
    synth_sink_print(s, "# unit: m/s^2\n# gravity: removed\n");
    if (c->record)
        synth_sink_print(s, "# p_s: %.6f\n# s_s: %.6f\n", c->record->p_s, c->record->s_s);
    synth_sink_print(s, "# comment: %s\n", c->comment);
    synth_sink_print(s, "z,n,e\n");
    return 0;
}

static int open_sac(struct synth_out *o, struct error *err)
{
    for (int a = 0; a < AXES; a++) {
        if (name_make(o->name[a], o->conf.path, "ZNE"[a], ".sac", err) != 0 ||
            synth_sink_open(&o->sink[a], o->sys, o->name[a], err) != 0)
            return -1;
        o->sinks = a + 1;
        synth_sac_header(&o->sink[a], &o->conf, a);
    }
    return 0;
}

static int write_stationxml(struct synth_out *o, struct error *err)
{
    static const int azimuth[AXES] = {0, 0, 90}, dip[AXES] = {-90, 0, 0};
    struct synth_sink *s = &o->sink[0];

    if (name_make(o->name[0], o->conf.path, 0, ".xml", err) != 0 ||
        synth_sink_open(s, o->sys, o->name[0], err) != 0)
        return -1;
    synth_sink_print(s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<FDSNStationXML xmlns=\"http://www.fdsn.org/xml/station/1\" schemaVersion=\"1.1\">\n"
                        "<Source>tocsin synth</Source><Created>" SYNTH_START_TEXT "</Created>\n"
                        "<Network code=\"XX\"><Station code=\"SYNTH\"><Latitude>0</Latitude>"
                        "<Longitude>0</Longitude><Elevation>0</Elevation><Site><Name>none</Name></Site>\n");
    for (int a = 0; a < AXES; a++)
        synth_sink_print(s,
                         "<Channel code=\"%s%c\" locationCode=\"00\" startDate=\"2020-01-01T00:00:00Z\">"
                         "<Latitude>0</Latitude><Longitude>0</Longitude><Elevation>0</Elevation>"
                         "<Depth>0</Depth><Azimuth>%d</Azimuth><Dip>%d</Dip><SampleRate>%.10g</SampleRate>"
                         "<Response><InstrumentSensitivity><Value>%.12g</Value><Frequency>1</Frequency>"
                         "<InputUnits><Name>m/s**2</Name></InputUnits><OutputUnits><Name>counts</Name>"
                         "</OutputUnits></InstrumentSensitivity></Response></Channel>\n",
                         instrument(o->conf.quake->rate_hz), "ZNE"[a], azimuth[a], dip[a],
                         o -> conf.quake->rate_hz, 1.0 / o->lsb_mps2);
    synth_sink_print(s, "</Station></Network></FDSNStationXML>\n");
    return synth_sink_close(s, err);
}

static int open_mseed(struct synth_out *o, struct error *err)
{
    struct mseed_write_conf c = {.network = "XX",
                                 .station = "SYNTH",
                                 .location = "00",
                                 .instrument = instrument(o->conf.quake->rate_hz),
                                 .rate_hz = o->conf.quake->rate_hz,
                                 .start_ns = START_NS,
                                 .path = o->conf.path};

    if (o->lsb_mps2 <= 0.0 || o->conf.quake->sensor.bits > 29)
        return error_set(err, "miniSEED needs a digitiser: --bits 4 to 29");
    if (strcmp(o->conf.path, "-") != 0 && write_stationxml(o, err) != 0)
        return -1;
    if (synth_sink_open(&o->sink[0], o->sys, o->conf.path, err) != 0)
        return -1;
    o->sinks = 1;
    return mseed_write_open(&o->mseed, o->sys, o->sink[0].fd, &c, err);
}

int synth_out_open(struct synth_out **out, const struct sys *sys, const struct synth_out_conf *conf,
                   struct error *err)
{
    struct synth_out *o = sys_alloc(sys, sizeof *o);
    struct error ignored;
    int failed;

    *out = NULL;
    if (!o)
        return error_set(err, "%s: out of memory", conf->path);
    o->sys = sys;
    o->conf = *conf;
    o->lsb_mps2 = synth_sensor_lsb_mps2(&conf->quake->sensor);
    for (int a = 0; a < AXES; a++)
        o->sink[a].fd = -1;
    failed = conf->format == SYNTH_CSV   ? open_csv(o, err)
             : conf->format == SYNTH_SAC ? open_sac(o, err)
                                         : open_mseed(o, err);
    if (failed)
        synth_out_close(o, &ignored);
    else
        *out = o;
    return failed;
}

static int put_counts(struct synth_out *o, double (*value)[AXES], size_t n, struct error *err)
{
    enum { PIECE = 256 };
    int32_t counts[PIECE][AXES];

    for (size_t done = 0; done < n;) {
        size_t run = n - done < PIECE ? n - done : PIECE;

        for (size_t i = 0; i < run; i++)
            for (int a = 0; a < AXES; a++)
                counts[i][a] = (int32_t)rint(value[done + i][a] / o->lsb_mps2);
        if (mseed_write_put(o->mseed, (const int32_t(*)[AXES])counts, run, err) != 0)
            return -1;
        done += run;
    }
    return 0;
}

int synth_out_put(struct synth_out *o, double (*value)[AXES], size_t n, struct error *err)
{
    if (o->mseed)
        return put_counts(o, value, n, err);
    for (size_t i = 0; i < n; i++) {
        if (o->sinks == 1)
            synth_sink_print(&o->sink[0], "%.7g,%.7g,%.7g\n", value[i][AXIS_Z], value[i][AXIS_N],
                             value[i][AXIS_E]);
        else
            for (int a = 0; a < AXES; a++)
                synth_sac_sample(&o->sink[a], value[i][a]);
    }
    for (int a = 0; a < o->sinks; a++)
        if (o->sink[a].failed)
            return error_set(err, "%s: cannot write: %s", o->sink[a].path, strerror(o->sink[a].failed));
    return 0;
}

int synth_out_close(struct synth_out *o, struct error *err)
{
    struct error later; /* only the first failure is told */
    int failed = 0;

    if (o->mseed)
        failed = mseed_write_flush(o->mseed, err);
    mseed_write_close(o->mseed);
    for (int a = 0; a < AXES; a++)
        if (o->sink[a].fd >= 0)
            failed = synth_sink_close(&o->sink[a], failed ? &later : err) < 0 ? -1 : failed;
    sys_free(o->sys, o);
    return failed;
}
