#include "io/iiod_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    IN_MAX = 4096,
    OUT_MAX = 16384, /* one answer of 256 samples with all channels fits */
    EVENTS_MAX = 64,
    BACKLOG = 16,
    ACCEPT_PAUSE_NS = 100000000 /* when the system has no descriptor left */
};

struct client {
    int fd;                    /* -1: free */
    bool ended, reads, writes; /* its end of the talk; what epoll watches */
    size_t in_n, out_n, out_at;
    struct iiod_session session;
    uint8_t in[IN_MAX], out[OUT_MAX];
};

struct iiod_server {
    const struct sys *sys;
    struct iiod_source source;
    int listener, poll, timer;
    bool listens;
    int64_t listen_at_ns, now_ns;
    struct client client[IIOD_CLIENTS_MAX];
};

/* ---- epoll ---- */

enum { TAG_LISTENER = IIOD_CLIENTS_MAX, TAG_TIMER, TAG_STOP };

static int watch(struct iiod_server *s, int op, int fd, uint32_t events, uint32_t tag)
{
    struct epoll_event e = {.events = events, .data.u32 = tag};

    return epoll_ctl(s->poll, op, fd, &e);
}

static void watch_listener(struct iiod_server *s, bool on)
{
    if (on != s->listens && watch(s, EPOLL_CTL_MOD, s->listener, on ? EPOLLIN : 0, TAG_LISTENER) == 0)
        s->listens = on;
}

static void watch_client(struct iiod_server *s, struct client *c)
{
    bool reads = !c->ended && c->in_n < IN_MAX, writes = c->out_at < c->out_n;
    uint32_t events = (reads ? EPOLLIN : 0U) | (writes ? EPOLLOUT : 0U);

    if (reads == c->reads && writes == c->writes)
        return;
    watch(s, EPOLL_CTL_MOD, c->fd, events, (uint32_t)(c - s->client));
    c->reads = reads;
    c->writes = writes;
}

/* ---- clients ---- */

static void drop(struct client *c)
{
    iiod_session_end(&c->session);
    close(c->fd);
    c->fd = -1;
}

static void greet(struct iiod_server *s, int fd)
{
    struct client *c = NULL;
    int one = 1;

    for (size_t i = 0; i < IIOD_CLIENTS_MAX && !c; i++)
        if (s->client[i].fd < 0)
            c = &s->client[i];
    if (!c || s->source.refuses(s->source.ctx)) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (watch(s, EPOLL_CTL_ADD, fd, EPOLLIN, (uint32_t)(c - s->client)) < 0) {
        close(fd);
        return;
    }
    c->fd = fd;
    c->ended = c->writes = false;
    c->reads = true;
    c->in_n = c->out_n = c->out_at = 0;
    iiod_session_begin(&c->session, s->source.backend);
}

