#include "io/iiod.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/iiod_parts.h"

/* ---- what is to be sent ---- */

void iiod_reply_number(struct iiod_session *s, long long n)
{
    s->head_n = (size_t)snprintf(s->head, sizeof s->head, "%lld\n", n);
}

void iiod_reply_bytes(struct iiod_session *s, const void *bytes, size_t n)
{
    iiod_reply_number(s, (long long)n);
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
        iiod_reply_number(s, error);
}

void iiod_await(struct iiod_session *s, int64_t now_ns)
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
        iiod_await(s, now_ns);
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

/* ---- bytes ---- */

static size_t feed_value(struct iiod_session *s, const uint8_t *bytes, size_t n)
{
    size_t take = s->value_want - s->value_n < n ? s->value_want - s->value_n : n;

    for (size_t i = 0; i < take; i++)
        if (s->value_n + i < IIOD_VALUE_MAX)
            s->value[s->value_n + i] = (char)bytes[i];
    s->value_n += take;
    if (s->value_n == s->value_want)
        iiod_finish_write(s);
    return take;
}

static size_t feed_line(struct iiod_session *s, const uint8_t *bytes, size_t n, int64_t now_ns)
{
    const uint8_t *end = memchr(bytes, '\n', n);
    size_t take = end ? (size_t)(end - bytes) + 1 : n;

    if (s->line_n + take >= IIOD_LINE_MAX || memchr(bytes, 0, take)) {
        iiod_reply_number(s, -EINVAL);
        s->over = true;
        return take;
    }
    memcpy(s->line + s->line_n, bytes, take);
    s->line_n += take;
    if (end) {
        s->line[s->line_n] = 0;
        s->line_n = 0;
        iiod_command(s, now_ns);
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
    iiod_close_stream(s);
    s->over = true;
}

bool iiod_session_over(const struct iiod_session *s)
{
    return s->over && (!sending(s) || s->step == IIOD_STEP_CHUNK);
}
