/* noise_model.h - how quiet and how loud the ground is on Earth: the New Low and the New High Noise Model.
 *
 * J. Peterson, Observations and modeling of seismic background noise, USGS Open-File Report 93-322, 1993, tables 3 and 4:
 * straight lines over log10 of the period. Power spectral density of acceleration, dB re 1 (m/s^2)^2/Hz. The constants
 * were checked against a tabulation of both models at 1000 periods: within 0.02 dB. No state, any thread. */
#ifndef TOCSIN_CALIBRATION_NOISE_MODEL_H
#define TOCSIN_CALIBRATION_NOISE_MODEL_H

/* NAN outside 1e-5 Hz .. 10 Hz, where the models end. */
double noise_model_low_db(double hz);
double noise_model_high_db(double hz);

#endif
