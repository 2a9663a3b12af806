/* tocsin siren - lets a person hear each sound, and tests the siren. */
#include "node/cmd.h"

#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "alarm/siren.h"
#include "alarm/wav.h"
#include "io/json.h"
#include "node/args.h"
#include "node/node_conf.h"
#include "node/thread_siren.h"

enum { CUES_MAX = 16, BLOCK = 128, CARD_WAIT_MS = 10000, TURN_MS = 20 };
static const double loop_s = 15.0; /* what has no end of its own is heard for so long */
static const double longest_s = 180.0;
static const double settle_s = 0.5; /* for an order to have been taken */

struct cue { /* an order and when it comes */
    struct sound_order order;
    double at_s;
};

struct options {
    const char *wav;
    struct args_conf conf;
    struct cue cue[CUES_MAX];
    int cues;
    double seconds; /* 0: as long as it takes */
    bool print_config;
    struct sound_order common; /* what every cue says: source, countdown, maximum, severe, siren, voice */
};

struct job {
    const struct sys *sys;
    struct options o;
    struct siren_conf conf;
};

/* ---- the command line ---- */

static const struct option long_options[] = {
    {"level", required_argument, NULL, 'l'},
    {"device", required_argument, NULL, 'd'},
    {"microphone", required_argument, NULL, 'm'},
    {"wav", required_argument, NULL, 'w'},
    {"seconds", required_argument, NULL, 't'},
    {"source", required_argument, NULL, 'r'},
    {"countdown", required_argument, NULL, 'n'},
    {"maximum", required_argument, NULL, 'x'},
    {"severe", no_argument, NULL, 'v'},
    {"no-tone", no_argument, NULL, 'T'},
    {"no-voice", no_argument, NULL, 'V'},
    {"config", required_argument, NULL, 'c'},
    {"set", required_argument, NULL, 's'},
    {"print-config", no_argument, NULL, 'p'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct {
    const char *name;
    enum sound sound;
    bool exercise;
} levels[] = {
    {"warning", SOUND_WARNING, false}, {"alarm", SOUND_ALARM, false},   {"cancel", SOUND_CANCEL, false},
    {"ended", SOUND_ENDED, false},     {"exercise", SOUND_ALARM, true}, {"test", SOUND_TEST, false},
    {"unfit", SOUND_UNFIT, false},     {"none", SOUND_NONE, false},
};
enum { LEVELS = sizeof levels / sizeof *levels };

static void help(void)
{
    fputs("usage: tocsin siren [OPTION...]\n"
          "\n"
          "Plays what the siren would play, or tests it. Without --level: the test, which passes (exit code "
          "0) only\n"
          "when the microphone has heard the tone. JSON Lines on standard output.\n"
          "\n"
          "  -l, --level LEVEL[@S]  test | alarm | warning | cancel | ended | exercise | unfit | none; S "
          "seconds after\n"
          "                         the beginning; may be repeated: --level warning --level alarm@4 --level "
          "none@9\n"
          "  -d, --device NAME      ALSA playback device (siren.device)\n"
          "  -m, --microphone NAME  ALSA capture device that hears it (siren.microphone)\n"
          "  -w, --wav FILE         into a WAV file, as fast as it can; no sound card\n"
          "      --seconds S        stop after S seconds; default: at its end, or 15 s after the last level\n"
          "      --source WHO       local | peer | official: who says so\n"
          "      --countdown S      the strong shaking comes in S seconds\n"
          "      --maximum I        with ended: largest intensity\n"
          "      --severe           with ended: nobody goes back in before inspection\n"
          "      --no-tone, --no-voice\n"
          "  -c, --config FILE      configuration; siren.* and voice.* are used\n"
          "      --set KEY=VALUE    overrides one key\n"
          "      --print-config     the effective siren.* and voice.*, and ends\n",
          stdout);
}

static int bad(const char *what, const char *value, const char *want)
{
    return args_error("siren", what, value, want);
}

/* An option that is short for a key of the configuration. */
static int add_set(struct options *o, const char *key, const char *value)
{
    static char text[2][2 * CONF_TEXT_MAX];
    static int used;

    if (o->conf.sets == ARGS_SETS_MAX)
        return bad("--set", value, "too many of them");
    if (used == 2)
        return bad(key, value, "given twice");
    snprintf(text[used], sizeof text[used], "%s=%s", key, value);
    o->conf.set[o->conf.sets++] = text[used++];
    return 0;
}

static int add_level(struct options *o, const char *text)
{
    const char *at = strchr(text, '@');
    size_t n = at ? (size_t)(at - text) : strlen(text);
    struct cue *c = &o->cue[o->cues];

    if (o->cues == CUES_MAX)
        return bad("--level", text, "too many of them");
    *c = (struct cue){0};
    if (at && !args_number(at + 1, 0.0, longest_s, &c->at_s))
        return bad("--level", text, "want seconds behind the @");
    if (o->cues > 0 && c->at_s < c[-1].at_s)
        return bad("--level", text, "comes before the one in front of it");
    for (int i = 0; i < LEVELS; i++)
        if (strlen(levels[i].name) == n && memcmp(levels[i].name, text, n) == 0) {
            c->order.sound = levels[i].sound;
            c->order.exercise = levels[i].exercise;
            o->cues++;
            return 0;
        }
    return bad("--level", text, "want test, alarm, warning, cancel, ended, exercise, unfit or none");
}

static int set_source(struct options *o, const char *text)
{
    static const char *const names[] = {"local", "peer", "official"};

    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            o->common.source = (enum sound_source)i;
            return 0;
        }
    return bad("--source", text, "want local, peer or official");
}

static int number(const char *option, const char *text, double low, double high, double *out)
{
    return args_number(text, low, high, out) ? 0 : bad(option, text, "out of range, or no number");
}

static int take(struct options *o, int c, char **argv)
{
    switch (c) {
    case 'l':
        return add_level(o, optarg);
    case 'd':
        return add_set(o, "siren.device", optarg);
    case 'm':
        return add_set(o, "siren.microphone", optarg);
    case 'w':
        o->wav = optarg;
        return 0;
    case 't':
        return number("--seconds", optarg, 0.01, longest_s, &o->seconds);
    case 'r':
        return set_source(o, optarg);
    case 'n':
        return number("--countdown", optarg, 0.0, 600.0, &o->common.countdown_s);
    case 'x':
        return number("--maximum", optarg, 0.0, 12.0, &o->common.maximum);
    case 'v':
        o->common.severe = true;
        return 0;
    case 'T':
        o->common.siren = false;
        return 0;
    case 'V':
        o->common.voice = false;
        return 0;
    case 'p':
        o->print_config = true;
        return 0;
    default:
        return args_common("siren", c, argv, &o->conf);
    }
}

/* 0, or an exit code with the reason told; -1: --help was all that was asked. */
static int parse(int argc, char **argv, struct options *o)
{
    int c, code = 0;

    o->common = (struct sound_order){
        .siren = true, .voice = true, .event = 1, .revision = 1, .countdown_s = NAN, .maximum = NAN};
    optind = 1;
    while (!code && (c = getopt_long(argc, argv, ":l:d:m:w:c:h", long_options, NULL)) != -1) {
        if (c == 'h') {
            help();
            return -1;
        }
        code = take(o, c, argv);
    }
    if (!code && optind < argc)
        code = bad("unexpected argument", argv[optind], "none is wanted");
    if (!code && o->cues == 0)
        code = add_level(o, "test");
    return code;
}

static int load(struct job *j, struct error *err)
{
    const struct conf_table table = {.row = siren_rows, .rows = siren_rows_count, .target = &j->conf};
    struct node_conf *all = sys_alloc(j->sys, sizeof *all); /* one file serves every command */

    if (!all)
        return error_set(err, "out of memory");
    int result = node_conf_load(all, j->sys, j->o.conf.file, j->o.conf.set, j->o.conf.sets, err);
    j->conf = all->siren;
    sys_free(j->sys, all);
    if (result != 0)
        return -1;
    if (j->o.print_config)
        conf_print(&table, 1, stdout);
    if (!j->conf.installed[0])
        siren_thread_prompts(j->conf.installed, sizeof j->conf.installed);
    return 0;
}

static struct sound_order order_of(const struct job *j, int i, int64_t decided_ns)
{
    struct sound_order order = j->o.common;

    order.sound = j->o.cue[i].order.sound;
    order.exercise = j->o.cue[i].order.exercise;
    if (order.exercise)
        order.source = SOURCE_OPERATOR;
    order.revision = (uint32_t)i + 1;
    order.decided_ns = decided_ns;
    return order;
}

/* When it is over although it goes on: 0 while it is not. */
static bool over(const struct job *j, double now_s)
{
    const struct cue *last = &j->o.cue[j->o.cues - 1];
    bool endless =
        (last->order.sound == SOUND_ALARM || last->order.sound == SOUND_WARNING) && !last->order.exercise;

    if (j->o.seconds > 0.0)
        return now_s >= j->o.seconds;
    return now_s >= last->at_s + (endless ? loop_s : longest_s);
}

/* ---- lines ---- */

static void print_line(struct json *line)
{
    const char *text;

    if (json_write_line(line, &text, NULL) == 0)
        fputs(text, stdout);
    fflush(stdout);
    json_free(line);
}

static struct json *line_of(const struct sys *sys, const char *type)
{
    struct json *line = json_new_object(sys);

    json_put_text(line, "schema", "tocsin.siren/1");
    json_put_text(line, "type", type);
    return line;
}

static void tell_missing(int missing, int refused, const char *why)
{
    if (missing + refused > 0)
        fprintf(stderr, "tocsin siren: note: %d voice prompts missing, %d recordings not usable: %s\n",
                missing, refused, why);
}

/* ---- into a file ---- */

static int write_frames(const struct sys *sys, int fd, const float *frame, size_t n)
{
    unsigned char bytes[2 * BLOCK];

    for (size_t i = 0; i < n; i++) {
        int16_t x = (int16_t)lrintf(frame[i] * 32767.0F);

        bytes[2 * i] = (unsigned char)((uint16_t)x & 255);
        bytes[2 * i + 1] = (unsigned char)((uint16_t)x >> 8);
    }
    return sys_write_all(sys, fd, bytes, 2 * n);
}

/* The frames of all cues; returns how many, or -1. */
static int64_t play_into(struct job *j, struct siren *s, int fd)
{
    float frame[BLOCK];
    int64_t n = 0;

    for (int next = 0;; n += BLOCK) {
        double now_s = (double)n / s->sounds->rate_hz;

        for (; next < j->o.cues && j->o.cue[next].at_s <= now_s; next++) {
            struct sound_order order = order_of(j, next, 0);

            siren_order(s, &order);
        }
        if (over(j, now_s) || (j->o.seconds <= 0.0 && next == j->o.cues && siren_quiet(s)))
            return n;
        siren_fill(s, frame, BLOCK);
        if (write_frames(j->sys, fd, frame, BLOCK) != 0)
            return -1;
    }
}

static int write_wav(struct job *j, const struct sounds *sounds, struct siren *s, struct error *err)
{
    const struct sys *sys = j->sys;
    unsigned char head[WAV_HEADER];
    int fd = sys->open_write(sys->ctx, j->o.wav);
    int64_t frames;

    if (fd < 0)
        return error_set(err, "%s: cannot write", j->o.wav);
    siren_init(s, sounds, &j->conf);
    wav_header(head, 0, sounds->rate_hz);
    frames = sys_write_all(sys, fd, head, sizeof head) == 0 ? play_into(j, s, fd) : -1;
    if (frames >= 0) {
        wav_header(head, (size_t)frames, sounds->rate_hz);
        if (sys->seek(sys->ctx, fd, 0) != 0 || sys_write_all(sys, fd, head, sizeof head) != 0)
            frames = -1;
    }
    if (sys->close(sys->ctx, fd) != 0 || frames < 0)
        return error_set(err, "%s: cannot write all of it", j->o.wav);
    struct json *line = line_of(sys, "file");
    json_put_text(line, "file", j->o.wav);
    json_put_integer(line, "rate_hz", sounds->rate_hz);
    json_put_number(line, "length_s", (double)frames / sounds->rate_hz, 3);
    print_line(line);
    return 0;
}

static int run_file(struct job *j, struct error *err)
{
    struct sounds *sounds;
    struct siren *s = sys_alloc(j->sys, sizeof *s);
    int failed = -1;

    if (!s)
        return error_set(err, "no memory");
    if (sounds_open(&sounds, j->sys, &j->conf, (unsigned)j->conf.rate_hz, err) == 0) {
        while (sounds_load(sounds)) {
        }
        tell_missing(sounds->missing, sounds->refused, sounds->first_fault.text);
        failed = write_wav(j, sounds, s, err);
        sounds_close(sounds);
    }
    sys_free(j->sys, s);
    return failed;
}

/* ---- to the card ---- */

struct stage {
    struct job *j;
    struct wake to_siren, to_us;
    struct ring *orders, *done;
    struct siren_thread *thread;
    bool written, failed;
    struct siren_test test;
};

static int stage_open(struct stage *st, struct error *err)
{
    const struct sys *sys = st->j->sys;

    st->to_siren.fd = st->to_us.fd = -1;
    if (wake_open(&st->to_siren, err) != 0 || wake_open(&st->to_us, err) != 0 ||
        ring_open(&st->orders, sys, sizeof(struct sound_order), 16, &st->to_siren, err) != 0 ||
        ring_open(&st->done, sys, sizeof(struct output_done), 64, &st->to_us, err) != 0)
        return -1;
    return siren_thread_open(&st->thread, sys, &st->j->conf, st->orders, &st->to_siren, st->done, err);
}

static void stage_close(struct stage *st)
{
    siren_thread_close(st->thread);
    ring_close(st->done);
    ring_close(st->orders);
    wake_close(&st->to_us);
    wake_close(&st->to_siren);
}

static int64_t now_ns(const struct stage *st)
{
    return st->j->sys->mono_ns(st->j->sys->ctx);
}

static int wait_for_card(struct stage *st, struct error *err)
{
    struct siren_health health = {0};

    for (int waited = 0; waited < CARD_WAIT_MS; waited += TURN_MS) {
        siren_thread_health(st->thread, &health);
        if (health.card && health.words)
            break;
        if (health.fault[0] && !health.card)
            return error_set(err, "%.500s", health.fault);
        wake_wait(&st->to_us, TURN_MS);
    }
    if (!health.card)
        return error_set(err, "the sound card does not answer");
    tell_missing(health.prompts_missing, health.prompts_refused, health.fault);
    struct json *line = line_of(st->j->sys, "card");
    json_put_text(line, "device", st->j->conf.device);
    json_put_integer(line, "rate_hz", health.info.rate_hz);
    json_put_text(line, "format", health.info.format);
    json_put_integer(line, "channels", health.info.channels);
    json_put_integer(line, "period_frames", health.info.period_frames);
    json_put_integer(line, "buffer_frames", health.info.buffer_frames);
    print_line(line);
    return 0;
}

static void tell_done(struct stage *st)
{
    struct output_done done;

    while (ring_pop(st->done, &done)) {
        bool voice = done.what == OUTPUT_VOICE_WRITTEN;

        if (done.what != OUTPUT_SIREN_WRITTEN && !voice) {
            st->failed = true;
            continue;
        }
        st->written = true;
        struct json *line = line_of(st->j->sys, voice ? "voice" : "tone");
        json_put_integer(line, "revision", done.revision);
        json_put_number(line, "written_ms", (double)(done.at_ns - done.decided_ns) * 1e-6, 3);
        json_put_number(line, "queue_ms", (double)done.queue_ns * 1e-6, 3);
        json_put_integer(line, "heard_mono_ns", done.at_ns + done.queue_ns);
        print_line(line);
    }
}

static void tell_test(struct stage *st)
{
    struct siren_test test = st->test;

    siren_thread_test(st->thread, &test);
    if (test.number == st->test.number)
        return;
    st->test = test;
    struct json *line = line_of(st->j->sys, "test");
    json_put_bool(line, "played", test.played);
    json_put_bool(line, "listened", test.listened);
    json_put_bool(line, "heard", test.heard);
    json_put_bool(line, "current", test.current);
    json_put_number(line, "wake_s", test.wake_s, 3);
    json_put_number(line, "level_db", test.level_db, 1);
    print_line(line);
}

/* A person's interrupt ends it as its time does: what sounds fades. */
static void hold_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigprocmask(SIG_BLOCK, set, NULL);
}

