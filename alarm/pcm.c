#include "alarm/pcm.h"

#include <alsa/asoundlib.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

enum { FDS_MAX = 8, FRAME_BYTES_MAX = PCM_CHANNELS_MAX * 4, PIECE = 1024 };

static const int64_t stall_ns = INT64_C(1000000000); /* a running card moves each few milliseconds */
static const int asleep_ms = 20;
/* A device that has taken twice what the clock allows in so long takes whatever it gets: own choice. */
static const int64_t judge_ns = INT64_C(50000000);

struct format {
    snd_pcm_format_t id;
    unsigned bytes;
    void (*put)(unsigned char *to, float x);
    float (*get)(const unsigned char *from);
};

struct pcm {
    const struct sys *sys;
    snd_pcm_t *handle;
    bool capture;
    struct pcm_info info;
    const struct format *format;
    unsigned unused; /* frames of the card's buffer beyond the queue that we keep */
    unsigned recoveries;
    int64_t moved_ns; /* when it last had room, or something to read */
    int64_t since_ns; /* frames taken since; a card takes a queue, and what the clock allows */
    int64_t taken;
    bool unpaced;
    struct error error;
    unsigned char bytes[PIECE * FRAME_BYTES_MAX];
};

/* ---- samples as the card wants them ---- */

static int32_t whole(float x, double scale)
{
    return isfinite(x) ? (int32_t)lrint(fmax(-1.0, fmin(1.0, (double)x)) * scale) : 0;
}

static void put_bytes(unsigned char *to, int32_t v, int n)
{
    for (int i = 0; i < n; i++)
        to[i] = (unsigned char)((uint32_t)v >> (8 * i));
}

static uint32_t get_bytes(const unsigned char *from, int n)
{
    uint32_t v = 0;

    for (int i = 0; i < n; i++)
        v |= (uint32_t)from[i] << (8 * (i + 4 - n));
    return v;
}

static void put_s16(unsigned char *to, float x)
{
    put_bytes(to, whole(x, 32767.0), 2);
}
static void put_s24(unsigned char *to, float x)
{
    put_bytes(to, whole(x, 8388607.0), 4);
}
static void put_s24_3(unsigned char *to, float x)
{
    put_bytes(to, whole(x, 8388607.0), 3);
}
static void put_s32(unsigned char *to, float x)
{
    put_bytes(to, whole(x, 2147483647.0), 4);
}
static void put_float(unsigned char *to, float x)
{
    int32_t v;

    x = isfinite(x) ? x : 0.0F;
    memcpy(&v, &x, sizeof v);
    put_bytes(to, v, 4);
}

static float get_s16(const unsigned char *from)
{
    return (float)(int32_t)get_bytes(from, 2) / 2147483648.0F;
}
static float get_s24_3(const unsigned char *from) /* of S24 in four bytes the lowest three, too */
{
    return (float)(int32_t)get_bytes(from, 3) / 2147483648.0F;
}
static float get_s32(const unsigned char *from)
{
    return (float)(int32_t)get_bytes(from, 4) / 2147483648.0F;
}
static float get_float(const unsigned char *from)
{
    uint32_t v = get_bytes(from, 4);
    float x;

    memcpy(&x, &v, sizeof x);
    return isfinite(x) ? x : 0.0F;
}

/* In the order in which they are tried. */
static const struct format formats[] = {
    {SND_PCM_FORMAT_S16_LE, 2, put_s16, get_s16},       {SND_PCM_FORMAT_S32_LE, 4, put_s32, get_s32},
    {SND_PCM_FORMAT_FLOAT_LE, 4, put_float, get_float}, {SND_PCM_FORMAT_S24_LE, 4, put_s24, get_s24_3},
    {SND_PCM_FORMAT_S24_3LE, 3, put_s24_3, get_s24_3},
};
enum { FORMATS = sizeof formats / sizeof *formats };

/* ---- opening ---- */

/* The library writes several lines of its own to standard error; the first says most, and goes into ours. It has
 * one handler for the process, hence what it leaves behind belongs to the thread. */
static _Thread_local char complaint[256];

static void on_complaint(const char *file, int line, const char *function, int code, const char *text, ...)
{
    va_list list;

    (void)file;
    (void)line;
    (void)function;
    (void)code;
    if (complaint[0])
        return;
    va_start(list, text);
    vsnprintf(complaint, sizeof complaint, text, list);
    va_end(list);
}

