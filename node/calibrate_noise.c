/* tocsin calibrate noise - how much a sensor says while nothing moves, and whether that is its data sheet or the site. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "calibration/noise.h"
#include "calibration/noise_model.h"
#include "io/json.h"
#include "io/sensor_parts.h"
#include "node/calibrate.h"
#include "node/calibrate_noise_plot.h"
#include "node/cmd.h"
#include "node/gnuplot.h"

enum { ARG_PLOT = 'p', ARG_DENSITY = 'd' };

static const struct option long_options[] = {CALIBRATE_ARGS,
                                             {"plot", required_argument, NULL, ARG_PLOT},
                                             {"density", required_argument, NULL, ARG_DENSITY},
                                             {0}};

struct finding {
    struct still_sensor who;
    struct noise_result noise;
    const struct sensor_part *part; /* NULL: not known */
    double spec;                    /* m/s^2 per root hertz; 0: not known */
    uint64_t lost;
    enum noise_verdict verdict[SENSOR_AXES];
};

static const char *const verdict_name[] = {"ok", "loud", "quiet", "dead"};

static void help(void)
{
    fputs(
        "usage: tocsin calibrate noise [OPTION...] [FILE...]\n"
        "\n"
        "The noise of a sensor that stands still: power spectral density of each axis, against its data "
        "sheet and\n"
        "the quietest and loudest ground on Earth (Peterson 1993). Footsteps and doors do not count while "
        "they "
        "fill\n"
        "less than a third of the time: each frequency's median over windows of 8 s is taken, not the mean.\n"
        "Nothing is written but the plot.\n"
        "\n"
        "      --plot FILE           a picture, .svg or .png, by gnuplot\n"
        "      --density UG          the data sheet's, micro-g per root hertz (default: by the part's "
        "name)\n",
        stdout);
    calibrate_args_help();
}

/* ---- measuring ---- */

static int listen(const struct calibrate_args *a, struct still *s, struct noise *n, uint64_t *lost)
{
    struct block block;
    struct error err;
    enum source_status status;

    while ((status = still_read(s, &block, &err)) == SOURCE_BLOCK) {
        if (block.lost > 0) {
            noise_gap(n);
            *lost += (uint64_t)block.lost;
        }
        noise_add(n, (const double(*)[NOISE_AXES])block.value, block.n);
    }
    return status == SOURCE_FAILED ? calibrate_fail(a, a->paths ? EXIT_INPUT : EXIT_FOUND, &err) : 0;
}

static int measure(const struct calibrate_args *a, const struct sys *sys, struct still *s, struct finding *f)
{
    struct noise *n;
    struct error err;

    still_sensor(s, &f->who);
    if (f->who.unit != UNIT_MPS2) {
        error_set(&err, "%s: counts without a scale; noise is told in m/s^2", f->who.where);
        return calibrate_fail(a, EXIT_INPUT, &err);
    }
    int refused = noise_open(&n, sys, f->who.rate_hz);
    if (refused) {
        error_set(&err, refused == -ENOMEM ? "out of memory" : "%s: %g Hz; 4 to 8000 Hz are wanted",
                  f->who.where, f->who.rate_hz);
        return calibrate_fail(a, refused == -ENOMEM ? EXIT_FOUND : EXIT_INPUT, &err);
    }
    int code = listen(a, s, n, &f->lost);
    if (!code && !noise_measure(n, &f->noise)) {
        error_set(
            &err,
            "%u whole windows of %g s, %d are wanted: give it --seconds 60 of a sensor that stands still",
            f->noise.windows, NOISE_WINDOW_S, NOISE_WINDOWS_MIN);
        code = calibrate_fail(a, a->paths ? EXIT_INPUT : EXIT_FOUND, &err);
    }
    noise_close(n);
    if (!code)
        still_sensor(s, &f->who);
    return code;
}

static bool has(const struct finding *f, int axis)
{
    return f->who.axis_mask & 1u << axis;
}

