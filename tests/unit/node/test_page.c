/* The interactive page's data: bounded memory that keeps what matters, text that cannot leave its place,
 * faults of the machine told. What a browser makes of it: tests/cli/test_html.py. */
#include "node/page.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "io/json.h"
#include "node/page_data.h"
#include "node/page_text.h"
#include "tests/unit/fake_end.h"

#define near(value, want, within) near_at(__LINE__, (double)(value), (double)(want), within)
static void near_at(int line, double value, double want, double within)
{
    if (!(fabs(value - want) <= within))
        fail_msg("line %d: %.9g is not %.9g", line, value, want);
}

/* ---- tracks ---- */

static const struct track_conf small = {
    .columns = 2, .chunk_rows = 10, .chunks = 40, .stretches = 16, .stretch_s = 1.0};

/* One row each 0.1 s: the time, and an amplitude that is also its weight. */
static void rows(struct track *t, double from_s, double to_s, float size)
{
    for (long i = lround(from_s * 10); i < lround(to_s * 10); i++) {
        float row[2] = {(float)i / 10.0f, size};
        track_add(t, (double)i / 10.0, 0.1, row, size);
    }
}

static bool holds(const struct track *t, double time_s)
{
    for (size_t i = 0; i < t->chunks; i++) {
        const struct track_chunk *c = &t->chunk[i];
        if (time_s >= c->from_s - 1e-9 && time_s < c->from_s + (double)c->rows * c->step_s - 1e-9)
            return true;
    }
    return false;
}

static bool holds_all(const struct track *t, double from_s, double to_s)
{
    for (long i = lround(from_s * 10); i < lround(to_s * 10); i++)
        if (!holds(t, (double)i / 10.0))
            return false;
    return true;
}

/* Each chunk gives the rows that were put into it. */
static void rows_are_their_own(const struct track *t)
{
    for (size_t i = 0; i < t->chunks; i++) {
        float row[2 * 10];
        assert_int_equal(track_rows(t, i, row), 0);
        for (size_t r = 0; r < t->chunk[i].rows; r++)
            near(row[2 * r], t->chunk[i].from_s + (double)r * t->chunk[i].step_s, 1e-4);
    }
}

static void test_a_short_record_is_there_in_full(void **state)
{
    struct fake_sys fake;
    struct track t;

    (void)state;
    fake_sys_init(&fake);
    assert_int_equal(track_open(&t, &fake.sys, &small), 0);
    rows(&t, 0.0, 40.0, 1.0f); /* 400 rows: all that there is room for */
    assert_true(t.complete);
    assert_true(holds_all(&t, 0.0, 40.0));
    rows_are_their_own(&t);
    track_close(&t);
    fake_sys_end(&fake);
}

/* What is still there in full after 1000 s of which 40 fit. */
static const struct {
    const char *name;
    double strong_from_s, strong_to_s; /* of weight 5 instead of 1 */
    double mark_at_s;                  /* an event at that time, from 5 s before to 5 s after; < 0: none */
    double want_from_s, want_to_s;
} keeps[] = {
    {"an event is kept through the quiet after it", -1, -1, 300.0, 295.0, 305.0},
    {"what is strong is kept though nothing was picked", 400.0, 403.0, -1, 400.0, 403.0},
    {"an event goes before what is strong", 400.0, 450.0, 300.0, 295.0, 305.0},
    {"the last seconds are there, an event may follow", -1, -1, -1, 986.0, 1000.0},
};

static void test_a_long_record_keeps_what_matters(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof keeps / sizeof *keeps; k++) {
        struct fake_sys fake;
        struct track t;
        size_t at_start;

        print_message("%s\n", keeps[k].name);
        fake_sys_init(&fake);
        assert_int_equal(track_open(&t, &fake.sys, &small), 0);
        at_start = fake.live_bytes;
        for (int s = 0; s < 1000; s++) {
            rows(&t, s, s + 1, s >= keeps[k].strong_from_s && s < keeps[k].strong_to_s ? 5.0f : 1.0f);
            if (s == (int)keeps[k].mark_at_s)
                track_mark(&t, keeps[k].mark_at_s - 5.0, keeps[k].mark_at_s + 5.0, 1);
        }
        assert_false(t.complete);
        assert_true(holds_all(&t, keeps[k].want_from_s, keeps[k].want_to_s));
        assert_int_equal(fake.live_bytes, at_start);
        assert_int_equal(t.chunks, small.chunks);
        for (size_t i = 1; i < t.chunks; i++)
            assert_true(t.chunk[i].from_s > t.chunk[i - 1].from_s);
        rows_are_their_own(&t);
        track_close(&t);
        fake_sys_done(&fake);
    }
}

