/* listen.h - a signal through the chain as configured by default, and everything that was said about it. */
#ifndef TOCSIN_TESTS_LISTEN_H
#define TOCSIN_TESTS_LISTEN_H

#include <stdio.h>

#include "node/detection_conf.h"
#include "tests/unit/node/signals.h"

enum { HEARD_MAX = 256 };

struct heard { /* onsets: index 0 is the first; refined_s NAN until it came */
    size_t onsets, rejects, gaps, steps;
    struct onset_report onset[HEARD_MAX], refined[HEARD_MAX];
    bool is_refined[HEARD_MAX];
    struct reject_report reject[HEARD_MAX];
    double reject_s[HEARD_MAX];
    size_t reason[ONSET_REJECTS];
    double (*step)[2]; /* NULL, or room for time_s and PGA of every step */
    double rate_hz;
    bool armed;
    double armed_s; /* first step at which onsets were armed */
};

static inline void hear(void *ctx, struct report *r)
{
    struct heard *h = ctx;

    switch (r->kind) {
    case REPORT_ONSET:
        if (h->onsets < HEARD_MAX)
            h->onset[h->onsets] = r->onset;
        h->onsets++;
        break;
    case REPORT_REFINED:
        if (r->onset.id >= 1 && r->onset.id <= HEARD_MAX) {
            h->refined[r->onset.id - 1] = r->onset;
            h->is_refined[r->onset.id - 1] = true;
        }
        break;
    case REPORT_REJECT:
        if (h->rejects < HEARD_MAX) {
            h->reject_s[h->rejects] = r->time_s;
            h->reject[h->rejects] = r->reject;
        }
        h->rejects++;
        h->reason[r->reject.reason]++;
        break;
    case REPORT_STEP:
        if (r->armed_onset && !h->armed) {
            h->armed = true;
            h->armed_s = r->time_s;
        }
        h->steps++;
        break;
    case REPORT_GAP:
        h->gaps++;
        break;
    }
}

static inline struct detection_conf *default_conf(void)
{
    static struct detection_conf conf;
    struct error err;

    if (detection_conf_load(&conf, &sys_real, NULL, NULL, 0, &err) < 0)
        abort();
    return &conf;
}

struct listen { /* zero: three axes, m/s^2, nothing known about the sensor, no gap, default configuration */
    unsigned axis_mask;
    bool counts;
    double lsb, range_mps2;
    double gap_at_s;
    uint64_t lost;
    const struct chain_conf *conf;
};

static inline struct heard *listen_to(const struct signal *s, const struct listen *how)
{
    static const struct listen plain;
    struct heard *h = calloc(1, sizeof *h);
    struct chain *c = sys_alloc(&sys_real, sizeof *c);

    how = how ? how : &plain;
    struct chain_input input = {
        .rate_hz = s->rate_hz,
        .axis_mask = how->axis_mask ? how->axis_mask : 7,
        .lsb = {how->lsb, how->lsb, how->lsb},
        .range_mps2 = how->range_mps2,
        .scale_known = !how->counts,
    };
    if (!h || !c ||
        chain_open(c, how->conf ? how->conf : &default_conf()->pipeline.chain, &input, hear, h) < 0)
        abort();
    h->rate_hz = s->rate_hz;
    size_t gap = how->gap_at_s > 0 ? (size_t)(how->gap_at_s * s->rate_hz) : s->n;
    chain_feed(c, (const double(*)[3])s->x, gap);
    if (gap < s->n) {
        chain_gap(c, how->lost);
        chain_feed(c, (const double(*)[3])s->x + gap, s->n - gap);
    }
    chain_close(c);
    sys_free(&sys_real, c);
    return h;
}

static inline void heard_print(const struct heard *h)
{
    for (size_t i = 0; i < h->onsets && i < HEARD_MAX; i++)
        fprintf(stderr,
                "  %s %.3f s, declared %.3f s, refined %.3f s, snr %.3g, quality %.2f, band %d, %.1f Hz\n",
                h->onset[i].phase == ONSET_P ? "P" : "later", h->onset[i].onset_s, h->onset[i].declared_s,
                h->is_refined[i] ? h->refined[i].onset_s : NAN, h->onset[i].snr, h->refined[i].quality,
                h->onset[i].band, h->onset[i].frequency_hz);
    for (size_t i = 0; i < h->rejects && i < HEARD_MAX; i++)
        fprintf(stderr, "  %s from %.3f s, said at %.3f s, %.3g against %.3g\n",
                onset_reject_name(h->reject[i].reason), h->reject[i].candidate_s, h->reject_s[i],
                h->reject[i].value, h->reject[i].limit);
}

#endif
