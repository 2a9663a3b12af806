#include "node/thread_lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "alarm/lines.h"

enum {
    ORDERS = 64,
    NEWS = 256,
    READ_MS = 10,     /* how often contacts are read whose chip tells no edges */
    SEARCH_MS = 1000, /* how often a chip is searched that is gone */
    LOOK_MS = 1000    /* how often an output that nobody moves is looked at */
};
static const int64_t MS = 1000000;

struct output {
    struct relay relay;
    struct lines_pin *pin;
    int64_t search_ns, look_ns;
    int told_refused; /* told once for each outage */
    bool told_on, told_energised, told_held, is_told;
};
struct input {
    struct contact contact;
    struct lines_pin *pin, *opposite;
    int level, opposite_level;
    int64_t search_ns;
};

struct thread_lines {
    const struct sys *sys;
    struct thread thread;
    struct wake wake;
    struct ring *orders, *contacts, *done;
    size_t relays, inputs;
    struct output relay[RELAY_MAX];
    struct input input[CONTACT_MAX];
    struct line_order order;
    _Atomic bool healthy;
    _Atomic uint32_t relay_state[RELAY_MAX], contact_state[CONTACT_MAX];
    _Atomic uint64_t lost;
};

static int64_t now_ns(const struct thread_lines *t)
{
    return t->sys->mono_ns(t->sys->ctx);
}

static void push(struct thread_lines *t, struct ring *ring, const void *news)
{
    if (!ring_push(ring, news))
        atomic_fetch_add_explicit(&t->lost, 1, memory_order_relaxed);
}

/* ---- out ---- */

static void tell(struct thread_lines *t, size_t i, enum output_what what, int64_t at_ns)
{
    struct output_done done = {.what = what,
                               .index = (int)i,
                               .level = t->relay[i].relay.energised,
                               .event = t->order.event,
                               .revision = t->order.revision,
                               .at_ns = at_ns,
                               .decided_ns = t->order.decided_ns};

    push(t, t->done, &done);
}

static void refused(struct thread_lines *t, size_t i, int number)
{
    struct output *o = &t->relay[i];

    lines_close(o->pin);
    o->pin = NULL;
    o->is_told = false;
    o->search_ns = now_ns(t) + SEARCH_MS * MS;
    if (o->told_refused == 0)
        tell(t, i, OUTPUT_LINE_REFUSED, now_ns(t));
    o->told_refused = number ? number : EIO;
}

/* What a strobe does between its first flash and its last is not told. */
static void tell_set(struct thread_lines *t, size_t i)
{
    struct output *o = &t->relay[i];
    bool is_strobe = o->relay.conf.mode == RELAY_STROBE;

    if (!o->is_told || o->told_on != o->relay.on || (!is_strobe && o->told_energised != o->relay.energised))
        tell(t, i, OUTPUT_LINE_SET, now_ns(t));
    o->is_told = true;
    o->told_on = o->relay.on;
    o->told_energised = o->relay.energised;
    o->told_refused = 0;
}

static void open_output(struct thread_lines *t, size_t i)
{
    struct output *o = &t->relay[i];
    const struct relay_conf *conf = &o->relay.conf;
    struct lines_spec spec = {.chip = conf->chip,
                              .line = conf->line,
                              .output = true,
                              .level = relay_level(conf, o->relay.energised)};
    struct error err;

    errno = 0;
    if (lines_open(&o->pin, t->sys, &spec, &err) < 0)
        refused(t, i, ENODEV);
    else
        tell_set(t, i);
}

static void set_output(struct thread_lines *t, size_t i)
{
    struct output *o = &t->relay[i];
    int result = lines_set(o->pin, relay_level(&o->relay.conf, o->relay.energised));

    if (result < 0)
        refused(t, i, -result);
    else
        tell_set(t, i);
}

/* A chip that is unplugged says nothing to a line that only holds its level, and one that lost its supply for a
 * moment forgot it: so the level is read now and then, and set again where it is not what it has to be. */
static void look_at_output(struct thread_lines *t, size_t i)
{
    struct output *o = &t->relay[i];

    if (lines_get(o->pin) != (int)relay_level(&o->relay.conf, o->relay.energised))
        set_output(t, i);
}

static bool test_input(const struct thread_lines *t)
{
    for (size_t i = 0; i < t->inputs; i++) {
        const struct contact *c = &t->input[i].contact;
        if (c->conf.role == CONTACT_LIFT_TEST && c->known && c->active && c->fault == CONTACT_GOOD)
            return true;
    }
    return false;
}

