/* The onset detector inside its chain, default configuration: what is a P, what is not and why, and when it
 * is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/node/listen.h"

#define NOISE 1e-4 /* m/s^2 */
#define AT    40.0 /* s: when it happens */

static const double rates[] = {31.25, 50, 100, 200, 250};
enum { RATES = sizeof rates / sizeof *rates };

static double tilt(double t, double seconds)
{
    return t < seconds ? 0.5 - 0.5 * cos(M_PI * t / seconds) : 1;
}

static double wave_silence(double t, double f_hz)
{
    (void)t;
    (void)f_hz;
    return 0;
}

#define FAIL_HEARD(h, ...)                                                                                   \
    do {                                                                                                     \
        heard_print(h);                                                                                      \
        fail_msg(__VA_ARGS__);                                                                               \
    } while (0)

/* ---- what is a P ---- */

static void noise_alone_stays_quiet(void **state)
{
    (void)state;
    for (int r = 0; r < RATES; r++)
        for (uint64_t seed = 1; seed <= 2; seed++) {
            struct signal s = signal_new(rates[r], 600);
            add_offset(&s, 9.81, -0.2, 0.1);
            add_noise(&s, NOISE, 100 * seed + (uint64_t)r);
            struct heard *h = listen_to(&s, NULL);
            if (h->onsets + h->rejects > 0)
                FAIL_HEARD(h, "%g Hz, seed %d: ten minutes of noise were not quiet", rates[r], (int)seed);
            if (!h->armed || h->armed_s > 5.3)
                fail_msg("%g Hz: armed at %g s", rates[r], h->armed_s);
            free(h);
            signal_free(&s);
        }
}

static const struct {
    const char *name;
    double size, f_hz;             /* of the P, m/s^2 on the vertical */
    double within_s, refined_to_s; /* declared so soon; refined so near */
    bool zeros;                    /* the recorder wrote zeros until the P */
    double lsb;                    /* 0: fine; else rounded so */
    bool lsb_told;
    unsigned axis_mask;
    int slowest; /* index of the lowest rate for which this is claimed */
} waves[] = {
    {"strong", 0.02, 5, 0.2, 0.1, false, 0, false, 7, 0},
    {"very strong", 0.5, 3, 0.2, 0.1, false, 0, false, 7, 0},
    {"weak, eight times the noise", 8e-4, 5, 0.2, 0.1, false, 0, false, 7, 0},
    {"three times the noise", 3e-4, 5, 1.0, 0.2, false, 0, false, 7, 0},
    {"behind digital zeros", 0.02, 5, 0.2, 0.1, true, 0, false, 7, 0},
    {"steps of the digitiser hide the noise", 0.02, 5, 0.2, 0.1, false, 2e-3, false, 7, 0},
    {"the same, the step known", 0.02, 5, 0.2, 0.1, false, 2e-3, true, 7, 0},
    {"a vertical alone", 0.02, 5, 0.2, 0.1, false, 0, false, 1, 0},
    {"a north alone", 0.02, 5, 0.2, 0.1, false, 0, false, 2, 0},
    {"an east alone", 0.02, 5, 0.2, 0.1, false, 0, false, 4, 0},
    {"the horizontals alone", 0.02, 5, 0.2, 0.1, false, 0, false, 6, 0},
};

static struct signal wave_signal(size_t i, double rate_hz, uint64_t seed)
{
    struct signal s = signal_new(rate_hz, 50);

    add_noise(&s, NOISE, seed);
    for (size_t k = 0; waves[i].zeros && (double)k < AT * rate_hz; k++)
        memset(s.x[k], 0, sizeof s.x[k]);
    add_p(&s, AT, waves[i].size, waves[i].f_hz);
    if (waves[i].lsb > 0)
        quantise(&s, waves[i].lsb);
    return s;
}

static void a_p_is_declared_and_refined(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof waves / sizeof *waves; i++)
        for (int r = waves[i].slowest; r < RATES; r++) {
            struct signal s = wave_signal(i, rates[r], 40 + (uint64_t)r);
            struct listen how = {.axis_mask = waves[i].axis_mask,
                                 .lsb = waves[i].lsb_told ? waves[i].lsb : 0};
            struct heard *h = listen_to(&s, &how);
            double truth = ceil(AT * rates[r]) / rates[r];
            if (h->onsets != 1 || h->onset[0].phase != ONSET_P || h->onset[0].id != 1)
                FAIL_HEARD(h, "%s, %g Hz: %zu onsets", waves[i].name, rates[r], h->onsets);
            if (h->onset[0].declared_s < truth || h->onset[0].declared_s > truth + waves[i].within_s)
                FAIL_HEARD(h, "%s, %g Hz: declared at %g s", waves[i].name, rates[r], h->onset[0].declared_s);
            if (!h->is_refined[0] || fabs(h->refined[0].onset_s - truth) > waves[i].refined_to_s)
                FAIL_HEARD(h, "%s, %g Hz: refined to %g s", waves[i].name, rates[r], h->refined[0].onset_s);
            if (h->refined[0].declared != h->onset[0].declared || h->onset[0].quality != 0 ||
                !(h->refined[0].quality > 0.3 && h->refined[0].quality < 1))
                FAIL_HEARD(h, "%s, %g Hz: quality %g", waves[i].name, rates[r], h->refined[0].quality);
            free(h);
            signal_free(&s);
        }
}

