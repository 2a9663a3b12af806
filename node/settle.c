#include "node/settle.h"

#include <string.h>

enum { PART = 64 }; /* samples handed on together: a call costs more than a sample */

int settle_open(struct settle *s, const struct sys *sys, size_t settle, size_t quiet)
{
    memset(s, 0, sizeof *s);
    s->settle = settle;
    s->quiet = quiet ? quiet : 1;
    s->done = settle == 0;
    if (s->done)
        return 0;
    s->sample = sys_alloc(sys, s->quiet * sizeof *s->sample);
    return s->sample ? 0 : -1;
}

void settle_close(struct settle *s, const struct sys *sys)
{
    sys_free(sys, s->sample);
    s->sample = NULL;
}

void settle_flush(struct settle *s, settle_sink sink, void *ctx)
{
    if (s->done || s->held == 0) /* nothing to mirror yet */
        return;
    s->done = true;
    double part[PART][3];
    size_t period = 2 * s->held, n = 0;
    for (size_t back = s->settle; back > 0; back--) { /* ... 1 0 | 0 1 2: even reflection */
        size_t i = (back - 1) % period;
        memcpy(part[n++], s->sample[i < s->held ? i : period - 1 - i], sizeof part[0]);
        if (n == PART || back == 1) {
            sink(ctx, (const double(*)[3])part, n);
            n = 0;
        }
    }
    sink(ctx, (const double(*)[3])s->sample, s->held);
}

void settle_feed(struct settle *s, const double (*zne)[3], size_t n, settle_sink sink, void *ctx)
{
    if (!s->done) {
        size_t take = s->quiet - s->held < n ? s->quiet - s->held : n;
        memcpy(s->sample + s->held, zne, take * sizeof *zne);
        s->held += take;
        zne += take;
        n -= take;
        if (s->held == s->quiet)
            settle_flush(s, sink, ctx);
    }
    if (n > 0)
        sink(ctx, zne, n);
}
