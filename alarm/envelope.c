#include "alarm/envelope.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[ENVELOPE_KINDS] = {"alert", "cap",    "pick",   "heartbeat",
                                                  "state", "status", "health", "command"};
static const char open_text[] = "{\"envelope\":", signature_text[] = ",\"signature\":\"",
                  payload_text[] = ",\"payload\":";

const char *envelope_kind_name(enum envelope_kind kind)
{
    return kinds[kind];
}

void envelope_begin(struct envelope_sender *sender, enum envelope_kind kind, struct envelope *out)
{
    memset(out, 0, sizeof *out);
    out->kind = kind;
    memcpy(out->site, sender->site, sizeof out->site);
    memcpy(out->node, sender->node, sizeof out->node);
    snprintf(out->to, sizeof out->to, "%s", ENVELOPE_EVERYONE);
    out->boot = sender->boot;
    out->sequence = atomic_fetch_add_explicit(&sender->sequence, 1, memory_order_relaxed) + 1;
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/* Ends within its room, of allowed letters only. */
static bool word_fits(const char *word, size_t room)
{
    size_t n = strnlen(word, room);

    if (n == room)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!letter(word[i]))
            return false;
    return true;
}

bool envelope_name_fits(const char *name)
{
    return name[0] && word_fits(name, ENVELOPE_NAME_ROOM);
}

static bool number_fits(int64_t n)
{
    return n >= 0 && n <= ENVELOPE_NUMBER_MAX;
}

/* The same rules for what is sealed and what is opened. */
static bool allowed(const struct envelope *e)
{
    return envelope_name_fits(e->site) && envelope_name_fits(e->node) &&
           (strcmp(e->to, ENVELOPE_EVERYONE) == 0 || envelope_name_fits(e->to)) &&
           word_fits(e->event, ENVELOPE_EVENT_ROOM) && e->boot > 0 && e->sequence > 0 &&
           e->boot <= ENVELOPE_NUMBER_MAX && e->sequence <= ENVELOPE_NUMBER_MAX &&
           e->echo_boot <= ENVELOPE_NUMBER_MAX && number_fits(e->sent_utc_ms) &&
           number_fits(e->sent_mono_ms) && number_fits(e->echo_mono_ms);
}

/* ---- sealing ---- */

static int write_signed(const struct envelope *e, char *to, size_t room)
{
    char hash[2 * CRYPTO_HASH + 1];

    crypto_to_hex(e->hash, CRYPTO_HASH, hash);
    return snprintf(
        to, room,
        "{\"version\":%d,\"kind\":\"%s\",\"site\":\"%s\",\"node\":\"%s\",\"to\":\"%s\",\"key\":\"%s\","
        "\"boot\":%" PRIu64 ",\"sequence\":%" PRIu64 ",\"sent_utc_ms\":%" PRId64 ",\"sent_mono_ms\":%" PRId64
        ",\"clock_good\":%s,\"echo_boot\":%" PRIu64 ",\"echo_mono_ms\":%" PRId64
        ",\"event\":\"%s\",\"revision\":%" PRIu32 ",\"hash\":\"%s\"}",
        ENVELOPE_VERSION, kinds[e->kind], e->site, e->node, e->to, e->key, e->boot, e->sequence,
        e->sent_utc_ms, e->sent_mono_ms, e->clock_good ? "true" : "false", e->echo_boot, e->echo_mono_ms,
        e->event, e->revision, hash);
}

/* Everything but the payload and the closing brace: its length, or 0. */
static size_t write_head(const struct envelope *e, const struct crypto_key *key, const void *payload,
                         size_t n, char *to, size_t room)
{
    char text[ENVELOPE_HEAD_MAX], hex[2 * CRYPTO_SIGNATURE + 1];
    unsigned char signature[CRYPTO_SIGNATURE];
    struct envelope full = *e;

    if ((unsigned)e->kind >= ENVELOPE_KINDS || !allowed(e) || n == 0 || n > ENVELOPE_PAYLOAD_MAX)
        return 0;
    crypto_key_id(key->public, full.key);
    crypto_hash_text(payload, n, full.hash);
    int length = write_signed(&full, text, sizeof text);
    if (length < 0 || (size_t)length >= sizeof text ||
        !crypto_sign_text(key, ENVELOPE_DOMAIN, text, (size_t)length, signature))
        return 0;
    crypto_to_hex(signature, CRYPTO_SIGNATURE, hex);
    int all = snprintf(to, room, "%s%s%s%s\"", open_text, text, signature_text, hex);
    return all > 0 && (size_t)all < room ? (size_t)all : 0;
}