static void judge(struct finding *f, double density_ug)
{
    f->part = sensor_parts_find(f->who.device);
    f->spec = density_ug > 0 ? density_ug * 1e-6 * SENSOR_PARTS_G
              : f->part      ? sensor_parts_density(f->part)
                             : 0;
    for (int a = 0; a < SENSOR_AXES; a++)
        f->verdict[a] =
            has(f, a) ? noise_judge(f->noise.floor[a], f->spec, f->who.lsb[a], f->who.rate_hz) : NOISE_OK;
}

static int exit_code(const struct finding *f)
{
    for (int a = 0; a < SENSOR_AXES; a++)
        if (f->verdict[a] != NOISE_OK)
            return EXIT_FOUND;
    return EXIT_OK;
}

/* ---- telling ---- */

static double ug(double mps2)
{
    return mps2 / SENSOR_PARTS_G * 1e6;
}

static void print_axes(const struct finding *f)
{
    static const char *const say[] = {
        "ok",
        "more than twice its data sheet and its steps: the site, the supply or the part",
        "less than a third of its data sheet: a filter, a wrong scale or another part",
        "it does not move at all",
    };

    printf("axis  ug/rtHz   of data sheet   rms mm/s^2   disturbed by   \n");
    for (int a = 0; a < SENSOR_AXES; a++) {
        if (!has(f, a))
            continue;
        printf("%c    %8.1f   ", 'x' + a, ug(f->noise.floor[a]));
        if (f->spec > 0)
            printf("%13.2f", f->noise.floor[a] / f->spec);
        else
            printf("%13s", "-");
        printf("   %10.4f   %11.2fx   %s\n", 1e3 * f->noise.rms_mps2[a], f->noise.disturbance[a],
               say[f->verdict[a]]);
    }
}

static void print_bands(const struct finding *f)
{
    printf("\n    Hz  ");
    for (int a = 0; a < SENSOR_AXES; a++)
        if (has(f, a))
            printf("%8c", 'x' + a);
    printf("   quietest  loudest ground, dB re 1 (m/s^2)^2/Hz\n");
    for (unsigned b = 0; b < f->noise.bands; b++) {
        const struct noise_band *band = &f->noise.band[b];
        printf("%8.3g", band->hz);
        for (int a = 0; a < SENSOR_AXES; a++)
            if (has(f, a))
                printf("%8.1f", band->psd[a] > 0 ? 10 * log10(band->psd[a]) : -INFINITY);
        if (isnan(noise_model_low_db(band->hz)))
            printf("%11s%9s\n", "-", "-");
        else
            printf("%11.1f%9.1f\n", noise_model_low_db(band->hz), noise_model_high_db(band->hz));
    }
}

static void print_text(const struct finding *f)
{
    printf("%s at %s, %g Hz, %u windows of %g s, %u of them disturbed, %llu samples lost\n",
           f->who.device[0] ? f->who.device : "a sensor", f->who.where, f->who.rate_hz, f->noise.windows,
           NOISE_WINDOW_S, f->noise.disturbed, (unsigned long long)f->lost);
    if (f->spec > 0)
        printf("data sheet: %.1f ug/rtHz (%s)\n", ug(f->spec), f->part ? f->part->source : "as given");
    else
        printf("data sheet: not known for this name; --density says it\n");
    print_axes(f);
    print_bands(f);
}

static struct json *axis_json(const struct sys *sys, const struct finding *f, int a)
{
    struct json *to = json_new_object(sys);
    char name[2] = {(char)('x' + a), 0};

    json_put_text(to, "axis", name);
    json_put_text(to, "verdict", verdict_name[f->verdict[a]]);
    json_put_significant(to, "density_mps2_rthz", f->noise.floor[a]);
    json_put_number(to, "of_data_sheet", f->spec > 0 ? f->noise.floor[a] / f->spec : NAN, 3);
    json_put_significant(to, "rms_mps2", f->noise.rms_mps2[a]);
    json_put_number(to, "disturbance", f->noise.disturbance[a], 3);
    return to;
}

static struct json *band_json(const struct sys *sys, const struct finding *f, const struct noise_band *b)
{
    struct json *to = json_new_object(sys), *psd = json_new_array(sys);

