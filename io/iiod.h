/* iiod.h - the server's side of iiod's text protocol (libiio 0.24), as a state machine over bytes.
 *
 * A client sends lines (CR LF or LF) and gets numbers, texts and samples:
 *
 *     VERSION                                     0.24.tocsin (and a blank)
 *     PRINT                                       LENGTH \n XML \n      (ZPRINT: the same as a Zstandard frame)
 *     TIMEOUT ms                                  0
 *     OPEN device samples mask                    0; mask in hex: bit i is the i-th channel of the XML
 *     READBUF device bytes                        LENGTH \n mask \n, then the samples; until all came further
 *                                                 LENGTH \n and samples, or a negative errno
 *     CLOSE device                                0
 *     READ device [INPUT channel|DEBUG|BUFFER] attribute            LENGTH \n value \n
 *     WRITE device [INPUT channel|DEBUG|BUFFER] attribute LENGTH, then the value      LENGTH
 *     GETTRIG device                              LENGTH \n name \n
 *     SETTRIG device [trigger]                    0
 *     SET device BUFFERS_COUNT n                  0
 *     EXIT                                        (hangs up)
 *
 * and a negative errno for what is refused; -EINVAL for what is not understood. A line that is too long ends
 * the session, since nobody can tell where the next one begins. A client holds one control connection and
 * one more for each open buffer; each connection is one session here, with the kernel's queue of its buffer.
 *
 * No sockets, no clock, no allocation but in the backend's open: bytes go in by iiod_session_feed, bytes
 * come out by iiod_session_output, time is an argument (ns, CLOCK_MONOTONIC). All sessions of a backend
 * belong to one thread. */
#ifndef TOCSIN_IO_IIOD_H
#define TOCSIN_IO_IIOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/scan_queue.h"

enum {
    IIOD_LINE_MAX = 512,       /* bytes of a line; libiio's longest is some 100 */
    IIOD_VALUE_MAX = 1024,     /* bytes of an attribute's value; a longer one to write is read over, -E2BIG */
    IIOD_PORT = 30431,         /* assigned by IANA */
    IIOD_DISCARD_MAX = 1 << 20 /* a longer value ends the session */
};

struct iiod_stream { /* one open buffer */
    struct scan_queue queue;
    bool open;
    size_t samples; /* a refill's */
    uint32_t mask;
};

/* What all sessions of a server have in common, as in the real one: a client's TIMEOUT counts for all. The
 * rest is what a backend lets happen to them. */
struct iiod_common {
    int64_t timeout_ms;    /* of a refill; 0: none */
    int64_t hold_until_ns; /* no refill is answered before */
    int refill_errno;      /* the next refill fails so, once; 0: none */
    uint32_t hangups;      /* counts: sessions with an open buffer that began before it rose are over */
};

enum iiod_where { IIOD_DEVICE, IIOD_CHANNEL, IIOD_DEBUG, IIOD_BUFFER };

struct iiod_attribute {
    enum iiod_where where;
    const char *device, *channel, *name; /* channel: "" where there is none */
};

/* What is served. Each call answers at once; texts that are handed in live for the call. */
struct iiod_backend {
    void *ctx;
    struct iiod_common *common;
    const char *xml; /* the context; lives as long as the sessions */
    size_t xml_size;
    const uint8_t *xml_zstd; /* the same as a Zstandard frame; NULL: ZPRINT is not understood */
    size_t xml_zstd_size;
    /* Bytes of the value, at most `room`, or -errno. */
    int (*read)(void *ctx, const struct iiod_attribute *a, char *to, size_t room);
    /* n, or -errno; value[n] is 0. */
    int (*write)(void *ctx, const struct iiod_attribute *a, const char *value, size_t n);
    /* Opens s->queue and sets s->mask to what will come (not 0); 0, or -errno. */
    int (*open)(void *ctx, const char *device, struct iiod_stream *s, size_t samples, uint32_t mask);
    void (*close)(void *ctx, struct iiod_stream *s);
    /* When so many more scans will have been queued, as far as is known now; INT64_MAX: unknown. */
    int64_t (*due_ns)(void *ctx, const struct iiod_stream *s, size_t more);
    /* 0, or -errno: no refill can ever be answered as things stand (the sensor is gone). */
    int (*state)(void *ctx, const struct iiod_stream *s);
    int (*get_trigger)(void *ctx, const char *device, char *to, size_t room);
    int (*set_trigger)(void *ctx, const char *device, const char *trigger); /* "": none */
    int (*set_buffers)(void *ctx, const char *device, unsigned buffers);
};

enum iiod_step {
    IIOD_STEP_LINE,   /* reads a line */
    IIOD_STEP_VALUE,  /* reads the value of a WRITE */
    IIOD_STEP_REFILL, /* a READBUF waits for samples */
    IIOD_STEP_CHUNK   /* ... and sends some */
};

struct iiod_session {
    const struct iiod_backend *backend;
    struct iiod_stream stream;
    enum iiod_step step;
    bool over; /* hang up, once the output is sent */
    uint32_t hangups;
    char line[IIOD_LINE_MAX];
    size_t line_n;
    struct iiod_attribute attribute; /* of the WRITE; its texts lie in line */
    size_t value_n, value_want;
    char value[IIOD_VALUE_MAX + 1];
    /* what is to be sent: head, then body, then the tail's newline */
    char head[64];
    size_t head_n, head_at;
    const uint8_t *body;
    size_t body_n;
    bool newline;
    /* the READBUF */
    size_t wanted;  /* bytes still to come */
    size_t chunk;   /* bytes of the chunk being sent */
    size_t scan_at; /* bytes of the queue's first scan that are sent already */
    bool masked;    /* the mask was told */
    int64_t deadline_ns;
};

void iiod_session_begin(struct iiod_session *s, const struct iiod_backend *backend);
void iiod_session_end(struct iiod_session *s); /* closes its buffer */
/* Takes bytes as long as nothing is waiting to be sent or queued: how many. */
size_t iiod_session_feed(struct iiod_session *s, const uint8_t *bytes, size_t n, int64_t now_ns);
/* Bytes to be sent now: how many, and where. 0: none. */
size_t iiod_session_output(const struct iiod_session *s, const uint8_t **at);
void iiod_session_sent(struct iiod_session *s, size_t n, int64_t now_ns); /* n of them were */
/* Looks whether a READBUF that waits can go on: call it when samples came, and at iiod_session_wake_ns. */
void iiod_session_tick(struct iiod_session *s, int64_t now_ns);
int64_t iiod_session_wake_ns(const struct iiod_session *s); /* INT64_MAX: never */
bool iiod_session_over(const struct iiod_session *s);       /* and nothing left to send: hang up */

#endif
