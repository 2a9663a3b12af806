#include "io/stamps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR   0.6   /* of a period: this is the next sample */
#define FOLLOW 0.25  /* how far the expectation follows it: a rate wrong by 10 % leaves it 0.4 periods off */
#define FAR_NS 250e6 /* far more than an interrupt can be late */
#define SLACK_NS                                                                                             \
    20000000 /* two clocks read one after the other by a thread that may be preempted in between */
#define OWN_CLOCK_NS                                                                                         \
    1000000000 /* a stamp no older than this at the first arrival is by the clock that it names */
#define FLOOR_SPAN_NS 10000000000
#define BEHIND_NS     500000000
#define RATE_DISAGREE 0.005 /* stamps that are made up from the nominal rate are off by more */
#define RATE_FIRST    0.03  /* the first steps are believed from here on: less is told by the line later */
#define STAMP_MAX     (INT64_C(1) << 61) /* 73 years: what is beyond is no time, and would overflow differences */
#define RATE_FACTOR   4                  /* no chip's rate is off by more; what says so makes no sense */
enum { CONFIRM = 3, CONFIRM_MAX = 48, CALM = 8192, ODD = 4, REPEATS = 8 };
/* All constants of this file: own choice. */

void stamps_init(struct stamps *s)
{
    memset(s, 0, sizeof *s);
    s->confirm = CONFIRM;
}

static void forget_floor(struct stamps *s)
{
    s->floor_ns[0] = s->floor_ns[1] = INT64_MAX;
    s->floor_began_ns = 0;
}

void stamps_open(struct stamps *s, double rate_hz, enum stamps_clock clock, int64_t opened_ns)
{
    double said_ns = 1e9 / rate_hz;

    if (said_ns != s->said_ns) {
        s->said_ns = s->period_ns = said_ns;
        s->known_hz = 0;
    }
    s->clock = clock;
    s->opened_ns = opened_ns;
    s->begun = false;
    s->received = 0;
    s->index = 0;
    s->late = s->early = s->odd = s->odd_dropped = s->repeats = s->firsts = 0;
    s->repeat_share = 0;
    s->offset_ns = s->old_offset_ns = 0;
    s->behind_since_ns = 0;
    forget_floor(s);
    rate_init(&s->by_stamp, rate_hz);
    rate_init(&s->by_arrival, rate_hz);
}

/* From the stamps' time to the monotonic clock's. */
static int64_t map_ns(const struct stamps *s)
{
    if (s->clock != STAMPS_FOREIGN)
        return 0;
    int64_t floor = s->floor_ns[0] < s->floor_ns[1] ? s->floor_ns[0] : s->floor_ns[1];
    return floor == INT64_MAX ? 0 : floor;
}

static void note_floor(struct stamps *s, int64_t at, int64_t arrival_ns)
{
    if (arrival_ns - s->floor_began_ns > FLOOR_SPAN_NS || s->floor_began_ns == 0) {
        s->floor_ns[1] = s->floor_ns[0];
        s->floor_ns[0] = INT64_MAX;
        s->floor_began_ns = arrival_ns;
    }
    if (arrival_ns - at < s->floor_ns[0])
        s->floor_ns[0] = arrival_ns - at;
}

/* The sample takes its place in the line; at: its time there. */
static struct stamp keep(struct stamps *s, int64_t at, uint64_t lost)
{
    struct stamp out = {.keep = true, .mono_ns = at + map_ns(s)};

    if (!s->begun && s->ever) { /* over the outage: it is one, however short */
        double missing = (double)(out.mono_ns - s->last_mono_ns) / s->period_ns - 1;
        lost = missing > 1 ? (uint64_t)llround(missing) : 1;
    }
    if (s->ever && out.mono_ns <= s->last_mono_ns)
        out.mono_ns = s->last_mono_ns + 1;
    out.lost = lost;
    s->counts.lost += lost;
    s->counts.gaps += lost > 0;
    s->counts.kept++;
    s->index += s->begun ? (int64_t)lost : 0;
    s->begun = s->ever = true;
    s->last_mono_ns = out.mono_ns;
    return out;
}

/* ... and is believed: the rate is measured by it. after_ns: from it to the next. */
static struct stamp believe(struct stamps *s, int64_t at, uint64_t lost, double after_ns)
{
    struct stamp out = keep(s, at, lost);

    rate_add(&s->by_stamp, s->index++, at);
    s->last_ns = at;
    s->next_ns = after_ns;
    s->odd = s->odd_dropped = 0;
    return out;
}

