#include "alarm/action.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/fake_sys.h"

static const double threshold[ALERT_THRESHOLDS] = {3, 4, 5, 6};
static const struct conf_name lines[] = {{"gas"}, {"strobe"}};

static int load(struct action_conf *conf, const char *text, struct error *err)
{
    struct fake_sys fake;
    struct conf_table table = action_table(conf);
    int result;

    fake_sys_init(&fake);
    fake_file_put_text(&fake, "a.conf", text);
    err->text[0] = '\0';
    result = conf_load(&table, 1, &fake.sys, "a.conf", NULL, 0, err);
    if (result == 0)
        result = action_check(conf, lines, 2, 1u << 1, threshold, err);
    fake_sys_done(&fake);
    return result;
}

static void test_siren_and_voice_are_there_unwritten(void **state)
{
    struct action_conf *conf = calloc(1, sizeof *conf);
    struct error err;

    (void)state;
    assert_non_null(conf);
    assert_int_equal(load(conf, "", &err), 0);
    assert_int_equal(conf->count, 2);
    assert_true(conf->action[0].kind == ACTION_SIREN && conf->action[1].kind == ACTION_VOICE);
    assert_true(conf->action[0].intensity == 4 && conf->action[0].drill);
    assert_int_equal(load(conf, "action = { siren = { output = \"none\"; }; };", &err), 0);
    assert_true(conf->action[0].kind == ACTION_NOTHING && conf->action[1].kind == ACTION_VOICE);
    free(conf);
}

static void test_a_drill_moves_a_line_only_if_both_say_so(void **state)
{
    struct action_conf *conf = calloc(1, sizeof *conf);
    struct error err;

    (void)state;
    assert_non_null(conf);
    assert_int_equal(load(conf,
                          "action = { a = { output = \"line:gas\"; }; b = { output = \"line:strobe\"; };\n"
                          "c = { output = \"line:strobe\"; drill = false; }; };",
                          &err),
                     0);
    assert_true(!conf->action[2].drill && conf->action[3].drill && !conf->action[4].drill);
    assert_true(conf->action[2].line == 0 && conf->action[3].line == 1);
    free(conf);
}

static const struct {
    const char *claim, *text, *want;
} refused[] = {
    {"a line that is not there", "action = {\n a = { output = \"line:gsa\"; }; };",
     "a.conf:2: action.a.output is \"line:gsa\", and there is no lines.gsa"},
    {"an output that is none", "action = { a = { output = \"sirene\"; }; };",
     "a.conf:1: action.a.output must be siren, voice, line:NAME or none"},
    {"a threshold that is never reached", "action = { a = { output = \"line:gas\"; intensity = 6.5; }; };",
     "action.a.intensity is above every policy.threshold"},
    {"watch is never heard", "action = {\n\nsiren = { intensity = 3; }; };",
     "a.conf:3: action.siren.intensity is that of watch"},
    {"a siren that only a person could stop", "action = { siren = { reset = \"operator\"; }; };",
     "action.siren.reset is operator"},
    {"a horn that only a person could stop",
     "action = { a = { output = \"line:gas\"; audible = true; reset = \"operator\"; }; };",
     "action.a.reset is operator"},
    {"hours that are none", "action = { siren = { quiet = \"22:00-24:00\"; }; };", "must be two times"},
    {"hours without an end", "action = { siren = { quiet = \"22:00\"; }; };", "must be two times"},
    {"hours of no length", "action = { siren = { quiet = \"22:00-22:00\"; }; };", "must be two times"},
    {"minutes that are none", "action = { siren = { quiet = \"22:60-23:00\"; }; };", "must be two times"},
};

static void test_refusals(void **state)
{
    struct action_conf *conf = calloc(1, sizeof *conf);
    struct error err;

    (void)state;
    assert_non_null(conf);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (load(conf, refused[i].text, &err) != -1)
            fail_msg("%s: accepted", refused[i].claim);
        if (!strstr(err.text, refused[i].want))
            fail_msg("%s: said \"%s\"", refused[i].claim, err.text);
    }
    free(conf);
}

