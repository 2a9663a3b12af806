/* siren_listen.h - a siren test: the microphone's side, and what both threads tell each other about it.
 *
 * The siren thread asks and holds the test back; the card thread opens the microphone, takes half a second of
 * what is there without the tone, and says ready; the siren thread plays, and tells when the tone is at the
 * loudspeaker's socket; the card thread listens until it has heard it or LISTEN_S have passed. The microphone
 * is open for those seconds only. What is more important ends the test at any point. */
#ifndef TOCSIN_NODE_SIREN_LISTEN_H
#define TOCSIN_NODE_SIREN_LISTEN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "alarm/siren_conf.h"
#include "io/ring.h"
#include "io/sys.h"
#include "node/thread.h"
#include "node/thread_siren.h"

#define LISTEN_S 4.0 /* after the tone's first frame: its 1.6 s, and amplifiers that take 2 s to wake */

struct listen {
    const struct sys *sys;
    const struct siren_conf *conf;
    const struct wake *wake; /* of the siren thread */
    _Atomic int state;
    _Atomic int64_t tone_ns, current_ns; /* 0: not (yet) */
    uint32_t number;
};

void listen_init(struct listen *l, const struct sys *sys, const struct siren_conf *conf,
                 const struct wake *wake);

void listen_current(struct listen *l, int64_t at_ns); /* any thread */

/* The siren thread; none waits. */
void listen_ask(struct listen *l);
bool listen_ready(const struct listen *l);
void listen_tone(struct listen *l, int64_t heard_ns); /* when the tone's first frame is at the socket */
void listen_end(struct listen *l);

/* The card thread. */
bool listen_asked(const struct listen *l);
void listen_run(struct listen *l, struct thread *self, struct siren_test *test); /* seconds */

#endif
