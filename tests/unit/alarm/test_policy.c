#include "alarm/policy.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct policy_conf conf_with(const char *set)
{
    struct policy_conf conf;
    struct conf_table table = {policy_rows, policy_rows_count, &conf, NULL, NULL};
    struct error err = {""};

    if (conf_load(&table, 1, &sys_real, NULL, &set, set ? 1 : 0, &err) || policy_conf_check(&conf, &err))
        fail_msg("%s", err.text);
    return conf;
}

static bool near(double got, double want, double tolerance)
{
    if (fabs(got - want) <= tolerance)
        return true;
    print_error("%.9g, not %.9g\n", got, want);
    return false;
}

/* ---- equations ---- */

/* The same equations with the same inputs, calculated independently (NumPy, double; docs/detection.md):
 *   f = dict(t=, D=3*log10(100*pd), Iz=intensity(pga_z, pgv_z), G=growth, gS=s_growth, I=intensity(pga, pgv))
 *   mu, sigma = mu_sigma(A, f); pS = s_probability(f); P = ndtr((mu-T)/sigma)*(1-pS)
 *   reported = report_features(f) @ beta of each row of that page's table; last: its S rule with w = pS */
static const struct {
    double t, pd, pga_z, pgv_z, growth, s_growth, pga, pgv;
    double mu, sigma, ps, p[4];
    double intensity, pgv_log, pga_log, jma, reported;
} vectors[] = {
    {0.3,
     3.4e-05,
     0.05,
     0.001,
     0,
     0,
     0.06,
     0.0012,
     5.53068411,
     2.1189915,
     0,
     {0.88381715, 0.764964779, 0.598877158, 0.412359051},
     5.44327674,
     -1.44143258,
     -0.110198592,
     3.4374931,
     5.44327674},
    {0.5,
     4e-05,
     0.2,
     0.005,
     0.1,
     0.3,
     0.3,
     0.006,
     5.31865695,
     1.77203779,
     0,
     {0.9046429, 0.771606285, 0.571355078, 0.350305093},
     5.54738057,
     -1.4427075,
     0.0220396038,
     3.49926385,
     5.54738057},
    {1,
     0.0001,
     0.3,
     0.01,
     0.4,
     1,
     0.5,
     0.015,
     5.7388,
     1.39027282,
     0.0831726965,
     {0.894437712, 0.820080165, 0.644008321, 0.390097748},
     6.21515455,
     -1.21835769,
     0.157365651,
     3.94321268,
     6.15292888},
    {1.5,
     2.5e-05,
     0.08,
     0.002,
     -0.2,
     1.5,
     0.1,
     0.003,
     4.36026869,
     1.20631523,
     0.645656306,
     {0.308371284, 0.218770834, 0.105575128, 0.0308376374},
     4.52129176,
     -1.86108424,
     -0.402209533,
     2.7395912,
     3.73965386},
    {2,
     0.0012,
     1.5,
     0.09,
     0.8,
     1.4,
     2.5,
     0.15,
     8.00814659,
     1.09075468,
     0.5,
     {0.4999989, 0.499940457, 0.498545464, 0.483596868},
     8.78942024,
     -0.286398183,
     0.905499254,
     5.71038899,
     8.29384701},
    {3,
     7.6e-05,
     0.2,
     0.008,
     0.2,
     -0.5,
     0.25,
     0.01,
     5.24094252,
     0.946428615,
     1.11953595e-05,
     {0.991041517, 0.905092147, 0.600469821, 0.211267475},
     6.13942177,
     -1.2401908,
     0.0498572851,
     3.90965526,
     6.13940595},
    {4,
     0.0005,
     0.9,
     0.04,
     1.1,
     2,
     1.6,
     0.08,
     7.22258556,
     0.946428615,
     0.973403006,
     {0.0265968854, 0.0265881946, 0.026346255, 0.0239847643},
     8.7366884,
     -0.228653276,
     0.804341371,
     5.7764396,
     7.02601201},
};

static void test_prediction_equals_an_independent_calculation(void **state)
{
    struct policy_conf conf = conf_with(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct window_report w = {.t_s = vectors[i].t,
                                  .pd_m = vectors[i].pd,
                                  .pga_z_mps2 = vectors[i].pga_z,
                                  .pgv_z_mps = vectors[i].pgv_z,
                                  .growth = vectors[i].growth,
                                  .s_growth = vectors[i].s_growth};
        struct prediction p;

        assert_true(predict_window(&conf, &w, &p));
        assert_true(near(p.mu, vectors[i].mu, 1e-7));
        assert_true(near(p.sigma, vectors[i].sigma, 1e-7));
        assert_true(near(p.s_probability, vectors[i].ps, 1e-7));
        for (int k = 0; k < 4; k++)
            assert_true(near(p.p[k], vectors[i].p[k], 1e-7));
        assert_true(near(p.value[INTENSITY_GBT], vectors[i].intensity, 1e-7));
        assert_true(near(p.pgv_log, vectors[i].pgv_log, 1e-7));
        assert_true(near(p.pga_log, vectors[i].pga_log, 1e-7));
        assert_true(near(p.value[INTENSITY_JMA], vectors[i].jma, 1e-7));
        assert_true(near(
            predict_reported(&conf, &p, p.s_probability, intensity_gbt_raw(vectors[i].pga, vectors[i].pgv)),
            vectors[i].reported, 1e-7));
    }
}

/* The findings' table "per window": the same rule said as mu = a + b log10 Pd[cm] and as a plain Pd limit in
 * cm. */