/* ... at its expected time, whatever its stamp says. */
static struct stamp keep_expected(struct stamps *s)
{
    s->last_ns += llround(s->next_ns);
    s->next_ns = s->period_ns;
    struct stamp out = keep(s, s->last_ns, 0);
    s->index++;
    return out;
}

static struct stamp drop(uint64_t *count)
{
    ++*count;
    return (struct stamp){.keep = false};
}

/* The clock behind the stamps was set: the line goes on with them, where it would have been. */
static struct stamp set_clock(struct stamps *s, int64_t at, int64_t arrival_ns)
{
    int64_t expected = s->last_mono_ns + llround(s->period_ns * (1 + s->odd_dropped));

    if (expected > arrival_ns)
        expected = arrival_ns;
    s->counts.clock_steps++;
    s->clock = STAMPS_FOREIGN;
    forget_floor(s);
    s->floor_began_ns = arrival_ns;
    s->floor_ns[0] = expected - at;
    rate_init(&s->by_stamp, 1e9 / s->period_ns);
    s->late = s->early = 0;
    return believe(s, at, s->odd_dropped, s->period_ns);
}

/* A stamp that cannot be, unless several agree. dropped: the sample goes with it. */
static struct stamp odd(struct stamps *s, int64_t at, int64_t arrival_ns, uint64_t *dropped)
{
    double step = (double)(at - s->odd_ns);
    bool follows = s->odd > 0 && fabs(step - s->period_ns) <= NEAR * s->period_ns;

    s->odd = follows ? s->odd + 1 : 1;
    s->odd_ns = at;
    if (s->odd >= ODD)
        return set_clock(s, at, arrival_ns);
    if (!dropped)
        return keep_expected(s);
    s->odd_dropped++;
    return drop(dropped);
}

