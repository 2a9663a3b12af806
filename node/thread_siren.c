#include "node/thread_siren.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alarm/siren.h"
#include "io/latest.h"
#include "node/siren_listen.h"

#ifndef TOCSIN_SHARE
#define TOCSIN_SHARE "/usr/local/share/tocsin"
#endif

enum { WRITE_MAX = 1024, BACKOFF_FIRST_MS = 100, BACKOFF_MAX_MS = 5000 };

/* A card with its sounds and what is playing on it: made by the card thread, used by the siren thread, given
 * back dead. */
struct output {
    struct pcm *pcm;
    struct sounds *sounds;
    struct siren siren;
};

struct siren_thread {
    const struct sys *sys;
    struct siren_conf conf;
    struct ring *orders, *done;
    const struct wake *wake;

    struct thread siren, card;
    struct wake card_wake;
    _Atomic(struct output *) fresh, dead; /* to the siren thread, and back */

    struct { /* the siren thread's own */
        struct output *out;
        struct sound_order order; /* that stands */
        bool unsaid;              /* nothing of it was played yet, or a card was lost while it was */
        struct sound_order test;
        bool held; /* that test waits for the microphone */
        float frame[WRITE_MAX];
    } s;

    struct listen listen; /* between both: a test and its microphone */

    struct { /* the card thread's own */
        struct sounds *sounds;
        bool out; /* the siren thread has one */
        struct siren_health health;
    } c;
    _Atomic uint32_t recoveries;
    _Atomic bool sounding, unpaced;
    struct latest health_head, test_head;
    _Atomic uint64_t health_word[LATEST_WORDS(struct siren_health)];
    _Atomic uint64_t test_word[LATEST_WORDS(struct siren_test)];
};

/* ---- the siren thread ---- */

static void answer(struct siren_thread *t, enum output_what what, int64_t at_ns, int64_t queue_ns)
{
    struct output_done done = {
        .what = what,
        .event = t->s.order.event,
        .revision = t->s.order.revision,
        .at_ns = at_ns,
        .queue_ns = queue_ns,
        .decided_ns = t->s.order.decided_ns,
    };

    ring_push(t->done, &done); /* a full ring is counted by it */
}

static int64_t now_ns(const struct siren_thread *t)
{
    return t->sys->mono_ns(t->sys->ctx);
}

static bool audible(const struct sound_order *o)
{
    return o->sound != SOUND_NONE && (o->siren || o->voice);
}

/* A test is held until the microphone listens; nothing else is held by anything. NONE, which ends the order
 * of a test, ends neither the waiting nor the listening: a test is short, and goes to its end unless
 * something real comes. */
static void take_order(struct siren_thread *t, const struct sound_order *o)
{
    bool again = o->sound == t->s.order.sound && o->event == t->s.order.event;

    t->s.order = *o;
    if (o->sound == SOUND_NONE && t->s.held)
        return;
    if (o->sound == SOUND_TEST && !again) {
        t->s.held = true;
        t->s.test = *o;
        listen_ask(&t->listen);
        wake_signal(&t->card_wake);
    } else if (o->sound != SOUND_TEST && o->sound != SOUND_NONE) {
        t->s.held = false;
        listen_end(&t->listen);
    }
    if (!t->s.out) {
        t->s.unsaid = true;
        if (audible(o) && !again)
            answer(t, OUTPUT_SOUND_FAILED, now_ns(t), 0);
    } else if (!t->s.held) {
        siren_order(&t->s.out->siren, o);
    }
}

static void take_orders(struct siren_thread *t)
{
    struct sound_order o;

    while (ring_pop(t->orders, &o))
        take_order(t, &o);
    if (t->s.held && listen_ready(&t->listen)) {
        t->s.held = false;
        t->s.order = t->s.test;
        if (t->s.out)
            siren_order(&t->s.out->siren, &t->s.test);
    }
}

static void adopt(struct siren_thread *t)
{
    t->s.out = atomic_exchange_explicit(&t->fresh, NULL, memory_order_acquire);
    if (!t->s.out)
        return;
    if (t->s.unsaid && !t->s.held)
        siren_order(&t->s.out->siren, &t->s.order);
    t->s.unsaid = false;
}

