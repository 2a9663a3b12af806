#include "io/conf.h"

#include <libconfig.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "io/conf_key.h"
#include "io/conf_text.h"

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

static int load_default(const struct conf_slot *slot, const char *value, struct error *err);

/* The default of every row of an instance that has just been made. */
static int make_defaults(const struct conf_table *table, size_t instance, struct error *err)
{
    for (size_t r = 0; r < table->rows; r++) {
        struct conf_slot slot = conf_key_slot(table, instance, r);
        if (load_default(&slot, slot.row->initial, err))
            return -1;
    }
    return 0;
}

static int find(const struct conf_table *table, size_t tables, const char *key, const char *where,
                struct conf_slot *slot, struct error *err)
{
    bool made;

    if (conf_key_find(table, tables, key, where, slot, &made, err))
        return -1;
    return made ? make_defaults(slot->table, slot->instance, err) : 0;
}

static int set_slot(const struct conf_slot *slot, const char *key, const config_setting_t *s,
                    const struct place *place, int line, struct error *err)
{
    char where[CONF_WHERE_SIZE], want[256];

    place_name(place, line, where);
    if (!store(slot->row, slot->target, s))
        return error_set(err, "%s: %s must be %s", where, key, conf_allowed(slot->row, want, sizeof want));
    if (slot->origin)
        snprintf(slot->origin->where, CONF_TEXT_MAX, "%.*s", CONF_TEXT_MAX - 1,
                 place->origin ? place->origin : where);
    return 0;
}

static int set_value(const struct conf_table *table, size_t tables, const char *key,
                     const config_setting_t *s, const struct place *place, int line, struct error *err)
{
    char where[CONF_WHERE_SIZE];
    struct conf_slot slot;

    place_name(place, line, where);
    if (find(table, tables, key, where, &slot, err))
        return -1;
    return set_slot(&slot, key, s, place, line, err);
}

/* Every setting of a group, groups inside it with their name in front. */
static int set_group(const struct conf_table *table, size_t tables, const config_setting_t *group,
                     const char *prefix, const struct place *place, struct error *err)
{
    char where[CONF_WHERE_SIZE], key[CONF_KEY_SIZE];

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

static int set_text(const struct conf_slot *slot, const char *key, const char *value,
                    const struct place *place, struct error *err)
{
    const config_setting_t *root;
    char text[1024], want[256];
    config_t config;
    int result = -1;

    if (wrap_value(slot->row, value, text, sizeof text, place->name, err))
        return -1;
    config_init(&config);
    if (config_read_string(&config, text) && (root = config_root_setting(&config)) &&
        config_setting_length(root) == 1)
        result = set_slot(slot, key, config_setting_get_elem(root, 0), place, 0, err);
    else
        error_set(err, "%s: %s must be %s", place->name, key, conf_allowed(slot->row, want, sizeof want));
    config_destroy(&config);
    return result;
}

static int load_default(const struct conf_slot *slot, const char *value, struct error *err)
{
    char key[CONF_KEY_SIZE], name[CONF_KEY_SIZE + 16];
    struct place place = {NULL, name, "default"};

    conf_key_full(slot->table, slot->instance, slot->row, key);
    snprintf(name, sizeof name, "default of %s", key);
    return set_text(slot, key, value ? value : "", &place, err);
}

/* "lines.gas.chip=relays" as the command line or a preset of the group `prefix` ("lines.") has it. */
static int load_set(const struct conf_table *table, size_t tables, const char *prefix, const char *set,
                    const char *origin, struct error *err)
{
    const char *equals = strchr(set, '=');
    char key[CONF_KEY_SIZE], name[CONF_KEY_SIZE + 64];
    struct place place = {NULL, name, origin};
    struct conf_slot slot;

    snprintf(name, sizeof name, "%s %s%.*s", origin, prefix, CONF_KEY_SIZE, set);
    if (!equals || equals == set ||
        snprintf(key, sizeof key, "%s%.*s", prefix, (int)(equals - set), set) >= (int)sizeof key)
        return error_set(err, "%s: must be group.key=value", name);
    if (find(table, tables, key, name, &slot, err))
        return -1;
    return set_text(&slot, key, equals + 1, &place, err);
}

static int load_defaults(const struct conf_table *table, size_t tables, struct error *err)
{
    char prefix[CONF_KEY_SIZE];

    for (size_t t = 0; t < tables; t++) {
        const struct conf_group *g = table[t].group;

        if (!g) {
            if (make_defaults(&table[t], 0, err))
                return -1;
            continue;
        }
        *g->count = 0;
        snprintf(prefix, sizeof prefix, "%s.", g->name);
        for (size_t i = 0; g->preset && g->preset[i]; i++)
            if (load_set(table, tables, prefix, g->preset[i], "default", err))
                return -1;
    }
    return 0;
}

int conf_load_layers(const struct conf_table *table, size_t tables, const struct sys *sys,
                     const char *const *files, size_t nfiles, const char *const *sets, size_t nsets,
                     struct error *err)
{
    if (load_defaults(table, tables, err))
        return -1;
    for (size_t i = 0; i < nfiles; i++)
        if (files[i] && load_file(table, tables, sys, files[i], err))
            return -1;
    for (size_t i = 0; i < nsets; i++)
        if (load_set(table, tables, "", sets[i], "--set", err))
            return -1;
    return 0;
}

int conf_load(const struct conf_table *table, size_t tables, const struct sys *sys, const char *file,
              const char *const *sets, size_t nsets, struct error *err)
{
    return conf_load_layers(table, tables, sys, &file, 1, sets, nsets, err);
}
