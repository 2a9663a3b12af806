/* The lines thread on a chip that is a folder. Waits are bounded and generous: nothing here measures time. */
#include "node/thread_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>

#include "tests/unit/sim_chip.h"

enum { WAIT_MS = 20000 };

struct bench {
    struct sim_chip sim;
    struct relay_table relays;
    struct contact_table contacts;
    struct thread_lines *thread;
    struct line_order order;
};

static void pause_ms(long ms)
{
    struct timespec t = {.tv_nsec = ms * 1000000};

    nanosleep(&t, NULL);
}

static struct relay_conf *add_relay(struct bench *b, int line)
{
    struct relay_conf *r = &b->relays.relay[b->relays.count++];

    *r = (struct relay_conf){
        .line = line, .strobe_hz = 2, .pulse_s = 0.2, .settle_ms = 10, .other = -1, .contact = -1};
    snprintf(r->chip, sizeof r->chip, "%s", b->sim.chip);
    return r;
}

static struct contact_conf *add_contact(struct bench *b, int line, enum contact_role role)
{
    struct contact_conf *c = &b->contacts.contact[b->contacts.count++];

    *c = (struct contact_conf){.line = line,
                               .opposite = -1,
                               .active_low = true,
                               .bias = CONTACT_PULL_UP,
                               .role = (int)role,
                               .debounce_ms = 5,
                               .opposite_ms = 100,
                               .chatter_hz = 1000};
    snprintf(c->chip, sizeof c->chip, "%s", b->sim.chip);
    return c;
}

static struct bench *bench_new(void)
{
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    sim_chip_make(&b->sim);
    return b;
}

static void start(struct bench *b)
{
    struct thread_lines_conf conf = {.relays = &b->relays, .contacts = &b->contacts};
    struct error err = {""};

    if (thread_lines_open(&b->thread, &sys_real, &conf, &err) < 0)
        fail_msg("%s", err.text);
}

static void bench_free(struct bench *b)
{
    thread_lines_close(b->thread);
    sim_chip_destroy(&b->sim);
    free(b);
}

static void order(struct bench *b, uint32_t asserted)
{
    b->order.asserted = asserted;
    b->order.revision++;
    b->order.decided_ns = sys_real.mono_ns(NULL);
    assert_true(thread_lines_order(b->thread, &b->order));
}

/* Waits until the line has the level. */
static void await_out(struct bench *b, int line, int level)
{
    for (int i = 0; sim_chip_out(&b->sim, line) != level; i++) {
        if (i == WAIT_MS / 2)
            fail_msg("line %d does not become %d", line, level);
        pause_ms(2);
    }
}

static struct output_done await_done(struct bench *b, enum output_what what, int index)
{
    struct output_done done;

    for (int i = 0; i < WAIT_MS / 2; i++) {
        while (thread_lines_done(b->thread, &done))
            if (done.what == what && done.index == index)
                return done;
        pause_ms(2);
    }
    fail_msg("line %d never told %d", index, (int)what);
    return done;
}

static struct contact_change await_contact(struct bench *b)
{
    struct contact_change change = {0};

    for (int i = 0; i < WAIT_MS / 2; i++) {
        if (thread_lines_contact(b->thread, &change))
            return change;
        pause_ms(2);
    }
    fail_msg("no contact changed");
    return change;
}

static void test_an_order_sets_its_lines_and_says_so(void **state)
{
    struct bench *b = bench_new();
    struct output_done done;

    (void)state;
    add_relay(b, 3);
    add_relay(b, 4)->active_low = true;
    start(b);
    await_out(b, 3, 0);
    await_out(b, 4, 1);
    await_done(b, OUTPUT_LINE_SET, 1);
    order(b, 2);
    done = await_done(b, OUTPUT_LINE_SET, 1);
    assert_true(done.level == 1 && done.revision == 1 && done.at_ns >= done.decided_ns);
    assert_true(done.decided_ns == b->order.decided_ns);
    await_out(b, 4, 0);
    assert_int_equal(sim_chip_out(&b->sim, 3), 0);
    order(b, 0);
    await_out(b, 4, 1);
    assert_int_equal(thread_lines_lost(b->thread), 0);
    bench_free(b);
}

