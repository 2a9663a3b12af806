/* stamps.h - from a driver's timestamps to one even monotonic time line: what was lost, what came twice, whose clock was set.
 *
 * Neither the kernel nor libiio says that samples were lost: only the timestamps tell, by a step. They also
 * step when nothing was lost: an interrupt was late (and the next ones are early), the clock that stamps
 * was set, a driver gives a whole FIFO one time, the server is another machine whose clock knows nothing of ours.
 * Each sample is held against the one expected:
 *
 *   within 0.6 periods        it is the next one; the expectation follows it slowly
 *   later by up to 0.25 s     lost samples, if the ones behind it are as late (3 in all; more with a clock that
 *                         came back from that, up to 48); else it was jitter
 *   later by more             lost, at once, if that time can have passed by now; else a clock was set
 *   the same or earlier       dropped and counted; from 0.25 s on its time is not believed
 *   ... several so, evenly    a clock was set: the line goes on from there, nothing was lost
 *
 * Without timestamps, or with ones that do not move, times of arrival take their place: the earliest arrivals draw the
 * line, and loss is seen when the line stays 0.25 s behind for 0.5 s.
 *
 * The line is in local CLOCK_MONOTONIC. Stamps of our own clocks are converted exactly (realtime by its
 * offset at the arrival); those of a foreign clock by the smallest delay seen in the last 20 s, so that they are right
 * but for the transport's least delay. Plain data, no clock of its own, no allocation. */
#ifndef TOCSIN_IO_STAMPS_H
#define TOCSIN_IO_STAMPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/rate.h"

enum stamps_clock {
    STAMPS_NONE,      /* there are none */
    STAMPS_MONOTONIC, /* CLOCK_MONOTONIC, as far as the server says; ours, if the first ones agree with it */
    STAMPS_REALTIME,  /* CLOCK_REALTIME, likewise */
    STAMPS_FOREIGN,   /* another machine's, or one that we cannot read */
};

struct stamps_arrival {      /* of a batch, taken when it was there */
    int64_t mono_ns, utc_ns; /* both clocks, one right after the other */
};

struct stamp {
    bool keep;       /* false: drop this sample */
    uint64_t lost;   /* missing in front of it */
    int64_t mono_ns; /* its time */
};

struct stamps_counts {
    uint64_t kept, lost, gaps, duplicates, backward, clock_steps, stale, jitter;
};

enum { STAMPS_FIRST = 32 };

struct stamps {
    enum stamps_clock clock; /* as found; STAMPS_NONE also when they proved unusable */
    double said_ns;          /* period by the driver's rate */
    double period_ns;        /* by the stamps themselves, once known */
    double known_hz;         /* the last rate measured; 0: none yet */
    int64_t opened_ns;
    bool begun;           /* a sample of this opening was kept */
    bool ever;            /* ... or of an earlier one: last_mono_ns holds */
    int64_t last_mono_ns; /* of the last sample kept */
    uint64_t received;    /* in this opening */
    int64_t index;        /* of the next sample in this opening, lost ones counted */
    /* the line, in the stamps' own time */
    int64_t last_ns;      /* the last sample's stamp */
    double next_ns;       /* the next one is expected so long after it */
    unsigned late, early; /* in a row */
    unsigned confirm;     /* as many late ones are a loss */
    unsigned calm;        /* samples since that was last too few */
    double late_ns;       /* the least of the late ones in a row */
    /* stamps that are not believed */
    int64_t odd_ns;
    unsigned odd, odd_dropped;
    double repeat_share; /* of samples whose stamp was the one before; over about 32 */
    unsigned repeats;
    /* the first steps of an opening, which the period is taken from */
    double first[STAMPS_FIRST];
    unsigned firsts;
    /* realtime: its offset to monotonic, and the one before it was last set. foreign: smallest delay of two spans */
    int64_t offset_ns, old_offset_ns, floor_ns[2], floor_began_ns;
    /* without stamps */
    int64_t behind_since_ns; /* 0: the line is not behind */
    double behind_ns;
    struct rate by_stamp, by_arrival;
    struct stamps_counts counts;
};

/* Nothing was ever open. */
void stamps_init(struct stamps *s);
/* A new opening (opened_ns: just before samples could come): the line goes on where it was, over the outage. */
void stamps_open(struct stamps *s, double rate_hz, enum stamps_clock clock, int64_t opened_ns);
/* n samples that arrived together: out[n]. stamp_ns is not looked at where there are none. */
void stamps_batch(struct stamps *s, const int64_t *stamp_ns, size_t n, struct stamps_arrival arrival,
                  struct stamp *out);
/* The rate as measured: by the stamps, or by arrival where these say another one over a long time (drivers that make
 * stamps up from the nominal rate). 0: not known yet. */
double stamps_rate_hz(const struct stamps *s);

#endif
