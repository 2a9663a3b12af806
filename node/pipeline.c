#include "node/pipeline.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "dsp/decimate.h"
#include "dsp/denormal.h"
#include "dsp/differentiate.h"
#include "dsp/vec.h"
#include "node/settle.h"

/* FFTW's planner is one per process and not thread-safe: opening and closing of chains must not overlap. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

enum { PEAK_MEAN_S = 4 }; /* the records' catalogues take PGA about the mean of their first 4 s */

struct pipeline {
    const struct sys *sys;
    struct pipeline_conf conf;
    struct pipeline_input input;
    pipeline_sink sink;
    void *ctx;
    double rate_hz;         /* of the detection stream */
    int64_t settle_samples; /* in front of the first real one */
    double late_s;          /* samples missing before the first one */
    double delay_s;
    bool decimates, differentiates;
    struct decimate decimate;
    struct differentiate differentiate;
    struct settle settle;
    vec4 level;
    double level_gain;
    int64_t position; /* input samples so far, lost ones counted */
    int64_t given;    /* samples of the detection stream so far, lost ones counted */
    unsigned skip;    /* inputs to leave out, so that decimation stays on its grid across a gap */
    /* full-rate peaks */
    vec4 sum, mean, low, high;
    double vector2;
    uint64_t mean_n, mean_of; /* samples in the mean; how many it takes */
    struct pipeline_peaks peaks;
    struct chain chain;
};

/* Times of the chain count from the first settle sample, a user's from the first real one; and what the chain
 * sees now was known to the sensor a delay earlier. */
static void relay(void *ctx, struct report *report)
{
    struct pipeline *p = ctx;
    double shift = (double)p->settle_samples / p->rate_hz - p->late_s;

    report->time_s -= shift - p->delay_s;
    if (report->kind == REPORT_ONSET || report->kind == REPORT_REFINED) {
        report->onset.onset_s -= shift;
        report->onset.declared_s -= shift - p->delay_s;
    }
    if (report->kind == REPORT_REJECT)
        report->reject.candidate_s -= shift;
    p->sink(p->ctx, report);
}

static void close_chain(struct pipeline *p)
{
    pthread_mutex_lock(&planner);
    chain_close(&p->chain);
    pthread_mutex_unlock(&planner);
}

int pipeline_open(struct pipeline **out, const struct sys *sys, const struct pipeline_conf *conf,
                  const struct pipeline_input *input, pipeline_sink sink, void *ctx, struct error *err)
{
    *out = NULL;
    struct pipeline *p = sys_alloc(sys, sizeof *p);
    if (!p)
        return error_set(err, "out of memory");
    p->low = VEC4_ALL(INFINITY);
    p->high = -p->low;
    p->mean_of = (uint64_t)(PEAK_MEAN_S * input->rate_hz);
    p->sys = sys;
    p->conf = *conf;
    p->input = *input;
    p->sink = sink;
    p->ctx = ctx;
    p->rate_hz = input->rate_hz;
    p->level_gain = 1 / (0.5 * input->rate_hz);
    p->differentiates = input->unit == UNIT_MPS;
    if (p->differentiates) {
        differentiate_init(&p->differentiate, p->rate_hz);
        p->delay_s += 1 / p->rate_hz;
    }
    unsigned factor = decimate_factor(input->rate_hz);
    p->decimates = factor != 1;
    if (p->decimates) {
        if (!decimate_init(&p->decimate, factor)) {
            error_set(err, "rate %g Hz is too high for detection", input->rate_hz);
            goto fail;
        }
        p->delay_s += decimate_delay(&p->decimate) / input->rate_hz;
        p->rate_hz /= factor;
    }
    double lsb[3] = {input->lsb[0], input->lsb[1], input->lsb[2]};
    struct chain_input chain_input = {
        .rate_hz = p->rate_hz,
        .axis_mask = input->axis_mask,
        .range_mps2 = input->range_mps2 > 0 ? input->range_mps2 : conf->range_mps2,
        .scale_known = input->unit != UNIT_UNKNOWN,
        .sensor = input->sensor,
    };
    /* Differentiation and averaging leave no trace of the digitiser's steps. */
    if (!p->differentiates && !p->decimates)
        memcpy(chain_input.lsb, lsb, sizeof lsb);
    pthread_mutex_lock(&planner);
    int opened = chain_open(&p->chain, &conf->chain, &chain_input, relay, p);
    pthread_mutex_unlock(&planner);
    if (opened < 0) {
        error_set(err, "rate %g Hz: detection needs %g Hz at least", input->rate_hz, CHAIN_RATE_MIN_HZ);
        goto fail;
    }
    p->settle_samples = (int64_t)llround(conf->settle_s * p->rate_hz);
    size_t quiet = (size_t)llround(conf->quiet_s * p->rate_hz);
    if (settle_open(&p->settle, sys, (size_t)p->settle_samples, quiet) < 0) {
        error_set(err, "out of memory for %g s of quiet", conf->quiet_s);
        close_chain(p);
        goto fail;
    }
    denormal_flush();
    *out = p;
    return 0;
fail:
    sys_free(sys, p);
    return -1;
}

void pipeline_close(struct pipeline *p)
{
    if (!p)
        return;
    settle_close(&p->settle, p->sys);
    close_chain(p);
    sys_free(p->sys, p);
}

static void to_chain(void *ctx, const double (*zne)[3], size_t n)
{
    chain_feed(&((struct pipeline *)ctx)->chain, zne, n);
}

/* The level about which the signal moved in the last half second. */
VEC_CLONES static void observe_level(struct pipeline *p, const double (*zne)[3], size_t n)
{
    for (size_t i = 0; i < n; i++)
        p->level += p->level_gain * (VEC4(zne[i]) - p->level);
}

