/* Envelope and acceptance: what is sealed opens as it was; everything else is refused for its reason. */
#include "alarm/accept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { UTC_MS = 1000000 }; /* where the tests' clocks begin */

static const char payload[] = "{\"level\":\"alarm\"}";

static struct crypto_key key_of(int number)
{
    unsigned char seed[CRYPTO_SEED];
    struct crypto_key key;

    memset(seed, number, sizeof seed);
    crypto_key_from_seed(&key, seed);
    return key;
}

static struct envelope a_message(enum envelope_kind kind, uint64_t boot, uint64_t sequence)
{
    return (struct envelope){.kind = kind,
                             .site = "hq",
                             .node = "roof",
                             .to = "*",
                             .boot = boot,
                             .sequence = sequence,
                             .sent_utc_ms = UTC_MS,
                             .sent_mono_ms = 5000,
                             .clock_good = true};
}

struct setting {
    struct accept a;
    struct accept_now now;
    struct crypto_key roof;
};

static struct accept_key *trust(struct accept *a, const struct crypto_key *key, const char *name,
                                unsigned roles)
{
    struct accept_key *k = &a->key[a->keys++];

    memcpy(k->public, key->public, sizeof k->public);
    crypto_key_id(key->public, k->id);
    snprintf(k->name, sizeof k->name, "%s", name);
    k->roles = roles;
    return k;
}

static void set_up(struct setting *s)
{
    struct accept_conf conf = {.site = "hq", .node = "lobby", .own_boot = 7};
    struct crypto_key own = key_of(1);

    crypto_key_id(own.public, conf.own_key);
    accept_init(&s->a, &conf);
    s->roof = key_of(2);
    trust(&s->a, &s->roof, "roof", ACCEPT_PEER);
    s->now = (struct accept_now){.mono_ms = 100000, .utc_ms = UTC_MS + 20, .clock_good = true};
}

static enum accept_reason take_sealed(struct setting *s, const struct crypto_key *key,
                                      const struct envelope *e)
{
    char text[2000];
    struct accepted out;
    size_t n = envelope_seal(e, key, payload, sizeof payload - 1, text, sizeof text);

    assert_true(n > 0);
    return accept_take(&s->a, text, n, NULL, 0, &s->now, &out);
}

static enum accept_reason take(struct setting *s, const struct envelope *e)
{
    return take_sealed(s, &s->roof, e);
}

/* ---- the envelope ---- */

static struct envelope a_full_one(void)
{
    struct envelope e = a_message(ENVELOPE_COMMAND, ENVELOPE_NUMBER_MAX, 1);

    memset(e.site, 's', 40);
    memset(e.node, 'n', 40);
    memset(e.to, 't', 40);
    memset(e.event, 'e', 96);
    e.revision = UINT32_MAX;
    e.sequence = ENVELOPE_NUMBER_MAX;
    e.sent_utc_ms = e.sent_mono_ms = e.echo_mono_ms = ENVELOPE_NUMBER_MAX;
    e.echo_boot = ENVELOPE_NUMBER_MAX;
    e.clock_good = false;
    return e;
}

static void what_is_sealed_opens_as_it_was(void **state)
{
    struct crypto_key key = key_of(2);
    struct envelope_opened o;
    char text[2000];
    struct envelope e[] = {a_message(ENVELOPE_ALERT, 3, 9), a_full_one()};

    (void)state;
    for (int i = 0; i < 2; i++) {
        size_t n = envelope_seal(&e[i], &key, payload, sizeof payload - 1, text, sizeof text);
        assert_true(n > 0 && strlen(text) == n);
        assert_true(n <= ENVELOPE_HEAD_MAX + sizeof payload);
        assert_int_equal(envelope_open(text, n, &o), ENVELOPE_WHOLE);
        assert_true(envelope_verify(&o, key.public));
        assert_true(envelope_hash_fits(&o.envelope, payload, sizeof payload - 1));
        assert_int_equal(o.payload_length, sizeof payload - 1);
        assert_memory_equal(o.payload, payload, sizeof payload - 1);
        memcpy(e[i].key, o.envelope.key, sizeof e[i].key);
        memcpy(e[i].hash, o.envelope.hash, sizeof e[i].hash);
        assert_int_equal(o.envelope.kind, e[i].kind);
        assert_string_equal(o.envelope.site, e[i].site);
        assert_string_equal(o.envelope.event, e[i].event);
        assert_true(o.envelope.boot == e[i].boot && o.envelope.sequence == e[i].sequence);
        assert_true(o.envelope.sent_utc_ms == e[i].sent_utc_ms &&
                    o.envelope.sent_mono_ms == e[i].sent_mono_ms);
        assert_true(o.envelope.echo_boot == e[i].echo_boot && o.envelope.echo_mono_ms == e[i].echo_mono_ms);
        assert_true(o.envelope.clock_good == e[i].clock_good && o.envelope.revision == e[i].revision);
    }
}