static const struct {
    double t, a, b, sigma, limit[3]; /* T = 4, 5, 6 */
} windows[] = {
    {0.3, 9.05, 1.43, 2.12, {0.0029, 0.0034, 0.0271}},  {0.5, 9.27, 1.65, 1.77, {0.0034, 0.0048, 0.0269}},
    {0.7, 9.44, 1.79, 1.58, {0.0036, 0.0056, 0.0264}},  {1.0, 9.63, 1.95, 1.39, {0.0039, 0.0063, 0.0257}},
    {1.5, 9.88, 2.12, 1.21, {0.0041, 0.0070, 0.0245}},  {2.0, 10.08, 2.25, 1.09, {0.0042, 0.0073, 0.0236}},
    {2.5, 10.24, 2.34, 1.01, {0.0043, 0.0075, 0.0228}}, {3.0, 10.37, 2.42, 0.95, {0.0043, 0.0076, 0.0221}},
};

static void test_per_window_table(void **state)
{
    struct policy_conf conf = conf_with(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        struct window_report w = {.t_s = windows[i].t, .pd_m = 0.01};
        struct prediction one, ten;

        assert_true(predict_window(&conf, &w, &one));
        w.pd_m = 0.1;
        assert_true(predict_window(&conf, &w, &ten));
        assert_true(near(one.mu, windows[i].a, 0.006));
        assert_true(near(ten.mu - one.mu, windows[i].b, 0.006));
        assert_true(near(one.sigma, windows[i].sigma, 0.006));
        for (int k = 0; k < 3; k++) { /* within the table's rounding of a limit, 2 % on either side */
            w.pd_m = windows[i].limit[k] * 0.01 * 1.02;
            assert_true(predict_window(&conf, &w, &one) && one.p[k + 1] > conf.p_limit[k + 1]);
            w.pd_m = windows[i].limit[k] * 0.01 * 0.98;
            assert_true(predict_window(&conf, &w, &one) && one.p[k + 1] < conf.p_limit[k + 1]);
        }
    }
}

/* ---- scenes ---- */

enum { STEPS_MAX = 2400, LOG_MAX = 64 };

struct span { /* from here on the intensity of each step, until the next span */
    double from_s, intensity;
};

struct scene {
    const char *name;
    double onset_s, pd_cm, background; /* onset 0: none. background 0: -1 */
    struct span span[8];
    const char *want; /* every alert that changes phase or level: "EVENT PHASE LEVEL BASIS @s" */
    const char *set;
    const char *reason;                               /* of some alert; NULL: any */
    double snr, hv, tail, s_growth, s_from_s, s_to_s; /* 0: 20, -0.5, 0.5, none */
    double high, low, veto_from_s, veto_to_s;         /* spectrum ratios within that time; else -1 */
    double onset2_s, pd2_cm;
    bool secondary, secondary2, no_background, unknown_scale;
    double gap_s, armed_s, nan_from_s, nan_to_s, infinite_s;
    double refined_s; /* the onset moves there 0.5 s after its declaration */
    double until_s;   /* 0: 130 */
};

struct run {
    struct policy policy;
    double intensity[STEPS_MAX];
    struct alert alert[LOG_MAX * 4];
    int alerts;
    char log[1024];
    struct alert told; /* last in the log */
};

static double pga_of(double intensity)
{
    return pow(10, (intensity - 6.59) / 3.17);
}
static double pgv_of(double intensity)
{
    return pow(10, (intensity - 9.77) / 3.0);
}

static double largest(const struct run *run, int from, int to)
{
    double max = -9;

    for (int k = from < 0 ? 0 : from; k <= to; k++)
        max = fmax(max, run->intensity[k]);
    return max;
}

static void feed(struct run *run, const struct report *r)
{
    struct alert out[POLICY_ALERTS_MAX];
    int n = policy_feed(&run->policy, r, out, POLICY_ALERTS_MAX);

    for (int i = 0; i < n; i++) {
        const struct alert *a = &out[i];
        size_t used = strlen(run->log);

        if (a->phase != ALERT_PHASE_UPDATE || a->level != run->told.level)
            snprintf(run->log + used, sizeof run->log - used, "%s%u %s %s %s @%.1f", used ? "; " : "",
                     a->event, alert_phase_name(a->phase), alert_level_name(a->level),
                     alert_basis_name(a->basis), a->time_s);
        run->told = *a;
        if (run->alerts < LOG_MAX * 4)
            run->alert[run->alerts++] = *a;
    }
}

static struct report onset_report(const struct scene *s, double now, uint32_t id, double onset,
                                  bool secondary)
{
    struct report r = {
        .kind = REPORT_ONSET, .time_s = now, .scale_known = !s->unknown_scale, .armed_observed = true};

    r.onset.id = id;
    r.onset.onset_s = onset;
    r.onset.phase = secondary ? ONSET_SECONDARY : ONSET_P;
    return r;
}

static void fill_window(const struct scene *s, const struct run *run, int k, double onset, double pd_cm,
                        struct report *r)
{
    struct window_report *w = &r->window;
    int first = (int)lround(onset * 10) + 1;
    double so_far = largest(run, first, k), before = largest(run, first - 201, first - 11);

    w->t_s = r->time_s - onset;
    w->pd_m = pd_cm * 0.01;
    w->has_background = !s->no_background;
    w->pd_noise_m = s->no_background ? 0 : w->pd_m / (s->snr != 0 ? s->snr : 20);
    w->pga_mps2 = pga_of(so_far);
    w->pgv_mps = pgv_of(so_far);
    w->pga_z_mps2 = w->pga_mps2 * 0.8;
    w->pgv_z_mps = w->pgv_mps * 0.8;
    w->hv_log = s->hv != 0 ? s->hv : -0.5;
    w->tail = s->tail != 0 ? s->tail : 0.5;
    w->s_growth =
        s->s_growth != 0 && r->time_s >= s->s_from_s && (s->s_to_s == 0 || r->time_s <= s->s_to_s + 0.01)
            ? s->s_growth
            : -1;
    r->step.background_pga_mps2 = s->no_background ? 0 : pga_of(before);
    r->step.background_pgv_mps = s->no_background ? 0 : pgv_of(before);
}

