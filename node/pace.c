#include "node/pace.h"

#include <errno.h>
#include <time.h>

int64_t pace_due_ns(struct pace *p, double time_s)
{
    if (p->began_ns == 0)
        p->began_ns = p->sys->mono_ns(p->sys->ctx);
    return p->began_ns + (int64_t)(time_s / p->speed * 1e9);
}

void pace_wait(struct pace *p, double time_s)
{
    int64_t due_ns = pace_due_ns(p, time_s);
    struct timespec until = {.tv_sec = (time_t)(due_ns / 1000000000), .tv_nsec = (long)(due_ns % 1000000000)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

size_t pace_block(const struct pace *p, double rate_hz, size_t most)
{
    double n = 0.1 * p->speed * rate_hz;

    return n < 1 ? 1 : n < (double)most ? (size_t)n : most;
}