static void a_sender_never_gives_a_sequence_twice(void **state)
{
    struct envelope_sender sender = {.site = "hq", .node = "roof", .boot = 3};
    struct setting s;
    struct envelope e;

    (void)state;
    set_up(&s);
    for (uint64_t i = 1; i < 4; i++) {
        envelope_begin(&sender, ENVELOPE_HEARTBEAT, &e);
        assert_true(e.sequence == i && e.boot == 3);
        e.sent_utc_ms = UTC_MS;
        e.clock_good = true;
        assert_int_equal(take(&s, &e), ACCEPT_TAKEN);
    }
}

/* An alert of the longest names is no datagram; a pick of a usual node is. */
static void a_datagram_holds_a_pick(void **state)
{
    struct crypto_key key = key_of(2);
    struct envelope pick = a_message(ENVELOPE_PICK, 1764042300, 1000000);
    char text[ENVELOPE_MULTICAST_MAX + 1], body[4096];

    (void)state;
    memset(body, '1', sizeof body);
    pick.sent_utc_ms = 1764042300000;
    pick.sent_mono_ms = 100000000;
    assert_true(envelope_seal(&pick, &key, body, 600, text, sizeof text) > 0);
    assert_int_equal(envelope_seal(&pick, &key, body, 4096, text, sizeof text), 0);
}

static void it_fits_or_nothing_is_written(void **state)
{
    struct crypto_key key = key_of(2);
    struct envelope e = a_message(ENVELOPE_ALERT, 3, 9);
    char text[2000];
    size_t n = envelope_seal(&e, &key, payload, sizeof payload - 1, text, sizeof text);

    (void)state;
    for (size_t room = 1; room < n + 20; room++) {
        memset(text, 'x', sizeof text);
        assert_int_equal(envelope_seal(&e, &key, payload, sizeof payload - 1, text, room), room > n ? n : 0);
        assert_int_equal(text[room], 'x');
        assert_int_equal(strlen(text), room > n ? n : 0);
    }
}

static void a_name_that_could_break_the_form_is_not_sealed(void **state)
{
    static const char *const names[] = {"", "a\"b", "a b", "a\\b", "a/b", "\xc3\xa9", "a,b"};
    struct crypto_key key = key_of(2);
    char text[2000];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct envelope e = a_message(ENVELOPE_ALERT, 3, 9);
        snprintf(e.node, sizeof e.node, "%s", names[i]);
        assert_int_equal(envelope_seal(&e, &key, payload, 1, text, sizeof text), 0);
    }
    struct envelope e = a_message(ENVELOPE_ALERT, 0, 9);
    assert_int_equal(envelope_seal(&e, &key, payload, 1, text, sizeof text), 0);
    e = a_message(ENVELOPE_ALERT, 3, 9);
    assert_int_equal(envelope_seal(&e, &key, payload, 0, text, sizeof text), 0);
}

static void cut_at_every_byte_it_is_refused(void **state)
{
    struct setting s;
    struct accepted out;
    char text[2000], *part;
    struct envelope e = a_message(ENVELOPE_ALERT, 3, 9);

    (void)state;
    set_up(&s);
    size_t n = envelope_seal(&e, &s.roof, payload, sizeof payload - 1, text, sizeof text);
    for (size_t cut = 0; cut < n; cut++) {
        part = malloc(cut + 1); /* so that a reader beyond its end is found out */
        assert_non_null(part);
        memcpy(part, text, cut);
        assert_int_not_equal(accept_take(&s.a, part, cut, NULL, 0, &s.now, &out), ACCEPT_TAKEN);
        free(part);
    }
    assert_int_equal(accept_take(&s.a, text, n, NULL, 0, &s.now, &out), ACCEPT_TAKEN);
}

