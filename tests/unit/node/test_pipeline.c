/* From blocks to reports: no division into blocks changes anything, and times stay the sensor's. */
#include "node/pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dsp/decimate.h"
#include "node/events.h"
#include "tests/unit/near.h"
#include "tests/unit/fake_end.h"
#include "tests/unit/node/listen.h"

/* ---- a stream of blocks, and a digest of every report ---- */

struct told {
    uint64_t digest; /* FNV-1a over every number of every report */
    size_t reports, rejects, gaps, onsets, refined;
    double onset_s[16], declared_s[16], refined_s[16]; /* by id - 1 */
    double first_step_s, last_step_s, gap_s;
    uint64_t gap_lost; /* of the detection stream */
    bool armed_after_gap, observed_after_gap, known_late;
    double rearmed_s, observed_s; /* first step after the gap with onsets, with observation armed */
    uint32_t window_after_gap;
    double pga_mps2; /* of any step */
    double loudest_after_gap, sta_lta_after_gap, snr_after_gap, jma_after_gap;
    uint32_t last_window;
    /* when a report came: the time of the last sample fed */
    const double *now_s;
    double latest_s, earliest_s; /* of report.time_s - now */
};

static void digest(struct told *t, const void *bytes, size_t n)
{
    const unsigned char *c = bytes;

    for (size_t i = 0; i < n; i++)
        t->digest = (t->digest ^ c[i]) * UINT64_C(0x100000001b3);
}

#define DIGEST(t, field) digest(t, &(field), sizeof(field))

static void digest_report(struct told *t, const struct report *r)
{
    const struct window_report *w = &r->window;

    DIGEST(t, r->kind);
    DIGEST(t, r->sample);
    DIGEST(t, r->time_s);
    DIGEST(t, r->scale_known);
    DIGEST(t, r->armed_observed);
    DIGEST(t, r->armed_onset);
    DIGEST(t, r->lost);
    DIGEST(t, r->onset.id);
    DIGEST(t, r->onset.phase);
    DIGEST(t, r->onset.onset);
    DIGEST(t, r->onset.onset_s);
    DIGEST(t, r->onset.declared_s);
    DIGEST(t, r->onset.snr);
    DIGEST(t, r->onset.statistic);
    DIGEST(t, r->onset.frequency_hz);
    DIGEST(t, r->onset.quality);
    DIGEST(t, r->reject.reason);
    DIGEST(t, r->reject.candidate_s);
    DIGEST(t, r->reject.value);
    DIGEST(t, r->step); /* doubles only: no padding */
    DIGEST(t, w->onset_id);
    digest(t, &w->t_s, offsetof(struct window_report, has_background) - offsetof(struct window_report, t_s));
    DIGEST(t, w->has_background);
    digest(t, &w->pa_mps2, sizeof *w - offsetof(struct window_report, pa_mps2));
}

static void tell(void *ctx, const struct report *r)
{
    struct told *t = ctx;
    size_t id = r->onset.id - 1;

    t->reports++;
    digest_report(t, r);
    if (t->now_s && r->time_s > 2.5) { /* what the quiet part held back came late */
        t->latest_s = fmax(t->latest_s, r->time_s - *t->now_s);
        t->earliest_s = fmin(t->earliest_s, r->time_s - *t->now_s);
    }
    switch (r->kind) {
    case REPORT_ONSET:
        t->onsets++;
        t->known_late = t->known_late || r->onset.declared_s != r->time_s;
        if (id < 16) {
            t->onset_s[id] = r->onset.onset_s;
            t->declared_s[id] = r->onset.declared_s;
        }
        break;
    case REPORT_REFINED:
        t->refined++;
        if (id < 16)
            t->refined_s[id] = r->onset.onset_s;
        break;
    case REPORT_REJECT:
        t->rejects++;
        break;
    case REPORT_GAP:
        t->gaps++;
        t->gap_s = r->time_s;
        t->gap_lost = r->lost;
        break;
    case REPORT_STEP:
        if (t->first_step_s == 0)
            t->first_step_s = r->time_s;
        t->last_step_s = r->time_s;
        if (t->gaps && !t->armed_after_gap && r->armed_onset) {
            t->armed_after_gap = true;
            t->rearmed_s = r->time_s;
        }
        if (t->gaps && !t->observed_after_gap && r->armed_observed) {
            t->observed_after_gap = true;
            t->observed_s = r->time_s;
        }
        if (t->gaps) {
            t->loudest_after_gap = fmax(t->loudest_after_gap, r->step.pga_mps2);
            t->sta_lta_after_gap = fmax(t->sta_lta_after_gap, r->step.sta_lta);
            t->snr_after_gap = fmax(t->snr_after_gap, r->step.snr_spectrum);
            t->jma_after_gap = fmax(t->jma_after_gap, r->step.jma);
        }
        t->last_window = r->window.onset_id;
        if (t->gaps && !t->window_after_gap)
            t->window_after_gap = r->window.onset_id;
        t->pga_mps2 = fmax(t->pga_mps2, r->step.pga_mps2);
        break;
    }
}