/* Shaking of unknown scale: the same picks whatever the unit. */
static void counts_give_the_same_picks(void **state)
{
    (void)state;
    for (int r = 0; r < RATES; r++) {
        struct signal s = wave_signal(0, rates[r], 9);
        struct listen counts = {.counts = true};
        struct heard *a = listen_to(&s, NULL);
        scale_by(&s, 384500);
        struct heard *b = listen_to(&s, &counts);
        assert_int_equal(a->onsets, 1);
        assert_int_equal(b->onsets, 1);
        assert_int_equal(a->onset[0].onset, b->onset[0].onset);
        assert_int_equal(a->onset[0].declared, b->onset[0].declared);
        assert_int_equal(a->refined[0].onset, b->refined[0].onset);
        free(a);
        free(b);
        signal_free(&s);
    }
}

/* In counts a blow of any size is no impact: nobody knows how strong it was. */
static void counts_have_no_absolute_limits(void **state)
{
    struct signal s = wave_signal(1, 100, 9);
    struct listen counts = {.counts = true, .range_mps2 = 1};

    (void)state;
    scale_by(&s, 384500);
    struct heard *h = listen_to(&s, &counts);
    assert_int_equal(h->onsets, 1);
    assert_int_equal(h->rejects, 0);
    free(h);
    signal_free(&s);
}

static void the_other_statistics_declare_too(void **state)
{
    static const struct {
        int statistic;
        double within_s;
    } other[] = {{ONSET_STA_LTA, 0.25}, {ONSET_SPECTRUM, 0.75}};

    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (int r = 0; r < RATES; r++) {
            struct signal s = wave_signal(0, rates[r], 9);
            struct chain_conf conf = default_conf()->pipeline.chain;
            conf.onset.statistic = other[i].statistic;
            struct heard *h = listen_to(&s, &(struct listen){.conf = &conf});
            if (h->onsets != 1 || h->onset[0].declared_s > AT + other[i].within_s ||
                h->onset[0].declared_s < AT || fabs(h->refined[0].onset_s - AT) > 0.1)
                FAIL_HEARD(h, "statistic %d, %g Hz", other[i].statistic, rates[r]);
            free(h);
            signal_free(&s);
        }
}

static void an_s_wave_is_a_later_phase(void **state)
{
    (void)state;
    for (int r = 0; r < RATES; r++) {
        struct signal s = wave_signal(0, rates[r], 9);
        add_wave(&s, AT + 4, (double[]){0.2, 0.5, 0.5}, wave_p, 2);
        struct heard *h = listen_to(&s, NULL);
        if (h->onsets != 2 || h->onset[1].phase != ONSET_SECONDARY || h->onset[1].id != 2 ||
            fabs(h->refined[1].onset_s - AT - 4) > 0.1)
            FAIL_HEARD(h, "%g Hz: an S wave 4 s later", rates[r]);
        free(h);
        signal_free(&s);
    }
}

/* A fine axis that stands still is stuck; when it comes back, that is no onset. The others go on picking. */
static void a_stuck_axis_declares_nothing(void **state)
{
    (void)state;
    for (int r = 0; r < RATES; r++)
        for (int axis = 0; axis < 3; axis++) {
            struct signal s = signal_new(rates[r], 90);
            add_noise(&s, NOISE, 50 + (uint64_t)r);
            quantise(&s, 1e-6);
            freeze_axis(&s, axis, 20, 75);
            struct heard *h = listen_to(&s, NULL);
            if (h->onsets)
                FAIL_HEARD(h, "%g Hz: axis %d was stuck", rates[r], axis);
            free(h);
            add_p(&s, 30, 0.02, 5);
            freeze_axis(&s, axis, 20, 75);
            h = listen_to(&s, NULL);
            if (axis != 0 && (h->onsets < 1 || fabs(h->refined[0].onset_s - 30) > 0.1))
                FAIL_HEARD(h, "%g Hz: a P while axis %d was stuck", rates[r], axis);
            free(h);
            signal_free(&s);
        }
}

