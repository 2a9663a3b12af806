#include <math.h>
#include <string.h>

#include "alarm/arbiter_parts.h"

static struct action_case case_of(const struct arbiter *a, const struct arbiter_event *e)
{
    struct action_case c = {
        .source = e->source, .exercise = e->exercise, .level = e->level, .minute = a->minute};

    memcpy(c.threshold, a->threshold, sizeof c.threshold);
    memcpy(c.reached, e->reached, sizeof c.reached);
    memcpy(c.observed, e->observed, sizeof c.observed);
    memcpy(c.p, e->p, sizeof c.p);
    return c;
}

static uint32_t slot_bit(const struct arbiter *a, const struct arbiter_event *e)
{
    return 1u << (e - a->event);
}

static void turn_off(struct arbiter *a, int i, uint32_t event, struct arbiter_out *out)
{
    struct arbiter_held *h = &a->held[i];

    if (h->on)
        arbiter_say(out, ARBITER_ACTION_OFF, event, i, -1, 0, 0);
    *h = (struct arbiter_held){0};
}

/* ---- calling ---- */

/* Why an action is not called for: said once for each level of an event. */
static void tell_refusal(struct arbiter_event *e, int i, int slot, enum arbiter_why why,
                         struct arbiter_out *out)
{
    if (e->told[slot] >> i & 1)
        return;
    e->told[slot] |= 1u << i;
    arbiter_say(out, why, e->id, i, -1, e->level, 0);
}

static bool is_called(struct arbiter *a, struct arbiter_event *e, int i, const struct action_case *c,
                      struct arbiter_out *out)
{
    const struct action *action = &a->actions->action[i];

    switch (action_answer(action, c)) {
    case ACTION_WEAK:
        return false; /* the level itself is what is told */
    case ACTION_OTHER_BASIS:
        tell_refusal(e, i, 0, ARBITER_NOT_BASIS, out);
        return false;
    case ACTION_UNLIKELY:
        tell_refusal(e, i, 1, ARBITER_NOT_LIKELY, out);
        return false;
    case ACTION_NO_DRILL:
        tell_refusal(e, i, 2, ARBITER_NOT_IN_DRILL, out);
        return false;
    case ACTION_QUIET:
        tell_refusal(e, i, 3, ARBITER_NOT_IN_QUIET_HOURS, out);
        return false;
    case ACTION_CALLED:
        break;
    }
    if (a->maintenance >> i & 1) {
        tell_refusal(e, i, 4, ARBITER_NOT_IN_MAINTENANCE, out);
        return false;
    }
    if (action_is_audible(action) && e->level <= e->silenced) {
        tell_refusal(e, i, 5, ARBITER_NOT_SILENCED, out);
        return false;
    }
    return true;
}

static void call_event(struct arbiter *a, struct arbiter_event *e, struct arbiter_out *out)
{
    struct action_case c = case_of(a, e);

    for (int i = 0; i < (int)a->actions->count; i++) {
        struct arbiter_held *h = &a->held[i];

        if (e->fired[e->level] >> i & 1 || !is_called(a, e, i, &c, out))
            continue;
        e->fired[e->level] |= 1u << i;
        arbiter_say(out, ARBITER_ACTION_ON, e->id, i, -1, e->level, 0);
        h->exercise = e->exercise && (h->exercise || !h->on);
        h->on = true;
        h->latched = false;
        h->by |= slot_bit(a, e);
        h->until_ns = arbiter_after(a->now_ns, a->actions->action[i].hold_s);
    }
}

/* ---- letting go ---- */

static void let_go(struct arbiter *a, int i, struct arbiter_out *out)
{
    const struct action *action = &a->actions->action[i];
    struct arbiter_held *h = &a->held[i];
    bool held = a->now_ns < h->until_ns;

    if (!h->on)
        return;
    switch ((enum action_reset)action->reset) {
    case ACTION_SELF:
        if (!held || (h->by == 0 && action_is_audible(action)))
            turn_off(a, i, 0, out);
        break;
    case ACTION_ENDED:
        if (h->by == 0 && (!held || action_is_audible(action)))
            turn_off(a, i, 0, out);
        break;
    case ACTION_OPERATOR:
        if (h->by == 0 && !h->latched) {
            h->latched = true;
            arbiter_say(out, ARBITER_ACTION_LATCHED, 0, i, -1, 0, 0);
        }
        break;
    }
}

