/* thread_lines.h - the thread that sets relays and reads contacts (DESIGN section 4: FIFO 72).
 *
 * Orders of the alarm thread in; debounced contact changes, and what was done with each line, out: three rings, so that
 * an I2C expander's milliseconds, a chip that is gone or one that hangs never hold up the alarm thread. A chip that is
 * gone is searched once a second, and its lines are then set to what they have to be. At the end every line gets its
 * configured state (lines.NAME.stop), and is released. */
#ifndef TOCSIN_NODE_THREAD_LINES_H
#define TOCSIN_NODE_THREAD_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "alarm/contact.h"
#include "alarm/order.h"
#include "alarm/relay.h"
#include "io/error.h"
#include "io/ring.h"
#include "io/sys.h"
#include "node/thread.h"

struct thread_lines;

struct thread_lines_conf {
    const struct relay_table *relays;     /* checked; they outlive the thread */
    const struct contact_table *contacts; /* the same */
    const struct wake *wake;              /* of who reads contacts and done; NULL: looks by itself */
    const uint32_t *last_reset;           /* NULL: as from a start; bits of line_order.reset when going on */
};

/* Opens what there is and starts. A chip that is not there is no failure: thread_lines_state tells it. 0, or -1 with err (memory,
 * descriptors, the thread itself). */
int thread_lines_open(struct thread_lines **out, const struct sys *sys, const struct thread_lines_conf *conf,
                      struct error *err);
/* Ends the thread, which leaves the lines in their safe state; NULL is fine. */
void thread_lines_close(struct thread_lines *t);
struct thread *thread_lines_thread(struct thread_lines *t); /* for the watchdog and a refused priority */

/* The alarm thread; none of them waits. False: the ring is full (order), nothing there (the others). */
bool thread_lines_order(struct thread_lines *t, const struct line_order *order);
bool thread_lines_contact(struct thread_lines *t, struct contact_change *change);
bool thread_lines_done(struct thread_lines *t, struct output_done *done);

/* Any thread. What `healthy` and fail-safe lines show; false until it is said. It moves valves: what comes and goes by the
 * minute is not to be told here. */
void thread_lines_healthy(struct thread_lines *t, bool healthy);

struct thread_lines_relay {
    bool open, energised, on, held, latched, differs;
    int refused; /* errno of the last failure to open or set; 0: none */
};
struct thread_lines_contact {
    bool open, known, active;
    enum contact_fault fault;
};
/* Any thread: as of the moment; index within the table. */
struct thread_lines_relay thread_lines_relay_state(const struct thread_lines *t, size_t index);
struct thread_lines_contact thread_lines_contact_state(const struct thread_lines *t, size_t index);
uint64_t thread_lines_lost(const struct thread_lines *t); /* news that found no room in a ring */

#endif
