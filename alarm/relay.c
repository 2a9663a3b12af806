#include "alarm/relay.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct relay_conf, field)
#define OWN       "own choice"

static const struct conf_row rows[] = {
    {"chip", CONF_TEXT, AT(chip), 0, "", 0, 0, NULL,
     "label of the GPIO chip (gpiodetect shows it), or sim:FOLDER", NULL},
    {"line", CONF_INT, AT(line), 0, "0", 0, 1023, NULL, "line of the chip", NULL},
    {"active_low", CONF_BOOL, AT(active_low), 0, "false", 0, 0, NULL,
     "the relay's board closes it on a low level", NULL},
    {"kind", CONF_CHOICE, AT(kind), 0, "normally-open", 0, 0, "normally-open|fail-safe",
     "energised when called for, or energised while healthy and not called for", NULL},
    {"mode", CONF_CHOICE, AT(mode), 0, "hold", 0, 0, "hold|pulse|strobe",
     "as long as it is called for, once for pulse_s, or blinking", NULL},
    {"role", CONF_CHOICE, AT(role), 0, "action", 0, 0, "action|healthy",
     "called for by the action table, or closed while the node is healthy", NULL},
    {"stop", CONF_CHOICE, AT(stop), 0, "off", 0, 0, "off|on|keep",
     "the coil when the node stops: the safe state", OWN},
    {"pulse_s", CONF_REAL, AT(pulse_s), 0, "1.0", 0.05, 60, NULL, "length of a pulse", OWN},
    {"strobe_hz", CONF_REAL, AT(strobe_hz), 0, "1.0", 0.2, 2, NULL, "flashes in a second",
     "at most 2: those with photosensitive epilepsy"},
    {"manual", CONF_BOOL, AT(manual), 0, "false", 0, 0, NULL,
     "once called for it stays until a person resets it: a gas valve never opens by itself", NULL},
    {"latched_at_start", CONF_BOOL, AT(latched_at_start), 0, "true", 0, 0, NULL,
     "a manual line waits for a person after a restart too", NULL},
    {"drill", CONF_BOOL, AT(drill), 0, "false", 0, 0, NULL,
     "may move in a drill, where action.NAME.drill says so too", NULL},
    {"test", CONF_BOOL, AT(test), 0, "false", 0, 0, NULL, "called for by a contact of role lift-test", NULL},
    {"not_with", CONF_TEXT, AT(not_with), 0, "", 0, 0, NULL, "interlock: waits while that one of lines is on",
     NULL},
    {"readback", CONF_TEXT, AT(readback), 0, "", 0, 0, NULL,
     "the one of contacts (role readback) that is closed while the coil is energised", NULL},
    {"settle_ms", CONF_REAL, AT(settle_ms), 0, "100", 1, 10000, NULL, "before the read-back counts", OWN},
};
_Static_assert(sizeof rows / sizeof *rows == RELAY_ROWS, "a row was added");

struct conf_table relay_conf_table(struct relay_table *t)
{
    t->group = (struct conf_group){.name = "lines",
                                   .help = "a relay",
                                   .max = RELAY_MAX,
                                   .stride = sizeof t->relay[0],
                                   .count = &t->count,
                                   .names = t->name};
    return (struct conf_table){
        .row = rows, .rows = RELAY_ROWS, .target = t->relay, .origin = t->origin, .group = &t->group};
}

static int refuse(const struct relay_table *t, size_t i, const char *key, const char *what, struct error *err)
{
    struct conf_table table = {.row = rows, .rows = RELAY_ROWS, .origin = (void *)t->origin};
    char where[CONF_TEXT_MAX];

    return error_set(err, "%s: lines.%s.%s %s", conf_where(&table, i, key, where, sizeof where),
                     t->name[i].text, key, what);
}

static int find_name(const struct conf_name *name, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(name[i].text, text))
            return (int)i;
    return -1;
}

/* The same line of the same chip, in either table, is one too many. */
static bool is_taken(const struct relay_table *t, const struct contact_table *contacts, size_t i)
{
    const struct relay_conf *r = &t->relay[i];

    for (size_t j = 0; j < i; j++)
        if (!strcmp(t->relay[j].chip, r->chip) && t->relay[j].line == r->line)
            return true;
    for (size_t j = 0; contacts && j < contacts->count; j++) {
        const struct contact_conf *c = &contacts->contact[j];
        if (!strcmp(c->chip, r->chip) && (c->line == r->line || c->opposite == r->line))
            return true;
    }
    return false;
}

static int check_names(struct relay_table *t, const struct contact_table *contacts, size_t i,
                       struct error *err)
{
    struct relay_conf *r = &t->relay[i];

    r->other = r->contact = -1;
    if (*r->not_with) {
        r->other = find_name(t->name, t->count, r->not_with);
        if (r->other < 0 || r->other == (int)i)
            return refuse(t, i, "not_with", "must be the name of another of lines", err);
    }
    if (*r->readback) {
        r->contact = contacts ? find_name(contacts->name, contacts->count, r->readback) : -1;
        if (r->contact < 0 || contacts->contact[r->contact].role != CONTACT_READBACK)
            return refuse(t, i, "readback", "must be the name of one of contacts with role readback", err);
    }
    return 0;
}

