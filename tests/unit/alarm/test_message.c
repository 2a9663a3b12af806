/* What goes to the network: at most 4 KiB whatever it holds, its strongest reasons first, and no key that the schema
 * does not know. */
#include "alarm/message.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

#include <cmocka.h>

static const struct message_node node = {.site = "hq",
                                         .node = "lobby",
                                         .site_name = "Headquarters \xe6\x80\xbb\xe9\x83\xa8",
                                         .mounting = "ground floor, on the slab",
                                         .software = "tocsin 0.1.0",
                                         .has_position = true,
                                         .latitude_deg = 30.67,
                                         .longitude_deg = 104.06,
                                         .altitude_m = 512};
static const struct message_about about = {.event_id = "lobby-20260729T120000.000Z",
                                           .sensor = "main",
                                           .clock_known = true,
                                           .clock_good = true,
                                           .t0_utc_ns = INT64_C(1785326400000000000),
                                           .sent_utc_ms = INT64_C(1785326403500),
                                           .sampled_utc_ns = INT64_C(1785326403480000000),
                                           .received_ms = 4.5,
                                           .detected_ms = 5,
                                           .decided_ms = NAN};

static struct alert usual(void)
{
    struct alert a = {.event = 3,
                      .revision = 2,
                      .level = ALERT_WARNING,
                      .time_s = 3.48,
                      .onset_s = 1.25,
                      .t_s = 2.23,
                      .has_prediction = true,
                      .mu = 4.6,
                      .sigma = 0.7,
                      .reasons = 1};

    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        a.threshold[i].intensity = 3 + i;
    a.reason[0] = (struct alert_reason){ALERT_REASON_PREDICTED, 4, 0.91, 0.5, 3.48};
    return a;
}

/* The largest a field can be: the longest words, numbers of the most digits, texts whose every byte is broken UTF-8
 * (three bytes each once repaired). */
static void fill(char *text, size_t room)
{
    memset(text, 0xff, room - 1);
    text[0] = '\x01';
    text[room - 1] = '\0';
}

static void worst(struct message_node *n, struct message_about *m, struct alert *a)
{
    const double big = -DBL_MAX;

    *n = node;
    *m = about;
    fill(n->site_name, sizeof n->site_name);
    fill(n->mounting, sizeof n->mounting);
    fill(n->software, sizeof n->software);
    fill(n->site, sizeof n->site);
    fill(n->node, sizeof n->node);
    fill(m->event_id, sizeof m->event_id);
    fill(m->sensor, sizeof m->sensor);
    n->latitude_deg = n->longitude_deg = n->altitude_m = big;
    m->received_ms = m->detected_ms = m->decided_ms = big;
    *a = (struct alert){
        .event = UINT32_MAX, .revision = UINT32_MAX, .onset_id = UINT32_MAX, .has_prediction = true};
    a->phase = ALERT_PHASE_SHAKING_ENDED;
    a->level = ALERT_WARNING;
    a->status = ALERT_EXERCISE;
    a->time_s = a->t_s = big;
    a->onset_s = 1234567.8765;
    a->mu = a->sigma = a->s_probability = a->pd_m = a->snr = a->predicted_pga_log = a->predicted_pgv_log =
        big;
    a->current = a->pga_mps2 = a->pgv_mps = big;
    a->background = DBL_MAX;
    for (int s = 0; s < INTENSITY_SCALES; s++)
        a->predicted[s] = a->observed[s] = big;
    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        a->threshold[i] = (struct alert_threshold){big, big, true, true, ALERT_PREDICTED, big, big};
    a->reasons = ALERT_REASONS_MAX;
    for (int i = 0; i < ALERT_REASONS_MAX; i++)
        a->reason[i] = (struct alert_reason){ALERT_REASON_NOT_FOLLOWED, DBL_MAX, big, big, big};
}

static struct json_value *parsed(const char *text, size_t n)
{
    struct error err = {""};
    struct json_value *root = json_parse(text, n, &err);

    if (!root)
        fail_msg("%s", err.text);
    return root;
}

