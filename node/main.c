/* tocsin - earthquake and disaster early-warning edge node: one binary, a command a file (node/cmd_*.c). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "node/cmd.h"

static const struct command {
    const char *name;
    int (*run)(const struct sys *sys, int argc, char **argv);
    const char *what;
} commands[] = {
    {"run", cmd_run, "the node: sensors in, siren, voice and lines out"},
    {"replay", cmd_replay, "recorded traces through the detection pipeline: picks, rejections, alerts"},
    {"score", cmd_score, "catalogues of recorded traces: how good picks and alarms are, and what changed"},
    {"sensors", cmd_sensors, "the accelerometers that can be found, measured and watched"},
    {"calibrate", cmd_calibrate,
     "what a sensor is and how it is mounted, measured: level, gain, noise, rate"},
    {"check", cmd_check, "is everything that the node needs there and well, and what to do where it is not"},
    {"events", cmd_events, "what the journal tells of: a list, one event's whole life, export, is it whole"},
    {"siren", cmd_siren, "hear each sound of the siren, and test it by a microphone"},
    {"keys", cmd_keys, "the key that signs ours, and whose messages are believed"},
    {"synth", cmd_synth, "make a physically based synthetic earthquake record"},
    {"virtual", cmd_virtual, "serve a recorded trace as an IIO accelerometer over the network"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static int usage(FILE *out, int code)
{
    fprintf(out, "usage: tocsin COMMAND [OPTION...] [ARGUMENT...]\n\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].what);
    fprintf(out, "\n`tocsin COMMAND --help` explains a command; -V prints the version.\n");
    return code;
}

/* A standard stream that the caller closed must not become the first file opened here. Read only: writing to
 * it fails, and is told. */
static void hold_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            return;
}

static int run(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr, EXIT_USAGE);
    if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0) {
        printf("tocsin %s\n", TOCSIN_VERSION);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
        return usage(stdout, EXIT_OK);
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(&sys_real, argc - 1, argv + 1);
    fprintf(stderr, "tocsin: unknown command '%s'; `tocsin --help` lists them\n", argv[1]);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    int code = run(argc, argv);
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_OK) {
        fprintf(stderr, "tocsin: standard output: %s\n", strerror(errno));
        return EXIT_FOUND;
    }
    return code;
}
