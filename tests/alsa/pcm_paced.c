/* A sound card without hardware or daemon, for tests: an ALSA plug-in that takes frames at the pace of the clock.
 *
 *     pcm_type.paced { lib "BUILD/tests/alsa/libasound_module_pcm_paced.so" }
 *     pcm.siren { type paced  file "/tmp/x/siren.wav"  [rate 48000] [channels 2] [format S16_LE] [period 128] }
 *     pcm.microphone { type paced  file "/tmp/x/siren.wav"  [delay_ms 80] [gain_db -20] }
 *
 * Played: 16-bit mono frames (the first channel) in FILE, whose header is complete at every stop, and one line an event in
 * FILE.log:  open|start|stop|xrun|suspend|vanish|close MONOTONIC_NS FRAME, so that frame k is heard at the last start's
 * ns + (k - its FRAME) / rate. Captured: what FILE's player plays at that moment, delay_ms later and gain_db louder, and a little
 * noise. rate, channels, format and period, where given, are all that the card can do.
 * Faults, by the content of FILE.fault: "xrun" and "suspend" happen once (the file is removed then); while it says
 * "vanish" the card is gone, for what is open and for who wants to open it. */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 44, PIECE = 1024 };

struct now {                      /* FILE.now, mapped by player and listener */
    _Atomic int64_t start_ns;     /* 0: it stands */
    _Atomic uint64_t start_frame; /* of FILE */
    _Atomic uint32_t rate_hz;
};

struct paced {
    snd_pcm_ioplug_t io;
    char path[512];
    int file, log;
    struct now *now;
    bool running;
    int64_t start_ns;
    uint64_t moved; /* frames written or read since prepare */
    uint64_t total; /* frames in FILE */
    int64_t delay_ns;
    double gain;
    uint32_t dice;
};

static int64_t mono_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void tell(struct paced *p, const char *what, uint64_t frame)
{
    if (p->log >= 0)
        dprintf(p->log, "%s %lld %llu\n", what, (long long)mono_ns(), (unsigned long long)frame);
}

