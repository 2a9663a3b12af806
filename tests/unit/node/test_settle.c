/* The mirrored beginning: numpy.pad(..., 'symmetric'), whatever the division into calls. */
#include "node/settle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/fake_end.h"

enum { OUT_MAX = 100 };

struct given {
    size_t n;
    double value[OUT_MAX];
};

static void take(void *ctx, const double (*zne)[3], size_t n)
{
    struct given *g = ctx;

    for (size_t i = 0; i < n; i++) {
        assert_true(g->n < OUT_MAX);
        assert_true(zne[i][1] == 10 * zne[i][0] && zne[i][2] == -zne[i][0]);
        g->value[g->n++] = zne[i][0];
    }
}

/* The quiet part is 1, 2, 3 ...; in front of it stands
 * numpy.pad(numpy.arange(1, quiet + 1), (settle, 0), 'symmetric')[:settle] */
static const struct {
    size_t quiet, settle;
    int want[12];
} cases[] = {
    {1, 4, {1, 1, 1, 1}},
    {2, 5, {1, 1, 2, 2, 1}},
    {3, 2, {2, 1}},
    {3, 3, {3, 2, 1}},
    {3, 7, {1, 1, 2, 3, 3, 2, 1}},
    {4, 4, {4, 3, 2, 1}},
    {4, 9, {1, 1, 2, 3, 4, 4, 3, 2, 1}},
    {5, 3, {3, 2, 1}},
};

static void run(size_t quiet, size_t settle, size_t samples, size_t block, struct given *g)
{
    struct fake_sys fake;
    struct settle s;

    fake_sys_init(&fake);
    assert_int_equal(settle_open(&s, &fake.sys, settle, quiet), 0);
    memset(g, 0, sizeof *g);
    for (size_t i = 0; i < samples; i += block) {
        double x[OUT_MAX][3];
        size_t n = samples - i < block ? samples - i : block;
        for (size_t k = 0; k < n; k++) {
            double value = (double)(i + k + 1);
            memcpy(x[k], (double[3]){value, 10 * value, -value}, sizeof x[k]);
        }
        settle_feed(&s, (const double(*)[3])x, n, take, g);
    }
    settle_flush(&s, take, g);
    settle_flush(&s, take, g); /* again is nothing */
    settle_close(&s, &fake.sys);
    fake_sys_end(&fake);
}

static void mirrors_like_numpy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t block = 1; block <= 20; block++) {
            struct given g;
            run(cases[i].quiet, cases[i].settle, 20, block, &g);
            assert_int_equal(g.n, cases[i].settle + 20);
            for (size_t k = 0; k < cases[i].settle; k++)
                if (g.value[k] != cases[i].want[k])
                    fail_msg("quiet %zu, settle %zu, block %zu: [%zu] is %g", cases[i].quiet, cases[i].settle,
                             block, k, g.value[k]);
            for (size_t k = 0; k < 20; k++)
                assert_true(g.value[cases[i].settle + k] == (double)(k + 1));
        }
}

/* A record that ends within its quiet part is mirrored with what there is. */
static void a_short_record_is_mirrored_with_what_there_is(void **state)
{
    static const double want[] = {1, 1, 2, 3, 3, 2, 1, 1, 2, 3};
    struct given g;

    (void)state;
    run(50, 7, 3, 2, &g);
    assert_int_equal(g.n, 10);
    assert_memory_equal(g.value, want, sizeof want);
    run(50, 7, 0, 1, &g); /* nothing there, nothing to mirror */
    assert_int_equal(g.n, 0);
}

static void none_passes_through_without_memory(void **state)
{
    struct fake_sys fake;
    struct given g = {0};
    struct settle s;
    double x[1][3] = {{1, 10, -1}};

    (void)state;
    fake_sys_init(&fake);
    fake.fail_alloc_at = 1;
    assert_int_equal(settle_open(&s, &fake.sys, 0, 50), 0);
    settle_feed(&s, (const double(*)[3])x, 1, take, &g);
    assert_int_equal(g.n, 1);
    settle_close(&s, &fake.sys);
    assert_int_equal(settle_open(&s, &fake.sys, 3, 50), -1);
    settle_close(&s, &fake.sys);
    fake_sys_done(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mirrors_like_numpy),
        cmocka_unit_test(a_short_record_is_mirrored_with_what_there_is),
        cmocka_unit_test(none_passes_through_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
