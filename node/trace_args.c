#include "node/trace_args.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/reader.h"
#include "io/utc.h"
#include "node/args.h"

/* "4e-6", "1/384500", "1,2,3": one scale or three; "user2/user3": each SAC file's own. */
static bool scales(const char *text, struct trace_conf *conf)
{
    conf->scales = 0;
    conf->scale_user = strcmp(text, "user2/user3") == 0;
    if (conf->scale_user)
        return true;
    while (*text && conf->scales < AXES) {
        const char *end;
        if (!args_scale(text, &end, &conf->scale[conf->scales]) || (*end && *end != ','))
            return false;
        conf->scales++;
        text = end + (*end == ',');
        if (*end == ',' && !*text)
            return false;
    }
    return !*text && (conf->scales == 1 || conf->scales == AXES);
}

static int bad(const char *command, const char *option, const char *value, const char *want)
{
    args_error(command, option, value, want);
    return -1;
}

static bool whole(const char *text, double low, double high, long *out)
{
    double value;

    if (!args_whole(text, low, high, &value))
        return false;
    *out = (long)value;
    return true;
}

int trace_args_take(const char *command, int option, const char *value, struct trace_conf *conf)
{
    switch (option) {
    case TRACE_ARG_SCALE:
        if (!scales(value, conf))
            return bad(command, "--scale", value,
                       "give one number or three (Z,N,E), such as 4e-6 or 1/384500");
        return 1;
    case TRACE_ARG_UNIT:
        if (strcmp(value, "m/s^2") != 0 && strcmp(value, "m/s") != 0)
            return bad(command, "--unit", value, "give m/s^2 or m/s");
        conf->velocity = strcmp(value, "m/s") == 0;
        return 1;
    case TRACE_ARG_AXES:
        conf->axes = value;
        return 1;
    case TRACE_ARG_SELECT:
        conf->select = value;
        return 1;
    case TRACE_ARG_STATIONXML:
        conf->stationxml = value;
        return 1;
    case TRACE_ARG_RESAMPLE:
        if (!args_number(value, READER_RATE_MIN_HZ, READER_RATE_MAX_HZ, &conf->resample_hz))
            return bad(command, "--resample", value, "give Hz, 1 to 20000");
        return 1;
    case TRACE_ARG_COLUMNS:
        conf->columns = value;
        return 1;
    case TRACE_ARG_TIME_COLUMN:
        if (!whole(value, 1, 64, &conf->time_column))
            return bad(command, "--time-column", value, "give a column, 1 to 64");
        return 1;
    case TRACE_ARG_TIME_UNIT:
        conf->time_unit = value;
        return 1;
    case TRACE_ARG_SKIP:
        if (!whole(value, 0, 1e6, &conf->skip_lines))
            return bad(command, "--skip", value, "give a number of lines");
        return 1;
    case TRACE_ARG_T0:
        conf->has_t0 = utc_parse(value, &conf->t0_ns);
        if (!conf->has_t0)
            return bad(command, "--t0", value, "give a time such as 2024-01-24T10:51:28.005Z");
        return 1;
    default:
        return 0;
    }
}

int trace_args_check(const char *command, const struct trace_conf *conf)
{
    if (conf->velocity && conf->scales == 0 && !conf->scale_user)
        return bad(command, "--unit", "m/s", "means nothing without --scale");
    return 0;
}

void trace_args_help(void)
{
    printf(
        "      --scale N[,N,N]   unit per count, for all or for Z,N,E; 1/N is allowed; 'user2/user3': SAC's "
        "own\n"
        "      --unit U          of value * scale: m/s^2 (default) or m/s\n"
        "      --axes LIST       which channel is Z, N, E: 'yxz' or 'HNZ,HN1,HN2'; '-' none, '-HNZ' "
        "turned round\n"
        "      --select LIST     NET.STA.LOC.CHA with * and ?, comma-separated\n"
        "      --stationxml FILE scale, unit, polarity and orientation of miniSEED channels\n"
        "      --resample HZ     tables with a time column: interpolated at this rate\n"
        "Of a table without names of its columns:\n"
        "      --columns LIST    columns from 1 for Z,N,E: '3,4,5'; '3': Z alone; '-' none; 'all': every "
        "number a sample\n"
        "      --time-column N   the column that is the time: a number, or a date\n"
        "      --time-unit U     of a number: s (default), ms, us, ns; unix, unix-ms: since 1970\n"
        "      --skip N          lines in front (default: those without numbers)\n"
        "      --t0 UTC          time of the first row, 2024-01-24T10:51:28.005Z\n");
}
