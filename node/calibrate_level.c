/* tocsin calibrate level - which way is up, and how far from level; it measures and tells, and writes nothing. */
#include <math.h>
#include <stdio.h>

#include "calibration/level.h"
#include "io/json.h"
#include "io/sensor_conf.h"
#include "node/calibrate.h"
#include "node/cmd.h"

static const struct option long_options[] = {CALIBRATE_ARGS, {0}};

static void help(void)
{
    fputs(
        "usage: tocsin calibrate level [OPTION...] [FILE...]\n"
        "\n"
        "Which way is up, and how far from level the sensor is mounted, by gravity, against "
        "sensors.NAME.axes "
        "(of a\n"
        "recording: its Z). It has to stand still; nothing is written. Exit code 1: another axis points up.\n"
        "\n",
        stdout);
    calibrate_args_help();
}

static int gather(const struct calibrate_args *a, struct still *s, struct level *l)
{
    struct block block;
    struct error err;
    struct still_sensor who;
    enum source_status status;

    still_sensor(s, &who);
    if (who.unit != UNIT_MPS2 || who.axis_mask != 7) {
        error_set(&err, "%s: %s", who.where,
                  who.unit != UNIT_MPS2 ? "nobody knows its scale; give --scale" : "three axes are needed");
        return calibrate_fail(a, EXIT_INPUT, &err);
    }
    if (!level_init(l, who.rate_hz)) {
        error_set(&err, "%s: a rate of %g Hz", who.where, who.rate_hz);
        return calibrate_fail(a, EXIT_INPUT, &err);
    }
    while ((status = still_read(s, &block, &err)) == SOURCE_BLOCK)
        level_feed(l, (const double(*)[3])block.value, block.n);
    return status == SOURCE_FAILED ? calibrate_fail(a, EXIT_FOUND, &err) : 0;
}

static void up_name(const struct level_result *r, char to[3])
{
    snprintf(to, 3, "%s%c", r->is_down ? "-" : "", "xyz"[r->up]);
}

static int tell_json(const struct calibrate_args *a, const struct sys *sys, const struct level_result *r,
                     bool agrees)
{
    struct json *line = json_new_object(sys), *mean = json_new_array(sys);
    char up[3];

    up_name(r, up);
    for (int k = 0; k < SENSOR_AXES; k++)
        json_add_number(mean, r->mean_mps2[k], 5);
    json_put_text(line, "schema", "tocsin.calibrate-level/1");
    json_put_text(line, "up", up);
    json_put_bool(line, "as_configured", agrees);
    json_put_number(line, "off_deg", r->off_deg, 3);
    json_put_number(line, "tilt_deg", r->tilt_deg, 3);
    json_put_number(line, "gravity_mps2", r->gravity_mps2, 5);
    json_put(line, "mean_mps2", mean);
    json_put_number(line, "moved_mps2", r->moved_mps2, 5);
    json_put_number(line, "seconds", r->seconds, 1);
    return calibrate_line(a, line);
}

static void tell(const struct level_result *r, const char *axes, bool agrees)
{
    char up[3];

    up_name(r, up);
    printf("up          %s, %.2f degrees off the vertical\n", up, r->off_deg);
    printf("gravity     %.4f m/s^2: x %.4f y %.4f z %.4f, over %.1f s\n", r->gravity_mps2, r->mean_mps2[0],
           r->mean_mps2[1], r->mean_mps2[2], r->seconds);
    if (agrees)
        printf("axes        \"%s\" agree, %.2f degrees from level\n", axes, r->tilt_deg);
    else
        printf("axes        \"%s\" say something else, %.1f degrees away: sensors.NAME.axes begins with "
               "\"%s\"\n",
               axes, r->tilt_deg, up);
}

static int judge(const struct calibrate_args *a, const struct sys *sys, const struct level *l)
{
    const char *axes = a->paths > 0 ? "zyx" : a->live.axes;
    double to_zne[AXES][SENSOR_AXES];
    struct level_result r;
    struct error err;

    if (!sensor_conf_axes(axes, to_zne)) {
        error_set(&err, "axes \"%s\" are not x, y and z once each", axes);
        return calibrate_fail(a, EXIT_USAGE, &err);
    }
    if (level_result(l, to_zne[AXIS_Z], &r, &err) < 0)
        return calibrate_fail(a, a->paths > 0 ? EXIT_INPUT : EXIT_FOUND, &err);
    bool agrees = to_zne[AXIS_Z][r.up] * r.mean_mps2[r.up] > 0;
    if (a->json) {
        int code = tell_json(a, sys, &r, agrees);
        if (code)
            return code;
    } else {
        tell(&r, axes, agrees);
    }
    return agrees ? EXIT_OK : EXIT_FOUND;
}

int calibrate_level(const struct sys *sys, int argc, char **argv)
{
    struct calibrate_args a = {.part = "level", .seconds = 10};
    struct still *s = NULL;
    struct level l;
    int code = calibrate_args_parse(&a, argc, argv, long_options, help);
    if (code < 0)
        return EXIT_OK;
    if (!code)
        code = calibrate_load(&a, sys, argc, argv);
    if (!code)
        code = calibrate_open(&s, &a, sys, a.path, a.paths);
    if (!code)
        code = gather(&a, s, &l);
    still_close(s);
    if (!code)
        code = judge(&a, sys, &l);
    calibrate_free(&a, sys);
    return code;
}