static bool is_credible(const struct stamps *s, double period_ns)
{
    return period_ns > s->said_ns / RATE_FACTOR && period_ns < s->said_ns * RATE_FACTOR;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The first steps are taken as they are; then their median says the period, and their sum what was missing. */
static struct stamp begin(struct stamps *s, int64_t at, double step)
{
    uint64_t lost = 0;

    s->first[s->firsts++] = step;
    if (s->firsts == STAMPS_FIRST) {
        double sorted[STAMPS_FIRST], sum = 0;
        for (int i = 0; i < STAMPS_FIRST; i++)
            sum += sorted[i] = s->first[i];
        qsort(sorted, STAMPS_FIRST, sizeof *sorted, compare);
        double median = (sorted[STAMPS_FIRST / 2 - 1] + sorted[STAMPS_FIRST / 2]) / 2;
        if (s->known_hz == 0 && is_credible(s, median) && fabs(median / s->period_ns - 1) > RATE_FIRST)
            s->period_ns = median;
        double missing = sum / s->period_ns - STAMPS_FIRST;
        lost = missing >= 1 - NEAR / 2 ? (uint64_t)llround(missing) : 0;
    }
    return believe(s, at, lost, s->period_ns);
}

/* As late as before: lost samples delay all that follow by the same, an interrupt that was late is caught up. */
static bool is_as_late(const struct stamps *s, double late_ns, double than_ns)
{
    return fabs(late_ns - than_ns) <= s->period_ns / 2;
}

/* Is what comes behind it in the batch as late? */
static bool stays_late(const struct stamps *s, double late_ns, const int64_t *ahead_ns, size_t ahead)
{
    for (size_t i = 1; i < CONFIRM; i++) {
        if (i > ahead)
            return false;
        double apart = (double)(ahead_ns[i] - ahead_ns[0]) - (double)i * s->period_ns;
        if (!is_as_late(s, late_ns + apart, late_ns))
            return false;
    }
    return true;
}

static struct stamp late(struct stamps *s, int64_t at, double late_ns, const int64_t *ahead_ns, size_t ahead)
{
    if (s->late > 0 && !is_as_late(s, late_ns, s->late_ns))
        s->late = 0;
    s->late_ns = s->late++ == 0 ? late_ns : fmin(s->late_ns, late_ns);
    s->early = 0;
    bool sure = s->confirm == CONFIRM && s->late == 1 && stays_late(s, late_ns, ahead_ns, ahead);
    if (late_ns > FAR_NS || s->late >= s->confirm || sure) {
        double missing = fmax(round((late_ns > FAR_NS ? late_ns : s->late_ns) / s->period_ns), 1);
        double rest = late_ns - missing * s->period_ns;
        s->late = 0;
        return believe(s, at, (uint64_t)missing, s->period_ns - (1 - FOLLOW) * rest);
    }
    s->counts.jitter++;
    return believe(s, at, 0, s->period_ns - late_ns);
}

static struct stamp early(struct stamps *s, int64_t at, double late_ns)
{
    s->late = 0;
    s->counts.jitter++;
    if (++s->early < CONFIRM)
        return believe(s, at, 0, s->period_ns - late_ns);
    s->early = 0;
    s->index -= llround(-late_ns / s->period_ns);
    /* Nothing can be early for long: what was taken for a loss was none. This clock needs more patience. */
    s->confirm = s->confirm * 2 < CONFIRM_MAX ? s->confirm * 2 : CONFIRM_MAX;
    s->calm = 0;
    return believe(s, at, 0, s->period_ns);
}

static struct stamp repeated(struct stamps *s, int64_t at, int64_t arrival_ns)
{
    bool same = at == s->last_ns;

    s->repeats = same ? s->repeats + 1 : 0;
    if (s->repeats >= REPEATS || s->repeat_share > 0.4) {
        s->clock = STAMPS_NONE; /* they stand still, or a whole FIFO has one time */
        s->last_ns = s->last_mono_ns;
        s->next_ns = s->period_ns;
        return drop(&s->counts.duplicates);
    }
    if (same)
        return drop(&s->counts.duplicates);
    return odd(s, at, arrival_ns, &s->counts.backward);
}

static struct stamp by_stamp(struct stamps *s, const int64_t *at_ns, size_t ahead, int64_t arrival_ns)
{
    int64_t at = *at_ns;
    bool possible = at + map_ns(s) <= arrival_ns + SLACK_NS;

    if (!s->begun) {
        if (!possible)
            return drop(&s->counts.backward);
        if (s->clock != STAMPS_FOREIGN && at < s->opened_ns - (int64_t)s->period_ns / 2)
            return drop(&s->counts.stale);
        return believe(s, at, 0, s->period_ns);
    }
    double step = (double)(at - s->last_ns), late_ns = step - s->next_ns;
    s->repeat_share += ((step == 0) - s->repeat_share) / 32;
    if (step <= 0 && step > -FAR_NS)
        return repeated(s, at, arrival_ns);
    s->repeats = 0;
    if (step <= -FAR_NS || !possible)
        return odd(s, at, arrival_ns, NULL);
    if (s->firsts < STAMPS_FIRST && step < FAR_NS)
        return begin(s, at, step);
    if (late_ns > NEAR * s->period_ns)
        return late(s, at, late_ns, at_ns, ahead);
    if (late_ns < -NEAR * s->period_ns)
        return early(s, at, late_ns);
    s->late = s->early = 0;
    if (++s->calm >= CALM) {
        s->confirm = s->confirm / 2 > CONFIRM ? s->confirm / 2 : CONFIRM;
        s->calm = 0;
    }
    return believe(s, at, 0, s->period_ns - (1 - FOLLOW) * late_ns);
}

/* Without stamps: the batch's last sample was there at its arrival, if not earlier. */
static void by_arrival(struct stamps *s, size_t n, int64_t arrival_ns, struct stamp *out)
{
    double line = s->begun ? s->next_ns + (double)(n - 1) * s->period_ns : 0;
    double late_ns = s->begun ? (double)(arrival_ns - s->last_ns) - line : 0;
    uint64_t lost = 0;

    if (!s->begun) {
        s->last_ns = arrival_ns - llround((double)n * s->period_ns);
        s->next_ns = s->period_ns;
    } else if (late_ns < 0) {
        s->next_ns += late_ns;
        s->behind_since_ns = 0;
    } else if (late_ns <= FAR_NS) {
        s->next_ns += 0.02 * late_ns;
        s->behind_since_ns = 0;
    } else if (s->behind_since_ns == 0) {
        s->behind_since_ns = arrival_ns;
        s->behind_ns = late_ns;
    } else {
        s->behind_ns = fmin(s->behind_ns, late_ns);
        if (arrival_ns - s->behind_since_ns >= BEHIND_NS) {
            lost = (uint64_t)llround(s->behind_ns / s->period_ns);
            s->next_ns += (double)lost * s->period_ns;
            s->behind_since_ns = 0;
        }
    }
    for (size_t i = 0; i < n; i++) {
        int64_t whole = llround(s->next_ns);
        s->next_ns += s->period_ns - (double)whole;
        s->last_ns += whole;
        out[i] = keep(s, s->last_ns, i == 0 ? lost : 0);
        s->index++;
    }
}

/* Which of the first samples were in the device before it was opened, as more came than can have been taken since. */
static size_t stale(struct stamps *s, size_t n, int64_t arrival_ns)
{
    double possible = (double)(arrival_ns - s->opened_ns) / s->period_ns + 2;
    size_t old = 0;

    s->received += n;
    if (s->begun || (s->clock != STAMPS_FOREIGN && s->clock != STAMPS_NONE))
        return 0;
    while (old < n && (double)s->received > possible) {
        s->received--;
        old++;
    }
    s->counts.stale += old;
    return old;
}

/* Is it the clock that it says? Only the first arrival of an opening can be off by nothing but the transport. */
static void recognise(struct stamps *s, int64_t newest_ns, struct stamps_arrival arrival)
{
    int64_t now = s->clock == STAMPS_REALTIME ? arrival.utc_ns : arrival.mono_ns;

    if (s->clock == STAMPS_FOREIGN || s->clock == STAMPS_NONE)
        return;
    if (newest_ns > now + SLACK_NS || newest_ns < now - OWN_CLOCK_NS)
        s->clock = STAMPS_FOREIGN;
    s->offset_ns = s->old_offset_ns = arrival.mono_ns - arrival.utc_ns;
}

static void follow_realtime(struct stamps *s, struct stamps_arrival arrival)
{
    int64_t offset = arrival.mono_ns - arrival.utc_ns;

    if (llabs(offset - s->offset_ns) > SLACK_NS / 2) { /* set, not steered */
        s->old_offset_ns = s->offset_ns;
        s->counts.clock_steps++;
    }
    s->offset_ns = offset;
}

static int64_t within(int64_t stamp)
{
    return stamp > STAMP_MAX ? STAMP_MAX : stamp < -STAMP_MAX ? -STAMP_MAX : stamp;
}

/* A realtime stamp from before the clock was set is converted by the offset of then. */
static int64_t own_time(const struct stamps *s, int64_t stamp)
{
    stamp = within(stamp);
    if (s->clock != STAMPS_REALTIME)
        return stamp;
    int64_t by_new = stamp + s->offset_ns, by_old = stamp + s->old_offset_ns;
    double expected = (double)s->last_ns + s->next_ns;
    return s->begun && fabs((double)by_old - expected) < fabs((double)by_new - expected) ? by_old : by_new;
}

static void learn(struct stamps *s)
{
    double hz = stamps_rate_hz(s);

    if (hz > 0 && is_credible(s, 1e9 / hz)) {
        s->known_hz = hz;
        s->period_ns = 1e9 / hz;
    }
}

void stamps_batch(struct stamps *s, const int64_t *stamp_ns, size_t n, struct stamps_arrival arrival,
                  struct stamp *out)
{
    uint32_t points = s->by_stamp.points + s->by_arrival.points;
    size_t i = 0;

    if (n == 0)
        return;
    if (!s->begun)
        recognise(s, s->clock == STAMPS_NONE ? 0 : within(stamp_ns[n - 1]), arrival);
    if (s->clock == STAMPS_REALTIME)
        follow_realtime(s, arrival);
    if (s->clock == STAMPS_FOREIGN && !s->begun) /* else nothing could be mapped */
        note_floor(s, within(stamp_ns[n - 1]), arrival.mono_ns);
    for (size_t old = stale(s, n, arrival.mono_ns); i < old; i++)
        out[i] = (struct stamp){.keep = false};
    for (; i < n && s->clock != STAMPS_NONE; i++) {
        int64_t at[CONFIRM];
        size_t ahead = n - 1 - i < CONFIRM - 1 ? n - 1 - i : CONFIRM - 1;
        for (size_t k = 0; k <= ahead; k++)
            at[k] = own_time(s, stamp_ns[i + k]);
        out[i] = by_stamp(s, at, ahead, arrival.mono_ns);
        if (s->clock == STAMPS_FOREIGN && out[i].keep && s->odd == 0)
            note_floor(s, at[0], arrival.mono_ns);
    }
    if (i < n)
        by_arrival(s, n - i, arrival.mono_ns, out + i);
    if (s->begun)
        rate_add(&s->by_arrival, s->index - 1, arrival.mono_ns);
    if (points != s->by_stamp.points + s->by_arrival.points)
        learn(s);
}

double stamps_rate_hz(const struct stamps *s)
{
    double stamp = rate_hz(&s->by_stamp), arrival = rate_hz(&s->by_arrival);

    if (s->clock == STAMPS_NONE || stamp == 0)
        return arrival > 0 ? arrival : s->known_hz;
    if (arrival > 0 && s->by_arrival.points >= RATE_POINTS / 2 && fabs(arrival / stamp - 1) > RATE_DISAGREE)
        return arrival;
    return stamp;
}
