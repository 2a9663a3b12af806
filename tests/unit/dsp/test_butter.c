#include "dsp/butter.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/near.h"
#include "dsp/denormal.h"

enum { POINTS = 7 };
static const int at[POINTS] = {0, 1, 2, 7, 30, 200, 1000};

/* Impulse responses at samples at[], by SciPy: tests/unit/dsp/oracle.py butter */
static const struct {
    enum butter_kind kind;
    unsigned order;
    double rate_hz, f1_hz, f2_hz, h[POINTS];
} cases[] = {
    {BUTTER_HIGHPASS,
     2,
     20,
     0.075,
     0,
     {0.98347720335384, -0.032768098040691, -0.032213331139196, -0.029453884946788, -0.017742992862151,
      0.0011685790149251, 1.1198022742236e-09}},
    {BUTTER_HIGHPASS,
     2,
     100,
     0.075,
     0,
     {0.99667338327234, -0.0066421302933883, -0.0066199243369047, -0.0065089188762762, -0.006000250733519,
      -0.0026901117729674, 0.00023371276004475}},
    {BUTTER_HIGHPASS,
     2,
     1000,
     0.075,
     0,
     {0.99966683929, -0.00066621038697345, -0.00066598832094016, -0.00066487799323601, -0.00065977069112958,
      -0.00062208282403513, -0.000451306727861}},
    {BUTTER_HIGHPASS,
     1,
     31.25,
     0.5,
     0,
     {0.95210179686951, -0.09120793053472, -0.082470538566993, -0.04984596115244, -0.004917600417631,
      -1.8072246116537e-10, -1.862066425475e-45}},
    {BUTTER_HIGHPASS,
     3,
     250,
     1,
     0,
     {0.97517981163475, -0.049016594367143, -0.047776968349151, -0.041816965571756, -0.019473906723637,
      -0.00054966888375801, 9.6774716118869e-08}},
    {BUTTER_HIGHPASS,
     4,
     62.5,
     0.5,
     0,
     {0.93642755237161, -0.12299351499073, -0.11485200317706, -0.078806212155676, 0.0067100348979556,
      0.00054685602567205, 1.9645129361664e-10}},
    {BUTTER_HIGHPASS,
     8,
     200,
     2,
     0,
     {0.85123494184723, -0.27414855053376, -0.22981247155395, -0.071520206367093, 0.019671669835452,
      0.0027035914446545, 2.0712927228026e-07}},
    {BUTTER_LOWPASS,
     1,
     20,
     3,
     0,
     {0.33754015188355, 0.44721359549996, 0.14530850560107, 0.00052622469985699, 3.10470338752e-15,
      3.1185065997736e-98, 0}},
    {BUTTER_LOWPASS,
     2,
     44,
     20,
     0,
     {0.81698985223182, 0.32663111092502, -0.25123705280904, 0.015609231973657, -0.00093903037824283,
      1.1737419905231e-18, 7.3052301402535e-89}},
    {BUTTER_LOWPASS,
     5,
     126.26,
     10,
     0,
     {0.00046843335574305, 0.0039320825908972, 0.015785351857423, 0.17873864527969, -0.0045044580050066,
      -5.2791286890665e-14, 4.4928061284775e-66}},
    {BUTTER_LOWPASS,
     8,
     1000,
     15,
     0,
     {1.9210927034364e-11, 2.9809443514405e-10, 2.3034879508715e-09, 9.8123046637468e-07, 0.003598367760849,
      0.00098194810636357, -5.160222061915e-10}},
    {BUTTER_BANDPASS,
     1,
     100,
     0.75,
     1.5,
     {0.023023722046118, 0.04488737756989, 0.042525812328929, 0.02985710854227, -0.015250389266824,
      0.00043632602869181, 2.9016144400916e-12}},
    {BUTTER_BANDPASS,
     2,
     30.047,
     0.1,
     10,
     {0.45624386625418, 0.62007355243984, -0.073076037734046, -0.016634108794811, -0.017349242975648,
      0.001524989148958, 8.1947508318655e-09}},
    {BUTTER_BANDPASS,
     2,
     1000,
     0.1,
     10,
     {0.00092629181358023, 0.0036236598802929, 0.0070064630322143, 0.01953933764715, 0.022327686020833,
      -0.00081206346138915, -0.00052472287763317}},
    {BUTTER_BANDPASS,
     3,
     250,
     6,
     12,
     {0.00037068337429803, 0.0020644644664337, 0.0055479788144863, 0.016565027641048, 0.052705356151846,
      -0.00022361131782946, 1.429063989707e-13}},
    {BUTTER_BANDPASS,
     4,
     100,
     1,
     20,
     {0.039602662652767, 0.18686792312313, 0.33975696616967, -0.095474407828299, 0.017363221708652,
      -0.00060656235444143, 6.8704398831585e-12}},
    {BUTTER_BANDPASS,
     7,
     500,
     1,
     30,
     {3.1606206369277e-06, 3.8982866527425e-05, 0.00023519207219578, 0.02330671033048, -0.02492951867704,
      0.0011327248841134, 0.00062392709195144}},
    {BUTTER_BANDPASS,
     8,
     200,
     2,
     40,
     {0.0016404302509842, 0.015529311038804, 0.065028966332955, -0.31192716090407, 0.03206569219985,
      0.0030187488791856, 5.0835053727875e-07}},
};

