#include <poll.h>
#include <stdarg.h>
#include <string.h>

#include "alarm/lines.h"
#include "node/check.h"

/* How long a relay is left in each state with --move. */
enum { MOVE_MS = 300, READ_TRIES = 10 };

/* ---- relays ---- */

static const char *in_use(const struct lines_seen *seen, char *to, size_t room)
{
    snprintf(to, room, "in use by \"%s\"", seen->by[0] ? seen->by : "the kernel");
    return to;
}

static void say_moved(struct check *c, const char *what, const struct relay_conf *r, bool differs,
                      int refused)
{
    if (refused)
        check_say(c, CHECK_FAIL, what, "wiring, supply, permission of the chip", "--move: cannot be set: %s",
                  strerror(-refused));
    else if (differs)
        check_say(c, CHECK_FAIL, what, "relay, its supply, the read-back's wiring and settle_ms",
                  "--move: MOVED, and the read-back \"%s\" did not follow", r->readback);
    else
        check_say(c, CHECK_OK, what, NULL, "--move: MOVED to the other state and back%s",
                  r->readback[0] ? "; the read-back followed"
                                 : "; no read-back is configured: did it click?");
}

/* The read-back follows within the relay's own time. True: it does not. */
static bool differs(const struct check *c, const struct relay_conf *r, bool energised)
{
    const struct check_conf *conf = check_conf(c);
    const struct contact_conf *contact = r->contact >= 0 ? &conf->node->contacts.contact[r->contact] : NULL;
    struct lines_pin *pin;
    struct error err;

    if (!contact)
        return false;
    struct lines_spec spec = {
        .chip = contact->chip, .line = contact->line, .bias = (enum contact_bias)contact->bias};
    if (lines_open(&pin, conf->sys, &spec, &err) != 0)
        return true;
    bool wrong = true;
    for (int i = 0; i < READ_TRIES && wrong; i++) {
        poll(NULL, 0, (int)(r->settle_ms / READ_TRIES) + 1);
        int level = lines_get(pin);
        wrong = level < 0 || ((level == 1) != contact->active_low) != energised;
    }
    lines_close(pin);
    return wrong;
}

/* To the state that it does not have when the node is stopped, and back. */
static void move(struct check *c, const char *what, const struct relay_conf *r)
{
    const struct check_conf *conf = check_conf(c);
    struct relay relay;
    struct lines_pin *pin;
    struct error err;

    relay_init(&relay, r, conf->sys->mono_ns(conf->sys->ctx));
    bool rest = relay_at_stop(&relay), bad = false;
    struct lines_spec spec = {
        .chip = r->chip, .line = r->line, .output = true, .level = relay_level(r, rest)};
    if (lines_open(&pin, conf->sys, &spec, &err) != 0) {
        check_say(c, CHECK_FAIL, what, NULL, "--move: %s", err.text);
        return;
    }
    int refused = 0;
    for (int turn = 0; turn < 2 && !refused; turn++) {
        bool energised = turn == 0 ? !rest : rest;
        refused = lines_set(pin, relay_level(r, energised));
        poll(NULL, 0, MOVE_MS);
        bad = bad || (!refused && differs(c, r, energised));
    }
    lines_close(pin);
    say_moved(c, what, r, bad, refused);
}

static void check_relay(struct check *c, const char *what, const struct relay_conf *r)
{
    const struct check_conf *conf = check_conf(c);
    struct lines_seen seen;
    struct error err;
    char by[100];

    if (lines_look(conf->sys, r->chip, r->line, &seen, &err) != 0) {
        check_say(c, CHECK_FAIL, what, "gpiodetect and gpioinfo list chips and lines", "%s", err.text);
    } else if (seen.used) {
        bool ours = strcmp(seen.by, "tocsin") == 0;
        check_say(c, ours ? CHECK_OK : CHECK_FAIL, what,
                  ours ? "stop the node to look further" : "free it, or name another line", "%s, line %d: %s",
                  r->chip, r->line, in_use(&seen, by, sizeof by));
    } else if (!conf->move) {
        check_say(c, CHECK_OK, what, NULL, "%s, line %d: there, and free; not moved (--move does)", r->chip,
                  r->line);
    } else if (r->manual) {
        check_say(c, CHECK_OK, what, NULL,
                  "%s, line %d: there, and free; not moved: a person would have to reset it", r->chip,
                  r->line);
    } else {
        move(c, what, r);
    }
}

void check_lines(struct check *c)
{
    const struct relay_table *t = &check_conf(c)->node->lines;
    char what[CONF_NAME_MAX + 16];

    if (t->count == 0)
        check_say(c, CHECK_OK, "lines", NULL, "none is configured");
    for (size_t i = 0; i < t->count; i++) {
        snprintf(what, sizeof what, "line %s", t->name[i].text);
        check_relay(c, what, &t->relay[i]);
    }
}

