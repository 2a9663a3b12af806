/* Sounds from files: what is read, what is refused and why, and what a clip does with it. */
#include "alarm/wav.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/fake_end.h"

enum { FILE_MAX = 1 << 20 };

struct file {
    unsigned char byte[FILE_MAX];
    size_t n;
};

static void put(struct file *f, uint32_t v, int bytes)
{
    for (; bytes--; v >>= 8)
        f->byte[f->n++] = (unsigned char)v;
}

static void text(struct file *f, const char *four)
{
    memcpy(f->byte + f->n, four, 4);
    f->n += 4;
}

static void format(struct file *f, unsigned tag, unsigned channels, unsigned rate_hz, unsigned bits)
{
    bool extensible = tag >= 0x10000;

    text(f, "fmt ");
    put(f, extensible ? 40 : 16, 4);
    put(f, extensible ? 0xFFFE : tag, 2);
    put(f, channels, 2);
    put(f, rate_hz, 4);
    put(f, rate_hz * channels * bits / 8, 4);
    put(f, channels * bits / 8, 2);
    put(f, bits, 2);
    if (extensible) {
        put(f, 22, 2);
        put(f, bits, 2);
        put(f, 0, 4);
        put(f, tag & 0xFFFF, 4);
        put(f, 0, 4);
        put(f, 0, 4);
        put(f, 0, 4);
    }
}

static void begin(struct file *f)
{
    f->n = 0;
    text(f, "RIFF");
    put(f, 0, 4);
    text(f, "WAVE");
}

static void data(struct file *f, uint32_t bytes)
{
    text(f, "data");
    put(f, bytes, 4);
}

static int read_file(struct clip *c, const struct file *f, unsigned rate_hz, struct error *err)
{
    struct fake_sys fake;
    int failed;

    fake_sys_init(&fake);
    fake_file_put(&fake, "a.wav", f->byte, f->n);
    failed = wav_read(c, &fake.sys, "a.wav", rate_hz, 2.0, err);
    assert_int_equal(fake.open_fds, 0);
    if (failed)
        assert_int_equal(fake.live_allocs, 0);
    else /* the memory is the fake's: one copy for the asserts, then back */
        assert_int_equal(fake.live_allocs, c->frames ? 1 : 0);
    if (!failed) {
        struct clip copy = {.frames = c->frames, .frame = sys_alloc(&sys_real, c->frames * 2 + 1)};

        memcpy(copy.frame, c->frame, c->frames * 2);
        clip_free(c, &fake.sys);
        *c = copy;
    }
    fake_sys_end(&fake);
    return failed;
}

/* Frames -1/2, 0, +1/2 of full scale in each encoding. */
static void each_encoding_is_read(void **state)
{
    static const struct {
        unsigned tag, bits;
        uint32_t value[3];
    } cases[] = {
        {1, 8, {0x40, 0x80, 0xC0}},
        {1, 16, {0xC000, 0, 0x4000}},
        {1, 24, {0xC00000, 0, 0x400000}},
        {1, 32, {0xC0000000, 0, 0x40000000}},
        {3, 32, {0xBF000000, 0, 0x3F000000}},
        {0x10001, 16, {0xC000, 0, 0x4000}},
        {0x10003, 32, {0xBF000000, 0, 0x3F000000}},
    };
    static struct file f;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (unsigned channels = 1; channels <= 8; channels += 7) {
            struct error err = {""};
            struct clip c;

            begin(&f);
            text(&f, "LIST"); /* what is unknown is passed over, and so is its padding */
            put(&f, 3, 4);
            put(&f, 0x616263, 4);
            format(&f, cases[i].tag, channels, 8000, cases[i].bits);
            data(&f, 3 * channels * cases[i].bits / 8);
            for (int n = 0; n < 3; n++)
                for (unsigned k = 0; k < channels; k++)
                    put(&f, cases[i].value[n], (int)cases[i].bits / 8);
            if (read_file(&c, &f, 8000, &err) != 0)
                fail_msg("%zu: %s", i, err.text);
            assert_int_equal(c.frames, 3);
            assert_in_range(c.frame[0] + 32768, 32768 - 16385, 32768 - 16382);
            assert_int_equal(c.frame[1], 0);
            assert_in_range(c.frame[2], 16382, 16385);
            clip_free(&c, &sys_real);
        }
}

static void channels_are_averaged(void **state)
{
    static struct file f;
    struct error err;
    struct clip c;

    (void)state;
    begin(&f);
    format(&f, 1, 2, 8000, 16);
    data(&f, 4);
    put(&f, 20000, 2);
    put(&f, 10000, 2);
    assert_int_equal(read_file(&c, &f, 8000, &err), 0);
    assert_in_range(c.frame[0], 14998, 15000);
    clip_free(&c, &sys_real);
}

static void a_tone_keeps_its_pitch_and_length_at_the_cards_rate(void **state)
{
    static const unsigned rates[] = {16000, 22050, 44100, 48000, 96000};
    static struct file f;

    (void)state;
    for (int r = 0; r < 5; r++) {
        struct error err;
        struct clip c;
        int crossings = 0, peak = 0;

        begin(&f);
        format(&f, 1, 1, 22050, 16);
        data(&f, 22050 * 2);
        for (int i = 0; i < 22050; i++)
            put(&f, (uint32_t)(int32_t)lrint(16000 * sin(6.283185307179586 * 440.0 * i / 22050)), 2);
        assert_int_equal(read_file(&c, &f, rates[r], &err), 0);
        assert_true(fabs((double)c.frames - rates[r]) < 64);
        for (size_t i = rates[r] / 10 + 1; i < c.frames - rates[r] / 10; i++) {
            crossings += c.frame[i - 1] < 0 && c.frame[i] >= 0;
            peak = abs(c.frame[i]) > peak ? abs(c.frame[i]) : peak;
        }
        assert_in_range(crossings, 350, 354);
        assert_in_range(peak, 15700, 16300);
        clip_free(&c, &sys_real);
    }
}

