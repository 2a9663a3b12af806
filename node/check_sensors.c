#include <math.h>
#include <string.h>

#include "io/sensor.h"
#include "node/check.h"

/* Per sensor: what came, and when, for its rate: the node's own estimate needs 9 s. */
struct measured {
    struct sensor *sensor;
    uint64_t samples; /* behind the first block */
    int64_t first_ns, last_ns;
    /* of the second that is being filled, and of the quietest so far: the node's own noise needs a minute */
    double n, mean[SENSOR_AXES], square[SENSOR_AXES];
    double quiet_mps2[SENSOR_AXES]; /* 0: none yet */
    bool failed;
};

enum { READ_MS = 20 };
/* A rate from the arrival of a few seconds of buffers is no better than a buffer over them. */
static const double coarse = 0.05;

static void end_second(struct measured *m)
{
    for (int a = 0; a < SENSOR_AXES; a++) {
        double rms = sqrt(m->square[a] / m->n);
        if (m->quiet_mps2[a] <= 0 || rms < m->quiet_mps2[a])
            m->quiet_mps2[a] = rms;
        m->mean[a] = m->square[a] = 0;
    }
    m->n = 0;
}

static void take_samples(struct measured *m, const struct block *block, double rate_hz)
{
    for (size_t i = 0; i < block->n; i++) {
        m->n++;
        for (int a = 0; a < SENSOR_AXES; a++) {
            double off = block->value[i][a] - m->mean[a];
            m->mean[a] += off / m->n;
            m->square[a] += off * (block->value[i][a] - m->mean[a]);
        }
        if (m->n >= rate_hz)
            end_second(m);
    }
}

static void read_one(struct measured *m, struct block *block)
{
    struct sensor_arrival arrival;

    if (sensor_read(m->sensor, block, &arrival, READ_MS) != SENSOR_BLOCK)
        return;
    if (m->first_ns == 0)
        m->first_ns = arrival.received_ns;
    else
        m->samples += block->n;
    m->last_ns = arrival.received_ns;
    take_samples(m, block, block->rate_hz);
}

static double rate_hz(const struct measured *m, const struct sensor_health *h)
{
    if (h->true_rate_hz > 0)
        return h->true_rate_hz;
    double s = (double)(m->last_ns - m->first_ns) * 1e-9;
    return s > 0.5 ? (double)m->samples / s : NAN;
}

static void say_found(struct check *c, const char *what, const struct sensor_info *info)
{
    check_say(c, CHECK_OK, what, NULL,
              "%s at %s, %s, range %.3g m/s^2, buffers of %d samples, %d in the kernel",
              info->name[0] ? info->name : info->id, info->uri, info->format, info->range_mps2,
              info->buffer_samples, info->kernel_buffers);
}

static void say_rate(struct check *c, const char *what, const struct sensor_conf *conf,
                     const struct sensor_info *info, double true_hz, bool fine)
{
    double asked = conf->rate_hz;

    if (isnan(true_hz))
        check_say(c, CHECK_WARN, what, "give it longer: --seconds 15",
                  "%g Hz by its driver; too few samples to tell", info->rate_hz);
    else if (fabs(true_hz / info->rate_hz - 1) > (fine ? conf->limits.rate_tolerance : coarse))
        check_say(c, CHECK_FAIL, what, "wrong clock or driver: the node would not trust its timing",
                  "%.2f Hz measured, %g Hz by its driver", true_hz, info->rate_hz);
    else if (fabs(info->rate_hz / asked - 1) > 0.01)
        check_say(c, CHECK_WARN, what, "sensors.NAME.rate_hz: name one that it has (tocsin sensors)",
                  "%g Hz asked for, %g Hz is the nearest it has; %.2f Hz measured", asked, info->rate_hz,
                  true_hz);
    else
        check_say(c, CHECK_OK, what, NULL, "%g Hz as asked, %.2f Hz measured", info->rate_hz, true_hz);
}

/* Axes, gravity, losses: what the monitors of the node say, and the numbers behind. */
static void say_motion(struct check *c, const char *what, const struct sensor_health *h)
{
    char words[300], numbers[100];
    uint32_t reasons = h->reasons & ~(1u << SENSOR_NO_CLOCK);

    snprintf(numbers, sizeof numbers, "x %.3f y %.3f z %.3f m/s^2, together %.2f", h->mean_mps2[0],
             h->mean_mps2[1], h->mean_mps2[2], h->gravity_mps2);
    if (reasons & ~SENSOR_NOTES)
        check_say(c, CHECK_FAIL, what, "look at mounting, wiring, range and sensors.NAME.*; docs/sensors.md",
                  "%s; %s", sensor_health_say(h, words, sizeof words), numbers);
    else if (reasons)
        check_say(c, CHECK_WARN, what, "docs/sensors.md says what it means", "%s; %s",
                  sensor_health_say(h, words, sizeof words), numbers);
    else if (h->lost)
        check_say(c, CHECK_WARN, what, "larger sensors.NAME.latency_ms or kernel_buffers",
                  "%llu samples lost; %s", (unsigned long long)h->lost, numbers);
    else
        check_say(c, CHECK_OK, what, NULL, "%s", numbers);
}