static void fill_step(const struct scene *s, const struct run *run, int k, struct report *r)
{
    double now = k * 0.1, before = k > 50 ? largest(run, k - 200, k - 10) : 0;
    bool vetoed = now >= s->veto_from_s - 0.01 && now <= s->veto_to_s + 0.01 && s->veto_to_s > 0;

    *r = (struct report){.kind = REPORT_STEP, .sensor = 3, .time_s = now, .scale_known = !s->unknown_scale};
    r->armed_observed = now >= s->armed_s && (s->gap_s == 0 || now < s->gap_s || now > s->gap_s + 10);
    r->step.pga_mps2 = pga_of(run->intensity[k]);
    r->step.pgv_mps = pgv_of(run->intensity[k]);
    r->step.current_pga_mps2 = pga_of(largest(run, k - 99, k));
    r->step.current_pgv_mps = pgv_of(largest(run, k - 99, k));
    r->step.background_pga_mps2 = k > 50 && !s->no_background ? pga_of(before) : 0;
    r->step.background_pgv_mps = k > 50 && !s->no_background ? pgv_of(before) : 0;
    r->step.high_ratio_log = vetoed && s->high != 0 ? s->high : -1;
    r->step.low_ratio_log = vetoed && s->low != 0 ? s->low : -1;
    r->step.jma = 0.6 * run->intensity[k];
    if (now >= s->nan_from_s && now < s->nan_to_s)
        r->step.pga_mps2 = NAN;
    if (s->infinite_s != 0 && fabs(now - s->infinite_s) < 0.35)
        r->step.pga_mps2 = r->step.pgv_mps = INFINITY;
}

static void play(const struct scene *s, struct run *run)
{
    struct policy_conf conf = conf_with(s->set);
    double until = s->until_s > 0 ? s->until_s : 130, onset = s->onset_s;

    memset(run, 0, sizeof *run);
    policy_init(&run->policy, &conf);
    for (int k = 0; k * 0.1 <= until && k < STEPS_MAX; k++) {
        run->intensity[k] = s->background != 0 ? s->background : -1;
        for (int i = 0; i < 8 && s->span[i].from_s > 0; i++)
            if (k * 0.1 > s->span[i].from_s + 0.01)
                run->intensity[k] = s->span[i].intensity;
    }
    for (int k = 1; k * 0.1 <= until && k < STEPS_MAX; k++) {
        struct report r;
        double now = k * 0.1;
        bool second = s->onset2_s > 0 && now > s->onset2_s + 0.16;

        if (s->gap_s > 0 && fabs(now - s->gap_s) < 0.05) {
            r = (struct report){.kind = REPORT_GAP, .time_s = now, .lost = 50, .scale_known = true};
            feed(run, &r);
        }
        if (s->onset_s > 0 && now > s->onset_s + 0.16 && now - 0.1 <= s->onset_s + 0.16) {
            r = onset_report(s, now, 1, s->onset_s, s->secondary);
            feed(run, &r);
        }
        if (s->refined_s > 0 && now > s->onset_s + 0.66 && now - 0.1 <= s->onset_s + 0.66) {
            onset = s->refined_s;
            r = onset_report(s, now, 1, onset, s->secondary);
            r.kind = REPORT_REFINED;
            feed(run, &r);
        }
        if (second && now - 0.1 <= s->onset2_s + 0.16) {
            r = onset_report(s, now, 2, s->onset2_s, s->secondary2);
            feed(run, &r);
        }
        fill_step(s, run, k, &r);
        if (second && now < s->onset2_s + 60) {
            r.window.onset_id = 2;
            fill_window(s, run, k, s->onset2_s, s->pd2_cm, &r);
        } else if (s->onset_s > 0 && now > s->onset_s + 0.16 && now < s->onset_s + 60) {
            r.window.onset_id = 1;
            fill_window(s, run, k, onset, s->pd_cm, &r);
        }
        feed(run, &r);
    }
}

/* Pd limits at 0.3 s: 0.0029 cm for 4, 0.0034 for 5, 0.0271 for 6. Onset at 30 s unless said otherwise. */
#define QUAKE                                                                                                \
    {                                                                                                        \
        {30, 1.5}, {36, 5.5},                                                                                \
        {                                                                                                    \
            44, 1                                                                                            \
        }                                                                                                    \
    }
