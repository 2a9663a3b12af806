/* Which words where: languages, instructions, countdown, largest intensity, the times of tests, and what is loaded. */
#include "alarm/voice.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "alarm/schedule.h"
#include "alarm/sounds.h"
#include "alarm/wav.h"
#include "tests/unit/fake_end.h"

static void languages_in_their_order(void **state)
{
    static const struct {
        const char *list;
        int n, first;
    } cases[] = {
        {"", 0, -1},
        {"en", 1, LANGUAGE_EN},
        {"ja, zh", 2, LANGUAGE_JA},
        {"zh,en,ja,es", 4, LANGUAGE_ZH},
        {"fr", -1, -1},
        {"zh,zh", -1, -1},
        {"z", -1, -1},
        {"zhen", -1, -1},
        {" , ", 0, -1},
        {"zh,en,ja,es,zh", -1, -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum voice_language to[LANGUAGE_COUNT];
        struct error err;
        int n = voice_languages(to, cases[i].list, &err);

        if (n != cases[i].n || (n > 0 && (int)to[0] != cases[i].first))
            fail_msg("'%s': %d", cases[i].list, n);
    }
}

static void one_sentence_is_wrong_for_a_courtyard_and_a_tower(void **state)
{
    (void)state;
    assert_int_equal(voice_instruction(BUILDING_COURTYARD, PLACE_GROUND), PROMPT_INSTRUCT_COURTYARD);
    assert_int_equal(voice_instruction(BUILDING_TOWER, PLACE_FLOOR), PROMPT_INSTRUCT_TOWER);
    assert_int_equal(voice_instruction(BUILDING_TOWER, PLACE_BASEMENT), PROMPT_INSTRUCT_BASEMENT);
    assert_int_equal(voice_instruction(BUILDING_WEAK, PLACE_GROUND), PROMPT_INSTRUCT_WEAK_GROUND);
    assert_int_equal(voice_instruction(BUILDING_WEAK, PLACE_FLOOR), PROMPT_INSTRUCT_WEAK_FLOOR);
    assert_int_equal(voice_instruction(BUILDING_HOUSE, PLACE_FLOOR), PROMPT_INSTRUCT_INDOORS);
    for (int b = BUILDING_GENERIC; b <= BUILDING_COURTYARD; b++)
        for (int p = PLACE_GROUND; p <= PLACE_BASEMENT; p++) {
            enum voice_prompt said = voice_instruction((enum voice_building)b, (enum voice_place)p);

            assert_in_range(said, PROMPT_INSTRUCT_INDOORS, PROMPT_INSTRUCT_BASEMENT);
        }
}

static void numbers_are_said_where_there_is_one_to_say(void **state)
{
    (void)state;
    assert_int_equal(voice_countdown(NAN), PROMPT_COUNT);
    assert_int_equal(voice_countdown(4.9), PROMPT_COUNT);
    assert_int_equal(voice_countdown(5.0), PROMPT_SECONDS_5);
    assert_int_equal(voice_countdown(29.0), PROMPT_SECONDS_20);
    assert_int_equal(voice_countdown(500.0), PROMPT_SECONDS_60);
    assert_int_equal(voice_maximum(NAN), PROMPT_COUNT);
    assert_int_equal(voice_maximum(0.4), PROMPT_COUNT);
    assert_int_equal(voice_maximum(0.5), PROMPT_MAXIMUM_1);
    assert_int_equal(voice_maximum(6.4), PROMPT_MAXIMUM_1 + 5);
    assert_int_equal(voice_maximum(99.0), PROMPT_MAXIMUM_12);
    assert_string_equal(voice_prompt_name(voice_maximum(12.0)), "maximum_12");
}

static void every_prompt_has_a_name(void **state)
{
    (void)state;
    for (int p = 0; p < PROMPT_COUNT; p++) {
        assert_non_null(voice_prompt_name((enum voice_prompt)p));
        for (int q = 0; q < p; q++)
            assert_string_not_equal(voice_prompt_name((enum voice_prompt)p),
                                    voice_prompt_name((enum voice_prompt)q));
    }
}

static void schedules(void **state)
{
    static const struct {
        const char *text;
        int month_day, weekday, minute; /* asked about; month_day 0: refused */
        bool due;
    } cases[] = {
        {"wed 11:00", 5, 3, 660, true},
        {"wed 11:00", 5, 2, 660, false},
        {"wed 11:00", 5, 3, 661, false},
        {"daily 00:00", 31, 0, 0, true},
        {"1st 12:00", 1, 4, 720, true},
        {"1st 12:00", 2, 4, 720, false},
        {"22nd 07:05, sun 23:59", 3, 0, 1439, true},
        {" 3rd  08:30 ", 3, 0, 510, true},
        {"", 1, 0, 0, false},
        {"wed", 0, 0, 0, false},
        {"wed 24:00", 0, 0, 0, false},
        {"wed 1:00", 0, 0, 0, false},
        {"29th 10:00", 0, 0, 0, false},
        {"0th 10:00", 0, 0, 0, false},
        {"5 10:00", 0, 0, 0, false},
        {"daily 10:60", 0, 0, 0, false},
        {"daily 10:00,", 0, 0, 0, false},
        {"daily 10:00 x", 0, 0, 0, false},
        {"wednesday 10:00", 0, 0, 0, false},
        {"daily 10:00;daily 11:00", 0, 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct schedule s;
        struct error err;
        int last = -1, failed = schedule_parse(&s, cases[i].text, &err);

        if ((failed != 0) != (cases[i].month_day == 0))
            fail_msg("'%s': %d", cases[i].text, failed);
        if (failed)
            continue;
        if (schedule_due(&s, cases[i].month_day, cases[i].weekday, cases[i].minute, &last) != cases[i].due)
            fail_msg("'%s' at %d", cases[i].text, cases[i].minute);
        /* once in its minute */
        assert_false(schedule_due(&s, cases[i].month_day, cases[i].weekday, cases[i].minute, &last));
    }
}

static void the_configuration_is_checked(void **state)
{
    static const struct {
        const char *set;
        const char *why;
    } cases[] = {
        {"siren.period_frames=200", "siren.buffer_frames"},
        {"voice.languages=xx", "voice.languages"},
        {"siren.test_schedule=sometimes", "siren.test_schedule"},
    };
    struct siren_conf conf;
    struct conf_table table = {.row = siren_rows, .rows = siren_rows_count, .target = &conf};
    struct error err;

    (void)state;
    assert_int_equal(conf_load(&table, 1, &sys_real, NULL, NULL, 0, &err), 0);
    assert_int_equal(siren_conf_check(&conf, &err), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(conf_load(&table, 1, &sys_real, NULL, &cases[i].set, 1, &err), 0);
        assert_int_equal(siren_conf_check(&conf, &err), -1);
        assert_non_null(strstr(err.text, cases[i].why));
    }
}

/* ---- what is loaded ---- */

static void put_wav(struct fake_sys *fake, const char *path, int16_t value)
{
    unsigned char file[WAV_HEADER + 2 * 400];

    wav_header(file, 400, 8000);
    for (size_t i = 0; i < 400; i++) {
        file[WAV_HEADER + 2 * i] = (unsigned char)((uint16_t)value & 255);
        file[WAV_HEADER + 2 * i + 1] = (unsigned char)((uint16_t)value >> 8);
    }
    fake_file_put(fake, path, file, sizeof file);
}

static void recordings_come_before_the_synthetic_ones(void **state)
{
    struct siren_conf conf = {
        .languages = "en", .folder = "own", .installed = "made", .building = BUILDING_TOWER};
    struct fake_sys fake;
    struct sounds *s;
    struct error err;

    (void)state;
    fake_sys_init(&fake);
    put_wav(&fake, "made/en/alarm_word.wav", 10000);
    put_wav(&fake, "made/en/warning_word.wav", 10000);
    put_wav(&fake, "made/en/unfit.wav", 10000);
    put_wav(&fake, "own/en/warning_word.wav", -20000);
    put_wav(&fake, "made/en/instruct_school.wav", 10000);
    fake_file_put_text(&fake, "own/en/unfit.wav", "RIFF....MP3 ");
    assert_int_equal(sounds_open(&s, &fake.sys, &conf, 8000, &err), 0);
    assert_true(s->tone[TONE_ALARM].frames > 0);
    assert_null(sounds_prompt(s, 0, PROMPT_ALARM_WORD));
    assert_true(sounds_load(s)); /* the imperative first */
    assert_non_null(sounds_prompt(s, 0, PROMPT_ALARM_WORD));
    assert_null(sounds_prompt(s, 0, PROMPT_WARNING_WORD));
    while (sounds_load(s)) {
    }
    assert_true(sounds_prompt(s, 0, PROMPT_ALARM_WORD)->frame[100] > 0);
    assert_true(sounds_prompt(s, 0, PROMPT_WARNING_WORD)->frame[100] < 0);
    assert_non_null(sounds_prompt(s, 0, PROMPT_UNFIT)); /* a bad recording: the synthetic one speaks */
    assert_int_equal(s->refused, 1);
    assert_null(sounds_prompt(s, 0, PROMPT_INSTRUCT_SCHOOL)); /* never said here */
    assert_null(sounds_prompt(s, 0, PROMPT_INSTRUCT_TOWER));
    assert_null(sounds_prompt(s, 0, PROMPT_COUNT));
    assert_int_equal(s->missing, PROMPT_COUNT - 10 - 3);
    assert_true(s->first_fault.text[0]);
    sounds_close(s);
    fake_sys_end(&fake);
}

static void a_wrong_tone_file_fails(void **state)
{
    struct siren_conf conf = {.alarm_file = "jma.wav"};
    struct fake_sys fake;
    struct sounds *s;
    struct error err;

    (void)state;
    fake_sys_init(&fake);
    assert_int_equal(sounds_open(&s, &fake.sys, &conf, 48000, &err), -1);
    assert_null(s);
    assert_non_null(strstr(err.text, "jma.wav"));
    put_wav(&fake, "jma.wav", 10000);
    for (int at = 0; at < 20; at++) {
        fake.fail_alloc_at = at;
        if (sounds_open(&s, &fake.sys, &conf, 8000, &err) == 0) {
            assert_int_equal(s->tone[TONE_ALARM].frames, 400);
            sounds_close(s);
        }
        assert_int_equal(fake.live_allocs, 0);
    }
    fake_sys_done(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(languages_in_their_order),
        cmocka_unit_test(one_sentence_is_wrong_for_a_courtyard_and_a_tower),
        cmocka_unit_test(numbers_are_said_where_there_is_one_to_say),
        cmocka_unit_test(every_prompt_has_a_name),
        cmocka_unit_test(schedules),
        cmocka_unit_test(the_configuration_is_checked),
        cmocka_unit_test(recordings_come_before_the_synthetic_ones),
        cmocka_unit_test(a_wrong_tone_file_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