static void with_any_bit_turned_it_is_refused(void **state)
{
    struct setting s;
    struct accepted out;
    char text[2000];
    struct envelope e = a_message(ENVELOPE_ALERT, 3, 9);

    (void)state;
    set_up(&s);
    size_t n = envelope_seal(&e, &s.roof, payload, sizeof payload - 1, text, sizeof text);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        assert_int_not_equal(accept_take(&s.a, text, n, NULL, 0, &s.now, &out), ACCEPT_TAKEN);
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    }
    assert_int_equal(accept_take(&s.a, text, n, NULL, 0, &s.now, &out), ACCEPT_TAKEN);
}

/* Signs E by hand, so that what our sealing would not make can be tried. */
static size_t sign_text(const struct crypto_key *key, const char *domain, const char *signed_text, char *to,
                        size_t room)
{
    unsigned char signature[CRYPTO_SIGNATURE];
    char hex[2 * CRYPTO_SIGNATURE + 1];

    assert_true(crypto_sign_text(key, domain, signed_text, strlen(signed_text), signature));
    crypto_to_hex(signature, sizeof signature, hex);
    return (size_t)snprintf(to, room, "{\"envelope\":%s,\"signature\":\"%s\",\"payload\":%s}", signed_text,
                            hex, payload);
}

static void other_forms(void **state)
{
    static const struct {
        const char *name, *domain, *from, *to;
        enum accept_reason want;
    } cases[] = {
        {"as it is", ENVELOPE_DOMAIN, NULL, NULL, ACCEPT_TAKEN},
        {"signed for another purpose", "tocsin/rotate/1\n", NULL, NULL, ACCEPT_BAD_SIGNATURE},
        {"signed for none", "", NULL, NULL, ACCEPT_BAD_SIGNATURE},
        {"of a later version", ENVELOPE_DOMAIN, "\"version\":1", "\"version\":2", ACCEPT_NEWER},
        {"of version 0", ENVELOPE_DOMAIN, "\"version\":1", "\"version\":0", ACCEPT_MALFORMED},
        {"of a kind to come", ENVELOPE_DOMAIN, "alert", "tsunami", ACCEPT_UNKNOWN_KIND},
        {"with a member to come", ENVELOPE_DOMAIN, "\"revision\":0,", "\"revision\":0,", ACCEPT_TAKEN},
        {"with white space", ENVELOPE_DOMAIN, "\"boot\":3", "\"boot\": 3", ACCEPT_MALFORMED},
        {"with a leading zero", ENVELOPE_DOMAIN, "\"boot\":3", "\"boot\":03", ACCEPT_MALFORMED},
        {"with a sign", ENVELOPE_DOMAIN, "\"boot\":3", "\"boot\":-3", ACCEPT_MALFORMED},
        {"with boot 0", ENVELOPE_DOMAIN, "\"boot\":3", "\"boot\":0", ACCEPT_MALFORMED},
        {"with 2^53", ENVELOPE_DOMAIN, "\"boot\":3", "\"boot\":9007199254740992", ACCEPT_MALFORMED},
        {"with 2^64 + 3", ENVELOPE_DOMAIN, "\"boot\":3", "\"boot\":18446744073709551619", ACCEPT_MALFORMED},
        {"with an escape", ENVELOPE_DOMAIN, "\"roof\"", "\"ro\\u006ff\"", ACCEPT_MALFORMED},
        {"with half a wildcard", ENVELOPE_DOMAIN, "\"to\":\"*\"", "\"to\":\"lob*\"", ACCEPT_MALFORMED},
        {"with capital digits", ENVELOPE_DOMAIN, "\"hash\":\"", "\"hash\":\"A", ACCEPT_MALFORMED},
    };
    char text[2000], changed[2000], whole[3000];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setting s;
        struct accepted out;
        struct envelope_opened o;
        struct envelope e = a_message(ENVELOPE_ALERT, 3, 9);
        set_up(&s);
        size_t n = envelope_seal(&e, &s.roof, payload, sizeof payload - 1, text, sizeof text);
        assert_int_equal(envelope_open(text, n, &o), ENVELOPE_WHOLE);
        text[o.signed_text - text + (ptrdiff_t)o.signed_length] = 0;
        char *at = cases[i].from ? strstr(o.signed_text, cases[i].from) : NULL;
        assert_true(at || !cases[i].from);
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at ? at - o.signed_text : 0), o.signed_text,
                 at ? cases[i].to : "", at ? at + strlen(cases[i].from) : o.signed_text);
        if (strstr(cases[i].name, "member"))
            snprintf(changed + strlen(changed) - 1, 60, ",\"hops\":3,\"via\":\"gate\",\"direct\":false}");
        n = sign_text(&s.roof, cases[i].domain, changed, whole, sizeof whole);
        enum accept_reason got = accept_take(&s.a, whole, n, NULL, 0, &s.now, &out);
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].name, accept_reason_name(got));
    }
}