struct stream { /* zero: acceleration, three axes, no gap */
    enum unit unit;
    unsigned axis_mask;
    double settle_s, quiet_s;
    size_t gap_at;             /* samples before the gap; 0: none */
    uint64_t lost, lost_first; /* in the gap; before the first sample */
    const double (*to_zne)[3];
    double window_max_s; /* 0: the default */
    double bridge_s;
    bool clocked; /* compare every report's time with the last sample's */
};

static struct pipeline_peaks peaks;
static double delay_s, detection_hz;

static void feed(const struct signal *s, const struct stream *how, size_t block_max, struct told *t)
{
    static struct block b;
    struct pipeline_conf conf = default_conf()->pipeline;

    conf.bridge_s = how->bridge_s; /* 0 unless asked for: every hole is a gap */
    struct pipeline_input input = {
        .rate_hz = s->rate_hz,
        .unit = how->unit,
        .axis_mask = how->axis_mask ? how->axis_mask : 7,
        .calibration = calibration_from_rotation(how->to_zne),
    };
    struct fake_sys fake;
    struct pipeline *p;
    struct error err;
    double now = 0;

    memset(t, 0, sizeof *t);
    t->digest = UINT64_C(0xcbf29ce484222325);
    t->latest_s = -1e9;
    t->earliest_s = 1e9;
    t->now_s = how->clocked ? &now : NULL;
    if (how->window_max_s > 0)
        conf.chain.window_max_s = how->window_max_s;
    conf.settle_s = how->settle_s;
    conf.quiet_s = how->quiet_s;
    fake_sys_init(&fake);
    if (pipeline_open(&p, &fake.sys, &conf, &input, tell, t, &err) < 0)
        fail_msg("%s", err.text);
    long allocs = fake.allocs;
    uint64_t lost = how->lost_first, before = lost;
    for (size_t i = 0; i < s->n;) {
        size_t end = how->gap_at > i ? how->gap_at : s->n, n = end - i < block_max ? end - i : block_max;
        b.rate_hz = s->rate_hz;
        b.unit = how->unit;
        b.axis_mask = input.axis_mask;
        b.lost = lost;
        b.n = n;
        memcpy(b.value, s->x + i, n * sizeof *s->x);
        now = (double)(i + n - 1 + before) / s->rate_hz;
        pipeline_feed(p, &b);
        i += n;
        lost = how->gap_at && i == how->gap_at ? how->lost : 0;
        before += lost;
    }
    t->now_s = NULL;
    pipeline_end(p);
    assert_int_equal(fake.allocs, allocs); /* feeding allocates nothing */
    peaks = pipeline_peaks(p);
    delay_s = pipeline_delay_s(p);
    detection_hz = pipeline_rate_hz(p);
    pipeline_close(p);
    fake_sys_end(&fake);
}

/* A P and an S, a spike before, noise and gravity. */
static struct signal earthquake(double rate_hz, double seconds, double p_s)
{
    struct signal s = signal_new(rate_hz, seconds);

    add_offset(&s, 9.81, 0.1, -0.2);
    add_noise(&s, 1e-4, 5);
    add_spike(&s, p_s - 6, 0.01);
    add_p(&s, p_s, 0.05, 4);
    add_wave(&s, p_s + 3, (double[]){0.3, 0.8, 0.8}, wave_p, 1.5);
    return s;
}

/* The exact integral's increments would do; a running sum is what a velocity sensor's file differs from. */
static void to_velocity(struct signal *s)
{
    double v[3] = {0};

    for (size_t i = 0; i < s->n; i++)
        for (int a = 0; a < 3; a++) {
            v[a] += s->x[i][a] / s->rate_hz;
            s->x[i][a] = v[a];
        }
}