static double filter(const struct biquad *f, struct biquad_state *s, size_t sections, double x)
{
    for (size_t i = 0; i < sections; i++)
        x = biquad_step(&f[i], &s[i], x);
    return x;
}

static void impulse_responses_are_those_of_scipy(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct biquad f[BUTTER_SECTIONS_MAX];
        struct biquad_state s[BUTTER_SECTIONS_MAX] = {{0}};
        size_t n =
            butter_design(f, cases[c].kind, cases[c].order, cases[c].rate_hz, cases[c].f1_hz, cases[c].f2_hz);
        double peak = 0.0;

        for (int i = 0; i < POINTS; i++)
            peak = fmax(peak, fabs(cases[c].h[i]));
        assert_int_equal(n, cases[c].kind == BUTTER_BANDPASS ? cases[c].order : (cases[c].order + 1) / 2);
        for (int i = 0, k = 0; i <= at[POINTS - 1]; i++) {
            double y = filter(f, s, n, i == 0);

            if (i != at[k])
                continue;
            if (fabs(y - cases[c].h[k]) > 1e-10 * peak)
                fail_msg("row %zu, sample %d: %.14g, not %.14g", c, i, y, cases[c].h[k]);
            k++;
        }
    }
}

/* |H| at f, by the definition of the transfer function. */
static double gain_at(const struct biquad *f, size_t n, double w)
{
    double g = 1.0;

    for (size_t i = 0; i < n; i++) {
        double c = cos(w), s = sin(w), c2 = cos(2 * w), s2 = sin(2 * w);
        double nr = f[i].b0 + f[i].b1 * c + f[i].b2 * c2, ni = f[i].b1 * s + f[i].b2 * s2;
        double dr = 1 + f[i].a1 * c + f[i].a2 * c2, di = f[i].a1 * s + f[i].a2 * s2;

        g *= sqrt((nr * nr + ni * ni) / (dr * dr + di * di));
    }
    return g;
}

