/* Keys on disk: made once, private, replaced as a whole; what was heard and sent outlives a restart of either side. */
#include "alarm/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/fake_sys.h"

#include <cmocka.h>

static struct error err;

static struct keys open_in(struct fake_sys *f)
{
    struct keys k;

    assert_int_equal(keys_open(&k, &f->sys, "keys", &err), 0);
    return k;
}

static struct keys_own make_own(const struct keys *k, const char *name)
{
    struct keys_own own;
    bool made;

    if (keys_load_or_make(k, name, &own, &made, &err) != 0)
        fail_msg("%s", err.text);
    return own;
}

static struct keys_trusted as_trusted(const struct keys_own *own, unsigned roles)
{
    struct keys_trusted t = {.roles = roles, .trusted_utc_ns = 1700000000000000000};

    memcpy(t.public, own->key.public, sizeof t.public);
    memcpy(t.name, own->name, sizeof t.name);
    return t;
}

static void done(struct fake_sys *f)
{
    assert_int_equal(f->live_allocs, 0);
    assert_int_equal(f->open_fds, 0);
    fake_sys_done(f);
}

static void a_key_is_made_once_and_comes_back(void **state)
{
    struct fake_sys f;
    struct keys_own own, again;
    bool made;

    (void)state;
    fake_sys_init(&f);
    struct keys k = open_in(&f);
    assert_int_equal(keys_load_own(&k, KEYS_OWN, &own, &err), 1);
    assert_int_equal(keys_load_or_make(&k, "lobby", &own, &made, &err), 0);
    assert_true(made);
    assert_int_equal(keys_load_or_make(&k, "other", &again, &made, &err), 0);
    assert_false(made);
    assert_string_equal(again.name, "lobby");
    assert_memory_equal(&own.key, &again.key, sizeof own.key);
    assert_int_equal(keys_load_or_make(&k, "a b", &again, &made, &err), 0); /* what is there needs no name */
    done(&f);
}

static void what_others_can_read_is_refused(void **state)
{
    struct fake_sys f;
    struct keys_own own;
    struct keys_trust trust;
    struct accept a;
    static const struct accept_conf conf = {.site = "hq", .node = "lobby"};
    uint64_t boot;

    (void)state;
    fake_sys_init(&f);
    struct keys k = open_in(&f);
    make_own(&k, "lobby");
    memset(&trust, 0, sizeof trust);
    accept_init(&a, &conf);
    assert_int_equal(keys_save_trust(&k, &trust, &err), 0);
    assert_int_equal(keys_save_seen(&k, &a, &err), 0);
    assert_int_equal(keys_next_boot(&k, false, &boot, &err), 0);
    for (size_t i = 0; i < f.n_files; i++)
        f.file[i].shared = true;
    assert_int_equal(keys_load_own(&k, KEYS_OWN, &own, &err), -1);
    assert_non_null(strstr(err.text, "keys/own"));
    assert_int_equal(keys_load_trust(&k, &trust, &err), -1);
    assert_int_equal(keys_load_seen(&k, &a, &err), -1);
    assert_int_equal(keys_next_boot(&k, false, &boot, &err), -1);
    done(&f);
}

/* The disk is full after each number of bytes: the old file stands, or the new one. */
static void a_full_disk_leaves_the_old_file(void **state)
{
    struct fake_sys f;
    struct keys_trust trust = {.count = 0}, read;
    int kept = 0;

    (void)state;
    fake_sys_init(&f);
    struct keys k = open_in(&f);
    assert_int_equal(keys_save_trust(&k, &trust, &err), 0);
    struct keys_own own = make_own(&k, "roof");
    struct keys_trusted t = as_trusted(&own, ACCEPT_PEER);
    assert_int_equal(keys_trust_add(&trust, &t, &err), 0);
    for (int64_t room = 0; kept == 0; room++) {
        f.write_room = room;
        int result = keys_save_trust(&k, &trust, &err);
        f.write_room = -1;
        assert_int_equal(keys_load_trust(&k, &read, &err), 0);
        assert_int_equal(read.count, result == 0 ? 1 : 0);
        kept = result == 0;
        assert_true(room < 1000);
    }
    done(&f);
}

static void refused_memory_is_said(void **state)
{
    (void)state;
    for (long at = 1; at < 200; at++) {
        struct fake_sys f;
        struct keys_own own;
        bool made;
        fake_sys_init(&f);
        struct keys k = open_in(&f);
        f.fail_alloc_at = at;
        f.fail_all_after = true;
        int result = keys_load_or_make(&k, "lobby", &own, &made, &err);
        assert_true(result == 0 || (result == -1 && err.text[0]));
        f.fail_alloc_at = 0;
        done(&f);
        if (result == 0)
            return;
    }
    fail();
}

