/* trace_run.h - for the tests of traces: miniSEED, SAC and StationXML files made here, on a machine in
 * memory, and one record read to its end. */
#ifndef TOCSIN_TESTS_TRACE_RUN_H
#define TOCSIN_TESTS_TRACE_RUN_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/trace.h"
#include "tests/unit/fake_end.h"
#include "tests/unit/io/make_mseed.h"

enum { RATE = 100, ROOM = 8 << 20, SAMPLES = 20000, PATHS = 6 };

#define T0_NS INT64_C(1704067200000000000) /* date -u -d 2024-01-01 +%s */

static struct fake_sys fake;
static struct error err;
static struct trace *trace;
static unsigned char *bytes;
static size_t used;

static inline int setup(void **state)
{
    (void)state;
    fake_sys_init(&fake);
    memset(&err, 0, sizeof err);
    bytes = malloc(ROOM);
    used = 0;
    trace = NULL;
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    trace_close(trace);
    free(bytes);
    fake_sys_end(&fake);
    return 0;
}

/* ---- files ---- */

/* What a component holds at a sample counted from T0: its code's last letter and the index, so that a sample
 * out of place is seen. */
static inline int32_t count(const char *code, int64_t index)
{
    return (int32_t)(code[strlen(code) - 1] * 100000 + index);
}

/* Appends records of 32-bit integers: n samples of the channel from sample `start` (and a fraction) on. */
static inline void put_channel(const char *code, double start, int n)
{
    int32_t x[512];
    int64_t from = (int64_t)floor(start + 0.5);

    for (int done = 0; done < n;) {
        int64_t ticks = llround((start + done) * 10000 / RATE);
        struct mseed_spec spec = {.code = code, .encoding = 3};
        spec.hour = (int)(ticks / 36000000);
        spec.minute = (int)(ticks / 600000 % 60);
        spec.second = (int)(ticks / 10000 % 60);
        spec.ticks = (int)(ticks % 10000);
        int ask = n - done < 512 ? n - done : 512, length;
        for (int i = 0; i < ask; i++)
            x[i] = count(code, from + done + i);
        assert_true(used + 512 <= ROOM);
        done += mseed_record(bytes + used, &length, &spec, x, NULL, ask);
        used += (size_t)length;
    }
}

static inline void put_file(const char *path)
{
    fake_file_put(&fake, path, bytes, used);
    used = 0;
}

static inline void put32_little(unsigned char *at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(v >> (8 * i));
}

/* A SAC file: little-endian floats, its only time that of its first sample. */
static inline void put_sac(const char *path, const char *component, int64_t start, int n)
{
    unsigned char *h = bytes;
    float delta = 1.0f / RATE, zero = 0;
    int32_t time[6] = {2024,
                       1,
                       0,
                       (int32_t)(start / (60 * RATE)),
                       (int32_t)(start / RATE % 60),
                       (int32_t)(start % RATE * (1000 / RATE))};
    uint32_t bits;
    float undefined = -12345;

    memcpy(&bits, &undefined, 4);
    for (int i = 0; i < 70; i++)
        put32_little(h + 4 * i, bits);
    for (int i = 0; i < 40; i++)
        put32_little(h + 280 + 4 * i, (uint32_t)-12345);
    for (int i = 0; i < 24; i++)
        memcpy(h + 440 + 8 * i, "-12345  ", 8);
    memcpy(&bits, &delta, 4);
    put32_little(h, bits);
    memcpy(&bits, &zero, 4);
    put32_little(h + 20, bits);
    for (int i = 0; i < 6; i++)
        put32_little(h + 280 + 4 * i, (uint32_t)time[i]);
    put32_little(h + 280 + 24, 6);
    put32_little(h + 280 + 36, (uint32_t)n);
    put32_little(h + 280 + 60, 1);
    put32_little(h + 280 + 140, 1);
    memcpy(h + 440, "TEST    ", 8);
    memcpy(h + 440 + 160, component, 3);
    for (int i = 0; i < n; i++) {
        float v = (float)count(component, start + i);
        memcpy(&bits, &v, 4);
        put32_little(h + 632 + 4 * i, bits);
    }
    fake_file_put(&fake, path, bytes, 632 + 4 * (size_t)n);
}

/* ---- reading ---- */

struct got {
    size_t n;
    int64_t first, lost; /* index of the first sample in the window; lost in all */
    int64_t index[SAMPLES];
    double value[SAMPLES][AXES];
    enum source_status status;
    uint64_t overlapped, not_finite;
};
static struct got got;

