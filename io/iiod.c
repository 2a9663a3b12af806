#include "io/iiod.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 6, HEX_DIGITS = 8 };

static const char version[] = "0.24.tocsin \n"; /* libiio wants seven characters for what is a commit there */

/* ---- what is to be sent ---- */

static void reply_number(struct iiod_session *s, long long n)
{
    s->head_n = (size_t)snprintf(s->head, sizeof s->head, "%lld\n", n);
}

static void reply_bytes(struct iiod_session *s, const void *bytes, size_t n)
{
    reply_number(s, (long long)n);
    s->body = bytes;
    s->body_n = n;
    s->newline = true;
}

static bool sending(const struct iiod_session *s)
{
    return s->head_at < s->head_n || s->body_n > 0 || s->newline || s->chunk > 0;
}

/* ---- samples ---- */

/* A refill is what OPEN asked for, or the rest of the READBUF where that is less. */
static size_t refill(const struct iiod_session *s)
{
    size_t left = s->wanted / s->stream.queue.size;

    return left < s->stream.samples ? left : s->stream.samples;
}

static void finish_readbuf(struct iiod_session *s, int error)
{
    s->step = IIOD_STEP_LINE;
    s->wanted = 0;
    if (error < 0)
        reply_number(s, error);
}

static void await(struct iiod_session *s, int64_t now_ns)
{
    int64_t timeout_ms = s->backend->common->timeout_ms;

    s->step = IIOD_STEP_REFILL;
    s->deadline_ns = timeout_ms > 0 ? now_ns + timeout_ms * 1000000 : INT64_MAX;
}

void iiod_session_tick(struct iiod_session *s, int64_t now_ns)
{
    struct iiod_common *common = s->backend->common;

    if (s->stream.open && s->hangups != common->hangups)
        s->over = true;
    if (s->over || s->step != IIOD_STEP_REFILL || now_ns < common->hold_until_ns)
        return;
    int error = s->backend->state(s->backend->ctx, &s->stream);
    if (error == 0 && common->refill_errno > 0) {
        error = -common->refill_errno;
        common->refill_errno = 0;
    }
    size_t n = refill(s);
    if (error == 0 && s->stream.queue.held < n && now_ns >= s->deadline_ns)
        error = -ETIMEDOUT;
    if (error < 0) {
        finish_readbuf(s, error);
        return;
    }
    if (s->stream.queue.held < n)
        return;
    s->chunk = n * s->stream.queue.size;
    s->head_n = (size_t)snprintf(s->head, sizeof s->head, "%zu\n", s->chunk);
    if (!s->masked)
        s->head_n += (size_t)snprintf(s->head + s->head_n, sizeof s->head - s->head_n, "%08" PRIx32 "\n",
                                      s->stream.mask);
    s->masked = true;
    s->step = IIOD_STEP_CHUNK;
}

int64_t iiod_session_wake_ns(const struct iiod_session *s)
{
    const struct iiod_common *common = s->backend->common;
    const struct scan_queue *q = &s->stream.queue;
    int64_t due;
    size_t n;

    if (s->over || s->step != IIOD_STEP_REFILL)
        return INT64_MAX;
    n = refill(s);
    due = q->held >= n ? 0 : s->backend->due_ns(s->backend->ctx, &s->stream, n - q->held);
    if (due > s->deadline_ns)
        due = s->deadline_ns;
    return due < common->hold_until_ns ? common->hold_until_ns : due;
}

size_t iiod_session_output(const struct iiod_session *s, const uint8_t **at)
{
    static const uint8_t newline = '\n';

    if (s->head_at < s->head_n) {
        *at = (const uint8_t *)s->head + s->head_at;
        return s->head_n - s->head_at;
    }
    if (s->body_n > 0) {
        *at = s->body;
        return s->body_n;
    }
    if (s->newline) {
        *at = &newline;
        return 1;
    }
    if (s->chunk > 0) {
        size_t size = s->stream.queue.size;
        size_t run = scan_queue_run(&s->stream.queue, (s->scan_at + s->chunk) / size, at) * size - s->scan_at;
        *at += s->scan_at;
        return run;
    }
    return 0;
}

