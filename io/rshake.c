/* rshake.c - what a Raspberry Shake sends by UDP, as text: a packet a line, of one channel.
 *
 *     {'ENZ', 1580372810.003, 3579629, 3578332, 3578981}
 *
 * The channel, the time of the first sample (s since 1970, UTC, to the millisecond), and counts. rsudp writes
 * these lines as they come and a line TERM at the end. UDP may turn packets round: they are sorted within a
 * window. Neither the station nor the scale is in there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/fortran.h"
#include "io/reader.h"
#include "io/trace.h"

enum {
    WINDOW = 32, /* packets that wait to be sorted: some two seconds of four channels */
    PACKET_SAMPLES = 512,
    CHANNELS = 12, /* a Shake has at most four, and infrasound */
    STEPS = 256,   /* the first packets, whose spacing gives the rate */
    CODE_LENGTH = 3,
};

#define UNIX_MAX_S 4.1e9 /* the years of io/utc.h */

struct packet {
    char code[CODE_LENGTH + 1];
    int64_t t_ns;
    uint64_t order; /* in the file, to keep it between packets of one time */
    size_t n;
    double value[PACKET_SAMPLES];
};

/* One channel, while it is scanned. */
struct found {
    char code[CODE_LENGTH + 1];
    int64_t first_ns, last_ns, samples;
    size_t packet_samples, n;
    double step_ns[STEPS]; /* per sample */
};

struct scan {
    size_t channels;
    struct found channel[CHANNELS];
    struct packet packet;
};

struct cursor {
    struct input *in;
    const struct channels *all;
    bool ended;
    uint64_t order;
    size_t held;
    struct packet *at[WINDOW + 1]; /* `held` of them wait; the one behind them was handed out */
    struct packet packet[WINDOW + 1];
};

static int refuse(struct input *in, const char *what, struct error *err)
{
    return error_set(err, "%s: line %lld: %s", input_name(in), (long long)input_line_number(in), what);
}

/* A channel code: EHZ, ENZ, HDF. */
static bool is_code(const char *text)
{
    for (int i = 0; i < CODE_LENGTH; i++)
        if (!((text[i] >= 'A' && text[i] <= 'Z') || (i == 2 && text[i] >= '1' && text[i] <= '3')))
            return false;
    return true;
}

/* Seismometer or accelerometer, and not the pressure of a Shake & Boom. */
static bool is_motion(const char *code)
{
    return strchr("HLN", code[1]) && strchr("ZNE123XY", code[2]);
}

/* Cuts "text," or the last "text" at the comma: its length without blanks; *text moves behind the comma. */
static size_t next_cell(const char **text, const char **cell)
{
    *text += strspn(*text, " \t");
    size_t n = strcspn(*text, ",");
    *cell = *text;
    *text += n + ((*text)[n] == ',');
    while (n > 0 && ((*cell)[n - 1] == ' ' || (*cell)[n - 1] == '\t'))
        n--;
    return n;
}

/* "{'ENZ', 1580372810.003, 1, 2, 3}", without the blanks behind it: NULL, or what is wrong. */
static const char *parse_packet(char *line, struct packet *p)
{
    const char *text = line + 1, *cell;
    size_t length = strlen(line);
    double time_s;

    if (length < 12 || line[0] != '{' || line[1] != '\'' || !is_code(line + 2) || line[5] != '\'' ||
        line[6] != ',')
        return "no packet such as {'ENZ', 1580372810.003, 1, 2}";
    if (line[length - 1] != '}')
        return "the packet is cut off: no } at its end";
    line[length - 1] = 0;
    memcpy(p->code, line + 2, CODE_LENGTH);
    p->code[CODE_LENGTH] = 0;
    text = line + 7;
    size_t n = next_cell(&text, &cell);
    if (!fortran_number(cell, n, &time_s) || time_s < 0 || time_s > UNIX_MAX_S)
        return "the packet's time is not seconds since 1970";
    p->t_ns = llround(time_s * 1e3) * 1000000; /* a double holds no nanoseconds of our days */
    for (p->n = 0; *text; p->n++) {
        if (p->n == PACKET_SAMPLES)
            return "more than 512 samples in a packet";
        n = next_cell(&text, &cell);
        if (!fortran_whole(cell, n, &p->value[p->n]))
            return "a sample is not a whole number of 32 bits";
    }
    return p->n > 0 ? NULL : "a packet without samples";
}

