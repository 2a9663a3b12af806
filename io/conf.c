#include "io/conf.h"

#include <libconfig.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "io/conf_text.h"

enum { KEY_SIZE = 160 };

/* Where a value stands, for messages: a line of a file, or one fixed name ("--set a.b=3", "default of a.b").
 */
struct place {
    const struct conf_text *text;
    const char *name;
    const char *origin; /* what conf_print says; NULL: the line of the file */
};

static void place_name(const struct place *place, int line, char where[CONF_WHERE_SIZE])
{
    if (place->text)
        conf_text_where(place->text, line, where);
    else
        snprintf(where, CONF_WHERE_SIZE, "%s", place->name);
}

static bool in_range(const struct conf_row *row, double x)
{
    return isfinite(x) && ((row->min == 0 && row->max == 0) || (x >= row->min && x <= row->max));
}

static bool get_real(const struct conf_row *row, const config_setting_t *s, double *x)
{
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_INT:
        *x = config_setting_get_int(s);
        break;
    case CONFIG_TYPE_INT64:
        *x = (double)config_setting_get_int64(s);
        break;
    case CONFIG_TYPE_FLOAT:
        *x = config_setting_get_float(s);
        break;
    default:
        return false;
    }
    return in_range(row, *x);
}

static bool get_reals(const struct conf_row *row, const config_setting_t *s, double *to)
{
    if (row->count > CONF_VALUES_MAX || config_setting_type(s) != CONFIG_TYPE_LIST ||
        (size_t)config_setting_length(s) != row->count)
        return false;
    for (unsigned i = 0; i < row->count; i++)
        if (!get_real(row, config_setting_get_elem(s, i), &to[i]))
            return false;
    return true;
}

static bool get_choice(const struct conf_row *row, const char *text, int *index)
{
    size_t n = strlen(text);

    *index = 0;
    for (const char *c = row->choices; c; ++*index) {
        const char *end = strchrnul(c, '|');
        if ((size_t)(end - c) == n && !memcmp(c, text, n))
            return true;
        c = *end ? end + 1 : NULL;
    }
    return false;
}

/* Puts the setting's value into the target; false where its type, count or range is wrong. */
static bool store(const struct conf_row *row, void *target, const config_setting_t *s)
{
    void *to = (char *)target + row->offset;
    double reals[CONF_VALUES_MAX];
    int whole;
    bool flag;
    const char *text = config_setting_get_string(s);

    switch (row->type) {
    case CONF_REAL:
        if (row->count > 1 ? !get_reals(row, s, reals) : !get_real(row, s, reals))
            return false;
        memcpy(to, reals, (row->count > 1 ? row->count : 1) * sizeof *reals);
        return true;
    case CONF_INT:
        if (config_setting_type(s) != CONFIG_TYPE_INT || !in_range(row, config_setting_get_int(s)))
            return false;
        whole = config_setting_get_int(s);
        memcpy(to, &whole, sizeof whole);
        return true;
    case CONF_BOOL:
        if (config_setting_type(s) != CONFIG_TYPE_BOOL)
            return false;
        flag = config_setting_get_bool(s) != 0;
        memcpy(to, &flag, sizeof flag);
        return true;
    case CONF_CHOICE:
        if (config_setting_type(s) != CONFIG_TYPE_STRING || !text || !get_choice(row, text, &whole))
            return false;
        memcpy(to, &whole, sizeof whole);
        return true;
    case CONF_TEXT:
        if (config_setting_type(s) != CONFIG_TYPE_STRING || !text || strlen(text) >= CONF_TEXT_MAX)
            return false;
        memcpy(to, text, strlen(text) + 1);
        return true;
    }
    return false;
}

static int distance(const char *a, const char *b)
{
    int row[KEY_SIZE], n = (int)strlen(b);

    if (n >= KEY_SIZE)
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

static int unknown_key(const struct conf_table *table, size_t tables, const char *key, const char *where,
                       struct error *err)
{
    const char *nearest = NULL;
    int best = INT_MAX;

    for (size_t t = 0; t < tables; t++)
        for (size_t r = 0; r < table[t].rows; r++) {
            int d = distance(key, table[t].row[r].key);
            if (d < best) {
                best = d;
                nearest = table[t].row[r].key;
            }
        }
    if (!nearest)
        return error_set(err, "%s: unknown key \"%s\"", where, key);
    return error_set(err, "%s: unknown key \"%s\"; the nearest known one is \"%s\"", where, key, nearest);
}

static int set_value(const struct conf_table *table, size_t tables, const char *key,
                     const config_setting_t *s, const struct place *place, int line, struct error *err)
{
    char where[CONF_WHERE_SIZE], want[256];

    place_name(place, line, where);
    for (size_t t = 0; t < tables; t++)
        for (size_t r = 0; r < table[t].rows; r++) {
            const struct conf_row *row = &table[t].row[r];
            if (strcmp(row->key, key) != 0)
                continue;
            if (!store(row, table[t].target, s))
                return error_set(err, "%s: %s must be %s", where, key, conf_allowed(row, want, sizeof want));
            if (table[t].origin)
                snprintf(table[t].origin[r].where, CONF_TEXT_MAX, "%.*s", CONF_TEXT_MAX - 1,
                         place->origin ? place->origin : where);
            return 0;
        }
    return unknown_key(table, tables, key, where, err);
}

/* Every setting of a group, groups inside it with their name in front. */
static int set_group(const struct conf_table *table, size_t tables, const config_setting_t *group,
                     const char *prefix, const struct place *place, struct error *err)
{
    char where[CONF_WHERE_SIZE], key[KEY_SIZE];

    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
        int line = (int)config_setting_source_line(s);

        if (snprintf(key, sizeof key, "%s%s%s", prefix, *prefix ? "." : "", config_setting_name(s)) >=
            (int)sizeof key) {
            place_name(place, line, where);
            return error_set(err, "%s: unknown key: its name is too long", where);
        }
        if (config_setting_type(s) != CONFIG_TYPE_GROUP) {
            if (set_value(table, tables, key, s, place, line, err))
                return -1;
        } else if (config_setting_length(s) == 0) {
            place_name(place, line, where);
            return error_set(err, "%s: the group \"%s\" is empty", where, key);
        } else if (set_group(table, tables, s, key, place, err)) {
            return -1;
        }
    }
    return 0;
}

