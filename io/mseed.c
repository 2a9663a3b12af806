/* mseed.c - reader of miniSEED 2, and of the data records of full SEED volumes, by libmseed 2.
 *
 * The file is walked record by record in the input's buffer; a record's header is checked here before
 * libmseed sees it, since libmseed trusts lengths that a record states about itself. libmseed allocates by
 * malloc, one record's worth; its log is one per process and is silenced once: what goes wrong is said
 * through struct error, with the position.
 *
 * Pieces come in file order with the times that the records state (time correction and microseconds applied);
 * nothing is joined or dropped here. Skipped: control headers of full SEED (V A S T), noise records of
 * blanks, text records, records without samples, and channels below READER_RATE_MIN_HZ (state of health). */
#include <libmseed.h>
#include <pthread.h>
#include <string.h>

#include "io/queue.h"
#include "io/reader.h"
#include "io/seed_header.h"
#include "io/steim.h"
#include "io/trace.h"

enum {
    STEP = SEED_RECORD_MIN, /* records begin at multiples of the shortest record */
    ABREAST_MAX =
        16, /* channels that one cursor may serve on a file; more would cost each record of the scan too much */
    LAG_MAX = QUEUE_MAX / 8, /* samples that they may lie apart then */
    SHORT = 4096,            /* most are no longer: a cursor's buffer stays small enough for the cache */
};

#define RATE_TOLERANCE 1e-4 /* of a record's rate against its channel's */

/* The records that carry the same twelve bytes of names in their headers: those of a channel. */
struct series {
    unsigned char name[12];
    struct seed_known
        header; /* of the last that libmseed parsed: most others are like it and need no parsing */
    MSRecord *msr;
    size_t channel; /* as scanned; NO_CHANNEL: none of those */
    double end_s;   /* of the last record scanned */
};

#define NO_CHANNEL SIZE_MAX

struct walk {
    struct input *in;
    double rate_hz;              /* stated by the user, 0: the record's */
    const struct channels *all;  /* as scanned so far */
    const bool *want;            /* which of these are asked for; NULL: all */
    int64_t consume;             /* bytes of the record last shown */
    const unsigned char *record; /* that one */
    int length;
    bool big, known;       /* its byte order; its header is its series' */
    struct series *series; /* whose it is; NULL: a new one's */
    MSRecord *msr;         /* its header, the series' */
    size_t n;
    struct series all_series[READER_CHANNELS_MAX];
};

static void walk_end(struct walk *w)
{
    for (size_t i = 0; i < w->n; i++)
        msr_free(&w->all_series[i].msr);
}

/* ---- the library's log ---- */

static void drop_message(char *message)
{
    (void)message;
}

static void silence_once(void)
{
    ms_loginit(drop_message, NULL, drop_message, NULL);
}

static void silence_libmseed(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, silence_once);
}

static bool mseed_probe(const unsigned char *head, size_t n)
{
    bool big;

    if (n < SEED_HEADER)
        return false;
    if (seed_is_version_3(head) || seed_is_data(head, &big))
        return true;
    return seed_is_control(head) && head[6] == 'V' && memcmp(head + 8, "010", 3) == 0;
}

/* ---- checking one record ---- */

static int fault(const struct walk *w, struct error *err, const char *what)
{
    return error_set(err, "%s: byte %lld: %s", input_name(w->in), (long long)input_offset(w->in), what);
}

/* Bytes of one sample of a fixed-size encoding; 0 for Steim, -1 for what is not known. */
static int sample_bytes(int encoding)
{
    switch (encoding) {
    case DE_INT16:
    case DE_GEOSCOPE163:
    case DE_GEOSCOPE164:
    case DE_CDSN:
    case DE_SRO:
    case DE_DWWSSN:
        return 2;
    case DE_GEOSCOPE24:
        return 3;
    case DE_INT32:
    case DE_FLOAT32:
        return 4;
    case DE_FLOAT64:
        return 8;
    case DE_STEIM1:
    case DE_STEIM2:
        return 0;
    }
    return -1;
}

