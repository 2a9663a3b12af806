/* plot_data.h - what a plot remembers; shared by plot.c (fills it, runs gnuplot) and plot_script.c (writes it
 * out). */
#ifndef TOCSIN_NODE_PLOT_DATA_H
#define TOCSIN_NODE_PLOT_DATA_H

#include "node/plot.h"
#include "node/plot_spectra.h"

enum {
    PLOT_WAVE_COLUMNS = 65536, /* 128 s at the first width; an hour in 0.06 s */
    PLOT_STEP_COLUMNS = 16384, /* 27 min of steps of 0.1 s */
    PLOT_EVENTS_MAX = 128,
    PLOT_TEXT_MAX = 96,
    PLOT_OFFSET_S = 4,
};

/* Smallest and largest value of each stretch of time. When the columns are used up, neighbours are merged and
 * the stretch doubles. Times only grow. */
struct series {
    size_t n, columns; /* n: columns used */
    double width_s;    /* the first begins at time 0 */
    float *low, *high; /* NaN: nothing fell into it */
};

struct plot_event {
    double time_s;
    int kind; /* a pick's letter, a level */
    bool refined;
    char text[PLOT_TEXT_MAX];
};

struct plot_events {
    size_t n, left_out;
    struct plot_event at[PLOT_EVENTS_MAX];
};

struct plot {
    const struct sys *sys;
    char path[512];
    int fd;
    bool svg;
    char unit[16], scale[32];
    unsigned axis_mask;
    double end_s;
    double offset_sum[AXES]; /* of the first PLOT_OFFSET_S */
    size_t offset_n;
    struct series wave[AXES], ratio, statistic, observed, predicted;
    struct plot_events pick, reject, level;
    struct plot_spectra spectra;
};

/* The times that are drawn: the strongest event, or everything where nothing happened. The strip at the top
 * shows where in the record that is. */
struct plot_view {
    double from_s, to_s;
    double pick_s; /* of the enlargement; NaN: none */
};
struct plot_view plot_view_make(const struct plot *p);

#endif