/* ---- who ---- */

static void only_those_who_may(void **state)
{
    static const struct {
        const char *name;
        unsigned roles;
        enum envelope_kind kind;
        const char *site, *node, *to;
        int key; /* 1: our own, 2: the trusted one, 3: nobody's */
        bool revoked;
        enum accept_reason want;
    } cases[] = {
        {"a peer's alert", ACCEPT_PEER, ENVELOPE_ALERT, "hq", "roof", "*", 2, false, ACCEPT_TAKEN},
        {"a peer's pick, to us", ACCEPT_PEER, ENVELOPE_PICK, "hq", "roof", "lobby", 2, false, ACCEPT_TAKEN},
        {"a peer commands nothing", ACCEPT_PEER, ENVELOPE_COMMAND, "hq", "roof", "lobby", 2, false,
         ACCEPT_NOT_ALLOWED},
        {"an operator commands", ACCEPT_OPERATOR, ENVELOPE_COMMAND, "hq", "roof", "lobby", 2, false,
         ACCEPT_TAKEN},
        {"a maintainer commands", ACCEPT_MAINTAINER, ENVELOPE_COMMAND, "hq", "roof", "*", 2, false,
         ACCEPT_TAKEN},
        {"an operator alerts nobody", ACCEPT_OPERATOR, ENVELOPE_ALERT, "hq", "roof", "*", 2, false,
         ACCEPT_NOT_ALLOWED},
        {"an authority alerts", ACCEPT_AUTHORITY, ENVELOPE_CAP, "hq", "roof", "*", 2, false, ACCEPT_TAKEN},
        {"an authority picks nothing", ACCEPT_AUTHORITY, ENVELOPE_PICK, "hq", "roof", "*", 2, false,
         ACCEPT_NOT_ALLOWED},
        {"without a role nothing is taken", 0, ENVELOPE_HEARTBEAT, "hq", "roof", "*", 2, false,
         ACCEPT_NOT_ALLOWED},
        {"with two roles both", ACCEPT_PEER | ACCEPT_OPERATOR, ENVELOPE_COMMAND, "hq", "roof", "*", 2, false,
         ACCEPT_TAKEN},
        {"our own come back", ACCEPT_PEER, ENVELOPE_ALERT, "hq", "lobby", "*", 1, false, ACCEPT_OWN},
        {"our own under another name", ACCEPT_PEER, ENVELOPE_ALERT, "hq", "roof", "*", 1, false, ACCEPT_OWN},
        {"of another site", ACCEPT_PEER, ENVELOPE_ALERT, "annex", "roof", "*", 2, false, ACCEPT_OTHER_SITE},
        {"to another node", ACCEPT_OPERATOR, ENVELOPE_COMMAND, "hq", "roof", "cellar", 2, false,
         ACCEPT_OTHER_NODE},
        {"of nobody we know", ACCEPT_PEER, ENVELOPE_ALERT, "hq", "roof", "*", 3, false, ACCEPT_UNKNOWN_KEY},
        {"revoked", ACCEPT_PEER, ENVELOPE_ALERT, "hq", "roof", "*", 2, true, ACCEPT_REVOKED},
        {"a trusted key under another name", ACCEPT_PEER, ENVELOPE_ALERT, "hq", "gate", "*", 2, false,
         ACCEPT_WRONG_NAME},
        {"a trusted key under our name", ACCEPT_PEER, ENVELOPE_ALERT, "hq", "lobby", "*", 2, false,
         ACCEPT_WRONG_NAME},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setting s;
        struct crypto_key key = key_of(cases[i].key);
        struct envelope e = a_message(cases[i].kind, 3, 9);
        set_up(&s);
        s.a.key[0].roles = cases[i].roles;
        s.a.key[0].revoked = cases[i].revoked;
        snprintf(e.site, sizeof e.site, "%s", cases[i].site);
        snprintf(e.node, sizeof e.node, "%s", cases[i].node);
        snprintf(e.to, sizeof e.to, "%s", cases[i].to);
        enum accept_reason got = take_sealed(&s, &key, &e);
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].name, accept_reason_name(got));
        assert_int_equal(s.a.count[got], 1);
        assert_int_equal(s.a.key[0].seen.boot,
                         got == ACCEPT_TAKEN ? 3 : 0); /* a refused one leaves no trace */
    }
}

