/* keys_text.h - the files about keys as texts: each a JSON object with its version in "schema" (docs/schema/keys.schema.json).
 *
 * Reading takes any bytes: 0, or -1 with err, which names what is wrong and never a secret. Unknown keys are passed
 * over, a higher version is refused. Writing gives a line that the caller frees by json_free; NULL: out of memory. */
#ifndef TOCSIN_ALARM_KEYS_TEXT_H
#define TOCSIN_ALARM_KEYS_TEXT_H

#include "alarm/accept.h"
#include "io/error.h"
#include "io/json.h"

enum { KEYS_TEXT_MAX = 256 * 1024 }; /* bytes of a file that is read: 64 keys, each with 8 events */

struct keys_own { /* tocsin.key/1 */
    struct crypto_key key;
    char name[ENVELOPE_NAME_ROOM];
    int64_t made_utc_ns;
    char replaces[CRYPTO_ID_ROOM]; /* "": none */
};

struct keys_public { /* tocsin.public-key/1: what is handed to others */
    unsigned char public[CRYPTO_PUBLIC];
    char name[ENVELOPE_NAME_ROOM];
};

struct keys_trusted { /* a key of tocsin.trust/1 */
    unsigned char public[CRYPTO_PUBLIC];
    char name[ENVELOPE_NAME_ROOM];
    char replaces[CRYPTO_ID_ROOM]; /* "": none */
    unsigned roles;                /* of enum accept_role */
    int64_t trusted_utc_ns;
    int64_t revoked_utc_ns; /* 0: it is trusted */
};
struct keys_trust {
    struct keys_trusted key[ACCEPT_KEYS_MAX];
    size_t count;
};

/* tocsin.key-rotation/1: "the new key speaks for me from now on", by the old key; and by the new one that it is ours.
 * Both sign KEYS_ROTATION_DOMAIN, the old public key, the new one (64 digits and a \n each), the name and a \n. */
#define KEYS_ROTATION_DOMAIN "tocsin/rotate/1\n"
struct keys_rotation {
    unsigned char old[CRYPTO_PUBLIC], new[CRYPTO_PUBLIC];
    char name[ENVELOPE_NAME_ROOM];
    unsigned char by_old[CRYPTO_SIGNATURE], by_new[CRYPTO_SIGNATURE];
};

int keys_read_own(const char *text, size_t n, struct keys_own *out, struct error *err);
int keys_read_public(const char *text, size_t n, struct keys_public *out, struct error *err);
int keys_read_trust(const char *text, size_t n, struct keys_trust *out, struct error *err);
int keys_read_boot(const char *text, size_t n, uint64_t *boot, struct error *err);
int keys_read_rotation(const char *text, size_t n, struct keys_rotation *out, struct error *err);
/* Into those of a->key that it names; the others keep what they had. */
int keys_read_seen(const char *text, size_t n, struct accept *a, struct error *err);

struct json *keys_write_own(const struct sys *sys, const struct keys_own *own); /* holds the secret */
struct json *keys_write_public(const struct sys *sys, const struct keys_public *key);
struct json *keys_write_trust(const struct sys *sys, const struct keys_trust *trust);
struct json *keys_write_boot(const struct sys *sys, uint64_t boot);
struct json *keys_write_rotation(const struct sys *sys, const struct keys_rotation *r);
struct json *keys_write_seen(const struct sys *sys, const struct accept *a);
/* One key as a line of `tocsin keys list --json`. */
struct json *keys_write_listed(const struct sys *sys, const struct keys_trusted *key, const char *state);

void keys_rotation_sign(struct keys_rotation *r, const struct crypto_key *old, const struct crypto_key *new);
bool keys_rotation_fits(const struct keys_rotation *r); /* both signatures */

/* "peer,operator": false where a word is unknown or none stands there. */
bool keys_roles_parse(const char *text, unsigned *roles);
void keys_roles_print(unsigned roles, char *to, size_t room);

#endif