static void give_back(struct siren_thread *t)
{
    listen_end(&t->listen);
    t->s.held = false;
    t->s.unsaid = !siren_quiet(&t->s.out->siren);
    if (t->s.unsaid && audible(&t->s.order))
        answer(t, OUTPUT_SOUND_FAILED, now_ns(t), 0);
    atomic_store_explicit(&t->dead, t->s.out, memory_order_release);
    atomic_store_explicit(&t->sounding, false, memory_order_relaxed);
    t->s.out = NULL;
    wake_signal(&t->card_wake);
}

/* When frame k of the n just written is heard, after now: what the card has queued, less what came after it. */
static int64_t queue_of(const struct output *out, long delay, size_t n, ptrdiff_t k)
{
    double frames = (double)delay - (double)n + (double)k;

    return delay < 0 || frames < 0.0 ? 0 : (int64_t)(frames * 1e9 / out->sounds->rate_hz);
}

static void tell(struct siren_thread *t, size_t n)
{
    const struct siren *s = &t->s.out->siren;
    long delay;
    int64_t at_ns;

    if (s->tone_began < 0 && s->voice_began < 0)
        return;
    at_ns = now_ns(t);
    delay = pcm_delay(t->s.out->pcm);
    if (s->tone_began >= 0) {
        int64_t queue_ns = queue_of(t->s.out, delay, n, s->tone_began);

        answer(t, OUTPUT_SIREN_WRITTEN, at_ns, queue_ns);
        if (t->s.order.sound == SOUND_TEST)
            listen_tone(&t->listen, at_ns + queue_ns);
    }
    if (s->voice_began >= 0)
        answer(t, OUTPUT_VOICE_WRITTEN, at_ns, queue_of(t->s.out, delay, n, s->voice_began));
}

/* Frames to the card, as many as there is room for. */
static enum pcm_status feed(struct siren_thread *t, size_t room)
{
    enum pcm_status status = PCM_OK;

    while (room > 0 && status != PCM_GONE) {
        size_t n = room < WRITE_MAX ? room : WRITE_MAX;

        siren_fill(&t->s.out->siren, t->s.frame, n);
        status = pcm_write(t->s.out->pcm, t->s.frame, n);
        if (status != PCM_GONE)
            tell(t, n);
        room -= n;
    }
    return status;
}

static void with_card(struct siren_thread *t)
{
    size_t room;
    enum pcm_status status = pcm_wait(t->s.out->pcm, t->wake->fd, THREAD_SLEEP_MS, &room);

    wake_clear(t->wake);
    take_orders(t);
    if (status != PCM_GONE)
        status = feed(t, room);
    atomic_store_explicit(&t->recoveries, pcm_recoveries(t->s.out->pcm), memory_order_relaxed);
    atomic_store_explicit(&t->sounding, !siren_quiet(&t->s.out->siren), memory_order_relaxed);
    atomic_store_explicit(&t->unpaced, pcm_unpaced(t->s.out->pcm), memory_order_relaxed);
    if (status == PCM_GONE)
        give_back(t);
}

static void without_card(struct siren_thread *t)
{
    wake_wait(t->wake, THREAD_SLEEP_MS);
    take_orders(t);
    adopt(t);
}

/* What sounds fades, and what is queued is played: no click at the end either. Bounded, whatever the card
 * does. */
static void fall_silent(struct siren_thread *t)
{
    struct sound_order silence = {.sound = SOUND_WARNING};
    unsigned left;

    if (!t->s.out)
        return;
    left = 2 * pcm_info(t->s.out->pcm)->buffer_frames + t->s.out->sounds->rate_hz / 50;
    siren_order(&t->s.out->siren, &silence);
    for (int turns = 0; turns < 100 && left > 0; turns++) {
        size_t room;

        if (pcm_wait(t->s.out->pcm, -1, 20, &room) == PCM_GONE || feed(t, room) == PCM_GONE)
            break;
        left = left > room ? left - (unsigned)room : 0;
    }
    give_back(t);
}

