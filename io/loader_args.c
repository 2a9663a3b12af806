#include "io/loader_args.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/reader.h"

enum { COLUMN_MAX = 63 }; /* as many as io/columns.h has */

struct reading {
    struct loader_args *args;
    struct catalogue_row *row;
    bool counts, velocity; /* the unit after loading, where the arguments say it */
    int64_t cols[AXES];    /* of a table, from 0 */
    int64_t xyz[AXES];     /* which of cols is north, east, up */
    const char *comp;      /* the only component; every number is a sample of it */
};

static bool finite_number(const struct json_value *value, double *out)
{
    return json_as_number(value, out) && isfinite(*out) && *out != 0;
}

/* A code from its beginning; one without a point is a channel's. */
static bool read_sel(struct reading *r, const struct json_value *value)
{
    const char *text = json_as_text(value);
    char *select = r->args->select;

    if (!text || !*text || strlen(text) > sizeof r->args->select - 8)
        return false;
    snprintf(select, sizeof r->args->select, strchr(text, '.') ? "%s" : "*.*.*.%s", text);
    r->row->conf.select = select;
    return true;
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

static bool three_indices(const struct json_value *value, int64_t most, int64_t to[AXES])
{
    if (json_count(value) != AXES)
        return false;
    for (size_t i = 0; i < AXES; i++)
        if (!json_as_integer(json_at(value, i), &to[i]) || to[i] < 0 || to[i] > most)
            return false;
    return true;
}

static bool read_cols(struct reading *r, const struct json_value *value)
{
    return three_indices(value, COLUMN_MAX, r->cols);
}

static bool read_xyz(struct reading *r, const struct json_value *value)
{
    return three_indices(value, AXES - 1, r->xyz);
}

static bool read_tcol(struct reading *r, const struct json_value *value)
{
    int64_t column;

    if (!json_as_integer(value, &column) || column < 0 || column > COLUMN_MAX)
        return false;
    r->row->conf.time_column = (long)column + 1;
    return true;
}

static bool read_tmul(struct reading *r, const struct json_value *value)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}};
    double seconds;

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (json_as_number(value, &seconds) && fabs(seconds / units[i].seconds - 1) < 1e-9) {
            r->row->conf.time_unit = units[i].name;
            return true;
        }
    return false;
}

static bool read_rate(const struct json_value *value, double *to)
{
    return json_as_number(value, to) && *to >= READER_RATE_MIN_HZ && *to <= READER_RATE_MAX_HZ;
}

static bool read_fs(struct reading *r, const struct json_value *value)
{
    return read_rate(value, &r->row->conf.rate_hz);
}

static bool read_resample(struct reading *r, const struct json_value *value)
{
    return read_rate(value, &r->row->conf.resample_hz);
}

static bool read_skip(struct reading *r, const struct json_value *value)
{
    int64_t lines;

    if (!json_as_integer(value, &lines) || lines < 0 || lines > 1000000)
        return false;
    r->row->conf.skip_lines = (long)lines;
    return true;
}

static bool read_comp(struct reading *r, const struct json_value *value)
{
    r->comp = json_as_text(value);
    return r->comp && strlen(r->comp) == 1 && strchr("ZNE", r->comp[0]);
}

/* Seconds since 1970 of the first row; null: unknown. */
static bool read_t0(struct reading *r, const struct json_value *value)
{
    double unix_s;

    if (json_kind(value) == JSON_KIND_NULL)
        return true;
    if (!json_as_number(value, &unix_s) || fabs(unix_s) > 4e9)
        return false;
    r->row->conf.has_t0 = true;
    r->row->conf.t0_ns = llround(unix_s * 1e9);
    return true;
}

static const struct {
    const char *key;
    bool (*read)(struct reading *r, const struct json_value *value); /* false: no value for this key */
} keys[] = {
    {"sel", read_sel},     {"sens", read_sens},       {"mul", read_mul},   {"unit", read_unit},
    {"order", read_order}, {"members", read_members}, {"cols", read_cols}, {"xyz", read_xyz},
    {"tcol", read_tcol},   {"tmul", read_tmul},       {"fs", read_fs},     {"resample", read_resample},
    {"skip", read_skip},   {"comp", read_comp},       {"t0", read_t0},
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

/* A table without names of its columns is told apart by the catalogue's word for its format. */
static void set_columns(struct reading *r)
{
    static const char *const tables[] = {"CSV", "grid8", "TXT1"};
    struct trace_conf *conf = &r->row->conf;
    char *to = r->args->columns;
    bool is_table = false;

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        is_table = is_table || strncmp(r->row->format, tables[i], strlen(tables[i])) == 0;
    if (!is_table || (!r->comp && !json_get(r->args->json, "cols")))
        return;
    if (r->comp)
        strcpy(to, r->comp[0] == 'Z' ? "all" : r->comp[0] == 'N' ? "-,all,-" : "-,-,all");
    else
        snprintf(to, sizeof r->args->columns, "%d,%d,%d", (int)r->cols[r->xyz[2]] + 1,
                 (int)r->cols[r->xyz[0]] + 1, (int)r->cols[r->xyz[1]] + 1);
    conf->columns = to;
    conf->format = "columns";
}

bool loader_args_read(struct loader_args *args, struct catalogue_row *row, const char *text, const char *unit,
                      struct error *problem)
{
    struct reading r = {.args = args,
                        .row = row,
                        .counts = strcmp(unit, "count") == 0,
                        .velocity = strcmp(unit, "m/s") == 0,
                        .xyz = {0, 1, 2}};
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
        set_columns(&r);
    }
    /* A SAC file never knows its unit; the catalogue does. */
    if (strncmp(row->format, "SAC", 3) == 0 && !r.counts && row->conf.scales == 0 && !row->conf.scale_user) {
        row->conf.scales = 1;
        row->conf.scale[0] = 1;
    }
    row->conf.velocity = r.velocity && (row->conf.scales > 0 || row->conf.scale_user);
    if (trace_conf_check(&row->conf, &why) == 0)
        return true;
    error_set(problem, "loader_args: %s", why.text);
    return false;
}

void loader_args_done(struct loader_args *args)
{
    json_value_free(args->json);
}