static const struct scene scenes[] = {
    /* prediction */
    {"a strong P alarms 0.3 s after it", 30, 0.0036, 0, QUAKE,
     .want = "1 alert alarm predicted @30.3; 1 shaking-ended alarm observed @84.0", .reason = "predicted"},
    {"just too weak a P for 5 is a warning",
     30,
     0.0033,
     0,
     {{30, 1.5}, {36, 4}, {44, 1}},
     .want = "1 alert warning predicted @30.3; 1 shaking-ended warning observed @84.0"},
    {"a weak P is a watch",
     30,
     0.0015,
     0,
     {{30, 1.5}, {36, 3}, {44, 1}},
     .want = "1 alert watch predicted @30.3; 1 shaking-ended watch observed @84.0"},
    {"a faint P is nothing", 30, 0.0004, 0, {{30, 1.5}, {36, 2}}, .want = ""},
    {"a pick alone is nothing", 30, 1e-7, 0, {{30, 0}}, .want = ""},
    {"the S wave itself alarms within a step where the P was faint", 30, 0.0004, 0, QUAKE,
     .want = "1 alert alarm observed @36.1; 1 shaking-ended alarm observed @84.0", .reason = "observed"},
    {"a watch by prediction becomes an alarm by observation", 30, 0.0015, 0, QUAKE,
     .want = "1 alert watch predicted @30.3; 1 update alarm observed @36.1; 1 shaking-ended alarm observed "
             "@84.0"},
    {"waiting longer is a matter of configuration", 30, 0.0100, 0, QUAKE,
     .want = "1 alert alarm predicted @31.0; 1 shaking-ended alarm observed @84.0",
     .set = "policy.window_from_s=1.0"},
    {"after a refined onset t counts from there", 30, 0.0064, 0, QUAKE,
     .want = "1 alert alarm predicted @30.9; 1 shaking-ended alarm observed @84.0", .refined_s = 29.9,
     .set = "policy.window_from_s=0.95"},

    /* each guard of the prediction alone: the same strong P; the shaking of the S wave still alarms */
    {"background too loud: observed only",
     30,
     0.05,
     3.6,
     {{30, 3.6}, {36, 6}, {44, 1}},
     .want = "1 alert alarm observed @36.1; 1 shaking-ended alarm observed @84.0",
     .armed_s = 20},
    {"background just not too loud",
     30,
     0.05,
     3.4,
     {{30, 3.5}, {36, 6}, {44, 1}},
     .want = "1 alert alarm predicted @30.3; 1 shaking-ended alarm observed @84.0",
     .armed_s = 20},
    {"no quiet reference: observed only", 30, 0.05, 0, QUAKE,
     .want = "1 alert alarm observed @36.1; 1 shaking-ended alarm observed @84.0", .no_background = true},
    {"Pd within twice the noise: observed only", 30, 0.05, 0, QUAKE,
     .want = "1 alert alarm observed @36.1; 1 shaking-ended alarm observed @84.0", .snr = 1.9,
     .reason = NULL},
    {"Pd at twice the noise predicts", 30, 0.05, 0, QUAKE,
     .want = "1 alert alarm predicted @30.3; 1 shaking-ended alarm observed @84.0", .snr = 2.0},
    {"horizontal onset: observed only", 30, 0.05, 0, QUAKE,
     .want = "1 alert alarm observed @36.1; 1 shaking-ended alarm observed @84.0", .hv = 0.71,
     .reason = NULL},
    {"the S wave holds the prediction", 30, 0.05, 0, QUAKE,
     .want = "1 alert alarm observed @36.1; 1 shaking-ended alarm observed @84.0", .s_growth = 1.6,
     .s_from_s = 30, .set = "policy.window_from_s=1.0"},
    {"for a second after it became likely", 30, 0.05, 0, QUAKE,
     .want = "1 alert alarm predicted @32.1; 1 shaking-ended alarm observed @84.0", .s_growth = 1.6,
     .s_from_s = 31, .s_to_s = 31.1, .set = "policy.window_from_s=1.0"},
    {"it is not looked for before 0.95 s", 30, 0.05, 0, QUAKE,
     .want = "1 alert alarm predicted @30.3; 1 shaking-ended alarm observed @84.0", .s_growth = 1.6,
     .s_from_s = 30},
    {"high spectrum holds the prediction", 30, 0.05, 0, QUAKE,
     .want = "1 alert alarm observed @36.1; 1 shaking-ended alarm observed @84.0", .high = 0.5,
     .veto_from_s = 30.1, .veto_to_s = 33},
    {"a veto lasts half a second", 30, 0.05, 0, QUAKE,
     .want = "1 alert alarm predicted @31.0; 1 shaking-ended alarm observed @84.0", .high = 0.5,
     .veto_from_s = 30.1, .veto_to_s = 30.5},
    {"low spectrum holds the prediction", 30, 0.05, 0, QUAKE,
     .want = "1 alert alarm predicted @31.0; 1 shaking-ended alarm observed @84.0", .low = 0.7,
     .veto_from_s = 30.1, .veto_to_s = 30.5},
    {"an abrupt beginning waits to 0.6 s, then alarms",
     30,
     0.05,
     0,
     {{30, 5}, {40, 1}},
     .want = "1 alert alarm observed @30.6; 1 shaking-ended alarm observed @80.0"},
    {"a blow with its ringing is held",
     30,
     0.05,
     0,
     {{30, 6}, {30.1, 2}, {30.5, 0}},
     .want = "",
     .tail = 0.08},
    {"nor does an onset in its coda bring it back",
     30,
     0.05,
     0,
     {{30, 6}, {30.1, 2}, {30.5, 0}, {40, 1}},
     .want = "",
     .tail = 0.08,
     .onset2_s = 40,
     .pd2_cm = 1e-7,
     .secondary2 = true},
    {"and a second blow there is held like the first",
     30,
     0.05,
     0,
     {{30, 6}, {30.1, 2}, {30.5, 0}, {40, 6}, {40.1, 2}, {40.5, 0}},
     .want = "",
     .tail = 0.08,
     .onset2_s = 40,
     .pd2_cm = 1e-7,
     .secondary2 = true},
    {"an earthquake after a blow is not",
     30,
     0.05,
     0,
     {{30, 6}, {30.1, 2}, {30.5, 0}, {40, 2.0}, {44, 5}, {50, 0}},
     .want = "1 alert alarm observed @44.1; 1 shaking-ended alarm observed @90.0",
     .tail = 0.08,
     .onset2_s = 40,
     .pd2_cm = 1e-7,
     .secondary2 = true},
    {"an onset in the coda predicts only once it is a second old",
     30,
     0.05,
     0,
     {{30, 1.5}},
     .want = "1 alert alarm predicted @31.0; 1 cancel alarm predicted @60.0",
     .secondary = true},
    {"... and not where the horizontals have as much: an S wave",
     30,
     0.05,
     0,
     {{30, 1.5}},
     .want = "",
     .secondary = true,
     .hv = 0.05},
    {"unknown scale is never decided upon", 30, 0.05, 0, QUAKE, .want = "", .unknown_scale = true},

    {"filters not settled: not even a prediction", 30, 0.05, 0, QUAKE, .want = "", .armed_s = 50},

    /* observed floor */
    {"the noise's own spectrum before the onset vetoes nothing after it",
     30,
     1e-7,
     0,
     {{30, 2.5}, {31, 0}},
     .want = "1 alert watch observed @30.2; 1 shaking-ended watch observed @71.0",
     .low = 0.5,
     .veto_from_s = 20,
     .veto_to_s = 30.1},
    {"what came between onset and declaration counts",
     30,
     1e-7,
     0,
     {{30, 2.5}, {30.1, 0}},
     .want = "1 alert watch observed @30.2; 1 shaking-ended watch observed @70.1"},
    {"an open event keeps the background from before it",
     0,
     0,
     0,
     {{30, 3}, {55, 4.5}, {60, 0}},
     .want = "1 alert watch observed @30.3; 1 update alarm observed @55.3; 1 shaking-ended alarm observed "
             "@100.0"},
    {"an unpicked earthquake alarms within 0.3 s of strong shaking",
     0,
     0,
     0,
     {{30, 1.5}, {36, 5.5}, {44, 1}},
     .want = "1 alert alarm observed @36.3; 1 shaking-ended alarm observed @84.0",
     .reason = "floor only: no onset"},
    {"at threshold - 0.7",
     0,
     0,
     0,
     {{36, 4.31}, {44, 1}},
     .want = "1 alert alarm observed @36.3; 1 shaking-ended alarm observed @84.0"},
    {"not below",
     0,
     0,
     0,
     {{36, 4.29}, {44, 1}},
     .want = "1 alert warning observed @36.3; 1 shaking-ended warning observed @84.0"},
    {"an unpicked earthquake that grows slowly",
     0,
     0,
     0,
     {{30, 0}, {32, 1}, {34, 2}, {36, 3}, {38, 4}, {40, 5}, {48, 1}},
     .want = "1 alert watch observed @36.3; 1 update warning observed @38.3; 1 update alarm observed @40.3; "
             "1 shaking-ended alarm observed @88.0"},
    {"one step of any strength is a blow", 0, 0, 0, {{36, 8}, {36.1, -1}}, .want = ""},
    {"so are two", 0, 0, 0, {{36, 8}, {36.2, -1}}, .want = ""},
    {"and one with a ringing tail", 0, 0, 0, {{36, 8}, {36.2, 4.5}, {36.5, 3.5}, {36.9, 1.8}}, .want = ""},
    {"three steps are not",
     0,
     0,
     0,
     {{36, 5}, {36.3, 1}},
     .want = "1 alert alarm observed @36.3; 1 shaking-ended alarm observed @76.3"},
    {"a steady machine is its own background", 0, 0, 4.5, {{36, 5.6}}, .want = "", .armed_s = 20},
    {"an earthquake over it is not",
     0,
     0,
     4.0,
     {{36, 6.1}, {44, 1}},
     .want = "1 alert alarm observed @36.3; 1 shaking-ended alarm observed @84.0",
     .armed_s = 20},
    {"foreign spectrum holds the floor",
     0,
     0,
     0,
     {{36, 5.5}, {38, 1}},
     .want = "",
     .high = 0.4,
     .veto_from_s = 35,
     .veto_to_s = 39},
    {"sway too", 0, 0, 0, {{36, 5.5}, {38, 1}}, .want = "", .low = -0.1, .veto_from_s = 35, .veto_to_s = 39},
    {"not armed: nothing", 0, 0, 0, {{5, 5.5}, {8, 1}}, .want = "", .armed_s = 10},
    {"armed in the middle of shaking: alarm",
     0,
     0,
     0,
     {{5, 5.5}, {18, 1}},
     .want = "1 alert alarm observed @10.2; 1 shaking-ended alarm observed @58.0",
     .armed_s = 10,
     .no_background = true},

    /* events */
    {"a false prediction is cancelled when the ground falls quiet",
     30,
     0.0036,
     0,
     {{30, 1.5}, {31, -1}},
     .want = "1 alert alarm predicted @30.3; 1 cancel alarm predicted @41.0",
     .reason = "cancelled: not followed by shaking"},
    {"or when its S wave does not come in 30 s",
     30,
     0.0036,
     0,
     {{30, 1.5}},
     .want = "1 alert alarm predicted @30.3; 1 cancel alarm predicted @60.0"},
    {"not when a watch was observed",
     30,
     0.0036,
     0,
     {{30, 1.5}, {36, 2.4}, {38, -1}},
     .want = "1 alert alarm predicted @30.3; 1 shaking-ended alarm predicted @78.0"},
    {"nor when samples were lost",
     30,
     0.0036,
     0,
     {{30, 1.5}, {31, -1}},
     .want = "1 alert alarm predicted @30.3; 1 shaking-ended alarm predicted @75.1",
     .gap_s = 35,
     .reason = "gap within the event"},
    {"shaking after a cancel is a new event",
     30,
     0.0036,
     0,
     {{30, 1.5}, {31, -1}, {50, 5}, {55, -1}},
     .want = "1 alert alarm predicted @30.3; 1 cancel alarm predicted @41.0; 2 alert alarm observed @50.3; "
             "2 shaking-ended alarm observed @95.0"},
    {"a gap in an event leaves it open; the floor arms again",
     30,
     0.0015,
     0,
     {{30, 1.5}, {33, 3}, {50, 5.5}, {55, 1}},
     .want =
         "1 alert watch predicted @30.3; 1 update alarm observed @50.3; 1 shaking-ended alarm observed @95.0",
     .gap_s = 34},
    {"a gap ends the prediction",
     30,
     0.0036,
     0,
     {{30, 1.5}},
     .want = "",
     .gap_s = 30.5,
     .set = "policy.window_from_s=1"},
    {"a second shock is a new event",
     30,
     0.0015,
     0,
     {{30, 3.5}, {40, 1.8}, {60, 3.5}, {62, 1}},
     .want =
         "1 alert warning observed @30.2; 1 shaking-ended warning observed @60.3; 2 alert warning observed "
         "@60.3; "
         "2 shaking-ended warning observed @102.0",
     .reason = "second shock"},
    {"an S wave within 20 s of a strong P is no second shock",
     30,
     1e-7,
     0,
     {{30, 3.2}, {30.5, 1}, {45, 3.5}, {48, 1}},
     .want = "1 alert watch observed @30.2; 1 update warning observed @45.1; 1 shaking-ended warning "
             "observed @88.0"},
    {"not if it rises by less than 1",
     30,
     0.0015,
     0,
     {{30, 3.5}, {40, 2.6}, {60, 3.5}, {62, 1}},
     .want = "1 alert warning observed @30.2; 1 shaking-ended warning observed @102.0"},
    {"nor if the lull was above 3",
     30,
     0.0015,
     0,
     {{30, 3.5}, {40, 3.1}, {60, 4.2}, {62, 1}},
     .want = "1 alert warning observed @30.2; 1 shaking-ended warning observed @102.0"},
    {"a second shock with its own P is predicted",
     30,
     0.0015,
     0,
     {{30, 3.5}, {33, 1.8}, {60, 2.2}, {66, 5}, {70, 1}},
     .want = "1 alert warning observed @30.2; 1 shaking-ended warning observed @60.3; 2 alert alarm "
             "predicted @60.3; "
             "2 shaking-ended alarm observed @110.0",
     .onset2_s = 60,
     .pd2_cm = 0.0036},
    {"an onset with a window of its own predicts, however soon after a weak P",
     30,
     0.0004,
     0,
     {{30, 0}, {45, 2}},
     .want = "1 alert alarm predicted @45.3; 1 cancel alarm predicted @75.0",
     .onset2_s = 45,
     .pd2_cm = 0.05},
    {"60 s after it, it does",
     30,
     0.0004,
     0,
     {{30, 0}, {92, 2}, {95, 5}, {99, 1}},
     .want = "1 alert alarm predicted @92.3; 1 shaking-ended alarm observed @139.0",
     .onset2_s = 92,
     .pd2_cm = 0.0036,
     .until_s = 150},
    {"quiet for 30 s with interruption counts from the last",
     30,
     0.0004,
     0,
     {{36, 5}, {40, 1}, {70, 2.1}, {71, 1}},
     .want = "1 alert alarm observed @36.1; 1 shaking-ended alarm observed @111.0"},
    {"a noisy site ends its events too",
     30,
     0.0004,
     1.8,
     {{36, 5}, {40, 2.2}},
     .want = "1 alert alarm observed @36.1; 1 shaking-ended alarm observed @80.0"},

    /* not numbers */
    {"NaN is no evidence, and what follows counts", 30, 0.0004, 0, QUAKE,
     .want = "1 alert alarm observed @38.0; 1 shaking-ended alarm observed @84.0", .nan_from_s = 20,
     .nan_to_s = 38},
    {"infinity never alarms", 0, 0, 0, {{30, -1}}, .want = "", .infinite_s = 40},
    {"nor inside a window", 30, 0.0004, 0, {{30, -1}}, .want = "", .infinite_s = 32},
    {"an infinite Pd predicts nothing", 30, INFINITY, 0, {{30, -1}}, .want = ""},
    {"a Pd that is no number predicts nothing", 30, NAN, 0, {{30, -1}}, .want = ""},
};

