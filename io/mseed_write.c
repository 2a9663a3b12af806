#include "io/mseed_write.h"

#include <errno.h>
#include <libmseed.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define RATE_MAX_HZ 20000.0 /* as the readers have it */

enum {
    RECORD = 512,
    HELD = 2048,         /* samples a channel keeps; a record takes at most 735 of them */
    OUT = 64 * RECORD,   /* written at once */
    ENCODED = DE_STEIM2, /* 7 frames of 64 bytes a record */
};

struct channel_out {
    int32_t held[HELD];
    size_t n;
    int64_t packed; /* samples that have left */
    int32_t sequence;
};

struct mseed_write {
    const struct sys *sys;
    const char *path;
    int fd, failed; /* errno of the first write that failed */
    double rate_hz;
    int64_t start_ns;
    char instrument[3];
    MSRecord *msr;
    struct channel_out channel[AXES];
    size_t out_n;
    unsigned char out[OUT];
};

static void out_flush(struct mseed_write *w)
{
    if (!w->failed && w->out_n > 0 && sys_write_all(w->sys, w->fd, w->out, w->out_n) != 0)
        w->failed = errno ? errno : EIO;
    w->out_n = 0;
}

static void take_record(char *record, int length, void *writer) /* libmseed's handler */
{
    struct mseed_write *w = writer;

    if (w->out_n + (size_t)length > sizeof w->out)
        out_flush(w);
    memcpy(w->out + w->out_n, record, (size_t)length);
    w->out_n += (size_t)length;
}

static int add_blockettes(MSRecord *msr)
{
    struct blkt_100_s rate = {.samprate = (float)msr->samprate};
    struct blkt_1001_s time = {.timing_qual = 100}; /* libmseed fills in the microseconds */

    return msr_addblockette(msr, (char *)&rate, sizeof rate, 100, 0) &&
                   msr_addblockette(msr, (char *)&time, sizeof time, 1001, 0)
               ? 0
               : -1;
}

static int check(const struct mseed_write_conf *c, struct error *err)
{
    if (strlen(c->network) > 2 || strlen(c->station) > 5 || strlen(c->location) > 2 ||
        strlen(c->instrument) != 2)
        return error_set(err, "%s: '%s.%s.%s.%s' is no miniSEED code: at most 2, 5, 2 and just 2 characters",
                         c->path, c->network, c->station, c->location, c->instrument);
    if (!(c->rate_hz >= 1.0 && c->rate_hz <= RATE_MAX_HZ))
        return error_set(err, "%s: a rate of %g Hz cannot be written as miniSEED", c->path, c->rate_hz);
    return 0;
}

int mseed_write_open(struct mseed_write **out, const struct sys *sys, int fd,
                     const struct mseed_write_conf *c, struct error *err)
{
    struct mseed_write *w;

    *out = NULL;
    if (check(c, err) != 0)
        return -1;
    w = sys_alloc(sys, sizeof *w);
    if (!w)
        return error_set(err, "%s: out of memory", c->path);
    w->sys = sys;
    w->path = c->path;
    w->fd = fd;
    w->rate_hz = c->rate_hz;
    w->start_ns = c->start_ns;
    memcpy(w->instrument, c->instrument, sizeof w->instrument);
    w->msr = msr_init(NULL);
    if (w->msr) {
        MSRecord *m = w->msr;

        snprintf(m->network, sizeof m->network, "%.2s", c->network);
        snprintf(m->station, sizeof m->station, "%.5s", c->station);
        snprintf(m->location, sizeof m->location, "%.2s", c->location);
        m->dataquality = 'D';
        m->samprate = c->rate_hz;
        m->reclen = RECORD;
        m->encoding = ENCODED;
        m->byteorder = 1;
        m->sampletype = 'i';
    }
    if (!w->msr || add_blockettes(w->msr) != 0) {
        mseed_write_close(w);
        return error_set(err, "%s: out of memory", c->path);
    }
    *out = w;
    return 0;
}

/* Packs whole records of one channel, or with `flush` all that it holds. */
static int pack(struct mseed_write *w, int axis, int flush, struct error *err)
{
    struct channel_out *c = &w->channel[axis];
    MSRecord *m = w->msr;
    int64_t packed = 0;
    int records;

    if (c->n == 0)
        return 0;
    snprintf(m->channel, sizeof m->channel, "%s%c", w->instrument, "ZNE"[axis]);
    m->starttime = w->start_ns / (1000000000 / HPTMODULUS) +
                   (hptime_t)llround((double)c->packed / w->rate_hz * HPTMODULUS);
    m->sequence_number = c->sequence;
    m->datasamples = c->held;
    m->numsamples = m->samplecnt = (int64_t)c->n;
    records = msr_pack(m, take_record, w, &packed, (flag)flush, 0);
    m->datasamples = NULL; /* ours: msr_free must not see it */
    if (records < 0)
        return error_set(err, "%s: sample %lld does not fit into miniSEED", w->path,
                         (long long)(c->packed + packed));
    c->sequence = m->sequence_number;
    c->packed += packed;
    c->n -= (size_t)packed;
    memmove(c->held, c->held + packed, c->n * sizeof *c->held);
    return 0;
}

static int told(const struct mseed_write *w, struct error *err)
{
    return w->failed ? error_set(err, "%s: cannot write: %s", w->path, strerror(w->failed)) : 0;
}

int mseed_write_put(struct mseed_write *w, const int32_t (*counts)[AXES], size_t n, struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        for (int a = 0; a < AXES; a++) {
            if (counts[i][a] > MSEED_WRITE_COUNT_MAX || counts[i][a] < -MSEED_WRITE_COUNT_MAX)
                return error_set(err, "%s: a value of %ld counts does not fit into miniSEED", w->path,
                                 (long)counts[i][a]);
            w->channel[a].held[w->channel[a].n++] = counts[i][a];
        }
        for (int a = 0; a < AXES; a++)
            if (w->channel[a].n == HELD && pack(w, a, 0, err) != 0)
                return -1;
        if (w->failed)
            break;
    }
    return told(w, err);
}

int mseed_write_flush(struct mseed_write *w, struct error *err)
{
    for (int a = 0; a < AXES; a++)
        if (pack(w, a, 1, err) != 0)
            return -1;
    out_flush(w);
    return told(w, err);
}

void mseed_write_close(struct mseed_write *w)
{
    if (!w)
        return;
    msr_free(&w->msr);
    sys_free(w->sys, w);
}
