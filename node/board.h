/* board.h - what a board profile says of itself, and which profile fits a sensor that was found.
 *
 * The rest of a profile is configuration like any other: sensors, siren, lines. These keys say what it is for, on which drivers
 * it fits and what is known about it. Used at start and by commands; board_match reads files of the kernel's. */
#ifndef TOCSIN_NODE_BOARD_H
#define TOCSIN_NODE_BOARD_H

#include <stdbool.h>

#include "io/conf.h"

struct board_conf {
    char title[CONF_TEXT_MAX];
    char driver[CONF_TEXT_MAX]; /* IIO names that it fits, "adxl355, adxl359"; "": none */
    char machine
        [CONF_TEXT_MAX]; /* beginnings of the machine's model, "Raspberry Pi 4, Raspberry Pi 5"; "": any */
    char overlay[CONF_TEXT_MAX]; /* of the device tree; "": none */
    char tested[CONF_TEXT_MAX];  /* what of it was run, in words */
};

struct conf_table board_conf_table(struct board_conf *conf);
/* The machine's model as the device tree or the firmware tells it; "" where neither does. Returns to. */
const char *board_machine(char to[CONF_TEXT_MAX]);
/* Is the sensor one of the profile's, by its IIO name? */
bool board_fits_sensor(const struct board_conf *conf, const char *driver);
bool board_fits_machine(const struct board_conf *conf, const char *machine);

#endif
