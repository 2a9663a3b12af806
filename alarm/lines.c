#include "alarm/lines.h"

#include <errno.h>
#include <gpiod.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "alarm/lines_port.h"

/* The label of the chips that are folders. */
static const char sim_prefix[] = "sim:";
static const char consumer[] = "tocsin";

/* An edge's time is the kernel's monotonic clock since Linux 5.7; before it was the time of day. */
static int64_t edge_time(const struct sys *sys, int64_t told_ns)
{
    int64_t now_ns = sys->mono_ns(sys->ctx);

    return told_ns > now_ns || now_ns - told_ns > 10000000000 ? now_ns : told_ns;
}

/* 1: an edge waits; 0: none; -ENODEV: the chip is gone, and reading could wait for ever. */
static int edge_waits(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    if (fd < 0 || poll(&p, 1, 0) <= 0)
        return 0;
    return p.revents & (POLLERR | POLLHUP | POLLNVAL) ? -ENODEV : 1;
}

static int no_chip(const struct lines_spec *spec, int number, struct error *err)
{
    if (number == 0 || number == ENOENT || number == ENODEV)
        return error_set(err, "no GPIO chip has the label \"%s\"; gpiodetect lists those there are",
                         spec->chip);
    return error_set(err, "GPIO chip \"%s\": %s", spec->chip, strerror(number));
}

static int no_line(const struct lines_spec *spec, int number, struct error *err)
{
    return error_set(err, "GPIO chip \"%s\", line %d: %s%s", spec->chip, spec->line, strerror(number),
                     number == EBUSY ? "; another program has it (gpioinfo names it)" : "");
}

#ifdef GPIOD_API /* libgpiod 1.x marks its functions with it */

struct gpio_pin {
    struct lines_pin pin;
    struct gpiod_chip *chip;
    struct gpiod_line *line;
    bool has_edges;
};

static int bias_flags(enum contact_bias bias)
{
    switch (bias) {
    case CONTACT_AS_IS:
        return 0;
    case CONTACT_PULL_UP:
        return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
    case CONTACT_PULL_DOWN:
        return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
    case CONTACT_NO_PULL:
        return GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
    }
    return 0;
}

/* Inputs as edges; without, where the chip has no interrupts; without its resistor, where it has none. */
static int request(struct gpio_pin *p, const struct lines_spec *spec)
{
    struct gpiod_line_request_config config = {.consumer = consumer,
                                               .request_type = GPIOD_LINE_REQUEST_DIRECTION_OUTPUT};

    if (spec->output)
        return gpiod_line_request(p->line, &config, spec->level);
    for (int with_bias = 1; with_bias >= 0; with_bias--) {
        config.flags = with_bias ? bias_flags(spec->bias) : 0;
        config.request_type = GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES;
        p->has_edges = gpiod_line_request(p->line, &config, 0) == 0;
        if (p->has_edges)
            return 0;
        if (errno == EBUSY || errno == ENODEV)
            return -1;
        config.request_type = GPIOD_LINE_REQUEST_DIRECTION_INPUT;
        if (gpiod_line_request(p->line, &config, 0) == 0)
            return 0;
    }
    return -1;
}

static void gpio_close(struct lines_pin *pin)
{
    struct gpio_pin *p = (struct gpio_pin *)pin;

    if (p->line && gpiod_line_is_requested(p->line))
        gpiod_line_release(p->line);
    if (p->chip)
        gpiod_chip_close(p->chip);
    sys_free(pin->sys, p);
}

static int gpio_open(struct gpio_pin *p, const struct lines_spec *spec, struct error *err)
{
    errno = 0;
    p->chip = gpiod_chip_open_by_label(spec->chip);
    if (!p->chip)
        return no_chip(spec, errno, err);
    p->line = gpiod_chip_get_line(p->chip, (unsigned)spec->line);
    if (!p->line || request(p, spec) < 0)
        return no_line(spec, errno, err);
    return 0;
}

