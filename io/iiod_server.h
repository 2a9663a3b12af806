/* iiod_server.h - the sockets of io/iiod.h: one thread, one epoll loop, many clients.
 *
 * Samples are paced by a timer on CLOCK_MONOTONIC that is set to the moment at which the next waiting client
 * can be answered, so that nothing wakes in vain. No client can hold up another: sockets never block, and what
 * a slow one does not take stays in its own queue, where the newest is lost. Bounded: IIOD_CLIENTS_MAX
 * connections, further ones are closed at once; memory is taken at open, but for a client's buffer.
 * TCP_NODELAY. Loopback is the caller's affair: there is no authentication in this protocol, and whoever can
 * connect can do everything. */
#ifndef TOCSIN_IO_IIOD_SERVER_H
#define TOCSIN_IO_IIOD_SERVER_H

#include "io/error.h"
#include "io/iiod.h"
#include "io/sys.h"

enum { IIOD_CLIENTS_MAX = 64 };

/* Whose samples they are; called from the server's thread. */
struct iiod_source {
    void *ctx;
    const struct iiod_backend *backend;
    void (*advance)(void *ctx, int64_t now_ns); /* before anything else happens at that time */
    bool (*over)(void *ctx);                    /* nothing more will come: end */
    int64_t (*wake_ns)(void *ctx);              /* look at `over` then; INT64_MAX: no need */
    bool (*refuses)(void *ctx);                 /* new connections, now */
};

struct iiod_server;

/* Listens on a numeric IPv4 or IPv6 address; port 0: a free one. 0 and *out for iiod_server_close, or -1 and
 * err. */
int iiod_server_open(struct iiod_server **out, const struct sys *sys, const char *address, uint16_t port,
                     const struct iiod_source *source, struct error *err);
uint16_t iiod_server_port(const struct iiod_server *s);
/* Serves until the source is over or `stop` becomes readable (-1: never). 0, or -1 and err. */
int iiod_server_run(struct iiod_server *s, int stop, struct error *err);
void iiod_server_close(struct iiod_server *s); /* NULL is fine */

#endif
