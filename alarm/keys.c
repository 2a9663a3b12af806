#include "alarm/keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/whole.h"

static const char *const own_files[] = {[KEYS_OWN] = "own", [KEYS_NEXT] = "next"};

int keys_open(struct keys *k, const struct sys *sys, const char *folder, struct error *err)
{
    memset(k, 0, sizeof *k);
    k->sys = sys;
    if (strlen(folder) >= sizeof k->folder)
        return error_set(err, "%.80s...: the path is too long", folder);
    memcpy(k->folder, folder, strlen(folder) + 1);
    return crypto_start() ? 0 : error_set(err, "the kernel gives no random numbers: no keys can be made");
}

static const char *path_of(const struct keys *k, const char *file, char to[KEYS_PATH_MAX])
{
    snprintf(to, KEYS_PATH_MAX, "%s/%s", k->folder, file);
    return to;
}

/* ---- a private file ---- */

/* 0; 1: there is none; -1 with err. */
static int guard(const struct sys *sys, const char *path, struct error *err)
{
    int fd = sys->open_read(sys->ctx, path);

    if (fd < 0 && errno == ENOENT)
        return 1;
    if (fd < 0)
        return error_set(err, "%.300s: %s", path, sys_open_fault(errno));
    int safe = sys->check_private(sys->ctx, fd);
    sys->close(sys->ctx, fd);
    return safe == 0 ? 0
                     : error_set(err,
                                 "%.300s: others than its owner may read or change it, or it is somebody "
                                 "else's; make it yours, chmod 600, and think about who has seen it",
                                 path);
}

char *keys_read_text(const struct sys *sys, const char *path, size_t *n, struct error *err)
{
    return whole_text(sys, path, KEYS_TEXT_MAX, n, err);
}

typedef int (*take)(const char *text, size_t n, void *to, struct error *err);

/* 0; 1: there is none; -1 with err. The text may be a secret: it is wiped. */
static int load(const struct keys *k, const char *file, take take_text, void *to, struct error *err)
{
    char path[KEYS_PATH_MAX];
    struct error why;
    size_t n;
    int there = guard(k->sys, path_of(k, file, path), err);

    if (there != 0)
        return there;
    char *text = keys_read_text(k->sys, path, &n, err);
    if (!text)
        return -1;
    int result = take_text(text, n, to, &why);
    crypto_wipe(text, n);
    sys_free(k->sys, text);
    return result == 0 ? 0 : error_set(err, "%.200s: %.200s", path, why.text);
}

static int write_beside(const struct keys *k, const char *path, const char *text, size_t n)
{
    const struct sys *sys = k->sys;
    int fd = sys->open_private(sys->ctx, path), why;

    if (fd < 0)
        return -1;
    int result = sys_write_all(sys, fd, text, n) != 0 || sys->sync(sys->ctx, fd) != 0 ? -1 : 0;
    why = errno;
    if (sys->close(sys->ctx, fd) != 0 && result == 0)
        return -1;
    errno = why;
    return result;
}

/* Takes the JSON. 0, or -1 with err; the old file is then as it was. */
static int save(const struct keys *k, const char *file, struct json *json, struct error *err)
{
    char path[KEYS_PATH_MAX], beside[KEYS_PATH_MAX + 8];
    const char *text;
    size_t n;

    if (json_write_line(json, &text, &n) != 0) {
        json_free(json);
        return error_set(err, "out of memory");
    }
    snprintf(beside, sizeof beside, "%s.new", path_of(k, file, path));
    int result = k->sys->make_folder(k->sys->ctx, k->folder) != 0 || write_beside(k, beside, text, n) != 0 ||
                         k->sys->rename(k->sys->ctx, beside, path) != 0 ||
                         k->sys->sync_folder(k->sys->ctx, k->folder) != 0
                     ? error_set(err, "%.300s: %s", path, strerror(errno))
                     : 0;
    json_free(json);
    return result;
}

/* ---- own keys ---- */

static int take_own(const char *text, size_t n, void *to, struct error *err)
{
    return keys_read_own(text, n, to, err);
}

int keys_load_own(const struct keys *k, enum keys_which which, struct keys_own *own, struct error *err)
{
    memset(own, 0, sizeof *own);
    return load(k, own_files[which], take_own, own, err);
}

static int make(const struct keys *k, enum keys_which which, struct keys_own *own, struct error *err)
{
    crypto_key_make(&own->key);
    own->made_utc_ns = k->sys->utc_ns(k->sys->ctx);
    return save(k, own_files[which], keys_write_own(k->sys, own), err);
}

