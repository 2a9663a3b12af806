/* detection_conf.h - the configuration of detection and decision: every constant with its range and its
 * source.
 *
 * dsp/ knows only plain structs; the rows that fill them stand in detection_conf.c, those of the decision in
 * alarm/policy_conf.c. */
#ifndef TOCSIN_NODE_DETECTION_CONF_H
#define TOCSIN_NODE_DETECTION_CONF_H

#include "alarm/policy_conf.h"
#include "node/pipeline.h"

struct detection_conf {
    struct pipeline_conf pipeline;
    struct policy_conf policy;
};

enum { DETECTION_TABLES = 2 };

/* Fills tables[DETECTION_TABLES] for conf_load, conf_print and conf_manual, with *conf as their target. */
void detection_conf_tables(struct detection_conf *conf, struct conf_table *tables);
/* Defaults, then the file (NULL: none), then sets. 0, or -1 with err. */
int detection_conf_load(struct detection_conf *conf, const struct sys *sys, const char *file,
                        const char *const *sets, size_t nsets, struct error *err);

#endif
