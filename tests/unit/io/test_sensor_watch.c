/* What a sensor's samples say about it: sound ones of every resolution are fit, each fault has its name. */
#include "io/sensor_watch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RATE_HZ 100.0
#define G       9.80665

enum { NOBODY = -1 };

struct sensor { /* and what happens to it from the 30th second on; zeros: nothing */
    const char *name;
    double bits, full_mps2, noise_mps2;
    double scale; /* of what it says against the truth; 0: 1 */
    double shaking_mps2;
    bool flat, clip, no_gravity;
    bool stuck[SENSOR_AXES];
    double gaps_per_s, rate_hz, celsius, noise_then_mps2;
    double seconds;  /* after that; 0: 12 */
    uint32_t wanted; /* reasons, and no others */
};

#define BIT(reason) (1u << SENSOR_##reason)

static const struct sensor sensors[] = {
    {"20 bits, 2 g, quiet", 20, 20, 0.002, .scale = 1},
    {"16 bits, 2 g, of little noise", 16, 19.6, 0.001, .scale = 1},
    {"16 bits, quieter than its step", 16, 19.6, 0.0003, .scale = 1},
    {"13 bits, 16 g: it rests for seconds", 13, 157, 0.02, .scale = 1},
    {"10 bits, 2 g", 10, 19.6, 0.01, .scale = 1},
    {"8 bits, 2 g: it never moves in a quiet cellar, for 12 s", 8, 19.6, 0.005, .scale = 1},
    {"shaken", 20, 20, 0.002, .shaking_mps2 = 3},
    {"flat", 20, 20, 0.002, .flat = true, .wanted = BIT(FLAT)},
    {"flat for a second", 20, 20, 0.002, .flat = true, .seconds = 1.1, .wanted = BIT(FLAT)},
    {"16 bits, flat", 16, 19.6, 0.001, .flat = true, .wanted = BIT(FLAT)},
    {"flat for half a second says nothing", 20, 20, 0.002, .flat = true, .seconds = 0.5},
    {"10 bits, flat for a minute", 10, 19.6, 0.01, .flat = true, .seconds = 62, .wanted = BIT(FLAT)},
    {"an axis is stuck", 20, 20, 0.002, .stuck = {false, false, true}, .wanted = BIT(STUCK)},
    {"two are", 20, 20, 0.002, .stuck = {true, true, false}, .wanted = BIT(STUCK)},
    {"an axis is stuck in an earthquake: told in seconds", 20, 20, 0.002, .stuck = {false, true, false},
     .shaking_mps2 = 2, .seconds = 2.1, .wanted = BIT(STUCK)},
    {"clipped: a note, it still warns", 20, 20, 0.002, .clip = true, .wanted = BIT(CLIPPED)},
    {"noise above its limit", 20, 20, 0.08, .wanted = BIT(NOISY)},
    {"a lorry for 12 s is no noisy sensor", 20, 20, 0.002, .noise_then_mps2 = 0.2},
    {"nor is traffic for two thirds of the time", 20, 20, 0.002, .noise_then_mps2 = 0.2, .seconds = 38},
    {"a noisy minute is", 20, 20, 0.002, .noise_then_mps2 = 0.2, .seconds = 60, .wanted = BIT(NOISY)},
    {"deaf", 20, 20, 0.00005, .wanted = BIT(TOO_QUIET)},
    {"half the scale", 20, 20, 0.002, .scale = 0.5, .wanted = BIT(GRAVITY)},
    {"20 g instead of 2 g", 20, 200, 0.002, .scale = 10, .wanted = BIT(GRAVITY)},
    {"no gravity: a note", 20, 20, 0.002, .no_gravity = true, .wanted = BIT(NO_GRAVITY)},
    {"lost samples", 20, 20, 0.002, .gaps_per_s = 1, .wanted = BIT(GAPS)},
    {"a wrong rate", 20, 20, 0.002, .rate_hz = 104, .wanted = BIT(RATE)},
    {"a rate off by 1 %", 20, 20, 0.002, .rate_hz = 101},
    {"too hot", 20, 20, 0.002, .celsius = 99, .wanted = BIT(TEMPERATURE)},
    {"warm", 20, 20, 0.002, .celsius = 60},
};