static void corners_are_3_db_down_and_poles_inside_at_every_rate(void **state)
{
    static const double rates[] = {20, 30.047, 31.25, 62.5, 100, 126.26, 250, 500, 1000};

    (void)state;
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (unsigned order = 1; order <= BUTTER_ORDER_MAX; order++)
            for (enum butter_kind kind = BUTTER_LOWPASS; kind <= BUTTER_BANDPASS; kind++) {
                struct biquad f[BUTTER_SECTIONS_MAX];
                double f1 = 0.075, f2 = 0.4 * rates[r], w = 2 * M_PI / rates[r];
                size_t n = butter_design(f, kind, order, rates[r], f1, f2);

                assert_true(n > 0 && n <= BUTTER_SECTIONS_MAX);
                assert_near(gain_at(f, n, w * f1), M_SQRT1_2, 1e-6);
                if (kind == BUTTER_BANDPASS)
                    assert_near(gain_at(f, n, w * f2), M_SQRT1_2, 1e-6);
                for (size_t i = 0; i < n; i++)
                    assert_true(f[i].a2 < 1.0 && fabs(f[i].a1) < 1.0 + f[i].a2);
            }
}

static void arguments_out_of_range_are_refused(void **state)
{
    static const struct {
        enum butter_kind kind;
        unsigned order;
        double rate_hz, f1_hz, f2_hz;
    } bad[] = {
        {BUTTER_LOWPASS, 0, 100, 1, 0},   {BUTTER_LOWPASS, 9, 100, 1, 0},
        {BUTTER_LOWPASS, 2, 100, 50, 0},  {BUTTER_HIGHPASS, 2, 100, 0, 0},
        {BUTTER_HIGHPASS, 2, 100, -1, 0}, {BUTTER_HIGHPASS, 2, 100, NAN, 0},
        {BUTTER_HIGHPASS, 2, NAN, 1, 0},  {BUTTER_LOWPASS, 2, INFINITY, 1, 0},
        {BUTTER_BANDPASS, 2, 100, 2, 1},  {BUTTER_BANDPASS, 2, 100, 1, 50},
        {BUTTER_BANDPASS, 2, 100, 1, 1},  {BUTTER_BANDPASS, 2, 100, 1, NAN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct biquad f[BUTTER_SECTIONS_MAX] = {{.b0 = 7.0}};

        assert_int_equal(
            butter_design(f, bad[i].kind, bad[i].order, bad[i].rate_hz, bad[i].f1_hz, bad[i].f2_hz), 0);
        assert_true(f[0].b0 == 7.0);
    }
}

static void three_axes_at_once_are_three_filters(void **state)
{
    struct biquad f[BUTTER_SECTIONS_MAX];
    struct biquad_state one[3] = {{0}};
    struct biquad_state3 three = {{0}, {0}};

    (void)state;
    assert_int_equal(butter_design(f, BUTTER_BANDPASS, 1, 100, 0.75, 1.5), 1);
    for (int n = 0; n < 500; n++) {
        double x[3] = {sin(0.1 * n), cos(0.3 * n), n % 7};
        vec4 v = VEC4(x);

        biquad_step3(f, &three, &v);
        for (int c = 0; c < 3; c++)
            assert_true(v[c] == biquad_step(f, &one[c], x[c]));
        assert_true(v[3] == 0.0);
    }
}

static void silence_after_a_signal_ends_in_zero_not_in_subnormals(void **state)
{
    struct biquad f[BUTTER_SECTIONS_MAX];
    struct biquad_state s[BUTTER_SECTIONS_MAX] = {{0}};
    size_t n;

    (void)state;
    denormal_flush();
    n = butter_design(f, BUTTER_LOWPASS, 4, 100, 5, 0);
    for (int i = 0; i < 20000; i++) {
        double y = filter(f, s, n, i < 100 ? 1.0 : 0.0);

        assert_true(fpclassify(y) != FP_SUBNORMAL);
    }
    for (size_t i = 0; i < n; i++)
        assert_true(fpclassify(s[i].z1) != FP_SUBNORMAL && fpclassify(s[i].z2) != FP_SUBNORMAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impulse_responses_are_those_of_scipy),
        cmocka_unit_test(corners_are_3_db_down_and_poles_inside_at_every_rate),
        cmocka_unit_test(arguments_out_of_range_are_refused),
        cmocka_unit_test(three_axes_at_once_are_three_filters),
        cmocka_unit_test(silence_after_a_signal_ends_in_zero_not_in_subnormals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
