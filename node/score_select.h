/* score_select.h - the records that a run of score judges: those of its catalogues that --kinds and --ids
 * leave. */
#ifndef TOCSIN_NODE_SCORE_SELECT_H
#define TOCSIN_NODE_SCORE_SELECT_H

#include "node/score_run.h"

struct score_select {
    const char *kinds, *ids; /* comma-separated: kinds as they are, parts of ids; NULL: all */
};

/* *records, *n for sys_free: the rows that are left, in the catalogues' order, else zeroed. An exit code of
 * cmd.h, with err where it is not EXIT_OK: EXIT_USAGE, a kind that neither the catalogues nor the scores know
 * (their kinds are named); EXIT_INPUT, no record is left, or an id is in two catalogues; EXIT_FOUND, no memory. */
int score_select(const struct sys *sys, struct catalogue *const *catalogue, size_t catalogues,
                 const struct score_select *which, struct score_record **records, size_t *n,
                 struct error *err);

#endif
