#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/sensor_conf.h"
#include "io/sensor_parts.h"
#include "node/args.h"
#include "node/board.h"
#include "node/board_match.h"
#include "node/cmd.h"
#include "node/sensor_json.h"

enum { SETS_MAX = 32, FOUND_MAX = 64, POLL_MS = 50, LOOK_TIMEOUT_MS = 2000 };
#define NS             1000000000
#define WATCH_EVERY_NS NS

struct options {
    const char *uri;
    const char *set[SETS_MAX];
    size_t sets;
    char text[SETS_MAX][2 * CONF_TEXT_MAX]; /* what they point to */
    double measure_s, watch_s;              /* 0: not asked for */
    bool json;
};

static const struct option long_options[] = {
    {"uri", required_argument, NULL, 'u'},   {"device", required_argument, NULL, 'd'},
    {"set", required_argument, NULL, 's'},   {"measure", required_argument, NULL, 'm'},
    {"watch", required_argument, NULL, 'w'}, {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},        {0},
};

static void help(void)
{
    char version[16];

    printf(
        "usage: tocsin sensors [OPTION...]\n"
        "\n"
        "The IIO contexts and devices that can be found: driver, axes, rates, range, timestamps. (libiio "
        "%s)\n"
        "\n"
        "  -u, --uri URI       this context only: local:, ip:HOST[:PORT], usb:..., serial:..., xml:FILE\n"
        "                      (default: local:, and whatever a scan of USB and of the network finds)\n"
        "  -d, --device NAME   this device only: id, name, label or serial number\n"
        "      --measure S     reads each accelerometer for S seconds: true rate, noise, level, losses\n"
        "      --watch S       reads one, as a node does, and tells its health each second and whenever it\n"
        "                      changes, for S seconds\n"
        "      --set KEY=VALUE of the configuration's group sensors: rate_hz=100, latency_ms=8, ...\n"
        "      --json          JSON Lines\n",
        iio_library(version, sizeof version));
}

static int usage_error(const char *what, const char *value, const char *want)
{
    return args_error("sensors", what, value, want);
}

/* Of the one sensor that this command looks at. */
static int add_set(struct options *o, const char *key, const char *value)
{
    if (o->sets == SETS_MAX)
        return usage_error("--set", value, "too many of them");
    char *text = o->text[o->sets];
    if (snprintf(text, sizeof o->text[0], "sensors.it.%s%s", key, value) >= (int)sizeof o->text[0])
        return usage_error("--set", value, "too long");
    o->set[o->sets++] = text;
    return 0;
}

/* 0, or an exit code with the reason told; -1: --help was all that was asked. */
static int parse(int argc, char **argv, struct options *o)
{
    int c, code = 0;

    opterr = 0;
    while (!code && (c = getopt_long(argc, argv, "u:d:h", long_options, NULL)) != -1)
        switch (c) {
        case 'u':
            o->uri = optarg;
            code = add_set(o, "uri=", optarg);
            break;
        case 'd':
            code = add_set(o, "device=", optarg);
            break;
        case 's':
            code = add_set(o, "", optarg);
            break;
        case 'm':
        case 'w':
            if (!args_number(optarg, 0.1, 1e9, c == 'm' ? &o->measure_s : &o->watch_s))
                code = usage_error(c == 'm' ? "--measure" : "--watch", optarg, "want seconds");
            break;
        case 'j':
            o->json = true;
            break;
        case 'h':
            help();
            return -1;
        default:
            code = usage_error("unknown option or missing value", argv[optind - 1],
                               "`tocsin sensors --help` lists them");
        }
    if (!code && optind < argc)
        code = usage_error("unexpected argument", argv[optind], "none is wanted");
    return code;
}

/* ---- what there is ---- */

struct found {
    struct iio_seen seen[FOUND_MAX];
    size_t n;
};

static void note(void *ctx, const struct iio_seen *seen)
{
    struct found *f = ctx;

    if (f->n < FOUND_MAX)
        f->seen[f->n++] = *seen;
}

static void print_line(struct json *line)
{
    const char *text;

    if (json_write_line(line, &text, NULL) == 0)
        fputs(text, stdout);
    else
        fprintf(stderr, "tocsin sensors: out of memory\n");
    fflush(stdout);
}

static void print_choice(const char *what, const struct iio_choice *c, double factor, const char *unit)
{
    if (c->n == 0 && !(c->step > 0))
        return;
    printf("    %-11s", what);
    if (c->n == 0)
        printf(" %g to %g", factor * c->min, factor * c->max);
    for (size_t i = 0; i < c->n; i++)
        printf(" %.5g", factor * c->value[i]);
    printf(" %s\n", unit);
}

static void print_noise(const struct sensor_part *part)
{
    if (part)
        printf("    %-11s %g ug/sqrt(Hz) (%s)\n", "noise", part->density_ug_rthz, part->source);
}

