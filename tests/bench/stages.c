/* What each stage of the chain costs alone, in ns a three-axis sample:  stages TRACE STATIONXML [REPEATS]
 *
 * The trace is read once into memory, and what the stages say to each other is kept; then each stage runs by itself over
 * all of it, REPEATS times after a warm-up. Stages that cannot run alone (a decision needs its filters) are the
 * difference of two such runs. Output: a line a stage, name, median, smallest and largest, separated by tabs; first the
 * samples that were used. Alone a stage has the caches to itself and nothing to overlap with: the sum is not the whole. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alarm/policy.h"
#include "dsp/denormal.h"
#include "io/reader.h"
#include "io/trace.h"
#include "node/detection_conf.h"
#include "node/events.h"
#include "node/replay.h"

enum { SAMPLES_MAX = 360000, REPORTS_MAX = 65536, REPEATS_MAX = 99 };

struct bench {
    const char *path;
    struct trace_conf trace_conf;
    struct detection_conf conf;
    struct pipeline_input input;
    struct chain_input chain_input;
    /* the stream */
    size_t n, blocks, runs, reports;
    uint16_t *block_n; /* samples of each block as the trace gave it */
    double (*zne)[3];
    struct report *report;
    /* what the stages of a run of samples hand on */
    unsigned char *run; /* how many samples each run has */
    vec4 *x, *energy, *middle;
    struct stalta4_sample *ratio;
    double *snr; /* of each run */
    /* each stage's own */
    struct chain *chain;
    struct pipeline *pipeline;
    struct onset_detector *onset;
    struct features *features;
    struct jma *jma;
    struct stalta4 stalta;
    struct spectrum *spectrum;
    struct policy *policy;
    uint16_t *jma_ring;
    FILE *null;
};

static void fail(const char *what)
{
    fprintf(stderr, "stages: %s\n", what);
    exit(2);
}

static void *need(size_t size)
{
    void *memory = sys_alloc(&sys_real, size);

    if (!memory)
        fail("out of memory");
    return memory;
}

/* Of the processor, so that waiting for it does not count. */
static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- the stages; each leaves what it used as it found it ---- */

static void decode(struct bench *b)
{
    struct channels *all = need(sizeof *all);
    bool want[READER_CHANNELS_MAX];
    struct error err;
    size_t samples = 0;

    struct input *in;
    if (input_open(&in, &sys_real, b->path, &err) < 0 ||
        reader_mseed.scan(in, &b->trace_conf, all, &err) < 0 || input_rewind(in, &err) < 0)
        fail(err.text);
    /* As io/trace.c does it: every component of a file that can be read again has a cursor of its own. */
    for (size_t c = 0; c < all->n; c++) {
        void *cursor;
        struct piece piece;
        for (size_t i = 0; i < READER_CHANNELS_MAX; i++)
            want[i] = i == c;
        if (input_rewind(in, &err) < 0 || reader_mseed.open(&cursor, in, &b->trace_conf, all, want, &err) < 0)
            fail(err.text);
        while (samples < (c + 1) * b->n && reader_mseed.next(cursor, &piece, &err) > 0)
            samples += piece.n;
        reader_mseed.close(cursor);
    }
    input_close(in);
    sys_free(&sys_real, all);
}

static struct trace *open_trace(struct bench *b)
{
    struct trace *trace;
    struct error err;

    if (trace_open(&trace, &sys_real, &b->path, 1, &b->trace_conf, &err) < 0 ||
        trace_start(trace, 0, &err) < 0)
        fail(err.text);
    return trace;
}

static void read_trace(struct bench *b)
{
    struct trace *trace = open_trace(b);
    struct block block;
    struct error err;

    for (size_t n = 0; n < b->n && trace_read(trace, &block, BLOCK_MAX, &err) == SOURCE_BLOCK;)
        n += block.n;
    trace_close(trace);
}

static void drop_report(void *ctx, const struct report *report)
{
    (void)ctx;
    (void)report;
}

static void drop_chain_report(void *ctx, struct report *report)
{
    (void)ctx;
    (void)report;
}

static void feed(struct bench *b, struct pipeline *p)
{
    struct block block = {.unit = UNIT_MPS2, .axis_mask = 7u, .rate_hz = b->input.rate_hz};

    for (size_t i = 0, at = 0; i < b->blocks; at += b->block_n[i++]) {
        block.n = b->block_n[i];
        memcpy(block.value, b->zne + at, block.n * sizeof *block.value);
        pipeline_feed(p, &block);
    }
}

