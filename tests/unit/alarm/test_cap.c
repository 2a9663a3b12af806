/* CAP 1.2: valid against the standard's XSD in every kind, level, status and language, and what each field says. */
#include "alarm/cap.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SENT INT64_C(1785326403) /* 2026-07-29T12:00:03Z */

static const struct cap_reference earlier[CAP_REFERENCES_MAX] = {{"lobby-1.1", SENT - 9},
                                                                 {"lobby-1.2", SENT - 3}};

static struct cap usual(enum cap_kind kind)
{
    return (struct cap){.kind = kind,
                        .level = ALERT_ALARM,
                        .p = 0.8,
                        .reached = 3,
                        .sender = "lobby@hq",
                        .identifier = "lobby-1.3",
                        .incident = "lobby-1",
                        .sent_utc_s = SENT,
                        .onset_utc_s = SENT - 10,
                        .expires_s = 120,
                        .clock_good = true,
                        .site_name = "Headquarters",
                        .has_position = true,
                        .latitude_deg = 30.67,
                        .longitude_deg = -104.06,
                        .radius_km = 0.5,
                        .intensity = 5.4,
                        .scale = "gbt",
                        .reference = earlier,
                        .references = kind == CAP_ALERT ? 0 : 2};
}

static const char *written(const struct cap *c)
{
    static char text[CAP_MAX];

    size_t n = cap_write(c, text, sizeof text);
    assert_true(n > 0);
    assert_int_equal(strlen(text), n);
    return text;
}

static void says(const struct cap *c, const char *what)
{
    if (!strstr(written(c), what))
        fail_msg("no %s in\n%s", what, written(c));
}

static void each_kind_says_what_it_is(void **state)
{
    static const struct {
        const char *type, *response, *urgency, *certainty;
    } want[CAP_KINDS] = {
        [CAP_ALERT] = {"Alert", "Shelter", "Immediate", "Likely"},
        [CAP_UPDATE] = {"Update", "Shelter", "Immediate", "Likely"},
        [CAP_CANCEL] = {"Cancel", "None", "Past", "Unlikely"},
        [CAP_ENDED] = {"Update", "Assess", "Past", "Likely"},
        [CAP_ALL_CLEAR] = {"Update", "AllClear", "Past", "Likely"},
    };
    char text[80];
    (void)state;

    for (int k = 0; k < CAP_KINDS; k++) {
        struct cap c = usual((enum cap_kind)k);
        snprintf(text, sizeof text, "<msgType>%s</msgType>", want[k].type);
        says(&c, text);
        snprintf(text, sizeof text, "<responseType>%s</responseType>", want[k].response);
        says(&c, text);
        snprintf(text, sizeof text, "<urgency>%s</urgency>", want[k].urgency);
        says(&c, text);
        snprintf(text, sizeof text, "<certainty>%s</certainty>", want[k].certainty);
        says(&c, text);
    }
}

static void fields_as_the_standard_wants_them(void **state)
{
    struct cap c = usual(CAP_UPDATE);
    (void)state;

    says(&c, "<sent>2026-07-29T12:00:03-00:00</sent>");
    says(&c, "<expires>2026-07-29T12:02:03-00:00</expires>");
    says(&c, "<references>lobby@hq,lobby-1.1,2026-07-29T11:59:54-00:00 "
             "lobby@hq,lobby-1.2,2026-07-29T12:00:00-00:00</references>");
    says(&c, "<circle>30.67000,-104.06000 0.500</circle>");
    says(&c, "<scope>Restricted</scope>\n<restriction>For the premises only: Headquarters</restriction>");
    c.authority = "Civil Defence & Co";
    says(&c, "permitted by Civil Defence &amp; Co</source>\n<scope>Public</scope>");
    c.status = ALERT_EXERCISE;
    says(&c, "<status>Exercise</status>");
    says(&c, "<headline>EXERCISE: ");
    says(&c, "<headline>演习: ");
    says(&c, "<headline>訓練: ");
    says(&c, "<headline>SIMULACRO: ");
    c.basis = ALERT_OBSERVED;
    says(&c, "<certainty>Observed</certainty>");
    c.site_name = "<a> & \x01\xff";
    says(&c, "<areaDesc>&lt;a&gt; &amp; ?\?</areaDesc>");
}

