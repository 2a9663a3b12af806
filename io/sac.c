/* sac.c - SAC binary files: one evenly sampled component each, versions 6 and 7, either byte order.
 *
 * 632 bytes of header (70 floats, 40 integers, 192 characters), NPTS floats, in version 7 a footer of 22
 * doubles. Layout and the meaning of the fields follow the SAC users' manual; field numbers are from memory
 * and were checked against real files of four networks.
 *
 * The unit is never taken from IDEP: files marked as acceleration (nm/s^2 by the manual) hold g, m/s^2 or
 * counts in practice, so the samples are of unknown unit, scale 1, until --scale says otherwise. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "io/reader.h"
#include "io/trace.h"
#include "io/utc.h"

enum {
    HEADER_BYTES = 632,
    FOOTER_BYTES = 22 * 8, /* version 7 */
    FLOATS = 70,
    INTS = 40,
    INTS_AT = 280,
    TEXT_AT = 440,
    TEXT_BYTES = 8,
    PIECE = 4096,
    SAC_TIME_SERIES = 1, /* ITIME */
};

enum {
    DELTA = 0,
    B = 5,
    A = 8,
    T0 = 10,
    USER2 = 42,
    USER3 = 43,
    CMPAZ = 57,
    CMPINC = 58
}; /* index of a float */
enum {
    NZYEAR,
    NZJDAY,
    NZHOUR,
    NZMIN,
    NZSEC,
    NZMSEC,
    NVHDR,
    NPTS = 9,
    IFTYPE = 15,
    LEVEN = 35
};                                                                       /* of an integer */
enum { KSTNM = 0, KHOLE = 24, KCMPNM = 160, KNETWK = 168, KINST = 184 }; /* byte in the text */

#define UNDEFINED (-12345)
#define B_MAX_S   1e8 /* three years from the reference time: more is no start of a record */

struct header {
    bool big; /* most significant byte first */
    float real[FLOATS];
    int32_t whole[INTS];
    char text[HEADER_BYTES - TEXT_AT];
};

struct cursor {
    struct input *in;
    bool big, checked_end;
    int version;
    int64_t promised, left;
    unsigned char raw[PIECE * 4];
    double value[PIECE];
};

