#include "alarm/contact.h"

#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct contact_conf, field)
#define OWN       "own choice"

static const char roles[] =
    "none|official|fire|drill|silence|acknowledge|reset|test|lift-test|tamper|mains|battery|"
    "siren-current|readback";

static const struct conf_row rows[] = {
    {"chip", CONF_TEXT, AT(chip), 0, "", 0, 0, NULL,
     "label of the GPIO chip (gpiodetect shows it), or sim:FOLDER", NULL},
    {"line", CONF_INT, AT(line), 0, "0", 0, 1023, NULL, "line of the chip", NULL},
    {"opposite", CONF_INT, AT(opposite), 0, "-1", -1, 1023, NULL,
     "second line, of a change-over contact: always the opposite; -1: none", NULL},
    {"active_low", CONF_BOOL, AT(active_low), 0, "true", 0, 0, NULL,
     "a low level means active: a contact to ground with a pull-up", NULL},
    {"bias", CONF_CHOICE, AT(bias), 0, "pull-up", 0, 0, "as-is|pull-up|pull-down|none",
     "the chip's own resistor, where it has one", NULL},
    {"role", CONF_CHOICE, AT(role), 0, "none", 0, 0, roles, "what it means", NULL},
    {"level", CONF_CHOICE, AT(level), 0, "alarm", 0, 0, "watch|warning|alarm",
     "of an official receiver's warning, or of the drill", NULL},
    {"debounce_ms", CONF_REAL, AT(debounce_ms), 0, "20", 0, 5000, NULL, "so long it must stay", OWN},
    {"opposite_ms", CONF_REAL, AT(opposite_ms), 0, "200", 1, 5000, NULL,
     "so long both lines may say the same while it moves", OWN},
    {"chatter_hz", CONF_INT, AT(chatter_hz), 0, "20", 2, 1000, NULL, "more changes in a second are a fault",
     OWN},
    {"stuck_s", CONF_REAL, AT(stuck_s), 0, "0.0", 0, 86400, NULL,
     "active for longer is a fault; 0: it may stay", OWN},
    {"required", CONF_BOOL, AT(required), 0, "false", 0, 0, NULL, "the node is unfit while it is at fault",
     NULL},
};
_Static_assert(sizeof rows / sizeof *rows == CONTACT_ROWS, "a row was added");

struct conf_table contact_conf_table(struct contact_table *t)
{
    t->group = (struct conf_group){.name = "contacts",
                                   .help = "a contact into the node",
                                   .max = CONTACT_MAX,
                                   .stride = sizeof t->contact[0],
                                   .count = &t->count,
                                   .names = t->name};
    return (struct conf_table){
        .row = rows, .rows = CONTACT_ROWS, .target = t->contact, .origin = t->origin, .group = &t->group};
}

static int refuse(const struct contact_table *t, size_t i, const char *key, const char *what,
                  struct error *err)
{
    struct conf_table table = {.row = rows, .rows = CONTACT_ROWS, .origin = (void *)t->origin};
    char where[CONF_TEXT_MAX];

    return error_set(err, "%s: contacts.%s.%s %s", conf_where(&table, i, key, where, sizeof where),
                     t->name[i].text, key, what);
}

static bool has_line(const struct contact_conf *c, const char *chip, int line)
{
    return line >= 0 && !strcmp(c->chip, chip) && (c->line == line || c->opposite == line);
}

int contact_check(const struct contact_table *t, struct error *err)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct contact_conf *c = &t->contact[i];

        if (!*c->chip)
            return refuse(t, i, "chip", "is missing", err);
        if (c->opposite == c->line)
            return refuse(t, i, "opposite", "must be another line", err);
        for (size_t j = 0; j < i; j++)
            if (has_line(&t->contact[j], c->chip, c->line) || has_line(&t->contact[j], c->chip, c->opposite))
                return refuse(t, i, "line", "is in use already", err);
    }
    return 0;
}

static const char *const role_name[] = {"none",        "official", "fire",          "drill",     "silence",
                                        "acknowledge", "reset",    "test",          "lift-test", "tamper",
                                        "mains",       "battery",  "siren-current", "readback"};
_Static_assert(sizeof role_name / sizeof *role_name == CONTACT_ROLES, "a role has no name");

const char *contact_role_name(enum contact_role role)
{
    return (unsigned)role < CONTACT_ROLES ? role_name[role] : "?";
}

