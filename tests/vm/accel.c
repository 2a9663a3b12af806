/* accel - an accelerometer for a real kernel: a HID sensor made by /dev/uhid, which plays a recorded trace.
 *
 *   accel [OPTION of `tocsin virtual`]... TRACE...      SIGTERM unplugs it
 *
 * The kernel's own drivers (hid-sensor-hub, hid-sensor-accel-3d, hid-sensor-trigger) bind to it: to everybody
 * else it is the IIO device accel_3d of a tablet or a USB HID board. It measures while the kernel has it open,
 * powered and reporting, at the interval that the kernel wrote (whole milliseconds, the HID property's unit),
 * and like such chips it is silent about changes below its sensitivity (20 mg at power-up) until that is set
 * to 0. Without --wait-client it plays the record's quiet beginning until SIGUSR1 starts the record; with it
 * the first reader does. Standard output tells each change of its state as one line. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "node/virtual_args.h"
#include "tests/vm/uhid.h"

#define REPORT     1
#define U16(x)     (x) & 0xff, (x) >> 8
#define U32(x)     (x) & 0xff, (x) >> 8 & 0xff, (x) >> 16 & 0xff, (x) >> 24
#define USAGE(x)   0x0a, U16(x)
#define SELECTOR() 0x15, 1, 0x25, 6, 0x75, 8, 0x95, 1

/* HID Usage Tables 1.12, page 0x20 (sensors); the units and their exponents as Linux's hid-sensor-ids.h has
 * them. An item's first byte: its kind, and how many bytes follow. */
static const uint8_t descriptor[] = {
    0x05, 0x20, 0x09, 0x73, 0xa1, 0x00, 0x85, REPORT, /* page, Accelerometer 3D, a physical collection */
    /* feature: report interval, ms */
    USAGE(0x030e), 0x15, 0, 0x27, U32(0x7fffffff), 0x75, 32, 0x95, 1, 0x65, 0x19, 0x55, 0, 0xb1, 0x02,
    /* feature: change sensitivity (absolute) of acceleration, 1e-6 g */
    USAGE(0x1452), 0x65, 0x1a, 0x55, 0x0a, 0xb1, 0x02, 0x65, 0, 0x55, 0,
    /* feature: reporting state: no events, all, threshold, and the same three with wake */
    USAGE(0x0316), 0xa1, 0x02, SELECTOR(), USAGE(0x0840), USAGE(0x0841), USAGE(0x0842), USAGE(0x0843),
    USAGE(0x0844), USAGE(0x0845), 0xb1, 0x00, 0xc0,
    /* feature: power state: undefined, D0 full, D1, D2, D3, D4 off */
    USAGE(0x0319), 0xa1, 0x02, SELECTOR(), USAGE(0x0850), USAGE(0x0851), USAGE(0x0852), USAGE(0x0853),
    USAGE(0x0854), USAGE(0x0855), 0xb1, 0x00, 0xc0,
    /* input: x, y, z, 1e-6 g */
    0x17, U32(0x80000000), 0x27, U32(0x7fffffff), 0x75, 32, 0x95, 1, 0x65, 0x1a, 0x55, 0x0a, USAGE(0x0453),
    0x81, 0x02, USAGE(0x0454), 0x81, 0x02, USAGE(0x0455), 0x81, 0x02, 0xc0};

struct feature {
    uint8_t report;
    uint32_t interval_ms, sensitivity;
    uint8_t reporting, power; /* ALL_EVENTS, FULL_POWER: it measures */
} __attribute__((packed));
enum { ALL_EVENTS = 2, FULL_POWER = 2 };

struct input {
    uint8_t report;
    int32_t count[VIRTUAL_AXES];
} __attribute__((packed));

struct accel {
    struct virtual_args args;
    struct virtual_counts counts[VIRTUAL_TRACKS];
    int fd, timer, signals;
    struct feature feature;
    unsigned opens;
    uint32_t running_ms; /* 0: stands still */
    size_t track;
    int64_t at;
    bool sent_any;
    struct input sent;
    uint64_t reports, unchanged, late;
};

static int load(struct accel *a, struct error *err)
{
    struct virtual_record record = {0};
    struct trace *trace;
    int result;

    if (trace_conf_check(&a->args.trace, err) < 0 ||
        trace_open(&trace, &sys_real, a->args.paths, a->args.n_paths, &a->args.trace, err) < 0)
        return -1;
    result = virtual_record_read(&record, &sys_real, trace, 0, a->args.track.gravity, err);
    trace_close(trace);
    if (a->args.rates == 0)
        a->args.rate_hz[a->args.rates++] = record.rate_hz;
    for (size_t i = 0; result == 0 && i < a->args.rates; i++)
        result = virtual_counts_make(&a->counts[i], &record, a->args.rate_hz[i], &a->args.track,
                                     &a->args.sensor, err);
    virtual_record_free(&record);
    return result;
}

static int64_t beginning(const struct accel *a)
{
    return llround(a->args.start_at_s * a->args.rate_hz[a->track]);
}

/* The track whose rate is nearest to the kernel's interval, at the same place in the record. */
static void choose_track(struct accel *a)
{
    double want_hz = 1000.0 / a->feature.interval_ms, place_s = (double)a->at / a->args.rate_hz[a->track];

    for (size_t i = 0; i < a->args.rates; i++)
        if (fabs(a->args.rate_hz[i] - want_hz) < fabs(a->args.rate_hz[a->track] - want_hz))
            a->track = i;
    a->at = llround(place_s * a->args.rate_hz[a->track]);
}