static int load_file(const struct conf_table *table, size_t tables, const struct sys *sys, const char *file,
                     struct error *err)
{
    struct conf_text *t = sys_alloc(sys, sizeof *t);
    struct place place = {t, file, NULL};
    char where[CONF_WHERE_SIZE];
    config_t config;
    int result;

    if (!t)
        return error_set(err, "%s: no memory to read it", file);
    result = conf_text_read(t, sys, file, err);
    if (result == 0) {
        config_init(&config);
        if (config_read_string(&config, t->at)) {
            result = set_group(table, tables, config_root_setting(&config), "", &place, err);
        } else {
            conf_text_where(t, config_error_line(&config), where);
            result = error_set(err, "%s: %s", where, config_error_text(&config));
        }
        config_destroy(&config);
    }
    conf_text_free(t);
    sys_free(sys, t);
    return result;
}

/* A value that stands alone (a default, a --set), in the words of its row: text needs no quotes. */
static int wrap_value(const struct conf_row *row, const char *value, char *to, size_t room, const char *where,
                      struct error *err)
{
    bool quote = (row->type == CONF_TEXT || row->type == CONF_CHOICE) && value[0] != '"';
    size_t n = (size_t)snprintf(to, room, "value = %s", quote ? "\"" : "");
    bool in_comment = false;

    for (const char *c = value; *c && n + 4 < room; c++) {
        if ((unsigned char)*c < 0x20)
            return error_set(err, "%s: the value has a control character", where);
        if (quote && (*c == '"' || *c == '\\'))
            to[n++] = '\\';
        to[n++] = *c;
    }
    if (n + 4 >= room)
        return error_set(err, "%s: the value is too long", where);
    if (quote)
        to[n++] = '"';
    to[n] = '\0';
    if (conf_text_check(to, n, &in_comment, where, err))
        return -1;
    if (in_comment)
        return error_set(err, "%s: a comment /* is not closed", where);
    to[n] = ';';
    to[n + 1] = '\0';
    return 0;
}

static const struct conf_row *find_row(const struct conf_table *table, size_t tables, const char *key)
{
    for (size_t t = 0; t < tables; t++)
        for (size_t r = 0; r < table[t].rows; r++)
            if (!strcmp(table[t].row[r].key, key))
                return &table[t].row[r];
    return NULL;
}

static int set_text(const struct conf_table *table, size_t tables, const char *key, const char *value,
                    const struct place *place, struct error *err)
{
    const struct conf_row *row = find_row(table, tables, key);
    const config_setting_t *root;
    char text[1024], want[256];
    config_t config;
    int result = -1;

    if (!row)
        return unknown_key(table, tables, key, place->name, err);
    if (wrap_value(row, value, text, sizeof text, place->name, err))
        return -1;
    config_init(&config);
    if (config_read_string(&config, text) && (root = config_root_setting(&config)) &&
        config_setting_length(root) == 1)
        result = set_value(table, tables, key, config_setting_get_elem(root, 0), place, 0, err);
    else
        error_set(err, "%s: %s must be %s", place->name, key, conf_allowed(row, want, sizeof want));
    config_destroy(&config);
    return result;
}

static int load_defaults(const struct conf_table *table, size_t tables, struct error *err)
{
    char name[KEY_SIZE + 16];

    for (size_t t = 0; t < tables; t++)
        for (size_t r = 0; r < table[t].rows; r++) {
            const struct conf_row *row = &table[t].row[r];
            struct conf_table one = {row, 1, table[t].target, table[t].origin ? &table[t].origin[r] : NULL};
            struct place place = {NULL, name, "default"};

            snprintf(name, sizeof name, "default of %s", row->key);
            if (set_text(&one, 1, row->key, row->initial ? row->initial : "", &place, err))
                return -1;
        }
    return 0;
}

int conf_load(const struct conf_table *table, size_t tables, const struct sys *sys, const char *file,
              const char *const *sets, size_t nsets, struct error *err)
{
    if (load_defaults(table, tables, err))
        return -1;
    if (file && load_file(table, tables, sys, file, err))
        return -1;
    for (size_t i = 0; i < nsets; i++) {
        const char *equals = strchr(sets[i], '=');
        char key[KEY_SIZE], name[KEY_SIZE + 64];
        struct place place = {NULL, name, "--set"};

        snprintf(name, sizeof name, "--set %.*s", KEY_SIZE, sets[i]);
        if (!equals || equals == sets[i] || equals - sets[i] >= KEY_SIZE)
            return error_set(err, "%s: must be group.key=value", name);
        snprintf(key, sizeof key, "%.*s", (int)(equals - sets[i]), sets[i]);
        if (set_text(table, tables, key, equals + 1, &place, err))
            return -1;
    }
    return 0;
}
