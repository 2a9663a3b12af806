#include "node/keys_answers.h"

#include <string.h>

#include "alarm/accept.h"
#include "io/json.h"

/* Now is 2025-11-25T03:45:00.100Z by a good clock, and 100000 ms monotonic, unless a case says otherwise. */
#define NOW_UTC_MS INT64_C(1764042300100)
enum { NOW_MONO_MS = 100000, SENT_MONO_MS = 40000, OWN_BOOT = 7, TEXT_ROOM = 4096 };

struct answer {
    const char *what;
    int signer; /* seed: so many times 32 plus 0, 1 ... 31 */
    struct envelope envelope;
    const char *payload;
    const char *change_from, *change_to; /* in the sealed text; NULL: as it is */
    const char *domain;                  /* signed again with another; NULL: no */
    bool detached, unsynchronised;
    int64_t late_ms; /* behind the others, which were sent 100 ms ago */
    size_t cut;      /* bytes that are missing at the end */
};

#define FROM(k, n, t, b, q) .kind = (k), .site = "hq", .node = (n), .to = (t), .boot = (b), .sequence = (q)
#define ABOUT(e, r)         .event = (e), .revision = (r)
#define EVENT               "roof-20251125T034459.123Z-17"

/* In this order through one acceptance machine: each leaves behind what the next ones meet. */
static const struct answer answers[] = {
    {.what = "an alert",
     .envelope = {FROM(ENVELOPE_ALERT, "roof", "*", 3, 10), ABOUT(EVENT, 1)},
     .payload =
         "{\"schema\":\"tocsin.alert/1\",\"level\":\"warning\",\"text\":\"\xe5\x9c\xb0\xe9\x9c\x87\"}"},
    {.what = "the same once more",
     .envelope = {FROM(ENVELOPE_ALERT, "roof", "*", 3, 10), ABOUT(EVENT, 1)},
     .payload =
         "{\"schema\":\"tocsin.alert/1\",\"level\":\"warning\",\"text\":\"\xe5\x9c\xb0\xe9\x9c\x87\"}"},
    {.what = "its second revision; white space in a payload is the payload's",
     .envelope = {FROM(ENVELOPE_ALERT, "roof", "*", 3, 12), ABOUT(EVENT, 2)},
     .payload = "{ \"schema\": \"tocsin.alert/1\",\n  \"level\": \"alarm\" }"},
    {.what = "overtaken on the way by that",
     .envelope = {FROM(ENVELOPE_PICK, "roof", "*", 3, 11)},
     .payload = "{\"schema\":\"tocsin.pick/1\"}"},
    {.what = "the first revision, signed again",
     .envelope = {FROM(ENVELOPE_ALERT, "roof", "*", 3, 13), ABOUT(EVENT, 1)},
     .payload = "{\"schema\":\"tocsin.alert/1\",\"level\":\"warning\"}"},
    {.what = "CAP, its payload beside it",
     .envelope = {FROM(ENVELOPE_CAP, "roof", "*", 3, 14), ABOUT(EVENT, 2)},
     .payload = "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"/>\n",
     .detached = true},
    {.what = "payload changed on the way",
     .envelope = {FROM(ENVELOPE_ALERT, "roof", "*", 3, 15), ABOUT(EVENT, 3)},
     .payload = "{\"level\":\"alarm\"}",
     .change_from = "{\"level\":\"alarm\"}",
     .change_to = "{\"level\":\"watch\"}"},
    {.what = "sequence changed on the way",
     .envelope = {FROM(ENVELOPE_ALERT, "roof", "*", 3, 15), ABOUT(EVENT, 3)},
     .payload = "{}",
     .change_from = "\"sequence\":15",
     .change_to = "\"sequence\":16"},
    {.what = "signed for another purpose",
     .envelope = {FROM(ENVELOPE_ALERT, "roof", "*", 3, 15), ABOUT(EVENT, 3)},
     .payload = "{}",
     .domain = "tocsin/rotate/1\n"},
    {.what = "by a key that is not trusted",
     .signer = 1,
     .envelope = {FROM(ENVELOPE_ALERT, "roof", "*", 3, 15), ABOUT(EVENT, 3)},
     .payload = "{}"},
    {.what = "by the trusted key under another name",
     .envelope = {FROM(ENVELOPE_ALERT, "gate", "*", 3, 15), ABOUT(EVENT, 3)},
     .payload = "{}"},
    {.what = "by a peer, who may not command",
     .envelope = {FROM(ENVELOPE_COMMAND, "roof", "lobby", 3, 15)},
     .payload = "{\"command\":\"silence\"}"},
    {.what = "to another node", .envelope = {FROM(ENVELOPE_PICK, "roof", "cellar", 3, 15)}, .payload = "{}"},
    {.what = "cut off by a byte",
     .envelope = {FROM(ENVELOPE_PICK, "roof", "*", 3, 15)},
     .payload = "{}",
     .cut = 1},
    {.what = "cut off in its signature",
     .envelope = {FROM(ENVELOPE_PICK, "roof", "*", 3, 15)},
     .payload = "{}",
     .cut = 40},
    {.what = "of a later version",
     .envelope = {FROM(ENVELOPE_PICK, "roof", "*", 3, 15)},
     .payload = "{}",
     .change_from = "\"version\":1",
     .change_to = "\"version\":2"},
    {.what = "11 s old",
     .envelope = {FROM(ENVELOPE_PICK, "roof", "*", 3, 15)},
     .late_ms = 10900,
     .payload = "{}"},
    {.what = "3 s from the future",
     .envelope = {FROM(ENVELOPE_PICK, "roof", "*", 3, 15)},
     .late_ms = -3100,
     .payload = "{}"},
    {.what = "our clock is not synchronised, and no heartbeat was heard",
     .envelope = {FROM(ENVELOPE_PICK, "roof", "*", 3, 15)},
     .payload = "{}",
     .unsynchronised = true},
    {.what = "a heartbeat then",
     .envelope = {FROM(ENVELOPE_HEARTBEAT, "roof", "*", 3, 16)},
     .payload = "{}",
     .unsynchronised = true},
    {.what = "and what it stands behind",
     .envelope = {FROM(ENVELOPE_PICK, "roof", "*", 3, 17)},
     .payload = "{}",
     .unsynchronised = true},
    {.what = "the sender has started again",
     .envelope = {FROM(ENVELOPE_HEARTBEAT, "roof", "*", 4, 1)},
     .payload = "{}"},
    {.what = "from before that", .envelope = {FROM(ENVELOPE_HEARTBEAT, "roof", "*", 3, 18)}, .payload = "{}"},
    {.what = "an operator's command, with an echo of our heartbeat",
     .signer = 2,
     .envelope = {FROM(ENVELOPE_COMMAND, "alice", "lobby", 1, 1), .echo_boot = OWN_BOOT,
                  .echo_mono_ms = 99000},
     .payload = "{\"command\":\"silence\"}",
     .unsynchronised = true},
};

