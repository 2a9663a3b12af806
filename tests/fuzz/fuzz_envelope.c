/* Any bytes as a message: opened, judged; and the same bytes as a payload, sealed and opened again. Nothing is believed
 * that our key did not sign. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarm/accept.h"

static void check(bool kept, const char *promise)
{
    if (kept)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

struct world {
    struct crypto_key key;
    struct accept a;
};

/* The seeds are signed by this key: docs/known-answers.jsonl. */
static const struct world *begin(void)
{
    static struct world w;
    unsigned char seed[CRYPTO_SEED];
    struct accept_conf conf = {.site = "hq", .node = "lobby", .own_boot = 7};

    if (w.a.keys)
        return &w;
    check(crypto_start(), "the library starts");
    for (int i = 0; i < CRYPTO_SEED; i++)
        seed[i] = (unsigned char)i;
    crypto_key_from_seed(&w.key, seed);
    accept_init(&w.a, &conf);
    struct accept_key *k = &w.a.key[w.a.keys++];
    memcpy(k->public, w.key.public, sizeof k->public);
    crypto_key_id(k->public, k->id);
    snprintf(k->name, sizeof k->name, "roof");
    k->roles = ACCEPT_PEER | ACCEPT_OPERATOR;
    return &w;
}

static void judge(const struct world *w, const char *text, size_t n)
{
    static struct accept a;
    struct accept_now now = {.mono_ms = 100000, .utc_ms = 1764042300100, .clock_good = true};
    struct accepted out;

    a = w->a;
    enum accept_reason reason = accept_take(&a, text, n, NULL, 0, &now, &out);
    check((unsigned)reason < ACCEPT_REASONS && a.count[reason] == 1, "one verdict, counted");
    if (reason == ACCEPT_TAKEN) {
        check(out.key && envelope_verify(&out.opened, w->key.public), "only what our key has signed");
        check(accept_take(&a, text, n, NULL, 0, &now, &out) != ACCEPT_TAKEN, "and once");
    } else {
        check(memcmp(&a.key[0], &w->a.key[0], sizeof a.key[0]) == 0, "a refused one leaves no trace");
    }
}

static void seal(const struct world *w, const uint8_t *data, size_t size)
{
    struct envelope e = {.kind = ENVELOPE_ALERT, .site = "hq", .to = "*", .boot = 1, .sequence = 1};
    struct envelope_opened o;
    static char text[ENVELOPE_HEAD_MAX + ENVELOPE_PAYLOAD_MAX + 100];

    e.kind = (enum envelope_kind)(size % ENVELOPE_KINDS);
    snprintf(e.node, sizeof e.node, "%.*s", (int)(size < 40 ? size : 40), (const char *)data);
    size_t n = envelope_seal(&e, &w->key, data, size, text, size % 2 ? sizeof text : size);
    if (!n)
        return;
    check(envelope_open(text, n, &o) == ENVELOPE_WHOLE && envelope_verify(&o, w->key.public),
          "what is sealed opens");
    check(o.payload_length == size && memcmp(o.payload, data, size) == 0, "with its payload");
    check(strcmp(o.envelope.node, e.node) == 0, "and its names");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct world *w = begin();

    judge(w, (const char *)data, size);
    if (size)
        seal(w, data, size);
    return 0;
}
