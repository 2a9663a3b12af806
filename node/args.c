#include "node/args.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/error.h"
#include "node/cmd.h"

int args_error(const char *command, const char *what, const char *value, const char *want)
{
    struct error err;

    error_set(&err, "%s%s%s: %s", what, value ? " " : "", value ? value : "", want);
    fprintf(stderr, "tocsin %s: %s\n", command, err.text);
    return EXIT_USAGE;
}

bool args_number(const char *text, double low, double high, double *out)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end || !(value >= low && value <= high))
        return false;
    *out = value;
    return true;
}

bool args_whole(const char *text, double low, double high, double *out)
{
    double value;

    if (!args_number(text, low, high, &value) || value != floor(value))
        return false;
    *out = value;
    return true;
}

bool args_scale(const char *text, const char **end, double *out)
{
    char *at;
    double value = strtod(text, &at), by = 1;

    if (at == text)
        return false;
    if (*at == '/') {
        const char *divisor = at + 1;
        by = strtod(divisor, &at);
        if (at == divisor)
            return false;
    }
    value /= by;
    if (!isfinite(value) || value == 0)
        return false;
    *end = at;
    *out = value;
    return true;
}

int args_common(const char *command, int option, char **argv, struct args_conf *conf)
{
    char want[64];

    if (option == 'c') {
        conf->file = optarg;
        return 0;
    }
    if (option == 's') {
        if (conf->sets == ARGS_SETS_MAX)
            return args_error(command, "--set", optarg, "too many of them");
        conf->set[conf->sets++] = optarg;
        return 0;
    }
    snprintf(want, sizeof want, "%s; see tocsin %s --help",
             option == ':' ? "needs a value" : "unknown option", command);
    return args_error(command, argv[optind - 1], NULL, want);
}
