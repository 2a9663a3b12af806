/* clock.h - from the monotonic clock to UTC: a mapping that is revised, never a clock that steps.
 *
 * Everything that waits or counts uses the monotonic clock; UTC is worked out from it when something is told.
 * A clock that is set, synchronised or corrected by a leap second therefore moves names of times, and is no
 * gap in the data. While an event lasts the mapping is frozen: one event has one time scale.
 *
 * One thread looks (clock_look, once a second); any thread reads the state (clock_state). */
#ifndef TOCSIN_IO_CLOCK_H
#define TOCSIN_IO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "io/latest.h"
#include "io/sys.h"

/* The mapping follows the system's clock once it is off by this much: smaller differences are the noise of
 * reading two clocks one after the other. Own choice. */
enum { CLOCK_REVISE_NS = 100000 };
/* A difference from which on the clock has been set, not steered (the kernel steers by at most 500 ppm, adjtimex(2)):
 * counted as a step. */
enum { CLOCK_STEP_NS = 10000000 };

struct clock_state {
    int64_t offset_ns; /* UTC = monotonic + offset */
    int64_t error_ns;  /* the kernel's estimate of its largest error; meaningless unless synchronised */
    uint32_t epoch;    /* counts revisions of the offset, from 1; 0: never looked */
    uint32_t steps;    /* how often the clock was set while we ran */
    bool synchronised; /* the kernel says so (NTP, PTP or GPS by whichever daemon) */
    bool plausible;    /* not before 2020: a board without a battery clock starts in 1970 */
    bool frozen;       /* an event lasts; the offset stays until it ends */
};

struct clock {
    const struct sys *sys;
    struct clock_state now;
    struct latest head;
    _Atomic uint64_t word[LATEST_WORDS(struct clock_state)];
};

void clock_init(struct clock *c, const struct sys *sys); /* looks once */
/* The looking thread: reads both clocks and the kernel's synchronisation. freeze: an event lasts. */
void clock_look(struct clock *c, bool freeze);
/* Any thread, never waiting: *s is the caller's, kept from call to call (zeroed before the first); it stays as it
 * was when the looking thread is at work this very moment. */
void clock_state(const struct clock *c, struct clock_state *s);
static inline int64_t clock_utc_ns(const struct clock_state *s, int64_t mono_ns)
{
    return mono_ns + s->offset_ns;
}

#endif