/* One record to its end; each block must say where it stands. */
static inline void read_record(size_t record, size_t max)
{
    const struct trace_info *info = trace_record(trace, record);
    int64_t next = 0;
    struct block b;

    got.n = 0;
    got.lost = 0;
    got.first = -1;
    if (trace_start(trace, record, &err) < 0) {
        got.status = SOURCE_FAILED;
        return;
    }
    while ((got.status = trace_read(trace, &b, max, &err)) == SOURCE_BLOCK) {
        assert_in_range(b.n, 1, max < BLOCK_MAX ? max : BLOCK_MAX);
        int64_t index = llround((double)b.t_mono_ns * 1e-9 * info->rate_hz);
        assert_int_equal(b.t_mono_ns, llround((double)index / info->rate_hz * 1e9));
        assert_int_equal(index, next + (int64_t)b.lost);
        assert_int_equal(b.has_utc, info->has_utc);
        if (b.has_utc)
            assert_int_equal(b.t_utc_ns, info->t0_ns + b.t_mono_ns);
        assert_true(b.rate_hz == info->rate_hz && b.unit == info->unit && b.axis_mask == info->axis_mask);
        got.lost += (int64_t)b.lost;
        if (got.n == 0)
            got.first = index;
        for (size_t i = 0; i < b.n; i++, got.n++) {
            assert_true(got.n < SAMPLES);
            got.index[got.n] = index + (int64_t)i;
            memcpy(got.value[got.n], b.value[i], sizeof b.value[i]);
        }
        next = index + (int64_t)b.n;
    }
    got.overlapped = trace_overlapped(trace);
    got.not_finite = trace_not_finite(trace);
    if (got.status == SOURCE_END) /* and it stays the end */
        assert_int_equal(trace_read(trace, &b, max, &err), SOURCE_END);
}

static inline int open_paths(const struct trace_conf *conf, const char *const *path)
{
    static const struct trace_conf none;
    size_t n = 0;

    while (n < PATHS && path[n])
        n++;
    trace_close(trace);
    err.text[0] = 0;
    return trace_open(&trace, &fake.sys, path, n, conf ? conf : &none, &err);
}

static inline int open_one(const struct trace_conf *conf, const char *path)
{
    return open_paths(conf, (const char *[PATHS]){path});
}

static inline int open_text(const struct trace_conf *conf, const char *text)
{
    fake_file_put_text(&fake, "t", text);
    return open_one(conf, "t");
}

static inline void want_error(int result, const char *what, const char *part)
{
    if (result != -1 || !strstr(err.text, part))
        fail_msg("%s: %d '%s'", what, result, err.text);
}

/* ---- StationXML ---- */

struct xml_channel {
    const char *code; /* HNZ */
    double azimuth_deg, dip_deg, sensitivity;
    const char *units;
};

static inline void put_xml(const char *path, const struct xml_channel *c, size_t n)
{
    char text[8192];
    int at = snprintf(text, sizeof text,
                      "<?xml version=\"1.0\"?>\n<FDSNStationXML xmlns=\"http://www.fdsn.org/xml/station/1\" "
                      "schemaVersion=\"1.1\"><Network code=\"XX\"><Station code=\"TEST\">");

    for (size_t i = 0; i < n && c[i].code; i++)
        at += snprintf(text + at, sizeof text - (size_t)at,
                       "<Channel code=\"%s\" locationCode=\"00\"><Azimuth>%g</Azimuth><Dip>%g</Dip><Response>"
                       "<InstrumentSensitivity><Value>%g</Value><Frequency>1</Frequency><InputUnits><Name>%s"
                       "</Name></InputUnits></InstrumentSensitivity></Response></Channel>\n",
                       c[i].code, c[i].azimuth_deg, c[i].dip_deg, c[i].sensitivity, c[i].units);
    snprintf(text + at, sizeof text - (size_t)at, "</Station></Network></FDSNStationXML>\n");
    fake_file_put_text(&fake, path, text);
}

static inline void put_three(const char *codes) /* "ZNE" */
{
    for (int c = 0; c < 3; c++) {
        char code[32];
        snprintf(code, sizeof code, "XX.TEST.00.HN%c", codes[c]);
        put_channel(code, 0, 200);
    }
    put_file("a");
}

#endif
