/* A siren test between its two threads, without a microphone: who waits for whom, and what passes. */
#include "node/siren_listen.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct rig {
    struct listen listen;
    struct siren_conf conf;
    struct wake wake;
    struct thread self;
    struct siren_test test;
    pthread_t card;
};

static void *card(void *arg)
{
    struct rig *r = arg;

    listen_run(&r->listen, &r->self, &r->test);
    return NULL;
}

static void begin(struct rig *r)
{
    struct error err;

    memset(r, 0, sizeof *r);
    assert_int_equal(wake_open(&r->wake, &err), 0);
    listen_init(&r->listen, &sys_real, &r->conf, &r->wake);
    assert_false(listen_asked(&r->listen));
    listen_ask(&r->listen);
    assert_true(listen_asked(&r->listen));
    assert_int_equal(pthread_create(&r->card, NULL, card, r), 0);
    for (int i = 0; i < 100 && !listen_ready(&r->listen); i++)
        wake_wait(&r->wake, 100);
    assert_true(listen_ready(&r->listen));
}

static void end(struct rig *r)
{
    pthread_join(r->card, NULL);
    assert_int_equal(r->test.number, 1);
    assert_false(listen_asked(&r->listen));
    assert_false(listen_ready(&r->listen));
    wake_close(&r->wake);
}

static int64_t now_ns(void)
{
    return sys_real.mono_ns(sys_real.ctx);
}

static void played_and_not_heard_is_not_passed(void **state)
{
    static struct rig r;
    char words[160];

    (void)state;
    begin(&r);
    listen_tone(&r.listen, now_ns());
    end(&r);
    assert_true(r.test.played);
    assert_false(r.test.listened);
    assert_false(siren_test_passed(&r.test));
    assert_non_null(strstr(siren_test_say(&r.test, words, sizeof words), "nothing listened"));
}

static void current_in_its_line_passes(void **state)
{
    static struct rig r;
    char words[160];
    int64_t tone_ns;

    (void)state;
    begin(&r);
    tone_ns = now_ns();
    listen_tone(&r.listen, tone_ns);
    listen_current(&r.listen, tone_ns + 250000000);
    end(&r);
    assert_true(r.test.current && siren_test_passed(&r.test));
    assert_true(fabs(r.test.wake_s - 0.25) < 1e-9);
    assert_string_equal(siren_test_say(&r.test, words, sizeof words),
                        "siren test: current in its line after 0.25 s");
}

static void current_from_before_does_not(void **state)
{
    static struct rig r;

    (void)state;
    memset(&r, 0, sizeof r);
    listen_init(&r.listen, &sys_real, &r.conf, &r.wake);
    listen_current(&r.listen, now_ns());
    listen_ask(&r.listen);
    assert_int_equal(atomic_load(&r.listen.current_ns), 0);
}

static void what_is_more_important_ends_it(void **state)
{
    static struct rig r;
    char words[160];

    (void)state;
    begin(&r);
    listen_tone(&r.listen, now_ns());
    listen_end(&r.listen);
    end(&r);
    assert_false(r.test.played);
    assert_false(siren_test_passed(&r.test));
    assert_non_null(strstr(siren_test_say(&r.test, words, sizeof words), "not played"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(played_and_not_heard_is_not_passed),
        cmocka_unit_test(current_in_its_line_passes),
        cmocka_unit_test(current_from_before_does_not),
        cmocka_unit_test(what_is_more_important_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
