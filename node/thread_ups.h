/* thread_ups.h - asks NUT for mains and battery, in a thread of its own that nobody waits for.
 *
 * Normal priority, and outside the watchdog: a name look-up may take long. Only started where ups.name is set. */
#ifndef TOCSIN_NODE_THREAD_UPS_H
#define TOCSIN_NODE_THREAD_UPS_H

#include <stdbool.h>

#include "alarm/ups.h"
#include "io/ring.h"

struct thread_ups;

/* wake: signalled when the state has changed; NULL: nobody. 0, or -1 with err. */
int thread_ups_open(struct thread_ups **out, const struct sys *sys, const struct ups_conf *conf,
                    const struct wake *wake, struct error *err);
void thread_ups_close(struct thread_ups *t); /* waits for the question that is under way; NULL is fine */
/* Any thread: the last answer; known is false until there is one, and when upsd does not answer. */
struct ups_state thread_ups_state(const struct thread_ups *t);

#endif
