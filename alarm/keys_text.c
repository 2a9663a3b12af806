#include "alarm/keys_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/utc.h"

/* ---- words ---- */

bool keys_roles_parse(const char *text, unsigned *roles)
{
    unsigned found = 0;

    while (true) {
        size_t n = strcspn(text, ",");
        int bit = 0;
        while (bit < ACCEPT_ROLES &&
               (strlen(accept_role_name(bit)) != n || strncmp(text, accept_role_name(bit), n) != 0))
            bit++;
        if (bit == ACCEPT_ROLES)
            return false;
        found |= 1U << bit;
        if (!text[n])
            break;
        text += n + 1;
    }
    *roles = found;
    return true;
}

void keys_roles_print(unsigned roles, char *to, size_t room)
{
    size_t at = 0;

    to[0] = 0;
    for (int bit = 0; bit < ACCEPT_ROLES; bit++)
        if (roles >> bit & 1 && at < room)
            at += (size_t)snprintf(to + at, room - at, "%s%s", at ? "," : "", accept_role_name(bit));
}

/* ---- reading ---- */

/* The root of a text of that schema, "tocsin.NAME/1", or NULL with err. */
static struct json_value *parse(const char *text, size_t n, const char *name, struct error *err)
{
    struct json_value *root = json_parse(text, n, err);
    const char *schema = json_as_text(json_get(root, "schema"));
    size_t length = strlen(name);

    if (!root)
        return NULL;
    if (!schema || strncmp(schema, "tocsin.", 7) != 0 || strncmp(schema + 7, name, length) != 0 ||
        schema[7 + length] != '/')
        error_set(err, "not a tocsin.%s file", name);
    else if (strcmp(schema + 7 + length, "/1") != 0)
        error_set(err, "%.60s: of another version; this program knows tocsin.%s/1", schema, name);
    else
        return root;
    json_value_free(root);
    return NULL;
}

static int wants(struct error *err, const char *key, const char *what)
{
    return error_set(err, "\"%s\": want %s", key, what);
}

static int get_hex(const struct json_value *o, const char *key, unsigned char *to, size_t n,
                   struct error *err)
{
    const char *text = json_as_text(json_get(o, key));
    char what[60];

    if (text && crypto_from_hex(text, strlen(text), to, n))
        return 0;
    snprintf(what, sizeof what, "%zu hexadecimal digits", 2 * n);
    return wants(err, key, what);
}

static int get_name(const struct json_value *o, char to[ENVELOPE_NAME_ROOM], struct error *err)
{
    const char *text = json_as_text(json_get(o, "name"));

    if (!text || !envelope_name_fits(text))
        return wants(err, "name", "1 to 40 letters, digits, '_', '-' and '.'");
    snprintf(to, ENVELOPE_NAME_ROOM, "%s", text);
    return 0;
}

/* A key id; `absent` says that null stands for none. */
static int get_id(const struct json_value *o, const char *key, char to[CRYPTO_ID_ROOM], struct error *err)
{
    unsigned char id[(CRYPTO_ID_ROOM - 1) / 2];

    to[0] = 0;
    if (json_kind(json_get(o, key)) == JSON_KIND_NULL || !json_get(o, key))
        return 0;
    if (get_hex(o, key, id, sizeof id, err) != 0)
        return -1;
    crypto_to_hex(id, sizeof id, to);
    return 0;
}

static int get_time(const struct json_value *o, const char *key, bool may_be_null, int64_t *out,
                    struct error *err)
{
    const char *text = json_as_text(json_get(o, key));

    *out = 0;
    if (may_be_null && !text)
        return 0;
    return text && utc_parse(text, out) ? 0 : wants(err, key, "a time, 2026-11-25T02:15:00.000Z");
}

static int get_count(const struct json_value *o, const char *key, uint64_t *out, struct error *err)
{
    int64_t n;

    if (!json_as_integer(json_get(o, key), &n) || n < 0 || n > ENVELOPE_NUMBER_MAX)
        return wants(err, key, "a whole number, 0 to 2^53 - 1");
    *out = (uint64_t)n;
    return 0;
}

static int get_own(const struct json_value *o, struct keys_own *out, struct error *err)
{
    unsigned char seed[CRYPTO_SEED], public[CRYPTO_PUBLIC];
    int result = -1;

    if (get_name(o, out->name, err) == 0 && get_id(o, "replaces", out->replaces, err) == 0 &&
        get_time(o, "made", false, &out->made_utc_ns, err) == 0 &&
        get_hex(o, "public", public, sizeof public, err) == 0 &&
        get_hex(o, "seed", seed, sizeof seed, err) == 0) {
        crypto_key_from_seed(&out->key, seed);
        result = memcmp(out->key.public, public, sizeof public) == 0
                     ? 0
                     : error_set(err, "\"public\" is not the key of \"seed\": the file is damaged");
    }
    crypto_wipe(seed, sizeof seed);
    return result;
}

