/* score_out.h - scores for people and for programs: a table, JSON, CSV, a picture, a comparison. */
#ifndef TOCSIN_NODE_SCORE_OUT_H
#define TOCSIN_NODE_SCORE_OUT_H

#include <stdio.h>

#include "node/score_tally.h"

struct score_results {
    const struct score_tally *tally;
    const struct score_record *records;
    size_t n;
    const size_t *worst_first; /* n indices of records */
};

/* The readable table; at its end the `worst` worst records, and all that was not judged, with the reasons. */
void score_print(FILE *out, const struct score_results *s, size_t worst);

/* One JSON object (docs/schema/score.schema.json) on one line. 0, or -1: memory, or `out` fails (errno). */
int score_write_json(FILE *out, const struct sys *sys, const struct score_results *s);

/* A row a record, worst first. 0, or -1: `out` fails (errno). */
int score_write_csv(FILE *out, const struct score_results *s);

/* Against the JSON of an earlier run: every record that changed, and how. 0, or -1 and err: `old` is no such
 * JSON. A run of N records writes about N kB; reading takes ten times the file's size in memory. */
enum { SCORE_COMPARE_MAX = 64 * 1024 * 1024 /* bytes of it */ };
int score_compare(FILE *out, const struct sys *sys, const struct score_results *s, const char *old,
                  struct error *err);

/* By gnuplot into `path`, .svg or .png. 0, or -1 and err. */
int score_plot(const struct sys *sys, const char *path, const struct score_results *s, struct error *err);
/* What gnuplot is given, for tests. 0, or -1: no memory. */
int score_plot_script(FILE *out, const struct sys *sys, const struct score_results *s, bool svg);

/* Fills order[n] for worst_first, equal ones as they came; what was not replayed leads. 0, or -1: no memory.
 */
int score_sort(const struct sys *sys, const struct score_record *records, size_t n, size_t *order);

#endif