/* Peaks, and the same level where the signal is acceleration as it comes: in one loop, as a level waits for
 * the one before. */
VEC_CLONES static void observe(struct pipeline *p, const double (*zne)[3], size_t n)
{
    vec4 low = p->low, high = p->high, level = p->level;
    double vector2 = p->vector2;

    for (size_t i = 0; i < n; i++) {
        vec4 x = VEC4(zne[i]), off;
        level += p->level_gain * (x - level);
        if (p->mean_n < p->mean_of) {
            p->sum += x;
            p->mean = p->sum / (double)++p->mean_n;
        }
        low = VEC4_MIN(low, x);
        high = VEC4_MAX(high, x);
        off = x - p->mean;
        off *= off;
        /* Before the mean is known a vector about it says nothing. */
        if (p->mean_n >= p->mean_of)
            vector2 = vec_max(vector2, VEC4_SUM3(off));
    }
    p->low = low;
    p->high = high;
    p->vector2 = vector2;
    if (!p->differentiates)
        p->level = level;
}

/* Acceleration at the full rate, which is overwritten by what becomes of it. */
static void take(struct pipeline *p, double (*zne)[3], size_t n)
{
    size_t left = 0;

    observe(p, (const double(*)[3])zne, n);
    for (size_t i = 0; i < n && p->decimates; i++)
        if (p->skip > 0) /* after a gap: until an input that the decimated grid has */
            p->skip--;
        else if (decimate_step(&p->decimate, zne[i], zne[left]))
            left++;
    if (!p->decimates)
        left = n;
    settle_feed(&p->settle, (const double(*)[3])zne, left, to_chain, p);
    p->given += (int64_t)left;
}

static void flush_difference(struct pipeline *p)
{
    double last[1][3];

    if (p->differentiates && differentiate_last(&p->differentiate, last[0]))
        take(p, last, 1);
}

/* What a run of calibrated samples becomes before it is taken: velocity is differentiated in place. */
static void convert(struct pipeline *p, double (*zne)[3], size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n && p->differentiates; i++) {
        double a[3];
        if (differentiate_step(&p->differentiate, zne[i], a))
            memcpy(zne[kept++], a, sizeof a);
    }
    take(p, zne, p->differentiates ? kept : n);
}

/* A hole as short as a lost packet is filled with that level: silence, which neither looks like an onset nor hides one. (A line
 * from the last sample to the next would be an onset in the low bands, where single samples stand far out of the noise.) A
 * reset of every filter would make the node deaf for seconds, just when a cable is shaken. It counts as lost all the same. */
static void bridge(struct pipeline *p, uint64_t lost)
{
    for (uint64_t i = 0; i < lost; i++) {
        double level[1][3] = {{p->level[0], p->level[1], p->level[2]}};
        convert(p, level, 1);
    }
    p->peaks.lost += lost;
    p->position += (int64_t)lost;
}

/* What comes next is sample `position` of the input; whatever of the detection stream was not given by then
 * is lost. */
static void gap(struct pipeline *p, uint64_t lost)
{
    unsigned factor = p->decimates ? p->decimate.factor : 1;

    flush_difference(p);
    settle_flush(&p->settle, to_chain, p);
    if (p->differentiates)
        differentiate_reset(&p->differentiate);
    p->peaks.lost += lost;
    p->position += (int64_t)lost;
    int64_t next = (p->position + factor - 1) / factor;
    if (p->decimates) {
        decimate_reset(&p->decimate);
        p->skip = (unsigned)(next * factor - p->position);
    }
    if (next > p->given) {
        chain_gap(&p->chain, (uint64_t)(next - p->given));
        p->given = next;
    }
}

void pipeline_feed(struct pipeline *p, const struct block *block)
{
    double zne[BLOCK_MAX][3];

    memcpy(zne, block->value, block->n * sizeof *zne);
    calibration_apply(&p->input.calibration, zne, block->n);
    if (block->lost > 0 &&
        p->position == 0) { /* the stream begins late: no gap, as nothing was heard before */
        p->late_s = (double)block->lost / p->input.rate_hz;
        p->peaks.lost += block->lost;
    } else if (block->lost > 0 && (double)block->lost <= p->conf.bridge_s * p->input.rate_hz) {
        bridge(p, block->lost);
    } else if (block->lost > 0) {
        gap(p, block->lost);
    }
    if (p->position == 0)
        p->level = VEC4(zne[0]);
    if (p->differentiates)
        observe_level(p, (const double(*)[3])zne, block->n);
    convert(p, zne, block->n);
    p->peaks.samples += block->n;
    p->position += (int64_t)block->n;
}

void pipeline_end(struct pipeline *p)
{
    flush_difference(p);
    settle_flush(&p->settle, to_chain, p);
    chain_end(&p->chain);
}

double pipeline_rate_hz(const struct pipeline *p)
{
    return p->rate_hz;
}

double pipeline_delay_s(const struct pipeline *p)
{
    return p->delay_s;
}

const struct chain *pipeline_chain(const struct pipeline *p)
{
    return &p->chain;
}

struct pipeline_peaks pipeline_peaks(const struct pipeline *p)
{
    struct pipeline_peaks peaks = p->peaks;

    /* The mean is complete only after 4 s: the extremes are kept, and set against it when somebody asks. */
    for (int a = 0; a < AXES; a++)
        if (p->high[a] >= p->low[a] && p->mean_n > 0)
            peaks.axis_mps2[a] = fmax(p->high[a] - p->mean[a], p->mean[a] - p->low[a]);
    peaks.vector_mps2 = sqrt(p->vector2);
    return peaks;
}