int keys_load_or_make(const struct keys *k, const char *name, struct keys_own *own, bool *made,
                      struct error *err)
{
    int there = keys_load_own(k, KEYS_OWN, own, err);

    *made = there == 1;
    if (there != 1)
        return there;
    if (!envelope_name_fits(name))
        return error_set(err, "%.60s: a key's name is 1 to 40 letters, digits, '_', '-' and '.'", name);
    snprintf(own->name, sizeof own->name, "%s", name);
    return make(k, KEYS_OWN, own, err);
}

/* A rotation that was asked for twice gives the same next key. */
static int find_next(const struct keys *k, const struct keys_own *own, struct keys_own *next,
                     struct error *err)
{
    int there = keys_load_own(k, KEYS_NEXT, next, err);

    if (there != 1)
        return there;
    memcpy(next->name, own->name, sizeof next->name);
    crypto_key_id(own->key.public, next->replaces);
    return make(k, KEYS_NEXT, next, err);
}

int keys_rotate(const struct keys *k, struct keys_rotation *out, struct error *err)
{
    struct keys_own own, next;
    int there = keys_load_own(k, KEYS_OWN, &own, err);

    if (there == 1)
        error_set(err, "%.300s: there is no key yet: tocsin keys make", k->folder);
    int result = there == 0 ? find_next(k, &own, &next, err) : -1;
    if (result == 0) {
        memset(out, 0, sizeof *out);
        memcpy(out->name, own.name, sizeof out->name);
        keys_rotation_sign(out, &own.key, &next.key);
        crypto_wipe(&next, sizeof next);
    }
    crypto_wipe(&own, sizeof own);
    return result;
}

int keys_rotate_finish(const struct keys *k, struct error *err)
{
    char from[KEYS_PATH_MAX], to[KEYS_PATH_MAX];
    struct keys_own next;
    int there = keys_load_own(k, KEYS_NEXT, &next, err);

    crypto_wipe(&next, sizeof next);
    if (there != 0)
        return there;
    if (k->sys->rename(k->sys->ctx, path_of(k, "next", from), path_of(k, "own", to)) != 0 ||
        k->sys->sync_folder(k->sys->ctx, k->folder) != 0)
        return error_set(err, "%.300s: %s", to, strerror(errno));
    return 0;
}

/* ---- whom to believe ---- */

static int take_trust(const char *text, size_t n, void *to, struct error *err)
{
    return keys_read_trust(text, n, to, err);
}

int keys_load_trust(const struct keys *k, struct keys_trust *trust, struct error *err)
{
    memset(trust, 0, sizeof *trust);
    return load(k, "trusted", take_trust, trust, err) < 0 ? -1 : 0;
}

int keys_save_trust(const struct keys *k, const struct keys_trust *trust, struct error *err)
{
    return save(k, "trusted", keys_write_trust(k->sys, trust), err);
}

static struct keys_trusted *find_public(struct keys_trust *trust, const unsigned char *public)
{
    for (size_t i = 0; i < trust->count; i++)
        if (memcmp(trust->key[i].public, public, CRYPTO_PUBLIC) == 0)
            return &trust->key[i];
    return NULL;
}

static bool id_taken(const struct keys_trust *trust, const unsigned char *public)
{
    char id[CRYPTO_ID_ROOM], other[CRYPTO_ID_ROOM];

    crypto_key_id(public, id);
    for (size_t i = 0; i < trust->count; i++) {
        crypto_key_id(trust->key[i].public, other);
        if (strcmp(id, other) == 0)
            return true;
    }
    return false;
}

int keys_trust_add(struct keys_trust *trust, const struct keys_trusted *key, struct error *err)
{
    struct keys_trusted *known = find_public(trust, key->public);

    if (known && known->revoked_utc_ns)
        return error_set(err, "%s: this key was revoked, and that is for good; a new key must be made",
                         known->name);
    if (known && strcmp(known->name, key->name) != 0)
        return error_set(err, "%s: this key is trusted already, as %s", key->name, known->name);
    if (known) {
        known->roles = key->roles;
        return 0;
    }
    if (id_taken(trust, key->public))
        return error_set(err, "%s: another key has the same id; a new key must be made", key->name);
    if (trust->count == ACCEPT_KEYS_MAX)
        return error_set(err, "%d keys are known, revoked ones among them: there is no room",
                         ACCEPT_KEYS_MAX);
    trust->key[trust->count++] = *key;
    return 0;
}