static size_t nothing(char *to, size_t room)
{
    if (room)
        to[0] = 0;
    return 0;
}

size_t envelope_seal(const struct envelope *e, const struct crypto_key *key, const void *payload, size_t n,
                     char *to, size_t room)
{
    size_t at = write_head(e, key, payload, n, to, room), word = sizeof payload_text - 1;

    if (!at || room - at < word + n + 2)
        return nothing(to, room);
    memcpy(to + at, payload_text, word);
    memcpy(to + at + word, payload, n);
    memcpy(to + at + word + n, "}", 2);
    return at + word + n + 1;
}

size_t envelope_seal_detached(const struct envelope *e, const struct crypto_key *key, const void *payload,
                              size_t n, char *to, size_t room)
{
    size_t at = write_head(e, key, payload, n, to, room);

    if (!at || room - at < 2)
        return nothing(to, room);
    memcpy(to + at, "}", 2);
    return at + 1;
}

/* ---- opening ---- */

struct cursor {
    const char *at, *end;
};

static bool skip(struct cursor *c, const char *text)
{
    size_t n = strlen(text);

    if ((size_t)(c->end - c->at) < n || memcmp(c->at, text, n) != 0)
        return false;
    c->at += n;
    return true;
}

/* The letters up to the closing quote, without it. */
static bool take_word(struct cursor *c, char *to, size_t room)
{
    size_t n = 0;

    while (c->at < c->end && n + 1 < room && (letter(*c->at) || *c->at == '*'))
        to[n++] = *c->at++;
    to[n] = 0;
    return skip(c, "\"");
}

static bool take_number(struct cursor *c, uint64_t max, uint64_t *out)
{
    const char *from = c->at;
    uint64_t n = 0;

    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        n = n * 10 + (uint64_t)(*c->at++ - '0');
        if (n > max)
            return false;
    }
    *out = n;
    return c->at > from && (c->at == from + 1 || *from != '0'); /* JSON has no leading zeros */
}

static bool take_time(struct cursor *c, int64_t *out)
{
    uint64_t n;

    if (!take_number(c, ENVELOPE_NUMBER_MAX, &n))
        return false;
    *out = (int64_t)n;
    return true;
}

static bool take_hex(struct cursor *c, unsigned char *to, size_t n)
{
    if ((size_t)(c->end - c->at) < 2 * n || !crypto_from_hex(c->at, 2 * n, to, n))
        return false;
    c->at += 2 * n;
    return skip(c, "\"");
}

static bool take_key(struct cursor *c, char to[CRYPTO_ID_ROOM])
{
    unsigned char id[(CRYPTO_ID_ROOM - 1) / 2];

    if (!take_hex(c, id, sizeof id))
        return false;
    crypto_to_hex(id, sizeof id, to);
    return true;
}

static bool take_bool(struct cursor *c, bool *out)
{
    *out = skip(c, "true");
    return *out || skip(c, "false");
}

/* `"name":` and a word, a number or a truth, of a later version 1. */
static bool skip_member(struct cursor *c)
{
    char word[ENVELOPE_HEAD_MAX];
    uint64_t number;
    bool truth;

    if (!skip(c, ",\"") || !take_word(c, word, sizeof word) || !word[0] || !skip(c, ":"))
        return false;
    return skip(c, "\"") ? take_word(c, word, sizeof word)
                         : take_number(c, ENVELOPE_NUMBER_MAX, &number) || take_bool(c, &truth);
}

static bool take_names(struct cursor *c, struct envelope *e)
{
    return skip(c, ",\"site\":\"") && take_word(c, e->site, sizeof e->site) && skip(c, ",\"node\":\"") &&
           take_word(c, e->node, sizeof e->node) && skip(c, ",\"to\":\"") &&
           take_word(c, e->to, sizeof e->to) && skip(c, ",\"key\":\"") && take_key(c, e->key);
}

