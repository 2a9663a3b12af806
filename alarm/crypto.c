#include "alarm/crypto.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(CRYPTO_PUBLIC == crypto_sign_PUBLICKEYBYTES && CRYPTO_SECRET == crypto_sign_SECRETKEYBYTES &&
                   CRYPTO_SEED == crypto_sign_SEEDBYTES && CRYPTO_SIGNATURE == crypto_sign_BYTES &&
                   CRYPTO_HASH == crypto_hash_sha256_BYTES,
               "the library's sizes");

bool crypto_start(void)
{
    return sodium_init() >= 0;
}

void crypto_key_make(struct crypto_key *key)
{
    crypto_sign_keypair(key->public, key->secret);
}

void crypto_key_from_seed(struct crypto_key *key, const unsigned char seed[CRYPTO_SEED])
{
    crypto_sign_seed_keypair(key->public, key->secret, seed);
}

void crypto_key_seed(const struct crypto_key *key, unsigned char seed[CRYPTO_SEED])
{
    crypto_sign_ed25519_sk_to_seed(seed, key->secret);
}

void crypto_wipe(void *memory, size_t n)
{
    sodium_memzero(memory, n);
}

/* Domain and message in one piece, as plain Ed25519 wants them. Their length, or 0: they do not fit. */
static size_t join(unsigned char to[CRYPTO_SIGNED_MAX], const char *domain, const void *message, size_t n)
{
    size_t prefix = strlen(domain);

    if (prefix > CRYPTO_SIGNED_MAX || n > CRYPTO_SIGNED_MAX - prefix)
        return 0;
    memcpy(to, domain, prefix);
    if (n)
        memcpy(to + prefix, message, n);
    return prefix + n;
}

bool crypto_sign_text(const struct crypto_key *key, const char *domain, const void *message, size_t n,
                      unsigned char signature[CRYPTO_SIGNATURE])
{
    unsigned char whole[CRYPTO_SIGNED_MAX];
    size_t length = join(whole, domain, message, n);

    return length && crypto_sign_detached(signature, NULL, whole, length, key->secret) == 0;
}

bool crypto_verify_text(const unsigned char public[CRYPTO_PUBLIC], const char *domain, const void *message,
                        size_t n, const unsigned char signature[CRYPTO_SIGNATURE])
{
    unsigned char whole[CRYPTO_SIGNED_MAX];
    size_t length = join(whole, domain, message, n);

    return length && crypto_sign_verify_detached(signature, whole, length, public) == 0;
}

void crypto_hash_text(const void *message, size_t n, unsigned char hash[CRYPTO_HASH])
{
    crypto_hash_sha256(hash, message, n);
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

static void key_hash(const unsigned char public[CRYPTO_PUBLIC], unsigned char hash[CRYPTO_HASH])
{
    static const char domain[] = "tocsin/key/1\n";
    unsigned char whole[sizeof domain - 1 + CRYPTO_PUBLIC];

    memcpy(whole, domain, sizeof domain - 1);
    memcpy(whole + sizeof domain - 1, public, CRYPTO_PUBLIC);
    crypto_hash_text(whole, sizeof whole, hash);
}

void crypto_key_id(const unsigned char public[CRYPTO_PUBLIC], char id[CRYPTO_ID_ROOM])
{
    unsigned char hash[CRYPTO_HASH];

    key_hash(public, hash);
    crypto_to_hex(hash, (CRYPTO_ID_ROOM - 1) / 2, id);
}

void crypto_key_fingerprint(const unsigned char public[CRYPTO_PUBLIC], char to[CRYPTO_FINGERPRINT_ROOM])
{
    unsigned char hash[CRYPTO_HASH];

    key_hash(public, hash);
    for (int i = 0; i < 8; i++)
        snprintf(to + 5 * i, 6, i < 7 ? "%02x%02x-" : "%02x%02x", hash[2 * i], hash[2 * i + 1]);
}

void crypto_to_hex(const unsigned char *from, size_t n, char *to)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digits[from[i] >> 4];
        to[2 * i + 1] = digits[from[i] & 15];
    }
    to[2 * n] = 0;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool crypto_from_hex(const char *from, size_t digits, unsigned char *to, size_t n)
{
    if (digits != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = digit(from[2 * i]), low = digit(from[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}