static void accept_all(struct iiod_server *s)
{
    int fd;

    while ((fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        greet(s, fd);
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        s->listen_at_ns = s->now_ns + ACCEPT_PAUSE_NS;
        watch_listener(s, false);
    }
}

/* False: the connection is dead. */
static bool receive(struct client *c)
{
    while (c->in_n < IN_MAX && !c->ended) {
        ssize_t n = recv(c->fd, c->in + c->in_n, IN_MAX - c->in_n, 0);
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        c->ended = n == 0;
        c->in_n += (size_t)n;
    }
    return true;
}

/* The session's output into the buffer as far as it fits: one packet for head and samples. */
static void collect(struct client *c, int64_t now_ns)
{
    const uint8_t *at;
    size_t n;

    while (c->out_n < OUT_MAX && (n = iiod_session_output(&c->session, &at)) > 0) {
        if (n > OUT_MAX - c->out_n)
            n = OUT_MAX - c->out_n;
        memcpy(c->out + c->out_n, at, n);
        c->out_n += n;
        iiod_session_sent(&c->session, n, now_ns);
    }
}

/* 1: all is sent; 0: the socket takes no more; -1: the connection is dead. */
static int transmit(struct client *c)
{
    while (c->out_at < c->out_n) {
        ssize_t n = send(c->fd, c->out + c->out_at, c->out_n - c->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
        c->out_at += (size_t)n;
    }
    c->out_n = c->out_at = 0;
    return 1;
}

/* Everything that can go on without waiting. False: hang up. */
static bool serve(struct client *c, int64_t now_ns, bool *fed)
{
    for (;;) {
        iiod_session_tick(&c->session, now_ns);
        size_t used = iiod_session_feed(&c->session, c->in, c->in_n, now_ns);
        *fed = *fed || used > 0;
        c->in_n -= used;
        memmove(c->in, c->in + used, c->in_n);
        collect(c, now_ns);
        if (c->out_n == 0)
            return !iiod_session_over(&c->session) && !(c->ended && (c->in_n == 0 || used == 0));
        int sent = transmit(c);
        if (sent <= 0)
            return sent == 0;
    }
}

/* ---- the loop ---- */

static void set_timer(struct iiod_server *s)
{
    int64_t wake = s->source.wake_ns(s->source.ctx);

    for (size_t i = 0; i < IIOD_CLIENTS_MAX; i++)
        if (s->client[i].fd >= 0) {
            int64_t at = iiod_session_wake_ns(&s->client[i].session);
            wake = at < wake ? at : wake;
        }
    if (!s->listens && s->listen_at_ns < wake)
        wake = s->listen_at_ns;
    if (wake < 1)
        wake = 1; /* 0 would disarm it */
    struct itimerspec t = {.it_value = {.tv_sec = wake / 1000000000, .tv_nsec = wake % 1000000000}};
    if (wake == INT64_MAX)
        t.it_value = (struct timespec){0};
    timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

static void handle(struct iiod_server *s, const struct epoll_event *e)
{
    uint64_t expirations;

    if (e->data.u32 == TAG_LISTENER)
        accept_all(s);
    else if (e->data.u32 == TAG_TIMER)
        (void)!read(s->timer, &expirations, sizeof expirations);
    else if (e->data.u32 < IIOD_CLIENTS_MAX && s->client[e->data.u32].fd >= 0) {
        struct client *c = &s->client[e->data.u32];
        if ((e->events & (EPOLLERR | EPOLLHUP)) || ((e->events & EPOLLIN) && !receive(c)))
            drop(c);
    }
}

/* Whether one of them was told something. */
static bool serve_clients(struct iiod_server *s)
{
    bool fed = false;

    for (size_t i = 0; i < IIOD_CLIENTS_MAX; i++) {
        struct client *c = &s->client[i];
        if (c->fd < 0)
            continue;
        if (serve(c, s->now_ns, &fed))
            watch_client(s, c);
        else
            drop(c);
    }
    return fed;
}

static void serve_all(struct iiod_server *s)
{
    s->now_ns = s->sys->mono_ns(s->sys->ctx);
    s->source.advance(s->source.ctx, s->now_ns);
    if (serve_clients(s))
        serve_clients(s); /* what one client said may be for those before it: a fault, a time-out */
    if (!s->listens && s->now_ns >= s->listen_at_ns)
        watch_listener(s, true);
}

int iiod_server_run(struct iiod_server *s, int stop, struct error *err)
{
    struct epoll_event events[EVENTS_MAX];

    if (stop >= 0 && watch(s, EPOLL_CTL_ADD, stop, EPOLLIN, TAG_STOP) < 0)
        return error_set(err, "epoll: %s", strerror(errno));
    for (;;) {
        serve_all(s);
        if (s->source.over(s->source.ctx))
            return 0;
        set_timer(s);
        int n = epoll_wait(s->poll, events, EVENTS_MAX, -1);
        if (n < 0 && errno != EINTR)
            return error_set(err, "epoll: %s", strerror(errno));
        s->now_ns = s->sys->mono_ns(s->sys->ctx);
        for (int i = 0; i < n; i++) {
            if (events[i].data.u32 == TAG_STOP)
                return 0;
            handle(s, &events[i]);
        }
    }
}

/* ---- life ---- */

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int bind_to(const char *address, uint16_t port, struct error *err)
{
    union any_address a = {.any = {0}};
    socklen_t size = sizeof a.v4;
    int one = 1, fd;

    if (inet_pton(AF_INET, address, &a.v4.sin_addr) == 1) {
        a.v4.sin_family = AF_INET;
        a.v4.sin_port = htons(port);
    } else if (inet_pton(AF_INET6, address, &a.v6.sin6_addr) == 1) {
        a.v6.sin6_family = AF_INET6;
        a.v6.sin6_port = htons(port);
        size = sizeof a.v6;
    } else {
        return error_set(err, "'%s' is no numeric IPv4 or IPv6 address", address);
    }
    fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set(err, "socket: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, &a.any, size) < 0 || listen(fd, BACKLOG) < 0) {
        error_set(err, "%s port %u: %s", address, (unsigned)port, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

int iiod_server_open(struct iiod_server **out, const struct sys *sys, const char *address, uint16_t port,
                     const struct iiod_source *source, struct error *err)
{
    struct iiod_server *s = sys_alloc(sys, sizeof *s);

    *out = NULL;
    if (!s)
        return error_set(err, "out of memory");
    s->sys = sys;
    s->source = *source;
    s->listens = true;
    for (size_t i = 0; i < IIOD_CLIENTS_MAX; i++)
        s->client[i].fd = -1;
    s->poll = epoll_create1(EPOLL_CLOEXEC);
    s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    s->listener = bind_to(address, port, err);
    if (s->listener < 0)
        goto fail;
    if (s->poll < 0 || s->timer < 0 || watch(s, EPOLL_CTL_ADD, s->listener, EPOLLIN, TAG_LISTENER) < 0 ||
        watch(s, EPOLL_CTL_ADD, s->timer, EPOLLIN, TAG_TIMER) < 0) {
        error_set(err, "epoll: %s", strerror(errno));
        goto fail;
    }
    *out = s;
    return 0;
fail:
    iiod_server_close(s);
    return -1;
}

uint16_t iiod_server_port(const struct iiod_server *s)
{
    union any_address a = {.any = {0}};
    socklen_t size = sizeof a;

    if (getsockname(s->listener, &a.any, &size) < 0)
        return 0;
    return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

void iiod_server_close(struct iiod_server *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < IIOD_CLIENTS_MAX; i++)
        if (s->client[i].fd >= 0)
            drop(&s->client[i]);
    if (s->listener >= 0)
        close(s->listener);
    if (s->timer >= 0)
        close(s->timer);
    if (s->poll >= 0)
        close(s->poll);
    sys_free(s->sys, s);
}