int keys_read_own(const char *text, size_t n, struct keys_own *out, struct error *err)
{
    struct json_value *root = parse(text, n, "key", err);
    int result = root ? get_own(root, out, err) : -1;

    json_value_free(root);
    return result;
}

int keys_read_public(const char *text, size_t n, struct keys_public *out, struct error *err)
{
    struct json_value *root = parse(text, n, "public-key", err);
    int result = root ? get_hex(root, "public", out->public, sizeof out->public, err) : -1;

    if (result == 0)
        result = get_name(root, out->name, err);
    json_value_free(root);
    return result;
}

static int get_roles(const struct json_value *list, unsigned *roles, struct error *err)
{
    *roles = 0;
    for (size_t i = 0; i < json_count(list); i++) {
        const char *word = json_as_text(json_at(list, i));
        unsigned one;
        if (!word || strchr(word, ',') || !keys_roles_parse(word, &one))
            return wants(err, "roles", "a list of node, peer, authority, operator, maintainer");
        *roles |= one;
    }
    return json_kind(list) == JSON_KIND_ARRAY ? 0 : wants(err, "roles", "a list");
}

static int get_trusted(const struct json_value *o, struct keys_trusted *out, struct error *err)
{
    return get_hex(o, "public", out->public, sizeof out->public, err) != 0 ||
                   get_name(o, out->name, err) != 0 || get_id(o, "replaces", out->replaces, err) != 0 ||
                   get_roles(json_get(o, "roles"), &out->roles, err) != 0 ||
                   get_time(o, "trusted", false, &out->trusted_utc_ns, err) != 0 ||
                   get_time(o, "revoked", true, &out->revoked_utc_ns, err) != 0
               ? -1
               : 0;
}

static int get_trust(const struct json_value *list, struct keys_trust *out, struct error *err)
{
    size_t n = json_count(list);

    out->count = 0;
    if (json_kind(list) != JSON_KIND_ARRAY || n > ACCEPT_KEYS_MAX)
        return wants(err, "keys", "a list of up to 64");
    for (size_t i = 0; i < n; i++) {
        struct error why;
        if (get_trusted(json_at(list, i), &out->key[i], &why) != 0)
            return error_set(err, "key %zu: %.200s", i + 1, why.text);
        for (size_t k = 0; k < i; k++)
            if (memcmp(out->key[k].public, out->key[i].public, CRYPTO_PUBLIC) == 0)
                return error_set(err, "key %zu stands there twice", i + 1);
    }
    out->count = n;
    return 0;
}

int keys_read_trust(const char *text, size_t n, struct keys_trust *out, struct error *err)
{
    struct json_value *root = parse(text, n, "trust", err);
    int result = root ? get_trust(json_get(root, "keys"), out, err) : -1;

    json_value_free(root);
    return result;
}

int keys_read_boot(const char *text, size_t n, uint64_t *boot, struct error *err)
{
    struct json_value *root = parse(text, n, "boot", err);
    int result = root ? get_count(root, "boot", boot, err) : -1;

    json_value_free(root);
    return result;
}

int keys_read_rotation(const char *text, size_t n, struct keys_rotation *out, struct error *err)
{
    struct json_value *root = parse(text, n, "key-rotation", err);
    int result = -1;

    if (root && get_name(root, out->name, err) == 0 &&
        get_hex(root, "old", out->old, CRYPTO_PUBLIC, err) == 0 &&
        get_hex(root, "new", out->new, CRYPTO_PUBLIC, err) == 0 &&
        get_hex(root, "by_old", out->by_old, CRYPTO_SIGNATURE, err) == 0 &&
        get_hex(root, "by_new", out->by_new, CRYPTO_SIGNATURE, err) == 0)
        result = 0;
    json_value_free(root);
    return result;
}

static int get_event(const struct json_value *o, struct accept_event *out, struct error *err)
{
    const char *event = json_as_text(json_get(o, "event"));
    uint64_t revision = 0;

    if (!event || !event[0] || strlen(event) >= sizeof out->event)
        return wants(err, "event", "an event's id");
    if (get_count(o, "revision", &revision, err) != 0)
        return -1;
    if (revision > UINT32_MAX)
        return wants(err, "revision", "a revision");
    snprintf(out->event, sizeof out->event, "%s", event);
    out->revision = (uint32_t)revision;
    return 0;
}

