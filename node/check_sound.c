#include <math.h>
#include <string.h>

#include "alarm/contact.h"
#include "alarm/pcm.h"
#include "alarm/sounds.h"
#include "node/check.h"
#include "node/thread_siren.h"

enum { CHUNK = 512, WAIT_MS = 100 };
static const double listen_s = 0.5;

static int64_t now_ns(const struct check *c)
{
    const struct sys *sys = check_conf(c)->sys;

    return sys->mono_ns(sys->ctx);
}

static struct pcm_conf wish(const struct siren_conf *s, bool capture)
{
    return (struct pcm_conf){.device = capture ? s->microphone : s->device,
                             .capture = capture,
                             .rate_hz = (unsigned)s->rate_hz,
                             .period_frames = (unsigned)s->period_frames,
                             .buffer_frames = (unsigned)s->buffer_frames};
}

/* Half a second of silence, as the node plays it all day. Frames written; -1: the card was lost. */
static long play_silence(struct check *c, struct pcm *p)
{
    static const float silence[CHUNK];
    int64_t until_ns = now_ns(c) + (int64_t)(listen_s * 1e9);
    long frames = 0;

    while (now_ns(c) < until_ns) {
        size_t room = 0;
        enum pcm_status status = pcm_wait(p, -1, WAIT_MS, &room);
        if (status == PCM_OK && room > 0)
            status = pcm_write(p, silence, room < CHUNK ? room : CHUNK);
        if (status == PCM_GONE)
            return -1;
        if (status == PCM_OK)
            frames += (long)(room < CHUNK ? room : CHUNK);
    }
    return frames;
}

static void say_card(struct check *c, const char *device, struct pcm *p)
{
    const struct siren_conf *s = &check_conf(c)->node->siren;
    const struct pcm_info *i = pcm_info(p);
    double queue_ms = 1e3 * i->buffer_frames / i->rate_hz;
    long frames = play_silence(c, p);

    if (frames <= 0)
        check_say(c, CHECK_FAIL, "siren", "is it plugged in, and does aplay play on it?",
                  "\"%s\" opens and plays nothing%s%s", device, frames < 0 ? ": " : "",
                  frames < 0 ? pcm_error(p) : "");
    else if (pcm_unpaced(p))
        check_say(c, CHECK_WARN, "siren", "siren.device: name a card, \"hw:0,0\"",
                  "\"%s\" takes frames as fast as they come: nobody hears it", device);
    else if (i->rate_hz != (unsigned)s->rate_hz || i->period_frames > (unsigned)s->period_frames ||
             i->buffer_frames > (unsigned)s->buffer_frames)
        check_say(c, CHECK_WARN, "siren", "name the card itself, \"hw:0,0\", or accept the delay",
                  "\"%s\": %u Hz, period %u, queue %u frames = %.1f ms; asked for were %d, %d, %d", device,
                  i->rate_hz, i->period_frames, i->buffer_frames, queue_ms, s->rate_hz, s->period_frames,
                  s->buffer_frames);
    else
        check_say(c, CHECK_OK, "siren", NULL,
                  "\"%s\": %u Hz %s, %u channels, period %u, queue %u frames = %.1f ms", device, i->rate_hz,
                  i->format, i->channels, i->period_frames, i->buffer_frames, queue_ms);
}