static bool has_reason(const struct run *run, const char *name)
{
    for (int i = 0; i < run->alerts; i++)
        for (int j = 0; j < run->alert[i].reasons; j++)
            if (!strcmp(alert_reason_name(run->alert[i].reason[j].kind), name))
                return true;
    return false;
}

static void check_invariants(const struct scene *s, const struct run *run)
{
    for (int i = 0; i < run->alerts; i++) {
        const struct alert *a = &run->alert[i], *b = i ? a - 1 : NULL;
        bool same = b && b->event == a->event;

        if (same ? a->revision != b->revision + 1 || b->is_final || a->level < b->level ||
                       a->onset_s != b->onset_s
                 : a->revision != 1 || a->phase != ALERT_PHASE_ALERT)
            fail_msg("%s: alert %d breaks the order of event %u", s->name, i, a->event);
        if (a->is_final != (a->phase == ALERT_PHASE_CANCEL || a->phase == ALERT_PHASE_SHAKING_ENDED))
            fail_msg("%s: alert %d: is_final is wrong", s->name, i);
        if (a->reasons < 1 || a->level == ALERT_NONE || !isfinite(a->observed[INTENSITY_GBT]) ||
            !isfinite(a->predicted[INTENSITY_GBT]) || a->sensor != 3)
            fail_msg("%s: alert %d is not whole", s->name, i);
    }
}

