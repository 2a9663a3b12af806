/* virtual_fault.h - what a virtual sensor can be told to suffer, by debug attributes.
 *
 *     iio_attr -u ip:127.0.0.1:PORT -D adxl355 stall_ms 300
 *
 * A number is written and read back. Some pass by themselves (a time in ms that begins now, a count that runs
 * down to 0), others stay until 0 is written. Private to io/virtual_*.c, except the table for the manual. */
#ifndef TOCSIN_IO_VIRTUAL_FAULT_H
#define TOCSIN_IO_VIRTUAL_FAULT_H

#include <stdint.h>

enum virtual_fault {
    /* pass by themselves */
    FAULT_STALL,     /* the sensor measures nothing */
    FAULT_HOLD,      /* no refill is answered; the queues fill */
    FAULT_GONE,      /* the device is not there: ENODEV */
    FAULT_REFUSE,    /* new connections are closed at once */
    FAULT_SKIP,      /* samples that are lost */
    FAULT_DUPLICATE, /* samples with the time stamp of the one before */
    FAULT_BACKWARD,  /* ms that the next sample's time stamp is early */
    FAULT_ERRNO,     /* of the next refill */
    FAULT_HANGUP,    /* connections with an open buffer are cut */
    FAULT_DIE,       /* the server ends as if it were killed */
    /* stay */
    FAULT_PPM,         /* the sample clock runs fast */
    FAULT_STALE,       /* old samples in front when a buffer is opened */
    FAULT_FLAT,        /* all axes stand */
    FAULT_STUCK,       /* axes that stand: 1 x, 2 y, 4 z, or a sum */
    FAULT_CLIP,        /* m/s^2 that no axis exceeds; 0: none */
    FAULT_NOISE,       /* m/s^2 rms added to each axis */
    FAULT_TEMPERATURE, /* degrees C */
    FAULTS
};

struct virtual_fault_row {
    const char *name;
    double low, high;
    const char *what;
};

extern const struct virtual_fault_row virtual_faults[FAULTS];

#endif