/* Can a record of this length hold the samples it promises? */
static int check_count(const struct walk *w, struct error *err)
{
    const MSRecord *m = w->msr;
    int each = sample_bytes(m->encoding);
    int room = w->length - m->fsdh->data_offset;

    if (each < 0)
        return error_set(err, "%s: byte %lld: %s.%s.%s.%s: data encoding %d is not known", input_name(w->in),
                         (long long)input_offset(w->in), m->network, m->station, m->location, m->channel,
                         m->encoding);
    if (m->fsdh->data_offset < SEED_HEADER || room <= 0)
        return fault(w, err, "the samples lie outside of their miniSEED record");
    int64_t most = each > 0 ? room / each : (int64_t)(room / STEIM_FRAME) * STEIM_FRAME_SAMPLES;
    if (m->samplecnt > most)
        return error_set(err, "%s: byte %lld: %lld samples promised, a record of %d bytes holds at most %lld",
                         input_name(w->in), (long long)input_offset(w->in), (long long)m->samplecnt,
                         w->length, (long long)most);
    return 0;
}

static int check_rate(struct walk *w, struct error *err)
{
    MSRecord *m = w->msr;

    if (w->rate_hz > 0)
        m->samprate = w->rate_hz;
    if (!isfinite(m->samprate) || m->samprate <= 0 || m->samprate > READER_RATE_MAX_HZ)
        return error_set(err, "%s: byte %lld: %s.%s.%s.%s: sample rate %g Hz, must be at most %g and above 0",
                         input_name(w->in), (long long)input_offset(w->in), m->network, m->station,
                         m->location, m->channel, m->samprate, READER_RATE_MAX_HZ);
    return 0;
}

/* ---- walking ---- */

static struct series *find_series(struct walk *w, const unsigned char *record)
{
    struct series *last = w->series;

    if (last && memcmp(last->name, record + 8, sizeof last->name) == 0)
        return last;
    for (size_t i = 0; i < w->n; i++)
        if (memcmp(w->all_series[i].name, record + 8, sizeof w->all_series[i].name) == 0)
            return &w->all_series[i];
    return NULL;
}

/* As input_peek: a record of a stated length in full, anything else as far as a record may reach. */
static ptrdiff_t peek_record(const struct walk *w, const unsigned char **at, struct error *err)
{
    bool big;
    ptrdiff_t have = input_peek(w->in, at, SHORT, err);

    if (have < SEED_HEADER || !seed_is_data(*at, &big))
        return have;
    int length = seed_length(*at, have, big);
    return length != 0 && length <= have ? have : input_peek(w->in, at, SEED_RECORD_MAX + SEED_HEADER, err);
}

/* The record at the input's position, if it is as long as the last and its header is known: 1 it stands in
 * w->record, 0 to be looked at in full, -1 with err. */
static int find_known(struct walk *w, struct error *err)
{
    const unsigned char *at;

    w->known = false;
    if (w->length == 0)
        return 0;
    ptrdiff_t have = input_peek(w->in, &at, (size_t)w->length, err);
    if (have < w->length)
        return have < 0 ? -1 : 0;
    if (!seed_is_data(at, &w->big))
        return 0;
    w->series = find_series(w, at);
    if (!w->series || w->series->header.length != w->length ||
        !seed_is_known(&w->series->header, at, have, w->big))
        return 0;
    w->record = at;
    w->consume = w->length;
    w->known = true;
    return 1;
}

/* Finds the record at the input's position: 1 it stands in w->record, 0 the end (of the file, or of what a
 * scan of a pipe may see), -1 with err. */
static int find_record(struct walk *w, struct error *err)
{
    int64_t since_control = -1; /* bytes since a control header, whose length only it knows */

    for (;;) {
        const unsigned char *at;
        int found = find_known(w, err);
        if (found != 0)
            return found;
        ptrdiff_t have = peek_record(w, &at, err);
        if (have <= 0)
            return (int)have;
        if (have < SEED_HEADER)
            return input_cut(w->in) || since_control >= 0
                       ? 0
                       : fault(w, err, "the file is cut off inside a header");
        if (seed_is_data(at, &w->big)) {
            w->series = find_series(w, at);
            int length = seed_length(at, have, w->big);
            if (length == 0) /* up to the next record */
                length = ms_detect((const char *)at, have > SEED_RECORD_MAX + SEED_HEADER
                                                         ? SEED_RECORD_MAX + SEED_HEADER
                                                         : (int)have);
            if (length == 0 && have <= SEED_RECORD_MAX && (have & (have - 1)) == 0)
                length = (int)have; /* and none follows */
            if (length < SEED_RECORD_MIN || length > SEED_RECORD_MAX)
                return error_set(
                    err, "%s: byte %lld: a miniSEED record without a length, or not one of %d to %d bytes",
                    input_name(w->in), (long long)input_offset(w->in), SEED_RECORD_MIN, SEED_RECORD_MAX);
            if (length > have)
                return input_cut(w->in)
                           ? 0
                           : error_set(err,
                                       "%s: byte %lld: a record of %d bytes promised, %td there: the file "
                                       "is cut off",
                                       input_name(w->in), (long long)input_offset(w->in), length, have);
            w->record = at;
            w->length = length;
            w->consume = length;
            const char *wrong = seed_blockettes_fault(at, (size_t)length, w->big);
            return wrong ? fault(w, err, wrong) : 1;
        }
        if (seed_is_control(at) || seed_is_blank(at))
            since_control = 0;
        else if (since_control < 0 || since_control > SEED_RECORD_MAX)
            return fault(w, err,
                         seed_is_version_3(at) ? "miniSEED 3; only version 2 is read, convert it first"
                                               : "no miniSEED record begins here");
        if (since_control >= 0)
            since_control += STEP;
        if (input_skip(w->in, have < STEP ? have : STEP, err) < 0)
            return -1;
    }
}