static void handler_set(void)
{
    snd_lib_error_set_handler(on_complaint);
}

static int refuse(struct error *err, const char *device, const char *what, int code)
{
    if (complaint[0])
        return error_set(err, "sound device '%s': %s: %s (%s)", device, what, snd_strerror(code), complaint);
    return error_set(err, "sound device '%s': %s: %s", device, what, snd_strerror(code));
}

static int choose_format(struct pcm *p, snd_pcm_hw_params_t *hw)
{
    for (int i = 0; i < FORMATS; i++)
        if (snd_pcm_hw_params_set_format(p->handle, hw, formats[i].id) == 0) {
            p->format = &formats[i];
            p->info.format = snd_pcm_format_name(formats[i].id);
            return 0;
        }
    return -EINVAL;
}

/* A card may have a larger buffer than was asked for: the rest of it is never filled. */
static void limit_queue(struct pcm *p, unsigned wish)
{
    unsigned least = 2 * p->info.period_frames, most = wish > least ? wish : least;

    p->unused = 0;
    if (p->capture || p->info.buffer_frames <= most)
        return;
    p->unused = p->info.buffer_frames - most;
    p->info.buffer_frames = most;
}

static int choose_hardware(struct pcm *p, const struct pcm_conf *conf, const char **what)
{
    snd_pcm_uframes_t period = conf->period_frames, buffer = conf->buffer_frames;
    unsigned channels = p->capture ? 1 : 2, rate = conf->rate_hz;
    snd_pcm_hw_params_t *hw;
    int code;

    snd_pcm_hw_params_alloca(&hw);
    *what = "its parameters";
    if ((code = snd_pcm_hw_params_any(p->handle, hw)) < 0 ||
        (code = snd_pcm_hw_params_set_access(p->handle, hw, SND_PCM_ACCESS_RW_INTERLEAVED)) < 0)
        return code;
    *what = "none of its sample formats is known here";
    if ((code = choose_format(p, hw)) < 0)
        return code;
    *what = "channels";
    if ((code = snd_pcm_hw_params_set_channels_near(p->handle, hw, &channels)) < 0)
        return code;
    if (channels > PCM_CHANNELS_MAX)
        return -EINVAL;
    *what = "rate";
    if ((code = snd_pcm_hw_params_set_rate_near(p->handle, hw, &rate, NULL)) < 0)
        return code;
    *what = "period and buffer";
    if ((code = snd_pcm_hw_params_set_period_size_near(p->handle, hw, &period, NULL)) < 0 ||
        (code = snd_pcm_hw_params_set_buffer_size_near(p->handle, hw, &buffer)) < 0 ||
        (code = snd_pcm_hw_params(p->handle, hw)) < 0 ||
        (code = snd_pcm_hw_params_get_period_size(hw, &period, NULL)) < 0 ||
        (code = snd_pcm_hw_params_get_buffer_size(hw, &buffer)) < 0)
        return code;
    if (period < 1 || period > PCM_PERIOD_MAX || buffer < 2 * period || buffer > UINT32_MAX)
        return -EINVAL;
    p->info.channels = channels;
    p->info.rate_hz = rate;
    p->info.period_frames = (unsigned)period;
    p->info.buffer_frames = (unsigned)buffer;
    limit_queue(p, conf->buffer_frames);
    return 0;
}

/* Playback starts when its queue is full: a start with a single period would run empty at once. */
static int choose_software(struct pcm *p)
{
    snd_pcm_uframes_t period = p->info.period_frames, full = p->info.buffer_frames / period * period;
    snd_pcm_sw_params_t *sw;
    int code;

    snd_pcm_sw_params_alloca(&sw);
    if ((code = snd_pcm_sw_params_current(p->handle, sw)) < 0 ||
        (code = snd_pcm_sw_params_set_start_threshold(p->handle, sw, p->capture ? 1 : full)) < 0 ||
        (code = snd_pcm_sw_params_set_avail_min(p->handle, sw, p->unused + period)) < 0)
        return code;
    return snd_pcm_sw_params(p->handle, sw);
}

static int start(struct pcm *p)
{
    int code = snd_pcm_prepare(p->handle);

    p->moved_ns = p->since_ns = p->sys->mono_ns(p->sys->ctx);
    p->taken = 0;
    p->unpaced = false; /* what has run empty, or slept, is a card */
    return code < 0 || !p->capture ? code : snd_pcm_start(p->handle);
}

