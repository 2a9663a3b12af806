#include "alarm/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/fake_sys.h"

struct tables {
    struct relay_table relays;
    struct contact_table contacts;
};

static int load(struct tables *t, const char *text, struct error *err)
{
    struct fake_sys fake;
    struct conf_table table[2] = {relay_conf_table(&t->relays), contact_conf_table(&t->contacts)};
    int result;

    fake_sys_init(&fake);
    fake_file_put_text(&fake, "a.conf", text);
    err->text[0] = '\0';
    result = conf_load(table, 2, &fake.sys, "a.conf", NULL, 0, err);
    if (result == 0 && (result = contact_check(&t->contacts, err)) == 0)
        result = relay_check(&t->relays, &t->contacts, err);
    fake_sys_done(&fake);
    return result;
}

static const struct {
    const char *claim, *text, *want;
} refused[] = {
    {"no chip", "lines = {\n a = { line = 1; }; };", "default: lines.a.chip is missing"},
    {"a line twice", "lines = { a = { chip = \"r\"; line = 1; };\nb = { chip = \"r\"; line = 1; }; };",
     "a.conf:2: lines.b.line is in use already"},
    {"a line that is a contact's",
     "lines = { a = { chip = \"r\"; line = 1; }; }; contacts = { b = { chip = \"r\"; opposite = 1; }; };",
     "a.conf:1: lines.a.line is in use already"},
    {"an interlock with nobody", "lines = { a = { chip = \"r\"; not_with = \"b\"; }; };",
     "lines.a.not_with must be the name of another of lines"},
    {"an interlock with itself", "lines = { a = { chip = \"r\"; not_with = \"a\"; }; };",
     "lines.a.not_with must be the name of another"},
    {"a read-back that is none",
     "lines = { a = { chip = \"r\"; readback = \"b\"; }; }; contacts = { b = { chip = \"r\"; line = 2; }; };",
     "lines.a.readback must be the name of one of contacts with role readback"},
    {"a gas valve that opens with the supply", "lines = {\na = { chip = \"r\";\nmanual = true; }; };",
     "a.conf:3: lines.a.manual needs kind fail-safe or mode pulse"},
    {"a gas valve that opens when the node stops",
     "lines = { a = { chip = \"r\"; kind = \"fail-safe\"; manual = true; stop = \"on\"; }; };",
     "lines.a.stop is on, which would open a manual line by itself"},
    {"healthy the wrong way round",
     "lines = { a = { chip = \"r\"; role = \"healthy\"; kind = \"fail-safe\"; }; };",
     "lines.a.role healthy is a plain line"},
    {"a strobe that flickers", "lines = { a = { chip = \"r\"; strobe_hz = 2.5; }; };",
     "lines.a.strobe_hz must be a number from 0.2 to 2"},
    {"a contact without a chip", "contacts = { a = { line = 1; }; };", "contacts.a.chip is missing"},
    {"a contact's line twice",
     "contacts = { a = { chip = \"r\"; line = 1; }; b = { chip = \"r\"; line = 2; opposite = 1; }; };",
     "contacts.b.line is in use already"},
    {"a pair of one line", "contacts = { a = { chip = \"r\"; line = 1; opposite = 1; }; };",
     "contacts.a.opposite must be another line"},
};

static void test_refusals(void **state)
{
    struct tables *t = calloc(1, sizeof *t);
    struct error err;

    (void)state;
    assert_non_null(t);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (load(t, refused[i].text, &err) != -1)
            fail_msg("%s: accepted", refused[i].claim);
        if (!strstr(err.text, refused[i].want))
            fail_msg("%s: said \"%s\"", refused[i].claim, err.text);
    }
    assert_int_equal(
        load(t,
             "lines = { a = { chip = \"r\"; drill = true; readback = \"c\"; }; b = { chip = \"r\"; "
             "line = 1; not_with = \"a\"; }; };\n"
             "contacts = { c = { chip = \"r\"; line = 2; role = \"readback\"; }; };",
             &err),
        0);
    assert_true(relay_drill_lines(&t->relays) == 1 && t->relays.relay[1].other == 0);
    assert_int_equal(t->relays.relay[0].contact, 0);
    free(t);
}

/* A script: C called for, c no longer, D in a drill, R reset, H healthy, h not, T test input, t not, O the other line on, o off, a
 * digit: so many tenths of a second pass; 1 or 0 after =: what the coil does. Healthy at first. */
