/* A device that takes whatever it gets is fed by the clock; ALSA's own null is one, on every machine. */
#include "alarm/pcm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { RATE = 48000, BUFFER = 256 };

/* A clock that goes on by a step each time that somebody looks. */
struct walk {
    int64_t now_ns, step_ns;
};

static int64_t walk_ns(void *ctx)
{
    struct walk *w = ctx;

    return w->now_ns += w->step_ns;
}

static const struct {
    const char *name;
    int64_t step_ns;
    bool unpaced;
    double least, most; /* frames taken in the second half, part of the rate */
} cases[] = {
    {"seven times as fast as the clock: fed by the clock", 250000, true, 0.9, 1.1},
    {"asked so seldom that it keeps to it: left alone", 3000000, false, 0.1, 1.9},
};

static void feeding(void **state)
{
    static const float frame[BUFFER] = {0};
    const struct pcm_conf conf = {
        .device = "null", .rate_hz = RATE, .period_frames = BUFFER / 2, .buffer_frames = BUFFER};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct walk w = {.now_ns = 1, .step_ns = cases[i].step_ns};
        struct sys sys = sys_real;
        struct error err;
        struct pcm *p;
        size_t room, taken = 0;

        print_message("%s\n", cases[i].name);
        sys.mono_ns = walk_ns;
        sys.ctx = &w;
        assert_int_equal(pcm_open(&p, &sys, &conf, &err), 0);
        assert_string_equal(pcm_info(p)->format, "S16_LE");
        while (w.now_ns < INT64_C(400000000)) {
            enum pcm_status status = pcm_wait(p, -1, 20, &room);

            assert_true(status == PCM_OK || status == PCM_WAIT);
            if (status != PCM_OK)
                continue;
            assert_int_equal(pcm_write(p, frame, room < BUFFER ? room : BUFFER), PCM_OK);
            taken += w.now_ns > INT64_C(200000000) ? room : 0;
        }
        assert_int_equal(pcm_unpaced(p), cases[i].unpaced);
        assert_in_range(taken, (size_t)(cases[i].least * RATE / 5), (size_t)(cases[i].most * RATE / 5));
        pcm_close(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(feeding)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
