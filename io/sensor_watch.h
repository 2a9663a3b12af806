/* sensor_watch.h - is this accelerometer fit to warn by? What its samples say about it, in numbers and in words.
 *
 * Monitors that look at every sample and keep a few sums: the end of the range reached, a line that does not move, one
 * axis that does not, noise beyond what was specified, lost samples, the true rate, temperature. No clock, no allocation,
 * no globals: whoever has samples can run it, live or on a record. A struct sensor_health is plain data, to be
 * copied between threads (io/latest.h).
 *
 * What a quiet sensor looks like decides what may be called flat. One with 16 bits over 2 g has a step of 0.6 mm/s^2 and noise
 * of about as much in 50 Hz (45 to 130 ug/sqrt(Hz) by data sheet, from memory): its samples move among a few
 * neighbouring values, and three in a row alike are common. One with 10 to 13 bits may rest on one value for
 * minutes. So the time for which all axes must stand still grows with the square of the step (sensor_watch_flat_s). */
#ifndef TOCSIN_IO_SENSOR_WATCH_H
#define TOCSIN_IO_SENSOR_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SENSOR_AXES = 3, SENSOR_ERROR_MAX = 160 };

enum sensor_state {
    SENSOR_STATE_OPENING, /* never had a sample since the start */
    SENSOR_STATE_RUNNING,
    SENSOR_STATE_QUIET, /* open, but nothing came for longer than a buffer takes */
    SENSOR_STATE_DOWN,  /* gone; opened again by itself */
};

/* What is wrong, a bit each (1u << SENSOR_...). */
enum sensor_reason {
    SENSOR_NO_SAMPLES,  /* opening, quiet or down for longer than SENSOR_SILENT_S */
    SENSOR_GAPS,        /* more samples lost than allowed, last 10 s */
    SENSOR_RATE,        /* true rate off by more than allowed */
    SENSOR_CLIPPED,     /* the end of the range was reached in the last 10 s */
    SENSOR_FLAT,        /* no axis moves */
    SENSOR_STUCK,       /* an axis does not move while another does; stuck_mask says which */
    SENSOR_NOISY,       /* quiet noise above what was specified */
    SENSOR_TOO_QUIET,   /* ... below: deaf */
    SENSOR_GRAVITY,     /* the static level is neither 1 g nor none: scale or range is not what it says */
    SENSOR_TEMPERATURE, /* outside what was specified */
    SENSOR_NO_GRAVITY, /* no static level: coupled by AC, or no real sensor. A note: motion is right all the same */
    SENSOR_NO_CLOCK, /* no usable timestamps: time of arrival instead, lost samples are found late. A note */
    SENSOR_REASONS
};
/* Those that only degrade; any other makes the sensor unfit. SENSOR_CLIPPED too: a clipped earthquake is still one. */
#define SENSOR_NOTES    (1u << SENSOR_CLIPPED | 1u << SENSOR_NO_GRAVITY | 1u << SENSOR_NO_CLOCK)
#define SENSOR_SILENT_S 0.5 /* so that a second after the last sample everybody knows */

/* All counters since the sensor object was opened; across re-openings. */
struct sensor_health {
    enum sensor_state state;
    uint32_t reasons;    /* bits of enum sensor_reason */
    uint32_t generation; /* as in struct sensor_info */
    uint32_t stuck_mask; /* bit 0 x, 1 y, 2 z */
    int64_t started_ns;  /* when the sensor object was made */
    int64_t at_ns;       /* when this was put together; monotonic, as all times here */
    int64_t last_ns;     /* arrival of the last sample; 0: none yet */
    double silent_s;     /* since then, or since the start */
    double rate_hz;      /* what the driver says */
    double true_rate_hz; /* as measured; 0: not known yet */
    double rate_error;   /* true / said - 1; 0: not known yet */
    double
        lag_ms; /* of the newest sample at its arrival: buffer and transport, as far as the clocks can tell */
    double mean_mps2[SENSOR_AXES]; /* last 10 s */
    double noise_mps2
        [SENSOR_AXES]; /* quiet noise: lower quartile of the rms of 1 s windows, last 60 s; 0: not yet */
    double peak_mps2[SENSOR_AXES]; /* largest departure from the mean, last 10 s */
    double gravity_mps2;           /* length of the mean */
    double temperature_c;          /* NAN: not known */
    double lost_share, gaps_per_s; /* last 10 s */
    uint64_t samples, lost, gaps;
    uint64_t clipped;              /* samples with an axis at the end of its range */
    uint64_t duplicates, backward; /* samples dropped for their timestamp: the same, an earlier one */
    uint64_t clock_steps;          /* the timestamps' clock was set */
    uint64_t stale;                /* samples older than the opening, dropped */
    uint64_t overruns;             /* blocks that the reading thread did not fetch in time, counted as lost */
    uint32_t opens, failures;      /* successful; attempts that failed, and deaths of an open one */
    char error[SENSOR_ERROR_MAX];  /* the last failure in words; "" before the first */
};

