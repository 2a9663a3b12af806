#include "node/node_conf.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "node/profile.h"

static const struct conf_row rows[] = {
    {.key = "node.name",
     .type = CONF_TEXT,
     .offset = offsetof(struct node_own_conf, name),
     .initial = "tocsin",
     .help = "this node's name, first part of every event's id: letters, digits and _"},
    {.key = "node.site",
     .type = CONF_TEXT,
     .offset = offsetof(struct node_own_conf, site),
     .initial = "",
     .help = "the building, in words: for messages"},
    {.key = "node.state",
     .type = CONF_TEXT,
     .offset = offsetof(struct node_own_conf, state),
     .initial = "/var/lib/tocsin",
     .help = "folder of what must survive a restart: the journal"},
    {.key = "node.board",
     .type = CONF_TEXT,
     .offset = offsetof(struct node_own_conf, board),
     .initial = "",
     .help = "board profile by its name: sensor, rate, axes, card and lines (docs/boards.md); \"\": none"},
    {.key = "node.country",
     .type = CONF_TEXT,
     .offset = offsetof(struct node_own_conf, country),
     .initial = "",
     .help = "country profile by its name: scale, thresholds, languages, tones, actions, words, colours "
             "(docs/boards.md); \"\": none"},
    {.key = "node.realtime",
     .type = CONF_BOOL,
     .offset = offsetof(struct node_own_conf, realtime),
     .initial = "true",
     .help = "lock the memory; refused, the node runs and says so"},
    {.key = "node.one_core",
     .type = CONF_BOOL,
     .offset = offsetof(struct node_own_conf, one_core),
     .initial = "true",
     .help = "threads from sample to siren share the machine's last core, where they have real-time priority",
     .source = "measured: decisions a third sooner, docs/performance.md"},
    {.key = "node.say_unfit_s",
     .type = CONF_REAL,
     .offset = offsetof(struct node_own_conf, say_unfit_s),
     .initial = "120.0",
     .min = 0,
     .max = 86400,
     .help = "the voice says once that this node cannot warn when it has been so for this long; 0: never",
     .source = "own choice: longer than a sensor that comes back by itself needs"},
};

void node_conf_tables(struct node_conf *conf, struct conf_table *tables)
{
    struct conf_table *t = tables;

    *t++ = (struct conf_table){.row = rows, .rows = sizeof rows / sizeof *rows, .target = &conf->node};
    detection_conf_tables(&conf->detection, t);
    t += DETECTION_TABLES;
    sensor_conf_table(&conf->sensors, t++);
    *t++ = (struct conf_table){.row = siren_rows, .rows = siren_rows_count, .target = &conf->siren};
    *t++ = (struct conf_table){.row = arbiter_rows, .rows = arbiter_rows_count, .target = &conf->arbiter};
    *t++ = action_table(&conf->actions);
    *t++ = contact_conf_table(&conf->contacts);
    *t++ = relay_conf_table(&conf->lines);
    *t++ = (struct conf_table){.row = ups_rows, .rows = ups_rows_count, .target = &conf->ups};
    *t++ = board_conf_table(&conf->board);
    *t++ = country_conf_table(&conf->country);
}

/* It becomes a part of ids, file names and topics. */
static int check_own(const struct node_own_conf *own, struct error *err)
{
    for (const char *c = own->name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_')
            return error_set(err, "node.name %s: only letters, digits and _ can stand in it", own->name);
    if (!own->name[0] || strlen(own->name) > 40)
        return error_set(err, "node.name: 1 to 40 characters");
    if (!own->state[0])
        return error_set(err, "node.state: name a folder");
    return 0;
}

/* File and sets have been read once, and say which profiles stand below them. */
static int add_profiles(struct node_conf *conf, struct conf_table *tables, const struct sys *sys,
                        const char *file, const char *const *sets, size_t nsets, struct error *err)
{
    const struct node_own_conf asked = conf->node;
    char country[PROFILE_PATH_SIZE], board[PROFILE_PATH_SIZE];
    const char *const files[] = {asked.country[0] ? country : NULL, asked.board[0] ? board : NULL, file};

    if (!asked.country[0] && !asked.board[0])
        return 0;
    if ((asked.country[0] && profile_find(PROFILE_COUNTRY, asked.country, country, err) < 0) ||
        (asked.board[0] && profile_find(PROFILE_BOARD, asked.board, board, err) < 0) ||
        conf_load_layers(tables, NODE_CONF_TABLES, sys, files, sizeof files / sizeof *files, sets, nsets,
                         err) < 0)
        return -1;
    if (strcmp(conf->node.board, asked.board) != 0 || strcmp(conf->node.country, asked.country) != 0)
        return error_set(err, "node.board, node.country: a profile cannot choose another one");
    return 0;
}

int node_conf_load(struct node_conf *conf, const struct sys *sys, const char *file, const char *const *sets,
                   size_t nsets, struct error *err)
{
    struct conf_table tables[NODE_CONF_TABLES];

    memset(conf, 0, sizeof *conf);
    node_conf_tables(conf, tables);
    return node_conf_load_tables(conf, tables, sys, file, sets, nsets, err);
}

int node_conf_load_tables(struct node_conf *conf, struct conf_table *tables, const struct sys *sys,
                          const char *file, const char *const *sets, size_t nsets, struct error *err)
{
    if (conf_load(tables, NODE_CONF_TABLES, sys, file, sets, nsets, err) < 0 ||
        add_profiles(conf, tables, sys, file, sets, nsets, err) < 0 || check_own(&conf->node, err) < 0 ||
        policy_conf_check(&conf->detection.policy, err) < 0 ||
        sensor_conf_check(&conf->sensors, &tables[1 + DETECTION_TABLES], err) < 0 ||
        siren_conf_check(&conf->siren, err) < 0 || contact_check(&conf->contacts, err) < 0 ||
        relay_check(&conf->lines, &conf->contacts, err) < 0 || country_conf_check(&conf->country, err) < 0)
        return -1;
    return action_check(&conf->actions, conf->lines.name, conf->lines.count, relay_drill_lines(&conf->lines),
                        conf->detection.policy.threshold, err);
}