static void feed_pipeline(struct bench *b)
{
    feed(b, b->pipeline);
}

static void feed_chain(struct bench *b)
{
    for (size_t i = 0, at = 0; i < b->blocks; at += b->block_n[i++])
        chain_feed(b->chain, (const double(*)[3])b->zne + at, b->block_n[i]);
}

static void onset_filters(struct bench *b)
{
    for (size_t r = 0, at = 0; r < b->runs; at += b->run[r++])
        onset_filter(b->onset, b->x + at, b->run[r]);
}

static void onset_decisions(struct bench *b, size_t at, size_t n, double snr)
{
    struct onset_hint hint = {b->energy + at, b->ratio + at, snr};
    struct onset_report onset;
    struct reject_report reject;
    enum onset_event event;

    for (size_t i = 0; i < n;)
        i += onset_decide(b->onset, &hint, i, n - i, &event, &onset, &reject);
}

static void onset_whole(struct bench *b)
{
    for (size_t r = 0, at = 0; r < b->runs; r++)
        for (size_t end = at + b->run[r]; at < end;) {
            size_t n = onset_filter(b->onset, b->x + at, end - at);
            onset_decisions(b, at, n, b->snr[r]);
            at += n;
        }
}

static void features_filters(struct bench *b)
{
    vec4 energy[CHAIN_RUN], middle[CHAIN_RUN];

    for (size_t r = 0, at = 0; r < b->runs; at += b->run[r++])
        features_filter(b->features, b->x + at, b->run[r], energy, middle);
}

static void features_whole(struct bench *b)
{
    vec4 energy[CHAIN_RUN], middle[CHAIN_RUN];
    static struct report report;

    for (size_t r = 0, at = 0; r < b->runs; at += b->run[r++]) {
        features_filter(b->features, b->x + at, b->run[r], energy, middle);
        for (size_t i = 0; i < b->run[r];) {
            size_t room = features_run(b->features), n = b->run[r] - i < room ? b->run[r] - i : room;
            if (features_gather(b->features, middle + i, n))
                features_step_report(b->features, &report);
            i += n;
        }
    }
}

static void sta_lta(struct bench *b)
{
    struct stalta4_sample ratio[CHAIN_RUN];

    for (size_t r = 0, at = 0; r < b->runs; at += b->run[r++])
        stalta4_feed(&b->stalta, b->middle + at, ratio, b->run[r]);
}

static void intensity(struct bench *b)
{
    uint16_t bin[CHAIN_RUN];

    for (size_t r = 0, at = 0; r < b->runs; at += b->run[r++]) {
        jma_filter(b->jma, b->x + at, bin, b->run[r]);
        jma_count(b->jma, bin, b->run[r]);
    }
}

static void spectrum(struct bench *b)
{
    for (size_t r = 0, at = 0; r < b->runs; at += b->run[r++])
        spectrum_feed(b->spectrum, b->x + at, b->run[r]);
}

static void decide(struct bench *b)
{
    struct alert alert[POLICY_ALERTS_MAX];

    for (size_t i = 0; i < b->reports; i++)
        policy_feed(b->policy, &b->report[i], alert, POLICY_ALERTS_MAX);
}

/* As `tocsin replay` does it, printing included. */
static void whole(struct bench *b)
{
    struct trace *trace = open_trace(b);
    struct events *events = events_open(&sys_real, b->null);
    struct replay_sink sink = events_sink(events);
    struct error err;

    if (!events || replay_record(trace, 0, &b->conf, BLOCK_MAX, &sys_real, &sink, NULL, NULL, &err) < 0)
        fail(events ? err.text : "out of memory");
    events_close(events);
    trace_close(trace);
}

/* ---- preparing ---- */

