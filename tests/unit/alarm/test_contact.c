#include "alarm/contact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A script of levels, one each 10 ms: digits feed the line (active high, 0 or 1), of a pair two of them, - is a chip that cannot
 * be read, . is time without an edge. The news, in order, with the script's place: "3+" active, "-" inactive, "F" fault,
 * "M+" mended and active. A row's debounce is 20 ms unless said. */
static const struct {
    const char *claim;
    struct contact_conf conf;
    const char *script, *want;
} rows[] = {
    {"a level is told when it has stayed",
     {.debounce_ms = 20, .opposite = -1, .chatter_hz = 99},
     "0..1..0...",
     "2- 5+ 8-"},
    {"a bounce is not", {.debounce_ms = 20, .opposite = -1, .chatter_hz = 99}, "0..10101..", "2- 9+"},
    {"a spike is not", {.debounce_ms = 20, .opposite = -1, .chatter_hz = 99}, "0..1.0....", "2-"},
    {"without debouncing at once", {.debounce_ms = 0, .opposite = -1, .chatter_hz = 99}, "01.0", "0- 1+ 3-"},
    {"active low",
     {.debounce_ms = 0, .active_low = true, .opposite = -1, .chatter_hz = 99},
     "10.1",
     "0- 1+ 3-"},
    {"active at the start", {.debounce_ms = 20, .opposite = -1, .chatter_hz = 99}, "1...", "2+"},
    {"a chip that is gone", {.debounce_ms = 20, .opposite = -1, .chatter_hz = 99}, "1..-..1..", "2+ 3F 8M+"},
    {"and comes back otherwise",
     {.debounce_ms = 20, .opposite = -1, .chatter_hz = 99},
     "1..-0...",
     "2+ 3F 6M-"},
    {"a chip that is not there at first",
     {.debounce_ms = 20, .opposite = -1, .chatter_hz = 99},
     "-..0..",
     "0F 5M-"},
    {"one that chatters", {.debounce_ms = 0, .opposite = -1, .chatter_hz = 3}, "01010101", "0- 1+ 2- 3+ 4F"},
    {"stuck",
     {.debounce_ms = 0, .stuck_s = 0.05, .opposite = -1, .chatter_hz = 99},
     "01.......0",
     "0- 1+ 6F 9M-"},
    {"stuck is only what is active",
     {.debounce_ms = 0, .stuck_s = 0.05, .opposite = -1, .chatter_hz = 99},
     "0.........",
     "0-"},
    {"a pair",
     {.debounce_ms = 10, .opposite = 1, .opposite_ms = 30, .chatter_hz = 99},
     "01..10....",
     "1- 4+"},
    {"a pair in motion is not certain",
     {.debounce_ms = 10, .opposite = 1, .opposite_ms = 30, .chatter_hz = 99},
     "01..11.10..",
     "1- 5+"},
    {"a cut wire of the pair",
     {.debounce_ms = 10, .opposite = 1, .opposite_ms = 30, .chatter_hz = 99},
     "01..00....10.",
     "1- 6F 9M+"},
    {"a shorted one",
     {.debounce_ms = 10, .opposite = 1, .opposite_ms = 30, .chatter_hz = 99},
     "01.11....",
     "1- 5F"},
};

static void tell(struct contact *c, enum contact_news news, int place, char *to, size_t room)
{
    size_t n = strlen(to);

    if (news == CONTACT_SAME)
        return;
    snprintf(to + n, room - n, "%s%d%s%s", n ? " " : "", place,
             news == CONTACT_FAULTED  ? "F"
             : news == CONTACT_MENDED ? "M"
                                      : "",
             news == CONTACT_FAULTED ? ""
             : c->active             ? "+"
                                     : "-");
}

static void test_news(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct contact c;
        char got[256] = "";
        int64_t now_ns = 7000000000, since_ns;
        int place = 0;

        contact_init(&c, &rows[i].conf);
        for (const char *p = rows[i].script; *p; p++, place++, now_ns += 10000000) {
            if (*p == '-')
                contact_feed(&c, -1, -1, now_ns);
            else if (*p != '.' && rows[i].conf.opposite >= 0) {
                contact_feed(&c, p[0] - '0', p[1] - '0', now_ns);
                p++;
            } else if (*p != '.')
                contact_feed(&c, *p - '0', -1, now_ns);
            tell(&c, contact_step(&c, now_ns, &since_ns), place, got, sizeof got);
        }
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", rows[i].claim, got, rows[i].want);
    }
}

static void test_the_change_is_dated_at_its_edge(void **state)
{
    struct contact_conf conf = {.debounce_ms = 20, .opposite = -1, .chatter_hz = 20};
    struct contact c;
    int64_t since_ns;

    (void)state;
    contact_init(&c, &conf);
    contact_feed(&c, 0, -1, 1000000000);
    assert_int_equal(contact_step(&c, 1020000000, &since_ns), CONTACT_CHANGED);
    assert_int_equal(contact_due(&c, 1020000000), INT64_MAX);
    contact_feed(&c, 1, -1, 1500000000);
    assert_int_equal(contact_due(&c, 1500000000), 1520000000);
    assert_int_equal(contact_step(&c, 1519999999, &since_ns), CONTACT_SAME);
    assert_int_equal(contact_step(&c, 1520000000, &since_ns), CONTACT_CHANGED);
    assert_int_equal(since_ns, 1500000000);
}

static void test_due_is_always_ahead(void **state)
{
    uint32_t x = 1;

    (void)state;
    for (int run = 0; run < 200; run++) {
        struct contact_conf conf = {.debounce_ms = 20,
                                    .opposite = run % 2 ? 1 : -1,
                                    .opposite_ms = 50,
                                    .chatter_hz = 5,
                                    .stuck_s = run % 3 ? 0.3 : 0};
        struct contact c;
        int64_t now_ns = 1, since_ns;

        contact_init(&c, &conf);
        for (int i = 0; i < 100; i++) {
            int64_t due;
            x = x * 1664525 + 1013904223;
            contact_feed(&c, (int)(x >> 28) % 3 - 1, (int)(x >> 24 & 1), now_ns);
            contact_step(&c, now_ns, &since_ns);
            due = contact_due(&c, now_ns);
            assert_true(due > now_ns);
            now_ns = due == INT64_MAX || x & 1 ? now_ns + (x >> 8 & 0xffffff) * 20 : due;
        }
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(contact_role_name(CONTACT_LIFT_TEST), "lift-test");
    assert_string_equal(contact_role_name(CONTACT_READBACK), "readback");
    assert_string_equal(contact_role_name(CONTACT_ROLES), "?");
    assert_string_equal(contact_fault_name(CONTACT_STUCK), "active for too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_news),
        cmocka_unit_test(test_the_change_is_dated_at_its_edge),
        cmocka_unit_test(test_due_is_always_ahead),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
