/* tocsin synth - writes a synthetic earthquake (node/synth.h) as CSV or as three SAC files. */
#include "node/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/error.h"
#include "node/synth.h"

#define START_TEXT "2026-01-01T00:00:00Z" /* of every synthetic record: equal arguments give equal bytes */
enum { START_YEAR = 2026, START_DAY_OF_YEAR = 1, PATH_MAX_BYTES = 4096 };

static const char usage[] =
    "usage: tocsin synth [options] OUT\n"
    "Writes a synthetic earthquake record in m/s^2, up north east, with its true onsets.\n"
    "  OUT                      NAME.csv, or - for CSV on standard output, or NAME.sac for NAME.Z.sac "
    "NAME.N.sac NAME.E.sac\n"
    "  -m, --magnitude M        moment magnitude, 0..8.5 (6)\n"
    "  -d, --distance KM        of the epicentre, 0..300 (30)\n"
    "  -z, --depth KM           1..200 (10)\n"
    "  -s, --seed N             another number, another earthquake of the same size (1)\n"
    "      --azimuth DEG        from the node to the epicentre, clockwise from north (35)\n"
    "      --stress BAR         stress drop, 1..1000 (100)\n"
    "  -r, --rate HZ            20..4000 (100)\n"
    "      --before S           quiet in front of the P wave (30)\n"
    "      --after S            record behind the S onset (60)\n"
    "      --noise UG_PER_RTHZ  white noise of the sensor, 1e-6 g per root hertz (25)\n"
    "      --bits N             digitise with N bits, 4..32 (not digitised)\n"
    "      --range G            full scale of the digitiser, + and - (2)\n"
    "  -h, --help\n";

