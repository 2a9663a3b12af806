/* The true rate by a running line: late points do not bend it, a new rate begins another. */
#include "io/rate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
    const char *name;
    double said_hz, true_hz, then_hz; /* then_hz: from the 60th second on; 0: no change */
    double late_ms;                   /* each point, 0 to so much */
    double seconds, ppm;              /* how far it may be off at the end; 0: no rate is told */
} rows[] = {
    {"exact", 250, 250, 0, 0, 20, 0.01},
    {"2 % fast", 250, 255, 0, 0, 20, 0.01},
    {"50 ppm slow", 100, 99.995, 0, 0, 60, 0.01},
    {"10 ms late now and then", 250, 250.01, 0, 10, 70, 5},
    {"a month of it", 10, 10.001, 0, 10, 30 * 86400.0, 100},
    {"too short to tell", 250, 250, 0, 0, 8.5, 0},
    {"5 % faster from the 60th second: known 15 s later", 250, 250, 262.5, 1, 75, 100},
    {"0.5 % faster: the line bends in a minute", 250, 250, 251.25, 1, 140, 10},
};

static void what_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rate r;
        uint32_t seed = 3;
        double t = 0, hz = rows[i].true_hz;
        rate_init(&r, rows[i].said_hz);
        for (int64_t k = 0; t < rows[i].seconds; k++) {
            seed = seed * 1664525u + 1013904223u;
            rate_add(&r, k, llround((t + 1e-3 * rows[i].late_ms * seed / 4294967296.0) * 1e9));
            if (t >= 60 && rows[i].then_hz > 0)
                hz = rows[i].then_hz;
            t += 1 / hz;
        }
        double found = rate_hz(&r);
        if (rows[i].ppm > 0 ? fabs(found / hz - 1) * 1e6 > rows[i].ppm : found != 0)
            fail_msg("%s: %.6f Hz", rows[i].name, found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_it_is)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
