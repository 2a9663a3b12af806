/* synth_rupture.h - a long rupture as a row of sub-events, each with its place, its delay and its share.
 *
 * A line along the strike at the hypocentre's depth, its length by Wells & Coppersmith (1994), beginning
 * somewhere along it and running both ways. Each sub-event has a share of the whole's spectrum, such that
 * together, and incoherently, they have that spectrum at every frequency; its size and duration are those of an
 * earthquake of its own magnitude. That it knows the corner of the whole gives nothing away: shaped causally,
 * its first seconds have only what is above their inverse.
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
    double gain;             /* of the whole's amplitude; the squares of all add up to 1 */
};

struct synth_rupture {
    double length_km;  /* 0: a point */
    double duration_s; /* from the first sub-event to the last */
    double nearest_km; /* horizontally from the node to the line: Joyner and Boore's distance */
    double magnitude;  /* of each sub-event, as far as size and duration go */
    int n;
    struct synth_subevent sub[SYNTH_SUBEVENTS_MAX];
};

void synth_rupture_make(struct synth_rupture *r, const struct synth_conf *conf);

#endif