const char *contact_fault_name(enum contact_fault fault)
{
    static const char *const name[] = {"good", "cannot be read", "both of its lines say the same", "chatters",
                                       "active for too long"};

    return (unsigned)fault < sizeof name / sizeof *name ? name[fault] : "?";
}

void contact_init(struct contact *c, const struct contact_conf *conf)
{
    *c = (struct contact){.conf = *conf};
}

/* Changes within a second, the second beginning with the first of them. */
static void count_change(struct contact *c, int64_t at_ns)
{
    if (at_ns - c->second_ns >= 1000000000) {
        c->second_ns = at_ns;
        c->changes = 0;
    }
    c->changes++;
    c->last_change_ns = at_ns;
}

static void watch_pair(struct contact *c, bool raw, int opposite, int64_t at_ns)
{
    bool agrees = c->conf.opposite >= 0 && opposite == raw;

    if (agrees && !c->opposite)
        c->pair_since_ns = at_ns;
    c->opposite = agrees;
}

void contact_feed(struct contact *c, int level, int opposite, int64_t at_ns)
{
    bool raw;

    if (level < 0 || (c->conf.opposite >= 0 && opposite < 0)) {
        c->seen = false;
        c->fault = CONTACT_GONE;
        return;
    }
    raw = (level != 0) != c->conf.active_low;
    watch_pair(c, raw, (opposite != 0) != c->conf.active_low, at_ns);
    if (c->seen && raw == c->raw)
        return;
    if (c->seen)
        count_change(c, at_ns);
    c->seen = true;
    c->raw = raw;
    c->raw_since_ns = at_ns;
}

static int64_t ms(double x)
{
    return (int64_t)(x * 1e6);
}

static enum contact_fault find_fault(const struct contact *c, int64_t now_ns)
{
    if (!c->seen)
        return CONTACT_GONE;
    if (c->opposite && now_ns - c->pair_since_ns >= ms(c->conf.opposite_ms))
        return CONTACT_PAIR;
    if (c->changes > c->conf.chatter_hz && now_ns - c->last_change_ns < 1000000000)
        return CONTACT_CHATTERS;
    if (c->conf.stuck_s > 0 && c->raw && now_ns - c->raw_since_ns >= (int64_t)(c->conf.stuck_s * 1e9))
        return CONTACT_STUCK;
    return CONTACT_GOOD;
}

enum contact_news contact_step(struct contact *c, int64_t now_ns, int64_t *since_ns)
{
    bool is_certain = c->seen && now_ns - c->raw_since_ns >= ms(c->conf.debounce_ms);
    enum contact_fault fault = find_fault(c, now_ns);

    *since_ns = now_ns;
    if (fault != CONTACT_GOOD) {
        bool is_news = !c->told_fault;
        /* a chip that is not there yet at the very start is told as gone only by a feed that says so */
        if (fault == CONTACT_GONE && c->fault != CONTACT_GONE)
            return CONTACT_SAME;
        c->fault = fault;
        c->told_fault = true;
        return is_news ? CONTACT_FAULTED : CONTACT_SAME;
    }
    if (!is_certain || c->opposite)
        return CONTACT_SAME; /* a pair in motion is not certain either */
    c->fault = CONTACT_GOOD;
    if (c->told_fault) {
        c->told_fault = false;
        c->known = true;
        c->active = c->raw;
        return CONTACT_MENDED;
    }
    if (c->known && c->active == c->raw)
        return CONTACT_SAME;
    *since_ns = c->raw_since_ns;
    c->active = c->raw;
    c->known = true;
    return CONTACT_CHANGED;
}

static void sooner(int64_t *due, int64_t at_ns, int64_t now_ns)
{
    if (at_ns > now_ns && at_ns < *due)
        *due = at_ns;
}

int64_t contact_due(const struct contact *c, int64_t now_ns)
{
    int64_t due = INT64_MAX;

    if (!c->seen)
        return due;
    if (!c->known || c->active != c->raw || c->told_fault)
        sooner(&due, c->raw_since_ns + ms(c->conf.debounce_ms), now_ns);
    if (c->opposite)
        sooner(&due, c->pair_since_ns + ms(c->conf.opposite_ms), now_ns);
    if (c->fault == CONTACT_CHATTERS)
        sooner(&due, c->last_change_ns + 1000000000, now_ns);
    if (c->conf.stuck_s > 0 && c->raw)
        sooner(&due, c->raw_since_ns + (int64_t)(c->conf.stuck_s * 1e9), now_ns);
    return due;
}
