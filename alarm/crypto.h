/* crypto.h - signatures, hashes and chance: the only file behind it knows libsodium.
 *
 * Ed25519 (RFC 8032) and SHA-256, both plain, so that any other library verifies what is made here. What is signed
 * is always DOMAIN followed by the message: a signature made for one purpose proves nothing for another. Nothing
 * here allocates or locks, and after crypto_start any thread may call. Cost: docs/trust.md, "Cost". */
#ifndef TOCSIN_ALARM_CRYPTO_H
#define TOCSIN_ALARM_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

enum {
    CRYPTO_PUBLIC = 32,           /* bytes */
    CRYPTO_SEED = 32,             /* what a private key is stored as */
    CRYPTO_SECRET = 64,           /* the library's form of it: seed and public key */
    CRYPTO_SIGNATURE = 64,        /* bytes */
    CRYPTO_HASH = 32,             /* bytes */
    CRYPTO_SIGNED_MAX = 4096,     /* bytes of domain and message together */
    CRYPTO_ID_ROOM = 17,          /* 16 hexadecimal digits: names a key, proves nothing */
    CRYPTO_FINGERPRINT_ROOM = 40, /* 8 groups of 4 digits: what people compare, 128 bit */
};

struct crypto_key {
    unsigned char public[CRYPTO_PUBLIC];
    unsigned char secret[CRYPTO_SECRET]; /* crypto_wipe it when done */
};

bool crypto_start(void); /* once before all else; false: no source of chance. May wait for the kernel's */
void crypto_key_make(struct crypto_key *key);
void crypto_key_from_seed(struct crypto_key *key, const unsigned char seed[CRYPTO_SEED]);
void crypto_key_seed(const struct crypto_key *key, unsigned char seed[CRYPTO_SEED]);
void crypto_wipe(void *memory, size_t n); /* not removed by an optimiser */

/* False: longer than CRYPTO_SIGNED_MAX; *signature is then untouched. */
bool crypto_sign_text(const struct crypto_key *key, const char *domain, const void *message, size_t n,
                      unsigned char signature[CRYPTO_SIGNATURE]);
bool crypto_verify_text(const unsigned char public[CRYPTO_PUBLIC], const char *domain, const void *message,
                        size_t n, const unsigned char signature[CRYPTO_SIGNATURE]);
void crypto_hash_text(const void *message, size_t n, unsigned char hash[CRYPTO_HASH]);
bool crypto_equal(const void *a, const void *b, size_t n); /* in a time that does not depend on them */

/* Both from SHA-256 of "tocsin/key/1\n" and the public key: its first 8 and its first 16 bytes. */
void crypto_key_id(const unsigned char public[CRYPTO_PUBLIC], char id[CRYPTO_ID_ROOM]);
void crypto_key_fingerprint(const unsigned char public[CRYPTO_PUBLIC], char to[CRYPTO_FINGERPRINT_ROOM]);

void crypto_to_hex(const unsigned char *from, size_t n, char *to); /* 2 n digits, lower case, and a NUL */
/* Exactly 2 n lower-case digits and nothing else: false, *to undefined, where they are not. */
bool crypto_from_hex(const char *from, size_t digits, unsigned char *to, size_t n);

#endif