static void boots_only_grow(void **state)
{
    struct fake_sys f;
    uint64_t boot;
    const uint64_t now_s = 1704067200;

    (void)state;
    fake_sys_init(&f);
    struct keys k = open_in(&f);
    for (uint64_t want = 1; want < 4; want++) {
        assert_int_equal(keys_next_boot(&k, false, &boot, &err), 0);
        assert_int_equal(boot, want);
    }
    assert_int_equal(keys_next_boot(&k, true, &boot, &err), 0);
    assert_int_equal(boot, now_s); /* a clock that can be believed jumps ahead of any backup */
    assert_int_equal(keys_next_boot(&k, true, &boot, &err), 0);
    assert_int_equal(boot, now_s + 1); /* twice in a second */
    fake_sys_advance(&f, INT64_C(-86400000000000));
    assert_int_equal(keys_next_boot(&k, true, &boot, &err), 0);
    assert_int_equal(boot, now_s + 2); /* the clock went back */
    done(&f);
}

static void a_boot_that_cannot_be_kept(void **state)
{
    struct fake_sys f;
    uint64_t boot;

    (void)state;
    fake_sys_init(&f);
    struct keys k = open_in(&f);
    f.write_room = 0;
    assert_int_equal(keys_next_boot(&k, false, &boot, &err),
                     -1); /* the next start would say the same again */
    assert_int_equal(keys_next_boot(&k, true, &boot, &err), 1);
    assert_int_equal(boot, 1704067200);
    f.write_room = -1;
    fake_file_put_text(&f, "keys/boot", "{\"schema\":\"tocsin.boot/1\",\"boot\":");
    assert_int_equal(keys_next_boot(&k, false, &boot, &err), -1);
    assert_int_equal(keys_next_boot(&k, true, &boot, &err), 0); /* damaged, and mended by the clock */
    fake_file_put_text(&f, "keys/boot", "{\"schema\":\"tocsin.boot/1\",\"boot\":9007199254740991}");
    assert_int_equal(keys_next_boot(&k, true, &boot, &err), -1);
    done(&f);
}

/* ---- trust ---- */

static void revoked_is_for_good(void **state)
{
    struct fake_sys f;
    struct keys_trust trust = {.count = 0};

    (void)state;
    fake_sys_init(&f);
    struct keys k = open_in(&f);
    struct keys_own own = make_own(&k, "roof");
    struct keys_trusted t = as_trusted(&own, ACCEPT_PEER);
    assert_int_equal(keys_trust_add(&trust, &t, &err), 0);
    t.roles = ACCEPT_NODE;
    assert_int_equal(keys_trust_add(&trust, &t, &err), 0);
    assert_int_equal(trust.count, 1);
    assert_int_equal(trust.key[0].roles, ACCEPT_NODE);
    snprintf(t.name, sizeof t.name, "gate");
    assert_int_equal(keys_trust_add(&trust, &t, &err), -1);
    assert_int_equal(keys_trust_revoke(&trust, "gate", 5, &err), -1);
    assert_int_equal(keys_trust_revoke(&trust, "roof", 5, &err), 0);
    snprintf(t.name, sizeof t.name, "roof");
    assert_int_equal(keys_trust_add(&trust, &t, &err), -1);
    assert_int_equal(trust.key[0].revoked_utc_ns, 5);
    done(&f);
}

static void there_is_room_for_64(void **state)
{
    struct keys_trust trust = {.count = 0};

    (void)state;
    for (int i = 0; i <= ACCEPT_KEYS_MAX; i++) {
        struct keys_trusted t = {.roles = ACCEPT_PEER, .trusted_utc_ns = 1, .name = "n"};
        memset(t.public, i + 1, sizeof t.public);
        assert_int_equal(keys_trust_add(&trust, &t, &err), i < ACCEPT_KEYS_MAX ? 0 : -1);
    }
}