static void print_boards(const struct profile_list *boards)
{
    if (!boards->n)
        return;
    printf("    %-11s", "board");
    for (size_t i = 0; i < boards->n; i++)
        printf("%s%s", i ? ", " : " ", boards->name[i]);
    printf(" (node.board)\n");
}
static void print_seen(const struct iio_seen *s, const struct profile_list *boards)
{
    printf("%s  %s %s%s%s%s\n", s->uri, s->id, s->name[0] ? s->name : "(no name)", s->label[0] ? ", " : "",
           s->label, s->axes[0] ? "" : ": no accelerometer");
    if (!s->axes[0])
        return;
    if (s->is_usable)
        printf("    %-11s axes %s, %s, range %.3g m/s^2, step %.3g mm/s^2\n", "usable", s->axes, s->format,
               s->range_mps2, 1e3 * s->scale);
    else
        printf("    %-11s %s\n", "not usable", s->why);
    printf("    %-11s %g Hz now\n", "rate", s->rate_hz);
    print_choice("rates", &s->rates, 1, "Hz");
    print_choice("steps", &s->scales, 1e3, "mm/s^2");
    if (s->has_timestamp)
        printf("    %-11s %s\n", "timestamps", s->clock[0] ? s->clock : "realtime");
    else
        printf("    %-11s none: times of arrival, lost samples are found late\n", "timestamps");
    if (s->trigger[0])
        printf("    %-11s %s\n", "trigger", s->trigger);
    if (s->has_mount)
        printf("    %-11s a mount matrix\n", "has");
    if (!isnan(s->temperature_c))
        printf("    %-11s %.1f degrees C\n", "temperature", s->temperature_c);
    print_noise(sensor_parts_find(s->name));
    print_boards(boards);
}
/* An accelerometer's; of anything else none. */
static void find_boards(const struct sys *sys, const struct iio_seen *s, struct profile_list *boards)
{
    char machine[CONF_TEXT_MAX];

    boards->n = 0;
    if (s->axes[0])
        board_match(sys, s->name, board_machine(machine), boards);
}
static void put_boards(struct json *to, const struct sys *sys, const struct profile_list *boards)
{
    struct json *list = json_new_array(sys);

    for (size_t i = 0; i < boards->n; i++)
        json_add_text(list, boards->name[i]);
    json_put(to, "boards", list);
}

static int load(const struct options *o, const struct sys *sys, struct sensors_conf *conf, struct error *err)
{
    struct conf_table table;

    memset(conf, 0, sizeof *conf);
    sensor_conf_table(conf, &table);
    if (conf_load(&table, 1, sys, NULL, o->set, o->sets, err) < 0)
        return -1;
    return sensor_conf_check(conf, &table, err);
}

/* ---- reading one ---- */

struct reading {
    const struct sys *sys;
    struct sensor *sensor;
    struct block block;
    struct sensor_arrival arrival;
    int64_t began_ns;
};

static double seconds(const struct reading *r)
{
    return (double)(r->sys->mono_ns(r->sys->ctx) - r->began_ns) * 1e-9;
}

static int begin(struct reading *r, const struct sys *sys, const struct sensor_conf *conf, struct error *err)
{
    r->sys = sys;
    r->began_ns = sys->mono_ns(sys->ctx);
    return sensor_open(&r->sensor, sys, "sensor", 0, conf, 0, NULL, NULL, err);
}

static void tell(const struct reading *r, const struct sensor_health *h, const char *type, bool json)
{
    struct sensor_info info;
    char words[512];

    sensor_info(r->sensor, &info);
    if (json) {
        struct json *line = json_new_object(r->sys);
        json_put_text(line, "type", type);
        json_put_number(line, "t_s", seconds(r), 3);
        sensor_json_info(line, r->sys, &info);
        sensor_json_health(line, r->sys, h);
        print_line(line);
        json_free(line);
        return;
    }
    printf("%8.2f s  %-8s %s: %s\n", seconds(r), sensor_state_name(h->state), info.name,
           sensor_health_say(h, words, sizeof words));
    fflush(stdout);
}

static int watch(const struct options *o, const struct sys *sys, const struct sensor_conf *conf)
{
    struct reading r = {.sys = NULL};
    struct error err;
    struct sensor_health h = {.state = SENSOR_STATE_OPENING}, told = {.state = SENSOR_STATE_DOWN};
    int64_t next_ns = 0;

    if (begin(&r, sys, conf, &err) < 0) {
        fprintf(stderr, "tocsin sensors: %s\n", err.text);
        return EXIT_FOUND;
    }
    while (seconds(&r) < o->watch_s && !ferror(stdout)) {
        sensor_read(r.sensor, &r.block, &r.arrival, POLL_MS);
        sensor_health(r.sensor, &h);
        int64_t now = sys->mono_ns(sys->ctx);
        if (h.state != told.state || h.reasons != told.reasons || now >= next_ns) {
            tell(&r, &h, "health", o->json);
            told = h;
            next_ns = now + WATCH_EVERY_NS;
        }
    }
    sensor_close(r.sensor);
    return sensor_fit(&h) ? EXIT_OK : EXIT_FOUND;
}