void arbiter_act(struct arbiter *a, struct arbiter_out *out)
{
    if (a->maintenance && a->now_ns >= a->maintenance_until_ns)
        arbiter_act_maintenance(a, 0, 0, out);
    if (a->test_until_ns && a->now_ns >= a->test_until_ns) {
        a->test_until_ns = 0;
        arbiter_say(out, ARBITER_TEST_ENDED, 0, -1, -1, 0, 0);
    }
    for (int i = 0; i < ARBITER_EVENTS_MAX; i++)
        if (a->event[i].open && a->event[i].level > ALERT_NONE)
            call_event(a, &a->event[i], out);
    for (int i = 0; i < (int)a->actions->count; i++)
        let_go(a, i, out);
}

static bool is_kind(const struct arbiter *a, int i, enum action_kind kind)
{
    return a->actions->action[i].kind == kind;
}

/* Is some action of this kind, not in maintenance, in the mask? */
static bool any_of(const struct arbiter *a, uint32_t mask, enum action_kind kind)
{
    for (int i = 0; i < (int)a->actions->count; i++)
        if (is_kind(a, i, kind) && mask >> i & 1 && !(a->maintenance >> i & 1))
            return true;
    return false;
}

static bool is_heard(const struct arbiter *a, const struct arbiter_event *e)
{
    uint32_t bit = slot_bit(a, e);

    for (int i = 0; i < (int)a->actions->count; i++)
        if ((is_kind(a, i, ACTION_SIREN) || is_kind(a, i, ACTION_VOICE)) && a->held[i].by & bit)
            return true;
    return false;
}

void arbiter_act_closed(struct arbiter *a, struct arbiter_event *e, enum arbiter_why why,
                        struct arbiter_out *out)
{
    uint32_t fired = 0, bit = slot_bit(a, e);
    bool is_over = why == ARBITER_EVENT_CANCELLED || why == ARBITER_EVENT_ENDED || why == ARBITER_DRILL_ENDED;

    for (int l = 0; l <= ALERT_ALARM; l++)
        fired |= e->fired[l];
    for (int i = 0; i < (int)a->actions->count; i++)
        a->held[i].by &= ~bit;
    if (!is_over || !any_of(a, fired, ACTION_VOICE))
        return;
    for (int i = 0; i < ARBITER_EVENTS_MAX; i++)
        if (a->event[i].open && is_heard(a, &a->event[i])) {
            arbiter_say(out, ARBITER_KEPT_BY_OTHER, e->id, -1, (int)a->event[i].id, a->event[i].level, 0);
            return;
        }
    a->announce = (struct sound_order){
        .sound = why == ARBITER_EVENT_CANCELLED ? SOUND_CANCEL : SOUND_ENDED,
        .voice = true,
        .exercise = e->exercise,
        .severe = why == ARBITER_EVENT_ENDED && e->observed_max >= a->conf.severe,
        .source = e->source,
        .event = e->episode,
        .revision = e->revision + 1,
        .countdown_s = NAN,
        .maximum = why == ARBITER_EVENT_ENDED && isfinite(e->observed_max) ? e->observed_max : NAN,
    };
    a->announce_until_ns = arbiter_after(a->now_ns, a->conf.announce_s);
}

/* ---- a person's word ---- */

void arbiter_act_silence(struct arbiter *a, struct arbiter_event *e, struct arbiter_out *out)
{
    e->silenced = e->level;
    arbiter_say(out, ARBITER_SILENCED, e->id, -1, -1, e->level, 0);
    for (int i = 0; i < (int)a->actions->count; i++)
        if (action_is_audible(&a->actions->action[i]) && a->held[i].by & slot_bit(a, e)) {
            a->held[i].by &= ~slot_bit(a, e);
            if (a->held[i].by == 0)
                turn_off(a, i, e->id, out);
        }
}

static bool is_called_for(const struct arbiter *a, int line)
{
    for (int i = 0; i < (int)a->actions->count; i++)
        if (is_kind(a, i, ACTION_LINE) && a->actions->action[i].line == line && a->held[i].by)
            return true;
    return false;
}