/* What FILE.fault says, or "". One that happens once is taken away. */
static void fault_of(const struct paced *p, char to[16])
{
    char path[sizeof p->path + 8];
    int fd;
    ssize_t n;

    to[0] = '\0';
    snprintf(path, sizeof path, "%s.fault", p->path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    n = read(fd, to, 15);
    close(fd);
    to[n > 0 ? n : 0] = '\0';
    to[strcspn(to, "\n ")] = '\0';
    if (to[0] && strcmp(to, "vanish") != 0)
        unlink(path);
}

static void put(unsigned char *to, uint32_t v, int n)
{
    for (; n--; v >>= 8)
        *to++ = (unsigned char)v;
}

static void write_header(const struct paced *p)
{
    unsigned char h[HEADER] = "RIFF....WAVEfmt ";
    uint32_t bytes = (uint32_t)(p->total * 2);

    put(h + 4, bytes + 36, 4);
    put(h + 16, 16, 4);
    put(h + 20, 1, 2);
    put(h + 22, 1, 2);
    put(h + 24, p->io.rate, 4);
    put(h + 28, p->io.rate * 2, 4);
    put(h + 32, 2, 2);
    put(h + 34, 16, 2);
    memcpy(h + 36, "data", 4);
    put(h + 40, bytes, 4);
    if (pwrite(p->file, h, sizeof h, 0) < 0)
        SNDERR("paced: %s: %s", p->path, strerror(errno));
}

static void pace(struct paced *p, bool on)
{
    int64_t ns = on ? (int64_t)p->io.period_size * 1000000000 / p->io.rate / 4 : 0;
    struct itimerspec it = {{ns / 1000000000, ns % 1000000000}, {ns / 1000000000, ns % 1000000000}};

    timerfd_settime(p->io.poll_fd, 0, &it, NULL);
}

static int on_start(snd_pcm_ioplug_t *io)
{
    struct paced *p = io->private_data;

    p->running = true;
    p->start_ns = mono_ns();
    if (io->stream == SND_PCM_STREAM_PLAYBACK) {
        tell(p, "start", p->total - p->moved);
        atomic_store(&p->now->start_frame, p->total - p->moved);
        atomic_store(&p->now->rate_hz, io->rate);
        atomic_store(&p->now->start_ns, p->start_ns);
    }
    pace(p, true);
    return 0;
}

static int on_stop(snd_pcm_ioplug_t *io)
{
    struct paced *p = io->private_data;

    if (io->stream == SND_PCM_STREAM_PLAYBACK) {
        if (p->running)
            tell(p, "stop", p->total);
        write_header(p);
        atomic_store(&p->now->start_ns, 0);
    }
    p->running = false;
    pace(p, false);
    return 0;
}

static uint64_t elapsed(const struct paced *p)
{
    return p->running ? (uint64_t)((double)(mono_ns() - p->start_ns) * 1e-9 * p->io.rate) : 0;
}

static snd_pcm_sframes_t on_pointer(snd_pcm_ioplug_t *io)
{
    struct paced *p = io->private_data;
    bool capture = io->stream == SND_PCM_STREAM_CAPTURE;
    uint64_t done = elapsed(p);
    char fault[16];

    fault_of(p, fault);
    if (strcmp(fault, "vanish") == 0 || strcmp(fault, "xrun") == 0) {
        tell(p, fault, p->total);
        return -EPIPE;
    }
    if (strcmp(fault, "suspend") == 0) {
        tell(p, fault, p->total);
        snd_pcm_ioplug_set_state(io, SND_PCM_STATE_SUSPENDED);
    }
    if (capture ? done > p->moved + io->buffer_size : done > p->moved) {
        if (p->running && io->state != SND_PCM_STATE_DRAINING) {
            tell(p, "xrun", p->total);
            return -EPIPE;
        }
        done = p->moved;
    }
    return (snd_pcm_sframes_t)(done % io->buffer_size);
}

/* ---- playing ---- */

static int16_t sample_from(const unsigned char *at, snd_pcm_format_t format)
{
    int32_t v;
    float x;

    switch (format) {
    case SND_PCM_FORMAT_S32_LE:
        memcpy(&v, at, 4);
        return (int16_t)(v >> 16);
    case SND_PCM_FORMAT_S24_3LE:
        return (int16_t)(at[1] | at[2] << 8);
    case SND_PCM_FORMAT_FLOAT_LE:
        memcpy(&x, at, 4);
        return (int16_t)lrintf(x * 32767.0F);
    default:
        return (int16_t)(at[0] | at[1] << 8);
    }
}

static snd_pcm_sframes_t play(struct paced *p, const snd_pcm_channel_area_t *area, snd_pcm_uframes_t offset,
                              snd_pcm_uframes_t n)
{
    int16_t out[PIECE];

    if (n > PIECE)
        n = PIECE;
    for (snd_pcm_uframes_t i = 0; i < n; i++)
        out[i] = sample_from(
            (const unsigned char *)area->addr + (area->first + area->step * (offset + i)) / 8, p->io.format);
    if (pwrite(p->file, out, n * 2, (off_t)(HEADER + p->total * 2)) < 0)
        return -errno;
    p->moved += n;
    p->total += n;
    return (snd_pcm_sframes_t)n;
}

/* ---- hearing ---- */

static int16_t heard(const struct paced *p, int64_t at_ns)
{
    int64_t start_ns = atomic_load(&p->now->start_ns), since = at_ns - p->delay_ns - start_ns;
    int16_t x = 0;

    if (start_ns == 0 || since < 0)
        return 0;
    uint64_t frame =
        atomic_load(&p->now->start_frame) + (uint64_t)((double)since * 1e-9 * atomic_load(&p->now->rate_hz));
    if (pread(p->file, &x, 2, (off_t)(HEADER + frame * 2)) != 2)
        return 0;
    return x;
}

static snd_pcm_sframes_t listen_to(struct paced *p, const snd_pcm_channel_area_t *area,
                                   snd_pcm_uframes_t offset, snd_pcm_uframes_t n)
{
    for (snd_pcm_uframes_t i = 0; i < n; i++) {
        int64_t at_ns = p->start_ns + (int64_t)((double)p->moved++ / p->io.rate * 1e9);
        double x;

        p->dice = p->dice * 1664525U + 1013904223U;
        x = heard(p, at_ns) * p->gain + (double)(p->dice >> 26) - 31.5;
        x = x > 32767.0 ? 32767.0 : x < -32768.0 ? -32768.0 : x;
        for (unsigned k = 0; k < p->io.channels; k++) {
            int16_t s = (int16_t)lrint(x);

            memcpy((unsigned char *)area[k].addr + (area[k].first + area[k].step * (offset + i)) / 8, &s, 2);
        }
    }
    return (snd_pcm_sframes_t)n;
}

static snd_pcm_sframes_t on_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                     snd_pcm_uframes_t offset, snd_pcm_uframes_t n)
{
    struct paced *p = io->private_data;

    return io->stream == SND_PCM_STREAM_PLAYBACK ? play(p, areas, offset, n) : listen_to(p, areas, offset, n);
}