static void publish_relay(struct thread_lines *t, size_t i)
{
    const struct output *o = &t->relay[i];
    const struct relay *r = &o->relay;
    uint32_t bits = (uint32_t)(o->pin != NULL) | (uint32_t)r->energised << 1 | (uint32_t)r->on << 2 |
                    (uint32_t)r->held << 3 | (uint32_t)r->latched << 4 | (uint32_t)r->differs << 5 |
                    (uint32_t)o->told_refused << 8;

    atomic_store_explicit(&t->relay_state[i], bits, memory_order_relaxed);
}

/* One relay as it has to be now; returns when it is due again. */
static int64_t step_output(struct thread_lines *t, size_t i, bool test)
{
    struct output *o = &t->relay[i];
    struct relay *r = &o->relay;
    bool before = r->energised, looked = true;
    int64_t at_ns = now_ns(t), due_ns;
    struct relay_input in = {.now_ns = at_ns,
                             .asserted = t->order.asserted >> i & 1,
                             .reset = t->order.reset >> i & 1,
                             .exercise = t->order.exercise,
                             .healthy = atomic_load_explicit(&t->healthy, memory_order_relaxed),
                             .test = test,
                             .other_on = r->conf.other >= 0 && t->relay[r->conf.other].relay.on};

    due_ns = relay_step(r, &in);
    if (r->held && !o->told_held)
        tell(t, i, OUTPUT_LINE_HELD, at_ns);
    o->told_held = r->held;
    if (!o->pin && at_ns >= o->search_ns)
        open_output(t, i);
    else if (o->pin && (r->energised != before || o->told_on != r->on))
        set_output(t, i);
    else if (o->pin && at_ns >= o->look_ns)
        look_at_output(t, i);
    else
        looked = false;
    if (looked)
        o->look_ns = at_ns + LOOK_MS * MS;
    if (!o->pin && o->search_ns < due_ns)
        due_ns = o->search_ns;
    else if (o->pin && o->look_ns < due_ns)
        due_ns = o->look_ns;
    publish_relay(t, i);
    return due_ns;
}

static int64_t step_outputs(struct thread_lines *t)
{
    bool test = test_input(t);
    int64_t due_ns = INT64_MAX;

    for (size_t i = 0; i < t->relays; i++) {
        int64_t due = step_output(t, i, test);
        if (due < due_ns)
            due_ns = due;
    }
    return due_ns;
}

/* Each order in its turn: one that came and went within a wake still sets what latches. */
static void take_orders(struct thread_lines *t)
{
    struct line_order order;

    while (ring_pop(t->orders, &order)) {
        t->order = order;
        step_outputs(t);
    }
}

/* ---- in ---- */

static void close_input(struct thread_lines *t, struct input *in)
{
    lines_close(in->pin);
    lines_close(in->opposite);
    in->pin = in->opposite = NULL;
    in->search_ns = now_ns(t) + SEARCH_MS * MS;
    contact_feed(&in->contact, -1, -1, now_ns(t));
}

static void open_input(struct thread_lines *t, struct input *in)
{
    const struct contact_conf *conf = &in->contact.conf;
    struct lines_spec spec = {.chip = conf->chip, .line = conf->line, .bias = (enum contact_bias)conf->bias};
    struct error err;

    if (lines_open(&in->pin, t->sys, &spec, &err) < 0) {
        close_input(t, in);
        return;
    }
    spec.line = conf->opposite;
    if (conf->opposite >= 0 && lines_open(&in->opposite, t->sys, &spec, &err) < 0)
        close_input(t, in);
}

/* Takes the edges of one pin, oldest first: false when the chip is gone. */
static bool take_edges(struct input *in, struct lines_pin *pin, int *level)
{
    int64_t at_ns;
    bool now;
    int result;

    for (int n = 0; n < 64; n++) { /* a storm of edges waits for the next round */
        result = lines_edge(pin, &now, &at_ns);
        if (result < 0)
            return false;
        if (result == 0)
            return true;
        *level = now;
        contact_feed(&in->contact, in->level, in->opposite_level, at_ns);
    }
    return true;
}

static bool read_input(struct thread_lines *t, struct input *in)
{
    int level, opposite = -1;

    if (!take_edges(in, in->pin, &in->level) ||
        (in->opposite && !take_edges(in, in->opposite, &in->opposite_level)))
        return false;
    level = lines_get(in->pin);
    if (in->opposite)
        opposite = lines_get(in->opposite);
    if (level < 0 || (in->opposite && opposite < 0))
        return false;
    in->level = level;
    in->opposite_level = opposite;
    contact_feed(&in->contact, level, opposite, now_ns(t));
    return true;
}

