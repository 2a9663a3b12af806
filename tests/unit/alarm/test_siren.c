/* What is heard after which orders, and when. Each sound is a level of its own here, so that the frames tell which
 * one is playing. */
#include "alarm/siren.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/fake_sys.h"

enum { RATE = 8000, LANGUAGES = 2, TONE_BASE = 20000, TONE_STEP = 500, WORD_BASE = 500, WORD_STEP = 100 };
static const double word_s = 0.5;

static void level(struct clip *c, double seconds, int value)
{
    c->frames = (size_t)(seconds * RATE);
    c->frame = sys_alloc(&sys_real, c->frames * sizeof *c->frame);
    assert_non_null(c->frame);
    for (size_t i = 0; i < c->frames; i++)
        c->frame[i] = (int16_t)value;
}

static struct sounds *sounds_make(int languages)
{
    struct sounds *s = sys_alloc(&sys_real, sizeof *s);

    assert_non_null(s);
    s->sys = &sys_real;
    s->rate_hz = RATE;
    s->languages = languages;
    for (int t = 0; t < TONE_COUNT; t++)
        level(&s->tone[t], tone_plan((enum tone)t)->length_s, TONE_BASE + TONE_STEP * t);
    for (int k = 0; k < languages; k++) {
        s->language[k] = (enum voice_language)k;
        for (int p = 0; p < PROMPT_COUNT; p++) {
            level(&s->prompt[k][p], word_s, WORD_BASE + WORD_STEP * (k * PROMPT_COUNT + p));
            s->ready[k][p] = true;
        }
    }
    return s;
}

static const char *name_of(float x)
{
    static char text[64];
    int v = (int)lrintf(x * 32767.0F);

    if (abs(v) < WORD_BASE / 2)
        return "";
    if (v >= TONE_BASE && (v - TONE_BASE) % TONE_STEP == 0 && (v - TONE_BASE) / TONE_STEP < TONE_COUNT)
        return tone_plan((enum tone)((v - TONE_BASE) / TONE_STEP))->name;
    v -= WORD_BASE;
    if (v < 0 || v % WORD_STEP != 0 || v / WORD_STEP / PROMPT_COUNT >= LANGUAGE_COUNT)
        return NULL; /* an edge */
    snprintf(text, sizeof text, "%s:%s",
             voice_language_name((enum voice_language)(v / WORD_STEP / PROMPT_COUNT)),
             voice_prompt_name((enum voice_prompt)(v / WORD_STEP % PROMPT_COUNT)));
    return text;
}

struct heard_log {
    char text[4096];     /* names with blanks; a tone that goes on over several steps once */
    double began_s[128]; /* of each name */
    int names;
    double step_max; /* largest difference between frames next to each other */
    size_t frame;    /* so far */
    float before;
    char last[64];
    int run;
};

static void hear(struct heard_log *log, float x)
{
    const char *name = name_of(x);
    size_t used = strlen(log->text);

    log->step_max = fmax(log->step_max, fabs((double)x - log->before));
    log->before = x;
    log->frame++;
    if (!name)
        return;
    if (strcmp(name, log->last) != 0) {
        snprintf(log->last, sizeof log->last, "%s", name);
        log->run = 0;
    }
    /* an edge passes through foreign levels: only what lasts counts */
    if (++log->run != 20 || !name[0])
        return;
    snprintf(log->text + used, sizeof log->text - used, "%s%s", used ? " " : "", name);
    if (log->names < 128)
        log->began_s[log->names++] = (double)(log->frame - 20) / RATE;
}

static void run(struct siren *s, struct heard_log *log, double seconds, size_t block)
{
    size_t n = (size_t)(seconds * RATE);
    float x[512];

    while (n > 0) {
        size_t m = n < block ? n : block;

        siren_fill(s, x, m);
        for (size_t i = 0; i < m; i++)
            hear(log, x[i]);
        n -= m;
    }
}