static void name_channel(const MSRecord *m, struct channel *c)
{
    int length = (int)strlen(m->channel);

    snprintf(c->code, sizeof c->code, "%s.%s.%s.%s", m->network, m->station, m->location, m->channel);
    snprintf(c->group, sizeof c->group, "%s.%s.%s.%.*s", m->network, m->station, m->location,
             length > 0 ? length - 1 : 0, m->channel);
    /* Other orientation codes (U V W, A B C, T R) tell nothing that --axes would not have to. */
    c->axis = length > 0 && strchr("ZNE123XY", m->channel[length - 1]) ? m->channel[length - 1] : 'X';
}

static size_t find_channel(const struct channels *all, const MSRecord *m)
{
    struct channel named = {.axis = 0};

    name_channel(m, &named);
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->at[i].code, named.code) == 0)
            return i;
    return NO_CHANNEL;
}

/* A channel that a pipe shows only after the scan comes too late to be a component. */
static bool is_wanted(const struct walk *w)
{
    return !w->want || (w->series->channel != NO_CHANNEL && w->want[w->series->channel]);
}

/* A header like the last of its series: the little that differs is written into what libmseed made of that. */
static void renew(struct walk *w)
{
    MSRecord *m = w->msr = w->series->msr;
    struct seed_news news = seed_news(&w->series->header, w->record);

    m->record = (char *)(uintptr_t)w->record;
    m->fsdh->start_time = (BTime){
        .year = (uint16_t)news.year,
        .day = (uint16_t)news.day,
        .hour = (uint8_t)news.hour,
        .min = (uint8_t)news.minute,
        .sec = (uint8_t)news.second,
        .fract = (uint16_t)news.fraction,
    };
    m->fsdh->numsamples = (uint16_t)news.samples;
    m->samplecnt = news.samples;
    if (m->Blkt1001)
        m->Blkt1001->usec = (int8_t)news.microseconds;
    m->starttime = msr_starttime(m);
}

/* A header to be parsed by libmseed, the first of its series or unlike the last. */
static int parse(struct walk *w, struct error *err)
{
    bool is_new = !w->series;

    if (is_new) { /* when there is no more room, in the place of the last */
        w->n += w->n < READER_CHANNELS_MAX;
        w->series = &w->all_series[w->n - 1];
        memcpy(w->series->name, w->record + 8, sizeof w->series->name);
    }
    struct series *s = w->series;
    s->header.size = 0;
    int status = msr_unpack((char *)(uintptr_t)w->record, w->length, &s->msr, 0, 0);
    w->msr = s->msr;
    if (status != MS_NOERROR)
        return fault(w, err, ms_errorstr(status));
    if (s->msr->reclen != w->length)
        return fault(w, err, "a miniSEED record states two lengths");
    if (is_new)
        s->channel = find_channel(w->all, s->msr);
    if (s->msr->encoding < 0)
        s->msr->encoding = DE_STEIM1; /* no blockette 1000: what libmseed assumes, too */
    seed_remember(&s->header, w->record, (size_t)w->length, w->big);
    return 0;
}

/* The next record with samples of a known kind that somebody wants, its header read and checked: 1, 0 the
 * end, -1 with err. */
static int next_record(struct walk *w, struct error *err)
{
    for (;;) {
        if (w->consume > 0 && input_skip(w->in, w->consume, err) < 0)
            return -1;
        w->consume = 0;
        int found = find_record(w, err);
        if (found <= 0)
            return found;
        if (w->known && !is_wanted(w))
            continue;
        if (w->known)
            renew(w);
        else if (parse(w, err) < 0)
            return -1;
        const MSRecord *m = w->msr;
        if (m->samplecnt <= 0 || m->encoding == DE_ASCII)
            continue;
        if (m->starttime == HPTERROR)
            return fault(w, err, "the record's time is not valid");
        if (check_rate(w, err) < 0)
            return -1;
        if (m->samprate < READER_RATE_MIN_HZ || !is_wanted(w))
            continue;
        return check_count(w, err) < 0 ? -1 : 1;
    }
}

