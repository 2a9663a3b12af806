#include "node/args.h"

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
