#include "alarm/arbiter.h"

#include <math.h>
#include <string.h>

#include "alarm/arbiter_parts.h"

void arbiter_say(struct arbiter_out *out, enum arbiter_why why, uint32_t event, int action, int index,
                 double value, double limit)
{
    if (out->reasons == ARBITER_REASONS_MAX) {
        out->reasons_lost++;
        return;
    }
    out->reason[out->reasons++] = (struct arbiter_reason){why, event, action, index, value, limit};
}

void arbiter_init(struct arbiter *a, const struct arbiter_conf *conf, const struct action_conf *actions,
                  const struct contact_table *contacts, const double threshold[ALERT_THRESHOLDS], int sensors)
{
    memset(a, 0, sizeof *a);
    a->conf = *conf;
    a->actions = actions;
    a->contacts = contacts;
    memcpy(a->threshold, threshold, sizeof a->threshold);
    a->sensors = sensors < ARBITER_SENSORS_MAX ? sensors : ARBITER_SENSORS_MAX;
    a->now_ns = INT64_MIN;
    a->minute = -1;
    for (int i = 0; i < a->sensors; i++)
        a->sensor[i].fit = true;
    a->sound.countdown_s = a->sound.maximum = NAN;
}

void arbiter_restore(struct arbiter *a, uint32_t actions)
{
    for (int i = 0; i < (int)a->actions->count; i++)
        if (actions >> i & 1 && a->actions->action[i].kind == ACTION_LINE &&
            a->actions->action[i].reset == ACTION_OPERATOR)
            a->held[i] = (struct arbiter_held){.on = true, .latched = true};
}

const struct arbiter_event *arbiter_top(const struct arbiter *a)
{
    const struct arbiter_event *best = NULL;

    for (int i = 0; i < ARBITER_EVENTS_MAX; i++) {
        const struct arbiter_event *e = &a->event[i];

        if (e->open && (!best || (best->exercise && !e->exercise) ||
                        (best->exercise == e->exercise &&
                         (e->level > best->level || (e->level == best->level && e->id > best->id)))))
            best = e;
    }
    return best;
}

static void acknowledge(struct arbiter_event *e, struct arbiter_out *out)
{
    e->is_acknowledged = true;
    arbiter_say(out, ARBITER_ACKNOWLEDGED, e->id, -1, -1, e->level, 0);
}

/* Silence and acknowledge: of one event, or of all that are open. */
static void on_events(struct arbiter *a, enum arbiter_command what, uint32_t event, struct arbiter_out *out)
{
    bool any = false;

    for (int i = 0; i < ARBITER_EVENTS_MAX; i++) {
        struct arbiter_event *e = &a->event[i];

        if (!e->open || (event != 0 && e->id != event))
            continue;
        any = true;
        if (what == ARBITER_SILENCE)
            arbiter_act_silence(a, e, out);
        else
            acknowledge(e, out);
    }
    if (what == ARBITER_SILENCE && a->test_until_ns) {
        any = true;
        a->test_until_ns = 0;
        arbiter_say(out, ARBITER_TEST_ENDED, 0, -1, -1, 0, 0);
    }
    if (!any)
        arbiter_say(out, ARBITER_NO_SUCH_EVENT, event, -1, -1, 0, 0);
}

static void command(struct arbiter *a, const struct arbiter_input *in, struct arbiter_out *out)
{
    switch (in->command) {
    case ARBITER_DRILL:
        arbiter_drill(a, in->level, in->for_s, out);
        break;
    case ARBITER_DRILL_END:
        arbiter_drill_end(a, ARBITER_DRILL_ENDED, out);
        break;
    case ARBITER_SILENCE:
    case ARBITER_ACKNOWLEDGE:
        on_events(a, in->command, in->event, out);
        break;
    case ARBITER_RESET:
        arbiter_act_reset(a, in->mask, out);
        break;
    case ARBITER_TEST:
        arbiter_act_test(a, out);
        break;
    case ARBITER_MAINTENANCE:
        arbiter_act_maintenance(a, in->mask, in->for_s, out);
        break;
    case ARBITER_UNFIT:
        arbiter_act_unfit(a, out);
        break;
    }
}