static void say_noise(struct check *c, const char *what, const struct sensor_limits *limits,
                      const struct measured *m)
{
    char numbers[120];
    bool loud = false, deaf = false;

    for (int a = 0; a < SENSOR_AXES; a++) {
        loud = loud || (limits->noise_max_mps2 > 0 && m->quiet_mps2[a] > limits->noise_max_mps2);
        deaf = deaf || (limits->noise_min_mps2 > 0 && m->quiet_mps2[a] < limits->noise_min_mps2);
    }
    snprintf(numbers, sizeof numbers, "quietest second x %.3f y %.3f z %.3f mm/s^2", 1e3 * m->quiet_mps2[0],
             1e3 * m->quiet_mps2[1], 1e3 * m->quiet_mps2[2]);
    if (m->quiet_mps2[0] <= 0)
        check_say(c, CHECK_WARN, what, "give it longer: --seconds 15", "no whole second to judge by");
    else if (loud)
        check_say(c, CHECK_FAIL, what,
                  "a quieter place or mounting; sensors.NAME.noise_max_mps2 where it is so by nature",
                  "%s: above the %g that is allowed", numbers, 1e3 * limits->noise_max_mps2);
    else if (deaf)
        check_say(c, CHECK_FAIL, what, "range, filter and wiring: it hears less than it should",
                  "%s: below the %g that it must have", numbers, 1e3 * limits->noise_min_mps2);
    else
        check_say(c, CHECK_OK, what, NULL, "%s", numbers);
}

static void say_time(struct check *c, const char *what, const struct sensor_info *info,
                     const struct sensor_health *h)
{
    if (!info->has_timestamp || h->reasons >> SENSOR_NO_CLOCK & 1)
        check_say(c, CHECK_WARN, what, "a driver or trigger that stamps each sample, where there is one",
                  "no usable timestamps: time of arrival instead, lost samples are found late");
    else
        check_say(c, CHECK_OK, what, NULL, "by the clock \"%s\", newest sample %.1f ms old on arrival",
                  info->clock[0] ? info->clock : "realtime", h->lag_ms);
}

static void judge(struct check *c, size_t i, const struct measured *m)
{
    const struct sensors_conf *all = &check_conf(c)->node->sensors;
    const struct sensor_conf *conf = &all->sensor[i];
    struct sensor_info info;
    struct sensor_health h;
    char what[CONF_NAME_MAX + 32];

    memset(&info, 0, sizeof info);
    memset(&h, 0, sizeof h);
    sensor_info(m->sensor, &info);
    sensor_health(m->sensor, &h);
    snprintf(what, sizeof what, "sensor %s", all->name[i].text);
    if (h.samples == 0) {
        check_say(c, CHECK_FAIL, what, "tocsin sensors shows what can be found", "no sample from \"%s\"%s%s",
                  conf->uri, h.error[0] ? ": " : "", h.error);
        return;
    }
    say_found(c, what, &info);
    snprintf(what, sizeof what, "sensor %s, rate", all->name[i].text);
    say_rate(c, what, conf, &info, rate_hz(m, &h), h.true_rate_hz > 0);
    snprintf(what, sizeof what, "sensor %s, motion", all->name[i].text);
    say_motion(c, what, &h);
    snprintf(what, sizeof what, "sensor %s, noise", all->name[i].text);
    say_noise(c, what, &conf->limits, m);
    snprintf(what, sizeof what, "sensor %s, time", all->name[i].text);
    say_time(c, what, &info, &h);
}

void check_sensors(struct check *c)
{
    const struct check_conf *conf = check_conf(c);
    const struct sensors_conf *all = &conf->node->sensors;
    struct measured m[SENSORS_MAX] = {{0}};
    struct block *block = sys_alloc(conf->sys, sizeof *block);
    struct error err = {""};

    if (all->count == 0)
        check_say(c, CHECK_WARN, "sensors", "sensors = { NAME = { uri = \"local:\"; }; }",
                  "none is configured: the node only acts on what contacts tell it");
    for (size_t i = 0; i < all->count && block; i++)
        if (sensor_open(&m[i].sensor, conf->sys, all->name[i].text, (uint32_t)i, &all->sensor[i], 0, NULL,
                        NULL, &err) != 0) {
            m[i].failed = true;
            check_say(c, CHECK_FAIL, all->name[i].text, NULL, "%s", err.text);
        }
    while (all->count > 0 && block && conf->sys->mono_ns(conf->sys->ctx) < check_until_ns(c))
        for (size_t i = 0; i < all->count; i++)
            if (!m[i].failed)
                read_one(&m[i], block);
    for (size_t i = 0; i < all->count && block; i++)
        if (!m[i].failed)
            judge(c, i, &m[i]);
    check_said(c); /* a server that is frozen takes 5 s to close */
    for (size_t i = 0; i < all->count; i++)
        if (m[i].sensor)
            sensor_stop(m[i].sensor);
    for (size_t i = 0; i < all->count; i++)
        sensor_close(m[i].sensor);
    sys_free(conf->sys, block);
}
