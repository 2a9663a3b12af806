/* tocsin calibrate level - which way is up, and how far from level. */
#include <math.h>
#include <stdio.h>

#include "node/calibrate.h"
#include "node/cmd.h"

static const struct option long_options[] = {CALIBRATE_ARGS, {0}};

static void help(void)
{
    fputs(
        "usage: tocsin calibrate level [OPTION...] [FILE...]\n"
        "\n"
        "Which way is up, and how far from level the sensor is mounted, by gravity. It has to stand still.\n"
        "\n",
        stdout);
    calibrate_args_help();
}

static int measure(const struct calibrate_args *a, struct still *s)
{
    struct block block;
    struct error err;
    enum source_status status;
    double n = 0, sum[SENSOR_AXES] = {0};

    while ((status = still_read(s, &block, &err)) == SOURCE_BLOCK)
        for (size_t i = 0; i < block.n; i++, n++)
            for (int k = 0; k < SENSOR_AXES; k++)
                sum[k] += block.value[i][k];
    if (status == SOURCE_FAILED)
        return calibrate_fail(a, EXIT_FOUND, &err);
    printf("mean of %.0f samples: x %.4f y %.4f z %.4f\n", n, sum[0] / n, sum[1] / n, sum[2] / n);
    return EXIT_OK;
}

int calibrate_level(const struct sys *sys, int argc, char **argv)
{
    struct calibrate_args a = {.part = "level", .seconds = 10};
    struct still *s = NULL;
    int c, code = 0;

    while (!code && (c = getopt_long(argc, argv, CALIBRATE_LETTERS, long_options, NULL)) != -1)
        if (c == 'h') {
            help();
            return EXIT_OK;
        } else {
            code = calibrate_args_take(&a, c, argv);
        }
    if (!code)
        code = calibrate_load(&a, sys, argc, argv);
    if (!code)
        code = calibrate_open(&s, &a, sys, a.path, a.paths);
    if (!code)
        code = measure(&a, s);
    still_close(s);
    calibrate_free(&a, sys);
    return code;
}
