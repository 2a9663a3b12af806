#include "node/calibrate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/utc.h"
#include "node/cmd.h"

static const char *command(const struct calibrate_args *a, char *to, size_t room)
{
    snprintf(to, room, "calibrate %s", a->part);
    return to;
}

static int refuse(const struct calibrate_args *a, const char *what, const char *value, const char *want)
{
    char name[40];

    return args_error(command(a, name, sizeof name), what, value, want);
}

int calibrate_fail(const struct calibrate_args *a, int code, const struct error *err)
{
    fprintf(stderr, "tocsin calibrate %s: %s\n", a->part, err->text);
    return code;
}

int calibrate_args_take(struct calibrate_args *a, int option, char **argv)
{
    char name[40];

    switch (option) {
    case 'u':
        a->uri = optarg;
        return 0;
    case CALIBRATE_ARG_SENSOR:
        a->sensor = optarg;
        return 0;
    case CALIBRATE_ARG_DEVICE:
        a->device = optarg;
        return 0;
    case CALIBRATE_ARG_SERIAL:
        a->serial = optarg;
        return 0;
    case CALIBRATE_ARG_LABEL:
        a->label = optarg;
        return 0;
    case CALIBRATE_ARG_TEMPERATURE:
        if (!args_number(optarg, -80, 200, &a->temperature_c))
            return refuse(a, "--temperature", optarg, "want degrees C, -80 to 200");
        a->has_temperature = true;
        return 0;
    case CALIBRATE_ARG_SECONDS:
        if (!args_number(optarg, 0.5, 1e7, &a->seconds))
            return refuse(a, "--seconds", optarg, "want seconds, 0.5 at least");
        a->has_seconds = true;
        return 0;
    case CALIBRATE_ARG_JSON:
        a->json = true;
        return 0;
    case CALIBRATE_ARG_FORMAT:
        a->trace.format = optarg;
        return 0;
    default:
        break;
    }
    int taken = trace_args_take(command(a, name, sizeof name), option, optarg, &a->trace);
    if (taken != 0)
        return taken < 0 ? EXIT_USAGE : 0;
    return args_common(name, option, argv, &a->conf);
}

int calibrate_args_parse(struct calibrate_args *a, int argc, char **argv, const struct option *options,
                         void (*help)(void))
{
    int c, code = 0;

    while (!code && (c = getopt_long(argc, argv, CALIBRATE_LETTERS, options, NULL)) != -1) {
        if (c == 'h') {
            help();
            return -1;
        }
        code = calibrate_args_take(a, c, argv);
    }
    return code;
}

int calibrate_line(const struct calibrate_args *a, struct json *line)
{
    struct error err;
    const char *text;
    int code = EXIT_OK;

    if (json_write_line(line, &text, NULL) == 0) {
        fputs(text, stdout);
    } else {
        error_set(&err, "out of memory");
        code = calibrate_fail(a, EXIT_FOUND, &err);
    }
    json_free(line);
    return code;
}

void calibrate_args_help(void)
{
    fputs(
        "Which sensor:\n"
        "  -c, --config FILE     the node's configuration; --set KEY=VALUE overrides one key\n"
        "      --sensor NAME     of the configured sensors this one (default: the only one)\n"
        "  -u, --uri URI         one that is not configured, with --device NAME where a context has several\n"
        "      --seconds S       how long to measure\n"
        "      --json            the result as one line of JSON\n"
        "A recording instead of a live sensor: its files behind the options, and\n"
        "      --device --serial --label --temperature C    of the sensor that it was recorded with\n"
        "      --format NAME     do not recognise the format by content\n",
        stdout);
    trace_args_help();
}

/* The one sensor that is meant: 0, or an exit code, told. */
static int choose(struct calibrate_args *a)
{
    const struct sensors_conf *all = &a->node->sensors;

    if (a->sensor && a->uri)
        return refuse(a, "--sensor", a->sensor, "a configured sensor has its own uri: not with --uri");
    for (size_t i = 0; i < all->count; i++)
        if (a->sensor ? strcmp(a->sensor, all->name[i].text) == 0 : all->count == 1 || a->uri) {
            a->live = all->sensor[i];
            if (a->uri)
                snprintf(a->live.uri, sizeof a->live.uri, "%s", a->uri);
            if (a->uri || a->device)
                snprintf(a->live.device, sizeof a->live.device, "%s", a->device ? a->device : "");
            return 0;
        }
    if (a->sensor)
        return refuse(a, "--sensor", a->sensor, "no such sensor is configured");
    return refuse(a, "several sensors are configured", NULL, "choose with --sensor NAME");
}

int calibrate_load(struct calibrate_args *a, const struct sys *sys, int argc, char **argv)
{
    struct error err;
    char name[40];

    a->path = argv + optind;
    a->paths = (size_t)(argc - optind);
    if (!a->has_temperature)
        a->temperature_c = NAN;
    if (trace_args_check(command(a, name, sizeof name), &a->trace) < 0)
        return EXIT_USAGE;
    if (trace_conf_check(&a->trace, &err) < 0)
        return calibrate_fail(a, EXIT_USAGE, &err);
    a->node = sys_alloc(sys, sizeof *a->node);
    if (!a->node) {
        error_set(&err, "out of memory");
        return calibrate_fail(a, EXIT_FOUND, &err);
    }
    if (node_conf_load(a->node, sys, a->conf.file, a->conf.set, a->conf.sets, &err) < 0)
        return calibrate_fail(a, EXIT_USAGE, &err);
    if (a->paths > 0)
        return 0;
    if (a->serial || a->label || a->has_temperature)
        return refuse(a, "--serial, --label, --temperature", NULL,
                      "only with a recording: a live sensor says its own");
    if (a->node->sensors.count == 0) { /* one with its defaults */
        struct sensors_conf one;
        struct conf_table table;
        static const char *const set[] = {"sensors.it.uri="};
        memset(&one, 0, sizeof one);
        sensor_conf_table(&one, &table);
        if (conf_load(&table, 1, sys, NULL, set, 1, &err) < 0)
            return calibrate_fail(a, EXIT_USAGE, &err);
        a->node->sensors.count = 1;
        a->node->sensors.name[0] = one.name[0];
        a->node->sensors.sensor[0] = one.sensor[0];
    }
    return choose(a);
}

int calibrate_open(struct still **out, const struct calibrate_args *a, const struct sys *sys,
                   char *const *path, size_t paths)
{
    struct error err;
    struct still_conf conf = {
        .sensor = paths ? NULL : &a->live,
        .path = (const char *const *)path,
        .paths = paths,
        .trace = &a->trace,
        .device = a->device,
        .serial = a->serial,
        .label = a->label,
        .temperature_c = a->temperature_c,
        .seconds = paths && !a->has_seconds ? 0 : a->seconds,
    };

    if (still_open(out, sys, &conf, &err) < 0)
        return calibrate_fail(a, paths ? EXIT_INPUT : EXIT_FOUND, &err);
    return 0;
}

void calibrate_free(struct calibrate_args *a, const struct sys *sys)
{
    sys_free(sys, a->node);
    a->node = NULL;
}
