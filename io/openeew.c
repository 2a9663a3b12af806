/* openeew.c - reader of OpenEEW sensor files: one JSON object a line, one packet of about 32 samples each.
 *
 *     {"device_id": "012", "x": [0.147, ...], "y": [...], "z": [...],
 *      "device_t": 1518822283.808, "cloud_t": 1518824100.185, "sr": 31.25}
 *     {"device_id": "3ef3", "cloud_t": 1591281968.1,
 *      "traces": [{"t": 1591281966.2, "sr": 125, "x": [...], "y": [...], "z": [...]}, ...]}
 *
 * Values are gal with gravity taken off; device_t (t) is the time of the packet's LAST sample. What the files
 * need:
 *
 * Order is not guaranteed and packets come twice: a window of WINDOW packets is kept sorted, repeats dropped.
 *
 * `sr` is nominal. The rate is the packet's length over the median time between packets, where more than 20
 * packets tell and the result is within 8 % of `sr`.
 *
 * A node's clock can be wrong by minutes: where the server's stamps (cloud_t) differ from it by more than 5 s
 * in the median, times are moved to the server's, less 0.3 s of usual latency.
 *
 * A packet's time jitters by some samples and the rate is good to 0.1 % only, so times alone say nothing
 * about single samples: packets follow each other without a gap unless one begins 3/4 of a packet later than
 * its predecessors let expect, and without an overlap unless it begins so much earlier than its predecessor.
 *
 * (These rules and their constants were chosen on some 70 recordings of Mexican nodes, 2017 to 2020.) On
 * those nodes x is the vertical; on others --axes says what is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/openeew_packet.h"
#include "io/reader.h"
#include "io/trace.h"

enum {
    WINDOW = 64,             /* packets kept to sort */
    SCAN_PACKETS_MAX = 4096, /* of one device, from which its rate is estimated */
    RATE_PACKETS_MIN = 21,
    CLOCK_PACKETS_MIN = 5,
    DEVICES_MAX = READER_CHANNELS_MAX / AXES,
    ID_MAX = 60, /* bytes of a device's name that are told apart */
};

#define GAL_MPS2      0.01
#define RATE_TRUST    0.08
#define SAME_TIME_S   1e-3 /* closer packets are one and the same */
#define CLOCK_WRONG_S 5.0
#define LATENCY_S     0.3
#define GAP_PACKETS   0.75

static bool holds(const unsigned char *head, size_t n, const char *text)
{
    return memmem(head, n, text, strlen(text)) != NULL;
}

static bool openeew_probe(const unsigned char *head, size_t n)
{
    size_t i = 0;

    while (i < n && (head[i] == ' ' || head[i] == '\n' || head[i] == '\r' || head[i] == '\t'))
        i++;
    return i < n && head[i] == '{' && holds(head, n, "\"device_id\"") && holds(head, n, "\"x\"") &&
           (holds(head, n, "\"device_t\"") || holds(head, n, "\"traces\""));
}

/* ---- scan: rate, clock and first time of each device ---- */

struct device {
    char id[ID_MAX + 1];
    bool in_traces;
    size_t n, length; /* packets seen; samples in the first */
    double sr_hz, last_t_s;
    double first_t_s; /* of the earliest packet's last sample, among the first WINDOW packets */
    size_t first_length;
    double t_s[SCAN_PACKETS_MAX], late_s[SCAN_PACKETS_MAX];
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Sorts. NAN for none. */
static double median(double *value, size_t n)
{
    if (n == 0)
        return NAN;
    qsort(value, n, sizeof *value, compare);
    return n % 2 ? value[n / 2] : 0.5 * (value[n / 2 - 1] + value[n / 2]);
}

static double estimate_rate_hz(struct device *d)
{
    size_t n = 0;

    if (d->n < RATE_PACKETS_MIN)
        return d->sr_hz;
    qsort(d->t_s, d->n, sizeof *d->t_s, compare);
    for (size_t i = 1; i < d->n; i++) {
        double step = d->t_s[i] - d->t_s[i - 1];
        if (step > SAME_TIME_S)
            d->t_s[n++] = step; /* n <= i - 1: behind what is still to be read */
    }
    double rate = (double)d->length / median(d->t_s, n);
    if (isnan(d->sr_hz))
        return round(rate * 1000) / 1000;
    return fabs(rate / d->sr_hz - 1) < RATE_TRUST ? round(rate * 1000) / 1000 : d->sr_hz;
}

/* Clamped, so that what a forged file adds up to still fits; trace times end in 2262 anyway. */
static int64_t to_ns(double t_s)
{
    const double most = 9e9;

    return llround(fmax(-most, fmin(most, t_s)) * 1e9);
}

/* Seconds to add to the device's times. */
static double clock_correction_s(struct device *d)
{
    double late = d->n < CLOCK_PACKETS_MIN || d->in_traces ? 0 : median(d->late_s, d->n);

    return fabs(late) > CLOCK_WRONG_S ? late - LATENCY_S : 0;
}

static int describe(struct packet_lines *l, const struct trace_conf *conf, struct device *d,
                    struct channels *out, struct error *err)
{
    double rate = conf->rate_hz > 0 ? conf->rate_hz : estimate_rate_hz(d);