/* A key acts on being pressed; one that was found pressed was pressed by nobody. */
static void key(struct arbiter *a, int i, const struct contact_change *c, struct arbiter_out *out)
{
    const struct contact_conf *conf = &a->contacts->contact[i];
    enum contact_role role = (enum contact_role)conf->role;

    if (role == CONTACT_DRILL && !c->active)
        arbiter_drill_end(a, ARBITER_DRILL_ENDED, out);
    if (!c->active)
        return;
    if (c->first) {
        arbiter_say(out, ARBITER_CONTACT_FOUND, 0, -1, i, 1, 0);
        return;
    }
    if (role == CONTACT_DRILL)
        arbiter_drill(a, (enum alert_level)(conf->level + 1), a->conf.drill_max_s, out);
    else if (role == CONTACT_SILENCE)
        on_events(a, ARBITER_SILENCE, 0, out);
    else if (role == CONTACT_ACK)
        on_events(a, ARBITER_ACKNOWLEDGE, 0, out);
    else if (role == CONTACT_RESET)
        arbiter_act_reset(a, UINT32_MAX, out);
    else
        arbiter_act_test(a, out);
}

static void contact(struct arbiter *a, const struct contact_change *c, struct arbiter_out *out)
{
    int i = c->index;
    bool on = c->active && !c->fault; /* at fault it says nothing: our own warning goes on */

    if (!a->contacts || i < 0 || i >= (int)a->contacts->count)
        return;
    if (c->fault != a->contact_fault[i])
        arbiter_say(out, ARBITER_CONTACT_FAULT, 0, -1, i, c->fault, 0);
    a->contact_fault[i] = c->fault;
    if (on == a->contact_on[i] && !c->first)
        return;
    a->contact_on[i] = on;
    arbiter_say(out, ARBITER_CONTACT_IS, 0, -1, i, on, 0);
    switch ((enum contact_role)a->contacts->contact[i].role) {
    case CONTACT_OFFICIAL:
        arbiter_official_contact(a, i, on, (enum alert_level)(a->contacts->contact[i].level + 1), out);
        break;
    case CONTACT_FIRE:
        arbiter_say(out, ARBITER_FIRE_PRIORITY, 0, -1, i, on, 0);
        break;
    case CONTACT_DRILL:
    case CONTACT_SILENCE:
    case CONTACT_ACK:
    case CONTACT_RESET:
    case CONTACT_TEST:
        key(a, i, &(struct contact_change){.active = on, .first = c->first}, out);
        break;
    case CONTACT_NONE: /* health's matter, or the lines thread's */
    case CONTACT_LIFT_TEST:
    case CONTACT_TAMPER:
    case CONTACT_MAINS:
    case CONTACT_BATTERY:
    case CONTACT_CURRENT:
    case CONTACT_READBACK:
    case CONTACT_ROLES:
        break;
    }
}

void arbiter_feed(struct arbiter *a, const struct arbiter_input *in, struct arbiter_out *out)
{
    out->reasons = out->reasons_lost = 0;
    if (in->at_ns > a->now_ns)
        a->now_ns = in->at_ns;
    arbiter_expire_events(a, out);
    switch (in->kind) {
    case ARBITER_TICK:
        a->minute = in->minute >= 0 && in->minute < 24 * 60 ? in->minute : -1;
        break;
    case ARBITER_SENSOR:
        arbiter_sensor_fit(a, in, out);
        break;
    case ARBITER_ALERT:
        arbiter_alert(a, in, out);
        break;
    case ARBITER_FOREIGN:
        arbiter_foreign(a, &in->foreign, out);
        break;
    case ARBITER_CONTACT:
        contact(a, &in->contact, out);
        break;
    case ARBITER_COMMAND:
        command(a, in, out);
        break;
    }
    arbiter_act(a, out);
    arbiter_act_orders(a, out);
}