static void sent_samples(struct iiod_session *s, size_t n, int64_t now_ns)
{
    size_t size = s->stream.queue.size, at = s->scan_at + n;

    scan_queue_drop(&s->stream.queue, at / size);
    s->scan_at = at % size;
    s->chunk -= n;
    s->wanted -= n;
    if (s->chunk > 0)
        return;
    if (s->wanted < size)
        finish_readbuf(s, 0);
    else
        await(s, now_ns);
}

void iiod_session_sent(struct iiod_session *s, size_t n, int64_t now_ns)
{
    if (n == 0)
        return;
    if (s->head_at < s->head_n) {
        s->head_at += n;
        if (s->head_at == s->head_n)
            s->head_at = s->head_n = 0;
    } else if (s->body_n > 0) {
        s->body += n;
        s->body_n -= n;
    } else if (s->newline) {
        s->newline = false;
    } else {
        sent_samples(s, n, now_ns);
    }
}

/* ---- commands ---- */

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

static void close_stream(struct iiod_session *s)
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

static int command_close(struct iiod_session *s)
{
    if (!s->stream.open)
        return -EBADF;
    close_stream(s);
    return 0;
}

static void command_readbuf(struct iiod_session *s, char **word, int words, int64_t now_ns)
{
    unsigned long bytes;

    if (words != 3 || !number(word[2], 10, UINT32_MAX, &bytes))
        reply_number(s, -EINVAL);
    else if (!s->stream.open)
        reply_number(s, -EBADF);
    else if (bytes < s->stream.queue.size)
        reply_number(s, -EINVAL);
    else {
        s->wanted = bytes;
        s->masked = false;
        await(s, now_ns);
        iiod_session_tick(s, now_ns);
    }
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
        reply_number(s, words == 2 ? -ENOSYS : -EINVAL);
        return;
    }
    n = s->backend->read(s->backend->ctx, &a, s->value, IIOD_VALUE_MAX);
    if (n < 0)
        reply_number(s, n);
    else
        reply_bytes(s, s->value, (size_t)n);
}

static void command_write(struct iiod_session *s, char **word, int words)
{
    unsigned long n;
    int used = which(&s->attribute, word, words);

    if (!number(word[words - 1], 10, ULONG_MAX, &n) || n > IIOD_DISCARD_MAX) {
        reply_number(s, -EINVAL); /* what follows cannot be told from a command */
        s->over = true;
        return;
    }
    if (used == 0 || used != words - 1)
        s->attribute.name = NULL;
    s->value_want = n;
    s->value_n = 0;
    s->step = IIOD_STEP_VALUE;
}

static void finish_write(struct iiod_session *s)
{
    int result = -EINVAL;

    if (s->value_want > IIOD_VALUE_MAX)
        result = -E2BIG;
    else if (s->attribute.name) {
        s->value[s->value_want] = 0;
        result = s->backend->write(s->backend->ctx, &s->attribute, s->value, s->value_want);
    }
    s->step = IIOD_STEP_LINE;
    reply_number(s, result);
}

