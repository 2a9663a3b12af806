#include "node/virtual_track.h"

#include <math.h>
#include <string.h>

#include "calibration/calibration.h"
#include "dsp/differentiate.h"
#include "node/resample.h"
#include "node/settle.h"

enum { ROOM_FIRST = 1 << 16 };

/* ---- the record ---- */

static int grow(struct virtual_record *r, size_t more, struct error *err)
{
    size_t room = r->room ? r->room : ROOM_FIRST;

    while (room < r->n + more && room < VIRTUAL_TRACK_SAMPLES)
        room *= 2;
    if (room < r->n + more)
        return error_set(err, "%s: longer than %d samples", r->id, VIRTUAL_TRACK_SAMPLES);
    if (room == r->room)
        return 0;
    double(*zne)[AXES] = sys_alloc(r->sys, room * sizeof *zne);
    if (!zne)
        return error_set(err, "%s: out of memory for %zu samples", r->id, room);
    if (r->n)
        memcpy(zne, r->zne, r->n * sizeof *zne);
    sys_free(r->sys, r->zne);
    r->zne = zne;
    r->room = room;
    return 0;
}

/* What a block brings, and a straight line to it over what was lost before. */
static int append(struct virtual_record *r, const struct block *b, const double (*zne)[AXES], size_t n,
                  struct error *err)
{
    uint64_t lost = r->n ? b->lost : 0;

    if (lost > VIRTUAL_TRACK_SAMPLES)
        lost = VIRTUAL_TRACK_SAMPLES;
    if (grow(r, n + (size_t)lost, err) < 0)
        return -1;
    for (uint64_t i = 1; i <= lost; i++) {
        double w = (double)i / (double)(lost + 1);
        const double *last = r->zne[r->n - i];
        for (int a = 0; a < AXES; a++)
            r->zne[r->n][a] = last[a] + w * (zne[0][a] - last[a]);
        r->n++;
    }
    r->bridged += lost;
    memcpy(r->zne + r->n, zne, n * sizeof *zne);
    r->n += n;
    return 0;
}

static void derive(struct virtual_record *r)
{
    struct differentiate d;
    double out[AXES];
    size_t kept = 0;

    differentiate_init(&d, r->rate_hz);
    for (size_t i = 0; i < r->n; i++)
        if (differentiate_step(&d, r->zne[i], out))
            memcpy(r->zne[kept++], out, sizeof out);
    if (differentiate_last(&d, out))
        memcpy(r->zne[kept++], out, sizeof out);
    r->n = kept;
}

/* Of a sensor that hangs upside down, too; half of g is far from every record without it. */
static bool has_gravity(const struct virtual_record *r)
{
    size_t n = (size_t)(2 * r->rate_hz) + 1;
    double sum = 0;

    n = n < r->n ? n : r->n;
    for (size_t i = 0; i < n; i++)
        sum += r->zne[i][AXIS_Z];
    return fabs(sum / (double)n) > VIRTUAL_GRAVITY_MPS2 / 2;
}

static int read_blocks(struct virtual_record *r, struct trace *trace, const struct trace_info *info,
                       struct error *err)
{
    struct calibration turn = calibration_from_rotation(info->rotate ? info->to_zne : NULL);
    struct block b;
    enum source_status status;

    while ((status = trace_read(trace, &b, BLOCK_MAX, err)) == SOURCE_BLOCK) {
        calibration_apply(&turn, b.value, b.n);
        if (append(r, &b, (const double(*)[AXES])b.value, b.n, err) < 0)
            return -1;
    }
    return status == SOURCE_END ? 0 : -1;
}

int virtual_record_read(struct virtual_record *r, const struct sys *sys, struct trace *trace, size_t record,
                        bool gravity, struct error *err)
{
    const struct trace_info *info = trace_record(trace, record);

    memset(r, 0, sizeof *r);
    r->sys = sys;
    r->rate_hz = info->rate_hz;
    r->axis_mask = info->axis_mask;
    r->has_utc = info->has_utc;
    r->t0_ns = info->t0_ns;
    r->p_s = info->p_s;
    r->s_s = info->s_s;
    memcpy(r->id, info->id, sizeof r->id);
    if (info->unit == UNIT_UNKNOWN)
        return error_set(err, "%s: nobody knows its scale; give --scale", r->id);
    if (trace_start(trace, record, err) < 0 || read_blocks(r, trace, info, err) < 0)
        return -1;
    if (info->unit == UNIT_MPS)
        derive(r);
    if (r->n < 2)
        return error_set(err, "%s: too short", r->id);
    r->gravity_added = gravity && !has_gravity(r);
    for (size_t i = 0; i < r->n && r->gravity_added; i++)
        r->zne[i][AXIS_Z] += VIRTUAL_GRAVITY_MPS2;
    return 0;
}

void virtual_record_free(struct virtual_record *r)
{
    if (r->zne)
        sys_free(r->sys, r->zne);
    r->zne = NULL;
}

/* ---- counts ---- */

struct making {
    double (*zne)[AXES];
    size_t n, room;
};

static void put(void *ctx, const double (*zne)[3], size_t n)
{
    struct making *m = ctx;

    memcpy(m->zne + m->n, zne, n * sizeof *zne);
    m->n += n;
}

/* The beginning, mirrored without end: 0 1 2 2 1 0 0 1 ... */
static const double *mirrored(const double (*zne)[AXES], size_t quiet, size_t i)
{
    i %= 2 * quiet;
    return zne[i < quiet ? i : 2 * quiet - 1 - i];
}

