/* What a signed message costs: sealed, judged, refused. Processor time of this thread, best of several runs. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "alarm/accept.h"

enum { TIMES = 2000, RUNS = 7 };

static double cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

struct bench {
    struct crypto_key key;
    struct accept a;
    struct envelope e;
    char payload[4096], text[8192];
    size_t payload_n, n;
};

static void seal(struct bench *b)
{
    b->e.sequence++;
    b->n = envelope_seal(&b->e, &b->key, b->payload, b->payload_n, b->text, sizeof b->text);
}

static enum accept_reason judge(struct bench *b)
{
    static const struct accept_now now = {.utc_ms = 1000, .clock_good = true};
    struct accepted out;

    return accept_take(&b->a, b->text, b->n, NULL, 0, &now, &out);
}

static void both(struct bench *b)
{
    seal(b);
    judge(b);
}

static void refuse(struct bench *b)
{
    judge(b); /* repeated: everything but the last step */
}

static void junk(struct bench *b)
{
    b->n = b->payload_n;
    memcpy(b->text, b->payload, b->n);
    judge(b);
}

static double best_us(struct bench *b, void (*what)(struct bench *))
{
    double best = 1e9;

    for (int run = 0; run < RUNS; run++) {
        double from = cpu_us();
        for (int i = 0; i < TIMES; i++)
            what(b);
        double each = (cpu_us() - from) / TIMES;
        best = each < best ? each : best;
    }
    return best;
}

int main(void)
{
    static struct bench b;
    static const unsigned char seed[CRYPTO_SEED] = {1};
    static const struct accept_conf conf = {.site = "hq", .node = "lobby"};

    if (!crypto_start())
        return 1;
    crypto_key_from_seed(&b.key, seed);
    accept_init(&b.a, &conf);
    struct accept_key *k = &b.a.key[b.a.keys++];
    memcpy(k->public, b.key.public, sizeof k->public);
    crypto_key_id(k->public, k->id);
    snprintf(k->name, sizeof k->name, "roof");
    k->roles = ACCEPT_PEER;
    b.e = (struct envelope){.kind = ENVELOPE_PICK,
                            .site = "hq",
                            .node = "roof",
                            .to = "*",
                            .boot = 1,
                            .sent_utc_ms = 1000,
                            .clock_good = true};
    memset(b.payload, 'x', sizeof b.payload);
    for (int i = 0; i < 2; i++) {
        b.payload_n = i ? 4096 : 300;
        double sealed = best_us(&b, seal), taken = best_us(&b, both) - sealed, refused = best_us(&b, refuse);
        printf("payload %4zu bytes: sealed in %.1f us, taken in %.1f us, a repeated one refused in %.1f us, "
               "junk in %.2f us\n",
               b.payload_n, sealed, taken, refused, best_us(&b, junk));
    }
    return 0;
}
