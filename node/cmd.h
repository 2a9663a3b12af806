/* cmd.h - the commands of the one binary: each takes the arguments after its name and answers with an exit
 * code. */
#ifndef TOCSIN_NODE_CMD_H
#define TOCSIN_NODE_CMD_H

#include "io/sys.h"

enum {
    EXIT_OK = 0,
    EXIT_FOUND = 1, /* it ran and found something wrong */
    EXIT_INPUT = 2, /* the input is bad */
    EXIT_USAGE = 64 /* usage or configuration */
};

int cmd_calibrate(const struct sys *sys, int argc, char **argv);
int cmd_check(const struct sys *sys, int argc, char **argv);
int cmd_events(const struct sys *sys, int argc, char **argv);
int cmd_keys(const struct sys *sys, int argc, char **argv);
int cmd_replay(const struct sys *sys, int argc, char **argv);
int cmd_run(const struct sys *sys, int argc, char **argv);
int cmd_sensors(const struct sys *sys, int argc, char **argv);
int cmd_siren(const struct sys *sys, int argc, char **argv);
int cmd_synth(const struct sys *sys, int argc, char **argv);
int cmd_virtual(const struct sys *sys, int argc, char **argv);
int cmd_score(const struct sys *sys, int argc, char **argv);

#endif