static int gpio_look(const struct sys *sys, const struct lines_spec *spec, struct lines_seen *seen,
                     struct error *err)
{
    struct gpiod_chip *chip;
    struct gpiod_line *line;
    int result = 0;

    (void)sys;
    errno = 0;
    *seen = (struct lines_seen){0};
    chip = gpiod_chip_open_by_label(spec->chip);
    if (!chip)
        return no_chip(spec, errno, err);
    line = gpiod_chip_get_line(chip, (unsigned)spec->line);
    if (line) {
        const char *by = gpiod_line_consumer(line);
        seen->used = gpiod_line_is_used(line);
        snprintf(seen->by, sizeof seen->by, "%s", by ? by : "");
    } else {
        result = no_line(spec, errno, err);
    }
    gpiod_chip_close(chip);
    return result;
}

static int gpio_set(struct lines_pin *pin, bool level)
{
    return gpiod_line_set_value(((struct gpio_pin *)pin)->line, level) < 0 ? -errno : 0;
}

static int gpio_get(struct lines_pin *pin)
{
    int level = gpiod_line_get_value(((struct gpio_pin *)pin)->line);

    return level < 0 ? -errno : level;
}

static int gpio_fd(const struct lines_pin *pin)
{
    const struct gpio_pin *p = (const struct gpio_pin *)pin;

    return p->has_edges ? gpiod_line_event_get_fd(p->line) : -1;
}

static int gpio_edge(struct lines_pin *pin, bool *level, int64_t *at_ns)
{
    struct gpiod_line_event event;
    int waits = edge_waits(gpio_fd(pin));

    if (waits <= 0)
        return waits;
    if (gpiod_line_event_read(((struct gpio_pin *)pin)->line, &event) < 0)
        return -errno;
    *level = event.event_type == GPIOD_LINE_EVENT_RISING_EDGE;
    *at_ns = edge_time(pin->sys, (int64_t)event.ts.tv_sec * 1000000000 + event.ts.tv_nsec);
    return 1;
}

const char *lines_library(void)
{
    static char text[48];

    snprintf(text, sizeof text, "libgpiod %s", gpiod_version_string());
    return text;
}

#else /* libgpiod 2.x: written from its documentation; compiled by tests/cli/test_gpiod2.sh, run by nobody yet */

struct gpio_pin {
    struct lines_pin pin;
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *events;
    unsigned line;
    bool has_edges;
};

static enum gpiod_line_bias bias_of(enum contact_bias bias)
{
    switch (bias) {
    case CONTACT_AS_IS:
        return GPIOD_LINE_BIAS_AS_IS;
    case CONTACT_PULL_UP:
        return GPIOD_LINE_BIAS_PULL_UP;
    case CONTACT_PULL_DOWN:
        return GPIOD_LINE_BIAS_PULL_DOWN;
    case CONTACT_NO_PULL:
        return GPIOD_LINE_BIAS_DISABLED;
    }
    return GPIOD_LINE_BIAS_AS_IS;
}

static bool has_label(struct gpiod_chip *chip, const char *label)
{
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
    bool same = info && !strcmp(gpiod_chip_info_get_label(info), label);

    if (info)
        gpiod_chip_info_free(info);
    return same;
}

static struct gpiod_chip *open_by_label(const char *label)
{
    enum { CHIPS_MAX = 64 };
    char path[32];
    int refused = ENOENT;

    for (int i = 0; i < CHIPS_MAX; i++) {
        struct gpiod_chip *chip;

        snprintf(path, sizeof path, "/dev/gpiochip%d", i);
        if (!gpiod_is_gpiochip_device(path))
            continue;
        chip = gpiod_chip_open(path);
        if (chip && has_label(chip, label))
            return chip;
        if (chip)
            gpiod_chip_close(chip);
        else
            refused = errno;
    }
    errno = refused;
    return NULL;
}