static void run_siren(struct thread *self, void *ctx)
{
    struct siren_thread *t = ctx;

    while (!thread_stopping(self)) {
        thread_beat(self);
        if (t->s.out)
            with_card(t);
        else
            without_card(t);
    }
    fall_silent(t);
}

/* ---- the card thread ---- */

static void publish_health(struct siren_thread *t)
{
    t->c.health.recoveries = atomic_load_explicit(&t->recoveries, memory_order_relaxed);
    t->c.health.unpaced = t->c.health.card && atomic_load_explicit(&t->unpaced, memory_order_relaxed);
    latest_put(&t->health_head, t->health_word, &t->c.health, sizeof t->c.health);
}

static void say_fault(struct siren_thread *t, const char *text)
{
    snprintf(t->c.health.fault, sizeof t->c.health.fault, "%s", text);
}

/* The sounds at this rate: those of before, where the card has come back as it was. */
static int sounds_at(struct siren_thread *t, unsigned rate_hz, struct error *err)
{
    if (t->c.sounds && t->c.sounds->rate_hz == rate_hz)
        return 0;
    sounds_close(t->c.sounds);
    return sounds_open(&t->c.sounds, t->sys, &t->conf, rate_hz, err);
}

static void output_close(struct siren_thread *t, struct output *out)
{
    if (!out)
        return;
    pcm_close(out->pcm);
    sys_free(t->sys, out);
}

static int output_open(struct siren_thread *t, struct output **to, struct error *err)
{
    const struct pcm_conf conf = {.device = t->conf.device,
                                  .rate_hz = (unsigned)t->conf.rate_hz,
                                  .period_frames = (unsigned)t->conf.period_frames,
                                  .buffer_frames = (unsigned)t->conf.buffer_frames};
    struct output *out = sys_alloc(t->sys, sizeof *out);

    *to = NULL;
    if (!out) {
        error_set(err, "no memory for the siren");
        return -1;
    }
    if (pcm_open(&out->pcm, t->sys, &conf, err) != 0 || sounds_at(t, pcm_info(out->pcm)->rate_hz, err) != 0) {
        output_close(t, out);
        return -1;
    }
    out->sounds = t->c.sounds;
    siren_init(&out->siren, out->sounds, &t->conf);
    *to = out;
    return 0;
}

static bool try_card(struct siren_thread *t)
{
    struct output *out;
    struct error err;

    if (output_open(t, &out, &err) != 0) {
        say_fault(t, err.text);
        return false;
    }
    t->c.out = true;
    t->c.health.card = true;
    t->c.health.opened++;
    t->c.health.info = *pcm_info(out->pcm);
    say_fault(t, out->sounds->first_fault.text);
    atomic_store_explicit(&t->fresh, out, memory_order_release);
    wake_signal(t->wake);
    return true;
}

/* One more prompt, while there is nothing else to do. */
static bool load_words(struct siren_thread *t)
{
    struct sounds *sounds = t->c.sounds;
    bool more = sounds_load(sounds);

    t->c.health.words = !more;
    t->c.health.prompts_missing = sounds->missing;
    t->c.health.prompts_refused = sounds->refused;
    if (t->c.health.card)
        say_fault(t, sounds->first_fault.text);
    return more;
}

static bool bury(struct siren_thread *t)
{
    struct output *out = atomic_exchange_explicit(&t->dead, NULL, memory_order_acquire);

    if (!out)
        return false;
    say_fault(t, pcm_error(out->pcm));
    output_close(t, out);
    t->c.out = false;
    t->c.health.card = false;
    t->c.health.lost++;
    return true;
}