/* Standard deviation of everything that came, about its mean; and the monitors' judgement at the end. */
static int measure(const struct options *o, const struct sys *sys, const struct sensor_conf *conf)
{
    struct reading r = {.sys = NULL};
    struct error err;
    struct sensor_health h;
    double n = 0, mean[SENSOR_AXES] = {0}, square[SENSOR_AXES] = {0};

    if (begin(&r, sys, conf, &err) < 0) {
        fprintf(stderr, "tocsin sensors: %s\n", err.text);
        return EXIT_FOUND;
    }
    while (seconds(&r) < o->measure_s) {
        if (sensor_read(r.sensor, &r.block, &r.arrival, POLL_MS) != SENSOR_BLOCK)
            continue;
        for (size_t i = 0; i < r.block.n; i++) {
            n++;
            for (int a = 0; a < SENSOR_AXES; a++) {
                double off = r.block.value[i][a] - mean[a];
                mean[a] += off / n;
                square[a] += off * (r.block.value[i][a] - mean[a]);
            }
        }
    }
    sensor_health(r.sensor, &h);
    if (o->json) {
        tell(&r, &h, "measured", true);
    } else if (n < 2) {
        printf("    %-11s no sample in %g s%s%s\n", "measured", o->measure_s, h.error[0] ? ": " : "",
               h.error);
    } else {
        char words[512];
        double half_band_hz = (h.true_rate_hz > 0 ? h.true_rate_hz : h.rate_hz) / 2;
        printf("    %-11s %.0f samples, %llu lost, true rate ", "measured", n, (unsigned long long)h.lost);
        if (h.true_rate_hz > 0)
            printf("%.4f Hz (%+.0f ppm)\n", h.true_rate_hz, 1e6 * h.rate_error);
        else
            printf("needs 9 s at least\n");
        for (int a = 0; a < SENSOR_AXES; a++) {
            double rms = sqrt(square[a] / n);
            printf("    %11c mean %9.4f m/s^2, rms %8.4f mm/s^2 = %.1f ug/sqrt(Hz) if it is white\n",
                   "xyz"[a], mean[a], 1e3 * rms, 1e6 * rms / 9.80665 / sqrt(half_band_hz));
        }
        printf("    %-11s %s\n", "judged", sensor_health_say(&h, words, sizeof words));
    }
    sensor_close(r.sensor);
    return sensor_fit(&h) ? EXIT_OK : EXIT_FOUND;
}

static bool is_wanted(const struct iio_seen *s, const char *device)
{
    return !device[0] || strcmp(s->id, device) == 0 || strcmp(s->name, device) == 0 ||
           strcmp(s->label, device) == 0 || strcmp(s->serial, device) == 0;
}

static int list(const struct options *o, const struct sys *sys, const struct sensor_conf *conf)
{
    struct error err;
    int code = EXIT_OK, usable = 0;
    struct found *found = sys_alloc(sys, sizeof *found);

    if (!found) {
        fprintf(stderr, "tocsin sensors: out of memory\n");
        return EXIT_FOUND;
    }
    if (iio_look(conf->uri, LOOK_TIMEOUT_MS, note, found, &err) < 0) {
        fprintf(stderr, "tocsin sensors: %s\n", err.text);
        sys_free(sys, found);
        return EXIT_FOUND;
    }
    for (size_t i = 0; i < found->n; i++) {
        const struct iio_seen *s = &found->seen[i];
        if (!is_wanted(s, conf->device))
            continue;
        struct profile_list boards;
        find_boards(sys, s, &boards);
        if (o->json) {
            struct json *line = json_new_object(sys);
            json_put_text(line, "type", "device");
            sensor_json_seen(line, sys, s);
            put_boards(line, sys, &boards);
            print_line(line);
            json_free(line);
        } else {
            print_seen(s, &boards);
        }
        usable += s->is_usable;
        if (!s->is_usable || !(o->measure_s > 0))
            continue;
        struct sensor_conf one = *conf;
        snprintf(one.uri, sizeof one.uri, "%s", s->uri);
        snprintf(one.device, sizeof one.device, "%s", s->id);
        if (measure(o, sys, &one) != EXIT_OK)
            code = EXIT_FOUND;
    }
    sys_free(sys, found);
    if (usable == 0) {
        fprintf(stderr,
                "tocsin sensors: no accelerometer that can be read; `tocsin sensors --help` tells where else "
                "to look\n");
        return EXIT_FOUND;
    }
    return code;
}

int cmd_sensors(const struct sys *sys, int argc, char **argv)
{
    struct options o = {.uri = ""};
    struct sensors_conf conf;
    struct error err;

    int code = parse(argc, argv, &o);
    if (code)
        return code < 0 ? EXIT_OK : code;
    if (o.sets == 0) /* one group with its defaults */
        o.set[o.sets++] = "sensors.it.uri=";
    if (load(&o, sys, &conf, &err) < 0) {
        fprintf(stderr, "tocsin sensors: %s\n", err.text);
        return EXIT_USAGE;
    }
    /* libiio writes to servers that may be gone. */
    signal(SIGPIPE, SIG_IGN);
    return o.watch_s > 0 ? watch(&o, sys, &conf.sensor[0]) : list(&o, sys, &conf.sensor[0]);
}
