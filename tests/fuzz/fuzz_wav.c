/* Any bytes as a sound file and, up to the first NUL, as the texts of the siren's configuration: a clip or one line of
 * error, nothing left behind. */
#include <stdint.h>
#include <stdlib.h>

#include "alarm/schedule.h"
#include "alarm/voice.h"
#include "alarm/wav.h"
#include "tests/unit/fake_sys.h"

static void texts(const uint8_t *data, size_t size)
{
    char text[CONF_TEXT_MAX];
    size_t n = size < sizeof text - 1 ? size : sizeof text - 1;
    enum voice_language language[LANGUAGE_COUNT];
    struct schedule schedule;
    struct error err = {""};
    int languages, last = -1;

    memcpy(text, data, n);
    text[n] = '\0';
    if (schedule_parse(&schedule, text, &err) == 0)
        for (int minute = 0; minute < 1440; minute += 61)
            schedule_due(&schedule, 1, 1, minute, &last);
    else if (!err.text[0])
        abort();
    languages = voice_languages(language, text, &err);
    if (languages > LANGUAGE_COUNT || (languages < 0 && !err.text[0]))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned rates[] = {8000, 48000};
    struct fake_sys fake;

    texts(data, size);
    fake_sys_init(&fake);
    fake_file_put(&fake, "a.wav", data, size);
    for (int i = 0; i < 2; i++) {
        struct error err = {""};
        struct clip c;

        if (wav_read(&c, &fake.sys, "a.wav", rates[i], 1.0, &err) == 0) {
            /* one second at the card's rate, and what the resampler adds */
            if (c.frames > rates[i] + rates[i] / 10)
                abort();
            clip_trim(&c, rates[i]);
            clip_level(&c, 0.9);
            clip_louden(&c, 3.0);
        } else if (!err.text[0] || c.frame) {
            abort();
        }
        clip_free(&c, &fake.sys);
    }
    if (fake.live_allocs || fake.open_fds)
        abort();
    fake_sys_done(&fake);
    return 0;
}