static void publish_contact(struct thread_lines *t, size_t i)
{
    const struct input *in = &t->input[i];
    uint32_t bits = (uint32_t)(in->pin != NULL) | (uint32_t)in->contact.known << 1 |
                    (uint32_t)in->contact.active << 2 | (uint32_t)in->contact.fault << 8;

    atomic_store_explicit(&t->contact_state[i], bits, memory_order_relaxed);
}

/* A relay's read-back, against what its coil does. */
static void compare(struct thread_lines *t, size_t i)
{
    const struct contact *c = &t->input[i].contact;

    for (size_t r = 0; r < t->relays && c->known && c->fault == CONTACT_GOOD; r++)
        if (t->relay[r].relay.conf.contact == (int)i &&
            relay_readback(&t->relay[r].relay, c->active, now_ns(t))) {
            tell(t, r, t->relay[r].relay.differs ? OUTPUT_LINE_DIFFERS : OUTPUT_LINE_SET, now_ns(t));
            publish_relay(t, r);
        }
}

static int64_t step_input(struct thread_lines *t, size_t i)
{
    struct input *in = &t->input[i];
    struct contact *c = &in->contact;
    bool known = c->known;
    int64_t at_ns = now_ns(t), since_ns, due_ns;
    enum contact_news news;

    if (!in->pin && at_ns >= in->search_ns)
        open_input(t, in);
    if (in->pin && !read_input(t, in))
        close_input(t, in);
    at_ns = now_ns(t);
    news = contact_step(c, at_ns, &since_ns);
    if (news != CONTACT_SAME) {
        struct contact_change change = {.index = (int)i,
                                        .active = c->active,
                                        .fault = news == CONTACT_FAULTED,
                                        .first = news == CONTACT_MENDED || !known,
                                        .at_ns = since_ns};
        push(t, t->contacts, &change);
    }
    compare(t, i);
    publish_contact(t, i);
    due_ns = contact_due(c, at_ns);
    if (!in->pin && in->search_ns < due_ns)
        due_ns = in->search_ns;
    if (in->pin && lines_fd(in->pin) < 0 && at_ns + READ_MS * MS < due_ns)
        due_ns = at_ns + READ_MS * MS;
    return due_ns;
}

static int64_t step_inputs(struct thread_lines *t)
{
    int64_t due_ns = INT64_MAX;

    for (size_t i = 0; i < t->inputs; i++) {
        int64_t due = step_input(t, i);
        if (due < due_ns)
            due_ns = due;
        take_orders(t); /* none waits for more than one contact of a slow chip */
    }
    return due_ns;
}

/* ---- the thread ---- */

static void sleep_until(struct thread_lines *t, int64_t due_ns)
{
    struct pollfd fds[1 + 2 * CONTACT_MAX];
    nfds_t n = 0;
    int64_t for_ns = due_ns - now_ns(t);
    struct timespec timeout = {0};

    if (for_ns > (int64_t)THREAD_SLEEP_MS * MS)
        for_ns = (int64_t)THREAD_SLEEP_MS * MS;
    if (for_ns > 0)
        timeout.tv_nsec = for_ns;
    fds[n++] = (struct pollfd){.fd = t->wake.fd, .events = POLLIN};
    for (size_t i = 0; i < t->inputs; i++) {
        const struct input *in = &t->input[i];
        if (in->pin && lines_fd(in->pin) >= 0)
            fds[n++] = (struct pollfd){.fd = lines_fd(in->pin), .events = POLLIN};
        if (in->opposite && lines_fd(in->opposite) >= 0)
            fds[n++] = (struct pollfd){.fd = lines_fd(in->opposite), .events = POLLIN};
    }
    ppoll(fds, n, &timeout, NULL);
    wake_clear(&t->wake);
}

static void stop(struct thread_lines *t)
{
    for (size_t i = 0; i < t->relays; i++) {
        struct output *o = &t->relay[i];

        o->relay.energised = relay_at_stop(&o->relay);
        if (o->pin && lines_set(o->pin, relay_level(&o->relay.conf, o->relay.energised)) == 0)
            tell(t, i, OUTPUT_LINE_SET, now_ns(t));
        lines_close(o->pin);
        o->pin = NULL;
    }
    for (size_t i = 0; i < t->inputs; i++) {
        lines_close(t->input[i].pin);
        lines_close(t->input[i].opposite);
        t->input[i].pin = t->input[i].opposite = NULL;
    }
}