/* ---- blocks ---- */

static const struct {
    const char *name;
    double rate_hz;
    struct stream how;
} streams[] = {
    {"as it is", 100, {.unit = UNIT_MPS2}},
    {"with a gap and a settle time",
     62.5,
     {.unit = UNIT_MPS2, .settle_s = 20, .quiet_s = 2, .gap_at = 900, .lost = 37}},
    {"a gap inside the quiet part",
     50,
     {.unit = UNIT_MPS2, .settle_s = 20, .quiet_s = 2, .gap_at = 60, .lost = 500}},
    {"decimated, with a gap",
     500,
     {.unit = UNIT_MPS2, .settle_s = 5, .quiet_s = 2, .gap_at = 5001, .lost = 777}},
    {"velocity, with a gap",
     100,
     {.unit = UNIT_MPS, .settle_s = 20, .quiet_s = 2, .gap_at = 1100, .lost = 99}},
    {"counts of one axis", 40, {.unit = UNIT_UNKNOWN, .axis_mask = 1, .settle_s = 20, .quiet_s = 2}},
    {"a late start", 100, {.unit = UNIT_MPS2, .settle_s = 20, .quiet_s = 2, .lost_first = 50}},
};

static void every_division_into_blocks_gives_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        struct signal s = earthquake(streams[i].rate_hz, 24, 14);
        struct told first, again;
        if (streams[i].how.unit == UNIT_MPS)
            to_velocity(&s);
        feed(&s, &streams[i].how, BLOCK_MAX, &first);
        if (first.onsets < 2 || first.reports < 200)
            fail_msg("%s: too little happens to tell", streams[i].name);
        for (size_t block = 1; block <= BLOCK_MAX; block++) {
            feed(&s, &streams[i].how, block, &again);
            if (again.digest != first.digest || again.reports != first.reports)
                fail_msg("%s: blocks of %zu", streams[i].name, block);
        }
        signal_free(&s);
    }
}

/* ---- times ---- */

static const struct {
    const char *name;
    double rate_hz;
    enum unit unit;
    double settle_s;
} clocks[] = {
    {"as it is", 100, UNIT_MPS2, 0},
    {"settled", 100, UNIT_MPS2, 30},
    {"an odd rate", 31.25, UNIT_MPS2, 30},
    {"decimated by two", 500, UNIT_MPS2, 10},
    {"by four", 1000, UNIT_MPS2, 10},
    {"by four, an odd rate", 1001, UNIT_MPS2, 10},
    {"velocity", 100, UNIT_MPS, 30},
    {"velocity, decimated", 500, UNIT_MPS, 10},
    {"a little above 250", 250.2, UNIT_MPS2, 10},
};

/* A report's time is that of the sample with which it was known; an onset's is that of the ground. */
static void times_are_the_sensors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        struct signal s = earthquake(clocks[i].rate_hz, 24, 14);
        struct stream how = {
            .unit = clocks[i].unit, .settle_s = clocks[i].settle_s, .quiet_s = 2, .clocked = true};
        struct told t;
        double truth = ceil(14 * clocks[i].rate_hz) / clocks[i].rate_hz;
        if (how.unit == UNIT_MPS)
            to_velocity(&s);
        feed(&s, &how, 1, &t);
        if (fabs(t.latest_s) > 1e-9 || fabs(t.earliest_s) > 1e-9)
            fail_msg("%s: reports are from %g s to %g s late", clocks[i].name, t.earliest_s, t.latest_s);
        if (t.known_late)
            fail_msg("%s: an onset is declared at another time than its report's", clocks[i].name);
        if (t.onsets != 2 || t.refined != 2)
            fail_msg("%s: %zu onsets, %zu refined", clocks[i].name, t.onsets, t.refined);
        if (fabs(t.refined_s[0] - truth) > 1.01 / detection_hz + 2 / clocks[i].rate_hz)
            fail_msg("%s: onset at %g s instead of %g s", clocks[i].name, t.refined_s[0], truth);
        if (t.declared_s[0] < truth + 0.02 + delay_s || t.declared_s[0] > truth + 0.2 + delay_s)
            fail_msg("%s: declared at %g s", clocks[i].name, t.declared_s[0]);
        double want = (clocks[i].unit == UNIT_MPS ? 1 / clocks[i].rate_hz : 0) +
                      (clocks[i].rate_hz > 255 ? 10 / detection_hz : 0);
        if (fabs(delay_s - want) > 1e-12)
            fail_msg("%s: a delay of %g s", clocks[i].name, delay_s);
        signal_free(&s);
    }
}