static void a_known_id_with_another_key_is_a_bad_signature(void **state)
{
    struct setting s;
    struct crypto_key thief = key_of(3);
    struct envelope e = a_message(ENVELOPE_ALERT, 3, 9);

    (void)state;
    set_up(&s);
    crypto_key_id(thief.public, s.a.key[0].id);
    assert_int_equal(take_sealed(&s, &thief, &e), ACCEPT_BAD_SIGNATURE);
}

static void a_rotated_key_ends_when_its_successor_is_heard(void **state)
{
    struct setting s;
    struct crypto_key next = key_of(4);
    struct envelope e = a_message(ENVELOPE_HEARTBEAT, 3, 1);

    (void)state;
    set_up(&s);
    struct accept_key *k = trust(&s.a, &next, "roof", ACCEPT_PEER);
    memcpy(k->replaces, s.a.key[0].id, sizeof k->replaces);
    assert_int_equal(take(&s, &e), ACCEPT_TAKEN);
    e.sequence = 2;
    assert_int_equal(take_sealed(&s, &next, &e), ACCEPT_TAKEN);
    e.sequence = 3;
    assert_int_equal(take(&s, &e), ACCEPT_ROTATED);
    assert_int_equal(take_sealed(&s, &next, &e), ACCEPT_TAKEN);
}

static void a_detached_payload_is_held_to_the_envelope(void **state)
{
    struct setting s;
    struct accepted out;
    struct envelope e = a_message(ENVELOPE_CAP, 3, 9);
    static const char xml[] = "<alert/>";
    char text[2000];

    (void)state;
    set_up(&s);
    size_t n = envelope_seal_detached(&e, &s.roof, xml, sizeof xml - 1, text, sizeof text);
    assert_true(n > 0 && strlen(text) == n && !strstr(text, "payload"));
    assert_int_equal(accept_take(&s.a, text, n, NULL, 0, &s.now, &out), ACCEPT_PAYLOAD_CHANGED);
    assert_int_equal(accept_take(&s.a, text, n, "<alert />", 9, &s.now, &out), ACCEPT_PAYLOAD_CHANGED);
    assert_int_equal(accept_take(&s.a, text, n, xml, sizeof xml - 1, &s.now, &out), ACCEPT_TAKEN);
    assert_ptr_equal(out.key, &s.a.key[0]);
}

/* ---- in which order ---- */

