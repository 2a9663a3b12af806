/* relays - eight relays and contacts for a real kernel: a CP2112 (USB HID to SMBus bridge) made by /dev/uhid.
 *
 *   relays CONTROL >LOG      SIGTERM unplugs it
 *
 * The kernel's hid-cp2112 binds to it and shows the GPIO chip "cp2112_gpio". A line of LOG is
 * "MONO_NS LINE LEVEL" for each output that is driven to another level, and "MONO_NS LINE released" when it
 * is an input again. CONTROL is a named pipe: a line "LINE LEVEL" written into it moves an input from outside.
 * Reports as in Silicon Labs' AN495, as far as hid-cp2112.c asks for them; no SMBus device answers. */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>

#include "tests/vm/uhid.h"

enum { GPIO_CONFIG = 0x02, GPIO_GET = 0x03, GPIO_SET = 0x04, VERSION = 0x05, SMBUS_CONFIG = 0x06 };
enum { DATA_READ = 0x10, DATA_OUT = 0x14, DATA_IN = 0x13, LINES = 8, MASK = 0xff };

#define FEATURE(report, bytes) 0x85, report, 0x95, bytes, 0x09, 0x01, 0xb1, 0x02

static const uint8_t descriptor[] = {0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, /* a vendor's own page */
                                     0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, /* bytes */
                                     FEATURE(GPIO_CONFIG, 4), FEATURE(GPIO_GET, 1), FEATURE(GPIO_SET, 2),
                                     FEATURE(VERSION, 2), FEATURE(SMBUS_CONFIG, 13),
                                     /* out: an SMBus transfer; in: its answer */
                                     0x85, DATA_READ, 0x95, 3, 0x09, 0x01, 0x91, 0x02, 0x85, DATA_OUT, 0x95,
                                     61, 0x09, 0x01, 0x91, 0x02, 0x85, DATA_IN, 0x95, 62, 0x09, 0x01, 0x81,
                                     0x02, 0xc0};

struct chip {
    int fd;
    uint8_t output;    /* lines that are outputs, as a mask; at power-up none is */
    uint8_t latch;     /* levels that were set */
    uint8_t outside;   /* levels that the wires have where no output drives them */
    uint8_t config[3]; /* push-pull, special functions, clock divider: kept, not looked at */
    uint8_t smbus[13]; /* the same */
};

static uint8_t levels(const struct chip *c)
{
    return (uint8_t)((c->latch & c->output) | (c->outside & ~c->output));
}

static void tell(const struct chip *c, uint8_t was_output, uint8_t was_level)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    for (int i = 0; i < LINES; i++) {
        int bit = 1 << i;
        int64_t ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
        if (was_output & bit & ~c->output)
            printf("%" PRId64 " %d released\n", ns, i);
        else if (c->output & bit && (~was_output & bit || (was_level ^ levels(c)) & bit))
            printf("%" PRId64 " %d %d\n", ns, i, levels(c) >> i & 1);
    }
    fflush(stdout);
}

static bool get(struct chip *c, const struct uhid_event *e)
{
    uint8_t report[16] = {e->u.get_report.rnum};
    size_t size = 0;

    switch (report[0]) {
    case GPIO_CONFIG:
        report[1] = c->output;
        memcpy(report + 2, c->config, sizeof c->config);
        size = 5;
        break;
    case GPIO_GET:
        report[1] = levels(c);
        size = 2;
        break;
    case VERSION:
        report[1] = 0x0c; /* the part number of every CP2112 */
        report[2] = 0x02;
        size = 3;
        break;
    case SMBUS_CONFIG:
        memcpy(report + 1, c->smbus, sizeof c->smbus);
        size = 14;
        break;
    default:
        break;
    }
    return uhid_answer_get(c->fd, e, report, size);
}

static bool set(struct chip *c, const struct uhid_event *e)
{
    const uint8_t *report = e->u.set_report.data;
    uint16_t size = e->u.set_report.size;
    uint8_t was_output = c->output, was_level = levels(c);
    bool known = true;

    if (report[0] == GPIO_CONFIG && size == 5) {
        c->output = report[1];
        memcpy(c->config, report + 2, sizeof c->config);
    } else if (report[0] == GPIO_SET && size == 3)
        c->latch = (uint8_t)((c->latch & ~report[2]) | (report[1] & report[2]));
    else if (report[0] == SMBUS_CONFIG && size == 14)
        memcpy(c->smbus, report + 1, sizeof c->smbus);
    else
        known = false;
    tell(c, was_output, was_level);
    return uhid_answer_set(c->fd, e, known);
}

static bool on_event(struct chip *c)
{
    struct uhid_event e;

    if (read(c->fd, &e, sizeof e) < 0)
        return false;
    if (e.type == UHID_GET_REPORT)
        return get(c, &e);
    return e.type != UHID_SET_REPORT || set(c, &e);
}

static void on_control(struct chip *c, int control)
{
    char text[64];
    ssize_t n = read(control, text, sizeof text - 1);
    int line, level;

    text[n > 0 ? n : 0] = 0;
    if (sscanf(text, "%d %d", &line, &level) == 2 && line >= 0 && line < LINES)
        c->outside = (uint8_t)((c->outside & ~(1 << line)) | !!level << line);
}

int main(int argc, char **argv)
{
    struct chip c = {.outside = MASK}; /* pulled up */
    sigset_t signals;
    struct pollfd p[3] = {{.events = POLLIN}, {.events = POLLIN}, {.events = POLLIN}};

    if (argc != 2) {
        fputs("usage: relays CONTROL-PIPE\n", stderr);
        return 64;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    p[1].fd = open(argv[1], O_RDWR | O_CLOEXEC | O_NONBLOCK); /* both ends: it never ends */
    p[2].fd = signalfd(-1, &signals, SFD_CLOEXEC);
    if (p[1].fd < 0 || p[2].fd < 0) {
        perror(argv[1]);
        return 1;
    }
    c.fd = uhid_plug("Tocsin test relays", "relays-1", 0x10c4, 0xea90, descriptor, sizeof descriptor);
    p[0].fd = c.fd;
    if (c.fd < 0)
        return 1;
    while ((poll(p, 3, -1) >= 0 || errno == EINTR) && !(p[2].revents & POLLIN)) {
        if (p[1].revents & POLLIN)
            on_control(&c, p[1].fd);
        if (p[0].revents && !on_event(&c))
            return 1;
    }
    close(c.fd);
    return 0;
}
