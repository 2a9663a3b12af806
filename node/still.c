#include "node/still.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "calibration/calibration.h"
#include "io/sensor_conf.h"

/* A network sensor needs some tries, a frozen server 5 s; beyond that it is not there. */
#define PATIENCE_NS INT64_C(12000000000)
enum { READ_MS = 50 };

struct still {
    const struct sys *sys;
    struct sensor *live; /* NULL: recorded */
    struct trace *trace;
    struct calibration turn; /* of an oriented recording, to Z N E */
    double to_xyz[SENSOR_AXES][AXES];
    struct still_sensor who;
    struct sensor_health health;
    uint32_t generation; /* of the live one */
    double skip, left;   /* samples: to leave out, still to give */
};

/* ---- recorded ---- */

static int find_axes(struct still *s, const char *axes, struct error *err)
{
    double to_zne[AXES][SENSOR_AXES];

    if (!sensor_conf_axes(axes ? axes : "zyx", to_zne))
        return error_set(err, "axes \"%s\" are not x, y and z once each", axes);
    for (int i = 0; i < SENSOR_AXES; i++)
        for (int j = 0; j < AXES; j++)
            s->to_xyz[i][j] = to_zne[j][i];
    return 0;
}

static void describe_record(struct still *s, const struct still_conf *conf, const struct trace_info *info)
{
    struct still_sensor *w = &s->who;

    snprintf(w->device, sizeof w->device, "%s", conf->device ? conf->device : "");
    snprintf(w->serial, sizeof w->serial, "%s", conf->serial ? conf->serial : "");
    snprintf(w->label, sizeof w->label, "%s", conf->label ? conf->label : conf->serial ? "" : info->id);
    snprintf(w->where, sizeof w->where, "%s", conf->path[0]);
    w->unit = info->unit;
    w->rate_hz = info->rate_hz;
    w->temperature_c = conf->temperature_c;
    w->has_utc = info->has_utc;
    w->utc_ns = info->t0_ns;
    for (int i = 0; i < SENSOR_AXES; i++)
        for (int j = 0; j < AXES; j++)
            if (s->to_xyz[i][j] != 0) {
                w->lsb[i] = info->component[j].lsb;
                w->axis_mask |= (info->axis_mask >> j & 1) << i;
            }
}

static int open_record(struct still *s, const struct still_conf *conf, struct error *err)
{
    static const struct trace_conf plain;
    const struct trace_info *info;

    if (find_axes(s, conf->axes, err) < 0 ||
        trace_open(&s->trace, s->sys, conf->path, conf->paths, conf->trace ? conf->trace : &plain, err) < 0)
        return -1;
    if (trace_records(s->trace) != 1)
        return error_set(err, "%s: one record is wanted, and here are %zu: choose with --select",
                         conf->path[0], trace_records(s->trace));
    info = trace_record(s->trace, 0);
    if (info->unit == UNIT_MPS)
        return error_set(err, "%s: velocity; only acceleration knows gravity", info->id);
    s->turn = calibration_from_rotation(info->rotate ? info->to_zne : NULL);
    describe_record(s, conf, info);
    return trace_start(s->trace, 0, err);
}

static enum source_status read_record(struct still *s, struct block *block, struct error *err)
{
    enum source_status status = trace_read(s->trace, block, BLOCK_MAX, err);

    if (status != SOURCE_BLOCK)
        return status;
    calibration_apply(&s->turn, block->value, block->n);
    for (size_t i = 0; i < block->n; i++) {
        double zne[AXES];
        memcpy(zne, block->value[i], sizeof zne);
        for (int a = 0; a < SENSOR_AXES; a++)
            block->value[i][a] =
                s->to_xyz[a][0] * zne[0] + s->to_xyz[a][1] * zne[1] + s->to_xyz[a][2] * zne[2];
    }
    return status;
}

/* ---- live ---- */

static void describe_live(struct still *s, const struct sensor_info *info)
{
    struct still_sensor *w = &s->who;

    snprintf(w->device, sizeof w->device, "%s", info->name);
    snprintf(w->label, sizeof w->label, "%s", info->label);
    snprintf(w->serial, sizeof w->serial, "%s", info->serial);
    snprintf(w->where, sizeof w->where, "%s", info->uri);
    w->unit = UNIT_MPS2;
    w->axis_mask = 7;
    w->rate_hz = info->rate_hz;
    w->range_mps2 = info->range_mps2;
    memcpy(w->lsb, info->lsb_mps2, sizeof w->lsb);
    w->temperature_c = info->temperature_c;
    w->has_utc = true;
    w->utc_ns = s->sys->utc_ns(s->sys->ctx);
}

