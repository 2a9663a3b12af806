#include "io/csv_head.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/reader.h"
#include "io/utc.h"

#define STANDARD_GRAVITY_MPS2 9.80665 /* by definition */

enum { WORDS_MAX = 6, WORD_BYTES = 16, PROBE_LINES = 64, PROBE_LINE_BYTES = 2048 };

static const char magic[] = "# tocsin-csv ";

static const struct value_unit {
    const char *name;
    enum unit unit;
    double size;
} value_units[] = {
    {"m/s^2", UNIT_MPS2, 1},
    {"m/s2", UNIT_MPS2, 1},
    {"m/s\xc2\xb2", UNIT_MPS2, 1},
    {"mps2", UNIT_MPS2, 1},
    {"gal", UNIT_MPS2, 0.01},
    {"cm/s^2", UNIT_MPS2, 0.01},
    {"cm/s2", UNIT_MPS2, 0.01},
    {"g", UNIT_MPS2, STANDARD_GRAVITY_MPS2},
    {"mg", UNIT_MPS2, STANDARD_GRAVITY_MPS2 / 1000},
    {"m/s", UNIT_MPS, 1},
    {"mps", UNIT_MPS, 1},
    {"cm/s", UNIT_MPS, 0.01},
    {"counts", UNIT_UNKNOWN, 1},
    {"count", UNIT_UNKNOWN, 1},
};

static const struct time_unit {
    const char *name;
    double size_s;
} time_units[] = {
    {"s", 1},     {"sec", 1},   {"seconds", 1},      {"ms", 1e-3},
    {"us", 1e-6}, {"ns", 1e-9}, {"\xc2\xb5s", 1e-6}, {"\xce\xbcs", 1e-6}, /* both signs for micro */
};

static const struct axis_word {
    const char *name;
    char axis;
} axis_words[] = {
    {"z", 'Z'},    {"u", 'Z'}, {"up", 'Z'}, {"ud", 'Z'},    {"vertical", 'Z'}, {"az", 'Z'},
    {"accz", 'Z'}, {"n", 'N'}, {"ns", 'N'}, {"north", 'N'}, {"e", 'E'},        {"ew", 'E'},
    {"east", 'E'}, {"x", 'X'}, {"ax", 'X'}, {"accx", 'X'},  {"y", 'Y'},        {"ay", 'Y'},
    {"accy", 'Y'}, {"1", '1'}, {"2", '2'},  {"3", '3'},
};

/* What may stand before the axis in a column's name: "accel_x", "Linear Acceleration y". Anything else
 * (gyro_x) makes it a column that is not ours. */
static const char *const motion_words[] = {
    "acc",      "accel",   "acceleration", "accelerometer", "linear", "vel",
    "velocity", "channel", "ch",           "component",     "raw",
};

