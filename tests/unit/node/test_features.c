/* What a window since an onset holds: against SciPy, against plain arrays, and however late it was opened. */
#include "dsp/features.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dsp/butter.h"
#include "io/sys.h"
#include "tests/unit/node/signals.h"

enum { ONSET_S = 30, SECONDS = 40 };

static double packet(double t, double t0, double decay)
{
    return t < t0 ? 0 : (t - t0) * exp(-(t - t0) / decay);
}

/* The same formula as in oracle.py. */
static struct signal formula(double rate_hz)
{
    static const double offset[] = {9.81, -0.3, 0.1}, p[] = {0.20, 0.08, 0.06}, f_p[] = {4.0, 3.0, 3.5},
                        s[] = {0.2, 0.9, 0.7}, f_s[] = {1.7, 1.5, 1.3};
    struct signal x = signal_new(rate_hz, SECONDS);

    for (size_t i = 0; i < x.n; i++)
        for (int c = 0; c < 3; c++) {
            double t = (double)i / rate_hz, since_p = t - ONSET_S, since_s = since_p - 3;
            x.x[i][c] = offset[c] + 2e-4 * sin(2 * M_PI * 7 * t + c) +
                        3e-4 * sin(2 * M_PI * 2.3 * t + 2 * c) + 1e-3 * sin(2 * M_PI * 0.2 * t + c) +
                        p[c] * packet(t, ONSET_S, 0.8) * sin(2 * M_PI * f_p[c] * since_p) +
                        0.1 * p[c] * packet(t, ONSET_S, 0.5) * sin(2 * M_PI * 14 * since_p) +
                        s[c] * packet(t, ONSET_S + 3, 1.5) * sin(2 * M_PI * f_s[c] * since_s);
        }
    return x;
}

static struct features *features_new(double rate_hz)
{
    struct features *f = sys_alloc(&sys_real, sizeof *f);

    if (!f || !features_init(f, rate_hz, 7))
        abort();
    return f;
}

/* ---- against SciPy ---- */

/* Vector PGA PGV, vertical's, larger horizontal's, Pd, H/V, S growth, growth, tail, high and low ratio, PGA
 * PGV of the step: tests/unit/node/oracle.py */