static bool is_integer(int encoding)
{
    return encoding == DE_INT16 || encoding == DE_INT32 || encoding == DE_STEIM1 || encoding == DE_STEIM2 ||
           encoding == DE_CDSN || encoding == DE_SRO || encoding == DE_DWWSSN;
}

static int add_channel(const struct walk *w, struct channels *out, struct error *err)
{
    const MSRecord *m = w->msr;

    if (out->n == READER_CHANNELS_MAX)
        return error_set(err, "%s: byte %lld: more than %d channels in one file", input_name(w->in),
                         (long long)input_offset(w->in), READER_CHANNELS_MAX);
    struct channel *c = &out->at[out->n++];
    *c = (struct channel){
        .rate_hz = m->samprate,
        .has_time = true,
        .t0_ns = m->starttime * (1000000000 / HPTMODULUS),
        .unit = UNIT_UNKNOWN,
        .scale = 1,
        .lsb = is_integer(m->encoding) ? 1 : 0,
        .p_s = NAN,
        .s_s = NAN,
    };
    name_channel(m, c);
    w->series->channel = out->n - 1;
    return 0;
}

/* Does this record stand beside the last ones of all channels in time? Where all do, one cursor can serve all channels, with little
 * held back; where one does not, each channel gets a cursor of its own, and the file is read once for each. */
static bool is_abreast(struct walk *w, double *begin_s)
{
    const MSRecord *m = w->msr;
    double start_s = (double)m->starttime / HPTMODULUS, lag_s = LAG_MAX / m->samprate;

    if (*begin_s == 0)
        *begin_s = start_s;
    bool abreast = w->n <= ABREAST_MAX && (w->series->end_s != 0 || fabs(start_s - *begin_s) <= lag_s);
    w->series->end_s = start_s + (double)m->samplecnt / m->samprate;
    for (size_t i = 0; i < w->n && abreast; i++)
        abreast = w->all_series[i].end_s == 0 || fabs(w->all_series[i].end_s - w->series->end_s) <= lag_s;
    return abreast;
}

static int mseed_scan(struct input *in, const struct trace_conf *conf, struct channels *out,
                      struct error *err)
{
    struct walk w = {.in = in, .rate_hz = conf->rate_hz, .all = out};
    double begin_s = 0;
    bool abreast = true;
    int got;

    silence_libmseed();
    out->n = 0;
    while ((got = next_record(&w, err)) > 0) {
        struct series *s = w.series;
        if (s->channel == NO_CHANNEL && (got = add_channel(&w, out, err)) < 0)
            break;
        out->at[s->channel].samples += w.msr->samplecnt;
        abreast = abreast && is_abreast(&w, &begin_s);
    }
    out->multiplexed = abreast || !input_seekable(in);
    walk_end(&w);
    if (got < 0)
        return -1;
    if (out->n == 0)
        return error_set(err, "%s: byte %lld: no samples at %g Hz or more in this miniSEED file",
                         input_name(in), (long long)input_offset(in), READER_RATE_MIN_HZ);
    for (size_t i = 0; input_cut(in) && i < out->n; i++)
        out->at[i].samples = -1;
    return 0;
}

/* ---- reading ---- */

struct cursor {
    struct walk walk;
    bool want[READER_CHANNELS_MAX];
    double *value; /* of the piece last given */
    size_t room;
};

static void mseed_close(void *cursor)
{
    struct cursor *c = cursor;

    if (!c)
        return;
    const struct sys *sys = input_sys(c->walk.in);
    walk_end(&c->walk);
    sys_free(sys, c->value);
    sys_free(sys, c);
}

static int mseed_open(void **cursor, struct input *in, const struct trace_conf *conf,
                      const struct channels *all, const bool *want, struct error *err)
{
    struct cursor *c = sys_alloc(input_sys(in), sizeof *c);

    *cursor = NULL;
    if (!c)
        return error_set(err, "%s: out of memory", input_name(in));
    silence_libmseed();
    memcpy(c->want, want, all->n * sizeof *want);
    c->walk.in = in;
    c->walk.rate_hz = conf->rate_hz;
    c->walk.all = all;
    c->walk.want = c->want;
    *cursor = c;
    return 0;
}

