#include "node/virtual_args.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/reader.h"
#include "node/args.h"
#include "node/cmd.h"
#include "node/trace_args.h"

static const struct option long_options[] = {
    {"like", required_argument, NULL, 'd'},
    {"format", required_argument, NULL, 'f'},
    {"lsb", required_argument, NULL, 'b'},
    {"rate", required_argument, NULL, 'r'},
    {"name", required_argument, NULL, 'N'},
    {"label", required_argument, NULL, 'L'},
    {"mount-matrix", required_argument, NULL, 'm'},
    {"no-gravity", no_argument, NULL, 'g'},
    {"settle", required_argument, NULL, 'S'},
    {"quiet", required_argument, NULL, 'Q'},
    {"start-at", required_argument, NULL, 'a'},
    {"loop", no_argument, NULL, 'l'},
    {"once", no_argument, NULL, 'o'},
    {"wait-client", no_argument, NULL, 'w'},
    {"listen", required_argument, NULL, 'A'},
    {"port", required_argument, NULL, 'p'},
    {"fifo", required_argument, NULL, 'F'},
    {"trace-format", required_argument, NULL, 't'},
    {"trace-rate", required_argument, NULL, 'R'},
    TRACE_ARGS,
    {"help", no_argument, NULL, 'h'},
    {0},
};

static void help(void)
{
    printf(
        "usage: tocsin virtual [OPTION...] TRACE...\n"
        "\n"
        "Serves a recorded trace as an IIO accelerometer over iiod's network protocol, paced by the clock: "
        "for libiio\n"
        "clients such as `iio_info -u ip:127.0.0.1:PORT`. One JSON line says where, when it listens.\n"
        "\n"
        "      --like DRIVER     shows what this driver of Linux shows:");
    for (const struct virtual_driver *d = virtual_drivers; d->name; d++)
        printf(" %s", d->name);
    printf(
        "\n"
        "      --format F        of the samples: be:s20/32>>4, le:s20/32>>12, le:s16/16>>0, le:S32/32>>0, "
        "...\n"
        "      --lsb N           m/s^2 per count (the driver's; of another format: 2 g is the range)\n"
        "      --rate HZ[,HZ]    resampled; more than one: a client can choose (default: the record's "
        "own)\n"
        "      --name, --label   of the device\n"
        "      --mount-matrix M  '0, 1, 0; -1, 0, 0; 0, 0, 1': from the sensor's axes to x east, y north, z "
        "up\n"
        "      --no-gravity      do not add 1 g to a record that has none\n"
        "      --settle S        put S seconds of the record's own mirrored beginning in front (default "
        "0)\n"
        "      --quiet S         ... taken from its first S seconds (default 2)\n"
        "      --start-at S      begin so far into it\n"
        "      --loop            begin again at the end; --once: end the process there; default: quiet for "
        "ever\n"
        "      --wait-client     the first buffer that is opened begins it\n"
        "      --listen ADDRESS  other than 127.0.0.1: whoever can connect can do everything\n"
        "      --port N          default %d, libiio's own; 0: a free one\n"
        "      --fifo N          real-time priority\n"
        "      --trace-format, --trace-rate: as --format and --rate of tocsin replay\n",
        IIOD_PORT);
    trace_args_help();
}

static int usage_error(const char *what, const char *value, const char *want)
{
    return args_error("virtual", what, value, want);
}

static bool plain_name(const char *text, char to[VIRTUAL_NAME])
{
    size_t n = strlen(text);

    if (n == 0 || n >= VIRTUAL_NAME ||
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                     "._-:") != n)
        return false;
    memcpy(to, text, n + 1);
    return true;
}

/* "HZ,HZ,...": each once. */
static bool rates(const char *text, struct virtual_args *args)
{
    args->rates = 0;
    for (;;) {
        char *end;
        double rate_hz = strtod(text, &end);
        if (end == text || !(rate_hz >= READER_RATE_MIN_HZ && rate_hz <= READER_RATE_MAX_HZ) ||
            args->rates == VIRTUAL_TRACKS)
            return false;
        for (size_t i = 0; i < args->rates; i++)
            if (args->rate_hz[i] == rate_hz)
                return false;
        args->rate_hz[args->rates++] = rate_hz;
        if (*end == 0)
            return true;
        if (*end != ',')
            return false;
        text = end + 1;
    }
}

/* Nine numbers, rows parted by ';'. What the sensor would have measured is the transpose's, so it must be a
 * rotation (or reflection). */
static bool matrix(const char *text, double m[3][3])
{
    for (int i = 0; i < 9; i++) {
        char *end;
        m[i / 3][i % 3] = strtod(text, &end);
        if (end == text)
            return false;
        text = end + strspn(end, " ");
        if (i < 8 && *text++ != (i % 3 == 2 ? ';' : ','))
            return false;
    }
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++) {
            double dot = m[r][0] * m[c][0] + m[r][1] * m[c][1] + m[r][2] * m[c][2];
            if (!(fabs(dot - (r == c)) < 1e-3))
                return false;
        }
    return *text == 0;
}

static const char *const want_seconds = "give seconds, 0 to 86400";