static const struct {
    double rate_hz;
    int step; /* from 1 */
    double want[15];
} oracle[] = {
    {31.25,
     3,
     {0.0354932359, 0.00173030202, 0.0338802771, 0.0012678972, 0.0138633418, 0.0012307605, 5.00378557e-05,
      -0.254361067, 0, 0, 0.499679431, -9, -1.11570914, 0.0354932359, 0.00142838643}},
    {31.25,
     8,
     {0.0610845951, 0.00285337561, 0.0571791166, 0.00284307307, 0.0236717751, 0.00191171677, 8.21502686e-05,
      -0.340043247, 0.0914598675, 0, 0.779705617, -9, -1.42010897, 0.0610845951, 0.00218921017}},
    {31.25,
     20,
     {0.0627993134, 0.00336864877, 0.0571791166, 0.00295675646, 0.0236717751, 0.00191171677, 8.21502686e-05,
      -0.369357873, -0.0448183623, 0.00728220512, 0.445049219, -9, -1.47260435, 0.0371718265, 0.00176300714}},
    {31.25,
     45,
     {0.514615899, 0.0543017253, 0.113056908, 0.0107319859, 0.49612164, 0.0536184531, 0.000786136452,
      -0.369357873, 0.639629052, 1.75509215, 0.877023979, -9, -0.898198428, 0.514615899, 0.0492217444}},
    {100,
     3,
     {0.0311784272, 0.00172010665, 0.0290558615, 0.00122183253, 0.0141445438, 0.00124249347, 5.53741289e-05,
      -0.43079405, 0, 0, 0.496197454, -1.03058348, -1.04047109, 0.0311784272, 0.00139969688}},
    {100,
     8,
     {0.0594073007, 0.00278052025, 0.0579288954, 0.00277408914, 0.0242296866, 0.00188805539, 9.38640902e-05,
      -0.409236585, 0.0896029385, 0, 0.735223028, -1.12628115, -1.39200564, 0.0594073007, 0.00205271379}},
    {100,
     20,
     {0.0628682964, 0.00335999278, 0.0599291523, 0.0029259418, 0.0242296866, 0.0019184571, 9.38640902e-05,
      -0.382779237, -0.0870992444, 0.0320212183, 0.46383196, -1.21190443, -1.46834197, 0.0383286273,
      0.00186144404}},
    {100,
     45,
     {0.517442264, 0.0544749648, 0.113198966, 0.0107895343, 0.494687207, 0.0535644323, 0.000797592786,
      -0.382779237, 0.552851921, 1.79596447, 0.867219367, -2.01530766, -0.894235006, 0.517442264,
      0.0485411437}},
    {250,
     3,
     {0.0312173293, 0.00171825451, 0.0292362043, 0.00122244784, 0.0141879762, 0.00124239378, 5.60660661e-05,
      -0.462472933, 0, 0, 0.492816365, -0.988817867, -1.03192527, 0.0312173293, 0.00142474973}},
    {250,
     8,
     {0.0595516334, 0.00277217282, 0.0580771834, 0.00276530354, 0.0242942851, 0.0018859826, 9.50264191e-05,
      -0.414912691, 0.0886257285, 0, 0.728341563, -1.08839624, -1.39000532, 0.0595516334, 0.00204680689}},
    {250,
     20,
     {0.0627700223, 0.00336769404, 0.0599981704, 0.00292097763, 0.0242942851, 0.00192227453, 9.50264191e-05,
      -0.383629903, -0.0915650048, 0.0333490554, 0.469511164, -1.16419723, -1.46800564, 0.0384574047,
      0.00198289725}},
    {250,
     45,
     {0.517449467, 0.0544786909, 0.113208004, 0.0107859799, 0.494366586, 0.0535440617, 0.000799463212,
      -0.383629903, 0.542025264, 1.79905596, 0.866329402, -1.95872741, -0.893623217, 0.517449467,
      0.0493694793}},
};

static void numbers_are_those_of_scipy(void **state)
{
    struct report *r = calloc(1, sizeof *r);

    (void)state;
    for (size_t i = 0; i < sizeof oracle / sizeof *oracle; i++) {
        double rate = oracle[i].rate_hz;
        struct signal s = formula(rate);
        struct features *f = features_new(rate);
        const struct features_sample *now;
        int64_t onset = (int64_t)ceil(ONSET_S * rate);
        memset(r, 0, sizeof *r);
        for (size_t k = 0; k < s.n; k++) {
            if ((int64_t)k == onset)
                features_open(f, 1, onset);
            if (features_step(f, s.x[k], &now) && f->onset_id && f->steps == oracle[i].step)
                features_step_report(f, r);
        }
        const struct window_report *w = &r->window;
        double got[] = {w->pga_mps2,
                        w->pgv_mps,
                        w->pga_z_mps2,
                        w->pgv_z_mps,
                        w->pga_horizontal_mps2,
                        w->pgv_horizontal_mps,
                        w->pd_m,
                        w->hv_log,
                        w->s_growth,
                        w->growth,
                        w->tail,
                        r->step.high_ratio_log,
                        r->step.low_ratio_log,
                        r->step.pga_mps2,
                        r->step.pgv_mps};
        for (size_t k = 0; k < sizeof got / sizeof *got; k++)
            if (!(fabs(got[k] - oracle[i].want[k]) <= 1e-7 * (1e-4 + fabs(oracle[i].want[k]))))
                fail_msg("%g Hz, step %d, number %zu: %.9g instead of %.9g", rate, oracle[i].step, k, got[k],
                         oracle[i].want[k]);
        assert_int_equal(w->onset_id, 1);
        assert_true(fabs(w->t_s - floor(0.1 * oracle[i].step * rate + 1e-9) / rate) < 1e-12);
        sys_free(&sys_real, f);
        signal_free(&s);
    }
    free(r);
}

/* ---- against plain arrays ---- */

static const double rates[] = {20, 31.25, 50, 100, 200, 250, 255};
enum { RATES = sizeof rates / sizeof *rates };