static void the_same_twice(void **state)
{
    struct signal s = wave_signal(3, 100, 9);
    struct heard *a = listen_to(&s, NULL), *b = listen_to(&s, NULL);

    (void)state;
    assert_memory_equal(a, b, sizeof *a);
    free(a);
    free(b);
    signal_free(&s);
}

/* ---- what is none ---- */

enum way {
    PLAIN,
    PATIENT,
    BUSY
}; /* PATIENT: confirms after 0.6 s only; BUSY: a site where noise has peaks */

static void make_knock(struct signal *s)
{
    add_wave(s, AT, (double[]){8, 4, 4}, wave_short, 12);
}
static void make_slam(struct signal *s)
{
    add_wave(s, AT, (double[]){1, 0.4, 0.4}, wave_short, 12);
}
static void make_foot(struct signal *s)
{
    add_wave(s, AT, (double[]){0.02, 0.01, 0.01}, wave_short, 12);
}
static void make_spike(struct signal *s)
{
    add_spike(s, AT, 0.01);
}
static void make_spike_and_hum(struct signal *s) /* the hum keeps the energy up, the spike carries it */
{
    add_spike(s, AT, 0.06);
    add_p(s, AT, 6e-3, 3);
}
static void make_step(struct signal *s)
{
    add_wave(s, AT, (double[]){0.05, 0.02, 0.02}, wave_constant, 0);
}
static void make_clipped(struct signal *s)
{
    add_p(s, AT, 3, 5);
    clip_at(s, 0.5);
}
static void make_horizontal(struct signal *s)
{
    add_wave(s, AT, (double[]){0, 0.02, 0.02}, wave_p, 4);
}
static void make_high(struct signal *s)
{
    add_wave(s, AT, (double[]){0.02, 0.008, 0.008}, wave_p, 35);
}
static void make_tilt(struct signal *s)
{
    add_wave(s, AT, (double[]){0.3, 0.1, 0.1}, tilt, 2.4);
}
static void make_machine(struct signal *s)
{
    add_wave(s, AT, (double[]){0.01, 0.005, 0.005}, wave_sine, 6);
}
static void make_p(struct signal *s)
{
    add_p(s, AT, 0.02, 5);
}
static void make_weak_p(struct signal *s)
{
    add_p(s, AT, 8e-4, 5);
}
static void make_early_p(struct signal *s)
{
    add_p(s, 3, 0.02, 5);
}

static const struct {
    const char *name;
    void (*make)(struct signal *s);
    enum onset_reject reason;
    enum way way;
    double range_mps2, gap_at_s, gap_s;
    unsigned rates; /* bit r: claimed at rates[r] */
    int onsets;     /* how many are declared none the less; -1: any */
} refusals[] = {
    {"a knock beside the sensor", make_knock, ONSET_IMPACT, PLAIN, 0, 0, 0, 30, 0},
    {"a door slams", make_slam, ONSET_SHORT, PLAIN, 0, 0, 0, 30, 0},
    {"a footstep", make_foot, ONSET_SHORT, PLAIN, 0, 0, 0, 30, 0},
    {"one sample is off", make_spike, ONSET_SHORT, PLAIN, 0, 0, 0, 31, 0},
    {"one sample carries it all", make_spike_and_hum, ONSET_SPIKE, PLAIN, 0, 0, 0, 4, 1},
    {"the level jumps", make_step, ONSET_STEP, PLAIN, 0, 0, 0, 31, 0},
    {"the end of the range", make_clipped, ONSET_CLIP, PLAIN, 0.5, 0, 0, 31, -1},
    {"nothing on the vertical", make_horizontal, ONSET_HORIZONTAL, PLAIN, 0, 0, 0, 31, 0},
    {"35 Hz", make_high, ONSET_HIGH_FREQUENCY, PLAIN, 0, 0, 0, 28, 0},
    {"the ground leans slowly", make_tilt, ONSET_TELESEISM, PATIENT, 0, 0, 0, 31, -1},
    {"a machine", make_machine, ONSET_LINE, PATIENT, 0, 0, 0, 31, 0},
    {"a busy site", make_weak_p, ONSET_BURST, BUSY, 0, 0, 0, 31, 0},
    {"while the noise is being learned", make_early_p, ONSET_WARM_UP, PLAIN, 0, 0, 0, 31, 0},
    {"samples lost under examination", make_p, ONSET_GAP, PLAIN, 0, AT + 0.1, 0.5, 31, -1},
    {"in the midst of shaking nothing begins", make_p, ONSET_NO_CHANGE, PLAIN, 0, AT + 0.1, 0.5, 31, -1},
};