static size_t trim(char *line)
{
    size_t n = strlen(line);

    while (n > 0 && strchr(" \t\r", line[n - 1]))
        line[--n] = 0;
    return n;
}

/* The next packet of motion: 1, 0 at the end (a pipe that is only scanned ends anywhere), -1 and err. */
static int read_packet(struct input *in, struct packet *p, struct error *err)
{
    const char *wrong;
    bool term = false;
    char *line;
    int got;

    while ((got = input_line(in, &line, err)) > 0 && !input_cut(in)) {
        if (trim(line) == 0)
            continue;
        if (term)
            return refuse(in, "something stands behind TERM", err);
        term = strcmp(line, "TERM") == 0;
        if (term)
            continue;
        if ((wrong = parse_packet(line, p)))
            return refuse(in, wrong, err);
        if (is_motion(p->code))
            return 1;
    }
    return got < 0 ? -1 : 0;
}

static bool rshake_probe(const unsigned char *head, size_t n)
{
    const unsigned char *newline = memchr(head, '\n', n);
    char line[64];

    /* As much as tells it from any other text; the rest of the line may be longer than these bytes. */
    n = newline ? (size_t)(newline - head) : n;
    n = n < sizeof line - 1 ? n : sizeof line - 1;
    memcpy(line, head, n);
    line[n] = 0;
    size_t digits = n > 8 ? strspn(line + 8, "0123456789") : 0;
    return n > 20 && line[0] == '{' && line[1] == '\'' && is_code(line + 2) &&
           memcmp(line + 5, "', ", 3) == 0 && digits >= 9 && strspn(line + 8 + digits, ".0123456789") > 0 &&
           strchr(line + 8, ',');
}

static struct found *find(struct scan *s, const char *code)
{
    for (size_t i = 0; i < s->channels; i++)
        if (strcmp(s->channel[i].code, code) == 0)
            return &s->channel[i];
    if (s->channels == CHANNELS)
        return NULL;
    struct found *f = &s->channel[s->channels++];
    memcpy(f->code, code, sizeof f->code);
    return f;
}

/* `early`: within the first window, where packets may still change places. */
static void count_packet(struct found *f, const struct packet *p, bool early)
{
    double step_ns = (double)(p->t_ns - f->last_ns);

    if (f->samples == 0 || (early && p->t_ns < f->first_ns))
        f->first_ns = p->t_ns;
    if (f->samples > 0 && f->n < STEPS && step_ns > 0)
        f->step_ns[f->n++] = step_ns / (double)f->packet_samples;
    f->last_ns = p->t_ns;
    f->packet_samples = p->n;
    f->samples += (int64_t)p->n;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Whole: a Shake samples at 50 or 100 Hz, and times to the millisecond tell no more. 0, or -1 and err. */
static int rate_of(struct input *in, struct found *f, double *rate_hz, struct error *err)
{
    if (f->n == 0)
        return error_set(err, "%s: line %lld: a single packet of %s tells no rate: say --rate 100",
                         input_name(in), (long long)input_line_number(in), f->code);
    qsort(f->step_ns, f->n, sizeof *f->step_ns, ascending);
    *rate_hz = nearbyint(1e9 / f->step_ns[f->n / 2]);
    if (*rate_hz >= READER_RATE_MIN_HZ && *rate_hz <= READER_RATE_MAX_HZ)
        return 0;
    return error_set(err, "%s: line %lld: the times of %s give %g samples a second", input_name(in),
                     (long long)input_line_number(in), f->code, *rate_hz);
}

/* The station is in no packet: the file's name, without folders and ending, stands for it. */
static void name_station(const char *path, char station[24])
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t n = 0;

    for (; *base && *base != '.' && n < 23; base++)
        station[n++] =
            strchr("-_0123456789", *base) || (*base >= 'A' && *base <= 'Z') || (*base >= 'a' && *base <= 'z')
                ? *base
                : '_';
    station[n] = 0;
}

/* Raspberry Shakes are the network AM, and their location is 00. */
static void describe(const struct found *f, const char *path, double rate_hz, int64_t samples,
                     struct channel *c)
{
    char station[24];

    name_station(path, station);
    memset(c, 0, sizeof *c);
    snprintf(c->group, sizeof c->group, "AM.%s.00.%.2s", station, f->code);
    snprintf(c->code, sizeof c->code, "AM.%s.00.%s", station, f->code);
    c->axis = f->code[2];
    c->rate_hz = rate_hz;
    c->has_time = true;
    c->t0_ns = f->first_ns;
    c->scale = 1;
    c->lsb = 1;
    c->samples = samples;
    c->p_s = c->s_s = NAN;
}

