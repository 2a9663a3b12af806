#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libmseed.h>

#include "io/steim.h"
#include "tests/unit/io/make_mseed.h"

enum { FRAMES = 7, SIZE = FRAMES * STEIM_FRAME, MOST = FRAMES * STEIM_FRAME_SAMPLES, RECORD = 512 };

static unsigned char record[RECORD];
static unsigned char *const frames = record + RECORD - SIZE;
static MSRecord *msr;
static double got[MOST + STEIM_ROOM];
static int32_t want[MOST];
static uint32_t seed;

static uint32_t random_bits(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 16 | seed << 16;
}

static void put(int word, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        frames[4 * word + i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Words of kinds that there are, in any order: codes 1, 2 (1 to 3 at the top) and 3 (0 to 2), or none. */
static void random_frames(bool sound)
{
    for (int f = 0; f < FRAMES; f++) {
        uint32_t codes = 0;
        for (int w = 1; w < 16; w++) {
            uint32_t code = random_bits() % 4, word = random_bits(), top = random_bits() % 3 + (code == 2);
            codes |= code << (30 - 2 * w);
            put(16 * f + w, sound && code > 1 ? (word & UINT32_MAX >> 2) | top << 30 : word);
        }
        put(16 * f, codes);
    }
}

/* How many of n samples libmseed finds; the last of them becomes what the first frame states. */
static int reference(int n)
{
    record[30] = (unsigned char)(n >> 8);
    record[31] = (unsigned char)n;
    if (msr_unpack((char *)record, RECORD, &msr, 1, 0) != MS_NOERROR || msr->numsamples < 1)
        return 0;
    memcpy(want, msr->datasamples, (size_t)msr->numsamples * sizeof *want);
    put(2, (uint32_t)want[msr->numsamples - 1]);
    return (int)msr->numsamples;
}

static void agrees_with_libmseed(void **state)
{
    int decoded = 0, refused = 0;

    (void)state;
    seed = 1;
    for (int round = 0; round < 4000; round++) {
        random_frames(round % 4 != 0);
        int n = 1 + (int)(random_bits() % 420), found = reference(n);
        bool ok = steim2_decode(frames, SIZE, got, (size_t)n);
        if (ok != (found == n))
            fail_msg("round %d: %d of %d samples by libmseed, %s here", round, found, n,
                     ok ? "all" : "refused");
        for (int i = 0; ok && i < n; i++)
            if (got[i] != want[i])
                fail_msg("round %d: sample %d of %d is %.0f, not %d", round, i, n, got[i], want[i]);
        decoded += ok;
        refused += !ok;
    }
    assert_true(decoded > 1000 && refused > 500);
}

static void refuses_what_is_damaged_or_cut(void **state)
{
    (void)state;
    seed = 2;
    random_frames(true);
    assert_int_equal(reference(200), 200);
    assert_true(steim2_decode(frames, SIZE, got, 200));
    assert_false(steim2_decode(frames, SIZE, got, MOST));
    assert_false(steim2_decode(frames, STEIM_FRAME, got, 200));
    assert_false(steim2_decode(frames, STEIM_FRAME - 1, got, 1));
    assert_false(steim2_decode(frames, 0, got, 1));
    assert_false(steim2_decode(frames, SIZE, got, 0));
    frames[11] ^= 1;
    assert_false(steim2_decode(frames, SIZE, got, 200));
    memset(frames, 0, SIZE);
    assert_false(steim2_decode(frames, SIZE, got, 1));
}

static void no_message(char *message)
{
    (void)message;
}

static int setup(void **state)
{
    const int32_t one[2] = {1, 1};
    int bytes;

    (void)state;
    ms_loginit(no_message, NULL, no_message, NULL);
    mseed_record(record, &bytes, &(struct mseed_spec){.encoding = 11}, one, NULL, 1);
    return bytes == RECORD ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    msr_free(&msr);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_libmseed),
        cmocka_unit_test(refuses_what_is_damaged_or_cut),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