static void at_most_4_kib_and_says_what_it_left_out(void **state)
{
    struct message_node n;
    struct message_about m;
    struct alert a;
    char text[MESSAGE_MAX + 1];
    int64_t left = 0;
    (void)state;

    worst(&n, &m, &a);
    size_t length = message_write(&sys_real, &n, &m, &a, text);
    assert_in_range(length, 1, MESSAGE_MAX);
    assert_int_equal(strlen(text), length);
    struct json_value *root = parsed(text, length);
    assert_true(json_as_integer(json_get(root, "reasons_left_out"), &left));
    assert_int_equal((int64_t)json_count(json_get(root, "reasons")) + left, ALERT_REASONS_MAX);
    json_value_free(root);
    print_message("worst case: %zu bytes, %d of %d reasons left out\n", length, (int)left, ALERT_REASONS_MAX);
}

static void usual_is_whole(void **state)
{
    struct alert a = usual();
    char text[MESSAGE_MAX + 1];
    (void)state;

    size_t length = message_write(&sys_real, &node, &about, &a, text);
    struct json_value *root = parsed(text, length);
    assert_string_equal(json_as_text(json_get(root, "schema")), "tocsin.alert/1");
    assert_string_equal(json_as_text(json_get(root, "sent")), "2026-07-29T12:00:03.500Z");
    assert_string_equal(json_as_text(json_get(root, "onset")), "2026-07-29T12:00:01.250Z");
    assert_string_equal(json_as_text(json_get(root, "clock")), "synchronised");
    assert_int_equal(json_kind(json_get(json_get(root, "stages"), "decided_ms")), JSON_KIND_NULL);
    assert_null(json_get(root, "reasons_left_out"));
    json_value_free(root);
    print_message("usual: %zu bytes\n", length);
    puts(text);
}

static void unknown_clock_gives_no_time_of_day(void **state)
{
    static const char *const utc[] = {"sent", "onset"};
    struct message_about m = about;
    struct alert a = usual();
    char text[MESSAGE_MAX + 1];
    (void)state;

    m.clock_known = false;
    struct json_value *root = parsed(text, message_write(&sys_real, &node, &m, &a, text));
    assert_string_equal(json_as_text(json_get(root, "clock")), "unknown");
    for (size_t i = 0; i < sizeof utc / sizeof *utc; i++)
        assert_int_equal(json_kind(json_get(root, utc[i])), JSON_KIND_NULL);
    assert_int_equal(json_kind(json_get(json_get(root, "stages"), "sampled")), JSON_KIND_NULL);
    json_value_free(root);
}

static struct json_value *schema(void)
{
    static char text[65536];
    FILE *f = fopen("docs/schema/alert.schema.json", "r");

    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text, f);
    assert_int_equal(fclose(f), 0);
    return parsed(text, n);
}

static void has_the_keys_of_the_schema_and_no_other(void **state)
{
    struct alert a = usual();
    char text[MESSAGE_MAX + 1];
    struct json_value *rules = schema();
    const struct json_value *known = json_get(rules, "properties");
    const struct json_value *required[] = {json_get(rules, "required"),
                                           json_get(json_at(json_get(rules, "anyOf"), 1), "required")};
    (void)state;

    struct json_value *root = parsed(text, message_write(&sys_real, &node, &about, &a, text));
    for (const char *key = json_next_key(root, NULL); key; key = json_next_key(root, key))
        if (!json_get(known, key))
            fail_msg("%s is not in the schema", key);
    for (int r = 0; r < 2; r++) {
        assert_true(json_count(required[r]) > 0);
        for (size_t i = 0; i < json_count(required[r]); i++)
            if (!json_get(root, json_as_text(json_at(required[r], i))))
                fail_msg("%s is missing", json_as_text(json_at(required[r], i)));
    }
    json_value_free(root);
    json_value_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_most_4_kib_and_says_what_it_left_out),
        cmocka_unit_test(usual_is_whole),
        cmocka_unit_test(unknown_clock_gives_no_time_of_day),
        cmocka_unit_test(has_the_keys_of_the_schema_and_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