static struct heard *hear_refusal(size_t i, double rate_hz)
{
    struct signal s = signal_new(rate_hz, 50);
    struct chain_conf conf = default_conf()->pipeline.chain;
    struct listen how = {.range_mps2 = refusals[i].range_mps2,
                         .gap_at_s = refusals[i].gap_at_s,
                         .lost = (uint64_t)(refusals[i].gap_s * rate_hz),
                         .conf = &conf};

    if (refusals[i].way == PATIENT)
        conf.onset.confirm_fast_s = conf.onset.confirm_slow_s = 0.6;
    if (refusals[i].way == BUSY) {
        conf.onset.threshold_raise = 10;
        conf.onset.peak_factor = 100;
    }
    add_noise(&s, NOISE, 8); /* a seed that does not begin the evidence early: others are counted below */
    refusals[i].make(&s);
    struct heard *h = listen_to(&s, &how);
    signal_free(&s);
    return h;
}

static void each_reason_is_given_to_what_deserves_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        for (int r = 0; r < RATES; r++) {
            if (!(refusals[i].rates & 1u << r))
                continue;
            struct heard *h = hear_refusal(i, rates[r]);
            const char *want = onset_reject_name(refusals[i].reason);
            if (h->reason[refusals[i].reason] == 0 ||
                (refusals[i].onsets >= 0 && h->onsets != (size_t)refusals[i].onsets))
                FAIL_HEARD(h, "%s, %g Hz: not (only) '%s'", refusals[i].name, rates[r], want);
            for (size_t k = 0; k < h->rejects && k < HEARD_MAX; k++) {
                const struct reject_report *one = &h->reject[k];
                if (!isfinite(one->value) || !isfinite(one->limit) || one->candidate_s > h->reject_s[k] ||
                    one->candidate_s < 0)
                    FAIL_HEARD(h, "%s, %g Hz: rejection %zu says nothing", refusals[i].name, rates[r], k);
            }
            free(h);
        }
}

static void every_reason_has_a_row_and_a_name(void **state)
{
    (void)state;
    for (int reason = ONSET_ACCEPTED + 1; reason < ONSET_REJECTS; reason++) {
        bool found = false;
        for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
            found = found || refusals[i].reason == (enum onset_reject)reason;
        if (!found)
            fail_msg("'%s' is never seen", onset_reject_name((enum onset_reject)reason));
        assert_true(strlen(onset_reject_name((enum onset_reject)reason)) >= 3);
    }
    assert_string_equal(onset_reject_name(ONSET_REJECTS), "?");
}

/* A footstep is refused unless noise had begun the evidence long before it; and what it was refused for does
 * not draw a P behind it to itself. */
static void footsteps_are_refused_and_a_p_behind_one_keeps_its_onset(void **state)
{
    enum { SEEDS = 20 };
    int declared = 0;

    (void)state;
    for (int r = 0; r < RATES; r++)
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct signal s = signal_new(rates[r], 50);
            add_noise(&s, NOISE, 70 + seed);
            make_foot(&s);
            add_p(&s, AT + 1.5, 0.02, 5);
            struct heard *h = listen_to(&s, NULL);
            bool foot = h->onsets > 0 && h->onset[0].declared_s < AT + 1;
            size_t p = foot ? 1 : 0;
            declared += foot;
            if (h->onsets != p + 1 || fabs(h->refined[p].onset_s - AT - 1.5) > 0.1 ||
                h->onset[p].declared_s > AT + 1.5 + 0.2)
                FAIL_HEARD(h, "%g Hz, seed %d", rates[r], (int)seed);
            free(h);
            signal_free(&s);
        }
    if (declared > RATES * SEEDS / 10)
        fail_msg("%d of %d footsteps were declared", declared, RATES * SEEDS);
}

/* ... but a P whose first pulse towers over the rest is found, and there. */
static void a_spike_on_the_first_arrival_hides_it_for_a_second_at_most(void **state)
{
    (void)state;
    for (int r = 0; r < RATES; r++) {
        struct signal s = signal_new(rates[r], 50);
        add_noise(&s, NOISE, 8);
        make_spike_and_hum(&s);
        struct heard *h = listen_to(&s, NULL);
        if (h->onsets < 1 || h->onset[0].declared_s > AT + 1.3 || fabs(h->refined[0].onset_s - AT) > 0.1)
            FAIL_HEARD(h, "%g Hz", rates[r]);
        free(h);
        signal_free(&s);
    }
}