static void begin_stages(struct bench *b)
{
    const struct chain_conf *c = &b->conf.pipeline.chain;
    const struct chain_input *in = &b->chain_input;
    const struct spectrum_conf spectrum_conf = {
        .rate_hz = in->rate_hz,
        .window_s = c->spectrum_window_s,
        .hop_s = c->spectrum_hop_s,
        .memory_s = c->spectrum_memory_s,
        .floor_mps2 = c->onset.floor_mps2,
    };
    struct error err;

    if (b->spectrum)
        spectrum_close(b->spectrum);
    if (b->pipeline) {
        pipeline_close(b->pipeline);
        chain_close(b->chain);
    }
    if (!onset_init(b->onset, &c->onset, in->rate_hz, in->axis_mask, in->lsb, in->range_mps2,
                    in->scale_known) ||
        !features_init(b->features, in->rate_hz, in->axis_mask) ||
        !jma_init(b->jma, in->rate_hz, JMA_WINDOW_S, b->jma_ring) ||
        !stalta4_init(&b->stalta, in->rate_hz, c->sta_s, c->lta_s) ||
        spectrum_open(&b->spectrum, &spectrum_conf) < 0 ||
        chain_open(b->chain, c, in, drop_chain_report, NULL) < 0)
        fail("a stage does not open");
    if (pipeline_open(&b->pipeline, &sys_real, &b->conf.pipeline, &b->input, drop_report, NULL, &err) < 0)
        fail(err.text);
    policy_init(b->policy, &b->conf.policy);
}

static void keep_report(void *ctx, const struct report *report)
{
    struct bench *b = ctx;

    if (b->reports < REPORTS_MAX)
        b->report[b->reports++] = *report;
}

static void load(struct bench *b)
{
    struct trace *trace = open_trace(b);
    const struct trace_info *info = trace_record(trace, 0);
    struct error err;

    if (info->axis_mask != 7u || info->rotate || info->unit != UNIT_MPS2)
        fail("the trace must be Z N E in m/s^2");
    b->input = (struct pipeline_input){
        .rate_hz = info->rate_hz,
        .unit = info->unit,
        .axis_mask = info->axis_mask,
        .calibration = calibration_from_rotation(NULL),
    };
    for (int a = 0; a < AXES; a++)
        b->input.lsb[a] = info->component[a].lsb;
    b->chain_input = (struct chain_input){
        .rate_hz = info->rate_hz,
        .axis_mask = info->axis_mask,
        .range_mps2 = b->conf.pipeline.range_mps2,
        .scale_known = true,
    };
    memcpy(b->chain_input.lsb, b->input.lsb, sizeof b->input.lsb);
    struct block block;
    while (trace_read(trace, &block, BLOCK_MAX, &err) == SOURCE_BLOCK && b->n + block.n <= SAMPLES_MAX) {
        memcpy(b->zne + b->n, block.value, block.n * sizeof *b->zne);
        b->n += block.n;
        b->block_n[b->blocks++] = (uint16_t)block.n;
    }
    trace_close(trace);
    if (b->n == 0)
        fail("no samples");
}

/* One pass through the stages as dsp/chain.c goes, keeping what each hands to the next. */
static void keep_between(struct bench *b)
{
    double snr = 0;

    begin_stages(b);
    for (size_t at = 0; at < b->n; b->runs++) {
        size_t n = b->n - at, room = features_run(b->features);
        n = n < CHAIN_RUN ? n : CHAIN_RUN;
        n = n < room ? n : room;
        room = onset_run(b->onset);
        n = n < room ? n : room;
        room = spectrum_run(b->spectrum);
        n = n < room ? n : room;
        for (size_t i = at; i < at + n; i++)
            b->x[i] = VEC4Z(b->zne[i]);
        n = onset_filter(b->onset, b->x + at, n);
        features_filter(b->features, b->x + at, n, b->energy + at, b->middle + at);
        stalta4_feed(&b->stalta, b->middle + at, b->ratio + at, n);
        if (spectrum_feed(b->spectrum, b->x + at, n))
            snr = spectrum_result(b->spectrum)->snr;
        onset_decisions(b, at, n, snr);
        features_gather(b->features, b->middle + at, n);
        b->snr[b->runs] = snr;
        b->run[b->runs] = (unsigned char)n;
        at += n;
    }
    struct error err;
    struct pipeline *p;
    if (pipeline_open(&p, &sys_real, &b->conf.pipeline, &b->input, keep_report, b, &err) < 0)
        fail(err.text);
    feed(b, p);
    pipeline_end(p);
    pipeline_close(p);
}

/* ---- the table ---- */