static struct siren_conf conf_make(void)
{
    return (struct siren_conf){.volume = 1.0,
                               .voice_volume = 1.0,
                               .warning_rounds = 1,
                               .place = PLACE_FLOOR,
                               .building = BUILDING_TOWER};
}

struct beat {
    double at_s;
    struct sound_order order;
};

#define ON  .siren = true, .voice = true, .event = 1, .countdown_s = NAN, .maximum = NAN
#define OFF .event = 1, .countdown_s = NAN, .maximum = NAN

static const struct {
    const char *claim;
    struct beat beat[5];
    double for_s;
    const char *want;
} cases[] = {
    {"nothing is heard without an order", {{0, {0}}}, 1.0, ""},
    {"an alarm: tone, the imperative in each language, then tone and words in turn, round and round",
     {{0, {.sound = SOUND_ALARM, ON}}},
     19.0,
     "alarm zh:alarm_word alarm en:alarm_word alarm zh:source_local zh:instruct_tower alarm en:source_local "
     "en:instruct_tower alarm zh:alarm_word en:alarm_word alarm zh:source_local zh:instruct_tower alarm"},
    {"an official one names its source; so does a countdown while there is time",
     {{0,
       {.sound = SOUND_ALARM,
        .siren = true,
        .voice = true,
        .event = 1,
        .source = SOURCE_OFFICIAL,
        .countdown_s = 13}}},
     12.0,
     "alarm zh:alarm_word zh:seconds_10 alarm en:alarm_word en:seconds_5 alarm zh:seconds_5 "
     "zh:source_official "
     "zh:instruct_tower alarm en:source_official en:instruct_tower alarm"},
    {"a warning says so, one round, and is quiet then",
     {{0, {.sound = SOUND_WARNING, ON}}},
     40.0,
     "warning zh:warning_word warning en:warning_word warning zh:source_local zh:instruct_tower warning "
     "en:source_local en:instruct_tower warning zh:warning_word en:warning_word warning"},
    {"an update of the same level repeats nothing",
     {{0, {.sound = SOUND_ALARM, ON, .revision = 1}}, {1.0, {.sound = SOUND_ALARM, ON, .revision = 2}}},
     4.0,
     "alarm zh:alarm_word alarm en:alarm_word alarm"},
    {"another event sounds anew",
     {{0, {.sound = SOUND_ALARM, ON}},
      {1.0, {.sound = SOUND_ALARM, .siren = true, .voice = true, .event = 2, .countdown_s = NAN}}},
     2.0,
     "alarm zh:alarm_word alarm zh:alarm_word"},
    {"an alarm pre-empts a warning at once",
     {{0, {.sound = SOUND_WARNING, ON}}, {0.8, {.sound = SOUND_ALARM, ON}}},
     2.0,
     "warning zh:warning_word alarm zh:alarm_word"},
    {"a cancel ends the alarm and gives its reason",
     {{0, {.sound = SOUND_ALARM, ON}}, {0.3, {.sound = SOUND_CANCEL, ON}}},
     9.0,
     "alarm chime zh:cancel_word zh:cancel_local en:cancel_word en:cancel_local"},
    {"an authority's cancel gives that reason",
     {{0, {.sound = SOUND_CANCEL, ON, .source = SOURCE_OFFICIAL}}},
     9.0,
     "chime zh:cancel_word zh:cancel_official en:cancel_word en:cancel_official"},
    {"the end of shaking says how strong it was",
     {{0,
       {.sound = SOUND_ENDED, .siren = true, .voice = true, .event = 1, .countdown_s = NAN, .maximum = 5.4}}},
     9.0,
     "chime zh:ended_word zh:maximum_5 zh:ended_calm en:ended_word en:maximum_5 en:ended_calm"},
    {"and who may not go back in",
     {{0, {.sound = SOUND_ENDED, ON, .severe = true}}},
     9.0,
     "chime zh:ended_word zh:ended_severe en:ended_word en:ended_severe"},
    {"silence ends everything",
     {{0, {.sound = SOUND_ALARM, ON}}, {0.8, {.sound = SOUND_ALARM, OFF}}},
     3.0,
     "alarm zh:alarm_word"},
    {"and does not cover the next event",
     {{0, {.sound = SOUND_ALARM, ON}},
      {0.3, {.sound = SOUND_ALARM, OFF}},
      {1.0, {.sound = SOUND_WARNING, .siren = true, .voice = true, .event = 2, .countdown_s = NAN}}},
     2.0,
     "alarm warning zh:warning_word"},
    {"without a voice the tone has no gap",
     {{0, {.sound = SOUND_ALARM, .siren = true, .event = 1}}},
     30.0,
     "alarm alarm alarm alarm alarm"},
    {"without a tone the words come by themselves",
     {{0, {.sound = SOUND_WARNING, .voice = true, .event = 1, .countdown_s = NAN}}},
     20.0,
     "zh:warning_word en:warning_word zh:source_local zh:instruct_tower en:source_local en:instruct_tower "
     "zh:warning_word en:warning_word"},
    {"an exercise has a tone of its own, and first and last words that say so",
     {{0, {.sound = SOUND_ALARM, ON, .exercise = true, .source = SOURCE_OPERATOR}}},
     60.0,
     "zh:exercise_first en:exercise_first exercise zh:alarm_word exercise en:alarm_word exercise "
     "zh:instruct_tower "
     "exercise en:instruct_tower exercise zh:alarm_word en:alarm_word exercise zh:exercise_last "
     "en:exercise_last"},
    {"an exercise that is ended says its last words",
     {{0, {.sound = SOUND_ALARM, ON, .exercise = true}}, {1.6, {.sound = SOUND_NONE}}},
     9.0,
     "zh:exercise_first en:exercise_first exercise zh:exercise_last en:exercise_last"},
    {"a real alarm cuts an exercise short, without last words",
     {{0, {.sound = SOUND_ALARM, ON, .exercise = true}},
      {0.7, {.sound = SOUND_ALARM, .siren = true, .voice = true, .event = 2, .countdown_s = NAN}}},
     1.9,
     "zh:exercise_first en:exercise_first alarm zh:alarm_word"},
    {"none ends an alarm at once",
     {{0, {.sound = SOUND_ALARM, ON}}, {0.8, {.sound = SOUND_NONE}}},
     3.0,
     "alarm zh:alarm_word"},
    {"none lets a cancel be said to its end",
     {{0, {.sound = SOUND_CANCEL, ON}}, {0.3, {.sound = SOUND_NONE}}},
     9.0,
     "chime zh:cancel_word zh:cancel_local en:cancel_word en:cancel_local"},
    {"a test: its tone first, then the word", {{0, {.sound = SOUND_TEST, ON}}}, 9.0, "test zh:test en:test"},
    {"a node that is unfit says so", {{0, {.sound = SOUND_UNFIT, ON}}}, 9.0, "zh:unfit en:unfit"},
};
enum { CASES = sizeof cases / sizeof *cases };

