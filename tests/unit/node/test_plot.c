/* The plot: constant memory, nothing from a file reaches gnuplot as a command, clear words where it cannot
 * draw. */
#include "node/plot.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/fake_end.h"

static char *script_of(const struct plot *p, const char *title)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    assert_non_null(out);
    assert_int_equal(plot_script(p, title, out), 0);
    fclose(out);
    return text;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;

    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

static struct plot *open_plot(struct fake_sys *fake, const char *path)
{
    struct plot *p;
    struct error err;

    fake_sys_init(fake);
    if (plot_open(&p, &fake->sys, path, &err) != 0)
        fail_msg("%s", err.text);
    return p;
}

static void close_plot(struct plot *p, struct fake_sys *fake)
{
    plot_close(p);
    fake_sys_end(fake);
}

/* An earthquake of 3 s in `seconds` of quiet, as a replay would feed it. */
static void feed(struct plot *p, double seconds, double rate_hz)
{
    long n = lround(seconds * rate_hz), step = lround(rate_hz / 10.0);

    for (long i = 0; i < n; i++) {
        double t = (double)i / rate_hz, a = t > 20.0 && t < 23.0 ? 1.0 : 0.001, v[AXES];
        v[AXIS_Z] = a * sin(20.0 * t);
        v[AXIS_N] = a * cos(20.0 * t);
        v[AXIS_E] = -a * sin(17.0 * t);
        plot_sample(p, t, v);
        if (i % step == 0) {
            plot_ratio(p, t, 1.0 + 50.0 * a);
            plot_statistic(p, t, a);
            plot_intensity(p, t, 6.0 + 3.0 * log10(a), t > 20.3 && t < 23.0 ? 5.5 : NAN);
        }
    }
    plot_pick(p, 20.04, 'P', false);
    plot_pick(p, 20.0, 'P', true);
    plot_level(p, 20.4, 3, "predicted 5.5");
}

static void test_memory_is_constant_whatever_the_length(void **state)
{
    static const double seconds[] = {60.0, 600.0, 20000.0};

    (void)state;
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        struct fake_sys fake;
        struct plot *p = open_plot(&fake, "a.svg");
        size_t at_start = fake.live_bytes;
        char *script;

        assert_true(at_start < 4u << 20);
        feed(p, seconds[i], 100.0);
        assert_int_equal(fake.live_bytes, at_start);
        script = script_of(p, "t");
        assert_true(strlen(script) < 1u << 20);
        assert_non_null(strstr(script, "set label 'P 20.00 s'"));
        assert_non_null(strstr(script, "'20.40 s alarm: predicted 5.5'"));
        assert_non_null(strstr(script, "'peak 1 m/s^2'")); /* merging keeps the largest */
        free(script);
        close_plot(p, &fake);
    }
}

/* Every line of the script begins with one of our own words; text stays inside one pair of quotes. */
static const struct {
    const char *name, *text, *want;
} hostile[] = {
    {"a quote is doubled", "a' ; system 'id", "'a'' ; system ''id'"},
    {"a line break cannot start a command", "a\n!id\n", "'a?!id?'"},
    {"a terminal escape is taken out", "\033]0;x\007", "'?]0;x?'"},
    {"backquotes stay text", "`id`", "'`id`'"},
    {"UTF-8 stays", "\xc3\xa9\xe5\x9c\xb0", "'\xc3\xa9\xe5\x9c\xb0'"},
    /* cut into pieces: two question marks in a row begin a trigraph */
    {"what is none does not", "\xe9 \xc3 \xff\xed\xa0\x80",
     "'? ? ?"
     "?"
     "?"
     "?'"},
    {"nor what XML refuses", "\xef\xbf\xbf\xef\xbf\xbe\xc2\x80",
     "'?"
     "?"
     "?"
     "?"
     "?"
     "?"
     "?"
     "?'"},
    {"a backslash at the end stays text", "a\\", "'a\\'"},
    {"macros stay text", "@x", "'@x'"},
};

static void test_text_is_never_a_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct fake_sys fake;
        struct plot *p = open_plot(&fake, "a.png");
        char *script;

        print_message("%s\n", hostile[i].name);
        plot_describe(p, hostile[i].text, hostile[i].text, 7u, 100.0);
        feed(p, 30.0, 100.0);
        plot_reject(p, 19.0, hostile[i].text);
        script = script_of(p, hostile[i].text);
        assert_non_null(strstr(script, hostile[i].want));
        assert_int_equal(count(script, "\n!"), 0);
        assert_int_equal(count(script, "\nsystem"), 0);
        /* text is only where markup is off */
        for (const char *at = strstr(script, hostile[i].want); at; at = strstr(at + 1, hostile[i].want)) {
            const char *end = strchr(at, '\n'), *off = strstr(at, "noenhanced");
            assert_true(off && off < end);
        }
        free(script);
        close_plot(p, &fake);
    }
}

static void test_events_beyond_the_room_are_counted(void **state)
{
    struct fake_sys fake;
    struct plot *p = open_plot(&fake, "a.svg");
    char *script;

    (void)state;
    feed(p, 60.0, 100.0);
    for (int i = 0; i < 1000; i++) {
        plot_reject(p, 18.0 + 0.01 * i, "short");
        plot_pick(p, 18.0 + 0.01 * i, 'S', false);
        plot_level(p, 18.0 + 0.01 * i, i % 4,
                   "a text that is far longer than any that a label of the plot has room "
                   "for, as it goes on and on and on and on and on");
    }
    script = script_of(p, "t");
    assert_non_null(strstr(script, "872 more rejections"));
    assert_true(strlen(script) < 1u << 20);
    free(script);
    close_plot(p, &fake);
}