static void test_scenes(void **state)
{
    static struct run run;
    int bad = 0;

    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        play(&scenes[i], &run);
        if (strcmp(run.log, scenes[i].want)) {
            print_error("%s:\n    got  %s\n    want %s\n", scenes[i].name, run.log, scenes[i].want);
            bad++;
        }
        if (scenes[i].reason && !has_reason(&run, scenes[i].reason)) {
            print_error("%s: no alert gives the reason \"%s\"\n", scenes[i].name, scenes[i].reason);
            bad++;
        }
        check_invariants(&scenes[i], &run);
    }
    assert_int_equal(bad, 0);
}

/* What held a prediction back is told, also where nothing was told at the time. */
static void test_guards_are_told(void **state)
{
    static const struct {
        enum alert_reason_kind kind;
        struct scene scene;
    } rows[] = {
        {ALERT_REASON_REJECTED_NOISE, {.snr = 1.5}},
        {ALERT_REASON_REJECTED_HORIZONTAL, {.hv = 0.8}},
        {ALERT_REASON_NO_QUIET, {.no_background = true}},
        {ALERT_REASON_UNFIT_BACKGROUND, {.background = 3.6}},
        {ALERT_REASON_HELD_SPECTRUM_HIGH, {.high = 0.5, .veto_from_s = 31, .veto_to_s = 33}},
        {ALERT_REASON_HELD_SPECTRUM_LOW, {.low = 0.7, .veto_from_s = 31, .veto_to_s = 33}},
        {ALERT_REASON_HELD_S_WAVE, {.s_growth = 2, .s_from_s = 30}},
        {ALERT_REASON_HELD_SPIKE, {.tail = 0.05}},
        {ALERT_REASON_LATER_PHASE, {.secondary = true}},
    };
    static struct run run;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s = rows[i].scene;

        s.name = "guard";
        s.onset_s = 30;
        s.pd_cm = 1e-4;
        s.span[0] = (struct span){30, i == 7 ? 4.5 : i == 3 ? 4 : i == 4 || i == 5 ? 2.5 : 0};
        s.span[1] = (struct span){s.secondary ? 30.5 : 31.5, 6.5};
        s.span[2] = (struct span){36, 0};
        play(&s, &run);
        if (run.alerts == 0 || !has_reason(&run, alert_reason_name(rows[i].kind)))
            fail_msg("no alert gives \"%s\" (%s)", alert_reason_name(rows[i].kind), run.log);
    }
}