static void a_rotation_is_followed_by_those_who_trust(void **state)
{
    struct fake_sys f;
    struct keys_trust trust = {.count = 0};
    struct keys_rotation r, again;
    struct keys_own own;

    (void)state;
    fake_sys_init(&f);
    struct keys k = open_in(&f);
    assert_int_equal(keys_rotate(&k, &r, &err), -1);
    assert_int_equal(keys_rotate_finish(&k, &err), 1);
    struct keys_own old = make_own(&k, "roof");
    struct keys_trusted t = as_trusted(&old, ACCEPT_PEER | ACCEPT_OPERATOR);
    assert_int_equal(keys_rotate(&k, &r, &err), 0);
    assert_int_equal(keys_rotate(&k, &again, &err), 0);
    assert_memory_equal(&r, &again, sizeof r);
    assert_int_equal(keys_trust_follow(&trust, &r, 9, &err), -1); /* not trusted */
    assert_int_equal(keys_trust_add(&trust, &t, &err), 0);
    again.by_new[5] ^= 1;
    assert_int_equal(keys_trust_follow(&trust, &again, 9, &err), -1); /* the new key has not agreed */
    assert_int_equal(trust.count, 1);
    assert_int_equal(keys_trust_follow(&trust, &r, 9, &err), 0);
    assert_int_equal(trust.count, 2);
    assert_int_equal(trust.key[1].roles, t.roles);
    assert_int_equal(keys_rotate_finish(&k, &err), 0);
    assert_int_equal(keys_load_own(&k, KEYS_OWN, &own, &err), 0);
    assert_memory_equal(own.key.public, r.new, sizeof r.new);
    assert_int_equal(keys_load_own(&k, KEYS_NEXT, &own, &err), 1);
    trust.count = 1;
    trust.key[0].revoked_utc_ns = 9;
    assert_int_equal(keys_trust_follow(&trust, &r, 9, &err), -1); /* a stolen key names no heir */
    done(&f);
}

/* ---- restarts ---- */

static size_t sealed(const struct keys_own *own, uint64_t boot, uint64_t sequence, uint32_t revision,
                     char *text, size_t room)
{
    struct envelope e = {.kind = ENVELOPE_ALERT,
                         .site = "hq",
                         .to = "*",
                         .boot = boot,
                         .sequence = sequence,
                         .sent_utc_ms = 1000,
                         .clock_good = true,
                         .event = "roof-1",
                         .revision = revision};

    snprintf(e.node, sizeof e.node, "%s", own->name);
    return envelope_seal(&e, &own->key, "{}", 2, text, room);
}

static void nothing_is_believed_twice_over_a_restart(void **state)
{
    struct fake_sys f;
    struct keys_trust trust = {.count = 0};
    const struct accept_conf conf = {.site = "hq", .node = "lobby"};
    const struct accept_now now = {.utc_ms = 1000, .clock_good = true};
    static struct accept a, b;
    struct accepted out;
    char text[4][2000];
    size_t n[4];

    (void)state;
    fake_sys_init(&f);
    struct keys k = open_in(&f);
    struct keys_own own = make_own(&k, "roof");
    struct keys_trusted t = as_trusted(&own, ACCEPT_PEER);
    assert_int_equal(keys_trust_add(&trust, &t, &err), 0);
    for (int i = 0; i < 4; i++)
        n[i] = sealed(&own, 3, (uint64_t)(10 + i), (uint32_t)(1 + i), text[i], sizeof text[i]);
    accept_init(&a, &conf);
    keys_apply(&trust, &a);
    assert_int_equal(keys_load_seen(&k, &a, &err), 0); /* there is none yet */
    assert_int_equal(accept_take(&a, text[0], n[0], NULL, 0, &now, &out), ACCEPT_TAKEN);
    assert_int_equal(accept_take(&a, text[2], n[2], NULL, 0, &now, &out), ACCEPT_TAKEN);
    assert_int_equal(keys_save_seen(&k, &a, &err), 0);

    accept_init(&b, &conf);
    keys_apply(&trust, &b);
    assert_int_equal(keys_load_seen(&k, &b, &err), 0);
    assert_memory_equal(&b.key[0].seen, &a.key[0].seen, offsetof(struct accept_seen, event));
    assert_string_equal(b.key[0].seen.event[0].event, "roof-1");
    assert_int_equal(b.key[0].seen.event[0].at, 1); /* the order of events comes back, too */
    assert_int_equal(accept_take(&b, text[0], n[0], NULL, 0, &now, &out), ACCEPT_REPEATED);
    assert_int_equal(accept_take(&b, text[1], n[1], NULL, 0, &now, &out), ACCEPT_OLD_REVISION);
    assert_int_equal(accept_take(&b, text[2], n[2], NULL, 0, &now, &out), ACCEPT_REPEATED);
    assert_int_equal(accept_take(&b, text[3], n[3], NULL, 0, &now, &out), ACCEPT_TAKEN);
    /* the sender starts again, and what it said before is over */
    n[0] = sealed(&own, 4, 1, 5, text[0], sizeof text[0]);
    n[1] = sealed(&own, 3, 20, 6, text[1], sizeof text[1]);
    assert_int_equal(accept_take(&b, text[0], n[0], NULL, 0, &now, &out), ACCEPT_TAKEN);
    assert_int_equal(accept_take(&b, text[1], n[1], NULL, 0, &now, &out), ACCEPT_OLD_BOOT);
    /* trust read anew keeps what was heard */
    trust.key[0].roles = ACCEPT_NODE;
    keys_apply(&trust, &b);
    assert_int_equal(b.keys, 1);
    assert_int_equal(b.key[0].roles, ACCEPT_NODE);
    assert_int_equal(accept_take(&b, text[0], n[0], NULL, 0, &now, &out), ACCEPT_REPEATED);
    done(&f);
}

