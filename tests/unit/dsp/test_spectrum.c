#include "dsp/spectrum.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/near.h"

/* Density of four bins, centroid, flatness, line share, rms: tests/unit/dsp/oracle.py spectrum */
static const struct {
    double rate_hz;
    int n;
    double want[8];
} oracle[] = {
    {100,
     200,
     {0.00049456968, 0.541499921, 0.025321763, 0.00410939658, 3.62052674, 1.90027578e-08, 0.901842249,
      0.740562217}},
    {31.25,
     64,
     {0.000525808134, 0.633399402, 0.046632947, 0.00375696374, 3.62019368, 0.000669667717, 0.909114831,
      0.74047424}},
};

static struct spectrum *opened(double rate_hz)
{
    struct spectrum_conf conf = SPECTRUM_CONF_DEFAULT(rate_hz);
    struct spectrum *s;

    assert_int_equal(spectrum_open(&s, &conf), 0);
    return s;
}

static void spectra_and_their_numbers_are_those_of_numpy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof oracle / sizeof *oracle; i++) {
        struct spectrum *s = opened(oracle[i].rate_hz);

        assert_near(spectrum_bin_hz(s), oracle[i].rate_hz / oracle[i].n, 1e-12);
        assert_int_equal(spectrum_bins(s), oracle[i].n / 2 + 1);
        for (int n = 0; n < oracle[i].n; n++) {
            double t = n / oracle[i].rate_hz;
            double x[3] = {9.81 + sin(2 * M_PI * 3.3 * t) + 0.1 * t * t, 0.3 * cos(2 * M_PI * 7.1 * t + 1),
                           0.2 * sin(2 * M_PI * 5 * t) * exp(-t)};

            assert_int_equal(spectrum_step(s, x, true), n == oracle[i].n - 1);
        }
        const struct spectrum_result *r = spectrum_result(s);
        double got[8] = {(double)spectrum_power(s, 0)[2],
                         (double)spectrum_power(s, 0)[7],
                         (double)spectrum_power(s, 1)[15],
                         (double)spectrum_power(s, 2)[10],
                         r->centroid_hz,
                         r->flatness,
                         r->line,
                         r->rms_mps2};

        for (int k = 0; k < 8;
             k++) /* single precision; flatness is a mean of logarithms of the smallest bins */
            if (fabs(got[k] - oracle[i].want[k]) > (k == 5 ? 0.02 : 1e-5) * oracle[i].want[k])
                fail_msg("%g Hz, number %d: %.9g, not %.9g", oracle[i].rate_hz, k, got[k], oracle[i].want[k]);
        assert_near(r->dominant_hz, 3.3, 0.05);
        spectrum_close(s);
    }
}

enum { NOISE = 1, TONE = 2, P_WAVE = 4 };

/* seconds of a mixture of unit noise, a tone of rms 10 at 7.3 Hz and a burst at 3-6 Hz; mean results over the
 * hops */
static struct spectrum_result mean_of(struct spectrum *s, double rate, int what, double seconds, bool learn)
{
    static uint32_t seed = 1;
    struct spectrum_result sum = {0};
    int hops = 0;

    for (int n = 0; n < (int)(rate * seconds); n++) {
        double x[3], t = (double)spectrum_result(s)->samples / rate; /* no jump between two calls */

        for (int c = 0; c < 3; c++) {
            x[c] = c == 0 ? 9.81 : 0.0;
            if (what & NOISE)
                x[c] += 0.001 * near_noise(&seed);
            if (what & TONE)
                x[c] += 0.001 * 14.1 * sin(2 * M_PI * 7.3 * t);
            if (what & P_WAVE)
                x[c] += 0.01 * (sin(2 * M_PI * 3.4 * t) + sin(2 * M_PI * 4.3 * t) + sin(2 * M_PI * 5.2 * t));
        }
        if (!spectrum_step(s, x, learn))
            continue;
        const struct spectrum_result *r = spectrum_result(s);

        hops++;
        sum.samples = r->samples;
        sum.noise_known = r->noise_known;
        sum.bands = r->bands;
        for (unsigned b = 0; b < r->bands; b++)
            sum.band_snr[b] += r->band_snr[b];
        sum.snr += r->snr;
        sum.centroid_hz += r->centroid_hz;
        sum.flatness += r->flatness;
        sum.dominant_hz += r->dominant_hz;
        sum.line += r->line;
        sum.rms_mps2 += r->rms_mps2;
    }
    for (unsigned b = 0; b < sum.bands; b++)
        sum.band_snr[b] /= hops;
    sum.snr /= hops;
    sum.centroid_hz /= hops;
    sum.flatness /= hops;
    sum.dominant_hz /= hops;
    sum.line /= hops;
    sum.rms_mps2 /= hops;
    return sum;
}