static void sequences(void **state)
{
    static const struct {
        const char *name;
        struct {
            uint64_t boot, sequence;
        } before[4], then;
        enum accept_reason want;
    } cases[] = {
        {"the first ever", {{0}}, {3, 1}, ACCEPT_TAKEN},
        {"the next", {{3, 1}}, {3, 2}, ACCEPT_TAKEN},
        {"the same again", {{3, 1}}, {3, 1}, ACCEPT_REPEATED},
        {"the same again, later", {{3, 1}, {3, 2}, {3, 5}}, {3, 2}, ACCEPT_REPEATED},
        {"overtaken on the way", {{3, 1}, {3, 3}}, {3, 2}, ACCEPT_TAKEN},
        {"overtaken by 63", {{3, 64}}, {3, 1}, ACCEPT_TAKEN},
        {"overtaken by 64", {{3, 65}}, {3, 1}, ACCEPT_TOO_OLD},
        {"a jump of 64 leaves no trace of another", {{3, 1}, {3, 65}}, {3, 2}, ACCEPT_TAKEN},
        {"a jump of 2^40", {{3, 1}, {3, 1099511627777}}, {3, 1099511627776}, ACCEPT_TAKEN},
        {"the sender restarted", {{3, 500}}, {4, 1}, ACCEPT_TAKEN},
        {"from before its restart", {{3, 500}, {4, 1}}, {3, 501}, ACCEPT_OLD_BOOT},
        {"repeated after its restart", {{3, 500}, {4, 1}}, {4, 1}, ACCEPT_REPEATED},
        {"after ten restarts", {{3, 500}}, {13, 1}, ACCEPT_TAKEN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setting s;
        struct envelope e = a_message(ENVELOPE_PICK, 1, 1);
        set_up(&s);
        for (int k = 0; k < 4 && cases[i].before[k].boot; k++) {
            e.boot = cases[i].before[k].boot;
            e.sequence = cases[i].before[k].sequence;
            assert_int_equal(take(&s, &e), ACCEPT_TAKEN);
        }
        e.boot = cases[i].then.boot;
        e.sequence = cases[i].then.sequence;
        enum accept_reason got = take(&s, &e);
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].name, accept_reason_name(got));
    }
}

static enum accept_reason take_revision(struct setting *s, uint64_t sequence, const char *event,
                                        uint32_t revision)
{
    struct envelope e = a_message(ENVELOPE_ALERT, 3, sequence);

    snprintf(e.event, sizeof e.event, "%s", event);
    e.revision = revision;
    return take(s, &e);
}

static void an_older_revision_never_follows_a_newer_one(void **state)
{
    struct setting s;
    char name[20];

    (void)state;
    set_up(&s);
    assert_int_equal(take_revision(&s, 3, "a", 3), ACCEPT_TAKEN);
    assert_int_equal(take_revision(&s, 2, "a", 2), ACCEPT_OLD_REVISION);
    assert_int_equal(take_revision(&s, 4, "a", 3), ACCEPT_OLD_REVISION);
    assert_int_equal(take_revision(&s, 1, "b", 1), ACCEPT_TAKEN);
    for (unsigned i = 0; i < ACCEPT_EVENTS - 1; i++) {
        snprintf(name, sizeof name, "c%u", i);
        assert_int_equal(take_revision(&s, 5 + i, name, 1), ACCEPT_TAKEN);
    }
    assert_int_equal(take_revision(&s, 20, "b", 1), ACCEPT_OLD_REVISION);
    assert_int_equal(take_revision(&s, 20, "c5", 1), ACCEPT_OLD_REVISION);
    assert_int_equal(take_revision(&s, 20, "c6", 1), ACCEPT_OLD_REVISION);
    assert_int_equal(take_revision(&s, 20, "a", 1),
                     ACCEPT_TAKEN); /* the oldest went: nothing is known of it */
    assert_int_equal(take_revision(&s, 22, "c5", 1), ACCEPT_OLD_REVISION);
    struct envelope cap = a_message(ENVELOPE_CAP, 3, 21);
    snprintf(cap.event, sizeof cap.event, "b");
    cap.revision = 1;
    assert_int_equal(take(&s, &cap), ACCEPT_TAKEN); /* the same in other words */
}

/* ---- how old ---- */