static bool interrupted(const sigset_t *set)
{
    const struct timespec at_once = {0};

    return sigtimedwait(set, NULL, &at_once) > 0;
}

/* Is the last order through: taken, answered where it is a test, and said? */
static bool said(const struct stage *st, int next, double now_s)
{
    const struct options *o = &st->j->o;

    return next == o->cues && now_s > o->cue[o->cues - 1].at_s + settle_s &&
           (o->cue[o->cues - 1].order.sound != SOUND_TEST || st->test.number > 0) &&
           siren_thread_quiet(st->thread);
}

/* The orders at their times, and what comes back. */
static void perform(struct stage *st, const sigset_t *signals)
{
    struct job *j = st->j;
    int64_t began_ns = now_ns(st);
    double end_s = j->o.seconds;

    for (int next = 0;;) {
        double now_s = (double)(now_ns(st) - began_ns) * 1e-9;

        for (; next < j->o.cues && j->o.cue[next].at_s <= now_s; next++) {
            struct sound_order order = order_of(j, next, now_ns(st));

            ring_push(st->orders, &order);
        }
        tell_done(st);
        tell_test(st);
        if (interrupted(signals) || (end_s > 0.0 ? now_s >= end_s : over(j, now_s)))
            return;
        if (end_s <= 0.0 && said(st, next, now_s))
            return;
        wake_wait(&st->to_us, TURN_MS);
    }
}