int relay_check(struct relay_table *t, const struct contact_table *contacts, struct error *err)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct relay_conf *r = &t->relay[i];

        if (!*r->chip)
            return refuse(t, i, "chip", "is missing", err);
        if (is_taken(t, contacts, i))
            return refuse(t, i, "line", "is in use already", err);
        if (check_names(t, contacts, i, err))
            return -1;
        if (r->manual && r->kind == RELAY_NORMALLY_OPEN && r->mode != RELAY_PULSE)
            return refuse(t, i, "manual",
                          "needs kind fail-safe or mode pulse: held, it would let go with the supply", err);
        if (r->manual && r->stop == RELAY_STOP_ON)
            return refuse(t, i, "stop", "is on, which would open a manual line by itself: off or keep", err);
        if (r->role == RELAY_HEALTHY &&
            (r->kind == RELAY_FAIL_SAFE || r->mode != RELAY_HOLD || r->manual || r->stop != RELAY_STOP_OFF))
            return refuse(t, i, "role", "healthy is a plain line: normally-open, hold, stop off", err);
    }
    return 0;
}

uint32_t relay_drill_lines(const struct relay_table *t)
{
    uint32_t lines = 0;

    for (size_t i = 0; i < t->count; i++)
        lines |= (uint32_t)t->relay[i].drill << i;
    return lines;
}

void relay_init(struct relay *r, const struct relay_conf *conf, int64_t now_ns)
{
    *r = (struct relay){.conf = *conf, .changed_ns = now_ns, .on_ns = now_ns};
    r->latched = r->on = conf->manual && conf->latched_at_start;
    if (r->on && conf->mode == RELAY_PULSE) /* it had its pulse before the restart */
        r->on_ns = INT64_MIN / 2;
}

bool relay_level(const struct relay_conf *conf, bool energised)
{
    return energised != conf->active_low;
}

bool relay_at_stop(const struct relay *r)
{
    switch ((enum relay_stop)r->conf.stop) {
    case RELAY_STOP_OFF:
        return false;
    case RELAY_STOP_ON:
        return true;
    case RELAY_STOP_KEEP:
        break;
    }
    return r->energised;
}

static bool is_wanted(const struct relay *r, const struct relay_input *in)
{
    if (r->conf.role == RELAY_HEALTHY)
        return in->healthy;
    return (in->asserted && (!in->exercise || r->conf.drill)) || (r->conf.test && in->test);
}

/* A fail-safe line let go because the node was not well; well again, it does not move back by itself either. */
static bool lost_health(const struct relay *r, const struct relay_input *in)
{
    return r->conf.kind == RELAY_FAIL_SAFE && r->was_healthy && !in->healthy;
}

/* Whether the contact acts at this moment, and when that changes by itself. */
static bool acts(const struct relay *r, int64_t now_ns, int64_t *due_ns)
{
    double since_s = (double)(now_ns - r->on_ns) / 1e9;
    int64_t half;

    *due_ns = INT64_MAX;
    if (!r->on)
        return false;
    switch ((enum relay_mode)r->conf.mode) {
    case RELAY_HOLD:
        return true;
    case RELAY_PULSE:
        if (since_s >= r->conf.pulse_s)
            return false;
        *due_ns = r->on_ns + (int64_t)(r->conf.pulse_s * 1e9);
        return true;
    case RELAY_STROBE:
        half = (int64_t)floor(since_s * r->conf.strobe_hz * 2 + 1e-6);
        *due_ns = r->on_ns + (int64_t)((double)(half + 1) / (2 * r->conf.strobe_hz) * 1e9);
        return half % 2 == 0;
    }
    return false;
}

int64_t relay_step(struct relay *r, const struct relay_input *in)
{
    bool wanted = is_wanted(r, in), on, energised, act;
    int64_t due_ns;

    if (in->reset != r->reset_seen) {
        r->reset_seen = in->reset;
        r->latched = false;
    }
    if (r->conf.manual && (wanted || lost_health(r, in)))
        r->latched = true;
    r->was_healthy = r->was_healthy || in->healthy;
    on = wanted || r->latched;
    r->held = on && in->other_on;
    on = on && !r->held;
    if (on && !r->on)
        r->on_ns = in->now_ns;
    r->on = on;
    act = acts(r, in->now_ns, &due_ns);
    energised = r->conf.kind == RELAY_FAIL_SAFE ? in->healthy && !act : act;
    if (energised != r->energised) {
        r->energised = energised;
        r->changed_ns = in->now_ns;
    }
    return due_ns;
}

bool relay_readback(struct relay *r, bool closed, int64_t now_ns)
{
    bool differs = closed != r->energised;

    if (r->conf.mode == RELAY_STROBE || differs == r->differs)
        return false;
    if (differs && now_ns - r->changed_ns < (int64_t)(r->conf.settle_ms * 1e6))
        return false;
    r->differs = differs;
    return true;
}
