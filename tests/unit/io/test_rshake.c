/* Raspberry Shake packets made here, in the shape that rsudp writes. */
#include "tests/unit/io/text_file.h"

enum { PACKETS = 40, PACKET = 25, LINES = 4 * PACKETS };

#define T0 1580372810.003

static const char *const codes[] = {"EHZ", "ENE", "ENN", "ENZ"};

static int count(int channel, int i)
{
    return 1000000 * channel + i * 7919 % 2001;
}

static size_t packet(char *text, size_t room, int channel, int number)
{
    size_t at = (size_t)snprintf(text, room, "{'%s', %.3f", codes[channel], T0 + number * 0.25);

    for (int i = 0; i < PACKET; i++)
        at += (size_t)snprintf(text + at, room - at, ", %d", count(channel, number * PACKET + i));
    return at + (size_t)snprintf(text + at, room - at, "}\n");
}

/* 40 packets of four channels. The caller frees. */
static char *make(void)
{
    size_t room = 256 * 1024, at = 0;
    char *text = malloc(room);

    assert_non_null(text);
    for (int k = 0; k < PACKETS; k++)
        for (int c = 0; c < 4; c++)
            at += packet(text + at, room - at, c, k);
    return text;
}

static void check_whole(const struct reader_run *run)
{
    assert_int_equal(run->channels.n, 4);
    for (int c = 0; c < 4; c++) {
        assert_int_equal(run->n[c], PACKETS * PACKET);
        for (int i = 0; i < PACKETS * PACKET; i++)
            assert_true(run->value[c][i] == (double)count(c, i));
    }
}

static void reads(void **state)
{
    char *lf = make(), *crlf = text_crlf(lf);

    (void)state;
    for (int k = 0; k < 2; k++) {
        struct reader_run *run = reader_run_new();
        const char *text = k ? crlf : lf;
        assert_int_equal(reader_run_bytes(run, &reader_rshake, text, strlen(text)), 0);
        check_whole(run);
        const struct channel *c = &run->channels.at[3];
        assert_string_equal(c->group, "AM.t.00.EN");
        assert_string_equal(c->code, "AM.t.00.ENZ");
        assert_string_equal(run->channels.at[0].group, "AM.t.00.EH");
        assert_int_equal(c->axis, 'Z');
        assert_true(c->rate_hz == 100);
        assert_true(c->has_time && c->t0_ns == INT64_C(1580372810003000000));
        assert_true(c->unit == UNIT_UNKNOWN && c->scale == 1 && c->lsb == 1);
        assert_int_equal(c->samples, PACKETS * PACKET);
        assert_true(run->piece[5].has_time && run->piece[5].channel == 1 &&
                    run->piece[5].t_ns == INT64_C(1580372810253000000));
        reader_run_free(run);
    }
    free(crlf);
    free(lf);
}

/* The lines of the text with two of them, counted from 0, in each other's place. The caller frees. */
static char *swap_lines(const char *text, int a, int b)
{
    char *out = malloc(strlen(text) + 1), *to = out;
    const char *line[LINES + 1];

    assert_non_null(out);
    for (int i = 0; i <= LINES; i++) {
        line[i] = text;
        text = i < LINES ? strchr(text, '\n') + 1 : text;
    }
    for (int i = 0; i < LINES; i++) {
        int from = i == a ? b : i == b ? a : i;
        size_t n = (size_t)(line[from + 1] - line[from]);
        memcpy(to, line[from], n);
        to += n;
    }
    *to = 0;
    return out;
}

static const struct {
    const char *name;
    int a, b;
} swaps[] = {
    {"the first packet comes late", 0, 4},
    {"neighbours", 40, 44},
    {"a packet that is seven late", 41, 69},
    {"the last", LINES - 1, LINES - 9},
};

static void packets_are_sorted(void **state)
{
    char *good = make();

    (void)state;
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++) {
        struct reader_run *run = reader_run_new();
        char *text = swap_lines(good, swaps[i].a, swaps[i].b);
        if (reader_run_bytes(run, &reader_rshake, text, strlen(text)) != 0)
            fail_msg("%s: %s", swaps[i].name, run->err.text);
        check_whole(run);
        assert_true(run->channels.at[0].t0_ns == INT64_C(1580372810003000000));
        assert_true(run->channels.at[0].rate_hz == 100);
        free(text);
        reader_run_free(run);
    }
    free(good);
}