static int verdict(const struct stage *st, struct error *err)
{
    if (st->test.number > 0 && !siren_test_passed(&st->test))
        return error_set(err, st->test.listened ? "the microphone has not heard the siren"
                              : st->test.played ? "the siren was played, and nothing listened: --microphone"
                                                : "the siren was not played");
    if (st->failed)
        return error_set(err, "the sound card was lost meanwhile");
    return st->written ? 0 : error_set(err, "nothing was to be heard");
}

static int run_card(struct job *j, struct error *err)
{
    struct stage st = {.j = j};
    sigset_t signals;
    int failed;

    hold_signals(&signals);
    failed = stage_open(&st, err);
    if (!failed)
        failed = wait_for_card(&st, err);
    if (!failed)
        perform(&st, &signals);
    stage_close(&st);
    return failed ? -1 : verdict(&st, err);
}

int cmd_siren(const struct sys *sys, int argc, char **argv)
{
    static struct job j;
    struct error err;
    int code;

    j = (struct job){.sys = sys};
    code = parse(argc, argv, &j.o);
    if (code != 0)
        return code < 0 ? EXIT_OK : code;
    if (load(&j, &err) != 0) {
        fprintf(stderr, "tocsin siren: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (j.o.print_config)
        return EXIT_OK;
    if ((j.o.wav ? run_file(&j, &err) : run_card(&j, &err)) != 0) {
        fprintf(stderr, "tocsin siren: %s\n", err.text);
        return EXIT_FOUND;
    }
    return EXIT_OK;
}