static void test_fail_safe_waits_for_health(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    add_relay(b, 1)->kind = RELAY_FAIL_SAFE;
    add_relay(b, 2)->role = RELAY_HEALTHY;
    start(b);
    await_out(b, 1, 0);
    thread_lines_healthy(b->thread, true);
    await_out(b, 1, 1);
    await_out(b, 2, 1);
    order(b, 1);
    await_out(b, 1, 0);
    order(b, 0);
    await_out(b, 1, 1);
    thread_lines_healthy(b->thread, false);
    await_out(b, 1, 0);
    await_out(b, 2, 0);
    bench_free(b);
}

static void test_a_gas_valve_opens_for_a_person_only(void **state)
{
    struct bench *b = bench_new();
    struct relay_conf *gas = add_relay(b, 1);

    (void)state;
    gas->kind = RELAY_FAIL_SAFE;
    gas->manual = gas->latched_at_start = true;
    add_relay(b, 2);
    start(b);
    thread_lines_healthy(b->thread, true);
    order(b, 2);
    await_out(b, 2, 1);
    assert_int_equal(sim_chip_out(&b->sim, 1), 0);
    b->order.reset = 1;
    order(b, 2);
    await_out(b, 1, 1);
    order(b, 1); /* both orders before the thread is back: it shuts all the same */
    order(b, 0);
    await_out(b, 1, 0);
    await_out(b, 2, 0);
    assert_int_equal(sim_chip_out(&b->sim, 1), 0);
    assert_true(thread_lines_relay_state(b->thread, 0).latched);
    bench_free(b);
}

static void test_a_chip_that_goes_and_comes_back(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    add_relay(b, 1);
    add_contact(b, 6, CONTACT_FIRE);
    start(b);
    await_done(b, OUTPUT_LINE_SET, 0);
    assert_true(await_contact(b).first);
    sim_chip_put(&b->sim, "gone", "");
    assert_true(await_contact(b).fault);
    order(b, 1);
    await_done(b, OUTPUT_LINE_REFUSED, 0);
    assert_false(thread_lines_relay_state(b->thread, 0).open);
    assert_int_not_equal(thread_lines_relay_state(b->thread, 0).refused, 0);
    sim_chip_remove(&b->sim, "gone");
    assert_int_equal(await_done(b, OUTPUT_LINE_SET, 0).level, 1);
    assert_int_equal(sim_chip_out(&b->sim, 1), 1); /* what it has to be, without another order */
    assert_true(await_contact(b).first);
    assert_true(thread_lines_relay_state(b->thread, 0).open);
    bench_free(b);
}

static void test_a_chip_that_goes_while_its_line_only_holds(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    add_relay(b, 1);
    start(b);
    await_done(b, OUTPUT_LINE_SET, 0);
    order(b, 1);
    assert_int_equal(await_done(b, OUTPUT_LINE_SET, 0).level, 1);
    sim_chip_put(&b->sim, "gone", "");
    await_done(b, OUTPUT_LINE_REFUSED, 0); /* nobody ordered anything */
    sim_chip_put(&b->sim, "out1", "0");    /* plugged in again, it has forgotten */
    sim_chip_remove(&b->sim, "gone");
    assert_int_equal(await_done(b, OUTPUT_LINE_SET, 0).level, 1);
    assert_int_equal(sim_chip_out(&b->sim, 1), 1);
    sim_chip_put(&b->sim, "out1", "0"); /* its supply was away for a moment: it is there all the time */
    await_out(b, 1, 1);
    bench_free(b);
}

static void test_a_line_that_is_refused_does_not_hold_up_another(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    sim_chip_put(&b->sim, "refuse1", "");
    sim_chip_put(&b->sim, "fail3", "");
    add_relay(b, 1);
    add_relay(b, 2);
    add_relay(b, 3);
    start(b);
    await_done(b, OUTPUT_LINE_REFUSED, 2);
    order(b, 7);
    await_out(b, 2, 1);
    assert_int_equal(sim_chip_out(&b->sim, 1), -1);
    sim_chip_remove(&b->sim, "refuse1");
    await_out(b, 1, 1);
    bench_free(b);
}