static const struct sensor_limits limits = {
    .noise_max_mps2 = 0.05,
    .noise_min_mps2 = 0.0001,
    .rate_tolerance = 0.03,
    .lost_max = 0.01,
    .gravity_tolerance = 0.1,
    .temperature_min_c = -40,
    .temperature_max_c = 85,
};

static double gauss(uint32_t *seed) /* 12 of it added up: near enough */
{
    double sum = -6;

    for (int i = 0; i < 12; i++) {
        *seed = *seed * 1664525u + 1013904223u;
        sum += *seed / 4294967296.0;
    }
    return sum;
}

static void step(struct sensor_watch *w, const struct sensor *c, double t, uint32_t *seed, double lsb)
{
    int64_t raw[SENSOR_AXES];
    double value[SENSOR_AXES], noise = c->noise_mps2, shake = 0;
    bool then = t >= 30;

    if (then && c->noise_then_mps2 > 0)
        noise = c->noise_then_mps2;
    if (then)
        shake = c->shaking_mps2 * sin(2 * M_PI * 3 * t);
    for (int a = 0; a < SENSOR_AXES; a++) {
        double level = a == 2 && !c->no_gravity ? G * (c->scale > 0 ? c->scale : 1) : 0.1;
        double moved = then && (c->flat || c->stuck[a]) ? 0 : noise * gauss(seed) + shake * (a + 1) / 3;
        raw[a] = llround((level + moved) / lsb);
        if (then && c->clip && a == 2 && fmod(t, 1) < 0.05)
            raw[a] = w->input.raw_max[a];
        value[a] = (double)raw[a] * lsb;
    }
    if (then && c->gaps_per_s > 0 && fmod(t, 1 / c->gaps_per_s) < 1 / RATE_HZ - 1e-9)
        sensor_watch_gap(w, 5);
    sensor_watch_step(w, raw, value, NULL);
}

static void each_fault_has_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sensors / sizeof *sensors; i++) {
        const struct sensor *c = &sensors[i];
        double half = pow(2, c->bits - 1), lsb = c->full_mps2 / half;
        struct sensor_watch_input input = {.rate_hz = RATE_HZ};
        struct sensor_watch w;
        struct sensor_health h = {.reasons = BIT(NO_CLOCK)};
        uint32_t seed = 5;
        char words[256];
        struct sensor_limits own = limits;
        if (c->noise_mps2 < lsb) /* what it hears is below its step */
            own.noise_min_mps2 = 0;
        for (int a = 0; a < SENSOR_AXES; a++) {
            input.lsb_mps2[a] = lsb;
            input.raw_min[a] = -llround(half);
            input.raw_max[a] = llround(half) - 1;
        }
        sensor_watch_init(&w, &input, &own);
        if (c->celsius != 0)
            sensor_watch_temperature(&w, c->celsius);
        double end = 30 + (c->seconds > 0 ? c->seconds : 12);
        for (int k = 0; k < end * RATE_HZ; k++)
            step(&w, c, k / RATE_HZ, &seed, lsb);
        sensor_watch_tell(&w, c->rate_hz > 0 ? c->rate_hz : RATE_HZ, &h);
        if (h.reasons != (c->wanted | BIT(NO_CLOCK)))
            fail_msg("%s: %s (%x)", c->name, sensor_health_say(&h, words, sizeof words), h.reasons);
        assert_int_equal(sensor_fit(&h), (c->wanted & ~SENSOR_NOTES) == 0);
        for (int a = 0; a < SENSOR_AXES; a++)
            if (c->wanted == BIT(STUCK))
                assert_int_equal(h.stuck_mask >> a & 1, c->stuck[a]);
    }
}