static const struct {
    const char *name;
    double rate_hz, at_s;
    uint64_t lost;
} gaps[] = {
    {"10 s", 100, 12, 1000},
    {"one sample", 100, 12, 1},
    {"decimated by two", 500, 12, 5001},
    {"one sample of 500 Hz", 500, 12, 1},
    {"decimated by four", 1000, 12, 10003},
    {"two samples of 1000 Hz", 1000, 12, 2},
    {"an hour", 100, 12, 360000},
    {"at an odd sample", 1000, 12.0013, 4444},
};

/* Time runs on over a gap, onsets arm again a second later, and the decimated grid stays where it was. */
static void a_gap_is_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
        double rate = gaps[i].rate_hz;
        struct signal s = earthquake(rate, 26, 16);
        struct stream how = {.unit = UNIT_MPS2,
                             .settle_s = 10,
                             .quiet_s = 2,
                             .gap_at = (size_t)(gaps[i].at_s * rate),
                             .lost = gaps[i].lost,
                             .clocked = true};
        struct told t;
        feed(&s, &how, 1, &t);
        double gap_s = (double)gaps[i].lost / rate, truth = 16 + gap_s, behind_s = 12 + gap_s;
        if (t.gaps != 1 || peaks.lost != gaps[i].lost || peaks.samples != s.n)
            fail_msg("%s: %zu gaps, %d lost", gaps[i].name, t.gaps, (int)peaks.lost);
        if (t.latest_s > 1e-9 + delay_s + 1 / detection_hz || t.onsets != 2 ||
            fabs(t.refined_s[0] - truth) > 0.011)
            fail_msg("%s: onset at %g s instead of %g s, %zu onsets, %g s late", gaps[i].name, t.refined_s[0],
                     truth, t.onsets, t.latest_s);
        if (rate < 255 && t.gap_lost != gaps[i].lost)
            fail_msg("%s: a gap of %d samples", gaps[i].name, (int)t.gap_lost);
        if (t.observed_s < behind_s + 9.8 || t.observed_s > behind_s + 10.2)
            fail_msg("%s: observing again at %g s", gaps[i].name, t.observed_s);
        if (t.rearmed_s < behind_s + 0.9 || t.rearmed_s > behind_s + 1.3)
            fail_msg("%s: armed again at %g s, %g s behind the gap", gaps[i].name, t.rearmed_s,
                     t.rearmed_s - behind_s);
        signal_free(&s);
    }
}

/* The same ground with and without its samples 12 s .. 12 s + lost: the decimated grid stays where it was, so
 * that the same sample is the onset. */
static void the_decimated_grid_stays_across_a_gap(void **state)
{
    static const double rates[] = {500, 1000, 2000};

    (void)state;
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (uint64_t lost = 1; lost <= 16; lost++) {
            struct signal s = earthquake(rates[r], 22, 16);
            struct stream how = {.unit = UNIT_MPS2};
            struct told whole, broken;
            size_t at = (size_t)(12 * rates[r]);
            add_wave(&s, 16, (double[]){3, 3, 3}, wave_p, 20); /* so strong that the onset is one sample's */
            feed(&s, &how, 100, &whole);
            memmove(s.x + at, s.x + at + lost, (s.n - at - lost) * sizeof *s.x);
            s.n -= lost;
            how.gap_at = at;
            how.lost = lost;
            feed(&s, &how, 100, &broken);
            if (fabs(broken.pga_mps2 / whole.pga_mps2 - 1) > 2e-4)
                fail_msg("%g Hz, %d lost: %.9g instead of %.9g m/s^2", rates[r], (int)lost, broken.pga_mps2,
                         whole.pga_mps2);
            if (broken.gaps != 1 || fabs(broken.onset_s[0] - whole.onset_s[0]) > 1e-9 ||
                fabs(broken.declared_s[0] - whole.declared_s[0]) > 1e-9)
                fail_msg("%g Hz, %d lost: %.4f s, declared %.4f s, instead of %.4f s, %.4f s", rates[r],
                         (int)lost, broken.onset_s[0], broken.declared_s[0], whole.onset_s[0],
                         whole.declared_s[0]);
            signal_free(&s);
        }
}

