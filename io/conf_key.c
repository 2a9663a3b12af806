#include "io/conf_key.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

struct conf_slot conf_key_slot(const struct conf_table *table, size_t instance, size_t r)
{
    size_t stride = table->group ? table->group->stride : 0;

    return (struct conf_slot){
        .table = table,
        .row = &table->row[r],
        .instance = instance,
        .target = (char *)table->target + instance * stride,
        .origin = table->origin ? &table->origin[instance * table->rows + r] : NULL,
    };
}

const char *conf_key_full(const struct conf_table *table, size_t instance, const struct conf_row *row,
                          char to[CONF_KEY_SIZE])
{
    if (table->group)
        snprintf(to, CONF_KEY_SIZE, "%s.%s.%s", table->group->name, table->group->names[instance].text,
                 row->key);
    else
        snprintf(to, CONF_KEY_SIZE, "%s", row->key);
    return to;
}

/* The part of a group's key behind "lines."; NULL where it is not of this group. */
static const char *behind_group(const struct conf_group *group, const char *key)
{
    size_t n = strlen(group->name);

    return !strncmp(key, group->name, n) && key[n] == '.' ? key + n + 1 : NULL;
}

static bool is_name(const char *text, size_t n)
{
    if (n == 0 || n >= CONF_NAME_MAX || !isalpha((unsigned char)text[0]))
        return false;
    for (size_t i = 1; i < n; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_' && text[i] != '-')
            return false;
    return true;
}

static int make_instance(const struct conf_table *table, const char *name, size_t n, const char *where,
                         struct error *err)
{
    const struct conf_group *g = table->group;

    if (!is_name(name, n))
        return error_set(err,
                         "%s: \"%.*s\" is no name for one of %s: a letter, then letters, digits, _ and -, "
                         "fewer than %d",
                         where, (int)n, name, g->name, CONF_NAME_MAX);
    if (*g->count == g->max)
        return error_set(err, "%s: %s.%.*s is one too many: there can be %zu of %s", where, g->name, (int)n,
                         name, g->max, g->name);
    memset(&g->names[*g->count], 0, sizeof g->names[0]);
    memcpy(g->names[*g->count].text, name, n);
    memset((char *)table->target + *g->count * g->stride, 0, g->stride);
    ++*g->count;
    return 0;
}

static size_t find_instance(const struct conf_group *g, const char *name, size_t n)
{
    size_t i = 0;

    while (i < *g->count && (strlen(g->names[i].text) != n || memcmp(g->names[i].text, name, n) != 0))
        i++;
    return i;
}

static int distance(const char *a, const char *b)
{
    int row[CONF_KEY_SIZE], n = (int)strlen(b);

    if (n >= CONF_KEY_SIZE)
        return INT_MAX;
    for (int j = 0; j <= n; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            if (change < row[j])
                row[j] = change;
        }
    }
    return row[n];
}

/* A row's key as it would have to stand in place of `key`: of a group with the name that key has. */
static void candidate(const struct conf_table *table, const struct conf_row *row, const char *key,
                      char to[CONF_KEY_SIZE])
{
    const char *dot = strchr(key, '.');
    int n = dot ? (int)strcspn(dot + 1, ".") : 0;

    if (!table->group)
        snprintf(to, CONF_KEY_SIZE, "%s", row->key);
    else if (n > 0)
        snprintf(to, CONF_KEY_SIZE, "%s.%.*s.%s", table->group->name, n, dot + 1, row->key);
    else
        snprintf(to, CONF_KEY_SIZE, "%s.NAME.%s", table->group->name, row->key);
}

static int unknown_key(const struct conf_table *table, size_t tables, const char *key, const char *where,
                       struct error *err)
{
    char nearest[CONF_KEY_SIZE] = "", other[CONF_KEY_SIZE];
    int best = INT_MAX;

    for (size_t t = 0; t < tables; t++)
        for (size_t r = 0; r < table[t].rows; r++) {
            int d;

            candidate(&table[t], &table[t].row[r], key, other);
            d = distance(key, other);
            if (d < best) {
                best = d;
                memcpy(nearest, other, sizeof nearest);
            }
        }
    if (!*nearest)
        return error_set(err, "%s: unknown key \"%s\"", where, key);
    return error_set(err, "%s: unknown key \"%s\"; the nearest known one is \"%s\"", where, key, nearest);
}

static size_t find_row(const struct conf_table *table, const char *key)
{
    size_t r = 0;

    while (r < table->rows && strcmp(table->row[r].key, key) != 0)
        r++;
    return r;
}

int conf_key_find(const struct conf_table *table, size_t tables, const char *key, const char *where,
                  struct conf_slot *slot, bool *made, struct error *err)
{
    *made = false;
    for (size_t t = 0; t < tables; t++) {
        const struct conf_group *g = table[t].group;
        const char *name = g ? behind_group(g, key) : NULL, *rest = name ? strchr(name, '.') : NULL;
        size_t instance = 0, r = find_row(&table[t], g ? rest ? rest + 1 : "" : key);

        if (r == table[t].rows)
            continue;
        if (g) {
            instance = find_instance(g, name, (size_t)(rest - name));
            *made = instance == *g->count;
            if (*made && make_instance(&table[t], name, (size_t)(rest - name), where, err))
                return -1;
        }
        *slot = conf_key_slot(&table[t], instance, r);
        return 0;
    }
    return unknown_key(table, tables, key, where, err);
}

const char *conf_where(const struct conf_table *table, size_t instance, const char *key, char *to,
                       size_t room)
{
    size_t r = find_row(table, key);
    char full[CONF_KEY_SIZE];

    if (r == table->rows)
        snprintf(to, room, "%s", key);
    else if (table->origin)
        snprintf(to, room, "%s", table->origin[instance * table->rows + r].where);
    else
        snprintf(to, room, "%s", conf_key_full(table, instance, &table->row[r], full));
    return to;
}