static int scan_packets(struct input *in, const struct trace_conf *conf, struct scan *s, struct channels *out,
                        struct error *err)
{
    int got;

    for (int64_t i = 0; (got = read_packet(in, &s->packet, err)) > 0; i++) {
        struct found *f = find(s, s->packet.code);
        if (!f)
            return refuse(in, "more than 12 channels", err);
        count_packet(f, &s->packet, i < WINDOW);
    }
    if (got < 0)
        return -1;
    if (s->channels == 0)
        return refuse(in, "no packets of a seismometer or an accelerometer", err);
    for (size_t i = 0; i < s->channels; i++) {
        double rate_hz = conf->rate_hz;
        if (!(rate_hz > 0) && rate_of(in, &s->channel[i], &rate_hz, err) < 0)
            return -1;
        describe(&s->channel[i], input_name(in), rate_hz, input_cut(in) ? -1 : s->channel[i].samples,
                 &out->at[i]);
    }
    out->n = s->channels;
    out->multiplexed = true;
    return 0;
}

static int rshake_scan(struct input *in, const struct trace_conf *conf, struct channels *out,
                       struct error *err)
{
    struct scan *s = sys_alloc(input_sys(in), sizeof *s);

    if (!s)
        return error_set(err, "%s: out of memory", input_name(in));
    int result = scan_packets(in, conf, s, out, err);
    sys_free(input_sys(in), s);
    return result;
}

static int rshake_open(void **cursor, struct input *in, const struct trace_conf *conf,
                       const struct channels *all, const bool *want, struct error *err)
{
    struct cursor *c = sys_alloc(input_sys(in), sizeof *c);

    (void)conf;
    (void)want;
    *cursor = c;
    if (!c)
        return error_set(err, "%s: out of memory", input_name(in));
    c->in = in;
    c->all = all;
    for (size_t i = 0; i <= WINDOW; i++)
        c->at[i] = &c->packet[i];
    return 0;
}

static void rshake_close(void *cursor)
{
    struct cursor *c = cursor;

    if (c)
        sys_free(input_sys(c->in), c);
}

/* Reads until the window is full or the file at its end. */
static int fill(struct cursor *c, struct error *err)
{
    while (c->held < WINDOW && !c->ended) {
        struct packet *p = c->at[c->held];
        int got = read_packet(c->in, p, err);
        if (got < 0)
            return -1;
        c->ended = got == 0;
        p->order = c->order++;
        c->held += got > 0;
    }
    return 0;
}

/* Takes the earliest packet out of the window; it stays valid until the next is read. */
static struct packet *take(struct cursor *c)
{
    size_t first = 0;

    for (size_t i = 1; i < c->held; i++) {
        const struct packet *a = c->at[i], *b = c->at[first];
        if (a->t_ns < b->t_ns || (a->t_ns == b->t_ns && a->order < b->order))
            first = i;
    }
    struct packet *p = c->at[first];
    c->held--;
    c->at[first] = c->at[c->held];
    c->at[c->held] = c->at[WINDOW];
    c->at[WINDOW] = p;
    return p;
}

static int rshake_next(void *cursor, struct piece *out, struct error *err)
{
    struct cursor *c = cursor;

    if (fill(c, err) < 0)
        return -1;
    if (c->held == 0)
        return 0;
    struct packet *p = take(c);
    for (size_t i = 0; i < c->all->n; i++) {
        const char *code = c->all->at[i].code;
        if (strcmp(code + strlen(code) - CODE_LENGTH, p->code) != 0)
            continue;
        *out = (struct piece){.channel = i, .has_time = true, .t_ns = p->t_ns, .n = p->n, .value = p->value};
        return 1;
    }
    return error_set(err, "%s: line %lld: channel %s was not there at the beginning", input_name(c->in),
                     (long long)input_line_number(c->in), p->code);
}

const struct reader reader_rshake = {
    .name = "rshake",
    .what = "Raspberry Shake UDP packets as text (rsudp), counts; the scale is for --scale to say",
    .probe = rshake_probe,
    .scan = rshake_scan,
    .open = rshake_open,
    .next = rshake_next,
    .close = rshake_close,
};