/* Behind the last sample: its own reflection, faded out, while what follows is faded in. */
static size_t add_seam(struct making *m, size_t seam, size_t quiet, enum virtual_after after)
{
    size_t n = m->n;

    for (size_t i = 0; i < seam; i++) {
        double w = 0.5 - 0.5 * cos(M_PI * ((double)i + 0.5) / (double)seam);
        const double *next =
            after == AFTER_LOOP ? m->zne[i] : mirrored((const double(*)[AXES])m->zne, quiet, i);
        for (int a = 0; a < AXES; a++)
            m->zne[n + i][a] = (1 - w) * m->zne[n - 1 - i][a] + w * next[a];
    }
    m->n += seam;
    if (after == AFTER_LOOP)
        return seam;
    for (size_t i = 0; i < 2 * quiet; i++)
        memcpy(m->zne[m->n++], mirrored((const double(*)[AXES])m->zne, quiet, seam + i), sizeof *m->zne);
    return n + seam;
}

static int32_t quantised(double value, const struct virtual_conf *sensor, uint64_t *clipped)
{
    double count = value / sensor->scale;
    double low = (double)scan_format_min(&sensor->format), high = (double)scan_format_max(&sensor->format);

    *clipped += count < low || count > high;
    return (int32_t)llround(fmin(fmax(count, low), high));
}

/* The frame of the building is x east, y north, z up; the sensor's is what in_mount_matrix turns into it. */
static void to_sensor(const double zne[AXES], const struct virtual_conf *sensor, double out[VIRTUAL_AXES])
{
    const double frame[VIRTUAL_AXES] = {zne[AXIS_E], zne[AXIS_N], zne[AXIS_Z]};

    for (int a = 0; a < VIRTUAL_AXES; a++)
        out[a] = !sensor->has_matrix ? frame[a]
                                     : sensor->matrix[0][a] * frame[0] + sensor->matrix[1][a] * frame[1] +
                                           sensor->matrix[2][a] * frame[2];
}

static int make(struct virtual_counts *out, struct making *m, const struct virtual_record *r,
                double (*at_rate)[AXES], size_t n, const struct virtual_track_conf *conf, struct error *err)
{
    double rate_hz = out->track.rate_hz;
    size_t quiet = (size_t)fmax(1, fmin(round(conf->quiet_s * rate_hz), (double)n));
    size_t seam = (size_t)fmin(round(VIRTUAL_SEAM_S * rate_hz), floor((double)n / 2));
    size_t front = (size_t)llround(conf->settle_s * rate_hz);
    struct settle settle;

    if (conf->after == AFTER_END)
        seam = 0;
    m->room = front + n + seam + (conf->after == AFTER_QUIET ? 2 * quiet : 0);
    if (m->room > VIRTUAL_TRACK_SAMPLES)
        return error_set(err, "%s: more than %d samples at %g Hz", r->id, VIRTUAL_TRACK_SAMPLES, rate_hz);
    m->zne = sys_alloc(r->sys, m->room * sizeof *m->zne);
    if (!m->zne || settle_open(&settle, r->sys, front, quiet) < 0)
        return error_set(err, "%s: out of memory", r->id);
    settle_feed(&settle, (const double(*)[3])at_rate, n, put, m);
    settle_flush(&settle, put, m);
    settle_close(&settle, r->sys);
    out->record_at = (int64_t)front;
    out->track.again = conf->after == AFTER_END ? 0 : (int64_t)add_seam(m, seam, quiet, conf->after);
    out->track.n = (int64_t)m->n;
    return 0;
}

int virtual_counts_make(struct virtual_counts *out, const struct virtual_record *r, double rate_hz,
                        const struct virtual_track_conf *conf, const struct virtual_conf *sensor,
                        struct error *err)
{
    bool same = fabs(rate_hz - r->rate_hz) < 1e-9 * r->rate_hz;
    size_t n = same ? r->n : resample_count(r->n, r->rate_hz, rate_hz);
    double(*at_rate)[AXES] = NULL;
    struct making m = {0};
    int result = -1;

    memset(out, 0, sizeof *out);
    out->track.rate_hz = rate_hz;
    if (n > VIRTUAL_TRACK_SAMPLES)
        return error_set(err, "%s: more than %d samples at %g Hz", r->id, VIRTUAL_TRACK_SAMPLES, rate_hz);
    if (!same) {
        at_rate = sys_alloc(r->sys, n * sizeof *at_rate);
        if (!at_rate ||
            resample(r->sys, (const double(*)[3])r->zne, r->n, r->rate_hz, rate_hz, at_rate) < 0) {
            error_set(err, "%s: out of memory", r->id);
            goto done;
        }
    }
    if (make(out, &m, r, same ? r->zne : at_rate, n, conf, err) < 0)
        goto done;
    out->track.count = sys_alloc(r->sys, m.n * sizeof *out->track.count);
    if (!out->track.count) {
        error_set(err, "%s: out of memory", r->id);
        goto done;
    }
    for (size_t i = 0; i < m.n; i++) {
        double axes[VIRTUAL_AXES];
        to_sensor(m.zne[i], sensor, axes);
        for (int a = 0; a < VIRTUAL_AXES; a++)
            out->track.count[i][a] = quantised(axes[a], sensor, &out->clipped);
    }
    result = 0;
done:
    sys_free(r->sys, at_rate);
    sys_free(r->sys, m.zne);
    return result;
}

void virtual_counts_free(struct virtual_counts *c, const struct sys *sys)
{
    sys_free(sys, c->track.count);
    c->track.count = NULL;
}