static void by_two_good_clocks(void **state)
{
    static const struct {
        int64_t age_ms;
        enum accept_reason want;
    } cases[] = {{0, ACCEPT_TAKEN},        {10000, ACCEPT_TAKEN}, {10001, ACCEPT_STALE},
                 {86400000, ACCEPT_STALE}, {-2000, ACCEPT_TAKEN}, {-2001, ACCEPT_FROM_FUTURE}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setting s;
        struct envelope e = a_message(ENVELOPE_ALERT, 3, 9);
        set_up(&s);
        e.sent_utc_ms = 200000000;
        s.now.utc_ms = e.sent_utc_ms + cases[i].age_ms;
        assert_int_equal(take(&s, &e), cases[i].want);
    }
}

/* Steps of one story in which our clock or the sender's is not synchronised. */
struct step {
    const char *name;
    enum envelope_kind kind;
    uint64_t boot;
    int64_t theirs_ms, ours_ms; /* monotonic: sent, come */
    enum accept_reason want;
};

static void tell(const struct step *step, size_t steps, bool ours_good)
{
    struct setting s;

    set_up(&s);
    for (size_t i = 0; i < steps; i++) {
        struct envelope e = a_message(step[i].kind, step[i].boot, i + 1);
        e.clock_good = !ours_good;
        e.sent_utc_ms = 12345; /* 1970, as a board without a battery has it */
        e.sent_mono_ms = step[i].theirs_ms;
        s.now = (struct accept_now){.mono_ms = step[i].ours_ms, .utc_ms = UTC_MS, .clock_good = ours_good};
        enum accept_reason got = take(&s, &e);
        if (got != step[i].want)
            fail_msg("%s: %s", step[i].name, accept_reason_name(got));
    }
}

static void by_heartbeats_where_a_clock_is_off(void **state)
{
    static const struct step steps[] = {
        {"nothing says how old it is", ENVELOPE_ALERT, 3, 1000, 51000, ACCEPT_NO_HEARTBEAT},
        {"a heartbeat, 40 ms on its way", ENVELOPE_HEARTBEAT, 3, 2000, 52040, ACCEPT_TAKEN},
        {"an alert as fast as it", ENVELOPE_ALERT, 3, 2500, 52540, ACCEPT_TAKEN},
        {"a faster one shows a better offset", ENVELOPE_PICK, 3, 3000, 53005, ACCEPT_TAKEN},
        {"10 s behind that", ENVELOPE_ALERT, 3, 3100, 63105, ACCEPT_TAKEN},
        {"and 3 ms more, of which drift explains 2", ENVELOPE_ALERT, 3, 3200, 63208, ACCEPT_STALE},
        {"a heartbeat that was held back", ENVELOPE_HEARTBEAT, 3, 4000, 66000, ACCEPT_STALE},
        {"25 s after the heartbeat", ENVELOPE_ALERT, 3, 27000, 77040, ACCEPT_TAKEN},
        {"and 1 ms more", ENVELOPE_ALERT, 3, 27001, 77041, ACCEPT_NO_HEARTBEAT},
        {"it comes again", ENVELOPE_HEARTBEAT, 3, 28000, 78000, ACCEPT_TAKEN},
        {"and what it stands behind", ENVELOPE_ALERT, 3, 28010, 78010, ACCEPT_TAKEN},
        {"the sender restarted: its clock is another", ENVELOPE_ALERT, 4, 10, 79000, ACCEPT_NO_HEARTBEAT},
        {"until its heartbeat", ENVELOPE_HEARTBEAT, 4, 900, 80000, ACCEPT_TAKEN},
        {"which makes it good", ENVELOPE_ALERT, 4, 1000, 80100, ACCEPT_TAKEN},
    };

    (void)state;
    tell(steps, sizeof steps / sizeof *steps, false);
    tell(steps, sizeof steps / sizeof *steps, true);
}

static void drift_of_days_makes_nothing_stale(void **state)
{
    struct setting s;
    struct envelope e = a_message(ENVELOPE_HEARTBEAT, 3, 1);

    (void)state;
    set_up(&s);
    e.clock_good = false;
    /* Their clock loses 150 ppm: 13 s a day. Without an offset that may grow, the second day would be stale. */
    for (int64_t second = 0; second < 3 * 86400; second += 10, e.sequence++) {
        e.sent_mono_ms = second * 1000 - second * 150 / 1000;
        s.now.mono_ms = 50000 + second * 1000;
        if (take(&s, &e) != ACCEPT_TAKEN)
            fail_msg("at %d s", (int)second);
    }
}

