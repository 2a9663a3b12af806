#include "io/sensor_watch.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRAVITY         9.80665
#define FLAT_S          1.0  /* of a step of FLAT_STEP and below */
#define FLAT_STEP       1e-3 /* m/s^2: about the noise of a good 16-bit sensor; own choice */
#define FLAT_MAX_S      60.0
#define STUCK_FACTOR    10
#define NO_GRAVITY_MPS2 1.0
enum { GRAVITY_SECONDS = 3 };

double sensor_watch_flat_s(double lsb_mps2)
{
    double steps = lsb_mps2 / FLAT_STEP;

    return fmin(FLAT_MAX_S, FLAT_S * fmax(1, steps * steps));
}

static void begin_second(struct sensor_watch *w)
{
    w->now = (struct sensor_watch_second){.samples = 0};
    for (int a = 0; a < SENSOR_AXES; a++) {
        w->now.low[a] = INFINITY;
        w->now.high[a] = -INFINITY;
        w->sum[a] = w->square[a] = 0;
    }
}

void sensor_watch_init(struct sensor_watch *w, const struct sensor_watch_input *input,
                       const struct sensor_limits *limits)
{
    memset(w, 0, sizeof *w);
    w->input = *input;
    w->limits = *limits;
    w->temperature_c = NAN;
    for (int a = 0; a < SENSOR_AXES; a++)
        w->flat_s[a] = limits->flat_s > 0 ? limits->flat_s : sensor_watch_flat_s(input->lsb_mps2[a]);
    begin_second(w);
}

static void end_second(struct sensor_watch *w)
{
    double n = w->now.samples;

    for (int a = 0; a < SENSOR_AXES; a++) {
        double mean = w->sum[a] / n;
        w->now.mean[a] = w->base[a] + mean;
        w->now.rms[a] = sqrt(fmax(0, w->square[a] / n - mean * mean));
    }
    w->second[w->seconds++ % SENSOR_WATCH_QUIET] = w->now;
    begin_second(w);
}

bool sensor_watch_step(struct sensor_watch *w, const int64_t raw[SENSOR_AXES], const double mps2[SENSOR_AXES],
                       unsigned *clip_mask)
{
    unsigned clip = 0;

    for (int a = 0; a < SENSOR_AXES; a++) {
        w->still[a] = w->samples > 0 && raw[a] == w->last[a] ? w->still[a] + 1 : 0;
        w->last[a] = raw[a];
        if (raw[a] <= w->input.raw_min[a] || raw[a] >= w->input.raw_max[a])
            clip |= 1u << a;
        if (w->now.samples == 0)
            w->base[a] = mps2[a];
        double off = mps2[a] - w->base[a];
        w->sum[a] += off;
        w->square[a] += off * off;
        w->now.low[a] = fmin(w->now.low[a], mps2[a]);
        w->now.high[a] = fmax(w->now.high[a], mps2[a]);
    }
    w->samples++;
    w->now.clipped += clip != 0;
    w->clipped += clip != 0;
    if (++w->now.samples >= w->input.rate_hz)
        end_second(w);
    if (clip_mask)
        *clip_mask = clip;
    return clip != 0;
}

void sensor_watch_gap(struct sensor_watch *w, uint64_t lost)
{
    uint64_t sum = w->now.lost + lost;

    w->now.lost = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
    w->now.gaps++;
}

