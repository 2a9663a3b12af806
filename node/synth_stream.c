#include "node/synth_stream.h"

#include <math.h>
#include <string.h>

struct playing {
    bool on;
    struct synth_voice voice;
    struct synth record; /* value: an earthquake; NULL: the voice */
    uint64_t wait, at;   /* samples until the record begins, and done of it */
};

struct synth_stream {
    const struct sys *sys;
    struct synth_stream_conf conf;
    struct synth_noise *noise;
    struct synth_agenda agenda;
    struct synth_sequence sequence;
    bool main_to_come;
    uint64_t at, clipped, dropped;
    double offset[AXES]; /* what steps and bumps have left behind */
    struct playing playing[SYNTH_PLAYING_MAX];
};

int synth_stream_open(struct synth_stream **out, const struct sys *sys, const struct synth_stream_conf *c,
                      struct error *err)
{
    struct synth_stream *s;
    struct synth_noise_conf noise = {.spectrum = c->spectrum,
                                     .white = synth_sensor_density(&c->quake.sensor),
                                     .rate_hz = c->quake.rate_hz,
                                     .seed = c->quake.seed ^ ((uint64_t)c->quake.model << 32)};
    struct synth_agenda_conf agenda = {.seed = c->quake.seed,
                                       .model = c->quake.model,
                                       .activity = c->activity,
                                       .start_hour = c->start_hour,
                                       .classes = c->building ? c->classes : 0};

    *out = NULL;
    if (synth_check(&c->quake, err) != 0)
        return -1;
    s = sys_alloc(sys, sizeof *s);
    if (!s)
        return error_set(err, "no memory for a stream");
    s->sys = sys;
    s->conf = *c;
    if (synth_noise_open(&s->noise, sys, &noise, err) != 0) {
        sys_free(sys, s);
        return -1;
    }
    s->conf.spectrum = NULL;
    synth_agenda_begin(&s->agenda, &agenda);
    if (c->sequence)
        synth_sequence_begin(&s->sequence, &c->quake, c->smallest);
    s->main_to_come = c->sequence;
    *out = s;
    return 0;
}

void synth_stream_close(struct synth_stream *s)
{
    if (!s)
        return;
    for (int i = 0; i < SYNTH_PLAYING_MAX; i++)
        synth_free(&s->playing[i].record, s->sys);
    synth_noise_close(s->noise);
    sys_free(s->sys, s);
}

uint64_t synth_stream_clipped(const struct synth_stream *s)
{
    return s->clipped;
}

uint64_t synth_stream_dropped(const struct synth_stream *s)
{
    return s->dropped;
}

/* ---- what begins ---- */

static double next_quake_s(const struct synth_stream *s)
{
    if (!s->conf.sequence)
        return INFINITY;
    return s->conf.main_s + (s->main_to_come ? 0.0 : synth_sequence_peek(&s->sequence));
}

static uint64_t sample_of(const struct synth_stream *s, double time_s) /* UINT64_MAX: never */
{
    return time_s < s->conf.end_s ? (uint64_t)ceil(time_s * s->conf.quake.rate_hz) : UINT64_MAX;
}

static uint64_t next_sample(const struct synth_stream *s)
{
    return sample_of(s, fmin(synth_agenda_peek(&s->agenda), next_quake_s(s)));
}

static struct playing *idle(struct synth_stream *s)
{
    for (int i = 0; i < SYNTH_PLAYING_MAX; i++)
        if (!s->playing[i].on)
            return &s->playing[i];
    s->dropped++;
    return NULL;
}

static void begin_nuisance(struct synth_stream *s)
{
    struct synth_event event;
    struct synth_truth truth;
    struct playing *p;
    double offset[AXES];

    synth_agenda_next(&s->agenda, &event);
    p = idle(s);
    if (!p)
        return;
    synth_voice_begin(&p->voice, &event, s->conf.quake.model, s->conf.quake.rate_hz);
    synth_voice_offset(&p->voice, offset);
    for (int a = 0; a < AXES; a++)
        s->offset[a] += offset[a];
    p->on = true;
    truth = (struct synth_truth){.class = p->voice.class->name,
                                 .start_s = (double)s->at / s->conf.quake.rate_hz,
                                 .end_s = (double)(s->at + p->voice.n) / s->conf.quake.rate_hz,
                                 .peak_mps2 = event.peak_mps2};
    if (s->conf.tell)
        s->conf.tell(s->conf.ctx, &truth);
}

static int begin_quake(struct synth_stream *s, struct error *err)
{
    bool main = s->main_to_come;
    double rate = s->conf.quake.rate_hz, from_s;
    struct synth_conf quake = s->conf.quake;
    struct synth_truth truth;
    struct playing *p;

    s->main_to_come = false;
    if (!main)
        synth_sequence_next(&s->sequence, &quake);
    quake.before_s = 0.0;
    quake.sensor.noise_ug_rthz = 0.0;
    quake.sensor.bits = 0;
    p = idle(s);
    if (!p)
        return 0;
    if (synth_make(&p->record, s->sys, &quake, err) != 0)
        return -1;
    p->wait = (uint64_t)rint(-p->record.origin_s * rate);
    p->at = 0;
    p->on = true;
    from_s = (double)(s->at + p->wait) / rate;
    truth = (struct synth_truth){.class = main ? "quake" : "aftershock",
                                 .start_s = from_s,
                                 .end_s = from_s + (double)p->record.n / rate,
                                 .peak_mps2 = p->record.peak_mps2,
                                 .quake = &quake,
                                 .record = &p->record,
                                 .p_s = from_s + p->record.p_s,
                                 .s_s = from_s + p->record.s_s};
    if (s->conf.tell)
        s->conf.tell(s->conf.ctx, &truth);
    return 0;
}

static int begin_due(struct synth_stream *s, struct error *err)
{
    while (next_sample(s) <= s->at) {
        if (synth_agenda_peek(&s->agenda) <= next_quake_s(s))
            begin_nuisance(s);
        else if (begin_quake(s, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- what plays ---- */

static void play_record(struct synth_stream *s, struct playing *p, double (*value)[AXES], size_t n)
{
    for (size_t i = 0; i < n && p->at < p->record.n; i++) {
        if (p->wait > 0) {
            p->wait--;
            continue;
        }
        for (int a = 0; a < AXES; a++)
            value[i][a] += p->record.value[p->at][a];
        p->at++;
    }
    if (p->at == p->record.n) {
        synth_free(&p->record, s->sys);
        p->on = false;
    }
}

static void play(struct synth_stream *s, double (*value)[AXES], size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int a = 0; a < AXES; a++)
            value[i][a] += s->offset[a];
    for (int i = 0; i < SYNTH_PLAYING_MAX; i++) {
        struct playing *p = &s->playing[i];

        if (!p->on)
            continue;
        if (p->record.value)
            play_record(s, p, value, n);
        else
            p->on = synth_voice_add(&p->voice, value, n);
    }
}

int synth_stream_read(struct synth_stream *s, double (*value)[AXES], size_t n, struct error *err)
{
    memset(value, 0, n * sizeof *value);
    synth_noise_add(s->noise, value, n);
    for (size_t done = 0; done < n;) {
        uint64_t next;
        size_t run = n - done;

        if (begin_due(s, err) != 0)
            return -1;
        next = next_sample(s);
        if (next - s->at < run)
            run = (size_t)(next - s->at);
        play(s, value + done, run);
        s->at += run;
        done += run;
    }
    s->clipped += synth_sensor_digitise(&s->conf.quake.sensor, value, n);
    return 0;
}
