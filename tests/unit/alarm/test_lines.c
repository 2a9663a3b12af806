#include "alarm/lines.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "tests/unit/sim_chip.h"

static struct lines_pin *open_pin(const struct sim_chip *s, int line, bool output, bool level)
{
    struct lines_spec spec = {
        .chip = s->chip, .line = line, .output = output, .level = level, .bias = CONTACT_PULL_UP};
    struct lines_pin *pin;
    struct error err = {""};

    if (lines_open(&pin, &sys_real, &spec, &err) < 0)
        fail_msg("%s", err.text);
    return pin;
}

static void test_output(void **state)
{
    struct sim_chip s;
    struct lines_pin *pin;

    (void)state;
    sim_chip_make(&s);
    pin = open_pin(&s, 3, true, true);
    assert_int_equal(sim_chip_out(&s, 3), 1); /* from the very beginning */
    assert_int_equal(lines_set(pin, false), 0);
    assert_int_equal(lines_get(pin), 0);
    assert_int_equal(lines_fd(pin), -1);
    sim_chip_put(&s, "stuck3", "");
    assert_int_equal(lines_set(pin, true), 0);
    assert_int_equal(lines_get(pin), 0);
    sim_chip_put(&s, "fail3", "");
    assert_int_equal(lines_set(pin, true), -EIO);
    sim_chip_put(&s, "gone", "");
    assert_int_equal(lines_set(pin, true), -ENODEV);
    assert_int_equal(lines_get(pin), -ENODEV);
    lines_close(pin);
    lines_close(NULL);
    sim_chip_destroy(&s);
}

static void test_the_log_is_in_order_and_dated(void **state)
{
    struct sim_chip s;
    struct lines_pin *pin;
    int64_t before = sys_real.mono_ns(NULL);
    long long at, last = 0;
    char path[SIM_PATH];
    int line, level, n = 0;
    FILE *f;

    (void)state;
    sim_chip_make(&s);
    pin = open_pin(&s, 5, true, false);
    lines_set(pin, true);
    lines_set(pin, false);
    f = fopen(sim_chip_path(&s, "log", path), "r");
    assert_non_null(f);
    for (; fscanf(f, "%lld %d %d", &at, &line, &level) == 3; n++) {
        assert_true(line == 5 && level == n % 2 && at >= last && at >= before);
        last = at;
    }
    fclose(f);
    assert_int_equal(n, 3);
    lines_close(pin);
    sim_chip_destroy(&s);
}

static void test_input(void **state)
{
    struct sim_chip s;
    struct lines_pin *pin;
    struct pollfd p = {.events = POLLIN};
    bool level = true;
    int64_t at_ns, before;

    (void)state;
    sim_chip_make(&s);
    pin = open_pin(&s, 2, false, false);
    assert_int_equal(lines_get(pin), 1); /* its pull-up */
    assert_int_equal(lines_edge(pin, &level, &at_ns), 0);
    before = sys_real.mono_ns(NULL);
    sim_chip_put(&s, "in2", "0\n");
    p.fd = lines_fd(pin);
    assert_int_equal(poll(&p, 1, 5000), 1);
    assert_int_equal(lines_edge(pin, &level, &at_ns), 1);
    assert_true(!level && at_ns >= before);
    assert_int_equal(lines_edge(pin, &level, &at_ns), 0);
    sim_chip_put(&s, "gone", "");
    assert_int_equal(poll(&p, 1, 5000), 1);
    assert_int_equal(lines_edge(pin, &level, &at_ns), -ENODEV);
    lines_close(pin);
    sim_chip_destroy(&s);
}

static void test_refusals(void **state)
{
    struct sim_chip s;
    struct lines_spec spec = {.chip = "no such label", .line = 1};
    struct lines_pin *pin = (void *)&spec;
    struct error err = {""};

    (void)state;
    sim_chip_make(&s);
    assert_int_equal(lines_open(&pin, &sys_real, &spec, &err), -1);
    assert_null(pin);
    assert_non_null(strstr(err.text, "\"no such label\""));
    spec.chip = s.chip;
    sim_chip_put(&s, "refuse1", "");
    assert_int_equal(lines_open(&pin, &sys_real, &spec, &err), -1);
    assert_non_null(strstr(err.text, "line 1: refused"));
    sim_chip_put(&s, "gone", "");
    assert_int_equal(lines_open(&pin, &sys_real, &spec, &err), -1);
    assert_non_null(strstr(err.text, "the folder is not there"));
    sim_chip_destroy(&s);
    assert_int_equal(lines_open(&pin, &sys_real, &spec, &err), -1);
    assert_non_null(strstr(lines_library(), "libgpiod "));
}

static void test_look(void **state)
{
    struct lines_seen seen;
    struct sim_chip s;
    struct error err = {""};

    (void)state;
    sim_chip_make(&s);
    assert_int_equal(lines_look(&sys_real, s.chip, 3, &seen, &err), 0);
    assert_int_equal(sim_chip_out(&s, 3), -1); /* nothing was set */
    sim_chip_put(&s, "refuse3", "");
    assert_int_equal(lines_look(&sys_real, s.chip, 3, &seen, &err), -1);
    assert_non_null(strstr(err.text, "line 3: refused"));
    sim_chip_put(&s, "gone", "");
    assert_int_equal(lines_look(&sys_real, s.chip, 4, &seen, &err), -1);
    assert_int_equal(lines_look(&sys_real, "no-such-label", 4, &seen, &err), -1);
    assert_non_null(strstr(err.text, "no GPIO chip has the label"));
    sim_chip_destroy(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_look),
        cmocka_unit_test(test_the_log_is_in_order_and_dated),
        cmocka_unit_test(test_input),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
