#include <stdio.h>

#include "alarm/arbiter.h"

#define REAL(name, initial, min, max, help)                                                                  \
    {                                                                                                        \
        "arbiter." #name, CONF_REAL, offsetof(struct arbiter_conf, name), 0, initial, min, max, NULL, help,  \
            "own choice"                                                                                     \
    }

const struct conf_row arbiter_rows[] = {
    {"arbiter.sensors", CONF_INT, offsetof(struct arbiter_conf, sensors), 0, "1", 1, ARBITER_SENSORS_MAX,
     NULL, "so many of the fit sensors of this node must say so together", "own choice"},
    REAL(severe, "6.0", 1, 12, "observed intensity from which nobody re-enters before inspection"),
    REAL(event_max_s, "600", 60, 7200, "an own event of which nothing more is heard is over after so long"),
    REAL(official_s, "60", 1, 3600, "an official receiver's warning lasts so long after its contact opened"),
    REAL(official_max_s, "600", 10, 7200, "and so long in all where the contact never opens"),
    REAL(again_s, "10", 1, 600, "a receiver's contact that closes again after so long is a new warning"),
    REAL(drill_s, "60", 1, 600, "a drill lasts so long"),
    REAL(drill_max_s, "600", 1, 3600, "and at most so long, whatever a key or a command says"),
    REAL(test_s, "4", 1, 30, "a test of the siren lasts so long"),
    REAL(announce_s, "20", 1, 120, "cancel and end are spoken within so long"),
    {"arbiter.fire", CONF_CHOICE, offsetof(struct arbiter_conf, fire), 0, "voice", 0, 0, "voice|all",
     "while the fire panel's contact is closed: the voice alone is held back, or all that is heard",
     "own choice"},
};
const size_t arbiter_rows_count = sizeof arbiter_rows / sizeof *arbiter_rows;

static const char *const why_name[] = {
    [ARBITER_EVENT_BEGAN] = "event began",
    [ARBITER_EVENT_ROSE] = "event rose",
    [ARBITER_EVENT_CANCELLED] = "event cancelled",
    [ARBITER_EVENT_ENDED] = "event ended",
    [ARBITER_EVENT_EXPIRED] = "event over: nothing more was heard of it",
    [ARBITER_EVENT_REPLACED] = "event replaced by the next",
    [ARBITER_EVENT_NO_ROOM] = "event dropped: too many at once",
    [ARBITER_KEPT_BY_OTHER] = "its end is not told: another event goes on",
    [ARBITER_SENSORS_FEW] = "held: too few sensors say so",
    [ARBITER_SENSORS_UNFIT] = "no sensor is fit: any of them counts",
    [ARBITER_SENSOR_FIT] = "sensor fit",
    [ARBITER_SENSOR_UNFIT] = "sensor unfit",
    [ARBITER_ALERT_TEST] = "alert marked test: not acted upon",
    [ARBITER_ACTION_ON] = "on",
    [ARBITER_ACTION_OFF] = "off",
    [ARBITER_ACTION_LATCHED] = "stays until a person resets it",
    [ARBITER_NOT_BASIS] = "not called: another basis is asked for",
    [ARBITER_NOT_LIKELY] = "not called: its probability is not reached",
    [ARBITER_NOT_IN_DRILL] = "not called: not allowed in a drill",
    [ARBITER_NOT_IN_QUIET_HOURS] = "not called: quiet hours",
    [ARBITER_NOT_IN_MAINTENANCE] = "not called: in maintenance",
    [ARBITER_NOT_SILENCED] = "not called: silenced",
    [ARBITER_FIRE_PRIORITY] = "the fire panel's priority",
    [ARBITER_CONTACT_FAULT] = "contact at fault",
    [ARBITER_CONTACT_IS] = "contact",
    [ARBITER_CONTACT_FOUND] = "contact was already closed: nobody pressed it now",
    [ARBITER_OFFICIAL_STUCK] = "official receiver's contact stays closed: not believed until it opens",
    [ARBITER_DRILL_BEGAN] = "drill began",
    [ARBITER_DRILL_ENDED] = "drill ended",
    [ARBITER_DRILL_BROKEN] = "drill broken off by a real event",
    [ARBITER_DRILL_REFUSED] = "drill refused",
    [ARBITER_UNFIT_SAID] = "said: this node cannot warn now",
    [ARBITER_UNFIT_UNSAID] = "not said that this node cannot warn now: an event is open, or quiet hours",
    [ARBITER_TEST_BEGAN] = "test began",
    [ARBITER_TEST_ENDED] = "test ended",
    [ARBITER_TEST_REFUSED] = "test refused: an event is open",
    [ARBITER_SILENCED] = "silenced",
    [ARBITER_ACKNOWLEDGED] = "acknowledged",
    [ARBITER_NO_SUCH_EVENT] = "no such event is open",
    [ARBITER_RESET_DONE] = "reset",
    [ARBITER_RESET_REFUSED] = "reset refused: still called for",
    [ARBITER_MAINTENANCE_BEGAN] = "maintenance began",
    [ARBITER_MAINTENANCE_CUT] = "maintenance cut to its longest",
    [ARBITER_MAINTENANCE_ENDED] = "maintenance ended",
};
_Static_assert(sizeof why_name / sizeof *why_name == ARBITER_WHYS, "a reason has no words");

