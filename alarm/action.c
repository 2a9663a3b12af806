#include "alarm/action.h"

#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct action, field)
#define OWN       "own choice"

/* In the order of struct action. */
static const struct conf_row rows[] = {
    {"output", CONF_TEXT, AT(output), 0, "none", 0, 0, NULL, "siren, voice, line:NAME (of lines), or none",
     NULL},
    {"intensity", CONF_REAL, AT(intensity), 0, "5.0", 0.1, 12, NULL,
     "acts when a threshold of policy.threshold at least so high is reached", OWN ": alarm"},
    {"basis", CONF_CHOICE, AT(basis), 0, "any", 0, 0, "any|predicted|observed|official",
     "what must say so: predicted is the own sensors' prediction or observation", NULL},
    {"probability", CONF_REAL, AT(probability), 0, "0.0", 0, 0.999, NULL,
     "that a prediction must have; 0: what policy.p_limit asks", NULL},
    {"hold_s", CONF_REAL, AT(hold_s), 0, "60.0", 0.1, 86400, NULL,
     "self: so long; ended: a line at least so long", OWN},
    {"reset", CONF_CHOICE, AT(reset), 0, "ended", 0, 0, "self|ended|operator",
     "off after hold_s, when the event is over, or when a person resets it (lines only)", NULL},
    {"drill", CONF_BOOL, AT(drill), 0, "true", 0, 0, NULL,
     "acts in a drill; a line only where lines.NAME.drill allows it too", NULL},
    {"audible", CONF_BOOL, AT(audible), 0, "false", 0, 0, NULL,
     "the line makes noise: silence covers it, as it covers siren and voice", NULL},
    {"quiet", CONF_TEXT, AT(quiet), 0, "", 0, 0, NULL,
     "hours of local time without it, 22:00-06:00; an alarm acts all the same, as does a node without a "
     "clock",
     NULL},
    {"quiet_alarm", CONF_BOOL, AT(quiet_alarm), 0, "false", 0, 0, NULL, "quiet hours hold back an alarm too",
     NULL},
};
_Static_assert(sizeof rows / sizeof *rows == ACTION_ROWS, "a row was added");

static const char *const preset[] = {"siren.output=siren", "siren.intensity=4", "voice.output=voice",
                                     "voice.intensity=4", NULL};

struct conf_table action_table(struct action_conf *conf)
{
    conf->group = (struct conf_group){.name = "action",
                                      .help = "what an output does about a level",
                                      .max = ACTION_MAX,
                                      .stride = sizeof conf->action[0],
                                      .count = &conf->count,
                                      .names = conf->name,
                                      .preset = preset};
    return (struct conf_table){.row = rows,
                               .rows = ACTION_ROWS,
                               .target = conf->action,
                               .origin = conf->origin,
                               .group = &conf->group};
}

/* One check that failed, with the place of the key that it is about. */
static int refuse(const struct action_conf *conf, size_t i, const char *key, const char *what,
                  struct error *err)
{
    struct conf_table table = {.row = rows, .rows = ACTION_ROWS, .origin = (void *)conf->origin};
    char where[CONF_TEXT_MAX];

    return error_set(err, "%s: action.%s.%s %s", conf_where(&table, i, key, where, sizeof where),
                     conf->name[i].text, key, what);
}

static bool read_minute(const char *text, int *minute)
{
    if (strlen(text) < 5 || text[0] < '0' || text[0] > '2' || text[1] < '0' || text[1] > '9' ||
        text[2] != ':' || text[3] < '0' || text[3] > '5' || text[4] < '0' || text[4] > '9')
        return false;
    *minute = ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
    return *minute < 24 * 60;
}

static bool read_quiet(struct action *a)
{
    a->quiet_from = a->quiet_to = 0;
    if (!*a->quiet)
        return true;
    return strlen(a->quiet) == 11 && a->quiet[5] == '-' && read_minute(a->quiet, &a->quiet_from) &&
           read_minute(a->quiet + 6, &a->quiet_to) && a->quiet_from != a->quiet_to;
}

static int find_output(struct action_conf *conf, size_t i, const struct conf_name *line, size_t lines,
                       struct error *err)
{
    struct action *a = &conf->action[i];
    char what[CONF_TEXT_MAX + 96];