/* Intensity that grows by 0.1 a step moves by 1 a second: a revision at each new threshold, else one a
 * second. */
static void test_revisions_at_most_once_a_second(void **state)
{
    static struct run run;
    struct scene s = {"ramp", 30, 0.0004, 0, {{0, 0}}, .want = "", .until_s = 60};
    int quick = 0;

    (void)state;
    play(&s, &run);
    memset(&run, 0, sizeof run);
    for (int k = 0; k < 600; k++)
        run.intensity[k] = k < 300 ? -1 : fmin(8, -1 + (k - 300) * 0.1);
    run.policy.conf = conf_with(NULL);
    policy_init(&run.policy, &run.policy.conf);
    for (int k = 1; k < 600; k++) {
        struct report r;
        fill_step(&s, &run, k, &r);
        feed(&run, &r);
    }
    assert_true(run.alerts >= 6 && run.alerts <= 12);
    for (int i = 1; i < run.alerts; i++) {
        const struct alert *a = &run.alert[i], *b = a - 1;
        if (a->time_s - b->time_s >= 1 - 1e-6)
            continue;
        quick++;
        assert_true(a->reached > b->reached);
    }
    assert_int_equal(run.alert[run.alerts - 1].reached, 4);
    assert_true(run.alert[run.alerts - 1].observed[INTENSITY_GBT] > 7.4);
    assert_true(quick <= 3);
}

static void test_an_alert_is_complete(void **state)
{
    static struct run run;
    const struct scene s = {"complete", 30, 0.03, 0, QUAKE, .want = "", .until_s = 100};
    const struct alert *a = &run.alert[0], *end;

    (void)state;
    play(&s, &run);
    end = &run.alert[run.alerts - 1];
    assert_int_equal(a->event, 1);
    assert_int_equal(a->onset_id, 1);
    assert_true(near(a->onset_s, 30, 1e-9));
    assert_true(near(a->t_s, 0.3, 1e-6));
    assert_int_equal(a->reached, 4); /* 0.03 cm exceeds the limit of 6 as well; the level stays alarm */
    assert_int_equal(a->level, ALERT_ALARM);
    assert_true(a->has_prediction);
    assert_true(near(a->mu, 9.05 + 1.43 * log10(0.03), 0.02));
    assert_true(near(a->sigma, 2.12, 0.005));
    assert_true(near(a->snr, 20, 1e-6));
    assert_true(near(a->pd_m, 3e-4, 1e-9));
    assert_true(near(a->observed[INTENSITY_GBT], 1.5, 1e-6));
    assert_true(near(a->current, 1.5, 1e-6));
    assert_true(near(a->background, -1, 1e-6));
    assert_true(a->predicted[INTENSITY_GBT] > 5 && a->predicted[INTENSITY_JMA] > 3);
    assert_int_equal(a->reason[0].kind, ALERT_REASON_PREDICTED);
    assert_true(near(a->reason[0].threshold, 6, 0));
    assert_true(a->reason[0].value > a->reason[0].limit);
    /* the end carries the maximum and the lead: alarm decided at 30.3, 5 observed at 36.1 */
    assert_true(near(end->observed[INTENSITY_GBT], 5.5, 1e-6));
    assert_true(near(end->pga_mps2, pga_of(5.5), 1e-9));
    assert_true(end->threshold[2].crossed && !end->threshold[3].crossed);
    assert_true(near(end->threshold[2].crossed_s - end->threshold[2].reached_s, 5.8, 1e-4));
    assert_int_equal(end->reason[0].kind, ALERT_REASON_QUIET);
}