static int open_device(struct pcm *p, const struct pcm_conf *conf, struct error *err)
{
    const char *what = "its parameters";
    int code =
        snd_pcm_open(&p->handle, conf->device,
                     conf->capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK);

    if (code < 0)
        return refuse(err, conf->device, "cannot open", code);
    code = choose_hardware(p, conf, &what);
    if (code >= 0)
        code = choose_software(p);
    if (code >= 0)
        code = start(p);
    if (code < 0) {
        refuse(err, conf->device, what, code);
        snd_pcm_close(p->handle);
        return -1;
    }
    return 0;
}

int pcm_open(struct pcm **out, const struct sys *sys, const struct pcm_conf *conf, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct pcm *p = sys_alloc(sys, sizeof *p);

    *out = NULL;
    if (!p)
        return error_set(err, "no memory for a sound device");
    pthread_once(&once, handler_set);
    complaint[0] = '\0';
    p->sys = sys;
    p->capture = conf->capture;
    if (open_device(p, conf, err) != 0) {
        sys_free(sys, p);
        return -1;
    }
    *out = p;
    return 0;
}

void pcm_close(struct pcm *p)
{
    if (!p)
        return;
    snd_pcm_drop(p->handle);
    snd_pcm_close(p->handle);
    sys_free(p->sys, p);
}

const struct pcm_info *pcm_info(const struct pcm *p)
{
    return &p->info;
}

/* ---- running ---- */

static enum pcm_status gone(struct pcm *p, const char *why)
{
    error_set(&p->error, "sound device lost: %s", why);
    return PCM_GONE;
}

/* What a call answered, made good where it can be. Resuming may take the card some time: until then it waits. */
static enum pcm_status mend(struct pcm *p, long code)
{
    if (code == -EAGAIN || code == -EINTR)
        return PCM_WAIT;
    if (code == -ESTRPIPE) {
        int resumed = snd_pcm_resume(p->handle);

        if (resumed == -EAGAIN)
            return PCM_WAIT;
    } else if (code != -EPIPE) {
        return gone(p, snd_strerror((int)code));
    }
    code = start(p);
    if (code < 0)
        return gone(p, snd_strerror((int)code));
    p->recoveries++;
    return PCM_RECOVERED;
}

static int period_ms(const struct pcm *p)
{
    return (int)(p->info.period_frames * UINT64_C(1000) / p->info.rate_hz) + 1;
}

/* Sleeps; true when wake_fd ended it. A card that is asleep shows an error on its descriptors all the time, and an
 * unpaced one shows room: then they are left out, or this would spin. */
static bool sleep_on(struct pcm *p, bool asleep, int wake_fd, int timeout_ms)
{
    struct pollfd fd[FDS_MAX + 1];
    int n = asleep || p->unpaced ? 0 : snd_pcm_poll_descriptors(p->handle, fd, FDS_MAX);
    unsigned short events;

    if (n < 0)
        n = 0;
    if (n == 0 && timeout_ms > asleep_ms)
        timeout_ms = asleep_ms;
    if (p->unpaced && timeout_ms > period_ms(p))
        timeout_ms = period_ms(p);
    fd[n] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
    if (poll(fd, (nfds_t)n + 1, timeout_ms) <= 0)
        return false;
    if (n > 0)
        snd_pcm_poll_descriptors_revents(p->handle, fd, (unsigned)n, &events);
    return fd[n].revents & POLLIN;
}

/* What the clock lets an unpaced device have. After a pause it does not make up for what was missed. */
static size_t by_the_clock(struct pcm *p, size_t room, int64_t now_ns)
{
    int64_t queue = p->info.buffer_frames, elapsed_ns = now_ns - p->since_ns;
    int64_t due = queue + (int64_t)((double)elapsed_ns * 1e-9 * p->info.rate_hz);

    if (p->taken < due - queue)
        p->taken = due - queue;
    return due <= p->taken ? 0 : (size_t)(due - p->taken) < room ? (size_t)(due - p->taken) : room;
}

/* Some devices (ALSA's null, file over null) take frames as fast as they come: a thread of high priority would
 * do nothing else for ever. */