    a->kind = ACTION_NOTHING;
    a->line = -1;
    if (!strcmp(a->output, "siren"))
        a->kind = ACTION_SIREN;
    else if (!strcmp(a->output, "voice"))
        a->kind = ACTION_VOICE;
    else if (!strncmp(a->output, "line:", 5)) {
        for (size_t l = 0; l < lines; l++)
            if (!strcmp(a->output + 5, line[l].text))
                a->line = (int)l;
        if (a->line < 0) {
            snprintf(what, sizeof what, "is \"%s\", and there is no lines.%s", a->output, a->output + 5);
            return refuse(conf, i, "output", what, err);
        }
        a->kind = ACTION_LINE;
    } else if (strcmp(a->output, "none") != 0) {
        return refuse(conf, i, "output", "must be siren, voice, line:NAME or none", err);
    }
    return 0;
}

int action_check(struct action_conf *conf, const struct conf_name *line, size_t lines, uint32_t drill_lines,
                 const double threshold[ALERT_THRESHOLDS], struct error *err)
{
    for (size_t i = 0; i < conf->count; i++) {
        struct action *a = &conf->action[i];
        bool is_sound;

        if (find_output(conf, i, line, lines, err))
            return -1;
        is_sound = a->kind == ACTION_SIREN || a->kind == ACTION_VOICE;
        if (a->intensity > threshold[ALERT_THRESHOLDS - 1])
            return refuse(conf, i, "intensity", "is above every policy.threshold: it would never act", err);
        if (is_sound && a->intensity <= threshold[0])
            return refuse(conf, i, "intensity",
                          "is that of watch, the first policy.threshold, which is never heard", err);
        if (action_is_audible(a) && a->reset == ACTION_OPERATOR)
            return refuse(conf, i, "reset",
                          "is operator: what makes noise ends by itself; only silent lines wait", err);
        if (!read_quiet(a))
            return refuse(conf, i, "quiet", "must be two times of the day, as in 22:00-06:00", err);
        if (a->kind == ACTION_LINE && !(drill_lines >> a->line & 1))
            a->drill = false;
    }
    return 0;
}

bool action_is_audible(const struct action *a)
{
    return a->kind == ACTION_SIREN || a->kind == ACTION_VOICE || (a->kind == ACTION_LINE && a->audible);
}

static bool is_quiet(const struct action *a, const struct action_case *c)
{
    bool within;

    if (c->minute < 0 || a->quiet_from == a->quiet_to || (c->level >= ALERT_ALARM && !a->quiet_alarm))
        return false;
    within = a->quiet_from < a->quiet_to ? c->minute >= a->quiet_from && c->minute < a->quiet_to
                                         : c->minute >= a->quiet_from || c->minute < a->quiet_to;
    return within;
}

static bool has_basis(const struct action *a, const struct action_case *c, int t)
{
    switch ((enum action_basis)a->basis) {
    case ACTION_ANY:
        return true;
    case ACTION_PREDICTED: /* a drill plays every part */
        return c->exercise || c->source == SOURCE_LOCAL;
    case ACTION_OBSERVED:
        return c->exercise || (c->source == SOURCE_LOCAL && c->observed[t]);
    case ACTION_OFFICIAL:
        return c->exercise || c->source == SOURCE_OFFICIAL;
    }
    return false;
}

enum action_answer action_answer(const struct action *a, const struct action_case *c)
{
    const double same = 1e-9;
    int t = 0;

    while (t < ALERT_THRESHOLDS && c->threshold[t] < a->intensity - same)
        t++;
    if (a->kind == ACTION_NOTHING || t == ALERT_THRESHOLDS || !c->reached[t])
        return ACTION_WEAK;
    if (!has_basis(a, c, t))
        return ACTION_OTHER_BASIS;
    if (!c->exercise && c->source == SOURCE_LOCAL && !c->observed[t] && !(c->p[t] >= a->probability))
        return ACTION_UNLIKELY;
    if (c->exercise && !a->drill)
        return ACTION_NO_DRILL;
    return is_quiet(a, c) ? ACTION_QUIET : ACTION_CALLED;
}