static void noise_tone_and_earthquake_differ(void **state)
{
    static const double rates[] = {31.25, 100, 250};

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        double rate = rates[i], top = 0.45 * rate;
        struct spectrum *s = opened(rate);
        struct spectrum_result r;

        mean_of(s, rate, NOISE, 120, true);
        r = mean_of(s, rate, NOISE, 60, true);
        assert_true(r.noise_known);
        assert_int_equal(r.bands, rate < 40 ? 5 : rate < 200 ? 6 : 8);
        for (unsigned b = 0; b < r.bands; b++)
            assert_near(r.band_snr[b], 1.0, 0.25);
        assert_near(r.snr, 1.0, 0.05);
        assert_near(r.flatness, 0.84, 0.03);
        assert_near(r.centroid_hz, (0.75 + top) / 2, 0.05 * top);
        assert_true(r.line < 0.3);
        assert_near(r.rms_mps2, 0.001 * sqrt((top - 0.75) / (rate / 2)), 1e-4); /* each axis 0.001/sqrt(3) */

        mean_of(s, rate, NOISE | TONE, 3, false);
        r = mean_of(s, rate, NOISE | TONE, 10, false);
        assert_near(r.dominant_hz, 7.3, 0.03);
        assert_true(r.line > 0.95 && r.flatness < 0.1 && r.band_snr[3] > 100 && r.band_snr[0] < 1.5);

        mean_of(s, rate, NOISE | P_WAVE, 3, false);
        r = mean_of(s, rate, NOISE | P_WAVE, 10, false);
        assert_near(r.centroid_hz, 4.3, 0.3);
        assert_true(r.line < 0.6 && r.band_snr[2] > 50 && r.snr > 5);

        mean_of(s, rate, NOISE, 3, false);
        assert_near(mean_of(s, rate, NOISE, 30, false).snr, 1.0, 0.1); /* nothing of it was learnt */
        mean_of(s, rate, NOISE | TONE, 300, true);
        assert_near(mean_of(s, rate, NOISE | TONE, 10, true).band_snr[3], 1.0,
                    0.1); /* a machine becomes noise */
        spectrum_close(s);
    }
}

static void a_window_is_learnt_only_if_all_of_its_hop_may_be(void **state)
{
    struct spectrum *s = opened(100);

    (void)state;
    for (int n = 0; n < 400; n++) {
        bool got = spectrum_step(s, (double[]){sin(n), 0, 0}, n % 10 != 3);

        assert_false(got && spectrum_noise(s, 0)[20] > 0);
    }
    for (int n = 0; n < 10; n++)
        spectrum_step(s, (double[]){sin(n), 0, 0}, true);
    assert_true(spectrum_noise(s, 0)[20] > 0);
    spectrum_close(s);
}

static void digital_zeros_are_zeros(void **state)
{
    struct spectrum *s = opened(100);

    (void)state;
    for (int n = 0; n < 1000; n++)
        if (spectrum_step(s, (double[]){9.81, 0, 0}, true)) {
            const struct spectrum_result *r = spectrum_result(s);

            assert_true(isfinite(r->snr) && r->snr <= 1.0 + 1e-9 && isfinite(r->flatness));
            assert_true(r->line == 0.0 || r->rms_mps2 < 1e-9);
            assert_true(r->rms_mps2 < 1e-9);
        }
    for (int n = 0; n < 1000; n++) /* the first flicker of one bit out of silence */
        if (spectrum_step(s, (double[]){9.81, n % 10 == 0 ? 0.004 : 0, 0}, false))
            assert_true(isfinite(spectrum_result(s)->snr));
    assert_true(spectrum_result(s)->snr > 1e3);
    spectrum_close(s);
}

static void bad_samples_do_not_count(void **state)
{
    struct spectrum *s = opened(50), *clean = opened(50);
    uint32_t seed = 3;

    (void)state;
    for (int n = 0; n < 500; n++) {
        double x[3] = {near_noise(&seed), near_noise(&seed), near_noise(&seed)};

        assert_false(spectrum_step(s, (double[]){NAN, 0, 0}, true));
        assert_false(spectrum_step(s, (double[]){0, 0, INFINITY}, true));
        assert_int_equal(spectrum_step(s, x, true), spectrum_step(clean, x, true));
        assert_true(spectrum_result(s)->snr == spectrum_result(clean)->snr);
    }
    assert_true(spectrum_result(s)->snr > 0);
    spectrum_close(s);
    spectrum_close(clean);
}

static void a_gap_empties_the_window_and_keeps_the_noise(void **state)
{
    struct spectrum *s = opened(100);
    int first = -1;

    (void)state;
    mean_of(s, 100, NOISE, 30, true);
    float noise = spectrum_noise(s, 1)[20];

    spectrum_reset(s);
    assert_true(noise > 0 && spectrum_noise(s, 1)[20] == noise);
    for (int n = 0; n < 300 && first < 0; n++)
        if (spectrum_step(s, (double[]){sin(n), 0, 0}, false))
            first = n;
    assert_int_equal(first, 199);
    spectrum_forget(s);
    assert_true(spectrum_noise(s, 1)[20] == 0);
    while (!spectrum_step(s, (double[]){1, 2, 3}, false))
        ;
    assert_true(!spectrum_result(s)->noise_known && spectrum_result(s)->snr == 0);
    spectrum_close(s);
}

static void arguments_out_of_range_are_refused(void **state)
{
    static const struct spectrum_conf bad[] = {
        {3, 10, 0.5, 60, 1e-6},    {NAN, 2, 0.1, 60, 1e-6},      {100, 0.1, 0.1, 60, 1e-6},
        {100, 1e6, 0.1, 60, 1e-6}, {100, 2, 0.001, 60, 1e-6},    {100, 2, 3, 60, 1e-6},
        {100, 2, 0.1, 0, 1e-6},    {100, 2, 0.1, 60, 0},         {100, 2, NAN, 60, 1e-6},
        {100, 2, 0.1, 60, NAN},    {INFINITY, 2, 0.1, 60, 1e-6},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct spectrum *s = (struct spectrum *)1;

        assert_int_equal(spectrum_open(&s, &bad[i]), -EINVAL);
        assert_null(s);
    }
    spectrum_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_and_their_numbers_are_those_of_numpy),
        cmocka_unit_test(noise_tone_and_earthquake_differ),
        cmocka_unit_test(a_window_is_learnt_only_if_all_of_its_hop_may_be),
        cmocka_unit_test(digital_zeros_are_zeros),
        cmocka_unit_test(bad_samples_do_not_count),
        cmocka_unit_test(a_gap_empties_the_window_and_keeps_the_noise),
        cmocka_unit_test(arguments_out_of_range_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