static void judge_pace(struct pcm *p, int64_t now_ns)
{
    int64_t elapsed_ns = now_ns - p->since_ns;
    double window_s = 1e-9 * (double)(elapsed_ns > judge_ns ? elapsed_ns : judge_ns);

    if (p->capture || p->unpaced)
        return;
    p->unpaced = (double)(p->taken - p->info.buffer_frames) > 2.0 * window_s * p->info.rate_hz;
    if (!p->unpaced && elapsed_ns < judge_ns)
        return;
    p->since_ns = now_ns;
    p->taken = p->unpaced ? p->info.buffer_frames : 0;
}

static enum pcm_status room_now(struct pcm *p, size_t *room)
{
    snd_pcm_sframes_t n = snd_pcm_avail(p->handle);

    *room = 0;
    if (n < 0)
        return mend(p, n);
    *room = (size_t)n > p->unused ? (size_t)n - p->unused : 0;
    if (*room >= p->info.period_frames) {
        p->moved_ns = p->sys->mono_ns(p->sys->ctx);
        judge_pace(p, p->moved_ns);
    }
    if (p->unpaced)
        *room = by_the_clock(p, *room, p->moved_ns);
    return PCM_OK;
}

enum pcm_status pcm_wait(struct pcm *p, int wake_fd, int timeout_ms, size_t *room)
{
    int64_t until = p->sys->mono_ns(p->sys->ctx) + timeout_ms * INT64_C(1000000);

    for (;;) {
        enum pcm_status status = room_now(p, room);
        int64_t now = p->sys->mono_ns(p->sys->ctx);

        if (status == PCM_GONE || status == PCM_RECOVERED || *room >= p->info.period_frames)
            return status;
        if (now - p->moved_ns > stall_ns)
            return gone(p, "it has stopped");
        if (now >= until)
            return PCM_WAIT;
        if (sleep_on(p, status == PCM_WAIT, wake_fd, (int)((until - now + 999999) / 1000000))) {
            status = room_now(p, room);
            return status == PCM_OK && *room == 0 ? PCM_WAIT : status;
        }
    }
}

static void encode(struct pcm *p, const float *frame, size_t n)
{
    unsigned char *to = p->bytes;

    for (size_t i = 0; i < n; i++)
        for (unsigned k = 0; k < p->info.channels; k++, to += p->format->bytes)
            p->format->put(to, frame[i]);
}

enum pcm_status pcm_write(struct pcm *p, const float *frame, size_t n)
{
    enum pcm_status answer = PCM_OK;

    while (n > 0) {
        size_t piece = n < PIECE ? n : PIECE;
        snd_pcm_sframes_t took;

        encode(p, frame, piece);
        took = snd_pcm_writei(p->handle, p->bytes, piece);
        if (took < 0) {
            enum pcm_status status = mend(p, took);

            /* Mended: these frames are written once more, so that no beginning of a word is lost. */
            if (status != PCM_RECOVERED || answer == PCM_RECOVERED)
                return status;
            answer = status;
            continue;
        }
        if (took == 0)
            return PCM_WAIT;
        frame += took;
        n -= (size_t)took;
        p->taken += took;
    }
    return answer;
}

enum pcm_status pcm_read(struct pcm *p, float *frame, size_t n, size_t *got)
{
    const unsigned char *from = p->bytes;
    snd_pcm_sframes_t took;

    *got = 0;
    took = snd_pcm_readi(p->handle, p->bytes, n < PIECE ? n : PIECE);
    if (took < 0)
        return mend(p, took);
    for (snd_pcm_sframes_t i = 0; i < took; i++) {
        float sum = 0.0F;

        for (unsigned k = 0; k < p->info.channels; k++, from += p->format->bytes)
            sum += p->format->get(from);
        frame[i] = sum / (float)p->info.channels;
    }
    *got = (size_t)took;
    return took > 0 ? PCM_OK : PCM_WAIT;
}

long pcm_delay(struct pcm *p)
{
    snd_pcm_sframes_t frames;

    return snd_pcm_delay(p->handle, &frames) < 0 || frames < 0 ? -1 : (long)frames;
}

unsigned pcm_recoveries(const struct pcm *p)
{
    return p->recoveries;
}

bool pcm_unpaced(const struct pcm *p)
{
    return p->unpaced;
}

const char *pcm_error(const struct pcm *p)
{
    return p->error.text;
}