static void run(struct thread *self, void *ctx)
{
    struct thread_lines *t = ctx;

    while (!thread_stopping(self)) {
        int64_t due_ns, due;

        thread_beat(self);
        take_orders(t); /* the alarm first, the contacts after it */
        due_ns = step_inputs(t);
        take_orders(t);
        due = step_outputs(t);
        sleep_until(t, due < due_ns ? due : due_ns);
    }
    take_orders(t);
    stop(t);
}

static int open_rings(struct thread_lines *t, const struct wake *wake, struct error *err)
{
    if (wake_open(&t->wake, err) < 0)
        return -1;
    if (ring_open(&t->orders, t->sys, sizeof(struct line_order), ORDERS, &t->wake, err) < 0 ||
        ring_open(&t->contacts, t->sys, sizeof(struct contact_change), NEWS, wake, err) < 0)
        return -1;
    return ring_open(&t->done, t->sys, sizeof(struct output_done), NEWS, wake, err);
}

int thread_lines_open(struct thread_lines **out, const struct sys *sys, const struct thread_lines_conf *conf,
                      struct error *err)
{
    struct thread_lines *t = sys_alloc(sys, sizeof *t);

    *out = NULL;
    if (!t)
        return error_set(err, "lines: out of memory");
    t->sys = sys;
    t->wake.fd = -1;
    t->relays = conf->relays->count;
    t->inputs = conf->contacts->count;
    if (conf->last_reset)
        t->order.reset = *conf->last_reset;
    for (size_t i = 0; i < t->relays; i++) {
        relay_init(&t->relay[i].relay, &conf->relays->relay[i], now_ns(t));
        t->relay[i].relay.reset_seen = t->order.reset >> i & 1;
        t->relay[i].search_ns = INT64_MIN;
    }
    for (size_t i = 0; i < t->inputs; i++) {
        contact_init(&t->input[i].contact, &conf->contacts->contact[i]);
        t->input[i].search_ns = INT64_MIN;
    }
    if (open_rings(t, conf->wake, err) < 0 ||
        thread_start(&t->thread, "lines", THREAD_FIFO_LINES, run, t, err) < 0) {
        thread_lines_close(t);
        return -1;
    }
    *out = t;
    return 0;
}

void thread_lines_close(struct thread_lines *t)
{
    if (!t)
        return;
    thread_stop(&t->thread);
    if (t->wake.fd >= 0)
        wake_signal(&t->wake);
    thread_join(&t->thread);
    ring_close(t->orders);
    ring_close(t->contacts);
    ring_close(t->done);
    wake_close(&t->wake);
    sys_free(t->sys, t);
}

struct thread *thread_lines_thread(struct thread_lines *t)
{
    return &t->thread;
}

bool thread_lines_order(struct thread_lines *t, const struct line_order *order)
{
    return ring_push(t->orders, order);
}

bool thread_lines_contact(struct thread_lines *t, struct contact_change *change)
{
    return ring_pop(t->contacts, change);
}

bool thread_lines_done(struct thread_lines *t, struct output_done *done)
{
    return ring_pop(t->done, done);
}

void thread_lines_healthy(struct thread_lines *t, bool healthy)
{
    if (atomic_exchange_explicit(&t->healthy, healthy, memory_order_relaxed) != healthy)
        wake_signal(&t->wake);
}

struct thread_lines_relay thread_lines_relay_state(const struct thread_lines *t, size_t index)
{
    uint32_t bits =
        index < RELAY_MAX ? atomic_load_explicit(&t->relay_state[index], memory_order_relaxed) : 0;

    return (struct thread_lines_relay){.open = bits & 1,
                                       .energised = bits >> 1 & 1,
                                       .on = bits >> 2 & 1,
                                       .held = bits >> 3 & 1,
                                       .latched = bits >> 4 & 1,
                                       .differs = bits >> 5 & 1,
                                       .refused = (int)(bits >> 8)};
}

struct thread_lines_contact thread_lines_contact_state(const struct thread_lines *t, size_t index)
{
    uint32_t bits =
        index < CONTACT_MAX ? atomic_load_explicit(&t->contact_state[index], memory_order_relaxed) : 0;

    return (struct thread_lines_contact){.open = bits & 1,
                                         .known = bits >> 1 & 1,
                                         .active = bits >> 2 & 1,
                                         .fault = (enum contact_fault)(bits >> 8)};
}

uint64_t thread_lines_lost(const struct thread_lines *t)
{
    return atomic_load_explicit(&t->lost, memory_order_relaxed);
}
