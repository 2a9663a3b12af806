/* Synthetic peaks beside the published ones: M 4 to 7.5, 10 to 200 km, acceleration and velocity, two grounds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/synth.h"

enum measure { PGA, PGV };

/* Boore, Stewart, Seyhan & Atkinson (2014, Earthquake Spectra 30:1057), "NGA-West2": coefficients of its
 * table for a fault of unspecified kind, the distance of Joyner and Boore, no basin; g and cm/s. */
static const struct published {
    double e0, e4, e5, e6, hinge, c1, c2, c3, h_km, c, vc_mps, f4, f5, tau[2], phi[2];
} bssa14[] = {
    [PGA] = {0.4473,
             1.431,
             0.05053,
             -0.1662,
             5.5,
             -1.134,
             0.1917,
             -0.008088,
             4.5,
             -0.6,
             1500.0,
             -0.15,
             -0.00701,
             {0.398, 0.348},
             {0.695, 0.495}},
    [PGV] = {5.037,
             1.073,
             -0.1536,
             0.2252,
             6.2,
             -1.243,
             0.1489,
             -0.00344,
             5.3,
             -0.84,
             1300.0,
             -0.1,
             -0.00844,
             {0.401, 0.346},
             {0.644, 0.552}},
};

static double ln_firm(const struct published *p, double m, double rjb_km) /* 760 m/s */
{
    double d = m - p->hinge, r = hypot(rjb_km, p->h_km);

    return p->e0 + (d <= 0.0 ? p->e4 * d + p->e5 * d * d : p->e6 * d) + (p->c1 + p->c2 * (m - 4.5)) * log(r) +
           p->c3 * (r - 1.0);
}

static double median_si(enum measure what, double m, double rjb_km, double vs30_mps)
{
    const struct published *p = &bssa14[what];
    double firm_g = exp(ln_firm(&bssa14[PGA], m, rjb_km));
    double f2 = p->f4 * (exp(p->f5 * (fmin(vs30_mps, 760.0) - 360.0)) - exp(p->f5 * 400.0));

    return exp(ln_firm(p, m, rjb_km) + p->c * log(fmin(vs30_mps, p->vc_mps) / 760.0) +
               f2 * log((firm_g + 0.1) / 0.1)) *
           (what == PGA ? 9.80665 : 0.01);
}

/* Standard deviation of ln of one record within 110 km: between earthquakes, and within one. */
static double sigma(enum measure what, double m)
{
    const struct published *p = &bssa14[what];
    double share = fmin(1.0, fmax(0.0, m - 4.5));

    return hypot(p->tau[0] + share * (p->tau[1] - p->tau[0]), p->phi[0] + share * (p->phi[1] - p->phi[0]));
}

/* /usr/bin/python3, the same equations written a second time. */
static const struct {
    double magnitude, rjb_km, vs30_mps, pga_mps2, pgv_mps;
} medians[] = {
    {4.0, 10.0, 620.0, 0.10997, 0.0032341}, {5.0, 50.0, 360.0, 0.13539, 0.0054891},
    {6.0, 30.0, 620.0, 0.69515, 0.040489},  {7.0, 100.0, 620.0, 0.29588, 0.028127},
    {7.5, 200.0, 360.0, 0.17544, 0.028368},
};

static void test_the_published_levels_are_those_of_the_paper(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof medians / sizeof *medians; i++) {
        double m = medians[i].magnitude, r = medians[i].rjb_km, v = medians[i].vs30_mps;

        assert_true(fabs(median_si(PGA, m, r, v) / medians[i].pga_mps2 - 1.0) < 1e-4);
        assert_true(fabs(median_si(PGV, m, r, v) / medians[i].pgv_mps - 1.0) < 1e-4);
    }
    assert_true(fabs(sigma(PGA, 4.0) - 0.8009) < 1e-4 && fabs(sigma(PGV, 7.0) - 0.6515) < 1e-4);
}

/* ln of the record's peaks, geometric mean of north and east; velocity above 0.03 Hz, one pole. */
static void peaks(const struct synth *s, double rate_hz, double ln_peak[2])
{
    double v[AXES] = {0.0}, most[2][AXES] = {{0.0}};

    for (size_t i = 0; i < s->n; i++) {
        for (int a = 0; a < AXES; a++) {
            v[a] = v[a] * (1.0 - 2.0 * M_PI * 0.03 / rate_hz) + s->value[i][a] / rate_hz;
            most[PGA][a] = fmax(most[PGA][a], fabs(s->value[i][a]));
            most[PGV][a] = fmax(most[PGV][a], fabs(v[a]));
        }
    }
    for (int k = 0; k < 2; k++)
        ln_peak[k] = 0.5 * log(most[k][AXIS_N] * most[k][AXIS_E]);
}

