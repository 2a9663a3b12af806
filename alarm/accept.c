#include "alarm/accept.h"

#include <string.h>

static const char *const roles[ACCEPT_ROLES] = {"node", "peer", "authority", "operator", "maintainer"};

static const char *const reasons[ACCEPT_REASONS] = {
    [ACCEPT_TAKEN] = "taken",
    [ACCEPT_MALFORMED] = "malformed",
    [ACCEPT_NEWER] = "newer-version",
    [ACCEPT_UNKNOWN_KIND] = "unknown-kind",
    [ACCEPT_OWN] = "own",
    [ACCEPT_OTHER_SITE] = "other-site",
    [ACCEPT_OTHER_NODE] = "other-node",
    [ACCEPT_UNKNOWN_KEY] = "unknown-key",
    [ACCEPT_REVOKED] = "revoked",
    [ACCEPT_ROTATED] = "rotated",
    [ACCEPT_WRONG_NAME] = "wrong-name",
    [ACCEPT_NOT_ALLOWED] = "not-allowed",
    [ACCEPT_PAYLOAD_CHANGED] = "payload-changed",
    [ACCEPT_BAD_SIGNATURE] = "bad-signature",
    [ACCEPT_OLD_BOOT] = "old-boot",
    [ACCEPT_REPEATED] = "repeated",
    [ACCEPT_TOO_OLD] = "too-old",
    [ACCEPT_OLD_REVISION] = "old-revision",
    [ACCEPT_STALE] = "stale",
    [ACCEPT_FROM_FUTURE] = "from-future",
    [ACCEPT_NO_HEARTBEAT] = "no-heartbeat",
};

enum { SENDERS = ACCEPT_NODE | ACCEPT_PEER, COMMANDERS = ACCEPT_OPERATOR | ACCEPT_MAINTAINER };

/* Heartbeats are everybody's: without a clock they are what makes the rest believable. */
static const unsigned allowed[ENVELOPE_KINDS] = {
    [ENVELOPE_ALERT] = SENDERS | ACCEPT_AUTHORITY,
    [ENVELOPE_CAP] = SENDERS | ACCEPT_AUTHORITY,
    [ENVELOPE_PICK] = SENDERS,
    [ENVELOPE_HEARTBEAT] = SENDERS | ACCEPT_AUTHORITY | COMMANDERS,
    [ENVELOPE_STATE] = SENDERS,
    [ENVELOPE_STATUS] = SENDERS,
    [ENVELOPE_HEALTH] = SENDERS,
    [ENVELOPE_COMMAND] = COMMANDERS,
};

const char *accept_role_name(int bit)
{
    return roles[bit];
}

unsigned accept_roles_for(enum envelope_kind kind)
{
    return allowed[kind];
}

const char *accept_reason_name(enum accept_reason reason)
{
    return reasons[reason];
}

void accept_init(struct accept *a, const struct accept_conf *conf)
{
    memset(a, 0, sizeof *a);
    a->conf = *conf;
    if (!a->conf.fresh_ms)
        a->conf.fresh_ms = ACCEPT_FRESH_MS;
    if (!a->conf.future_ms)
        a->conf.future_ms = ACCEPT_FUTURE_MS;
    if (!a->conf.heartbeat_ms)
        a->conf.heartbeat_ms = ACCEPT_HEARTBEAT_MS;
}

struct accept_key *accept_find(struct accept *a, const char *id)
{
    for (size_t i = 0; i < a->keys; i++)
        if (strcmp(a->key[i].id, id) == 0)
            return &a->key[i];
    return NULL;
}

/* ---- who says it, and to whom ---- */

static bool has_successor(const struct accept *a, const struct accept_key *key)
{
    for (size_t i = 0; i < a->keys; i++)
        if (a->key[i].seen.boot && strcmp(a->key[i].replaces, key->id) == 0)
            return true;
    return false;
}

static bool for_us(const struct accept *a, const struct envelope *e)
{
    return strcmp(e->to, a->conf.node) == 0 || strcmp(e->to, ENVELOPE_EVERYONE) == 0;
}

