#include "alarm/heard.h"

#include <math.h>
#include <string.h>

/* Far enough to lie outside of a Hann window's main lobe (2 / HEARD_WINDOW_S = 50 Hz), near enough to share
 * the room's and the loudspeaker's response; none is a harmonic of the other tone. */
static const double neighbour[] = {0.80, 0.87, 1.15, 1.25};
enum { NEIGHBOURS = sizeof neighbour / sizeof *neighbour };

static const double background_ratio = 4.0; /* 6 dB above what was there before */
static const double floor_power = 1e-10;    /* -100 dB of full scale: a digital zero proves nothing */
static const double early_s = 0.3;          /* the second tone may seem to come so much before it is due */
static const double turn = 6.283185307179586;

bool heard_init(struct heard *h, const struct heard_conf *conf)
{
    memset(h, 0, sizeof *h);
    if (conf->rate_hz < 8000 || conf->rate_hz > 192000)
        return false;
    for (int k = 0; k < HEARD_TONES; k++)
        if (!(conf->hz[k] >= 100.0 && conf->hz[k] * 1.3 < conf->rate_hz / 2.0))
            return false;
    h->conf = *conf;
    h->ratio = pow(10.0, conf->ratio_db / 10.0);
    h->window = (size_t)(HEARD_WINDOW_S * conf->rate_hz);
    for (size_t i = 0; i < h->window; i++)
        h->hann[i] = (float)(1.0 - cos(turn * ((double)i + 0.5) / (double)h->window));
    h->first[0] = h->first[1] = -1;
    return true;
}

/* The square of the amplitude at hz: Goertzel's recursion over the window. */
static double power_at(const struct heard *h, double hz)
{
    double c = 2.0 * cos(turn * hz / h->conf.rate_hz), before = 0.0, last = 0.0;
    double scale = 2.0 / (double)h->window;

    for (size_t i = 0; i < h->window; i++) {
        double now = (double)h->sample[i] + c * last - before;

        before = last;
        last = now;
    }
    return (last * last + before * before - c * last * before) * scale * scale;
}

/* Before its time the second tone does not count: it is something else that sounds so. */
static bool due(const struct heard *h, int k)
{
    return k == 0 ||
           (h->first[0] >= 0 &&
            (double)h->frame >= (double)h->first[0] + (h->conf.apart_s - early_s) * h->conf.rate_hz);
}

static void window_end(struct heard *h)
{
    for (int k = 0; k < HEARD_TONES; k++) {
        double power = power_at(h, h->conf.hz[k]), around = 0.0;

        if (!h->listening) {
            h->background[k] = fmax(h->background[k], power);
            continue;
        }
        for (int i = 0; i < NEIGHBOURS; i++)
            around += power_at(h, h->conf.hz[k] * neighbour[i]) / NEIGHBOURS;
        if (!due(h, k) || power < floor_power || power < h->ratio * around ||
            power < background_ratio * h->background[k])
            continue;
        h->windows[k]++;
        h->power[k] = fmax(h->power[k], power);
        if (h->first[k] < 0)
            h->first[k] = (int64_t)h->frame;
    }
    if (h->listening)
        h->frame += h->window;
    h->filled = 0;
}

void heard_step(struct heard *h, const float *sample, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float x = isfinite(sample[i]) ? sample[i] : 0.0F;

        h->sample[h->filled] = x * h->hann[h->filled];
        if (++h->filled == h->window)
            window_end(h);
    }
}

void heard_start(struct heard *h)
{
    h->listening = true;
    h->filled = 0;
}

bool heard_answer(const struct heard *h, double *after_s)
{
    if (after_s)
        *after_s = h->first[0] < 0 ? NAN : (double)h->first[0] / h->conf.rate_hz;
    return h->windows[0] >= HEARD_WINDOWS && h->windows[1] >= HEARD_WINDOWS;
}

double heard_level_db(const struct heard *h)
{
    double power = fmin(h->power[0], h->power[1]);

    return power > 1e-20 ? 10.0 * log10(power) : -200.0;
}