    if (!(rate >= READER_RATE_MIN_HZ && rate <= READER_RATE_MAX_HZ))
        return error_set(
            err, "%s: line 1: device %s: 'sr' is missing or no rate from %g to %g Hz; give it with --rate",
            input_name(l->in), d->id, READER_RATE_MIN_HZ, READER_RATE_MAX_HZ);
    double t0_s = d->first_t_s - (double)(d->first_length - 1) / rate + clock_correction_s(d);
    for (int a = 0; a < AXES; a++) {
        struct channel *c = &out->at[out->n++];
        *c = (struct channel){
            .axis = "ZNE"[a],
            .rate_hz = rate,
            .has_time = true,
            .t0_ns = to_ns(t0_s),
            /* Just under the shortest gap that is let through, so that none is undone by rounding. */
            .slack = GAP_PACKETS * (double)d->length - 0.5,
            .unit = UNIT_MPS2,
            .scale = GAL_MPS2,
            .samples = -1,
            .p_s = NAN,
            .s_s = NAN,
        };
        snprintf(c->group, sizeof c->group, "%s", d->id);
        snprintf(c->code, sizeof c->code, "%s.%s", d->id, packet_axis[a]);
    }
    return 0;
}

struct devices {
    size_t n;
    struct device *at[DEVICES_MAX];
};

static struct device *find_device(struct packet_lines *l, struct devices *all, const char *id,
                                  struct error *err)
{
    for (size_t i = 0; i < all->n; i++)
        if (strncmp(all->at[i]->id, id, ID_MAX) == 0)
            return all->at[i];
    if (all->n == DEVICES_MAX) {
        error_set(err, "%s: line %lld: more than %d devices in one file", input_name(l->in),
                  (long long)input_line_number(l->in), DEVICES_MAX);
        return NULL;
    }
    struct device *d = sys_alloc(input_sys(l->in), sizeof *d);
    if (!d) {
        packet_fault(l, err, "out of memory");
        return NULL;
    }
    snprintf(d->id, sizeof d->id, "%s", id);
    d->first_t_s = INFINITY;
    all->at[all->n++] = d;
    return d;
}

static void see_packet(struct device *d, const struct packet_view *p)
{
    if (d->n == 0) {
        d->in_traces = p->in_traces;
        d->length = p->n;
        d->sr_hz = p->sr_hz;
    }
    if (d->n < WINDOW && p->t_s < d->first_t_s) {
        d->first_t_s = p->t_s;
        d->first_length = p->n;
    }
    d->t_s[d->n] = p->t_s;
    d->late_s[d->n] =
        isfinite(p->cloud_t_s) && fabs(p->cloud_t_s) < PACKET_TIME_MAX_S ? p->cloud_t_s - p->t_s : 0;
    d->n++;
}

static int openeew_scan(struct input *in, const struct trace_conf *conf, struct channels *out,
                        struct error *err)
{
    struct packet_lines l = {.in = in};
    struct devices devices = {0};
    struct packet_view p;
    int got;