/* Tones and prompts as the node would load them. */
static void check_prompts(struct check *c)
{
    const struct check_conf *conf = check_conf(c);
    struct siren_conf siren = conf->node->siren;
    struct sounds *sounds;
    struct error err;

    if (!siren.installed[0])
        siren_thread_prompts(siren.installed, sizeof siren.installed);
    if (sounds_open(&sounds, conf->sys, &siren, (unsigned)siren.rate_hz, &err) != 0) {
        check_say(c, CHECK_FAIL, "tones", "siren.*_file: name files that are there, or none", "%s", err.text);
        return;
    }
    bool more = true;
    while (more && now_ns(c) < check_until_ns(c))
        more = sounds_load(sounds);
    if (sounds->languages == 0)
        check_say(c, CHECK_OK, "voice", NULL, "no language is asked for: tones alone");
    else if (sounds->missing)
        check_say(c, CHECK_WARN, "voice", "make installs the synthetic ones (espeak-ng); docs/sound.md",
                  "%d prompts are missing, it would be silent in their place: %s", sounds->missing,
                  sounds->first_fault.text);
    else if (sounds->refused)
        check_say(c, CHECK_WARN, "voice", "docs/sound.md says what a recording must be",
                  "%d recordings are not usable, the synthetic voice speaks instead: %s", sounds->refused,
                  sounds->first_fault.text);
    else if (more)
        check_say(c, CHECK_OK, "voice", "give it longer for the others: --seconds 30",
                  "the first prompts for \"%s\" are there, the most urgent ones", siren.languages);
    else
        check_say(c, CHECK_OK, "voice", NULL, "every prompt for \"%s\" is there", siren.languages);
    sounds_close(sounds);
}

void check_siren(struct check *c)
{
    const struct check_conf *conf = check_conf(c);
    const struct siren_conf *s = &conf->node->siren;
    const struct pcm_conf pcm = wish(s, false);
    struct pcm *p;
    struct error err;

    if (!s->device[0]) {
        check_say(c, CHECK_WARN, "siren", "siren.device",
                  "none is configured: nobody hears a warning but by lines");
        return;
    }
    if (pcm_open(&p, conf->sys, &pcm, &err) != 0) {
        check_say(
            c, CHECK_FAIL, "siren",
            "aplay -L lists the devices; a card that is busy belongs to another program, perhaps the node",
            "%s", err.text);
    } else {
        say_card(c, s->device, p);
        pcm_close(p);
    }
    check_prompts(c);
}

/* Loudest frame of half a second; NAN: none came. */
static double hear(struct check *c, struct pcm *p)
{
    int64_t until_ns = now_ns(c) + (int64_t)(listen_s * 1e9);
    float frame[CHUNK];
    double loudest = NAN;

    while (now_ns(c) < until_ns) {
        size_t room = 0, got = 0;
        enum pcm_status status = pcm_wait(p, -1, WAIT_MS, &room);
        if (status == PCM_OK && room > 0)
            status = pcm_read(p, frame, room < CHUNK ? room : CHUNK, &got);
        if (status == PCM_GONE)
            break;
        for (size_t i = 0; i < got; i++)
            if (!(fabsf(frame[i]) <= loudest))
                loudest = fabsf(frame[i]);
    }
    return loudest;
}

static bool has_current(const struct contact_table *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->contact[i].role == CONTACT_CURRENT)
            return true;
    return false;
}

void check_microphone(struct check *c)
{
    const struct check_conf *conf = check_conf(c);
    const struct siren_conf *s = &conf->node->siren;
    const struct pcm_conf pcm = wish(s, true);
    struct pcm *p;
    struct error err;

    if (!s->microphone[0]) {
        bool other = has_current(&conf->node->contacts) || !s->device[0];
        check_say(c, other ? CHECK_OK : CHECK_WARN, "microphone",
                  other ? NULL : "siren.microphone, or a contact of role current in the siren's line",
                  "none is configured%s", other ? "" : ": no test of the siren can ever pass");
        return;
    }
    if (pcm_open(&p, conf->sys, &pcm, &err) != 0) {
        check_say(c, CHECK_FAIL, "microphone", "arecord -L lists the devices", "%s", err.text);
        return;
    }
    double loudest = hear(c, p);
    if (isnan(loudest))
        check_say(c, CHECK_FAIL, "microphone", "is it plugged in, and does arecord record from it?",
                  "\"%s\" opens and gives nothing", s->microphone);
    else if (!(loudest > 0))
        check_say(c, CHECK_WARN, "microphone",
                  "alsamixer: capture on, gain up; then tocsin siren --level test",
                  "\"%s\" gives digital silence: muted?", s->microphone);
    else
        check_say(c, CHECK_OK, "microphone", "tocsin siren --level test hears the siren with it",
                  "\"%s\": %u Hz, loudest %.0f dB of full scale", s->microphone, pcm_info(p)->rate_hz,
                  20 * log10(loudest));
    check_said(c);
    pcm_close(p);
}