static void command_get_trigger(struct iiod_session *s, char **word)
{
    int n = s->backend->get_trigger(s->backend->ctx, word[1], s->value, IIOD_VALUE_MAX);

    if (n <= 0)
        reply_number(s, n);
    else
        reply_bytes(s, s->value, (size_t)n);
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

/* Those without a device. True: it was one of them. */
static bool plain_command(struct iiod_session *s, char **word, int words)
{
    const struct iiod_backend *b = s->backend;
    const char *name = word[0];

    if (strcmp(name, "EXIT") == 0)
        s->over = true;
    else if (strcmp(name, "VERSION") == 0) {
        s->body = (const uint8_t *)version;
        s->body_n = sizeof version - 1;
    } else if (strcmp(name, "PRINT") == 0)
        reply_bytes(s, b->xml, b->xml_size);
    else if (strcmp(name, "ZPRINT") == 0 && b->xml_zstd)
        reply_bytes(s, b->xml_zstd, b->xml_zstd_size);
    else if (strcmp(name, "TIMEOUT") == 0)
        reply_number(s, command_timeout(s, word, words));
    else
        return false;
    return true;
}

static void command(struct iiod_session *s, int64_t now_ns)
{
    char *word[WORDS_MAX], *save = NULL;
    const char *name;
    int words = 0;

    for (char *w = strtok_r(s->line, " \t\r\n", &save); w; w = strtok_r(NULL, " \t\r\n", &save)) {
        if (words == WORDS_MAX) {
            reply_number(s, -EINVAL);
            s->over = strcmp(word[0], "WRITE") == 0; /* a value of unknown length follows */
            return;
        }
        word[words++] = w;
    }
    if (words == 0 || plain_command(s, word, words))
        return;
    name = word[0];
    if (words < 2)
        reply_number(s, -EINVAL);
    else if (strcmp(name, "OPEN") == 0)
        reply_number(s, command_open(s, word, words));
    else if (strcmp(name, "CLOSE") == 0)
        reply_number(s, command_close(s));
    else if (strcmp(name, "READBUF") == 0)
        command_readbuf(s, word, words, now_ns);
    else if (strcmp(name, "READ") == 0)
        command_read(s, word, words);
    else if (strcmp(name, "WRITE") == 0)
        command_write(s, word, words);
    else if (strcmp(name, "GETTRIG") == 0)
        command_get_trigger(s, word);
    else if (strcmp(name, "SETTRIG") == 0)
        reply_number(s, words > 3
                            ? -EINVAL
                            : s->backend->set_trigger(s->backend->ctx, word[1], words == 3 ? word[2] : ""));
    else if (strcmp(name, "SET") == 0)
        reply_number(s, command_set(s, word, words));
    else
        reply_number(s, -EINVAL);
}

/* ---- bytes ---- */

static size_t feed_value(struct iiod_session *s, const uint8_t *bytes, size_t n)
{
    size_t take = s->value_want - s->value_n < n ? s->value_want - s->value_n : n;

    for (size_t i = 0; i < take; i++)
        if (s->value_n + i < IIOD_VALUE_MAX)
            s->value[s->value_n + i] = (char)bytes[i];
    s->value_n += take;
    if (s->value_n == s->value_want)
        finish_write(s);
    return take;
}

static size_t feed_line(struct iiod_session *s, const uint8_t *bytes, size_t n, int64_t now_ns)
{
    const uint8_t *end = memchr(bytes, '\n', n);
    size_t take = end ? (size_t)(end - bytes) + 1 : n;

    if (s->line_n + take >= IIOD_LINE_MAX || memchr(bytes, 0, take)) {
        reply_number(s, -EINVAL);
        s->over = true;
        return take;
    }
    memcpy(s->line + s->line_n, bytes, take);
    s->line_n += take;
    if (end) {
        s->line[s->line_n] = 0;
        s->line_n = 0;
        command(s, now_ns);
    }
    return take;
}

size_t iiod_session_feed(struct iiod_session *s, const uint8_t *bytes, size_t n, int64_t now_ns)
{
    size_t used = 0;

    while (!s->over && !sending(s)) {
        if (s->step == IIOD_STEP_VALUE && (used < n || s->value_want == 0))
            used += feed_value(s, bytes + used, n - used);
        else if (s->step == IIOD_STEP_LINE && used < n)
            used += feed_line(s, bytes + used, n - used, now_ns);
        else
            break;
    }
    return used;
}

void iiod_session_begin(struct iiod_session *s, const struct iiod_backend *backend)
{
    memset(s, 0, sizeof *s);
    s->backend = backend;
    s->deadline_ns = INT64_MAX;
}

void iiod_session_end(struct iiod_session *s)
{
    close_stream(s);
    s->over = true;
}

bool iiod_session_over(const struct iiod_session *s)
{
    return s->over && (!sending(s) || s->step == IIOD_STEP_CHUNK);
}
