#include "io/clock.h"

#include <string.h>
#include <sys/timex.h>

#define FIRST_PLAUSIBLE_NS (INT64_C(1577836800) * 1000000000) /* 2020-01-01 */

/* Three times mono, UTC, mono: the narrowest pair says best what belongs together. */
static int64_t offset(const struct sys *sys)
{
    int64_t best = 0, narrowest = INT64_MAX;

    for (int i = 0; i < 3; i++) {
        int64_t before = sys->mono_ns(sys->ctx);
        int64_t utc = sys->utc_ns(sys->ctx);
        int64_t after = sys->mono_ns(sys->ctx);
        if (after - before < narrowest) {
            narrowest = after - before;
            best = utc - (before + (after - before) / 2);
        }
    }
    return best;
}

static void synchronisation(struct clock_state *s)
{
    struct timex t;

    memset(&t, 0, sizeof t);
    int status = adjtimex(&t);
    s->synchronised = status >= 0 && status != TIME_ERROR && !(t.status & STA_UNSYNC);
    s->error_ns = status < 0 ? 0 : (int64_t)t.maxerror * 1000;
}

void clock_look(struct clock *c, bool freeze)
{
    struct clock_state *s = &c->now;
    int64_t now = offset(c->sys), moved = now - s->offset_ns;
    int64_t apart = moved < 0 ? -moved : moved;

    synchronisation(s);
    s->frozen = freeze && s->epoch > 0;
    if (!s->frozen && (s->epoch == 0 || apart >= CLOCK_REVISE_NS)) {
        s->steps += s->epoch > 0 && apart >= CLOCK_STEP_NS;
        s->offset_ns = now;
        s->epoch++;
    }
    s->plausible = s->offset_ns + c->sys->mono_ns(c->sys->ctx) >= FIRST_PLAUSIBLE_NS;
    latest_put(&c->head, c->word, s, sizeof *s);
}

void clock_init(struct clock *c, const struct sys *sys)
{
    memset(c, 0, sizeof *c);
    c->sys = sys;
    clock_look(c, false);
}

void clock_state(const struct clock *c, struct clock_state *s)
{
    /* Disturbed: the old state is good enough, and a thread of high priority must not wait for a low one. */
    (void)latest_get(&c->head, c->word, s, sizeof *s);
}