static void never_a_wrong_document(void **state)
{
    static const char *const forbidden[] = {"", "a b", "a,b", "a<b", "a&b"};
    char text[CAP_MAX];
    struct cap c = usual(CAP_CANCEL);
    (void)state;

    c.references = 0;
    assert_int_equal(cap_write(&c, text, sizeof text), 0); /* a cancel of nothing */
    c = usual(CAP_ALERT);
    c.references = 1;
    assert_int_equal(cap_write(&c, text, sizeof text), 0); /* a first one with a past */
    c = usual(CAP_ALERT);
    c.latitude_deg = NAN;
    assert_int_equal(cap_write(&c, text, sizeof text), 0);
    c = usual(CAP_ALERT);
    c.sent_utc_s = 86400; /* 1970: the clock is unknown */
    assert_int_equal(cap_write(&c, text, sizeof text), 0);
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        c = usual(CAP_ALERT);
        c.identifier = forbidden[i];
        assert_int_equal(cap_write(&c, text, sizeof text), 0);
    }
    c = usual(CAP_ALERT);
    size_t n = cap_write(&c, text, sizeof text);
    for (size_t room = 0; room <= n; room += 97)
        assert_int_equal(cap_write(&c, text, room), 0);
    assert_int_equal(cap_write(&c, text, n), 0);
    assert_int_equal(cap_write(&c, text, n + 1), n);
}

static void longest_fits(void **state)
{
    struct cap_reference all[CAP_REFERENCES_MAX];
    char id[97], name[65];
    struct cap c = usual(CAP_UPDATE);
    (void)state;

    memset(id, 'x', sizeof id);
    memset(name, '&', sizeof name);
    id[sizeof id - 1] = name[sizeof name - 1] = '\0';
    for (int i = 0; i < CAP_REFERENCES_MAX; i++)
        all[i] = (struct cap_reference){id, SENT};
    c.identifier = c.incident = c.sender = id;
    c.site_name = c.authority = c.note = name;
    c.reference = all;
    c.references = CAP_REFERENCES_MAX;
    print_message("longest: %zu bytes\n", strlen(written(&c)));
}

static void validate(const char *xsd, const struct cap *c)
{
    char path[] = "/tmp/tocsin-cap-XXXXXX", command[600];
    int fd = mkstemp(path);
    const char *text = written(c);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    snprintf(command, sizeof command, "xmllint --nonet --noout --schema '%s' %s >/dev/null 2>&1", xsd, path);
    int result = system(command); /* NOLINT(cert-env33-c): a test's own words */
    unlink(path);
    if (result != 0)
        fail_msg("not valid:\n%s", text);
}

static void valid_against_the_xsd(void **state)
{
    const char *folder = getenv("REFERENCE");
    char xsd[400];
    (void)state;

    snprintf(xsd, sizeof xsd, "%s/xsd/CAP-v1.2.xsd", folder ? folder : "../shared/reference");
    if (access(xsd, R_OK) != 0 ||
        system("xmllint --version >/dev/null 2>&1") != 0) { /* NOLINT(cert-env33-c) */
        printf("SKIPPED 1: no CAP schema at %s, or no xmllint\n", xsd);
        skip();
    }
    for (int k = 0; k < CAP_KINDS; k++)
        for (int level = ALERT_NONE; level <= ALERT_ALARM; level++) {
            struct cap c = usual((enum cap_kind)k);
            c.level = (enum alert_level)level;
            c.status = (enum alert_status)(level % 3);
            c.has_position = level != 1;
            c.authority = level == 2 ? "A & B" : NULL;
            c.note = level == 3 ? "closed by <me>" : NULL;
            c.intensity = level == 0 ? NAN : 5;
            c.site_name = level == 3 ? "\x01\xff<&>" : "x";
            validate(xsd, &c);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_says_what_it_is), cmocka_unit_test(fields_as_the_standard_wants_them),
        cmocka_unit_test(never_a_wrong_document),    cmocka_unit_test(longest_fits),
        cmocka_unit_test(valid_against_the_xsd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
