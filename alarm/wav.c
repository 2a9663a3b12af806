#include "alarm/wav.h"

#include <stdbool.h>
#include <string.h>

#include "io/input.h"

enum { FORMAT_PCM = 1, FORMAT_FLOAT = 3, FORMAT_EXTENSIBLE = 0xFFFE, CHANNELS_MAX = 8 };

struct format {
    bool known;
    unsigned tag, channels, rate_hz, bits;
};

static unsigned get16(const unsigned char *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static int get(struct input *in, void *to, size_t n, struct error *err)
{
    ptrdiff_t got = input_read(in, to, n, err);

    if (got < 0)
        return -1;
    return (size_t)got == n ? 0 : error_set(err, "%s: it ends in the middle", input_name(in));
}

/* WAVE_FORMAT_EXTENSIBLE keeps the real format in the first two bytes of a GUID. */
static int read_format(struct format *f, struct input *in, uint32_t size, struct error *err)
{
    unsigned char b[40];
    uint32_t n = size < sizeof b ? size : (uint32_t)sizeof b;

    if (f->known)
        return error_set(err, "%s: it has two format chunks", input_name(in));
    if (size < 16)
        return error_set(err, "%s: its format chunk is cut short", input_name(in));
    if (get(in, b, n, err) != 0 || input_skip(in, (int64_t)(size - n) + (size & 1), err) != 0)
        return -1;
    f->known = true;
    f->tag = get16(b);
    f->channels = get16(b + 2);
    f->rate_hz = get32(b + 4);
    f->bits = get16(b + 14);
    if (f->tag == FORMAT_EXTENSIBLE && n >= 40)
        f->tag = get16(b + 24);
    if (f->tag != FORMAT_PCM && f->tag != FORMAT_FLOAT)
        return error_set(err, "%s: coded (format %u); only plain PCM or 32-bit float is played",
                         input_name(in), f->tag);
    if (f->channels < 1 || f->channels > CHANNELS_MAX)
        return error_set(err, "%s: %u channels, 1 to %d are possible", input_name(in), f->channels,
                         CHANNELS_MAX);
    if (f->rate_hz < CLIP_RATE_MIN_HZ || f->rate_hz > CLIP_RATE_MAX_HZ)
        return error_set(err, "%s: %u frames a second, %d to %d are possible", input_name(in), f->rate_hz,
                         CLIP_RATE_MIN_HZ, CLIP_RATE_MAX_HZ);
    if (f->tag == FORMAT_FLOAT ? f->bits != 32
                               : f->bits != 8 && f->bits != 16 && f->bits != 24 && f->bits != 32)
        return error_set(err, "%s: samples of %u bits; 8, 16, 24, 32 or float of 32 are possible",
                         input_name(in), f->bits);
    if (get16(b + 12) != f->channels * f->bits / 8)
        return error_set(err, "%s: its frames of %u bytes do not fit %u channels of %u bits", input_name(in),
                         get16(b + 12), f->channels, f->bits);
    return 0;
}

static float sample_of(const unsigned char *p, const struct format *f)
{
    uint32_t u;
    float x;

    if (f->tag == FORMAT_FLOAT) {
        u = get32(p);
        memcpy(&x, &u, sizeof x);
        return x;
    }
    switch (f->bits) {
    case 8: /* unsigned, by the format's own rule */
        return ((float)p[0] - 128.0F) / 128.0F;
    case 16:
        return (float)(int16_t)get16(p) / 32768.0F;
    case 24:
        u = (uint32_t)p[0] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 24;
        return (float)(int32_t)u / 2147483648.0F;
    default:
        return (float)(int32_t)get32(p) / 2147483648.0F;
    }
}

static int read_frames(float *to, size_t n, struct input *in, const struct format *f, struct error *err)
{
    unsigned char frame[CHANNELS_MAX * 4];
    size_t width = f->bits / 8;

    for (size_t i = 0; i < n; i++) {
        float sum = 0.0F;

        if (get(in, frame, width * f->channels, err) != 0)
            return -1;
        for (unsigned k = 0; k < f->channels; k++)
            sum += sample_of(frame + k * width, f);
        to[i] = sum / (float)f->channels;
    }
    return 0;
}

static int read_data(struct clip *c, const struct sys *sys, struct input *in, const struct format *f,
                     uint32_t size, unsigned rate_hz, double seconds_max, struct error *err)
{
    size_t bytes = f->channels * (f->bits / 8), n;
    float *sample;
    int failed;

    if (!f->known || bytes == 0)
        return error_set(err, "%s: data before its format", input_name(in));
    if (size == 0 || size % bytes != 0)
        return error_set(err, "%s: %u bytes of data are no whole number of frames of %zu bytes",
                         input_name(in), size, bytes);
    n = size / bytes;
    if ((double)n > seconds_max * f->rate_hz)
        return error_set(err, "%s: %.1f s long, at most %.0f s are possible", input_name(in),
                         (double)n / f->rate_hz, seconds_max);
    sample = sys_alloc(sys, n * sizeof *sample);
    if (!sample)
        return error_set(err, "%s: no memory for %zu frames", input_name(in), n);
    failed = read_frames(sample, n, in, f, err);
    if (!failed)
        failed = clip_from(c, sys, sample, n, f->rate_hz, rate_hz, err);
    sys_free(sys, sample);
    return failed;
}

static int read_chunks(struct clip *c, const struct sys *sys, struct input *in, unsigned rate_hz,
                       double seconds_max, struct error *err)
{
    unsigned char head[12];
    struct format format = {0};

    if (get(in, head, 12, err) != 0)
        return -1;
    if (memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0)
        return error_set(err, "%s: no WAV file", input_name(in));
    for (;;) {
        uint32_t size;

        if (get(in, head, 8, err) != 0)
            return -1;
        size = get32(head + 4);
        if (memcmp(head, "data", 4) == 0)
            return read_data(c, sys, in, &format, size, rate_hz, seconds_max, err);
        if (memcmp(head, "fmt ", 4) == 0) {
            if (read_format(&format, in, size, err) != 0)
                return -1;
        } else if (input_skip(in, (int64_t)size + (size & 1), err) != 0) {
            return -1;
        }
    }
}

int wav_read(struct clip *c, const struct sys *sys, const char *path, unsigned rate_hz, double seconds_max,
             struct error *err)
{
    struct input *in;
    int failed;

    *c = (struct clip){0};
    if (input_open(&in, sys, path, err) != 0)
        return -1;
    failed = read_chunks(c, sys, in, rate_hz, seconds_max, err);
    input_close(in);
    return failed;
}

static void put32(unsigned char *to, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(v >> (8 * i));
}

void wav_header(unsigned char to[WAV_HEADER], size_t n, unsigned rate_hz)
{
    uint32_t bytes = n > (UINT32_MAX - 36) / 2 ? UINT32_MAX - 37 : (uint32_t)n * 2;

    memcpy(to, "RIFF....WAVEfmt ....", 20);
    put32(to + 4, bytes + 36);
    put32(to + 16, 16);
    put32(to + 20, FORMAT_PCM | 1U << 16); /* one channel */
    put32(to + 24, rate_hz);
    put32(to + 28, rate_hz * 2);
    put32(to + 32, 2 | 16U << 16); /* bytes a frame, bits a sample */
    memcpy(to + 36, "data", 4);
    put32(to + 40, bytes);
}
