#include "alarm/clip.h"

#include <math.h>
#include <samplerate.h>
#include <stdbool.h>
#include <stdlib.h>

static const double trim_level = 0.005; /* -46 dB */
static const double trim_keep_s = 0.005;

static int16_t frame_of(float x)
{
    if (!isfinite(x))
        return 0;
    if (x > 1.0F)
        return INT16_MAX;
    return (int16_t)lrintf((x < -1.0F ? -1.0F : x) * 32767.0F);
}

static int clip_fill(struct clip *c, const struct sys *sys, const float *sample, size_t n, struct error *err)
{
    c->frame = sys_alloc(sys, n * sizeof *c->frame);
    if (!c->frame)
        return error_set(err, "no memory for %zu frames of sound", n);
    c->frames = n;
    for (size_t i = 0; i < n; i++)
        c->frame[i] = frame_of(sample[i]);
    return 0;
}

static bool rate_known(unsigned hz)
{
    return hz >= CLIP_RATE_MIN_HZ && hz <= CLIP_RATE_MAX_HZ;
}

/* libsamplerate wants its samples finite. */
static void finite_copy(float *to, const float *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = isfinite(from[i]) ? from[i] : 0.0F;
}

int clip_from(struct clip *c, const struct sys *sys, const float *sample, size_t n, unsigned from_hz,
              unsigned to_hz, struct error *err)
{
    double ratio = (double)to_hz / (double)from_hz;
    size_t room;
    SRC_DATA src = {0};
    float *work;
    int failed;

    *c = (struct clip){0};
    if (!rate_known(from_hz) || !rate_known(to_hz))
        return error_set(err, "sound at %u Hz for a card at %u Hz: both must lie in %d .. %d Hz", from_hz,
                         to_hz, CLIP_RATE_MIN_HZ, CLIP_RATE_MAX_HZ);
    if (n == 0)
        return 0;
    if (n > (size_t)CLIP_RATE_MAX_HZ * 600)
        return error_set(err, "a sound of %zu frames is too long", n);
    if (from_hz == to_hz)
        return clip_fill(c, sys, sample, n, err);
    room = (size_t)ceil((double)n * ratio) + 1;
    work = sys_alloc(sys, (n + room) * sizeof *work);
    if (!work)
        return error_set(err, "no memory for %zu frames of sound", n);
    finite_copy(work, sample, n);
    src.data_in = work;
    src.data_out = work + n;
    src.input_frames = (long)n;
    src.output_frames = (long)room;
    src.src_ratio = ratio;
    failed = src_simple(&src, SRC_SINC_FASTEST, 1);
    if (failed)
        failed = error_set(err, "resampling from %u to %u Hz: %s", from_hz, to_hz, src_strerror(failed));
    else
        failed = clip_fill(c, sys, work + n, (size_t)src.output_frames_gen, err);
    sys_free(sys, work);
    return failed;
}

void clip_free(struct clip *c, const struct sys *sys)
{
    sys_free(sys, c->frame);
    *c = (struct clip){0};
}

static int peak_of(const struct clip *c)
{
    int peak = 0;

    for (size_t i = 0; i < c->frames; i++)
        if (abs(c->frame[i]) > peak)
            peak = abs(c->frame[i]);
    return peak;
}

void clip_trim(struct clip *c, unsigned rate_hz)
{
    size_t keep = (size_t)(trim_keep_s * rate_hz), from = 0, to = c->frames;
    int limit = (int)(trim_level * peak_of(c));

    while (from < to && abs(c->frame[from]) <= limit)
        from++;
    while (to > from && abs(c->frame[to - 1]) <= limit)
        to--;
    from = from > keep ? from - keep : 0;
    to = c->frames - to > keep ? to + keep : c->frames;
    for (size_t i = from; i < to; i++)
        c->frame[i - from] = c->frame[i];
    c->frames = to - from;
}

void clip_level(struct clip *c, double peak)
{
    int largest = peak_of(c);
    double gain;

    if (largest == 0)
        return;
    gain = peak * 32767.0 / largest;
    for (size_t i = 0; i < c->frames; i++)
        c->frame[i] = frame_of((float)(c->frame[i] * gain / 32767.0));
}

void clip_louden(struct clip *c, double drive)
{
    int largest = peak_of(c);

    if (largest == 0)
        return;
    for (size_t i = 0; i < c->frames; i++)
        c->frame[i] = frame_of((float)(tanh(drive * c->frame[i] / largest) / tanh(drive)));
}
