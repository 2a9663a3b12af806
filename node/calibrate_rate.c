/* tocsin calibrate rate - how many samples a second really come, and how many are lost. */
#include <math.h>
#include <stdio.h>

#include "calibration/rate.h"
#include "io/json.h"
#include "node/calibrate.h"
#include "node/cmd.h"

static const struct option long_options[] = {CALIBRATE_ARGS, {0}};

static void help(void)
{
    fputs(
        "usage: tocsin calibrate rate [OPTION...]\n"
        "\n"
        "The true rate of a live sensor by this machine's monotonic clock: a straight line of least squares\n"
        "through the times of its blocks, with jitter, uncertainty and losses. A recording has no clock "
        "but its\n"
        "own file's, and is refused. Nothing is written.\n"
        "\n",
        stdout);
    calibrate_args_help();
}

struct measured {
    struct still_sensor who;
    struct rate_found rate;
    uint64_t samples, lost;
};

static int measure(const struct calibrate_args *a, struct still *s, struct measured *m)
{
    struct block block;
    struct error err;
    enum source_status status;
    struct rate_line line;

    still_sensor(s, &m->who);
    rate_line_init(&line, m->who.rate_hz);
    while ((status = still_read(s, &block, &err)) == SOURCE_BLOCK) {
        if (m->samples > 0) /* what was missing in front of the first is nobody's */
            m->lost += block.lost;
        rate_line_add(&line, (int64_t)(m->samples + m->lost), block.t_mono_ns);
        m->samples += block.n;
    }
    still_sensor(s, &m->who);
    if (status == SOURCE_FAILED)
        return calibrate_fail(a, EXIT_FOUND, &err);
    if (rate_line_measure(&line, &m->rate))
        return 0;
    error_set(&err, "too few blocks to tell; give it --seconds 60");
    return calibrate_fail(a, EXIT_FOUND, &err);
}

static int print_json(const struct calibrate_args *a, const struct sys *sys, const struct measured *m)
{
    struct json *line = json_new_object(sys);

    json_put_text(line, "schema", "tocsin.calibrate-rate/1");
    json_put_text(line, "device", m->who.device);
    json_put_text(line, "serial", m->who.serial);
    json_put_text(line, "label", m->who.label);
    json_put_number(line, "driver_rate_hz", m->who.rate_hz, 6);
    json_put_number(line, "rate_hz", m->rate.rate_hz, 6);
    json_put_number(line, "off_ppm", m->rate.off_ppm, 2);
    json_put_number(line, "uncertainty_ppm", m->rate.uncertainty_ppm, 2);
    json_put_number(line, "jitter_s", m->rate.jitter_s, 9);
    json_put_number(line, "span_s", m->rate.span_s, 3);
    json_put_integer(line, "samples", (int64_t)m->samples);
    json_put_integer(line, "lost", (int64_t)m->lost);
    json_put_number(line, "temperature_c", m->who.temperature_c, 2);
    return calibrate_line(a, line);
}

/* A rate beyond what the node trusts, or losses, are a finding. */
static int tell(const struct calibrate_args *a, const struct sys *sys, const struct measured *m)
{
    double allowed = a->live.limits.rate_tolerance;
    bool wrong = fabs(m->rate.off_ppm) > 1e6 * allowed;

    if (a->json) {
        int code = print_json(a, sys, m);
        if (code)
            return code;
    } else {
        printf("%s at %s: %.5f Hz, %+.1f ppm of the %g Hz of its driver, +- %.1f ppm\n"
               "times scatter by %.3f ms; %llu samples in %.1f s, %llu lost%s\n",
               m->who.device, m->who.where, m->rate.rate_hz, m->rate.off_ppm, m->who.rate_hz,
               m->rate.uncertainty_ppm, 1e3 * m->rate.jitter_s, (unsigned long long)m->samples,
               m->rate.span_s, (unsigned long long)m->lost,
               wrong ? "; further off than sensors.NAME.rate_tolerance" : "");
    }
    return wrong || m->lost > 0 ? EXIT_FOUND : EXIT_OK;
}

int calibrate_rate(const struct sys *sys, int argc, char **argv)
{
    struct calibrate_args a = {.part = "rate", .seconds = 60};
    struct measured m = {.samples = 0};
    struct still *s = NULL;
    int code = calibrate_args_parse(&a, argc, argv, long_options, help);
    if (code < 0)
        return EXIT_OK;
    if (!code)
        code = calibrate_load(&a, sys, argc, argv);
    if (!code && a.paths > 0)
        code = args_error("calibrate rate", "a recording", a.path[0],
                          "has no clock but its own: measure the live sensor");
    if (!code)
        code = calibrate_open(&s, &a, sys, a.path, a.paths);
    if (!code)
        code = measure(&a, s, &m);
    still_close(s);
    if (!code)
        code = tell(&a, sys, &m);
    calibrate_free(&a, sys);
    return code;
}