static void an_echo_needs_no_other_clock(void **state)
{
    static const struct {
        const char *name, *to;
        uint64_t boot;
        int64_t echoed_ms;
        enum accept_reason want;
    } cases[] = {
        {"of a heartbeat just sent", "lobby", 7, 99000, ACCEPT_TAKEN},
        {"25 s old", "lobby", 7, 75000, ACCEPT_TAKEN},
        {"older", "lobby", 7, 74999, ACCEPT_STALE},
        {"of our earlier life", "lobby", 6, 99000, ACCEPT_STALE},
        {"of one that is yet to be sent", "lobby", 7, 100001, ACCEPT_STALE},
        {"in a message to everyone counts for nothing", "*", 7, 99000, ACCEPT_NO_HEARTBEAT},
        {"none", "lobby", 0, 0, ACCEPT_NO_HEARTBEAT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setting s;
        struct envelope e = a_message(ENVELOPE_COMMAND, 3, 1);
        set_up(&s);
        s.a.key[0].roles = ACCEPT_OPERATOR;
        s.now.clock_good = false;
        snprintf(e.to, sizeof e.to, "%s", cases[i].to);
        e.echo_boot = cases[i].boot;
        e.echo_mono_ms = cases[i].echoed_ms;
        enum accept_reason got = take(&s, &e);
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].name, accept_reason_name(got));
    }
}

static void every_reason_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < ACCEPT_REASONS; i++)
        assert_non_null(accept_reason_name((enum accept_reason)i));
    for (int i = 0; i < ENVELOPE_KINDS; i++)
        assert_true(accept_roles_for((enum envelope_kind)i) != 0);
}

/* RFC 8032, section 7.1, tests 1 to 3 are with no domain; SHA-256 of "abc": FIPS 180-2. */
static void the_library_is_what_it_says(void **state)
{
    static const char seed_hex[] = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    static const char want[] = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                               "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    unsigned char seed[CRYPTO_SEED], signature[CRYPTO_SIGNATURE], hash[CRYPTO_HASH];
    char hex[2 * CRYPTO_SIGNATURE + 1];
    struct crypto_key key;

    (void)state;
    assert_true(crypto_from_hex(seed_hex, sizeof seed_hex - 1, seed, sizeof seed));
    crypto_key_from_seed(&key, seed);
    assert_true(crypto_sign_text(&key, "", "\x72", 1, signature));
    crypto_to_hex(signature, sizeof signature, hex);
    assert_string_equal(hex, want);
    crypto_hash_text("abc", 3, hash);
    crypto_to_hex(hash, sizeof hash, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_is_what_it_says),
        cmocka_unit_test(what_is_sealed_opens_as_it_was),
        cmocka_unit_test(a_sender_never_gives_a_sequence_twice),
        cmocka_unit_test(a_datagram_holds_a_pick),
        cmocka_unit_test(it_fits_or_nothing_is_written),
        cmocka_unit_test(a_name_that_could_break_the_form_is_not_sealed),
        cmocka_unit_test(cut_at_every_byte_it_is_refused),
        cmocka_unit_test(with_any_bit_turned_it_is_refused),
        cmocka_unit_test(other_forms),
        cmocka_unit_test(only_those_who_may),
        cmocka_unit_test(a_known_id_with_another_key_is_a_bad_signature),
        cmocka_unit_test(a_rotated_key_ends_when_its_successor_is_heard),
        cmocka_unit_test(a_detached_payload_is_held_to_the_envelope),
        cmocka_unit_test(sequences),
        cmocka_unit_test(an_older_revision_never_follows_a_newer_one),
        cmocka_unit_test(by_two_good_clocks),
        cmocka_unit_test(by_heartbeats_where_a_clock_is_off),
        cmocka_unit_test(drift_of_days_makes_nothing_stale),
        cmocka_unit_test(an_echo_needs_no_other_clock),
        cmocka_unit_test(every_reason_has_a_name),
    };

    if (!crypto_start())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