void sensor_watch_temperature(struct sensor_watch *w, double celsius)
{
    w->temperature_c = celsius;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quiet_noise(const struct sensor_watch *w, int axis)
{
    double rms[SENSOR_WATCH_QUIET];
    uint32_t n = w->seconds < SENSOR_WATCH_QUIET ? w->seconds : SENSOR_WATCH_QUIET;

    if (n < SENSOR_WATCH_RECENT)
        return 0;
    for (uint32_t i = 0; i < n; i++)
        rms[i] = w->second[i].rms[axis];
    qsort(rms, n, sizeof *rms, compare);
    return rms[n / 4];
}

/* The last SENSOR_WATCH_RECENT seconds together, and the one that is being filled where it counts events. */
static uint32_t tell_recent(const struct sensor_watch *w, struct sensor_health *h)
{
    uint32_t n = w->seconds < SENSOR_WATCH_RECENT ? w->seconds : SENSOR_WATCH_RECENT;
    double samples = w->now.samples, lost = w->now.lost, gaps = w->now.gaps, clipped = w->now.clipped;
    double low[SENSOR_AXES], high[SENSOR_AXES];

    for (int a = 0; a < SENSOR_AXES; a++) {
        h->mean_mps2[a] = n == 0 && samples > 0 ? w->base[a] + w->sum[a] / samples : 0;
        low[a] = w->now.low[a];
        high[a] = w->now.high[a];
    }
    for (uint32_t k = 1; k <= n; k++) {
        const struct sensor_watch_second *s = &w->second[(w->seconds - k) % SENSOR_WATCH_QUIET];
        samples += s->samples;
        lost += s->lost;
        gaps += s->gaps;
        clipped += s->clipped;
        for (int a = 0; a < SENSOR_AXES; a++) {
            h->mean_mps2[a] += s->mean[a] / n;
            low[a] = fmin(low[a], s->low[a]);
            high[a] = fmax(high[a], s->high[a]);
        }
    }
    for (int a = 0; a < SENSOR_AXES; a++)
        h->peak_mps2[a] = samples > 0 ? fmax(high[a] - h->mean_mps2[a], h->mean_mps2[a] - low[a]) : 0;
    h->lost_share = samples + lost > 0 ? lost / (samples + lost) : 0;
    h->gaps_per_s = gaps / (n + 1);
    if (clipped > 0)
        h->reasons |= 1u << SENSOR_CLIPPED;
    return n;
}

static void tell_still(const struct sensor_watch *w, struct sensor_health *h)
{
    const struct sensor_watch_second *s = &w->second[(w->seconds - 1) % SENSOR_WATCH_QUIET];
    bool still[SENSOR_AXES], moves = false;
    int count = 0;

    for (int a = 0; a < SENSOR_AXES; a++) {
        still[a] = (double)w->still[a] >= w->flat_s[a] * w->input.rate_hz;
        count += still[a];
        moves |= w->seconds > 0 && s->rms[a] > SENSOR_WATCH_MOVES * w->input.lsb_mps2[a];
    }
    if (count == SENSOR_AXES) {
        h->reasons |= 1u << SENSOR_FLAT;
        return;
    }
    for (int a = 0; a < SENSOR_AXES; a++)
        if (still[a] && (moves || (double)w->still[a] >= STUCK_FACTOR * w->flat_s[a] * w->input.rate_hz))
            h->stuck_mask |= 1u << a;
    if (h->stuck_mask)
        h->reasons |= 1u << SENSOR_STUCK;
}

static void tell_noise(const struct sensor_watch *w, struct sensor_health *h)
{
    bool still = (h->reasons & (1u << SENSOR_FLAT | 1u << SENSOR_STUCK)) != 0;

    for (int a = 0; a < SENSOR_AXES; a++) {
        h->noise_mps2[a] = quiet_noise(w, a);
        if (w->seconds < SENSOR_WATCH_RECENT)
            continue;
        if (w->limits.noise_max_mps2 > 0 && h->noise_mps2[a] > w->limits.noise_max_mps2)
            h->reasons |= 1u << SENSOR_NOISY;
        if (h->noise_mps2[a] < w->limits.noise_min_mps2 && !still) /* one name for one thing */
            h->reasons |= 1u << SENSOR_TOO_QUIET;
    }
}

static void tell_gravity(const struct sensor_watch *w, uint32_t seconds, struct sensor_health *h)
{
    const double *m = h->mean_mps2;

    h->gravity_mps2 = sqrt(m[0] * m[0] + m[1] * m[1] + m[2] * m[2]);
    if (seconds < GRAVITY_SECONDS || !(w->limits.gravity_tolerance > 0))
        return;
    if (h->gravity_mps2 < NO_GRAVITY_MPS2)
        h->reasons |= 1u << SENSOR_NO_GRAVITY;
    else if (fabs(h->gravity_mps2 / GRAVITY - 1) > w->limits.gravity_tolerance)
        h->reasons |= 1u << SENSOR_GRAVITY;
}

static void tell_temperature(const struct sensor_watch *w, struct sensor_health *h)
{
    const struct sensor_limits *l = &w->limits;

    h->temperature_c = w->temperature_c;
    if ((l->temperature_min_c != 0 || l->temperature_max_c != 0) &&
        (w->temperature_c < l->temperature_min_c || w->temperature_c > l->temperature_max_c))
        h->reasons |= 1u << SENSOR_TEMPERATURE;
}

void sensor_watch_tell(const struct sensor_watch *w, double true_rate_hz, struct sensor_health *h)
{
    const uint32_t others = 1u << SENSOR_NO_SAMPLES | 1u << SENSOR_NO_CLOCK;

    h->reasons &= others;
    h->stuck_mask = 0;
    h->clipped = w->clipped;
    h->rate_hz = w->input.rate_hz;
    h->true_rate_hz = true_rate_hz;
    h->rate_error = true_rate_hz > 0 ? true_rate_hz / w->input.rate_hz - 1 : 0;
    uint32_t seconds = tell_recent(w, h);
    if (w->limits.lost_max > 0 && h->lost_share > w->limits.lost_max)
        h->reasons |= 1u << SENSOR_GAPS;
    if (w->limits.rate_tolerance > 0 && fabs(h->rate_error) > w->limits.rate_tolerance)
        h->reasons |= 1u << SENSOR_RATE;
    tell_still(w, h);
    tell_noise(w, h);
    tell_gravity(w, seconds, h);
    tell_temperature(w, h);
}

void sensor_health_age(struct sensor_health *h, int64_t now_ns)
{
    int64_t since = h->last_ns ? h->last_ns : h->started_ns;

    h->silent_s = now_ns > since ? (double)(now_ns - since) * 1e-9 : 0;
    h->reasons &= ~(1u << SENSOR_NO_SAMPLES);
    if (h->silent_s <= SENSOR_SILENT_S)
        return;
    h->reasons |= 1u << SENSOR_NO_SAMPLES;
    if (h->state == SENSOR_STATE_RUNNING)
        h->state = SENSOR_STATE_QUIET;
}

const char *sensor_reason_name(enum sensor_reason reason)
{
    static const char *const name[SENSOR_REASONS] = {"no-samples", "gaps",        "rate",       "clipped",
                                                     "flat",       "stuck",       "noisy",      "too-quiet",
                                                     "gravity",    "temperature", "no-gravity", "no-clock"};

    return reason < SENSOR_REASONS ? name[reason] : "?";
}

const char *sensor_state_name(enum sensor_state state)
{
    static const char *const name[] = {"opening", "running", "quiet", "down"};

    return state <= SENSOR_STATE_DOWN ? name[state] : "?";
}

struct words {
    char *to;
    size_t room, used;
};

static void __attribute__((format(printf, 2, 3))) add(struct words *w, const char *format, ...)
{
    va_list args;

    if (w->used + 1 >= w->room)
        return;
    if (w->used > 0) {
        snprintf(w->to + w->used, w->room - w->used, "; ");
        w->used += strlen(w->to + w->used);
    }
    va_start(args, format);
    vsnprintf(w->to + w->used, w->room - w->used, format, args);
    va_end(args);
    w->used += strlen(w->to + w->used);
}

static double largest(const double v[SENSOR_AXES])
{
    return fmax(v[0], fmax(v[1], v[2]));
}

static double least(const double v[SENSOR_AXES])
{
    return fmin(v[0], fmin(v[1], v[2]));
}

static void say(struct words *w, const struct sensor_health *h, enum sensor_reason reason)
{
    switch (reason) {
    case SENSOR_NO_SAMPLES:
        if (h->error[0] && h->state != SENSOR_STATE_QUIET)
            add(w, "no sample for %.1f s (%s)", h->silent_s, h->error);
        else
            add(w, "no sample for %.1f s", h->silent_s);
        break;
    case SENSOR_GAPS:
        add(w, "%.2g %% of the samples lost in %.2g gaps a second", 100 * h->lost_share, h->gaps_per_s);
        break;
    case SENSOR_RATE:
        add(w, "true rate %.2f Hz, not %g Hz", h->true_rate_hz, h->rate_hz);
        break;
    case SENSOR_CLIPPED:
        add(w, "the range was exceeded in the last %d s", SENSOR_WATCH_RECENT);
        break;
    case SENSOR_FLAT:
        add(w, "no axis moves");
        break;
    case SENSOR_STUCK:
        for (int a = 0; a < SENSOR_AXES; a++)
            if (h->stuck_mask >> a & 1)
                add(w, "axis %c stands still", "xyz"[a]);
        break;
    case SENSOR_NOISY:
        add(w, "noise of %.3g mm/s^2 is above the limit", 1e3 * largest(h->noise_mps2));
        break;
    case SENSOR_TOO_QUIET:
        add(w, "noise of %.3g mm/s^2 is below what a working sensor has", 1e3 * least(h->noise_mps2));
        break;
    case SENSOR_GRAVITY:
        add(w, "gravity measured as %.2f m/s^2", h->gravity_mps2);
        break;
    case SENSOR_TEMPERATURE:
        add(w, "%.1f degrees C", h->temperature_c);
        break;
    case SENSOR_NO_GRAVITY:
        add(w, "no gravity in it");
        break;
    case SENSOR_NO_CLOCK:
        add(w, "no usable timestamps");
        break;
    case SENSOR_REASONS:
        break;
    }
}

const char *sensor_health_say(const struct sensor_health *h, char *to, size_t room)
{
    struct words w = {to, room, 0};

    if (room == 0)
        return to;
    to[0] = 0;
    if (sensor_fit(h))
        add(&w, "fit");
    for (enum sensor_reason r = 0; r < SENSOR_REASONS; r++)
        if (h->reasons >> r & 1)
            say(&w, h, r);
    return to;
}