static int on_prepare(snd_pcm_ioplug_t *io)
{
    struct paced *p = io->private_data;
    struct itimerspec soon = {{0, 1000000}, {0, 1}};
    char fault[16];

    fault_of(p, fault);
    if (strcmp(fault, "vanish") == 0)
        return -ENODEV;
    p->moved = 0;
    p->running = false;
    /* a queue that has not begun yet has room: poll() says so */
    timerfd_settime(io->poll_fd, 0, &soon, NULL);
    return 0;
}

static int on_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned n, unsigned short *revents)
{
    bool capture = io->stream == SND_PCM_STREAM_CAPTURE;
    uint64_t ticks;
    snd_pcm_sframes_t avail;

    (void)n;
    *revents = 0;
    if (!(fds[0].revents & POLLIN))
        return 0;
    if (read(io->poll_fd, &ticks, sizeof ticks) < 0)
        return 0;
    avail = snd_pcm_avail_update(io->pcm);
    if (avail < 0)
        *revents = POLLERR;
    else if (avail >= (snd_pcm_sframes_t)io->period_size || io->state == SND_PCM_STATE_DRAINING)
        *revents = capture ? POLLIN : POLLOUT;
    return 0;
}

static void release(struct paced *p)
{
    if (p->now)
        munmap(p->now, sizeof *p->now);
    if (p->log >= 0)
        close(p->log);
    if (p->file >= 0)
        close(p->file);
    if (p->io.poll_fd >= 0)
        close(p->io.poll_fd);
    free(p);
}

static int on_close(snd_pcm_ioplug_t *io)
{
    struct paced *p = io->private_data;

    if (io->stream == SND_PCM_STREAM_PLAYBACK)
        write_header(p);
    tell(p, "close", p->total);
    release(p);
    return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = on_start,
    .stop = on_stop,
    .pointer = on_pointer,
    .transfer = on_transfer,
    .prepare = on_prepare,
    .poll_revents = on_revents,
    .close = on_close,
};

/* ---- opening ---- */

struct wish {
    const char *file, *format;
    long rate, channels, period, delay_ms;
    double gain_db;
};

static int wish_read(struct wish *w, snd_config_t *conf)
{
    snd_config_iterator_t at, next;

    *w = (struct wish){.file = "paced.wav"};
    snd_config_for_each(at, next, conf)
    {
        snd_config_t *n = snd_config_iterator_entry(at);
        const char *id;

        if (snd_config_get_id(n, &id) < 0)
            continue;
        if (strcmp(id, "file") == 0)
            snd_config_get_string(n, &w->file);
        else if (strcmp(id, "format") == 0)
            snd_config_get_string(n, &w->format);
        else if (strcmp(id, "rate") == 0)
            snd_config_get_integer(n, &w->rate);
        else if (strcmp(id, "channels") == 0)
            snd_config_get_integer(n, &w->channels);
        else if (strcmp(id, "period") == 0)
            snd_config_get_integer(n, &w->period);
        else if (strcmp(id, "delay_ms") == 0)
            snd_config_get_integer(n, &w->delay_ms);
        else if (strcmp(id, "gain_db") == 0)
            snd_config_get_ireal(n, &w->gain_db);
        else if (strcmp(id, "type") != 0 && strcmp(id, "comment") != 0 && strcmp(id, "hint") != 0)
            return -EINVAL;
    }
    return 0;
}