static struct crypto_key key_of(int signer)
{
    unsigned char seed[CRYPTO_SEED];
    struct crypto_key key;

    for (int i = 0; i < CRYPTO_SEED; i++)
        seed[i] = (unsigned char)(signer * CRYPTO_SEED + i);
    crypto_key_from_seed(&key, seed);
    return key;
}

static void trust(struct accept *a, int signer, const char *name, unsigned roles)
{
    struct accept_key *k = &a->key[a->keys++];
    struct crypto_key key = key_of(signer);

    memcpy(k->public, key.public, sizeof k->public);
    crypto_key_id(k->public, k->id);
    snprintf(k->name, sizeof k->name, "%s", name);
    k->roles = roles;
}

/* ---- making a message ---- */

/* Equal lengths: what stands behind stays where it is. */
static void change(char *text, const char *from, const char *to)
{
    char *at = strstr(text, from);

    if (at)
        memcpy(at, to, strlen(to));
}

static void sign_for(char *text, size_t n, const struct crypto_key *key, const char *domain)
{
    unsigned char signature[CRYPTO_SIGNATURE];
    char hex[2 * CRYPTO_SIGNATURE + 1];
    struct envelope_opened o;

    if (envelope_open(text, n, &o) == ENVELOPE_WHOLE &&
        crypto_sign_text(key, domain, o.signed_text, o.signed_length, signature)) {
        crypto_to_hex(signature, sizeof signature, hex);
        memcpy(strstr(text, "\"signature\":\"") + strlen("\"signature\":\""), hex, sizeof hex - 1);
    }
}

