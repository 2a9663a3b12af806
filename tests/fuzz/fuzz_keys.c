/* The files about keys, of any bytes: read, and what was understood is written and read again as the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarm/keys.h"

static void check(bool kept, const char *promise)
{
    if (kept)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

static const char *line_of(struct json *json, size_t *n)
{
    const char *line;

    check(json_write_line(json, &line, n) == 0, "what was read can be written");
    return line;
}

static void trust(const char *text, size_t n)
{
    static struct keys_trust in, out;
    static struct accept a;
    struct error err = {""};

    if (keys_read_trust(text, n, &in, &err) != 0) {
        check(err.text[0] != 0, "a refusal says why");
        return;
    }
    struct json *json = keys_write_trust(&sys_real, &in);
    size_t length;
    const char *line = line_of(json, &length);
    check(keys_read_trust(line, length, &out, &err) == 0 && out.count == in.count, "trust comes back");
    json_free(json);
    keys_apply(&in, &a);
    check(a.keys == in.count, "every key is known to the machine");
    memset(&a, 0, sizeof a);
}

static void seen(const char *text, size_t n)
{
    static struct accept a, b;
    struct error err = {""};

    memset(&a, 0, sizeof a);
    snprintf(a.key[0].id, sizeof a.key[0].id, "0123456789abcdef");
    a.keys = 1;
    b = a;
    if (keys_read_seen(text, n, &a, &err) != 0)
        return;
    struct json *json = keys_write_seen(&sys_real, &a);
    size_t length;
    const char *line = line_of(json, &length);
    check(keys_read_seen(line, length, &b, &err) == 0, "what was seen comes back");
    check(a.key[0].seen.boot == b.key[0].seen.boot || !a.key[0].seen.boot, "the same");
    json_free(json);
}

static void others(const char *text, size_t n)
{
    struct keys_own own;
    struct keys_public public;
    struct keys_rotation r;
    struct error err;
    uint64_t boot;

    if (keys_read_own(text, n, &own, &err) == 0)
        check(envelope_name_fits(own.name), "a name is one");
    if (keys_read_public(text, n, &public, &err) == 0)
        check(envelope_name_fits(public.name), "a name is one");
    if (keys_read_rotation(text, n, &r, &err) == 0)
        keys_rotation_fits(&r);
    if (keys_read_boot(text, n, &boot, &err) == 0)
        check(boot <= ENVELOPE_NUMBER_MAX, "a number is bounded");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check(crypto_start(), "the library starts");
    trust((const char *)data, size);
    seen((const char *)data, size);
    others((const char *)data, size);
    return 0;
}