static void test_a_higher_rank_is_kept_before_a_lower(void **state)
{
    struct fake_sys fake;
    struct track t;

    (void)state;
    fake_sys_init(&fake);
    assert_int_equal(track_open(&t, &fake.sys, &small), 0);
    for (int s = 0; s < 1000; s++) {
        rows(&t, s, s + 1, 1.0f);
        if (s % 10 == 5) /* more rejections than there is room for; one alarm among them */
            track_mark(&t, s - 5.0, s + 2.0, s == 505 ? 5 : 1);
    }
    assert_true(holds_all(&t, 500.0, 507.0));
    track_close(&t);
    fake_sys_done(&fake);
}

static void test_the_envelope_covers_all_of_it(void **state)
{
    struct fake_sys fake;
    struct track t;

    (void)state;
    fake_sys_init(&fake);
    assert_int_equal(track_open(&t, &fake.sys, &small), 0);
    rows(&t, 0.0, 500.0, 1.0f);
    rows(&t, 500.0, 500.2, -7.0f);
    rows(&t, 500.2, 1000.0, 2.0f);
    near(t.stretch_s, 64.0, 0.0); /* 16 of them reach over 1000 s */
    assert_int_equal(t.stretches, 16);
    for (size_t i = 0; i < t.stretches; i++) {
        near(t.low[2 * i], 64.0 * (double)i, 0.11);
        near(t.low[2 * i + 1], i < 7 ? 1.0 : i == 7 ? -7.0 : 2.0, 0.0);
        near(t.high[2 * i + 1], i < 7 ? 1.0 : 2.0, 0.0);
    }
    track_close(&t);
    fake_sys_done(&fake);
}

static void test_gaps_and_nonsense(void **state)
{
    static const double nonsense[] = {NAN, INFINITY, -0.1, 1e10, 4.9};
    float row[2] = {NAN, 1.0f};
    struct fake_sys fake;
    struct track t;

    (void)state;
    fake_sys_init(&fake);
    assert_int_equal(track_open(&t, &fake.sys, &small), 0);
    rows(&t, 0.0, 2.0, 1.0f);
    rows(&t, 4.0, 5.0, 1.0f); /* 2 s are missing */
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        track_add(&t, nonsense[i], 0.1, row, 1.0f);
    track_add(&t, 5.0, 0.0, row, 1.0f);
    assert_true(holds_all(&t, 0.0, 2.0) && holds_all(&t, 4.0, 5.0));
    assert_false(holds(&t, 2.05) || holds(&t, 3.9) || holds(&t, 5.05));
    assert_true(isnan(t.low[2 * 3]) && isnan(t.high[2 * 3 + 1])); /* the stretch 3 s .. 4 s */
    track_close(&t);
    track_close(&t);
    for (long at = 1; at <= 4; at++) {
        fake.fail_alloc_at = at;
        assert_int_equal(track_open(&t, &fake.sys, &small), -1);
        assert_int_equal(fake.live_allocs, 0);
    }
    fake_sys_done(&fake);
}

static void test_a_full_disk_is_told(void **state)
{
    struct rlimit was, least;
    struct fake_sys fake;
    struct track t;
    float row[2 * 10];

    (void)state;
    fake_sys_init(&fake);
    assert_int_equal(track_open(&t, &fake.sys, &small), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    least = was;
    least.rlim_cur = 100;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &least), 0);
    rows(&t, 0.0, 5.0, 1.0f);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(track_rows(&t, 0, row), -1);
    assert_int_equal(errno, EFBIG);
    assert_int_equal(track_rows(&t, t.chunks - 1, row), 0); /* in memory */
    track_close(&t);
    fake_sys_done(&fake);
}

/* ---- pages ---- */

static bool without_page(void)
{
    if (page_head_size > 0)
        return false;
    print_message("SKIPPED 1: built without the page\n");
    return true;
}

static struct trace_info info_of(const char *id)
{
    struct trace_info info = {
        .format = "csv", .rate_hz = 100.0, .unit = UNIT_MPS2, .axis_mask = 7u, .p_s = NAN, .s_s = NAN};

    snprintf(info.id, sizeof info.id, "%s", id);
    snprintf(info.component[0].code, sizeof info.component[0].code, "%s", id);
    return info;
}