static const struct {
    const char *claim, *row, *script;
} rows[] = {
    {"normally open: energised while called for", "", "=0 C =1 9 =1 c =0"},
    {"unhealthy it still acts", "", "h C =1 c =0"},
    {"fail-safe: energised while healthy", "kind = \"fail-safe\";", "=1 C =0 c =1"},
    {"fail-safe: let go when not healthy", "kind = \"fail-safe\";", "=1 h =0 H =1"},
    {"a pulse ends by itself", "mode = \"pulse\"; pulse_s = 0.5;", "C =1 4 =1 1 =0 9 =0"},
    {"and the next call is another", "mode = \"pulse\"; pulse_s = 0.5;", "C 5 =0 c C =1"},
    {"a call that ends early ends it", "mode = \"pulse\"; pulse_s = 0.5;", "C =1 1 c =0"},
    {"a strobe blinks", "mode = \"strobe\"; strobe_hz = 1;", "C =1 4 =1 1 =0 4 =0 1 =1 5 =0 c =0"},
    {"at most twice a second", "mode = \"strobe\"; strobe_hz = 2;", "C =1 2 =1 1 =0 2 =1"},
    {"a gas valve is shut at the start, until a person opens it", "kind = \"fail-safe\"; manual = true;",
     "=0 9 =0 R =1 C =0 c =0 9 =0 R =1"},
    {"and never opens within the alarm", "kind = \"fail-safe\"; manual = true;", "R =1 C =0 R =0 c =0 R =1"},
    {"a valve without the interlock opens with health", "kind = \"fail-safe\";", "=1 h =0 H =1"},
    {"open at the start only where that is asked for",
     "kind = \"fail-safe\"; manual = true; latched_at_start = false;", "=1 C =0 c =0"},
    {"where it waits for health alone, once",
     "kind = \"fail-safe\"; manual = true; latched_at_start = false;", "=1 h =0 H =0 R =1"},
    {"a reset does not open what is not healthy", "kind = \"fail-safe\"; manual = true;", "h R =0 H =0 R =1"},
    {"not healthy shuts it too, and health alone does not open it", "kind = \"fail-safe\"; manual = true;",
     "R =1 h =0 H =0 9 =0 R =1"},
    {"a latching valve has its one pulse",
     "mode = \"pulse\"; pulse_s = 0.5; manual = true; latched_at_start = false;",
     "=0 C =1 c =1 5 =0 9 =0 C =0 c R C =1"},
    {"and none at a restart", "mode = \"pulse\"; manual = true;", "=0 9 =0"},
    {"a drill does not move it", "", "D =0"},
    {"unless it is allowed to", "drill = true;", "D =1 c =0"},
    {"the lift's test input", "test = true;", "T =1 t =0"},
    {"tests no other line", "", "T =0"},
    {"healthy: closed while healthy", "role = \"healthy\";", "=1 h =0 H =1 C =1"},
    {"an interlock waits", "", "O C =0 o =1 O =0"},
    {"active low is the level, not the meaning", "active_low = true;", "=0 C =1"},
};

static void test_coil(void **state)
{
    struct tables *t = calloc(1, sizeof *t);
    struct error err;

    (void)state;
    assert_non_null(t);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct relay_input in = {.now_ns = 5000000000, .healthy = true};
        struct relay r;
        char text[512];

        snprintf(text, sizeof text, "lines = { a = { chip = \"r\"; %s }; };", rows[i].row);
        if (load(t, text, &err))
            fail_msg("%s: %s", rows[i].claim, err.text);
        relay_init(&r, &t->relays.relay[0], in.now_ns);
        relay_step(&r, &in);
        for (const char *c = rows[i].script; *c; c++) {
            if (*c == 'C' || *c == 'c' || *c == 'D') {
                in.asserted = *c != 'c';
                in.exercise = *c == 'D';
            } else if (*c == 'R')
                in.reset = !in.reset;
            else if (*c == 'H' || *c == 'h')
                in.healthy = *c == 'H';
            else if (*c == 'T' || *c == 't')
                in.test = *c == 'T';
            else if (*c == 'O' || *c == 'o')
                in.other_on = *c == 'O';
            else if (*c == '=' && r.energised != (c[1] == '1'))
                fail_msg("%s: at \"%s\" the coil is %d", rows[i].claim, c, r.energised);
            else if (*c >= '1' && *c <= '9' && c[-1] != '=')
                in.now_ns += (*c - '0') * 100000000;
            relay_step(&r, &in);
        }
    }
    free(t);
}

static void test_strobe_is_due_at_its_edges(void **state)
{
    struct relay_conf conf = {.mode = RELAY_STROBE, .strobe_hz = 2};
    struct relay_input in = {.now_ns = 1000, .asserted = true, .healthy = true};
    struct relay r;
    int edges = 0;

    (void)state;
    relay_init(&r, &conf, 0);
    for (int64_t end = 10000000000; in.now_ns < end;) {
        bool before = r.energised;
        int64_t due = relay_step(&r, &in);
        edges += r.energised != before;
        assert_true(due > in.now_ns && due <= in.now_ns + 250000001);
        in.now_ns = due;
    }
    assert_int_equal(edges, 40); /* 20 flashes in 10 s */
}

static void test_stop(void **state)
{
    struct relay r = {.energised = true};

    (void)state;
    assert_false(relay_at_stop(&r));
    r.conf.stop = RELAY_STOP_KEEP;
    assert_true(relay_at_stop(&r));
    r.energised = false;
    assert_false(relay_at_stop(&r));
    r.conf.stop = RELAY_STOP_ON;
    assert_true(relay_at_stop(&r));
    r.conf.active_low = true;
    assert_true(relay_level(&r.conf, false) && !relay_level(&r.conf, true));
}

static void test_readback(void **state)
{
    struct relay_conf conf = {.settle_ms = 100};
    struct relay_input in = {.now_ns = 1000000000, .healthy = true};
    struct relay r;

    (void)state;
    relay_init(&r, &conf, 0);
    relay_step(&r, &in);
    assert_false(relay_readback(&r, false, in.now_ns));
    in.asserted = true;
    relay_step(&r, &in);
    assert_false(relay_readback(&r, false, in.now_ns + 99000000)); /* it needs time to move */
    assert_false(relay_readback(&r, true, in.now_ns + 99500000));
    assert_true(relay_readback(&r, false, in.now_ns + 200000000)); /* it fell off: news */
    assert_true(r.differs);
    assert_false(relay_readback(&r, false, in.now_ns + 300000000)); /* told already */
    assert_true(relay_readback(&r, true, in.now_ns + 400000000));
    assert_false(r.differs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_coil),
        cmocka_unit_test(test_strobe_is_due_at_its_edges),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_readback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
