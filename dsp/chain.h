/* chain.h - everything that happens to a sample between calibration and decision, in its order.
 *
 * Acceleration in, reports out (dsp/report.h): motion features, STA/LTA, spectrum, JMA, onset. The live node
 * and a replay call the same functions in the same order. chain_open takes all memory (the FFT's plan); after
 * it nothing allocates, locks or waits. One thread; call denormal_flush() in it once. Results do not depend
 * on how samples are divided into calls. */
#ifndef TOCSIN_DSP_CHAIN_H
#define TOCSIN_DSP_CHAIN_H

#include <stddef.h>

#include "dsp/features.h"
#include "dsp/jma.h"
#include "dsp/onset.h"
#include "dsp/report.h"
#include "dsp/spectrum.h"
#include "dsp/stalta.h"

#define CHAIN_RATE_MIN_HZ    20.0
#define CHAIN_HOP_DECLARES_S 0.5   /* own choice: the longest hop of a spectrum that declares onsets */
#define CHAIN_RATE_MAX_HZ    255.0 /* as decimate_factor leaves it; higher rates are decimated before */

/* Samples that go through the filters together: enough that a call costs little. */
enum { CHAIN_RUN = 50 };
enum { CHAIN_JMA_RING = 10 * 255 + 1 }; /* JMA_WINDOW_S at the highest rate */

struct chain_conf {
    struct onset_conf onset;
    double sta_s, lta_s;                                         /* recursive STA/LTA on 1-10 Hz */
    double spectrum_window_s, spectrum_hop_s, spectrum_memory_s; /* see also CHAIN_HOP_DECLARES_S */
    double predict_s;    /* a window's prediction is over by then: a later onset may open another */
    double window_max_s; /* an onset's window closes after so long */
};

struct chain_input {
    double rate_hz;
    unsigned axis_mask; /* bit 0 Z, 1 N, 2 E */
    double lsb[3];      /* 0: unknown */
    double range_mps2;  /* 0: unknown */
    bool scale_known;   /* false: counts */
    uint32_t sensor;
};

/* *report is the chain's scratch: valid during the call; the sink may change what its kind fills. */
typedef void (*chain_sink)(void *ctx, struct report *report);

struct chain {
    struct chain_conf conf;
    struct chain_input input;
    chain_sink sink;
    void *ctx;
    int64_t n;
    struct stalta4 sta_lta;
    struct stalta4_sample sta_lta_peak; /* in this step */
    vec4 last;                          /* good value of each axis */
    double spectrum_snr;
    struct jma jma;
    struct spectrum *spectrum;
    uint16_t jma_ring[CHAIN_JMA_RING];
    struct onset_detector onset;
    struct features features;
    struct report report; /* scratch: too large for every step's stack */
};

/* *c is the caller's storage (about 900 kB), aligned as its type wants. 0, -EINVAL for a rate or constant out
 * of range, -ENOMEM. */
int chain_open(struct chain *c, const struct chain_conf *conf, const struct chain_input *input,
               chain_sink sink, void *ctx);
void chain_close(struct chain *c);
/* n samples, m/s^2 (or counts), Z N E; an absent axis holds 0. A value that is not finite, or beyond 1e12, is
 * replaced by its axis' last good one (0 if there is none). */
void chain_feed(struct chain *c, const double (*zne)[3], size_t n);
/* `lost` samples are missing before the next. */
void chain_gap(struct chain *c, uint64_t lost);
/* No more samples come: what waits for some is told as it stands. */
void chain_end(struct chain *c);

#endif