/* Starts, stops or changes its pace as opening, power, reporting and interval say. */
static void settle(struct accel *a)
{
    bool on = a->opens > 0 && a->feature.reporting == ALL_EVENTS && a->feature.power == FULL_POWER;
    uint32_t ms = on ? a->feature.interval_ms : 0;
    struct timespec period = {ms / 1000, ms % 1000 * 1000000L};
    struct itimerspec pace = {period, period};

    if (ms == a->running_ms)
        return;
    if (on)
        choose_track(a);
    timerfd_settime(a->timer, 0, &pace, NULL);
    a->running_ms = ms;
    printf("%s interval %u ms, track %g Hz, sensitivity %u\n", on ? "on" : "off", a->feature.interval_ms,
           a->args.rate_hz[a->track], a->feature.sensitivity);
}

static bool sample(struct accel *a)
{
    const struct virtual_track *t = &a->counts[a->track].track;
    struct uhid_event e = {.type = UHID_INPUT2};
    struct input in = {.report = REPORT};
    int64_t change = 0;

    if (a->at >= t->n)
        a->at = t->again;
    memcpy(in.count, t->count[a->at++], sizeof in.count);
    for (int i = 0; i < VIRTUAL_AXES; i++)
        change = llabs((int64_t)in.count[i] - a->sent.count[i]) > change
                     ? llabs((int64_t)in.count[i] - a->sent.count[i])
                     : change;
    if (a->sent_any && a->feature.sensitivity && change < a->feature.sensitivity) {
        a->unchanged++;
        return true;
    }
    a->sent = in;
    a->sent_any = true;
    a->reports++;
    e.u.input2.size = sizeof in;
    memcpy(e.u.input2.data, &in, sizeof in);
    return uhid_write(a->fd, &e);
}

static bool on_timer(struct accel *a)
{
    uint64_t periods;

    if (read(a->timer, &periods, sizeof periods) != sizeof periods)
        return true;
    a->late += periods - 1;
    while (periods--)
        if (!sample(a))
            return false;
    return true;
}

static bool on_event(struct accel *a)
{
    struct uhid_event e;
    bool ok = true;

    if (read(a->fd, &e, sizeof e) < 0)
        return false;
    switch (e.type) {
    case UHID_OPEN:
        a->opens++;
        break;
    case UHID_CLOSE:
        a->opens -= a->opens > 0;
        break;
    case UHID_GET_REPORT:
        ok = uhid_answer_get(a->fd, &e, &a->feature, sizeof a->feature);
        break;
    case UHID_SET_REPORT:
        if (e.u.set_report.size == sizeof a->feature)
            memcpy(&a->feature, e.u.set_report.data, sizeof a->feature);
        if (a->feature.interval_ms == 0)
            a->feature.interval_ms = 1;
        ok = uhid_answer_set(a->fd, &e, e.u.set_report.size == sizeof a->feature);
        break;
    default:
        break;
    }
    settle(a);
    return ok;
}

/* False: unplug. */
static bool on_signal(struct accel *a)
{
    struct signalfd_siginfo info;

    if (read(a->signals, &info, sizeof info) != sizeof info)
        return true;
    if (info.ssi_signo != SIGUSR1)
        return false;
    a->at = beginning(a);
    puts("the record begins");
    return true;
}

static void run(struct accel *a)
{
    struct pollfd p[] = {{a->fd, POLLIN, 0}, {a->timer, POLLIN, 0}, {a->signals, POLLIN, 0}};
    bool on = true;

    while (on && (poll(p, 3, -1) >= 0 || errno == EINTR)) {
        if (p[1].revents & POLLIN)
            on = on_timer(a);
        if (p[0].revents)
            on = on && on_event(a);
        if (p[2].revents & POLLIN)
            on = on && on_signal(a);
    }
}

/* Refused, it plays less evenly. */
static void be_quick(void)
{
    struct sched_param p = {.sched_priority = 40};

    if (sched_setscheduler(0, SCHED_FIFO, &p) < 0 || mlockall(MCL_CURRENT) < 0)
        fprintf(stderr, "accel: note: no real-time priority: %s\n", strerror(errno));
}

int main(int argc, char **argv)
{
    static struct accel a = {.feature = {REPORT, 10, 20000, 1, FULL_POWER}};
    struct error err = {"out of memory"};
    sigset_t signals;
    int code = virtual_args_parse(argc, argv, &a.args);

    if (code != 0)
        return code < 0 ? 0 : code;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (load(&a, &err) < 0) {
        fprintf(stderr, "accel: %s\n", err.text);
        return 2;
    }
    a.at = a.args.sensor.wait ? beginning(&a) : a.counts[0].track.again;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    a.signals = signalfd(-1, &signals, SFD_CLOEXEC);
    a.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    a.fd = uhid_plug("Tocsin test accelerometer", "accel-1", 0x16c0, 0x27dd, descriptor, sizeof descriptor);
    if (a.fd < 0)
        return 1;
    be_quick();
    run(&a);
    printf("unplugged after %llu reports, %llu unchanged, %llu late\n", (unsigned long long)a.reports,
           (unsigned long long)a.unchanged, (unsigned long long)a.late);
    close(a.fd);
    return 0;
}
