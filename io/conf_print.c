#include "io/conf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "io/conf_key.h"

const char *conf_allowed(const struct conf_row *row, char *to, size_t room)
{
    const char *what = row->type == CONF_INT ? "a whole number" : "a number";
    char list[48] = "";

    switch (row->type) {
    case CONF_REAL:
    case CONF_INT:
        if (row->count > 1) {
            snprintf(list, sizeof list, "a list of %zu numbers", row->count);
            what = list;
        }
        if (row->min != 0 || row->max != 0)
            snprintf(to, room, "%s%s from %g to %g", what, row->count > 1 ? ", each" : "", row->min,
                     row->max);
        else
            snprintf(to, room, "%s", what);
        break;
    case CONF_BOOL:
        snprintf(to, room, "true or false");
        break;
    case CONF_CHOICE:
        snprintf(to, room, "one of \"%s\"", row->choices);
        break;
    case CONF_TEXT:
        snprintf(to, room, "text in quotes, shorter than %d bytes", CONF_TEXT_MAX);
        break;
    }
    return to;
}

/* The shortest decimal number that reads back as the same double; an exponent only for what is very small or
 * very large. */
static void print_real(double x, FILE *out)
{
    bool is_plain = x == 0 || ((x >= 1e-4 || x <= -1e-4) && x < 1e15 && x > -1e15);
    char text[48];

    for (int digits = 1; digits <= 20; digits++) {
        snprintf(text, sizeof text, is_plain ? "%.*f" : "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    fprintf(out, "%s%s", text, strpbrk(text, ".en") ? "" : ".0");
}

static void print_text(const char *text, size_t n, FILE *out)
{
    fputc('"', out);
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"' || text[i] == '\\')
            fprintf(out, "\\%c", text[i]);
        else if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            fprintf(out, "\\x%02x", (unsigned)(unsigned char)text[i]);
        else
            fputc(text[i], out);
    }
    fputc('"', out);
}

static void print_value(const struct conf_row *row, const void *target, FILE *out)
{
    const void *at = (const char *)target + row->offset;
    double reals[CONF_VALUES_MAX];
    size_t count = row->count > 1 ? row->count : 1;
    const char *c = row->choices;
    int whole;
    bool flag;

    switch (row->type) {
    case CONF_REAL:
        memcpy(reals, at, count * sizeof *reals);
        for (size_t i = 0; i < count; i++) {
            fputs(i ? ", " : row->count > 1 ? "[" : "", out);
            print_real(reals[i], out);
        }
        fputs(row->count > 1 ? "]" : "", out);
        break;
    case CONF_INT:
        memcpy(&whole, at, sizeof whole);
        fprintf(out, "%d", whole);
        break;
    case CONF_BOOL:
        memcpy(&flag, at, sizeof flag);
        fputs(flag ? "true" : "false", out);
        break;
    case CONF_CHOICE:
        memcpy(&whole, at, sizeof whole);
        for (; whole > 0 && *strchrnul(c, '|'); whole--)
            c = strchrnul(c, '|') + 1;
        print_text(c, (size_t)(strchrnul(c, '|') - c), out);
        break;
    case CONF_TEXT:
        print_text(at, strnlen(at, CONF_TEXT_MAX), out);
        break;
    }
}

/* A comment must stay on its line, whatever the name of a file. */
static void print_plain(const char *text, FILE *out)
{
    for (; *text; text++)
        fputc((unsigned char)*text < 0x20 ? '?' : *text, out);
}

static void print_row(const struct conf_row *row, const struct conf_table *table, const char *name,
                      int indent, FILE *out)
{
    char want[256];

    fprintf(out, "%*s# %s; ", indent, "", conf_allowed(row, want, sizeof want));
    print_plain(row->help ? row->help : "", out);
    if (row->source) {
        fputs(" (", out);
        print_plain(row->source, out);
        fputc(')', out);
    }
    fprintf(out, "\n%*s%s = ", indent, "", name);
    print_value(row, table->target, out);
    fputc(';', out);
    if (table->origin) {
        fputs(" # ", out);
        print_plain(table->origin[row - table->row].where, out);
    }
    fputc('\n', out);
}

/* All rows of all tables whose keys begin with the first n bytes of prefix, a group of them only once:
 * libconfig refuses a group that is opened again. */
static void print_group(const struct conf_table *table, size_t tables, const char *prefix, size_t n,
                        int indent, FILE *out)
{
    const char *done[64];
    size_t ndone = 0;

    for (size_t t = 0; t < tables; t++)
        for (size_t r = 0; r < table[t].rows; r++) {
            const char *key = table[t].row[r].key, *dot;
            size_t group, i = 0;

            if (table[t].group || strncmp(key, prefix, n) != 0)
                continue;
            dot = strchr(key + n, '.');
            if (!dot) {
                print_row(&table[t].row[r], &table[t], key + n, indent, out);
                continue;
            }
            group = (size_t)(dot + 1 - key);
            while (i < ndone && strncmp(done[i], key, group) != 0)
                i++;
            if (i < ndone || ndone == sizeof done / sizeof *done)
                continue;
            done[ndone++] = key;
            fprintf(out, "%*s%.*s = {\n", indent, "", (int)(group - n - 1), key + n);
            print_group(table, tables, key, group, indent + 2, out);
            fprintf(out, "%*s};\n", indent, "");
        }
}

/* A group of named ones: each as if it were a configuration of its own. */
static void print_named(const struct conf_table *table, FILE *out)
{
    const struct conf_group *g = table->group;

    fputs("# ", out);
    print_plain(g->help ? g->help : "", out);
    fprintf(out, "\n%s = {\n", g->name);
    for (size_t i = 0; i < *g->count; i++) {
        struct conf_slot first = conf_key_slot(table, i, 0);
        struct conf_table one = {
            .row = table->row, .rows = table->rows, .target = first.target, .origin = first.origin};

        fprintf(out, "  %s = {\n", g->names[i].text);
        print_group(&one, 1, "", 0, 4, out);
        fputs("  };\n", out);
    }
    fputs("};\n", out);
}

void conf_print(const struct conf_table *table, size_t tables, FILE *out)
{
    print_group(table, tables, "", 0, 0, out);
    for (size_t t = 0; t < tables; t++)
        if (table[t].group && *table[t].group->count > 0)
            print_named(&table[t], out);
}

/* Roff reads a backslash as a command, and a dot or quote at the start of a line. */
static void print_roff(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc((unsigned char)*text < 0x20 ? ' ' : *text, out);
    }
}

