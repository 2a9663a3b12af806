#include "io/loader_args.h"

#include <math.h>
#include <string.h>

struct reading {
    struct loader_args *args;
    struct catalogue_row *row;
    bool counts, velocity; /* the unit after loading, where the arguments say it */
};

static bool finite_number(const struct json_value *value, double *out)
{
    return json_as_number(value, out) && isfinite(*out) && *out != 0;
}

static bool read_sel(struct reading *r, const struct json_value *value)
{
    r->row->conf.select = json_as_text(value);
    return r->row->conf.select && *r->row->conf.select;
}

/* Counts per unit: one number, an object with one for Z, N and E, or SAC's own. */
static bool read_sens(struct reading *r, const struct json_value *value)
{
    struct trace_conf *conf = &r->row->conf;
    const char *text = json_as_text(value);
    double counts;

    if (text) {
        conf->scale_user = strcmp(text, "user3/user2") == 0;
        return conf->scale_user;
    }
    if (json_kind(value) != JSON_KIND_OBJECT) {
        conf->scales = 1;
        if (!finite_number(value, &counts))
            return false;
        conf->scale[0] = 1 / counts;
        return isfinite(conf->scale[0]);
    }
    conf->scales = AXES;
    for (int a = 0; a < AXES; a++) {
        if (!finite_number(json_get(value, (char[]){"ZNE"[a], 0}), &counts))
            return false;
        conf->scale[a] = 1 / counts;
        if (!isfinite(conf->scale[a]))
            return false;
    }
    return true;
}

static bool read_mul(struct reading *r, const struct json_value *value)
{
    r->row->conf.scales = 1;
    return finite_number(value, &r->row->conf.scale[0]);
}

static bool read_unit(struct reading *r, const struct json_value *value)
{
    const char *text = json_as_text(value);

    if (!text)
        return false;
    r->counts = strcmp(text, "count") == 0;
    r->velocity = strcmp(text, "m/s") == 0;
    return r->counts || r->velocity || strcmp(text, "m/s2") == 0;
}

/* Which of the file's three traces is Z, N, E. Readers whose headers name the axes need no telling. */
static bool read_order(struct reading *r, const struct json_value *value)
{
    char *axes = r->args->axes;
    bool used[AXES] = {false};

    for (int a = 0; a < AXES; a++) {
        int64_t at;
        if (!json_as_integer(json_get(value, (char[]){"ZNE"[a], 0}), &at) || at < 0 || at >= AXES || used[at])
            return false;
        used[at] = true;
        axes[a] = "xyz"[at];
    }
    axes[AXES] = 0;
    if (strncmp(r->row->format, "OpenEEW", 7) == 0 && strcmp(axes, "xyz") != 0)
        r->row->conf.axes = axes;
    return true;
}

static bool read_members(struct reading *r, const struct json_value *value)
{
    size_t n = json_count(value);

    if (n < 1 || n > UNPACK_MEMBERS)
        return false;
    for (size_t i = 0; i < n; i++) {
        r->row->member[i] = json_as_text(json_at(value, i));
        if (!r->row->member[i])
            return false;
    }
    r->row->members = n;
    return true;
}

static const struct {
    const char *key;
    bool (*read)(struct reading *r, const struct json_value *value); /* false: no value for this key */
} keys[] = {
    {"sel", read_sel},   {"sens", read_sens},   {"mul", read_mul},
    {"unit", read_unit}, {"order", read_order}, {"members", read_members},
};
enum { KEYS = sizeof keys / sizeof *keys };

static bool read_keys(struct reading *r, struct error *problem)
{
    const char *key = NULL;

    while ((key = json_next_key(r->args->json, key))) {
        int k = 0;
        while (k < KEYS && strcmp(keys[k].key, key) != 0)
            k++;
        if (k == KEYS) {
            error_set(problem, "loader_args: replay has no option for '%.40s'", key);
            return false;
        }
        if (!keys[k].read(r, json_get(r->args->json, key))) {
            error_set(problem, "loader_args: %s: not understood", key);
            return false;
        }
    }
    return true;
}

bool loader_args_read(struct loader_args *args, struct catalogue_row *row, const char *text, const char *unit,
                      struct error *problem)
{
    struct reading r = {args, row, strcmp(unit, "count") == 0, strcmp(unit, "m/s") == 0};
    struct error why;

    memset(args, 0, sizeof *args);
    if (*text) {
        args->json = json_parse(text, strlen(text), &why);
        if (!args->json || json_kind(args->json) != JSON_KIND_OBJECT) {
            error_set(problem, "loader_args: %s", args->json ? "not a JSON object" : why.text);
            return false;
        }
        if (!read_keys(&r, problem))
            return false;
    }
    /* A SAC file never knows its unit; the catalogue does. */
    if (strncmp(row->format, "SAC", 3) == 0 && !r.counts && row->conf.scales == 0 && !row->conf.scale_user) {
        row->conf.scales = 1;
        row->conf.scale[0] = 1;
    }
    row->conf.velocity = r.velocity && (row->conf.scales > 0 || row->conf.scale_user);
    return true;
}

void loader_args_done(struct loader_args *args)
{
    json_value_free(args->json);
}
