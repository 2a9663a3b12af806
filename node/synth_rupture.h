/* synth_rupture.h - a long rupture as a row of sub-events, each with its place, its delay and its share.
 *
 * A line along the strike at the hypocentre's depth, its length by Wells & Coppersmith (1994), beginning
 * somewhere along it and running both ways. Sub-events of equal size have each the corner frequency of their
 * own moment; their amplitudes are such that together, and incoherently, they have the acceleration of the
 * whole above its corner. Below about three times the corner of the whole (M 7: 0.2 Hz; M 8: 0.05 Hz) they
 * have less: peak displacement and the longest periods are too small.
 *
 * Pure functions of their arguments; no allocation. */
#ifndef TOCSIN_NODE_SYNTH_RUPTURE_H
#define TOCSIN_NODE_SYNTH_RUPTURE_H

#include "node/synth.h"

enum { SYNTH_SUBEVENTS_MAX = 24 };

struct synth_subevent {
    double delay_s;          /* after the origin time */
    double distance_km;      /* epicentral */
    double back_azimuth_deg; /* from the node */
    double gain;             /* on the spectrum of an earthquake of magnitude synth_rupture.sub_magnitude */
};

struct synth_rupture {
    double length_km;  /* 0: a point */
    double duration_s; /* from the first sub-event to the last */
    double nearest_km; /* horizontally from the node to the line: Joyner and Boore's distance */
    double magnitude;  /* of each sub-event, as far as corner and duration go */
    int n;
    struct synth_subevent sub[SYNTH_SUBEVENTS_MAX];
};

void synth_rupture_make(struct synth_rupture *r, const struct synth_conf *conf);

#endif