static int make_room(struct cursor *c, size_t n, struct error *err)
{
    const struct sys *sys = input_sys(c->walk.in);
    size_t room = c->room ? c->room : 512;

    if (n <= c->room)
        return 0;
    while (room < n)
        room *= 2;
    sys_free(sys, c->value);
    c->room = 0;
    c->value = sys_alloc(sys, room * sizeof *c->value);
    if (!c->value)
        return error_set(err, "%s: out of memory", input_name(c->walk.in));
    c->room = room;
    return 0;
}

/* The second word of the first Steim frame repeats the last sample: a record that was damaged differs. */
static bool steim_intact(const struct walk *w)
{
    const MSRecord *m = w->msr;

    if (m->encoding != DE_STEIM1 && m->encoding != DE_STEIM2)
        return true;
    const unsigned char *at = w->record + m->fsdh->data_offset + 8;
    uint32_t last = 0;
    for (int i = 0; i < 4; i++)
        last |= (uint32_t)at[i] << 8 * (m->byteorder == 0 ? i : 3 - i);
    return (uint32_t)((const int32_t *)m->datasamples)[m->samplecnt - 1] == last;
}

/* Samples in the byte order that blockette 1000 tells, else in the header's. */
static bool is_swapped(const struct walk *w)
{
    bool big = w->msr->Blkt1000 ? w->msr->byteorder > 0 : w->big;

    return big != (bool)ms_bigendianhost();
}

/* As nearly all files are: big-endian Steim-2. */
static bool is_steim2(const struct walk *w)
{
    const MSRecord *m = w->msr;

    return m->encoding == DE_STEIM2 && (m->Blkt1000 ? m->byteorder > 0 : w->big);
}

static void widen(double *to, const MSRecord *m, size_t n)
{
    const int32_t *integer = m->datasamples;
    const float *single = m->datasamples;

    if (m->sampletype == 'i')
        for (size_t i = 0; i < n; i++)
            to[i] = integer[i];
    else if (m->sampletype == 'f')
        for (size_t i = 0; i < n; i++)
            to[i] = (double)single[i];
    else
        memcpy(to, m->datasamples, n * sizeof *to);
}

static int unpack(struct cursor *c, struct error *err)
{
    struct walk *w = &c->walk;
    MSRecord *m = w->msr;

    if (make_room(c, (size_t)m->samplecnt + STEIM_ROOM, err) < 0)
        return -1;
    if (is_steim2(w) &&
        steim2_decode(w->record + m->fsdh->data_offset, (size_t)w->length - m->fsdh->data_offset, c->value,
                      (size_t)m->samplecnt))
        return 0;
    int64_t decoded = msr_unpack_data(m, is_swapped(w), 0);
    if (decoded < 0)
        return fault(w, err, ms_errorstr((int)decoded));
    if (decoded != m->samplecnt)
        return error_set(err, "%s: byte %lld: %lld samples promised, %lld decoded", input_name(w->in),
                         (long long)input_offset(w->in), (long long)m->samplecnt, (long long)decoded);
    size_t n = (size_t)decoded;
    if (!steim_intact(w))
        return fault(w, err,
                     "the last sample does not agree with the record's check value: the data is damaged");
    widen(c->value, m, n);
    return 0;
}

static int mseed_next(void *cursor, struct piece *out, struct error *err)
{
    struct cursor *c = cursor;
    struct walk *w = &c->walk;

    int got = next_record(w, err);
    if (got <= 0)
        return got;
    const struct channel *channel = &w->all->at[w->series->channel];
    double rate_hz = channel->rate_hz;
    if (fabs(w->msr->samprate - rate_hz) > RATE_TOLERANCE * rate_hz)
        return error_set(err, "%s: byte %lld: %s changes its rate from %g to %g Hz; cut the file there",
                         input_name(w->in), (long long)input_offset(w->in), channel->code, rate_hz,
                         w->msr->samprate);
    *out = (struct piece){
        .channel = w->series->channel,
        .has_time = true,
        .t_ns = w->msr->starttime * (1000000000 / HPTMODULUS),
        .n = (size_t)w->msr->samplecnt,
    };
    if (unpack(c, err) < 0)
        return -1;
    out->value = c->value;
    return 1;
}

const struct reader reader_mseed = {
    .name = "mseed",
    .what = "miniSEED 2 (Steim-1/2, integer, float), full SEED data records; scale from StationXML",
    .probe = mseed_probe,
    .scan = mseed_scan,
    .open = mseed_open,
    .next = mseed_next,
    .close = mseed_close,
};