/* Time runs on over a gap, and a second later onsets are declared again. */
static void a_gap_before_the_p(void **state)
{
    (void)state;
    for (int r = 0; r < RATES; r++) {
        struct signal s = wave_signal(0, rates[r], 9);
        struct heard *h = listen_to(&s, &(struct listen){.gap_at_s = AT - 2, .lost = 1000});
        double truth = (ceil(AT * rates[r]) + 1000) / rates[r];
        if (h->gaps != 1 || h->onsets != 1 || h->onset[0].declared_s > truth + 0.2 ||
            fabs(h->refined[0].onset_s - truth) > 0.1)
            FAIL_HEARD(h, "%g Hz", rates[r]);
        free(h);
        signal_free(&s);
    }
}

/* Below the floor lies what no sensor tells: rounding, and the last bits of a filter that rings out. */
static void what_lies_below_the_floor_is_nothing(void **state)
{
    (void)state;
    for (int r = 0; r < RATES; r++) {
        struct signal s = signal_new(rates[r], 50);
        add_noise(&s, 1e-9, 9);
        add_p(&s, AT, 1e-7, 5);
        struct heard *known = listen_to(&s, NULL);
        if (known->onsets + known->rejects)
            FAIL_HEARD(known, "%g Hz: 1e-7 m/s^2 is nothing", rates[r]);
        scale_by(&s, 1e9);
        struct heard *counts = listen_to(&s, &(struct listen){.counts = true});
        if (counts->onsets != 1)
            FAIL_HEARD(counts, "%g Hz: a hundred counts may be something", rates[r]);
        free(known);
        free(counts);
        signal_free(&s);
    }
}

static void digital_silence_is_nothing(void **state)
{
    (void)state;
    for (int r = 0; r < RATES; r++) {
        struct signal s = signal_new(rates[r], 60);
        add_wave(&s, 0, (double[]){1, 1, 1}, wave_silence, 0);
        struct heard *h = listen_to(&s, NULL);
        if (h->onsets + h->rejects)
            FAIL_HEARD(h, "%g Hz", rates[r]);
        free(h);
        signal_free(&s);
    }
}

/* ---- arguments ---- */

static void unusable_arguments_are_refused(void **state)
{
    static struct onset_detector d;
    static const double none[3];
    struct onset_conf good = default_conf()->pipeline.chain.onset, bad;

    (void)state;
    memset(&d, 0x5a, sizeof d);
    struct onset_detector *untouched = malloc(sizeof d);
    memcpy(untouched, &d, sizeof d);
    assert_false(onset_init(&d, &good, 0, 7, none, 0, true));
    assert_false(onset_init(&d, &good, NAN, 7, none, 0, true));
    assert_false(onset_init(&d, &good, 255.5, 7, none, 0, true));
    assert_false(onset_init(&d, &good, 100, 0, none, 0, true));
    assert_false(onset_init(&d, &good, 100, 8, none, 0, true));
    bad = good;
    bad.noise_s = 0;
    assert_false(onset_init(&d, &bad, 100, 7, none, 0, true));
    bad = good;
    bad.power_ratio = 1;
    assert_false(onset_init(&d, &bad, 100, 7, none, 0, true));
    bad = good;
    bad.freeze_s = bad.dead_s - 1;
    assert_false(onset_init(&d, &bad, 100, 7, none, 0, true));
    assert_memory_equal(&d, untouched, sizeof d);
    assert_true(onset_init(&d, &good, 100, 7, none, 0, true));
    assert_false(onset_armed(&d));
    assert_true(onset_level(&d) == 0);
    free(untouched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_alone_stays_quiet),
        cmocka_unit_test(a_p_is_declared_and_refined),
        cmocka_unit_test(counts_give_the_same_picks),
        cmocka_unit_test(counts_have_no_absolute_limits),
        cmocka_unit_test(the_other_statistics_declare_too),
        cmocka_unit_test(an_s_wave_is_a_later_phase),
        cmocka_unit_test(a_stuck_axis_declares_nothing),
        cmocka_unit_test(the_same_twice),
        cmocka_unit_test(each_reason_is_given_to_what_deserves_it),
        cmocka_unit_test(every_reason_has_a_row_and_a_name),
        cmocka_unit_test(footsteps_are_refused_and_a_p_behind_one_keeps_its_onset),
        cmocka_unit_test(a_spike_on_the_first_arrival_hides_it_for_a_second_at_most),
        cmocka_unit_test(a_gap_before_the_p),
        cmocka_unit_test(what_lies_below_the_floor_is_nothing),
        cmocka_unit_test(digital_silence_is_nothing),
        cmocka_unit_test(unusable_arguments_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
