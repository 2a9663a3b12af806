/* synth_tele.h - a distant great earthquake: weak, long and slow, and no reason for an alarm.
 *
 * Three trains of causal noise: P and S through the mantle, and surface waves. Travel times interpolate the
 * usual tables (Jeffreys & Bullen, surface focus) [from memory, to 3 s]; P and S have an omega-squared source
 * with t* of 1 and 4 s; surface waves are noise about 20 s that disperses between 3.8 and 3.0 km/s, their
 * amplitude from the surface-wave magnitude (Vanek et al. 1962). Depth phases, core phases and the order of
 * periods within the surface waves are left out. */
#ifndef TOCSIN_NODE_SYNTH_TELE_H
#define TOCSIN_NODE_SYNTH_TELE_H

#include "node/synth.h"

/* conf->distance_km is ignored: distance_deg takes its place, 30..95; magnitude at least 5. Otherwise as
 * synth_make; s_s is the S of the mantle, and the record ends when the surface waves have passed or after_s
 * behind the S, whichever is later. */
int synth_tele_make(struct synth *out, const struct sys *sys, const struct synth_conf *conf,
                    double distance_deg, struct error *err);
double synth_tele_travel_s(enum synth_wave wave, double distance_deg);
/* Zero-to-peak ground amplitude of 20 s surface waves, m: Ms = log10(A / T) + 1.66 log10(degrees) + 3.3, A in
 * micrometres, T in s. */
double synth_tele_surface_m(double magnitude, double distance_deg);

#endif