/* One option: 0, or an exit code; -1: help. */
static int take(int c, struct virtual_args *a, char **argv, const struct virtual_driver **like,
                const char **format)
{
    double value = 0;

    switch (c) {
    case 'd':
        *like = virtual_driver_find(optarg);
        return *like ? 0 : usage_error("--like", optarg, "no such driver; see tocsin virtual --help");
    case 'f':
        *format = optarg;
        return scan_format_parse(optarg, &a->sensor.format) && a->sensor.format.has_sign &&
                       a->sensor.format.bits <= 32
                   ? 0
                   : usage_error("--format", optarg,
                                 "give a signed one of up to 32 bits, such as be:s20/32>>4");
    case 'b':
        return args_number(optarg, 1e-9, 1, &a->sensor.scale) ? 0
                                                              : usage_error("--lsb", optarg, "give m/s^2");
    case 'r':
        return rates(optarg, a) ? 0
                                : usage_error("--rate", optarg, "give up to 8 different ones, 1 to 20000 Hz");
    case 'N':
        return plain_name(optarg, a->sensor.name)
                   ? 0
                   : usage_error("--name", optarg, "letters, digits, . _ - : only");
    case 'L':
        return plain_name(optarg, a->sensor.label)
                   ? 0
                   : usage_error("--label", optarg, "letters, digits, . _ - : only");
    case 'm':
        a->sensor.has_matrix = matrix(optarg, a->sensor.matrix);
        return a->sensor.has_matrix ? 0
                                    : usage_error("--mount-matrix", optarg,
                                                  "give a rotation such as '0, 1, 0; -1, 0, 0; 0, 0, 1'");
    case 'g':
        a->track.gravity = false;
        return 0;
    case 'S':
        return args_number(optarg, 0, 86400, &a->track.settle_s)
                   ? 0
                   : usage_error("--settle", optarg, want_seconds);
    case 'Q':
        return args_number(optarg, 0.1, 600, &a->track.quiet_s)
                   ? 0
                   : usage_error("--quiet", optarg, "give seconds, 0.1 to 600");
    case 'a':
        return args_number(optarg, 0, 86400, &a->start_at_s)
                   ? 0
                   : usage_error("--start-at", optarg, want_seconds);
    case 'l':
    case 'o':
        if (a->track.after != AFTER_QUIET)
            return usage_error("--loop and --once", NULL, "one or the other");
        a->track.after = c == 'l' ? AFTER_LOOP : AFTER_END;
        a->sensor.once = c == 'o';
        return 0;
    case 'w':
        a->sensor.wait = true;
        return 0;
    case 'A':
        a->address = optarg;
        return 0;
    case 'p':
        if (!args_whole(optarg, 0, 65535, &value))
            return usage_error("--port", optarg, "give 0 to 65535");
        a->port = (uint16_t)value;
        return 0;
    case 'F':
        if (!args_whole(optarg, 1, 99, &value))
            return usage_error("--fifo", optarg, "give a priority, 1 to 99");
        a->fifo = (int)value;
        return 0;
    case 't':
        a->trace.format = optarg;
        return 0;
    case 'R':
        return args_number(optarg, READER_RATE_MIN_HZ, READER_RATE_MAX_HZ, &a->trace.rate_hz)
                   ? 0
                   : usage_error("--trace-rate", optarg, "give Hz, 1 to 20000");
    case 'h':
        help();
        return -1;
    case ':':
        return usage_error(argv[optind - 1], NULL, "needs a value; see tocsin virtual --help");
    default:
        c = trace_args_take("virtual", c, optarg, &a->trace);
        if (c < 0)
            return EXIT_USAGE;
        return c ? 0 : usage_error(argv[optind - 1], NULL, "unknown option; see tocsin virtual --help");
    }
}

/* The driver, where only a format was given; the scale of a format that is no driver's own has 2 g as its range,
 * as those of the drivers nearly have. */
static void complete(struct virtual_conf *sensor, const struct virtual_driver *like, const char *format)
{
    bool own;

    if (!like && format)
        like = virtual_driver_of_format(format);
    sensor->driver = like ? like : &virtual_drivers[0];
    own = !format || strcmp(format, sensor->driver->format) == 0;
    if (!format)
        scan_format_parse(sensor->driver->format, &sensor->format);
    if (!own && sensor->driver == &virtual_drivers[0] && sensor->format.bits == 20)
        own = true; /* the same counts in other words */
    if (sensor->scale > 0 || !own) {
        if (!(sensor->scale > 0))
            sensor->scale = 2 * VIRTUAL_GRAVITY_MPS2 / (double)(scan_format_max(&sensor->format) + 1);
        snprintf(sensor->scale_text, sizeof sensor->scale_text, "%.12g", sensor->scale);
        if (strchr(sensor->scale_text, 'e'))
            snprintf(sensor->scale_text, sizeof sensor->scale_text, "%.15f", sensor->scale);
        sensor->scale = strtod(sensor->scale_text, NULL);
    } else {
        sensor->scale = sensor->driver->scale;
        snprintf(sensor->scale_text, sizeof sensor->scale_text, "%s", sensor->driver->scale_text);
    }
    if (!*sensor->name)
        snprintf(sensor->name, sizeof sensor->name, "%s", sensor->driver->name);
    if (sensor->driver->matrix && !sensor->has_matrix) {
        for (int i = 0; i < 3; i++)
            sensor->matrix[i][i] = 1;
        sensor->has_matrix = true;
    }
}

int virtual_args_parse(int argc, char **argv, struct virtual_args *args)
{
    const struct virtual_driver *like = NULL;
    const char *format = NULL;
    int c, result;

    memset(args, 0, sizeof *args);
    args->track.quiet_s = 2;
    args->track.gravity = true;
    args->address = "127.0.0.1";
    args->port = IIOD_PORT;
    optind = 1;
    while ((c = getopt_long(argc, argv, ":h", long_options, NULL)) != -1)
        if ((result = take(c, args, argv, &like, &format)) != 0)
            return result;
    if (trace_args_check("virtual", &args->trace) < 0)
        return EXIT_USAGE;
    if (optind == argc)
        return usage_error("no trace", NULL, "name one or more files; see tocsin virtual --help");
    complete(&args->sensor, like, format);
    args->paths = (const char *const *)argv + optind;
    args->n_paths = (size_t)(argc - optind);
    return 0;
}
