#include <stdio.h>
#include <string.h>

#include "alarm/keys.h"
#include "node/check.h"

/* How many of them still count. */
static size_t trusted(const struct keys_trust *trust)
{
    size_t n = 0;

    for (size_t i = 0; i < trust->count; i++)
        n += !trust->key[i].revoked_utc_ns;
    return n;
}

static void check_own(struct check *c, const struct keys *k)
{
    const char *name = check_conf(c)->node->node.name;
    char fingerprint[CRYPTO_FINGERPRINT_ROOM];
    struct keys_own own;
    struct error err;
    int there = keys_load_own(k, KEYS_OWN, &own, &err);

    crypto_key_fingerprint(own.key.public, fingerprint);
    crypto_wipe(own.key.secret, sizeof own.key.secret);
    if (there < 0)
        check_say(c, CHECK_FAIL, "own key", NULL, "%s", err.text);
    else if (there > 0)
        check_say(c, CHECK_OK, "own key", NULL, "none yet; the node makes it at its first start");
    else if (strcmp(own.name, name) != 0)
        check_say(c, CHECK_WARN, "own key",
                  "others trust it under that name: node.name as it was, or a new key",
                  "%s was made for %s, and the node is %s now", fingerprint, own.name, name);
    else
        check_say(c, CHECK_OK, "own key", NULL, "%s", fingerprint);
}

void check_keys(struct check *c)
{
    const struct check_conf *conf = check_conf(c);
    char folder[CONF_TEXT_MAX + 8];
    struct keys_trust trust;
    struct error err;
    struct keys k;

    snprintf(folder, sizeof folder, "%s/keys", conf->node->node.state);
    if (keys_open(&k, conf->sys, folder, &err) != 0) {
        check_say(c, CHECK_FAIL, "own key", NULL, "%s", err.text);
        return;
    }
    check_own(c, &k);
    if (keys_load_trust(&k, &trust, &err) != 0)
        check_say(c, CHECK_FAIL, "trusted keys", NULL, "%s", err.text);
    else
        check_say(c, CHECK_OK, "trusted keys", NULL, "%zu trusted, %zu revoked", trusted(&trust),
                  trust.count - trusted(&trust));
}