static uint32_t word(const unsigned char *at, bool big)
{
    if (big)
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static float word_float(const unsigned char *at, bool big)
{
    uint32_t bits = word(at, big);
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static int32_t whole(const unsigned char *head, int index, bool big)
{
    return (int32_t)word(head + INTS_AT + 4 * index, big);
}

/* The byte order in which the header's version makes sense; false: in none. */
static bool byte_order(const unsigned char *head, bool *big)
{
    for (int order = 0; order < 2; order++) {
        int32_t version = whole(head, NVHDR, order);
        *big = order;
        if (version == 6 || version == 7)
            return true;
    }
    return false;
}

/* Version, file type and flags sit behind floats that may hold anything, so a chance match is less than one
 * in 2^70. */
static bool sac_probe(const unsigned char *head, size_t n)
{
    bool big;

    if (n < INTS_AT + 4 * (LEVEN + 1) || !byte_order(head, &big))
        return false;
    int32_t type = whole(head, IFTYPE, big), even = whole(head, LEVEN, big);
    return (type == UNDEFINED || (type >= 0 && type < 100)) && (even == UNDEFINED || even == 0 || even == 1);
}

static int read_header(struct input *in, struct header *h, struct error *err)
{
    unsigned char head[HEADER_BYTES];
    ptrdiff_t n = input_read(in, head, sizeof head, err);

    if (n < 0)
        return -1;
    if (n == 0)
        return error_set(err, "%s: byte 0: the file is empty", input_name(in));
    if (n < HEADER_BYTES)
        return error_set(err, "%s: byte %lld: the file ends within the %d bytes of a SAC header",
                         input_name(in), (long long)n, HEADER_BYTES);
    if (!byte_order(head, &h->big))
        return error_set(err, "%s: byte %d: header version %d is none of SAC's (6, 7): not a SAC file",
                         input_name(in), INTS_AT + 4 * NVHDR, (int)whole(head, NVHDR, false));
    for (int i = 0; i < FLOATS; i++)
        h->real[i] = word_float(head + 4 * i, h->big);
    for (int i = 0; i < INTS; i++)
        h->whole[i] = whole(head, i, h->big);
    memcpy(h->text, head + TEXT_AT, sizeof h->text);
    return 0;
}

static bool defined(const struct header *h, int index)
{
    return h->real[index] != (float)UNDEFINED && isfinite(h->real[index]);
}

/* A word of the header as part of a name: up to a NUL, without the blanks behind; empty where undefined. */
static void name_part(char out[TEXT_BYTES + 1], const struct header *h, int at)
{
    size_t n = 0;

    while (n < TEXT_BYTES && h->text[at + (int)n]) {
        unsigned char c = (unsigned char)h->text[at + (int)n];
        out[n++] = isgraph(c) && c != '.' ? (char)c : c == ' ' ? ' ' : '_';
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = 0;
    if (strncmp(out, "-12345", 6) == 0)
        out[0] = 0;
    for (char *c = out; *c; c++)
        if (*c == ' ')
            *c = '_';
}

/* DELTA is a float: 0.01f is 0.00999999977648258. The roundest rate whose step is that very float was meant.
 */
static double meant_rate(float delta_s)
{
    double rate = 1 / (double)delta_s, unit = 1;

    for (int decimals = 0; decimals <= 6; decimals++, unit *= 10) {
        double round = nearbyint(rate * unit) / unit;
        if ((float)(1 / round) == delta_s)
            return round;
    }
    return rate;
}

static int check_sampling(struct input *in, const struct header *h, struct channel *c, struct error *err)
{
    const char *name = input_name(in);
    float delta = h->real[DELTA];

    if (h->whole[IFTYPE] != SAC_TIME_SERIES)
        return error_set(err, "%s: byte %d: file type %d is no time series (1)", name, INTS_AT + 4 * IFTYPE,
                         (int)h->whole[IFTYPE]);
    if (h->whole[LEVEN] != 1)
        return error_set(err, "%s: byte %d: LEVEN is %d: not evenly sampled; resample it first", name,
                         INTS_AT + 4 * LEVEN, (int)h->whole[LEVEN]);
    if (!(delta > 0) || !isfinite(delta))
        return error_set(err, "%s: byte 0: DELTA is %g s: no sampling interval", name, (double)delta);
    c->rate_hz = meant_rate(delta);
    if (c->rate_hz < READER_RATE_MIN_HZ || c->rate_hz > READER_RATE_MAX_HZ)
        return error_set(err, "%s: byte 0: DELTA is %g s, %g samples a second: outside %g to %g", name,
                         (double)delta, c->rate_hz, READER_RATE_MIN_HZ, READER_RATE_MAX_HZ);
    if (h->whole[NPTS] <= 0)
        return error_set(err, "%s: byte %d: NPTS is %d: no samples", name, INTS_AT + 4 * NPTS,
                         (int)h->whole[NPTS]);
    c->samples = h->whole[NPTS];
    return 0;
}

/* The first sample is at the reference time plus B; A and T0 count from the reference time too. */
static int read_times(struct input *in, const struct header *h, struct channel *c, struct error *err)
{
    const int32_t *nz = h->whole;
    double b_s = defined(h, B) ? (double)h->real[B] : 0;

    if (!isfinite(h->real[B]) || fabs(b_s) > B_MAX_S)
        return error_set(err, "%s: byte %d: B is %g s: no start of a record", input_name(in), 4 * B,
                         (double)h->real[B]);
    c->p_s = defined(h, A) ? (double)h->real[A] - b_s : NAN;
    c->s_s = defined(h, T0) ? (double)h->real[T0] - b_s : NAN;
    for (int i = NZYEAR; i <= NZSEC; i++)
        if (nz[i] == UNDEFINED)
            return 0;
    int64_t ms = nz[NZMSEC] == UNDEFINED ? 0 : nz[NZMSEC];
    if (ms < 0 || ms > 999 ||
        !utc_from_day_of_year(&c->t0_ns, nz[NZYEAR], nz[NZJDAY], nz[NZHOUR], nz[NZMIN], nz[NZSEC],
                              ms * 1000000))
        return error_set(err, "%s: byte %d: reference time %d-%d %d:%d:%d.%d does not exist", input_name(in),
                         INTS_AT, nz[NZYEAR], nz[NZJDAY], nz[NZHOUR], nz[NZMIN], nz[NZSEC], (int)ms);
    c->t0_ns += llround(b_s * 1e6) * 1000; /* a float holds no more than microseconds */
    c->has_time = true;
    return 0;
}

/* Between two azimuths, as lines: 0 to 90. */
static double azimuth_apart_deg(double a_deg, double b_deg)
{
    double d = fmod(fabs(a_deg - b_deg), 180);

    return d > 90 ? 180 - d : d;
}

/* Does the orientation agree with what the component's letter says? Files exist whose three components all
 * claim to be vertical; an orientation like that is worse than none. */
static bool agrees(char axis, double azimuth_deg, double incidence_deg)
{
    bool upright = incidence_deg <= 45 || incidence_deg >= 135;

    switch (axis) {
    case 'Z':
        return upright;
    case 'N':
        return !upright && azimuth_apart_deg(azimuth_deg, 0) <= 45;
    case 'E':
        return !upright && azimuth_apart_deg(azimuth_deg, 90) <= 45;
    case '1':
    case '2':
    case 'X':
    case 'Y':
        return !upright;
    }
    return true;
}

static char axis_of_letter(char letter)
{
    switch (toupper((unsigned char)letter)) {
    case 'Z':
    case 'U':
    case 'V':
        return 'Z';
    case 'N':
        return 'N';
    case 'E':
        return 'E';
    case 'R': /* radial and transverse are at right angles, no more is known */
    case '1':
        return '1';
    case 'T':
    case '2':
        return '2';
    case '3':
        return '3';
    case 'X':
        return 'X';
    case 'Y':
        return 'Y';
    }
    return 0;
}

static void orient(const struct header *h, char letter, struct channel *c)
{
    double azimuth_deg = (double)h->real[CMPAZ], incidence_deg = (double)h->real[CMPINC];
    bool known = defined(h, CMPAZ) && defined(h, CMPINC) && fabs(azimuth_deg) <= 360 && incidence_deg >= 0 &&
                 incidence_deg <= 180;

    c->axis = axis_of_letter(letter);
    if (!c->axis && !known) {
        c->axis = 'Z';
    } else if (!c->axis) {
        bool upright = incidence_deg <= 45 || incidence_deg >= 135;
        c->axis = upright ? 'Z' : azimuth_apart_deg(azimuth_deg, 0) <= 45 ? 'N' : 'E';
    }
    c->oriented = known && agrees(c->axis, azimuth_deg, incidence_deg);
    if (c->oriented) {
        c->azimuth_deg = azimuth_deg < 0 ? azimuth_deg + 360 : azimuth_deg;
        c->dip_deg = incidence_deg - 90;
    }
}

/* NET.STA.LOC.CHA. Where the channel is a bare letter, the instrument's name keeps a station's accelerometer
 * and its seismometer apart. */
static void name_channel(const struct header *h, struct channel *c)
{
    char network[TEXT_BYTES + 1], station[TEXT_BYTES + 1], hole[TEXT_BYTES + 1], component[TEXT_BYTES + 1];
    char instrument[TEXT_BYTES + 1];

    name_part(network, h, KNETWK);
    name_part(station, h, KSTNM);
    name_part(hole, h, KHOLE);
    name_part(component, h, KCMPNM);
    name_part(instrument, h, KINST);
    size_t n = strlen(component);
    char letter = n ? component[n - 1] : 0;
    orient(h, letter, c);
    if (!letter)
        letter = c->axis;
    char group[5 * TEXT_BYTES];
    const char *between = ".";
    if (n > 1) {
        component[n - 1] = 0;
        between = "";
        snprintf(group, sizeof group, "%s.%s.%s.%s", network, station, hole, component);
    } else if (instrument[0]) {
        between = "_";
        snprintf(group, sizeof group, "%s.%s.%s.%s", network, station, hole, instrument);
    } else {
        snprintf(group, sizeof group, "%s.%s.%s", network, station, hole);
    }
    snprintf(c->group, sizeof c->group, "%s", group);
    snprintf(c->code, sizeof c->code, "%s%s%c", group, between, letter);
}

/* Consumes the next samples, at most PIECE: how many, 0 at the end of a scanned pipe, -1 with err. */
static ptrdiff_t take(struct cursor *c, struct error *err)
{
    size_t want = c->left < PIECE ? (size_t)c->left : PIECE;
    ptrdiff_t got = input_read(c->in, c->raw, want * 4, err);

    if (got < 0)
        return -1;
    if ((size_t)got < want * 4) {
        if (input_cut(c->in))
            return 0;
        return error_set(err, "%s: byte %lld: %lld samples promised, %lld there: the file is cut off",
                         input_name(c->in), (long long)input_offset(c->in), (long long)c->promised,
                         (long long)(c->promised - c->left + got / 4));
    }
    c->left -= (int64_t)want;
    return (ptrdiff_t)want;
}

static int check_end(struct cursor *c, struct error *err)
{
    unsigned char footer[FOOTER_BYTES];
    const unsigned char *more;
    ptrdiff_t n;

    if (c->version == 7) {
        n = input_read(c->in, footer, sizeof footer, err);
        if (n < 0)
            return -1;
        if (n < FOOTER_BYTES && !input_cut(c->in))
            return error_set(err, "%s: byte %lld: the file ends within the %d bytes of a version 7 footer",
                             input_name(c->in), (long long)input_offset(c->in), FOOTER_BYTES);
    }
    n = input_peek(c->in, &more, 1, err);
    if (n > 0)
        return error_set(err, "%s: byte %lld: the file goes on behind the %lld samples promised",
                         input_name(c->in), (long long)input_offset(c->in), (long long)c->promised);
    return n < 0 ? -1 : 0;
}

static struct cursor *cursor_open(struct input *in, const struct header *h, struct error *err)
{
    struct cursor *c = sys_alloc(input_sys(in), sizeof *c);

    if (!c) {
        error_set(err, "%s: out of memory", input_name(in));
        return NULL;
    }
    c->in = in;
    c->big = h->big;
    c->version = h->whole[NVHDR];
    c->promised = c->left = h->whole[NPTS];
    return c;
}

static void sac_close(void *cursor)
{
    struct cursor *c = cursor;

    if (c)
        sys_free(input_sys(c->in), c);
}

/* Reads to the end, so that a file of the wrong length is refused before anything was computed from it. */
static int check_length(struct input *in, const struct header *h, struct error *err)
{
    struct cursor *c = cursor_open(in, h, err);
    ptrdiff_t got = 1;
    int result = -1;

    if (!c)
        return -1;
    while (c->left > 0 && got > 0)
        got = take(c, err);
    if (got >= 0)
        result = input_cut(in) ? 0 : check_end(c, err);
    sac_close(c);
    return result;
}

/* Some networks keep volt per count in USER2 and volt per m/s^2 in USER3. Nothing in the header says so: only
 * a user can. */
static int scale_from_user(struct input *in, const struct header *h, bool velocity, struct channel *c,
                           struct error *err)
{
    double scale = (double)h->real[USER2] / (double)h->real[USER3];

    if (!defined(h, USER2) || !defined(h, USER3) || !isfinite(scale) || scale == 0)
        return error_set(err, "%s: byte %d: USER2 %g over USER3 %g is no scale", input_name(in), 4 * USER2,
                         (double)h->real[USER2], (double)h->real[USER3]);
    c->scale = scale;
    c->unit = velocity ? UNIT_MPS : UNIT_MPS2;
    return 0;
}

static int sac_scan(struct input *in, const struct trace_conf *conf, struct channels *out, struct error *err)
{
    struct header h;
    struct channel *c = &out->at[0];

    if (read_header(in, &h, err) < 0)
        return -1;
    memset(c, 0, sizeof *c);
    if (check_sampling(in, &h, c, err) < 0 || read_times(in, &h, c, err) < 0)
        return -1;
    name_channel(&h, c);
    c->unit = UNIT_UNKNOWN;
    c->scale = 1;
    if (conf->scale_user && scale_from_user(in, &h, conf->velocity, c, err) < 0)
        return -1;
    out->n = 1;
    out->multiplexed = false;
    return check_length(in, &h, err);
}

static int sac_open(void **cursor, struct input *in, const struct trace_conf *conf,
                    const struct channels *all, const bool *want, struct error *err)
{
    struct header h = {0};
    struct channel again;

    (void)conf;
    (void)all;
    (void)want;
    *cursor = NULL;
    if (read_header(in, &h, err) < 0 || check_sampling(in, &h, &again, err) < 0)
        return -1;
    *cursor = cursor_open(in, &h, err);
    return *cursor ? 0 : -1;
}

static int sac_next(void *cursor, struct piece *out, struct error *err)
{
    struct cursor *c = cursor;

    if (c->left == 0) {
        if (!c->checked_end && check_end(c, err) < 0)
            return -1;
        c->checked_end = true;
        return 0;
    }
    ptrdiff_t n = take(c, err);
    if (n <= 0)
        return (int)n;
    for (ptrdiff_t i = 0; i < n; i++)
        c->value[i] = (double)word_float(c->raw + 4 * i, c->big);
    *out = (struct piece){.channel = 0, .n = (size_t)n, .value = c->value};
    return 1;
}

const struct reader reader_sac = {
    .name = "sac",
    .what = "SAC binary, versions 6 and 7, either byte order; A and T0 are shown as picks; the unit is yours "
            "to say",
    .probe = sac_probe,
    .scan = sac_scan,
    .open = sac_open,
    .next = sac_next,
    .close = sac_close,
};
