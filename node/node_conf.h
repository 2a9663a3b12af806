/* node_conf.h - the whole configuration of a node: every module's rows in one file.
 *
 * Each module owns its rows; here they stand together, so that one file serves every command and a key that
 * nobody knows is refused by all of them. Where what: `tocsin run --print-config`. */
#ifndef TOCSIN_NODE_NODE_CONF_H
#define TOCSIN_NODE_NODE_CONF_H

#include "alarm/action.h"
#include "alarm/arbiter.h"
#include "alarm/contact.h"
#include "alarm/relay.h"
#include "alarm/siren_conf.h"
#include "alarm/ups.h"
#include "io/sensor_conf.h"
#include "node/board.h"
#include "node/country.h"
#include "node/detection_conf.h"

struct node_own_conf {
    char name[CONF_TEXT_MAX], site[CONF_TEXT_MAX];
    char state[CONF_TEXT_MAX];                         /* folder of the journal */
    char board[CONF_TEXT_MAX], country[CONF_TEXT_MAX]; /* profiles, by name; "": none */
    bool realtime;
    bool one_core;
    double say_unfit_s; /* 0: never */
};

struct node_conf {
    struct node_own_conf node;
    struct detection_conf detection;
    struct sensors_conf sensors;
    struct siren_conf siren;
    struct arbiter_conf arbiter;
    struct action_conf actions;
    struct contact_table contacts;
    struct relay_table lines;
    struct ups_conf ups;
    struct board_conf board;     /* what the board's profile says of itself */
    struct country_conf country; /* and the country's */
};

enum { NODE_CONF_TABLES = DETECTION_TABLES + 10 };

/* Fills tables[NODE_CONF_TABLES]; conf stays where it is. */
void node_conf_tables(struct node_conf *conf, struct conf_table *tables);
/* Layers, of which the later one counts: defaults, country profile (node.country), board profile (node.board), the file
 * (NULL: none), sets; and every check that needs more than one row. Which profiles: as file and sets have it. A profile
 * of an unknown name is refused, and those that there are are named. 0, or -1 with err. */
int node_conf_load(struct node_conf *conf, const struct sys *sys, const char *file, const char *const *sets,
                   size_t nsets, struct error *err);

/* The same with tables that the caller has filled with node_conf_tables, after zeroing *conf, and may have given
 * origins to. */
int node_conf_load_tables(struct node_conf *conf, struct conf_table *tables, const struct sys *sys,
                          const char *file, const char *const *sets, size_t nsets, struct error *err);

#endif