static size_t seal(const struct answer *a, char text[TEXT_ROOM])
{
    struct crypto_key key = key_of(a->signer);
    struct envelope e = a->envelope;
    size_t length = strlen(a->payload);

    e.sent_utc_ms = NOW_UTC_MS - 100 - a->late_ms;
    e.sent_mono_ms = SENT_MONO_MS;
    e.clock_good = true;
    size_t n = a->detached ? envelope_seal_detached(&e, &key, a->payload, length, text, TEXT_ROOM)
                           : envelope_seal(&e, &key, a->payload, length, text, TEXT_ROOM);

    if (a->domain)
        sign_for(text, n, &key, a->domain);
    if (a->change_from)
        change(text, a->change_from, a->change_to);
    n -= a->cut < n ? a->cut : n;
    text[n] = 0;
    return n;
}

/* ---- telling ---- */

static struct json *tell_key(const struct sys *sys, int signer, const char *name, unsigned roles)
{
    struct json *o = json_new_object(sys), *list = json_new_array(sys);
    struct crypto_key key = key_of(signer);
    unsigned char seed[CRYPTO_SEED];
    char hex[2 * CRYPTO_SEED + 1], id[CRYPTO_ID_ROOM], fingerprint[CRYPTO_FINGERPRINT_ROOM];

    crypto_key_seed(&key, seed);
    crypto_to_hex(seed, sizeof seed, hex);
    json_put_text(o, "seed", hex);
    crypto_to_hex(key.public, CRYPTO_PUBLIC, hex);
    json_put_text(o, "public", hex);
    crypto_key_id(key.public, id);
    json_put_text(o, "id", id);
    crypto_key_fingerprint(key.public, fingerprint);
    json_put_text(o, "fingerprint", fingerprint);
    json_put_text(o, "name", name);
    for (int bit = 0; bit < ACCEPT_ROLES; bit++)
        if (roles >> bit & 1)
            json_add_text(list, accept_role_name(bit));
    json_put(o, "roles", list);
    return o;
}

static struct json *tell_answer(const struct sys *sys, const struct answer *a, struct accept *machine)
{
    const struct accept_now now = {
        .mono_ms = NOW_MONO_MS, .utc_ms = NOW_UTC_MS, .clock_good = !a->unsynchronised};
    struct json *o = json_new_object(sys);
    char text[TEXT_ROOM];
    struct accepted out;
    size_t n = seal(a, text);
    enum accept_reason reason = accept_take(machine, text, n, a->detached ? a->payload : NULL,
                                            a->detached ? strlen(a->payload) : 0, &now, &out);

    json_put_text(o, "what", a->what);
    json_put_text(o, "message", text);
    json_put_text(o, "beside", a->detached ? a->payload : NULL);
    json_put_bool(o, "clock_good", now.clock_good);
    json_put_text(o, "verdict", accept_reason_name(reason));
    return o;
}

static struct json *tell_setting(const struct sys *sys, const struct accept_conf *conf)
{
    struct json *o = json_new_object(sys), *keys = json_new_array(sys);

    json_put_text(o, "schema", "tocsin.known-answers/1");
    json_put_text(o, "site", conf->site);
    json_put_text(o, "node", conf->node);
    json_put_integer(o, "boot", OWN_BOOT);
    json_put_integer(o, "now_utc_ms", NOW_UTC_MS);
    json_put_integer(o, "now_mono_ms", NOW_MONO_MS);
    json_add(keys, tell_key(sys, 0, "roof", ACCEPT_PEER));
    json_add(keys, tell_key(sys, 2, "alice", ACCEPT_OPERATOR));
    json_put(o, "trusted", keys);
    return o;
}

/* Takes the JSON. 0, or -1. */
static int write_line(struct json *o, FILE *out)
{
    const char *line;
    int result = json_write_line(o, &line, NULL) == 0 ? 0 : -1;

    if (result == 0)
        fputs(line, out);
    json_free(o);
    return result;
}

int keys_answers_write(const struct sys *sys, FILE *out)
{
    static const struct accept_conf conf = {
        .site = "hq", .node = "lobby", .own_key = "", .own_boot = OWN_BOOT};
    struct accept *machine = sys_alloc(sys, sizeof *machine);
    int result = machine ? write_line(tell_setting(sys, &conf), out) : -1;

    if (machine) {
        accept_init(machine, &conf);
        trust(machine, 0, "roof", ACCEPT_PEER);
        trust(machine, 2, "alice", ACCEPT_OPERATOR);
    }
    for (size_t i = 0; result == 0 && i < sizeof answers / sizeof *answers; i++)
        result = write_line(tell_answer(sys, &answers[i], machine), out);
    if (result != 0)
        fprintf(stderr, "tocsin keys: out of memory\n");
    sys_free(sys, machine);
    return result;
}