static const struct time_word {
    const char *name;
    enum csv_time time;
} time_words[] = {
    {"time", CSV_TIME_RELATIVE},     {"t", CSV_TIME_RELATIVE},       {"timestamp", CSV_TIME_RELATIVE},
    {"relative", CSV_TIME_RELATIVE}, {"elapsed", CSV_TIME_RELATIVE}, {"utc", CSV_TIME_TEXT},
    {"datetime", CSV_TIME_TEXT},     {"unix", CSV_TIME_UNIX},        {"epoch", CSV_TIME_UNIX},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct value_unit *find_value_unit(const char *name)
{
    for (size_t i = 0; i < COUNT(value_units); i++)
        if (strcasecmp(value_units[i].name, name) == 0)
            return &value_units[i];
    return NULL;
}

static const struct time_unit *find_time_unit(const char *name)
{
    for (size_t i = 0; i < COUNT(time_units); i++)
        if (strcasecmp(time_units[i].name, name) == 0)
            return &time_units[i];
    return NULL;
}

static char find_axis(const char *word)
{
    for (size_t i = 0; i < COUNT(axis_words); i++)
        if (strcmp(axis_words[i].name, word) == 0)
            return axis_words[i].axis;
    /* A channel code such as HNZ or BH1: band, instrument, orientation. */
    if (strlen(word) == 3 && strchr("fgdcesbhlm", word[0]) && strchr("hlng", word[1]) &&
        strchr("zne123", word[2]))
        return (char)toupper((unsigned char)word[2]);
    return 0;
}

static bool is_motion(const char *word)
{
    for (size_t i = 0; i < COUNT(motion_words); i++)
        if (strcmp(motion_words[i], word) == 0)
            return true;
    return false;
}

/* A column's name in words: "Acceleration x (m/s^2)" is acceleration, x, and the unit m/s^2. */
struct name {
    size_t n;
    char word[WORDS_MAX][WORD_BYTES];
    char unit[WORD_BYTES];
};

static bool split_name(const char *text, struct name *name)
{
    size_t n;

    memset(name, 0, sizeof *name);
    for (;;) {
        text += strspn(text, " _-.");
        if (!*text)
            return name->n > 0;
        if (*text == '(' || *text == '[') {
            n = strcspn(++text, ")]");
            if (n >= WORD_BYTES || name->unit[0])
                return false;
            memcpy(name->unit, text, n);
            text += n + (text[n] != 0);
            continue;
        }
        n = strcspn(text, " _-.([");
        if (n >= WORD_BYTES || name->n == WORDS_MAX)
            return false;
        for (size_t i = 0; i < n; i++)
            name->word[name->n][i] = (char)tolower((unsigned char)text[i]);
        name->n++;
        text += n;
    }
}

/* The unit written as the last word: time_ms, z_mps2. */
static const char *unit_word(const struct name *name)
{
    return name->unit[0] ? name->unit : name->n > 1 ? name->word[name->n - 1] : "";
}

static enum csv_time time_of_name(const struct name *name, double *unit_s)
{
    const struct time_unit *unit = find_time_unit(unit_word(name));
    size_t words = name->n - (unit && !name->unit[0]);
    enum csv_time time = CSV_TIME_NONE;

    for (size_t w = 0; w < words; w++) {
        enum csv_time found = CSV_TIME_NONE;
        for (size_t i = 0; i < COUNT(time_words); i++)
            if (strcmp(time_words[i].name, name->word[w]) == 0)
                found = time_words[i].time;
        if (found == CSV_TIME_NONE)
            return CSV_TIME_NONE;
        if (found > time)
            time = found;
    }
    *unit_s = unit ? unit->size_s : 1;
    return name->unit[0] && !unit ? CSV_TIME_NONE : time;
}

static char axis_of_name(const struct name *name, const struct value_unit **unit)
{
    *unit = find_value_unit(unit_word(name));
    if (name->unit[0] && !*unit)
        return 0;
    size_t words = name->n - (*unit && !name->unit[0]);
    for (size_t w = 0; w + 1 < words; w++)
        if (!is_motion(name->word[w]))
            return 0;
    if (words == 0 || (words == 1 && isdigit((unsigned char)name->word[0][0])))
        return 0; /* a bare number is a row's, not a name's */
    return find_axis(name->word[words - 1]);
}

size_t csv_row(const struct csv_head *h, char *line, char *cell[CSV_COLUMNS_MAX])
{
    size_t cells = csv_split(line, h->separator, cell);

    return cells == h->columns + 1 && cells <= CSV_COLUMNS_MAX && !*cell[cells - 1] ? cells - 1 : cells;
}

/* Reads the line of names. 0; -1 where it is none, with the reason. */
static int read_names(struct csv_head *h, char *line, char *why, size_t size)
{
    char *cell[CSV_COLUMNS_MAX];
    bool axis_seen[128] = {false};

    h->separator = csv_separator(line);
    h->columns = csv_split(line, h->separator, cell);
    h->axes = 0;
    h->time = CSV_TIME_NONE;
    if (h->columns > CSV_COLUMNS_MAX) {
        snprintf(why, size, "more than %d columns", CSV_COLUMNS_MAX);
        return -1;
    }
    for (size_t i = 0; i < h->columns; i++) {
        struct name name;
        const struct value_unit *unit;
        double unit_s;
        snprintf(h->name[i], sizeof h->name[i], "%.*s", (int)sizeof h->name[i] - 1, cell[i]);
        if (!split_name(cell[i], &name))
            continue;
        enum csv_time time = time_of_name(&name, &unit_s);
        if (time != CSV_TIME_NONE) {
            if (h->time == CSV_TIME_NONE) {
                h->time = time;
                h->time_column = i;
                h->time_unit_s = unit_s;
            }
            continue;
        }
        char axis = axis_of_name(&name, &unit);
        if (!axis)
            continue;
        if (axis_seen[(unsigned char)axis]) {
            snprintf(why, size, "two columns for axis %c", axis);
            return -1;
        }
        if (h->axes == CSV_AXES_MAX) {
            snprintf(why, size, "more than three columns of motion ('%s')", h->name[i]);
            return -1;
        }
        if (unit && h->has_unit && (unit->unit != h->unit || unit->size != h->unit_size)) {
            snprintf(why, size, "column '%s' contradicts the unit said before", h->name[i]);
            return -1;
        }
        if (unit) {
            h->has_unit = true;
            h->unit = unit->unit;
            h->unit_size = unit->size;
        }
        axis_seen[(unsigned char)axis] = true;
        h->axis[h->axes++] = (struct csv_axis){.column = i, .axis = axis, .sign = 1};
    }
    if (h->axes == 0) {
        snprintf(why, size,
                 "no column names: a line such as time_s,z,n,e (or x,y,z) must stand above the numbers");
        return -1;
    }
    return 0;
}

/* "zne", "yxz", "x,-y,-": which column is Z, N and E, as --axes says it. NULL, or what is wrong. */
static const char *assign_axes(struct csv_head *h, const char *text)
{
    static const char order[AXES] = {'Z', 'N', 'E'};
    struct csv_axis found[AXES];
    size_t n = 0;
    bool commas = strchr(text, ',') != NULL;

    for (int a = 0; a < AXES; a++) {
        char entry[24] = "";
        size_t length = commas ? strcspn(text, ",") : *text ? 1 : 0;
        if (length >= sizeof entry)
            return "names a column that is not there";
        memcpy(entry, text, length);
        text += length + (commas && text[length] == ',');
        char *name = csv_trim(entry);
        if (!*name)
            return "is not three columns, for Z, N and E";
        if (strcmp(name, "-") == 0)
            continue;
        double sign = *name == '-' ? -1 : 1;
        name += *name == '-';
        size_t i = 0;
        while (i < h->axes && strcasecmp(h->name[h->axis[i].column], name) != 0 &&
               !(strlen(name) == 1 && toupper((unsigned char)*name) == h->axis[i].axis))
            i++;
        if (i == h->axes)
            return "names a column that is not there";
        for (size_t k = 0; k < n; k++)
            if (found[k].column == h->axis[i].column)
                return "names a column twice";
        found[n++] = (struct csv_axis){.column = h->axis[i].column, .axis = order[a], .sign = sign};
    }
    if (*text || n == 0)
        return "is not three columns, for Z, N and E";
    memcpy(h->axis, found, n * sizeof *found);
    h->axes = n;
    return NULL;
}

static const char *set_rate(struct csv_head *h, char *value)
{
    if (!csv_number(value, ',', &h->rate_hz) || h->rate_hz < READER_RATE_MIN_HZ ||
        h->rate_hz > READER_RATE_MAX_HZ)
        return "is not a rate from 1 to 20000";
    return NULL;
}

static const char *set_start(struct csv_head *h, char *value)
{
    h->has_start = utc_parse(value, &h->start_ns);
    return h->has_start ? NULL : "is not a time such as 2024-01-24T10:51:28.005Z";
}

static const char *set_unit(struct csv_head *h, char *value)
{
    const struct value_unit *unit = find_value_unit(value);

    if (!unit)
        return "is none of m/s^2, gal, g, mg, m/s, cm/s, counts";
    h->has_unit = true;
    h->unit = unit->unit;
    h->unit_size = unit->size;
    return NULL;
}

static const char *set_scale(struct csv_head *h, char *value)
{
    h->has_scale = csv_number(value, ',', &h->scale) && h->scale != 0;
    return h->has_scale ? NULL : "is not a number other than 0";
}

static const char *set_station(struct csv_head *h, char *value)
{
    if (!*value || strlen(value) >= sizeof h->station || strpbrk(value, " \t,*?"))
        return "is not NET.STA.LOC.CH or a part of it";
    snprintf(h->station, sizeof h->station, "%s", value);
    return NULL;
}

/* Offsets are taken off further on, gravity among them: it is only said. */
static const char *set_gravity(struct csv_head *h, char *value)
{
    (void)h;
    return strcmp(value, "included") == 0 || strcmp(value, "removed") == 0
               ? NULL
               : "is neither included nor removed";
}

static const char *set_p(struct csv_head *h, char *value)
{
    return csv_number(value, ',', &h->p_s) ? NULL : "is not a time in s after the first row";
}

static const char *set_s(struct csv_head *h, char *value)
{
    return csv_number(value, ',', &h->s_s) ? NULL : "is not a time in s after the first row";
}

static const char *set_note(struct csv_head *h, char *value)
{
    (void)h;
    (void)value;
    return NULL;
}

static const struct key {
    const char *name;
    const char *(*set)(struct csv_head *h, char *value); /* NULL, or what is wrong */
} keys[] = {
    {"rate_hz", set_rate},    {"start_utc", set_start}, {"unit", set_unit}, {"scale", set_scale},
    {"station", set_station}, {"gravity", set_gravity}, {"p_s", set_p},     {"s_s", set_s},
    {"note", set_note},       {"comment", set_note},
};

/* "# key: value"; axes has to wait for the columns. */
static int read_comment(struct input *in, struct csv_head *h, char *line, char *axes, size_t size,
                        struct error *err)
{
    char *key = line + strspn(line, "# \t");
    size_t n = strspn(key, "abcdefghijklmnopqrstuvwxyz_0123456789");
    char *value = key + n;
    const char *wrong = NULL;

    if (n == 0 || key[n] != ':')
        return 0; /* a remark */
    *value++ = 0;
    value = csv_trim(value);
    if (strcmp(key, "axes") == 0) {
        if (strlen(value) >= size)
            wrong = "is not three columns, for Z, N and E";
        else
            memcpy(axes, value, strlen(value) + 1);
    } else {
        size_t i = 0;
        while (i < COUNT(keys) && strcmp(keys[i].name, key) != 0)
            i++;
        if (i < COUNT(keys))
            wrong = keys[i].set(h, value);
        else if (h->magic)
            return error_set(
                err,
                "%s: line %lld: unknown key '%.40s' (rate_hz, start_utc, unit, scale, station, gravity, "
                "axes, p_s, s_s; note for anything else)",
                input_name(in), (long long)input_line_number(in), key);
    }
    if (wrong)
        return error_set(err, "%s: line %lld: %s '%.60s' %s", input_name(in),
                         (long long)input_line_number(in), key, value, wrong);
    return 0;
}

static int check_head(struct input *in, const struct csv_head *h, struct error *err)
{
    if (h->has_scale && (!h->has_unit || h->unit == UNIT_UNKNOWN))
        return error_set(
            err, "%s: line %lld: scale without a unit: say '# unit: m/s^2' or another above the columns",
            input_name(in), (long long)input_line_number(in));
    if (h->has_start && (h->time == CSV_TIME_TEXT || h->time == CSV_TIME_UNIX))
        return error_set(err, "%s: line %lld: start_utc and column '%s' both give the time: leave one out",
                         input_name(in), (long long)input_line_number(in), h->name[h->time_column]);
    return 0;
}

int csv_head_read(struct input *in, struct csv_head *h, struct error *err)
{
    char why[96], axes[96] = "", *line;
    const char *wrong;
    int got;

    memset(h, 0, sizeof *h);
    h->scale = h->unit_size = 1;
    h->p_s = h->s_s = NAN;
    while ((got = input_line(in, &line, err)) > 0) {
        if (input_line_number(in) == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
            line += 3; /* a byte order mark */
        if (input_line_number(in) == 1 && strncmp(line, magic, sizeof magic - 1) == 0) {
            h->magic = true;
            if (strcmp(csv_trim(line + sizeof magic - 1), "1") != 0)
                return error_set(err, "%s: line 1: tocsin-csv version '%.20s' is not 1", input_name(in),
                                 csv_trim(line + sizeof magic - 1));
            continue;
        }
        if (*line == '#') {
            if (read_comment(in, h, line, axes, sizeof axes, err) < 0)
                return -1;
            continue;
        }
        if (line[strspn(line, " \t")] == 0)
            continue;
        if (read_names(h, line, why, sizeof why) < 0)
            return error_set(err, "%s: line %lld: %s", input_name(in), (long long)input_line_number(in), why);
        wrong = axes[0] ? assign_axes(h, axes) : NULL;
        if (wrong)
            return error_set(err, "%s: line %lld: axes '%s' %s", input_name(in),
                             (long long)input_line_number(in), axes, wrong);
        return check_head(in, h, err);
    }
    if (got < 0)
        return -1;
    if (input_line_number(in) == 0)
        return error_set(err, "%s: byte 0: the file is empty", input_name(in));
    return error_set(err, "%s: line %lld: the file ends before the line of column names", input_name(in),
                     (long long)input_line_number(in));
}

/* The next line of the first bytes, copied; false at their end or where it is no short line of text. */
static bool probe_line(const unsigned char **at, size_t *left, char line[PROBE_LINE_BYTES])
{
    const unsigned char *newline = memchr(*at, '\n', *left);
    size_t n = newline ? (size_t)(newline - *at) : *left;

    if (*left == 0 || n >= PROBE_LINE_BYTES || memchr(*at, 0, n))
        return false;
    memcpy(line, *at, n);
    line[n] = 0;
    if (n > 0 && line[n - 1] == '\r')
        line[n - 1] = 0;
    *at += n + (newline != NULL);
    *left -= n + (newline != NULL);
    return true;
}

/* Are these the cells of a row: the axes numbers or empty, at least one a number, and the time a time? */
static bool probe_row(const struct csv_head *h, char *line)
{
    char *cell[CSV_COLUMNS_MAX];
    double value;
    int64_t ns;
    size_t numbers = 0;

    if (csv_row(h, line, cell) != h->columns)
        return false;
    for (size_t i = 0; i < h->axes; i++) {
        char *c = cell[h->axis[i].column];
        if (csv_number(c, h->separator, &value))
            numbers++;
        else if (*c && strcasecmp(c, "nan") != 0)
            return false;
    }
    if (h->time != CSV_TIME_NONE && !utc_parse(cell[h->time_column], &ns) &&
        !csv_number(cell[h->time_column], h->separator, &value))
        return false;
    return numbers > 0;
}

bool csv_head_probe(const unsigned char *head, size_t n)
{
    char line[PROBE_LINE_BYTES], why[96];
    struct csv_head h = {0};
    bool named = false;

    if (n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0) {
        head += 3;
        n -= 3;
    }
    if (n >= sizeof magic - 1 && memcmp(head, magic, sizeof magic - 1) == 0)
        return true;
    for (int i = 0; i < PROBE_LINES && probe_line(&head, &n, line); i++) {
        if (line[0] == '#' || line[strspn(line, " \t")] == 0)
            continue;
        if (named)
            return probe_row(&h, line);
        if (read_names(&h, line, why, sizeof why) < 0)
            return false;
        named = true;
    }
    return false;
}