static void noise_and_level_are_what_they_are(void **state)
{
    const struct sensor c = {"", 20, 20, 0.004, .scale = 1};
    struct sensor_watch_input input = {.rate_hz = RATE_HZ,
                                       .lsb_mps2 = {4e-5, 4e-5, 4e-5},
                                       .raw_min = {-524288, -524288, -524288},
                                       .raw_max = {524287, 524287, 524287}};
    struct sensor_watch w;
    struct sensor_health h = {0};
    uint32_t seed = 5;

    (void)state;
    sensor_watch_init(&w, &input, &limits);
    for (int k = 0; k < 2900; k++)
        step(&w, &c, k / RATE_HZ, &seed, 4e-5);
    sensor_watch_tell(&w, 0, &h);
    for (int a = 0; a < SENSOR_AXES; a++) {
        assert_true(h.noise_mps2[a] > 0.0035 &&
                    h.noise_mps2[a] < 0.0041); /* the lower quartile of 1 s windows */
        assert_true(h.peak_mps2[a] > 0.01 && h.peak_mps2[a] < 0.022);
    }
    assert_true(fabs(h.gravity_mps2 - sqrt(G * G + 0.02)) < 0.001);
    assert_true(h.rate_error == 0 && h.true_rate_hz == 0);
}

static void what_has_fallen_silent_is_told_by_the_time(void **state)
{
    static const struct {
        enum sensor_state before, after;
        int64_t last_s;
        double now_s;
        bool told;
    } rows[] = {
        {SENSOR_STATE_RUNNING, SENSOR_STATE_RUNNING, 100, 100.4, false},
        {SENSOR_STATE_RUNNING, SENSOR_STATE_QUIET, 100, 100.6, true},
        {SENSOR_STATE_DOWN, SENSOR_STATE_DOWN, 100, 100.6, true},
        {SENSOR_STATE_OPENING, SENSOR_STATE_OPENING, 0, 90.3, false}, /* started at 90 */
        {SENSOR_STATE_OPENING, SENSOR_STATE_OPENING, 0, 90.7, true},
    };
    char words[128];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sensor_health h = {.state = rows[i].before,
                                  .started_ns = INT64_C(90000000000),
                                  .last_ns = rows[i].last_s * INT64_C(1000000000)};
        sensor_health_age(&h, (int64_t)(rows[i].now_s * 1e9));
        assert_int_equal(h.state, rows[i].after);
        assert_int_equal(h.reasons, rows[i].told ? BIT(NO_SAMPLES) : 0);
        assert_int_equal(sensor_fit(&h), !rows[i].told);
    }
    struct sensor_health down = {
        .state = SENSOR_STATE_DOWN, .started_ns = 1, .error = "ip:10.0.0.9: Connection refused (111)"};
    sensor_health_age(&down, INT64_C(1400000001));
    assert_string_equal(sensor_health_say(&down, words, sizeof words),
                        "no sample for 1.4 s (ip:10.0.0.9: Connection refused (111))");
}

static void words_fit_where_they_go(void **state)
{
    struct sensor_health h = {.reasons = (1u << SENSOR_REASONS) - 1, .stuck_mask = 7};
    char words[600];

    (void)state;
    for (size_t room = 0; room <= sizeof words; room++) {
        memset(words, 'x', sizeof words);
        sensor_health_say(&h, words, room);
        if (room > 0)
            assert_true(strlen(words) < room);
        if (room < sizeof words)
            assert_int_equal(words[room], 'x');
    }
    assert_non_null(strstr(words, "axis x stands still; axis y stands still"));
    for (int r = 0; r < SENSOR_REASONS; r++)
        assert_string_not_equal(sensor_reason_name((enum sensor_reason)r), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_has_its_name),
        cmocka_unit_test(noise_and_level_are_what_they_are),
        cmocka_unit_test(what_has_fallen_silent_is_told_by_the_time),
        cmocka_unit_test(words_fit_where_they_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
