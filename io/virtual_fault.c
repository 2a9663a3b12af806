#include "io/virtual_fault.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "io/virtual_parts.h"

/* A day is enough for any test; counts and errno as they come. */
#define DAY_MS 86400e3

const struct virtual_fault_row virtual_faults[FAULTS] = {
    [FAULT_STALL] = {"stall_ms", 0, DAY_MS, "the sensor measures nothing for so long; then a gap"},
    [FAULT_HOLD] = {"hold_ms", 0, DAY_MS, "no refill is answered for so long, while the queue fills"},
    [FAULT_GONE] = {"gone_ms", 0, DAY_MS, "the device is away for so long: ENODEV"},
    [FAULT_REFUSE] = {"refuse_ms", 0, DAY_MS, "new connections are closed at once, for so long"},
    [FAULT_SKIP] = {"skip", 0, 1e6, "so many samples are lost"},
    [FAULT_DUPLICATE] = {"duplicate", 0, 1e6, "so many samples repeat the time stamp before them"},
    [FAULT_BACKWARD] = {"backward_ms", 0, DAY_MS, "the next sample's time stamp is early by so much"},
    [FAULT_ERRNO] = {"errno", 0, 133, "the next refill fails with it"},
    [FAULT_HANGUP] = {"hangup", 0, 1, "connections with an open buffer are cut"},
    [FAULT_DIE] = {"die", 0, 1, "the server ends at once, as if killed"},
    [FAULT_PPM] = {"ppm", -500000, 500000, "the sample clock is fast by so many millionths"},
    [FAULT_STALE] = {"stale", 0, 4096, "an opened buffer begins with so many old samples"},
    [FAULT_FLAT] = {"flat", 0, 1, "all axes stand still"},
    [FAULT_STUCK] = {"stuck", 0, 7, "axes that stand still: 1 x, 2 y, 4 z, or a sum"},
    [FAULT_CLIP] = {"clip_mps2", 0, 1000, "no axis goes beyond it, either way; 0: off"},
    [FAULT_NOISE] = {"noise_mps2", 0, 1000, "white noise of this rms on each axis"},
    [FAULT_TEMPERATURE] = {"temperature_deg", -60, 150, "what the temperature channel shows, Celsius"},
};

static bool lasts(enum virtual_fault which)
{
    return which <= FAULT_REFUSE;
}

/* From now on another period; the next sample keeps its time. */
static void change_clock(struct virtual_sensor *v)
{
    v->at_ns = virtual_sample_ns(v, v->next);
    v->at = v->next;
    v->period_ns = 1e9 / (v->conf.track[v->track].rate_hz * (1 + v->fault[FAULT_PPM] * 1e-6));
}

int virtual_fault_write(struct virtual_sensor *v, enum virtual_fault which, double value)
{
    const struct virtual_fault_row *row = &virtual_faults[which];

    if (!(value >= row->low && value <= row->high))
        return -ERANGE;
    v->fault[which] = value;
    if (lasts(which))
        v->until_ns[which] = v->now_ns + (int64_t)(value * 1e6);
    if (which == FAULT_HOLD)
        v->common.hold_until_ns = v->until_ns[which];
    if (which == FAULT_ERRNO)
        v->common.refill_errno = (int)value;
    if (which == FAULT_HANGUP && value > 0)
        v->common.hangups++;
    if (which == FAULT_PPM)
        change_clock(v);
    return 0;
}

double virtual_fault_read(const struct virtual_sensor *v, enum virtual_fault which)
{
    if (lasts(which))
        return v->until_ns[which] > v->now_ns ? (double)(v->until_ns[which] - v->now_ns) * 1e-6 : 0;
    if (which == FAULT_ERRNO)
        return v->common.refill_errno;
    return v->fault[which];
}

/* The same sample has the same noise in each run: a hash of its number (the finaliser of MurmurHash3 with the
 * constants of SplitMix64, from memory), twelve of which make nearly a normal value of variance 1. */
static double noise(uint64_t k, unsigned axis)
{
    double sum = -6;

    for (unsigned i = 0; i < 12; i++) {
        uint64_t x = (k * VIRTUAL_AXES + axis) * 12 + i + 1;
        x *= UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        sum += (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
    }
    return sum;
}

static int32_t limited(double count, double low, double high)
{
    return (int32_t)lrint(fmin(fmax(count, low), high));
}

void virtual_fault_spoil(struct virtual_sensor *v, int64_t k, int32_t count[VIRTUAL_AXES])
{
    double low = (double)scan_format_min(&v->conf.format), high = (double)scan_format_max(&v->conf.format);
    double clip = v->fault[FAULT_CLIP] / v->conf.scale;
    unsigned stuck = v->fault[FAULT_FLAT] > 0 ? 7 : (unsigned)v->fault[FAULT_STUCK];

    for (unsigned a = 0; a < VIRTUAL_AXES; a++) {
        if (v->fault[FAULT_NOISE] > 0)
            count[a] =
                limited(count[a] + noise((uint64_t)k, a) * v->fault[FAULT_NOISE] / v->conf.scale, low, high);
        if (clip > 0)
            count[a] = limited(count[a], fmax(-clip, low), fmin(clip, high));
        if (stuck & 1U << a)
            count[a] = v->last[a];
        v->last[a] = count[a];
    }
}