static void test_contacts(void **state)
{
    struct bench *b = bench_new();
    struct contact_change c;

    (void)state;
    add_contact(b, 5, CONTACT_OFFICIAL);
    add_relay(b, 1)->test = true;
    add_relay(b, 2);
    add_contact(b, 6, CONTACT_LIFT_TEST);
    start(b);
    assert_true(await_contact(b).first);
    assert_true(await_contact(b).first);
    sim_chip_put(&b->sim, "in5", "0");
    c = await_contact(b);
    assert_true(c.index == 0 && c.active && !c.first && !c.fault);
    sim_chip_put(&b->sim, "in5", "1");
    c = await_contact(b);
    assert_true(c.index == 0 && !c.active);
    sim_chip_put(&b->sim, "in6", "0"); /* the lift's test input moves its lines by itself */
    await_out(b, 1, 1);
    assert_int_equal(sim_chip_out(&b->sim, 2), 0);
    sim_chip_put(&b->sim, "in6", "1");
    await_out(b, 1, 0);
    bench_free(b);
}

static void test_a_read_back_that_differs(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    add_contact(b, 6, CONTACT_READBACK);
    add_relay(b, 1)->contact = 0;
    start(b);
    await_done(b, OUTPUT_LINE_SET, 0);
    order(b, 1); /* the relay does not follow */
    await_done(b, OUTPUT_LINE_DIFFERS, 0);
    assert_true(thread_lines_relay_state(b->thread, 0).differs);
    sim_chip_put(&b->sim, "in6", "0");
    for (int i = 0; thread_lines_relay_state(b->thread, 0).differs; i++) {
        assert_true(i < WAIT_MS / 2);
        pause_ms(2);
    }
    bench_free(b);
}

static void test_stop_leaves_the_safe_state(void **state)
{
    struct bench *b = bench_new();

    (void)state;
    add_relay(b, 1);
    add_relay(b, 2)->stop = RELAY_STOP_ON;
    add_relay(b, 3)->stop = RELAY_STOP_KEEP;
    add_relay(b, 4)->kind = RELAY_FAIL_SAFE;
    start(b);
    thread_lines_healthy(b->thread, true);
    await_out(b, 4, 1);
    order(b, 5);
    await_out(b, 3, 1);
    thread_lines_close(b->thread);
    b->thread = NULL;
    assert_int_equal(sim_chip_out(&b->sim, 1), 0);
    assert_int_equal(sim_chip_out(&b->sim, 2), 1);
    assert_int_equal(sim_chip_out(&b->sim, 3), 1);
    assert_int_equal(sim_chip_out(&b->sim, 4), 0);
    bench_free(b);
}

static void test_a_strobe_is_told_once(void **state)
{
    struct bench *b = bench_new();
    struct output_done done;
    int told = 0;

    (void)state;
    add_relay(b, 1)->mode = RELAY_STROBE;
    start(b);
    await_done(b, OUTPUT_LINE_SET, 0);
    order(b, 1);
    for (int i = 0; i < 2; i++) {
        await_out(b, 1, 1);
        await_out(b, 1, 0);
    }
    while (thread_lines_done(b->thread, &done))
        told++;
    assert_int_equal(told, 1);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_order_sets_its_lines_and_says_so),
        cmocka_unit_test(test_fail_safe_waits_for_health),
        cmocka_unit_test(test_a_gas_valve_opens_for_a_person_only),
        cmocka_unit_test(test_a_chip_that_goes_and_comes_back),
        cmocka_unit_test(test_a_chip_that_goes_while_its_line_only_holds),
        cmocka_unit_test(test_a_line_that_is_refused_does_not_hold_up_another),
        cmocka_unit_test(test_contacts),
        cmocka_unit_test(test_a_read_back_that_differs),
        cmocka_unit_test(test_stop_leaves_the_safe_state),
        cmocka_unit_test(test_a_strobe_is_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