static void test_the_strongest_event_is_shown_without_gravity(void **state)
{
    struct fake_sys fake;
    struct plot *p = open_plot(&fake, "a.svg");
    char *script;

    (void)state;
    for (int i = 0; i < 60000; i++) { /* 600 s; a weak event at 100 s, the strong one at 400 s */
        double t = i / 100.0, a = t > 100.0 && t < 102.0 ? 0.1 : t > 400.0 && t < 402.0 ? 0.5 : 0.001;
        double v[AXES] = {9.81 + a * sin(20.0 * t), 0.0, 0.0};
        plot_sample(p, t, v);
        if (i % 10 == 0)
            plot_intensity(p, t, a < 0.01 ? -9.0 : 6.0 + 3.0 * log10(a), NAN);
    }
    for (int i = 1; i <= 2; i++) {
        plot_pick(p, i == 1 ? 100.0 : 400.0, 'P', true);
        plot_level(p, i == 1 ? 100.5 : 400.5, i, "");
    }
    script = script_of(p, "t");
    assert_non_null(strstr(script, "set xrange [395.0000:42")); /* 5 s before the pick, 20 s after the peak */
    assert_non_null(strstr(script, "set label 'P 400.00 s'"));
    assert_null(strstr(script, "set label 'P 100.00 s'"));
    assert_non_null(strstr(script, "'peak 0.5 m/s^2'"));
    free(script);
    close_plot(p, &fake);
}

static void test_nothing_at_all_can_be_drawn(void **state)
{
    static const double nan_sample[AXES] = {NAN, INFINITY, -INFINITY};
    struct fake_sys fake;
    struct plot *p = open_plot(&fake, "a.svg");
    char *script;

    (void)state;
    plot_sample(p, NAN, nan_sample);
    plot_sample(p, 1.0, nan_sample);
    plot_sample(p, 1e300, nan_sample);
    plot_ratio(p, -5.0, 1.0);
    plot_pick(p, NAN, 'P', true);
    plot_describe(p, NULL, NULL, 0u, NAN);
    plot_sample(p, 2.0, nan_sample);
    script = script_of(p, "");
    assert_non_null(strstr(script, "'no pick'"));
    assert_non_null(strstr(script, "'no spectrum'"));
    free(script);
    close_plot(p, &fake);
    plot_sample(NULL, 0.0, nan_sample); /* no plot asked for */
    plot_level(NULL, 0.0, 1, NULL);
    plot_close(NULL);
    assert_int_equal(plot_finish(NULL, "t", NULL), 0);
}

static void test_a_plot_that_cannot_be_is_refused_at_once(void **state)
{
    struct fake_sys fake;
    struct plot *p;
    struct error err;

    (void)state;
    fake_sys_init(&fake);
    assert_int_equal(plot_open(&p, &fake.sys, "a.gif", &err), -1);
    assert_non_null(strstr(err.text, ".svg or .png"));
    fake_file_make(&fake, "b.svg")->open_errno = EACCES;
    assert_int_equal(plot_open(&p, &fake.sys, "b.svg", &err), -1);
    assert_non_null(strstr(err.text, "b.svg"));
    for (long at = 1; at <= 15; at++) {
        fake.fail_alloc_at = at;
        assert_int_equal(plot_open(&p, &fake.sys, "c.svg", &err), -1);
        assert_null(p);
        assert_int_equal(fake.live_allocs, 0);
    }
    fake_sys_done(&fake);
}

static long file_size(const char *path, unsigned char *head, size_t n)
{
    FILE *f = fopen(path, "rb");
    long size;

    if (!f)
        return -1;
    memset(head, 0, n);
    if (fread(head, 1, n, f) != n)
        memset(head, 0, n);
    fseek(f, 0, SEEK_END);
    size = ftell(f);
    fclose(f);
    return size;
}

static void test_gnuplot_draws_it(void **state)
{
    char folder[] = "/tmp/tocsin-plot-XXXXXX", path[64];
    static const char *const ending[] = {"png", "svg"};
    struct error err;
    struct plot *p;
    unsigned char head[8];

    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1") != 0) {
        print_message("SKIPPED 1: no gnuplot\n");
        skip();
    }
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/a.%s", folder, ending[i]);
        assert_int_equal(plot_open(&p, &sys_real, path, &err), 0);
        plot_describe(p, "m/s^2", "GB/T", 7u, 100.0);
        feed(p, 60.0, 100.0);
        plot_reject(p, 19.0, "short");
        if (plot_finish(p, "title 'with' quotes & <marks>", &err) != 0)
            fail_msg("%s", err.text);
        plot_close(p);
        assert_true(file_size(path, head, sizeof head) > 20000);
        assert_memory_equal(head, i == 0 ? "\x89PNG" : "<?xm", 4);
        unlink(path);
    }
    /* without gnuplot: one clear line */
    snprintf(path, sizeof path, "%s/b.svg", folder);
    assert_int_equal(plot_open(&p, &sys_real, path, &err), 0);
    {
        char *saved = strdup(getenv("PATH"));
        setenv("PATH", folder, 1);
        assert_int_equal(plot_finish(p, "t", &err), -1);
        setenv("PATH", saved, 1);
        free(saved);
    }
    assert_non_null(strstr(err.text, "gnuplot is not installed"));
    plot_close(p);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_constant_whatever_the_length),
        cmocka_unit_test(test_text_is_never_a_command),
        cmocka_unit_test(test_events_beyond_the_room_are_counted),
        cmocka_unit_test(test_the_strongest_event_is_shown_without_gravity),
        cmocka_unit_test(test_nothing_at_all_can_be_drawn),
        cmocka_unit_test(test_a_plot_that_cannot_be_is_refused_at_once),
        cmocka_unit_test(test_gnuplot_draws_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