static void print_group_manual(const struct conf_group *g, FILE *out)
{
    fputs(".TP\n.B ", out);
    print_roff(g->name, out);
    fputs(".\\fIname\n\\&", out);
    print_roff(g->help ? g->help : "", out);
    fprintf(out, "; at most %zu, each with a name of its own and these keys", g->max);
    for (size_t i = 0; g->preset && g->preset[i]; i++) {
        fputs(i ? ", " : "; there unwritten: ", out);
        print_roff(g->preset[i], out);
    }
    fputs(".\n", out);
}

void conf_manual(const struct conf_table *table, size_t tables, FILE *out)
{
    char want[256];

    for (size_t t = 0; t < tables; t++) {
        if (table[t].group)
            print_group_manual(table[t].group, out);
        for (size_t r = 0; r < table[t].rows; r++) {
            const struct conf_row *row = &table[t].row[r];

            fputs(".TP\n.B ", out);
            if (table[t].group) {
                print_roff(table[t].group->name, out);
                fputs(".\\fIname\\fB.", out);
            }
            print_roff(row->key, out);
            fputs("\n\\&", out);
            print_roff(row->help ? row->help : "", out);
            fputs(": ", out);
            print_roff(conf_allowed(row, want, sizeof want), out);
            fputs("; default ", out);
            print_roff(row->initial && *row->initial ? row->initial : "empty", out);
            if (row->source) {
                fputs(" (", out);
                print_roff(row->source, out);
                fputc(')', out);
            }
            fputs(".\n", out);
        }
    }
}