/* The seeds that the constants were set on are 1 to 4; these are others. */
enum { SEED = 2001, SEEDS = 2, MAGNITUDES = 5, DISTANCES = 4 };
static const double magnitudes[MAGNITUDES] = {4.0, 5.0, 6.0, 7.0, 7.5};
static const double distances_km[DISTANCES] = {10.0, 30.0, 70.0, 200.0};

static void one_cell(struct synth_conf conf, double vs30_mps, double mean_ln[2])
{
    mean_ln[PGA] = mean_ln[PGV] = 0.0;
    for (conf.seed = SEED; conf.seed < SEED + SEEDS; conf.seed++) {
        struct synth s;
        struct error err;
        double ln_peak[2];

        conf.strike_deg = fmod(137.0 * (double)conf.seed, 360.0);
        if (synth_make(&s, &sys_real, &conf, &err) != 0)
            fail_msg("%s", err.text);
        peaks(&s, conf.rate_hz, ln_peak);
        for (int k = 0; k < 2; k++)
            mean_ln[k] +=
                (ln_peak[k] - log(median_si((enum measure)k, conf.magnitude, s.nearest_km, vs30_mps))) /
                SEEDS;
        synth_free(&s, &sys_real);
    }
}

static double trend(double cell[DISTANCES][2], int what)
{
    double least = INFINITY, most = -INFINITY;

    for (int j = 0; j < DISTANCES; j++) {
        least = fmin(least, cell[j][what]);
        most = fmax(most, cell[j][what]);
    }
    return most - least;
}

/* Each cell within the published standard deviation of one record; the mean of all within a factor of 1.25 and
 * their scatter below one of 1.4 (0.15 in log10); no trend with distance: between 10 and 200 km the accelerations of
 * a magnitude differ by less than a factor of 1.6 (the velocities 2.8: M 7.5 has 2.5). */
static void hold_levels(enum synth_model_name model, enum synth_site site, double vs30_mps)
{
    double sum[2] = {0.0}, squares[2] = {0.0};

    for (int i = 0; i < MAGNITUDES; i++) {
        double cell[DISTANCES][2];

        for (int j = 0; j < DISTANCES; j++) {
            struct synth_conf conf = synth_default;

            conf.model = model;
            conf.site = site;
            conf.magnitude = magnitudes[i];
            conf.distance_km = distances_km[j];
            conf.rate_hz = 50.0; /* half the work */
            conf.before_s = 1.0;
            conf.sensor.noise_ug_rthz = 0.0;
            one_cell(conf, vs30_mps, cell[j]);
            print_message("%s, %s, M %g at %g km: PGA %.2f, PGV %.2f of the published\n",
                          synth_model(model)->name, synth_site_name(site), magnitudes[i], distances_km[j],
                          exp(cell[j][PGA]), exp(cell[j][PGV]));
            for (int k = 0; k < 2; k++) {
                assert_true(fabs(cell[j][k]) < sigma((enum measure)k, magnitudes[i]));
                sum[k] += cell[j][k] / (MAGNITUDES * DISTANCES);
                squares[k] += cell[j][k] * cell[j][k] / (MAGNITUDES * DISTANCES);
            }
        }
        assert_true(trend(cell, PGA) < log(1.6));
        assert_true(trend(cell, PGV) < log(2.8));
    }
    for (int k = 0; k < 2; k++) {
        print_message("%s, %s, %s: mean %.2f, scatter %.2f in ln\n", synth_model(model)->name,
                      synth_site_name(site), k == PGA ? "PGA" : "PGV", exp(sum[k]), sqrt(squares[k]));
        assert_true(fabs(sum[k]) < log(1.25));
        assert_true(sqrt(squares[k]) < log(1.4));
    }
}

static void test_peaks_of_the_model_that_tunes_are_the_published(void **state)
{
    (void)state;
    hold_levels(SYNTH_TUNE, SYNTH_ROCK, 620.0);
    hold_levels(SYNTH_TUNE, SYNTH_STIFF, 360.0);
}

static void test_peaks_of_the_model_that_judges_are_the_published(void **state)
{
    (void)state;
    hold_levels(SYNTH_JUDGE, SYNTH_ROCK, 620.0);
    hold_levels(SYNTH_JUDGE, SYNTH_STIFF, 360.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_published_levels_are_those_of_the_paper),
        cmocka_unit_test(test_peaks_of_the_model_that_tunes_are_the_published),
        cmocka_unit_test(test_peaks_of_the_model_that_judges_are_the_published),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