static int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int complain(const char *format, ...)
{
    va_list args;

    fputs("tocsin synth: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

enum {
    OPTION_AZIMUTH = 256,
    OPTION_STRESS,
    OPTION_BEFORE,
    OPTION_AFTER,
    OPTION_NOISE,
    OPTION_BITS,
    OPTION_RANGE
};

static const struct option options[] = {
    {"magnitude", required_argument, NULL, 'm'},
    {"distance", required_argument, NULL, 'd'},
    {"depth", required_argument, NULL, 'z'},
    {"seed", required_argument, NULL, 's'},
    {"azimuth", required_argument, NULL, OPTION_AZIMUTH},
    {"stress", required_argument, NULL, OPTION_STRESS},
    {"rate", required_argument, NULL, 'r'},
    {"before", required_argument, NULL, OPTION_BEFORE},
    {"after", required_argument, NULL, OPTION_AFTER},
    {"noise", required_argument, NULL, OPTION_NOISE},
    {"bits", required_argument, NULL, OPTION_BITS},
    {"range", required_argument, NULL, OPTION_RANGE},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Options that are one number of the configuration. */
static const struct {
    int which;
    size_t offset;
} reals[] = {
    {'m', offsetof(struct synth_conf, magnitude)},
    {'d', offsetof(struct synth_conf, distance_km)},
    {'z', offsetof(struct synth_conf, depth_km)},
    {'r', offsetof(struct synth_conf, rate_hz)},
    {OPTION_AZIMUTH, offsetof(struct synth_conf, back_azimuth_deg)},
    {OPTION_STRESS, offsetof(struct synth_conf, stress_bar)},
    {OPTION_BEFORE, offsetof(struct synth_conf, before_s)},
    {OPTION_AFTER, offsetof(struct synth_conf, after_s)},
    {OPTION_NOISE, offsetof(struct synth_conf, sensor.noise_ug_rthz)},
    {OPTION_RANGE, offsetof(struct synth_conf, sensor.range_g)},
};

static double *option_real(struct synth_conf *c, int which)
{
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        if (reals[i].which == which)
            return (double *)(void *)((char *)c + reals[i].offset);
    return NULL;
}

static const char *option_name(int which)
{
    for (const struct option *o = options; o->name; o++)
        if (o->val == which)
            return o->name;
    return "?";
}

static bool parse_real(const char *text, double *out)
{
    char *end;

    errno = 0;
    *out = strtod(text, &end);
    return end != text && *end == 0 && errno == 0 && isfinite(*out);
}

static bool parse_seed(const char *text, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0;
}

/* 0 and *path; -1: help was printed; EXIT_USAGE after a complaint. */
static int parse(int argc, char **argv, struct synth_conf *c, const char **path)
{
    int which;

    optind = 0; /* a full restart: tests call this more than once */
    opterr = 0;
    while ((which = getopt_long(argc, argv, ":m:d:z:s:r:h", options, NULL)) != -1) {
        double value = 0.0;
        double *real = option_real(c, which);

        if (which == 'h') {
            fputs(usage, stdout);
            return -1;
        }
        if (which == ':')
            return complain("%s needs a value", argv[optind - 1]);
        if (which == '?')
            return complain("unknown option %s (see --help)", argv[optind - 1]);
        if (which == 's') {
            if (!parse_seed(optarg, &c->seed))
                return complain("--seed '%s' is not a whole number from 0 on", optarg);
            continue;
        }
        if (!parse_real(optarg, &value))
            return complain("--%s '%s' is not a number", option_name(which), optarg);
        if (real) {
            *real = value;
            continue;
        }
        if (!(value >= 4.0 && value <= 32.0) || value != rint(value))
            return complain("--bits '%s' is not a whole number within 4..32", optarg);
        c->sensor.bits = (int)value;
    }
    if (argc - optind != 1)
        return complain("%s (see --help)", argc == optind ? "no OUT given" : "more than one OUT given");
    *path = argv[optind];
    return 0;
}

/* Text and bytes on their way into one descriptor; a failure is remembered until the end. */
struct sink {
    const struct sys *sys;
    int fd, failed; /* errno */
    size_t n;
    unsigned char bytes[32768];
};

static void sink_flush(struct sink *s)
{
    if (!s->failed && s->n > 0 && sys_write_all(s->sys, s->fd, s->bytes, s->n) != 0)
        s->failed = errno ? errno : EIO;
    s->n = 0;
}

static void sink_bytes(struct sink *s, const void *bytes, size_t n) /* n well below the buffer */
{
    if (s->n + n > sizeof s->bytes)
        sink_flush(s);
    memcpy(s->bytes + s->n, bytes, n);
    s->n += n;
}

static void sink_print(struct sink *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void sink_print(struct sink *s, const char *format, ...)
{
    char text[512];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n > 0)
        sink_bytes(s, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static int sink_open(struct sink *s, const struct sys *sys, const char *path, struct error *err)
{
    s->sys = sys;
    s->failed = 0;
    s->n = 0;
    s->fd = strcmp(path, "-") ? sys->open_write(sys->ctx, path) : 1;
    return s->fd < 0 ? error_set(err, "%s: cannot write: %s", path, strerror(errno)) : 0;
}

static int sink_close(struct sink *s, const char *path, struct error *err)
{
    sink_flush(s);
    if (s->fd != 1 && s->sys->close(s->sys->ctx, s->fd) != 0 && !s->failed)
        s->failed = errno;
    return s->failed ? error_set(err, "%s: cannot write: %s", path, strerror(s->failed)) : 0;
}

static int write_csv(struct sink *s, const char *path, const struct synth *r, const struct synth_conf *c,
                     struct error *err)
{
    if (sink_open(s, s->sys, path, err) != 0)
        return -1;
    sink_print(s, "# tocsin-csv 1\n# rate_hz: %.10g\n# start_utc: " START_TEXT "\n", c->rate_hz);
    sink_print(s, "# unit: m/s^2\n# gravity: removed\n# p_s: %.6f\n# s_s: %.6f\n", r->p_s, r->s_s);
    sink_print(
        s,
        "# comment: synthetic, magnitude %g, epicentre %g km, depth %g km, stress %g bar, seed %" PRIu64 "\n",
        c->magnitude, c->distance_km, c->depth_km, c->stress_bar, c->seed);
    sink_print(s, "z,n,e\n");
    for (size_t i = 0; i < r->n; i++)
        sink_print(s, "%.7g,%.7g,%.7g\n", r->value[i][AXIS_Z], r->value[i][AXIS_N], r->value[i][AXIS_E]);
    return sink_close(s, path, err);
}

/* SAC, version 6 (the layout of the SAC manual): 70 floats, 40 integers, 192 bytes of text, then the samples.
 * Words are numbered as there. */
enum {
    SAC_FLOATS = 70,
    SAC_WORDS = 110,
    SAC_TEXT = 192,
    SAC_DELTA = 0,
    SAC_B = 5,
    SAC_E = 6,
    SAC_O = 7,
    SAC_A = 8,
    SAC_T0 = 10,
    SAC_EVDP = 38,
    SAC_MAG = 39,
    SAC_DIST = 50,
    SAC_BAZ = 52,
    SAC_CMPAZ = 57,
    SAC_CMPINC = 58,
    SAC_NZYEAR = 70,
    SAC_NZJDAY = 71,
    SAC_NZMSEC = 75,
    SAC_NVHDR = 76,
    SAC_NPTS = 79,
    SAC_IFTYPE = 85,
    SAC_IDEP = 86,
    SAC_IZTYPE = 87,
    SAC_LEVEN = 105,
    SAC_LPSPOL = 106,
    SAC_LOVROK = 107,
};

static void put_u32(unsigned char *to, uint32_t v) /* little-endian on every machine */
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(v >> (8 * i));
}

static void put_float(unsigned char *to, double v)
{
    float f = (float)v;
    uint32_t bits;

    memcpy(&bits, &f, sizeof bits);
    put_u32(to, bits);
}

static void put_text(unsigned char *header, size_t at, const char *text) /* eight characters, blank-padded */
{
    for (size_t i = 0; i < 8; i++)
        header[SAC_WORDS * 4 + at + i] = *text ? (unsigned char)*text++ : ' ';
}

static void sac_header(unsigned char *h, const struct synth *r, const struct synth_conf *c, int axis)
{
    static const char *const code[AXES] = {"HNZ", "HNN", "HNE"};
    static const double azimuth[AXES] = {0.0, 0.0, 90.0}, from_up[AXES] = {0.0, 90.0, 90.0};
    const struct {
        int word;
        double value;
    } real[] = {
        {SAC_DELTA, 1.0 / c->rate_hz},
        {SAC_B, 0.0},
        {SAC_E, (double)(r->n - 1) / c->rate_hz},
        {SAC_O, r->origin_s},
        {SAC_A, r->p_s},
        {SAC_T0, r->s_s},
        {SAC_EVDP, c->depth_km},
        {SAC_MAG, c->magnitude},
        {SAC_DIST, c->distance_km},
        {SAC_BAZ, c->back_azimuth_deg},
        {SAC_CMPAZ, azimuth[axis]},
        {SAC_CMPINC, from_up[axis]},
    };
    const struct {
        int word;
        uint32_t value;
    } whole[] = {
        {SAC_NZYEAR, START_YEAR},
        {SAC_NZJDAY, START_DAY_OF_YEAR},
        {SAC_NVHDR, 6},
        {SAC_NPTS, (uint32_t)r->n},
        {SAC_IFTYPE, 1 /* time series */},
        {SAC_IDEP, 8 /* acceleration, nm/s^2 */},
        {SAC_IZTYPE, 9 /* B */},
        {SAC_LEVEN, 1},
        {SAC_LPSPOL, 1},
        {SAC_LOVROK, 1},
    };

    for (int i = 0; i < SAC_WORDS; i++) {
        if (i < SAC_FLOATS)
            put_float(h + 4 * i, -12345.0);
        else
            put_u32(h + 4 * i, i < SAC_LEVEN ? (uint32_t)-12345 : 0);
    }
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        put_float(h + 4 * real[i].word, real[i].value);
    for (int i = SAC_NZYEAR + 2; i <= SAC_NZMSEC; i++)
        put_u32(h + 4 * i, 0);
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        put_u32(h + 4 * whole[i].word, whole[i].value);
    for (size_t at = 0; at < SAC_TEXT; at += 8)
        put_text(h, at, "-12345");
    put_text(h, 0, "SYNTH");    /* kstnm */
    put_text(h, 8, "SYNTHETI"); /* kevnm: sixteen */
    put_text(h, 16, "C");
    put_text(h, 160, code[axis]); /* kcmpnm */
    put_text(h, 168, "XX");       /* knetwk: the code for no network */
}

static int write_sac(struct sink *s, const char *path, const struct synth *r, const struct synth_conf *c,
                     struct error *err)
{
    static const char letter[AXES] = {'Z', 'N', 'E'};
    char name[PATH_MAX_BYTES];
    unsigned char header[SAC_WORDS * 4 + SAC_TEXT];
    int stem = (int)(strlen(path) - strlen(".sac"));

    for (int axis = 0; axis < AXES; axis++) {
        if ((size_t)snprintf(name, sizeof name, "%.*s.%c.sac", stem, path, letter[axis]) >= sizeof name)
            return error_set(err, "%.40s...: the name is too long", path);
        if (sink_open(s, s->sys, name, err) != 0)
            return -1;
        sac_header(header, r, c, axis);
        sink_bytes(s, header, sizeof header);
        for (size_t i = 0; i < r->n; i++) {
            unsigned char word[4];
            put_float(word, r->value[i][axis] * 1e9);
            sink_bytes(s, word, sizeof word);
        }
        if (sink_close(s, name, err) != 0)
            return -1;
    }
    return 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n > m && !strcmp(text + n - m, end);
}

int cmd_synth(const struct sys *sys, int argc, char **argv)
{
    struct synth_conf conf = synth_default;
    struct synth record;
    struct error err;
    struct sink *sink;
    const char *path = NULL;
    int code = parse(argc, argv, &conf, &path), failed;
    bool sac;

    if (code != 0)
        return code < 0 ? EXIT_OK : code;
    sac = ends_with(path, ".sac");
    if (!sac && !ends_with(path, ".csv") && strcmp(path, "-"))
        return complain("OUT '%s' ends neither in .csv nor in .sac", path);
    if (synth_make(&record, sys, &conf, &err) != 0)
        return complain("%s", err.text);
    sink = sys_alloc(sys, sizeof *sink);
    if (sink) {
        sink->sys = sys;
        failed = (sac ? write_sac : write_csv)(sink, path, &record, &conf, &err);
    } else {
        failed = error_set(&err, "no memory");
    }
    sys_free(sys, sink);
    synth_free(&record, sys);
    if (failed) {
        complain("%s", err.text);
        return EXIT_FOUND;
    }
    return EXIT_OK;
}