static bool is_named(const struct keys_trusted *key, const char *which)
{
    char id[CRYPTO_ID_ROOM], fingerprint[CRYPTO_FINGERPRINT_ROOM];

    crypto_key_id(key->public, id);
    crypto_key_fingerprint(key->public, fingerprint);
    return strcmp(which, id) == 0 || strcmp(which, fingerprint) == 0 || strcmp(which, key->name) == 0;
}

int keys_trust_revoke(struct keys_trust *trust, const char *which, int64_t utc_ns, struct error *err)
{
    size_t found = 0;

    for (size_t i = 0; i < trust->count; i++) {
        if (!is_named(&trust->key[i], which))
            continue;
        found++;
        if (!trust->key[i].revoked_utc_ns)
            trust->key[i].revoked_utc_ns = utc_ns;
    }
    return found ? 0 : error_set(err, "%.60s: no such key; tocsin keys list", which);
}

int keys_trust_follow(struct keys_trust *trust, const struct keys_rotation *r, int64_t utc_ns,
                      struct error *err)
{
    const struct keys_trusted *old = find_public(trust, r->old);

    if (!old)
        return error_set(err, "%s: its present key is not trusted here, so neither is the next", r->name);
    if (old->revoked_utc_ns)
        return error_set(err, "%s: its key was revoked: what it says of a next one counts for nothing",
                         r->name);
    if (strcmp(old->name, r->name) != 0)
        return error_set(err, "%s: that key is trusted as %s", r->name, old->name);
    if (!keys_rotation_fits(r))
        return error_set(err, "%s: the signatures do not fit: the file was changed on its way", r->name);
    struct keys_trusted next = *old;
    memcpy(next.public, r->new, CRYPTO_PUBLIC);
    crypto_key_id(r->old, next.replaces);
    next.trusted_utc_ns = utc_ns;
    return keys_trust_add(trust, &next, err);
}

/* Set anew where they stand, by hand through the new order: what was heard travels with the key. */
void keys_apply(const struct keys_trust *trust, struct accept *a)
{
    size_t kept = 0;

    for (size_t i = 0; i < a->keys; i++) /* those that are still there move to the front */
        for (size_t t = 0; t < trust->count; t++)
            if (memcmp(a->key[i].public, trust->key[t].public, CRYPTO_PUBLIC) == 0) {
                a->key[kept++] = a->key[i];
                break;
            }
    a->keys = kept;
    for (size_t t = 0; t < trust->count; t++) {
        const struct keys_trusted *from = &trust->key[t];
        char id[CRYPTO_ID_ROOM];
        crypto_key_id(from->public, id);
        struct accept_key *to = accept_find(a, id);
        if (!to) {
            to = &a->key[a->keys++];
            memset(to, 0, sizeof *to);
            memcpy(to->public, from->public, sizeof to->public);
            memcpy(to->id, id, sizeof to->id);
        }
        memcpy(to->name, from->name, sizeof to->name);
        memcpy(to->replaces, from->replaces, sizeof to->replaces);
        to->roles = from->roles;
        to->revoked = from->revoked_utc_ns != 0;
    }
}

/* ---- what outlives a restart ---- */

static int take_boot(const char *text, size_t n, void *to, struct error *err)
{
    return keys_read_boot(text, n, to, err);
}

int keys_next_boot(const struct keys *k, bool clock_good, uint64_t *boot, struct error *err)
{
    int64_t utc_s = k->sys->utc_ns(k->sys->ctx) / 1000000000;
    uint64_t last = 0, by_clock = clock_good && utc_s > 0 ? (uint64_t)utc_s : 0;
    int there = load(k, "boot", take_boot, &last, err);
    bool ahead = by_clock > last + 1;

    *boot = ahead ? by_clock : last + 1;
    if (*boot > ENVELOPE_NUMBER_MAX)
        return error_set(err, "%.300s/boot: the last possible number is used up: make a new key", k->folder);
    if (there >= 0 && save(k, "boot", keys_write_boot(k->sys, *boot), err) == 0)
        return 0;
    if (there < 0 && ahead && save(k, "boot", keys_write_boot(k->sys, *boot), &(struct error){""}) == 0)
        return 0; /* it was damaged; the clock says more than it can have said */
    return ahead ? 1 : -1;
}

static int take_seen(const char *text, size_t n, void *to, struct error *err)
{
    return keys_read_seen(text, n, to, err);
}

int keys_load_seen(const struct keys *k, struct accept *a, struct error *err)
{
    return load(k, "seen", take_seen, a, err) < 0 ? -1 : 0;
}

int keys_save_seen(const struct keys *k, const struct accept *a, struct error *err)
{
    return save(k, "seen", keys_write_seen(k->sys, a), err);
}