/* ---- contacts ---- */

/* 0 or 1, or -1 with err. */
static int level_of(const struct check *c, const struct contact_conf *contact, int line, struct error *err)
{
    const struct sys *sys = check_conf(c)->sys;
    struct lines_spec spec = {.chip = contact->chip, .line = line, .bias = (enum contact_bias)contact->bias};
    struct lines_pin *pin;

    if (lines_open(&pin, sys, &spec, err) != 0)
        return -1;
    int level = lines_get(pin);
    lines_close(pin);
    return level < 0 ? error_set(err, "%s, line %d: %s", contact->chip, line, strerror(-level)) : level;
}

static const char *meaning(const struct contact_conf *contact, bool active)
{
    switch ((enum contact_role)contact->role) {
    case CONTACT_TAMPER:
        return active ? "somebody is at the node" : "nobody is at the node";
    case CONTACT_MAINS:
        return active ? "mains is lost" : "mains is there";
    case CONTACT_BATTERY:
        return active ? "the battery is low" : "the battery is well";
    default:
        return active ? "active now" : "at rest";
    }
}

static void check_contact(struct check *c, const char *what, const struct contact_conf *contact)
{
    struct lines_seen seen = {0};
    struct error err = {""};

    if (lines_look(check_conf(c)->sys, contact->chip, contact->line, &seen, &err) == 0 && seen.used &&
        strcmp(seen.by, "tocsin") == 0) {
        check_say(c, CHECK_OK, what, "stop the node to look further", "in use by the node");
        return;
    }
    int level = level_of(c, contact, contact->line, &err);
    int other = level >= 0 && contact->opposite >= 0 ? level_of(c, contact, contact->opposite, &err) : !level;
    enum check_verdict wrong = contact->required ? CHECK_FAIL : CHECK_WARN;
    bool active = (level == 1) != contact->active_low;
    bool odd = active && (contact->role == CONTACT_TAMPER || contact->role == CONTACT_MAINS ||
                          contact->role == CONTACT_BATTERY || contact->role == CONTACT_OFFICIAL);

    if (level < 0 || other < 0)
        check_say(c, wrong, what, "gpiodetect and gpioinfo list chips and lines", "%s", err.text);
    else if (other == level)
        check_say(c, wrong, what, "a wire is cut or shorted, or `opposite` names the wrong line",
                  "lines %d and %d say the same", contact->line, contact->opposite);
    else
        check_say(c, odd ? CHECK_WARN : CHECK_OK, what, odd ? "is it so? else turn active_low round" : NULL,
                  "%s, role %s: %s", contact->chip, contact_role_name((enum contact_role)contact->role),
                  meaning(contact, active));
}

void check_contacts(struct check *c)
{
    const struct contact_table *t = &check_conf(c)->node->contacts;
    char what[CONF_NAME_MAX + 16];

    if (t->count == 0)
        check_say(c, CHECK_OK, "contacts", NULL, "none is configured");
    for (size_t i = 0; i < t->count; i++) {
        snprintf(what, sizeof what, "contact %s", t->name[i].text);
        check_contact(c, what, &t->contact[i]);
    }
}

/* ---- the supply ---- */

void check_ups(struct check *c)
{
    const struct check_conf *conf = check_conf(c);
    const struct ups_conf *ups = &conf->node->ups;
    struct ups_state state = {0};
    struct error err = {""};
    struct ups *u;

    if (!ups->name[0]) {
        check_say(c, CHECK_OK, "ups", NULL, "none is configured");
        return;
    }
    if (ups_open(&u, conf->sys, ups, &err) != 0) {
        check_say(c, CHECK_FAIL, "ups", "ups.name is NAME@HOST[:PORT], as upsc has it", "%s", err.text);
        return;
    }
    if (ups_read(u, &state, &err) != 0 || !state.known)
        check_say(c, CHECK_WARN, "ups", "does upsc answer? upsd, its driver, its LISTEN and the firewall",
                  "%s", err.text[0] ? err.text : "upsd does not know its state");
    else if (state.mains_lost)
        check_say(c, CHECK_WARN, "ups", "the node runs on the battery", "%s: mains is lost%s", ups->name,
                  state.battery_low ? ", and the battery is low" : "");
    else
        check_say(c, state.battery_low ? CHECK_WARN : CHECK_OK, "ups",
                  state.battery_low ? "charge or replace it" : NULL, "%s: on mains%s", ups->name,
                  state.battery_low ? ", the battery is low" : "");
    check_said(c);
    ups_close(u);
}