/* The window's 64 bits are more than a JSON number keeps. */
static int get_window(const struct json_value *o, uint64_t *out, struct error *err)
{
    unsigned char bytes[8] = {0};

    if (get_hex(o, "window", bytes, sizeof bytes, err) != 0)
        return -1;
    *out = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        *out = *out << 8 | bytes[i];
    return 0;
}

static int get_seen(const struct json_value *o, struct accept_seen *out, struct error *err)
{
    const struct json_value *events = json_get(o, "events");

    if (get_count(o, "boot", &out->boot, err) != 0 || get_count(o, "top", &out->top, err) != 0 ||
        get_window(o, &out->window, err) != 0)
        return -1;
    if (json_count(events) > ACCEPT_EVENTS)
        return wants(err, "events", "a list of up to 8");
    for (size_t i = 0; i < json_count(events); i++) {
        if (get_event(json_at(events, i), &out->event[i], err) != 0)
            return -1;
        out->event[i].at = ++out->turn; /* written oldest first */
    }
    return 0;
}

static int get_all_seen(const struct json_value *list, struct accept *a, struct error *err)
{
    if (json_kind(list) != JSON_KIND_ARRAY)
        return wants(err, "keys", "a list");
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json_value *o = json_at(list, i);
        struct accept_seen seen = {0};
        char id[CRYPTO_ID_ROOM];
        if (get_id(o, "key", id, err) != 0 || get_seen(o, &seen, err) != 0)
            return -1;
        struct accept_key *key = accept_find(a, id);
        if (key)
            key->seen = seen;
    }
    return 0;
}

int keys_read_seen(const char *text, size_t n, struct accept *a, struct error *err)
{
    struct json_value *root = parse(text, n, "seen", err);
    int result = root ? get_all_seen(json_get(root, "keys"), a, err) : -1;

    json_value_free(root);
    return result;
}

/* ---- writing ---- */

static struct json *begin(const struct sys *sys, const char *schema)
{
    struct json *o = json_new_object(sys);

    json_put_text(o, "schema", schema);
    return o;
}

static void put_hex(struct json *o, const char *key, const unsigned char *bytes, size_t n)
{
    char hex[2 * CRYPTO_SIGNATURE + 1];

    crypto_to_hex(bytes, n, hex);
    json_put_text(o, key, hex);
    crypto_wipe(hex, sizeof hex); /* it may be the secret */
}

static void put_time(struct json *o, const char *key, int64_t utc_ns)
{
    char text[40];

    if (utc_ns && utc_format(utc_ns, text, sizeof text))
        json_put_text(o, key, text);
    else
        json_put_null(o, key);
}

static void put_id(struct json *o, const char *key, const char *id)
{
    json_put_text(o, key, id[0] ? id : NULL);
}

static void put_fingerprint(struct json *o, const unsigned char public[CRYPTO_PUBLIC])
{
    char text[CRYPTO_FINGERPRINT_ROOM];

    crypto_key_fingerprint(public, text);
    json_put_text(o, "fingerprint", text);
}

struct json *keys_write_own(const struct sys *sys, const struct keys_own *own)
{
    struct json *o = begin(sys, "tocsin.key/1");
    unsigned char seed[CRYPTO_SEED];

    json_put_text(o, "name", own->name);
    put_time(o, "made", own->made_utc_ns);
    put_id(o, "replaces", own->replaces);
    put_hex(o, "public", own->key.public, CRYPTO_PUBLIC);
    crypto_key_seed(&own->key, seed);
    put_hex(o, "seed", seed, sizeof seed);
    crypto_wipe(seed, sizeof seed);
    return o;
}

struct json *keys_write_public(const struct sys *sys, const struct keys_public *key)
{
    struct json *o = begin(sys, "tocsin.public-key/1");

    json_put_text(o, "name", key->name);
    put_hex(o, "public", key->public, CRYPTO_PUBLIC);
    put_fingerprint(o, key->public);
    return o;
}

static void put_trusted(struct json *o, const struct keys_trusted *key, const struct sys *sys)
{
    struct json *roles = json_new_array(sys);

    json_put_text(o, "name", key->name);
    put_hex(o, "public", key->public, CRYPTO_PUBLIC);
    put_fingerprint(o, key->public);
    for (int bit = 0; bit < ACCEPT_ROLES; bit++)
        if (key->roles >> bit & 1)
            json_add_text(roles, accept_role_name(bit));
    json_put(o, "roles", roles);
    put_id(o, "replaces", key->replaces);
    put_time(o, "trusted", key->trusted_utc_ns);
    put_time(o, "revoked", key->revoked_utc_ns);
}

struct json *keys_write_trust(const struct sys *sys, const struct keys_trust *trust)
{
    struct json *o = begin(sys, "tocsin.trust/1"), *list = json_new_array(sys);