/* On the JMA scale thresholds are JMA's: the scene's real-time JMA is 0.6 of its GB/T. */
static void test_another_scale(void **state)
{
    static struct run run;
    const struct scene jma = {
        "jma", 30, 1e-4, 0, {{30, 1.5}, {36, 6}, {44, 1}}, .want = "", .set = "policy.scale=jma"};
    const struct scene mmi = {"mmi", 30, 0.05, 0, QUAKE, .want = "", .set = "policy.scale=mmi"};

    (void)state;
    play(&jma, &run);
    assert_string_equal(run.log, "1 alert warning observed @36.1; 1 shaking-ended warning observed @84.0");
    assert_int_equal(run.alert[0].scale, INTENSITY_JMA);
    assert_true(near(run.alert[0].observed[INTENSITY_JMA], 3.6, 1e-6));
    play(&mmi, &run);
    /* GB/T 1.5 is MMI 2.4 by Worden's relations: already a watch by threshold - margin */
    assert_string_equal(run.log, "1 alert watch observed @30.2; 1 update alarm predicted @30.3; "
                                 "1 shaking-ended alarm observed @84.0");
}

/* Any numbers in any field, in any order: no crash, no NaN told, order of revisions kept. */
static void test_any_numbers(void **state)
{
    static const double odd[] = {0, -1, NAN, INFINITY, -INFINITY, 1e300, -1e300, 1e-300, 5, 0.3, 1e9};
    static struct run run;
    const struct scene s = {"any", 0, 0, 0, {{0, 0}}, .want = ""};
    uint32_t seed = 12345;

    (void)state;
    run.policy.conf = conf_with(NULL);
    policy_init(&run.policy, &run.policy.conf);
    for (int k = 0; k < 20000; k++) {
        struct report r = {.sensor = 3, .scale_known = true, .armed_observed = true};
        double *field[] = {&r.step.pga_mps2,
                           &r.step.pgv_mps,
                           &r.step.current_pga_mps2,
                           &r.step.current_pgv_mps,
                           &r.step.background_pga_mps2,
                           &r.step.background_pgv_mps,
                           &r.step.high_ratio_log,
                           &r.step.low_ratio_log,
                           &r.step.jma,
                           &r.window.t_s,
                           &r.window.pd_m,
                           &r.window.pd_noise_m,
                           &r.window.pga_mps2,
                           &r.window.pgv_mps,
                           &r.window.pga_z_mps2,
                           &r.window.pgv_z_mps,
                           &r.window.hv_log,
                           &r.window.s_growth,
                           &r.window.growth,
                           &r.window.tail,
                           &r.onset.onset_s};
        for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
            seed = seed * 1664525u + 1013904223u;
            *field[i] = odd[(seed >> 16) % (sizeof odd / sizeof *odd)];
        }
        seed = seed * 1664525u + 1013904223u;
        r.kind = (seed >> 16) % 16 ? REPORT_STEP : (enum report_kind)((seed >> 20) % 5);
        r.time_s = (seed >> 8) % 500 ? k * 0.1 : odd[(seed >> 24) % 11];
        r.onset.id = r.window.onset_id = (uint32_t)(k / 300);
        r.window.has_background = true;
        run.alerts = 0;
        run.log[0] = '\0';
        feed(&run, &r);
        for (int i = 0; i < run.alerts; i++)
            assert_true(isfinite(run.alert[i].observed[INTENSITY_GBT]) &&
                        isfinite(run.alert[i].predicted[INTENSITY_GBT]) && isfinite(run.alert[i].mu));
    }
    (void)s;
}

static void test_conf(void **state)
{
    struct policy_conf conf = conf_with(NULL);
    struct error err;

    (void)state;
    assert_true(near(conf.threshold[2], 5, 0));
    assert_true(near(conf.p_limit[2], 0.60, 0));
    assert_int_equal(policy_conf_check(&conf, &err), 0);
    conf.threshold[1] = 5;
    assert_int_equal(policy_conf_check(&conf, &err), -1);
    conf = conf_with(NULL);
    conf.window_to_s = conf.window_from_s;
    assert_int_equal(policy_conf_check(&conf, &err), -1);
    for (size_t i = 0; i < policy_rows_count; i++)
        if (!policy_rows[i].source || !policy_rows[i].help)
            fail_msg("%s: no source or help", policy_rows[i].key);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(alert_level_name(ALERT_ALARM), "alarm");
    assert_string_equal(alert_phase_name(ALERT_PHASE_SHAKING_ENDED), "shaking-ended");
    assert_string_equal(alert_status_name(ALERT_EXERCISE), "exercise");
    assert_string_equal(alert_basis_name(ALERT_OBSERVED), "observed");
    for (int i = 0; i < ALERT_REASON_KINDS; i++)
        assert_true(strlen(alert_reason_name((enum alert_reason_kind)i)) > 1);
    assert_string_equal(alert_reason_name(ALERT_REASON_KINDS), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prediction_equals_an_independent_calculation),
        cmocka_unit_test(test_per_window_table),
        cmocka_unit_test(test_scenes),
        cmocka_unit_test(test_guards_are_told),
        cmocka_unit_test(test_revisions_at_most_once_a_second),
        cmocka_unit_test(test_an_alert_is_complete),
        cmocka_unit_test(test_another_scale),
        cmocka_unit_test(test_any_numbers),
        cmocka_unit_test(test_conf),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