struct plain { /* |vector| in the intensity band */
    double *a, *v;
};

static struct plain plain_of(const struct signal *s)
{
    struct plain p = {calloc(s->n, sizeof *p.a), calloc(s->n, sizeof *p.v)};
    struct biquad band[2], high;

    butter_design(band, BUTTER_BANDPASS, 2, s->rate_hz, 0.1, fmin(10, 0.45 * s->rate_hz));
    butter_design(&high, BUTTER_HIGHPASS, 2, s->rate_hz, 0.1, 0);
    for (int c = 0; c < 3; c++) {
        struct biquad_state one = {0}, two = {0}, three = {0};
        double sum = 0;
        for (size_t i = 0; i < s->n; i++) {
            double a = biquad_step(&band[1], &two, biquad_step(&band[0], &one, s->x[i][c] - s->x[0][c]));
            sum += a / s->rate_hz;
            double v = biquad_step(&high, &three, sum);
            p.a[i] += a * a;
            p.v[i] += v * v;
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        p.a[i] = sqrt(p.a[i]);
        p.v[i] = sqrt(p.v[i]);
    }
    return p;
}

/* The largest of x over [from, to] seconds. */
static double largest(const double *x, const struct signal *s, double from_s, double to_s)
{
    double m = 0;

    for (size_t i = 0; i < s->n; i++)
        if ((double)i >= from_s * s->rate_hz - 1e-6 && (double)i <= to_s * s->rate_hz + 1e-6)
            m = fmax(m, x[i]);
    return m;
}

/* Half seconds of maxima stand for windows that begin anywhere: a quarter of a second of slack at each end.
 */
static void check_between(const char *what, double rate, double t, double got, double least, double most)
{
    if (!(got >= least * (1 - 1e-9) && got <= most * (1 + 1e-9)))
        fail_msg("%s at %g s, %g Hz: %g is not between %g and %g", what, t, rate, got, least, most);
}

static void current_and_background_are_running_maxima(void **state)
{
    struct report *r = calloc(1, sizeof *r);

    (void)state;
    for (int k = 0; k < RATES; k++) {
        double rate = rates[k];
        struct signal s = signal_new(rate, 60);
        struct features *f = features_new(rate);
        const struct features_sample *now;
        double from = 0;
        int steps = 0;
        add_noise(&s, 1e-3, 3);
        add_p(&s, 25, 0.1, 4);
        struct plain p = plain_of(&s);
        for (size_t i = 0; i < s.n; i++) {
            if (!features_step(f, s.x[i], &now))
                continue;
            double t = (double)i / rate;
            memset(r, 0, sizeof *r);
            features_step_report(f, r);
            steps++;
            check_between("PGA of a step", rate, t, r->step.pga_mps2, largest(p.a, &s, from + 0.5 / rate, t),
                          largest(p.a, &s, from, t));
            from = t;
            check_between("current PGA", rate, t, r->step.current_pga_mps2, largest(p.a, &s, t - 9.5, t),
                          largest(p.a, &s, t - 10.8, t));
            check_between("current PGV", rate, t, r->step.current_pgv_mps, largest(p.v, &s, t - 9.5, t),
                          largest(p.v, &s, t - 10.8, t));
            if (t > 30.1 || (t > 5.1 && t < 24.9)) { /* before 30 s only quiet is believed */
                check_between("background PGA", rate, t, r->step.background_pga_mps2,
                              largest(p.a, &s, t - 19.2, t - 1.8), largest(p.a, &s, t - 20.8, t - 0.7));
                check_between("background PGV", rate, t, r->step.background_pgv_mps,
                              largest(p.v, &s, t - 19.2, t - 1.8), largest(p.v, &s, t - 20.8, t - 0.7));
            } else if (t < 4.9 || (t > 26.5 && t < 29.9)) { /* too little to be one; too loud, so soon */
                assert_true(r->step.background_pga_mps2 == 0);
            }
            assert_true(r->armed_observed == ((double)(i + 1) >= 10 * rate));
        }
        if (abs(steps - 600) > 1)
            fail_msg("%g Hz: %d steps in 60 s", rate, steps);
        free(p.a);
        free(p.v);
        sys_free(&sys_real, f);
        signal_free(&s);
    }
    free(r);
}

/* ---- late and moved ---- */

static const struct {
    const char *name;
    double first_s, late_s; /* opened so many seconds after the onset; first at another onset, first_s off */
} openings[] = {
    {"0.2 s late", 0, 0.2},
    {"8 s late", 0, 8},
    {"10.9 s late", 0, 10.9},
    {"half a second early, then moved", -0.5, 0.7},
    {"half a second late, then moved back", 0.5, 1.1},
    {"in place of an earlier one", -8, 0.2},
};

/* All that the report of a window says, but for the noise that runs only outside of one. */
static void assert_same_window(const char *name, double rate, const struct report *got,
                               const struct report *want)
{
    struct step_report a = got->step, b = want->step;

    a.noise_mps2 = b.noise_mps2 = 0;
    if (memcmp(&a, &b, sizeof a) != 0)
        fail_msg("%s, %g Hz: steps differ", name, rate);
    if (memcmp(&got->window, &want->window, sizeof got->window) != 0)
        fail_msg("%s, %g Hz: windows differ", name, rate);
}

static void a_window_opened_late_or_moved_is_the_same(void **state)
{
    enum { REPORTS = 46 };
    static struct report want[REPORTS], got;

    (void)state;
    for (int k = 0; k < RATES; k++) {
        double rate = rates[k];
        struct signal s = formula(rate);
        int64_t onset = (int64_t)(26 * rate); /* so that 10.9 s later is within the record */
        for (size_t o = 0; o <= sizeof openings / sizeof *openings; o++) { /* 0: at once */
            struct features *f = features_new(rate);
            const struct features_sample *now;
            double late_s = o ? openings[o - 1].late_s : 0, first_s = o ? openings[o - 1].first_s : 0;
            int64_t open_at = onset + (int64_t)(late_s * rate);
            int compared = 0;
            for (int64_t i = 0; i < (int64_t)s.n; i++) {
                if (first_s != 0 && i == open_at - (int64_t)(0.15 * rate))
                    features_open(f, 1, onset + (int64_t)(first_s * rate));
                if (i == open_at)
                    features_open(f, 1, onset);
                bool ended = features_step(f, s.x[i], &now);
                if (!ended || i < open_at || f->steps % 3 != 0 || f->steps / 3 >= REPORTS)
                    continue;
                struct report *r = o ? &got : &want[f->steps / 3];
                memset(r, 0, sizeof *r);
                features_step_report(f, r);
                if (o) {
                    assert_same_window(openings[o - 1].name, rate, r, &want[f->steps / 3]);
                    compared++;
                }
            }
            if (o && compared < 5)
                fail_msg("%s, %g Hz: compared %d times", openings[o - 1].name, rate, compared);
            sys_free(&sys_real, f);
        }
        signal_free(&s);
    }
}

/* Steps end 0.1 s after another since the onset, wherever the grid stood before. */
static void steps_count_from_the_onset(void **state)
{
    (void)state;
    for (int k = 0; k < RATES; k++)
        for (int shift = 0; shift < 8; shift++) {
            double rate = rates[k];
            struct signal s = formula(rate);
            struct features *f = features_new(rate);
            const struct features_sample *now;
            int64_t onset = (int64_t)(12 * rate) + shift;
            int seen = 0;
            for (int64_t i = 0; i < (int64_t)s.n; i++) {
                if (i == onset)
                    features_open(f, 1, onset);
                if (features_step(f, s.x[i], &now) && i >= onset)
                    assert_int_equal(i, onset + (int64_t)floor(0.1 * rate * ++seen + 1e-9));
            }
            assert_true(seen > 270);
            assert_true(fabs(features_window_s(f) - (double)((int64_t)s.n - 1 - onset) / rate) < 1e-9);
            features_close(f);
            assert_true(features_window_s(f) == 0);
            sys_free(&sys_real, f);
            signal_free(&s);
        }
}

/* Noise before the onset: 10 s .. 1 s of displacement, 20 s .. 1 s of motion; none within 5 s of the start.
 */
static void the_background_is_what_came_before_the_onset(void **state)
{
    static const struct {
        const char *name;
        double blip_s;            /* before the onset at 30 s */
        bool in_noise, in_ground; /* does it count? */
    } blips[] = {
        {"0.4 s before", 0.4, false, false},
        {"5 s before", 5, true, true},
        {"15 s before", 15, false, true},
        {"25 s before", 25, false, false},
    };
    struct report *r = calloc(1, sizeof *r);

    (void)state;
    for (int k = 1; k < RATES; k++)
        for (size_t b = 0; b < sizeof blips / sizeof *blips; b++) {
            double rate = rates[k];
            struct signal s = signal_new(rate, 32);
            struct features *f = features_new(rate);
            const struct features_sample *now;
            add_wave(&s, 30 - blips[b].blip_s, (double[]){0.1, 0.1, 0.1}, wave_short, 3);
            for (size_t i = 0; i < s.n; i++) {
                if (i == (size_t)(30 * rate))
                    features_open(f, 1, (int64_t)i);
                features_step(f, s.x[i], &now);
            }
            memset(r, 0, sizeof *r);
            features_step_report(f, r);
            assert_true(r->window.has_background);
            if ((r->window.pd_noise_m > 1e-6) != blips[b].in_noise ||
                (r->step.background_pga_mps2 > 0.01) != blips[b].in_ground ||
                (r->step.background_pgv_mps > 3e-4) != blips[b].in_ground)
                fail_msg("%s, %g Hz: noise %g m, background %g m/s^2 %g m/s", blips[b].name, rate,
                         r->window.pd_noise_m, r->step.background_pga_mps2, r->step.background_pgv_mps);
            sys_free(&sys_real, f);
            signal_free(&s);
        }
    free(r);
}

static void no_background_so_soon_after_the_start(void **state)
{
    static struct report r;

    (void)state;
    for (int seconds = 4; seconds <= 6; seconds += 2) {
        struct signal s = formula(100);
        struct features *f = features_new(100);
        const struct features_sample *now;
        for (int64_t i = 0; i < 1000; i++) {
            if (i == 100 * seconds)
                features_open(f, 1, i);
            features_step(f, s.x[i], &now);
        }
        memset(&r, 0, sizeof r);
        features_step_report(f, &r);
        assert_true(r.window.has_background == (seconds > 5));
        assert_true((r.window.pd_noise_m > 0) == (seconds > 5));
        assert_true((r.step.background_pga_mps2 > 0) == (seconds > 5));
        sys_free(&sys_real, f);
        signal_free(&s);
    }
}

static void the_ground_is_calm_again(void **state)
{
    struct signal s = signal_new(100, 90);
    struct features *f = features_new(100);
    const struct features_sample *now;

    (void)state;
    add_noise(&s, 1e-3, 3);
    add_p(&s, 40, 0.05, 4); /* as strong as the noise 4 ln 50 = 16 s later */
    for (int64_t i = 0; i < (int64_t)s.n; i++) {
        if (i == 4000)
            features_open(f, 1, i);
        features_step(f, s.x[i], &now);
        if (i < 4000 || (i > 4100 && i < 4800))
            assert_false(features_calm(f));
        if (i > 6500)
            assert_true(features_calm(f));
    }
    features_close(f);
    assert_false(features_calm(f));
    sys_free(&sys_real, f);
    signal_free(&s);
}

/* ---- gaps ---- */

static void a_gap_forgets_the_filters_and_keeps_the_window(void **state)
{
    static const uint64_t gaps[] = {1, 7, 333, 100000};
    static struct report before, r;

    (void)state;
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        struct signal s = formula(100);
        struct features *f = features_new(100), *fresh = features_new(100);
        const struct features_sample *now, *other;
        for (int64_t i = 0; i < 3500; i++) {
            if (i == 3000)
                features_open(f, 5, i);
            features_step(f, s.x[i], &now);
        }
        features_step_report(f, &before);
        features_gap(f, gaps[g]);
        assert_false(features_armed(f));
        int steps = 0;
        for (int64_t i = 3500; i < (int64_t)s.n; i++) {
            bool ended = features_step(f, s.x[i], &now);
            features_step(fresh, s.x[i], &other);
            for (int lane = 0; lane < 4; lane++)
                assert_true(now->size[lane] == other->size[lane] && now->energy[lane] == other->energy[lane]);
            for (int axis = 0; axis < 3; axis++)
                assert_true(now->v_mps[axis] == other->v_mps[axis]);
            int64_t since = f->n - 1 - 3000; /* the grid of steps is still the onset's */
            if (ended)
                assert_int_equal(since % 10, 0);
            steps += ended;
        }
        assert_true(steps == 50 || (steps == 49 && gaps[g] % 10 == 0)); /* a step of one sample is given up */
        memset(&r, 0, sizeof r);
        features_step_report(f, &r);
        assert_int_equal(r.window.onset_id, 5);
        assert_true(r.window.t_s == (double)(s.n - 1 - 3000 + gaps[g]) / 100);
        assert_true(r.window.pga_mps2 >= before.window.pga_mps2);
        assert_true(r.window.pd_m >= before.window.pd_m && isfinite(r.window.growth) &&
                    isfinite(r.window.s_growth) && isfinite(r.window.tail));
        sys_free(&sys_real, f);
        sys_free(&sys_real, fresh);
        signal_free(&s);
    }
}