    for (size_t i = 0; i < trust->count; i++) {
        struct json *one = json_new_object(sys);
        put_trusted(one, &trust->key[i], sys);
        json_add(list, one);
    }
    json_put(o, "keys", list);
    return o;
}

struct json *keys_write_listed(const struct sys *sys, const struct keys_trusted *key, const char *state)
{
    struct json *o = begin(sys, "tocsin.listed-key/1");
    char id[CRYPTO_ID_ROOM];

    crypto_key_id(key->public, id);
    json_put_text(o, "id", id);
    json_put_text(o, "state", state);
    put_trusted(o, key, sys);
    return o;
}

struct json *keys_write_boot(const struct sys *sys, uint64_t boot)
{
    struct json *o = begin(sys, "tocsin.boot/1");

    json_put_integer(o, "boot", (int64_t)boot);
    return o;
}

struct json *keys_write_rotation(const struct sys *sys, const struct keys_rotation *r)
{
    struct json *o = begin(sys, "tocsin.key-rotation/1");

    json_put_text(o, "name", r->name);
    put_hex(o, "old", r->old, CRYPTO_PUBLIC);
    put_hex(o, "new", r->new, CRYPTO_PUBLIC);
    put_hex(o, "by_old", r->by_old, CRYPTO_SIGNATURE);
    put_hex(o, "by_new", r->by_new, CRYPTO_SIGNATURE);
    return o;
}

static int older_first(const void *a, const void *b)
{
    const struct accept_event *x = a, *y = b;

    return (x->at > y->at) - (x->at < y->at);
}

static struct json *seen_events(const struct sys *sys, const struct accept_seen *s)
{
    struct json *list = json_new_array(sys);
    struct accept_event event[ACCEPT_EVENTS];

    memcpy(event, s->event, sizeof event);
    qsort(event, ACCEPT_EVENTS, sizeof *event, older_first);
    for (int i = 0; i < ACCEPT_EVENTS; i++) {
        if (!event[i].event[0])
            continue;
        struct json *one = json_new_object(sys);
        json_put_text(one, "event", event[i].event);
        json_put_integer(one, "revision", event[i].revision);
        json_add(list, one);
    }
    return list;
}

struct json *keys_write_seen(const struct sys *sys, const struct accept *a)
{
    struct json *o = begin(sys, "tocsin.seen/1"), *list = json_new_array(sys);

    for (size_t i = 0; i < a->keys; i++) {
        const struct accept_seen *s = &a->key[i].seen;
        char window[17];
        if (!s->boot)
            continue;
        struct json *one = json_new_object(sys);
        json_put_text(one, "key", a->key[i].id);
        json_put_integer(one, "boot", (int64_t)s->boot);
        json_put_integer(one, "top", (int64_t)s->top);
        snprintf(window, sizeof window, "%016" PRIx64, s->window);
        json_put_text(one, "window", window);
        json_put(one, "events", seen_events(sys, s));
        json_add(list, one);
    }
    json_put(o, "keys", list);
    return o;
}

/* ---- rotation ---- */

enum { ROTATION_ROOM = 2 * (2 * CRYPTO_PUBLIC + 1) + ENVELOPE_NAME_ROOM + 1 };

static size_t rotation_text(const struct keys_rotation *r, char to[ROTATION_ROOM])
{
    char old[2 * CRYPTO_PUBLIC + 1], new[2 * CRYPTO_PUBLIC + 1];

    crypto_to_hex(r->old, CRYPTO_PUBLIC, old);
    crypto_to_hex(r->new, CRYPTO_PUBLIC, new);
    return (size_t)snprintf(to, ROTATION_ROOM, "%s\n%s\n%s\n", old, new, r->name);
}

void keys_rotation_sign(struct keys_rotation *r, const struct crypto_key *old, const struct crypto_key *new)
{
    char text[ROTATION_ROOM];

    memcpy(r->old, old->public, CRYPTO_PUBLIC);
    memcpy(r->new, new->public, CRYPTO_PUBLIC);
    size_t n = rotation_text(r, text);
    crypto_sign_text(old, KEYS_ROTATION_DOMAIN, text, n, r->by_old);
    crypto_sign_text(new, KEYS_ROTATION_DOMAIN, text, n, r->by_new);
}

bool keys_rotation_fits(const struct keys_rotation *r)
{
    char text[ROTATION_ROOM];
    size_t n = rotation_text(r, text);

    return crypto_verify_text(r->old, KEYS_ROTATION_DOMAIN, text, n, r->by_old) &&
           crypto_verify_text(r->new, KEYS_ROTATION_DOMAIN, text, n, r->by_new);
}
