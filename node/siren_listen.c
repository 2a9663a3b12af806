#include "node/siren_listen.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "alarm/heard.h"
#include "alarm/pcm.h"
#include "alarm/tone.h"

/* Each side moves only from where it believes to be; the siren thread's ask and end hold from anywhere, and the
 * other side finds out by its next move. */
enum { IDLE, ASKED, READY, PLAYING };
enum { PIECE = 1024, TURN_MS = 50 };

static const double background_s = 0.6, start_within_s = 2.0;

struct session {
    struct listen *l;
    struct pcm *pcm; /* NULL: no microphone */
    struct heard heard;
    int64_t frame0_ns; /* when the first sample after heard_start was at the microphone; 0: none yet */
    float frame[PIECE];
};

void listen_init(struct listen *l, const struct sys *sys, const struct siren_conf *conf,
                 const struct wake *wake)
{
    l->sys = sys;
    l->conf = conf;
    l->wake = wake;
    l->number = 0;
    atomic_store(&l->state, IDLE);
    atomic_store(&l->tone_ns, 0);
    atomic_store(&l->current_ns, 0);
}

void listen_current(struct listen *l, int64_t at_ns)
{
    atomic_store(&l->current_ns, at_ns);
}

void listen_ask(struct listen *l)
{
    atomic_store(&l->tone_ns, 0);
    atomic_store(&l->current_ns, 0);
    atomic_store(&l->state, ASKED);
}

bool listen_ready(const struct listen *l)
{
    return atomic_load(&l->state) == READY;
}

void listen_tone(struct listen *l, int64_t heard_ns)
{
    int from = READY;

    atomic_store(&l->tone_ns, heard_ns);
    atomic_compare_exchange_strong(&l->state, &from, PLAYING);
}

void listen_end(struct listen *l)
{
    atomic_store(&l->state, IDLE);
}

bool listen_asked(const struct listen *l)
{
    return atomic_load(&l->state) == ASKED;
}

/* ---- the card thread ---- */

static int64_t now_ns(const struct listen *l)
{
    return l->sys->mono_ns(l->sys->ctx);
}

static bool microphone_open(struct session *s)
{
    const struct siren_conf *conf = s->l->conf;
    struct pcm_conf pcm = {.device = conf->microphone,
                           .capture = true,
                           .rate_hz = 48000,
                           .period_frames = 480,
                           .buffer_frames = 9600};
    const struct tone_note *note = tone_plan(TONE_TEST)->note;
    struct heard_conf heard = {.hz = {note[0].hz, note[1].hz},
                               .apart_s = note[1].start_s - note[0].start_s,
                               .ratio_db = conf->heard_ratio_db};
    struct error err;

    s->pcm = NULL;
    s->frame0_ns = 0;
    if (!conf->microphone[0] || pcm_open(&s->pcm, s->l->sys, &pcm, &err) != 0)
        return false;
    heard.rate_hz = pcm_info(s->pcm)->rate_hz;
    if (heard_init(&s->heard, &heard))
        return true;
    pcm_close(s->pcm);
    s->pcm = NULL;
    return false;
}

static void doze(void)
{
    struct timespec t = {.tv_nsec = TURN_MS * 1000000L};

    nanosleep(&t, NULL);
}

/* One piece from the microphone to the ear; false: it is gone. */
static bool hear(struct session *s)
{
    size_t room, got;
    enum pcm_status status = pcm_wait(s->pcm, -1, TURN_MS, &room);

    if (status == PCM_GONE)
        return false;
    if (status != PCM_OK || pcm_read(s->pcm, s->frame, room < PIECE ? room : PIECE, &got) == PCM_GONE)
        return status != PCM_GONE;
    if (s->heard.listening && s->frame0_ns == 0 && got > 0) {
        long behind = pcm_delay(s->pcm);

        s->frame0_ns = now_ns(s->l) - (int64_t)(((double)(behind < 0 ? 0 : behind) + (double)got) * 1e9 /
                                                s->heard.conf.rate_hz);
    }
    heard_step(&s->heard, s->frame, got);
    return true;
}

/* Until `until`, or the state is no longer `state`. */
static bool pass(struct session *s, const struct thread *self, int state, int64_t until)
{
    while (now_ns(s->l) < until && atomic_load(&s->l->state) == state && !thread_stopping(self)) {
        if (!s->pcm) {
            doze();
        } else if (!hear(s)) {
            pcm_close(s->pcm);
            s->pcm = NULL;
        }
        if (state == PLAYING && s->pcm && heard_answer(&s->heard, NULL))
            return true;
    }
    return atomic_load(&s->l->state) == state;
}

static void judge(const struct session *s, struct siren_test *test)
{
    int64_t current_ns = atomic_load(&s->l->current_ns);
    double after_s;

    test->played = true;
    test->current = current_ns != 0;
    if (test->current)
        test->wake_s = fmax(0.0, (double)(current_ns - test->started_ns) * 1e-9);
    if (!s->pcm)
        return;
    test->listened = true;
    test->heard = heard_answer(&s->heard, &after_s);
    test->level_db = heard_level_db(&s->heard);
    if (test->heard)
        test->wake_s = after_s + (double)(s->frame0_ns - test->started_ns) * 1e-9;
}

static int64_t after(const struct listen *l, double seconds)
{
    return now_ns(l) + (int64_t)(seconds * 1e9);
}

static void session_run(struct session *s, const struct thread *self, struct siren_test *test)
{
    struct listen *l = s->l;
    int from = ASKED;
    double tone_s = tone_plan(TONE_TEST)->length_s;

    if (s->pcm) {
        if (!pass(s, self, ASKED, after(l, background_s)))
            return;
        heard_start(&s->heard);
    }
    if (!atomic_compare_exchange_strong(&l->state, &from, READY))
        return;
    wake_signal(l->wake);
    pass(s, self, READY, after(l, start_within_s));
    if (atomic_load(&l->state) != PLAYING)
        return;
    test->started_ns = atomic_load(&l->tone_ns);
    if (!pass(s, self, PLAYING, test->started_ns + (int64_t)((s->pcm ? LISTEN_S : tone_s) * 1e9)))
        return;
    judge(s, test);
}

void listen_run(struct listen *l, struct thread *self, struct siren_test *test)
{
    struct session s = {.l = l};
    int from = PLAYING;

    *test = (struct siren_test){.number = ++l->number, .wake_s = NAN, .level_db = NAN};
    microphone_open(&s);
    session_run(&s, self, test);
    pcm_close(s.pcm);
    if (!atomic_compare_exchange_strong(&l->state, &from, IDLE)) {
        from = READY;
        atomic_compare_exchange_strong(&l->state, &from, IDLE);
    }
}

const char *siren_test_say(const struct siren_test *t, char *to, size_t room)
{
    if (t->heard)
        snprintf(to, room, "siren test: heard, %.2f s after it was played, %.0f dB%s", t->wake_s, t->level_db,
                 t->current ? ", and current in its line" : "");
    else if (t->current)
        snprintf(to, room, "siren test: current in its line after %.2f s%s", t->wake_s,
                 t->listened ? ", but the microphone has not heard it" : "");
    else if (!t->played)
        snprintf(to, room, "siren test: not played to its end");
    else
        snprintf(to, room, "siren test: %s",
                 t->listened ? "the microphone has not heard it"
                             : "played, and nothing listened (siren.microphone)");
    return to;
}
