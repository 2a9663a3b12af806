#include "alarm/ups.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <upsclient.h>

const struct conf_row ups_rows[] = {
    {"ups.name", CONF_TEXT, offsetof(struct ups_conf, name), 0, "", 0, 0, NULL,
     "the power supply at NUT's upsd, NAME@HOST:PORT; empty: none is asked", NULL},
    {"ups.period_s", CONF_REAL, offsetof(struct ups_conf, period_s), 0, "5", 1, 600, NULL,
     "how often it is asked", "own choice"},
    {"ups.timeout_s", CONF_REAL, offsetof(struct ups_conf, timeout_s), 0, "3", 1, 60, NULL,
     "how long an answer may take", "own choice"},
};
const size_t ups_rows_count = sizeof ups_rows / sizeof *ups_rows;

struct ups {
    const struct sys *sys;
    UPSCONN_t connection;
    bool connected;
    char *name, *host; /* upsclient's own allocation */
    uint16_t port;
    double timeout_s;
};

int ups_open(struct ups **out, const struct sys *sys, const struct ups_conf *conf, struct error *err)
{
    struct ups *u = sys_alloc(sys, sizeof *u);

    *out = NULL;
    if (!u)
        return error_set(err, "ups: out of memory");
    u->sys = sys;
    u->timeout_s = conf->timeout_s;
    if (strpbrk(conf->name, " \"\\\r\n\t") || *conf->name == '@' ||
        upscli_splitname(conf->name, &u->name, &u->host, &u->port) != 0) {
        ups_close(u);
        return error_set(err, "ups.name \"%s\" must be NAME@HOST or NAME@HOST:PORT", conf->name);
    }
    *out = u;
    return 0;
}

static void disconnect(struct ups *u)
{
    if (u->connected)
        upscli_disconnect(&u->connection);
    u->connected = false;
}

void ups_close(struct ups *u)
{
    if (!u)
        return;
    disconnect(u);
    free(u->name);
    free(u->host);
    sys_free(u->sys, u);
}

static int failed(struct ups *u, struct error *err)
{
    error_set(err, "ups %s at %s: %s", u->name, u->host, upscli_strerror(&u->connection));
    disconnect(u);
    return -1;
}

static int reach(struct ups *u, struct error *err)
{
    struct timeval timeout = {.tv_sec = (time_t)u->timeout_s};

    if (u->connected)
        return 0;
    if (upscli_tryconnect(&u->connection, u->host, u->port, 0, &timeout) < 0)
        return error_set(err, "ups %s at %s: %s", u->name, u->host, upscli_strerror(&u->connection));
    u->connected = true;
    return 0;
}

int ups_read(struct ups *u, struct ups_state *state, struct error *err)
{
    char text[UPSCLI_NETBUF_LEN];
    time_t timeout = (time_t)u->timeout_s;

    *state = (struct ups_state){0};
    if (reach(u, err) < 0)
        return -1;
    snprintf(text, sizeof text, "GET VAR %s ups.status\n", u->name);
    if (upscli_sendline_timeout(&u->connection, text, strlen(text), timeout) < 0 ||
        upscli_readline_timeout(&u->connection, text, sizeof text, timeout) < 0)
        return failed(u, err);
    return ups_parse(text, u->name, state, err);
}

static const char *skip(const char *line, const char *word)
{
    size_t n = strlen(word);

    return line && !strncmp(line, word, n) ? line + n : NULL;
}

/* One word of the status; those of no concern here (CHRG, TRIM, BYPASS ...) are passed over. */
static void take_word(const char *word, size_t n, struct ups_state *state)
{
    if (n == 2 && !memcmp(word, "OB", 2))
        state->mains_lost = true;
    else if (n == 2 && !memcmp(word, "LB", 2))
        state->battery_low = true;
    else if (n == 3 && !memcmp(word, "FSD", 3)) /* it is about to cut the power */
        state->mains_lost = state->battery_low = true;
    if (n == 2 && (!memcmp(word, "OL", 2) || !memcmp(word, "OB", 2)))
        state->known = true;
}

int ups_parse(const char *line, const char *name, struct ups_state *state, struct error *err)
{
    const char *at = skip(line, "VAR "), *end;

    *state = (struct ups_state){0};
    at = at ? skip(at, name) : NULL;
    at = at ? skip(at, " ups.status \"") : NULL;
    end = at ? strchr(at, '"') : NULL;
    if (!end)
        return error_set(err, "ups %s: upsd answers \"%.100s\"", name, line);
    while (at < end) {
        size_t n = strcspn(at, " \"");
        take_word(at, n, state);
        at += n + 1;
    }
    if (!state->known) { /* neither on line nor on battery: the driver knows nothing */
        *state = (struct ups_state){0};
        return error_set(err, "ups %s: its status is \"%.*s\"", name,
                         (int)(end - line < 60 ? end - line : 60), line);
    }
    return 0;
}