static struct gpiod_line_request *request_with(struct gpiod_chip *chip, const struct lines_spec *spec,
                                               enum gpiod_line_edge edge, enum gpiod_line_bias bias)
{
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    struct gpiod_line_config *lines = gpiod_line_config_new();
    struct gpiod_request_config *config = gpiod_request_config_new();
    struct gpiod_line_request *request = NULL;
    unsigned line = (unsigned)spec->line;
    int number = ENOMEM;

    if (settings && lines && config) {
        gpiod_request_config_set_consumer(config, consumer);
        gpiod_line_settings_set_direction(settings, spec->output ? GPIOD_LINE_DIRECTION_OUTPUT
                                                                 : GPIOD_LINE_DIRECTION_INPUT);
        if (spec->output)
            gpiod_line_settings_set_output_value(settings, spec->level ? GPIOD_LINE_VALUE_ACTIVE
                                                                       : GPIOD_LINE_VALUE_INACTIVE);
        gpiod_line_settings_set_edge_detection(settings, edge);
        gpiod_line_settings_set_bias(settings, bias);
        if (gpiod_line_config_add_line_settings(lines, &line, 1, settings) == 0)
            request = gpiod_chip_request_lines(chip, config, lines);
        number = errno;
    }
    if (config)
        gpiod_request_config_free(config);
    if (lines)
        gpiod_line_config_free(lines);
    if (settings)
        gpiod_line_settings_free(settings);
    errno = number;
    return request;
}

/* Inputs as edges; without, where the chip has no interrupts; without its resistor, where it has none. */
static struct gpiod_line_request *request(struct gpio_pin *p, struct gpiod_chip *chip,
                                          const struct lines_spec *spec)
{
    struct gpiod_line_request *r = NULL;

    if (spec->output)
        return request_with(chip, spec, GPIOD_LINE_EDGE_NONE, GPIOD_LINE_BIAS_AS_IS);
    for (int with_bias = 1; with_bias >= 0 && !r; with_bias--) {
        enum gpiod_line_bias bias = with_bias ? bias_of(spec->bias) : GPIOD_LINE_BIAS_AS_IS;

        r = request_with(chip, spec, GPIOD_LINE_EDGE_BOTH, bias);
        p->has_edges = r != NULL;
        if (!r && (errno == EBUSY || errno == ENODEV))
            break;
        if (!r)
            r = request_with(chip, spec, GPIOD_LINE_EDGE_NONE, bias);
    }
    return r;
}

static void gpio_close(struct lines_pin *pin)
{
    struct gpio_pin *p = (struct gpio_pin *)pin;

    if (p->events)
        gpiod_edge_event_buffer_free(p->events);
    if (p->request)
        gpiod_line_request_release(p->request);
    sys_free(pin->sys, p);
}

static int gpio_open(struct gpio_pin *p, const struct lines_spec *spec, struct error *err)
{
    struct gpiod_chip *chip = open_by_label(spec->chip);
    int number;

    if (!chip)
        return no_chip(spec, errno, err);
    p->line = (unsigned)spec->line;
    p->request = request(p, chip, spec);
    number = errno;
    gpiod_chip_close(chip); /* the request lives on without it */
    if (!p->request)
        return no_line(spec, number, err);
    p->events = gpiod_edge_event_buffer_new(1);
    return p->events ? 0 : error_set(err, "out of memory");
}

static int gpio_look(const struct sys *sys, const struct lines_spec *spec, struct lines_seen *seen,
                     struct error *err)
{
    struct gpiod_chip *chip = open_by_label(spec->chip);
    struct gpiod_line_info *line;
    int result = 0;

    (void)sys;
    *seen = (struct lines_seen){0};
    if (!chip)
        return no_chip(spec, errno, err);
    line = gpiod_chip_get_line_info(chip, (unsigned)spec->line);
    if (line) {
        const char *by = gpiod_line_info_get_consumer(line);
        seen->used = gpiod_line_info_is_used(line);
        snprintf(seen->by, sizeof seen->by, "%s", by ? by : "");
        gpiod_line_info_free(line);
    } else {
        result = no_line(spec, errno, err);
    }
    gpiod_chip_close(chip);
    return result;
}

