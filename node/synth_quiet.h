/* synth_quiet.h - the power spectrum of a quiet record, to make noise like it (synth_noise.h).
 *
 * Reads a trace of any known format and averages the power of windows of some 41 s (dsp/spectrum.h), an axis
 * at a time, to at most SYNTH_SPECTRUM_MAX frequencies up to 0.45 of its rate. Events in it count as noise:
 * choose a quiet stretch. An axis that it lacks gets the mean of the others. */
#ifndef TOCSIN_NODE_SYNTH_QUIET_H
#define TOCSIN_NODE_SYNTH_QUIET_H

#include "io/trace.h"
#include "node/synth_noise.h"

/* 0, or -1 and err: what the reader says, a record of unknown scale, too short a record. Velocity is
 * differentiated in the spectrum. */
int synth_quiet_read(struct synth_spectrum *out, const struct sys *sys, const char *path,
                     const struct trace_conf *conf, struct error *err);

#endif
