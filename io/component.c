#include "io/component.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "io/fortran.h"

void component_up(struct channel *c)
{
    c->axis = 'Z';
    c->oriented = true;
    c->azimuth_deg = 0;
    c->dip_deg = -90;
}

void component_down(struct channel *c)
{
    component_up(c);
    c->dip_deg = 90;
}

void component_azimuth(struct channel *c, double azimuth_deg)
{
    double line_deg = fmod(azimuth_deg, 180);

    c->axis = line_deg <= 45 || line_deg > 135 ? 'N' : 'E';
    c->oriented = true;
    c->azimuth_deg = fmod(azimuth_deg, 360);
    c->dip_deg = 0;
}

/* "N28W": from north, 28 degrees to the west; "360" */
static bool parse_bearing(const char *word, size_t n, double *azimuth_deg)
{
    char from = (char)toupper((unsigned char)word[0]), to = (char)toupper((unsigned char)word[n - 1]);
    double angle_deg;

    if (fortran_number(word, n, &angle_deg)) {
        *azimuth_deg = angle_deg;
        return angle_deg >= 0 && angle_deg <= 360;
    }
    if (n < 3 || !strchr("NS", from) || !strchr("EW", to) || !isdigit((unsigned char)word[1]) ||
        !fortran_number(word + 1, n - 2, &angle_deg) || angle_deg < 0 || angle_deg > 90)
        return false;
    double side = to == 'E' ? angle_deg : -angle_deg;
    *azimuth_deg = from == 'N' ? fmod(360 + side, 360) : 180 - side;
    return true;
}

bool component_named(struct channel *c, const char *name)
{
    static const struct {
        const char *name;
        double azimuth_deg; /* -1: up, -2: down, -3: longitudinal, -4: transverse */
    } words[] = {
        {"UP", -1},  {"V", -1},    {"Z", -1},      {"UD", -1}, {"U-D", -1},  {"VERT", -1}, {"DOWN", -2},
        {"DN", -2},  {"L", -3},    {"LONG", -3},   {"T", -4},  {"TRAN", -4}, {"N", 0},     {"NS", 0},
        {"N-S", 0},  {"NORTH", 0}, {"E", 90},      {"EW", 90}, {"E-W", 90},  {"EAST", 90}, {"S", 180},
        {"SN", 180}, {"S-N", 180}, {"SOUTH", 180}, {"W", 270}, {"WE", 270},  {"W-E", 270}, {"WEST", 270},
    };

    name += strspn(name, " \t");
    size_t n = strcspn(name, " \t,");
    if (n == 0)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].name) != n || strncasecmp(words[i].name, name, n) != 0)
            continue;
        if (words[i].azimuth_deg >= 0) {
            component_azimuth(c, words[i].azimuth_deg);
        } else if (words[i].azimuth_deg == -1) {
            component_up(c);
        } else if (words[i].azimuth_deg == -2) {
            component_down(c);
        } else {
            c->axis = words[i].azimuth_deg == -3 ? '1' : '2';
            c->oriented = false;
        }
        return true;
    }
    double azimuth_deg;
    if (!parse_bearing(name, n, &azimuth_deg))
        return false;
    component_azimuth(c, azimuth_deg);
    return true;
}

void component_text(char *to, size_t size, const char *from, size_t n)
{
    size_t at = 0;
    bool gap = false;

    for (size_t i = 0; i < n && from[i]; i++) {
        unsigned char ch = (unsigned char)from[i];
        if (ch >= 0x80 || (!isalnum(ch) && !strchr("-+/", ch))) {
            gap = at > 0;
            continue;
        }
        if (gap && at + 2 < size)
            to[at++] = '_';
        gap = false;
        if (at + 1 < size)
            to[at++] = (char)ch;
    }
    to[at] = 0;
}

static bool taken(const char *code, const struct channel *before, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(before[i].code, code) == 0)
            return true;
    return false;
}

void component_code(struct channel *c, const char *name, const struct channel *before, size_t n_before)
{
    snprintf(c->code, sizeof c->code, "%.40s.%.16s", c->group, name);
    for (size_t i = 2; taken(c->code, before, n_before); i++)
        snprintf(c->code, sizeof c->code, "%.40s.%.16s_%d", c->group, name, (int)(i % 1000));
}
