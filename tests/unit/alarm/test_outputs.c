/* The example configuration, from an alert to the coils: action table, arbiter and relays together. */
#include "alarm/arbiter.h"
#include "alarm/relay.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char *const file = "boards/examples/outputs.conf";
static const double threshold[ALERT_THRESHOLDS] = {3, 4, 5, 6};

struct site {
    struct relay_table lines;
    struct contact_table contacts;
    struct action_conf actions;
    struct arbiter_conf conf;
    struct arbiter arbiter;
    struct arbiter_out out;
    struct relay relay[RELAY_MAX];
    bool test;
    int64_t now_ns;
};

static struct site *site_new(void)
{
    struct site *s = calloc(1, sizeof *s);
    struct error err = {""};

    assert_non_null(s);
    struct conf_table tables[] = {
        relay_conf_table(&s->lines),
        contact_conf_table(&s->contacts),
        action_table(&s->actions),
        {.row = arbiter_rows, .rows = arbiter_rows_count, .target = &s->conf},
    };
    if (conf_load(tables, 4, &sys_real, file, NULL, 0, &err) || contact_check(&s->contacts, &err) ||
        relay_check(&s->lines, &s->contacts, &err) ||
        action_check(&s->actions, s->lines.name, s->lines.count, relay_drill_lines(&s->lines), threshold,
                     &err))
        fail_msg("%s", err.text);
    arbiter_init(&s->arbiter, &s->conf, &s->actions, &s->contacts, threshold, 1);
    s->now_ns = 1000000000;
    for (size_t i = 0; i < s->lines.count; i++)
        relay_init(&s->relay[i], &s->lines.relay[i], s->now_ns);
    return s;
}

static void relays_follow(struct site *s)
{
    for (size_t i = 0; i < s->lines.count; i++)
        relay_step(&s->relay[i], &(struct relay_input){.now_ns = s->now_ns,
                                                       .asserted = s->out.lines.asserted >> i & 1,
                                                       .reset = s->out.lines.reset >> i & 1,
                                                       .exercise = s->out.lines.exercise,
                                                       .healthy = true,
                                                       .test = s->test});
}

static void feed(struct site *s, struct arbiter_input in)
{
    in.at_ns = s->now_ns;
    in.minute = in.kind == ARBITER_TICK ? 12 * 60 : 0;
    arbiter_feed(&s->arbiter, &in, &s->out);
    relays_follow(s);
}

static void pass(struct site *s, double seconds)
{
    s->now_ns += (int64_t)(seconds * 1e9);
    feed(s, (struct arbiter_input){.kind = ARBITER_TICK});
}

static void alert(struct site *s, enum alert_level level, bool observed, enum alert_phase phase)
{
    struct alert a = {.event = 1,
                      .revision = 1,
                      .phase = phase,
                      .level = level,
                      .reached = (int)level,
                      .is_final = phase >= ALERT_PHASE_CANCEL};

    for (int t = 0; t < (int)level; t++)
        a.threshold[t] = (struct alert_threshold){threshold[t], 0.9, true, observed, ALERT_PREDICTED, 0, 0};
    feed(s, (struct arbiter_input){.kind = ARBITER_ALERT, .alert = &a});
}

/* The names of the lines whose coil is energised, in order. */
static void check_coils(const struct site *s, const char *want)
{
    char got[256] = "";

    for (size_t i = 0; i < s->lines.count; i++)
        if (s->relay[i].energised)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", *got ? " " : "",
                     s->lines.name[i].text);
    assert_string_equal(got, want);
}

static void command(struct site *s, enum arbiter_command what)
{
    feed(s, (struct arbiter_input){
                .kind = ARBITER_COMMAND, .command = what, .mask = UINT32_MAX, .level = ALERT_ALARM});
}

static void test_an_earthquake(void **state)
{
    struct site *s = site_new();

    (void)state;
    pass(s, 1);
    check_coils(s, "lift_seismic lift_healthy"); /* the gas waits for a person since the start */
    command(s, ARBITER_RESET);
    check_coils(s, "gas lift_seismic lift_healthy");
    alert(s, ALERT_WARNING, false, ALERT_PHASE_ALERT); /* P wave: the lift stops at the next landing */
    check_coils(s, "strobe gas lift_p lift_seismic lift_healthy");
    alert(s, ALERT_ALARM, true, ALERT_PHASE_UPDATE); /* it is here: horn, gas, doors, the lift stays out */
    check_coils(s, "strobe horn lift_p lift_healthy doors");
    command(s, ARBITER_RESET); /* not while it shakes */
    check_coils(s, "strobe horn lift_p lift_healthy doors");
    pass(s, 120);
    alert(s, ALERT_ALARM, true, ALERT_PHASE_SHAKING_ENDED);
    assert_int_equal(s->out.sound.sound, SOUND_ENDED);
    pass(s, 3600);
    check_coils(s, "lift_healthy"); /* gas and lift wait for whoever inspects them */
    command(s, ARBITER_RESET);
    check_coils(s, "gas lift_seismic lift_healthy");
    free(s);
}

static void test_a_prediction_that_did_not_come(void **state)
{
    struct site *s = site_new();

    (void)state;
    command(s, ARBITER_RESET);
    alert(s, ALERT_WARNING, false, ALERT_PHASE_ALERT);
    pass(s, 20);
    alert(s, ALERT_WARNING, false, ALERT_PHASE_CANCEL);
    assert_int_equal(s->out.sound.sound, SOUND_CANCEL);
    pass(s, 61);
    check_coils(s, "gas lift_seismic lift_healthy"); /* the lift runs again by itself */
    free(s);
}

static void test_a_drill_blinks_and_moves_no_valve(void **state)
{
    struct site *s = site_new();

    (void)state;
    command(s, ARBITER_RESET);
    command(s, ARBITER_DRILL);
    check_coils(s, "strobe horn gas lift_seismic lift_healthy");
    assert_true(s->out.sound.exercise && s->out.lines.exercise);
    free(s);
}

static void test_the_lifts_test_input(void **state)
{
    struct site *s = site_new();

    (void)state;
    command(s, ARBITER_RESET);
    s->test = true;
    pass(s, 1);
    check_coils(s, "gas lift_p lift_healthy");
    assert_int_equal(s->out.sound.sound, SOUND_NONE);
    s->test = false;
    pass(s, 1);
    check_coils(s, "gas lift_seismic lift_healthy");
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_earthquake),
        cmocka_unit_test(test_a_prediction_that_did_not_come),
        cmocka_unit_test(test_a_drill_blinks_and_moves_no_valve),
        cmocka_unit_test(test_the_lifts_test_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
