#include "io/iiod_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 6, HEX_DIGITS = 8 };

static const char version[] = "0.24.tocsin \n"; /* libiio wants seven characters for what is a commit there */

/* A whole number in decimal (or hex) and nothing else. */
static bool number(const char *text, int base, unsigned long most, unsigned long *out)
{
    const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";
    size_t n = strlen(text);

    if (n == 0 || n > 18 || strspn(text, digits) != n)
        return false;
    *out = strtoul(text, NULL, base);
    return *out <= most;
}

void iiod_close_stream(struct iiod_session *s)
{
    if (s->stream.open)
        s->backend->close(s->backend->ctx, &s->stream);
    memset(&s->stream, 0, sizeof s->stream);
    s->scan_at = 0;
}

static int command_open(struct iiod_session *s, char **word, int words)
{
    unsigned long samples, mask;

    if ((words != 4 && words != 5) || !number(word[2], 10, UINT32_MAX, &samples) || samples == 0 ||
        strlen(word[3]) > HEX_DIGITS || !number(word[3], 16, UINT32_MAX, &mask))
        return -EINVAL;
    if (words == 5) /* CYCLIC: for outputs */
        return strcmp(word[4], "CYCLIC") == 0 ? -EPERM : -EINVAL;
    if (s->stream.open)
        return -EBUSY;
    int result = s->backend->open(s->backend->ctx, word[1], &s->stream, samples, (uint32_t)mask);
    s->stream.open = result == 0;
    s->stream.samples = samples;
    s->hangups = s->backend->common->hangups;
    return result;
}

static int command_close(struct iiod_session *s, char **word, int words)
{
    (void)word;
    (void)words;
    if (!s->stream.open)
        return -EBADF;
    iiod_close_stream(s);
    return 0;
}

/* 0, or -errno: what is refused at once. */
static int readbuf_check(const struct iiod_session *s, char **word, int words, unsigned long *bytes)
{
    if (words != 3 || !number(word[2], 10, UINT32_MAX, bytes))
        return -EINVAL;
    if (!s->stream.open)
        return -EBADF;
    return *bytes < s->stream.queue.size ? -EINVAL : 0;
}

static void command_readbuf(struct iiod_session *s, char **word, int words, int64_t now_ns)
{
    unsigned long bytes;
    int refused = readbuf_check(s, word, words, &bytes);

    if (refused < 0) {
        iiod_reply_number(s, refused);
        return;
    }
    s->wanted = bytes;
    s->masked = false;
    iiod_await(s, now_ns);
    iiod_session_tick(s, now_ns);
}

/* READ and WRITE: which attribute; how many words that took, or 0. */
static int which(struct iiod_attribute *a, char **word, int words)
{
    *a = (struct iiod_attribute){.where = IIOD_DEVICE, .device = word[1], .channel = ""};
    if (words >= 5 && (strcmp(word[2], "INPUT") == 0 || strcmp(word[2], "OUTPUT") == 0)) {
        a->where = IIOD_CHANNEL;
        a->channel = strcmp(word[2], "INPUT") == 0 ? word[3] : "";
        a->name = word[4];
        return 5;
    }
    if (words >= 4 && (strcmp(word[2], "DEBUG") == 0 || strcmp(word[2], "BUFFER") == 0)) {
        a->where = strcmp(word[2], "DEBUG") == 0 ? IIOD_DEBUG : IIOD_BUFFER;
        a->name = word[3];
        return 4;
    }
    if (words < 3)
        return 0;
    a->name = word[2];
    return 3;
}

static void command_read(struct iiod_session *s, char **word, int words)
{
    struct iiod_attribute a;
    int n = which(&a, word, words);

    if (n == 0 || n != words) {
        iiod_reply_number(s, words == 2 ? -ENOSYS : -EINVAL);
        return;
    }
    n = s->backend->read(s->backend->ctx, &a, s->value, IIOD_VALUE_MAX);
    if (n < 0)
        iiod_reply_number(s, n);
    else
        iiod_reply_bytes(s, s->value, (size_t)n);
}

static void command_write(struct iiod_session *s, char **word, int words)
{
    unsigned long n;
    int used = which(&s->attribute, word, words);

    if (!number(word[words - 1], 10, ULONG_MAX, &n) || n > IIOD_DISCARD_MAX) {
        iiod_reply_number(s, -EINVAL); /* what follows cannot be told from a command */
        s->over = true;
        return;
    }
    if (used == 0 || used != words - 1)
        s->attribute.name = NULL;
    s->value_want = n;
    s->value_n = 0;
    s->step = IIOD_STEP_VALUE;
}