static void play(int i, struct heard_log *log, size_t block)
{
    struct sounds *sounds = sounds_make(LANGUAGES);
    struct siren_conf conf = conf_make();
    static struct siren s;
    double now_s = 0.0;

    memset(log, 0, sizeof *log);
    siren_init(&s, sounds, &conf);
    for (int b = 0; b < 5; b++) {
        const struct beat *beat = &cases[i].beat[b];

        if (beat->order.sound == SOUND_NONE && b == 0)
            break;
        if (b > 0 && beat->at_s == 0.0)
            break;
        run(&s, log, beat->at_s - now_s, block);
        now_s = beat->at_s;
        siren_order(&s, &beat->order);
    }
    run(&s, log, cases[i].for_s - now_s, block);
    sounds_close(sounds);
}

static void what_is_heard(void **state)
{
    static struct heard_log log;

    (void)state;
    for (int i = 0; i < CASES; i++) {
        play(i, &log, 64);
        if (strcmp(log.text, cases[i].want) != 0)
            fail_msg("%s:\n  heard %s\n  want  %s", cases[i].claim, log.text, cases[i].want);
    }
}

/* 20000 / 32767 in 40 frames of a raised cosine rises by at most pi / 2 of the mean step. */
static void nothing_clicks(void **state)
{
    static struct heard_log log;

    (void)state;
    for (int i = 0; i < CASES; i++) {
        play(i, &log, 64);
        if (log.step_max > 0.68 / (SIREN_FADE_S * RATE) * 1.6 * 2)
            fail_msg("%s: a step of %.3f", cases[i].claim, log.step_max);
    }
}