static int gpio_set(struct lines_pin *pin, bool level)
{
    struct gpio_pin *p = (struct gpio_pin *)pin;

    return gpiod_line_request_set_value(p->request, p->line,
                                        level ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE) < 0
               ? -errno
               : 0;
}

static int gpio_get(struct lines_pin *pin)
{
    struct gpio_pin *p = (struct gpio_pin *)pin;
    enum gpiod_line_value value = gpiod_line_request_get_value(p->request, p->line);

    return value == GPIOD_LINE_VALUE_ERROR ? -errno : value == GPIOD_LINE_VALUE_ACTIVE;
}

static int gpio_fd(const struct lines_pin *pin)
{
    const struct gpio_pin *p = (const struct gpio_pin *)pin;

    return p->has_edges ? gpiod_line_request_get_fd(p->request) : -1;
}

static int gpio_edge(struct lines_pin *pin, bool *level, int64_t *at_ns)
{
    struct gpio_pin *p = (struct gpio_pin *)pin;
    struct gpiod_edge_event *event;
    int waits = edge_waits(gpio_fd(pin));

    if (waits <= 0)
        return waits;
    if (gpiod_line_request_read_edge_events(p->request, p->events, 1) < 1)
        return -errno;
    event = gpiod_edge_event_buffer_get_event(p->events, 0);
    *level = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
    *at_ns = edge_time(pin->sys, (int64_t)gpiod_edge_event_get_timestamp_ns(event));
    return 1;
}

const char *lines_library(void)
{
    static char text[48];

    snprintf(text, sizeof text, "libgpiod %s", gpiod_api_version());
    return text;
}

#endif

static int open_gpio(struct lines_pin **out, const struct sys *sys, const struct lines_spec *spec,
                     struct error *err);
static const struct lines_port gpio = {open_gpio, gpio_look, gpio_set,  gpio_get,
                                       gpio_fd,   gpio_edge, gpio_close};

static int open_gpio(struct lines_pin **out, const struct sys *sys, const struct lines_spec *spec,
                     struct error *err)
{
    struct gpio_pin *p = sys_alloc(sys, sizeof *p);

    if (!p)
        return error_set(err, "out of memory");
    p->pin = (struct lines_pin){&gpio, sys};
    if (gpio_open(p, spec, err) < 0) {
        gpio_close(&p->pin);
        return -1;
    }
    *out = &p->pin;
    return 0;
}

/* The kind of chip, and for it the name without the kind. */
static const struct lines_port *kind_of(struct lines_spec *spec)
{
    size_t n = sizeof sim_prefix - 1;

    if (strncmp(spec->chip, sim_prefix, n) != 0)
        return &gpio;
    spec->chip += n;
    return &lines_sim;
}

int lines_open(struct lines_pin **out, const struct sys *sys, const struct lines_spec *spec,
               struct error *err)
{
    struct lines_spec own = *spec;

    *out = NULL;
    return kind_of(&own)->open(out, sys, &own, err);
}

int lines_look(const struct sys *sys, const char *chip, int line, struct lines_seen *seen, struct error *err)
{
    struct lines_spec spec = {.chip = chip, .line = line};

    return kind_of(&spec)->look(sys, &spec, seen, err);
}

int lines_set(struct lines_pin *pin, bool level)
{
    return pin->port->set(pin, level);
}

int lines_get(struct lines_pin *pin)
{
    return pin->port->get(pin);
}

int lines_fd(const struct lines_pin *pin)
{
    return pin->port->fd(pin);
}

int lines_edge(struct lines_pin *pin, bool *level, int64_t *at_ns)
{
    return pin->port->edge(pin, level, at_ns);
}

void lines_close(struct lines_pin *pin)
{
    if (pin)
        pin->port->close(pin);
}