static bool take_times(struct cursor *c, struct envelope *e)
{
    return skip(c, ",\"boot\":") && take_number(c, ENVELOPE_NUMBER_MAX, &e->boot) &&
           skip(c, ",\"sequence\":") && take_number(c, ENVELOPE_NUMBER_MAX, &e->sequence) &&
           skip(c, ",\"sent_utc_ms\":") && take_time(c, &e->sent_utc_ms) && skip(c, ",\"sent_mono_ms\":") &&
           take_time(c, &e->sent_mono_ms) && skip(c, ",\"clock_good\":") && take_bool(c, &e->clock_good) &&
           skip(c, ",\"echo_boot\":") && take_number(c, ENVELOPE_NUMBER_MAX, &e->echo_boot) &&
           skip(c, ",\"echo_mono_ms\":") && take_time(c, &e->echo_mono_ms);
}

static bool take_about(struct cursor *c, struct envelope *e)
{
    uint64_t revision;

    if (!skip(c, ",\"event\":\"") || !take_word(c, e->event, sizeof e->event) || !skip(c, ",\"revision\":") ||
        !take_number(c, UINT32_MAX, &revision) || !skip(c, ",\"hash\":\"") ||
        !take_hex(c, e->hash, sizeof e->hash))
        return false;
    e->revision = (uint32_t)revision;
    while (c->at < c->end && *c->at == ',')
        if (!skip_member(c))
            return false;
    return skip(c, "}");
}

static bool take_tail(struct cursor *c, struct envelope_opened *out)
{
    if (!skip(c, signature_text) || !take_hex(c, out->signature, CRYPTO_SIGNATURE))
        return false;
    if (!skip(c, payload_text))
        return skip(c, "}") && c->at == c->end;
    if (c->end - c->at < 2 || c->end - c->at > ENVELOPE_PAYLOAD_MAX + 1 || c->end[-1] != '}')
        return false;
    out->payload = c->at;
    out->payload_length = (size_t)(c->end - c->at) - 1;
    return true;
}

static bool find_kind(const char *word, enum envelope_kind *out)
{
    for (int i = 0; i < ENVELOPE_KINDS; i++)
        if (strcmp(word, kinds[i]) == 0) {
            *out = (enum envelope_kind)i;
            return true;
        }
    return false;
}

enum envelope_fault envelope_open(const char *text, size_t n, struct envelope_opened *out)
{
    struct cursor c = {text, text + n};
    char kind[ENVELOPE_NAME_ROOM];
    uint64_t version;

    memset(out, 0, sizeof *out);
    if (!skip(&c, open_text))
        return ENVELOPE_MALFORMED;
    out->signed_text = c.at;
    if (!skip(&c, "{\"version\":") || !take_number(&c, ENVELOPE_NUMBER_MAX, &version) || version == 0)
        return ENVELOPE_MALFORMED;
    if (version > ENVELOPE_VERSION)
        return ENVELOPE_NEWER;
    if (!skip(&c, ",\"kind\":\"") || !take_word(&c, kind, sizeof kind))
        return ENVELOPE_MALFORMED;
    bool known = find_kind(kind, &out->envelope.kind);
    if (!take_names(&c, &out->envelope) || !take_times(&c, &out->envelope) || !take_about(&c, &out->envelope))
        return ENVELOPE_MALFORMED;
    out->signed_length = (size_t)(c.at - out->signed_text);
    if (out->signed_length > ENVELOPE_HEAD_MAX || !allowed(&out->envelope) || !take_tail(&c, out))
        return ENVELOPE_MALFORMED;
    return known ? ENVELOPE_WHOLE : ENVELOPE_UNKNOWN_KIND;
}

bool envelope_hash_fits(const struct envelope *e, const void *payload, size_t n)
{
    unsigned char hash[CRYPTO_HASH];

    crypto_hash_text(payload, n, hash);
    return crypto_equal(hash, e->hash, sizeof hash);
}

bool envelope_verify(const struct envelope_opened *o, const unsigned char public[CRYPTO_PUBLIC])
{
    return crypto_verify_text(public, ENVELOPE_DOMAIN, o->signed_text, o->signed_length, o->signature);
}