static void run_card(struct thread *self, void *ctx)
{
    struct siren_thread *t = ctx;
    int backoff_ms = BACKOFF_FIRST_MS;
    int64_t next_ns = 0;

    while (!thread_stopping(self)) {
        int64_t now = now_ns(t);

        thread_beat(self);
        if (bury(t)) {
            backoff_ms = BACKOFF_FIRST_MS;
            next_ns = now + backoff_ms * INT64_C(1000000);
        }
        if (!t->c.out && t->conf.device[0] && now >= next_ns && !try_card(t)) {
            next_ns = now_ns(t) + backoff_ms * INT64_C(1000000);
            backoff_ms = backoff_ms * 2 < BACKOFF_MAX_MS ? backoff_ms * 2 : BACKOFF_MAX_MS;
        }
        publish_health(t);
        if (t->c.sounds && load_words(t))
            continue;
        if (listen_asked(&t->listen)) {
            struct siren_test test;

            listen_run(&t->listen, self, &test);
            latest_put(&t->test_head, t->test_word, &test, sizeof test);
        } else {
            publish_health(t);
            wake_wait(&t->card_wake, t->c.out ? THREAD_SLEEP_MS : BACKOFF_FIRST_MS);
        }
    }
}

/* ---- for others ---- */

void siren_thread_prompts(char *to, size_t room)
{
    char self[CONF_TEXT_MAX * 2];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;

    self[n > 0 ? n : 0] = '\0';
    slash = strrchr(self, '/');
    if (slash) {
        *slash = '\0';
        snprintf(to, room, "%s/voice", self);
        if (access(to, R_OK) == 0)
            return;
    }
    snprintf(to, room, "%s/voice", TOCSIN_SHARE);
}

static int start_threads(struct siren_thread *t, struct error *err)
{
    if (wake_open(&t->card_wake, err) != 0)
        return -1;
    if (thread_start(&t->siren, "siren", THREAD_FIFO_SIREN, run_siren, t, err) == 0) {
        if (thread_start(&t->card, "siren-card", THREAD_NORMAL, run_card, t, err) == 0)
            return 0;
        thread_stop(&t->siren);
        wake_signal(t->wake);
        thread_join(&t->siren);
    }
    wake_close(&t->card_wake);
    return -1;
}

int siren_thread_open(struct siren_thread **out, const struct sys *sys, const struct siren_conf *conf,
                      struct ring *orders, const struct wake *wake, struct ring *done, struct error *err)
{
    struct siren_thread *t;

    *out = NULL;
    if (siren_conf_check(conf, err) != 0)
        return -1;
    t = sys_alloc(sys, sizeof *t);
    if (!t)
        return error_set(err, "no memory for the siren thread");
    t->sys = sys;
    t->conf = *conf;
    t->orders = orders;
    t->done = done;
    t->wake = wake;
    if (!t->conf.installed[0])
        siren_thread_prompts(t->conf.installed, sizeof t->conf.installed);
    listen_init(&t->listen, sys, &t->conf, wake);
    if (start_threads(t, err) != 0) {
        sys_free(sys, t);
        return -1;
    }
    *out = t;
    return 0;
}

void siren_thread_close(struct siren_thread *t)
{
    if (!t)
        return;
    thread_stop(&t->siren);
    wake_signal(t->wake);
    thread_join(&t->siren);
    listen_end(&t->listen);
    thread_stop(&t->card);
    wake_signal(&t->card_wake);
    thread_join(&t->card);
    output_close(t, atomic_load(&t->fresh));
    output_close(t, atomic_load(&t->dead));
    sounds_close(t->c.sounds);
    wake_close(&t->card_wake);
    sys_free(t->sys, t);
}

void siren_thread_health(const struct siren_thread *t, struct siren_health *to)
{
    latest_get(&t->health_head, t->health_word, to, sizeof *to);
}

bool siren_thread_quiet(const struct siren_thread *t)
{
    return !atomic_load_explicit(&t->sounding, memory_order_relaxed);
}

void siren_thread_current(struct siren_thread *t, int64_t at_ns)
{
    listen_current(&t->listen, at_ns);
}

void siren_thread_test(const struct siren_thread *t, struct siren_test *to)
{
    latest_get(&t->test_head, t->test_word, to, sizeof *to);
}

struct thread *siren_thread_thread(struct siren_thread *t)
{
    return &t->siren;
}