static void blocks_do_not_matter(void **state)
{
    static struct heard_log a, b;

    (void)state;
    for (int i = 0; i < CASES; i++) {
        play(i, &a, 1);
        play(i, &b, 400);
        assert_string_equal(a.text, b.text);
        assert_memory_equal(a.began_s, b.began_s, sizeof a.began_s);
    }
}

static void the_imperative_begins_within_a_second(void **state)
{
    static struct heard_log log;

    (void)state;
    play(1, &log, 64);
    assert_true(log.began_s[0] < 0.01);
    assert_true(log.began_s[1] < 0.65);
    play(3, &log, 64);
    assert_true(log.began_s[1] < 0.65);
}

static void it_tells_the_frame_at_which_tone_and_words_begin(void **state)
{
    struct sounds *sounds = sounds_make(1);
    struct siren_conf conf = conf_make();
    struct sound_order order = {.sound = SOUND_ALARM, ON};
    static struct siren s;
    static float x[RATE];
    size_t word = (size_t)(0.6 * RATE);

    (void)state;
    siren_init(&s, sounds, &conf);
    siren_fill(&s, x, 100);
    assert_int_equal(s.tone_began, -1);
    siren_order(&s, &order);
    siren_fill(&s, x, 100);
    assert_int_equal(s.tone_began, 0);
    assert_int_equal(s.voice_began, -1);
    siren_fill(&s, x, word);
    assert_int_equal(s.tone_began, -1);
    assert_int_equal(s.voice_began, (ptrdiff_t)word - 100);
    siren_fill(&s, x, RATE);
    assert_int_equal(s.voice_began, -1);
    sounds_close(sounds);
}

static void silence_comes_within_ten_milliseconds(void **state)
{
    struct sounds *sounds = sounds_make(1);
    struct siren_conf conf = conf_make();
    struct sound_order on = {.sound = SOUND_ALARM, ON}, off = {.sound = SOUND_ALARM, OFF};
    static struct siren s;
    static float x[RATE];

    (void)state;
    siren_init(&s, sounds, &conf);
    siren_order(&s, &on);
    siren_fill(&s, x, 2000);
    siren_order(&s, &off);
    siren_fill(&s, x, RATE / 100);
    assert_true(x[0] > 0.5F && x[0] < 0.65F);
    for (int i = 1; i < RATE / 100; i++)
        assert_true(x[i] <= x[i - 1]);
    assert_true(x[RATE / 100 - 1] == 0.0F);
    assert_true(siren_quiet(&s));
    sounds_close(sounds);
}