/* A packet lost is a gap: its time tells. */
static void a_lost_packet_leaves_its_place(void **state)
{
    char *good = make(), *text = text_with(good, 1 + 4 * 3, NULL);
    struct reader_run *run = reader_run_new();

    (void)state;
    assert_int_equal(reader_run_bytes(run, &reader_rshake, text, strlen(text)), 0);
    assert_int_equal(run->n[0], (PACKETS - 1) * PACKET);
    assert_int_equal(run->n[1], PACKETS * PACKET);
    assert_true(run->channels.at[0].rate_hz == 100);
    for (size_t i = 0; i < run->pieces; i++)
        if (run->piece[i].channel == 0)
            assert_true(run->piece[i].t_ns != INT64_C(1580372810753000000));
    free(text);
    free(good);
    reader_run_free(run);
}

static void a_given_rate_rules(void **state)
{
    static const char text[] = "{'EHZ', 1580372810.003, 1, 2, 3, 4}\n";
    struct reader_run *run = reader_run_new();

    (void)state;
    assert_int_equal(reader_run_bytes(run, &reader_rshake, text, strlen(text)), -1);
    assert_string_equal(run->err.text, "t: line 1: a single packet of EHZ tells no rate: say --rate 100");
    run->conf.rate_hz = 50;
    assert_int_equal(reader_run_bytes(run, &reader_rshake, text, strlen(text)), 0);
    assert_true(run->channels.at[0].rate_hz == 50 && run->n[0] == 4);
    reader_run_free(run);
}

static const struct text_case cases[] = {
    {"good packets", 0, NULL, NULL},
    {"TERM at the end", LINES + 1, "TERM", NULL},
    {"a blank line", 3, "  ", NULL},
    {"no blanks", 3, "{'ENN',1580372810.003,1,2}", NULL},
    {"TERM in the middle", 3, "TERM", "line 4: something stands behind TERM"},
    {"a line of something else", 3, "hello", "line 3: no packet such as"},
    {"no quotes", 3, "{ENN, 1580372810.003, 1, 2}", "line 3: no packet such as"},
    {"a code of two letters", 3, "{'EN', 1580372810.003, 1, 2}", "line 3: no packet such as"},
    {"a code of small letters", 3, "{'enn', 1580372810.003, 1, 2}", "line 3: no packet such as"},
    {"a packet of infrasound is passed over", 3, "{'HDF', 1580372810.003, 1, 2}", NULL},
    {"and understood", 3, "{'HDF', 1580372810.003, x, 2}", "line 3: a sample is not a whole number"},
    {"cut off", 3, "{'ENN', 1580372810.003, 1, 2", "line 3: the packet is cut off: no } at its end"},
    {"no time", 3, "{'ENN', x, 1, 2}", "line 3: the packet's time is not seconds since 1970"},
    {"a time before 1970", 3, "{'ENN', -1.0, 1, 2}", "line 3: the packet's time"},
    {"a time in milliseconds", 3, "{'ENN', 1580372810003, 1, 2}", "line 3: the packet's time"},
    {"no samples", 3, "{'ENN', 1580372810.003}", "line 3: a packet without samples"},
    {"an empty sample", 3, "{'ENN', 1580372810.003, 1, , 2}", "line 3: a sample is not a whole number"},
    {"a fraction", 3, "{'ENN', 1580372810.003, 1.5, 2}", "line 3: a sample is not a whole number"},
    {"more than 32 bits", 3, "{'ENN', 1580372810.003, 2147483648, 2}",
     "line 3: a sample is not a whole number"},
};

static void refuses(void **state)
{
    (void)state;
    text_cases(&reader_rshake, make, cases, sizeof cases / sizeof *cases);
}

static void refuses_too_much(void **state)
{
    struct reader_run *run = reader_run_new();
    static char text[8192];
    size_t at = 0;

    (void)state;
    at = (size_t)snprintf(text, sizeof text, "{'EHZ', 1580372810.003");
    for (int i = 0; i < 513; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, ",1");
    at += (size_t)snprintf(text + at, sizeof text - at, "}\n");
    assert_int_equal(reader_run_bytes(run, &reader_rshake, text, at), -1);
    assert_string_equal(run->err.text, "t: line 1: more than 512 samples in a packet");
    at = 0;
    for (int i = 0; i < 13; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "{'%cHZ', 1580372810.003, 1}\n", 'A' + i);
    assert_int_equal(reader_run_bytes(run, &reader_rshake, text, at), -1);
    assert_string_equal(run->err.text, "t: line 13: more than 12 channels");
    assert_int_equal(reader_run_bytes(run, &reader_rshake, "TERM\n", 5), -1);
    assert_string_equal(run->err.text, "t: line 1: no packets of a seismometer or an accelerometer");
    reader_run_free(run);
}

static void survives_faults(void **state)
{
    (void)state;
    text_hardships(&reader_rshake, make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(packets_are_sorted),
        cmocka_unit_test(a_lost_packet_leaves_its_place),
        cmocka_unit_test(a_given_rate_rules),
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_too_much),
        cmocka_unit_test(survives_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
