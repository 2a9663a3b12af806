/* plot.h - why it alarmed, as one picture: `--plot FILE.svg` or `.png`, drawn by gnuplot.
 *
 * A replay feeds what it sees, in order of time; memory is constant whatever the record's length (where a
 * column holds more than one sample it keeps the smallest and the largest). plot_finish runs gnuplot as a
 * child process. Top to bottom on one time axis: the whole record, Z, N, E with picks and level changes,
 * STA/LTA and the declaring statistic with rejections, intensity observed and predicted with the levels; then
 * the first pick enlarged, and spectra.
 *
 * Times are seconds after the record's first sample; what lies before it (settle time) is not drawn. Values
 * that are not finite are left out. Every call accepts NULL for the plot and does nothing, so that a replay
 * without --plot needs no conditions. Text may come from a file: it is quoted for gnuplot here, never
 * interpreted. One owner, one thread. */
#ifndef TOCSIN_NODE_PLOT_H
#define TOCSIN_NODE_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "io/block.h"
#include "io/error.h"
#include "io/sys.h"

struct plot;

/* Creates the file, so that a wrong path is found before the work: 0 and *out for plot_close, or -1 and err
 * (the name ends neither in .svg nor in .png; cannot be written; memory, about 2 MB). */
int plot_open(struct plot **out, const struct sys *sys, const char *path, struct error *err);
/* The record that follows: unit of the samples ("m/s^2" until called), name of the intensity scale, axes
 * measured, rate (of the spectra; 0: none are drawn). */
void plot_describe(struct plot *p, const char *unit, const char *scale, unsigned axis_mask, double rate_hz);

void plot_sample(struct plot *p, double time_s, const double value[AXES]);
void plot_ratio(struct plot *p, double time_s, double sta_lta);
void plot_statistic(struct plot *p, double time_s, double over_threshold);             /* 1: declares */
void plot_intensity(struct plot *p, double time_s, double observed, double predicted); /* NaN: none now */

/* Events; the first 128 of each are drawn. */
void plot_pick(struct plot *p, double time_s, char phase, bool refined); /* 'P', 'S'; else: a later phase */
void plot_reject(struct plot *p, double time_s, const char *reason);
void plot_level(struct plot *p, double time_s, int level,
                const char *text); /* level 0..3 holds from here on */

/* Draws: 0, or -1 and err: gnuplot is missing or failed, the disk is full. */
int plot_finish(struct plot *p, const char *title, struct error *err);
void plot_close(struct plot *p);

/* What gnuplot is given, for tests: 0, or -1 where `out` fails. The picture would come on its standard
 * output. */
int plot_script(const struct plot *p, const char *title, FILE *out);

#endif