/* As a replay would feed it: a minute, with gravity, a pick and a rejection. */
static void feed(struct replay_sink *sink, const struct trace_info *info, double seconds_long)
{
    static struct block block;
    struct report r = {.scale_known = true};

    sink->record(sink->ctx, info);
    block.rate_hz = info->rate_hz;
    block.n = 100;
    for (double t = 0; t < seconds_long; t += 1.0) {
        for (size_t i = 0; i < block.n; i++) {
            block.value[i][AXIS_Z] = 9.8125 + 0.25 * sin(0.3 * (double)i);
            block.value[i][AXIS_N] = 0.5 * (double)i;
            block.value[i][AXIS_E] = -1.0;
        }
        sink->block(sink->ctx, t, &block);
        for (int k = 1; k <= 10; k++) {
            struct evidence e = {.guards = 1, .so_far = -9.0};
            struct replay_step step = {.report = &r, .statistic = 0.25, .evidence = &e};
            e.guard[0].kind = ALERT_REASON_HELD_SPIKE;
            r.kind = REPORT_STEP;
            r.time_s = t + 0.1 * k;
            sink->step(sink->ctx, &step);
        }
        if (t == 20.0) {
            r.kind = REPORT_ONSET;
            r.onset = (struct onset_report){.id = 1, .onset_s = 20.5, .declared_s = 20.6};
            sink->onset(sink->ctx, &r);
            r.kind = REPORT_REJECT;
            r.reject = (struct reject_report){
                .reason = ONSET_SPIKE, .candidate_s = 20.8, .value = 1.0, .limit = 2.0};
            sink->reject(sink->ctx, &r);
        }
    }
    sink->summary(sink->ctx, &(struct replay_summary){.duration_s = seconds_long});
}

static struct page *open_page(struct fake_sys *fake, const char *path)
{
    static struct detection_conf conf;
    struct page *p;
    struct error err;

    if (page_open(&p, &fake->sys, path, &conf, &err) != 0)
        fail_msg("%s", err.text);
    return p;
}

/* The data between the page's own head and tail, terminated. */
static char *data_of(struct fake_sys *fake, const char *path)
{
    struct fake_file *file = fake_file_find(fake, path);
    size_t n = file->size - page_head_size - page_tail_size;
    char *text;

    assert_memory_equal(file->data, page_head, page_head_size);
    assert_memory_equal(file->data + page_head_size + n, page_tail, page_tail_size);
    text = malloc(n + 1);
    assert_non_null(text);
    memcpy(text, file->data + page_head_size, n);
    text[n] = 0;
    return text;
}

static const char *const hostile[] = {
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>&lt;",
    "\"\\\n\t\001",
    "\xff\xfe</SCRIPT ",
    "&amp;<b>",
};

static void test_text_cannot_leave_its_place(void **state)
{
    (void)state;
    if (without_page())
        return;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct fake_sys fake;
        struct trace_info info = info_of(hostile[i]);
        struct replay_sink sink;
        struct page *p;
        struct error err;
        struct json_value *root;
        char *text;

        fake_sys_init(&fake);
        p = open_page(&fake, "a.html");
        sink = page_sink(p, (struct replay_sink){0});
        feed(&sink, &info, 30.0);
        assert_int_equal(page_finish(p, &err), 0);
        page_close(p);
        assert_int_equal(fake.live_allocs, 0);
        assert_int_equal(fake.open_fds, 0);
        text = data_of(&fake, "a.html");
        assert_null(strpbrk(text, "<>&\n"));
        root = json_parse(text, strlen(text), &err);
        if (!root)
            fail_msg("%s", err.text);
        if (i < 3) /* what is valid UTF-8 without control characters comes back as it was */
            assert_string_equal(json_as_text(json_get(json_get(root, "record"), "id")), hostile[i]);
        assert_int_equal(json_count(json_get(root, "events")), 3);
        assert_string_equal(json_as_text(json_get(json_at(json_get(root, "events"), 1), "reason")), "spike");
        json_value_free(root);
        free(text);
        fake_sys_done(&fake);
    }
}