    out->n = 0;
    out->multiplexed = true;
    while ((got = packet_next(&l, &p, err)) > 0) {
        struct device *d = find_device(&l, &devices, p.device, err);
        if (!d) {
            got = -1;
            break;
        }
        see_packet(d, &p);
        if (d->n == SCAN_PACKETS_MAX) {
            got = 0;
            break;
        }
    }
    json_value_free(l.root);
    if (got == 0 && devices.n == 0)
        got = error_set(err, "%s: line %lld: no packet in this OpenEEW file", input_name(in),
                        (long long)input_line_number(in));
    for (size_t i = 0; i < devices.n; i++) {
        if (got == 0)
            got = describe(&l, conf, devices.at[i], out, err);
        sys_free(input_sys(in), devices.at[i]);
    }
    return got;
}

/* ---- reading ---- */

struct packet {
    double t_s; /* of the first sample, by the device's clock */
    size_t n;
    double *value; /* x, then y, then z */
};

/* The window of one device that is asked for, oldest packet first. */
struct window {
    size_t channel; /* of its x */
    size_t n;
    struct packet at[WINDOW];
    bool started;
    double correction_s; /* found again from the scan's first time */
    double base_s;      /* the first packet's t_s, and the samples (lost ones too) up to the next: where it */
    int64_t samples;    /* begins if none is missing. Not a running sum of seconds: that would lose 0.2 us a
                           packet */
    struct packet last; /* its time and end values tell a repeat; its memory is the current packet's */
    double last_x[2];
};

struct cursor {
    struct packet_lines lines;
    const struct channels *all;
    bool want[READER_CHANNELS_MAX];
    bool ended;
    struct window *window[DEVICES_MAX];
    /* the packet being given out */
    struct window *now;
    int axis;
    int64_t t_ns;
};

static void release(struct cursor *c, struct packet *p)
{
    sys_free(input_sys(c->lines.in), p->value);
    p->value = NULL;
}

static void openeew_close(void *cursor)
{
    struct cursor *c = cursor;

    if (!c)
        return;
    const struct sys *sys = input_sys(c->lines.in);
    for (size_t i = 0; i < DEVICES_MAX; i++) {
        struct window *w = c->window[i];
        if (!w)
            continue;
        for (size_t k = 0; k < w->n; k++)
            release(c, &w->at[k]);
        release(c, &w->last);
        sys_free(sys, w);
    }
    json_value_free(c->lines.root);
    sys_free(sys, c);
}

static int openeew_open(void **cursor, struct input *in, const struct trace_conf *conf,
                        const struct channels *all, const bool *want, struct error *err)
{
    struct cursor *c = sys_alloc(input_sys(in), sizeof *c);

    (void)conf;
    *cursor = NULL;
    if (!c)
        return error_set(err, "%s: out of memory", input_name(in));
    c->lines.in = in;
    c->all = all;
    memcpy(c->want, want, all->n * sizeof *want);
    *cursor = c;
    return 0;
}

/* NULL in *out: nobody asks for this device. */
static int window_of(struct cursor *c, const char *id, struct window **out, struct error *err)
{
    *out = NULL;
    for (size_t i = 0; i + AXES <= c->all->n; i += AXES) {
        const char *code = c->all->at[i].code; /* ID.x */
        size_t length = strlen(code) - 2;
        if (strncmp(code, id, length) != 0 || (length < ID_MAX && id[length]))
            continue;
        if (!c->want[i] && !c->want[i + 1] && !c->want[i + 2])
            return 0;
        struct window **w = &c->window[i / AXES];
        if (!*w && !(*w = sys_alloc(input_sys(c->lines.in), sizeof **w)))
            return packet_fault(&c->lines, err, "out of memory");
        (*w)->channel = i;
        *out = *w;
        return 0;
    }
    return 0;
}

static int copy_values(struct cursor *c, const struct packet_view *p, struct packet *to, struct error *err)
{
    to->value = sys_alloc(input_sys(c->lines.in), AXES * p->n * sizeof *to->value);
    if (!to->value)
        return packet_fault(&c->lines, err, "out of memory");
    to->n = p->n;
    for (int a = 0; a < AXES; a++)
        for (size_t i = 0; i < p->n; i++) {
            const struct json_value *v = json_at(p->axis[a], i);
            double *value = &to->value[(size_t)a * p->n + i];
            if (json_as_number(v, value))
                continue;
            if (json_kind(v) != JSON_KIND_NULL)
                return error_set(err, "%s: line %lld: sample %zu of '%s' is no number",
                                 input_name(c->lines.in), (long long)input_line_number(c->lines.in), i + 1,
                                 packet_axis[a]);
            *value = NAN; /* missing */
        }
    return 0;
}

static bool same_bits(double a, double b)
{
    uint64_t x, y;

    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}

/* Same time and, of x, same first and last value (bit for bit: a missing one is NaN). */
static bool is_repeat(const struct packet *p, double t_s, const double ends[2])
{
    return p->t_s == t_s && same_bits(p->value[0], ends[0]) && same_bits(p->value[p->n - 1], ends[1]);
}

/* Puts a packet, which is now the window's, at its place; a repeat of one that is there is dropped. */
static void insert(struct cursor *c, struct window *w, struct packet packet)
{
    size_t k = w->n;

    while (k > 0 && w->at[k - 1].t_s > packet.t_s)
        k--;
    if (k > 0 && is_repeat(&packet, w->at[k - 1].t_s,
                           (double[]){w->at[k - 1].value[0], w->at[k - 1].value[w->at[k - 1].n - 1]})) {
        release(c, &packet);
        return;
    }
    memmove(&w->at[k + 1], &w->at[k], (w->n - k) * sizeof *w->at);
    w->at[k] = packet;
    w->n++;
}

/* Reads packets until one window is full: 1 and that window; 0 at the end of the file; -1 with err. */
static int fill(struct cursor *c, struct window **full, struct error *err)
{
    struct packet_view p;

    for (;;) {
        struct window *w;
        int got = packet_next(&c->lines, &p, err);
        if (got <= 0)
            return got;
        if (window_of(c, p.device, &w, err) < 0)
            return -1;
        if (!w)
            continue;
        struct packet packet = {0};
        if (copy_values(c, &p, &packet, err) < 0) {
            release(c, &packet);
            return -1;
        }
        packet.t_s = p.t_s - (double)(p.n - 1) / c->all->at[w->channel].rate_hz;
        insert(c, w, packet);
        if (w->n == WINDOW) {
            *full = w;
            return 1;
        }
    }
}

/* A window with packets left, at the end of the file. */
static struct window *any_left(struct cursor *c)
{
    for (size_t i = 0; i < DEVICES_MAX; i++)
        if (c->window[i] && c->window[i]->n > 0)
            return c->window[i];
    return NULL;
}

/* Takes the oldest packet out, gives it its time and makes it the current one, unless it is a repeat. */
static void take_oldest(struct cursor *c, struct window *w)
{
    const struct channel *ch = &c->all->at[w->channel];
    struct packet p = w->at[0];

    memmove(w->at, w->at + 1, --w->n * sizeof *w->at);
    bool repeat = w->started && is_repeat(&p, w->last.t_s, w->last_x);
    if (!w->started) {
        w->started = true;
        w->correction_s = (double)ch->t0_ns * 1e-9 - p.t_s;
        w->base_s = p.t_s;
        w->last.t_s = p.t_s;
    }
    if (repeat) {
        release(c, &p);
        return;
    }
    release(c, &w->last);
    double t_s =
        p.t_s; /* later than all others: a straggler keeps its own time, to be dropped as an overlap */
    if (p.t_s >= w->last.t_s) {
        double late = (p.t_s - w->base_s) * ch->rate_hz - (double)w->samples;
        if (late > GAP_PACKETS * (double)p.n)
            w->samples += llround(late);
        /* Early packets keep their time, so that the next file of the same node is seen to follow on; late
         * ones wait until they are late enough for a gap. */
        t_s = fmin(p.t_s, w->base_s + (double)w->samples / ch->rate_hz);
        w->samples += (int64_t)p.n;
        w->last.t_s = p.t_s;
        w->last_x[0] = p.value[0];
        w->last_x[1] = p.value[p.n - 1];
    }
    w->last.n = p.n;
    w->last.value = p.value;
    c->now = w;
    c->axis = 0;
    c->t_ns = to_ns(t_s + w->correction_s);
}

static int openeew_next(void *cursor, struct piece *out, struct error *err)
{
    struct cursor *c = cursor;

    for (;;) {
        struct window *w = c->now;
        while (w && c->axis < AXES) {
            size_t a = (size_t)c->axis++;
            if (!c->want[w->channel + a])
                continue;
            *out = (struct piece){
                .channel = w->channel + a,
                .has_time = true,
                .t_ns = c->t_ns,
                .n = w->last.n,
                .value = w->last.value + a * w->last.n,
            };
            return 1;
        }
        c->now = NULL;
        if (!c->ended) {
            int got = fill(c, &w, err);
            if (got < 0)
                return -1;
            c->ended = got == 0;
        }
        if (c->ended && !(w = any_left(c)))
            return 0;
        take_oldest(c, w);
    }
}

const struct reader reader_openeew = {
    .name = "openeew",
    .what = "OpenEEW JSON lines, gal; order and duplicates repaired, true rate estimated; x is vertical",
    .probe = openeew_probe,
    .scan = openeew_scan,
    .open = openeew_open,
    .next = openeew_next,
    .close = openeew_close,
};