static enum accept_reason check_sender(const struct accept *a, const struct envelope *e,
                                       const struct accept_key *key)
{
    if (strcmp(e->key, a->conf.own_key) == 0)
        return ACCEPT_OWN;
    if (strcmp(e->site, a->conf.site) != 0)
        return ACCEPT_OTHER_SITE;
    if (!for_us(a, e))
        return ACCEPT_OTHER_NODE;
    if (!key)
        return ACCEPT_UNKNOWN_KEY;
    if (key->revoked)
        return ACCEPT_REVOKED;
    if (has_successor(a, key))
        return ACCEPT_ROTATED;
    if (strcmp(e->node, key->name) != 0)
        return ACCEPT_WRONG_NAME;
    return key->roles & allowed[e->kind] ? ACCEPT_TAKEN : ACCEPT_NOT_ALLOWED;
}

/* ---- heard before? ---- */

static struct accept_event *find_event(struct accept_seen *s, const char *event)
{
    for (int i = 0; i < ACCEPT_EVENTS; i++)
        if (event[0] && strcmp(s->event[i].event, event) == 0)
            return &s->event[i];
    return NULL;
}

/* CAP is the same alert in other words, with the same revision: only the alert itself counts. */
static bool counts_revisions(enum envelope_kind kind)
{
    return kind == ENVELOPE_ALERT;
}

static enum accept_reason check_order(struct accept_seen *s, const struct envelope *e)
{
    if (e->boot < s->boot)
        return ACCEPT_OLD_BOOT;
    if (e->boot == s->boot && e->sequence <= s->top) {
        uint64_t behind = s->top - e->sequence;
        if (behind >= ACCEPT_WINDOW)
            return ACCEPT_TOO_OLD;
        if (s->window >> behind & 1)
            return ACCEPT_REPEATED;
    }
    const struct accept_event *known = counts_revisions(e->kind) ? find_event(s, e->event) : NULL;
    return known && e->revision <= known->revision ? ACCEPT_OLD_REVISION : ACCEPT_TAKEN;
}

static void note_event(struct accept_seen *s, const struct envelope *e)
{
    struct accept_event *place = find_event(s, e->event);

    for (int i = 0; !place && i < ACCEPT_EVENTS; i++)
        if (!s->event[i].event[0])
            place = &s->event[i];
    if (!place) {
        place = &s->event[0];
        for (int i = 1; i < ACCEPT_EVENTS; i++)
            if (s->event[i].at < place->at)
                place = &s->event[i];
    }
    memcpy(place->event, e->event, sizeof place->event);
    place->revision = e->revision;
    place->at = ++s->turn;
}

static void note_order(struct accept_seen *s, const struct envelope *e)
{
    if (e->boot > s->boot) {
        s->boot = e->boot;
        s->top = e->sequence;
        s->window = 1;
    } else if (e->sequence > s->top) {
        uint64_t step = e->sequence - s->top;
        s->window = step < ACCEPT_WINDOW ? s->window << step | 1 : 1;
        s->top = e->sequence;
    } else {
        s->window |= UINT64_C(1) << (s->top - e->sequence);
    }
    if (counts_revisions(e->kind) && e->event[0])
        note_event(s, e);
}

/* ---- fresh? ---- */

/* What the offset may have grown to by drift since it was learned. */
static int64_t offset_now(const struct accept_key *key, const struct accept_now *now)
{
    return key->offset_ms + (now->mono_ms - key->offset_at_ms) / ACCEPT_DRIFT_DIVISOR;
}

static bool offset_usable(const struct accept_key *key, const struct envelope *e)
{
    return key->offset_known && key->seen.boot == e->boot;
}

static enum accept_reason check_echo(const struct accept *a, const struct envelope *e,
                                     const struct accept_now *now)
{
    int64_t age_ms = now->mono_ms - e->echo_mono_ms;

    if (e->echo_boot != a->conf.own_boot || age_ms < 0)
        return ACCEPT_STALE; /* of an earlier life of ours, or of none */
    return age_ms <= a->conf.heartbeat_ms ? ACCEPT_TAKEN : ACCEPT_STALE;
}

