/* tocsin calibrate positions - offset, gain and misalignment from six recordings; it tells, and writes nothing. */
#include <stdio.h>
#include <string.h>

#include "calibration/level.h"
#include "calibration/positions.h"
#include "io/json.h"
#include "node/calibrate.h"
#include "node/cmd.h"

#define G_MPS2 9.80665
/* Own choice: nobody who means to place it square is further off. */
static const double askew_max_deg = 20;
static const char *const names[POSITIONS] = {"x", "-x", "y", "-y", "z", "-z"};

static const struct option long_options[] = {CALIBRATE_ARGS, {0}};

struct six {
    double mean[POSITIONS][3];
    const char *path[POSITIONS]; /* NULL: not yet */
};

static void help(void)
{
    fputs(
        "usage: tocsin calibrate positions [OPTION...] FILE FILE FILE FILE FILE FILE\n"
        "\n"
        "Offset, gain and misalignment of a sensor from six recordings of it at rest: each of x, y and z up "
        "once and\n"
        "down once, in any order. Which is which, whether one is missing and whether it was moved is found "
        "out.\n"
        "Nothing is written.\n"
        "\n",
        stdout);
    calibrate_args_help();
}

static int gather(struct still *s, struct level *l, struct error *err)
{
    struct block block;
    struct still_sensor who;
    enum source_status status;

    still_sensor(s, &who);
    if (who.unit != UNIT_MPS2 || who.axis_mask != 7 || !level_init(l, who.rate_hz))
        return error_set(err, "%s: want three axes in m/s^2 (--scale)", who.where);
    while ((status = still_read(s, &block, err)) == SOURCE_BLOCK)
        level_feed(l, (const double(*)[3])block.value, block.n);
    return status == SOURCE_FAILED ? -1 : 0;
}

/* Into its place among the six; 0, or an exit code, told. */
static int take(const struct calibrate_args *a, const struct sys *sys, size_t i, struct six *six)
{
    static const double any[3] = {0, 0, 1};
    struct still *s = NULL;
    struct level l;
    struct level_result r;
    struct error err, why;
    int code = calibrate_open(&s, a, sys, a->path + i, 1);

    if (code)
        return code;
    int result = gather(s, &l, &err);
    still_close(s);
    if (result < 0)
        return calibrate_fail(a, EXIT_INPUT, &err);
    if (level_result(&l, any, &r, &why) < 0) {
        error_set(&err, "%s: %s", a->path[i], why.text);
        return calibrate_fail(a, EXIT_INPUT, &err);
    }
    int p = 2 * r.up + r.is_down;
    if (r.off_deg > askew_max_deg)
        error_set(&err, "%s: %.0f degrees askew, none of the six positions", a->path[i], r.off_deg);
    else if (six->path[p])
        error_set(&err, "%s and %s are the same position, %s up", six->path[p], a->path[i], names[p]);
    else {
        six->path[p] = a->path[i];
        memcpy(six->mean[p], r.mean_mps2, sizeof six->mean[p]);
        return 0;
    }
    return calibrate_fail(a, EXIT_INPUT, &err);
}

static void tell(const struct positions_fit *f)
{
    for (int k = 0; k < 3; k++)
        printf("%c           offset %+.4f m/s^2 (+-%.4f), gain %.5f (+-%.5f), follows x %+.4f y %+.4f z "
               "%+.4f (+-%.4f)\n",
               "xyz"[k], f -> offset_mps2[k], f -> offset_sigma_mps2, f -> gain[k], f -> gain_sigma,
               f -> cross[k][0], f -> cross[k][1], f -> cross[k][2], f -> cross_sigma);
    printf("placed      %.2f degrees off, root mean square\n", f->placed_deg);
}

static struct json *list(const struct sys *sys, const double value[3])
{
    struct json *all = json_new_array(sys);

    for (int k = 0; k < 3; k++)
        json_add_number(all, value[k], 6);
    return all;
}

static int tell_json(const struct calibrate_args *a, const struct sys *sys, const struct positions_fit *f)
{
    struct json *line = json_new_object(sys), *cross = json_new_array(sys);

    for (int k = 0; k < 3; k++)
        json_add(cross, list(sys, f->cross[k]));
    json_put_text(line, "schema", "tocsin.calibrate-positions/1");
    json_put(line, "offset_mps2", list(sys, f->offset_mps2));
    json_put_number(line, "offset_sigma_mps2", f->offset_sigma_mps2, 6);
    json_put(line, "gain", list(sys, f->gain));
    json_put_number(line, "gain_sigma", f->gain_sigma, 6);
    json_put(line, "cross", cross);
    json_put_number(line, "cross_sigma", f->cross_sigma, 6);
    json_put_number(line, "placed_deg", f->placed_deg, 3);
    return calibrate_line(a, line);
}

static int fit(const struct calibrate_args *a, const struct sys *sys)
{
    struct six six = {.path = {NULL}};
    struct positions_fit f;
    struct error err;

    for (size_t i = 0; i < POSITIONS; i++) {
        int code = take(a, sys, i, &six);
        if (code)
            return code;
    }
    if (positions_fit((const double(*)[3])six.mean, G_MPS2, &f, &err) < 0)
        return calibrate_fail(a, EXIT_INPUT, &err);
    if (a->json) {
        int code = tell_json(a, sys, &f);
        if (code)
            return code;
    } else {
        tell(&f);
    }
    return EXIT_OK;
}

int calibrate_positions(const struct sys *sys, int argc, char **argv)
{
    struct calibrate_args a = {.part = "positions"};
    int code = calibrate_args_parse(&a, argc, argv, long_options, help);
    if (code < 0)
        return EXIT_OK;
    if (!code && argc - optind != POSITIONS)
        code = args_error("calibrate positions", "six recordings are needed", NULL, "one a position");
    if (!code)
        code = calibrate_load(&a, sys, argc, argv);
    if (!code)
        code = fit(&a, sys);
    calibrate_free(&a, sys);
    return code;
}