    json_put_significant(to, "hz", b->hz);
    for (int a = 0; a < SENSOR_AXES; a++)
        json_add_number(psd, has(f, a) && b->psd[a] > 0 ? 10 * log10(b->psd[a]) : NAN, 2);
    json_put(to, "psd_db", psd);
    json_put_number(to, "low_model_db", noise_model_low_db(b->hz), 2);
    json_put_number(to, "high_model_db", noise_model_high_db(b->hz), 2);
    return to;
}

static int print_json(const struct calibrate_args *args, const struct sys *sys, const struct finding *f)
{
    struct json *line = json_new_object(sys), *axes = json_new_array(sys), *bands = json_new_array(sys);

    for (int a = 0; a < SENSOR_AXES; a++)
        if (has(f, a))
            json_add(axes, axis_json(sys, f, a));
    for (unsigned b = 0; b < f->noise.bands; b++)
        json_add(bands, band_json(sys, f, &f->noise.band[b]));
    json_put_text(line, "schema", "tocsin.calibrate-noise/1");
    json_put_text(line, "device", f->who.device);
    json_put_text(line, "serial", f->who.serial);
    json_put_text(line, "label", f->who.label);
    json_put_significant(line, "rate_hz", f->who.rate_hz);
    json_put_number(line, "temperature_c", f->who.temperature_c, 2);
    json_put_integer(line, "windows", f->noise.windows);
    json_put_integer(line, "disturbed_windows", f->noise.disturbed);
    json_put_integer(line, "lost", (int64_t)f->lost);
    json_put_significant(line, "data_sheet_mps2_rthz", f->spec > 0 ? f->spec : NAN);
    json_put_text(line, "data_sheet_source", f->spec <= 0 ? NULL : f->part ? f->part->source : "as given");
    json_put(line, "axes", axes);
    json_put(line, "bands", bands);
    return calibrate_line(args, line);
}

static int tell(const struct calibrate_args *a, const struct sys *sys, const struct finding *f,
                const char *plot)
{
    struct error err;
    char title[3 * CONF_TEXT_MAX];

    if (a->json) {
        int code = print_json(a, sys, f);
        if (code)
            return code;
    } else {
        print_text(f);
    }
    snprintf(title, sizeof title, "noise of %s, %s", f->who.device[0] ? f->who.device : "a sensor",
             f->who.where);
    if (plot && calibrate_noise_plot(sys, plot, title, &f->noise, f->who.axis_mask, f->spec, &err) < 0)
        return calibrate_fail(a, EXIT_FOUND, &err);
    return exit_code(f);
}

/* ---- the command ---- */

struct options {
    const char *plot;
    double density_ug; /* 0: by name */
};

static int take(struct calibrate_args *a, struct options *o, int c, char **argv)
{
    bool svg;

    if (c == ARG_PLOT) {
        o->plot = optarg;
        return gnuplot_knows(optarg, &svg)
                   ? 0
                   : args_error("calibrate noise", "--plot", optarg, "want a name ending in .svg or .png");
    }
    if (c == ARG_DENSITY)
        return args_number(optarg, 1e-6, 1e6, &o->density_ug)
                   ? 0
                   : args_error("calibrate noise", "--density", optarg, "want micro-g per root hertz");
    return calibrate_args_take(a, c, argv);
}

int calibrate_noise(const struct sys *sys, int argc, char **argv)
{
    struct calibrate_args a = {.part = "noise", .seconds = 60};
    struct options o = {0};
    struct finding f = {.lost = 0};
    struct still *s = NULL;
    int c, code = 0;

    while (!code && (c = getopt_long(argc, argv, CALIBRATE_LETTERS, long_options, NULL)) != -1)
        if (c == 'h') {
            help();
            return EXIT_OK;
        } else {
            code = take(&a, &o, c, argv);
        }
    if (!code)
        code = calibrate_load(&a, sys, argc, argv);
    if (!code)
        code = calibrate_open(&s, &a, sys, a.path, a.paths);
    if (!code)
        code = measure(&a, sys, s, &f);
    still_close(s);
    if (!code) {
        judge(&f, o.density_ug);
        code = tell(&a, sys, &f, o.plot);
    }
    calibrate_free(&a, sys);
    return code;
}