/* The half seconds lost in a gap hold nothing: an old shock is neither current nor background behind them. */
static void a_long_gap_is_silence(void **state)
{
    static struct report r;
    struct signal s = signal_new(100, 60);
    struct features *f = features_new(100);
    const struct features_sample *now;

    (void)state;
    add_wave(&s, 0, (double[]){1, 1, 1}, wave_sine, 2);
    for (size_t i = 0; i < 4500; i++) /* long enough to fill every half second that is kept */
        features_step(f, s.x[i], &now);
    features_step_report(f, &r);
    assert_true(r.step.current_pga_mps2 > 1);
    features_gap(f, 1200);
    for (size_t i = 0; i < 10; i++)
        features_step(f, (double[3]){0}, &now);
    features_step_report(f, &r);
    assert_true(r.step.current_pga_mps2 == 0);
    sys_free(&sys_real, f);
    signal_free(&s);
}

static void a_window_never_reaches_across_a_gap(void **state)
{
    struct signal s = formula(100);
    struct features *f = features_new(100);
    const struct features_sample *now;

    (void)state;
    for (size_t i = 0; i < 3500; i++)
        features_step(f, s.x[i], &now);
    features_gap(f, 10);
    for (size_t i = 3510; i < 3600; i++)
        features_step(f, s.x[i], &now);
    features_open(f, 1, 3000);
    assert_int_equal(f->onset, 3510);
    features_open(f, 1, 3550);
    assert_int_equal(f->onset, 3550);
    sys_free(&sys_real, f);
    signal_free(&s);
}

static void unusable_arguments_are_refused(void **state)
{
    struct features *f = features_new(100);

    (void)state;
    assert_false(features_init(f, 9.9, 7));
    assert_false(features_init(f, 255.1, 7));
    assert_false(features_init(f, NAN, 7));
    assert_false(features_init(f, 100, 0));
    assert_true(f->rate_hz == 100);
    assert_true(features_init(f, 10, 1));
    sys_free(&sys_real, f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_scipy),
        cmocka_unit_test(current_and_background_are_running_maxima),
        cmocka_unit_test(a_window_opened_late_or_moved_is_the_same),
        cmocka_unit_test(steps_count_from_the_onset),
        cmocka_unit_test(the_background_is_what_came_before_the_onset),
        cmocka_unit_test(no_background_so_soon_after_the_start),
        cmocka_unit_test(the_ground_is_calm_again),
        cmocka_unit_test(a_gap_forgets_the_filters_and_keeps_the_window),
        cmocka_unit_test(a_long_gap_is_silence),
        cmocka_unit_test(a_window_never_reaches_across_a_gap),
        cmocka_unit_test(unusable_arguments_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
