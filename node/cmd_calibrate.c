/* tocsin calibrate - measures what a sensor is and how it is mounted: a part a file (node/calibrate_*.c). */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "node/calibrate.h"
#include "node/cmd.h"

static const struct part {
    const char *name;
    int (*run)(const struct sys *sys, int argc, char **argv);
    const char *what;
} parts[] = {
    {"level", calibrate_level, "which way is up, and how far from level it is mounted"},
    {"positions", calibrate_positions, "offset, gain and misalignment from six recordings"},
    {"noise", calibrate_noise, "how much it says while nothing moves, against its data sheet"},
    {"rate", calibrate_rate, "how many samples a second really come, and how many are lost"},
};
enum { PARTS = sizeof parts / sizeof *parts };

static int usage(FILE *out, int code)
{
    fputs("usage: tocsin calibrate PART [OPTION...] [FILE...]\n\n", out);
    for (int i = 0; i < PARTS; i++)
        fprintf(out, "  %-10s %s\n", parts[i].name, parts[i].what);
    fputs("\nEach measures a live sensor, or recordings of it. `tocsin calibrate PART --help` explains a "
          "part.\n",
          out);
    return code;
}

int cmd_calibrate(const struct sys *sys, int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr, EXIT_USAGE);
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
        return usage(stdout, EXIT_OK);
    signal(SIGPIPE, SIG_IGN); /* libiio writes to servers that may be gone */
    opterr = 0;
    for (int i = 0; i < PARTS; i++)
        if (strcmp(argv[1], parts[i].name) == 0)
            return parts[i].run(sys, argc - 1, argv + 1);
    return args_error("calibrate", "no such part", argv[1], "`tocsin calibrate --help` lists them");
}