/* A hole as short as a lost packet is a straight line: no gap is told, nothing disarms, time runs on. */
static void a_short_hole_is_bridged(void **state)
{
    static const struct {
        double rate_hz;
        uint64_t lost;
        size_t gaps;
        enum unit unit;
    } rows[] = {
        {100, 1, 0, UNIT_MPS2},  {100, 20, 0, UNIT_MPS2},  {100, 21, 1, UNIT_MPS2}, {31.25, 6, 0, UNIT_MPS2},
        {500, 99, 0, UNIT_MPS2}, {500, 101, 1, UNIT_MPS2}, {100, 20, 0, UNIT_MPS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double rate = rows[i].rate_hz;
        struct signal s = earthquake(rate, 26, 16);
        struct stream how = {
            .unit = rows[i].unit, .gap_at = (size_t)(15 * rate), .lost = rows[i].lost, .bridge_s = 0.2};
        struct told t;
        feed(&s, &how, 7, &t);
        double truth = 16 + (double)rows[i].lost / rate;
        if (t.gaps != rows[i].gaps || peaks.lost != rows[i].lost)
            fail_msg("row %zu: %zu gaps, %d lost", i, t.gaps, (int)peaks.lost);
        if (rows[i].gaps == 0 && (t.onsets == 0 || fabs(t.refined_s[0] - truth) > 0.05))
            fail_msg("row %zu: %zu onsets, the first at %g s instead of %g s", i, t.onsets, t.refined_s[0],
                     truth);
        signal_free(&s);
    }
}

/* A sensor that comes back with another offset has not shaken. */
static void a_new_offset_behind_a_gap_is_no_shaking(void **state)
{
    static const enum unit units[] = {UNIT_MPS2, UNIT_MPS};
    static const double rates[] = {100, 500};

    (void)state;
    for (size_t u = 0; u < 2; u++)
        for (size_t r = 0; r < 2; r++) {
            struct signal s = signal_new(rates[r], 40);
            struct stream how = {.unit = units[u], .gap_at = s.n / 2, .lost = 17};
            struct told t;
            add_noise(&s, units[u] == UNIT_MPS ? 1e-6 : 1e-4, 5);
            for (size_t i = how.gap_at; i < s.n; i++)
                s.x[i][0] += 1;
            feed(&s, &how, 100, &t);
            if (rates[r] < 255)
                assert_int_equal(t.gap_lost, 17); /* the last sample before it came through */
            if (t.onsets || t.loudest_after_gap > 3e-3 || t.sta_lta_after_gap > 4 || t.snr_after_gap > 10 ||
                t.jma_after_gap > 0.5)
                fail_msg("%g Hz, unit %d: %zu onsets, %g m/s^2, STA/LTA %g, SNR %g, JMA %g", rates[r],
                         (int)units[u], t.onsets, t.loudest_after_gap, t.sta_lta_after_gap, t.snr_after_gap,
                         t.jma_after_gap);
            signal_free(&s);
        }
}

static void a_window_closes_after_its_time(void **state)
{
    struct signal s = earthquake(100, 24, 14);
    struct stream how = {.unit = UNIT_MPS2};
    struct told t;

    (void)state;
    feed(&s, &how, 100, &t);
    assert_true(t.last_window > 0);
    how.window_max_s = 5;
    feed(&s, &how, 100, &t);
    assert_int_equal(t.last_window, 0);
    signal_free(&s);
}

static void an_event_survives_a_gap(void **state)
{
    struct signal s = earthquake(100, 26, 14);
    struct stream how = {.unit = UNIT_MPS2, .gap_at = 1500, .lost = 50};
    struct told t;

    (void)state;
    feed(&s, &how, 100, &t);
    assert_int_equal(t.window_after_gap, 1);
    signal_free(&s);
}

/* Samples missing before the first are time too: the times stay those of the record. */
static void a_late_start_shifts_nothing(void **state)
{
    static const double rates[] = {100, 500};

    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (double settle_s = 0; settle_s < 20; settle_s += 10) {
            struct signal s = earthquake(rates[i], 24, 14);
            struct stream how = {.unit = UNIT_MPS2, .settle_s = settle_s, .quiet_s = 2, .clocked = true};
            struct told whole, late;
            feed(&s, &how, 100, &whole);
            how.lost_first = (uint64_t)(3 * rates[i]);
            feed(&s, &how, 100, &late);
            if (late.onsets != 2 || fabs(late.refined_s[0] - whole.refined_s[0] - 3) > 1e-9 ||
                fabs(late.declared_s[0] - whole.declared_s[0] - 3) > 1e-9)
                fail_msg("%g Hz, settle %g s: onset %g s, declared %g s", rates[i], settle_s,
                         late.refined_s[0], late.declared_s[0]);
            assert_int_equal(peaks.lost, how.lost_first);
            signal_free(&s);
        }
}

/* ---- what comes in ---- */

static void velocity_becomes_acceleration(void **state)
{
    struct signal s = earthquake(100, 24, 14);
    struct stream how = {.unit = UNIT_MPS2};
    struct told a, v;

    (void)state;
    feed(&s, &how, 100, &a);
    to_velocity(&s);
    how.unit = UNIT_MPS;
    feed(&s, &how, 100, &v);
    assert_true(fabs(v.pga_mps2 / a.pga_mps2 - 1) < 0.05); /* the difference is 6 % low at 10 Hz only */
    signal_free(&s);
}

/* Differentiation is a sample behind: at the end of a record the last one comes through too. */
static void the_last_sample_counts(void **state)
{
    static const enum unit units[] = {UNIT_MPS2, UNIT_MPS};

    (void)state;
    for (size_t u = 0; u < 2; u++) {
        struct signal s = signal_new(100, 24);
        struct stream how = {.unit = units[u]};
        struct told t;
        add_noise(&s, 1e-6, 5);
        s.n = 2301; /* the last sample ends a step */
        feed(&s, &how, 100, &t);
        assert_near(t.last_step_s, 23 + delay_s, 1e-9);
        signal_free(&s);
    }
}

static void a_rotation_is_applied(void **state)
{
    /* X to the south, Y to the east, Z up, as a sensor may be screwed on; and 30 degrees off north */
    static const double turned[3][3] = {{0, 0, 1}, {-1, 0, 0}, {0, 1, 0}};
    const double c = cos(M_PI / 6), d = sin(M_PI / 6);
    const double off[3][3] = {{1, 0, 0}, {0, c, -d}, {0, d, c}};
    struct signal s = earthquake(100, 24, 14), mounted = earthquake(100, 24, 14),
                  askew = earthquake(100, 24, 14);
    struct stream how = {.unit = UNIT_MPS2};
    struct told want, got;

    (void)state;
    for (size_t i = 0; i < s.n; i++) {
        const double *x = s.x[i];
        memcpy(mounted.x[i], (double[3]){-x[1], x[2], x[0]}, sizeof *s.x);
        memcpy(askew.x[i], (double[3]){x[0], c * x[1] + d * x[2], -d * x[1] + c * x[2]}, sizeof *s.x);
    }
    feed(&s, &how, 100, &want);
    how.to_zne = turned;
    feed(&mounted, &how, 100, &got);
    assert_true(got.digest == want.digest);
    how.to_zne = off;
    feed(&askew, &how, 100, &got);
    assert_true(got.digest != want.digest);
    assert_int_equal(got.onsets, want.onsets);
    assert_near(got.refined_s[0], want.refined_s[0], 0.011);
    assert_near(got.pga_mps2, want.pga_mps2, 1e-9);
    signal_free(&s);
    signal_free(&mounted);
    signal_free(&askew);
}

static void one_axis_is_picked_on_that_axis(void **state)
{
    (void)state;
    for (int axis = 0; axis < 3; axis++) {
        struct signal s = earthquake(100, 24, 14);
        struct stream how = {.unit = UNIT_MPS2, .axis_mask = 1u << axis};
        struct told t;
        for (size_t i = 0; i < s.n; i++)
            for (int a = 0; a < 3; a++)
                if (a != axis)
                    s.x[i][a] = 0;
        feed(&s, &how, 100, &t);
        if (t.onsets < 1 || fabs(t.refined_s[0] - 14) > 0.1)
            fail_msg("axis %d: %g s", axis, t.refined_s[0]);
        for (int a = 0; a < 3; a++)
            assert_true((peaks.axis_mps2[a] > 0) == (a == axis));
        signal_free(&s);
    }
}

/* The full-rate peaks: about the mean of the first 4 s, before any filter. */
static void peaks_are_those_of_the_raw_record(void **state)
{
    static const double rates[] = {100, 500};

    (void)state;
    for (size_t r = 0; r < 2; r++) {
        struct signal s = earthquake(rates[r], 24, 14);
        struct stream how = {.unit = UNIT_MPS2, .settle_s = 10, .quiet_s = 2};
        struct told t;
        double mean[3] = {0}, most[3] = {0};
        size_t four = (size_t)(4 * rates[r]);
        for (size_t i = 0; i < four; i++)
            for (int a = 0; a < 3; a++)
                mean[a] += s.x[i][a] / (double)four;
        for (size_t i = 0; i < s.n; i++)
            for (int a = 0; a < 3; a++)
                most[a] = fmax(most[a], fabs(s.x[i][a] - mean[a]));
        feed(&s, &how, 100, &t);
        for (int a = 0; a < 3; a++)
            assert_near(peaks.axis_mps2[a], most[a], 1e-9);
        assert_int_equal(peaks.samples, s.n);
        signal_free(&s);
    }
}

/* A record shorter than its quiet part, in samples. */
static void a_very_short_record_comes_through(void **state)
{
    static const size_t lengths[] = {1, 2, 3, 10, 21, 50};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (int unit = UNIT_UNKNOWN; unit <= UNIT_MPS; unit++)
            for (double rate = 100; rate < 600; rate += 400) {
                struct signal s = earthquake(rate, 10, 8);
                struct stream how = {.unit = (enum unit)unit, .settle_s = 60, .quiet_s = 2};
                struct told t;
                s.n = lengths[i];
                feed(&s, &how, 7, &t);
                assert_int_equal(t.onsets, 0);
                assert_int_equal(peaks.samples, s.n);
                signal_free(&s);
            }
}

static const struct {
    double rate_hz;
    const char *want; /* NULL: fine */
} rates[] = {
    {20, NULL},
    {250, NULL},
    {250.1, NULL},
    {254.9, NULL},
    {256, NULL},
    {4000, NULL},
    {19.9, "rate 19.9 Hz: detection needs 20 Hz at least"},
    {1, "rate 1 Hz: detection needs 20 Hz at least"},
    {5000, "rate 5000 Hz is too high for detection"},
    {20000, "rate 20000 Hz is too high for detection"},
};

static void a_rate_that_cannot_work_is_one_clear_error(void **state)
{
    struct pipeline_conf conf = default_conf()->pipeline;

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct pipeline_input input = {.rate_hz = rates[i].rate_hz,
                                       .unit = UNIT_MPS2,
                                       .axis_mask = 7,
                                       .calibration = calibration_from_rotation(NULL)};
        struct error err = {""};
        struct told t = {0};
        struct pipeline *p;
        int result = pipeline_open(&p, &sys_real, &conf, &input, tell, &t, &err);
        if ((result == 0) != (rates[i].want == NULL))
            fail_msg("%g Hz: '%s'", rates[i].rate_hz, err.text);
        if (rates[i].want) {
            assert_string_equal(err.text, rates[i].want);
            assert_null(p);
        } else if (pipeline_rate_hz(p) > 255 || pipeline_rate_hz(p) < 20) {
            fail_msg("%g Hz became %g Hz", rates[i].rate_hz, pipeline_rate_hz(p));
        }
        pipeline_close(p);
    }
    pipeline_close(NULL);
}

