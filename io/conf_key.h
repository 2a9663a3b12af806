/* conf_key.h - which value a key of the configuration means: the row, and of a group the instance that it names.
 *
 * Inside of io/conf.c. Nothing here reads a value. */
#ifndef TOCSIN_IO_CONF_KEY_H
#define TOCSIN_IO_CONF_KEY_H

#include <stdbool.h>

#include "io/conf.h"

enum { CONF_KEY_SIZE = 160 };

struct conf_slot {
    const struct conf_table *table;
    const struct conf_row *row;
    size_t instance;            /* of a group; else 0 */
    void *target;               /* the struct that the row's offset points into */
    struct conf_origin *origin; /* of the row's value; NULL: not wanted */
};

/* Finds the row. A key of a group whose name is not there yet makes the instance, and *made says so: its rows
 * hold nothing so far. 0, or -1 with err, beginning with where: unknown key and the nearest known one, a
 * name that cannot be one, too many of them. */
int conf_key_find(const struct conf_table *table, size_t tables, const char *key, const char *where,
                  struct conf_slot *slot, bool *made, struct error *err);
/* Row r of an instance that is there. */
struct conf_slot conf_key_slot(const struct conf_table *table, size_t instance, size_t r);
/* "lines.gas.chip" */
const char *conf_key_full(const struct conf_table *table, size_t instance, const struct conf_row *row,
                          char to[CONF_KEY_SIZE]);

#endif