/* Orders that come faster than anything fades: bounded, and in the end what the last one says. */
static void a_storm_of_orders_stays_within_full_scale(void **state)
{
    struct sounds *sounds = sounds_make(LANGUAGES);
    struct siren_conf conf = conf_make();
    static struct siren s;
    static struct heard_log log;
    float x[4];

    (void)state;
    siren_init(&s, sounds, &conf);
    for (uint32_t i = 0; i < 5000; i++) {
        struct sound_order order = {.sound = (enum sound)(i % 7),
                                    .siren = i % 3 != 0,
                                    .voice = i % 2 == 0,
                                    .exercise = i % 11 == 0,
                                    .event = i / 5,
                                    .countdown_s = i % 4 ? 9.0 : NAN};

        siren_order(&s, &order);
        siren_fill(&s, x, 1 + i % 4);
        for (uint32_t k = 0; k < 1 + i % 4; k++)
            assert_true(x[k] >= -1.0F && x[k] <= 1.0F);
    }
    siren_order(&s,
                &(struct sound_order){.sound = SOUND_WARNING, .siren = true, .voice = true, .event = 77777});
    run(&s, &log, 1.0, 64);
    assert_string_equal(log.text, "warning zh:warning_word");
    sounds_close(sounds);
}

static void words_that_are_not_there_leave_the_tone(void **state)
{
    struct sounds *sounds = sounds_make(LANGUAGES);
    struct siren_conf conf = conf_make();
    static struct siren s;
    static struct heard_log log;

    (void)state;
    for (int p = 0; p < PROMPT_COUNT; p++)
        sounds->ready[0][p] = sounds->ready[1][p] = false;
    siren_init(&s, sounds, &conf);
    siren_order(&s, &(struct sound_order){.sound = SOUND_ALARM, ON});
    run(&s, &log, 3.0, 64);
    assert_true(log.names >= 2 && strncmp(log.text, "alarm alarm", 11) == 0);
    sounds->ready[0][PROMPT_INSTRUCT_TOWER] = true; /* read meanwhile */
    run(&s, &log, 20.0, 64);
    assert_non_null(strstr(log.text, "zh:instruct_tower"));
    for (int p = 0; p < PROMPT_COUNT; p++)
        sounds->ready[0][p] = sounds->ready[1][p] = false;
    memset(&log, 0, sizeof log);
    siren_order(&s, &(struct sound_order){.sound = SOUND_ALARM, .voice = true, .event = 9});
    run(&s, &log, 20.0, 64);
    assert_string_equal(log.text, "");
    sounds_close(sounds);
}

static void rounds_are_counted(void **state)
{
    struct sounds *sounds = sounds_make(1);
    struct siren_conf conf = conf_make();
    static struct siren s;

    (void)state;
    for (int rounds = 1; rounds <= 3; rounds++) {
        static struct heard_log log;
        int said = 0;

        memset(&log, 0, sizeof log);
        conf.alarm_rounds = rounds;
        siren_init(&s, sounds, &conf);
        siren_order(&s, &(struct sound_order){.sound = SOUND_ALARM, ON});
        run(&s, &log, 60.0, 64);
        for (const char *at = log.text; (at = strstr(at, "zh:instruct_tower")) != NULL; at++)
            said++;
        assert_int_equal(said, rounds);
        assert_true(siren_quiet(&s));
    }
    sounds_close(sounds);
}

static void four_languages_fit(void **state)
{
    struct sounds *sounds = sounds_make(LANGUAGE_COUNT);
    struct siren_conf conf = conf_make();
    static struct siren s;
    static struct heard_log log;

    (void)state;
    siren_init(&s, sounds, &conf);
    siren_order(&s, &(struct sound_order){.sound = SOUND_ALARM, ON, .exercise = true});
    assert_true(s.steps < SIREN_STEPS);
    run(&s, &log, 100.0, 64);
    assert_non_null(strstr(log.text, "es:exercise_last"));
    sounds_close(sounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_heard),
        cmocka_unit_test(nothing_clicks),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(the_imperative_begins_within_a_second),
        cmocka_unit_test(it_tells_the_frame_at_which_tone_and_words_begin),
        cmocka_unit_test(silence_comes_within_ten_milliseconds),
        cmocka_unit_test(a_storm_of_orders_stays_within_full_scale),
        cmocka_unit_test(words_that_are_not_there_leave_the_tone),
        cmocka_unit_test(rounds_are_counted),
        cmocka_unit_test(four_languages_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