static const struct {
    const char *what, *why;
    unsigned tag, channels, rate_hz, bits;
    uint32_t bytes, there;
} refused[] = {
    {"a compressed file", "coded (format 85)", 85, 1, 44100, 16, 4, 4},
    {"no channel", "0 channels", 1, 0, 44100, 16, 4, 4},
    {"nine channels", "9 channels", 1, 9, 44100, 16, 18, 18},
    {"too low a rate", "7999 frames a second", 1, 1, 7999, 16, 4, 4},
    {"too high a rate", "192001 frames a second", 1, 1, 192001, 16, 4, 4},
    {"12 bits", "samples of 12 bits", 1, 1, 44100, 12, 4, 4},
    {"a float of 64 bits", "samples of 64 bits", 3, 1, 44100, 64, 8, 8},
    {"no data", "0 bytes of data", 1, 1, 44100, 16, 0, 0},
    {"half a frame", "no whole number of frames", 1, 2, 44100, 16, 6, 6},
    {"more than the time allowed", "at most 2 s", 1, 1, 8000, 16, 32002, 32002},
    {"data that the file does not have", "ends in the middle", 1, 1, 8000, 16, 100, 98},
};

static void what_cannot_be_played_is_refused_with_its_reason(void **state)
{
    static struct file f;

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct error err = {""};
        struct clip c;

        begin(&f);
        format(&f, refused[i].tag, refused[i].channels, refused[i].rate_hz, refused[i].bits);
        data(&f, refused[i].bytes);
        for (uint32_t k = 0; k < refused[i].there; k++)
            put(&f, 1, 1);
        assert_int_equal(read_file(&c, &f, 48000, &err), -1);
        if (!strstr(err.text, refused[i].why) || strncmp(err.text, "a.wav: ", 7) != 0)
            fail_msg("%s: %s", refused[i].what, err.text);
    }
}

static void a_file_cut_at_any_byte_is_refused(void **state)
{
    static struct file f;
    struct error err;
    struct clip c;
    size_t whole;

    (void)state;
    begin(&f);
    format(&f, 0x10001, 1, 8000, 16);
    data(&f, 20);
    for (int i = 0; i < 20; i++)
        put(&f, 7, 1);
    for (whole = f.n, f.n = 0; f.n < whole; f.n++)
        assert_int_equal(read_file(&c, &f, 8000, &err), -1);
    assert_int_equal(read_file(&c, &f, 8000, &err), 0);
    clip_free(&c, &sys_real);
}

static void its_own_header_is_read_back(void **state)
{
    static struct file f;
    struct error err;
    struct clip c;

    (void)state;
    wav_header(f.byte, 100, 44100);
    f.n = WAV_HEADER;
    for (int i = 0; i < 100; i++)
        put(&f, (uint32_t)i, 2);
    assert_int_equal(read_file(&c, &f, 44100, &err), 0);
    assert_int_equal(c.frames, 100);
    assert_in_range(c.frame[99], 98, 99);
    clip_free(&c, &sys_real);
}

static void memory_that_is_refused_leaves_nothing(void **state)
{
    static struct file f;

    (void)state;
    begin(&f);
    format(&f, 1, 1, 22050, 16);
    data(&f, 2000);
    for (int i = 0; i < 1000; i++)
        put(&f, (uint32_t)i, 2);
    for (int at = 1; at < 10; at++) {
        struct fake_sys fake;
        struct error err = {""};
        struct clip c;

        fake_sys_init(&fake);
        fake_file_put(&fake, "a.wav", f.byte, f.n);
        fake.fail_alloc_at = at;
        if (wav_read(&c, &fake.sys, "a.wav", 48000, 2.0, &err) != 0) {
            assert_true(err.text[0]);
            assert_null(c.frame);
        }
        clip_free(&c, &fake.sys);
        fake_sys_end(&fake);
    }
}

static void silence_around_a_word_is_cut(void **state)
{
    int16_t frame[1000] = {0};
    struct clip c = {frame, 1000};

    (void)state;
    for (int i = 400; i < 500; i++)
        frame[i] = 10000;
    frame[100] = 49; /* noise, under 0.5 % */
    clip_trim(&c, 8000);
    assert_int_equal(c.frames, 100 + 2 * 40);
    assert_int_equal(c.frame[39], 0);
    assert_int_equal(c.frame[40], 10000);
    clip_level(&c, 0.5);
    assert_int_equal(c.frame[40], 16384);
    clip_louden(&c, 3.0);
    assert_int_equal(c.frame[40], 32767);
    memset(frame, 0, sizeof frame);
    c.frames = 1000;
    clip_trim(&c, 8000);
    clip_level(&c, 1.0);
    clip_louden(&c, 3.0);
    assert_true(c.frames <= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_encoding_is_read),
        cmocka_unit_test(channels_are_averaged),
        cmocka_unit_test(a_tone_keeps_its_pitch_and_length_at_the_cards_rate),
        cmocka_unit_test(what_cannot_be_played_is_refused_with_its_reason),
        cmocka_unit_test(a_file_cut_at_any_byte_is_refused),
        cmocka_unit_test(its_own_header_is_read_back),
        cmocka_unit_test(memory_that_is_refused_leaves_nothing),
        cmocka_unit_test(silence_around_a_word_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