/* ---- texts that are not what they should be ---- */

static void bad_texts(void **state)
{
    static const struct {
        const char *text, *want; /* in the error */
    } cases[] = {
        {"", "line 1"},
        {"[]", "not a tocsin.trust file"},
        {"{}", "not a tocsin.trust file"},
        {"{\"schema\":\"tocsin.trust/2\",\"keys\":[]}", "another version"},
        {"{\"schema\":\"tocsin.trusty/1\",\"keys\":[]}", "not a tocsin.trust file"},
        {"{\"schema\":\"tocsin.trust/1\"}", "\"keys\""},
        {"{\"schema\":\"tocsin.trust/1\",\"keys\":[7]}", "key 1: \"public\""},
        {"{\"schema\":\"tocsin.trust/1\",\"keys\":[{\"public\":"
         "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"name\":\"a/b\"}]}",
         "\"name\""},
        {"{\"schema\":\"tocsin.trust/1\",\"keys\":[{\"public\":"
         "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"name\":\"a\",\"roles\":["
         "\"god\"]}]}",
         "\"roles\""},
        {"{\"schema\":\"tocsin.trust/1\",\"keys\":[{\"public\":"
         "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"name\":\"a\",\"roles\":[]}]"
         "}",
         "\"trusted\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct keys_trust trust;
        assert_int_equal(keys_read_trust(cases[i].text, strlen(cases[i].text), &trust, &err), -1);
        if (!strstr(err.text, cases[i].want))
            fail_msg("%s: %s", cases[i].text, err.text);
    }
}

static void a_key_that_is_not_of_its_seed_is_damage(void **state)
{
    struct fake_sys f;
    struct keys_own own;

    (void)state;
    fake_sys_init(&f);
    struct keys k = open_in(&f);
    make_own(&k, "roof");
    struct fake_file *file = fake_file_find(&f, "keys/own");
    char *at = memmem(file->data, file->size, "\"seed\":\"", 8);
    assert_non_null(at);
    at[8] = at[8] == '0' ? '1' : '0';
    assert_int_equal(keys_load_own(&k, KEYS_OWN, &own, &err), -1);
    assert_non_null(strstr(err.text, "damaged"));
    done(&f);
}

static void roles_by_word(void **state)
{
    static const struct {
        const char *text;
        unsigned want; /* 0: refused */
    } cases[] = {{"peer", ACCEPT_PEER},
                 {"peer,node", ACCEPT_PEER | ACCEPT_NODE},
                 {"operator,maintainer,authority", ACCEPT_OPERATOR | ACCEPT_MAINTAINER | ACCEPT_AUTHORITY},
                 {"", 0},
                 {"peer,", 0},
                 {",peer", 0},
                 {"peers", 0},
                 {"pee", 0},
                 {"peer node", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned roles = 0;
        assert_int_equal(keys_roles_parse(cases[i].text, &roles), cases[i].want != 0);
        assert_int_equal(roles, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_made_once_and_comes_back),
        cmocka_unit_test(what_others_can_read_is_refused),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(refused_memory_is_said),
        cmocka_unit_test(boots_only_grow),
        cmocka_unit_test(a_boot_that_cannot_be_kept),
        cmocka_unit_test(revoked_is_for_good),
        cmocka_unit_test(there_is_room_for_64),
        cmocka_unit_test(a_rotation_is_followed_by_those_who_trust),
        cmocka_unit_test(nothing_is_believed_twice_over_a_restart),
        cmocka_unit_test(bad_texts),
        cmocka_unit_test(a_key_that_is_not_of_its_seed_is_damage),
        cmocka_unit_test(roles_by_word),
    };

    if (!crypto_start())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
