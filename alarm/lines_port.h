/* lines_port.h - what a kind of chip has to do. Inside of lines.c and lines_sim.c. */
#ifndef TOCSIN_ALARM_LINES_PORT_H
#define TOCSIN_ALARM_LINES_PORT_H

#include "alarm/lines.h"

struct lines_port {
    int (*open)(struct lines_pin **out, const struct sys *sys, const struct lines_spec *spec,
                struct error *err);
    int (*look)(const struct sys *sys, const struct lines_spec *spec, struct lines_seen *seen,
                struct error *err);
    int (*set)(struct lines_pin *pin, bool level);
    int (*get)(struct lines_pin *pin);
    int (*fd)(const struct lines_pin *pin);
    int (*edge)(struct lines_pin *pin, bool *level, int64_t *at_ns);
    void (*close)(struct lines_pin *pin);
};

struct lines_pin { /* the first member of each kind's own */
    const struct lines_port *port;
    const struct sys *sys;
};

extern const struct lines_port lines_sim;

#endif
