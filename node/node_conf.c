#include "node/node_conf.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

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
        check_own(&conf->node, err) < 0 || policy_conf_check(&conf->detection.policy, err) < 0 ||
        sensor_conf_check(&conf->sensors, &tables[1 + DETECTION_TABLES], err) < 0 ||
        siren_conf_check(&conf->siren, err) < 0 || contact_check(&conf->contacts, err) < 0 ||
        relay_check(&conf->lines, &conf->contacts, err) < 0)
        return -1;
    return action_check(&conf->actions, conf->lines.name, conf->lines.count, relay_drill_lines(&conf->lines),
                        conf->detection.policy.threshold, err);
}