static int no_sample(struct still *s, struct error *err)
{
    sensor_health(s->live, &s->health);
    return error_set(err, "no sample came for %g s%s%s; `tocsin sensors` shows what can be found",
                     (double)PATIENCE_NS * 1e-9, s->health.error[0] ? ": " : "", s->health.error);
}

static enum source_status read_live(struct still *s, struct block *block, struct error *err)
{
    int64_t until_ns = s->sys->mono_ns(s->sys->ctx) + PATIENCE_NS;
    struct sensor_arrival arrival;
    struct sensor_info info;

    while (sensor_read(s->live, block, &arrival, READ_MS) != SENSOR_BLOCK)
        if (s->sys->mono_ns(s->sys->ctx) > until_ns) {
            no_sample(s, err);
            return SOURCE_FAILED;
        }
    if (arrival.generation != s->generation) {
        sensor_info(s->live, &info);
        if (s->generation) {
            error_set(err, "the sensor was replaced, or its rate or range changed, in the middle of it");
            return SOURCE_FAILED;
        }
        s->generation = arrival.generation;
        describe_live(s, &info);
    }
    return SOURCE_BLOCK;
}

/* What it is is known once it is open. */
static int open_live(struct still *s, const struct still_conf *conf, struct error *err)
{
    int64_t until_ns = s->sys->mono_ns(s->sys->ctx) + PATIENCE_NS;
    struct block block;
    struct sensor_arrival arrival;
    struct sensor_info info = {0};

    if (sensor_open(&s->live, s->sys, "calibrate", 0, conf->sensor, 0, NULL, NULL, err) < 0)
        return -1;
    while (sensor_read(s->live, &block, &arrival, READ_MS) != SENSOR_BLOCK)
        if (s->sys->mono_ns(s->sys->ctx) > until_ns)
            return no_sample(s, err);
    sensor_info(s->live, &info);
    s->generation = arrival.generation;
    describe_live(s, &info);
    return 0;
}

/* ---- both ---- */

int still_open(struct still **out, const struct sys *sys, const struct still_conf *conf, struct error *err)
{
    *out = NULL;
    struct still *s = sys_alloc(sys, sizeof *s);
    if (!s)
        return error_set(err, "out of memory");
    s->sys = sys;
    s->who.temperature_c = NAN;
    if ((conf->sensor ? open_live(s, conf, err) : open_record(s, conf, err)) < 0) {
        still_close(s);
        return -1;
    }
    s->skip = ceil(conf->settle_s * s->who.rate_hz);
    s->left = conf->seconds > 0 ? ceil(conf->seconds * s->who.rate_hz) : INFINITY;
    *out = s;
    return 0;
}

enum source_status still_read(struct still *s, struct block *block, struct error *err)
{
    while (s->left > 0) {
        enum source_status status = s->live ? read_live(s, block, err) : read_record(s, block, err);
        if (status != SOURCE_BLOCK)
            return status;
        if (s->skip >= (double)block->n) {
            s->skip -= (double)block->n;
            continue;
        }
        size_t skip = (size_t)s->skip;
        s->skip = 0;
        block->n -= skip;
        memmove(block->value, block->value + skip, block->n * sizeof *block->value);
        block->t_mono_ns += llround((double)skip / block->rate_hz * 1e9);
        block->t_utc_ns += llround((double)skip / block->rate_hz * 1e9);
        if ((double)block->n > s->left)
            block->n = (size_t)s->left;
        s->left -= (double)block->n;
        return SOURCE_BLOCK;
    }
    return SOURCE_END;
}

void still_sensor(const struct still *s, struct still_sensor *out)
{
    struct sensor_health h;

    *out = s->who;
    if (!s->live)
        return;
    sensor_health(s->live, &h);
    if (!isnan(h.temperature_c))
        out->temperature_c = h.temperature_c;
}

const struct sensor_health *still_health(struct still *s)
{
    if (!s->live)
        return NULL;
    sensor_health(s->live, &s->health);
    return &s->health;
}

void still_close(struct still *s)
{
    if (!s)
        return;
    if (s->live)
        (void)sensor_close(s->live);
    trace_close(s->trace);
    sys_free(s->sys, s);
}