/* "no-samples", "gaps", ...: for JSON. */
const char *sensor_reason_name(enum sensor_reason reason);
const char *sensor_state_name(enum sensor_state state); /* "opening", "running", "quiet", "down" */
static inline bool sensor_fit(const struct sensor_health *h)
{
    return (h->reasons & ~SENSOR_NOTES) == 0;
}
/* "fit", or what is wrong with its numbers: "no sample for 1.4 s (connection refused); axis z stands still". Returns to. */
const char *sensor_health_say(const struct sensor_health *h, char *to, size_t room);
/* Brings a copy up to the moment: a sensor that has fallen silent says nothing by itself. */
void sensor_health_age(struct sensor_health *h, int64_t now_ns);

/* What is allowed. 0: not checked. */
struct sensor_limits {
    double noise_max_mps2, noise_min_mps2;
    double rate_tolerance;                       /* of true / said - 1 */
    double lost_max;                             /* share of samples lost in 10 s */
    double gravity_tolerance;                    /* of the static level's length / 9.80665 - 1 */
    double temperature_min_c, temperature_max_c; /* both 0: not checked */
    double flat_s;                               /* 0: by the step, sensor_watch_flat_s */
};

struct sensor_watch_input {
    double rate_hz;
    double lsb_mps2[SENSOR_AXES];                       /* one step; > 0 */
    int64_t raw_min[SENSOR_AXES], raw_max[SENSOR_AXES]; /* ends of the range, in counts */
};

enum { SENSOR_WATCH_QUIET = 60, SENSOR_WATCH_RECENT = 10 }; /* windows of 1 s */
enum { SENSOR_WATCH_MOVES = 30 };                           /* steps, rms of a second */

struct sensor_watch_second {
    double mean[SENSOR_AXES], rms[SENSOR_AXES], low[SENSOR_AXES], high[SENSOR_AXES];
    uint32_t samples, lost, gaps, clipped;
};

struct sensor_watch { /* plain; about 10 kB */
    struct sensor_limits limits;
    struct sensor_watch_input input;
    double flat_s[SENSOR_AXES];
    int64_t last[SENSOR_AXES];
    uint64_t still[SENSOR_AXES]; /* samples since the axis last moved */
    /* the second that is being filled: sums about the first sample, so that gravity does not eat the digits */
    double base[SENSOR_AXES], sum[SENSOR_AXES], square[SENSOR_AXES];
    struct sensor_watch_second now, second[SENSOR_WATCH_QUIET];
    uint32_t seconds; /* complete ones so far */
    uint64_t samples, clipped;
    double temperature_c;
};

/* Starts again, on a first or another sensor. */
void sensor_watch_init(struct sensor_watch *w, const struct sensor_watch_input *input,
                       const struct sensor_limits *limits);
/* One sample as counts and in m/s^2. True: an axis was at the end of its range (*clip_mask, bit 0 x, may be NULL). */
bool sensor_watch_step(struct sensor_watch *w, const int64_t raw[SENSOR_AXES], const double mps2[SENSOR_AXES],
                       unsigned *clip_mask);
void sensor_watch_gap(struct sensor_watch *w, uint64_t lost); /* so many are missing before the next */
void sensor_watch_temperature(struct sensor_watch *w, double celsius);
/* Fills what the samples say: reasons but SENSOR_NO_SAMPLES and SENSOR_NO_CLOCK, means, noise, shares, temperature.
 * true_rate_hz: 0 while unknown. Sorts 3 x 60 numbers: once a second, not a sample. */
void sensor_watch_tell(const struct sensor_watch *w, double true_rate_hz, struct sensor_health *h);
/* How long all axes of this step must stand still to be called flat. One alone is stuck after ten times as long, or as
 * soon as that when another moves by SENSOR_WATCH_MOVES steps. */
double sensor_watch_flat_s(double lsb_mps2);

#endif