void arbiter_act_reset(struct arbiter *a, uint32_t lines, struct arbiter_out *out)
{
    for (int line = 0; line < ORDER_LINES_MAX; line++) {
        if (!(lines >> line & 1))
            continue;
        if (is_called_for(a, line)) {
            arbiter_say(out, ARBITER_RESET_REFUSED, 0, -1, line, 0, 0);
            continue;
        }
        for (int i = 0; i < (int)a->actions->count; i++)
            if (is_kind(a, i, ACTION_LINE) && a->actions->action[i].line == line)
                turn_off(a, i, 0, out);
        a->lines.reset ^= 1u << line;
        a->reset_moved = true;
        arbiter_say(out, ARBITER_RESET_DONE, 0, -1, line, 0, 0);
    }
}

void arbiter_act_maintenance(struct arbiter *a, uint32_t actions, double for_s, struct arbiter_out *out)
{
    if (!actions || !(for_s > 0)) {
        if (a->maintenance)
            arbiter_say(out, ARBITER_MAINTENANCE_ENDED, 0, -1, -1, 0, 0);
        a->maintenance = 0;
        for (int e = 0; e < ARBITER_EVENTS_MAX; e++)
            a->event[e].told[4] = 0;
        return;
    }
    if (for_s > ARBITER_MAINTENANCE_MAX_S) {
        arbiter_say(out, ARBITER_MAINTENANCE_CUT, 0, -1, -1, for_s, ARBITER_MAINTENANCE_MAX_S);
        for_s = ARBITER_MAINTENANCE_MAX_S;
    }
    a->maintenance = actions;
    a->maintenance_until_ns = arbiter_after(a->now_ns, for_s);
    for (int i = 0; i < (int)a->actions->count; i++) {
        if (!(actions >> i & 1))
            continue;
        arbiter_say(out, ARBITER_MAINTENANCE_BEGAN, 0, i, -1, for_s, 0);
        if (a->actions->action[i].reset == ACTION_OPERATOR)
            continue; /* what waits for a person waits on */
        /* when maintenance ends within the event it is called for again */
        for (int e = 0; e < ARBITER_EVENTS_MAX; e++)
            for (int l = 0; l <= ALERT_ALARM; l++)
                a->event[e].fired[l] &= ~(1u << i);
        turn_off(a, i, 0, out);
    }
}

void arbiter_act_test(struct arbiter *a, struct arbiter_out *out)
{
    if (arbiter_has_open(a, false) || arbiter_has_open(a, true)) {
        arbiter_say(out, ARBITER_TEST_REFUSED, 0, -1, -1, 0, 0);
        return;
    }
    a->test_until_ns = arbiter_after(a->now_ns, a->conf.test_s);
    arbiter_say(out, ARBITER_TEST_BEGAN, 0, -1, -1, a->conf.test_s, 0);
}

/* Some voice may speak now: quiet hours and maintenance hold for this too. */
static bool may_speak(const struct arbiter *a)
{
    struct action_case c = {.source = SOURCE_LOCAL, .level = ALERT_WARNING, .minute = a->minute};

    for (int i = 0; i < ALERT_THRESHOLDS; i++) {
        c.threshold[i] = a->threshold[i];
        c.reached[i] = c.observed[i] = true;
        c.p[i] = 1;
    }
    for (int i = 0; i < (int)a->actions->count; i++)
        if (is_kind(a, i, ACTION_VOICE) && !(a->maintenance >> i & 1) &&
            action_answer(&a->actions->action[i], &c) != ACTION_QUIET)
            return true;
    return false;
}

void arbiter_act_unfit(struct arbiter *a, struct arbiter_out *out)
{
    if (arbiter_has_open(a, false) || arbiter_has_open(a, true) || a->test_until_ns || !may_speak(a)) {
        arbiter_say(out, ARBITER_UNFIT_UNSAID, 0, -1, -1, 0, 0);
        return;
    }
    a->announce = (struct sound_order){
        .sound = SOUND_UNFIT, .voice = true, .source = SOURCE_LOCAL, .countdown_s = NAN, .maximum = NAN};
    a->announce_until_ns = arbiter_after(a->now_ns, a->conf.announce_s);
    arbiter_say(out, ARBITER_UNFIT_SAID, 0, -1, -1, 0, 0);
}

/* ---- orders ---- */

static bool fire_speaks(const struct arbiter *a)
{
    for (int i = 0; a->contacts && i < (int)a->contacts->count; i++)
        if (a->contacts->contact[i].role == CONTACT_FIRE && a->contact_on[i])
            return true;
    return false;
}