static enum accept_reason check_fresh(const struct accept *a, const struct accept_key *key,
                                      const struct envelope *e, const struct accept_now *now)
{
    if (e->echo_boot && strcmp(e->to, a->conf.node) == 0)
        return check_echo(a, e, now);
    if (e->clock_good && now->clock_good) {
        int64_t age_ms = now->utc_ms - e->sent_utc_ms;
        return age_ms > a->conf.fresh_ms     ? ACCEPT_STALE
               : age_ms < -a->conf.future_ms ? ACCEPT_FROM_FUTURE
                                             : ACCEPT_TAKEN;
    }
    if (!offset_usable(key, e))
        return e->kind == ENVELOPE_HEARTBEAT ? ACCEPT_TAKEN : ACCEPT_NO_HEARTBEAT;
    if (now->mono_ms - e->sent_mono_ms - offset_now(key, now) > a->conf.fresh_ms)
        return ACCEPT_STALE;
    return e->kind == ENVELOPE_HEARTBEAT || now->mono_ms - key->heartbeat_ms <= a->conf.heartbeat_ms
               ? ACCEPT_TAKEN
               : ACCEPT_NO_HEARTBEAT;
}

/* Before note_order: it asks whether the boot is the one of the offset. */
static void note_time(struct accept_key *key, const struct envelope *e, const struct accept_now *now)
{
    int64_t offset_ms = now->mono_ms - e->sent_mono_ms;
    bool usable = offset_usable(key, e);

    if (!usable)
        key->offset_known = false;
    if (e->kind == ENVELOPE_HEARTBEAT)
        key->heartbeat_ms = now->mono_ms;
    else if (!usable)
        return;
    if (!usable || offset_ms <= offset_now(key, now)) {
        key->offset_ms = offset_ms;
        key->offset_at_ms = now->mono_ms;
    }
    key->offset_known = true;
}

/* ---- all of it ---- */

static bool payload_fits(const struct envelope_opened *o, const void *beside, size_t beside_n)
{
    if (o->payload)
        return envelope_hash_fits(&o->envelope, o->payload, o->payload_length);
    return beside && beside_n <= ENVELOPE_PAYLOAD_MAX && envelope_hash_fits(&o->envelope, beside, beside_n);
}

/* The cheap questions before the two that cost; the state is touched behind the last. */
static enum accept_reason judge(struct accept *a, struct accept_key *key, const struct envelope_opened *o,
                                const void *beside, size_t beside_n, const struct accept_now *now)
{
    enum accept_reason reason = check_sender(a, &o->envelope, key);

    if (reason != ACCEPT_TAKEN)
        return reason;
    if (!payload_fits(o, beside, beside_n))
        return ACCEPT_PAYLOAD_CHANGED;
    if (!envelope_verify(o, key->public))
        return ACCEPT_BAD_SIGNATURE;
    if ((reason = check_order(&key->seen, &o->envelope)) != ACCEPT_TAKEN ||
        (reason = check_fresh(a, key, &o->envelope, now)) != ACCEPT_TAKEN)
        return reason;
    note_time(key, &o->envelope, now);
    note_order(&key->seen, &o->envelope);
    return ACCEPT_TAKEN;
}

static enum accept_reason open_and_judge(struct accept *a, const char *text, size_t n, const void *beside,
                                         size_t beside_n, const struct accept_now *now, struct accepted *out)
{
    out->key = NULL;
    switch (envelope_open(text, n, &out->opened)) {
    case ENVELOPE_MALFORMED:
        return ACCEPT_MALFORMED;
    case ENVELOPE_NEWER:
        return ACCEPT_NEWER;
    case ENVELOPE_UNKNOWN_KIND:
        return ACCEPT_UNKNOWN_KIND;
    case ENVELOPE_WHOLE:
        break;
    }
    struct accept_key *key = accept_find(a, out->opened.envelope.key);
    out->key = key;
    return judge(a, key, &out->opened, beside, beside_n, now);
}

enum accept_reason accept_take(struct accept *a, const char *text, size_t n, const void *beside,
                               size_t beside_n, const struct accept_now *now, struct accepted *out)
{
    enum accept_reason reason = open_and_judge(a, text, n, beside, beside_n, now, out);

    a->count[reason]++;
    return reason;
}