const char *arbiter_why_name(enum arbiter_why why)
{
    return (unsigned)why < ARBITER_WHYS ? why_name[why] : "?";
}

/* Whose matter it is: the action's, contact's or line's name, the sensor's number. */
static const char *subject(const struct arbiter *a, const struct arbiter_reason *r, char *to, size_t room)
{
    if (r->action >= 0 && r->action < (int)a->actions->count)
        return a->actions->name[r->action].text;
    switch (r->why) {
    case ARBITER_CONTACT_FAULT:
    case ARBITER_CONTACT_IS:
    case ARBITER_CONTACT_FOUND:
    case ARBITER_OFFICIAL_STUCK:
    case ARBITER_FIRE_PRIORITY:
        if (a->contacts && r->index >= 0 && r->index < (int)a->contacts->count)
            return a->contacts->name[r->index].text;
        return "";
    case ARBITER_SENSOR_FIT:
    case ARBITER_SENSOR_UNFIT:
    case ARBITER_ALERT_TEST:
        snprintf(to, room, "sensor %d", r->index);
        return to;
    case ARBITER_RESET_DONE:
    case ARBITER_RESET_REFUSED:
        snprintf(to, room, "line %d", r->index);
        return to;
    default:
        return "";
    }
}

static void numbers(const struct arbiter_reason *r, char *to, size_t room)
{
    *to = '\0';
    switch (r->why) {
    case ARBITER_EVENT_BEGAN:
    case ARBITER_EVENT_ROSE:
    case ARBITER_ACTION_ON:
    case ARBITER_SILENCED:
    case ARBITER_DRILL_BEGAN:
    case ARBITER_NOT_SILENCED:
        snprintf(to, room, ", %s", alert_level_name((enum alert_level)(int)r->value));
        break;
    case ARBITER_CONTACT_FAULT:
    case ARBITER_CONTACT_IS:
    case ARBITER_FIRE_PRIORITY:
        snprintf(to, room, ": %s", r->value != 0 ? "yes" : "no");
        break;
    case ARBITER_SENSORS_FEW:
        snprintf(to, room, ": %g of %g", r->value, r->limit);
        break;
    case ARBITER_EVENT_EXPIRED:
    case ARBITER_TEST_BEGAN:
    case ARBITER_MAINTENANCE_BEGAN:
    case ARBITER_MAINTENANCE_CUT:
        snprintf(to, room, ", %.0f s", r->value);
        break;
    case ARBITER_EVENT_ENDED:
        if (r->value > -100)
            snprintf(to, room, ", intensity %.1f", r->value);
        break;
    default:
        break;
    }
}

const char *arbiter_reason_text(const struct arbiter *a, const struct arbiter_reason *r, char *to,
                                size_t room)
{
    char who[48], what[48], event[24] = "";
    const char *name = subject(a, r, who, sizeof who);

    numbers(r, what, sizeof what);
    if (r->event)
        snprintf(event, sizeof event, ", event %u", r->event);
    snprintf(to, room, "%s%s%s%s%s", name, *name ? ": " : "", arbiter_why_name(r->why), event, what);
    return to;
}