enum {
    NONE = -1,
    DECODE,
    TRACE,
    PIPELINE,
    CHAIN,
    BANDS,
    ONSET,
    MOTION,
    FEATURES,
    STA_LTA,
    JMA,
    SPECTRUM,
    POLICY,
    WHOLE,
    STAGES
};

/* The names are those of tests/bench/callgrind.py where the stage is the same. */
static const struct {
    const char *name;
    void (*run)(struct bench *b);
    int minus; /* the stage that is in it, and has a row of its own */
} stages[STAGES] = {
    [DECODE] = {"decode miniSEED", decode, NONE},
    [TRACE] = {"align components", read_trace, DECODE},
    [PIPELINE] = {"calibration, level, peaks", feed_pipeline, CHAIN},
    [CHAIN] = {"= the whole chain", feed_chain, NONE},
    [BANDS] = {"octave bands (band-pass)", onset_filters, NONE},
    [ONSET] = {"noise model, CUSUM, onset", onset_whole, BANDS},
    [MOTION] = {"motion filters (velocity, displacement, bands)", features_filters, NONE},
    [FEATURES] = {"features (Pd, tau_c, ratios, windows)", features_whole, MOTION},
    [STA_LTA] = {"STA/LTA", sta_lta, NONE},
    [JMA] = {"JMA intensity", intensity, NONE},
    [SPECTRUM] = {"spectrum (three FFTs a second)", spectrum, NONE},
    [POLICY] = {"evidence, prediction, policy", decide, NONE},
    [WHOLE] = {"= the whole replay", whole, NONE},
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure(struct bench *b, int repeats)
{
    static double cost[STAGES][REPEATS_MAX];

    for (int r = -1; r < repeats; r++) { /* the first is the warm-up */
        begin_stages(b);
        for (int s = 0; s < STAGES; s++) {
            if (s == ONSET || s == FEATURES) /* its filters ran ahead without it */
                begin_stages(b);
            double from = now_ns();
            stages[s].run(b);
            if (r >= 0)
                cost[s][r] = (now_ns() - from) / (double)b->n;
        }
    }
    printf("samples\t%zu\n", b->n);
    for (int s = 0; s < STAGES; s++) {
        double alone[REPEATS_MAX] = {0};
        for (int r = 0; r < repeats; r++)
            alone[r] = cost[s][r] - (stages[s].minus != NONE ? cost[stages[s].minus][r] : 0);
        qsort(alone, (size_t)repeats, sizeof *alone, by_size);
        printf("%s\t%.2f\t%.2f\t%.2f\n", stages[s].name, alone[repeats / 2], alone[0], alone[repeats - 1]);
    }
}

int main(int argc, char **argv)
{
    struct bench *b = need(sizeof *b);
    int repeats = argc > 3 ? atoi(argv[3]) : 7;
    struct error err;

    if (argc < 3 || repeats < 1 || repeats > REPEATS_MAX)
        fail("usage: stages TRACE STATIONXML [REPEATS]");
    b->path = argv[1];
    b->trace_conf.stationxml = argv[2];
    if (detection_conf_load(&b->conf, &sys_real, NULL, NULL, 0, &err) < 0)
        fail(err.text);
    b->block_n = need(SAMPLES_MAX * sizeof *b->block_n);
    b->zne = need(SAMPLES_MAX * sizeof *b->zne);
    b->report = need(REPORTS_MAX * sizeof *b->report);
    b->run = need(SAMPLES_MAX);
    b->snr = need(SAMPLES_MAX * sizeof *b->snr);
    b->x = need(SAMPLES_MAX * sizeof *b->x);
    b->energy = need(SAMPLES_MAX * sizeof *b->energy);
    b->middle = need(SAMPLES_MAX * sizeof *b->middle);
    b->ratio = need(SAMPLES_MAX * sizeof *b->ratio);
    b->chain = need(sizeof *b->chain);
    b->onset = need(sizeof *b->onset);
    b->features = need(sizeof *b->features);
    b->jma = need(sizeof *b->jma);
    b->jma_ring = need(CHAIN_JMA_RING * sizeof *b->jma_ring);
    b->policy = need(sizeof *b->policy);
    b->null = fopen("/dev/null", "w");
    if (!b->null)
        fail(strerror(errno));
    denormal_flush();
    load(b);
    keep_between(b);
    measure(b, repeats);
    return 0;
}