/* ---- whole replays of a file ---- */

struct csv {
    char *text;
    size_t size;
};

/* A CSV trace of the signal; samples `hole`..`hole + holes` are written as nan. */
static struct csv csv_of(const struct signal *s, size_t hole, size_t holes)
{
    struct csv c;
    FILE *f = open_memstream(&c.text, &c.size);

    fprintf(f, "# tocsin-csv 1\n# rate_hz: %g\n# start_utc: 2024-01-01T00:00:00Z\n# unit: m/s^2\nz,n,e\n",
            s->rate_hz);
    for (size_t i = 0; i < s->n; i++)
        if (i >= hole && i < hole + holes)
            fprintf(f, "nan,%.9g,%.9g\n", s->x[i][1], s->x[i][2]);
        else
            fprintf(f, "%.9g,%.9g,%.9g\n", s->x[i][0], s->x[i][1], s->x[i][2]);
    fclose(f);
    return c;
}

/* What `tocsin replay --settle` prints; the caller frees it. */
static char *replay_text(const struct csv *c, double settle_s, size_t block_max)
{
    struct detection_conf *conf = default_conf();
    static const struct trace_conf none;
    struct fake_sys fake;
    struct trace *trace;
    struct error err;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fake_sys_init(&fake);
    fake_file_put(&fake, "a.csv", c->text, c->size);
    conf->pipeline.settle_s = settle_s;
    conf->pipeline.quiet_s = 2;
    if (trace_open(&trace, &fake.sys, (const char *[]){"a.csv"}, 1, &none, &err) < 0)
        fail_msg("%s", err.text);
    struct events *events = events_open(&fake.sys, out);
    struct replay_sink sink = events_sink(events);
    if (replay_record(trace, 0, conf, block_max, &fake.sys, &sink, NULL, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(events_status(events), 0);
    events_close(events);
    trace_close(trace);
    fake_sys_end(&fake);
    fclose(out);
    return text;
}

static void a_replay_prints_the_same_for_every_block_size(void **state)
{
    struct signal s = earthquake(50, 24, 14);
    struct csv c = csv_of(&s, 300, 60);
    char *first = replay_text(&c, 20, BLOCK_MAX);

    (void)state;
    assert_non_null(strstr(first, "\"type\":\"pick\""));
    assert_non_null(strstr(first, "\"type\":\"alert\""));
    assert_non_null(strstr(first, "\"type\":\"summary\""));
    for (size_t block = 1; block <= BLOCK_MAX; block++) {
        char *again = replay_text(&c, 20, block);
        if (strcmp(first, again) != 0)
            fail_msg("blocks of %zu print\n%s\ninstead of\n%s", block, again, first);
        free(again);
    }
    free(first);
    free(c.text);
    signal_free(&s);
}

/* A value that is no number is a sample that is missing: counted, and nothing after it is not finite. */
static void nan_never_enters(void **state)
{
    struct signal s = earthquake(100, 24, 14);

    (void)state;
    for (size_t hole = 0; hole <= 1200; hole += 600) {
        struct csv c = csv_of(&s, hole, 3);
        char *text = replay_text(&c, 10, 100);
        if (!strstr(text, "\"not_finite\":3") || !strstr(text, "\"lost\":3") || strstr(text, "nan") ||
            strstr(text, "\"pga_mps2\":null") || strstr(text, "\"pa_mps2\":null"))
            fail_msg("a hole at %zu: %s", hole, text);
        const char *onset = strstr(text, "\"refined\":true");
        onset = onset ? strstr(onset, "\"onset_s\":") : NULL;
        if (!onset || fabs(atof(onset + 10) - 14) > 0.02)
            fail_msg("a hole at %zu: onset %.20s", hole, onset ? onset : "none");
        free(text);
        free(c.text);
    }
    signal_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_division_into_blocks_gives_the_same),
        cmocka_unit_test(times_are_the_sensors),
        cmocka_unit_test(a_short_hole_is_bridged),
        cmocka_unit_test(a_gap_is_time),
        cmocka_unit_test(the_decimated_grid_stays_across_a_gap),
        cmocka_unit_test(a_new_offset_behind_a_gap_is_no_shaking),
        cmocka_unit_test(a_window_closes_after_its_time),
        cmocka_unit_test(an_event_survives_a_gap),
        cmocka_unit_test(a_late_start_shifts_nothing),
        cmocka_unit_test(velocity_becomes_acceleration),
        cmocka_unit_test(the_last_sample_counts),
        cmocka_unit_test(a_rotation_is_applied),
        cmocka_unit_test(one_axis_is_picked_on_that_axis),
        cmocka_unit_test(peaks_are_those_of_the_raw_record),
        cmocka_unit_test(a_very_short_record_comes_through),
        cmocka_unit_test(a_rate_that_cannot_work_is_one_clear_error),
        cmocka_unit_test(a_replay_prints_the_same_for_every_block_size),
        cmocka_unit_test(nan_never_enters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
