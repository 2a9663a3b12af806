/* predict.h - from the first seconds of a P wave to the intensity that follows.
 *
 * Linear in logarithms: with t since the onset, u = log10 clip(t, window_from_s, window_to_s), D = 3 log10
 * Pd[cm] of vertical displacement high-passed at 1 Hz, Iz the vertical's intensity so far, G the growth of
 * energy:
 *   decision   mu = b0 + b1 u + b2 u^2 + (b3 + b4 u) D
 *              sigma = exp(s0 + s1 u)
 *              P(I >= T) = Phi((mu - T) / sigma) (1 - pS)
 *   pS         1 / (1 + exp(-slope (s_growth - centre))) from s_from_s on, else 0: the S wave has begun
 *   reported   c0 + c1 u + c2 u^2 + (c3 + c4 u) D + (c5 + c6 u) Iz + c7 G,
 *              for intensity, log PGV, log PGA, JMA
 * The decision is the more cautious of the two models: growth lowers the error of the reported intensity and
 * gives more false alarms. On another scale than GB/T the decision uses that scale's value of the reported
 * PGA and PGV (JMA: its own regression) as mu, and sigma times 2/3 for JMA (2 units a decade instead of 3);
 * that is sensible, not calibrated. What was measured: docs/detection.md, section 4.
 *
 * Pure function; any thread; some logarithms. */
#ifndef TOCSIN_ALARM_PREDICT_H
#define TOCSIN_ALARM_PREDICT_H

#include "alarm/policy_conf.h"
#include "dsp/report.h"

struct prediction {
    double mu, sigma;     /* GB/T */
    double s_probability; /* pS */
    double p[ALERT_THRESHOLDS];
    double snr;                     /* Pd over the noise before the onset; 0: no quiet reference */
    double value[INTENSITY_SCALES]; /* reported, before the S rule (predict_reported) */
    double pga_log, pgv_log;
};

/* False, *out untouched, where a number of the window is not finite or Pd is not positive. */
bool predict_window(const struct policy_conf *conf, const struct window_report *w, struct prediction *out);

/* The reported GB/T intensity with the S rule: weight s (pS, or 1 while held) moves it to observed + 0.5.
 * Never below observed. */
double predict_reported(const struct policy_conf *conf, const struct prediction *p, double s,
                        double observed);

#endif
