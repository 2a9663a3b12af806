/* The logarithm of four lanes against libm's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/vec_log.h"

enum { VALUES = 400000 };

/* Units in the last place of `want` by which `got` is off. */
static double places(double got, double want)
{
    return fabs(got - want) / (nextafter(fabs(want), INFINITY) - fabs(want));
}

static void the_logarithm_is_libms_within_three_places(void **state)
{
    uint64_t seed = 1;
    double worst = 0;

    (void)state;
    for (int i = 0; i < VALUES; i += 4) {
        double x[4];
        vec4 v;
        for (int k = 0; k < 4; k++) { /* any positive normal number: the whole range of exponents */
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            uint64_t bits = (seed >> 12) | ((1 + (seed * 2654435761u >> 32) % 2046) << 52);
            bits &= 0x7fffffffffffffff;
            memcpy(&x[k], &bits, sizeof bits);
            v[k] = x[k];
        }
        vec_log(&v);
        for (int k = 0; k < 4; k++)
            worst = fmax(worst, places(v[k], log(x[k])));
    }
    assert_true(worst > 0 && worst <= 3);
}

static void it_knows_the_plain_values(void **state)
{
    vec4 v = {1, 2, 0.5, M_E};

    (void)state;
    vec_log(&v);
    assert_true(v[0] == 0);
    assert_true(places(v[1], M_LN2) <= 1 && places(v[2], -M_LN2) <= 1 && places(v[3], 1) <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_logarithm_is_libms_within_three_places),
        cmocka_unit_test(it_knows_the_plain_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