void iiod_finish_write(struct iiod_session *s)
{
    int result = -EINVAL;

    if (s->value_want > IIOD_VALUE_MAX)
        result = -E2BIG;
    else if (s->attribute.name) {
        s->value[s->value_want] = 0;
        result = s->backend->write(s->backend->ctx, &s->attribute, s->value, s->value_want);
    }
    s->step = IIOD_STEP_LINE;
    iiod_reply_number(s, result);
}

static void command_get_trigger(struct iiod_session *s, char **word)
{
    int n = s->backend->get_trigger(s->backend->ctx, word[1], s->value, IIOD_VALUE_MAX);

    if (n <= 0)
        iiod_reply_number(s, n);
    else
        iiod_reply_bytes(s, s->value, (size_t)n);
}

static int command_set(struct iiod_session *s, char **word, int words)
{
    unsigned long n;

    if (words != 4 || strcmp(word[2], "BUFFERS_COUNT") != 0 || !number(word[3], 10, UINT32_MAX, &n))
        return -EINVAL;
    return s->backend->set_buffers(s->backend->ctx, word[1], (unsigned)n);
}

static int command_timeout(struct iiod_session *s, char **word, int words)
{
    unsigned long ms;

    if (words != 2 || !number(word[1], 10, INT32_MAX, &ms))
        return -EINVAL;
    s->backend->common->timeout_ms = (int64_t)ms;
    return 0;
}

static int command_set_trigger(struct iiod_session *s, char **word, int words)
{
    if (words > 3)
        return -EINVAL;
    return s->backend->set_trigger(s->backend->ctx, word[1], words == 3 ? word[2] : "");
}

/* Those that answer with a number, and the words that they have at least. */
static const struct {
    const char *name;
    int words;
    int (*run)(struct iiod_session *s, char **word, int words);
} numbers[] = {
    {"TIMEOUT", 1, command_timeout},     {"OPEN", 2, command_open}, {"CLOSE", 2, command_close},
    {"SETTRIG", 2, command_set_trigger}, {"SET", 2, command_set},
};

static bool number_command(struct iiod_session *s, char **word, int words)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(word[0], numbers[i].name) == 0 && words >= numbers[i].words) {
            iiod_reply_number(s, numbers[i].run(s, word, words));
            return true;
        }
    return false;
}

/* The others without a device. True: it was one of them. */
static bool plain_command(struct iiod_session *s, const char *name)
{
    const struct iiod_backend *b = s->backend;

    if (strcmp(name, "EXIT") == 0)
        s->over = true;
    else if (strcmp(name, "VERSION") == 0) {
        s->body = (const uint8_t *)version;
        s->body_n = sizeof version - 1;
    } else if (strcmp(name, "PRINT") == 0)
        iiod_reply_bytes(s, b->xml, b->xml_size);
    else if (strcmp(name, "ZPRINT") == 0 && b->xml_zstd)
        iiod_reply_bytes(s, b->xml_zstd, b->xml_zstd_size);
    else
        return false;
    return true;
}

void iiod_command(struct iiod_session *s, int64_t now_ns)
{
    char *word[WORDS_MAX], *save = NULL;
    const char *name;
    int words = 0;

    for (char *w = strtok_r(s->line, " \t\r\n", &save); w; w = strtok_r(NULL, " \t\r\n", &save)) {
        if (words == WORDS_MAX) {
            iiod_reply_number(s, -EINVAL);
            s->over = strcmp(word[0], "WRITE") == 0; /* a value of unknown length follows */
            return;
        }
        word[words++] = w;
    }
    if (words == 0 || plain_command(s, word[0]) || number_command(s, word, words))
        return;
    name = words < 2 ? "" : word[0];
    if (strcmp(name, "READBUF") == 0)
        command_readbuf(s, word, words, now_ns);
    else if (strcmp(name, "READ") == 0)
        command_read(s, word, words);
    else if (strcmp(name, "WRITE") == 0)
        command_write(s, word, words);
    else if (strcmp(name, "GETTRIG") == 0)
        command_get_trigger(s, word);
    else
        iiod_reply_number(s, -EINVAL);
}