/* The event to be heard: the highest level; of equals the youngest episode, and in it an authority's. */
static const struct arbiter_event *loudest(const struct arbiter *a)
{
    const struct arbiter_event *best = NULL;

    for (int i = 0; i < ARBITER_EVENTS_MAX; i++) {
        const struct arbiter_event *e = &a->event[i];

        if (!e->open || !is_heard(a, e))
            continue;
        if (!best || e->level > best->level ||
            (e->level == best->level &&
             (e->episode > best->episode || (e->episode == best->episode && e->source == SOURCE_OFFICIAL))))
            best = e;
    }
    return best;
}

static struct sound_order event_sound(const struct arbiter *a, const struct arbiter_event *e)
{
    const struct arbiter_event *official = e->source == SOURCE_OFFICIAL ? e : NULL;
    uint32_t on = 0;
    double countdown_s;

    for (int i = 0; i < (int)a->actions->count; i++)
        on |= (uint32_t)a->held[i].on << i;
    for (int i = 0; i < ARBITER_EVENTS_MAX && !official; i++)
        if (a->event[i].open && a->event[i].source == SOURCE_OFFICIAL && a->event[i].level == e->level &&
            !a->event[i].exercise && is_heard(a, &a->event[i]))
            official = &a->event[i];
    countdown_s = official ? official->countdown_s - (double)(a->now_ns - official->heard_ns) / 1e9 : NAN;
    return (struct sound_order){
        .sound = e->level >= ALERT_ALARM ? SOUND_ALARM : SOUND_WARNING,
        .siren = any_of(a, on, ACTION_SIREN),
        .voice = any_of(a, on, ACTION_VOICE),
        .exercise = e->exercise,
        .source = official ? SOURCE_OFFICIAL : e->source,
        .event = e->episode,
        .revision = e->revision,
        .countdown_s = countdown_s > 0 ? countdown_s : NAN,
        .maximum = NAN,
    };
}

static struct sound_order choose_sound(struct arbiter *a)
{
    const struct arbiter_event *e = loudest(a);
    struct sound_order s = {.countdown_s = NAN, .maximum = NAN};

    if (e) {
        a->announce_until_ns = 0;
        s = event_sound(a, e);
    } else if (a->test_until_ns) {
        s.sound = SOUND_TEST;
        s.source = SOURCE_OPERATOR;
        s.siren = any_of(a, UINT32_MAX, ACTION_SIREN);
        s.voice = any_of(a, UINT32_MAX, ACTION_VOICE);
    } else if (a->now_ns < a->announce_until_ns) {
        s = a->announce;
    }
    if (fire_speaks(a)) {
        s.voice = false;
        s.siren = s.siren && a->conf.fire == ARBITER_FIRE_VOICE;
    }
    return s;
}

static bool same_sound(const struct sound_order *x, const struct sound_order *y)
{
    return x->sound == y->sound && x->siren == y->siren && x->voice == y->voice &&
           x->exercise == y->exercise && x->severe == y->severe && x->source == y->source &&
           x->event == y->event;
}

static uint32_t asserted_lines(const struct arbiter *a, bool *exercise)
{
    bool quiet = a->conf.fire == ARBITER_FIRE_ALL && fire_speaks(a);
    bool real = false;
    uint32_t asserted = 0;

    for (int i = 0; i < (int)a->actions->count; i++) {
        const struct action *action = &a->actions->action[i];
        if (action->kind == ACTION_LINE && a->held[i].on && !(quiet && action->audible)) {
            asserted |= 1u << action->line;
            real = real || !a->held[i].exercise;
        }
    }
    *exercise = asserted && !real;
    return asserted;
}

void arbiter_act_orders(struct arbiter *a, struct arbiter_out *out)
{
    struct sound_order sound = choose_sound(a);
    const struct arbiter_event *top = arbiter_top(a);
    bool exercise;
    uint32_t asserted = asserted_lines(a, &exercise);

    out->has_sound = !same_sound(&sound, &a->sound) || (a->countdown_moved && isfinite(sound.countdown_s));
    if (out->has_sound) {
        sound.decided_ns = a->now_ns;
        a->sound = sound;
    }
    out->has_lines = asserted != a->lines.asserted || exercise != a->lines.exercise || a->reset_moved;
    if (out->has_lines) {
        a->lines.asserted = asserted;
        a->lines.exercise = exercise;
        a->lines.event = top ? top->id : 0;
        a->lines.revision = top ? top->revision : 0;
        a->lines.decided_ns = a->now_ns;
    }
    a->countdown_moved = a->reset_moved = false;
    out->sound = a->sound;
    out->lines = a->lines;
}