static double float_at(const char *base64, size_t index) /* of little-endian floats */
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    float value;

    for (size_t k = 0; k < 4; k++) {
        size_t byte = 4 * index + k, group = byte / 3 * 4;
        uint32_t three = 0;
        for (size_t d = 0; d < 4; d++) {
            const char *at = strchr(digit, base64[group + d]);
            three = three << 6 | (at && *at ? (uint32_t)(at - digit) : 0);
        }
        bits |= (three >> (16 - 8 * (byte % 3)) & 255u) << (8 * k);
    }
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static void test_numbers_arrive_as_they_were(void **state)
{
    struct fake_sys fake;
    struct trace_info info = info_of("a");
    struct replay_sink sink;
    struct page *p;
    struct error err;
    struct json_value *root;
    const struct json_value *wave, *steps, *chunk, *z;
    double mean, n;
    const char *rows_text;
    char *text;

    (void)state;
    if (without_page())
        return;
    fake_sys_init(&fake);
    p = open_page(&fake, "a.html");
    sink = page_sink(p, (struct replay_sink){0});
    feed(&sink, &info, 7.0);
    assert_int_equal(page_finish(p, &err), 0);
    page_close(p);
    text = data_of(&fake, "a.html");
    root = json_parse(text, strlen(text), &err);
    assert_non_null(root);
    wave = json_get(root, "wave");
    steps = json_get(root, "steps");
    rows_text = json_as_text(json_get(wave, "rows"));
    /* 700 rows of three floats: 8400 bytes, 11200 digits; a chunk of 256 is the first */
    assert_int_equal(strlen(rows_text), 11200);
    chunk = json_at(json_get(wave, "chunks"), 0);
    assert_true(json_as_number(json_at(chunk, 2), &n) && n == 256.0);
    assert_int_equal(json_count(json_get(wave, "chunks")), 3);
    /* over the first sample: gravity does not eat the digits */
    near(float_at(rows_text, 0), 0.0, 0.0);
    near(float_at(rows_text, 3 * 5), 0.25 * sin(1.5), 1e-8);
    near(float_at(rows_text, 3 * 699 + 1), 49.5, 0.0);
    z = json_at(json_get(json_get(root, "record"), "components"), 1);
    assert_true(json_as_number(json_get(z, "mean"), &mean));
    near(mean, 24.75, 1e-9); /* N: 0, 0.5 .. 49.5 */
    rows_text = json_as_text(json_get(steps, "rows"));
    near(float_at(rows_text, PAGE_COLUMNS * 3 + PAGE_STATISTIC), 0.25, 0.0);
    near(float_at(rows_text, PAGE_COLUMNS * 3 + PAGE_GUARDS), 1 << ALERT_REASON_HELD_SPIKE, 0.0);
    assert_true(isnan(float_at(rows_text, PAGE_COLUMNS * 3 + PAGE_SO_FAR)));
    assert_int_equal(json_count(json_get(root, "step_names")), PAGE_COLUMNS);
    for (size_t c = 0; c < PAGE_COLUMNS; c++)
        assert_non_null(page_step_name[c]);
    json_value_free(root);
    free(text);
    fake_sys_done(&fake);
}

static void test_memory_and_file_are_bounded(void **state)
{
    struct fake_sys fake;
    struct trace_info info = info_of("a");
    struct replay_sink sink;
    struct page *p;
    struct error err;
    struct report r = {.kind = REPORT_REJECT};
    size_t at_start;
    char *text;

    (void)state;
    if (without_page())
        return;
    fake_sys_init(&fake);
    p = open_page(&fake, "a.html");
    at_start = fake.live_bytes;
    assert_true(at_start < 7u << 20);
    sink = page_sink(p, (struct replay_sink){0});
    feed(&sink, &info, 7200.0);
    for (int i = 0; i < 10000; i++) {
        r.reject = (struct reject_report){.reason = ONSET_SHORT, .candidate_s = 0.7 * i};
        sink.reject(sink.ctx, &r);
    }
    assert_true(fake.live_bytes <= at_start + 65536); /* the line that events build */
    assert_int_equal(page_finish(p, &err), 0);
    assert_true(fake_file_find(&fake, "a.html")->size < 12u << 20);
    text = data_of(&fake, "a.html");
    assert_non_null(strstr(text, "\"rejects\":5905")); /* 10001 - 4096 */
    free(text);
    page_close(p);
    fake_sys_done(&fake);
}