static int files_open(struct paced *p, bool capture)
{
    char name[sizeof p->path + 8];
    int fd, flags = O_RDWR | O_CREAT | O_CLOEXEC;
    struct stat st;
    void *map;

    p->file = open(p->path, flags, 0644);
    if (p->file < 0 || fstat(p->file, &st) != 0)
        return -errno;
    /* a card that came back goes on in the same file */
    p->total = st.st_size > HEADER ? (uint64_t)(st.st_size - HEADER) / 2 : 0;
    snprintf(name, sizeof name, "%s.now", p->path);
    fd = open(name, flags, 0644);
    if (fd < 0 || ftruncate(fd, sizeof *p->now) != 0)
        return -errno;
    map = mmap(NULL, sizeof *p->now, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return -errno;
    p->now = map;
    if (capture)
        return 0;
    snprintf(name, sizeof name, "%s.log", p->path);
    p->log = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return p->log < 0 ? -errno : 0;
}

static int limits_set(struct paced *p, const struct wish *w, bool capture)
{
    static const unsigned access[] = {SND_PCM_ACCESS_RW_INTERLEAVED};
    static const unsigned all[] = {SND_PCM_FORMAT_S16_LE, SND_PCM_FORMAT_S32_LE, SND_PCM_FORMAT_FLOAT_LE,
                                   SND_PCM_FORMAT_S24_3LE};
    unsigned one = w->format ? (unsigned)snd_pcm_format_value(w->format) : all[0];
    bool free_choice = !w->format && !capture;
    snd_pcm_ioplug_t *io = &p->io;

    snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, access);
    snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, free_choice ? 4 : 1,
                                  free_choice ? all : &one);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, w->channels ? (unsigned)w->channels : 1,
                                    w->channels ? (unsigned)w->channels : 2);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, w->rate ? (unsigned)w->rate : 8000,
                                    w->rate ? (unsigned)w->rate : 192000);
    snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES,
                                    w->period ? (unsigned)w->period * 2 : 32, 1U << 18);
    return snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 1024);
}

SND_PCM_PLUGIN_DEFINE_FUNC(paced)
{
    bool capture = stream == SND_PCM_STREAM_CAPTURE;
    struct wish w;
    struct paced *p;
    char fault[16];
    int code = wish_read(&w, conf);

    (void)root;
    if (code < 0)
        return code;
    p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->file = p->log = p->io.poll_fd = -1;
    snprintf(p->path, sizeof p->path, "%s", w.file);
    p->delay_ns = w.delay_ms * INT64_C(1000000);
    p->gain = pow(10.0, w.gain_db / 20.0);
    fault_of(p, fault);
    code = strcmp(fault, "vanish") == 0 ? -ENODEV : files_open(p, capture);
    if (code == 0) {
        p->io.version = SND_PCM_IOPLUG_VERSION;
        p->io.name = "paced by the clock";
        p->io.callback = &callbacks;
        p->io.private_data = p;
        p->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        p->io.poll_events = POLLIN;
        code = p->io.poll_fd < 0 ? -errno : snd_pcm_ioplug_create(&p->io, name, stream, mode);
    }
    if (code < 0) {
        release(p);
        return code;
    }
    tell(p, "open", p->total);
    code = limits_set(p, &w, capture);
    if (code < 0)
        snd_pcm_ioplug_delete(&p->io);
    *pcmp = p->io.pcm;
    return code;
}
SND_PCM_PLUGIN_SYMBOL(paced);