/* The case: reached up to `reached` thresholds, `observed` of them on the ground, each with p. */
static const struct {
    const char *claim, *row;
    enum sound_source source;
    int reached, observed;
    double p;
    bool exercise;
    int minute;
    enum action_answer want;
} answers[] = {
    {"a warning is below 5", "", SOURCE_LOCAL, 2, 2, 1, false, 0, ACTION_WEAK},
    {"an alarm is 5", "", SOURCE_LOCAL, 3, 0, 0.6, false, 0, ACTION_CALLED},
    {"4.5 waits for the threshold 5", "intensity = 4.5;", SOURCE_LOCAL, 2, 2, 1, false, 0, ACTION_WEAK},
    {"and acts on it", "intensity = 4.5;", SOURCE_LOCAL, 3, 0, 1, false, 0, ACTION_CALLED},
    {"6 asks for the fourth threshold", "intensity = 6;", SOURCE_LOCAL, 3, 3, 1, false, 0, ACTION_WEAK},
    {"an authority counts as any", "", SOURCE_OFFICIAL, 3, 0, 1, false, 0, ACTION_CALLED},
    {"a peer too", "", SOURCE_PEER, 3, 0, 1, false, 0, ACTION_CALLED},
    {"predicted: not on an authority's word", "basis = \"predicted\";", SOURCE_OFFICIAL, 3, 0, 1, false, 0,
     ACTION_OTHER_BASIS},
    {"predicted: what is observed needs no prediction", "basis = \"predicted\";", SOURCE_LOCAL, 3, 3, 0,
     false, 0, ACTION_CALLED},
    {"observed: not on a prediction", "basis = \"observed\";", SOURCE_LOCAL, 3, 2, 1, false, 0,
     ACTION_OTHER_BASIS},
    {"observed: on the ground's own word", "basis = \"observed\";", SOURCE_LOCAL, 3, 3, 0, false, 0,
     ACTION_CALLED},
    {"official: not on our own", "basis = \"official\";", SOURCE_LOCAL, 3, 3, 1, false, 0,
     ACTION_OTHER_BASIS},
    {"official: on an authority's", "basis = \"official\";", SOURCE_OFFICIAL, 3, 0, 1, false, 0,
     ACTION_CALLED},
    {"a prediction with too little", "probability = 0.9;", SOURCE_LOCAL, 3, 0, 0.8, false, 0,
     ACTION_UNLIKELY},
    {"with enough", "probability = 0.9;", SOURCE_LOCAL, 3, 0, 0.9, false, 0, ACTION_CALLED},
    {"observation needs no probability", "probability = 0.9;", SOURCE_LOCAL, 3, 3, 0.1, false, 0,
     ACTION_CALLED},
    {"a drill plays every part", "basis = \"observed\";", SOURCE_OPERATOR, 3, 0, 1, true, 0, ACTION_CALLED},
    {"but not a line that is not allowed to", "drill = false;", SOURCE_OPERATOR, 3, 0, 1, true, 0,
     ACTION_NO_DRILL},
    {"quiet hours hold a warning", "intensity = 4; quiet = \"22:00-06:00\";", SOURCE_LOCAL, 2, 2, 1, false,
     1439, ACTION_QUIET},
    {"past midnight too", "intensity = 4; quiet = \"22:00-06:00\";", SOURCE_LOCAL, 2, 2, 1, false, 359,
     ACTION_QUIET},
    {"not at their end", "intensity = 4; quiet = \"22:00-06:00\";", SOURCE_LOCAL, 2, 2, 1, false, 360,
     ACTION_CALLED},
    {"within one day", "intensity = 4; quiet = \"12:00-13:00\";", SOURCE_LOCAL, 2, 2, 1, false, 720,
     ACTION_QUIET},
    {"never an alarm", "intensity = 4; quiet = \"22:00-06:00\";", SOURCE_LOCAL, 3, 0, 1, false, 0,
     ACTION_CALLED},
    {"unless the table says so", "quiet = \"22:00-06:00\"; quiet_alarm = true;", SOURCE_LOCAL, 3, 0, 1, false,
     0, ACTION_QUIET},
    {"without a clock no hour is quiet", "intensity = 4; quiet = \"22:00-06:00\";", SOURCE_LOCAL, 2, 2, 1,
     false, -1, ACTION_CALLED},
};

static void test_answers(void **state)
{
    struct action_conf *conf = calloc(1, sizeof *conf);
    char text[256];
    struct error err;

    (void)state;
    assert_non_null(conf);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct action_case c = {.source = answers[i].source,
                                .exercise = answers[i].exercise,
                                .level = (enum alert_level)(answers[i].reached > 3 ? 3 : answers[i].reached),
                                .threshold = {3, 4, 5, 6},
                                .minute = answers[i].minute};
        enum action_answer got;

        for (int t = 0; t < ALERT_THRESHOLDS; t++) {
            c.reached[t] = t < answers[i].reached;
            c.observed[t] = t < answers[i].observed;
            c.p[t] = answers[i].p;
        }
        snprintf(text, sizeof text, "action = { a = { output = \"line:strobe\"; %s }; };", answers[i].row);
        if (load(conf, text, &err))
            fail_msg("%s: %s", answers[i].claim, err.text);
        got = action_answer(&conf->action[2], &c);
        if (got != answers[i].want)
            fail_msg("%s: answered %d, not %d", answers[i].claim, got, answers[i].want);
    }
    free(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_siren_and_voice_are_there_unwritten),
        cmocka_unit_test(test_a_drill_moves_a_line_only_if_both_say_so),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