static struct {
    int record, onset, reject, alert, summary, block, step;
} heard;
static void hear_record(void *ctx, const struct trace_info *info)
{
    (void)ctx, (void)info, heard.record++;
}
static void hear_onset(void *ctx, const struct report *r)
{
    (void)ctx, (void)r, heard.onset++;
}
static void hear_reject(void *ctx, const struct report *r)
{
    (void)ctx, (void)r, heard.reject++;
}
static void hear_alert(void *ctx, const struct alert *a)
{
    (void)ctx, (void)a, heard.alert++;
}
static void hear_summary(void *ctx, const struct replay_summary *s)
{
    (void)ctx, (void)s, heard.summary++;
}
static void hear_block(void *ctx, double time_s, const struct block *b)
{
    (void)ctx, (void)time_s, (void)b, heard.block++;
}
static void hear_step(void *ctx, const struct replay_step *s)
{
    (void)ctx, (void)s, heard.step++;
}

static void test_everything_is_passed_on(void **state)
{
    struct fake_sys fake;
    struct trace_info info = info_of("a");
    struct replay_sink sink;
    struct page *p;

    (void)state;
    if (without_page())
        return;
    fake_sys_init(&fake);
    p = open_page(&fake, "a.html");
    sink = page_sink(p, (struct replay_sink){NULL, hear_record, hear_onset, hear_reject, hear_alert,
                                             hear_summary, hear_block, hear_step});
    feed(&sink, &info, 30.0);
    sink.alert(sink.ctx, &(struct alert){.revision = 1});
    assert_int_equal(heard.record, 1);
    assert_int_equal(heard.onset, 1);
    assert_int_equal(heard.reject, 1);
    assert_int_equal(heard.alert, 1);
    assert_int_equal(heard.summary, 1);
    assert_int_equal(heard.block, 30);
    assert_int_equal(heard.step, 300);
    page_close(p);
    assert_int_equal(fake.open_fds, 0);
    fake_sys_done(&fake);
}

static void test_what_cannot_be_is_told(void **state)
{
    static struct detection_conf conf;
    struct fake_sys fake;
    struct trace_info info = info_of("a");
    struct replay_sink sink;
    struct page *p;
    struct error err;

    (void)state;
    assert_true(page_wanted("a.html"));
    assert_false(page_wanted("a.htm") || page_wanted(".html") || page_wanted("html.svg") || page_wanted(""));
    fake_sys_init(&fake);
    if (page_head_size == 0) {
        assert_int_equal(page_open(&p, &fake.sys, "a.html", &conf, &err), -1);
        assert_non_null(strstr(err.text, "built without the page"));
        without_page();
        return;
    }
    fake_file_make(&fake, "b.html")->open_errno = EACCES;
    assert_int_equal(page_open(&p, &fake.sys, "b.html", &conf, &err), -1);
    assert_non_null(strstr(err.text, "b.html"));
    assert_int_equal(fake.live_allocs, 0);
    for (long at = 1; at <= 10; at++) {
        fake.fail_alloc_at = at;
        assert_int_equal(page_open(&p, &fake.sys, "c.html", &conf, &err), -1);
        assert_null(p);
        assert_int_equal(fake.live_allocs, 0);
        assert_int_equal(fake.open_fds, 0);
    }
    fake.fail_alloc_at = 0;
    for (int part = 0; part < 3; part++) { /* the disk fills up in head, data or tail */
        int64_t room = part == 0   ? (int64_t)page_head_size / 2
                       : part == 1 ? (int64_t)page_head_size + 10000
                                   : (int64_t)page_head_size + 10000 + (int64_t)page_tail_size;
        p = open_page(&fake, "d.html");
        sink = page_sink(p, (struct replay_sink){0});
        feed(&sink, &info, 10.0);
        fake.write_room = room;
        assert_int_equal(page_finish(p, &err), -1);
        assert_non_null(strstr(err.text, "d.html: cannot write: No space left"));
        fake.write_room = -1;
        page_close(p);
        assert_int_equal(fake.open_fds, 0);
    }
    page_close(NULL);
    fake_sys_end(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_short_record_is_there_in_full),
        cmocka_unit_test(test_a_long_record_keeps_what_matters),
        cmocka_unit_test(test_a_higher_rank_is_kept_before_a_lower),
        cmocka_unit_test(test_the_envelope_covers_all_of_it),
        cmocka_unit_test(test_gaps_and_nonsense),
        cmocka_unit_test(test_a_full_disk_is_told),
        cmocka_unit_test(test_text_cannot_leave_its_place),
        cmocka_unit_test(test_numbers_arrive_as_they_were),
        cmocka_unit_test(test_memory_and_file_are_bounded),
        cmocka_unit_test(test_everything_is_passed_on),
        cmocka_unit_test(test_what_cannot_be_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
